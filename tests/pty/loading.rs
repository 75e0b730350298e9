//! What is opened: files, folders, standard input; and keys that come from the terminal all the while.

use std::fs;

use crate::WIDE;
use crate::terminal::Terminal;

const SAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/03-tool-round-trip.json"
);

#[test]
fn opens_a_file_and_a_folder() {
    let mut terminal = Terminal::start(&[SAMPLE], &[], WIDE);
    terminal
        .wait_for("1 completion")
        .wait_for("Tool round trip");
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::copy(SAMPLE, folder.path().join(format!("{name}.json"))).unwrap();
    }
    fs::write(folder.path().join("c.json"), "{\"request\":").unwrap();
    let path = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start(&[path], &[], WIDE);
    terminal.wait_for("2 completions").wait_for("1 problem");
    terminal.press("!").wait_for("c.json:1:");
    terminal.press("esc").wait_without("c.json:1:").press("q");
    assert!(terminal.end_restored().success());
}

#[test]
fn says_what_is_missing() {
    let mut terminal = Terminal::start(&["no-such-file.json", SAMPLE], &[], WIDE);
    terminal.wait_for("1 problem");
    terminal.press("!").wait_for("no such file or folder");
}

#[test]
fn reads_standard_input_and_takes_keys_from_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traffic.ndjson");
    let line = fs::read_to_string(SAMPLE).unwrap().replace('\n', " ");
    fs::write(&file, format!("{line}\n{line}\n{line}\n")).unwrap();
    let mut terminal = Terminal::fed_with(&file, "-", WIDE);
    terminal.wait_for("3 completions");
    terminal.press("p").wait_for("PRIVACY ON");
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

#[test]
fn counts_the_other_lines_of_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.jsonl");
    let sample = fs::read_to_string(SAMPLE).unwrap().replace('\n', " ");
    let other = r#"{"level":"info","msg":"server started","port":3000}"#;
    fs::write(&file, format!("{other}\n{sample}\n{other}\n{sample}\n")).unwrap();
    let mut terminal = Terminal::start(&[file.to_str().unwrap()], &[], WIDE);
    terminal.wait_for("2 completions");
    terminal
        .press("!")
        .wait_for("2 records are no completions, and were skipped")
        .wait_without("could not be read");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
}

#[test]
fn holds_an_exchange_against_its_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let id = "gen-1780662787-HsCxzAQHDCCHT9fRjSxB";
    let exchange = serde_json::json!({
        "request": {"model": "openai/gpt-4o-mini", "user": "clerk_3", "messages": [{"role": "user", "content": "Where?"}]},
        "response": {"id": id, "created": 1_780_662_787, "model": "openai/gpt-4o-mini", "choices": [{"message": {"content": "Here."}}]},
    });
    let delivery = serde_json::json!({"trace": {
        "id": id, "name": "OpenRouter Request", "timestamp": "2026-06-05T12:33:07Z", "userId": "clerk_8",
        "input": {"messages": [{"role": "user", "content": "Where?"}]}, "output": {"completion": "Here."},
        "observations": [{"type": "GENERATION", "model": "openai/gpt-4o-mini", "providerName": "OpenAI",
                          "startTime": "2026-06-05T12:33:07Z", "endTime": "2026-06-05T12:33:08Z"}],
    }, "exported_at": "2026-06-05T12:34:00Z"});
    fs::write(folder.path().join("a.json"), exchange.to_string()).unwrap();
    let mut terminal = Terminal::start(&[folder.path().to_str().unwrap()], &[], WIDE);
    terminal
        .wait_for("1 completion")
        .press("F")
        .wait_without("delivery-differs");
    // The delivery comes later, as it does in life.
    fs::write(folder.path().join("b.json"), delivery.to_string()).unwrap();
    terminal.wait_for("delivery-differs");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
}

/// A recording's call and what OpenRouter delivered of it are one row, as they were when they came; and an edit stays with
/// its call while the recording grows.
#[test]
fn a_recorded_call_and_its_delivery_are_one_row() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.ndjson");
    let call = |number: usize| {
        format!(
            r#"{{"name":"12:00:0{number} a/b","captured":{{"number":{number},"method":"POST","path":"/api/v1/chat/completions","status":200,"ending":"complete"}},"request":{{"model":"a/b","user":"ada","messages":[{{"role":"user","content":"Question {number}"}}]}},"response":{{"id":"gen-{number}","model":"a/b","choices":[{{"message":{{"content":"Answer {number}"}}}}]}}}}"#
        )
    };
    let delivery = r#"{"name":"12:00:03 a/b","delivery":{"name":"LLM Generation","spanId":"dddddddddddddddd","resource":{"service.name":"openrouter"},"spans":[],"attributes":{"gen_ai.response.id":"gen-2","gen_ai.request.model":"a/b","user.id":"mallory"}}}"#;
    let mut lines = vec![delivery.to_owned(), call(1), call(2)];
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let mut terminal = Terminal::start(&[file.to_str().unwrap()], &[], WIDE);
    // The row stands where the first of the two stood.
    terminal
        .wait_for("2 completions")
        .wait_for("Question 2")
        .wait_for("delivery-differs");
    assert_eq!(terminal.text().matches("delivery-differs").count(), 1);
    terminal.press("c").wait_for("Compare");
    terminal
        .press("m")
        .press("m")
        .wait_for("delivered by OpenRouter");
    terminal.press("esc").press("e").press("type:\"x\" enter");
    terminal.wait_for("adax");
    lines.push(call(3));
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    terminal.wait_for("3 completions").wait_for("adax");
    terminal.press("q").wait_for("edit");
}
