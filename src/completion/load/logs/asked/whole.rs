//! Samples with a whole answer among the records that carry a request: nearly all show by a few words what they are.

use super::OF_CHUNKS;
use crate::completion::load::signs::{self, Signs};

/// Whether a record shows by a few words that it is a sample with a whole answer: it belongs to no other record, and is no
/// request that waits for one.
pub(in crate::completion::load) fn shows_whole_sample(record: &[u8]) -> bool {
    record.starts_with(b"{\"")
        && signs::begins_as_sample(record)
        && answer_of_sample(record)
            .is_some_and(|answer| answer.is_whole || !OF_CHUNKS.any_in(answer.bytes))
}

/// What stands behind the request of a record that names its answer `response` and has choices in it: what was asked is
/// most of such records, and neither a chunk nor anything like one stands in it.
pub(super) struct AnswerOfSample<'r> {
    pub(super) bytes: &'r [u8],
    /// Whether its first choice shows at its beginning that it holds a whole message.
    is_whole: bool,
}

pub(super) fn answer_of_sample(record: &[u8]) -> Option<AnswerOfSample<'_>> {
    /// What may stand in a choice before its message.
    const BEFORE: usize = 256;
    /// Where the response is looked for first. Chosen: longer than most answers.
    const TAIL: usize = 1 << 12;
    static RESPONSE: Signs<1> = Signs::of(["\"response\":"]);
    static CHOICES: Signs<1> = Signs::of(["\"choices\""]);
    const MESSAGE_KEY: &str = "\"message\":";
    static MESSAGE: Signs<1> = Signs::of([MESSAGE_KEY]);
    static DELTA: Signs<1> = Signs::of(["\"delta"]);
    // Most have it near their end, behind a long request. Nothing else is so named without a backslash before its quote.
    let tail = record.len().saturating_sub(TAIL);
    let in_tail = RESPONSE.first_in(&record[tail..]).map(|at| tail + at);
    let bytes = &record[in_tail.or_else(|| RESPONSE.first_in(record))?..];
    let choices = &bytes[CHOICES.first_in(bytes)?..];
    let first = &choices[..choices.len().min(BEFORE)];
    let message = MESSAGE.first_in(first).filter(|at| {
        let behind = first[at + MESSAGE_KEY.len()..].trim_ascii_start();
        behind.starts_with(b"{")
    });
    let is_whole = message.is_some_and(|message| !DELTA.any_in(&first[..message]));
    Some(AnswerOfSample { bytes, is_whole })
}
