//! Commands by name: what is typed narrows them down.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use crate::inspector::Model;
use crate::inspector::panes::trace::view::visible_input;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::window;
use crate::inspector::windows::palette::palette_entries;

/// Draws the palette over a window; returns where the terminal's cursor belongs.
pub fn draw(
    model: &Model,
    look: &Look,
    area: Rect,
    (input, cursor): (&Input, Cursor),
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = &look.theme;
    let inside = window::open(look, area, "Commands", "", buffer);
    let mut pen = Pen::line(buffer, inside, 0);
    pen.put(" : ", theme.accent);
    let (text, at) = visible_input(input, pen.room().saturating_sub(1));
    pen.put(&text, theme.text);
    let position = Position::new(inside.x + 3 + u16::try_from(at).unwrap_or(0), inside.y);
    let entries = palette_entries(input.value());
    let rows = (2..inside.height).zip(entries.iter().enumerate().skip(cursor.offset));
    for (y, (index, entry)) in rows {
        let mut pen = Pen::line(buffer, inside, y);
        if index == cursor.row {
            pen = pen.over(theme.cursor);
        }
        let key = model.keymap.shown(entry.command);
        pen.put_padded(&format!(" {}", entry.name), 22, theme.title);
        pen.put_padded(&key, 8, theme.accent)
            .put(entry.help, theme.text);
    }
    if entries.is_empty() {
        Pen::line(buffer, inside, 2)
            .skip(1)
            .put("no command has these words", theme.dim);
    }
    Some(position)
}
