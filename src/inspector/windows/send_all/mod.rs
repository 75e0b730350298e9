//! Sending every listed completion's event: counts while it goes, and what was not accepted, each with
//! its reason and a way to it. The mapping and the sending themselves are the runtime's.

pub mod forecast;
pub(crate) mod view;

use crate::completion::Origin;
use crate::delivery::history::State;
use crate::event::privacy::Privacy;
use crate::inspector::library::Parcel;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::windows::live::Live;
use crate::inspector::windows::send::Ticket;
use crate::inspector::windows::send_all::forecast::Forecast;
use crate::inspector::{Command, Effect, Env, Model, Overlay, Pane};

/// Why a completion's event was not sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aside {
    /// It makes no event, or cannot be read.
    NoEvent,
    /// The event is larger than Raindrop takes.
    TooLarge,
    /// The same event stood in the list before.
    Repeated,
    /// An event with the same id and other content stood in the list before.
    Conflicting,
}

/// What is told while it goes.
#[derive(Debug, Clone)]
pub enum News {
    /// An event is through.
    Settled(State, Outcome),
    /// A completion's event was not sent.
    Aside(Aside, Outcome),
    /// Everything waits so many milliseconds before it is tried again.
    Waiting(u64),
    /// It is over.
    Ended(Over),
}

/// A completion and what became of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The completion's name.
    pub name: String,
    /// Where it was found.
    pub origin: Origin,
    /// The reason, in words.
    pub says: String,
}

/// Why it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// Everything was tried.
    Complete,
    /// It was stopped.
    Stopped,
    /// Going on was pointless, and why, with what to do.
    Pointless(String),
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Shown, and not begun before it is confirmed.
    Confirming,
    /// On its way.
    Sending,
    /// What is under way may end; nothing new is begun.
    Stopping,
    /// It is over.
    Ended(Over),
}

/// A row of what was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `refused`, `no event`, …
    pub word: &'static str,
    /// Whether it is a failure; else it had nothing to send.
    pub is_failure: bool,
    /// What became of it.
    pub outcome: Outcome,
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
    /// The mode that the events are made with.
    pub privacy: Privacy,
    /// Where it stands.
    pub stage: Stage,
    /// When it began, in milliseconds since 1970.
    pub begun: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// Events that the destination took.
    pub accepted: usize,
    /// Events that it refused, gave up on, or that were stopped.
    pub refused: usize,
    /// Completions without an event, or whose event was there already.
    pub without: usize,
    /// A wait: since when, and how long, in milliseconds.
    pub waiting: Option<(i64, u64)>,
    /// What was not accepted, failures first.
    pub rows: Vec<Row>,
    failures: usize,
    /// The cursor in the rows.
    pub cursor: Cursor,
    parcels: Vec<Parcel>,
}

impl SendAll {
    /// How many completions are through.
    pub fn done(&self) -> usize {
        self.accepted + self.refused + self.without
    }

    /// Whether it is on its way.
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Sending | Stage::Stopping)
    }

    /// Events accepted a second, once there is something to tell.
    pub fn rate(&self, now: i64) -> Option<f64> {
        let millis = self.ended.unwrap_or(now) - self.begun;
        (millis > 0 && self.accepted > 0).then(|| self.accepted as f64 * 1e3 / millis as f64)
    }

    /// Seconds that are left at the present pace.
    pub fn left(&self, now: i64) -> Option<u64> {
        let millis = u64::try_from(now - self.begun).ok()?;
        let (done, total) = (self.done() as u64, self.total.max(self.done()) as u64);
        let left = (total - done) * millis;
        (self.stage == Stage::Sending && millis >= 500).then(|| left.checked_div(done * 1000))?
    }

    fn add(&mut self, word: &'static str, is_failure: bool, outcome: Outcome) {
        let row = Row {
            word,
            is_failure,
            outcome,
        };
        if is_failure {
            self.rows.insert(self.failures, row);
            self.failures += 1;
        } else {
            self.rows.push(row);
        }
    }
}

