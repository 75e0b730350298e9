//! The keys that requests of a run carried.

use std::collections::VecDeque;

use secrecy::{ExposeSecret, SecretString};

use crate::capture::keys::{Keys, SHORTEST};

/// Keys of a run that are remembered. Chosen: an app has one or a few.
const KNOWN: usize = 32;

/// The keys that requests of a run carried: what is delivered of them later may repeat one.
#[derive(Debug, Default)]
pub struct KnownKeys(VecDeque<(SecretString, Keys)>);

impl KnownKeys {
    /// Notes the keys of a request.
    pub fn learn(&mut self, keys: &[SecretString]) {
        for key in keys {
            let text = key.expose_secret();
            let is_known = |(known, _): &(SecretString, Keys)| known.expose_secret() == text;
            if text.len() < SHORTEST || self.0.iter().any(is_known) {
                continue;
            }
            self.0
                .push_back((key.clone(), Keys::of([text].into_iter())));
            if self.0.len() > KNOWN {
                self.0.pop_front();
            }
        }
    }

    /// The text with every trace of them masked, and every other key of OpenRouter's.
    #[must_use]
    pub fn redact(&self, text: String) -> String {
        let text = self.0.iter().fold(text, |text, (_, key)| key.redact(text));
        Keys::default().redact(text)
    }
}
