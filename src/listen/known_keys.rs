//! The keys that requests of a run carried.

use std::collections::VecDeque;

use secrecy::{ExposeSecret, SecretString};

use crate::capture::keys::{Keys, SHORTEST};

/// Keys of a run that are remembered. Chosen: an app has one or a few.
const KNOWN: usize = 32;

/// The keys that requests of a run carried: what is delivered of them later may repeat one.
#[derive(Debug, Default)]
pub struct KnownKeys {
    known: VecDeque<SecretString>,
    keys: Keys,
}

impl KnownKeys {
    /// Notes the keys of a request.
    pub fn learn(&mut self, keys: &[SecretString]) {
        let mut is_new = false;
        for key in keys {
            let text = key.expose_secret();
            let is_known = |known: &SecretString| known.expose_secret() == text;
            if text.len() < SHORTEST || self.known.iter().any(is_known) {
                continue;
            }
            is_new = true;
            self.known.push_back(key.clone());
            if self.known.len() > KNOWN {
                self.known.pop_front();
            }
        }
        if is_new {
            self.keys = Keys::of(self.known.iter().map(ExposeSecret::expose_secret));
        }
    }

    /// The text with every trace of them masked, and every other key of OpenRouter's.
    #[must_use]
    pub fn redact(&self, text: String) -> String {
        self.keys.redact(text)
    }
}
