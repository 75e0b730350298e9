//! What a JSON value is, told by its members alone: a request, a response, a generation record, a sample.
//!
//! Each has a strict form for a value found anywhere, since many things in the world have an `output`, a
//! `usage` or a `response`, and none of them may become an event.

mod conversation;
mod envelope;
mod errors;
mod hollow;

pub(super) use conversation::{are_messages, asked_beside, held_messages, requests_within};
pub(super) use envelope::{
    answer_within, has_meaning, has_response_alone, is_answer_of_text_alone, is_sample,
    is_text_alone, is_unreadable_sample, may_be_answered_elsewhere, response_without_meaning,
};
pub(super) use errors::{
    is_error_body, is_error_of_openrouter, is_error_of_record, is_error_of_service, is_refusal,
};
pub(super) use hollow::{OddAnswer, odd_answer};

use super::unsupported;
use crate::completion::generation_id;
use crate::json::{Kind, Value};

pub(super) const EXPECTED: &str = "a sample (`request`, `response`), a chat completion, a Responses or Messages object, \
     a request body, a generation record, a Broadcast delivery (`resourceSpans`) or a HAR recording";

/// Whether an object is a request body, whatever stands around it.
pub(super) fn is_request(value: Value<'_>) -> bool {
    let is_list = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::Array);
    let is_some = |key: &str| value.get_some(key).is_some();
    if !["model", "models", "preset"].into_iter().any(is_some) {
        return false;
    }
    let is_text = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::String);
    let holds_messages = || {
        value
            .get("messages")
            .is_some_and(|it| held_messages(it).is_some())
    };
    let asks = is_list("messages")
        || is_list("input")
        || is_text("input")
        || is_text("prompt")
        || holds_messages();
    // What was made of a response that stands beside it is no other answer.
    let is_answered = || value.get("response").is_some_and(is_answer);
    asks && (!has_answer_of_its_own(value) || is_answered())
}

/// Whether an object has the messages of a request and no model: its answer tells which one was asked.
pub(super) fn asks_without_model(value: Value<'_>) -> bool {
    value.get("messages").is_some_and(are_messages) && !is_request(value)
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

/// Whether what has this name is the answer that an evaluation compares with: nobody gave it.
pub(super) fn names_expected(name: &str) -> bool {
    const ADDED: [&str; 5] = ["output", "response", "answer", "completion", "result"];
    const NAMES: [&str; 6] = [
        "expected",
        "ideal",
        "reference",
        "golden",
        "gold",
        "groundtruth",
    ];
    let name: String = name.split(['_', '-', ' ']).collect();
    let name = name.to_ascii_lowercase();
    let added = ADDED.iter().find_map(|added| name.strip_suffix(added));
    NAMES.contains(&added.unwrap_or(&name))
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
