//! Test traces: made anew for each sending, confirmed where they leave this machine.

use std::sync::Arc;

use super::{SendPanel, SendStage, Sending, Ticket};
use crate::completion::{Completion, Edits};
use crate::event::DestinationKind;
use crate::event::privacy::Privacy;
use crate::inspector::library::facts::is_open;
use crate::inspector::ui::marks::place;
use crate::inspector::windows::Update;
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Effect, Env, Model};
use crate::json::Document;
use crate::prepare::{
    Endpoint, NotSent, PrepareOptions, Prepared, WorkshopNote, WorkshopRuns, prepare_test_trace,
};
use crate::share;

/// What is sent once the destination has said what it is.
#[derive(Debug, Clone)]
pub(crate) enum WaitingSend {
    /// The completion that is shown.
    One(Arc<Completion>),
    /// All that is listed, by their places in the library.
    All(Vec<usize>),
}

impl Model {
    pub(crate) fn is_sending(&self) -> bool {
        self.sendings.iter().any(Sending::is_under_way)
    }

    /// Whether test traces go to the program's own sink; it may run beside another destination.
    pub fn sends_to_own_sink(&self) -> bool {
        self.own_sink.as_ref() == Some(&self.destination.endpoint.base_url)
    }

    pub(crate) fn drop_unconfirmed(&mut self) {
        self.sendings
            .retain(|sending| sending.stage != SendStage::Confirming);
    }

    /// A fresh ticket.
    pub(crate) fn new_ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    /// How events are prepared for the destination in force; what they are shown and sent with.
    pub(crate) fn options(&self) -> PrepareOptions {
        PrepareOptions {
            context: self.context.clone(),
            privacy: self.privacy,
            kind: self.destination.endpoint.kind,
        }
    }

    /// The same at the time of sending.
    pub(crate) fn prepare_options(&self, env: &Env) -> PrepareOptions {
        let mut options = self.options();
        options.context.now = env.now;
        options
    }

    /// Sends what waits to be confirmed.
    fn confirm_send(&mut self) -> Option<Effect> {
        let now = self.now;
        let waits = |sending: &&mut Sending| sending.stage == SendStage::Confirming;
        let sending = self.sendings.last_mut().filter(waits)?;
        sending.stage = SendStage::Sending;
        sending.begun = now;
        Some(Effect::Send(sending.ticket, sending.prepared.clone()))
    }

    /// What a Workshop makes of an event after those that it got from here before.
    fn workshop_notes(&self, prepared: &Prepared, endpoint: &Endpoint) -> Vec<WorkshopNote> {
        let runs = self.workshop_runs(endpoint);
        runs.map_or_else(Vec::new, |mut runs| runs.take(&prepared.request.body))
    }

    /// The runs of the events that a Workshop got from here before; none where it is none.
    pub(crate) fn workshop_runs(&self, endpoint: &Endpoint) -> Option<WorkshopRuns> {
        if endpoint.kind != DestinationKind::Workshop {
            return None;
        }
        let mut runs = WorkshopRuns::default();
        let is_there = |sending: &&Sending| {
            sending.endpoint == *endpoint && sending.stage == SendStage::Accepted
        };
        for sending in self.sendings.iter().filter(is_there) {
            runs.take(&sending.prepared.request.body);
        }
        Some(runs)
    }

    /// Keeps the send of what is shown, or of all that is listed, until the destination has said what it is. Says
    /// whether it waits.
    pub(crate) fn wait_to_send(&mut self, command: Command) -> bool {
        if !self.destination.is_asked {
            return false;
        }
        let current = self.current.as_ref();
        let waits = match command {
            Command::Send if self.has_event() && !self.is_unlisted() => {
                current.map(|current| WaitingSend::One(current.completion.clone()))
            }
            Command::SendAll if self.listed() > 0 => {
                Some(WaitingSend::All(self.listing.entries(&self.library)))
            }
            _ => None,
        };
        let what = match &waits {
            None => return false,
            Some(WaitingSend::One(_)) => "this is sent".to_owned(),
            Some(WaitingSend::All(listed)) => {
                self.forecast(listed).says(listed.len()).to_lowercase()
            }
        };
        self.send_waits = waits.map(|waits| (waits, self.privacy));
        self.notice = Some(format!(
            "{} has not said yet what it is: {what} once it has, {} cancels",
            self.destination.name,
            self.keymap.shown(Command::Close)
        ));
        true
    }

