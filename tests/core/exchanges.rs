//! HTTP exchanges as their recorders write them: one event whatever the form, no secret of the recording, and
//! nothing of what is no completion.

use crate::common::{event_json, map};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rainscope::completion::load::{self, Loaded, PairFile, PairFiles, Problem};
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Outcome;
use serde_json::{Value as Json, json};

const REQUEST: &str = r#"{"model":"openai/gpt-4o-mini","user":"harbour_7","session_id":"berth-42","messages":[{"role":"user","content":"When is the \"Marta\" due?"}],"trace":{"shift":"late","trace_name":"Arrivals"}}"#;
const RESPONSE: &str = r#"{"id":"gen-1780662801-Hb4rQ7vLm2Kx9TzWc1N1","object":"chat.completion","created":1780662801,"model":"openai/gpt-4o-mini","provider":"OpenAI","choices":[{"index":0,"finish_reason":"stop","native_finish_reason":"stop","message":{"role":"assistant","content":"At 14:10, Südkai.\nIt's on time."}}],"usage":{"prompt_tokens":21,"completion_tokens":14,"total_tokens":35,"cost":9.45e-6}}"#;
const URL: &str = "https://openrouter.ai/api/v1/chat/completions";

fn load(file: &str, text: &str) -> Loaded {
    load::load(file, text.as_bytes())
}

/// The one event of a text, and that nothing else is to be said of it.
fn event(name: &str, loaded: &Loaded) -> String {
    assert_eq!(loaded.problems, [], "{name}");
    assert_eq!(loaded.completions.len(), 1, "{name}");
    let mapped = map(&loaded.completions[0]);
    event_json(mapped.event().unwrap(), Privacy::Off)
}

fn yaml(text: &str) -> String {
    text.replace('\'', "''")
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    let level = flate2::Compression::default();
    let mut encoder = flate2::read::GzEncoder::new(text.as_bytes(), level);
    encoder.read_to_end(&mut out).unwrap();
    out
}

