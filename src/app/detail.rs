//! A long text in full, with real line breaks, wrapped to the window; only visible lines are drawn.

use std::ops::Range;

use crate::display;

/// A text that is shown in full.
#[derive(Debug, Clone)]
pub struct Detail {
    /// What it is, usually a pointer.
    pub title: String,
    /// The text.
    pub text: String,
    /// Its lines at the width it was wrapped to.
    pub lines: Vec<Range<usize>>,
    /// The first visible line.
    pub offset: usize,
    width: usize,
}

impl Detail {
    /// Shows a text in a window of a width, in columns.
    pub fn new(title: String, text: String, width: usize) -> Detail {
        let lines = display::wrap(&text, width);
        Detail {
            title,
            text,
            lines,
            offset: 0,
            width,
        }
    }

    /// Wraps to another width, if it is another.
    pub fn resize(&mut self, width: usize) {
        if width != self.width {
            let at = self.lines.get(self.offset).map_or(0, |line| line.start);
            self.lines = display::wrap(&self.text, width);
            self.width = width;
            let line = self.lines.iter().rposition(|line| line.start <= at);
            self.offset = line.unwrap_or(0);
        }
    }

    /// Scrolls by lines within a window of a height.
    pub fn scroll(&mut self, lines: isize, height: usize) {
        let most = self.lines.len().saturating_sub(height);
        self.offset = self.offset.saturating_add_signed(lines).min(most);
    }
}
