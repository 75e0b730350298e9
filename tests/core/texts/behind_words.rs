//! Streams and recordings behind words: in a log's strings, below a label, below a sentence that looks like a key of YAML.

use rainscope::completion::load;
use serde_json::{Value as Json, json};

use crate::common::{chunks, events};

const ID: &str = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";

fn check(file: &str, text: &str, expected: &Json) {
    let loaded = load::load(file, text.as_bytes());
    let events = events(&loaded);
    let events: Vec<&Json> = events.iter().filter(|event| event.is_array()).collect();
    assert_eq!(&json!(events), expected, "{text}\n{:?}", loaded.problems);
}

fn request() -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": "q"}], "user": "ann"})
}

fn asked() -> Json {
    json!([["ann", "q", "Hi you"]])
}

fn alone() -> Json {
    json!([["anonymous", null, "Hi you"]])
}

/// The events of a stream, with these line ends.
fn transcript(end: &str) -> String {
    let events = chunks(ID, ["Hi", " you", ""]);
    let events: String = events.iter().map(|it| format!("data: {it}{end}")).collect();
    format!("{events}data: [DONE]\n")
}

/// A string is read as the same text in a file would be.
#[test]
fn a_stream_behind_words_in_a_string_is_read() {
    let lines: Vec<String> = chunks(ID, ["Hi", " you", ""])
        .iter()
        .map(Json::to_string)
        .collect();
    for text in [
        format!("Got stream:\n\n{}", transcript("\n\n")),
        format!("raw response: {}", transcript("\n\n")),
        format!("start\n{}end", transcript("\n")),
        format!("Here it is:\n\n```\n{}```\n\nThanks", transcript("\n\n")),
        format!("Got:\n{}", lines.join("\n")),
    ] {
        let record = json!({"level": "info", "message": text});
        check("a.json", &record.to_string(), &alone());
        let text = format!("request: {}\n{text}", request());
        let record = json!({"level": "info", "message": text});
        check("a.json", &record.to_string(), &asked());
    }
}

/// The output of a program that makes two calls is two exchanges, as in a log; where one request has two streams behind it, the
/// first follows it at once where something tells them apart.
#[test]
fn two_streams_in_a_string_are_two_answers() {
    let other = |text: &str| text.replace(ID, "gen-1780662799-OtherAbCdEfGhIjKlMn");
    let (first, second) = (transcript("\n\n"), other(&transcript("\n\n")));
    let asked_next = request().to_string().replace("\"q\"", "\"next\"");
    let text = format!("{}\n{first}{asked_next}\n{second}", request());
    let record = json!({"stdout": text}).to_string();
    check(
        "a.json",
        &record,
        &json!([["ann", "q", "Hi you"], ["ann", "next", "Hi you"]]),
    );
    let unknown = json!(["anonymous", null, "Hi you"]);
    for (between, first_is) in [
        ("", &unknown),
        ("next call:\n", &json!(["ann", "q", "Hi you"])),
    ] {
        let text = format!("{}\n{first}{between}{second}", request());
        let record = json!({"stdout": text}).to_string();
        check("a.json", &record, &json!([first_is, unknown]));
    }
}

/// `print("Response:", text)` puts the first line of a stream behind a label, and no other.
#[test]
fn a_stream_whose_first_event_stands_behind_a_label_is_one() {
    let request = request();
    for head in [
        "",
        "2026-05-06 01:35:13,000 - app - DEBUG - ",
        "[10:00:00] ",
        "[DEBUG] ",
        "INFO:app:",
    ] {
        for [asks, answers] in [
            ["request: ", "response: "],
            ["-> ", "<- "],
            ["sending ", "received "],
        ] {
            for end in ["\n", "\n\n"] {
                let stream = transcript(end);
                let text = format!("{head}starting\n{head}{answers}{stream}{head}done\n");
                check("a.log", &text, &alone());
                let text = format!("{head}{asks}{request}\n{head}{answers}{stream}{head}done\n");
                check("a.log", &text, &asked());
            }
        }
    }
    // Where each line has its words, each is a record of its own.
    let lines = transcript("\n")
        .lines()
        .map(|line| format!("INFO {line}\n"))
        .collect::<String>();
    check("a.log", &lines, &alone());
}

