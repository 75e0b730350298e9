//! Whole deliveries: what is tried again and what is not, with which bytes, after which wait, and
//! that a delivery can be stopped at any moment.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::{Timestamp, ToSpan, fmt::rfc2822};
use rainscope::delivery::{
    cancel::{self, Cancelled},
    deliver::{Delivery, DeliveryEnding, Progress, deliver},
    http::Client,
    retry::RetryPolicy,
};

use super::{
    EVENT, event, hasty, patient, raindrop,
    server::{Play, Server, answer},
    within,
};

const LONGEST: Duration = Duration::from_millis(60);

/// The real policy, but for the length of its waits.
fn quick() -> RetryPolicy {
    RetryPolicy {
        base: Duration::from_millis(1),
        longest: LONGEST,
        ..RetryPolicy::default()
    }
}

async fn run(client: &Client, server: &Server) -> (Delivery, Vec<Progress>) {
    let mut told = Vec::new();
    let destination = raindrop(&server.url);
    let event = event();
    let policy = quick();
    let note = |progress| told.push(progress);
    let delivery = deliver(
        client,
        &destination,
        &event,
        &policy,
        note,
        Cancelled::never(),
    );
    let delivery = within(delivery).await;
    (delivery, told)
}

fn waits(told: &[Progress]) -> Vec<Duration> {
    let wait = |progress: &Progress| match progress {
        Progress::Waiting { wait, .. } => Some(*wait),
        _ => None,
    };
    told.iter().filter_map(wait).collect()
}

#[tokio::test]
async fn what_is_tried_again() {
    let ok = || answer("200 OK", "", "{}");
    let fails = |status| answer(status, "", "");
    let cut = |text: &str| Play::Cut(text.to_owned());
    let table: Vec<(Vec<Play>, usize, DeliveryEnding)> = vec![
        (vec![ok()], 1, DeliveryEnding::Accepted),
        (vec![fails("500 Oh"), ok()], 2, DeliveryEnding::Accepted),
        (
            vec![fails("500 Oh"), fails("503 Oh"), ok()],
            3,
            DeliveryEnding::Accepted,
        ),
        (
            vec![fails("500 Oh"), fails("500 Oh"), fails("500 Oh"), ok()],
            3,
            DeliveryEnding::GaveUp,
        ),
        (vec![fails("429 Slow"), ok()], 2, DeliveryEnding::Accepted),
        (vec![cut(""), ok()], 2, DeliveryEnding::Accepted),
        (
            vec![cut("HTTP/1.1 20"), cut("HTTP/1.1 200 OK\r\nContent-"), ok()],
            3,
            DeliveryEnding::Accepted,
        ),
        (
            vec![cut("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")],
            1,
            DeliveryEnding::Accepted,
        ),
        (
            vec![cut("HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\n{"), ok()],
            2,
            DeliveryEnding::Accepted,
        ),
        (
            vec![answer("200 OK", "", "}garbage{")],
            1,
            DeliveryEnding::Accepted,
        ),
        (vec![fails("400 Bad"), ok()], 1, DeliveryEnding::Refused),
        (vec![fails("401 No"), ok()], 1, DeliveryEnding::Refused),
        (vec![fails("403 No"), ok()], 1, DeliveryEnding::Refused),
        (vec![fails("413 Large"), ok()], 1, DeliveryEnding::Refused),
        (vec![fails("404 Where"), ok()], 1, DeliveryEnding::Refused),
        (vec![fails("302 There"), ok()], 1, DeliveryEnding::Refused),
        (
            vec![fails("500 Oh"), fails("401 No"), ok()],
            2,
            DeliveryEnding::Refused,
        ),
    ];
    for (script, attempts, ending) in table {
        let mut server = Server::start(script.clone()).await;
        let (delivery, told) = run(&patient(), &server).await;
        assert_eq!(delivery.ending, ending, "{script:?}");
        assert_eq!(delivery.attempts.len(), attempts, "{script:?}");
        assert_eq!(told.len(), attempts * 3 - 1, "{told:?}");
        let received = server.rest();
        assert_eq!(received.len(), attempts, "{script:?}");
        let same = received
            .iter()
            .all(|request| request.body == EVENT.as_bytes());
        assert!(same, "every attempt sends the same bytes");
    }
}

#[tokio::test]
async fn a_hung_server_is_tried_again() {
    let mut server = Server::start([Play::Hang, answer("200 OK", "", "{}")]).await;
    let (delivery, _) = run(&hasty(), &server).await;
    assert_eq!(delivery.ending, DeliveryEnding::Accepted);
    assert_eq!(server.rest().len(), 2);
}

