//! Texts as words in lower case, as the leak scan compares them: case, punctuation and white space do
//! not count, and a character of a script without spaces is a word.

/// A word, and where it stands in its text.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// Byte offset of its beginning.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
    /// Its letters and digits in lower case.
    pub hash: u64,
    /// How many letters and digits it says as much as.
    pub weight: usize,
    /// Whether it has letters alone.
    pub is_prose: bool,
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
            fold(c, |lower| self.mix(lower as u32));
        }
        self.weight += weight;
        self.is_prose &= c.is_alphabetic();
        self.end = at + c.len_utf8();
    }

    /// Takes the letters and digits at the beginning of `rest`; how many there are.
    fn push_ascii(&mut self, at: usize, rest: &[u8]) -> usize {
        let mut length = 0;
        for byte in rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()) {
            self.mix(u32::from(byte.to_ascii_lowercase()));
            self.is_prose &= byte.is_ascii_alphabetic();
            length += 1;
        }
        self.weight += length;
        self.end = at + length;
        length
    }

    fn mix(&mut self, unit: u32) {
        self.hash = (self.hash ^ u64::from(unit)).wrapping_mul(FNV_PRIME);
    }
}

pub const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
pub const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// The hash of a word of letters and digits in ASCII, as [`Word::hash`] has it.
pub fn hash_of_ascii(word: &[u8]) -> u64 {
    word.iter().fold(FNV_OFFSET, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(FNV_PRIME)
    })
}

/// The hash of a word of letters, digits and apostrophes in ASCII, as [`Word::hash`] has it, and how many of it count.
pub fn hash_of_ascii_word(word: &[u8]) -> (u64, usize) {
    let letters = word.iter().filter(|byte| **byte != b'\'');
    letters.fold((FNV_OFFSET, 0), |(hash, weight), byte| {
        let hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(FNV_PRIME);
        (hash, weight + 1)
    })
}

/// The words of a text.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    each_word(text, |word| words.push(word));
    words
}

/// Hands on each word of a text.
pub fn each_word(text: &str, mut each: impl FnMut(Word)) {
    let bytes = text.as_bytes();
    let mut open: Option<Word> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        // Most of most texts, and the same as below for it.
        if byte.is_ascii_alphanumeric() {
            let word = open.get_or_insert_with(|| Word::at(at));
            at += word.push_ascii(at, &bytes[at..]);
            continue;
        }
        if byte.is_ascii_graphic() && byte != b'\'' || byte == b' ' {
            open.take().into_iter().for_each(&mut each);
            at += 1;
            continue;
        }
        let Some(c) = text[at..].chars().next() else {
            break;
        };
        if let Some(weight) = weight_of_common(c) {
            open.take().into_iter().for_each(&mut each);
            let mut word = Word::at(at);
            word.mix(c as u32);
            word.weight = weight;
            word.end = at + c.len_utf8();
            each(word);
        } else if let Some(weight) = weight_of_unspaced(c) {
            open.take().into_iter().for_each(&mut each);
            let mut word = Word::at(at);
            word.push(at, c, weight);
            each(word);
        } else if c.is_alphanumeric() {
            open.get_or_insert_with(|| Word::at(at)).push(at, c, 1);
        } else if !is_within_word(c) {
            open.take().into_iter().for_each(&mut each);
        }
        at += c.len_utf8();
    }
    open.into_iter().for_each(each);
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

/// The same for the commonest of these, blocks of letters alone that have no case.
fn weight_of_common(c: char) -> Option<usize> {
    match c as u32 {
        0x3041..=0x3096 | 0x30A1..=0x30FA => Some(2),
        0x3400..=0x4DBF | 0x4E00..=0x9FFF => Some(3),
        _ => None,
    }
}

/// What words weigh together.
pub fn weight(words: &[Word]) -> usize {
    words.iter().map(|word| word.weight).sum()
}

/// Ids, dates and paths are runs of words too, but not of prose: most of their words have digits.
pub fn is_prose(words: &[Word]) -> bool {
    words.iter().filter(|word| word.is_prose).count() + 1 >= words.len()
}

/// Words in their order.
pub fn hash(words: &[Word]) -> u64 {
    let mut whole = PhraseHash::default();
    words.iter().for_each(|word| whole.push(word));
    whole.hash()
}

/// Words in their order, one after another.
pub struct PhraseHash(u64);

impl Default for PhraseHash {
    fn default() -> PhraseHash {
        PhraseHash(FNV_OFFSET)
    }
}

impl PhraseHash {
    /// Takes the next word.
    pub fn push(&mut self, word: &Word) {
        self.0 = (self.0.rotate_left(23) ^ word.hash).wrapping_mul(FNV_PRIME);
    }

    /// What [`hash`] gives for the words so far.
    pub const fn hash(&self) -> u64 {
        self.0
    }
}

/// Hands on what a letter beyond ASCII is in lower case: one and the same for all that it is written as, so the final
/// sigma is one, ß is two, and the dot of a capital İ is none.
fn fold(c: char, mut each: impl FnMut(char)) {
    match c {
        'ß' | 'ẞ' => ['s', 's'].into_iter().for_each(each),
        'ς' => each('σ'),
        'İ' => each('i'),
        c => c.to_lowercase().for_each(each),
    }
}

/// The letters and digits of a word in lower case, without what stands inside it.
pub fn letters(word: &str) -> impl Iterator<Item = char> {
    let counting = word.chars().filter(|c| c.is_alphanumeric());
    counting.flat_map(|c| {
        let mut folded = [None; 3];
        let mut at = 0;
        fold(c, |lower| {
            folded[at] = Some(lower);
            at += 1;
        });
        folded.into_iter().flatten()
    })
}

/// Letters one after another, without the words that they make.
#[derive(Debug, Clone, Copy)]
pub struct LetterRun {
    /// The letters so far.
    pub hash: u64,
    /// How many there are.
    pub length: usize,
}

impl Default for LetterRun {
    fn default() -> LetterRun {
        LetterRun {
            hash: FNV_OFFSET,
            length: 0,
        }
    }
}

impl LetterRun {
    /// Takes the next letter.
    pub fn push(&mut self, letter: char) {
        self.hash = (self.hash ^ u64::from(letter as u32)).wrapping_mul(FNV_PRIME);
        self.length += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_characters_are_letters_without_case() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            if let Some(weight) = weight_of_common(c) {
                assert_eq!(weight_of_unspaced(c), Some(weight), "{c:?}");
                assert!(c.is_alphabetic() && c.to_lowercase().eq([c]), "{c:?}");
            }
        }
    }

    #[test]
    fn one_character_alone_is_written_as_ascii_in_lower_case() {
        let is_odd = |c: &char| !c.is_ascii() && c.to_lowercase().all(|lower| lower.is_ascii());
        let odd: Vec<char> = (0..=0x10_FFFF)
            .filter_map(char::from_u32)
            .filter(is_odd)
            .collect();
        assert_eq!(odd, ['\u{212a}']);
    }

    #[test]
    fn case_is_that_of_the_language() {
        let check = |one: &str, other: &str| {
            assert_eq!(hash(&words(one)), hash(&words(other)), "{one} {other}");
            assert!(letters(one).eq(letters(other)), "{one} {other}");
        };
        check("ΘΈΛΩ ΤΟΥΣ ΛΌΓΟΥΣ", "θέλω τους λόγους");
        check("GROSSE STRASSE HIESS", "große Straße hieß");
        check("istanbul için", "İstanbul İçin");
    }
}
