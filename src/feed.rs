//! Paths to records, one after the other, in constant memory where a file has one record a line.
//!
//! [`crate::source`] gives all completions at once, as a screen needs them; here a pipeline gets them as
//! they come. Both read a record with the same loader.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::completion::Origin;
use crate::completion::load::{self, Activity, Lines, Loaded, Problem, Sniff, Trouble};
use crate::json::Limits;
use crate::source::{self, Skipped, Unit};

/// How much is read at once.
const CHUNK: usize = 1 << 18;

/// What comes next.
pub enum Item<'b> {
    /// One record of a file that has one a line.
    Record {
        /// Its bytes.
        bytes: &'b [u8],
        /// Where it was found.
        origin: &'b Origin,
        /// Whether the user named the file, rather than a folder around it.
        is_named: bool,
    },
    /// All that a file held that has to be read as a whole.
    Loaded(Loaded),
    /// Nothing more is at hand: the next read may have to wait, so what is done should go out.
    Pause,
}

/// Hands on all that the paths stand for, in order. Stops at the first error of `each`.
///
/// # Errors
/// What `each` returned; trouble with the files themselves is handed on as [`Item::Loaded`].
pub fn feed<E>(
    paths: &[PathBuf],
    each: &mut impl FnMut(Item<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (units, problems) = source::units(paths);
    if !problems.is_empty() {
        each(Item::Loaded(Loaded {
            problems,
            ..Loaded::default()
        }))?;
    }
    units.iter().try_for_each(|unit| feed_unit(unit, each))
}

/// The same with one note for all files of a folder that are no completions, at the end.
///
/// # Errors
/// As for [`feed`].
pub fn feed_briefly<E>(
    paths: &[PathBuf],
    each: &mut impl FnMut(Item<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (units, problems) = source::units(paths);
    let loaded = |problems, notes| {
        Item::Loaded(Loaded {
            problems,
            notes,
            ..Loaded::default()
        })
    };
    each(loaded(problems, Vec::new()))?;
    let mut skipped = Skipped::default();
    for unit in &units {
        feed_unit(unit, &mut |item| match item {
            Item::Loaded(mut loaded) => {
                skipped.take(unit, &mut loaded);
                each(Item::Loaded(loaded))
            }
            other => each(other),
        })?;
    }
    each(loaded(Vec::new(), skipped.notes()))
}

/// Hands on all that one unit holds. Stops at the first error of `each`.
///
/// # Errors
/// As for [`feed`].
pub fn feed_unit<E>(
    unit: &Unit,
    each: &mut impl FnMut(Item<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let begun = Instant::now();
    let mut records = 0_u64;
    let each = &mut |item: Item<'_>| {
        records += u64::from(matches!(item, Item::Record { .. }));
        each(item)
    };
    let ended = match unit {
        Unit::Stdin => {
            let stdin = io::stdin().lock();
            Source::new("<stdin>", true, stdin, false).run(unit, each)
        }
        Unit::File { path, is_named } => match File::open(path) {
            Ok(file) => {
                let is_regular = file.metadata().is_ok_and(|data| data.is_file());
                let name = path.display().to_string();
                Source::new(&name, *is_named, file, is_regular).run(unit, each)
            }
            // Reading it as a whole says why it cannot be.
            Err(_) => each(Item::Loaded(source::load(unit))),
        },
        Unit::Pair { .. } => each(Item::Loaded(source::load(unit))),
    };
    if records > 0 {
        tracing::debug!(from = ?unit, records, elapsed = ?begun.elapsed(), "read line by line");
    }
    ended
}

/// One file, and what of it has been read and not yet handed on.
struct Source<R> {
    name: String,
    is_named: bool,
    input: R,
    /// Whether reading never has to wait for somebody to write.
    is_regular: bool,
    buffer: Vec<u8>,
    filled: usize,
    is_all: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Source<R> {
    fn new(name: &str, is_named: bool, input: R, is_regular: bool) -> Source<R> {
        Source {
            name: name.to_owned(),
            is_named,
            input,
            is_regular,
            buffer: Vec::new(),
            filled: 0,
            is_all: false,
            failure: None,
        }
    }

    fn run<E>(
        mut self,
        unit: &Unit,
        each: &mut impl FnMut(Item<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.has_lines() {
            return self.lines(each);
        }
        if Activity::begins(&self.buffer[..self.filled]) {
            return self.activity(each);
        }
        #[cfg(feature = "tui")]
        if self.is_regular
            && self.buffer.starts_with(source::llm_database::MAGIC)
            && let Unit::File { path, is_named } = unit
        {
            return source::llm_database::read(path, &mut |mut loaded| {
                if !is_named {
                    source::forgive(&mut loaded);
                }
                each(Item::Loaded(loaded))
            });
        }
        if self.is_regular {
            drop(self);
            return each(Item::Loaded(source::load(unit)));
        }
        let head = self.buffer[..self.filled].to_vec();
        let loaded = source::load_stream(&self.name, &head, self.input, self.failure);
        each(Item::Loaded(loaded))
    }

    /// Hands on the rows of an activity export, some at a time.
    fn activity<E>(mut self, each: &mut impl FnMut(Item<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut activity = Activity::of(&self.name);
        loop {
            let mut loaded = Loaded::default();
            let taken = activity.take(&self.buffer[..self.filled], self.is_all, &mut loaded);
            self.buffer.copy_within(taken..self.filled, 0);
            self.filled -= taken;
            if !self.is_named {
                source::forgive(&mut loaded);
            }
            each(Item::Loaded(loaded))?;
            if self.is_all && (self.filled == 0 || taken == 0) {
                break;
            }
            if taken == 0 || self.filled == 0 {
                each(Item::Pause)?;
                self.fill();
            }
        }
        if let Some(error) = self.failure {
            let problem = source::unreadable(self.name.as_ref(), source::reason(&error));
            each(Item::Loaded(failed(problem)))?;
        }
        each(Item::Pause)
    }

    fn has_lines(&mut self) -> bool {
        loop {
            let head = &self.buffer[..self.filled];
            if !self.is_named && self.filled > 0 && !source::is_candidate(head, self.name.as_ref())
            {
                return false;
            }
            match load::sniff(head, self.is_all, &self.name) {
                Sniff::Lines => return true,
                Sniff::Whole => return false,
                // Whoever writes into a pipe may wait for this answer before the next record.
                Sniff::More { has_record: true } if !self.is_regular => return true,
                Sniff::More { .. } => self.fill_to_line(),
            }
        }
    }

    /// Reads on to the end of a line or twice as far, so that a long first line is not looked at anew
    /// for every piece of it.
    fn fill_to_line(&mut self) {
        let (before, mut at) = (self.filled, self.filled);
        while !self.is_all && self.filled <= before * 2 {
            self.fill();
            if memchr::memchr(b'\n', &self.buffer[at..self.filled]).is_some() {
                return;
            }
            at = self.filled;
        }
    }

    fn fill(&mut self) {
        if self.buffer.len() - self.filled < CHUNK / 2 {
            let length = (self.buffer.len() * 2).max(CHUNK);
            self.buffer.resize(length, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.is_all = true,
                Ok(length) => self.filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.failure = Some(error);
                    self.is_all = true;
                }
            }
            return;
        }
    }

    fn lines<E>(mut self, each: &mut impl FnMut(Item<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut lines = Lines::of(&self.name);
        // Lines from `start` to `at` are chunks of a stream, which are one record together.
        let (mut start, mut at, mut searched) = (0, 0, 0);
        // Bytes of a line that is too long to be kept.
        let mut passed = 0;
        loop {
            let found = memchr::memchr(b'\n', &self.buffer[searched..self.filled]);
            let end = match found {
                Some(found) => searched + found + 1,
                None if self.is_all => self.filled,
                None => {
                    if self.filled - start > Limits::default().bytes {
                        if start < at {
                            self.record(start..at, &mut lines, each)?;
                            start = at;
                        } else {
                            passed += self.filled - at;
                            self.filled = at;
                        }
                    }
                    each(Item::Pause)?;
                    self.buffer.copy_within(start..self.filled, 0);
                    self.filled -= start;
                    (start, at, searched) = (0, at - start, self.filled);
                    self.fill();
                    continue;
                }
            };
            let line = self.buffer[at..end].trim_ascii();
            let goes_on = load::is_chunk(line) || line.is_empty() && start < at;
            if passed > 0 {
                let length = passed + (end - at);
                let problem = too_long(lines.pass(length), length);
                each(Item::Loaded(failed(problem)))?;
                passed = 0;
                start = end;
            } else if !goes_on {
                self.record(start..at, &mut lines, each)?;
                self.record(at..end, &mut lines, each)?;
                start = end;
            }
            (at, searched) = (end, end);
            if self.is_all && at == self.filled {
                self.record(start..at, &mut lines, each)?;
                break;
            }
        }
        if let Some(error) = self.failure {
            let problem = source::unreadable(self.name.as_ref(), source::reason(&error));
            each(Item::Loaded(failed(problem)))?;
        }
        each(Item::Pause)
    }

    /// Hands on the lines of a record, if there are any that are not blank.
    fn record<E>(
        &self,
        range: Range<usize>,
        lines: &mut Lines,
        each: &mut impl FnMut(Item<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((bytes, origin)) = lines.take(&self.buffer[range]) else {
            return Ok(());
        };
        each(Item::Record {
            bytes,
            origin,
            is_named: self.is_named,
        })
    }
}

fn too_long(origin: &Origin, length: usize) -> Problem {
    Problem {
        trouble: Trouble::Malformed,
        file: Arc::clone(&origin.file),
        record: origin.record,
        offset: origin.offset,
        position: Some(origin.position),
        what: Limits::default().exceeded_by(length),
    }
}

fn failed(problem: Problem) -> Loaded {
    Loaded {
        problems: vec![problem],
        ..Loaded::default()
    }
}
