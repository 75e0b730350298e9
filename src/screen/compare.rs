//! Two events side by side: equal rows step back, what is removed is struck through, and below stands
//! the leak scan's verdict over the exact bytes.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::event::bytes;
use super::pen::{Pen, frame};
use super::theme::Look;
use super::value;
use crate::app::Model;
use crate::app::compare::{Compare, Pair, Relation};
use crate::app::layout::inner;
use crate::app::rows::EventRow;
use crate::display;
use crate::event::privacy::{self, Privacy};
use crate::event::wire::Route;

/// Draws the comparison over a window.
pub fn draw(
    model: &Model,
    look: &Look,
    window: Rect,
    compare: &Compare,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = &look.theme;
    let current = model.current.as_ref()?;
    let event = current.mapped.event()?;
    let name = format!(" · {}", current.completion.name);
    let title = [
        ("Compare privacy off and on", theme.title),
        (name.as_str(), theme.dim),
    ];
    frame(
        buffer,
        window,
        look,
        true,
        &title,
        "n N difference   J K completion   ⏎ go there   Esc close",
    );
    let inside = inner(window);
    if inside.height < 5 {
        return None;
    }
    let half = inside.width / 2;
    for (mode, x, width) in [
        (Privacy::Off, inside.x, half),
        (Privacy::On, inside.x + half, inside.width - half),
    ] {
        let area = Rect::new(x, inside.y, width, 2);
        let route = Route::of(privacy::apply(event, mode));
        let mut pen = Pen::line(buffer, area, 0);
        let style = if mode == Privacy::On {
            theme.loud
        } else {
            theme.title
        };
        let symbol = look.symbols.privacy[mode as usize];
        pen.put(" ", theme.text)
            .put(&format!(" {symbol} privacy {} ", mode.name()), style);
        pen.put(
            &format!("  {}", bytes(current.sizes[mode as usize])),
            theme.dim,
        );
        Pen::line(buffer, area, 1).put(&format!("  POST {}", route.path()), theme.dim);
    }
    let rows = Rect {
        y: inside.y + 2,
        height: inside.height - 4,
        ..inside
    };
    for y in 0..rows.height {
        let index = compare.cursor.offset + usize::from(y);
        let Some(pair) = compare.pairs.get(index) else {
            break;
        };
        draw_pair(pair, index == compare.cursor.row, look, rows, y, buffer);
    }
    verdict(model, look, inside, buffer);
    None
}

fn draw_pair(pair: &Pair, is_cursor: bool, look: &Look, rows: Rect, y: u16, buffer: &mut Buffer) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let half = rows.width / 2;
    let left = Rect {
        width: half,
        ..rows
    };
    let right = Rect {
        x: rows.x + half,
        width: rows.width - half,
        ..rows
    };
    let (sign, style) = match pair.relation {
        Relation::Same => (" ", theme.text),
        Relation::Removed => (symbols.removed, theme.error),
        Relation::Added => (symbols.added, theme.edited),
        Relation::Changed => (symbols.changed, theme.edited),
    };
    let sides = [
        (left, pair.left.as_ref(), pair.relation == Relation::Added),
        (
            right,
            pair.right.as_ref().or(pair.left.as_ref()),
            pair.right.is_none(),
        ),
    ];
    for (area, row, is_gone) in sides {
        let mut pen = Pen::line(buffer, area, y);
        if is_cursor {
            pen = pen.over(theme.cursor);
        }
        pen.put(if is_cursor { symbols.cursor } else { " " }, theme.accent);
        let Some(row) = row else { continue };
        // What one side does not have stays blank on the left and struck through on the right.
        if is_gone && pair.left.is_none() {
            continue;
        }
        pen.put(sign, style).put(" ", theme.text);
        side(row, is_gone, pair.relation, look, &mut pen);
    }
}

fn side(row: &EventRow, is_gone: bool, relation: Relation, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let pick = |normal: Style| match (is_gone, relation) {
        (true, _) => theme.removed,
        (false, Relation::Same) => theme.dim,
        (false, _) => normal,
    };
    pen.skip(row.depth * 2);
    let Some(text) = &row.value else {
        pen.put(&row.key, pick(theme.title));
        return;
    };
    let column = 18usize
        .saturating_sub(row.depth * 2)
        .max(display::width(&row.key));
    if is_gone {
        // Struck through as one run, the gap between key and value left alone.
        pen.put(&row.key, theme.removed);
        pen.skip(column.saturating_sub(display::width(&row.key)) + 1);
        let room = pen.room().saturating_sub(1);
        pen.put_within(&value::plain(text), room, theme.removed);
        return;
    }
    pen.put_padded(&row.key, column, pick(theme.key))
        .put(" ", theme.text);
    let room = pen.room().saturating_sub(1);
    pen.put_within(
        &value::plain(text),
        room,
        pick(value::style(theme, text.kind())),
    );
}

/// What the scan of the exact private bytes found.
fn verdict(model: &Model, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let Some(current) = &model.current else {
        return;
    };
    let y = inside.height - 2;
    let line = symbols.line.repeat(usize::from(inside.width));
    Pen::line(buffer, inside, y).put(&line, theme.border);
    let mut pen = Pen::line(buffer, inside, y + 1);
    pen.put(" ", theme.text);
    match current.leaks.first() {
        None => {
            pen.put(symbols.good, theme.good);
            let size = current.sizes[Privacy::On as usize];
            let says = format!(
                " no leak: none of the conversation's text is in the {size} bytes that privacy mode would send"
            );
            pen.put(&says, theme.text);
        }
        Some(leak) => {
            let count = match current.leaks.len() {
                1 => "1 leak".to_owned(),
                count => format!("{count} leaks"),
            };
            pen.put(&format!("{} {count}: ", symbols.error), theme.error);
            pen.put(&leak.pointer, theme.key);
            pen.put(&format!(" still says \"{}\"", leak.excerpt), theme.text);
        }
    }
}
