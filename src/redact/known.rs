//! The keys that this program has come to know. Any server may have seen any of them before, and may tell it: what one
//! answers is searched for all of them, not only for the key that it was asked with.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use super::{Redactor, TELLING};
use crate::mapping::scan::secrets::KEY_MASK;
use crate::prepare::{MASK, SINK_KEY};

/// So many are remembered: a person's own are a handful. Of more the oldest go first.
const MOST: usize = 64;

static KEYS: Mutex<Keys> = Mutex::new(Keys {
    all: Vec::new(),
    found_by: None,
});

struct Keys {
    all: Vec<SecretString>,
    found_by: Option<Arc<Finders>>,
}

/// What finds them, made anew with each key that is learnt.
pub(super) struct Finders {
    /// All of them, however short: no line of a log has a conversation in it.
    in_logs: Redactor,
    in_answers: Redactor,
    pub(super) in_samples: Redactor,
    /// How long the longest is.
    longest: usize,
}

/// Has a key masked in whatever is logged and in whatever any server answers from now on. The local sink's own is no
/// secret.
pub(crate) fn learn(key: &str) {
    let key = key.trim();
    if key.is_empty() || key == SINK_KEY {
        return;
    }
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    if keys.all.iter().any(|known| known.expose_secret() == key) {
        return;
    }
    if keys.all.len() == MOST {
        keys.all.remove(0);
    }
    keys.all.push(SecretString::from(key));
    let all = || keys.all.iter().map(ExposeSecret::expose_secret);
    // A shorter one may be a word that any answer has.
    let telling = || all().filter(|key| key.len() >= TELLING);
    let finders = Finders {
        in_logs: Redactor::of(all(), MASK),
        in_answers: Redactor::in_conversation(telling(), MASK),
        in_samples: Redactor::in_conversation(telling(), KEY_MASK),
        longest: telling().map(str::len).max().unwrap_or_default(),
    };
    keys.found_by = Some(Arc::new(finders));
}

/// What finds the keys, where any is known.
pub(super) fn finders() -> Option<Arc<Finders>> {
    let keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    keys.found_by.clone()
}

/// A line of the log with every key in it masked.
pub(crate) fn masked_in_log(line: String) -> String {
    match finders() {
        Some(found_by) => found_by.in_logs.redact(line),
        None => line,
    }
}

/// What a server answered with every key in it masked.
pub(crate) fn masked_in_answer(text: String) -> String {
    match finders() {
        Some(found_by) => found_by.in_answers.redact(text),
        None => text,
    }
}

/// The same for what becomes part of a sample, where the mask says who masked it.
pub(crate) fn masked_in_sample(text: String) -> String {
    match finders() {
        Some(found_by) => found_by.in_samples.redact(text),
        None => text,
    }
}

/// Those that are long enough to be looked for in what others say.
pub(crate) fn telling() -> Vec<SecretString> {
    let keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let is_telling = |key: &&SecretString| key.expose_secret().len() >= TELLING;
    keys.all.iter().filter(is_telling).cloned().collect()
}

/// How long the longest of them is.
pub(super) fn longest() -> usize {
    finders().map_or(0, |found_by| found_by.longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_is_masked_in_any_answer() {
        let (write, query) = ("rk_live_W7pQx2mNs9", "qk-5Tz8vLr3Kd1b");
        learn(write);
        learn(query);
        learn("short");
        learn(SINK_KEY);
        let text = format!("{write}, {query}, short, {SINK_KEY}");
        assert_eq!(
            masked_in_answer(text.clone()),
            format!("{MASK}, {MASK}, short, {SINK_KEY}")
        );
        assert_eq!(
            masked_in_sample(text.clone()),
            format!("{KEY_MASK}, {KEY_MASK}, short, {SINK_KEY}")
        );
        assert_eq!(
            masked_in_log(text),
            format!("{MASK}, {MASK}, {MASK}, {SINK_KEY}")
        );
        assert!(longest() >= write.len());
    }

    #[test]
    fn a_key_of_words_takes_nothing_out_of_an_answer_but_itself() {
        learn("development-token-of-mine");
        let text = "the development of tokens, development-token-of-mine";
        let expected = format!("the development of tokens, {MASK}");
        assert_eq!(masked_in_answer(text.to_owned()), expected);
    }
}
