//! What there is to read: what the event does not carry, and long texts.

use rainscope::event::privacy::Privacy;
use rainscope::inspector::windows::detail::Detail;
use rainscope::inspector::windows::dropped::Dropped;
use rainscope::inspector::{Effect, Pane};

use crate::stage::{Stage, after};

#[test]
fn the_dropped_view_tells_each_value_and_why() {
    let inspector = after("f type:name:metadata enter D");
    inspector.sees("`trace` is where such keys belong");
    inspector.sees("/request/metadata/");
    // Enter goes there; Esc in between closes.
    let inspector = after("f type:name:metadata enter D n enter");
    let current = inspector.model.current.as_ref().unwrap();
    assert_eq!(inspector.model.focus, Pane::Source);
    let row = current.source_row().unwrap().clone();
    assert!(!current.fate(&row, Privacy::Off).arrives());
    let dropped = |keys: &str| {
        let inspector = after(keys);
        inspector.model.windows.top_as::<Dropped>().unwrap().clone()
    };
    // Privacy mode keeps the texts back.
    assert!(dropped("p D").count > dropped("D").count);
    // n and N go from reason to reason, and back.
    assert_eq!(dropped("D n n N").pointer(), dropped("D n").pointer());
    let copied = after("D Y");
    let pointer = dropped("D").pointer().unwrap().to_owned();
    assert_eq!(copied.effects, [Effect::Copy(pointer)]);
}

#[test]
fn searches_a_long_text() {
    let mut inspector =
        after("f type:name:long enter ctrl-g type:/ai_data/output enter v / type:the");
    let detail = |inspector: &Stage| match inspector.model.windows.top_as::<Detail>() {
        Some(detail) => (detail.at, detail.found.len(), detail.scroll.offset),
        other => unreachable!("{other:?}"),
    };
    let (at, count, _) = detail(&inspector);
    assert!(at == 0 && count > 5);
    inspector.sees(&format!("{count} matches"));
    inspector.press("enter N");
    let (at, _, offset) = detail(&inspector);
    assert!(at == count - 1 && offset > 0);
    inspector.press("n");
    assert_eq!(detail(&inspector).0, 0);
}
