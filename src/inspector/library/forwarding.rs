//! Forwarding: the event of each captured call goes to the destination as the call ends, as OpenRouter's
//! Broadcast would send it. Nothing leaves this machine before somebody agreed to that destination; what ends
//! meanwhile is held.

use std::collections::VecDeque;

use crate::capture::recent::Recent;
use crate::completion::{Edits, Origin};
use crate::inspector::windows::Update;
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Effect, Ended, Env, Model};
use crate::prepare::{Endpoint, prepare};

/// Bytes of requests that may be on their way at once; further events are held. Chosen: some five thousand
/// usual events while a destination does not answer.
const UNDER_WAY: usize = 64 << 20;
/// Events that are prepared at one message, so that a key press never waits for many.
const AT_ONCE: usize = 16;

/// What was agreed to before the inspector opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Forwarding to this machine; any other destination is asked about.
    ThisMachine,
    /// Forwarding to the destination of the settings, wherever it is (`--yes`).
    Given,
}

/// How an event that was forwarded ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// Bytes of its request.
    pub bytes: usize,
    /// How.
    pub ended: Ended,
    /// The last attempt in words.
    pub says: String,
}

/// Whether events are forwarded, and what became of them.
#[derive(Debug, Clone, Default)]
pub struct Forwarding {
    /// Whether they are to be.
    pub is_on: bool,
    /// Events that the destination accepted.
    pub accepted: usize,
    /// Events that it did not accept, or that could not be sent.
    pub failed: usize,
    /// Events on their way.
    pub under_way: usize,
    /// Why the last one was not accepted; none once one was.
    pub trouble: Option<String>,
    /// Calls that ended and are not on their way yet.
    held: VecDeque<Origin>,
    bytes: usize,
    sent: Recent,
    /// What was agreed to at the start, until the first destination is there.
    at_start: Option<Consent>,
    /// The destination off this machine that somebody agreed to.
    agreed: Option<Endpoint>,
}

impl Forwarding {
    /// Begins as the command line says.
    pub(super) fn begin(&mut self, consent: Option<Consent>) {
        self.is_on = consent.is_some();
        self.at_start = consent;
    }

    /// Takes note of what is over.
    pub(super) fn hold(&mut self, origin: &Origin) {
        if self.is_on {
            self.held.push_back(origin.clone());
        }
    }

    /// Takes in how one ended.
    pub(super) fn take(&mut self, forwarded: Forwarded) {
        self.under_way = self.under_way.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(forwarded.bytes);
        match forwarded.ended {
            Ended::Accepted => {
                self.accepted += 1;
                self.trouble = None;
            }
            Ended::Failed | Ended::Cancelled => {
                self.failed += 1;
                self.trouble = Some(forwarded.says);
            }
        }
    }

    /// How many events wait to be sent.
    pub fn waiting(&self) -> usize {
        self.held.len()
    }
}

/// Whether events may go to the present destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Nothing is to be forwarded.
    Off,
    /// They go.
    Open,
    /// Somebody has to agree first.
    Asks,
    /// There is no destination.
    Nowhere,
}

impl Model {
    /// Whether events may go to the present destination.
    pub fn forwarding_gate(&self) -> Gate {
        let forwarding = self.traffic.as_ref().map(|traffic| &traffic.forwarding);
        let Some(forwarding) = forwarding.filter(|forwarding| forwarding.is_on) else {
            return Gate::Off;
        };
        let destination = &self.destination;
        let is_agreed = forwarding.agreed.as_ref() == Some(&destination.endpoint);
        match () {
            () if destination.unavailable.is_some() => Gate::Nowhere,
            () if is_agreed => Gate::Open,
            () if destination.is_local() && destination.foreign_key.is_none() => Gate::Open,
            () => Gate::Asks,
        }
    }

    /// Whether something waits that can be forwarded now.
    pub(crate) fn has_to_forward(&self) -> bool {
        let has_room =
            |forwarding: &Forwarding| !forwarding.held.is_empty() && forwarding.bytes < UNDER_WAY;
        let traffic = self.traffic.as_ref();
        traffic.is_some_and(|traffic| has_room(&traffic.forwarding))
            && self.forwarding_gate() == Gate::Open
    }

