//! The list of completions, with what deserves a look.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::{Pen, frame};
use super::theme::Look;
use crate::app::layout::inner;
use crate::app::{Model, Pane};
use crate::mapping::Severity;

/// Columns from which on more than the name is shown.
const WIDE: usize = 56;

/// Draws the list into an area, its frame included.
pub fn draw(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let theme = &look.theme;
    let focused = model.focus == Pane::List;
    let count = model.library.len();
    let place = match count {
        0 => String::new(),
        count => format!(" {}/{count}", model.list.row + 1),
    };
    let title = [("Completions", theme.title), (place.as_str(), theme.dim)];
    frame(buffer, area, look, focused, &title, "");
    let inside = inner(area);
    if count == 0 {
        let words = match model.loading {
            Some(_) => ["reading…", "", ""],
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
    for y in 0..inside.height {
        let index = model.list.offset + usize::from(y);
        let Some(entry) = model.library.entry(index) else {
            break;
        };
        let is_cursor = index == model.list.row;
        let mut pen = Pen::line(buffer, inside, y);
        if is_cursor && focused {
            pen = pen.over(theme.cursor);
        }
        let Some(summary) = entry.summary() else {
            pen.put(" …", theme.dim);
            continue;
        };
        pen.put(
            if is_cursor { look.symbols.cursor } else { " " },
            theme.accent,
        );
        if !summary.has_event {
            pen.put_right(&format!(" {} ", look.symbols.error), theme.dim);
        } else if summary.findings > 0 {
            let (symbol, style) = match summary.severity {
                Some(Severity::Error) => (look.symbols.error, theme.error),
                _ => (look.symbols.warning, theme.warning),
            };
            pen.put_right(&format!(" {symbol}{} ", summary.findings), style);
        }
        if summary.edited {
            pen.put_right(&format!(" {}", look.symbols.edited), theme.edited);
        }
        let style = match (is_cursor, summary.has_event) {
            (true, _) => theme.cursor_elsewhere,
            (false, true) => theme.text,
            (false, false) => theme.dim,
        };
        let room = pen.room().saturating_sub(1);
        if room < WIDE {
            pen.put_within(&summary.name, room, style);
            continue;
        }
        // Where there is room, what tells completions apart.
        pen.put_padded(&summary.name, room * 2 / 5, style)
            .put("  ", theme.text);
        pen.put_padded(&summary.model, room / 3, theme.dim)
            .put("  ", theme.text);
        pen.put(&summary.user, theme.dim);
    }
}
