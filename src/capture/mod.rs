//! One exchange that passed through the proxy, as it grows: what was asked, what came back so far, and the
//! measured times. Pure: the proxy's observations are turned into these by the recorder.
//!
//! A capture becomes a sample like any other, so it is loaded, mapped, saved and recorded by the same code as
//! a sample in a file.

mod first_token;
pub mod keys;
pub mod recent;

use std::borrow::Cow;
use std::fmt::Write;

use self::keys::Keys;
use crate::completion::load::encoding::decode;
use crate::completion::load::encoding::decode::DecodeError;
use crate::completion::{Completion, time};
use crate::json::{Document, JsonText, Limits, quote};

/// The file's name that captured calls stand under, which is none.
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
            Some((
                CaptureEnding::BrokenOff(_)
                | CaptureEnding::Unreachable(_)
                | CaptureEnding::Lost(_),
                _,
            )) => true,
            Some((CaptureEnding::Cancelled, _)) | None => false,
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

    /// Lets the bodies go, for this reason: what it is about, and how it ended, stays.
    pub fn give_up(&mut self, why: &str) {
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

    /// When the first token of a streamed answer came. `None` where the answer is compressed or no stream, or
    /// no token came yet.
    #[must_use]
    pub fn first_token_ms(&self) -> Option<u64> {
        if header(&self.response_headers, "content-encoding")
            .is_some_and(|coding| coding != "identity")
        {
            return None;
        }
        let offset = first_token::offset(&self.response)?;
        let later = self.arrivals.partition_point(|(start, _)| *start <= offset);
        Some(self.arrivals[..later].last()?.1)
    }

    /// The sample that it is: a line of JSON without a line break in it. What has not come yet is left out;
    /// a request or an answer that is not text is described in `problem` rather than shown.
    #[must_use]
    pub fn sample(&self) -> String {
        let mut out = format!("{{\"name\":{}", quote(&self.name()));
        let _ = write!(out, ",\"captured\":{{\"number\":{}", self.number);
        let _ = write!(
            out,
            ",\"method\":{},\"path\":{}",
            quote(&self.method),
            quote(&self.path)
        );
        if let Some(status) = self.status {
            let _ = write!(out, ",\"status\":{status}");
        }
        match &self.ended {
            None => out.push_str(",\"ending\":\"not yet\""),
            Some((ending, _)) => {
                let _ = write!(out, ",\"ending\":{}", quote(ending.name()));
                if let CaptureEnding::BrokenOff(why)
                | CaptureEnding::Unreachable(why)
                | CaptureEnding::Lost(why) = ending
                {
                    let _ = write!(out, ",\"reason\":{}", quote(why));
                }
            }
        }
        if let Some(number) = self.retry_of {
            let _ = write!(out, ",\"retry_of\":{number}");
        }
        if let Some(why) = &self.given_up {
            let _ = write!(out, ",\"incomplete\":{}", quote(why));
        }
        out.push('}');
        self.write_body(&mut out, "request", &self.request, &self.request_headers);
        self.write_body(&mut out, "response", &self.response, &self.response_headers);
        write_headers(&mut out, "headers", &self.request_headers);
        write_headers(&mut out, "response_headers", &self.response_headers);
        self.write_times(&mut out);
        out.push('}');
        self.keys.redact(out)
    }

    /// When it began, and the model that was asked for.
    fn name(&self) -> String {
        let started = time::iso(self.started_at.into()).unwrap_or_default();
        let clock = started.get(11..19).unwrap_or_default();
        let text = String::from_utf8_lossy(&self.request);
        let asked = Document::parse(text.trim().into(), Limits::default());
        let model = asked.ok().and_then(|doc| {
            let model = doc.root().get("model")?.non_empty_str()?;
            Some(model.into_owned())
        });
        format!("{clock} {}", model.as_deref().unwrap_or(&self.path))
    }

    fn write_body(&self, out: &mut String, part: &str, bytes: &[u8], headers: &[(String, String)]) {
        if bytes.is_empty() {
            return;
        }
        let coding = header(headers, "content-encoding");
        let bytes = match decode::body(Cow::Borrowed(bytes), coding, LARGEST) {
            Ok(bytes) => bytes,
            // What is compressed is read as far as it has come.
            Err(DecodeError::Broken { so_far, .. })
                if self.ended.is_none() || !so_far.is_empty() =>
            {
                Cow::Owned(so_far)
            }
            Err(error) => {
                let _ = write!(out, ",\"{part}_problem\":{}", quote(&error.to_string()));
                return;
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        // JSON stands there as JSON, in one line; a transcript, or what is neither, as text.
        match JsonText::parse(text.trim()) {
            Ok(json) => {
                let _ = write!(out, ",\"{part}\":{}", json.as_str());
            }
            Err(_) => {
                let _ = write!(out, ",\"{part}\":{}", quote(&text));
            }
        }
    }

    fn write_times(&self, out: &mut String) {
        let _ = write!(out, ",\"measured\":{{");
        let started = time::iso(self.started_at.into()).unwrap_or_default();
        let _ = write!(out, "\"started_at\":{}", quote(&started));
        let mut member = |name: &str, value: Option<u64>| {
            if let Some(value) = value {
                let _ = write!(out, ",\"{name}\":{value}");
            }
        };
        member("first_byte_ms", self.first_byte_ms());
        member("first_token_ms", self.first_token_ms());
        let after_ms = self.ended.as_ref().map(|(_, after_ms)| *after_ms);
        member("duration_ms", after_ms);
        out.push('}');
        let ended = after_ms.and_then(|after_ms| {
            let ended = self.started_at.checked_add(i64::try_from(after_ms).ok()?)?;
            time::iso(ended.into())
        });
        if let Some(ended) = ended {
            let _ = write!(out, ",\"completed_at\":{}", quote(&ended));
        }
    }
}

/// Names a delivery as captures are named: when it came, and the model.
pub fn name_delivery(completion: &mut Completion, at: i64) {
    let started = time::iso(at.into()).unwrap_or_default();
    let clock = started.get(11..19).unwrap_or_default();
    let attributes = completion
        .delivery()
        .and_then(|delivery| delivery.get("attributes"));
    let model = ["gen_ai.request.model", "gen_ai.response.model"];
    let model = model
        .iter()
        .find_map(|key| attributes?.get(key)?.non_empty_str());
    let model = model.map_or_else(|| "delivery".to_owned(), Cow::into_owned);
    completion.name = format!("{clock} {model}");
}

/// A delivery as a line of a recording, which loads as the same delivery.
#[must_use]
pub fn recorded_delivery(completion: &Completion) -> Option<String> {
    let delivery = JsonText::parse(completion.delivery()?.raw()).ok()?;
    let name = quote(&completion.name);
    Some(format!(
        "{{\"name\":{name},\"delivery\":{}}}",
        delivery.as_str()
    ))
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|(given, _)| given == name);
    found.map(|(_, value)| value.trim())
}

fn write_headers(out: &mut String, part: &str, headers: &[(String, String)]) {
    if headers.is_empty() {
        return;
    }
    let mut opening = "{";
    let _ = write!(out, ",\"{part}\":");
    for (name, value) in headers {
        let _ = write!(out, "{opening}{}:{}", quote(name), quote(value));
        opening = ",";
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )]

    use super::*;
    use crate::completion::load;

    fn capture() -> Capture {
        let mut capture = Capture::new(3, 1_780_662_787_000, "POST", "/api/v1/chat/completions");
        capture.request = br#"{ "model":"openai/gpt-4o-mini",
            "messages":[{"role":"user","content":"Say hi"}],"user":"ada"}"#
            .to_vec();
        capture.request_headers = vec![("x-session-id".to_owned(), "s-1".to_owned())];
        capture
    }

    #[test]
    fn a_capture_grows_into_a_sample() {
        let mut capture = capture();
        let one = |capture: &Capture| {
            let sample = capture.sample();
            assert!(!sample.contains('\n'), "{sample}");
            let loaded = load::load("capture", sample.as_bytes());
            assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
            loaded.completions.into_iter().next().unwrap()
        };
        let asked = one(&capture);
        assert!(asked.response().is_none());
        assert_eq!(
            asked.request().unwrap().get("user").unwrap().str().unwrap(),
            "ada"
        );

        capture.status = Some(200);
        capture.arrive(b": OPENROUTER PROCESSING\n\n", 90);
        capture.arrive(b"data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n", 100);
        assert_eq!(capture.first_token_ms(), None);
        capture.arrive(
            b"data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n",
            150,
        );
        capture.arrive(
            b"data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\n\n",
            200,
        );
        let growing = one(&capture);
        let text = |completion: &crate::completion::Completion| {
            let choices = completion.response().unwrap().get("choices").unwrap();
            let message = choices.item(0).unwrap().get("message").unwrap();
            message.get("content").unwrap().str().unwrap().into_owned()
        };
        assert_eq!(text(&growing), "Hi!");
        assert!(!growing.stream.as_ref().unwrap().complete);

        capture.arrive(b"data: [DONE]\n\n", 250);
        capture.ended = Some((CaptureEnding::Complete, 260));
        assert_eq!(
            (capture.first_byte_ms(), capture.first_token_ms()),
            (Some(90), Some(150))
        );
        let done = one(&capture);
        assert!(done.stream.as_ref().unwrap().complete);
        let measured = done.envelope("measured").unwrap();
        assert_eq!(
            measured.raw(),
            r#"{"started_at":"2026-06-05T12:33:07.000Z","first_byte_ms":90,"first_token_ms":150,"duration_ms":260}"#
        );
    }

    /// A copy that was given up stands in the list all the same, with why nothing can be said of it.
    #[test]
    fn a_capture_without_its_bodies_is_still_one() {
        let mut capture = capture();
        capture.arrive(b"data: {\"choices\":[]}\n\n", 100);
        capture.ended = Some((CaptureEnding::Complete, 260));
        capture.give_up("too much was kept");
        let loaded = load::load("capture", capture.sample().as_bytes());
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        let edits = crate::completion::Edits::none();
        let context = crate::mapping::Context::at(0);
        let mapped = crate::mapping::map(&loaded.completions[0], &edits, &context);
        let crate::mapping::Outcome::NoEvent(none) = mapped.outcome else {
            panic!("an event of nothing");
        };
        assert!(none.says.contains("too much was kept"), "{}", none.says);
    }

    #[test]
    fn only_what_asks_for_a_completion_is_one() {
        for (method, path, expected) in [
            ("POST", "/api/v1/chat/completions", true),
            ("POST", "/api/v1/completions/", true),
            ("POST", "/api/v1/responses", true),
            ("POST", "/api/v1/messages", true),
            ("GET", "/api/v1/chat/completions", false),
            ("POST", "/api/v1/messages/count_tokens", false),
            ("POST", "/api/v1/embeddings", false),
            ("GET", "/api/v1/generation", false),
        ] {
            let capture = Capture::new(1, 0, method, path);
            assert_eq!(capture.is_completion(), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_body_that_is_no_text_is_described() {
        let mut capture = capture();
        capture.response_headers = vec![("content-encoding".to_owned(), "zstd".to_owned())];
        capture.arrive(&[0x28, 0xB5, 0x2F, 0xFD, 0xFF, 0xFF, 0xFF], 10);
        capture.ended = Some((CaptureEnding::Complete, 20));
        let sample = capture.sample();
        assert!(sample.contains("\"response_problem\":"), "{sample}");
    }
}
