//! The Raindrop event as a tree, each row with where it came from; below it the findings.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::findings::{FindingLine, finding_lines};
use crate::display;
use crate::event::Section;
use crate::event::wire::Route;
use crate::inspector::current::rows::EventRow;
use crate::inspector::current::{Change, Current, EventRowText};
use crate::inspector::library::facts::UNANSWERED;
use crate::inspector::library::search::Pattern;
use crate::inspector::panes::found;
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::marks::{by_severity, bytes, finding_code};
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::rows::Rows;
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value;
use crate::inspector::{Command, Layout, Model, Pane};
use crate::json::pointer;
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
            let text = match is_unanswered(model, current) {
                true => {
                    let key = model.keymap.shown(Command::AskOpenRouter);
                    format!(
                        "{text}\n\n{key} makes the request through OpenRouter, for real; it asks first."
                    )
                }
                false => text,
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
    let (name, between, posted) = title(route.path(), "", area.width, look);
    let title = [
        (name, theme.title),
        (between.as_str(), theme.border),
        (posted.as_str(), theme.accent),
    ];
    let size = format!("body {}", bytes(current.sizes[model.privacy as usize]));
    frame(buffer, area, look, focused, &title, &size);
    let inside = layout.inner(Pane::Event);
    rows(model, current, look, inside, buffer);
    findings(model, look, layout.findings, buffer);
}

/// Whether it is a request that nothing has come of yet, such as a pasted curl command.
fn is_unanswered(model: &Model, current: &Current) -> bool {
    let entry = model.library.entry(current.index);
    let summary = entry.and_then(|entry| entry.summary());
    summary.is_some_and(|summary| summary.facts.went == UNANSWERED)
}

/// The pane's title as there is room for it: its name, what stands between, and where the event is posted to.
fn title(path: &str, unlisted: &str, width: u16, look: &Look) -> (&'static str, String, String) {
    let rule = format!(" {}{}", look.symbols.line, look.symbols.line);
    let short = path.trim_start_matches("/v1/");
    let made =
        |name, between: &str, path: &str| (name, between.to_owned(), format!(" POST {path}"));
    let all = [
        made("Raindrop event", &rule, path),
        made("Raindrop event", " ·", short),
        made("Event", &rule, path),
        made("Event", " ·", short),
    ];
    let room = usize::from(width).saturating_sub(4);
    // The form is the same with the longer route.
    let has_rule = room >= "Raindrop event -- POST /v1/events/track".len();
    let fits = |(name, between, posted): &(&str, String, String)| {
        let all = [*name, unlisted, between, posted];
        all.map(display::width).iter().sum::<usize>() <= room
    };
    let mut all = all.into_iter();
    let found = all.find(|title| (has_rule || title.1 != rule) && fits(title));
    found.unwrap_or(made("Event", " ·", short))
}

fn rows(model: &Model, current: &Current, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let focused = model.focus == Pane::Event;
    let lit = match model.focus {
        Pane::Completion => current.lit_event(model.privacy),
        _ => Vec::new(),
    };
    let rows = current.event.rows();
    let width = usize::from(inside.width);
    let gap = if width < ROOMY { 1 } else { 2 };
    let columns = [false, true].map(|is_property| key_column(current, is_property, width, gap));
    let is_wide = model.size.0 >= HINTED;
    let drawn = Rows {
        inside,
        cursor: &current.event.cursor,
        count: rows.len(),
        over: focused.then_some(theme.cursor),
        spread: model.spread(Pane::Event, inside.height),
    };
    let pattern = model.search.pattern();
    drawn.draw(look, buffer, |index, is_cursor, pen| {
        let row = &rows[index];
        let at = RowPlace {
            column: columns[usize::from(is_property(row))],
            gap,
            is_lit: lit.contains(&row.pointer),
            text: current.event_text(index),
            has_hint: is_wide || is_cursor,
            pattern: pattern.as_ref(),
        };
        draw_row(current, row, at, look, pen);
    });
}

/// Columns of the pane from which on there are two between key and value.
const ROOMY: usize = 42;

/// Columns of a screen from which on each row says where its value is from.
const HINTED: u16 = 100;

fn is_property(row: &EventRow) -> bool {
    pointer::is_within(&row.pointer, Section::Properties.pointer())
}

/// The column in which the values of the properties begin, or those of all else: behind the longest key that leaves
/// most values their room. It goes by the keys alone, which differ little, so it is the same from completion to
/// completion.
fn key_column(current: &Current, of_properties: bool, width: usize, gap: usize) -> usize {
    let most = width.saturating_sub(SIGNS + gap + VALUE);
    let rows = current.event.rows().iter().enumerate();
    let own = rows.filter(|(_, row)| row.value.is_some() && is_property(row) == of_properties);
    let keys = own.filter_map(|(index, row)| Some(row.depth * 2 + current.event_text(index)?.key));
    keys.filter(|key| *key <= most).max().unwrap_or(0)
}

/// Columns that a value has at least beside all but the longest keys.
const VALUE: usize = 18;

/// Columns before the key of a row that is in no container: the cursor's sign, the row's own, a gap.
const SIGNS: usize = 3;

/// What stands in place of a value that the real event has and that cannot be known from here.
const UNKNOWN: &str = "unknown";

/// What is said of a value that privacy mode keeps back.
const KEPT_BACK: &str = "  kept back";

/// How a row is drawn.
#[derive(Clone, Copy)]
struct RowPlace<'t> {
    /// Where its value begins, unless its key is longer.
    column: usize,
    /// Columns between key and value.
    gap: usize,
    /// Whether it belongs to what the cursor of the completion is on.
    is_lit: bool,
    /// What is drawn of it.
    text: Option<&'t EventRowText>,
    /// Whether it says at its end where its value is from.
    has_hint: bool,
    /// What is searched for.
    pattern: Option<&'t Pattern>,
}

