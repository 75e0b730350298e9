//! Where one record ends and the next begins, told from the bytes without reading them as JSON.
//!
//! A file's records stand one a line, or over several lines each, with nothing, blanks, commas or record
//! separators between them, and other lines among them: prose, a logger's own words. One and the same
//! [`Framer`] cuts a whole file and a stream that arrives in pieces, so both give the same records.

mod edge;
mod gathered;
mod sniff;
mod sources;
mod together;

use std::ops::Range;

pub(in crate::completion::load) use edge::{
    MARK, content_start, is_array, is_array_of_file, is_between, trimmed, trimmed_open,
};
pub use edge::{is_blank, text_start};
pub use sniff::{Sniff, sniff};
pub(in crate::completion::load) use together::own_record_in;

use super::scan::Scanner;
use crate::completion::load::logs::{chunk, log_prefix, prefixed};
use crate::completion::load::streams::sse;
use crate::json::Limits;
use edge::{
    SEPARATOR, begins_with_field, ends_with_document, indentation, is_context, is_document,
    is_end_of_statement, leading, may_go_on,
};
pub(super) use gathered::{Gathered, WaitingRequests};

/// What a framer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameStep {
    /// A record.
    Record {
        /// Its bytes, without what stands around it.
        range: Range<usize>,
        /// Whether it fills its line.
        is_line: bool,
    },
    /// The next record needs more bytes to be told.
    More {
        /// What is needed again: its first byte, or the first of the blanks before it on its line.
        keep: usize,
    },
    /// Nothing more.
    End,
}

/// Cuts bytes into records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Framer {
    /// Whether the first record filled its line: then a line that ends as an object does is one.
    is_lines: bool,
    /// Whether a record was broken off before: then the next one begins where it looks so.
    is_wary: bool,
    /// How far the unfinished record was followed, so that bytes are looked at once however they arrive.
    scan: Option<Scan>,
    /// The same of one behind a logger's words.
    behind: Option<Box<Scan>>,
    /// How far an unfinished transcript was followed.
    lines: Option<Lines>,
    /// What stands before the unfinished record and is one record together.
    gathered: Option<Box<Gathered>>,
    /// Requests that wait for their answers.
    waiting: WaitingRequests,
    /// Whether it waits for what stands behind an answer.
    waits: bool,
    /// The record that waits so: its length, and whether it fills its line.
    held: Option<(usize, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Scan {
    scanner: Scanner,
    /// Blanks before the record on its line.
    indentation: usize,
    /// Bytes of the record that were looked at.
    done: usize,
    /// The first place where another record seems to begin.
    anew: Option<usize>,
}

/// Lines of a transcript, in bytes from its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Lines {
    /// Where the next line begins.
    at: usize,
    /// Where the last one ends that is not blank.
    end: usize,
}

impl Framer {
    /// The same behind a record that was passed over.
    pub fn anew(self) -> Framer {
        Framer {
            is_lines: self.is_lines,
            is_wary: self.is_wary,
            waits: self.waits,
            ..Framer::default()
        }
    }

    /// One for what a source logs whose lines stand within so many wrappings.
    fn at_level(level: u8) -> Framer {
        Framer {
            waiting: WaitingRequests::at_level(level),
            ..Framer::default()
        }
    }

    /// One for what a source of a log logs.
    pub(in crate::completion::load) fn of_source() -> Framer {
        Framer::at_level(1)
    }

    /// Breaks off what is open.
    fn break_off(&mut self) {
        (self.scan, self.behind) = (None, None);
        (self.lines, self.gathered) = (None, None);
    }

    /// Whether a stream may be open that names its generation, so that nothing else can be taken for the rest of it; `bytes`
    /// are what is open.
    fn has_named_stream(&self, bytes: &[u8]) -> bool {
        !self.has_document() && gathered::names_generation(bytes)
    }

    /// Whether a request waits for its answer, here or in a source of what is framed.
    fn has_waiting(&self) -> bool {
        !self.waiting.are_none() || !self.waiting.sources.are_none()
    }

    /// Whether a document is open.
    fn has_document(&self) -> bool {
        self.scan.is_some() || self.behind.is_some()
    }

