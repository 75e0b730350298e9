//! Sending every listed completion's event: counts while it goes, and what was not accepted, each with
//! its reason and a way to it. The mapping and the sending themselves are the runtime's.

pub mod forecast;
mod view;

use super::{Flow, Update, Window, WindowEvent};
use crate::completion::Origin;
use crate::completion::load::ProblemKind;
use crate::delivery::bulk::BulkEnd;
use crate::delivery::history::DeliveryState;
use crate::display::counted;
use crate::event::DestinationKind;
use crate::event::privacy::Privacy;
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::LibraryItem;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::question::Question;
use crate::inspector::windows::send::{NOT_OVER, Ticket};
use crate::inspector::windows::send_all::forecast::Forecast;
use crate::inspector::{Command, Effect, Model, Pane};
use crate::prepare::{Endpoint, NotSent};

/// What is told while it goes.
#[derive(Debug, Clone)]
pub enum SendAllReport {
    /// An event is through.
    Settled(DeliveryState, CompletionResult),
    /// A completion's event was not sent.
    Skipped(NotSent, CompletionResult),
    /// A record could not be read.
    Unread(CompletionResult),
    /// Everything waits so many milliseconds before it is tried again.
    Waiting(u64),
    /// It is over.
    Ended(BulkEnd),
}

/// A completion and what became of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionResult {
    /// The completion's name.
    pub name: String,
    /// Where it was found.
    pub origin: Origin,
    /// The reason, in words.
    pub says: String,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendAllStage {
    /// Shown, and not begun before it is confirmed.
    Confirming,
    /// On its way.
    Sending,
    /// What is under way may end; nothing new is begun.
    Stopping,
    /// It is over.
    Ended(BulkEnd),
}

/// A row of what was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `refused`, `no event`, …
    pub word: &'static str,
    /// Whether it is a failure; else it had nothing to send.
    pub is_failure: bool,
    /// What became of it.
    pub result: CompletionResult,
}

/// Sending all.
#[derive(Debug, Clone)]
pub struct SendAll {
    /// Which sending it is.
    pub ticket: Ticket,
    /// How many completions there are.
    pub total: usize,
    /// What they would send, where it is asked about first.
    pub forecast: Forecast,
    /// Where they go.
    pub endpoint: Endpoint,
    /// The mode that the events are made with.
    pub privacy: Privacy,
    /// Where it stands.
    pub stage: SendAllStage,
    /// When it began, in milliseconds since 1970.
    pub begun: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// Events that the destination took.
    pub accepted: usize,
    /// Events that it refused, gave up on, or that were stopped.
    pub refused: usize,
    /// Events that were not sent, since something is wrong with them.
    pub unsent: usize,
    /// Completions without an event.
    pub without: usize,
    /// Events that were left out, since the same event goes or went.
    pub left_out: usize,
    /// What is not among them, though it is or will be listed, as sentences.
    pub missing: Vec<String>,
    /// A wait: since when, and how long, in milliseconds.
    pub waiting: Option<(i64, u64)>,
    /// What was not accepted, failures first.
    pub rows: Vec<Row>,
    failures: usize,
    items: Vec<LibraryItem>,
}

impl SendAll {
    /// How many completions are through.
    pub fn done(&self) -> usize {
        self.accepted + self.refused + self.unsent + self.without + self.left_out
    }

    /// How many events have got their answer, or none in the end.
    pub fn sent(&self) -> usize {
        self.accepted + self.refused
    }

    /// How many events there are to send, as far as that is known by now: all that have not turned out to have none.
    pub fn to_send(&self) -> usize {
        self.total.max(self.done()) - (self.unsent + self.without + self.left_out)
    }

    /// Whether it is on its way.
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, SendAllStage::Sending | SendAllStage::Stopping)
    }

    /// Events accepted a second, once there is something to tell.
    pub fn rate(&self, now: i64) -> Option<f64> {
        let millis = self.ended.unwrap_or(now) - self.begun;
        (millis > 0 && self.accepted > 0).then(|| self.accepted as f64 * 1e3 / millis as f64)
    }

    /// Seconds that are left at the present pace.
    pub fn left(&self, now: i64) -> Option<u64> {
        let millis = u64::try_from(now - self.begun).ok()?;
        // Completions without an event are through at once, and tell nothing of the server's pace.
        let (sent, all) = (self.sent() as u64, self.to_send() as u64);
        let left = (all - sent) * millis;
        (self.stage == SendAllStage::Sending && millis >= 500)
            .then(|| left.checked_div(sent * 1000))?
    }

    fn add(&mut self, word: &'static str, is_failure: bool, result: CompletionResult) {
        let row = Row {
            word,
            is_failure,
            result,
        };
        if is_failure {
            self.rows.insert(self.failures, row);
            self.failures += 1;
        } else {
            self.rows.push(row);
        }
    }
}

/// The window.
#[derive(Debug, Clone, Default)]
pub struct SendAllWindow {
    /// The cursor in the rows of what was not accepted.
    pub cursor: Cursor,
}

