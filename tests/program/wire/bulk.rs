//! Many events at once: one bad event does not sink the good ones, what concerns all ends the run,
//! everything lands once, and the history says the same as the report.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rainscope::{
    completion::Origin,
    delivery::{
        bulk::{self, BulkEnd, BulkOptions, BulkUpdate, OutgoingEvent, Settled, Stop},
        cancel,
        history::{DeliveryState, History, Query},
        retry::RetryPolicy,
        sink::{Receipt, SinkHandle, SinkOptions},
    },
    destination::Destination,
    event::{
        privacy::Privacy,
        wire::{Route, WireRequest},
    },
    json::Position,
    prepare::Prepared,
};
use tokio::sync::mpsc::{UnboundedReceiver, channel};

use super::{
    patient, raindrop,
    server::{Play, Server, answer},
    sink, within,
};

fn item(id: &str, route: Route, text: &str) -> OutgoingEvent {
    let data = match route {
        Route::Track => format!(r#","ai_data":{{"input":"{text}"}}"#),
        Route::TrackPartial => r#","is_pending":false"#.to_owned(),
    };
    let event = format!(
        r#"{{"event_id":"{id}","event":"chat","user_id":"u","timestamp":"2026-06-05T12:33:10.123Z"{data}}}"#
    );
    let body = match route {
        Route::Track => format!("[{event}]"),
        Route::TrackPartial => event,
    };
    let request = WireRequest {
        route,
        event_id: id.to_owned(),
        body: Arc::from(body.into_bytes()),
    };
    let origin = Origin {
        file: "here".into(),
        offset: 0,
        position: Position { line: 1, column: 1 },
        record: 0,
    };
    let prepared = Prepared::new(id.to_owned(), request, Privacy::Off, 0).unwrap();
    OutgoingEvent::new(prepared, origin)
}

fn good(n: usize) -> Vec<OutgoingEvent> {
    (0..n)
        .map(|n| item(&format!("e{n}"), Route::Track, "Hello"))
        .collect()
}

fn plan(batch: usize, concurrency: usize) -> BulkOptions {
    BulkOptions {
        batch,
        concurrency,
        policy: RetryPolicy {
            base: Duration::from_millis(1),
            longest: Duration::from_millis(2),
            ..RetryPolicy::default()
        },
        ..BulkOptions::default()
    }
}

async fn run(
    destination: &Destination,
    plan: &BulkOptions,
    history: Option<History>,
    items: Vec<OutgoingEvent>,
    stop: Stop,
) -> (BulkEnd, Vec<Settled>) {
    let (sender, receiver) = channel(items.len().max(1));
    for item in items {
        sender.try_send(item).unwrap();
    }
    drop(sender);
    let mut settled = Vec::new();
    let report = |update| {
        if let BulkUpdate::Settled(one) = update {
            settled.push(*one);
        }
    };
    let end = within(bulk::send(
        &patient(),
        destination,
        plan,
        history,
        receiver,
        report,
        stop,
    ))
    .await;
    (end, settled)
}

fn tally(settled: &[Settled]) -> BTreeMap<&'static str, usize> {
    let mut tally = BTreeMap::new();
    for one in settled {
        *tally.entry(one.state.name()).or_default() += 1;
    }
    tally
}

fn accepted(receipts: &mut UnboundedReceiver<Receipt>) -> Vec<String> {
    let all = std::iter::from_fn(|| receipts.try_recv().ok());
    let mut ids: Vec<String> = all
        .filter(Receipt::accepted)
        .flat_map(|receipt| receipt.event_ids)
        .collect();
    ids.sort();
    ids
}

async fn sink(options: SinkOptions) -> (SinkHandle, UnboundedReceiver<Receipt>) {
    sink::start(options).await
}

#[tokio::test]
async fn concurrent_sends_all_land() {
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    for (batch, concurrency) in [(1, 1), (1, 16), (50, 4), (7, 64)] {
        let plan = plan(batch, concurrency);
        let (end, settled) = run(sink.destination(), &plan, None, good(120), Stop::never()).await;
        assert_eq!(end, BulkEnd::Complete);
        assert_eq!(tally(&settled), BTreeMap::from([("accepted", 120)]));
        let mut ids = accepted(&mut receipts);
        ids.dedup();
        assert_eq!(ids.len(), 120, "{batch} {concurrency}");
    }
}

