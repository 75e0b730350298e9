//! What short runs of a value may be decoded to. By chance such a run makes a text as well, so what is found here is good
//! for a doubt and tells no leak.

use std::collections::HashSet;

use super::codes::{base64, is_of_code};

/// A shorter run is a word.
const SHORTEST: usize = 6;
/// A longer one is decoded elsewhere.
const LONGEST: usize = 1 << 12;
/// Bytes that are written each by itself, at least.
const LEAST_BYTES: usize = 3;
/// Texts of one value, at most.
const MOST: usize = 1 << 12;
/// Longer values are read for longer codes alone.
const LONGEST_VALUE: usize = 1 << 18;

/// What the short codes of a value may hold.
#[derive(Debug, Default)]
pub struct LooseTexts {
    /// The texts, each once.
    pub texts: Vec<String>,
    /// Whether the value holds more than was read.
    pub is_cut: bool,
    seen: HashSet<String>,
}

impl LooseTexts {
    /// Takes a text; tells whether it is a new one.
    fn add(&mut self, text: String) -> bool {
        if self.texts.len() >= MOST {
            self.is_cut = true;
            return false;
        }
        let is_new = self.seen.insert(text.clone());
        if is_new {
            self.texts.push(text);
        }
        is_new
    }
}

/// The texts that the short codes of a value may hold: its runs in base64 and hexadecimal each by itself and together,
/// bytes with signs between them, and the same once more in what those hold.
pub fn loose_texts(value: &str) -> LooseTexts {
    let mut found = LooseTexts::default();
    if value.len() > LONGEST_VALUE {
        found.is_cut = true;
        return found;
    }
    take(value, &mut found);
    for at in 0..found.texts.len() {
        let text = found.texts[at].clone();
        take(&text, &mut found);
    }
    found
}

fn take(text: &str, found: &mut LooseTexts) {
    let runs = text.split(|c: char| !c.is_ascii() || !is_of_code(c as u8));
    let pieces = text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut words = Vec::new();
    for run in runs.chain(pieces) {
        let held = [of_base64(run), of_hexadecimal(run)];
        for held in held.into_iter().flatten() {
            if found.add(held.clone()) {
                words.push(held);
            }
        }
        if found.is_cut {
            return;
        }
    }
    if words.len() > 1 {
        found.add(words.join(" "));
    }
    // Signs that nobody's code has may stand anywhere in it.
    let code: String = text
        .chars()
        .filter(|c| c.is_ascii() && is_of_code(*c as u8))
        .collect();
    if code.len() < text.trim_end_matches('=').len()
        && let Some(text) = of_base64(&code)
    {
        found.add(text);
    }
    let pairs = text.replace("0x", " ").replace("0X", " ");
    let pairs = pairs.split(|c: char| !c.is_ascii_hexdigit());
    of_bytes(pairs, 16, found);
    of_bytes(text.split(|c: char| !c.is_ascii_digit()), 10, found);
}

fn of_base64(run: &str) -> Option<String> {
    let is_one = (SHORTEST..=LONGEST).contains(&run.len()) && run.len() % 4 != 1;
    text_of(&is_one.then(|| base64(run.as_bytes()))?)
}

fn of_hexadecimal(run: &str) -> Option<String> {
    let run = run.strip_prefix("0x").unwrap_or(run);
    let is_one = (SHORTEST..=LONGEST).contains(&run.len()) && run.len().is_multiple_of(2);
    let pairs = is_one.then_some(run.as_bytes().as_chunks::<2>().0)?;
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text_of(&pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?)
}

/// Bytes each of which is written by itself, with whatever between them.
fn of_bytes<'t>(numbers: impl Iterator<Item = &'t str>, radix: u32, found: &mut LooseTexts) {
    let mut bytes = Vec::new();
    let mut end = |bytes: &mut Vec<u8>| {
        if bytes.len() >= LEAST_BYTES
            && let Some(text) = text_of(bytes)
        {
            found.add(text);
        }
        bytes.clear();
    };
    for number in numbers.filter(|number| !number.is_empty()) {
        let is_whole = radix == 10 || number.len() == 2;
        match u8::from_str_radix(number, radix) {
            Ok(byte) if is_whole => bytes.push(byte),
            _ => end(&mut bytes),
        }
    }
    end(&mut bytes);
}

/// Bytes as text, in UTF-8, UTF-16 or what Windows writes in the west.
fn text_of(bytes: &[u8]) -> Option<String> {
    let is_text = |text: &String| {
        text.chars().any(char::is_alphanumeric)
            && !text.contains(|c: char| c.is_control() && !c.is_whitespace())
    };
    if let Ok(text) = std::str::from_utf8(bytes) {
        let text = Some(text.to_owned()).filter(is_text);
        if text.is_some() {
            return text;
        }
    }
    let (pairs, rest) = bytes.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    if rest.is_empty() && pairs.len() > 1 && zeros(0).max(zeros(1)) * 2 >= pairs.len() {
        let unit = match zeros(0) > zeros(1) {
            true => u16::from_be_bytes,
            false => u16::from_le_bytes,
        };
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        return String::from_utf16(&units).ok().filter(is_text);
    }
    let is_latin = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ' || *byte >= 0xa0;
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let is_western = bytes.iter().all(is_latin) && letters.count() * 2 > bytes.len();
    Some(text).filter(|text| is_western && is_text(text))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn reads_what_is_too_short_to_tell() {
        for (value, expected) in [
            ("q=RmlyZSBSb2JlcnQ=", "Fire Robert"),
            ("Rmly.ZSBS.b2Jl.cnQ=", "Fire Robert"),
            ("RmlyZQ== Um9iZXJ0", "Fire Robert"),
            ("id-48554e54455232", "HUNTER2"),
            ("0x34, 0x37, 0x31, 0x31", "4711"),
            ("34:37:31:31", "4711"),
            ("[70,105,114,101]", "Fire"),
            ("eQBlAHMA", "yes"),
            ("AHkAZQBz", "yes"),
            ("S/xuZGlndW5n", "Kündigung"),
            ("TkRjeE1RPT0=", "4711"),
        ] {
            let found = loose_texts(value).texts;
            let is_found = found.iter().any(|text| text.trim_end() == expected);
            assert!(is_found, "{value}: {found:?}");
        }
        for value in ["", "what is it", "2026-11-28", "a,b"] {
            assert_eq!(loose_texts(value).texts, Vec::<String>::new(), "{value}");
        }
    }

    #[test]
    fn what_is_not_read_is_told() {
        let many: Vec<String> = (0..MOST + 1)
            .map(|at| STANDARD.encode(format!("pin={at}")))
            .collect();
        assert!(loose_texts(&many.join(",")).is_cut);
        assert!(!loose_texts(&many[..300].join(",")).is_cut);
        assert!(loose_texts(&"x ".repeat(LONGEST_VALUE)).is_cut);
    }
}
