//! Where a run of words that a value has may stand in a text: each such run has one of a few words, the anchors, and a
//! text is looked through for two letters of each. So most of a conversation is passed over without reading a word.
//!
//! A text is looked through as it stands in its JSON, if it is ASCII and has no escape that stands for a letter.

use std::cmp::Reverse;
use std::ops::Range;

use super::runs::each_run;
use super::thresholds::{RUN, RUN_WEIGHT, SHORT_WEIGHT, WHOLE};
use super::vocabulary::Vocabulary;
use super::words::{Word, hash, hash_of_ascii_word, letters};

/// The most runs that anchors are chosen for, and the most anchors. More are in so many places that reading the words is
/// as fast. Chosen by measurement.
const MOST_RUNS: usize = 32;
const MOST_ANCHORS: usize = 4;
/// No more letters of an anchor are looked at.
const MOST_LETTERS: usize = 16;
/// Bytes that are looked at together, so that the compiler makes vector compares of it.
const BLOCK: usize = 64;

/// A word, and the two letters of it that are looked for.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    /// Its letters in lower case, as far as there is room.
    letters: [u8; MOST_LETTERS],
    length: usize,
    /// The two rarest of them.
    first: usize,
    second: usize,
    /// The last letters of the words before it in the runs that are found by it, and the first ones of those behind it.
    before: Neighbours,
    behind: Neighbours,
}

/// The letters that may stand next to a word.
#[derive(Debug, Clone, Copy, Default)]
struct Neighbours {
    letters: u128,
    /// Whether anything may.
    are_any: bool,
}

impl Neighbours {
    /// Takes a word's letter that stands next; with none, there is no word in the run.
    fn add(&mut self, letter: Option<char>) {
        match letter.map(u8::try_from) {
            Some(Ok(letter)) if letter.is_ascii() => self.letters |= 1 << letter,
            _ => self.are_any = true,
        }
    }

    fn has(&self, letter: u8) -> bool {
        self.are_any || self.letters >> letter.to_ascii_lowercase() & 1 == 1
    }
}

impl Anchor {
    /// None where a word has fewer letters, or others than those of ASCII.
    fn of(word: &str) -> Option<Anchor> {
        let mut anchor = Anchor {
            letters: [0; MOST_LETTERS],
            length: 0,
            first: 0,
            second: 0,
            before: Neighbours::default(),
            behind: Neighbours::default(),
        };
        for letter in letters(word) {
            let letter = u8::try_from(letter).ok().filter(u8::is_ascii)?;
            if let Some(place) = anchor.letters.get_mut(anchor.length) {
                *place = letter;
                anchor.length += 1;
            }
        }
        let mut places = [0; MOST_LETTERS];
        let places = &mut places[..anchor.length];
        places.iter_mut().enumerate().for_each(|(at, it)| *it = at);
        places.sort_unstable_by_key(|at| rarity(anchor.letters[*at]));
        let [one, other, ..] = *places else {
            return None;
        };
        (anchor.first, anchor.second) = (one.min(other), one.max(other));
        Some(anchor)
    }

    fn rarity(&self) -> usize {
        rarity(self.letters[self.first]) + rarity(self.letters[self.second])
    }

    /// Whether the word may stand around the place of its first letter as it does in a run: with its letters, and
    /// next to it those of the words around it.
    fn may_be_at(&self, bytes: &[u8], place: usize) -> bool {
        let Some(start) = place.checked_sub(self.first) else {
            return false;
        };
        let end = start + self.length;
        let found = bytes.get(start..end);
        if !found.is_some_and(|found| found.eq_ignore_ascii_case(&self.letters[..self.length])) {
            return false;
        }
        let is_whole = |at: usize| at >= bytes.len() || !bytes[at].is_ascii_alphanumeric();
        let may_end = self.length == MOST_LETTERS || is_whole(end);
        may_end
            && (start == 0 || !is_letter(bytes, start - 1))
            && may_stand_next(&self.before, bytes, (0..start).rev())
            && (self.length == MOST_LETTERS
                || may_stand_next(&self.behind, bytes, end..bytes.len()))
    }
}

