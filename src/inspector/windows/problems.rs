//! What could not be loaded, what is wrong in the settings, and what deserves a word.

use super::{Flow, Update, Window, WindowEvent};
use crate::inspector::keys::offer::Offer;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::{Command, Model};

/// The window.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    cursor: Cursor,
}

/// Opens the window.
pub fn open(update: &mut Update<'_>) {
    update.model.open_window(Problems::default());
}

impl Window for Problems {
    fn name(&self) -> &'static str {
        "the problems"
    }

    fn columns(&self) -> usize {
        110
    }

    fn opened_by(&self) -> Option<Command> {
        Some(Command::Problems)
    }

    fn offers(&self, _model: &Model) -> Vec<Offer> {
        Vec::new()
    }

    fn update(&mut self, _event: WindowEvent<'_>, _update: &mut Update<'_>) -> Flow {
        Flow::Ignored
    }

    fn view<'a>(&'a self, model: &'a Model, look: &'a Look) -> View<'a> {
        let (symbols, theme) = (&look.symbols, &look.theme);
        let mistakes = model.mistakes.iter().map(ToString::to_string);
        let problems = model.library.problems.iter().map(ToString::to_string);
        let notes = model.library.notes.iter().map(ToString::to_string);
        let bad = mistakes.chain(problems);
        let bad = bad.map(|text| (text, theme.error, symbols.error));
        let all: Vec<_> = bad
            .chain(notes.map(|text| (text, theme.dim, symbols.info)))
            .collect();
        let view = View::new("Problems");
        if all.is_empty() {
            return view.words(look, ["Everything was loaded."]);
        }
        let cursor = self.cursor;
        view.scrolling(cursor, all.len(), move |at, pen| {
            let (text, style, symbol) = &all[at];
            if at == cursor.row {
                pen.cover(theme.cursor);
            }
            pen.put(&format!(" {symbol} "), *style)
                .put(text, theme.text);
        })
        .with_cursor()
    }

    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        Some(&mut self.cursor)
    }
}
