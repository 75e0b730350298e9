//! Where a value came from, and what is wrong with it, with file, line and column, so that it can be found.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A place in a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePosition {
    /// The file.
    pub file: Arc<PathBuf>,
    /// Its line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for FilePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// The layers of settings, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The defaults.
    Default,
    /// `config.toml`.
    File,
    /// `rainscope.toml` of the project that is checked.
    Project,
    /// Environment variables.
    Environment,
    /// Command line options.
    Option,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingOrigin {
    /// It is not set.
    Default,
    /// The settings file.
    File(FilePosition),
    /// The file of the project that is checked.
    Project(FilePosition),
    /// The settings file as a whole, where none of it can be read.
    WholeFile(Arc<PathBuf>),
    /// An environment variable, by name.
    Environment(&'static str),
    /// A command line option, by name.
    Option(&'static str),
}

impl SettingOrigin {
    /// Which layer it is; a higher one wins.
    pub const fn layer(&self) -> Layer {
        match self {
            Self::Default => Layer::Default,
            Self::File(_) | Self::WholeFile(_) => Layer::File,
            Self::Project(_) => Layer::Project,
            Self::Environment(_) => Layer::Environment,
            Self::Option(_) => Layer::Option,
        }
    }
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) | Self::Project(place) => place.fmt(f),
            Self::WholeFile(file) => file.display().fmt(f),
            Self::Environment(name) | Self::Option(name) => f.write_str(name),
        }
    }
}

/// A mistake in the settings. The value counts as not set, and its text is never quoted, since it may be a secret in
/// the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {says}")]
pub struct SettingsProblem {
    /// Where.
    pub origin: SettingOrigin,
    /// What, and what to write instead.
    pub says: String,
    /// What else may not be known because of it.
    pub hides: Hidden,
}

/// What a mistake may keep from being known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// Nothing of where events go and of what they hold.
    Other,
    /// Something of `[destination]`: where events go, and whether they hold input and output.
    Destination,
    /// All that the file says.
    WholeFile,
}
