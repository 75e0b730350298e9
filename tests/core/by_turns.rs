//! Where several calls stand together and nothing tells which answer is whose, none is made up; and what is torn or lies
//! deep is read or said.

use crate::common::{event_json, map};
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Outcome;
use serde_json::{Value as Json, json};

/// User, input and output of each event; the reason where there is none.
fn events(loaded: &Loaded) -> Vec<Json> {
    let event = |completion| match map(completion).outcome {
        Outcome::Event(event) => {
            let event: Json = serde_json::from_str(&event_json(&event, Privacy::Off)).unwrap();
            json!([
                event["user_id"],
                event["ai_data"]["input"],
                event["ai_data"]["output"]
            ])
        }
        Outcome::NoEvent(none) => json!(none.reason.to_string()),
    };
    loaded.completions.iter().map(event).collect()
}

/// The events alone.
fn made(text: &str) -> Vec<Json> {
    let all = events(&load::load("t.log", text.as_bytes()));
    all.into_iter().filter(Json::is_array).collect()
}

fn id(number: usize) -> String {
    format!("gen-178066278{number}-HsCxAbCdEfGhIjKlMnOp")
}

fn request(number: usize, model: &str) -> String {
    let text = format!("Q{number}");
    json!({"model": model, "messages": [{"role": "user", "content": text}], "user": format!("u{number}")})
        .to_string()
}

fn answer(number: usize, model: &str) -> String {
    json!({
        "id": id(number), "object": "chat.completion", "created": 1_780_000_000, "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": format!("A{number}")}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    })
    .to_string()
}

fn pair(number: usize) -> Json {
    json!([
        format!("u{number}"),
        format!("Q{number}"),
        format!("A{number}")
    ])
}

fn alone(number: usize) -> Json {
    json!(["anonymous", null, format!("A{number}")])
}

#[test]
fn in_markdown_no_request_is_paired_while_another_waits() {
    let block = |json: String| format!("Words:\n```json\n{json}\n```\n\n");
    let [r1, r2, r3] = [1, 2, 3].map(|number| block(request(number, "a/b")));
    let [a1, a2, a3] = [1, 2, 3].map(|number| block(answer(number, "a/b")));
    let other = block(request(1, "c/d"));
    for (text, expected) in [
        ([&*r1, &r2, &a1].concat(), vec![alone(1)]),
        ([&*r1, &r2, &a1, &a2].concat(), vec![alone(1), alone(2)]),
        (
            [&*r1, &r2, &a2, &r3, &a1, &a3].concat(),
            vec![alone(2), alone(1), alone(3)],
        ),
        // Afterwards, one call after the other.
        (
            [&*r1, &r2, &a2, &a1, &r3, &a3].concat(),
            vec![alone(2), alone(1), pair(3)],
        ),
        // What is asked once more is one thing.
        ([&*r1, &r1, &a1].concat(), vec![pair(1)]),
        // One of another model is not meant, nor one under another heading.
        ([&*other, &r2, &a2].concat(), vec![pair(2)]),
        ([&*r1, "# Two\n\n", &r2, &a2].concat(), vec![pair(2)]),
        ([&*r1, &a1, &r2, &a2].concat(), vec![pair(1), pair(2)]),
    ] {
        let text = format!("# One\n\n{text}");
        assert_eq!(made(&text), expected, "{text}");
    }
}

#[test]
fn of_http_messages_no_request_is_paired_while_another_waits_or_with_another_model() {
    let ask = |body: String| {
        format!(
            "POST /api/v1/chat/completions HTTP/1.1\r\nHost: openrouter.ai\r\nContent-Length: {}\r\n\r\n{body}\r\n",
            body.len()
        )
    };
    let reply = |body: String| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}\r\n")
    };
    let [r1, r2, r3] = [1, 2, 3].map(|number| ask(request(number, "a/b")));
    let [a1, a2, a3] = [1, 2, 3].map(|number| reply(answer(number, "a/b")));
    let other = reply(answer(2, "c/d"));
    for (text, expected) in [
        (
            [&*r1, &r2, &a2, &r3, &a1, &a3].concat(),
            vec![alone(2), alone(1), alone(3)],
        ),
        (
            [&*r1, &r2, &a2, &a1, &r3, &a3].concat(),
            vec![alone(2), alone(1), pair(3)],
        ),
        ([&*r1, &a1, &r2, &a2].concat(), vec![pair(1), pair(2)]),
        ([&*r1, &other].concat(), vec![alone(2)]),
        (
            [&*ask(request(2, "openrouter/auto")), &other].concat(),
            vec![pair(2)],
        ),
        (
            [
                &*ask(request(2, "a/b").replace("\"model\":\"a/b\",", "")),
                &other,
            ]
            .concat(),
            vec![pair(2)],
        ),
    ] {
        assert_eq!(made(&text), expected, "{text}");
    }
    let loaded = load::load("t.http", [&*r1, &other].concat().as_bytes());
    assert!(
        loaded.notes[0].what.contains("names another model"),
        "{:?}",
        loaded.notes
    );
    // What one connection was seen to answer is its answer.
    let sent: String = ask(request(2, "a/b"))
        .lines()
        .take(4)
        .map(|line| format!("> {line}\n"))
        .collect();
    let verbose = format!(
        "* Connected to openrouter.ai\n{sent}< HTTP/2 200\n< content-type: application/json\n<\n{}\n",
        answer(2, "c/d")
    );
    assert_eq!(made(&verbose), [alone(2)]);
}

