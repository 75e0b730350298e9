//! Edits of the trace: what a value is, and what is copied of it.

use rainscope::inspector::Effect;

use super::sight::after;

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
