//! `GET /api/v1/generation/content`: what OpenRouter keeps of a generation's prompt and completion where
//! input and output logging is on. Source: OpenRouter's API reference.

use super::record::Reader;
use crate::completion::Place;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Kind, Value, quote};

/// The record, out of its `data`.
fn record(value: Value<'_>) -> Value<'_> {
    value
        .get("data")
        .filter(|data| data.kind() == Kind::Object)
        .unwrap_or(value)
}

/// Whether a value is such an answer.
pub(super) fn is_content(value: Value<'_>) -> bool {
    let record = record(value);
    let has_input = record
        .get("input")
        .is_some_and(|input| input.get("messages").is_some() || input.get("prompt").is_some());
    let output = record.get("output");
    let has_output = output.is_some_and(|output| output.get("completion").is_some());
    let failed = record.get_some("error").is_some() && output.is_none_or(Value::is_null);
    let is_more = ["observations", "model", "messages", "choices", "request"]
        .iter()
        .any(|key| record.get(key).is_some());
    has_input && (has_output || failed) && !is_more
}

/// Reads one.
pub(super) fn read(value: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    let mut builder = DocumentBuilder::default();
    builder.literal("{");
    write(value, None, places, &mut builder);
    builder.literal("}");
    reader.push(None, builder, None);
}

/// Appends the request and the response that one stands for, as members. `id` is the generation's, where it
/// is known from elsewhere, and its place.
pub(super) fn write(
    value: Value<'_>,
    id: Option<(&str, Place)>,
    places: &Places<'_>,
    builder: &mut DocumentBuilder,
) {
    let record = record(value);
    if let Some(input) = record.get("input") {
        builder.literal("\"request\":");
        places.copy(input, builder);
        builder.literal(",");
    }
    builder.literal("\"response\":{");
    let output = record.get_some("output");
    let part = |key: &str| output.and_then(|output| output.get_some(key));
    let (completion, reasoning) = (part("completion"), part("reasoning"));
    let error = record.get_some("error");
    if let Some(id) = record.get_some("id") {
        builder.literal("\"id\":");
        places.copy(id, builder);
        builder.literal(",");
    } else if let Some((id, at)) = id {
        builder.literal("\"id\":");
        builder.derived(&quote(id), at);
        builder.literal(",");
    }
    if let Some(error) = error {
        builder.literal("\"error\":");
        match error.kind() {
            Kind::Object => places.copy(error, builder),
            _ => {
                builder.literal("{\"message\":");
                places.copy(error, builder);
                builder.literal("}");
            }
        }
    }
    if error.is_none() || completion.is_some() || reasoning.is_some() {
        builder.literal(if error.is_some() { "," } else { "" });
        builder.literal("\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":");
        match completion {
            Some(text) => places.copy(text, builder),
            None => builder.literal("null"),
        }
        if let Some(reasoning) = reasoning {
            builder.literal(",\"reasoning\":");
            places.copy(reasoning, builder);
        }
        builder.literal("}}]");
    }
    builder.literal("}");
}
