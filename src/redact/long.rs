//! Long runs of base64 or hexadecimal, as JSON holds a picture: millions of characters that are none of a text. They are
//! held against the secrets byte by byte, and only one in which something may stand is searched as any text is.

use std::ops::Range;

use super::{DEPTH, Redactor, TELLING};
use crate::mapping::scan::codes::{base64, is_of_code as is_of_base64};

/// Shorter runs are searched with the text around them.
const LEAST: usize = 1 << 12;
/// How much of a run at each end is searched with the text around it, in bytes. Chosen: no key is as long in any form.
const MARGIN: usize = 1 << 10;
/// The shortest text among other bytes that is searched for spelled secrets, in bytes. Chosen: a picture has few that long.
const SHORTEST_TEXT: usize = 16;
/// Fewer digits in a row are no list of bytes.
const FEWEST_DIGITS: usize = 16;
/// The shortest line of a run that is written over several.
const SHORTEST_LINE: usize = 32;

/// The parts of a text that have to be searched as text: all but the insides of long runs that hold nothing.
pub(super) fn parts_to_search(redactor: &Redactor, text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(run) = next(text.as_bytes(), at) {
        at = run.range.end;
        if !redactor.may_be_in_run(&run.code) {
            parts.push(start..run.range.start + MARGIN);
            start = run.range.end - MARGIN;
        }
    }
    parts.push(start..text.len());
    parts
}

/// A run, and its characters without the ends of its lines.
struct LongRun {
    range: Range<usize>,
    code: Vec<u8>,
}

fn is_of_code(byte: u8) -> bool {
    byte == b'=' || is_of_base64(byte)
}

/// How long the end of a line is that begins here, written in JSON or as it is.
fn end_of_line(bytes: &[u8]) -> usize {
    let one = |rest: &[u8]| match rest {
        [b'\\', b'n' | b'r', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    };
    let first = one(bytes);
    first + one(&bytes[first..])
}

/// The first long run at or behind a place.
fn next(bytes: &[u8], from: usize) -> Option<LongRun> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| is_of_code(*byte))?;
        let start = at;
        at = end_of_run(bytes, at);
        if at - start >= LEAST {
            let (mut code, mut rest) = (Vec::with_capacity(at - start), &bytes[start..at]);
            while let [first, behind @ ..] = rest {
                let length = end_of_line(rest);
                if length == 0 && *first != b'\\' {
                    code.push(*first);
                }
                rest = behind.get(length.saturating_sub(1)..).unwrap_or_default();
            }
            let range = start..at;
            return Some(LongRun { range, code });
        }
    }
}

/// Where a run ends that begins here.
fn end_of_run(bytes: &[u8], mut at: usize) -> usize {
    let mut line = at;
    loop {
        let rest = bytes[at..].iter();
        at += rest.take_while(|byte| is_of_code(**byte)).count();
        if bytes[at..].starts_with(b"\\/") {
            at += 2;
            continue;
        }
        let length = end_of_line(&bytes[at..]);
        if length == 0 || at - line < SHORTEST_LINE {
            return at;
        }
        at += length;
        line = at;
    }
}

impl Redactor {
    /// Whether any secret may stand in a long run, as it is or decoded. `false` where one does only if it is spelled, with
    /// tags, escapes or as a code, in less than [`SHORTEST_TEXT`] bytes of text among bytes that are none.
    fn may_be_in_run(&self, code: &[u8]) -> bool {
        let end = code.iter().rposition(|byte| *byte != b'=');
        let code = &code[..end.map_or(0, |end| end + 1)];
        if code.contains(&b'=') || self.may_be_in(code) {
            return true;
        }
        let mut decoded = (0..4).map(|skip| base64(&code[skip..]));
        decoded.any(|bytes| self.may_be_in(&bytes) || self.texts_tell(&bytes, SHORTEST_TEXT, DEPTH))
            || bytes_by_number(code).any(|of| match of {
                Numbers::Decimal => true,
                Numbers::Hexadecimal(bytes) => {
                    self.may_be_in(&bytes) || self.texts_tell(&bytes, SHORTEST_TEXT, DEPTH)
                }
            })
    }

