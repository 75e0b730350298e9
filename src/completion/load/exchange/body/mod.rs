//! What a recorder wrote for a body, back to the text that was sent: JSON as it stands, a string, base64,
//! hex, bytes as numbers, chunks in a list, and any of them still compressed.
//!
//! Labels are often wrong (a decoded body under `content-encoding: gzip`, base64 that nobody declared), so
//! each is tried and the bytes decide.

mod limits;
mod python;
mod within;
mod written;

use std::borrow::Cow;
use std::fmt::Write;

pub(super) use self::limits::BodyLimits;
pub(super) use self::python::json_of_python;
pub(super) use self::written::from_base64;
use self::written::{from_chunks, is_plausible, latin1_bytes, packed_in_text};
pub(in crate::completion::load) use self::written::{python_bytes, python_text, text_of_base64};
use super::{keys, matcher};
use crate::completion::Place;
use crate::completion::load::shape;
use crate::completion::load::streams::{chunks, sse};
use crate::completion::source_map::{Places, SourceMap};
use crate::json::{Document, Kind, Value};

/// A body as the recording holds it.
#[derive(Debug)]
pub(super) enum Body<'d> {
    /// There is none, or it is empty.
    Absent,
    /// Its text, decoded.
    Text(Text<'d>),
    /// It is there, but its text could not be had.
    Unreadable {
        /// Where it stands.
        at: Place,
        /// Why not.
        what: String,
    },
}

/// A text and where its bytes stand.
#[derive(Debug)]
pub(super) struct Text<'d> {
    /// The text.
    pub text: Cow<'d, str>,
    /// Of all of it.
    pub map: SourceMap,
    /// Where it begins.
    pub at: Place,
    /// What is to be said of it, where some of its bytes were no text.
    pub broken: Option<String>,
}

/// What is said of a body outside of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Labels<'h> {
    /// The value of `Content-Encoding`.
    pub content_encoding: Option<&'h str>,
    /// How the recorder says that it wrote the bytes.
    pub writing: Writing,
    /// Whether it went to another server's address, so that what is within an object of its own is no body of OpenRouter's.
    pub is_elsewhere: bool,
}

/// How bytes are written as a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Writing {
    /// As the text that they are, as far as is said.
    #[default]
    Text,
    /// In base64.
    Base64,
    /// Each byte as the character of its number, which betamax does with text of no known charset.
    Latin1,
    /// As Python prints them, without `b'…'` around.
    Python,
}

impl Text<'_> {
    /// Where a byte of it stands.
    pub fn place_of(&self, offset: usize) -> Place {
        let end = (offset + 1).min(self.text.len());
        let place = self.map.place_of(&self.text, offset.min(end)..end);
        let place = place.or_else(|| self.map.place_of_offset(offset));
        place.unwrap_or_else(|| self.at.clone())
    }
}

impl<'d> Body<'d> {
    /// Whether there is none.
    pub fn is_absent(&self) -> bool {
        matches!(self, Body::Absent)
    }

