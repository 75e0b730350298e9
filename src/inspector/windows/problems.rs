//! What could not be loaded, what is wrong in the settings, and what deserves a word.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::inspector::Model;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::window;

/// Draws the problems over a window.
pub fn draw(model: &Model, look: &Look, area: Rect, cursor: Cursor, buffer: &mut Buffer) {
    let theme = &look.theme;
    let inside = window::open(look, area, "Problems", "", buffer);
    let library = &model.library;
    let mistakes = model.mistakes.iter();
    let mistakes = mistakes.map(|text| (text.clone(), theme.error, look.symbols.error));
    let bad = library.problems.iter();
    let bad = bad.map(|problem| (problem.to_string(), theme.error, look.symbols.error));
    let notes = library.notes.iter();
    let notes = notes.map(|note| (note.to_string(), theme.dim, look.symbols.info));
    let bad = mistakes.chain(bad);
    let all = bad.chain(notes).enumerate().skip(cursor.offset);
    let mut any = false;
    for (y, (index, (problem, style, symbol))) in (0..inside.height).zip(all) {
        any = true;
        let mut pen = Pen::line(buffer, inside, y);
        if index == cursor.row {
            pen = pen.over(theme.cursor);
        }
        pen.put(&format!(" {symbol} "), style)
            .put(&problem, theme.text);
    }
    if !any {
        window::words(look, inside, ["Everything was loaded."], buffer);
    }
}
