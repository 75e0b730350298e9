//! Which folders are watched, and what of what happens there is a change of what was read.
//!
//! Folders are watched rather than files, so that an editor that swaps a file for a new one is noticed. The system watches
//! a folder and not its name, so one that is made again is looked for in the folder around it.

use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::fetch;
use crate::s3::Location;

/// How long files must be quiet before a change is read.
pub(super) const REST: Duration = Duration::from_millis(60);

/// How long changes may go on before what changed is read in spite of them. Chosen: a person waits that long for a log to be
/// shown that never rests.
const UNREST: Duration = Duration::from_secs(2);

/// What the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Something in a watched folder is another.
    Content,
    /// A watched folder itself may be another: the system watches what it was, not its name.
    Folder,
}

/// The folders that are watched.
pub(super) struct Watching {
    watcher: RecommendedWatcher,
    changes: Receiver<Change>,
    folders: Vec<(PathBuf, RecursiveMode)>,
}

impl Watching {
    /// Watches the folders of these paths; none where there is nothing to watch, or the system does not.
    pub(super) fn begin(paths: &[PathBuf]) -> Option<Watching> {
        let folders = folders(paths);
        if folders.is_empty() {
            return None;
        }
        let (sender, changes) = channel();
        let beside = beside(&folders);
        let names = folders.iter().filter_map(|(folder, _)| folder.file_name());
        let names: Vec<OsString> = names.map(OsString::from).collect();
        let around = beside.iter().filter_map(|path| absolute(path).ok());
        let around: Vec<PathBuf> = around.collect();
        let tell = move |event: notify::Result<Event>| {
            let change = event.ok().and_then(|event| change(&event, &names, &around));
            if let Some(change) = change {
                let _ = sender.send(change);
            }
        };
        let mut watcher = notify::recommended_watcher(tell).ok()?;
        for folder in &beside {
            let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
        }
        let mut watching = Watching {
            watcher,
            changes,
            folders,
        };
        watching.watch();
        Some(watching)
    }

    fn watch(&mut self) {
        for (folder, mode) in &self.folders {
            let _ = self.watcher.watch(folder, *mode);
        }
    }

    /// Waits for changes, and until they have come to rest; false where there are no more.
    pub(super) fn wait(&mut self) -> bool {
        let Ok(first) = self.changes.recv() else {
            return false;
        };
        let is_another = come_to_rest(&self.changes) || first == Change::Folder;
        if is_another {
            for (folder, _) in &self.folders {
                let _ = self.watcher.unwatch(folder);
            }
            self.watch();
        }
        true
    }
}

/// What an event means. `names` are those of the watched folders; what else happens in the folders `around` them is
/// nothing that is read.
fn change(event: &Event, names: &[OsString], around: &[PathBuf]) -> Option<Change> {
    if event.kind.is_access() {
        return None;
    }
    let is_named = |path: &PathBuf| {
        let name = path.file_name();
        name.is_some_and(|name| names.iter().any(|have| have == name))
    };
    let is_around = |path: &PathBuf| {
        let parent = path.parent();
        parent.is_some_and(|parent| around.iter().any(|folder| folder == parent))
    };
    let is_content =
        matches!(event.kind, EventKind::Modify(kind) if !matches!(kind, ModifyKind::Name(_)));
    match event.paths.iter().any(is_named) && !is_content {
        true => Some(Change::Folder),
        false if !event.paths.is_empty() && event.paths.iter().all(is_around) => None,
        false => Some(Change::Content),
    }
}

/// The folders that the watched ones stand in, where those are not watched themselves: one that is made again is noticed
/// there.
fn beside(folders: &[(PathBuf, RecursiveMode)]) -> Vec<PathBuf> {
    let mut beside = Vec::new();
    for (folder, _) in folders {
        let parent = match folder.parent() {
            Some(parent) if parent.as_os_str().is_empty() && folder != Path::new(".") => {
                Path::new(".")
            }
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => continue,
        };
        let is_watched = folders.iter().any(|(have, mode)| match mode {
            RecursiveMode::Recursive => parent.starts_with(have),
            RecursiveMode::NonRecursive => have == parent,
        });
        if !is_watched && !beside.iter().any(|have| have == parent) {
            beside.push(parent.to_owned());
        }
    }
    beside
}

/// Waits until there has been no change for a moment, but not for ever: a log may be written to all the time. Whether a
/// watched folder may be another one since.
fn come_to_rest(changes: &Receiver<Change>) -> bool {
    let begun = Instant::now();
    let mut is_another = false;
    while begun.elapsed() < UNREST
        && let Ok(change) = changes.recv_timeout(REST)
    {
        is_another |= change == Change::Folder;
    }
    is_another
}

/// Whether a path is a file or a folder, which may change.
fn is_watched(path: &Path) -> bool {
    path.as_os_str() != "-" && !Location::is_meant(path) && fetch::id_of_path(path).is_none()
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
        let writer = std::thread::spawn(move || while events.send(Change::Content).is_ok() {});
        assert!(!come_to_rest(&changes));
        drop(changes);
        assert!(writer.join().is_ok());
    }

    /// What happens beside a watched folder is nothing to read.
    #[test]
    fn what_happens_beside_a_folder_is_passed_over() {
        let folders = [(PathBuf::from("/logs/out"), RecursiveMode::Recursive)];
        let around = beside(&folders);
        assert_eq!(around, [PathBuf::from("/logs")]);
        let names = [OsString::from("out")];
        let made = EventKind::Create(notify::event::CreateKind::Any);
        let check = |path: &str, expected: Option<Change>| {
            let event = Event::new(made).add_path(PathBuf::from(path));
            assert_eq!(change(&event, &names, &around), expected, "{path}");
        };
        check("/logs/other", None);
        check("/logs/out", Some(Change::Folder));
        check("/logs/out/a.json", Some(Change::Content));
        let relative = [(PathBuf::from("out"), RecursiveMode::Recursive)];
        assert_eq!(beside(&relative), [PathBuf::from(".")]);
        let here = [(PathBuf::from("."), RecursiveMode::NonRecursive)];
        assert!(beside(&here).is_empty());
    }
}
