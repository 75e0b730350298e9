//! The ways in which a value's text may be read: as it stands, with what encodes it undone, in plain letters, and what
//! it holds in base64 or hexadecimal, each again and again within limits.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::words;

/// A text that a value may be read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextReading<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// How the value has to be read to see it, for people.
    pub how: &'static str,
}

const PLAIN: &str = "word for word";
const MANY: &str = "decoded more than once";

/// Encodings within one another that are followed.
const DEPTH: usize = 4;
/// Rounds of escapes within escapes.
const ROUNDS: usize = 5;
/// Shorter runs are words.
const SHORTEST_CODE: usize = 16;
/// A decoded piece that is shorter says too little.
const SHORTEST_TEXT: usize = 10;

/// All readings of a text, itself first. Together they are at most some times as long as it is.
pub fn readings(text: &str) -> Vec<TextReading<'_>> {
    let mut all = vec![TextReading {
        text: Cow::Borrowed(text),
        how: PLAIN,
    }];
    if is_read_as_it_stands(text) {
        return all;
    }
    let mut left = text.len() * 8 + 4096;
    let mut from = 0;
    for depth in 0..DEPTH {
        let to = all.len();
        if from == to {
            break;
        }
        for at in from..to {
            let mut found = Vec::new();
            inner(&all[at].text, &mut found);
            for (text, how) in found {
                let Some(rest) = left.checked_sub(text.len()) else {
                    return all;
                };
                left = rest;
                let how = if depth == 0 { how } else { MANY };
                all.push(TextReading {
                    text: Cow::Owned(text),
                    how,
                });
            }
        }
        from = to;
    }
    all
}

/// Whether a text has no sign of any encoding and no run that is long enough for one.
pub fn is_read_as_it_stands(text: &str) -> bool {
    let (mut run, mut digits) = (0, 0);
    let mut was_lower = false;
    for byte in text.bytes() {
        let is_sign = matches!(byte, b'\\' | b'%' | b'&' | b'<' | b'=') || !byte.is_ascii();
        if is_sign || was_lower && byte.is_ascii_uppercase() {
            return false;
        }
        was_lower = byte.is_ascii_lowercase();
        if byte.is_ascii_hexdigit() {
            digits += 1;
        } else if !is_between_digits(byte) && !matches!(byte, b'x' | b'X') {
            digits = 0;
        }
        if digits >= 2 * SHORTEST_TEXT {
            return false;
        }
        run = if is_of_code(byte) { run + 1 } else { 0 };
        if run >= SHORTEST_CODE || byte == b'\n' {
            return false;
        }
    }
    true
}

