//! What shows in the bytes of a file that a completion may be recorded in it, without reading them: so that a folder's other
//! files are not looked at as broken recordings.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::head::FileHead;
use crate::completion::generation_id;

/// Whether bytes have anything in them that completions have: of a request, an answer, a delivery or a record.
pub(crate) fn may_hold_completion(bytes: &[u8]) -> bool {
    const SIGNS: [&str; 13] = [
        "\"choices",
        "\"messages",
        "\"request\"",
        "\"gen-",
        "'gen-",
        "openrouter",
        "OpenRouter",
        "OPENROUTER",
        "chat.completion",
        "resourceSpans",
        "\"stop_reason",
        "\"output_text",
        "\"response.",
    ];
    static FINDERS: LazyLock<[Finder<'_>; 13]> = LazyLock::new(|| SIGNS.map(Finder::new));
    FINDERS.iter().any(|finder| finder.find(bytes).is_some()) || names_generation(bytes)
}

/// Whether a generation's id stands in them that nobody wrote by hand.
pub(crate) fn names_generation(bytes: &[u8]) -> bool {
    generation_id::recorded_in(bytes).is_some()
}

/// Whether they begin as data does that was recorded: JSON, a stream, HTTP.
pub(crate) fn begins_as_recording(bytes: &[u8]) -> bool {
    let head = FileHead::of(bytes);
    let starts = ["{\"", "[{", "data:", "event:", ": OPENROUTER", "HTTP/"];
    starts.iter().any(|start| head.text.starts_with(start)) && may_hold_completion(bytes)
}
