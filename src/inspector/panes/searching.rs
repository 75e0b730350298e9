//! Searching by key, value or pointer: in the focused pane, then in the others of the same completion, and on into
//! the other completions of the list.

use std::collections::HashSet;

use crossterm::event::{KeyCode, KeyEvent};

use crate::inspector::current::rows::Fold;
use crate::inspector::library::listing::SliceBudget;
use crate::inspector::library::search::{Elsewhere, Pattern, Search};
use crate::inspector::ui::field::input_request;
use crate::inspector::{Command, Model, Pane};
use crate::mapping;

impl Model {
    /// Rows of the focused pane that match. In the list, a row matches by what its completion holds, as far as that
    /// was looked into.
    pub fn matches(&self) -> Vec<usize> {
        if self.search.pattern.is_empty() {
            return Vec::new();
        }
        let mut rows = self.matches_in(self.focus);
        if let (Pane::List, Some(elsewhere)) = (self.focus, &self.search.elsewhere) {
            rows.extend(self.rows_of(&elsewhere.found));
            rows.sort_unstable();
            rows.dedup();
        }
        rows
    }

    /// The rows of the list that have these completions, in the order of the list.
    fn rows_of(&self, found: &[usize]) -> Vec<usize> {
        let found: HashSet<usize> = found.iter().copied().collect();
        let is_found = |row: &usize| {
            self.listing
                .entry(*row)
                .is_some_and(|at| found.contains(&at))
        };
        (0..self.listed()).filter(is_found).collect()
    }

    fn matches_in(&self, pane: Pane) -> Vec<usize> {
        pane.logic()
            .matches(self, &Pattern::of(&self.search.pattern))
    }

    /// Goes to a match after the cursor, or before it; past the last one into the next completion that has some,
    /// and around the ends.
    pub(crate) fn go_to_match(&mut self, forward: bool, stay: bool) {
        if self.search.pattern.is_empty() {
            return;
        }
        let pane = self.focused();
        pane.before_search(self);
        if self.search.typing.is_none() {
            self.open_matches(self.focus);
            self.look_elsewhere();
        }
        let matches = self.matches();
        let row = pane.cursor(self).map_or(0, |cursor| cursor.row);
        let next = if forward {
            let after = |at: &&usize| **at > row || (stay && **at == row);
            matches.iter().find(after).copied()
        } else {
            matches.iter().rev().find(|at| **at < row).copied()
        };
        if next.is_none() && !stay && self.go_to_match_elsewhere(forward) {
            return;
        }
        let is_confirmed = self.search.typing.is_none();
        if matches.is_empty() && is_confirmed && self.go_to_match_beside() {
            return;
        }
        let around = if forward {
            matches.first()
        } else {
            matches.last()
        };
        self.show_match(next.or(around.copied()), &matches);
    }

    /// Goes to the first match of the same completion in another pane, where the focused one has none.
    fn go_to_match_beside(&mut self) -> bool {
        if self.focus == Pane::List || self.is_editing() {
            return false;
        }
        let before = self.focus;
        for pane in [Pane::Completion, Pane::Event] {
            if pane == before {
                continue;
            }
            self.open_matches(pane);
            let matches = self.matches_in(pane);
            if let Some(first) = matches.first() {
                self.focus = pane;
                self.show_match(Some(*first), &matches);
                return true;
            }
        }
        false
    }

    /// Puts the cursor on a match and says which it is.
    fn show_match(&mut self, row: Option<usize>, matches: &[usize]) {
        let Some(row) = row else {
            self.notice = Some(format!(
                "no match for \"{}\" here{}",
                self.search.pattern,
                self.elsewhere_in_words()
            ));
            return;
        };
        let number = matches.iter().position(|at| *at == row).unwrap_or(0) + 1;
        self.notice = Some(format!(
            "match {number} of {} for \"{}\"{}",
            matches.len(),
            self.search.pattern,
            self.elsewhere_in_words()
        ));
        let pane = self.focused();
        if let Some(cursor) = pane.cursor_mut(self) {
            cursor.row = row;
        }
        if self.focus == Pane::List && self.search.typing.is_none() {
            self.show_match_of_listed(row);
        }
    }

