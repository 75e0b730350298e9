//! A request whose answer stands somewhere near it: wrapped, in a list of attempts, beside an error. What is found is
//! read with its request, and nothing false is said of what is not.

use rainscope::completion::load;
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Outcome;
use serde_json::{Value as Json, json};

use crate::common::{event_json, map};

/// What came of a record: `question → answer` for an event, the reason where there is none, `problem: …` for what
/// could not be read.
fn found(record: &Json) -> Vec<String> {
    let loaded = load::load("t.json", record.to_string().as_bytes());
    let events = loaded.completions.iter().map(|completion| {
        let mapped = map(completion);
        match &mapped.outcome {
            Outcome::NoEvent(none) => none.reason.to_owned(),
            Outcome::Event(event) => {
                let json = event_json(event, Privacy::Off);
                let event: Json = serde_json::from_str(&json).unwrap();
                let text = |key: &str| event["ai_data"][key].as_str().unwrap_or("-").to_owned();
                format!("{} → {}", text("input"), text("output"))
            }
        }
    });
    let problems = loaded.problems.iter();
    let problems = problems.map(|problem| format!("problem: {}", problem.what));
    events.chain(problems).collect()
}

fn request() -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": "q"}]})
}

fn answer(text: &str) -> Json {
    json!({"choices": [{"message": {"role": "assistant", "content": text}}]})
}

fn error() -> Json {
    json!({"code": 500, "message": "m"})
}

fn refused() -> Json {
    json!({"error": error()})
}

#[test]
fn an_answer_that_is_wrapped_is_found_with_its_request() {
    let check_asked = |request: &Json, response: Json| {
        let record = json!({"request": request, "response": response});
        assert_eq!(found(&record), ["q → a"], "{record}");
    };
    let responses = json!({
        "object": "response", "model": "a/b", "status": "completed",
        "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}],
    });
    let message = json!({
        "type": "message", "role": "assistant", "model": "a/b", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "a"}],
    });
    let of_responses = json!({"model": "a/b", "input": "q"});
    for (request, answer) in [
        (request(), answer("a")),
        (of_responses, responses),
        (request(), message),
    ] {
        let check = |response: Json| check_asked(&request, response);
        for key in ["output", "data", "result", "message", "completion"] {
            check(json!({key: answer, "error": error()}));
            check(json!({key: answer, "error": null}));
            check(json!({"error": error(), "body": {key: answer}}));
        }
    }
    let check = |response: Json| check_asked(&request(), response);
    check(json!({"error": error(), "data": [answer("a")]}));
    check(json!(
        json!({"output": answer("a"), "error": error()}).to_string()
    ));
    // As HTTP has it.
    let url = "https://openrouter.ai/api/v1/chat/completions";
    for (status, body) in [
        (200, json!({"data": answer("a"), "error": null})),
        (200, json!({"output": answer("a"), "error": error()})),
        (200, json!([answer("a")])),
    ] {
        let record = json!({
            "request": {"url": url, "method": "POST", "body": request()},
            "response": {"status": status, "body": body},
        });
        assert_eq!(found(&record), ["q → a"], "{record}");
    }
}

#[test]
fn an_answer_among_attempts_is_found_with_its_request() {
    let check = |record: Json, expected: &[&str]| assert_eq!(found(&record), expected, "{record}");
    let lists = [
        json!([refused(), answer("a")]),
        json!([answer("a"), refused()]),
        json!([null, answer("a")]),
        json!([[answer("a")]]),
        json!([refused().to_string(), answer("a").to_string()]),
        json!([{"status": 500, "body": refused()}, {"status": 200, "body": answer("a")}]),
    ];
    for list in &lists {
        check(json!({"request": request(), "response": list}), &["q → a"]);
        check(json!({"request": request(), "responses": list}), &["q → a"]);
        check(json!({"input": request(), "output": list}), &["q → a"]);
        check(
            json!({"request": request(), "error": error(), "result": {"attempts": list}}),
            &["q → a"],
        );
        check(
            json!({"request": request(), "response": list.to_string()}),
            &["q → a"],
        );
        let mut flat = request();
        flat["response"] = list.clone();
        check(flat, &["q → a"]);
    }
    let attempts = json!([{"response": refused()}, {"response": answer("a")}]);
    check(
        json!({"request": request(), "attempts": attempts}),
        &["q → a"],
    );
    let attempts = json!([
        {"request": request(), "response": refused()},
        {"request": request(), "response": answer("a")},
    ]);
    check(
        json!({"request": request(), "attempts": attempts}),
        &["error-body", "q → a"],
    );
    // Several samples of one model answer the same request.
    check(
        json!({"request": request(), "samples": [answer("a"), answer("b")]}),
        &["q → a", "q → b"],
    );
    // All attempts failed.
    check(
        json!({"request": request(), "response": [refused(), refused()]}),
        &["error-body"],
    );
    check(
        json!({"request": request(), "attempts": [refused(), refused()]}),
        &["error-body"],
    );
    // Two turns, of which only the first request is known.
    check(
        json!([{"request": request(), "response": answer("a")}, {"response": answer("b")}]),
        &["q → a", "- → b"],
    );
}

