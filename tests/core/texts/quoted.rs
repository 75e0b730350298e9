//! Bodies among words: in the quotes of a log, a program or a dump, in a list of lines, and what only looks like one.

use crate::common::{answer, event_json, map};
use rainscope::completion::load::{self, Loaded, ProblemKind};
use rainscope::event::privacy::Privacy;
use serde_json::{Value as Json, json};

const ID: &str = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
const TEXT: &str = "It's \"so\".\nC:\\temp, Zoë\u{a0}";

fn outputs(loaded: &Loaded) -> Vec<String> {
    let text = |completion| {
        let mapped = map(completion);
        let Some(event) = mapped.event() else {
            return "!".to_owned();
        };
        let event: Json = serde_json::from_str(&event_json(event, Privacy::Off)).unwrap();
        let output = event["ai_data"]["output"].as_str();
        output.unwrap_or("-").to_owned()
    };
    loaded.completions.iter().map(text).collect()
}

fn transcript() -> String {
    let chunk = |text: &str, end: Json| {
        let chunk = json!({"id": ID, "object": "chat.completion.chunk", "created": 1_780_000_000,
            "model": "a/b", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]});
        format!("data: {chunk}\n\n")
    };
    let (first, second) = TEXT.split_at(9);
    format!(
        ": OPENROUTER PROCESSING\n\n{}{}data: [DONE]\n\n",
        chunk(first, Json::Null),
        chunk(second, json!("stop"))
    )
}

/// What Python's `repr` shows of a text.
fn python(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n");
    let escaped = escaped.replace('\'', "\\'").replace('\u{a0}', "\\xa0");
    format!("'{escaped}'")
}

/// What it shows of the bytes of one.
fn python_bytes(text: &str) -> String {
    let escaped: String = text
        .bytes()
        .map(|byte| match byte {
            b'\\' => "\\\\".to_owned(),
            b'\n' => "\\n".to_owned(),
            b'\'' => "\\'".to_owned(),
            0x20..0x7f => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect();
    format!("b'{escaped}'")
}

#[test]
fn a_body_in_quotes_is_read_as_it_was_before() {
    let body = answer(ID, TEXT).to_string();
    let blanks = format!("\n   \n\n   \n{body}");
    let ascii = body.replace('ë', "\\u00eb");
    let json = |text: &str| json!(text).to_string();
    for body in [&body, &blanks, &ascii, &transcript()] {
        for line in [
            format!(
                "2026-01-01 10:00:00,123 DEBUG app.llm: raw response: {}",
                python(body)
            ),
            format!(
                "2026-01-01 10:00:00,123 DEBUG app.llm: raw response: {}",
                python_bytes(body)
            ),
            format!("INFO got {{'status': 200, 'body': {}}}", python(body)),
            python(body),
            python_bytes(body),
            format!("resp={}", json(body)),
            format!(
                "time=2026-01-01T00:00:00Z level=info msg=\"the response\" body={}",
                json(body)
            ),
        ] {
            let loaded = load::load("t.log", format!("{line}\n").as_bytes());
            assert_eq!(outputs(&loaded), [TEXT], "{line}: {:?}", loaded.problems);
            assert_eq!(loaded.problems, [], "{line}");
        }
    }
}

#[test]
fn quotes_doubled_in_sql_are_one() {
    let body = answer(ID, TEXT).to_string();
    let plain = format!(
        "INSERT INTO \"log\" VALUES (1,'{}');\n",
        body.replace('\'', "''")
    );
    let escaped = body
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\'', "''");
    let escaped = format!("INSERT INTO `log` VALUES (1,'{escaped}');\n");
    for text in [plain, escaped] {
        let loaded = load::load("dump.sql", text.as_bytes());
        assert_eq!(outputs(&loaded), [TEXT], "{text}");
    }
}

#[test]
fn a_notebook_keeps_its_output_in_lines() {
    let pretty = serde_json::to_string_pretty(&answer(ID, TEXT)).unwrap();
    let lines =
        |text: &str| -> Vec<String> { text.split_inclusive('\n').map(ToOwned::to_owned).collect() };
    let notebook = |text: &str| {
        let output = json!({"output_type": "stream", "name": "stdout", "text": lines(text)});
        json!({"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [output], "source": ["a\n", "b"]}]})
    };
    for text in [pretty.clone(), format!("200\n{pretty}\n"), transcript()] {
        let loaded = load::load("t.ipynb", notebook(&text).to_string().as_bytes());
        assert_eq!(outputs(&loaded), [TEXT], "{text}");
    }
    // What its author wrote in a cell was not recorded.
    let mut written = notebook(&pretty);
    written["cells"][0]["source"] = json!([format!("mock = {}", answer("gen-2", "mocked"))]);
    let markdown =
        json!({"cell_type": "markdown", "source": lines(&format!("```json\n{pretty}```\n"))});
    written["cells"].as_array_mut().unwrap().push(markdown);
    let loaded = load::load("t.ipynb", written.to_string().as_bytes());
    assert_eq!(outputs(&loaded), [TEXT]);
    // Records a line are each by themselves.
    let two = format!("{}\n{}\n", answer("gen-1", "one"), answer("gen-2", "two"));
    let loaded = load::load("t.ipynb", notebook(&two).to_string().as_bytes());
    assert_eq!(outputs(&loaded), ["one", "two"]);
    let loaded = load::load(
        "t.ipynb",
        notebook("words\nand more\n").to_string().as_bytes(),
    );
    assert_eq!(outputs(&loaded), Vec::<String>::new());
    assert!(loaded.problems[0].what.contains("notebook"));
}

/// A record of several lines, and of several documents on one, loses none of them.
#[test]
fn all_documents_of_a_string_are_read() {
    let (one, two) = (answer("gen-1", "one"), answer("gen-2", "two"));
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "q"}]});
    for message in [
        format!("{one}\n{two}\n"),
        format!("{one} {two}"),
        format!("INFO: {one} INFO: {two}\n"),
        format!("up\nINFO: {one}\n12 ms\nINFO: {two}\n"),
        format!("{}\n{two}", serde_json::to_string_pretty(&one).unwrap()),
    ] {
        for record in [
            json!({"log": message, "stream": "stdout"}),
            json!({"events": [{"message": message}]}),
        ] {
            let loaded = load::load("t.jsonl", format!("{record}\n").as_bytes());
            assert_eq!(outputs(&loaded), ["one", "two"], "{record}");
        }
    }
    let record = json!({"message": format!("{request}\n{one}\n")});
    let loaded = load::load("t.jsonl", format!("{record}\n").as_bytes());
    assert_eq!(outputs(&loaded), ["one"]);
    assert!(loaded.completions[0].request().is_some());
}

