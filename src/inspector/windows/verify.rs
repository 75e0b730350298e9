//! What a destination stored of an event that was sent, field by field. It is read back by the runtime, which waits until
//! it is there; the comparison comes from [`crate::verify`].

use std::sync::Arc;

use super::{Flow, Update, Window, WindowEvent};
use crate::delivery::history::{DeliveryId, StoredDelivery};
use crate::delivery::readback::Progress;
use crate::display;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::line::Line;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::send::{SendStage, Sending, Ticket};
use crate::inspector::{Command, Effect, Env, Model};
use crate::json::JsonText;
use crate::prepare::{Endpoint, PrepareOptions, digest, prepare_test_trace};
use crate::verify::{Comparison, Fate, FieldVerdict, Outcome};

/// What is asked of the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifyTask {
    /// Read this event back.
    Begin(Ticket, Box<SentBody>),
    /// Give it up.
    Cancel(Ticket),
}

/// An event as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentBody {
    /// The completion's name.
    pub name: String,
    /// Where it went.
    pub endpoint: Endpoint,
    /// Whether that is the destination in force.
    pub is_present: bool,
    /// The event's id.
    pub event_id: String,
    /// The request's body.
    pub body: Arc<[u8]>,
    /// Its delivery in the history; none is the latest with its id.
    pub delivery: Option<DeliveryId>,
}

/// What the runtime says.
#[derive(Debug, Clone)]
pub enum VerifyReport {
    /// It goes on.
    Waiting(Progress),
    /// It is over: what was found, or why nothing could be read.
    Ended(Result<VerifyEnd, String>),
}

/// How reading back ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyEnd {
    /// Who was asked, in words.
    pub place: String,
    /// Where the event can be looked at.
    pub link: String,
    /// What is stored; none where it was not found.
    pub comparison: Option<Comparison>,
}

/// An event that is verified, or was.
#[derive(Debug, Clone)]
pub struct Verifying {
    ticket: Ticket,
    sent: SentBody,
    stage: VerifyStage,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum VerifyStage {
    UnderWay(Option<Progress>),
    Failed(String),
    Cancelled,
    Done(VerifyEnd),
}

impl SentBody {
    /// Whether it is this event, at this server: the same one may have gone to another as well.
    fn is_at(&self, event_id: &str, endpoint: &Endpoint) -> bool {
        self.event_id == event_id && self.endpoint == *endpoint
    }
}

impl Verifying {
    fn is_under_way(&self) -> bool {
        matches!(self.stage, VerifyStage::UnderWay(_))
    }

    /// Whether all of it is stored as it was sent; none until that is known.
    pub(crate) fn is_stored(&self) -> Option<bool> {
        match &self.stage {
            VerifyStage::Done(end) => {
                Some(end.comparison.as_ref().is_some_and(Comparison::is_stored))
            }
            _ => None,
        }
    }

    /// Whether a test trace is stored as it was sent, where it went; none where that is not known.
    pub(crate) fn is_sent_stored(&self, sending: &Sending) -> Option<bool> {
        let is_it = self
            .sent
            .is_at(&sending.prepared.request.event_id, &sending.endpoint);
        self.is_stored().filter(|_| is_it)
    }

    /// How it ended, in short; none until it was read back.
    pub(crate) fn read_back(&self) -> Option<&'static str> {
        match &self.stage {
            VerifyStage::Done(end) => Some(read_back(end)),
            _ => None,
        }
    }

    fn link(&self) -> Option<&str> {
        match &self.stage {
            VerifyStage::Done(end) => Some(&end.link),
            _ => None,
        }
    }
}

/// How reading back ended, in short.
fn read_back(end: &VerifyEnd) -> &'static str {
    match &end.comparison {
        None => "read back: the event is not there",
        Some(comparison) => match comparison.outcome() {
            Outcome::Stored => "read back: all of it is stored as it was sent",
            Outcome::HasText => "read back: text is stored that was not sent",
            Outcome::Differs | Outcome::NotFound => {
                "read back: not all of it is stored as it was sent"
            }
        },
    }
}

/// The window.
#[derive(Debug, Clone, Default)]
pub struct VerifyWindow {
    scroll: Cursor,
}

/// Why nothing can be verified.
pub fn refusal(model: &Model) -> Option<String> {
    let is_accepted = |sending: &Sending| sending.stage == SendStage::Accepted;
    let (send, history) = (
        model.keymap.shown(Command::Send),
        model.keymap.shown(Command::History),
    );
    let can = model.kept.verifying.is_some() || model.sendings.last().is_some_and(is_accepted);
    (!can).then(|| {
        format!(
            "no event was sent by itself and accepted since the start: {send} sends one; {history} lists all, and verifies each"
        )
    })
}

