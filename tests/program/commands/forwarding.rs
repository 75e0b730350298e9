//! `listen --forward` without a screen: the event of each call reaches the destination and the history, and no
//! destination touches the app's traffic.

#![cfg(unix)]

use rainscope::delivery::history::{DeliveryState, History, Query};
use rainscope::delivery::sink::{KeyCheck, SinkOptions};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::listening::{Listening, call, interrupt, listener, listening, started};
use super::{Home, sink, within};
use crate::stand_in::{Health, StandIn};

fn history(home: &Home) -> Vec<(String, DeliveryState, Option<String>)> {
    let history = History::open(&home.path("state").join("history.db")).unwrap();
    let query = Query {
        limit: 100,
        ..Query::default()
    };
    let records = history.recent(&query).unwrap();
    let body = |id| {
        let whole = history.get(id).unwrap().unwrap();
        whole
            .body
            .map(|body| String::from_utf8(body.to_vec()).unwrap())
    };
    records
        .into_iter()
        .map(|record| (record.event_id.clone(), record.state, body(record.id)))
        .collect()
}

#[tokio::test]
async fn each_event_is_forwarded_as_its_call_ends_by_the_path_of_send() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions {
        keys: KeyCheck::Any,
        ..SinkOptions::default()
    })
    .await;
    let url = sink.destination().base_url().as_str().to_owned();
    let mut listening = listening(
        &home,
        &["--forward", "--base-url", &url, "--trace", "env=dev"],
    )
    .await;
    call(&listening.address).await;
    let printed = within(listening.out.next_line()).await.unwrap().unwrap();
    let receipt = within(receipts.recv()).await.unwrap();
    assert_eq!(receipt.path, "/v1/events/track");
    assert_eq!(
        receipt.body,
        format!("[{printed}]"),
        "what is printed is what is sent"
    );
    let said = interrupt(listening, 0).await;
    assert!(
        said.contains("forwarding each event to a local endpoint at"),
        "{said}"
    );
    assert!(said.contains("1 forwarded"), "{said}");
    let kept = history(&home);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].1, DeliveryState::Accepted);
    assert_eq!(kept[0].2.as_deref(), Some(format!("[{printed}]").as_str()));
}

#[tokio::test]
async fn what_repeats_the_conversation_in_privacy_mode_is_told() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let url = sink.base_url().to_string();
    let leaks = ["--privacy", "--trace", "q=Say hello"];
    let listening = listening(
        &home,
        &[&["--forward", "--base-url", &url][..], &leaks].concat(),
    )
    .await;
    call(&listening.address).await;
    within(receipts.recv()).await.unwrap();
    let said = interrupt(listening, 0).await;
    assert!(said.contains("/properties/q repeats words"), "{said}");
}

#[tokio::test]
async fn a_workshop_gets_what_it_keeps_and_no_key() {
    let home = Home::new();
    let server = StandIn::start(Health::Workshop);
    let mut listening = listening(&home, &["--forward", "--base-url", &server.url]).await;
    call(&listening.address).await;
    let printed = within(listening.out.next_line()).await.unwrap().unwrap();
    let said = interrupt(listening, 0).await;
    assert!(
        said.contains("forwarding each event to a Raindrop Workshop"),
        "{said}"
    );
    let posted = server.posted();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].path(), "/v1/events/track_partial");
    assert_eq!(posted[0].body, printed);
    assert_eq!(posted[0].header("authorization"), None);
}

#[tokio::test]
async fn a_destination_that_never_answers_touches_no_traffic_and_is_found_again() {
    let home = Home::new();
    // It accepts connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let arguments = ["--forward", "--use-key", "--base-url", &url];
    let health = tokio::spawn(async move {
        // Its health is asked for once; it hangs up, and from then on it holds every connection.
        let (first, _) = silent.accept().await.unwrap();
        drop(first);
        let mut held = Vec::new();
        while let Ok((stream, _)) = silent.accept().await {
            held.push(stream);
        }
    });
    let mut listening = listening(&home, &arguments).await;
    for _ in 0..20 {
        let read = call(&listening.address).await;
        assert!(read.contains("data: [DONE]"), "{read}");
        within(listening.out.next_line()).await.unwrap().unwrap();
    }
    // All calls have one generation id, so they are one event; it is in the history before it is sent.
    let id = listening.child.id().unwrap();
    while history_is_empty(&home) {
        tokio::task::yield_now().await;
    }
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &id.to_string()])
        .status();
    assert!(killed.unwrap().success());
    within(listening.child.wait()).await.unwrap();
    let kept = history(&home);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].1, DeliveryState::Queued);
    let pending = History::open(&home.path("state").join("history.db")).unwrap();
    assert_eq!(
        pending.pending().unwrap().len(),
        1,
        "the inspector offers it again"
    );
    health.abort();
}

