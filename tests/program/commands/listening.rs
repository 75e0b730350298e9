//! `listen` without a screen: what is printed and recorded of an app's calls, and how it ends.

use std::process::Stdio;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr, ChildStdout};

use super::{Home, within};

const KEY: &str = "sk-or-v1-never-kept-0123456789";
const TOKEN: &str = "deliveries-0123456789";
const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n\
    : OPENROUTER PROCESSING\n\ndata: {\"id\":\"gen-1780662787-A\",\"model\":\"a/b\",\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n\
    data: {\"id\":\"gen-1780662787-A\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// A server in place of OpenRouter that answers every request with the stream.
async fn openrouter() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut read = Vec::new();
                while !read.ends_with(b"]}") {
                    if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let _ = stream.write_all(STREAM.as_bytes()).await;
            });
        }
    });
    url
}

/// The program, listening.
pub(super) struct Listening {
    pub child: Child,
    pub out: Lines<BufReader<ChildStdout>>,
    pub err: BufReader<ChildStderr>,
    said: String,
    pub address: String,
}

impl Listening {
    /// The token of deliveries, as it is shown.
    pub(super) async fn token(&mut self) -> String {
        let mark = "{\"Authorization\": \"Bearer ";
        loop {
            let line = self.said.lines().find_map(|line| line.split_once(mark));
            if let Some((_, token)) = line {
                return token.trim_end_matches("\"}").to_owned();
            }
            let read = within(self.err.read_line(&mut self.said)).await.unwrap();
            assert!(read > 0, "{}", self.said);
        }
    }
}

/// Ends it with Ctrl-C and expects its status; gives what it said on standard error.
#[cfg(unix)]
pub(super) async fn interrupt(mut listening: Listening, status: i32) -> String {
    let id = listening.child.id().unwrap().to_string();
    let sent = tokio::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(within(sent).await.unwrap().success());
    let ended = within(listening.child.wait()).await.unwrap().code();
    within(listening.err.read_to_string(&mut listening.said))
        .await
        .unwrap();
    assert_eq!(ended, Some(status), "{}", listening.said);
    listening.said
}

/// `listen` without a screen, on a port of its own, before an upstream.
pub(super) fn listener(home: &Home, upstream: &str, arguments: &[&str]) -> std::process::Command {
    let listen = ["listen", "--no-tui", "--listen", "127.0.0.1:0"];
    home.program(&[&listen[..], &["--upstream", upstream], arguments].concat())
}

/// Starts it, and waits until it says where.
pub(super) async fn listening(home: &Home, arguments: &[&str]) -> Listening {
    let mut command = listener(home, &openrouter().await, arguments);
    command.env("RAINSCOPE_DELIVERIES_TOKEN", TOKEN);
    started(command).await
}

/// Starts a command that listens, and waits until it says where.
pub(super) async fn started(command: std::process::Command) -> Listening {
    let mut command = tokio::process::Command::from(command);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    within(err.read_line(&mut said)).await.unwrap();
    let is_url = |word: &&str| word.starts_with("http://");
    while !said.contains("rainscope listens at") {
        assert!(
            within(err.read_line(&mut said)).await.unwrap() > 0,
            "{said}"
        );
    }
    let line = said
        .lines()
        .find(|line| line.contains("listens at"))
        .unwrap();
    let url = line.split(' ').find(is_url).unwrap();
    let address = url.trim_start_matches("http://").to_owned();
    Listening {
        child,
        out,
        err,
        said,
        address,
    }
}

/// Sends a request, and reads what comes until the connection ends.
pub(super) async fn exchange(address: &str, request: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await?;
    Ok(read)
}