/// Verifies the test trace that was sent last, or shows again what was found of it.
pub fn open(update: &mut Update<'_>) {
    let model = &*update.model;
    let last = model.sendings.last();
    let last = last.filter(|sending| sending.stage == SendStage::Accepted);
    let sent = last.map(|sending| SentBody {
        name: sending.prepared.name.clone(),
        endpoint: sending.endpoint.clone(),
        is_present: sending.endpoint == model.destination.endpoint,
        event_id: sending.prepared.request.event_id.clone(),
        body: sending.prepared.request.body.clone(),
        delivery: None,
    });
    // It is about what was sent last, which need not be what is shown.
    let name = sent.as_ref().map(|sent| sent.name.clone());
    let shown = model
        .current
        .as_ref()
        .map(|current| &current.completion.name);
    let says = name.filter(|name| Some(name) != shown).map(|name| {
        let send = model.keymap.shown(Command::Send);
        format!("this is \"{name}\", the last that was sent by itself; {send} sends what is shown")
    });
    let known = model.kept.verifying.as_ref();
    match (sent, known) {
        (Some(sent), known)
            if known.is_none_or(|known| !known.sent.is_at(&sent.event_id, &sent.endpoint)) =>
        {
            begin(sent, update);
        }
        _ => update.model.open_window(VerifyWindow::default()),
    }
    if let Some(says) = says {
        update.say(says);
    }
}

fn begin(sent: SentBody, update: &mut Update<'_>) {
    let ticket = update.model.new_ticket();
    if let Some(before) = &update.model.kept.verifying
        && before.is_under_way()
    {
        let cancel = VerifyTask::Cancel(before.ticket);
        update.effects.push(Effect::Verify(cancel));
    }
    update.model.kept.verifying = Some(Verifying {
        ticket,
        sent: sent.clone(),
        stage: VerifyStage::UnderWay(None),
    });
    update.model.open_window(VerifyWindow::default());
    let task = VerifyTask::Begin(ticket, Box::new(sent));
    update.effects.push(Effect::Verify(task));
}

impl Model {
    /// Verifies a delivery of the history. What was sent in privacy mode is not kept, so it is made anew, as it was.
    pub(crate) fn verify_delivery(&mut self, stored: &StoredDelivery, env: &Env) -> Vec<Effect> {
        let record = &stored.record;
        let kept = stored.body.clone();
        let Some(body) = kept.or_else(|| self.made_again(stored)) else {
            let name = &record.name;
            self.notice = Some(match self.library.named(name).next() {
                None => format!(
                    "what was sent is not kept, and \"{name}\" is not loaded: open the file it came from, then try again"
                ),
                Some(_) => format!(
                    "what was sent is not kept, and \"{name}\" is another event now: its file or its edits have changed since"
                ),
            });
            return Vec::new();
        };
        let sent = SentBody {
            name: record.name.clone(),
            endpoint: record.endpoint.clone(),
            is_present: record.endpoint == self.destination.endpoint,
            event_id: record.event_id.clone(),
            body,
            delivery: Some(record.id),
        };
        let mut update = Update::of(self, env);
        begin(sent, &mut update);
        update.effects
    }

    /// The body of a delivery, from its completion with the time, the privacy and the id of back then.
    fn made_again(&mut self, stored: &StoredDelivery) -> Option<Arc<[u8]>> {
        let places: Vec<usize> = self.library.named(&stored.record.name).collect();
        let mut made = places.into_iter();
        made.find_map(|place| self.made_again_of(stored, place))
    }

    /// The same of one completion, where it is the one that was sent, as it was.
    pub(crate) fn made_again_of(
        &mut self,
        stored: &StoredDelivery,
        index: usize,
    ) -> Option<Arc<[u8]>> {
        let record = &stored.record;
        let completion = self.completion_at(index)?;
        let edits = self.library.entry(index)?.edits.clone();
        let mut options = PrepareOptions {
            privacy: record.privacy,
            kind: record.endpoint.kind,
            ..self.options()
        };
        options.context.now = record.made_at;
        let prepared = prepare_test_trace(&completion, &edits, &options, &record.event_id);
        let body = prepared.ok()?.request.body;
        // A name may be that of another record by now, and edits may have been made since.
        (digest(&body) == stored.digest).then_some(body)
    }

