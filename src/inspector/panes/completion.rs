//! The completion as a tree; each leaf's mark says whether it arrives.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::display;
use crate::inspector::current::Current;
use crate::inspector::current::rows::SourceRow;
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::pen::{Pen, frame, scroll_mark};
use crate::inspector::ui::theme::Look;
use crate::inspector::ui::value;
use crate::inspector::{Model, Pane};
use crate::json::{Kind, Value};
use crate::mapping::Fate;

/// Draws the pane into an area, its frame included.
pub fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let focused = model.focus == Pane::Source;
    let Some(current) = &model.current else {
        frame(
            buffer,
            area,
            look,
            focused,
            &[("Completion", theme.title)],
            "",
        );
        empty(model, look, inner(area), buffer);
        return;
    };
    let completion = &current.completion;
    let how = match &completion.stream {
        Some(stream) => format!(
            " · {} · stream of {} chunks",
            completion.api.name(),
            stream.chunks
        ),
        None => format!(" · {}", completion.api.name()),
    };
    let unlisted = if model.is_unlisted() {
        " · not listed"
    } else {
        ""
    };
    let title = [
        ("Completion", theme.title),
        (unlisted, theme.warning),
        (how.as_str(), theme.dim),
    ];
    let foot = match focused {
        true => format!("{}/{}", current.source.row + 1, current.source_rows.len()),
        false => String::new(),
    };
    frame(buffer, area, look, focused, &title, &foot);
    let inside = inner(area);
    let shown = (current.source_rows.len(), current.source.offset);
    scroll_mark(buffer, inside, look, shown.0, shown.1);
    // While the event's pane is read, the sources of its cursor's row are lit.
    let (lit, _) = current.lit_sources();
    let shows_links = model.focus == Pane::Event;
    for y in 0..inside.height {
        let index = current.source.offset + usize::from(y);
        let Some(row) = current.source_rows.get(index) else {
            break;
        };
        let is_cursor = index == current.source.row;
        let is_lit = shows_links && matches!(row, SourceRow::Node(id) if lit.contains(id));
        let mut pen = Pen::line(buffer, inside, y);
        if is_cursor && focused {
            pen = pen.over(theme.cursor);
        }
        pen.put(
            if is_cursor { look.symbols.cursor } else { " " },
            theme.accent,
        );
        draw_row(model, current, row, is_lit, look, &mut pen);
    }
}

fn draw_row(
    model: &Model,
    current: &Current,
    row: &SourceRow,
    is_lit: bool,
    look: &Look,
    pen: &mut Pen<'_>,
) {
    let theme = &look.theme;
    match row {
        SourceRow::Added {
            key,
            value,
            depth,
            pointer,
        } => {
            let fate = current.fate_of_edit(pointer);
            let leaks = current.leaks_in_source(row);
            mark(&fate, leaks, false, look, pen);
            let style = if leaks { theme.error } else { theme.edited };
            pen.skip(depth * 2 + 2);
            pen.put(key, theme.edited).put(" ", theme.text);
            pen.put(&value::quoted_text(value), style);
            pen.put(&format!(" {} added", look.symbols.edited), theme.dim);
        }
        SourceRow::Node(id) => {
            let value = current.completion.document().at(*id);
            let fate = current.fate(row, model.privacy);
            let leaks = current.leaks_in_source(row);
            if value.is_leaf() || is_lit || leaks {
                mark(&fate, leaks, is_lit, look, pen);
            }
            pen.skip((value.depth() - 1) * 2);
            let told = Told {
                fate: &fate,
                is_lit,
                leaks,
            };
            node(current, value, told, look, pen);
        }
    }
}

fn mark(fate: &Fate, leaks: bool, is_lit: bool, look: &Look, pen: &mut Pen<'_>) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    let (symbol, style) = match fate {
        _ if leaks => (symbols.error, theme.error),
        _ if is_lit => (symbols.lit, theme.accent),
        Fate::Became(_) => (symbols.mapped, theme.good),
        Fate::Withheld(_) => (symbols.withheld, theme.warning),
        Fate::Superseded(_) => (symbols.superseded, theme.dim),
        Fate::Shadowed(_) => (symbols.dropped, theme.warning),
        Fate::Dropped(_) => (symbols.dropped, theme.dim),
    };
    pen.put_right(symbol, style).put_right(" ", theme.text);
}

/// What is to be seen of a value besides itself.
#[derive(Clone, Copy)]
struct Told<'f> {
    fate: &'f Fate,
    is_lit: bool,
    leaks: bool,
}

