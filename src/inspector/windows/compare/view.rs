//! Two events side by side: equal rows step back, what is removed is struck through, and below stands
//! the leak scan's verdict over the exact bytes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::display;
use crate::event::privacy::Privacy;
use crate::inspector::Model;
use crate::inspector::current::rows::EventRow;
use crate::inspector::panes::event::bytes;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value;
use crate::inspector::ui::window;
use crate::inspector::windows::compare::{Compare, Mode, Pair, Relation};

/// Draws the comparison over a window.
pub fn draw(model: &Model, look: &Look, area: Rect, compare: &Compare, buffer: &mut Buffer) {
    let theme = &look.theme;
    let Some(current) = &model.current else {
        return;
    };
    let says = match compare.mode {
        Mode::Privacy => "Compare privacy off and on",
        Mode::Edited => "Compare before and after the edits",
        Mode::Marked => "Compare with the marked completion",
    };
    let inside = window::open(look, area, says, &current.completion.name, buffer);
    if inside.height < 5 {
        return;
    }
    let half = inside.width / 2;
    let places = [(inside.x, half), (inside.x + half, inside.width - half)];
    for (side, (x, width)) in compare.sides.iter().zip(places) {
        let area = Rect::new(x, inside.y, width, 2);
        let mut pen = Pen::line(buffer, area, 0);
        let style = match (compare.mode, side.privacy) {
            (Mode::Privacy, Privacy::On) => theme.loud,
            _ => theme.title,
        };
        let label = match compare.mode {
            Mode::Privacy => {
                let symbol = look.symbols.privacy[side.privacy as usize];
                format!(" {symbol} {} ", side.label)
            }
            _ => format!(" {} ", side.label),
        };
        let size = bytes(side.size);
        let room = pen.room().saturating_sub(size.len() + 3);
        pen.put(" ", theme.text).put_within(&label, room, style);
        pen.put(&format!("  {size}"), theme.dim);
        Pen::line(buffer, area, 1).put(&format!("  POST {}", side.path), theme.dim);
    }
    let rows = Rect {
        y: inside.y + 2,
        height: inside.height - 4,
        ..inside
    };
    let widest = compare.pairs.iter().filter_map(|pair| {
        let row = pair.left.as_ref().or(pair.right.as_ref())?;
        row.value.as_ref()?;
        Some(row.depth * 2 + display::width(&row.key))
    });
    let column = widest.max().unwrap_or(0).min(usize::from(half) / 2) + 1;
    for y in 0..rows.height {
        let index = compare.cursor.offset + usize::from(y);
        let Some(pair) = compare.pairs.get(index) else {
            break;
        };
        let row = PairRow {
            pair,
            is_cursor: index == compare.cursor.row,
            leaks: pair
                .right
                .as_ref()
                .is_some_and(|row| compare.leaks.contains(&row.pointer)),
            column,
            gone: match compare.mode {
                Mode::Privacy => "(kept back) ",
                Mode::Edited => "(removed) ",
                Mode::Marked => "(not there) ",
            },
        };
        draw_pair(&row, look, rows, y, buffer);
    }
    match compare.mode {
        Mode::Privacy => verdict(model, look, inside, buffer),
        _ => tally(compare, look, inside, buffer),
    }
}

/// A row of the comparison, and what is to be known to draw it.
struct PairRow<'p> {
    pair: &'p Pair,
    is_cursor: bool,
    /// Whether it still holds text of the conversation.
    leaks: bool,
    /// Where values begin.
    column: usize,
    /// What is said of a value that the right side does not have: not every terminal strikes through.
    gone: &'static str,
}

fn draw_pair(row: &PairRow<'_>, look: &Look, rows: Rect, y: u16, buffer: &mut Buffer) {
    let PairRow {
        pair, is_cursor, ..
    } = *row;
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
        _ if row.leaks => (symbols.error, theme.error),
        Relation::Same => (" ", theme.text),
        Relation::Removed => (symbols.removed, theme.error),
        Relation::Added => (symbols.added, theme.edited),
        Relation::Changed => (symbols.changed, theme.edited),
        Relation::Moved => (symbols.moved, theme.edited),
    };
    let sides = [
        (left, pair.left.as_ref(), pair.relation == Relation::Added),
        (
            right,
            pair.right.as_ref().or(pair.left.as_ref()),
            pair.right.is_none(),
        ),
    ];
    for (area, shown, is_gone) in sides {
        let mut pen = Pen::line(buffer, area, y);
        if is_cursor {
            pen = pen.over(theme.cursor);
        }
        pen.put(if is_cursor { symbols.cursor } else { " " }, theme.accent);
        let Some(shown) = shown else { continue };
        // What one side does not have stays blank on the left and struck through on the right.
        if is_gone && pair.left.is_none() {
            continue;
        }
        pen.put(sign, style).put(" ", theme.text);
        side(shown, is_gone, row, look, &mut pen);
    }
}

fn side(row: &EventRow, is_gone: bool, of: &PairRow<'_>, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let pick = |normal: Style| match (is_gone, of.pair.relation) {
        _ if of.leaks => theme.error,
        (true, _) => theme.removed,
        (false, Relation::Same) => theme.dim,
        (false, _) => normal,
    };
    pen.skip(row.depth * 2);
    let Some(text) = &row.value else {
        pen.put(&row.key, pick(theme.title));
        return;
    };
    let column = of
        .column
        .saturating_sub(row.depth * 2)
        .max(display::width(&row.key));
    if is_gone {
        // Struck through as one run, the gap between key and value left alone.
        pen.put(&row.key, theme.removed);
        pen.skip(column.saturating_sub(display::width(&row.key)) + 1);
        pen.put(of.gone, theme.dim);
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
            let whole = format!(
                " no leak: none of the conversation's text is in the {size} bytes that privacy mode would send"
            );
            let says = match display::width(&whole) <= pen.room() {
                true => whole,
                false => {
                    format!(" no leak of the conversation in the {size} bytes of privacy mode")
                }
            };
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

/// How many rows differ, and in what way.
fn tally(compare: &Compare, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let y = inside.height - 2;
    let line = symbols.line.repeat(usize::from(inside.width));
    Pen::line(buffer, inside, y).put(&line, theme.border);
    let mut pen = Pen::line(buffer, inside, y + 1);
    pen.put(" ", theme.text);
    let kinds = [
        (Relation::Changed, symbols.changed, "changed"),
        (Relation::Added, symbols.added, "added"),
        (Relation::Removed, symbols.removed, "removed"),
        (Relation::Moved, symbols.moved, "moved"),
    ];
    let mut all = 0;
    for (relation, symbol, says) in kinds {
        let count = compare.count(relation);
        if count > 0 {
            pen.put(&format!("{symbol} {count} {says}   "), theme.edited);
        }
        all += count;
    }
    match (all, compare.mode) {
        (0, Mode::Edited) => pen.put("the event is the same as without edits", theme.good),
        (0, _) => pen.put("the two events are the same", theme.good),
        _ => {
            let same = compare.count(Relation::Same);
            pen.put(&format!("{same} the same"), theme.dim)
        }
    };
}
