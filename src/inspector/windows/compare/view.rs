//! Two events, side by side where each half has room for a value, else one below the other: what is removed is
//! struck through, and below stands the leak scan's verdict over the exact bytes.

use std::ops::Range;

use ratatui::style::Style;

use super::folding;
use super::{Compare, Item, Mode, Pair, Relation, Side};
use crate::display;
use crate::event::privacy::Privacy;
use crate::inspector::Model;
use crate::inspector::current::rows::EventRow;
use crate::inspector::ui::line::Line;
use crate::inspector::ui::marks::bytes;
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::styled_text::StyledText;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value;
use crate::inspector::ui::view::View;

/// Columns of the window from which on its two halves stand side by side.
const BESIDE: usize = 96;

/// What the comparison shows.
pub fn of<'a>(compare: &'a Compare, model: &'a Model, look: &'a Look) -> View<'a> {
    let says = match compare.mode {
        Mode::Privacy => "Compare privacy off and on",
        Mode::Edited => "Compare before and after the edits",
        Mode::Delivered => "Compare expected against delivered",
        Mode::Marked => "Compare with the marked completion",
    };
    let name = match &model.current {
        Some(current) => model.title_of(current),
        None => "",
    };
    let width = model.window_size().0;
    let is_beside = width >= BESIDE;
    let room = if is_beside { width / 2 } else { width };
    // What is folded away takes no room from values.
    let shown = compare.items.iter().filter_map(|item| match item {
        Item::Pair(at) => compare.pairs.get(*at),
        Item::Same(_) => None,
    });
    let widest = shown.filter_map(|pair| {
        let row = pair.left.as_ref().or(pair.right.as_ref())?;
        row.value.as_ref()?;
        Some(row.depth * 2 + display::width(&row.key))
    });
    let column = widest.max().unwrap_or(0).min(room / 2) + 1;
    let lines: Vec<ShownLine> = (0..compare.items.len())
        .flat_map(|item| lines_of(compare, item, is_beside))
        .collect();
    let own = own_lines(&lines, compare.cursor.row);
    let mut view = View::new(says).subtitle(name);
    if let Some(why) = compare.missing {
        return view.words(look, width, [why]);
    }
    if !is_beside {
        view = view.heads(heads(compare, look, width));
    } else {
        view = view
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
            });
    }
    let count = lines.len();
    let view = view
        .scrolling(compare.cursor, count, move |at, pen| {
            draw_line(compare, &lines[at], column, look, pen);
        })
        .items(compare.items.len(), own);
    let says = match compare.mode {
        Mode::Privacy => verdict(model, look),
        Mode::Delivered => delivered(compare, look),
        Mode::Edited | Mode::Marked => tally(compare, look),
    };
    below(view, says, count, model.window_size(), look)
}

/// Lines above the rows.
const HEAD: usize = 2;

/// Says something below so many rows. Where a low window has not room for all of it, it ends with a sign that it goes on; where it
/// has room for none, there is no line across either.
fn below<'a>(
    view: View<'a>,
    says: StyledText,
    rows: usize,
    (width, height): (usize, usize),
    look: &'a Look,
) -> View<'a> {
    let room = height.saturating_sub(HEAD);
    let most = room.saturating_sub(rows.min(room.div_ceil(2)) + 1);
    let mut widths = vec![width.saturating_sub(2).max(1); VERDICT.min(most)];
    let (mut lines, is_whole) = says.fit(&widths);
    if !is_whole && let Some(last) = widths.last_mut() {
        *last = last.saturating_sub(2);
        lines = says.fit(&widths).0;
    }
    if lines.is_empty() {
        return view;
    }
    let mut view = view.foot(|pen| {
        let line = look.symbols.line.repeat(pen.room());
        pen.put(&line, look.theme.border);
    });
    let count = lines.len();
    for (at, line) in lines.into_iter().enumerate() {
        let says = says.clone();
        view = view.foot(move |pen| {
            pen.put(" ", look.theme.text);
            says.put(line.clone(), pen);
            if at + 1 == count && !is_whole {
                pen.put(" …", look.theme.dim);
            }
        });
    }
    view
}

/// What the leak scan looks for; what it can't see is in the help of `check`.
const LOOKED_FOR: &str = "runs of four words, whole messages, long numbers";

/// Lines that the verdict may take.
const VERDICT: usize = 4;

