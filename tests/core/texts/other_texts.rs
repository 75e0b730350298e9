//! Texts that programs write and are written in: recordings, printed transcripts, source, logs that never end.

use crate::common::{answer, event_json, map};
use rainscope::completion::load::{self, Loaded, ProblemKind};
use rainscope::event::privacy::Privacy;
use serde_json::{Value as Json, json};

const SSE: &str = "text/event-stream";

fn load(file: &str, text: &str) -> Loaded {
    load::load(file, text.as_bytes())
}

/// The events of a file.
fn events(loaded: &Loaded) -> Vec<Json> {
    let events = loaded.completions.iter().map(|completion| {
        let mapped = map(completion);
        let event = event_json(mapped.event().unwrap(), Privacy::Off);
        serde_json::from_str(&event).unwrap()
    });
    events.collect()
}

fn outputs(loaded: &Loaded) -> Vec<String> {
    let text = |event: Json| {
        event["ai_data"]["output"]
            .as_str()
            .unwrap_or("-")
            .to_owned()
    };
    events(loaded).into_iter().map(text).collect()
}

/// A logger keeps a message and the line that it made of it; a program keeps an answer as it came and as it was parsed.
#[test]
fn a_generation_that_one_record_tells_of_twice_is_one() {
    let once = answer("gen-1780000000-a", "Hi");
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "Q"}]});
    let line = format!("2026-06-05 12:00:00 | INFO | app - {once}\n");
    for (record, input) in [
        (
            json!({"text": line, "record": {"level": "INFO", "message": once.to_string()}}),
            false,
        ),
        (json!({"body": once, "text": once.to_string()}), false),
        (json!({"raw": once, "parsed": {"message": once}}), false),
        (
            json!({"kwargs": {"log": {"request": request, "response": once}, "original": once.to_string()}, "response_obj": once}),
            true,
        ),
        (
            json!({"response_obj": once, "log": {"request": request, "response": once}}),
            true,
        ),
    ] {
        for text in [record.to_string(), format!("{record}\n{record}\n")] {
            let loaded = load("a.json", &text);
            assert_eq!(loaded.problems, [], "{text}");
            let count = text.lines().count();
            assert_eq!(outputs(&loaded), vec!["Hi"; count], "{text}");
            let asked = events(&loaded)
                .iter()
                .all(|event| event["ai_data"]["input"] == "Q");
            assert_eq!(asked, input, "{text}");
            let said = format!("{:?}", loaded.notes);
            assert!(said.contains("taken once"), "{said}");
        }
    }
    // Two of a record are two, and so are an answer and what OpenRouter delivered of it.
    let other = answer("gen-1780000001-b", "Hi");
    let two = json!({"a": once, "b": other});
    assert_eq!(outputs(&load("a.json", &two.to_string())), ["Hi", "Hi"]);
}

fn transcript() -> String {
    let chunk = |text: &str, end: Json| {
        let chunk = json!({"id": "gen-1780000000-a", "object": "chat.completion.chunk", "created": 1_780_000_000,
            "model": "a/b", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]});
        format!("data: {chunk}\n\n")
    };
    format!(
        ": OPENROUTER PROCESSING\n\n{}{}data: [DONE]\n\n",
        chunk("It's ", Json::Null),
        chunk("\"so\".\nZoë", json!("stop"))
    )
}

