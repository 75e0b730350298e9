//! Which completions the list shows, and in which order. Without filter and order the list is the
//! library itself and costs nothing; else completions are looked at a slice at a time, so that a hundred
//! thousand of them do not hold up a key press, and the list fills while one looks at it.

use std::cmp::Ordering;

use crate::inspector::library::filter::{self, Filter};
use crate::inspector::library::{Library, Summary};
use crate::inspector::panes::commands::NOTHING;
use crate::inspector::ui::cursor::Step;
use crate::inspector::windows::overview::Overview;
use crate::inspector::{Command, Model, Pane};

/// What one slice may cost, in bytes of completions that are mapped anew.
const SLICE: usize = 512 << 10;
/// What a completion costs besides its bytes, and what one costs that was mapped before.
const ANEW: usize = 2 << 10;
const AGAIN: usize = 64;

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// As it was loaded.
    #[default]
    Loaded,
    /// By name.
    Name,
    /// By model.
    Model,
    /// The worst first.
    Severity,
    /// The dearest first.
    Cost,
    /// The slowest first.
    Duration,
}

impl Sort {
    const ALL: [Sort; 6] = [
        Sort::Loaded,
        Sort::Name,
        Sort::Model,
        Sort::Severity,
        Sort::Cost,
        Sort::Duration,
    ];

    /// In words.
    pub const fn says(self) -> &'static str {
        match self {
            Sort::Loaded => "as loaded",
            Sort::Name => "by name",
            Sort::Model => "by model",
            Sort::Severity => "worst first",
            Sort::Cost => "dearest first",
            Sort::Duration => "slowest first",
        }
    }

    fn next(self) -> Sort {
        let at = Sort::ALL.iter().position(|sort| *sort == self).unwrap_or(0);
        Sort::ALL[(at + 1) % Sort::ALL.len()]
    }

    /// Which comes first, but for names: those are sorted by a key that is worked out once for each.
    fn compare(self, one: &Summary, other: &Summary) -> Ordering {
        let most = |value: fn(&Summary) -> Option<f64>| {
            let number = |summary| value(summary).unwrap_or(f64::NEG_INFINITY);
            number(other).total_cmp(&number(one))
        };
        match self {
            Sort::Loaded | Sort::Name => Ordering::Equal,
            Sort::Model => one.model.cmp(&other.model),
            Sort::Severity => {
                let badness = |summary: &Summary| (summary.severity, summary.findings);
                badness(other).cmp(&badness(one))
            }
            Sort::Cost => most(|summary| summary.facts.cost),
            Sort::Duration => most(|summary| summary.facts.duration),
        }
    }
}

/// What the list shows of the library.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The filter in force.
    pub filter: Filter,
    /// The order in force.
    pub sort: Sort,
    /// Completions that the user marked, by their place in the library, the last marked last.
    pub marked: Vec<usize>,
    /// Places in the library; none where the list is the library itself.
    visible: Option<Vec<u32>>,
    /// How many completions were looked at.
    looked: usize,
    /// How many of the visible ones are in order.
    sorted: usize,
    /// Where the cursor wants to be once that completion was looked at.
    anchor: Option<usize>,
}

impl Listing {
    /// How many completions the list shows.
    pub fn len(&self, library: &Library) -> usize {
        self.visible.as_ref().map_or(library.len(), Vec::len)
    }

    /// The place in the library of a row of the list.
    pub fn entry(&self, row: usize) -> Option<usize> {
        match &self.visible {
            None => Some(row),
            Some(visible) => visible.get(row).map(|index| *index as usize),
        }
    }

    /// The places in the library that the list shows, in its order.
    pub fn entries(&self, library: &Library) -> Vec<usize> {
        let rows = 0..self.len(library);
        rows.filter_map(|row| self.entry(row)).collect()
    }

    fn row_of(&self, index: usize) -> Option<usize> {
        match &self.visible {
            None => Some(index),
            Some(visible) => visible.iter().position(|have| *have as usize == index),
        }
    }

    /// Whether the list is something else than the library.
    pub fn is_narrowed(&self) -> bool {
        self.visible.is_some()
    }

    /// How many completions were looked at, as long as some are left.
    pub fn progress(&self, library: &Library) -> Option<usize> {
        (self.is_narrowed() && self.looked < library.len()).then_some(self.looked)
    }
}

/// What is left of what one slice may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget(usize);

impl Budget {
    pub(crate) fn new() -> Budget {
        Budget(SLICE)
    }

    /// Whether anything more may be done.
    pub(crate) fn is_left(self) -> bool {
        self.0 > 0
    }
}

