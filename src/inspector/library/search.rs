//! Searching in a tree pane: by key, value or pointer, without regard to case.

use tui_input::Input;

/// The search, being typed or in force.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Set while it is typed.
    pub typing: Option<Input>,
    /// What is searched for.
    pub pattern: String,
}

/// What is searched for, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    /// A text that is searched for.
    pub(crate) fn of(text: &str) -> Pattern {
        Pattern(text.to_lowercase())
    }

    /// Whether a text has it.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.0)
    }

    /// Whether it is a part of a pointer, rather than a word, which would else be found in everything below
    /// a key that has it.
    pub(crate) fn is_pointer(&self) -> bool {
        self.0.contains('/')
    }
}