/// The same exchange in every form: file name and text.
fn forms() -> Vec<(&'static str, String)> {
    let (sent, got): (Json, Json) = (
        serde_json::from_str(REQUEST).unwrap(),
        serde_json::from_str(RESPONSE).unwrap(),
    );
    let packed = STANDARD.encode(gzip(RESPONSE));
    let hex: String = gzip(RESPONSE)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let bytes: Vec<u8> = RESPONSE.bytes().collect();
    let json = |value: Json| value.to_string();
    let gzipped = json!({"content-encoding": ["gzip"]});
    vec![
        (
            "sample.json",
            format!("{{\"request\":{REQUEST},\"response\":{RESPONSE}}}"),
        ),
        (
            "recording.har",
            json(
                json!({"log": {"entries": [{"request": {"method": "POST", "url": URL, "headers": [], "postData": {"mimeType": "application/json", "text": REQUEST}},
            "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": RESPONSE}}}]}}),
            ),
        ),
        (
            "packed.har",
            json(
                json!({"log": {"entries": [{"time": -1, "request": {"method": "POST", "url": URL, "postData": {"text": STANDARD.encode(REQUEST), "encoding": "base64"}},
            "response": {"status": 200, "headers": [{"name": "Content-Encoding", "value": "gzip"}], "content": {"text": packed, "encoding": "base64"}}}]}}),
            ),
        ),
        (
            "polly.har",
            json(
                json!({"log": {"_recordingName": "x", "entries": [{"request": {"method": "POST", "url": URL, "postData": {"text": REQUEST, "params": []}},
            "response": {"status": 200, "content": {"_isBinary": true, "text": json!([&hex[..40], &hex[40..]]).to_string()}}}]}}),
            ),
        ),
        (
            "vcrpy.yaml",
            format!(
                "interactions:\n- request:\n    body: '{}'\n    method: POST\n    uri: {URL}\n  response:\n    body:\n      string: '{}'\n    status:\n      code: 200\n      message: OK\nversion: 1\n",
                yaml(REQUEST),
                yaml(RESPONSE)
            ),
        ),
        (
            "vcrpy.json",
            json(
                json!({"version": 1, "interactions": [{"request": {"method": "POST", "uri": URL, "body": REQUEST}, "response": {"status": {"code": 200}, "body": {"string": RESPONSE}}}]}),
            ),
        ),
        (
            "ruby.yml",
            format!(
                "---\nhttp_interactions:\n- request:\n    method: post\n    uri: {URL}\n    body:\n      encoding: UTF-8\n      string: '{}'\n  response:\n    status: {{code: 200, message: OK}}\n    body:\n      encoding: ASCII-8BIT\n      string: |2\n\n           \n        {RESPONSE}\n",
                yaml(REQUEST)
            ),
        ),
        (
            "binary.yml",
            format!(
                "http_interactions:\n- request:\n    method: post\n    uri: {URL}\n    body:\n      base64_string: {}\n  response:\n    headers:\n      Content-Encoding: [gzip]\n    body:\n      string: !binary |-\n        {packed}\n",
                STANDARD.encode(REQUEST)
            ),
        ),
        (
            "go-vcr.yaml",
            format!(
                "version: 2\ninteractions:\n    - id: 0\n      request:\n        body: '{}'\n        url: {URL}\n        method: POST\n      response:\n        body: {}\n        status: 200 OK\n        code: 200\n",
                yaml(REQUEST),
                json!(RESPONSE)
            ),
        ),
        (
            "nock.json",
            json(
                json!([{"scope": "https://openrouter.ai:443", "method": "POST", "path": "/api/v1/chat/completions", "body": sent, "status": 200, "response": got, "rawHeaders": []}]),
            ),
        ),
        (
            "nock-packed.json",
            json(
                json!([{"scope": "https://openrouter.ai:443", "method": "POST", "path": "/api/v1/chat/completions", "body": sent, "status": 200, "response": [hex], "rawHeaders": ["content-encoding", "gzip"]}]),
            ),
        ),
        (
            "objects.json",
            json(
                json!({"request": {"url": URL, "body": sent}, "response": {"status": 200, "body": got}}),
            ),
        ),
        (
            "strings.json",
            json(
                json!({"request": {"url": URL, "body": REQUEST}, "response": {"status": 200, "body": RESPONSE}}),
            ),
        ),
        (
            "strings-in-strings.json",
            json(
                json!({"request": {"url": URL, "body": json!(REQUEST).to_string()}, "response": {"status_code": "200", "body_raw": json!(RESPONSE).to_string()}}),
            ),
        ),
        (
            "bytes.json",
            json(
                json!({"req": {"Uri": URL, "Body": {"type": "Buffer", "data": REQUEST.as_bytes()}}, "res": {"StatusCode": 200, "Body": bytes}}),
            ),
        ),
        (
            "base64.json",
            json(
                json!({"request": {"url": URL, "body": {"b64": STANDARD.encode(REQUEST)}}, "response": {"status": 200, "headers": gzipped, "body": packed}}),
            ),
        ),
        (
            "flat.json",
            json(
                json!({"method": "POST", "url": URL, "request_body": REQUEST, "response_body": got, "status_code": 200}),
            ),
        ),
        (
            "pascal.json",
            json(
                json!({"Entries": [{"RequestUri": URL, "RequestMethod": "POST", "RequestBody": sent, "StatusCode": 200, "ResponseBody": got}], "Variables": {}}),
            ),
        ),
        (
            "python.json",
            json(
                json!({"request": {"url": URL, "body": format!("b'{}'", REQUEST.replace('\\', "\\\\"))}, "response": {"status": 200, "body": format!("b\"{}\"", RESPONSE.replace('\\', "\\\\").replace('"', "\\\"").replace('ü', "\\xc3\\xbc"))}}),
            ),
        ),
        (
            "sdk.json",
            json(
                json!({"text": "At 14:10", "finishReason": "stop", "request": {"body": REQUEST}, "response": {"id": "x", "modelId": "m", "messages": [], "body": got}}),
            ),
        ),
        (
            "devtools.json",
            json(
                json!({"runs": [], "steps": [{"raw_request": REQUEST, "raw_response": RESPONSE, "raw_chunks": null}]}),
            ),
        ),
        (
            "litellm.json",
            json(
                json!({"custom_llm_provider": "openrouter", "call_type": "acompletion", "model": "openai/gpt-4o-mini", "messages": sent["messages"], "end_user": "harbour_7", "response": got,
            "model_parameters": {"extra_body": {"session_id": "berth-42", "trace": {"shift": "late", "trace_name": "Arrivals"}}}}),
            ),
        ),
        (
            "exvcr.json",
            json(
                json!([{"request": {"body": "", "headers": [], "method": "post", "options": {}, "request_body": REQUEST, "url": URL},
            "response": {"binary": false, "body": RESPONSE, "headers": {}, "status_code": 200, "type": "ok"}}]),
            ),
        ),
        (
            "php-vcr.yml",
            format!(
                "\n-\n    request:\n        method: POST\n        url: '{URL}'\n        headers: {{Host: openrouter.ai}}\n        body: '{}'\n    response:\n        status: {{http_version: '1.1', code: '200', message: OK}}\n        body: {}\n    index: 0\n",
                yaml(REQUEST),
                json!(RESPONSE)
            ),
        ),
        (
            "wiremock.json",
            json(
                json!({"mappings": [{"request": {"url": "/api/v1/chat/completions", "method": "POST", "bodyPatterns": [{"equalToJson": REQUEST}]}, "response": {"status": 200, "jsonBody": got}}]}),
            ),
        ),
        (
            "postman.json",
            json(
                json!({"name": "ok", "originalRequest": {"method": "POST", "header": [], "body": {"mode": "raw", "raw": REQUEST, "options": {}}, "url": {"raw": URL, "host": ["openrouter", "ai"]}}, "status": "OK", "code": 200, "header": [], "body": RESPONSE}),
            ),
        ),
        (
            "govcr.json",
            json(
                json!({"Tracks": [{"Request": {"Method": "POST", "URL": {"Scheme": "https", "Host": "openrouter.ai", "Path": "/api/v1/chat/completions"}, "Body": STANDARD.encode(REQUEST)}, "Response": {"Status": "200 OK", "StatusCode": 200, "Body": STANDARD.encode(RESPONSE)}}]}),
            ),
        ),
        (
            "talkback.json",
            json(
                json!({"meta": {"createdAt": "x"}, "req": {"url": "/api/v1/chat/completions", "method": "POST", "headers": {"host": "openrouter.ai"}, "body": sent}, "res": {"status": 200, "headers": {}, "body": got}}),
            ),
        ),
        (
            "nginx.json",
            json(
                json!({"request_method": "POST", "request_uri": "/api/v1/chat/completions", "http_host": "openrouter.ai", "status": "200", "request_body": REQUEST, "resp_body": RESPONSE}),
            ),
        ),
        (
            "axios.json",
            json(
                json!({"status": 200, "statusText": "OK", "headers": {}, "config": {"method": "post", "url": URL, "headers": {}, "data": REQUEST}, "request": {}, "data": got}),
            ),
        ),
        (
            "half-a-message.json",
            json(json!({"request": {"url": URL, "body": sent}, "response": got})),
        ),
        (
            "half-a-string.json",
            json(json!({"request": {"url": URL, "body": sent}, "response": RESPONSE})),
        ),
        (
            "other-half.json",
            json(json!({"request": REQUEST, "response": {"status": 200, "body": got}})),
        ),
        (
            "entry.json",
            json(
                json!({"time": -1, "startedDateTime": "2026-06-05T12:33:20Z", "request": {"url": URL, "method": "POST", "postData": {"text": REQUEST}}, "response": {"status": 200, "content": {"text": RESPONSE}}}),
            ),
        ),
        (
            "go-vcr.json",
            json(json!({"version": 2, "interactions": [{"id": 0,
                "request": {"proto": "HTTP/1.1", "host": "openrouter.ai", "body": REQUEST, "headers": {}, "url": URL, "method": "POST"},
                "response": {"proto": "HTTP/2.0", "body": RESPONSE, "headers": {}, "status": "200 OK", "code": 200, "duration": 0}}]})),
        ),
        (
            "mitmdump.txt",
            format!(
                "127.0.0.1:50312: POST {URL} HTTP/2.0\n    content-type: application/json\n\n    {REQUEST}\n\n << HTTP/2.0 200  512b\n    content-type: application/json\n\n    {RESPONSE}\n"
            ),
        ),
        (
            "requests.http",
            format!(
                "### Arrivals\nPOST {URL}\nContent-Type: application/json\n\n{REQUEST}\n\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{RESPONSE}\n"
            ),
        ),
        (
            "curl.txt",
            format!(
                "$ curl -i {URL} -H 'Content-Type: application/json' -d '{REQUEST}'\nHTTP/2 200\ncontent-type: application/json\n\n{RESPONSE}\n"
            ),
        ),
        (
            "container.jsonl",
            json!({"log": format!("{{\"request\":{REQUEST},\"response\":{RESPONSE}}}\n"), "stream": "stdout"}).to_string(),
        ),
        (
            "quoted.txt",
            format!("> {{\n>   \"request\": {REQUEST},\n>   \"response\": {RESPONSE}\n> }}\n"),
        ),
        (
            "wire.http",
            format!(
                "POST /api/v1/chat/completions HTTP/1.1\r\nHost: openrouter.ai\r\n\r\n{REQUEST}\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{RESPONSE}"
            ),
        ),
    ]
}

