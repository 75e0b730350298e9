//! Deliveries as OpenRouter sends them: made of attributes, or of a sample as Broadcast would.

use rainscope::completion::Completion;
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Mapped;
use serde_json::{Value as Json, json};

use crate::common::event_json;

pub fn attribute(key: &str, value: &Json) -> Json {
    let value = match value {
        Json::String(text) => json!({"stringValue": text}),
        Json::Bool(truth) => json!({"boolValue": truth}),
        Json::Number(number) if number.is_f64() => json!({"doubleValue": number}),
        Json::Number(number) => json!({"intValue": number.to_string()}),
        other => json!({"stringValue": other.to_string()}),
    };
    json!({"key": key, "value": value})
}

/// A payload with one span.
pub fn payload(span: Json) -> Json {
    json!({"resourceSpans": [{"resource": {"attributes": [attribute("service.name", &json!("openrouter"))]},
                              "scopeSpans": [{"spans": [span]}]}]})
}

pub fn span(attributes: &[(&str, Json)]) -> Json {
    let attributes: Vec<Json> = attributes
        .iter()
        .map(|(key, value)| attribute(key, value))
        .collect();
    json!({"traceId": "aa", "spanId": "01", "name": "LLM Generation", "attributes": attributes,
           "startTimeUnixNano": "1783071902118000000", "endTimeUnixNano": "1783071904561999999"})
}

pub fn load(value: &Json) -> Loaded {
    load::load("t.json", value.to_string().as_bytes())
}

pub fn one(value: &Json) -> Completion {
    let loaded = load(value);
    assert_eq!(loaded.problems, [], "{value}");
    assert_eq!(loaded.completions.len(), 1, "{value}");
    loaded.completions.into_iter().next().unwrap()
}

pub fn event(mapped: &Mapped) -> Json {
    serde_json::from_str(&event_json(mapped.event().unwrap(), Privacy::Off)).unwrap()
}

pub fn codes(mapped: &Mapped) -> Vec<&'static str> {
    mapped
        .findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

/// What OpenRouter would deliver of a sample, made of the sample and its event.
pub fn delivery_of(sample: &Json, id: &str, event: &Json) -> Json {
    let properties = &event["properties"];
    let mut attributes = vec![
        ("trace.name".to_owned(), properties["trace_name"].clone()),
        ("gen_ai.response.id".to_owned(), Json::from(id)),
        (
            "gen_ai.request.model".to_owned(),
            properties["model"].clone(),
        ),
        ("user.id".to_owned(), event["user_id"].clone()),
        (
            "session.id".to_owned(),
            event["ai_data"]["convo_id"].clone(),
        ),
        (
            "gen_ai.usage.input_tokens".to_owned(),
            properties["prompt_tokens"].clone(),
        ),
        (
            "gen_ai.usage.output_tokens".to_owned(),
            properties["completion_tokens"].clone(),
        ),
        (
            "gen_ai.usage.total_tokens".to_owned(),
            properties["total_tokens"].clone(),
        ),
        (
            "gen_ai.usage.total_cost".to_owned(),
            properties["total_cost"].clone(),
        ),
        (
            "trace.metadata.openrouter.provider_name".to_owned(),
            properties["provider"].clone(),
        ),
        (
            "trace.metadata.openrouter.finish_reason".to_owned(),
            properties["finish_reason"].clone(),
        ),
        (
            "gen_ai.prompt".to_owned(),
            Json::from(json!({"messages": sample["request"]["messages"]}).to_string()),
        ),
        (
            "gen_ai.completion".to_owned(),
            Json::from(json!({"completion": event["ai_data"]["output"]}).to_string()),
        ),
    ];
    for (key, value) in sample["request"]["trace"].as_object().into_iter().flatten() {
        if key != "trace_name" {
            attributes.push((format!("trace.metadata.{key}"), value.clone()));
        }
    }
    attributes.retain(|(_, value)| !value.is_null());
    let attributes: Vec<Json> = attributes
        .iter()
        .map(|(key, value)| attribute(key, value))
        .collect();
    let end: jiff::Timestamp = event["timestamp"].as_str().unwrap().parse().unwrap();
    let duration = i128::from(properties["duration_ms"].as_i64().unwrap());
    payload(
        json!({"traceId": "aa", "spanId": "01", "name": "LLM Generation", "attributes": attributes,
        "startTimeUnixNano": (end.as_nanosecond() - duration * 1_000_000).to_string(),
        "endTimeUnixNano": end.as_nanosecond().to_string()}),
    )
}
