//! The history: every delivery and every attempt, in a small database in the state folder, so that a
//! send survives a crash: what was queued and not answered is offered again. Several programs may use
//! it at once. It never holds a write key, and no body where privacy mode was on.
//!
//! Calls wait for the disk (about a millisecond): make them where waiting does no harm.

mod inputs;
mod presence;
mod query;
pub mod record;
mod sent;
mod tables;
mod verdicts;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, params};

pub use inputs::{InputKind, InputMark, InputVersion};
pub use query::Query;
pub use record::{
    AttemptRecord, DeliveryId, DeliveryState, EndedDelivery, Queued, Record, StoredDelivery,
    VerdictRecord,
};
pub use sent::{SentEvent, SentEvents};

use crate::event::privacy::Privacy;
use crate::redact::known;
use presence::Presence;
pub use presence::RUNNING;

/// How long one program waits for another that writes. Chosen.
const PATIENCE: Duration = Duration::from_secs(5);
/// Ends that wait to be written, at most; the oldest go first.
const MOST_UNENDED: usize = 20_000;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Why the history cannot be used. Sends go on without it.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no folder for it.
    #[error("the history has no place: set HOME or RAINSCOPE_STATE_DIR")]
    NoFolder,
    /// Its folder or file cannot be made.
    #[error("the history {path} cannot be made: {}", crate::system::reason(.reason))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// A later version of the program wrote it.
    #[error(
        "the history is of a later version of this program (format {version}): update the program, or set history.enabled = false"
    )]
    Newer {
        /// The version of its tables.
        version: i64,
    },
    /// The database's own reason.
    #[error("the history cannot be used: {0}; {remedy}", remedy = remedy(.0))]
    Database(#[from] rusqlite::Error),
}

/// What to do about a database that fails.
fn remedy(error: &rusqlite::Error) -> &'static str {
    match is_busy(error) {
        true => "another program holds it: try again once that is done",
        false => "if it is broken, move the file away and a new one is begun",
    }
}

/// How much is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries.
    pub keep: u32,
    /// Deliveries with their bodies.
    pub keep_bodies: u32,
    /// Days.
    pub days: u32,
}

/// An open history. Clones share it.
#[derive(Debug, Clone)]
pub struct History(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connection: Mutex<Connection>,
    /// Deliveries whose end could not be written, while another program held the database for longer than is waited or the
    /// disk was full. They are written with the next one that ends, and else when this is closed.
    unended: Mutex<Vec<EndedDelivery>>,
    presence: Presence,
    folder: PathBuf,
}

impl History {
    /// Opens or makes it. Nothing is forgotten before [`History::prune`].
    ///
    /// # Errors
    /// When it cannot be made, is broken, or a later program wrote it.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let failed = |reason| HistoryError::Io {
            path: path.to_owned(),
            reason,
        };
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        crate::system::create_folder(&folder).map_err(failed)?;
        create(path).map_err(failed)?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        write_ahead(&connection)?;
        connection.execute_batch(
            "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
        )?;
        tables::migrate(&mut connection)?;
        let presence = Presence::begin(&folder)?;
        tracing::debug!(?path, "history opened");
        Ok(Self(Arc::new(Shared {
            connection: Mutex::new(connection),
            unended: Mutex::default(),
            presence,
            folder,
        })))
    }

    /// Remembers that these are about to be sent, by this program. Call it before the first byte.
    ///
    /// # Errors
    /// When the database fails; nothing of it is remembered then.
    pub fn enqueue(&self, now: i64, queued: &[Queued]) -> Result<Vec<DeliveryId>, HistoryError> {
        let mut connection = self.connection();
        let write = immediate(&mut connection)?;
        let mut ids = Vec::with_capacity(queued.len());
        for one in queued {
            ids.push(insert(&write, self.0.presence.token(), now, one)?);
        }
        write.commit()?;
        tracing::debug!(count = ids.len(), "history: queued");
        Ok(ids)
    }

    /// Takes over a delivery that a program which is gone left queued. `false` where another program
    /// was faster, or has it under way.
    ///
    /// # Errors
    /// When the database fails.
    pub fn claim(&self, id: DeliveryId) -> Result<bool, HistoryError> {
        let owner = match self.owner(id)? {
            Some(owner) if !presence::is_running(&self.0.folder, &owner) => owner,
            _ => return Ok(false),
        };
        let taken = self.connection().execute(
            "UPDATE delivery SET owner = ?1 WHERE id = ?2 AND state = 'queued' AND owner = ?3",
            params![self.0.presence.token(), id.0, owner],
        )?;
        Ok(taken == 1)
    }

    /// Remembers how deliveries ended, and those before them of which that could not be written.
    ///
    /// # Errors
    /// When the database fails; none of them has ended in the history then. It is tried again with the next ones.
    pub fn finish(&self, now: i64, ended: &[EndedDelivery]) -> Result<(), HistoryError> {
        let mut unended = self.0.unended();
        unended.extend_from_slice(ended);
        let written = self.0.end_all(now, &unended);
        let left = match written {
            Ok(()) => 0,
            Err(_) => MOST_UNENDED,
        };
        let gone = unended.len().saturating_sub(left);
        unended.drain(..gone);
        written
    }

    /// Forgets what is too old or too much. What is queued is forgotten by its age alone, and not within a day: another
    /// program may be sending it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn prune(&self, retention: &Retention, now: i64) -> Result<(), HistoryError> {
        let oldest = now.saturating_sub(i64::from(retention.days).saturating_mul(DAY));
        let mut connection = self.connection();
        let write = immediate(&mut connection)?;
        write.execute(
            "DELETE FROM delivery WHERE queued_at < ?1 AND (state <> 'queued' OR queued_at < ?2)",
            [oldest, oldest.min(now.saturating_sub(DAY))],
        )?;
        let last = "SELECT id FROM delivery ORDER BY id DESC LIMIT 1 OFFSET ?1";
        write.execute(
            &format!("DELETE FROM delivery WHERE state <> 'queued' AND id <= ({last})"),
            [retention.keep],
        )?;
        write.execute(
            &format!(
                "DELETE FROM body WHERE delivery <= ({last})
                 AND delivery NOT IN (SELECT id FROM delivery WHERE state = 'queued')"
            ),
            [retention.keep_bodies],
        )?;
        inputs::prune(&write, oldest)?;
        write.commit()?;
        erase(&connection)?;
        Ok(())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.connection()
    }
}