    fn made(text: impl Into<Cow<'d, str>>, at: &Place) -> Body<'d> {
        let text = text.into();
        let map = SourceMap::made(&text, at.clone());
        let at = at.clone();
        Body::Text(Text {
            text,
            map,
            at,
            broken: None,
        })
    }
}

/// What turns a value of a recording into a body.
pub(super) struct Decoder<'s, 'd> {
    /// Of the recording's text.
    pub places: &'s Places<'d>,
    /// What is said of the body.
    pub labels: Labels<'s>,
    /// Bytes that it may unpack to, and how deep its JSON may be.
    pub limits: &'s BodyLimits,
}

/// Keys that hold a body's content within an object that is not the body itself.
const CONTENT: [&str; 15] = [
    "string",
    "base64string",
    "b64",
    "base64",
    "text",
    "raw",
    "value",
    "decoded",
    "bytes",
    "json",
    "streameddata",
    "state",
    // Elastic's common schema.
    "content",
    // Envoy's tap.
    "asbytes",
    "asstring",
];
/// Keys that stand beside them.
const BESIDE: [&str; 17] = [
    "encoding",
    "mimetype",
    "contenttype",
    "type",
    "data",
    "size",
    "mode",
    "charset",
    "compression",
    "comment",
    "isbase64",
    "isbinary",
    "options",
    "language",
    "matchtype",
    "truncated",
    // Playwright keeps the content of an attached recording in a file of its own.
    "file",
];
/// Objects are bodies within bodies only so deep.
const DEPTH: usize = 4;

impl<'s, 'd> Decoder<'s, 'd> {
    /// The body that a value stands for.
    pub fn body(&self, value: Value<'d>) -> Body<'d> {
        match matcher::resolved(value) {
            Some(value) => self.value(value, self.labels.writing, DEPTH),
            None => Body::Absent,
        }
    }

    fn value(&self, value: Value<'d>, writing: Writing, depth: usize) -> Body<'d> {
        match value.kind() {
            Kind::Null => Body::Absent,
            Kind::String => self.string(value, writing),
            Kind::Array if value.is_empty() => Body::Absent,
            Kind::Array => {
                let at = self.at(value);
                let body = self.list(value, &at);
                body.unwrap_or_else(|| Body::made(value.raw(), &at))
            }
            Kind::Object if depth > 0 && is_wrapper(value) => self.wrapper(value, writing, depth),
            Kind::Object if depth > 0 && !self.labels.is_elsewhere && !within::is_itself(value) => {
                match self.body_within(value, writing, depth - 1, |_| true) {
                    Body::Absent => self.whole(value),
                    body => body,
                }
            }
            _ => self.whole(value),
        }
    }

    fn whole(&self, value: Value<'d>) -> Body<'d> {
        Body::Text(Text {
            text: Cow::Borrowed(value.raw()),
            map: self.places.map_of(value.span()),
            at: self.at(value),
            broken: None,
        })
    }

    /// An object that says how it holds the body: `{"encoding", "string"}`, `{"b64"}`, HAR's `content`, …
    fn wrapper(&self, value: Value<'d>, writing: Writing, depth: usize) -> Body<'d> {
        let says = |key: &str, expected: &str| {
            let said = keys::get(value, &[key]).and_then(Value::str);
            said.is_some_and(|said| said.eq_ignore_ascii_case(expected))
        };
        let is_true = |key: &str| keys::get(value, &[key]).is_some_and(|v| v.kind() == Kind::True);
        let writing = if says("encoding", "base64") || is_true("isbase64") {
            Writing::Base64
        } else if says("encoding", "iso-8859-1") || says("encoding", "latin-1") {
            Writing::Latin1
        } else {
            writing
        };
        for key in CONTENT {
            let Some(content) = keys::get(value, &[key]) else {
                continue;
            };
            let body = match key {
                // The first item of a pickled buffer's state is its content.
                "state" => match content.item(0) {
                    Some(first) => self.value(first, writing, depth - 1),
                    None => Body::Absent,
                },
                "base64string" | "b64" | "base64" | "asbytes" => {
                    self.value(content, Writing::Base64, depth - 1)
                }
                _ => self.value(content, writing, depth - 1),
            };
            if !body.is_absent() {
                return body;
            }
        }
        // Node's `Buffer` as JSON; and bytes whose writing stands beside them.
        if let Some(data) = keys::get(value, &["data"]) {
            if says("type", "buffer") {
                return self.value(data, Writing::Base64, depth - 1);
            }
            if data.kind() == Kind::String && keys::get(value, &["encoding"]).is_some() {
                return self.value(data, writing, depth - 1);
            }
        }
        match self.params(value) {
            Body::Absent => self.body_within(value, writing, depth - 1, |_| true),
            body => body,
        }
    }

    /// A body that a recorder took for a form: its JSON stands in a name, cut at each `=` and `&`.
    fn params(&self, value: Value<'d>) -> Body<'d> {
        let mut text = String::new();
        let mut first = None;
        for param in keys::get(value, &["params"])
            .into_iter()
            .flat_map(Value::children)
        {
            first = first.or(Some(param));
            let part = |key| param.get(key).and_then(Value::str).unwrap_or_default();
            let (name, content) = (part("name"), part("value"));
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(&name);
            if !content.is_empty() {
                let _ = write!(text, "={content}");
            }
        }
        match first {
            Some(first) if !text.is_empty() => Body::made(text, &self.at(first)),
            _ => Body::Absent,
        }
    }

    fn string(&self, value: Value<'d>, writing: Writing) -> Body<'d> {
        let Some(text) = value.non_empty_str() else {
            return Body::Absent;
        };
        let at = self.at(value);
        if let Some(rest) = text.strip_prefix('\u{feff}') {
            return Body::made(rest.to_owned(), &at);
        }
        if let Some(body) = self.list_in_string(&text, &at) {
            return body;
        }
        match writing {
            Writing::Base64 => match from_base64(&text) {
                Some(bytes) => return self.bytes(bytes, &at),
                None if is_plausible(&text) => {}
                None => {
                    let what = "it is said to be base64, but is not".to_owned();
                    return Body::Unreadable { at, what };
                }
            },
            Writing::Latin1 if !text.is_ascii() => {
                if let Some(bytes) = latin1_bytes(&text)
                    && let body @ Body::Text(_) = self.bytes(bytes, &at)
                {
                    return body;
                }
            }
            // The same tool can be told to write base64 instead, and does not say so.
            Writing::Python => {
                let base64 = from_base64(&text).filter(|_| !is_plausible(&text));
                return self.bytes(base64.unwrap_or_else(|| python_bytes(&text)), &at);
            }
            Writing::Text | Writing::Latin1 => {}
        }
        // Brotli has no mark of its own.
        let packed = || {
            let is_said = self.labels.content_encoding.is_some();
            packed_in_text(&text).or_else(|| from_base64(&text).filter(|_| is_said))
        };
        if !is_plausible(&text)
            && let Some(bytes) = packed()
            && let body @ Body::Text(_) = self.bytes(bytes, &at)
        {
            return body;
        }
        Body::Text(Text {
            map: self.places.map_of_string(value, &text),
            text,
            at,
            broken: None,
        })
    }

    /// A list inside a string: Polly.js writes a compressed body as the list of its chunks, DevTools the
    /// chunks of a stream.
    fn list_in_string(&self, text: &str, at: &Place) -> Option<Body<'d>> {
        if !text.trim_start().starts_with('[') {
            return None;
        }
        let doc = Document::parse(text.into(), self.limits.of_one).ok()?;
        match self.list(doc.root(), at)? {
            body @ Body::Text(_) => Some(body),
            _ => None,
        }
    }

    /// The body that a list is in pieces: bytes, chunks, the events of a stream. `None` where it is none.
    fn list(&self, list: Value<'_>, at: &Place) -> Option<Body<'d>> {
        let all = |kind| list.children().all(|item| item.kind() == kind);
        if all(Kind::Number) {
            let bytes: Option<Vec<u8>> =
                list.children().map(|n| n.number()?.parse().ok()).collect();
            return Some(self.bytes(bytes?, at));
        }
        if all(Kind::String) {
            let texts: Vec<_> = list.children().filter_map(Value::str).collect();
            if let Some(bytes) = from_chunks(&texts)
                && let body @ Body::Text(_) = self.bytes(bytes, at)
            {
                return Some(body);
            }
            let is_alone = texts.len() == 1 && !chunks::is_one(texts[0].trim().as_bytes());
            let are_events =
                !is_alone && texts.iter().all(|text| text.trim_start().starts_with('{'));
            // Taken apart at its lines or blank lines, which are not kept.
            let is_apart =
                || texts.len() > 1 && !texts.iter().any(|text| text.ends_with(['\n', '\r']));
            return Some(match are_events {
                true => Body::made(transcript(texts.iter().map(Cow::as_ref)), at),
                false => match chunks::text_of_list(list).filter(|_| is_apart()) {
                    Some(text) => Body::made(text.into_owned(), at),
                    None => Body::made(texts.concat(), at),
                },
            });
        }
        if !all(Kind::Object) {
            return None;
        }
        let packed: Option<Vec<_>> = list
            .children()
            .map(|item| from_base64(&keys::get(item, &["b64", "base64"])?.str()?))
            .collect();
        if let Some(packed) = packed {
            return Some(self.bytes(packed.concat(), at));
        }
        // An answer in a list of its own.
        if let (Some(one), None) = (list.item(0), list.item(1))
            && (shape::is_response(one) || shape::is_request(one))
            && !chunks::is_chunk(one)
        {
            return Some(Body::made(one.raw().to_owned(), at));
        }
        if let Some(text) = within::events_in_records(list) {
            return Some(Body::made(text, at));
        }
        // Events of a stream, each as it came or with its data beside its name.
        let data = list.children().map(|item| {
            let inner = keys::get(item, &["data", "chunk", "rawvalue", "decoded"]);
            match inner.filter(|_| item.get("choices").is_none()) {
                Some(inner) => inner.str().unwrap_or(Cow::Borrowed(inner.raw())),
                None => Cow::Borrowed(item.raw()),
            }
        });
        let data: Vec<_> = data.collect();
        Some(match data.iter().all(|text| sse::is_transcript(text)) {
            true => Body::made(data.concat(), at),
            false => Body::made(transcript(data.iter().map(Cow::as_ref)), at),
        })
    }

    fn bytes(&self, bytes: Vec<u8>, at: &Place) -> Body<'d> {
        of_bytes(bytes, self.labels.content_encoding, self.limits, at)
    }

    fn at(&self, value: Value<'_>) -> Place {
        self.places.at(value.span().start)
    }
}

/// The body that some bytes are, whatever of their coding is still there.
pub(super) fn of_bytes<'d>(
    bytes: Vec<u8>,
    content_encoding: Option<&str>,
    limits: &BodyLimits,
    at: &Place,
) -> Body<'d> {
    let unreadable = |what| Body::Unreadable {
        at: at.clone(),
        what,
    };
    if bytes.is_empty() {
        return Body::Absent;
    }
    match limits.unpack(bytes, content_encoding) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Body::made(text, at),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let what = format!("its byte {valid} is not UTF-8");
                let text = String::from_utf8_lossy(error.as_bytes());
                // The other chunks of a stream are whole.
                if valid > 0
                    && sse::is_transcript(&text)
                    && let Body::Text(text) = Body::made(text.into_owned(), at)
                {
                    return Body::Text(Text {
                        broken: Some(what),
                        ..text
                    });
                }
                unreadable(what)
            }
        },
        Err(what) => unreadable(what),
    }
}

/// Whether an object is not a body but says how it holds one.
fn is_wrapper(value: Value<'_>) -> bool {
    let plain_keys = || {
        value
            .children()
            .map(|member| keys::plain(&member.key().unwrap_or_default()))
    };
    let is_content = |key: &str| {
        CONTENT.contains(&key) || ["params", "size", "mimetype", "encoding"].contains(&key)
    };
    let is_buffer = || {
        value
            .get("type")
            .and_then(Value::str)
            .is_some_and(|kind| kind == "Buffer")
    };
    plain_keys().all(|key| is_content(&key) || BESIDE.contains(&key.as_str()))
        && (plain_keys().any(|key| is_content(&key)) || is_buffer())
}

/// A stream's text from the data of its events.
fn transcript<'t>(events: impl Iterator<Item = &'t str>) -> String {
    let mut out = String::new();
    for data in events {
        let data = data.trim();
        for line in data.lines() {
            let _ = writeln!(out, "data: {line}");
        }
        out.push('\n');
    }
    out
}
