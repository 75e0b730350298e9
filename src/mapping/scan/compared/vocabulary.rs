//! The words that values have, and a quick look at whether a word of a text may be one of them.

use super::hashes::Hashes;
use super::words::{Word, letters};

/// Some words.
#[derive(Debug)]
pub struct Vocabulary {
    words: Hashes,
    /// One bit a hash, which most words of a conversation do not have.
    bits: [u64; 16],
    /// The first three bytes that a word may have where it stands in a text: one bit for each of eight
    /// groups of words, so that a place is passed over unless all three have one in common.
    beginnings: Beginnings,
    /// Whether there are words of other characters.
    has_others: bool,
}

type Beginnings = [[u8; 256]; 3];

/// What a word may have inside, apostrophes and characters beyond ASCII, goes for any.
static NO_BEGINNINGS: Beginnings = {
    let mut inner = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte > 127 || byte == b'\'' as usize {
            inner[byte] = u8::MAX;
        }
        byte += 1;
    }
    [[0; 256], inner, inner]
};

impl Default for Vocabulary {
    fn default() -> Vocabulary {
        Vocabulary {
            words: Hashes::default(),
            bits: [0; 16],
            beginnings: NO_BEGINNINGS,
            has_others: false,
        }
    }
}

impl Vocabulary {
    /// Takes a word, given as it stands in a value.
    pub fn add(&mut self, word: &Word, text: &str) {
        if !self.words.insert(word.hash) {
            return;
        }
        self.bits[slot(word.hash)] |= 1 << (word.hash % 64);
        self.has_others |= !text.is_ascii();
        // An apostrophe inside does not count, here or there. What is no letter of ASCII stands for any.
        let mut letters = letters(text).map(|c| u8::try_from(c).ok().filter(u8::is_ascii));
        let [first, second, third] = &mut self.beginnings;
        let group = 1 << (self.words.len() % 8);
        let add = |table: &mut [u8; 256], letter: Option<Option<u8>>| match letter.flatten() {
            Some(letter) => {
                table[usize::from(letter.to_ascii_lowercase())] |= group;
                table[usize::from(letter.to_ascii_uppercase())] |= group;
            }
            None => table.iter_mut().for_each(|groups| *groups |= group),
        };
        add(first, letters.next());
        let next = letters.next();
        add(second, next);
        // What stands within a word moves its letters on.
        add(third, next);
        add(third, letters.next());
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether there are words of other characters than those of ASCII.
    pub const fn has_others(&self) -> bool {
        self.has_others
    }

    /// Whether a word is one of these.
    pub fn has(&self, hash: u64) -> bool {
        self.bits[slot(hash)] >> (hash % 64) & 1 == 1 && self.words.contains(&hash)
    }

    /// Whether one of these words may begin with the first of some bytes, at which a word begins.
    pub fn may_begin(&self, bytes: &[u8]) -> bool {
        let [first, second, third] = &self.beginnings;
        match bytes {
            [one, two, three, ..] => {
                first[usize::from(*one)] & second[usize::from(*two)] & third[usize::from(*three)]
                    != 0
            }
            _ => true,
        }
    }

    /// Where one of these words may begin, from a byte on. The last two bytes are no run.
    pub fn next_start(&self, bytes: &[u8], mut from: usize) -> Option<usize> {
        let [first, second, third] = &self.beginnings;
        let last = bytes.len().checked_sub(2)?;
        loop {
            let at = (from..last).find(|at| {
                let groups = first[usize::from(bytes[*at])] & second[usize::from(bytes[at + 1])];
                groups & third[usize::from(bytes[at + 2])] != 0
            })?;
            // A letter before it is of the same word, unless an escape ends with it.
            let is_within = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
            if !is_within || at > 1 && bytes[at - 2] == b'\\' {
                return Some(at);
            }
            from = at + 1;
        }
    }
}

const fn slot(hash: u64) -> usize {
    (hash >> 6) as usize % 16
}
