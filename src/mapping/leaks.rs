//! Whether text of the conversation is left in what would be sent.
//!
//! Both sides are read as words in lower case, so case, punctuation and white space do not hide a leak;
//! scripts without spaces count by character. A run of four words or more is a leak, or a whole message
//! or sentence that is shorter but long enough to tell. A value is also read with its escapes resolved and
//! its base64 decoded. Text that is spread over several values is beyond this scan.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use unicode_segmentation::UnicodeSegmentation;

pub use super::suspects::Suspects;
use super::words::{Word, hash, is_prose, weight, words};
use crate::completion::Completion;
use crate::json::{Kind, Value};

/// Words that a run must have at least to count as a leak.
const RUN: usize = 4;
/// Letters and digits that it must have at least; a character of a script without spaces counts as up to
/// three, by how much it says. A run is as long as both take.
const RUN_WEIGHT: usize = 14;
/// Words of a whole text that is too short for a run, at most.
const WHOLE: usize = 6;
/// Letters and digits that such a text must have.
pub(super) const SHORT_WEIGHT: usize = 10;
/// The same for a whole text of one word.
pub(super) const WORD_WEIGHT: usize = 16;

pub(super) type Hashes = HashSet<u64, BuildHasherDefault<Identity>>;

/// The conversation's texts, prepared for the scan.
#[derive(Debug, Default)]
pub struct Conversation {
    runs: Hashes,
    wholes: Hashes,
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
        let mut conversation = Conversation::default();
        each_text(completion, |text| {
            conversation.add(&text.str().unwrap_or_default());
        });
        conversation
    }

    /// Reads only the texts that can have anything in common with the suspects: enough to find what
    /// [`Conversation::of`] would find in them, and for most completions no text at all.
    pub fn for_suspects(completion: &Completion, suspects: &Suspects) -> Conversation {
        let mut conversation = Conversation::default();
        if !suspects.is_empty() {
            each_text(completion, |text| {
                if suspects.may_be_in(text.raw_str().unwrap_or_default()) {
                    conversation.add(&text.str().unwrap_or_default());
                }
            });
        }
        conversation
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.wholes.is_empty()
    }

    fn add(&mut self, text: &str) {
        if !self.add_runs(&words(text)) {
            self.add_whole(&words(text));
            return;
        }
        for sentence in text.unicode_sentences() {
            let words = words(sentence);
            if run_at(&words, 0).is_none() {
                self.add_whole(&words);
            }
        }
    }

    /// Adds the runs of a text; whether it has any.
    fn add_runs(&mut self, words: &[Word]) -> bool {
        let mut has_any = false;
        for run in (0..words.len()).map_while(|from| run_at(words, from)) {
            has_any = true;
            if is_prose(run) {
                self.runs.insert(hash(run));
            }
        }
        has_any
    }

    fn add_whole(&mut self, words: &[Word]) {
        let least = if words.len() == 1 {
            WORD_WEIGHT
        } else {
            SHORT_WEIGHT
        };
        if words.len() <= WHOLE && weight(words) >= least {
            self.wholes.insert(hash(words));
        }
    }

    /// The first text of the conversation found in a value's text.
    pub fn find(&self, text: &str) -> Option<Leak> {
        readings(text).into_iter().find_map(|(text, reading)| {
            let excerpt = self.find_plain(&text)?;
            Some(Leak { excerpt, reading })
        })
    }

    fn find_plain(&self, text: &str) -> Option<String> {
        let words = words(text);
        let excerpt = |from: usize, to: usize| {
            let (start, end) = (words[from].start, words[to - 1].end);
            text[start..end].to_owned()
        };
        let leaks = |from: usize| {
            let run = run_at(&words, from)?;
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
            for length in 1..=WHOLE {
                let run = words.get(from..from + length);
                if run.is_some_and(|run| self.wholes.contains(&hash(run))) {
                    return Some(excerpt(from, from + length));
                }
            }
        }
        None
    }
}

