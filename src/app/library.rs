//! The completions that are loaded, each with the user's edits. Records of a large file stay bytes until
//! they are looked at.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::completion::load::{self, Loaded, Problem};
use crate::completion::{Completion, Edit, Edits, Origin};
use crate::event::Section;
use crate::mapping::{self, Context, Severity};

/// Parsed records of large files that are kept.
const KEPT: usize = 64;

/// A record that has not been parsed yet.
#[derive(Debug, Clone)]
pub struct RawRecord {
    /// A block of the file.
    pub block: Arc<[u8]>,
    /// The record's bytes within the block.
    pub range: Range<usize>,
    /// Where it stands in the file.
    pub origin: Origin,
}

#[derive(Debug, Clone)]
enum Slot {
    Ready(Arc<Completion>),
    Raw(RawRecord, Option<Arc<Completion>>),
    Broken(Problem),
}

/// What the list shows of a completion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Its name.
    pub name: String,
    /// The model, if there is an event.
    pub model: String,
    /// The user id of the event.
    pub user: String,
    /// Findings that are warnings or errors.
    pub findings: usize,
    /// The worst of them.
    pub severity: Option<Severity>,
    /// Whether it makes an event.
    pub has_event: bool,
    /// Whether there are edits.
    pub edited: bool,
}

/// One completion of the list.
#[derive(Debug, Clone)]
pub struct Entry {
    slot: Slot,
    /// The user's edits; undo takes the last one.
    pub edits: Edits,
    /// Edits that were undone, the last undone last.
    pub undone: Vec<Edit>,
    summary: Option<Summary>,
}

impl Entry {
    fn new(slot: Slot) -> Entry {
        Entry {
            slot,
            edits: Edits::none(),
            undone: Vec::new(),
            summary: None,
        }
    }

    /// What the list shows, if it was worked out; see [`Library::summarise`].
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Forgets the summary after a change.
    pub fn touch(&mut self) {
        self.summary = None;
    }

    /// Why it could not be read.
    pub fn problem(&self) -> Option<&Problem> {
        match &self.slot {
            Slot::Broken(problem) => Some(problem),
            _ => None,
        }
    }
}

/// All that is loaded.
#[derive(Debug, Clone, Default)]
pub struct Library {
    entries: Vec<Entry>,
    /// What could not be loaded.
    pub problems: Vec<Problem>,
    /// What was loaded, but deserves a word.
    pub notes: Vec<Problem>,
    recent: VecDeque<usize>,
}

impl Library {
    /// Takes loaded completions in.
    pub fn extend(&mut self, loaded: Loaded) {
        let ready = loaded.completions.into_iter();
        self.entries
            .extend(ready.map(|completion| Entry::new(Slot::Ready(Arc::new(completion)))));
        self.problems.extend(loaded.problems);
        self.notes.extend(loaded.notes);
    }

    /// Takes records in that are still bytes.
    pub fn extend_raw(&mut self, records: Vec<RawRecord>) {
        let records = records.into_iter();
        self.entries
            .extend(records.map(|record| Entry::new(Slot::Raw(record, None))));
    }

    /// How many completions there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry of the list.
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// An entry of the list, to be changed.
    pub fn entry_mut(&mut self, index: usize) -> Option<&mut Entry> {
        self.entries.get_mut(index)
    }

    /// The completion of an entry, parsed now if it was not yet; none if it cannot be read.
    pub fn completion(&mut self, index: usize) -> Option<Arc<Completion>> {
        match &self.entries.get(index)?.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => Some(completion.clone()),
            Slot::Broken(_) => None,
            Slot::Raw(record, None) => {
                let record = record.clone();
                self.parse(index, record)
            }
        }
    }

    fn parse(&mut self, index: usize, record: RawRecord) -> Option<Arc<Completion>> {
        let mut loaded = Loaded::default();
        load::load_slice(
            &record.block[record.range.clone()],
            &record.origin,
            &mut loaded,
        );
        self.notes.extend(loaded.notes);
        let mut problems = loaded.problems.into_iter();
        let mut completions = loaded.completions.into_iter();
        let Some(first) = completions.next() else {
            let problem = problems.next()?;
            self.problems.push(problem.clone());
            self.entries[index].slot = Slot::Broken(problem);
            return None;
        };
        self.problems.extend(problems);
        // A record that holds several completions makes room for the others behind the first.
        let others: Vec<Entry> = completions
            .map(|completion| Entry::new(Slot::Ready(Arc::new(completion))))
            .collect();
        let first = Arc::new(first);
        if others.is_empty() {
            self.entries[index].slot = Slot::Raw(record, Some(first.clone()));
            self.keep(index);
        } else {
            self.entries[index].slot = Slot::Ready(first.clone());
            self.entries.splice(index + 1..index + 1, others);
        }
        Some(first)
    }

    /// Lets the parsed record go that was not asked for the longest.
    fn keep(&mut self, index: usize) {
        self.recent.retain(|kept| *kept != index);
        self.recent.push_back(index);
        if self.recent.len() > KEPT
            && let Some(oldest) = self.recent.pop_front()
            && let Some(Entry {
                slot: Slot::Raw(_, parsed),
                ..
            }) = self.entries.get_mut(oldest)
        {
            *parsed = None;
        }
    }

    /// Works out what the list shows of all that is parsed; records that are still bytes stay so.
    pub fn summarise_loaded(&mut self, context: &Context) {
        for index in 0..self.entries.len() {
            if !matches!(self.entries[index].slot, Slot::Raw(_, None)) {
                self.summarise(index, context);
            }
        }
    }

    /// Works out what the list shows of an entry.
    pub fn summarise(&mut self, index: usize, context: &Context) {
        if self
            .entries
            .get(index)
            .is_none_or(|entry| entry.summary.is_some())
        {
            return;
        }
        let Some(completion) = self.completion(index) else {
            let name = self.entries[index]
                .problem()
                .map_or_else(String::new, |problem| match problem.record {
                    0 => problem.file.to_string(),
                    record => format!("{} #{record}", problem.file),
                });
            self.entries[index].summary = Some(Summary {
                name,
                severity: Some(Severity::Error),
                ..Summary::default()
            });
            return;
        };
        let entry = &mut self.entries[index];
        let mapped = mapping::inspect(&completion, &entry.edits, context);
        let worrying = mapped
            .findings
            .iter()
            .filter(|finding| finding.severity() > Severity::Info);
        let shown = |section, key| {
            let field = mapped.event().and_then(|event| event.field(section, key));
            field.map_or_else(String::new, |field| field.value.shown().into_owned())
        };
        entry.summary = Some(Summary {
            name: completion.name.clone(),
            model: shown(Section::AiData, "model"),
            user: shown(Section::Top, "user_id"),
            findings: worrying.count(),
            severity: mapped.severity(),
            has_event: mapped.event().is_some(),
            edited: !entry.edits.is_empty(),
        });
    }
}