/// Why nothing can be sent.
pub fn refusal(model: &Model) -> Option<String> {
    if model.all.as_ref().is_some_and(SendAll::is_under_way) {
        return None;
    }
    model.why_no_destination().or_else(|| {
        let is_empty = model.listed() == 0;
        is_empty.then(|| "there is nothing to send".to_owned())
    })
}

/// Opens the window; what stays on this machine goes at once, all else asks first.
pub fn open(update: &mut Update<'_>) {
    let Update { model, env, .. } = update;
    if model.all.as_ref().is_some_and(SendAll::is_under_way) {
        model.open_window(SendAllWindow::default());
        return;
    }
    let places = model.listing.entries(&model.library);
    let item = |at: &usize| model.library.item(*at);
    let listed: Vec<LibraryItem> = places.iter().filter_map(item).collect();
    // OpenRouter broadcasts a generation when it is over: what has come of it by now is no event of it.
    let (open, items): (Vec<_>, Vec<_>) = listed.into_iter().partition(LibraryItem::is_open);
    if items.is_empty() && !open.is_empty() {
        return update.say(NOT_OVER.to_owned());
    }
    let missing = missing(open.len(), model);
    let is_workshop = model.destination.endpoint.kind == DestinationKind::Workshop;
    let is_local = model.destination.is_local();
    // What leaks past privacy mode is asked about before it goes to anything but a sink, as for a single one.
    let may_leak = model.privacy == Privacy::On && !model.destination.is_sink();
    let forecast = match is_local && !is_workshop && !may_leak {
        true => Forecast::default(),
        false => model.forecast(&places),
    };
    let is_kept_here = forecast.leaking == 0 || !may_leak;
    // What a Workshop would not show as it was sent is asked about, though it stays on this machine.
    let goes_at_once =
        is_local && is_kept_here && forecast.notes.is_empty() && !forecast.are_notes_partial;
    let question = question(model, &forecast, items.len()).says_also(missing.first().cloned());
    let question = question.says_also(missing.get(1).cloned());
    model.all = Some(SendAll {
        forecast,
        ticket: model.new_ticket(),
        total: items.len(),
        endpoint: model.destination.endpoint.clone(),
        privacy: model.privacy,
        stage: SendAllStage::Confirming,
        begun: env.now,
        ended: None,
        accepted: 0,
        refused: 0,
        unsent: 0,
        without: 0,
        left_out: 0,
        missing: missing.clone(),
        waiting: None,
        rows: Vec::new(),
        failures: 0,
        items,
    });
    model.open_window(SendAllWindow::default());
    match goes_at_once {
        true => begin(update),
        false => model.open_window(question),
    }
}

/// What is not among all that is sent, and why.
fn missing(open: usize, model: &Model) -> Vec<String> {
    let open = match open {
        0 => None,
        1 => Some("1 call is left out: its answer is still arriving.".to_owned()),
        open => Some(format!(
            "{open} calls are left out: their answers are still arriving."
        )),
    };
    let is_loading = model.loading.is_some();
    let unread = is_loading.then(|| "What is still being read is left out.".to_owned());
    open.into_iter().chain(unread).collect()
}

fn question(model: &Model, forecast: &Forecast, total: usize) -> Question {
    let mode = match model.privacy {
        Privacy::On => " with privacy mode on, without input and output",
        Privacy::Off => "",
    };
    let what = forecast.says(total);
    let to = model.destination.name_and_address();
    Question::new("Send them all?", "send all", "do not send", begin)
        .says(format!("{what} to {to}{mode}."))
        .says_also(view::leaks(forecast))
        .says_also(model.destination.key_warning())
        .says_also(view::in_workshop(forecast))
        .only_for(&model.destination.endpoint)
        .otherwise(|update| {
            update.model.all = None;
            update.model.close_kind::<SendAllWindow>();
        })
}

fn begin(update: &mut Update<'_>) {
    if let Some(all) = &mut update.model.all {
        all.stage = SendAllStage::Sending;
        all.begun = update.env.now;
        update.effects.push(Effect::SendAll(all.ticket));
    }
}

