//! Lines of a transcript each of which stands in a JSON record of its own, as containers, the journal and
//! structured logs keep what a program prints: `{"log":"data: {…}\n","stream":"stdout"}`.
//!
//! Such records are one stream. Other records of the same log may stand between them while the stream is not
//! over; each of those is read by itself. Docker cuts a long line into several records, of which only the last
//! one ends with a newline.
//!
//! A document that was printed over several lines stands in such records too, one for each of its lines.

mod line;

use std::borrow::Cow;

pub(super) use line::{begins_stream, is_of_transcript};

use crate::completion::load::consecutive::{self, Asked, MOST_WORDS};
use crate::completion::load::formats::{self, LOG};
use crate::completion::load::framing::scan::Scanner;
use crate::completion::load::framing::split;
use crate::completion::load::logs::beside::{DEEPEST, depth, holds_exchange, is_alone};
use crate::completion::load::logs::chunk;
use crate::completion::load::logs::entries::Entries;
use crate::completion::load::logs::journal;
use crate::completion::load::logs::log_prefix::LoggedText;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Kind, Value};
use line::{
    LONGEST_WORDS, brings_more, document, ends_stream, field_of, is_one_of_several,
    is_part_of_line, is_said, last_word_of, may_hold_line, opened_in, opened_in_part,
};

/// Records of other things between two lines of a stream.
const MOST_BETWEEN: usize = 64;
/// The same of a stream that has gone on for long: what a busy server writes while one stream pauses.
const LONGEST_PAUSE: usize = 1 << 14;

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
    /// How many there may be: the more, the longer the stream has gone on, so that the time stays linear.
    most_between: usize,
    /// Of a document, how far its brackets are closed.
    document: Option<Scanner>,
    /// The last of a program's own words before each line of the stream: `recv:`.
    word: String,
}

/// What a record is to the run before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) enum Continuation {
    /// The next line, with a newline where it ends, and where in the record its string begins.
    Line(String, usize),
    /// The next line of a document that has not ended, and may never do so.
    Open(String, usize),
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
        let is_part = is_part_of_line(record);
        let opened = |text: &str| {
            let in_part = || opened_in_part(text).filter(|_| is_part);
            opened_in(text).or_else(in_part)
        };
        let begins = |text: &str| begins_stream(text) || opened(text).is_some();
        let has_model = doc.root().get("model").is_some();
        let strings = doc
            .root()
            .descendants()
            .filter(|value| depth(*value) <= DEEPEST);
        let is_list = |value: &Value<'_>| {
            let first = value.item(0).map(Value::kind);
            value.kind() == Kind::Array && first == Some(Kind::Number)
        };
        // What somebody says in a conversation is no line of a log, even where it shows a stream, and neither is what stands
        // beside it.
        if formats::of_value(doc.root()).is_some()
            || holds_exchange(doc.root())
            || consecutive::has_request(record)
        {
            return None;
        }
        let mut strings = strings.filter(|value| value.kind() == Kind::String || is_list(value));
        let string = strings.find(|string| {
            journal::text(*string).is_some_and(|text| {
                begins(&text) && (brings_more(&text) || is_alone(doc.root(), *string))
            }) && !is_said(*string, has_model)
                && !is_one_of_several(*string)
        })?;
        let text = journal::text(string)?;
        let mut run = LineRun {
            pointer: string.pointer(),
            // The first part of a line has none, and the last one has.
            has_newlines: is_part,
            goes_on: false,
            is_over: false,
            between: 0,
            most_between: MOST_BETWEEN,
            document: None,
            word: last_word_of(&text),
        };
        if !begins_stream(&text) {
            run.document = opened(&text);
        }
        let line = run.line(&text, at + string.span().start);
        Some((run, line))
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &[u8]) -> Continuation {
        if self.document.is_some() {
            return self.take_of_document(record);
        }
        if let Some((at, doc)) = document(record)
            && let Some(string) = doc.resolve(&self.pointer)
            && let Some(text) = journal::text(string)
            && (self.goes_on || is_of_transcript(&text) || self.are_words_alone(&text))
            && (self.goes_on
                || (begins_stream(&text) && brings_more(&text))
                || is_alone(doc.root(), string))
        {
            let text = match self.goes_on || is_of_transcript(&text) {
                true => text,
                false => Cow::Borrowed("\n"),
            };
            return self.line(&text, at + string.span().start);
        }
        self.between += 1;
        match self.is_over || self.between > self.most_between {
            true => Continuation::Not,
            false => Continuation::Between,
        }
    }

    /// The same, where the run is a document. Each line behind its first is indented, or closes brackets.
    fn take_of_document(&mut self, record: &[u8]) -> Continuation {
        let held = document(record).and_then(|(at, doc)| {
            let string = doc.resolve(&self.pointer)?;
            Some((
                journal::text(string)?.into_owned(),
                at + string.span().start,
            ))
        });
        let Some((text, at)) = held else {
            self.between += 1;
            return match self.is_over || self.between > self.most_between {
                true => Continuation::Not,
                false => Continuation::Between,
            };
        };
        let is_inside = self.goes_on || text.starts_with([' ', '\t', '}', ']', '\n', '\r']);
        let Some(scanner) = self
            .document
            .as_mut()
            .filter(|_| is_inside && !self.is_over)
        else {
            return Continuation::Not;
        };
        scanner.follow(&text);
        self.is_over = scanner.is_closed();
        if text.ends_with('\n') || !self.has_newlines {
            scanner.end_line();
        }
        let is_over = self.is_over;
        match self.line(&text, at) {
            Continuation::Line(line, at) if !is_over => Continuation::Open(line, at),
            line => line,
        }
    }

    /// Whether a message has nothing but the words that stand before each line: a blank line of the stream.
    fn are_words_alone(&self, text: &str) -> bool {
        let text = text.trim();
        text.len() <= LONGEST_WORDS
            && !self.word.is_empty()
            && text.ends_with(&self.word)
            && !text.contains(['{', '"'])
    }

    /// Whether it is a document that hasn't ended.
    pub(super) fn is_open_document(&self) -> bool {
        self.document.is_some() && !self.is_over
    }

    fn line(&mut self, text: &str, at: usize) -> Continuation {
        let is_plain = self.goes_on || self.document.is_some();
        let text = if is_plain { text } else { field_of(text) };
        let is_ended = text.ends_with('\n');
        self.has_newlines |= is_ended;
        self.goes_on = self.has_newlines && !is_ended;
        self.between = 0;
        self.most_between = LONGEST_PAUSE.min(self.most_between + MOST_BETWEEN);
        if !text.trim().is_empty() && self.document.is_none() {
            self.is_over = ends_stream(text);
        }
        let mut line = text.to_owned();
        if !is_ended && !self.goes_on {
            line.push('\n');
        }
        Continuation::Line(line, at)
    }
}