/// The events of an answer of the Messages API.
fn message(number: usize) -> Vec<Json> {
    let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": id(number), "type": "message", "role": "assistant",
            "model": "a/b", "content": [], "usage": {"input_tokens": 1, "output_tokens": 0}}}),
        block,
    ];
    for text in ["A", &number.to_string()] {
        events.push(json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}));
    }
    events.extend([
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ]);
    events
}

#[test]
fn of_answers_by_turns_to_one_request_none_has_pieces_of_another() {
    let asked: Json = serde_json::from_str(&request(1, "a/b")).unwrap();
    let by_turns = |name: Option<&str>, late: usize| {
        let [one, two] = [message(1), message(2)];
        let mut records = Vec::new();
        for index in 0..one.len() + late {
            let both = [
                (1, one.get(index)),
                (2, index.checked_sub(late).and_then(|at| two.get(at))),
            ];
            for (number, chunk) in both {
                let Some(chunk) = chunk else { continue };
                let mut record =
                    json!({"ts": records.len(), "level": "info", "request": asked, "chunk": chunk});
                if let Some(name) = name {
                    record[name] = json!(format!("c{number}"));
                }
                records.push(record.to_string());
            }
        }
        records.join("\n") + "\n"
    };
    let pair = |number: usize| json!(["u1", "Q1", format!("A{number}")]);
    for late in [0, 1, 3, 5] {
        for name in ["call_id", "span"] {
            let text = by_turns(Some(name), late);
            assert_eq!(made(&text), [pair(1), pair(2)], "{text}");
        }
        let text = by_turns(None, late);
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(events(&loaded), [] as [Json; 0], "{text}");
        assert!(
            loaded.problems[0].what.contains("by turns"),
            "{:?}",
            loaded.problems
        );
    }
    // One after the other, and one that was cut off and asked for again.
    let lines = |events: &[Json]| -> String {
        events
            .iter()
            .map(|chunk| json!({"request": asked, "chunk": chunk}).to_string() + "\n")
            .collect()
    };
    let (one, two) = (message(1), message(2));
    assert_eq!(made(&(lines(&one) + &lines(&two))), [pair(1), pair(2)]);
    let cut = lines(&one[..3]) + &lines(&two);
    assert_eq!(made(&cut), [json!(["u1", "Q1", "A"]), pair(2)]);
}

#[test]
fn exchanges_of_a_cassette_that_were_torn_into_one_are_no_pair() {
    let exchange = |number: usize| {
        format!(
            "- request:\n    body: '{}'\n    method: POST\n    uri: https://openrouter.ai/api/v1/chat/completions\n  \
             response:\n    body:\n      string: '{}'\n    status: {{code: 200, message: OK}}\n",
            request(number, "a/b"),
            answer(number, "a/b")
        )
    };
    let whole = format!(
        "interactions:\n{}{}{}version: 1\n",
        exchange(1),
        exchange(2),
        exchange(3)
    );
    assert_eq!(made(&whole), [pair(1), pair(2), pair(3)]);
    let behind = exchange(3);
    let end = whole.len() - "version: 1\n".len();
    let before = end - behind.len() - "    status: {code: 200, message: OK}\n".len();
    let torn = format!(
        "{}    h- request:\n{}",
        &whole[..before],
        &whole[end - behind.len() + 11..]
    );
    let loaded = load::load("t.yaml", torn.as_bytes());
    assert_eq!(events(&loaded), [pair(1)], "{:?}", loaded.problems);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
    let problem = &loaded.problems[0];
    assert!(
        problem.what.contains("`response` is there twice"),
        "{problem:?}"
    );
    assert_eq!(problem.position.map(|at| at.line), Some(10), "{problem:?}");
    // Another key that is there twice is told of.
    let twice = whole.replacen(
        "    method: POST\n",
        "    method: POST\n    method: POST\n",
        1,
    );
    let loaded = load::load("t.yaml", twice.as_bytes());
    assert_eq!(events(&loaded), [pair(1), pair(2), pair(3)]);
    assert!(
        loaded.notes[0].what.contains("`method` is there twice"),
        "{:?}",
        loaded.notes
    );
}

