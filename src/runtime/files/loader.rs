//! Reads the sources on a thread of its own, and reads them again when they change. Files with one record
//! a line are only cut into lines; a record is parsed when it is looked at, but for short ones without a
//! completion's marks, which are counted if they hold none, and once more when all is in sight, to find the broken ones.
//!
//! Folders are watched rather than files, so that an editor that swaps a file for a new one is noticed.
//! The thread sleeps while nothing changes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use notify::{RecursiveMode, Watcher};
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
use crate::mapping::Context;
use crate::s3::Location;
use crate::settings::Environment;
use crate::source::{self, SourceUnit};

/// Bytes of records that are handed on at once.
const BLOCK: usize = 1 << 20;
/// How long files must be quiet before a change is read.
const REST: Duration = Duration::from_millis(60);
/// How often a file that cannot be read is tried again, in case it was only half written.
const TRIES: u32 = 5;

/// Bytes of a file that is handed on together with its neighbours. Chosen: read at once.
const SMALL: u64 = 1 << 20;

/// Starts reading, then watching.
pub fn start(paths: Vec<PathBuf>, context: Context, sender: UnboundedSender<Msg>) {
    std::thread::spawn(move || {
        let _ = Loader::new(paths, context, sender).run();
    });
}

/// Reads what one path stands for, once, as a source of its own. What is wrong with it, if anything is.
pub(in crate::runtime) fn read_once(
    path: PathBuf,
    source: u32,
    sender: &UnboundedSender<Msg>,
) -> Option<String> {
    if path.as_os_str() == "-" {
        return Some("standard input cannot be opened from inside".to_owned());
    }
    let (units, problems) = source::units(&[path]);
    let mut first = problems.first().map(ToString::to_string);
    let loaded = Loaded {
        problems,
        ..Loaded::default()
    };
    let mut unchecked = Unchecked::default();
    let ended = read_units(units, source, loaded, &mut first, &mut unchecked, sender);
    if ended.is_ok() {
        let _ = sender.send(Msg::Loading(None));
        let _ = unchecked.check(sender);
    }
    first
}

/// Reads units as one source, after what is known of them already; keeps the first problem.
fn read_units(
    units: Vec<SourceUnit>,
    source: u32,
    known: Loaded,
    first: &mut Option<String>,
    unchecked: &mut Unchecked,
    sender: &UnboundedSender<Msg>,
) -> Result<(), InspectorEnded> {
    let batch = |loaded| Batch {
        source,
        loaded,
        ..Batch::default()
    };
    let mut gathered = Gathered::new(sender);
    let sizes: u64 = units.iter().map(|unit| length(&stamp(unit))).sum();
    let mut done = 0;
    gathered.add(batch(known), (done, sizes), true)?;
    for unit in units {
        let before = done;
        let length = length(&stamp(&unit));
        if let SourceUnit::Generation(id) = &unit {
            gathered.hand_on()?;
            let loaded = fetch::load(id, &Environment::of_process(), |says| {
                let _ = sender.send(Msg::Notice(says));
            });
            *first = first
                .take()
                .or(loaded.problems.first().map(ToString::to_string));
            gathered.add(batch(loaded), (done, sizes), false)?;
            continue;
        }
        read(&unit, source, &mut |batch: Batch, bytes| {
            let problem = batch.loaded.problems.first().map(ToString::to_string);
            *first = first.take().or(problem);
            done += bytes;
            unchecked.add(&batch);
            let is_small = (1..=SMALL).contains(&length);
            gathered.add(batch, (done.min(sizes), sizes), is_small)
        })?;
        done = before + length;
    }
    gathered.hand_on()
}

struct Loader {
    paths: Vec<PathBuf>,
    /// What deliveries are mapped with, to be compared with the exchanges of the same generations.
    context: Context,
    sender: UnboundedSender<Msg>,
    known: HashMap<SourceUnit, KnownUnit>,
    next: u32,
}

/// A unit that was read.
struct KnownUnit {
    source: u32,
    stamp: Stamp,
}

/// When the files of a unit were last written, and how long they are.
type Stamp = Vec<Option<(SystemTime, u64)>>;

impl Loader {
    fn new(paths: Vec<PathBuf>, context: Context, sender: UnboundedSender<Msg>) -> Loader {
        Loader {
            paths,
            context,
            sender,
            known: HashMap::new(),
            next: 0,
        }
    }

