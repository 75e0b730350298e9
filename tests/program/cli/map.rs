//! `map`: options, and what comes out where.

use std::process::Stdio;

use serde_json::Value;

use super::program::{events_in, fixture, rainscope, run, run_in, run_with};

const CHAT: &str = r#"{"name":"chat","request":{"model":"a/b","messages":[{"role":"user","content":"hello there"}],"user":"u"},"response":{"id":"gen-1","model":"a/b","provider":"P","choices":[{"message":{"content":"yes?"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":1.48e-05}},"completed_at":"2026-01-02T03:04:05Z","duration_ms":7}"#;

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn maps_the_bundled_samples_without_a_path() {
    let ran = run(&["map"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let files = rainscope::samples::FILES.iter();
    let events: usize = files.map(|(_, text)| events_in(text)).sum();
    assert_eq!(ran.lines().len(), events);
    for line in ran.lines() {
        assert_eq!(json(line)["event"], "llm_generation");
    }
    let no_event =
        "09-error-body.json (Error body (429)): no event: OpenRouter answered with error";
    assert!(ran.stderr.contains(no_event), "{}", ran.stderr);
}

/// A `-` was forgotten: the samples are nobody's traffic.
#[cfg(unix)]
#[test]
fn the_bundled_samples_never_take_the_place_of_what_is_piped_in() {
    for command in [
        &["map"][..],
        &["map", "--jobs", "2"],
        &["check"],
        &["report"],
        &["send"],
        &["send", "--dry-run"],
        &["verify"],
    ] {
        let ran = run_with(command, CHAT);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{command:?}");
        assert!(ran.stderr.contains("give - as PATH"), "{}", ran.stderr);
    }
    // Whoever writes may take their time.
    let mut command = rainscope(&["map"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let slow = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    drop(slow);
    let ran = run(&["map"]);
    let says = "note: no path was given, so the bundled samples are mapped";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn gives_the_samples_of_a_folder_in_order() {
    let folder = run(&[
        "map",
        "fixtures/01-time-check.json",
        "fixtures/02-broadcast-event.json",
    ]);
    let bundled = run(&["map"]);
    assert_eq!(folder.lines()[..], bundled.lines()[..2]);
}

#[test]
fn keeps_the_text_back_with_privacy() {
    let ran = run_with(&["map", "--privacy", "-"], CHAT);
    assert_eq!(ran.status, 0);
    let event = json(&ran.stdout);
    assert_eq!(event["ai_data"], serde_json::json!({"model": "a/b"}));
    assert_eq!(event["is_pending"], false);
    assert!(ran.stdout.contains("\"total_cost\":1.48e-05"));
}

#[test]
fn prints_the_wire_request() {
    let check = |args: &[&str], path: &str, is_array: bool| {
        let request = json(&run_with(args, CHAT).stdout);
        assert_eq!(request["method"], "POST");
        assert_eq!(request["path"], path);
        assert_eq!(request["body"].is_array(), is_array);
    };
    check(&["map", "--wire", "-"], "/v1/events/track", true);
    let private = &["map", "--wire", "--privacy", "-"];
    check(private, "/v1/events/track_partial", false);
}

#[test]
fn explains() {
    let ran = run_with(&["map", "--explain", "-"], CHAT);
    let all = json(&ran.stdout);
    let of_cost = &all["provenance"]["/properties/total_cost"];
    assert_eq!(of_cost["from"][0], "/response/usage/cost");
    assert_eq!(all["findings"][0]["code"], "session-missing");
    assert!(all["dropped"].is_array());
    assert_eq!(run(&["map", "--explain", "--wire"]).status, 2);
}

#[test]
fn prints_for_reading() {
    let ran = run_with(&["map", "--pretty", "-"], CHAT);
    assert!(
        ran.stdout
            .starts_with("{\n  \"event\": \"llm_generation\",\n")
    );
    let plain = run_with(&["map", "-"], CHAT);
    assert_eq!(json(&ran.stdout), json(&plain.stdout));
}

#[test]
fn edits_what_is_mapped() {
    let ran = run_with(
        &[
            "map",
            "--user",
            "me",
            "--session-id",
            "s1",
            "--trace",
            "text=a=b",
            "--trace",
            "typed:={\"n\":1.0}",
            "--trace",
            "empty=",
            "--trace",
            "gone=x",
            "--unset-trace",
            "gone",
            "-",
        ],
        CHAT,
    );
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let event = json(&ran.stdout);
    assert_eq!(event["user_id"], "me");
    assert_eq!(event["ai_data"]["convo_id"], "s1");
    assert_eq!(event["properties"]["text"], "a=b");
    assert_eq!(event["properties"]["empty"], "");
    assert!(ran.stdout.contains("\"typed\":{\"n\":1.0}"));
    // Removals come first, so that a key can be set anew at the end.
    assert_eq!(event["properties"]["gone"], "x");
}

#[test]
fn removes_a_trace_key() {
    let sample = fixture("01-time-check.json");
    let ran = run(&["map", "--unset-trace", "build", &sample]);
    let event = json(&ran.stdout);
    assert!(event["properties"].get("build").is_none());
    assert_eq!(event["properties"]["beta"], false);
}

#[test]
fn says_what_is_wrong_with_an_option() {
    let check = |args: &[&str], expected: &str| {
        let ran = run(args);
        assert_eq!(ran.status, 2, "{args:?}");
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
    };
    check(&["map", "--trace", "key"], "expected KEY=TEXT or KEY:=JSON");
    check(&["map", "--trace", "=x"], "the key is missing before `=`");
    check(
        &["map", "--trace", "k:={"],
        "the value of k is not JSON: line 1, column 2",
    );
    check(&["map", "--jobs", "0"], "invalid value '0'");
    check(
        &["map", "--color", "sometimes"],
        "[possible values: auto, always, never]",
    );
    check(&["map", "--wier"], "--wire");
    check(
        &["map", "no/such/file"],
        "no/such/file: no such file or folder",
    );
}

#[test]
fn names_bad_records_and_does_the_good_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let text = format!("{CHAT}\n\n  {{\"request\": nul}}\n{{\"odd\":1}}\n{CHAT}\n");
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    for jobs in ["1", "3"] {
        let ran = run(&["map", "--jobs", jobs, &file]);
        assert_eq!(ran.status, 2);
        assert_eq!(ran.lines().len(), 2);
        let said: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said[0].starts_with(&format!("{file}:3:18: record 2 (byte ")),
            "{}",
            said[0]
        );
        assert!(said[0].ends_with("found }; expected 'null'"), "{}", said[0]);
        assert!(
            said[1].starts_with(&format!("note: {file}:4:1: record 3 ")),
            "{}",
            said[1]
        );
    }
}

#[test]
fn takes_an_error_body_for_what_it_is() {
    let ran = run_with(&["map", "-"], r#"{"error":{"message":"no","code":402}}"#);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    let expected = "<stdin> (<stdin>): no event: OpenRouter answered with error 402: no; nothing was generated, so nothing is broadcast\n";
    assert_eq!(ran.stderr, expected);
}

/// What stands for its texts would take the place of those that the destination has.
#[test]
fn makes_no_request_of_a_report_without_text() {
    let sample =
        r#"{"response":{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"Hi"}}]}}"#;
    for (text, count) in [("included", 1), ("withheld", 0)] {
        let report = format!(
            "<!doctype html><script type=\"application/json\" id=\"rainscope-report\">{{\"rainscope_report\":1,\"text\":\"{text}\",\"completions\":[{{\"sample\":{sample}}}]}}</script>"
        );
        let ran = run_with(&["map", "--wire", "-"], &report);
        assert_eq!(ran.stdout.lines().count(), count, "{ran:?}");
        let is_told = ran
            .stderr
            .contains("the report that it was read from was made without text");
        assert_eq!(is_told, count == 0, "{ran:?}");
    }
}

#[test]
fn shows_control_characters_as_symbols() {
    let ran = run_with(
        &["map", "-"],
        "{\"error\":{\"code\":400,\"message\":\"\\u001b[31m\"}}",
    );
    assert!(ran.stderr.contains("␛[31m"), "{}", ran.stderr);
}

#[test]
fn takes_the_colour_option_everywhere() {
    for when in ["auto", "always", "never"] {
        let ran = run_with(&["map", "--color", when, "-"], CHAT);
        assert_eq!(ran.status, 0);
        assert!(!ran.stdout.contains('\u{1b}'));
    }
}

#[test]
fn what_a_folder_has_besides_is_told_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("mixed/deep")).unwrap();
    let sample = std::fs::read(fixture("10-anonymous.json")).unwrap();
    std::fs::write(at("mixed/sample.json"), sample).unwrap();
    for number in 1..=5 {
        std::fs::write(at(&format!("mixed/{number}.txt")), "words\n").unwrap();
    }
    std::fs::write(at("mixed/other.json"), "{\"colour\": 1}\n").unwrap();
    std::fs::write(at("mixed/z.txt"), "words\n").unwrap();
    std::fs::write(at("mixed/deep/only.txt"), "words\n").unwrap();
    let many =
        "note: mixed: 7 files skipped, no completions in them: 1.txt, 2.txt, 3.txt and 4 more";
    let one = "note: mixed/deep/only.txt:1:1: skipped: a line of text without JSON";
    for arguments in [
        &["map", "mixed"][..],
        &["map", "--jobs", "2", "mixed"],
        &["send", "--dry-run", "mixed"],
    ] {
        let ran = run_in(folder.path(), arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        let notes = ran.stderr.lines().filter(|line| line.starts_with("note: "));
        let mut notes: Vec<&str> = notes.collect();
        notes.sort_unstable_by_key(|note| *note != many);
        assert_eq!(notes, [many, one], "{arguments:?}");
    }
    // A file that is named is not passed over.
    let ran = run_in(folder.path(), &["map", "mixed/1.txt", "mixed/2.txt"]);
    assert_eq!(ran.status, 2);
    for name in ["mixed/1.txt:1:1: ", "mixed/2.txt:1:1: "] {
        assert!(ran.stderr.contains(name), "{ran:?}");
    }
}

/// One folder with a file of every kind: each file is named, by what was mapped of it and what it was taken for, or by
/// what is said of it; and each value's sources stand where they are said to.
#[test]
fn a_folder_of_every_kind_tells_what_each_file_was_taken_for() {
    let inputs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for kind in std::fs::read_dir(inputs).unwrap() {
        let kind = kind.unwrap();
        for file in std::fs::read_dir(kind.path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            if name.ends_with(".expected.json") {
                continue;
            }
            let name = format!("{}-{name}", kind.file_name().to_str().unwrap());
            std::fs::copy(file.path(), folder.path().join(&name)).unwrap();
            files.push(name);
        }
    }
    let path = folder.path().to_str().unwrap();
    let ran = run(&["map", "--explain", "--all", path]);
    let lines: Vec<Value> = ran.lines().iter().map(|line| json(line)).collect();
    for name in &files {
        let is_of_it = |place: &str| place.starts_with(&format!("{path}/{name}:"));
        let mapped = lines
            .iter()
            .filter(|line| is_of_it(line["loaded_from"].as_str().unwrap()));
        let kinds: Vec<&str> = mapped
            .map(|line| line["loaded_as"].as_str().unwrap())
            .collect();
        assert!(kinds.iter().all(|kind| !kind.is_empty()), "{name}");
        let is_named = ran.stderr.contains(&format!("{path}/{name}"));
        assert!(!kinds.is_empty() || is_named, "{name}: {}", ran.stderr);
    }
    for line in &lines {
        for (pointer, leaf) in line["provenance"].as_object().unwrap() {
            let from = leaf["from"].as_array().unwrap();
            let at = leaf.get("at").and_then(Value::as_array);
            assert_eq!(from.len(), at.map_or(0, Vec::len), "{pointer}: {line}");
            for place in at.into_iter().flatten() {
                let place = place.as_str().unwrap();
                assert!(place.starts_with(path), "{pointer}: {place}");
            }
        }
    }
}