#[test]
fn a_response_that_lists_nothing_is_no_answer() {
    for response in [json!({"choices": []}), json!({"output": []})] {
        let request: Json = serde_json::from_str(&request(1, "a/b")).unwrap();
        let text = json!({"request": request, "response": response}).to_string();
        let loaded = load::load("t.json", text.as_bytes());
        assert_eq!(events(&loaded), [json!("no-answer")], "{text}");
    }
    let list = json!({"object": "list", "data": [{"type": "message", "id": "msg_1", "role": "user", "content": []}]});
    let loaded = load::load("t.json", list.to_string().as_bytes());
    assert!(
        loaded.problems[0].what.contains("items of a conversation"),
        "{:?}",
        loaded.problems
    );
}

#[test]
fn an_answer_that_a_server_handed_on_is_openrouters() {
    let recording = |method: &str, asked: &str, answer: &str| {
        json!({"log": {"version": "1.2", "entries": [{
            "request": {"method": method, "url": "https://myapp.test/api/chat", "headers": [], "postData": {"text": asked}},
            "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": answer}},
        }]}})
        .to_string()
    };
    let (asked, own) = (request(1, "a/b"), answer(1, "a/b"));
    assert_eq!(made(&recording("POST", &asked, &own)), [pair(1)]);
    assert_eq!(
        made(&recording("POST", "{\"text\":\"Hi\"}", &own)),
        [alone(1)]
    );
    assert_eq!(made(&recording("POST", "Hi", &own)), [alone(1)]);
    // Another provider's, a list of past ones, and what is read again.
    let others = own.replace(&id(1), "chatcmpl-1");
    assert_eq!(made(&recording("POST", &asked, &others)), [] as [Json; 0]);
    assert_eq!(
        made(&recording("POST", &asked, &format!("{{\"past\":[{own}]}}"))),
        [] as [Json; 0]
    );
    assert_eq!(made(&recording("GET", &asked, &own)), [] as [Json; 0]);
}

#[test]
fn a_completion_in_many_strings_is_read_or_said() {
    let within = |levels: usize| {
        let mut text = answer(1, "a/b");
        for _ in 0..levels {
            text = json!({"Message": text}).to_string();
        }
        text
    };
    for levels in [1, 5, 8] {
        assert_eq!(made(&within(levels)), [alone(1)], "{levels}");
    }
    // Whatever the limit is, reaching it is said.
    let loaded = load::load("t.json", within(13).as_bytes());
    assert_eq!(events(&loaded), [] as [Json; 0]);
    assert!(
        loaded.problems[0].what.contains("too deep in strings"),
        "{:?}",
        loaded.problems
    );
}

#[test]
fn a_byte_that_is_no_text_spoils_its_own_item_alone() {
    let events_of = |bad: &str| {
        let messages = [1, 2, 3].map(|number| {
            let text = answer(number, "a/b");
            json!({"message": if number == 2 { text.replace("A2", bad) } else { text }})
        });
        json!({"events": messages}).to_string().into_bytes()
    };
    let mut bytes = events_of("A~2");
    let at = bytes.iter().position(|byte| *byte == b'~').unwrap();
    bytes[at] = 0xe9;
    let loaded = load::load("t.json", &bytes);
    assert_eq!(events(&loaded), [alone(1), alone(3)]);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
    let problem = &loaded.problems[0];
    assert!(problem.what.contains("0xe9"), "{problem:?}");
    assert_eq!(problem.offset, at);
    // One by itself is not read.
    let sample = format!(
        "{{\"request\":{},\"response\":{}}}",
        request(1, "a/b"),
        answer(1, "a/b")
    );
    let mut bytes = sample.into_bytes();
    let at = bytes.windows(2).position(|two| two == b"Q1").unwrap();
    bytes[at] = 0xe9;
    let loaded = load::load("t.json", &bytes);
    assert_eq!(events(&loaded), [] as [Json; 0]);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
}

