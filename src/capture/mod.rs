//! One exchange that passed through the proxy, as it grows: what was asked, what came back so far, and the
//! measured times. Pure: the proxy's observations are turned into these by the recorder.
//!
//! A capture becomes a sample like any other, so it is loaded, mapped, saved and recorded by the same code as
//! a sample in a file.

mod body;
mod delivered;
mod first_token;
pub mod keys;
pub mod recent;
mod sample;
pub(crate) mod spread_keys;
mod stream_end;

pub use delivered::{name_delivery, recorded_delivery};

use std::borrow::Cow;
use std::sync::OnceLock;

use self::keys::Keys;
use crate::completion::load::encoding::decode;
use crate::completion::load::encoding::decode::DecodeError;

/// Shown in place of a file's name for captured calls.
pub const CALLS: &str = "<live>";
/// The same for Broadcast deliveries.
pub const DELIVERIES: &str = "<delivered>";

/// The largest body that is unpacked for a sample, in bytes. As much as one record may have.
const LARGEST: usize = 64 << 20;

/// Ends of the paths of the APIs whose answers are completions.
const PATHS: [&str; 4] = [
    "/chat/completions",
    "/completions",
    "/responses",
    "/messages",
];

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaptureEnding {
    /// The whole answer was passed on.
    Complete,
    /// The app went away before the answer was there.
    Cancelled,
    /// OpenRouter's answer broke off, for this reason.
    BrokenOff(String),
    /// OpenRouter could not be reached, for this reason; the app got a 502.
    Unreachable(String),
    /// The connection broke after the request went out and before an answer came, for this reason; the app got a
    /// 502.
    Lost(String),
    /// The app stopped sending before its request was whole, for this reason.
    RequestBrokeOff(String),
}

impl CaptureEnding {
    /// The word for it in a sample.
    pub const fn name(&self) -> &'static str {
        match self {
            CaptureEnding::Complete => "complete",
            CaptureEnding::Cancelled => "cancelled",
            CaptureEnding::BrokenOff(_) => "broken off",
            CaptureEnding::Unreachable(_) => "unreachable",
            CaptureEnding::Lost(_) => "lost",
            CaptureEnding::RequestBrokeOff(_) => "request broken off",
        }
    }

    /// Why, where it is known.
    const fn reason(&self) -> Option<&String> {
        match self {
            CaptureEnding::Complete | CaptureEnding::Cancelled => None,
            CaptureEnding::BrokenOff(why)
            | CaptureEnding::Unreachable(why)
            | CaptureEnding::Lost(why)
            | CaptureEnding::RequestBrokeOff(why) => Some(why),
        }
    }
}

/// One exchange, as far as it went. Times are in milliseconds since it began, by a clock that never jumps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Which of the proxy's exchanges, from 1.
    pub number: u64,
    /// When it began, in milliseconds since 1970.
    pub started_at: i64,
    /// The request's method.
    pub method: String,
    /// The request's path, without its query.
    pub path: String,
    /// The keys that the request carried; no sample repeats one.
    pub keys: Keys,
    /// The request's recorded headers, names in lower case.
    pub request_headers: Vec<(String, String)>,
    /// The request's body as it was sent, compressed or not.
    pub request: Vec<u8>,
    /// The answer's status, once it is there.
    pub status: Option<u16>,
    /// The answer's recorded headers, names in lower case.
    pub response_headers: Vec<(String, String)>,
    /// The answer's body as it came, compressed or not.
    pub response: Vec<u8>,
    /// When each piece of the answer's body came: where in it the piece begins, and the time.
    pub arrivals: Vec<(usize, u64)>,
    /// How it ended, and when.
    pub ended: Option<(CaptureEnding, u64)>,
    /// The number of the call that this one repeats, since that one failed.
    pub retry_of: Option<u64>,
    /// Why bytes are missing from this copy, where they are: the exchange itself lost none.
    pub given_up: Option<String>,
    /// The model that was asked for, once the request's body has been dropped.
    asked_model: Option<String>,
    /// When the first token came, once that is known.
    first_token: OnceLock<u64>,
}

