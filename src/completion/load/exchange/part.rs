//! What part of a completion a document in a text is, where HTTP's messages and commands stand among others.

use crate::completion::load::formats::{self, CHUNKS, FormatRole};
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::shape;
use crate::json::{Document, Limits};

/// What part of a completion a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Request,
    Answer,
    Chunk,
    Sample,
    /// All that is known of one, in another format.
    Whole,
}

/// What stands at this place of a text, and where it ends.
pub(super) fn part_at(text: &str, at: usize, limits: Limits) -> Option<(Option<Part>, usize)> {
    let end = document_end(text.as_bytes(), at)?;
    let Ok(doc) = Document::parse(text[at..end].into(), limits) else {
        return Some((None, end));
    };
    let root = doc.root();
    if shape::is_sample(root) {
        return Some((Some(Part::Sample), end));
    }
    let part = formats::of_value(root).map(|format| match format.role {
        _ if format.name == CHUNKS => Part::Chunk,
        FormatRole::Request => Part::Request,
        FormatRole::Response | FormatRole::Error => Part::Answer,
        FormatRole::Whole => Part::Whole,
    });
    Some((part, end))
}

/// Whether what stands at this place is a request, and where it ends.
pub(super) fn request_at(text: &str, at: usize, limits: Limits) -> Option<usize> {
    let (part, end) = part_at(text, at, limits)?;
    (part == Some(Part::Request)).then_some(end)
}
