//! The database that the command line tool `llm` logs to (`logs.db`): opened for reading alone, each of its
//! entries written as `llm logs --json` would, and given to the loader that reads those.
//!
//! Two designs are known: the table `responses`, and since version 0.32 `turns` over a tree of `messages`
//! and their `parts`. A database that was carried over has both; an entry in both is taken from `turns`.
//!
//! Nothing is written, not even the files that SQLite keeps beside a database in WAL mode: unless those
//! are there already, such a file is opened as one that does not change. What a hostile file could do is
//! bounded: tables alone count, and none with columns that are computed; its schema is not trusted; the work
//! of all queries grows with the size of the file at most, and no entry is longer than a record may be.

mod budget;
mod json;
mod turns;

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::unreadable;
use budget::Budget;
use json::{Object, as_json, hash, keys, plain, text};

use crate::completion::Origin;
use crate::completion::load::{self, Loaded, Problem, ProblemKind};
use crate::json::{Position, quote};

/// How a SQLite database begins.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Entries that are handed on together, at most, and how long their texts may be before they are.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 8 << 20;
/// How long another program may hold the database before it is said to be locked.
const PATIENCE: Duration = Duration::from_millis(500);
/// Messages of a conversation before an entry, at most.
const CHAIN: usize = 2_000;
/// Tables that are named where a database is not llm's, and the characters that are shown of a name.
const NAMED: usize = 5;
const NAME: usize = 40;

/// Reads a database, handing its completions on in batches. Stops at the first error of `each`.
///
/// # Errors
/// What `each` returned; trouble with the database is handed on as a problem.
pub(crate) fn read<E>(
    path: &Path,
    each: &mut impl FnMut(Loaded) -> Result<(), E>,
) -> Result<(), E> {
    let mut loaded = Loaded::default();
    let database = match Database::open(path, &mut loaded) {
        Ok(database) => database,
        Err(what) => {
            loaded.problems.push(unreadable(path, what));
            return each(loaded);
        }
    };
    let entries = match database.ids() {
        Ok(Some(ids)) => ids,
        Ok(None) => {
            loaded.problems.push(Problem {
                kind: ProblemKind::Unrecognised,
                ..unreadable(path, database.foreign())
            });
            return each(loaded);
        }
        Err(error) => {
            loaded.problems.push(unreadable(path, said(&error)));
            return each(loaded);
        }
    };
    let file: Arc<str> = Arc::from(path.display().to_string());
    let (mut waiting, mut length) = (0, 0);
    for (index, entry) in entries.iter().enumerate() {
        let number = index + 1;
        // A database has no lines; its entries are counted in their place.
        let position = Position {
            line: number,
            column: 1,
        };
        let origin = Origin {
            file: file.clone(),
            offset: 0,
            position,
            record: number,
        };
        match database.json(entry) {
            Ok(json) => {
                load::load_derived(json.as_bytes(), &origin, &mut loaded);
                length += json.len();
            }
            Err(error) => loaded.problems.push(Problem {
                record: number,
                position: Some(position),
                ..unreadable(path, said(&error))
            }),
        }
        waiting += 1;
        if waiting == BATCH || length > BATCH_BYTES {
            each(std::mem::take(&mut loaded))?;
            (waiting, length) = (0, 0);
        }
        if database.budget.is_spent() {
            break;
        }
    }
    each(loaded)
}

/// What went wrong, for people.
fn said(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "the database is locked by another program; try again once that is done, or read a copy"
                .to_owned()
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
            "the database was being written when its program ended; open it once with `llm logs` or `sqlite3`"
                .to_owned()
        }
        Some(ErrorCode::NotADatabase) => {
            "not readable as a SQLite database: encrypted, or cut off".to_owned()
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            "the SQLite database is damaged; `sqlite3 FILE .recover` may save some of it".to_owned()
        }
        Some(ErrorCode::OperationInterrupted) => {
            "reading the database takes too long for its size, so what follows is not read; it may have been made to"
                .to_owned()
        }
        Some(ErrorCode::TooBig) => {
            "an entry with the texts it refers to is longer than 64 MiB, the limit for one record"
                .to_owned()
        }
        _ => format!("not readable as llm's database: {error}"),
    }
}

/// Which entry.
struct EntryId {
    id: String,
    is_turn: bool,
}