    /// The first record of `bytes` at or behind `from`. A caller that was told to bring more calls again
    /// with the same bytes from those on that it was told to keep, and more behind them.
    pub fn next(&mut self, bytes: &[u8], from: usize, is_all: bool) -> FrameStep {
        let start = from + leading(&bytes[from..]);
        let mut gathered = self.gathered.take().unwrap_or_default();
        loop {
            let step = self.one(bytes, start + gathered.at, is_all);
            if let FrameStep::Record { range, .. } = &step
                && gathered.is_apart(&self.waiting, &bytes[range.clone()])
            {
                return step;
            }
            if let FrameStep::Record { range, is_line } = &step
                && (gathered.take(&mut self.waiting, bytes, range.clone(), start, *is_line)
                    || (gathered.end == 0
                        && gathered.asks(&mut self.waiting, &bytes[range.clone()], *is_line)))
            {
                if gathered.is_whole() {
                    if gathered.is_exchange() {
                        self.waiting.answered();
                    }
                    return FrameStep::Record {
                        range: start..start + gathered.end,
                        is_line: false,
                    };
                }
                continue;
            }
            if gathered.end == 0 {
                return step;
            }
            let is_full = bytes.len() - start > Limits::default().bytes;
            if matches!(step, FrameStep::More { .. }) && !is_full {
                self.gathered = Some(gathered);
                return more(bytes, start);
            }
            if gathered.is_answered() {
                self.waiting.answered();
            }
            self.waiting.looked_ahead(gathered.end, gathered.at);
            if gathered.at > gathered.end {
                // What was begun behind others is come to again.
                (self.scan, self.behind, self.lines) = (None, None, None);
            }
            return FrameStep::Record {
                range: start..start + gathered.end,
                is_line: gathered.request.is_some_and(|request| request.is_line),
            };
        }
    }

    /// The first record at or behind `from`, each chunk of a stream by itself.
    fn one(&mut self, bytes: &[u8], from: usize, is_all: bool) -> FrameStep {
        let start = from + leading(&bytes[from..]);
        let Some(first) = bytes.get(start) else {
            return match is_all {
                true => FrameStep::End,
                false => more(bytes, start),
            };
        };
        let is_document = match first {
            b'{' => !is_context(&bytes[start..]),
            // What follows the bracket tells.
            b'[' if bytes[start + 1..].trim_ascii_start().is_empty() && !is_all => {
                return more(bytes, start);
            }
            b'[' => is_array(&bytes[start..]),
            _ => false,
        };
        if self.lines.is_some() {
            return self.transcript(bytes, start, is_all);
        }
        if is_document && (!self.is_lines || self.scan.is_some()) {
            return self.document(bytes, start, is_all);
        }
        let newline = memchr::memchr(b'\n', &bytes[start..]).map(|length| start + length);
        let Some(line_end) = newline.or(is_all.then_some(bytes.len())) else {
            return more(bytes, start);
        };
        let line = bytes[start..line_end].trim_ascii_end();
        if is_document && !(*first == b'{' && line.ends_with(b"}")) {
            return self.document(bytes, start, is_all);
        }
        if !is_document && std::str::from_utf8(line).is_ok_and(sse::is_transcript) {
            // Behind words it is a line of a log, unless what follows has none.
            let is_of_transcript = match chunk::is_behind_words(line) {
                false => Some(true),
                true => begins_with_field(&bytes[line_end..], is_all),
            };
            match is_of_transcript {
                Some(true) => return self.transcript(bytes, start, is_all),
                Some(false) => {}
                None => return more(bytes, start),
            }
        }
        if let Some(step) = self.document_behind(bytes, start, line, is_all) {
            return step;
        }
        FrameStep::Record {
            range: start..start + line.len(),
            is_line: true,
        }
    }

