//! Broadcast deliveries: what they tell, and that it agrees with the request and response.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own data should stop"
)]

mod common;

use common::{event_json, fixtures, map};
use rainscope::completion::load::{self, Loaded};
use rainscope::completion::{Api, Completion, Edit, Edits, TraceMetadata};
use rainscope::event::Source;
use rainscope::event::privacy::Privacy;
use rainscope::json::JsonText;
use rainscope::mapping::{self, Context, Fate, Mapped, Outcome};
use rainscope::share::explain;
use serde_json::{Value as Json, json};

fn attribute(key: &str, value: &Json) -> Json {
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
fn payload(span: Json) -> Json {
    json!({"resourceSpans": [{"resource": {"attributes": [attribute("service.name", &json!("openrouter"))]},
                              "scopeSpans": [{"spans": [span]}]}]})
}

fn span(attributes: &[(&str, Json)]) -> Json {
    let attributes: Vec<Json> = attributes
        .iter()
        .map(|(key, value)| attribute(key, value))
        .collect();
    json!({"traceId": "aa", "spanId": "01", "name": "LLM Generation", "attributes": attributes,
           "startTimeUnixNano": "1783071902118000000", "endTimeUnixNano": "1783071904561999999"})
}

fn load(value: &Json) -> Loaded {
    load::load("t.json", value.to_string().as_bytes())
}

fn one(value: &Json) -> Completion {
    let loaded = load(value);
    assert_eq!(loaded.problems, [], "{value}");
    assert_eq!(loaded.completions.len(), 1, "{value}");
    loaded.completions.into_iter().next().unwrap()
}

fn event(mapped: &Mapped) -> Json {
    serde_json::from_str(&event_json(mapped.event().unwrap(), Privacy::Off)).unwrap()
}

fn codes(mapped: &Mapped) -> Vec<&'static str> {
    mapped
        .findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

/// What OpenRouter would deliver of a sample, made of the sample and its event.
fn delivery_of(sample: &Json, id: &str, event: &Json) -> Json {
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

#[test]
fn provenance_leads_into_the_delivery() {
    let (_, bytes) = fixtures()
        .into_iter()
        .find(|(file, _)| file == "29-delivery.json")
        .unwrap();
    let completion = load::load("d.json", &bytes).completions.remove(0);
    let mapped = map(&completion);
    let leaves = explain::leaves(&completion, mapped.event().unwrap(), Privacy::Off);
    let check = |field: &str, sources: &[&str]| {
        let leaf = leaves.iter().find(|leaf| leaf.pointer == field).unwrap();
        assert_eq!(leaf.sources, sources, "{field}");
        for source in sources {
            let value = completion.document().resolve(source).unwrap();
            let place = completion.place_of(value).unwrap();
            let text = std::str::from_utf8(&bytes).unwrap();
            // A number stands in a string there, and so does the prompt.
            assert!(
                text[place.offset..]
                    .trim_start_matches('"')
                    .starts_with(value.raw().trim_matches('"'))
                    || source.contains("gen_ai."),
                "{source}"
            );
        }
    };
    check(
        "/ai_data/input",
        &[
            "/delivery/attributes/gen_ai.prompt/messages/3/content/0/text",
            "/delivery/attributes/gen_ai.prompt/messages/3/content/1/text",
        ],
    );
    check(
        "/ai_data/output",
        &["/delivery/attributes/gen_ai.completion/completion"],
    );
    check("/user_id", &["/delivery/attributes/user.id"]);
    check(
        "/properties/branch",
        &["/delivery/attributes/trace.metadata.branch"],
    );
    check(
        "/properties/tags/1",
        &["/delivery/attributes/trace.metadata.tags/1"],
    );
    check("/properties/generation_name", &["/delivery/name"]);
    check(
        "/properties/prompt_tokens",
        &["/delivery/attributes/gen_ai.usage.input_tokens"],
    );
    check(
        "/properties/duration_ms",
        &["/delivery/startTimeUnixNano", "/delivery/endTimeUnixNano"],
    );
    let fate = |pointer: &str| {
        let value = completion.document().resolve(pointer).unwrap();
        mapping::fate(&completion, &mapped, value.id(), Privacy::On)
    };
    assert!(matches!(
        fate("/delivery/attributes/gen_ai.completion/completion"),
        Fate::Withheld(_)
    ));
    assert!(matches!(
        fate("/delivery/attributes/trace.input"),
        Fate::Dropped("a copy of gen_ai.prompt")
    ));
}

#[test]
fn the_metadata_of_a_delivery_can_be_edited() {
    let completion = one(&payload(span(&[
        ("gen_ai.response.id", json!("gen-1")),
        ("user.id", json!("u")),
        ("trace.metadata.a", json!(1)),
        ("trace.metadata.openrouter.source", json!("openrouter")),
        ("trace.metadata.b", json!(true)),
    ])));
    let metadata = TraceMetadata::of(&completion, &Edits::none());
    assert_eq!(metadata.trace_json(), r#"{"a":1,"b":true}"#);
    assert_eq!(
        metadata.key_pointer("a"),
        "/delivery/attributes/trace.metadata.a"
    );
    let edits: Edits = [
        Edit::User(Some("v".to_owned())),
        Edit::SessionId(Some("s".to_owned())),
        Edit::SetKey {
            key: "c".to_owned(),
            value: JsonText::integer(2),
        },
        Edit::RemoveKey("a".to_owned()),
    ]
    .into_iter()
    .collect();
    let mapped = mapping::inspect(&completion, &edits, &Context::at(0));
    let json = event(&mapped);
    assert_eq!(
        (&json["user_id"], &json["ai_data"]["convo_id"]),
        (&json!("v"), &json!("s"))
    );
    assert_eq!(
        (&json["properties"]["b"], &json["properties"]["c"]),
        (&json!(true), &json!(2))
    );
    assert!(json["properties"]["a"].is_null());
    let of = |pointer: &str| {
        let value = completion.document().resolve(pointer).unwrap();
        let one = mapping::fate(&completion, &mapped, value.id(), Privacy::Off);
        let mut all = mapping::fates(&completion, &mapped, Privacy::Off);
        assert_eq!(all.find(|(at, _)| *at == value).unwrap().1, one);
        one
    };
    let edited = Fate::Dropped("an edit replaced or removed it");
    assert_eq!(of("/delivery/attributes/user.id"), edited);
    assert_eq!(of("/delivery/attributes/trace.metadata.a"), edited);
    assert!(of("/delivery/attributes/trace.metadata.b").arrives());
    let sources: Vec<Source> = mapped
        .event()
        .unwrap()
        .fields
        .iter()
        .flat_map(|field| field.provenance.sources.clone())
        .filter(|source| matches!(source, Source::Edit(_)))
        .collect();
    assert_eq!(
        sources,
        [
            Source::Edit("/delivery/attributes/user.id".to_owned()),
            Source::Edit("/delivery/attributes/session.id".to_owned()),
            Source::Edit("/delivery/attributes/trace.metadata.c".to_owned()),
        ]
    );
}

#[test]
fn connection_tests_are_no_error() {
    let check = |value: Json| {
        let loaded = load(&value);
        assert_eq!(loaded.problems, [], "{value}");
        assert!(loaded.completions.is_empty(), "{value}");
        assert!(loaded.notes[0].what.contains("connection test"), "{value}");
    };
    check(json!({"resourceSpans": []}));
    check(json!({}));
    check(payload(
        json!({"traceId": "00", "spanId": "01", "name": "openrouter-connection-test"}),
    ));
    let other = load(&payload(
        json!({"traceId": "00", "spanId": "01", "name": "db query"}),
    ));
    assert_eq!(other.problems.len(), 1);
}

#[test]
fn failed_deliveries_make_an_event_only_of_what_was_generated() {
    let failed = |attributes: &[(&str, Json)], status: Json| {
        let mut span = span(attributes);
        span["status"] = status;
        map(&one(&payload(span)))
    };
    let message = json!({"code": 2, "message": "Provider returned error"});
    let nothing = failed(
        &[
            ("gen_ai.response.id", json!("gen-1")),
            ("gen_ai.prompt", json!("{\"messages\":[]}")),
        ],
        message.clone(),
    );
    let Outcome::NoEvent(reason) = &nothing.outcome else {
        unreachable!("an event of nothing")
    };
    assert_eq!(
        (reason.reason, reason.pointer.as_str()),
        ("failed-delivery", "/delivery/status")
    );
    assert!(reason.says.contains("Provider returned error"));
    let some = failed(
        &[
            ("gen_ai.response.id", json!("gen-1")),
            ("gen_ai.completion", json!("{\"completion\":\"half\"}")),
        ],
        message,
    );
    assert_eq!(event(&some)["ai_data"]["output"], "half");
    assert!(codes(&some).contains(&"generation-failed"));
    let marked = failed(
        &[
            ("span.level", json!("ERROR")),
            ("gen_ai.usage.output_tokens", json!(4)),
        ],
        json!({"code": "STATUS_CODE_ERROR"}),
    );
    assert!(codes(&marked).contains(&"generation-failed"));
    let marked = failed(&[("span.level", json!("ERROR"))], json!({"code": 1}));
    assert!(matches!(marked.outcome, Outcome::NoEvent(_)));
}

#[test]
fn odd_deliveries_load() {
    // Numbers as numbers, typed lists, a prompt that is no JSON, keys given twice, spans in a circle.
    let mut span = span(&[
        ("gen_ai.prompt", json!("{\"messages\":[{\"role\":")),
        ("user.id", json!("a")),
    ]);
    span["startTimeUnixNano"] = json!(1_783_071_902_118_000_000_u64);
    span["endTimeUnixNano"] = json!("0");
    span["parentSpanId"] = json!("01");
    let list = span["attributes"].as_array_mut().unwrap();
    list.push(json!({"key": "trace.metadata.n", "value": {"intValue": 7}}));
    list.push(json!({"key": "trace.metadata.l", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"boolValue": false}, {}]}}}));
    list.push(json!({"key": "trace.metadata.m", "value": {"kvlistValue": {"values": [{"key": "x", "value": {"doubleValue": 0.5}}]}}}));
    list.push(json!({"key": "trace.metadata.bad", "value": {"intValue": "007"}}));
    list.push(json!({"key": "user.id", "value": {"stringValue": "b"}}));
    list.push(json!({"value": {"stringValue": "without a key"}}));
    list.push(json!(null));
    let mut value = payload(span);
    value["resourceSpans"]
        .as_array_mut()
        .unwrap()
        .extend([json!(null), json!({"scopeSpans": null})]);
    let mapped = map(&one(&value));
    let json = event(&mapped);
    assert_eq!(json["user_id"], "b");
    assert_eq!(json["properties"]["n"], 7);
    assert_eq!(json["properties"]["l"], json!([1, false, null]));
    assert_eq!(json["properties"]["m"], json!({"x": 0.5}));
    assert_eq!(json["properties"]["bad"], "007");
    // A prompt that was cut off is no text.
    assert!(json["ai_data"]["input"].is_null());
    assert!(codes(&mapped).contains(&"no-user-message"));
}

