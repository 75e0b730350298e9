//! The result of the AI SDK (`generateText`, `onFinish` of a stream), which may have no body at all, only what the SDK made
//! of it.

use std::borrow::Cow;

use super::moment;
use crate::completion::generation_id;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Document, Joined, Kind, Limits, Value};

/// Whether a value is a result, or a step of one, whose response has no body and that went through OpenRouter: the
/// generation's id or the provider's metadata say so.
pub(in crate::completion::load) fn is_result(value: Value<'_>) -> bool {
    steps_of_result(value).is_some() || is_step_of_result(value)
}

fn steps_of_result(value: Value<'_>) -> Option<Value<'_>> {
    let steps = value
        .get("steps")
        .filter(|steps| steps.kind() == Kind::Array && !steps.is_empty())?;
    steps.children().all(is_step_of_result).then_some(steps)
}

fn is_step_of_result(value: Value<'_>) -> bool {
    let Some(response) = value.get("response").filter(|r| r.kind() == Kind::Object) else {
        return false;
    };
    let id = response.get("id").and_then(Value::str);
    let is_openrouters =
        id.is_some_and(|id| generation_id::is_one(&id)) || of_openrouter(value).is_some();
    value.get("finishReason").is_some()
        && texts_of(value).is_some()
        && response.get_some("body").is_none()
        && response.get("modelId").is_some()
        && is_openrouters
}

/// The texts of a step: its `text`, which a step of a stream loses as JSON since it is computed, or else those of its parts.
fn texts_of(step: Value<'_>) -> Option<Vec<Value<'_>>> {
    fn of(value: Value<'_>) -> Option<Value<'_>> {
        let text = value.get("text");
        text.filter(|text| text.kind() == Kind::String)
    }
    if let Some(text) = of(step) {
        return Some(vec![text]);
    }
    let content = step.get("content").filter(|it| it.kind() == Kind::Array)?;
    let is_text = |part: &Value<'_>| {
        let kind = part.get("type").and_then(Value::str);
        kind.is_some_and(|kind| kind == "text")
    };
    Some(content.children().filter(is_text).filter_map(of).collect())
}

/// What OpenRouter's provider for the SDK says of a step.
fn of_openrouter(step: Value<'_>) -> Option<Value<'_>> {
    let metadata = step
        .get_some("providerMetadata")
        .or(step.get_some("experimental_providerMetadata"))?;
    metadata.get_some("openrouter")
}

/// Reads a result: each of its steps is a completion.
pub(in crate::completion::load) fn read_result(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    let Some(steps) = steps_of_result(value) else {
        step_of_result(value, places, reader);
        return;
    };
    let before = reader.loaded.completions.len();
    for step in steps.children() {
        let origin = reader.origin_of_entry(places.at(step.span().start), reader.origin.record);
        step_of_result(step, places, &mut reader.entry(&origin));
    }
    reader.number(before);
}

/// Puts the response together under the API's names, of what the SDK kept of it.
fn step_of_result(step: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    let mut builder = DocumentBuilder::default();
    let copy = |builder: &mut DocumentBuilder, key: &str, value: Option<Value<'_>>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            builder.literal(&format!(",\"{key}\":"));
            places.copy(value, builder);
        }
    };
    builder.literal("{\"response\":{\"object\":\"chat.completion\"");
    let response = step.get("response");
    let of_response = |key| response.and_then(|response| response.get(key));
    copy(&mut builder, "id", of_response("id"));
    copy(&mut builder, "model", of_response("modelId"));
    if let Some(begun) = of_response("timestamp")
        && let Some(millis) = moment::of(begun)
    {
        builder.literal(",\"created\":");
        builder.derived(&(millis / 1000).to_string(), places.at(begun.span().start));
    }
    let known = of_openrouter(step);
    copy(
        &mut builder,
        "provider",
        known.and_then(|known| known.get("provider")),
    );
    builder.literal(",\"choices\":[{\"index\":0");
    if let Some(reason) = step
        .get("rawFinishReason")
        .filter(|reason| !reason.is_null())
    {
        copy(&mut builder, "native_finish_reason", Some(reason));
    } else if let Some(reason) = step.get("finishReason")
        && let Some(of_api) = finish_reason(&reason.str().unwrap_or_default())
    {
        builder.literal(",\"finish_reason\":");
        builder.derived(&format!("\"{of_api}\""), places.at(reason.span().start));
    }
    builder.literal(",\"message\":{\"role\":\"assistant\"");
    let mut texts = texts_of(step).unwrap_or_default();
    texts.retain(|text| text.non_empty_str().is_some());
    match texts[..] {
        [] => {}
        [only] => copy(&mut builder, "content", Some(only)),
        [first, ..] => {
            let mut joined = Joined::default();
            for text in &texts {
                joined.push_raw(text.raw_str().unwrap_or_default());
            }
            builder.literal(",\"content\":");
            builder.derived(joined.to_json().as_str(), places.at(first.span().start));
        }
    }
    builder.literal("}}]");
    let usage = known.and_then(|known| known.get_some("usage"));
    if let Some(usage) = usage.or(step.get_some("usage")) {
        const COUNTS: [(&str, &[&str]); 4] = [
            ("prompt_tokens", &["promptTokens", "inputTokens"]),
            ("completion_tokens", &["completionTokens", "outputTokens"]),
            ("total_tokens", &["totalTokens"]),
            ("cost", &["cost"]),
        ];
        let found = COUNTS.iter().filter_map(|(key, names)| {
            let value = names.iter().find_map(|name| usage.get_some(name))?;
            Some((*key, value))
        });
        builder.literal(",\"usage\":{");
        for (index, (key, value)) in found.enumerate() {
            let comma = if index == 0 { "" } else { "," };
            builder.literal(&format!("{comma}\"{key}\":"));
            places.copy(value, &mut builder);
        }
        builder.literal("}");
    }
    builder.literal("}");
    let request = step
        .get("request")
        .and_then(|request| request.get_some("body"));
    if let Some(request) = request {
        write_request(request, places, reader.limits, &mut builder);
    }
    builder.literal("}");
    reader.push(None, builder, None);
}

/// Appends a request's body, which is an object or the text of one.
fn write_request(
    body: Value<'_>,
    places: &Places<'_>,
    limits: Limits,
    builder: &mut DocumentBuilder,
) {
    let text = body.str().unwrap_or(Cow::Borrowed(body.raw()));
    let is_object = Document::parse(text.as_ref().into(), limits)
        .is_ok_and(|doc| doc.root().kind() == Kind::Object);
    if is_object {
        builder.literal(",\"request\":");
        match body.kind() {
            Kind::Object => places.copy(body, builder),
            _ => builder.derived(&text, places.at(body.span().start)),
        }
    }
}

/// OpenRouter's finish reason for the SDK's; none for what the SDK says of several.
fn finish_reason(of_sdk: &str) -> Option<&'static str> {
    match of_sdk {
        "stop" => Some("stop"),
        "length" => Some("length"),
        "tool-calls" => Some("tool_calls"),
        "content-filter" => Some("content_filter"),
        _ => None,
    }
}
