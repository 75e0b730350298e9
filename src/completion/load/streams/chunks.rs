//! Chunks of a stream without the stream around them: one JSON a line, items of an array, or one after
//! another, as SDKs and logs write them down.

use std::borrow::Cow;

use super::sse::{self, SseEvent};
use crate::completion::load::framing;
use crate::completion::load::framing::scan::Scanner;
use crate::completion::load::framing::split;
use crate::completion::load::signs::{self, Signs};
use crate::json::{Kind, Value};

/// How far into a record a chunk shows what it is.
const HEAD: usize = 1024;
/// The same from its end.
const TAIL: usize = 80;

/// Whether a text begins with a chunk of a stream, or with a list of them.
pub fn begins_with_one(text: &str) -> bool {
    let text = text.trim_start_matches(is_between);
    let looks_like_one = text.starts_with('{') && looks_like_chunk(text.as_bytes());
    let document = |(_, text): (usize, &str)| framing::document(text.as_bytes());
    if !looks_like_one {
        return false;
    }
    let mut documents = Split { text, at: 0 }.map(document);
    match documents.next() {
        Some(Some(first)) if is_error(first.root()) => {
            let second = documents.next().flatten();
            second.is_some_and(|second| is_chunk(second.root()))
        }
        Some(Some(first)) => is_chunk(first.root()),
        _ => false,
    }
}

/// Whether a document tells of an error and is no chunk; one may stand before the chunks.
fn is_error(value: Value<'_>) -> bool {
    value.get_some("error").is_some() && !is_chunk(value)
}

/// Whether a record may be a chunk: its beginning has what a chunk's has, or its end, where some programs
/// write the type. For nearly every record that is none this tells.
fn looks_like_chunk(record: &[u8]) -> bool {
    static SIGNS: Signs<7> = Signs::of([
        "\"delta\"",
        "chat.completion.chunk",
        "text_completion",
        "\"response.",
        "\"message_",
        "\"content_block",
        "\"ping\"",
    ]);
    let (head, rest) = record.split_at(record.len().min(HEAD));
    let tail = &rest[rest.len().saturating_sub(TAIL)..];
    !signs::begins_as_sample(record) && (SIGNS.any_in(head) || SIGNS.any_in(tail))
}

/// Whether a value is a chunk, or a list that begins with one, perhaps behind the error that came before it.
pub fn are_chunks(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Array => {
            let mut items = value.children();
            let first = items.next();
            let chunk = match first.is_some_and(is_error) {
                true => items.next(),
                false => first,
            };
            chunk.is_some_and(is_chunk)
        }
        Kind::Object => is_chunk(value),
        _ => false,
    }
}

/// Whether a line or an item is a chunk by itself, so that it belongs together with those beside it.
pub fn is_one(record: &[u8]) -> bool {
    let record = record.strip_prefix(split::MARK).unwrap_or(record);
    looks_like_chunk(record) && framing::document(record).is_some_and(|doc| is_chunk(doc.root()))
}

/// Whether a record is an event of a vendor's SDK that stands between the chunks of a stream and repeats what they
/// bring: Anthropic's message streams and OpenAI's completion streams hand out both. Source: the SDKs for Python and
/// JavaScript.
pub fn is_beside(record: &[u8]) -> bool {
    static SIGNS: Signs<4> =
        Signs::of(["\"snapshot\"", "\"content.", "\"refusal.", "\"tool_calls."]);
    // A signature has no snapshot; the event is short.
    let may_be = SIGNS.any_in(record)
        || memchr::memmem::find(&record[..record.len().min(HEAD)], b"\"signature\"").is_some();
    may_be && framing::document(record).is_some_and(|doc| is_of_sdk(doc.root()))
}

fn is_of_sdk(value: Value<'_>) -> bool {
    let kind = value.get("type").and_then(Value::str).unwrap_or_default();
    let has = |key: &str| value.get(key).is_some();
    match kind.as_ref() {
        "text" | "thinking" | "citation" | "input_json" | "content" => has("snapshot"),
        "signature" => has("signature"),
        "content.delta" | "refusal.delta" => has("snapshot"),
        "content.done" => has("content"),
        "refusal.done" => has("refusal"),
        "tool_calls.function.arguments.delta" | "tool_calls.function.arguments.done" => {
            has("arguments")
        }
        _ => kind.starts_with("logprobs."),
    }
}

