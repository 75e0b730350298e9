//! The send panel: the exact request, what became of it, and what to do next.

mod sending;
mod view;

pub(in crate::inspector) use sending::NOT_OVER;
pub(crate) use sending::{WaitingSend, start};
pub use sending::{open, refusal};

use super::{Flow, Update, Window, WindowEvent};
use crate::delivery::http::Attempt;
use crate::event::DestinationKind;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::marks::place;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Effect, Model};
use crate::prepare::{Endpoint, Prepared, WorkshopNote};
use crate::settings::resolve::KeySource;

/// Tells one sending from another; answers carry it, and a stale one is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What the screen needs to know of the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationShown {
    /// `local sink` (the program's own), `rainscope sink` (another one), `Raindrop Workshop`, `Raindrop`, or host and port of any other server.
    pub name: String,
    /// Where it is, what answers there, and the project.
    pub endpoint: Endpoint,
    /// Where its write key came from.
    pub key_source: KeySource,
    /// That its write key belongs to another server, where the person has not agreed yet to give it to this
    /// one; confirming a send does.
    pub foreign_key: Option<String>,
    /// Why nothing can be sent, if nothing can.
    pub unavailable: Option<String>,
    /// Whether that is but because what answers there is still being asked.
    pub is_asked: bool,
    /// Whether that is because it is switched off in the settings.
    pub is_switched_off: bool,
}

impl DestinationShown {
    /// Whether it is on this machine; sending elsewhere asks first.
    pub fn is_local(&self) -> bool {
        self.endpoint.is_on_this_machine()
    }

    /// Whether it is known to be a sink on this machine: what it gets leaves nothing. Any other server may pass it
    /// on, wherever it is.
    pub fn is_sink(&self) -> bool {
        self.endpoint.kind == DestinationKind::LocalSink && !self.is_named_by_host()
    }

    /// Its name in a sentence.
    pub fn in_sentence(&self) -> String {
        match self.endpoint.kind {
            DestinationKind::LocalSink | DestinationKind::Workshop if !self.is_named_by_host() => {
                format!("the {}", self.name)
            }
            _ => self.name.clone(),
        }
    }

    /// Its name in a sentence and where it is, each said once.
    pub fn name_and_address(&self) -> String {
        match self.is_named_by_host() {
            true => self.endpoint.base_url.clone(),
            false => format!("{} at {}", self.in_sentence(), self.endpoint.base_url),
        }
    }

    /// What a question before sending says where the server gets a write key that belongs to another one.
    pub fn key_warning(&self) -> Option<String> {
        let foreign_key = self.foreign_key.as_ref()?;
        Some(format!("It gives away a key: {foreign_key}."))
    }

    /// What a server is called in a sentence: by its name where it is this one, else by where it is.
    pub fn called(&self, endpoint: &Endpoint) -> String {
        match self.endpoint == *endpoint {
            true => self.in_sentence(),
            // Another destination is in force by now.
            false => place(endpoint),
        }
    }

    /// Whether its name is but a part of its base URL.
    pub fn is_named_by_host(&self) -> bool {
        self.endpoint.base_url.contains(&self.name)
    }
}

/// Where a sending stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendStage {
    /// Shown, and not sent before it is confirmed.
    Confirming,
    /// An attempt is under way.
    Sending,
    /// A retry is waited for: since when, and for how long, in milliseconds.
    Waiting {
        /// Milliseconds since 1970.
        since: i64,
        /// Milliseconds.
        wait: u64,
    },
    /// Accepted by the destination, which is not to say stored.
    Accepted,
    /// The destination, or this machine, will not have it.
    Refused,
    /// All attempts failed in ways that may pass.
    GaveUp,
    /// Stopped by the user.
    Cancelled,
}

/// A test trace on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Which sending it is.
    pub ticket: Ticket,
    /// The event: the very request that is shown, sent, copied and remembered.
    pub prepared: Prepared,
    /// Its body over several lines, as it is shown.
    pub body: Vec<String>,
    /// What the screen calls the completion, where that is shown and not what the history calls it.
    pub title: Option<String>,
    /// Where it went before, if it was sent once already.
    pub before: Option<Endpoint>,
    /// Attempts that ended.
    pub attempts: Vec<Attempt>,
    /// How long it waited between attempts, in milliseconds.
    pub waited: u64,
    /// When the attempt that is under way began, in milliseconds since 1970.
    pub begun: i64,
    /// Where it stands.
    pub stage: SendStage,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Where the write key comes from that goes along.
    pub key_source: KeySource,
    /// What a Workshop makes of it, where it goes to one.
    pub notes: Vec<WorkshopNote>,
    /// What of the conversation goes along although privacy mode is on, as far as that is known.
    pub leak: Option<String>,
    /// That input and output go along although privacy mode is on, since it was made before.
    pub tells: Option<String>,
}