    /// Gives up what waits to be sent; false where nothing does.
    pub(crate) fn stop_waiting_to_send(&mut self) -> bool {
        let waits = self.send_waits.take().is_some();
        if waits {
            self.notice = Some("not sent".to_owned());
        }
        waits
    }

    /// Sends what has waited for the destination, as if its key were pressed now; not where something else is shown or
    /// done by now.
    pub(crate) fn send_what_waits(&mut self, env: &Env) -> Vec<Effect> {
        if self.destination.is_asked {
            return Vec::new();
        }
        let Some((waits, privacy)) = self.send_waits.take() else {
            return Vec::new();
        };
        let current = self.current.as_ref();
        let (command, is_as_it_was, why) = match &waits {
            WaitingSend::One(completion) => (
                Command::Send,
                current.is_some_and(|current| Arc::ptr_eq(&current.completion, completion)),
                "you went on",
            ),
            WaitingSend::All(listed) => (
                Command::SendAll,
                self.listing.entries(&self.library) == *listed,
                "others are listed by now",
            ),
        };
        let is_free = self.windows.is_empty() && !self.is_typing();
        let is_same_mode = self.privacy == privacy;
        if is_as_it_was && is_free && is_same_mode {
            return self.run(command, env);
        }
        let why = match (is_free, is_same_mode) {
            (true, true) => why,
            (_, false) => "privacy mode was changed",
            (false, true) => "you went on",
        };
        let said = match self.destination.unavailable {
            // It has said what it is, or was given the time to.
            None => "can be sent to now",
            Some(_) => "has not said what it is",
        };
        self.notice = Some(format!(
            "{} {said}; not sent, since {why}: {} sends",
            self.destination.name,
            self.keymap.shown(command)
        ));
        Vec::new()
    }

    /// Why nothing can be sent anywhere.
    pub(crate) fn why_no_destination(&self) -> Option<String> {
        let trouble = self.destination.unavailable.as_ref()?;
        let key = self.keymap.shown(Command::Destination);
        Some(match self.destination.is_switched_off {
            true => format!("cannot send: {trouble}; {key} switches it on"),
            false => format!("cannot send: {trouble}"),
        })
    }
}

/// Said of a call whose answer is still arriving.
pub(in crate::inspector) const NOT_OVER: &str = "not sent: its answer is still arriving, and what has come of it by now is no event; it can be sent once it is over";

const NO_EVENT: &str = "there is no event to send: OpenRouter would broadcast nothing";

/// Why no test trace can be sent.
pub fn refusal(model: &Model) -> Option<String> {
    if model.is_unlisted() {
        return Some(model.why_unlisted("send"));
    }
    model.why_no_destination().or_else(|| {
        let says = match &model.current {
            None => "there is nothing to send",
            Some(_) if !model.has_event() => NO_EVENT,
            Some(current) if is_open(&current.completion) => NOT_OVER,
            Some(_) => return None,
        };
        Some(says.to_owned())
    })
}

/// What of the conversation the present event carries although privacy mode is on.
fn known_leak(model: &Model) -> Option<String> {
    let current = model.current.as_ref()?;
    let leak = current.leaks.first()?;
    if model.privacy == Privacy::Off {
        return None;
    }
    let more = match current.leaks.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    Some(format!(
        "privacy mode is on, and {} still says \"{}\"{more}",
        leak.pointer, leak.excerpt
    ))
}

/// Makes a test trace of what is shown. What stays on this machine goes at once; all else asks first, and so does what
/// leaks past privacy mode to anything but a sink.
pub fn open(update: &mut Update<'_>) {
    let Update { model, env, .. } = update;
    let Some(current) = &model.current else {
        return;
    };
    // Prepared anew, since the time of sending stands in where no other is known.
    let options = model.prepare_options(env);
    let edits = model.library.entry(current.index);
    let edits = edits.map_or_else(Edits::none, |entry| entry.edits.clone());
    match prepare_test_trace(&current.completion, &edits, &options, &env.fresh_id) {
        Ok(prepared) => start(prepared, None, update),
        Err(unsent) => update.say(match unsent.reason {
            NotSent::NoEvent(_) => NO_EVENT.to_owned(),
            NotSent::TooLarge { .. } => {
                "not sent: the event is larger than Raindrop's 1 MiB".to_owned()
            }
            other => other.to_string(),
        }),
    }
}

