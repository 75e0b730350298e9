//! The tour in a real terminal, with the real sink.

use rainscope::inspector::showing::tour::STOPS;

use crate::kept::{self, KEY};
use crate::terminal::Terminal;
use crate::with_key;

/// What is on the screen, its lines joined.
fn joined(terminal: &Terminal) -> String {
    let text = terminal.text();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Plays it to its end by Space alone; gives the screen of each step.
fn played() -> Vec<String> {
    let mut terminal = Terminal::start(&["tour", "--demo"], &[], (80, 24));
    terminal.wait_for("local sink").wait_for("5899");
    let mut screens = Vec::new();
    for (number, stop) in STOPS.iter().enumerate() {
        let heading = format!("Tour {} of {} {}", number + 1, STOPS.len(), stop.title);
        for step in stop.steps {
            let end = step.says.rsplit('}').next().unwrap();
            let end = end.split_whitespace().collect::<Vec<_>>().join(" ");
            terminal.wait(step.says, |terminal| {
                let shown = joined(terminal);
                shown.contains(&heading) && shown.contains(&end) && shown.contains(step.light.text)
            });
            screens.push(terminal.text());
            terminal.press("space");
        }
    }
    terminal.wait_for("that was the tour").press("q");
    assert!(terminal.end_restored().success());
    screens
}

/// Every step of every stop, with the trace really sent and really read back; and the same each time.
#[test]
fn is_played_whole_and_is_the_same_each_time() {
    assert_eq!(played(), played());
}

/// Whatever the destination is, the tour sends nothing there, and no history has what it sent.
#[test]
fn sends_nothing_to_the_destination() {
    let sink = kept::sink();
    let mut terminal = with_key(&sink.base_url, KEY);
    terminal
        .press(": type:tour enter")
        .wait_for("Tour 1 of 7")
        .press("7")
        .wait_for("Tour 7 of 7")
        .wait_for("local sink")
        .press("s")
        .wait_for("accepted by the local sink")
        .press("V")
        .wait_for("all of it is stored")
        .press("esc")
        .wait_for("the tour was left at 7 of 7");
    // What is sent now goes where it always did.
    terminal.press("H").wait_for("Nothing was sent yet");
    terminal.press("esc").wait_without("Nothing was sent yet");
    terminal.press("s").wait_for("accepted by");
    let first = sink.receipts.recv().unwrap();
    assert!(first.accepted(), "{first:?}");
    terminal.press("esc").wait_without("accepted by").press("q");
    assert!(terminal.end_restored().success());
    terminal.never_wrote(KEY);
}

/// The command begins at any stop, and says which there are.
#[test]
fn begins_at_a_stop() {
    let mut terminal = Terminal::start(&["tour", "6", "--present"], &[], (120, 40));
    terminal
        .wait_for("Tour 6 of 7")
        .wait_for("PRIVACY ON")
        .press("esc")
        .wait_for("the tour was left at 6 of 7")
        .press("q");
    assert!(terminal.end_restored().success());
    let mut terminal = Terminal::start(&["tour", "8"], &[], (120, 40));
    terminal.wait_for("from 1 to 7");
    assert_eq!(terminal.end().exit_code(), 2);
}
