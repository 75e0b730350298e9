//! The history in the inspector: what was sent, what of it was not answered, and how it is sent again.
//! The database is the runtime's; here are what was read from it and what is asked of it.

mod again;
mod sent;
pub(crate) mod view;

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::{BESIDE, Flow, Update, Window, WindowEvent};
use crate::delivery::history::{DeliveryId, DeliveryState, Record, StoredDelivery};
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::field::{input_request, with_inserted};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Effect, Env, Model};
use crate::share;

/// What is asked of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryTask {
    /// The deliveries with this text, the latest first.
    List(String),
    /// One delivery whole, and what for.
    Fetch(DeliveryId, AfterFetch),
    /// Take over what was not answered and send it again, where it was meant for this destination.
    Again(Vec<DeliveryId>),
    /// Send a copy of what was meant for another server and not answered.
    Elsewhere(DeliveryId),
    /// Take over what was not answered and give it up.
    Forget(Vec<DeliveryId>),
}

/// What is to be done with a delivery once it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFetch {
    /// Show it.
    Show,
    /// Show it beside the list, while the cursor is on it.
    Beside,
    /// Send it again.
    Resend,
    /// Edit its completion as a new sample.
    Edit,
    /// Read it back from where it went.
    Verify,
}

/// What the history says.
#[derive(Debug, Clone)]
pub enum HistoryReport {
    /// The deliveries with this text.
    Listed(String, Vec<Record>),
    /// One delivery whole; none where it was forgotten meanwhile.
    Fetched(AfterFetch, Option<Box<StoredDelivery>>),
    /// There is no history, and why.
    Missing(String),
    /// What came of forgetting, in words.
    Done(String),
    /// What was to be sent again has ended, and what came of it, in words.
    SentAgain(Option<String>),
}

/// The list of deliveries, and perhaps one of them in full.
#[derive(Debug, Clone, Default)]
pub struct HistoryWindow {
    /// The deliveries; none while they are read.
    pub records: Option<Vec<Record>>,
    /// Why there are none.
    pub missing: Option<String>,
    /// What is searched for.
    pub search: Input,
    /// Whether the search is being typed.
    pub is_typing: bool,
    /// The cursor in the list.
    pub cursor: Cursor,
    /// The delivery that is shown in full.
    pub shown: Option<Box<ShownDelivery>>,
    /// The delivery that was last read to be shown beside the list.
    pub beside: Option<Box<ShownDelivery>>,
    /// Which one was asked for last, and what was known of it then: it is asked for again once it has gone on.
    asked_for: Option<(DeliveryId, DeliveryState, u32)>,
}

/// A delivery in full.
#[derive(Debug, Clone)]
pub struct ShownDelivery {
    /// All that is known of it.
    pub delivery: StoredDelivery,
    /// Its body over several lines; none where it is not kept.
    pub body: Option<Vec<String>>,
    /// How far it is scrolled.
    pub scroll: Cursor,
}

impl ShownDelivery {
    fn of(delivery: StoredDelivery) -> ShownDelivery {
        let body = delivery.body.as_ref().map(|body| {
            let text = share::pretty_or_plain(&String::from_utf8_lossy(body));
            text.lines().map(str::to_owned).collect()
        });
        ShownDelivery {
            delivery,
            body,
            scroll: Cursor::default(),
        }
    }
}

impl HistoryWindow {
    /// The delivery under the cursor.
    pub fn record(&self) -> Option<&Record> {
        self.records.as_ref()?.get(self.cursor.row)
    }

    /// Whether the list is narrowed by a text.
    pub fn is_searched(&self) -> bool {
        !self.search.value().is_empty()
    }

    /// Takes the list as it is now; the cursor stays on its delivery.
    fn take(&mut self, records: Vec<Record>) {
        let on = self.record().map(|record| record.id);
        let place = records.iter().position(|record| Some(record.id) == on);
        self.cursor.row = place.unwrap_or(self.cursor.row);
        self.records = Some(records);
    }

    /// Asks for the delivery under the cursor, where that was not done yet.
    fn ask_for_beside(&mut self) -> Option<Effect> {
        let record = self.record().filter(|_| self.shown.is_none())?;
        let wanted = (record.id, record.state, record.attempts);
        (self.asked_for != Some(wanted)).then(|| {
            self.asked_for = Some(wanted);
            Effect::History(HistoryTask::Fetch(wanted.0, AfterFetch::Beside))
        })
    }