/// Whether the first letter at some places is one of these, as far as that can be told.
fn may_stand_next(
    letters: &Neighbours,
    bytes: &[u8],
    mut places: impl Iterator<Item = usize>,
) -> bool {
    // What stands within a word hides its letters.
    let next = places.find(|at| is_letter(bytes, *at) || bytes[*at] == b'\'');
    letters.are_any || next.is_some_and(|at| bytes[at] == b'\'' || letters.has(bytes[at]))
}

/// Whether a letter or digit of a word stands at a place; what an escape ends with is none.
fn is_letter(bytes: &[u8], at: usize) -> bool {
    bytes[at].is_ascii_alphanumeric() && (at == 0 || bytes[at - 1] != b'\\')
}

/// The rarest letters of English first; digits are rarer still.
fn rarity(letter: u8) -> usize {
    const RARE_FIRST: &[u8] = b"zqjxkvbpygfwmucldrhsnioate";
    static RARITIES: [u8; 256] = {
        let mut rarities = [0; 256];
        let mut at = 0;
        while at < RARE_FIRST.len() {
            rarities[RARE_FIRST[at] as usize] = at as u8 + 1;
            at += 1;
        }
        rarities
    };
    usize::from(RARITIES[usize::from(letter)])
}

/// The runs of values, and what they are found by.
#[derive(Debug, Default)]
pub struct AnchoredRuns {
    hashes: Vec<u64>,
    anchors: Vec<Anchor>,
    /// The words of each run, among those of all.
    runs: Vec<Range<usize>>,
    words: Vec<(u64, Range<usize>)>,
    /// The texts that the words stand in.
    texts: String,
    /// Whether there are too many, or some without an anchor.
    is_beyond: bool,
}

/// What a text that was looked through has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// Nothing but the runs that were handed on.
    RunsAlone,
    /// More than that, or it can't be looked through in this way: it has to be read.
    HasToBeRead,
}

impl AnchoredRuns {
    /// Takes the runs of a value's text.
    pub fn add(&mut self, text: &str, words: &[Word]) {
        let (first, before) = (self.words.len(), self.hashes.len());
        each_run(words, |from, run| {
            let hash = hash(run);
            if self.is_beyond || self.hashes.contains(&hash) {
                return;
            }
            self.is_beyond = self.hashes.len() == MOST_RUNS;
            self.hashes.push(hash);
            let from = first + from;
            self.runs.push(from..from + run.len());
        });
        if self.hashes.len() > before && !self.is_beyond {
            let start = self.texts.len();
            self.texts.push_str(text);
            let words = words.iter();
            let words = words.map(|word| (word.hash, start + word.start..start + word.end));
            self.words.extend(words);
        }
    }

    /// Chooses anchors for the runs that were taken.
    pub fn choose(&mut self) {
        let mut open = std::mem::take(&mut self.runs);
        while !self.is_beyond
            && let Some(run) = open.first()
        {
            let has = |run: &Range<usize>, hash: u64| {
                self.words[run.clone()].iter().any(|word| word.0 == hash)
            };
            let words = self.words[run.clone()].iter();
            let best = words.max_by_key(|(hash, place)| {
                // With a letter beyond ASCII it can't be in a text that is looked through.
                let anchor = Anchor::of(&self.texts[place.clone()]);
                let runs = open.iter().filter(|run| has(run, *hash)).count();
                anchor.map(|anchor| (runs, Reverse(anchor.rarity())))
            });
            let anchor = best.and_then(|(hash, place)| {
                let anchor = Anchor::of(&self.texts[place.clone()])?;
                Some((*hash, anchor))
            });
            let Some((hash, anchor)) = anchor else {
                self.is_beyond = true;
                return;
            };
            let mut anchor = anchor;
            open.retain(|run| {
                let is_found = has(run, hash);
                if is_found {
                    self.add_neighbours(&mut anchor, run, hash);
                }
                !is_found
            });
            self.anchors.push(anchor);
        }
        self.is_beyond |= self.anchors.len() > MOST_ANCHORS;
    }

    /// Notes what stands next to the word with this hash in a run.
    fn add_neighbours(&self, anchor: &mut Anchor, run: &Range<usize>, hash: u64) {
        let text = |at: usize| {
            let place = run.contains(&at).then(|| self.words[at].1.clone());
            place.map(|place| &self.texts[place])
        };
        for at in run.clone().filter(|at| self.words[*at].0 == hash) {
            let before = at.checked_sub(1).and_then(text);
            anchor
                .before
                .add(before.and_then(|word| letters(word).last()));
            anchor
                .behind
                .add(text(at + 1).and_then(|word| letters(word).next()));
        }
    }

