//! The trace as JSON over several lines, while it is written.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::display;
use crate::inspector::edits::raw::RawEditor;
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::theme::Look;

/// Draws the editor into an area; returns where the terminal's cursor belongs.
pub fn draw(raw: &RawEditor, look: &Look, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = &look.theme;
    const WHAT: &str = " · user, session_id and trace";
    // Cut, it would tell nothing.
    let fits = display::width(WHAT) + 18 <= usize::from(area.width);
    let title = [
        ("Trace as JSON", theme.title),
        (if fits { WHAT } else { "" }, theme.dim),
    ];
    frame(buffer, area, look, true, &title, "");
    let inside = inner(area);
    if inside.is_empty() {
        return None;
    }
    let numbers = raw.lines.lines().len().to_string().len().max(3);
    // A sign of what is wrong stands behind the number, and a space.
    let gutter = numbers + 2;
    let room = usize::from(inside.width).saturating_sub(gutter);
    let column = raw.lines.column();
    let left = (column + 1).saturating_sub(room);
    let wrong = raw.error.as_ref().map(|error| error.position.line - 1);
    for y in 0..inside.height {
        let row = raw.view.offset + usize::from(y);
        let Some(line) = raw.lines.lines().get(row) else {
            break;
        };
        let mut pen = Pen::line(buffer, inside, y);
        let number = format!("{:>numbers$}", row + 1);
        if wrong == Some(row) {
            pen.put(&number, theme.error);
            pen.put(look.symbols.error, theme.error)
                .put(" ", theme.text);
        } else {
            pen.put(&number, theme.dim).put("  ", theme.text);
        }
        let text = from_column(line, left);
        let style = match wrong == Some(row) {
            true => theme.error,
            false => theme.text,
        };
        coloured(text, left > 0 || wrong == Some(row), style, look, &mut pen);
    }
    let x = u16::try_from(gutter + column - left).unwrap_or(0);
    let y = u16::try_from(raw.lines.row().saturating_sub(raw.view.offset)).unwrap_or(0);
    let last = (inside.right() - 1, inside.bottom() - 1);
    Some(Position::new(
        (inside.x + x).min(last.0),
        (inside.y + y).min(last.1),
    ))
}

/// A line with its key apart from its value.
fn coloured(line: &str, is_plain: bool, style: Style, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    match line.split_once("\": ") {
        Some((key, value)) if !is_plain && key.trim_start().starts_with('"') => {
            pen.put(key, theme.key).put("\"", theme.key);
            pen.put(": ", theme.dim).put(value, theme.text);
        }
        _ => {
            pen.put(line, style);
        }
    }
}

/// What stands at a column and after it.
fn from_column(line: &str, column: usize) -> &str {
    let mut used = 0;
    for (at, _, width) in display::clusters(line) {
        if used >= column {
            return &line[at..];
        }
        used += width;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::ui::cursor::Cursor;

    #[test]
    fn the_cursor_stands_on_its_character_in_every_line() {
        let text: Vec<String> = (1..=10_000).map(|at| format!("{at}x")).collect();
        for line in [1, 999, 1000, 10_000] {
            let mut raw = RawEditor {
                lines: crate::inspector::ui::text_area::TextArea::of(&text.join("\n")),
                view: Cursor::default(),
                draft: Vec::new(),
                error: None,
            };
            let column = line.to_string().len() + 1;
            raw.lines.go_to(crate::json::Position { line, column });
            raw.view.offset = line - 1;
            let area = Rect::new(0, 0, 40, 10);
            let mut buffer = Buffer::empty(area);
            let at = draw(&raw, &Look::default(), area, &mut buffer);
            let drawn = at.map(|at| buffer[at].symbol().to_owned());
            assert_eq!(drawn.as_deref(), Some("x"), "line {line}");
        }
    }
}
