//! What belongs together in a log, and what doesn't: a request and its response on two lines, a stream whose lines are
//! logged one by one, a message that a logger keeps twice.

use crate::common::events;
use rainscope::completion::load;
use serde_json::{Value as Json, json};

const ID: &str = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";

fn check(file: &str, text: &str, expected: &[Json]) {
    let loaded = load::load(file, text.as_bytes());
    assert_eq!(events(&loaded), expected, "{text}\n{:?}", loaded.problems);
    assert_eq!(loaded.problems, [], "{text}");
}

fn request() -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": "Hi?"}], "user": "ann"})
}

fn answer(id: &str, text: &str) -> Json {
    json!({
        "id": id, "object": "chat.completion", "created": 1_780_000_000, "model": "a/b",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    })
}

/// The lines of a stream, blank ones among them.
fn lines() -> Vec<String> {
    let chunk = |text: &str, end: Json| {
        let chunk = json!({"id": ID, "object": "chat.completion.chunk", "created": 1_780_000_000,
            "model": "a/b", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]});
        format!("data: {chunk}")
    };
    let processing = || ": OPENROUTER PROCESSING".to_owned();
    let blank = String::new;
    vec![
        processing(),
        blank(),
        chunk("It's ", Json::Null),
        blank(),
        processing(),
        blank(),
        chunk("\"so\".\n", Json::Null),
        blank(),
        chunk("Yes", json!("stop")),
        blank(),
        "data: [DONE]".to_owned(),
        blank(),
    ]
}

const STREAMED: &str = "It's \"so\".\nYes";

#[test]
fn a_request_and_its_response_on_two_lines_of_a_log_are_one_exchange() {
    let exchange = json!(["ann", "Hi?", "Hello"]);
    let alone = json!(["anonymous", null, "Hello"]);
    let (request, answer) = (request(), answer(ID, "Hello"));
    for (asked, answered) in [
        ("request: ", "response: "),
        ("request=", "response="),
        ("", ""),
    ] {
        let before = "2026-11-28 01:18:17,958 atext INFO ";
        let text = format!(
            "{before}POST it\n{before}{asked}{request}\n{before}{answered}{answer}\n{before}done\n"
        );
        check("t.log", &text, std::slice::from_ref(&exchange));
    }
    // As Windows writes the ends of lines.
    let text = format!("Request: {request}\r\nResponse: {answer}\r\n");
    check("t.log", &text, std::slice::from_ref(&exchange));
    let stream = lines().join("\r\n");
    let text = format!("Request: {request}\r\nResponse: {stream}\r\n");
    check("t.log", &text, &[json!(["ann", "Hi?", STREAMED])]);
    let before = "2026-11-28 INFO ";
    for words in ["words", "POST https://openrouter.ai 200 in 12 ms\n\n"] {
        let text = format!("{before}{request}\n{before}{words}\n{before}{answer}\n");
        check("t.log", &text, std::slice::from_ref(&exchange));
    }
    // Another record between, or trouble, or too many words; and another model.
    for apart in ["{\"a\":1}", "Error: timed out", "a\nb\nc\nd\ne"] {
        let text = format!("{before}{request}\n{apart}\n{before}{answer}\n");
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(events(&loaded).last(), Some(&alone), "{apart}");
    }
    let other = answer.to_string().replace("a/b", "c/d");
    let loaded = load::load(
        "t.log",
        format!("{before}{request}\n{before}{other}\n").as_bytes(),
    );
    assert_eq!(events(&loaded).last(), Some(&alone));
    // As members of a line of logfmt.
    let quoted = |json: &Json| json!(json.to_string());
    let text = format!(
        "level=info request={} response={} took=8\n",
        quoted(&request),
        quoted(&answer)
    );
    check("t.log", &text, std::slice::from_ref(&exchange));
}

