//! What is shown of an event is what would be sent: the same preparation stands behind both.

use rainscope::completion::Edits;
use rainscope::event::DestinationKind;
use rainscope::event::privacy::Privacy;
use rainscope::inspector::windows::compare::Compare;
use rainscope::inspector::{Effect, Msg, Pane};
use rainscope::mapping::Context;
use rainscope::prepare::{PrepareOptions, prepare};

use crate::stage::{NOW, Stage, local_sink, raindrop, workshop};

/// Path, body and its size, as they are sent for what is shown.
fn sent(stage: &Stage, privacy: Privacy) -> (&'static str, String) {
    let options = PrepareOptions {
        context: Context::at(NOW),
        privacy,
        kind: stage.model.destination.endpoint.kind,
    };
    let completion = &stage.model.current.as_ref().unwrap().completion;
    let request = prepare(completion, &Edits::none(), &options)
        .unwrap()
        .request;
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    (request.route.path(), body)
}

fn copied(stage: &mut Stage, key: &str) -> String {
    match stage.press(key).pop() {
        Some(Effect::Copy(text)) => text,
        other => panic!("{other:?}"),
    }
}

/// The title of the event's pane, its size, `is_pending` and what is copied are those of the destination in
/// force, at once when it changes.
#[test]
fn the_event_is_shown_as_the_destination_in_force_would_get_it() {
    let mut stage = Stage::samples((120, 40));
    stage.model.focus = Pane::Event;
    for destination in [raindrop(), workshop(), local_sink(), workshop(), raindrop()] {
        let kind = destination.endpoint.kind;
        stage.tell(Msg::Destination(destination));
        for _ in 0..2 {
            let mode = stage.model.privacy;
            let (path, body) = sent(&stage, mode);
            stage.sees(&format!("POST {path} "));
            stage.sees(&format!("body {} B", body.len()));
            let is_pending = body.ends_with(",\"is_pending\":false}");
            let current = stage.model.current.as_ref().unwrap();
            let rows = current.event.rows();
            let has_row = rows.iter().any(|row| row.pointer == "/is_pending");
            assert_eq!(has_row, is_pending, "{kind:?} {mode:?}");
            assert!(copied(&mut stage, "E").contains(body.trim_matches(['[', ']'])));
            let curl = copied(&mut stage, "C");
            assert!(
                curl.contains(path) && curl.contains("--data-binary"),
                "{curl}"
            );
            stage.press("p");
        }
    }
}

/// Both sides of the comparison name route and size of the destination in force, also of one that came into
/// force while it is open.
#[test]
fn the_comparison_shows_what_the_destination_in_force_would_get() {
    let mut stage = Stage::samples((120, 40));
    stage.press("c");
    let row = stage.model.windows.top_as::<Compare>().unwrap().cursor.row;
    for destination in [raindrop(), workshop(), local_sink()] {
        stage.tell(Msg::Destination(destination));
        let expected = [Privacy::Off, Privacy::On].map(|mode| {
            let (path, body) = sent(&stage, mode);
            (path, body.len())
        });
        let compare = stage.model.windows.top_as::<Compare>().unwrap();
        let shown = [0, 1].map(|at| (compare.sides[at].path, compare.sides[at].size));
        assert_eq!(shown, expected);
        assert_eq!(compare.cursor.row, row, "the cursor stays");
        for (path, size) in expected {
            stage.sees(&format!("POST {path}"));
            stage.sees(&format!("{size} B"));
        }
    }
    assert_eq!(
        stage.model.destination.endpoint.kind,
        DestinationKind::LocalSink
    );
}

/// What the real event has and this one cannot know stands in the event's pane, and is said to be unknown; it
/// is no part of what is sent, compared or copied.
#[test]
fn what_is_unknown_is_said_to_be_unknown() {
    let mut seen = 0;
    for index in 0..rainscope::samples::FILES.len() {
        let mut stage = Stage::samples((200, 60));
        stage.model.list.row = index;
        stage.tell(Msg::Tick);
        stage.model.focus = Pane::Event;
        let current = stage.model.current.as_ref().unwrap();
        let unknown = match current.mapped.event() {
            Some(_) => current.mapped.unknown.clone(),
            None => Vec::new(),
        };
        for field in &unknown {
            seen += 1;
            let current = stage.model.current.as_mut().unwrap();
            assert!(current.event.go_to(|row| row.pointer == field.pointer));
            stage.tell(Msg::Tick);
            let key = field.pointer.rsplit('/').next().unwrap();
            stage.sees(&format!("? {key}  unknown"));
            stage.sees(&format!(
                "{} is not known: the real event has it",
                field.pointer
            ));
            stage.press("enter");
            assert!(stage.notice().starts_with(&format!("{key} is not known")));
            assert_eq!(stage.model.focus, Pane::Event);
            assert!(stage.press("y").is_empty());
            assert!(!sent(&stage, Privacy::Off).1.contains(key));
            stage.press("c");
            let window = stage.window().join("\n");
            assert!(!window.contains(key), "{window}");
            stage.press("esc");
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Where the prompt or the answer is not known, nobody can say that nothing leaks: neither the footer nor the
/// comparison does.
#[test]
fn the_footer_promises_no_more_than_the_comparison() {
    let response =
        r#""response":{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"Hi"}}]}"#;
    let request =
        r#""request":{"model":"a/b","messages":[{"role":"user","content":"Hello there"}]}"#;
    for (text, is_known) in [
        (format!("{{{response}}}"), false),
        (format!("{{{request},{response}}}"), true),
    ] {
        for size in [(80, 24), (120, 40)] {
            let mut stage = Stage::empty(size);
            stage.load(rainscope::completion::load::load("a.json", text.as_bytes()));
            for _ in 0..2 {
                let text = stage.text();
                assert_eq!(text.contains("✓ 0 leaks"), is_known, "{text}");
                assert_eq!(text.contains("? leaks"), !is_known, "{text}");
                stage.press("c");
                let text = stage.text();
                assert_eq!(text.contains("can't tell"), !is_known, "{text}");
                stage.press("esc p");
            }
        }
    }
}
