//! What stands around the bodies of a call that nobody documents: wrappers, a log's words before a record that holds one,
//! measured durations beside them.

use crate::common::{answer, chunks, event_json, events, map};
use rainscope::completion::load;
use rainscope::event::privacy::Privacy;
use serde_json::{Value as Json, json};

fn asked() -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": "q"}], "user": "ann"})
}

fn answered() -> Json {
    answer("gen-1780662787-HsCxAbCdEfGhIjKlMnOp", "a")
}

fn transcript() -> String {
    let events = chunks("gen-1780662787-HsCxAbCdEfGhIjKlMnOp", ["a", "", ""]);
    let events: String = events.iter().map(|it| format!("data: {it}\n\n")).collect();
    format!("{events}data: [DONE]\n\n")
}

fn check(text: &str) {
    let loaded = load::load("t.json", text.as_bytes());
    let problems = &loaded.problems;
    let found = events(&loaded);
    assert_eq!(found, [json!(["ann", "q", "a"])], "{text}\n{problems:?}");
    assert_eq!(*problems, [], "{text}");
}

fn exchange(request: &Json, response: &Json) -> String {
    let url = "https://openrouter.ai/api/v1/chat/completions";
    json!({
        "request": {"method": "POST", "url": url, "headers": {}, "body": request},
        "response": {"status": 200, "headers": {}, "body": response},
    })
    .to_string()
}

/// A body is found on both sides of an exchange, whatever the object around it calls it.
#[test]
fn a_wrapped_body_is_read_on_both_sides() {
    let wrappers: [fn(Json) -> Json; 14] = [
        |body| json!({"kind": "json", "value": body}),
        |body| json!({"type": "json", "data": body}),
        |body| json!({"format": "json", "content": body}),
        |body| json!({"kind": "text", "text": body}),
        |body| json!({"inline": body}),
        |body| json!({"payload": body}),
        |body| json!({"text": body, "truncated": false, "length": 100}),
        |body| json!({"isBase64": false, "data": body}),
        |body| json!({"encoding": "utf8", "data": body}),
        |body| json!({"raw": body.to_string(), "parsed": body}),
        |body| json!({"contentType": "application/json", "type": "JSON", "json": body, "rawBytes": "eyJ9"}),
        |body| json!({"Ok": body}),
        |body| json!([body]),
        |body| json!({"_type": "json", "_value": body}),
    ];
    for wrap in wrappers {
        check(&exchange(&wrap(asked()), &wrap(answered())));
        let text = |body: Json| json!(body.to_string());
        check(&exchange(&wrap(text(asked())), &wrap(text(answered()))));
    }
    let bytes = answered().to_string().into_bytes();
    let newman = json!({"run": {"executions": [{
        "request": {"url": {"protocol": "https", "host": ["openrouter", "ai"], "path": ["api", "v1", "chat", "completions"]},
            "method": "POST", "body": {"mode": "raw", "raw": asked().to_string()}},
        "response": {"code": 200, "status": "OK", "stream": {"type": "Buffer", "data": bytes}},
    }]}});
    check(&newman.to_string());
    // What is nothing of these APIs was not what was asked.
    let other = json!({"kind": "ref", "file": "a-long-name-of-a-file.bin"});
    let loaded = load::load("t.json", exchange(&other, &answered()).as_bytes());
    assert_eq!(events(&loaded), [json!(["anonymous", null, "a"])]);
    assert!(loaded.completions[0].request().is_none());
    let says = &loaded.notes[0].what;
    assert!(says.contains("so what was asked is not known"), "{says}");
}

#[test]
fn a_wrapped_list_of_a_streams_pieces_is_the_stream() {
    let chunks = chunks("gen-1780662787-HsCxAbCdEfGhIjKlMnOp", ["a", "", ""]);
    let text = transcript();
    let events = || text.split_terminator("\n\n");
    let lists = [
        json!(chunks),
        json!(chunks.iter().map(Json::to_string).collect::<Vec<_>>()),
        json!(events().collect::<Vec<_>>()),
        json!(events().map(|it| format!("{it}\n\n")).collect::<Vec<_>>()),
        json!(text.split_inclusive('\n').collect::<Vec<_>>()),
        json!(
            events()
                .map(|it| json!({"t": 1, "data": format!("{it}\n\n")}))
                .collect::<Vec<_>>()
        ),
        json!(
            events()
                .map(|it| json!({"delayMs": 5, "text": format!("{it}\n\n")}))
                .collect::<Vec<_>>()
        ),
        json!(
            chunks
                .iter()
                .map(|it| json!({"data": it.to_string()}))
                .collect::<Vec<_>>()
        ),
        json!(
            chunks
                .iter()
                .map(|it| json!({"event": null, "data": it}))
                .collect::<Vec<_>>()
        ),
    ];
    let wrappers: [fn(&Json) -> Json; 5] = [
        |list| list.clone(),
        |list| json!({"kind": "sse", "chunks": list}),
        |list| json!({"type": "sse", "events": list}),
        |list| json!({"kind": "stream", "data": list}),
        |list| json!({"chunks": list}),
    ];
    for list in &lists {
        for wrap in wrappers {
            check(&exchange(&asked(), &wrap(list)));
        }
    }
}

