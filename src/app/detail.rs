//! A long text in full, with real line breaks, wrapped to the window; only visible lines are drawn.

use std::ops::Range;

use super::{Model, Overlay};
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
    /// Where what is looked for was found, in bytes.
    pub found: Vec<Range<usize>>,
    /// Which of them was gone to last.
    pub at: usize,
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
            found: Vec::new(),
            at: 0,
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

    /// Looks for a text, without regard to case; the first place from the top of the window on is
    /// gone to.
    pub fn find(&mut self, pattern: &str, height: usize) {
        self.found = found(&self.text, pattern);
        let top = self.lines.get(self.offset).map_or(0, |line| line.start);
        let at = self.found.iter().position(|range| range.start >= top);
        self.at = at.unwrap_or(0);
        self.show_found(height);
    }

    /// Goes to the next place, or the one before, around the ends.
    pub fn next(&mut self, forward: bool, height: usize) {
        let count = self.found.len();
        if count > 0 {
            let step = if forward { 1 } else { count - 1 };
            self.at = (self.at + step) % count;
            self.show_found(height);
        }
    }

    fn show_found(&mut self, height: usize) {
        let Some(range) = self.found.get(self.at) else {
            return;
        };
        let line = self.lines.partition_point(|line| line.start <= range.start);
        let line = line.saturating_sub(1);
        if line < self.offset || line >= self.offset + height {
            self.offset = line.saturating_sub(height / 3);
            self.scroll(0, height);
        }
    }

    /// Scrolls by lines within a window of a height.
    pub fn scroll(&mut self, lines: isize, height: usize) {
        let most = self.lines.len().saturating_sub(height);
        self.offset = self.offset.saturating_add_signed(lines).min(most);
    }
}

/// Places at which a text has a pattern, in any case.
fn found(text: &str, pattern: &str) -> Vec<Range<usize>> {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let Some(first) = pattern.first().copied() else {
        return Vec::new();
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    for (start, c) in text.char_indices() {
        let is_start = c == first || c.to_lowercase().next() == Some(first);
        if !is_start || found.last().is_some_and(|last| start < last.end) {
            continue;
        }
        if let Some(length) = length_of_match(&text[start..], &pattern) {
            found.push(start..start + length);
        }
    }
    found
}

/// Bytes that a pattern in lower case takes at the start of a text, if it stands there.
fn length_of_match(text: &str, pattern: &[char]) -> Option<usize> {
    let mut wanted = pattern.iter();
    for (at, c) in text.char_indices() {
        if wanted.len() == 0 {
            return Some(at);
        }
        if !c.to_lowercase().all(|c| wanted.next() == Some(&c)) {
            return None;
        }
    }
    (wanted.len() == 0).then_some(text.len())
}

impl Model {
    /// Looks for a text in the window with a long text.
    pub(super) fn find_in_detail(&mut self, pattern: String) {
        let height = self.window_height();
        if let Some(Overlay::Detail(detail)) = &mut self.overlay {
            detail.find(&pattern, height);
        }
    }

    pub(super) fn next_in_detail(&mut self, forward: bool) {
        let height = self.window_height();
        if let Some(Overlay::Detail(detail)) = &mut self.overlay {
            detail.next(forward, height);
            self.notice = Some(match detail.found.len() {
                0 => "nothing is looked for; / searches".to_owned(),
                count => format!("match {} of {count}", detail.at + 1),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_in_any_case() {
        let check = |text: &str, pattern: &str, expected: &[&str]| {
            let parts: Vec<&str> = found(text, pattern).into_iter().map(|r| &text[r]).collect();
            assert_eq!(parts, expected, "{pattern} in {text}");
        };
        check("Straße STRASSE straße", "straße", &["Straße", "straße"]);
        check("aaaa", "aa", &["aa", "aa"]);
        check("É é e", "é", &["É", "é"]);
        check("abc", "", &[]);
        check("ab\nab", "b", &["b", "b"]);
    }
}
