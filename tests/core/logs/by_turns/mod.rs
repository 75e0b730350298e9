//! Where several calls stand together and nothing tells which answer is whose, none is made up; and what is torn or lies
//! deep is read or said.

mod forms;
mod pairs;
mod streams;
mod torn;

use crate::common::events;
use rainscope::completion::load;
use serde_json::{Value as Json, json};

/// The events alone.
fn made(text: &str) -> Vec<Json> {
    let all = events(&load::load("t.log", text.as_bytes()));
    all.into_iter().filter(Json::is_array).collect()
}

fn id(number: usize) -> String {
    format!("gen-178066278{number}-HsCxAbCdEfGhIjKlMnOp")
}

fn request(number: usize, model: &str) -> String {
    let text = format!("Q{number}");
    json!({"model": model, "messages": [{"role": "user", "content": text}], "user": format!("u{number}")})
        .to_string()
}

fn answer(number: usize, model: &str) -> String {
    json!({
        "id": id(number), "object": "chat.completion", "created": 1_780_000_000, "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": format!("A{number}")}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    })
    .to_string()
}

fn pair(number: usize) -> Json {
    json!([
        format!("u{number}"),
        format!("Q{number}"),
        format!("A{number}")
    ])
}

fn alone(number: usize) -> Json {
    json!(["anonymous", null, format!("A{number}")])
}

fn check(text: &str, expected: &[Json]) {
    let loaded = load::load("t.txt", text.as_bytes());
    assert_eq!(events(&loaded), expected, "{text}\n{:?}", loaded.problems);
    assert_eq!(loaded.problems, [], "{text}");
}
