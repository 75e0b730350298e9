//! The rows of a pane that are in sight, with the sign of the cursor before the one that it is on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cursor::Cursor;
use super::pen::{Pen, scroll_mark};
use super::theme::Look;

/// Where rows are drawn, and how.
pub struct Rows<'r> {
    /// Within the pane's frame.
    pub inside: Rect,
    /// The row under the cursor, and the first one in sight.
    pub cursor: &'r Cursor,
    /// How many rows there are.
    pub count: usize,
    /// What the cursor's row lies over, where that is shown.
    pub over: Option<Style>,
}

impl Rows<'_> {
    /// Draws each row in sight by `draw`, which is told the row and whether the cursor is on it; and the mark
    /// of how far the pane is scrolled.
    pub fn draw(
        &self,
        look: &Look,
        buffer: &mut Buffer,
        mut draw: impl FnMut(usize, bool, &mut Pen<'_>),
    ) {
        let Cursor { row, offset, .. } = *self.cursor;
        scroll_mark(buffer, self.inside, look, self.count, offset);
        for (y, index) in (0..self.inside.height).zip(offset..self.count) {
            let is_cursor = index == row;
            let mut pen = Pen::line(buffer, self.inside, y);
            if let Some(style) = self.over.filter(|_| is_cursor) {
                pen.cover(style);
            }
            let sign = if is_cursor { look.symbols.cursor } else { " " };
            pen.put(sign, look.theme.accent);
            draw(index, is_cursor, &mut pen);
        }
    }
}
