//! `listen` from an app's call to the event and the recording: by each base URL, compressed in each way, on a full disk, with
//! keys where none should be.
#![cfg(unix)]

use std::io::Write;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::listening::{Listening, exchange, interrupt, listener, started};
use super::{Home, within};

/// A key in the form that OpenRouter gives its keys; nobody's.
fn key(seed: &str) -> String {
    format!("sk-or-v1-{}", seed.repeat(64 / seed.len()))
}

/// A server in place of OpenRouter that gives every request the same answer: head fields and body.
async fn answering(head: &str, body: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = format!(
        "HTTP/1.1 200 OK\r\n{head}Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = [head.as_bytes(), body].concat();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut read = Vec::new();
                while !read.ends_with(b"]}") {
                    if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let _ = stream.write_all(&answer).await;
            });
        }
    });
    url
}

async fn listening(home: &Home, upstream: &str, arguments: &[&str]) -> Listening {
    started(listener(home, upstream, arguments)).await
}

/// An app's call by a path, with a key; gives the answer's bytes.
async fn call(address: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    within(exchange(address, &request)).await.unwrap()
}

const ASKED: &str = "{\"model\":\"a/b\",\"max_tokens\":9,\"user\":\"ada\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hi\"}]}";
const CHAT: &str = "{\"id\":\"gen-1780662787-A\",\"model\":\"a/b\",\"choices\":[{\"message\":{\"content\":\"Hi!\"},\"finish_reason\":\"stop\"}]}";
const MESSAGE: &str = "{\"id\":\"gen-1780662787-B\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"a/b\",\
    \"content\":[{\"type\":\"text\",\"text\":\"Hi!\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}";

/// The event of a line.
fn event(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap()
}

/// A client appends its own path to its base URL: `/chat/completions` to the one below `/api/v1`, `/v1/messages` to the one
/// at `/api`.
#[tokio::test]
async fn a_call_by_either_base_url_becomes_its_event() {
    let home = Home::new();
    let printed = home
        .run(&["listen", "--listen", "127.0.0.1:4599", "--print-env"])
        .await;
    let base = |name: &str| {
        let line = printed
            .out
            .lines()
            .find(|line| line.contains(name))
            .unwrap();
        line.split_once("127.0.0.1:4599").unwrap().1.to_owned()
    };
    for (name, path, answer) in [
        ("OPENAI_BASE_URL", "/chat/completions", CHAT),
        ("ANTHROPIC_BASE_URL", "/v1/messages", MESSAGE),
    ] {
        let upstream = answering("Content-Type: application/json\r\n", answer.as_bytes()).await;
        let mut listening = listening(&home, &upstream, &[]).await;
        let path = base(name) + path;
        let read = call(&listening.address, &path, &key("4f1d8c07"), ASKED).await;
        assert!(read.ends_with(answer.as_bytes()), "{path}");
        let line = within(listening.out.next_line()).await.unwrap().unwrap();
        assert_eq!(event(&line)["ai_data"]["output"], "Hi!", "{path}: {line}");
        assert_eq!(event(&line)["ai_data"]["input"], "Say hi", "{path}: {line}");
        interrupt(listening, 0).await;
    }
}

/// Whatever way an answer is compressed, its bytes reach the app, and its decoded copy becomes the event.
#[tokio::test]
async fn compressed_calls_become_their_events() {
    let stream = "data: {\"id\":\"gen-1780662787-C\",\"model\":\"a/b\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n\
        data: {\"id\":\"gen-1780662787-C\",\"choices\":[{\"delta\":{\"content\":\"!\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let zstd = |text: &str| {
        ruzstd::encoding::compress_to_vec(
            text.as_bytes(),
            ruzstd::encoding::CompressionLevel::Fastest,
        )
    };
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for text in [CHAT, stream] {
        for (coding, packed) in [
            ("gzip", gzip(text)),
            ("br", brotli(text)),
            ("zstd", zstd(text)),
        ] {
            let home = Home::new();
            let head = format!("Content-Encoding: {coding}\r\n");
            let upstream = answering(&head, &packed).await;
            let mut listening = listening(&home, &upstream, &["--record", "calls.ndjson"]).await;
            let path = "/api/v1/chat/completions";
            let read = call(&listening.address, path, &key("4f1d8c07"), ASKED).await;
            assert!(read.ends_with(&packed), "{coding}: its bytes are unaltered");
            let line = within(listening.out.next_line()).await.unwrap().unwrap();
            assert_eq!(event(&line)["ai_data"]["output"], "Hi!", "{coding}: {line}");
            interrupt(listening, 0).await;
            let recorded = std::fs::read_to_string(home.path("calls.ndjson")).unwrap();
            let is_stream = text == stream;
            assert_eq!(
                recorded.contains("\"first_token_ms\":"),
                is_stream,
                "{coding}: {recorded}"
            );
            assert!(
                !recorded.contains("response_problem"),
                "{coding}: {recorded}"
            );
        }
    }
}

