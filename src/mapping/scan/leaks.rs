//! Whether text of the conversation is left in what would be sent.
//!
//! Both sides are read as words in lower case, so case, punctuation and white space do not hide a leak;
//! scripts without spaces count by character. A run of four words or more is a leak, or a whole message
//! or sentence that is shorter but long enough to tell; also with its words run together. A long number
//! (a card, an account, a telephone) is one however its digits are grouped. A value is also read with what
//! encodes it undone: see `readings`. Text that is spread over several values, translated, put in
//! other words, compressed or encrypted is beyond this scan.

use unicode_segmentation::UnicodeSegmentation;

use super::compared::anchors::Outlook;
use super::compared::hashes::Hashes;
use super::compared::numbers::{Number, each_code, each_number};
use super::compared::runs::run_at;
use super::compared::thresholds::{
    RUN, RUN_WEIGHT, SHORT_WEIGHT, WHOLE, WORD_WEIGHT, is_run_together,
};
use super::compared::words;
use super::compared::words::{Word, hash, is_prose, weight, words};
use super::conversation::{Text, each_text};
use super::given;
pub use super::known::Known;
use super::quoted::{each_level, each_string};
use super::read_text::{ReadTexts, ReadWords};
use super::readings::decoded::{decoded, may_be_encoded};
use super::readings::encodings::{has_odd_escapes, has_odd_letters, in_plain_letters};
pub use super::suspects::Suspects;
use super::suspects::{ends_sentence, is_escaped_again};
use crate::completion::Completion;
use crate::json::Value;

/// No run of words that were run together has more letters; longer words are rare.
const LONGEST_RUN_TOGETHER: usize = 63;

/// Numbers that are kept of a conversation, in the texts up to the one that has more of them. Chosen: far more than anybody
/// writes; tables have them.
const MOST_NUMBERS: usize = 1 << 20;

/// The conversation's texts, prepared for the scan.
#[derive(Debug, Default)]
pub struct Conversation {
    runs: Hashes,
    wholes: Hashes,
    /// The letters of runs without what stands between them: their first ones, and all of them.
    run_together_heads: Hashes,
    run_together: Hashes,
    numbers: Hashes,
    /// Short numbers, where all texts are read.
    codes: Hashes,
    /// Addresses and data of pictures and the like.
    given: Hashes,
    known: Known,
}

/// Text of the conversation within a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The words found, as they stand in the value.
    pub excerpt: String,
    /// How the value has to be read to see them: word for word, unescaped, or decoded.
    pub reading: &'static str,
}

impl Conversation {
    /// Reads all texts of a completion's conversation, the system's, the tools' and the reasoning's too.
    pub fn of(completion: &Completion) -> Conversation {
        let mut conversation = Conversation {
            known: Known::of(completion),
            ..Conversation::default()
        };
        each_text(completion, |text| {
            if let Text::Given(value) = text {
                return conversation.add_given(value, None);
            }
            let text = text.read();
            conversation.add(&text);
            conversation.add_codes(&text);
        });
        conversation
    }

    /// Reads only the texts that can have anything in common with the suspects, and keeps of them what is made of
    /// suspects alone: enough to find what [`Conversation::of`] would find in them, and for most completions no
    /// text at all.
    pub fn for_suspects(completion: &Completion, suspects: &Suspects) -> Conversation {
        let mut conversation = Conversation {
            known: Known::of(completion),
            ..Conversation::default()
        };
        if !suspects.is_empty() {
            each_text(completion, |text| conversation.add_for(&text, suspects));
        }
        conversation
    }

    /// What of the conversation is known at all.
    pub const fn known(&self) -> Known {
        self.known
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
            && self.wholes.is_empty()
            && self.numbers.is_empty()
            && self.given.is_empty()
    }

    fn add_given(&mut self, value: Value<'_>, suspects: Option<&Suspects>) {
        given::each_name(&value.str().unwrap_or_default(), |name| {
            if suspects.is_none_or(|suspects| suspects.has_length(name.len())) {
                self.given.insert(given::hash(name));
            }
        });
    }

