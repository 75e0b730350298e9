//! A request or an answer in a record: all of it, behind a log's words, or a member of it.

use std::ops::Range;

use crate::completion::load::formats::{self, FormatRole};
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::framing::{self, split};
use crate::completion::load::logs::{logline, quoted};
use crate::completion::load::shape;
use crate::completion::load::signs::{self, Signs};
use crate::completion::load::streams::{chunks, sse};
use crate::json::{Document, Kind, Limits, Value};

/// A part of an exchange in a record.
pub(super) struct Half {
    pub(super) doc: Document,
    /// Where it stands in the record.
    pub(super) range: Range<usize>,
    /// Whether a string holds it, which is what stands there.
    pub(super) is_held: bool,
}

/// The request that a record is or holds, and nothing else.
pub(super) fn request(record: &[u8]) -> Option<Half> {
    const LONGEST_KEY: usize = 32;
    if let Some((range, held)) = text_in_quotes(record).filter(|_| may_hold_request(record)) {
        return request_in_string(&held, range);
    }
    let words = object_in(record)?.start;
    let inside = record[words..].strip_prefix(b"{")?.trim_ascii_start();
    let key = inside.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', &key[..key.len().min(LONGEST_KEY)])?;
    let key = std::str::from_utf8(&key[..end]).ok()?;
    if shape::is_of_request(key) {
        let half = whole(record)?;
        if is_request_alone(half.doc.root()) {
            return Some(half);
        }
    }
    // A text that names the record may name the call, of which its answer would say the same.
    if key == "id" && begins_with_text(&inside[end + 2..]) {
        return None;
    }
    let is_sample = words == 0 && key == "name" && signs::begins_as_sample(record);
    if is_sample || !may_hold_request(record) || names_answer(record) {
        return None;
    }
    held(record, is_request_alone)
}

/// Whether a member's value is a text, where this stands behind its key.
fn begins_with_text(behind: &[u8]) -> bool {
    let value = behind.trim_ascii_start().strip_prefix(b":");
    value.is_some_and(|value| value.trim_ascii_start().starts_with(b"\""))
}

/// The request that a string in quotes is, which stands at a place of its record.
pub(super) fn request_in_string(held: &str, range: Range<usize>) -> Option<Half> {
    let half = in_string(held, range)?;
    is_request_alone(half.doc.root()).then_some(half)
}

/// Whether a record has a member that is called as an answer or a part of one, as every sample has: it is read as a whole,
/// and need not be looked through here.
fn names_answer(record: &[u8]) -> bool {
    static SIGNS: Signs<2> = Signs::of(["\"response\"", "\"choices\""]);
    SIGNS.any_key_in(record)
}

/// Whether a value is a request body, and nothing in it is of an answer.
pub(super) fn is_request_alone(root: Value<'_>) -> bool {
    let is_other = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        let is_own = shape::is_of_request(key);
        matches!(key, "request" | "response" | "error" | "choices")
            || (!is_own && shape::may_hold_response(member))
    };
    shape::is_request(root)
        && formats::of_value(root).is_some_and(|format| format.role == FormatRole::Request)
        && !root.children().any(is_other)
}

/// Whether a log's record may hold a request: of nearly every other the beginning tells.
pub(super) fn may_hold_request(record: &[u8]) -> bool {
    const HEAD: usize = 2048;
    static SIGNS: Signs<6> = Signs::of([
        "messages\"",
        "messages\\\"",
        "prompt\"",
        "prompt\\\"",
        "input\"",
        "input\\\"",
    ]);
    SIGNS.any_key_in(&record[..record.len().min(HEAD)])
}

fn whole(record: &[u8]) -> Option<Half> {
    Some(Half {
        doc: document(record)?,
        range: object_in(record)?,
        is_held: false,
    })
}

/// The document in quotes that a record ends with.
fn quoted(record: &[u8]) -> Option<Half> {
    let (range, held) = text_in_quotes(record)?;
    in_string(&held, range)
}

fn in_string(held: &str, range: Range<usize>) -> Option<Half> {
    Some(Half {
        doc: framing::document(held.trim().as_bytes())?,
        range,
        is_held: true,
    })
}

/// The string that a record ends with, behind a log's own words or in Python's quotes.
fn text_in_quotes(record: &[u8]) -> Option<(Range<usize>, String)> {
    let is_string = record.ends_with(b"'") || record.ends_with(b"\"") && !record.starts_with(b"\"");
    match is_string {
        true => quoted::at_end(std::str::from_utf8(record).ok()?),
        false => None,
    }
}

