//! The history's tables, and how a database of an earlier program becomes one of this program.

use rusqlite::{Connection, TransactionBehavior};

use super::HistoryError;

/// Each entry takes the database one version further; none is ever changed afterwards.
const STEPS: [&str; 4] = [
    "
    CREATE TABLE delivery (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        base_url TEXT NOT NULL,
        project TEXT NOT NULL,
        route TEXT NOT NULL,
        name TEXT NOT NULL,
        private INTEGER NOT NULL,
        made_at INTEGER NOT NULL,
        queued_at INTEGER NOT NULL,
        ended_at INTEGER,
        state TEXT NOT NULL,
        owner TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        digest BLOB NOT NULL,
        status INTEGER,
        says TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0,
        millis REAL NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX delivery_there ON delivery (base_url, project, kind, event_id);
    CREATE INDEX delivery_queued ON delivery (state) WHERE state = 'queued';
    CREATE TABLE attempt (
        delivery INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE,
        number INTEGER NOT NULL,
        status INTEGER,
        says TEXT NOT NULL,
        millis REAL NOT NULL,
        answer_bytes INTEGER NOT NULL,
        PRIMARY KEY (delivery, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE body (
        delivery INTEGER PRIMARY KEY REFERENCES delivery ON DELETE CASCADE,
        bytes BLOB NOT NULL
    ) STRICT;
    ",
    // No table changes. Earlier programs did not overwrite what they deleted: the database is written anew.
    "",
    "
    CREATE TABLE verdict (
        delivery INTEGER PRIMARY KEY REFERENCES delivery ON DELETE CASCADE,
        at INTEGER NOT NULL,
        reader TEXT NOT NULL,
        outcome TEXT NOT NULL,
        says TEXT NOT NULL,
        deviations TEXT NOT NULL,
        link TEXT NOT NULL
    ) STRICT;
    ",
    "
    CREATE TABLE input (
        id INTEGER PRIMARY KEY,
        mark BLOB NOT NULL UNIQUE,
        at INTEGER NOT NULL
    ) STRICT;
    ",
];
const WRITTEN_ANEW: usize = 2;

/// Brings the database up to this program's version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), HistoryError> {
    // Two programs may start at once: the second waits here and finds all done.
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = step.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > STEPS.len() {
        return Err(HistoryError::Newer { version });
    }
    for sql in STEPS.iter().skip(done) {
        step.execute_batch(sql)?;
    }
    step.pragma_update(None, "user_version", STEPS.len())?;
    step.commit()?;
    if (1..WRITTEN_ANEW).contains(&done) {
        connection.execute_batch("VACUUM")?;
    }
    Ok(())
}
