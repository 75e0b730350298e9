//! Bytes to completions. The format is told from the content, never from the file's name alone, and
//! one bad record never hides the good ones beside it.

mod activity;
mod apart;
mod batch;
mod camel;
mod claude_code;
mod consecutive;
mod content;
mod delivery;
pub(crate) mod encoding;
mod exchange;
mod fenced;
mod file;
mod formats;
mod framing;
mod head;
mod inside;
mod llm;
mod logs;
mod naming;
mod outcome;
mod pair;
mod problem;
mod record;
pub(crate) mod report;
mod sample;
mod shape;
mod signs;
mod source_code;
mod streams;
mod unsupported;

pub use activity::Activity;
pub use delivery::ROOT_NAME;
#[cfg(feature = "program")]
pub(crate) use delivery::protobuf_as_json;
pub(crate) use file::UNPACKED;
#[cfg(feature = "program")]
pub(crate) use formats::has_to_be_unpacked;
pub use formats::kinds;
pub(crate) use formats::{begins_like_a_format, has_payload_lines};
pub(crate) use framing::cut_off;
pub use framing::{
    ArrayCutter, ArrayItem, ArrayStep, FrameStep, Framer, LineRecords, Sniff, is_blank, sniff,
    text_start,
};
pub use inside::FoundInside;
pub use naming::has_own_name;
pub use outcome::{RecordOutcomes, recognised};
pub use pair::{PairFile, PairFiles, PairRole, load_parts, role_of};
pub use problem::{Problem, ProblemKind};
pub(crate) use signs::{Signs, begins_as_recording, may_hold_completion, names_generation};

use std::sync::Arc;

use self::apart::Mark;
use self::record::Reader;
use super::{Completion, Origin};
use crate::json::Position;

/// What a source held.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// In the order of the source.
    pub completions: Vec<Completion>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was read, but deserves a word: a key that is there twice, a stream with a broken chunk.
    pub notes: Vec<Problem>,
    /// Where completions were found inside records of no known shape.
    pub inside: Vec<FoundInside>,
    /// Records that hold no completion and are told of in a note, since others beside them do.
    pub skipped: usize,
    /// Bytes that compressed bodies in it were unpacked to.
    pub(crate) unpacked: usize,
    /// What the file is, told by its beginning, where nothing in it is a completion.
    pub file_is: Option<String>,
    /// Streams that may be but pieces of one, while the file or the record is read.
    pub(crate) pieces: Vec<apart::StreamPiece>,
}

impl Loaded {
    /// How many things were found, or are told.
    fn said(&self) -> usize {
        let told = self.problems.len() + self.notes.len() + self.inside.len();
        self.completions.len() + told + self.skipped
    }

    /// Appends what another source held.
    pub fn extend(&mut self, other: Loaded) {
        self.completions.extend(other.completions);
        self.problems.extend(other.problems);
        self.notes.extend(other.notes);
        self.inside.extend(other.inside);
        self.skipped += other.skipped;
        self.unpacked += other.unpacked;
        self.file_is = self.file_is.take().or(other.file_is);
    }
}

/// Reads all completions in one file's bytes. `file` is its name for people.
///
/// Never fails as a whole: what cannot be read is among the problems.
pub fn load(file: &str, bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded::default();
    let origin = Origin {
        file: Arc::from(file),
        offset: 0,
        position: Position { line: 1, column: 1 },
        record: 0,
    };
    Reader::new(&origin, &mut loaded).content(bytes);
    loaded.pieces.clear();
    loaded.file_is = kind_of_file(bytes);
    let mut outcomes = RecordOutcomes::default();
    outcomes.take(&mut loaded);
    loaded.extend(outcomes.end());
    loaded
}

/// Reads a record that was made of what stands at `origin`, such as a row of a database.
pub fn load_derived(bytes: &[u8], origin: &Origin, loaded: &mut Loaded) {
    match std::str::from_utf8(bytes) {
        Ok(text) => Reader::new(origin, loaded).made(text),
        Err(_) => Reader::new(origin, loaded).slice(bytes),
    }
}

/// What a file is, told by its beginning, if it is of a kind that holds no completion.
pub fn kind_of_file(head: &[u8]) -> Option<String> {
    let head = head::FileHead::of(head);
    match formats::of_text(&head) {
        Some(format) if !format.name.is_empty() => None,
        // A log, which may show an object over several of its lines.
        Some(_) => unsupported::of_lines(head.text).map(ToOwned::to_owned),
        None => unsupported::of_file(head.text),
    }
}

/// Reads one record: the bytes of a slice, and where they were found.
pub fn load_slice(bytes: &[u8], origin: &Origin, loaded: &mut Loaded) {
    let mark = Mark::of(loaded);
    let mut reader = Reader::new(origin, loaded);
    reader.slice(bytes);
    reader.settle(mark);
    loaded.pieces.clear();
}
