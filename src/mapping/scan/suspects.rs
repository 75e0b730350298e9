//! Which texts of a conversation can have anything in common with an event's values at all.
//!
//! Only the words of a value that may leak can make a leak, and a conversation has few of them in a row. So
//! most of it is passed over as it stands in its JSON: a word is read only where it begins as a suspect
//! does. What is said here may be a "perhaps" too often, never too seldom.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::compared::anchors::{AnchoredRuns, Outlook};
use super::compared::hashes::Hashes;
use super::compared::numbers::each_number;
use super::compared::thresholds::{RUN, RUN_WEIGHT, SHORT_WEIGHT, WORD_WEIGHT, is_run_together};
use super::compared::vocabulary::Vocabulary;
use super::compared::words::{LetterRun, Word, each_word, hash_of_ascii, letters, weight};
use super::given;
use super::quoted::{each_level, has_marked_string, is_quote};
use super::read_text::{ReadTexts, ReadWords};
use super::secrets::has_masked_key;

/// The words of values that may hold text of the conversation.
#[derive(Debug, Default)]
pub struct Suspects {
    words: Vocabulary,
    /// Every few letters in a row of long words, which may be several that were run together.
    run_together: Hashes,
    /// Long numbers.
    numbers: Hashes,
    /// Runs of words.
    runs: AnchoredRuns,
    /// How long those are that may be an address or a file's data.
    lengths: Hashes,
}

/// What the words from some place on are.
enum Words {
    /// So many suspects in a row that they tell.
    Tell,
    /// Suspects, up to this byte.
    Are(usize),
    /// None.
    AreNot,
}

