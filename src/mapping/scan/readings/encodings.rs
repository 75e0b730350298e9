//! What encodes a text, and how it is undone, one encoding at a time.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The escapes that C and most languages after it have for bytes and characters: `\x50`, `\120`, `\40`, `\u{50}`,
/// `\U00000050`.
pub fn bytes_of_c(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let first = memchr::memchr(b'\\', bytes)?;
    let number = |digits: Option<&[u8]>, radix| {
        let digits = std::str::from_utf8(digits?).ok()?;
        let are_digits = digits.chars().all(|digit| digit.is_digit(radix));
        are_digits.then(|| u32::from_str_radix(digits, radix).ok())?
    };
    let mut out = bytes[..first].to_vec();
    let mut at = first;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at + 1..];
        let read = match rest {
            _ if byte != b'\\' => None,
            [b'x', ..] => number(rest.get(1..3), 16).map(|value| (value, 4)),
            [b'0'..=b'7', ..] => {
                let most = if rest[0] <= b'3' { 3 } else { 2 };
                let digits = rest.iter().take(most);
                let length = digits.take_while(|digit| matches!(digit, b'0'..=b'7'));
                let length = length.count();
                number(rest.get(..length), 8).map(|value| (value, length + 1))
            }
            [b'u', b'{', ..] => {
                let end = rest.iter().take(9).position(|byte| *byte == b'}');
                let value = end.and_then(|end| number(rest.get(2..end), 16));
                value.zip(end).map(|(value, end)| (value, end + 2))
            }
            [b'U', ..] => number(rest.get(1..9), 16).map(|value| (value, 10)),
            _ => None,
        };
        match read {
            Some((value, length)) => {
                let is_character = matches!(rest.first(), Some(b'u' | b'U'));
                match u8::try_from(value).ok().filter(|_| !is_character) {
                    Some(byte) => out.push(byte),
                    None => push(value, &mut out),
                }
                at += length;
            }
            // What is escaped otherwise is left to others, a backslash too.
            None if byte == b'\\' => {
                out.extend_from_slice(&bytes[at..bytes.len().min(at + 2)]);
                at += 2;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    changed(&out, text)
}

/// Appends a character in UTF-8.
fn push(code: u32, out: &mut Vec<u8>) {
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Bytes as text, if that is another one: in UTF-8, and where they are none, in Latin-1.
fn changed(bytes: &[u8], text: &str) -> Option<String> {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    (out != text).then_some(out)
}

/// JSON's escapes.
pub fn json(text: &str) -> Option<String> {
    memchr::memchr(b'\\', text.as_bytes())?;
    let unquoted = crate::json::unquote(text).into_owned();
    (unquoted != text).then_some(unquoted)
}

/// Percent-encoding, and what JavaScript's `escape` makes of characters beyond it: `%u0050`.
pub fn percent(text: &str) -> Option<String> {
    let undone = units_of_script(text);
    let rest = signed_digits(undone.as_deref().unwrap_or(text), b'%', |_| None);
    rest.or(undone)
}

/// The units of UTF-16 in `%u0050`.
fn units_of_script(text: &str) -> Option<String> {
    const SIGN: &str = "%u";
    let unit = |digits: Option<&str>| {
        let digits = digits.filter(|digits| digits.bytes().all(|it| it.is_ascii_hexdigit()))?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut parts = text.split(SIGN);
    let mut out = parts.next()?.to_owned();
    let mut units = Vec::new();
    let flush = |units: &mut Vec<u16>, out: &mut String| {
        let characters = char::decode_utf16(units.drain(..));
        out.extend(characters.map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)));
    };
    for part in parts {
        let rest = match unit(part.get(..4)) {
            Some(unit) => {
                units.push(unit);
                &part[4..]
            }
            None => {
                flush(&mut units, &mut out);
                out.push_str(SIGN);
                part
            }
        };
        if !rest.is_empty() {
            flush(&mut units, &mut out);
            out.push_str(rest);
        }
    }
    flush(&mut units, &mut out);
    (out != text).then_some(out)
}

/// A text with each sign and the two hexadecimal digits behind it as the byte that they stand for; `skipped` gives how
/// many bytes go where other ones follow the sign.
fn signed_digits(text: &str, sign: u8, skipped: impl Fn(&[u8]) -> Option<usize>) -> Option<String> {
    let bytes = text.as_bytes();
    let first = memchr::memchr(sign, bytes)?;
    let hex = |byte: Option<&u8>| byte.and_then(|byte| (*byte as char).to_digit(16));
    let mut out = bytes[..first].to_vec();
    let mut at = first;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at + 1..];
        match (hex(rest.first()), hex(rest.get(1))) {
            (Some(high), Some(low)) if byte == sign => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => match (byte == sign).then(|| skipped(rest)).flatten() {
                Some(length) => at += 1 + length,
                None => {
                    out.push(byte);
                    at += 1;
                }
            },
        }
    }
    changed(&out, text)
}

