//! The records of a file, named as they come: the same places and numbers for a reader of the whole and for
//! one that keeps nothing of what came before.

use std::ops::Range;

use super::split::MARK;
use crate::completion::{Origin, Place};
use crate::json::Position;

/// Where the next byte stands, and how many records there were.
#[derive(Debug, Clone)]
pub struct LineRecords {
    origin: Origin,
    next: Position,
    offset: usize,
}

impl LineRecords {
    /// At the beginning of a file; `file` is its name for people.
    pub fn of(file: &str) -> LineRecords {
        let place = Place {
            file: file.into(),
            offset: 0,
            position: Position { line: 1, column: 1 },
        };
        LineRecords::from(place)
    }

    /// At the beginning of bytes that begin at `start`.
    pub fn from(start: Place) -> LineRecords {
        LineRecords {
            next: start.position,
            offset: start.offset,
            origin: Origin {
                file: start.file,
                offset: start.offset,
                position: start.position,
                record: 0,
            },
        }
    }

    /// Where the next byte stands.
    pub fn place(&self) -> Place {
        Place {
            file: self.origin.file.clone(),
            offset: self.offset,
            position: self.next,
        }
    }

    /// Where the last record stands.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Passes what stands between two records.
    pub fn skip(&mut self, between: &[u8]) {
        let is_mark = self.offset == 0 && between.starts_with(MARK);
        self.next = self.next.after(match is_mark {
            true => &between[MARK.len()..],
            false => between,
        });
        self.offset += between.len();
    }

    /// Takes a record: where it stands. Of one that fills its line the length alone is looked at.
    pub fn take(&mut self, record: &[u8], is_line: bool) -> &Origin {
        self.origin.offset = self.offset;
        self.origin.position = self.next;
        self.origin.record += 1;
        if is_line {
            self.offset += record.len();
        } else {
            self.skip(record);
        }
        &self.origin
    }

    /// Takes a line of which only the length is known, with its newline.
    pub fn pass(&mut self, length: usize) -> &Origin {
        self.take(&[], true);
        self.offset += length;
        self.next = Position {
            line: self.next.line + 1,
            column: 1,
        };
        &self.origin
    }
}

/// The lines of a text without their ends.
pub(in crate::completion::load) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::load::{FrameStep, Sniff, sniff};

    #[test]
    fn names_records() {
        let text = "\u{feff}  {\"a\":1}\r\n\n \t{\"ñ\":\n1} {\"b\":2}  \n{}\n";
        let framer = match sniff(text.as_bytes(), true, "a.jsonl") {
            Sniff::Records(framer) => Some(framer),
            _ => None,
        };
        let mut framer = framer.expect("records");
        let mut records = LineRecords::of("a.jsonl");
        let mut at = 0;
        let mut found = Vec::new();
        records.skip(&text.as_bytes()[..3]);
        at += 3;
        while let FrameStep::Record { range, is_line } = framer.next(text.as_bytes(), at, true) {
            records.skip(&text.as_bytes()[at..range.start]);
            at = range.end;
            let origin = records.take(&text.as_bytes()[range], is_line);
            let Position { line, column } = origin.position;
            found.push((origin.record, origin.offset, line, column));
        }
        assert_eq!(
            found,
            [(1, 5, 1, 3), (2, 17, 3, 3), (3, 27, 4, 4), (4, 37, 5, 1)]
        );
    }
}
