//! What a loader could not read, and where.

use std::sync::Arc;

use crate::completion::Origin;
use crate::completion::generation_id;
use crate::completion::source_map::{Place, Places};
use crate::json::{Document, Position};

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The bytes are not what their format says.
    Malformed,
    /// Readable, but nothing that this program knows.
    Unrecognised,
    /// It is there and could not be read: a file, or the response of a completion.
    Unreadable,
    /// A record that is no completion, beside others that are.
    Skipped,
    /// Nothing is wrong; a word about what was read.
    Remark,
}

impl ProblemKind {
    /// The word for it in reports and counts. What is not recognised is never called unreadable: it was read, and
    /// is nothing that could become an event.
    pub const fn word(self) -> &'static str {
        match self {
            ProblemKind::Malformed | ProblemKind::Unreadable => "unreadable",
            ProblemKind::Unrecognised => "not-recognised",
            ProblemKind::Skipped => "skipped",
            ProblemKind::Remark => "remark",
        }
    }
}

/// Something that was not loaded. It hides nothing beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// The file's name as the user gave it.
    pub file: Arc<str>,
    /// Which record of the file, from 1; 0 where it is not one of several.
    pub record: usize,
    /// Byte offset into the file.
    pub offset: usize,
    /// The same place for people; none for a file that could not be read at all.
    pub position: Option<Position>,
    /// What was found and what was expected.
    pub what: String,
}

impl Problem {
    /// That a record is broken.
    pub fn malformed(origin: &Origin, what: String) -> Problem {
        Problem {
            kind: ProblemKind::Malformed,
            file: Arc::clone(&origin.file),
            record: origin.record,
            offset: origin.offset,
            position: Some(origin.position),
            what,
        }
    }

    /// The same as a note: the record is passed over.
    pub(crate) fn skipped(self) -> Problem {
        Problem {
            kind: ProblemKind::Skipped,
            what: format!("no completion, and skipped: {}", self.found()),
            ..self
        }
    }

    /// What was said of a generation that is named in it, which may still be fetched.
    pub(super) fn generation_named(&self) -> Option<&str> {
        let at = self.what.find(GENERATION_NAMED)?;
        let end = self.what[at..].find("; expected");
        Some(&self.what[at..end.map_or(self.what.len(), |end| at + end)])
    }

    /// What was found, without what was expected instead.
    pub fn found(&self) -> &str {
        let what = self.what.as_str();
        what.split_once("; expected")
            .map_or(what, |(found, _)| found)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(position) = self.position {
            write!(f, ":{}:{}", position.line, position.column)?;
        }
        f.write_str(": ")?;
        if self.record > 0 {
            write!(f, "record {} (byte {}): ", self.record, self.offset)?;
        }
        f.write_str(&self.what)
    }
}

/// What is said of a generation that is named in what is no completion, before its id.
const GENERATION_NAMED: &str = "; it names a generation, which can be read with `rainscope fetch ";

/// What to say of something that is no completion and may name a generation: with how to get that.
pub(super) fn with_generation(what: String, text: &str) -> String {
    match generation_id::recorded_in(text.as_bytes()) {
        Some(id) => format!("{what}{GENERATION_NAMED}{id}`"),
        None => what,
    }
}

/// What to say of bytes that are not UTF-8 and begin `offset` bytes into their file, and at which of them. Only a file as
/// a whole is told by its mark.
pub(super) fn of_encoding(bytes: &[u8], valid_up_to: usize, offset: usize) -> (usize, String) {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] if offset == 0 => {
            (0, "this is UTF-16; save it as UTF-8".to_owned())
        }
        [0x1F, 0x8B, ..] if offset == 0 => (0, "this is gzip; unpack it first".to_owned()),
        _ => {
            let byte = bytes.get(valid_up_to).copied().unwrap_or_default();
            let what =
                format!("byte 0x{byte:02x} is not UTF-8; expected JSON or SSE text in UTF-8");
            (valid_up_to, what)
        }
    }
}

/// A key as it may be told. One that is no name may be a text of the conversation, which whoever reads a report or a build's
/// log is not to see.
fn key_in_words(key: &str) -> String {
    /// Chosen: longer than any member's name.
    const LONGEST: usize = 48;
    let is_of_name =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '@' | '$');
    let is_name = !key.is_empty() && key.len() <= LONGEST && key.chars().all(is_of_name);
    match is_name {
        true => format!("the key `{key}`"),
        false => format!("a key of {} characters", key.chars().count()),
    }
}

/// What to say of keys that an object names more than once; `places` are those of the document's text.
pub(super) fn of_duplicate_keys(doc: &Document, places: &Places<'_>) -> Vec<(Place, String)> {
    let twice = doc.duplicate_keys();
    if twice.is_empty() {
        return Vec::new();
    }
    /// Chosen: more than anybody looks at.
    const TOLD: usize = 100;
    let further = twice.len().saturating_sub(TOLD);
    let say = |id| {
        let value = doc.at(id);
        let key = key_in_words(&value.key().unwrap_or_default());
        let what = format!("{key} is there twice in one object; the last one counts");
        (places.at(value.member_start()), what)
    };
    let first = twice.get(TOLD).map(|id| doc.at(*id));
    let mut said: Vec<_> = twice.into_iter().take(TOLD).map(say).collect();
    said.extend(first.map(|value| {
        let what =
            format!("{further} more keys are there twice in one object; the last one counts");
        (places.at(value.member_start()), what)
    }));
    said
}
