//! The list of completions, with what deserves a look.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::inspector::library::filter::HELP;
use crate::inspector::library::listing::Sort;
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::rows::Rows;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Model, Pane};
use crate::mapping::Severity;

/// Columns that the marks at a row's end and the cursor's sign may take.
const MARKS: usize = 9;

/// Columns from which on more than the name is shown.
const WIDE: usize = 56;

/// Draws the list into an area, its frame included.
pub(super) fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let focused = model.focus == Pane::List;
    let count = model.library.len();
    let listed = model.listed();
    let is_filtered = !model.listing.filter.is_empty();
    let (place, style) = match count {
        0 => (String::new(), theme.dim),
        count if is_filtered => (format!(" {listed}/{count}"), theme.edited),
        count => (format!(" {}/{count}", model.list.row + 1), theme.dim),
    };
    let unseen = model.traffic.as_ref().map_or(0, |traffic| traffic.unseen);
    let (place, style) = match unseen {
        0 => (place, style),
        unseen => (format!("{place} · {unseen} new"), theme.accent),
    };
    let title = [("Completions", theme.title), (place.as_str(), style)];
    frame(buffer, area, look, focused, &title, &foot(model, area));
    let inside = inner(area);
    if count == 0 {
        let words = match model.loading {
            Some(_) => ["reading…", "", ""],
            None if model.traffic.is_some() => [
                "No call yet.",
                "Each call to OpenRouter",
                "appears as it happens.",
            ],
            None => [
                "No completions.",
                "Pass a file, a folder",
                "or - on the command line.",
            ],
        };
        for (y, line) in (0..inside.height).zip(words) {
            Pen::line(buffer, inside, y).put(line, theme.dim);
        }
        return;
    }
    if listed == 0 {
        nothing(model, look, inside, buffer);
        return;
    }
    let over = match focused {
        true => Some(theme.cursor),
        false => Some(theme.cursor_elsewhere).filter(|style| style.bg.is_some()),
    };
    let rows = Rows {
        inside,
        cursor: &model.list,
        count: listed,
        over,
    };
    rows.draw(look, buffer, |row, is_cursor, pen| {
        if let Some(index) = model.listing.entry(row) {
            draw_row(model, index, is_cursor, look, pen);
        }
    });
}

fn draw_row(model: &Model, index: usize, is_cursor: bool, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let width = pen.room() + 1;
    let summary = model.library.entry(index).and_then(|entry| entry.summary());
    let Some(summary) = summary else {
        pen.put("…", theme.dim);
        return;
    };
    if !summary.has_event {
        let (symbol, style) = match summary.severity {
            Some(Severity::Error) => (look.symbols.error, theme.error),
            _ => (look.symbols.none, theme.dim),
        };
        pen.put_right(&format!(" {symbol} "), style);
    } else if summary.findings > 0 {
        let (symbol, style) = match summary.severity {
            Some(Severity::Error) => (look.symbols.error, theme.error),
            _ => (look.symbols.warning, theme.warning),
        };
        pen.put_right(&format!(" {symbol}{} ", summary.findings), style);
    }
    if !summary.facts.went.is_empty() {
        let style = match summary.facts.went.starts_with(['w', 's']) {
            true => theme.accent,
            false => theme.warning,
        };
        let room = width * 2 / 5;
        pen.put_right(
            &format!(" {}", display::clip(&summary.facts.went, room)),
            style,
        );
    }
    if model.listing.marked.contains(&index) {
        pen.put_right(&format!(" {}", look.symbols.marked), theme.accent);
    }
    if summary.edited {
        pen.put_right(&format!(" {}", look.symbols.edited), theme.edited);
    }
    let style = match (is_cursor, summary.has_event) {
        (true, _) => theme.cursor_elsewhere,
        (false, true) => theme.text,
        (false, false) => theme.dim,
    };
    // The same columns in each row, whatever marks stand at its end.
    let room = width.saturating_sub(MARKS);
    if room < WIDE {
        let room = pen.room().saturating_sub(1);
        pen.put(&display::clip_middle(&summary.name, room), style);
        return;
    }
    // Where there is room, what tells completions apart.
    let name = display::clip_middle(&summary.name, room * 2 / 5);
    pen.put_padded(&name, room * 2 / 5, style)
        .put("  ", theme.text);
    pen.put_padded(&summary.model, room / 3, theme.dim)
        .put("  ", theme.text);
    pen.put(&summary.user, theme.dim);
}

/// What narrows the list, or how far it was looked at.
fn foot(model: &Model, area: Rect) -> String {
    let listing = &model.listing;
    let room = usize::from(area.width).saturating_sub(4);
    if let Some(looked) = listing.progress(&model.library) {
        return format!("looked at {looked} …");
    }
    let traffic = model.traffic.as_ref().filter(|traffic| traffic.let_go > 0);
    if let Some(traffic) = traffic.filter(|_| !listing.is_narrowed()) {
        let count = traffic.let_go;
        let says = match &traffic.recording {
            Some(file) => format!("{count} older in {file}"),
            None => format!("{count} older let go"),
        };
        return display::clip(&says, room);
    }
    let sort = match listing.sort {
        Sort::Loaded => "",
        sort => sort.says(),
    };
    match (listing.filter.text().trim(), sort) {
        ("", sort) => sort.to_owned(),
        (filter, "") => display::clip(filter, room),
        (filter, sort) => display::clip(&format!("{filter} · {sort}"), room),
    }
}

/// The list is empty because nothing fits the filter, or nothing does yet.
fn nothing(model: &Model, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let width = usize::from(inside.width.saturating_sub(2));
    let text = match model.listing.progress(&model.library) {
        Some(_) => "looking…".to_owned(),
        None => format!(
            "Nothing fits \"{}\".\n\nEsc shows all again. One may filter by {HELP}.",
            model.listing.filter.text()
        ),
    };
    for (y, line) in (0..inside.height).zip(display::wrap(&text, width)) {
        Pen::line(buffer, inside, y)
            .skip(1)
            .put(&text[line], look.theme.dim);
    }
}
