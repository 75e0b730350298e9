//! `send --wire`: what `map --wire` printed is what arrives, line by line as it comes, and what anything else printed
//! is not sent.

use std::collections::BTreeMap;
use std::process::Stdio;

use rainscope::delivery::sink::{Receipt, SinkOptions};
use tokio::io::AsyncWriteExt;

use crate::stand_in::{Health, StandIn};

use super::{Home, completions, lines, run, sink, within};

async fn mapped(home: &Home, arguments: &[&str], input: &str) -> String {
    let all = [&["map", "--wire", "--lines"], arguments].concat();
    let ran = run(home.program(&all), input).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    ran.out
}

fn timed(count: usize) -> String {
    let end = r#"{"completed_at":"2026-06-05T12:31:53Z","request""#;
    completions(count).replace(r#"{"request""#, end)
}

fn events(path: &std::path::Path) -> BTreeMap<String, String> {
    let lines = lines(path).into_iter().map(|line| {
        let id = line["event"]["event_id"].as_str().unwrap().to_owned();
        (id, line["event"].to_string())
    });
    lines.collect()
}

#[tokio::test]
async fn a_pipe_sends_what_a_file_sends() {
    for privacy in [&[][..], &["--privacy"]] {
        let home = Home::new();
        let direct = home.path("direct.ndjson");
        let piped = home.path("piped.ndjson");
        let input = home.write("input.ndjson", &timed(120));
        let store = |path: &std::path::Path| SinkOptions {
            store: Some(path.to_owned()),
            ..SinkOptions::default()
        };
        let (sink_of_file, _receipts) = sink(store(&direct)).await;
        let base_url = sink_of_file.base_url().to_string();
        let arguments = [&["send", "--base-url", &base_url, &input], privacy].concat();
        assert_eq!(home.run(&arguments).await.status, Some(0));
        let (sink_of_pipe, _receipts) = sink(store(&piped)).await;
        let base_url = sink_of_pipe.base_url().to_string();
        let wire = mapped(&home, privacy, &timed(120)).await;
        let arguments = [
            "send",
            "--wire",
            "--rate",
            "5000/s",
            "--base-url",
            &base_url,
        ];
        let ran = run(home.program(&arguments), &wire).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.out.contains("120 accepted"), "{ran:?}");
        assert_eq!(events(&piped), events(&direct));
        assert_eq!(events(&piped).len(), 120);
    }
}

/// An event that was lost on the way is no event that never was.
#[tokio::test]
async fn a_record_that_could_not_be_read_fails_the_pipe_as_it_fails_a_file() {
    let home = Home::new();
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let input = format!("{}\n{{\"id\":\n\n", timed(1).trim_end());
    let file = home.write("input.ndjson", &input);
    let direct = home.run(&["send", "--base-url", &base_url, &file]).await;
    let wire = mapped(&home, &[], &input).await;
    let arguments = ["send", "--wire", "--base-url", &base_url, "-"];
    let piped = run(home.program(&arguments), &wire).await;
    for ran in [direct, piped] {
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(
            ran.out.contains("1 accepted") && ran.out.contains("1 unreadable"),
            "{ran:?}"
        );
    }
}

#[tokio::test]
async fn a_line_is_sent_before_the_next_is_written() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let wire = mapped(&home, &[], &timed(5)).await;
    let arguments = [
        "send",
        "--wire",
        "--rate",
        "1000/s",
        "--base-url",
        &base_url,
        "-",
    ];
    let mut command = tokio::process::Command::from(home.program(&arguments));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in wire.split_inclusive('\n') {
        input.write_all(line.as_bytes()).await.unwrap();
        let receipt: Receipt = within(receipts.recv()).await.unwrap();
        assert!(receipt.accepted());
        assert!(line.contains(&receipt.event_ids[0]), "{line}");
    }
    drop(input);
    let output = within(child.wait_with_output()).await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("5 accepted")
    );
}

