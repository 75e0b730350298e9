//! Two events compared: with what was loaded, and with a marked completion.

use rainscope::inspector::Msg;
use rainscope::inspector::current::Change;
use rainscope::inspector::library::Batch;
use rainscope::inspector::windows::compare::{Compare, Mode, Relation};

use crate::stage::{Stage, after};

fn compared(inspector: &Stage) -> &Compare {
    match inspector.model.windows.top_as::<Compare>() {
        Some(compare) => compare,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn compares_with_what_was_loaded() {
    let mut inspector = after("tab down*2 r type:_x enter a type:team enter type:search enter c m");
    let compare = compared(&inspector);
    assert_eq!(compare.mode, Mode::Edited);
    let count = |relation| compare.count(relation);
    assert_eq!(count(Relation::Added), 2);
    inspector.sees("+ 2 added");
    inspector.sees("with 2 edits");
    // n and N go from difference to difference; Enter goes there.
    inspector.press("n n N enter");
    let current = inspector.model.current.as_ref().unwrap();
    let row = current.event_row().unwrap();
    assert_ne!(current.change(row), Change::Same);
    // A key with another name has moved.
    let inspector = after("tab down*4 r type:_x enter c m");
    let compare = compared(&inspector);
    assert_eq!(compare.count(Relation::Moved), 1);
    inspector.sees("→ 1 moved");
    after("c m").sees("the event is the same as without edits");
}

#[test]
fn compares_with_a_marked_completion() {
    // At once; `m` goes on to the others.
    let mut inspector = after("x J c");
    assert_eq!(compared(&inspector).mode, Mode::Marked);
    inspector.press("m");
    assert_eq!(compared(&inspector).mode, Mode::Privacy);
    inspector.press("m m");
    assert_eq!(compared(&inspector).mode, Mode::Marked);
    inspector.sees("marked: Time check");
    assert!(compared(&inspector).count(Relation::Changed) > 3);
    // The next completion is compared in the same way, and the round ends where it began.
    inspector.press("J");
    assert_eq!(compared(&inspector).mode, Mode::Marked);
    inspector.press("m");
    assert_eq!(compared(&inspector).mode, Mode::Privacy);
    // Without a mark, words say what to do.
    after("c m m").sees("mark another completion with x");
    assert_eq!(after("x J x f type:marked enter").names().len(), 2);
    assert_eq!(after("x x f type:marked enter").names().len(), 0);
}

/// A window without room for all of it keeps rows in sight.
#[test]
fn a_small_comparison_shows_rows() {
    let mut stage = Stage::samples((40, 12));
    stage.press("c");
    stage.sees("input     (kept back)");
}

/// Values have the room that is there: what is folded away takes none from them.
#[test]
fn what_is_folded_takes_no_room_from_values() {
    for width in [100, 120] {
        let mut stage = Stage::samples((width, 40));
        stage.press("p c");
        stage.sees("input     What time is it right now?");
    }
}

/// What is compared is of the completion that the title names, whatever its file becomes meanwhile.
#[test]
fn a_comparison_follows_a_file_that_changes() {
    let batch = |user: &str| {
        let text = format!(
            r#"{{"request":{{"model":"a/b","user":"{user}","messages":[{{"role":"user","content":"hi"}}]}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
        );
        Batch {
            source: 0,
            loaded: rainscope::load("a.json", text.as_bytes()),
            ..Batch::default()
        }
    };
    let rows = |stage: &Stage| format!("{:?}", compared(stage).pairs);
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch("ada")));
    stage.press("c");
    assert!(rows(&stage).contains("ada"));
    stage.tell(Msg::Changed(batch("bea"), vec!["a.json".to_owned()]));
    let rows = rows(&stage);
    assert!(rows.contains("bea") && !rows.contains("ada"), "{rows}");
}

/// Where there is nothing to compare any more, that is all that is said.
#[test]
fn nothing_to_compare_is_not_the_same() {
    use rainscope::completion::load;

    let of = |text: &str| load::load("a.json", text.as_bytes());
    let good = r#"{"request":{"model":"a/b","user":"u","messages":[{"role":"user","content":"hi"}]},"response":{"id":"gen-1","choices":[{"message":{"content":"ho"}}]}}"#;
    let bad = r#"{"request":{"model":"a/b","user":"u","messages":[{"role":"user","content":"hi"}]},"response":{"error":{"code":429,"message":"slow down"}}}"#;
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(Batch {
        loaded: of(good),
        ..Batch::default()
    }));
    stage.press("tab e type:x enter esc c m");
    let changed = Batch {
        loaded: of(bad),
        ..Batch::default()
    };
    stage.tell(Msg::Changed(changed, vec!["a.json".to_owned()]));
    let window = stage.window().join("\n");
    assert!(window.contains("there is no event"), "{window}");
    assert!(
        !window.contains("same") && !window.contains("POST"),
        "{window}"
    );
}

/// The marked one is compared as it is now, when its file changes as well.
#[test]
fn the_marked_one_is_followed() {
    let batch = |source: u32, name: &str| {
        let text = format!(
            r#"{{"request":{{"model":"a/b","user":"{name}","messages":[]}},"response":{{"id":"gen-{source}","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
        );
        Batch {
            source,
            loaded: rainscope::load(&format!("{source}.json"), text.as_bytes()),
            ..Batch::default()
        }
    };
    let rows = |stage: &Stage| format!("{:?}", compared(stage).pairs);
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(0, "ada")));
    stage.tell(Msg::Loaded(batch(1, "cleo")));
    stage.press("x J c");
    assert!(rows(&stage).contains("ada"), "{}", rows(&stage));
    stage.tell(Msg::Changed(batch(0, "bea"), vec!["0.json".to_owned()]));
    let rows = rows(&stage);
    assert!(rows.contains("bea") && !rows.contains("ada"), "{rows}");
}
