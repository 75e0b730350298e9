//! Edits of the trace metadata: field by field in the trace pane, as JSON over several lines, in the
//! person's own editor; undo and redo; and samples saved with them.

pub(crate) mod editing;
pub mod external_editor;
pub mod field;
pub mod raw;
pub(crate) mod raw_view;
pub mod saving;
