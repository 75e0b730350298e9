//! Two events side by side: equal rows step back, what is removed is struck through, and below stands
//! the leak scan's verdict over the exact bytes.

use ratatui::style::Style;

use crate::display;
use crate::event::privacy::Privacy;
use crate::inspector::Model;
use crate::inspector::current::rows::EventRow;
use crate::inspector::ui::marks::bytes;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value;
use crate::inspector::ui::view::View;
use crate::inspector::windows::compare::{Compare, Mode, Pair, Relation, Side};
use crate::mapping::scan::PrivacyVerdict;

/// What the comparison shows.
pub fn of<'a>(compare: &'a Compare, model: &'a Model, look: &'a Look) -> View<'a> {
    let says = match compare.mode {
        Mode::Privacy => "Compare privacy off and on",
        Mode::Edited => "Compare before and after the edits",
        Mode::Delivered => "Compare expected against delivered",
        Mode::Marked => "Compare with the marked completion",
    };
    let name = match &model.current {
        Some(current) => current.completion.name.as_str(),
        None => "",
    };
    let width = model.window_size().0 / 2;
    let widest = compare.pairs.iter().filter_map(|pair| {
        let row = pair.left.as_ref().or(pair.right.as_ref())?;
        row.value.as_ref()?;
        Some(row.depth * 2 + display::width(&row.key))
    });
    let column = widest.max().unwrap_or(0).min(width / 2) + 1;
    View::new(says)
        .subtitle(name)
        .head(move |pen| {
            for (at, side) in compare.sides.iter().enumerate() {
                label(compare.mode, side, look, &mut half(pen, at));
            }
        })
        .head(move |pen| {
            for (at, side) in compare.sides.iter().enumerate() {
                let path = format!("  POST {}", side.path);
                half(pen, at).put(&path, look.theme.dim);
            }
        })
        .rows(
            compare.cursor,
            look,
            &compare.pairs,
            move |pair, is_cursor, pen| {
                let row = PairRow {
                    pair,
                    is_cursor,
                    leaks: pair
                        .right
                        .as_ref()
                        .is_some_and(|row| compare.leaks.contains(&row.pointer)),
                    column,
                    gone: match compare.mode {
                        Mode::Privacy => "(kept back) ",
                        Mode::Edited => "(removed) ",
                        Mode::Delivered => "(not delivered) ",
                        Mode::Marked => "(not there) ",
                    },
                };
                draw_pair(&row, look, pen);
            },
        )
        .foot(|pen| {
            let line = look.symbols.line.repeat(pen.room());
            pen.put(&line, look.theme.border);
        })
        .foot(move |pen| match compare.mode {
            Mode::Privacy => verdict(model, look, pen),
            Mode::Delivered => delivered(compare, look, pen),
            _ => tally(compare, look, pen),
        })
}
/// The left or the right half of a line.
fn half<'p>(pen: &'p mut Pen<'_>, at: usize) -> Pen<'p> {
    let whole = u16::try_from(pen.room()).unwrap_or(u16::MAX);
    let left = whole / 2;
    match at {
        0 => pen.part(0, left),
        _ => pen.part(left, whole - left),
    }
}

/// What a side is, and its size.
fn label(mode: Mode, side: &Side, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let style = match (mode, side.privacy) {
        (Mode::Privacy, Privacy::On) => theme.loud,
        _ => theme.title,
    };
    let label = match mode {
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

fn draw_pair(row: &PairRow<'_>, look: &Look, pen: &mut Pen<'_>) {
    let PairRow {
        pair, is_cursor, ..
    } = *row;
    let (symbols, theme) = (&look.symbols, &look.theme);
    let (sign, style) = match pair.relation {
        _ if row.leaks => (symbols.error, theme.error),
        Relation::Same => (" ", theme.text),
        Relation::Removed => (symbols.removed, theme.error),
        Relation::Added => (symbols.added, theme.edited),
        Relation::Changed => (symbols.changed, theme.edited),
        Relation::Moved => (symbols.moved, theme.edited),
    };
    let sides = [
        (pair.left.as_ref(), pair.relation == Relation::Added),
        (
            pair.right.as_ref().or(pair.left.as_ref()),
            pair.right.is_none(),
        ),
    ];
    for (at, (shown, is_gone)) in sides.into_iter().enumerate() {
        let mut pen = half(pen, at);
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
fn verdict(model: &Model, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let Some(current) = &model.current else {
        return;
    };
    pen.put(" ", theme.text);
    let verdict = current.verdict();
    match current.leaks.first() {
        None if matches!(verdict, PrivacyVerdict::CannotTell(_)) => {
            pen.put(symbols.warning, theme.warning);
            pen.put(&format!(" {}", verdict.says()), theme.text);
        }
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

/// How many fields the delivery contradicts, or of the row under the cursor what that says about the mapping.
fn delivered(compare: &Compare, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    if let Some(says) = compare.said() {
        pen.put(&format!(" {} ", symbols.warning), theme.warning);
        pen.put(says, theme.text);
        return;
    }
    let pair = compare.pairs.get(compare.cursor.row);
    if pair.is_some_and(|pair| pair.relation != Relation::Same) {
        let says =
            " no contradiction: a delivery does not tell this, or says the same in another way";
        pen.put(says, theme.dim);
        return;
    }
    match compare.says.len() {
        0 => pen.put(
            &format!(" {} what was delivered is what was expected", symbols.good),
            theme.good,
        ),
        1 => pen.put(" 1 field differs from what was expected", theme.warning),
        count => pen.put(
            &format!(" {count} fields differ from what was expected"),
            theme.warning,
        ),
    };
}

/// How many rows differ, and in what way.
fn tally(compare: &Compare, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
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