impl Suspects {
    /// The suspects among the texts of values.
    pub fn of<'t>(texts: impl IntoIterator<Item = Cow<'t, str>>) -> Suspects {
        Suspects::among(texts, &ReadTexts::default())
    }

    /// The same where some of the texts may have been read before.
    pub fn among<'t>(texts: impl IntoIterator<Item = Cow<'t, str>>, read: &ReadTexts) -> Suspects {
        let mut suspects = Suspects::default();
        for text in texts {
            let mut add = |read: &ReadWords<'_>| {
                suspects.add(read);
                None::<Infallible>
            };
            read.find_in(&text, &mut add);
            // A name that has a mask is read as it stands, all else without.
            if has_masked_key(&text) {
                read.find_in_unmasked(&text, add);
            }
        }
        suspects.runs.choose();
        suspects
    }

    fn add(&mut self, read: &ReadWords<'_>) {
        let (text, words) = (&*read.text, &read.words);
        let least = if words.len() == 1 {
            WORD_WEIGHT
        } else {
            SHORT_WEIGHT
        };
        if weight(words) >= least {
            for word in words {
                self.words.add(word, &text[word.start..word.end]);
            }
            self.runs.add(text, words);
        }
        for word in words.iter().filter(|word| is_run_together(word)) {
            let letters: Vec<char> = letters(&text[word.start..word.end]).collect();
            for letters in letters.windows(RUN_WEIGHT) {
                self.run_together.insert(hash_of_letters(letters));
            }
        }
        self.numbers.extend(read.numbers.iter().map(|it| it.hash));
        given::each_candidate(text, |name| {
            self.lengths.insert(name.len() as u64);
        });
    }

    /// Whether one as long as this may be an address or a file's data.
    pub(super) fn has_length(&self, length: usize) -> bool {
        self.lengths.contains(&(length as u64))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
            && self.run_together.is_empty()
            && self.numbers.is_empty()
            && self.lengths.is_empty()
    }

    /// Whether any word may be several that were run together.
    pub(in crate::mapping) fn has_run_together(&self) -> bool {
        !self.run_together.is_empty()
    }

    /// Whether a word is one of these.
    pub(super) fn has(&self, hash: u64) -> bool {
        self.words.has(hash)
    }

    /// Whether the text of a JSON string, given as it stands between its quotes, may have so many of
    /// these words in a row that they tell.
    pub fn may_be_in(&self, raw: &str) -> bool {
        let is_odd = is_odd(raw.as_bytes()) || has_marked_string(raw.as_bytes());
        if self.words.has_others() || !self.run_together.is_empty() || is_odd {
            return self.are_in(&crate::json::unquote(raw));
        }
        if self.has_numbers_of_raw(raw) {
            return true;
        }
        let mut from = 0;
        while let Some(start) = self.words.next_start(raw.as_bytes(), from) {
            match self.words_from(raw, start) {
                Words::Tell => return true,
                Words::Are(end) => from = end,
                Words::AreNot => from = start + 1,
            }
        }
        false
    }

    /// Looks a text through for runs of values, as it stands between the quotes of its JSON, and hands them on.
    pub fn look_through(&self, raw: &str, found: impl FnMut(u64)) -> Outlook {
        let has_marked_string = has_marked_string(raw.as_bytes());
        if self.has_run_together() || has_marked_string || self.has_numbers_of_raw(raw) {
            return Outlook::HasToBeRead;
        }
        if self.words.is_empty() {
            // Behind an escape within an escape a number begins that is the end of a word otherwise.
            return match self.has_numbers() && is_escaped_again(raw) {
                true => Outlook::HasToBeRead,
                false => Outlook::RunsAlone,
            };
        }
        self.runs.look_through(raw, &self.words, found)
    }

    /// Whether there are long numbers among them.
    pub(super) fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Whether a long number is one of these.
    pub(super) fn has_number(&self, hash: u64) -> bool {
        self.numbers.contains(&hash)
    }

    /// The words of a text as far as they matter here: these, and for others in a row one word that is none of
    /// these and says nothing. Most of a text is passed over without a look at what its words are.
    pub(super) fn words_among(&self, text: &str) -> Vec<Word> {
        let mut found = Vec::new();
        if self.words.has_others() || self.words.has(NO_SUSPECT) {
            each_word(text, |word| self.keep(word, &mut found));
            return found;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let end = at + run(&bytes[at..], |class| class == Class::Letter);
            if bytes.get(end).is_some_and(|byte| may_be_of_word(*byte)) {
                // Rare, and read as any text is: up to where a word ends for certain.
                let open = bytes[end..]
                    .iter()
                    .take_while(|byte| may_be_of_word(**byte) || class(**byte) == Class::Letter);
                let end = end + open.count();
                each_word(&text[at..end], |word| {
                    let (start, end) = (at + word.start, at + word.end);
                    self.keep(Word { start, end, ..word }, &mut found);
                });
                at = end;
            } else if end == at {
                debug_assert!(class(byte) != Class::Letter);
                at += 1;
            } else {
                let word = &bytes[at..end];
                let hash = match self.words.may_begin(&bytes[at..]) {
                    true => hash_of_ascii(word),
                    false => NO_SUSPECT,
                };
                match hash != NO_SUSPECT && self.words.has(hash) {
                    true => found.push(Word {
                        start: at,
                        end,
                        hash,
                        weight: word.len(),
                        is_prose: word.iter().all(u8::is_ascii_alphabetic),
                    }),
                    false => pass_over(at, end, &mut found),
                }
                at = end;
            }
        }
        found
    }

    fn keep(&self, word: Word, found: &mut Vec<Word>) {
        match self.words.has(word.hash) {
            true => found.push(word),
            false => pass_over(word.start, word.end, found),
        }
    }

    /// Reads words for as long as they are of these.
    fn words_from(&self, raw: &str, start: usize) -> Words {
        let bytes = raw.as_bytes();
        let mut row = Row::behind(begins_sentence(bytes, start));
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            match class(byte) {
                Class::Letter => {}
                // The escapes that are left stand for characters between words.
                Class::Escape => {
                    row.end_sentence();
                    at += 2;
                    continue;
                }
                class => {
                    if class == Class::Other || ends_sentence(byte) {
                        row.end_sentence();
                    }
                    at += 1;
                    continue;
                }
            }
            if row.tells() {
                return Words::Tell;
            }
            let from = at;
            at += run(&bytes[at..], |class| class == Class::Letter);
            match bytes.get(at).map(|byte| class(*byte)) {
                // Rare, and read as any text is: up to where a word ends for certain.
                Some(Class::Other | Class::Apostrophe) => {
                    let is_open = |class| !matches!(class, Class::Escape | Class::Between);
                    at += run(&bytes[at..], is_open);
                    if self.follow(&raw[from..at], &mut row) {
                        return Words::Tell;
                    }
                }
                _ if self.words.has(hash_of_ascii(&bytes[from..at])) => row.add(at - from),
                _ => row = Row::default(),
            }
            match row.words {
                0 if from == start => return Words::AreNot,
                0 => return Words::Are(at),
                _ if row.tells() => return Words::Tell,
                _ => {}
            }
        }
        row.end_sentence();
        match row.tells() {
            true => Words::Tell,
            false => Words::Are(at),
        }
    }

    /// The same of a text as a person reads it.
    pub fn are_in(&self, text: &str) -> bool {
        let are_in = |text: &str| {
            self.tell_in(text) || self.has_numbers_of(text) || self.has_run_together_words_of(text)
        };
        let mut is_any = false;
        each_level(text, &mut |text| is_any = is_any || are_in(text));
        is_any
    }

    /// The same of a JSON string's text. An escape ends with a letter, which would join a number behind it to a name.
    fn has_numbers_of_raw(&self, raw: &str) -> bool {
        self.has_numbers() && self.has_numbers_of(&crate::json::unquote(raw))
    }

    fn has_numbers_of(&self, text: &str) -> bool {
        let mut has_any = false;
        if !self.numbers.is_empty() {
            each_number(text, |number| {
                has_any |= self.numbers.contains(&number.hash)
            });
        }
        has_any
    }

    /// Whether the letters from the beginning of some word on stand together in a long word.
    fn has_run_together_words_of(&self, text: &str) -> bool {
        if self.run_together.is_empty() {
            return false;
        }
        let mut all = Vec::with_capacity(text.len());
        let mut starts = Vec::new();
        each_word(text, |word| {
            starts.push(all.len());
            all.extend(letters(&text[word.start..word.end]));
        });
        let is_suspect = |start: &usize| {
            let letters = all.get(*start..*start + RUN_WEIGHT);
            letters.is_some_and(|letters| self.run_together.contains(&hash_of_letters(letters)))
        };
        starts.iter().any(is_suspect)
    }

    /// Whether so many of these words stand in a row that they tell.
    fn tell_in(&self, text: &str) -> bool {
        let mut row = Row::behind(true);
        self.follow(text, &mut row) || {
            row.end_sentence();
            row.tells()
        }
    }

    /// Goes on over a text; whether the words of some row tell.
    fn follow(&self, text: &str, row: &mut Row) -> bool {
        let may_end = |from: usize, to: usize| {
            let between = text.as_bytes().get(from..to).unwrap_or_default();
            let may_end = |byte: &u8| !byte.is_ascii() || ends_sentence(*byte);
            between.iter().any(may_end)
        };
        let (mut tells, mut last) = (false, 0);
        each_word(text, |word| {
            if may_end(last, word.start) {
                row.end_sentence();
                tells |= row.tells();
            }
            match self.words.has(word.hash) {
                true => row.add(word.weight),
                false => *row = Row::default(),
            }
            tells |= row.tells();
            last = word.end;
        });
        if may_end(last, text.len()) {
            row.end_sentence();
        }
        tells || row.tells()
    }
}

