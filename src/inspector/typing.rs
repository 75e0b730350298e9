//! Keys and pasted text while text is typed: where they go.

use crossterm::event::KeyEvent;
use tui_input::Input;

use crate::inspector::ui::field::with_inserted;
use crate::inspector::windows::help::Help;
use crate::inspector::windows::{Window, WindowEvent};
use crate::inspector::{Command, Effect, Env, Model};

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
        let is_help = self.windows.top_as::<Help>().is_some();
        if self.prompt.is_some() && !is_help {
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
        let help = self.windows.top_as::<Help>();
        if help.is_some_and(|help| !help.is_typed()) {
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
            if std::mem::take(&mut prompt.is_selected) {
                prompt.input = Input::default();
            }
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
        } else if self.windows.is_empty() {
            self.take_pasted(text);
        } else {
            let key = self.keymap.shown(Command::Close);
            self.notice = Some(format!(
                "nothing is typed into this window; {key} leaves it, and then a completion can be pasted"
            ));
        }
        Vec::new()
    }
}
