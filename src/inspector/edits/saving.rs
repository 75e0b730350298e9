//! Edits that outlive the program: saved as a new sample, or made in all listed completions.

use std::path::{Path, PathBuf};

use crate::completion::{Edit, Edits, Origin};
use crate::inspector::current::NOTHING;
use crate::inspector::prompt::PromptKind;
use crate::inspector::windows::Update;
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Effect, Model};
use crate::share::sample;

/// What became of a file that was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It was written, so many bytes.
    Written(PathBuf, usize),
    /// There is such a file, and it was left alone.
    Exists(PathBuf),
    /// It could not be written, and why.
    Failed(PathBuf, String),
}

/// A completion that is being saved. The cursor may go on meanwhile, and so may the edits.
#[derive(Debug, Clone)]
pub(in crate::inspector) struct PendingSave {
    path: PathBuf,
    /// Its place in the library.
    pub(in crate::inspector) place: usize,
    edits: Edits,
}

/// What is done with a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    Kept,
    Replaced,
}

impl Model {
    /// Why the shown completion cannot be saved.
    pub(crate) fn why_not_saved(&self) -> Option<String> {
        let Some(current) = &self.current else {
            return Some(NOTHING.to_owned());
        };
        let is_lost = current.mapped.metadata.is_delivered && self.has_edits();
        let key = self.keymap.shown(Command::CopyTrace);
        is_lost.then(|| {
            format!(
                "a delivery has no request to put the edits into; {key} copies them as a snippet"
            )
        })
    }

    /// Asks for the name of a new sample.
    pub(crate) fn ask_save(&mut self) {
        if let Some(current) = &self.current {
            let name = name_for(&current.completion.origin, self.has_edits());
            self.ask(PromptKind::Save, name.display().to_string());
        }
    }

    /// Saves the shown completion with its edits, but over no file.
    pub(crate) fn save(&mut self, typed: &str) -> Option<Effect> {
        self.saving(typed, Existing::Kept)
    }

    fn saving(&mut self, typed: &str, existing: Existing) -> Option<Effect> {
        let path = PathBuf::from(typed.trim());
        let Some(current) = self.current.as_ref().filter(|_| !typed.trim().is_empty()) else {
            self.notice = Some("not saved: a file needs a name".to_owned());
            return None;
        };
        let metadata = &current.mapped.metadata;
        let sample = sample::of(&current.completion, metadata, self.has_edits());
        let place = current.index;
        let edits = self.library.entry(place).map(|entry| entry.edits.clone());
        self.saves.push(PendingSave {
            path: path.clone(),
            place,
            edits: edits.unwrap_or_default(),
        });
        Some(Effect::Save {
            path,
            bytes: sample.into_bytes(),
            replace: existing == Existing::Replaced,
        })
    }

    /// Whether the completion that is shown has edits.
    pub(crate) fn has_edits(&self) -> bool {
        let index = self.current.as_ref().map(|current| current.index);
        let entry = index.and_then(|index| self.library.entry(index));
        entry.is_some_and(|entry| !entry.edits.is_empty())
    }

