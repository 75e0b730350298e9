//! The help: what can be done in the pane or window that it was opened over, then every command with its keys,
//! from the same table as the keymap, and what the marks mean. It can be searched, and Enter does what the cursor
//! is on. The key of a command leads to what is said of it, and does nothing else here.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::palette::has_word;
use super::{Flow, Update, Window, WindowEvent};
use crate::display;
use crate::event::Confidence;
use crate::inspector::keys::command::{CommandGroup, TABLE};
use crate::inspector::keys::key::Key;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::{Cursor, CursorStep};
use crate::inspector::ui::field::{input_request, visible_input, with_inserted};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model};

/// The window.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The entry under the cursor, and how far it is scrolled.
    pub cursor: Cursor,
    /// What is searched for, while it is typed.
    search: Option<Input>,
    /// What is searched for: only entries that have it are shown.
    pattern: String,
}

/// A part of the help.
enum Part {
    Blank,
    Heading(String),
    Entry(Entry),
}

/// Keys or a mark, and what they mean.
struct Entry {
    keys: String,
    says: String,
    command: Option<Command>,
}

/// A line of the help: a part of it, and which of the part's texts it shows.
struct Line {
    part: usize,
    /// Which entry it belongs to.
    item: Option<usize>,
    /// What is shown of an entry's sentence.
    says: Range<usize>,
}

/// Columns of the keys; a longer one takes what it needs in its own entry.
const KEYS: usize = 12;
/// Columns that its sentences need.
const SENTENCE: usize = 94;

/// What is said where no entry has what is searched for.
const NOTHING_FOUND: &str = "nothing in the help has these words";

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(Help::default());
}

impl Help {
    fn entries(parts: &[Part]) -> impl Iterator<Item = &Entry> {
        parts.iter().filter_map(|part| match part {
            Part::Entry(entry) => Some(entry),
            Part::Blank | Part::Heading(_) => None,
        })
    }

    fn search_for(&mut self, input: Input) {
        self.pattern = input.value().to_owned();
        self.search = Some(input);
        self.cursor = Cursor::default();
    }

    fn show_all(&mut self) {
        self.search = None;
        self.pattern.clear();
        self.cursor = Cursor::default();
    }

    fn type_key(&mut self, key: &KeyEvent, update: &mut Update<'_>) -> Flow {
        let count = Help::entries(&self.parts(update.model, &Look::default())).count();
        match key.code {
            KeyCode::Esc => self.show_all(),
            // Typing ends here, as in any search; what was found is run by another Enter.
            KeyCode::Enter if count > 0 => self.search = None,
            KeyCode::Enter => update.say(NOTHING_FOUND),
            KeyCode::Up => self.cursor.step(CursorStep::Up, count, 1),
            KeyCode::Down => self.cursor.step(CursorStep::Down, count, 1),
            _ => {
                if let (Some(input), Some(request)) = (&self.search, input_request(key)) {
                    let mut input = input.clone();
                    input.handle(request);
                    self.search_for(input);
                }
            }
        }
        Flow::Stays
    }

    /// Puts the cursor on what is said of a command, whatever is searched for.
    fn point_to(&mut self, command: Command, update: &mut Update<'_>) {
        let place = |help: &Help, model: &Model| {
            let parts = help.parts(model, &Look::default());
            Help::entries(&parts).position(|entry| entry.command == Some(command))
        };
        let found = place(self, update.model).or_else(|| {
            self.show_all();
            place(self, update.model)
        });
        let Some(row) = found else { return };
        self.cursor.row = row;
        let [key, open] =
            [command, Command::Open].map(|command| update.model.keymap.shown(command));
        update.say(format!("{key} is explained here; {open} does it"));
    }

    /// Whether a command does here what it does in any window.
    pub(crate) fn is_own(command: Command) -> bool {
        command.step().is_some()
            || matches!(
                command,
                Command::Search | Command::Open | Command::Close | Command::Help
            )
    }

    /// Does what the cursor is on.
    fn run(&self, update: &mut Update<'_>) -> Flow {
        let parts = self.parts(update.model, &Look::default());
        let entry = Help::entries(&parts).nth(self.cursor.row);
        if entry.is_none() {
            update.say(NOTHING_FOUND);
            return Flow::Stays;
        }
        let Some(command) = entry.and_then(|entry| entry.command) else {
            update.say("this explains a mark or a key of what is typed; there is nothing to do");
            return Flow::Stays;
        };
        // A field below waits for what is typed.
        if update.model.is_typing() {
            update.say("keep or cancel what is being typed first");
            return Flow::Stays;
        }
        if command != Command::Help {
            update.run = Some(command);
        }
        Flow::Closes
    }

