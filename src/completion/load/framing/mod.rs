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
