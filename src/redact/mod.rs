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
pub(crate) mod known;
mod long;
mod numbers;
mod shown;
#[cfg(feature = "program")]
mod stream;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::mapping::scan::codes::{self, is_of_code};
use crate::mapping::scan::secrets::public_prefix;
#[cfg(any(test, feature = "program"))]
use crate::prepare::MASK;
use escapes::{Decoded, decode};
use numbers::{Code, characters};
use shown::{bare, vanishes, without, without_control_sequences, without_tags};
#[cfg(feature = "program")]
pub(crate) use stream::StreamRedactor;

/// This many characters of a secret give it away, its public prefix not counted; fewer may stand in any text by chance.
const TELLING: usize = 8;

/// A secret shorter than this is not looked for in base64 and hex, where it would be found in honest words.
const SHORTEST_ENCODED: usize = 4;

/// A longer secret of a conversation is not looked for as a whole: a finder of many such takes long to make.
const LONGEST_WHOLE: usize = 512;

/// How often a text is decoded. Chosen: more levels than anything escapes by accident.
const LEVELS: usize = 6;

/// How deep encodings of bytes are looked into, such as base64 within base64.
const DEPTH: usize = 2;

/// How many bytes of a long text are searched at once, and how far each search reaches back into the one
/// before. Chosen: bounds the memory, and the longest key takes less than that in any form.
const PIECE: usize = 1 << 18;
const OVERLAP: usize = 1 << 16;

/// Finds secrets in text, in time by its length and not by their number.
pub(crate) struct Redactor {
    /// What stands in their place.
    mask: &'static str,
    /// The first run of a secret before which stands what all keys of its service begin with, in lower case.
    prefixes: HashMap<u64, String>,
    /// Every run of [`TELLING`] characters of a secret, as a number.
    runs: HashSet<u64>,
    /// Which bytes stand in any of them.
    alphabet: [bool; 256],
    /// With which two bytes any of them ends, a bit each.
    ends: Box<[u64; 1 << 10]>,
    /// What is only looked for as a whole token, since it is shorter than a run; in lower case.
    tokens: Vec<String>,
    /// Finds these.
    token_finder: Option<AhoCorasick>,
}

impl Redactor {
    /// One for a secret of visible ASCII. Case makes no difference.
    #[cfg(any(test, feature = "program"))]
    pub(crate) fn new(secret: &str) -> Redactor {
        Redactor::with_mask(secret, MASK)
    }

