//! Lines of a transcript each of which stands in a JSON record of its own, as containers, the journal and
//! structured logs keep what a program prints: `{"log":"data: {…}\n","stream":"stdout"}`.
//!
//! Such records are one stream. Other records of the same log may stand between them while the stream is not
//! over; each of those is read by itself. Docker cuts a long line into several records, of which only the last
//! one ends with a newline.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use crate::completion::load::formats::LOG;
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::framing::split;
use crate::completion::load::logs::entries::Entries;
use crate::completion::load::logs::journal;
use crate::completion::load::logs::log_prefix::LoggedText;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::chunks;
use crate::completion::source_map::Places;
use crate::json::{Document, Kind, Limits, Value};

/// How far into a record a line is looked for, in a record that is no longer than [`LONGEST`].
const HEAD: usize = 1 << 13;
const LONGEST: usize = 1 << 18;
/// What a log may write before its record.
const LONGEST_PREFIX: usize = 200;
/// How deep in a record the string may stand that holds the line.
const DEEPEST: usize = 3;
/// Records of other things between two lines of a stream.
const MOST_BETWEEN: usize = 64;
/// What OpenRouter sends before the first chunk.
const PROCESSING: &str = ": OPENROUTER PROCESSING";

/// Records that are the lines of streams, as they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct LineRun {
    /// The pointer of the string that holds the line.
    pointer: String,
    /// Whether lines end with a newline, so that one without it goes on in the next record.
    has_newlines: bool,
    goes_on: bool,
    /// Whether the last line ended a stream.
    is_over: bool,
    /// Other records since the last line.
    between: usize,
}

/// What a record is to the run before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) enum Continuation {
    /// The next line, with a newline where it ends, and where in the record its string begins.
    Line(String, usize),
    /// Something else, behind which the stream may go on.
    Between,
    /// What follows the run.
    Not,
}

impl LineRun {
    /// The run that begins with a record, and its first line.
    pub fn begin(record: &[u8]) -> Option<(LineRun, Continuation)> {
        if !may_hold_line(record) {
            return None;
        }
        let (at, doc) = document(record)?;
        let strings = doc
            .root()
            .descendants()
            .filter(|value| depth(*value) <= DEEPEST);
        let is_list = |value: &Value<'_>| {
            let first = value.item(0).map(Value::kind);
            value.kind() == Kind::Array && first == Some(Kind::Number)
        };
        let mut strings = strings.filter(|value| value.kind() == Kind::String || is_list(value));
        let string = strings
            .find(|string| journal::text(*string).is_some_and(|text| begins_stream(&text)))?;
        let mut run = LineRun {
            pointer: string.pointer(),
            has_newlines: false,
            goes_on: false,
            is_over: false,
            between: 0,
        };
        let line = run.line(&journal::text(string)?, at + string.span().start);
        Some((run, line))
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &[u8]) -> Continuation {
        if let Some((at, doc)) = document(record)
            && let Some(string) = doc.resolve(&self.pointer)
            && let Some(text) = journal::text(string)
            && (self.goes_on || is_of_transcript(&text))
        {
            return self.line(&text, at + string.span().start);
        }
        self.between += 1;
        match self.is_over || self.between > MOST_BETWEEN {
            true => Continuation::Not,
            false => Continuation::Between,
        }
    }

    fn line(&mut self, text: &str, at: usize) -> Continuation {
        let text = if self.goes_on { text } else { field_of(text) };
        let is_ended = text.ends_with('\n');
        self.has_newlines |= is_ended;
        self.goes_on = self.has_newlines && !is_ended;
        self.between = 0;
        if !text.trim().is_empty() {
            self.is_over = ends_stream(text);
        }
        let mut line = text.to_owned();
        if !is_ended && !self.goes_on {
            line.push('\n');
        }
        Continuation::Line(line, at)
    }
}

