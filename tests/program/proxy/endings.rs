//! How an exchange can end, on both sides.

use std::time::Duration;

use rainscope::proxy::{ExchangeEnding, Observation, ProxyLimits};

use tokio::io::AsyncWriteExt;

use super::{STREAM_HEAD, Stage, chat, chunk};

#[tokio::test]
async fn a_client_that_goes_away_ends_the_upstream_request() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    upstream.write(STREAM_HEAD).await;
    upstream.write(chunk("data: {\"a\":1}\n\n")).await;
    client.read_until(b"{\"a\":1}").await;
    drop(client);
    // The proxy closes its connection, so the upstream stops working.
    upstream.read_to_end().await;
    let story = stage.until_end().await;
    assert_eq!(story.ending, Some(ExchangeEnding::Cancelled));
    assert_eq!(story.response, b"data: {\"a\":1}\n\n");
}

#[tokio::test]
async fn a_client_that_goes_away_before_the_answer_ends_the_upstream_request() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    drop(client);
    upstream.read_to_end().await;
    let story = stage.until_end().await;
    assert_eq!(story.ending, Some(ExchangeEnding::Cancelled));
}

#[tokio::test]
async fn an_upstream_that_breaks_off_is_seen_to_break_off() {
    for body in [
        STREAM_HEAD,
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    ] {
        let mut stage = Stage::new().await;
        let mut client = stage.client().await;
        client.write(chat("{}")).await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(b"{}").await;
        upstream.write(body).await;
        upstream.write(chunk("data: {\"a\":1}\n\n")).await;
        client.read_until(b"{\"a\":1}").await;
        drop(upstream);
        let read = client.read_to_end().await;
        assert!(!read.ends_with("0\r\n\r\n"), "a clean end: {read}");
        let story = stage.until_end().await;
        assert!(
            matches!(story.ending, Some(ExchangeEnding::BrokenOff(_))),
            "{story:?}"
        );
    }
}

#[tokio::test]
async fn an_upstream_that_falls_silent_is_cut() {
    let silence = Duration::from_millis(100);
    let mut stage = Stage::with(ProxyLimits {
        silence,
        ..ProxyLimits::default()
    })
    .await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    upstream.write(STREAM_HEAD).await;
    upstream.write(chunk(": OPENROUTER PROCESSING\n\n")).await;
    let read = client.read_to_end().await;
    assert!(!read.ends_with("0\r\n\r\n"), "a clean end: {read}");
    let story = stage.until_end().await;
    let Some(ExchangeEnding::BrokenOff(why)) = story.ending else {
        panic!("{story:?}");
    };
    assert!(why.contains("nothing came"), "{why}");
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_told_in_openrouters_shape() {
    let mut stage = Stage::new().await;
    let url = stage.upstream.local_addr().unwrap();
    // The port is free again, and nobody listens.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    drop(std::mem::replace(&mut stage.upstream, gone));
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let answered = client.read_until(b"}}}\n").await;
    assert!(answered.starts_with("HTTP/1.1 502"), "{answered}");
    let body = answered.split("\r\n\r\n").nth(1).unwrap();
    let error: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(error["error"]["code"], 502);
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.contains(&url.to_string()) && message.contains("--upstream"),
        "{message}"
    );
    let story = stage.until_end().await;
    assert!(
        matches!(story.ending, Some(ExchangeEnding::Unreachable(_))),
        "{story:?}"
    );
}

#[tokio::test]
async fn an_error_of_the_upstream_passes_as_it_is() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    let body = "{\"error\":{\"code\":429,\"message\":\"slow down\"}}";
    let length = body.len();
    upstream
        .write(format!(
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
    let answered = client.read_until(body.as_bytes()).await;
    assert!(
        answered.starts_with("HTTP/1.1 429 Too Many Requests\r\n"),
        "{answered}"
    );
    assert!(answered.contains("Retry-After: 7\r\n"), "{answered}");
    let story = stage.until_end().await;
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
    assert!(story.heads[1].starts_with("429"), "{:?}", story.heads);
}

#[tokio::test]
async fn stopping_lets_open_exchanges_end() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    let stopping = tokio::spawn(stage.proxy.stop(Duration::from_secs(20)));
    upstream
        .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .await;
    client.read_until(b"ok").await;
    assert!(super::within(stopping).await.unwrap());
}

