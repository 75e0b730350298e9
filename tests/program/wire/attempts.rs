//! One attempt: what is sent, and what is made of every kind of answer and of none.

use std::time::Duration;

use rainscope::delivery::{
    answer::{AttemptOutcome, DeliveryVerdict, Retry},
    fault::Fault,
    http::{Attempt, Client},
};
use rainscope::destination::Destination;
use tokio::net::TcpListener;

use crate::stand_in::{Health, Request, StandIn};

use super::{
    EVENT, KEY, base, event, hasty, patient, raindrop,
    server::{Play, Server, answer},
    within,
};

const ACCEPTED: DeliveryVerdict = DeliveryVerdict::Accepted;
const REFUSED: DeliveryVerdict = DeliveryVerdict::Refused(Retry::Pointless);
const PASSING: DeliveryVerdict = DeliveryVerdict::Refused(Retry::Worthwhile);

async fn attempt(client: &Client, play: Play) -> Attempt {
    let server = Server::start([play]).await;
    within(client.attempt(&raindrop(&server.url), &event())).await
}

fn body(attempt: &Attempt) -> (&str, bool) {
    match &attempt.outcome {
        AttemptOutcome::Answered {
            body,
            body_truncated,
            ..
        } => (body, *body_truncated),
        AttemptOutcome::Fault(fault) => panic_at(fault),
    }
}

#[expect(clippy::panic, reason = "a test fails by panicking")]
fn panic_at(fault: &Fault) -> ! {
    panic!("{fault:?}")
}

#[tokio::test]
async fn what_is_sent() {
    let mut server = Server::start([answer("200 OK", "", "{}")]).await;
    let destination = raindrop(&server.url);
    let attempt = patient().attempt(&destination, &event()).await;
    assert_eq!(attempt.outcome.verdict(), ACCEPTED);
    let received = server.next().await;
    assert!(
        received
            .head
            .starts_with("POST /v1/events/track HTTP/1.1\r\n")
    );
    assert_eq!(received.body, EVENT.as_bytes());
    let head = received.head.to_ascii_lowercase();
    for (name, value) in destination.endpoint().headers_shown() {
        let value = value.replace("••••••", KEY);
        let line = format!("\r\n{name}: {value}\r\n").to_ascii_lowercase();
        assert!(head.contains(&line), "{line:?} is not in {head}");
    }
    let shown = format!("{:?}", destination.endpoint().headers_shown());
    assert!(!shown.contains(KEY) && shown.contains("Bearer ••••••"));
    assert!(!format!("{destination:?}{attempt:?}").contains(KEY));
}

/// Who ends a sink and starts a Workshop has another server behind the same address.
#[tokio::test]
async fn a_workshop_that_takes_the_place_of_another_server_gets_no_key() {
    let place = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let url = format!("http://{address}");
    let (client, destination) = (patient(), raindrop(&url));
    let refused = client.attempt(&destination, &event()).await;
    assert!(
        matches!(
            refused.outcome,
            AttemptOutcome::Fault(Fault::ConnectRefused { .. })
        ),
        "{refused:?}"
    );
    let workshop = StandIn::start_on(
        std::net::TcpListener::bind(address).unwrap(),
        Health::Workshop,
    );
    for _ in 0..2 {
        let attempt = within(client.attempt(&destination, &event())).await;
        let AttemptOutcome::Fault(fault) = &attempt.outcome else {
            panic!("{attempt:?}")
        };
        assert!(
            fault.says().contains("a Raindrop Workshop answers at"),
            "{fault:?}"
        );
        assert!(!fault.is_passing());
    }
    assert!(workshop.posted().is_empty());
    let has_key = |request: &Request| request.header("authorization").is_some();
    assert!(!workshop.received().iter().any(has_key));
    // What is none gets it, as before, and is not asked each time.
    let place = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", place.local_addr().unwrap());
    drop(place);
    let destination = raindrop(&url);
    client.attempt(&destination, &event()).await;
    let address = url.trim_start_matches("http://");
    let other = StandIn::start_on(std::net::TcpListener::bind(address).unwrap(), Health::Other);
    for _ in 0..2 {
        let attempt = within(client.attempt(&destination, &event())).await;
        assert_eq!(attempt.outcome.verdict(), ACCEPTED, "{attempt:?}");
    }
    assert_eq!((other.posted().len(), other.received().len()), (2, 3));
}

