//! A generation that two files tell of: `map` prints both, `check` holds them against each other, and `send`
//! sends what OpenRouter delivered.

use std::path::Path;

use serde_json::{Value, json};

use super::program::{Ran, run, run_with};

fn exchange(id: &str, user: &str) -> Value {
    json!({"request": {"model": "a/b", "user": user, "messages": [{"role": "user", "content": "hi"}]},
        "response": {"id": id, "model": "a/b", "provider": "P", "choices": [{"message": {"content": "ho"}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4, "cost": 1e-5}},
        "completed_at": "2026-05-06T01:35:13.000Z", "duration_ms": 800})
}

fn trace_file(id: &str, user: &str) -> Value {
    json!({"trace": {"id": id, "name": "OpenRouter Request", "userId": user, "apiKeyName": "k",
        "input": {"messages": [{"role": "user", "content": "hi"}]}, "output": {"completion": "ho"},
        "observations": [{"type": "GENERATION", "name": "LLM Generation", "model": "a/b", "providerName": "P", "promptTokens": 3, "completionTokens": 1,
            "totalTokens": 4, "totalCost": 1e-5, "startTime": "2026-05-06T01:35:12.200Z", "endTime": "2026-05-06T01:35:13.000Z"}]},
        "exported_at": "2026-05-06T01:35:15Z"})
}

fn folder(files: &[(&str, &[Value])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, lines) in files {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        std::fs::write(folder.path().join(name), lines.join("\n")).unwrap();
    }
    folder
}

fn of(folder: &Path, args: &[&str]) -> Ran {
    let path = folder.display().to_string();
    run(&[args, &[&path]].concat())
}

fn results(ran: &Ran) -> Vec<(Value, Value)> {
    let lines = ran.lines().into_iter();
    let rows = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows = rows.filter(|row| row["name"].is_string());
    rows.map(|row| (row["name"].clone(), row["result"].clone()))
        .collect()
}

#[test]
fn the_delivery_is_compared_and_sent_wherever_it_stands() {
    let delivered: &[Value] = &[trace_file("gen-1", "v"), trace_file("gen-3", "u")];
    let exchanges: &[Value] = &[exchange("gen-1", "u"), exchange("gen-2", "u")];
    for (first, second) in [
        (("a.jsonl", delivered), ("b.jsonl", exchanges)),
        (("a.jsonl", exchanges), ("b.jsonl", delivered)),
    ] {
        let folder = folder(&[first, second]);
        let mapped = of(folder.path(), &["map"]);
        assert_eq!((mapped.status, mapped.lines().len()), (0, 4));
        let checked = of(folder.path(), &["check", "--format", "json"]);
        let found = checked.stdout.matches("\"delivery-differs\"").count();
        assert_eq!(found, 1, "{}", checked.stdout);
        assert!(
            checked
                .stdout
                .contains("/user_id is \\\"u\\\" here, but \\\"v\\\" in OpenRouter's delivery at")
        );
        let settings = tempfile::NamedTempFile::new().unwrap();
        let settings = settings.path().display().to_string();
        let args = &[
            "send",
            "--dry-run",
            "--format",
            "json",
            "--config",
            &settings,
        ];
        let sent = of(folder.path(), args);
        let results = results(&sent);
        let is = |result: &str| results.iter().filter(|(_, have)| have == result).count();
        assert_eq!(
            (is("would-send"), is("delivered")),
            (3, 1),
            "{}",
            sent.stdout
        );
    }
}

/// Standard input can be read only once, and is compared like any file.
#[test]
fn what_comes_from_standard_input_is_compared_too() {
    let delivery = trace_file("gen-1", "v").to_string();
    let exchanges = [exchange("gen-1", "u"), exchange("gen-2", "u")].map(|one| one.to_string());
    let [first, second] = exchanges;
    let settings = tempfile::NamedTempFile::new().unwrap();
    let settings = settings.path().display().to_string();
    for lines in [[&delivery, &first, &second], [&first, &second, &delivery]] {
        let text = lines.map(|line| format!("{line}\n")).concat();
        let differs = |args: &[&str]| {
            let ran = run_with(args, &text);
            ran.stdout.matches("\"delivery-differs\"").count()
        };
        assert_eq!(differs(&["check", "--format", "json", "-"]), 1, "{text}");
        assert_eq!(differs(&["map", "--explain", "-"]), 1, "{text}");
        assert_eq!(differs(&["map", "--explain", "--jobs", "2", "-"]), 1);
        let args = [
            "send",
            "--dry-run",
            "--format",
            "json",
            "--config",
            &settings,
            "-",
        ];
        let results = results(&run_with(&args, &text));
        let is = |result: &str| results.iter().filter(|(_, have)| have == result).count();
        assert_eq!((is("would-send"), is("delivered")), (2, 1), "{text}");
    }
    // Beside a file.
    let folder = folder(&[("a.json", &[exchange("gen-1", "u")])]);
    let file = folder.path().join("a.json").display().to_string();
    let ran = run_with(&["check", "--format", "json", &file, "-"], &delivery);
    assert_eq!(ran.stdout.matches("\"delivery-differs\"").count(), 1);
}

#[test]
fn one_file_may_hold_both() {
    let folder = folder(&[(
        "all.jsonl",
        &[exchange("gen-1", "u"), trace_file("gen-1", "u")],
    )]);
    let explained = of(folder.path(), &["map", "--explain", "--jobs", "2"]);
    assert_eq!(explained.lines().len(), 2);
    assert!(!explained.stdout.contains("delivery-differs"));
}
