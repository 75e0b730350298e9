//! "What a client must do": the vendor's conformance scenarios, by their names. Those that have a
//! table of their own elsewhere are named here, so that the list can be read in one place:
//!
//! - retry 429, 5xx and network faults, at most 3 attempts; no retry on 400, 401, 403, 413; the same
//!   bytes each time; a malformed success body is success: `retries::what_is_tried_again`
//! - 1 s × 2ⁿ with jitter: `retries::waits_double`, and the table in `delivery::retry`
//! - `Retry-After` honoured and capped: `retries::retry_after_is_honoured_and_capped`
//! - a request has a deadline: `attempts::a_deadline_is_a_deadline`; a hung server:
//!   `retries::a_hung_server_is_tried_again`
//! - concurrent sends all land: `bulk::concurrent_sends_all_land`, and below for the queue
//! - oversized event: `prepare::tests::what_is_too_large_is_never_prepared`

use std::{sync::Arc, time::Duration};

use rainscope::{
    completion::{Edits, load::load},
    delivery::{
        bulk,
        cancel::Cancelled,
        deliver::DeliveryEnding,
        history::History,
        http,
        queue::{CutOff, DeliveryUpdate, Queue},
        retry::RetryPolicy,
        sink::SinkOptions,
    },
    destination::Destination,
    event::{
        privacy::{self, Privacy},
        wire::{self, Route, WireRequest},
    },
    mapping::{self, Context},
    prepare::Prepared,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    patient, raindrop,
    server::{Play, Server, answer},
    sink, within,
};