#[test]
fn what_is_beside_an_error_and_no_answer_claims_nothing() {
    let check = |response: Json, expected: &[&str]| {
        let record = json!({"request": request(), "response": response});
        assert_eq!(found(&record), expected, "{record}");
    };
    check(json!({"error": error(), "output": "a"}), &["no-answer"]);
    check(json!({"error": error(), "text": "a"}), &["no-answer"]);
    check(json!({"error": error(), "output": null}), &["error-body"]);
    check(json!({"error": error(), "output": []}), &["error-body"]);
    check(json!({"error": error(), "data": {}}), &["error-body"]);
    check(json!({"id": "gen-1", "output": "a"}), &["no-answer"]);
    // Envelopes without a response stay what they are, whatever stands in them.
    let asked = json!({"request": request(), "notes": "words", "tags": ["x"]});
    assert_eq!(found(&asked), ["no-response"]);
    let recorded = json!({
        "request": request(),
        "generation": {"id": "gen-1", "native_tokens_prompt": 1, "native_tokens_completion": 1},
        "notes": {"choices": []},
    });
    assert_eq!(found(&recorded), ["q → -"]);
}

#[test]
fn mock_servers_say_what_a_request_has_to_be() {
    let check = |record: Json, expected: &[&str]| assert_eq!(found(&record), expected, "{record}");
    let is = |matcher: &str, value: Json| json!([{"matcher": matcher, "value": value}]);
    let hoverfly = |body: Json| {
        json!({
            "data": {"pairs": [{
                "request": {
                    "path": is("exact", json!("/api/v1/chat/completions")),
                    "method": is("exact", json!("POST")),
                    "destination": is("exact", json!("openrouter.ai")),
                    "body": body,
                },
                "response": {"status": 200, "body": answer("a").to_string(), "encodedBody": false},
            }]},
            "meta": {"schemaVersion": "v5.2"},
        })
    };
    let text = request().to_string();
    check(hoverfly(is("json", json!(text))), &["q → a"]);
    check(hoverfly(is("jsonPartial", request())), &["q → a"]);
    check(hoverfly(is("exact", json!(text))), &["q → a"]);
    check(hoverfly(json!({"jsonMatch": text})), &["q → a"]);
    check(hoverfly(json!({"exactMatch": text})), &["q → a"]);
    check(
        hoverfly(json!([{"matcher": "regex", "value": ".*"}, {"matcher": "exact", "value": text}])),
        &["q → a"],
    );
    // A pattern tells no request.
    check(hoverfly(is("glob", json!("*"))), &["- → a"]);
    check(hoverfly(json!({"regexMatch": ".*"})), &["- → a"]);
    let wiremock = |pattern: Json| {
        json!({
            "request": {"urlPath": "/api/v1/chat/completions", "method": "POST", "bodyPatterns": [pattern]},
            "response": {"status": 200, "jsonBody": answer("a")},
        })
    };
    check(
        wiremock(json!({"equalToJson": text, "ignoreArrayOrder": true})),
        &["q → a"],
    );
    check(wiremock(json!({"equalToJson": request()})), &["q → a"]);
    check(wiremock(json!({"matchesJsonPath": "$.model"})), &["- → a"]);
    check(
        json!([{
            "httpRequest": {"method": "POST", "path": "/api/v1/chat/completions",
                "body": {"type": "JSON", "json": text, "matchType": "STRICT"}},
            "httpResponse": {"statusCode": 200, "body": answer("a")},
        }]),
        &["q → a"],
    );
}

#[test]
fn the_journal_writes_some_messages_as_bytes() {
    let check = |message: &str, expected: &[&str]| {
        let record = json!({"PRIORITY": "6", "MESSAGE": message.as_bytes(), "_PID": "7"});
        assert_eq!(found(&record), expected, "{message}");
    };
    let sample = json!({"request": request(), "response": answer("a")}).to_string();
    check(&sample, &["q → a"]);
    check(&format!("\u{1b}[32mINFO\u{1b}[0m {sample}"), &["q → a"]);
    // A list of numbers is no text.
    let numbers: Vec<u32> = (200..260).collect();
    let found = found(&json!({"embedding": numbers}));
    assert!(
        found[0].starts_with("problem: an object with `embedding`"),
        "{found:?}"
    );
}

/// Each line of a session names its parent, so their order in the file says nothing.
#[test]
fn a_session_that_is_written_newest_first_keeps_its_questions() {
    let line = |kind: &str, uuid: usize, message: Json| {
        let parent = uuid.checked_sub(1).map(|parent| parent.to_string());
        json!({"type": kind, "uuid": uuid.to_string(), "parentUuid": parent, "sessionId": "s", "isSidechain": false,
            "timestamp": format!("2026-05-04T07:33:2{uuid}.000Z"), "message": message})
    };
    let asks =
        |uuid: usize, text: &str| line("user", uuid, json!({"role": "user", "content": text}));
    let says = |uuid: usize, id: &str, text: &str| {
        let content = json!([{"type": "text", "text": text}]);
        let message = json!({"id": id, "type": "message", "role": "assistant", "model": "a/b", "content": content,
            "usage": {"input_tokens": 1, "output_tokens": 1}});
        line("assistant", uuid, message)
    };
    let mut lines = [
        asks(0, "one?"),
        says(1, "gen-1", "one"),
        says(2, "gen-1", "!"),
        asks(3, "two?"),
        says(4, "gen-2", "two!"),
        asks(5, "three?"),
    ];
    for _ in 0..2 {
        lines.reverse();
        let of_lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let glued: String = lines.iter().map(Json::to_string).collect();
        let pretty = lines.iter().map(|line| format!("{line:#}\n")).collect();
        let list = json!(lines);
        for text in [
            of_lines,
            glued,
            pretty,
            list.to_string(),
            format!("{list:#}"),
        ] {
            let loaded = load::load("s.jsonl", text.as_bytes());
            assert_eq!(loaded.problems, [], "{text}");
            let mut found = crate::common::conversations(&loaded);
            found.sort_by_key(|it| it[0].to_string());
            assert_eq!(
                found,
                [json!(["one?", "one!"]), json!(["two?", "two!"])],
                "{text}"
            );
        }
    }
}
