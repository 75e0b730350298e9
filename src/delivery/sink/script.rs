//! The sink's script of answers, like `500,429,ok`: how to see what a client does when things go
//! wrong, without waiting for them to.

use std::{
    str::FromStr,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

/// One word of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Judge the request and answer truthfully.
    Ok,
    /// Answer this status; nothing is accepted.
    Status(u16),
    /// Accept nothing and never answer.
    Hang,
    /// Judge, keep what is right, and cut the connection instead of answering.
    Cut,
}

/// A script, repeating; the empty one always says `ok`. Clones share their place in it.
#[derive(Debug, Clone, Default)]
pub struct Script {
    words: Arc<[Word]>,
    place: Arc<AtomicUsize>,
}

/// A word that the script does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not an answer the sink can give: write a status from 200 to 599, ok, hang or cut, like 500,429,ok"
)]
pub struct ScriptError(String);

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let words: Result<Vec<Word>, ScriptError> = text.split(',').map(word).collect();
        Ok(Self {
            words: words?.into(),
            place: Arc::default(),
        })
    }
}

fn word(text: &str) -> Result<Word, ScriptError> {
    match text.trim() {
        "ok" => Ok(Word::Ok),
        "hang" => Ok(Word::Hang),
        "cut" => Ok(Word::Cut),
        other => match other.parse() {
            Ok(status @ 200..=599) => Ok(Word::Status(status)),
            _ => Err(ScriptError(other.to_owned())),
        },
    }
}

impl Script {
    /// The word for the next request.
    pub(super) fn next(&self) -> Word {
        if self.words.is_empty() {
            return Word::Ok;
        }
        let place = self.place.fetch_add(1, Ordering::Relaxed) % self.words.len();
        self.words.get(place).copied().unwrap_or(Word::Ok)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn it_repeats() {
        let script: Script = "500, hang,ok,cut".parse().unwrap();
        let told: Vec<Word> = (0..5).map(|_| script.next()).collect();
        let first = Word::Status(500);
        assert_eq!(told, [first, Word::Hang, Word::Ok, Word::Cut, first]);
        assert_eq!("".parse::<Script>().unwrap().next(), Word::Ok);
    }

    #[test]
    fn unknown_words() {
        for text in ["fine", "99", "600", "500,,ok", "5e2"] {
            assert!(text.parse::<Script>().is_err(), "{text}");
        }
    }
}
