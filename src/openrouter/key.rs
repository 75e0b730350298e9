//! OpenRouter's API key: like the write key it cannot be printed, and only the client sees its text.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::settings::write_key::MASK;

/// An API key. Its `Debug` is a mask.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes the key as the variable has it; none where it cannot stand in a header.
    pub fn new(text: &str) -> Option<ApiKey> {
        let text = text.trim();
        let is_key = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_key.then(|| ApiKey(SecretString::from(text)))
    }

    /// The value of the `Authorization` header, marked so that no debug output shows it.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let text = SecretString::from(format!("Bearer {}", self.0.expose_secret()));
        let mut value = HeaderValue::from_str(text.expose_secret()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The text with the key masked, should a server echo it.
    pub(super) fn redact(&self, text: String) -> String {
        match text.contains(self.0.expose_secret()) {
            true => text.replace(self.0.expose_secret(), MASK),
            false => text,
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({MASK})")
    }
}