/// Where a log says of which call a line is, lines of two calls are no exchange.
#[test]
fn a_response_of_another_call_is_no_answer() {
    type Form<'f> = &'f dyn Fn(&str, &str) -> [String; 2];
    let (request, answer) = (request(), answer(ID, "Hello"));
    let exchange = json!(["ann", "Hi?", "Hello"]);
    let alone = json!(["anonymous", null, "Hello"]);
    let forms: [Form<'_>; 5] = [
        &|one, other| {
            [
                json!({"type": "request", "id": one, "body": request}),
                json!({"type": "response", "id": other, "body": answer}),
            ]
            .map(|it| it.to_string())
        },
        &|one, other| {
            [
                json!({"jsonrpc": "2.0", "id": one, "params": request}),
                json!({"jsonrpc": "2.0", "id": other, "result": answer}),
            ]
            .map(|it| it.to_string())
        },
        &|one, other| {
            [
                json!({"reqId": one, "data": request}),
                json!({"reqId": other, "data": answer}),
            ]
            .map(|it| it.to_string())
        },
        &|one, other| {
            [
                format!("INFO [req-{one}] request: {request}"),
                format!("INFO [req-{other}] response: {answer}"),
            ]
        },
        &|one, other| {
            [
                format!("INFO request_id={one} q={request}"),
                format!("INFO request_id={other} a={answer}"),
            ]
        },
    ];
    for form in forms {
        for (other, expected) in [("r1", &exchange), ("r2", &alone)] {
            let text = form("r1", other).join("\n") + "\n";
            for text in [text.clone(), format!("INFO up\n{text}")] {
                let loaded = load::load("t.log", text.as_bytes());
                assert_eq!(events(&loaded).last(), Some(expected), "{text}");
            }
        }
    }
}

/// Of a stream that follows its request none of the chunks is an answer by itself.
#[test]
fn a_request_and_the_stream_behind_it_are_one_exchange() {
    let request = request();
    let exchange = json!(["ann", "Hi?", STREAMED]);
    let transcript = lines().join("\n");
    let chunks: String = lines()
        .iter()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| data.starts_with('{'))
        .map(|chunk| format!("{chunk}\n"))
        .collect();
    for stream in [&transcript, &chunks] {
        check(
            "t.txt",
            &format!("{request}\n{stream}\n"),
            std::slice::from_ref(&exchange),
        );
        let pretty = serde_json::to_string_pretty(&request).unwrap();
        check(
            "t.txt",
            &format!("{pretty}\n\n{stream}\n"),
            std::slice::from_ref(&exchange),
        );
        // Another model's.
        let other = stream.replace("a/b", "c/d");
        let loaded = load::load("t.txt", format!("{request}\n{other}\n").as_bytes());
        assert_eq!(
            events(&loaded).last(),
            Some(&json!(["anonymous", null, STREAMED]))
        );
        assert_eq!(loaded.completions.len(), 2, "{other}");
    }
    // Chunks of another stream are its own.
    let other = chunks.replace(ID, "gen-1780662787-another");
    let loaded = load::load("t.jsonl", format!("{request}\n{chunks}{other}").as_bytes());
    assert_eq!(
        events(&loaded),
        [exchange, json!(["anonymous", null, STREAMED])]
    );
}

#[test]
fn a_request_and_its_response_on_one_line_are_one_exchange() {
    let exchange = [json!(["ann", "Hi?", "Hello"])];
    let (request, answer) = (request(), answer(ID, "Hello"));
    for line in [
        format!("2026-06-05 12:00:00 INFO request={request} response={answer}"),
        format!("2026-06-05 12:00:00 INFO {request} -> {answer}"),
        format!("1|{request}|{answer}"),
    ] {
        check("t.log", &format!("{line}\n"), &exchange);
    }
    let ecs = json!({
        "@timestamp": "2026-06-05T12:00:00Z",
        "http": {
            "request": {"method": "POST", "body": {"content": request.to_string()}},
            "response": {"status_code": 200, "body": {"content": answer.to_string()}},
        },
        "url": {"full": "https://openrouter.ai/api/v1/chat/completions"},
    });
    check("t.jsonl", &format!("{ecs}\n"), &exchange);
}