    /// Asks about the first destination where it is not on this machine, and hands over what ended.
    pub(crate) fn forward_ended(&mut self, env: &Env) -> Vec<Effect> {
        self.agree_at_start();
        let mut effects = Vec::new();
        while effects.len() < AT_ONCE && self.has_to_forward() {
            effects.extend(self.forward_next(env));
        }
        effects
    }

    /// The first destination is there: it is the one that the command line was about.
    fn agree_at_start(&mut self) {
        if matches!(self.forwarding_gate(), Gate::Off | Gate::Nowhere) {
            return;
        }
        let Some(traffic) = &mut self.traffic else {
            return;
        };
        let consent = traffic.forwarding.at_start.take();
        // A key that belongs elsewhere is another question.
        if consent == Some(Consent::Given) && self.destination.foreign_key.is_none() {
            traffic.forwarding.agreed = Some(self.destination.endpoint.clone());
        }
        if consent.is_some() && self.forwarding_gate() == Gate::Asks {
            self.ask_to_forward();
        }
    }

    fn forward_next(&mut self, env: &Env) -> Option<Effect> {
        let options = self.prepare_options(env);
        let forwarding = &mut self.traffic.as_mut()?.forwarding;
        let origin = forwarding.held.pop_front()?;
        let index = self.library.place_of(&origin)?;
        let completion = self.library.completion(index)?;
        let entry = self.library.entry(index);
        let edits = entry.map_or_else(Edits::none, |entry| entry.edits.clone());
        let prepared = prepare(&completion, &edits, &options);
        let forwarding = &mut self.traffic.as_mut()?.forwarding;
        match prepared {
            // A delivery and the call that it is about are one event.
            Ok(prepared) if forwarding.sent.is_new(&prepared.request.event_id) => {
                forwarding.under_way += 1;
                forwarding.bytes += prepared.request.body.len();
                Some(Effect::Forward(prepared))
            }
            Err(unsent) if unsent.reason.is_failure() => {
                forwarding.failed += 1;
                forwarding.trouble = Some(unsent.to_string());
                None
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Asks whether events may go to the present destination from now on.
    fn ask_to_forward(&mut self) {
        let yes = |update: &mut Update<'_>| {
            let endpoint = update.model.destination.endpoint.clone();
            if let Some(traffic) = &mut update.model.traffic {
                traffic.forwarding.agreed = Some(endpoint);
            }
            update.model.say_forwarding();
        };
        let no = |update: &mut Update<'_>| update.model.stop_forwarding();
        let question = Question::new("Forward each event?", "forward", "do not", yes)
            .says(format!(
                "The event of each call goes to {} as the call ends, and leaves this machine.",
                self.destination.name_and_address()
            ))
            .says_of_key(&self.destination)
            .otherwise(no);
        self.open_window(question);
    }

    fn stop_forwarding(&mut self) {
        if let Some(traffic) = &mut self.traffic {
            traffic.forwarding.is_on = false;
            traffic.forwarding.held.clear();
        }
        let key = self.keymap.shown(Command::Forward);
        self.notice = Some(format!("nothing is forwarded; {key} begins it"));
    }

    fn say_forwarding(&mut self) {
        self.notice = Some(match self.forwarding_gate() {
            Gate::Nowhere => "forwarding waits until there is a destination".to_owned(),
            _ => format!(
                "each event goes to {} as its call ends",
                self.destination.in_sentence()
            ),
        });
    }
}

/// Why forwarding cannot be switched.
pub fn refusal(model: &Model) -> Option<String> {
    let says = "no calls are listened to: `rainscope listen` does that";
    model.traffic.is_none().then(|| says.to_owned())
}

/// Switches forwarding on, asking where a destination is not on this machine, or off.
pub fn switch(update: &mut Update<'_>) {
    let model = &mut *update.model;
    match model.forwarding_gate() {
        Gate::Open | Gate::Nowhere => return model.stop_forwarding(),
        Gate::Off | Gate::Asks => {}
    }
    if let Some(traffic) = &mut model.traffic {
        traffic.forwarding.is_on = true;
    }
    match model.forwarding_gate() {
        Gate::Asks => model.ask_to_forward(),
        _ => model.say_forwarding(),
    }
}
