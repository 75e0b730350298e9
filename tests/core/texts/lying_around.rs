//! Text as it lies around: several things in one file, bytes that are no text, beginnings that are long.

use crate::common::{event_json, map};
use rainscope::completion::load::{self, Loaded, ProblemKind};
use rainscope::event::privacy::Privacy;
use rainscope::json::Position;
use rainscope::mapping::Outcome;
use serde_json::{Value as Json, json};

/// The answers' texts of a file in order; `-` for an event without one, `!` and the reason where there is no event.
fn outputs(loaded: &Loaded) -> Vec<String> {
    let output = |completion| match map(completion).outcome {
        Outcome::Event(event) => {
            let event: Json = serde_json::from_str(&event_json(&event, Privacy::Off)).unwrap();
            event["ai_data"]["output"]
                .as_str()
                .unwrap_or("-")
                .to_owned()
        }
        Outcome::NoEvent(none) => format!("!{}", none.reason),
    };
    loaded.completions.iter().map(output).collect()
}

fn chunk(id: &str, text: &str) -> String {
    let chunk = json!({
        "id": id, "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}],
    });
    format!("data: {chunk}\n\n")
}

fn answer(id: &str, text: &str) -> Json {
    json!({
        "id": id, "object": "chat.completion", "created": 1_780_000_000, "model": "a/b",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    })
}

const DONE: &str = "data: [DONE]\n\n";

#[test]
fn what_follows_a_transcript_is_read_too() {
    let stream = |id: &str, text: &str| chunk(id, text) + DONE;
    let other = answer("gen-2", "two");
    let pretty = serde_json::to_string_pretty(&other).unwrap();
    let check = |text: &str, expected: &[&str]| {
        let loaded = load::load("t.txt", text.as_bytes());
        assert_eq!(loaded.problems, [], "{text}");
        assert_eq!(outputs(&loaded), expected, "{text}");
    };
    let one = stream("gen-1", "one");
    check(&format!("{one}{other}\n"), &["one", "two"]);
    check(&format!("{one}{pretty}\n"), &["one", "two"]);
    check(
        &format!("{one}The next one:\n\n{pretty}\n"),
        &["one", "two"],
    );
    check(
        &format!("{one}{other}\n\n{}", stream("gen-3", "three")),
        &["one", "two", "three"],
    );
    check(
        &format!("{}{other}\n", chunk("gen-1", "one")),
        &["one", "two"],
    );
    check(
        &format!("{one}{{\"error\":{{\"code\":429,\"message\":\"slow down\"}}}}\n"),
        &["one", "!error-body"],
    );
    // Words between the chunks are words, and a chunk over several lines is one.
    check(&format!("{one}that was all\nid: 7\nretry: 3\n"), &["one"]);
    // What is no completion is named, and what is broken is a problem.
    let loaded = load::load("t.txt", format!("{one}{{\"level\":30}}\n").as_bytes());
    assert_eq!(outputs(&loaded), ["one"]);
    assert_eq!(loaded.problems, []);
    assert!(
        loaded
            .notes
            .iter()
            .any(|note| note.what.contains("`level`")),
        "{:?}",
        loaded.notes
    );
    let loaded = load::load("t.txt", format!("{one}{{\"id\":\n").as_bytes());
    assert_eq!(outputs(&loaded), ["one"]);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
}

/// An object that a program printed begins with a key that a transcript knows as well.
#[test]
fn a_printed_id_is_no_field_of_a_transcript() {
    let loaded = load::load("t.txt", b"id: 'gen-1780000000-a',\n");
    let said = format!("{:?}", loaded.problems);
    assert!(!said.contains("stream"), "{said}");
}