fn node(current: &Current, value: Value<'_>, told: Told<'_>, look: &Look, pen: &mut Pen<'_>) {
    let Told {
        fate,
        is_lit,
        leaks,
    } = told;
    let (symbols, theme) = (&look.symbols, &look.theme);
    let arrives = fate.arrives() || matches!(fate, Fate::Withheld(_));
    let is_container = value.kind().is_container() && !value.is_empty();
    let is_closed = current.is_source_closed(value.id());
    let fold = match (is_container, is_closed) {
        (false, _) => " ",
        (true, true) => symbols.closed,
        (true, false) => symbols.open,
    };
    pen.put(fold, theme.dim).put(" ", theme.text);
    let key_style = match (is_lit, value.is_leaf() && !arrives) {
        (true, _) => theme.lit,
        (false, true) => theme.dim,
        (false, false) => theme.key,
    };
    match value.key() {
        Some(key) => pen.put(&key, key_style),
        None => pen.put(&value.ordinal().to_string(), theme.dim),
    };
    pen.put(" ", theme.text);
    if is_container {
        container(value, is_closed, look, pen);
        return;
    }
    match current.edited_value(value.id()) {
        Some(Some(edited)) => {
            let style = if leaks { theme.error } else { theme.edited };
            pen.put(&value::quoted_text(edited), style);
            pen.put(&format!(" {} was ", symbols.edited), theme.dim);
            pen.put(&value::quoted(value), theme.dim);
        }
        Some(None) => {
            pen.put(&value::quoted(value), theme.removed);
            pen.put(&format!(" {} removed", symbols.edited), theme.dim);
        }
        None => {
            let style: Style = match arrives {
                _ if leaks => theme.error,
                true => value::style(theme, value.kind()),
                false => theme.dim,
            };
            pen.put(&value::quoted(value), style);
        }
    }
}

/// What a container holds: how much of it while it is open, a taste of it while it is closed.
fn container(value: Value<'_>, is_closed: bool, look: &Look, pen: &mut Pen<'_>) {
    let theme = &look.theme;
    let count = value.len();
    let is_array = value.kind() == Kind::Array;
    if is_array || !is_closed {
        if is_array {
            pen.put(&format!("[{count}]"), theme.dim);
        } else if let Some(role) = value.get("role").and_then(Value::str) {
            pen.put(&role, theme.text);
        }
        return;
    }
    let role = value.get("role").and_then(Value::str);
    let text = value
        .get("content")
        .or(value.get("text"))
        .and_then(|content| {
            let text = content
                .item(0)
                .and_then(|part| part.get("text"))
                .unwrap_or(content);
            (text.kind() == Kind::String).then(|| value::quoted(text))
        });
    match (role, text) {
        (Some(role), text) => {
            pen.put(&role, theme.text);
            pen.put(&format!(" {}", text.unwrap_or_default()), theme.dim);
        }
        _ => {
            let tastes: Vec<String> = value.children().take(TASTED).map(taste).collect();
            let more = if count > TASTED { ", …" } else { "" };
            pen.put(&format!("{{{}{more}}}", tastes.join(", ")), theme.dim);
        }
    }
}

/// Members of a closed object that its row shows, and the columns that each value may take.
const TASTED: usize = 4;
const TASTE: usize = 24;

/// A member of a closed object, what it holds reduced to a sign.
fn taste(member: Value<'_>) -> String {
    let key = member.key().unwrap_or_default();
    let shown = match member.kind() {
        Kind::Array if !member.is_empty() => "[…]".to_owned(),
        Kind::Object if !member.is_empty() => "{…}".to_owned(),
        _ => display::clip(&value::quoted(member), TASTE),
    };
    format!("{key} {shown}")
}

fn empty(model: &Model, look: &Look, inside: Rect, buffer: &mut Buffer) {
    let problem = model
        .library
        .entry(model.at_cursor().unwrap_or(model.list.row))
        .and_then(|entry| entry.problem());
    let text = match (problem, model.loading) {
        (Some(problem), _) => format!("This record could not be read.\n\n{problem}"),
        (None, Some(_)) => "Reading…".to_owned(),
        (None, None) if model.library.problems.is_empty() => {
            "Nothing is loaded.\n\nStart with files, folders or - for standard input:\n  rainscope my-requests.ndjson\nor without any argument for the bundled samples.".to_owned()
        }
        (None, None) => {
            let first = model.library.problems[0].to_string();
            format!("Nothing could be loaded. Press ! for all problems. The first:\n\n{first}")
        }
    };
    let lines = display::wrap(&text, usize::from(inside.width.saturating_sub(2)));
    for (y, line) in (0..inside.height).zip(lines) {
        Pen::line(buffer, inside, y)
            .skip(1)
            .put(&text[line], look.theme.text);
    }
}
