//! Whole stories, as a person would live them with what the hint bar and the help offer. Two have no
//! screen yet: mending a wrong key in the program, and sending all that is listed.

use crate::started;

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
    assert!(terminal.text().contains("metadata"));
}

#[test]
fn adds_a_trace_key_and_sees_it_appear() {
    let mut terminal = started();
    terminal.press("a type:\"team\"").wait_for("+    team");
    terminal
        .press("enter type:\"search\"")
        .wait("the value", |terminal| {
            terminal.line_with("+    team").contains("search")
        });
    terminal.press("enter").wait_for("/properties/team added");
    terminal.press("u").wait_without("+    team");
}

#[test]
fn proves_privacy_and_finds_the_sample_where_it_leaks() {
    let mut terminal = started();
    terminal
        .press("c")
        .wait_for("no leak")
        .wait_for("privacy on");
    terminal.press("esc").wait_without("Compare");
    terminal.press("/ type:\"leaks\" enter").wait_for("1 leak");
    terminal
        .press("c")
        .wait_for("/properties/preview still says");
}
