//! The completions that are loaded, each with the user's edits. Records of a large file stay bytes until
//! they are looked at.

mod entry;
pub mod facts;
pub mod filter;
pub mod forwarding;
pub(crate) mod fuzzy;
mod known_by;
pub mod listing;
pub mod places;
mod records;
mod reload;
pub mod search;
mod summaries;
mod summary;
pub mod traffic;

pub use entry::{Kept, LibraryEntry, LibraryItem};
pub use records::{Block, BrokenRecord, RawRecord};
pub use reload::Reloaded;
pub use summary::Summary;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use self::places::Files;
use self::records::Slot;
use self::reload::Parked;
use crate::completion::load::{Loaded, Problem, ProblemKind};
use crate::completion::{Completion, Edits, Origin};
use crate::mapping::Deliveries;

/// Parsed records of large files that are kept.
const KEPT: usize = 64;
/// Notes that are kept. Chosen: more than anybody looks at.
const NOTES: usize = 10_000;
/// The source of what the user made here; no file has it.
const OWN: u32 = u32::MAX;
/// The source of live traffic.
const LIVE: u32 = u32::MAX - 1;

/// What a source held: completions that were read, and records that are still bytes.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Which source it came from, counted from 0.
    pub source: u32,
    /// Completions and problems.
    pub loaded: Loaded,
    /// Records that are parsed when they are looked at.
    pub records: Vec<RawRecord>,
    /// What became of the files of a completion that came in several, where it has others than before.
    pub regrouped: Option<Regrouped>,
}

/// The files of one completion are others than before: what it lost and what it got. Whatever it holds now, it is the
/// same one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regrouped {
    /// Files that are gone.
    pub left: Vec<String>,
    /// Files that are new.
    pub came: Vec<String>,
}

/// A record turned out to hold more completions than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Where the first of them stands.
    pub index: usize,
    /// How many others stand behind it; everything else has moved on by so many.
    pub more: usize,
}

/// A batch's entries, and what is to be said of it.
struct Unpacked {
    entries: Vec<LibraryEntry>,
    problems: Vec<Problem>,
    notes: Vec<Problem>,
    /// Records that are no completions.
    skipped: usize,
}

fn unpack(batch: Batch) -> Unpacked {
    let source = batch.source;
    let ready = batch.loaded.completions.into_iter();
    let ready = ready.map(|completion| Slot::Ready(Arc::new(completion)));
    let raw = batch
        .records
        .into_iter()
        .map(|record| Slot::Raw(record, None));
    let entries = ready.chain(raw).map(|slot| LibraryEntry::new(source, slot));
    Unpacked {
        entries: entries.collect(),
        problems: batch.loaded.problems,
        notes: batch.loaded.notes,
        skipped: batch.loaded.skipped,
    }
}

/// All that is loaded.
#[derive(Debug, Clone, Default)]
pub struct Library {
    entries: Vec<LibraryEntry>,
    /// What could not be loaded.
    pub problems: Vec<Problem>,
    /// What was loaded, but deserves a word; at most 10,000 of them.
    pub notes: Vec<Problem>,
    /// Records and files that are no completions and were passed over, by file.
    skipped: HashMap<Arc<str>, usize>,
    /// Entries that are known to hold no completion.
    broken: usize,
    recent: VecDeque<usize>,
    /// Behind which entries how many others were found in their records, until that is followed.
    grown: Vec<Growth>,
    /// Edits of completions that their source does not hold at present.
    parked: Vec<Parked>,
    /// What OpenRouter delivered of generations.
    pub(crate) deliveries: Arc<Deliveries>,
    files: Files,
}

impl Library {
    /// Holds exchanges against these deliveries from now on; whether that may change a finding.
    pub fn compare_with(&mut self, deliveries: Arc<Deliveries>) -> bool {
        let may_differ = !self.deliveries.is_empty() || !deliveries.is_empty();
        self.deliveries = deliveries;
        if may_differ {
            self.entries
                .iter_mut()
                .for_each(LibraryEntry::forget_summary);
        }
        may_differ
    }

    /// Takes in what a source held.
    pub fn extend(&mut self, batch: Batch) {
        let Unpacked {
            entries,
            problems,
            notes,
            skipped,
        } = unpack(batch);
        for entry in &entries {
            self.files.add(entry.slot.file());
        }
        self.entries.extend(entries);
        self.problems.extend(problems);
        self.take_notes(notes, skipped);
    }

