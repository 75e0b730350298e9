//! Writes a file whole or not at all, and never over another one unasked.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::inspector::edits::saving::Saved;

/// Writes a file; where there is one already, only if it is to be replaced.
pub(in crate::runtime) fn save(path: PathBuf, bytes: &[u8], replace: bool) -> Saved {
    match write(&path, bytes, replace) {
        Ok(()) => Saved::Written(path, bytes.len()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Saved::Exists(path),
        Err(error) => Saved::Failed(path, error.to_string()),
    }
}

fn write(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    if !replace && path.exists() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_aside(&aside, bytes).and_then(|()| match replace {
        true => fs::rename(&aside, path),
        // Unlike a rename, a hard link is never made over an existing file.
        false => match fs::hard_link(&aside, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => fs::rename(&aside, path),
            other => other,
        },
    });
    let _ = fs::remove_file(&aside);
    written
}

fn write_aside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
