//! A log file that stays small: when it is full it becomes the old one, of which there is one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::display;
use crate::files::append;
use crate::redact::known;
use crate::system::create_folder;

/// The largest log, in bytes; with the old one, twice as much lies in the folder. Chosen.
pub(super) const LIMIT: u64 = 4 << 20;

/// A file that its owner alone can read, and to which several programs may append.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    limit: u64,
}

impl LogFile {
    /// Opens it to go on at its end.
    pub(super) fn open(path: &Path, limit: u64) -> io::Result<Self> {
        create_folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok(Self {
            path: path.to_owned(),
            file: append(path)?,
            limit,
        })
    }

    /// Makes room for `more` bytes. Another program may have done so already: then its new file is
    /// the one to go on with.
    fn make_room(&mut self, more: u64) -> io::Result<()> {
        if self.file.metadata()?.len() + more <= self.limit {
            return Ok(());
        }
        self.file = append(&self.path)?;
        if self.file.metadata()?.len() + more > self.limit {
            fs::rename(&self.path, self.path.with_extension("log.old"))?;
            self.file = append(&self.path)?;
        }
        Ok(())
    }
}

impl Write for LogFile {
    /// Takes an event's line as a whole, so that lines of several programs do not mix. One that would
    /// not fit into a file by itself is cut.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        const CUT: &[u8] = b" (cut)\n";
        // Whatever stands in it, an event is one line.
        let taken = line.len();
        let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line));
        let line = known::masked_in_log(format!("{}\n", display::inert(&text)));
        let line = line.as_bytes();
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if line.len() <= most {
            self.make_room(line.len() as u64)?;
            self.file.write_all(line)?;
        } else {
            let kept = &line[..most.saturating_sub(CUT.len())];
            self.make_room(most as u64)?;
            self.file.write_all(&[kept, CUT].concat())?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn lines(path: &Path) -> Vec<String> {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_full_file_becomes_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/rainscope.log");
        let mut log = LogFile::open(&path, 20).unwrap();
        for number in 0..7 {
            log.write_all(format!("event {number}\n").as_bytes())
                .unwrap();
        }
        // Two lines of eight bytes fit into each.
        assert_eq!(lines(&path), ["event 6"]);
        assert_eq!(
            lines(&path.with_extension("log.old")),
            ["event 4", "event 5"]
        );
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2);
    }

    #[test]
    fn two_programs_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rainscope.log");
        let mut one = LogFile::open(&path, 20).unwrap();
        let mut other = LogFile::open(&path, 20).unwrap();
        one.write_all(b"first\n").unwrap();
        other.write_all(b"second\n").unwrap();
        // This no longer fits, and the other program goes on with the new file.
        one.write_all(b"third line\n").unwrap();
        other.write_all(b"4th line\n").unwrap();
        assert_eq!(lines(&path), ["third line", "4th line"]);
        assert_eq!(lines(&path.with_extension("log.old")), ["first", "second"]);
    }

    #[test]
    fn a_line_that_fits_nowhere_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rainscope.log");
        let mut log = LogFile::open(&path, 20).unwrap();
        log.write_all(&[b'x'; 500]).unwrap();
        assert_eq!(lines(&path), ["xxxxxxxxxxxxx (cut)"]);
    }

    #[cfg(unix)]
    #[test]
    fn its_owner_alone_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/rainscope.log");
        LogFile::open(&path, 20).unwrap().write_all(b"x\n").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}
