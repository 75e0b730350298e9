//! This program's own envelope: an object with a request, a response, a record, a delivery, and what stands in and beside
//! them.

use super::{
    are_messages, asked_beside, asks_without_model, is_answer, is_error_body, is_record,
    is_request, is_response, is_response_beside,
};
use crate::completion::load::streams::assemble::is_stream;
use crate::completion::load::streams::chunks;
use crate::completion::load::streams::sse::is_transcript;
use crate::completion::load::{delivery, exchange, llm};
use crate::json::{Kind, Value};

/// Whether a value is this program's own envelope, with a response that is recognisably one or, where there
/// is none, with another part that is.
pub(in crate::completion::load) fn is_sample(value: Value<'_>) -> bool {
    let Some(parts) = EnvelopeParts::of(value) else {
        return false;
    };
    let has_request = parts.request.is_some_and(is_request_part);
    match parts.response {
        Some(_) if !has_request && exchange::keeps_request_elsewhere(value) => false,
        Some(_) if keeps_request_beside(value, &parts) => false,
        None => {
            parts.request.is_some_and(is_request_sent)
                || parts.generation.is_some_and(is_record)
                || parts.delivery.is_some_and(is_delivery_part)
                || is_capture(value)
        }
        Some(response) => match response.kind() {
            Kind::Array => chunks::text_of_list(response).is_some(),
            Kind::Object => {
                let may_be_one =
                    || is_error_body(response) || (has_request && is_response_beside(response));
                is_answer(response) || (may_be_one() && answer_within(response).is_none())
            }
            // An entry of llm's log has the answer's text there, which may look like anything.
            Kind::String if llm::is_entry(value) => false,
            Kind::String => is_text_of_response(response),
            _ => false,
        },
    }
}

/// Whether a value is an envelope that holds a response and nothing else of its exchange.
pub(in crate::completion::load) fn has_response_alone(value: Value<'_>) -> bool {
    EnvelopeParts::of(value).is_some_and(|parts| {
        parts.response.is_some()
            && parts.request.is_none()
            && parts.generation.is_none()
            && parts.delivery.is_none()
    })
}

/// Whether a sample is a request without its response beside which a search may find one, since it has members
/// that are not the envelope's.
pub(in crate::completion::load) fn may_be_answered_elsewhere(sample: Value<'_>) -> bool {
    const OF_SAMPLE: [&str; 14] = [
        "name",
        "request",
        "response",
        "headers",
        "response_headers",
        "generation",
        "content",
        "activity",
        "delivery",
        "measured",
        "captured",
        "duration_ms",
        "completed_at",
        "recorded_at",
    ];
    const OF_OTHER_SOURCES: [&str; 5] =
        ["generation", "delivery", "content", "activity", "captured"];
    let has = |key: &&str| sample.get_some(key).is_some();
    let may_hold = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        !OF_SAMPLE.contains(&key) && (member.kind().is_container() || member.kind() == Kind::String)
    };
    !has(&"response") && !OF_OTHER_SOURCES.iter().any(has) && sample.children().any(may_hold)
}

