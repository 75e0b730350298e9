//! Keys that stay out of what is kept: those that requests carried, since an app may say its key in a body and a server
//! may echo it, and whatever has the form of an OpenRouter key.
//!
//! A key is masked as a whole, by words that say who masked it: the mask may become part of an event, and a finding
//! tells there that OpenRouter got the key itself.

use std::fmt;
use std::sync::Arc;

use crate::mapping::scan::secrets::{KEY_MASK, mask_openrouter_keys};
use crate::redact::Redactor;

/// A shorter one is a placeholder (`none`, `test-key`), and masking its letters would spoil honest text. Chosen.
pub(crate) const SHORTEST: usize = 16;

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

    /// Takes this program's own secrets, whatever their length.
    #[must_use]
    pub fn own<'k>(secrets: impl Iterator<Item = &'k str>) -> Self {
        let secrets = secrets.map(str::trim).filter(|key| !key.is_empty());
        Self(
            secrets
                .map(|key| Redactor::in_conversation(key, KEY_MASK))
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
