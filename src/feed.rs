//! Paths to records, one after the other, in constant memory where a file has one record a line.
//!
//! [`crate::source`] gives all completions at once, as a screen needs them; here a pipeline gets them as
//! they come. Both read a record with the same loader.

mod array;
mod beginning;
#[cfg(feature = "program")]
pub(crate) mod deliveries;
#[cfg(feature = "program")]
pub(crate) mod lines;
#[cfg(feature = "program")]
pub(crate) mod pairs;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::completion::Origin;
use crate::completion::load::{
    self, Activity, FrameStep, Framer, LineRecords, Loaded, Problem, ProblemKind,
};
use crate::json::Limits;
#[cfg(feature = "program")]
use crate::s3::Location;
use crate::source::{self, Most, SourceUnit};
use beginning::Cut;

/// How much is read at once.
const CHUNK: usize = 1 << 18;

/// How much of standard input is kept where it is looked through before its turn.
const MOST_AHEAD: usize = 256 << 20;

/// What comes next.
pub enum FeedItem<'b> {
    /// All that follows is of this.
    Begin(&'b SourceUnit),
    /// One record of a file that has one a line.
    Record {
        /// Its bytes.
        bytes: &'b [u8],
        /// Where it was found.
        origin: &'b Origin,
    },
    /// All that a file held that has to be read as a whole.
    Loaded(Loaded),

    /// Nothing more is at hand: the next read may have to wait, so what is done should go out.
    Pause,
}

/// The beginning of standard input, where it was looked through before its turn: it can be read only once.
#[derive(Debug, Default)]
pub struct ReadAhead {
    bytes: Vec<u8>,
    /// Whether more follows that was not looked through.
    goes_on: bool,
}

impl ReadAhead {
    /// All of standard input: what was read of it before, and the rest.
    pub(crate) fn input(&self) -> impl Read {
        self.bytes.chain(io::stdin().lock())
    }

    /// What is to be said where not all of it was looked through.
    fn remark(&self) -> Option<Loaded> {
        let problem = Problem {
            kind: ProblemKind::Remark,
            ..source::unreadable(
                "<stdin>".as_ref(),
                format!(
                    "longer than {} MiB: deliveries behind that are not compared with what stands before them",
                    MOST_AHEAD >> 20
                ),
            )
        };
        self.goes_on.then(|| Loaded {
            notes: vec![problem],
            ..Loaded::default()
        })
    }
}

/// Hands on all that the paths stand for, in order. Stops at the first error of `each`.
///
/// # Errors
/// What `each` returned; trouble with the files themselves is handed on as [`FeedItem::Loaded`].
pub fn feed<E>(
    paths: &[PathBuf],
    each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    feed_behind(paths, &ReadAhead::default(), each)
}

/// The same, where standard input was looked through before.
///
/// # Errors
/// As for [`feed`].
pub fn feed_behind<E>(
    paths: &[PathBuf],
    ahead: &ReadAhead,
    each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (units, said) = source::units(paths);
    if !said.problems.is_empty() || !said.notes.is_empty() {
        each(FeedItem::Loaded(said))?;
    }
    units.iter().try_for_each(|unit| {
        each(FeedItem::Begin(unit))?;
        if *unit == SourceUnit::Stdin
            && let Some(remark) = ahead.remark()
        {
            each(FeedItem::Loaded(remark))?;
        }
        feed_one(unit, ahead, each)
    })
}

/// Hands on all that one unit holds. Stops at the first error of `each`.
///
/// # Errors
/// As for [`feed`].
pub fn feed_unit<E>(
    unit: &SourceUnit,
    each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    feed_one(unit, &ReadAhead::default(), each)
}

