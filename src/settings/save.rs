//! Saving a destination: only one that passed its connection test. The settings file keeps its
//! comments and everything that is not saved here; the key goes into the credentials file alone.

use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};

use super::credentials::{self, CredentialsError};
use super::{LARGEST, Paths};
use crate::delivery::connect::Verified;
use crate::event::privacy::Privacy;
use crate::files::{Lock, Readers, read_text, replace};

/// What is saved beside the destination itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOptions {
    /// Privacy mode of this destination; none leaves what the file has.
    pub privacy: Option<Privacy>,
    /// Whether anything is sent there.
    pub enabled: bool,
    /// The user of an event whose completion names none; an empty one takes away what the file has, and none leaves it.
    pub default_user: Option<String>,
    /// Whether a base URL of `http` to another machine is intended.
    pub insecure: bool,
    /// What becomes of the key.
    pub key: KeyStorage,
}

/// What becomes of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStorage {
    /// It goes into the credentials file.
    Save,
    /// It is kept elsewhere: a variable, a password manager.
    Elsewhere,
}

/// Why nothing, or not all, was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The system names no folder for settings.
    #[error(
        "there is no file to save to: leave out --config none, or set HOME or RAINSCOPE_CONFIG_DIR"
    )]
    NoFolder,
    /// The settings file cannot be read or written.
    #[error("{path} cannot be read or written: {}", crate::system::reason(.reason))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// The settings file is broken: writing it anew would lose what it holds.
    #[error("{path}:{line}: not TOML; correct it first, so that nothing in it is lost")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line in question.
        line: usize,
    },
    /// See [`CredentialsError`].
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// Saves a destination exactly as it was tested.
///
/// Nothing but a passed test makes a [`Verified`], so an untested destination does not compile:
///
/// ```compile_fail,E0308
/// use rainscope::destination::Destination;
/// use rainscope::settings::{Paths, save::{SaveOptions, save}};
/// fn keep(untested: &Destination, options: &SaveOptions, paths: &Paths) {
///     let _ = save(untested, options, paths);
/// }
/// ```
///
/// The same with a tested one:
///
/// ```
/// use rainscope::delivery::connect::Verified;
/// use rainscope::settings::{Paths, save::{SaveOptions, save}};
/// fn keep(tested: &Verified, options: &SaveOptions, paths: &Paths) {
///     let _ = save(tested, options, paths);
/// }
/// ```
///
/// # Errors
/// When a file cannot be read or written. The key is written first: settings without their key
/// would be worse than a key that no settings name.
pub fn save(verified: &Verified, options: &SaveOptions, paths: &Paths) -> Result<(), SaveError> {
    let config = paths.config.as_deref().ok_or(SaveError::NoFolder)?;
    let credentials = paths.credentials.as_deref().ok_or(SaveError::NoFolder)?;
    let failed = |reason| SaveError::Io {
        path: config.to_owned(),
        reason,
    };
    // Several programs may save at once; each changes what the one before it wrote.
    let _lock = Lock::of(config).map_err(failed)?;
    let mut document = read(config)?;
    edit(&mut document, verified, options);
    let destination = verified.destination();
    if options.key == KeyStorage::Save
        && let Some(key) = destination.write_key()
    {
        let _lock = Lock::of(credentials).map_err(|reason| SaveError::Io {
            path: credentials.to_owned(),
            reason,
        })?;
        credentials::write(credentials, destination.base_url(), key)?;
    }
    let content = document.to_string();
    replace(config, content.as_bytes(), Readers::Usual).map_err(failed)
}

fn read(path: &Path) -> Result<DocumentMut, SaveError> {
    let text = match read_text(path, LARGEST) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(reason) => {
            return Err(SaveError::Io {
                path: path.to_owned(),
                reason,
            });
        }
    };
    text.parse().map_err(|error: toml_edit::TomlError| {
        let at = error.span().map_or(0, |span| span.start);
        SaveError::Malformed {
            path: path.to_owned(),
            line: text.get(..at).unwrap_or_default().matches('\n').count() + 1,
        }
    })
}

fn edit(document: &mut DocumentMut, verified: &Verified, options: &SaveOptions) {
    let destination = verified.destination();
    let table = document
        .entry("destination")
        .or_insert_with(|| Item::Table(Table::new()));
    if table.as_table_like().is_none() {
        *table = Item::Table(Table::new());
    }
    set(table, "kind", Some(destination.kind().name().into()));
    set(
        table,
        "base_url",
        Some(destination.base_url().as_str().into()),
    );
    let project = destination.project().map(|slug| slug.as_str().into());
    set(table, "project", project);
    if let Some(privacy) = options.privacy {
        set(table, "privacy", Some((privacy == Privacy::On).into()));
    }
    set(table, "enabled", Some(options.enabled.into()));
    if let Some(user) = &options.default_user {
        let user = (!user.is_empty()).then(|| user.as_str().into());
        set(table, "default_user", user);
    }
    set(table, "insecure", options.insecure.then(|| true.into()));
}

/// Sets or removes a key; a comment on its line stays.
fn set(table: &mut Item, key: &str, new: Option<toml_edit::Value>) {
    let Some(table) = table.as_table_like_mut() else {
        return;
    };
    let Some(mut new) = new else {
        table.remove(key);
        return;
    };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        None => {
            table.insert(key, value(new));
        }
    }
}
