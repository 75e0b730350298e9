//! Streams whose events stand from the last to the first.

use super::piece::id_of;
use super::sse::SseEvent;
use super::{chat, chunks, sse};
use crate::completion::load::framing;
use crate::completion::load::signs::Signs;
use crate::json::Value;

/// Whether the events of one stream stand from the last to the first, as log platforms export lines: what ends it stands
/// before all of its text.
pub(super) fn run_backwards(events: &[SseEvent<'_>]) -> bool {
    /// The end, its counts and `[DONE]`.
    const MOST_BEFORE: usize = 3;
    static OF_END: Signs<4> = Signs::of([
        "\"finish_reason\":\"",
        "\"finish_reason\": \"",
        "\"message_stop\"",
        "\"response.completed\"",
    ]);
    let is_end = |event: &SseEvent<'_>| OF_END.any_in(event.data.as_bytes());
    let Some(end) = events.iter().take(MOST_BEFORE).position(is_end) else {
        return false;
    };
    let (Some(next), Some(last)) = (events.get(end + 1), events.last()) else {
        return false;
    };
    if events.len() < end + 3 || is_end(last) || last.data.trim() == sse::DONE {
        return false;
    }
    // What is sent last stands at the end of a stream that stands as it was sent, and what is sent first in its middle where it
    // is another's.
    static USAGE: Signs<1> = Signs::of(["\"usage\":"]);
    static OF_BEGIN: Signs<2> = Signs::of(["\"message_start\"", "\"response.created\""]);
    let has = |event: &SseEvent<'_>, signs: &Signs<1>| signs.any_in(event.data.as_bytes());
    let is_forward = has(last, &USAGE) && !events[..=end].iter().any(|event| has(event, &USAGE));
    let begin = events
        .iter()
        .position(|event| OF_BEGIN.any_in(event.data.as_bytes()));
    let begins_last = begin == Some(events.len() - 1);
    let parse = |event: &SseEvent<'_>| framing::document(event.data.trim().as_bytes());
    let (Some(end), Some(next), Some(last)) = (parse(&events[end]), parse(next), parse(last))
    else {
        return false;
    };
    let [end, next, last] = [&end, &next, &last].map(|doc| chunks::bare(doc.root()));
    let is = |chunk: Value<'_>, kind: &str| {
        chunk
            .get("type")
            .and_then(Value::str)
            .is_some_and(|it| it == kind)
    };
    let is_same = id_of(end).is_some() && id_of(end) == id_of(next) && id_of(end) == id_of(last);
    begins_last && is(end, "message_stop") && is(last, "message_start")
        || begins_last && is(end, "response.completed") && is(last, "response.created")
        || is_same && !is_forward && chat::is_text_of_ended(next, end)
}
