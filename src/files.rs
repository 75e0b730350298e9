//! The program's own small files: read within a limit and without waiting, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
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

/// Reads a file of at most `largest` bytes. A pipe or a device is refused: opening one may wait for ever.
pub(crate) fn read_text(path: &Path, largest: u64) -> io::Result<String> {
    refuse_irregular(&fs::metadata(path)?)?;
    read_open(File::open(path)?, largest)
}

/// Reads an open file of at most `largest` bytes.
pub(crate) fn read_open(file: File, largest: u64) -> io::Result<String> {
    refuse_irregular(&file.metadata()?)?;
    let mut text = String::new();
    file.take(largest.saturating_add(1))
        .read_to_string(&mut text)?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= largest => Ok(text),
        _ => Err(io::Error::other(format!(
            "it is longer than the {largest} bytes that are read"
        ))),
    }
}

fn refuse_irregular(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is a pipe or a device, not a file"));
    }
    Ok(())
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
