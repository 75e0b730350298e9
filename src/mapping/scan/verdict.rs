//! What can be said of an event in privacy mode: whether what is known of its conversation leaves all the same.

use std::collections::HashSet;

use super::compared::numbers;
use super::compared::runs;
use super::compared::words;
use super::conversation;
use super::known::Known;
use super::leaks::{self, Conversation};
use super::quoted;
use super::readings::loose::loose_texts;
use super::readings::readings;
use super::short_forms::ShortForms;
use super::short_texts::short_texts;
use super::user_made;
use crate::completion::Completion;
use crate::event::Event;

/// What can be said of an event in privacy mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyVerdict {
    /// Text of the conversation would leave all the same.
    Leaks,
    /// Nothing of it would.
    Holds,
    /// Nothing of what is known would, but not all of the conversation is known.
    CannotTell(Known),
    /// A value has the prompt or the answer in it, which is so short that this may be chance.
    TooShort,
}

impl PrivacyVerdict {
    /// The verdict on an event that has leaks or none, of a conversation of which so much is known.
    pub fn of(
        event: Option<&Event>,
        has_leaks: bool,
        known: Known,
        said: Said<'_>,
    ) -> PrivacyVerdict {
        match (has_leaks, known.prompt && known.answer) {
            (true, _) => PrivacyVerdict::Leaks,
            (false, false) => PrivacyVerdict::CannotTell(known),
            (false, true)
                if event.is_some_and(|it| repeats_short_text(it) || repeats_code(it, said)) =>
            {
                PrivacyVerdict::TooShort
            }
            (false, true) => PrivacyVerdict::Holds,
        }
    }

    /// Whether it can't be told if text of the conversation would leave.
    pub const fn is_unknown(self) -> bool {
        matches!(
            self,
            PrivacyVerdict::CannotTell(_) | PrivacyVerdict::TooShort
        )
    }

    /// The verdict in words.
    pub const fn says(self) -> &'static str {
        match self {
            PrivacyVerdict::Leaks => "leaks",
            PrivacyVerdict::Holds => "no leak found",
            PrivacyVerdict::CannotTell(Known {
                prompt: false,
                answer: false,
                ..
            }) => "can't tell: the conversation is not known here",
            PrivacyVerdict::CannotTell(Known {
                prompt: false,
                has_preset: true,
                ..
            }) => "can't tell: what the preset adds to the prompt is not known here",
            PrivacyVerdict::CannotTell(Known { prompt: false, .. }) => {
                "can't tell: the prompt is not known here"
            }
            PrivacyVerdict::CannotTell(_) => "can't tell: not all of the answer is known here",
            PrivacyVerdict::TooShort => {
                "can't tell: a prompt or an answer this short, or this much of numbers, may be repeated by chance"
            }
        }
    }
}

