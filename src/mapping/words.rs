//! Texts as words, for the leak scan: what counts as one, how much it says, and runs of them.

/// Words that a run must have at least to count as a leak.
const RUN: usize = 4;
/// Letters and digits that it must have at least; a character of a script without spaces counts as up to
/// three, by how much it says. A run is as long as both take.
const RUN_WEIGHT: usize = 14;
/// A word, and where it stands in its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    hash: u64,
    weight: usize,
    is_prose: bool,
}

impl Word {
    fn at(start: usize) -> Word {
        Word {
            start,
            end: start,
            hash: FNV_OFFSET,
            weight: 0,
            is_prose: true,
        }
    }

    fn push(&mut self, at: usize, c: char, weight: usize) {
        if c.is_ascii() {
            self.mix(c.to_ascii_lowercase() as u32);
        } else {
            for lower in c.to_lowercase() {
                self.mix(lower as u32);
            }
        }
        self.weight += weight;
        self.is_prose &= c.is_alphabetic();
        self.end = at + c.len_utf8();
    }

    fn mix(&mut self, unit: u32) {
        self.hash = (self.hash ^ u64::from(unit)).wrapping_mul(FNV_PRIME);
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Option<Word> = None;
    for (at, c) in text.char_indices() {
        if let Some(weight) = weight_of_unspaced(c) {
            words.extend(open.take());
            let mut word = Word::at(at);
            word.push(at, c, weight);
            words.push(word);
        } else if c.is_alphanumeric() {
            open.get_or_insert_with(|| Word::at(at)).push(at, c, 1);
        } else if !is_within_word(c) {
            words.extend(open.take());
        }
    }
    words.extend(open);
    words
}

/// Characters that a word may have inside: apostrophes, combining marks, joiners.
fn is_within_word(c: char) -> bool {
    matches!(c, '\'' | '’') || unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

/// Scripts that put no space between words: each character counts as a word, and for as many letters as
/// one would take to say the same.
fn weight_of_unspaced(c: char) -> Option<usize> {
    let weight = match c as u32 {
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF => 1,
        0x3040..=0x30FF => 2,
        0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF => 3,
        _ => return None,
    };
    c.is_alphanumeric().then_some(weight)
}

/// The shortest run from a word on that is long enough to tell.
pub(super) fn run_at(words: &[Word], from: usize) -> Option<&[Word]> {
    let mut weight = 0;
    for (index, word) in words.get(from..)?.iter().enumerate() {
        weight += word.weight;
        if index + 1 >= RUN && weight >= RUN_WEIGHT {
            return Some(&words[from..=from + index]);
        }
    }
    None
}

pub(super) fn weight(words: &[Word]) -> usize {
    words.iter().map(|word| word.weight).sum()
}

/// Ids, dates and paths are runs of words too, but not of prose: most of their words have digits.
pub(super) fn is_prose(words: &[Word]) -> bool {
    words.iter().filter(|word| word.is_prose).count() + 1 >= words.len()
}

pub(super) fn hash(words: &[Word]) -> u64 {
    words.iter().fold(FNV_OFFSET, |hash, word| {
        (hash.rotate_left(23) ^ word.hash).wrapping_mul(FNV_PRIME)
    })
}
