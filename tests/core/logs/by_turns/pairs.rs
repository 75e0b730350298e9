//! Of calls that stand together no request is paired with another's answer.

use super::*;

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

#[test]
fn of_calls_that_a_log_tells_apart_none_gets_the_answer_of_another() {
    let line = |words: &str, json: &str| format!("{words}{json}\n");
    let record = |ids: &str, json: &str| {
        format!(
            "{{\"log\":{},\"stream\":\"stdout\",{ids}}}\n",
            json!(format!("{json}\n"))
        )
    };
    let [r1, r2] = [1, 2].map(|number| request(number, "a/b"));
    let [a1, a2] = [1, 2].map(|number| answer(number, "a/b"));
    let words = [
        (
            "2026-06-05 12:00:00 INFO [req-A] ",
            "2026-06-05 12:00:01 INFO [req-B] ",
        ),
        (
            "2026-06-05 12:00:00 INFO [7f3a1] ",
            "2026-06-05 12:00:01 INFO [9c1b2] ",
        ),
        (
            "2026-06-05 12:00:00 INFO job7f3a1: ",
            "2026-06-05 12:00:01 INFO job9c1b2: ",
        ),
        ("{traceId=a, spanId=b} ", "{traceId=c, spanId=d} "),
        ("web-1  | INFO [7f3a1] ", "web-1  | INFO [9c1b2] "),
        (
            "2026-06-05 12:00:00 INFO trace_id=a llm ",
            "2026-06-05 12:00:00 INFO trace_id=b llm ",
        ),
    ];
    let ids = [
        (r#""attrs":{"tag":"a"}"#, r#""attrs":{"tag":"b"}"#),
        (r#""trace_id":"a""#, r#""trace_id":"b""#),
        (r#""request_id":"a""#, r#""request_id":"b""#),
        (r#""container_id":"a""#, r#""container_id":"b""#),
    ];
    type Form<'f> = Box<dyn Fn(&str, &str) -> String + 'f>;
    let of_words = words
        .iter()
        .map(|(a, b)| (a, b, Box::new(line) as Form<'_>));
    let of_ids = ids
        .iter()
        .map(|(a, b)| (a, b, Box::new(record) as Form<'_>));
    for (a, b, form) in of_words.chain(of_ids) {
        let other = [form(a, &r1), form(b, &a2)].concat();
        assert_eq!(made(&other), [alone(2)], "{other}");
        let own = [form(a, &r1), form(a, &a1), form(b, &r2), form(b, &a2)].concat();
        assert_eq!(made(&own), [pair(1), pair(2)], "{own}");
        // While another waits, its id tells whose an answer is.
        let last = [form(a, &r1), form(b, &r2), form(b, &a2)].concat();
        assert_eq!(made(&last), [pair(2)], "{last}");
    }
    // The answer to one may come in another thread.
    let threads = [
        line("2026-06-05 12:00:00,1 [worker-1] DEBUG llm - ", &r1),
        line("2026-06-05 12:00:01,1 [worker-2] DEBUG llm - ", &a1),
    ];
    assert_eq!(made(&threads.concat()), [pair(1)]);
}

#[test]
fn where_a_log_tells_apart_calls_by_turns_each_has_its_answer() {
    let [r1, r2] = [1, 2].map(|number| request(number, "a/b"));
    let [a1, a2] = [1, 2].map(|number| answer(number, "a/b"));
    let word = |id: &str, json: &str| format!("2026-06-05 12:00:00 INFO [{id}] {json}\n");
    let record = |id: &str, json: &str| format!("{}\n", json!({"message": json, "trace_id": id}));
    for form in [&word as &dyn Fn(&str, &str) -> String, &record] {
        let text = [
            form("a1b2c", &r1),
            form("d3e4f", &r2),
            form("a1b2c", &a1),
            form("d3e4f", &a2),
        ];
        assert_eq!(made(&text.concat()), [pair(1), pair(2)], "{text:?}");
    }
}

#[test]
fn a_request_is_not_paired_while_one_before_waits_whatever_stands_between() {
    let [r1, r2] = [1, 2].map(|number| request(number, "a/b"));
    let [a1, a2] = [1, 2].map(|number| answer(number, "a/b"));
    let said = |between: &str| [&*r1, between, &r2, &a1, ""].join("\n");
    assert_eq!(
        made(&said("{\"level\":\"info\",\"msg\":\"GET /health\"}")),
        [alone(1)]
    );
    assert_eq!(
        made(&said("12:00:00 INFO served {\"path\":\"/health\"}")),
        [alone(1)]
    );
    // What went wrong is answered no more, nor what was answered by something that can't be its answer.
    let again = |between: &str| [&*r1, between, &r2, &a2, ""].join("\n");
    assert_eq!(
        made(&again("{\"level\":\"error\",\"msg\":\"timed out\"}")),
        [pair(2)]
    );
    assert_eq!(made(&again(&answer(0, "c/d"))), [alone(0), pair(2)]);
}

/// A gateway logs what it got and what it sent on, with the id of the call before the first line of each message.
#[test]
fn what_is_asked_twice_waits_once() {
    let id = "(3f1c2a9e-11aa-4b8e-9c1f-1234567890ab)";
    let [r1, r2] = [1, 2].map(|number| request(number, "a/b"));
    let asked = |request: &str| {
        format!(
            "{id} Method request body before transformations: {request}\n\
             {id} Endpoint request URI: https://openrouter.ai/api/v1/chat/completions\n\
             {id} Endpoint request body after transformations: {request}\n"
        )
    };
    let stream = |number: usize| {
        let chunk = json!({
            "id": super::id(number), "object": "chat.completion.chunk", "created": 1_780_662_787, "model": "a/b",
            "choices": [{"index": 0, "delta": {"content": format!("A{number}")}, "finish_reason": "stop"}]
        });
        format!(
            "{id} Endpoint response body before transformations: : OPENROUTER PROCESSING\n\ndata: {chunk}\n\ndata: [DONE]\n\n"
        )
    };
    let text = [asked(&r1), stream(1)].concat();
    let found = made(&text);
    assert_eq!(found, [pair(1)], "{text}");
    // Another one waits all the same.
    let text = [asked(&r2), asked(&r1), stream(1)].concat();
    assert_eq!(made(&text), [alone(1)], "{text}");
}

#[test]
fn no_request_is_paired_across_calls_where_answers_stand_first() {
    let [r1, r2, r3] = [1, 2, 3].map(|number| request(number, "a/b"));
    let [a1, a2, a3] = [1, 2, 3].map(|number| answer(number, "a/b"));
    let alone = [3, 2, 1].map(alone);
    for (request, response) in [("", ""), ("10:00 INFO request: ", "10:00 INFO response: ")] {
        let line = |text: &str, is_asked: bool| {
            let words = if is_asked { request } else { response };
            format!("{words}{text}\n")
        };
        // Newest first, as log platforms export.
        let newest: String = [(&a3, &r3), (&a2, &r2), (&a1, &r1)]
            .map(|(answer, request)| line(answer, false) + &line(request, true))
            .concat();
        assert_eq!(made(&newest), alone, "{newest}");
        // A log whose beginning was cut off goes on as it was written.
        let cut: String = [line(&a1, false), line(&r2, true), line(&a2, false)].concat();
        assert_eq!(made(&cut), [self::alone(1), pair(2)], "{cut}");
        // Call by call under a heading, the answer first.
        let blocks: String = [(&a1, &r1), (&a2, &r2)]
            .map(|(answer, request)| {
                format!("=== call\n{}{}", line(answer, false), line(request, true))
            })
            .concat();
        assert_eq!(made(&blocks), [self::alone(1), self::alone(2)], "{blocks}");
    }
    let records: Vec<String> = [&a3, &r3, &a2, &r2, &a1, &r1]
        .iter()
        .map(|text| format!(r#"{{"level":"info","data":{text}}}"#))
        .collect();
    assert_eq!(made(&format!("[{}]", records.join(","))), alone);
    assert_eq!(made(&records.join("\n")), alone);
}

#[test]
fn no_request_that_failed_or_is_of_another_call_is_paired() {
    let (asked, answered) = (request(1, "a/b"), answer(2, "a/b"));
    let check = |first: &str, second: &str, is_pair: bool| {
        let text = format!("{first}{asked}\n{second}{answered}\n");
        let user = if is_pair { "u1" } else { "anonymous" };
        let made = made(&text);
        assert_eq!(made.len(), 1, "{text}");
        assert_eq!(made[0][0], user, "{text}");
    };
    check("10:00 INFO sent: ", "10:01 INFO got: ", true);
    check(
        "10:00 ERROR call failed: timeout, payload: ",
        "10:05 INFO got: ",
        false,
    );
    check("[10:00] [12] sent: ", "[10:01] [12] got: ", true);
    check("[10:00] [13] sent: ", "[10:01] [12] got: ", false);
    check(
        "10:00 [http-nio-8080-exec-2] sent: ",
        "10:01 [reactor-http-nio-3] got: ",
        true,
    );
    check(
        "10:00 [http-nio-8080-exec-2] sent: ",
        "10:01 [http-nio-8080-exec-1] got: ",
        false,
    );
}

/// What a line says of its process is no source of its own: a request is found with the chunks behind it.
#[test]
fn a_stream_in_lines_of_a_process_is_its_request_s() {
    let chunk = |text: &str, reason: Option<&str>| {
        json!({"id": id(1), "object": "chat.completion.chunk", "model": "a/b",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": reason}]})
    };
    let chunks = [chunk("A", None), chunk("1", None), chunk("", Some("stop"))];
    for words in [
        "[2026-05-06 01:35:13,311: DEBUG/ForkPoolWorker-1] ",
        "[2026-05-06 01:35:13 +0000] [100] [DEBUG] ",
        "D, [2026-05-06T01:35:13.311000 #100] DEBUG -- : ",
        "May  6 01:35:13 host app[123]: DEBUG ",
    ] {
        for data in ["data: ", "chunk: ", ""] {
            let lines = chunks.iter().map(|chunk| format!("{words}{data}{chunk}\n"));
            let text = format!(
                "{words}{}\n{}",
                request(1, "a/b"),
                lines.collect::<String>()
            );
            assert_eq!(made(&text), [pair(1)], "{text}");
        }
    }
}