struct Database {
    connection: Connection,
    tables: HashSet<String>,
    /// How many others it has, which are not read.
    passed_over: usize,
    budget: Budget,
}

impl Database {
    fn open(path: &Path, loaded: &mut Loaded) -> Result<Database, String> {
        let beside = |end: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let is_there = |end: &str| std::fs::metadata(beside(end)).is_ok_and(|data| data.len() > 0);
        let (has_log, has_index) = (is_there("-wal"), is_there("-shm"));
        let is_still = is_in_wal_mode(path) && !(has_log && has_index);
        if is_still && has_log {
            let what = "the newest entries stand in the file beside it that ends in `-wal`, and are not read; \
                        `llm logs` or `sqlite3` puts them into the database";
            loaded.notes.push(Problem {
                kind: ProblemKind::Unreadable,
                ..unreadable(path, what.to_owned())
            });
        }
        let mode = match is_still {
            true => "mode=ro&immutable=1",
            false => "mode=ro",
        };
        let address = format!("file:{}?{mode}", escaped(path));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(address, flags).and_then(|connection| {
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "trusted_schema", false)?;
            connection.pragma_update(None, "query_only", true)?;
            connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, budget::LONGEST)?;
            let size = std::fs::metadata(path).map_or(0, |data| data.len());
            let budget = Budget::begin(&connection, size)?;
            let tables = tables(&connection)?;
            let passed_over = all_tables(&connection)?.saturating_sub(tables.len());
            Ok(Database {
                connection,
                tables,
                passed_over,
                budget,
            })
        });
        opened.map_err(|error| said(&error))
    }

    fn has(&self, tables: &[&str]) -> bool {
        tables.iter().all(|table| self.tables.contains(*table))
    }

    /// What a database is that llm did not write.
    fn foreign(&self) -> String {
        let mut names: Vec<&str> = self.tables.iter().map(String::as_str).collect();
        names.sort_unstable();
        let shown = names.iter().take(NAMED).map(|name| {
            let short: String = name.chars().take(NAME).collect();
            let more = if short.len() < name.len() { "…" } else { "" };
            format!("`{short}{more}`")
        });
        let shown: Vec<String> = shown.collect();
        let more = if names.len() > NAMED { ", …" } else { "" };
        let tables = match shown.is_empty() {
            true if self.passed_over > 0 => {
                "nothing but views, virtual tables and tables with computed columns, \
                                              which are not looked into"
                    .to_owned()
            }
            true => "no tables".to_owned(),
            false => format!("the tables {}{more}", shown.join(", ")),
        };
        format!(
            "a SQLite database with {tables}; of databases, only the one that `llm logs path` names is read"
        )
    }

    /// The entries, oldest first; `None` where this is no database of llm's.
    fn ids(&self) -> rusqlite::Result<Option<Vec<EntryId>>> {
        let has_turns = self.has(&["turns", "messages", "parts"]);
        let has_responses =
            self.has(&["responses"]) && self.columns("responses")?.contains("response");
        if !has_turns && !has_responses {
            return Ok(None);
        }
        let mut entries = Vec::new();
        let mut known = HashSet::new();
        let lists = [(has_turns, "turns"), (has_responses, "responses")];
        for (_, table) in lists.into_iter().filter(|(is_there, _)| *is_there) {
            let query = format!("select id from {table}");
            let mut statement = self.connection.prepare(&query)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let id = text(row.get_ref(0)?).unwrap_or_default();
                if known.insert(id.clone()) {
                    let is_turn = table == "turns";
                    entries.push(EntryId { id, is_turn });
                }
            }
        }
        // Ids are ULIDs, which begin with the time.
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Some(entries))
    }

    fn columns(&self, table: &str) -> rusqlite::Result<HashSet<String>> {
        let mut statement = self
            .connection
            .prepare("select name from pragma_table_info(?1)")?;
        let names = statement.query_map([table], |row| row.get(0))?;
        names.collect()
    }

    /// An entry as `llm logs --json` would print it.
    fn json(&self, entry: &EntryId) -> rusqlite::Result<String> {
        self.budget.next_entry();
        const COLUMNS: [&str; 14] = [
            "id",
            "model",
            "resolved_model",
            "prompt",
            "system",
            "prompt_json",
            "response",
            "response_json",
            "conversation_id",
            "thread_id",
            "duration_ms",
            "datetime_utc",
            "input_tokens",
            "output_tokens",
        ];
        let table = if entry.is_turn { "turns" } else { "responses" };
        let have = self.columns(table)?;
        let columns: Vec<&str> = COLUMNS
            .into_iter()
            .filter(|column| have.contains(*column))
            .collect();
        let query = format!("select {} from {table} where id = ?1", columns.join(", "));
        let mut out = Object::default();
        let mut inner = Vec::new();
        let mut ends = (None, None);
        let mut statement = self.connection.prepare_cached(&query)?;
        statement.query_row([&entry.id], |row| {
            for (index, column) in columns.iter().enumerate() {
                let value = row.get_ref(index)?;
                self.budget.take(value)?;
                let json = column.ends_with("_json").then(|| text(value)).flatten();
                match json {
                    Some(json) => {
                        out.push(column, &as_json(&json));
                        inner.push(json);
                    }
                    None if *column == "thread_id" => out.push("conversation_id", &plain(value)),
                    None => out.push(column, &plain(value)),
                }
            }
            Ok(())
        })?;
        if entry.is_turn {
            let query = "select parent_message_hash, tip_message_hash from turns where id = ?1";
            ends = self
                .connection
                .prepare_cached(query)?
                .query_row([&entry.id], |row| Ok((hash(row, 0)?, hash(row, 1)?)))?;
        }
        let mut texts = Object::default();
        if entry.is_turn {
            self.add_turn(ends, &mut out, &mut texts)?;
        }
        for key in keys(&inner) {
            if let Some(text) = self.text_of_key(&key)? {
                texts.push(&key, &quote(&text));
            }
        }
        out.push("texts_by_key", &texts.finish());
        Ok(out.finish())
    }

    /// The text for which a key stands: `r:` and an id an earlier response's, `f:` a fragment's. Older
    /// versions forgot the colon.
    fn text_of_key(&self, key: &str) -> rusqlite::Result<Option<String>> {
        if let Some(id) = key.strip_prefix("r:") {
            return match self.has(&["responses"]) {
                true => self.one("select response from responses where id = ?1", id),
                false => Ok(None),
            };
        }
        match key.strip_prefix('f') {
            Some(id) => self.fragment(id.trim_start_matches(':')),
            None => Ok(None),
        }
    }

    fn fragment(&self, id: &str) -> rusqlite::Result<Option<String>> {
        match self.has(&["fragments"]) {
            true => self.one("select content from fragments where id = ?1", id),
            false => Ok(None),
        }
    }

    fn one(&self, query: &str, id: &str) -> rusqlite::Result<Option<String>> {
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([id])?;
        match rows.next()? {
            Some(row) => {
                let value = row.get_ref(0)?;
                self.budget.take(value)?;
                Ok(text(value))
            }
            None => Ok(None),
        }
    }
}

