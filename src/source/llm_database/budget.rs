//! How much a database may ask for: steps of SQLite's machine for all of it, and bytes for one entry.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, ffi};

/// The longest text or blob that is read, and the most that an entry may hold together with what it refers to.
pub(super) const LONGEST: i32 = 64 << 20;

/// Steps between two looks at the clock of steps.
const STRIDE: i32 = 1000;
/// Steps that any database is given: less than half a second.
const LEAST: u64 = 20_000_000;
/// Steps for a byte of it. Looking a message of a conversation up takes some fifty, and a conversation of a
/// thousand turns does so half a million times.
const STEPS_PER_BYTE: u64 = 200;

/// What is left of it.
pub(super) struct Budget {
    steps: Arc<AtomicU64>,
    allowed: u64,
    bytes: Cell<usize>,
}

impl Budget {
    /// Begins to count the steps of all queries to come, and interrupts the one that takes too many. `size` is the
    /// database's, in bytes.
    pub fn begin(connection: &Connection, size: u64) -> rusqlite::Result<Budget> {
        let steps = Arc::new(AtomicU64::new(0));
        let allowed = size.saturating_mul(STEPS_PER_BYTE).saturating_add(LEAST);
        let counted = Arc::clone(&steps);
        connection.progress_handler(
            STRIDE,
            Some(move || counted.fetch_add(STRIDE as u64, Ordering::Relaxed) >= allowed),
        )?;
        Ok(Budget {
            steps,
            allowed,
            bytes: Cell::new(0),
        })
    }

    /// Whether every further query would be interrupted.
    pub fn is_spent(&self) -> bool {
        self.steps.load(Ordering::Relaxed) >= self.allowed
    }

    /// Begins to count another entry's bytes.
    pub fn next_entry(&self) {
        self.bytes.set(0);
    }

    /// Counts a value of the entry.
    ///
    /// # Errors
    /// Where the entry has become too long.
    pub fn take(&self, value: ValueRef<'_>) -> rusqlite::Result<()> {
        let length = match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
            _ => 1,
        };
        let bytes = self.bytes.get().saturating_add(length);
        self.bytes.set(bytes);
        match bytes > LONGEST as usize {
            true => Err(rusqlite::Error::SqliteFailure(
                ffi::Error {
                    code: ErrorCode::TooBig,
                    extended_code: ffi::SQLITE_TOOBIG,
                },
                None,
            )),
            false => Ok(()),
        }
    }
}