/// The chunk itself: OpenAI's SDKs hand it out with what there is of the answer so far.
pub fn bare(value: Value<'_>) -> Value<'_> {
    let is_handed_out = || {
        let kind = value.get("type").and_then(Value::str);
        kind.is_some_and(|kind| kind == "chunk")
    };
    let chunk = value.get("chunk").filter(|_| is_handed_out());
    chunk.unwrap_or(value)
}

/// Whether a transcript begins with an event that none but the first of a stream is.
pub fn begins_another(transcript: &str) -> bool {
    let mut data = transcript.lines().filter_map(sse::data_of);
    data.next().is_some_and(begins_one)
}

/// Whether an event is the first of a stream and can be no other.
pub fn begins_one(data: &str) -> bool {
    static FIRST: Signs<2> = Signs::of(["\"message_start\"", "\"response.created\""]);
    FIRST.any_in(data.as_bytes())
}

/// Whether the data of an event, or a chunk, ends a stream. What chat sends of tokens comes before that.
pub fn is_end(data: &str) -> bool {
    // A text that speaks of them has its quotes behind backslashes.
    static ENDS: Signs<5> = Signs::of([
        "\"message_stop\"",
        "\"response.completed\"",
        "\"response.incomplete\"",
        "\"response.failed\"",
        "\"response.done\"",
    ]);
    data == sse::DONE || ENDS.any_in(data.as_bytes())
}

/// Whether a record is the last chunk of the stream whose chunk before it this is: that of a text completion looks like
/// a whole one, but has the id of the one before, or none as that has.
pub fn ends(before: &[u8], record: &[u8]) -> bool {
    let is_text = |part: &[u8]| memchr::memmem::find(part, b"text_completion").is_some();
    let id = |part: &[u8]| {
        let first = std::str::from_utf8(part).ok()?;
        let first = Split { text: first, at: 0 }.next()?.1;
        let doc = framing::document(first.as_bytes())?;
        let id = doc.root().get("id").and_then(Value::non_empty_str);
        Some(id.map(Cow::into_owned))
    };
    is_text(record) && is_text(before) && id(record).is_some_and(|last| id(before) == Some(last))
}

/// Whether a value may be the last chunk of a text completion, which looks like a whole one, or has but the tokens.
pub fn may_be_last_of_text(value: Value<'_>) -> bool {
    let object = value.get("object").and_then(Value::str);
    let is_of_text = |choices: Value<'_>| match choices.item(0) {
        Some(choice) => choice.get("text").is_some(),
        None => choices.kind() == Kind::Array && value.get_some("usage").is_some(),
    };
    object.is_some_and(|object| object == "text_completion")
        && value.get("choices").is_some_and(is_of_text)
}

