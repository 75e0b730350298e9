//! Whole stories, each in one run of the program, as a person would live them with what the screen
//! offers. Each ends with the terminal as it was.

use crate::kept::{self, KEY};
use crate::terminal::Terminal;
use crate::{started, with_key};

/// Leaves with edits that no file has: that is asked about.
fn leave_with_edits(mut terminal: Terminal) {
    terminal.press("q").wait_for("Leave rainscope?");
    terminal.press("enter");
    assert!(terminal.end_restored().success());
}

fn leave(mut terminal: Terminal) {
    terminal.press("q");
    assert!(terminal.end_restored().success());
}

#[test]
fn finds_the_sample_whose_user_is_missing() {
    let mut terminal = started();
    terminal
        .press("/ type:\"anon\" enter")
        .wait_for("user-missing");
    terminal
        .press("tab*3 / type:\"user_id\" enter")
        .wait("the row that is explained", |terminal| {
            terminal.line_with("user_id").contains("anonymous")
        });
    // Given a user, the finding goes.
    terminal
        .press("e ctrl-u type:\"somebody\"")
        .wait_without("user-missing");
    terminal.press("enter").wait_for("/user_id changed");
    leave_with_edits(terminal);
}

#[test]
fn sees_why_metadata_did_not_arrive() {
    let mut terminal = started();
    terminal
        .press("/ type:\"metadata\" enter")
        .wait_for("Metadata is not trace");
    terminal
        .press("tab*2 / type:\"metadata\" enter n")
        .wait_for("not forwarded");
    // All that the event does not carry, with what to do instead.
    terminal
        .press("esc D")
        .wait_for("/request/metadata/")
        .wait_for("`trace` is where such keys belong");
    terminal.press("esc").wait_without("/request/metadata/");
    leave(terminal);
}

#[test]
fn adds_a_trace_key_and_sees_it_appear() {
    let mut terminal = started();
    terminal.press("a type:\"team\"").wait_for("+ team");
    terminal
        .press("enter type:\"search\"")
        .wait("the value", |terminal| {
            terminal.line_with("+ team").contains("search")
        });
    terminal.press("enter").wait_for("/properties/team added");
    terminal.press("u").wait_without("+ team");
    leave(terminal);
}

#[test]
fn proves_privacy_and_finds_the_sample_where_it_leaks() {
    let mut terminal = started();
    terminal
        .press("c")
        .wait_for("no leak")
        .wait_for("privacy on");
    terminal.press("esc").wait_without("no leak");
    terminal.press("/ type:\"leaks\" enter").wait_for("1 leak");
    terminal
        .press("c")
        .wait_for("/properties/preview still says");
    terminal.press("esc").wait_without("still says");
    leave(terminal);
}

#[test]
fn a_wrong_key_is_told_mended_tested_and_sends_again() {
    let sink = kept::sink();
    let wrong = "rk_wrong_but_just_as_secret";
    let mut terminal = with_key(&sink.base_url, wrong);
    terminal
        .press("s")
        .wait_for("not accepted")
        .wait_for("401")
        .wait_for("write key");
    // A refused key is not tried again.
    let text = terminal.text();
    assert!(text.contains("attempt 1") && !text.contains("attempt 2"));
    let refused = sink.receipts.recv().unwrap();
    assert_eq!((refused.status, refused.accepted()), (Some(401), false));
    // In the same run: another key, which has to pass a test before it is used.
    terminal.press("t").wait_for("Test connection");
    assert!(
        terminal
            .line_with("Base URL")
            .contains(sink.base_url.trim_end_matches('/'))
    );
    terminal
        .press(&format!("type:\"{}\"", &KEY[..9]))
        .press(&format!("paste:\"{}\"", &KEY[9..]))
        .wait_for("it is never shown");
    assert!(!terminal.text().contains("[ Save"));
    terminal.press("ctrl-t").wait_for("The connection works");
    let tested = sink.receipts.recv().unwrap();
    assert!(tested.accepted(), "{tested:?}");
    terminal.press("ctrl-s").wait_for("saved in");
    terminal.press("s").wait_for("✓ accepted by");
    let accepted = sink.receipts.recv().unwrap();
    assert_eq!(
        (accepted.path.as_str(), accepted.accepted()),
        ("/v1/events/track", true)
    );
    terminal.press("esc").wait_without("accepted by");
    terminal.press("q");
    assert!(terminal.end_restored().success());
    for key in [KEY, wrong] {
        terminal.never_wrote(key);
    }
}

/// The number before a word on the first line of the screen that has the word.
fn count(terminal: &Terminal, word: &str) -> usize {
    let line = terminal.line_with(word);
    let before = line.split(word).next().unwrap();
    before.split_whitespace().last().unwrap().parse().unwrap()
}

#[test]
fn sends_all_sees_it_end_and_finds_it_in_the_inbox() {
    let mut terminal = started();
    let all = count(&terminal, " completions ");
    terminal
        .press("S")
        .wait_for("all accepted")
        .wait_for("100%");
    assert!(!terminal.text().contains(" not accepted"));
    // What is sent is counted, and not what makes no event.
    let accepted = count(&terminal, " accepted   ∅");
    terminal.wait_for(&format!("{accepted} of {accepted}"));
    assert_eq!(accepted + count(&terminal, " without event"), all);
    terminal.press("esc").wait_without("all accepted");
    // Events with text travel in batches, those without one by one.
    terminal.press("i").wait_for("Sink inbox");
    let requests = count(&terminal, " requests received");
    let text = terminal.text();
    let rows = || text.lines().filter(|line| line.contains(" valid "));
    let lines = |part: &str| rows().filter(|line| line.contains(part)).count();
    assert_eq!(lines(" valid "), requests);
    let single = lines("events/track_partial");
    assert_eq!(lines("events/track "), 1, "{text}");
    // What was received first is up to the connections.
    let batch = rows().position(|line| line.contains("events/track "));
    let down = " down".repeat(batch.unwrap());
    terminal
        .press(&format!("g{down} enter"))
        .wait_for("POST /v1/events/track");
    let batched = accepted - single;
    terminal
        .press(r#"/ type:"\"event_id\": ""#)
        .wait_for(&format!(" {batched} matches"));
    terminal.press("esc");
    // Back to the inbox, which it was opened from, and then to the panes.
    terminal.press("esc").wait_for("Sink inbox");
    terminal.press("esc").wait_for("Raindrop event");
    leave(terminal);
}