/// What is said of an event that was not answered is so: its body is there to be sent again, in privacy mode too, or there
/// is no history and nothing of the kind is said.
#[tokio::test]
async fn what_is_said_of_an_event_that_was_not_answered_is_so() {
    for (arguments, says, is_kept) in [
        (&["--privacy"][..], "they are in the history", true),
        (&[][..], "there is no history to keep them in", false),
    ] {
        let home = Home::new();
        if !is_kept {
            std::fs::create_dir(home.path("config")).unwrap();
            home.write("config/config.toml", "[history]\nenabled = false\n");
        }
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let arrived = tokio::spawn(async move {
            let (first, _) = silent.accept().await.unwrap();
            drop(first);
            silent.accept().await.unwrap()
        });
        let to_it = ["--forward", "--use-key", "--base-url", &url];
        let arguments = [&to_it, arguments].concat();
        let mut listening = listening(&home, &arguments).await;
        call(&listening.address).await;
        within(listening.out.next_line()).await.unwrap().unwrap();
        let held = within(arrived).await.unwrap();
        let id = listening.child.id().unwrap().to_string();
        let signal = || {
            let sent = std::process::Command::new("kill")
                .args(["-INT", &id])
                .status();
            assert!(sent.unwrap().success());
        };
        signal();
        let mut said = String::new();
        while !said.contains("waiting for 1") {
            let mut line = String::new();
            let read = within(listening.err.read_line(&mut line)).await.unwrap();
            assert_ne!(read, 0, "{said}");
            said += &line;
        }
        signal();
        within(listening.err.read_to_string(&mut said))
            .await
            .unwrap();
        within(listening.child.wait()).await.unwrap();
        drop(held);
        assert!(said.contains(says), "{said}");
        if is_kept {
            let body = history(&home)[0].2.clone().unwrap();
            assert!(!body.contains("\"input\""), "{body}");
        }
    }
}

/// Where nobody reads what is printed, forwarding goes on, a signal is heard, and what was not printed is counted.
#[tokio::test]
async fn a_reader_that_pauses_holds_up_no_event() {
    const CALLS: usize = 300;
    let home = Home::new();
    let server = StandIn::start(Health::Workshop);
    let listening = listening(&home, &["--forward", "--base-url", &server.url]).await;
    for _ in 0..CALLS {
        call(&listening.address).await;
    }
    let id = listening.child.id().unwrap().to_string();
    let signal = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(signal.unwrap().success());
    let mut listening = listening;
    let status = within(listening.child.wait()).await.unwrap();
    let mut said = String::new();
    within(listening.err.read_to_string(&mut said))
        .await
        .unwrap();
    assert!(said.contains("events were not written"), "{said}");
    assert_eq!(status.code(), Some(2), "{said}");
}