/// The text of a stream that stands in a list, each chunk or each line of it by itself.
pub fn text_of_list(list: Value<'_>) -> Option<Cow<'_, str>> {
    if are_chunks(list) {
        return Some(Cow::Borrowed(list.raw()));
    }
    if let Some(text) = text_of_records(list) {
        return Some(Cow::Owned(text));
    }
    if list.kind() != Kind::Array || list.children().any(|line| line.kind() != Kind::String) {
        return None;
    }
    let lines: Vec<Cow<'_, str>> = list.children().filter_map(Value::str).collect();
    let first = lines.iter().find(|line| !line.trim().is_empty())?;
    let is_line = super::sse::is_transcript(first) || is_one(first.trim().as_bytes());
    let is_field = |line: &Cow<'_, str>| line.trim().is_empty() || super::sse::is_transcript(line);
    let joint = if !lines.iter().any(|line| line.contains('\n')) {
        "\n"
    } else if lines.iter().all(is_field) && !lines.iter().any(|line| line.ends_with('\n')) {
        // A transcript taken apart at its blank lines.
        "\n\n"
    } else {
        // Pieces of a body have the newlines that they came with, and may end anywhere.
        ""
    };
    is_line.then(|| Cow::Owned(lines.join(joint)))
}

/// The chunks that the records of a list hold, one each beside a time or the name of an event, as what reads a transcript for
/// a program hands its events out.
fn text_of_records(list: Value<'_>) -> Option<String> {
    /// Comments may stand before the first.
    const LOOKED_AT: usize = 4;
    let mut first = list.children().take(LOOKED_AT);
    let is_one = list.item(0)?.kind() == Kind::Object
        && first.any(|record| chunk_of_record(record).is_some());
    if !is_one {
        return None;
    }
    let mut text = String::new();
    for record in list.children() {
        match chunk_of_record(record) {
            Some(chunk) => text.push_str(&chunk),
            // A comment, an event that brings nothing.
            None if memchr::memchr(b'{', &record.raw().as_bytes()[1..]).is_none() => continue,
            None => return None,
        }
        text.push('\n');
    }
    Some(text)
}

/// The chunk that one member of a record is, or holds in a string.
fn chunk_of_record(record: Value<'_>) -> Option<Cow<'_, str>> {
    /// Of a message, and of a record that has its request.
    const OTHERS: [&str; 5] = ["role", "messages", "prompt", "input", "request"];
    let is_other = |key: &str| OTHERS.contains(&key);
    let mut found = None;
    for member in record.children() {
        let chunk = match member.kind() {
            _ if is_other(member.raw_key().unwrap_or_default()) => return None,
            Kind::Object if is_chunk(member) => Some(Cow::Borrowed(member.raw())),
            Kind::String => chunk_in_string(member).map(Cow::Owned),
            _ => None,
        };
        match chunk {
            Some(_) if found.is_some() => return None,
            Some(chunk) => found = Some(chunk),
            // What there was of the answer so far.
            None if member.raw_key() == Some("snapshot") => {}
            None if member.kind().is_container() && !member.is_empty() => return None,
            None => {}
        }
    }
    found
}

/// The chunk that a string holds as JSON, or the end of the stream.
fn chunk_in_string(string: Value<'_>) -> Option<String> {
    let raw = string.raw_str()?.trim_start();
    if !raw.starts_with(['{', '[']) {
        return None;
    }
    let text = string.str()?;
    let text = text.trim();
    (text == sse::DONE || is_one(text.as_bytes())).then(|| text.replace(['\n', '\r'], " "))
}

/// Whether a value is a chunk of one of the APIs' streams, told by itself.
pub fn is_chunk(value: Value<'_>) -> bool {
    let value = bare(value);
    let text = |key: &str| value.get(key).and_then(Value::str).unwrap_or_default();
    let has = |keys: &[&str]| keys.iter().any(|key| value.get_some(key).is_some());
    // The envelope has none of what tells a chunk.
    let tells = |member: Value<'_>| matches!(member.raw_key(), Some("type" | "object" | "choices"));
    if !value.children().any(tells) {
        return false;
    }
    let kind = text("type");
    if kind.starts_with("response.") {
        // Webhooks of others are called so, with a status that is a number.
        let status = value.get("response").and_then(|it| it.get_some("status"));
        if status.is_some_and(|status| status.kind() != Kind::String) {
            return false;
        }
        return has(&[
            "sequence_number",
            "sequenceNumber",
            "response",
            "item",
            "part",
            "delta",
            "output_index",
            "item_id",
        ]);
    }
    match kind.as_ref() {
        "message_start" => return has(&["message"]),
        "content_block_start" => return has(&["content_block"]),
        "content_block_delta" => return has(&["delta"]),
        "content_block_stop" => return has(&["index"]),
        "message_delta" => return has(&["delta", "usage"]),
        "message_stop" | "ping" => return value.len() <= 3,
        _ => {}
    }
    let choice = value.get("choices").and_then(|choices| choices.item(0));
    let is_object = |value: Value<'_>| value.kind() == Kind::Object;
    match text("object").as_ref() {
        "chat.completion.chunk" => true,
        // Perplexity's last chunk is `done`.
        "" | "chat.completion" | "chat.completion.done" => choice.is_some_and(|choice| {
            choice.get("delta").is_some_and(is_object) && choice.get_some("message").is_none()
        }),
        "text_completion" => choice.is_some_and(|choice| {
            choice.get("text").is_some() && choice.get("finish_reason").is_some_and(Value::is_null)
        }),
        _ => false,
    }
}

/// Whether a chunk goes on with the stream of the one before it, where something else stands between the two: it names the
/// same generation, or none as most events of two APIs do.
pub fn goes_on(before: &[u8], record: &[u8]) -> bool {
    let id = |chunk: &[u8]| {
        let doc = framing::document(chunk)?;
        let root = bare(doc.root());
        let holders = [Some(root), root.get("message"), root.get("response")];
        let mut ids = holders.into_iter().flatten().filter_map(|at| at.get("id"));
        Some(ids.find_map(Value::non_empty_str)?.into_owned())
    };
    let begins = |sign: &str| memchr::memmem::find(record, sign.as_bytes()).is_some();
    match (id(before), id(record)) {
        (Some(before), Some(id)) => before == id,
        (None, Some(_)) => !begins("\"message_start\"") && !begins("\"response.created\""),
        (_, None) => true,
    }
}

/// The chunks of a text, each as an event. Words between them, as a log has some, are none.
pub fn read(text: &str) -> impl Iterator<Item = SseEvent<'_>> {
    let documents = Split { text, at: 0 };
    let is_one = |chunk: &str| chunk.starts_with(['{', '"']) || chunk == sse::DONE;
    let mut is_behind_gap = false;
    documents.filter_map(move |(offset, chunk)| {
        if offset > 0 && !is_one(chunk) {
            is_behind_gap |= sse::is_gap(chunk);
            return None;
        }
        let mut event = SseEvent::of(chunk, offset);
        event.is_behind_gap = std::mem::take(&mut is_behind_gap);
        Some(event)
    })
}

/// What may stand between two documents: white space, commas, record separators, an array's brackets.
fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '[' | ']' | '\u{1e}' | '\u{feff}')
}