/// Text as Brotli has it where it compresses nothing: one block of bytes as they are, then the end (RFC 7932, 9.2).
fn brotli(text: &str) -> Vec<u8> {
    let last = u32::try_from(text.len()).unwrap() - 1;
    // A window of 22 bits; not the last block; its length in four digits of four bits; not compressed.
    let bits = 0b1011 | last << 7 | 1 << 23;
    [&bits.to_le_bytes()[..3], text.as_bytes(), &[0b11]].concat()
}

/// A full disk costs recordings, and no call; what is in the file is whole lines.
#[tokio::test]
async fn a_full_disk_costs_recordings_and_no_call() {
    let home = Home::new();
    let upstream = answering("", CHAT.as_bytes()).await;
    let program = home.program(&[]);
    // A limit on the size of files stands in for a disk that is full: no file grows beyond some thousand bytes.
    let script = "ulimit -f 4; exec \"$0\" \"$@\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).arg(program.get_program());
    command.args([
        "listen",
        "--no-tui",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        &upstream,
    ]);
    command.args(["--record", "calls.ndjson"]);
    command.env_clear();
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.current_dir(home.path("")).stdin(Stdio::null());
    let mut listening = started(command).await;
    for _ in 0..20 {
        let read = call(
            &listening.address,
            "/api/v1/chat/completions",
            &key("4f1d8c07"),
            ASKED,
        )
        .await;
        assert!(read.ends_with(CHAT.as_bytes()), "the call goes on");
        let line = within(listening.out.next_line()).await.unwrap().unwrap();
        assert_eq!(event(&line)["ai_data"]["output"], "Hi!");
    }
    let said = interrupt(listening, 2).await;
    assert_eq!(said.matches("\nnot recorded: ").count(), 1, "{said}");
    assert!(said.contains("were not recorded"), "{said}");
    let recorded = std::fs::read_to_string(home.path("calls.ndjson")).unwrap();
    assert!(
        recorded.ends_with('\n') && recorded.lines().count() >= 1,
        "{recorded}"
    );
    let mapped = home.run(&["map", "calls.ndjson"]).await;
    assert_eq!(mapped.status, Some(0), "{}", mapped.err);
    assert_eq!(mapped.out.lines().count(), recorded.lines().count());
}

/// A key in a trace, a prompt or an answer reaches OpenRouter and the app, and nothing else; that it was there is a finding
/// in every report, and each report is without it.
#[tokio::test]
async fn a_key_in_a_conversation_is_a_finding_and_in_no_report() {
    let home = Home::new();
    let (own, other) = (key("4f1d8c07b93e6a25"), key("a7c35e9b10d24f68"));
    let answer = CHAT.replace("Hi!", &format!("You said {other}"));
    let upstream = answering("", answer.as_bytes()).await;
    let mut listening = listening(&home, &upstream, &["--record", "calls.ndjson"]).await;
    let asked = ASKED.replace(
        "\"messages\"",
        &format!("\"trace\":{{\"mine\":\"{own}\",\"another\":\"{other}\"}},\"messages\""),
    );
    let asked = asked.replace("Say hi", &format!("Which begin with sk-or-v1-? {own}"));
    let read = call(&listening.address, "/api/v1/chat/completions", &own, &asked).await;
    assert!(
        read.ends_with(answer.as_bytes()),
        "what passes is unaltered"
    );
    let line = within(listening.out.next_line()).await.unwrap().unwrap();
    let said = interrupt(listening, 0).await;
    let recorded = std::fs::read_to_string(home.path("calls.ndjson")).unwrap();
    let is_kept = |text: &str| [&own, &other].iter().any(|key| text.contains(&key[9..25]));
    for text in [&line, &said, &recorded] {
        assert!(!is_kept(text), "{text}");
    }
    let event = event(&line);
    assert_eq!(event["properties"]["mine"], "[key masked by rainscope]");
    assert_eq!(event["properties"]["another"], "[key masked by rainscope]");
    let input = "Which begin with sk-or-v1-? [key masked by rainscope]";
    assert_eq!(event["ai_data"]["input"], input);
    for format in ["human", "json", "junit", "github"] {
        let ran = home
            .run(&["check", "--all", "--format", format, "calls.ndjson"])
            .await;
        assert_eq!(ran.status, Some(1), "{format}: {}", ran.err);
        let report = ran.out + &ran.err;
        assert!(!is_kept(&report), "{format}: {report}");
        assert!(
            report.contains("OpenRouter got the key itself"),
            "{format}: {report}"
        );
        for pointer in [
            "/properties/mine",
            "/properties/another",
            "/ai_data/input",
            "/ai_data/output",
        ] {
            assert!(report.contains(pointer), "{format}: {pointer}: {report}");
        }
    }
    let explained = home.run(&["map", "--explain", "calls.ndjson"]).await;
    assert!(!is_kept(&explained.out) && explained.out.contains("secret-in-event"));
}

