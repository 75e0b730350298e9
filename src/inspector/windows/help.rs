//! The help: what can be done in the pane or window that it was opened over, then every command with its keys,
//! from the same table as the keymap, and what the marks mean.

use super::{Flow, Update, Window, WindowEvent};
use crate::event::Confidence;
use crate::inspector::keys::command::{CommandGroup, TABLE};
use crate::inspector::keys::key::Key;
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model};

/// The window.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// How far it is scrolled.
    pub scroll: Cursor,
}

/// A line of the help.
enum Line {
    Blank,
    Heading(String),
    /// Keys or a mark, and what they mean.
    Entry(String, String),
}

/// Columns that its sentences need.
const SENTENCE: usize = 94;

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(Help::default());
}

impl Window for Help {
    fn name(&self) -> &'static str {
        "the help"
    }

    fn columns(&self) -> usize {
        usize::MAX
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Help)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        Vec::new()
    }

    fn update(&mut self, _event: WindowEvent<'_>, _update: &mut Update<'_>) -> Flow {
        Flow::Ignored
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let theme = &look.theme;
        let lines = lines(model, look);
        // Two columns where its sentences have room in both.
        let columns = if model.window_size().0 >= 2 * SENTENCE {
            2
        } else {
            1
        };
        View::new("Help")
            .scrolling(self.scroll, lines.len(), move |at, pen| {
                pen.skip(1);
                match &lines[at] {
                    Line::Blank => {}
                    Line::Heading(title) => {
                        pen.put(title, theme.title);
                    }
                    Line::Entry(keys, says) => {
                        pen.put_padded(&format!("  {}", look.key(keys)), 14, theme.accent);
                        pen.put_within(says, pen.room().saturating_sub(1), theme.text);
                    }
                }
            })
            .columns(columns)
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.scroll)
    }
}

fn lines(model: &Model, look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    let (name, hints) = model.help_of_place();
    lines.push(Line::Heading(format!("Here, in {name}")));
    let entries = hints.into_iter();
    lines.extend(entries.map(|hint| Line::Entry(hint.key, hint.does.to_owned())));
    lines.push(Line::Blank);
    for group in CommandGroup::ALL {
        lines.push(Line::Heading(group.title().to_owned()));
        for entry in TABLE.iter().filter(|entry| entry.group == group) {
            let keys: Vec<String> = model.keymap.keys(entry.command).map(Key::label).collect();
            let keys = match keys.as_slice() {
                [first, .., last] if keys.len() > 4 => format!("{first}–{last}"),
                keys => keys.join(" "),
            };
            lines.push(Line::Entry(keys, entry.help.to_owned()));
        }
        lines.push(Line::Blank);
    }
    lines.extend(marks(look));
    lines
}

fn marks(look: &Look) -> Vec<Line> {
    let symbols = &look.symbols;
    let entry = |symbol: &str, says: &str| Line::Entry(symbol.to_owned(), says.to_owned());
    let confidence = |how: Confidence| entry(how.name(), how.says());
    let heading = |says: &str| Line::Heading(says.to_owned());
    vec![
        heading("Marks in the completion"),
        entry(symbols.mapped, "arrives in the event"),
        entry(symbols.lit, "belongs to the row under the cursor"),
        entry(symbols.dropped, "does not arrive"),
        entry(symbols.superseded, "another source came first"),
        entry(symbols.withheld, "kept back by privacy mode"),
        entry(symbols.error, "repeats the conversation past privacy mode"),
        Line::Blank,
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
        entry(symbols.error, "refused or leaking"),
        entry(
            symbols.none,
            "in the list: no event, since nothing was generated",
        ),
        entry(symbols.marked, "in the list: a completion that was marked"),
        entry(symbols.destination, "at the top: where test traces go"),
        Line::Blank,
        heading("How far a rule is known"),
        confidence(Confidence::Documented),
        confidence(Confidence::Observed),
        confidence(Confidence::Assumed),
    ]
}
