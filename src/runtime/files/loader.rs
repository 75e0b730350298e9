//! Reads the sources on a thread of its own, and reads them again when they change.
//!
//! The thread sleeps while nothing changes.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::checking::Unchecked;
use super::gathered::InspectorEnded;
use super::reading::{self, Stamp, paths_of, stamp};
use super::watching::{REST, Watching};
use crate::completion::load::{Loaded, ProblemKind};
use crate::feed;
use crate::inspector::Msg;
use crate::inspector::library::{Batch, Regrouped};
use crate::mapping::Context;
use crate::source::{self, SourceUnit};

/// How often a file that cannot be read is tried again, in case it was only half written.
const TRIES: u32 = 5;

/// Starts reading, then watching.
pub fn start(paths: Vec<PathBuf>, context: Context, sender: UnboundedSender<Msg>) {
    std::thread::spawn(move || {
        let _ = Loader::new(paths, Some(context), sender).run();
    });
}

/// Reads once and ends.
pub(in crate::runtime) fn read(
    paths: Vec<PathBuf>,
    context: Context,
    sender: UnboundedSender<Msg>,
) {
    let _ = Loader::new(paths, Some(context), sender).read_all();
}

/// Reads what one path stands for as a source of its own, and says with `opened` what is wrong with it, if anything is. A
/// file is read again when it changes.
pub(in crate::runtime) fn open(
    path: PathBuf,
    source: u32,
    sender: UnboundedSender<Msg>,
    opened: impl FnOnce(Option<String>),
) {
    let watching = match path.is_file() {
        true => Watching::begin(std::slice::from_ref(&path)),
        false => None,
    };
    let units = match watching {
        Some(_) => source::units(std::slice::from_ref(&path)).0,
        None => Vec::new(),
    };
    let before = units.first().map(|unit| (unit.clone(), stamp(unit)));
    opened(read_once(path.clone(), source, &sender));
    // What was read of a file is taken out when it is read again; a folder's files are all of one source.
    if let (Some(watching), Some((unit, stamp)), 1) = (watching, before, units.len()) {
        let known = KnownUnit {
            source,
            stamp,
            is_gone: false,
            has_no_delivery: false,
        };
        let loader = Loader {
            known: HashMap::from([(unit, known)]),
            ..Loader::new(vec![path], None, sender)
        };
        let _ = loader.follow(watching);
    }
}