    /// Takes in what became of a file.
    pub(crate) fn saved(&mut self, saved: Saved) {
        let (Saved::Written(path, _) | Saved::Exists(path) | Saved::Failed(path, _)) = &saved;
        let pending = self.saves.iter().position(|save| save.path == *path);
        let pending = pending.or((!self.saves.is_empty()).then_some(0));
        let pending = pending.map(|at| self.saves.remove(at));
        match saved {
            Saved::Written(path, bytes) => {
                if let Some(pending) = pending
                    && let Some(entry) = self.library.entry_mut(pending.place)
                {
                    entry.saved = pending.edits;
                    entry.is_unsaved = false;
                }
                self.notice = Some(format!("saved {}, {bytes} bytes", path.display()));
            }
            Saved::Failed(path, why) => {
                self.notice = Some(format!("not saved: {}: {why}", path.display()));
            }
            Saved::Exists(path) => {
                self.ask(PromptKind::Save, path.display().to_string());
                let replace = |update: &mut Update<'_>| {
                    if let Some(prompt) = update.model.prompt.take() {
                        let name = prompt.input.value();
                        let saving = update.model.saving(name, Existing::Replaced);
                        update.effects.extend(saving);
                    }
                };
                let says = format!("{} is there already.", path.display());
                let question = Question::new("Replace this file?", "replace", "do not", replace);
                self.open_window(question.says(says));
            }
        }
    }

    /// The listed completions that do not have these edits.
    fn listed_without(&self, steps: &[Edit]) -> Vec<usize> {
        let mut listed = self.listing.entries(&self.library);
        listed.retain(|index| {
            let entry = self.library.entry(*index);
            // What could not be read is no completion that anything can be edited in.
            let entry = entry.filter(|entry| entry.problem().is_none());
            entry.is_some_and(|entry| !entry.edits.steps().ends_with(steps))
        });
        listed
    }

    /// Asks whether to make the edits of the shown completion in all others that are listed.
    pub(crate) fn ask_edit_listed(&mut self) {
        if self.listing.progress(&self.library).is_some() {
            self.notice = Some("wait until the list is complete".to_owned());
            return;
        }
        let index = self.current.as_ref().map(|current| current.index);
        let entry = index.and_then(|index| self.library.entry(index));
        let steps = entry.map_or_else(Vec::new, |entry| entry.edits.steps().to_vec());
        let others = self.listed_without(&steps);
        if others.is_empty() {
            let edits = these(steps.len());
            self.notice = Some(format!("all that is listed has {edits} already"));
            return;
        }
        let (edits, samples) = (these(steps.len()), self.in_words(&others));
        let says = format!("This makes {edits} in {samples}.");
        let question = Question::new(
            "Make the same edits?",
            "edit all",
            "do not",
            move |update| update.model.edit_listed(&steps),
        );
        self.open_window(question.says(says));
    }

    /// How many others are edited. A record that nobody has looked at may hold several completions, or none.
    fn in_words(&self, others: &[usize]) -> String {
        let is_read = |index: &usize| self.library.ready(*index).is_some();
        let is_known = |index: &usize| {
            let entry = self.library.entry(*index);
            is_read(index) || entry.is_some_and(|entry| entry.summary().is_some())
        };
        let what = match others.iter().all(is_known) {
            true => "completion",
            false => "record",
        };
        match others.len() {
            1 => format!("1 other {what} that is listed"),
            count => format!("{count} other {what}s that are listed"),
        }
    }

    fn edit_listed(&mut self, steps: &[Edit]) {
        let others = self.listed_without(steps);
        for other in &others {
            if let Some(entry) = self.library.entry_mut(*other) {
                for step in steps {
                    entry.edits.push(step.clone());
                }
                entry.undone.clear();
                entry.forget_summary();
            }
        }
        let (edits, samples) = (these(steps.len()), self.in_words(&others));
        self.notice = Some(format!(
            "made {edits} in {samples}; undo takes them back in each"
        ));
    }
}

fn these(count: usize) -> String {
    match count {
        1 => "this edit".to_owned(),
        count => format!("these {count} edits"),
    }
}

/// What a new sample is called: next to the file it came from, or in the current folder.
fn name_for(origin: &Origin, is_edited: bool) -> PathBuf {
    let file = match origin.file.as_ref() {
        "-" => "stdin",
        // What stands in no file of this machine is saved in the current folder.
        file if file.starts_with('<') => file.trim_matches(['<', '>']),
        file if file.contains("://") => file.rsplit('/').next().unwrap_or(file),
        file => file,
    };
    let file = Path::new(file);
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    let stem = stem.to_string_lossy();
    let record = match origin.record {
        0 => String::new(),
        record => format!(".{record}"),
    };
    let what = if is_edited { "edited" } else { "copy" };
    file.with_file_name(format!("{stem}{record}.{what}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Position;

    #[test]
    fn new_samples_stand_beside_their_source() {
        let check = |file: &str, record: usize, expected: &str| {
            let origin = Origin {
                file: file.into(),
                offset: 0,
                position: Position { line: 1, column: 1 },
                record,
            };
            assert_eq!(name_for(&origin, true), PathBuf::from(expected));
        };
        check("01-time-check.json", 0, "01-time-check.edited.json");
        check("logs/day.ndjson", 3, "logs/day.3.edited.json");
        check("<stdin>", 2, "stdin.2.edited.json");
        check("<live>", 12, "live.12.edited.json");
        check("<delivered>", 1, "delivered.1.edited.json");
        check("s3://logs/day/a.ndjson", 2, "a.2.edited.json");
    }
}