/// Each such byte is shown as a character of three: places are the file's all the same.
#[test]
fn places_behind_a_byte_that_is_no_text_are_the_files() {
    let bad = b"\xff".repeat(40);
    let check = |file: &str, before: &str, after: &str| {
        let bytes = [before.as_bytes(), &bad, after.as_bytes()].concat();
        let loaded = load::load(file, &bytes);
        for problem in loaded.problems.iter().chain(&loaded.notes) {
            let position = problem.position.unwrap();
            assert!(problem.offset <= bytes.len(), "{file}: {problem}");
            let known = Position { line: 1, column: 1 }.after(&bytes[..problem.offset]);
            assert_eq!(position, known, "{file}: {problem}");
        }
        for completion in &loaded.completions {
            for value in completion.document().root().descendants() {
                if let Some(place) = completion.place_of(value) {
                    assert!(place.offset <= bytes.len(), "{file}: {place:?}");
                }
            }
        }
        loaded
    };
    check("a.json", "[{\"resource_spans\": \": ", "a863");
    check("a.csv", "> ```\n{\"log\":{\"entrie", "s\"-: es\"mod");
    check("a.yaml", "{\n\"log\":{\"\ntr", "ies\":[\t\"chat\"n\t");
    check("a.txt", "<<: \":\"5<<: 1\",\"name\":", "eration%}]}]}]}");
    let fenced = check(
        "a.md",
        "```\n{\"model\":\"",
        "/b\",\"messages\":[]}\n```\n```json\n{\"id\":\"gen-1\",\"choices\":[{\"message\":{\"content\":\"a\"}}]}\n```\n",
    );
    assert_eq!(fenced.completions.len(), 1);
}

#[test]
fn a_byte_that_is_no_text_hides_nothing_beside_it() {
    let check = |file: &str, bytes: &[u8], expected: &[&str]| {
        let loaded = load::load(file, bytes);
        assert_eq!(outputs(&loaded), expected, "{file}: {:?}", loaded.problems);
        let named = loaded.problems.iter().filter(|problem| {
            problem.kind == ProblemKind::Malformed && problem.what.contains("is not UTF-8")
        });
        assert_eq!(named.count(), 1, "{file}: {:?}", loaded.problems);
        loaded
    };
    let joined = |parts: &[&[u8]]| parts.concat();
    let (hello, world) = (chunk("gen-1", "Hello "), chunk("gen-1", "worldé"));
    // A transcript that ends within a character: a chunk of it is broken as well.
    let cut_at = world.find('é').unwrap() + 1;
    let cut = joined(&[hello.as_bytes(), &world.as_bytes()[..cut_at]]);
    let loaded = check("cut.sse", &cut, &["Hello "]);
    assert_eq!(loaded.problems.len(), 2, "{:?}", loaded.problems);
    let place = loaded.problems[0].position.unwrap();
    assert_eq!((place.line, loaded.problems[0].offset), (3, cut.len() - 1));
    // One in Latin-1, within a chunk that is whole otherwise.
    let latin = joined(&[
        hello.as_bytes(),
        world.replace('é', "?").replace('?', "\u{1}").as_bytes(),
        DONE.as_bytes(),
    ]);
    let latin: Vec<u8> = latin
        .split(|byte| *byte == 1)
        .collect::<Vec<_>>()
        .join(&0xe9);
    let text = String::from_utf8_lossy(&latin).into_owned();
    assert!(text.contains('\u{fffd}'));
    check("latin.sse", &latin, &["Hello world\u{fffd}"]);
    // HTTP as it was printed, a cassette, a recording whose body was cut.
    let http = joined(&[
        b"HTTP/1.1 200 OK\ncontent-type: text/event-stream\nx-generation-id: gen-1\n\n",
        &cut,
    ]);
    check("cut.txt", &http, &["Hello "]);
    let body = answer("gen-1", "Hi").to_string();
    let cassette = format!(
        "interactions:\n- request:\n    method: POST\n    uri: https://openrouter.ai/api/v1/chat/completions\n    body: '{{}}'\n  response:\n    status: {{code: 200}}\n    body:\n      string: '{body}'\nversion: 1\n# caf"
    );
    check(
        "t.yaml",
        &joined(&[cassette.as_bytes(), b"\xe9\n"]),
        &["Hi"],
    );
    let entry = |body: Json| {
        json!({"request": {"method": "POST", "url": "https://openrouter.ai/api/v1/chat/completions"},
               "response": {"status": 200, "content": body}})
    };
    use base64::Engine;
    let packed = base64::engine::general_purpose::STANDARD.encode(&cut);
    let har = json!({"log": {"entries": [entry(json!({"text": packed, "encoding": "base64"}))]}});
    check("t.har", har.to_string().as_bytes(), &["Hello "]);
    let har =
        json!({"log": {"creator": {"name": "caf?"}, "entries": [entry(json!({"text": body}))]}});
    let har: Vec<u8> = har
        .to_string()
        .bytes()
        .map(|byte| if byte == b'?' { 0xe9 } else { byte })
        .collect();
    check("latin.har", &har, &["Hi"]);
    // What is hardly text at all is none of it.
    let binary = joined(&[b"data: {\n", &[0xff; 4000]]);
    let loaded = load::load("t.sse", &binary);
    assert_eq!(loaded.completions.len(), 0);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
}