#[test]
fn a_body_in_base64_that_says_so_is_read() {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(answer(ID, TEXT).to_string());
    let proxied = json!({"statusCode": 200, "isBase64Encoded": true, "body": body});
    let loaded = load::load("t.json", proxied.to_string().as_bytes());
    assert_eq!(outputs(&loaded), [TEXT]);
    let proxied = json!({"statusCode": 200, "isBase64Encoded": false, "body": body});
    let loaded = load::load("t.json", proxied.to_string().as_bytes());
    assert_eq!(outputs(&loaded), Vec::<String>::new());
}

/// Nobody can tell what an SDK's object holds, but its generation can still be had.
#[test]
fn a_generation_that_is_named_can_be_fetched() {
    let fetch = format!("rainscope fetch {ID}");
    let object =
        format!("ChatCompletion(id='{ID}', choices=[Choice(finish_reason='stop')], usage=None)");
    let session = json!({"type": "message", "message": {"role": "assistant", "content": [], "responseId": ID}});
    for (text, says) in [
        (
            format!("one\nFailed (empty). Raw response: {object}\nthree\n"),
            "a Python object",
        ),
        (
            format!("ModelResponse(\n    parts=[\n    ],\n    vendor_id=\"{ID}\",\n)\n"),
            "a Python object",
        ),
        (
            format!("{{\"type\":\"session\",\"version\":3}}\n{session}\n"),
            "none of 2 records",
        ),
        (format!("{session}\n"), "an object with"),
        (format!("the id was {ID}, I think\n"), "a line of text"),
    ] {
        let loaded = load::load("t.log", text.as_bytes());
        assert_eq!(outputs(&loaded), Vec::<String>::new(), "{text}");
        let said: Vec<&str> = loaded.problems.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(
            said.iter().filter(|it| it.contains(&fetch)).count(),
            1,
            "{said:?}"
        );
        assert!(said[0].contains(says), "{said:?}");
    }
    let loaded = load::load("t.log", b"the id was gen-xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
    assert!(!loaded.problems[0].what.contains("rainscope fetch"));
}

#[test]
fn an_answer_of_text_alone_among_words_was_written_by_hand() {
    let made_up = json!({"choices": [{"message": {"content": "Test response"}}]});
    for text in [
        format!("mock.json.return_value = {made_up}\n"),
        format!("# Title\n\n```json\n{made_up}\n```\n"),
    ] {
        let loaded = load::load("t.md", text.as_bytes());
        assert_eq!(outputs(&loaded), Vec::<String>::new(), "{text}");
        assert_eq!(loaded.problems[0].kind, ProblemKind::Unrecognised);
    }
    let loaded = load::load("t.json", made_up.to_string().as_bytes());
    assert_eq!(outputs(&loaded), ["Test response"]);
    // What observes calls keeps the choices of any vendor's answer apart from all else.
    let span = |request: Json| {
        json!({"provider": "openai", "input": request, "metadata": {"id": "chatcmpl-1"}, "output": made_up}).to_string()
    };
    let loaded = load::load("t.json", span(json!("Hi?")).as_bytes());
    assert_eq!(outputs(&loaded), Vec::<String>::new());
    assert_eq!(loaded.problems[0].kind, ProblemKind::Unrecognised);
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "Hi?"}]});
    let loaded = load::load("t.json", span(request).as_bytes());
    assert_eq!(
        outputs(&loaded),
        ["Test response"],
        "its request tells of it"
    );
}