/// Where calls were under way at once, an answer that stands behind a request may be an earlier one's.
#[test]
fn of_calls_at_once_no_request_is_paired_by_its_place() {
    let asked = |text: &str| {
        json!({"model": "a/b", "messages": [{"role": "user", "content": text}], "user": text})
            .to_string()
    };
    let answered =
        |number: usize| answer(&format!("gen-{number}"), &format!("answer {number}")).to_string();
    let alone = |number: usize| json!([json!("anonymous"), Json::Null, format!("answer {number}")]);
    let (one, two, three) = (asked("one"), asked("two"), asked("three"));
    let at_once = [
        one.clone(),
        two,
        answered(2),
        three.clone(),
        answered(1),
        answered(3),
    ];
    // Behind them, one call after the other again.
    let later = [asked("four"), answered(4)];
    let records: Vec<String> = at_once.into_iter().chain(later).collect();
    let given = |events: &[Json]| -> Vec<Json> {
        let answers = events.iter().filter(|event| event.is_array());
        answers.cloned().collect()
    };
    let expected = vec![
        alone(2),
        alone(1),
        alone(3),
        json!(["four", "four", "answer 4"]),
    ];
    let words: Vec<String> = records
        .iter()
        .map(|it| format!("12:00 INFO {it}"))
        .collect();
    let list = format!("[{}]", records.join(","));
    for (file, text) in [
        ("calls.ndjson", records.join("\n")),
        ("app.log", words.join("\n")),
        ("calls.json", list),
    ] {
        let loaded = load::load(file, text.as_bytes());
        assert_eq!(given(&events(&loaded)), expected, "{text}");
    }
}

/// A machine, a release or a job stands on the lines of all its calls.
#[test]
fn a_name_that_requests_at_once_share_tells_no_answer() {
    let asked = |text: &str| json!({"model": "a/b", "messages": [{"role": "user", "content": text}], "user": text});
    let answered = |number: usize| answer(&format!("gen-{number}"), &number.to_string());
    let alone = |number: usize| json!(["anonymous", null, number.to_string()]);
    let records = [
        ("1", asked("one")),
        ("2", asked("two")),
        ("2", answered(2)),
        ("1", answered(1)),
    ];
    let line = |swapped: bool, to_line: &dyn Fn(&str, &Json) -> String| {
        let mut records = records.clone();
        if swapped {
            records.swap(2, 3);
        }
        let lines: Vec<String> = records.iter().map(|(id, of)| to_line(id, of)).collect();
        lines.join("\n")
    };
    let host = |_: &str, of: &Json| format!("12:00:00 [3f2a1b4c5d6e] INFO {of}");
    let sha =
        |_: &str, of: &Json| format!("12:00:00 3f2a1b4c5d6e7f8091a2b3c4d5e6f708192a3b4c INFO {of}");
    let task = |_: &str, of: &Json| json!({"task_id": "nightly", "body": of}).to_string();
    let both =
        |id: &str, of: &Json| json!({"task_id": "n", "request_id": id, "body": of}).to_string();
    let check = |text: &str, expected: &[Json]| {
        let events = events(&load::load("a.log", text.as_bytes()));
        let given: Vec<&Json> = events.iter().filter(|event| event.is_array()).collect();
        assert_eq!(given, expected.iter().collect::<Vec<_>>(), "{text}");
    };
    for shared in [&host as &dyn Fn(&str, &Json) -> String, &sha, &task] {
        check(&line(false, shared), &[alone(2), alone(1)]);
        check(&line(true, shared), &[alone(1), alone(2)]);
    }
    let two = json!(["two", "two", "2"]);
    check(&line(false, &both), &[two, alone(1)]);
    check(&line(true, &both), &[alone(1), alone(2)]);
}

#[test]
fn the_answer_that_an_evaluation_expects_is_nobodys() {
    let given = || [json!(["ann", "Hi?", "Yes"])];
    for name in [
        "expected",
        "expectedOutput",
        "reference_answer",
        "golden",
        "groundTruth",
    ] {
        let record =
            json!({"input": request(), "output": answer(ID, "Yes"), name: answer("gen-2", "No")});
        check("runs.jsonl", &format!("{record}\n"), &given());
        let words = format!(
            "INFO request={} {name}={} response={}\n",
            request(),
            answer("gen-2", "No"),
            answer(ID, "Yes")
        );
        check("app.log", &words, &given());
    }
}

