//! The Raindrop event as a tree, each row with where it came from; below it the findings.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::findings::{FindingLine, finding_lines};
use crate::display;
use crate::event::wire::Route;
use crate::inspector::current::rows::EventRow;
use crate::inspector::current::{Change, Current};
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::marks::{bytes, finding_code};
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::rows::Rows;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value;
use crate::inspector::{Command, Layout, Model, Pane};
use crate::mapping::Outcome;

/// Draws the pane with its findings.
pub fn draw(model: &Model, look: &Look, layout: &Layout, buffer: &mut Buffer) {
    let area = layout.pane(Pane::Event);
    let theme = &look.theme;
    let focused = model.focus == Pane::Event;
    let Some(current) = &model.current else {
        frame(
            buffer,
            area,
            look,
            focused,
            &[("Raindrop event", theme.title)],
            "",
        );
        return;
    };
    let event = match &current.mapped.outcome {
        Outcome::Event(event) => event,
        Outcome::NoEvent(none) => {
            frame(
                buffer,
                area,
                look,
                focused,
                &[("No event", theme.title)],
                "",
            );
            let inside = inner(area);
            let text = if none.is_certain() {
                format!(
                    "OpenRouter broadcasts nothing for this one.\n\n{}",
                    none.says
                )
            } else {
                format!("No event can be made of this one.\n\n{}", none.says)
            };
            let lines = display::wrap(&text, usize::from(inside.width.saturating_sub(2)));
            for (y, line) in (0..inside.height).zip(lines) {
                Pen::line(buffer, inside, y)
                    .skip(1)
                    .put(&text[line], theme.text);
            }
            return;
        }
    };
    let route = Route::of(model.options().apply(event));
    let posted = format!(" POST {}", route.path());
    let rule = format!(" {}{}", look.symbols.line, look.symbols.line);
    let whole = "Raindrop event";
    let unlisted = if model.is_unlisted() {
        " · not listed"
    } else {
        ""
    };
    let fits = display::width(whole)
        + unlisted.len()
        + display::width(&rule)
        + display::width(&posted)
        + 2
        <= usize::from(area.width.saturating_sub(2));
    let title = [
        (if fits { whole } else { "Event" }, theme.title),
        (unlisted, theme.warning),
        (rule.as_str(), theme.border),
        (posted.as_str(), theme.accent),
    ];
    let size = format!("body {}", bytes(current.sizes[model.privacy as usize]));
    frame(buffer, area, look, focused, &title, &size);
    let inside = layout.inner(Pane::Event);
    rows(model, current, look, inside, buffer);
    findings(model, look, layout.findings, buffer);
}

fn rows(model: &Model, current: &Current, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let focused = model.focus == Pane::Event;
    let lit = match model.focus {
        Pane::Completion => current.lit_event(model.privacy),
        _ => Vec::new(),
    };
    let column = key_column(current.event.rows(), usize::from(inside.width));
    let rows = Rows {
        inside,
        cursor: &current.event.cursor,
        count: current.event.rows().len(),
        over: focused.then_some(theme.cursor),
    };
    rows.draw(look, buffer, |index, _, pen| {
        let row = &current.event.rows()[index];
        draw_row(current, row, lit.contains(&row.pointer), column, look, pen);
    });
}

/// The column in which values begin: as wide as the longest key, but not wider than a third.
fn key_column(rows: &[EventRow], width: usize) -> usize {
    let widest = rows
        .iter()
        .filter(|row| row.value.is_some())
        .map(|row| row.depth * 2 + display::width(&row.key))
        .max();
    widest.unwrap_or(0).min(width / 2).max(10)
}

/// What stands in place of a value that the real event has and that cannot be known from here.
const UNKNOWN: &str = "unknown";

