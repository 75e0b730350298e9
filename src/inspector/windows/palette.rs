//! Commands by their names: those that can be run where it was opened, the likeliest first for what is
//! typed.

use super::{Flow, Update, Window, WindowEvent};
use crate::display;
use crate::inspector::keys::command::{CommandEntry, CommandGroup, TABLE};
use crate::inspector::keys::offer::Offer;
use crate::inspector::library::fuzzy::has_in_order;
use crate::inspector::prompt::PromptKind;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::field::visible_input;
use crate::inspector::ui::field::{input_request, with_inserted};
use crate::inspector::ui::theme::{Look, Theme};
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Effect, Model};
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

/// Columns between a command's name, its key and its help.
const GAP: usize = 2;

/// Commands that are gone past by half a page.
const PAGE: usize = 16;

/// What a path may stand behind.
const OPEN: &str = "open ";

/// Other words for commands, as people look for them.
const ALSO: &[(Command, &str)] = &[
    (
        Command::OpenFile,
        "open load file folder read import paste clipboard",
    ),
    (Command::Samples, "demo examples bundled"),
    (
        Command::Theme,
        "colours colors dark light terminal monochrome appearance",
    ),
    (Command::Compare, "leak leaks diff difference"),
    (Command::TogglePrivacy, "private redact hide mask"),
    (Command::Findings, "leak leaks warnings lint check"),
    (Command::Problems, "errors failed broken"),
    (Command::Save, "export write file sample"),
    (Command::CopyEvent, "export json yank wire body request"),
    (Command::CopyCurl, "export shell yank"),
    (Command::CopyValue, "yank clipboard"),
    (Command::CopyTrace, "export yank"),
    (Command::Help, "keys shortcuts bindings manual"),
    (Command::Send, "deliver post submit wire body request"),
    (Command::SendAll, "deliver bulk batch"),
    (
        Command::Destination,
        "settings server url key connect workshop raindrop",
    ),
    (Command::Inbox, "received sink"),
    (Command::History, "deliveries sent log"),
    (
        Command::AskOpenRouter,
        "rerun run replay request openrouter",
    ),
    (Command::Fetch, "generation download openrouter"),
    (Command::Overview, "statistics stats summary totals"),
    (Command::Dropped, "missing lost ignored unmapped"),
    (Command::Filter, "find"),
    (Command::Search, "find"),
    (Command::GoTo, "jump path pointer"),
    (Command::Detail, "full value view"),
    (Command::Sort, "order"),
    (Command::EditTrace, "change"),
    (Command::Undo, "revert"),
    (Command::Zoom, "maximise fullscreen"),
    (Command::Tour, "tutorial guide introduction learn start"),
    (
        Command::Present,
        "presenter presentation projector captions slides",
    ),
    (Command::Report, "html export share page hand over"),
    (
        Command::ReportWithText,
        "html export share page conversation",
    ),
    (Command::ReportListed, "html export share page all"),
    (Command::Picture, "screenshot svg png export image"),
    (Command::Quit, "exit leave"),
];

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
        let is_empty = self.input.value().is_empty();
        let opens = || update.model.keymap.command(key) == Some(Command::Palette);
        match key.code {
            KeyCode::Esc => return Flow::Closes,
            KeyCode::Backspace if is_empty => return Flow::Closes,
            KeyCode::Char(_) if is_empty && opens() => return Flow::Closes,
            KeyCode::Up => self.cursor.step(CursorStep::Up, entries.len(), 1),
            KeyCode::Down => self.cursor.step(CursorStep::Down, entries.len(), 1),
            KeyCode::PageUp => self.cursor.step(CursorStep::PageUp, entries.len(), PAGE),
            KeyCode::PageDown => self.cursor.step(CursorStep::PageDown, entries.len(), PAGE),
            KeyCode::Tab => {
                if let Some(entry) = entries.get(self.cursor.row) {
                    self.input = Input::from(entry.name);
                    self.cursor.row = 0;
                    return self.take_path(update);
                }
            }
            KeyCode::Enter => {
                let entry = entries.get(self.cursor.row);
                let is_theme = entry.is_some_and(|entry| entry.command == Command::Theme);
                if let Some(name) = named_theme(self.input.value()).filter(|_| is_theme) {
                    update.effects.push(Effect::Theme(Some(name)));
                    return Flow::Closes;
                }
                update.run = entries.get(self.cursor.row).map(|entry| entry.command);
                return Flow::Closes;
            }
            _ => {
                if let Some(request) = input_request(key) {
                    self.input.handle(request);
                    self.cursor.row = 0;
                    return self.take_path(update);
                }
            }
        }
        Flow::Stays
    }

    /// What stands behind `open ` is a path: it is typed into the line that completes it.
    fn take_path(&self, update: &mut Update<'_>) -> Flow {
        let Some(path) = self.input.value().strip_prefix(OPEN) else {
            return Flow::Stays;
        };
        update
            .model
            .ask(PromptKind::Open, path.trim_start().to_owned());
        Flow::LeavesAll
    }
}

