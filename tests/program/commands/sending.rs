//! `send`: statuses, results, and what goes where.

use std::collections::BTreeMap;

use rainscope::delivery::sink::{Receipt, SinkOptions};

use super::{Home, Ran, bundled, completions, sink};

fn results(ran: &Ran) -> BTreeMap<String, usize> {
    let mut results = BTreeMap::new();
    for line in ran.out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        *results
            .entry(line["result"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    results
}

#[tokio::test]
async fn statuses() {
    let home = Home::new();
    let good = home.write("good.ndjson", &completions(3));
    let broken = home.write("broken.ndjson", &(completions(2) + "{\"broken\": \n"));
    let long = completions(1).replace("Answer 0", &"x".repeat(1 << 20));
    let large = home.write("large.json", &long);
    let other = completions(2).replace("gen-000001", "gen-000000");
    let twice = home.write("twice.ndjson", &(completions(1) + &completions(1)));
    let conflict = home.write("conflict.ndjson", &other);
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let table: [(&[&str], i32, &str); 13] = [
        (&[&good], 0, "3 accepted by a local endpoint"),
        (&[&good, "--privacy"], 0, "3 accepted"),
        (&[&twice], 0, "1 accepted by a local endpoint"),
        (&[&conflict], 1, "1 conflicting"),
        (&[&large], 1, "1 too large"),
        (&[&broken], 2, "2 accepted"),
        (&["missing.json"], 2, "1 unreadable"),
        (
            &[&good, "--base-url", "http://127.0.0.1:1"],
            1,
            "nothing was accepted by a local endpoint",
        ),
        (&[&good, "--dry-run"], 0, "3 would be sent"),
        (&[&good, "--base-url", "nowhere"], 2, ""),
        (&[&good, "--project", "A"], 2, ""),
        (&[&good, "--config", "missing.toml"], 2, ""),
        (&[&good, "--batch", "51"], 2, ""),
    ];
    for (arguments, status, says) in table {
        let mut all = vec!["send"];
        if !arguments.contains(&"--base-url") {
            all.extend(["--base-url", &base_url]);
        }
        all.extend(arguments);
        let ran = home.run(&all).await;
        assert_eq!(ran.status, Some(status), "{all:?}: {ran:?}");
        assert!(ran.out.contains(says), "{all:?}: {ran:?}");
        assert_eq!(ran.out.is_empty(), says.is_empty(), "{all:?}: {ran:?}");
    }
}

#[tokio::test]
async fn results_are_one_a_line() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let ran = home
        .run(&["send", "--format", "json", "--base-url", &base_url])
        .await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let (events, none) = bundled();
    let expected = [
        ("accepted".to_owned(), events),
        ("no-event".to_owned(), none),
    ];
    assert_eq!(results(&ran), BTreeMap::from(expected));
    let line: serde_json::Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    for key in [
        "event_id", "name", "from", "result", "route", "status", "attempts", "ms", "says",
    ] {
        assert!(line.get(key).is_some(), "{key}: {line}");
    }
    let all: Vec<Receipt> = std::iter::from_fn(|| receipts.try_recv().ok()).collect();
    assert!(all.iter().all(Receipt::accepted));
    let ran = home
        .run(&[
            "send",
            "--format",
            "json",
            "--resume",
            "--base-url",
            &base_url,
        ])
        .await;
    assert_eq!(results(&ran).get("accepted-before"), Some(&bundled().0));
    assert!(receipts.try_recv().is_err());
}

#[tokio::test]
async fn a_rehearsal_says_how_it_would_send() {
    let home = Home::new();
    let three = home.write("three.ndjson", &completions(3));
    let check = async |options: &[&str], expected: &[&str]| {
        let all = [&["send", "--dry-run", &three], options].concat();
        let ran = home.run(&all).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        for (line, expected) in ran.out.lines().zip(expected) {
            assert!(line.starts_with(expected), "{all:?}: {}", ran.out);
        }
        assert_eq!(ran.out.lines().count(), expected.len(), "{}", ran.out);
        assert!(ran.out.trim_end().ends_with(" bytes"), "{}", ran.out);
    };
    let there = "3 would be sent to a local endpoint at http://127.0.0.1:1";
    let base_url = ["--base-url", "http://127.0.0.1:1"];
    let track = "  POST /v1/events/track: 3 events in";
    let check_there = async |options: &[&str], planned: String| {
        check(&[&base_url, options].concat(), &[there, &planned]).await;
    };
    check_there(&[], format!("{track} 1 request, ")).await;
    check_there(&["--batch", "2"], format!("{track} 2 requests, ")).await;
    let partial = "  POST /v1/events/track_partial: 3 events in 3 requests, ";
    check_there(&["--privacy"], partial.to_owned()).await;
    let own = "3 would be sent to the program's own sink";
    check(&[], &[own, track]).await;
}

/// A key of OpenRouter's form.
const KEY: &str = "sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// What privacy mode does not keep back leaves in numbers here, where nobody sees each event.
#[tokio::test]
async fn what_repeats_the_conversation_in_privacy_mode_is_told() {
    let home = Home::new();
    let with_trace = completions(3).replacen(
        r#""messages""#,
        r#""trace":{"q":"Question 0"},"messages""#,
        2,
    );
    let three = home.write("three.ndjson", &with_trace);
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let leaks = |out: &str| -> Vec<String> {
        // They are answered in any order.
        let lines = out.lines().map(|line| serde_json::from_str(line).unwrap());
        let mut leaks: Vec<String> = lines
            .map(|line: serde_json::Value| line["leaks"].to_string())
            .collect();
        leaks.sort();
        leaks
    };
    for more in [&["--dry-run"][..], &[]] {
        let sent = async |how: &[&str]| {
            let all = [&["send", &three, "--base-url", &base_url][..], more, how].concat();
            home.run(&all).await
        };
        let told = sent(&["--privacy"]).await;
        assert_eq!(told.status, Some(0), "{told:?}");
        let note = "three.ndjson:1: privacy-leak: privacy mode is on, and /properties/q repeats";
        assert_eq!(told.err.matches("privacy-leak: ").count(), 1, "{told:?}");
        assert!(told.err.contains(note), "{told:?}");
        assert!(told.out.contains("1 with a privacy leak"), "{told:?}");
        let lines = sent(&["--privacy", "--format", "json"]).await;
        let expected = [r#"["/properties/q"]"#, "[]", "[]"];
        assert_eq!(leaks(&lines.out), expected, "{lines:?}");
        // The name of a trace key may be a key.
        let keyed = home.write(
            "keyed.ndjson",
            &with_trace.replace("\"q\"", &format!("\"{KEY}\"")),
        );
        let all = [
            "send",
            &keyed,
            "--base-url",
            &base_url,
            "--privacy",
            "--format",
            "json",
        ];
        let masked = home.run(&[&all[..], more].concat()).await;
        assert!(
            masked.out.contains("\"leaks\":[\"/properties/"),
            "{masked:?}"
        );
        assert!(
            !masked.out.contains("0123456789") && !masked.err.contains("0123456789"),
            "{masked:?}"
        );
        // Without privacy mode nothing is looked for, and nothing is said of it.
        let open = sent(&["--format", "json"]).await;
        assert_eq!(leaks(&open.out), ["null"; 3], "{open:?}");
        assert!(!open.err.contains("privacy-leak"), "{open:?}");
    }
}

/// A path may be missing by mistake, and the samples are nobody's traffic.
#[tokio::test]
async fn the_bundled_samples_leave_this_machine_by_no_send() {
    let home = Home::new();
    for more in [&["--dry-run"][..], &[]] {
        let mut command = home.program(&[&["send"][..], more].concat());
        command.env("RAINDROP_WRITE_KEY", "rk_of_mine_0123456789");
        command.env("HTTPS_PROXY", "http://127.0.0.1:1");
        let ran = super::run(command, "").await;
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        let says = "the bundled samples are not sent to https://api.raindrop.ai";
        assert!(ran.err.contains(says), "{ran:?}");
    }
}

/// A rehearsal of what `send` would refuse to do is no rehearsal.
#[tokio::test]
async fn a_rehearsal_with_wrong_settings_fails() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(1));
    let check = async |name: &str, value: &str, status: i32, says: &str| {
        let mut command = home.program(&["send", "--dry-run", &input]);
        command.env(name, value);
        let ran = super::run(command, "").await;
        assert_eq!(ran.status, Some(status), "{ran:?}");
        let said = match status {
            0 => &ran.out,
            _ => &ran.err,
        };
        assert!(said.contains(says), "{ran:?}");
        assert_eq!(ran.out.contains("would be sent"), status == 0, "{ran:?}");
    };
    let local = "RAINDROP_LOCAL_DEBUGGER";
    check(local, "1", 2, "the base URL must begin with").await;
    let privacy = "RAINSCOPE_PRIVACY_MODE";
    check(privacy, "1", 2, "did you mean RAINSCOPE_PRIVACY?").await;
    // It needs no key.
    let base_url = "RAINSCOPE_BASE_URL";
    check(
        base_url,
        "https://a.test",
        0,
        "nowhere yet: there is no write key",
    )
    .await;
}