    /// Whether a short number is one of the conversation's, all of whose texts were read.
    pub(super) fn has_code(&self, hash: u64) -> bool {
        self.codes.contains(&hash)
    }

    /// Whether the conversation has any short number.
    pub(super) fn has_codes(&self) -> bool {
        !self.codes.is_empty()
    }

    fn add_codes(&mut self, text: &str) {
        if self.codes.len() > MOST_NUMBERS {
            self.known = Known::default();
            return;
        }
        each_level(text, &mut |text| {
            each_code(text, |code| {
                self.codes.insert(code.hash);
            });
        });
    }

    fn add_for(&mut self, text: &Text<'_>, suspects: &Suspects) {
        let (may_be_in, may_be_encoded) = match text {
            Text::String(value) => {
                let raw = value.raw_str().unwrap_or_default();
                let may_be_in =
                    self.may_be_in(raw, suspects) || has_odd_letters(raw) || has_odd_escapes(raw);
                (may_be_in, may_be_encoded(raw))
            }
            Text::Made(text) => (
                suspects.are_in(text) || has_odd_letters(text),
                may_be_encoded(text),
            ),
            Text::Given(value) => return self.add_given(*value, Some(suspects)),
        };
        if may_be_in {
            self.add_read(&text.read(), Some(suspects));
        }
        if !may_be_encoded {
            return;
        }
        for text in decoded(&text.read()) {
            let may_be_in = match text.contains(['\\', '"']) {
                true => suspects.are_in(&text),
                false => self.may_be_in(&text, suspects),
            };
            if may_be_in || has_odd_letters(&text) {
                self.add_read(&text, Some(suspects));
            }
        }
    }

    /// Whether a text as it stands in its JSON may have any of the suspects; runs that are found on the way are kept.
    fn may_be_in(&mut self, raw: &str, suspects: &Suspects) -> bool {
        let take = |run| _ = self.runs.insert(run);
        // Whoever looks through a text leaves one with escapes of its own to be read.
        suspects.look_through(raw, take) == Outlook::HasToBeRead
            && (is_escaped_again(raw) || suspects.may_be_in(raw))
    }

    /// Adds a text as it stands, and with what encodes it undone.
    fn add(&mut self, text: &str) {
        self.add_read(text, None);
        if may_be_encoded(text) {
            for text in decoded(text) {
                self.add_read(&text, None);
            }
        }
    }

    fn add_read(&mut self, text: &str, suspects: Option<&Suspects>) {
        // Words that were run together are looked for letter by letter, so all words count then.
        let suspects = suspects.filter(|suspects| !suspects.has_run_together());
        each_level(text, &mut |text| self.add_plain(text, suspects));
        if has_odd_letters(text)
            && let Some(plain) = in_plain_letters(text)
        {
            self.add_plain(&plain, suspects);
        }
    }

    fn add_plain(&mut self, text: &str, suspects: Option<&Suspects>) {
        let has_room = self.numbers.len() <= MOST_NUMBERS;
        if has_room && suspects.is_none_or(Suspects::has_numbers) {
            each_number(text, |number| {
                if suspects.is_none_or(|suspects| suspects.has_number(number.hash)) {
                    self.numbers.insert(number.hash);
                }
            });
            // What was passed over can't be said not to leak.
            if self.numbers.len() > MOST_NUMBERS {
                self.known = Known::default();
            }
        }
        let may_have_short = match suspects {
            None => {
                let all = words(text);
                if !self.add_runs(text, &all) {
                    self.add_whole(text, &all);
                }
                true
            }
            Some(_) if !begins_with_run(text) => {
                self.add_whole(text, &words(text));
                true
            }
            Some(suspects) => {
                let words = suspects.words_among(text);
                self.add_suspected_runs(&words, suspects);
                text.contains('\\') || may_have_short_sentence(text, &words, suspects)
            }
        };
        if !may_have_short {
            return;
        }
        let mut add = |text: &str| {
            let words = words(text);
            if run_at(&words, 0).is_none() {
                self.add_whole(text, &words);
            }
        };
        text.unicode_sentences().for_each(&mut add);
        each_string(text, &mut add);
    }