/// A call and its delivery are one event, however many calls end before the delivery comes.
#[tokio::test]
async fn a_late_delivery_of_a_call_is_no_second_event() {
    const BETWEEN: usize = 300;
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            while !read.ends_with(b"]}") && stream.read_buf(&mut read).await.unwrap_or(0) > 0 {}
            let body = CHAT.replace("-A", &format!("-A{number}"));
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
            let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let mut listening = listening(&home, &upstream, &[]).await;
    let own = key("4f1d8c07");
    for _ in 0..BETWEEN {
        call(&listening.address, "/api/v1/chat/completions", &own, ASKED).await;
        within(listening.out.next_line()).await.unwrap().unwrap();
    }
    let token = listening.token().await;
    let delivery = delivery_of("gen-1780662787-A0", "");
    let answered = deliver(&listening.address, &token, &delivery).await;
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    call(&listening.address, "/api/v1/chat/completions", &own, ASKED).await;
    let line = within(listening.out.next_line()).await.unwrap().unwrap();
    let last = format!("gen-1780662787-A{BETWEEN}");
    assert_eq!(event(&line)["properties"]["trace_id"], last);
    interrupt(listening, 0).await;
}

/// A delivery of a generation, with a note in its trace.
fn delivery_of(id: &str, note: &str) -> String {
    let attribute = |key: &str, value: &str| {
        format!("{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}}")
    };
    let attributes = [
        attribute("gen_ai.response.id", id),
        attribute("gen_ai.request.model", "a/b"),
        attribute("trace.metadata.note", note),
    ];
    format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{}]}},\"scopeSpans\":[{{\"spans\":[{{\
         \"traceId\":\"00000000000000000000000000000001\",\"spanId\":\"0000000000000001\",\"name\":\"LLM Generation\",\
         \"startTimeUnixNano\":\"1780662787000000000\",\"endTimeUnixNano\":\"1780662788000000000\",\"attributes\":[{}]}}]}}]}}]}}",
        attribute("service.name", "openrouter"),
        attributes.join(",")
    )
}

/// Delivers as Broadcast does; gives the answer.
async fn deliver(address: &str, token: &str, delivery: &str) -> String {
    let request = format!(
        "POST /broadcast HTTP/1.1\r\nHost: t.example\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{delivery}",
        delivery.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answered = String::new();
    within(stream.read_to_string(&mut answered)).await.unwrap();
    answered
}

/// A delivery of the same generation holds what OpenRouter got, the key included; none is kept of it either.
#[tokio::test]
async fn a_key_in_a_delivery_is_masked_as_well() {
    let home = Home::new();
    let own = "gateway-key-4f1d8c07b93e6a25";
    let upstream = answering("", CHAT.as_bytes()).await;
    let mut listening = listening(&home, &upstream, &["--record", "calls.ndjson"]).await;
    call(&listening.address, "/api/v1/chat/completions", own, ASKED).await;
    within(listening.out.next_line()).await.unwrap().unwrap();
    let token = listening.token().await;
    let delivery = delivery_of("gen-1780662787-D", &format!("it is {own}"));
    let answered = deliver(&listening.address, &token, &delivery).await;
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    let line = within(listening.out.next_line()).await.unwrap().unwrap();
    assert_eq!(
        event(&line)["properties"]["note"],
        "it is [key masked by rainscope]"
    );
    interrupt(listening, 0).await;
    let recorded = std::fs::read_to_string(home.path("calls.ndjson")).unwrap();
    assert_eq!(recorded.lines().count(), 2, "{recorded}");
    assert!(!recorded.contains(own), "{recorded}");
}
