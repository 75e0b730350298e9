//! What a log has over several of its lines: pretty-printed documents, and streams of which each line is a
//! chunk, behind a service's name, a time, a host, in the JSON of a container's log. A document that stands on
//! one line needs nothing of this.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::log_prefix;
use super::log_prefix::{LoggedText, Prefix};
use super::wrapped;
use crate::completion::load::formats::FileHead;
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::framing::split;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::chunks;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::{Document, Kind, Limits, Value};

/// Lines at the beginning of a text by which it is told.
const LOOKED_AT: usize = 400;

/// Documents that never end after which the rest is read line by line, so that the time stays linear.
const MOST_FAILED: usize = 16;

/// Lines of one document or stream.
const LONGEST: usize = 100_000;

/// Whether a text is such a log: behind the words of one of its first lines a document begins that does not
/// end there, and the next line of the same source goes on with it; or several lines are chunks of a stream.
pub(in crate::completion::load) fn is_prefixed(head: &FileHead<'_>) -> bool {
    if head.text.starts_with(['"', '<']) {
        return false;
    }
    // Of records the first tells: a stream of them that is fed piece by piece waits for no more.
    if head.text.starts_with('{') {
        let first = head.text.lines().next().unwrap_or_default();
        return may_hold_pieces(first.as_bytes())
            && !wrapped::begins(first)
            && (Chunk::of(first).is_some() || opening(first).is_some());
    }
    let lines: Vec<&str> = head.text.lines().take(LOOKED_AT).collect();
    if lines.iter().any(|line| is_quoted_fence(line)) {
        return false;
    }
    let chunks = lines.iter().enumerate();
    let mut chunks = chunks.filter_map(|(index, line)| Some((index, Chunk::of(line)?)));
    if let Some((index, first)) = chunks.next() {
        // Where the head ends with a document behind words, nothing more is seen of the text.
        let is_last = index + 1 == lines.len();
        return is_last || chunks.any(|(_, next)| next.belongs_to(&first));
    }
    let openings = lines.iter().enumerate();
    let mut openings = openings.filter_map(|(index, line)| Some((index, opening(line)?)));
    let Some((index, opening)) = openings.next() else {
        return false;
    };
    let goes_on = |rest: &str| rest.trim_start().starts_with(['"', '}', ']', '{', '[']);
    let mut next = lines[index + 1..].iter();
    match opening.source {
        None => next.next().is_some_and(|line| goes_on(line)),
        Some(source) => next
            .filter_map(|line| log_prefix::of(line))
            .find(|prefix| prefix.source == source)
            .is_some_and(|prefix| opening.is_partial || goes_on(prefix.rest.text())),
    }
}

/// Whether a line quotes a fence of Markdown, which tells better than the quotation what stands there.
fn is_quoted_fence(line: &str) -> bool {
    let quoted = line.trim_start_matches(['>', ' ']);
    line.starts_with('>') && ["```", "~~~"].iter().any(|fence| quoted.starts_with(fence))
}

/// How far into a record a chunk that it holds shows itself.
const SHOWS_WITHIN: usize = 600;