    /// Adds the runs of a text; whether it has any.
    fn add_runs(&mut self, text: &str, words: &[Word]) -> bool {
        let mut has_any = false;
        for run in (0..words.len()).map_while(|from| run_at(words, from)) {
            has_any = true;
            if is_prose(run) {
                self.runs.insert(hash(run));
                self.add_run_together(text, run);
            }
        }
        has_any
    }

    /// The same, but adds only those whose every word is a suspect: no other can be in a value.
    fn add_suspected_runs(&mut self, words: &[Word], suspects: &Suspects) {
        let mut in_a_row = 0;
        for (at, word) in words.iter().enumerate().rev() {
            in_a_row = if suspects.has(word.hash) {
                in_a_row + 1
            } else {
                0
            };
            let run = if in_a_row >= RUN {
                run_at(words, at)
            } else {
                None
            };
            if let Some(run) = run.filter(|run| run.len() <= in_a_row && is_prose(run)) {
                self.runs.insert(hash(run));
            }
        }
    }

    fn add_whole(&mut self, text: &str, words: &[Word]) {
        if is_whole(words) {
            self.wholes.insert(hash(words));
            if words.len() > 1 && weight(words) >= RUN_WEIGHT {
                self.add_run_together(text, words);
            }
        }
    }

    /// Adds words as they are when they are run together.
    fn add_run_together(&mut self, text: &str, run: &[Word]) {
        let mut run_together = words::LetterRun::default();
        for word in run {
            if !word.is_prose {
                return;
            }
            for letter in words::letters(&text[word.start..word.end]) {
                run_together.push(letter);
                if run_together.length == RUN_WEIGHT {
                    self.run_together_heads.insert(run_together.hash);
                }
            }
        }
        if (RUN_WEIGHT..=LONGEST_RUN_TOGETHER).contains(&run_together.length) {
            self.run_together.insert(run_together.hash);
        }
    }

    /// The first text of the conversation found in a value's text.
    pub fn find(&self, text: &str) -> Option<Leak> {
        self.find_among(text, &ReadTexts::default())
    }

    /// The same where the text may have been read before.
    pub(super) fn find_among(&self, text: &str, texts: &ReadTexts) -> Option<Leak> {
        if self.is_empty() {
            return None;
        }
        texts.find_in_unmasked(text, |read| {
            let excerpt = self
                .find_words(read)
                .or_else(|| self.find_run_together(read))
                .or_else(|| self.find_number(read))
                .or_else(|| self.find_given(&read.text))?;
            Some(Leak {
                excerpt,
                reading: read.how,
            })
        })
    }

    /// The first run of the conversation found in a name that the system itself gives: of a model, a
    /// provider, a reason. Such a name may be spoken of; only words that are no part of names count.
    pub fn find_in_name(&self, name: &str) -> Option<Leak> {
        self.find_in_name_among(name, &ReadTexts::default())
    }

    /// The same where the name may have been read before.
    pub(super) fn find_in_name_among(&self, name: &str, texts: &ReadTexts) -> Option<Leak> {
        if self.runs.is_empty() || !super::may_hold_run(name) {
            return None;
        }
        texts.find_in(name, |read| {
            read.text.split('/').find_map(|part| {
                let words = words(part);
                let is_run = |from: &usize| {
                    run_at(&words, *from).is_some_and(|run| {
                        run.iter().all(|word| word.is_prose) && self.runs.contains(&hash(run))
                    })
                };
                let from = (0..words.len()).find(is_run)?;
                let (start, end) = (words[from].start, words[words.len() - 1].end);
                Some(Leak {
                    excerpt: part[start..end].to_owned(),
                    reading: read.how,
                })
            })
        })
    }

