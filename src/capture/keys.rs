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
pub struct Keys(Option<Arc<Redactor>>);

impl Keys {
    /// Takes the keys that a request carried.
    #[must_use]
    pub fn of<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        Self::with_own(keys, std::iter::empty())
    }

    /// Takes the keys that a request carried, and this program's own secrets, whatever their length.
    #[must_use]
    pub fn with_own<'k>(
        keys: impl Iterator<Item = &'k str>,
        own: impl Iterator<Item = &'k str>,
    ) -> Self {
        Self::own(keys.filter(|key| key.trim().len() >= SHORTEST).chain(own))
    }

    /// Takes this program's own secrets, whatever their length.
    #[must_use]
    pub fn own<'k>(secrets: impl Iterator<Item = &'k str>) -> Self {
        let secrets = secrets.map(str::trim).filter(|key| !key.is_empty());
        let mut secrets = secrets.peekable();
        let any = secrets.peek().is_some();
        Self(any.then(|| Arc::new(Redactor::in_conversation(secrets, KEY_MASK))))
    }

    /// The text with every trace of them masked, and every other key of OpenRouter's.
    #[must_use]
    pub fn redact(&self, text: String) -> String {
        mask_openrouter_keys(match &self.0 {
            Some(keys) => keys.redact(text),
            None => text,
        })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Keys(…)",
            None => "no keys",
        })
    }
}

/// Two captures are not told apart by them.
impl PartialEq for Keys {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Keys {}