/// Behind a logger's words, too, a record's member is the request, and the next one's its answer.
#[test]
fn halves_in_records_behind_words_are_one_call() {
    for head in [
        "info: ",
        "[22:41:53.437] INFO (5811): ",
        "2026-06-05 12:00:00 DEBUG app - ",
    ] {
        for (one, other) in [("body", "body"), ("req", "res"), ("payload", "payload")] {
            let line = |label: &str, key: &str, body: Json| {
                format!("{head}openrouter {label} {}", json!({key: body}))
            };
            let request = line("request", one, asked());
            for body in [
                answered(),
                json!(answered().to_string()),
                json!(transcript()),
            ] {
                check(&format!("{request}\n{}\n", line("response", other, body)));
            }
        }
    }
}

#[test]
fn durations_with_their_unit_are_the_calls() {
    let pair = || json!({"request": asked(), "response": answered()});
    let inside = || json!({"asked": asked(), "answered": answered()});
    let took = |mut record: Json, key: &str, value: Json| {
        record[key] = value;
        let loaded = load::load("t.json", record.to_string().as_bytes());
        let mapped = map(&loaded.completions[0]);
        let event: Json =
            serde_json::from_str(&event_json(mapped.event().unwrap(), Privacy::Off)).unwrap();
        event["properties"]["duration_ms"].clone()
    };
    for record in [pair, inside] {
        for (key, value, expected) in [
            ("duration_ms", json!(812), json!(812)),
            ("latencyMs", json!(812), json!(812)),
            ("elapsed_ms", json!(811.6), json!(812)),
            ("duration_seconds", json!(0.812), json!(812)),
            ("duration", json!("812ms"), json!(812)),
            ("latency", json!("0.812s"), json!(812)),
            // Of what is unknown nothing is made.
            ("duration", json!(812), Json::Null),
            ("latency", json!("812"), Json::Null),
            ("latency_ms", json!(0), Json::Null),
            ("response_time", json!(812), Json::Null),
        ] {
            let found = took(record(), key, value.clone());
            assert_eq!(found, expected, "{key}: {value}");
        }
    }
}

/// What a program was asked, beside what OpenRouter answered it, is not what OpenRouter was asked.
#[test]
fn a_request_of_another_kind_beside_an_answer_takes_nothing_from_it() {
    for request in [
        json!({"method": "GET", "path": "/api/chat?q=q"}),
        json!("req-1"),
        json!({"role": "user", "content": "Say hi"}),
    ] {
        let record = json!({"request": request, "response": answered()});
        let loaded = load::load("t.json", record.to_string().as_bytes());
        assert_eq!(events(&loaded)[0][2], "a", "{record}");
        assert_eq!(loaded.problems, [], "{record}");
    }
}

/// Slack writes a block's first and last line beside its marks.
#[test]
fn a_block_may_begin_on_the_line_of_its_fence() {
    let pretty = |it: Json| serde_json::to_string_pretty(&it).unwrap();
    let plain = |it: Json| it.to_string();
    let forms: [&dyn Fn(Json) -> String; 2] = [&pretty, &plain];
    for form in forms {
        let (asked, answered) = (form(asked()), form(answered()));
        check(&format!(
            "zoe  10:01\n```{asked}```\n10:02\n```{answered}```\n"
        ));
        check(&format!(
            "zoe  10:01\n```{asked}\n```\n10:02\n```\n{answered}\n```\n"
        ));
    }
}