impl Model {
    /// How many rows the list has.
    pub fn listed(&self) -> usize {
        self.listing.len(&self.library)
    }

    /// The place in the library of the list's cursor.
    pub fn at_cursor(&self) -> Option<usize> {
        let index = self.listing.entry(self.list.row)?;
        (index < self.library.len()).then_some(index)
    }

    /// Whether there is work left that no message will bring on: [`crate::inspector::Msg::Continue`] does.
    pub fn is_busy(&self) -> bool {
        self.listing.progress(&self.library).is_some()
            || self.has_to_forward()
            || self
                .windows
                .behind_dialog()
                .is_some_and(|window| window.is_busy(self))
    }

    pub(crate) fn list_step(&mut self, step: Step, height: usize) {
        self.listing.anchor = None;
        let rows = self.listed();
        self.list.step(step, rows, height);
    }

    /// Sets the filter; the cursor stays on its completion where that is still shown.
    pub(crate) fn filter(&mut self, filter: Filter) {
        if filter != self.listing.filter {
            self.listing.filter = filter;
            self.relist();
        }
    }

    pub(crate) fn next_sort(&mut self) {
        self.listing.sort = self.listing.sort.next();
        self.relist();
        self.focus = Pane::List;
        self.notice = Some(format!("completions {}", self.listing.sort.says()));
    }

    /// Marks the completion under the cursor, or takes the mark away.
    pub(crate) fn toggle_mark(&mut self) {
        let Some(current) = &self.current else {
            self.notice = Some(NOTHING.to_owned());
            return;
        };
        let name = current.completion.name.clone();
        let marked = &mut self.listing.marked;
        let at = marked.iter().position(|index| *index == current.index);
        self.notice = Some(match at {
            Some(at) => {
                marked.remove(at);
                format!("{name}: mark taken away")
            }
            None => {
                marked.push(current.index);
                format!("{name}: marked; c and then m compares another completion with it")
            }
        });
    }

    /// Makes the list anew.
    pub(crate) fn relist(&mut self) {
        let listing = &mut self.listing;
        listing.anchor = listing
            .anchor
            .or(self.current.as_ref().map(|current| current.index));
        let is_library = listing.filter.is_empty() && listing.sort == Sort::Loaded;
        listing.visible = (!is_library).then(Vec::new);
        listing.looked = 0;
        listing.sorted = 0;
        if is_library {
            self.find_cursor();
            self.listing.anchor = None;
        }
    }

    /// The library is another one; the list is made anew and the cursor goes with the shown
    /// completion to its new place.
    pub(crate) fn library_changed(&mut self, place: Option<usize>) {
        self.listing.marked.clear();
        if let (Some(current), Some(place)) = (&mut self.current, place) {
            current.index = place;
        }
        self.listing.anchor = place;
        self.relist();
        // What was counted is not there any more.
        if let Some(overview) = self.windows.find_mut::<Overview>() {
            *overview = Overview::default();
        }
    }

    /// A completion was put into the library at this place: it is shown, unless something is typed.
    pub(crate) fn inserted(&mut self, place: usize) {
        for marked in &mut self.listing.marked {
            *marked += usize::from(*marked >= place);
        }
        if let Some(current) = self.current.as_mut().filter(|_| self.trace.is_typed()) {
            current.index += usize::from(current.index >= place);
            self.relist();
            return;
        }
        self.current = None;
        self.list_all(place);
    }

    /// Brings the cursor to a completion; a filter that hides it is taken away.
    pub(crate) fn go_to_entry(&mut self, place: usize) {
        match self.listing.row_of(place) {
            Some(row) => self.list.row = row,
            None => self.list_all(place),
        }
    }

    fn list_all(&mut self, place: usize) {
        self.listing.filter = Filter::default();
        self.listing.sort = Sort::Loaded;
        self.listing.anchor = Some(place);
        self.relist();
    }

    fn find_cursor(&mut self) {
        let shown = self.current.as_ref().map(|current| current.index);
        let row = [self.listing.anchor, shown]
            .into_iter()
            .flatten()
            .find_map(|index| self.listing.row_of(index));
        self.list.row = row.unwrap_or(0);
    }

