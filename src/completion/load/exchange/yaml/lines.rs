//! The lines of a YAML scalar that stand in the file as they are.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

/// The lines of a scalar that stand in its source as they are: where each begins in the value, and its bytes
/// in the source. `None` where the value is not made of whole lines: escapes, folded blocks.
pub(super) fn pieces(
    source: &str,
    value: &str,
    style: ScalarStyle,
) -> Option<Vec<(usize, Range<usize>)>> {
    match style {
        ScalarStyle::Literal => literal(source, value),
        ScalarStyle::Plain => flow(source, 0..source.len(), value),
        ScalarStyle::SingleQuoted => flow(source, within(source, '\'')?, value),
        ScalarStyle::DoubleQuoted => flow(source, within(source, '"')?, value),
        ScalarStyle::Folded => None,
    }
}

fn within(source: &str, quote: char) -> Option<Range<usize>> {
    let start = source.find(quote)? + 1;
    let end = source.rfind(quote)?;
    (start <= end).then_some(start..end)
}

/// A block's lines without their indentation, compared from the last: the source may lack blank lines at
/// its beginning, and the value some at its end.
fn literal(source: &str, value: &str) -> Option<Vec<(usize, Range<usize>)>> {
    let mut pieces = Vec::new();
    let mut source_end = source.trim_end().len();
    let mut value_end = value.trim_end().len();
    loop {
        let value_start = value[..value_end].rfind('\n').map_or(0, |at| at + 1);
        let source_start = source[..source_end].rfind('\n').map_or(0, |at| at + 1);
        let line = &value[value_start..value_end];
        let full = source[source_start..source_end].trim_end_matches('\r');
        if !full.ends_with(line) {
            return None;
        }
        let from = source_start + full.len() - line.len();
        if !line.is_empty() {
            pieces.push((value_start, from..from + line.len()));
        }
        if value_start == 0 || value[..value_start].trim().is_empty() {
            break;
        }
        if source_start == 0 {
            return None;
        }
        (value_end, source_end) = (value_start - 1, source_start - 1);
    }
    pieces.reverse();
    Some(pieces)
}

/// How far a block stands to the right.
pub(super) fn indentation(source: &str, value: &str) -> usize {
    let lines = literal(source, value).unwrap_or_default();
    let before = lines.iter().map(|(_, line)| {
        let start = source[..line.start].rfind('\n').map_or(0, |at| at + 1);
        line.start - start
    });
    before.max().unwrap_or_default()
}

/// A flow scalar's lines: each break is a blank in the value, each further one a newline.
fn flow(source: &str, inner: Range<usize>, value: &str) -> Option<Vec<(usize, Range<usize>)>> {
    let mut pieces: Vec<(usize, Range<usize>)> = Vec::new();
    let (mut at, mut breaks, mut offset) = (0, 0, inner.start);
    let text = &source[inner];
    let last = text.matches('\n').count();
    for (index, line) in text.split('\n').enumerate() {
        let mut part = line;
        if index > 0 {
            part = part.trim_start_matches([' ', '\t']);
        }
        let from = offset + line.len() - part.len();
        if index < last {
            part = part.trim_end_matches([' ', '\t', '\r']);
        }
        offset += line.len() + 1;
        if index > 0 && part.is_empty() && index < last {
            breaks += 1;
            continue;
        }
        if index > 0 {
            let joint = if breaks == 0 {
                " ".to_owned()
            } else {
                "\n".repeat(breaks)
            };
            at += value[at..].starts_with(&joint).then_some(joint.len())?;
            breaks = 0;
        }
        if !value[at..].starts_with(part) {
            return None;
        }
        if !part.is_empty() {
            pieces.push((at, from..from + part.len()));
        }
        at += part.len();
    }
    (at == value.len()).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_lines_of_a_text_in_its_source() {
        let check = |source: &str, value: &str, style, expected: Option<&[&str]>| {
            let found = pieces(source, value, style);
            let texts = found.as_ref().map(|pieces| {
                let check = |(at, range): &(usize, Range<usize>)| {
                    assert!(value[*at..].starts_with(&source[range.clone()]));
                    &source[range.clone()]
                };
                pieces.iter().map(check).collect::<Vec<_>>()
            });
            assert_eq!(texts.as_deref(), expected, "{source:?}");
        };
        use ScalarStyle::{DoubleQuoted, Literal, SingleQuoted};
        check(
            "'{\"a\": 1}'",
            "{\"a\": 1}",
            SingleQuoted,
            Some(&["{\"a\": 1}"]),
        );
        check(
            "'one\n  two'",
            "one two",
            SingleQuoted,
            Some(&["one", "two"]),
        );
        check(
            "'one\n\n  two'",
            "one\ntwo",
            SingleQuoted,
            Some(&["one", "two"]),
        );
        check("'it''s'", "it's", SingleQuoted, None);
        check("\"{\\\"a\\\"}\"", "{\"a\"}", DoubleQuoted, None);
        check(
            "\n     \n    {\"x\"}\n    y\n",
            "\n   \n  {\"x\"}\n  y\n",
            Literal,
            Some(&["  {\"x\"}", "  y"]),
        );
    }
}