/// A quick look whether a record may be a line of a container's log, or hold a piece of a stream.
fn may_hold_pieces(record: &[u8]) -> bool {
    const SIGNS: [&str; 8] = [
        "\"log\"",
        "\"MESSAGE\"",
        "chat.completion.chunk",
        "data: {",
        "data:{",
        "content_block",
        "message_",
        "\"response.",
    ];
    static FINDERS: LazyLock<[Finder<'_>; 8]> = LazyLock::new(|| SIGNS.map(Finder::new));
    let head = &record[..record.len().min(SHOWS_WITHIN)];
    FINDERS.iter().any(|finder| finder.find(head).is_some())
}

/// Whether a record is a line that logs a chunk of a stream, and goes on with those of the lines before it if
/// there are any: together they are one record.
pub(in crate::completion::load) fn goes_on(before: &[u8], record: &[u8]) -> bool {
    // The keys that a sample begins with; most records are samples.
    let is_sample = ["{\"request\"", "{\"name\""]
        .iter()
        .any(|start| record.starts_with(start.as_bytes()));
    if before.is_empty() && (is_sample || !may_hold_pieces(record)) {
        return false;
    }
    let Ok(line) = std::str::from_utf8(record) else {
        return false;
    };
    if before.is_empty() {
        return Chunk::of(line).is_some();
    }
    let end = memchr::memchr(b'\n', before).unwrap_or(before.len());
    let first = std::str::from_utf8(&before[..end]).ok().and_then(Chunk::of);
    first.is_some_and(|first| match Chunk::of(line) {
        Some(chunk) => chunk.belongs_to(&first),
        None => {
            let prefix = log_prefix::of(line).unwrap_or_else(|| Prefix::none(line));
            first.goes_on_with(&prefix)
        }
    })
}

/// Whether a record is several such lines.
pub(in crate::completion::load) fn is_run(record: &str) -> bool {
    let mut lines = record.lines();
    let first = lines.next().and_then(Chunk::of);
    first.is_some() && lines.next().is_some()
}

/// Reads such a log: each document and each stream as its lines without what stands before, all else line by
/// line.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let before = reader.loaded.completions.len();
    reader.format.within = reader.format.within.or(Some("a log"));
    let lines: Vec<Range<usize>> = lines(places.text()).collect();
    let mut is_taken = vec![false; lines.len()];
    let (mut number, mut failed) = (0, 0);
    for index in 0..lines.len() {
        let range = lines[index].clone();
        let line = &places.text()[range.clone()];
        if is_taken[index] || line.trim().is_empty() {
            continue;
        }
        number += 1;
        // Of a file the lines are the records; a record that has several is numbered already.
        let record = match reader.origin.record {
            0 => number,
            record => record,
        };
        let origin = reader.origin_of_entry(places.at(range.start), record);
        let mut rest = Lines {
            places,
            lines: &lines[index..],
            is_taken: &mut is_taken[index..],
        };
        let found = match Chunk::of(line) {
            Some(first) => Some(rest.stream(&first)),
            None => match opening(line).filter(|_| failed < MOST_FAILED) {
                Some(opening) => {
                    let document = rest.document(&opening);
                    failed += usize::from(document.is_none());
                    document
                }
                None => None,
            },
        };
        match found {
            Some((text, map)) => {
                let places = Places::mapped(&text, map, Vec::new(), origin.place());
                reader.entry(&origin).text(&places);
            }
            None => reader.entry(&origin).text(&places.piece(range)),
        }
    }
    reader.number(before);
}

/// The lines from one on, and which of them were taken.
struct Lines<'a, 't> {
    places: &'a Places<'t>,
    lines: &'a [Range<usize>],
    is_taken: &'a mut [bool],
}

impl<'t> Lines<'_, 't> {
    fn line(&self, index: usize) -> &'t str {
        &self.places.text()[self.lines[index].clone()]
    }

    fn push(&self, index: usize, rest: &LoggedText<'_>, builder: &mut DocumentBuilder) {
        let range = &self.lines[index];
        match rest {
            LoggedText::Verbatim(text) => {
                builder.verbatim(text, self.places.at(range.end - text.len()))
            }
            LoggedText::Held(at, text) => builder.derived(text, self.places.at(range.start + at)),
        }
    }

    /// The text of the document that begins on the first line, and where each of its lines stands. The lines
    /// are taken. `None` where it does not end.
    fn document(&mut self, opening: &Opening) -> Option<(Arc<str>, SourceMap)> {
        let mut scanner = Scanner::default();
        let mut builder = DocumentBuilder::default();
        let mut own = Vec::new();
        for index in 0..self.lines.len().min(LONGEST) {
            let line = self.line(index);
            let prefix = match &opening.source {
                None => Prefix {
                    source: "".into(),
                    rest: LoggedText::Verbatim(&line[if index == 0 { opening.at } else { 0 }..]),
                    is_partial: false,
                },
                Some(source) => match log_prefix::of(line) {
                    Some(prefix) if prefix.source == *source => prefix,
                    _ => continue,
                },
            };
            self.push(index, &prefix.rest, &mut builder);
            own.push(index);
            for byte in prefix.rest.text().bytes() {
                scanner.step(byte);
            }
            if scanner.is_closed() {
                for index in own {
                    self.is_taken[index] = true;
                }
                return Some(builder.finish());
            }
            if !prefix.is_partial {
                scanner.end_line();
                builder.literal("\n");
            }
        }
        None
    }

    /// The text of the stream whose first chunk is the first line, to the next line of the same source that is
    /// a document of another kind, and where each of its lines stands. The lines are taken.
    fn stream(&mut self, first: &Chunk<'_>) -> (Arc<str>, SourceMap) {
        let mut builder = DocumentBuilder::default();
        for index in 0..self.lines.len().min(LONGEST) {
            let line = self.line(index);
            if self.is_taken[index] {
                continue;
            }
            let logged = match Chunk::of(line) {
                Some(chunk) if chunk.belongs_to(first) => chunk.rest,
                Some(_) => continue,
                None => match log_prefix::of(line).unwrap_or_else(|| Prefix::none(line)) {
                    prefix if first.goes_on_with(&prefix) => prefix.rest,
                    prefix if prefix.source == first.source && is_of_another(line) => break,
                    _ => continue,
                },
            };
            self.push(index, &logged, &mut builder);
            builder.literal(match first.is_event {
                true => "\n\n",
                false => "\n",
            });
            self.is_taken[index] = true;
        }
        builder.finish()
    }
}

