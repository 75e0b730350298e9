//! `verify`: what was sent is read back and compared, from the sink and from stand-ins made of the documented shapes; and
//! the query key goes nowhere but to the Query API.

use std::fs;
use std::sync::{Arc, Mutex};

use rainscope::delivery::sink::SinkOptions;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::{Home, Ran, completions, run, sink};
use crate::wire::server::{Received, read};

const QUERY_KEY: &str = "qk_of_the_query_api_0123456789";
const WRITE_KEY: &str = "rk_of_the_cloud_0123456789";

/// What a server made for one test does with a request: its path and body give status, headers and body; none hangs.
type Answer = Box<dyn Fn(usize, &str, &str) -> Option<(u16, &'static str, String)> + Send + Sync>;

/// A server that answers as a test says, and remembers every request with its time.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Server {
    async fn start(answer: Answer) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&kept)));
            }
        });
        Server { url, seen }
    }

    /// Heads and bodies of the requests, questions for its health aside.
    fn seen(&self) -> Vec<(Instant, String)> {
        let mut all = self.seen.lock().unwrap().clone();
        all.retain(|(_, request)| !request.starts_with("GET /health"));
        all
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Arc<Answer>,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
) -> Option<()> {
    loop {
        let Received { head, body } = read(&mut stream).await?;
        let body = String::from_utf8(body).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let count = {
            let mut seen = seen.lock().unwrap();
            seen.push((Instant::now(), format!("{head}{body}")));
            let asked = |(_, request): &&(Instant, String)| !request.starts_with("GET /health");
            seen.iter().filter(asked).count()
        };
        let answered = match path.as_str() {
            "/health" => Some((200, "", r#"{"ok":true,"service":"query"}"#.to_owned())),
            _ => answer(count, &path, &body),
        };
        let Some((status, headers, body)) = answered else {
            std::future::pending::<()>().await;
            return None;
        };
        let length = body.len();
        let text =
            format!("HTTP/1.1 {status} x\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await.ok()?;
    }
}

/// Many events: no more of them are held than are looked for at once.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_events_are_verified_in_bounded_memory() {
    const FILES: usize = 40;
    const EACH: usize = 100;
    // Bodies of 128 MB in all.
    const TEXT: usize = 32_000;
    // Kept, the bodies alone would take more than twice that.
    const MOST: u64 = 160 << 10;
    let home = Home::new();
    let folder = home.path("logs");
    fs::create_dir(&folder).unwrap();
    for file in 0..FILES {
        let text = completions(EACH)
            .replace("gen-", &format!("gen-{file}-"))
            .replace("Question", &"x".repeat(TEXT));
        fs::write(folder.join(format!("{file}.ndjson")), text).unwrap();
    }
    let verifying = Arc::new(Mutex::new(None::<u32>));
    let peak = Arc::new(Mutex::new(None));
    let (of, read) = (Arc::clone(&verifying), Arc::clone(&peak));
    let server = Server::start(Box::new(move |count, path, _| {
        if count == FILES * EACH {
            let id = of.lock().unwrap().unwrap();
            let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            *read.lock().unwrap() = number;
        }
        let id = path.rsplit('/').next().unwrap();
        Some((200, "", json!({"data": {"id": id}}).to_string()))
    }))
    .await;
    let mut command = home.program(&["verify", "--base-url", &server.url, "logs"]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let child = tokio::process::Command::from(command).spawn().unwrap();
    *verifying.lock().unwrap() = child.id();
    let ran: Ran = super::within(child.wait_with_output())
        .await
        .unwrap()
        .into();
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(ran.out.contains("4,000 with a difference"), "{}", ran.err);
    let peak = peak.lock().unwrap().unwrap();
    assert!(peak < MOST, "{peak} KiB at its peak");
}

/// Ctrl-C in the middle: what was found is told, the rest is not known, and nothing is asked any more.
#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_tells_what_was_found() {
    let home = Home::new();
    let (file, data) = sample(&home);
    let more = home.write("more.ndjson", &completions(4).replace("gen-0", "gen-1"));
    let id = data["id"].as_str().unwrap().to_owned();
    for signal in ["-INT", "-TERM"] {
        let (answer, id) = (json!({"data": data}).to_string(), id.clone());
        let (asked, mut hangs) = tokio::sync::mpsc::unbounded_channel();
        let server = Server::start(Box::new(move |_, path, _| {
            if path.contains(&id) {
                return Some((200, "", answer.clone()));
            }
            let _ = asked.send(());
            None
        }))
        .await;
        let mut command = home.program(&["verify", &file, &more]);
        command
            .env("RAINDROP_QUERY_API_KEY", QUERY_KEY)
            .env("RAINDROP_QUERY_API_BASE", format!("{}/v1/", server.url))
            .env("RAINSCOPE_BASE_URL", "https://api.raindrop.ai")
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let child = tokio::process::Command::from(command).spawn().unwrap();
        // The second question is never answered.
        super::within(hangs.recv()).await.unwrap();
        let pid = child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(super::within(sent).await.unwrap().success());
        let ran: Ran = super::within(child.wait_with_output())
            .await
            .unwrap()
            .into();
        assert_eq!(ran.status, Some(1), "{ran:?}");
        assert!(ran.err.contains("stopped: what was not found"), "{ran:?}");
        assert!(ran.out.contains("1 stored"), "{ran:?}");
        assert!(ran.out.contains("4 not known"), "{ran:?}");
        assert_eq!(server.seen().len(), 2);
    }
}

/// One completion with a time and a cost, and its event as the Query API answers it.
fn sample(home: &Home) -> (String, Value) {
    let text = completions(1)
        .replace(
            r#"{"request""#,
            r#"{"completed_at":"2026-06-05T12:31:53.986Z","request""#,
        )
        .replace(r#""choices""#, r#""usage":{"cost":1.48e-05},"choices""#);
    let file = home.write("one.json", &text);
    let loaded = rainscope::load("one.json", text.as_bytes());
    let mapped = rainscope::map(&loaded.completions[0], &rainscope::Edits::none());
    let event = rainscope::event_json(mapped.event().unwrap(), rainscope::Privacy::Off);
    let event: Value = serde_json::from_str(&event).unwrap();
    let data = json!({
        "id": event["event_id"], "event_name": event["event"], "user_id": event["user_id"],
        "timestamp": event["timestamp"], "user_input": event["ai_data"]["input"],
        "assistant_output": event["ai_data"]["output"], "model": event["ai_data"]["model"],
        "convo_id": event["ai_data"]["convo_id"], "properties": event["properties"],
    });
    (file, data)
}

/// Runs it against a Query API of this test, for an event that was sent to Raindrop.
async fn verified(home: &Home, server: &Server, more: &[&str]) -> Ran {
    let all = [&["verify", "--format", "json"], more].concat();
    let mut command = home.program(&all);
    command
        .env("RAINDROP_QUERY_API_KEY", QUERY_KEY)
        .env("RAINDROP_QUERY_API_BASE", format!("{}/v1/", server.url))
        .env("RAINDROP_WRITE_KEY", WRITE_KEY);
    run(command, "").await
}

/// The result, and the fields that are not stored as sent with their fates.
fn told(out: &str) -> (String, Vec<String>) {
    let line: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let fields = line["fields"].as_array().into_iter().flatten();
    let fields = fields
        .filter(|field| field["fate"] != "as-sent")
        .map(|field| {
            let text = |key: &str| field[key].as_str().unwrap().to_owned();
            format!("{} {} {}", text("pointer"), text("fate"), text("rule"))
        });
    (
        line["result"].as_str().unwrap().to_owned(),
        fields.collect(),
    )
}

#[tokio::test]
async fn what_the_sink_stored_is_compared_and_the_verdict_is_kept() {
    let home = Home::new();
    let file = home.write("many.ndjson", &completions(30));
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let url = sink.destination().base_url().to_string();
    let to = ["--base-url", &url, &file];
    let sent = home.run(&[&["send"], &to[..]].concat()).await;
    assert_eq!(sent.status, Some(0), "{sent:?}");
    // Their time was the time of sending: the history knows it.
    let ran = home.run(&[&["verify"], &to[..]].concat()).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains("30 stored in the sink"), "{ran:?}");
    use rainscope::delivery::history::{History, Query};
    let history = History::open(&home.path("state").join("history.db")).unwrap();
    let query = Query {
        limit: 100,
        ..Query::default()
    };
    let records = history.recent(&query).unwrap();
    assert_eq!(records.len(), 30);
    for record in &records {
        let verdict = history.get(record.id).unwrap().unwrap().verdict.unwrap();
        assert_eq!(verdict.verdict.outcome.name(), "stored");
        assert!(verdict.verdict.link.starts_with(&url), "{verdict:?}");
    }
    // Without the history nobody knows that time.
    let mut command = home.program(&[&["verify", "--format", "json"], &to[..]].concat());
    command.env("RAINSCOPE_HISTORY", "false");
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let (result, fields) = told(&ran.out);
    assert_eq!(result, "differs");
    assert_eq!(fields, ["/timestamp not-known not-remembered"]);
    // What was never sent is not found, after asking again.
    let other = home.write("other.json", &completions(1).replace("gen-000000", "gen-x"));
    let ran = home
        .run(&["verify", "--base-url", &url, &other, "--timeout", "1"])
        .await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.out.contains("1 not found"), "{ran:?}");
}

#[tokio::test]
async fn a_private_event_is_compared_without_its_text() {
    let home = Home::new();
    let file = home.write("one.ndjson", &completions(1));
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let url = sink.destination().base_url().to_string();
    let to = ["--base-url", &url, &file];
    home.run(&[&["send", "--privacy"], &to[..]].concat()).await;
    // The history remembers that it was private, and that the time was that of sending.
    let ran = home.run(&[&["verify"], &to[..]].concat()).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    // What can't be read is in the summary too, since it makes the status.
    let broken = home.write("broken.ndjson", &(completions(1) + "{\"request\": {\n"));
    let ran = home.run(&["verify", "--base-url", &url, &broken]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.out.contains("1 stored · 1 unreadable in "), "{ran:?}");
}

/// Of what was sent in privacy mode no body is kept: where the completion makes another event now, nobody says that that one
/// was sent, and no verdict on it is put down to the delivery.
#[tokio::test]
async fn what_a_completion_makes_now_is_not_called_sent() {
    let home = Home::new();
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let url = sink.destination().base_url().to_string();
    let file = home.write("one.ndjson", &completions(1));
    let to = ["--base-url", &url, &file];
    home.run(&[&["send", "--privacy"], &to[..]].concat()).await;
    for changes in [&["--user", "zoe"][..], &["--privacy", "--user", "zoe"]] {
        let ran = home.run(&[&["verify"], changes, &to[..]].concat()).await;
        assert_eq!(ran.status, Some(1), "{ran:?}");
        for says in [
            "/user_id  expected \"zoe\", stored ",
            "not-remembered.event",
        ] {
            assert!(ran.out.contains(says), "{ran:?}");
        }
        assert!(!ran.out.contains("sent \"zoe\""), "{ran:?}");
        assert!(!ran.out.contains("text that was not sent"), "{ran:?}");
        assert!(ran.err.contains("the history has 0 of 1 events"), "{ran:?}");
        assert!(!ran.err.contains("count for none"), "{ran:?}");
    }
    use rainscope::delivery::history::{History, Query};
    let history = History::open(&home.path("state").join("history.db")).unwrap();
    let query = Query {
        limit: 1,
        ..Query::default()
    };
    let record = history.recent(&query).unwrap().remove(0);
    assert!(history.get(record.id).unwrap().unwrap().verdict.is_none());
    // As it was, it is what was sent.
    let ran = home.run(&[&["verify"], &to[..]].concat()).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(history.get(record.id).unwrap().unwrap().verdict.is_some());
}

/// Privacy mode is asked about by those who fear that text went out: where it did, that is the answer.
/// The history's copy is what was sent, whatever the options would make; and without one, nothing is said to have been
/// changed by anybody.
#[tokio::test]
async fn options_say_nothing_of_what_was_sent() {
    let home = Home::new();
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let input = home.write("input.ndjson", &completions(1));
    let to = ["--base-url", &base_url, &input];
    let sent = home.run(&[&["send"], &to[..]].concat()).await;
    assert_eq!(sent.status, Some(0), "{sent:?}");
    let says =
        "the history has what was sent of 1 of 1 events, and that is what they were held against";
    for (changes, is_told) in [
        (&["--privacy"][..], true),
        (&["--user", "zoe"], true),
        (&[], false),
    ] {
        let ran = home.run(&[&["verify"], changes, &to[..]].concat()).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert_eq!(ran.err.contains(says), is_told, "{ran:?}");
    }
    let elsewhere = Home::new();
    let arguments = [&["verify", "--user", "zoe"], &to[..]].concat();
    let ran = elsewhere.run(&arguments).await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("/user_id  expected \"zoe\", stored "),
        "{ran:?}"
    );
    assert!(ran.out.contains("not-remembered.event"), "{ran:?}");
    assert!(!ran.out.contains("sink.merged-event"), "{ran:?}");
}