#[test]
fn httprr_keeps_exchanges_one_after_another() {
    let request = |text: &str| {
        let body =
            json!({"model": "a/b", "messages": [{"role": "user", "content": text}]}).to_string();
        let length = body.len();
        format!(
            "POST https://openrouter.ai/api/v1/chat/completions HTTP/1.1\r\nHost: openrouter.ai\r\nContent-Length: {length}\r\nContent-Type: application/json\r\n\r\n{body}"
        )
    };
    let response = |status: &str, kind: &str, body: &str| {
        format!(
            "HTTP/2.0 {status}\r\nContent-Length: {}\r\nContent-Type: {kind}\r\n\r\n{body}",
            body.len()
        )
    };
    let one = (request("one?"), response("200 OK", SSE, &transcript()));
    let two = (
        request("two?"),
        response(
            "200 OK",
            "application/json",
            &answer("gen-2", "two").to_string(),
        ),
    );
    let refused = (
        request("three?"),
        response(
            "429 Too Many Requests",
            "application/json",
            r#"{"error":{"code":429,"message":"slow down"}}"#,
        ),
    );
    let mut text = "httprr trace v1\n".to_owned();
    for (request, response) in [&one, &two, &refused] {
        text += &format!("{} {}\n{request}{response}", request.len(), response.len());
    }
    let loaded = load("t.httprr", &text);
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.completions.len(), 3);
    let inputs: Vec<Json> = loaded.completions[..2]
        .iter()
        .map(|completion| {
            let event = event_json(map(completion).event().unwrap(), Privacy::Off);
            let event: Json = serde_json::from_str(&event).unwrap();
            json!([event["ai_data"]["input"], event["ai_data"]["output"]])
        })
        .collect();
    assert_eq!(
        inputs,
        [json!(["one?", "It's \"so\".\nZoë"]), json!(["two?", "two"])]
    );
    assert!(map(&loaded.completions[2]).event().is_none());
    // One that was cut off.
    let loaded = load("t.httprr", &text[..text.len() - 9]);
    assert_eq!(loaded.completions.len(), 2);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
}

#[test]
fn a_transcript_that_python_printed_is_read_whole() {
    let printed = transcript()
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\'', "\\'");
    let bytes = printed.replace('ë', "\\xc3\\xab");
    for line in [
        format!("2026-01-01 10:00:00,123 DEBUG app: raw: '{printed}'\n"),
        format!("2026-01-01 10:00:00,123 DEBUG app: raw: b'{bytes}'\n"),
        format!("DEBUG got {{'body': '{printed}', 'status': 200}}\nINFO done\n"),
        format!("b'{bytes}'\n"),
        format!("'{printed}'\n"),
    ] {
        let loaded = load("t.log", &line);
        assert_eq!(loaded.problems, [], "{line}");
        assert_eq!(outputs(&loaded), ["It's \"so\".\nZoë"], "{line}");
        let loaded = load("t.log", &format!("INFO one\n{line}{line}"));
        assert_eq!(loaded.completions.len(), 2, "{line}");
    }
}

#[test]
fn what_stands_in_source_was_made_up() {
    let python = "\"\"\"Tests of it.\"\"\"\nimport json\n\nfrom app import main\n\ndef test_it():\n    body = {\"choices\": [{\"message\": {\"content\": \"Hi\"}}]}\n    sse({\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]})\n    assert main([\n        \"a\", \"b\",\n    ])\n";
    let go = "package main\n\nimport (\n\t\"fmt\"\n)\n\nfunc main() {\n\tfmt.Println(`{\"id\":\"gen-1\",\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}`)\n}\n";
    let written = r#"{"id":"gen-1","choices":[{"message":{"content":"Hi"}}]}"#;
    let raw = [
        format!("const B: &str = r#\"{written}\"#;\n"),
        format!("package x\n\nvar b = `{written}`\n"),
        format!("class A {{\n  String b = \"\"\"\n{written}\n\"\"\";\n}}\n"),
        format!("val b = \"\"\"{written}\"\"\"\n"),
    ];
    let raw = raw.iter().map(|text| ("t.txt", text.as_str()));
    for (file, text) in [("t.py", python), ("t.go", go)].into_iter().chain(raw) {
        let loaded = load(file, text);
        assert_eq!(loaded.completions.len(), 0, "{file}");
        assert_eq!(loaded.problems.len(), 1, "{file}: {:?}", loaded.problems);
        assert!(loaded.problems[0].what.contains("program source"), "{file}");
        assert_eq!(loaded.problems[0].kind, ProblemKind::Unrecognised, "{file}");
    }
    let patch =
        format!("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-{written}\n+{written}\n");
    let loaded = load("t.patch", &patch);
    assert_eq!((loaded.completions.len(), loaded.problems.len()), (0, 1));
    assert!(loaded.problems[0].what.starts_with("a patch"));
    // Recorded: the id is none that anybody would write.
    let recorded = answer("gen-1780000000-Hb4rQ7vLm2Kx9TzWc1N1", "Hi");
    let text = format!("{python}\nRECORDED = r'''{recorded}'''\n");
    assert_eq!(outputs(&load("t.py", &text)), ["Hi"]);
}

