//! Searching in a tree pane: by key, value or pointer, without regard to case.

use tui_input::Input;

use crate::inspector::current::rows::SourceRow;
use crate::inspector::{Model, Pane};

/// The search, being typed or in force.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Set while it is typed.
    pub typing: Option<Input>,
    /// What is searched for.
    pub pattern: String,
}

impl Model {
    /// Rows of the focused tree that match.
    pub fn matches(&self) -> Vec<usize> {
        let pattern = self.search.pattern.to_lowercase();
        let (Some(current), false) = (&self.current, pattern.is_empty()) else {
            return Vec::new();
        };
        let has = |text: &str| text.to_lowercase().contains(&pattern);
        // Told apart from a word, which would else be found in everything below a key that has it.
        let is_pointer = pattern.contains('/');
        match self.focus {
            Pane::Event => current
                .event_rows
                .iter()
                .enumerate()
                .filter(|(_, row)| {
                    let value = row.value.as_ref();
                    has(&row.pointer) || value.is_some_and(|value| has(&value.shown()))
                })
                .map(|(index, _)| index)
                .collect(),
            Pane::Source => current
                .source_rows
                .iter()
                .enumerate()
                .filter(|(_, row)| match row {
                    SourceRow::Node(id) => {
                        let value = current.completion.document().at(*id);
                        let key = value.key().unwrap_or_default();
                        has(&key)
                            || (value.is_leaf() && has(&value.canonical().shown()))
                            || (is_pointer && has(&value.pointer()))
                    }
                    SourceRow::Added {
                        key,
                        value,
                        pointer,
                        ..
                    } => has(key) || has(&value.shown()) || (is_pointer && has(pointer)),
                })
                .map(|(index, _)| index)
                .collect(),
            Pane::List => (0..self.listed())
                .filter(|row| {
                    let entry = self.listing.entry(*row);
                    let entry = entry.and_then(|index| self.library.entry(index));
                    let summary = entry.and_then(|entry| entry.summary());
                    summary.is_some_and(|summary| has(&summary.name) || has(&summary.model))
                })
                .collect(),
            Pane::Trace => Vec::new(),
        }
    }

    /// Goes to a match after the cursor, or before it, around the ends.
    pub(crate) fn go_to_match(&mut self, forward: bool, stay: bool) {
        let pattern = &self.search.pattern;
        if pattern.is_empty() {
            return;
        }
        if self.focus == Pane::List {
            let context = self.context.clone();
            self.library.summarise_loaded(&context);
        }
        let matches = self.matches();
        if matches.is_empty() {
            self.notice = Some(format!(
                "no match for \"{}\" in this pane",
                self.search.pattern
            ));
            return;
        }
        let row = match self.focus {
            Pane::List => self.list.row,
            Pane::Event => self.current.as_ref().map_or(0, |c| c.event.row),
            _ => self.current.as_ref().map_or(0, |c| c.source.row),
        };
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
        match (self.focus, &mut self.current) {
            (Pane::List, _) => self.list.row = next,
            (Pane::Event, Some(current)) => current.event.row = next,
            (_, Some(current)) => current.source.row = next,
            _ => {}
        }
    }
}
