//! Broadcast deliveries on a real socket: what is taken and refused, what is printed and recorded, and how they meet
//! the calls that they are about.
#![cfg(unix)]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::listening::{Listening, call, interrupt, listener, listening, started};
use super::{Home, within};

const TOKEN: &str = "deliveries-0123456789";
/// What [`call`] is answered with.
const GENERATION: &str = "gen-1780662787-A";

/// A delivery of a generation as OpenRouter's Webhook destination sends it.
fn delivery(id: &str, user: &str) -> String {
    let text = |key: &str, value: &str| {
        format!(
            "{{\"key\":{},\"value\":{{\"stringValue\":{}}}}}",
            serde_json::json!(key),
            serde_json::json!(value)
        )
    };
    let attributes = [
        text("gen_ai.response.id", id),
        text("gen_ai.request.model", "a/b"),
        text("gen_ai.response.model", "a/b"),
        text("user.id", user),
        text("session.id", "s-1"),
        text(
            "gen_ai.prompt",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Say hello\"}]}",
        ),
        text("gen_ai.completion", "{\"completion\":\"Hello\"}"),
        text("gen_ai.response.finish_reason", "stop"),
        "{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{\"intValue\":\"3\"}}".to_owned(),
    ];
    format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{},{}]}},\"scopeSpans\":[{{\"spans\":[{{\
         \"traceId\":\"00000000000000000000000000000001\",\"spanId\":\"0000000000000001\",\"name\":\"LLM Generation\",\"kind\":3,\
         \"startTimeUnixNano\":\"1780662787000000000\",\"endTimeUnixNano\":\"1780662789139000000\",\"attributes\":[{}]}}]}}]}}]}}",
        text("service.name", "openrouter"),
        text("openrouter.trace.id", id),
        attributes.join(",")
    )
}