/// The chunks of a text completion; the last looks like a whole one.
fn text_chunks() -> Vec<String> {
    let chunk = |text: &str, end: Json| {
        json!({"id": id(1), "object": "text_completion", "created": 1_780_000_000, "model": "a/b",
            "choices": [{"index": 0, "text": text, "finish_reason": end}]})
    };
    let mut last = chunk("", json!("stop"));
    last["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3});
    let chunks = [chunk("It's ", Json::Null), chunk("so", Json::Null), last];
    chunks.iter().map(Json::to_string).collect()
}

#[test]
fn the_last_chunk_of_a_text_completion_is_no_other_completion() {
    type Form<'f> = &'f dyn Fn(usize, &str) -> String;
    let forms: [Form<'_>; 5] = [
        &|index, chunk| json!({"type": "sse", "seq": index, "chunk": chunk}).to_string(),
        &|index, chunk| format!("2026-06-05 12:00:00 INFO chunk {index}: {chunk}"),
        &|_, chunk| {
            format!(
                "DEBUG:x:got b'data: {}'\nDEBUG:x:got b''",
                chunk.replace('\'', "\\'")
            )
        },
        &|_, chunk| {
            format!("2026-06-05 12:00:00 DEBUG recv data: {chunk}\n2026-06-05 12:00:00 DEBUG recv ")
        },
        &|_, chunk| {
            format!(
                "06-05 12:00:00.123  1234  1256 D OkHttp  : data: {chunk}\n06-05 12:00:00.123  1234  1256 D OkHttp  : "
            )
        },
    ];
    for form in forms {
        let lines: Vec<String> = text_chunks()
            .iter()
            .enumerate()
            .map(|(index, chunk)| form(index, chunk))
            .collect();
        let text = lines.join("\n") + "\n";
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(
            events(&loaded),
            [json!(["anonymous", null, "It's so"])],
            "{text}"
        );
        assert_eq!(loaded.problems, [], "{text}");
        // Another one behind it is its own.
        let other = form(9, &answer(2, "a/b"));
        assert_eq!(
            made(&(text.clone() + &other + "\n")).len(),
            2,
            "{text}{other}"
        );
    }
    let asked = json!({"model": "a/b", "prompt": "Q?", "user": "ann", "stream": true});
    let before = "2026-06-05 12:00:00 DEBUG";
    let lines: String = text_chunks()
        .iter()
        .map(|chunk| format!("{before} recv data: {chunk}\n{before} recv \n"))
        .collect();
    let text = format!(
        "{before} request {asked}\n{before} recv : OPENROUTER PROCESSING\n{before} recv \n{lines}{before} recv data: [DONE]\n"
    );
    assert_eq!(made(&text), [json!(["ann", "Q?", "It's so"])], "{text}");
}

#[test]
fn gateways_and_browsers_are_read_by_their_own_words() {
    for (path, request, response) in [
        (
            "responses",
            json!({"model": "a/b", "input": "Q1", "user": "u1"}),
            json!({
            "id": id(1), "object": "response", "model": "a/b", "status": "completed",
            "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "A1", "annotations": []}]}]}),
        ),
        (
            "completions",
            json!({"model": "a/b", "prompt": "Q1", "user": "u1"}),
            json!({
            "id": id(1), "object": "text_completion", "model": "a/b", "choices": [{"text": "A1", "finish_reason": "stop"}]}),
        ),
    ] {
        let log = json!({"result": [{"id": "01", "provider": "openrouter", "path": path, "status_code": 200, "success": true,
            "tokens_in": 1, "request": request.to_string(), "response": response.to_string()}]});
        assert_eq!(made(&log.to_string()), [pair(1)], "{path}");
    }
    let chunk = |text: &str, end: Json| {
        json!({"id": id(1), "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]})
    };
    let message =
        |data: String| json!({"time": 1, "eventName": "message", "eventId": "", "data": data});
    let messages =
        [chunk("A", Json::Null), chunk("1", json!("stop"))].map(|chunk| message(chunk.to_string()));
    let har = json!({"log": {"version": "1.2", "entries": [{
        "request": {"method": "POST", "url": "https://openrouter.ai/api/v1/chat/completions", "headers": [],
            "postData": {"text": request(1, "a/b")}},
        "response": {"status": 200, "headers": [], "content": {"mimeType": "text/event-stream", "size": 0}},
        "_eventSourceMessages": [messages[0], messages[1], message("[DONE]".to_owned())],
    }]}});
    let loaded = load::load("t.har", har.to_string().as_bytes());
    assert_eq!(events(&loaded), [pair(1)]);
    assert_eq!(loaded.problems, []);
}

#[test]
fn what_an_export_escapes_is_what_was_said() {
    let said = "a < b && c > d";
    let sample = format!(
        "{{\"request\":{},\"response\":{}}}",
        request(1, "a/b"),
        answer(1, "a/b").replace("A1", said)
    );
    let escaped = sample
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let export =
        json!([{"type": "message", "user": "U1", "ts": "1.2", "text": format!("look: {escaped}")}]);
    assert_eq!(made(&export.to_string()), [json!(["u1", "Q1", said])]);
    // Elsewhere the letters are as they stand.
    let other = json!([{"kind": "message", "text": format!("look: {escaped}")}]);
    assert_eq!(
        made(&other.to_string())[0][2],
        "a &lt; b &amp;&amp; c &gt; d"
    );
    // A row that a database prints.
    let answer = answer(1, "a/b").replace("A1", "It's \\\"so\\\",\\nyes");
    let stored = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('\t', "\\t")
    };
    let expected = [json!(["u1", "Q1", "It's \"so\",\nyes"])];
    let row = format!(
        "7\t{}\t{}\t\\N\n",
        stored(&request(1, "a/b")),
        stored(&answer)
    );
    assert_eq!(made(&row), expected, "{row}");
    let sample = format!(
        "{{\"request\":{},\"response\":{answer}}}",
        request(1, "a/b")
    );
    let rows = format!("1\t{}\n2\tx\n", stored(&sample));
    let loaded = load::load("t.tsv", rows.as_bytes());
    assert_eq!(events(&loaded), expected, "{rows}");
    assert!(
        loaded.notes[0].what.contains("backslashes are doubled"),
        "{:?}",
        loaded.notes
    );
    // A log with tabs of its own writes JSON as it is.
    let line = format!("2026-06-05\tINFO\tllm\t{sample}\n");
    let loaded = load::load("t.log", line.as_bytes());
    assert_eq!(events(&loaded), expected, "{line}");
    assert_eq!(loaded.notes, []);
}

#[test]
fn a_logs_dumps_of_http_and_rows_of_a_database_are_read() {
    let (asked, answered) = (request(1, "a/b"), answer(1, "a/b"));
    let dump = format!(
        "2026/11/28 01:39:10 listening on :8080\n2026/11/28 01:39:11 request:\nPOST /api/v1/chat/completions HTTP/1.1\r\n\
         Host: openrouter.ai\r\nContent-Length: {}\r\n\r\n{asked}\n2026/11/28 01:39:12 response:\nHTTP/1.1 200 OK\r\n\
         Content-Type: application/json\r\n\r\n{answered}\n2026/11/28 01:39:12 done\n",
        asked.len()
    );
    check(&dump, &[pair(1)]);
    let row = format!(
        "*************************** 1. row ***************************\n      id: 1\n request: {asked}\nresponse: {answered}\n\
         1 row in set (0.00 sec)\n"
    );
    check(&row, &[pair(1)]);
    // The id of an event is none.
    let events = "id: 1\ndata: {\"id\":\"gen-1\",\"model\":\"a/b\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\
                  \"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    check(events, &[json!(["anonymous", null, "x"])]);
}

fn check(text: &str, expected: &[Json]) {
    let loaded = load::load("t.txt", text.as_bytes());
    assert_eq!(events(&loaded), expected, "{text}\n{:?}", loaded.problems);
    assert_eq!(loaded.problems, [], "{text}");
}

#[test]
fn a_stream_whose_beginning_is_missing_is_said_to_be() {
    let chunk = |text: &str| {
        json!({"id": id(1), "model": "a/b", "object": "chat.completion.chunk", "created": 1_780_000_000,
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
        .to_string()
    };
    let first = chunk("one ");
    let at = first.find("\"choices\"").unwrap();
    let (torn, rest) = (&first[at - 5..], chunk("two"));
    let text = format!("{torn}\n\ndata: {rest}\n\ndata: [DONE]\n\n");
    let loaded = load::load("t.sse", text.as_bytes());
    assert_eq!(
        events(&loaded),
        [json!(["anonymous", null, "two"])],
        "{text}"
    );
    assert!(
        loaded
            .problems
            .iter()
            .any(|it| it.what.contains("beginning is missing")),
        "{:?}",
        loaded.problems
    );
}

#[test]
fn messages_without_a_model_are_those_that_were_answered() {
    let said = json!([{"role": "user", "content": "Q1"}]);
    let answered: Json = serde_json::from_str(&answer(1, "a/b")).unwrap();
    for key in ["completion", "response", "result"] {
        let mut record = json!({"messages": said, "user": "u1"});
        record[key] = answered.clone();
        check(&record.to_string(), &[pair(1)]);
    }
    // What is no conversation asks nothing.
    let other = json!({"messages": ["hi"], "user": "u1", "completion": answered});
    check(&other.to_string(), &[alone(1)]);
}

#[test]
fn a_line_that_libyaml_began_behind_a_separator_of_unicodes_has_no_blanks() {
    for end in ['\u{2028}', '\u{2029}', '\u{85}'] {
        let body = answer(1, "a/b").replace("A1", &format!("one{end}        two"));
        let text = format!(
            "interactions:\n- request:\n    body: '{}'\n    method: POST\n    uri: https://openrouter.ai/api/v1/chat/completions\n  \
             response:\n    body:\n      string: '{body}'\n    status: {{code: 200, message: OK}}\nversion: 1\n",
            request(1, "a/b")
        );
        check(&text, &[json!(["u1", "Q1", format!("one{end}two")])]);
    }
}

#[test]
fn messages_of_a_browsers_protocol_are_put_together() {
    let url = "https://openrouter.ai/api/v1/chat/completions";
    let sent = |id: &str, asked: String| {
        json!({"method": "Network.requestWillBeSent", "params": {"requestId": id, "request": {"url": url, "method": "POST",
            "headers": {}, "postData": asked}}})
    };
    let received = |id: &str| {
        json!({"method": "Network.responseReceived", "params": {"requestId": id, "response": {"url": url, "status": 200,
            "headers": {"content-type": "application/json"}}}})
    };
    let chunk = |text: &str, end: Json| {
        json!({"id": id(3), "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]})
        .to_string()
    };
    let event = |data: String| json!({"method": "Network.eventSourceMessageReceived", "params": {"requestId": "9.3", "eventName": "message", "data": data}});
    use base64::Engine;
    let packed = base64::engine::general_purpose::STANDARD.encode(answer(2, "a/b"));
    let messages = [
        json!({"method": "Page.frameNavigated", "params": {"frame": {}}}),
        sent("9.1", request(1, "a/b")),
        sent("9.2", request(2, "a/b")),
        received("9.2"),
        received("9.1"),
        json!({"method": "Network.loadingFinished", "params": {"requestId": "9.1"}}),
        json!({"method": "Network.getResponseBody", "params": {"requestId": "9.1"}, "result": {"body": answer(1, "a/b"), "base64Encoded": false}}),
        json!({"requestId": "9.2", "body": packed, "base64Encoded": true}),
        sent("9.3", request(3, "a/b")),
        received("9.3"),
        event(chunk("A", Json::Null)),
        event(chunk("3", json!("stop"))),
        event("[DONE]".to_owned()),
    ];
    let lines: Vec<String> = messages.iter().map(Json::to_string).collect();
    let pretty = serde_json::to_string_pretty(&messages).unwrap();
    for text in [lines.join("\n"), format!("[{}]", lines.join(",")), pretty] {
        check(&text, &[pair(1), pair(2), pair(3)]);
    }
    // A text that speaks of the protocol is none.
    let said = json!({"method": "say", "params": {}, "text": "Network.requestWillBeSent", "answer": answer(1, "a/b")});
    assert_eq!(made(&said.to_string()), [alone(1)]);
}

#[test]
fn http_messages_whose_lines_stand_by_turns_are_no_pair() {
    let post = "POST /api/v1/chat/completions HTTP/1.1";
    let ok = "HTTP/1.1 200 OK";
    let json = "Content-Type: application/json";
    let host = "Host: openrouter.ai";
    let [r1, r2] = [1, 2].map(|number| request(number, "a/b"));
    let [a1, a2] = [1, 2].map(|number| answer(number, "a/b"));
    let text = [
        post, post, host, host, json, "", &r2, "", json, "", &r1, "", ok, json, "", &a1, "", ok,
        json, "", &a2, "",
    ]
    .join("\n");
    assert_eq!(made(&text), [alone(1), alone(2)]);
}

fn chunk_of_stream(number: usize, text: &str, reason: &str) -> Json {
    json!({
        "id": id(number), "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": reason}],
    })
}

#[test]
fn a_stream_is_one_however_much_else_a_busy_server_logs_meanwhile() {
    let events: [fn(&Json) -> String; 4] = [
        |chunk| format!("2026-06-05 12:00:00 DEBUG recv: data: {chunk}"),
        |chunk| format!("2026-06-05 12:00:00 DEBUG chunk: {chunk}"),
        |chunk| json!({"t": 1, "event": chunk}).to_string(),
        |chunk| format!("web-1  | data: {chunk}"),
    ];
    for event in events {
        for others in [17, 65, 5000] {
            let between = "2026-06-05 12:00:01 INFO something else\n".repeat(others);
            let text = format!(
                "{}\n{between}{}\n",
                event(&chunk_of_stream(1, "A", "")),
                event(&chunk_of_stream(1, "1", "stop")),
            );
            assert_eq!(
                made(&text),
                [alone(1)],
                "{others} behind {}",
                event(&json!(1))
            );
        }
    }
}

#[test]
fn a_stream_in_records_is_one_around_other_calls() {
    let line = |text: &str| json!({"t": 1, "line": text}).to_string() + "\n";
    let data = |text: &str, reason: &str| {
        line(&format!("data: {}\n", chunk_of_stream(1, text, reason))) + &line("\n")
    };
    for other in [
        format!("2026-06-05 12:00:00 INFO request: {}\n", request(2, "a/b")),
        format!("2026-06-05 12:00:00 INFO answer: {}\n", answer(2, "a/b")),
        answer(2, "a/b") + "\n",
        request(2, "a/b") + "\n" + &answer(2, "a/b") + "\n",
    ] {
        let text = line(": OPENROUTER PROCESSING")
            + &line("")
            + &data("A", "")
            + &other
            + &data("1", "stop")
            + &line("data: [DONE]");
        let mut expected = vec![alone(1)];
        if other.contains("A2") {
            expected.push(if other.contains("Q2") {
                pair(2)
            } else {
                alone(2)
            });
        }
        assert_eq!(made(&text), expected, "{other}");
    }
}

#[test]
fn a_document_behind_words_is_read_before_what_ends_a_statement_and_behind_times() {
    let answer: Json = serde_json::from_str(&answer(1, "a/b")).unwrap();
    let pretty = serde_json::to_string_pretty(&answer).unwrap();
    for text in [
        format!("module.exports = {pretty};\n"),
        format!("export const response = {pretty} as const;\n"),
        format!("2026-11-28 01:18:18.978 | INFO | main:58 - response:\n{pretty}\n")
            .lines()
            .map(|line| format!("2026-06-05T12:31:52.0000000Z {line}\n"))
            .collect(),
    ] {
        assert_eq!(made(&text), [alone(1)], "{text}");
    }
}

#[test]
fn a_record_says_in_many_ways_whose_line_it_holds() {
    let wraps: [fn(&str, usize) -> Json; 8] = [
        |line, pod| json!({"textPayload": line, "resource": {"type": "k8s_container", "labels": {"pod_name": format!("p{pod}")}}}),
        |line, pod| json!({"_source": {"message": line, "kubernetes": {"pod": {"name": format!("p{pod}")}}}}),
        |line, pod| json!({"@message": line, "@logStream": format!("app/{pod}")}),
        |line, pod| json!({"message": line, "logStreamName": format!("app/{pod}")}),
        |line, pod| json!({"message": line, "host": format!("h{pod}")}),
        |line, pod| json!({"message": line, "host": {"name": format!("h{pod}")}}),
        |line, pod| json!({"message": line, "container": {"id": format!("c{pod}")}}),
        |line, pod| json!({"log": line, "kubernetes": {"container_name": format!("c{pod}")}}),
    ];
    let message = |number: usize| {
        let (asked, answered) = (request(number, "a/b"), answer(number, "a/b"));
        format!(
            "POST /api/v1/chat/completions HTTP/1.1\nHost: openrouter.ai\n\n{asked}\n\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{answered}"
        )
    };
    let (first, second) = (message(1), message(2));
    for wrap in wraps {
        let turns = first.lines().zip(second.lines());
        let text: String = turns
            .map(|(one, two)| format!("{}\n{}\n", wrap(one, 1), wrap(two, 2)))
            .collect();
        assert_eq!(made(&text), [pair(1), pair(2)], "{}", wrap("", 1));
    }
}

/// The events of a stream of the Messages API.
fn message_events(number: usize) -> Vec<Json> {
    let block = json!({"type": "text", "text": ""});
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": id(number), "type": "message", "role": "assistant", "model": "a/m", "content": []}}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
    ];
    let piece = |text: String| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    events.extend([piece("A".to_owned()), piece(number.to_string())]);
    events.push(json!({"type": "content_block_stop", "index": 0}));
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"input_tokens": 1, "output_tokens": 2}}));
    events.push(json!({"type": "message_stop"}));
    events
}

/// The events of a stream of the Responses API.
fn response(number: usize) -> Vec<Json> {
    let whole = |status: &str, output: Json| json!({"id": id(number), "object": "response", "model": "a/r", "status": status, "output": output});
    let delta = |text: String| json!({"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": text});
    let text = format!("A{number}");
    let said = json!([{"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]}]);
    let mut events = vec![
        json!({"type": "response.created", "response": whole("in_progress", json!([]))}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "m", "role": "assistant", "content": []}}),
        delta("A".to_owned()),
        delta(number.to_string()),
        json!({"type": "response.completed", "response": whole("completed", said)}),
    ];
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

/// The chunks of a stream of chat.
fn chat(number: usize) -> Vec<Json> {
    let chunk = |text: &str, reason: Option<&str>| json!({"id": id(number), "object": "chat.completion.chunk", "model": "a/b", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]});
    let mut last = chunk("", Some("stop"));
    last["usage"] =
        json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.5});
    vec![
        chunk("A", None),
        chunk(&number.to_string(), None),
        chunk("", Some("stop")),
        last,
    ]
}

