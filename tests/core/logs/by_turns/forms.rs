//! Calls in the words of gateways, browsers, exports and databases.

use super::*;

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
fn rows_with_a_stream_whose_text_has_no_backslash_are_read() {
    let row = |number: usize| {
        let lines = stream(number).join("\\n\\n");
        let asked = request(number, "a/b");
        format!("{number}\t{asked}\t: OPENROUTER PROCESSING\\n\\n{lines}\\n\\n\n")
    };
    check(&[row(1), row(2)].concat(), &[pair(1), pair(2)]);
}

#[test]
fn rows_as_psql_shows_them_column_by_column_are_read() {
    let shown = |number: usize, request: &str, response: &str| {
        format!(
            "-[ RECORD {number} ]------------\nid       | {number}\nrequest  | {request}\nresponse | {response}\n"
        )
    };
    let rows = [1, 2].map(|number| shown(number, &request(number, "a/b"), &answer(number, "a/b")));
    check(&rows.concat(), &[pair(1), pair(2)]);
    let said = format!("Expanded display is on.\n{}\n", rows.concat());
    check(&said, &[pair(1), pair(2)]);
    // A value of several lines.
    let transcript = stream(1).join("\n\n");
    let wrapped = transcript.replace('\n', " +\n         | ");
    check(&shown(1, &request(1, "a/b"), &wrapped), &[pair(1)]);
}

#[test]
fn a_journals_bytes_are_a_line_however_their_numbers_are_divided() {
    for divided in [",", ", "] {
        let record = |line: &str| {
            let bytes: Vec<String> = line.bytes().map(|byte| byte.to_string()).collect();
            format!(
                "{{\"MESSAGE\": [{}], \"_PID\": \"1\"}}\n",
                bytes.join(divided)
            )
        };
        let lines = stream(1);
        let transcript = lines.iter().flat_map(|line| [line.as_str(), ""]);
        let text: String = [": OPENROUTER PROCESSING", ""]
            .into_iter()
            .chain(transcript)
            .map(record)
            .collect();
        check(&text, &[alone(1)]);
        let asked = format!("{}{text}", record(&request(1, "a/b")));
        check(&asked, &[pair(1)]);
    }
}

#[test]
fn documents_by_turns_in_one_source_are_said_to_be_nothing() {
    let pretty = |number: usize| {
        let both = json!({"request": 1, "response": answer(number, "a/b")});
        serde_json::to_string_pretty(&both).unwrap()
    };
    let [one, other] = [1, 2].map(pretty);
    let record = |line: &str| {
        format!(
            "{}\n",
            json!({"log": format!("{line}\n"), "stream": "stdout"})
        )
    };
    let turns = one
        .lines()
        .zip(other.lines())
        .flat_map(|(one, other)| [record(one), record(other)]);
    let loaded = load::load("t.log", turns.collect::<String>().as_bytes());
    assert_eq!(events(&loaded), [] as [Json; 0]);
    assert!(!loaded.problems.is_empty(), "{:?}", loaded.notes);
}

/// The lines of a stream that have data.
fn stream(number: usize) -> Vec<String> {
    let chunk = |delta: Json, end: Json| {
        let chunk = json!({"id": id(number), "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
            "choices": [{"index": 0, "delta": delta, "finish_reason": end}]});
        format!("data: {chunk}")
    };
    vec![
        chunk(json!({"role": "assistant", "content": "A"}), Json::Null),
        chunk(json!({"content": number.to_string()}), Json::Null),
        chunk(json!({"content": ""}), json!("stop")),
        "data: [DONE]".to_owned(),
    ]
}