/// The database's own tables that hold what was put into them: no view, nothing that a module makes up, and none
/// with a column that is computed when it is read.
fn tables(connection: &Connection) -> rusqlite::Result<HashSet<String>> {
    let query = "select name from pragma_table_list as list
                 where schema = 'main' and type = 'table' and substr(name, 1, 7) <> 'sqlite_'
                 and not exists (select 1 from pragma_table_xinfo(list.name) where hidden <> 0)";
    let mut statement = connection.prepare(query)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

/// How many tables of any kind a database has, its own lists of them left out.
fn all_tables(connection: &Connection) -> rusqlite::Result<usize> {
    let query = "select count(*) from pragma_table_list
                 where schema = 'main' and substr(name, 1, 7) <> 'sqlite_'";
    connection.query_row(query, [], |row| row.get(0))
}

/// Whether a database keeps its newest changes in a file beside it, told by the number in its header that says how it is read.
fn is_in_wal_mode(path: &Path) -> bool {
    let mut head = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head[19] == 2
}

/// A path within a URI.
fn escaped(path: &Path) -> String {
    let mut out = String::new();
    for c in path.display().to_string().chars() {
        match c {
            '?' => out.push_str("%3f"),
            '#' => out.push_str("%23"),
            '%' => out.push_str("%25"),
            '\\' if cfg!(windows) => out.push('/'),
            c => out.push(c),
        }
    }
    // `C:/…` is the path of a URI only behind a slash.
    match cfg!(windows) && out.as_bytes().get(1) == Some(&b':') {
        true => format!("/{out}"),
        false => out,
    }
}
