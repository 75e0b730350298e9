//! A cursor over rows, and how far the pane is scrolled.

use std::ops::Range;

/// Position within a list of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The row the cursor is on.
    pub row: usize,
    /// The first row that is visible.
    pub offset: usize,
    anchor: Anchor,
}

/// Where the view was left, while a higher pane has to show more than that: it goes back there when the
/// pane is as before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Anchor {
    offset: usize,
    /// The offset and the rows as they were settled last: others mean that someone scrolled or folded.
    settled: (usize, usize),
}

/// A movement over rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorStep {
    /// One up.
    Up,
    /// One down.
    Down,
    /// Half a pane up.
    PageUp,
    /// Half a pane down.
    PageDown,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
}

impl Cursor {
    /// On the first row.
    pub const START: Cursor = Cursor {
        row: 0,
        offset: 0,
        anchor: Anchor {
            offset: 0,
            settled: (0, 0),
        },
    };

    /// On a row; the view is brought to it.
    pub fn at(row: usize) -> Cursor {
        Cursor {
            row,
            ..Cursor::default()
        }
    }

    /// Moves over `rows` rows in a pane of `height`.
    pub fn step(&mut self, step: CursorStep, rows: usize, height: usize) {
        let half = (height / 2).max(1);
        let last = rows.saturating_sub(1);
        self.row = match step {
            CursorStep::Up => self.row.saturating_sub(1),
            CursorStep::Down => (self.row + 1).min(last),
            CursorStep::PageUp => self.row.saturating_sub(half),
            CursorStep::PageDown => (self.row + half).min(last),
            CursorStep::Top => 0,
            CursorStep::Bottom => last,
        };
    }

    /// Scrolls the view without losing the cursor out of sight. It keeps its context, since settling
    /// would else bring the view back to where it was.
    pub fn scroll(&mut self, lines: isize, rows: usize, height: usize) {
        let most = rows.saturating_sub(height);
        self.offset = self.offset.saturating_add_signed(lines).min(most);
        let context = context(height);
        let first = match self.offset {
            0 => 0,
            offset => offset + context,
        };
        let last = match self.offset == most {
            true => rows.saturating_sub(1),
            false => self.offset + height.saturating_sub(1 + context),
        };
        self.row = self.row.clamp(first, last.max(first));
    }

    /// Brings the cursor within the rows and the view to the cursor, with some context around it.
    pub fn settle(&mut self, rows: usize, height: usize) {
        self.row = self.row.min(rows.saturating_sub(1));
        let context = context(height);
        let own = self.row.saturating_sub(context)..self.row + context + 1;
        self.bring(own, rows, height);
    }

    /// Brings the view to the lines of what the cursor is on, to the first of them where they are too many.
    pub fn settle_on(&mut self, own: Range<usize>, lines: usize, height: usize) {
        match own.len() {
            0 | 1 => {
                let context = context(height);
                let around = own.start.saturating_sub(context)..own.start + context + 1;
                self.bring(around, lines, height);
            }
            _ => self.bring(own, lines, height),
        }
    }

    fn bring(&mut self, own: Range<usize>, lines: usize, height: usize) {
        // A pane that is not shown stays as it was.
        if height == 0 {
            return;
        }
        if self.anchor.settled != (self.offset, lines) {
            self.anchor.offset = self.offset;
        }
        let most = lines.saturating_sub(height);
        let lowest = own.end.saturating_sub(height);
        self.anchor.offset = self.anchor.offset.max(lowest).min(own.start);
        self.offset = self.anchor.offset.min(most);
        self.anchor.settled = (self.offset, lines);
    }
}

/// Rows that are seen around the cursor in a pane of a height.
fn context(height: usize) -> usize {
    (height / 6).min(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrolling_moves_the_view_by_what_it_says() {
        for rows in [1, 5, 30, 100_usize] {
            for height in [1, 2, 6, 12, 40] {
                let mut cursor = Cursor::default();
                let most = rows.saturating_sub(height.min(rows));
                for (lines, expected) in [
                    (3, 3),
                    (3, 6),
                    (200, most),
                    (-3, most.saturating_sub(3)),
                    (-200, 0),
                ] {
                    cursor.scroll(lines, rows, height);
                    cursor.settle(rows, height);
                    assert_eq!(cursor.offset, expected.min(most), "{rows} {height} {lines}");
                    assert!(cursor.row < rows);
                }
            }
        }
    }

    #[test]
    fn stays_within_rows_and_view() {
        for rows in 0..12 {
            for height in 0..8 {
                for start in 0..14 {
                    let mut cursor = Cursor::at(start);
                    cursor.offset = start;
                    cursor.settle(rows, height);
                    assert!(cursor.row < rows.max(1));
                    if height > 0 {
                        assert!(cursor.offset <= cursor.row);
                        assert!(cursor.row < cursor.offset + height);
                    }
                }
            }
        }
    }
    #[test]
    fn goes_back_to_where_it_was() {
        let scrolled = || {
            let mut cursor = Cursor::at(12);
            cursor.settle(20, 10);
            cursor.scroll(2, 20, 10);
            cursor.settle(20, 10);
            cursor
        };
        let offset = scrolled().offset;
        assert!(offset > 0);
        let check = |heights: &[usize], change: fn(&mut Cursor), expected: usize| {
            let mut cursor = scrolled();
            for height in heights {
                cursor.settle(20, *height);
            }
            change(&mut cursor);
            cursor.settle(20, 10);
            assert_eq!(cursor.offset, expected, "{heights:?}");
        };
        check(&[0], |_| (), offset);
        check(&[30], |_| (), offset);
        check(&[30, 0, 15], |_| (), offset);
        check(&[30], |cursor| cursor.row = 0, 0);
    }
}