fn draw_row(
    current: &Current,
    row: &EventRow,
    place: RowPlace<'_>,
    look: &Look,
    pen: &mut Pen<'_>,
) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let is_lit = place.is_lit;
    let touch = current.change(row);
    let leaks = current.leaks_in_event(row);
    let (sign, sign_style) = match touch {
        _ if leaks => (symbols.error, theme.error),
        _ if is_lit => (symbols.lit, theme.accent),
        _ if row.is_kept_back => (symbols.removed, theme.error),
        Change::Same if row.unknown.is_some() => (symbols.unknown, theme.warning),
        Change::Same => (" ", theme.text),
        Change::Added => (symbols.added, theme.edited),
        Change::Changed => (symbols.changed, theme.edited),
    };
    let is_container = row.children > 0;
    // What has nothing to open has its sign where others have theirs for opening.
    let (first, first_style) = match (is_container, current.is_event_closed(&row.pointer)) {
        (false, _) => (sign, sign_style),
        (true, true) => (symbols.closed, theme.dim),
        (true, false) => (symbols.open, theme.dim),
    };
    pen.skip(row.depth * 2)
        .put(first, first_style)
        .put(" ", theme.text);
    let key_style = match (is_lit, row.value.is_some()) {
        (true, _) => theme.lit,
        (false, _) if row.is_kept_back => theme.removed,
        (false, _) if row.unknown.is_some() => theme.dim,
        (false, true) => theme.key,
        (false, false) => theme.title,
    };
    if row.unknown.is_some() {
        // Their names are long: the column of the values goes by those that there are.
        let room = pen.room().saturating_sub(UNKNOWN.len() + 2);
        pen.put(&display::clip_middle(&row.key, room), key_style)
            .put("  ", theme.text)
            .put(UNKNOWN, theme.warning);
        return;
    }
    let Some(text) = &row.value else {
        pen.put(&row.key, key_style)
            .put(&format!("  {}", row.children), theme.dim);
        if row.is_kept_back {
            pen.put_right(KEPT_BACK, theme.warning);
        } else if is_container {
            pen.put(&format!("  {sign}"), sign_style);
        }
        return;
    };
    let own = place.column.saturating_sub(row.depth * 2);
    // A key has what room a short value leaves, else not all of the row.
    let left = place.text.map(|text| text.value + place.gap);
    let left = left.map_or(0, |taken| pen.room().saturating_sub(taken));
    let most = own.max(pen.room() * 3 / 5).max(left);
    // The key alone is lit: that is seen as well as the whole row, and is fewer bytes a move.
    let key = display::clip_middle(&row.key, most);
    let key_width = display::width(&key);
    pen.put(&key, key_style);
    pen.skip(own.saturating_sub(key_width) + place.gap);
    let shown = place.text.map_or("", |text| text.shown.as_str());
    if row.is_kept_back {
        // Not every terminal strikes through, so it is said in words, too.
        pen.put_right(KEPT_BACK, theme.warning);
        pen.put(shown, theme.removed);
        return;
    }
    let room = pen.room();
    let hinted = place.text.filter(|_| place.has_hint);
    if let Some((text, hint)) = hinted.and_then(|text| Some((text, source_hint(text, room)?))) {
        // On a very wide pane it stays where the eye still joins the two.
        let needed = text.value + SIGN + display::width(hint);
        let beyond = " ".repeat(room.saturating_sub(needed.max(HINT_WITHIN)));
        pen.put_right(&format!(" {} {hint}{beyond}", look.symbols.from), theme.dim);
    }
    let style = match touch {
        _ if leaks => theme.error,
        Change::Same => value::style(theme, text.kind()),
        Change::Added | Change::Changed => theme.edited,
    };
    let longer = || text.preview(found::SEARCHED).into_owned();
    found::put(shown, longer, place.pattern, [style, theme.lit], pen);
}

/// Columns from where a value begins within which its hint ends, unless the value is longer.
const HINT_WITHIN: usize = 80;

/// Columns before a hint: its sign between two spaces.
const SIGN: usize = 3;

/// Where the value came from, in short, where the value leaves room for it.
fn source_hint(text: &EventRowText, room: usize) -> Option<&str> {
    let path = text.source.as_str();
    let last = path.rsplit('.').next().unwrap_or_default();
    let fits = |hint: &&str| text.value + SIGN + display::width(hint) <= room;
    let mut hints = [path, last].into_iter();
    hints.find(fits).filter(|hint| !hint.is_empty())
}

/// The findings, the worst first.
fn findings(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &look.theme;
    let all = model.found();
    let mut pen = Pen::line(buffer, area, 0);
    let title = format!(" Findings · {} ", by_severity(&all));
    pen.put(look.symbols.line, theme.border)
        .put(&title, theme.title);
    let rest = look.symbols.line.repeat(pen.room());
    pen.put(&rest, theme.border);
    let room = usize::from(area.height) - 1;
    let lines = finding_lines(all.iter().copied(), area.width, room);
    // Where there are more, it ends with a whole finding, if one fits.
    let begins = |at: &usize| matches!(lines.get(*at), Some(FindingLine::Code(_)));
    let shown = match lines.len() > room {
        true => (1..room)
            .rev()
            .find(begins)
            .unwrap_or(room.saturating_sub(1)),
        false => lines.len(),
    };
    for (y, (at, line)) in (1..area.height).zip(lines.iter().enumerate()) {
        let mut pen = Pen::line(buffer, area, y);
        if at == shown {
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
