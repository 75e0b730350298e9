//! One exchange: the request to the upstream, the answer to the client, and a copy of both on the way.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::time::Instant;

use super::admission::{Admission, Refusal, admit, has_foreign_key};
use super::copy::{Direction, ObservedBody, deepest};
use super::observe::{CallId, ExchangeEnding, Head, Observation};
use super::{Shared, carried_keys, delivery, headers, refusal};
use crate::diagnostics::Variant;
use crate::http_server::{RequestBody, is_coded};

/// The body of an answer.
pub(super) type Answer = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// Answers a request.
pub(super) async fn answer(request: Request<RequestBody>, shared: Arc<Shared>) -> Answer {
    let token = shared.token.as_ref();
    let refusal = match admit(request.method(), request.uri(), request.headers(), token) {
        Admission::Pass if shared.upstream.is_openrouter() && has_foreign_key(&request) => {
            Refusal::ForeignKey
        }
        Admission::Pass => return pass(request, shared).await,
        Admission::Delivery => return whole(delivery::take(request, &shared).await),
        Admission::Refused(refusal) => refusal,
    };
    let (_, why) = refusal.says();
    (shared.observer)(Observation::Refused { why });
    whole(refusal.answer())
}

fn whole(response: Response<Bytes>) -> Answer {
    response.map(|body| {
        Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync()
    })
}

async fn pass(request: Request<RequestBody>, shared: Arc<Shared>) -> Answer {
    let call = Call::begin(&request, Arc::clone(&shared));
    // Where the client goes away while the upstream thinks, this future is dropped, and `call` says so.
    let (mut parts, body) = request.into_parts();
    let body = ObservedBody::new(
        body,
        Arc::clone(&call),
        Direction::Request,
        shared.limits.silence,
    );
    if let Err(why) = shared.upstream.direct(&mut parts) {
        return unreachable(&call, &shared, &why);
    }
    match shared.upstream.ask(Request::from_parts(parts, body)).await {
        Err(_) if call.request_ending.get().is_some() => request_broke_off(&call),
        Err(error) if error.is_connect() => unreachable(&call, &shared, &deepest(&error)),
        Err(error) => lost(&call, &shared, &deepest(&error)),
        Ok(response) if let Some(why) = unusable(&response) => {
            call.end(ExchangeEnding::Lost(why.to_owned()));
            whole(refusal::unusable(shared.upstream.origin(), why))
        }
        Ok(response) => {
            call.answered(&response);
            let (mut parts, body) = response.into_parts();
            // Where there are both, the length does not count (RFC 9112, 6.3), and is not passed on.
            if parts.headers.contains_key(TRANSFER_ENCODING) {
                while parts.headers.remove(CONTENT_LENGTH).is_some() {}
            }
            headers::pass_on(&mut parts.headers);
            let body = ObservedBody::new(
                body,
                Arc::clone(&call),
                Direction::Response,
                shared.limits.silence,
            );
            call.hand_over();
            Response::from_parts(parts, body.boxed_unsync())
        }
    }
}

/// Why an answer can't be passed on as the one to what was asked.
fn unusable(response: &Response<Incoming>) -> Option<&'static str> {
    if response.status().is_informational() {
        return Some("it answered with another protocol, which nobody asked for");
    }
    is_coded(response.headers()).then_some("its body is coded in a manner other than chunked")
}

fn unreachable(call: &Call, shared: &Shared, why: &str) -> Answer {
    call.end(ExchangeEnding::Unreachable(why.to_owned()));
    whole(refusal::unreachable(shared.upstream.origin(), why))
}

/// What the upstream did with the request is not known.
fn lost(call: &Call, shared: &Shared, why: &str) -> Answer {
    call.end(ExchangeEnding::Lost(why.to_owned()));
    whole(refusal::lost(shared.upstream.origin(), why))
}

/// The client is what failed, not the upstream.
fn request_broke_off(call: &Call) -> Answer {
    let ending = call.request_ending.get().cloned();
    let ending = ending.unwrap_or(ExchangeEnding::Cancelled);
    let answer = match &ending {
        ExchangeEnding::RequestBrokeOff(why) => {
            let is_malformed = call.request_is_malformed.load(Ordering::Relaxed);
            refusal::request_broke_off(why, is_malformed)
        }
        // Nobody reads it.
        _ => refusal::request_broke_off("the client went away", false),
    };
    call.end(ending);
    whole(answer)
}

