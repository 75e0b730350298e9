//! `GET /api/v1/generation/content`: what OpenRouter keeps of a generation's prompt and completion where
//! input and output logging is on. Source: OpenRouter's API reference.

use super::record::Reader;
use crate::completion::source_map::{Places, Stitch};
use crate::json::{Kind, Value};

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

/// Reads one, as the request and the response that it stands for.
pub(super) fn read(value: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    let at = |value: Value<'_>| places.at(value.span().start);
    let record = record(value);
    let mut stitch = Stitch::default();
    stitch.own("{");
    if let Some(input) = record.get("input") {
        stitch.own("\"request\":");
        stitch.verbatim(input.raw(), at(input));
        stitch.own(",");
    }
    stitch.own("\"response\":{");
    let output = record.get_some("output");
    let part = |key: &str| output.and_then(|output| output.get_some(key));
    let (completion, reasoning) = (part("completion"), part("reasoning"));
    let error = record.get_some("error");
    if let Some(id) = record.get_some("id") {
        stitch.own("\"id\":");
        stitch.verbatim(id.raw(), at(id));
        stitch.own(",");
    }
    if let Some(error) = error {
        stitch.own("\"error\":");
        match error.kind() {
            Kind::Object => stitch.verbatim(error.raw(), at(error)),
            _ => {
                stitch.own("{\"message\":");
                stitch.verbatim(error.raw(), at(error));
                stitch.own("}");
            }
        }
    }
    if error.is_none() || completion.is_some() || reasoning.is_some() {
        stitch.own(if error.is_some() { "," } else { "" });
        stitch.own("\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":");
        match completion {
            Some(text) => stitch.verbatim(text.raw(), at(text)),
            None => stitch.own("null"),
        }
        if let Some(reasoning) = reasoning {
            stitch.own(",\"reasoning\":");
            stitch.verbatim(reasoning.raw(), at(reasoning));
        }
        stitch.own("}}]");
    }
    stitch.own("}}");
    reader.push(None, stitch, None);
}
