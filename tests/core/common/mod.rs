//! What several test files need: the samples, and an event as text.

use std::path::{Path, PathBuf};

use rainscope::completion::load::Loaded;
use rainscope::completion::{Completion, Edits};
use rainscope::event::Event;
use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::mapping::{self, Context, Mapped, Outcome};
use serde_json::{Value as Json, json};

/// The folder of the samples.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every sample file that ships with the program: its name and its bytes, by name.
pub fn fixtures() -> Vec<(String, Vec<u8>)> {
    files_of(&folder())
}

/// Those, and the samples of single rules that do not ship (`values/NAME`).
pub fn all_fixtures() -> Vec<(String, Vec<u8>)> {
    let of_values = files_of(&folder().join("values")).into_iter();
    let of_values = of_values.map(|(name, bytes)| (format!("values/{name}"), bytes));
    fixtures().into_iter().chain(of_values).collect()
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Maps without edits, at the beginning of time.
pub fn map(completion: &Completion) -> Mapped {
    mapping::inspect(completion, &Edits::none(), &Context::at(0))
}

/// The event's JSON as it would be sent.
pub fn event_json(event: &Event, mode: Privacy) -> String {
    let mut json = String::new();
    wire::write_event(privacy::apply(event, mode), &mut json);
    json
}

/// User, input and output of each event; the reason where there is none.
pub fn events(loaded: &Loaded) -> Vec<Json> {
    let event = |completion| match map(completion).outcome {
        Outcome::Event(event) => {
            let event: Json = serde_json::from_str(&event_json(&event, Privacy::Off)).unwrap();
            let data = &event["ai_data"];
            json!([event["user_id"], data["input"], data["output"]])
        }
        Outcome::NoEvent(none) => json!(none.reason.to_string()),
    };
    loaded.completions.iter().map(event).collect()
}

/// Input and output of each event, which every completion has to make.
pub fn conversations(loaded: &Loaded) -> Vec<Json> {
    let conversation = |event: Json| {
        assert!(event.is_array(), "no event: {event}");
        json!([event[1], event[2]])
    };
    events(loaded).into_iter().map(conversation).collect()
}

/// A chat answer with its usage.
pub fn answer(id: &str, text: &str) -> Json {
    json!({
        "id": id, "object": "chat.completion", "created": 1_780_000_000, "model": "a/b",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    })
}

/// A request that asks a question.
pub fn request(question: &str) -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": question}]})
}

/// A stream of three chunks.
pub fn chunks(id: &str, texts: [&str; 3]) -> Vec<Json> {
    let chunk = |text: &str, end: Json| {
        json!({"id": id, "object": "chat.completion.chunk", "created": 1_780_000_000, "model": "a/b",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]})
    };
    let [one, two, three] = texts;
    vec![
        chunk(one, Json::Null),
        chunk(two, Json::Null),
        chunk(three, json!("stop")),
    ]
}