#[tokio::test]
async fn one_bad_event_does_not_sink_the_good_ones() {
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&folder.path().join("history.db")).unwrap();
    let mut items = good(50);
    // No input and no output: the schema of events/track refuses it.
    items[17] = item("bad", Route::Track, "");
    let plan = plan(50, 4);
    let run = run(
        sink.destination(),
        &plan,
        Some(history.clone()),
        items,
        Stop::never(),
    );
    let (end, settled) = run.await;
    assert_eq!(end, BulkEnd::Complete);
    assert_eq!(
        tally(&settled),
        BTreeMap::from([("accepted", 49), ("refused", 1)])
    );
    let bad = settled
        .iter()
        .find(|one| one.state == DeliveryState::Refused)
        .unwrap();
    assert_eq!(bad.item.prepared.name, "bad");
    assert!(bad.says.contains("(400)"), "{}", bad.says);
    let ids = accepted(&mut receipts);
    assert_eq!(ids.len(), 49, "each good one landed once");
    let query = |state| Query {
        state: Some(state),
        limit: 100,
        ..Query::default()
    };
    assert_eq!(
        history
            .recent(&query(DeliveryState::Accepted))
            .unwrap()
            .len(),
        49
    );
    let refused = history.recent(&query(DeliveryState::Refused)).unwrap();
    assert_eq!(refused[0].event_id, "bad");
    assert_eq!(
        refused[0].attempts,
        u32::try_from(bad.attempts.len()).unwrap()
    );
    assert!(
        history
            .recent(&query(DeliveryState::Queued))
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn events_without_text_go_one_by_one() {
    let mut server = Server::start(vec![answer("200 OK", "", "{}"); 3]).await;
    let items = vec![
        item("p1", Route::TrackPartial, ""),
        item("e1", Route::Track, "a"),
        item("p2", Route::TrackPartial, ""),
        item("e2", Route::Track, "b"),
    ];
    let destination = raindrop(&server.url);
    let (_, settled) = run(&destination, &plan(50, 1), None, items, Stop::never()).await;
    assert_eq!(settled.len(), 4);
    let received = server.rest();
    let paths: Vec<&str> = received
        .iter()
        .map(|request| request.head.split(' ').nth(1).unwrap())
        .collect();
    let (track, partial) = ("/v1/events/track", "/v1/events/track_partial");
    assert_eq!(paths, [partial, partial, track]);
}

#[tokio::test]
async fn what_concerns_all_ends_the_run() {
    let table = [
        (
            "401 No",
            BulkEnd::Pointless("The write key was refused (401)".to_owned()),
            1,
        ),
        (
            "403 No",
            BulkEnd::Pointless("The write key may not".to_owned()),
            1,
        ),
        (
            "404 No",
            BulkEnd::Pointless("The server does not know".to_owned()),
            1,
        ),
        (
            "503 Oh",
            BulkEnd::Pointless("The server failed (503)".to_owned()),
            9,
        ),
        (
            "429 Oh",
            BulkEnd::Pointless("The server asks for fewer".to_owned()),
            9,
        ),
    ];
    for (status, expected, requests) in table {
        let mut server = Server::start(vec![answer(status, "", ""); 100]).await;
        let destination = raindrop(&server.url);
        let (end, settled) = run(&destination, &plan(2, 1), None, good(100), Stop::never()).await;
        let (BulkEnd::Pointless(found), BulkEnd::Pointless(expected)) = (&end, &expected) else {
            unreachable!("{status}: {end:?}");
        };
        assert!(found.starts_with(expected), "{found}");
        assert_eq!(server.rest().len(), requests, "{status}");
        assert!(
            settled.len() < 100
                && settled
                    .iter()
                    .all(|one| one.state != DeliveryState::Accepted)
        );
    }
}

#[tokio::test]
async fn stopping_lets_what_is_under_way_end() {
    let mut server = Server::start([Play::Hang]).await;
    let destination = raindrop(&server.url);
    let (gently, stop_gently) = cancel::pair();
    let (at_once, stop_at_once) = cancel::pair();
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&folder.path().join("history.db")).unwrap();
    let stop = Stop {
        gently: stop_gently,
        at_once: stop_at_once,
    };
    let plan = plan(2, 1);
    let run = run(&destination, &plan, Some(history.clone()), good(6), stop);
    let ((end, settled), ()) = tokio::join!(run, async {
        server.next().await;
        gently.cancel();
        at_once.cancel();
    });
    assert_eq!(end, BulkEnd::Stopped);
    assert_eq!(tally(&settled), BTreeMap::from([("cancelled", 2)]));
    let all = Query {
        limit: 100,
        ..Query::default()
    };
    let records = history.recent(&all).unwrap();
    assert_eq!(records.len(), 2, "what was not begun is not in the history");
    assert!(
        records
            .iter()
            .all(|record| record.state == DeliveryState::Cancelled)
    );
}

#[tokio::test]
async fn draining_has_a_deadline() {
    let server = Server::start([Play::Hang]).await;
    let destination = raindrop(&server.url);
    let (gently, stop_gently) = cancel::pair();
    gently.cancel();
    let stop = Stop {
        gently: stop_gently,
        ..Stop::never()
    };
    let plan = BulkOptions {
        drain: Duration::from_millis(50),
        ..plan(50, 1)
    };
    let (end, settled) = run(&destination, &plan, None, good(3), stop).await;
    assert_eq!(end, BulkEnd::Stopped);
    assert!(settled.is_empty(), "nothing was begun");
}

