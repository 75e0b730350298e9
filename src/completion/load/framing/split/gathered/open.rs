//! A stream whose end was not there yet, in the lines of a log or as a transcript.

use crate::completion::load::consecutive;
use crate::completion::load::logs::chunk::{self, Logged};
use crate::completion::load::streams::{chunks, sse};

/// A stream of which each chunk is logged on a line, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoggedRun {
    pub(super) of: Logged,
    /// Whether nothing but its chunks can be taken for them, whatever calls stand between: they name their generation, or
    /// each stream of its API begins with an event of its own.
    pub(super) is_told: bool,
    /// Whether its last line says that it ends.
    pub(super) is_ended: bool,
}

impl LoggedRun {
    pub(super) fn begin(record: &[u8]) -> Option<(LoggedRun, String)> {
        let (of, text) = Logged::begin_with_text(record)?;
        let json = text.trim();
        let json = json.strip_prefix("data:").unwrap_or(json).trim();
        let id = consecutive::id_of_chunk(json.as_bytes());
        let is_chat = memchr::memmem::find(json.as_bytes(), b"\"choices\"").is_some();
        let is_told = id.is_some() || !is_chat;
        let run = LoggedRun {
            of,
            is_told,
            is_ended: chunk::says_end(record),
        };
        Some((run, text))
    }
}

/// A transcript whose end was not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenTranscript {
    /// The generation that it names.
    pub(super) id: Option<String>,
    /// How many others may stand between it and what follows: the more, the longer it has gone on, so that the time stays
    /// linear.
    pub(super) most_between: usize,
}

impl OpenTranscript {
    /// That which a record is.
    pub(super) fn of(record: &[u8], is_line: bool) -> Option<OpenTranscript> {
        if is_line {
            return None;
        }
        let text = std::str::from_utf8(record).ok()?;
        let is_open = sse::is_transcript(text) && !is_ended(text);
        is_open.then(|| OpenTranscript {
            id: id_of(text),
            most_between: most_between(text),
        })
    }

    /// Whether a record goes on with it.
    pub(super) fn takes(&self, record: &[u8], is_line: bool) -> bool {
        let Ok(text) = std::str::from_utf8(record) else {
            return false;
        };
        if is_line || !sse::is_transcript(text) {
            return false;
        }
        let id = id_of(text);
        !chunks::begins_another(text) && (id.is_none() || self.id.is_none() || id == self.id)
    }
}

/// Whether a line brings of a stream what is no chunk behind words that end with this one, or is a blank of it.
pub(super) fn is_field(line: &[u8], word: &str) -> bool {
    chunk::word_of_field(line).is_some()
        || (!word.is_empty()
            && !line.contains(&b'{')
            && line.trim_ascii_end().ends_with(word.as_bytes()))
}

/// Whether a record is pieces of a transcript that brings chunks, on lines of their own.
pub(super) fn is_chunks(record: &[u8], is_line: bool) -> bool {
    !is_line && memchr::memchr(b'{', record).is_some()
}

/// How many others may stand behind a piece of a transcript.
pub(super) fn most_between(text: &str) -> usize {
    /// For each line.
    const MOST: usize = 64;
    /// Of all.
    const LONGEST: usize = 1 << 14;
    ((text.lines().count() + 1) * MOST).min(LONGEST)
}

/// Whether a transcript says its end.
pub(super) fn is_ended(text: &str) -> bool {
    let mut data = text.lines().rev().filter_map(sse::data_of);
    data.next().is_some_and(|data| chunks::is_end(data.trim()))
}

/// Whether a stream names its generation at its beginning, as a transcript or with a chunk on each line.
pub(in crate::completion::load::framing) fn names_generation(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let first = text.lines().next().unwrap_or_default().trim();
    id_of(text).is_some()
        || chunk::json_of(first.as_bytes())
            .is_some_and(|json| consecutive::id_of_chunk(json.as_bytes()).is_some())
}

/// The generation that a transcript names at its beginning.
pub(super) fn id_of(text: &str) -> Option<String> {
    /// Events that are looked at.
    const LOOKED_AT: usize = 4;
    let mut data = text.lines().filter_map(sse::data_of).take(LOOKED_AT);
    data.find_map(|data| consecutive::id_of_chunk(data.trim().as_bytes()))
}
