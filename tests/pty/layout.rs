//! How the panes are shared out is there again the next time.

use std::fs;
use std::path::Path;

use rustix::process::Signal;

use crate::WIDE;
use crate::terminal::Terminal;

/// The program with its state and its settings in a folder.
fn start(folder: &Path, arguments: &[&str]) -> Terminal {
    let folder = folder.to_str().unwrap();
    let environment = [
        ("RAINSCOPE_STATE_DIR", folder),
        ("RAINSCOPE_CONFIG_DIR", folder),
    ];
    let mut terminal = Terminal::start(arguments, &environment, WIDE);
    terminal.wait_for("llm_generation");
    terminal
}

/// The columns at which the completion and the event begin.
fn dividers(terminal: &Terminal) -> [usize; 2] {
    let line = terminal.line_with("Raindrop event");
    let before = |title: &str| line.split(title).next().unwrap().chars().count();
    [before("┌ Completion ·"), before("┌ Raindrop event")]
}

/// Presses keys until the dividers stand elsewhere, and tells where.
fn move_dividers(terminal: &mut Terminal, keys: &str) -> [usize; 2] {
    let before = dividers(terminal);
    terminal
        .press(keys)
        .wait("a divider to move", |terminal| dividers(terminal) != before);
    dividers(terminal)
}

#[test]
fn dividers_stand_where_they_were_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = start(folder.path(), &[]);
    let usual = dividers(&terminal);
    let moved = [usual[0] + 6, usual[1] - 2];
    terminal
        .press("> > > tab*3 >")
        .wait("both to be moved", |terminal| dividers(terminal) == moved);
    terminal.press("q");
    assert!(terminal.end_restored().success());
    // Also where a signal ends it; and a demonstration neither reads nor writes it.
    let mut terminal = start(folder.path(), &[]);
    assert_eq!(dividers(&terminal), moved);
    let moved = move_dividers(&mut terminal, ">");
    terminal.signal(Signal::TERM);
    terminal.end_restored();
    let before = fs::read(folder.path().join("layout.toml")).unwrap();
    let mut terminal = start(folder.path(), &["--demo"]);
    assert_eq!(dividers(&terminal), usual);
    terminal.press("> q").end_restored();
    assert_eq!(fs::read(folder.path().join("layout.toml")).unwrap(), before);
    let mut terminal = start(folder.path(), &[]);
    assert_eq!(dividers(&terminal), moved);
    assert_eq!(move_dividers(&mut terminal, "|"), usual);
    terminal.press("q").end_restored();
    // What is said in the settings after that counts, until a divider is moved again.
    fs::write(folder.path().join("config.toml"), "[layout]\nlist = 30\n").unwrap();
    let mut terminal = start(folder.path(), &[]);
    assert_eq!(dividers(&terminal)[0], usize::from(WIDE.0) * 30 / 100);
    let moved = move_dividers(&mut terminal, ">");
    terminal.press("q").end_restored();
    assert_eq!(dividers(&start(folder.path(), &[])), moved);
}

/// A zoomed pane is for a moment: all are there the next time, and stand where they did.
#[test]
fn zoom_is_not_remembered_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = start(folder.path(), &[]);
    let moved = move_dividers(&mut terminal, ">");
    for pane in 0..4 {
        // Each pane has one of these besides.
        let gone = if pane == 0 {
            "llm_generation"
        } else {
            "Completions"
        };
        terminal.press(&format!("tab*{pane} z")).wait_without(gone);
        terminal.press("q");
        assert!(terminal.end_restored().success());
        terminal = start(folder.path(), &[]);
        assert_eq!(dividers(&terminal), moved, "{pane}");
        assert!(terminal.text().contains("Completions"));
    }
}

#[test]
fn a_strange_file_is_told_and_mended_by_the_next_move() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("layout.toml");
    fs::write(&file, "dividers = [\"\u{1b}]0;owned\u{7}\"]").unwrap();
    let mut terminal = start(folder.path(), &[]);
    terminal.press("!").wait_for("not as rainscope writes it");
    terminal.press("esc > q").end_restored();
    let mut terminal = start(folder.path(), &[]);
    terminal.press("!").wait_for("Problems");
    assert!(!terminal.text().contains("not as rainscope"));
    // A place that cannot be written to is told when the terminal is given back.
    let mut terminal = {
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        start(folder.path(), &[])
    };
    terminal.press("> q");
    assert!(terminal.end_restored().success());
    assert!(
        terminal.text().contains("layout is not remembered"),
        "{}",
        terminal.text()
    );
}
