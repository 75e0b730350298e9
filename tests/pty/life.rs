//! From start to end: what is drawn, what is not, and how the terminal is given back.

use std::fs;
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
    // An edit that no file has is not left without a word.
    terminal.press("q").wait_for("Leave rainscope?");
    terminal.press("enter");
    assert!(terminal.end_restored().success());
}

/// A signal ends the program, and so does closing its terminal.
#[test]
fn signals_end_it_and_restore_the_terminal() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = started();
        terminal.press("e type:\"x\"").wait_for("keep");
        terminal.signal(signal);
        let status = terminal.end_restored();
        let number = u32::try_from(signal.as_raw()).unwrap();
        assert_eq!(status.exit_code(), 128 + number, "{signal:?}");
    }
}

/// A terminal that takes nothing more, as one that was stopped, keeps nobody from ending the program.
#[test]
fn a_signal_ends_it_though_its_terminal_takes_nothing() {
    let mut terminal = started();
    let gate = terminal.gate();
    let held = gate.lock().unwrap();
    // More than a terminal keeps for whoever reads it.
    for _ in 0..400 {
        terminal.press("p");
    }
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.end_unread().exit_code(), 128 + 15);
    assert!(terminal.has_its_modes());
    drop(held);
}

/// However early a signal comes: before the first byte, between the first sequences, within the first frame.
#[test]
fn the_earliest_signals_leave_the_terminal_as_it_was() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        for bytes in [0, 1, 10, 30, 60, 100, 1000, 4000] {
            let mut terminal = Terminal::start(&[], &[], WIDE);
            terminal.read_at_least(bytes).signal(signal);
            terminal.end_restored();
        }
    }
}

/// While a key is typed nothing of it is shown; what is typed after the program has ended is.
#[test]
fn signals_leave_the_terminal_as_it_was_at_the_question_for_a_key() {
    let options = ["--base-url", "https://elsewhere.invalid", "--project", "p"];
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let mut terminal = Terminal::start(&[&["connect"][..], &options].concat(), &[], WIDE);
        terminal.wait_for("Write key").press("a b").wait_for("••");
        terminal.signal(signal);
        let status = terminal.end_restored();
        assert!(!status.success(), "{status:?}");
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
        terminal.resize_and_wait(columns, rows);
        terminal.press("tab c ? esc p");
    }
    terminal
        .resize_and_wait(WIDE.0, WIDE.1)
        .wait_for("rainscope")
        .wait_for("Completions");
    // What is open may have to be closed first.
    terminal.press("esc q");
    assert!(terminal.end_restored().success());
}

/// Bytes of the most expensive of some moves in a pane.
fn most_bytes(focus: &str, moves: &str) -> usize {
    let mut terminal = started();
    terminal.press(focus).catch_up();
    let costs = moves.split(' ').map(|key| {
        // Each frame is one write.
        let before = terminal.written.len();
        terminal.press(key).wait_for_frame(before);
        terminal.written.len() - before
    });
    costs.max().unwrap()
}

/// Little is written where little changes, for the sake of slow connections.
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

/// Arguments are checked before the screen is taken over.
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

/// A panic gives the terminal back.
#[test]
fn a_panic_gives_the_terminal_back() {
    let mut terminal = Terminal::of_this_test("life::panics_where_it_is_told_to", WIDE);
    terminal.wait_for("on purpose");
    assert!(!terminal.end_restored().success());
    let taken = String::from_utf8_lossy(&terminal.written).into_owned();
    let told = taken.find("on purpose");
    let (took, gave) = (taken.find("\x1b[?1049h"), taken.find("\x1b[?1049l"));
    assert!(
        took.is_some() && took < gave && gave < told,
        "given back before it is told"
    );
}

/// Not a test of its own: what `a_panic_gives_the_terminal_back` starts in a terminal.
#[test]
fn panics_where_it_is_told_to() {
    if std::env::var_os("RAINSCOPE_TEST_PANICS").is_none() {
        return;
    }
    rainscope::terminal::give_back_on_panic();
    let taken = rainscope::terminal::TerminalGuard::begin(true).unwrap();
    // The release build does not unwind, so that nothing is dropped there.
    std::mem::forget(taken);
    panic!("on purpose");
}

/// A mistake in the settings is shown on the screen, with the defaults in force.
#[test]
fn mistakes_in_the_settings_are_known_before_the_screen_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("config.toml"),
        "[inspector]\ntheme = \"pink\"\n",
    )
    .unwrap();
    let folder = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start(&[], &[("RAINSCOPE_CONFIG_DIR", folder)], WIDE);
    // They are told on it from the first frame on; the defaults stand in.
    terminal.wait_for("rainscope");
    assert!(terminal.line_with("rainscope").contains("1 problem"));
    terminal.press("!").wait_for("theme: none of");
    terminal
        .press("esc")
        .wait_without("theme: none of")
        .press("q");
    assert!(terminal.end_restored().success());
}

/// What a mistake may hide is not decided by the defaults: privacy mode is on, and nothing is sent before the person has
/// said where to.
#[test]
fn a_mistake_that_may_hide_the_destination_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("config.toml"),
        "[destination]\nprivacy = true\nenabled = false\n\n[send\n",
    )
    .unwrap();
    let folder = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start(&[], &[("RAINSCOPE_CONFIG_DIR", folder)], WIDE);
    terminal.wait_for("1 problem").wait_for("PRIVACY ON");
    terminal
        .press("s")
        .wait_for("the settings have a mistake")
        .press("q");
    assert!(terminal.end_restored().success());
}

/// How often the program's threads were woken so far, where the system tells.
pub fn wake_ups(terminal: &Terminal) -> u64 {
    if !cfg!(target_os = "linux") {
        return 0;
    }
    let tasks = fs::read_dir(format!("/proc/{}/task", terminal.process())).unwrap();
    let woken = tasks.map(|task| {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse::<u64>().unwrap()
    });
    woken.sum()
}

/// Whether nothing is written and nothing wakes up for a while. What was begun before, as opening the history, may take
/// a moment on a busy machine.
#[cfg(target_os = "linux")]
pub fn is_quiet(terminal: &mut Terminal) -> bool {
    (0..8).any(|_| {
        let before = wake_ups(terminal);
        let bytes = terminal.bytes_within(Duration::from_millis(1100));
        bytes == 0 && wake_ups(terminal) == before
    })
}

/// Nothing is written, and no timer runs. Time has to pass for that, longer than any pace at which
/// something might be drawn.
#[test]
fn nothing_wakes_up_while_nothing_happens() {
    let mut terminal = started();
    terminal.press("tab down").catch_up();
    assert!(is_quiet(&mut terminal), "it wakes up all the time");
    terminal.press("?").wait_for("┌ Help");
    assert!(is_quiet(&mut terminal), "a window wakes it up");
}

#[test]
fn a_window_of_one_cell_does_not_end_it() {
    let mut terminal = Terminal::start(&[], &[], (1, 1));
    terminal.wait("its only cell", |terminal| !terminal.text().is_empty());
    terminal.press("tab c");
    for (columns, rows) in [WIDE, (1, 1), WIDE] {
        terminal.resize_and_wait(columns, rows);
    }
    // Keys that were pressed blindly did nothing.
    terminal.wait_for("Completions").press("c");
    terminal.wait_for("Compare privacy").resize_and_wait(20, 5);
    terminal.wait_for("needs 30×8").press("q");
    assert!(terminal.end_restored().success());
}