impl Capture {
    /// An exchange whose request has just begun.
    #[must_use]
    pub fn new(number: u64, started_at: i64, method: &str, path: &str) -> Self {
        Self {
            number,
            started_at,
            method: method.to_owned(),
            path: path.to_owned(),
            keys: Keys::default(),
            request_headers: Vec::new(),
            request: Vec::new(),
            status: None,
            response_headers: Vec::new(),
            response: Vec::new(),
            arrivals: Vec::new(),
            ended: None,
            retry_of: None,
            given_up: None,
            asked_model: None,
            first_token: OnceLock::new(),
        }
    }

    /// Whether it asks for a completion, as far as the request's line tells.
    #[must_use]
    pub fn is_completion(&self) -> bool {
        let path = self.path.trim_end_matches('/');
        self.method == "POST" && PATHS.iter().any(|end| path.ends_with(end))
    }

    /// Whether it ended without an answer, so that an app may try again.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        match &self.ended {
            Some((CaptureEnding::Complete, _)) => self.status.is_some_and(|status| status >= 400),
            Some((CaptureEnding::Cancelled, _)) | None => false,
            Some(_) => true,
        }
    }

    /// Takes a piece of the answer's body.
    pub fn arrive(&mut self, bytes: &[u8], after_ms: u64) {
        // Many pieces that came at one time are one arrival.
        if self
            .arrivals
            .last()
            .is_none_or(|(_, last)| *last < after_ms)
        {
            self.arrivals.push((self.response.len(), after_ms));
        }
        self.response.extend_from_slice(bytes);
    }

    /// Takes how it ended. An app that closes behind the last word of a stream, before the server has closed it, has all
    /// of the answer.
    pub fn end(&mut self, ending: CaptureEnding, after_ms: u64) {
        let ending = match ending {
            CaptureEnding::Cancelled if self.has_said_its_end() => CaptureEnding::Complete,
            ending => ending,
        };
        self.ended = Some((ending, after_ms));
    }

    fn has_said_its_end(&self) -> bool {
        let coding = header(&self.response_headers, "content-encoding");
        match decode::body(Cow::Borrowed(&*self.response), coding, LARGEST) {
            Ok(plain) => stream_end::is_there(&plain),
            Err(DecodeError::Broken { so_far, .. }) => stream_end::is_there(&so_far),
            Err(_) => false,
        }
    }

    /// Drops the bodies, for this reason; what it is about and how it ended stays. Nothing said about half an answer
    /// would hold for all of it.
    pub fn give_up(&mut self, why: &str) {
        self.asked_model = self.asked_model.take().or_else(|| self.model());
        self.request = Vec::new();
        self.response = Vec::new();
        self.arrivals = Vec::new();
        self.given_up = Some(why.to_owned());
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.request.len() + self.response.len() + self.arrivals.len() * size_of::<(usize, u64)>()
    }

    /// When the first byte of the answer's body came.
    #[must_use]
    pub fn first_byte_ms(&self) -> Option<u64> {
        self.arrivals.first().map(|(_, after_ms)| *after_ms)
    }

    /// When the first token of a streamed answer came, compressed or not. `None` where it is no stream, or no token came
    /// yet.
    #[must_use]
    pub fn first_token_ms(&self) -> Option<u64> {
        if let Some(known) = self.first_token.get() {
            return Some(*known);
        }
        let end = first_token::end(&self.plain_answer(self.response.len()))?;
        // How far each arrival reaches is where the next one begins.
        let ends = self.arrivals.iter().skip(1).map(|(start, _)| *start);
        let ends: Vec<usize> = ends.chain([self.response.len()]).collect();
        let first = ends.partition_point(|reach| self.plain_answer(*reach).len() < end);
        let (_, after_ms) = self.arrivals.get(first)?;
        Some(*self.first_token.get_or_init(|| *after_ms))
    }

    /// The first bytes of the answer, unpacked as far as they go.
    fn plain_answer(&self, length: usize) -> Cow<'_, [u8]> {
        let bytes = &self.response[..length.min(first_token::FAR)];
        let coding = header(&self.response_headers, "content-encoding");
        if coding.is_none() {
            return Cow::Borrowed(bytes);
        }
        match decode::body(Cow::Borrowed(bytes), coding, LARGEST) {
            Ok(plain) => plain,
            Err(DecodeError::Broken { so_far, .. }) => Cow::Owned(so_far),
            Err(_) => Cow::Borrowed(&[]),
        }
    }
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|(given, _)| given == name);
    found.map(|(_, value)| value.trim())
}
