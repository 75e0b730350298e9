//! An answer and, right behind it, OpenRouter's own record of the same generation, as programs write both that ask for the
//! record after each answer: the two are one record.

use std::ops::Range;

use super::edge::leading;
use super::{FrameStep, Framer, more};
use crate::completion::generation_id;
use crate::completion::load::signs::Signs;

/// How far into a record the id stands that it is of.
const HEAD: usize = 256;
/// No record of a generation is longer.
const LONGEST: usize = 1 << 16;

/// A longer answer is not kept waiting: it may be as long as a record may be.
const LONGEST_HELD: usize = 1 << 20;

/// What stands behind a record.
enum Behind {
    /// Something else, or nothing.
    Other,
    /// The record of its generation, which ends here.
    Own(usize),
    /// More has to come to tell.
    More,
}

impl Framer {
    /// Makes it wait for what stands behind an answer, as can be done where nobody waits for the answer.
    pub fn wait(&mut self, waits: bool) {
        self.waits = waits;
    }

    /// The next record, as [`Framer::next`] gives it, together with the record of its generation behind it.
    pub fn next_together(&mut self, bytes: &[u8], from: usize, is_all: bool) -> FrameStep {
        let (range, is_line) = match self.held.take() {
            Some((length, is_line)) => {
                let start = from + leading(&bytes[from..]);
                (start..start + length, is_line)
            }
            None => match self.next(bytes, from, is_all) {
                FrameStep::Record { range, is_line } => (range, is_line),
                step => return step,
            },
        };
        match self.behind(bytes, &range, is_all) {
            Behind::Other => FrameStep::Record { range, is_line },
            Behind::Own(end) => FrameStep::Record {
                range: range.start..end,
                is_line: false,
            },
            Behind::More => {
                self.held = Some((range.len(), is_line));
                more(bytes, range.start)
            }
        }
    }

    fn behind(&self, bytes: &[u8], range: &Range<usize>, is_all: bool) -> Behind {
        let at = range.end + leading(&bytes[range.end..]);
        let next = &bytes[at..];
        let is_long = next.len() > LONGEST || range.len() > LONGEST_HELD;
        let wait = match is_all || !self.waits || is_long {
            true => Behind::Other,
            false => Behind::More,
        };
        if next.len() < HEAD && matches!(wait, Behind::More) {
            return wait;
        }
        let id = generation_id::recorded_in(&next[..next.len().min(HEAD)]);
        let record = &bytes[range.clone()];
        let is_its = |id: &str| memchr::memmem::find(record, id.as_bytes()).is_some();
        if !id.is_some_and(is_its) || is_own_record(record) {
            return Behind::Other;
        }
        let mut framer = Framer {
            is_lines: self.is_lines,
            ..Framer::default()
        };
        match framer.one(bytes, at, is_all) {
            FrameStep::Record { range, .. } if is_own_record(&bytes[range.clone()]) => {
                Behind::Own(range.end)
            }
            FrameStep::More { .. } => wait,
            _ => Behind::Other,
        }
    }
}

/// What the record that OpenRouter keeps of a generation has.
static OWN: Signs<2> = Signs::of(["\"native_tokens_prompt\"", "\"generation_time\""]);

/// Whether a record is one that OpenRouter keeps of a generation, and nothing of the call stands beside it.
fn is_own_record(record: &[u8]) -> bool {
    static CALL: Signs<3> = Signs::of(["\"choices\"", "\"messages\"", "\"request\":"]);
    record.len() <= LONGEST && OWN.any_in(record) && !CALL.any_in(record)
}

/// Where the record begins of a generation whose answer stands before it, in a text that is both.
pub(in crate::completion::load) fn own_record_in(text: &str) -> Option<usize> {
    let bytes = text.trim_end().as_bytes();
    let tail = &bytes[bytes.len().saturating_sub(LONGEST)..];
    if !OWN.any_in(tail) {
        return None;
    }
    let mut framer = Framer::default();
    let FrameStep::Record { range, .. } = framer.next(bytes, 0, true) else {
        return None;
    };
    match framer.behind(bytes, &range, true) {
        Behind::Own(end) if end == bytes.len() => Some(range.end + leading(&bytes[range.end..])),
        _ => None,
    }
}
