//! Long runs of base64 or hexadecimal, as JSON holds a picture: millions of characters that are none of a text. They are
//! held against the secrets byte by byte, and only one in which something may stand is searched as any text is.

use std::ops::Range;

use super::{Redactor, TELLING};
use crate::mapping::scan::codes::{base64, is_of_code as is_of_base64};

/// Shorter runs are searched with the text around them.
const LEAST: usize = 1 << 12;
/// How much of a run at each end is searched with the text around it, in bytes. Chosen: no key is as long in any form.
const MARGIN: usize = 1 << 10;
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
    /// Whether any secret may stand in a long run, as it is or decoded. Never `false` where one does, but for one that is
    /// spelled with tags or escapes in bytes that are no text.
    fn may_be_in_run(&self, code: &[u8]) -> bool {
        let end = code.iter().rposition(|byte| *byte != b'=');
        let code = &code[..end.map_or(0, |end| end + 1)];
        if code.contains(&b'=') || self.may_be_in(code) {
            return true;
        }
        let mut decoded: Vec<Vec<u8>> = Vec::new();
        if code.iter().all(u8::is_ascii_hexdigit) {
            decoded.extend((0..2).map(|skip| of_hexadecimal(&code[skip..])));
        }
        decoded.extend((0..4).map(|skip| base64(&code[skip..])));
        // A text may hold it in further forms.
        decoded
            .iter()
            .any(|bytes| std::str::from_utf8(bytes).is_ok() || self.may_be_in(bytes))
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

fn of_hexadecimal(code: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        byte => byte.to_ascii_lowercase() - b'a' + 10,
    };
    let pairs = code.as_chunks::<2>().0.iter();
    pairs
        .map(|pair| value(pair[0]) << 4 | value(pair[1]))
        .collect()
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
