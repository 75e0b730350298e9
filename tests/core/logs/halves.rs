//! A request and its answer in two records of a log: what else stands in the records or on their lines keeps them from one
//! another only where it says that they are of two calls.

use rainscope::completion::load;
use serde_json::{Value as Json, json};

use crate::common::events;

fn request() -> Json {
    json!({"model": "a/b", "messages": [{"role": "user", "content": "q"}], "user": "ann"})
}

fn answer() -> Json {
    json!({"id": "gen-1780662787-HsCxAbCdEfGhIjKlMnOp", "object": "chat.completion", "model": "a/b",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi you"}, "finish_reason": "stop"}]})
}

/// A value is no key, whatever it says: an address that ends in `/messages`, a name such as `llm_input`.
#[test]
fn words_that_keys_have_too_do_not_keep_a_request_from_its_answer() {
    let members = [
        (
            json!({"url": "https://openrouter.ai/api/v1/messages"}),
            json!({"status": 200}),
        ),
        (
            json!({"msg": "Sending messages"}),
            json!({"msg": "choices"}),
        ),
        (
            json!({"event": "llm_input"}),
            json!({"event": "llm_output"}),
        ),
        (
            json!({"op": "prompt", "tags": ["messages", "llm"]}),
            json!({"op": "choices"}),
        ),
    ];
    for (asks, answers) in members {
        let record = |members: &Json, body: Json| {
            let mut record = members.clone();
            record["body"] = body;
            record.to_string()
        };
        let text = [record(&asks, request()), record(&answers, answer())].join("\n");
        let loaded = load::load("a.log", text.as_bytes());
        assert_eq!(
            json!(events(&loaded)),
            json!([["ann", "q", "Hi you"]]),
            "{text}"
        );
    }
}

/// Before the object of a line words may stand in quotes, and the fields of a span in braces.
#[test]
fn quoted_words_before_a_body_do_not_keep_a_request_from_its_answer() {
    for (asks, answers) in [
        (
            "level=info msg=\"openrouter request\" body=",
            "level=info msg=\"openrouter response\" body=",
        ),
        (
            "DEBUG chat{user=\"ada\"}: app::llm: request body=",
            "DEBUG chat{user=\"ada\"}: app::llm: answer body=",
        ),
        ("\"POST /chat HTTP/1.1\" request=", "200 response="),
        (
            "INFO chat for 'ada', the user's: request ",
            "INFO chat for 'ada': answer ",
        ),
    ] {
        let text = format!("x {asks}{}\nx {answers}{}\n", request(), answer());
        let loaded = load::load("a.log", text.as_bytes());
        assert_eq!(
            json!(events(&loaded)),
            json!([["ann", "q", "Hi you"]]),
            "{text}"
        );
    }
}

/// A line of an SDK's log that can't be read hides nothing below it.
#[test]
fn a_request_without_its_body_in_the_log_of_an_sdk_hides_no_other() {
    for rest in [
        "None}",
        "{'model': 'a', 'messages': [{'role': 'user', 'content': 'Say...(truncated)",
    ] {
        let line = "DEBUG:openai._base_client:Request options: {'method': 'post', 'url': '/chat/completions', 'json_data': ";
        let text = format!(
            "{line}{rest}\nrequest {}\nresponse {}\n",
            request(),
            answer()
        );
        let loaded = load::load("a.log", text.as_bytes());
        assert_eq!(
            json!(events(&loaded)),
            json!([["ann", "q", "Hi you"]]),
            "{text}"
        );
        assert_eq!(loaded.problems, [], "{text}");
    }
}

/// What a gateway got and what it sends on is one call, which its id tells.
#[test]
fn a_request_that_a_gateway_writes_anew_is_the_same_call() {
    let mut sent = request();
    sent["model"] = json!("x/a/b");
    sent["temperature"] = json!(0.2);
    let record = |body: &Json| json!({"request_id": "r1", "body": body}).to_string();
    let records = [sent, request(), answer()];
    let text = records.iter().map(record).collect::<Vec<_>>().join("\n");
    let loaded = load::load("a.log", text.as_bytes());
    let found = events(&loaded);
    assert!(
        found.contains(&json!(["ann", "q", "Hi you"])),
        "{found:?} in {text}"
    );
}

/// A text is what the Responses API was asked, whatever it looks like; a template is what nobody asked.
#[test]
fn what_was_not_asked_so_is_no_input() {
    let pasted = json!([{"role": "user", "content": "hi"}]).to_string();
    let answered = json!({"id": "gen-1780662787-HsCxAbCdEfGhIjKlMnOp", "object": "response", "status": "completed",
        "model": "a/b", "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "Hi you", "annotations": []}]}]});
    let sample = json!({"request": {"model": "a/b", "input": pasted}, "response": answered});
    let loaded = load::load("a.json", sample.to_string().as_bytes());
    assert_eq!(
        json!(events(&loaded)),
        json!([["anonymous", pasted, "Hi you"]])
    );
    let template = json!({"prompt": [{"role": "user", "content": "Summarise {{text}}"}], "variables": {"text": "t"},
        "response": answer()});
    let loaded = load::load("a.json", template.to_string().as_bytes());
    assert_eq!(
        json!(events(&loaded)),
        json!([["anonymous", null, "Hi you"]])
    );
}
