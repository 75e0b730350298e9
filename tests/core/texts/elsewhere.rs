//! Completions of a provider's own server beside its address: none of OpenRouter's, in whatever record they stand.

use rainscope::completion::load;
use serde_json::{Value as Json, json};

const ASKED: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Is api.openai.com up?"}],"user":"u-1"}"#;
const FOREIGN: &str = r#"{"id":"chatcmpl-BxYz1234567890abcdef","object":"chat.completion","created":1764000001,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}"#;

fn own() -> String {
    FOREIGN.replace(
        "chatcmpl-BxYz1234567890abcdef",
        "gen-1764000001-abcDEFghiJKLmnoPQ001",
    )
}

/// The records that have a host beside a call.
fn records(host: &str, answer: &str) -> Vec<(&'static str, String)> {
    let url = format!("https://{host}/v1/chat/completions");
    let (request, response): (Json, Json) = (
        serde_json::from_str(ASKED).unwrap(),
        serde_json::from_str(answer).unwrap(),
    );
    vec![
        (
            "n.jsonl",
            json!({"request": "POST /v1/chat/completions HTTP/1.1", "status": "200", "host": host, "request_body": ASKED, "resp_body": answer}).to_string(),
        ),
        (
            "t.jsonl",
            json!({"RequestHost": host, "RequestPath": "/v1/chat/completions", "request_body": ASKED, "response_body": answer}).to_string(),
        ),
        (
            "tap.json",
            json!({"tap": {"sent": {"headers": [{"key": ":authority", "value": host}], "text": ASKED}, "got": {"text": answer}}}).to_string(),
        ),
        (
            "hook.jsonl",
            format!(
                "{}\n{}\n",
                json!({"event": "sent", "url": url, "payload": request}),
                json!({"event": "got", "url": url, "payload": response})
            ),
        ),
        (
            "ok.log",
            format!("--> POST {url}\n\n{ASKED}\n--> END POST\n<-- 200 OK {url} (1234ms)\n\n{answer}\n"),
        ),
        ("line.log", format!("INFO POST {url} {ASKED} - 200 {answer} [] []\n")),
        ("alone.log", format!("INFO POST {url} answered: {answer}\n")),
    ]
}

#[test]
fn what_a_provider_answered_itself_is_no_completion() {
    for host in ["api.openai.com", "api.openai.com:443"] {
        for (file, text) in records(host, FOREIGN) {
            let loaded = load::load(file, text.as_bytes());
            assert_eq!(loaded.completions.len(), 0, "{file}: {text}");
            let said: Vec<&str> = loaded.problems.iter().map(|it| it.what.as_str()).collect();
            // Of several records the first is named.
            let is_named = |what: &&str| what.contains("did not go through OpenRouter");
            assert!(
                said.iter().any(is_named) || (file == "ok.log" && said.len() == 1),
                "{file}: {said:?}\n{text}"
            );
        }
    }
}

#[test]
fn an_address_keeps_nothing_of_openrouters_out() {
    for (host, answer) in [
        ("openrouter.ai", FOREIGN.to_owned()),
        ("api.openai.com", own()),
    ] {
        for (file, text) in records(host, &answer) {
            let loaded = load::load(file, text.as_bytes());
            assert_eq!(
                loaded.completions.len(),
                1,
                "{file}: {text}\n{:?}",
                loaded.problems
            );
        }
    }
    // What is said in a conversation is no address of it.
    let text = format!("{{\"ts\":1,\"payload\":{{\"req\":{ASKED},\"res\":{FOREIGN}}}}}");
    assert_eq!(load::load("x.json", text.as_bytes()).completions.len(), 1);
}