/// The ways in which a value's text may be read.
pub(super) fn readings(text: &str) -> Vec<(Cow<'_, str>, &'static str)> {
    let mut all = vec![(Cow::Borrowed(text), "word for word")];
    let unescaped = crate::json::unquote(text);
    if unescaped != text {
        all.push((unescaped, "with its escapes resolved"));
    }
    let decoded = decoded(text).into_iter();
    all.extend(decoded.map(|text| (Cow::Owned(text), "decoded from base64")));
    all
}

/// Hands on each text of a completion's conversation, a string.
fn each_text<'c>(completion: &'c Completion, mut each: impl FnMut(Value<'c>)) {
    let request = completion.request();
    let response = completion.response();
    let in_request = ["messages", "input", "prompt", "instructions", "system"];
    let in_response = ["choices", "output", "output_text", "content"];
    let parts = in_request
        .iter()
        .filter_map(|key| request?.get_some(key))
        .chain(in_response.iter().filter_map(|key| response?.get_some(key)));
    let attributes = completion
        .delivery()
        .and_then(|delivery| delivery.get("attributes"));
    let in_delivery = ["gen_ai.prompt", "gen_ai.completion"];
    let delivered = in_delivery
        .iter()
        .filter_map(|key| attributes?.get_some(key));
    for part in parts.chain(delivered) {
        if part.kind() == Kind::String {
            each(part);
            continue;
        }
        for value in std::iter::once(part).chain(part.descendants()) {
            if value.kind() == Kind::String && is_text(value) {
                each(value);
            }
        }
    }
}

/// Whether a string of a conversation is text that someone wrote, and no name or id of the protocol.
fn is_text(value: Value<'_>) -> bool {
    const TEXT_KEYS: [&str; 13] = [
        "completion",
        "content",
        "text",
        "arguments",
        "reasoning",
        "reasoning_content",
        "refusal",
        "thinking",
        "summary",
        "output_text",
        "prompt",
        "instructions",
        "system",
    ];
    const OTHER_KEYS: [&str; 14] = [
        "role",
        "type",
        "id",
        "name",
        "tool_call_id",
        "call_id",
        "finish_reason",
        "native_finish_reason",
        "format",
        "signature",
        "data",
        "url",
        "file_data",
        "status",
    ];
    let mut at = Some(value);
    while let Some(current) = at {
        if let Some(key) = current.raw_key() {
            if OTHER_KEYS.contains(&key) {
                return false;
            }
            if TEXT_KEYS.contains(&key) || matches!(key, "input" | "output") {
                return true;
            }
        }
        at = current.parent();
    }
    false
}

/// The shortest run from a word on that is long enough to tell.
fn run_at(words: &[Word], from: usize) -> Option<&[Word]> {
    let mut weight = 0;
    for (index, word) in words.get(from..)?.iter().enumerate() {
        weight += word.weight;
        if index + 1 >= RUN && weight >= RUN_WEIGHT {
            return Some(&words[from..=from + index]);
        }
    }
    None
}

/// What a text holds in base64, where it holds text at all.
fn decoded(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | ';' | ':'))
        .filter(|part| part.len() >= 16)
        .filter_map(|part| {
            let part = part.trim_end_matches('=');
            let bytes = STANDARD_NO_PAD
                .decode(part)
                .or_else(|_| URL_SAFE_NO_PAD.decode(part));
            String::from_utf8(bytes.ok()?).ok()
        })
        .collect()
}

/// Takes a value that is a hash already.
#[derive(Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(texts: &[&str]) -> Conversation {
        let mut conversation = Conversation::default();
        for text in texts {
            conversation.add(text);
        }
        conversation
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
    fn ids_and_dates_are_no_leaks() {
        let texts =
            conversation(&["ticket 7f9c24e8-3b12-4f1a-9d77-0a1b2c3d4e5f of 2026-06-05T12:33:10"]);
        assert_eq!(texts.find("7f9c24e8-3b12-4f1a-9d77-0a1b2c3d4e5f"), None);
        assert_eq!(texts.find("2026-06-05T12:33:10"), None);
    }
}
