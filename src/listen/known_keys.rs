//! The keys that requests of a run carried.

use std::collections::VecDeque;

use secrecy::{ExposeSecret, SecretString};

use crate::capture::keys::{Keys, SHORTEST};
use crate::redact::known;

/// Keys of a run that are remembered, beside those of the last request. Chosen: an app has one or a few, and a browser
/// dozens of cookies.
const KNOWN: usize = 256;
/// How long those are together, at most: what finds them is made anew with each new one, which takes time by all of them.
/// Chosen: a millisecond or two.
const TOGETHER: usize = 1 << 17;

/// The keys that requests of a run carried: what is delivered of them later may repeat one.
#[derive(Debug, Default)]
pub struct KnownKeys {
    known: VecDeque<SecretString>,
    keys: Keys,
}

impl KnownKeys {
    /// Notes the keys of a request. None of them goes for another one of the same.
    pub fn learn(&mut self, keys: &[SecretString]) {
        let mut is_new = false;
        for key in keys {
            let text = key.expose_secret();
            if text.len() < SHORTEST {
                continue;
            }
            let is_it = |known: &SecretString| known.expose_secret() == text;
            match self.known.iter().position(is_it) {
                // What is used goes last.
                Some(at) => {
                    let used = self.known.remove(at);
                    self.known.extend(used);
                }
                None => {
                    is_new = true;
                    self.known.push_back(key.clone());
                }
            }
        }
        let length = |key: &SecretString| key.expose_secret().len();
        let mut together: usize = self.known.iter().map(length).sum();
        let is_too_much = |count: usize, together: usize| count > KNOWN || together > TOGETHER;
        while self.known.len() > keys.len() && is_too_much(self.known.len(), together) {
            together -= self.known.pop_front().as_ref().map_or(0, length);
        }
        if is_new {
            self.keys = Keys::of(self.known.iter().map(ExposeSecret::expose_secret));
        }
    }

    /// The text with every trace of them masked, of this program's own, and every other key of OpenRouter's.
    #[must_use]
    pub fn redact(&self, text: String) -> String {
        known::masked_in_sample(self.keys.redact(text))
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash, Hasher};

    use super::*;

    #[test]
    fn a_request_with_many_cookies_makes_none_of_its_keys_forgotten() {
        // No two have anything in common.
        let key = |number: usize| {
            let half = |part: usize| {
                let mut hasher = DefaultHasher::new();
                (number, part).hash(&mut hasher);
                hasher.finish()
            };
            SecretString::from(format!("{:016x}{:016x}", half(0), half(1)))
        };
        let mut known = KnownKeys::default();
        let many: Vec<SecretString> = (0..40).map(key).collect();
        known.learn(&many);
        let masks = |known: &KnownKeys, number: usize| {
            let text = format!("say {}", key(number).expose_secret());
            !known
                .redact(text.clone())
                .contains(key(number).expose_secret())
        };
        assert!((0..40).all(|number| masks(&known, number)));
        // One that is used goes on to be known, whatever comes between; others are bounded.
        for number in 100..100 + 2 * KNOWN {
            known.learn(&[key(0), key(number)]);
        }
        assert!(masks(&known, 0), "the one that is used");
        assert!(!masks(&known, 1), "the oldest is forgotten");
        assert_eq!(known.known.len(), KNOWN);
        // Long ones take the place of more.
        for number in 1000..1100 {
            let long = key(number).expose_secret().repeat(TOGETHER / 320);
            known.learn(&[key(0), SecretString::from(long)]);
        }
        assert!(masks(&known, 0));
        assert!(known.known.len() < 12, "{}", known.known.len());
    }
}