    /// Shows in the other panes why a completion of the list matches.
    fn show_match_of_listed(&mut self, row: usize) {
        if self.is_editing() {
            return;
        }
        if let Some(index) = self.listing.entry(row) {
            self.show(index);
        }
        for pane in [Pane::Completion, Pane::Event] {
            self.open_matches(pane);
            let first = self.matches_in(pane).first().copied();
            if let (Some(row), Some(cursor)) = (first, pane.logic().cursor_mut(self)) {
                cursor.row = row;
            }
        }
    }

    /// How many completions have it, and which of them is shown.
    fn elsewhere_in_words(&self) -> String {
        let Some(elsewhere) = &self.search.elsewhere else {
            return String::new();
        };
        let is_done = elsewhere.looked >= self.listed();
        // In the list, those are the matches.
        if self.focus == Pane::List {
            let more = if is_done {
                ""
            } else {
                "; looking into the others …"
            };
            return more.to_owned();
        }
        let shown = self.current.as_ref().map(|current| current.index);
        let all = elsewhere.found.len();
        let place = elsewhere
            .found
            .iter()
            .position(|index| Some(*index) == shown);
        let others = all - usize::from(place.is_some());
        let next = self.keymap.shown(Command::NextMatch);
        match (others, is_done) {
            (0, true) => String::new(),
            (1.., true) if let Some(place) = place => {
                format!(
                    "; completion {} of {all} that have it ({next}: next match)",
                    place + 1
                )
            }
            (0, false) => "; looking into the others …".to_owned(),
            (1, true) => format!("; 1 other completion has it ({next}: next match)"),
            (others, true) => format!("; {others} other completions have it ({next}: next match)"),
            (others, false) => format!("; {others} other completions so far have it"),
        }
    }

    /// Goes to the first match of the next completion that has one, or to the last one of the one before.
    fn go_to_match_elsewhere(&mut self, forward: bool) -> bool {
        let Some(elsewhere) = &self.search.elsewhere else {
            return false;
        };
        if self.focus == Pane::List {
            return false;
        }
        let shown = self.current.as_ref().map(|current| current.index);
        let here = shown
            .and_then(|shown| self.listing.row_of(shown))
            .unwrap_or(0);
        let rows = self.rows_of(&elsewhere.found);
        let mut rows = rows.into_iter();
        let to = match forward {
            true => rows
                .clone()
                .find(|row| *row > here)
                .or_else(|| rows.find(|row| *row < here)),
            false => rows
                .clone()
                .rfind(|row| *row < here)
                .or_else(|| rows.rfind(|row| *row > here)),
        };
        let Some((row, index)) = to.and_then(|row| Some((row, self.listing.entry(row)?))) else {
            return false;
        };
        if self.is_editing() {
            return false;
        }
        self.list.row = row;
        self.show(index);
        // It may have it in its event alone, or only in what no event holds.
        let panes = [self.focus, Pane::Completion, Pane::Event];
        for pane in panes {
            self.open_matches(pane);
            if !self.matches_in(pane).is_empty() {
                self.focus = pane;
                break;
            }
        }
        let matches = self.matches();
        let at = if forward {
            matches.first()
        } else {
            matches.last()
        };
        self.show_match(at.copied(), &matches);
        true
    }

