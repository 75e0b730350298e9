//! The list of completions, with what deserves a look.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::columns::{Columns, Kind};
use crate::display;
use crate::inspector::library::filter::HELP;
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::rows::Rows;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Command, Model, Pane};
use crate::mapping::Severity;

/// Columns that the marks at a row's end and the cursor's sign may take.
const MARKS: usize = 9;

/// Columns of a place that stands beside a title even where there is little room.
const SHORT_PLACE: usize = 7;

/// Draws the list into an area, its frame included.
pub(super) fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let focused = model.focus == Pane::List;
    let count = model.library.len();
    let listed = model.listed();
    let is_filtered = !model.listing.filter.is_empty();
    let (place, style) = match count {
        0 => (String::new(), theme.dim),
        count if is_filtered => (format!(" {listed} of {count}"), theme.edited),
        count => (format!(" {}/{count}", model.list.row + 1), theme.dim),
    };
    let unseen = model.traffic.as_ref().map_or(0, |traffic| traffic.unseen);
    let (place, style) = match unseen {
        0 => (place, style),
        unseen => (format!("{place} · {unseen} new"), theme.accent),
    };
    let order = model.listing.order_in_words();
    // It is put in order once all were looked at.
    let order = match model.listing.progress(&model.library) {
        Some(_) if order.is_some() => Some("sorting …"),
        _ => order,
    };
    let order = order.map_or_else(String::new, |order| {
        // `first` is what the frame has no room for.
        let order = order.trim_end_matches(" first");
        format!(" · {}", order.replace(", reversed", " ↓"))
    });
    // The order goes before the long word for what is listed, and is not cut.
    let fits = |name: &str, order: &str| {
        let needed = name.len() + display::width(&place) + display::width(order) + 4;
        needed <= usize::from(area.width)
    };
    let (name, order) = match () {
        () if fits("Completions", &order) => ("Completions", order),
        () if fits("List", &order) || order.is_empty() => ("List", order),
        () if fits("Completions", "") => ("Completions", String::new()),
        () => ("List", String::new()),
    };
    let title = [
        (name, theme.title),
        (place.as_str(), style),
        (order.as_str(), theme.accent),
    ];
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
            None if !model.gone.is_empty() => ["Gone; read again once", "it is there again.", ""],
            None => [
                "No completions.",
                "Paste one here, or open",
                "a file (:open PATH).",
            ],
        };
        for (y, line) in (0..inside.height).zip(words) {
            Pen::line(buffer, inside, y).skip(1).put(line, theme.dim);
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
        spread: None,
    };
    let room = usize::from(inside.width).saturating_sub(MARKS);
    let columns = Columns::of(room, model.listing.sort);
    rows.draw(look, buffer, |row, is_cursor, pen| {
        if let Some(index) = model.listing.entry(row) {
            draw_row(model, index, is_cursor, &columns, look, pen);
        }
    });
}

/// Columns of a row besides its title, how a call goes and its findings.
const ENDS: usize = 3;

/// Columns of a row from which warnings stand beside errors.
const ROOM_FOR_BOTH: usize = 46;