const CASSETTE: &str = r#"interactions:
- request:
    body: '{"model":"a/b","messages":[{"role":"user","content":"q"}],"user":"ann"}'
    method: POST
    uri: https://openrouter.ai/api/v1/chat/completions
  response:
    body:
      string: '{"id":"gen-1780662787-HsCxAbCdEfGhIjKlMnOp","object":"chat.completion","model":"a/b","choices":[{"index":0,"message":{"role":"assistant","content":"Hi you"},"finish_reason":"stop"}]}'
    status:
      code: 200
      message: OK
version: 1
"#;

/// Words with a colon are no key of YAML where a block or a stream stands below them, and YAML may stand further in.
#[test]
fn yaml_is_told_from_words_with_a_colon() {
    check(
        "a.md",
        &format!("Here is my cassette:\n\n```yaml\n{CASSETTE}```\n"),
        &asked(),
    );
    let indented: String = CASSETTE
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    check("a.txt", &indented, &asked());
    let loaded = load::load("a.txt", indented.as_bytes());
    assert_eq!(loaded.problems, [], "{indented}");
    let answer = json!({"id": ID, "object": "chat.completion", "model": "a/b",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi you"}, "finish_reason": "stop"}]});
    let bullets = format!(
        "- request:\n\n```json\n{}\n```\n\n- response:\n\n```json\n{answer:#}\n```\n",
        request()
    );
    check("a.md", &bullets, &asked());
    check(
        "a.txt",
        &format!("- version: 1.2\n- os: mac\n- response:\n{answer}\n"),
        &alone(),
    );
    let messages = [
        json!({"type": "message_start", "message": {"id": ID, "type": "message", "role": "assistant", "model": "a/b",
            "content": [], "stop_reason": null, "usage": {"input_tokens": 1, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi you"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ];
    let named = messages.iter().map(|event| {
        let name = event["type"].as_str().unwrap_or_default();
        format!("    event: {name}\n    data: {event}\n\n")
    });
    check(
        "a.txt",
        &format!("Got:\n{}", named.collect::<String>()),
        &alone(),
    );
}

/// What Python, Go and Rust print of a text behind a label stands in quotes that YAML has too, with other escapes in it; an
/// exchange in them is one as any other of a log.
#[test]
fn bodies_that_were_printed_in_quotes_are_an_exchange() {
    let python = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let yaml = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let json = |text: &str| json!(text).to_string();
    let answer = json!({"id": ID, "object": "chat.completion", "model": "a/b", "choices": [{"index": 0,
        "message": {"role": "assistant", "content": "Hi you"}, "finish_reason": "stop"}]});
    let stream = transcript("\n\n");
    for question in ["What's this?", "say \"hi\"", "one\ntwo", "a\\b", "plain"] {
        let request = json!({"model": "a/b", "messages": [{"role": "user", "content": question}], "user": "u1"});
        let request = request.to_string();
        let expected = json!([["u1", question, "Hi you"]]);
        let text = format!(
            "request: {}\nresponse: {}\n",
            yaml(&request),
            yaml(&answer.to_string())
        );
        // Where each backslash is doubled, Python may have written it as well, and more often did.
        if !question.contains('\\') {
            check("a.log", &text, &expected);
        }
        for answer in [
            answer.to_string(),
            stream.replace('\n', "\r\n"),
            stream.clone(),
        ] {
            for words in [
                "",
                "DEBUG:app:",
                "2026-06-05 12:33:07,123 DEBUG app: ",
                "level=INFO msg=\"a call\" ",
            ] {
                for (before, behind) in [
                    ("request: ", "response: "),
                    ("body=", "body="),
                    ("sent b", "got b"),
                    ("", ""),
                ] {
                    let printed = |it: &dyn Fn(&str) -> String| {
                        let line =
                            |label: &str, text: &str| format!("{words}{label}{}\n", it(text));
                        line(before, &request) + &line(behind, &answer)
                    };
                    let python =
                        |text: &str| python(text).replace('\n', "\\n").replace('\r', "\\r");
                    check("a.log", &printed(&python), &expected);
                    let is_bare = words.is_empty() && before.is_empty();
                    if !is_bare && !before.ends_with(" b") {
                        check("a.log", &printed(&json), &expected);
                    }
                }
            }
        }
    }
}