/// Nobody tells a client that a server was ended and another started while nothing was sent.
#[tokio::test]
async fn what_was_silent_for_a_while_is_asked_again() {
    let workshop = StandIn::start(Health::Workshop);
    // It takes the place of the one that was asked when the destination was made.
    let (client, destination) = (patient(), raindrop(&workshop.url));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3)).await;
    tokio::time::resume();
    let attempt = within(client.attempt(&destination, &event())).await;
    let is_refused = matches!(
        attempt.outcome,
        AttemptOutcome::Fault(Fault::Workshop { .. })
    );
    assert!(is_refused && workshop.posted().is_empty(), "{attempt:?}");
}

#[tokio::test]
async fn a_workshop_gets_no_key_and_no_project() {
    let mut server = Server::start([answer("200 OK", "", "{}")]).await;
    let workshop = Destination::workshop(base(&server.url)).unwrap();
    patient().attempt(&workshop, &event()).await;
    let head = server.next().await.head.to_ascii_lowercase();
    assert!(
        !head.contains("authorization") && !head.contains("project"),
        "{head}"
    );
}

#[tokio::test]
async fn every_success_is_a_success() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"events\":[";
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab";
    let table = [
        (
            answer("200 OK", "", r#"{"events":[{"event_id":"e-1"}]}"#),
            false,
        ),
        (
            Play::Answer("HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
            false,
        ),
        (answer("202 Accepted", "", ""), false),
        (
            answer(
                "200 OK",
                "Content-Type: application/json\r\n",
                "\u{0}]]garbage{",
            ),
            false,
        ),
        (Play::Cut(cut.to_owned()), true),
        (Play::Cut(chunk.to_owned()), true),
        (answer("200 OK", "", &"x".repeat(70_000)), true),
    ];
    for (play, truncated) in table {
        let attempt = attempt(&patient(), play.clone()).await;
        assert_eq!(attempt.outcome.verdict(), ACCEPTED, "{play:?}");
        let (body, cut) = body(&attempt);
        assert_eq!(cut, truncated, "{play:?}");
        assert!(body.len() <= 64 * 1024);
    }
}

#[tokio::test]
async fn every_refusal_is_told() {
    let reason = r#"{"error":{"code":"INVALID","message":"/0/event: missing"}}"#;
    let table = [
        (
            answer("400 Bad Request", "", reason),
            REFUSED,
            "(400): INVALID: /0/event: missing",
        ),
        (
            answer("401 Unauthorized", "", ""),
            REFUSED,
            "The write key was refused (401).",
        ),
        (
            answer("403 Forbidden", "", "<h1>No</h1>"),
            REFUSED,
            "(403): No",
        ),
        (
            answer("413 Too Large", "", ""),
            REFUSED,
            "larger than the server takes",
        ),
        (
            answer("404 Not Found", "", "\u{1b}[31mnope\r\n"),
            REFUSED,
            "(404): nope",
        ),
        (answer("429 Slow", "", ""), PASSING, "fewer requests (429)."),
        (
            answer("500 Oh", "", ""),
            PASSING,
            "The server failed (500).",
        ),
        (
            Play::Cut("HTTP/1.1 502 Bad\r\nContent-Length: 99\r\n\r\nupst".to_owned()),
            PASSING,
            "(502): upst",
        ),
    ];
    for (play, verdict, says) in table {
        let attempt = attempt(&patient(), play.clone()).await;
        assert_eq!(attempt.outcome.verdict(), verdict, "{play:?}");
        let told = attempt.outcome.says();
        assert!(told.contains(says), "{told}");
        assert!(!attempt.outcome.help().is_empty());
    }
}

#[tokio::test]
async fn an_echoed_key_is_masked() {
    let attempt = attempt(
        &patient(),
        answer("401 No", "", &format!("no key {KEY} here")),
    )
    .await;
    assert_eq!(body(&attempt).0, "no key •••••• here");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut other = Server::start([answer("200 OK", "", "{}")]).await;
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let location = format!("Location: {}/v1/events/track\r\n", other.url);
        let attempt = attempt(&patient(), answer(status, &location, "")).await;
        assert_eq!(attempt.outcome.verdict(), REFUSED, "{status}");
        assert!(attempt.outcome.says().contains("another address"));
    }
    assert!(other.rest().is_empty(), "nothing may reach the other host");
}

