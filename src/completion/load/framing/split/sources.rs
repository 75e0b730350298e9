//! The sources of a log whose lines have words, or a record, around what they log: where a record ends and the next begins
//! is told of what each source logs by itself.

use std::collections::HashMap;

use super::{FrameStep, Framer, is_between, may_go_on};
use crate::completion::load::logs::source_line::{self, LineJoiner, SourceLine};
use crate::completion::load::signs;
use crate::json::Limits;

/// Wrappings within one another that are taken off: a container's, and those of what collects them. Each of records doubles the
/// backslashes of the one within.
const LEVELS: u8 = 6;
/// Lines of nothing that is open, behind the last of what is.
const MOST_BETWEEN: usize = 64;
/// The same behind something that has gone on for long.
const LONGEST_PAUSE: usize = 1 << 12;
/// Sources that have something open at once, or requests that wait. Chosen: what so many log at once is longer than a record
/// may be.
const MOST_SOURCES: usize = 1 << 16;
/// Sources that have nothing open and are kept, since they will log more.
const KEPT: usize = 64;
/// What is open and has not named its generation in so many bytes is not asked again.
const LONGEST_UNNAMED: usize = 1 << 13;
/// A line that stands between and is longer is looked at by itself.
const LONGEST_BETWEEN: usize = 1 << 12;

/// What the sources of a log have open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct Sources {
    level: u8,
    sources: HashMap<String, Source>,
    /// How many of them have something open, and of how many that is no stream that names its generation.
    open: usize,
    unnamed: usize,
    /// Lines of what is open, and those since the last of them: of no source, and of sources that have nothing open.
    taken: usize,
    between: usize,
    idle: usize,
    /// The line that was taken last is the first of what follows: whether it leaves something open.
    ahead: Option<bool>,
}

/// What a line is to what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceStep {
    /// It is of it, or stands within it, and it goes on.
    Open,
    /// It is its end.
    Done,
    /// It is another source's, or nobody's, and stands between.
    Between,
    /// It is behind it.
    Behind,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Source {
    joiner: LineJoiner,
    framer: Framer,
    /// What is open of it.
    bytes: Vec<u8>,
    /// Whether that is a stream that names its generation.
    is_named: bool,
}

/// What became of a source with a line.
enum SourceState {
    /// Nothing of it is open; the line is a record by itself, or nothing.
    Idle,
    /// What was open ends with the line.
    Ended,
    /// What was open ended before the line, which leaves something open or not.
    Anew(bool),
    /// Something is open.
    Open,
}

impl Sources {
    /// Those of what stands within so many wrappings.
    pub fn at_level(level: u8) -> Sources {
        Sources {
            level,
            ..Sources::default()
        }
    }

    /// Takes a line where nothing is open: whether it leaves something open. `None` of what is no line of a source.
    pub(super) fn begin(&mut self, record: &[u8]) -> Option<bool> {
        if let Some(is_open) = self.ahead.take() {
            return Some(is_open);
        }
        if self.level >= LEVELS || !source_line::may_be_one(record) {
            return None;
        }
        let line = SourceLine::of(std::str::from_utf8(record).ok()?, false, &|_| false)?;
        (self.taken, self.between, self.idle) = (1, 0, 0);
        if self.sources.len() >= MOST_SOURCES {
            self.sources.clear();
        }
        self.feed(&line);
        Some(self.open > 0)
    }

    /// Takes a line where something is open. So many others may stand between, or more behind what has gone on for long.
    pub(super) fn next(&mut self, record: &[u8], most: usize) -> SourceStep {
        let most = most.max(LONGEST_PAUSE.min(MOST_BETWEEN + self.taken));
        let is_full = self.between >= most || self.idle >= most.max(LONGEST_PAUSE);
        let is_open = |name: &str| self.sources.get(name).is_some_and(Source::is_open);
        let text = std::str::from_utf8(record).ok();
        let line = text.and_then(|text| SourceLine::of(text, true, &is_open));
        let Some(line) = line.filter(|_| !is_full) else {
            let is_nothing =
                || record.len() <= LONGEST_BETWEEN && !signs::may_hold_completion(record);
            let is_beside = || {
                let source = text.and_then(source_line::source_beside);
                source.is_some_and(|source| is_open(&source))
            };
            let may_stand = !is_full && (is_nothing() || self.unnamed == 0 || is_beside());
            self.between += 1;
            if !may_stand {
                self.end();
                return SourceStep::Behind;
            }
            return SourceStep::Between;
        };
        let state = self.feed(&line);
        match state {
            SourceState::Idle => {
                self.idle += 1;
                SourceStep::Open
            }
            SourceState::Anew(is_open) if self.open == usize::from(is_open) => {
                self.ahead = Some(is_open);
                (self.taken, self.between, self.idle) = (1, 0, 0);
                SourceStep::Behind
            }
            _ => {
                self.taken += 1;
                (self.between, self.idle) = (0, 0);
                match self.open {
                    0 => SourceStep::Done,
                    _ => SourceStep::Open,
                }
            }
        }
    }

