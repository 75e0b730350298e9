//! What is reported of an exchange while it passes.

use http::{HeaderMap, Method, Uri};
use jiff::Timestamp;
use secrecy::SecretString;

use super::Copied;
use crate::completion::load::Loaded;

/// Which exchange; unique in one run of the proxy, in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// The head of a request or of an answer. Of the headers only those that `headers::is_recorded` names
/// are here: never a key, never a cookie.
#[derive(Debug, Clone)]
pub struct Head {
    /// The headers that are recorded.
    pub headers: HeaderMap,
}

/// What happened. Times are milliseconds since the exchange began, by a clock that never jumps.
#[derive(Debug)]
pub enum Observation {
    /// A request's head arrived.
    Began {
        /// Which exchange.
        call: CallId,
        /// When, by the wall clock.
        at: Timestamp,
        /// Its method.
        method: Method,
        /// Path and query.
        uri: Uri,
        /// Its recorded headers.
        head: Head,
        /// The keys that it carries, so that what is kept repeats none.
        keys: Vec<SecretString>,
    },
    /// Bytes of the request's body went upstream.
    Request {
        /// Which exchange.
        call: CallId,
        /// The bytes.
        bytes: Copied,
    },
    /// The answer's head arrived.
    Answered {
        /// Which exchange.
        call: CallId,
        /// The HTTP status.
        status: u16,
        /// Its recorded headers.
        head: Head,
        /// When.
        after_ms: u64,
    },
    /// Bytes of the answer's body arrived.
    Response {
        /// Which exchange.
        call: CallId,
        /// The bytes.
        bytes: Copied,
        /// When.
        after_ms: u64,
    },
    /// The copy of this exchange was given up: it was too long, or all copies together were. The exchange itself goes
    /// on; no more of its bytes are reported.
    GivenUp {
        /// Which exchange.
        call: CallId,
        /// Why, for a person.
        why: &'static str,
    },
    /// The exchange is over.
    Ended {
        /// Which exchange.
        call: CallId,
        /// How.
        ending: ExchangeEnding,
        /// When.
        after_ms: u64,
    },
    /// A request was not admitted.
    Refused {
        /// Why, for a person.
        why: &'static str,
    },
    /// A Broadcast delivery arrived and was answered.
    Delivery {
        /// When.
        at: Timestamp,
        /// What it holds.
        delivered: DeliveredSpans,
    },
}

/// What a Broadcast delivery holds.
#[derive(Debug)]
pub struct DeliveredSpans {
    /// Whether it is a connection test and nothing else.
    pub is_test: bool,
    /// The generations, each with a place of its own, and notes about the delivery.
    pub loaded: Loaded,
}

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeEnding {
    /// The whole answer was passed on.
    Complete,
    /// The client went away; the upstream's request was ended.
    Cancelled,
    /// The upstream's answer broke off, as the client was made to see.
    BrokenOff(String),
    /// The upstream could not be reached; the client got a 502.
    Unreachable(String),
    /// The connection broke after the request went out and before an answer came, or what came was none; the client got a
    /// 502.
    Lost(String),
    /// The client sent nothing more before its request was whole, or what is no HTTP; it got a 408 or a 400.
    RequestBrokeOff(String),
}