/// A reader that has read enough ends the program as Ctrl-C does: a call that is open then goes on to its end, and its event
/// is forwarded.
#[tokio::test]
async fn a_reader_that_goes_costs_no_event() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions {
        keys: KeyCheck::Any,
        ..SinkOptions::default()
    })
    .await;
    let url = sink.destination().base_url().as_str().to_owned();
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let openrouter = format!("http://{}", upstream.local_addr().unwrap());
    let arguments = ["--forward", "--base-url", &url];
    let Listening {
        mut child,
        mut out,
        mut err,
        address,
        ..
    } = started(listener(&home, &openrouter, &arguments)).await;
    let ask = || {
        let address = address.clone();
        tokio::spawn(async move { call(&address).await })
    };
    let asked = async || {
        let (mut stream, _) = within(upstream.accept()).await.unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"]}") {
            assert!(within(stream.read_buf(&mut read)).await.unwrap() > 0);
        }
        stream
    };
    let answer = |id: &str| {
        let body = ANSWER.replace("gen-1780662787-A", id);
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    // One call is open while two others end, the second of which finds no reader.
    let open = ask();
    let mut held = asked().await;
    let first = ask();
    let mut stream = asked().await;
    stream.write_all(answer("gen-1").as_bytes()).await.unwrap();
    within(first).await.unwrap();
    within(out.next_line()).await.unwrap().unwrap();
    drop(out);
    let second = ask();
    let mut stream = asked().await;
    stream.write_all(answer("gen-2").as_bytes()).await.unwrap();
    within(second).await.unwrap();
    for _ in 0..2 {
        within(receipts.recv()).await.unwrap();
    }
    held.write_all(answer("gen-3").as_bytes()).await.unwrap();
    let read = within(open).await.unwrap();
    assert!(read.contains("gen-3"), "{read}");
    within(receipts.recv()).await.unwrap();
    let mut said = String::new();
    within(err.read_to_string(&mut said)).await.unwrap();
    assert!(said.contains("3 forwarded"), "{said}");
    assert_eq!(history(&home).len(), 3);
    let status = within(child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
}

/// A server in place of OpenRouter that refuses so many calls, and answers those behind them.
async fn refusing(mut refused: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut read = Vec::new();
            while !read.ends_with(b"]}") && stream.read_buf(&mut read).await.unwrap_or(0) > 0 {}
            let (status, body) = match refused {
                0 => ("200 OK", ANSWER),
                _ => ("429 Too Many Requests", REFUSAL),
            };
            refused = refused.saturating_sub(1);
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

const REFUSAL: &str =
    "{\"error\":{\"code\":429,\"message\":\"Too many of them, and more words than anyone reads\"}}";
const ANSWER: &str = "{\"id\":\"gen-1780662787-A\",\"model\":\"a/b\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}";

/// Where nobody reads what is said, forwarding goes on, and a signal is heard.
#[tokio::test]
async fn what_is_said_and_not_read_holds_up_no_event() {
    // Each is said in a line; a pipe holds 64 KiB.
    const REFUSED: usize = 900;
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let url = sink.destination().base_url().as_str().to_owned();
    let arguments = ["--forward", "--base-url", &url];
    let listening = started(listener(&home, &refusing(REFUSED).await, &arguments)).await;
    for _ in 0..=REFUSED {
        call(&listening.address).await;
    }
    let receipt = within(receipts.recv()).await.unwrap();
    assert!(receipt.accepted(), "{receipt:?}");
    let said = interrupt(listening, 0).await;
    assert!(said.len() > 60_000, "the pipe was full: {}", said.len());
}

fn history_is_empty(home: &Home) -> bool {
    let path = home.path("state").join("history.db");
    !path.exists() || history(home).is_empty()
}

#[tokio::test]
async fn a_destination_that_refuses_is_said_once_and_the_status_tells() {
    let home = Home::new();
    let (sink, _receipts) = sink(SinkOptions {
        fail: "401".parse().unwrap(),
        ..SinkOptions::default()
    })
    .await;
    let url = sink.destination().base_url().as_str().to_owned();
    let mut listening = listening(&home, &["--forward", "--base-url", &url]).await;
    call(&listening.address).await;
    within(listening.out.next_line()).await.unwrap().unwrap();
    let said = interrupt(listening, 1).await;
    assert!(said.contains("not forwarded:"), "{said}");
    assert!(said.contains("0 forwarded, 1 not accepted"), "{said}");
}

#[tokio::test]
async fn nothing_is_forwarded_off_this_machine_unless_it_is_said() {
    let home = Home::new();
    let url = "https://raindrop.example";
    for (arguments, says) in [
        (&["--forward", "--use-key", "--base-url", url][..], "--yes"),
        // Consent to forwarding is none to giving a key away.
        (&["--forward", "--yes", "--base-url", url], "--use-key"),
        (&["--yes"], "--forward"),
    ] {
        let arguments = [
            &["listen", "--no-tui", "--listen", "127.0.0.1:0"],
            arguments,
        ]
        .concat();
        let mut command = home.program(&arguments);
        command.env("RAINDROP_WRITE_KEY", "rk_0123456789");
        let ran = super::run(command, "").await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains(says), "{ran:?}");
    }
}