    /// Works out what the list shows of a completion, within a budget.
    pub(crate) fn look_at(&mut self, index: usize, budget: &mut Budget) {
        let known = self.library.entry(index).and_then(|entry| entry.summary());
        let is_new = known.is_none();
        let before = self.library.len();
        let context = self.context.clone();
        self.library.summarise(index, &context);
        // A record may turn out to hold several completions; what comes after it moves on.
        let more = self.library.len() - before;
        if more > 0 {
            let shown = self.current.as_mut().map(|current| &mut current.index);
            let marked = self.listing.marked.iter_mut();
            let from = self.prompt.as_mut().and_then(|prompt| prompt.from.as_mut());
            let places = marked.chain(shown).chain(from);
            for place in places.filter(|place| **place > index) {
                *place += more;
            }
        }
        let summary = self.library.entry(index).and_then(|entry| entry.summary());
        let cost = match (is_new, summary) {
            (true, Some(summary)) => summary.facts.bytes + ANEW,
            _ => AGAIN,
        };
        budget.0 = budget.0.saturating_sub(cost);
    }

    /// Whether a completion that was looked at fits the filter. Where it asks for keys, the completion
    /// is read for them, and that counts as well.
    pub(crate) fn fits(&mut self, index: usize, budget: &mut Budget) -> bool {
        let read = match self.listing.filter.asks_for_keys() {
            true => self.library.completion(index),
            false => None,
        };
        let bytes = read.as_ref().map_or(0, |read| read.document().text().len());
        budget.0 = budget.0.saturating_sub(bytes);
        let Some(entry) = self.library.entry(index) else {
            return false;
        };
        let has_key = |key: &str, is_whole: bool| {
            let read = read.as_ref();
            read.is_some_and(|read| filter::has_key(read, &entry.edits, key, is_whole))
        };
        let listing = &self.listing;
        let is_marked = listing.marked.contains(&index);
        let summary = entry.summary();
        summary.is_some_and(|summary| listing.filter.fits(summary, is_marked, &has_key))
    }

    /// Whether the filter leaves nothing, so that what the panes show is not listed.
    pub fn is_unlisted(&self) -> bool {
        let listing = &self.listing;
        let is_done = listing.progress(&self.library).is_none();
        listing.is_narrowed() && is_done && self.listed() == 0 && self.current.is_some()
    }

    /// Why nothing is done with what is shown: it is not listed, though it is easily taken for that.
    pub(crate) fn why_unlisted(&self, does: &str) -> String {
        let key = self.keymap.shown(Command::Close);
        let filter = self.listing.filter.text().trim();
        format!("nothing to {does}: nothing fits \"{filter}\"; {key} shows all again")
    }

    /// Takes the filter away and goes back to where one was before it was typed.
    pub(crate) fn leave_filter(&mut self, from: Option<usize>) {
        self.listing.anchor = from.or(self.listing.anchor);
        self.filter(Filter::default());
        if let Some(row) = from.and_then(|from| self.listing.row_of(from)) {
            self.list.row = row;
        }
    }

    /// Looks at some more completions, for the list.
    pub(crate) fn fill_list(&mut self, budget: &mut Budget) {
        if !self.listing.is_narrowed() {
            return;
        }
        let found = self.listing.len(&self.library);
        while self.listing.looked < self.library.len() && budget.is_left() {
            let index = self.listing.looked;
            self.look_at(index, budget);
            self.listing.looked += 1;
            let fits = self.fits(index, budget);
            if let (true, Some(visible)) = (fits, &mut self.listing.visible) {
                visible.push(u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
        let mut moved = self.listing.len(&self.library) > found;
        if self.listing.looked == self.library.len() && self.loading.is_none() {
            moved |= self.put_in_order();
        }
        if moved {
            self.find_cursor();
        }
        if self.listing.looked == self.library.len() {
            let typing = self.prompt.is_some();
            self.listing.anchor = self.listing.anchor.filter(|_| typing);
        }
    }

    /// Sorts what was found; false where that was done.
    fn put_in_order(&mut self) -> bool {
        let (sort, sorted) = (self.listing.sort, self.listing.sorted);
        let Some(visible) = &mut self.listing.visible else {
            return false;
        };
        if sort == Sort::Loaded || sorted == visible.len() {
            return false;
        }
        let library = &self.library;
        let summary = |index: u32| library.entry(index as usize).and_then(|e| e.summary());
        match sort {
            Sort::Name => visible.sort_by_cached_key(|index| {
                let name = summary(*index).map(|summary| summary.name.to_lowercase());
                (name.is_none(), name, *index)
            }),
            _ => visible.sort_by(|one, other| match (summary(*one), summary(*other)) {
                (Some(first), Some(second)) => sort.compare(first, second).then(one.cmp(other)),
                (first, second) => second.is_some().cmp(&first.is_some()).then(one.cmp(other)),
            }),
        }
        self.listing.sorted = visible.len();
        true
    }
}
