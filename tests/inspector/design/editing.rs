//! Edits of the trace: what a value is, and what is copied of it.

use rainscope::inspector::{Effect, Pane};

use super::sight::after;
use crate::stage::Stage;

/// A value turns from text to JSON and back.
#[test]
fn a_value_turns_from_text_to_json_and_back() {
    let mut stage = after("a type:\"n\" enter type:\"7\"");
    for (key, expected) in [
        ("", "\"n\":\"7\""),
        ("ctrl-t", "\"n\":7"),
        ("ctrl-t", "\"n\":\"7\""),
        ("ctrl-t", "\"n\":7"),
    ] {
        stage.press(key);
        assert!(stage.event().contains(expected), "{}", stage.event());
    }
    stage.press("enter");
    assert!(stage.event().contains("\"n\":7"));
    // Also what was there before: a number becomes a text.
    let stage = after("tab down*6 e ctrl-t enter");
    assert!(
        stage.event().contains("\"build\":\"4187\""),
        "{}",
        stage.event()
    );
}

/// `e` edits the row that the cursor is on, wherever that is. On one that can't be edited it says so and asks whether to
/// edit the trace instead, so that what is typed next is no command.
#[test]
fn a_row_that_is_no_trace_metadata_says_so_and_stays() {
    let mut stage = after("");
    for (pane, row) in [(Pane::Event, 0), (Pane::Event, 6), (Pane::Completion, 2)] {
        stage.model.focus = pane;
        stage.press("g");
        for _ in 0..row {
            stage.press("down");
        }
        stage.press("e");
        assert_eq!(stage.model.focus, pane);
        let text = stage.text();
        let words: Vec<&str> = text
            .split_whitespace()
            .filter(|word| *word != "│")
            .collect();
        let words = words.join(" ");
        assert!(
            words.contains("is no trace metadata; user, session"),
            "{text}"
        );
        // What is typed in the belief that a field is open does nothing.
        let before = stage.event();
        stage.press("type:alices");
        assert_eq!(stage.event(), before);
        assert!(stage.model.sendings.is_empty() && stage.model.trace.editor.is_none());
        stage.press("esc");
        assert!(stage.model.windows.is_empty());
        assert_eq!(stage.model.focus, pane);
        let bar = stage.text().lines().last().unwrap().to_owned();
        assert!(!bar.contains("e edit"), "{bar}");
        // Enter edits what can be, so that what is typed then is text.
        stage.press("e enter type:alices");
        assert_eq!(stage.model.focus, Pane::Trace);
        let typed = stage.model.trace.editor.as_ref().unwrap().input.value();
        assert!(typed.ends_with("alices"), "{typed}");
        stage.press("esc");
        assert_eq!(stage.event(), before);
    }
    // The user, the session and a key can be, from the event and from the completion.
    for (pane, rows, field) in [
        (Pane::Event, 2, "user_12345"),
        (Pane::Event, 8, "session_67890"),
        (Pane::Event, 20, "Time Check"),
        (Pane::Completion, 8, "user_12345"),
    ] {
        let mut stage = after("");
        stage.model.focus = pane;
        stage.press(&format!("down*{rows}"));
        let bar = stage.text().lines().last().unwrap().to_owned();
        assert!(bar.contains("e edit"), "{pane:?} {rows}: {bar}");
        stage.press("e");
        let editor = stage.model.trace.editor.as_ref();
        let typed = editor.map(|editor| editor.input.value().to_owned());
        assert_eq!(typed.as_deref(), Some(field), "{pane:?} {rows}");
    }
}

/// A new key's long pointer loses its middle, so that what becomes of it can still be read.
#[test]
fn what_becomes_of_a_long_key_is_said_to_its_end() {
    let key = "a_key_that_says_in_its_name_everything_that_is_to_be_known";
    for size in [(120, 40), (100, 30)] {
        let mut stage = Stage::samples(size);
        stage.press(&format!("tab a type:{key} enter type:value enter"));
        let text = stage.text();
        let made = format!("becomes /properties/{key}");
        assert!(text.lines().any(|line| line.contains(&made)), "{text}");
    }
}

/// The trace is copied as part of a request, ready to be pasted into one.
#[test]
fn the_copied_snippet_is_the_edited_part_of_a_request() {
    let mut stage =
        after("tab e ctrl-u type:\"me\" enter a type:\"n\" enter ctrl-t type:\"1.50\" enter");
    let effects = stage.press("T");
    let [Effect::Copy(snippet)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    // It is pasted between the members of a request: there it says what the edits say.
    let request: serde_json::Value =
        serde_json::from_str(&format!("{{\"model\":\"a/b\",\n{snippet}\n}}")).unwrap();
    assert_eq!(request["user"], "me");
    assert_eq!(request["session_id"], "session_67890");
    assert_eq!(request["trace"]["feature"], "header-bar");
    assert!(snippet.contains("1.50"), "{snippet}");
}
