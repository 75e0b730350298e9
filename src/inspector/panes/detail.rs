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
use crate::inspector::windows::detail::{view, wrapped};
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
    let width = usize::from(inside.width.saturating_sub(2));
    let known = wrapped(&facts, usize::from(inside.width));
    let height = usize::from(inside.height);
    let mut y = 0;
    let mut next = || {
        let line = (y < inside.height).then_some(y);
        y += 1;
        line
    };
    if let Some(pointer) = known.first().filter(|_| height > 1)
        && let Some(y) = next()
    {
        view::known(pointer, look, &mut Pen::line(buffer, inside, y));
    }
    if let Some(text) = &shown.text {
        let lines = display::wrap(text, width);
        let room = height
            .saturating_sub(known.len() + 1)
            .max(LEAST.min(height));
        let is_cut = lines.len() > room || !shown.is_whole;
        for (at, line) in lines.iter().take(room).enumerate() {
            let Some(y) = next() else { break };
            let mut pen = Pen::line(buffer, inside, y);
            let part = &text[line.clone()];
            pen.skip(1).put(part, theme.string);
            if is_cut && at + 1 == room.min(lines.len()) {
                pen.put("…", theme.dim);
            }
        }
        if let Some(y) = next().filter(|y| usize::from(*y) + 1 < height) {
            let mut pen = Pen::line(buffer, inside, y);
            let rule = look.symbols.line.repeat(pen.room());
            pen.put(&rule, theme.border);
        }
    }
    for line in known.iter().skip(1) {
        let Some(y) = next() else { break };
        view::known(line, look, &mut Pen::line(buffer, inside, y));
    }
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