/// A recording is told from its first exchange, however long that is.
#[test]
fn a_recording_may_begin_with_a_long_prompt() {
    let long = "h".repeat(70_000);
    let request = |text: &str| json!({"model": "a/b", "messages": [{"role": "user", "content": text}, {"role": "user", "content": "b\\\"c"}]});
    let nock = |text: &str| {
        json!([
            {"scope": "https://openrouter.ai:443", "method": "POST", "path": "/api/v1/chat/completions",
             "body": request(text), "status": 200, "response": answer("gen-1", "Hi")},
            {"scope": "https://openrouter.ai:443", "method": "GET", "path": "/api/v1/generation?id=gen-1",
             "body": "", "status": 200,
             "response": {"data": {"id": "gen-1", "model": "a/b", "total_cost": 0.5, "generation_time": 800,
                                   "native_tokens_completion": 2, "provider_name": "P"}}},
        ])
    };
    let undici = |text: &str| {
        json!([{"hash": "h",
            "snapshot": {"request": {"method": "POST", "url": "https://openrouter.ai/api/v1/chat/completions",
                                     "headers": {}, "body": request(text).to_string()},
                         "responses": [{"statusCode": 200, "headers": {}, "body": answer("gen-1", "Hi").to_string()}]}}])
    };
    let event = |json: Json| {
        let loaded = load::load("t.json", json.to_string().as_bytes());
        assert_eq!(loaded.problems, []);
        assert_eq!(outputs(&loaded), ["Hi"]);
        let mapped = map(&loaded.completions[0]);
        let event = event_json(mapped.event().unwrap(), Privacy::Off);
        let mut event: Json = serde_json::from_str(&event).unwrap();
        event["ai_data"]["input"] = Json::Null;
        event
    };
    for write in [&nock as &dyn Fn(&str) -> Json, &undici] {
        for length in [60_000, 65_200, 65_400, 65_536, 70_000] {
            assert_eq!(event(write(&long[..length])), event(write("h")), "{length}");
        }
    }
    // What was printed below a long command.
    let answer = answer("gen-1", "Hi");
    for (option, printed) in [
        (
            "-i",
            format!("HTTP/1.1 200 OK\ncontent-type: application/json\n\n{answer}\n"),
        ),
        (
            "-v",
            format!(
                "* Connected\n> POST /api/v1/chat/completions HTTP/1.1\n> Host: openrouter.ai\n>\n< HTTP/1.1 200 OK\n< content-type: application/json\n<\n{answer}\n"
            ),
        ),
    ] {
        let command = format!(
            "$ curl {option} https://openrouter.ai/api/v1/chat/completions -d '{{\"model\":\"a/b\",\"messages\":[{{\"role\":\"user\",\"content\":\"{long}\"}}]}}'\n{printed}"
        );
        let loaded = load::load("t.txt", command.as_bytes());
        assert_eq!(loaded.problems, [], "{option}");
        assert_eq!(outputs(&loaded), ["Hi"], "{option}");
    }
}

/// OpenRouter's API knows no names in camelCase: what was sent under them is what it got.
#[test]
fn a_request_keeps_the_names_that_were_sent() {
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "hello"}],
                         "sessionId": "s-1", "trace": {"traceName": "n1"}});
    let answer = answer("gen-1", "Hi");
    let exchange = json!({"request": {"url": "https://openrouter.ai/api/v1/chat/completions", "method": "POST",
                                      "body": request.to_string()},
                          "response": {"status": 200, "body": answer.to_string()}});
    let captured = json!({"request": request, "response": answer,
                          "captured": {"number": 1, "method": "POST", "path": "/api/v1/chat/completions",
                                       "status": 200, "ending": "complete"}});
    let sample = json!({"request": request, "response": answer});
    for (json, session) in [(exchange, None), (captured, None), (sample, Some("s-1"))] {
        let loaded = load::load("t.json", json.to_string().as_bytes());
        assert_eq!(loaded.problems, []);
        let mapped = map(&loaded.completions[0]);
        let event = event_json(mapped.event().unwrap(), Privacy::Off);
        let event: Json = serde_json::from_str(&event).unwrap();
        assert_eq!(event["ai_data"]["convo_id"].as_str(), session, "{json}");
    }
}

