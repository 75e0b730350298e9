//! What a browser or a proxy recorded, and generation records by themselves.

use crate::common::{event_json, fixtures, map};
use rainscope::completion::Completion;
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::Privacy;
use rainscope::mapping::Mapped;
use serde_json::{Value as Json, json};

fn load(value: &Json) -> Loaded {
    load::load("t.json", value.to_string().as_bytes())
}

fn one(value: &Json) -> Completion {
    let loaded = load(value);
    assert_eq!(loaded.problems, [], "{value}");
    assert_eq!(loaded.completions.len(), 1, "{value}");
    loaded.completions.into_iter().next().unwrap()
}

fn event(mapped: &Mapped) -> Json {
    serde_json::from_str(&event_json(mapped.event().unwrap(), Privacy::Off)).unwrap()
}

fn codes(mapped: &Mapped) -> Vec<&'static str> {
    mapped
        .findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

fn recording(entries: &[Json]) -> Json {
    json!({"log": {"version": "1.2", "entries": entries}})
}

fn entry(path: &str, request: &str, content: Json) -> Json {
    json!({"startedDateTime": "2026-07-05T06:10:12.031+02:00", "time": 1418.6,
           "request": {"method": "POST", "url": format!("https://openrouter.ai/api/v1{path}"),
                       "headers": [{"name": "Authorization", "value": "Bearer sk-or-v1-0123456789abcdef0123"},
                                   {"name": "Cookie", "value": "secret"}, {"name": "x-api-key", "value": "secret"},
                                   {"name": "X-Session-ID", "value": "s"}],
                       "postData": {"text": request}},
           "response": {"status": 200, "content": content}})
}

#[test]
fn recordings_give_completions_with_measured_times_and_no_secrets() {
    let chat = r#"{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"hé"}}]}"#;
    let packed = "eyJpZCI6Imdlbi0yIiwibW9kZWwiOiJhL2IiLCJjaG9pY2VzIjpbXX0=";
    let har = recording(&[
        json!({"request": {"method": "GET", "url": "https://openrouter.ai/api/v1/models"}}),
        entry(
            "/chat/completions?x=1",
            r#"{"model":"a/b"}"#,
            json!({"text": chat}),
        ),
        entry(
            "/messages/",
            r#"{"model":"a/b"}"#,
            json!({"text": packed, "encoding": "base64"}),
        ),
    ]);
    let loaded = load(&har);
    assert_eq!(loaded.problems, []);
    assert_eq!(
        loaded.notes[0].what,
        "1 of the entries of this recording is no completion: GET https://openrouter.ai/api/v1/models"
    );
    let names: Vec<&str> = loaded.completions.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["t #2", "t #3"]);
    for completion in &loaded.completions {
        let text = completion.document().text();
        assert!(
            !text.contains("secret") && !text.contains("sk-or-v1"),
            "{text}"
        );
        let json = event(&map(completion));
        assert_eq!(json["properties"]["duration_ms"], 1419);
        assert_eq!(json["timestamp"], "2026-07-05T04:10:13.450Z");
        assert_eq!(json["ai_data"]["convo_id"], "s");
    }
}

#[test]
fn broken_entries_are_named_and_hide_nothing() {
    let chat = r#"{"id":"gen-1","model":"a/b","choices":[]}"#;
    let check = |broken: Json, what: &str, completions: usize| {
        let har = recording(&[broken, entry("/responses", "{}", json!({"text": chat}))]);
        let loaded = load(&har);
        assert_eq!(loaded.completions.len(), completions, "{what}");
        let problem = loaded.problems[0].to_string();
        assert!(
            problem.contains("record 1 (byte") && problem.contains(what),
            "{problem}"
        );
    };
    check(
        entry("/responses", "{}", json!({"text": &chat[..20]})),
        "neither JSON nor an SSE",
        1,
    );
    check(
        entry("/responses", "{}", json!({"text": "<html>"})),
        "is HTML",
        1,
    );
    check(
        entry("/responses", "{\"a\":", json!({"text": chat})),
        "body is not JSON",
        2,
    );
    check(
        entry("/responses", "{}", json!({"size": 9})),
        "was not recorded",
        1,
    );
    let base64 = |text| json!({"text": text, "encoding": "base64"});
    check(
        entry("/responses", "", base64("%%%")),
        "said to be base64, but is not",
        1,
    );
    check(entry("/responses", "{}", base64("//79")), "not UTF-8", 1);
    check(
        entry(
            "/responses",
            "{}",
            json!({"text": "data: {\"id\":\"g\",\"choices\":[]}\n\ndata: {\"id"}),
        ),
        "a chunk of the stream is broken",
        2,
    );
    let nothing = load(&recording(&[]));
    assert!(nothing.problems[0].what.contains("has no entries"));
}

#[test]
fn a_generation_record_alone_is_mapped_but_for_text() {
    let record = json!({"id": "gen-1", "model": "a/b", "created_at": "2026-07-06T19:04:11.402Z", "generation_time": 1764,
        "native_tokens_prompt": 3, "native_tokens_completion": 2, "tokens_prompt": 9, "total_cost": 0.5, "external_user": "u",
        "session_id": "s", "provider_name": "P", "finish_reason": "stop"});
    for value in [
        record.clone(),
        json!({"data": record}),
        json!({"generation": {"data": record}}),
    ] {
        let mapped = map(&one(&value));
        let json = event(&mapped);
        assert_eq!(json["is_pending"], false);
        assert_eq!(json["ai_data"], json!({"model": "a/b", "convo_id": "s"}));
        assert_eq!(json["user_id"], "u");
        assert_eq!(json["timestamp"], "2026-07-06T19:04:13.166Z");
        assert_eq!(json["properties"]["total_tokens"], 5);
        assert_eq!(
            codes(&mapped),
            [
                "no-user-message",
                "event-without-text",
                "duration-is-lower-bound"
            ]
        );
    }
}

/// The headers that ship with a sample are no secrets either.
#[test]
fn no_sample_has_a_secret_header() {
    for (file, bytes) in fixtures() {
        for completion in load::load(&file, &bytes).completions {
            for header in ["authorization", "cookie", "x-api-key"] {
                assert!(completion.header(header).is_none(), "{file}");
            }
        }
    }
}