/// The files of a pair are read in whatever a shell saved them, as they are alone; what is no part of a completion is said.
#[test]
fn the_files_of_a_pair_may_be_saved_otherwise() {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let gzip = |text: &str| -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packer, text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let load = |request: &[u8], response: &[u8], generation: Option<&[u8]>| {
        let part = |file, bytes| Some(PairFile { file, bytes });
        let parts = PairFiles {
            request: part("x.request.json", request),
            response: part("x.response.json", response),
            generation: generation.map(|bytes| PairFile {
                file: "x.generation.json",
                bytes,
            }),
        };
        load::load_parts("x", &parts)
    };
    let (request, response) = (REQUEST.as_bytes(), RESPONSE.as_bytes());
    let plain = load(request, response, None);
    for (request, response) in [
        (utf16(REQUEST), utf16(RESPONSE)),
        (gzip(REQUEST), gzip(RESPONSE)),
    ] {
        let loaded = load(&request, &response, None);
        assert_eq!(loaded.problems, []);
        assert_eq!(
            loaded.completions[0].document().text(),
            plain.completions[0].document().text()
        );
    }
    let said =
        |loaded: Loaded| -> Vec<String> { loaded.problems.into_iter().map(|it| it.what).collect() };
    assert!(said(load(b"[1,2]", response, None))[0].starts_with("the request is no JSON object"));
    assert!(
        said(load(request, response, Some(b"\"nothing\"")))[0]
            .starts_with("the generation is no JSON object")
    );
}

