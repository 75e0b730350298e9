//! Encodings in the conversation's own texts: a link or a page that somebody is to summarise, a message in base64. What
//! stands in them may leave in clear.
//!
//! Most texts have none, which a look at a few of their bytes tells.

use super::codes::{SHORTEST_TEXT, codes, is_of_code};
use super::encodings::without_tags;
use super::unescape;

/// A shorter run of code is a name: of a file, of a function.
const LEAST: usize = 24;

/// Whether a text has something of an encoding, be it given as it is or as it stands between the quotes of its JSON. It may
/// be a "perhaps" too often.
pub fn may_be_encoded(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'%', b'&', b'<', bytes).any(|at| is_sign(bytes[at], &bytes[at + 1..]))
        || memchr::memmem::find_iter(bytes, br"\u00").any(|at| {
            let digits = bytes.get(at + 4..at + 6).unwrap_or_default();
            matches!(digits, b"25" | b"26" | [b'3', b'c' | b'C'])
        })
        || has_code(bytes)
}

/// Whether a sign begins what stands for a character, or a tag.
fn is_sign(sign: u8, rest: &[u8]) -> bool {
    match (sign, rest) {
        (b'%', [first, second, ..]) => {
            *first == b'u' || first.is_ascii_hexdigit() && second.is_ascii_hexdigit()
        }
        (b'&', [first, ..]) => *first == b'#' || first.is_ascii_alphabetic(),
        (b'<', [first, ..]) => first.is_ascii_alphabetic() || matches!(first, b'/' | b'!'),
        _ => false,
    }
}

/// Whether a run of characters is long enough for a text in base64 or hexadecimal, and no path or name.
fn has_code(bytes: &[u8]) -> bool {
    let is_in = |at: usize| match KINDS[usize::from(bytes[at])] {
        OF_CODE => true,
        BACKSLASH => bytes.get(at + 1) == Some(&b'/'),
        _ => false,
    };
    let mut from = 0;
    while from + LEAST <= bytes.len() {
        // A long run that begins here has all of these; nearly always one of the last is none of its.
        if let Some(other) = (from..from + LEAST).rev().find(|at| !is_in(*at)) {
            from = other + 1;
            continue;
        }
        let end = (from + LEAST..bytes.len()).find(|at| !is_in(*at));
        let end = end.unwrap_or(bytes.len());
        if is_code(&bytes[from..end]) {
            return true;
        }
        from = end;
    }
    false
}

/// What a byte is for a run of code.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        if is_of_code(byte as u8) {
            kinds[byte] = OF_CODE;
        }
        byte += 1;
    }
    kinds[b'\\' as usize] = BACKSLASH;
    kinds
};
const OF_CODE: u8 = 1;
const BACKSLASH: u8 = 2;

fn is_code(run: &[u8]) -> bool {
    let count = |is: fn(&u8) -> bool| run.iter().filter(|byte| is(byte)).count();
    let others = count(|byte| !byte.is_ascii_alphanumeric());
    run.len() >= 2 * SHORTEST_TEXT && count(u8::is_ascii_hexdigit) == run.len()
        || others * 8 <= run.len()
            && count(u8::is_ascii_uppercase) > 0
            && count(u8::is_ascii_lowercase) > 0
}

/// What a text says with its encodings undone; nothing where it has none.
pub fn decoded(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let (unescaped, _) = unescape(text);
    all.extend(without_tags(&unescaped).into_iter().flatten());
    if has_code(unescaped.as_bytes()) {
        let mut found = Vec::new();
        codes(&unescaped, &mut found);
        all.extend(found.into_iter().map(|(text, _)| text));
    }
    if unescaped != text {
        all.push(unescaped.into_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::quote;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    #[test]
    fn what_is_encoded_is_told_and_decoded() {
        let said = "tell Robert Miller in Berlin that it is over";
        let hex: String = said.bytes().map(|byte| format!("{byte:02x}")).collect();
        for text in [
            format!("see https://a.test/?q={}", said.replace(' ', "%20")),
            said.replace(' ', "&nbsp;"),
            said.replace("Robert", "<b>Robert</b>")
                .replace("in", "<i>in</i>"),
            format!("Decode {} for me", STANDARD.encode(said)),
            format!("Decode {} for me", URL_SAFE_NO_PAD.encode(said)),
            format!("Decode {hex} for me"),
            format!("\n\n{}\n", STANDARD.encode(said)),
        ] {
            let json = quote(&text);
            for form in [
                &text,
                &json,
                &json.replace('/', "\\/"),
                &json.replace('<', "\\u003c"),
            ] {
                assert!(may_be_encoded(form), "{form}");
            }
            let all = decoded(&text).join("\n").replace('\u{a0}', " ");
            let words: Vec<&str> = all.split_whitespace().collect();
            assert!(words.join(" ").contains(said), "{text}: {all}");
        }
    }

    #[test]
    fn most_texts_are_not() {
        for text in [
            "What is 5 % of 80, and is 3 < 4 & 5 > 4?",
            "Read /usr/lib/python3/site-packages/requests/adapters_of_http.py, and docs/a-guide-to-everything-there-is.md",
            "550e8400-e29b-41d4-a716-446655440000 of 2026-11-27T12:00:00Z",
            "the_name_of_a_function_in_snake_case_is_long",
            "",
        ] {
            assert!(!may_be_encoded(text), "{text}");
        }
    }
}
