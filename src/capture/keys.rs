//! Keys that stay out of what is kept: those that requests carried, since an app may say its key in a body and a server
//! may echo it, and whatever has the form of an OpenRouter key.
//!
//! A key is masked as a whole, by words that say who masked it: the mask may become part of an event, and a finding
//! tells there that OpenRouter got the key itself.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::mapping::scan::secrets::{KEY_MASK, mask_openrouter_keys};
use crate::redact::Redactor;

/// A shorter one is a placeholder (`none`, `test-key`), and masking its letters would spoil honest text. Chosen.
const SHORTEST: usize = 16;

/// The keys of one request. Nothing shows them.
#[derive(Clone, Default)]
pub struct Keys(Arc<[Redactor]>);

impl Keys {
    /// Takes the keys that a request carried.
    #[must_use]
    pub fn of<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        let keys = keys.map(str::trim).filter(|key| key.len() >= SHORTEST);
        Self(
            keys.map(|key| Redactor::in_conversation(key, KEY_MASK))
                .collect(),
        )
    }

    /// The text with every trace of them masked, and every other key of OpenRouter's.
    #[must_use]
    pub fn redact(&self, text: String) -> String {
        let redact = |text, key: &Redactor| key.redact(text);
        mask_openrouter_keys(self.0.iter().fold(text, redact))
    }
}

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
        mask_openrouter_keys(text)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

/// Two captures are not told apart by them.
impl PartialEq for Keys {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Keys {}
