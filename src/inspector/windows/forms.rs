//! Windows in which text is typed: which one the keys and pasted text go to.

use crossterm::event::KeyEvent;

use crate::inspector::typing::with_inserted;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::windows::history::Ask;
use crate::inspector::{Effect, Env, Model, Overlay};

impl Model {
    /// Whether keys are text for the open window.
    pub(crate) fn is_typing_in_form(&self) -> bool {
        let is_form = |window: &&Overlay| !matches!(window, Overlay::Palette(..));
        let window = self.overlay.as_ref().filter(is_form);
        window.is_some_and(Overlay::is_typed)
    }

    /// A key for the open window.
    pub(crate) fn form_key(&mut self, key: &KeyEvent, _env: &Env) -> Vec<Effect> {
        match &self.overlay {
            Some(Overlay::Destination(_)) => self.destination_key(key),
            Some(Overlay::History(_)) => self.history_search_key(key),
            _ => Vec::new(),
        }
    }

    /// Pasted text for the open window.
    pub(crate) fn paste_in_form(&mut self, line: &str) -> Vec<Effect> {
        match &mut self.overlay {
            Some(Overlay::Destination(_)) => self.paste_in_destination(line),
            Some(Overlay::History(window)) => {
                window.search = with_inserted(&window.search, line);
                window.cursor = Cursor::default();
                vec![Effect::History(Ask::List(window.search.value().to_owned()))]
            }
            _ => Vec::new(),
        }
    }
}