/// The theme that is named behind a word, as in `theme dark`.
fn named_theme(typed: &str) -> Option<&'static str> {
    let (_, name) = typed.trim().rsplit_once(' ')?;
    Theme::NAMES.into_iter().find(|have| *have == name)
}

impl Window for Palette {
    fn name(&self) -> &'static str {
        "the commands"
    }

    fn caption(&self, _model: &Model) -> String {
        "every command, by its name".to_owned()
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Palette)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        vec![
            Offer::Typed("⏎", "do it"),
            Offer::Typed("↑ ↓", "choose"),
            Offer::Typed("Tab", "complete"),
        ]
    }

    fn is_typed(&self) -> bool {
        true
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match event {
            WindowEvent::Type(key) => self.type_key(key, update),
            WindowEvent::Paste(text) => {
                self.input = with_inserted(&self.input, text);
                self.cursor.row = 0;
                self.take_path(update)
            }
            _ => Flow::Ignored,
        }
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let (cursor, entries) = (self.cursor, self.found(model));
        let width = model.window_size().0;
        let (text, at) = visible_input(&self.input, width.saturating_sub(4));
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
        // A help that is cut in its row stands below in full.
        // As wide as the longest of all, so that nothing moves while one types.
        let keys = TABLE
            .iter()
            .map(|entry| display::width(&model.keymap.shown(entry.command)));
        let keys = keys.max().unwrap_or(0) + GAP;
        let names = TABLE.iter().map(|entry| 1 + display::width(entry.name));
        let names = names.max().unwrap_or(0) + GAP;
        let is_cut = |entry: &&CommandEntry| names + keys + display::width(entry.help) > width;
        let in_full = |entry: &CommandEntry| display::wrap(entry.help, width.saturating_sub(2));
        let cut = entries.iter().copied().filter(is_cut);
        let lines = cut.map(|entry| in_full(entry).len()).max().unwrap_or(0);
        let mut view = view;
        if let Some(entry) = entries.get(cursor.row).copied().filter(|_| lines > 0) {
            view = view.foot(|pen| {
                let line = look.symbols.line.repeat(pen.room());
                pen.put(&line, theme.border);
            });
            let mut whole = in_full(entry).into_iter().map(|range| &entry.help[range]);
            for _ in 0..lines {
                let text = whole.next().unwrap_or_default();
                view = view.foot(move |pen| {
                    pen.skip(1).put(text, theme.text);
                });
            }
        }
        view.scrolling(cursor, count, move |at, pen| {
            let entry = entries[at];
            if at == cursor.row {
                pen.cover(theme.cursor);
            }
            let key = model.keymap.shown(entry.command);
            pen.put_padded(&format!(" {}", entry.name), names, theme.title);
            pen.put_padded(&key, keys, theme.accent)
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
    // Whoever looks for a command is not looking for the arrows; and what sends comes behind what only shows.
    found.sort_by_key(|(distance, entry)| {
        let sends = matches!(entry.command, Command::Send | Command::SendAll);
        (*distance, entry.group == CommandGroup::Move, sends)
    });
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Whether a command is known by a word, which is in lower case, besides its help.
pub(super) fn has_word(command: Command, word: &str) -> bool {
    command.entry().name.contains(word) || is_also(command, word)
}

/// Whether a word is another name of a command.
fn is_called(command: Command, word: &str) -> bool {
    let also = ALSO.iter().filter(|(have, _)| *have == command);
    also.flat_map(|(_, words)| words.split(' '))
        .any(|also| also == word)
}

/// Whether a word begins another name of a command.
fn is_also(command: Command, word: &str) -> bool {
    let also = ALSO.iter().filter(|(have, _)| *have == command);
    let mut words = also.flat_map(|(_, words)| words.split(' '));
    words.any(|also| also.starts_with(word))
}

/// How far a command is from a word; none where they have nothing in common.
fn distance(entry: &CommandEntry, word: &str) -> Option<usize> {
    let is_part = |text: &str| text.to_lowercase().contains(word);
    let fits = [
        entry.name == word,
        is_called(entry.command, word),
        entry.name.starts_with(word),
        is_part(entry.name),
        is_also(entry.command, word),
        is_part(entry.hint),
        has_in_order(entry.name, word),
        is_part(entry.help),
    ];
    fits.into_iter().position(|fits| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check("", "jump");
        // What people call it.
        check("theme", "theme");
        check("colour", "theme");
        check("demo", "samples");
        check("open", "open");
        check("load", "open");
        check("tour", "tour");
        check("export", "save");
        check("leak", "compare");
        check("rerun", "ask-openrouter");
        // Whoever looks for the bytes does not want them sent.
        check("wire", "copy-event");
        check("body", "copy-event");
        check("theme dark", "theme");
        // A name that has it comes before one that is only called so.
        let first = fitting(&all, "lo").first().map(|entry| entry.name);
        assert!(first.is_some_and(|name| name.contains("lo")), "{first:?}");
        assert_eq!(fitting(&all, "").len(), TABLE.len());
        assert!(fitting(&all, "xyzzy").is_empty());
    }
}
