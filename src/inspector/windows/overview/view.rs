//! The overview: counts and spreads above, bars by group below, in two columns where there is room.

use crate::display;
use crate::inspector::Model;
use crate::inspector::ui::marks::{amount, duration, money};
use crate::inspector::ui::pen::Pen;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::view::View;
use crate::inspector::windows::overview::{Distribution, Overview, Row, Totals};
use crate::inspector::windows::problems::problems_in_words;
use crate::mapping::Severity;

/// What the overview shows.
pub fn of<'a>(overview: &'a Overview, model: &'a Model, look: &'a Look) -> View<'a> {
    let spreads = [
        ("cost", &overview.cost, money as fn(f64) -> String),
        ("tokens", &overview.tokens, amount),
        ("duration", &overview.duration, duration),
    ];
    let is_looking = overview.looked < model.library.len();
    let mut view = View::new("Overview")
        .subtitle(model.listing.filter.text().trim())
        .head(move |pen| counts(overview, model, look, pen));
    for (name, values, write) in spreads {
        view = view.head(move |pen| match values.is_empty() && is_looking {
            true => {
                pen.put(&format!(" {name}  …"), look.theme.dim);
            }
            false => spread(name, values, write, look, pen),
        });
    }
    let columns = Overview::columns(model.window_size().0);
    let bars = Bars::of(overview, columns);
    let places = overview.places(columns);
    let line = places.get(overview.cursor.row).map_or(0, |(_, line)| *line);
    let (lines, count) = (overview.lines(columns), overview.rows.len());
    view.head(|_| {})
        .scrolling(overview.cursor, lines, move |at, pen| {
            for column in 0..columns {
                let here = places.iter().position(|place| *place == (column, at));
                if let Some(index) = here {
                    bars.draw(overview, index, column, look, pen);
                }
            }
        })
        .items(count, line..line + 1)
}

/// How many completions there are, and how many of them make an event.
fn counts(overview: &Overview, model: &Model, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
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
        &format!(
            "   {events} event{}   {without} without an event",
            plural(events)
        ),
        theme.text,
    );
    // Of what a filter leaves, nothing is known that could not be read.
    let problems = model.library.problems.len();
    let says = problems_in_words(problems, model.library.skipped());
    if let Some(says) = says.filter(|_| model.listing.filter.is_empty()) {
        pen.put(&format!("   {says}"), theme.warning);
    }
}

/// Sum, middle and extremes, and the values as a sparkline from the least to the greatest.
fn spread(
    name: &str,
    values: &Distribution,
    write: fn(f64) -> String,
    look: &Look,
    pen: &mut Pen<'_>,
) {
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
        pen.put(&format!("of {}", values.len()), theme.dim);
    }
}

/// What all bars have in common.
struct Bars {
    columns: usize,
    /// The longest bar's count.
    most: usize,
    /// Columns of the labels.
    label: usize,
}

impl Bars {
    fn of(overview: &Overview, columns: usize) -> Bars {
        let most = overview.rows.iter().map(|row| match row {
            Row::Bar { count, .. } => *count,
            _ => 0,
        });
        let labels = overview.rows.iter().map(|row| match row {
            Row::Bar { label, .. } => display::width(label),
            _ => 0,
        });
        Bars {
            columns,
            most: most.max().unwrap_or(1).max(1),
            label: labels.max().unwrap_or(0),
        }
    }

    fn draw(
        &self,
        overview: &Overview,
        index: usize,
        column: usize,
        look: &Look,
        pen: &mut Pen<'_>,
    ) {
        let width = pen.room() / self.columns;
        let label = self.label.min(width / 2);
        let to_u16 = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let mut pen = pen.part(to_u16(column * width), to_u16(width));
        let is_cursor = index == overview.cursor.row;
        draw_row(
            &overview.rows[index],
            is_cursor,
            self.most,
            label,
            look,
            &mut pen,
        );
    }
}

fn draw_row(
    row: &Row,
    is_cursor: bool,
    most: usize,
    label_width: usize,
    look: &Look,
    pen: &mut Pen<'_>,
) {
    let (symbols, theme) = (&look.symbols, &look.theme);
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
            totals,
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
            // Of a session, what its calls come to tells more than a bar.
            if let Some(totals) = totals {
                let says = totals_in_words(*count, totals);
                pen.put(&says, own(theme.text));
                return;
            }
            let room = pen.room().saturating_sub(number.len() + 3);
            let style = severity.map_or(theme.accent, |_| style);
            pen.put(&bar(*count, most, room, &symbols.bars), style);
            pen.put(" ", theme.text).put(&number, own(theme.text));
        }
    }
}

/// How many calls a session has, and what they cost and took together.
fn totals_in_words(count: usize, totals: &Totals) -> String {
    let mut says = match count {
        1 => "1 call".to_owned(),
        count => format!("{count} calls"),
    };
    let tokens = totals
        .tokens
        .map(|tokens| format!("{} tokens", amount(tokens)));
    let parts = [
        totals.cost.map(money),
        tokens,
        totals.duration.map(duration),
    ];
    for part in parts.into_iter().flatten() {
        says.push_str(" · ");
        says.push_str(&part);
    }
    says
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::ui::symbols::Symbols;

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
