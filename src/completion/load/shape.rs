//! What a JSON value is, told by its members alone: a request, a response, a generation record, a sample.
//!
//! Each has a strict form for a value found anywhere, since many things in the world have an `output`, a
//! `usage` or a `response`, and none of them may become an event.

mod errors;

pub(super) use errors::{
    is_error_body, is_error_of_openrouter, is_error_of_record, is_error_of_service, is_refusal,
};

use super::streams::assemble::is_stream;
use super::streams::chunks;
use super::streams::sse::is_transcript;
use super::{delivery, exchange, llm, unsupported};
use crate::completion::generation_id;
use crate::json::{Kind, Value};

pub(super) const EXPECTED: &str = "a sample (`request`, `response`), a chat completion, a Responses or Messages object, \
     a request body, a generation record, a Broadcast delivery (`resourceSpans`) or a HAR recording";

/// Whether a value is this program's own envelope, with a response that is recognisably one or, where there
/// is none, with another part that is.
pub(super) fn is_sample(value: Value<'_>) -> bool {
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
pub(super) fn has_response_alone(value: Value<'_>) -> bool {
    EnvelopeParts::of(value).is_some_and(|parts| {
        parts.response.is_some()
            && parts.request.is_none()
            && parts.generation.is_none()
            && parts.delivery.is_none()
    })
}

/// Whether a sample is a request without its response beside which a search may find one, since it has members
/// that are not the envelope's.
pub(super) fn may_be_answered_elsewhere(sample: Value<'_>) -> bool {
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
pub(super) fn answer_within(response: Value<'_>) -> Option<Value<'_>> {
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
pub(super) fn has_meaning(response: Value<'_>) -> bool {
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
pub(super) fn is_unreadable_sample(value: Value<'_>) -> bool {
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
pub(super) fn response_without_meaning(value: Value<'_>) -> Option<Value<'_>> {
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

/// Whether an object is a request body, whatever stands around it.
pub(super) fn is_request(value: Value<'_>) -> bool {
    let is_list = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::Array);
    let is_some = |key: &str| value.get_some(key).is_some();
    if !["model", "models", "preset"].into_iter().any(is_some) {
        return false;
    }
    let is_text = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::String);
    let asks = is_list("messages") || is_list("input") || is_text("input") || is_text("prompt");
    // What was made of a response that stands beside it is no other answer.
    let is_answered = || value.get("response").is_some_and(is_answer);
    asks && (!has_answer_of_its_own(value) || is_answered())
}

/// Whether an object keeps what was answered beside what was asked, as observations and logs do that are not
/// OpenRouter's: neither a request, nor one whose answer is missing.
fn has_answer_of_its_own(value: Value<'_>) -> bool {
    const ANSWERS: [&str; 7] = [
        "output",
        "outputs",
        "completion",
        "answer",
        "reply",
        "output_message",
        "generated_text",
    ];
    ANSWERS.iter().any(|key| {
        let is_something = |answer: &Value| !answer.is_empty() || answer.raw().len() > 2;
        let answer = value.get_some(key).filter(is_something);
        answer.is_some_and(|answer| !is_response(answer) && !may_hold_response(answer))
    })
}

/// Whether something may have a response of one of the APIs in it, so that a search has to tell.
pub(super) fn may_hold_response(value: Value<'_>) -> bool {
    const MARKS: [&str; 3] = ["choices", "native_finish_reason", "stop_reason"];
    let raw = value.raw().as_bytes();
    MARKS
        .iter()
        .any(|mark| memchr::memmem::find(raw, mark.as_bytes()).is_some())
}

/// Whether a request body has a member of this name, so that it is the request's own where others stand
/// beside it.
pub(super) fn is_of_request(key: &str) -> bool {
    const KEYS: [&str; 48] = [
        "messages",
        "prompt",
        "input",
        "instructions",
        "system",
        "model",
        "models",
        "preset",
        "provider",
        "plugins",
        "transforms",
        "route",
        "user",
        "session_id",
        "trace",
        "metadata",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
        "top_k",
        "top_a",
        "min_p",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "response_format",
        "text",
        "reasoning",
        "reasoning_effort",
        "thinking",
        "stop",
        "stop_sequences",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "repetition_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "modalities",
        "image_config",
        "prediction",
        "service_tier",
        "extra_body",
    ];
    KEYS.contains(&key)
}

/// Whether an object is a response body of any API, whatever stands around it.
pub(super) fn is_response(value: Value<'_>) -> bool {
    is_answer(value) || is_error_body(value)
}

/// Whether an object is what one of the APIs answers where it generated something.
pub(super) fn is_answer(value: Value<'_>) -> bool {
    is_chat(value) || is_responses(value) || is_message(value)
}

/// Whether an object that stands as the response to a known request can be read as one.
pub(super) fn is_response_beside(value: Value<'_>) -> bool {
    let list = |key: &str| value.get(key).filter(|v| v.kind() == Kind::Array);
    let is = |key: &str, expected: &str| text(value, key).is_some_and(|t| t == expected);
    let has_type = |item: Value<'_>| item.get("type").is_some();
    let message = value.get("error").and_then(|error| error.get("message"));
    if unsupported::of_another_api(value).is_some() {
        return false;
    }
    list("choices").is_some()
        || list("output").is_some_and(|output| output.children().all(has_type))
        || message.is_some()
        || is_named_generation(value)
        || is("object", "chat.completion")
        || is("object", "chat.completion.chunk")
        || is("object", "response")
        || is("type", "message")
}

/// Whether an object has a generation's id and nothing beside it that an answer of these APIs doesn't have: other APIs of
/// OpenRouter (embeddings, speech, films, rerank) name their answers alike.
fn is_named_generation(value: Value<'_>) -> bool {
    const OF_ANSWER: [&str; 50] = [
        "id",
        "object",
        "type",
        "role",
        "status",
        "created",
        "created_at",
        "completed_at",
        "model",
        "provider",
        "usage",
        "cost",
        "system_fingerprint",
        "service_tier",
        "finish_reason",
        "native_finish_reason",
        "stop_reason",
        "stop_sequence",
        "choices",
        "content",
        "container",
        "context_management",
        "output",
        "output_text",
        "error",
        "background",
        "conversation",
        "frequency_penalty",
        "incomplete_details",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "openrouter_metadata",
        "parallel_tool_calls",
        "presence_penalty",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "reasoning",
        "safety_identifier",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    ];
    let is_of_answer = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        // A Responses answer says there in what form its text is.
        let is_text = key == "text" && member.kind() == Kind::String;
        member.is_null() || OF_ANSWER.contains(&key) && !is_text
    };
    let is_named = text(value, "id").is_some_and(|id| generation_id::is_one(&id));
    is_named && (value.children().all(is_of_answer) || is_record(value))
}

/// A chat or text completion.
pub(super) fn is_chat(value: Value<'_>) -> bool {
    let Some(choices) = value.get("choices").filter(|v| v.kind() == Kind::Array) else {
        return false;
    };
    let object = text(value, "object").filter(|object| !object.is_empty());
    // A ballot has choices too, and says that it is one.
    let is_known = |object: &str| object.to_ascii_lowercase().contains("completion");
    if object.as_deref().is_some_and(|object| !is_known(object)) {
        return false;
    }
    let usage = value
        .get_some("usage")
        .filter(|it| it.kind() == Kind::Object);
    if choices.is_empty() {
        // Of an answer without choices a model alone tells nothing: frameworks begin an outcome of theirs so. Azure
        // sends what its filter says of a prompt in one that has only empty values.
        let is_generation = text(value, "id").is_some_and(|id| generation_id::is_one(&id));
        return is_generation || object.is_some() || usage.is_some();
    }
    // Text alone may be the choices of a quiz, where nothing around it is of an answer.
    let is_named = || text(value, "id").is_some() && text(value, "model").is_some();
    let is_answer = object.is_some() || usage.is_some() || is_named();
    choices.children().all(|choice| {
        const OF_ONE: [&str; 3] = ["delta", "finish_reason", "error"];
        let is_one = match choice.get_some("message") {
            Some(message) => message.kind() == Kind::Object,
            None => OF_ONE.iter().any(|key| choice.get(key).is_some()),
        };
        (is_one || is_answer && choice.get("text").is_some()) && !is_anothers(choice)
    })
}

/// Whether a choice has members that no API gives it: frameworks keep answers in an outcome of their own that
/// looks alike (Inspect's `ModelOutput`).
fn is_anothers(choice: Value<'_>) -> bool {
    choice.get("stop_reason").is_some() && choice.get("finish_reason").is_none()
}

/// A Responses object.
pub(super) fn is_responses(value: Value<'_>) -> bool {
    if text(value, "object").is_some_and(|object| object == "response") {
        return true;
    }
    let Some(output) = value.get("output").filter(|v| v.kind() == Kind::Array) else {
        return false;
    };
    let has = |item: Value<'_>, keys: &[&str]| keys.iter().any(|key| item.get(key).is_some());
    let is_item = |item: Value<'_>| {
        text(item, "type").is_some_and(|kind| match kind.as_ref() {
            "message" => has(item, &["content", "role"]),
            "reasoning" => true,
            kind => kind.ends_with("_call") && has(item, &["id", "call_id", "status", "name"]),
        })
    };
    !output.is_empty() && output.children().all(is_item) && value.get("model").is_some()
}

/// A Messages object. An output item of the Responses API and a message of a conversation are `message`
/// too, but name no model and no reason to stop.
pub(super) fn is_message(value: Value<'_>) -> bool {
    let is = |key: &str, expected: &str| text(value, key).is_some_and(|text| text == expected);
    is("type", "message")
        && is("role", "assistant")
        && value.get("content").is_some()
        && ["model", "usage", "stop_reason"]
            .iter()
            .any(|key| value.get(key).is_some())
}

/// Whether a completion is an example that was made of an API's description: what names its generation or its model is
/// the name of a type.
pub(super) fn has_stand_ins(root: Value<'_>) -> bool {
    const PLACES: [[&str; 2]; 3] = [
        ["request", "model"],
        ["response", "model"],
        ["response", "id"],
    ];
    PLACES.iter().any(|[part, key]| {
        let found = root.get(part).and_then(|part| text(part, key));
        found.is_some_and(|text| text == "<string>")
    })
}

/// Whether all that is known of a completion is an answer's text, without anything that each recorded one has.
pub(super) fn is_text_alone(root: Value<'_>) -> bool {
    const OF_ONE: [&str; 9] = [
        "id", "object", "model", "usage", "created", "provider", "error", "output", "type",
    ];
    let is_known = |member: Value<'_>| !member.is_null() && member.raw_key() != Some("response");
    !root.children().any(is_known)
        && root
            .get("response")
            .is_some_and(|response| !OF_ONE.iter().any(|key| response.get(key).is_some()))
}

/// A generation record, with or without its `data` wrapper.
pub(super) fn is_record(value: Value<'_>) -> bool {
    // Other programs say how long a generation took and what it cost, and what these names begin with.
    const OWN: [&str; 11] = [
        "native_tokens_prompt",
        "native_tokens_completion",
        "native_tokens_reasoning",
        "native_tokens_cached",
        "native_finish_reason",
        "provider_name",
        "upstream_id",
        "is_byok",
        "cache_discount",
        "moderation_latency",
        "api_type",
    ];
    let record = value.get("data").unwrap_or(value);
    let is_named = || text(record, "id").is_some_and(|id| generation_id::is_one(&id));
    // Of a generation that has not ended, what is not known yet is empty.
    let is_there = |key: &str| record.get(key).is_some();
    if is_named() && (is_there("generation_time") || is_there("native_tokens_prompt")) {
        return true;
    }
    // Somebody may have taken out the id, or put another in its place.
    let id = record.get_some("id");
    let may_be_named = id.is_none_or(|id| id.kind() == Kind::String);
    let is_number = |key: &str| record.get(key).is_some_and(|it| it.number().is_some());
    let measures = [
        "generation_time",
        "native_tokens_prompt",
        "native_tokens_completion",
    ];
    may_be_named
        && measures.iter().any(|key| is_number(key))
        && OWN.iter().filter(|key| is_there(key)).nth(1).is_some()
}

fn text<'d>(value: Value<'d>, key: &str) -> Option<std::borrow::Cow<'d, str>> {
    value.get(key).and_then(Value::str)
}

/// What an unknown value looks like, in a few words.
pub(super) fn describe(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Object if value.is_empty() => "an empty object".to_owned(),
        Kind::Object => {
            let keys: Vec<String> = value
                .children()
                .take(5)
                .map(|member| format!("`{}`", member.key().unwrap_or_default()))
                .collect();
            let more = if value.len() > 5 { ", …" } else { "" };
            format!("an object with {}{more}", keys.join(", "))
        }
        Kind::Array => "an array by itself".to_owned(),
        kind => format!("a {} by itself", kind.name()),
    }
}

/// What a response looks like that is none.
pub(super) fn describe_response(response: Value<'_>) -> String {
    let what = match response.kind() {
        Kind::String => "plain text".to_owned(),
        Kind::Object | Kind::Array => describe(response),
        kind => format!("a {}", kind.name()),
    };
    format!(
        "the response is there but is none that OpenRouter's APIs give: {what}; so nothing can be said \
         of what was generated"
    )
}
