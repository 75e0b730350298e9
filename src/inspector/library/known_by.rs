//! What a completion is known by when its source is read again: the bytes of its record, the generation it tells of, what
//! it holds itself.

use std::collections::{HashMap, HashSet};

use memchr::{memchr2, memmem};
use ring::digest::{SHA256, digest};

use super::RawRecord;
use super::records::Slot;
use crate::completion::{Completion, generation_id};
use crate::mapping;

/// What a record or a completion holds, as a digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Content {
    pub(super) length: usize,
    digest: Box<[u8]>,
}

impl Content {
    pub(super) fn of(bytes: &[u8]) -> Content {
        Content {
            length: bytes.len(),
            digest: digest(&SHA256, bytes).as_ref().into(),
        }
    }
}

/// What a completion is known by, wherever it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownBy {
    /// What its record holds.
    pub(super) record: Option<Content>,
    /// How many records with the same content stood before it.
    pub(super) rank: usize,
    /// Its generation, where no other record of the source told of the same one.
    pub(super) generation: Option<String>,
    /// What it holds itself, where it tells no generation.
    pub(super) completion: Option<Content>,
    /// Whether its source held nothing else, and it told no generation, or is that source whatever it tells.
    pub(super) is_alone: bool,
    /// What it was called on screen.
    pub(super) name: String,
}

impl Slot {
    /// The bytes of its record, or of what was read of it where those are not kept.
    pub(super) fn content(&self) -> Option<&[u8]> {
        match self {
            Slot::Ready(completion) => Some(completion.document().text().as_bytes()),
            Slot::Raw(record, _) => Some(record.bytes()),
            Slot::Broken(_) => None,
        }
    }

    /// Hands on each of its completions, read now if they were not yet.
    pub(super) fn with_completions(&self, mut each: impl FnMut(&Completion)) {
        match self {
            Slot::Ready(completion) | Slot::Raw(_, Some(completion)) => each(completion),
            Slot::Raw(record, None) => record.read().completions.iter().for_each(each),
            Slot::Broken(_) => {}
        }
    }

    /// Its generation, where it tells one.
    pub(super) fn generation(&self) -> Option<String> {
        if let Slot::Raw(record, None) = self
            && ids_in(record).next().is_none()
        {
            return None;
        }
        let mut found = None;
        self.with_completions(|completion| {
            found = found.take().or_else(|| mapping::generation_id(completion));
        });
        found
    }

    /// The generations that it tells, as far as they are among these.
    pub(super) fn generations(&self, wanted: &HashSet<String>) -> Vec<String> {
        let is_wanted = |record: &RawRecord| ids_in(record).any(|id| wanted.contains(id));
        if matches!(self, Slot::Raw(record, _) if !is_wanted(record)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        self.with_completions(|completion| {
            found.extend(mapping::generation_id(completion).filter(|id| wanted.contains(id)));
        });
        found
    }
}

/// What may be a generation's id in a record and its second one.
pub(super) fn ids_in(record: &RawRecord) -> impl Iterator<Item = &str> {
    let second = record.second.as_deref();
    [Some(record), second]
        .into_iter()
        .flatten()
        .flat_map(|record| {
            let bytes = record.bytes();
            memmem::find_iter(bytes, generation_id::PREFIX.as_bytes()).filter_map(move |at| {
                // What a quoted text goes on with is no id, however often it begins like one.
                let rest = &bytes[at..bytes.len().min(at + generation_id::LONGEST + 1)];
                let length = memchr2(b'"', b'\\', rest)?;
                std::str::from_utf8(&rest[..length]).ok()
            })
        })
}

/// The places of all that hold the same, for each content that is looked for.
pub(super) fn places_by_content<'e>(
    slots: impl Iterator<Item = (usize, Option<&'e [u8]>)>,
    wanted: &HashSet<usize>,
) -> HashMap<Content, Vec<usize>> {
    let mut places: HashMap<Content, Vec<usize>> = HashMap::new();
    for (place, content) in slots {
        // Most are told apart by their length, so that no more than a few are digested.
        if let Some(content) = content.filter(|content| wanted.contains(&content.len())) {
            places.entry(Content::of(content)).or_default().push(place);
        }
    }
    places
}

/// The places of all that tell of a generation, for each that is looked for.
pub(super) fn places_by_generation<'e>(
    slots: impl Iterator<Item = (usize, &'e Slot)>,
    wanted: &HashSet<String>,
) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    if !wanted.is_empty() {
        for (place, slot) in slots {
            for id in slot.generations(wanted) {
                places.entry(id).or_default().push(place);
            }
        }
    }
    places
}
