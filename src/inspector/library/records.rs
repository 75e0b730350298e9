//! What an entry of the list is made of: a completion, or the bytes of a record that are parsed when they are looked at.

use std::sync::Arc;

use crate::completion::load::{self, Loaded, Problem};
use crate::completion::{Completion, Origin};
use crate::json::Position;
use crate::mapping;

/// Some records of a file, as they stand there.
#[derive(Debug)]
pub struct Block {
    /// The file's name for people.
    pub file: Arc<str>,
    /// The bytes.
    pub bytes: Box<[u8]>,
}

/// A record that has not been parsed yet. Small, since there may be hundreds of thousands.
#[derive(Debug, Clone)]
pub struct RawRecord {
    /// The bytes it is among.
    pub block: Arc<Block>,
    /// Its first byte within the block.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// Its byte offset in the file.
    pub offset: u64,
    /// Its line in the file, from 1.
    pub line: u32,
    /// Its column in that line, from 1.
    pub column: u32,
    /// Which record of the file it is, from 1.
    pub record: u32,
    /// The other record about the same generation: what OpenRouter delivered of the call, or the call.
    pub second: Option<Box<RawRecord>>,
}

/// A record that was handed on unread and holds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRecord {
    /// The source that it is of.
    pub source: u32,
    /// Why it holds nothing, and where it stands.
    pub problem: Problem,
}

impl RawRecord {
    /// As it stands in its file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.block.bytes[self.start as usize..self.end as usize]
    }

    fn origin(&self) -> Origin {
        Origin {
            file: self.block.file.clone(),
            offset: usize::try_from(self.offset).unwrap_or(usize::MAX),
            position: Position {
                line: self.line as usize,
                column: self.column as usize,
            },
            record: self.record as usize,
        }
    }

    /// What it holds, together with its second record where it has one.
    #[must_use]
    pub fn read(&self) -> Loaded {
        let mut loaded = Loaded::default();
        load::load_slice(self.bytes(), &self.origin(), &mut loaded);
        if let Some(second) = &self.second {
            let second = second.read();
            match joined(&loaded, &second) {
                Some(joined) => loaded.completions = vec![joined],
                None => loaded.extend(second),
            }
        }
        loaded
    }
}

/// A call with what was delivered of it, where the two are that, in either order.
fn joined(one: &Loaded, other: &Loaded) -> Option<Completion> {
    let ([one], [other]) = (&*one.completions, &*other.completions) else {
        return None;
    };
    match mapping::is_delivery(one) {
        true => other.with_delivery(one),
        false => one.with_delivery(other),
    }
}

/// What is there of an entry: a completion, a record with what was read of it while that is kept, or why there is none.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    Ready(Arc<Completion>),
    Raw(RawRecord, Option<Arc<Completion>>),
    Broken(Problem),
}

impl Slot {
    /// The file it stands in.
    pub(super) fn file(&self) -> &Arc<str> {
        match self {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => &completion.origin.file,
            Slot::Raw(record, None) => &record.block.file,
            Slot::Broken(problem) => &problem.file,
        }
    }
}
