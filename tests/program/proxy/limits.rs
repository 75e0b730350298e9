//! What the proxy may be asked for: heads, connections, and clients that say nothing more; and what has no limit, since
//! the app's own patience decides.

use std::time::Duration;

use rainscope::proxy::{ExchangeEnding, Observation, ProxyLimits};

use super::{STREAM_HEAD, Stage, chat, chunk, within};

/// Short enough to be waited for.
const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_head_that_is_too_long_is_answered_431() {
    let field = |name: &str, length: usize| format!("{name}: {}\r\n", "x".repeat(length));
    let many: String = (0..1100)
        .map(|number| field(&format!("X-{number}"), 1))
        .collect();
    for (fields, status) in [
        (field("X-Long", 60_000), None),
        (field("X-Long", 140_000), Some("431")),
        (many, Some("431")),
    ] {
        let mut stage = Stage::new().await;
        let mut client = stage.client().await;
        let request = format!("GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
        client.write(&request).await;
        let Some(status) = status else {
            let mut upstream = stage.upstream().await;
            let asked = upstream.read_until(b"\r\n\r\n").await;
            assert!(asked.contains(&fields), "it passes whole");
            continue;
        };
        let answered = client.read_until(b"\r\n\r\n").await;
        assert!(
            answered.starts_with(&format!("HTTP/1.1 {status}")),
            "{answered}"
        );
        assert!(stage.told.try_recv().is_err(), "nothing is told of it");
    }
}

#[tokio::test]
async fn more_connections_than_are_served_wait_for_their_turn() {
    let limits = ProxyLimits {
        connections: 1,
        ..ProxyLimits::default()
    };
    let mut stage = Stage::with(limits).await;
    let mut first = stage.client().await;
    first.write(chat("{\"number\":1}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"}").await;
    let mut second = stage.client().await;
    second.write(chat("{\"number\":2}")).await;
    upstream
        .write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfirst")
        .await;
    first.read_until(b"first").await;
    let story = stage.until_end().await;
    assert_eq!(story.request, b"{\"number\":1}");
    assert!(stage.told.try_recv().is_err(), "the second one waits");
    drop(first);
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"\"number\":2}").await;
    upstream
        .write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond")
        .await;
    second.read_until(b"second").await;
}

/// A head that does not come whole, and a kept connection on which nothing is asked, are closed, and no call is made of
/// them.
#[tokio::test]
async fn half_a_head_and_an_idle_connection_are_closed() {
    let limits = ProxyLimits {
        head_wait: SHORT,
        ..ProxyLimits::default()
    };
    let mut stage = Stage::with(limits).await;
    let mut client = stage.client().await;
    client.write("POST /api/v1/chat/completions HTT").await;
    client.read_to_end().await;
    assert!(stage.told.try_recv().is_err(), "no call began");

    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    upstream
        .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .await;
    let read = client.read_to_end().await;
    assert!(
        read.ends_with("ok"),
        "answered, kept, and then closed: {read}"
    );
    assert_eq!(
        stage.until_end().await.ending,
        Some(ExchangeEnding::Complete)
    );
}

/// It is the client that fails, and not the upstream.
#[tokio::test]
async fn a_client_that_stalls_in_its_body_is_told_so() {
    let limits = ProxyLimits {
        silence: SHORT,
        ..ProxyLimits::default()
    };
    let mut stage = Stage::with(limits).await;
    let mut client = stage.client().await;
    let whole = chat(r#"{"model":"a/b","messages":[]}"#);
    client.write(&whole[..whole.len() - 5]).await;
    let mut upstream = stage.upstream().await;
    let answered = client.read_until(b"}}}\n").await;
    assert!(answered.starts_with("HTTP/1.1 408"), "{answered}");
    assert!(
        answered.contains("the request's body did not come whole"),
        "{answered}"
    );
    let read = upstream.read_to_end().await;
    assert!(!read.ends_with("[]}"), "{read}");
    let story = stage.until_end().await;
    let Some(ExchangeEnding::RequestBrokeOff(why)) = story.ending else {
        panic!("{story:?}");
    };
    assert!(why.contains("nothing came"), "{why}");
}

#[tokio::test]
async fn a_client_that_goes_away_in_its_body_has_cancelled() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    let whole = chat(r#"{"model":"a/b","messages":[]}"#);
    client.write(&whole[..whole.len() - 5]).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"\"messages").await;
    drop(client);
    upstream.read_to_end().await;
    let story = stage.until_end().await;
    assert_eq!(story.ending, Some(ExchangeEnding::Cancelled));
}

/// A body that is no HTTP is the client's fault, too.
#[tokio::test]
async fn a_request_with_a_broken_body_is_told_so() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    client
        .write(
            "POST /api/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\n{}\r\nnonsense\r\n",
        )
        .await;
    let answered = client.read_to_end().await;
    assert!(answered.starts_with("HTTP/1.1 400"), "{answered}");
    let story = stage.until_end().await;
    let Some(ExchangeEnding::RequestBrokeOff(_)) = story.ending else {
        panic!("{story:?}");
    };
}

/// A body that is coded on its way as this server does not know would not be what it seems to be behind it.
#[tokio::test]
async fn a_request_with_an_unknown_transfer_coding_is_refused() {
    let stage = Stage::new().await;
    for codings in ["gzip, chunked", "identity, chunked", "chunked, chunked"] {
        let mut client = stage.client().await;
        client
            .write(format!(
                "POST /api/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Transfer-Encoding: {codings}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            ))
            .await;
        let answered = client.read_to_end().await;
        assert!(
            answered.starts_with("HTTP/1.1 501"),
            "{codings}: {answered}"
        );
    }
}

/// How long an answer may take to begin is the app's own affair: a model may think for minutes before its first byte.
#[tokio::test]
async fn an_answer_may_take_its_time_to_begin() {
    let limits = ProxyLimits {
        silence: SHORT,
        ..ProxyLimits::default()
    };
    let mut stage = Stage::with(limits).await;
    let mut slow = stage.client().await;
    slow.write(chat("{\"slow\":1}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{\"slow\":1}").await;
    // Once a later call was cut for its silence, that much time has passed for the first one as well.
    let mut other = stage.client().await;
    other.write(chat("{}")).await;
    let mut silent = stage.upstream().await;
    silent.read_until(b"{}").await;
    silent.write(STREAM_HEAD).await;
    silent.write(chunk(": OPENROUTER PROCESSING\n\n")).await;
    other.read_to_end().await;
    loop {
        if let Observation::Ended { ending, .. } = stage.told().await {
            assert!(matches!(ending, ExchangeEnding::BrokenOff(_)), "{ending:?}");
            break;
        }
    }
    upstream
        .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .await;
    let read = slow.read_until(b"ok").await;
    assert!(read.starts_with("HTTP/1.1 200 OK\r\n"), "{read}");
    let ended = within(async {
        loop {
            if let Observation::Ended { ending, .. } = stage.told().await {
                return ending;
            }
        }
    });
    assert_eq!(ended.await, ExchangeEnding::Complete);
}
