//! The history in the inspector: what was sent, what of it was not answered, and how it is sent again.
//! The database is the runtime's; here are what was read from it and what is asked of it.

pub(crate) mod view;

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use crate::completion::{Completion, Edit, Edits};
use crate::delivery::history::{Id, Record, Whole};
use crate::event::Section;
use crate::inspector::typing::input_request;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::windows::send::{Sending, Stage, Ticket};
use crate::inspector::{Command, Effect, Env, Model, Overlay, Pane};
use crate::json::{Document, JsonText};
use crate::mapping;
use crate::prepare::Prepared;
use crate::share;

/// What is asked of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The deliveries with this text, the latest first.
    List(String),
    /// One delivery whole, and what for.
    Whole(Id, Then),
    /// Take over what was not answered and send it again.
    Again(Vec<Id>),
    /// Take over what was not answered and give it up.
    Forget(Vec<Id>),
}

/// What is to be done with a delivery once it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Show it.
    Show,
    /// Send it again.
    Resend,
    /// Edit its completion as a new sample.
    Edit,
}

/// What the history says.
#[derive(Debug, Clone)]
pub enum News {
    /// What programs that are gone sent, and no answer came.
    Left(Vec<Record>),
    /// The deliveries with this text.
    Listed(String, Vec<Record>),
    /// One delivery whole; none where it was forgotten meanwhile.
    Whole(Then, Option<Box<Whole>>),
    /// There is no history, and why.
    Missing(String),
    /// What came of sending again or forgetting, in words.
    Done(String),
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
    /// Whether the list may have changed since it was read.
    pub is_stale: bool,
}

/// A delivery in full.
#[derive(Debug, Clone)]
pub struct ShownDelivery {
    /// All that is known of it.
    pub whole: Whole,
    /// Its body over several lines; none where it is not kept.
    pub body: Option<Vec<String>>,
    /// How far it is scrolled.
    pub scroll: Cursor,
}

/// Lines of a delivery in full besides attempts and body.
pub const SHOWN_LINES: usize = 12;

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

    /// How many rows there are to move in.
    pub fn rows(&self) -> usize {
        match &self.shown {
            Some(shown) => {
                let body = shown.body.as_ref().map_or(1, Vec::len);
                SHOWN_LINES + shown.whole.tried.len() + body
            }
            None => self.records.as_ref().map_or(0, Vec::len),
        }
    }

    /// The cursor that movement is about.
    pub fn view(&self) -> Cursor {
        self.shown
            .as_ref()
            .map_or(self.cursor, |shown| shown.scroll)
    }

    /// The cursor that movement is about.
    pub fn cursor_mut(&mut self) -> &mut Cursor {
        match &mut self.shown {
            Some(shown) => &mut shown.scroll,
            None => &mut self.cursor,
        }
    }
}

impl Model {
    /// Opens the history; what was not answered comes first.
    pub(crate) fn history(&mut self) -> Vec<Effect> {
        if !self.left.is_empty() {
            self.open_window(Overlay::Left(Cursor::default()));
            return Vec::new();
        }
        self.open_window(Overlay::History(Box::default()));
        vec![Effect::History(Ask::List(String::new()))]
    }

    /// What the history says.
    pub(crate) fn take_history(&mut self, news: News, env: &Env) -> Vec<Effect> {
        match news {
            News::Left(left) if left.is_empty() => {}
            News::Left(left) => {
                self.notice = Some(format!(
                    "{} not answered last time; {} shows them",
                    sends(left.len()),
                    self.keymap.shown(Command::History)
                ));
                self.left = left;
                if self.overlay.is_none() && !self.is_typing() {
                    self.notice = None;
                    self.open_window(Overlay::Left(Cursor::default()));
                }
            }
            News::Listed(text, records) => {
                if let Some(window) = self.history_window()
                    && window.search.value() == text
                {
                    window.take(records);
                }
            }
            News::Missing(why) => {
                if let Some(window) = self.history_window() {
                    window.missing = Some(why);
                }
            }
            News::Done(says) => self.notice = Some(says),
            News::Whole(_, None) => {
                self.notice = Some("this delivery was forgotten meanwhile".to_owned());
            }
            News::Whole(Then::Show, Some(whole)) => self.show_delivery(*whole),
            News::Whole(Then::Resend, Some(whole)) => return self.resend(&whole, env),
            News::Whole(Then::Edit, Some(whole)) => self.edit_again(&whole),
        }
        Vec::new()
    }