    /// What the runtime says; a report about another event comes too late.
    pub(crate) fn take_verified(&mut self, ticket: Ticket, report: VerifyReport) {
        let is_it = |one: &&mut Verifying| one.ticket == ticket && one.is_under_way();
        let Some(verifying) = self.kept.verifying.as_mut().filter(is_it) else {
            return;
        };
        verifying.stage = match report {
            VerifyReport::Waiting(progress) => VerifyStage::UnderWay(Some(progress)),
            VerifyReport::Ended(Ok(end)) => VerifyStage::Done(end),
            VerifyReport::Ended(Err(why)) => VerifyStage::Failed(why),
        };
    }
}

impl Window for VerifyWindow {
    fn name(&self) -> &'static str {
        "what is stored"
    }

    fn caption(&self, model: &Model) -> String {
        let Some(verifying) = &model.kept.verifying else {
            return "nothing was read back yet".to_owned();
        };
        match &verifying.stage {
            VerifyStage::UnderWay(_) => "what is stored is being read back".to_owned(),
            VerifyStage::Failed(_) => "nothing could be read back".to_owned(),
            VerifyStage::Cancelled => "reading back was stopped".to_owned(),
            VerifyStage::Done(end) => read_back(end).to_owned(),
        }
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Verify)
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        let verifying = model.kept.verifying.as_ref();
        let mut all = Vec::new();
        if verifying.is_some_and(|verifying| verifying.link().is_some()) {
            all.push(Offer::One(Command::CopyValue, "copy link"));
        }
        if verifying.is_some_and(|verifying| !verifying.is_under_way()) {
            all.push(Offer::One(Command::Open, "verify again"));
            all.push(Offer::One(Command::History, "history"));
        }
        all
    }

    fn closing(&self, model: &Model) -> Option<&'static str> {
        let verifying = model.kept.verifying.as_ref();
        verifying
            .is_some_and(Verifying::is_under_way)
            .then_some("give up")
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let (WindowEvent::Run(command), Some(verifying)) =
            (event, &mut update.model.kept.verifying)
        else {
            return Flow::Ignored;
        };
        match command {
            Command::Close if verifying.is_under_way() => {
                verifying.stage = VerifyStage::Cancelled;
                let task = VerifyTask::Cancel(verifying.ticket);
                update.effects.push(Effect::Verify(task));
            }
            Command::CopyValue => {
                if let Some(link) = verifying.link().map(str::to_owned) {
                    let copied = update.model.copied("the link", link);
                    update.effects.extend(copied);
                }
            }
            Command::Open => {
                let sent = verifying.sent.clone();
                self.scroll = Cursor::default();
                begin_again(sent, update);
            }
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let view = View::new("Verify");
        let Some(verifying) = &model.kept.verifying else {
            return view;
        };
        let width = model.window_size().0.saturating_sub(2);
        let name = verifying.sent.name.as_str();
        let subtitle = match verifying.sent.delivery {
            None => format!("test trace of {name}"),
            Some(_) => name.to_owned(),
        };
        view.subtitle(subtitle)
            .text(self.scroll, lines(verifying, look, width))
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}

/// The same without another window, since this one is open.
fn begin_again(sent: SentBody, update: &mut Update<'_>) {
    let ticket = update.model.new_ticket();
    let sent = SentBody {
        is_present: sent.endpoint == update.model.destination.endpoint,
        ..sent
    };
    update.model.kept.verifying = Some(Verifying {
        ticket,
        sent: sent.clone(),
        stage: VerifyStage::UnderWay(None),
    });
    let task = VerifyTask::Begin(ticket, Box::new(sent));
    update.effects.push(Effect::Verify(task));
}