    /// Looks a text through as it stands between the quotes of its JSON, and hands on which of these runs it has.
    pub fn look_through(
        &self,
        raw: &str,
        suspects: &Vocabulary,
        mut found: impl FnMut(u64),
    ) -> Outlook {
        if self.is_beyond {
            return Outlook::HasToBeRead;
        }
        let bytes = raw.as_bytes();
        let mut rows = Rows {
            bytes,
            suspects,
            read: 0,
            row: Vec::new(),
            next: 0,
        };
        if rows.may_begin_sentence_at(0) {
            return Outlook::HasToBeRead;
        }
        let mut block = [b' '; BLOCK + MOST_LETTERS];
        let mut marks = [0_u8; BLOCK];
        for at in (0..bytes.len()).step_by(BLOCK) {
            let rest = &bytes[at..];
            match rest.first_chunk::<{ BLOCK + MOST_LETTERS }>() {
                Some(whole) => self.mark(whole, &mut marks),
                None => {
                    let length = rest.len().min(block.len());
                    block[..length].copy_from_slice(&rest[..length]);
                    block[length..].fill(b' ');
                    self.mark(&block, &mut marks);
                }
            }
            for place in marked(&marks).map(|place| at + place) {
                let is_within = match bytes.get(place) {
                    // What stands behind the text.
                    None => break,
                    Some(end @ (b'.' | b'?' | b'!' | b'\'' | b'`')) => {
                        if rows.may_begin_sentence_at(place) {
                            return Outlook::HasToBeRead;
                        }
                        // Whatever stands within a word hides its letters, so it may be an anchor's.
                        if *end != b'\'' {
                            continue;
                        }
                        true
                    }
                    Some(b'\\') => {
                        let is_letter = matches!(bytes.get(place + 1), Some(b'u' | b'\\') | None);
                        if is_letter || rows.may_begin_sentence_at(place) {
                            return Outlook::HasToBeRead;
                        }
                        continue;
                    }
                    Some(0..=0x1f | 0x7f..) => return Outlook::HasToBeRead,
                    Some(_) => false,
                };
                if is_within || self.anchors.iter().any(|it| it.may_be_at(bytes, place)) {
                    rows.each_run_around(place, |hash| {
                        if self.hashes.contains(&hash) {
                            found(hash);
                        }
                    });
                }
            }
        }
        Outlook::RunsAlone
    }

    /// Marks the bytes of a block that matter: where a sentence may end, an escape or two letters of an anchor begin, what
    /// stands within words, and what no text has that is looked through.
    fn mark(&self, block: &[u8; BLOCK + MOST_LETTERS], marks: &mut [u8; BLOCK]) {
        let mark_if = |matters: bool| 0_u8.wrapping_sub(u8::from(matters));
        for (mark, byte) in marks.iter_mut().zip(block) {
            let matters = (*byte == b'.')
                | (*byte == b'?')
                | (*byte == b'!')
                | (*byte == b'\\')
                | (*byte == b'\'')
                | (*byte == b'`')
                | (*byte >= 0x7f)
                | (*byte < b' ');
            *mark = mark_if(matters);
        }
        for anchor in &self.anchors {
            let [first, second] = [anchor.first, anchor.second].map(|at| anchor.letters[at]);
            let apart = anchor.second - anchor.first;
            let seconds = &block[apart..apart + BLOCK];
            for ((mark, one), other) in marks.iter_mut().zip(block).zip(seconds) {
                *mark |= mark_if((one | 0x20 == first) & (other | 0x20 == second));
            }
        }
    }
}

/// The places of a block that have a mark.
fn marked(marks: &[u8; BLOCK]) -> impl Iterator<Item = usize> {
    const WORD: usize = size_of::<u64>();
    let words = marks.as_chunks::<WORD>().0.iter().enumerate();
    let words = words.map(|(at, word)| (at * WORD, u64::from_le_bytes(*word)));
    words.filter(|(_, word)| *word != 0).flat_map(|(at, word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let within = rest.trailing_zeros() / 8;
            rest &= !0xff_u64.checked_shl(within * 8)?;
            Some(at + within as usize)
        })
    })
}

