//! A request and the response to it that stand one after another, each a document of its own: one exchange, where
//! that can't be mistaken. The request asks and holds no answer, the response follows at once and names the same
//! model, and no other request is waiting before.

use std::ops::Range;
use std::sync::Arc;

use super::formats::{self, FormatRole};
use super::framing::scan::document_end;
use super::framing::split;
use super::record::Reader;
use super::shape;
use crate::completion::slug;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Document, Kind, Limits, Value};

/// What such an exchange is read as.
pub(super) const NAME: &str = "request and response";

/// Whether a record is a request body and nothing else. Its first key tells nearly every record that is none.
pub(super) fn is_request(record: &[u8]) -> bool {
    request(record).is_some()
}

fn request(record: &[u8]) -> Option<Document> {
    const LONGEST_KEY: usize = 32;
    let record = &record[words_before(record)?..];
    let inside = record.strip_prefix(b"{")?.trim_ascii_start();
    let key = inside.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', &key[..key.len().min(LONGEST_KEY)])?;
    let key = std::str::from_utf8(&key[..end]).ok()?;
    if !shape::is_of_request(key) {
        return None;
    }
    let doc = document(record)?;
    let root = doc.root();
    let is_other = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        let is_own = shape::is_of_request(key);
        matches!(key, "request" | "response" | "error" | "choices")
            || (!is_own && shape::may_hold_response(member))
    };
    let is_one = shape::is_request(root)
        && formats::of_value(root).is_some_and(|format| format.role == FormatRole::Request)
        && !root.children().any(is_other);
    is_one.then_some(doc)
}

/// Whether a record is the response to the request before it.
pub(super) fn answers(request: &[u8], record: &[u8]) -> bool {
    let asked = document(request).and_then(|doc| model(doc.root()));
    let answer = || document(record).filter(|doc| shape::is_answer(doc.root()));
    asked.is_some_and(|asked| {
        answer().is_some_and(|answer| {
            model(answer.root()).is_some_and(|answered| slug::is_same(&asked, &answered))
        })
    })
}

/// How many bytes of a log's own words stand before the object that the rest of a record is.
fn words_before(record: &[u8]) -> Option<usize> {
    /// Of a time, a level, a module's name, a word for what follows.
    const LONGEST: usize = 200;
    if record.starts_with(split::MARK) {
        return Some(split::MARK.len());
    }
    let head = &record[..record.len().min(LONGEST)];
    let brace = memchr::memchr(b'{', head)?;
    let is_apart = brace == 0 || matches!(record[brace - 1], b' ' | b'=' | b':' | b'\t');
    let is_line = brace == 0
        || (memchr::memchr(b'\n', record).is_none()
            && memchr::memchr2(b'"', b'\'', &record[..brace]).is_none());
    (is_apart && is_line && record.ends_with(b"}")).then_some(brace)
}

fn document(record: &[u8]) -> Option<Document> {
    let record = &record[words_before(record)?..];
    let text = std::str::from_utf8(record).ok()?;
    Document::parse(Arc::from(text), Limits::default()).ok()
}

fn model(root: Value<'_>) -> Option<String> {
    let model = root.get("model").filter(|v| v.kind() == Kind::String)?;
    Some(model.str()?.into_owned())
}

/// The two documents of a text that is such an exchange: where each stands.
pub(super) fn parts(text: &str) -> Option<[Range<usize>; 2]> {
    let bytes = text.as_bytes();
    let start = match bytes.first() {
        Some(b'{') => 0,
        _ => words_before(&bytes[..memchr::memchr(b'\n', bytes)?])?,
    };
    let first = document_end(bytes, start).filter(|end| *end < bytes.len())?;
    let between = bytes[first..].iter().take_while(|b| split::is_between(**b));
    let second = first + between.count();
    let end = second + split::trimmed(&bytes[second..]).len();
    let words = words_before(&bytes[second..end])?;
    let (request, response) = (&bytes[start..first], &bytes[second + words..end]);
    ((words == 0) == (start == 0) && is_request(request) && answers(request, response))
        .then_some([start..first, second + words..end])
}

/// Reads such an exchange.
pub(super) fn read(
    places: &Places<'_>,
    [request, response]: [Range<usize>; 2],
    reader: &mut Reader<'_>,
) {
    let (asked, answered) = (places.at(request.start), places.at(response.start));
    let what = format!(
        "the response at {} follows this request at once and names its model, so the two are taken for one exchange",
        answered.position
    );
    reader.note(asked, what);
    let mut builder = DocumentBuilder::default();
    builder.literal(r#"{"request":"#);
    let map = places.map_of(0..places.text().len());
    builder.copy(places.text(), request, &map);
    builder.literal(r#","response":"#);
    builder.copy(places.text(), response, &map);
    builder.literal("}");
    reader.format.name = NAME;
    reader.push(None, builder, None);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"id":"gen-1","model":"a/b","choices":[{"message":{"role":"assistant","content":"x"}}]}"#;

    #[test]
    fn tells_an_exchange_in_two_documents() {
        let check = |request: &str, response: &str, expected: bool| {
            let text = format!("{request}\n{response}\n");
            assert_eq!(parts(&text).is_some(), expected, "{text}");
        };
        let request = r#"{"model":"a/b","messages":[{"role":"user","content":"choices?"}]}"#;
        check(request, ANSWER, true);
        check(&request.replace("a/b", "a/b:free"), ANSWER, true);
        check(request, &ANSWER.replace("a/b", "a/b-2026-05-06"), true);
        check(request, &ANSWER.replace("a/b", "a/b-0613"), true);
        check(request, &ANSWER.replace("a/b", "a/b-1"), false);
        let haiku = request.replace("a/b", "anthropic/claude-haiku-4.5");
        let dated = ANSWER.replace("a/b", "anthropic/claude-4.5-haiku-20251001");
        check(&haiku, &dated, true);
        let logged = |word: &str, text: &str| format!("10:00:00 INFO app: {word}{text}");
        check(
            &logged("request: ", request),
            &logged("response: ", ANSWER),
            true,
        );
        check(
            &logged("request=", request),
            &logged("response=", ANSWER),
            true,
        );
        check(&logged("request: ", request), ANSWER, false);
        check(request, &ANSWER.replace("a/b", "a/b-mini"), false);
        check(request, &ANSWER.replace("a/b", "a/c"), false);
        check(request, &ANSWER.replace("\"model\":\"a/b\",", ""), false);
        check(request, request, false);
        check(ANSWER, ANSWER, false);
        check(request, &format!("{ANSWER}\n{ANSWER}"), false);
        let answered = request.replace("}]}", "}],\"output\":\"yes\"}");
        check(&answered, ANSWER, false);
        let holds = request.replace("}]}", &format!("}}],\"kept\":{ANSWER}}}"));
        check(&holds, ANSWER, false);
    }
}