fn bare(events: &[&Json]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn sent(events: &[&Json]) -> String {
    let event = |event: &&Json| format!("data: {event}\n\n");
    events.iter().map(event).collect()
}

/// One event of each by turns.
fn by_turns<'e>(streams: &[&'e [Json]]) -> Vec<&'e Json> {
    let most = streams.iter().map(|events| events.len()).max().unwrap();
    let at = |index: usize| streams.iter().filter_map(move |events| events.get(index));
    (0..most).flat_map(at).collect()
}

#[test]
fn two_messages_by_turns_have_no_text_and_are_said_to_be_mixed() {
    let (one, two) = (message_events(1), message_events(2));
    let nested: Vec<&Json> = one[..3].iter().chain(&two).chain(&one[3..]).collect();
    let in_blocks: Vec<&Json> = one[..1]
        .iter()
        .chain(&two[..1])
        .chain(&one[1..])
        .chain(&two[1..])
        .collect();
    for events in [by_turns(&[&one, &two]), nested, in_blocks] {
        for text in [bare(&events), sent(&events)] {
            let loaded = load::load("t.log", text.as_bytes());
            assert!(loaded.completions.is_empty(), "{text}");
            let problems = &loaded.problems;
            assert_eq!(problems.len(), 2, "{problems:?}");
            assert!(
                problems.iter().all(|it| it.what.contains("by turns")),
                "{problems:?}"
            );
        }
    }
    // One after the other, and one that was cut off before.
    let whole: Vec<&Json> = one.iter().chain(&two).collect();
    let cut: Vec<&Json> = one[..3].iter().chain(&two).collect();
    for (events, first) in [(whole, "A1"), (cut, "A")] {
        for text in [bare(&events), sent(&events)] {
            let first = json!(["anonymous", null, first]);
            assert_eq!(made(&text), [first, alone(2)], "{text}");
        }
    }
}

