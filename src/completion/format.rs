//! What a completion was read as, for people.

/// The kind of source that a completion was read from, in plain words: `HAR recording`,
/// `chat completion in Markdown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Format {
    /// What it is: `sample`, `HAR recording`, `Broadcast delivery`.
    pub name: &'static str,
    /// What it was found in, where it was inside something that is no format of completions by itself:
    /// `Markdown`, `a log line`.
    pub within: Option<&'static str>,
}

impl Format {
    /// A format by itself.
    pub const fn named(name: &'static str) -> Format {
        Format { name, within: None }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)?;
        match self.within {
            Some(within) => write!(f, " in {within}"),
            None => Ok(()),
        }
    }
}
