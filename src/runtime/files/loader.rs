//! Reads the sources on a thread of its own, and reads them again when they change.
//!
//! Folders are watched rather than files, so that an editor that swaps a file for a new one is noticed.
//! The thread sleeps while nothing changes.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc::UnboundedSender;

use super::checking::Unchecked;
use super::gathered::InspectorEnded;
use super::reading::{self, Stamp, paths_of, stamp};
use crate::completion::load::{Loaded, ProblemKind};
use crate::feed;
use crate::fetch;
use crate::inspector::Msg;
use crate::inspector::library::Batch;
use crate::mapping::Context;
use crate::s3::Location;
use crate::source::{self, SourceUnit};

/// How long files must be quiet before a change is read.
const REST: Duration = Duration::from_millis(60);
/// How often a file that cannot be read is tried again, in case it was only half written.
const TRIES: u32 = 5;

/// How long changes may go on before what changed is read in spite of them. Chosen: a person waits that long for a log to be
/// shown that never rests.
const UNREST: Duration = Duration::from_secs(2);

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
    let mut first = None;
    let mut keep_first = |loaded: &Loaded| {
        let problem = loaded.problems.first().map(ToString::to_string);
        first = first.take().or(problem);
    };
    let known = Loaded {
        problems,
        ..Loaded::default()
    };
    keep_first(&known);
    let batch = Batch {
        source,
        loaded: known,
        ..Batch::default()
    };
    let _ = sender.send(Msg::LoadedMany(vec![batch]));
    let mut unchecked = Unchecked::default();
    let mut source = |_: &SourceUnit, _| source;
    let ended = reading::read_units(units, &mut source, &mut keep_first, &mut unchecked, sender);
    if ended.is_ok() {
        let _ = sender.send(Msg::Loading(None));
        let _ = unchecked.check(sender);
    }
    first
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
    /// Whether it was not there when last looked for.
    is_gone: bool,
}

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
        let sender = self.sender.clone();
        let mut unchecked = Unchecked::default();
        let mut source = |unit: &SourceUnit, stamp| self.remember(unit, stamp);
        reading::read_units(units, &mut source, &mut |_| (), &mut unchecked, &sender)?;
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
            is_gone: false,
        });
        known.stamp = stamp;
        known.is_gone = false;
        if known.source == next {
            self.next += 1;
        }
        known.source
    }

    /// Finds the units that are new, changed or gone, and reads them.
    fn read_again(&mut self) -> Result<(), InspectorEnded> {
        let (units, _) = source::units(&self.paths);
        let there: HashSet<&SourceUnit> = units.iter().collect();
        let gone: Vec<SourceUnit> = self
            .known
            .keys()
            .filter(|unit| !there.contains(unit) && !is_read_once(unit))
            .cloned()
            .collect();
        for unit in gone {
            // Its number stays, so that it comes back to its place, and what was edited comes back with it.
            let known = self.known.get_mut(&unit).filter(|known| !known.is_gone);
            if let Some(known) = known {
                known.is_gone = true;
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
                .is_some_and(|known| known.stamp == fresh && !known.is_gone);
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
            let _ = reading::read(unit, source, &mut |batch: Batch, _| {
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

/// Waits until there has been no change for a moment, but not for ever: a log may be written to all the time.
fn come_to_rest(changes: &Receiver<()>) {
    let begun = Instant::now();
    while begun.elapsed() < UNREST && changes.recv_timeout(REST).is_ok() {}
}

fn files(unit: &SourceUnit) -> Vec<String> {
    let paths = paths_of(unit).into_iter().rev();
    paths.map(|path| path.display().to_string()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A log that is written to all the time is read all the same.
    #[test]
    fn changes_that_never_end_are_not_waited_for() {
        let (events, changes) = std::sync::mpsc::sync_channel(1);
        let writer = std::thread::spawn(move || while events.send(()).is_ok() {});
        come_to_rest(&changes);
        drop(changes);
        assert!(writer.join().is_ok());
    }
}
