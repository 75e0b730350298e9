//! Files that lines are appended to, one after the other, each as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::refuse_irregular;

/// A file that lines are appended to for as long as a program runs.
#[derive(Debug)]
pub(crate) struct LineFile {
    file: File,
    path: PathBuf,
    /// How long it was when it was last written to.
    length: u64,
}

impl LineFile {
    /// Opens one for its owner alone, or makes it. A pipe is refused: opening one may wait for ever.
    /// So is what holds something else than one JSON object a line.
    pub(crate) fn open(path: &Path) -> io::Result<LineFile> {
        if holds_something_else(path) {
            let says = "it holds something else than one JSON object a line";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, says));
        }
        let mut file = LineFile::of(append(path)?, path);
        file.end_last_line()?;
        Ok(file)
    }

    /// One that is open, such as a device.
    pub(crate) fn of(file: File, path: &Path) -> LineFile {
        LineFile {
            file,
            path: path.to_owned(),
            length: 0,
        }
    }

    /// Ends a last line that broke off, so that the next one is not glued to it, where others may have written it.
    fn end_last_line(&mut self) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        if metadata.is_file() && metadata.len() != self.length {
            end_last_line(&mut self.file)?;
            self.length = self.file.metadata()?.len();
        }
        Ok(())
    }

    /// Appends lines as a whole or not at all: of what a full disk took only in part, nothing stays. Where the file was
    /// removed or replaced since, they go into the one of its name.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if is_removed(&self.file.metadata()?) {
            *self = LineFile::of(append(&self.path)?, &self.path);
        }
        self.end_last_line()?;
        let (file, before) = (&mut self.file, self.length);
        file.write_all(lines).inspect_err(|_| {
            if file.set_len(before).is_err() {
                let _ = end_last_line(file);
            }
        })?;
        self.length += lines.len() as u64;
        Ok(())
    }
}

/// Whether an open file has no name any more.
#[cfg(unix)]
fn is_removed(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) == 0
}

/// Elsewhere an open file can't be removed.
#[cfg(not(unix))]
const fn is_removed(_metadata: &fs::Metadata) -> bool {
    false
}

/// Whether a file exists that doesn't hold one JSON object a line, judged by the beginning of its first line: a program, a HAR,
/// or JSON over several lines. Appending to it would break it, and take others' rights in it away.
fn holds_something_else(path: &Path) -> bool {
    let is_file = path.metadata().is_ok_and(|data| data.is_file());
    let Some(file) = is_file.then(|| File::open(path).ok()).flatten() else {
        return false;
    };
    let mut head = Vec::new();
    if file.take(64).read_to_end(&mut head).is_err() {
        return false;
    }
    let head = String::from_utf8_lossy(&head);
    let head = head.trim_start();
    let line = head.lines().next().unwrap_or_default().trim_end();
    let bare: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    !head.is_empty() && (!line.starts_with('{') || line == "{" || bare.starts_with("{\"log\":"))
}

/// Opens a file to append to, for its owner alone, or makes it.
pub(crate) fn append(path: &Path) -> io::Result<File> {
    if let Ok(metadata) = fs::metadata(path) {
        refuse_irregular(&metadata)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    refuse_irregular(&file.metadata()?)?;
    keep_to_owner(&file)?;
    Ok(file)
}

/// Takes everybody else's rights in a file away: what is appended to it is its owner's alone, whoever made it.
#[cfg(unix)]
fn keep_to_owner(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    match file.metadata()?.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => file
            .set_permissions(fs::Permissions::from_mode(0o600))
            .map_err(|_| {
                io::Error::other("others may read it, and it is not yours to change that")
            }),
    }
}

#[cfg(not(unix))]
fn keep_to_owner(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Ends a last line that broke off.
fn end_last_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    match last {
        [b'\n'] => Ok(()),
        _ => file.write_all(b"\n"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::super::{Readers, read_text, write_named};
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_appended_to_a_removed_file_goes_into_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.ndjson");
        let mut lines = LineFile::open(&path).unwrap();
        lines.append(b"1\n").unwrap();
        fs::remove_file(&path).unwrap();
        lines.append(b"2\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2\n");
        // What was renamed has a name: whoever did that may still read it.
        let renamed = folder.path().join("calls.1");
        fs::rename(&path, &renamed).unwrap();
        lines.append(b"3\n").unwrap();
        assert_eq!(fs::read(&renamed).unwrap(), b"2\n3\n");
        // What others wrote last is ended, in a file that stands in its place, and in itself.
        fs::write(&path, b"half").unwrap();
        fs::remove_file(&renamed).unwrap();
        lines.append(b"4\n").unwrap();
        append(&path).unwrap().write_all(b"{").unwrap();
        lines.append(b"5\n").unwrap();
        lines.append(b"6\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half\n4\n{\n5\n6\n");
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(lines.append(b"7\n").is_err());
    }

    /// A program that is named by mistake is left as it is, with its rights.
    #[cfg(unix)]
    #[test]
    fn a_file_of_another_kind_is_left_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.py");
        fs::write(&path, "print('hi')\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let says = LineFile::open(&path).unwrap_err().to_string();
        assert!(says.contains("something else"), "{says}");
        assert_eq!(fs::read(&path).unwrap(), b"print('hi')\n");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_and_a_broken_line_ended() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        for refused in [
            append(&pipe).map(drop),
            read_text(&pipe, 9).map(drop),
            write_named(&pipe, b"x", Readers::Owner),
        ] {
            assert!(refused.unwrap_err().to_string().contains("pipe"));
        }
        let path = folder.path().join("lines");
        fs::write(&path, "{}\n{\"hal").unwrap();
        let mut file = LineFile::open(&path).unwrap();
        file.append(b"next\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n{\"hal\nnext\n");
    }
}
