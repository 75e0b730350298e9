//! Text for a terminal: nothing in it can move the cursor or change the terminal, and its width in
//! columns is the same in every terminal.
//!
//! Control characters become symbols. Joiners, variation selectors and skin tones are left out on screen,
//! since terminals do not agree on how wide such emoji are; characters that turn the direction of
//! writing are shown as symbols. What is copied or sent is never taken from here.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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

/// Whether a character acts on a terminal, on the line that it stands in or on the direction of writing, where
/// it should only be seen: C0 and C1 controls, separators of lines and paragraphs, bidirectional marks.
pub const fn acts(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// The text with a symbol for each character that acts, line breaks included; all else stays as it is.
pub fn inert(text: &str) -> Cow<'_, str> {
    if !may_act(text) || !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    text.chars().map(symbol).collect()
}

/// A text as one line of output: nothing in it can end the line or act on a terminal, nor can it give orders to a
/// build that reads the output. GitHub takes a line that begins with `::` for a command, and `##[` anywhere.
pub fn output_line(text: &str) -> Cow<'_, str> {
    let text = inert(text);
    let is_command = text.trim_start().starts_with("::");
    if !is_command && !text.contains("##[") {
        return text;
    }
    let text = text.replace("##[", "## [");
    Cow::Owned(match is_command {
        true => format!("| {text}"),
        false => text,
    })
}

fn symbol(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '␡',
        c if acts(c) => '\u{fffd}',
        c => c,
    }
}

/// JSON text with every character that acts written as `\u…`, which means the same. Such a character can only
/// stand in a string; line breaks between values stay.
pub fn inert_json(json: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    while let Some(at) = next_acting(json.as_bytes(), done)
        && let Some(c) = json[at..].chars().next()
    {
        out.push_str(&json[done..at]);
        out.push_str(&format!("\\u{:04x}", c as u32));
        done = at + c.len_utf8();
    }
    if done == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(&json[done..]);
    Cow::Owned(out)
}

/// Where the next character that acts begins in UTF-8, line breaks aside.
///
/// Block by block, each without branches, so that the compiler makes vector compares of it. The byte that such a
/// character begins with does not tell it from `“`, `£` or an Arabic letter, which prose is full of; only a block
/// with such a byte has the bytes after it looked at.
fn next_acting(text: &[u8], from: usize) -> Option<usize> {
    const BLOCK: usize = 256;
    let mut at = from;
    while let Some(bytes) = text.get(at..at + BLOCK + 2) {
        let firsts = &bytes[..BLOCK];
        // Nearly all of JSON is printable ASCII, which one comparison tells.
        if let Some(block) = firsts.first_chunk::<BLOCK>()
            && furthest_from_blank(block) < 0x5f
        {
            at += BLOCK;
            continue;
        }
        if firsts.iter().fold(0, |any, &byte| any | may_begin(byte)) != 0 {
            let any = firsts
                .iter()
                .zip(&bytes[1..=BLOCK])
                .zip(&bytes[2..])
                .fold(0, |any, ((&first, &second), &third)| {
                    any | begins_acting(first, second, third)
                });
            if any != 0 {
                break;
            }
        }
        at += BLOCK;
    }
    let byte = |at: usize| text.get(at).copied().unwrap_or_default();
    (at..text.len()).find(|&at| begins_acting(byte(at), byte(at + 1), byte(at + 2)) != 0)
}

/// How far behind the blank the last of some bytes stands; control characters stand behind all others.
fn furthest_from_blank(block: &[u8; 256]) -> u8 {
    block
        .iter()
        .fold(0, |furthest, byte| furthest.max(byte.wrapping_sub(b' ')))
}

/// Not 0 for a byte that a character other than a line break which acts could begin with.
fn may_begin(byte: u8) -> u8 {
    u8::from(byte < 0x20) & u8::from(byte != b'\n')
        | u8::from(byte == 0x7f)
        | u8::from(byte == 0xc2)
        | u8::from(byte == 0xd8)
        | u8::from(byte == 0xe2)
}

/// Not 0 where a character other than a line break which [`acts`] begins with these bytes.
fn begins_acting(first: u8, second: u8, third: u8) -> u8 {
    let is_within = |byte: u8, low: u8, high: u8| u8::from(byte.wrapping_sub(low) <= high - low);
    let control = u8::from(first < 0x20) & u8::from(first != b'\n') | u8::from(first == 0x7f);
    let c1_control = u8::from(first == 0xc2) & u8::from(second < 0xa0);
    let arabic_mark = u8::from(first == 0xd8) & u8::from(second == 0x9c);
    // U+200E, U+200F and U+2028 to U+202E; U+2066 to U+2069.
    let marks = is_within(third, 0x8e, 0x8f) | is_within(third, 0xa8, 0xae);
    let isolates = is_within(third, 0xa6, 0xa9);
    let punctuation = u8::from(first == 0xe2)
        & (u8::from(second == 0x80) & marks | u8::from(second == 0x81) & isolates);
    control | c1_control | arabic_mark | punctuation
}

/// Whether any byte could belong to a character that acts. One pass without branches: most text has none.
fn may_act(text: &str) -> bool {
    text.bytes().fold(false, |may, byte| {
        may | (byte < 0x20) | (byte == 0x7f) | (byte == 0xc2) | (byte == 0xd8) | (byte == 0xe2)
    })
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

    /// What [`inert_json`] says, character by character.
    fn escaped(json: &str) -> String {
        let escape = |c: char| match acts(c) && c != '\n' {
            true => format!("\\u{:04x}", c as u32),
            false => c.to_string(),
        };
        json.chars().map(escape).collect()
    }

    #[test]
    fn every_character_that_acts_is_escaped_in_json_and_no_other() {
        let every: String = ('\0'..=char::MAX).collect();
        // Compared first, as it would be a long message.
        let is_equal = inert_json(&every) == escaped(&every);
        assert!(is_equal);
    }

    #[test]
    fn json_without_characters_that_act_is_not_copied() {
        let line = "{\"text\":\"“it’s” — naïve café £5 … \u{a0}العربية ⏎ 天气 😀\"}\n";
        for page in [line, &line.repeat(9), "", "\n\n"] {
            assert!(matches!(inert_json(page), Cow::Borrowed(same) if same == page));
        }
    }

    #[test]
    fn characters_that_act_are_found_wherever_they_stand() {
        for c in [
            '\u{1b}', '\u{7f}', '\u{9b}', '\u{61c}', '\u{200f}', '\u{2028}', '\u{2069}',
        ] {
            for before in 0..140 {
                for after in [0, 1, 2, 70] {
                    let text = format!("{}{c}{}", "“".repeat(before), "a".repeat(after));
                    assert_eq!(inert_json(&text), escaped(&text));
                    let text = format!("{}{c}{}", "a".repeat(before), "—".repeat(after));
                    assert_eq!(inert_json(&text), escaped(&text));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn json_is_escaped_as_character_by_character(
            text in r"([ -~]{0,40}|[“”‘’—…é£\u{a0}\u{60c}\u{2010}\u{2060}]|[\n\u{0}\u{1b}\u{7f}-\u{9f}]|[\u{200e}\u{202e}\u{2066}\u{61c}]|.){0,24}"
        ) {
            prop_assert_eq!(inert_json(&text), escaped(&text));
        }

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
