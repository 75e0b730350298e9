//! Which completions the list shows, and in which order. Without filter and order the list is the
//! library itself and costs nothing; else completions are looked at a slice at a time, so that a hundred
//! thousand of them do not hold up a key press, and the list fills while one looks at it.

use std::cmp::Ordering;

use crate::inspector::library::filter::Filter;
use crate::inspector::library::{Growth, Library, Summary};

/// What one slice may cost, in bytes of completions that are mapped anew.
const SLICE: usize = 512 << 10;
/// What a completion costs besides its bytes, and what one costs that was mapped before.
const ANEW: usize = 2 << 10;
const AGAIN: usize = 64;

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// As it was loaded.
    #[default]
    Loaded,
    /// What it is called in the list.
    Name,
    /// The model.
    Model,
    /// The user.
    User,
    /// When it ended, the newest first.
    Time,
    /// The worst first.
    Severity,
    /// The highest cost first.
    Cost,
    /// Those with the most tokens first.
    Tokens,
    /// The slowest first.
    Duration,
}

/// What a completion is sorted by, so that the least comes first.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum SortKey {
    Text(String),
    /// The greatest number comes first.
    Number(f64),
    /// What has none comes last, whatever the direction.
    None,
}

impl Sort {
    const ALL: [Sort; 9] = [
        Sort::Loaded,
        Sort::Name,
        Sort::Model,
        Sort::User,
        Sort::Time,
        Sort::Severity,
        Sort::Cost,
        Sort::Tokens,
        Sort::Duration,
    ];

    /// In words.
    pub const fn says(self, is_reversed: bool) -> &'static str {
        match (self, is_reversed) {
            (Sort::Loaded, false) => "as loaded",
            (Sort::Loaded, true) => "last loaded first",
            (Sort::Name, false) => "by name",
            (Sort::Name, true) => "by name, reversed",
            (Sort::Model, false) => "by model",
            (Sort::Model, true) => "by model, reversed",
            (Sort::User, false) => "by user",
            (Sort::User, true) => "by user, reversed",
            (Sort::Time, false) => "newest first",
            (Sort::Time, true) => "oldest first",
            (Sort::Severity, false) => "worst first",
            (Sort::Severity, true) => "worst last",
            (Sort::Cost, false) => "highest cost first",
            (Sort::Cost, true) => "lowest cost first",
            (Sort::Tokens, false) => "most tokens first",
            (Sort::Tokens, true) => "fewest tokens first",
            (Sort::Duration, false) => "slowest first",
            (Sort::Duration, true) => "fastest first",
        }
    }

    pub(crate) fn next(self) -> Sort {
        let at = Sort::ALL.iter().position(|sort| *sort == self).unwrap_or(0);
        Sort::ALL[(at + 1) % Sort::ALL.len()]
    }

    fn key(self, summary: &Summary) -> SortKey {
        let text = |text: &str| match text {
            "" => SortKey::None,
            text => SortKey::Text(text.to_lowercase()),
        };
        let number = |number: Option<f64>| number.map_or(SortKey::None, |n| SortKey::Number(-n));
        let facts = &summary.facts;
        match self {
            Sort::Loaded => SortKey::Number(0.0),
            Sort::Name => text(&summary.title),
            Sort::Model => text(&summary.model),
            Sort::User => text(&summary.user),
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds since 1970 are far below 2^53"
            )]
            Sort::Time => number(facts.time.map(|time| time as f64)),
            Sort::Severity => {
                let severity = summary.severity.map_or(0, |severity| severity as u32 + 1);
                let findings = u32::try_from(summary.findings).unwrap_or(u32::MAX);
                number(Some(f64::from(severity) * 1e10 + f64::from(findings)))
            }
            Sort::Cost => number(facts.cost),
            Sort::Tokens => number(facts.tokens),
            Sort::Duration => number(facts.duration),
        }
    }
}

impl SortKey {
    /// What is unknown comes last in either direction.
    fn compare(&self, other: &SortKey, is_reversed: bool) -> Ordering {
        let order = match (self, other) {
            (SortKey::Text(one), SortKey::Text(other)) => one.cmp(other),
            (SortKey::Number(one), SortKey::Number(other)) => one.total_cmp(other),
            (SortKey::None, SortKey::None) => return Ordering::Equal,
            (SortKey::None, _) => return Ordering::Greater,
            (_, SortKey::None) => return Ordering::Less,
            (SortKey::Text(_), SortKey::Number(_)) => Ordering::Less,
            (SortKey::Number(_), SortKey::Text(_)) => Ordering::Greater,
        };
        if is_reversed { order.reverse() } else { order }
    }
}

