//! `listen --record` under load: many streams at once, to their end and to a sudden one.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::listening::{exchange, listener};
use super::{Home, within};

/// Streams in all, and those at one time that are open or whose event has not come yet.
const STREAMS: usize = 1000;
const AT_ONCE: usize = 100;

fn chunk(name: &str, text: &str) -> String {
    format!(
        "data: {{\"id\":\"gen-1780662787-{name}\",\"model\":\"a/b\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
    )
}

/// A server in place of OpenRouter: it says the name that it was asked by, piece by piece, and then so many bytes.
async fn openrouter(bytes: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, bytes));
        }
    });
    url
}

async fn answer(mut stream: TcpStream, bytes: usize) -> Option<()> {
    let mut read = Vec::new();
    while !read.ends_with(b"]}") {
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    let asked = String::from_utf8(read).ok()?;
    let name = asked.rsplit('"').nth(1)?.to_owned();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.ok()?;
    for piece in ["said ", &name, &"x".repeat(bytes)] {
        let piece = chunk(&name, piece);
        stream.write_all(piece.as_bytes()).await.ok()?;
        tokio::task::yield_now().await;
    }
    stream.write_all(b"data: [DONE]\n\n").await.ok()
}

/// The program, recording to a file.
struct Listening {
    child: Child,
    address: String,
    /// Room for another stream, once an event has come.
    room: Arc<Semaphore>,
}

async fn listening(home: &Home, upstream: &str, record: &Path) -> Listening {
    let record = record.to_str().unwrap();
    let command = listener(home, upstream, &["--record", record]);
    let mut command = tokio::process::Command::from(command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    within(err.read_line(&mut said)).await.unwrap();
    let url = said.split(' ').find(|word| word.starts_with("http://"));
    let address = url.unwrap().trim_start_matches("http://").to_owned();
    // Whatever else it says must not fill the pipe.
    tokio::spawn(async move { err.read_to_end(&mut Vec::new()).await });
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let (mut events, more) = (
        BufReader::new(child.stdout.take().unwrap()).lines(),
        Arc::clone(&room),
    );
    tokio::spawn(async move {
        while let Ok(Some(_)) = events.next_line().await {
            more.add_permits(1);
        }
    });
    Listening {
        child,
        address,
        room,
    }
}

/// An app's call; whether it was answered to the end.
async fn call(address: String, name: String) -> bool {
    let body = format!(
        "{{\"model\":\"a/b\",\"stream\":true,\"user\":\"{name}\",\"messages\":[{{\"role\":\"user\",\"content\":\"{name}\"}}]}}"
    );
    let request = format!(
        "POST /api/v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = within(exchange(&address, &request)).await;
    let answer = answer.ok().and_then(|read| String::from_utf8(read).ok());
    answer.is_some_and(|read| {
        let is_whole = read.contains("data: [DONE]");
        assert!(
            !is_whole || read.contains(&chunk(&name, &name)),
            "{name}: {read}"
        );
        is_whole
    })
}

fn calls(listening: &Listening) -> JoinSet<bool> {
    let mut clients = JoinSet::new();
    for number in 0..STREAMS {
        let (room, address) = (Arc::clone(&listening.room), listening.address.clone());
        clients.spawn(async move {
            room.acquire().await.unwrap().forget();
            call(address, format!("stream-{number}")).await
        });
    }
    clients
}

/// The names of the calls in a recording. Each line is whole, and holds the answer to its own question.
fn recorded(record: &Path, bytes: usize) -> BTreeSet<String> {
    let text = fs::read_to_string(record).unwrap();
    assert!(text.ends_with('\n'), "the last line broke off");
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let sample: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = sample["request"]["user"].as_str().unwrap().to_owned();
        let whole: String = ["said ", &name, &"x".repeat(bytes)]
            .iter()
            .map(|piece| chunk(&name, piece))
            .collect();
        let response = sample["response"].as_str().unwrap_or_default();
        match sample["captured"]["ending"].as_str() {
            Some("complete") => assert_eq!(response, format!("{whole}data: [DONE]\n\n")),
            _ => assert!(whole.starts_with(response), "{line}"),
        }
        assert!(names.insert(name), "recorded twice: {line}");
    }
    names
}

/// A SIGKILL while a hundred streams are open: what the recording holds is whole lines, and it loads.
#[tokio::test]
async fn a_recording_that_was_killed_holds_whole_lines() {
    const BYTES: usize = 500;
    let home = Home::new();
    let record = home.path("calls.ndjson");
    let upstream = openrouter(BYTES).await;
    // Killed again and again: each run goes on with the file of the one before.
    for lines in [50, 100, 400] {
        let before = fs::read(&record).map_or(0, |text| memchr::memchr_iter(b'\n', &text).count());
        let mut listening = listening(&home, &upstream, &record).await;
        let mut clients = calls(&listening);
        while let Some(client) = within(clients.join_next()).await {
            assert!(client.unwrap(), "it was cut before it was killed");
            let text = fs::read(&record).unwrap();
            if memchr::memchr_iter(b'\n', &text).count() >= before + lines {
                break;
            }
        }
        listening.child.start_kill().unwrap();
        let status = within(listening.child.wait()).await.unwrap();
        assert_eq!(status.code(), None, "it was killed in the middle");
        assert!(!clients.is_empty(), "no stream was open any more");
        drop(clients);
        let names = {
            let text = fs::read_to_string(&record).unwrap();
            let rest: String = text.split_inclusive('\n').skip(before).collect();
            let this_run = home.path("this-run.ndjson");
            fs::write(&this_run, rest).unwrap();
            recorded(&this_run, BYTES)
        };
        assert!(
            names.len() >= lines && names.len() < STREAMS,
            "{}",
            names.len()
        );
    }
    let mapped = home.run(&["map", record.to_str().unwrap()]).await;
    assert_eq!(mapped.status, Some(0), "{}", mapped.err);
    let lines = fs::read_to_string(&record).unwrap().lines().count();
    assert_eq!(mapped.out.lines().count(), lines);
}

/// A thousand streams, a hundred at once, through the whole program: all are recorded, none is mixed with another, and
/// memory does not grow with what has passed.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thousand_streams_are_recorded_in_bounded_memory() {
    const BYTES: usize = 150_000;
    /// What the program may use at most, in KiB. All that passes has 150 MB; what is kept at any time is what is open
    /// or not yet mapped, and the last 256 generations, whose deliveries may still come: 168 MB with the program
    /// itself. What waits where mapping is slower than traffic has limits of its own.
    const MOST: u64 = 192 << 10;
    let home = Home::new();
    let record = home.path("calls.ndjson");
    let upstream = openrouter(BYTES).await;
    let mut listening = listening(&home, &upstream, &record).await;
    let mut clients = calls(&listening);
    while let Some(client) = within(clients.join_next()).await {
        assert!(client.unwrap());
    }
    let id = listening.child.id().unwrap();
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let peak = status.lines().find_map(|line| {
        let number = line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?;
        number.parse::<u64>().ok()
    });
    let mut interrupt = tokio::process::Command::new("kill");
    let interrupted = interrupt.args(["-INT", &id.to_string()]).status();
    assert!(within(interrupted).await.unwrap().success());
    let status = within(listening.child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(recorded(&record, BYTES).len(), STREAMS);
    let peak = peak.unwrap();
    assert!(peak < MOST, "{peak} KiB at its peak");
}