/// A request through a tunnel; gives the status line and what came after it.
async fn post(address: &str, line: &str, token: &str, headers: &str, body: &[u8]) -> String {
    let head = format!(
        "{line} HTTP/1.1\r\nHost: abc.tunnel.example\r\nX-Forwarded-For: 203.0.113.7\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // A body that is refused by its length is not read to its end.
    let _ = stream.write_all(body).await;
    let mut read = Vec::new();
    let _ = within(stream.read_to_end(&mut read)).await;
    String::from_utf8_lossy(&read).into_owned()
}

async fn next_event(listening: &mut Listening) -> serde_json::Value {
    let line = within(listening.out.next_line()).await.unwrap().unwrap();
    serde_json::from_str(&line).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn each_form_of_a_delivery_is_taken() {
    let home = Home::new();
    let mut listening = listening(&home, &[]).await;
    let address = listening.address.clone();
    let json = "Content-Type: application/json\r\n";
    let one = delivery("gen-1780662787-1", "ada");
    let read = post(&address, "POST /broadcast", TOKEN, json, one.as_bytes()).await;
    assert!(
        read.starts_with("HTTP/1.1 200") && read.ends_with("{}"),
        "{read}"
    );
    let event = next_event(&mut listening).await;
    assert_eq!(event["properties"]["trace_id"], "gen-1780662787-1");
    assert_eq!(event["ai_data"]["output"], "Hello");
    assert_eq!(event["properties"]["duration_ms"], 2139);

    let two = delivery("gen-1780662787-2", "ada");
    let packed = format!("{json}Content-Encoding: gzip\r\n");
    let read = post(
        &address,
        "PUT /broadcast",
        TOKEN,
        &packed,
        &gzip(two.as_bytes()),
    )
    .await;
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    let event = next_event(&mut listening).await;
    assert_eq!(event["properties"]["trace_id"], "gen-1780662787-2");

    let protobuf = include_bytes!("../../inputs/otlp/delivery.pb");
    let kind = "Content-Type: application/x-protobuf\r\n";
    let read = post(&address, "POST /v1/traces", TOKEN, kind, protobuf).await;
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    assert!(
        read.contains("content-type: application/x-protobuf"),
        "{read}"
    );
    let event = next_event(&mut listening).await;
    assert_eq!(event["user_id"], "grower-31");
    // The same in gzip is the same generation.
    let packed = format!("{kind}Content-Encoding: gzip\r\n");
    let read = post(&address, "POST /v1/traces", TOKEN, &packed, &gzip(protobuf)).await;
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    let said = interrupt(listening, 0).await;
    let dropped = "the delivery of gen-1777884000-Ld3VxQz8KpTnRw6YcB2F came again; it was dropped";
    assert!(said.contains(dropped), "{said}");
}

#[tokio::test]
async fn what_is_no_delivery_is_refused_and_a_test_is_answered() {
    let home = Home::new();
    let listening = listening(&home, &[]).await;
    let address = listening.address.clone();
    let good = delivery("gen-1780662787-1", "ada");
    let large = vec![b' '; (64 << 20) + 1];
    for (line, token, headers, body, status) in [
        (
            "POST /broadcast",
            "wrong-token-01234567",
            "",
            good.as_bytes(),
            "401",
        ),
        ("GET /broadcast", TOKEN, "", b"", "405"),
        ("POST /broadcast", TOKEN, "", b"hello", "400"),
        (
            "POST /broadcast",
            TOKEN,
            "",
            b"{\"resourceSpans\":[{",
            "400",
        ),
        (
            "POST /broadcast",
            TOKEN,
            "Content-Encoding: gzip\r\n",
            b"\x1f\x8b\x08\x00rubbish",
            "400",
        ),
        ("POST /broadcast", TOKEN, "", &large, "413"),
        (
            "POST /broadcast",
            TOKEN,
            "X-Test-Connection: true\r\n",
            b"",
            "200",
        ),
        (
            "PUT /broadcast",
            TOKEN,
            "X-Test-Connection: true\r\n",
            b"{\"resourceSpans\":[]}",
            "200",
        ),
        // The token opens no other path through a tunnel.
        ("POST /api/v1/chat/completions", TOKEN, "", b"{}", "403"),
        ("GET /", TOKEN, "", b"", "403"),
    ] {
        let read = post(&address, line, token, headers, body).await;
        let about = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert!(
            read.starts_with(&format!("HTTP/1.1 {status}")),
            "{line} {headers} {about}: {read}"
        );
        assert!(!read.contains(TOKEN), "{read}");
    }
    let said = interrupt(listening, 0).await;
    assert_eq!(
        said.matches("OpenRouter tested the connection").count(),
        2,
        "{said}"
    );
}

#[tokio::test]
async fn a_delivery_near_the_limit_is_taken() {
    let home = Home::new();
    let mut listening = listening(&home, &[]).await;
    let mut body = delivery("gen-1780662787-1", "ada");
    body.push_str(&" ".repeat((64 << 20) - 1024 - body.len()));
    let read = post(
        &listening.address,
        "POST /broadcast",
        TOKEN,
        "",
        body.as_bytes(),
    )
    .await;
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    assert_eq!(next_event(&mut listening).await["user_id"], "ada");
}

#[tokio::test]
async fn a_call_and_its_delivery_are_one_and_the_recording_holds_both() {
    let home = Home::new();
    let record = home.path("calls.ndjson").display().to_string();
    let mut listening = listening(&home, &["--record", &record]).await;
    call(&listening.address).await;
    let event = next_event(&mut listening).await;
    assert_eq!(event["properties"]["trace_id"], GENERATION);
    // OpenRouter saw another user than the app's request names.
    let body = delivery(GENERATION, "mallory");
    let read = post(
        &listening.address,
        "POST /broadcast",
        TOKEN,
        "",
        body.as_bytes(),
    )
    .await;
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    let said = interrupt(listening, 0).await;
    let differs = said
        .lines()
        .filter(|line| line.contains("delivery-differs"));
    let differs: Vec<&str> = differs.collect();
    assert!(
        differs.iter().any(|line| line.contains("mallory")),
        "{said}"
    );

    let recorded = std::fs::read_to_string(&record).unwrap();
    assert_eq!(recorded.lines().count(), 2, "{recorded}");
    // What the recording holds loads again, and says the same.
    let mapped = home.run(&["map", &record]).await;
    assert_eq!(mapped.status, Some(0), "{mapped:?}");
    assert_eq!(mapped.out.lines().count(), 2, "{mapped:?}");
    let checked = home.run(&["check", "--format", "json", &record]).await;
    let found = checked
        .out
        .lines()
        .find(|line| line.contains("delivery-differs"));
    let found = found.unwrap_or_else(|| panic!("{checked:?}"));
    assert!(
        found.contains("/user_id") && found.contains("mallory"),
        "{found}"
    );
    // One generation is sent once.
    let sent = home
        .run(&["send", "--dry-run", "--format", "json", &record])
        .await;
    let would = sent.out.lines().filter(|line| line.contains("would-send"));
    assert_eq!(would.count(), 1, "{sent:?}");
}

#[tokio::test]
async fn a_delivery_that_comes_first_is_printed_once_too() {
    let home = Home::new();
    let mut listening = listening(&home, &[]).await;
    let body = delivery(GENERATION, "ada");
    post(
        &listening.address,
        "POST /broadcast",
        TOKEN,
        "",
        body.as_bytes(),
    )
    .await;
    assert_eq!(
        next_event(&mut listening).await["properties"]["trace_id"],
        GENERATION
    );
    call(&listening.address).await;
    // Whatever is printed next is of another generation.
    let other = delivery("gen-1780662787-B", "ada");
    post(
        &listening.address,
        "POST /broadcast",
        TOKEN,
        "",
        other.as_bytes(),
    )
    .await;
    assert_eq!(
        next_event(&mut listening).await["properties"]["trace_id"],
        "gen-1780662787-B"
    );
}

/// A call that broke off may have been generated all the same: what OpenRouter delivers of it later is an event, although
/// the call made none.
#[tokio::test]
async fn a_delivery_of_a_call_without_an_event_is_printed() {
    let gone = "<html>gone</html>";
    let answer = format!(
        "HTTP/1.1 524 Gone\r\nContent-Type: text/html\r\nX-Generation-Id: {GENERATION}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{gone}",
        gone.len()
    );
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = upstream.accept().await {
            let mut read = Vec::new();
            while !read.ends_with(b"]}") && stream.read_buf(&mut read).await.unwrap_or(0) > 0 {}
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let home = Home::new();
    let mut command = listener(&home, &url, &[]);
    command.env("RAINSCOPE_DELIVERIES_TOKEN", TOKEN);
    let mut listening = started(command).await;
    call(&listening.address).await;
    for _ in 0..2 {
        let body = delivery(GENERATION, "ada");
        let body = body.as_bytes();
        post(&listening.address, "POST /broadcast", TOKEN, "", body).await;
    }
    let event = next_event(&mut listening).await;
    assert_eq!(event["properties"]["trace_id"], GENERATION);
    assert_eq!(event["ai_data"]["output"], "Hello");
    // It is printed once.
    let other = delivery("gen-1780662787-B", "ada");
    let other = other.as_bytes();
    post(&listening.address, "POST /broadcast", TOKEN, "", other).await;
    let event = next_event(&mut listening).await;
    assert_eq!(event["properties"]["trace_id"], "gen-1780662787-B");
    let said = interrupt(listening, 0).await;
    assert!(said.contains("no event: "), "{said}");
}