    /// The same for a conversation, where more by chance is like a part of a secret: a part has to look drawn, with
    /// letters and digits; words of a secret that is made of words (`my-key-for-tests`) count with all of it.
    pub(crate) fn in_conversation<'s>(
        secrets: impl IntoIterator<Item = &'s str>,
        mask: &'static str,
    ) -> Redactor {
        let mut redactor = Redactor::of_none(mask);
        let mut wholes = Vec::new();
        for secret in secrets {
            redactor.learn(secret);
            // Of a long one that looks drawn anywhere its runs are enough.
            let lower = secret.to_ascii_lowercase();
            let mut runs = lower.as_bytes().windows(TELLING).map(number);
            if lower.len() <= LONGEST_WHOLE || !runs.any(looks_drawn) {
                wholes.push(lower);
            }
        }
        redactor.runs.retain(|run| looks_drawn(*run));
        redactor.tokens.extend(wholes);
        redactor.ready()
    }

    /// One for several secrets.
    #[cfg(feature = "program")]
    fn of<'s>(secrets: impl IntoIterator<Item = &'s str>, mask: &'static str) -> Redactor {
        let mut redactor = Redactor::of_none(mask);
        secrets
            .into_iter()
            .for_each(|secret| redactor.learn(secret));
        redactor.ready()
    }

    /// The same with another mask: where the text becomes part of an event, it has to say who masked what.
    #[cfg(any(test, feature = "program"))]
    pub(crate) fn with_mask(secret: &str, mask: &'static str) -> Redactor {
        let mut redactor = Redactor::of_none(mask);
        redactor.learn(secret);
        redactor.ready()
    }

    fn of_none(mask: &'static str) -> Redactor {
        Redactor {
            mask,
            prefixes: HashMap::new(),
            runs: HashSet::new(),
            alphabet: [false; 256],
            ends: Box::new([0; 1 << 10]),
            tokens: Vec::new(),
            token_finder: None,
        }
    }

    /// Once all secrets are known.
    fn ready(mut self) -> Redactor {
        self.tokens.sort_unstable();
        self.tokens.dedup();
        if !self.tokens.is_empty() {
            self.token_finder = AhoCorasick::new(&self.tokens).ok();
        }
        self
    }

    fn learn(&mut self, secret: &str) {
        let prefix = public_prefix(secret).to_ascii_lowercase();
        self.add(secret, &prefix);
        // A secret that looks escaped itself is decoded along with the text.
        let mut level = escapes::level(secret);
        while let Some(next) = decode(&level) {
            level = next;
        }
        let decoded = level.iter().map(|(c, _)| *c);
        let decoded: String = decoded.filter(|c| !vanishes(*c)).collect();
        if decoded.is_ascii() && decoded != secret {
            self.add(&decoded, &prefix);
        }
    }

    fn add(&mut self, secret: &str, prefix: &str) {
        let secret = secret.to_ascii_lowercase();
        let own = secret.strip_prefix(prefix).unwrap_or(&secret);
        if own.len() < TELLING {
            self.tokens.extend(Some(secret).filter(|it| !it.is_empty()));
            return;
        }
        for byte in own.bytes() {
            self.alphabet[usize::from(byte)] = true;
        }
        let runs = own.as_bytes().windows(TELLING).map(number);
        if let Some(first) = runs.clone().next().filter(|_| !prefix.is_empty()) {
            let known = self.prefixes.entry(first);
            known.or_insert_with(|| prefix.to_owned());
        }
        for run in runs {
            self.ends[run as usize >> 6 & 0x3ff] |= 1 << (run & 0x3f);
            self.runs.insert(run);
        }
    }

    /// Whether any run of a secret ends with the same two bytes.
    fn ends_so(&self, run: u64) -> bool {
        self.ends[run as usize >> 6 & 0x3ff] & 1 << (run & 0x3f) != 0
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
        for part in long::parts_to_search(self, text) {
            self.find_within(text, part, &mut found);
        }
        found
    }

    fn find_within(&self, text: &str, part: Range<usize>, found: &mut Vec<Range<usize>>) {
        let mut start = part.start;
        loop {
            let end = floor(text, part.end.min(start + PIECE));
            let mut in_piece = Vec::new();
            self.search(&text[start..end], DEPTH, &mut in_piece);
            found.extend(in_piece.into_iter().map(|r| r.start + start..r.end + start));
            if end == part.end {
                return;
            }
            start = floor(text, end - OVERLAP);
        }
    }

    fn search(&self, text: &str, depth: usize, found: &mut Vec<Range<usize>>) {
        if !text.bytes().all(|byte| byte.is_ascii_whitespace()) {
            self.search_levels(escapes::level(text), depth, found);
        }
    }

    /// Searches a text and what it is decoded to, also where something stands between the characters of an escape.
    fn search_levels(&self, level: Vec<Decoded>, depth: usize, found: &mut Vec<Range<usize>>) {
        let bare = bare(&level);
        let unparted = (bare.len() < level.len()).then(|| decode(&bare)).flatten();
        for first in [Some(level), unparted] {
            let mut next = first;
            for _ in 0..LEVELS {
                let Some(level) = next else { break };
                self.search_level(&level, depth, found);
                next = decode(&level);
            }
        }
    }

    fn search_level(&self, level: &[Decoded], depth: usize, found: &mut Vec<Range<usize>>) {
        self.search_shown(level, depth, found);
        let uncoloured = without_control_sequences(level);
        let untagged = without_tags(uncoloured.as_deref().unwrap_or(level));
        for shown in [uncoloured, untagged].into_iter().flatten() {
            self.search_shown(&shown, depth, found);
        }
    }

    fn search_shown(&self, level: &[Decoded], depth: usize, found: &mut Vec<Range<usize>>) {
        let visible = without(level, vanishes);
        self.search_runs(&visible, found);
        let unspaced = without(&visible, char::is_whitespace);
        if unspaced.len() < visible.len() {
            self.search_runs(&unspaced, found);
        }
        if let Some(finder) = &self.token_finder {
            search_tokens(finder, &visible, found);
            // A line break parts tokens, although it vanishes.
            search_tokens(finder, level, found);
        }
        if depth > 0 {
            self.search_encoded(&visible, depth, found);
            self.search_numbers(level, [16, 10], depth, found);
            // What nobody sees, or a blank, may stand within a number too.
            if level
                .iter()
                .any(|(c, _)| !c.is_whitespace() && vanishes(*c))
            {
                let whole = without(level, |c| !c.is_whitespace() && vanishes(c));
                self.search_numbers(&whole, [16, 10], depth, found);
            }
            if unspaced.len() < level.len() {
                self.search_numbers(&unspaced, [16], depth, found);
            }
            self.search_parted_base64(&visible, found);
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
            if length >= TELLING && self.ends_so(run) && self.runs.contains(&run) {
                let start = at + 1 - TELLING;
                let start = start - self.prefix_before(&visible[..start], run);
                found.extend(source(&visible[start..=at]));
            }
        }
    }

    /// How many characters before the secret's first run are its prefix.
    fn prefix_before(&self, before: &[Decoded], run: u64) -> usize {
        let Some(prefix) = self.prefixes.get(&run) else {
            return 0;
        };
        let length = prefix.len();
        if before.len() < length {
            return 0;
        }
        let before = before[before.len() - length..].iter();
        let before = before.map(|(c, _)| c.to_ascii_lowercase());
        match before.eq(prefix.chars()) {
            true => length,
            false => 0,
        }
    }

    /// How many characters of a secret are looked for in what encodes bytes.
    fn shortest_encoded(&self) -> Option<usize> {
        let lengths = self.tokens.iter().map(String::len);
        let lengths = lengths.chain((!self.runs.is_empty()).then_some(TELLING));
        lengths.filter(|it| *it >= SHORTEST_ENCODED).min()
    }

    /// Looks into runs of base64; what gives the secret away goes as a whole.
    fn search_encoded(&self, visible: &[Decoded], depth: usize, found: &mut Vec<Range<usize>>) {
        let Some(shortest) = self.shortest_encoded() else {
            return;
        };
        // What a stream repeats in each chunk is looked into once.
        let mut clean: HashSet<String> = HashSet::new();
        for run in visible.split(|(c, _)| !is_of_base64(*c)) {
            // Four characters for three bytes.
            if run.len() * 3 < shortest * 4 {
                continue;
            }
            let text: String = run.iter().map(|(c, _)| *c).collect();
            if clean.contains(&text) {
                continue;
            }
            // It may begin anywhere within a run of such characters, and be cut off at its end.
            let mut inner = Vec::new();
            for skip in 0..4.min(run.len()) {
                let bytes = base64(&run[skip..]).into_iter();
                let codes: Vec<Code> = bytes.map(|byte| (byte.into(), 0..0)).collect();
                self.search_codes(&codes, shortest, depth, &mut inner);
            }
            match inner.is_empty() {
                true => clean.extend([text]),
                false => found.extend(source(run)),
            }
        }
    }

    /// Looks into numbers that are the codes of characters, to these bases.
    fn search_numbers<const N: usize>(
        &self,
        level: &[Decoded],
        bases: [u32; N],
        depth: usize,
        found: &mut Vec<Range<usize>>,
    ) {
        let Some(shortest) = self.shortest_encoded() else {
            return;
        };
        let mut clean: HashSet<Vec<u32>> = HashSet::new();
        for codes in bases
            .into_iter()
            .flat_map(|base| numbers::lists(level, base))
        {
            let values = codes.iter().map(|(code, _)| *code).collect();
            if !clean.contains(&values) {
                let before = found.len();
                self.search_codes(&codes, shortest, depth, found);
                clean.extend((found.len() == before).then_some(values));
            }
        }
    }

    fn search_codes(
        &self,
        codes: &[Code],
        shortest: usize,
        depth: usize,
        found: &mut Vec<Range<usize>>,
    ) {
        if codes
            .iter()
            .filter(|(code, _)| numbers::tells(*code))
            .count()
            >= shortest
        {
            self.search_levels(characters(codes), depth - 1, found);
        }
    }

    /// Looks into base64 with something between its characters. Honest words read as base64 too, so that only those
    /// characters go that the secret's came from.
    fn search_parted_base64(&self, level: &[Decoded], found: &mut Vec<Range<usize>>) {
        if self.runs.is_empty() {
            return;
        }
        let run: Vec<Decoded> = without(level, |c| !is_of_base64(c));
        for skip in 0..4.min(run.len()) {
            let (mut last, mut length) = (0_u64, 0);
            for (at, byte) in base64(&run[skip..]).into_iter().enumerate() {
                let byte = byte.to_ascii_lowercase();
                if !self.alphabet[usize::from(byte)] {
                    length = 0;
                    continue;
                }
                last = last << 8 | u64::from(byte);
                length += 1;
                if length >= TELLING && self.ends_so(last) && self.runs.contains(&last) {
                    let start = skip + (at + 1 - TELLING) * 4 / 3;
                    let end = skip + ((at + 1) * 4).div_ceil(3);
                    found.extend(source(&run[start..end.min(run.len())]));
                }
            }
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({})", self.mask)
    }
}

fn search_tokens(finder: &AhoCorasick, level: &[Decoded], found: &mut Vec<Range<usize>>) {
    let is_word = |neighbour: Option<&Decoded>| {
        neighbour.is_some_and(|(c, _)| c.is_alphanumeric() || matches!(c, '_' | '-'))
    };
    // A byte for each character, none of a secret's for what is not ASCII.
    let bytes = level.iter().map(|(c, _)| {
        let byte = u8::try_from(c.to_ascii_lowercase()).ok();
        byte.filter(u8::is_ascii).unwrap_or(0xff)
    });
    let bytes: Vec<u8> = bytes.collect();
    for token in finder.find_overlapping_iter(&bytes) {
        let before = token.start().checked_sub(1).and_then(|at| level.get(at));
        if !is_word(before) && !is_word(level.get(token.end())) {
            found.extend(source(&level[token.range()]));
        }
    }
}

fn is_of_base64(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_of_code)
}

/// Base64 in either alphabet, as far as it goes.
fn base64(run: &[Decoded]) -> Vec<u8> {
    let code = run.iter().filter_map(|(c, _)| u8::try_from(*c).ok());
    codes::base64(&code.collect::<Vec<u8>>())
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
