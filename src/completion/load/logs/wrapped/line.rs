//! What a line in a record is: which records may hold one, what stands there around it, and what it is to a stream or a
//! document.

use crate::completion::load::framing;
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::signs::{self, Signs};
use crate::completion::load::streams::{chunks, sse};
use crate::json::{Document, Kind, Value};

/// How far into a record a line is looked for, in a record that is no longer than [`LONGEST`].
const HEAD: usize = 1 << 13;
const LONGEST: usize = 1 << 18;
/// What a log may write before its record.
const LONGEST_PREFIX: usize = 200;
/// What a program may write before each line of a stream.
pub(super) const LONGEST_WORDS: usize = 200;

/// Whether a record may hold a stream's line: nearly every record shows here that it does not.
pub(super) fn may_hold_line(record: &[u8]) -> bool {
    // Two are `data:` in bytes, as the journal writes a line with a control character.
    // Then brackets with which a string ends, as the first line of a document does.
    static SIGNS: Signs<11> = Signs::of([
        "\"data:",
        " data: {\\\"",
        "\"event:",
        "\": OPENROUTER",
        "[100,97,116,97,58,",
        " 100, 97, 116, 97, 58,",
        "{\\n\"",
        "{\",",
        "{\"}",
        "{\"\n",
        "{\" ",
    ]);
    record.len() <= LONGEST
        && !signs::begins_as_sample(record)
        && (SIGNS.any_in(&record[..record.len().min(HEAD)]) || is_part_of_line(record))
}

/// Whether a record of Docker's log is the first part of a line that was too long for it, of JSON or words before some.
pub(super) fn is_part_of_line(record: &[u8]) -> bool {
    /// Docker's buffer has 16 KiB.
    const SHORTEST: usize = 1 << 14;
    let end = || memchr::memmem::rfind(record, b"\",\"stream\":\"");
    record.len() >= SHORTEST
        && record.starts_with(b"{\"log\":\"")
        && end().is_some_and(|end| !record[..end].ends_with(b"\\n"))
}

/// The JSON of a record, perhaps behind what a log wrote before it, and where it begins.
pub(super) fn document(record: &[u8]) -> Option<(usize, Document)> {
    let head = &record[..record.len().min(LONGEST_PREFIX)];
    // Loki's API gives lists of a time and a line.
    let start = match record.starts_with(b"[\"") {
        true => 0,
        false => memchr::memchr(b'{', head)?,
    };
    if document_end(record, start) != Some(record.len()) {
        return None;
    }
    Some((start, framing::document(&record[start..])?))
}

/// Whether a string is one of several that are read together: in a list of lines, or in a list of records. Loki has a time
/// and one line in a list.
pub(super) fn is_one_of_several(string: Value<'_>) -> bool {
    const MOST_OF_LOKI: usize = 2;
    let around = std::iter::successors(string.parent(), |value| value.parent());
    let mut lists = around.filter(|value| value.kind() == Kind::Array && value.len() > 1);
    lists.any(|list| {
        let are_records = list
            .item(0)
            .is_some_and(|first| first.kind().is_container());
        let are_strings = || list.children().all(|item| item.kind() == Kind::String);
        are_records
            || chunks::text_of_list(list).is_some()
            || (list.len() > MOST_OF_LOKI && are_strings())
    })
}

/// Whether a string is part of a prompt or of an answer.
pub(super) fn is_said(string: Value<'_>, has_model: bool) -> bool {
    const SAID: [&str; 12] = [
        "messages",
        "choices",
        "content",
        "prompt",
        "system",
        "instructions",
        "output_text",
        "thinking",
        "reasoning",
        "input",
        "output",
        "tools",
    ];
    let mut around = std::iter::successors(Some(string), |value| value.parent());
    around.any(|value| {
        // A log may call its line so.
        let is_line = value.depth() == 1 && value.kind() == Kind::String && !has_model;
        !is_line && value.raw_key().is_some_and(|key| SAID.contains(&key))
    })
}

/// The field of a transcript in a message: all of it, or what stands behind a few words of a program's own (`recv: data: …`).
pub(super) fn field_of(message: &str) -> &str {
    const FIELDS: [&str; 7] = [
        " data: {",
        " data: [DONE]",
        " : OPENROUTER",
        " event: message_",
        " event: content_block_",
        " event: response.",
        " event: ping",
    ];
    let mut found = FIELDS.iter().filter_map(|field| message.find(field));
    let at = found.find(|at| *at <= LONGEST_WORDS && !message[..*at].contains(['{', '"', '\n']));
    at.map_or(message, |at| &message[at + 1..])
}

/// The last word that stands before the field of a transcript in a message.
pub(super) fn last_word_of(message: &str) -> String {
    let words = message.strip_suffix(field_of(message)).unwrap_or_default();
    let last = words.split_whitespace().next_back();
    last.unwrap_or_default().to_owned()
}

/// The brackets of a document that begins at the end of a line and goes on behind it: alone there, or behind a few words.
pub(super) fn opened_in(line: &str) -> Option<Scanner> {
    const LONGEST_WORDS: usize = 200;
    let bare = line.trim_end();
    let words = bare.strip_suffix('{')?;
    let is_apart = words.is_empty() || words.ends_with([' ', ':', '=', '\t']);
    let is_one = is_apart
        && words.len() <= LONGEST_WORDS
        && !words.starts_with([' ', '\t'])
        && !words.contains(['{', '"', '\n']);
    is_one.then(|| {
        let mut scanner = Scanner::default();
        scanner.follow("{");
        scanner.end_line();
        scanner
    })
}

/// The brackets of a document that begins in the first part of a line, perhaps behind words, and goes on behind it.
pub(super) fn opened_in_part(part: &str) -> Option<Scanner> {
    let brace = part.find('{').filter(|brace| *brace <= LONGEST_WORDS)?;
    let mut scanner = Scanner::default();
    scanner.follow(&part[brace..]);
    let is_one = !part.ends_with('\n') && !part[..brace].contains('"') && scanner.is_open();
    is_one.then_some(scanner)
}

/// Whether a line is one with which a stream begins of one of the APIs.
pub(in crate::completion::load::logs) fn begins_stream(text: &str) -> bool {
    let line = field_of(text).trim();
    if let Some(data) = line.strip_prefix("data:") {
        return framing::document(data.trim().as_bytes())
            .is_some_and(|doc| chunks::is_chunk(doc.root()));
    }
    if let Some(name) = line.strip_prefix("event:") {
        let name = name.trim();
        return ["response.", "message_", "content_block_"]
            .iter()
            .any(|start| name.starts_with(start));
    }
    line == sse::PROCESSING
}

/// Whether a line that a stream may begin with has more than a comment, so that it tells what it is whatever stands beside it.
pub(super) fn brings_more(text: &str) -> bool {
    field_of(text).trim() != sse::PROCESSING
}

/// Whether a line may stand in a transcript.
pub(in crate::completion::load::logs) fn is_of_transcript(text: &str) -> bool {
    let line = field_of(text).trim();
    line.is_empty()
        || [":", "data:", "event:", "id:", "retry:"]
            .iter()
            .any(|start| line.starts_with(start))
}

/// Whether a line is the last one of a stream. What chat sends of tokens comes before it.
pub(super) fn ends_stream(line: &str) -> bool {
    let data = line.trim_start().strip_prefix("data:");
    data.is_some_and(|data| chunks::is_end(data.trim()))
}
