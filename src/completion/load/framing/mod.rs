//! Where one record of a file ends and the next begins, told from the bytes alone: lines, documents over
//! several lines, items of an array.

pub(super) mod items;
pub(super) mod lines;
pub(super) mod scan;
pub(super) mod split;

pub(crate) use items::cut_off;
pub use items::{ArrayCutter, ArrayItem, ArrayStep};
pub use lines::LineRecords;
pub use split::{FrameStep, Framer, Sniff, is_blank, sniff, text_start};

use std::sync::Arc;

use crate::json::{Document, Limits};

/// The document that a record's bytes are, if they are one.
pub(super) fn document(record: &[u8]) -> Option<Document> {
    let text = std::str::from_utf8(record).ok()?;
    Document::parse(Arc::from(text), Limits::default()).ok()
}