impl Shared {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn unended(&self) -> MutexGuard<'_, Vec<EndedDelivery>> {
        self.unended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_all(&self, now: i64, ended: &[EndedDelivery]) -> Result<(), HistoryError> {
        let mut connection = self.connection();
        let write = immediate(&mut connection)?;
        for one in ended {
            end(&write, now, one)?;
        }
        write.commit()?;
        tracing::debug!(count = ended.len(), "history: ended");
        Ok(())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let unended = std::mem::take(&mut *self.unended());
        if !unended.is_empty() {
            let now = jiff::Timestamp::now().as_millisecond();
            // Whoever wanted to know was told when it failed at first.
            let _ = self.end_all(now, &unended);
        }
    }
}

/// With a write-ahead log readers and a writer do not wait for each other. The database does not wait
/// by itself when two programs switch at once.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match connection.execute_batch("PRAGMA journal_mode = WAL") {
            Err(error) if is_busy(&error) && begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Takes what was deleted out of the write-ahead log as well; the database itself overwrites what it deletes.
/// Where another program is reading, that is done the next time.
fn erase(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// A write that waits for its turn at the beginning, where waiting is safe, and not in the middle.
fn immediate(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Bodies are conversations: the file is for its owner alone from the first moment, and the database
/// gives its companion files the same rights.
fn create(path: &Path) -> io::Result<()> {
    // The database looks into those that are there before it says anything.
    for beside in ["-journal", "-wal", "-shm"] {
        let mut companion = path.as_os_str().to_owned();
        companion.push(beside);
        if let Ok(metadata) = std::fs::metadata(&companion) {
            crate::files::refuse_irregular(&metadata)?;
        }
    }
    crate::files::append(path).map(drop)
}

fn insert(
    write: &Transaction<'_>,
    owner: &str,
    now: i64,
    one: &Queued,
) -> rusqlite::Result<DeliveryId> {
    let mut statement = write.prepare_cached(
        "INSERT INTO delivery (event_id, kind, base_url, project, route, name, private, made_at,
         queued_at, state, owner, bytes, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', ?10, ?11, ?12)",
    )?;
    let Queued { endpoint, prepared } = one;
    let private = prepared.privacy == Privacy::On;
    let id = statement.insert(params![
        prepared.request.event_id,
        endpoint.kind.name(),
        endpoint.base_url,
        endpoint.project,
        prepared.request.route.path(),
        known::masked_in_answer(prepared.name.clone()),
        private,
        prepared.made_at,
        now,
        owner,
        prepared.request.body.len(),
        prepared.digest.as_bytes(),
    ])?;
    let mut statement = write.prepare_cached("INSERT INTO body VALUES (?1, ?2)")?;
    statement.execute(params![id, &prepared.request.body[..]])?;
    Ok(DeliveryId(id))
}

fn end(write: &Transaction<'_>, now: i64, one: &EndedDelivery) -> rusqlite::Result<()> {
    let last = one.attempts.last();
    let millis: f64 = one.attempts.iter().map(|attempt| attempt.millis).sum();
    let mut statement = write.prepare_cached(
        "UPDATE delivery SET state = ?2, ended_at = ?3, status = ?4, says = ?5, attempts = ?6,
         millis = ?7 WHERE id = ?1",
    )?;
    let found = statement.execute(params![
        one.id.0,
        one.state.name(),
        now,
        last.and_then(|attempt| attempt.status),
        last.map_or("", |attempt| attempt.says.as_str()),
        one.attempts.len(),
        millis,
    ])?;
    // Another program forgot it meanwhile, as too old.
    if found == 0 {
        return Ok(());
    }
    if matches!(one.state, DeliveryState::Accepted | DeliveryState::Refused) {
        let mut statement = write.prepare_cached(
            "DELETE FROM body WHERE delivery = (SELECT id FROM delivery WHERE id = ?1 AND private)",
        )?;
        statement.execute([one.id.0])?;
    }
    let mut statement =
        write.prepare_cached("INSERT OR REPLACE INTO attempt VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (number, attempt) in one.attempts.iter().enumerate() {
        statement.execute(params![
            one.id.0,
            number + 1,
            attempt.status,
            attempt.says,
            attempt.millis,
            attempt.answer_bytes,
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_move_a_history_away_that_another_program_holds() {
        let of = |code| {
            let error = rusqlite::ffi::Error::new(code);
            HistoryError::from(rusqlite::Error::SqliteFailure(error, None)).to_string()
        };
        for held in [rusqlite::ffi::SQLITE_BUSY, rusqlite::ffi::SQLITE_LOCKED] {
            assert!(of(held).ends_with("another program holds it: try again once that is done"));
        }
        assert!(of(rusqlite::ffi::SQLITE_CORRUPT).contains("move the file away"));
    }
}
