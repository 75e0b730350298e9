//! The trace pane: user, session and trace keys, edited in place. A draft is mapped with every key
//! press; it becomes an edit when it is confirmed, and is gone when it is cancelled.

mod logic;
mod typing;
mod view;

pub(crate) use logic::TraceLogic;
pub(crate) use view::draw_typed;

use crate::inspector::edits::external_editor::InEditor;
use crate::inspector::edits::field::Editor;
use crate::inspector::edits::raw::RawEditor;
use crate::inspector::ui::cursor::Cursor;

/// The trace pane's state.
#[derive(Debug, Clone, Default)]
pub struct TracePane {
    /// The row under the cursor.
    pub cursor: Cursor,
    /// Set while a field is being typed.
    pub editor: Option<Editor>,
    /// Set while the whole trace is written as JSON.
    pub raw: Option<RawEditor>,
    /// Set while the person's own editor has its text.
    pub in_editor: Option<InEditor>,
}

impl TracePane {
    /// Whether a field or the whole trace is being edited.
    pub fn is_typed(&self) -> bool {
        self.editor.is_some() || self.raw.is_some()
    }

    /// Whether anything was typed that is no edit yet.
    pub fn has_typed(&self) -> bool {
        let editor = self.editor.as_ref();
        let raw = self.raw.as_ref();
        editor.is_some_and(|editor| editor.draft.is_some() || editor.error.is_some())
            || raw.is_some_and(|raw| raw.lines.is_changed())
    }
}