/// An app's call through the proxy, to its end.
pub(super) async fn call(address: &str) -> String {
    let body = "{\"model\":\"a/b\",\"user\":\"ada\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Say hello\"}]}";
    let request = format!(
        "POST /api/v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {KEY}\r\nX-Session-Id: s-1\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = within(exchange(address, &request)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn each_call_is_an_event_a_line_and_a_sample_in_the_recording() {
    let home = Home::new();
    let record = home.path("calls.ndjson");
    let record = record.to_str().unwrap();
    let mut listening = listening(&home, &["--record", record, "--trace", "env=dev"]).await;
    let read = call(&listening.address).await;
    assert!(read.contains("data: [DONE]"), "{read}");
    let line = within(listening.out.next_line()).await.unwrap().unwrap();
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["user_id"], "ada");
    assert_eq!(event["ai_data"]["output"], "Hello");
    assert_eq!(event["ai_data"]["convo_id"], "s-1");
    assert_eq!(event["properties"]["env"], "dev");
    assert!(
        event["properties"]["duration_ms"].is_u64(),
        "measured: {event}"
    );

    // A delivery of Broadcast's makes an event, too.
    let body = "{\"resourceSpans\":[]}";
    let mut stream = TcpStream::connect(&listening.address).await.unwrap();
    let delivery = format!(
        "POST /broadcast HTTP/1.1\r\nHost: t.example\r\nAuthorization: Bearer deliveries-0123456789\r\nX-Test-Connection: true\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(delivery.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    #[cfg(unix)]
    {
        let id = listening.child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill")
            .args(["-INT", &id])
            .status();
        assert!(within(sent).await.unwrap().success());
        assert_eq!(
            within(listening.child.wait()).await.unwrap().code(),
            Some(0)
        );
        let recorded = std::fs::read_to_string(record).unwrap();
        assert_eq!(recorded.lines().count(), 1, "{recorded}");
        within(listening.err.read_to_string(&mut listening.said))
            .await
            .unwrap();
        let rest = within(listening.out.next_line()).await.unwrap();
        for text in [&recorded, &listening.said, &line, &format!("{rest:?}")] {
            assert!(!text.contains(KEY), "{text}");
        }
        // What was recorded maps to what was printed.
        let mapped = home.run(&["map", "--trace", "env=dev", record]).await;
        let again: serde_json::Value = serde_json::from_str(mapped.out.trim()).unwrap();
        assert_eq!(again, event);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_run_and_its_status_returned() {
    let home = Home::new();
    let script = "echo \"$OPENAI_BASE_URL $NO_PROXY\"; echo told >&2; exit 7";
    let mut listening = listening(&home, &["--events", "e.ndjson", "--", "sh", "-c", script]).await;
    let line = within(listening.out.next_line()).await.unwrap().unwrap();
    let base_url = format!("http://{}/api/v1 ", listening.address);
    assert!(line.starts_with(&base_url), "{line}");
    // A proxy of the environment's would see key and prompts.
    assert!(line.ends_with(" 127.0.0.1,localhost"), "{line}");
    assert_eq!(
        within(listening.child.wait()).await.unwrap().code(),
        Some(7)
    );
}

/// A base URL in the command's code wins over the variables, so that an empty file may be false.
#[cfg(unix)]
#[tokio::test]
async fn a_command_whose_calls_did_not_come_is_told_of() {
    let home = Home::new();
    let ran = home
        .run(&[
            "listen",
            "--no-tui",
            "--listen",
            "127.0.0.1:0",
            "--events",
            "e.ndjson",
            "--",
            "true",
        ])
        .await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let says = "a base URL that is written in the command's code wins over its variable";
    assert!(ran.err.contains(says), "{ran:?}");
    let shown = home.run(&["listen", "--show", "openai"]).await;
    assert!(
        shown
            .out
            .contains("Where the code gives a base URL, that one wins")
    );
}

#[tokio::test]
async fn what_to_set_is_printed_for_each_client() {
    let home = Home::new();
    let printed = home.run(&["listen", "--print-env"]).await;
    assert_eq!(printed.status, Some(0));
    assert!(
        printed
            .out
            .contains("export OPENAI_BASE_URL=http://127.0.0.1:4111/api/v1\n")
    );
    let shown = home
        .run(&["listen", "--listen", "127.0.0.1:9", "--show", "ai-sdk"])
        .await;
    assert!(
        shown.out.contains("baseURL: \"http://127.0.0.1:9/api/v1\""),
        "{}",
        shown.out
    );
    let unknown = home.run(&["listen", "--show", "nothing"]).await;
    assert_eq!(unknown.status, Some(2));
    assert!(unknown.err.contains("litellm"), "{}", unknown.err);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_before_anything_starts() {
    let home = Home::new();
    for (arguments, says) in [
        (&["--listen", "0.0.0.0:0"][..], "127.0.0.1"),
        (&["--upstream", "http://openrouter.ai"], "in the clear"),
        (&["--record", "/"], "--record"),
        (&["--", "sh"], "--events"),
        (&["--events", "/"], "it is no file"),
        (
            &[
                "--listen",
                "127.0.0.1:4599",
                "--upstream",
                "http://localhost:4599",
            ],
            "in a circle",
        ),
        (
            &[
                "--listen",
                "127.0.0.1:0",
                "--events",
                "e",
                "--",
                "no-such-command-here",
            ],
            "no-such-command-here",
        ),
        (&["--listen", "127.0.0.1:0", "--print-env"], "port"),
    ] {
        let arguments = [&["listen", "--no-tui"], arguments].concat();
        let ran = home.run(&arguments).await;
        assert_eq!(ran.status, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
}

/// What a client reads that asks with a body through the proxy and is answered so. Neither is altered on its way.
async fn asked(listening: &Listening, upstream: &TcpListener, body: &str, answer: &str) -> String {
    let request = format!(
        "POST /api/v1/chat/completions HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        listening.address,
        body.len()
    );
    let (mut client, mut stream, seen) = pass(listening, &request, upstream).await;
    assert!(seen.ends_with(body), "what passes is unaltered");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    let mut read = String::new();
    within(client.read_to_string(&mut read)).await.unwrap();
    read
}

/// An app may say its key in what it asks, and a server may echo it, as it is or escaped: what passes is unaltered,
/// what is kept is masked.
#[cfg(unix)]
#[tokio::test]
async fn a_key_that_is_repeated_in_a_body_is_masked_in_what_is_kept() {
    let home = Home::new();
    let record = home.path("calls.ndjson").display().to_string();
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let mut listening = started(listener(&home, &url, &["--record", &record])).await;
    let escaped: String = KEY
        .chars()
        .map(|c| format!("\\u{:04x}", c as u32))
        .collect();
    let body = format!(
        "{{\"model\":\"a/b\",\"user\":\"ada\",\"trace\":{{\"note\":\"{escaped}\"}},\"messages\":[{{\"role\":\"user\",\"content\":\"I am {KEY}\"}}]}}"
    );
    let answer = format!(
        "{{\"id\":\"gen-1780662787-E\",\"model\":\"a/b\",\"choices\":[{{\"message\":{{\"content\":\"You said Bearer {KEY}\"}}}}]}}"
    );
    let read = asked(&listening, &upstream, &body, &answer).await;
    assert!(read.contains(&format!("You said Bearer {KEY}")), "{read}");
    let printed = within(listening.out.next_line()).await.unwrap().unwrap();
    let said = interrupt(listening, 0).await;
    let recorded = std::fs::read_to_string(&record).unwrap();
    for text in [&printed, &said, &recorded] {
        assert!(!text.contains(KEY) && !text.contains(&escaped), "{text}");
    }
    assert!(
        printed.contains("You said Bearer [key masked by rainscope]"),
        "{printed}"
    );
    let event: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(event["user_id"], "ada");
}

/// An agent may print its environment, which has the program's own keys.
#[tokio::test]
async fn the_programs_own_keys_are_masked_in_what_is_kept() {
    const WRITE_KEY: &str = "rk_live_W7pQx2LmN8vRt4KsY6bZc1D";
    const OWN_KEY: &str = "sk-or-v1-4f1d8c07b93e5a26aaQz";
    let home = Home::new();
    let record = home.path("calls.ndjson").display().to_string();
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let mut command = listener(&home, &url, &["--record", &record]);
    command.env("RAINDROP_WRITE_KEY", WRITE_KEY);
    command.env("OPENROUTER_API_KEY", OWN_KEY);
    let mut listening = started(command).await;
    let code = STANDARD.encode(format!("RAINDROP_WRITE_KEY={WRITE_KEY}"));
    let body = format!(
        "{{\"model\":\"a/b\",\"trace\":{{\"note\":\"{OWN_KEY}\"}},\"messages\":[{{\"role\":\"user\",\"content\":\"env says {WRITE_KEY}\"}}]}}"
    );
    let answer = format!(
        "{{\"id\":\"gen-1780662787-E\",\"model\":\"a/b\",\"choices\":[{{\"message\":{{\"content\":\"It is {code}\"}}}}]}}"
    );
    let read = asked(&listening, &upstream, &body, &answer).await;
    assert!(read.contains(&code), "{read}");
    let printed = within(listening.out.next_line()).await.unwrap().unwrap();
    let said = interrupt(listening, 0).await;
    let recorded = std::fs::read_to_string(&record).unwrap();
    for text in [&printed, &said, &recorded] {
        for secret in [WRITE_KEY, OWN_KEY, &code] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert!(printed.contains("env says [key masked"), "{printed}");
}

/// Sends a request as an app; gives the app's connection, the upstream's, and what came there.
async fn pass(
    listening: &Listening,
    request: &str,
    upstream: &TcpListener,
) -> (TcpStream, TcpStream, String) {
    let mut client = TcpStream::connect(&listening.address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let (mut stream, _) = within(upstream.accept()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"]}") {
        assert!(within(stream.read_buf(&mut seen)).await.unwrap() > 0);
    }
    (client, stream, String::from_utf8(seen).unwrap())
}

/// A planted key, wherever an app may put one: it passes through, and is found nowhere afterwards.
#[cfg(unix)]
#[tokio::test]
async fn keys_pass_through_and_stay_nowhere() {
    let home = Home::new();
    let record = home.path("calls.ndjson").display().to_string();
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let sink = crate::stand_in::StandIn::start(crate::stand_in::Health::Workshop);
    let mut command = listener(
        &home,
        &url,
        &["--record", &record, "--forward", "--base-url", &sink.url],
    );
    command
        .env("RAINSCOPE_LOG", "trace")
        .env("RAINSCOPE_LOG_PAYLOADS", "1")
        .env("RAINDROP_WRITE_KEY", KEY)
        .env("RAINSCOPE_DELIVERIES_TOKEN", TOKEN);
    let mut listening = started(command).await;
    let planted = [
        format!("Authorization: Bearer {KEY}"),
        format!("X-Api-Key: {KEY}"),
        format!("Proxy-Authorization: Basic {KEY}"),
        format!("Cookie: session={KEY}"),
        format!("X-Anything: {KEY}"),
    ];
    let body = "{\"model\":\"a/b\",\"user\":\"ada\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello\"}]}";
    let request = format!(
        "POST /api/v1/chat/completions?key={KEY}&api_key={KEY} HTTP/1.1\r\nHost: {}\r\n{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        listening.address,
        planted.join("\r\n"),
        body.len()
    );
    let (mut client, mut stream, seen) = pass(&listening, &request, &upstream).await;
    let seen = seen.to_lowercase();
    // What the app sent reaches OpenRouter, but for what was meant for a proxy.
    for line in &planted {
        let expected = !line.starts_with("Proxy-");
        assert_eq!(
            seen.contains(&line.to_lowercase()),
            expected,
            "{line}: {seen}"
        );
    }
    assert!(
        seen.contains(&format!("?key={KEY}&api_key={KEY}")),
        "{seen}"
    );
    // The upstream's cookies reach the app and nothing else.
    let answer = "{\"id\":\"gen-1780662787-K\",\"model\":\"a/b\",\"choices\":[{\"message\":{\"content\":\"Hello\"}}]}";
    let answer = format!(
        "HTTP/1.1 200 OK\r\nSet-Cookie: upstream={KEY}\r\nX-Request-Key: {KEY}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    let mut read = String::new();
    within(client.read_to_string(&mut read)).await.unwrap();
    assert!(read.contains(&format!("upstream={KEY}")), "{read}");
    let printed = within(listening.out.next_line()).await.unwrap().unwrap();
    assert!(!printed.contains(KEY), "{printed}");
    // A call that cannot be passed on is said without its query.
    drop(upstream);
    drop(stream);
    let mut client = TcpStream::connect(&listening.address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let mut read = String::new();
    within(client.read_to_string(&mut read)).await.unwrap();
    assert!(
        read.starts_with("HTTP/1.1 502") && !read.contains(KEY),
        "{read}"
    );
    let said = interrupt(listening, 0).await;
    assert!(!said.contains(KEY), "{said}");
    assert_eq!(sink.posted().len(), 1);
    for request in sink.received() {
        assert!(!format!("{request:?}").contains(KEY), "{request:?}");
    }
    // Recording, history, log, and whatever else was written.
    let mut looked_at = 0;
    let mut folders = vec![home.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let found = memchr::memmem::find(&bytes, KEY.as_bytes());
            assert_eq!(found, None, "the key is in {}", path.display());
            looked_at += usize::from(!bytes.is_empty());
        }
    }
    assert!(looked_at >= 3, "recording, history and log were looked at");
}

/// A full disk costs events, and nothing else: the app's calls go on, and the status tells.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_costs_events_and_no_call() {
    let home = Home::new();
    let listening = listening(&home, &["--events", "/dev/full"]).await;
    for _ in 0..2 {
        let answer = call(&listening.address).await;
        assert!(answer.contains("[DONE]"), "{answer}");
    }
    let said = interrupt(listening, 2).await;
    assert_eq!(said.matches("cannot write an event").count(), 1, "{said}");
    assert!(said.contains("2 events were not written"), "{said}");
}

/// What a kill or a full disk left of a line is ended, and the file is its owner's alone.
#[cfg(unix)]
#[tokio::test]
async fn events_are_not_glued_to_a_line_that_broke_off() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let path = home.path("e.ndjson");
    std::fs::write(&path, "{\"event\":\"hal").unwrap();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, open).unwrap();
    let listening = listening(&home, &["--events", path.to_str().unwrap()]).await;
    call(&listening.address).await;
    interrupt(listening, 0).await;
    let written = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines.len(), 2, "{written}");
    assert!(lines[1].starts_with("{\"event\":\"llm"), "{written}");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A pipe that nobody reads is refused rather than waited for.
#[cfg(unix)]
#[tokio::test]
async fn events_go_to_no_pipe() {
    let home = Home::new();
    let pipe = home.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let pipe = pipe.to_str().unwrap();
    let arguments = [
        "listen",
        "--no-tui",
        "--listen",
        "127.0.0.1:0",
        "--events",
        pipe,
    ];
    let ran = home.run(&arguments).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("--events"), "{ran:?}");
}
