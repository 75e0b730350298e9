//! What the lines of a log hold: streams and documents that are put together of several lines, and all else line by
//! line. Each is read where it begins.

use std::ops::Range;

use super::log_prefix::LoggedText;
use crate::completion::load::consecutive::Following;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

/// What is found in a log's text, in the order in which it begins.
pub(super) struct Entries<'p, 't> {
    places: &'p Places<'t>,
    list: Vec<LogEntry>,
}

/// Something to be read.
struct LogEntry {
    /// Where in the log it begins.
    start: usize,
    /// Where the log's own words stand, before what was put together.
    words: Range<usize>,
    text: EntryText,
}

enum EntryText {
    /// As it stands there.
    Line(Range<usize>),
    /// Put together.
    Made(DocumentBuilder),
}

impl<'p, 't> Entries<'p, 't> {
    /// Of the log whose text these places know.
    pub fn of(places: &'p Places<'t>) -> Self {
        Entries {
            places,
            list: Vec::new(),
        }
    }

    /// Adds what stands on a line.
    pub fn line(&mut self, line: Range<usize>) {
        self.list.push(LogEntry {
            start: line.start,
            words: 0..0,
            text: EntryText::Line(line),
        });
    }

    /// Adds a text that was put together, and begins on the line at `start`.
    pub fn made(&mut self, start: usize, builder: DocumentBuilder) {
        self.made_behind(start..start, builder);
    }

    /// The same with the log's own words before it.
    pub fn made_behind(&mut self, words: Range<usize>, builder: DocumentBuilder) {
        self.list.push(LogEntry {
            start: words.start,
            words,
            text: EntryText::Made(builder),
        });
    }

    /// Begins a text that grows line by line.
    pub fn begin(&mut self, start: usize) -> usize {
        self.made(start, DocumentBuilder::default());
        self.list.len() - 1
    }

    /// Goes on with a text that grows: what a line logs, and what ends a line there.
    pub fn append(&mut self, index: usize, line: &Range<usize>, rest: &LoggedText<'_>, end: &str) {
        if let EntryText::Made(builder) = &mut self.list[index].text {
            push(rest, line, self.places, builder);
            builder.literal(end);
        }
    }

    /// Reads all. Of a file each is a record by itself; a record that has several is numbered already.
    pub fn read_as_records(self, reader: &mut Reader<'_>) {
        let record = reader.origin.record;
        self.read(reader, |index| if record == 0 { index + 1 } else { record });
    }

    /// Reads all as what one record holds.
    pub fn read_as_one(self, reader: &mut Reader<'_>) {
        let record = reader.origin.record;
        self.read(reader, |_| record);
    }

    fn read(self, reader: &mut Reader<'_>, record: impl Fn(usize) -> usize) {
        let before = reader.loaded.completions.len();
        let mut following = Following::default();
        for (index, entry) in self.list.into_iter().enumerate() {
            let known = reader.loaded.completions.len();
            let record = record(index);
            let origin = reader.origin_of_entry(self.places.at(entry.start), record);
            match entry.text {
                EntryText::Line(range) => {
                    let line = self.places.piece(range);
                    reader.entry(&origin).text(&line);
                    following.take(known, Some(line.text()), reader);
                }
                EntryText::Made(builder) => {
                    let (text, map) = builder.finish();
                    let places = Places::mapped(&text, map, Vec::new(), origin.place());
                    reader.entry(&origin).text(&places);
                    let words = self.places.text().get(entry.words).unwrap_or_default();
                    let said = Some(words).filter(|words| !words.is_empty());
                    following.take(known, said, reader);
                }
            }
        }
        reader.number(before);
    }
}

/// Appends what a line logs to a text.
pub(super) fn push(
    rest: &LoggedText<'_>,
    line: &Range<usize>,
    places: &Places<'_>,
    builder: &mut DocumentBuilder,
) {
    match rest {
        LoggedText::Verbatim(text) => {
            builder.mapped(text, places.map_of(line.end - text.len()..line.end));
        }
        LoggedText::Held(at, text) => builder.derived(text, places.at(line.start + at)),
    }
}
