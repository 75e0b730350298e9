//! Bytes that were written as a string: base64, hex, characters of their number, as Python prints them.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::completion::load::encoding::decode;
use crate::completion::load::streams::sse;

/// Whether a text begins as a body does that can be read: JSON, a string that holds it, a stream.
pub(super) fn is_plausible(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['{', '[', '"', '<']) || sse::is_transcript(text)
}

/// The bytes that a text stands for although nothing says so: base64 or hex of something that can be read,
/// bytes as characters, bytes as Python prints them. `None` where it stands for itself.
pub(super) fn packed_in_text(text: &str) -> Option<Vec<u8>> {
    let is_good = |bytes: &Vec<u8>| {
        decode::Coding::of_bytes(bytes).is_some()
            || std::str::from_utf8(bytes).is_ok_and(is_plausible)
    };
    let trimmed = text.trim();
    if let Some(inner) = python_literal(trimmed) {
        return Some(python_bytes(inner));
    }
    // A gzip file's first two bytes as characters.
    if text.starts_with("\u{1f}\u{8b}") {
        return latin1_bytes(text);
    }
    from_hex(trimmed)
        .filter(is_good)
        .or_else(|| from_base64(trimmed).filter(is_good))
}

/// Bytes of which each stands as the character of its number.
pub(super) fn latin1_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// The inside of `b'…'` or `b"…"`.
fn python_literal(text: &str) -> Option<&str> {
    let inside = |quote| {
        text.strip_prefix('b')?
            .strip_prefix(quote)?
            .strip_suffix(quote)
    };
    inside('\'').or_else(|| inside('"'))
}

/// The bytes that Python's `repr` stands for.
pub(in crate::completion::load) fn python_bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else {
            out.push(byte);
            break;
        };
        rest = after;
        match escape {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'x' => match rest
                .split_at_checked(2)
                .and_then(|(digits, after)| Some((hex_byte(digits)?, after)))
            {
                Some((byte, after)) => {
                    out.push(byte);
                    rest = after;
                }
                None => out.extend(b"\\x"),
            },
            other => out.extend([b'\\', other]),
        }
    }
    out
}

/// The text that Python's `repr` of a string stands for, in which `\x…` is a character.
pub(in crate::completion::load) fn python_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut behind = rest[at + 1..].chars();
        let escape = behind.next();
        rest = behind.as_str();
        match escape {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(mark @ ('\\' | '\'' | '"')) => out.push(mark),
            Some('x') => match rest.as_bytes().get(..2).and_then(hex_byte) {
                Some(byte) => {
                    out.push(char::from(byte));
                    rest = &rest[2..];
                }
                None => out.push_str("\\x"),
            },
            // What JSON has as well is left to it.
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out.push_str(rest);
    out
}

/// The text that base64 stands for.
pub(in crate::completion::load) fn text_of_base64(text: &str) -> Option<String> {
    String::from_utf8(from_base64(text)?).ok()
}

/// Chunks that were written as hex or base64 each.
pub(super) fn from_chunks(chunks: &[Cow<'_, str>]) -> Option<Vec<u8>> {
    let all = |decode: fn(&str) -> Option<Vec<u8>>| {
        let pieces: Option<Vec<_>> = chunks.iter().map(|chunk| decode(chunk)).collect();
        pieces.map(|pieces| pieces.concat())
    };
    all(from_hex)
        .or_else(|| all(from_base64))
        .or_else(|| from_base64(&chunks.concat()))
}

/// Bytes written as hexadecimal digits.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(hex_byte).collect()
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// Bytes written as base64 of either alphabet, with or without padding and line breaks.
pub(in crate::completion::load::exchange) fn from_base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
    const FOR_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);
    let text = match text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        true => Cow::Owned(text.split_ascii_whitespace().collect::<String>()),
        false => Cow::Borrowed(text),
    };
    if text.is_empty() {
        return None;
    }
    match text.contains(['-', '_']) {
        true => FOR_URLS.decode(text.as_bytes()).ok(),
        false => PLAIN.decode(text.as_bytes()).ok(),
    }
}
