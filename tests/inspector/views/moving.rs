//! Getting about: pointers, levels, panes and their dividers; and no size stops it.

use rainscope::inspector::{Msg, Pane};

use crate::stage::{Stage, after};

#[test]
fn goes_to_a_pointer() {
    let at = |keys: &str| {
        let inspector = after(keys);
        let current = inspector.model.current.as_ref().unwrap();
        let pointer = match inspector.model.focus {
            Pane::Event => current.event_row().map(|row| row.pointer.clone()),
            _ => current.source_pointer(),
        };
        (inspector.model.focus, pointer.unwrap())
    };
    let source = |pointer: &str| (Pane::Completion, pointer.to_owned());
    assert_eq!(
        at("ctrl-g type:request.user enter"),
        source("/request/user")
    );
    // What is closed around it opens.
    let deep = "/request/messages/0/content";
    let closed = format!("tab*2 - ctrl-g type:{deep} enter");
    assert_eq!(at(&closed), source(deep));
    let event = (Pane::Event, "/ai_data/input".to_owned());
    assert_eq!(at("ctrl-g type:/ai_data/input enter"), event);
    after("ctrl-g type:nowhere").sees("not there");
    // A pointer that was completed to what is below it leads there, too.
    assert_eq!(
        at("ctrl-g type:request.tr tab enter"),
        source("/request/trace")
    );
    after("ctrl-g type:nowhere enter").sees("neither the completion nor the event has nowhere");
}

#[test]
fn folds_by_level() {
    let rows = |keys: &str| after(keys).model.current.unwrap().source.rows().len();
    assert_eq!(rows("tab*2 1"), rows("tab*2 -"));
    assert!(rows("tab*2 2") > rows("tab*2 1"));
    assert_eq!(rows("tab*2 9"), rows("tab*2 +"));
    // The cursor stays on what is left in sight of what it was on.
    let inspector = after("ctrl-g type:request.user enter 1");
    let pointer = inspector.model.current.unwrap().source_pointer();
    assert_eq!(pointer.as_deref(), Some("/request"));
    let event_rows = |keys: &str| after(keys).model.current.unwrap().event.rows().len();
    assert!(event_rows("tab*3 1") < event_rows("tab*3 2"));
}

#[test]
fn panes_are_zoomed_and_shared_out() {
    let inspector = after("tab*2 z");
    let layout = inspector.model.layout();
    assert_eq!(layout.pane(Pane::Completion), layout.body);
    assert!(layout.pane(Pane::Event).is_empty());
    assert_eq!(
        after("tab*2 z z").model.layout(),
        after("tab*2").model.layout()
    );
    assert_eq!(
        after("tab*2 > < > z |").model.layout(),
        after("tab*2").model.layout()
    );
    let width = |keys: &str, pane| after(keys).model.layout().pane(pane).width;
    for (keys, pane) in [
        ("", Pane::List),
        ("tab*2", Pane::Completion),
        ("tab*3", Pane::Event),
    ] {
        let plain = width(keys, pane);
        assert_eq!(width(&format!("{keys} >"), pane), plain + 2, "{keys}");
        assert_eq!(width(&format!("{keys} < < >"), pane), plain - 2, "{keys}");
        assert!(width(&format!("{keys} <*90"), pane) >= 20, "{keys}");
    }
    // A divider is dragged with the mouse.
    let mut inspector = after("");
    let before = inspector.model.layout();
    let column = before.pane(Pane::Completion).x;
    inspector.tell(Msg::Click(column, 5));
    inspector.tell(Msg::Drag(column + 7, 9));
    inspector.tell(Msg::Release);
    inspector.tell(Msg::Drag(column, 9));
    let after = inspector.model.layout();
    assert_eq!(after.pane(Pane::Completion).x, column + 7);
    assert_eq!(after.pane(Pane::Event), before.pane(Pane::Event));
}

#[test]
fn nothing_panics_at_any_size() {
    let keys = [
        "f type:zzz",
        "f type:o enter O",
        "x J x",
        "o",
        "o G",
        "D",
        "D G",
    ];
    for keys in keys {
        let mut inspector = after(keys);
        for width in [1, 2, 9, 29, 30, 31, 60, 89, 90, 111, 112, 160, 300] {
            for height in [1, 2, 7, 8, 9, 12, 24, 40, 100] {
                inspector.tell(Msg::Resize(width, height));
                inspector.text();
            }
        }
    }
}

/// A row that an edit added is gone to like any other.
#[test]
fn a_row_that_was_added_is_gone_to() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("a type:zz=1 enter esc : type:\"go to\" enter type:/request/trace/zz enter");
    assert!(!stage.notice().contains("neither"), "{}", stage.notice());
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(
        current.source_pointer().as_deref(),
        Some("/request/trace/zz")
    );
}