/// The answer that a response wraps which is none itself: `{"data": {…}, "error": …}`. What a provider said
/// within the error is no answer.
pub(in crate::completion::load) fn answer_within(response: Value<'_>) -> Option<Value<'_>> {
    /// Wrappers within wrappers.
    const LEVELS: usize = 4;
    fn find(value: Value<'_>, level: usize) -> Option<Value<'_>> {
        if value.kind() == Kind::Object && is_answer(value) {
            return Some(value);
        }
        let mut inside = value.children().filter(|child| {
            child.kind().is_container() && child.raw_key() != Some("error") && level < LEVELS
        });
        inside.find_map(|child| find(child, level + 1))
    }
    find(response, 0).filter(|answer| answer.id() != response.id())
}

/// Whether what stands as the response to a known request can be read as one.
pub(in crate::completion::load) fn has_meaning(response: Value<'_>) -> bool {
    match response.kind() {
        Kind::Object => is_response(response) || is_response_beside(response),
        Kind::Array => chunks::text_of_list(response).is_some(),
        Kind::String => is_text_of_response(response),
        _ => false,
    }
}

/// Whether a string begins as a response does: JSON, or a stream.
fn is_text_of_response(string: Value<'_>) -> bool {
    /// The beginning of a transcript; nearly every such string shows there what it is.
    const HEAD: usize = 64;
    let begins_as_one = |text: &str| text.trim_start().starts_with('{') || is_transcript(text);
    begins_as_one(&string.preview(HEAD)) || string.str().is_some_and(|text| is_stream(&text))
}

/// Whether a record with a response keeps the request somewhere else than under `request`: it is more than
/// a response with something around it.
fn keeps_request_beside(value: Value<'_>, parts: &EnvelopeParts<'_>) -> bool {
    let is_alone = parts.request.is_none();
    is_alone
        && (exchange::keeps_request_elsewhere(value)
            || is_request(value)
            || asks_without_model(value)
            || asked_beside(value).is_some()
            || (parts.generation.is_none() && parts.delivery.is_none() && has_request_in(value)))
}

/// Whether a member of a record is a request, as it is or in a string, whatever it is called there.
fn has_request_in(value: Value<'_>) -> bool {
    const OF_RESPONSE: [&str; 3] = ["response", "headers", "response_headers"];
    let is_one = |member: Value<'_>| match member.kind() {
        Kind::Object => is_request(member),
        Kind::String => {
            let text = member.raw_str().unwrap_or_default();
            let is_object = text.trim_start().starts_with('{');
            let asks = ["messages", "prompt", "input"]
                .iter()
                .any(|key| text.contains(key));
            is_object && asks && text.contains("model")
        }
        _ => false,
    };
    value.children().any(|member| {
        !OF_RESPONSE.contains(&member.raw_key().unwrap_or_default()) && is_one(member)
    })
}

/// Whether a value is an envelope whose response is nothing that could hold one, not even as HTTP has it.
pub(in crate::completion::load) fn is_unreadable_sample(value: Value<'_>) -> bool {
    const OF_HTTP: [&str; 7] = [
        "status",
        "status_code",
        "statusCode",
        "headers",
        "body",
        "data",
        "raw",
    ];
    response_without_meaning(value)
        .is_some_and(|response| !OF_HTTP.iter().any(|key| response.get(key).is_some()))
}

/// The response of the envelope where it stands beside a request, or beside a request's members, and is
/// nothing that can be read as one.
pub(in crate::completion::load) fn response_without_meaning(value: Value<'_>) -> Option<Value<'_>> {
    let parts = EnvelopeParts::of(value)?;
    let response = parts.response?;
    let is_empty = response.kind().is_container() && response.is_empty();
    let is_asked = parts.request.is_some_and(is_request_sent) || is_request(value);
    (is_asked && !is_empty && !has_meaning(response)).then_some(response)
}

/// The parts of the envelope that are not `null`, looked up in one pass.
struct EnvelopeParts<'d> {
    request: Option<Value<'d>>,
    response: Option<Value<'d>>,
    generation: Option<Value<'d>>,
    delivery: Option<Value<'d>>,
}

impl<'d> EnvelopeParts<'d> {
    fn of(value: Value<'d>) -> Option<EnvelopeParts<'d>> {
        if value.kind() != Kind::Object {
            return None;
        }
        let mut parts = EnvelopeParts {
            request: None,
            response: None,
            generation: None,
            delivery: None,
        };
        for member in value.children() {
            let part = match member.raw_key().unwrap_or_default() {
                "request" => &mut parts.request,
                "response" => &mut parts.response,
                "generation" => &mut parts.generation,
                "delivery" => &mut parts.delivery,
                _ => continue,
            };
            *part = Some(member).filter(|member| !member.is_null());
        }
        Some(parts)
    }
}

/// Whether a value is what a proxy of ours kept of an exchange, be it without its bodies.
fn is_capture(value: Value<'_>) -> bool {
    let captured = value.get("captured");
    captured.is_some_and(|captured| {
        captured.get("number").is_some() && captured.get("ending").is_some()
    })
}

/// Whether what stands as `delivery` is one: the payload, or the plain form that it is loaded into.
fn is_delivery_part(value: Value<'_>) -> bool {
    let is_object = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::Object);
    delivery::is_payload(value) || (is_object("attributes") && value.get("spans").is_some())
}

/// Whether what stands as `request` is a request body: an object, or one in a string.
fn is_request_part(value: Value<'_>) -> bool {
    const KEYS: [&str; 6] = ["messages", "prompt", "input", "model", "models", "user"];
    match value.kind() {
        Kind::Object => value
            .children()
            .any(|member| KEYS.contains(&member.raw_key().unwrap_or_default())),
        Kind::String => value
            .str()
            .is_some_and(|text| text.trim_start().starts_with('{')),
        Kind::Array => are_messages(value),
        _ => false,
    }
}

/// Whether what stands as `request` is surely a request body: it asks for something.
fn is_request_sent(value: Value<'_>) -> bool {
    let is_list = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::Array);
    match value.kind() {
        Kind::Object => is_request(value) || is_list("messages"),
        _ => is_request_part(value),
    }
}

/// Whether all that is known of a completion is an answer's text, without anything that each recorded one has.
pub(in crate::completion::load) fn is_text_alone(root: Value<'_>) -> bool {
    let is_known = |member: Value<'_>| !member.is_null() && member.raw_key() != Some("response");
    !root.children().any(is_known) && root.get("response").is_some_and(is_answer_of_text_alone)
}

/// Whether an answer has nothing but its text: neither an id, a model nor usage, one of which each recorded one has.
pub(in crate::completion::load) fn is_answer_of_text_alone(response: Value<'_>) -> bool {
    const OF_ONE: [&str; 9] = [
        "id", "object", "model", "usage", "created", "provider", "error", "output", "type",
    ];
    !OF_ONE.iter().any(|key| response.get(key).is_some())
}
