//! What passes through, and what is told of it.

use rainscope::proxy::{ExchangeEnding, ProxyLimits};

use super::{KEY, STREAM_HEAD, Stage, chat, chunk};

#[tokio::test]
async fn a_request_and_its_answer_pass_with_their_bytes_and_headers() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    let body = "{\"model\": \"m\",  \"n\":1.0e0}";
    client.write(chat(body)).await;
    let mut upstream = stage.upstream().await;
    let asked = upstream.read_until(body.as_bytes()).await;
    assert!(
        asked.starts_with("POST /api/v1/chat/completions?x=1 HTTP/1.1\r\n"),
        "{asked}"
    );
    let host = stage.upstream.local_addr().unwrap();
    assert!(
        asked
            .to_lowercase()
            .contains(&format!("\r\nhost: {host}\r\n")),
        "{asked}"
    );
    assert!(
        asked.contains(&format!("Authorization: Bearer {KEY}\r\n")),
        "{asked}"
    );
    assert!(
        !asked.to_lowercase().contains("accept"),
        "nothing is added: {asked}"
    );
    assert!(asked.ends_with(&format!("\r\n\r\n{body}")), "{asked}");
    let answer = "{ \"id\":\"gen-1\" }";
    upstream
        .write(format!(
            "HTTP/1.1 200 OK\r\nX-Odd-Header: 1\r\nSet-Cookie: a=b\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        ))
        .await;
    let answered = client.read_until(answer.as_bytes()).await;
    assert!(answered.starts_with("HTTP/1.1 200 OK\r\n"), "{answered}");
    assert!(answered.contains("X-Odd-Header: 1\r\n"), "{answered}");
    assert!(answered.contains("Set-Cookie: a=b\r\n"), "{answered}");
    let story = stage.until_end().await;
    assert_eq!(story.request, body.as_bytes());
    assert_eq!(story.response, answer.as_bytes());
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
    assert!(story.heads[0].contains("\"s-1\""), "{:?}", story.heads);
    let all = format!("{:?}", story.heads);
    assert!(!all.contains(KEY) && !all.contains("a=b"), "{all}");
}

/// An answer arrives byte for byte as its server wrote it: nothing is added to its head, not even a date, however many
/// header fields it has.
#[tokio::test]
async fn an_answer_comes_as_it_was_written() {
    let many = |prefix: &str| {
        let fields = (0..500).map(|number| format!("{prefix}-{number}: {number}\r\n"));
        fields.collect::<String>()
    };
    for (method, answer) in [
        (
            "GET",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned(),
        ),
        (
            "GET",
            "HTTP/1.1 529 Overloaded\r\nX-Odd: caf\u{e9}\r\nContent-Length: 0\r\n\r\n".to_owned(),
        ),
        (
            "HEAD",
            "HTTP/1.1 200 Very Fine\r\nContent-Length: 500\r\n\r\n".to_owned(),
        ),
        (
            "OPTIONS",
            "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\n\r\n".to_owned(),
        ),
        (
            "GET",
            format!(
                "HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nok",
                many("A")
            ),
        ),
    ] {
        let stage = Stage::new().await;
        let mut client = stage.client().await;
        let fields = many("Q");
        let request =
            format!("{method} /api/v1/models HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
        client.write(request).await;
        let mut upstream = stage.upstream().await;
        let asked = upstream.read_until(b"\r\n\r\n").await;
        assert!(asked.ends_with(&format!("{fields}\r\n")), "{asked}");
        upstream.write(&answer).await;
        client.read_until(answer.as_bytes()).await;
        assert_eq!(client.read, answer.as_bytes());
    }
}

#[tokio::test]
async fn a_stream_is_never_held_back() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    upstream.write(STREAM_HEAD).await;
    client.read_until(b"\r\n\r\n").await;
    // Each piece arrives before the next one is sent.
    for piece in [
        ": OPENROUTER PROCESSING\n\n",
        "data: {\"a\":1}\n\n",
        "d",
        "ata: [DONE]\n\n",
    ] {
        upstream.write(chunk(piece)).await;
        client.read_until(chunk(piece).as_bytes()).await;
    }
    upstream.write("0\r\n\r\n").await;
    client.read_until(b"\r\n0\r\n\r\n").await;
    let story = stage.until_end().await;
    let expected = ": OPENROUTER PROCESSING\n\ndata: {\"a\":1}\n\ndata: [DONE]\n\n";
    assert_eq!(String::from_utf8(story.response).unwrap(), expected);
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
    assert!(story.times.is_sorted());
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    let mut upstream = None;
    for number in 0..3 {
        let body = format!("{{\"number\":{number}}}");
        client.write(chat(&body)).await;
        let upstream = match &mut upstream {
            Some(upstream) => upstream,
            empty => empty.insert(stage.upstream().await),
        };
        upstream.read_until(body.as_bytes()).await;
        let answer = format!("answer {number}");
        upstream
            .write(format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{answer}"
            ))
            .await;
        client.read_until(answer.as_bytes()).await;
        let story = stage.until_end().await;
        assert_eq!(story.call.unwrap().0, number + 1);
        assert_eq!(story.response, answer.as_bytes());
    }
}