/// A fact about an answer that stands elsewhere is none.
#[test]
fn what_brings_nothing_of_an_answer_is_no_completion() {
    for text in [
        r#"{"type":"response.debug","debug":{"echo_upstream_body":{"model":"m","messages":[]}},"sequence_number":0}"#,
        r#"{"object":"chat.completion.chunk","usage":{"prompt_tokens":1,"completion_tokens":2,"cost":0.5}}"#,
        r#"{"data":{"model":null,"tokens_prompt":null,"total_cost":null,"generation_time":null,"finish_reason":null}}"#,
        r#"{"status_code":200,"request_id":"902fee3b","code":"","message":"","output":{"text":null,"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"x"}}]},"usage":{"input_tokens":22,"output_tokens":17}}"#,
    ] {
        for text in [
            text.to_owned(),
            format!("data: {text}\n\n"),
            format!("{{\"a\":[{text}]}}"),
        ] {
            let loaded = load::load("t.txt", text.as_bytes());
            assert_eq!(loaded.completions.len(), 0, "{text}");
            assert_eq!(loaded.problems.len(), 1, "{text}: {:?}", loaded.problems);
            assert_eq!(loaded.problems[0].kind, ProblemKind::Unrecognised, "{text}");
        }
    }
    // Beside an answer they count, and so does a record whose generation has not ended.
    let chunk = chunk("gen-1", "one");
    let usage = r#"{"object":"chat.completion.chunk","usage":{"prompt_tokens":1,"completion_tokens":2,"cost":0.5}}"#;
    let loaded = load::load(
        "t.sse",
        format!("{chunk}data: {usage}\n\n{DONE}").as_bytes(),
    );
    assert_eq!(loaded.problems, []);
    let event = event_json(map(&loaded.completions[0]).event().unwrap(), Privacy::Off);
    assert!(event.contains("\"total_cost\":0.5"), "{event}");
    let record = br#"{"data":{"id":"gen-1","generation_time":null,"total_cost":null}}"#;
    assert_eq!(load::load("t.json", record).completions.len(), 1);
}

/// OpenRouter's Responses API may write an id of its own around the generation's.
#[test]
fn a_response_names_its_generation_within_its_id() {
    let event = |id: &str| {
        let response = json!({
            "id": id, "object": "response", "created_at": 1_780_000_000, "model": "a/b", "status": "completed",
            "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}],
        });
        let loaded = load::load("t.json", response.to_string().as_bytes());
        event_json(map(&loaded.completions[0]).event().unwrap(), Privacy::Off)
    };
    assert_eq!(event("resp_gen-1780000000-a"), event("gen-1780000000-a"));
    assert!(event("resp_1").contains("\"trace_id\":\"resp_1\""));
}

/// What stands once for many answers takes no more memory than a part of the file may.
#[test]
fn what_is_shared_is_not_repeated_without_end() {
    let long = "x".repeat(100_000);
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": long}]});
    let answers: Vec<Json> = (0..2000)
        .map(|index| answer(&format!("gen-{index}"), "a"))
        .collect();
    let tries = json!({"request": request, "results": answers}).to_string();
    let mut session = json!({"type": "user", "uuid": "u", "parentUuid": null, "sessionId": "s", "isSidechain": false,
                             "message": {"role": "user", "content": long}}).to_string();
    for index in 0..2000 {
        let line = json!({"type": "assistant", "uuid": format!("a{index}"), "parentUuid": "u", "sessionId": "s",
                          "isSidechain": false,
                          "message": {"id": format!("gen-{index}"), "type": "message", "role": "assistant", "model": "a/b",
                                      "content": [{"type": "text", "text": "a"}]}});
        session.push('\n');
        session.push_str(&line.to_string());
    }
    let aliases = format!(
        "version: 1\ninteractions:\n- note: &a \"{long}\"\n{}",
        "- note: *a\n".repeat(2000)
    );
    for (file, text) in [("t.json", tries), ("t.jsonl", session), ("t.yaml", aliases)] {
        let loaded = load::load(file, text.as_bytes());
        let bytes = loaded
            .completions
            .iter()
            .map(|found| found.document().text().len());
        assert!(bytes.sum::<usize>() < (24 << 20) + 9 * text.len(), "{file}");
        let said = loaded
            .problems
            .iter()
            .any(|problem| problem.what.contains("too "));
        assert!(said, "{file}: {:?}", loaded.problems);
    }
}