    fn narrowed(&self) -> Effect {
        Effect::History(HistoryTask::List(self.search.value().to_owned()))
    }

    /// A key while the search is typed.
    fn type_key(&mut self, key: &KeyEvent, update: &mut Update<'_>) {
        match key.code {
            KeyCode::Enter => self.is_typing = false,
            KeyCode::Esc => {
                self.is_typing = false;
                self.search = Input::default();
                update.effects.push(self.narrowed());
            }
            _ => {
                let changed = input_request(key).and_then(|request| self.search.handle(request));
                if changed.is_some_and(|changed| changed.value) {
                    self.cursor = Cursor::default();
                    update.effects.push(self.narrowed());
                }
            }
        }
    }

    fn run(&mut self, command: Command, update: &mut Update<'_>) -> Flow {
        if let (Command::CopyCurl, Some(shown)) = (command, &self.shown) {
            let Some(request) = shown.delivery.request() else {
                update.say(not_kept(&shown.delivery.record));
                return Flow::Stays;
            };
            let endpoint = &shown.delivery.record.endpoint;
            let copied = update.model.copied_curl(endpoint, &request);
            update.effects.extend(copied);
            return Flow::Stays;
        }
        let id = self.record().map(|record| record.id);
        let ask = |then| id.map(|id| Effect::History(HistoryTask::Fetch(id, then)));
        let effect = match command {
            Command::Close | Command::Open | Command::Detail if self.shown.is_some() => {
                self.shown = None;
                None
            }
            Command::Close if self.is_searched() => {
                self.search = Input::default();
                self.records = None;
                Some(self.narrowed())
            }
            Command::Search => {
                self.is_typing = true;
                None
            }
            Command::Open | Command::Detail => ask(AfterFetch::Show),
            Command::Send => ask(AfterFetch::Resend),
            Command::Verify => ask(AfterFetch::Verify),
            Command::EditSent | Command::Save => ask(AfterFetch::Edit),
            _ => return Flow::Ignored,
        };
        update.effects.extend(effect);
        Flow::Stays
    }
}

/// Most deliveries listed at once. Chosen: more than anyone reads; the search finds the rest.
pub const LISTED: usize = 500;

/// How many deliveries are listed, and whether there may be more.
fn counted(count: usize, model: &Model) -> String {
    if count < LISTED {
        return format!("{count} deliveries, the latest first");
    }
    let key = model.keymap.shown(Command::Search);
    format!("the latest {count} deliveries; {key} finds others")
}

/// Opens the history.
pub fn open(update: &mut Update<'_>) {
    let window = HistoryWindow::default();
    update.effects.push(window.narrowed());
    update.model.open_window(window);
}

impl Window for HistoryWindow {
    fn name(&self) -> &'static str {
        "the history"
    }

    fn caption(&self, model: &Model) -> String {
        if let Some(shown) = &self.shown {
            return format!(
                "{}: what was sent, and what came of it",
                shown.delivery.record.name
            );
        }
        match self.records.as_ref().map(Vec::len) {
            _ if self.missing.is_some() => "there is no history".to_owned(),
            None => "the history is being read".to_owned(),
            Some(0) if !self.is_searched() => "nothing was sent yet".to_owned(),
            Some(1) => "1 delivery".to_owned(),
            Some(count) => counted(count, model),
        }
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::History)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        if self.is_typing {
            return vec![Offer::Typed("⏎", "search")];
        }
        let mut all = Vec::new();
        if self.shown.is_none() && self.record().is_some() {
            all.push(Offer::One(Command::Open, "in full"));
        }
        if self.record().is_some() {
            all.push(Offer::One(Command::Send, "send again"));
            all.push(Offer::One(Command::Verify, "verify"));
            all.push(Offer::One(Command::EditSent, "edit as a new sample"));
            if self.shown.is_some() {
                all.push(Offer::One(Command::CopyCurl, "copy curl"));
            }
            all.extend([Command::Open, Command::Detail, Command::Save].map(Offer::Quiet));
        }
        let is_empty = self.records.as_ref().is_some_and(Vec::is_empty);
        let has_list = self.missing.is_none() && (!is_empty || self.is_searched());
        if self.shown.is_none() && has_list {
            all.push(Offer::One(Command::Search, "search"));
        }
        all
    }

    fn closing(&self, _model: &Model) -> Option<&'static str> {
        match self.shown {
            Some(_) => Some("back"),
            None => self.is_searched().then_some("all"),
        }
    }

    fn is_typed(&self) -> bool {
        self.is_typing
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match event {
            WindowEvent::Run(command) => return self.run(command, update),
            WindowEvent::Type(key) => self.type_key(key, update),
            WindowEvent::Paste(text) => {
                self.search = with_inserted(&self.search, text);
                self.cursor = Cursor::default();
                update.effects.push(self.narrowed());
            }
            // It may have changed meanwhile.
            WindowEvent::Uncovered => update.effects.push(self.narrowed()),
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        match &self.shown {
            Some(shown) => view::in_full(shown, model.window_size().0, look),
            None => view::list(self, model, look),
        }
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(match &mut self.shown {
            Some(shown) => &mut shown.scroll,
            None => &mut self.cursor,
        })
    }
}

