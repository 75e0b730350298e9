//! Reads units once and hands on what they hold. Files with one record a line are only cut into lines; a record is
//! parsed when it is looked at, but for short ones without a completion's marks, which are counted if they hold none,
//! and once more when all is in sight, to find the broken ones.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::mpsc::UnboundedSender;

use super::checking::Unchecked;
use super::gathered::{Gathered, InspectorEnded};
use crate::completion::Origin;
use crate::completion::load::{self, Loaded, ProblemKind, RecordOutcomes};
use crate::feed::pairs::{Pairs, Second};
use crate::feed::{self, FeedItem};
use crate::fetch;
use crate::inspector::Msg;
use crate::inspector::library::{Batch, Block, RawRecord};
use crate::settings::Environment;
use crate::source::{self, SourceUnit};

/// Bytes of records that are handed on at once.
const BLOCK: usize = 1 << 20;

/// Bytes of a file that is handed on together with its neighbours. Chosen: read at once.
const SMALL: u64 = 1 << 20;

/// When the files of a unit were last written, and how long they are.
pub(super) type Stamp = Vec<Option<(SystemTime, u64)>>;

/// Reads units one after another, each under the number that `source` gives it, and shows `see` what was loaded of them.
pub(super) fn read_units(
    units: Vec<SourceUnit>,
    source: &mut impl FnMut(&SourceUnit, Stamp) -> u32,
    see: &mut impl FnMut(&Loaded),
    unchecked: &mut Unchecked,
    sender: &UnboundedSender<Msg>,
) -> Result<(), InspectorEnded> {
    let mut gathered = Gathered::new(sender);
    let sizes: u64 = units.iter().map(|unit| length(&stamp(unit))).sum();
    let mut done = 0;
    for unit in units {
        let before = done;
        let stamp = stamp(&unit);
        let length = length(&stamp);
        let source = source(&unit, stamp);
        // Whatever may take long to read, as a pipe does, keeps nothing back that was read before it.
        let is_small = (1..=SMALL).contains(&length);
        if !is_small {
            gathered.hand_on()?;
        }
        if let SourceUnit::Generation(id) = &unit {
            let loaded = fetch::load(id, &Environment::of_process(), |says| {
                let _ = sender.send(Msg::Notice(says));
            });
            see(&loaded);
            let batch = Batch {
                source,
                loaded,
                ..Batch::default()
            };
            gathered.add(batch, (done, sizes), false)?;
            continue;
        }
        read(&unit, source, &mut |batch: Batch, bytes| {
            see(&batch.loaded);
            done += bytes;
            unchecked.add(&batch);
            gathered.add(batch, (done.min(sizes), sizes), is_small)
        })?;
        done = before + length;
    }
    gathered.hand_on()
}

/// Reads a unit and hands it on in batches, each with how many bytes of records it holds.
pub(super) fn read(
    unit: &SourceUnit,
    number: u32,
    each: &mut impl FnMut(Batch, u64) -> Result<(), InspectorEnded>,
) -> Result<(), InspectorEnded> {
    let mut pending = Pending::default();
    let mut outcomes = RecordOutcomes::default();
    let mut pairs = Pairs::of(unit);
    feed::feed_unit(unit, &mut |item: FeedItem<'_>| match item {
        FeedItem::Record { bytes, origin, .. } => {
            if let Some(mut nothing) = without_completion(bytes, origin) {
                outcomes.take(&mut nothing);
                return Ok(());
            }
            outcomes.expect();
            if pairs.is_second(origin.record) {
                return Ok(());
            }
            pending.push(bytes, origin, pairs.take_second(origin.record));
            if pending.bytes.len() < BLOCK {
                return Ok(());
            }
            pending.hand_on(number, each)
        }
        FeedItem::Loaded(loaded) => {
            pending.hand_on(number, each)?;
            if load::recognised(&loaded) > 0 {
                outcomes.expect();
            }
            let batch = Batch {
                source: number,
                loaded,
                ..Batch::default()
            };
            each(batch, 0)
        }
        // What is handed on together is of one file.
        FeedItem::Begin(_) => pending.hand_on(number, each),
        FeedItem::Pause => match pending.first_was_sent {
            true => Ok(()),
            // The first records of a file are shown as soon as they are known.
            false => pending.hand_on(number, each),
        },
    })?;
    pending.hand_on(number, each)?;
    let mut loaded = outcomes.end();
    if !unit.is_named() {
        source::forgive(&mut loaded);
    }
    let batch = Batch {
        source: number,
        loaded,
        ..Batch::default()
    };
    match batch.loaded.problems.is_empty() && batch.loaded.notes.is_empty() {
        true => Ok(()),
        false => each(batch, 0),
    }
}