/// Mail's way to write text (RFC 2045): lines are broken anywhere behind an equals sign.
pub fn quoted_printable(text: &str) -> Option<String> {
    signed_digits(text, b'=', |rest| match rest {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    })
}

/// A text in the letters that its characters are compatible with (NFKC): full width, bold, in circles; and accents
/// as one character with their letters.
pub fn in_plain_letters(text: &str) -> Option<String> {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        return None;
    }
    /// A few characters become a dozen; a text of those is no prompt.
    const MOST_TIMES: usize = 2;
    let most = text.len() * MOST_TIMES;
    let plain: String = text.nfkc().take(most + 1).collect();
    (plain != text && plain.len() <= most).then_some(plain)
}

/// Whether a text has letters that are other ones in plain letters. Signs such as `…` are no letters, and most texts that
/// have more than ASCII have no other.
pub fn has_odd_letters(text: &str) -> bool {
    !text.is_ascii() && may_have_odd_letters(text.as_bytes()) && text.chars().any(is_odd_letter)
}

/// Whether JSON's escapes in a string stand for such letters.
pub fn has_odd_escapes(raw: &str) -> bool {
    memchr::memmem::find_iter(raw.as_bytes(), br"\u").any(|at| {
        let digits = raw.get(at + 2..at + 6);
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        // Letters beyond 16 bits begin with one of two surrogates.
        unit.is_some_and(|unit| {
            matches!(unit, 0xd835 | 0xd83c) || char::from_u32(unit).is_some_and(is_odd_letter)
        })
    })
}

const fn is_odd_letter(c: char) -> bool {
    matches!(c,
        'ª' | 'ſ' | '²' | '³' | '¹' | 'º' | '\u{2b0}'..='\u{2e4}' | '\u{1d2c}'..='\u{1dbf}' | '\u{300}'..='\u{36f}' | '\u{1100}'..='\u{11ff}'
        | '\u{2070}'..='\u{209f}' | '\u{2102}'..='\u{2188}' | '\u{2460}'..='\u{24ff}'
        | '\u{3099}' | '\u{309a}' | '\u{fb00}'..='\u{fb4f}' | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' | '\u{ff10}'..='\u{ff5a}' | '\u{ff66}'..='\u{ffdc}'
        | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f189}')
}

/// Whether two bytes in a row could begin such a letter, in one pass without branches.
fn may_have_odd_letters(text: &[u8]) -> bool {
    let is_within = |byte: u8, low: u8, high: u8| u8::from(byte.wrapping_sub(low) <= high - low);
    let is = |byte: u8, value: u8| u8::from(byte == value);
    let may_begin = |first: u8, second: u8| {
        is(first, 0xc2) & is_within(second, 0xaa, 0xba)
            | is(first, 0xc5) & is(second, 0xbf)
            | is_within(first, 0xca, 0xcb)
            | is_within(first, 0xcc, 0xcd)
            | is(first, 0xe1) & is_within(second, 0xb4, 0xb6)
            | is(first, 0xe1) & is_within(second, 0x84, 0x87)
            | is(first, 0xe2) & is_within(second, 0x81, 0x93)
            | is(first, 0xe3) & is(second, 0x82)
            | is(first, 0xef) & is_within(second, 0xac, 0xbf)
            | is(first, 0xf0) & (is(second, 0x9d) | is(second, 0x9f))
    };
    let seconds = text.get(1..).unwrap_or_default();
    let pairs = text.iter().zip(seconds);
    pairs.fold(0, |any, (&first, &second)| any | may_begin(first, second)) != 0
}

/// A text without control characters within it, without the colours of a terminal, and without characters that nobody sees.
pub fn without_controls(text: &str) -> Option<String> {
    let goes = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r') || is_filler(c);
    if !text.contains(goes) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\u{1b}' if rest.starts_with('[') => {
                let parameters = rest[1..].find(|c: char| !matches!(c, ' '..='?'));
                let end = parameters.map_or(rest.len(), |length| length + 1);
                let last = rest[end..].chars().next().map_or(0, char::len_utf8);
                rest = &rest[end + last..];
            }
            // Some are drawn as a blank.
            c if is_filler(c) => out.push(' '),
            c if goes(c) => {}
            c => out.push(c),
        }
    }
    Some(out)
}