impl Window for SendAllWindow {
    fn name(&self) -> &'static str {
        "sending all"
    }

    fn caption(&self, model: &Model) -> String {
        let Some(all) = &model.all else {
            return "nothing is being sent".to_owned();
        };
        let to = model.destination.called(&all.endpoint);
        let events = counted(all.accepted, "event");
        match &all.stage {
            SendAllStage::Confirming => {
                format!("{} that would go to {to}", counted(all.total, "completion"))
            }
            SendAllStage::Sending => format!("{events} accepted by {to} so far"),
            SendAllStage::Stopping => format!("stopping; {events} accepted by {to}"),
            SendAllStage::Ended(_) if all.refused + all.unsent == 0 => {
                format!("{events} accepted by {to}")
            }
            SendAllStage::Ended(_) => {
                let others = all.refused + all.unsent;
                format!("{events} accepted by {to}, {others} not")
            }
        }
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        let Some(all) = &model.all else {
            return Vec::new();
        };
        let go_to = (!all.rows.is_empty()).then_some(Offer::One(Command::Open, "go to"));
        let mut offers: Vec<Offer> = match &all.stage {
            SendAllStage::Confirming => Vec::new(),
            SendAllStage::Sending | SendAllStage::Stopping => {
                let hide = Offer::One(Command::SendAll, "hide");
                [hide].into_iter().chain(go_to).collect()
            }
            SendAllStage::Ended(_) => {
                let after = [
                    Offer::One(Command::SendAll, "send again"),
                    Offer::One(Command::History, "history"),
                ];
                go_to.into_iter().chain(after).collect()
            }
        };
        offers.push(Offer::Quiet(Command::LastSend));
        offers
    }

    fn closing(&self, model: &Model) -> Option<&'static str> {
        match model.all.as_ref().map(|all| &all.stage) {
            Some(SendAllStage::Sending) => Some("stop"),
            Some(SendAllStage::Stopping) => Some("stop at once"),
            _ => None,
        }
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let (WindowEvent::Run(command), Some(all)) = (event, &mut update.model.all) else {
            return Flow::Ignored;
        };
        let ticket = all.ticket;
        match (command, &all.stage) {
            (Command::Close, SendAllStage::Sending) => {
                all.stage = SendAllStage::Stopping;
                update.effects.push(Effect::StopAll(ticket));
            }
            // The second wish is for at once.
            (Command::Close, SendAllStage::Stopping) => {
                update.effects.push(Effect::StopAll(ticket))
            }
            (Command::Close | Command::LastSend, _) => return update.model.leave_sent(),
            (Command::Open, _) => return self.go_there(update.model),
            (Command::SendAll, SendAllStage::Ended(_)) => match refusal(update.model) {
                Some(why) => update.say(why),
                None => open(update),
            },
            (Command::SendAll, SendAllStage::Sending | SendAllStage::Stopping) => {
                let key = update.model.keymap.shown(Command::SendAll);
                update.say(format!("it goes on; {key} shows it again"));
                return Flow::Closes;
            }
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        view::of(self, model, look)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}

impl SendAllWindow {
    /// Goes to the completion whose event was not accepted.
    fn go_there(&self, model: &mut Model) -> Flow {
        let rows = model.all.as_ref().map(|all| &all.rows);
        let Some(row) = rows.and_then(|rows| rows.get(self.cursor.row)) else {
            return Flow::Stays;
        };
        let says = format!("{}: {}", row.word, row.result.says);
        let Some(place) = model.library.place_of(&row.result.origin) else {
            model.notice = Some("it is not listed any more".to_owned());
            return Flow::Stays;
        };
        model.go_to_entry(place);
        model.focus = Pane::List;
        model.notice = Some(says);
        Flow::LeavesAll
    }
}

impl Model {
    /// Hands out what is to be mapped and sent, once.
    pub fn take_items(&mut self) -> Vec<LibraryItem> {
        match &mut self.all {
            Some(all) => std::mem::take(&mut all.items),
            None => Vec::new(),
        }
    }

    /// What is told while it goes.
    pub(crate) fn take_all(&mut self, ticket: Ticket, report: SendAllReport) {
        let now = self.now;
        let is_it = |all: &&mut SendAll| all.ticket == ticket && all.is_under_way();
        let Some(all) = self.all.as_mut().filter(is_it) else {
            return;
        };
        all.waiting = None;
        match report {
            SendAllReport::Settled(DeliveryState::Accepted, _) => all.accepted += 1,
            SendAllReport::Settled(state, result) => {
                all.refused += 1;
                let word = match state {
                    DeliveryState::GaveUp => "gave up",
                    DeliveryState::Cancelled => "stopped",
                    _ => "refused",
                };
                all.add(word, true, result);
            }
            SendAllReport::Skipped(why, result) => {
                let kind = why.kind();
                let is_failure = kind.is_failure();
                let count = match why {
                    _ if is_failure => &mut all.unsent,
                    NotSent::NoEvent(_) => &mut all.without,
                    _ => &mut all.left_out,
                };
                *count += 1;
                all.add(kind.word(), is_failure, result);
            }
            SendAllReport::Unread(result) => {
                all.unsent += 1;
                all.add(ProblemKind::Unreadable.word(), true, result);
            }
            SendAllReport::Waiting(wait) => all.waiting = Some((now, wait)),
            SendAllReport::Ended(end) => {
                all.stage = SendAllStage::Ended(end);
                all.ended = Some(now);
            }
        }
    }

    /// Whether anything is on its way.
    pub(crate) fn is_anything_under_way(&self) -> bool {
        self.is_sending()
            || self.kept.live.is_under_way()
            || self.kept.sends_again > 0
            || self.all.as_ref().is_some_and(SendAll::is_under_way)
    }
}