    fn find_words(&self, ReadWords { text, words, .. }: &ReadWords<'_>) -> Option<String> {
        if self.runs.is_empty() && self.wholes.is_empty() {
            return None;
        }
        let excerpt = |from: usize, to: usize| {
            let (start, end) = (words[from].start, words[to - 1].end);
            text[start..end].to_owned()
        };
        let leaks = |from: usize| {
            let run = run_at(words, from)?;
            self.runs.contains(&hash(run)).then_some(from + run.len())
        };
        for from in 0..words.len() {
            if let Some(mut to) = leaks(from) {
                let mut next = from + 1;
                while let Some(further) = leaks(next) {
                    (to, next) = (further, next + 1);
                }
                return Some(excerpt(from, to));
            }
            if self.wholes.is_empty() {
                continue;
            }
            let mut whole = words::PhraseHash::default();
            for (index, word) in words[from..].iter().take(WHOLE).enumerate() {
                whole.push(word);
                if self.wholes.contains(&whole.hash()) {
                    return Some(excerpt(from, from + index + 1));
                }
            }
        }
        None
    }

    /// The first of a text's long words that has a run of the conversation in it.
    fn find_run_together(&self, ReadWords { text, words, .. }: &ReadWords<'_>) -> Option<String> {
        if self.run_together.is_empty() {
            return None;
        }
        let mut long = words.iter().filter(|word| is_run_together(word));
        let found = long.find(|word| {
            let letters: Vec<char> = words::letters(&text[word.start..word.end]).collect();
            let holds_run = |from: usize| {
                let mut run_together = words::LetterRun::default();
                for letter in letters[from..].iter().take(LONGEST_RUN_TOGETHER) {
                    run_together.push(*letter);
                    if run_together.length == RUN_WEIGHT
                        && !self.run_together_heads.contains(&run_together.hash)
                    {
                        return false;
                    }
                    if run_together.length >= RUN_WEIGHT
                        && self.run_together.contains(&run_together.hash)
                    {
                        return true;
                    }
                }
                false
            };
            (0..letters.len()).any(holds_run)
        });
        found.map(|word| text[word.start..word.end].to_owned())
    }

    fn find_number(&self, read: &ReadWords<'_>) -> Option<String> {
        let is_known = |number: &&Number| self.numbers.contains(&number.hash);
        let number = read.numbers.iter().find(is_known)?;
        Some(read.text[number.start..number.end].to_owned())
    }

    fn find_given(&self, text: &str) -> Option<String> {
        let mut found = None;
        if !self.given.is_empty() {
            given::each_candidate(text, |name| {
                if found.is_none() && self.given.contains(&given::hash(name)) {
                    found = Some(given::told(name));
                }
            });
        }
        found
    }
}

/// Whether all words of a text or a sentence that has no run are enough to tell.
fn is_whole(words: &[Word]) -> bool {
    let least = if words.len() == 1 {
        WORD_WEIGHT
    } else {
        SHORT_WEIGHT
    };
    words.len() <= WHOLE && weight(words) >= least
}

/// Whether a text of these words is found wherever it is repeated.
pub(super) fn can_be_found(words: &[Word]) -> bool {
    has_prose(words) || run_at(words, 0).is_none() && is_whole(words)
}

/// Whether some words in a row are prose enough to be found.
pub(super) fn has_prose(words: &[Word]) -> bool {
    let mut runs = (0..words.len()).map_while(|from| run_at(words, from));
    runs.any(is_prose)
}