fn draw_row(
    model: &Model,
    index: usize,
    is_cursor: bool,
    columns: &Columns,
    look: &Look,
    pen: &mut Pen<'_>,
) {
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
        // The cross counts errors alone.
        let warnings = summary.findings - summary.errors;
        if warnings > 0 && (summary.errors == 0 || width >= ROOM_FOR_BOTH) {
            let says = format!(" {}{warnings} ", look.symbols.warning);
            pen.put_right(&says, theme.warning);
        }
        if summary.errors > 0 {
            let end = if warnings > 0 && width >= ROOM_FOR_BOTH {
                ""
            } else {
                " "
            };
            let says = format!(" {}{}{end}", look.symbols.error, summary.errors);
            pen.put_right(&says, theme.error);
        }
    }
    if !summary.facts.went.is_empty() {
        let style = match summary.facts.went.starts_with(['w', 's']) {
            true => theme.accent,
            false => theme.warning,
        };
        let room = width * 2 / 5;
        let went = summary.facts.went.as_str();
        // Its status comes before what it repeats.
        let went = match display::width(went) <= room {
            true => went,
            false => went.split(", ").next().unwrap_or_default(),
        };
        // Beside a title that would be cut, a sign or a short word does: the words of a call tell it from the others.
        let is_cut = columns.is_empty()
            && display::width(&summary.title) + display::width(went) + ENDS > pen.room();
        let went = match went {
            "streaming" | "waiting" if is_cut => "…",
            "cancelled" | "broken off" if is_cut => "cut",
            went => went,
        };
        let gap = if summary.has_event && summary.findings == 0 {
            " "
        } else {
            ""
        };
        pen.put_right(&format!(" {}{gap}", display::clip(went, room)), style);
    }
    if model.listing.marked.contains(&index) {
        pen.put_right(&format!(" {}", look.symbols.marked), theme.accent);
    }
    if summary.edited {
        pen.put_right(&format!(" {}", look.symbols.edited), theme.edited);
    }
    if pen.room() + 1 == width {
        // No mark stands at its end, and it touches the frame no more than those with one.
        pen.put_right(" ", theme.text);
    }
    let style = match (is_cursor, summary.has_event) {
        (true, _) => theme.cursor_elsewhere,
        (false, true) => theme.text,
        (false, false) => theme.dim,
    };
    let place = model.library.place_in_words(summary);
    let title = match (summary.title.as_str(), place.as_str()) {
        ("", "") => summary.name.as_str(),
        ("", place) => place,
        (title, _) => title,
    };
    // Sentences are told apart by their beginnings, names of files by their ends.
    let is_of_input = title != summary.name && title != place;
    let clipped = |columns: usize| match is_of_input {
        true => display::clip(title, columns),
        false if display::width(title) <= columns => title.to_owned(),
        false => display::clip_middle(&without_author(title), columns),
    };
    if columns.is_empty() {
        let room = match columns.is_tight() {
            true => SHORT_PLACE,
            false => pen.room() / 3,
        };
        // How a call goes comes before its number.
        let is_told = is_of_input && !place.is_empty() && summary.facts.went.is_empty();
        // A call is known by its time, whatever its number.
        let is_whole = display::width(title) + display::width(&place) + 2 <= pen.room();
        let has_room = match place.starts_with('#') && has_time(title) {
            true => is_whole,
            false => !columns.is_tight() || display::width(&place) <= room,
        };
        if is_told && has_room {
            let place = display::clip_middle(&place, room);
            pen.put_right(&format!(" {place}"), theme.dim);
        }
        let room = pen.room().saturating_sub(1);
        pen.put(&clipped(room), style);
        return;
    }
    // The same columns in each row, whatever marks stand at its end.
    pen.put_padded(&clipped(columns.title), columns.title, style);
    for (kind, width) in &columns.others {
        let text = match kind {
            Kind::Place => display::clip_middle(&place, *width),
            kind => kind.text(summary, *width),
        };
        let gap = " ".repeat(width.saturating_sub(display::width(&text)));
        let is_sorted = kind.is_of(model.listing.sort);
        let style = if is_sorted { theme.text } else { theme.dim };
        pen.put("  ", theme.text);
        match kind.is_number() {
            true => pen.put(&gap, style).put(&text, style),
            false => pen.put(&text, style).put(&gap, style),
        };
    }
}

/// Whether a title begins with the time of a call: `12:33:07 What time is it?`.
fn has_time(title: &str) -> bool {
    title
        .split_once(' ')
        .is_some_and(|(clock, _)| is_clock(clock))
}

fn is_clock(clock: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || byte == b':';
    clock.len() == 8 && clock.bytes().all(is_part)
}

/// The name of a captured call without whose model it is, which tells least of it: `12:33:07 gpt-4o-mini`.
fn without_author(name: &str) -> Cow<'_, str> {
    let of_call = name.split_once(' ').filter(|(clock, _)| is_clock(clock));
    match of_call.and_then(|(clock, model)| Some((clock, model.split_once('/')?.1))) {
        Some((clock, model)) => Cow::Owned(format!("{clock} {model}")),
        None => Cow::Borrowed(name),
    }
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
    display::clip(listing.filter.text().trim(), room)
}

/// The list is empty because nothing fits the filter, or nothing does yet.
fn nothing(model: &Model, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let width = usize::from(inside.width.saturating_sub(2));
    let text = match model.listing.progress(&model.library) {
        Some(_) => "looking…".to_owned(),
        None => {
            let leaves = match model.prompt {
                Some(_) => "Esc leaves the list as it was before.".to_owned(),
                None => format!("{} shows all again.", model.keymap.shown(Command::Close)),
            };
            let filter = &model.listing.filter;
            let why = match (filter.mistake(), filter.no_field()) {
                (Some(why), _) => format!(" {why}."),
                (None, Some(name)) => {
                    format!(" There is no field \"{name}\"; it was looked for as a word.")
                }
                (None, None) => String::new(),
            };
            format!(
                "Nothing fits \"{}\".{why}\n\n{leaves} You can filter by {HELP}.",
                filter.text()
            )
        }
    };
    for (y, line) in (0..inside.height).zip(display::wrap(&text, width)) {
        Pen::line(buffer, inside, y)
            .skip(1)
            .put(&text[line], look.theme.dim);
    }
}
