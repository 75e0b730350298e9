//! The write key: the one secret of the program. It is a type of its own so that it cannot be
//! printed, logged or compared by accident; only the sender and the credentials file see the text.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::prepare::MASK;
use crate::redact::{Redactor, known};

/// Longest key taken, in bytes. Chosen: far above any key seen, far below what servers take in a header.
const LONGEST: usize = 4096;

/// A Raindrop write key. Printing it with `{:?}` gives a mask; there is no `Display`. The memory is
/// wiped when it is dropped. Keys have no fixed prefix, so any visible ASCII text is taken.
#[derive(Clone)]
pub struct WriteKey(SecretString);

/// Why a text cannot be a write key. No variant holds any part of that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteKeyError {
    /// Nothing is left after trimming.
    #[error("the write key is empty: copy it from Raindrop's settings, or set RAINDROP_WRITE_KEY")]
    Empty,
    /// More than 4096 bytes.
    #[error("the write key is longer than 4096 bytes: paste the key alone, not a whole file")]
    TooLong,
    /// Spaces or line breaks inside the key, for example a pasted `Bearer …`.
    #[error(
        "the write key has a space or a line break inside: paste the key alone, without \"Bearer\" and without a name in front"
    )]
    Blank,
    /// Control characters, or anything but visible ASCII: it cannot stand in an HTTP header.
    #[error(
        "the write key has a character that cannot stand in an HTTP header (position {position}): paste it again, it is plain letters, digits and signs"
    )]
    Unsafe {
        /// Which character it is, counted from 1 after trimming.
        position: usize,
    },
}

impl WriteKey {
    /// Takes the key as it was typed, pasted or read; blanks around it are dropped.
    ///
    /// # Errors
    /// When nothing is left, or when the text cannot stand in an HTTP header. The error never
    /// holds any of the text.
    pub fn new(text: String) -> Result<Self, WriteKeyError> {
        let given = SecretString::from(text);
        let key = given.expose_secret().trim();
        if key.is_empty() {
            return Err(WriteKeyError::Empty);
        }
        if key.len() > LONGEST {
            return Err(WriteKeyError::TooLong);
        }
        for (position, c) in key.chars().enumerate() {
            if matches!(c, ' ' | '\t' | '\r' | '\n') {
                return Err(WriteKeyError::Blank);
            }
            if !c.is_ascii_graphic() {
                return Err(WriteKeyError::Unsafe {
                    position: position + 1,
                });
            }
        }
        known::learn(key);
        Ok(Self(SecretString::from(key)))
    }

    /// The mask to show in place of the key: always the same, whatever the key.
    #[must_use]
    pub const fn masked(&self) -> &'static str {
        MASK
    }

    /// The key's text, for the header and the credentials file alone.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The text with every trace of this key masked: a server may echo what it was sent, in one form or
    /// another.
    pub(crate) fn redact(&self, text: String) -> String {
        Redactor::new(self.expose()).redact(text)
    }
}

impl fmt::Debug for WriteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WriteKey({MASK})")
    }
}

/// Equality serves one question: is this still the key that was tested?
impl PartialEq for WriteKey {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for WriteKey {}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_is_a_key() {
        let table = [
            ("rk_0123456789", Ok(())),
            ("  rk_0123456789\n", Ok(())),
            ("", Err(WriteKeyError::Empty)),
            (" \n", Err(WriteKeyError::Empty)),
            ("Bearer rk_0123456789", Err(WriteKeyError::Blank)),
            ("rk\n_0123", Err(WriteKeyError::Blank)),
            ("rk\u{7}_0123", Err(WriteKeyError::Unsafe { position: 3 })),
            ("schlüssel", Err(WriteKeyError::Unsafe { position: 5 })),
        ];
        for (text, expected) in table {
            assert_eq!(
                WriteKey::new(text.to_owned()).map(drop),
                expected,
                "{text:?}"
            );
        }
        assert_eq!(
            WriteKey::new("k".repeat(4097)).map(drop),
            Err(WriteKeyError::TooLong)
        );
    }

    #[test]
    fn it_shows_nothing() {
        let key = WriteKey::new("rk_0123456789".to_owned()).unwrap();
        assert_eq!(format!("{key:?}"), "WriteKey(••••••)");
        assert_eq!(key.masked(), "••••••");
        assert_eq!(
            key.redact("you sent rk_0123456789!".to_owned()),
            "you sent ••••••!"
        );
    }
}