    /// Keeps notes as long as there is room, and counts what was passed over: files, and so many records.
    fn take_notes(&mut self, notes: Vec<Problem>, mut records: usize) {
        for note in notes {
            let passed_over = match note.kind {
                ProblemKind::Skipped => std::mem::take(&mut records),
                ProblemKind::Unrecognised => 1,
                _ => 0,
            };
            if passed_over > 0 {
                *self.skipped.entry(note.file.clone()).or_default() += passed_over;
            }
            if self.notes.len() < NOTES {
                self.notes.push(note);
            }
        }
    }

    /// Takes what is said of live traffic, as long as there is room: it has no end.
    pub(crate) fn take_said(&mut self, problems: Vec<Problem>, notes: Vec<Problem>) {
        let room = NOTES.saturating_sub(self.problems.len());
        self.problems.extend(problems.into_iter().take(room));
        self.take_notes(notes, 0);
    }

    /// Takes why a record that was handed on unread holds nothing. One that is no completion is no fault of its file.
    fn take_problem(&mut self, problem: Problem) {
        match problem.kind {
            ProblemKind::Unrecognised => self.take_notes(vec![problem.skipped()], 1),
            _ => self.problems.push(problem),
        }
    }

    /// How many records and files were passed over, being no completions.
    pub fn skipped(&self) -> usize {
        self.skipped.values().sum()
    }

    /// What the list calls an entry, once it was looked at.
    pub fn title(&self, index: usize) -> Option<&str> {
        let summary = self.entry(index)?.summary()?;
        Some(match summary.title.as_str() {
            "" => &summary.name,
            title => title,
        })
    }

    /// Where a completion stands, as shortly as the files can be told apart.
    pub fn place_in_words(&self, summary: &Summary) -> String {
        self.files.place(&summary.file, summary.record)
    }

    /// An entry to be mapped elsewhere.
    pub fn item(&self, index: usize) -> Option<LibraryItem> {
        self.entries.get(index).map(|entry| LibraryItem {
            slot: entry.slot.clone(),
            edits: entry.edits.clone(),
        })
    }

