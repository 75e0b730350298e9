//! Whether the program that queued something still runs. Each one holds a lock on a small file of its
//! own, which the system lets go of however the program ends: so what a killed program left is
//! offered again at the very next start, and what a running one has under way never is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How the names of the files begin, beside the history, by whose locks programs that run know of each other.
pub const RUNNING: &str = "running-";

/// How old an unlocked file must be before it is removed. Chosen: far longer than a program takes from making its file
/// to locking it.
const STARTING: Duration = Duration::from_secs(60);

/// This program's own lock. Dropping it removes the file.
#[derive(Debug)]
pub(super) struct Presence {
    token: String,
    path: PathBuf,
    // Never used again, only kept; the mutex lets several threads keep it.
    lock: Mutex<Option<Connection>>,
}

impl Presence {
    /// Takes the lock, and clears away the files of programs that ended without doing so.
    pub(super) fn begin(folder: &Path) -> rusqlite::Result<Self> {
        sweep(folder);
        let token = uuid::Uuid::new_v4().simple().to_string();
        let path = file(folder, &token);
        let lock = Connection::open(&path)?;
        lock.execute_batch("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE")?;
        Ok(Self {
            token,
            path,
            lock: Mutex::new(Some(lock)),
        })
    }

    /// What this program's rows are marked with.
    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the program with this token runs.
pub(super) fn is_running(folder: &Path, token: &str) -> bool {
    is_held(&file(folder, token))
}

fn file(folder: &Path, token: &str) -> PathBuf {
    folder.join(format!("{RUNNING}{token}"))
}

fn is_held(path: &Path) -> bool {
    let Ok(other) = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE) else {
        return false;
    };
    let _ = other.busy_timeout(Duration::ZERO);
    let asked = "PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE; ROLLBACK";
    other.execute_batch(asked).is_err()
}

/// Between making its file and locking it, a program that starts must not lose it.
fn is_old(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STARTING))
}

fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let is_lock = entry.file_name().to_string_lossy().starts_with(RUNNING);
        if is_lock && is_old(&entry) && !is_held(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
