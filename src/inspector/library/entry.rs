//! One completion of the list, with what a person did to it.

use std::sync::Arc;

use super::Summary;
use super::facts::is_open;
use super::records::Slot;
use crate::completion::load::Problem;
use crate::completion::{Completion, Edit, Edits};

/// One completion of the list.
#[derive(Debug, Clone)]
pub struct LibraryEntry {
    pub(super) slot: Slot,
    pub(super) source: u32,
    /// The user's edits; undo takes the last one.
    pub edits: Edits,
    /// Edits that were undone, the last undone last.
    pub undone: Vec<Edit>,
    /// The edits as they were saved last.
    pub saved: Edits,
    /// Whether it is of the user's making and would be lost: no file has it, and nothing gives it again.
    pub is_unsaved: bool,
    /// Whether its source holds it no more: it stayed, since somebody was typing in it.
    pub(super) has_left: bool,
    /// Whether what there is to remark of its record was told; it is read again once others were.
    pub(super) is_told: bool,
    pub(super) summary: Option<Box<Summary>>,
}

impl LibraryEntry {
    pub(super) fn new(source: u32, slot: Slot) -> LibraryEntry {
        LibraryEntry {
            slot,
            source,
            edits: Edits::none(),
            undone: Vec::new(),
            saved: Edits::none(),
            is_unsaved: false,
            has_left: false,
            is_told: false,
            summary: None,
        }
    }

    /// Another completion of the same record, with what was done to that.
    pub(super) fn beside(&self, slot: Slot) -> LibraryEntry {
        LibraryEntry {
            edits: self.edits.clone(),
            undone: self.undone.clone(),
            saved: self.saved.clone(),
            ..LibraryEntry::new(self.source, slot)
        }
    }

    /// Whether it came from this source.
    pub(crate) fn is_of(&self, source: u32) -> bool {
        self.source == source
    }

    /// Whether its record has this text somewhere.
    pub(crate) fn names(&self, text: &str) -> bool {
        let has = |bytes: &[u8]| memchr::memmem::find(bytes, text.as_bytes()).is_some();
        match &self.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => {
                has(completion.document().text().as_bytes())
            }
            Slot::Raw(record, None) => has(record.bytes()),
            Slot::Broken(_) => false,
        }
    }

    /// What the list shows, if it was worked out; see [`super::Library::summarise`].
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_deref()
    }

    /// Forgets the summary after a change.
    pub fn forget_summary(&mut self) {
        self.summary = None;
    }

    /// Whether a person did something to it besides what is done to every completion, which is `base`.
    pub fn is_touched(&self, base: &Edits) -> bool {
        !self.undone.is_empty() || !(self.edits.is_empty() || self.edits == *base)
    }

    /// Whether a person did something to it that no file has.
    pub(super) fn holds_work(&self, base: &Edits) -> bool {
        let is_in_a_file = self.undone.is_empty() && self.edits == self.saved;
        self.is_unsaved || self.is_touched(base) && !is_in_a_file
    }

    /// What a person did to it, where that is more than what is done to every completion.
    pub fn kept(&self, base: &Edits) -> Option<Kept> {
        self.is_touched(base).then(|| Kept {
            edits: self.edits.clone(),
            undone: self.undone.clone(),
            saved: self.saved.clone(),
        })
    }

    /// Takes what a person did to it when it stood elsewhere.
    pub(super) fn give(&mut self, kept: Kept) {
        self.edits = kept.edits;
        self.undone = kept.undone;
        self.saved = kept.saved;
        self.forget_summary();
    }

    /// Takes what a person did to another completion that turned out to be the same one. What was done to both is done
    /// here one after the other, `base` once.
    pub fn take_over(&mut self, kept: Kept, base: &Edits) {
        if !self.is_touched(base) {
            return self.give(kept);
        }
        let steps = kept.edits.steps();
        let own = steps.strip_prefix(base.steps()).unwrap_or(steps);
        if !own.is_empty() {
            self.edits.extend(own.iter().cloned());
            self.undone.clear();
            self.forget_summary();
        }
    }

    /// What it is called on screen, as far as that is known.
    pub(super) fn name(&self) -> String {
        let summary = self.summary();
        let title = summary.map(|summary| match summary.title.as_str() {
            "" => summary.name.clone(),
            title => title.to_owned(),
        });
        title.unwrap_or_else(|| match &self.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => completion.name.clone(),
            Slot::Raw(record, None) => format!("{} #{}", record.block.file, record.record),
            Slot::Broken(problem) => problem.file.to_string(),
        })
    }

    /// Why it could not be read.
    pub fn problem(&self) -> Option<&Problem> {
        match &self.slot {
            Slot::Broken(problem) => Some(problem),
            _ => None,
        }
    }
}

/// A completion with its edits, to be read and mapped elsewhere.
#[derive(Debug, Clone)]
pub struct LibraryItem {
    pub(super) slot: Slot,
    pub(super) edits: Edits,
}

impl LibraryItem {
    /// Whether it is a captured call that is not over, so that it has no event yet.
    pub fn is_open(&self) -> bool {
        let (Slot::Ready(completion) | Slot::Raw(_, Some(completion))) = &self.slot else {
            return false;
        };
        is_open(completion)
    }

    /// What it holds, read now if it was not yet, and what could not be read.
    pub fn completions(&self) -> (Vec<Arc<Completion>>, Vec<Problem>) {
        match &self.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => {
                (vec![completion.clone()], Vec::new())
            }
            Slot::Broken(problem) => (Vec::new(), vec![problem.clone()]),
            Slot::Raw(record, None) => {
                let loaded = record.read();
                let completions = loaded.completions.into_iter().map(Arc::new);
                (completions.collect(), loaded.problems)
            }
        }
    }

    /// The user's edits.
    pub const fn edits(&self) -> &Edits {
        &self.edits
    }
}

/// What a person did to a completion.
#[derive(Debug, Clone)]
pub struct Kept {
    pub(super) edits: Edits,
    pub(super) undone: Vec<Edit>,
    pub(super) saved: Edits,
}
