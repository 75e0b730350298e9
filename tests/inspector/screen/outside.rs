//! The trace in the person's own editor, as far as the model goes: what is handed out, and what becomes of
//! each thing that may come back.

use rainscope::completion::Edit;
use rainscope::inspector::edits::external_editor::EditorOutcome;
use rainscope::inspector::{Effect, Msg, Pane};

use crate::stage::Stage;

const SIZE: (u16, u16) = (120, 40);

/// The text that is handed out by keys.
fn handed(stage: &mut Stage, keys: &str) -> String {
    match stage.press(keys).as_slice() {
        [Effect::EditExternally(text)] => text.clone(),
        other => panic!("{keys} gave {other:?}"),
    }
}

fn steps(stage: &Stage) -> Vec<Edit> {
    let entry = stage.model.library.entry(0).unwrap();
    entry.edits.steps().to_vec()
}

type Case<'c> = (&'c dyn Fn(&str) -> EditorOutcome, &'c str, usize, bool);

#[test]
fn what_comes_back_is_kept_mended_or_let_go() {
    let text = |change: fn(&str) -> String| move |given: &str| EditorOutcome::Text(change(given));
    // What comes back, the notice, the steps, and whether the raw editor is open.
    let table: [Case; 12] = [
        (
            &text(|given| given.to_owned()),
            "nothing was changed",
            0,
            false,
        ),
        (
            &text(|given| format!("{given}\n")),
            "nothing was changed",
            0,
            false,
        ),
        (
            &text(|given| given.replace('\n', "\r\n")),
            "nothing was changed",
            0,
            false,
        ),
        (&text(|_| " \n".to_owned()), "left nothing", 0, false),
        (
            &text(|given| given.replace("user_12345", "ada")),
            "/user_id changed",
            1,
            false,
        ),
        (
            &text(|given| format!("\u{feff}{}", given.replace("user_12345", "ada"))),
            "/user_id",
            1,
            false,
        ),
        (
            &text(|given| given.replace("user_12345", "ada\"")),
            "mend it here",
            0,
            true,
        ),
        (&|_| EditorOutcome::NoEditor, "export EDITOR=vim", 0, false),
        (
            &|_| EditorOutcome::NoTerminal,
            "there is no terminal",
            0,
            false,
        ),
        (
            &|_| EditorOutcome::NotRun("vi".to_owned(), "x".to_owned()),
            "`vi` cannot be run: x",
            0,
            false,
        ),
        (
            &|_| EditorOutcome::Failed("vi".to_owned(), "status 1".to_owned()),
            "`vi` ended with status 1",
            0,
            false,
        ),
        (
            &|_| EditorOutcome::Unusable("too long".to_owned()),
            "too long; the trace stays",
            0,
            false,
        ),
    ];
    for (back, notice, count, is_open) in table {
        let mut stage = Stage::samples(SIZE);
        let given = handed(&mut stage, "tab*3 ctrl-e");
        assert!(
            given.starts_with("{\n  \"user\": \"user_12345\""),
            "{given}"
        );
        let edited = back(&given);
        stage.tell(Msg::EditorClosed(edited));
        assert!(
            stage.notice().contains(notice),
            "{notice}: {}",
            stage.notice()
        );
        assert_eq!(steps(&stage).len(), count, "{notice}");
        assert_eq!(stage.model.trace.raw.is_some(), is_open, "{notice}");
        let focus = if is_open { Pane::Trace } else { Pane::Event };
        assert_eq!(stage.model.focus, focus, "{notice}");
        // It was answered; another answer means nothing.
        stage.tell(Msg::EditorClosed(EditorOutcome::Text("{}".to_owned())));
        assert_eq!(steps(&stage).len(), count, "{notice}");
    }
}

#[test]
fn all_that_was_changed_is_one_step() {
    for keys in ["ctrl-e", "ctrl-o ctrl-e"] {
        let mut stage = Stage::samples(SIZE);
        let before = stage.event();
        handed(&mut stage, keys);
        let text = r#"{"user": "ada", "session_id": "s", "trace": {"team": 7}}"#;
        stage.tell(Msg::EditorClosed(EditorOutcome::Text(text.to_owned())));
        assert!(matches!(&steps(&stage)[..], [Edit::Together(steps)] if steps.len() == 3));
        assert!(stage.event().contains("\"team\":7"));
        stage.press("u");
        assert_eq!(stage.event(), before);
        stage.press("U");
        assert!(stage.event().contains("\"convo_id\":\"s\""));
    }
}

#[test]
fn nothing_that_was_typed_is_lost() {
    // From the raw editor it is the text as typed so far, valid or not, that goes out.
    let mut stage = Stage::samples(SIZE);
    let given = handed(&mut stage, "ctrl-o type:\"x\" ctrl-e");
    assert!(given.starts_with("x{\n"), "{given}");
    for edited in [EditorOutcome::NoEditor, EditorOutcome::Text(given.clone())] {
        stage.tell(Msg::EditorClosed(edited));
        assert!(stage.text().contains("x{"), "{}", stage.text());
        handed(&mut stage, "ctrl-e");
    }
    // An invalid text stands in the raw editor with the cursor at its error; undo brings the one before.
    let text = "{\n  \"user\": \"ada\",\n  \"trace\": {\"é\": oops}\n}\n";
    stage.tell(Msg::EditorClosed(EditorOutcome::Text(text.to_owned())));
    let raw = stage.model.trace.raw.as_ref().unwrap();
    assert_eq!(raw.lines.text(), text.trim_end());
    assert_eq!((raw.lines.row(), raw.lines.column()), (2, 17));
    assert!(
        stage.text().contains("line 3, column 18"),
        "{}",
        stage.text()
    );
    stage.press("ctrl-z");
    let raw = stage.model.trace.raw.as_ref().unwrap();
    assert_eq!(raw.lines.text(), given.trim_end());
    stage.press("ctrl-y ctrl-end up end left backspace*4 type:\"1\" ctrl-s");
    assert!(stage.event().contains("\"é\":1"), "{}", stage.event());
    // A text that a tab made wrong is mended, and that is said.
    handed(&mut stage, "ctrl-e");
    stage.tell(Msg::EditorClosed(EditorOutcome::Text(
        "{\"user\": \"a\tb\"}".to_owned(),
    )));
    assert!(
        stage.notice().starts_with("mended here: line 1"),
        "{}",
        stage.notice()
    );
    stage.press("ctrl-s");
    assert!(stage.event().contains("\"user_id\":\"a  b\""));
}

#[test]
fn the_completion_stays_while_the_editor_has_it() {
    let mut stage = Stage::samples(SIZE);
    handed(&mut stage, "ctrl-e");
    let name = stage.name().to_owned();
    // The list moves on, as it may where files change meanwhile.
    stage.model.list.row = 3;
    stage.tell(Msg::Tick);
    assert_eq!(stage.name(), name);
    stage.tell(Msg::EditorClosed(EditorOutcome::Text(
        "{\"user\": \"ada\"}".to_owned(),
    )));
    assert!(steps(&stage).len() == 1 && stage.model.library.entry(3).unwrap().edits.is_empty());
}

#[test]
fn another_key_frees_ctrl_e_in_the_raw_editor() {
    let mut stage = Stage::samples(SIZE);
    let keys = ["f5".to_owned(), "v".to_owned()];
    stage.model.keymap.rebind([("edit-external", &keys[..])]);
    // A plain letter is text there.
    stage.press("ctrl-o ctrl-e type:\"v\"");
    assert!(stage.text().contains("{v"), "{}", stage.text());
    assert_eq!(stage.press("esc enter v").len(), 1);
}
