//! The person's own editor, stood in for by small shell scripts.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;

use crate::WIDE;
use crate::terminal::Terminal;

/// The program with a script for an editor, and the folder in which its files are made.
fn with_editor(script: &str) -> (Terminal, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let editor = folder.path().join("my editor");
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    let environment = [
        ("EDITOR", "false"),
        ("VISUAL", &format!("'{}' --wait", editor.display())),
        ("TMPDIR", files.to_str().unwrap()),
        ("RAINDROP_WRITE_KEY", "rk_secret"),
        ("RAINSCOPE_KIND", "sink"),
    ];
    let mut terminal = Terminal::start(&[], &environment, WIDE);
    terminal
        .wait_for("Time check")
        .wait_for("local sink 127.0.0.1:");
    (terminal, folder)
}

fn nothing_left(folder: &Path) {
    let left = fs::read_dir(folder.join("files")).unwrap().count();
    assert_eq!(left, 0, "files of the editor are left");
}

/// Asks the person for a word, and puts it in place of the user.
const ASKS: &str = r#"
[ "$1" = --wait ] || exit 9
ls -l "$2"
echo "key: <$RAINDROP_WRITE_KEY>"
echo "EDITING"
read word
sed "s/\"user_12345\"/$word/" "$2" > "$2~"
mv "$2~" "$2"
touch "$2.bak""#;

#[test]
fn edits_the_trace_and_gives_the_terminal_back() {
    let (mut terminal, folder) = with_editor(ASKS);
    terminal.press("ctrl-e").wait_for("EDITING");
    assert!(!terminal.screen.screen().alternate_screen());
    let text = terminal.text();
    assert!(
        text.contains("-rw-------") && text.contains("key: <>"),
        "{text}"
    );
    // What is typed goes to the editor, all of it.
    terminal.press("type:\"\\\"ada\\\"\" enter");
    terminal
        .wait_for("/user_id changed")
        .wait("the event", |terminal| {
            terminal.line_with("user_id").contains("ada")
        });
    assert!(terminal.screen.screen().alternate_screen());
    nothing_left(folder.path());
    // Keys come here again; what is not valid stands in the raw editor.
    terminal.press("u").wait_for("undone").press("ctrl-e");
    terminal.wait("the editor again", |terminal| {
        terminal.text().matches("EDITING").count() == 2
    });
    terminal.press("type:\"oops\" enter");
    terminal
        .wait_for("Trace as JSON")
        .wait_for("line 2, column 11");
    terminal
        .press("type:\"1\"")
        .wait_for("1oops")
        .press("esc")
        .wait_for("Discard what you wrote?")
        .press("enter");
    terminal.wait_without("Trace as JSON").press("q");
    assert!(terminal.end_restored().success());
    nothing_left(folder.path());
}

#[test]
fn a_size_that_changed_meanwhile_is_noticed_and_the_sink_goes_on() {
    let (mut terminal, _folder) = with_editor(ASKS);
    let text = terminal.text();
    let address = text.split("local sink ").nth(1).unwrap();
    let address = address.split(|c: char| c.is_whitespace()).next().unwrap();
    terminal.press("ctrl-e").wait_for("EDITING");
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "POST /v1/events/track HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    terminal.resize(100, 40).press("type:\"7\" enter");
    terminal
        .wait_for("is a string")
        .press("esc")
        .wait_for("Discard what you wrote?")
        .press("enter");
    terminal.wait_for("┌ Completion · chat").press("i");
    terminal.wait_for("/v1/events/track");
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let check = |script: &str, keys: &[u8], expected: &str| {
        let (mut terminal, folder) = with_editor(script);
        terminal.press("ctrl-e");
        if !keys.is_empty() {
            terminal.wait_for("EDITING").send(keys);
        }
        terminal.wait_for(expected);
        nothing_left(folder.path());
        // It goes on: what was typed for the editor ends nothing here.
        terminal.press("?").wait_for("Help").press("esc q");
        // Also where the editor left the terminal's modes in disorder.
        assert!(terminal.end_restored().success(), "{script}");
    };
    check("stty raw -echo; exit 3", b"", "ended with status 3");
    check("kill -KILL $$", b"", "ended with signal 9");
    check(": > \"$2\"", b"", "the editor left nothing");
    check("rm \"$2\"", b"", "cannot be read: no such file");
    // Ctrl-C is the editor's own affair.
    let script = "trap 'exit 5' INT; echo EDITING; while :; do read x; done";
    check(script, b"\x03", "ended with status 5");
}

#[test]
fn says_what_to_do_without_an_editor() {
    let check = |environment: &[(&str, &str)], expected: &str| {
        let mut terminal = Terminal::start(&[], environment, WIDE);
        terminal.wait_for("local sink 127.0.0.1:").press("ctrl-e");
        terminal.wait_for(expected).press("q");
        assert!(terminal.end_restored().success());
    };
    check(&[], "no editor is set");
    check(
        &[("EDITOR", "/no/such/ed")],
        "`ed` cannot be run: there is no such program",
    );
}

#[test]
fn signals_and_a_closed_terminal_end_it_with_the_editor() {
    let script = "echo EDITING; while :; do read x || exit; done";
    for signal in [Signal::TERM, Signal::HUP] {
        let (mut terminal, folder) = with_editor(script);
        terminal.press("ctrl-e").wait_for("EDITING");
        terminal.signal(signal);
        terminal.end_restored();
        nothing_left(folder.path());
    }
    // One that does not heed signals as well.
    let (mut terminal, folder) =
        with_editor("trap '' TERM HUP; echo EDITING; while :; do sleep 1; done");
    terminal.press("ctrl-e").wait_for("EDITING");
    terminal.signal(Signal::TERM);
    terminal.end_restored();
    nothing_left(folder.path());
    let (mut terminal, folder) = with_editor(script);
    terminal.press("ctrl-e").wait_for("EDITING");
    terminal.hang_up();
    nothing_left(folder.path());
}
