//! What a JSON value is, told by its members alone.

use super::{delivery, har};
use crate::json::{Kind, Value};

/// What a JSON value is, as far as loading goes.
pub(super) enum Shape {
    /// This program's own envelope.
    Sample,
    /// A response body of any API.
    Response,
    /// A request body.
    Request,
    /// A generation record.
    Generation,
    /// An OTLP payload.
    Delivery,
    /// A HAR recording.
    Har,
    /// A list of any of these.
    Array,
    /// `{}`
    Empty,
    /// Something else.
    Unknown,
}

pub(super) const EXPECTED: &str = "a sample (`request`, `response`), a chat completion, a Responses or Messages object, \
     a request body, a generation record, a Broadcast delivery (`resourceSpans`) or a HAR recording";

impl Shape {
    pub(super) fn of(value: Value<'_>) -> Shape {
        if value.kind() == Kind::Array {
            return Shape::Array;
        }
        let has = |key: &str| value.get(key).is_some();
        let is_part = |key: &str| {
            value
                .get(key)
                .is_some_and(|part| matches!(part.kind(), Kind::Object | Kind::String))
        };
        let record = value.get("data").unwrap_or(value);
        let is_text = |key: &str, expected: &[&str]| {
            value
                .get(key)
                .and_then(Value::str)
                .is_some_and(|text| expected.contains(&text.as_ref()))
        };
        if value.kind() == Kind::Object && value.is_empty() {
            Shape::Empty
        } else if delivery::is_payload(value) {
            Shape::Delivery
        } else if har::is_recording(value) {
            Shape::Har
        } else if ["request", "response", "generation", "delivery"]
            .iter()
            .any(|key| is_part(key))
        {
            Shape::Sample
        } else if record.get("generation_time").is_some()
            || record.get("native_tokens_prompt").is_some()
        {
            Shape::Generation
        } else if has("choices")
            || is_text("object", &["response", "chat.completion"])
            || is_text("type", &["message", "error"])
            || value.get("error").is_some_and(|e| e.kind() == Kind::Object)
        {
            Shape::Response
        } else if has("messages") || has("prompt") || (has("input") && has("model")) {
            Shape::Request
        } else {
            Shape::Unknown
        }
    }
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
        kind => format!("a {} by itself", kind.name()),
    }
}