fn read_once(path: PathBuf, source: u32, sender: &UnboundedSender<Msg>) -> Option<String> {
    if path.as_os_str() == "-" {
        return Some("standard input cannot be opened from inside".to_owned());
    }
    let (units, known) = source::units(&[path]);
    let mut first = None;
    let mut keep_first = |loaded: &Loaded| {
        let problem = loaded.problems.first().map(ToString::to_string);
        first = first.take().or(problem);
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
    /// What deliveries are mapped with, to be compared with the exchanges of the same generations; none where these paths
    /// are not all that is loaded.
    context: Option<Context>,
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
    /// Whether no delivery was found in it, so that it need not be looked through for one until it changes.
    has_no_delivery: bool,
}

impl Loader {
    fn new(paths: Vec<PathBuf>, context: Option<Context>, sender: UnboundedSender<Msg>) -> Loader {
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
        let watching = Watching::begin(&self.paths);
        self.read_all()?;
        match watching {
            Some(watching) => self.follow(watching),
            None => Ok(()),
        }
    }

    /// Reads again what changes.
    fn follow(mut self, mut watching: Watching) -> Result<(), InspectorEnded> {
        while watching.wait() {
            self.read_again()?;
        }
        Ok(())
    }

    fn send(&self, message: Msg) -> Result<(), InspectorEnded> {
        self.sender.send(message).map_err(|_| InspectorEnded)
    }

    fn read_all(&mut self) -> Result<(), InspectorEnded> {
        let (units, loaded) = source::units(&self.paths);
        self.send(Msg::Loaded(Batch {
            loaded,
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
    fn send_deliveries(&mut self) -> Result<(), InspectorEnded> {
        let Some(context) = &self.context else {
            return Ok(());
        };
        let known = &self.known;
        let pass_over = |unit: &SourceUnit| known.get(unit).is_some_and(|it| it.has_no_delivery);
        let mut without = Vec::new();
        let mut add = |unit: &SourceUnit| without.push(unit.clone());
        let deliveries =
            feed::deliveries::gather_from_changed(&self.paths, &pass_over, &mut add, context);
        for unit in without {
            if let Some(known) = self.known.get_mut(&unit) {
                known.has_no_delivery = true;
            }
        }
        self.send(Msg::Deliveries(Arc::new(deliveries)))
    }

    fn remember(&mut self, unit: &SourceUnit, stamp: Stamp) -> u32 {
        let next = self.next;
        let known = self.known.entry(unit.clone()).or_insert_with(|| KnownUnit {
            source: next,
            stamp: Stamp::new(),
            is_gone: false,
            has_no_delivery: false,
        });
        known.stamp = stamp;
        known.is_gone = false;
        known.has_no_delivery = false;
        if known.source == next {
            self.next += 1;
        }
        known.source
    }

    /// Finds the units that are new, changed or gone, and reads them.
    fn read_again(&mut self) -> Result<(), InspectorEnded> {
        let (units, _) = source::units(&self.paths);
        let there: HashSet<&SourceUnit> = units.iter().collect();
        let mut regrouped = self.regroup(&units);
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
            let mut batch = self.read_patiently(&unit, source);
            batch.regrouped = regrouped.remove(&unit);
            unchecked.add(&batch);
            let mut of_unit = files(&unit);
            of_unit.extend(
                batch
                    .regrouped
                    .iter()
                    .flat_map(|change| change.left.clone()),
            );
            self.send(Msg::Changed(batch, of_unit))?;
        }
        self.send_deliveries()?;
        unchecked.check(&self.sender)
    }

    /// Lets a unit that is new be the same source as the one of whose files it has some: a completion that lost a file, or
    /// got one. Gives what each of them lost and got.
    fn regroup(&mut self, units: &[SourceUnit]) -> HashMap<SourceUnit, Regrouped> {
        let there: HashSet<&SourceUnit> = units.iter().collect();
        let mut changes = HashMap::new();
        for unit in units {
            if self.known.contains_key(unit) || is_read_once(unit) {
                continue;
            }
            let now = paths_of(unit);
            let shared = |other: &SourceUnit| {
                let before = paths_of(other);
                before.iter().filter(|path| now.contains(path)).count()
            };
            let gone = self.known.keys().filter(|other| !there.contains(other));
            let of_same = gone.map(|other| (shared(other), other));
            let before = of_same
                .filter(|(shared, _)| *shared > 0)
                .max_by_key(|(shared, other)| (*shared, paths_of(other)))
                .map(|(_, other)| other.clone());
            let Some(before) = before else {
                continue;
            };
            let was = paths_of(&before);
            let without = |all: &[&Path], others: &[&Path]| {
                let left = all.iter().rev().filter(|path| !others.contains(path));
                left.map(|path| path.display().to_string()).collect()
            };
            let change = Regrouped {
                left: without(&was, &now),
                came: without(&now, &was),
            };
            if let Some(mut known) = self.known.remove(&before) {
                known.is_gone = true;
                self.known.insert(unit.clone(), known);
                changes.insert(unit.clone(), change);
            }
        }
        changes
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

fn files(unit: &SourceUnit) -> Vec<String> {
    let paths = paths_of(unit).into_iter().rev();
    paths.map(|path| path.display().to_string()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;
    use std::time::Duration;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    const CALL: &str = r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"Where?"}]},"response":{"id":"gen-1","choices":[{"message":{"content":"Here."}}]}}"#;

    /// A large file beside one that grows all the time is looked through once for deliveries, not each time the other grows.
    #[test]
    fn a_file_without_deliveries_is_looked_through_once_until_it_changes() {
        const DELIVERY: &str = include_str!("../../../tests/inputs/otlp/snake-case.json");
        let folder = tempfile::tempdir().unwrap();
        let (large, small) = (folder.path().join("a.json"), folder.path().join("b.json"));
        fs::write(&large, format!("{CALL}{}", " ".repeat(DELIVERY.len()))).unwrap();
        fs::write(&small, CALL.replace("gen-1", "gen-2")).unwrap();
        let written = fs::metadata(&large).unwrap();
        let (sender, mut messages) = unbounded_channel();
        let paths = vec![folder.path().to_owned()];
        let mut loader = Loader::new(paths, Some(Context::at(0)), sender);
        let mut is_delivered = || {
            let mut last = None;
            while let Ok(message) = messages.try_recv() {
                if let Msg::Deliveries(deliveries) = message {
                    last = Some(!deliveries.is_empty());
                }
            }
            last
        };
        assert!(loader.read_all().is_ok());
        assert_eq!(is_delivered(), Some(false));
        // As if nothing had changed, so that it is seen whether it is read.
        let as_large = format!(
            "{DELIVERY:width$}",
            width = written.len().try_into().unwrap()
        );
        fs::write(&large, as_large).unwrap();
        let file = fs::File::options().append(true).open(&large).unwrap();
        file.set_modified(written.modified().unwrap()).unwrap();
        fs::write(&small, CALL.replace("gen-1", "gen-30")).unwrap();
        assert!(loader.read_again().is_ok());
        assert_eq!(is_delivered(), Some(false));
        // What has changed is looked through.
        fs::write(&large, DELIVERY).unwrap();
        assert!(loader.read_again().is_ok());
        assert_eq!(is_delivered(), Some(true));
    }

    /// A completion of two files that loses one, and gets it again, stays the same source, and it is told which file it was.
    #[test]
    fn a_pair_that_loses_a_file_stays_one_source() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let request = r#"{"model":"a/b","messages":[{"role":"user","content":"Where?"}]}"#;
        let response = r#"{"id":"gen-1","object":"chat.completion","choices":[{"message":{"content":"Here."}}]}"#;
        fs::write(at("r.request.json"), request).unwrap();
        fs::write(at("r.response.json"), response).unwrap();
        fs::write(at("other.json"), CALL.replace("gen-1", "gen-2")).unwrap();
        let (sender, mut messages) = unbounded_channel();
        let paths = vec![folder.path().to_owned()];
        let mut loader = Loader::new(paths, Some(Context::at(0)), sender);
        assert!(loader.read_all().is_ok());
        let name = |name: &str| at(name).display().to_string();
        let mut changes = move |loader: &mut Loader| {
            while messages.try_recv().is_ok() {}
            assert!(loader.read_again().is_ok());
            let mut all = Vec::new();
            while let Ok(message) = messages.try_recv() {
                if let Msg::Changed(batch, files) = message {
                    let count = batch.loaded.completions.len() + batch.records.len();
                    all.push((batch.source, batch.regrouped, files, count));
                }
            }
            all
        };
        let source = loader.known.iter().find_map(|(unit, known)| {
            matches!(unit, SourceUnit::Pair { .. }).then_some(known.source)
        });
        let source = source.unwrap();
        for file in ["r.response.json", "r.request.json"] {
            let other = match file {
                "r.request.json" => name("r.response.json"),
                _ => name("r.request.json"),
            };
            let text = fs::read(at(file)).unwrap();
            fs::remove_file(at(file)).unwrap();
            let lost = Regrouped {
                left: vec![name(file)],
                came: Vec::new(),
            };
            let expected = (source, Some(lost), vec![other, name(file)], 1);
            assert_eq!(changes(&mut loader), [expected]);
            fs::write(at(file), text).unwrap();
            let got = Regrouped {
                left: Vec::new(),
                came: vec![name(file)],
            };
            let both = vec![name("r.response.json"), name("r.request.json")];
            assert_eq!(changes(&mut loader), [(source, Some(got), both, 1)]);
        }
        // Where all of it goes, it is gone.
        fs::remove_file(at("r.request.json")).unwrap();
        fs::remove_file(at("r.response.json")).unwrap();
        let both = vec![name("r.response.json"), name("r.request.json")];
        assert_eq!(changes(&mut loader), [(source, None, both, 0)]);
    }

    /// A build that starts afresh removes its folder and makes it again; so does a recorder.
    #[tokio::test]
    async fn a_folder_that_is_made_again_is_read_again() {
        for named in ["out", "out/a.json"] {
            let parent = tempfile::tempdir().unwrap();
            let folder = parent.path().join("out");
            let file = folder.join("a.json");
            let make = || {
                fs::create_dir(&folder).unwrap();
                fs::write(&file, CALL).unwrap();
            };
            make();
            let (sender, mut messages) = unbounded_channel();
            start(vec![parent.path().join(named)], Context::at(0), sender);
            let mut wait = async |wanted: fn(&Msg) -> bool| {
                let found = async {
                    while let Some(message) = messages.recv().await {
                        if wanted(&message) {
                            return;
                        }
                    }
                };
                let found = tokio::time::timeout(Duration::from_secs(30), found).await;
                assert!(found.is_ok(), "nothing came of {named}");
            };
            let is_gone = |message: &Msg| matches!(message, Msg::Changed(batch, _) if batch.records.is_empty() && batch.loaded.completions.is_empty());
            let is_there = |message: &Msg| matches!(message, Msg::Changed(batch, _) if batch.records.len() + batch.loaded.completions.len() == 1);
            wait(|message| matches!(message, Msg::Loading(None))).await;
            for _ in 0..2 {
                fs::remove_dir_all(&folder).unwrap();
                wait(is_gone).await;
                make();
                wait(is_there).await;
            }
            // What changes in it later is noticed as well.
            fs::write(&file, CALL.replace("Here.", "There.")).unwrap();
            wait(is_there).await;
        }
    }
}
