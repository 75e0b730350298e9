//! Forwarding: the event of each captured call goes to the destination as the call ends, as OpenRouter's
//! Broadcast would send it. Nothing leaves this machine before somebody agreed to that destination; what ends
//! meanwhile is held.

use super::Update;
use super::question::Question;
use crate::completion::Edits;
use crate::event::privacy::Privacy;
use crate::inspector::library::forwarding::{ForwardConsent, Gate};
use crate::inspector::{Command, Effect, Env, Model};
use crate::prepare::prepare;

/// Events that are prepared at one message, so that a key press never waits for many.
const AT_ONCE: usize = 16;

impl Model {
    /// Whether events may go to the present destination.
    pub fn forwarding_gate(&self) -> Gate {
        let forwarding = self.traffic.as_ref().map(|traffic| &traffic.forwarding);
        let Some(forwarding) = forwarding.filter(|forwarding| forwarding.is_on) else {
            return Gate::Off;
        };
        let destination = &self.destination;
        // What is not known to be of this program may pass on what leaks past privacy mode.
        let may_pass_on = self.privacy == Privacy::On && destination.is_named_by_host();
        let stays_here =
            destination.is_local() && destination.foreign_key.is_none() && !may_pass_on;
        if destination.unavailable.is_some() {
            Gate::Nowhere
        } else if stays_here || forwarding.is_agreed_to(&destination.endpoint, self.privacy) {
            Gate::Open
        } else {
            Gate::Asks
        }
    }

    /// Whether something waits that can be forwarded now.
    pub(crate) fn has_to_forward(&self) -> bool {
        let traffic = self.traffic.as_ref();
        traffic.is_some_and(|traffic| traffic.forwarding.has_work())
            && self.forwarding_gate() == Gate::Open
    }

    /// Asks about the first destination where it is not on this machine, and hands over what ended.
    pub(crate) fn forward_ended(&mut self, env: &Env) -> Vec<Effect> {
        self.agree_at_start();
        let mut effects = Vec::new();
        for _ in 0..AT_ONCE {
            if !self.has_to_forward() {
                break;
            }
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
        let consent = traffic.forwarding.take_consent();
        // A key that belongs elsewhere is another question.
        if consent == Some(ForwardConsent::Given) && self.destination.foreign_key.is_none() {
            let endpoint = self.destination.endpoint.clone();
            traffic.forwarding.agree_to(endpoint, self.privacy);
        }
        if consent.is_some() && self.forwarding_gate() == Gate::Asks {
            self.ask_to_forward();
        }
    }

    fn forward_next(&mut self, env: &Env) -> Option<Effect> {
        let mut options = self.prepare_options(env);
        let (origin, privacy) = self.traffic.as_mut()?.forwarding.take_next()?;
        // What ended in privacy mode goes so, whatever the mode is by now.
        if privacy == Privacy::On {
            options.privacy = Privacy::On;
        }
        let index = self.library.place_of(&origin)?;
        let completion = self.library.completion(index)?;
        let entry = self.library.entry(index);
        let edits = entry.map_or_else(Edits::none, |entry| entry.edits.clone());
        let prepared = prepare(&completion, &edits, &options);
        let forwarding = &mut self.traffic.as_mut()?.forwarding;
        forwarding.prepared(prepared).map(Effect::Forward)
    }

    /// Asks whether events may go to the present destination from now on.
    fn ask_to_forward(&mut self) {
        let yes = |update: &mut Update<'_>| {
            let endpoint = update.model.destination.endpoint.clone();
            let privacy = update.model.privacy;
            if let Some(traffic) = &mut update.model.traffic {
                traffic.forwarding.agree_to(endpoint, privacy);
            }
            update.model.say_forwarding();
        };
        let no = |update: &mut Update<'_>| update.model.stop_forwarding();
        let there = self.destination.name_and_address();
        let mode = match self.privacy {
            Privacy::On => " with privacy mode on, without input and output",
            Privacy::Off => ", with input and output",
        };
        let says = match self.destination.is_local() {
            true => format!(
                "The event of each call goes to {there} as the call ends. Privacy mode is on; what of a conversation it cannot keep back goes along, and it is not known what that server does with it."
            ),
            false => format!(
                "The event of each call goes to {there} as the call ends{mode}, and leaves this machine."
            ),
        };
        let question = Question::new("Forward each event?", "forward", "do not", yes)
            .says(says)
            .says_also(self.destination.key_warning())
            .only_for(&self.destination.endpoint)
            .otherwise(no);
        self.open_window(question);
    }

    /// Privacy mode was switched: more may go now than somebody agreed to.
    pub(crate) fn ask_again_to_forward(&mut self) {
        if self.forwarding_gate() == Gate::Asks {
            self.ask_to_forward();
        }
    }

    fn stop_forwarding(&mut self) {
        if let Some(traffic) = &mut self.traffic {
            traffic.forwarding.switch_off();
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
pub fn open(update: &mut Update<'_>) {
    let model = &mut *update.model;
    match model.forwarding_gate() {
        Gate::Open | Gate::Nowhere => return model.stop_forwarding(),
        Gate::Off | Gate::Asks => {}
    }
    if let Some(traffic) = &mut model.traffic {
        traffic.forwarding.switch_on();
    }
    match model.forwarding_gate() {
        Gate::Asks => model.ask_to_forward(),
        _ => model.say_forwarding(),
    }
}
