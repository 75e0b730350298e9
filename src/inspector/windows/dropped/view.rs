//! The dropped view: what the event does not carry, below the reason why.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::inspector::Model;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::window;
use crate::inspector::windows::dropped::{Dropped, Row};

/// Draws the view over a window.
pub fn draw(model: &Model, look: &Look, area: Rect, dropped: &Dropped, buffer: &mut Buffer) {
    let theme = &look.theme;
    let name = model
        .current
        .as_ref()
        .map_or("", |current| &current.completion.name);
    let count = match dropped.count {
        1 => "1 value".to_owned(),
        count => format!("{count} values"),
    };
    let more = if dropped.is_cut { " or more" } else { "" };
    let says = format!("{count}{more} of {name}");
    let inside = window::open(look, area, "Not in the event", &says, buffer);
    if dropped.rows.is_empty() && inside.height > 0 {
        let mut pen = Pen::line(buffer, inside, 0);
        pen.skip(1).put(
            "Everything in this completion arrives in the event.",
            theme.good,
        );
        return;
    }
    let widths = dropped.rows.iter().map(|row| match row {
        Row::Leaf { pointer, .. } => display::width(pointer),
        Row::Reason(..) => 0,
    });
    let column = widths.max().unwrap_or(0).min(usize::from(inside.width / 2));
    for y in 0..inside.height {
        let index = dropped.cursor.offset + usize::from(y);
        let Some(row) = dropped.rows.get(index) else {
            break;
        };
        let is_cursor = index == dropped.cursor.row;
        let mut pen = Pen::line(buffer, inside, y);
        if is_cursor {
            pen = pen.over(theme.cursor);
        }
        draw_row(row, is_cursor, column, look, &mut pen);
    }
}

fn draw_row(row: &Row, is_cursor: bool, column: usize, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    pen.put(if is_cursor { symbols.cursor } else { " " }, theme.accent);
    match row {
        Row::Reason(says, count) => {
            pen.put(symbols.dropped, theme.warning)
                .put(" ", theme.text)
                .put(says, theme.title)
                .put(&format!("  {count}"), theme.dim);
        }
        Row::Leaf {
            pointer,
            value,
            field,
        } => {
            if let Some(field) = field {
                pen.put_right(&format!(" {field} "), theme.dim);
            }
            pen.skip(2)
                .put_padded(pointer, column, theme.key)
                .put("  ", theme.text)
                .put(value, theme.text);
        }
    }
}
