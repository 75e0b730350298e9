//! Keys while a field of the trace is typed: each one maps the draft again.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::completion::{Edit, TraceMetadata};
use crate::inspector::current::trace_rows::{
    TraceRow, TraceRowIndex, is_trace_metadata, trace_rows_of,
};
use crate::inspector::edits::field::{Editor, Target, Typing};
use crate::inspector::ui::cursor::CursorStep;
use crate::inspector::ui::field::input_request;
use crate::inspector::windows::question::Question;
use crate::inspector::{Command, Model, Pane};

impl Model {
    pub(crate) fn edit_key(&mut self, key: &KeyEvent) {
        let is_toggle =
            key.code == KeyCode::Char('t') && key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => self.cancel_edit(),
            KeyCode::Enter => self.confirm_edit(),
            KeyCode::Tab | KeyCode::Down | KeyCode::Up | KeyCode::BackTab => {
                let up = matches!(key.code, KeyCode::Up | KeyCode::BackTab);
                self.confirm_edit();
                if self.trace.editor.is_none() {
                    let step = if up { CursorStep::Up } else { CursorStep::Down };
                    let rows = self.trace_rows();
                    self.trace.cursor.step(step, rows, 1);
                    if matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
                        self.edit_trace_row();
                    }
                }
            }
            _ if is_toggle => self.toggle_typing(),
            _ => {
                let request = input_request(key);
                if let (Some(editor), Some(request)) = (&mut self.trace.editor, request) {
                    editor.input.handle(request);
                    self.read_editor();
                }
            }
        }
    }

    fn toggle_typing(&mut self) {
        let Some(editor) = self
            .trace
            .editor
            .as_mut()
            .filter(|editor| editor.may_be_json())
        else {
            return;
        };
        editor.typing = match editor.typing {
            Typing::Text => Typing::Json,
            Typing::Json => Typing::Text,
        };
        self.read_editor();
    }

    /// Reads the typed text and maps what it stands for.
    pub(crate) fn read_editor(&mut self) {
        let metadata = self.metadata_without_draft();
        if let (Some(editor), Some(metadata)) = (&mut self.trace.editor, metadata) {
            editor.read(&metadata);
        }
        self.remap();
        self.follow_new_key();
    }

    /// Keeps the cursor on a key that appears, or goes again, while its value is typed.
    fn follow_new_key(&mut self) {
        let (Some(editor), Some(current)) = (&self.trace.editor, &self.current) else {
            return;
        };
        let key = match (&editor.target, &editor.draft) {
            (Target::NewValue(key), _) => Some(key),
            // A name that is no key yet, or one of another row, stays where keys are added.
            (Target::NewKey, Some(Edit::SetKey { key, .. })) => Some(key),
            (Target::NewKey, _) => None,
            _ => return,
        };
        let is_it = |slot: &TraceRow| match slot {
            TraceRow::Key(have) => Some(have) == key,
            TraceRow::Default(have) => key.is_some_and(|key| key == have),
            TraceRow::Add => key.is_none(),
            TraceRow::User | TraceRow::SessionId => false,
        };
        let row = trace_rows_of(&current.mapped.metadata)
            .iter()
            .position(is_it);
        self.trace.cursor.row = row.unwrap_or(self.trace.cursor.row);
    }

    /// What an editor checks against: the metadata as it is without its own draft.
    pub(crate) fn metadata_without_draft(&self) -> Option<TraceMetadata> {
        let current = self.current.as_ref()?;
        let entry = self.library.entry(current.index);
        let edits = entry.map(|entry| entry.edits.clone());
        Some(TraceMetadata::of(
            &current.completion,
            &edits.unwrap_or_default(),
        ))
    }

    pub(crate) fn trace_row(&self) -> Option<TraceRow> {
        let current = self.current.as_ref()?;
        trace_rows_of(&current.mapped.metadata)
            .into_iter()
            .nth(self.trace.cursor.row)
    }

    /// Starts to edit what the cursor is on: in the trees, the user, session or trace key that the row
    /// belongs to. A row that comes from elsewhere is no edit's business, and another one is not guessed.
    pub(crate) fn edit_under_cursor(&mut self) {
        let row = match &self.current {
            Some(current) if matches!(self.focus, Pane::Completion | Pane::Event) => {
                TraceRowIndex::of(&current.mapped.metadata).row(&self.pointers_under_cursor())
            }
            _ => Some(self.trace.cursor.row),
        };
        match row {
            Some(row) => {
                self.trace.cursor.row = row;
                self.edit_trace_row();
            }
            None => self.ask_for_trace(),
        }
    }

    /// Says in a dialog why nothing is edited here, so that what is typed next is not taken for commands.
    fn ask_for_trace(&mut self) {
        let row = match self.trace_row() {
            Some(TraceRow::Key(_)) => "edit the trace's key",
            Some(TraceRow::SessionId) => "edit session_id",
            Some(TraceRow::Default(_) | TraceRow::Add) => "add a key",
            Some(TraceRow::User) | None => "edit user",
        };
        // What is typed then is text, as behind the key that edits.
        let question = Question::new("Edit the trace?", row, "stay", |update| {
            update.model.edit_trace_row();
        });
        let says = self.not_trace_metadata();
        self.open_window(question.says(says));
    }

    /// Why the row under the cursor can't be edited; none where it can, or where that can't be told by a look at it.
    pub(crate) fn why_row_is_fixed(&self) -> Option<String> {
        let current = self.current.as_ref()?;
        let is_tree = matches!(self.focus, Pane::Completion | Pane::Event);
        let is_refused =
            is_tree && !is_trace_metadata(&current.mapped.metadata, &self.pointers_under_cursor());
        is_refused.then(|| self.not_trace_metadata())
    }

    /// The pointers that the row under the cursor of a tree stands for: its own and those of its sources.
    fn pointers_under_cursor(&self) -> Vec<String> {
        let Some(current) = &self.current else {
            return Vec::new();
        };
        match self.focus {
            Pane::Completion => current.source_pointer().into_iter().collect(),
            Pane::Event => current.event_row().map_or_else(Vec::new, |row| {
                let mut pointers = current.sources_of(row);
                pointers.push(row.pointer.clone());
                pointers
            }),
            Pane::List | Pane::Trace => Vec::new(),
        }
    }

    fn not_trace_metadata(&self) -> String {
        let pointers = self.pointers_under_cursor();
        let row = pointers.last().map_or("this row", String::as_str);
        format!(
            "{row} is no trace metadata; user, session and the keys of trace can be edited, and {} adds one",
            self.keymap.shown(Command::AddKey)
        )
    }

    /// Starts to edit the row under the trace cursor.
    pub(crate) fn edit_trace_row(&mut self) {
        if let Some(why) = self.why_no_trace() {
            self.notice = Some(why);
            return;
        }
        let (Some(slot), Some(current)) = (self.trace_row(), &self.current) else {
            return;
        };
        self.trace.editor = Some(Editor::of(&slot, &current.mapped.metadata));
        self.focus_trace_to_edit();
    }

    fn cancel_edit(&mut self) {
        let editor = self.trace.editor.take();
        self.notice = Some("edit cancelled".to_owned());
        self.remap();
        // The row of a value that was typed for the first time is a default again, or the one that adds.
        let key = match editor.map(|editor| editor.target) {
            Some(Target::NewValue(key)) => Some(key),
            Some(Target::NewKey) => None,
            _ => return,
        };
        if let Some(current) = &self.current {
            let is_it = |slot: &TraceRow| match slot {
                TraceRow::Default(have) => key.as_deref() == Some(have),
                TraceRow::Add => key.is_none(),
                _ => false,
            };
            let row = trace_rows_of(&current.mapped.metadata)
                .iter()
                .position(is_it);
            self.trace.cursor.row = row.unwrap_or(self.trace.cursor.row);
        }
    }

    /// Makes the draft an edit; a new key goes on to its value.
    fn confirm_edit(&mut self) {
        let Some(editor) = &self.trace.editor else {
            return;
        };
        if let Some(error) = &editor.error {
            self.notice = Some(format!("not yet: {error} (Esc cancels)"));
            return;
        }
        let draft = editor.draft.clone();
        match (&editor.target, draft) {
            // With its value behind a `=` it is done.
            (Target::NewKey, Some(Edit::SetKey { key, .. })) if !editor.has_value() => {
                self.trace.editor = Some(editor.to_value(key));
                self.remap();
                self.follow_new_key();
            }
            (_, draft) => {
                // Back to the event before the draft, so that the receipt tells what the edit did.
                self.trace.editor = None;
                self.remap();
                if let Some(edit) = draft {
                    self.apply(edit);
                }
            }
        }
    }
}
