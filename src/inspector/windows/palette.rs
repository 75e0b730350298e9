//! Commands by their names: those that can be run where it was opened, the likeliest first for what is
//! typed.

use super::{Flow, Update, Window, WindowEvent};
use crate::inspector::keys::command::{CommandEntry, CommandGroup};
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::fuzzy::has_in_order;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::field::visible_input;
use crate::inspector::ui::field::{input_request, with_inserted};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model};
use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

/// The window: what is typed, and the command under the cursor.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    /// What is typed.
    pub input: Input,
    /// The cursor in what fits it.
    pub cursor: Cursor,
}

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(Palette::default());
}

impl Palette {
    /// The commands that fit what is typed, the likeliest first.
    pub fn found(&self, model: &Model) -> Vec<&'static CommandEntry> {
        fitting(&model.offered(), self.input.value())
    }

    fn type_key(&mut self, key: &KeyEvent, update: &mut Update<'_>) -> Flow {
        let entries = self.found(update.model);
        match key.code {
            KeyCode::Esc => return Flow::Closes,
            KeyCode::Up => self.cursor.step(CursorStep::Up, entries.len(), 1),
            KeyCode::Down => self.cursor.step(CursorStep::Down, entries.len(), 1),
            KeyCode::Enter => {
                update.run = entries.get(self.cursor.row).map(|entry| entry.command);
                return Flow::Closes;
            }
            _ => {
                if let Some(request) = input_request(key) {
                    self.input.handle(request);
                    self.cursor.row = 0;
                }
            }
        }
        Flow::Stays
    }
}

impl Window for Palette {
    fn name(&self) -> &'static str {
        "the commands"
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Palette)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        vec![Offer::Typed("⏎", "do it"), Offer::Typed("↑ ↓", "choose")]
    }

    fn is_typed(&self) -> bool {
        true
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match event {
            WindowEvent::Type(key) => return self.type_key(key, update),
            WindowEvent::Paste(text) => {
                self.input = with_inserted(&self.input, text);
                self.cursor.row = 0;
            }
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let (cursor, entries) = (self.cursor, self.found(model));
        let room = model.window_size().0.saturating_sub(4);
        let (text, at) = visible_input(&self.input, room);
        let count = entries.len();
        let view = View::new("Commands")
            .head(move |pen| {
                pen.put(" : ", theme.accent).put(&text, theme.text);
            })
            .head(|_| {})
            .caret_in_head(0, 3 + at);
        if entries.is_empty() {
            let says = "no command that can be run here has these words";
            return view.text(cursor, vec![vec![(says.to_owned(), theme.dim)]]);
        }
        view.scrolling(cursor, count, move |at, pen| {
            let entry = entries[at];
            if at == cursor.row {
                pen.cover(theme.cursor);
            }
            let key = model.keymap.shown(entry.command);
            pen.put_padded(&format!(" {}", entry.name), 22, theme.title);
            pen.put_padded(&key, 8, theme.accent)
                .put(entry.help, theme.text);
        })
        .with_cursor()
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}

/// The commands of these that fit all the words that were typed: a word is part of the name, the hint or the help, or
/// its letters stand in the name in this order (`cpcrl` fits `copy-curl`).
fn fitting(commands: &[Command], typed: &str) -> Vec<&'static CommandEntry> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let mut found: Vec<(usize, &CommandEntry)> = commands
        .iter()
        .filter_map(|command| {
            let entry = command.entry();
            let distances = words.iter().map(|word| distance(entry, word));
            let worst = distances.collect::<Option<Vec<_>>>()?.into_iter().max();
            Some((worst.unwrap_or(0), entry))
        })
        .collect();
    // Whoever looks for a command is not looking for the arrows.
    found.sort_by_key(|(distance, entry)| (*distance, entry.group == CommandGroup::Move));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// How far a command is from a word; none where they have nothing in common.
fn distance(entry: &CommandEntry, word: &str) -> Option<usize> {
    let is_part = |text: &str| text.to_lowercase().contains(word);
    let fits = [
        entry.name == word,
        entry.name.starts_with(word),
        is_part(entry.name),
        is_part(entry.hint),
        has_in_order(entry.name, word),
        is_part(entry.help),
    ];
    fits.into_iter().position(|fits| fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::keys::command::TABLE;

    #[test]
    fn offers_the_likeliest_first() {
        let all: Vec<Command> = TABLE.iter().map(|entry| entry.command).collect();
        let check = |typed: &str, expected: &str| {
            let first = fitting(&all, typed).first().map(|entry| entry.name);
            assert_eq!(first, Some(expected), "{typed}");
        };
        check("send", "send");
        check("cpcrl", "copy-curl");
        check("CURL", "copy-curl");
        check("sdall", "send-all");
        check("all edit", "edit-listed");
        check("keep input back", "privacy");
        check("", "open");
        assert_eq!(fitting(&all, "").len(), TABLE.len());
        assert!(fitting(&all, "xyzzy").is_empty());
    }
}
