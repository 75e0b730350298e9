//! Where a value of a sample stands, and so what of it may stand in a report: the lists of members, and the forms of words
//! that say nothing.

use crate::json::Value;
use crate::mapping::scan::conversation;

/// The longest identifier, in bytes. Chosen: the longest model names, ids and times are shorter.
const LONGEST: usize = 80;

/// Members that hold identifiers: of models, providers, generations, people; times and states.
const IDENTIFIERS: [&str; 36] = [
    "api_type",
    "app_id",
    "completed_at",
    "content-type",
    "created_at",
    "data_region",
    "ending",
    "endpoint_id",
    "external_user",
    "finish_reason",
    "generation_id",
    "id",
    "method",
    "model",
    "model_permaslug",
    "native_finish_reason",
    "object",
    "parentSpanId",
    "path",
    "preset_id",
    "provider",
    "provider_name",
    "request_id",
    "router",
    "service_tier",
    "session_id",
    "spanId",
    "started_at",
    "status",
    "system_fingerprint",
    "traceId",
    "upstream_id",
    "user",
    "workspace_id",
    "x-generation-id",
    "x-session-id",
];

/// Containers whose members are named by an API, and are shown by name. Any other is one value, unless the event carries
/// something of it.
const OPEN: [&str; 14] = [
    "attributes",
    "captured",
    "data",
    "delivery",
    "error",
    "generation",
    "headers",
    "measured",
    "provider_responses",
    "request",
    "response",
    "response_headers",
    "trace",
    "usage",
];

/// How the attributes begin whose names are no user's.
const ATTRIBUTES: [&str; 12] = [
    "gen_ai.",
    "http.",
    "langfuse.",
    "llm.",
    "openrouter.",
    "otel.",
    "service.",
    "session.",
    "span.",
    "telemetry.",
    "trace.",
    "user.",
];

/// Members that hold the conversation besides those that the scan knows by their place (`conversation::is_part`).
const ALSO_CONVERSATION: [&str; 6] = [
    "reasoning_details",
    "rawRequest",
    "gen_ai.prompt",
    "gen_ai.completion",
    "request_text",
    "response_text",
];

/// Members of a conversation that say how it is built; a short lower-case word in them is no text.
const SHAPE: [&str; 11] = [
    "role",
    "type",
    "object",
    "finish_reason",
    "native_finish_reason",
    "stop_reason",
    "status",
    "phase",
    "format",
    "media_type",
    "detail",
];

/// Members whose keys are part of the conversation's shape. Other keys may be words of what a tool was given.
const BUILT_OF: [&str; 38] = [
    "annotations",
    "arguments",
    "cache_control",
    "call_id",
    "choices",
    "content",
    "custom",
    "delta",
    "detail",
    "error",
    "file",
    "finish_reason",
    "format",
    "function",
    "id",
    "image_url",
    "index",
    "input",
    "input_audio",
    "logprobs",
    "message",
    "messages",
    "name",
    "native_finish_reason",
    "object",
    "output",
    "phase",
    "reasoning",
    "reasoning_details",
    "refusal",
    "role",
    "source",
    "status",
    "stop_reason",
    "summary",
    "text",
    "tool_calls",
    "type",
];

/// What a model gives a tool: its keys are the caller's.
const TOOL_INPUTS: [&str; 5] = ["input", "arguments", "action", "queries", "parameters"];

/// Where a value stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) is_conversation: bool,
    /// Below what a model gives a tool, or below a key that is no part of a conversation's shape.
    is_foreign: bool,
    /// A member that says how the conversation is built.
    pub(super) is_shape: bool,
    /// A member that holds an identifier.
    pub(super) is_identifier: bool,
    /// Among a delivery's attributes.
    is_attribute: bool,
}

impl Place {
    pub(super) fn of(value: Value<'_>) -> Place {
        let around = std::iter::successors(Some(value), |value| value.parent());
        let mut keys: Vec<&str> = around.filter_map(Value::raw_key).collect();
        keys.reverse();
        let last = keys.last().copied().unwrap_or_default();
        let holds_conversation =
            |key: &&str| conversation::is_part(key) || ALSO_CONVERSATION.contains(key);
        let Some(from) = keys.iter().position(holds_conversation) else {
            return Place {
                is_identifier: IDENTIFIERS.contains(&last),
                is_attribute: keys.iter().rev().nth(1) == Some(&"attributes"),
                ..Place::default()
            };
        };
        let is_foreign = |key: &&str| !BUILT_OF.contains(key) || TOOL_INPUTS.contains(key);
        let below = &keys[from + 1..];
        let is_foreign = below.iter().any(is_foreign);
        Place {
            is_conversation: true,
            is_foreign,
            is_shape: !is_foreign && SHAPE.contains(&last) && !below.is_empty(),
            ..Place::default()
        }
    }

    /// Whether a container is shown with its members.
    pub(super) fn is_open(self, value: Value<'_>) -> bool {
        let key = value.raw_key();
        if self.is_conversation {
            let is_known =
                |child: Value<'_>| child.raw_key().is_none_or(|key| BUILT_OF.contains(&key));
            return !self.is_foreign && value.children().all(is_known);
        }
        match key {
            None => true,
            Some(key) => OPEN.contains(&key) || key.ends_with("_details"),
        }
    }

    /// Whether a key may stand: it names a member, and says nothing by itself.
    pub(super) fn has_plain_key(self, key: &str) -> bool {
        match self.is_attribute {
            true => ATTRIBUTES.iter().any(|begins| key.starts_with(begins)) && is_identifier(key),
            false => is_identifier(key) && key.len() <= 48,
        }
    }
}

/// An identifier: no blank, and nothing that only a sentence has.
pub(super) fn is_identifier(text: &str) -> bool {
    let is_of_identifier = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'+' | b'@' | b'~')
    };
    text.len() <= LONGEST && text.bytes().all(is_of_identifier)
}

/// A word of the protocol: `tool_calls`, `message`, `image/png`.
pub(super) fn is_word(text: &str) -> bool {
    let is_of_word = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'_' | b'-' | b'.' | b'/')
    };
    (1..=40).contains(&text.len()) && text.bytes().all(is_of_word)
}
