//! Searching in the focused pane, by key, value or pointer.

use crossterm::event::{KeyCode, KeyEvent};

use crate::inspector::Model;
use crate::inspector::library::search::Pattern;
use crate::inspector::ui::field::input_request;

impl Model {
    /// Rows of the focused pane that match.
    pub fn matches(&self) -> Vec<usize> {
        match self.search.pattern.is_empty() {
            true => Vec::new(),
            false => {
                let pattern = Pattern::of(&self.search.pattern);
                self.focused().matches(self, &pattern)
            }
        }
    }

    /// Goes to a match after the cursor, or before it, around the ends.
    pub(crate) fn go_to_match(&mut self, forward: bool, stay: bool) {
        if self.search.pattern.is_empty() {
            return;
        }
        let pane = self.focused();
        pane.before_search(self);
        let matches = self.matches();
        if matches.is_empty() {
            self.notice = Some(format!(
                "no match for \"{}\" in this pane",
                self.search.pattern
            ));
            return;
        }
        let row = pane.cursor(self).map_or(0, |cursor| cursor.row);
        let next = if forward {
            let after = |at: &&usize| **at > row || (stay && **at == row);
            matches.iter().find(after).or(matches.first())
        } else {
            matches
                .iter()
                .rev()
                .find(|at| **at < row)
                .or(matches.last())
        };
        let Some(&next) = next else { return };
        let number = matches.iter().position(|at| *at == next).unwrap_or(0) + 1;
        self.notice = Some(format!(
            "match {number} of {} for \"{}\"",
            matches.len(),
            self.search.pattern
        ));
        if let Some(cursor) = pane.cursor_mut(self) {
            cursor.row = next;
        }
    }

    pub(crate) fn search_key(&mut self, key: &KeyEvent) {
        match key.code {
            KeyCode::Esc => {
                self.search.typing = None;
                self.search.pattern.clear();
                self.notice = None;
            }
            KeyCode::Enter => {
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
            self.notice = None;
            self.go_to_match(true, true);
        }
    }
}
