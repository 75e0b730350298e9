//! The credentials file: a write key for each base URL, so that a key never goes to a host that it
//! was not saved for. It is the only file that holds a key, and is refused when others can read it.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use toml_edit::{DocumentMut, Item, Table, value};

use super::LARGEST;
use crate::destination::{BaseUrl, WriteKey, WriteKeyError};
use crate::files::{Readers, read_open, replace};

const TABLE: &str = "write_keys";
const HEAD: &str = "# Write keys by base URL, written by `rainscope connect`. Keep this file to yourself (mode 0600).\n\n";

/// Why a key cannot be read or saved. No message holds any part of the file.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Someone other than the owner may read or write the file.
    #[error(
        "{path} can be read by others (mode {mode:04o}), so its write keys are not used: run `chmod 600 {path}`, and consider replacing the key"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It cannot be read or written.
    #[error("{path} cannot be read or written: {}", crate::system::reason(.reason))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// It is not as `connect` writes it.
    #[error(
        "{path}:{line}: expected a table [write_keys] with lines like \"https://api.raindrop.ai\" = \"…\"; run `rainscope connect` to write it anew"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line in question.
        line: usize,
    },
    /// The text for this base URL is no write key.
    #[error("{path}: {reason}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: WriteKeyError,
    },
}

/// The key saved for a base URL; none where there is none.
///
/// # Errors
/// When the file is there and is exposed, unreadable or malformed.
pub fn read(path: &Path, base_url: &BaseUrl) -> Result<Option<WriteKey>, CredentialsError> {
    let Some(text) = text(path)? else {
        return Ok(None);
    };
    let document = parse(path, &text)?;
    let Some(item) = document
        .get(TABLE)
        .and_then(|table| table.get(base_url.as_str()))
    else {
        return Ok(None);
    };
    let place = || malformed(path, line_of_key(&text, base_url));
    let key = item.as_str().ok_or_else(place)?;
    match WriteKey::new(key.to_owned()) {
        Ok(key) => Ok(Some(key)),
        Err(reason) => Err(CredentialsError::Key {
            path: path.to_owned(),
            reason,
        }),
    }
}

/// Saves the key for its base URL; keys for other base URLs stay.
///
/// # Errors
/// As for [`read`]; an exposed file is not written into either.
pub(super) fn write(
    path: &Path,
    base_url: &BaseUrl,
    key: &WriteKey,
) -> Result<(), CredentialsError> {
    let text = text(path)?;
    let mut document = match &text {
        Some(text) => parse(path, text)?,
        None => DocumentMut::new(),
    };
    let table = document.entry(TABLE).or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix(HEAD);
        Item::Table(table)
    });
    let Some(table) = table.as_table_like_mut() else {
        return Err(malformed(path, 1));
    };
    table.insert(base_url.as_str(), value(key.expose()));
    let content = SecretString::from(document.to_string());
    replace(path, content.expose_secret().as_bytes(), Readers::Owner).map_err(io_error(path))
}

/// The file's text, after checking that only the owner can read it.
fn text(path: &Path) -> Result<Option<SecretString>, CredentialsError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path)(error)),
    };
    // Opening a pipe would wait for somebody to write into it.
    if !metadata.is_file() {
        return Err(io_error(path)(io::Error::other("it is no file")));
    }
    let file = File::open(path).map_err(io_error(path))?;
    refuse_exposed(path, &file.metadata().map_err(io_error(path))?)?;
    let text = read_open(file, LARGEST).map_err(io_error(path))?;
    Ok(Some(SecretString::from(text)))
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &fs::Metadata) -> Result<(), CredentialsError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(CredentialsError::Exposed {
        path: path.to_owned(),
        mode,
    })
}

/// On other systems, a file in the person's own folder is private by default.
#[cfg(not(unix))]
fn refuse_exposed(_path: &Path, _metadata: &fs::Metadata) -> Result<(), CredentialsError> {
    Ok(())
}

fn parse(path: &Path, text: &SecretString) -> Result<DocumentMut, CredentialsError> {
    let text = text.expose_secret();
    text.parse().map_err(|error: toml_edit::TomlError| {
        // The library's message would show the line, with the key in it.
        malformed(path, line_of(text, error.span()))
    })
}

/// The line in which a span begins.
fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start));
    before.unwrap_or_default().matches('\n').count() + 1
}

/// The line of what stands for a base URL.
fn line_of_key(text: &SecretString, base_url: &BaseUrl) -> usize {
    let text = text.expose_secret();
    let document = toml_edit::Document::parse(text).ok();
    let key = document
        .as_ref()
        .and_then(|document| document.get(TABLE)?.get(base_url.as_str()));
    line_of(text, key.and_then(Item::span))
}

fn malformed(path: &Path, line: usize) -> CredentialsError {
    CredentialsError::Malformed {
        path: path.to_owned(),
        line,
    }
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> CredentialsError {
    let path = path.to_owned();
    move |reason| CredentialsError::Io {
        path: path.clone(),
        reason,
    }
}
