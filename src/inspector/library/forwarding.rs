//! Forwarding, as far as it is known: what was agreed to, what waits, and what became of the events that went.

use std::collections::VecDeque;

use crate::capture::recent::Recent;
use crate::completion::Origin;
use crate::event::privacy::Privacy;
use crate::prepare::{Endpoint, Prepared, Unsent};

/// Bytes of requests that may be on their way at once; further events are held. Chosen: some five thousand
/// usual events while a destination does not answer.
const UNDER_WAY: usize = 64 << 20;

/// What was agreed to before the inspector opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardConsent {
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
    /// Whether the destination accepted it.
    pub is_accepted: bool,
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
    /// Whether the last one was not accepted.
    pub fails: bool,
    /// Calls that ended and are not on their way yet, each with the privacy mode in which it ended.
    held: VecDeque<(Origin, Privacy)>,
    bytes: usize,
    sent: Recent,
    /// What was agreed to at the start, until the first destination is there.
    at_start: Option<ForwardConsent>,
    /// The destination off this machine that somebody agreed to.
    agreed: Option<(Endpoint, Privacy)>,
}

impl Forwarding {
    /// Begins as the command line says.
    pub fn begin(&mut self, consent: Option<ForwardConsent>) {
        self.is_on = consent.is_some();
        self.at_start = consent;
    }

    /// Takes note of what is over, or of which more became known then, in this privacy mode. What was held in privacy mode
    /// stays so.
    pub fn hold(&mut self, origin: &Origin, privacy: Privacy) {
        if self.is_on && !self.held.iter().any(|(held, _)| held == origin) {
            self.held.push_back((origin.clone(), privacy));
        }
    }

    /// Takes in how one ended.
    pub fn take(&mut self, forwarded: Forwarded) {
        self.under_way = self.under_way.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(forwarded.bytes);
        self.fails = !forwarded.is_accepted;
        match forwarded.is_accepted {
            true => self.accepted += 1,
            false => self.failed += 1,
        }
    }

    /// A call is let go; it counts as not accepted where it is not on its way yet.
    pub fn let_go(&mut self, origin: &Origin) {
        let before = self.held.len();
        self.held.retain(|(held, _)| held != origin);
        self.failed += before - self.held.len();
        self.fails |= self.held.len() < before;
    }

    /// How many calls ended whose events are not on their way yet.
    pub fn waiting(&self) -> usize {
        self.held.len()
    }

    /// Whether there is something to send, and room for it on the way.
    pub fn has_work(&self) -> bool {
        !self.held.is_empty() && self.bytes < UNDER_WAY
    }

    /// What ended first and is not on its way yet, and the privacy mode in which it ended.
    pub fn take_next(&mut self) -> Option<(Origin, Privacy)> {
        self.held.pop_front()
    }

    /// Takes note of an event that is ready; gives it where it is to go. A call and the delivery that tells of
    /// it are one event.
    pub fn prepared(&mut self, prepared: Result<Prepared, Unsent>) -> Option<Prepared> {
        match prepared {
            Ok(prepared) if self.sent.is_new(&prepared.request.event_id) => {
                self.under_way += 1;
                self.bytes += prepared.request.body.len();
                Some(prepared)
            }
            Err(unsent) if unsent.reason.kind().is_failure() => {
                self.failed += 1;
                self.fails = true;
                None
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Switches it on.
    pub fn switch_on(&mut self) {
        self.is_on = true;
    }

    /// Switches it off; what waits is let go.
    pub fn switch_off(&mut self) {
        self.is_on = false;
        self.held.clear();
    }

    /// Somebody agreed to a destination, in this privacy mode.
    pub fn agree_to(&mut self, endpoint: Endpoint, privacy: Privacy) {
        self.agreed = Some((endpoint, privacy));
    }

    /// Whether somebody agreed to this destination, and to as much as goes there in this privacy mode.
    pub fn is_agreed_to(&self, endpoint: &Endpoint, privacy: Privacy) -> bool {
        self.agreed.as_ref().is_some_and(|(agreed, mode)| {
            agreed == endpoint && (*mode == privacy || *mode == Privacy::Off)
        })
    }

    /// What the command line said of the first destination; once.
    pub fn take_consent(&mut self) -> Option<ForwardConsent> {
        self.at_start.take()
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
