//! The key for reading events back by Raindrop's Query API: a secret of its own, which is kept like the write key and is
//! none. It comes from the environment alone.

use std::fmt;

use super::write_key::{WriteKey, WriteKeyError};
use crate::prepare::MASK;

/// A key for Raindrop's Query API. Printing it with `{:?}` gives a mask; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct QueryKey(WriteKey);

/// Why a text is no query key. No message holds any part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "RAINDROP_QUERY_API_KEY is no key: paste the query key alone, plain letters, digits and signs, without \"Bearer\""
)]
pub struct QueryKeyError;

impl QueryKey {
    /// Takes the variable's text; blanks around it are dropped.
    ///
    /// # Errors
    /// When it is empty or cannot stand in an HTTP header.
    pub fn new(text: String) -> Result<Self, QueryKeyError> {
        let key = WriteKey::new(text);
        key.map(Self).map_err(|_: WriteKeyError| QueryKeyError)
    }

    /// The key's text, for the header alone.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for QueryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueryKey({MASK})")
    }
}