/// A line of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ShownLine {
    item: usize,
    part: Part,
}

/// What of an item a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// How many rows are the same.
    Folded,
    /// Both sides, beside each other.
    Halves,
    /// Both sides, which are the same.
    Same,
    /// The left side alone.
    Left,
    /// The right side alone.
    Right,
}

/// The lines of an item.
fn lines_of(compare: &Compare, item: usize, is_beside: bool) -> Vec<ShownLine> {
    let parts: &[Part] = match &compare.items[item] {
        Item::Same(_) => &[Part::Folded],
        Item::Pair(_) if is_beside => &[Part::Halves],
        Item::Pair(at) => match compare.pairs[*at].relation {
            Relation::Same => &[Part::Same],
            Relation::Removed => &[Part::Left],
            Relation::Added => &[Part::Right],
            Relation::Changed | Relation::Moved => &[Part::Left, Part::Right],
        },
    };
    parts
        .iter()
        .map(|part| ShownLine { item, part: *part })
        .collect()
}

/// The lines of the item under the cursor.
fn own_lines(lines: &[ShownLine], item: usize) -> Range<usize> {
    let first = lines.partition_point(|line| line.item < item);
    let count = lines[first..].iter().take_while(|line| line.item == item);
    first..first + count.count()
}

fn draw_line(compare: &Compare, line: &ShownLine, column: usize, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let is_cursor = line.item == compare.cursor.row;
    if is_cursor {
        pen.cover(theme.cursor);
    }
    let at = match &compare.items[line.item] {
        Item::Pair(at) => *at,
        Item::Same(run) => {
            let sign = if is_cursor { look.symbols.cursor } else { " " };
            let count = folding::values(&compare.pairs, run);
            pen.put(sign, theme.accent).put(
                &format!("{} {count} the same", look.symbols.closed),
                theme.dim,
            );
            return;
        }
    };
    let pair = &compare.pairs[at];
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
    match line.part {
        Part::Halves => draw_pair(&row, look, pen),
        part => draw_part(&row, part, look, pen),
    }
}

