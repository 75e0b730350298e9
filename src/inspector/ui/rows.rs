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
    /// The line that each row stands on, where all fit and are spread out.
    pub spread: Option<Vec<u16>>,
}

/// The line that each row stands on where there is room to spread them over so many lines: a blank one between any two, or
/// before each row that begins a part. None where not all of them would be in sight.
pub fn spread(begins: impl Iterator<Item = bool>, height: usize) -> Option<Vec<u16>> {
    let begins: Vec<bool> = begins.collect();
    let parts = begins.iter().skip(1).filter(|begins| **begins).count();
    let is_double = begins.len() * 2 <= height + 1;
    if begins.is_empty() || !is_double && begins.len() + parts > height {
        return None;
    }
    let mut line = 0;
    let lines = begins.iter().enumerate().map(|(row, begins)| {
        line += usize::from(row > 0) + usize::from(row > 0 && (is_double || *begins));
        u16::try_from(line).unwrap_or(u16::MAX)
    });
    Some(lines.collect())
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
        let close = || (0..self.inside.height).zip(offset..self.count).collect();
        let lines: Vec<(u16, usize)> = match &self.spread {
            Some(lines) => lines.iter().copied().zip(0..self.count).collect(),
            None => close(),
        };
        for (y, index) in lines {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_spread_where_all_of_them_fit() {
        let check = |parts: &str, height, expected: Option<&[u16]>| {
            let found = spread(parts.chars().map(|c| c == 'P'), height);
            assert_eq!(found.as_deref(), expected, "{parts} in {height}");
        };
        check("", 9, None);
        check("P..P.", 4, None);
        check("P..P.", 5, None);
        check("P..P.", 6, Some(&[0, 1, 2, 4, 5]));
        check("P..P.", 8, Some(&[0, 1, 2, 4, 5]));
        check("P..P.", 9, Some(&[0, 2, 4, 6, 8]));
        check("...", 3, Some(&[0, 1, 2]));
        check("...", 5, Some(&[0, 2, 4]));
    }
}