/// What a log or a terminal writes behind a body is none of it, and hides nothing.
#[test]
fn what_stands_behind_a_body_of_http_is_read_by_itself() {
    let answer = |id: &str| json!({"id": id, "model": "a/b", "choices": [{"message": {"role": "assistant", "content": id}}]});
    let first = format!(
        "HTTP/2 200\ncontent-type: application/json\n\n{}\n",
        answer("gen-1")
    );
    let long = "words ".repeat(100);
    let sample = json!({"request": {"model": "a/b", "messages": []}, "response": answer("gen-2")});
    for behind in [
        answer("gen-2").to_string(),
        serde_json::to_string_pretty(&answer("gen-2")).unwrap(),
        sample.to_string(),
        format!("2026-06-05 12:00:00 INFO response: {}", answer("gen-2")),
        format!("{long}\n{long}\n{}", answer("gen-2")),
        format!("so: 12 s\n\n{sample}\n\nand more\n"),
    ] {
        let loaded = load::load("t.txt", format!("{first}{behind}\n").as_bytes());
        let ids: Vec<String> = loaded
            .completions
            .iter()
            .map(|one| {
                one.response()
                    .unwrap()
                    .get("id")
                    .unwrap()
                    .str()
                    .unwrap()
                    .into_owned()
            })
            .collect();
        assert_eq!(ids, ["gen-1", "gen-2"], "{behind}\n{:?}", loaded.problems);
    }
}