/// Whether a record may hold a stream's line: nearly every record shows here that it does not.
fn may_hold_line(record: &[u8]) -> bool {
    // The last two are `data:` in bytes, as the journal writes a line with a control character.
    const SIGNS: [&str; 6] = [
        "\"data:",
        " data: {\\\"",
        "\"event:",
        "\": OPENROUTER",
        "[100,97,116,97,58,",
        " 100, 97, 116, 97, 58,",
    ];
    static FINDERS: LazyLock<[Finder<'_>; 6]> = LazyLock::new(|| SIGNS.map(Finder::new));
    // A sample begins with these.
    let first = record.strip_prefix(b"{\"").unwrap_or_default();
    if record.len() > LONGEST || first.starts_with(b"request\"") || first.starts_with(b"name\"") {
        return false;
    }
    let head = &record[..record.len().min(HEAD)];
    FINDERS.iter().any(|sign| sign.find(head).is_some())
}

/// The JSON of a record, perhaps behind what a log wrote before it, and where it begins.
fn document(record: &[u8]) -> Option<(usize, Document)> {
    let head = &record[..record.len().min(LONGEST_PREFIX)];
    // Loki's API gives lists of a time and a line.
    let start = match record.starts_with(b"[\"") {
        true => 0,
        false => memchr::memchr(b'{', head)?,
    };
    if document_end(record, start) != Some(record.len()) {
        return None;
    }
    let text = std::str::from_utf8(&record[start..]).ok()?;
    let doc = Document::parse(Arc::from(text), Limits::default()).ok()?;
    Some((start, doc))
}

fn depth(value: Value<'_>) -> usize {
    std::iter::successors(value.parent(), |value| value.parent()).count()
}

/// The field of a transcript in a message: all of it, or what stands behind a few words of a program's own (`recv: data: …`).
fn field_of(message: &str) -> &str {
    const LONGEST_WORDS: usize = 60;
    const FIELDS: [&str; 3] = [" data: {", " data: [DONE]", " : OPENROUTER"];
    let mut found = FIELDS.iter().filter_map(|field| message.find(field));
    let at = found.find(|at| *at <= LONGEST_WORDS && !message[..*at].contains(['{', '"', '\n']));
    at.map_or(message, |at| &message[at + 1..])
}

/// The lines of a stream that stand in the items of a list, each with a newline and where in its item it stands; `None` for
/// an item that is none of them. There are two at least.
pub(in crate::completion::load) fn lines_of_items<'r>(
    items: impl Iterator<Item = &'r [u8]>,
) -> Option<Vec<Option<(String, usize)>>> {
    let mut items = items.peekable();
    match items.peek()?.first()? {
        b'"' => return lines_of_strings(items),
        b'{' | b'[' => {}
        _ => return None,
    }
    let mut run: Option<LineRun> = None;
    let mut lines = Vec::new();
    for item in items {
        let belongs = match &mut run {
            Some(run) => run.take(item),
            None => match LineRun::begin(item) {
                Some((begun, line)) => {
                    run = Some(begun);
                    line
                }
                None => Continuation::Not,
            },
        };
        lines.push(match belongs {
            Continuation::Line(line, at) => Some((line, at)),
            Continuation::Between | Continuation::Not => None,
        });
    }
    (lines.iter().flatten().count() > 1).then_some(lines)
}

/// The same of a list of strings, each of which is a line.
fn lines_of_strings<'r>(
    items: impl Iterator<Item = &'r [u8]>,
) -> Option<Vec<Option<(String, usize)>>> {
    let mut lines = Vec::new();
    let mut is_stream = false;
    for item in items {
        let item = std::str::from_utf8(item).ok()?;
        let doc = Document::parse(Arc::from(item), Limits::default()).ok()?;
        let line = doc.root().str()?;
        // Each that holds anything is one, or this is some other list.
        if !is_of_transcript(&line) {
            return None;
        }
        is_stream |= begins_stream(&line);
        lines.push(Some((format!("{}\n", line.trim_end_matches('\n')), 0)));
    }
    (is_stream && lines.len() > 1).then_some(lines)
}

/// Whether a line is one with which a stream begins of one of the APIs.
pub(super) fn begins_stream(text: &str) -> bool {
    let line = field_of(text).trim();
    if let Some(data) = line.strip_prefix("data:") {
        return Document::parse(Arc::from(data.trim()), Limits::default())
            .is_ok_and(|doc| chunks::is_chunk(doc.root()));
    }
    if let Some(name) = line.strip_prefix("event:") {
        let name = name.trim();
        return ["response.", "message_", "content_block_"]
            .iter()
            .any(|start| name.starts_with(start));
    }
    line == PROCESSING
}

/// Whether a line may stand in a transcript.
pub(super) fn is_of_transcript(text: &str) -> bool {
    let line = field_of(text).trim();
    line.is_empty()
        || [":", "data:", "event:", "id:", "retry:"]
            .iter()
            .any(|start| line.starts_with(start))
}