/// What goes along of what privacy mode keeps back, where something is sent again that was made before it was on.
fn tells_in_privacy(model: &Model, prepared: &Prepared) -> Option<String> {
    let body = String::from_utf8_lossy(&prepared.request.body);
    let doc = Document::parse(body.as_ref().into(), Default::default()).ok();
    let has_text = doc.is_none_or(|doc| {
        let root = doc.root();
        let ai_data = root.item(0).unwrap_or(root).get("ai_data");
        ai_data.is_some_and(|data| {
            ["input", "output"]
                .iter()
                .any(|key| data.get(key).is_some())
        })
    });
    let is_told = model.privacy == Privacy::On && prepared.privacy == Privacy::Off && has_text;
    is_told.then(|| {
        "Privacy mode is on, and this was made without it: input and output go along.".to_owned()
    })
}

/// Shows a test trace and sends it, where it leaves this machine after asking.
pub(crate) fn start(prepared: Prepared, before: Option<Endpoint>, update: &mut Update<'_>) {
    let model = &mut *update.model;
    let endpoint = model.destination.endpoint.clone();
    let elsewhere = before.as_ref().filter(|before| **before != endpoint);
    let elsewhere = elsewhere.map(|before| {
        format!(
            "It went to {} before: {} leads there.",
            place(before),
            model.keymap.shown(Command::Destination)
        )
    });
    let tells = before
        .as_ref()
        .and_then(|_| tells_in_privacy(model, &prepared));
    let title = match (&before, &elsewhere) {
        (_, Some(_)) => "Send it elsewhere?",
        (Some(_), None) => "Send it again?",
        (None, None) => "Send it?",
    };
    model.drop_unconfirmed();
    let ticket = model.new_ticket();
    let notes = model.workshop_notes(&prepared, &endpoint);
    // What is sent again was made before, and was asked about then.
    let leak = match before {
        Some(_) => None,
        None => known_leak(model),
    };
    let shown = model.current.as_ref().filter(|_| before.is_none());
    let called = shown.map(|current| model.title_of(current).to_owned());
    let called = called.filter(|title| *title != prepared.name);
    let is_kept_here = leak.is_none() || model.destination.is_sink();
    let misleads = notes.iter().copied().filter(|note| note.misleads());
    let warnings: Vec<WorkshopNote> = misleads.collect();
    let body = String::from_utf8_lossy(&prepared.request.body);
    let body = share::pretty_or_plain(&body);
    model.sendings.push(Sending {
        ticket,
        body: body.lines().map(str::to_owned).collect(),
        prepared,
        title: called,
        before,
        attempts: Vec::new(),
        waited: 0,
        begun: model.now,
        stage: SendStage::Confirming,
        endpoint,
        key_source: model.destination.key_source,
        notes,
        leak: leak.clone(),
        tells: tells.clone(),
    });
    model.open_window(SendPanel::default());
    let goes_at_once =
        warnings.is_empty() && is_kept_here && elsewhere.is_none() && tells.is_none();
    if model.destination.is_local() && goes_at_once {
        update.effects.extend(model.confirm_send());
        return;
    }
    let question = Question::new(title, "send", "do not send", |update| {
        let sent = update.model.confirm_send();
        update.effects.extend(sent);
    });
    let says = format!("This goes to {}.", model.destination.name_and_address());
    let question = question
        .says(says)
        .says_also(elsewhere)
        .says_also(tells)
        .says_also(leak.map(|leak| format!("It leaks: {leak}.")))
        .says_also(model.destination.key_warning())
        .only_for(&model.destination.endpoint);
    let question = warnings.iter().fold(question, |question, note| {
        question.says(format!("There, {}.", note.says()))
    });
    let question = question.otherwise(|update| {
        update.model.drop_unconfirmed();
        update.model.close_kind::<SendPanel>();
    });
    model.open_window(question);
}
