//! Bytes to completions. The format is told from the content, never from the file's name alone, and
//! one bad record never hides the good ones beside it.

mod activity;
mod assemble;
mod batch;
mod camel;
mod chunks;
mod claude_code;
mod content;
pub(crate) mod decode;
mod delivery;
mod exchange;
mod formats;
mod lines;
mod llm;
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

pub use activity::Activity;
pub use chunks::is_one as is_chunk;
pub use delivery::ROOT_NAME;
pub(crate) use formats::begins_like_a_format;
pub use lines::Lines;
pub use pair::{Part, Parts, Role, load_parts, role_of};
pub use problem::{Problem, Trouble};
pub use split::{Layout, Slice, Sniff, slices, sniff};

use std::sync::Arc;

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
    let origin = Origin {
        file: Arc::from(file),
        offset: 0,
        position: Position { line: 1, column: 1 },
        record: 0,
    };
    Reader::new(&origin, &mut loaded).content(bytes);
    loaded
}

/// Reads a record that was made of what stands at `origin`, such as a row of a database.
pub fn load_derived(bytes: &[u8], origin: &Origin, loaded: &mut Loaded) {
    match std::str::from_utf8(bytes) {
        Ok(text) => Reader::new(origin, loaded).made(text),
        Err(_) => Reader::new(origin, loaded).slice(bytes),
    }
}

/// Reads one record: the bytes of a slice, and where they were found.
pub fn load_slice(bytes: &[u8], origin: &Origin, loaded: &mut Loaded) {
    Reader::new(origin, loaded).slice(bytes);
}
