//! The sink as a counterpart: receipts, keys, scripts, the store, merging, stopping.

use std::{sync::Arc, time::Duration};

use rainscope::{
    delivery::{
        answer::{DeliveryVerdict, Retry},
        cancel::Cancelled,
        deliver::{DeliveryEnding, deliver},
        retry::RetryPolicy,
        sink::{Exposure, KeyCheck, Receipt, Sink, SinkError, SinkHandle, SinkOptions},
    },
    destination::Destination,
    event::wire::Route,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::{self, UnboundedReceiver},
};

use super::{EVENT, KEY, event, key, patient, raindrop, request, within};

/// Sends these bytes and gives all that comes back.
pub async fn raw(sink: &SinkHandle, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(sink.addr()).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = within(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A `POST` of JSON as a well-behaved client sends it.
pub async fn post(sink: &SinkHandle, path: &str, body: &str) -> String {
    let headers = format!("Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n");
    post_with(sink, path, &headers, body.as_bytes()).await
}

pub async fn post_with(sink: &SinkHandle, path: &str, headers: &str, body: &[u8]) -> String {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    raw(sink, &[head.as_bytes(), body].concat()).await
}

pub async fn start(options: SinkOptions) -> (SinkHandle, UnboundedReceiver<Receipt>) {
    let (told, receipts) = mpsc::unbounded_channel();
    let sink = Sink::start(options, move |receipt| {
        let _ = told.send(receipt);
    });
    (sink.await.unwrap(), receipts)
}

async fn next(receipts: &mut UnboundedReceiver<Receipt>) -> Receipt {
    within(receipts.recv()).await.unwrap()
}

fn quick() -> RetryPolicy {
    RetryPolicy {
        base: Duration::from_millis(1),
        longest: Duration::from_millis(5),
        ..RetryPolicy::default()
    }
}

async fn run(destination: &Destination) -> (DeliveryEnding, usize) {
    let (client, event, policy) = (patient(), event(), quick());
    let delivery = deliver(
        &client,
        destination,
        &event,
        &policy,
        |_| {},
        Cancelled::never(),
    );
    let delivery = within(delivery).await;
    (delivery.ending, delivery.attempts.len())
}

#[tokio::test]
async fn an_event_is_accepted_and_told() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let attempt = patient()
        .attempt(&raindrop(sink.base_url().as_str()), &event())
        .await;
    assert_eq!(attempt.outcome.verdict(), DeliveryVerdict::Accepted);
    assert!(format!("{attempt:?}").contains(r#"{\"events\":[{\"event_id\":\"e-1\"}]}"#));
    let receipt = next(&mut receipts).await;
    assert!(
        !format!("{receipt:?}").contains(KEY),
        "no receipt holds the key"
    );
    assert_eq!(receipt.number, 1);
    assert_eq!(
        (receipt.method.as_str(), receipt.path.as_str()),
        ("POST", "/v1/events/track")
    );
    assert_eq!(receipt.status, Some(200));
    assert!(receipt.accepted() && receipt.reasons.is_empty());
    assert!(receipt.notes().is_empty() && receipt.new_events == 1);
    assert_eq!(receipt.project.as_deref(), Some("my-project"));
    assert_eq!(receipt.event_id(), Some("e-1"));
    assert_eq!(receipt.summary, "event chat by u");
    assert_eq!((receipt.body.as_str(), receipt.bytes), (EVENT, EVENT.len()));
    assert_eq!(run(sink.destination()).await, (DeliveryEnding::Accepted, 1));
}

#[tokio::test]
async fn a_refusal_is_told() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let bad = request(Route::Track, r#"[{"event_id":"e","x\u001b[2J":1}]"#);
    let attempt = patient().attempt(sink.destination(), &bad).await;
    assert_eq!(
        attempt.outcome.verdict(),
        DeliveryVerdict::Refused(Retry::Pointless)
    );
    assert!(
        attempt
            .outcome
            .says()
            .contains("INVALID: /0/event: missing; ")
    );
    let receipt = next(&mut receipts).await;
    assert_eq!(receipt.status, Some(400));
    assert!(!receipt.accepted() && receipt.event_ids.is_empty());
    let fit = receipt
        .reasons
        .iter()
        .all(|reason| !reason.contains(char::is_control));
    assert!(fit && receipt.reasons.len() == 3, "{:?}", receipt.reasons);
}

#[tokio::test]
async fn keys_and_headers() {
    let json = "Content-Type: application/json\r\n";
    let with = |line: &str| format!("{line}\r\n{json}");
    let right = with(&format!("Authorization: Bearer {KEY}"));
    let project = |slug: &str| format!("{right}X-Raindrop-Project-Id: {slug}\r\n");
    let table = [
        (right.clone(), "200"),
        (with(&format!("authorization: bearer  {KEY}")), "200"),
        (json.to_owned(), "401"),
        (with("Authorization: Bearer "), "401"),
        (with(&format!("Authorization: {KEY}")), "401"),
        (with(&format!("Authorization: Basic {KEY}")), "401"),
        (with("Authorization: Bearer another"), "401"),
        (with(&format!("Authorization: Bearer {KEY}x")), "401"),
        (project("my-project"), "200"),
        (project("default"), "200"),
        (project(""), "200"),
        (project("My Project"), "400"),
        (project("-a"), "400"),
        (
            right.replace("application/json", "application/json; charset=utf-8"),
            "200",
        ),
        (right.replace("application/json", "text/plain"), "415"),
        (format!("{right}Content-Encoding: gzip\r\n"), "415"),
    ];
    let (sink, mut receipts) = start(SinkOptions {
        keys: KeyCheck::Exactly(key()),
        ..SinkOptions::default()
    })
    .await;
    for (headers, status) in table {
        let answer = post_with(&sink, "/v1/events/track", &headers, EVENT.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{headers}\n{answer}"
        );
        assert!(!answer.contains(KEY));
        assert!(!format!("{:?}", next(&mut receipts).await).contains(KEY));
    }
    assert_eq!(run(sink.destination()).await, (DeliveryEnding::Accepted, 1));
}

#[tokio::test]
async fn paths_and_methods() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let health = raw(&sink, get("/health").as_bytes()).await;
    assert!(
        health.ends_with(r#"{"ok":true,"service":"rainscope-sink"}"#),
        "{health}"
    );
    let wrong = raw(&sink, get("/v1/events/track").as_bytes()).await;
    assert!(
        wrong.starts_with("HTTP/1.1 405") && wrong.contains("allow: POST"),
        "{wrong}"
    );
    assert_eq!(next(&mut receipts).await.status, Some(405));
    let unknown = post(&sink, "/v1/v1/events/track", "[]").await;
    assert!(unknown.starts_with("HTTP/1.1 404"), "{unknown}");
    assert!(unknown.contains(r#"{"error":{"code":"NOT_FOUND","message":"no such path;"#));
    assert_eq!(next(&mut receipts).await.status, Some(404));
}

#[tokio::test]
async fn the_script_is_followed() {
    let (sink, mut receipts) = start(SinkOptions {
        fail: "500,429,ok,cut,ok,401".parse().unwrap(),
        ..SinkOptions::default()
    })
    .await;
    assert_eq!(run(sink.destination()).await, (DeliveryEnding::Accepted, 3));
    assert_eq!(run(sink.destination()).await, (DeliveryEnding::Accepted, 2));
    assert_eq!(run(sink.destination()).await, (DeliveryEnding::Refused, 1));
    let mut told = Vec::new();
    for _ in 0..6 {
        let receipt = next(&mut receipts).await;
        told.push((receipt.status, receipt.accepted()));
    }
    let expected = [
        (Some(500), false),
        (Some(429), false),
        (Some(200), true),
        (None, true),
        (Some(200), true),
        (Some(401), false),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_hung_request_does_not_hold_the_sink() {
    let (sink, mut receipts) = start(SinkOptions {
        fail: "hang".parse().unwrap(),
        ..SinkOptions::default()
    })
    .await;
    let destination = sink.destination().clone();
    let (client, event) = (patient(), event());
    let (attempt, stopped) = within(async {
        tokio::join!(client.attempt(&destination, &event), async {
            let receipt = next(&mut receipts).await;
            assert!(receipt.status.is_none() && !receipt.accepted());
            sink.stop(Duration::from_secs(10)).await
        })
    })
    .await;
    assert!(stopped);
    assert_eq!(
        attempt.outcome.verdict(),
        DeliveryVerdict::Refused(Retry::Worthwhile)
    );
}

#[tokio::test]
async fn a_silent_client_does_not_hold_the_sink() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let mut silent = TcpStream::connect(sink.addr()).await.unwrap();
    silent
        .write_all(b"POST /v1/events/track HTTP/1.1\r\nContent-Length: 5\r\n\r\n[")
        .await
        .unwrap();
    // Another request on the same sink is answered, so the first one is being served by now.
    post(&sink, "/v1/events/track", "[]").await;
    let addr = sink.addr();
    assert!(
        !within(sink.stop(Duration::from_millis(50))).await,
        "it is cut at the deadline"
    );
    let _ = within(silent.read_to_end(&mut Vec::new())).await;
    assert!(
        TcpStream::connect(addr).await.is_err(),
        "nothing listens any more"
    );
}

#[tokio::test]
async fn partials_are_merged() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let path = "/v1/events/track_partial";
    let first = r#"{"event_id":"m","event":"chat","user_id":"u","properties":{"a":1},"ai_data":{"input":"i"},"is_pending":true}"#;
    let last =
        r#"{"event_id":"m","properties":{"b":2},"ai_data":{"output":"o"},"is_pending":false}"#;
    post(&sink, path, first).await;
    let answer = post(&sink, path, last).await;
    assert!(
        answer.ends_with(r#"{"events":[{"event_id":"m"}]}"#),
        "{answer}"
    );
    assert_eq!(next(&mut receipts).await.summary, "part of event chat by u");
    let second = next(&mut receipts).await;
    assert_eq!(second.summary, "part of an event, 2 parts merged");
    assert_eq!(second.new_events, 0, "it was counted with its first part");
    assert_eq!(second.merged, sink.merged("m"));
    let expected = r#"{"event_id":"m","event":"chat","user_id":"u","properties":{"a":1,"b":2},"ai_data":{"input":"i","output":"o"},"is_pending":false}"#;
    assert_eq!(sink.merged("m").as_deref(), Some(expected));
    assert_eq!(sink.merged("other"), None);
}

#[tokio::test]
async fn the_store_keeps_what_was_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.ndjson");
    let (sink, _receipts) = start(SinkOptions {
        store: Some(store.clone()),
        ..SinkOptions::default()
    })
    .await;
    let event = EVENT.trim_matches(['[', ']']);
    let spread = event.replace("\"event\":", "\n\"event\":\r\n");
    post(&sink, "/v1/events/track", &format!("[{event},\n{spread}]")).await;
    post(&sink, "/v1/events/track", r#"[{"event_id":"bad"}]"#).await;
    post(
        &sink,
        "/v1/users/identify",
        r#"{"user_id":"u","traits":{}}"#,
    )
    .await;
    let text = std::fs::read_to_string(&store).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[0].ends_with(&format!(r#""path":"/v1/events/track","event":{event}}}"#)),
        "{text}"
    );
    assert!(
        text.contains("1.00") && !text.contains(KEY) && !text.contains("bad"),
        "{text}"
    );
    for line in lines {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[tokio::test]
async fn what_does_not_start() {
    let open = |listen: &str, exposure| SinkOptions {
        listen: listen.parse().unwrap(),
        exposure,
        ..SinkOptions::default()
    };
    let found = Sink::start(open("0.0.0.0:0", Exposure::LoopbackOnly), |_| {}).await;
    assert!(matches!(found, Err(SinkError::NotLoopback(_))));
    let (sink, _receipts) = start(SinkOptions::default()).await;
    let taken = open(&sink.addr().to_string(), Exposure::LoopbackOnly);
    let found = Sink::start(taken, |_| {}).await;
    assert!(matches!(found, Err(SinkError::Listen { .. })));
    let nowhere = SinkOptions {
        store: Some("/nowhere/at/all.ndjson".into()),
        ..SinkOptions::default()
    };
    let found = Sink::start(nowhere, |_| {}).await;
    assert!(matches!(found, Err(SinkError::Store { .. })));
}

#[tokio::test]
async fn traces_are_counted() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let headers =
        format!("Authorization: Bearer {KEY}\r\nContent-Type: application/x-protobuf\r\n");
    let export = [0x0a, 6, 0x12, 4, 0x12, 0, 0x12, 0];
    let answer = post_with(&sink, "/v1/traces", &headers, &export).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(
        next(&mut receipts).await.summary,
        "trace export (protobuf): 2 spans"
    );
    assert!(
        answer.contains("content-type: application/x-protobuf"),
        "{answer}"
    );
    assert!(
        answer.ends_with("\r\n\r\n"),
        "an OTLP success has no bytes: {answer}"
    );
    let answer = post_with(&sink, "/v1/traces", &headers, b"no protobuf at all").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(
        answer.contains("content-type: application/x-protobuf"),
        "{answer}"
    );
    assert!(answer.ends_with("the body is not an OTLP trace export in protobuf"));
    let receipt = next(&mut receipts).await;
    assert_eq!(receipt.body, "no protobuf at all");
    post_with(&sink, "/v1/traces", &headers, b"\x0a\xff\xff").await;
    assert_eq!(next(&mut receipts).await.body, "(3 bytes that are no text)");
}

#[tokio::test]
async fn many_at_once_all_land() {
    let (sink, mut receipts) = start(SinkOptions::default()).await;
    let sink = Arc::new(sink);
    let client = patient();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let (client, sink) = (client.clone(), Arc::clone(&sink));
        running.spawn(async move {
            let attempt = client.attempt(sink.destination(), &event()).await;
            attempt.outcome.verdict()
        });
    }
    let verdicts = within(running.join_all()).await;
    assert!(
        verdicts
            .iter()
            .all(|verdict| *verdict == DeliveryVerdict::Accepted)
    );
    let mut numbers = Vec::new();
    for _ in 0..300 {
        numbers.push(next(&mut receipts).await.number);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=300).collect::<Vec<u64>>());
}

/// A page in a browser reaches the sink by a name of its own, and a second encoding hides behind the first.
#[tokio::test]
async fn what_is_not_for_it_or_not_plain_is_refused() {
    let (sink, _receipts) = start(SinkOptions::default()).await;
    for (headers, expected) in [
        ("Host: localhost:5899\r\n", "200"),
        ("Host: [::1]\r\nOrigin: http://127.0.0.1:3000\r\n", "200"),
        ("Host: evil.test\r\n", "403"),
        ("Host: 127.0.0.1.evil.test\r\n", "403"),
        ("Host: localhost\r\nHost: localhost\r\n", "403"),
        ("Host: localhost\r\nOrigin: https://evil.test\r\n", "403"),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", "403"),
        (
            "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nOrigin: http://localhost\r\n",
            "200",
        ),
        (
            "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: null\r\n",
            "403",
        ),
        ("", "403"),
        ("Host: localhost\r\nContent-Encoding: identity\r\n", "200"),
        (
            "Host: localhost\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\n",
            "415",
        ),
        (
            "Host: localhost\r\nContent-Encoding: identity, gzip\r\n",
            "415",
        ),
    ] {
        let request = format!(
            "POST /v1/events/track HTTP/1.1\r\n{headers}Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]"
        );
        let answer = raw(&sink, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected} ")),
            "{headers:?}: {answer}"
        );
    }
    // The request line names a server too, and what is coded on its way is not what it seems to be.
    for (target, headers, expected) in [
        (
            "http://localhost:1/v1/events/track",
            "Content-Length: 2\r\n",
            "200",
        ),
        (
            "http://evil.test/v1/events/track",
            "Content-Length: 2\r\n",
            "403",
        ),
        ("/v1/events/track", "Transfer-Encoding: chunked\r\n", "200"),
        (
            "/v1/events/track",
            "Transfer-Encoding: gzip, chunked\r\n",
            "501",
        ),
        (
            "/v1/events/track",
            "Transfer-Encoding: identity, chunked\r\n",
            "501",
        ),
        (
            "/v1/events/track",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "501",
        ),
    ] {
        let body = match headers.starts_with("Content") {
            true => "[]",
            false => "2\r\n[]\r\n0\r\n\r\n",
        };
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\n{headers}Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{body}"
        );
        let answer = raw(&sink, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected} ")),
            "{target} {headers:?}: {answer}"
        );
    }
    let health = "GET /health HTTP/1.1\r\nHost: any.test\r\nConnection: close\r\n\r\n";
    assert!(
        raw(&sink, health.as_bytes())
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}
