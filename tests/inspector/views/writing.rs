//! What is written: the trace as JSON, the same edits in many completions, samples as files.

use std::process::Command;

use crossterm::event::KeyCode;
use rainscope::completion::{Edit, Edits, load};
use rainscope::event::{Event, Section};
use rainscope::inspector::edits::saving::Saved;
use rainscope::inspector::{Effect, Msg, Pane};
use rainscope::mapping;

use crate::stage::{Stage, after};

fn property(inspector: &Stage, key: &str) -> Option<String> {
    let event = inspector.model.current.as_ref()?.mapped.event()?;
    let field = event.field(Section::Properties, key)?;
    Some(field.value.as_str().to_owned())
}

fn edits(inspector: &Stage, index: usize) -> Vec<Edit> {
    let entry = inspector.model.library.entry(index).unwrap();
    entry.edits.steps().to_vec()
}

/// The trace can be written as JSON.
#[test]
fn writes_the_trace_as_json() {
    // A key is put after the opening brace of the trace; the event follows while it is typed.
    let mut inspector = after("ctrl-o down*3 end enter");
    let text = "\"team\": {\"a\": 1},";
    for c in text.chars() {
        inspector.tell(Msg::Key(KeyCode::Char(c).into()));
    }
    assert_eq!(property(&inspector, "team").as_deref(), Some("{\"a\":1}"));
    assert_eq!(edits(&inspector, 0), []);
    inspector.sees("Trace as JSON");
    // Not valid: the error tells the place, and the event shows the last valid text.
    inspector.press("type:x");
    inspector.sees("line 5, column");
    assert!(property(&inspector, "team").is_some());
    inspector.press("ctrl-s");
    inspector.sees("not kept");
    inspector.press("backspace ctrl-s");
    assert!(matches!(edits(&inspector, 0)[..], [Edit::ReplaceTrace(_)]));
    inspector.sees("/properties/team added");
    inspector.press("u");
    assert_eq!(property(&inspector, "team"), None);
    // Esc asks before it drops what was typed; nothing is left of it.
    let mut inspector = after("ctrl-o ctrl-u ctrl-u esc");
    inspector.sees("Discard what you wrote?");
    assert!(inspector.model.trace.raw.is_some());
    inspector.press("esc esc enter");
    assert!(inspector.model.trace.raw.is_none());
    assert_eq!(edits(&inspector, 0), []);
    after("ctrl-o ctrl-s").sees("nothing was changed");
    // What is changed in the event is scrolled into sight.
    let mut inspector = Stage::samples((80, 24));
    inspector.press("ctrl-o down*8 end left type:8");
    inspector.sees("41878");
    assert!(
        inspector
            .model
            .current
            .as_ref()
            .unwrap()
            .event
            .cursor
            .offset
            > 0
    );
    // User and session are edits of their own, in the same go.
    let inspector = after("ctrl-o down end left*2 backspace*10 type:bob ctrl-s");
    assert_eq!(edits(&inspector, 0), [Edit::User(Some("bob".to_owned()))]);
}

#[test]
fn makes_the_same_edits_in_all_that_is_listed() {
    let mut inspector = after("a type:team enter type:search enter f type:api:messages enter");
    let listed = inspector.model.listing.entries(&inspector.model.library);
    // The edits of what the cursor is on count; there are none here.
    inspector.press("A");
    inspector.sees("there are no edits here");
    inspector.press("a type:team enter type:x enter A");
    inspector.sees(&format!(
        "This makes this edit in {} other",
        listed.len() - 1
    ));
    assert_eq!(edits(&inspector, listed[1]), []);
    inspector.press("enter");
    for index in &listed {
        assert_eq!(edits(&inspector, *index).len(), 1, "{index}");
    }
    // What is not listed is left alone, and undo works in each.
    assert_eq!(edits(&inspector, 0).len(), 1);
    assert_eq!(edits(&inspector, 1), []);
    inspector.press("A");
    inspector.sees("has this edit already");
    inspector.press("J");
    assert_eq!(property(&inspector, "team").as_deref(), Some("\"x\""));
    inspector.press("u");
    assert_eq!(property(&inspector, "team"), None);
    // Esc means no, and the same key is no answer.
    let inspector = after("a type:team enter type:x enter A A j esc");
    assert_eq!(edits(&inspector, 1), []);
}

/// Without edits it is a copy, and called one.
#[test]
fn a_copy_is_not_called_edited() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::samples(size);
        stage.press("w");
        stage.sees("save as 01-time-check.copy.json");
        stage.sees(" a copy: there are no edits to save");
    }
}

