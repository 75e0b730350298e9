//! Searching: by key, value or pointer, without regard to case, in the pane and on into the other completions.

use std::ops::Range;

use tui_input::Input;

use crate::completion::Completion;
use crate::event::Event;
use crate::json::Value;

/// The search, being typed or in force.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Set while it is typed.
    pub typing: Option<Input>,
    /// What is searched for.
    pub pattern: String,
    /// The row that the cursor was on when it began: it goes back there where nothing is found.
    pub from: Option<usize>,
    /// Which of the listed completions have it, as far as they were looked at.
    pub elsewhere: Option<Elsewhere>,
}

impl Search {
    /// What is searched for, if anything is.
    pub(crate) fn pattern(&self) -> Option<Pattern> {
        (!self.pattern.is_empty()).then(|| Pattern::of(&self.pattern))
    }
}

/// Which of the listed completions have what is searched for, in themselves or in their event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// How many rows of the list were looked at.
    pub looked: usize,
    /// Places in the library, in the order of the list.
    pub found: Vec<usize>,
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

    /// Where a text has it first, in bytes.
    pub(crate) fn first_in(&self, text: &str) -> Option<Range<usize>> {
        places(text, &self.0).next()
    }

    /// Whether it is a part of a pointer, rather than a word, which would else be found in everything below
    /// a key that has it.
    pub(crate) fn is_pointer(&self) -> bool {
        self.0.contains('/')
    }

    /// Whether a value has it: in its key, in itself where it is a leaf, in its pointer.
    pub(crate) fn is_in_value(&self, value: Value<'_>) -> bool {
        value.key().is_some_and(|key| self.is_in(&key))
            || (value.is_leaf() && self.is_in(&value.canonical().shown()))
            || (self.is_pointer() && self.is_in(&value.pointer()))
    }

    /// Whether a completion has it anywhere.
    pub(crate) fn is_in_completion(&self, completion: &Completion) -> bool {
        let text = completion.document().text();
        // Without escapes the text has what its values have.
        let may_have = self.is_pointer() || text.contains('\\') || self.is_in(text);
        let mut values = completion.document().root().descendants();
        may_have && values.any(|value| self.is_in_value(value))
    }

    /// Whether an event has it.
    pub(crate) fn is_in_event(&self, event: &Event) -> bool {
        event.fields.iter().any(|field| {
            self.is_in(&field.key)
                || self.is_in(&field.value.shown())
                || (self.is_pointer() && self.is_in(&field.pointer()))
        })
    }
}

/// Places at which a text has a pattern, in any case.
pub(crate) fn found(text: &str, pattern: &str) -> Vec<Range<usize>> {
    places(text, pattern).collect()
}

fn places<'t>(text: &'t str, pattern: &str) -> impl Iterator<Item = Range<usize>> + 't {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let mut end = 0;
    text.char_indices().filter_map(move |(start, c)| {
        let first = pattern.first().copied()?;
        let is_start = c == first || c.to_lowercase().next() == Some(first);
        if !is_start || start < end {
            return None;
        }
        let length = length_of_match(&text[start..], &pattern)?;
        end = start + length;
        Some(start..end)
    })
}

/// Bytes that a pattern in lower case takes at the start of a text, if it stands there.
fn length_of_match(text: &str, pattern: &[char]) -> Option<usize> {
    let mut wanted = pattern.iter();
    for (at, c) in text.char_indices() {
        if wanted.len() == 0 {
            return Some(at);
        }
        if !c.to_lowercase().all(|c| wanted.next() == Some(&c)) {
            return None;
        }
    }
    (wanted.len() == 0).then_some(text.len())
}