/// Requests that are sent before the first is answered, as a capture shows them: nobody can tell whose answer it is.
#[test]
fn of_two_requests_that_wait_none_is_given_the_answer() {
    let request = |question: &str| {
        let body =
            json!({"model": "openai/gpt-4o", "messages": [{"role": "user", "content": question}]});
        format!(
            "POST /api/v1/chat/completions HTTP/1.1\r\nHost: openrouter.ai\r\n\r\n{body}\r\n\r\n"
        )
    };
    let response = |id: &str| {
        let body = json!({"id": id, "model": "openai/gpt-4o", "choices": [{"message": {"role": "assistant", "content": "a"}}]});
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{body}\r\n\r\n")
    };
    let asked = |texts: &[String]| -> Vec<bool> {
        let loaded = load::load("t.http", texts.concat().as_bytes());
        let answered = loaded
            .completions
            .iter()
            .filter(|one| one.response().is_some());
        answered.map(|one| one.request().is_some()).collect()
    };
    let (one, two) = (request("one"), request("two"));
    assert_eq!(
        asked(&[one.clone(), two, response("gen-1"), response("gen-2")]),
        [false, false]
    );
    // The same once more is a try.
    assert_eq!(
        asked(&[one.clone(), one.clone(), response("gen-1")]),
        [true]
    );
    assert_eq!(
        asked(&[one.clone(), response("gen-1"), one, response("gen-2")]),
        [true, true]
    );
}

#[test]
fn every_form_of_an_exchange_gives_the_same_event() {
    let part = |file, text: &'static str| {
        Some(PairFile {
            file,
            bytes: text.as_bytes(),
        })
    };
    let parts = PairFiles {
        request: part("x.request.json", REQUEST),
        response: part("x.response.json", RESPONSE),
        generation: None,
    };
    let pair = event("pair", &load::load_parts("x", &parts));
    assert!(
        pair.contains("Südkai") && pair.contains("berth-42") && pair.contains("\"shift\":\"late\"")
    );
    for (file, text) in forms() {
        assert_eq!(event(file, &load(file, &text)), pair, "{file}");
    }
}

#[test]
fn what_is_pasted_with_blanks_before_it_is_the_same() {
    // A byte order mark, a no-break space as web pages have it, a vertical tab.
    for lead in ["\u{feff}", "\n\u{feff}", "\u{a0}", "\u{b}\n"] {
        for (file, text) in forms() {
            let plain = event(file, &load(file, &text));
            let text = format!("{lead}{text}");
            assert_eq!(
                event(file, &load(file, &text)),
                plain,
                "{file} behind {lead:?}"
            );
        }
    }
}

#[test]
fn a_line_each_gives_the_same_as_a_file_each() {
    let is_line = |(file, text): &(&str, String)| file.ends_with("json") && text.starts_with('{');
    let forms: Vec<_> = forms().into_iter().filter(is_line).collect();
    let lines: Vec<&str> = forms.iter().map(|(_, text)| text.as_str()).collect();
    let loaded = load("all.jsonl", &lines.join("\n"));
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.completions.len(), forms.len());
}

#[test]
fn headers_tell_the_session_and_never_a_secret() {
    let secrets = [
        "authorization",
        "Cookie",
        "x-api-key",
        "Set-Cookie",
        "proxy-authorization",
    ];
    let pairs: Vec<Json> = secrets
        .iter()
        .map(|name| json!([name, "made-up-secret"]))
        .collect();
    let named = |pairs: &[Json]| {
        let named = pairs
            .iter()
            .map(|pair| json!({"name": pair[0], "value": pair[1]}));
        named.collect::<Vec<_>>()
    };
    let mut pairs = pairs;
    pairs.push(json!(["X-Session-Id", "from-header"]));
    let map_of: serde_json::Map<String, Json> = pairs
        .iter()
        .map(|pair| (pair[0].as_str().unwrap().to_owned(), json!([pair[1]])))
        .collect();
    let flat: Vec<&Json> = pairs.iter().flat_map(|pair| [&pair[0], &pair[1]]).collect();
    let lines: Vec<String> = pairs
        .iter()
        .map(|p| format!("{}: {}", p[0].as_str().unwrap(), p[1].as_str().unwrap()))
        .collect();
    let request = r#"{"model":"a/b","messages":[{"role":"user","content":"x"}]}"#;
    for headers in [
        json!(pairs),
        json!(named(&pairs)),
        json!(map_of),
        json!(flat),
        json!(lines.join("\r\n")),
        json!(lines),
    ] {
        let exchange = json!({"request": {"url": URL, "headers": headers, "body": request},
            "response": {"status": 200, "headers": headers, "body": RESPONSE}});
        let loaded = load("t.json", &exchange.to_string());
        let completion = &loaded.completions[0];
        assert!(
            !completion.document().text().contains("secret"),
            "{headers}"
        );
        assert_eq!(
            completion.header("x-session-id").unwrap().str().unwrap(),
            "from-header",
            "{headers}"
        );
    }
}