/// A key with its value is added at once, and what is typed next are commands again.
#[test]
fn a_key_and_its_value_are_added_at_once() {
    let mut inspector = after("a type:\"team=red\" enter");
    inspector.sees("/properties/team added");
    assert!(inspector.model.trace.editor.is_none());
    assert_eq!(property(&inspector, "team").as_deref(), Some("\"red\""));
    inspector.press("u");
    assert_eq!(property(&inspector, "team"), None);
    // Without a value there is one to type.
    let inspector = after("a type:\"team=\" enter type:\"blue\" enter");
    assert_eq!(property(&inspector, "team").as_deref(), Some("\"blue\""));
    let mut narrow = Stage::samples((80, 24));
    narrow.press("a");
    narrow.sees("name=value or name:=JSON gives both at once");
}

/// An edited completion can be saved as a new sample.
#[test]
fn saves_a_sample_that_gives_the_same_event() {
    let mut inspector =
        after("tab down e ctrl-u type:other enter down*2 d a type:team enter type:x enter w");
    inspector.sees("save as 01-time-check.edited.json");
    inspector.press("enter");
    let Some(Effect::Save {
        path,
        bytes,
        replace,
    }) = inspector.effects.last().cloned()
    else {
        unreachable!("{:?}", inspector.effects);
    };
    assert_eq!(
        (path.to_str(), replace),
        (Some("01-time-check.edited.json"), false)
    );
    let loaded = load::load("saved", &bytes);
    assert_eq!((loaded.problems.len(), loaded.completions.len()), (0, 1));
    let values = |event: &Event| -> Vec<(String, String)> {
        let fields = event.fields.iter();
        fields
            .map(|field| (field.pointer(), field.value.to_string()))
            .collect()
    };
    let context = inspector.model.context.clone();
    let again = mapping::map(&loaded.completions[0], &Edits::none(), &context);
    let current = inspector.model.current.as_ref().unwrap();
    assert_eq!(
        values(again.event().unwrap()),
        values(current.mapped.event().unwrap())
    );
    // Where the file is there already, it is asked whether to replace it; else for another name.
    inspector.tell(Msg::Saved(Saved::Exists(path.clone())));
    inspector.sees("there already");
    inspector.press("enter");
    let replaces = matches!(
        inspector.effects.last(),
        Some(Effect::Save { replace: true, .. })
    );
    assert!(replaces);
    inspector.tell(Msg::Saved(Saved::Exists(path)));
    inspector.press("esc type:x enter");
    let replaces = matches!(
        inspector.effects.last(),
        Some(Effect::Save { replace: true, .. })
    );
    assert!(!replaces);
    // All samples can be saved as they are, and read again.
    let mut inspector = after("");
    for _ in 0..inspector.model.library.len() {
        inspector.press("w enter J");
    }
    let saves = inspector.effects.iter().filter_map(|effect| match effect {
        Effect::Save { bytes, .. } => Some(bytes),
        _ => None,
    });
    for bytes in saves {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(load::load("saved", bytes).problems, [], "{text}");
    }
}

#[test]
fn writes_files_and_never_over_another_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    let shot = |keys: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_rainscope"))
            .args(["shot", "--size", "200x24", "--keys", keys])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
    };
    let name = path.display();
    let save = format!("w ctrl-u type:\"{name}\" enter");
    shot(&format!("{save} wait:saved"));
    let first = std::fs::read(&path).unwrap();
    assert!(!first.is_empty());
    shot(&format!("J {save} wait:\"there already\" esc"));
    assert_eq!(std::fs::read(&path).unwrap(), first);
    shot(&format!("J {save} wait:\"there already\" enter wait:saved"));
    assert_ne!(std::fs::read(&path).unwrap(), first);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    shot(&format!(
        "w ctrl-u type:\"{name}/x\" enter wait:\"not saved\""
    ));
}

/// A row of the trace that the request does not have shows what the event has in its place, and that is what is copied.
#[test]
fn what_the_event_has_of_its_own_is_copied() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.model.focus = Pane::Trace;
    stage.sees("‹gen-");
    // The last but the row that adds one.
    stage.press("G k");
    let effects = stage.press("y");
    assert!(
        matches!(effects.as_slice(), [Effect::Copy(text)] if text.starts_with("gen-")),
        "{effects:?} {}",
        stage.notice()
    );
    let effects = stage.press("Y");
    assert_eq!(effects, [Effect::Copy("/properties/trace_id".to_owned())]);
}

/// A request as the OpenAI SDK for Python logs it, with its metadata in `extra_body`.
const LOGGED: &str = r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"hi"}],
    "extra_body":{"user":"old-user","session_id":"s-old","provider":{"order":["x"]},
    "trace":{"feature":"header","env":"prod"}}},
    "response":{"id":"gen-1","choices":[{"message":{"content":"ho"}}]}}"#;