    /// The window, whatever lies over it.
    fn history_window(&mut self) -> Option<&mut HistoryWindow> {
        self.windows_mut().find_map(|window| match window {
            Overlay::History(window) => Some(&mut **window),
            _ => None,
        })
    }

    fn show_delivery(&mut self, whole: Whole) {
        let Some(window) = self.history_window() else {
            return;
        };
        let body = whole.body.as_ref().map(|body| {
            let text = share::pretty_or_plain(&String::from_utf8_lossy(body));
            text.lines().map(str::to_owned).collect()
        });
        window.shown = Some(Box::new(ShownDelivery {
            whole,
            body,
            scroll: Cursor::default(),
        }));
    }

    /// The same bytes with the same id to the present destination; asks where that is elsewhere.
    fn resend(&mut self, whole: &Whole, env: &Env) -> Vec<Effect> {
        if let Some(trouble) = &self.destination.trouble {
            self.notice = Some(format!("cannot send: {trouble}"));
            return Vec::new();
        }
        if self.is_sending() {
            self.notice = Some("wait until what is on its way has ended".to_owned());
            return Vec::new();
        }
        let record = &whole.record;
        let Some(request) = whole.request() else {
            self.notice = Some(not_kept(record).to_owned());
            return Vec::new();
        };
        let request = request.bound_for(self.destination.endpoint.kind);
        let prepared = Prepared::new(record.name.clone(), request, record.privacy, record.made_at);
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(unsent) => {
                self.notice = Some(unsent.to_string());
                return Vec::new();
            }
        };
        self.notice = (!self.destination.is_local()).then(|| {
            let open = self.keymap.shown(Command::Open);
            format!("not sent: {open} sends the same bytes again")
        });
        let ticket = self.new_ticket();
        self.drop_unconfirmed();
        self.sendings.push(Sending {
            ticket,
            prepared,
            before: Some(record.there.clone()),
            attempts: Vec::new(),
            stage: Stage::Confirming,
        });
        self.open_window(Overlay::Send(Cursor::default()));
        match self.destination.is_local() {
            true => self.confirm_send(env),
            false => Vec::new(),
        }
    }

    /// A fresh ticket.
    pub(crate) fn new_ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    /// Its completion as a new sample, with the trace as it was sent; works where it is loaded.
    fn edit_again(&mut self, whole: &Whole) {
        let name = &whole.record.name;
        let Some(index) = self.library.find_name(name) else {
            self.notice = Some(format!(
                "\"{name}\" is not loaded: open the file it came from, then press {} again",
                self.keymap.shown(Command::EditSent)
            ));
            return;
        };
        let Some(completion) = self.library.completion(index) else {
            return;
        };
        let edits = match &whole.body {
            Some(body) => edits_of(&completion, body, &self.context),
            None => Edits::none(),
        };
        let mut copy = Completion::clone(&completion);
        copy.name = format!("{name} (again)");
        self.library.insert_copy(index + 1, copy, edits);
        self.close_windows();
        self.inserted(index + 1);
        self.focus = Pane::Trace;
        self.notice = Some(
            match whole.body {
                Some(_) => "a new sample, with user, session and trace as they were sent; e edits",
                None => "a new sample as it was loaded: what was sent is not kept; e edits",
            }
            .to_owned(),
        );
    }

    /// Commands in the two windows; none where they mean here what they mean elsewhere.
    pub(crate) fn run_in_history(&mut self, command: Command) -> Option<Vec<Effect>> {
        match &mut self.overlay {
            Some(Overlay::Left(_)) => self.run_in_left(command),
            Some(Overlay::History(window)) => {
                let id = window.record().map(|record| record.id);
                let ask = |then| id.map(|id| Effect::History(Ask::Whole(id, then)));
                let effect = match command {
                    Command::Close if window.shown.is_some() => {
                        window.shown = None;
                        None
                    }
                    Command::Close if !window.search.value().is_empty() => {
                        window.search = Input::default();
                        window.records = None;
                        Some(Effect::History(Ask::List(String::new())))
                    }
                    Command::History => {
                        self.close_window();
                        None
                    }
                    Command::Search if window.shown.is_none() => {
                        window.is_typing = true;
                        None
                    }
                    Command::Open | Command::Detail if window.shown.is_some() => {
                        window.shown = None;
                        None
                    }
                    Command::Open | Command::Detail => ask(Then::Show),
                    Command::Send => ask(Then::Resend),
                    Command::EditSent | Command::Save => ask(Then::Edit),
                    _ => return None,
                };
                Some(effect.into_iter().collect())
            }
            _ => None,
        }
    }

    fn run_in_left(&mut self, command: Command) -> Option<Vec<Effect>> {
        let again = match command {
            Command::Open | Command::Send => true,
            Command::DeleteKey | Command::Mark => false,
            Command::Close => {
                // They stay queued, and are offered again at the next start.
                self.left.clear();
                return None;
            }
            _ => return None,
        };
        if again && let Some(trouble) = &self.destination.trouble {
            self.notice = Some(format!("cannot send: {trouble}"));
            return Some(Vec::new());
        }
        let left = std::mem::take(&mut self.left);
        let ids = left.iter().map(|record| record.id).collect();
        self.close_window();
        self.notice = Some(match again {
            true => format!("sending {} again …", left.len()),
            false => format!("{} forgotten", sends(left.len())),
        });
        Some(vec![Effect::History(match again {
            true => Ask::Again(ids),
            false => Ask::Forget(ids),
        })])
    }

    /// A key while the search is typed.
    pub(crate) fn history_search_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let Some(Overlay::History(window)) = &mut self.overlay else {
            return Vec::new();
        };
        match key.code {
            KeyCode::Enter => window.is_typing = false,
            KeyCode::Esc => {
                window.is_typing = false;
                window.search = Input::default();
                return vec![Effect::History(Ask::List(String::new()))];
            }
            _ => {
                if let Some(request) = input_request(key)
                    && window
                        .search
                        .handle(request)
                        .is_some_and(|changed| changed.value)
                {
                    window.cursor = Cursor::default();
                    return vec![Effect::History(Ask::List(window.search.value().to_owned()))];
                }
            }
        }
        Vec::new()
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