/// The half that a member of a log's record is, or holds in a string, perhaps behind words: the only one in which anything
/// of an exchange stands.
fn held(record: &[u8], is_half: impl Fn(Value<'_>) -> bool) -> Option<Half> {
    let words = object_in(record)?.start;
    let doc = document(record)?;
    let mut found: Option<Half> = None;
    held_in(doc.root(), LEVELS, &is_half, &mut found)?;
    found.map(|half| Half {
        range: words + half.range.start..words + half.range.end,
        ..half
    })
}

/// Members of members that are looked at.
const LEVELS: usize = 3;

/// What the sides of an exchange are called.
const SIDES: [&str; 8] = [
    "request",
    "req",
    "Request",
    "httpRequest",
    "response",
    "res",
    "Response",
    "httpResponse",
];

/// What a member is, or holds in a string, perhaps behind words.
fn document_of(member: Value<'_>) -> Option<Document> {
    match member.kind() {
        Kind::Object => framing::document(member.raw().as_bytes()),
        Kind::String if member.raw().contains('{') => {
            Some(logline::json_in(&member.str()?, Limits::default())?.1)
        }
        _ => None,
    }
}

/// Whether a member is a request and nothing else, or holds one.
pub(super) fn is_request_held(member: Value<'_>) -> bool {
    document_of(member).is_some_and(|doc| is_request_alone(doc.root()))
}

/// Looks for it in what a value holds. `None` where something else of an exchange stands there.
fn held_in(
    value: Value<'_>,
    levels: usize,
    is_half: &dyn Fn(Value<'_>) -> bool,
    found: &mut Option<Half>,
) -> Option<()> {
    for member in value.children() {
        match document_of(member) {
            Some(held) if is_half(held.root()) && found.is_none() => {
                *found = Some(Half {
                    doc: held,
                    range: member.span(),
                    is_held: member.kind() == Kind::String,
                });
            }
            _ if is_of_exchange(member) => {
                let had_one = found.is_some();
                // What has both sides of an exchange in messages of their own is read otherwise.
                let is_side = member.raw_key().is_some_and(|key| SIDES.contains(&key));
                let is_within = member.kind().is_container() && levels > 0 && !had_one && !is_side;
                if !is_within {
                    return None;
                }
                held_in(member, levels - 1, is_half, found)?;
                found.as_ref()?;
            }
            _ => {}
        }
    }
    Some(())
}

/// Whether a value may hold anything of an exchange: no text without an object in it, as an address that ends in `/messages`.
fn is_of_exchange(value: Value<'_>) -> bool {
    if value.kind() == Kind::String && !value.raw().contains('{') {
        return false;
    }
    shape::may_hold_response(value) || may_hold_request(value.raw().as_bytes())
}

/// The whole stream that a string of a record is, and where that stands: nothing else of an exchange is in the record.
pub(super) fn held_stream(record: &[u8]) -> Option<(Range<usize>, String)> {
    static SIGNS: Signs<3> = Signs::of(["\\ndata:", "\\rdata:", ".chunk\""]);
    if !SIGNS.any_in(record) {
        return None;
    }
    // Events of a stream say little of the answer by themselves.
    let is_part = |member: &Value<'_>| {
        is_of_exchange(*member)
            || member.kind() == Kind::String && SIGNS.any_in(member.raw().as_bytes())
    };
    if let Some(found) = text_in_quotes(record) {
        return is_whole_stream(&found.1).then_some(found);
    }
    let at = object_in(record)?.start;
    let doc = document(record)?;
    let mut value = doc.root();
    for _ in 0..=LEVELS {
        let mut parts = value.children().filter(is_part);
        let part = parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        if part.kind() == Kind::String {
            let text = part.str()?;
            let range = at + part.span().start..at + part.span().end;
            return is_whole_stream(&text).then(|| (range, text.into_owned()));
        }
        let ends = |chunk: Value<'_>| chunks::is_end(chunk.raw()) || has_finished(chunk.raw());
        // One by itself may be the first of several records.
        let are_all = || part.len() > 1 && chunks::are_chunks(part) && part.children().any(ends);
        if part.kind() == Kind::Array && are_all() {
            let range = at + part.span().start..at + part.span().end;
            let texts: Vec<&str> = part.children().map(|chunk| chunk.raw()).collect();
            return Some((range, texts.join("\n")));
        }
        value = part;
    }
    None
}

/// Whether a chunk says why nothing more is generated.
fn has_finished(chunk: &str) -> bool {
    let reason = chunk
        .split_once("\"finish_reason\":")
        .map(|(_, behind)| behind.trim_start());
    reason.is_some_and(|reason| reason.starts_with('"'))
}

fn is_whole_stream(text: &str) -> bool {
    let mut events = text.lines().filter_map(sse::data_of);
    sse::is_transcript(text) && events.any(|data| chunks::is_end(data.trim()) || has_finished(data))
}

/// The answer that a record is or holds, or OpenRouter's refusal to give one.
pub(super) fn answer(record: &[u8]) -> Option<Half> {
    let half = quoted(record).or_else(|| whole(record))?;
    let words = std::str::from_utf8(&record[..half.range.start]).unwrap_or_default();
    if shape::is_error_of_service(words, half.doc.root()) {
        return None;
    }
    match is_answer_alone(half.doc.root()) {
        true => Some(half),
        false => held(record, is_answer_alone),
    }
}

/// Whether a value is a whole answer, or OpenRouter's refusal to give one.
pub(super) fn is_answer_alone(root: Value<'_>) -> bool {
    (shape::is_answer(root) && !chunks::is_chunk(root)) || shape::is_refusal(root)
}

/// How many bytes of a log's own words stand before the object that the rest of a record is.
pub(super) fn words_before(record: &[u8]) -> Option<usize> {
    if record.starts_with(split::MARK) {
        return Some(split::MARK.len());
    }
    record
        .ends_with(b"}")
        .then(|| brace_behind_words(record))
        .flatten()
}

/// How many bytes of a log's own words stand before what a record ends with: an object, or a string with one in it.
pub(super) fn words_of(record: &[u8]) -> Option<usize> {
    words_before(record).or_else(|| Some(text_in_quotes(record)?.0.start))
}

/// The brace with which an object begins behind a log's own words on its line. They may have strings in quotes, and the fields
/// of a span in braces of their own, as Rust's tracing writes them: `chat{user="ada"}: body={"a":1}`.
fn brace_behind_words(record: &[u8]) -> Option<usize> {
    /// Of a time, a level, a module's name, a logger's fields, a word for what follows.
    const LONGEST: usize = 400;
    let head = &record[..record.len().min(LONGEST)];
    // It is a key of JSON.
    if head.starts_with(b"\"") {
        return None;
    }
    let mut quote = None;
    let mut at = 0;
    while let Some(byte) = head.get(at) {
        let is_apart = |others: &[u8]| {
            let before = at.checked_sub(1).map(|before| head[before]);
            before.is_none_or(|before| b" =:\t".contains(&before) || others.contains(&before))
        };
        match (quote, byte) {
            (_, b'\n') => return None,
            (Some(_), b'\\') => at += 1,
            (Some(open), _) if open == byte => quote = None,
            (None, b'"') => quote = Some(byte),
            (None, b'\'') if is_apart(b"([,") => quote = Some(byte),
            (None, b'{') => {
                let inside = head[at + 1..].trim_ascii_start();
                if matches!(inside.first(), None | Some(b'"' | b'}')) {
                    return is_apart(b"").then_some(at);
                }
                at += memchr::memchr(b'}', &head[at..])?;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the object stands that a record is, behind a log's own words, in brackets there too: Spring's
/// `Writing [{…}] as "application/json"`.
fn object_in(record: &[u8]) -> Option<Range<usize>> {
    /// Of the words behind the bracket.
    const LONGEST: usize = 80;
    if let Some(words) = words_before(record) {
        return Some(words..record.len());
    }
    if !record.ends_with(b"]") && !record.ends_with(b"\"") {
        return None;
    }
    let brace = behind_bracket(record)?;
    let end = document_end(record, brace)?;
    let behind = record[end..].strip_prefix(b"]")?;
    (behind.len() <= LONGEST && !behind.contains(&b'{')).then_some(brace..end)
}

/// The first brace of a text, where it stands in a bracket behind words.
fn behind_bracket(text: &[u8]) -> Option<usize> {
    /// Of the words before.
    const LONGEST: usize = 200;
    let brace = memchr::memchr(b'{', &text[..text.len().min(LONGEST)])?;
    let words = text[..brace].strip_suffix(b" [")?;
    let is_plain = memchr::memchr3(b'"', b'\'', b'\n', words).is_none();
    (!words.is_empty() && is_plain).then_some(brace)
}

/// The first document of a text.
pub(super) struct FirstDocument {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// What a string holds that stands there.
    pub(super) held: Option<String>,
}

/// The first document of a text, behind a log's own words on its first line, in quotes there too.
pub(super) fn first_document(text: &[u8]) -> Option<FirstDocument> {
    let verbatim = |start: usize| {
        Some(FirstDocument {
            range: start..document_end(text, start)?,
            held: None,
        })
    };
    if text.starts_with(b"{") {
        return verbatim(0);
    }
    let line = memchr::memchr(b'\n', text).map_or(text, |end| text[..end].trim_ascii_end());
    if let Some((range, held)) = text_in_quotes(line).filter(|(_, held)| held.contains('{')) {
        let held = Some(held);
        return Some(FirstDocument { range, held });
    }
    verbatim(brace_behind_words(text).or_else(|| behind_bracket(text))?)
}

/// The document of a record.
pub(super) fn document(record: &[u8]) -> Option<Document> {
    framing::document(&record[object_in(record)?])
}
