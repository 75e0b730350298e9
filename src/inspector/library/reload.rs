//! A source that is read again. What a person did to a completion goes with its record, wherever that stands now: with
//! the same bytes, else with the same generation. Where neither is there, it waits.

use std::collections::{HashMap, HashSet};

use super::entry::Kept;
use super::known_by::{Content, KnownBy, ids_in, places_by_content, places_by_generation};
use super::places::Files;
use super::records::Slot;
use super::{Batch, Library, LibraryEntry, RawRecord, Unpacked, unpack};
use crate::completion::Edits;

/// Bytes of records that are read to find one that has no generation. Chosen: read at once.
const READ: usize = 4 << 20;

/// What became of a source's completions.
#[derive(Debug, Clone, Default)]
pub struct Reloaded {
    /// Where those that were asked for stand now; those that are gone are missing.
    pub moved: HashMap<usize, usize>,
    /// What those are called whose edits wait from now on, since no record is theirs.
    pub waiting: Vec<String>,
    /// Where the one stands that was shown when it went, if it came back.
    pub returned: Option<usize>,
    /// What the one is called that stays, although no record is its.
    pub stays: Option<String>,
}

/// What a person did to a completion, while its source does not hold it.
#[derive(Debug, Clone)]
pub(super) struct Parked {
    source: u32,
    known_by: KnownBy,
    /// What a person did to it; none of one that was but looked at.
    kept: Option<Kept>,
    /// Whether it was the last that was shown and went.
    is_shown: bool,
}

impl Parked {
    pub(super) fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }
}

/// A completion that is looked for.
struct Sought {
    /// Where it stood among those that its source held; none for one whose edits have waited.
    from: Option<usize>,
    known_by: KnownBy,
    kept: Option<Kept>,
    /// Whether it is shown, or was when it went.
    is_shown: bool,
    /// Where it stands now.
    found: Option<usize>,
}

/// The completions that a person did something to or that are asked for, each with what its record holds.
fn sought(
    old: &[(usize, LibraryEntry)],
    follow: &HashSet<usize>,
    shown: Option<usize>,
    base: &Edits,
) -> Vec<Sought> {
    let mut all = Vec::new();
    let mut lengths = HashSet::new();
    for (from, (place, entry)) in old.iter().enumerate() {
        let kept = entry.kept(base);
        if kept.is_none() && !follow.contains(place) {
            continue;
        }
        let record = entry.slot.content().map(Content::of);
        lengths.extend(record.as_ref().map(|content| content.length));
        all.push(Sought {
            from: Some(from),
            known_by: KnownBy {
                record,
                ..KnownBy::default()
            },
            kept,
            is_shown: shown == Some(*place),
            found: None,
        });
    }
    let contents = old.iter().map(|(_, entry)| entry.slot.content());
    let places = places_by_content(contents.enumerate(), &lengths);
    for sought in &mut all {
        if let (Some(from), Some(record)) = (sought.from, &sought.known_by.record) {
            let same = places.get(record).map_or(&[][..], Vec::as_slice);
            sought.known_by.rank = same.partition_point(|place| *place < from);
        }
    }
    all
}

/// Adds what those are known by whose record is nowhere as it was; `is_same` where the source is one completion, whatever
/// it holds.
fn know_better(all: &mut [Sought], old: &[(usize, LibraryEntry)], is_same: bool) {
    let mut ids = HashSet::new();
    for sought in all.iter_mut().filter(|sought| sought.found.is_none()) {
        let Some((_, entry)) = sought.from.and_then(|from| old.get(from)) else {
            continue;
        };
        let known_by = &mut sought.known_by;
        known_by.name = entry.name();
        known_by.generation = entry.slot.generation();
        known_by.is_alone = old.len() == 1 && (is_same || known_by.generation.is_none());
        if let Some(id) = &known_by.generation {
            ids.insert(id.clone());
            continue;
        }
        entry.slot.with_completions(|completion| {
            let content = || Content::of(completion.document().text().as_bytes());
            known_by.completion.get_or_insert_with(content);
        });
    }
    let slots = old.iter().map(|(_, entry)| &entry.slot);
    let places = places_by_generation(slots.enumerate(), &ids);
    let is_one = |id: &String| places.get(id).is_some_and(|places| places.len() == 1);
    for sought in all.iter_mut().filter(|sought| sought.from.is_some()) {
        sought.known_by.generation = sought.known_by.generation.take().filter(is_one);
    }
}

