//! Why a value is not stored as it was sent, as far as anybody outside knows. As with the mapping, each rule has a name
//! and a confidence: documented by Raindrop, observed with a real Workshop or client, or assumed.

use super::equality::Likeness;
use super::{Reader, StoredEvent};
use crate::event::Confidence;
use crate::json::Value;

/// What a destination does to some values.
#[derive(Debug, PartialEq, Eq)]
pub struct StorageRule {
    /// A stable name.
    pub name: &'static str,
    /// What it does, in words.
    pub says: &'static str,
    /// How far that is known.
    pub confidence: Confidence,
}

impl StorageRule {
    /// Whether it takes for granted that something else was sent before.
    pub(super) fn is_of_merging(&self) -> bool {
        *self == SINK_MERGED || *self == WORKSHOP_MERGED
    }
}

macro_rules! rules {
    ($($rule:ident $name:literal $confidence:ident $says:literal;)*) => {
        $(
            pub(super) static $rule: StorageRule = StorageRule {
                name: $name,
                says: $says,
                confidence: Confidence::$confidence,
            };
        )*
        /// Every rule.
        pub static RULES: &[&StorageRule] = &[$(&$rule),*];
    };
}

// Observed: with Workshop 0.1.18. Documented: the Query API's reference and the vendor's clients.
rules! {
    WORKSHOP_TIMESTAMP "workshop.timestamp" Observed
        "a Workshop keeps the time at which an event arrived, and not its timestamp";
    WORKSHOP_ATTACHMENTS "workshop.attachments" Observed
        "a Workshop keeps no attachments";
    WORKSHOP_FLAGS "workshop.feature-flags" Observed
        "a Workshop keeps no feature flags";
    WORKSHOP_NUMBERS "workshop.numbers" Observed
        "a Workshop writes properties anew as JavaScript does, numbers in the shortest form";
    WORKSHOP_ROUNDED "workshop.rounded" Observed
        "a Workshop reads numbers as 64-bit floating point, which has no place for all of these digits";
    WORKSHOP_MERGED "workshop.merged-run" Observed
        "a Workshop merges all events of one trace_id into one run, and a later one has replaced this value";
    WORKSHOP_EMPTY "workshop.empty-text" Observed
        "a Workshop does not tell an empty text from none";
    SINK_MERGED "sink.merged-event" Assumed
        "the sink keeps one event of an event_id: another request with this id may have replaced it, or added to it";
    QUERY_TEXT "query-api.properties-as-text" Documented
        "Raindrop's Query API may answer values of properties as text";
    QUERY_ID "query-api.own-id" Assumed
        "the answer has another id than was sent; whether the Query API gives events ids of its own is not known";
    RESPELLED "respelled" Assumed
        "the receiver wrote the value anew: it is spelled in another way and is the same";
    AS_TEXT "as-text" Assumed
        "the receiver wrote the value as text, or a text as what it spells";
    ROUNDED "rounded" Assumed
        "the receiver reads numbers as 64-bit floating point, which has no place for all of these digits";
    CUT_TEXT "cut-text" Documented
        "Raindrop takes 1,000,000 characters of input and output; its clients mark a text that they cut";
    UNEXPLAINED "unexplained" Assumed
        "nothing that is known outside explains it";
    NOT_REMEMBERED "not-remembered" Observed
        "nothing tells when the generation ended, so the time of sending went out, and the history does not have it";
    NOT_KNOWN_AS_SENT "not-remembered.event" Observed
        "what was sent is not remembered, and this is what the completion makes now: it may have been sent with other options, edits or settings";
    UNREADABLE "unreadable" Observed
        "what came back cannot be read as JSON";
}

/// Why a value is not there.
pub(super) fn of_loss(
    stored: &StoredEvent,
    pointer: &str,
    sent: Value<'_>,
) -> Option<&'static StorageRule> {
    let is_empty = sent.str().is_some_and(|text| text.is_empty());
    Some(match (stored.reader, top(pointer)) {
        (Some(Reader::Workshop), "timestamp") => &WORKSHOP_TIMESTAMP,
        (Some(Reader::Workshop), "attachments") => &WORKSHOP_ATTACHMENTS,
        (Some(Reader::Workshop), "feature_flags") => &WORKSHOP_FLAGS,
        (Some(Reader::Workshop), "ai_data") if is_empty => &WORKSHOP_EMPTY,
        (Some(Reader::Workshop), _) if stored.is_merged => &WORKSHOP_MERGED,
        _ => &UNEXPLAINED,
    })
}

/// Why a value is written in another way, or is another one.
pub(super) fn of_change(
    stored: &StoredEvent,
    pointer: &str,
    likeness: Likeness,
) -> Option<&'static StorageRule> {
    let is_property = top(pointer) == "properties";
    Some(match (stored.reader, likeness) {
        (_, Likeness::Same) => return None,
        (_, Likeness::Cut) => &CUT_TEXT,
        (Some(Reader::Workshop), Likeness::Respelled) => &WORKSHOP_NUMBERS,
        (Some(Reader::Workshop), Likeness::Rounded) => &WORKSHOP_ROUNDED,
        (Some(Reader::QueryApi), Likeness::AsText) if is_property => &QUERY_TEXT,
        (_, Likeness::Respelled) => &RESPELLED,
        (_, Likeness::Rounded) => &ROUNDED,
        (_, Likeness::AsText) => &AS_TEXT,
        (Some(Reader::Workshop), Likeness::Other) if stored.is_merged => &WORKSHOP_MERGED,
        (Some(Reader::Sink), Likeness::Other) if pointer != "/event_id" => &SINK_MERGED,
        (Some(Reader::QueryApi), Likeness::Other) if pointer == "/event_id" => &QUERY_ID,
        (_, Likeness::Other) => &UNEXPLAINED,
    })
}

/// The first key of a pointer.
fn top(pointer: &str) -> &str {
    pointer.split('/').nth(1).unwrap_or_default()
}
