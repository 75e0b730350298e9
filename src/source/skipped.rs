//! Files of folders that turned out to be no completions, gathered to a line a folder: whoever points at a
//! folder of many things wants to know that they were skipped, and not to read a list of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SourceUnit;
use super::walk::file_name;
use crate::completion::load::{Loaded, Problem, ProblemKind};

/// Files that are named.
const NAMED: usize = 3;

/// What was skipped, by folder in the order of the walk.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    folders: Vec<Folder>,
    /// Where each stands among them.
    places: HashMap<PathBuf, usize>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    first: Problem,
    names: Vec<String>,
    count: usize,
}

impl Skipped {
    /// Takes the note that a file was skipped, if it is one. A file that the person named keeps it.
    pub(crate) fn take(&mut self, unit: &SourceUnit, note: &Problem) -> bool {
        let SourceUnit::File {
            path,
            is_named: false,
        } = unit
        else {
            return false;
        };
        let is_skipped = note.kind == ProblemKind::Unrecognised;
        if is_skipped {
            self.add(path, note.clone());
        }
        is_skipped
    }

    /// Takes such notes out of what a file gave.
    pub(crate) fn take_all(&mut self, unit: &SourceUnit, loaded: &mut Loaded) {
        loaded.notes.retain(|note| !self.take(unit, note));
    }

    fn add(&mut self, file: &Path, note: Problem) {
        let folder = file.parent().unwrap_or(Path::new("."));
        // Folders within it come between its files.
        let place = self.places.get(folder).copied();
        match place.and_then(|place| self.folders.get_mut(place)) {
            Some(folder) => {
                folder.count += 1;
                if folder.names.len() < NAMED {
                    folder.names.push(file_name(file));
                }
            }
            None => {
                self.places.insert(folder.to_owned(), self.folders.len());
                self.folders.push(Folder {
                    path: folder.to_owned(),
                    first: note,
                    names: vec![file_name(file)],
                    count: 1,
                });
            }
        }
    }

    /// A note a folder; of a single file, its own.
    pub(crate) fn notes(self) -> Vec<Problem> {
        self.folders.into_iter().map(Folder::note).collect()
    }
}

impl Folder {
    fn note(self) -> Problem {
        if self.count == 1 {
            return self.first;
        }
        let more = match self.count - self.names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = self.names.join(", ");
        Problem {
            file: Arc::from(self.path.display().to_string()),
            position: None,
            record: 0,
            what: format!(
                "{} files skipped, no completions in them: {names}{more}",
                self.count
            ),
            ..self.first
        }
    }
}
