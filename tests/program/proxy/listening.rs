//! What a listener is told while exchanges pass, and what is recorded.

use rainscope::completion::load;
use rainscope::listen::backlog::Backlog;
use rainscope::listen::recording::Recording;
use rainscope::listen::session::{self, Interest, ListenUpdate};
use rainscope::proxy::{Observation, ProxyLimits};
use tokio::sync::mpsc;

use super::{STREAM_HEAD, Stage, chat, chunk, within};

#[tokio::test]
async fn a_capture_is_told_as_it_grows_and_recorded_when_it_is_over() {
    let mut stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.ndjson");
    let recording = Recording::open(&path).unwrap();
    let (listener, mut updates) = mpsc::unbounded_channel();
    let observed = std::mem::replace(&mut stage.told, mpsc::unbounded_channel().1);
    let session = tokio::spawn(session::run(
        observed,
        Some(recording),
        Interest::Growth,
        Backlog::default(),
        listener,
    ));

    let mut client = stage.client().await;
    let asked =
        "{\"model\":\"m\",\"user\":\"ada\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    client.write(chat(asked)).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(asked.as_bytes()).await;
    let Some(ListenUpdate::Growing(sample)) = within(updates.recv()).await else {
        panic!("the request was not told");
    };
    assert!(sample.text.contains("\"user\":\"ada\""), "{}", sample.text);
    assert!(sample.text.contains("\"not yet\""), "{}", sample.text);

    upstream.write(STREAM_HEAD).await;
    upstream
        .write(chunk(
            "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n",
        ))
        .await;
    loop {
        let Some(ListenUpdate::Growing(sample)) = within(updates.recv()).await else {
            panic!("the answer was not told");
        };
        if sample.text.contains("Hel") {
            break;
        }
    }
    upstream
        .write(chunk(
            "data: {\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\ndata: [DONE]\n\n",
        ))
        .await;
    upstream.write("0\r\n\r\n").await;
    client.read_until(b"\r\n0\r\n\r\n").await;
    let over = loop {
        match within(updates.recv()).await {
            Some(ListenUpdate::Growing(_)) => {}
            Some(ListenUpdate::Over(sample)) => break sample,
            other => panic!("{other:?}"),
        }
    };
    let loaded = load::load("capture", over.text.as_bytes());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    assert_eq!(loaded.completions.len(), 1);

    // An exchange that asks for no completion is counted and not recorded.
    client
        .write("GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    upstream.read_until(b"/models").await;
    assert!(matches!(
        within(updates.recv()).await,
        Some(ListenUpdate::Passed(1))
    ));

    drop(stage);
    let recording = within(session).await.unwrap().unwrap();
    recording.finish().unwrap();
    let recorded = std::fs::read_to_string(&path).unwrap();
    assert_eq!(recorded, format!("{}\n", over.text));
    assert!(!recorded.contains(super::KEY));
}

/// An app that closes behind the last word of a stream, as most do, has had the whole answer.
#[tokio::test]
async fn an_app_that_closes_behind_the_last_word_had_it_all() {
    for (last, ending) in [
        ("data: [DONE]\n\n", "\"ending\":\"complete\""),
        (": still here\n\n", "\"ending\":\"cancelled\""),
    ] {
        let mut stage = Stage::new().await;
        let (listener, mut updates) = mpsc::unbounded_channel();
        let observed = std::mem::replace(&mut stage.told, mpsc::unbounded_channel().1);
        let session = session::run(
            observed,
            None,
            Interest::Growth,
            Backlog::default(),
            listener,
        );
        let session = tokio::spawn(session);
        let mut client = stage.client().await;
        client.write(chat("{\"model\":\"m\"}")).await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(b"\"m\"}").await;
        upstream.write(STREAM_HEAD).await;
        let token = "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
        upstream.write(chunk(&format!("{token}{last}"))).await;
        client.read_until(last.as_bytes()).await;
        drop(client);
        let over = loop {
            match within(updates.recv()).await {
                Some(ListenUpdate::Growing(_)) => {}
                Some(ListenUpdate::Over(sample)) => break sample,
                other => panic!("{other:?}"),
            }
        };
        assert!(over.text.contains(ending), "{}", over.text);
        drop(stage);
        within(session).await.unwrap();
    }
}

/// A request that repeats one that failed, byte for byte, is told as its retry.
#[tokio::test]
async fn a_retry_is_told_for_what_it_is() {
    let mut stage = Stage::new().await;
    let (listener, mut updates) = mpsc::unbounded_channel();
    let observed = std::mem::replace(&mut stage.told, mpsc::unbounded_channel().1);
    tokio::spawn(session::run(
        observed,
        None,
        Interest::Endings,
        Backlog::default(),
        listener,
    ));
    let asked = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    let other = asked.replace("Hi", "Ho");
    for (body, status, retry_of) in [
        (asked, "429 Slow Down", None),
        (&other, "200 OK", None),
        (asked, "200 OK", Some("\"retry_of\":1")),
        // The one before went well, so this is a request of its own.
        (&other, "200 OK", None),
        // And so is this, although it is the same as one that failed: that one was repeated, with success.
        (asked, "200 OK", None),
        (asked, "502 Bad", None),
        (asked, "429 Slow Down", Some("\"retry_of\":6")),
        (asked, "200 OK", Some("\"retry_of\":7")),
        (asked, "200 OK", None),
    ] {
        let mut client = stage.client().await;
        client.write(chat(body)).await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(body.as_bytes()).await;
        upstream
            .write(format!(
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
            ))
            .await;
        client.read_until(b"{}").await;
        let Some(ListenUpdate::Over(sample)) = within(updates.recv()).await else {
            panic!("the end was not told");
        };
        let found = sample.text.contains("\"retry_of\"");
        assert_eq!(found, retry_of.is_some(), "{}", sample.text);
        assert!(
            retry_of.is_none_or(|text| sample.text.contains(text)),
            "{}",
            sample.text
        );
    }
}

/// Whoever does not wait for what has passed gets none of it, and is told how much that was.
#[tokio::test]
async fn what_nobody_waits_for_is_counted_and_no_sample_is_made_of_it() {
    let mut stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.ndjson");
    let recording = Recording::open(&path).unwrap();
    let (listener, mut updates) = mpsc::unbounded_channel();
    let (tell, observed) = mpsc::unbounded_channel();
    let backlog = Backlog::default();
    for _ in 0..3 {
        let mut client = stage.client().await;
        client
            .write(chat("{\"model\":\"m\",\"messages\":[]}"))
            .await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(b"[]}").await;
        let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
        upstream.write(answer).await;
        client.read_until(b"{}").await;
        loop {
            let observation = within(stage.told.recv()).await.unwrap();
            let is_over = matches!(observation, Observation::Ended { .. });
            backlog.add(&observation);
            tell.send(observation).unwrap();
            if is_over {
                break;
            }
        }
    }
    assert_eq!(backlog.unread(), 3);
    backlog.give_up();
    drop(tell);
    let ran = session::run(
        observed,
        Some(recording),
        Interest::Growth,
        backlog.clone(),
        listener,
    );
    let recording = within(ran).await.unwrap();
    recording.finish().unwrap();
    assert_eq!((backlog.unread(), backlog.left_out()), (0, 3));
    assert!(updates.recv().await.is_none(), "something was told");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
}

/// What was asked again before the first was answered is no retry of it.
#[tokio::test]
async fn the_same_request_at_the_same_time_is_no_retry() {
    let mut stage = Stage::new().await;
    let (listener, mut updates) = mpsc::unbounded_channel();
    let observed = std::mem::replace(&mut stage.told, mpsc::unbounded_channel().1);
    tokio::spawn(session::run(
        observed,
        None,
        Interest::Endings,
        Backlog::default(),
        listener,
    ));
    let asked = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = stage.client().await;
        client.write(chat(asked)).await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(asked.as_bytes()).await;
        open.push((client, upstream));
    }
    for ((client, upstream), status) in open.iter_mut().zip(["429 Slow Down", "200 OK"]) {
        let answer =
            format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}");
        upstream.write(answer).await;
        client.read_until(b"{}").await;
        let Some(ListenUpdate::Over(sample)) = within(updates.recv()).await else {
            panic!("the end was not told");
        };
        assert!(!sample.text.contains("retry_of"), "{}", sample.text);
    }
}