/// The same, where standard input was looked through before.
///
/// # Errors
/// As for [`feed`].
pub(crate) fn feed_one<E>(
    unit: &SourceUnit,
    ahead: &ReadAhead,
    each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let begun = Instant::now();
    let mut records = 0_u64;
    let each = &mut |item: FeedItem<'_>| {
        records += u64::from(matches!(item, FeedItem::Record { .. }));
        each(item)
    };
    let ended = match unit {
        SourceUnit::Stdin => feed_stream("<stdin>", ahead.input(), each),
        SourceUnit::File { path, is_named } => match File::open(path) {
            Ok(file) => {
                let is_regular = file.metadata().is_ok_and(|data| data.is_file());
                let name = path.display().to_string();
                Source::new(&name, *is_named, file, is_regular).run(unit, each)
            }
            // Reading it as a whole says why it cannot be.
            Err(_) => each(FeedItem::Loaded(source::load(unit))),
        },
        #[cfg(feature = "program")]
        SourceUnit::Objects(location) => feed_objects(location, each),
        // A pair of files, or a generation that is fetched.
        _ => each(FeedItem::Loaded(source::load(unit))),
    };
    if records > 0 {
        tracing::debug!(from = ?unit, records, elapsed = ?begun.elapsed(), "read line by line");
    }
    ended
}

/// Hands on all that the objects of a bucket hold, each as a file of its own.
#[cfg(feature = "program")]
fn feed_objects<E>(
    location: &Location,
    each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    for object in source::objects(location) {
        match object {
            Ok(object) => {
                let unit = SourceUnit::Object {
                    name: object.name.clone(),
                    is_named: object.is_named,
                };
                each(FeedItem::Begin(&unit))?;
                let (name, is_named) = (object.name.clone(), object.is_named);
                Source::new(&name, is_named, object, false).run(&unit, each)?;
            }
            Err(problem) => each(FeedItem::Loaded(failed(problem)))?,
        }
    }
    Ok(())
}

/// Hands on all that a stream holds, each record as soon as it has come. Stops at the first error of `each`.
///
/// # Errors
/// As for [`feed`].
pub fn feed_stream<E>(
    name: &str,
    input: impl Read,
    each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    Source::new(name, true, input, false).run(&SourceUnit::Stdin, each)
}

/// One file, and what of it has been read and not yet handed on.
struct Source<'r> {
    name: String,
    is_named: bool,
    input: Box<dyn Read + 'r>,
    /// Whether reading never has to wait for somebody to write.
    is_regular: bool,
    buffer: Vec<u8>,
    filled: usize,
    is_all: bool,
    failure: Option<io::Error>,
    /// The longest array that is read as a whole, in bytes.
    whole_array: usize,
    /// How much is kept of a beginning that tells nothing, in bytes.
    longest_beginning: usize,
    /// How much is read as a whole.
    most: Most,
}