#[tokio::test]
async fn an_event_does_not_wait_for_others_that_may_never_come() {
    let mut server = Server::start(vec![answer("200 OK", "", "{}"); 2]).await;
    let destination = raindrop(&server.url);
    let (sender, receiver) = channel(8);
    let (client, plan) = (patient(), plan(50, 4));
    let sending = bulk::send(
        &client,
        &destination,
        &plan,
        None,
        receiver,
        |_| {},
        Stop::never(),
    );
    let (end, ()) = tokio::join!(within(sending), async {
        for event in good(2) {
            let id = event.prepared.request.event_id.clone();
            sender.send(event).await.unwrap();
            let body = String::from_utf8(server.next().await.body).unwrap();
            assert!(body.contains(&id), "{body}");
        }
        drop(sender);
    });
    assert_eq!(end, BulkEnd::Complete);
}

/// Stopped while it waits to try again, a request is not under way: its last answer is known.
#[tokio::test]
async fn what_waits_to_be_tried_again_is_not_said_to_have_arrived() {
    let server = Server::start([answer("429 Oh", "Retry-After: 20\r\n", "")]).await;
    let destination = raindrop(&server.url);
    let (canceller, at_once) = cancel::pair();
    let stop = Stop {
        at_once,
        ..Stop::never()
    };
    let (sender, receiver) = channel(8);
    for event in good(3) {
        sender.try_send(event).unwrap();
    }
    drop(sender);
    let mut settled = Vec::new();
    let report = |update| match update {
        BulkUpdate::Waiting(_) => canceller.cancel(),
        BulkUpdate::Settled(one) => settled.push(*one),
        _ => {}
    };
    let (client, plan) = (patient(), plan(50, 1));
    let sending = bulk::send(&client, &destination, &plan, None, receiver, report, stop);
    within(sending).await;
    assert_eq!(settled.len(), 3);
    for one in settled {
        assert!(
            one.says.contains("429") && one.says.ends_with("stopped before it was tried again"),
            "{}",
            one.says
        );
    }
}

/// One that is stopped gently, as soon as something waits, and may take for ever to end.
async fn stopped_while_it_waits(script: &[Play], plan: BulkOptions, count: usize) -> Vec<Settled> {
    const EVER: Duration = Duration::from_secs(3600);
    let mut server = Server::start(script.iter().cloned()).await;
    let destination = raindrop(&server.url);
    let (canceller, gently) = cancel::pair();
    let stop = Stop {
        gently,
        ..Stop::never()
    };
    let plan = BulkOptions {
        drain: EVER,
        policy: RetryPolicy {
            longest: EVER,
            ..plan.policy
        },
        ..plan
    };
    let (sender, receiver) = channel(8);
    for event in good(count) {
        sender.try_send(event).unwrap();
    }
    drop(sender);
    let mut settled = Vec::new();
    let report = |update| match update {
        BulkUpdate::Waiting(_) => canceller.cancel(),
        BulkUpdate::Settled(one) => {
            canceller.cancel();
            settled.push(*one);
        }
        BulkUpdate::HistoryLost(_) => {}
    };
    let client = patient();
    let sending = bulk::send(&client, &destination, &plan, None, receiver, report, stop);
    assert_eq!(within(sending).await, BulkEnd::Stopped);
    assert_eq!(server.rest().len(), 1, "nothing is sent any more");
    settled
}

#[tokio::test]
async fn a_stop_does_not_wait_out_what_only_waits() {
    let busy = [answer("429 Oh", "Retry-After: 3000\r\n", "")];
    let settled = stopped_while_it_waits(&busy, plan(50, 2), 3).await;
    assert_eq!(tally(&settled), BTreeMap::from([("cancelled", 3)]));
    for one in settled {
        let says = &one.says;
        assert!(
            says.contains("429") && says.ends_with("stopped before it was tried again"),
            "{says}"
        );
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_turn() {
    let plan = BulkOptions {
        rate: Some("1/m".parse().unwrap()),
        ..plan(50, 3)
    };
    let settled = stopped_while_it_waits(&[answer("200 OK", "", "{}")], plan, 3).await;
    let expected = [("accepted", 1), ("cancelled", 2)];
    assert_eq!(tally(&settled), BTreeMap::from(expected));
    for one in settled.iter().filter(|one| one.attempts.is_empty()) {
        assert_eq!(one.says, "stopped before it was sent");
    }
}

#[tokio::test]
async fn with_a_rate_a_429_is_waited_out() {
    let plan = BulkOptions {
        rate: Some("5000/s".parse().unwrap()),
        ..plan(50, 2)
    };
    let busy = answer("429 Oh", "Retry-After: 0\r\n", "");
    let script = [vec![busy; 8], vec![answer("200 OK", "", "{}"); 4]].concat();
    let mut server = Server::start(script).await;
    let destination = raindrop(&server.url);
    let (end, settled) = run(&destination, &plan, None, good(60), Stop::never()).await;
    assert_eq!(end, BulkEnd::Complete);
    assert_eq!(tally(&settled), BTreeMap::from([("accepted", 60)]));
    assert_eq!(server.rest().len(), 10);
}
