//! Marks on the trace pane the rows from which text of the conversation leaves past privacy mode: that is
//! where it is mended. Laid over the drawn pane, as it is the same for every kind of row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Look;
use crate::app::layout::inner;
use crate::app::trace::{Slot, slots};
use crate::app::{Model, Pane};

/// Marks the rows of the drawn trace pane.
pub fn mark_trace(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let Some(current) = &model.current else {
        return;
    };
    let inside = inner(area);
    // What is edited as JSON has no rows, and neither has a pane without room.
    if current.leaks.is_empty() || model.trace.raw.is_some() || inside.width < 4 {
        return;
    }
    let metadata = &current.mapped.metadata;
    let cursor = model.trace.cursor;
    let rows = slots(metadata).into_iter().enumerate().skip(cursor.offset);
    for (y, (index, slot)) in (inside.top()..inside.bottom()).zip(rows) {
        let (leaks, is_edited) = match &slot {
            Slot::User => (
                current.leaks_in_trace(metadata.user_pointer()),
                metadata.user.edited,
            ),
            Slot::SessionId => (
                current.leaks_in_trace(metadata.session_pointer()),
                metadata.session_id.edited,
            ),
            Slot::Key(key) => (
                current.leaks_in_trace(&metadata.key_pointer(key)),
                metadata.entry(key).is_some_and(|entry| entry.edited),
            ),
            Slot::Default(_) | Slot::Add => (false, false),
        };
        let is_cursor = index == cursor.row;
        if !leaks || is_cursor && model.trace.editor.is_some() {
            continue;
        }
        let mut style = look.theme.error;
        // The cursor's row keeps its own ground, or stays turned round.
        if is_cursor && model.focus == Pane::Trace {
            style = style.patch(look.theme.cursor);
        }
        // The gap between key and value is left alone, since a style may underline.
        for x in inside.x + 1..inside.right() {
            if let Some(cell) = buffer.cell_mut((x, y)).filter(|cell| cell.symbol() != " ") {
                cell.set_style(style);
            }
        }
        // An edit has its own mark at the very end.
        let at = inside.right() - if is_edited { 2 } else { 1 };
        buffer.set_stringn(at - 1, y, format!(" {}", look.symbols.error), 2, style);
    }
}
