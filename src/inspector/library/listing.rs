//! Which completions the list shows, and in which order. Without filter and order the list is the
//! library itself and costs nothing; else completions are looked at a slice at a time, so that a hundred
//! thousand of them do not hold up a key press, and the list fills while one looks at it.

use std::cmp::Ordering;

use crate::inspector::library::filter::Filter;
use crate::inspector::library::{Library, Summary};

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

    pub(crate) fn next(self) -> Sort {
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
    pub(crate) looked: usize,
    /// How many of the visible ones are in order.
    sorted: usize,
    /// Where the cursor wants to be once that completion was looked at.
    pub(crate) anchor: Option<usize>,
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

    pub(crate) fn row_of(&self, index: usize) -> Option<usize> {
        match &self.visible {
            None => Some(index),
            Some(visible) => visible.iter().position(|have| *have as usize == index),
        }
    }

    /// Whether the list is something else than the library.
    pub fn is_narrowed(&self) -> bool {
        self.visible.is_some()
    }

    /// Begins anew, for another filter or order; whether the list is the library itself now.
    pub(crate) fn restart(&mut self) -> bool {
        let is_library = self.filter.is_empty() && self.sort == Sort::Loaded;
        self.visible = (!is_library).then(Vec::new);
        self.looked = 0;
        self.sorted = 0;
        is_library
    }

    /// Adds a completion that fits.
    pub(crate) fn add(&mut self, index: usize) {
        if let Some(visible) = &mut self.visible {
            visible.push(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }

    /// Sorts what was found; false where that was done.
    pub(crate) fn put_in_order(&mut self, library: &Library) -> bool {
        let (sort, sorted) = (self.sort, self.sorted);
        let Some(visible) = &mut self.visible else {
            return false;
        };
        if sort == Sort::Loaded || sorted == visible.len() {
            return false;
        }
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
        self.sorted = visible.len();
        true
    }

    /// How many completions were looked at, as long as some are left.
    pub fn progress(&self, library: &Library) -> Option<usize> {
        (self.is_narrowed() && self.looked < library.len()).then_some(self.looked)
    }
}

/// What is left of what one slice may cost.
#[derive(Debug, Clone, Copy)]
pub struct SliceBudget(usize);

impl SliceBudget {
    pub(crate) fn new() -> SliceBudget {
        SliceBudget(SLICE)
    }

    /// Takes so many bytes of it.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }

    /// Takes what it costs to look at a completion: one that was mapped anew, or none.
    pub(crate) fn spend_on(&mut self, anew: Option<&Summary>) {
        self.spend(anew.map_or(AGAIN, |summary| summary.facts.bytes + ANEW));
    }

    /// Whether anything more may be done.
    pub(crate) fn is_left(self) -> bool {
        self.0 > 0
    }
}
