//! Bytes to completions. The format is told from the content, never from the file's name alone, and
//! one bad record never hides the good ones beside it.

mod assemble;
pub(crate) mod decode;
mod delivery;
mod har;
mod lines;
mod merge;
mod pair;
mod problem;
mod record;
mod shape;
mod split;
mod sse;
mod stream_chat;
mod stream_messages;
mod stream_responses;

pub(crate) use decode::{DecodeError, body as decode_body};
pub use delivery::ROOT_NAME;
pub use lines::Lines;
pub use pair::{Part, Parts, Role, load_parts, role_of};
pub use problem::{Problem, Trouble};
pub use split::{Layout, Slice, Sniff, slices, sniff};

use std::sync::Arc;

use super::{Completion, Origin};
use crate::json::{Limits, Position};

/// What a source held.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// In the order of the source.
    pub completions: Vec<Completion>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was read, but deserves a word: a key that is there twice, a stream with a broken chunk.
    pub notes: Vec<Problem>,
}

impl Loaded {
    /// Appends what another source held.
    pub fn extend(&mut self, other: Loaded) {
        self.completions.extend(other.completions);
        self.problems.extend(other.problems);
        self.notes.extend(other.notes);
    }
}

/// Reads all completions in one file's bytes. `file` is its name for people.
///
/// Never fails as a whole: what cannot be read is among the problems.
pub fn load(file: &str, bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded::default();
    let layout = slices(bytes, file);
    let file: Arc<str> = Arc::from(file);
    let mut follower = Follower::of(bytes);
    for (index, slice) in layout.slices.iter().enumerate() {
        let origin = Origin {
            file: file.clone(),
            offset: slice.range.start,
            position: follower.position_of(slice.range.start),
            record: if layout.numbered { index + 1 } else { 0 },
        };
        load_slice(&bytes[slice.range.clone()], &origin, &mut loaded);
    }
    if layout.slices.is_empty() {
        loaded.problems.push(Problem {
            trouble: Trouble::Unrecognised,
            file,
            record: 0,
            offset: 0,
            position: Some(Position { line: 1, column: 1 }),
            what: "the file is empty; expected a sample, a response, a JSON array, NDJSON or an SSE stream"
                .to_owned(),
        });
    }
    loaded
}

/// Reads one record: the bytes of a slice, and where they were found.
pub fn load_slice(bytes: &[u8], origin: &Origin, loaded: &mut Loaded) {
    let reader = record::Reader {
        origin,
        limits: Limits::default(),
        loaded,
    };
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        reader.read(text);
    } else if let Err(error) = std::str::from_utf8(bytes) {
        reader.refuse_encoding(bytes, error.valid_up_to());
    }
}

/// Follows places from where it last stood, so that naming each record's costs one pass in all.
struct Follower<'b> {
    bytes: &'b [u8],
    at: usize,
    position: Position,
}

impl<'b> Follower<'b> {
    /// At the beginning of a file, behind a byte-order mark.
    fn of(bytes: &'b [u8]) -> Follower<'b> {
        Follower {
            bytes,
            at: if bytes.starts_with(b"\xEF\xBB\xBF") {
                3
            } else {
                0
            },
            position: Position { line: 1, column: 1 },
        }
    }

    /// The position of a byte that is not before the last one asked for.
    fn position_of(&mut self, offset: usize) -> Position {
        if let Some(between) = self.bytes.get(self.at..offset) {
            self.position = self.position.after(between);
            self.at = offset;
        }
        self.position
    }
}