/// Whether a sentence of a few suspects, or as few in quotes, may stand somewhere in a text: they have something around them
/// that may end a sentence. Most texts have none, and finding where sentences end takes long.
fn may_have_short_sentence(text: &str, words: &[Word], suspects: &Suspects) -> bool {
    let ends = |from: usize, to: usize| {
        let between = text.as_bytes().get(from..to).unwrap_or_default();
        between
            .iter()
            .any(|byte| !byte.is_ascii() || ends_sentence(*byte))
    };
    let ends_before = |at: usize| at == 0 || ends(words[at - 1].end, words[at].start);
    let is_short_sentence = |last: usize| {
        let suspected = words[..=last].iter().enumerate().rev().take(WHOLE);
        let mut suspected = suspected.take_while(|(_, word)| suspects.has(word.hash));
        let mut weight = 0;
        suspected.any(|(at, word)| {
            weight += word.weight;
            weight >= SHORT_WEIGHT && ends_before(at)
        })
    };
    let is_odd = |word: &Word| text.as_bytes()[word.start..word.end].contains(&b'.');
    (0..words.len()).any(|at| {
        suspects.has(words[at].hash)
            && (is_odd(&words[at])
                || (at + 1 == words.len() || ends_before(at + 1)) && is_short_sentence(at))
    })
}

