//! Text for a terminal: nothing in it can move the cursor or change the terminal, and its width in
//! columns is the same in every terminal.
//!
//! Control characters become symbols. Joiners, variation selectors and skin tones are left out on screen,
//! since terminals do not agree on how wide such emoji are; characters that turn the direction of
//! writing are shown as symbols. What is copied or sent is never taken from here.

mod acting;

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use acting::{acts, inert, inert_json, output_line};

/// What stands for a line break where there is only one line.
pub const LINE_BREAK: &str = "⏎";
/// What stands for the rest of a text that was cut.
pub const CUT: &str = "…";

/// One cluster as it is shown, with its width in columns.
pub fn cluster(text: &str) -> (Cow<'_, str>, usize) {
    let mut chars = text.chars();
    let (Some(first), rest) = (chars.next(), chars.as_str()) else {
        return (Cow::Borrowed(""), 0);
    };
    if rest.is_empty() || first.is_control() {
        return single(text, first);
    }
    let is_plain = text.chars().all(|c| !is_left_out(c) && !is_hostile(c));
    if is_plain {
        return (Cow::Borrowed(text), text.width());
    }
    let shown: String = text
        .chars()
        .filter(|c| !is_left_out(*c))
        .map(|c| if is_hostile(c) { '\u{fffd}' } else { c })
        .collect();
    let width = shown.width();
    (Cow::Owned(shown), width)
}

fn single(text: &str, c: char) -> (Cow<'_, str>, usize) {
    let symbol = match c {
        ' '..='~' => return (Cow::Borrowed(text), 1),
        '\n' => LINE_BREAK,
        '\r' if text.len() > 1 => LINE_BREAK,
        '\t' => "⇥",
        '\u{0}'..='\u{1f}' => {
            let picture = char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}');
            return (Cow::Owned(picture.to_string()), 1);
        }
        '\u{7f}' => "␡",
        c if c.is_control() || is_hostile(c) => "\u{fffd}",
        c if is_left_out(c) => return (Cow::Borrowed(""), 0),
        c => {
            // A mark without a base would fall on the cell before it.
            return match c.width() {
                Some(0) | None => (Cow::Owned(format!("\u{25cc}{c}")), 1),
                Some(width) => (Cow::Borrowed(text), width),
            };
        }
    };
    (Cow::Borrowed(symbol), symbol.width())
}

/// Characters that are not shown, since terminals do not agree on their width.
pub(crate) fn is_left_out(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

/// Characters that act on the text around them: direction overrides, line separators, fillers.
fn is_hostile(c: char) -> bool {
    matches!(c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{61c}')
}

/// The grapheme clusters of a text with their byte offsets, as `grapheme_indices(true)` gives them, but
/// without a look into its tables for plain ASCII: nothing but `\r\n` joins two characters of it.
fn graphemes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let begun = at;
        at += match rest.as_bytes() {
            [] => return None,
            [first] if first.is_ascii() => 1,
            [first, second, ..] if first.is_ascii() && second.is_ascii() && *first != b'\r' => 1,
            _ => rest.graphemes(true).next()?.len(),
        };
        Some((begun, &text[begun..at]))
    })
}

/// The clusters of a text with byte offset, shown form and width.
pub fn clusters(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>, usize)> {
    graphemes(text).map(|(at, text)| {
        let (shown, width) = cluster(text);
        (at, shown, width)
    })
}

/// How many bytes at a text's beginning are printable ASCII: each is one column, and is shown as it is. Its last character
/// may go on in a mark that follows, and then does not count.
pub fn plain_beginning(text: &str) -> usize {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~');
    match text.bytes().position(|byte| !is_plain(&byte)) {
        Some(end) => end.saturating_sub(1),
        None => text.len(),
    }
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    let plain = plain_beginning(text);
    let text = &text[plain..];
    plain + clusters(text).map(|(_, _, width)| width).sum::<usize>()
}

/// A text on one line within `columns`, cut with an ellipsis where it is longer. Long texts cost only
/// what is shown of them.
pub fn clip(text: &str, columns: usize) -> String {
    // Of a long text no more than its beginning is looked at.
    let beginning = text.get(..=columns).unwrap_or(text);
    let plain = plain_beginning(beginning).min(columns);
    let mut out = text[..plain].to_owned();
    let mut used = plain;
    let mut fits = plain.min(columns.saturating_sub(1));
    for (_, shown, width) in clusters(&text[plain..]) {
        if used + width > columns {
            out.truncate(fits);
            if columns > 0 {
                out.push_str(CUT);
            }
            return out;
        }
        out.push_str(&shown);
        used += width;
        if used < columns {
            fits = out.len();
        }
    }
    out
}

/// A text on one line within `columns`, cut in its middle where it is longer: names that begin alike are
/// told apart by their ends.
pub fn clip_middle(text: &str, columns: usize) -> String {
    let cut = clip(text, columns);
    if columns < 3 || !cut.ends_with(CUT) || text.ends_with(CUT) {
        return cut;
    }
    let tail = (columns - 1) / 2;
    let mut out = clip(text, columns - tail);
    if !out.ends_with(CUT) {
        out.push_str(CUT);
    }
    let (mut end, mut used) = (Vec::new(), width(&out));
    for text in text.graphemes(true).rev() {
        let (shown, width) = cluster(text);
        if used + width > columns {
            break;
        }
        used += width;
        end.push(shown);
    }
    end.reverse();
    out + &end.concat()
}

