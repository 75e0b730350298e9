//! What a log has over several of its lines: pretty-printed documents, and streams of which each line is a
//! chunk, behind a service's name, a time, a host, in the JSON of a container's log. A document that stands on
//! one line needs nothing of this.

use std::collections::HashMap;
use std::ops::Range;

use super::chunk::{
    Chunk, Logged, ends_text, is_field_behind_words, is_of_another, may_hold_pieces,
    word_before_field,
};
use super::entries::{self, Entries};
use super::log_prefix::{self, LoggedText, Prefix};
use super::wrapped;
use crate::completion::load::consecutive::{self, Asked, MOST_WORDS};
use crate::completion::load::formats::LOG;
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::framing::split;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

/// Lines at the beginning of a text by which it is told.
const LOOKED_AT: usize = 400;

/// Lines that are looked at in vain for the ends of documents, of other sources or behind a document that never ends, for
/// each line of the log, so that the time stays linear.
const MOST_PASSED: usize = 8;

/// Lines of one document or stream.
const LONGEST: usize = 100_000;

/// Whether a text is such a log: behind the words of one of its first lines a document begins that does not
/// end there, and the next line of the same source goes on with it; or several lines are chunks of a stream.
pub(in crate::completion::load) fn is_prefixed(head: &FileHead<'_>) -> bool {
    // Of records the first tells, and a list is one: a stream of them that is fed piece by piece waits for no more.
    let is_list = head.text.starts_with('[') && split::is_array(head.text.as_bytes());
    if is_list || head.text.starts_with(['"', '<']) {
        return false;
    }
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
        return is_last || chunks.any(|(_, next)| next.of == first.of);
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

/// Whether a record is several such lines, perhaps behind the line with their request.
pub(in crate::completion::load) fn is_run(record: &str) -> bool {
    let mut lines = record.lines().filter(|line| !line.trim().is_empty());
    let mut word = None;
    let first = lines.by_ref().find(|line| {
        let before = word_before_field(line);
        let is_blank =
            word.is_some_and(|word: &str| !word.is_empty() && line.trim_end().ends_with(word));
        let is_blank = is_blank && !line.contains('{');
        word = before.or(word);
        before.is_none() && !is_blank
    });
    match first.and_then(Chunk::of).is_some() {
        true => lines.next().is_some(),
        false => {
            first.is_some_and(|first| Asked::by(first.trim_end().as_bytes()).is_some())
                && begin_with_chunk(lines)
        }
    }
}

/// Whether lines begin with a chunk of a stream, behind a few words and what else a stream may have before it.
fn begin_with_chunk<'t>(lines: impl Iterator<Item = &'t str>) -> bool {
    let but_fields = lines.filter(|line| !is_field_behind_words(line.as_bytes()));
    let mut first = but_fields.take(MOST_WORDS + 1);
    first.any(|line| Chunk::of(line).is_some())
}