#[tokio::test]
async fn hostile_lines_are_named_and_the_others_are_sent() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let wire = mapped(&home, &[], &timed(2)).await;
    let [first, second] = wire.lines().collect::<Vec<_>>()[..] else {
        panic!("{wire}")
    };
    let other = second.replace("gen-", "gem-");
    let hostile = [
        "",
        first,
        "\0\u{1b}]0;title\u{7}",
        &first.replace("POST", "DELETE"),
        &first.replace("/v1/events/track", "//evil.test/v1/events/track"),
        r#"{"error":"the line is blank","kind":"blank","from":"<stdin>:1"}"#,
        first,
        &format!("[{first},{second}]"),
        // The same id with another content.
        &other,
        &"[".repeat(1 << 20),
        r#"{"method":"POST","path":"/v1/events/track","body":[{"event_id":"x"}]}"#,
        // What `map --lines` could not read is lost, and not without an event.
        r#"{"error":"the text ends inside the string","kind":"malformed","from":"b.ndjson:1"}"#,
    ];
    let arguments = [
        "send",
        "--wire",
        "--format",
        "json",
        "--base-url",
        &base_url,
    ];
    let ran = run(home.program(&arguments), &(hostile.join("\r\n") + "\n")).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    let mut results: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in ran.out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        let places = results.entry(text("result")).or_default();
        places.push(text("from").replace("<stdin>:", ""));
        places.sort_by_key(|place| place.parse::<u32>().unwrap());
    }
    let expected = [
        ("accepted", &["2", "8"][..]),
        ("conflicting", &["9"]),
        ("no-event", &["6"]),
        ("repeated", &["7", "8"]),
        ("unreadable", &["3", "4", "5", "10", "11", "12"]),
    ];
    let expected = expected.map(|(result, places)| {
        let places = places.iter().map(|place| (*place).to_owned());
        (result.to_owned(), places.collect::<Vec<_>>())
    });
    assert_eq!(results, BTreeMap::from(expected), "{ran:?}");
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
    let received: usize = std::iter::from_fn(|| receipts.try_recv().ok())
        .map(|receipt| receipt.event_ids.len())
        .sum();
    assert_eq!(received, 2);
    for arguments in [
        &["send", "--wire", "--privacy"][..],
        &["send", "--wire", "--user", "ada"],
        &["send", "--rate", "0/s"],
        &["send", "--rate", "50"],
        // Of nothing at all.
        &["send", "--wire", "-"],
        &["send", "--wire", "missing"],
    ] {
        assert_eq!(home.run(arguments).await.status, Some(2), "{arguments:?}");
    }
}

#[tokio::test]
async fn resuming_planning_and_privacy_work_as_for_completions() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let wire = mapped(&home, &[], &timed(3)).await;
    let check = async |options: &[&str], status, says: &str| {
        let all = [&["send", "--wire", "--base-url", &base_url, "-"], options].concat();
        let ran = run(home.program(&all), &wire).await;
        assert_eq!(ran.status, Some(status), "{ran:?}");
        assert!(ran.out.contains(says), "{says}: {ran:?}");
    };
    check(&["--dry-run"], 0, "3 would be sent").await;
    check(&["--dry-run"], 0, "3 events in 1 request").await;
    assert!(receipts.try_recv().is_err());
    check(&["--resume"], 0, "3 accepted by").await;
    check(&["--resume"], 0, "3 accepted before").await;
    home.write("private.toml", "[destination]\nprivacy = true\n");
    check(
        &["--config", "private.toml"],
        1,
        "3 kept back by privacy mode",
    )
    .await;
    let private = mapped(&home, &["--privacy"], &timed(3)).await;
    let all = [
        "send",
        "--wire",
        "--base-url",
        &base_url,
        "--config",
        "private.toml",
    ];
    let ran = run(home.program(&all), &private).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
}

#[tokio::test]
async fn a_workshop_gets_each_event_by_the_route_it_keeps() {
    let home = Home::new();
    let server = StandIn::start(Health::Workshop);
    let wire = mapped(&home, &[], &timed(2)).await;
    let arguments = ["send", "--wire", "--base-url", &server.url];
    let ran = run(home.program(&arguments), &wire).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let posted = server.posted();
    assert_eq!(posted.len(), 2);
    for event in posted {
        assert_eq!(event.path(), "/v1/events/track_partial");
        assert!(
            event.body.ends_with(r#","is_pending":false}"#),
            "{}",
            event.body
        );
    }
}
