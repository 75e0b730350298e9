//! What the proxy observes, put together into captures.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use http::HeaderValue;
use secrecy::ExposeSecret;

use crate::capture::keys::Keys;
use crate::capture::{self, Capture};
use crate::proxy::{CallId, ExchangeEnding, Head, Observation};

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
    /// Bytes that they may hold.
    limit: usize,
    /// Exchanges that asked for no completion.
    passed: u64,
    /// Calls that failed lately: a digest of what was asked, and their numbers.
    failed: VecDeque<(u64, u64)>,
}

/// What an observation changed.
#[derive(Debug)]
pub enum CaptureChange {
    /// A completion was asked for, or grew.
    Grew(CallId),
    /// A completion is over.
    Ended(Box<Capture>),
    /// Nothing that is shown.
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
                capture.keys = Keys::of(keys.iter().map(ExposeSecret::expose_secret));
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
                let repeats = self.repeats(call);
                self.grow(call, |capture| {
                    capture.status = Some(status);
                    capture.response_headers = pairs(&head);
                    capture.retry_of = repeats;
                })
            }
            Observation::Response {
                call,
                bytes,
                after_ms,
            } => self.grow(call, |capture| capture.arrive(bytes.bytes(), after_ms)),
            Observation::GivenUp { call, why } => self.grow(call, |capture| {
                capture.given_up.get_or_insert_with(|| why.to_owned());
            }),
            Observation::Ended {
                call,
                ending,
                after_ms,
            } => {
                let repeats = self.repeats(call);
                let Some(mut capture) = self.open.remove(&call) else {
                    return CaptureChange::Nothing;
                };
                capture.retry_of = repeats;
                self.held -= capture.size();
                capture.ended = Some((ended(ending), after_ms));
                if capture.has_failed() {
                    self.failed.push_back((digest(&capture), capture.number));
                    if self.failed.len() > FAILED {
                        self.failed.pop_front();
                    }
                }
                CaptureChange::Ended(Box::new(capture))
            }
            Observation::Delivery { .. } => CaptureChange::Nothing,
        }
    }

    /// Which call that failed lately this one repeats, byte for byte.
    fn repeats(&self, call: CallId) -> Option<u64> {
        let capture = self.open.get(&call)?;
        if capture.retry_of.is_some() || self.failed.is_empty() || capture.request.is_empty() {
            return capture.retry_of;
        }
        let asked = digest(capture);
        let mut failed = self.failed.iter().rev();
        failed
            .find(|(digest, _)| *digest == asked)
            .map(|(_, number)| *number)
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
            // What came last is let go, so that others can go on.
            self.held -= capture.size();
            capture.give_up(TOO_MUCH);
        }
        CaptureChange::Grew(call)
    }
}

/// Tells what was asked from other requests.
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
    }
}

fn pairs(head: &Head) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}
