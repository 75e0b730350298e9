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
            (
                "/request/trace/only",
                "/properties/only is \"2\" from the request and response, but OpenRouter delivered none"
            ),
        ]
    );
    // What only the delivery knows fills in, at its place in the order.
    assert_eq!(event(&mapped)["properties"]["duration_ms"], 2444);
    assert_eq!(event(&mapped)["timestamp"], "2026-07-03T09:45:04.561Z");
}

/// A user or a session that is written in digits is a text: no number is made of it.
#[test]
fn ids_in_digits_are_compared_as_they_are_written() {
    let sample = |user: &str, session: &str| {
        json!({
            "request": {"model": "a/b", "messages": [], "user": "12345678901234567890", "session_id": "7"},
            "response": {"id": "gen-1", "model": "a/b", "choices": [{"message": {"content": "ho"}}]},
            "delivery": payload(span(&[
                ("gen_ai.response.id", json!("gen-1")), ("user.id", json!(user)), ("session.id", json!(session)),
            ])),
        })
    };
    let differing = |user: &str, session: &str| {
        let mapped = map(&one(&sample(user, session)));
        let findings = mapped.findings.iter();
        let differing = findings.filter(|finding| finding.code.as_str() == "delivery-differs");
        let pointers =
            differing.map(|finding| finding.pointer.rsplit('/').next().unwrap().to_owned());
        pointers
            .filter(|it| it.ends_with(".id"))
            .collect::<Vec<_>>()
    };
    assert_eq!(differing("12345678901234567890", "7"), [""; 0]);
    let both = ["user.id", "session.id"];
    assert_eq!(differing("12345678901234567891", "007"), both);
    assert_eq!(differing("12345678901234567890.0", "7.0"), both);
}

/// Every field is compared, also one that either side lacks; what a delivery cannot tell is no difference.
#[test]
fn every_field_of_the_two_is_compared() {
    let sample = |request: Json, attributes: &[(&str, Json)]| {
        let answer = json!({
            "id": "gen-1", "model": "a/b", "provider": "Azure",
            "choices": [{"message": {"content": "ho"}, "finish_reason": "length", "native_finish_reason": "MAX"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "cost": 1e-5},
        });
        json!({"request": request, "response": answer, "delivery": payload(span(attributes))})
    };
    let check = |request: Json, attributes: &[(&str, Json)], expected: &[&str]| {
        let mapped = map(&one(&sample(request, attributes)));
        let found: Vec<&str> = mapped
            .findings
            .iter()
            .filter(|finding| finding.code.as_str() == "delivery-differs")
            .filter_map(|finding| finding.help.split(' ').next())
            .collect();
        assert_eq!(found, expected, "{:?}", mapped.findings);
    };
    let asked = |more: Json| {
        let mut request =
            json!({"model": "a/b", "messages": [{"role": "user", "content": "hi"}], "user": "u"});
        let members = more.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(members);
        request
    };
    let user = ("user.id", json!("u"));
    // A delivery that says little, as privacy mode and a sparse destination have it.
    check(asked(json!({})), std::slice::from_ref(&user), &[]);
    // Values that say the same in another form.
    check(
        asked(
            json!({"trace": {"n": 7, "is": true, "tags": ["a", "b"], "o": {"k": 1}, "none": null, "span_name": "s"}}),
        ),
        &[
            user.clone(),
            ("gen_ai.request.model", json!("a/b")),
            ("gen_ai.usage.total_cost", json!("0.00001")),
            ("gen_ai.response.finish_reason", json!("length")),
            ("trace.metadata.n", json!("7")),
            ("trace.metadata.is", json!("true")),
            ("trace.metadata.tags", json!("[\"a\", \"b\"]")),
            ("trace.metadata.o", json!("{ \"k\": 1 }")),
        ],
        &[],
    );
    // What one of them lacks.
    check(
        asked(json!({"session_id": "s", "trace": {"k": 1, "trace_name": "N"}})),
        &[
            ("trace.metadata.extra", json!("x")),
            ("trace.name", json!("M")),
        ],
        &[
            "/user_id",
            "/ai_data/convo_id",
            "/properties/trace_name",
            "/properties/k",
            "/properties/extra",
        ],
    );
    // Each of the system's properties.
    check(
        asked(json!({})),
        &[
            user,
            ("gen_ai.request.model", json!("c/d")),
            ("trace.metadata.openrouter.provider_name", json!("OpenAI")),
            ("trace.metadata.openrouter.finish_reason", json!("STOP")),
            ("gen_ai.usage.prompt_tokens", json!(4)),
            ("gen_ai.usage.completion_tokens", json!(3)),
            ("gen_ai.usage.total_tokens", json!(7)),
            ("gen_ai.usage.total_cost", json!(0.00002)),
        ],
        &[
            "/ai_data/model",
            "/properties/model",
            "/properties/provider",
            "/properties/finish_reason",
            "/properties/prompt_tokens",
            "/properties/completion_tokens",
            "/properties/total_tokens",
            "/properties/total_cost",
        ],
    );
}
