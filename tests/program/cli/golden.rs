//! `check --expect`: events beside approved ones.

use std::fs;

use super::program::{Ran, fixture, run, samples_as_lines};

#[test]
fn writes_compares_and_names_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let golden = folder.path().join("golden");
    let expect = golden.display().to_string();
    let files = [fixture("01-time-check.json"), fixture("09-error-body.json")];
    let check = |more: &[&str]| {
        let base = [
            "check", "--format", "json", "--expect", &expect, &files[0], &files[1],
        ];
        run(&[&base[..], more].concat())
    };

    let missing = check(&[]);
    assert_eq!(missing.status, 1);
    assert_eq!(missing.stdout.matches("golden-missing").count(), 2);
    // What is printed as an error is counted as one.
    let counted =
        |ran: &Ran, expected: &str| assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    counted(&missing, "checked: 2 errors, ");

    let update = check(&["--update"]);
    assert_eq!(update.status, 0, "{}", update.stderr);
    assert!(update.stderr.contains("2 golden events written"));
    assert_eq!(
        fs::read_to_string(golden.join("Error body (429).json")).unwrap(),
        "null\n"
    );
    assert_eq!(fs::read_dir(&golden).unwrap().count(), 2);
    assert_eq!(check(&[]).status, 0);
    assert!(!check(&["--update"]).stderr.contains("written"));

    let file = golden.join("Time check.json");
    let text = fs::read_to_string(&file).unwrap();
    let changed = text
        .replace("0.0000231", "2.31e-05")
        .replace("    \"source\": \"openrouter\",\n", "");
    assert!(changed.len() < text.len());
    fs::write(&file, changed).unwrap();
    fs::write(golden.join("gone.json"), "null").unwrap();
    let differs = check(&[]);
    assert_eq!(differs.status, 1);
    let lines = differs.lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("/properties/total_cost is 0.0000231 where"));
    assert!(lines[0].contains("\"line\":52,"), "{}", lines[0]);
    assert!(lines[1].contains("/properties/source is \\\"openrouter\\\" where"));
    assert!(lines[2].contains("golden-orphan"));
    assert!(lines[2].contains("gone.json"));
    counted(&differs, "checked: 3 errors, ");

    fs::write(&file, "{").unwrap();
    let broken = check(&[]);
    assert_eq!(broken.status, 2);
    assert!(broken.stderr.contains("Time check.json: line 1, column 2"));
    assert_eq!(check(&["--update"]).status, 1, "the orphan is left");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn an_update_writes_over_no_sample() {
    let folder = tempfile::tempdir().unwrap();
    let sample = folder.path().join("Time check.json");
    fs::copy(fixture("01-time-check.json"), &sample).unwrap();
    let before = fs::read(&sample).unwrap();
    let expect = folder.path().display().to_string();
    let ran = run(&[
        "check",
        &sample.display().to_string(),
        "--expect",
        &expect,
        "--update",
    ]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("this is no golden event"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read(&sample).unwrap(), before);
}

#[test]
fn counts_what_differs_over_many_events() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (log, golden) = (path("log.jsonl"), path("golden"));
    let lines: String = (0..60)
        .flat_map(|round| {
            let of_round = format!("{{\"name\":\"{round} ");
            samples_as_lines()
                .lines()
                .take(2)
                .map(|line| line.replacen("{\"name\":\"", &of_round, 1) + "\n")
                .collect::<Vec<_>>()
        })
        .collect();
    fs::write(&log, lines).unwrap();
    let base = [
        "check",
        &log,
        "--expect",
        &golden,
        "--allow",
        "session-missing",
    ];
    assert_eq!(run(&[&base[..], &["--update"]].concat()).status, 0);
    let ran = run(&[&base[..], &["--trace", "span_name=x", "--user", "me"]].concat());
    assert_eq!(ran.status, 1);
    let expected = "120 events differ from the golden events:\n  120 events: /properties/span_name is new\n  120 events: /user_id changed\n";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    assert_eq!(ran.stdout.matches("error[event-differs]").count(), 40);
    // Those that are told by their counts alone are errors as well.
    let says = "120 completions checked: 240 errors, ";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn wants_a_name_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let golden = folder.path().display().to_string();
    let file = fixture("01-time-check.json");
    let ran = run(&["check", &file, &file, "--expect", &golden, "--update"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("error[golden-ambiguous]"));
    let alone = run(&["check", &file, "--update"]);
    assert_eq!(alone.status, 2);
    assert!(alone.stderr.contains("--expect"));
}

/// Where nothing tells when a generation ended, its event has the time of the run.
#[test]
fn a_time_of_sending_is_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, golden) = (path("a.json"), path("golden"));
    let sample = |more: &str| {
        format!(
            r#"{{"name":"a","request":{{"model":"a/b","messages":[{{"role":"user","content":"Q"}}]}},"response":{{"id":"gen-1","model":"a/b"{more},"choices":[{{"message":{{"content":"A"}},"finish_reason":"stop"}}]}}}}"#
        )
    };
    fs::write(&file, sample("")).unwrap();
    let base = ["check", &file, "--expect", &golden, "--format", "json"];
    run(&[&base[..], &["--update"]].concat());
    let approved = folder.path().join("golden/a.json");
    let text = fs::read_to_string(&approved).unwrap();
    let at = text.find("\"timestamp\": \"").unwrap() + 14;
    let then = format!(
        "{}2026-01-01T00:00:00.000Z{}",
        &text[..at],
        &text[at + 24..]
    );
    fs::write(&approved, &then).unwrap();
    let ran = run(&base);
    assert!(!ran.stdout.contains("event-differs"), "{}", ran.stdout);
    // Nor is the file written again for it.
    run(&[&base[..], &["--update"]].concat());
    assert_eq!(fs::read_to_string(&approved).unwrap(), then);
    // A time that the completion tells is one.
    fs::write(&file, sample(r#","created":1780000000"#)).unwrap();
    let ran = run(&base);
    assert!(ran.stdout.contains("/timestamp is"), "{}", ran.stdout);
}
