//! Which inputs were sent as a whole: files and objects that were read to their end and whose events were all accepted.
//! A later run need not read them again, as long as they are unchanged.
//!
//! Of each only a digest is kept, so the table holds neither names nor keys, and a row has the same size whatever an
//! input is called.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::{History, HistoryError, immediate};
use crate::prepare::{Endpoint, digest};

/// Inputs that are remembered, at some 60 bytes each. Chosen: a bucket of ten million objects can be resumed.
const MOST: i64 = 10_000_000;

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputKind {
    /// A file, or the files of one completion.
    File,
    /// An object of a bucket.
    Object,
}

impl InputKind {
    /// The word for so many.
    pub const fn word(self, count: usize) -> &'static str {
        match (self, count) {
            (InputKind::File, 1) => "file",
            (InputKind::File, _) => "files",
            (InputKind::Object, 1) => "object",
            (InputKind::Object, _) => "objects",
        }
    }
}

/// One state of one input: where it is, and whatever changes when its content does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputVersion {
    kind: InputKind,
    digest: Uuid,
}

impl InputVersion {
    /// Two inputs of a kind are the same one in the same state if all these parts are equal.
    pub fn new<P: AsRef<[u8]>>(kind: InputKind, parts: &[P]) -> InputVersion {
        InputVersion {
            kind,
            digest: digest_of(parts),
        }
    }

    /// What the input is.
    pub const fn kind(&self) -> InputKind {
        self.kind
    }
}

/// An input as it was read for a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputMark(Uuid);

impl InputMark {
    /// `way` is whatever else decides over the events that an input makes.
    pub fn new(input: InputVersion, endpoint: &Endpoint, way: &str) -> InputMark {
        InputMark(digest_of(&[
            input.kind.word(1).as_bytes(),
            input.digest.as_bytes(),
            endpoint.kind.name().as_bytes(),
            endpoint.base_url.as_bytes(),
            endpoint.project.as_bytes(),
            way.as_bytes(),
        ]))
    }
}

/// The length before each part keeps the parts apart.
fn digest_of<P: AsRef<[u8]>>(parts: &[P]) -> Uuid {
    let mut bytes = Vec::new();
    for part in parts {
        let part = part.as_ref();
        bytes.extend_from_slice(&part.len().to_le_bytes());
        bytes.extend_from_slice(part);
    }
    digest(&bytes)
}

impl History {
    /// Whether an input was sent as a whole.
    ///
    /// # Errors
    /// When the database fails.
    pub fn has_input(&self, mark: InputMark) -> Result<bool, HistoryError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT 1 FROM input WHERE mark = ?1")?;
        let found = statement.query_row([mark.0.as_bytes()], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }

    /// Remembers that these inputs were sent as a whole.
    ///
    /// # Errors
    /// When the database fails; none of them is remembered then.
    pub fn note_inputs(&self, now: i64, marks: &[InputMark]) -> Result<(), HistoryError> {
        if marks.is_empty() {
            return Ok(());
        }
        let mut connection = self.connection();
        let write = immediate(&mut connection)?;
        for mark in marks {
            // One that was there becomes the latest.
            let mut statement =
                write.prepare_cached("INSERT OR REPLACE INTO input (mark, at) VALUES (?1, ?2)")?;
            statement.execute(params![mark.0.as_bytes(), now])?;
        }
        write.commit()?;
        Ok(())
    }
}

/// Forgets inputs that were noted before `oldest`, and the first ones where there are too many. Their numbers grow with
/// the time, so only what is forgotten is looked at.
pub(super) fn prune(write: &Transaction<'_>, oldest: i64) -> rusqlite::Result<()> {
    write.execute(
        "DELETE FROM input WHERE id <
         coalesce((SELECT id FROM input WHERE at >= ?1 ORDER BY id LIMIT 1), 9223372036854775807)",
        [oldest],
    )?;
    keep_last(write, MOST)
}

fn keep_last(connection: &Connection, most: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM input WHERE id <= (SELECT max(id) FROM input) - ?1";
    connection.execute(sql, [most]).map(drop)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::event::DestinationKind;

    #[test]
    fn a_mark_is_of_one_state_of_one_input_for_one_destination() {
        let endpoint = |project: &str, kind| Endpoint {
            kind,
            base_url: "https://a.test".to_owned(),
            project: project.to_owned(),
        };
        let version = |parts: &[&str]| InputVersion::new(InputKind::Object, parts);
        let first = ["bucket", "key", "etag"];
        let mark = |parts: &[&str], project, kind, way| {
            InputMark::new(version(parts), &endpoint(project, kind), way)
        };
        use DestinationKind::{Raindrop, Workshop};
        let all = [
            mark(&first, "", Raindrop, ""),
            mark(&["bucket", "keye", "tag"], "", Raindrop, ""),
            mark(&["bucket", "key", "other"], "", Raindrop, ""),
            mark(&first, "", Workshop, ""),
            mark(&first, "p", Raindrop, ""),
            mark(&first, "", Raindrop, "wire"),
            InputMark::new(
                InputVersion::new(InputKind::File, &first),
                &endpoint("", Raindrop),
                "",
            ),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(at));
        }
    }

    #[test]
    fn only_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::open(&folder.path().join("history.db")).unwrap();
        let endpoint = Endpoint::default();
        let mark = |n: u32| {
            let version = InputVersion::new(InputKind::File, &[n.to_le_bytes()]);
            InputMark::new(version, &endpoint, "")
        };
        for n in 0..5 {
            history.note_inputs(i64::from(n), &[mark(n)]).unwrap();
        }
        // Noted again, the first one becomes the latest.
        history.note_inputs(5, &[mark(0)]).unwrap();
        let known = || -> Vec<u32> {
            let has = |n: &u32| history.has_input(mark(*n)).unwrap();
            (0..5).filter(has).collect()
        };
        assert_eq!(known(), [0, 1, 2, 3, 4]);
        keep_last(&history.connection(), 4).unwrap();
        assert_eq!(known(), [0, 2, 3, 4]);
        let forget = |oldest| {
            let mut connection = history.connection();
            let write = immediate(&mut connection).unwrap();
            prune(&write, oldest).unwrap();
            write.commit().unwrap();
        };
        forget(4);
        assert_eq!(known(), [0, 4]);
        forget(6);
        assert!(known().is_empty());
    }
}
