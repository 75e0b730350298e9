//! The list is filled, filtered and put in order a slice at a time, and its cursor stays on its completion.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::completion::Completion;
use crate::inspector::current::NOTHING;
use crate::inspector::library::filter::{self, Filter, Fit, Reread};
use crate::inspector::library::listing::{SliceBudget, Sort};
use crate::inspector::library::{Growth, LibraryEntry};
use crate::inspector::ui::cursor::CursorStep;
use crate::inspector::windows::overview::Overview;
use crate::inspector::{Command, Model, Pane};
use crate::mapping;

/// Values of a field that are gathered to complete one of them. Chosen: more than anybody reads.
const VALUES: usize = 500;

/// What a command sorts the list by.
const fn sort_of(command: Command) -> Option<Sort> {
    Some(match command {
        Command::SortLoaded => Sort::Loaded,
        Command::SortName => Sort::Name,
        Command::SortModel => Sort::Model,
        Command::SortUser => Sort::User,
        Command::SortTime => Sort::Time,
        Command::SortSeverity => Sort::Severity,
        Command::SortCost => Sort::Cost,
        Command::SortTokens => Sort::Tokens,
        Command::SortDuration => Sort::Duration,
        _ => return None,
    })
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
            || self.is_searching()
            || self
                .windows
                .behind_dialog()
                .is_some_and(|window| window.is_busy(self))
    }

    pub(crate) fn list_step(&mut self, step: CursorStep, height: usize) {
        self.listing.anchor = None;
        self.listing.follows_best = false;
        let rows = self.listed();
        self.list.step(step, rows, height);
    }

    /// Goes to the completion beside the one that is shown; says so where there is none.
    pub(crate) fn step_beside(&mut self, step: CursorStep) {
        let row = self.list.row;
        self.list_step(step, 1);
        if self.list.row != row {
            return;
        }
        self.notice = match (self.listed(), step) {
            (0, _) => None,
            (1, _) => Some("this is the only one".to_owned()),
            (all, CursorStep::Up) => Some(format!("this is the first of {all}")),
            (all, _) => Some(format!("this is the last of {all}")),
        };
    }

    /// Sets the filter; the cursor stays on its completion where that is still shown.
    pub(crate) fn filter(&mut self, filter: Filter) {
        if filter != self.listing.filter {
            self.listing.filter = filter;
            self.relist();
        }
    }

    /// Sorts the list as a command says; false for one that says nothing of that.
    pub(crate) fn sort_as(&mut self, command: Command) -> bool {
        let sort = sort_of(command);
        if let Some(sort) = sort {
            self.sort_by(sort, false);
        }
        sort.is_some()
    }

    pub(crate) fn next_sort(&mut self) {
        self.sort_by(self.listing.sort.next(), false);
    }

    /// Turns the order round.
    pub(crate) fn reverse_sort(&mut self) {
        self.sort_by(self.listing.sort, !self.listing.is_reversed);
    }

    /// Sorts the list. The cursor stays on its completion, so that nobody loses what they look at; what is said names
    /// the key that goes to the first.
    pub(crate) fn sort_by(&mut self, sort: Sort, is_reversed: bool) {
        self.listing.sort = sort;
        self.listing.is_reversed = is_reversed;
        self.relist();
        self.focus = Pane::List;
        let key = |command| self.keymap.shown(command);
        let (next, reverse, top) = (
            key(Command::Sort),
            key(Command::SortReverse),
            key(Command::Top),
        );
        self.notice = Some(format!(
            "listed {}; {next} lists {}, {reverse} reverses the order, {top} goes to the first",
            sort.says(is_reversed),
            sort.next().says(false)
        ));
    }

    /// Marks the completion under the cursor, or takes the mark away.
    pub(crate) fn toggle_mark(&mut self) {
        let Some(current) = &self.current else {
            self.notice = Some(NOTHING.to_owned());
            return;
        };
        let name = self.title_of(current).to_owned();
        let marked = &mut self.listing.marked;
        let at = marked.iter().position(|index| *index == current.index);
        self.notice = Some(match at {
            Some(at) => {
                marked.remove(at);
                format!("{name}: mark taken away")
            }
            None => {
                marked.push(current.index);
                format!(
                    "{name}: marked; {} compares another completion with it",
                    self.keymap.shown(Command::Compare)
                )
            }
        });
    }

    /// Makes the list anew.
    pub(crate) fn relist(&mut self) {
        let listing = &mut self.listing;
        listing.anchor = listing
            .anchor
            .or(self.current.as_ref().map(|current| current.index));
        let is_library = listing.restart();
        self.search.elsewhere = None;
        if is_library {
            self.find_cursor();
            self.listing.anchor = None;
        }
    }

    /// The library is another one; the list is made anew and the cursor goes with the shown
    /// completion to its new place.
    pub(crate) fn library_changed(&mut self, place: Option<usize>) {
        if let (Some(current), Some(place)) = (&mut self.current, place) {
            current.index = place;
        }
        self.listing.anchor = place;
        self.relist();
        self.recount();
    }

    /// A completion was put into the library at this place: it is shown, unless something is typed.
    pub(crate) fn inserted(&mut self, place: usize) {
        for moved in self.places_mut().filter(|moved| **moved >= place) {
            *moved += 1;
        }
        if self.current.is_some() && self.trace.is_typed() {
            self.relist();
            return;
        }
        self.current = None;
        self.list_all(place);
    }

    /// A completion is taken out of the list; what is looked at stays in sight.
    pub(crate) fn remove(&mut self, place: usize) -> Option<LibraryEntry> {
        let entry = self.library.remove(place)?;
        self.listing.marked.retain(|marked| *marked != place);
        self.saves.retain(|save| save.place != place);
        let shown = self.current.as_ref().map(|current| current.index);
        let is_shown = shown == Some(place);
        for moved in self.places_mut().filter(|moved| **moved > place) {
            *moved -= 1;
        }
        if is_shown {
            self.current = None;
        }
        let row = self.listing.forget(place);
        if let Some(row) = row {
            self.list.row -= usize::from(self.list.row > row);
            self.list.offset -= usize::from(self.list.offset > row);
        }
        if let Some(elsewhere) = &mut self.search.elsewhere {
            elsewhere.looked -= usize::from(row.is_some_and(|row| row < elsewhere.looked));
            elsewhere.found.retain(|found| *found != place);
            for found in elsewhere.found.iter_mut().filter(|found| **found > place) {
                *found -= 1;
            }
        }
        self.recount();
        Some(entry)
    }

    /// What was counted has changed: the overview counts again.
    pub(crate) fn recount(&mut self) {
        if let Some(overview) = self.windows.find_mut::<Overview>() {
            overview.restart();
        }
    }

    /// Brings the cursor to a completion; a filter that hides it is taken away.
    pub(crate) fn go_to_entry(&mut self, place: usize) {
        match self.listing.row_of(place) {
            Some(row) => self.list.row = row,
            None => self.list_all(place),
        }
    }

    pub(crate) fn list_all(&mut self, place: usize) {
        self.listing.filter = Filter::default();
        self.listing.sort = Sort::Loaded;
        self.listing.is_reversed = false;
        self.listing.anchor = Some(place);
        self.relist();
    }

    fn find_cursor(&mut self) {
        let shown = self.current.as_ref().map(|current| current.index);
        let row = [self.listing.best(), self.listing.anchor, shown]
            .into_iter()
            .flatten()
            .find_map(|index| self.listing.row_of(index));
        self.list.row = row.unwrap_or(0);
    }

    /// Works out what the list shows of a completion, within a budget.
    pub(crate) fn look_at(&mut self, index: usize, budget: &mut SliceBudget) {
        let known = self.library.entry(index).and_then(|entry| entry.summary());
        let is_new = known.is_none();
        self.summarise(index);
        let summary = self.library.entry(index).and_then(|entry| entry.summary());
        budget.spend_on(summary.filter(|_| is_new));
    }

    /// Works out what the list shows of a completion.
    pub(crate) fn summarise(&mut self, index: usize) {
        let context = self.context.clone();
        self.library.summarise(index, &context);
        self.follow_growth();
    }

    /// The completion at a place, read now if it was not yet; none if it cannot be read.
    pub(crate) fn completion_at(&mut self, index: usize) -> Option<Arc<Completion>> {
        let completion = self.library.completion(index);
        self.follow_growth();
        completion
    }

    /// Records turned out to hold several completions: what stood behind them has moved on, and so does every place that
    /// is kept of it.
    pub(crate) fn follow_growth(&mut self) {
        for growth in self.library.take_growth() {
            let Growth { index, more } = growth;
            for place in self.places_mut().filter(|place| **place > index) {
                *place += more;
            }
            self.listing.follow(growth);
            let found = self.search.elsewhere.iter_mut();
            let found = found.flat_map(|elsewhere| &mut elsewhere.found);
            for place in found.filter(|place| **place > index) {
                *place += more;
            }
            if !self.listing.is_narrowed() {
                self.list.row += if self.list.row > index { more } else { 0 };
                self.list.offset += if self.list.offset > index { more } else { 0 };
            }
        }
    }

    /// How well a completion that was looked at fits the filter; none where it does not. Where only the completion
    /// itself tells, it is read for that, which counts as well.
    pub(crate) fn fits(&mut self, index: usize, budget: &mut SliceBudget) -> Option<u8> {
        let is_marked = self.listing.marked.contains(&index);
        let fit = |model: &Model, reread: Option<&Reread<'_>>| {
            let summary = model.library.entry(index).and_then(|entry| entry.summary());
            let filter = &model.listing.filter;
            summary.map_or(Fit::No, |summary| filter.fits(summary, is_marked, reread))
        };
        match fit(self, None) {
            Fit::Yes(well) => return Some(well),
            Fit::No => return None,
            Fit::Unknown => {}
        }
        let completion = self.completion_at(index)?;
        budget.spend(completion.document().text().len());
        let edits = self.library.entry(index)?.edits.clone();
        let mapped = mapping::map(&completion, &edits, &self.context);
        let reread = Reread {
            completion: &completion,
            edits: &edits,
            event: mapped.event(),
        };
        match fit(self, Some(&reread)) {
            Fit::Yes(well) => Some(well),
            Fit::No | Fit::Unknown => None,
        }
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

    /// What the list's completions have for a field, as far as they were looked at, each once.
    pub(crate) fn values_of(&self, field: &str) -> Vec<String> {
        let summaries = (0..self.library.len()).filter_map(|index| {
            let entry = self.library.entry(index)?;
            filter::value_of(entry.summary()?, field)
        });
        let mut values = BTreeSet::new();
        for value in summaries.filter(|value| !value.is_empty()) {
            if !values.contains(value) {
                values.insert(value.to_owned());
            }
            if values.len() == VALUES {
                break;
            }
        }
        values.into_iter().collect()
    }

    /// Puts the filter back that was in force before another was typed, and the cursor to where one was.
    pub(crate) fn leave_filter(&mut self, before: Filter, from: Option<usize>) {
        self.listing.anchor = from.or(self.listing.anchor);
        self.listing.follows_best = false;
        self.filter(before);
        if let Some(row) = from.and_then(|from| self.listing.row_of(from)) {
            self.list.row = row;
        }
    }

    /// Looks at some more completions, for the list.
    pub(crate) fn fill_list(&mut self, budget: &mut SliceBudget) {
        if !self.listing.is_narrowed() {
            return;
        }
        let found = self.listing.len(&self.library);
        while self.listing.looked < self.library.len() && budget.is_left() {
            let index = self.listing.looked;
            self.look_at(index, budget);
            self.listing.looked += 1;
            if let Some(well) = self.fits(index, budget) {
                self.listing.add(index, well);
            }
        }
        let mut moved = self.listing.len(&self.library) > found;
        if self.listing.looked == self.library.len() && self.loading.is_none() {
            moved |= self.listing.put_in_order(&self.library);
        }
        if moved {
            self.find_cursor();
        }
        if self.listing.looked == self.library.len() {
            let typing = self.prompt.is_some();
            self.listing.anchor = self.listing.anchor.filter(|_| typing);
            self.listing.follows_best &= typing;
        }
    }
}