#[tokio::test]
async fn no_answer_is_a_fault() {
    let broken = |text: &str| Play::Cut(text.to_owned());
    for play in [
        broken(""),
        broken("HTTP/1.1 200"),
        broken("HTTP/1.1 200 OK\r\nConte"),
        broken("SSH-2.0-x\r\n\r\n"),
    ] {
        let attempt = attempt(&patient(), play.clone()).await;
        let fault = matches!(
            attempt.outcome,
            AttemptOutcome::Fault(Fault::BrokenAnswer { .. })
        );
        assert!(fault, "{play:?}: {attempt:?}");
        assert_eq!(attempt.outcome.verdict(), PASSING);
    }
}

#[tokio::test]
async fn a_deadline_is_a_deadline() {
    let table = [
        (Play::Hang, PASSING, "did not answer within 150 ms"),
        (
            Play::Drip("HTTP/1.1 200 OK\r\nX-Slow: ".to_owned()),
            PASSING,
            "did not answer within",
        ),
        (
            Play::Drip("HTTP/1.1 500 Oh\r\n\r\nslow".to_owned()),
            PASSING,
            "(500): slow",
        ),
        (
            Play::Drip("HTTP/1.1 200 OK\r\n\r\n".to_owned()),
            ACCEPTED,
            "Accepted (200)",
        ),
    ];
    for (play, verdict, says) in table {
        let attempt = attempt(&hasty(), play.clone()).await;
        assert_eq!(attempt.outcome.verdict(), verdict, "{play:?}");
        let told = attempt.outcome.says();
        assert!(told.contains(says), "{told}");
        assert!(
            attempt.elapsed >= Duration::from_millis(150),
            "{:?}",
            attempt.elapsed
        );
        assert!(
            attempt.elapsed < Duration::from_secs(5),
            "{:?}",
            attempt.elapsed
        );
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let attempt = patient()
        .attempt(&raindrop(&format!("http://{host}")), &event())
        .await;
    assert_eq!(
        attempt.outcome,
        AttemptOutcome::Fault(Fault::ConnectRefused { host })
    );
}

/// On a machine without CA certificates the client cannot be built; that must be told as well.
#[tokio::test]
async fn no_tls_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let plain = async {
        use tokio::io::AsyncWriteExt;
        if let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            std::future::pending::<()>().await;
        }
    };
    let client = patient();
    let destination = raindrop(&url);
    let event = event();
    let attempt = async { Some(client.attempt(&destination, &event).await) };
    let attempt = tokio::select! {
        attempt = within(attempt) => attempt.unwrap(),
        () = plain => return,
    };
    let told = matches!(
        attempt.outcome,
        AttemptOutcome::Fault(Fault::Tls { .. } | Fault::Client { .. })
    );
    assert!(told, "{attempt:?}");
    assert_eq!(attempt.outcome.verdict(), REFUSED);
}

/// What is known of a server that answers holds on: it may be busy, and answer `GET /health` behind its work.
#[tokio::test]
async fn a_server_that_answers_is_not_asked_before_each_event() {
    let mut server = Server::start([
        answer("200 OK", "", "{}"),
        answer("200 OK", "", "{}"),
        answer("200 OK", "", "{}"),
    ])
    .await;
    let (client, destination) = (patient(), raindrop(&server.url));
    for _ in 0..3 {
        let attempt = within(client.attempt(&destination, &event())).await;
        assert_eq!(attempt.outcome.verdict(), ACCEPTED, "{attempt:?}");
        assert!(server.next().await.head.starts_with("POST "));
    }
}