#[tokio::test]
async fn text_that_was_sent_before_is_no_private_event() {
    let home = Home::new();
    let file = home.write("one.ndjson", &completions(1));
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let url = sink.destination().base_url().to_string();
    let to = ["--base-url", &url, &file];
    for more in [&["send"][..], &["send", "--privacy"]] {
        let sent = home.run(&[more, &to[..]].concat()).await;
        assert_eq!(sent.status, Some(0), "{sent:?}");
    }
    let ran = home.run(&[&["verify"], &to[..]].concat()).await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.out.contains("1 with text that was not sent"), "{ran:?}");
    let says = "/ai_data/input, text that was not sent with this event";
    assert!(ran.out.contains(says), "{ran:?}");
    use rainscope::delivery::history::{History, Query};
    let history = History::open(&home.path("state").join("history.db")).unwrap();
    let query = Query {
        limit: 1,
        ..Query::default()
    };
    let last = history.recent(&query).unwrap().remove(0);
    let verdict = history.get(last.id).unwrap().unwrap().verdict.unwrap();
    assert_eq!(verdict.verdict.outcome.name(), "has-text");
}

#[tokio::test]
async fn planted_losses_changes_and_respellings_are_told_apart() {
    let home = Home::new();
    let (file, data) = sample(&home);
    type Plant = fn(&mut Value);
    let table: [(Plant, i32, &str, &[&str]); 4] = [
        // What this test's own JSON makes of 1.48e-05.
        (
            |_| {},
            0,
            "stored",
            &["/properties/total_cost by-value respelled"],
        ),
        (
            |data| data["properties"]["total_cost"] = json!("0.0000148"),
            0,
            "stored",
            &["/properties/total_cost by-value query-api.properties-as-text"],
        ),
        (
            |data| data["properties"]["total_cost"] = json!(0.0000149),
            1,
            "differs",
            &["/properties/total_cost changed unexplained"],
        ),
        (
            |data| data["timestamp"] = Value::Null,
            1,
            "differs",
            &[
                "/timestamp lost unexplained",
                "/properties/total_cost by-value respelled",
            ],
        ),
    ];
    for (plant, status, result, fields) in table {
        let mut data = data.clone();
        plant(&mut data);
        let body = json!({"data": data}).to_string();
        let server = Server::start(Box::new(move |_, _, _| Some((200, "", body.clone())))).await;
        let ran = verified(&home, &server, &[&file]).await;
        assert_eq!(ran.status, Some(status), "{ran:?}");
        assert_eq!(told(&ran.out).0, result);
        assert_eq!(told(&ran.out).1, fields);
        let (_, request) = server.seen().remove(0);
        let id = data["id"].as_str().unwrap();
        assert!(
            request.starts_with(&format!("GET /v1/events/{id} ")),
            "{request}"
        );
        assert!(
            request.contains(&format!("Bearer {QUERY_KEY}")),
            "{request}"
        );
        assert!(!request.contains(WRITE_KEY), "{request}");
    }
}