fn queue(
    history: Option<History>,
    concurrency: usize,
) -> (Queue<String>, UnboundedReceiver<(String, DeliveryEnding)>) {
    let (sender, receiver) = unbounded_channel();
    let policy = RetryPolicy {
        base: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let report = move |id: &String, update| {
        if let DeliveryUpdate::Ended(delivery) = update {
            let _ = sender.send((id.clone(), delivery.ending));
        }
    };
    (
        Queue::new(patient(), policy, history, concurrency, report),
        receiver,
    )
}

fn push(queue: &Queue<String>, destination: &Destination, id: &str) {
    let body = format!(
        r#"[{{"event_id":"{id}","event":"chat","user_id":"u","timestamp":"2026-06-05T12:33:10.123Z","ai_data":{{"input":"i"}}}}]"#
    );
    let request = WireRequest {
        route: Route::Track,
        event_id: id.to_owned(),
        body: Arc::from(body.into_bytes()),
    };
    let prepared = Prepared::new(id.to_owned(), request, Privacy::Off, 0).unwrap();
    queue.push(
        id.to_owned(),
        destination.clone(),
        prepared,
        Cancelled::never(),
    );
}

#[test]
fn deadlines_are_those_of_the_issue() {
    assert_eq!(http::CONNECT_TIMEOUT, Duration::from_secs(5));
    assert_eq!(bulk::REQUEST_TIMEOUT, Duration::from_secs(30));
    assert_eq!(bulk::DRAIN, Duration::from_secs(10));
}

#[tokio::test]
async fn closing_drains_what_is_queued() {
    let (sink, mut receipts) = sink::start(SinkOptions::default()).await;
    let (queue, _) = queue(None, 2);
    for n in 0..40 {
        push(&queue, sink.destination(), &format!("e{n}"));
    }
    let left = within(queue.close(std::future::pending())).await;
    assert_eq!(left, CutOff::default());
    let landed = std::iter::from_fn(|| receipts.try_recv().ok()).count();
    assert_eq!(landed, 40);
}

#[tokio::test]
async fn closing_has_a_deadline_and_the_rest_is_offered_again() {
    let mut server = Server::start([
        answer("200 OK", "", "{}"),
        Play::Hang,
        answer("200 OK", "", "{}"),
    ])
    .await;
    let destination = raindrop(&server.url);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let (first, mut over) = queue(Some(History::open(&path).unwrap()), 1);
    for id in ["landed", "hung", "waited"] {
        push(&first, &destination, id);
    }
    within(over.recv()).await.unwrap();
    server.next().await;
    server.next().await;
    let left = within(first.close(std::future::ready(()))).await;
    assert_eq!(left, CutOff { kept: 2, lost: 0 });
    drop(first);
    // The next start.
    let history = History::open(&path).unwrap();
    let pending = history.pending().unwrap();
    assert_eq!(pending.len(), 2, "{pending:?}");
    let (second, _) = queue(Some(history.clone()), 1);
    let record = &pending[0];
    assert!(history.claim(record.id).unwrap());
    let request = history.get(record.id).unwrap().unwrap().request().unwrap();
    second.push_again(
        "again".to_owned(),
        destination,
        record.id,
        request.clone(),
        Cancelled::never(),
    );
    within(second.flush()).await;
    assert_eq!(server.next().await.body, &request.body[..]);
    assert_eq!(history.pending().unwrap().len(), 1);
}

/// What no history has is not said to be in one.
#[tokio::test]
async fn what_is_cut_off_without_a_history_is_lost() {
    let mut server = Server::start([Play::Hang]).await;
    let destination = raindrop(&server.url);
    let (queue, _) = queue(None, 1);
    push(&queue, &destination, "hung");
    push(&queue, &destination, "waited");
    server.next().await;
    let left = within(queue.close(std::future::ready(()))).await;
    assert_eq!(left, CutOff { kept: 0, lost: 2 });
}

#[tokio::test]
async fn two_flushes_send_nothing_twice() {
    let (sink, mut receipts) = sink::start(SinkOptions::default()).await;
    let (queue, _) = queue(None, 4);
    for n in 0..10 {
        push(&queue, sink.destination(), &format!("e{n}"));
    }
    within(async { tokio::join!(queue.flush(), queue.flush()) }).await;
    within(queue.flush()).await;
    let ids = std::iter::from_fn(|| receipts.try_recv().ok()).flat_map(|receipt| receipt.event_ids);
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    assert_eq!(
        ids,
        ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"]
    );
}

#[tokio::test]
async fn concurrent_sends_all_land() {
    let (sink, mut receipts) = sink::start(SinkOptions::default()).await;
    let (queue, mut over) = queue(None, 16);
    let mut ids: Vec<String> = (0..100).map(|n| format!("e{n}")).collect();
    for id in &ids {
        push(&queue, sink.destination(), id);
    }
    ids.sort();
    within(queue.flush()).await;
    let mut ended: Vec<String> = std::iter::from_fn(|| over.try_recv().ok())
        .filter(|(_, ending)| *ending == DeliveryEnding::Accepted)
        .map(|(id, _)| id)
        .collect();
    ended.sort();
    assert_eq!(ended, ids);
    assert_eq!(std::iter::from_fn(|| receipts.try_recv().ok()).count(), 100);
}

/// From a completion to the sink and back: what was in the trace is what arrives, value for value.
async fn arrives(trace: &str, answer: &str) -> serde_json::Value {
    let record = format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":{answer}}}],"trace":{trace}}},"response":{{"id":"gen-1","model":"a/b","choices":[{{"index":0,"finish_reason":"stop","message":{{"role":"assistant","content":{answer}}}}}]}}}}"#
    );
    let loaded = load("record.json", record.as_bytes());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let mapped = mapping::map(&loaded.completions[0], &Edits::none(), &Context::at(0));
    let request = wire::request(privacy::apply(mapped.event().unwrap(), Privacy::Off));
    let (sink, mut receipts) = sink::start(SinkOptions::default()).await;
    let attempt = patient().attempt(sink.destination(), &request).await;
    let receipt = within(receipts.recv()).await.unwrap();
    assert!(receipt.accepted(), "{receipt:?} {attempt:?}");
    assert_eq!(receipt.body.as_bytes(), &request.body[..]);
    let body: serde_json::Value = serde_json::from_str(&receipt.body).unwrap();
    let wanted: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert_eq!(body[0]["ai_data"]["output"], wanted);
    assert_eq!(body[0]["ai_data"]["input"], wanted);
    body[0]["properties"].clone()
}

#[tokio::test]
async fn deep_and_wide_properties_survive() {
    let deep = format!("{}1.10{}", "{\"a\":[".repeat(20), "]}".repeat(20));
    let wide: Vec<String> = (0..2_000).map(|n| format!("\"key{n}\":{n}")).collect();
    let trace = format!("{{\"deep\":{deep},{}}}", wide.join(","));
    let properties = arrives(&trace, "\"Hi\"").await;
    let wanted: serde_json::Value = serde_json::from_str(&trace).unwrap();
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&properties[key], value, "{key}");
    }
}

#[tokio::test]
async fn multi_byte_right_to_left_and_surrogate_pairs_survive() {
    for text in [
        "żółć · 日本語 · ไทย",
        "שלום עולם · مرحبا بالعالم",
        "👩‍👩‍👧‍👦 🇵🇱 𝒳",
        "e\u{301} \u{202e}txet\u{202c} \u{0}\u{7f}\u{ffff}",
        r"\ud83d\ude00 \u00e9 \/ \b\f\n\r\t",
    ] {
        let quoted = match text.contains('\\') {
            true => format!("\"{text}\""),
            false => serde_json::to_string(text).unwrap(),
        };
        let properties = arrives(&format!("{{\"text\":{quoted}}}"), &quoted).await;
        let wanted: serde_json::Value = serde_json::from_str(&quoted).unwrap();
        assert_eq!(properties["text"], wanted, "{text}");
    }
}
