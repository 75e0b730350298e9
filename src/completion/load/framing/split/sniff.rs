//! What the beginning of a file tells of its layout: several records, or one whole.

use crate::completion::load::claude_code;
use crate::completion::load::exchange;
use crate::completion::load::formats;
use crate::completion::load::framing::split::{
    FrameStep, Framer, content_start, is_array_of_file, is_between, is_document, trimmed,
};
use crate::completion::load::head::FileHead;
use crate::completion::load::logs::unwrapped;
use crate::completion::load::unsupported;
use crate::json::Limits;

/// What the beginning of a file tells of its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sniff {
    /// Several records, which the framer cuts.
    Records(Framer),
    /// The file has to be read as a whole: one record, a transcript.
    Whole,
    /// An array of records, which [`ArrayCutter`](crate::completion::load::ArrayCutter) cuts.
    Array {
        /// Where its bracket stands.
        start: usize,
    },
    /// More has to be read. There may already be a record.
    More {
        /// What cuts it from what follows, if there is.
        framer: Option<Framer>,
    },
}

/// Tells from the first bytes of a file whether it has several records. `is_all` says that the file has no
/// more than these bytes; its name helps where the content leaves it open (a single line in a `.jsonl`).
pub fn sniff(head: &[u8], is_all: bool, file: &str) -> Sniff {
    let more = |framer| match is_all {
        true => Sniff::Whole,
        false => Sniff::More { framer },
    };
    let start = content_start(head);
    let Some(first_byte) = head.get(start) else {
        return more(None);
    };
    let line = memchr::memchr(b'\n', &head[start..]).map(|length| &head[start..start + length]);
    let is_bare_bracket = *first_byte == b'[' && head[start + 1..].trim_ascii_start().is_empty();
    if !is_all && (is_bare_bracket || (line.is_none() && head.len() < FileHead::BYTES)) {
        return more(None);
    }
    // What is no text, a compressed file above all, has bytes that look like the end of a line.
    let beginning = FileHead::of_part(head, is_all);
    if formats::is_read_whole(head, &beginning) {
        return Sniff::Whole;
    }
    let may_be_other = head.len() < FileHead::BYTES
        && (claude_code::may_be_session(&beginning)
            || unsupported::may_be_tape(beginning.text)
            || exchange::may_be_router_log(&beginning)
            || (!is_all && unwrapped::may_be_of_format(&beginning)));
    if !is_all && (may_be_other || !beginning.is_enough) {
        return more(None);
    }
    let is_one_line = line.is_some_and(|line| is_document(trimmed(line)));
    if *first_byte == b'[' && is_array_of_file(&head[start..]) && !is_one_line {
        return Sniff::Array { start };
    }
    let mut framer = Framer::default();
    match framer.next(head, start, is_all) {
        FrameStep::Record { range, .. } if range.len() > Limits::default().bytes => {
            too_large(&head[start..])
        }
        FrameStep::Record { range, is_line } => {
            let is_more = head[range.end..].iter().any(|byte| !is_between(*byte));
            // The first record is cut anew, by one who knows no more than this.
            let framer = Framer {
                is_lines: is_line,
                ..Framer::default()
            };
            match is_more || (is_all && is_line_format(file)) {
                true => Sniff::Records(framer),
                false => more(Some(framer)),
            }
        }
        _ if head.len() - start > Limits::default().bytes => too_large(&head[start..]),
        _ => more(None),
    }
}

/// What is too large for one record: records whose first was broken off, where the next line is one, a line that
/// whoever cuts records passes over, or else a recording.
fn too_large(head: &[u8]) -> Sniff {
    let mut lines = head.split(|byte| *byte == b'\n');
    let is_too_long = lines
        .next()
        .is_some_and(|line| line.len() > Limits::default().bytes);
    let is_record = lines.next().is_some_and(|line| is_document(trimmed(line)));
    // Of a recording the entries are the records, so that it may be longer, on one line too.
    let is_long_record = is_too_long && !exchange::begins_like_har(FileHead::of(head).text);
    match is_record || is_long_record {
        true => Sniff::Records(Framer {
            is_lines: true,
            is_wary: true,
            ..Framer::default()
        }),
        false => Sniff::Whole,
    }
}

fn is_line_format(file: &str) -> bool {
    let name = file.to_ascii_lowercase();
    let unpacked = [".gz", ".zst", ".br"]
        .iter()
        .find_map(|packed| name.strip_suffix(packed));
    let name = unpacked.unwrap_or(&name);
    [".ndjson", ".jsonl"].iter().any(|end| name.ends_with(end))
}