fn draw_row(
    current: &Current,
    row: &EventRow,
    is_lit: bool,
    column: usize,
    look: &Look,
    pen: &mut Pen<'_>,
) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let touch = current.change(row);
    let leaks = current.leaks_in_event(row);
    let (sign, sign_style) = match touch {
        _ if leaks => (symbols.error, theme.error),
        _ if is_lit => (symbols.lit, theme.accent),
        Change::Same if row.unknown.is_some() => (symbols.unknown, theme.warning),
        Change::Same => (" ", theme.text),
        Change::Added => (symbols.added, theme.edited),
        Change::Changed => (symbols.changed, theme.edited),
    };
    let fold = match (row.children > 0, current.is_event_closed(&row.pointer)) {
        (false, _) => " ",
        (true, true) => symbols.closed,
        (true, false) => symbols.open,
    };
    pen.put(sign, sign_style)
        .skip(row.depth * 2)
        .put(fold, theme.dim)
        .put(" ", theme.text);
    let key_style = match (is_lit, row.value.is_some()) {
        (true, _) => theme.lit,
        (false, _) if row.unknown.is_some() => theme.dim,
        (false, true) => theme.key,
        (false, false) => theme.title,
    };
    if row.unknown.is_some() {
        // Their names are long: the column of the values goes by those that there are.
        let room = pen.room().saturating_sub(UNKNOWN.len() + 2);
        pen.put_within(&row.key, room, key_style)
            .put("  ", theme.text)
            .put(UNKNOWN, theme.warning);
        return;
    }
    let Some(text) = &row.value else {
        pen.put(&row.key, key_style)
            .put(&format!("  {}", row.children), theme.dim);
        return;
    };
    let own = column
        .saturating_sub(row.depth * 2)
        .max(display::width(&row.key).min(24));
    // The key alone is lit: that is seen as well as the whole row, and is fewer bytes a move.
    let key = display::clip(&row.key, own);
    pen.put(&key, key_style)
        .skip(own.saturating_sub(display::width(&key)) + 2);
    source_label(current, row, look, pen);
    let style = match touch {
        _ if leaks => theme.error,
        Change::Same => value::style(theme, text.kind()),
        Change::Added | Change::Changed => theme.edited,
    };
    pen.put(&value::plain(text), style);
}

/// Where the value came from, in short, at the right end where there is room.
fn source_label(current: &Current, row: &EventRow, look: &Look, pen: &mut Pen<'_>) {
    const ROOM: usize = 34;
    if pen.room() < ROOM {
        return;
    }
    let Some(source) = current.sources_of(row).into_iter().next() else {
        return;
    };
    let short = source
        .trim_start_matches("/request/")
        .trim_start_matches("/response/")
        .trim_start_matches('/')
        .replace("choices/0/", "")
        .replace('/', ".");
    let most = pen.room() / 2;
    let short = match display::width(&short) > most {
        true => short.rsplit('.').next().unwrap_or_default().to_owned(),
        false => short,
    };
    let text = format!(" {} {}", look.symbols.from, display::clip(&short, most));
    pen.put_right(&text, look.theme.dim);
}

/// The findings, the worst first.
fn findings(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &look.theme;
    let all = model.found();
    let mut pen = Pen::line(buffer, area, 0);
    let title = format!(" Findings {} ", all.len());
    pen.put(look.symbols.line, theme.border)
        .put(&title, theme.title);
    let rest = look.symbols.line.repeat(pen.room());
    pen.put(&rest, theme.border);
    let room = usize::from(area.height) - 1;
    let lines = finding_lines(all.iter().copied(), area.width, room);
    for (y, line) in (1..area.height).zip(&lines) {
        let mut pen = Pen::line(buffer, area, y);
        if usize::from(y) == room && lines.len() > room {
            let key = model.keymap.shown(Command::Findings);
            pen.put(&format!("   … {key}: the rest"), theme.dim);
            break;
        }
        pen.put(" ", theme.text);
        match line {
            FindingLine::Code(finding) => finding_code(finding, look, &mut pen),
            FindingLine::Help(text) => {
                pen.put("  ", theme.text).put(text, theme.text);
            }
        }
    }
}