/// Letters of Hangul that are drawn as a blank.
const fn is_filler(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// A text with HTML's names and numbers for characters as what they stand for.
pub fn entities(text: &str) -> Option<String> {
    memchr::memchr(b'&', text.as_bytes())?;
    let Cow::Owned(plain) = htmlize::unescape(text) else {
        return None;
    };
    // Some thirty of them are blanks.
    let blank = |c: char| {
        if c.is_whitespace() && !c.is_ascii() {
            ' '
        } else {
            c
        }
    };
    let plain: String = plain.chars().map(blank).collect();
    (plain != text).then_some(plain)
}

/// Tags that stand within words and draw no blank.
const WITHIN_WORDS: [&str; 19] = [
    "a", "b", "big", "code", "del", "em", "font", "i", "ins", "mark", "s", "small", "span",
    "strong", "sub", "sup", "tt", "u", "wbr",
];

/// A text without HTML's tags: with a blank for each, and where some stand within words, also without one for those.
pub fn without_tags(text: &str) -> [Option<String>; 2] {
    const LONGEST_TAG: usize = 2000;
    let (mut apart, mut joined) = (String::new(), String::new());
    let (mut done, mut from) = (0, 0);
    let mut is_within_words = false;
    while let Some(found) = memchr::memchr(b'<', &text.as_bytes()[from..]) {
        let at = from + found;
        from = at + 1;
        let rest = &text[at + 1..];
        let is_tag = rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        let head = &rest.as_bytes()[..rest.len().min(LONGEST_TAG)];
        let Some(end) = memchr::memchr(b'>', head).filter(|_| is_tag) else {
            continue;
        };
        let inside = rest[..end].trim_start_matches('/');
        let name = inside.split(|c: char| !c.is_ascii_alphanumeric()).next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        let draws_none = WITHIN_WORDS.contains(&name.as_str());
        for (out, gap) in [(&mut apart, true), (&mut joined, !draws_none)] {
            out.push_str(&text[done..at]);
            out.push_str(if gap { " " } else { "" });
        }
        is_within_words |= draws_none;
        done = at + end + 2;
        from = done;
    }
    if done == 0 {
        return [None, None];
    }
    apart.push_str(&text[done..]);
    joined.push_str(&text[done..]);
    [Some(apart), is_within_words.then_some(joined)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_signs_are_told_apart() {
        let check = |text: &str, expected: [Option<&str>; 2]| {
            let found = without_tags(text);
            assert_eq!(found.each_ref().map(Option::as_deref), expected, "{text}");
        };
        check(
            "what <b>time</b><br/>is",
            [Some("what  time  is"), Some("what time is")],
        );
        check("Ro<wbr>bert", [Some("Ro bert"), Some("Robert")]);
        check("<p>a</p><!-- b -->", [Some(" a  "), None]);
        check("a < b && c > d", [None, None]);
    }

    #[test]
    fn entities_are_characters_with_and_without_their_end() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(entities(text).as_deref(), expected, "{text}");
        };
        check("AT&T; and &unknown; and &;", None);
        check("caf&eacute; &lt;b&gt;", Some("café <b>"));
        check("a&nbspb&#32c&#x20;d", Some("a b c d"));
        check("&#0000000116;&#x00000074;&Tab;&comma;", Some("tt\t,"));
    }

    #[test]
    fn escapes_of_scripts_are_undone() {
        let check = |undone: Option<String>, expected: &str| {
            assert_eq!(undone.as_deref(), Some(expected));
        };
        check(percent("a%u0020b%uD83D%uDE00c%20d"), "a b😀c d");
        assert_eq!(percent("100%up, 5 %u12"), None);
        check(percent("%DCber"), "Über");
        check(percent("%C3%9Cber"), "Über");
        check(bytes_of_c(r"a\40b\U00000063\x64\u{65}"), "a bcde");
        assert_eq!(bytes_of_c(r"C:\new\8"), None);
    }

    #[test]
    fn what_nobody_sees_goes() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(without_controls(text).as_deref(), expected, "{text:?}");
        };
        check("Ro\u{1}b\u{8}ert", Some("Robert"));
        check("\u{1b}[1;31mRob\u{1b}[0mert\u{1b}[", Some("Robert"));
        check("Robert\u{3164}Miller", Some("Robert Miller"));
        check("a\tb\nc", None);
    }

    #[test]
    fn odd_letters_are_those_that_become_others() {
        for c in (0x80..=0x24ff)
            .chain(0xfb00..=0x1_0000)
            .chain(0x1_d400..=0x1_d7ff)
            .filter_map(char::from_u32)
        {
            let text = c.to_string();
            let plain = in_plain_letters(&text).unwrap_or_default();
            if plain.len() == 1 && plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                assert!(has_odd_letters(&text), "{c:?}");
            }
            assert_eq!(has_odd_letters(&text), is_odd_letter(c), "{c:?}");
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            let escapes: String = units.iter().map(|it| format!("\\u{it:04x}")).collect();
            assert!(!is_odd_letter(c) || has_odd_escapes(&escapes), "{escapes}");
        }
        for odd in ["ﬁrst", "e\u{301}", "ｶﾅ", "\u{1100}\u{1161}", "ﷺ"] {
            assert!(has_odd_letters(odd), "{odd}");
        }
        for plain in ["naïve “café” … – 天気 カナ 각 €5 😀", "plain"] {
            assert!(!has_odd_letters(plain), "{plain}");
        }
    }
}