impl Sending {
    /// What it is an event of: what the history calls the completion, which tells nothing of the conversation, and what
    /// the screen calls it.
    pub(crate) fn name(&self) -> String {
        let name = self.prepared.name.as_str();
        let Some(title) = self.title.as_deref() else {
            return name.to_owned();
        };
        // Both names of a call begin with its time, which is said once.
        let is_time = |word: &str| {
            word.bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b':')
        };
        let rest = match (name.split_once(' '), title.split_once(' ')) {
            (Some((time, _)), Some((same, rest))) if time == same && is_time(time) => rest,
            _ => title,
        };
        format!("{name} · {rest}")
    }

    /// Whether it went to the program's own sink.
    pub(crate) fn is_at_own_sink(&self, model: &Model) -> bool {
        self.endpoint.kind == DestinationKind::LocalSink
            && model.own_sink.as_ref() == Some(&self.endpoint.base_url)
    }

    /// Whether it is on its way.
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, SendStage::Sending | SendStage::Waiting { .. })
    }

    /// Where it stands, in a sentence for those who watch.
    pub(crate) fn caption(&self, model: &Model) -> String {
        let to = model.destination.called(&self.endpoint);
        match &self.stage {
            SendStage::Confirming => format!("a test trace that would go to {to}"),
            SendStage::Sending => format!("a test trace is on its way to {to}"),
            SendStage::Waiting { .. } => format!("{to} did not take it; it is tried again"),
            SendStage::Accepted if self.leak.is_some() => format!("accepted by {to}, with a leak"),
            SendStage::Accepted => format!("accepted by {to}"),
            SendStage::Refused => format!("refused by {to}"),
            SendStage::GaveUp => format!("given up: {to} did not take it"),
            SendStage::Cancelled => "sending stopped; it may have arrived all the same".to_owned(),
        }
    }
}

/// The window of the newest test trace: its request, attempts and answer.
#[derive(Debug, Clone, Default)]
pub struct SendPanel {
    /// How far it is scrolled.
    pub scroll: Cursor,
    /// Whether it was opened to be looked at again, so that the key that did it closes it.
    pub is_again: bool,
}

impl Window for SendPanel {
    fn name(&self) -> &'static str {
        "the test trace"
    }

    fn caption(&self, model: &Model) -> String {
        let sending = model.sendings.last();
        sending.map_or_else(String::new, |sending| sending.caption(model))
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn offers(&self, model: &Model) -> Vec<Offer> {
        let Some(sending) = model.sendings.last() else {
            return Vec::new();
        };
        let mut all = match &sending.stage {
            SendStage::Confirming => vec![Offer::One(Command::CopyCurl, "copy curl")],
            SendStage::Sending | SendStage::Waiting { .. } => {
                vec![Offer::One(Command::LastSend, "hide")]
            }
            SendStage::Refused | SendStage::GaveUp => vec![
                Offer::One(Command::Send, "send another"),
                Offer::One(Command::Destination, "destination"),
                Offer::One(Command::History, "history"),
            ],
            SendStage::Accepted | SendStage::Cancelled => {
                let mut all = vec![Offer::One(Command::Send, "send another")];
                if sending.stage == SendStage::Accepted {
                    all.push(Offer::One(Command::Verify, "verify"));
                }
                if sending.is_at_own_sink(model) {
                    all.push(Offer::One(Command::Inbox, "sink inbox"));
                }
                all.push(Offer::One(Command::History, "history"));
                all
            }
        };
        let quiet = [Command::LastSend, Command::CopyCurl];
        all.extend(quiet.map(Offer::Quiet));
        all
    }

    fn closing(&self, model: &Model) -> Option<&'static str> {
        model.is_sending().then_some("stop")
    }

    fn is_about_completion(&self) -> bool {
        true
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        let WindowEvent::Run(command) = event else {
            return Flow::Ignored;
        };
        let sending = update.model.sendings.last();
        match command {
            Command::Close => match sending.filter(|sending| sending.is_under_way()) {
                Some(sending) => update.effects.push(Effect::Cancel(sending.ticket)),
                None => return update.model.leave_sent(),
            },
            Command::LastSend if self.is_again || update.model.is_sending() => {
                return update.model.leave_sent();
            }
            Command::LastSend => {
                let close = update.model.keymap.shown(Command::Close);
                update.say(format!("this is what was sent last; {close} closes it"));
            }
            Command::Send => open(update),
            Command::CopyCurl => {
                if let Some(request) = sending.map(|sending| sending.prepared.request.clone()) {
                    let endpoint = sending.map(|sending| sending.endpoint.clone());
                    let endpoint = endpoint.unwrap_or_default();
                    let copied = update.model.copied_curl(&endpoint, &request);
                    update.effects.extend(copied);
                }
            }
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        view::of(self, model, look)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}