    /// Where completions with this name stand, among those that were read. Names are not one of a kind.
    pub fn named(&self, name: &str) -> impl Iterator<Item = usize> {
        let is_it = move |entry: &LibraryEntry| match &entry.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => completion.name == name,
            Slot::Raw(_, None) | Slot::Broken(_) => {
                entry.summary().is_some_and(|summary| summary.name == name)
            }
        };
        let entries = self.entries.iter().enumerate();
        entries
            .filter(move |(_, entry)| is_it(entry))
            .map(|(place, _)| place)
    }

    /// The places of all completions of this name, as far as they were looked at.
    pub fn find_names(&self, name: &str) -> Vec<usize> {
        let is_it = |entry: &LibraryEntry| match &entry.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => completion.name == name,
            Slot::Raw(_, None) | Slot::Broken(_) => {
                entry.summary().is_some_and(|summary| summary.name == name)
            }
        };
        let entries = self.entries.iter().enumerate();
        let found = entries.filter(|(_, entry)| is_it(entry));
        found.map(|(at, _)| at).collect()
    }

    /// Puts a completion of the user's own making at a place in the list, with edits.
    pub fn insert_copy(&mut self, at: usize, completion: Completion, edits: Edits) {
        let mut entry = LibraryEntry::new(OWN, Slot::Ready(Arc::new(completion)));
        entry.edits = edits;
        let at = at.min(self.entries.len());
        self.entries.insert(at, entry);
        // These are places in the list, which have moved.
        self.recent.retain(|kept| *kept < at);
    }

    /// Completions that no file has, behind all others.
    pub fn add_own(&mut self, loaded: Loaded) {
        self.extend(Batch {
            source: OWN,
            loaded,
            ..Batch::default()
        });
    }

    /// The first completion of a source, and how many it has.
    pub fn of_source(&self, source: u32) -> (Option<usize>, usize) {
        let is_it = |entry: &LibraryEntry| entry.source == source;
        let first = self.entries.iter().position(is_it);
        (
            first,
            self.entries.iter().filter(|entry| is_it(entry)).count(),
        )
    }

    /// A completion of live traffic, behind all others.
    pub fn push(&mut self, completion: Arc<Completion>) {
        self.entries
            .push(LibraryEntry::new(LIVE, Slot::Ready(completion)));
    }

    /// More of a completion is there; its edits stay.
    pub fn renew(&mut self, index: usize, completion: Arc<Completion>) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.slot = Slot::Ready(completion);
            entry.forget_summary();
        }
    }

    /// Takes a completion out; those behind it move up.
    pub fn remove(&mut self, index: usize) -> Option<LibraryEntry> {
        if index >= self.entries.len() {
            return None;
        }
        self.recent.retain(|kept| *kept != index);
        for kept in &mut self.recent {
            *kept -= usize::from(*kept > index);
        }
        let removed = self.entries.remove(index);
        self.broken -= usize::from(removed.problem().is_some());
        Some(removed)
    }

    /// Live completions that are over and in which nobody did anything besides `base` that no file has, the oldest first;
    /// and how many live ones there are with how many bytes.
    pub fn live(&self, base: &Edits) -> (usize, usize, Vec<usize>) {
        let (mut count, mut bytes, mut idle) = (0, 0, Vec::new());
        for (index, entry) in self.entries.iter().enumerate() {
            let Some(completion) = self.ready(index).filter(|_| entry.source == LIVE) else {
                continue;
            };
            count += 1;
            bytes += completion.document().text().len();
            if !entry.holds_work(base) && !facts::is_open(completion) {
                idle.push(index);
            }
        }
        (count, bytes, idle)
    }

    /// Takes in which records hold nothing, though nobody has looked at them. One that was looked at is known already.
    pub fn take_broken(&mut self, records: Vec<BrokenRecord>) {
        let place = |broken: &BrokenRecord| {
            let problem = &broken.problem;
            (broken.source, problem.file.clone(), problem.record)
        };
        let mut broken: HashMap<_, Problem> = records
            .into_iter()
            .map(|broken| (place(&broken), broken.problem))
            .collect();
        let mut found = Vec::new();
        for entry in &mut self.entries {
            let Slot::Raw(record, None) = &entry.slot else {
                continue;
            };
            let place = (
                entry.source,
                record.block.file.clone(),
                record.record as usize,
            );
            if let Some(problem) = broken.remove(&place) {
                found.push(problem.clone());
                entry.slot = Slot::Broken(problem);
            }
        }
        self.broken += found.len();
        found
            .into_iter()
            .for_each(|problem| self.take_problem(problem));
    }

    /// Forgets what was said of these files.
    pub fn forget_problems(&mut self, files: &[String]) {
        let is_other = |problem: &Problem| !files.iter().any(|file| **file == *problem.file);
        self.problems.retain(is_other);
        self.notes.retain(is_other);
        self.skipped
            .retain(|have, _| !files.iter().any(|file| **file == **have));
    }

    /// Where the completion with this origin stands now.
    pub fn place_of(&self, origin: &Origin) -> Option<usize> {
        self.entries.iter().position(|entry| match &entry.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => {
                let have = &completion.origin;
                have.file == origin.file && have.record == origin.record
            }
            Slot::Raw(record, None) => {
                let is_it = |record: &RawRecord| {
                    record.block.file == origin.file && record.record as usize == origin.record
                };
                is_it(record) || record.second.as_deref().is_some_and(is_it)
            }
            Slot::Broken(problem) => problem.file == origin.file && problem.record == origin.record,
        })
    }

    /// Whether there are edits besides `given` that no file has.
    pub fn has_unsaved_edits(&self, given: &Edits) -> bool {
        let is_unsaved =
            |edits: &Edits, saved: &Edits| !edits.is_empty() && edits != given && edits != saved;
        let mut entries = self.entries.iter();
        let mut parked = self.parked.iter().filter_map(Parked::kept);
        entries.any(|entry| is_unsaved(&entry.edits, &entry.saved))
            || parked.any(|kept| is_unsaved(&kept.edits, &kept.saved))
    }

    /// Whether there are completions that would be lost.
    pub fn has_unsaved(&self) -> bool {
        self.entries.iter().any(|entry| entry.is_unsaved)
    }

    /// Notes of the completions from this place on, of this number, that they would be lost.
    pub fn would_be_lost(&mut self, from: usize, count: usize) {
        for entry in self.entries.iter_mut().skip(from).take(count) {
            entry.is_unsaved = true;
        }
    }

    /// Whether edits besides `given` wait for their completions to come back.
    pub fn has_parked_edits(&self, given: &Edits) -> bool {
        let mut parked = self.parked.iter().filter_map(Parked::kept);
        parked.any(|kept| kept.edits != *given)
    }

    /// A completion that was read already.
    pub fn ready(&self, index: usize) -> Option<&Arc<Completion>> {
        match &self.entries.get(index)?.slot {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => Some(completion),
            Slot::Raw(_, None) | Slot::Broken(_) => None,
        }
    }

    /// How many completions there are, as far as the records were looked at: those known to hold none don't count.
    pub fn completions(&self) -> usize {
        self.entries.len() - self.broken
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry of the list.
    pub fn entry(&self, index: usize) -> Option<&LibraryEntry> {
        self.entries.get(index)
    }

    /// An entry of the list, to be changed.
    pub fn entry_mut(&mut self, index: usize) -> Option<&mut LibraryEntry> {
        self.entries.get_mut(index)
    }

    /// Which records turned out to hold more completions than one since this was asked last.
    pub fn take_growth(&mut self) -> Vec<Growth> {
        std::mem::take(&mut self.grown)
    }

    /// The completion of an entry, parsed now if it was not yet; none if it cannot be read. Its record may turn out to hold
    /// several: [`Library::take_growth`] says so, and every place that is kept elsewhere has to follow.
    pub fn completion(&mut self, index: usize) -> Option<Arc<Completion>> {
        match &self.entries.get(index)?.slot {
            Slot::Ready(completion) => Some(completion.clone()),
            Slot::Raw(_, Some(completion)) => {
                let completion = completion.clone();
                self.keep(index);
                Some(completion)
            }
            Slot::Broken(_) => None,
            Slot::Raw(record, None) => {
                let record = record.clone();
                let (first, more) = self.parse(index, &record)?;
                if more > 0 {
                    self.grown.push(Growth { index, more });
                }
                Some(first)
            }
        }
    }

    /// Reads a record: its first completion, and how many others were put behind that.
    fn parse(&mut self, index: usize, record: &RawRecord) -> Option<(Arc<Completion>, usize)> {
        let mut loaded = record.read();
        let first_note = loaded.notes.first().cloned();
        if std::mem::replace(&mut self.entries[index].is_told, true) {
            loaded.notes.clear();
            loaded.problems.clear();
        }
        self.take_notes(loaded.notes, 0);
        let mut problems = loaded.problems.into_iter();
        let mut completions = loaded.completions.into_iter();
        let Some(first) = completions.next() else {
            // What is known to hold no completion, such as a connection test, has a note alone.
            let problem = problems.next();
            if let Some(problem) = problem.clone() {
                self.take_problem(problem);
            }
            self.entries[index].slot = Slot::Broken(problem.or(first_note)?);
            self.broken += 1;
            return None;
        };
        problems.for_each(|problem| self.take_problem(problem));
        // A record that holds several completions makes room for the others behind the first. What was done to the record
        // before it was read was done to each of them.
        let of_record = &self.entries[index];
        let others: Vec<LibraryEntry> = completions
            .map(|completion| of_record.beside(Slot::Ready(Arc::new(completion))))
            .collect();
        let first = Arc::new(first);
        let more = others.len();
        if more == 0 {
            self.entries[index].slot = Slot::Raw(record.clone(), Some(first.clone()));
            self.keep(index);
        } else {
            self.entries[index].slot = Slot::Ready(first.clone());
            self.entries.splice(index + 1..index + 1, others);
            for kept in self.recent.iter_mut().filter(|kept| **kept > index) {
                *kept += more;
            }
        }
        Some((first, more))
    }

    /// Lets the parsed record go that was not asked for the longest.
    fn keep(&mut self, index: usize) {
        self.recent.retain(|kept| *kept != index);
        self.recent.push_back(index);
        if self.recent.len() > KEPT
            && let Some(oldest) = self.recent.pop_front()
            && let Some(LibraryEntry {
                slot: Slot::Raw(_, parsed),
                ..
            }) = self.entries.get_mut(oldest)
        {
            *parsed = None;
        }
    }
}