/// A line that logs one chunk of a stream, as an event of a transcript or as JSON alone.
struct Chunk<'t> {
    source: String,
    rest: LoggedText<'t>,
    /// Whether it is an event: `data: {…}`.
    is_event: bool,
}

impl<'t> Chunk<'t> {
    fn of(line: &'t str) -> Option<Chunk<'t>> {
        if line.starts_with('{') && log_prefix::of(line).is_none() {
            return Chunk::in_record(line);
        }
        let prefix = log_prefix::of(line);
        let source = prefix.as_ref().map(|prefix| prefix.source.to_string());
        let source = source.unwrap_or_default();
        if let Some(prefix) = prefix {
            let is_event = is_event(prefix.rest.text());
            if is_event || chunks::is_one(prefix.rest.text().trim().as_bytes()) {
                return Some(Chunk {
                    source,
                    rest: prefix.rest,
                    is_event,
                });
            }
            if let LoggedText::Held(..) = prefix.rest {
                return None;
            }
        }
        // Behind words of a program's own, which a transcript's field is not.
        if line.trim_start().starts_with("data:") {
            return None;
        }
        let brace = memchr::memchr(b'{', line.as_bytes()).filter(|at| *at > 0)?;
        let rest = line[brace..].trim_end();
        chunks::is_one(rest.as_bytes()).then_some(Chunk {
            source,
            rest: LoggedText::Verbatim(&line[brace..]),
            is_event: false,
        })
    }

    /// A record with one chunk in it, as it is or in a string, and nothing else that could be of a completion.
    fn in_record(line: &'t str) -> Option<Chunk<'t>> {
        if !may_hold_pieces(line.as_bytes()) || chunks::is_one(line.trim_end().as_bytes()) {
            return None;
        }
        let doc = Document::parse(Arc::from(line), Limits::default()).ok()?;
        let (rest, is_event) = doc.root().children().find_map(held)?;
        let at = |rest: &LoggedText<'_>| match rest {
            LoggedText::Held(at, _) => *at,
            LoggedText::Verbatim(_) => 0,
        };
        let is_other = |member: Value<'_>| {
            member.span().start != at(&rest)
                && (member.kind().is_container() || member.raw().contains('{'))
        };
        if doc.root().children().any(is_other) {
            return None;
        }
        Some(Chunk {
            source: String::new(),
            rest,
            is_event,
        })
    }

    fn belongs_to(&self, first: &Chunk<'_>) -> bool {
        self.source == first.source && self.is_event == first.is_event
    }

    /// Whether a line of the same log is of the transcript and no chunk: its end, an event's name, a comment, a
    /// blank.
    fn goes_on_with(&self, prefix: &Prefix<'_>) -> bool {
        let text = prefix.rest.text().trim();
        let is_of_transcript = text.is_empty()
            || text.ends_with("data: [DONE]")
            || [":", "event:"].iter().any(|field| text.starts_with(field));
        self.is_event && prefix.source == self.source && is_of_transcript
    }
}

/// Whether a line may hold another completion, or a part of one.
fn is_of_another(line: &str) -> bool {
    const SIGNS: [&str; 4] = ["messages", "choices", "request", "\"input\""];
    line.contains('{') && SIGNS.iter().any(|sign| line.contains(sign))
}

/// Whether a text is an event of a transcript with a chunk in it.
fn is_event(text: &str) -> bool {
    let data = text.trim().strip_prefix("data:");
    data.is_some_and(|data| data.trim_start().starts_with('{') && !data.contains('\n'))
}

