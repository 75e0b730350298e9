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
    let mut left: usize = line.iter().map(|(text, _)| display::width(text)).sum();
    for (text, style) in line {
        let width = display::width(text);
        left -= width;
        match left > 0 && width == pen.room() {
            // What comes behind has no room left: that it does not end here shows in this one.
            true => pen.put(&format!("{text}…"), *style),
            false => pen.put(text, *style),
        };
    }
}

/// A line in as many as it needs at a width, all of them as far from the left as the first.
pub fn wrapped(line: &Line, width: usize) -> Vec<Line> {
    let whole: String = line.iter().map(|(text, _)| text.as_str()).collect();
    let spaces = whole.len() - whole.trim_start_matches(' ').len();
    let indent = spaces.min(width / 2);
    let ranges = display::wrap(&whole[spaces..], (width - indent).max(1)).into_iter();
    let part = |range: Range<usize>| {
        let mut start = 0;
        let mut parts = Line::new();
        if indent > 0 {
            let style = line.first().map_or(Style::new(), |(_, style)| *style);
            parts.push((" ".repeat(indent), style));
        }
        let range = range.start + spaces..range.end + spaces;
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
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

    use super::*;

    /// A line that is cut between two of its parts shows that it is.
    #[test]
    fn a_cut_line_shows_that_it_is() {
        let check = |columns: u16, expected: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 1));
            let line = vec![
                ("\"2026\"".to_owned(), Style::new()),
                (",".to_owned(), Style::new()),
            ];
            let area = buffer.area;
            put_line(&line, &mut Pen::line(&mut buffer, area, 0));
            let symbols = buffer.content.iter().map(|cell| cell.symbol());
            assert_eq!(
                symbols.collect::<String>().trim_end(),
                expected,
                "{columns}"
            );
        };
        check(9, " \"2026\",");
        check(8, " \"2026\",");
        check(7, " \"2026…");
        check(5, " \"20…");
    }

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

    #[test]
    fn what_goes_on_is_as_far_from_the_left_as_the_beginning() {
        let line = vec![("  one two three".to_owned(), Style::new())];
        let text = |line: &Line| {
            line.iter()
                .map(|(text, _)| text.as_str())
                .collect::<String>()
        };
        let lines: Vec<String> = wrapped(&line, 9).iter().map(text).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        assert_eq!(lines, ["  one two", "  three"]);
    }
}