/// An exchange that is observed.
pub(super) struct Call {
    id: CallId,
    begun: Instant,
    shared: Arc<Shared>,
    request_bytes: AtomicUsize,
    response_bytes: AtomicUsize,
    is_given_up: AtomicBool,
    /// How the exchange ends if its request never arrives in full.
    request_ending: OnceLock<ExchangeEnding>,
    /// Whether that is so since its body is no HTTP.
    request_is_malformed: AtomicBool,
    /// Whether the answer's body reports the ending from now on.
    is_handed_over: AtomicBool,
    is_over: AtomicBool,
}

impl Call {
    fn begin(request: &Request<RequestBody>, shared: Arc<Shared>) -> Arc<Self> {
        let id = CallId(shared.next_call.fetch_add(1, Ordering::Relaxed));
        (shared.observer)(Observation::Began {
            call: id,
            at: Timestamp::now(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            head: Head {
                headers: headers::recorded(request.headers()),
            },
            keys: carried_keys::keys(request.headers(), request.uri()),
        });
        Arc::new(Self {
            id,
            begun: Instant::now(),
            shared,
            request_bytes: AtomicUsize::new(0),
            response_bytes: AtomicUsize::new(0),
            is_given_up: AtomicBool::new(false),
            request_ending: OnceLock::new(),
            request_is_malformed: AtomicBool::new(false),
            is_handed_over: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        })
    }

    fn after_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn answered(&self, response: &Response<Incoming>) {
        let status = response.status().as_u16();
        tracing::debug!(call = ?self.id, status, after_ms = self.after_ms(), "upstream answered");
        (self.shared.observer)(Observation::Answered {
            call: self.id,
            status,
            head: Head {
                headers: headers::recorded(response.headers()),
            },
            after_ms: self.after_ms(),
        });
    }

    fn hand_over(&self) {
        self.is_handed_over.store(true, Ordering::Relaxed);
    }

    /// Reports a copy of some bytes, if there is room for it.
    pub fn copy(&self, direction: Direction, bytes: &Bytes) {
        // A server may answer before it has the whole request; what it reads after that changes nothing.
        let is_over = self.is_over.load(Ordering::Relaxed);
        if is_over || self.is_given_up.load(Ordering::Relaxed) {
            return;
        }
        let count = match direction {
            Direction::Request => &self.request_bytes,
            Direction::Response => &self.response_bytes,
        };
        let length = count.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
        if length > self.shared.limits.body_copy {
            return self.give_up("its body is too long to be kept");
        }
        let Some(bytes) = self.shared.budget.copy(bytes) else {
            return self.give_up("too much is being kept at once");
        };
        (self.shared.observer)(match direction {
            Direction::Request => Observation::Request {
                call: self.id,
                bytes,
            },
            Direction::Response => Observation::Response {
                call: self.id,
                bytes,
                after_ms: self.after_ms(),
            },
        });
    }

    fn give_up(&self, why: &'static str) {
        if !self.is_given_up.swap(true, Ordering::Relaxed) {
            (self.shared.observer)(Observation::GivenUp { call: self.id, why });
        }
    }

    /// The whole answer was passed on.
    pub fn completed(&self) {
        self.end(ExchangeEnding::Complete);
    }

    /// The client's request did not arrive in full, though the client is still there.
    pub fn request_broke_off(&self, why: &str) {
        let ending = || ExchangeEnding::RequestBrokeOff(why.to_owned());
        self.request_ending.get_or_init(ending);
    }

    /// The same, since its body is no HTTP.
    pub fn request_malformed(&self, why: &str) {
        self.request_is_malformed.store(true, Ordering::Relaxed);
        self.request_broke_off(why);
    }

    /// The client went away before its request was whole.
    pub fn client_gone(&self) {
        self.request_ending
            .get_or_init(|| ExchangeEnding::Cancelled);
    }

    /// The upstream's answer broke off.
    pub fn broke_off(&self, why: &str) {
        self.end(ExchangeEnding::BrokenOff(why.to_owned()));
    }

    /// The answer's body is no longer wanted.
    pub fn dropped(&self) {
        self.end(ExchangeEnding::Cancelled);
    }

    fn end(&self, ending: ExchangeEnding) {
        if !self.is_over.swap(true, Ordering::Relaxed) {
            tracing::debug!(
                call = ?self.id,
                ending = %Variant(&ending),
                request_copied = self.request_bytes.load(Ordering::Relaxed),
                response_copied = self.response_bytes.load(Ordering::Relaxed),
                after_ms = self.after_ms(),
                "exchange over"
            );
            (self.shared.observer)(Observation::Ended {
                call: self.id,
                ending,
                after_ms: self.after_ms(),
            });
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_handed_over.load(Ordering::Relaxed) {
            self.end(ExchangeEnding::Cancelled);
        }
    }
}