/// An answer may speak of what OpenRouter writes between the lines of a stream.
#[test]
fn what_a_text_says_of_openrouter_is_no_mark_of_it() {
    let said = "The line `: OPENROUTER PROCESSING` is a comment.";
    let answer = json!({"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"message": {"content": said}}]});
    let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [{"delta": {"content": said}}]});
    let of_openai = |body: Json| {
        let request = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]});
        let exchange = json!({
            "request": {"method": "POST", "url": "https://api.openai.com/v1/chat/completions", "body": request},
            "response": {"status": 200, "body": body},
        });
        load("t.json", &exchange.to_string()).completions.len()
    };
    assert_eq!(of_openai(answer), 0);
    let stream = format!("data: {chunk}\n\ndata: [DONE]\n\n");
    assert_eq!(of_openai(stream.clone().into()), 0);
    assert_eq!(
        of_openai(format!(": OPENROUTER PROCESSING\n\n{stream}").into()),
        1
    );
}

/// What OpenRouter's APIs never answer is not read, and nothing is said of what was generated.
#[test]
fn a_body_that_no_api_gives_cannot_be_read() {
    for body in [json!({"foo": 1}), json!({})] {
        let exchange = json!({
            "request": {"method": "POST", "url": URL, "body": serde_json::from_str::<Json>(REQUEST).unwrap()},
            "response": {"status": 200, "body": body},
        });
        let loaded = load("t.json", &exchange.to_string());
        let problem = loaded.problems[0].to_string();
        assert!(
            problem.contains("none that OpenRouter's APIs give"),
            "{problem}"
        );
    }
}

/// A Responses answer has its provider's id, and the header the generation's, by which its record is found.
#[test]
fn a_record_is_joined_by_the_header_that_names_it() {
    let entry = |method: &str, url: &str, request: Json, headers: Json, body: Json| {
        json!({
            "request": {"method": method, "url": url, "headers": [], "postData": {"text": request.to_string()}},
            "response": {"status": 200, "headers": headers, "content": {"mimeType": "application/json", "text": body.to_string()}},
        })
    };
    let answer = json!({
        "id": "resp_1", "object": "response", "model": "a/b", "status": "completed",
        "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}],
    });
    let har = json!({"log": {"version": "1.2", "entries": [
        entry("POST", "https://openrouter.ai/api/v1/responses", json!({"model": "a/b", "input": "hello"}),
              json!([{"name": "X-Generation-Id", "value": "gen-1"}]), answer),
        entry("GET", "https://openrouter.ai/api/v1/generation?id=gen-1", Json::Null, json!([]),
              json!({"data": {"id": "gen-1", "total_cost": 0.25, "provider_name": "Azure"}})),
    ]}});
    let loaded = load("t.har", &har.to_string());
    assert_eq!(loaded.completions.len(), 1);
    let mapped = map(&loaded.completions[0]);
    let event: Json =
        serde_json::from_str(&event_json(mapped.event().unwrap(), Privacy::Off)).unwrap();
    assert_eq!(event["properties"]["total_cost"], 0.25);
    assert_eq!(event["ai_data"]["output"], "Hi");
}

/// In Markdown a request and a response belong together where they stand under one heading.
#[test]
fn blocks_under_two_headings_are_no_exchange() {
    let block = |json: &str| format!("```json\n{json}\n```\n");
    let check = |between: &str, expected: usize| {
        let text = format!("# Docs\n\n{}{between}{}", block(REQUEST), block(RESPONSE));
        let loaded = load("t.md", &text);
        assert_eq!(loaded.completions.len(), expected, "{text}");
    };
    check("\nThe answer:\n\n", 1);
    check("\n```bash\n# no heading\ncurl example.org\n```\n", 1);
    check("\n## Another call\n\n", 2);
}

/// A file may begin with a key that a stream's field is called like.
#[test]
fn a_cassette_that_begins_like_a_stream_is_none() {
    let (_, cassette) = forms()
        .into_iter()
        .find(|(name, text)| name.ends_with(".yaml") && text.contains("interactions:"))
        .unwrap();
    let plain = load("t.yaml", &cassette).completions.len();
    let loaded = load("t.yaml", &format!("event: nightly\n{cassette}"));
    assert_eq!(loaded.completions.len(), plain, "{:?}", loaded.problems);
}