    /// The document that begins at the end of a line, behind a logger's words, and goes on on the next ones, which have none.
    /// `None` where there is none, or it never ends.
    fn document_behind(
        &mut self,
        bytes: &[u8],
        start: usize,
        line: &[u8],
        is_all: bool,
    ) -> Option<FrameStep> {
        let words = match line.last() {
            Some(b'{' | b'[') => {
                let line = std::str::from_utf8(line).ok()?;
                // Of a document of a source each line has the source's words.
                let prefix = log_prefix::of(line).filter(|prefix| {
                    !prefix.source.is_empty() && !log_prefix::is_half_of_call(&prefix.source)
                });
                if prefix.is_some_and(|prefix| prefix.rest.text().trim().len() == 1) {
                    return None;
                }
                prefixed::behind_words(line)?
            }
            _ => return None,
        };
        let mut scan = self.behind.take().unwrap_or_else(|| {
            let mut scan = Scan::default();
            line[words..]
                .iter()
                .for_each(|byte| scan.scanner.step(*byte));
            scan.scanner.end_line();
            scan.done = line.len();
            Box::new(scan)
        });
        // No record is that long: what follows is looked at no further.
        let is_all = is_all || bytes.len() - start > Limits::default().bytes;
        loop {
            let at = start + scan.done;
            let newline = memchr::memchr(b'\n', &bytes[at..]).map(|length| at + length);
            // What is behind the line's end.
            let next = newline
                .map(|newline| newline + 1)
                .filter(|next| *next < bytes.len());
            let Some(next) = next else {
                return match is_all {
                    true => None,
                    false => {
                        self.behind = Some(scan);
                        Some(more(bytes, start))
                    }
                };
            };
            let newline = memchr::memchr(b'\n', &bytes[next..]).map(|length| next + length);
            let Some(end) = newline.or(is_all.then_some(bytes.len())) else {
                self.behind = Some(scan);
                return Some(more(bytes, start));
            };
            let line = std::str::from_utf8(&bytes[next..end]).ok()?;
            if !may_go_on(line) || log_prefix::of(line).is_some() {
                return None;
            }
            let (length, is_closed) = scan.scanner.follow_line(line);
            if is_closed {
                let behind = bytes[next + length..end].trim_ascii();
                return is_end_of_statement(behind).then_some(FrameStep::Record {
                    range: start..next + length,
                    is_line: false,
                });
            }
            scan.scanner.end_line();
            scan.done = end - start;
        }
    }

    /// The document that begins at `start`.
    fn document(&mut self, bytes: &[u8], start: usize, is_all: bool) -> FrameStep {
        let mut scan = self.scan.take().unwrap_or_else(|| Scan {
            indentation: indentation(bytes, start),
            ..Scan::default()
        });
        // No record is that long: what follows is looked at no further.
        let is_all = is_all || bytes.len() - start > Limits::default().bytes;
        let mut at = start + scan.done;
        let end = loop {
            if scan.scanner.is_closed() {
                match closed(bytes, start, at, is_all) {
                    Some(step) => return step,
                    None => break None,
                }
            }
            at += scan.scanner.pass(&bytes[at..]);
            let Some(&byte) = bytes.get(at) else {
                break None;
            };
            if byte == SEPARATOR {
                break Some(at);
            }
            if byte == b'\n' {
                let Some(begins) = self.begins(&scan, &bytes[at + 1..], is_all) else {
                    break None;
                };
                if begins != RecordStart::No {
                    scan.anew.get_or_insert(at - start);
                }
                if begins == RecordStart::Certain
                    || (begins == RecordStart::Possible && self.is_wary)
                {
                    break Some(at);
                }
                scan.scanner.end_line();
            }
            scan.scanner.step(byte);
            at += 1;
        };
        let Some(end) = end.or(is_all.then_some(bytes.len())) else {
            scan.done = at - start;
            self.scan = Some(scan);
            return more(bytes, start);
        };
        // It was broken off where another record seemed to begin, however much later that shows.
        let end = scan.anew.map_or(end, |anew| start + anew);
        self.is_wary = true;
        FrameStep::Record {
            range: start..start + trimmed_open(&bytes[start..end]).len(),
            is_line: false,
        }
    }

    /// The transcript that begins at `start`: lines of it, and blank ones between them.
    fn transcript(&mut self, bytes: &[u8], start: usize, is_all: bool) -> FrameStep {
        let Lines { at, end } = self.lines.take().unwrap_or_default();
        let (mut at, mut end) = (start + at, start + end);
        // No record is that long: what follows is looked at no further.
        let is_all = is_all || bytes.len() - start > Limits::default().bytes;
        let is_open = loop {
            let newline = memchr::memchr(b'\n', &bytes[at..]).map(|length| at + length);
            let line_end = match newline {
                Some(line_end) => line_end,
                None if !is_all => break true,
                None => bytes.len(),
            };
            let line = bytes[at..line_end].trim_ascii_end();
            let goes_on =
                line.is_empty() || std::str::from_utf8(line).is_ok_and(sse::is_transcript);
            if !goes_on {
                break false;
            }
            if !line.is_empty() {
                end = at + line.len();
            }
            if newline.is_none() {
                break false;
            }
            at = line_end + 1;
        };
        if is_open {
            self.lines = Some(Lines {
                at: at - start,
                end: end - start,
            });
            return more(bytes, start);
        }
        FrameStep::Record {
            range: start..end,
            is_line: false,
        }
    }

