//! What all windows begin with: their frame and title. What their keys do is said by the hint bar.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::inspector::ui::layout::inner;
use crate::inspector::ui::pen::{Pen, frame};
use crate::inspector::ui::theme::Look;

/// A line in parts.
pub type Line = Vec<(String, Style)>;

/// Draws a window's frame, with its title and what is dim behind it; gives the area within.
pub fn open(look: &Look, window: Rect, title: &str, aside: &str, buffer: &mut Buffer) -> Rect {
    open_at(look, window, title, aside, "", buffer)
}

/// The same with words at the bottom, about where one is in it.
pub fn open_at(
    look: &Look,
    window: Rect,
    title: &str,
    aside: &str,
    place: &str,
    buffer: &mut Buffer,
) -> Rect {
    let theme = &look.theme;
    let aside = match aside {
        "" => String::new(),
        aside => format!(" · {aside}"),
    };
    let title = [(title, theme.title), (aside.as_str(), theme.dim)];
    frame(buffer, window, look, true, &title, place);
    inner(window)
}

/// Draws lines from the top of an area, a column in from its left.
pub fn lines<'l>(
    look: &Look,
    inside: Rect,
    lines: impl IntoIterator<Item = &'l Line>,
    buffer: &mut Buffer,
) {
    for (y, line) in (0..inside.height).zip(lines) {
        let mut pen = Pen::line(buffer, inside, y);
        pen.put(" ", look.theme.text);
        for (text, style) in line {
            pen.put(text, *style);
        }
    }
}

/// Draws words where there is nothing else to show.
pub fn words<'w>(
    look: &Look,
    inside: Rect,
    words: impl IntoIterator<Item = &'w str>,
    buffer: &mut Buffer,
) {
    for (y, line) in (0..inside.height).zip(words) {
        Pen::line(buffer, inside, y)
            .skip(1)
            .put(line, look.theme.text);
    }
}