#[test]
fn streams_of_several_apis_by_turns_are_told_apart() {
    let (one, two, three) = (response(1), chat(2), message_events(3));
    let events = by_turns(&[&one, &two, &three]);
    for text in [bare(&events), sent(&events)] {
        assert_eq!(made(&text), [alone(1), alone(2), alone(3)], "{text}");
    }
}

#[test]
fn what_comes_behind_the_end_of_another_stream_is_of_the_generation_that_it_names() {
    let (one, two) = (chat(1), chat(2));
    let mut text = sent(&[
        &two[0], &two[1], &one[0], &one[1], &one[2], &one[3], &two[2],
    ]);
    text += "data: [DONE]\n\n";
    text += &sent(&[&two[3]]);
    text += "data: [DONE]\n\n";
    let loaded = load::load("t.sse", text.as_bytes());
    assert_eq!(events(&loaded), [alone(2), alone(1)], "{text}");
    assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
}

#[test]
fn a_piece_of_a_stream_that_names_nothing_is_no_event() {
    let (one, two) = (message_events(1), response(2));
    for events in [&one[2..4], &two[2..4], &two[1..3]] {
        let events: Vec<&Json> = events.iter().collect();
        for text in [bare(&events), sent(&events)] {
            let loaded = load::load("t.log", text.as_bytes());
            assert!(loaded.completions.is_empty(), "{text}");
            let what = &loaded.problems[0].what;
            assert!(what.contains("beginning is not here"), "{what}");
        }
    }
    // What says its usage is one.
    let events: Vec<&Json> = one[2..].iter().collect();
    assert_eq!(made(&sent(&events)), [alone(1)]);
}

