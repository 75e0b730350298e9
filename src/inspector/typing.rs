//! Keys and pasted text while text is typed: to whom they go, the trace editor and the search.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use crate::completion::{Edit, TraceMetadata};
use crate::inspector::panes::trace::{Editor, Slot, SlotPlaces, Target, Typing, slots};
use crate::inspector::ui::cursor::Step;
use crate::inspector::ui::field::{input_request, with_inserted};
use crate::inspector::windows::WindowEvent;
use crate::inspector::windows::help::Help;
use crate::inspector::{Command, Effect, Env, Model, Pane};

impl Model {
    /// Whether keys are text at present.
    pub fn is_typing(&self) -> bool {
        self.is_editing()
            || self.search.typing.is_some()
            || self.prompt.is_some()
            || self.windows.top().is_some_and(|window| window.is_typed())
    }

    /// A key while text is typed.
    pub(crate) fn type_key(&mut self, key: &KeyEvent, env: &Env) -> Vec<Effect> {
        self.notice = None;
        if self.prompt.is_some() {
            return self.prompt_key(key);
        }
        if self.windows.top().is_some_and(|window| window.is_typed()) {
            let told = self.tell_window(WindowEvent::Type(key), env);
            return told.unwrap_or_default();
        }
        if self.trace.raw.is_some() {
            return self.raw_key(key);
        }
        if self.trace.editor.is_some() {
            self.edit_key(key);
        } else {
            self.search_key(key);
        }
        Vec::new()
    }

    pub(crate) fn paste(&mut self, text: &str, env: &Env) -> Vec<Effect> {
        // Terminals send the line breaks of a paste as carriage returns.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim_end_matches('\n');
        if self.windows.top_as::<Help>().is_some() {
            self.notice = Some("nothing is typed into the help".to_owned());
            return Vec::new();
        }
        if self.windows.asks() {
            return Vec::new();
        }
        if self.windows.top().is_some_and(|window| window.is_typed()) {
            let told = self.tell_window(WindowEvent::Paste(text), env);
            return told.unwrap_or_default();
        }
        let insert = |input: &mut Input| *input = with_inserted(input, text);
        if let Some(prompt) = &mut self.prompt {
            insert(&mut prompt.input);
            self.prompt_typed();
        } else if let Some(raw) = &mut self.trace.raw {
            raw.lines.insert(text);
            self.read_raw();
        } else if let Some(editor) = &mut self.trace.editor {
            insert(&mut editor.input);
            self.read_editor();
        } else if let Some(input) = &mut self.search.typing {
            insert(input);
            self.search_typed();
        } else {
            let key = self.keymap.shown(Command::EditTrace);
            let says = format!("nothing is being typed; press {key} to edit the trace");
            self.notice = Some(says);
        }
        Vec::new()
    }

    fn edit_key(&mut self, key: &KeyEvent) {
        let is_toggle =
            key.code == KeyCode::Char('t') && key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => self.cancel_edit(),
            KeyCode::Enter => self.confirm_edit(),
            KeyCode::Tab | KeyCode::Down | KeyCode::Up | KeyCode::BackTab => {
                let up = matches!(key.code, KeyCode::Up | KeyCode::BackTab);
                self.confirm_edit();
                if self.trace.editor.is_none() {
                    let step = if up { Step::Up } else { Step::Down };
                    let rows = self.trace_rows();
                    self.trace.cursor.step(step, rows, 1);
                    if matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
                        self.edit_slot();
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
    fn read_editor(&mut self) {
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
        let is_it = |slot: &Slot| match slot {
            Slot::Key(have) => Some(have) == key,
            Slot::Default(have) => key.is_some_and(|key| key == have),
            Slot::Add => key.is_none(),
            Slot::User | Slot::SessionId => false,
        };
        let row = slots(&current.mapped.metadata).iter().position(is_it);
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

    pub(crate) fn slot(&self) -> Option<Slot> {
        let current = self.current.as_ref()?;
        slots(&current.mapped.metadata)
            .into_iter()
            .nth(self.trace.cursor.row)
    }

    /// Starts to edit what the cursor is on: in the trees, the user, session or trace key that the row
    /// belongs to. A row that comes from elsewhere is no edit's business, and another one is not guessed.
    pub(crate) fn edit_under_cursor(&mut self) {
        let Some(current) = &self.current else {
            return self.edit_slot();
        };
        let pointers = match self.focus {
            Pane::Source => current.source_pointer().into_iter().collect(),
            Pane::Event => current.event_row().map_or_else(Vec::new, |row| {
                let mut pointers = current.sources_of(row);
                pointers.push(row.pointer.clone());
                pointers
            }),
            Pane::List | Pane::Trace => return self.edit_slot(),
        };
        match SlotPlaces::of(&current.mapped.metadata).row(&pointers) {
            Some(row) => {
                self.trace.cursor.row = row;
                self.edit_slot();
            }
            None => {
                self.focus = Pane::Trace;
                self.notice = Some(
                    "that is not trace metadata; user, session and the keys of trace can be edited here"
                        .to_owned(),
                );
            }
        }
    }

    /// Starts to edit the row under the trace cursor.
    pub(crate) fn edit_slot(&mut self) {
        if let Some(why) = self.why_no_trace() {
            self.notice = Some(why);
            return;
        }
        let (Some(slot), Some(current)) = (self.slot(), &self.current) else {
            return;
        };
        self.trace.editor = Some(Editor::of(&slot, &current.mapped.metadata));
        self.focus = Pane::Trace;
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
            let is_it = |slot: &Slot| match slot {
                Slot::Default(have) => key.as_deref() == Some(have),
                Slot::Add => key.is_none(),
                _ => false,
            };
            let row = slots(&current.mapped.metadata).iter().position(is_it);
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
            (Target::NewKey, Some(Edit::SetKey { key, .. })) => {
                let mut next = Editor::of(&Slot::Add, &Default::default());
                next.target = Target::NewValue(key);
                next.draft = editor.draft.clone();
                self.trace.editor = Some(next);
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

    fn search_key(&mut self, key: &KeyEvent) {
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

    fn search_typed(&mut self) {
        if let Some(input) = &self.search.typing {
            self.search.pattern = input.value().to_owned();
            self.notice = None;
            self.go_to_match(true, true);
        }
    }
}
