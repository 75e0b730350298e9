//! Characters that act where they should only be seen, and how text is written without them: on a line of output,
//! and in JSON.

use std::borrow::Cow;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    }
}
