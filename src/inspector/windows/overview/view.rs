//! The overview: counts and spreads above, bars by group below, in two columns where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::inspector::Model;
use crate::inspector::ui::pen::{Pen, scroll_mark};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::window;
use crate::inspector::windows::overview::{OVERVIEW_LINES, Overview, Row, Spread};
use crate::mapping::Severity;

/// Draws the overview over a window.
pub fn draw(model: &Model, look: &Look, area: Rect, overview: &Overview, buffer: &mut Buffer) {
    let filter = model.listing.filter.text().trim();
    let inside = window::open(look, area, "Overview", filter, buffer);
    heads(model, overview, look, inside, buffer);
    let top = u16::try_from(OVERVIEW_LINES).unwrap_or(0);
    if inside.height <= top {
        return;
    }
    let below = Rect {
        y: inside.y + top,
        height: inside.height - top,
        ..inside
    };
    bars(overview, look, area.width, below, buffer);
}

fn heads(model: &Model, overview: &Overview, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    if inside.height == 0 {
        return;
    }
    let mut pen = Pen::line(buffer, inside, 0);
    let all = model.library.len();
    if overview.looked < all {
        let share = overview.looked * 100 / all.max(1);
        pen.put_right(
            &format!(" looked at {} of {all}, {share}% ", overview.looked),
            theme.warning,
        );
    }
    let without = overview.counted - overview.events;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let counted = overview.counted;
    let events = overview.events;
    pen.put(
        &format!(" {counted} completion{}", plural(counted)),
        theme.title,
    );
    pen.put(
        &format!("   {events} event{}   {without} without", plural(events)),
        theme.text,
    );
    let spreads = [
        ("cost", &overview.cost, money as fn(f64) -> String),
        ("tokens", &overview.tokens, amount),
        ("duration", &overview.duration, time),
    ];
    for (y, (name, values, write)) in (1..inside.height).zip(spreads) {
        let mut pen = Pen::line(buffer, inside, y);
        if values.is_empty() && overview.looked < all {
            pen.put(&format!(" {name}  …"), theme.dim);
            continue;
        }
        spread(name, values, write, look, &mut pen);
    }
}

/// Sum, middle and extremes, and the values as a sparkline from the least to the greatest.
fn spread(name: &str, values: &Spread, write: fn(f64) -> String, look: &Look, pen: &mut Pen<'_>) {
    const STEPS: usize = 24;
    let theme = &look.theme;
    pen.put_padded(&format!(" {name}"), 11, theme.key);
    if values.is_empty() {
        pen.put("not known of any", theme.dim);
        return;
    }
    pen.put_padded(&format!("{} in all", write(values.sum())), 17, theme.title);
    let is_wide = pen.room() >= STEPS + 68;
    let steps = match is_wide {
        true => STEPS,
        false => pen.room().saturating_sub(40).min(STEPS),
    };
    if steps >= 8 {
        let histogram = values.histogram(steps);
        let most = histogram.iter().max().copied().unwrap_or(1).max(1);
        let sparks: String = histogram
            .iter()
            .map(|count| match count {
                0 => " ",
                count => look.symbols.sparks[(count * 7).div_ceil(most).min(7)],
            })
            .collect();
        let least = write(values.at(0.0));
        pen.put_padded("", 9usize.saturating_sub(display::width(&least)), theme.dim);
        pen.put(&least, theme.dim).put(" ", theme.dim);
        pen.put(&sparks, theme.accent).put(" ", theme.dim);
        pen.put_padded(&write(values.at(1.0)), 11, theme.dim);
    }
    pen.put("median ", theme.dim);
    pen.put_padded(&write(values.at(0.5)), 10, theme.text);
    if is_wide {
        pen.put("p95 ", theme.dim);
        pen.put_padded(&write(values.at(0.95)), 10, theme.text);
        pen.put(&format!("{} have one", values.len()), theme.dim);
    }
}