/// The note about a record that holds neither a completion nor a mistake: another line of a log. Records that may
/// hold a completion are left unread.
fn without_completion(record: &[u8], origin: &Origin) -> Option<Loaded> {
    /// A log's other lines are short.
    const LONGEST: usize = 4096;
    const MARKS: [&[u8]; 6] = [
        b"\"request\"",
        b"\"response\"",
        b"choices",
        b"gen-",
        b"resourceSpans",
        b"\"observations\"",
    ];
    let has_mark = |mark: &&[u8]| memchr::memmem::find(record, mark).is_some();
    if record.len() > LONGEST || MARKS.iter().any(has_mark) {
        return None;
    }
    let mut loaded = Loaded::default();
    load::load_slice(record, origin, &mut loaded);
    let is_other = |kind| matches!(kind, ProblemKind::Unrecognised);
    let is_nothing = loaded.completions.is_empty()
        && loaded.problems.iter().all(|problem| is_other(problem.kind));
    is_nothing.then_some(loaded)
}

/// Records waiting to be handed on.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    records: Vec<(u32, u32, Origin, Option<Box<RawRecord>>)>,
    first_was_sent: bool,
}

impl Pending {
    fn push(&mut self, bytes: &[u8], origin: &Origin, second: Option<Second>) {
        let start = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(bytes);
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let second = second.map(|second| {
            let block = Arc::new(Block {
                file: second.origin.file.clone(),
                bytes: second.bytes,
            });
            let end = u32::try_from(block.bytes.len()).unwrap_or(u32::MAX);
            Box::new(raw(&block, 0, end, &second.origin, None))
        });
        self.records.push((start, end, origin.clone(), second));
    }

    fn hand_on(
        &mut self,
        source: u32,
        each: &mut impl FnMut(Batch, u64) -> Result<(), InspectorEnded>,
    ) -> Result<(), InspectorEnded> {
        let Some((_, _, first, _)) = self.records.first() else {
            return Ok(());
        };
        let block = Arc::new(Block {
            file: first.file.clone(),
            bytes: std::mem::take(&mut self.bytes).into_boxed_slice(),
        });
        let records = std::mem::take(&mut self.records);
        let records = records
            .into_iter()
            .map(|(start, end, origin, second)| raw(&block, start, end, &origin, second));
        let batch = Batch {
            source,
            records: records.collect(),
            ..Batch::default()
        };
        self.first_was_sent = true;
        each(batch, block.bytes.len() as u64)
    }
}

fn raw(
    block: &Arc<Block>,
    start: u32,
    end: u32,
    origin: &Origin,
    second: Option<Box<RawRecord>>,
) -> RawRecord {
    RawRecord {
        block: Arc::clone(block),
        start,
        end,
        offset: origin.offset as u64,
        line: u32::try_from(origin.position.line).unwrap_or(u32::MAX),
        column: u32::try_from(origin.position.column).unwrap_or(u32::MAX),
        record: u32::try_from(origin.record).unwrap_or(u32::MAX),
        second,
    }
}

pub(super) fn paths_of(unit: &SourceUnit) -> Vec<&Path> {
    match unit {
        SourceUnit::File { path, .. } => vec![path],
        SourceUnit::Pair { files, .. } => files.iter().map(|(_, path)| path.as_path()).collect(),
        SourceUnit::Generation(_)
        | SourceUnit::Objects(_)
        | SourceUnit::Object { .. }
        | SourceUnit::Stdin => Vec::new(),
    }
}

pub(super) fn stamp(unit: &SourceUnit) -> Stamp {
    let stamps = paths_of(unit).into_iter().map(|path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    });
    stamps.collect()
}

fn length(stamp: &Stamp) -> u64 {
    stamp.iter().flatten().map(|(_, length)| length).sum()
}
