//! Styled text over a few lines of given widths, broken between words.

use std::ops::Range;

use ratatui::style::Style;

use crate::display;
use crate::inspector::ui::pen::Pen;

/// Bytes of a part that are looked at: more than any line has room for.
const MOST: usize = 600;

/// What stands between two things that are said of one.
const DOT: &str = "·";

/// Columns that a pointer keeps at least when it is shortened.
const SHORTEST: usize = 16;

/// Text in parts, as it is shown on one line.
#[derive(Debug, Clone, Default)]
pub struct StyledText {
    text: String,
    parts: Vec<Part>,
}

/// A part of a text.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// The byte after its last.
    end: usize,
    style: Style,
    /// Whether the rest says enough without it, where there is no room.
    is_spare: bool,
}

impl StyledText {
    /// No text yet.
    pub fn new() -> StyledText {
        StyledText::default()
    }

    /// Adds a part.
    pub fn add(self, text: &str, style: Style) -> StyledText {
        self.with(text, style, false)
    }

    /// Adds a part that is left out where there is no room for it.
    pub fn add_spare(self, text: &str, style: Style) -> StyledText {
        self.with(text, style, true)
    }

    fn with(mut self, text: &str, style: Style, is_spare: bool) -> StyledText {
        self.text.push_str(&display::clip(text, MOST));
        let end = self.text.len();
        self.parts.push(Part {
            end,
            style,
            is_spare,
        });
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
            // A dot parts what stands behind it, and goes along with that.
            let is_last = line.end == self.text.len();
            let shown = self.text[line.clone()].trim_end();
            let dotted = shown.strip_suffix(DOT).filter(|_| !is_last);
            let line = match dotted.map(str::trim_end) {
                Some(before) if !before.is_empty() => line.start..line.start + before.len(),
                _ => line,
            };
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

    /// The same in so many columns, if its pointers can be shortened by enough, or what is spare be left out from the
    /// end. Pointers lose their middle: their ends say more, and a sentence that loses its end says nothing.
    pub fn squeezed(&self, width: usize) -> StyledText {
        let mut parts = Vec::new();
        let mut start = 0;
        for part in &self.parts {
            parts.push((self.text[start..part.end].to_owned(), *part));
            start = part.end;
        }
        let excess_of = |parts: &[(String, Part)]| {
            let columns: usize = parts.iter().map(|(text, _)| display::width(text)).sum();
            columns.saturating_sub(width)
        };
        loop {
            let mut excess = excess_of(&parts);
            let mut shorter = parts.clone();
            for (text, _) in &mut shorter {
                let had = display::width(text);
                if excess > 0 && text.starts_with('/') && !text.contains(' ') {
                    *text = display::clip_middle(text, (had.saturating_sub(excess)).max(SHORTEST));
                    excess = excess.saturating_sub(had - display::width(text));
                }
            }
            let spare = parts.iter().rposition(|(_, part)| part.is_spare);
            let Some(spare) = spare.filter(|_| excess > 0) else {
                return shorter
                    .into_iter()
                    .fold(StyledText::new(), |text, (part, of)| {
                        text.with(&part, of.style, of.is_spare)
                    });
            };
            parts.remove(spare);
        }
    }

    /// Writes a part of it.
    pub fn put(&self, range: Range<usize>, pen: &mut Pen<'_>) {
        let mut start = 0;
        for part in &self.parts {
            let (from, to) = (start.max(range.start), part.end.min(range.end));
            if from < to {
                pen.put(&self.text[from..to], part.style);
            }
            start = part.end;
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

    #[test]
    fn what_is_spare_is_left_out_from_the_end() {
        let plain = Style::default();
        let check = |width: usize, expected: &str| {
            let text = StyledText::new().add("/properties/a_long_name", plain);
            let text = text.add_spare(", a key", plain).add(" of trace", plain);
            let text = text.add_spare("  · documented", plain).squeezed(width);
            assert_eq!(text.text, expected, "{width}");
        };
        check(80, "/properties/a_long_name, a key of trace  · documented");
        check(46, "/propert…ng_name, a key of trace  · documented");
        check(40, "/properties/a_long_name, a key of trace");
        check(30, "/propertie…_long_name of trace");
    }
}
