//! Deliveries that are tests, failures, odd, or many at once.

use super::payloads::{attribute, codes, event, load, one, payload, span};
use crate::common::{answer, map};
use rainscope::mapping::Outcome;
use serde_json::{Value as Json, json};

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

/// OpenRouter writes an object; a list of messages says the same.
#[test]
fn a_prompt_that_is_a_list_of_messages_is_known() {
    let messages = r#"[{"role":"user","content":"When is high water?"}]"#;
    for prompt in [messages.to_owned(), format!("{{\"messages\":{messages}}}")] {
        let mapped = map(&one(&payload(span(&[
            ("gen_ai.response.id", json!("gen-1")),
            ("gen_ai.prompt", json!(prompt)),
            ("gen_ai.completion", json!("At six.")),
        ]))));
        assert_eq!(event(&mapped)["ai_data"]["input"], "When is high water?");
        assert!(
            !codes(&mapped).contains(&"no-user-message"),
            "{:?}",
            codes(&mapped)
        );
    }
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
    let delivery = json!({"resourceSpans": [generation("gen-1", "u"), generation("gen-2", "v")]});
    let check = |id: &str, user: &str| {
        let response = json!({"id": id, "choices": []});
        let chunk = format!(r#"{{"id":"{id}","choices":[{{"delta":{{"content":"a"}}}}]}}"#);
        // However the response is written, and wherever it stands.
        let samples = [
            format!(r#"{{"response":{response},"delivery":{delivery}}}"#),
            json!({"response": response.to_string(), "delivery": delivery}).to_string(),
            format!(r#"{{"delivery":{delivery},"response":[{chunk},{chunk}]}}"#),
            json!({"response": format!("data: {chunk}\n\n"), "delivery": delivery}).to_string(),
        ];
        for sample in samples {
            let loaded = rainscope::load("t.json", sample.as_bytes());
            assert_eq!(loaded.completions.len(), 1, "{sample}");
            let mut notes = loaded.notes.iter().map(|note| &note.what);
            let note = notes.find(|note| note.contains("2 generations"));
            let note = note.expect("a note");
            assert_eq!(note.contains("left out"), user == "anonymous", "{note}");
            let event = event(&map(&loaded.completions[0]));
            assert_eq!(event["user_id"], user, "{sample}");
        }
    };
    check("gen-2", "v");
    check("gen-1", "u");
    // A delivery of another generation tells nothing of this one.
    check("gen-3", "anonymous");
}

/// A payload fills its line; a sample behind it need not.
#[test]
fn what_stands_among_deliveries_on_lines_may_go_over_several() {
    let delivery = |id: &str| {
        let completion = json!("{\"completion\":\"half\"}");
        let id = json!(id);
        payload(span(&[
            ("gen_ai.response.id", id),
            ("gen_ai.completion", completion),
        ]))
        .to_string()
    };
    let sample = |id: &str| {
        let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "q"}]});
        let sample = json!({"request": request, "response": answer(id, "x")});
        serde_json::to_string_pretty(&sample).unwrap()
    };
    let check = |documents: &[String], expected: &[usize]| {
        let loaded = rainscope::completion::load::load("t.json", documents.join("\n").as_bytes());
        assert_eq!(loaded.problems, [], "{documents:?}");
        let mut records: Vec<usize> = loaded
            .completions
            .iter()
            .map(|it| it.origin.record)
            .collect();
        records.sort_unstable();
        assert_eq!(
            (records.as_slice(), loaded.skipped),
            (expected, 0),
            "{documents:?}"
        );
    };
    check(&[delivery("gen-1"), sample("gen-2")], &[1, 2]);
    check(
        &[delivery("gen-1"), sample("gen-2"), sample("gen-3")],
        &[1, 2, 3],
    );
    check(
        &[delivery("gen-1"), sample("gen-2"), delivery("gen-3")],
        &[1, 2, 3],
    );
}
