//! The sink's script of answers, like `500,429,ok`: how to see what a client does when things go
//! wrong, without waiting for them to.

use std::{
    str::FromStr,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

/// One word of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScriptedAnswer {
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
    words: Arc<[ScriptedAnswer]>,
    place: Arc<AtomicUsize>,
}

/// A word that the script does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not an answer the sink can give: write a status from 200 to 599, ok, hang or cut, like 500,429,ok"
)]
pub struct SinkScriptError(String);

impl FromStr for Script {
    type Err = SinkScriptError;

    fn from_str(text: &str) -> Result<Self, SinkScriptError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let words: Result<Vec<ScriptedAnswer>, SinkScriptError> =
            text.split(',').map(word).collect();
        Ok(Self {
            words: words?.into(),
            place: Arc::default(),
        })
    }
}

fn word(text: &str) -> Result<ScriptedAnswer, SinkScriptError> {
    match text.trim() {
        "ok" => Ok(ScriptedAnswer::Ok),
        "hang" => Ok(ScriptedAnswer::Hang),
        "cut" => Ok(ScriptedAnswer::Cut),
        other => match other.parse() {
            Ok(status @ 200..=599) => Ok(ScriptedAnswer::Status(status)),
            _ => Err(SinkScriptError(other.to_owned())),
        },
    }
}

impl Script {
    /// The word for the next request.
    pub(super) fn next(&self) -> ScriptedAnswer {
        if self.words.is_empty() {
            return ScriptedAnswer::Ok;
        }
        let place = self.place.fetch_add(1, Ordering::Relaxed) % self.words.len();
        self.words.get(place).copied().unwrap_or(ScriptedAnswer::Ok)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn it_repeats() {
        let script: Script = "500, hang,ok,cut".parse().unwrap();
        let told: Vec<ScriptedAnswer> = (0..5).map(|_| script.next()).collect();
        let first = ScriptedAnswer::Status(500);
        assert_eq!(
            told,
            [
                first,
                ScriptedAnswer::Hang,
                ScriptedAnswer::Ok,
                ScriptedAnswer::Cut,
                first
            ]
        );
        assert_eq!("".parse::<Script>().unwrap().next(), ScriptedAnswer::Ok);
    }

    #[test]
    fn unknown_words() {
        for text in ["fine", "99", "600", "500,,ok", "5e2"] {
            assert!(text.parse::<Script>().is_err(), "{text}");
        }
    }
}
