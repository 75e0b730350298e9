//! What is said of an edit: whether it is one, what became of it, and where its value stands.

use rainscope::completion::load;
use rainscope::event::privacy::Privacy;
use rainscope::inspector::current::rows::CompletionRow;
use rainscope::inspector::current::trace_rows::TraceRow;
use rainscope::inspector::edits::field::Target;
use rainscope::inspector::library::Batch;
use rainscope::inspector::{Effect, Msg, Pane};

use crate::stage::{Stage, raw};

const SIZE: (u16, u16) = (120, 40);

const ANSWER: &str = r#"{"id":"gen-1","choices":[{"message":{"content":"ho"}}]}"#;

fn stage(request: &str, response: &str) -> Stage {
    let text = format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"the heron nests behind the old boathouse"}}],{request}}},"response":{response}}}"#
    );
    Stage::with(load::load("a.json", text.as_bytes()), SIZE)
}

/// What was typed and taken back, or stands there already, is no edit: nothing is marked, and nothing is asked about.
#[test]
fn what_changes_nothing_is_no_edit() {
    let rows = r#""user":"ada","trace":{"k":"v","n":[1,2.50],"e":"","none":null}"#;
    for keys in [
        "tab e type:x backspace",
        "tab e ctrl-u type:\"ada\"",
        // There is no session.
        "tab down e type:x backspace",
        "tab down*2 e type:x backspace",
        "tab down*2 r type:x backspace",
        "tab down*3 e type:x backspace",
        "tab down*4 e type:x backspace",
        "tab down*5 e type:x backspace",
        // Keys that OpenRouter gives a value where there is none.
        "tab down*6 e type:x backspace",
        "tab down*7 e type:x backspace",
        "a type:x backspace",
    ] {
        for end in ["enter", "tab esc"] {
            let mut stage = stage(rows, ANSWER);
            let (event, metadata) = (
                stage.event(),
                stage.current.as_ref().unwrap().mapped.metadata.clone(),
            );
            stage.press(keys);
            stage.press(end);
            assert!(stage.trace.editor.is_none(), "{keys}");
            let entry = stage.library.entry(0).unwrap();
            assert_eq!(entry.edits.steps(), [], "{keys}");
            assert_eq!(stage.event(), event, "{keys}");
            assert_eq!(
                stage.current.as_ref().unwrap().mapped.metadata,
                metadata,
                "{keys}"
            );
            assert_eq!(stage.press("q"), [Effect::Quit], "{keys}");
        }
    }
    // Another kind of value is another value, however it looks.
    let mut stage = stage(r#""user":5"#, ANSWER);
    stage.press("tab e type:x backspace enter");
    assert!(
        stage.event().contains("\"user_id\":\"5\""),
        "{}",
        stage.event()
    );
}

/// An edit that does not arrive says why, as a value of the file does.
#[test]
fn an_edit_that_does_not_arrive_says_why() {
    let error = r#"{"error":{"code":502,"message":"gone"}}"#;
    let rows = r#""user":"ada","session_id":"s","trace":{"k":"v","trace_name":"t"}"#;
    for (response, keys, pointer, expected) in [
        (
            error,
            "a type:\"zz=1\" enter",
            "/request/trace/zz",
            "not forwarded: there is no event",
        ),
        (
            error,
            "tab down*2 e type:x enter",
            "/request/trace/k",
            "not forwarded: there is no event",
        ),
        (
            error,
            "tab e type:x enter",
            "/request/user",
            "not forwarded: there is no event",
        ),
        (
            ANSWER,
            "tab e ctrl-u enter",
            "/request/user",
            "not forwarded: not usable (it is an empty string)",
        ),
        (
            ANSWER,
            "tab down e ctrl-u enter",
            "/request/session_id",
            "not forwarded: not usable (it is an empty string)",
        ),
        (
            ANSWER,
            "tab down*3 e ctrl-u enter",
            "/request/trace/trace_name",
            "not forwarded: empty, so the default stands in",
        ),
        (
            ANSWER,
            "a type:\"model=x\" enter",
            "/request/trace/model",
            "shadowed: the system property /properties/model has this name",
        ),
        (
            ANSWER,
            "a type:\"zz=1\" enter",
            "/request/trace/zz",
            "becomes /properties/zz",
        ),
    ] {
        let mut stage = stage(rows, response);
        stage.press(keys);
        let current = stage.current.as_ref().unwrap();
        assert_eq!(current.fate_of_edit(pointer).says(), expected, "{keys}");
        let row = current
            .source
            .rows()
            .iter()
            .find(|row| current.pointer_of(row) == pointer);
        let says = current.fate_line(row.unwrap(), Privacy::Off);
        assert_eq!(says, expected, "{keys}");
    }
}

/// User, session and trace that stand in `extra_body` are edited, marked and copied there.
#[test]
fn what_stands_in_extra_body_is_edited_there() {
    let leak = "the heron nests behind the old boathouse";
    let rows = format!(
        r#""extra_body":{{"user":"ada","session_id":"s","trace":{{"feature":"search","note":"{leak}"}}}}"#
    );
    let at = "/request/extra_body/trace/feature";
    for (pane, pointer, expected) in [
        (
            Pane::Event,
            "/properties/feature",
            TraceRow::Key("feature".to_owned()),
        ),
        (Pane::Completion, at, TraceRow::Key("feature".to_owned())),
        (Pane::Event, "/user_id", TraceRow::User),
        (Pane::Completion, "/request/extra_body/user", TraceRow::User),
        (
            Pane::Completion,
            "/request/extra_body/session_id",
            TraceRow::SessionId,
        ),
    ] {
        let mut stage = stage(&rows, ANSWER);
        stage.model.focus = pane;
        stage.press(&format!("ctrl-g type:{pointer} enter e"));
        let editor = stage.trace.editor.as_ref();
        let target = editor.map(|editor| editor.target.clone());
        assert_eq!(target, Some(Target::Value(expected)), "{pointer}");
        stage.press("ctrl-u type:\"other\" enter");
        assert!(stage.event().contains("\"other\""));
        let current = stage.current.as_ref().unwrap();
        let is_it = |row: &&CompletionRow| current.pointer_of(row) == pointer;
        if let Some(row) = current.source.rows().iter().find(is_it) {
            assert!(current.fate(row, Privacy::Off).arrives(), "{pointer}");
        }
    }
    let mut stage = stage(&rows, ANSWER);
    let current = stage.current.as_ref().unwrap();
    let metadata = &current.mapped.metadata;
    assert!(current.leaks_in_trace(&metadata.key_pointer("note")));
    let copied = stage.press("tab down*2 Y");
    assert_eq!(copied, [Effect::Copy(at.to_owned())]);
    // What is added stands beside the others.
    stage.press("a type:\"team=a\" enter");
    let current = stage.current.as_ref().unwrap();
    let is_it = |row: &&CompletionRow| current.pointer_of(row) == "/request/extra_body/trace/team";
    let row = current.source.rows().iter().find(is_it);
    let Some(CompletionRow::Added { key, depth: 3, .. }) = row else {
        panic!("{row:?}");
    };
    assert_eq!(key, "team");
    stage.model.focus = Pane::Event;
    stage.press("ctrl-g type:/properties/team enter e");
    assert!(stage.trace.editor.is_some(), "{}", stage.text());
}

/// An edit of all that are listed is one of each completion, also where lines hold several that nobody has looked at.
#[test]
fn the_same_edits_reach_every_completion_of_a_line() {
    let mut stage = Stage::empty(SIZE);
    let call = |number: u32| {
        format!(
            r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"q{number}"}}]}},"response":{{"id":"gen-{number}","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
        )
    };
    let records = (1..=80).map(|line| {
        raw(
            &format!("[{},{}]", call(2 * line), call(2 * line + 1)),
            line,
        )
    });
    stage.tell(Msg::Loaded(Batch {
        records: records.collect(),
        ..Batch::default()
    }));
    stage.press("a type:\"kk=1\" enter A");
    stage.sees("other records");
    stage.press("enter");
    assert!(stage.library.len() < 160, "not all were looked at");
    stage.model.focus = Pane::List;
    for _ in 0..200 {
        stage.press("J");
    }
    assert_eq!(stage.library.len(), 160);
    for place in 0..160 {
        let entry = stage.library.entry(place).unwrap();
        assert_eq!(entry.edits.steps().len(), 1, "{place}");
    }
    assert!(stage.event().contains("\"kk\":\"1\""));
}