#[test]
fn a_transcript_in_a_comment_or_a_patch_is_one() {
    for mark in ["# ", "// ", "+"] {
        let lines: String = transcript()
            .lines()
            .map(|line| format!("{mark}{line}").trim_end().to_owned() + "\n")
            .collect();
        let loaded = load::load("t.txt", lines.as_bytes());
        assert_eq!(outputs(&loaded), [TEXT], "{lines}");
        assert_eq!(loaded.problems, [], "{lines}");
    }
}

/// The request beside a response counts whatever it is called.
#[test]
fn a_request_is_found_beside_its_response_under_any_name() {
    let request =
        json!({"model": "a/b", "messages": [{"role": "user", "content": "Hi?"}], "user": "ann"});
    let user = |loaded: &Loaded| -> Vec<Json> {
        let event = event_json(map(&loaded.completions[0]).event().unwrap(), Privacy::Off);
        let event: Json = serde_json::from_str(&event).unwrap();
        vec![event["user_id"].clone(), event["ai_data"]["input"].clone()]
    };
    for name in [
        "payload",
        "kwargs",
        "body",
        "input",
        "inputs",
        "prompt",
        "parameters",
        "data",
        "call",
    ] {
        for request in [request.clone(), json!(request.to_string())] {
            let record = json!({"time": 1, name: request, "response": answer(ID, TEXT), "took": 7});
            let loaded = load::load("t.json", record.to_string().as_bytes());
            assert_eq!(outputs(&loaded), [TEXT], "{record}");
            assert_eq!(user(&loaded), [json!("ann"), json!("Hi?")], "{record}");
        }
    }
}

#[test]
fn whatever_stands_before_a_quoted_member_its_name_is_what_touches_it() {
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "hi"}]});
    let quoted = |value: &Json| serde_json::to_string(&value.to_string()).unwrap();
    for before in [
        "",
        " ",
        "\u{2192}",
        "\u{fffd}",
        "msg=ok\u{a0}",
        "Zoë \u{1f600}",
    ] {
        let line = format!(
            "{before}request={} response={}\n",
            quoted(&request),
            quoted(&answer(ID, "hello"))
        );
        let loaded = load::load("t.log", line.as_bytes());
        assert_eq!(outputs(&loaded), ["hello"], "{line} {:?}", loaded.problems);
    }
}

#[test]
fn of_each_file_something_is_said() {
    let text = "curl \"\"`{\"d\":\"gen\":17:\"a/choices\":[{\"indelta\":{\"content\":\"Two \"},null}]}\n`\n< ";
    let loaded = load::load("t.txt", text.as_bytes());
    let said = loaded.completions.len() + loaded.problems.len() + loaded.notes.len();
    assert_ne!(said, 0, "{text}");
}

#[test]
fn a_place_behind_bytes_that_are_no_text_is_within_the_file() {
    let broken: &[&[u8]] = &[
        b"* {\n   \"scope\xff\xff\xff\xff\xff\xff\xff\xffin\"}",
        b"web-1 | {\nweb-1 |   \"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\" 1}\n",
    ];
    for bytes in broken {
        let loaded = load::load("t.log", bytes);
        let said: Vec<_> = loaded.problems.iter().chain(&loaded.notes).collect();
        assert!(said.len() > 1, "{said:?}");
        for problem in said {
            assert!(problem.offset <= bytes.len(), "{problem}");
        }
    }
}

/// JSON in YAML's single quotes keeps its backslashes, which Python's `repr` would have doubled.
#[test]
fn json_of_yaml_with_backslashes_is_no_text_of_pythons() {
    for (asked, marked) in [
        ("explain \\d+", ""),
        ("open C:\\Users", ""),
        ("open C:\\temp", ""),
        ("\\frac{1}{2}", ""),
        ("what's C:\\temp", ""),
        ("\\nabla", "---\n"),
    ] {
        let request = serde_json::json!({"model": "a/b", "messages": [{"role": "user", "content": asked}], "user": "ann"});
        let response = serde_json::json!({"id": "gen-1780662787-HsCxAbCdEfGhIjKlMnOp", "model": "a/b",
            "choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]});
        let quoted = |value: &serde_json::Value| value.to_string().replace('\'', "''");
        let text = format!(
            "{marked}request: '{}'\nresponse: '{}'\n",
            quoted(&request),
            quoted(&response)
        );
        let loaded = rainscope::completion::load::load("a.yaml", text.as_bytes());
        assert_eq!(
            serde_json::json!(crate::common::events(&loaded)),
            serde_json::json!([["ann", asked, "Hi"]]),
            "{text}"
        );
    }
}
