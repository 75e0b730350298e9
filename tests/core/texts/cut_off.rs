//! What breaks off is said, wherever it stands and however early it does, and hides nothing behind it.

use rainscope::completion::load::{self, Loaded};
use serde_json::{Value as Json, json};

fn sample(number: usize) -> String {
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "a question"}]});
    let answer = json!({
        "id": format!("gen-178066278{number}-HsCxAbCdEfGhIjKlMnOp"), "object": "chat.completion", "model": "a/b",
        "choices": [{"message": {"role": "assistant", "content": "the answer"}, "finish_reason": "stop"}],
    });
    format!("{{\"request\":{request},\"response\":{answer}}}")
}

/// A sample that breaks off in the question, in the id, in a key, in the answer's text.
fn broken() -> [String; 4] {
    let whole = sample(2);
    ["a ques", "gen-1", "\"choi", "the ans"].map(|at| {
        let end = whole.find(at).unwrap() + at.len();
        whole[..end].to_owned()
    })
}

fn ids(loaded: &Loaded) -> Vec<String> {
    let id = |response: Option<rainscope::json::Value<'_>>| {
        response.and_then(|it| Some(it.get("id")?.str()?.into_owned()))
    };
    loaded
        .completions
        .iter()
        .filter_map(|one| id(one.response()))
        .collect()
}

fn check(text: &str) {
    let loaded = load::load("t.log", text.as_bytes());
    let expected = [1, 3].map(|number| format!("gen-178066278{number}-HsCxAbCdEfGhIjKlMnOp"));
    assert_eq!(ids(&loaded), expected, "{text}\n{:?}", loaded.problems);
    assert_ne!(loaded.problems, [], "{text}");
}

#[test]
fn what_breaks_off_within_a_string_is_said_and_hides_nothing() {
    let (first, third) = (sample(1), sample(3));
    for broken in broken() {
        check(&format!("[{first}, {broken}, {third}]"));
        check(&format!("[{broken}, {first}, {third}]"));
        check(&format!("[{first},\n{broken},\n{third}]"));
        check(&format!(
            "INFO s: {first}\nINFO s: {broken}\nINFO s: {third}\n"
        ));
        let quoted = |text: &str| Json::from(text).to_string();
        let line = |text: &str| format!("ts=1 sample={}\n", quoted(text));
        check(&(line(&first) + &line(&broken) + &line(&third)));
        let record = |text: &str| json!({"message": text});
        check(&json!({"events": [record(&first), record(&broken), record(&third)]}).to_string());
        check(&format!(
            "{}\n{}\n{}\n",
            record(&first),
            record(&broken),
            record(&third)
        ));
    }
}

/// Whatever little there is of an answer behind its request.
#[test]
fn an_answer_that_hardly_begins_is_said_to_break_off() {
    let request = json!({"model": "a/b", "messages": [{"role": "user", "content": "a question"}]});
    for begun in ["{", "{\"id", "{\"id\":\"ge", "{\"id\":\"gen-1\",\"mod"] {
        let line = format!("INFO request={request} response={begun}\n");
        let loaded = load::load("t.log", line.as_bytes());
        assert_eq!(loaded.problems.len(), 1, "{line}");
        assert!(loaded.problems[0].what.contains("breaks off"), "{line}");
    }
}