fn bars(overview: &Overview, look: &Look, window: u16, below: Rect, buffer: &mut Buffer) {
    let columns = Overview::columns(window);
    scroll_mark(
        buffer,
        below,
        look,
        overview.lines(columns),
        overview.cursor.offset,
    );
    let width = below.width / u16::try_from(columns).unwrap_or(1);
    let most = overview.rows.iter().map(|row| match row {
        Row::Bar { count, .. } => *count,
        _ => 0,
    });
    let most = most.max().unwrap_or(1).max(1);
    let labels = overview.rows.iter().map(|row| match row {
        Row::Bar { label, .. } => display::width(label),
        _ => 0,
    });
    let label = labels.max().unwrap_or(0).min(usize::from(width / 2));
    let places = overview.places(columns);
    for (index, (row, (column, line))) in overview.rows.iter().zip(places).enumerate() {
        let Some(y) = line.checked_sub(overview.cursor.offset) else {
            continue;
        };
        let y = u16::try_from(y).unwrap_or(u16::MAX);
        if y >= below.height {
            continue;
        }
        let area = Rect {
            x: below.x + width * u16::try_from(column).unwrap_or(0),
            width,
            ..below
        };
        let is_cursor = index == overview.cursor.row;
        draw_row(row, is_cursor, most, label, look, area, y, buffer);
    }
}

#[expect(clippy::too_many_arguments, reason = "one row's place and measures")]
fn draw_row(
    row: &Row,
    is_cursor: bool,
    most: usize,
    label_width: usize,
    look: &Look,
    area: Rect,
    y: u16,
    buffer: &mut Buffer,
) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let mut pen = Pen::line(buffer, area, y);
    match row {
        Row::Blank => {}
        Row::Heading(title) => {
            pen.put(" ", theme.text).put(title, theme.title);
        }
        Row::More(count, _) => {
            let own = if is_cursor { theme.cursor } else { theme.dim };
            pen.put(if is_cursor { symbols.cursor } else { " " }, theme.accent);
            pen.put(&format!("  … and {count} more"), own);
        }
        Row::Bar {
            label,
            count,
            severity,
            ..
        } => {
            // The bar itself is left alone: turned round, it would be a hole.
            let own = |style| if is_cursor { theme.cursor } else { style };
            pen.put(if is_cursor { symbols.cursor } else { " " }, theme.accent);
            let (symbol, style) = match severity {
                Some(Severity::Error) => (symbols.error, theme.error),
                Some(Severity::Warning) => (symbols.warning, theme.warning),
                Some(Severity::Info) => (symbols.info, theme.dim),
                None => (" ", theme.text),
            };
            pen.put(symbol, own(style)).put(" ", own(theme.text));
            pen.put_padded(label, label_width, own(theme.text))
                .put(" ", theme.text);
            let number = count.to_string();
            let room = pen.room().saturating_sub(number.len() + 3);
            let style = severity.map_or(theme.accent, |_| style);
            pen.put(&bar(*count, most, room, &symbols.bars), style);
            pen.put(" ", theme.text).put(&number, own(theme.text));
        }
    }
}

/// A bar in eighths of a column; what is there at all shows.
fn bar(count: usize, most: usize, room: usize, symbols: &[&str; 8]) -> String {
    let eighths = (count * room * 8).div_ceil(most).max(1);
    let (full, rest) = (eighths / 8, eighths % 8);
    let mut out = symbols[7].repeat(full);
    if let Some(part) = rest.checked_sub(1).filter(|_| room > 0) {
        out.push_str(symbols[part]);
    }
    out
}

fn money(value: f64) -> String {
    match value {
        _ if value >= 10.0 => format!("${value:.2}"),
        _ if value >= 0.01 => format!("${value:.4}"),
        _ if value == 0.0 => "$0".to_owned(),
        _ => format!("${value:.6}"),
    }
}

fn amount(value: f64) -> String {
    match value {
        _ if value >= 10_000_000.0 => format!("{:.1}M", value / 1e6),
        _ if value >= 10_000.0 => format!("{:.1}k", value / 1e3),
        _ => format!("{value:.0}"),
    }
}

fn time(millis: f64) -> String {
    match millis {
        _ if millis >= 3_600_000.0 => format!("{:.1} h", millis / 3.6e6),
        _ if millis >= 120_000.0 => format!("{:.1} min", millis / 6e4),
        _ if millis >= 1000.0 => format!("{:.1} s", millis / 1e3),
        _ => format!("{millis:.0} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::ui::theme::Symbols;

    #[test]
    fn bars_are_in_proportion() {
        let check = |count, most, room, expected: &str| {
            assert_eq!(bar(count, most, room, &Symbols::unicode().bars), expected);
        };
        check(8, 8, 4, "████");
        check(4, 8, 4, "██");
        check(1, 1000, 4, "▏");
        check(3, 8, 4, "█▌");
        check(0, 8, 0, "");
    }
}
