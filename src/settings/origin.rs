//! Where a value came from, and what is wrong with one: said with file, line and column, so that a
//! person can go there.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A place in a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<PathBuf>,
    /// Its line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// The layer that a value came from; a later one wins over an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nothing was said.
    Default,
    /// The settings file.
    File(Place),
    /// The settings file as a whole, where none of it can be read.
    WholeFile(Arc<PathBuf>),
    /// An environment variable, by name.
    Environment(&'static str),
    /// A command line option, by name.
    Option(&'static str),
}

impl Origin {
    /// Which layer it is; a higher one wins.
    pub const fn layer(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File(_) | Self::WholeFile(_) => 1,
            Self::Environment(_) => 2,
            Self::Option(_) => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) => place.fmt(f),
            Self::WholeFile(file) => file.display().fmt(f),
            Self::Environment(name) | Self::Option(name) => f.write_str(name),
        }
    }
}

/// Something in the settings that cannot be followed. The value in question is left as if it had
/// not been said; its text is never repeated, since it may be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {says}")]
pub struct Problem {
    /// Where.
    pub origin: Origin,
    /// What, and what to write instead.
    pub says: String,
}

/// The place of a byte offset in a text.
pub(super) fn place(file: &Arc<PathBuf>, text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Place {
        file: Arc::clone(file),
        line: before.matches('\n').count() + 1,
        column: before.get(start..).unwrap_or_default().chars().count() + 1,
    }
}
