//! What is opened: files, folders, standard input; and keys that come from the terminal all the while.

use std::fs::{self, File};
use std::io::Write;
use std::process::Command;

use rustix::process::Signal;

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
        .wait_for("app.jsonl:1:1: record 1")
        .wait_for("app.jsonl:3:1: record 3")
        .wait_without("could not be read");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
}

/// The inspector counts as `check` does: completions, what could not be read, and what was passed over.
#[test]
fn counts_as_check_does() {
    let folder = tempfile::tempdir().unwrap();
    let sample = fs::read_to_string(SAMPLE).unwrap().replace('\n', " ");
    let long = format!("{{\"choices\":\"{}\"}}", "x".repeat(5000));
    let other = r#"{"level":"info"}"#;
    let broken = &sample[..200];
    let lines = [&*sample, other, broken, &long, &sample, other];
    fs::write(folder.path().join("app.jsonl"), lines.join("\n")).unwrap();
    fs::write(folder.path().join("notes.md"), "Look: {\"a\": broken\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let check = std::process::Command::new(env!("CARGO_BIN_EXE_rainscope"))
        .args(["check", path])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    assert!(
        said.contains("2 completions checked")
            && said.contains("1 file and 3 records skipped")
            && said.contains("1 record could not be read"),
        "{said}"
    );
    for line in [2, 4, 6] {
        let skipped = format!("app.jsonl:{line}:1: record {line} ");
        assert!(said.contains(&skipped), "{said}");
    }
    let mut terminal = Terminal::start(&[path], &[], WIDE);
    terminal
        .wait_for("2 completions")
        .wait_for("1 problem, 4 skipped")
        .press("!")
        .wait_for("app.jsonl:3:")
        .wait_for("app.jsonl:2:1: record 2")
        .wait_for("app.jsonl:4:1: record 4")
        .wait_for("app.jsonl:6:1: record 6")
        .wait_for("notes.md:1:")
        .press("esc o")
        .wait_for("2 completions");
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
}

/// Nothing false is said of the lines of a file that has none.
#[test]
fn an_empty_file_has_no_line_to_show() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.json");
    fs::write(&file, "").unwrap();
    let mut terminal = Terminal::start(&[file.to_str().unwrap()], &[], WIDE);
    terminal.wait_for("1 problem").press("!");
    terminal.wait_for("there are no lines to show: the file is empty");
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

/// `:open` completes a path and adds what is there; an empty folder is named.
#[test]
fn opens_from_inside_what_tab_completes() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("night-logs")).unwrap();
    fs::create_dir(folder.path().join("nothing")).unwrap();
    fs::copy(SAMPLE, folder.path().join("night-logs/one.json")).unwrap();
    let path = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start(&[], &[], WIDE);
    terminal.wait_for("41 completions");
    terminal.press(&format!(": type:\"open {path}/ni\" tab"));
    terminal.wait_for("night-logs/");
    terminal.press("tab").wait_for("one.json").press("enter");
    terminal.wait_for("42 completions").wait_for("1 completion");
    terminal.press(&format!(": type:\"open {path}/nothing\" enter"));
    terminal.wait_for("the folder holds no files");
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

/// A problem shows the lines around its place, and `$EDITOR` opens the file there.
#[test]
fn a_problem_leads_to_its_place_in_the_editor() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("day.ndjson");
    let sample = fs::read_to_string(SAMPLE).unwrap().replace('\n', " ");
    fs::write(
        &file,
        format!("{sample}\n{{\"request\": oops}}\n{sample}\n"),
    )
    .unwrap();
    let editor = folder.path().join("nano");
    let told = folder.path().join("told");
    fs::write(
        &editor,
        format!("#!/bin/sh\necho \"$@\" > {}\n", told.display()),
    )
    .unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let environment = [("EDITOR", editor.to_str().unwrap())];
    let mut terminal = Terminal::start(&[file.to_str().unwrap()], &environment, WIDE);
    terminal.wait_for("2 completions");
    terminal.press("J").wait_for("could not be read");
    terminal
        .press("!")
        .wait_for("{\"request\": oops}")
        .wait_for("^");
    let is_told = |_: &Terminal| fs::read_to_string(&told).is_ok_and(|text| text.ends_with('\n'));
    terminal.press("enter").wait("the editor was run", is_told);
    let arguments = fs::read_to_string(&told).unwrap();
    assert_eq!(arguments.trim(), format!("+2,13 {}", file.display()));
    // What is typed while the editor has the terminal is not for the panes.
    terminal.wait("the terminal is taken again", |terminal| {
        const TAKEN: &[u8] = b"\x1b[?1049h";
        let written = terminal.written.windows(TAKEN.len());
        written.filter(|bytes| *bytes == TAKEN).count() > 1
    });
    terminal.wait_for("oops");
    terminal.press("esc").wait_without("oops").press("q");
    assert!(terminal.end_restored().success());
}

