//! Secrets taken out of foreign text. A server may echo the key that it was sent, and not only as it was sent:
//! escaped for JSON, HTML or a URL, in base64 or hex, in other case, cut off, or with characters between that
//! no terminal shows.
//!
//! The text is decoded level by level as long as there is something to decode, and every level is searched. Each
//! decoded character knows the bytes that it came from, so those are masked and nothing else. Any eight
//! characters in a row of the secret give it away; a shorter secret is found as a whole token. What a service begins
//! all its keys with (`sk-or-v1-`) is no secret: by itself it is left alone, and in front of the secret it goes along.

mod escapes;
#[cfg(feature = "program")]
mod stream;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use crate::mapping::scan::secrets::public_prefix;
#[cfg(any(test, feature = "program"))]
use crate::prepare::MASK;
use escapes::{Decoded, decode};
#[cfg(feature = "program")]
pub(crate) use stream::StreamRedactor;

/// This many characters of a secret give it away, its public prefix not counted; fewer may stand in any text by chance.
const TELLING: usize = 8;

/// A secret shorter than this is not looked for in base64 and hex, where it would be found in honest words.
const SHORTEST_ENCODED: usize = 4;

/// How often a text is decoded. Chosen: more levels than anything escapes by accident.
const LEVELS: usize = 6;

/// How deep encodings of bytes are looked into, such as base64 within base64.
const DEPTH: usize = 2;

/// How many bytes of a long text are searched at once, and how far each search reaches back into the one
/// before. Chosen: bounds the memory, and the longest key takes less than that in any form.
const PIECE: usize = 1 << 18;
const OVERLAP: usize = 1 << 16;

/// Finds one secret in text.
pub(crate) struct Redactor {
    /// What stands in its place.
    mask: &'static str,
    /// What all keys of its service begin with, in lower case; empty where it is no such key.
    prefix: String,
    /// The first run of the secret, which the prefix stands before.
    first: Option<u64>,
    /// Every run of [`TELLING`] characters of the secret, as a number.
    runs: HashSet<u64>,
    /// Which bytes stand in any of them.
    alphabet: [bool; 256],
    /// What is only looked for as a whole token, since it is shorter than a run.
    tokens: Vec<Vec<u8>>,
}

impl Redactor {
    /// One for a secret of visible ASCII. Case makes no difference.
    #[cfg(any(test, feature = "program"))]
    pub(crate) fn new(secret: &str) -> Redactor {
        Redactor::with_mask(secret, MASK)
    }

    /// The same for a conversation, where more by chance is like a part of a secret: a part has to look drawn, with
    /// letters and digits; words of a secret that is made of words (`my-key-for-tests`) count with all of it.
    pub(crate) fn in_conversation(secret: &str, mask: &'static str) -> Redactor {
        let mut redactor = Redactor::with_mask(secret, mask);
        redactor.runs.retain(|run| looks_drawn(*run));
        let whole = secret.to_ascii_lowercase().into_bytes();
        if !redactor.tokens.contains(&whole) {
            redactor.tokens.push(whole);
        }
        redactor
    }

    /// The same with another mask: where the text becomes part of an event, it has to say who masked what.
    pub(crate) fn with_mask(secret: &str, mask: &'static str) -> Redactor {
        let mut redactor = Redactor {
            mask,
            prefix: public_prefix(secret).to_ascii_lowercase(),
            first: None,
            runs: HashSet::new(),
            alphabet: [false; 256],
            tokens: Vec::new(),
        };
        redactor.add(secret);
        // A secret that looks escaped itself is decoded along with the text.
        let mut level = escapes::level(secret);
        while let Some(next) = decode(&level) {
            level = next;
        }
        let decoded = level.iter().map(|(c, _)| *c);
        let decoded: String = decoded.filter(|c| !vanishes(*c)).collect();
        if decoded.is_ascii() && decoded != secret {
            redactor.add(&decoded);
        }
        redactor
    }

    fn add(&mut self, secret: &str) {
        let secret = secret.to_ascii_lowercase();
        let own = secret.strip_prefix(&self.prefix).unwrap_or(&secret);
        if own.len() < TELLING {
            let token = secret.into_bytes();
            self.tokens.extend(Some(token).filter(|it| !it.is_empty()));
            return;
        }
        for byte in own.bytes() {
            self.alphabet[usize::from(byte)] = true;
        }
        let runs = own.as_bytes().windows(TELLING);
        self.first = self.first.or(runs.clone().next().map(number));
        self.runs.extend(runs.map(number));
    }

    /// The text with every trace of the secret masked.
    pub(crate) fn redact(&self, text: String) -> String {
        let found = self.find(&text);
        match found.is_empty() {
            true => text,
            false => masked(&text, found, self.mask),
        }
    }

