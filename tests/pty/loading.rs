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