/// A row of LiteLLM's spend log has the request that its proxy got.
#[test]
fn a_row_of_litellms_spend_log_has_its_request() {
    let request = json!({"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "user": "u-1", "session_id": "s-1", "trace": {"trace_name": "n"}});
    for sent in [
        request.clone(),
        json!({"url": "http://localhost:4000/chat/completions", "method": "POST", "body": request}),
    ] {
        for messages in [request["messages"].clone(), json!({})] {
            let response: Json = serde_json::from_str(&own()).unwrap();
            let row = json!({"request_id": "x", "call_type": "acompletion", "spend": 0.1, "model": "openrouter/openai/gpt-4o", "custom_llm_provider": "openrouter",
                "proxy_server_request": sent, "messages": messages, "response": response, "startTime": "2026-06-05T12:00:00Z", "endTime": "2026-06-05T12:00:01Z"});
            let loaded = load::load("x.jsonl", row.to_string().as_bytes());
            assert_eq!(loaded.problems, []);
            let asked = loaded.completions[0].request().unwrap().raw().to_owned();
            let asked: Json = serde_json::from_str(&asked).unwrap();
            for key in ["messages", "user", "session_id", "trace", "model"] {
                assert_eq!(asked[key], request[key], "{key}");
            }
        }
    }
}

/// A stream's lines in a list as Python prints it are one stream.
#[test]
fn lines_of_a_stream_in_a_printed_list_are_one() {
    let chunk = |text: &str| {
        format!(
            r#"data: {{"id":"gen-1","object":"chat.completion.chunk","model":"a/b","choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#
        )
    };
    let lines = [
        ": OPENROUTER PROCESSING".to_owned(),
        chunk("Hel"),
        chunk("lo"),
    ];
    for (before, mark) in [("", ""), ("", "b"), ("got lines: ", "")] {
        let items: Vec<String> = lines
            .iter()
            .map(|line| format!("{mark}'{line}', {mark}''"))
            .collect();
        let text = format!("{before}[{}]\n", items.join(", "));
        let loaded = load::load("x.txt", text.as_bytes());
        assert_eq!(loaded.completions.len(), 1, "{text}");
        let response = loaded.completions[0].response().unwrap().raw().to_owned();
        assert!(response.contains("\"Hello\""), "{response}");
    }
}

/// A library that asks a provider's own API says so by its name for it, and the provider by its headers.
#[test]
fn a_call_that_names_a_provider_as_asked_is_none_of_openrouters() {
    let request = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "q"}]});
    let answer = json!({"id": "chatcmpl-BTyU3pF8Kq2mXc9RyN4e", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}});
    let mut own = answer.clone();
    own["id"] = json!("gen-1780662787-HsCxAbCdEfGhIjKlMnOp");
    own["provider"] = json!("OpenAI");
    let step = |provider: &str, answer: &Json| {
        json!({"steps": [{"id": "t", "provider": provider, "raw_request": request.to_string(),
            "raw_response": answer.to_string()}]})
        .to_string()
    };
    let sample = |provider: &str, answer: &Json| {
        json!({"provider": provider, "request": request, "response": answer}).to_string()
    };
    let added = |provider: &str, answer: &Json| {
        json!({"text": "a", "providerMetadata": {provider: {"responseId": "r"}}, "request": {"body": request},
            "response": {"body": answer}})
        .to_string()
    };
    let printed = |header: &str, answer: &Json| {
        format!("HTTP/2 200 \ncontent-type: application/json\n{header}: x\n\n{answer}\n")
    };
    type Form<'f> = &'f dyn Fn(&str, &Json) -> String;
    let forms: [(Form<'_>, &str, &str); 4] = [
        (&step, "openai.chat", "openrouter.chat"),
        (&sample, "openai", "OpenAI"),
        (&added, "openai", "openrouter"),
        (&printed, "openai-organization", "x-request-id"),
    ];
    for (form, foreign, other) in forms {
        let count = |text: String| load::load("a.txt", text.as_bytes()).completions.len();
        assert_eq!(count(form(foreign, &answer)), 0, "{foreign}");
        assert_eq!(count(form(foreign, &own)), 1, "{foreign}");
        assert_eq!(count(form(other, &answer)), 1, "{other}");
    }
}

/// A kind of client asks any server, and an address of OpenRouter's says which one it was.
#[test]
fn a_provider_by_name_keeps_nothing_out_that_says_it_went_through_openrouter() {
    let (asked, answered): (Json, Json) = (
        serde_json::from_str(ASKED).unwrap(),
        serde_json::from_str(FOREIGN).unwrap(),
    );
    let slug = |body: &Json| {
        let mut body = body.clone();
        body["model"] = json!("openai/gpt-4o");
        body
    };
    let refused = json!({"error": {"message": "Rate limit", "code": 429, "metadata": {"provider_name": "OpenAI"}}});
    let step = |request: &Json, response: &Json| {
        json!({"steps": [{"id": "t", "provider": "openai.chat", "model_id": "m",
            "raw_request": request.to_string(), "raw_response": response.to_string()}]})
    };
    let added = |names: &[&str], request: &Json| {
        let added: serde_json::Map<String, Json> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({})))
            .collect();
        json!({"text": "Yes.", "finishReason": "stop", "providerMetadata": added, "request": {"body": request},
            "response": {"id": "x", "modelId": "m", "body": answered}})
    };
    for (record, is_own) in [
        (
            json!({"provider": "openai", "base_url": "https://openrouter.ai/api/v1", "request": asked, "response": answered}),
            true,
        ),
        (
            json!({"provider": "openai", "gateway": "openrouter", "request": asked, "response": answered}),
            true,
        ),
        (
            json!({"provider": "openai", "request": asked, "response": slug(&answered)}),
            true,
        ),
        (
            json!({"provider": "openai", "request": asked, "response": refused}),
            true,
        ),
        (
            json!({"provider": "openai", "request": asked, "response": answered}),
            false,
        ),
        (step(&slug(&asked), &slug(&answered)), true),
        (step(&asked, &refused), true),
        (step(&asked, &answered), false),
        (added(&["openai", "openrouter"], &asked), true),
        (added(&["openai"], &slug(&asked)), true),
        (added(&["openai"], &asked), false),
    ] {
        let loaded = load::load("a.json", record.to_string().as_bytes());
        assert_eq!(
            loaded.completions.len(),
            usize::from(is_own),
            "{record}: {:?}",
            loaded.problems
        );
    }
}
