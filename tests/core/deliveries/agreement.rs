//! A delivery and the exchange it tells of: the same event, and each difference by its name.

use super::payloads::{codes, delivery_of, event, one, payload, span};
use crate::common::{fixtures, map};
use rainscope::completion::Api;
use serde_json::{Value as Json, json};

#[test]
fn a_delivery_and_its_exchange_give_the_same_event() {
    let mut compared = 0;
    for (file, bytes) in fixtures() {
        let sample: Json = serde_json::from_slice(&bytes).unwrap();
        let nested = |value: &Json| value.is_object() || value.is_array() || value.is_null();
        let trace = sample["request"]["trace"].as_object();
        if sample["request"]["messages"].is_null()
            || sample["delivery"].is_object()
            || trace.is_some_and(|trace| trace.values().any(nested))
        {
            continue;
        }
        let completion = one(&sample);
        let mapped = map(&completion);
        let id = completion.document().resolve("/response/id");
        let (Some(_), Some(id)) = (mapped.event(), id) else {
            continue;
        };
        let json = event(&mapped);
        if json["properties"]["duration_ms"].is_null() {
            continue;
        }
        let delivery = delivery_of(&sample, &id.str().unwrap(), &json);
        let delivered = one(&delivery);
        assert_eq!(delivered.api, Api::Delivery);
        assert_eq!(
            event(&map(&delivered)).to_string(),
            json.to_string(),
            "{file}"
        );
        // Beside its exchange it changes nothing and has nothing to say.
        let mut both = sample.clone();
        both["delivery"] = delivery;
        let mapped = map(&one(&both));
        assert_eq!(event(&mapped), json, "{file}");
        assert!(
            !codes(&mapped).contains(&"delivery-differs"),
            "{file}: {:?}",
            mapped.findings
        );
        compared += 1;
    }
    assert!(compared >= 15, "{compared}");
}

#[test]
fn a_difference_names_the_field_and_both_values() {
    let sample = json!({
        "request": {"model": "a/b", "messages": [{"role": "user", "content": "hi"}], "user": "u", "trace": {"k": 1, "only": 2}},
        "response": {"id": "gen-1", "model": "a/b", "choices": [{"message": {"content": "ho"}}], "usage": {"prompt_tokens": 3, "cost": 1e-5}},
        "delivery": payload(span(&[
            ("gen_ai.response.id", json!("gen-1")), ("user.id", json!("v")), ("gen_ai.usage.input_tokens", json!(3)),
            ("gen_ai.usage.total_cost", json!(0.00001)), ("trace.metadata.k", json!("1")), ("gen_ai.completion", json!("{\"completion\":\"hu\"}")),
            ("trace.metadata.model", json!("x")),
        ])),
    });
    let mapped = map(&one(&sample));
    let found: Vec<(&str, &str)> = mapped
        .findings
        .iter()
        .filter(|finding| finding.code.as_str() == "delivery-differs")
        .map(|finding| {
            (
                finding.pointer.as_str(),
                finding.help.split(';').next().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "/delivery/attributes/user.id",
                "/user_id is \"u\" from the request and response, but OpenRouter delivered \"v\""
            ),
            (
                "/delivery/attributes/gen_ai.completion/completion",
                "/ai_data/output is \"ho\" from the request and response, but OpenRouter delivered \"hu\""
            ),
        ]
    );
    // What only the delivery knows fills in, at its place in the order.
    assert_eq!(event(&mapped)["properties"]["duration_ms"], 2444);
    assert_eq!(event(&mapped)["timestamp"], "2026-07-03T09:45:04.561Z");
}