/// Whether such a record is the first of a stream.
pub(in crate::completion::load) fn begins(record: &str) -> bool {
    LineRun::begin(split::trimmed(record.as_bytes())).is_some()
}

/// Whether a text begins with such a record, perhaps behind that of its request, and goes on behind it.
pub(in crate::completion::load) fn begins_with_one(text: &str) -> bool {
    let mut lines = text.split('\n');
    let line = lines.next().unwrap_or_default();
    if line.len() == text.len() {
        return false;
    }
    let is_asked = || Asked::by(split::trimmed(line.as_bytes())).is_some();
    let is_field = |line: &&str| {
        let message = chunk::message_of(split::trimmed(line.as_bytes()));
        chunk::is_field_behind_words(message.as_bytes())
    };
    let mut lines = lines.filter(|line| !is_field(line)).take(MOST_WORDS + 1);
    let begins_behind =
        |line: &str| begins(line) && !consecutive::holds_stream(split::trimmed(line.as_bytes()));
    begins(line) || (is_asked() && lines.any(begins_behind))
}

/// Whether a record says nothing but words, or what a stream has before its first chunk.
fn are_words(record: &[u8]) -> bool {
    let message = chunk::message_of(record);
    chunk::is_field_behind_words(message.as_bytes())
        || consecutive::are_words_between(message.as_bytes())
}

/// Reads such records.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    let mut entries = Entries::of(places);
    let mut stream = None;
    let mut run: Option<LineRun> = None;
    let mut is_asked = false;
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
            Continuation::Line(line, string) | Continuation::Open(line, string) => {
                let stream = *stream.get_or_insert_with(|| entries.begin(range.start));
                entries.append(stream, &range, &LoggedText::Held(string, line), "");
                count += 1;
            }
            Continuation::Between | Continuation::Not if record.is_empty() => {}
            Continuation::Not if run.is_none() && stream.is_none() => {
                match consecutive::request_in(record) {
                    // What a log says between the two.
                    None if is_asked && are_words(record) => {}
                    Some((at, request)) => {
                        is_asked = true;
                        let mut builder = DocumentBuilder::default();
                        builder.derived(&request, places.at(range.start + at));
                        entries.made(range.start, builder);
                    }
                    None => entries.line(range),
                }
            }
            Continuation::Between | Continuation::Not => entries.line(range),
        }
    }
    let is_document = run.as_ref().is_some_and(|run| run.document.is_some());
    let thing = if is_document {
        "a document"
    } else {
        "a stream"
    };
    let pointer = run.map(|run| run.pointer).unwrap_or_default();
    let what = format!("{thing}, put together from {pointer} of {count} records");
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
    fn follows_documents_in_records() {
        let record = |line: &str| format!(r#"{{"log":"{line}\n","stream":"stdout"}}"#);
        let begin = |line: &str| LineRun::begin(record(line).as_bytes());
        for line in ["{", "INFO response: {", "response={"] {
            assert!(begin(line).is_some(), "{line}");
        }
        for line in ["  {", "{}", "so{", "{\\\"a\\\": {", "up"] {
            assert!(begin(line).is_none(), "{line}");
        }
        let (mut run, _) = begin("{").expect("a run");
        let mut take = |record: &str| run.take(record.as_bytes());
        let is_open = |belongs: Continuation| matches!(belongs, Continuation::Open(..));
        assert!(is_open(take(&record(r#"  \"a\": ["#))));
        assert_eq!(take(r#"{"other":1}"#), Continuation::Between);
        assert!(is_open(take(&record("  ]"))));
        assert!(is_line(&take(&record("}")), "}\n"));
        assert_eq!(take(&record("}")), Continuation::Not);
        let (mut run, _) = begin("{").expect("a run");
        assert_eq!(run.take(record("up").as_bytes()), Continuation::Not);
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
            format!(r#"["1780000000","{chunk}"]"#),
        ] {
            assert!(begin(&record).is_some(), "{record}");
        }
        for record in [
            r#"{"msg":"data: {\"temperature\":20}"}"#.to_owned(),
            r#"{"msg":"data: loaded"}"#.to_owned(),
            r#"{"msg":"event: click"}"#.to_owned(),
            format!(r#"{{"msg":"{chunk}"}} and more"#),
            format!(r#"{{"ts":1,"lines":["{chunk}","","{chunk}"]}}"#),
            format!(r#"{{"events":[{{"message":"{chunk}"}},{{"message":"{chunk}"}}]}}"#),
            format!(
                r#"{{"ts":1,"payload":{{"model":"a/b","messages":[],"trace":{{"note":"{chunk}"}}}}}}"#
            ),
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