    /// Ends all that is open.
    pub(super) fn end(&mut self) {
        (self.open, self.unnamed) = (0, 0);
        self.sources.values_mut().for_each(Source::end);
    }

    fn feed(&mut self, line: &SourceLine<'_>) -> SourceState {
        let level = self.level + 1;
        let name = line.source.as_ref();
        if !self.sources.contains_key(name) {
            if self.sources.len() >= MOST_SOURCES {
                return SourceState::Idle;
            }
            let source = Source {
                framer: Framer::at_level(level),
                ..Source::default()
            };
            self.sources.insert(name.to_owned(), source);
        }
        let are_many = self.sources.len() > KEPT;
        let Some(source) = self.sources.get_mut(name) else {
            return SourceState::Idle;
        };
        let (was_open, was_unnamed) = (source.is_open(), source.is_unnamed());
        let state = source.take(line);
        let is_open = source.is_open();
        self.open = self.open + usize::from(is_open) - usize::from(was_open);
        self.unnamed = self.unnamed + usize::from(source.is_unnamed()) - usize::from(was_unnamed);
        if !is_open && are_many && !source.framer.has_waiting() {
            self.sources.remove(name);
        }
        state
    }

    /// Whether none of them has anything open, or a request that waits.
    pub(super) fn are_none(&self) -> bool {
        let mut sources = self.sources.values();
        sources.all(|source| !source.is_open() && !source.framer.has_waiting())
    }
}

impl Source {
    fn is_open(&self) -> bool {
        !self.bytes.is_empty()
    }

    fn is_unnamed(&self) -> bool {
        self.is_open() && !self.is_named
    }

    /// Ends what is open. Requests that wait do so still.
    fn end(&mut self) {
        self.bytes.clear();
        self.joiner = LineJoiner::default();
        self.framer.break_off();
    }

    fn take(&mut self, line: &SourceLine<'_>) -> SourceState {
        let mut was_open = self.is_open();
        let mut was_broken = false;
        let text = line.text.text();
        let went_on = self.joiner.goes_on();
        let mut joiner = self.joiner.clone();
        let joint = joiner.take(line);
        let is_next_line = !went_on || joint.ends_before;
        let is_too_long = self.bytes.len() + text.len() > Limits::default().bytes;
        if was_open
            && (is_too_long || (is_next_line && self.framer.has_document() && !may_go_on(text)))
        {
            self.end();
            (was_open, was_broken) = (false, true);
        }
        self.joiner = joiner;
        if joint.ends_before && !was_broken {
            self.bytes.push(b'\n');
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        if joint.ends && !text.ends_with('\n') {
            self.bytes.push(b'\n');
        }
        let (mut at, mut last) = (0, 0);
        while let FrameStep::Record { range, .. } = self.framer.next(&self.bytes, at, false) {
            (at, last) = (range.end, range.start);
        }
        let rest = &self.bytes[at..];
        let blanks = rest.iter().take_while(|byte| is_between(**byte)).count();
        let is_open = blanks < rest.len();
        let begins = at + blanks;
        match is_open {
            true => _ = self.bytes.drain(..at),
            false => self.bytes.clear(),
        }
        let is_anew = !was_open || begins >= start;
        self.is_named = is_open
            && (self.is_named && !is_anew
                || (self.bytes.len() <= LONGEST_UNNAMED || is_anew)
                    && self.framer.has_named_stream(&self.bytes));
        match (was_open, is_open) {
            (false, _) if was_broken => SourceState::Anew(is_open),
            (false, false) => SourceState::Idle,
            (false, true) => SourceState::Open,
            (true, true) if begins >= start => SourceState::Anew(true),
            (true, true) => SourceState::Open,
            (true, false) if last >= start && at > start => SourceState::Anew(false),
            (true, false) => SourceState::Ended,
        }
    }
}