/// A record that was written earlier than a request holds no answer to it: a log that shows its newest first.
#[test]
fn newest_first_no_request_gets_the_answer_before_it() {
    let call = |number: usize| {
        let mut asked = asked();
        asked["user"] = json!(format!("user_{number}"));
        let id = format!("gen-1780662787-HsCxAbCdEfGhIjKlMnO{number}");
        [
            ("response", answer(&id, &format!("a{number}"))),
            ("request", asked),
        ]
    };
    let all = || (1..=3).rev().flat_map(call).enumerate();
    let time = |at: usize| format!("2026-05-06T01:35:{:02}.000Z", 59 - at);
    let lines = |line: &dyn Fn(usize, &str, &Json) -> String| {
        let lines: Vec<String> = all()
            .map(|(at, (label, it))| line(at, label, &it))
            .collect();
        lines.join("\n")
    };
    let words = |label: &str, it: &Json| format!("{label} {it}");
    let pino = lines(&|at, label, it| {
        json!({"level": 30, "time": time(at), "msg": label, "body": it}).to_string()
    });
    let rows: Vec<Json> = all()
        .map(|(at, (label, it))| json!({"kind": label, "created_at": time(at), "body": it}))
        .collect();
    let kibana: Vec<Json> = all()
        .map(|(at, (label, it))| json!({"_source": {"@timestamp": time(at), "message": words(label, &it)}}))
        .collect();
    let loki: Vec<Json> = all()
        .map(|(at, (label, it))| {
            json!([
                (1_778_031_313_000_000_000_u64 - at as u64).to_string(),
                words(label, &it)
            ])
        })
        .collect();
    for text in [
        pino,
        json!(rows).to_string(),
        json!({"hits": {"hits": kibana}}).to_string(),
        json!({"status": "success", "data": {"result": [{"stream": {"app": "api"}, "values": loki}]}}).to_string(),
    ] {
        let loaded = load::load("t.json", text.as_bytes());
        let found = events(&loaded).into_iter().filter(Json::is_array);
        let found: Vec<Json> = found.collect();
        assert_eq!(found.len(), 3, "{text}\n{found:?}");
        for event in found {
            let user = event[0].as_str().unwrap();
            let number = event[2].as_str().unwrap().trim_start_matches('a');
            let is_right = user == "anonymous" || user == format!("user_{number}");
            assert!(is_right, "{text}\n{event}");
        }
    }
}

/// A paste may have lost the braces around its members, or have got signs that nobody sees.
#[test]
fn a_pasted_document_is_read_behind_its_key() {
    let pretty = |it: Json| serde_json::to_string_pretty(&it).unwrap();
    let (asked, answered) = (pretty(asked()), pretty(answered()));
    let both = format!("\"request\": {asked},\n\"response\": {answered}\n");
    let loaded = load::load("t.json", both.as_bytes());
    assert_eq!(loaded.completions.len(), 2, "{both}");
    assert_eq!(loaded.problems, [], "{both}");
    check(&format!("\u{200b}{asked}\n{answered}\n"));
    for text in [
        format!("\"response\": {answered}\n"),
        format!("\"response\": {answered},\n"),
        format!("({answered})\n"),
    ] {
        let loaded = load::load("t.json", text.as_bytes());
        assert_eq!(events(&loaded), [json!(["anonymous", null, "a"])], "{text}");
        assert_eq!(loaded.problems, [], "{text}");
    }
}

/// Each line of a body behind the marks that a library writes before it.
#[test]
fn pretty_bodies_behind_marks_are_read() {
    let marked = |mark: &str, it: Json| {
        let pretty = serde_json::to_string_pretty(&it).unwrap();
        let lines: Vec<String> = pretty.lines().map(|line| format!("{mark}{line}")).collect();
        lines.join("\n")
    };
    let httr2 = |before: &str| {
        format!(
            "{before}-> POST /api/v1/chat/completions HTTP/1.1\n{before}-> Host: openrouter.ai\n{before}->\n{}\n\
             {before}<- HTTP/2 200\n{before}<- content-type: application/json\n{before}<-\n{}\n",
            marked(&format!("{before}>> "), asked()),
            marked(&format!("{before}<< "), answered()),
        )
    };
    for text in [httr2(""), httr2("#> "), marked("║    ", answered())] {
        let loaded = load::load("t.txt", text.as_bytes());
        let found = events(&loaded).into_iter().filter(Json::is_array);
        let outputs: Vec<Json> = found.map(|event| event[2].clone()).collect();
        assert_eq!(outputs, ["a"], "{text}\n{:?}", loaded.problems);
    }
}

#[test]
fn numbers_of_mongodb_are_numbers() {
    fn canonical(value: &Json) -> Json {
        match value {
            Json::Number(number) if number.is_f64() => json!({"$numberDouble": number.to_string()}),
            Json::Number(number) => json!({"$numberInt": number.to_string()}),
            Json::Array(list) => list.iter().map(canonical).collect(),
            Json::Object(map) => {
                let members = map
                    .iter()
                    .map(|(key, value)| (key.clone(), canonical(value)));
                Json::Object(members.collect())
            }
            other => other.clone(),
        }
    }
    let id = json!({"$oid": "66"});
    let record = json!({"request": asked(), "response": answered()});
    let members = &canonical(&record).to_string()[1..];
    let text = format!("{{\"_id\":{id},{members}\n");
    check(&text);
    let loaded = load::load("t.json", text.as_bytes());
    let event = event_json(map(&loaded.completions[0]).event().unwrap(), Privacy::Off);
    assert!(event.contains("\"prompt_tokens\":1"), "{event}");
    assert!(event.contains("2026-05-28T"), "{event}");
}