#[test]
fn what_a_logger_keeps_twice_is_one() {
    let answer = answer(ID, "Hello");
    let message = answer.to_string();
    let record = json!({"text": format!("2026-11-28 | INFO | {message}\n"), "record": {"level": 20, "message": message}});
    check(
        "t.jsonl",
        &format!("{record}\n"),
        &[json!(["anonymous", null, "Hello"])],
    );
    // Two answers are two, be they alike.
    let record = json!({"one": self::answer("a", "Hello"), "two": self::answer("a", "Hello")});
    let loaded = load::load("t.json", record.to_string().as_bytes());
    assert_eq!(loaded.completions.len(), 2);
}

#[test]
fn a_stream_that_is_logged_line_by_line_is_one() {
    let expected = [json!(["anonymous", null, STREAMED])];
    let python = |line: &str| {
        let escaped = line.replace('\\', "\\\\").replace('\'', "\\'");
        format!("'{escaped}'")
    };
    let log = |before: &str, form: &dyn Fn(&str) -> String, with_blanks: bool| -> String {
        let lines = lines()
            .into_iter()
            .filter(|line| with_blanks || !line.is_empty());
        lines
            .map(|line| format!("{before}{}\n", form(&line)).trim_end().to_owned() + "\n")
            .collect()
    };
    let plain = |line: &str| line.to_owned();
    let bytes = |line: &str| format!("b{}", python(line));
    for with_blanks in [true, false] {
        for before in [
            "2026-11-28 01:18:18,270 c DEBUG recv: ",
            "DEBUG recv: ",
            "c2 got ",
        ] {
            check("t.log", &log(before, &plain, with_blanks), &expected);
            check("t.log", &log(before, &python, with_blanks), &expected);
            check("t.log", &log(before, &bytes, with_blanks), &expected);
        }
        check("t.log", &log("", &python, with_blanks), &expected);
    }
}

/// The lines of a stream of the Messages API, each event with its name.
fn lines_of_messages() -> Vec<String> {
    let start =
        json!({"type": "message", "id": ID, "role": "assistant", "model": "a/b", "content": []});
    let delta = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    let events = [
        json!({"type": "message_start", "message": start}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        delta("It's "),
        json!({"type": "ping"}),
        delta("\"so\".\nYes"),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ];
    let lines = events.iter().flat_map(|event| {
        let name = event["type"].as_str().unwrap();
        [
            format!("event: {name}"),
            format!("data: {event}"),
            String::new(),
        ]
    });
    lines.collect()
}

/// The request stands in the same log, behind the words of its own line; so does each line of the stream.
#[test]
fn a_request_and_the_stream_in_the_lines_of_its_log_are_one_exchange() {
    let exchange = json!(["ann", "Hi?", STREAMED]);
    let docker = |line: &str| {
        format!(
            "{}\n",
            json!({"log": format!("{line}\n"), "stream": "stdout", "time": "t"})
        )
    };
    let plain = |line: &str| format!("{}\n", line.trim_end());
    for lines in [lines(), lines_of_messages()] {
        for (asked, received) in [
            ("INFO request: ", "INFO recv: "),
            (
                "2026-06-05T12:00:00Z INFO request: ",
                "2026-06-05T12:00:00Z INFO recv: ",
            ),
            (
                "2026-06-05T12:00:00Z INFO > ",
                "2026-06-05T12:00:00Z INFO < ",
            ),
            ("2026-06-05T12:00:00Z app → ", "2026-06-05T12:00:00Z app ← "),
            ("2026-06-05T12:00:00Z INFO ", "2026-06-05T12:00:00Z INFO "),
            ("[12:00:00] [out] ", "[12:00:00] [in] "),
        ] {
            for with_blanks in [true, false] {
                let call = |form: &dyn Fn(&str) -> String| -> String {
                    let kept = lines.iter().filter(|line| with_blanks || !line.is_empty());
                    let stream = kept.map(|line| form(&format!("{received}{line}")));
                    form(&format!("{asked}{}", request())) + &stream.collect::<String>()
                };
                for form in [&plain as &dyn Fn(&str) -> String, &docker] {
                    let one = call(form);
                    check("t.log", &one, std::slice::from_ref(&exchange));
                    assert_eq!(load::load("t.log", one.as_bytes()).skipped, 0, "{one}");
                    let other = one.replace(ID, "gen-1780662787-another");
                    let two = [exchange.clone(), exchange.clone()];
                    check("t.log", &format!("{one}{other}"), &two);
                }
            }
        }
    }
    // Chunks without the field of a transcript.
    let chunks = lines().into_iter().filter_map(|line| {
        let chunk = line.strip_prefix("data: ")?;
        chunk.starts_with('{').then(|| docker(chunk))
    });
    let text = docker(&request().to_string()) + &chunks.collect::<String>();
    check("t.log", &text, std::slice::from_ref(&exchange));
    // Another model's.
    let stream = lines()
        .into_iter()
        .map(|line| plain(&format!("INFO recv: {}", line.replace("a/b", "c/d"))));
    let text = format!(
        "INFO request: {}\n{}",
        request(),
        stream.collect::<String>()
    );
    let loaded = load::load("t.log", text.as_bytes());
    assert_eq!(loaded.completions.len(), 2, "{text}");
    assert_eq!(events(&loaded)[1], json!(["anonymous", null, STREAMED]));
}

#[test]
fn a_stream_whose_lines_stand_in_records_of_a_list_is_one() {
    let expected = [json!(["anonymous", null, STREAMED])];
    let record = |line: &String| json!({"timestamp": 7, "message": line});
    let records: Vec<Json> = lines().iter().map(record).collect();
    let lean: Vec<Json> = lines()
        .iter()
        .filter(|line| !line.is_empty())
        .map(record)
        .collect();
    for records in [records, lean] {
        let listed = json!({"events": records, "next": "x"});
        check("t.json", &listed.to_string(), &expected);
        let pretty = serde_json::to_string_pretty(&listed).unwrap();
        check("t.json", &pretty, &expected);
        let hits: Vec<Json> = records
            .iter()
            .map(|record| json!({"_source": record}))
            .collect();
        check(
            "t.json",
            &json!({"hits": {"hits": hits}}).to_string(),
            &expected,
        );
    }
    let words: String = lines()
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| json!({"level": 30, "message": format!("recv: {line}")}).to_string() + "\n")
        .collect();
    check("t.jsonl", &words, &expected);
}

