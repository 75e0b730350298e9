//! The environment as plain data, so that a test needs no real one.

use std::collections::BTreeMap;
use std::fmt;

/// The variable with the write key; the vendor's clients read it too.
pub const WRITE_KEY: &str = "RAINDROP_WRITE_KEY";
/// The variable with the key for Raindrop's Query API (vendor's query clients).
pub const QUERY_KEY: &str = "RAINDROP_QUERY_API_KEY";
/// The variable with the URL of a Workshop (vendor's clients).
pub const LOCAL_DEBUGGER: &str = "RAINDROP_LOCAL_DEBUGGER";
/// The variable with the URL of a Workshop, or 1 or 0 (vendor's clients).
pub const WORKSHOP: &str = "RAINDROP_WORKSHOP";

/// The variable that names the person's editor for a screen, before [`EDITOR`].
pub const VISUAL: &str = "VISUAL";
/// The variable that names the person's editor.
pub const EDITOR: &str = "EDITOR";

/// The variable with the one key that `rainscope sink` takes.
pub const SINK_KEY: &str = "RAINSCOPE_SINK_KEY";

/// Variables with keys. A program that this one runs for itself, an editor or `write_key_command`, has no use
/// for them and gets none.
pub const SECRETS: &[&str] = &[
    WRITE_KEY,
    SINK_KEY,
    crate::openrouter::API_KEY,
    crate::openrouter::MANAGEMENT_KEY,
    QUERY_KEY,
    "RAINSCOPE_DELIVERIES_TOKEN",
];

/// Variables with the secrets of a bucket, which other programs have a use for.
pub const S3_SECRETS: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// Variables by name. Its `Debug` shows names alone: one of them may be a write key.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process. One that is not Unicode is there as well, as a text that nothing takes, but for
    /// folders.
    pub fn of_process() -> Self {
        let known = |name: &str| {
            let begins = |prefix| name.starts_with(prefix);
            let own = [
                VISUAL,
                EDITOR,
                crate::openrouter::API_KEY,
                crate::openrouter::MANAGEMENT_KEY,
            ];
            begins("RAINSCOPE_") || begins("AWS_") || begins("RAINDROP_") || own.contains(&name)
        };
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let name = name.into_string().ok()?;
            let value = match value.into_string() {
                Err(value) if known(&name) && !name.ends_with("_DIR") => {
                    value.to_string_lossy().into_owned()
                }
                value => value.ok()?,
            };
            Some((name, value))
        };
        std::env::vars_os()
            .filter_map(text)
            .filter(|(name, _)| known(name))
            .collect()
    }

    /// A variable's value. One that is set to nothing counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }

    /// The names of the variables that are set to something.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| self.get(name).is_some())
    }

    /// The values of the variables that hold a key. A sink takes any, and a short one is a word like others: `dev`.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        const SHORTEST: usize = 8;
        let names = SECRETS.iter().copied().chain(S3_SECRETS);
        let values = names.filter_map(|name| Some((name, self.get(name)?)));
        let telling = values.filter(|(name, key)| *name != SINK_KEY || key.len() >= SHORTEST);
        telling.map(|(_, key)| key)
    }

    /// The same with another base URL of OpenRouter, as if it had been in the variable.
    #[must_use]
    pub fn with_openrouter_url(mut self, text: String) -> Self {
        self.0.insert(crate::openrouter::BASE_URL.to_owned(), text);
        self
    }

    /// The same with this text as the write key, as if it had been in the variable.
    #[must_use]
    pub fn with_write_key(mut self, text: String) -> Self {
        self.0.insert(WRITE_KEY.to_owned(), text);
        self
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        variables.into_iter().map(owned).collect()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