fn sends(count: usize) -> String {
    match count {
        1 => "1 send was".to_owned(),
        count => format!("{count} sends were"),
    }
}

/// The edits that make the completion's trace what a body has.
fn edits_of(completion: &Completion, body: &[u8], context: &mapping::Context) -> Edits {
    let mapped = mapping::map(completion, &Edits::none(), context);
    let text = String::from_utf8_lossy(body);
    let doc = Document::parse(text.as_ref().into(), Default::default());
    let (Some(event), Ok(doc)) = (mapped.event(), doc) else {
        return Edits::none();
    };
    let root = doc.root();
    let sent = root.item(0).unwrap_or(root);
    let mut edits = Vec::new();
    let differs = |section, key: &str, value: &JsonText| {
        event.field(section, key).map(|field| &field.value) != Some(value)
    };
    let text = |value: Option<crate::json::Value<'_>>| value.map(|value| value.canonical());
    if let Some(user) = text(sent.get("user_id"))
        && differs(Section::Top, "user_id", &user)
    {
        edits.push(Edit::User(user.str().map(Into::into)));
    }
    let session = text(sent.get("ai_data").and_then(|data| data.get("convo_id")));
    if let Some(session) = session
        && differs(Section::AiData, "convo_id", &session)
    {
        edits.push(Edit::SessionId(session.str().map(Into::into)));
    }
    let properties = sent.get("properties");
    for member in properties.iter().flat_map(|object| object.children()) {
        let (Some(key), value) = (member.key(), member.canonical()) else {
            continue;
        };
        if !key.starts_with('$') && differs(Section::Properties, &key, &value) {
            edits.push(Edit::SetKey {
                key: key.into_owned(),
                value,
            });
        }
    }
    edits.into_iter().collect()
}