/// As few programs write it, and some databases do.
#[test]
fn a_text_in_utf_32_is_read() {
    let text = format!("\u{feff}{}\n", answer("gen-1", "Łódź 🙂"));
    let units = || text.chars().map(u32::from);
    let little: Vec<u8> = units().flat_map(u32::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u32::to_be_bytes).collect();
    for bytes in [&little, &big] {
        let loaded = load::load("t.json", bytes);
        assert_eq!(outputs(&loaded), ["Łódź 🙂"]);
        assert_eq!(loaded.problems, []);
    }
    let loaded = load::load("t.json", &little[..little.len() - 2]);
    assert!(loaded.problems[0].what.contains("UTF-32 that is damaged"));
}

#[test]
fn stand_ins_are_no_values() {
    for (key, value) in [("id", "<string>"), ("model", "<string>")] {
        let mut example = answer("gen-1", "x");
        example[key] = json!(value);
        let loaded = load(
            "t.json",
            &json!({"item": [{"response": {"body": example.to_string()}}]}).to_string(),
        );
        assert_eq!(loaded.completions.len(), 0, "{key}");
        assert_ne!(loaded.problems, [], "{key}");
    }
}

#[test]
fn documents_that_never_end_hide_none_behind_them() {
    let pretty = serde_json::to_string_pretty(&answer("gen-1", "Hi")).unwrap();
    for count in [1, 15, 16, 17, 200] {
        let open = "INFO cfg = {\n  \"a\": 1,\n".repeat(count);
        let loaded = load("t.log", &format!("{open}INFO response: {pretty}\n"));
        assert_eq!(outputs(&loaded), ["Hi"], "{count}");
    }
}

#[test]
fn one_bad_value_of_yaml_hides_no_exchange() {
    let exchange = |id: &str| {
        let body = answer(id, id);
        format!(
            "- request:\n    method: POST\n    uri: https://openrouter.ai/api/v1/chat/completions\n    body: '{{}}'\n  response:\n    status: {{code: 200}}\n    body:\n      string: '{body}'\n"
        )
    };
    let circle = "- note: &a\n    - *a\n";
    let text = format!(
        "version: 1\ninteractions:\n{}{circle}{}",
        exchange("gen-1"),
        exchange("gen-2")
    );
    let loaded = load("t.yaml", &text);
    assert_eq!(outputs(&loaded), ["gen-1", "gen-2"]);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
    assert!(loaded.problems[0].what.contains("stands in"));
    let documents = format!(
        "---\ninteractions:\n{}---\na: &a [*a]\n---\ninteractions:\n{}",
        exchange("gen-1"),
        exchange("gen-2")
    );
    assert_eq!(outputs(&load("t.yaml", &documents)), ["gen-1", "gen-2"]);
}

#[test]
fn a_stream_with_a_broken_chunk_may_have_ended() {
    let text = transcript().replacen("data: [DONE]", "data: {\"id\":\n\ndata: [DONE]", 1);
    let loaded = load("t.sse", &text);
    assert_eq!(loaded.problems.len(), 1);
    assert!(loaded.completions[0].stream.as_ref().unwrap().complete);
    // A gateway's comments as data.
    let text = format!("data: : OPENROUTER PROCESSING\n\n{}", transcript());
    let loaded = load("t.sse", &text);
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.completions[0].stream.as_ref().unwrap().comments, 2);
}

#[test]
fn repeated_keys_are_counted() {
    let text = format!("{{{}\"b\":2}}", "\"a\":1,".repeat(20_000));
    let loaded = load("t.json", &text);
    assert!(loaded.notes.len() < 200, "{}", loaded.notes.len());
    assert!(
        loaded
            .notes
            .iter()
            .any(|note| note.what.contains("more keys"))
    );
}