/// The documents of a text with their offsets. One that breaks off ends with its line.
struct Split<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Split<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<(usize, &'t str)> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start_matches(is_between).len());
        let rest = &self.text[start..];
        if rest.is_empty() {
            return None;
        }
        let mut brackets = Scanner::default();
        let mut end = 0;
        while end < rest.len() {
            let (length, is_closed) = brackets.follow_line(&rest[end..]);
            end += length;
            // Neither a word nor a string goes on behind a line's end.
            if is_closed || brackets.is_in_string() || !brackets.is_open() {
                break;
            }
        }
        self.at = start + end;
        Some((start, rest[..end].trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_documents() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = Split { text, at: 0 }.map(|(_, chunk)| chunk).collect();
            assert_eq!(found, expected, "{text:?}");
            for (offset, chunk) in (Split { text, at: 0 }) {
                assert!(text[offset..].starts_with(chunk), "{text:?}");
            }
        };
        check("", &[]);
        check(
            " {\"a\":1}\n\n{\"b\":\"}\"}",
            &["{\"a\":1}", "{\"b\":\"}\"}"],
        );
        check("[{\"a\":1},\n {\"b\":2}]", &["{\"a\":1}", "{\"b\":2}"]);
        check(
            "{\"a\":1}{\"b\":2}\u{1e}{}",
            &["{\"a\":1}", "{\"b\":2}", "{}"],
        );
        check(
            "{\n \"a\": [\n 1]\n}\n{\"b\":2}",
            &["{\n \"a\": [\n 1]\n}", "{\"b\":2}"],
        );
        // What breaks off within a string hides nothing behind its line.
        check("{\"a\":\"x\n{\"b\":2}", &["{\"a\":\"x", "{\"b\":2}"]);
        check("word\n{\"b\":2} x", &["word", "{\"b\":2}", "x"]);
    }

    #[test]
    fn knows_chunks_by_themselves() {
        let check = |text: &str, expected: bool| {
            assert_eq!(begins_with_one(text), expected, "{text}");
        };
        check(
            r#"{"id":"gen-1","object":"chat.completion.chunk","choices":[]}"#,
            true,
        );
        check(r#"[ {"choices":[{"delta":{"content":"a"}}]}]"#, true);
        check(
            r#"{"choices":[{"text":" a","finish_reason":null}],"object":"text_completion"}"#,
            true,
        );
        check(r#"{"type":"response.created","response":{}}"#, true);
        check(r#"{"type":"message_start","message":{}}"#, true);
        check(r#"{"type":"ping"}"#, true);
        check(
            r#"{"type":"chunk","chunk":{"choices":[{"delta":{"content":"a"}}]},"snapshot":{"choices":[]}}"#,
            true,
        );
        check(r#"{"type":"chunk","chunk":{"text":"\"delta\""}}"#, false);
        let long = "x".repeat(1000);
        check(
            &format!(r#"{{"response":{{"instructions":"{long}"}},"type":"response.created"}}"#),
            true,
        );
        // Whole answers, samples, other things.
        check(
            r#"{"choices":[{"text":" a","finish_reason":"stop"}],"object":"text_completion"}"#,
            false,
        );
        check(
            r#"{"object":"chat.completion","choices":[{"message":{"content":"a"},"delta":{}}]}"#,
            false,
        );
        check(
            r#"{"response":{"choices":[{"delta":{"content":"a"}}]}}"#,
            false,
        );
        check(r#"{"type":"response.created"}"#, false);
        check(
            r#"{"type":"response.created","response":{"status":200}}"#,
            false,
        );
        check(r#"{"type":"message","content":"\"delta\""}"#, false);
        check(r#"{"delta":1"#, false);
    }
}
