//! Reading back from the sink as from Raindrop's Query API, and pages in a browser that use it.

use rainscope::delivery::sink::{Exposure, KeyCheck, SinkHandle, SinkOptions};
use serde_json::{Value, json};

use super::sink::{post, post_with, raw, start};
use super::{KEY, key, within};

async fn get_with(sink: &SinkHandle, path: &str, headers: &str) -> (u16, Value) {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    let answer = raw(sink, request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

async fn get(sink: &SinkHandle, path: &str) -> (u16, Value) {
    get_with(sink, path, &format!("Authorization: Bearer {KEY}\r\n")).await
}

const TRACK: &str = "/v1/events/track";

#[tokio::test]
async fn an_event_is_read_back() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let event = json!([{
        "event_id": "e/1", "event": "chat", "user_id": "u", "timestamp": 1_780_662_790_123_i64,
        "properties": {"cost": 1.5, "none": null}, "feature_flags": {"a": "b"},
        "attachments": [
            {"type": "text", "role": "input", "value": "in", "name": "n"},
            {"type": "code", "role": "output", "value": "out", "attachment_id": "x"},
            {"type": "text", "role": "context", "value": "with"}
        ],
        "ai_data": {"input": "Hello", "output": "Hi", "model": "m", "convo_id": "c"}
    }]);
    post(&sink, TRACK, &event.to_string()).await;
    let (status, answer) = get(&sink, "/v1/events/e%2F1").await;
    assert_eq!(status, 200, "{answer}");
    let mut data = answer["data"].clone();
    let received_at = data.as_object_mut().unwrap().remove("received_at").unwrap();
    assert!(received_at.as_str().unwrap().ends_with('Z'));
    let expected = json!({
        "id": "e/1", "event_name": "chat", "user_id": "u", "convo_id": "c",
        "timestamp": "2026-06-05T12:33:10.123Z", "user_input": "Hello", "assistant_output": "Hi", "model": "m",
        "input_attachments": [
            {"attachment_type": "text", "name": "n", "value": "in"},
            {"attachment_type": "text", "value": "with"}
        ],
        "output_attachments": [{"attachment_id": "x", "attachment_type": "code", "value": "out"}],
        "feature_flags": {"a": "b"}, "properties": {"cost": 1.5, "none": null}
    });
    assert_eq!(data, expected);
    // An event without text, or with less than that, is read all the same.
    post(&sink, "/v1/events/track_partial", r#"{"event_id":"p"}"#).await;
    let (_, answer) = get(&sink, "/v1/events/p").await;
    assert_eq!(answer["data"]["user_id"], Value::Null);
    assert_eq!(answer["data"]["event_name"], "");
    let (status, answer) = get(&sink, "/v1/events/%FF").await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!("BAD_REQUEST"))
    );
    // Reads are nothing received.
    within(receipts.recv()).await.unwrap();
    within(receipts.recv()).await.unwrap();
    assert!(receipts.try_recv().is_err());
}

/// Each filter is held against every event, so a list takes no more than so many of them.
#[tokio::test]
async fn a_list_takes_a_bounded_number_of_filters() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let event = r#"[{"event_id":"e","event":"a","user_id":"u","timestamp":1,"properties":{"n":1,"\u0061":"b"},"ai_data":{"input":"x"}}]"#;
    post(&sink, TRACK, event).await;
    let filters = |count: usize| {
        let each = (0..count).map(|n| format!("properties[q{n}][neq]=1"));
        format!("/v1/events?{}", each.collect::<Vec<_>>().join("&"))
    };
    let (status, answer) = get(&sink, &filters(50)).await;
    assert_eq!((status, &answer["data"][0]["id"]), (200, &json!("e")));
    let (status, answer) = get(&sink, &filters(51)).await;
    assert_eq!(status, 400, "{answer}");
    assert!(answer.to_string().contains("at most 50"), "{answer}");
    let (_, answer) = get(&sink, "/v1/events?properties[a]=b&properties[n][gte]=1").await;
    assert_eq!(answer["data"][0]["id"], "e", "{answer}");
}

/// What is accepted can be read back: of a name that stands twice the last value counts, as JavaScript reads it.
#[tokio::test]
async fn an_event_with_a_name_twice_is_read_back() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let event = r#"[{"event_id":"twice","event":"a","event":"b","user_id":"u","timestamp":1,"ai_data":{"input":"x","input":"y"}}]"#;
    post(&sink, TRACK, event).await;
    let (status, answer) = get(&sink, "/v1/events/twice").await;
    assert_eq!(status, 200, "{answer}");
    let data = &answer["data"];
    assert_eq!(
        (&data["event_name"], &data["user_input"]),
        (&json!("b"), &json!("y"))
    );
    for (query, count) in [("event_name=b", 1), ("event_name=a", 0)] {
        let (_, listed) = get(&sink, &format!("/v1/events?{query}")).await;
        assert_eq!(listed["data"].as_array().unwrap().len(), count, "{listed}");
    }
}