/// The place in the list of one of those that a source held.
fn place_of(old: &[(usize, LibraryEntry)], from: Option<usize>) -> Option<usize> {
    old.get(from?).map(|(place, _)| *place)
}

impl Library {
    /// Takes in what a source holds now, in place of what it held before. What was done to a completion goes with its
    /// record, and waits where there is none; `base` is what is done to every completion. `files` are the source's files,
    /// whose old problems are forgotten. Says where the completions at the places `follow` are now, and where the one is
    /// that was shown when it went; `shown` is the place of the one that is. The one at `typed`, in which somebody is typing,
    /// stays until the source is read again, whatever that holds now.
    pub fn replace(
        &mut self,
        batch: Batch,
        files: &[String],
        base: &Edits,
        follow: &[usize],
        shown: Option<usize>,
        typed: Option<usize>,
    ) -> Reloaded {
        let (source, is_same) = (batch.source, batch.regrouped.is_some());
        let Unpacked {
            entries,
            problems,
            notes,
            skipped,
        } = unpack(batch);
        let is_same_file = !entries.is_empty();
        let added = entries.len();
        let (at, old) = self.exchange(source, entries);
        let others = self.entries.len() - added;
        self.forget_problems(files);
        self.problems.extend(problems);
        self.take_notes(notes, skipped);
        let new = self.entries.iter().skip(at).take(added);
        let new = new.filter(|entry| entry.problem().is_some()).count();
        let gone = old.iter().filter(|(_, entry)| entry.problem().is_some());
        self.broken = self.broken + new - gone.count();
        self.recent.clear();
        // Where files stay the same, so does what their names have in common.
        if !is_same_file || old.is_empty() {
            self.files = Files::default();
            for entry in &self.entries {
                self.files.add(entry.slot.file());
            }
        }
        let mut all = sought(&old, &follow.iter().copied().collect(), shown, base);
        let (waiting, parked) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(|parked| parked.source == source);
        self.parked = parked;
        all.extend(waiting.into_iter().map(|parked: Parked| Sought {
            from: None,
            known_by: parked.known_by,
            kept: parked.kept,
            is_shown: parked.is_shown,
            found: None,
        }));
        self.find(&mut all, &old, (at, others), is_same);
        let mut reloaded = self.put_back(all, &old, source, typed);
        let added = self.entries.len() - others;
        for place in follow {
            let before = old.partition_point(|(old, _)| old < place);
            if old.get(before).is_none_or(|(old, _)| old != place) {
                let now = place - before;
                let now = now + if now >= at { added } else { 0 };
                reloaded.moved.insert(*place, now);
            }
        }
        if let Some(typed) = typed.filter(|typed| !reloaded.moved.contains_key(typed)) {
            self.keep_left(typed, old, (at, added), &mut reloaded);
        }
        reloaded
    }

    /// Lets the completion that stood at a place stay among those of its source, which are `added` from `at` on. It is
    /// looked for like any other when the source is read again.
    fn keep_left(
        &mut self,
        place: usize,
        mut old: Vec<(usize, LibraryEntry)>,
        (at, added): (usize, usize),
        reloaded: &mut Reloaded,
    ) {
        let before = old.partition_point(|(old, _)| *old < place);
        if old.get(before).is_none_or(|(old, _)| *old != place) {
            return;
        }
        let (_, mut entry) = old.swap_remove(before);
        reloaded.stays = Some(entry.name());
        entry.has_left = true;
        entry.forget_summary();
        let now = at + before.min(added);
        self.entries.insert(now, entry);
        self.recent.retain(|kept| *kept < now);
        for moved in reloaded.moved.values_mut().filter(|moved| **moved >= now) {
            *moved += 1;
        }
        reloaded.moved.insert(place, now);
    }