#[tokio::test]
async fn compressed_bytes_pass_as_they_are() {
    let mut stage = Stage::new().await;
    let mut client = stage.client().await;
    // Bytes that are no text; what they would unpack to is not the proxy's business.
    let packed: Vec<u8> = (0..=255).chain([0x1f, 0x8b, 0, 0xff]).collect();
    let length = packed.len();
    let head = format!(
        "POST /api/v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nAccept-Encoding: zstd\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    client.write([head.as_bytes(), &packed].concat()).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(&packed).await;
    let head = String::from_utf8_lossy(&upstream.read).into_owned();
    assert!(head.contains("Accept-Encoding: zstd\r\n"), "{head}");
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    upstream.write([answer.as_bytes(), &packed].concat()).await;
    client.read_until(&packed).await;
    let story = stage.until_end().await;
    assert_eq!(story.request, packed);
    assert_eq!(story.response, packed);
    assert!(
        story.heads.iter().all(|head| head.contains("gzip")),
        "{:?}",
        story.heads
    );
}

#[tokio::test]
async fn every_path_and_method_passes() {
    let stage = Stage::new().await;
    for request in [
        "GET /api/v1/models?limit=1",
        "DELETE /api/v1/keys/x",
        "HEAD /",
        "PATCH /a//b/../c",
        "GET /a^b|c/{d}?e=[f]|g",
        "GET /caf%C3%A9/%zz?&&=",
    ] {
        let mut client = stage.client().await;
        client
            .write(format!("{request} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            .await;
        let mut upstream = stage.upstream().await;
        let asked = upstream.read_until(b"\r\n\r\n").await;
        assert!(
            asked.starts_with(&format!("{request} HTTP/1.1\r\n")),
            "{asked}"
        );
        upstream
            .write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            .await;
        let answered = client.read_until(b"\r\n\r\n").await;
        assert!(answered.starts_with("HTTP/1.1 204"), "{answered}");
    }
}

#[tokio::test]
async fn headers_of_a_connection_stay_with_it() {
    let stage = Stage::new().await;
    let mut client = stage.client().await;
    client
        .write(
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: x-mine, keep-alive\r\nX-Mine: 1\r\nTE: trailers\r\n\
             Proxy-Authorization: Basic x\r\nX-Kept: 1\r\n\r\n",
        )
        .await;
    let mut upstream = stage.upstream().await;
    let asked = upstream.read_until(b"\r\n\r\n").await.to_lowercase();
    for gone in ["x-mine", "te:", "proxy-authorization"] {
        assert!(!asked.contains(gone), "{asked}");
    }
    assert!(asked.contains("x-kept: 1"), "{asked}");
}

#[tokio::test]
async fn a_long_body_passes_whole_and_its_copy_is_given_up() {
    let limits = ProxyLimits {
        body_copy: 1000,
        ..ProxyLimits::default()
    };
    let mut stage = Stage::with(limits).await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    let body = "x".repeat(100_000);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
        body.len() + 3
    );
    upstream.write(format!("{head}{body}end")).await;
    let answered = client.read_until(b"end").await;
    assert!(answered.ends_with(&format!("{body}end")));
    let story = stage.until_end().await;
    assert_eq!(story.given_up, Some("its body is too long to be kept"));
    assert!(story.response.len() <= 1000);
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
}

#[tokio::test]
async fn an_observer_that_takes_nothing_delays_nobody() {
    // What the observer is told stays in its queue: there is room for the first exchange alone.
    let limits = ProxyLimits {
        copies: 200,
        ..ProxyLimits::default()
    };
    let mut stage = Stage::with(limits).await;
    let mut client = stage.client().await;
    client.write(chat("{}")).await;
    let mut upstream = stage.upstream().await;
    upstream.read_until(b"{}").await;
    let body = "y".repeat(5000);
    upstream
        .write(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{body}"
        ))
        .await;
    client.read_until(body.as_bytes()).await;
    let story = stage.until_end().await;
    assert_eq!(story.given_up, Some("too much is being kept at once"));
    assert_eq!(story.ending, Some(ExchangeEnding::Complete));
}