    /// Opens the containers of a pane that have a match inside.
    fn open_matches(&mut self, pane: Pane) {
        let pattern = Pattern::of(&self.search.pattern);
        let mode = self.privacy;
        let Some(current) = &mut self.current else {
            return;
        };
        match pane {
            Pane::Completion => {
                let completion = current.completion.clone();
                let found = completion.document().root().descendants();
                for value in found.filter(|value| pattern.is_in_value(*value)) {
                    let around = std::iter::successors(value.parent(), |value| value.parent());
                    for value in around {
                        let closed = current.source.closed_mut();
                        closed.remove(&Fold::Container(value.id()));
                        closed.remove(&Fold::Unused(value.id()));
                    }
                }
            }
            Pane::Event => current.event.closed_mut().clear(),
            Pane::List | Pane::Trace => return,
        }
        current.rebuild(mode);
    }

    /// Begins to look into the other completions, unless that was done for this search.
    fn look_elsewhere(&mut self) {
        if self.search.elsewhere.is_none() {
            self.search.elsewhere = Some(Elsewhere::default());
            // A short list is looked through at once, so that its count is said with the first match.
            self.search_elsewhere(&mut SliceBudget::new());
        }
    }

    /// Whether there are completions left to be searched.
    pub(crate) fn is_searching(&self) -> bool {
        let elsewhere = self.search.elsewhere.as_ref();
        elsewhere.is_some_and(|elsewhere| elsewhere.looked < self.listed())
    }

    /// Looks into some more of the listed completions.
    pub(crate) fn search_elsewhere(&mut self, budget: &mut SliceBudget) {
        if !self.is_searching() {
            return;
        }
        let before = self.elsewhere_in_words();
        let pattern = Pattern::of(&self.search.pattern);
        while budget.is_left() {
            let Some(elsewhere) = &self.search.elsewhere else {
                return;
            };
            let row = elsewhere.looked;
            let Some(index) = (row < self.listed())
                .then(|| self.listing.entry(row))
                .flatten()
            else {
                break;
            };
            let has = self.has_pattern(index, &pattern, budget);
            if let Some(elsewhere) = &mut self.search.elsewhere {
                elsewhere.looked += 1;
                elsewhere.found.extend(has.then_some(index));
            }
        }
        // The count that was said follows.
        let after = self.elsewhere_in_words();
        if let Some(notice) = self.notice.as_mut().filter(|_| !before.is_empty())
            && let Some(start) = notice.strip_suffix(&before)
        {
            *notice = format!("{start}{after}");
        }
    }

    fn has_pattern(&mut self, index: usize, pattern: &Pattern, budget: &mut SliceBudget) -> bool {
        let Some(completion) = self.completion_at(index) else {
            return false;
        };
        budget.spend(completion.document().text().len());
        if pattern.is_in_completion(&completion) {
            return true;
        }
        let edits = self.library.entry(index).map(|entry| entry.edits.clone());
        let mapped = mapping::map(&completion, &edits.unwrap_or_default(), &self.context);
        mapped
            .event()
            .is_some_and(|event| pattern.is_in_event(event))
    }

    pub(crate) fn search_key(&mut self, key: &KeyEvent) {
        match key.code {
            KeyCode::Esc => {
                self.back_to_start();
                self.search = Search::default();
                self.notice = None;
            }
            KeyCode::Enter => {
                self.back_to_start();
                self.search.typing = None;
                self.go_to_match(true, true);
            }
            _ => {
                let request = input_request(key);
                if let (Some(input), Some(request)) = (&mut self.search.typing, request) {
                    input.handle(request);
                    self.search_typed();
                }
            }
        }
    }

    pub(crate) fn search_typed(&mut self) {
        if let Some(input) = &self.search.typing {
            self.search.pattern = input.value().to_owned();
            self.search.elsewhere = None;
            self.notice = None;
            self.back_to_start();
            self.go_to_match(true, true);
        }
    }

    /// Puts the cursor where it was when the search began: what is typed first may have led it elsewhere.
    fn back_to_start(&mut self) {
        let pane = self.focused();
        if let (Some(from), Some(cursor)) = (self.search.from, pane.cursor_mut(self)) {
            cursor.row = from;
        }
    }
}