/// Why there are no bytes to send again.
pub fn not_kept(record: &Record) -> &'static str {
    match record.privacy {
        crate::event::privacy::Privacy::On => {
            "privacy mode was on, so what was sent is not kept: send its completion anew"
        }
        crate::event::privacy::Privacy::Off => {
            "what was sent was let go (history.keep_bodies): send its completion anew"
        }
    }
}

impl Model {
    /// What the history says.
    pub(crate) fn take_history(&mut self, report: HistoryReport, env: &Env) -> Vec<Effect> {
        match report {
            HistoryReport::Listed(text, records) => {
                if let Some(window) = self.windows.find_mut::<HistoryWindow>()
                    && window.search.value() == text
                {
                    window.take(records);
                }
            }
            HistoryReport::Missing(why) => {
                if let Some(window) = self.windows.find_mut::<HistoryWindow>() {
                    window.missing = Some(why);
                }
            }
            HistoryReport::Done(says) => self.notice = Some(says),
            HistoryReport::SentAgain(says) => {
                self.kept.sends_again = self.kept.sends_again.saturating_sub(1);
                self.notice = says.or(self.notice.take());
            }
            HistoryReport::Fetched(AfterFetch::Beside, stored) => {
                if let Some(window) = self.windows.find_mut::<HistoryWindow>() {
                    window.beside = stored.map(|stored| Box::new(ShownDelivery::of(*stored)));
                }
            }
            HistoryReport::Fetched(_, None) => {
                self.notice = Some("this delivery was forgotten meanwhile".to_owned());
            }
            HistoryReport::Fetched(AfterFetch::Show, Some(stored)) => self.show_delivery(*stored),
            HistoryReport::Fetched(
                AfterFetch::Resend | AfterFetch::Edit | AfterFetch::Verify,
                Some(_),
            ) if self.windows.asks() => {
                self.notice = Some("answer the question first".to_owned());
            }
            HistoryReport::Fetched(AfterFetch::Resend, Some(stored)) => {
                let mut update = Update::of(self, env);
                again::resend(&stored, &mut update);
                return update.effects;
            }
            HistoryReport::Fetched(AfterFetch::Edit, Some(stored)) => self.edit_again(&stored),
            HistoryReport::Fetched(AfterFetch::Verify, Some(stored)) => {
                return self.verify_delivery(&stored, env);
            }
        }
        Vec::new()
    }

    /// Asks for the delivery under the cursor of the history, where there is room for it beside the list.
    pub(crate) fn delivery_beside(&mut self) -> Option<Effect> {
        let has_room = self.window_size().0 >= BESIDE;
        let window = self.windows.find_mut::<HistoryWindow>();
        window.filter(|_| has_room)?.ask_for_beside()
    }

    fn show_delivery(&mut self, stored: StoredDelivery) {
        let Some(window) = self.windows.find_mut::<HistoryWindow>() else {
            return;
        };
        window.shown = Some(Box::new(ShownDelivery::of(stored)));
    }
}