impl Model {
    /// Opens the window; what stays on this machine goes at once, all else asks first.
    pub(crate) fn send_all(&mut self, env: &Env) -> Vec<Effect> {
        if self.all.as_ref().is_some_and(SendAll::is_under_way) {
            self.open_window(Overlay::SendAll);
            return Vec::new();
        }
        if let Some(trouble) = &self.destination.trouble {
            self.notice = Some(format!("cannot send: {trouble}"));
            return Vec::new();
        }
        let places: Vec<usize> = self.listing.entries(&self.library).into_iter().collect();
        let parcel = |at: &usize| self.library.parcel(*at);
        let parcels: Vec<Parcel> = places.iter().filter_map(parcel).collect();
        if parcels.is_empty() {
            self.notice = Some("there is nothing to send".to_owned());
            return Vec::new();
        }
        let forecast = match self.destination.is_local() {
            true => Forecast::default(),
            false => self.forecast(&places),
        };
        self.all = Some(SendAll {
            forecast,
            ticket: self.new_ticket(),
            total: parcels.len(),
            privacy: self.privacy,
            stage: Stage::Confirming,
            begun: env.now,
            ended: None,
            accepted: 0,
            refused: 0,
            without: 0,
            waiting: None,
            rows: Vec::new(),
            failures: 0,
            cursor: Cursor::default(),
            parcels,
        });
        self.open_window(Overlay::SendAll);
        match self.destination.is_local() {
            true => self.confirm_all(env),
            false => Vec::new(),
        }
    }

    fn confirm_all(&mut self, env: &Env) -> Vec<Effect> {
        let Some(all) = &mut self.all else {
            return Vec::new();
        };
        all.stage = Stage::Sending;
        all.begun = env.now;
        vec![Effect::SendAll(all.ticket)]
    }

    /// Hands out what is to be mapped and sent, once.
    pub fn take_parcels(&mut self) -> Vec<Parcel> {
        match &mut self.all {
            Some(all) => std::mem::take(&mut all.parcels),
            None => Vec::new(),
        }
    }

    /// What is told while it goes.
    pub(crate) fn take_all(&mut self, ticket: Ticket, news: News) {
        let now = self.now;
        let is_it = |all: &&mut SendAll| all.ticket == ticket && all.is_under_way();
        let Some(all) = self.all.as_mut().filter(is_it) else {
            return;
        };
        all.waiting = None;
        match news {
            News::Settled(State::Accepted, _) => all.accepted += 1,
            News::Settled(state, outcome) => {
                all.refused += 1;
                let word = match state {
                    State::GaveUp => "gave up",
                    State::Cancelled => "stopped",
                    _ => "refused",
                };
                all.add(word, true, outcome);
            }
            News::Aside(why, outcome) => {
                let (word, is_failure) = match why {
                    Aside::NoEvent => ("no event", false),
                    Aside::Repeated => ("repeated", false),
                    Aside::TooLarge => ("too large", true),
                    Aside::Conflicting => ("conflicting", true),
                };
                match is_failure {
                    true => all.refused += 1,
                    false => all.without += 1,
                }
                all.add(word, is_failure, outcome);
            }
            News::Waiting(wait) => all.waiting = Some((now, wait)),
            News::Ended(over) => {
                all.stage = Stage::Ended(over);
                all.ended = Some(now);
            }
        }
    }

    /// Commands in the window; none where they mean here what they mean elsewhere.
    pub(crate) fn run_in_all(&mut self, command: Command, env: &Env) -> Option<Vec<Effect>> {
        let (Some(Overlay::SendAll), Some(all)) = (&self.overlay, &mut self.all) else {
            return None;
        };
        let ticket = all.ticket;
        match (command, &all.stage) {
            (Command::Close, Stage::Sending) => {
                all.stage = Stage::Stopping;
                return Some(vec![Effect::StopAll(ticket)]);
            }
            // The second wish is for at once.
            (Command::Close, Stage::Stopping) => return Some(vec![Effect::StopAll(ticket)]),
            (Command::Close, Stage::Confirming) => {
                self.all = None;
                self.close_window();
            }
            (Command::Open, Stage::Confirming) => return Some(self.confirm_all(env)),
            (Command::Open, _) => {
                let row = all.rows.get(all.cursor.row)?;
                let place = self.library.place_of(&row.outcome.origin);
                let says = format!("{}: {}", row.word, row.outcome.says);
                match place {
                    Some(place) => {
                        self.go_to_entry(place);
                        self.close_windows();
                        self.focus = Pane::List;
                        self.notice = Some(says);
                    }
                    None => self.notice = Some("it is not listed any more".to_owned()),
                }
            }
            (Command::SendAll, Stage::Ended(_)) => return Some(self.send_all(env)),
            (Command::SendAll, Stage::Sending | Stage::Stopping) => {
                self.close_window();
                self.notice = Some(format!(
                    "it goes on; {} shows it again",
                    self.keymap.shown(Command::SendAll)
                ));
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Whether anything is on its way.
    pub(crate) fn is_anything_under_way(&self) -> bool {
        self.is_sending()
            || self.live.as_ref().is_some_and(Live::is_under_way)
            || self.all.as_ref().is_some_and(SendAll::is_under_way)
    }
}
