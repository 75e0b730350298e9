//! Puts the proxy's observations together into captures.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use http::HeaderValue;
use secrecy::ExposeSecret;

use crate::capture::keys::Keys;
use crate::capture::{self, Capture};
use crate::proxy::{CallId, ExchangeEnding, Head, Observation};
use crate::redact::known;

/// Why the copy of an exchange ends early.
const TOO_MUCH: &str = "too much was being kept at once";

/// Calls that failed and that a later one may repeat. Chosen: SDKs try again within seconds.
const FAILED: usize = 64;

/// Exchanges that are open, each with its copy so far.
#[derive(Debug)]
pub struct Recorder {
    open: BTreeMap<CallId, Capture>,
    /// Bytes that the open captures hold.
    held: usize,
    /// Most bytes that they may hold.
    limit: usize,
    /// Exchanges that asked for no completion.
    passed: u64,
    /// Calls that failed lately and that none has repeated yet.
    failed: VecDeque<FailedCall>,
    /// The call that began last.
    newest: u64,
}

/// A call that failed.
#[derive(Debug)]
struct FailedCall {
    number: u64,
    /// Identifies what was asked.
    digest: u64,
    /// The newest call when it failed: what repeats it began later.
    newest: u64,
}

/// What an observation changed.
#[derive(Debug)]
pub enum CaptureChange {
    /// A completion was asked for, or grew.
    Grew(CallId),
    /// A completion is over.
    Ended(Box<Capture>),
    /// Nothing visible.
    Nothing,
}

impl Recorder {
    /// A recorder whose open captures hold at most `limit` bytes together.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            open: BTreeMap::new(),
            held: 0,
            limit,
            passed: 0,
            failed: VecDeque::new(),
            newest: 0,
        }
    }

    /// An exchange that is open.
    #[must_use]
    pub fn get(&self, call: CallId) -> Option<&Capture> {
        self.open.get(&call)
    }

    /// How many exchanges passed that asked for no completion.
    #[must_use]
    pub const fn passed(&self) -> u64 {
        self.passed
    }

    /// Takes an observation in. Deliveries are not the recorder's.
    pub fn take(&mut self, observation: Observation) -> CaptureChange {
        match observation {
            Observation::Began {
                call,
                at,
                method,
                uri,
                head,
                keys,
            } => {
                let mut capture =
                    Capture::new(call.0, at.as_millisecond(), method.as_str(), uri.path());
                if !capture.is_completion() {
                    self.passed += 1;
                    return CaptureChange::Nothing;
                }
                self.newest = self.newest.max(call.0);
                let own = known::telling();
                let shown = ExposeSecret::expose_secret;
                capture.keys = Keys::with_own(keys.iter().map(shown), own.iter().map(shown));
                capture.request_headers = pairs(&head);
                self.open.insert(call, capture);
                CaptureChange::Grew(call)
            }
            Observation::Request { call, bytes } => self.grow(call, |capture| {
                capture.request.extend_from_slice(bytes.bytes());
            }),
            Observation::Answered {
                call, status, head, ..
            } => {
                self.mark_retry(call);
                let Some(capture) = self.open.get_mut(&call) else {
                    return CaptureChange::Nothing;
                };
                capture.status = Some(status);
                capture.response_headers = pairs(&head);
                CaptureChange::Grew(call)
            }
            Observation::Response {
                call,
                bytes,
                after_ms,
            } => self.grow(call, |capture| capture.arrive(bytes.bytes(), after_ms)),
            Observation::GivenUp { call, why } => self.grow(call, |capture| capture.give_up(why)),
            Observation::Ended {
                call,
                ending,
                after_ms,
            } => {
                self.mark_retry(call);
                let Some(mut capture) = self.open.remove(&call) else {
                    return CaptureChange::Nothing;
                };
                self.held -= capture.size();
                capture.end(ended(ending), after_ms);
                if capture.has_failed() {
                    self.failed.push_back(FailedCall {
                        number: capture.number,
                        digest: digest(&capture),
                        newest: self.newest,
                    });
                    if self.failed.len() > FAILED {
                        self.failed.pop_front();
                    }
                }
                CaptureChange::Ended(Box::new(capture))
            }
            Observation::Delivery { .. } | Observation::Refused { .. } => CaptureChange::Nothing,
        }
    }

    /// Marks a call that repeats, byte for byte, one that failed before it began. One failure is repeated once, so a chain
    /// of retries ends with the first that succeeds.
    fn mark_retry(&mut self, call: CallId) {
        let Some(capture) = self.open.get_mut(&call) else {
            return;
        };
        if capture.retry_of.is_some() || self.failed.is_empty() || capture.request.is_empty() {
            return;
        }
        let asked = digest(capture);
        let is_it = |failed: &FailedCall| failed.digest == asked && failed.newest < capture.number;
        if let Some(at) = self.failed.iter().rposition(is_it) {
            capture.retry_of = self.failed.remove(at).map(|failed| failed.number);
        }
    }

    fn grow(&mut self, call: CallId, change: impl FnOnce(&mut Capture)) -> CaptureChange {
        let Some(capture) = self.open.get_mut(&call) else {
            return CaptureChange::Nothing;
        };
        if capture.given_up.is_some() {
            return CaptureChange::Nothing;
        }
        let before = capture.size();
        change(capture);
        self.held = self.held - before + capture.size();
        if self.held > self.limit {
            // The newest is dropped, so that the others can go on.
            self.held -= capture.size();
            capture.give_up(TOO_MUCH);
        }
        CaptureChange::Grew(call)
    }
}

/// Identifies what was asked.
fn digest(capture: &Capture) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&capture.path, &capture.request).hash(&mut hasher);
    hasher.finish()
}

fn ended(ending: ExchangeEnding) -> capture::CaptureEnding {
    match ending {
        ExchangeEnding::Complete => capture::CaptureEnding::Complete,
        ExchangeEnding::Cancelled => capture::CaptureEnding::Cancelled,
        ExchangeEnding::BrokenOff(why) => capture::CaptureEnding::BrokenOff(why),
        ExchangeEnding::Unreachable(why) => capture::CaptureEnding::Unreachable(why),
        ExchangeEnding::Lost(why) => capture::CaptureEnding::Lost(why),
        ExchangeEnding::RequestBrokeOff(why) => capture::CaptureEnding::RequestBrokeOff(why),
    }
}

fn pairs(head: &Head) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}