    /// Puts entries in the place of those of a source; gives where that is, and those with the places they had.
    fn exchange(
        &mut self,
        source: u32,
        entries: Vec<LibraryEntry>,
    ) -> (usize, Vec<(usize, LibraryEntry)>) {
        let of_source = |entry: &LibraryEntry| entry.source == source;
        let Some(at) = self.entries.iter().position(of_source) else {
            // What was gone comes back to where it was, between the sources before and after it.
            let after = self.entries.iter().position(|entry| entry.source > source);
            let at = after.unwrap_or(self.entries.len());
            self.entries.splice(at..at, entries);
            return (at, Vec::new());
        };
        let more = self.entries[at..]
            .iter()
            .position(|entry| !of_source(entry));
        let end = more.map_or(self.entries.len(), |count| at + count);
        if !self.entries[end..].iter().any(of_source) {
            let old = self.entries.splice(at..end, entries);
            return (at, (at..).zip(old).collect());
        }
        // A person put some of their own between them.
        let (old, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.entries)
            .into_iter()
            .enumerate()
            .partition(|(_, entry)| of_source(entry));
        self.entries = others.into_iter().map(|(_, entry)| entry).collect();
        self.entries.splice(at..at, entries);
        (at, old)
    }

    /// Finds where each stands now, among the entries from `at` on that are not the `others`.
    fn find(
        &mut self,
        all: &mut [Sought],
        old: &[(usize, LibraryEntry)],
        (at, others): (usize, usize),
        is_same: bool,
    ) {
        self.find_records(all, at, others);
        if all.iter().all(|sought| sought.found.is_some()) {
            return;
        }
        know_better(all, old, is_same);
        if self.make_room(all, at, others) {
            self.find_records(all, at, others);
        }
        self.find_generations(all, at, others);
        self.find_completions(all, at, others);
        let is_one = self.entries.len() == others + 1;
        for sought in all.iter_mut().filter(|sought| sought.known_by.is_alone) {
            sought.found = sought.found.or(is_one.then_some(at));
        }
    }

    /// The entries of the source, with their places.
    fn new_slots(&self, at: usize, others: usize) -> impl Iterator<Item = (usize, &Slot)> {
        let count = self.entries.len() - others;
        let entries = self.entries.iter().enumerate().skip(at).take(count);
        entries.map(|(place, entry)| (place, &entry.slot))
    }

    /// Finds those whose record is there as it was. Of several that are the same, each keeps its turn.
    fn find_records(&self, all: &mut [Sought], at: usize, others: usize) {
        let records = all
            .iter()
            .filter_map(|sought| sought.known_by.record.as_ref());
        let lengths = records.map(|record| record.length).collect();
        let slots = self.new_slots(at, others);
        let contents = slots.map(|(place, slot)| (place, slot.content()));
        let places = places_by_content(contents, &lengths);
        for sought in all {
            let same = sought.known_by.record.as_ref();
            let same = same.and_then(|record| places.get(record));
            sought.found = same
                .and_then(|same| same.get(sought.known_by.rank))
                .copied();
        }
    }

    /// Finds those whose generation is told by one record.
    fn find_generations(&self, all: &mut [Sought], at: usize, others: usize) {
        let lost = all.iter().filter(|sought| sought.found.is_none());
        let ids = lost.filter_map(|sought| sought.known_by.generation.clone());
        let places = places_by_generation(self.new_slots(at, others), &ids.collect());
        for sought in all.iter_mut().filter(|sought| sought.found.is_none()) {
            let id = sought.known_by.generation.as_ref();
            if let Some([place]) = id.and_then(|id| places.get(id)).map(Vec::as_slice) {
                sought.found = Some(*place);
            }
        }
    }

