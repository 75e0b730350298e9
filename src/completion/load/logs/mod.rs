//! What a log wrote around JSON and transcripts: words before a line, a prefix over several lines, or a
//! record of its own for each line.

pub(super) mod asked;
mod beside;
pub(super) mod chunk;
mod entries;
pub(super) mod expanded;
pub(super) mod item_lines;
pub(super) mod journal;
pub(super) mod log_prefix;
pub(super) mod logline;
pub(super) mod prefixed;
pub(super) mod printed_stream;
pub(super) mod quoted;
pub(super) mod quoted_pieces;
pub(super) mod source_line;
pub(super) mod tabs;
pub(super) mod terminal;
pub(super) mod unwrapped;
pub(super) mod wrapped;