fn lines(verifying: &Verifying, look: &Look, width: usize) -> Vec<Line> {
    let (theme, symbols) = (&look.theme, &look.symbols);
    let mut lines = Vec::new();
    let mut put = |text: &str, style| {
        let ranges = display::wrap(text, width).into_iter();
        lines.extend(ranges.map(|range| vec![(text[range].to_owned(), style)]));
    };
    match &verifying.stage {
        VerifyStage::UnderWay(None) => put("… reading it back", theme.title),
        VerifyStage::UnderWay(Some(progress)) => {
            let asked = match progress.requests {
                1 => "asked once".to_owned(),
                count => format!("asked {count} times"),
            };
            let says = format!(
                "… not there yet: {asked}, {} s of at most {} s",
                progress.waited.as_secs(),
                progress.wait.as_secs()
            );
            put(&says, theme.title);
            if let Some(trouble) = &progress.trouble {
                put(&format!("{} {trouble}", symbols.warning), theme.warning);
            }
        }
        VerifyStage::Cancelled => put(
            &format!(
                "{} given up: whether it is stored is not known",
                symbols.warning
            ),
            theme.warning,
        ),
        VerifyStage::Failed(why) => put(&format!("{} {why}", symbols.error), theme.error),
        VerifyStage::Done(end) => match &end.comparison {
            None => {
                let says = format!(
                    "{} not found in {}: it may appear later",
                    symbols.error, end.place
                );
                put(&says, theme.error);
            }
            Some(comparison) => {
                let (symbol, style, says) = match comparison.outcome() {
                    Outcome::Stored => (symbols.good, theme.good, "all of it is stored"),
                    Outcome::HasText => (
                        symbols.error,
                        theme.error,
                        "text is stored that was not sent with this event",
                    ),
                    Outcome::Differs | Outcome::NotFound => (
                        symbols.error,
                        theme.error,
                        "not all of it is stored as sent",
                    ),
                };
                put(&format!("{symbol} {says} in {}", end.place), style);
                put(&format!("  {}", comparison.in_words()), theme.text);
                for remark in &comparison.remarks {
                    put(&format!("{} {remark}", symbols.warning), theme.warning);
                }
            }
        },
    }
    put(&format!("  event {}", verifying.sent.event_id), theme.dim);
    if let VerifyStage::Done(end) = &verifying.stage {
        put(&format!("  see {}", end.link), theme.dim);
        if let Some(comparison) = &end.comparison {
            lines.push(Line::new());
            lines.extend(table(comparison, look, width));
        }
    }
    lines
}

/// Each field with what was sent and what is stored; what differs comes first, with the rule that explains it.
fn table(comparison: &Comparison, look: &Look, width: usize) -> Vec<Line> {
    let theme = &look.theme;
    let longest = comparison.fields.iter();
    let longest = longest.map(|field| display::width(&field.pointer)).max();
    let names = (longest.unwrap_or(0) + 1).min(width * 2 / 5);
    let values = width.saturating_sub(names + 4) / 2;
    let mut lines = vec![vec![(
        format!(
            "  {}{}stored",
            " ".repeat(names),
            display::pad("sent", values)
        ),
        theme.dim,
    )]];
    let mut fields: Vec<&FieldVerdict> = comparison.fields.iter().collect();
    fields.sort_by_key(|field| std::cmp::Reverse(field.fate));
    for field in fields {
        let (symbol, style) = mark(field.fate, look);
        let sent = shown(Some(&field.sent), look, values);
        let stored = shown(field.stored.as_ref(), look, values);
        lines.push(vec![
            (format!("{symbol} "), style),
            (
                display::pad(
                    &display::clip(&field.pointer, names.saturating_sub(1)),
                    names,
                ),
                theme.key,
            ),
            (display::pad(&sent, values), theme.text),
            (stored, style),
        ]);
        if let Some(rule) = field.rule {
            let says = format!(
                "{}: {} ({}, {})",
                field.fate.says(),
                rule.says,
                rule.name,
                rule.confidence.name()
            );
            let ranges = display::wrap(&says, width.saturating_sub(4)).into_iter();
            lines.extend(ranges.map(|range| vec![(format!("    {}", &says[range]), theme.dim)]));
        }
    }
    for pointer in &comparison.added {
        let (mark, style) = match comparison.added_text.contains(pointer) {
            true => (look.symbols.error, theme.error),
            false => ("+", theme.dim),
        };
        lines.push(vec![
            (format!("{mark} "), style),
            (
                format!("{pointer}  stored with it, and not sent with this event"),
                style,
            ),
        ]);
    }
    lines
}

fn shown(value: Option<&JsonText>, look: &Look, columns: usize) -> String {
    let room = columns.saturating_sub(1);
    match value {
        Some(value) => display::clip(&value.preview(4 * columns), room),
        None => look.symbols.none.to_owned(),
    }
}

fn mark(fate: Fate, look: &Look) -> (&'static str, ratatui::style::Style) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    match fate {
        Fate::AsSent => (symbols.good, theme.good),
        Fate::ByValue => ("≈", theme.good),
        Fate::NotKnown => (symbols.warning, theme.warning),
        Fate::Lost => (symbols.dropped, theme.error),
        Fate::Changed => (symbols.changed, theme.error),
    }
}
