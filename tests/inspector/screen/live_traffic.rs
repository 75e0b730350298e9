//! Live traffic: calls appear, grow and end while one looks at them, edits them, or looks at something else.

use rainscope::capture::Ending;
use rainscope::inspector::library::traffic::Report;
use rainscope::inspector::{Msg, Pane};

use crate::stage::Stage;
use crate::stage::traffic::{self, asked, call, chunk};

const SIZE: (u16, u16) = (140, 40);

fn listening() -> Stage {
    traffic::listening(SIZE, None)
}

#[test]
fn a_call_appears_when_it_begins_and_is_mapped_all_along() {
    let mut stage = listening();
    assert!(
        stage.text().contains("live http://127.0.0.1:4111"),
        "{}",
        stage.text()
    );
    assert!(stage.text().contains("No call yet."), "{}", stage.text());
    let mut capture = asked(1);
    stage.tell(call(&capture));
    let text = stage.text();
    assert!(
        text.contains("openai/gpt-4o-mini") && text.contains("1 open"),
        "{text}"
    );
    assert!(text.contains("the answer has not come yet"), "{text}");
    assert!(!text.contains("nothing was generated"), "{text}");

    capture.status = Some(200);
    capture.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&capture));
    assert!(
        stage.event().contains("\"output\":\"Hel\""),
        "{}",
        stage.event()
    );
    assert!(
        stage.event().contains("\"user_id\":\"ada\""),
        "{}",
        stage.event()
    );
    capture.arrive(chunk("lo").as_bytes(), 150);
    capture.arrive(b"data: [DONE]\n\n", 180);
    capture.ended = Some((Ending::Complete, 200));
    stage.tell(call(&capture));
    assert!(
        stage.event().contains("\"output\":\"Hello\""),
        "{}",
        stage.event()
    );
    assert!(
        stage.event().contains("\"duration_ms\":200"),
        "{}",
        stage.event()
    );
    assert!(!stage.text().contains("1 open"), "{}", stage.text());
}

#[test]
fn the_list_follows_the_newest_until_one_moves_away() {
    let mut stage = listening();
    for number in 1..=3 {
        stage.tell(call(&asked(number)));
        assert_eq!(stage.model.list.row as u64, number - 1);
    }
    stage.model.focus = Pane::List;
    stage.press("g");
    for number in 4..=5 {
        stage.tell(call(&asked(number)));
    }
    assert_eq!(stage.model.list.row, 0);
    assert!(stage.text().contains("2 new"), "{}", stage.text());
    stage.press("G");
    assert!(!stage.text().contains(" new"), "{}", stage.text());
    stage.tell(call(&asked(6)));
    assert_eq!(stage.model.list.row, 5);
}

#[test]
fn growth_keeps_edits_folds_and_cursors() {
    let mut stage = listening();
    let mut capture = asked(1);
    capture.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&capture));
    // A trace key is added while the answer streams, and a container is opened.
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\" tab type:\"7\" enter");
    stage.model.focus = Pane::Completion;
    stage.press("+ /");
    stage.press("type:\"Question\" enter");
    let at = stage.model.current.as_ref().unwrap().source_pointer();
    let rows = stage.model.current.as_ref().unwrap().source.rows().len();
    assert_eq!(at.as_deref(), Some("/request/messages/0/content"));
    capture.arrive(chunk("lo").as_bytes(), 150);
    stage.tell(call(&capture));
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(current.source_pointer(), at);
    assert!(current.source.rows().len() >= rows);
    assert!(stage.event().contains("\"build\":"), "{}", stage.event());
    assert!(
        stage.event().contains("\"output\":\"Hello\""),
        "{}",
        stage.event()
    );
}

#[test]
fn what_is_typed_lands_in_the_call_that_grows() {
    let mut stage = listening();
    let mut capture = asked(1);
    stage.tell(call(&capture));
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\"");
    capture.arrive(chunk("Hello").as_bytes(), 100);
    stage.tell(call(&capture));
    stage.tell(call(&asked(2)));
    assert_eq!(stage.model.list.row, 0);
    stage.press("tab type:\"7\" enter");
    assert!(stage.event().contains("\"build\":"), "{}", stage.event());
    assert!(
        stage.event().contains("\"output\":\"Hello\""),
        "{}",
        stage.event()
    );
}

#[test]
fn endings_are_told_for_what_they_are() {
    for (ending, answer, says) in [
        (Ending::Cancelled, "", "the app went away"),
        (
            Ending::Unreachable("connection refused".to_owned()),
            "",
            "could not be reached",
        ),
        (Ending::Cancelled, "Hel", "cancelled"),
        (Ending::BrokenOff("reset".to_owned()), "Hel", "broken off"),
    ] {
        let mut stage = listening();
        let mut capture = asked(1);
        if !answer.is_empty() {
            capture.arrive(chunk(answer).as_bytes(), 100);
        }
        capture.ended = Some((ending, 200));
        stage.tell(call(&capture));
        assert!(stage.text().contains(says), "{says}: {}", stage.text());
    }
}

#[test]
fn the_commands_output_is_kept_and_hostile_text_is_harmless() {
    let mut stage = listening();
    let line = |is_error, text: &str| {
        Msg::Traffic(Report::Output {
            is_error,
            text: text.to_owned(),
        })
    };
    stage.press("$");
    assert!(
        stage.text().contains("It wrote nothing yet."),
        "{}",
        stage.text()
    );
    for number in 0..100 {
        stage.tell(line(false, &format!("line {number}")));
    }
    stage.tell(line(true, "\u{1b}[31mred\u{7}"));
    let text = stage.text();
    assert!(
        text.contains("line 99") && text.contains("running"),
        "{text}"
    );
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{7}'),
        "{text}"
    );
    stage.press("g");
    assert!(stage.text().contains("line 0"), "{}", stage.text());
    stage.tell(Msg::Traffic(Report::Ended(3)));
    assert!(
        stage.text().contains("ended with status 3"),
        "{}",
        stage.text()
    );
}