#[test]
fn spans_go_with_the_generation_above_them() {
    let span = |id: &str, parent: &str, name: &str| json!({"traceId": "aa", "spanId": id, "parentSpanId": parent, "name": name});
    let mut spans = vec![
        span("a1", "a0", "provider attempt 1: X"),
        span("a0", "elsewhere", "LLM Generation"),
        span("b0", "", "LLM Generation"),
        span("b1", "b0", "generation"),
        span("c0", "c1", "in a circle"),
        span("c1", "c0", "in a circle"),
    ];
    // As deep as a payload can be made.
    for depth in 1..3000 {
        spans.push(span(
            &format!("b{}", depth + 1),
            &format!("b{depth}"),
            "step",
        ));
    }
    let payload = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]});
    let loaded = load(&payload);
    let others = |index: usize| {
        let document = loaded.completions[index].document();
        document.resolve("/delivery/spans").unwrap().len()
    };
    assert_eq!(loaded.completions.len(), 2);
    assert_eq!((others(0), others(1)), (3, 3000));
}

#[test]
fn of_several_generations_beside_a_response_its_own_counts() {
    let generation = |id: &str, user: &str| {
        let span = span(&[("gen_ai.response.id", json!(id)), ("user.id", json!(user))]);
        json!({"resource": {"attributes": [attribute("openrouter.trace.id", &json!(id))]},
               "scopeSpans": [{"spans": [span]}]})
    };
    let sample = |id: &str| {
        json!({"response": {"id": id, "choices": []},
               "delivery": {"resourceSpans": [generation("gen-1", "u"), generation("gen-2", "v")]}})
    };
    let check = |id: &str, user: &str, is_other: bool| {
        let loaded = load(&sample(id));
        assert_eq!(loaded.completions.len(), 1);
        assert!(loaded.notes[0].what.contains("2 generations"));
        let mapped = map(&loaded.completions[0]);
        assert_eq!(event(&mapped)["user_id"], user);
        assert_eq!(codes(&mapped).contains(&"delivery-differs"), is_other);
    };
    check("gen-2", "v", false);
    check("gen-1", "u", false);
    check("gen-3", "u", true);
}
