//! Events per second from `send` to the local sink, over real sockets: with and without the history,
//! in batches and one by one.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use rainscope::completion::Origin;
use rainscope::delivery::bulk::{self, BulkEnd, BulkOptions, OutgoingEvent, Stop};
use rainscope::delivery::history::History;
use rainscope::delivery::http::Client;
use rainscope::delivery::sink::{Sink, SinkOptions};
use rainscope::event::privacy::Privacy;
use rainscope::event::wire::{Route, WireRequest};
use rainscope::json::Position;
use rainscope::prepare::Prepared;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::channel;

const EVENTS: usize = 2_000;

fn main() {
    divan::main();
}

/// Events of about one kilobyte.
fn items(round: usize) -> Vec<OutgoingEvent> {
    let text = "All work and no play makes Jack a dull boy. ".repeat(16);
    let item = |n: usize| {
        let id = format!("{round}-{n}");
        let body = format!(
            r#"[{{"event_id":"{id}","event":"chat","user_id":"u","timestamp":"2026-06-05T12:33:10.123Z","ai_data":{{"model":"a/b","input":"{text}","output":"{n}"}},"properties":{{"cost":0.001}}}}]"#
        );
        let request = WireRequest {
            route: Route::Track,
            event_id: id.clone(),
            body: Arc::from(body.into_bytes()),
        };
        let origin = Origin {
            file: "bench".into(),
            offset: 0,
            position: Position { line: 1, column: 1 },
            record: 0,
        };
        let prepared = Prepared::new(id, request, Privacy::Off, 0);
        let prepared = prepared.unwrap_or_else(|unsent| unreachable!("{unsent}"));
        OutgoingEvent::new(prepared, origin)
    };
    (0..EVENTS).map(item).collect()
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap_or_else(|error| unreachable!("no runtime: {error}"))
}

/// Sends all events, and insists that all were accepted.
fn send(bencher: Bencher, plan: BulkOptions, with_history: bool) {
    let runtime = runtime();
    let sink = runtime.block_on(Sink::start(SinkOptions::default(), |_| {}));
    let sink = sink.unwrap_or_else(|error| unreachable!("no sink: {error}"));
    let folder = tempfile::tempdir().unwrap_or_else(|error| unreachable!("no folder: {error}"));
    let history = with_history.then(|| {
        History::open(&folder.path().join("history.db"))
            .unwrap_or_else(|error| unreachable!("no history: {error}"))
    });
    let client = Client::new(bulk::REQUEST_TIMEOUT);
    let mut round = 0;
    bencher
        .counter(ItemsCount::new(EVENTS))
        .with_inputs(|| {
            round += 1;
            items(round)
        })
        .bench_local_values(|items| {
            let (sender, receiver) = channel(EVENTS);
            for item in items {
                let _ = sender.try_send(item);
            }
            drop(sender);
            let end = runtime.block_on(bulk::send(
                &client,
                sink.destination(),
                &plan,
                history.clone(),
                receiver,
                |_| {},
                Stop::never(),
            ));
            assert_eq!(end, BulkEnd::Complete);
        });
}

fn plan(batch: usize, concurrency: usize) -> BulkOptions {
    BulkOptions {
        batch,
        concurrency,
        ..BulkOptions::default()
    }
}

#[divan::bench(sample_count = 10)]
fn batches_of_50(bencher: Bencher) {
    send(bencher, plan(50, 4), false);
}

#[divan::bench(sample_count = 10)]
fn batches_of_50_with_history(bencher: Bencher) {
    send(bencher, plan(50, 4), true);
}

#[divan::bench(sample_count = 5)]
fn one_by_one(bencher: Bencher) {
    send(bencher, plan(1, 4), false);
}

#[divan::bench(sample_count = 5)]
fn one_by_one_with_history(bencher: Bencher) {
    send(bencher, plan(1, 4), true);
}