impl<'r> Source<'r> {
    fn new(name: &str, is_named: bool, input: impl Read + 'r, is_regular: bool) -> Source<'r> {
        Source {
            name: name.to_owned(),
            is_named,
            input: Box::new(input),
            is_regular,
            buffer: Vec::new(),
            filled: 0,
            is_all: false,
            failure: None,
            whole_array: array::WHOLE,
            longest_beginning: Limits::default().bytes,
            most: Most::PLAIN,
        }
    }

    fn run<E>(
        mut self,
        unit: &SourceUnit,
        each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.unpack();
        let cut = self.cut();
        if let SourceUnit::File {
            path,
            is_named: false,
        } = unit
            && self.is_regular
            && source::may_be_forgiven(path, &self.buffer[..self.filled])
        {
            drop(self);
            return each(FeedItem::Loaded(source::load(unit)));
        }
        match cut {
            Cut::Records(framer) => return self.records(*framer, each),
            Cut::Array(start) => return self.array(start, each),
            Cut::Blanks => return each(FeedItem::Loaded(failed(self.blanks()))),
            Cut::Whole => {}
        }
        if Activity::begins(&self.buffer[..self.filled]) {
            return self.activity(each);
        }
        #[cfg(feature = "program")]
        if self.is_regular
            && self.buffer.starts_with(source::llm_database::MAGIC)
            && let SourceUnit::File { path, is_named } = unit
        {
            return source::llm_database::read(path, &mut |mut loaded| {
                if !is_named {
                    source::forgive(&mut loaded);
                }
                each(FeedItem::Loaded(loaded))
            });
        }
        if self.is_regular {
            drop(self);
            return each(FeedItem::Loaded(source::load(unit)));
        }
        let mut head = self.buffer;
        head.truncate(self.filled);
        let path = Path::new(&self.name);
        if !self.is_named && self.failure.is_none() && !source::is_candidate(&head, path) {
            let mut loaded = Loaded::default();
            loaded.notes.push(source::skipped(path));
            return each(FeedItem::Loaded(loaded));
        }
        let loaded = source::load_stream(
            &self.name,
            self.is_named,
            head,
            self.input,
            self.failure,
            self.most,
        );
        each(FeedItem::Loaded(loaded))
    }

    /// Hands on the rows of an activity export, some at a time.
    fn activity<E>(
        mut self,
        each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut activity = Activity::of(&self.name);
        loop {
            let mut loaded = Loaded::default();
            let taken = activity.take(&self.buffer[..self.filled], self.is_all, &mut loaded);
            self.buffer.copy_within(taken..self.filled, 0);
            self.filled -= taken;
            if !self.is_named {
                source::forgive(&mut loaded);
            }
            each(FeedItem::Loaded(loaded))?;
            if self.is_all && (self.filled == 0 || taken == 0) {
                break;
            }
            if taken == 0 || self.filled == 0 {
                each(FeedItem::Pause)?;
                self.fill();
            }
        }
        self.end(each)
    }

    fn fill(&mut self) {
        if self.buffer.len() - self.filled < CHUNK / 2 {
            let mut longer = vec![0; (self.buffer.len() * 2).max(CHUNK)];
            longer[..self.filled].copy_from_slice(&self.buffer[..self.filled]);
            self.buffer = longer;
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

    fn records<E>(
        self,
        mut framer: Framer,
        each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let at = load::text_start(&self.buffer[..self.filled]);
        framer.wait(self.is_regular);
        let mut records = LineRecords::of(&self.name);
        records.skip(&self.buffer[..at]);
        self.tell_kind(each)?;
        self.records_from(at, records, framer, each)
    }

    /// Says what the file is, where that is known to hold no completion.
    fn tell_kind<E>(&self, each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>) -> Result<(), E> {
        match load::kind_of_file(&self.buffer[..self.filled]) {
            Some(kind) => each(FeedItem::Loaded(Loaded {
                file_is: Some(kind),
                ..Loaded::default()
            })),
            None => Ok(()),
        }
    }

    /// Hands on the records from a byte of the buffer on.
    fn records_from<E>(
        mut self,
        mut at: usize,
        mut records: LineRecords,
        mut framer: Framer,
        each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            match framer.next_together(&self.buffer[..self.filled], at, self.is_all) {
                FrameStep::Record { range, is_line } => {
                    records.skip(&self.buffer[at..range.start]);
                    at = range.end;
                    let bytes = &self.buffer[range];
                    let origin = records.take(bytes, is_line);
                    each(FeedItem::Record { bytes, origin })?;
                }
                FrameStep::More { keep } => {
                    records.skip(&self.buffer[at..keep]);
                    self.buffer.copy_within(keep..self.filled, 0);
                    self.filled -= keep;
                    at = 0;
                    if self.filled > Limits::default().bytes {
                        let length = self.pass_line();
                        let problem = too_long(records.pass(length), length);
                        each(FeedItem::Loaded(failed(problem)))?;
                        framer = framer.anew();
                        continue;
                    }
                    each(FeedItem::Pause)?;
                    self.fill();
                }
                FrameStep::End => break,
            }
        }
        self.end(each)
    }

    /// Says why reading ended, if it was not the end of the file.
    fn end<E>(self, each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>) -> Result<(), E> {
        if let Some(error) = self.failure {
            let problem = source::unreadable(self.name.as_ref(), source::reason(&error));
            each(FeedItem::Loaded(failed(problem)))?;
        }
        each(FeedItem::Pause)
    }

    /// Passes over a line that is too long to be kept, which fills the buffer: its length.
    fn pass_line(&mut self) -> usize {
        let mut passed = 0;
        loop {
            let newline = memchr::memchr(b'\n', &self.buffer[..self.filled]);
            let end = newline.map_or(self.filled, |newline| newline + 1);
            passed += end;
            self.buffer.copy_within(end..self.filled, 0);
            self.filled -= end;
            if newline.is_some() || self.is_all {
                return passed;
            }
            self.fill();
        }
    }
}

fn too_long(origin: &Origin, length: usize) -> Problem {
    Problem::malformed(origin, Limits::default().exceeded_by(length))
}

fn failed(problem: Problem) -> Loaded {
    Loaded {
        problems: vec![problem],
        ..Loaded::default()
    }
}