/// Whether the first words of a text are a run. Nearly every text shows it at its beginning.
fn begins_with_run(text: &str) -> bool {
    const BEGINNING: usize = 200;
    let mut ends = (0..=text.len().min(BEGINNING)).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    let head = &text[..end.unwrap_or_default()];
    run_at(&words(head), 0).is_some()
        || (head.len() < text.len() && run_at(&words(text), 0).is_some())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::json::{Document, Limits, quote};

    fn conversation(texts: &[&str]) -> Conversation {
        let mut conversation = Conversation::default();
        for text in texts {
            conversation.add(text);
        }
        conversation
    }

    #[test]
    fn the_mask_of_a_key_is_no_text_of_the_conversation() {
        let conversation = conversation(&["My key is [key masked by rainscope], keep it safe"]);
        assert!(conversation.find("[key masked by rainscope]").is_none());
        assert!(
            conversation
                .find("another [key masked by rainscope]")
                .is_none()
        );
        assert!(
            conversation
                .find("my key is [key masked by rainscope], keep it safe and sound")
                .is_none()
        );
        assert!(
            conversation
                .find("they said: keep it safe, my key is there")
                .is_none()
        );
    }

    #[test]
    fn finds_what_was_planted() {
        let prompt = "Please draft a polite letter. The landlord never answers! Thank you kindly.";
        let texts = conversation(&[
            prompt,
            "天气预报说明天会下大雨",
            "Zugzwangvermeidungsstrategie",
            "How is it now?",
        ]);
        let check = |text: &str, excerpt: Option<&str>| {
            let found = texts.find(text).map(|leak| leak.excerpt);
            assert_eq!(found.as_deref(), excerpt, "{text}");
        };
        check(prompt, Some(prompt.trim_end_matches('.')));
        check(
            "note: DRAFT  a\tpolite-letter, ok",
            Some("DRAFT  a\tpolite-letter"),
        );
        check(
            "{\"q\":\"draft\\na\\npolite\\nletter\"}",
            Some("draft\na\npolite\nletter"),
        );
        check(
            "the landlord never answers",
            Some("the landlord never answers"),
        );
        check("Thank you kindly", Some("Thank you kindly"));
        check("备注：明天会下大雨。", Some("明天会下大雨"));
        check(
            "zugzwangvermeidungsstrategie",
            Some("zugzwangvermeidungsstrategie"),
        );
        check(
            "UGxlYXNlIGRyYWZ0IGEgcG9saXRlIGxldHRlci4=",
            Some("Please draft a polite letter"),
        );
        check("天气：「今天下雨」", None);
        check("Note: how is it now", Some("how is it now"));
        check("a polite letter", None);
        check("letters to landlords", None);
        check("明天", None);
    }

    #[test]
    fn what_stands_in_quotes_counts_by_itself() {
        let said = "divorce Anna M\u{fc}ller";
        for text in [
            format!("INFO body=\"{{\\\"query\\\": \\\"{said}\\\"}}\" status=200"),
            format!("It gave [[], \"{said}\", 3] and no more of it"),
            format!("me\": \"Bob\", \"query\": \"{said}\", \"n\": 3}} is all"),
            format!("rows: [(-2.5, '{said}'), ('Bob', 31)] are all of it"),
            format!("see https://a.test/?f=%7B%22q%22%3A%22{said}%22%7D, will you"),
        ] {
            let texts = conversation(&[&text]);
            assert!(
                texts.find(&format!("about {said}, 2026")).is_some(),
                "{text}"
            );
            let quoted = quote(&text);
            let doc = Document::parse(quoted.as_str().into(), Limits::default()).unwrap();
            let suspects = Suspects::of([Cow::Borrowed(said)]);
            let mut looked_through = Conversation::default();
            looked_through.add_for(&Text::String(doc.root()), &suspects);
            assert!(looked_through.find(said).is_some(), "{text}");
        }
        let texts = conversation(&[&format!("She asked for the {said} papers again today")]);
        assert!(texts.find(said).is_none());
    }

    /// Pieces of texts: words that repeat, and all that parts words or stands within them.
    fn text() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "nightly",
            "Digest",
            "of",
            "the",
            "NEWS",
            "summarised",
            "dont",
            "don't",
            "elvin",
            "a",
            "42",
            "x1",
            "naïve",
            "今天",
            "\u{212a}elvin",
            "nightlydigestofthenews",
            "4111111111111",
        ]);
        let between = prop::sample::select(vec![
            " ", " ", " ", " ", "  ", ". ", "%20", "&nbsp;", "<b>", "</p>", "? ", "!", "\n", "\t",
            "-", "'", "''", "\"", "`", "\\\"", "\\", "\\n", "/", "\u{200d}", "\u{7f}", "\u{1}",
            "“", ", ", "", "&amp;",
        ]);
        let pieces = prop::collection::vec((words, between), 0..14);
        pieces.prop_map(|pieces| pieces.iter().flat_map(|(word, it)| [*word, *it]).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        /// What is left out with a value in sight is nothing that the value could repeat.
        #[test]
        fn looking_through_texts_hides_nothing_that_reading_them_finds(
            value in text(),
            texts in prop::collection::vec((text(), 0..3usize), 1..4),
            padding in 0..200usize,
        ) {
            let texts_read = ReadTexts::default();
            let suspects = Suspects::among([Cow::Borrowed(value.as_str())], &texts_read);
            let (mut read, mut looked_through) = (Conversation::default(), Conversation::default());
            for (text, how) in texts {
                // Some texts repeat the value, at any place of the blocks that are looked at together.
                let text = match how {
                    0 => text,
                    1 => " ".repeat(padding) + &value + "; " + &text,
                    _ => text + &" ".repeat(padding) + &value,
                };
                let json = quote(&text);
                let doc = Document::parse(json.as_str().into(), Limits::default()).unwrap();
                read.add(&text);
                looked_through.add_for(&Text::String(doc.root()), &suspects);
            }
            let found = looked_through.find_among(&value, &texts_read);
            prop_assert_eq!(read.find(&value), found);
            let found = looked_through.find_in_name_among(&value, &texts_read);
            prop_assert_eq!(read.find_in_name(&value), found);
        }
    }

    /// Behind an escape within an escape a number begins that is the end of a word otherwise.
    #[test]
    fn a_number_behind_an_escape_of_its_own_is_not_passed_over() {
        let value = "4111111111111 ";
        let suspects = Suspects::of([Cow::Borrowed(value)]);
        let json = quote("nightly nightly\\n4111111111111 ");
        let doc = Document::parse(json.as_str().into(), Limits::default()).unwrap();
        let mut looked_through = Conversation::default();
        looked_through.add_for(&Text::String(doc.root()), &suspects);
        assert!(looked_through.find(value).is_some());
    }

    #[test]
    fn ids_and_dates_are_no_leaks() {
        let texts =
            conversation(&["ticket 7f9c24e8-3b12-4f1a-9d77-0a1b2c3d4e5f of 2026-06-05T12:33:10"]);
        assert_eq!(texts.find("7f9c24e8-3b12-4f1a-9d77-0a1b2c3d4e5f"), None);
        assert_eq!(texts.find("2026-06-05T12:33:10"), None);
    }
}