/// While a large folder is read its first rows are there, keys work, and the cursor stays on its completion.
#[test]
fn the_list_follows_while_a_large_folder_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let sample = fs::read_to_string(SAMPLE).unwrap();
    for number in 0..500 {
        let name = format!("Call {number:04}");
        let text = sample.replace("Tool round trip", &name);
        fs::write(folder.path().join(format!("{number:04}.json")), text).unwrap();
    }
    let mut terminal = Terminal::start(&[folder.path().to_str().unwrap()], &[], WIDE);
    terminal.wait_for("Call 0010").wait_for("reading");
    terminal.press("J*3 p").wait_for("PRIVACY ON");
    let text = terminal.text();
    assert!(text.contains("reading"), "{text}");
    assert!(text.contains("Completions 4/"), "{text}");
    terminal.wait_for("500 completions").wait_without("reading");
    assert!(terminal.text().contains("Completions 4/500"));
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

/// A signal ends the program while it still waits for its input, which never ends here.
#[test]
fn a_signal_is_not_kept_waiting_by_what_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    // Held open for reading as well, so that neither side waits for the other.
    let mut held = File::options().read(true).write(true).open(&pipe).unwrap();
    let mut terminal = Terminal::fed_with(&pipe, "-", WIDE);
    terminal.wait_for("reading");
    let line = fs::read_to_string(SAMPLE).unwrap().replace('\n', " ");
    held.write_all(format!("{line}\n").as_bytes()).unwrap();
    terminal.wait_for("Tool round trip").wait_for("reading");
    terminal.signal(Signal::TERM);
    terminal.end_restored();
    let last = terminal.last_screen();
    assert!(last.contains("reading"), "{last}");
    drop(held);
}

/// The header says of a large file that some of its lines are broken, before anybody comes to them.
#[test]
fn broken_lines_are_announced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traffic.ndjson");
    let line = fs::read_to_string(SAMPLE).unwrap().replace('\n', " ");
    let broken = &line[..line.len() / 2];
    let all = [[line.as_str()].repeat(40), vec![broken, &line, broken]].concat();
    fs::write(&file, all.join("\n")).unwrap();
    let mut terminal = Terminal::start(&[file.to_str().unwrap()], &[], (80, 24));
    terminal.wait_for("! 2 problems");
    terminal
        .press("!")
        .wait_for("traffic.ndjson:41:")
        .wait_for("traffic.ndjson:43:");
    // The file is mended, and nothing is wrong with it any more.
    terminal.press("esc");
    fs::write(&file, [line.as_str()].repeat(40).join("\n")).unwrap();
    terminal.wait_without("problem");
    // Opened from inside, it is told as well.
    let other = folder.path().join("other.ndjson");
    fs::write(&other, format!("{line}\n{broken}\n{line}\n")).unwrap();
    terminal.press(&format!("type:\":open {}\" enter", other.display()));
    terminal.wait_for("! 1 problem");
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

/// A file that is edited is gone for a while and comes back with a record in front: the edit is where it was made.
#[test]
fn edits_come_back_with_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.ndjson");
    let call = |user: &str| {
        format!(
            "{{\"request\":{{\"model\":\"a/b\",\"user\":\"{user}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Question of {user}\"}}]}},\
             \"response\":{{\"id\":\"gen-{user}\",\"choices\":[{{\"message\":{{\"content\":\"ho\"}}}}]}}}}\n"
        )
    };
    std::fs::write(&file, call("ada") + &call("bea")).unwrap();
    let mut terminal = Terminal::start(&[folder.path().to_str().unwrap()], &[], WIDE);
    terminal.wait_for("Question of bea");
    terminal.press("a type:\"team\" enter type:\"sea\" enter");
    terminal.wait_for("/properties/team added");
    std::fs::remove_file(&file).unwrap();
    terminal.wait_for("its edits wait for it to come back");
    std::fs::write(&file, call("cleo") + &call("ada") + &call("bea")).unwrap();
    terminal
        .wait_for("was read again")
        .wait_for("Question of cleo");
    terminal.press("J").wait("the edit", |terminal| {
        terminal.line_with("team").contains("sea") && terminal.line_with("user_id").contains("ada")
    });
    terminal.press("q").wait_for("Leave rainscope?");
    terminal.press("enter");
    assert!(terminal.end_restored().success());
}