#[tokio::test]
async fn a_mistake_is_told_once() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(1));
    let ran = home
        .run(&["send", "--base-url", "http://example.com", &input])
        .await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert_eq!(ran.err.matches("clear text").count(), 1, "{ran:?}");
    assert!(ran.err.starts_with("rainscope: --base-url: "), "{ran:?}");
}

#[tokio::test]
async fn a_rehearsal_sends_nothing() {
    let home = Home::new();
    let (sink, mut receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let ran = home
        .run(&[
            "send",
            "--dry-run",
            "--format",
            "json",
            "--base-url",
            &base_url,
        ])
        .await;
    assert_eq!(results(&ran).get("would-send"), Some(&bundled().0));
    assert!(receipts.try_recv().is_err());
    assert!(!home.path("state").exists());
}

#[tokio::test]
async fn a_refused_key_is_told_once() {
    let home = Home::new();
    let input = home.write("good.ndjson", &completions(500));
    let key = rainscope::destination::WriteKey::new("rk_right_0123456789".to_owned()).unwrap();
    let options = SinkOptions {
        keys: rainscope::delivery::sink::KeyCheck::Exactly(key),
        ..SinkOptions::default()
    };
    let (sink, _receipts) = sink(options).await;
    let base_url = sink.base_url().to_string();
    let mut command = home.program(&["send", "--base-url", &base_url, &input]);
    command.env("RAINDROP_WRITE_KEY", "rk_wrong_0123456789");
    let ran = super::run(command, "").await;
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.err.contains("stopped: The write key was refused (401)"),
        "{ran:?}"
    );
    // Three of each kind and how many more, be it that those behind them were refused or stopped before; and why it ended.
    assert!(ran.err.lines().count() <= 10, "{ran:?}");
    assert!(ran.err.contains("--resume goes on from here"), "{ran:?}");
    let mut command = home.program(&["send", "--base-url", &base_url, &input]);
    command.env("RAINDROP_WRITE_KEY", "rk_wrong_0123456789");
    command.env("RAINSCOPE_HISTORY", "off");
    let ran = super::run(command, "").await;
    assert!(ran.err.contains("no history has what was sent"), "{ran:?}");
    assert!(!ran.err.contains("--resume"), "{ran:?}");
}