/// A server may answer before it has the whole request: the exchange is over then, and nothing more is told of it.
#[tokio::test]
async fn an_early_answer_is_the_end_of_what_is_told() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    let whole = chat(r#"{"model":"a/b","messages":[]}"#);
    let (begun, rest) = whole.split_at(whole.len() - 12);
    client.write(begun).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"\r\n\r\n").await;
    upstream
        .write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}")
        .await;
    client.read_until(b"{}").await;
    let story = stage.until_end().await;
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
    // Whether the rest is still taken is the server's affair.
    let _ = client.stream.write_all(rest.as_bytes()).await;
    let mut other = stage.client().await;
    other.write(chat("{}")).await;
    let told = stage.told().await;
    assert!(matches!(told, Observation::Began { .. }), "{told:?}");
}

/// Once the request went out, nobody here knows what became of it: it is no upstream that could not be reached.
#[tokio::test]
async fn an_upstream_that_breaks_off_before_its_answer_leaves_open_what_was_generated() {
    for answer in ["", "HTTP/1.1 2", "this is no HTTP\r\n\r\n"] {
        let mut stage = Stage::new().await;
        let mut client = stage.client().await;
        client.write(chat("{}")).await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(b"{}").await;
        upstream.write(answer).await;
        drop(upstream);
        let answered = client.read_until(b"}}}\n").await;
        assert!(answered.starts_with("HTTP/1.1 502"), "{answered}");
        assert!(
            answered.contains("broke after the request was sent")
                && answered.contains("whether something was generated is not known"),
            "{answered}"
        );
        let story = stage.until_end().await;
        assert!(
            matches!(story.ending, Some(ExchangeEnding::Lost(_))),
            "{answer:?}: {story:?}"
        );
    }
}

#[tokio::test]
async fn an_upstream_that_is_the_proxy_itself_is_refused() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let options = rainscope::proxy::Options {
            listen: address,
            upstream: format!("http://{host}:{}", address.port()).parse().unwrap(),
            token: None,
            limits: rainscope::proxy::ProxyLimits::default(),
        };
        let refused = rainscope::proxy::Proxy::start(options, |_| {}).await;
        let says = refused.err().unwrap().to_string();
        assert!(says.contains("in a circle"), "{says}");
    }
}

/// Trailers belong to the connection: they are not passed on, and the answer before them is whole.
#[tokio::test]
async fn an_answer_with_trailers_is_whole() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    upstream
        .write(
            "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
        )
        .await;
    let answered = client.read_until(b"0\r\n\r\n").await;
    assert!(answered.contains("2\r\nok\r\n"), "{answered}");
    let story = stage.until_end().await;
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
}

/// Where an answer has two lengths, the chunks count, and the other one is not passed on.
#[tokio::test]
async fn of_two_lengths_the_chunks_count() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    upstream
        .write(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"a\":1\r\n1\r\n}\r\n0\r\n\r\n",
        )
        .await;
    let answered = client.read_until(b"0\r\n\r\n").await;
    let head = answered.to_lowercase();
    assert!(!head.contains("content-length"), "{answered}");
    assert!(head.contains("transfer-encoding: chunked"), "{answered}");
    let story = stage.until_end().await;
    assert_eq!(story.response, b"{\"a\":1}");
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
}

/// What is no answer to what was asked is not passed on as one.
#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_a_bad_gateway() {
    for head in [
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ] {
        let mut stage = Stage::new().await;
        let mut client = stage.client().await;
        client.write(chat("{}")).await;
        let mut upstream = stage.upstream().await;
        upstream.read_until(b"{}").await;
        upstream.write(head).await;
        let answered = client.read_until(b"}}}\n").await;
        assert!(answered.starts_with("HTTP/1.1 502"), "{answered}");
        let story = stage.until_end().await;
        assert!(
            matches!(story.ending, Some(ExchangeEnding::Lost(_))),
            "{story:?}"
        );
    }
}
