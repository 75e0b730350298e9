//! What a record has beside the line of a log that it holds: nothing that matters, or a completion of its own.

use crate::completion::load::inside;
use crate::completion::load::shape;
use crate::completion::load::signs::Signs;
use crate::completion::load::streams::chunks;
use crate::json::{Kind, Value};

/// How deep in a record the string may stand that holds the line.
pub(super) const DEEPEST: usize = 3;

/// Whether a record has nothing beside its line that could be of a completion.
pub(super) fn is_alone(root: Value<'_>, string: Value<'_>) -> bool {
    /// No completion is that short in base64.
    const SHORTEST: usize = 64;
    let (whole, start) = (root.raw().as_bytes(), root.span().start);
    let line = string.span().start - start..string.span().end - start;
    let is_packed = |value: Value<'_>| {
        value
            .raw_str()
            .is_some_and(|raw| raw.len() >= SHORTEST && inside::is_body_in_base64(value, raw))
    };
    let outside = [&whole[..line.start], &whole[line.end..]];
    let has_packed = || {
        outside.iter().any(|part| PACKED.any_in(part))
            && root
                .descendants()
                .any(|value| value != string && is_packed(value))
    };
    !outside.iter().any(|part| OTHERS.any_in(part)) && !holds_exchange(root) && !has_packed()
}

/// Members that are of a completion, as they stand and in a string that holds JSON.
pub(super) static OTHERS: Signs<13> = Signs::of([
    "\"choices\"",
    "\"choices\\",
    "\"delta\"",
    "\"delta\\",
    "\"messages\"",
    "\"messages\\",
    "\"request\"",
    "\"request\\",
    "\"response",
    "\"content_block",
    "\"message_",
    "\"stop_reason",
    "native_tokens_",
]);

/// How a string begins that may hold one in base64, and what says that one does.
static PACKED: Signs<9> = Signs::of([
    "\"eyJ",
    "\"eyA",
    "\"ewo",
    "\"ICAg",
    "\"CiAg",
    "\"Cgo",
    "\"ZGF0YTo",
    "\"OiBP",
    "\"isBase64Encoded\"",
]);

/// Whether a record holds a request or an answer, as far down as a line may stand.
pub(super) fn holds_exchange(root: Value<'_>) -> bool {
    let is_part = |value: Value<'_>| {
        value.kind() == Kind::Object && (shape::is_request(value) || shape::is_answer(value))
    };
    let mut values = root.descendants().filter(|value| depth(*value) <= DEEPEST);
    values.any(|value| is_part(value) && !chunks::is_chunk(value))
}

/// In how many containers a value stands.
pub(super) fn depth(value: Value<'_>) -> usize {
    std::iter::successors(value.parent(), |value| value.parent()).count()
}