    /// All of it, or the entries that have what is searched for.
    fn parts(&self, model: &Model, look: &Look) -> Vec<Part> {
        let words: Vec<String> = self
            .pattern
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let has = |entry: &Entry, word: &String| {
            let texts = [&entry.keys, &entry.says];
            let is_named = entry.command.is_some_and(|command| has_word(command, word));
            is_named || texts.iter().any(|text| text.to_lowercase().contains(word))
        };
        let fits = |part: &Part| match part {
            Part::Entry(entry) => words.iter().all(|word| has(entry, word)),
            Part::Heading(_) | Part::Blank => true,
        };
        let mut parts: Vec<Part> = all(model, look).into_iter().filter(fits).collect();
        if !words.is_empty() {
            drop_empty(&mut parts);
        }
        parts
    }
}

/// Leaves out headings without entries, and what would be two blank lines.
fn drop_empty(parts: &mut Vec<Part>) {
    let mut kept: Vec<Part> = Vec::new();
    for part in std::mem::take(parts).into_iter().rev() {
        let is_needed = match &part {
            Part::Entry(_) => true,
            Part::Heading(_) => matches!(kept.last(), Some(Part::Entry(_))),
            Part::Blank => matches!(kept.last(), Some(Part::Heading(_))),
        };
        if is_needed {
            kept.push(part);
        }
    }
    kept.reverse();
    *parts = kept;
}

impl Window for Help {
    fn name(&self) -> &'static str {
        "the help"
    }

    fn caption(&self, _model: &Model) -> String {
        "every key, and what it does".to_owned()
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Help)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        match self.search {
            Some(_) => vec![Offer::Typed("⏎", "keep"), Offer::Typed("↑ ↓", "choose")],
            None => vec![
                Offer::One(Command::Search, "search"),
                Offer::Two(Command::Down, Command::Up, "choose"),
                Offer::One(Command::Open, "do it"),
            ],
        }
    }

    fn closing(&self, _model: &Model) -> Option<&'static str> {
        (!self.pattern.is_empty() || self.search.is_some()).then_some("show all")
    }

    fn is_typed(&self) -> bool {
        self.search.is_some()
    }

    fn update(&mut self, event: WindowEvent<'_>, update: &mut Update<'_>) -> Flow {
        match event {
            WindowEvent::Type(key) => return self.type_key(key, update),
            WindowEvent::Paste(text) => {
                let input = self.search.clone().unwrap_or_default();
                self.search_for(with_inserted(&input, text));
            }
            WindowEvent::Run(Command::Search) => self.search_for(Input::default()),
            WindowEvent::Run(Command::Open) => return self.run(update),
            WindowEvent::Run(Command::Close) if !self.pattern.is_empty() => self.show_all(),
            WindowEvent::Run(command) if !Help::is_own(command) && command != Command::Quit => {
                self.point_to(command, update);
            }
            _ => return Flow::Ignored,
        }
        Flow::Stays
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let parts = self.parts(model, look);
        let width = model.window_size().0;
        // Two columns where its sentences have room in both.
        let columns: u16 = if width >= 2 * SENTENCE { 2 } else { 1 };
        let room = width / usize::from(columns);
        let lines = lines(&parts, room.saturating_sub(2), look);
        let items = Help::entries(&parts).count();
        let own = |line: &Line| line.item == Some(self.cursor.row);
        let first = lines.iter().position(own).unwrap_or(0);
        let after = first
            + lines[first.min(lines.len())..]
                .iter()
                .take_while(|line| own(line))
                .count();
        // What is above the first entry comes into sight with it.
        let first = if self.cursor.row == 0 { 0 } else { first };
        let mut view = View::new("Help");
        if let Some(input) = &self.search {
            let (text, at) = visible_input(input, width.saturating_sub(4));
            view = view
                .head(move |pen| {
                    pen.put(" / ", theme.accent).put(&text, theme.text);
                })
                .head(|_| {})
                .caret_in_head(0, 3 + at);
        } else if !self.pattern.is_empty() {
            view = view.subtitle(format!("\"{}\"", self.pattern));
        }
        if items == 0 {
            return view.words(look, width, [NOTHING_FOUND]);
        }
        let cursor = self.cursor;
        view.scrolling(cursor, lines.len(), move |at, pen| {
            let line = &lines[at];
            match &parts[line.part] {
                Part::Blank => {}
                Part::Heading(title) => {
                    pen.skip(1).put(title, theme.title);
                }
                Part::Entry(entry) => {
                    if line.item == Some(cursor.row) {
                        pen.cover(theme.cursor);
                    }
                    let keys = match line.says.start {
                        0 => format!("  {}", look.key(&entry.keys)),
                        _ => String::new(),
                    };
                    let columns = key_columns(entry, look);
                    pen.skip(1).put_padded(&keys, columns, theme.accent);
                    let says = &entry.says[line.says.clone()];
                    pen.put_within(says, pen.room().saturating_sub(1), theme.text);
                }
            }
        })
        .items(items, first..after.max(first + 1))
        .columns(columns)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}

