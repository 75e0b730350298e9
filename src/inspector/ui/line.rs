//! A line of text in parts, each with its style.

use std::ops::Range;

use ratatui::style::Style;

use super::pen::Pen;
use crate::display;

/// A line in parts.
pub type Line = Vec<(String, Style)>;

/// Writes a line, a column in from the left.
pub fn put_line(line: &Line, pen: &mut Pen<'_>) {
    pen.skip(1);
    for (text, style) in line {
        pen.put(text, *style);
    }
}

/// A line in as many as it needs at a width.
pub fn wrapped(line: &Line, width: usize) -> Vec<Line> {
    let whole: String = line.iter().map(|(text, _)| text.as_str()).collect();
    let ranges = display::wrap(&whole, width.max(1)).into_iter();
    let part = |range: Range<usize>| {
        let mut start = 0;
        let mut parts = Line::new();
        for (text, style) in line {
            let (from, to) = (range.start.max(start), range.end.min(start + text.len()));
            if from < to {
                parts.push((whole[from..to].to_owned(), *style));
            }
            start += text.len();
        }
        parts
    };
    ranges.map(part).collect()
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    #[test]
    fn a_wrapped_line_keeps_its_styles() {
        let (plain, bold) = (Style::new(), Style::new().add_modifier(Modifier::BOLD));
        let line = vec![("one ".to_owned(), plain), ("two three".to_owned(), bold)];
        let check = |width: usize, expected: &[&[(&str, Style)]]| {
            let lines = wrapped(&line, width);
            let lines: Vec<Vec<(&str, Style)>> = lines
                .iter()
                .map(|line| {
                    line.iter()
                        .map(|(text, style)| (text.trim_end(), *style))
                        .collect()
                })
                .collect();
            assert_eq!(lines, expected, "{width}");
        };
        check(20, &[&[("one", plain), ("two three", bold)]]);
        check(7, &[&[("one", plain), ("two", bold)], &[("three", bold)]]);
        assert_eq!(wrapped(&Line::new(), 5).len(), 1);
    }
}