    /// The byte ranges that give the secret away in any form.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        loop {
            let end = floor(text, text.len().min(start + PIECE));
            let mut in_piece = Vec::new();
            self.search(&text[start..end], DEPTH, &mut in_piece);
            found.extend(in_piece.into_iter().map(|r| r.start + start..r.end + start));
            if end == text.len() {
                return found;
            }
            start = floor(text, end - OVERLAP);
        }
    }

    fn search(&self, text: &str, depth: usize, found: &mut Vec<Range<usize>>) {
        let mut level = escapes::level(text);
        for _ in 0..LEVELS {
            self.search_level(&level, depth, found);
            match decode(&level) {
                Some(next) => level = next,
                None => return,
            }
        }
    }

    fn search_level(&self, level: &[Decoded], depth: usize, found: &mut Vec<Range<usize>>) {
        let visible: Vec<Decoded> = level
            .iter()
            .filter(|(c, _)| !vanishes(*c))
            .cloned()
            .collect();
        self.search_runs(&visible, found);
        for token in &self.tokens {
            search_token(token, &visible, found);
            // A line break parts tokens, although it vanishes.
            search_token(token, level, found);
        }
        if depth > 0 {
            self.search_encoded(&visible, depth, found);
        }
    }

    fn search_runs(&self, visible: &[Decoded], found: &mut Vec<Range<usize>>) {
        let (mut run, mut length) = (0_u64, 0);
        for (at, (c, _)) in visible.iter().enumerate() {
            match u8::try_from(c.to_ascii_lowercase()) {
                Ok(byte) if self.alphabet[usize::from(byte)] => {
                    run = run << 8 | u64::from(byte);
                    length += 1;
                }
                _ => length = 0,
            }
            if length >= TELLING && self.runs.contains(&run) {
                let start = at + 1 - TELLING;
                let start = start - self.prefix_before(&visible[..start], run);
                found.extend(source(&visible[start..=at]));
            }
        }
    }

    /// How many characters before the secret's first run are its prefix.
    fn prefix_before(&self, before: &[Decoded], run: u64) -> usize {
        let length = self.prefix.len();
        if self.first != Some(run) || before.len() < length {
            return 0;
        }
        let before = before[before.len() - length..].iter();
        let before = before.map(|(c, _)| c.to_ascii_lowercase());
        match before.eq(self.prefix.chars()) {
            true => length,
            false => 0,
        }
    }

    /// Looks into runs of base64 and hex; one that gives the secret away goes as a whole.
    fn search_encoded(&self, visible: &[Decoded], depth: usize, found: &mut Vec<Range<usize>>) {
        let lengths = self.tokens.iter().map(Vec::len);
        let lengths = lengths.chain((!self.runs.is_empty()).then_some(TELLING));
        let Some(shortest) = lengths.filter(|it| *it >= SHORTEST_ENCODED).min() else {
            return;
        };
        let is_encoded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
        for run in visible.split(|(c, _)| !is_encoded(*c)) {
            // Four characters for three bytes.
            if run.len() * 3 >= shortest * 4 && self.is_told_by(run, depth) {
                found.extend(source(run));
            }
        }
    }

    fn is_told_by(&self, run: &[Decoded], depth: usize) -> bool {
        let tells = |bytes: Vec<u8>| {
            let mut found = Vec::new();
            match std::str::from_utf8(&bytes) {
                Ok(text) => self.search(text, depth - 1, &mut found),
                // No text, or text glued to what is none: no escapes are looked for there.
                Err(_) => {
                    let level = escapes::level(&String::from_utf8_lossy(&bytes));
                    self.search_level(&level, 0, &mut found);
                }
            }
            !found.is_empty()
        };
        // It may begin anywhere within a run of such characters, and be cut off at its end.
        (0..4).any(|skip| run.get(skip..).is_some_and(|run| tells(base64(run))))
            || (0..2).any(|skip| run.get(skip..).and_then(hex).is_some_and(tells))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({})", self.mask)
    }
}

fn search_token(token: &[u8], level: &[Decoded], found: &mut Vec<Range<usize>>) {
    let is_same = |(c, _): &Decoded, byte: &u8| c.to_ascii_lowercase() == char::from(*byte);
    let is_word = |neighbour: Option<&Decoded>| {
        neighbour.is_some_and(|(c, _)| c.is_alphanumeric() || matches!(c, '_' | '-'))
    };
    for (at, window) in level.windows(token.len()).enumerate() {
        let is_it = window.iter().zip(token).all(|(a, b)| is_same(a, b));
        let before = at.checked_sub(1).and_then(|at| level.get(at));
        if is_it && !is_word(before) && !is_word(level.get(at + token.len())) {
            found.extend(source(window));
        }
    }
}

/// Base64 in either alphabet, as far as it goes.
fn base64(run: &[Decoded]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for (c, _) in run {
        let value = match c {
            'A'..='Z' => *c as u32 - 'A' as u32,
            'a'..='z' => *c as u32 - 'a' as u32 + 26,
            '0'..='9' => *c as u32 - '0' as u32 + 52,
            '+' | '-' => 62,
            _ => 63,
        };
        bits = (bits << 6 | value) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.extend(u8::try_from(bits >> count & 0xff));
        }
    }
    out
}

/// Hex, as far as it goes; none where another character stands in it.
fn hex(run: &[Decoded]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = run.iter().map(|(c, _)| c.to_digit(16)).collect();
    let pairs = digits?;
    let bytes = pairs.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]);
    bytes.map(|byte| u8::try_from(byte).ok()).collect()
}

/// Whether a run is none that anybody writes: it has letters and digits, and not the same few.
fn looks_drawn(run: u64) -> bool {
    let mut bytes = run.to_be_bytes();
    let has_both =
        bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
    bytes.sort_unstable();
    has_both && bytes.windows(2).filter(|pair| pair[0] != pair[1]).count() >= 3
}

fn number(run: &[u8]) -> u64 {
    run.iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The bytes that neighbouring characters came from.
fn source(run: &[Decoded]) -> Option<Range<usize>> {
    let (_, first) = run.first()?;
    let (_, last) = run.last()?;
    Some(first.start..last.end)
}

/// Characters that nobody sees, so that what stands around them reads as one word.
fn vanishes(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text with these ranges masked, each stretch once.
fn masked(text: &str, mut found: Vec<Range<usize>>, mask: &str) -> String {
    found.sort_by_key(|range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut ranges = found.into_iter().peekable();
    while let Some(mut range) = ranges.next() {
        while let Some(next) = ranges.next_if(|next| next.start <= range.end) {
            range.end = range.end.max(next.end);
        }
        out.push_str(&text[at..range.start]);
        out.push_str(mask);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The nearest start of a character at or before this byte.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests;