/// What was edited is in the saved sample, wherever it stood in the request.
#[test]
fn a_saved_sample_has_the_edits_of_what_stood_in_extra_body() {
    let mut stage = Stage::with(load::load("eb.json", LOGGED.as_bytes()), (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("e ctrl-u type:new-user enter down d down d w enter");
    let Some(Effect::Save { bytes, .. }) = stage.effects.last().cloned() else {
        panic!("{:?}", stage.effects);
    };
    let loaded = load::load("saved", &bytes);
    let again = mapping::map(&loaded.completions[0], &Edits::none(), &stage.model.context);
    let values = |event: &Event| -> Vec<(String, String)> {
        let fields = event.fields.iter();
        fields
            .map(|field| (field.pointer(), field.value.to_string()))
            .collect()
    };
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(
        values(again.event().unwrap()),
        values(current.mapped.event().unwrap())
    );
    assert!(String::from_utf8(bytes).unwrap().contains("provider"));
    let user = values(again.event().unwrap());
    assert!(
        user.contains(&("/user_id".to_owned(), "\"new-user\"".to_owned())),
        "{user:?}"
    );
}

/// What stands in `extra_body` is told, edited and led to where it stands.
#[test]
fn metadata_in_extra_body_is_edited_where_it_stands() {
    let mut stage = Stage::with(load::load("eb.json", LOGGED.as_bytes()), (120, 40));
    stage.model.focus = Pane::Event;
    stage.press(": type:\"go to\" enter type:/properties/feature enter e");
    assert!(stage.model.trace.editor.is_some(), "{}", stage.text());
    stage.press("ctrl-u type:other enter esc");
    assert!(
        stage.event().contains("\"feature\":\"other\""),
        "{}",
        stage.event()
    );
    let current = stage.model.current.as_ref().unwrap();
    let says = |at: &str| current.fate_of_edit(at).says();
    let feature = says("/request/extra_body/trace/feature");
    assert!(feature.contains("/properties/feature"), "{feature}");
    stage.press(": type:\"go to\" enter type:/request/extra_body/trace/feature enter");
    stage.sees("/request/extra_body/trace/feature");
    assert!(!stage.text().contains("a system property has this name"));
}

/// Why a value that was edited does not arrive is said as it is of one that was not.
#[test]
fn why_an_edited_value_does_not_arrive_is_told() {
    let says = |stage: &Stage, at: &str| {
        stage
            .model
            .current
            .as_ref()
            .unwrap()
            .fate_of_edit(at)
            .says()
    };
    let mut stage = Stage::at("Error body (429)", (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("a type:zz=1 enter esc");
    let why = says(&stage, "/request/trace/zz");
    assert!(why.contains("there is no event"), "{why}");
    let mut stage = Stage::at("Time check", (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("e ctrl-u enter esc");
    let why = says(&stage, "/request/user");
    assert!(why.contains("empty string"), "{why}");
    stage.press("a type:total_cost=1 enter esc");
    let why = says(&stage, "/request/trace/total_cost");
    assert!(why.contains("/properties/total_cost"), "{why}");
}

/// What was typed and taken back is no edit.
#[test]
fn what_is_typed_and_taken_back_is_no_edit() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("e x backspace enter esc");
    assert_eq!(edits(&stage, 0), []);
    // One that is not set stays so.
    let text = r#"{"request":{"model":"a/b","messages":[]},"response":{"id":"gen-1","choices":[{"message":{"content":"ho"}}]}}"#;
    let mut stage = Stage::with(load::load("a.json", text.as_bytes()), (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("down e x backspace enter esc");
    assert_eq!(edits(&stage, 0), []);
}

/// A container whose values are all edited is told by what arrives of it.
#[test]
fn a_container_of_edited_values_is_told_by_what_arrives() {
    let text = r#"{"request":{"model":"a/b","messages":[],"trace":{"k":"v"}},"response":{"id":"gen-1","choices":[{"message":{"content":"ho"}}]}}"#;
    let mut stage = Stage::with(load::load("a.json", text.as_bytes()), (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("down*2 e type:w enter esc : type:\"go to\" enter type:/request/trace enter");
    stage.sees("/request/trace");
    assert!(
        !stage.text().contains("there is nothing in it"),
        "{}",
        stage.text()
    );
    stage.sees("1 of 1 arrives");
}

/// Whoever leaves is told of everything that would be lost.
#[test]
fn leaving_names_every_loss() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("a type:mine=1 enter esc s L");
    stage.press("q");
    stage.sees("Something is still on its way");
    stage.sees("Your edits are in no file yet");
    // Of many, those that were not begun are in no history.
    let mut stage = Stage::samples((120, 40));
    stage.press("S S q");
    stage.sees("41 of 41 events have no answer yet");
    stage.sees("stand in no history");
}

/// What an edit added and does not arrive is among what does not arrive, however the tree is folded.
#[test]
fn what_was_added_and_dropped_is_told_however_the_tree_is_folded() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.model.focus = Pane::Trace;
    stage.press("a type:source=mine enter esc");
    stage.model.focus = Pane::Completion;
    stage.press("- D");
    stage.sees("/request/trace/source");
}