    /// Finds those without a generation that are there as they were, but read in another way, as a file's only record and
    /// one of several are.
    fn find_completions(&self, all: &mut [Sought], at: usize, others: usize) {
        let is_lost =
            |sought: &&mut Sought| sought.found.is_none() && sought.known_by.completion.is_some();
        if !all.iter_mut().any(|sought| is_lost(&sought)) || self.unread(at, others) > READ {
            return;
        }
        let mut places: HashMap<Content, Vec<usize>> = HashMap::new();
        for (place, slot) in self.new_slots(at, others) {
            slot.with_completions(|completion| {
                let content = Content::of(completion.document().text().as_bytes());
                places.entry(content).or_default().push(place);
            });
        }
        for sought in all.iter_mut().filter(is_lost) {
            let same = sought.known_by.completion.as_ref();
            let same = same.and_then(|content| places.get(content));
            sought.found = same
                .and_then(|same| same.get(sought.known_by.rank))
                .copied();
        }
    }

    /// Bytes of the source's records that were not read yet.
    fn unread(&self, at: usize, others: usize) -> usize {
        let sizes = self.new_slots(at, others).map(|(_, slot)| match slot {
            Slot::Raw(record, None) => record.bytes().len(),
            _ => 0,
        });
        sizes.sum()
    }

    /// Puts records apart that hold several completions, where one of those may be looked for; whether there were any.
    fn make_room(&mut self, all: &[Sought], at: usize, others: usize) -> bool {
        let lost = || all.iter().filter(|sought| sought.found.is_none());
        let ids = lost().filter_map(|sought| sought.known_by.generation.clone());
        let ids: HashSet<String> = ids.collect();
        let reads_all = lost().any(|sought| sought.known_by.completion.is_some())
            && self.unread(at, others) <= READ;
        let may_hold = |record: &RawRecord| reads_all || ids_in(record).any(|id| ids.contains(id));
        let several: Vec<(usize, RawRecord)> = self
            .new_slots(at, others)
            .filter_map(|(place, slot)| match slot {
                Slot::Raw(record, None) if may_hold(record) => Some((place, record)),
                _ => None,
            })
            .filter(|(_, record)| record.read().completions.len() > 1)
            .map(|(place, record)| (place, record.clone()))
            .collect();
        // From the last one on, so that the places of the others stay. Whoever follows what is replaced is told of places
        // behind this growth.
        for (place, record) in several.iter().rev() {
            self.parse(*place, record);
        }
        !several.is_empty()
    }

    /// Gives each back what was done to it; what is found nowhere waits.
    fn put_back(
        &mut self,
        all: Vec<Sought>,
        old: &[(usize, LibraryEntry)],
        source: u32,
        typed: Option<usize>,
    ) -> Reloaded {
        let mut reloaded = Reloaded::default();
        let mut given = HashSet::new();
        for sought in all {
            if let (Some(place), Some(found)) = (place_of(old, sought.from), sought.found) {
                reloaded.moved.insert(place, found);
            }
            if sought.is_shown && sought.from.is_none() {
                reloaded.returned = reloaded.returned.or(sought.found);
            }
            let mut found = sought.found;
            if sought.kept.is_some() {
                found = found.filter(|found| given.insert(*found));
            }
            match (found, sought.kept) {
                (Some(found), Some(kept)) => {
                    self.entries[found].give(kept);
                }
                (Some(_), None) => {}
                (None, None) if !sought.is_shown => {}
                // What is being typed in keeps its edits itself.
                (None, _) if typed.is_some() && place_of(old, sought.from) == typed => {}
                (None, kept) => {
                    if sought.from.is_some() && kept.is_some() {
                        reloaded.waiting.push(sought.known_by.name.clone());
                    }
                    if sought.is_shown {
                        self.parked.retain_mut(|parked| {
                            parked.is_shown = false;
                            parked.kept.is_some()
                        });
                    }
                    self.parked.push(Parked {
                        source,
                        known_by: sought.known_by,
                        kept,
                        is_shown: sought.is_shown,
                    });
                }
            }
        }
        reloaded
    }
}