/// A command with what it printed below is one exchange, with headers or without. What only the shell knew is not known.
#[test]
fn a_command_and_what_it_printed_are_one_exchange() {
    let asked = r#"{"model":"openai/gpt-4o","user":"ann","messages":[{"role":"user","content":"hello there"}]}"#;
    let answer = r#"{"id":"gen-1780662787-HsCxAbCdEfGhIjKlMnOp","model":"openai/gpt-4o","choices":[{"message":{"role":"assistant","content":"yes"}}]}"#;
    let transcript = format!(
        ": OPENROUTER PROCESSING\n\ndata: {}\n\ndata: [DONE]\n",
        answer.replace("message", "delta")
    );
    let pretty = answer.replace(",\"", ",\n  \"");
    let headers = format!("HTTP/2 200\ncontent-type: application/json\n\n{answer}");
    for between in ["\n", "\n\n", " \\\n  -s\n"] {
        for printed in [answer, &pretty, &transcript, &headers] {
            let command = "curl https://openrouter.ai/api/v1/chat/completions";
            let text = format!("$ {command} \\\n  -d '{asked}'{between}{printed}\n");
            let loaded = load::load("t.txt", text.as_bytes());
            assert_eq!(loaded.problems, [], "{text}");
            assert_eq!(loaded.completions.len(), 1, "{text}");
            let completion = &loaded.completions[0];
            let mapped = map(completion);
            let event = event_json(mapped.event().expect("an event"), Privacy::Off);
            assert!(
                event.contains("\"ann\"") && event.contains("hello there"),
                "{event}"
            );
            // What the shell put in is not known.
            let filled = text.replace(
                &format!("'{asked}'"),
                &format!("'{}'", asked.replace("there", "'\"$DOC\"'")),
            );
            let loaded = load::load("t.txt", filled.as_bytes());
            let mapped = map(&loaded.completions[0]);
            let event = event_json(mapped.event().expect("an event"), Privacy::Off);
            assert!(!event.contains("DOC") && event.contains("yes"), "{event}");
            let notes: Vec<String> = loaded.notes.iter().map(ToString::to_string).collect();
            assert!(
                notes
                    .iter()
                    .any(|note| note.contains("$DOC, which only the shell knew")),
                "{notes:?}"
            );
        }
    }
}

/// The answer may name another model where the request leaves the choice open, and on one line any.
#[test]
fn an_answer_of_a_router_belongs_to_its_request() {
    let asked = |model: &str| {
        format!(
            r#"{{"model":"{model}","user":"ann","messages":[{{"role":"user","content":"hello there"}}]}}"#
        )
    };
    let answer = r#"{"id":"gen-1780662787-HsCxAbCdEfGhIjKlMnOp","model":"openai/gpt-4o","choices":[{"message":{"role":"assistant","content":"yes"}}]}"#;
    let check = |text: &str, expected: bool| {
        let loaded = load::load("t.log", text.as_bytes());
        let events: Vec<String> = loaded
            .completions
            .iter()
            .filter_map(|one| Some(event_json(map(one).event()?, Privacy::Off)))
            .collect();
        assert_eq!(events.len(), 1, "{text}: {events:?}");
        assert_eq!(
            events[0].contains("hello there"),
            expected,
            "{text}: {}",
            events[0]
        );
    };
    for model in [
        "openrouter/auto",
        "openrouter/free",
        "@preset/mail",
        "~openai/gpt-latest",
        "gpt-4o",
        "openai/gpt-4o",
    ] {
        let asked = asked(model);
        check(
            &format!("10:00:00 INFO request={asked} response={answer}\n"),
            true,
        );
        check(&format!("{asked}\n{answer}\n"), true);
        check(
            &format!("10:00:00 INFO request: {asked}\n10:00:01 INFO response: {answer}\n"),
            true,
        );
    }
    let other = asked("mistralai/mistral-large");
    check(
        &format!("10:00:00 INFO request={other} response={answer}\n"),
        true,
    );
    check(&format!("{other}\n{answer}\n"), false);
}
