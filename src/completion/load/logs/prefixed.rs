//! What a log has over several of its lines: pretty-printed documents, and streams of which each line is a
//! chunk, behind a service's name, a time, a host, in the JSON of a container's log. A document that stands on
//! one line needs nothing of this.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::chunk::{
    Chunk, Logged, is_field_behind_words, is_of_another, is_of_text, word_before_field,
};
use super::entries::{self, Entries};
use super::log_prefix::{self, LoggedText, Prefix};
use crate::completion::load::consecutive::{self, Asked, MOST_WORDS};
use crate::completion::load::formats::LOG;
use crate::completion::load::framing::lines::lines;
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::framing::split;
use crate::completion::load::record::Reader;
use crate::completion::load::streams::{chunks, sse};
use crate::completion::source_map::{DocumentBuilder, Places};

/// Lines that are looked at in vain for the ends of documents, of other sources or behind a document that never ends, for
/// each line of the log, so that the time stays linear.
const MOST_PASSED: usize = 8;

/// Lines of one document or stream.
const LONGEST: usize = 100_000;

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
        true => lines
            .next()
            .is_some_and(|line| !sse::is_field_of_data(line)),
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
    let begins = |line: &str| {
        Chunk::of(line).is_some() && !consecutive::holds_stream(line.trim().as_bytes())
    };
    first.any(begins) && !first.next().is_some_and(sse::is_field_of_data)
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
    for index in 0..log.lines.len() {
        if log.is_taken[index] {
            continue;
        }
        let range = log.lines[index].clone();
        let line = log.line(index);
        let chunk = Chunk::of(line).or_else(|| {
            let last = Chunk::last_of_text(line).filter(|_| !streams.is_empty())?;
            let id = last.id();
            let is_its = |stream: &OpenStream| match &id {
                Some(id) => stream.id.as_ref() == Some(id) || stream.texts.contains(id),
                None => stream.id.is_none() && !stream.is_interrupted,
            };
            streams.get(&last.of).is_some_and(is_its).then_some(last)
        });
        if let Some(chunk) = chunk {
            let end = chunk.of.end_of_line();
            // Behind another call a chunk is of the stream that it names.
            if let Some(stream) = streams.get(&chunk.of)
                && stream.is_interrupted
                && !stream.goes_on_with(&chunk)
            {
                streams.remove(&chunk.of);
            }
            if chunk.of.is_event && transcripts.get(&chunk.of.source) != Some(&chunk.of) {
                transcripts.insert(chunk.of.source.clone(), chunk.of.clone());
            }
            let mut begun = || OpenStream {
                entry: entries.begin(range.start),
                lines: 0,
                id: chunk.id(),
                texts: VecDeque::new(),
                is_interrupted: false,
            };
            let is_full = streams
                .get(&chunk.of)
                .is_some_and(|stream| stream.lines == LONGEST);
            if is_full {
                streams.remove(&chunk.of);
            }
            let stream = match streams.entry(chunk.of.clone()) {
                Entry::Occupied(stream) => stream.into_mut(),
                Entry::Vacant(place) => place.insert(begun()),
            };
            stream.is_interrupted = false;
            stream.lines += 1;
            if is_of_text(line.as_bytes()) {
                stream.note_text(chunk.id());
            }
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
                if let Some(event) = transcripts.get(source)
                    && let Some(stream) = streams.get_mut(event)
                {
                    stream.is_interrupted = true;
                }
                if let Some(stream) = streams.get_mut(&Logged::new(source.to_owned(), false)) {
                    stream.is_interrupted = true;
                }
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
        let behind = log.lines.get(index + 1).map(|_| log.line(index + 1));
        match opening(line, behind).and_then(|opening| log.document(index, &opening)) {
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
    /// The generation that its first chunk names.
    id: Option<String>,
    /// The text completions whose chunks were among its last ones.
    texts: VecDeque<String>,
    /// Whether another call stands behind its last line.
    is_interrupted: bool,
}

impl OpenStream {
    /// Takes note of the text completion that a chunk names: its last chunk looks like a whole answer.
    fn note_text(&mut self, id: Option<String>) {
        const MOST: usize = 32;
        let Some(id) = id.filter(|id| !self.texts.contains(id)) else {
            return;
        };
        if self.texts.len() == MOST {
            self.texts.pop_front();
        }
        self.texts.push_back(id);
    }

    /// Whether a chunk behind another call is its: it names its generation, or none where a stream begins with an event of
    /// its own.
    fn goes_on_with(&self, chunk: &Chunk<'_>) -> bool {
        let json = chunk.json();
        match chunk.id() {
            Some(id) => self.id.as_deref() == Some(&id),
            None => !chunks::begins_one(json) && !json.contains("\"choices\""),
        }
    }
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

/// A line on which a document begins that goes on.
struct Opening {
    /// The source that its lines have; none where words of a program's own stand before it, and nothing before
    /// the lines that follow.
    source: Option<String>,
    /// Where in the line it begins.
    at: usize,
}

fn opening(line: &str, behind: Option<&str>) -> Option<Opening> {
    let goes_on = |rest: &str| {
        let begins =
            rest.starts_with('{') || (rest.starts_with('[') && split::is_array(rest.as_bytes()));
        begins && document_end(rest.as_bytes(), 0).is_none()
    };
    if let Some(prefix) = log_prefix::of(line)
        && goes_on(prefix.rest.text().trim())
        && (!log_prefix::is_half_of_call(&prefix.source)
            || behind.is_none_or(|behind| log_prefix::of(behind).is_some()))
    {
        return Some(Opening {
            source: Some(prefix.source.into_owned()),
            at: 0,
        });
    }
    behind_words(line).map(|at| Opening { source: None, at })
}

/// Where the brackets stand with which a line ends that has a program's words before: `response: {`.
pub(in crate::completion::load) fn behind_words(line: &str) -> Option<usize> {
    const LONGEST_WORDS: usize = 200;
    let line = line.trim_end();
    let words = line.trim_end_matches(['{', '[']);
    // A member's key, whose object was copied without its braces.
    let key = words
        .strip_prefix('"')
        .and_then(|key| key.trim_end().strip_suffix("\":"));
    if key.is_some_and(|key| key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')) {
        return (words.len() < line.len()).then_some(words.len());
    }
    let is_apart = words.ends_with([' ', ':', '=', '\t']) || words == "(";
    let has_more = words.contains(['{', '"']) || words.trim().is_empty();
    (words.len() < line.len() && words.len() <= LONGEST_WORDS && is_apart && !has_more)
        .then_some(words.len())
}
