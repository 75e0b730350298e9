//! From start to end: what is drawn, what is not, and how the terminal is given back.

use std::time::Duration;

use rustix::process::Signal;

use crate::terminal::Terminal;
use crate::{WIDE, started};

#[test]
fn starts_edits_toggles_and_quits() {
    let mut terminal = started();
    assert!(terminal.screen.screen().alternate_screen());
    assert!(terminal.text().contains(" completions "));
    terminal
        .press("e ctrl-u type:\"someone\"")
        .wait("the event row to change", |terminal| {
            terminal.line_with("user_id").contains("someone")
        });
    terminal.press("enter").wait_for("/user_id changed");
    terminal
        .press("p")
        .wait_for("PRIVACY ON")
        .wait_for("track_partial");
    terminal.press("p").wait_without("PRIVACY ON");
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

#[test]
fn signals_end_it_and_restore_the_terminal() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = started();
        terminal.press("e type:\"x\"").wait_for("keep");
        terminal.signal(signal);
        terminal.end_restored();
    }
}

#[test]
fn a_closed_terminal_ends_it() {
    started().hang_up();
    // Also where no signal tells of it.
    let mut terminal = Terminal::without_signals(WIDE);
    terminal.wait_for("Time check");
    terminal.hang_up();
}

#[test]
fn survives_any_size() {
    let mut terminal = started();
    for (columns, rows) in [(1, 1), (300, 100), (2, 50), (200, 3), (30, 8), (1, 1)] {
        terminal.resize(columns, rows).rest();
        terminal.press("tab c ? esc p").rest();
    }
    terminal
        .resize(WIDE.0, WIDE.1)
        .wait_for("rainscope")
        .wait_for("Completions");
    // What is open may have to be closed first.
    terminal.press("esc").rest();
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let mut terminal = started();
    terminal.rest();
    assert_eq!(terminal.bytes_within(Duration::from_millis(1500)), 0);
    terminal.press("?").wait_for("Help").rest();
    assert_eq!(terminal.bytes_within(Duration::from_millis(700)), 0);
}

/// Bytes of the most expensive of some moves in a pane.
fn most_bytes(focus: &str, moves: &str) -> usize {
    let mut terminal = started();
    terminal.press(focus).rest();
    let costs = moves.split(' ').map(|key| {
        let before = terminal.written.len();
        terminal
            .press(key)
            .wait("a frame", |terminal| terminal.written.len() > before);
        terminal.rest();
        terminal.written.len() - before
    });
    costs.max().unwrap()
}

#[test]
fn moving_a_cursor_costs_few_bytes() {
    let check = |name: &str, focus: &str, moves: &str| {
        let bytes = most_bytes(focus, moves);
        assert!(bytes < 400, "{bytes} bytes for a move in the {name}");
    };
    check("trace", "tab", "down down up down");
    check("completion", "tab*2 down*3", "down up down");
    // Also where the lens lights rows of the other pane up and puts others out.
    check("completion", "tab*2", "down down down");
    check("event", "tab*3", "down down down down");
}

#[test]
fn needs_a_terminal_and_right_arguments_before_it_takes_the_screen() {
    for arguments in [&["--base-url", "ftp://example"][..], &["--no-such-option"]] {
        let mut terminal = Terminal::start(arguments, &[], WIDE);
        assert!(!terminal.end_restored().success());
        let escape = terminal
            .written
            .windows(8)
            .any(|bytes| bytes == b"\x1b[?1049h");
        assert!(!escape, "the screen was not taken over");
    }
}