/// A text on one line that fills `columns` exactly.
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = clip(text, columns);
    let used = width(&out);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

/// A number of things that take an *s* where they are not one: `1 leak`, `2 leaks`.
pub fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// The text as it is shown, on one line, whatever its length.
pub fn line(text: &str) -> String {
    clusters(text).map(|(_, shown, _)| shown).collect()
}

/// Byte ranges of a text's lines within `columns`: broken at line breaks, then at spaces, then anywhere.
pub fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    let mut space: Option<(usize, usize)> = None;
    for (at, cluster) in graphemes(text) {
        if matches!(cluster, "\n" | "\r\n") {
            lines.push(start..at);
            (start, used, space) = (at + cluster.len(), 0, None);
            continue;
        }
        let width = match cluster.as_bytes() {
            [b' '..=b'~'] => 1,
            _ => self::cluster(cluster).1,
        };
        if used + width > columns && cluster == " " {
            // A space that does not fit is the break.
            lines.push(start..at);
            (start, used, space) = (at + 1, 0, None);
            continue;
        }
        if used + width > columns {
            match space {
                // The space itself is swallowed by the break.
                Some((end, columns_after)) => {
                    lines.push(start..end);
                    start = end + 1;
                    used -= columns_after;
                }
                None => {
                    lines.push(start..at);
                    (start, used) = (at, 0);
                }
            }
            space = None;
        }
        used += width;
        if cluster == " " {
            space = Some((at, used));
        }
    }
    lines.push(start..text.len());
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        let hostile = "\u{1b}[31mred\u{7}\u{0}\u{9b}2J\u{202e}x\r\ny\u{200d}\u{7f}";
        let shown = line(hostile);
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert_eq!(shown, "␛[31mred␇␀\u{fffd}2J\u{fffd}x⏎y␡");
    }

    proptest! {
        /// ASCII at the beginning is measured and cut without being looked at one by one, to the same result.
        #[test]
        fn a_plain_beginning_is_cut_and_measured_as_any_text(
            text in r"([ -~]{0,6}|\r\n|\t|[\u{300}-\u{36f}]|\u{200d}|[…天é]|👩💻|\u{1b}){0,4}",
            columns in 0_usize..14,
        ) {
            let widths: usize = clusters(&text).map(|(_, _, width)| width).sum();
            prop_assert_eq!(width(&text), widths);
            let (mut expected, mut used, mut fits) = (String::new(), 0, 0);
            let mut is_cut = false;
            for (_, shown, width) in clusters(&text) {
                is_cut |= used + width > columns;
                if is_cut {
                    break;
                }
                expected.push_str(&shown);
                used += width;
                if used < columns {
                    fits = expected.len();
                }
            }
            if is_cut {
                expected.truncate(fits);
                expected.push_str(if columns > 0 { CUT } else { "" });
            }
            prop_assert_eq!(clip(&text, columns), expected, "{:?} in {}", text, columns);
        }

        #[test]
        fn graphemes_are_those_of_the_tables(
            text in r"([ -~\r\n\t]|[\u{300}-\u{36f}]|\u{200d}|[\u{1f1e6}-\u{1f1ff}]|👩|💻|ก|ำ|각|\u{600}|.){0,12}"
        ) {
            let found: Vec<_> = graphemes(&text).collect();
            prop_assert_eq!(found, text.grapheme_indices(true).collect::<Vec<_>>());
        }
    }

    #[test]
    fn clips_by_columns() {
        let check = |text: &str, columns: usize, expected: &str| {
            assert_eq!(clip(text, columns), expected, "{text} in {columns}");
        };
        check("hello", 5, "hello");
        check("hello", 4, "hel…");
        check("hello", 1, "…");
        check("hello", 0, "");
        check("天气预报", 8, "天气预报");
        check("天气预报", 7, "天气预…");
        check("天气预报", 6, "天气…");
        check("👩\u{200d}💻 ok", 7, "👩💻 ok");
        check("e\u{301}tude", 3, "e\u{301}t…");
        check("a\nb", 9, "a⏎b");
    }

    #[test]
    fn clips_in_the_middle() {
        let check = |text: &str, columns: usize, expected: &str| {
            assert_eq!(clip_middle(text, columns), expected, "{text} in {columns}");
            assert!(width(expected) <= columns);
        };
        check("tool-call-round-trip-stream", 18, "tool-call…p-stream");
        check("hello", 5, "hello");
        check("hello", 4, "he…o");
        check("hello", 3, "h…o");
        check("hello", 2, "h…");
        check("天气预报天气预报", 9, "天气…预报");
        check("天气预报天气预报", 8, "天气…报");
        check("a\nbcdefgh\u{1b}", 6, "a⏎b…h␛");
        check("cut before…", 20, "cut before…");
    }

    #[test]
    fn wraps_at_spaces() {
        let check = |text: &str, columns: usize, expected: &[&str]| {
            let lines: Vec<&str> = wrap(text, columns).into_iter().map(|r| &text[r]).collect();
            assert_eq!(lines, expected, "{text:?} in {columns}");
        };
        check("one two three", 7, &["one two", "three"]);
        check("one two three", 8, &["one two", "three"]);
        check("abcdefgh", 3, &["abc", "def", "gh"]);
        check("a\n\nb", 5, &["a", "", "b"]);
        check("天气 预报", 4, &["天气", "预报"]);
        check("", 4, &[""]);
    }
}