/// What the list shows of the library.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The filter in force.
    pub filter: Filter,
    /// The order in force.
    pub sort: Sort,
    /// Whether it is the other way round.
    pub is_reversed: bool,
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
    /// Whether the cursor goes to what fits best, since a filter is being typed.
    pub(crate) follows_best: bool,
    /// Whether Esc said that another one takes the filter away.
    pub(crate) is_close_asked: bool,
    /// How well what fits the filter best does so far (the less, the better), and all that fit so well.
    best: Option<(u8, Vec<u32>)>,
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

    /// The first of the list that fits the filter best so far, where the cursor is to go there.
    pub(crate) fn best(&self) -> Option<usize> {
        let (_, best) = self.best.as_ref().filter(|_| self.follows_best)?;
        // They were found in the order of the library.
        let is_best = |index: &&u32| best.binary_search(index).is_ok();
        let first = self.visible.as_ref()?.iter().find(is_best);
        first.map(|index| *index as usize)
    }

    /// The order in words, where it is not that of the files.
    pub fn order_in_words(&self) -> Option<&'static str> {
        (!self.is_as_loaded()).then(|| self.sort.says(self.is_reversed))
    }

    fn is_as_loaded(&self) -> bool {
        self.sort == Sort::Loaded && !self.is_reversed
    }

    /// Begins anew, for another filter or order; whether the list is the library itself now.
    pub(crate) fn restart(&mut self) -> bool {
        let is_library = self.filter.is_empty() && self.is_as_loaded();
        self.visible = (!is_library).then(Vec::new);
        self.looked = 0;
        self.sorted = 0;
        self.best = None;
        is_library
    }

    /// A completion is taken out of the library: it leaves the list, and those behind it move up. Gives its row, where it
    /// had one.
    pub(crate) fn forget(&mut self, index: usize) -> Option<usize> {
        let row = self.row_of(index);
        self.looked -= usize::from(self.looked > index);
        if let (Some(visible), Some(row)) = (&mut self.visible, row) {
            visible.remove(row);
            self.sorted -= usize::from(self.sorted > row);
        }
        if let Some((_, best)) = &mut self.best {
            best.retain(|place| *place as usize != index);
        }
        self.anchor = self.anchor.filter(|anchor| *anchor != index);
        let best = self.best.iter_mut().flat_map(|(_, best)| best);
        let listed = self.visible.iter_mut().flatten().chain(best);
        for place in listed.filter(|place| **place as usize > index) {
            *place -= 1;
        }
        let anchor = self.anchor.as_mut().filter(|anchor| **anchor > index);
        anchor.into_iter().for_each(|anchor| *anchor -= 1);
        row
    }

    /// A record turned out to hold more completions: the places behind it have moved on.
    pub(crate) fn follow(&mut self, Growth { index, more }: Growth) {
        let best = self.best.iter_mut().flat_map(|(_, best)| best);
        let listed = self.visible.iter_mut().flatten().chain(best);
        for place in listed.filter(|place| **place as usize > index) {
            *place = place.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        }
        let anchor = self.anchor.as_mut().filter(|anchor| **anchor > index);
        anchor.into_iter().for_each(|anchor| *anchor += more);
    }

    /// Adds a completion that fits so well.
    pub(crate) fn add(&mut self, index: usize, well: u8) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        if let Some(visible) = &mut self.visible {
            visible.push(index);
        }
        match &mut self.best {
            Some((best, _)) if *best < well => {}
            Some((best, all)) if *best == well => all.push(index),
            best => *best = Some((well, vec![index])),
        }
    }

    /// Sorts what was found; false where that was done. What is equal stays as it was loaded.
    pub(crate) fn put_in_order(&mut self, library: &Library) -> bool {
        let (sort, is_reversed) = (self.sort, self.is_reversed);
        let is_sorted =
            self.is_as_loaded() || self.visible.as_ref().map(Vec::len) == Some(self.sorted);
        let Some(visible) = self.visible.as_mut().filter(|_| !is_sorted) else {
            return false;
        };
        // Each key is worked out once.
        let mut keyed: Vec<(SortKey, u32)> = visible
            .iter()
            .map(|index| {
                let summary = library.entry(*index as usize).and_then(|e| e.summary());
                (summary.map_or(SortKey::None, |s| sort.key(s)), *index)
            })
            .collect();
        keyed.sort_by(|(one, first), (other, second)| {
            let by_place = match (sort, is_reversed) {
                (Sort::Loaded, true) => second.cmp(first),
                _ => first.cmp(second),
            };
            one.compare(other, is_reversed).then(by_place)
        });
        visible.clear();
        visible.extend(keyed.into_iter().map(|(_, index)| index));
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