/// A conversation, as far as it has been read.
#[derive(Debug, Clone, Copy)]
pub enum Said<'c> {
    /// All of it has been.
    Indexed(&'c Conversation),
    /// It is read where that is needed.
    Texts(&'c Completion),
}

/// Whether a value has a number of the conversation that is too short for [`leaks`]: a PIN, a telephone without its area.
fn repeats_code(event: &Event, said: Said<'_>) -> bool {
    let (mut codes, mut is_cut) = (HashSet::new(), false);
    let mut take = |text: &str| {
        numbers::each_code_of_value(text, |code| {
            codes.insert(code.hash);
        });
    };
    for value in user_made(event) {
        for reading in readings(&value) {
            take(&reading.text);
            digits_beside_letters(&reading.text).for_each(&mut take);
        }
        let loose = loose_texts(&value);
        is_cut |= loose.is_cut;
        for text in loose.texts {
            take(&text);
            digits_beside_letters(&text).for_each(&mut take);
        }
    }
    if codes.is_empty() && !is_cut {
        return false;
    }
    // What was not read may hold any.
    let is_one = |code: u64| is_cut || codes.contains(&code);
    match said {
        Said::Indexed(conversation) if is_cut => conversation.has_codes(),
        Said::Indexed(conversation) => codes.iter().any(|code| conversation.has_code(*code)),
        Said::Texts(completion) => {
            let mut is_repeated = false;
            conversation::each_text(completion, |text| {
                if !is_repeated {
                    quoted::each_level(&text.read(), &mut |text| {
                        numbers::each_code(text, |code| is_repeated |= is_one(code.hash));
                    });
                }
            });
            is_repeated
        }
    }
}

/// The digits that a word begins or ends with, as in `pin4711` and `4711a`, and those that zeros stand before. Words of a
/// UUID have such digits as well.
fn digits_beside_letters(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
    let words = words.filter(|word| !word.contains('-') || !is_of_uuid(word));
    let words = words.flat_map(|word| word.split('-'));
    words.filter_map(|word| {
        let digits = word.trim_matches(|c: char| !c.is_ascii_digit());
        let is_one = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let own = digits.trim_start_matches('0');
        let is_beside = own.len() < word.len() && own.len() >= 4;
        (is_one && is_beside).then_some(own)
    })
}

fn is_of_uuid(word: &str) -> bool {
    word.len() >= 32
        && word
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether a value has a prompt or an answer in it that is too short for [`leaks`] to find it.
fn repeats_short_text(event: &Event) -> bool {
    let short = short_texts(event).filter(|text| !leaks::can_be_found(&words::words(text)));
    let short: Vec<_> = short.filter(|text| !text.trim().is_empty()).collect();
    let runs = runs_of_codes(event);
    let forms: Vec<ShortForms> = short_texts(event)
        .filter_map(|text| ShortForms::of(&text))
        .collect();
    if short.is_empty() && runs.is_empty() && forms.is_empty() {
        return false;
    }
    let hashes = |text: &str| -> Vec<u64> {
        let words = words::words(text);
        words.iter().map(|word| word.hash).collect()
    };
    user_made(event).any(|value| {
        readings(&value).iter().any(|reading| {
            let words = words::words(&reading.text);
            let begun = (0..words.len()).map_while(|from| runs::run_at(&words, from));
            let all: Vec<u64> = words.iter().map(|word| word.hash).collect();
            forms
                .iter()
                .any(|forms| forms.find(&reading.text).is_some())
                || begun
                    .into_iter()
                    .any(|run| runs.contains(&words::hash(run)))
                || short.iter().any(|text| match hashes(text) {
                    // Signs alone, such as an emoji.
                    words if words.is_empty() => reading.text.contains(text.trim()),
                    words => all.windows(words.len()).any(|some| some == words),
                })
        }) || repeats_loosely(&value, |text| {
            let all = hashes(text);
            let has = |words: Vec<u64>| {
                !words.is_empty() && all.windows(words.len()).any(|some| some == words)
            };
            forms.iter().any(|forms| forms.find(text).is_some())
                || short_texts(event).any(|short| has(hashes(&short)))
        })
    })
}

/// Whether any text of a value's short codes repeats one, or there are more of them than are read.
fn repeats_loosely(value: &str, repeats: impl Fn(&str) -> bool) -> bool {
    let loose = loose_texts(value);
    loose.is_cut || loose.texts.iter().any(|text| repeats(text))
}

/// The runs of an input or an output that has none of prose: codes, numbers, names with digits. That one of them is repeated
/// may be chance, as with an id or a date.
fn runs_of_codes(event: &Event) -> Vec<u64> {
    /// Of more text than this some is prose.
    const MOST: usize = 1 << 16;
    let texts = event.fields.iter().filter(|field| field.is_text());
    let texts = texts.filter(|field| field.value.as_str().len() <= MOST);
    let mut found = Vec::new();
    for text in texts.map(|field| field.value.shown()) {
        let words = words::words(&text);
        if !leaks::has_prose(&words) {
            let runs = (0..words.len()).map_while(|from| runs::run_at(&words, from));
            found.extend(runs.map(words::hash));
        }
    }
    found
}
