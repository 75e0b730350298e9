//! Lines that stand still beside the body of a window: what a list is on, or what became of the text that scrolls.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::line::{Line, put_line};
use super::pen::{Pen, put_cell};
use super::theme::Look;

/// Lines beside a body.
pub struct Aside {
    lines: Vec<Line>,
    /// The columns of the body among so many.
    body: (u16, u16),
    /// Whether the body is on the right of it.
    is_first: bool,
}

impl Aside {
    /// Lines on the right of a body that has two fifths of the width.
    pub fn on_the_right(lines: Vec<Line>) -> Aside {
        Aside {
            lines,
            body: (2, 5),
            is_first: false,
        }
    }

    /// Lines on the left of a body that has three fifths of the width.
    pub fn on_the_left(lines: Vec<Line>) -> Aside {
        Aside {
            lines,
            body: (3, 5),
            is_first: true,
        }
    }

    /// Columns of a text on the right in a window of so many.
    pub fn right_columns(width: usize) -> usize {
        (width - width * 2 / 5).saturating_sub(3)
    }

    /// Columns of a text on the left in a window of so many.
    pub fn left_columns(width: usize) -> usize {
        (width - width * 3 / 5).saturating_sub(3)
    }

    /// How many lines it has.
    pub fn height(&self) -> usize {
        self.lines.len()
    }

    /// The column at which the body begins, and how many it has.
    pub fn body_within(&self, inside: Rect) -> (u16, u16) {
        let width = inside.width * self.body.0 / self.body.1;
        match self.is_first {
            true => (inside.right() - width, width),
            false => (inside.x, width),
        }
    }

    /// Draws it beside the body, with a line between the two.
    pub fn draw(&self, inside: Rect, body: Rect, look: &Look, buffer: &mut Buffer) {
        let (between, x, right) = match self.is_first {
            true => (body.x.saturating_sub(1), inside.x, body.x.saturating_sub(1)),
            false => (body.right(), body.right() + 1, inside.right()),
        };
        let side = look.symbols.frame[4];
        for y in body.y..body.bottom() {
            put_cell(buffer, (between, y), side, look.theme.border);
        }
        let place = Rect {
            x,
            width: right.saturating_sub(x),
            ..body
        };
        for (y, line) in (0..place.height).zip(&self.lines) {
            put_line(line, &mut Pen::line(buffer, place, y));
        }
    }
}
