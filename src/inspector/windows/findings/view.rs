//! The findings of the completion: each with what it means, what to do, and where it leads.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::inspector::panes::event::finding_code;
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::window;
use crate::inspector::windows::findings::Line;
use crate::inspector::{Command, Model};

/// Draws the findings over a window.
pub fn draw(model: &Model, look: &Look, area: Rect, cursor: Cursor, buffer: &mut Buffer) {
    let theme = &look.theme;
    let current = model.current.as_ref();
    let name = current.map_or("", |current| &current.completion.name);
    let found = model.found();
    let place = format!("{}/{}", cursor.row + 1, found.len());
    let inside = window::open_at(look, area, "Findings", name, &place, buffer);
    let open = look.key(&model.keymap.shown(Command::Open));
    let lines = model.finding_lines();
    for (y, line) in (0..inside.height).zip(lines.iter().skip(cursor.offset)) {
        let mut pen = Pen::line(buffer, inside, y);
        match line {
            Line::Blank => {}
            Line::Head(index) => {
                let Some(finding) = found.get(*index) else {
                    continue;
                };
                let is_cursor = *index == cursor.row;
                if is_cursor {
                    pen = pen.over(theme.cursor);
                }
                let mark = if is_cursor { look.symbols.cursor } else { " " };
                pen.put(mark, theme.accent).put(" ", theme.text);
                finding_code(finding, look, &mut pen);
                let pointer = match finding.pointer.as_str() {
                    "" => "the event as a whole",
                    pointer => pointer,
                };
                pen.put("  ", theme.text).put(pointer, theme.key);
            }
            Line::Help(_, text) => {
                pen.skip(4).put(text, theme.text);
            }
            Line::Leads(index, says) => {
                pen.skip(4);
                if *index == cursor.row {
                    pen.put(&open, theme.accent).put(" ", theme.text);
                }
                pen.put(&format!("→ {says}"), theme.dim);
            }
        }
    }
}