/// The chunk that a member of a record is or holds.
fn held<'t>(member: Value<'_>) -> Option<(LoggedText<'t>, bool)> {
    let at = member.span().start;
    match member.kind() {
        Kind::Object if chunks::are_chunks(member) => {
            Some((LoggedText::Held(at, member.raw().to_owned()), false))
        }
        Kind::String => {
            let text = member.str()?;
            let is_event = is_event(&text);
            let is_chunk = is_event || chunks::is_one(text.trim().as_bytes());
            is_chunk.then(|| (LoggedText::Held(at, text.trim().to_owned()), is_event))
        }
        _ => None,
    }
}

/// The lines of a text without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    })
}

/// A line on which a document begins that goes on.
struct Opening {
    /// The source that its lines have; none where words of a program's own stand before it, and nothing before
    /// the lines that follow.
    source: Option<String>,
    /// Where in the line it begins.
    at: usize,
    is_partial: bool,
}

fn opening(line: &str) -> Option<Opening> {
    let goes_on = |rest: &str| {
        let begins =
            rest.starts_with('{') || (rest.starts_with('[') && split::is_array(rest.as_bytes()));
        begins && document_end(rest.as_bytes(), 0).is_none()
    };
    if let Some(prefix) = log_prefix::of(line)
        && goes_on(prefix.rest.text().trim())
    {
        return Some(Opening {
            source: Some(prefix.source.into_owned()),
            at: 0,
            is_partial: prefix.is_partial,
        });
    }
    behind_words(line).map(|at| Opening {
        source: None,
        at,
        is_partial: false,
    })
}

/// Where the brackets stand with which a line ends that has a program's words before: `response: {`.
fn behind_words(line: &str) -> Option<usize> {
    const LONGEST_WORDS: usize = 200;
    let line = line.trim_end();
    let words = line.trim_end_matches(['{', '[']);
    let is_apart = words.ends_with([' ', ':', '=', '\t']) || words.ends_with(": ");
    let has_more = words.contains(['{', '"']) || words.trim().is_empty();
    (words.len() < line.len() && words.len() <= LONGEST_WORDS && is_apart && !has_more)
        .then_some(words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_documents_over_several_lines() {
        let check = |text: &str, expected: bool| {
            assert_eq!(
                is_prefixed(&FileHead::of(text.as_bytes())),
                expected,
                "{text:?}"
            );
        };
        check("web | up\nweb | {\nweb |   \"a\": 1\nweb | }\n", true);
        check("web | {\ndb  | ok\nweb | \"a\": 1}\n", true);
        check("> so:\n> {\n>   \"a\": 1\n> }\n", true);
        check("INFO response: {\n  \"a\": 1\n}\n", true);
        check("INFO response: {\n  id: 'gen-1',\n}\n", false);
        check("web | {\"a\": 1}\nweb | {\"a\": 2}\n", false);
        check("web | {\nweb | words\n", false);
        check("{\n  \"a\": 1\n}", false);
        let cut = r#"{"log":"{\"a\":\"x","stream":"stdout"}"#;
        let end = r#"{"log":"y\"}\n","stream":"stdout"}"#;
        check(&format!("{cut}\n{end}\n"), true);
        let other = "{\"log\":\"up\\n\",\"stream\":\"stdout\"}";
        check(&format!("{other}\n"), false);
        check(&format!("{other}\n{cut}\n{end}\n"), false);
    }

    #[test]
    fn tells_streams_line_by_line() {
        let chunk = r#"{"object":"chat.completion.chunk","choices":[]}"#;
        let quoted = chunk.replace('"', "\\\"");
        let check = |line: &str, expected: bool| {
            let text = format!("{line}\n{line}\n");
            let found = is_prefixed(&FileHead::of(text.as_bytes()));
            assert_eq!(found, expected, "{line}");
        };
        check(&format!("DEBUG chunk {chunk}"), true);
        check(&format!("web | data: {chunk}"), true);
        check(&format!("b'data: {chunk}'"), true);
        // A stream's lines in records are one record already where records are cut.
        check(
            &format!(r#"{{"log":"data: {quoted}\n","stream":"stdout"}}"#),
            false,
        );
        check(&format!(r#"{{"event":"x","data":{chunk}}}"#), true);
        check(&format!(r#"{{"msg":"{quoted}"}}"#), true);
        check(chunk, false);
        check(&format!("so:\n```\ndata: {chunk}\n```"), false);
        check(
            &format!(r#"{{"request":{{}},"response":"data: {quoted}\n\n"}}"#),
            false,
        );
        check(
            &format!(r#"{{"response":"data: {quoted}\n\ndata: {quoted}"}}"#),
            false,
        );
        check(r#"{"msg":"data: {}"}"#, true);
    }
}