#[tokio::test]
async fn without_a_history_it_sends_all_the_same() {
    let home = Home::new();
    let input = home.write("good.ndjson", &completions(3));
    home.write("state", "this is a file where the folder should be");
    let ran = home.run(&["send", &input]).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains("3 accepted"), "{ran:?}");
    assert!(ran.err.contains("sending goes on without it"), "{ran:?}");
    let mut command = home.program(&["send", &input]);
    command.env("RAINSCOPE_HISTORY", "off");
    assert_eq!(super::run(command, "").await.err.lines().count(), 1);
    // What was accepted can't be left out then.
    let ran = home.run(&["send", "--resume", &input]).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("Nothing was sent"), "{ran:?}");
    let mut command = home.program(&["send", "--resume", &input]);
    command.env("RAINSCOPE_HISTORY", "off");
    let ran = super::run(command, "").await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("nothing to resume from"), "{ran:?}");
}

#[tokio::test]
async fn a_destination_that_is_switched_off() {
    let home = Home::new();
    let mut command = home.program(&["send"]);
    command.env("RAINSCOPE_ENABLED", "no");
    let ran = super::run(command, "").await;
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err
            .contains("switched off (destination.enabled, RAINSCOPE_ENABLED)"),
        "{ran:?}"
    );
}

/// A 429 holds every connection for as long as the server asks, and the pace behind it is slower.
#[tokio::test]
async fn a_rate_waits_out_a_429() {
    let home = Home::new();
    let input = home.write("input.ndjson", &completions(40));
    let ok = |count: usize| vec!["ok"; count].join(",");
    // It asks for one second.
    let options = SinkOptions {
        fail: format!("{},429,{}", ok(3), ok(100)).parse().unwrap(),
        ..SinkOptions::default()
    };
    let (sink, mut receipts) = sink(options).await;
    let base_url = sink.base_url().to_string();
    let ran = home
        .run(&["send", "--rate", "40/s", "--base-url", &base_url, &input])
        .await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains("40 accepted by"), "{ran:?}");
    let mut times = Vec::new();
    while let Ok(receipt) = receipts.try_recv() {
        times.push((receipt.at.as_millisecond(), receipt.status));
    }
    // Four events in each request, and one request again.
    assert_eq!(times.len(), 11, "{times:?}");
    assert_eq!(times[3].1, Some(429));
    let apart: Vec<i64> = times.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(apart[3] >= 950, "{apart:?}");
    let before = apart[..3].iter().sum::<i64>();
    let behind = apart[4..7].iter().sum::<i64>();
    assert!(behind > before * 4 / 3, "{apart:?}");
}

/// A program that is held up by a reader that pauses is ended by a signal that comes while the one before was not heard.
#[cfg(unix)]
#[tokio::test]
async fn signals_end_it_where_nobody_reads_what_it_prints() {
    let home = Home::new();
    // More results than a pipe holds.
    let input = home.write("input.ndjson", &completions(3000));
    let (sink, _receipts) = sink(SinkOptions::default()).await;
    let base_url = sink.base_url().to_string();
    let mut command = home.program(&["send", "--format", "json", "--base-url", &base_url, &input]);
    command.env("RAINDROP_WRITE_KEY", "rk_0123456789");
    let mut command = tokio::process::Command::from(command);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let ended = async {
        while let Some(id) = child.id() {
            let kill = std::process::Command::new("kill")
                .args(["-TERM", &id.to_string()])
                .stderr(std::process::Stdio::null())
                .status();
            assert!(kill.is_ok());
            if let Some(status) = child.try_wait().unwrap() {
                return Some(status);
            }
            tokio::task::yield_now().await;
        }
        None
    };
    assert!(super::within(ended).await.is_some());
}