#[tokio::test]
async fn it_waits_as_a_server_asks_and_never_asks_twice_within_a_second() {
    let home = Home::new();
    let (file, data) = sample(&home);
    let body = json!({"data": data}).to_string();
    let server = Server::start(Box::new(move |count, _, _| {
        Some(match count {
            1 => (429, "Retry-After: 1\r\n", String::new()),
            2 => (
                404,
                "",
                r#"{"error":{"code":"NOT_FOUND","message":"no"}}"#.to_owned(),
            ),
            _ => (200, "", body.clone()),
        })
    }))
    .await;
    let ran = verified(&home, &server, &[&file]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let times: Vec<Instant> = server.seen().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times.len(), 3);
    for pair in times.windows(2) {
        let apart = pair[1] - pair[0];
        assert!(apart.as_millis() >= 950, "{apart:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_no_verdict() {
    let home = Home::new();
    let (file, _) = sample(&home);
    let echo =
        format!(r#"{{"error":{{"code":"UNAUTHORIZED","message":"not {QUERY_KEY} \u001b[31m"}}}}"#);
    let table: [(Answer, i32, &str); 6] = [
        (
            Box::new(move |_, _, _| Some((401, "", echo.clone()))),
            2,
            "takes a query key",
        ),
        (
            Box::new(|_, _, _| Some((302, "Location: http://127.0.0.1:1/\r\n", String::new()))),
            2,
            "redirect",
        ),
        (
            Box::new(|_, _, _| Some((200, "", "<html>\u{1b}]0;no\u{7}".to_owned()))),
            2,
            "no JSON",
        ),
        (
            Box::new(|_, _, _| Some((200, "", r#"{"data":{}}"#.to_owned()))),
            2,
            "no event in it",
        ),
        (
            Box::new(|_, _, _| Some((200, "", format!("[\"{}\"]", "x".repeat(65 << 20))))),
            2,
            "longer than 64 MiB",
        ),
        (
            Box::new(|_, _, _| Some((503, "", "busy".to_owned()))),
            2,
            "busy or in trouble (503)",
        ),
    ];
    for (answer, status, says) in table {
        let server = Server::start(answer).await;
        let ran = verified(&home, &server, &["--timeout", "1", &file]).await;
        assert_eq!(ran.status, Some(status), "{ran:?}");
        assert_eq!(told(&ran.out).0, "unread");
        assert!(ran.out.contains(says), "{says}: {}", ran.out);
        for text in [&ran.out, &ran.err] {
            assert!(
                !text.contains(QUERY_KEY) && !text.contains('\u{1b}'),
                "{text}"
            );
        }
    }
}

/// A server that answers 404 to everything has not said of an event that it is missing.
#[tokio::test]
async fn a_server_that_tells_of_no_event_is_not_taken_at_its_word() {
    let home = Home::new();
    let (file, _) = sample(&home);
    let says = "answers 404 to questions about any event, so whether this one is stored there is not known";
    // What it answers to the questions about all events, with what follows.
    let table = [
        ("--base-url", 404, "", 2, says),
        (
            "--base-url",
            200,
            r#"{"data":[]}"#,
            1,
            "1 not found in the server",
        ),
        ("workshop", 404, "", 2, says),
        (
            "workshop",
            200,
            r#"{"rows":[]}"#,
            1,
            "1 not found in the Workshop",
        ),
    ];
    for (kind, status, all, exit, says) in table {
        let server = Server::start(Box::new(move |_, path, _| {
            let is_about_all = path.starts_with("/v1/events?") || path == "/api/traces/query";
            Some(match is_about_all {
                true => (status, "", all.to_owned()),
                false => (404, "", "no".to_owned()),
            })
        }))
        .await;
        let mut command = match kind {
            "workshop" => home.program(&["verify", "--timeout", "0", &file]),
            option => home.program(&["verify", option, &server.url, "--timeout", "0", &file]),
        };
        if kind == "workshop" {
            command.env("RAINDROP_LOCAL_DEBUGGER", &server.url);
        }
        let ran = run(command, "").await;
        assert_eq!(ran.status, Some(exit), "{ran:?}");
        assert!(ran.out.contains(says), "{ran:?}");
    }
}

#[tokio::test]
async fn many_events_are_looked_for_in_pages() {
    let home = Home::new();
    let file = home.write("many.ndjson", &completions(60));
    let plan = home.run(&["map", &file]).await;
    let ids: Vec<String> = plan
        .out
        .lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["event_id"].as_str().unwrap().to_owned()
        })
        .collect();
    let server = Server::start(Box::new(move |_, path, _| {
        let second = path.contains("cursor=next");
        let page = if second { &ids[50..] } else { &ids[..50] };
        let data: Vec<Value> = page.iter().map(|id| json!({"id": id})).collect();
        let meta = match second {
            true => json!({"cursor": null, "has_more": false}),
            false => json!({"cursor": "next", "has_more": true}),
        };
        Some((200, "", json!({"data": data, "meta": meta}).to_string()))
    }))
    .await;
    let ran = verified(&home, &server, &[&file]).await;
    assert_eq!(ran.out.lines().count(), 60, "{ran:?}");
    assert_eq!(server.seen().len(), 2);
}

/// Neither the write key nor the query key goes to a Workshop, and the query key is in nothing that is written.
#[tokio::test]
async fn no_key_goes_where_it_must_not() {
    let home = Home::new();
    let (file, data) = sample(&home);
    let (id, properties) = (data["id"].clone(), data["properties"].to_string());
    let run_of = json!({
        "run": {"id": "a/b", "event_id": id, "event_name": data["event_name"], "user_id": data["user_id"],
            "name": data["model"], "metadata": properties},
        "spans": [{"id": format!("evt_{}", id.as_str().unwrap()), "model": data["model"],
            "input_payload": data["user_input"], "output_payload": data["assistant_output"]}]
    });
    let workshop = Server::start(Box::new(move |_, path, _| {
        Some(match path {
            "/api/runs/detail/a%2Fb" => (200, "", run_of.to_string()),
            path if path.starts_with("/api/spans/evt_") => {
                (200, "", r#"{"run_id":"a/b"}"#.to_owned())
            }
            _ => (404, "", String::new()),
        })
    }))
    .await;
    let mut command = home.program(&["verify", "--format", "json", &file]);
    command
        .env("RAINDROP_LOCAL_DEBUGGER", &workshop.url)
        .env("RAINDROP_QUERY_API_KEY", QUERY_KEY)
        .env("RAINDROP_WRITE_KEY", WRITE_KEY);
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let expected = [
        "/timestamp lost workshop.timestamp",
        "/properties/total_cost by-value workshop.numbers",
    ];
    assert_eq!(told(&ran.out).1, expected);
    assert!(
        ran.out.contains(&format!("{}/runs/a%2Fb", workshop.url)),
        "{ran:?}"
    );
    assert_eq!(workshop.seen().len(), 2);
    for (_, request) in workshop.seen() {
        assert!(
            !request.to_ascii_lowercase().contains("authorization"),
            "{request}"
        );
    }
    // A Workshop in the place of the Query API gets none either, and silence gets none.
    let stand_in = crate::stand_in::StandIn::start(crate::stand_in::Health::Workshop);
    let silent = crate::stand_in::StandIn::start(crate::stand_in::Health::Half);
    for (server, says) in [
        (&stand_in, "gets no key"),
        (&silent, "must answer GET /health"),
    ] {
        let mut command = home.program(&["verify", &file]);
        command
            .env("RAINDROP_QUERY_API_KEY", QUERY_KEY)
            .env("RAINDROP_QUERY_API_BASE", &server.url);
        let ran = run(command, "").await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains(says), "{ran:?}");
        assert!(server.posted().is_empty());
        assert!(!format!("{:?}", server.received()).contains(QUERY_KEY));
    }
    for entry in fs::read_dir(home.path("state")).into_iter().flatten() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert_eq!(memchr::memmem::find(&bytes, QUERY_KEY.as_bytes()), None);
    }
}

/// A server that is both tells by the one key what it was sent by the other.
#[tokio::test]
async fn a_key_that_another_request_carried_is_masked_too() {
    const DRAWN: &str = "rk_live_W7pQx2LmN8vRt4KsY6bZc1D";
    let home = Home::new();
    let (file, mut data) = sample(&home);
    data["user_id"] = json!(DRAWN);
    data["properties"][DRAWN] = json!(format!("Bearer {DRAWN}"));
    let told = Server::start(Box::new(move |_, _, _| {
        Some((200, "", json!({ "data": data }).to_string()))
    }))
    .await;
    let refused = Server::start(Box::new(move |_, _, _| {
        Some((403, "", json!({ "error": DRAWN }).to_string()))
    }))
    .await;
    for (server, status) in [(&told, 1), (&refused, 2)] {
        for format in ["human", "json"] {
            let mut command = home.program(&["verify", "--format", format, &file]);
            command
                .env("RAINDROP_QUERY_API_KEY", QUERY_KEY)
                .env("RAINDROP_QUERY_API_BASE", format!("{}/v1/", server.url))
                .env("RAINDROP_WRITE_KEY", DRAWN);
            let ran = run(command, "").await;
            assert_eq!(ran.status, Some(status), "{ran:?}");
            assert!(ran.out.contains('•') || ran.err.contains('•'), "{ran:?}");
            for part in [&DRAWN[..16], &DRAWN[16..]] {
                assert!(!format!("{ran:?}").contains(part), "{ran:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let home = Home::new();
    let (file, _) = sample(&home);
    let ran = home.run(&["verify", &file]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("nothing is configured"), "{ran:?}");
    let mut command = home.program(&["verify", &file]);
    command.env("RAINDROP_WRITE_KEY", WRITE_KEY);
    let ran = run(command, "").await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("set RAINDROP_QUERY_API_KEY"), "{ran:?}");
    let ran = home.run(&["verify", "--timeout", "181", &file]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
}