/// Suspects one after another, with nothing else between them.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    words: usize,
    weight: usize,
    /// Places before, between and behind them where a sentence may end.
    ends: usize,
}

impl Row {
    /// One that begins here, where a sentence may begin too.
    fn behind(is_end: bool) -> Row {
        Row {
            ends: usize::from(is_end),
            ..Row::default()
        }
    }

    fn add(&mut self, weight: usize) {
        self.words += 1;
        self.weight += weight;
    }

    fn end_sentence(&mut self) {
        self.ends += 1;
    }

    /// Whether they are a run, or may be a sentence that is too short for one.
    fn tells(&self) -> bool {
        let is_run = self.words >= RUN && self.weight >= RUN_WEIGHT;
        is_run || self.ends >= 2 && self.weight >= SHORT_WEIGHT
    }
}

/// The hash of what is none of the words.
const NO_SUSPECT: u64 = 0;

/// Takes a word that is none of these: one stands for all in a row.
fn pass_over(start: usize, end: usize, found: &mut Vec<Word>) {
    match found.last_mut() {
        Some(last) if last.weight == 0 => last.end = end,
        _ => found.push(Word {
            start,
            end,
            hash: NO_SUSPECT,
            weight: 0,
            is_prose: false,
        }),
    }
}

/// Whether a JSON string's text has to be read in full: it has an escape of any character, an escape within an
/// escape, or the one character besides a letter of ASCII that is such a letter in lower case, the sign for kelvin.
fn is_odd(raw: &[u8]) -> bool {
    const KELVIN: &[u8] = "\u{212a}".as_bytes();
    memchr::memchr2_iter(b'\\', KELVIN[0], raw).any(|at| match raw[at] {
        b'\\' => matches!(raw.get(at + 1), Some(b'u' | b'\\')),
        _ => raw[at..].starts_with(KELVIN),
    })
}

/// Whether a JSON string's text has escapes of its own: it is read without them too, where other words begin.
pub(super) fn is_escaped_again(raw: &str) -> bool {
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(br"\\"));
    FINDER.find(raw.as_bytes()).is_some()
}