#[test]
fn chunks_behind_a_logs_words_are_one_stream() {
    let text = |number: usize| {
        let chunk = |text: &str, reason: Option<&str>| json!({"id": id(number), "object": "text_completion", "model": "a/t", "choices": [{"index": 0, "text": text, "finish_reason": reason}]});
        let mut last = chunk("", Some("stop"));
        last["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3});
        let piece = number.to_string();
        vec![
            chunk("A", None),
            chunk(&piece, None),
            chunk("", Some("stop")),
            last,
        ]
    };
    let words = [
        "2026-06-05 12:00:00,123 INFO ",
        "web-1 app ",
        "12:00:00 web.1  | ",
    ];
    for words in words {
        for calls in [[text(1), text(2)], [chat(1), chat(2)]] {
            let mut lines = String::new();
            for call in &calls {
                for chunk in call {
                    lines += &format!("{words}data: {chunk}\n{words}\n");
                }
                lines += &format!("{words}data: [DONE]\n{words}\n");
            }
            assert_eq!(made(&lines), [alone(1), alone(2)], "{lines}");
        }
        let calls = [chat(1), chat(2)].concat();
        let line = |chunk: &Json| format!("{words}{}\n", json!({"level": "debug", "chunk": chunk}));
        let lines: String = calls.iter().map(line).collect();
        assert_eq!(made(&lines), [alone(1), alone(2)], "{lines}");
    }
    let calls = [chat(1), chat(2)].concat();
    let line = |chunk: &Json| {
        let quoted = json!(chunk.to_string());
        format!("time=x level=info msg={quoted}\n")
    };
    let lines: String = calls.iter().map(line).collect();
    assert_eq!(made(&lines), [alone(1), alone(2)], "{lines}");
}
