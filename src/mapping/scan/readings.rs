//! The ways in which a value's text may be read: as it stands, with what encodes it undone, and what it
//! holds in base64 or hexadecimal, each again and again within limits.

use std::borrow::Cow;

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
    if has_none(text.as_bytes()) {
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
fn has_none(bytes: &[u8]) -> bool {
    let mut run = 0;
    let mut was_lower = false;
    for &byte in bytes {
        if matches!(byte, b'\\' | b'%' | b'&' | b'<') || was_lower && byte.is_ascii_uppercase() {
            return false;
        }
        was_lower = byte.is_ascii_lowercase();
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
}

/// Undoes one encoding; `None` where there is none.
type Step = fn(&str) -> Option<String>;

const STEPS: [(Step, &str); 3] = [
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

fn json(text: &str) -> Option<String> {
    memchr::memchr(b'\\', text.as_bytes())?;
    let unquoted = crate::json::unquote(text).into_owned();
    (unquoted != text).then_some(unquoted)
}

fn percent(text: &str) -> Option<String> {
    let first = memchr::memchr(b'%', text.as_bytes())?;
    let hex = |byte: Option<&u8>| byte.and_then(|byte| (*byte as char).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = bytes[..first].to_vec();
    let mut at = first;
    while let Some(&byte) = bytes.get(at) {
        match (hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (Some(high), Some(low)) if byte == b'%' => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    let out = String::from_utf8_lossy(&out).into_owned();
    (out != text).then_some(out)
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
    if run.len() >= 2 * SHORTEST_TEXT && run.iter().all(u8::is_ascii_hexdigit) {
        let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
        let pairs = run.chunks_exact(2);
        let decoded: Vec<u8> = pairs
            .map(|pair| digit(pair[0]) * 16 + digit(pair[1]))
            .collect();
        texts(&decoded, "decoded from hexadecimal", found);
    }
}

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

/// The pieces of bytes that are text and long enough to tell.
fn texts(bytes: &[u8], how: &'static str, found: &mut Vec<(String, &'static str)>) {
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
    for chunk in bytes.utf8_chunks() {
        let pieces = chunk.valid().split(|c: char| !is_text(c));
        let long = pieces.filter(|piece| piece.len() >= SHORTEST_TEXT);
        found.extend(long.map(|piece| (piece.to_owned(), how)));
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
