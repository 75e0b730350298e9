//! The keys that one request carried, so that nothing that is kept of it repeats one: an app may say its key in the
//! body, and a server may echo it.

use std::fmt;
use std::sync::Arc;

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
        Self(keys.map(Redactor::new).collect())
    }

    /// The text with every trace of them masked.
    pub(super) fn redact(&self, text: String) -> String {
        let redact = |text, key: &Redactor| key.redact(text);
        self.0.iter().fold(text, redact)
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