#[tokio::test]
async fn events_are_listed_in_pages_and_filtered() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    for n in 0..7 {
        let event = json!([{
            "event_id": format!("e{n}"), "event": if n % 2 == 0 { "even" } else { "odd" },
            "user_id": format!("user-{}", n / 3), "timestamp": format!("2026-06-05T12:00:0{n}Z"),
            "properties": {"n": n, "word": format!("w{n}")},
            "ai_data": {"input": "i", "convo_id": "c 1"}
        }]);
        post(&sink, TRACK, &event.to_string()).await;
    }
    let ids = |answer: &Value| -> Vec<String> {
        let ids = answer["data"].as_array().unwrap().iter();
        ids.map(|event| event["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let table: [(&str, &[&str]); 14] = [
        ("", &["e6", "e5", "e4", "e3", "e2", "e1", "e0"]),
        ("order_by=timestamp&limit=2.0", &["e0", "e1"]),
        ("user_id[eq]=user-0", &["e2", "e1", "e0"]),
        ("user_id=user-2", &["e6"]),
        ("user_id%5Bneq%5D=user-0&event_name[eq]=odd", &["e5", "e3"]),
        ("convo_id[eq]=c+1&limit=1", &["e6"]),
        ("convo_id[startsWith]=x", &[]),
        ("event_name[contains]=ve", &["e6", "e4", "e2", "e0"]),
        ("timestamp[gte]=2026-06-05T12:00:05Z", &["e6", "e5"]),
        ("timestamp[lt]=2026-06-05T12:00:01Z", &["e0"]),
        ("properties[n][gt]=4", &["e6", "e5"]),
        ("properties[n]=3.0", &["e3"]),
        ("properties[word][endsWith]=1", &["e1"]),
        ("properties[other][neq]=1&limit=1", &["e6"]),
    ];
    for (query, expected) in table {
        let (status, answer) = get(&sink, &format!("/v1/events?{query}")).await;
        assert_eq!(
            (status, ids(&answer)),
            (200, expected.iter().map(|id| (*id).to_owned()).collect()),
            "{query}"
        );
    }
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let (_, answer) = get(&sink, &format!("/v1/events?limit=3{cursor}")).await;
        all.extend(ids(&answer));
        match answer["meta"]["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break assert_eq!(answer["meta"], json!({"cursor": null, "has_more": false})),
        }
        assert_eq!(answer["meta"]["has_more"], true);
    }
    assert_eq!(all, ["e6", "e5", "e4", "e3", "e2", "e1", "e0"]);
    for query in [
        "limit=0",
        "limit=x",
        "cursor=x",
        "order_by=user_id",
        "user_id[near]=x",
        "signal=x",
    ] {
        let (status, answer) = get(&sink, &format!("/v1/events?{query}")).await;
        assert_eq!(status, 400, "{query}");
        let name = query.split('=').next().unwrap();
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(name),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn reads_need_a_key_a_local_page_and_the_right_project() {
    let (sink, _receipts) = start(SinkOptions {
        keys: KeyCheck::Exactly(key()),
        ..SinkOptions::default()
    })
    .await;
    let headers = format!(
        "Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\nX-Raindrop-Project-Id: other\r\n"
    );
    post_with(&sink, TRACK, &headers, super::EVENT.as_bytes()).await;
    let bearer = format!("Authorization: Bearer {KEY}\r\n");
    let table = [
        (format!("{bearer}X-Raindrop-Project-Id: other\r\n"), 200),
        (bearer.clone(), 404),
        (format!("{bearer}X-Raindrop-Project-Id: default\r\n"), 404),
        (format!("{bearer}X-Raindrop-Project-Id: No Slug\r\n"), 400),
        (format!("{bearer}Origin: https://evil.test\r\n"), 403),
        ("Authorization: Bearer another\r\n".to_owned(), 401),
        (String::new(), 401),
    ];
    for (headers, expected) in table {
        let (status, answer) = get_with(&sink, "/v1/events/e-1", &headers).await;
        assert_eq!(status, expected, "{headers}\n{answer}");
        assert!(expected == 200 || answer["error"]["code"].is_string());
    }
    // Where others reach the sink, a key of its own is needed.
    for (keys, expected) in [(KeyCheck::Any, 403), (KeyCheck::Exactly(key()), 200)] {
        let (open, _receipts) = start(SinkOptions {
            exposure: Exposure::Network,
            keys,
            ..SinkOptions::default()
        })
        .await;
        assert_eq!(get(&open, "/v1/events").await.0, expected);
    }
}

/// A browser asks first whether a page may send what it wants to.
#[tokio::test]
async fn pages_of_this_machine_may_use_it_and_others_by_name() {
    let (sink, mut receipts) = start(SinkOptions {
        allowed_origins: vec!["https://app.example/".to_owned()],
        ..SinkOptions::default()
    })
    .await;
    let ask = |origin: &str| {
        format!(
            "OPTIONS {TRACK} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n\r\n"
        )
    };
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://app.example",
    ] {
        let answer = raw(&sink, ask(origin).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let allowed = format!("access-control-allow-origin: {origin}\r\n");
        assert!(answer.contains(&allowed), "{answer}");
        assert!(answer.contains("access-control-allow-headers: authorization,content-type"));
        assert!(
            answer.contains("access-control-allow-methods: GET,POST"),
            "{answer}"
        );
        let headers = format!(
            "Origin: {origin}\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
        );
        let answer = post_with(&sink, TRACK, &headers, super::EVENT.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains(&allowed),
            "{answer}"
        );
        assert_eq!(within(receipts.recv()).await.unwrap().status, Some(200));
    }
    for origin in [
        "https://evil.test",
        "null",
        "https://app.example.evil.test",
        "http://app.example",
    ] {
        let answer = raw(&sink, ask(origin).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        assert!(!answer.contains("access-control-allow-origin"), "{answer}");
        assert!(within(receipts.recv()).await.unwrap().reasons[0].contains("--allow-origin"));
    }
    let (any, _receipts) = start(SinkOptions {
        allowed_origins: vec!["*".to_owned()],
        ..SinkOptions::default()
    })
    .await;
    let answer = raw(&any, ask("https://evil.test").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Millions of small values take no more memory than their text.
#[tokio::test]
async fn a_body_of_many_items_is_refused_as_one() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let body = format!("[{}0]", "0,".repeat(rainscope::delivery::sink::ITEMS));
    let answer = post(&sink, TRACK, &body).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(
        answer.contains("a request may have 100000 items"),
        "{answer}"
    );
}
