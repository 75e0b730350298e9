//! A script on the real screen.

use std::fs;

use crate::WIDE;
use crate::terminal::Terminal;

/// It plays by itself, waits before a chapter, sends for real, and leaves the person at its end.
#[test]
fn plays_a_script_and_hands_over() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("demo.txt");
    let text = "# A short one.\nchapter:One caption:\"Privacy is on\" p pause:50\n\
                chapter:Two run:send wait:\"accepted by\" caption:\"Accepted\"\n";
    fs::write(&script, text).unwrap();
    let mut terminal = Terminal::start(&["play", script.to_str().unwrap()], &[], WIDE);
    terminal
        .wait_for("Privacy is on")
        .wait_for("PRIVACY ON")
        .wait_for("Space goes on")
        .press("space")
        .wait_for("accepted by the local sink")
        .wait_for("the end")
        .press("space")
        .wait_for("all keys are yours");
    terminal
        .press("esc")
        .wait_without("accepted by the local sink")
        .press("q");
    assert!(terminal.end_restored().success());
}

/// A script may come from anywhere: it writes no file and asks nobody.
#[test]
fn a_script_writes_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let (script, written) = (
        folder.path().join("demo.txt"),
        folder.path().join("out.json"),
    );
    let text = format!(
        "run:save ctrl-u type:\"{}\" enter pause:50 esc",
        written.display()
    );
    fs::write(&script, text).unwrap();
    let mut terminal = Terminal::start(&["play", script.to_str().unwrap()], &[], WIDE);
    terminal
        .wait_for("a script cannot do this")
        .wait_for("the end");
    terminal
        .press("esc")
        .wait_for("all keys are yours")
        .press("q");
    assert!(terminal.end_restored().success());
    assert!(!written.exists());
}

#[test]
fn mistakes_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("demo.txt");
    fs::write(&script, "# one\nchapter:One\n  p oops\n").unwrap();
    let mut terminal = Terminal::start(&["play", script.to_str().unwrap()], &[], WIDE);
    terminal
        .wait_for("line 3, column 5")
        .wait_for("`oops` is no key");
    assert_eq!(terminal.end().exit_code(), 2);
}

/// From within: a picture of the screen as it is, windows included, over no file unasked.
#[test]
fn a_picture_of_the_screen_is_written_from_within() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("screen.svg");
    let mut terminal = Terminal::start(&[], &[], WIDE);
    let write = format!(
        "type:\":\" type:\"picture\" enter wait:\"picture to\" ctrl-u type:\"{}\" enter",
        file.display()
    );
    terminal
        .wait_for("Time check")
        .wait_for("local sink 127.0.0.1:");
    terminal.press("c").wait_for("no leak").press(&write);
    terminal.wait_for("wrote ").wait_for("no leak");
    let picture = fs::read_to_string(&file).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("no leak"));
    assert!(
        !picture.contains("picture to"),
        "the question is not part of it"
    );
    terminal.press(&write).wait_for("Replace this file?");
    terminal.press("esc").wait_without("Replace this file?");
    terminal.press("esc").wait_without("no leak").press("q");
    assert!(terminal.end_restored().success());
}