/// Of half an answer no event is claimed: a copy that was given up in the middle says so, and nothing else.
#[tokio::test]
async fn a_copy_that_was_given_up_in_the_middle_makes_no_event() {
    let mut stage = Stage::with(ProxyLimits {
        body_copy: 1000,
        ..ProxyLimits::default()
    })
    .await;
    let (listener, mut updates) = mpsc::unbounded_channel();
    let observed = std::mem::replace(&mut stage.told, mpsc::unbounded_channel().1);
    tokio::spawn(session::run(
        observed,
        None,
        Interest::Endings,
        Backlog::default(),
        listener,
    ));
    let asked = "{\"model\":\"a/b\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    let mut client = stage.client().await;
    client.write(chat(asked)).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(asked.as_bytes()).await;
    upstream.write(STREAM_HEAD).await;
    let piece = |text: &str| {
        chunk(&format!(
            "data: {{\"id\":\"gen-1\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        ))
    };
    upstream.write(piece("half")).await;
    client.read_until(b"half").await;
    upstream.write(piece(&"x".repeat(2000))).await;
    upstream.write(chunk("data: [DONE]\n\n")).await;
    upstream.write("0\r\n\r\n").await;
    client.read_until(b"\r\n0\r\n\r\n").await;
    let Some(ListenUpdate::Over(sample)) = within(updates.recv()).await else {
        panic!("the end was not told");
    };
    let loaded = load::load("capture", sample.text.as_bytes());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let completion = &loaded.completions[0];
    assert!(completion.name.ends_with("a/b"), "{}", completion.name);
    let mapped = rainscope::map(completion, &rainscope::Edits::none());
    let rainscope::Outcome::NoEvent(none) = mapped.outcome else {
        panic!("an event of half an answer: {}", sample.text);
    };
    assert!(none.says.contains("too long to be kept"), "{}", none.says);
}

/// A call whose answer cannot be read is told and recorded all the same.
#[tokio::test]
async fn an_answer_that_cannot_be_read_is_a_call_that_says_why() {
    let mut stage = Stage::new().await;
    let (listener, mut updates) = mpsc::unbounded_channel();
    let observed = std::mem::replace(&mut stage.told, mpsc::unbounded_channel().1);
    tokio::spawn(session::run(
        observed,
        None,
        Interest::Endings,
        Backlog::default(),
        listener,
    ));
    for (head, body, why) in [
        ("", &b"\xff\xfe\x00\x01"[..], "it is no text"),
        (
            "Content-Encoding: gzip\r\n",
            b"\x1f\x8b\x08\x00\xff\xff",
            "gzip data",
        ),
        ("", b"{\"id\":\"gen-1\",\"choi", "its JSON is broken"),
    ] {
        let mut client = stage.client().await;
        client
            .write(chat("{\"model\":\"a/b\",\"messages\":[]}"))
            .await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(b"[]}").await;
        let head = format!(
            "HTTP/1.1 200 OK\r\n{head}Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        upstream.write([head.as_bytes(), body].concat()).await;
        client.read_until(body).await;
        let Some(ListenUpdate::Over(sample)) = within(updates.recv()).await else {
            panic!("the end was not told");
        };
        let loaded = load::load("capture", sample.text.as_bytes());
        let mapped = rainscope::map(&loaded.completions[0], &rainscope::Edits::none());
        let rainscope::Outcome::NoEvent(none) = mapped.outcome else {
            panic!("an event of nothing: {}", sample.text);
        };
        assert!(none.says.contains(why), "{}", none.says);
    }
}