    fn run(mut self) -> Result<(), InspectorEnded> {
        // Watching begins before reading, so that no change falls between the two.
        let (events, changes) = channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = events.send(());
            }
        });
        let watcher = watcher.ok().map(|mut watcher| {
            for (folder, mode) in folders(&self.paths) {
                let _ = watcher.watch(&folder, mode);
            }
            watcher
        });
        self.read_all()?;
        if watcher.is_none() || !self.paths.iter().any(|path| is_watched(path)) {
            return Ok(());
        }
        while changes.recv().is_ok() {
            come_to_rest(&changes);
            self.read_again()?;
        }
        Ok(())
    }

    fn send(&self, message: Msg) -> Result<(), InspectorEnded> {
        self.sender.send(message).map_err(|_| InspectorEnded)
    }

    fn read_all(&mut self) -> Result<(), InspectorEnded> {
        let (units, problems) = source::units(&self.paths);
        self.send(Msg::Loaded(Batch {
            loaded: Loaded {
                problems,
                ..Loaded::default()
            },
            ..Batch::default()
        }))?;
        let sizes: u64 = units.iter().map(|unit| length(&stamp(unit))).sum();
        let mut done = 0;
        let sender = self.sender.clone();
        let mut gathered = Gathered::new(&sender);
        let mut unchecked = Unchecked::default();
        for unit in units {
            let before = done;
            let stamp = stamp(&unit);
            let source = self.remember(&unit, stamp.clone());
            // Whatever may take long to read, as a pipe does, keeps nothing back that was read before it.
            let is_small = (1..=SMALL).contains(&length(&stamp));
            if !is_small {
                gathered.hand_on()?;
            }
            if let SourceUnit::Generation(id) = &unit {
                let loaded = fetch::load(id, &Environment::of_process(), |says| {
                    let _ = sender.send(Msg::Notice(says));
                });
                self.send(Msg::Loaded(Batch {
                    source,
                    loaded,
                    ..Batch::default()
                }))?;
                continue;
            }
            read(&unit, source, &mut |batch: Batch, bytes| {
                done += bytes;
                unchecked.add(&batch);
                gathered.add(batch, (done.min(sizes), sizes), is_small)
            })?;
            done = before + length(&stamp);
        }
        gathered.hand_on()?;
        self.send_deliveries()?;
        self.send(Msg::Loading(None))?;
        unchecked.check(&self.sender)
    }

    /// Hands on what OpenRouter delivered, with which the exchanges are compared.
    fn send_deliveries(&self) -> Result<(), InspectorEnded> {
        let deliveries = feed::deliveries::gather_from_files(&self.paths, &self.context);
        self.send(Msg::Deliveries(Arc::new(deliveries)))
    }

    fn remember(&mut self, unit: &SourceUnit, stamp: Stamp) -> u32 {
        let next = self.next;
        let known = self.known.entry(unit.clone()).or_insert_with(|| KnownUnit {
            source: next,
            stamp: Stamp::new(),
        });
        known.stamp = stamp;
        if known.source == next {
            self.next += 1;
        }
        known.source
    }

    /// Finds the units that are new, changed or gone, and reads them.
    fn read_again(&mut self) -> Result<(), InspectorEnded> {
        let (units, _) = source::units(&self.paths);
        let gone: Vec<SourceUnit> = self
            .known
            .keys()
            .filter(|unit| !units.contains(unit) && !is_read_once(unit))
            .cloned()
            .collect();
        for unit in gone {
            if let Some(known) = self.known.remove(&unit) {
                let batch = Batch {
                    source: known.source,
                    ..Batch::default()
                };
                self.send(Msg::Changed(batch, files(&unit)))?;
            }
        }
        let mut unchecked = Unchecked::default();
        for unit in units {
            let fresh = stamp(&unit);
            let is_known = self
                .known
                .get(&unit)
                .is_some_and(|known| known.stamp == fresh);
            if is_known || is_read_once(&unit) {
                continue;
            }
            let source = self.remember(&unit, fresh);
            let batch = self.read_patiently(&unit, source);
            unchecked.add(&batch);
            self.send(Msg::Changed(batch, files(&unit)))?;
        }
        self.send_deliveries()?;
        unchecked.check(&self.sender)
    }

    /// Reads a unit that changed; tries again while it looks half written.
    fn read_patiently(&mut self, unit: &SourceUnit, source: u32) -> Batch {
        let mut whole = Batch::default();
        for attempt in 0..TRIES {
            whole = Batch {
                source,
                ..Batch::default()
            };
            let _ = read(unit, source, &mut |batch: Batch, _| {
                whole.loaded.extend(batch.loaded);
                whole.records.extend(batch.records);
                Ok(())
            });
            let is_broken = |kind| matches!(kind, ProblemKind::Malformed | ProblemKind::Unreadable);
            let problems = &whole.loaded.problems;
            let is_empty = whole.loaded.completions.is_empty() && whole.records.is_empty();
            let is_whole = !is_empty && problems.iter().all(|problem| !is_broken(problem.kind));
            if is_whole || attempt + 1 == TRIES {
                break;
            }
            std::thread::sleep(REST);
            let now = stamp(unit);
            self.remember(unit, now);
        }
        whole
    }
}