/// What is one step further in than a text.
fn inner(text: &str, found: &mut Vec<(String, &'static str)>) {
    let (unescaped, how) = unescape(text);
    codes(&unescaped, found);
    if let Cow::Owned(unescaped) = unescaped {
        if let Some(apart) = taken_apart(&unescaped) {
            found.push((apart, how));
        }
        found.push((unescaped, how));
        // What undoing an escape would tear, such as a lone percent sign, stands in the text itself.
        codes(text, found);
    }
    if let Some(apart) = taken_apart(text) {
        found.push((apart, "with its words taken apart"));
    }
    // An equals sign before two such digits is not rare, so nothing else is read of what becomes of it.
    if let Some(printed) = quoted_printable(text) {
        found.push((printed, "with its quoted-printable undone"));
    }
    if let Some(plain) = in_plain_letters(text) {
        found.push((plain, "in plain letters"));
    }
}

/// Undoes one encoding; `None` where there is none.
type Step = fn(&str) -> Option<String>;

const STEPS: [(Step, &str); 4] = [
    (bytes_of_c, "with its escapes resolved"),
    (json, "with its escapes resolved"),
    (percent, "with its percent-encoding undone"),
    (html, "without its HTML"),
];

/// A text with JSON's escapes, percent-encoding and HTML undone, as often as there are any.
fn unescape(text: &str) -> (Cow<'_, str>, &'static str) {
    let mut out = Cow::Borrowed(text);
    let mut how = PLAIN;
    for _ in 0..ROUNDS {
        let mut is_same = true;
        for (step, name) in STEPS {
            if let Some(next) = step(&out) {
                out = Cow::Owned(next);
                how = if how == PLAIN || how == name {
                    name
                } else {
                    MANY
                };
                is_same = false;
            }
        }
        if is_same {
            break;
        }
    }
    (out, how)
}

/// The escapes that C and most languages after it have for bytes: `\x50`, `\120`; and `\u{50}`.
fn bytes_of_c(text: &str) -> Option<String> {
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
            [b'0'..=b'3', ..] => number(rest.get(..3), 8).map(|value| (value, 4)),
            [b'u', b'{', ..] => {
                let end = rest.iter().take(9).position(|byte| *byte == b'}');
                let value = end.and_then(|end| number(rest.get(2..end), 16));
                value.zip(end).map(|(value, end)| (value, end + 2))
            }
            _ => None,
        };
        match read {
            Some((value, length)) => {
                let is_character = rest.first() == Some(&b'u');
                match u8::try_from(value).ok().filter(|_| !is_character) {
                    Some(byte) => out.push(byte),
                    None => {
                        let character =
                            char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    }
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
    let out = String::from_utf8_lossy(&out).into_owned();
    (out != text).then_some(out)
}

fn json(text: &str) -> Option<String> {
    memchr::memchr(b'\\', text.as_bytes())?;
    let unquoted = crate::json::unquote(text).into_owned();
    (unquoted != text).then_some(unquoted)
}

fn percent(text: &str) -> Option<String> {
    signed_digits(text, b'%', |_| None)
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
    let out = String::from_utf8_lossy(&out).into_owned();
    (out != text).then_some(out)
}

/// Mail's way to write text (RFC 2045): lines are broken anywhere behind an equals sign.
fn quoted_printable(text: &str) -> Option<String> {
    signed_digits(text, b'=', |rest| match rest {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    })
}

/// A text in the letters that its characters are compatible with (NFKC): full width, bold, in circles; and accents
/// as one character with their letters.
fn in_plain_letters(text: &str) -> Option<String> {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        return None;
    }
    /// A few characters become a dozen; a text of those is no prompt.
    const MOST_TIMES: usize = 2;
    let most = text.len() * MOST_TIMES;
    let plain: String = text.nfkc().take(most + 1).collect();
    (plain != text && plain.len() <= most).then_some(plain)
}

/// The commonest of HTML's names for characters, besides its numbers for any.
const ENTITIES: [(&str, &str); 34] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("ensp", " "),
    ("emsp", " "),
    ("thinsp", " "),
    ("shy", ""),
    ("zwnj", ""),
    ("hellip", "…"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("szlig", "ß"),
    ("eacute", "é"),
    ("egrave", "è"),
    ("agrave", "à"),
    ("ccedil", "ç"),
    ("ntilde", "ñ"),
    ("ecirc", "ê"),
    ("aacute", "á"),
    ("oacute", "ó"),
    ("iacute", "í"),
];

/// A text without tags, and with its entities as the characters that they stand for.
fn html(text: &str) -> Option<String> {
    const LONGEST_ENTITY: usize = 10;
    const LONGEST_TAG: usize = 2000;
    let mut out = String::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(found) = memchr::memchr2(b'&', b'<', &text.as_bytes()[from..]) {
        let at = from + found;
        let rest = &text.as_bytes()[at + 1..];
        from = at + 1;
        let (replaced, length) = match text.as_bytes()[at] {
            b'&' => {
                let head = &rest[..rest.len().min(LONGEST_ENTITY)];
                let Some(end) = memchr::memchr(b';', head) else {
                    continue;
                };
                match entity(&text[at + 1..at + 1 + end]) {
                    Some(character) => (character, end + 2),
                    None => continue,
                }
            }
            _ => {
                let is_tag = rest
                    .first()
                    .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!'));
                let head = &rest[..rest.len().min(LONGEST_TAG)];
                match memchr::memchr(b'>', head).filter(|_| is_tag) {
                    Some(end) => (Cow::Borrowed(" "), end + 2),
                    None => continue,
                }
            }
        };
        out.push_str(&text[done..at]);
        out.push_str(&replaced);
        done = at + length;
        from = done;
    }
    if done == 0 {
        return None;
    }
    out.push_str(&text[done..]);
    Some(out)
}

fn entity(name: &str) -> Option<Cow<'static, str>> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        let character = char::from_u32(code.ok()?)?;
        return Some(Cow::Owned(character.to_string()));
    }
    let known = ENTITIES.iter().find(|(have, _)| *have == name);
    known.map(|(_, character)| Cow::Borrowed(*character))
}

