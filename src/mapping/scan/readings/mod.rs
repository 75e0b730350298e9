//! The ways in which a value's text may be read: as it stands, with what encodes it undone, in plain letters, and what
//! it holds in base64 or hexadecimal, each again and again within limits.

pub mod codes;
pub mod decoded;
pub mod encodings;
pub mod loose;

use std::borrow::Cow;

use self::codes::{
    Found, SHORTEST_CODE, SHORTEST_TEXT, SHORTEST_WHOLE, codes, is_between_digits, is_of_code,
};
use self::encodings::{
    bytes_of_c, entities, in_plain_letters, json, percent, quoted_printable, without_controls,
    without_tags,
};
use super::quoted::{has_marked_string, without_marks};

/// A text that a value may be read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextReading<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// How the value has to be read to see it, for people.
    pub how: &'static str,
}

const PLAIN: &str = "word for word";
const WITHOUT_TAGS: &str = "without its HTML";
const MANY: &str = "decoded more than once";

/// Encodings within one another that are followed.
const DEPTH: usize = 4;
/// Rounds of escapes within escapes.
const ROUNDS: usize = 5;

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
        if run >= SHORTEST_CODE || byte.is_ascii_control() && byte != b'\t' {
            return false;
        }
    }
    if has_marked_string(text.as_bytes()) {
        return false;
    }
    // All of a short value may be a code.
    text.len() < SHORTEST_WHOLE || !text.trim().bytes().all(is_of_code)
}

/// What is one step further in than a text.
fn inner(text: &str, found: &mut Vec<Found>) {
    let (unescaped, how) = unescape(text);
    codes(&unescaped, found);
    // What stands between angle brackets may be tags or not, so it counts both ways.
    for plain in without_tags(&unescaped).into_iter().flatten() {
        let how = if how == PLAIN { WITHOUT_TAGS } else { how };
        found.push((plain, how));
    }
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
    if let Some(parted) = without_marks(text) {
        found.push((parted, "without the letter before a quote"));
    }
    // An equals sign before two such digits is not rare, so nothing else is read of what becomes of it.
    if let Some(printed) = quoted_printable(text) {
        found.push((printed, "with its quoted-printable undone"));
    }
    if let Some(plain) = in_plain_letters(text) {
        found.push((plain, "in plain letters"));
    }
    if let Some(plain) = without_controls(text) {
        found.push((plain, "without its control characters"));
    }
}

/// Undoes one encoding; `None` where there is none.
type Step = fn(&str) -> Option<String>;

const STEPS: [(Step, &str); 4] = [
    (bytes_of_c, "with its escapes resolved"),
    (json, "with its escapes resolved"),
    (percent, "with its percent-encoding undone"),
    (entities, WITHOUT_TAGS),
];

/// A text with JSON's escapes, percent-encoding and HTML's entities undone, as often as there are any.
pub fn unescape(text: &str) -> (Cow<'_, str>, &'static str) {
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

/// A text with a space between the words of `namesLikeThis` and between long names and digits; none where there is no
/// such name.
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
    let is_digit = |at: Option<usize>| {
        let byte = at.and_then(|at| bytes.get(at));
        byte.is_some_and(u8::is_ascii_digit)
    };
    let mut out = String::new();
    let (mut done, mut at) = (0, 0);
    while at < bytes.len() {
        let letters = bytes[at..].iter();
        let letters = letters.take_while(|byte| byte.is_ascii_alphabetic());
        let (start, end) = (at, at + letters.count());
        at = end.max(start + 1);
        if end - start < SHORTEST_TEXT {
            continue;
        }
        let seams = (start + 1..end).filter(|at| is_seam(*at));
        let seams: Vec<usize> = seams.collect();
        // Two letters and a half a word, at least.
        if (end - start) * 2 < (seams.len() + 1) * 5 {
            continue;
        }
        let before = is_digit(start.checked_sub(1)).then_some(start);
        let behind = is_digit(Some(end)).then_some(end);
        for seam in before.into_iter().chain(seams).chain(behind) {
            out.push_str(&text[done..seam]);
            out.push(' ');
            done = seam;
        }
    }
    if done == 0 {
        return None;
    }
    out.push_str(&text[done..]);
    Some(out)
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
        check("wh<wbr>at <b>t</b>ime <i>is</i> it", WITHOUT_TAGS);
        check(
            "wh\u{1b}[1mat time\u{3164}is it",
            "without its control characters",
        );
        check("what%u0020time\\40is&nbspit", MANY);
        // What is between angle brackets after decoding may be text.
        check(
            "%3Cso%20what%20time%20is%20it%3E",
            "with its percent-encoding undone",
        );
        check("&lt;so what&nbsp;time is it&gt;", WITHOUT_TAGS);
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

    #[test]
    fn a_value_that_is_a_short_code_alone_is_decoded() {
        let check = |text: &str, expected: Option<&str>| {
            let found = readings(text);
            let decoded = found.iter().map(|reading| reading.text.as_ref());
            let decoded: Vec<&str> = decoded.skip(1).collect();
            match expected {
                Some(expected) => assert!(decoded.contains(&expected), "{text}: {decoded:?}"),
                None => assert!(decoded.is_empty(), "{text}: {decoded:?}"),
            }
        };
        check("c2VjcmV0", Some("secret"));
        check("RmlyZSBSb2JlcnQ=", Some("Fire Robert"));
        check("68756e74657232", Some("hunter2"));
        check(&STANDARD.encode("Zürich?"), Some("Zürich?"));
        let utf16: Vec<u8> = "secret".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&STANDARD.encode(utf16), Some("secret"));
        for word in [
            "production",
            "us-east-1",
            "customer",
            "deadbeef",
            "20261127",
            "checkout",
        ] {
            check(word, None);
        }
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
            codes::texts(&id, "", &mut found);
        }
        assert!(found.len() < 5, "{found:?}");
        found.clear();
        codes::texts(b"what-time-is-it-now", "", &mut found);
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
        check(
            "transfer40000DollarsToRobert2",
            Some("transfer40000 Dollars To Robert 2"),
        );
        check("dollarstorobert2", Some("dollarstorobert 2"));
        check("userId", None);
        check("usr_2NfKx9QwErTyUiOpAs", None);
        check("aBcDeFgHiJkLmN", None);
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