/// A row that somebody keeps of a generation's record calls its id by a longer name: it is the same generation.
#[test]
fn a_row_of_a_record_names_its_generation() {
    let id = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
    let row = json!({"generation_id": id, "model": "a/b", "provider_name": "OpenAI", "native_tokens_prompt": 9,
        "native_tokens_completion": 7, "native_finish_reason": "stop"});
    let event_of = |text: String| {
        let loaded = load::load("t.json", text.as_bytes());
        let event = event_json(map(&loaded.completions[0]).event().unwrap(), Privacy::Off);
        let event: Json = serde_json::from_str(&event).unwrap();
        event["event_id"].clone()
    };
    assert_eq!(event_of(row.to_string()), event_of(answered().to_string()));
}

/// What an SDK logged of a call is one with the answer that the program logged below, as it logs all else.
#[test]
fn an_answer_behind_a_logs_words_is_that_of_the_sdks_call() {
    let head = "[2026-11-28 22:49:38,636 - openai._base_client:604 - DEBUG]";
    let text = format!(
        "{head} Request options: {{'method': 'post', 'url': '/chat/completions', 'headers': {{}}, 'json_data': {{'model': 'a/b', \
         'messages': [{{'role': 'user', 'content': 'q'}}], 'user': 'ann'}}}}\n\
         {head} Sending HTTP Request: POST https://openrouter.ai/api/v1/chat/completions\n\
         {head} HTTP Response: POST https://openrouter.ai/api/v1/chat/completions \"200 OK\" Headers({{'content-type': 'application/json'}})\n\
         [2026-11-28 22:49:38,665 - root:79 - INFO] {}\n",
        answered()
    );
    check(&text);
}

/// A record between a request and its answer that says no more than that the answer follows keeps them together.
#[test]
fn a_record_may_say_that_the_answer_follows() {
    let label =
        |half: &str| json!({"gptel": format!("{half} body"), "timestamp": "2026-05-06 01:35:13"});
    let pretty = |it: Json| serde_json::to_string_pretty(&it).unwrap();
    let plain = |it: Json| it.to_string();
    let forms: [&dyn Fn(Json) -> String; 2] = [&pretty, &plain];
    for form in forms {
        let (asked, answered) = (form(asked()), form(answered()));
        let text = format!(
            "{}\n{asked}\n{}\n{answered}\n",
            label("request"),
            label("response")
        );
        check(&text);
        let failed = text.replace("response body", "response error");
        let loaded = load::load("t.txt", failed.as_bytes());
        assert_eq!(loaded.completions.len(), 2, "{failed}");
    }
}

/// What else OpenRouter answers, and sends, holds completions in an exchange as it does by itself.
#[test]
fn a_batch_and_a_delivery_are_read_in_their_exchange() {
    let result = json!({"custom_id": "1", "response": {"status_code": 200, "body": answered()}});
    let span = json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "a/b",
        "startTimeUnixNano": "1780000000000000000", "endTimeUnixNano": "1780000001000000000",
        "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "a/b"}},
            {"key": "gen_ai.response.id", "value": {"stringValue": "gen-1780662787-HsCxAbCdEfGhIjKlMnOp"}},
            {"key": "gen_ai.completion", "value": {"stringValue": "a"}}]});
    let delivery = json!({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "openrouter"}}]},
        "scopeSpans": [{"spans": [span]}]}]});
    let batch = json!({
        "request": {"method": "GET", "url": "https://openrouter.ai/api/v1/batches/batch_1/results", "headers": {}},
        "response": {"status": 200, "headers": {}, "body": result.to_string()},
    });
    let hook = json!({
        "request": {"method": "POST", "url": "https://example.com/hook", "headers": {}, "body": delivery.to_string()},
        "response": {"status": 200, "headers": {}, "body": "ok"},
    });
    for (alone, exchange) in [(result, batch), (delivery, hook)] {
        let alone = load::load("t.json", alone.to_string().as_bytes());
        let loaded = load::load("t.json", exchange.to_string().as_bytes());
        assert_eq!(alone.completions.len(), 1, "{:?}", alone.problems);
        assert_eq!(
            events(&loaded),
            events(&alone),
            "{exchange}\n{:?}",
            loaded.problems
        );
        assert_eq!(loaded.problems, [], "{exchange}");
    }
}
