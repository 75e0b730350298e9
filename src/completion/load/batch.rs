//! OpenRouter's Batch API: one result a line, or the batch object with its results inline. Source:
//! OpenRouter's Batch API quickstart.
//!
//! A result's `response.body` is the completion that the same request would have had by itself, in the
//! shape of the batch's endpoint. Of a failed one there is an `error` in place of the response, or a body
//! with an error; nothing was generated, so no event comes of it.

use super::ProblemKind;
use super::record::Reader;
use super::shape;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Kind, Value};

/// Whether a value is one result.
pub(super) fn is_result(value: Value<'_>) -> bool {
    let is_text = value
        .get("custom_id")
        .is_some_and(|id| id.kind() == Kind::String);
    let response = value.get("response");
    let is_response = response.is_some_and(|response| match response.kind() {
        Kind::Null => value.get_some("error").is_some(),
        Kind::Object => response.get("body").is_some() || response.get("status_code").is_some(),
        _ => false,
    });
    is_text && (is_response || response.is_none() && value.get_some("error").is_some())
}

/// Whether a value is a batch.
pub(super) fn is_batch(value: Value<'_>) -> bool {
    let is = |key: &str, text: &str| {
        value
            .get(key)
            .and_then(Value::str)
            .is_some_and(|have| have == text)
    };
    is("object", "batch") && (value.get("results").is_some() || value.get("status").is_some())
}

/// Reads a batch with its results.
pub(super) fn read_batch(batch: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    let results = batch
        .get("results")
        .filter(|results| results.kind() == Kind::Array && !results.is_empty());
    let Some(results) = results else {
        let status = batch.get("status").and_then(Value::str);
        let what = format!(
            "a batch without results (its status is {}); they stand in it once it is completed",
            status.unwrap_or("not given".into())
        );
        reader.note(places.at(batch.span().start), what);
        return;
    };
    for (index, result) in results.children().enumerate() {
        let place = places.at(result.span().start);
        let origin = reader.origin_of_entry(place, index + 1);
        read_result(result, places, &mut reader.entry(&origin));
    }
}

/// Reads one result.
pub(super) fn read_result(result: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    let at = |value: Value<'_>| places.at(value.span().start);
    let name = result.get("custom_id").and_then(Value::non_empty_str);
    let name = name.map(std::borrow::Cow::into_owned);
    let body = result
        .get_some("response")
        .and_then(|response| response.get_some("body"));
    let mut builder = DocumentBuilder::default();
    let mut stream = None;
    builder.literal("{\"response\":");
    if let Some(body) = body {
        if is_embedding(body) {
            reader.note(
                at(body),
                "the result of an embeddings request, no completion".to_owned(),
            );
            return;
        }
        let is_answer = shape::is_response(body) || shape::is_response_beside(body);
        if body.kind() != Kind::String && !is_answer {
            let what = format!(
                "a batch result whose body is no answer of OpenRouter's APIs: {}",
                shape::describe(body)
            );
            reader.problem(ProblemKind::Unrecognised, at(body), what);
            return;
        }
        match body.str() {
            None => places.copy(body, &mut builder),
            Some(text) => {
                let found = reader.response_of_text(&text, "the result's body", |_| at(body));
                let Some((json, assembled)) = found else {
                    return;
                };
                builder.derived(&json, at(body));
                stream = assembled;
            }
        }
    } else if let Some(error) = result.get_some("error") {
        // As OpenRouter answers a request that fails by itself.
        builder.literal("{\"error\":");
        match error.kind() {
            Kind::Object => places.copy(error, &mut builder),
            _ => {
                builder.literal("{\"message\":");
                places.copy(error, &mut builder);
                builder.literal("}");
            }
        }
        builder.literal("}");
    } else {
        let what = "this result has neither a response's body nor an error".to_owned();
        reader.problem(ProblemKind::Malformed, at(result), what);
        return;
    }
    builder.literal("}");
    reader.push(name, builder, stream);
}

fn is_embedding(body: Value<'_>) -> bool {
    let data = body.get("data").and_then(|data| data.item(0));
    data.is_some_and(|first| first.get("embedding").is_some())
}
