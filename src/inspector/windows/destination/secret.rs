//! A secret while it is typed. It never derives anything that would show its text: its `Debug` is a
//! mask, the screen shows one dot for each character, and only the runtime makes a write key of it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::destination::{WriteKey, WriteKeyError};
use crate::prepare::MASK;

/// Dots that are shown at most, so that a long key's length is not told.
const SHOWN: usize = 24;

/// A typed secret; the memory of each of its stages is wiped.
#[derive(Clone, Default)]
pub struct SecretInput(Option<SecretString>);

impl SecretInput {
    fn text(&self) -> &str {
        self.0.as_ref().map_or("", |text| text.expose_secret())
    }

    /// Adds what was typed or pasted.
    pub fn push(&mut self, typed: &str) {
        let mut text = String::with_capacity(self.text().len() + typed.len());
        text.push_str(self.text());
        text.push_str(typed);
        self.0 = Some(SecretString::from(text));
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        let shorter = self.text().char_indices().next_back();
        let end = shorter.map_or(0, |(at, _)| at);
        self.0 = Some(SecretString::from(self.text()[..end].to_owned()));
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// What the screen shows.
    pub fn masked(&self) -> String {
        "•".repeat(self.text().chars().count().min(SHOWN))
    }

    /// The write key that was typed.
    ///
    /// # Errors
    /// When the text cannot be one; the error holds none of it.
    pub fn write_key(&self) -> Result<WriteKey, WriteKeyError> {
        WriteKey::new(self.text().to_owned())
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({MASK})")
    }
}

/// Equality serves one question: is this still what was tested?
impl PartialEq for SecretInput {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for SecretInput {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_nothing() {
        let mut secret = SecretInput::default();
        assert_eq!(secret.masked(), "");
        secret.push("rk_é");
        secret.push("123");
        assert_eq!(secret.masked(), "•••••••");
        assert_eq!(format!("{secret:?}"), "Secret(••••••)");
        secret.pop();
        assert_eq!(secret.masked(), "••••••");
        assert_eq!(
            secret.write_key().map(drop),
            Err(WriteKeyError::Unsafe { position: 4 })
        );
        secret.clear();
        assert!(secret.is_empty());
        secret.push(&"k".repeat(99));
        assert_eq!(secret.masked().chars().count(), SHOWN);
    }
}