#[tokio::test]
async fn retry_after_is_honoured_and_capped() {
    let later = Timestamp::now() + 20.seconds();
    let later = rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&later)
        .unwrap();
    let before = "Sun, 06 Nov 1994 08:49:37 GMT".to_owned();
    let table = [
        ("1".to_owned(), LONGEST),
        ("0".to_owned(), Duration::ZERO),
        (later, LONGEST),
        (before, Duration::ZERO),
    ];
    for (header, expected) in table {
        let header_line = format!("Retry-After: {header}\r\n");
        let script = [
            answer("429 Slow", &header_line, ""),
            answer("200 OK", "", ""),
        ];
        let server = Server::start(script).await;
        let (delivery, told) = run(&patient(), &server).await;
        assert_eq!(delivery.ending, DeliveryEnding::Accepted, "{header}");
        assert_eq!(waits(&told), [expected], "{header}");
    }
}

#[tokio::test]
async fn waits_double() {
    let fails = || answer("500 Oh", "", "");
    let server = Server::start([fails(), fails(), fails()]).await;
    let (_, told) = run(&patient(), &server).await;
    let waits = waits(&told);
    let between = |wait: Duration, from: u64, to: u64| {
        wait >= Duration::from_micros(from) && wait <= Duration::from_micros(to)
    };
    assert_eq!(waits.len(), 2);
    assert!(
        between(waits[0], 1000, 1500) && between(waits[1], 2000, 3000),
        "{waits:?}"
    );
}

#[tokio::test]
async fn cancelled_during_a_request() {
    let mut server = Server::start([Play::Hang]).await;
    let destination = raindrop(&server.url);
    let (canceller, cancelled) = cancel::pair();
    let client = patient();
    let event = event();
    let policy = quick();
    let delivery = deliver(&client, &destination, &event, &policy, |_| {}, cancelled);
    let (delivery, ()) = within(async {
        tokio::join!(delivery, async {
            server.next().await;
            canceller.cancel();
        })
    })
    .await;
    let delivery: Delivery = delivery;
    assert_eq!(delivery.ending, DeliveryEnding::Cancelled);
    assert!(delivery.attempts.is_empty());
}

#[tokio::test]
async fn cancelled_during_a_wait() {
    let mut server = Server::start([answer("500 Oh", "", "")]).await;
    let destination = raindrop(&server.url);
    let (canceller, cancelled) = cancel::pair();
    let policy = RetryPolicy {
        base: Duration::from_secs(3600),
        longest: Duration::from_secs(3600),
        ..RetryPolicy::default()
    };
    let stop = |progress: Progress| {
        if matches!(progress, Progress::Waiting { .. }) {
            canceller.cancel();
        }
    };
    let event = event();
    let client = patient();
    let delivery = deliver(&client, &destination, &event, &policy, stop, cancelled);
    let delivery = within(delivery).await;
    assert_eq!(delivery.ending, DeliveryEnding::Cancelled);
    assert_eq!(delivery.attempts.len(), 1);
    assert_eq!(server.rest().len(), 1);
}

#[tokio::test]
async fn cancelled_before_it_began() {
    let mut server = Server::start([]).await;
    let destination = raindrop(&server.url);
    let (canceller, cancelled) = cancel::pair();
    canceller.cancel();
    let event = event();
    let client = patient();
    let policy = quick();
    let delivery = deliver(&client, &destination, &event, &policy, |_| {}, cancelled);
    assert_eq!(within(delivery).await.ending, DeliveryEnding::Cancelled);
    assert!(server.rest().is_empty());
}

#[tokio::test]
async fn a_dropped_canceller_cancels_nothing() {
    let server = Server::start([answer("200 OK", "", "")]).await;
    let (canceller, cancelled) = cancel::pair();
    drop(canceller);
    let destination = raindrop(&server.url);
    let client = patient();
    let event = event();
    let policy = quick();
    let delivery = deliver(&client, &destination, &event, &policy, |_| {}, cancelled);
    assert_eq!(within(delivery).await.ending, DeliveryEnding::Accepted);
}

#[tokio::test]
async fn concurrent_deliveries_all_land() {
    let plays = (0..40).map(|_| answer("200 OK", "", "{}"));
    let mut server = Server::start(plays).await;
    let client = patient();
    let url = server.url.clone();
    let endings = Arc::new(Mutex::new(Vec::new()));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (client, url, endings) = (client.clone(), url.clone(), Arc::clone(&endings));
        running.spawn(async move {
            let destination = raindrop(&url);
            let (event, policy) = (event(), quick());
            let delivery = deliver(
                &client,
                &destination,
                &event,
                &policy,
                |_| {},
                Cancelled::never(),
            );
            let delivery = delivery.await;
            endings.lock().unwrap().push(delivery.ending);
        });
    }
    within(running.join_all()).await;
    assert_eq!(*endings.lock().unwrap(), [DeliveryEnding::Accepted; 40]);
    assert_eq!(server.rest().len(), 40, "nothing is sent twice");
}