/// Whether a line is the last one of a stream. What chat sends of tokens comes before it.
fn ends_stream(line: &str) -> bool {
    const ENDS: [&str; 5] = [
        "[DONE]",
        "\"message_stop\"",
        "\"response.completed\"",
        "\"response.incomplete\"",
        "\"response.failed\"",
    ];
    let data = line.trim_start().strip_prefix("data:").unwrap_or_default();
    let head: Cow<'_, [u8]> = Cow::Borrowed(&data.as_bytes()[..data.len().min(HEAD)]);
    ENDS.iter()
        .any(|end| memchr::memmem::find(&head, end.as_bytes()).is_some())
}

/// Whether such a record is the first of a stream.
pub(in crate::completion::load) fn begins(record: &str) -> bool {
    LineRun::begin(split::trimmed(record.as_bytes())).is_some()
}

/// Whether a text begins with such a record, and goes on behind it.
pub(in crate::completion::load) fn begins_with_one(text: &str) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    line.len() < text.len() && begins(line)
}

/// Reads such records.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let mut entries = Entries::of(places);
    let stream = entries.begin(0);
    let mut run: Option<LineRun> = None;
    let mut count = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lead = line
            .bytes()
            .take_while(|byte| split::is_between(*byte))
            .count();
        let record = split::trimmed(&line.as_bytes()[lead..]);
        let range = at + lead..at + lead + record.len();
        at += line.len();
        let belongs = match &mut run {
            Some(run) => run.take(record),
            None => match LineRun::begin(record) {
                Some((begun, line)) => {
                    run = Some(begun);
                    line
                }
                None => Continuation::Not,
            },
        };
        match belongs {
            Continuation::Line(line, string) => {
                entries.append(stream, &range, &LoggedText::Held(string, line), "");
                count += 1;
            }
            Continuation::Between | Continuation::Not if record.is_empty() => {}
            Continuation::Between | Continuation::Not => entries.line(range),
        }
    }
    let pointer = run.map(|run| run.pointer).unwrap_or_default();
    let what = format!("a stream, put together from {pointer} of {count} records");
    reader.note(places.at(0), what);
    reader.format.within = reader.format.within.or(Some(LOG));
    entries.read_as_one(reader);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_line(belongs: &Continuation, expected: &str) -> bool {
        matches!(belongs, Continuation::Line(line, _) if line == expected)
    }

    #[test]
    fn follows_lines_in_records() {
        let chunk = r#"data: {\"choices\":[{\"delta\":{}}]}"#;
        let begin = |record: &str| LineRun::begin(record.as_bytes());
        let bytes = |between: &str| {
            let line = chunk.replace('\\', "");
            let bytes = line.bytes().map(|byte| byte.to_string());
            bytes.collect::<Vec<_>>().join(between)
        };
        for record in [
            format!(r#"{{"log":"{chunk}\n","stream":"stdout"}}"#),
            format!(r#"{{"PRIORITY":"6","MESSAGE":"{chunk}"}}"#),
            format!(r#"2026-05-06T01:35:13.1Z stdout F {{"level":30,"x":{{"msg":"{chunk}"}}}}"#),
            r#"{"msg":"event: message_start"}"#.to_owned(),
            r#"{"msg":": OPENROUTER PROCESSING"}"#.to_owned(),
            format!(r#"{{"MESSAGE":[ {} ]}}"#, bytes(", ")),
            format!(r#"{{"MESSAGE":[{}]}}"#, bytes(",")),
        ] {
            assert!(begin(&record).is_some(), "{record}");
        }
        for record in [
            r#"{"msg":"data: {\"temperature\":20}"}"#.to_owned(),
            r#"{"msg":"data: loaded"}"#.to_owned(),
            r#"{"msg":"event: click"}"#.to_owned(),
            format!(r#"{{"msg":"{chunk}"}} and more"#),
        ] {
            assert!(begin(&record).is_none(), "{record}");
        }
        let (mut run, first) = begin(&format!(r#"{{"log":"{chunk}\n"}}"#)).expect("a run");
        assert!(matches!(first, Continuation::Line(_, 7)));
        let mut take = |record: &str| run.take(record.as_bytes());
        assert!(is_line(&take(r#"{"log":"\n"}"#), "\n"));
        assert!(is_line(&take(r#"{"log":"data: {\"a"}"#), "data: {\"a"));
        assert!(is_line(&take(r#"{"log":"\":1}\n"}"#), "\":1}\n"));
        assert_eq!(take(r#"{"log":"GET /health\n"}"#), Continuation::Between);
        assert_eq!(take("words"), Continuation::Between);
        assert!(is_line(
            &take(r#"{"log":"data: [DONE]\n"}"#),
            "data: [DONE]\n"
        ));
        assert_eq!(take(r#"{"log":"GET /health\n"}"#), Continuation::Not);
    }
}