/// Columns of an entry's keys, with the blanks around them.
fn key_columns(entry: &Entry, look: &Look) -> usize {
    (display::width(&look.key(&entry.keys)) + 4).max(KEYS)
}

/// The lines of all parts; a sentence that is longer than the room goes on below itself.
fn lines(parts: &[Part], room: usize, look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut items = 0;
    for (part, what) in parts.iter().enumerate() {
        let Part::Entry(entry) = what else {
            lines.push(Line {
                part,
                item: None,
                says: 0..0,
            });
            continue;
        };
        lines.extend(
            display::wrap(
                &entry.says,
                room.saturating_sub(key_columns(entry, look)).max(1),
            )
            .into_iter()
            .map(|says| Line {
                part,
                item: Some(items),
                says,
            }),
        );
        items += 1;
    }
    lines
}

/// What a hint says, as the sentences of the help begin.
fn capitalised(says: &str) -> String {
    let mut letters = says.chars();
    let first = letters.next().map(|first| first.to_uppercase());
    first.into_iter().flatten().chain(letters).collect()
}

fn all(model: &Model, look: &Look) -> Vec<Part> {
    let mut parts = Vec::new();
    let (name, hints) = model.help_of_place();
    parts.push(Part::Heading(format!("Here, in {name}")));
    let entries = hints.into_iter();
    parts.extend(entries.map(|hint| {
        Part::Entry(Entry {
            keys: hint.key,
            says: capitalised(hint.does),
            command: hint.command,
        })
    }));
    parts.push(Part::Blank);
    for group in CommandGroup::ALL {
        parts.push(Part::Heading(group.title().to_owned()));
        for entry in TABLE.iter().filter(|entry| entry.group == group) {
            let keys: Vec<String> = model.keymap.keys(entry.command).map(Key::label).collect();
            let keys = match keys.as_slice() {
                [] => format!(":{}", entry.name),
                [first, .., last] if keys.len() > 4 => format!("{first}–{last}"),
                keys => keys.join(" "),
            };
            parts.push(Part::Entry(Entry {
                keys,
                says: entry.help.to_owned(),
                command: Some(entry.command),
            }));
        }
        parts.push(Part::Blank);
    }
    parts.extend(marks(look));
    parts
}

fn marks(look: &Look) -> Vec<Part> {
    let symbols = &look.symbols;
    let entry = |symbol: &str, says: &str| {
        Part::Entry(Entry {
            keys: symbol.to_owned(),
            says: says.to_owned(),
            command: None,
        })
    };
    let confidence = |how: Confidence| entry(how.name(), how.says());
    let heading = |says: &str| Part::Heading(says.to_owned());
    vec![
        heading("Marks in the completion"),
        entry(symbols.mapped, "arrives in the event"),
        entry(symbols.lit, "belongs to the row under the cursor"),
        entry(symbols.dropped, "does not arrive"),
        entry(symbols.superseded, "another source came first"),
        entry(symbols.withheld, "kept back by privacy mode"),
        entry(symbols.error, "repeats the conversation past privacy mode"),
        Part::Blank,
        heading("Marks elsewhere"),
        entry(symbols.edited, "edited"),
        entry(symbols.added, "an edit added it"),
        entry(symbols.changed, "an edit changed it"),
        entry(
            symbols.removed,
            "in the comparison: one side does not have it",
        ),
        entry("‹…›", "in the trace: what the event has instead of nothing"),
        entry(symbols.from, "where a value comes from"),
        entry(symbols.info, "good to know"),
        entry(symbols.warning, "something is lost or assumed"),
        entry(
            symbols.error,
            "refused or leaking; in the list also: not readable",
        ),
        entry(
            symbols.none,
            "in the list: no event, since nothing was generated",
        ),
        entry("…", "in the list: the call goes on"),
        entry("cut", "in the list: what was answered broke off"),
        entry(
            "402",
            "in the list: the status of an answer that is an error",
        ),
        entry(symbols.marked, "in the list: a completion that was marked"),
        entry(symbols.destination, "at the top: where test traces go"),
        Part::Blank,
        heading("How far a rule is known"),
        confidence(Confidence::Documented),
        confidence(Confidence::Observed),
        confidence(Confidence::Assumed),
    ]
}