/// One side of a row over the whole width, or both where they are the same.
fn draw_part(row: &PairRow<'_>, part: Part, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let pair = row.pair;
    let (sign, style) = match part {
        _ if row.leaks => (symbols.error, theme.error),
        Part::Left => (symbols.removed, theme.error),
        Part::Right => (symbols.added, theme.edited),
        Part::Same | Part::Halves | Part::Folded => (" ", theme.text),
    };
    let sign_of_cursor = if row.is_cursor { symbols.cursor } else { " " };
    pen.put(sign_of_cursor, theme.accent)
        .put(sign, style)
        .put(" ", theme.text);
    let shown = match part {
        Part::Right => pair.right.as_ref(),
        _ => pair.left.as_ref(),
    };
    if let Some(shown) = shown {
        let is_gone = part == Part::Left && pair.right.is_none();
        side(shown, is_gone, row, look, pen);
    }
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

/// What a side is called.
fn name_of(mode: Mode, side: &Side) -> String {
    match mode {
        // What it would be, and not what is in force: that is the header's to say.
        Mode::Privacy => format!("with {}", side.label),
        _ => side.label.clone(),
    }
}

/// What a side is, and its size.
fn label(mode: Mode, side: &Side, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let size = bytes(side.size);
    let room = pen.room().saturating_sub(size.len() + 4);
    pen.skip(2)
        .put_within(&name_of(mode, side), room, theme.title);
    pen.put(&format!("  {size}"), theme.dim);
}

/// Columns that a side's name keeps beside what else is said of it.
const NAMED: usize = 18;

/// What each side is, in a line of its own, in the same columns: its name and size; where it is posted to, and what the
/// signs of the rows below mean, where there is room for them.
fn heads(compare: &Compare, look: &Look, width: usize) -> Vec<Line> {
    let theme = &look.theme;
    let sides = &compare.sides;
    let names = sides.each_ref().map(|side| name_of(compare.mode, side));
    let sizes = sides.each_ref().map(|side| bytes(side.size));
    let paths = sides.each_ref().map(|side| format!("POST {}", side.path));
    let signs = [look.symbols.removed, look.symbols.added];
    let signs = signs.map(|sign| format!("{sign} only here"));
    let widest = |texts: &[String; 2]| texts.iter().map(|text| display::width(text)).max();
    let [name, size, path, sign] =
        [&names, &sizes, &paths, &signs].map(|texts| widest(texts).unwrap_or(0));
    // A column at each end stays free, and one more parts the names from the rows' signs.
    let mut left = width.saturating_sub(3 + GAP + size + name.min(NAMED));
    let mut has_room = |columns: usize| {
        let fits = left >= GAP + columns;
        left -= if fits { GAP + columns } else { 0 };
        fits
    };
    let (has_path, has_sign) = (has_room(path), has_room(sign));
    let name = name.min(name.min(NAMED) + left);
    let line = |at: usize| {
        let gap = " ".repeat(GAP);
        let mut line = vec![
            (" ".to_owned(), theme.text),
            (display::pad(&names[at], name), theme.title),
            (format!("{gap}{:>size$}", sizes[at]), theme.dim),
        ];
        if has_path {
            line.push((format!("{gap}{:<path$}", paths[at]), theme.dim));
        }
        if has_sign {
            line.push((format!("{gap}{}", signs[at]), theme.dim));
        }
        line
    };
    vec![line(0), line(1)]
}

/// Columns between two others.
const GAP: usize = 2;

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
fn verdict(model: &Model, look: &Look) -> StyledText {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let words = StyledText::new();
    let Some(current) = &model.current else {
        return words;
    };
    let verdict = current.verdict();
    match current.leaks.first() {
        None if verdict.is_unknown() => words
            .add(symbols.warning, theme.warning)
            .add(&format!(" {}", verdict.says()), theme.text),
        None => {
            let size = current.sizes[Privacy::On as usize];
            let found = format!(" no leak found in the {size} bytes that privacy mode would send");
            let words = match current.has_secret() {
                // Beside a key that would leave, nothing is called good.
                true => words
                    .add(&format!("{} ", symbols.error), theme.error)
                    .add("a key would be stored;", theme.error)
                    .add(&found, theme.text),
                false => words.add(symbols.good, theme.good).add(&found, theme.text),
            };
            words.add(&format!(" (looked for: {LOOKED_FOR})"), theme.dim)
        }
        Some(leak) => {
            let count = match current.leaks.len() {
                1 => "1 leak".to_owned(),
                count => format!("{count} leaks"),
            };
            words
                .add(&format!("{} {count}: ", symbols.error), theme.error)
                .add(&leak.pointer, theme.key)
                .add(&format!(" still says \"{}\"", leak.excerpt), theme.text)
        }
    }
}

/// How many fields the delivery contradicts, or of the row under the cursor what that says about the mapping.
fn delivered(compare: &Compare, look: &Look) -> StyledText {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let words = StyledText::new();
    if let Some(says) = compare.said() {
        return words
            .add(&format!("{} ", symbols.warning), theme.warning)
            .add(says, theme.text);
    }
    if compare
        .pair()
        .is_some_and(|pair| pair.relation != Relation::Same)
    {
        let says =
            "no contradiction: a delivery does not tell this, or says the same in another way";
        return words.add(says, theme.dim);
    }
    match compare.says.len() {
        0 => words.add(
            &format!("{} what was delivered is what was expected", symbols.good),
            theme.good,
        ),
        1 => words.add("1 field differs from what was expected", theme.warning),
        count => words.add(
            &format!("{count} fields differ from what was expected"),
            theme.warning,
        ),
    }
}

/// How many rows differ, and in what way.
fn tally(compare: &Compare, look: &Look) -> StyledText {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let kinds = [
        (Relation::Changed, symbols.changed, "changed"),
        (Relation::Added, symbols.added, "added"),
        (Relation::Removed, symbols.removed, "removed"),
        (Relation::Moved, symbols.moved, "moved"),
    ];
    let mut words = StyledText::new();
    let mut all = 0;
    for (relation, symbol, says) in kinds {
        let count = compare.count(relation);
        if count > 0 {
            words = words.add(&format!("{symbol} {count} {says}   "), theme.edited);
        }
        all += count;
    }
    match (all, compare.mode) {
        (0, Mode::Edited) => words.add("the event is the same as without edits", theme.good),
        (0, _) => words.add("the two events are the same", theme.good),
        _ => {
            let same = compare.count(Relation::Same);
            words.add(&format!("{same} the same"), theme.dim)
        }
    }
}