/// Reads such a log: each document and each stream as its lines without what stands before, all else line by
/// line.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    reader.format.within = reader.format.within.or(Some(LOG));
    let mut log = Log {
        places,
        lines: lines(places.text()).collect(),
        is_taken: Vec::new(),
        passed: 0,
    };
    log.is_taken.resize(log.lines.len(), false);
    let mut entries = Entries::of(places);
    let mut streams: HashMap<Logged, OpenStream> = HashMap::new();
    // The transcript of each source.
    let mut transcripts: HashMap<String, Logged> = HashMap::new();
    // The last word before the fields of a stream whose first chunk is still to come.
    let mut word = "";
    let mut last_chunk = None;
    for index in 0..log.lines.len() {
        if log.is_taken[index] {
            continue;
        }
        let range = log.lines[index].clone();
        let line = log.line(index);
        // Its last chunk looks like a whole text completion.
        let is_last = last_chunk.is_some_and(|last| ends_text(log.line(last), line));
        let chunk = match is_last {
            true => Chunk::last_of(line),
            false => Chunk::of(line),
        };
        if chunk.is_none() && is_of_another(line) {
            last_chunk = None;
        }
        if let Some(chunk) = chunk {
            last_chunk = Some(index);
            let end = chunk.of.end_of_line();
            if chunk.of.is_event && transcripts.get(&chunk.of.source) != Some(&chunk.of) {
                transcripts.insert(chunk.of.source.clone(), chunk.of.clone());
            }
            let stream = streams.entry(chunk.of).or_insert_with(|| OpenStream {
                entry: entries.begin(range.start),
                lines: 0,
            });
            if stream.lines == LONGEST {
                *stream = OpenStream {
                    entry: entries.begin(range.start),
                    lines: 0,
                };
            }
            stream.lines += 1;
            entries.append(stream.entry, &range, &chunk.rest, end);
            continue;
        }
        if !streams.is_empty() {
            let prefix = log_prefix::of(line).unwrap_or_else(|| Prefix::none(line));
            let source = prefix.source.as_ref();
            if let Some(event) = transcripts.get(source)
                && let Some(stream) = streams.get(event)
                && event.goes_on_with(&prefix)
            {
                let rest = event.field(&prefix.rest);
                entries.append(stream.entry, &range, &rest, event.end_of_line());
                continue;
            }
            if is_of_another(line) {
                if let Some(event) = transcripts.remove(source) {
                    streams.remove(&event);
                }
                streams.remove(&Logged::new(source.to_owned(), false));
            }
        }
        // What a stream has before its first chunk.
        if let Some(before) = word_before_field(line) {
            word = before;
            continue;
        }
        let is_blank_of_stream = !word.is_empty() && line.trim_end().ends_with(word);
        if line.trim().is_empty() || is_blank_of_stream {
            continue;
        }
        word = "";
        if let Some((at, request)) = consecutive::request_in(line.as_bytes())
            && log.goes_on_with_stream(index)
        {
            let mut builder = DocumentBuilder::default();
            builder.derived(&request, places.at(range.start + at));
            entries.made(range.start, builder);
            continue;
        }
        match opening(line).and_then(|opening| log.document(index, &opening)) {
            Some(document) => entries.made(range.start, document),
            None => entries.line(range),
        }
    }
    entries.read_as_records(reader);
}

/// A stream whose lines are still coming.
struct OpenStream {
    entry: usize,
    lines: usize,
}

/// The lines of a log, and which of them were taken for a document.
struct Log<'p, 't> {
    places: &'p Places<'t>,
    lines: Vec<Range<usize>>,
    is_taken: Vec<bool>,
    /// Lines that were looked at in vain.
    passed: usize,
}

impl<'t> Log<'_, 't> {
    fn line(&self, index: usize) -> &'t str {
        &self.places.text()[self.lines[index].clone()]
    }

    /// Whether a stream begins behind a line.
    fn goes_on_with_stream(&self, index: usize) -> bool {
        let behind = index + 1..self.lines.len();
        let lines = behind.map(|index| self.line(index));
        begin_with_chunk(lines.filter(|line| !line.trim().is_empty()))
    }

    /// The document that begins on a line, whose lines are taken. `None` where it does not end, or where
    /// looking for its end has cost too much before.
    fn document(&mut self, from: usize, opening: &Opening) -> Option<DocumentBuilder> {
        const FREELY: usize = 10_000;
        let may_pass = self.lines.len() * MOST_PASSED + FREELY;
        if self.passed > may_pass {
            return None;
        }
        let mut scanner = Scanner::default();
        let mut builder = DocumentBuilder::default();
        let mut own = Vec::new();
        for index in from..self.lines.len().min(from + LONGEST) {
            let line = self.line(index);
            // A program's words before another one: this one never ends.
            let is_indented = line.starts_with([' ', '\t']);
            if opening.source.is_none()
                && index > from
                && !is_indented
                && behind_words(line).is_some()
            {
                break;
            }
            let prefix = match &opening.source {
                None => Prefix {
                    source: "".into(),
                    rest: LoggedText::Verbatim(&line[if index == from { opening.at } else { 0 }..]),
                    is_partial: false,
                },
                Some(source) => match log_prefix::of(line) {
                    Some(prefix) if prefix.source == *source => prefix,
                    _ => {
                        self.passed += 1;
                        continue;
                    }
                },
            };
            entries::push(&prefix.rest, &self.lines[index], self.places, &mut builder);
            own.push(index);
            for byte in prefix.rest.text().bytes() {
                scanner.step(byte);
            }
            if scanner.is_closed() {
                for index in own {
                    self.is_taken[index] = true;
                }
                return Some(builder);
            }
            if !prefix.is_partial {
                scanner.end_line();
                builder.literal("\n");
            }
        }
        self.passed += own.len();
        None
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
pub(in crate::completion::load) fn behind_words(line: &str) -> Option<usize> {
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
        check("[{\"a\": 1}]\nweb | {\nweb |   \"a\": 1\nweb | }\n", false);
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