/// Whether a byte that is no letter and no digit of ASCII may be of a word all the same.
const fn may_be_of_word(byte: u8) -> bool {
    byte == b'\''
        || !byte.is_ascii()
        || byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Whether a sentence may end with a byte, or what stands in quotes.
pub(super) const fn ends_sentence(byte: u8) -> bool {
    matches!(byte, b'.' | b'?' | b'!' | b'\n'..=b'\r') || is_quote(byte)
}

/// Whether a sentence may begin at a word of a JSON string's text.
fn begins_sentence(raw: &[u8], start: usize) -> bool {
    let before = raw.get(..start).unwrap_or_default();
    for (at, byte) in before.iter().enumerate().rev() {
        let is_escaped = at > 0 && before[at - 1] == b'\\';
        if is_escaped || !byte.is_ascii() || ends_sentence(*byte) {
            return true;
        }
        if class(*byte) == Class::Letter {
            return false;
        }
    }
    true
}

fn hash_of_letters(letters: &[char]) -> u64 {
    let mut run_together = LetterRun::default();
    letters.iter().for_each(|letter| run_together.push(*letter));
    run_together.hash
}

/// What a byte of a JSON string's text is to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Between,
    Letter,
    Apostrophe,
    Escape,
    Other,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Between; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'\'' => Class::Apostrophe,
            b'\\' => Class::Escape,
            byte if byte.is_ascii_alphanumeric() => Class::Letter,
            byte if !byte.is_ascii() => Class::Other,
            _ => Class::Between,
        };
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

/// How many bytes at the beginning are of some classes.
fn run(bytes: &[u8], is_in: impl Fn(Class) -> bool) -> usize {
    let end = bytes.iter().position(|byte| !is_in(class(*byte)));
    end.unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{quote, unquote};

    /// Pieces that texts are made of here: all that is special to words, in ASCII and not.
    const PIECES: [&str; 28] = [
        "nightly",
        "Digest",
        "don't",
        "dont",
        "kelvin",
        "\u{212a}elvin",
        "elvin",
        "’",
        "'",
        " ",
        "\n",
        "\\",
        "\"",
        "\\n",
        "\\u0064",
        "é",
        "e\u{301}",
        "今天",
        "，",
        "“",
        "\u{200d}",
        "\u{7f}",
        "-",
        "x",
        "42",
        "İ",
        "\u{1}",
        "ſ",
    ];

    #[test]
    fn passes_over_no_text_that_counts() {
        let (mut dice, mut counting) = (1u64, 0);
        let mut below = |limit: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((dice >> 33) as usize) % limit
        };
        for value in [
            "nightly digest",
            "Don't kelvin dont",
            "42 x elvin nightly",
            "今天 nightly é",
            "the nightly digest of kelvin",
        ] {
            let suspects = Suspects::of([Cow::Borrowed(value)]);
            assert!(!suspects.is_empty());
            for _ in 0..4000 {
                let text: String = (0..below(12))
                    .map(|_| PIECES[below(PIECES.len())])
                    .collect();
                let raw = quote(&text);
                let raw = &raw[1..raw.len() - 1];
                assert_eq!(unquote(raw), text);
                if suspects.are_in(&text) {
                    counting += 1;
                    assert!(suspects.may_be_in(raw), "{value}: {text:?}");
                }
            }
        }
        assert!(counting > 100, "{counting}");
    }

    /// The words that are told apart are those that all words are among.
    #[test]
    fn tells_the_words_apart_that_matter() {
        let (mut dice, mut counting) = (1u64, 0);
        let mut below = |limit: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((dice >> 33) as usize) % limit
        };
        for value in [
            "nightly digest",
            "Don't kelvin dont",
            "42 x elvin nightly",
            "nightly é",
        ] {
            let suspects = Suspects::of([Cow::Borrowed(value)]);
            for _ in 0..4000 {
                let text: String = (0..below(12))
                    .map(|_| PIECES[below(PIECES.len())])
                    .collect();
                let mut expected = Vec::new();
                each_word(&text, |word| suspects.keep(word, &mut expected));
                let found = suspects.words_among(&text);
                let told = |word: &Word| (word.start, word.end, word.hash, word.weight);
                let told = |words: &[Word]| words.iter().map(told).collect::<Vec<_>>();
                assert_eq!(told(&found), told(&expected), "{value}: {text:?}");
                let is_prose = |words: &[Word]| {
                    let suspects = words.iter().filter(|word| word.weight > 0);
                    suspects.map(|word| word.is_prose).collect::<Vec<_>>()
                };
                assert_eq!(is_prose(&found), is_prose(&expected), "{value}: {text:?}");
                counting += found.iter().filter(|word| word.weight > 0).count();
            }
        }
        assert!(counting > 1000, "{counting}");
    }

    #[test]
    fn passes_over_most_texts() {
        let suspects = Suspects::of(["Nightly digest", "session-0a1b2c3d"].map(Cow::Borrowed));
        let check =
            |raw: &str, expected: bool| assert_eq!(suspects.may_be_in(raw), expected, "{raw}");
        check("nightly digest", true);
        check("Read the news. Nightly digest! More.", true);
        check("the nightly digest", false);
        check("nightly digest of news", false);
        check(r"NIGHTLY\ndigest", true);
        check(r"nightly\u0020digest", true);
        check("nightly’s digest nightlyx", false);
        check(r"nightly\nothing digest", false);
        check("nightly it is; digest it", false);
        check("今天nightly，digest", true);
        check("", false);
    }
}