/// An error that tells whose it is is a refusal wherever a log has it.
#[test]
fn a_refusal_in_a_structured_log_is_none_that_is_missed() {
    let error = json!({"error": {"code": 429, "message": "slow down"}});
    let refused = json!("error-body");
    for record in [
        json!({"level": "error", "msg": format!("OpenRouter API error: 429 - {error}")}),
        json!({"error": error.to_string(), "model": "a/b"}),
        json!({"status": 402, "body": error.to_string(), "took": 7}),
    ] {
        check(
            "t.jsonl",
            &format!("{record}\n"),
            std::slice::from_ref(&refused),
        );
    }
    let of_another = json!({"error": {"type": "overloaded_error", "message": "busy"}});
    let record = json!({"level": "error", "msg": format!("API error: {of_another}")});
    let loaded = load::load("t.jsonl", record.to_string().as_bytes());
    assert_eq!(loaded.completions.len(), 0);
    // Beside an answer it is one of several tries.
    let record = json!({"failed": error, "then": answer(ID, "Hello")});
    check(
        "t.json",
        &record.to_string(),
        &[json!(["anonymous", null, "Hello"])],
    );
}

#[test]
fn a_printed_object_that_holds_no_completion_is_no_trouble() {
    let text = format!(
        "200\n{{'content-type': 'application/json', 'x-generation-id': '{ID}'}}\n{}\n",
        answer(ID, "Hello")
    );
    check("t.txt", &text, &[json!(["anonymous", null, "Hello"])]);
}

#[test]
fn markdown_pairs_no_request_with_another_models_answer() {
    let block = |json: &Json| format!("```json\n{json}\n```\n\n");
    let other = answer(ID, "Hello").to_string().replace("a/b", "c/d");
    let other: Json = serde_json::from_str(&other).unwrap();
    let alone = json!(["anonymous", null, "Hello"]);
    let loaded = load::load(
        "t.md",
        format!("# One\n\n{}{}", block(&request()), block(&other)).as_bytes(),
    );
    assert_eq!(events(&loaded).last(), Some(&alone));
    check(
        "t.md",
        &format!(
            "# One\n\n{}{}",
            block(&request()),
            block(&answer(ID, "Hello"))
        ),
        &[json!(["ann", "Hi?", "Hello"])],
    );
}
