//! Writing a file whole or not at all: a new file beside it takes its place once it is complete.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::system::create_folder;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever the system lets.
    Usual,
    /// Its owner alone.
    Owner,
}

/// Replaces the file's content. A link is followed, so that settings may live elsewhere.
pub(crate) fn replace(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let fresh = fresh_name(&path);
    let written = write(&fresh, content, readers)
        .and_then(|()| keep_mode(&path, &fresh, readers))
        .and_then(|()| fs::rename(&fresh, &path));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}

fn fresh_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", uuid::Uuid::new_v4().simple()))
}

fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A settings file keeps the rights that the person gave it.
fn keep_mode(old: &Path, fresh: &Path, readers: Readers) -> io::Result<()> {
    match fs::metadata(old) {
        Ok(metadata) if readers == Readers::Usual => {
            fs::set_permissions(fresh, metadata.permissions())
        }
        _ => Ok(()),
    }
}