/// A text with a space between the words of `namesLikeThis`; none where there is no such name.
///
/// Ids look like such names too, but their pieces are short or have digits.
fn taken_apart(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_seam = |at: usize| {
        let [before, byte] = [bytes[at - 1], bytes[at]];
        let next = bytes.get(at + 1).copied().unwrap_or_default();
        byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_uppercase() && next.is_ascii_lowercase())
    };
    let mut out = String::new();
    let mut done = 0;
    words::each_word(text, |word| {
        if !word.is_prose || word.weight < SHORTEST_TEXT {
            return;
        }
        let seams = (word.start + 1..word.end).filter(|at| is_seam(*at));
        let seams: Vec<usize> = seams.collect();
        // Two letters and a half a word, at least.
        if seams.is_empty() || word.weight * 2 < (seams.len() + 1) * 5 {
            return;
        }
        for seam in seams {
            out.push_str(&text[done..seam]);
            out.push(' ');
            done = seam;
        }
    });
    if done == 0 {
        return None;
    }
    out.push_str(&text[done..]);
    Some(out)
}

/// The letters of base64, in both alphabets.
fn is_of_code(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// What runs of a text hold in base64 or hexadecimal, where that is text: each by itself, and those over
/// several lines together.
fn codes(text: &str, found: &mut Vec<(String, &'static str)>) {
    hexadecimal(text, found);
    let bytes = text.as_bytes();
    let mut lines: Vec<u8> = Vec::new();
    let mut line_count = 0;
    let mut at = 0;
    while at < bytes.len() {
        let gap = bytes[at..].iter().take_while(|byte| !is_of_code(**byte));
        let start = at + gap.count();
        // Padding goes with what stands before; a line's end makes the next run another line of the same.
        let between = &bytes[at..start];
        let goes_on =
            between.contains(&b'\n') && between.iter().all(|byte| byte.is_ascii_whitespace());
        if !goes_on {
            if line_count > 1 {
                code(&lines, found);
            }
            lines.clear();
            line_count = 0;
        }
        let run = bytes[start..].iter().take_while(|byte| is_of_code(**byte));
        let end = start + run.count();
        let run = &bytes[start..end];
        if run.len() >= SHORTEST_CODE {
            code(run, found);
        }
        if !run.is_empty() {
            lines.extend_from_slice(run);
            line_count += 1;
        }
        at = end;
    }
    if line_count > 1 {
        code(&lines, found);
    }
}

/// What a run holds. Where it begins is not known for certain (a path, a prefix), so each of the four
/// beginnings is tried; the wrong ones give no text.
fn code(run: &[u8], found: &mut Vec<(String, &'static str)>) {
    if run.len() < SHORTEST_CODE {
        return;
    }
    for start in 0..4 {
        texts(&base64(&run[start..]), "decoded from base64", found);
    }
}

/// Hexadecimal digits of so many bytes, wherever they stand: beside letters and signs, and with signs between the bytes.
fn hexadecimal(text: &str, found: &mut Vec<(String, &'static str)>) {
    let mut digits = Vec::new();
    let mut decode = |digits: &mut Vec<u8>| {
        if digits.len() >= 2 * SHORTEST_TEXT {
            // A letter before the first byte may be a digit, too.
            for start in 0..2 {
                let pairs = digits[start..].as_chunks::<2>().0.iter();
                let bytes: Vec<u8> = pairs.map(|[high, low]| high * 16 + low).collect();
                texts(&bytes, "decoded from hexadecimal", found);
            }
        }
        digits.clear();
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut gap = 0;
    while let Some(&byte) = bytes.get(at) {
        let is_prefix = byte == b'0' && matches!(bytes.get(at + 1), Some(b'x' | b'X'));
        if is_prefix {
            at += 1;
            gap += 1;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            // What stands between the bytes parts no byte.
            if gap > 0 && digits.len() % 2 == 1 {
                decode(&mut digits);
            }
            digits.push(digit as u8);
            gap = 0;
        } else if is_between_digits(byte) && gap < MOST_BETWEEN {
            gap += 1;
        } else {
            decode(&mut digits);
            gap = 0;
        }
        at += 1;
    }
    decode(&mut digits);
}

/// What may stand between bytes in hexadecimal: `50 6c`, `50:6c`, `0x50, 0x6c`, `{0x50,\n0x6c}`.
fn is_between_digits(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b':' | b'-' | b',' | b';' | b'_' | b'.')
}

/// So many of those at most.
const MOST_BETWEEN: usize = 6;

/// Base64 in either alphabet, without padding; what is left over at the end counts as far as it goes.
fn base64(run: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    let mut out = Vec::with_capacity(run.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in run {
        bits = bits << 6 | u32::from(value(*byte));
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

/// The pieces of bytes that are text and long enough to tell, in UTF-8 or UTF-16. Where a text begins is not known for
/// certain here either.
fn texts(bytes: &[u8], how: &'static str, found: &mut Vec<(String, &'static str)>) {
    let before = found.len();
    for chunk in bytes.utf8_chunks() {
        pieces(chunk.valid(), how, found);
    }
    let read: usize = found[before..].iter().map(|(text, _)| text.len()).sum();
    let is_read = read * 2 > bytes.len();
    for start in 0..2 {
        let units = bytes.get(start..).unwrap_or_default().as_chunks::<2>().0;
        let before = found.len();
        for unit in [u16::from_le_bytes, u16::from_be_bytes] {
            let units = || units.iter().map(|two| unit(*two));
            let blocks = Blocks::of(units());
            if blocks.are_of_letters() || !is_read && blocks.are_east_asian() {
                let characters = char::decode_utf16(units());
                let replaced = |it: Result<char, _>| it.unwrap_or(char::REPLACEMENT_CHARACTER);
                pieces(&characters.map(replaced).collect::<String>(), how, found);
            }
        }
        if found.len() > before {
            return;
        }
    }
}

fn pieces(text: &str, how: &'static str, found: &mut Vec<(String, &'static str)>) {
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
    let pieces = text.split(|c: char| !is_text(c));
    let long = pieces.filter(|piece| piece.len() >= SHORTEST_TEXT);
    found.extend(long.map(|piece| (piece.to_owned(), how)));
}

/// How many characters of a text in UTF-16 each block of 256 has. Nearly any bytes could be such a text, so they have to
/// have the look of one.
struct Blocks {
    counts: [usize; 256],
    all: usize,
}

impl Blocks {
    fn of(units: impl Iterator<Item = u16>) -> Blocks {
        let mut counts = [0; 256];
        units.for_each(|unit| counts[usize::from(unit >> 8)] += 1);
        let all = counts.iter().sum();
        Blocks { counts, all }
    }

    /// Whether half of them are of one block, as in scripts with letters.
    fn are_of_letters(&self) -> bool {
        let most = self.counts.iter().max().copied().unwrap_or_default();
        self.all * 2 >= SHORTEST_TEXT && most * 2 >= self.all
    }

    /// Whether nearly all are Chinese or Japanese, with kana and full-width signs, or Korean, with spaces.
    fn are_east_asian(&self) -> bool {
        /// Fewer may be there by chance.
        const SHORTEST: usize = 8;
        let have = |letters: std::ops::RangeInclusive<usize>, signs: [usize; 2]| {
            let signs = signs.map(|block| self.counts[block]);
            self.counts[letters].iter().chain(&signs).sum::<usize>()
        };
        let most = have(0x4e..=0x9f, [0x30, 0xff]).max(have(0xac..=0xd7, [0x30, 0x00]));
        self.all >= SHORTEST && most * 10 >= self.all * 9
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    fn has(text: &str, inner: &str) -> Option<&'static str> {
        let found = readings(text);
        let found = found
            .into_iter()
            .find(|reading| reading.text.contains(inner));
        found.map(|reading| reading.how)
    }

    #[test]
    fn undoes_what_encodes_a_text() {
        let check = |text: &str, how: &str| {
            assert_eq!(has(text, "what time is it"), Some(how), "{text}");
        };
        check("so what time is it now", PLAIN);
        check(r"so\nwhat time is it\nnow", PLAIN);
        check(
            "so what%20time%20is%20it",
            "with its percent-encoding undone",
        );
        check(
            "so what%2520time%2520is%2520it",
            "with its percent-encoding undone",
        );
        check("what&nbsp;time&#32;is&#x20;it", "without its HTML");
        check("what&amp;nbsp;time is it", "without its HTML");
        check(
            r"what\u0020time\u0020is\u0020it",
            "with its escapes resolved",
        );
        check(r"what\\u0020time is it", "with its escapes resolved");
        check("what%26nbsp%3Btime is it", MANY);
        let base64 = STANDARD.encode("so what time is it now");
        check(&base64, "decoded from base64");
        check(
            &format!("data:text/plain;base64,{base64}"),
            "decoded from base64",
        );
        check(
            &format!(
                "https://a.test/d/{}?x=1",
                URL_SAFE_NO_PAD.encode("so what time is it now")
            ),
            "decoded from base64",
        );
        check(&format!("(\"{base64}\")[0]"), "decoded from base64");
        check(&format!("id-{base64}"), "decoded from base64");
        check(&STANDARD.encode(&base64), MANY);
        check(&base64.replace('=', "%3D"), "decoded from base64");
        let lines: Vec<String> = base64
            .as_bytes()
            .chunks(4)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        check(&lines.join("\n"), "decoded from base64");
        check(&lines.join("\r\n  "), "decoded from base64");
        check(&lines.join("\\n"), "decoded from base64");
        let token = [r#"{"alg":"none"}"#, r#"{"q":"what time is it"}"#]
            .map(|part| URL_SAFE_NO_PAD.encode(part));
        check(&format!("{}.c2ln", token.join(".")), "decoded from base64");
        let hex: String = "what time is it"
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        check(&hex, "decoded from hexadecimal");
        for text in [
            format!("0x{hex}"),
            format!("https://a.test/{hex}/x"),
            format!("key-{hex}-end"),
            format!("cafe{hex}"),
            format!("a{hex}z"),
        ] {
            check(&text, "decoded from hexadecimal");
        }
        for between in [" ", ":", "-", ", 0x", ",\n  0x"] {
            let bytes = "what time is it".bytes().map(|byte| format!("{byte:02x}"));
            let text = bytes.collect::<Vec<_>>().join(between);
            check(&text, "decoded from hexadecimal");
        }
        let escaped =
            |escape: fn(u8) -> String| "what time is it".bytes().map(escape).collect::<String>();
        let resolved = "with its escapes resolved";
        check(&escaped(|byte| format!("\\x{byte:02x}")), resolved);
        check(&escaped(|byte| format!("\\{byte:03o}")), resolved);
        check(&escaped(|byte| format!("\\u{{{byte:x}}}")), resolved);
        let printed = "with its quoted-printable undone";
        check(&escaped(|byte| format!("={byte:02X}")), printed);
        check("so what=20time is=20it", printed);
        check("so what ti=\nme is it", printed);
        check("so what ti=\r\nme is it, costs =E2=82=AC 3", printed);
        check("what%3D20time%3d20is it", MANY);
        check("ｗｈａｔ ｔｉｍｅ ｉｓ ｉｔ", "in plain letters");
        check("𝐰𝐡𝐚𝐭 𝕥𝕚𝕞𝕖 ⓘⓢ ｉｔ", "in plain letters");
        check("what=20ｔｉｍｅ is it", MANY);
    }

    #[test]
    fn text_in_utf16_is_read_in_either_order() {
        let check = |text: &str| {
            let units: Vec<u16> = text.encode_utf16().collect();
            for unit in [u16::to_le_bytes, u16::to_be_bytes] {
                let bytes: Vec<u8> = units.iter().flat_map(|it| unit(*it)).collect();
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(has(&hex, text), Some("decoded from hexadecimal"), "{text}");
                let base64 = STANDARD.encode(&bytes);
                assert_eq!(has(&base64, text), Some("decoded from base64"), "{text}");
            }
        };
        check("what time is it");
        check("который сейчас час");
        check("天气预报说明天会下大雨");
        check("지금 몇 시입니까 알려 주세요");
        check("今は何時ですか教えてください");
    }

    /// What was drawn at random is not taken for UTF-16, nor is a text that is read already.
    #[test]
    fn ids_are_not_read_as_utf16() {
        let mut dice = 7_u64;
        let mut draw = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 56) as u8
        };
        let mut found = Vec::new();
        for _ in 0..1000 {
            let id: Vec<u8> = (0..16).map(|_| draw()).collect();
            texts(&id, "", &mut found);
        }
        assert!(found.len() < 5, "{found:?}");
        found.clear();
        texts(b"what-time-is-it-now", "", &mut found);
        assert_eq!(found, [("what-time-is-it-now".to_owned(), "")]);
    }

    #[test]
    fn an_equals_sign_hides_no_other_reading() {
        assert_eq!(
            has("a=be&what&nbsp;time is it", "what time is it"),
            Some("without its HTML")
        );
        assert_eq!(has("what time=it is=ad", "time=it is=ad"), Some(PLAIN));
    }

    #[test]
    fn takes_names_apart() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(taken_apart(text).as_deref(), expected, "{text}");
        };
        check("whatTimeIsIt", Some("what Time Is It"));
        check("a_WhatTimeIsIt-b", Some("a_What Time Is It-b"));
        check("parseHTTPServerNames", Some("parse HTTP Server Names"));
        check("environment", None);
        check("userId", None);
        check("usr_2NfKx9QwErTyUiOpAs", None);
        check("aBcDeFgHiJkLmN", None);
    }

    #[test]
    fn tags_and_signs_are_told_apart() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(html(text).as_deref(), expected, "{text}");
        };
        check("what <b>time</b><br/>is", Some("what  time  is"));
        check("a < b && c > d", None);
        check("AT&T; and &unknown; and &;", None);
        check("caf&eacute; &lt;b&gt;", Some("café <b>"));
    }

    /// However a text is put together, its readings stay within a few times its length.
    #[test]
    fn readings_are_bounded() {
        for piece in [
            "%25",
            "&amp;",
            "\\\\",
            "QUJD",
            "aB",
            "\n",
            "<b>",
            "YWJjZGVmZ2hpamtsbW5vcA==\n",
            "=3D",
            "=\n",
            "Ａ",
            "\u{fdfa}",
            "740074007400",
            "74 00 ",
            "\\x41",
        ] {
            let text = piece.repeat(20_000);
            let length: usize = readings(&text)
                .iter()
                .map(|reading| reading.text.len())
                .sum();
            assert!(length <= text.len() * 9 + 4096, "{piece}: {length}");
        }
    }
}
