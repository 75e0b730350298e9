//! Styled text over a few lines of given widths, broken between words.

use std::ops::Range;

use ratatui::style::Style;

use crate::display;
use crate::inspector::ui::pen::Pen;

/// Bytes of a part that are looked at: more than any line has room for.
const MOST: usize = 600;

/// Columns that a pointer keeps at least when it is shortened.
const SHORTEST: usize = 16;

/// Text in parts, as it is shown on one line.
#[derive(Debug, Clone, Default)]
pub struct StyledText {
    text: String,
    styles: Vec<(usize, Style)>,
}

impl StyledText {
    /// No text yet.
    pub fn new() -> StyledText {
        StyledText::default()
    }

    /// Adds a part.
    pub fn add(mut self, text: &str, style: Style) -> StyledText {
        self.text.push_str(&display::clip(text, MOST));
        self.styles.push((self.text.len(), style));
        self
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Breaks it into at most as many lines as there are widths, and says whether that is all of it.
    pub fn fit(&self, widths: &[usize]) -> (Vec<Range<usize>>, bool) {
        let mut lines = Vec::new();
        let mut from = 0;
        for width in widths {
            let rest = &self.text[from..];
            let Some(first) = display::wrap(rest, *width).into_iter().next() else {
                break;
            };
            let line = from + first.start..from + first.end;
            // The space at the break belongs to neither line.
            let after = &self.text[line.end..];
            from = self.text.len() - after.trim_start_matches(' ').len();
            lines.push(line);
            if from >= self.text.len() {
                return (lines, true);
            }
        }
        (lines, false)
    }

    /// The same in so many columns, if its pointers can be shortened by enough. They lose their middle: their ends
    /// say more, and a sentence that loses its end says nothing.
    pub fn squeezed(&self, width: usize) -> StyledText {
        let mut parts = Vec::new();
        let mut start = 0;
        for (end, style) in &self.styles {
            parts.push((self.text[start..*end].to_owned(), *style));
            start = *end;
        }
        let mut excess = display::width(&self.text).saturating_sub(width);
        for (part, _) in &mut parts {
            let had = display::width(part);
            if excess > 0 && part.starts_with('/') && !part.contains(' ') {
                *part = display::clip_middle(part, (had.saturating_sub(excess)).max(SHORTEST));
                excess = excess.saturating_sub(had - display::width(part));
            }
        }
        let parts = parts.into_iter();
        parts.fold(StyledText::new(), |text, (part, style)| {
            text.add(&part, style)
        })
    }

    /// Writes a part of it.
    pub fn put(&self, range: Range<usize>, pen: &mut Pen<'_>) {
        let mut start = 0;
        for (end, style) in &self.styles {
            let (from, to) = (start.max(range.start), (*end).min(range.end));
            if from < to {
                pen.put(&self.text[from..to], *style);
            }
            start = *end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_between_words() {
        let check = |text: &str, widths: &[usize], expected: &[&str], is_whole: bool| {
            let words = StyledText::new().add(text, Style::default());
            let (lines, whole) = words.fit(widths);
            let lines: Vec<&str> = lines.into_iter().map(|line| &words.text[line]).collect();
            assert_eq!((lines.as_slice(), whole), (expected, is_whole), "{text}");
        };
        check("one two three", &[20], &["one two three"], true);
        check("one two three", &[8, 20], &["one two", "three"], true);
        check("one two three", &[4, 3], &["one", "two"], false);
        check("one\ntwo", &[20], &["one⏎two"], true);
        check("", &[5, 5], &[""], true);
        check("one", &[], &[], false);
    }

    #[test]
    fn pointers_lose_their_middle_before_anything_is_cut() {
        let plain = Style::default();
        let check = |width: usize, expected: &str| {
            let text = StyledText::new().add("/request/trace/a_long_name", plain);
            let text = text.add(" becomes /properties/a", plain).squeezed(width);
            assert_eq!(text.text, expected, "{width}");
        };
        check(80, "/request/trace/a_long_name becomes /properties/a");
        check(40, "/request/…ong_name becomes /properties/a");
        // No shorter than can be read; the rest is cut where it is written.
        check(20, "/request…ng_name becomes /properties/a");
    }
}
