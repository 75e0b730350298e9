//! The input and the output of an event where no run of words in them tells.

use std::borrow::Cow;

use super::compared::runs;
use super::compared::thresholds::EXACT_WEIGHT;
use super::compared::words::{self, Word};
use super::leaks::{self, Leak};
use super::read_text::ReadTexts;
use super::short_forms::{FoundForm, ShortForms};
use crate::event::Event;

/// The event's input and output where no run of words in them tells: they are short, or of codes and numbers.
#[derive(Debug, Default)]
pub(super) struct ShortTexts {
    /// All words of each that says enough to be told where nothing else stands.
    alone: Vec<u64>,
    /// All words of each that is as long as a run and has none of prose, and how many they are: wherever they stand.
    codes: Vec<(usize, u64)>,
    /// Each of few letters as it may be written.
    forms: Vec<ShortForms>,
}

/// A longer text has words enough for the conversation's own scan.
const MOST_BYTES: usize = 200;

/// The input and the output that may be so short.
pub(super) fn short_texts(event: &Event) -> impl Iterator<Item = Cow<'_, str>> {
    /// A character of a text takes no more in JSON.
    const MOST_ESCAPED: usize = 6;
    let texts = event.fields.iter().filter(|field| {
        field.is_text() && field.value.as_str().len() <= MOST_BYTES * MOST_ESCAPED + 2
    });
    let texts = texts.map(|field| field.value.shown());
    texts.filter(|text| text.len() <= MOST_BYTES)
}

impl ShortTexts {
    pub(super) fn of(event: &Event) -> ShortTexts {
        let mut short = ShortTexts::default();
        for text in short_texts(event) {
            let words = words::words(&text);
            short.alone.extend(ShortTexts::hash_of(&text, &words));
            short.forms.extend(ShortForms::of(&text));
            if runs::run_at(&words, 0).is_some() && !leaks::has_prose(&words) {
                short.codes.push((words.len(), words::hash(&words)));
            }
        }
        short
    }

    pub(super) fn is_empty(&self) -> bool {
        self.alone.is_empty() && self.codes.is_empty() && self.forms.is_empty()
    }

    /// All words of a text, if they say enough not to be there by chance.
    fn hash_of(text: &str, words: &[Word]) -> Option<u64> {
        let tells = text.len() <= MOST_BYTES && words::weight(words) >= EXACT_WEIGHT;
        tells.then(|| words::hash(words))
    }

    pub(super) fn find(&self, text: &str, texts: &ReadTexts) -> Option<Leak> {
        if self.is_empty() {
            return None;
        }
        // The first reading is the text as it stands.
        let hash = texts.find_in(text, |read| Some(ShortTexts::hash_of(text, &read.words)))?;
        if hash.is_some_and(|hash| self.alone.contains(&hash)) {
            return Some(Leak {
                excerpt: text.to_owned(),
                reading: "as it stands",
            });
        }
        self.code_in(text, texts)
            .or_else(|| self.form_in(text, texts))
    }

    /// One of few letters, written so that it tells.
    fn form_in(&self, text: &str, texts: &ReadTexts) -> Option<Leak> {
        if self.forms.is_empty() {
            return None;
        }
        texts.find_in(text, |read| {
            let mut found = self.forms.iter().filter_map(|forms| forms.find(&read.text));
            let how = found.find_map(|found| match found {
                FoundForm::Certain(how) => Some(how),
                FoundForm::Perhaps => None,
            })?;
            Some(Leak {
                excerpt: read.text.clone().into_owned(),
                reading: how,
            })
        })
    }

    /// One of codes and numbers.
    fn code_in(&self, text: &str, texts: &ReadTexts) -> Option<Leak> {
        if self.codes.is_empty() {
            return None;
        }
        texts.find_in(text, |read| {
            let (from, to) = self.codes.iter().find_map(|(length, hash)| {
                let mut some = read.words.windows(*length);
                let from = some.position(|words| words::hash(words) == *hash)?;
                Some((from, from + length))
            })?;
            let (start, end) = (read.words[from].start, read.words[to - 1].end);
            Some(Leak {
                excerpt: read.text[start..end].to_owned(),
                reading: read.how,
            })
        })
    }
}