/// Suspects that stand in a row in a text.
struct Rows<'t> {
    bytes: &'t [u8],
    suspects: &'t Vocabulary,
    /// How far words around hits were read: no row reaches over this place.
    read: usize,
    /// The words of one.
    row: Vec<Word>,
    /// Where the word begins that stands behind the last place where a sentence may end.
    next: usize,
}

impl Rows<'_> {
    fn is_letter(&self, at: usize) -> bool {
        is_letter(self.bytes, at)
    }

    fn is_of_word(&self, at: usize) -> bool {
        self.is_letter(at) || self.bytes[at] == b'\''
    }

    /// Where the word around a place begins, if it is not one that was read.
    fn start_of_word(&self, at: usize) -> usize {
        let before = (self.read..at).rev();
        at - before.take_while(|at| self.is_of_word(*at)).count()
    }

    fn end_of_word(&self, at: usize) -> usize {
        let behind = at..self.bytes.len();
        at + behind.take_while(|at| self.is_of_word(*at)).count()
    }

    /// The word that begins here, if it is a suspect.
    fn suspect_from(&self, start: usize) -> Option<Word> {
        let quotes = self.bytes[start..].iter().take_while(|it| **it == b'\'');
        let start = start + quotes.count();
        if !self.suspects.may_begin(&self.bytes[start..]) {
            return None;
        }
        let end = self.end_of_word(start);
        let word = &self.bytes[start..end];
        let (hash, weight) = hash_of_ascii_word(word);
        let is_suspect = weight > 0 && self.suspects.has(hash);
        is_suspect.then(|| Word {
            start,
            end,
            hash,
            weight,
            is_prose: word.iter().all(|byte| !byte.is_ascii_digit()),
        })
    }

    /// The suspect before a word, with nothing but what parts words between them.
    fn suspect_before(&self, start: usize) -> Option<Word> {
        let last = (self.read..start).rev().find(|at| self.is_letter(*at))?;
        self.suspect_from(self.start_of_word(last))
    }

    /// The suspect behind a word, in the same way.
    fn suspect_behind(&self, end: usize) -> Option<Word> {
        let start = (end..self.bytes.len()).find(|at| self.is_letter(*at))?;
        self.suspect_from(start)
    }

    /// Hands on the runs of suspects that stand in a row around a place, unless they were handed on before.
    fn each_run_around(&mut self, at: usize, mut each: impl FnMut(u64)) {
        if at < self.read || !self.is_of_word(at) {
            return;
        }
        let Some(word) = self.suspect_from(self.start_of_word(at)) else {
            self.read = self.end_of_word(at);
            return;
        };
        self.row.clear();
        self.row.push(word);
        let mut first = word;
        while let Some(before) = self.suspect_before(first.start) {
            self.row.push(before);
            first = before;
        }
        self.row.reverse();
        let mut last = word;
        while let Some(behind) = self.suspect_behind(last.end) {
            self.row.push(behind);
            last = behind;
        }
        self.read = last.end;
        if self.row.len() >= RUN {
            each_run(&self.row, |_, run| each(hash(run)));
        }
    }

    /// Whether the words behind a place where a sentence may end may be one that is too short for a run: suspects up to
    /// where a sentence may end again.
    fn may_begin_sentence_at(&mut self, mark: usize) -> bool {
        // Behind several such places in a row stands the same.
        if (1..self.next).contains(&mark) {
            return false;
        }
        let (mut words, mut total, mut at) = (0, 0, mark);
        while words <= WHOLE {
            let between = at;
            let next = (at..self.bytes.len()).find(|at| self.is_letter(*at));
            at = next.unwrap_or(self.bytes.len());
            if words == 0 {
                self.next = at;
            }
            let is_end = |byte: &u8| matches!(byte, b'.' | b'?' | b'!' | b'\\' | b'\'' | b'`');
            // A quote behind a word is read with it.
            let from = between - usize::from(words > 0);
            let ends = next.is_none() || self.bytes[from..at].iter().any(is_end);
            if words > 0 && ends && total >= SHORT_WEIGHT {
                return true;
            }
            let Some(word) = next.and_then(|at| self.suspect_from(at)) else {
                return false;
            };
            words += 1;
            total += word.weight;
            at = word.end;
            if words >= RUN && total >= RUN_WEIGHT {
                return false;
            }
        }
        false
    }
}
