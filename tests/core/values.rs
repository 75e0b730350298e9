//! Rules of single values in their variants: each row is a sample in short and what one field of its event is.
//! Whole events with their provenance stand in `fixtures/`.

use rainscope::completion::load;
use rainscope::event::privacy::Privacy;
use rainscope::mapping::fate;
use serde_json::{Value as Json, json};

use crate::common::{event_json, map};

/// The event of a sample.
fn event(sample: &Json) -> Json {
    let loaded = load::load("t.json", sample.to_string().as_bytes());
    assert_eq!(loaded.problems, [], "{sample}");
    let mapped = map(&loaded.completions[0]);
    let json = event_json(mapped.event().expect("an event"), Privacy::Off);
    serde_json::from_str(&json).unwrap()
}

fn codes(sample: &Json) -> Vec<&'static str> {
    let loaded = load::load("t.json", sample.to_string().as_bytes());
    let mapped = map(&loaded.completions[0]);
    mapped.findings.iter().map(|f| f.code.as_str()).collect()
}

/// A chat sample with these members in place of its own; an object is laid over what is there.
fn sample(changes: Json) -> Json {
    let mut sample = json!({
        "request": {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "hi"}], "user": "u"},
        "response": {
            "id": "gen-1780662787-HsCxzAQHDCCHT9fRjSxB", "created": 1_780_662_787u32, "model": "openai/gpt-4o",
            "choices": [{"index": 0, "message": {"content": "ho"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 11, "total_tokens": 14, "cost": 0.5},
        },
    });
    lay_over(&mut sample, changes);
    sample
}