    /// Whether another record begins with the line at the beginning of `bytes`, while the one before is open.
    /// `None` where the bytes that tell have not come yet.
    fn begins(&self, before: &Scan, bytes: &[u8], is_all: bool) -> Option<RecordStart> {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        let lead = bytes.iter().take_while(|byte| is_blank(byte)).count();
        let Some(first) = bytes.get(lead) else {
            return is_all.then_some(RecordStart::No);
        };
        if *first == SEPARATOR {
            return Some(RecordStart::Certain);
        }
        // Among lines, one that is an array by itself is a record too.
        let may_be_array = *first == b'[' && self.is_lines && !before.scanner.is_in_array();
        if before.scanner.is_in_string() && first.is_ascii_alphanumeric() {
            // A string does not go over the end of a line: where a document ends this one behind words, it is another.
            let newline = memchr::memchr(b'\n', &bytes[lead..]).map(|length| lead + length);
            let line = &bytes[lead..newline.or(is_all.then_some(bytes.len()))?];
            return Some(match ends_with_document(line.trim_ascii_end()) {
                true => RecordStart::Certain,
                false => RecordStart::No,
            });
        }
        if !(*first == b'{' || may_be_array) || lead > before.indentation {
            return Some(RecordStart::No);
        }
        // A string does not go over the end of a line, and in an object a brace follows a colon alone.
        let is_misplaced = before.scanner.is_in_string() || before.scanner.awaits_key();
        if is_misplaced && !may_be_array {
            return Some(RecordStart::Certain);
        }
        if !self.is_lines {
            // Items of a list stand there too.
            return Some(match before.scanner.is_in_array() {
                true => RecordStart::No,
                false => RecordStart::Possible,
            });
        }
        let newline = memchr::memchr(b'\n', &bytes[lead..]).map(|length| lead + length);
        let line_end = newline.or(is_all.then_some(bytes.len()))?;
        let line = bytes[lead..line_end].trim_ascii_end();
        Some(match line.len() > 2 && is_document(line) {
            true => RecordStart::Certain,
            false if may_be_array => RecordStart::No,
            false => RecordStart::Possible,
        })
    }
}

/// Whether a record begins somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RecordStart {
    Certain,
    /// If the record before never ends.
    Possible,
    No,
}

/// More bytes are needed for the record that begins at `start`; the blanks before it tell too.
fn more(bytes: &[u8], start: usize) -> FrameStep {
    FrameStep::More {
        keep: start - indentation(bytes, start),
    }
}

/// The record that is the document from `start` to `end`, or its line where that begins with a logger's own
/// brackets. `None` where the bytes that tell have not come yet.
fn closed(bytes: &[u8], start: usize, end: usize, is_all: bool) -> Option<FrameStep> {
    let behind = &bytes[end..];
    let is_between_here = |byte: &u8| *byte != b'\n' && is_between(*byte);
    let lead = behind
        .iter()
        .take_while(|byte| is_between_here(byte))
        .count();
    let next = behind.get(lead);
    if next.is_none() && !is_all {
        return None;
    }
    let ends_line = next.is_none_or(|byte| *byte == b'\n');
    let is_one_line = memchr::memchr(b'\n', &bytes[start..end]).is_none();
    let is_prefix = bytes[start] == b'[' && is_one_line && !ends_line && next != Some(&b'[');
    if is_prefix {
        let newline = memchr::memchr(b'\n', behind).map(|length| end + length);
        let line_end = newline.or(is_all.then_some(bytes.len()))?;
        return Some(FrameStep::Record {
            range: start..start + bytes[start..line_end].trim_ascii_end().len(),
            is_line: true,
        });
    }
    Some(FrameStep::Record {
        range: start..end,
        is_line: is_one_line && ends_line,
    })
}

#[cfg(test)]
mod tests;
