//! Edits of trace metadata, as a list of steps: undo is to drop the last, and the same list can be
//! applied to any completion.

use crate::json::JsonText;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Sets or removes `request.user`.
    User(Option<String>),
    /// Sets or removes `request.session_id`.
    SessionId(Option<String>),
    /// Sets a key of `request.trace`, at its place if it is there, else at the end.
    SetKey {
        /// The key.
        key: String,
        /// Its value, any JSON.
        value: JsonText,
    },
    /// Removes a key of `request.trace`.
    RemoveKey(String),
    /// Gives a key of `request.trace` another name at the same place.
    RenameKey {
        /// The name it has.
        from: String,
        /// The name it gets; a key that had this name before is replaced.
        to: String,
    },
    /// Replaces the whole of `request.trace`.
    ReplaceTrace(Vec<(String, JsonText)>),
    /// Several that were made at once, and are taken back at once.
    Together(Vec<Edit>),
}

/// Steps in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    steps: Vec<Edit>,
}

impl Edits {
    /// No edits.
    pub fn none() -> Edits {
        Edits::default()
    }

    /// Appends a step.
    pub fn push(&mut self, edit: Edit) {
        self.steps.push(edit);
    }

    /// Takes the last step back.
    pub fn pop(&mut self) -> Option<Edit> {
        self.steps.pop()
    }

    /// The steps, first made first.
    pub fn steps(&self) -> &[Edit] {
        &self.steps
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Extend<Edit> for Edits {
    fn extend<I: IntoIterator<Item = Edit>>(&mut self, steps: I) {
        self.steps.extend(steps);
    }
}

impl FromIterator<Edit> for Edits {
    fn from_iter<I: IntoIterator<Item = Edit>>(steps: I) -> Edits {
        Edits {
            steps: steps.into_iter().collect(),
        }
    }
}