fn lay_over(under: &mut Json, over: Json) {
    match (under, over) {
        (Json::Object(under), Json::Object(over)) => {
            for (key, value) in over {
                lay_over(under.entry(key).or_insert(Json::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

const FIRST_TOKEN: &str = "/properties/openrouter_provider_time_to_first_token_ms";
const BETWEEN_TOKENS: &str = "/properties/openrouter_inter_token_latency_ms";

#[test]
fn latencies_are_a_streamed_answers_own() {
    let check = |changes: Json, first: Json, between: Json| {
        let event = event(&sample(changes.clone()));
        let found = |pointer| event.pointer(pointer).cloned().unwrap_or(Json::Null);
        assert_eq!(
            [found(FIRST_TOKEN), found(BETWEEN_TOKENS)],
            [first, between],
            "{changes}"
        );
    };
    let record = json!({"latency": 400, "generation_time": 1000, "streamed": true});
    let streamed = json!({"stream": true});
    check(
        json!({"request": streamed, "generation": record}),
        json!(400),
        json!(60),
    );
    // OpenRouter streams from the provider what it answers whole: the record's word is not the caller's.
    check(json!({"generation": record}), Json::Null, Json::Null);
    let one_token = json!({"usage": {"completion_tokens": 1}});
    check(
        json!({"request": streamed, "response": one_token, "generation": record}),
        json!(400),
        Json::Null,
    );
    let odd = json!({"latency": 1250, "generation_time": 1200});
    check(
        json!({"request": streamed, "generation": odd}),
        json!(1250),
        Json::Null,
    );
    let zeros = json!({"latency": 0, "generation_time": 0});
    check(
        json!({"request": streamed, "generation": zeros}),
        Json::Null,
        Json::Null,
    );
    let at_once = json!({"latency": 0, "generation_time": 1000});
    check(
        json!({"request": streamed, "generation": at_once}),
        Json::Null,
        Json::Null,
    );
    let measured = json!({"first_token_ms": 350, "duration_ms": 1050});
    check(
        json!({"request": streamed, "measured": measured, "generation": record}),
        json!(350),
        json!(70),
    );
    check(json!({"measured": measured}), Json::Null, Json::Null);
    check(json!({"request": streamed}), Json::Null, Json::Null);
}

#[test]
fn what_only_openrouter_measures_is_named() {
    let check = |changes: Json, expected: &[&str]| {
        let loaded = load::load("t.json", sample(changes).to_string().as_bytes());
        let mapped = map(&loaded.completions[0]);
        let unknown: Vec<&str> = mapped.unknown.iter().map(|field| field.pointer).collect();
        assert_eq!(unknown, expected);
    };
    let router = "/properties/openrouter_router_latency_ms";
    check(json!({}), &[router]);
    check(
        json!({"request": {"stream": true}}),
        &[FIRST_TOKEN, BETWEEN_TOKENS, router],
    );
    check(
        json!({"request": {"stream": true}, "response": {"usage": {"completion_tokens": 1}}}),
        &[FIRST_TOKEN, router],
    );
    check(
        json!({"request": {"stream": true}, "generation": {"latency": 4, "generation_time": 9}}),
        &[router],
    );
}

#[test]
fn the_model_is_the_one_asked_for_unless_something_chose_another() {
    let check = |request: Json, returned: &str, expected: &str| {
        let changes = json!({"request": request, "response": {"model": returned}});
        let event = event(&sample(changes));
        assert_eq!(event["ai_data"]["model"], expected, "{request} {returned}");
        assert_eq!(event["properties"]["model"], expected, "{request}");
    };
    let asked = |model: &str| json!({"model": model});
    check(
        asked("openai/gpt-4o:nitro"),
        "openai/gpt-4o",
        "openai/gpt-4o",
    );
    check(
        asked("~openai/gpt-latest"),
        "openai/gpt-5.6-sol",
        "openai/gpt-5.6-sol",
    );
    check(
        asked("~openai/gpt-latest:free"),
        "openai/gpt-5.6-sol:free",
        "openai/gpt-5.6-sol",
    );
    check(asked("openrouter/auto"), "a/b", "a/b");
    check(asked("@preset/desk"), "a/b", "a/b");
    check(asked("a/b@preset/desk"), "a/b-20260101", "a/b");
    check(asked("a/b:free@preset/desk"), "a/b", "a/b");
    check(asked("a/b@preset/desk"), "c/d", "c/d");
    check(asked("~a/b-latest@preset/desk"), "a/b-2", "a/b-2");
    let preset = |model: &str| json!({"model": model, "preset": "desk"});
    check(
        preset("deepseek/deepseek-chat"),
        "deepseek/deepseek-chat-v3",
        "deepseek/deepseek-chat",
    );
    check(preset("a/b"), "a/b-mini", "a/b-mini");
    let fallbacks = |models: &[&str]| json!({"model": "a/b", "models": models});
    check(fallbacks(&["c/d", "e/f"]), "e/f-20260101", "e/f");
    check(fallbacks(&["~c/d-latest"]), "c/d-2", "c/d-2");
    check(fallbacks(&["~c/d-latest"]), "a/b-20260101", "a/b");
    check(fallbacks(&["c/d@preset/desk"]), "c/d-20260101", "c/d");
}

#[test]
fn a_user_id_that_a_client_makes_is_not_the_developers() {
    let long = format!(
        "user_{}_account_{}_session_{}",
        "a".repeat(64),
        "1".repeat(36),
        "2".repeat(36)
    );
    let help = |user: &str| {
        let loaded = load::load(
            "t.json",
            sample(json!({"request": {"user": user}}))
                .to_string()
                .as_bytes(),
        );
        let mapped = map(&loaded.completions[0]);
        let finding = mapped
            .findings
            .into_iter()
            .find(|f| f.code.as_str() == "user-too-long");
        finding.map(|finding| finding.help)
    };
    assert!(help(&long).is_some_and(|help| help.contains("Claude Code made")));
    assert!(help(&"x".repeat(129)).is_some_and(|help| help.contains("shorten it")));
    assert_eq!(help(&"x".repeat(128)), None);
    // In its own place it is taken apart, whatever its length.
    let messages = json!({
        "request": {"model": "a/b", "max_tokens": 9, "metadata": {"user_id": long},
                    "messages": [{"role": "user", "content": "hi"}]},
        "response": {"id": "gen-1", "type": "message", "model": "a/b", "content": [{"type": "text", "text": "ho"}]},
    });
    assert_eq!(event(&messages)["user_id"], "1".repeat(36));
    assert!(!codes(&messages).contains(&"user-too-long"));
}

#[test]
fn what_a_packed_user_id_lacks_is_missing() {
    let check = |user_id: &str, user: &str, convo: Option<&str>, device: Option<&str>| {
        let event = event(&json!({
            "request": {"model": "a/b", "metadata": {"user_id": user_id}, "messages": [{"role": "user", "content": "hi"}]},
            "response": {"id": "gen-1", "type": "message", "model": "a/b", "content": [{"type": "text", "text": "ho"}]},
        }));
        assert_eq!(event["user_id"], user, "{user_id}");
        assert_eq!(event["ai_data"]["convo_id"].as_str(), convo, "{user_id}");
        assert_eq!(
            event["properties"]["device_id"].as_str(),
            device,
            "{user_id}"
        );
    };
    check(
        r#"{"device_id":"d","account_uuid":"a","session_id":"s"}"#,
        "a",
        Some("s"),
        Some("d"),
    );
    check(r#"{"account_uuid":"a"}"#, "a", None, None);
    check(r#"{"session_id":"s"}"#, "anonymous", Some("s"), None);
    check("someone", "someone", None, None);
    check(r#"{"tenant":"t"}"#, r#"{"tenant":"t"}"#, None, None);
}

#[test]
fn a_zero_or_an_empty_value_never_replaces_a_known_one() {
    let record = json!({"data": {
        "id": "gen-1780662787-HsCxzAQHDCCHT9fRjSxB", "native_tokens_prompt": 30, "native_tokens_completion": 20,
        "total_cost": 0.25, "generation_time": 900, "provider_name": "Azure", "created_at": "2026-06-05T12:33:07Z",
    }});
    let event = event(&sample(json!({
        "response": {"created": 0, "provider": "", "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}},
        "generation": record, "duration_ms": 0, "completed_at": 0,
    })));
    assert_eq!(event["timestamp"], "2026-06-05T12:33:07.900Z");
    let properties = &event["properties"];
    let expected = json!({
        "provider": "Azure", "prompt_tokens": 30, "completion_tokens": 20, "total_tokens": 50, "total_cost": 0.25,
        "duration_ms": 900,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&properties[key], value, "{key}");
    }
}

#[test]
fn times_are_read_as_clients_write_them() {
    let check = |completed_at: Json, expected: &str| {
        let event = event(&sample(json!({"completed_at": completed_at})));
        assert_eq!(event["timestamp"], expected, "{completed_at}");
    };
    check(json!("2026-06-05T12:33:10.5Z"), "2026-06-05T12:33:10.500Z");
    check(json!("2026-06-05 12:33:10"), "2026-06-05T12:33:10.000Z");
    check(
        json!("2026-06-05T14:33:10+02:00"),
        "2026-06-05T12:33:10.000Z",
    );
    check(json!(1_780_662_790), "2026-06-05T12:33:10.000Z");
    check(json!(1_780_662_790.25), "2026-06-05T12:33:10.250Z");
    check(json!(1_780_662_790_250u64), "2026-06-05T12:33:10.250Z");
    check(json!("1780662790250"), "2026-06-05T12:33:10.250Z");
    check(
        json!("Fri, 05 Jun 2026 12:33:10 GMT"),
        "2026-06-05T12:33:10.000Z",
    );
    check(json!("yesterday"), "2026-06-05T12:33:07.000Z");
}

#[test]
fn the_finish_reason_is_final() {
    let check = |response: Json, expected: Option<&str>| {
        let mut answer = json!({"id": "gen-1", "object": "response", "model": "a/b",
                                "output": [{"type": "message", "content": [{"type": "output_text", "text": "ho"}]}]});
        lay_over(&mut answer, response.clone());
        let sample = json!({"request": {"model": "a/b", "input": "hi"}, "response": answer});
        let found = event(&sample)["properties"]["finish_reason"].clone();
        assert_eq!(found.as_str(), expected, "{response}");
        let is_unknown = codes(&sample).contains(&"finish-reason-unknown");
        assert_eq!(is_unknown, expected.is_none(), "{response}");
    };
    check(json!({"status": "completed"}), Some("completed"));
    check(json!({"status": "failed"}), Some("failed"));
    check(json!({"status": "cancelled"}), Some("cancelled"));
    check(json!({"status": "in_progress"}), None);
    check(json!({"status": "queued"}), None);
    check(json!({}), None);
    check(
        json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}),
        Some("max_output_tokens"),
    );
    check(
        json!({"status": "completed", "incomplete_details": null}),
        Some("completed"),
    );
}

/// Each row: what a sample has, the finding that says that it is of no use, and the pointers whose fate says it.
#[test]
fn a_value_that_cannot_be_used_is_not_called_missing() {
    let check = |changes: Json, code: &str, pointer: &str, says: &str| {
        let loaded = load::load("t.json", sample(changes.clone()).to_string().as_bytes());
        assert_eq!(loaded.problems, [], "{changes}");
        let completion = &loaded.completions[0];
        let mapped = map(completion);
        let found = mapped.findings.iter().find(|f| f.code.as_str() == code);
        let found = found.expect(code);
        assert_eq!(found.pointer, pointer, "{changes}");
        assert!(found.help.contains(says), "{changes}: {}", found.help);
        let value = completion.document().resolve(pointer).unwrap();
        let fate = fate(completion, &mapped, value.id(), Privacy::Off);
        let why = says.split_once(" is ").unwrap().1;
        assert_eq!(fate.says(), format!("not forwarded: {why}"), "{changes}");
    };
    let cost = |cost: Json| json!({"response": {"usage": {"cost": cost}}});
    let free = "`response.usage.cost` is not usable (it is a string that does not say it)";
    check(
        cost(json!("free")),
        "cost-unknown",
        "/response/usage/cost",
        free,
    );
    let object = "`response.usage.cost` is not usable (it is an object)";
    check(
        cost(json!({})),
        "cost-unknown",
        "/response/usage/cost",
        object,
    );
    check(
        json!({"response": {"usage": {"prompt_tokens": true}}}),
        "tokens-unknown",
        "/response/usage/prompt_tokens",
        "`response.usage.prompt_tokens` is not usable (it is a boolean)",
    );
    let user = |user: Json| json!({"request": {"user": user}});
    let number = "`user` is not usable (it is a number)";
    check(user(json!(42)), "user-missing", "/request/user", number);
    let empty = "`user` is not usable (it is an empty string)";
    check(user(json!("")), "user-missing", "/request/user", empty);
    check(
        json!({"request": {"session_id": 77}}),
        "session-missing",
        "/request/session_id",
        "`session_id` is not usable (it is a number)",
    );
    let duration = |duration: Json| json!({"duration_ms": duration});
    let negative = "`duration_ms` is not usable (it is a negative number)";
    for value in [json!(-5), json!("-5")] {
        check(
            duration(value),
            "duration-unknown",
            "/duration_ms",
            negative,
        );
    }
    let list = "`duration_ms` is not usable (it is an array)";
    check(
        duration(json!([5])),
        "duration-unknown",
        "/duration_ms",
        list,
    );
    let beyond = |what: &str| format!("`{what}` is not usable (it is out of range)");
    check(
        duration(json!("1e400")),
        "duration-unknown",
        "/duration_ms",
        &beyond("duration_ms"),
    );
    // As seconds, a time in the year 5138.
    check(
        json!({"completed_at": null, "response": {"created": 99_999_999_999_u64}}),
        "time-assumed",
        "/response/created",
        &beyond("response.created"),
    );
    check(
        json!({"completed_at": "5138-11-16T09:46:39Z", "response": {"created": null}}),
        "time-assumed",
        "/completed_at",
        "`completed_at` is not usable (it is a string that does not say it)",
    );
    check(
        json!({"completed_at": "2026-13-45", "response": {"created": null}}),
        "time-assumed",
        "/completed_at",
        "`completed_at` is not usable (it is a string that does not say it)",
    );
    // What is absent stays missing.
    for (absent, code) in [
        (cost(json!(null)), "cost-unknown"),
        (duration(json!(null)), "duration-unknown"),
        (user(json!(null)), "user-missing"),
    ] {
        let loaded = load::load("t.json", sample(absent).to_string().as_bytes());
        let mapped = map(&loaded.completions[0]);
        let found = mapped.findings.iter().find(|f| f.code.as_str() == code);
        assert!(!found.unwrap().help.contains("not usable"), "{code}");
    }
}

/// A time that can't be right is told, whatever stands in for it.
#[test]
fn times_that_cannot_be_right_are_told() {
    let check = |changes: Json, timestamp: &str, expected: Option<(&str, &str)>| {
        let loaded = load::load("t.json", sample(changes.clone()).to_string().as_bytes());
        let mapped = map(&loaded.completions[0]);
        let code = "time-implausible";
        let found = mapped.findings.iter().find(|f| f.code.as_str() == code);
        let found = found.map(|f| (&*f.pointer, &*f.help));
        assert_eq!(found, expected, "{changes}");
        let event = event(&sample(changes));
        assert_eq!(event["timestamp"], timestamp);
    };
    let with = |completed_at: Json, created: Json| json!({"completed_at": completed_at, "response": {"created": created}, "duration_ms": null});
    let created = json!(1_780_662_787);
    let from_created = "2026-06-05T12:33:07.000Z";
    check(with(json!(null), created.clone()), from_created, None);
    check(
        with(json!("+12345-01-01T00:00:00Z"), created.clone()),
        from_created,
        Some((
            "/completed_at",
            "`completed_at` is not usable (it is a string that does not say it), so `response.created` stands in; \
             write it as \"2026-06-05T12:33:10Z\"",
        )),
    );
    // Twelve digits are neither seconds nor milliseconds of any generation.
    check(
        with(json!(178_066_278_700_u64), created.clone()),
        from_created,
        Some((
            "/completed_at",
            "`completed_at` is not usable (it is out of range), so `response.created` stands in; write it as \
             \"2026-06-05T12:33:10Z\"",
        )),
    );
    // What stands behind the best is no matter.
    check(
        with(json!("2026-06-05T12:33:10Z"), json!("soon")),
        "2026-06-05T12:33:10.000Z",
        None,
    );
    check(
        with(json!(null), json!(1_234_567_890)),
        "2009-02-13T23:31:30.000Z",
        Some((
            "/response/created",
            "`response.created` is before OpenRouter answered anything, which can't be right; the event has it as it \
             is written",
        )),
    );
}

/// A number that can't be right is sent as it is written, and told.
#[test]
fn numbers_that_cannot_be_right_are_told() {
    let check = |usage: Json, field: &str, expected: Option<&str>| {
        let changes = json!({"response": {"usage": usage}});
        let loaded = load::load("t.json", sample(changes).to_string().as_bytes());
        let mapped = map(&loaded.completions[0]);
        let code = "number-implausible";
        let found = mapped.findings.iter().find(|f| f.code.as_str() == code);
        let pointer = format!("/response/usage/{field}");
        assert_eq!(
            found.map(|f| &*f.pointer),
            expected.map(|_| &*pointer),
            "{usage}"
        );
        let help = found.map_or("", |found| &*found.help);
        assert!(help.contains(expected.unwrap_or_default()), "{help}");
    };
    let below = Some("-5, below zero, which can't be right");
    check(json!({"prompt_tokens": -5}), "prompt_tokens", below);
    check(
        json!({"completion_tokens": "-5"}),
        "completion_tokens",
        below,
    );
    check(json!({"total_tokens": -5}), "total_tokens", below);
    check(json!({"cost": -5}), "cost", below);
    let beyond = Some("1e400, more than JavaScript can read");
    check(json!({"cost": "1e400"}), "cost", beyond);
    for plain in [json!(0), json!(-0.0), json!(1.48e-5), json!("7")] {
        check(json!({"cost": plain}), "cost", None);
    }
}

/// Which of several models answered is not known where nothing tells it.
#[test]
fn what_was_asked_for_is_an_assumption_where_nothing_tells_what_answered() {
    let check = |request: Json, expected: &str, step: &str| {
        let mut asked = sample(json!({"request": request}));
        asked["response"].as_object_mut().unwrap().remove("model");
        let loaded = load::load("t.json", asked.to_string().as_bytes());
        let mapped = map(&loaded.completions[0]);
        let field = mapped
            .event()
            .unwrap()
            .fields
            .iter()
            .find(|field| field.key == "model")
            .unwrap();
        assert_eq!(field.value.shown(), expected, "{request}");
        assert_eq!(field.provenance.step.id(), step, "{request}");
    };
    check(json!({"model": "a/b"}), "a/b", "model.requested");
    check(
        json!({"model": "openrouter/free"}),
        "openrouter/free",
        "model.asked",
    );
    check(
        json!({"model": "a/b", "models": ["c/d"]}),
        "a/b",
        "model.asked",
    );
}

/// An error beside counts of zero generated nothing.
#[test]
fn a_refused_request_that_counts_no_tokens_makes_no_event() {
    let outcome = |tokens: u32| {
        let refused = json!({
            "request": {"model": "a/b", "messages": [{"role": "user", "content": "hi"}]},
            "response": {"error": {"code": 402, "message": "no credits"},
                         "usage": {"prompt_tokens": 3, "completion_tokens": tokens, "total_tokens": 3 + tokens}},
        });
        let loaded = load::load("t.json", refused.to_string().as_bytes());
        map(&loaded.completions[0]).event().is_some()
    };
    assert!(!outcome(0));
    assert!(outcome(7));
}

#[test]
fn an_empty_message_is_told() {
    let messages = json!([{"role": "user", "content": "hi"}, {"role": "user", "content": ""}]);
    let empty = sample(json!({"request": {"messages": messages}}));
    assert!(
        codes(&empty).contains(&"no-user-message"),
        "{:?}",
        codes(&empty)
    );
    assert!(!codes(&sample(json!({}))).contains(&"no-user-message"));
}

#[test]
fn a_part_that_a_logger_left_out_is_no_text() {
    let parts = json!([{"type": "text", "text": "A"}, "[Object]"]);
    let left_out = sample(json!({"request": {"messages": [{"role": "user", "content": parts}]}}));
    assert_eq!(event(&left_out)["ai_data"]["input"], "A");
    assert!(codes(&left_out).contains(&"input-part-skipped"));
}

/// A gateway logs what it got beside what another of the APIs answered, and may count under the names of either.
#[test]
fn what_was_asked_and_counted_is_read_whichever_api_answered() {
    let messages = json!([{"role": "user", "content": "q"}]);
    let requests = [
        json!({"model": "a/b", "messages": messages}),
        json!({"model": "a/b", "input": messages}),
        json!({"model": "a/b", "input": "q"}),
        json!({"model": "a/b", "prompt": "q"}),
    ];
    let part = json!({"type": "text", "text": "a"});
    let message =
        json!({"type": "message", "role": "assistant", "model": "a/b", "content": [part]});
    let responses = json!({"object": "response", "model": "a/b", "output": [message]});
    for usage in [
        json!({"prompt_tokens": 5, "completion_tokens": 7}),
        json!({"input_tokens": 5, "output_tokens": 7}),
    ] {
        for answer in [
            crate::common::answer("gen-1", "a"),
            message.clone(),
            responses.clone(),
        ] {
            for request in &requests {
                let mut answer = answer.clone();
                answer["usage"] = usage.clone();
                let sample = json!({"request": request, "response": answer});
                let event = event(&sample);
                assert_eq!(event["ai_data"]["input"], "q", "{sample}");
                assert_eq!(event["ai_data"]["output"], "a", "{sample}");
                assert_eq!(event["properties"]["prompt_tokens"], 5, "{sample}");
                assert_eq!(event["properties"]["completion_tokens"], 7, "{sample}");
            }
        }
    }
    let cached = json!({"prompt_tokens": 5, "completion_tokens": 7, "cache_read_input_tokens": 3});
    let mut answer = message.clone();
    answer["usage"] = cached;
    let sample = json!({"request": requests[0], "response": answer});
    assert_eq!(event(&sample)["properties"]["prompt_tokens"], 5);
}

/// Where a recorder left the latest message out, nobody knows what was asked: an earlier question is not it.
#[test]
fn a_latest_message_that_can_t_be_read_hides_what_was_asked() {
    let stand_ins = [
        json!({"ref": {"hash": "sha256:1", "bytes": 800}}),
        json!({"type": "item_reference", "id": "msg_1"}),
        json!({"omitted": true, "count": 1}),
        json!({}),
        json!(null),
        json!("... 1 more item"),
    ];
    let earlier = [
        json!({"role": "user", "content": "earlier"}),
        json!({"role": "assistant", "content": "ok"}),
    ];
    let latest = json!({"role": "user", "content": "latest"});
    let call = json!({"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"});
    let message =
        json!({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "a"}]});
    let responses = json!({"object": "response", "output": [message]});
    let sample = |key: &str, items: Vec<&Json>| {
        let answer = match key {
            "input" => responses.clone(),
            "messages" => crate::common::answer("gen-1", "a"),
            _ => message.clone(),
        };
        let key = if key == "input" { key } else { "messages" };
        json!({"request": {"model": "a/b", key: items}, "response": answer})
    };
    for key in ["messages", "input", "blocks"] {
        for other in &stand_ins {
            let hidden = sample(key, vec![&earlier[0], &earlier[1], other]);
            let event = event(&hidden);
            assert_eq!(event["ai_data"]["input"], Json::Null, "{hidden}");
            assert!(codes(&hidden).contains(&"no-user-message"), "{hidden}");
            let known = sample(key, vec![other, &latest, &earlier[1]]);
            assert_eq!(self::event(&known)["ai_data"]["input"], "latest", "{known}");
            assert!(!codes(&known).contains(&"no-user-message"), "{known}");
        }
    }
    let known = sample("input", vec![&latest, &call]);
    assert_eq!(event(&known)["ai_data"]["input"], "latest", "{known}");
}

/// What serialisers write for no error is none.
#[test]
fn an_error_that_says_nothing_is_none() {
    let nothing = json!({"code": 0, "message": "", "metadata": null});
    for error in [
        json!(""),
        json!({}),
        json!([]),
        json!(false),
        json!(null),
        json!(0),
        nothing,
    ] {
        let sample = sample(json!({"response": {"error": error}}));
        assert!(!codes(&sample).contains(&"generation-failed"), "{error}");
        let loaded = load::load("t.json", sample.to_string().as_bytes());
        let mapped = map(&loaded.completions[0]);
        let verdict = mapped.verdict(&loaded.completions[0]).says();
        assert_eq!(verdict, "no leak found", "{error}");
    }
    let failed = sample(json!({"response": {"error": {"code": 502, "message": "gone"}}}));
    assert!(codes(&failed).contains(&"generation-failed"));
}

/// A date tells no time of day.
#[test]
fn a_date_alone_is_no_time() {
    let dated = sample(json!({"completed_at": "2026-09-05", "response": {"created": null}}));
    assert!(
        !event(&dated)["timestamp"]
            .as_str()
            .unwrap()
            .starts_with("2026-09-05")
    );
    let basic = json!({"completed_at": "20260905T100000Z", "response": {"created": null}});
    assert_eq!(
        event(&sample(basic))["timestamp"],
        "2026-09-05T10:00:00.000Z"
    );
    let timed =
        sample(json!({"completed_at": "2026-09-05 10:00:00", "response": {"created": null}}));
    assert_eq!(event(&timed)["timestamp"], "2026-09-05T10:00:00.000Z");
}

/// Only what a column of truths holds is one: a user may be called anything.
#[test]
fn a_user_of_the_activity_export_may_have_any_name() {
    let head = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,model_permaslug,provider_name,user,streamed\n";
    for user in ["true", "TRUE", "false", "7"] {
        let row = format!("gen-1,2026-05-06 01:35:13.000,2e-06,1,2,a/b,X,{user},true\n");
        let loaded = load::load("t.csv", (head.to_owned() + &row).as_bytes());
        let mapped = map(&loaded.completions[0]);
        let event = event_json(mapped.event().unwrap(), Privacy::Off);
        assert!(event.contains(&format!(r#""user_id":"{user}""#)), "{event}");
    }
}

/// The tokens of a prompt that are the sum of it and its caches, and of all.
#[test]
fn tokens_are_added_however_they_are_written() {
    let usage = |input: &Json, read: &Json, output: &Json| {
        json!({
            "request": {"model": "anthropic/claude-haiku-4.5", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
            "response": {
                "id": "gen-1780662787-HsCxzAQHDCCHT9fRjSxB", "type": "message", "role": "assistant",
                "content": [{"type": "text", "text": "ho"}],
                "usage": {"input_tokens": input, "cache_read_input_tokens": read, "output_tokens": output},
            },
        })
    };
    let check = |sample: &Json, expected: [Option<u32>; 3], found: &[&str]| {
        let event = event(sample);
        let keys = ["prompt_tokens", "completion_tokens", "total_tokens"];
        let tokens = keys.map(|key| event["properties"].get(key).cloned());
        assert_eq!(tokens, expected.map(|it| it.map(Json::from)), "{sample}");
        let codes = codes(sample);
        for code in ["tokens-unknown", "number-implausible"] {
            assert_eq!(
                codes.contains(&code),
                found.contains(&code),
                "{sample} {code}"
            );
        }
    };
    let all = [Some(15), Some(4), Some(19)];
    check(&usage(&json!(12), &json!(3), &json!(4)), all, &[]);
    let cents = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    let event_of = event(&usage(&cents("12.0"), &json!("3"), &cents("4.0")));
    assert_eq!(event_of["properties"]["prompt_tokens"], 15);
    assert_eq!(event_of["properties"]["total_tokens"], 19);
    // More than can be counted has no sum.
    let large = format!("{}", i128::MAX);
    let event_of = event(&usage(&json!(large), &json!(large), &json!(4)));
    assert_eq!(event_of["properties"].get("prompt_tokens"), None);
    assert_eq!(event_of["properties"].get("total_tokens"), None);
    let sample = usage(&json!(large), &json!(large), &json!(4));
    assert!(codes(&sample).contains(&"tokens-unknown"));
    // A sum of zero is a zero: it stands aside for the record's count.
    let mut sample = usage(&json!(0), &json!(0), &json!(0));
    sample["generation"] = json!({"native_tokens_prompt": 50, "native_tokens_completion": 4});
    check(&sample, [Some(50), Some(4), Some(54)], &[]);
}

/// What tells which model answered tells that a router is none, whoever tells it.
#[test]
fn a_router_is_no_model_where_a_record_tells_one() {
    let mut without = sample(json!({
        "request": {"model": "openrouter/free"},
        "generation": {"id": "gen-1780662787-HsCxzAQHDCCHT9fRjSxB", "model": "deepseek/deepseek-chat"},
    }));
    without["response"].as_object_mut().unwrap().remove("model");
    assert_eq!(
        event(&without)["ai_data"]["model"],
        "deepseek/deepseek-chat"
    );
    // Also where the answer itself names the router.
    without["response"]["model"] = "openrouter/free".into();
    assert_eq!(
        event(&without)["ai_data"]["model"],
        "deepseek/deepseek-chat"
    );
    without["response"].as_object_mut().unwrap().remove("model");
    // What has no public name is listed in the same place.
    without["request"]["model"] = "openrouter/horizon-alpha".into();
    without["generation"]["model"] = "openrouter/horizon-alpha".into();
    assert_eq!(
        event(&without)["ai_data"]["model"],
        "openrouter/horizon-alpha"
    );
    // A preset may name another model than the one beside it.
    without["request"]["model"] = "a/b@preset/desk".into();
    without["generation"]["model"] = "c/d".into();
    assert_eq!(event(&without)["ai_data"]["model"], "c/d");
}

/// An answer with another vendor's id may have come past OpenRouter, unless it has something that only OpenRouter adds.
#[test]
fn an_id_of_another_vendor_is_doubted() {
    let code = "openrouter-assumed";
    let with = |id: &str, model: &str| {
        let message = json!({"message": {"content": "ho"}, "finish_reason": "stop"});
        json!({
            "request": {"model": model, "messages": [{"role": "user", "content": "hi"}]},
            "response": {"id": id, "model": model, "choices": [message], "usage": {"total_tokens": 3}},
        })
    };
    for id in [
        "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "resp_67ccd2bed1ec8190",
        "msg_01XFDUDYJgAACzvnptvVoYEL",
    ] {
        let sample = with(id, "gpt-4o");
        assert!(codes(&sample).contains(&code), "{id}");
        assert_eq!(event(&sample)["ai_data"]["output"], "ho");
        for known in [
            json!({"response": {"provider": "OpenAI"}}),
            json!({"response": {"usage": {"cost": 0.1}}}),
            json!({"generation": {"id": id, "model": "openai/gpt-4o"}}),
            json!({"request": {"model": "openai/gpt-4o"}}),
        ] {
            let mut told = sample.clone();
            lay_over(&mut told, known);
            assert!(!codes(&told).contains(&code), "{told}");
        }
    }
    for id in ["gen-1", "resp_gen-1780662787-HsCxzAQHDCCHT9fRjSxB", "x-1"] {
        assert!(!codes(&with(id, "gpt-4o")).contains(&code), "{id}");
    }
}

/// Of a record, a content or an activity row that has the id of another generation nothing is used.
/// Ids as documentation has them are of no generation: two completions with the same one are not the same.
#[test]
fn an_id_that_was_cut_short_is_none() {
    let with = |id: &str, content: &str| {
        let message = json!({"message": {"content": content}, "finish_reason": "stop"});
        sample(json!({"response": {"id": id, "choices": [message]}}))
    };
    let code = "id-placeholder";
    for id in [
        "gen-...",
        "gen-1780662787-Hs…",
        "gen-xxxxxxxxxxxxxx",
        "chatcmpl-***",
        "gen-17806...",
        "[REDACTED]",
        "<id>",
        "{{id}}",
        "null",
        "undefined",
        "string",
        "0",
        "mock-id",
        "response-id",
        "generation_id",
        "ID_REDACTED",
        "gen-Sanitized",
        "chatcmpl-MASKED_12",
        "00000000-0000-0000-0000-000000000000",
    ] {
        let (one, other) = (with(id, "ho"), with(id, "hey"));
        assert_ne!(event(&one)["event_id"], event(&other)["event_id"], "{id}");
        assert_eq!(event(&one)["event_id"], event(&one)["event_id"], "{id}");
        assert_eq!(event(&one)["properties"].get("trace_id"), None, "{id}");
        assert!(codes(&one).contains(&code), "{id}");
        let known = json!({"generation": {"id": "gen-1780662787-HsCxzAQHDCCHT9fRjSxB"}});
        let mut with_record = one.clone();
        lay_over(&mut with_record, known.clone());
        let mut whole = sample(json!({}));
        lay_over(&mut whole, known);
        assert_eq!(
            event(&with_record)["event_id"],
            event(&whole)["event_id"],
            "{id}"
        );
        assert!(!codes(&with_record).contains(&code), "{id}");
    }
    for id in [
        "gen-x",
        "gen-1",
        "x",
        "xyz",
        "gen-abc-xxx1",
        "gen-..a",
        "gen-1-redactedA",
        "gen-idle",
    ] {
        let (one, other) = (with(id, "ho"), with(id, "hey"));
        assert_eq!(event(&one)["event_id"], event(&other)["event_id"], "{id}");
        assert_eq!(event(&one)["properties"]["trace_id"], id);
        assert!(!codes(&one).contains(&code), "{id}");
    }
}

#[test]
fn a_record_of_another_generation_is_left_out() {
    let (own, other) = (
        "gen-1780662787-HsCxzAQHDCCHT9fRjSxB",
        "gen-1780662781-ZZZZZZZZZZZZZZZZZZZZ",
    );
    let bare = json!({"request": {"user": null, "session_id": null}, "response": {"usage": {"cost": null}}});
    let known = |id: &str| {
        json!({
            "id": id, "total_cost": 5, "external_user": "somebody", "generation_time": 99999, "session_id": "s",
            "provider_name": "Azure",
        })
    };
    let without = event(&sample(bare.clone()));
    let check = |part: &str, value: Json, is_used: bool, pointer: &str| {
        let mut changes = bare.clone();
        changes[part] = value.clone();
        let sample = sample(changes);
        assert_eq!(event(&sample) != without, is_used, "{value}");
        let loaded = load::load("t.json", sample.to_string().as_bytes());
        let completion = &loaded.completions[0];
        let mapped = map(completion);
        let code = "generation-id-differs";
        let found = mapped.findings.iter().find(|f| f.code.as_str() == code);
        assert_eq!(found.is_none(), is_used, "{value}");
        if let Some(found) = found {
            assert_eq!(found.pointer, pointer);
            let names_both = found.help.contains(own) && found.help.contains(other);
            assert!(names_both, "{}", found.help);
            let id = completion.document().resolve(pointer).unwrap();
            let fate = fate(completion, &mapped, id.id(), Privacy::Off);
            assert!(fate.says().contains("of another generation"), "{fate:?}");
        }
    };
    let id = "/generation/id";
    check("generation", known(own), true, id);
    check("generation", known(other), false, id);
    let wrapped = json!({"data": known(other)});
    check("generation", wrapped, false, "/generation/data/id");
    // A provider's own id tells nothing, and neither does a record without one.
    check("generation", known("chatcmpl-1"), true, id);
    let row = json!({"generation_id": other, "cost_total": 5, "user": "somebody"});
    check("activity", row, false, "/activity/generation_id");
}

/// Why a value does not arrive is told by the value, wherever it stands.
#[test]
fn a_value_that_does_not_arrive_says_why() {
    let text = r#"{"request":{"model":"a/b","model":"c/d","user":null,"trace":{"k":1,"k":2},"tools":[],"seed":7,
        "messages":[{"role":"user","content":"hi"}]},
        "response":{"id":"gen-1","model":"c/d","choices":[{"message":{"content":"yes"}}]}}"#;
    let loaded = rainscope::completion::load::load("t.json", text.as_bytes());
    let completion = &loaded.completions[0];
    let mapped = crate::common::map(completion);
    let request = completion.request().unwrap();
    let all: Vec<_> = rainscope::mapping::fates(completion, &mapped, Privacy::Off).collect();
    let says = |place: usize, within: Option<&str>| {
        let member = request.children().nth(place).unwrap();
        let value = within.map_or(member, |_| member.children().next().unwrap());
        let one = fate(completion, &mapped, value.id(), Privacy::Off);
        let found = all.iter().find(|(one, _)| one.id() == value.id());
        found
            .into_iter()
            .for_each(|(_, same)| assert_eq!(*same, one));
        one.says()
    };
    let twice = "this key was given twice; the later one counts";
    assert!(says(0, None).contains(twice), "{}", says(0, None));
    assert!(
        says(2, None).contains("there is nothing in it"),
        "{}",
        says(2, None)
    );
    assert!(says(3, Some("k")).contains(twice));
    assert!(says(4, None).contains("there is nothing in it"));
    assert!(says(5, None).contains("no field for it"));
    let empty = r#"{"request":{"model":"a/b","trace":null},"response":{"id":"gen-1","choices":[{"message":{"content":"y"}}]}}"#;
    let loaded = rainscope::completion::load::load("t.json", empty.as_bytes());
    let completion = &loaded.completions[0];
    let mapped = crate::common::map(completion);
    let trace = completion.request().unwrap().get("trace").unwrap();
    let one = fate(completion, &mapped, trace.id(), Privacy::Off);
    assert!(
        one.says().contains("there is nothing in it"),
        "{}",
        one.says()
    );
}
