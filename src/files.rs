//! The program's own small files: read within a limit and without waiting, written whole or not at all.

mod lines;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::system::create_folder;
pub(crate) use lines::{LineFile, append};

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

/// Refuses a pipe or a device, which may be waited for without end.
pub(crate) fn refuse_irregular(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is a pipe or a device, not a file"));
    }
    Ok(())
}

/// Replaces the content of a file of the program's own, whose folder is made where there is none. A link is
/// followed, so that settings may live elsewhere.
pub(crate) fn replace(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    create_folder(path.parent().unwrap_or(Path::new(".")))?;
    replace_whole(&path, content, readers)
}

/// Writes a file that the person named. What is no regular file, such as a device, is written to as it is; a pipe only
/// while somebody has it open to read, since nobody may ever do so.
pub(crate) fn write_named(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => write_irregular(path, content, &metadata),
        _ => {
            let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            replace_whole(&path, content, readers)
        }
    }
}

#[cfg(unix)]
fn write_irregular(path: &Path, content: &[u8], metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use rustix::io::Errno;

    let mut options = OpenOptions::new();
    // Opening a pipe waits for a reader otherwise.
    options
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let mut file = options.open(path).map_err(|error| {
        let is_unread =
            metadata.file_type().is_fifo() && Errno::from_io_error(&error) == Some(Errno::NXIO);
        match is_unread {
            true => io::Error::other("it is a pipe that nobody reads"),
            false => error,
        }
    })?;
    // Whoever reads may be slower than this writes.
    fcntl_setfl(&file, fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
    file.write_all(content)
}

#[cfg(not(unix))]
fn write_irregular(path: &Path, content: &[u8], _metadata: &fs::Metadata) -> io::Result<()> {
    fs::write(path, content)
}

/// Writes a file that must not be there yet, not even as a link that leads nowhere.
pub(crate) fn write_new(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let is_there = || path.symlink_metadata().is_ok();
    if is_there() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let fresh = fresh_name(path);
    let written = write(&fresh, content, readers).and_then(|()| {
        // Unlike a rename, a hard link is never made over an existing file; not every file system has them.
        match fs::hard_link(&fresh, path) {
            Err(_) if !is_there() => fs::rename(&fresh, path),
            linked => linked,
        }
    });
    let _ = fs::remove_file(&fresh);
    written
}

fn replace_whole(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let fresh = fresh_name(path);
    // Nobody else reads it before it has the rights of the file that it replaces.
    let first = match path.exists() {
        true => Readers::Owner,
        false => readers,
    };
    let written = write(&fresh, content, first)
        .and_then(|()| keep_mode(path, &fresh, readers))
        .and_then(|()| fs::rename(&fresh, path));
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

/// How long a program waits for another that is saving. Chosen: saving takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Held by one program at a time while it reads a file, changes it and replaces it, so that none loses what
/// another has just written. The system lets go of it however the program ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _held: File,
    path: PathBuf,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Lock {
    /// Takes the lock of a file, waiting for whoever has it. It is a file beside that one.
    pub(crate) fn of(path: &Path) -> io::Result<Lock> {
        create_folder(path.parent().unwrap_or(Path::new(".")))?;
        let begun = Instant::now();
        loop {
            match Lock::try_of(path)? {
                Some(lock) => return Ok(lock),
                None if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
                None => {
                    return Err(io::Error::other(
                        "another rainscope has been saving for ten seconds",
                    ));
                }
            }
        }
    }

    /// Takes the lock unless another program has it.
    fn try_of(path: &Path) -> io::Result<Option<Lock>> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let path = path.with_file_name(format!(".{name}.lock"));
        if let Ok(metadata) = fs::metadata(&path) {
            refuse_irregular(&metadata)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Nobody else can open it then.
        #[cfg(windows)]
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0);
        let file = match options.open(&path) {
            Ok(file) => file,
            #[cfg(windows)]
            Err(_) if path.exists() => return Ok(None),
            Err(error) => return Err(error),
        };
        #[cfg(unix)]
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        // Who had it before may have removed the file between its opening and its locking.
        let is_there = match fs::metadata(&path) {
            Ok(there) => is_same(&there, &file.metadata()?),
            Err(_) => false,
        };
        Ok(is_there.then_some(Lock { _held: file, path }))
    }
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_one: &fs::Metadata, _other: &fs::Metadata) -> bool {
    true
}

/// Removes what a program that was killed while it saved this file has left beside it: a copy, with keys in it
/// where it is the credentials file. Nothing is done while another program is saving.
pub(crate) fn sweep(path: &Path) {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return;
    };
    let prefix = format!(".{name}.");
    let is_left = |entry: &fs::DirEntry| {
        let found = entry.file_name();
        let unique = found.to_str().and_then(|found| found.strip_prefix(&prefix));
        unique.is_some_and(|unique| {
            unique.len() == 32 && unique.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let entries = fs::read_dir(path.parent().unwrap_or(Path::new(".")));
    let entries = entries.into_iter().flatten().flatten();
    let left: Vec<PathBuf> = entries.filter(is_left).map(|entry| entry.path()).collect();
    if left.is_empty() {
        return;
    }
    if let Ok(Some(_lock)) = Lock::try_of(path) {
        for path in left {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_lock_is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        let lock = Lock::of(&path).unwrap();
        assert!(Lock::try_of(&path).unwrap().is_none());
        drop(lock);
        assert!(Lock::try_of(&path).unwrap().is_some());
    }

    #[test]
    fn what_a_killed_program_left_is_swept_unless_one_is_saving() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.toml");
        let left = fresh_name(&path);
        let others = [
            "credentials.toml",
            ".credentials.toml.mine",
            ".other.toml.0123",
        ];
        for name in others {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::write(&left, "key").unwrap();
        let lock = Lock::of(&path).unwrap();
        sweep(&path);
        assert!(left.exists());
        drop(lock);
        sweep(&path);
        assert!(!left.exists());
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
    }

    #[test]
    fn a_file_that_was_named_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.svg");
        write_named(&path, b"one", Readers::Usual).unwrap();
        write_named(&path, b"two", Readers::Usual).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(write_named(&folder.path().join("none/a.svg"), b"", Readers::Usual).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        write_named(Path::new("/dev/null"), b"x", Readers::Owner).unwrap();
    }

    #[test]
    fn a_new_file_is_written_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_new(&path, b"one", Readers::Owner).unwrap();
        let again = write_new(&path, b"two", Readers::Owner).map_err(|error| error.kind());
        assert_eq!(again, Err(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// What is appended to is its owner's alone, and what is replaced keeps the rights that it had.
    #[cfg(unix)]
    #[test]
    fn others_get_no_rights() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.ndjson");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let give = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        write_new(&path, b"{}\n", Readers::Owner).unwrap();
        assert_eq!(mode(), 0o600);
        give(0o644);
        LineFile::open(&path).unwrap();
        assert_eq!(mode(), 0o600);
        for kept in [0o600, 0o640] {
            give(kept);
            write_named(&path, b"two", Readers::Usual).unwrap();
            assert_eq!(mode(), kept);
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_named(&link, b"three", Readers::Usual).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"three");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_somebody_reads_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .unwrap();
        // More than a pipe holds.
        let content = vec![b'x'; 1 << 20];
        let reader = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&pipe)
            .unwrap();
        let reading = std::thread::spawn(move || {
            let mut read = vec![0; 1 << 20];
            (&reader).read_exact(&mut read).map(|()| read)
        });
        write_named(&pipe, &content, Readers::Owner).unwrap();
        assert!(reading.join().unwrap().unwrap() == content);
    }
}