#[test]
fn what_is_no_completion_of_openrouters_makes_no_event() {
    let check = |url: &str, request: Json, status: u16, response: Json, what: &str| {
        let exchange = json!({"request": {"method": "POST", "url": url, "body": request}, "response": {"status": status, "body": response}});
        let loaded = load("t.json", &exchange.to_string());
        assert!(loaded.completions.is_empty(), "{url}");
        let problem = loaded.problems[0].to_string();
        assert!(problem.contains(what), "{problem}");
    };
    let chat = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]});
    let answer = json!({"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"message": {"content": "hi"}}]});
    let none = "is no completion";
    check(
        "https://app.example/api/messages",
        json!({"text": "hi"}),
        200,
        json!({"id": 1, "content": "hi"}),
        none,
    );
    check(
        "https://app.example/responses",
        chat.clone(),
        200,
        json!({"ok": true}),
        none,
    );
    check(
        "https://api.openai.com/v1/chat/completions",
        chat.clone(),
        200,
        answer.clone(),
        "did not go through OpenRouter",
    );
    check(
        "https://openrouter.ai/api/v1/embeddings",
        json!({"input": "x", "model": "m"}),
        200,
        json!({"data": []}),
        none,
    );
    check(
        "https://openrouter.ai/api/v1/chat/completions",
        chat.clone(),
        307,
        json!(""),
        "was answered with 307",
    );
    check(
        "https://openrouter.ai/api/v1/chat/completions",
        chat.clone(),
        0,
        json!(null),
        "a request without a response here",
    );
    check(
        "https://openrouter.ai/api/v1/chat/completions",
        chat.clone(),
        200,
        json!("Hi!"),
        "neither JSON nor an SSE",
    );
    check(
        "https://openrouter.ai/api/v1/chat/completions",
        chat.clone(),
        200,
        json!({"b64": "H4sIAAAAAAAC"}),
        "cut off",
    );
    // A model on this machine, and a provider that is in no list, have answers of the same form.
    for url in [
        "http://127.0.0.1:8080/v1/chat/completions",
        "https://llm.example/v1/chat/completions",
    ] {
        let what = "is OpenRouter's";
        check(url, chat.clone(), 200, answer.clone(), what);
        let refused = json!({"error": {"message": "no such model", "type": "invalid_request_error", "code": null}});
        check(url, chat.clone(), 404, refused, what);
    }
}

#[test]
fn of_a_proxy_the_request_or_the_answer_tells_that_it_went_on_to_openrouter() {
    let chat = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]});
    let plain = json!({"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"message": {"content": "hi"}}]});
    let with = |key: &str, value: Json| {
        let mut answer = plain.clone();
        answer[key] = value;
        answer
    };
    let check = |url: &str, request: &Json, status: u16, response: Json| {
        let exchange = json!({"request": {"method": "POST", "url": url, "body": request}, "response": {"status": status, "body": response}});
        let loaded = load("t.json", &exchange.to_string());
        assert_eq!(loaded.completions.len(), 1, "{exchange}");
    };
    let local = "http://127.0.0.1:8080/v1/chat/completions";
    check(local, &chat, 200, with("id", json!("gen-1780662803-a")));
    check(local, &chat, 200, with("provider", json!("OpenAI")));
    check(local, &chat, 200, with("usage", json!({"cost": 0.1})));
    let routed = json!({"model": "openrouter/openai/gpt-4o", "messages": []});
    check(local, &routed, 200, plain.clone());
    let gateway = "https://gateway.example/openrouter/v1/chat/completions";
    check(gateway, &chat, 200, plain.clone());
    let refused = json!({"error": {"message": "No auth credentials found", "code": 401}});
    check(local, &chat, 401, refused);
}

#[test]
fn a_failure_without_openrouters_own_body_tells_nothing_of_what_was_generated() {
    let check = |status: u16, body: Json, is_certain: bool| {
        let exchange = json!({"request": {"url": URL, "body": {"model": "a/b", "messages": []}}, "response": {"status": status, "body": body}});
        let loaded = load("t.json", &exchange.to_string());
        assert_eq!(loaded.problems, [], "{body}");
        let mapped = map(&loaded.completions[0]);
        let none = match &mapped.outcome {
            Outcome::NoEvent(none) => Some(none),
            Outcome::Event(_) => None,
        };
        let none = none.expect("no event");
        assert_eq!(
            none.is_certain(),
            is_certain,
            "{status} {body}: {}",
            none.says
        );
        assert_eq!(
            none.says.contains("nothing was generated"),
            is_certain,
            "{body}"
        );
    };
    let own = json!({"error": {"message": "m", "code": 502}});
    check(502, own.clone(), true);
    check(200, own, true);
    check(502, json!("<html>502</html>"), false);
    check(504, json!(null), false);
    check(408, json!("timeout"), false);
    check(499, json!("<html>499</html>"), false);
    check(499, json!(null), false);
    check(500, json!({"detail": "no"}), false);
    // Refused before anything was generated, whoever says so.
    check(403, json!("<html>403</html>"), true);
    check(413, json!(null), true);
}

/// Each row: a body, how long its head says that it is, and what is said of that at the body's own line.
#[test]
fn a_body_that_is_shorter_than_its_head_says_is_cut_off() {
    let check = |extra: &str, body: &str, length: usize, problem: &str, note: &str| {
        let request = r#"{"model":"a/b","messages":[{"role":"user","content":"hi"}]}"#;
        let text = format!(
            "POST /api/v1/chat/completions HTTP/1.1\r\nHost: openrouter.ai\r\nContent-Length: {}\r\n\r\n{request}\r\n\
             HTTP/1.1 200 OK\r\n{extra}Content-Length: {length}\r\n\r\n{body}",
            request.len()
        );
        let loaded = load("t.txt", &text);
        let line = text[..text.len() - body.len()].lines().count() + 1;
        let said = |all: &[Problem]| -> Vec<String> {
            all.iter().map(|problem| problem.to_string()).collect()
        };
        let expected = |what: &str| match what {
            "" => vec![],
            what => vec![format!(
                "t.txt:{line}:1: the response's body {what}: its Content-Length is {length} bytes, and {} are here",
                body.len()
            )],
        };
        assert_eq!(said(&loaded.problems), expected(problem), "{body}");
        assert_eq!(said(&loaded.notes), expected(note), "{body}");
    };
    let chunk = r#"data: {"id":"gen-1","object":"chat.completion.chunk","model":"a/b","choices":[{"index":0,"delta":{"content":"ho"},"finish_reason":"stop"}]}"#;
    let stream = format!("{chunk}\n\ndata: [DONE]\n\n");
    check("", &format!("{chunk}\n\n"), 9000, "is cut off", "");
    check("", &stream, stream.len(), "", "");
    // Each line's end is two bytes in the message, and one in the file.
    check("", &stream, stream.len() + 4, "", "");
    check("Content-Encoding: gzip\r\n", &stream, 9000, "", "");
    let answer = r#"{"id":"gen-1","object":"chat.completion","model":"a/b","choices":[{"index":0,"message":{"role":"assistant","content":"ho"},"finish_reason":"stop"}]}"#;
    check("", answer, answer.len(), "", "");
    check("", answer, 9000, "", "is shorter than its head says");
    let cut = &answer[..answer.len() - 20];
    let unreadable = "cannot be read: it is cut off";
    check("", cut, answer.len(), unreadable, "");
}

/// Brotli has no mark that it begins with: where it stands in base64, its header alone tells of it.
#[test]
fn a_body_is_read_behind_what_stands_around_its_text() {
    let packed =
        "G0YAYJwHtnO0vVkomN79CLXIntvWDBOLaxadrj714uYGBxwgFgRSiwQ4bIyN1Y4MTKBPBLcK3rLjIl0uDjib7QY=";
    let plain = r#"{"model":"a/b","user":"ann","messages":[{"role":"user","content":"q"}]}"#;
    let marked = format!("\u{feff}{plain}");
    for (body, headers) in [
        (packed, json!({"content-encoding": "br"})),
        (plain, json!({"content-encoding": "br"})),
        (&marked, json!({})),
    ] {
        let exchange = json!({"request": {"url": URL, "headers": headers, "body": body},
            "response": {"status": 200, "headers": {}, "body": RESPONSE}});
        let loaded = load("t.json", &exchange.to_string());
        assert_eq!(loaded.problems, [], "{exchange}");
        let events = crate::common::events(&loaded);
        assert_eq!(events[0][0], "ann", "{exchange}");
    }
}