/// Whether a unit is read only once: a pipe cannot be read again, and a generation does not change.
fn is_read_once(unit: &SourceUnit) -> bool {
    matches!(
        unit,
        SourceUnit::Stdin
            | SourceUnit::Generation(_)
            | SourceUnit::Objects(_)
            | SourceUnit::Object { .. }
    )
}

/// Whether a path is a file or a folder, which may change.
fn is_watched(path: &Path) -> bool {
    path.as_os_str() != "-" && !Location::is_meant(path) && fetch::id_of_path(path).is_none()
}

/// Waits until there has been no change for a moment.
fn come_to_rest(changes: &Receiver<()>) {
    while changes.recv_timeout(REST).is_ok() {}
}

/// Reads a unit and hands it on in batches, each with how many bytes of records it holds.
fn read(
    unit: &SourceUnit,
    source: u32,
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
            pending.hand_on(source, each)
        }
        FeedItem::Loaded(loaded) => {
            pending.hand_on(source, each)?;
            if load::recognised(&loaded) > 0 {
                outcomes.expect();
            }
            let batch = Batch {
                source,
                loaded,
                records: Vec::new(),
            };
            each(batch, 0)
        }
        // What is handed on together is of one file.
        FeedItem::Begin(_) => pending.hand_on(source, each),
        FeedItem::Pause => match pending.first_was_sent {
            true => Ok(()),
            // The first records of a file are shown as soon as they are known.
            false => pending.hand_on(source, each),
        },
    })?;
    pending.hand_on(source, each)?;
    let batch = Batch {
        source,
        loaded: outcomes.end(),
        records: Vec::new(),
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
            loaded: Loaded::default(),
            records: records.collect(),
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

fn paths_of(unit: &SourceUnit) -> Vec<&Path> {
    match unit {
        SourceUnit::File { path, .. } => vec![path],
        SourceUnit::Pair { files, .. } => files.iter().map(|(_, path)| path.as_path()).collect(),
        SourceUnit::Generation(_)
        | SourceUnit::Objects(_)
        | SourceUnit::Object { .. }
        | SourceUnit::Stdin => Vec::new(),
    }
}

fn files(unit: &SourceUnit) -> Vec<String> {
    let paths = paths_of(unit).into_iter().rev();
    paths.map(|path| path.display().to_string()).collect()
}

fn stamp(unit: &SourceUnit) -> Stamp {
    let stamps = paths_of(unit).into_iter().map(|path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    });
    stamps.collect()
}

fn length(stamp: &Stamp) -> u64 {
    stamp.iter().flatten().map(|(_, length)| length).sum()
}

/// The folders to be watched: those that were named, whole, and those around named files.
fn folders(paths: &[PathBuf]) -> Vec<(PathBuf, RecursiveMode)> {
    let mut folders: Vec<(PathBuf, RecursiveMode)> = Vec::new();
    for path in paths.iter().filter(|path| is_watched(path)) {
        let (folder, mode) = if path.is_dir() {
            (path.clone(), RecursiveMode::Recursive)
        } else {
            let around = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            (
                around.unwrap_or(Path::new(".")).to_owned(),
                RecursiveMode::NonRecursive,
            )
        };
        if !folders.iter().any(|(have, _)| *have == folder) {
            folders.push((folder, mode));
        }
    }
    folders
}
