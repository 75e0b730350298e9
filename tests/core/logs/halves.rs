//! A request and its answer in two records of a log: what else stands in the records or on their lines keeps them from one
//! another only where it says that they are of two calls.

use rainscope::completion::load;
use serde_json::{Value as Json, json};

use crate::common::events;

fn request() -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": "q"}], "user": "ann"})
}

fn answer() -> Json {
    json!({"id": "gen-1780662787-HsCxAbCdEfGhIjKlMnOp", "object": "chat.completion", "model": "a/b",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi you"}, "finish_reason": "stop"}]})
}

/// Checks that a log is the one call of the request and its answer.
fn is_one(text: &str) {
    let loaded = load::load("a.log", text.as_bytes());
    let expected = json!([["ann", "q", "Hi you"]]);
    assert_eq!(json!(events(&loaded)), expected, "{text}");
}

/// A value is no key, whatever it says: an address that ends in `/messages`, a name such as `llm_input`.
#[test]
fn words_that_keys_have_too_do_not_keep_a_request_from_its_answer() {
    let members = [
        (
            json!({"url": "https://openrouter.ai/api/v1/messages"}),
            json!({"status": 200}),
        ),
        (
            json!({"msg": "Sending messages"}),
            json!({"msg": "choices"}),
        ),
        (
            json!({"event": "llm_input"}),
            json!({"event": "llm_output"}),
        ),
        (
            json!({"op": "prompt", "tags": ["messages", "llm"]}),
            json!({"op": "choices"}),
        ),
    ];
    for (asks, answers) in members {
        let record = |members: &Json, body: Json| {
            let mut record = members.clone();
            record["body"] = body;
            record.to_string()
        };
        let text = [record(&asks, request()), record(&answers, answer())].join("\n");
        is_one(&text);
    }
}

/// Before the object of a line words may stand in quotes, and the fields of a span in braces.
#[test]
fn quoted_words_before_a_body_do_not_keep_a_request_from_its_answer() {
    for (asks, answers) in [
        (
            "level=info msg=\"openrouter request\" body=",
            "level=info msg=\"openrouter response\" body=",
        ),
        (
            "DEBUG chat{user=\"ada\"}: app::llm: request body=",
            "DEBUG chat{user=\"ada\"}: app::llm: answer body=",
        ),
        ("\"POST /chat HTTP/1.1\" request=", "200 response="),
        ("user=7 request=", "user=7 response="),
        (
            "INFO chat for 'ada', the user's: request ",
            "INFO chat for 'ada': answer ",
        ),
    ] {
        let text = format!("x {asks}{}\nx {answers}{}\n", request(), answer());
        is_one(&text);
    }
}

/// How a program writes a body: as it is, and in quotes.
fn bodies() -> [fn(&Json) -> String; 2] {
    [Json::to_string, |body| json!(body.to_string()).to_string()]
}

/// What a span has as a field, or is called, keeps two calls apart, and tells what belongs together.
#[test]
fn the_fields_of_a_span_tell_which_call_a_body_is_of() {
    let line = |span: &str, what: &str, body: String| {
        format!("DEBUG {span}: app::llm: {what} body={body}\n")
    };
    for body in bodies() {
        for (asks, answers) in [
            ("chat{request_id=1}", "chat{request_id=2}"),
            ("http{id=a1}:chat{n=1}", "http{id=a2}:chat{n=1}"),
            (
                "request{method=POST request_id=ab13}",
                "request{method=POST request_id=cd25}",
            ),
            ("chat{user=\"ada\"}", "chat{user=\"bob\"}"),
            ("chat{n=1}", "title{n=1}"),
        ] {
            let text = line(asks, "request", body(&request()))
                + &line(answers, "response", body(&answer()));
            let found = events(&load::load("a.log", text.as_bytes()));
            assert!(
                found.contains(&json!(["anonymous", null, "Hi you"])),
                "{found:?} in {text}"
            );
        }
        let other = |of: Json, from: &str, to: &str| -> Json {
            serde_json::from_str(&of.to_string().replace(from, to)).unwrap()
        };
        let text = [
            line("chat{request_id=1}", "request", body(&request())),
            line(
                "chat{request_id=2}",
                "request",
                body(&other(request(), "\"q\"", "\"r\"")),
            ),
            line(
                "chat{request_id=2}",
                "response",
                body(&other(answer(), "Hi you", "Two")),
            ),
            line(
                "chat{request_id=1}",
                "response",
                body(&other(answer(), "mnOp", "mnOq")),
            ),
        ];
        let text = text.concat();
        let found = events(&load::load("a.log", text.as_bytes()));
        let pair = json!(["ann", "r", "Two"]);
        assert!(found.contains(&pair), "{found:?} in {text}");
    }
}

/// That two lines are taken for one exchange is said in the same words, whichever way the bodies are written.
#[test]
fn it_is_said_that_bodies_in_quotes_are_taken_for_one_exchange() {
    for (asks, answers) in [
        (
            "DEBUG sending request body=",
            "DEBUG received status=200 body=",
        ),
        (
            "[src/main.rs:12:5] &request = ",
            "[src/main.rs:20:5] &text = ",
        ),
        ("DEBUG request=", "DEBUG response="),
    ] {
        let [plain, quoted] = bodies().map(|body| {
            let text = format!("{asks}{}\n{answers}{}\n", body(&request()), body(&answer()));
            let loaded = load::load("a.log", text.as_bytes());
            assert_eq!(
                json!(events(&loaded)),
                json!([["ann", "q", "Hi you"]]),
                "{text}"
            );
            let notes = loaded.notes.iter().map(|note| note.what.clone());
            notes.collect::<Vec<_>>()
        });
        assert!(
            plain
                .iter()
                .any(|note| note.contains("follows this request at once")),
            "{plain:?}"
        );
        assert_eq!(plain.len(), quoted.len(), "{quoted:?}");
        assert!(
            quoted
                .iter()
                .any(|note| note.contains("follows this request at once")),
            "{quoted:?}"
        );
    }
}

/// Several exchanges in a string are told apart as in a log of their own, and none is lost.
#[test]
fn exchanges_in_a_string_are_paired_as_in_a_log() {
    let asked = |text: &str| {
        let mut request = request();
        request["messages"][0]["content"] = json!(text);
        request
    };
    let answered = |number: usize| {
        let mut answer = answer();
        answer["id"] = json!(format!("gen-178066278{number}-HsCxAbCdEfGhIjKlMnOp"));
        answer["choices"][0]["message"]["content"] = json!(format!("A{number}"));
        answer
    };
    let streamed = |number: usize| {
        let id = answered(number)["id"].clone();
        let chunk = |delta: Json, end: Json| {
            json!({"id": id, "object": "chat.completion.chunk", "model": "a/b",
                "choices": [{"index": 0, "delta": delta, "finish_reason": end}]})
        };
        let first = chunk(json!({"role": "assistant", "content": "A"}), Json::Null);
        let last = chunk(json!({"content": number.to_string()}), json!("stop"));
        format!("data: {first}\n\ndata: {last}\n\ndata: [DONE]\n")
    };
    let failed = "request failed: timeout\nnext (not logged)".to_owned();
    let texts = [
        vec![
            asked("q1").to_string(),
            streamed(1),
            asked("q2").to_string(),
            answered(2).to_string(),
        ],
        vec![
            asked("q1").to_string(),
            streamed(1),
            answered(2).to_string(),
        ],
        vec![
            asked("q1").to_string(),
            streamed(1),
            asked("q2").to_string(),
            failed,
            streamed(3),
        ],
        vec![
            asked("q1").to_string(),
            answered(1).to_string(),
            asked("q2").to_string(),
            answered(2).to_string(),
        ],
        vec![
            asked("q1").to_string(),
            streamed(1),
            asked("q2").to_string(),
            streamed(2),
        ],
    ];
    for text in texts {
        let text = text.join("\n");
        let as_log = load::load("a.log", text.as_bytes());
        let held = json!({"stdout": text}).to_string();
        let held = load::load("a.json", held.as_bytes());
        assert_eq!(events(&held), events(&as_log), "{text}");
        assert!(events(&held).len() > 1, "{text}");
    }
}

/// The order of an object's members never matters: a request is found whatever stands before it, and by itself.
#[test]
fn a_request_in_a_record_waits_whatever_its_first_member_is() {
    let with = |members: &Json, of: &str, body: &Json| {
        let mut record = members.clone();
        record[of] = body.clone();
        record.to_string()
    };
    let records = [
        ["{\"request\":BODY}", "{\"response\":BODY}"],
        [
            "{\"request\":BODY,\"ts\":1}",
            "{\"response\":BODY,\"ts\":2}",
        ],
        [
            "{\"id\":1,\"msg\":\"request\",\"body\":BODY}",
            "{\"id\":2,\"msg\":\"response\",\"body\":BODY}",
        ],
        [
            "{\"model\":\"a/b\",\"body\":BODY}",
            "{\"model\":\"a/b\",\"body\":BODY}",
        ],
        [
            "{\"user\":\"x\",\"payload\":BODY}",
            "{\"user\":\"x\",\"payload\":BODY}",
        ],
        [
            "{\"object\":\"call\",\"body\":BODY}",
            "{\"object\":\"call\",\"body\":BODY}",
        ],
        ["{\"input\":BODY}", "{\"output\":BODY}"],
    ];
    for words in ["", "2026-05-06 01:35:13 DEBUG app - "] {
        for [asks, answers] in records {
            let text = format!(
                "{words}{}\n{words}{}\n",
                asks.replace("BODY", &request().to_string()),
                answers.replace("BODY", &answer().to_string())
            );
            let loaded = load::load("a.log", text.as_bytes());
            assert_eq!(
                json!(events(&loaded)),
                json!([["ann", "q", "Hi you"]]),
                "{text}"
            );
        }
    }
    // A stream that stands beside its request is an exchange of its own.
    let record = |id: usize| {
        let chunk = json!({"id": format!("gen-178066278{id}-HsCxAbCdEfGhIjKlMnOp"), "object": "chat.completion.chunk", "model": "a/b",
            "choices": [{"index": 0, "delta": {"content": format!("A{id}")}, "finish_reason": "stop"}]});
        let stream = format!("event: message\ndata: {chunk}\n\ndata: [DONE]\n");
        with(
            &json!({"id": id, "request": request().to_string()}),
            "response",
            &json!(stream),
        )
    };
    let of_messages = |id: usize| {
        let began = json!({"type": "message_start", "message": {"id": format!("gen-178066278{id}-HsCxAbCdEfGhIjKlMnOp"), "type": "message",
            "role": "assistant", "content": [], "model": "a/b", "usage": {"input_tokens": 3, "output_tokens": 1}}});
        let said = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": format!("A{id}")}});
        let stream = format!(
            "event: message_start\ndata: {began}\n\nevent: content_block_delta\ndata: {said}\n\nevent: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"
        );
        with(
            &json!({"id": id, "request": request().to_string()}),
            "response",
            &json!(stream),
        )
    };
    for text in [[record(1), record(2)], [of_messages(1), of_messages(2)]] {
        let text = text.join("\n");
        let loaded = load::load("a.jsonl", text.as_bytes());
        assert_eq!(
            json!(events(&loaded)),
            json!([["ann", "q", "A1"], ["ann", "q", "A2"]]),
            "{text}"
        );
    }
}

/// Whatever form a stream has in a member of its record or behind quoted words, it answers the request before it.
#[test]
fn a_stream_of_any_form_is_an_answer() {
    let chunk = |delta: Json, end: Json| {
        json!({"id": answer()["id"], "object": "chat.completion.chunk", "model": "a/b",
            "choices": [{"index": 0, "delta": delta, "finish_reason": end}]})
    };
    let first = chunk(json!({"role": "assistant", "content": "Hi"}), Json::Null);
    let last = chunk(json!({"content": " you"}), json!("stop"));
    let list = json!([first, last]);
    let unended = json!(format!("data: {first}\n\ndata: {last}\n\n"));
    let created = json!({"type": "response.created", "response": {"id": answer()["id"], "object": "response", "model": "a/b", "status": "in_progress", "output": []}});
    let delta = json!({"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "Hi you"});
    let completed = json!({"type": "response.completed", "response": {"id": answer()["id"], "object": "response", "model": "a/b", "status": "completed",
        "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "Hi you", "annotations": []}]}]}});
    let of_responses = json!(format!(
        "data: {created}\n\ndata: {delta}\n\ndata: {completed}\n\n"
    ));
    for body in [list, unended, of_responses] {
        let record =
            |what: &str, body: &Json| json!({"level": 20, "msg": what, "body": body}).to_string();
        let text = [record("request", &request()), record("response", &body)].join("\n");
        is_one(&text);
    }
    // A list of one chunk a record is no stream by itself.
    let record =
        |what: &str, body: &Json| json!({"level": 20, "msg": what, "meta": [body]}).to_string();
    let text = [
        record("request", &request()),
        record("response", &first),
        record("response", &last),
    ]
    .join("\n");
    let loaded = load::load("a.log", text.as_bytes());
    assert_eq!(loaded.completions.len(), 1, "{text}");
    for words in [
        "level=info msg=\"a call\" body=",
        "DEBUG chat{user=\"u\"}: app: body=",
        "x \"POST /chat HTTP/1.1\" response=",
    ] {
        let text = format!(
            "{words}{}\n{words}data: {first}\n\ndata: {last}\n\ndata: [DONE]\n\n",
            request()
        );
        is_one(&text);
    }
}

/// A call that came to nothing waits no more once its response is logged, whatever that is.
#[test]
fn what_came_back_and_is_no_answer_ends_the_wait() {
    let asked = request()
        .to_string()
        .replace("\"q\"", "\"first\"")
        .replace("ann", "bob");
    let plain = |label: &str, body: &str| format!("10:00:01 DEBUG {label}: {body}");
    let record = |label: &str, body: &str| format!("{{\"msg\":\"{label}\",\"body\":{body}}}");
    for (nothing, of_record) in [
        ("<html><title>502</title></html>", "\"<html>\""),
        ("null", "null"),
        ("{}", "{}"),
        ("", "\"\""),
    ] {
        for (line, nothing) in [
            (&plain as &dyn Fn(&str, &str) -> String, nothing),
            (&record, of_record),
        ] {
            let text = [
                line("request", &asked),
                line("response", nothing),
                line("request", &request().to_string()),
                line("response", &answer().to_string()),
            ];
            let text = text.join("\n");
            let loaded = load::load("a.log", text.as_bytes());
            let found = events(&loaded);
            let whole: Vec<&Json> = found.iter().filter(|event| event.is_array()).collect();
            assert_eq!(json!(whole), json!([["ann", "q", "Hi you"]]), "{text}");
        }
    }
}

/// A line of an SDK's log that can't be read hides nothing below it.
#[test]
fn a_request_without_its_body_in_the_log_of_an_sdk_hides_no_other() {
    for rest in [
        "None}",
        "{'model': 'a', 'messages': [{'role': 'user', 'content': 'Say...(truncated)",
    ] {
        let line = "DEBUG:openai._base_client:Request options: {'method': 'post', 'url': '/chat/completions', 'json_data': ";
        let text = format!(
            "{line}{rest}\nrequest {}\nresponse {}\n",
            request(),
            answer()
        );
        is_one(&text);
        let loaded = load::load("a.log", text.as_bytes());
        assert_eq!(loaded.problems, [], "{text}");
    }
}

/// What a gateway got and what it sends on is one call, which its id tells.
#[test]
fn a_request_that_a_gateway_writes_anew_is_the_same_call() {
    let mut sent = request();
    sent["model"] = json!("x/a/b");
    sent["temperature"] = json!(0.2);
    let record = |body: &Json| json!({"request_id": "r1", "body": body}).to_string();
    let records = [sent, request(), answer()];
    let text = records.iter().map(record).collect::<Vec<_>>().join("\n");
    let loaded = load::load("a.log", text.as_bytes());
    let found = events(&loaded);
    assert!(
        found.contains(&json!(["ann", "q", "Hi you"])),
        "{found:?} in {text}"
    );
}

/// What differs in what goes into the event is two calls, whatever id both have: nobody knows whose an answer is.
#[test]
fn requests_of_two_people_with_one_id_are_two_calls() {
    let record = |body: &Json| json!({"run_id": "x1", "body": body}).to_string();
    for (member, value) in [
        ("user", json!("bob")),
        ("session_id", json!("s2")),
        ("trace", json!({"name": "two"})),
    ] {
        let (mut first, mut other) = (request(), request());
        first[member] = json!({"name": "one"});
        other[member] = value;
        let text = [record(&first), record(&other), record(&answer())].join("\n");
        let found = events(&load::load("a.log", text.as_bytes()));
        assert!(
            found.contains(&json!(["anonymous", null, "Hi you"])),
            "{found:?} in {text}"
        );
    }
}

/// A log that is shown with its newest line first, whose first line is a request, has no answer below it that is its own.
#[test]
fn an_answer_that_was_written_before_a_request_is_not_its() {
    for (later, earlier) in [
        (
            "time=2026-05-06T01:33:12Z level=INFO msg=\"x\" body=",
            "time=2026-05-06T01:32:15Z level=INFO msg=\"x\" body=",
        ),
        (
            "level=info ts=1778031192 body=",
            "level=info ts=1778031135 body=",
        ),
        (
            "[06/May/2026:01:33:12 +0000] body=",
            "[06/May/2026:01:32:15 +0000] body=",
        ),
    ] {
        for body in bodies() {
            for (first, second, is_pair) in [(later, earlier, false), (earlier, later, true)] {
                let text = format!(
                    "x {first}{}\nx {second}{}\n",
                    body(&request()),
                    body(&answer())
                );
                let found = events(&load::load("a.log", text.as_bytes()));
                let pair = json!(["ann", "q", "Hi you"]);
                assert_eq!(found.contains(&pair), is_pair, "{found:?} in {text}");
            }
        }
    }
}

/// What a status or a person's message says is no answer, and takes none away: nobody knows which of two calls it is of.
#[test]
fn a_status_ends_no_wait() {
    let other = request()
        .to_string()
        .replace("\"q\"", "\"other\"")
        .replace("ann", "bob");
    for status in [
        "{\"msg\":\"response\",\"status\":200}",
        "DEBUG response: 200 OK",
        "{\"msg\":\"message received\",\"chat\":7}",
    ] {
        let text = format!(
            "{{\"body\":{other}}}\n{status}\n{{\"body\":{}}}\n{{\"body\":{}}}\n",
            request(),
            answer()
        );
        let found = events(&load::load("a.log", text.as_bytes()));
        assert!(
            !found.contains(&json!(["ann", "q", "Hi you"])),
            "{found:?} in {text}"
        );
    }
    // A request whose own record says that it failed has no answer.
    for failed in ["\"status\":500", "\"ok\":false", "\"status\":\"failed\""] {
        let text = format!(
            "{{\"request\":{},{failed}}}\n{{\"response\":{}}}\n",
            request(),
            answer()
        );
        let found = events(&load::load("a.log", text.as_bytes()));
        assert!(
            !found.contains(&json!(["ann", "q", "Hi you"])),
            "{found:?} in {text}"
        );
    }
    // Words of another call between take nothing from what says that it is of this one.
    for [own, between] in [
        ["user=ada", "user=bob logged in"],
        ["[req-11]", "[req-22] started"],
    ] {
        let text = format!(
            "{own} request {}\n{between}\n{own} response {}\n",
            request(),
            answer()
        );
        let found = events(&load::load("a.log", text.as_bytes()));
        assert_eq!(json!(found), json!([["ann", "q", "Hi you"]]), "{text}");
    }
}

/// The line of an HTTP request says of two paths that they are two calls.
#[test]
fn answers_of_another_path_are_no_answers() {
    for (path, is_pair) in [("/chat", true), ("/title", false)] {
        let text = format!(
            "x \"POST /chat HTTP/1.1\" request={}\nx \"POST {path} HTTP/1.1\" 200 response={}\n",
            request(),
            answer()
        );
        let found = events(&load::load("a.log", text.as_bytes()));
        let pair = json!(["ann", "q", "Hi you"]);
        assert_eq!(found.contains(&pair), is_pair, "{found:?} in {text}");
    }
}

/// An SDK's request that can't be read has its answer to itself: nobody else's question was answered by it.
#[test]
fn the_answer_to_a_request_that_cannot_be_read_is_not_given_to_another() {
    const OPTIONS: &str = "DEBUG:openai._base_client:Request options: {'method': 'post', 'url': ";
    let asks = format!(
        "{OPTIONS}'/chat/completions', 'json_data': {{'model': 'a/b', 'messages': [{{'role': 'user', 'content': 'q'}}], 'user': 'ann'}}}}"
    );
    let response = |path: &str| {
        format!(
            "DEBUG:openai._base_client:HTTP Response: POST https://openrouter.ai/api/v1{path} \"200 OK\" Headers({{'x-generation-id': 'gen-1780662787-HsCxAbCdEfGhIjKlMnOp'}})"
        )
    };
    let alone = json!(["anonymous", null, "Hi you"]);
    let cut = format!("{OPTIONS}'/chat/completions', 'json_d...(truncated)");
    let other = format!("{OPTIONS}'/embeddings', 'json_data': '[REDACTED]'}}");
    for (lines, expected) in [
        // The first got no answer.
        (
            vec![
                asks.clone(),
                "DEBUG:openai._base_client:Raising timeout error".to_owned(),
                cut.clone(),
                response("/chat/completions"),
                answer().to_string(),
            ],
            &alone,
        ),
        (
            vec![
                cut.clone(),
                response("/chat/completions"),
                answer().to_string(),
            ],
            &alone,
        ),
        (
            vec![
                asks,
                other,
                response("/embeddings"),
                response("/chat/completions"),
                answer().to_string(),
            ],
            &json!(["ann", "q", "Hi you"]),
        ),
    ] {
        let text = lines.join("\n");
        let loaded = load::load("a.log", text.as_bytes());
        let found = events(&loaded);
        let whole: Vec<&Json> = found.iter().filter(|event| event.is_array()).collect();
        assert_eq!(whole, [expected], "{text}\n{:?}", loaded.problems);
    }
    let loaded = load::load("a.log", format!("{cut}\n{cut}\n").as_bytes());
    assert!(loaded.completions.is_empty());
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
}

/// A text is what the Responses API was asked, whatever it looks like; a template is what nobody asked.
#[test]
fn what_was_not_asked_so_is_no_input() {
    let pasted = json!([{"role": "user", "content": "hi"}]).to_string();
    let answered = json!({"id": "gen-1780662787-HsCxAbCdEfGhIjKlMnOp", "object": "response", "status": "completed",
        "model": "a/b", "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "Hi you", "annotations": []}]}]});
    let sample = json!({"request": {"model": "a/b", "input": pasted}, "response": answered});
    let loaded = load::load("a.json", sample.to_string().as_bytes());
    assert_eq!(
        json!(events(&loaded)),
        json!([["anonymous", pasted, "Hi you"]])
    );
    let template = json!({"prompt": [{"role": "user", "content": "Summarise {{text}}"}], "variables": {"text": "t"},
        "response": answer()});
    let loaded = load::load("a.json", template.to_string().as_bytes());
    assert_eq!(
        json!(events(&loaded)),
        json!([["anonymous", null, "Hi you"]])
    );
}
