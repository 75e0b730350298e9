//! Files that hold two calls, each as another program keeps it: what reads the one gives back where it ends, so that neither
//! hides the other, takes its text, or its question.

use crate::common::{event_json, map};
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Outcome;
use serde_json::{Value as Json, json};

/// Generation, input and output of each event.
fn events(loaded: &Loaded) -> Vec<[Json; 3]> {
    let event = |completion| match map(completion).outcome {
        Outcome::Event(event) => {
            let event: Json = serde_json::from_str(&event_json(&event, Privacy::Off)).unwrap();
            let said = &event["ai_data"];
            let id = event["properties"]["trace_id"].clone();
            Some([id, said["input"].clone(), said["output"].clone()])
        }
        Outcome::NoEvent(_) => None,
    };
    loaded.completions.iter().filter_map(event).collect()
}

/// A call with this number in each form: its name, and the text.
fn forms(number: usize) -> Vec<(&'static str, String)> {
    let model = ["openai/gpt-4o", "anthropic/claude-haiku-4.5"][number % 2];
    let id = id(number);
    let request =
        json!({"model": model, "messages": [{"role": "user", "content": question(number)}]});
    let answer = json!({"id": id, "provider": "P", "model": model, "object": "chat.completion", "choices": [{"message": {"role": "assistant", "content": output(number)}, "finish_reason": "stop"}]});
    let chunk = |text: &str, end: Json| json!({"id": id, "provider": "P", "object": "chat.completion.chunk", "model": model, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]});
    let text = output(number);
    let (first, second) = text.split_at(4);
    let chunks = [
        chunk(first, Json::Null),
        chunk(second, Json::Null),
        chunk("", json!("stop")),
    ];
    let each = |line: &dyn Fn(&Json) -> String| {
        chunks
            .iter()
            .map(|chunk| line(chunk) + "\n")
            .collect::<String>()
    };
    let data: Vec<String> = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}"))
        .chain(["data: [DONE]".to_owned()])
        .collect();
    let pretty = serde_json::to_string_pretty(&answer).unwrap();
    let words = "2026-06-05 12:00:00,123 app INFO ";
    let docker =
        |line: &str| json!({"log": format!("{line}\n"), "stream": "stdout"}).to_string() + "\n";
    let record = json!({"level": "info", "request": request, "response": answer}).to_string();
    let (head, tail) = record.split_at(100);
    let cri = "2026-06-05T12:00:00.123456789Z stdout";
    let url = "https://openrouter.ai/api/v1/chat/completions";
    let lines =
        |text: &str, form: &dyn Fn(&str) -> String| text.lines().map(form).collect::<String>();
    vec![
        ("cut by CRI", format!("{cri} P {head}\n{cri} F {tail}\n")),
        (
            "pretty behind words",
            format!("{words}response: {pretty}\n"),
        ),
        (
            "pretty in Compose",
            lines(&pretty, &|line| format!("web-1  | {line}\n")),
        ),
        ("pretty in Docker", lines(&pretty, &docker)),
        (
            "chunks behind words",
            each(&|chunk| format!("{words}chunk {chunk}")),
        ),
        (
            "a stream behind words",
            lines(&data.join("\n\n"), &|line| format!("{words}recv: {line}\n")),
        ),
        ("a stream in Docker", lines(&data.join("\n\n"), &docker)),
        (
            "chunks in records",
            each(&|chunk| json!({"t": 1, "event": chunk}).to_string()),
        ),
        (
            "a request with each chunk",
            each(&|chunk| json!({"request": request, "chunk": chunk}).to_string()),
        ),
        ("chunks", each(&|chunk| chunk.to_string())),
        (
            "bytes of Python",
            lines(&data.join("\n\n"), &|line| format!("b'{line}'\n")),
        ),
        ("a stream", data.join("\n\n") + "\n\n"),
        (
            "a stream as Python prints it",
            format!("{words}body '{}\\n\\n'\n", data.join("\\n\\n")),
        ),
        (
            "curl -i",
            format!(
                "$ curl -i {url} -d '{request}'\nHTTP/2 200\ncontent-type: application/json\n\n{answer}\n"
            ),
        ),
        (
            "curl -v",
            format!(
                "> POST /api/v1/chat/completions HTTP/1.1\n> Host: openrouter.ai\n> \n< HTTP/1.1 200 OK\n< content-type: application/json\n< \n{answer}\n"
            ),
        ),
        (
            "HTTP",
            format!(
                "POST /api/v1/chat/completions HTTP/1.1\r\nHost: openrouter.ai\r\n\r\n{request}\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{answer}\r\n"
            ),
        ),
        ("a fence", format!("```json\n{pretty}\n```\n")),
        ("a pair", format!("{request}\n{answer}\n")),
        ("a pretty answer", format!("{pretty}\n")),
        (
            "a sample",
            json!({"request": request, "response": answer}).to_string() + "\n",
        ),
        (
            "two lines",
            format!("{words}request: {request}\n{words}response: {answer}\n"),
        ),
        (
            "logfmt",
            format!(
                "t=1 request={} response={}\n",
                json!(request.to_string()),
                json!(answer.to_string())
            ),
        ),
        (
            "an array",
            format!("[{}]\n", json!({"request": request, "response": answer})),
        ),
    ]
}

fn id(number: usize) -> String {
    format!("gen-176400000{number}-abcDEFghiJKLmnoPQ00{number}")
}

fn question(number: usize) -> String {
    format!("Question {number}?")
}

fn output(number: usize) -> String {
    format!("Alpha beta {number}")
}

#[test]
fn neither_of_two_calls_hides_the_other() {
    let mut wrong = Vec::new();
    for (before, first) in forms(1) {
        for (behind, second) in forms(2) {
            for between in ["", "2026-06-05 12:00:00,123 app INFO other\n", "\n"] {
                let text = [first.as_str(), between, &second].concat();
                let loaded = load::load("t.log", text.as_bytes());
                let mut events = events(&loaded);
                events.sort_by_key(|[id, ..]| id.to_string());
                let is_right = events.len() == 2
                    && (1..).zip(&events).all(|(number, [of, input, text])| {
                        *of == id(number)
                            && *text == output(number)
                            && (input.is_null() || *input == question(number))
                    });
                if !is_right {
                    wrong.push(format!(
                        "{before}, {between:?}, {behind}: {events:?} {:?}",
                        loaded.problems
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
