//! The trace metadata, and the field that is being typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::completion::{RequestField, TraceMetadata};
use crate::display;
use crate::inspector::current::Current;
use crate::inspector::current::trace_rows::{TraceRow, trace_rows_of};
use crate::inspector::edits::field::{Editor, Target, Typing};
use crate::inspector::ui::cursor::Cursor;
use crate::inspector::ui::field::visible_input;
use crate::inspector::ui::layout::{SizeClass, inner};
use crate::inspector::ui::pen::{Pen, clear, frame, scroll_mark};
use crate::inspector::ui::symbols::Symbols;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value;
use crate::inspector::{Layout, Model, Pane};
use crate::json::{JsonText, Kind};

/// Draws the pane, but for the row that is being typed.
pub fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    // While it is written as JSON, keys go to that text.
    let focused = model.focus == Pane::Trace && model.trace.raw.is_none();
    let edits = model
        .current
        .as_ref()
        .and_then(|current| model.library.entry(current.index))
        .map_or(0, |entry| entry.edits.steps().len());
    let edited = match edits {
        0 => String::new(),
        1 => " · 1 edit".to_owned(),
        count => format!(" · {count} edits"),
    };
    let title = [("Trace", theme.title), (edited.as_str(), theme.edited)];
    frame(buffer, area, look, focused, &title, "");
    let inside = inner(area);
    let Some(current) = &model.current else {
        return;
    };
    let metadata = &current.mapped.metadata;
    let rows = trace_rows_of(metadata);
    let column = key_column(metadata, inside);
    scroll_mark(buffer, inside, look, rows.len(), model.trace.cursor.offset);
    for y in 0..inside.height {
        let index = model.trace.cursor.offset + usize::from(y);
        let Some(slot) = rows.get(index) else { break };
        let is_cursor = index == model.trace.cursor.row;
        let is_typed = is_cursor && model.trace.editor.is_some();
        let mut pen = Pen::line(buffer, inside, y);
        if is_cursor && focused && !is_typed {
            pen = pen.over(theme.cursor);
        }
        pen.put(
            if is_cursor { look.symbols.cursor } else { " " },
            theme.accent,
        );
        if is_typed {
            continue;
        }
        // Where text of the conversation leaves past privacy mode it is mended, so it is marked here.
        let alarm = leaks(current, slot).then_some(theme.error);
        let put_key = |pen: &mut Pen<'_>, key: &str, is_edited: bool| {
            if is_edited {
                pen.put_right(look.symbols.edited, theme.edited);
            }
            if let Some(style) = alarm {
                pen.put_right(&format!(" {}", look.symbols.error), style);
            }
            pen.put_padded(key, column, alarm.unwrap_or(theme.key))
                .skip(1);
        };
        match slot {
            TraceRow::User => {
                put_key(&mut pen, "user", metadata.user.edited);
                field(&mut pen, &metadata.user, alarm, look);
            }
            TraceRow::SessionId => {
                put_key(&mut pen, "session_id", metadata.session_id.edited);
                field(&mut pen, &metadata.session_id, alarm, look);
            }
            TraceRow::Key(key) => {
                if let Some(entry) = metadata.entry(key) {
                    put_key(&mut pen, key, entry.edited);
                    let style = value::style(theme, entry.value.kind());
                    pen.put(&in_row(&entry.value), alarm.unwrap_or(style));
                }
            }
            TraceRow::Default(key) => default_row(&mut pen, key, current, column, look),
            TraceRow::Add => {
                pen.put("+ add a key", theme.dim);
            }
        }
    }
}

/// Columns of the keys.
fn key_column(metadata: &TraceMetadata, inside: Rect) -> usize {
    let keys = metadata.trace.iter();
    let widest = keys.map(|entry| display::width(&entry.key)).max();
    // Keys tell more than the ends of values do, so they may have the larger part.
    let most = (usize::from(inside.width) * 3 / 5).saturating_sub(2);
    widest.unwrap_or(0).max(10).min(most)
}

/// Draws the row that is being typed. A text that doesn't fit its pane goes on beside it, in a frame that ends before
/// the event, where the completion stands between the two; elsewhere it scrolls within the pane. It begins where it
/// was either way, and no pane moves. Returns where the terminal's cursor belongs.
pub fn draw_typed(
    model: &Model,
    look: &Look,
    layout: &Layout,
    buffer: &mut Buffer,
) -> Option<Position> {
    let editor = model.trace.editor.as_ref()?;
    let metadata = &model.current.as_ref()?.mapped.metadata;
    let inside = layout.inner(Pane::Trace);
    let Cursor { row, offset, .. } = model.trace.cursor;
    let y = u16::try_from(row.checked_sub(offset)?).ok()?;
    let slot = trace_rows_of(metadata).into_iter().nth(row)?;
    if y >= inside.height {
        return None;
    }
    let mut line = Rect {
        y: inside.y + y,
        height: 1,
        ..inside
    };
    clear(buffer, line);
    let (width, around) = (usize::from(inside.width), columns_around(editor));
    let mut column = key_column(metadata, inside);
    if column + around + display::width(editor.input.value()) > width {
        let is_beside = !layout.pane(Pane::Completion).is_empty();
        if layout.class == SizeClass::Wide && is_beside {
            let right = layout.pane(Pane::Event).x.saturating_sub(1);
            extend(buffer, look, layout.pane(Pane::Trace), line.y, right);
            line.width = right.saturating_sub(line.x + 1);
        } else {
            // A long key leaves some of its room to the text.
            column = column.min(width.saturating_sub(around + LEAST_TEXT).max(4));
        }
    }
    Some(type_row(editor, &slot, look, column, line, buffer))
}

