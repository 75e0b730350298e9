//! Files of folders that turned out to be no completions, gathered to a line a folder: whoever points at a
//! folder of many things wants to know that they were skipped, and not to read a list of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Unit, file_name};
use crate::completion::load::{Loaded, Problem, Trouble};

/// Files that are named.
const NAMED: usize = 3;

/// What was skipped, by folder in the order of the walk.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    folders: Vec<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    first: Problem,
    names: Vec<String>,
    count: usize,
}

impl Skipped {
    /// Takes the note that a file was skipped out of what it gave. A file that the person named keeps it.
    pub(crate) fn take(&mut self, unit: &Unit, loaded: &mut Loaded) {
        let Unit::File {
            path,
            is_named: false,
        } = unit
        else {
            return;
        };
        let is_skipped = |note: &Problem| note.trouble == Trouble::Unrecognised && note.record == 0;
        let (skipped, others) = std::mem::take(&mut loaded.notes)
            .into_iter()
            .partition::<Vec<_>, _>(is_skipped);
        loaded.notes = others;
        if let Some(note) = skipped.into_iter().next() {
            self.add(path, note);
        }
    }

    fn add(&mut self, file: &Path, note: Problem) {
        let folder = file.parent().unwrap_or(Path::new("."));
        // Folders within it come between its files.
        let known = self
            .folders
            .iter_mut()
            .rev()
            .find(|have| have.path == folder);
        match known {
            Some(folder) => {
                folder.count += 1;
                if folder.names.len() < NAMED {
                    folder.names.push(file_name(file));
                }
            }
            None => self.folders.push(Folder {
                path: folder.to_owned(),
                first: note,
                names: vec![file_name(file)],
                count: 1,
            }),
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
            what: format!(
                "{} files skipped, no completions in them: {names}{more}",
                self.count
            ),
            ..self.first
        }
    }
}
