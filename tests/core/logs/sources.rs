//! The sources of a log: many of them, their lines by turns and in halves, and what stands beside a line in its record.

use crate::common::{answer, chunks, conversations, request};
use rainscope::completion::load;
use serde_json::{Value as Json, json};

const ID: &str = "gen-1780662787-HsCxAbCdEfGhIjKlMnOp";
const OUTPUT: &str = "one two \"three\".\n";

/// In a cluster there are many pods, and most of them log nothing of completions; and many that do.
#[test]
fn pods_without_number_tear_no_stream() {
    let all = chunks(ID, ["one ", "two ", "\"three\".\n"]);
    let mut lines: Vec<String> = all.iter().map(|chunk| format!("data: {chunk}")).collect();
    lines.push("data: [DONE]".to_owned());
    let document = serde_json::to_string_pretty(&answer(ID, OUTPUT)).unwrap();
    let document: Vec<String> = document.lines().map(str::to_owned).collect();
    let wraps: [fn(&str, &str) -> String; 2] = [
        |pod, line| format!("[pod/{pod}/app] {line}\n"),
        |pod, line| {
            let record = json!({"log": format!("{line}\n"), "stream": "stdout", "kubernetes": {"pod_name": pod}});
            format!("{record}\n")
        },
    ];
    for wrap in wraps {
        for lines in [&lines, &document] {
            let mut text = String::new();
            for (at, line) in lines.iter().enumerate() {
                text += &wrap("w", line);
                for idle in 0..600 / lines.len() {
                    text += &wrap(&format!("x-{at}-{idle}"), "{\"up\":1}");
                }
            }
            let loaded = load::load("t.log", text.as_bytes());
            assert_eq!(conversations(&loaded), [json!([null, OUTPUT])], "{text}");
            assert_eq!(loaded.problems, []);
        }
    }
    // As many that stream at once.
    let pods = 300;
    let mut text = String::new();
    for at in 0..3 {
        for pod in 0..pods {
            let id = format!("gen-1780662787-Pod{pod:03}CxAbCdEfGhIjKl");
            let all = chunks(&id, ["one ", "two ", "\"three\".\n"]);
            text += &format!("[pod/w-{pod}/app] data: {}\n", all[at]);
        }
    }
    let loaded = load::load("t.log", text.as_bytes());
    let found = conversations(&loaded);
    assert_eq!(found.len(), pods);
    assert!(found.iter().all(|event| *event == json!([null, OUTPUT])));
}

/// A record that has a line and, beside it, a completion, between the lines of a stream, of a document, or of nothing.
#[test]
fn a_completion_beside_a_line_is_read() {
    let other = "gen-1780662788-OtherAbCdEfGhIjKlMnO";
    let beside = answer(other, "beside");
    let packed = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        beside.to_string(),
    );
    let all = chunks(ID, ["one ", "two ", "\"three\".\n"]);
    let streamed: Vec<String> = all.iter().map(|chunk| format!("data: {chunk}")).collect();
    let document = serde_json::to_string_pretty(&answer(ID, OUTPUT)).unwrap();
    let document: Vec<String> = document.lines().map(str::to_owned).collect();
    let whole = vec![
        "starting {\"port\":1}".to_owned(),
        answer(ID, OUTPUT).to_string(),
    ];
    for lines in [&streamed, &document, &whole] {
        for line in ["data: {\"x\":1}", "done", "{\"status\":200}", ""] {
            for (key, held) in [
                ("body", json!(beside.to_string())),
                ("payload", beside.clone()),
                ("body", json!(packed)),
            ] {
                let mut records: Vec<Json> = lines
                    .iter()
                    .map(|line| json!({"level": "info", "msg": line}))
                    .collect();
                let mut record = json!({"level": "info", "msg": line});
                record[key] = held;
                records.insert(records.len() / 2, record);
                let text: String = records.iter().map(|record| format!("{record}\n")).collect();
                let loaded = load::load("t.jsonl", text.as_bytes());
                let mut found: Vec<String> = conversations(&loaded)
                    .iter()
                    .map(|event| event[1].as_str().unwrap_or_default().to_owned())
                    .collect();
                found.sort();
                assert_eq!(found, ["beside", OUTPUT], "{text}");
            }
        }
    }
}

/// Halves of long lines of two containers by turns, by what says whose half it is.
#[test]
fn halves_by_turns_are_told_apart() {
    let other = "gen-1780662788-OtherAbCdEfGhIjKlMnO";
    let line = |id: &str, text: &str| {
        json!({"request": request("Hi?"), "response": answer(id, text)}).to_string()
    };
    let lines = [line(ID, "first"), line(other, "second")];
    let record = |form: usize, which: usize, part: &str, is_last: bool| {
        let name = ["a", "b"][which];
        match form {
            0 => json!({"log": part, "stream": "stdout", "container_id": name}),
            1 => {
                json!({"log": part, "stream": "stdout", "partial_message": "true", "partial_id": name, "partial_last": is_last.to_string()})
            }
            2 if is_last => json!({"MESSAGE": part, "CONTAINER_NAME": name}),
            _ => {
                json!({"MESSAGE": part, "CONTAINER_NAME": name, "CONTAINER_PARTIAL_MESSAGE": "true"})
            }
        }
    };
    for form in 0..3 {
        let mut text = String::new();
        for is_last in [false, true] {
            for (which, line) in lines.iter().enumerate() {
                let (first, last) = line.split_at(line.len() / 2);
                let end = if form == 0 && is_last { "\n" } else { "" };
                let part = format!("{}{end}", if is_last { last } else { first });
                text += &format!("{}\n", record(form, which, &part, is_last));
            }
        }
        let loaded = load::load("t.jsonl", text.as_bytes());
        let expected = [json!(["Hi?", "first"]), json!(["Hi?", "second"])];
        assert_eq!(conversations(&loaded), expected, "{text}");
        assert_eq!(loaded.problems, []);
    }
}

/// A line that broke off in a log whose records have no line's ends, before others.
#[test]
fn a_line_that_broke_off_takes_no_other_along() {
    for (first, words) in [
        ("{\"x\":\"cut", "INFO response "),
        ("{\"x\":\"cut", ""),
        ("INFO cfg {\"x\":\"cut", "INFO llm "),
        ("{", "INFO llm "),
    ] {
        for key in ["log", "message", "MESSAGE"] {
            let mut text = format!("{}\n", json!({key: first, "stream": "stdout"}));
            for _ in 0..3 {
                let line = format!("{words}{}", answer(ID, OUTPUT));
                text += &format!("{}\n", json!({key: line, "stream": "stdout"}));
            }
            let loaded = load::load("t.jsonl", text.as_bytes());
            assert_eq!(loaded.completions.len(), 3, "{text}");
        }
    }
}

/// A list that a logger writes before each line is no array that the file is.
#[test]
fn a_list_before_words_is_no_array() {
    let all = chunks(ID, ["one ", "two ", "\"three\".\n"]);
    let text: String = all
        .iter()
        .map(|chunk| format!("[\"a\"] {chunk}\n"))
        .collect();
    let loaded = load::load("t.log", text.as_bytes());
    assert_eq!(conversations(&loaded), [json!([null, OUTPUT])]);
    assert_eq!(loaded.problems, []);
}