/// Columns that a typed row takes besides key and text: its sign, a gap, the cursor, and what stands at its end.
fn columns_around(editor: &Editor) -> usize {
    let end = match &editor.error {
        Some(_) => 2,
        None if editor.may_be_json() => 5,
        None => 0,
    };
    3 + end
}

/// Columns that a text has at least while it is typed.
const LEAST_TEXT: usize = 10;

/// Opens a pane at a row: the row goes on to the right, with a frame around what is beyond the pane.
fn extend(buffer: &mut Buffer, look: &Look, pane: Rect, y: u16, right: u16) {
    let [top_left, top_right, bottom_left, bottom_right, side] = look.symbols.frame;
    let (x, style) = (pane.right() - 1, look.theme.border_focused);
    let area = Rect::new(x, y - 1, right.saturating_sub(x), 3);
    clear(buffer, area);
    if area.width < 2 {
        return;
    }
    let across = look.symbols.line.repeat(usize::from(area.width - 2));
    for (y, left_corner, right_corner) in [
        (area.top(), top_left, top_right),
        (area.bottom() - 1, bottom_left, bottom_right),
    ] {
        // On the pane's own border, the line goes on.
        let is_border = y == pane.top() || y == pane.bottom() - 1;
        let left = if is_border {
            look.symbols.line
        } else {
            left_corner
        };
        buffer.set_string(x, y, left, style);
        buffer.set_string(x + 1, y, &across, style);
        buffer.set_string(right - 1, y, right_corner, style);
    }
    buffer.set_string(right - 1, y, side, style);
}

/// Whether text of the conversation leaves by a row past privacy mode.
fn leaks(current: &Current, slot: &TraceRow) -> bool {
    let metadata = &current.mapped.metadata;
    match slot {
        TraceRow::User => current.leaks_in_trace(metadata.user_pointer()),
        TraceRow::SessionId => current.leaks_in_trace(metadata.session_pointer()),
        TraceRow::Key(key) => current.leaks_in_trace(&metadata.key_pointer(key)),
        TraceRow::Default(_) | TraceRow::Add => false,
    }
}

fn field(pen: &mut Pen<'_>, field: &RequestField, alarm: Option<Style>, look: &Look) {
    let theme = &look.theme;
    match &field.value {
        Some(text) if text.as_str() != "\"\"" => {
            let style = value::style(theme, text.kind());
            pen.put(&value::plain(text), alarm.unwrap_or(style));
        }
        _ => {
            pen.put("not set", theme.dim);
        }
    }
}

fn in_row(text: &JsonText) -> String {
    match text.kind() {
        Kind::String => value::plain(text),
        _ => value::quoted_text(text),
    }
}

/// A key that the request does not have, with the value that the event has all the same.
fn default_row(pen: &mut Pen<'_>, key: &str, current: &Current, column: usize, look: &Look) {
    let theme = &look.theme;
    pen.put_padded(key, column, theme.dim).skip(1);
    let says = match current.own_property(key) {
        Some(text) => {
            let room = pen.room().saturating_sub(2);
            format!("‹{}›", display::clip(&value::plain(text), room))
        }
        None => "not set".to_owned(),
    };
    pen.put(&says, theme.dim);
}

/// The row that is being typed: key, kind of value, text. Returns the cursor's place.
fn type_row(
    editor: &Editor,
    slot: &TraceRow,
    look: &Look,
    column: usize,
    inside: Rect,
    buffer: &mut Buffer,
) -> Position {
    let theme = &look.theme;
    let mut pen = Pen::line(buffer, inside, 0);
    // A letter would be taken for one of the key's.
    let sign = match look.symbols == Symbols::ascii() {
        true => look.symbols.cursor,
        false => look.symbols.edited,
    };
    pen.put(sign, theme.edited);
    let label = match (&editor.target, slot) {
        (Target::NewKey, _) => "new key",
        (Target::Rename(_), _) => "rename to",
        (Target::NewValue(key), _) | (_, TraceRow::Key(key)) => key,
        (_, TraceRow::User) => "user",
        (_, TraceRow::SessionId) => "session_id",
        (_, TraceRow::Default(key)) => key,
        (_, TraceRow::Add) => "new key",
    };
    if editor.error.is_some() {
        pen.put_right(&format!(" {}", look.symbols.error), theme.error);
    } else if editor.may_be_json() {
        let kind = match editor.typing {
            Typing::Text => " text",
            Typing::Json => " json",
        };
        pen.put_right(kind, theme.dim);
    }
    pen.put_padded(label, column, theme.key).skip(1);
    let (text, at) = visible_input(&editor.input, pen.room());
    let x = pen.x() + u16::try_from(at).unwrap_or(0);
    pen.put(&text, theme.edited);
    Position::new(x.min(inside.right().saturating_sub(1)), inside.y)
}