    /// Whether a text among bytes gives the secret away, in any form; one that is shorter than `least` bytes is not looked at.
    fn texts_tell(&self, bytes: &[u8], least: usize, depth: usize) -> bool {
        let texts = bytes.utf8_chunks().map(|chunk| chunk.valid());
        texts.filter(|text| text.len() >= least).any(|text| {
            let mut found = Vec::new();
            self.search(text, depth - 1, &mut found);
            !found.is_empty()
        })
    }

    /// Whether bytes hold a run of a secret, or a short one, whatever nobody sees between.
    fn may_be_in(&self, bytes: &[u8]) -> bool {
        let (mut run, mut length) = (0_u64, 0);
        for byte in bytes {
            let byte = byte.to_ascii_lowercase();
            if self.alphabet[usize::from(byte)] {
                run = run << 8 | u64::from(byte);
                length += 1;
                if length >= TELLING && self.ends_so(run) && self.runs.contains(&run) {
                    return true;
                }
            } else if byte.is_ascii_graphic() {
                length = 0;
            }
        }
        let Some(finder) = &self.token_finder else {
            return false;
        };
        let is_word = |at: Option<&u8>| {
            at.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        let lower = bytes.to_ascii_lowercase();
        let mut tokens = finder.find_overlapping_iter(&lower);
        tokens.any(|token| {
            let before = token.start().checked_sub(1).and_then(|at| lower.get(at));
            !is_word(before) && !is_word(lower.get(token.end()))
        })
    }
}

/// Bytes that a part of a run writes as numbers.
enum Numbers {
    /// As decimal ones, with something between.
    Decimal,
    /// As pairs of digits, from the first or from the second digit on.
    Hexadecimal(Vec<u8>),
}

/// What parts of a run write as numbers, with what may stand between two of them here: `\x6869`, `68-69`, `104_105`.
fn bytes_by_number(code: &[u8]) -> impl Iterator<Item = Numbers> {
    let parts = code.split(|byte| !byte.is_ascii_hexdigit() && !is_between(*byte));
    let parts = parts.filter(|part| part.len() >= FEWEST_DIGITS);
    parts.flat_map(|part| {
        let is_decimal = part.iter().all(|byte| !byte.is_ascii_alphabetic())
            && part.iter().any(|byte| is_between(*byte));
        let digits: Vec<u8> = part
            .iter()
            .filter_map(|byte| (*byte as char).to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        let pairs = move |skip: usize| {
            let pairs = digits.get(skip..).unwrap_or_default().as_chunks::<2>().0;
            pairs.iter().map(|[high, low]| high << 4 | low).collect()
        };
        let as_hexadecimal = (0..2).map(move |skip| Numbers::Hexadecimal(pairs(skip)));
        is_decimal
            .then_some(Numbers::Decimal)
            .into_iter()
            .chain(as_hexadecimal)
    })
}

fn is_between(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'/')
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::prepare::MASK;

    const KEY: &str = "rk_live_W7pQx2LmN8vRt4KsY6bZc1D";

    /// Bytes that are no text.
    fn noise(length: usize) -> Vec<u8> {
        let mut dice = 9_u64;
        let mut draw = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 56) as u8
        };
        (0..length).map(|_| draw()).collect()
    }

    #[test]
    fn a_picture_is_passed_over_and_what_stands_beside_it_is_not() {
        let redactor = Redactor::new(KEY);
        let picture = STANDARD.encode(noise(50_000));
        let over_lines = |end: &str| {
            let lines = picture.as_bytes().chunks(76);
            let lines = lines.map(|line| String::from_utf8_lossy(line).into_owned());
            lines.collect::<Vec<_>>().join(end)
        };
        for picture in [
            picture.clone(),
            over_lines("\n"),
            over_lines("\\n"),
            over_lines("\\r\\n"),
            picture.replace('/', "\\/"),
            noise(30_000)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        ] {
            let text = format!(r#"{{"url":"data:image/png;base64,{picture}","key":"{KEY}"}}"#);
            let searched = parts_to_search(&redactor, &text);
            let searched: usize = searched.iter().map(ExactSizeIterator::len).sum();
            assert!(searched < 4 * MARGIN, "{searched} of {}", text.len());
            assert_eq!(redactor.redact(text.clone()), text.replace(KEY, MASK));
        }
    }

    #[test]
    fn a_key_in_a_long_list_of_bytes_or_spelled_beside_what_is_no_text_is_found() {
        let redactor = Redactor::new(KEY);
        let around = |inner: &str, length: usize| {
            let words = "all is well here, ".repeat(length);
            format!("{words}\u{e9}{inner}\u{e9}{words}")
        };
        let percent: String = KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let escaped: String = KEY.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        let is_masked = |text: String| redactor.redact(text.clone()) != text;
        for length in [1, 300] {
            let listed = |inner: &str, each: &dyn Fn(u8) -> String, between: &str| {
                let bytes: Vec<String> = around(inner, length).bytes().map(each).collect();
                bytes.join(between)
            };
            for inner in [KEY, &percent, &escaped] {
                for before in ["0x", "\\x", "sha-", "X'", ""] {
                    let list = listed(inner, &|byte| format!("{byte:02x}"), "");
                    assert!(is_masked(format!("{before}{list}h")), "{before} {length}");
                }
                for between in ["-", "_", "/", ":", " "] {
                    let hexadecimal = listed(inner, &|byte| format!("{byte:02X}"), between);
                    let decimal = listed(inner, &|byte| byte.to_string(), between);
                    assert!(is_masked(hexadecimal), "{between} {length}");
                    assert!(is_masked(decimal), "{between} {length}");
                }
                let code = STANDARD.encode(around(inner, length));
                let code = code.trim_end_matches('=');
                for before in ["", "https://h.test/v1/echo/", "body_"] {
                    for cut in 0..4 {
                        let code = &code[..code.len() - cut];
                        assert!(is_masked(format!("{before}{code}")), "{before} {cut}");
                    }
                }
            }
            let latin = around(&percent, length).replace('\u{e9}', "?");
            let latin: Vec<u8> = latin
                .bytes()
                .map(|byte| if byte == b'?' { 0xe9 } else { byte })
                .collect();
            assert!(is_masked(STANDARD.encode(latin)));
        }
    }

    #[test]
    fn a_key_in_a_long_run_is_found() {
        let redactor = Redactor::new(KEY);
        let short = Redactor::new("k3y");
        for (before, behind) in [(20_000, 20_000), (20_001, 9_000), (30_002, 0), (0, 30_000)] {
            let around = |inner: &[u8]| [&noise(before), inner, &noise(behind)].concat();
            let spelled: Vec<u8> = KEY.bytes().flat_map(|byte| [byte, 0]).collect();
            for inner in [KEY.as_bytes(), &KEY.as_bytes()[..18], &spelled] {
                let bytes = around(inner);
                let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                for text in [STANDARD.encode(&bytes), hexadecimal] {
                    assert!(redactor.redact(text).contains(MASK), "{before} {behind}");
                }
            }
            let (head, tail) = (
                STANDARD.encode(noise(before)),
                STANDARD.encode(noise(behind)),
            );
            let plain = [head.trim_end_matches('='), KEY, &tail].concat();
            assert!(!redactor.redact(plain).contains(&KEY[8..]));
            let token = [&noise(before)[..], b" k3y ", &noise(behind)].concat();
            let found = short.find(&STANDARD.encode(token));
            // So short a secret is not looked for in base64.
            assert!(found.is_empty());
        }
        // What is text decoded is searched as text.
        let text = "all is well here, ".repeat(2_000) + &KEY.replace('_', "%5F");
        assert!(redactor.redact(STANDARD.encode(text)).contains(MASK));
    }
}
