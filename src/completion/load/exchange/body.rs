//! What a recorder wrote for a body, back to the text that was sent: JSON as it stands, a string, base64,
//! hex, bytes as numbers, chunks in a list, and any of them still compressed.
//!
//! Labels are often wrong (a decoded body under `content-encoding: gzip`, base64 that nobody declared), so
//! each is tried and the bytes decide.

use std::borrow::Cow;
use std::fmt::Write;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::keys;
use crate::completion::Place;
use crate::completion::load::{decode, sse};
use crate::completion::source_map::{Places, SourceMap};
use crate::json::{Document, Kind, Limits, Value};

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
}

/// What is said of a body outside of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Labels<'h> {
    /// The value of `Content-Encoding`.
    pub content_encoding: Option<&'h str>,
    /// How the recorder says that it wrote the bytes.
    pub writing: Writing,
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
        let end = self.text.len();
        let rest = self.map.part(&self.text, offset.min(end)..end);
        rest.place_of_offset(0).unwrap_or_else(|| self.at.clone())
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
        Body::Text(Text { text, map, at })
    }
}

/// What turns a value of a recording into a body.
pub(super) struct Decoder<'s, 'd> {
    /// Of the recording's text.
    pub places: &'s Places<'d>,
    /// What is said of the body.
    pub labels: Labels<'s>,
    /// Bytes that it may unpack to, and how deep its JSON may be.
    pub limits: Limits,
}

/// Keys that hold a body's content within an object that is not the body itself.
const CONTENT: [&str; 12] = [
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
];
/// Keys that stand beside them.
const BESIDE: [&str; 14] = [
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
];
/// Objects are bodies within bodies only so deep.
const DEPTH: usize = 4;

impl<'s, 'd> Decoder<'s, 'd> {
    /// The body that a value stands for.
    pub fn body(&self, value: Value<'d>) -> Body<'d> {
        self.value(value, self.labels.writing, DEPTH)
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
            _ => Body::Text(Text {
                text: Cow::Borrowed(value.raw()),
                map: self.places.map_of(value.span()),
                at: self.at(value),
            }),
        }
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
                "base64string" | "b64" | "base64" => {
                    self.value(content, Writing::Base64, depth - 1)
                }
                _ => self.value(content, writing, depth - 1),
            };
            if !body.is_absent() {
                return body;
            }
        }
        // Node's `Buffer` as JSON.
        if says("type", "buffer")
            && let Some(data) = keys::get(value, &["data"])
        {
            return self.value(data, Writing::Base64, depth - 1);
        }
        self.params(value)
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
        if !is_plausible(&text)
            && let Some(bytes) = packed_in_text(&text)
            && let body @ Body::Text(_) = self.bytes(bytes, &at)
        {
            return body;
        }
        Body::Text(Text {
            map: self.places.map_of_string(value, &text),
            text,
            at,
        })
    }

    /// A list inside a string: Polly.js writes a compressed body as the list of its chunks, DevTools the
    /// chunks of a stream.
    fn list_in_string(&self, text: &str, at: &Place) -> Option<Body<'d>> {
        if !text.trim_start().starts_with('[') {
            return None;
        }
        let doc = Document::parse(text.into(), self.limits).ok()?;
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
            let chunks: Vec<_> = list.children().filter_map(Value::str).collect();
            if let Some(bytes) = from_chunks(&chunks)
                && let body @ Body::Text(_) = self.bytes(bytes, at)
            {
                return Some(body);
            }
            let are_events = chunks
                .iter()
                .all(|chunk| chunk.trim_start().starts_with('{'));
            return Some(match are_events {
                true => Body::made(transcript(chunks.iter().map(Cow::as_ref)), at),
                false => Body::made(chunks.concat(), at),
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
    limits: Limits,
    at: &Place,
) -> Body<'d> {
    let unreadable = |what| Body::Unreadable {
        at: at.clone(),
        what,
    };
    if bytes.is_empty() {
        return Body::Absent;
    }
    match decode::body(Cow::Owned(bytes), content_encoding, limits.bytes) {
        Ok(bytes) => match String::from_utf8(bytes.into_owned()) {
            Ok(text) => Body::made(text, at),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                unreadable(format!("its byte {at} is not UTF-8"))
            }
        },
        Err(error) => unreadable(error.to_string()),
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

/// Whether a text begins as a body does that can be read: JSON, a string that holds it, a stream.
fn is_plausible(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['{', '[', '"', '<']) || sse::is_transcript(text)
}

/// The bytes that a text stands for although nothing says so: base64 or hex of something that can be read,
/// bytes as characters, bytes as Python prints them. `None` where it stands for itself.
fn packed_in_text(text: &str) -> Option<Vec<u8>> {
    let is_good = |bytes: &Vec<u8>| {
        decode::Coding::of_bytes(bytes).is_some()
            || std::str::from_utf8(bytes).is_ok_and(is_plausible)
    };
    let trimmed = text.trim();
    if let Some(inner) = python_literal(trimmed) {
        return Some(python_bytes(inner));
    }
    // A gzip file's first two bytes as characters.
    if text.starts_with("\u{1f}\u{8b}") {
        return latin1_bytes(text);
    }
    from_hex(trimmed)
        .filter(is_good)
        .or_else(|| from_base64(trimmed).filter(is_good))
}

/// Bytes of which each stands as the character of its number.
fn latin1_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// The inside of `b'…'` or `b"…"`.
fn python_literal(text: &str) -> Option<&str> {
    let inside = |quote| {
        text.strip_prefix('b')?
            .strip_prefix(quote)?
            .strip_suffix(quote)
    };
    inside('\'').or_else(|| inside('"'))
}

/// The bytes that Python's `repr` stands for.
fn python_bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else {
            out.push(byte);
            break;
        };
        rest = after;
        match escape {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'x' => match rest
                .split_at_checked(2)
                .and_then(|(digits, after)| Some((hex_byte(digits)?, after)))
            {
                Some((byte, after)) => {
                    out.push(byte);
                    rest = after;
                }
                None => out.extend(b"\\x"),
            },
            other => out.extend([b'\\', other]),
        }
    }
    out
}

/// Chunks that were written as hex or base64 each.
fn from_chunks(chunks: &[Cow<'_, str>]) -> Option<Vec<u8>> {
    let all = |decode: fn(&str) -> Option<Vec<u8>>| {
        let pieces: Option<Vec<_>> = chunks.iter().map(|chunk| decode(chunk)).collect();
        pieces.map(|pieces| pieces.concat())
    };
    all(from_hex)
        .or_else(|| all(from_base64))
        .or_else(|| from_base64(&chunks.concat()))
}

/// Bytes written as hexadecimal digits.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(hex_byte).collect()
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// Bytes written as base64 of either alphabet, with or without padding and line breaks.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
    const FOR_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);
    let text = match text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        true => Cow::Owned(text.split_ascii_whitespace().collect::<String>()),
        false => Cow::Borrowed(text),
    };
    if text.is_empty() {
        return None;
    }
    match text.contains(['-', '_']) {
        true => FOR_URLS.decode(text.as_bytes()).ok(),
        false => PLAIN.decode(text.as_bytes()).ok(),
    }
}
