//! All that is known of the row under the cursor, on a large screen: the value as a text with its line breaks,
//! then the rule, how far it is known, every source. It follows the cursor; the window of the same command has
//! it in full and scrolls.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::inspector::current::Current;
use crate::inspector::current::rows::CompletionRow;
use crate::inspector::ui::layout::inner;
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::theme::Look;
use crate::inspector::windows::detail::{HeadLine, view, wrapped};
use crate::inspector::{Command, Model, Pane};
use crate::json::Kind;

/// Bytes of a value that are looked at: more than there is ever room for. It is drawn with every move, so it
/// costs the same whatever the value's length.
const MOST: usize = 4096;

/// Lines of the value at least, where what is known would take them all.
const LEAST: usize = 3;

/// A row, and the beginning of its value where it is no container.
struct Shown<'m> {
    pane: Pane,
    pointer: String,
    text: Option<Cow<'m, str>>,
    is_whole: bool,
    /// Whether its value is not known: the text says why.
    is_unknown: bool,
}

/// Draws it into an area, its frame included.
pub fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let shown = model
        .current
        .as_ref()
        .and_then(|current| shown(model, current));
    let Some(shown) = shown else {
        frame(buffer, area, look, false, &[("Detail", theme.title)], "");
        return;
    };
    let (title, mut facts) = model.about_row(shown.pane, &shown.pointer);
    if shown.is_unknown {
        facts.truncate(1);
    }
    let key = model.keymap.shown(Command::Detail);
    let foot = match shown.text {
        Some(_) if !shown.is_unknown => format!("{key} in full"),
        _ => String::new(),
    };
    frame(buffer, area, look, false, &[(title, theme.title)], &foot);
    let inside = inner(area);
    let known = wrapped(&facts, usize::from(inside.width));
    let lines = lines(&shown, &known, inside);
    let is_cut = lines.len() > usize::from(inside.height);
    for (y, line) in (0..inside.height).zip(lines) {
        let mut pen = Pen::line(buffer, inside, y);
        if is_cut && y + 1 == inside.height {
            pen.put_right(" …", theme.dim);
        }
        match line {
            Line::Known(line) => view::known(line, look, &mut pen),
            Line::Text(part, more) => {
                pen.skip(1).put(part, theme.string).put(more, theme.dim);
            }
            Line::Rule => {
                let rule = look.symbols.line.repeat(pen.room());
                pen.put(&rule, theme.border);
            }
        }
    }
}

/// A line of it.
enum Line<'l> {
    Known(&'l HeadLine),
    /// A part of the value, and the sign that there is more of it.
    Text(&'l str, &'static str),
    Rule,
}

/// The lines that there is room for: where it is, the value, and what else is known.
fn lines<'l>(shown: &'l Shown<'_>, known: &'l [HeadLine], inside: Rect) -> Vec<Line<'l>> {
    let (width, height) = (usize::from(inside.width), usize::from(inside.height));
    let goes_on = known
        .iter()
        .skip(1)
        .take_while(|line| line.label.is_empty());
    let of_place = known.len().min(1 + goes_on.count());
    let (place, rest) = known.split_at(of_place);
    let mut lines: Vec<Line<'l>> = place.iter().map(Line::Known).collect();
    if let Some(text) = &shown.text {
        let parts = display::wrap(text, width.saturating_sub(2));
        let room = height.saturating_sub(known.len() + 1).max(LEAST);
        let is_cut = parts.len() > room || !shown.is_whole;
        let last = room.min(parts.len());
        for (at, part) in parts.into_iter().take(room).enumerate() {
            let more = if is_cut && at + 1 == last { "…" } else { "" };
            lines.push(Line::Text(&text[part], more));
        }
        if !rest.is_empty() {
            lines.push(Line::Rule);
        }
    }
    lines.extend(rest.iter().map(Line::Known));
    lines
}

/// The row under the cursor of the focused pane; of the event's while one is in the list.
fn shown<'m>(model: &'m Model, current: &'m Current) -> Option<Shown<'m>> {
    match model.focus {
        Pane::List | Pane::Event => {
            let row = current.event_row()?;
            let value = row.value.as_ref();
            Some(Shown {
                pane: Pane::Event,
                pointer: row.pointer.clone(),
                text: match row.unknown {
                    Some(why) => Some(Cow::Owned(format!("not known: {why}"))),
                    None => value.map(|value| value.preview(MOST)),
                },
                is_unknown: row.unknown.is_some(),
                is_whole: value.is_none_or(|value| value.as_str().len() <= MOST),
            })
        }
        Pane::Completion => {
            let row = current.source_row()?;
            let (text, is_whole) = match row {
                CompletionRow::Added { value, .. } => {
                    (Some(value.preview(MOST)), value.as_str().len() <= MOST)
                }
                CompletionRow::Node { id, .. } => {
                    let value = current.completion.document().at(*id);
                    match current.edited_value(*id) {
                        Some(edited) => (edited.map(|edited| edited.preview(MOST)), true),
                        None if matches!(value.kind(), Kind::Array | Kind::Object) => (None, true),
                        None => (Some(value.preview(MOST)), value.raw().len() <= MOST),
                    }
                }
                CompletionRow::Unused { .. } => (None, true),
            };
            Some(Shown {
                pane: Pane::Completion,
                pointer: current.pointer_of(row),
                text,
                is_whole,
                is_unknown: false,
            })
        }
        Pane::Trace => {
            let (pointer, value) = model.focused().value(model)?;
            let is_whole = value.as_str().len() <= MOST;
            let text = value.preview(MOST).into_owned();
            Some(Shown {
                pane: Pane::Trace,
                pointer,
                text: Some(Cow::Owned(text)),
                is_whole,
                is_unknown: false,
            })
        }
    }
}
