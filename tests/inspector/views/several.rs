//! Lines that turn out to hold several completions when they are looked at.

use rainscope::completion::{Edit, Edits};
use rainscope::event::privacy::Privacy;
use rainscope::inspector::library::{Batch, RawRecord};
use rainscope::inspector::{Model, Msg, Pane};
use rainscope::json::JsonText;
use rainscope::mapping::Context;

use crate::stage::{NOW, Stage, raw};

/// A line with two completions, of which nobody has read anything yet.
fn pair(number: u32) -> RawRecord {
    let call = |letter: char| {
        format!(
            r#"{{"request":{{"model":"a/b","user":"u{number}{letter}","messages":[{{"role":"user","content":"Where?"}}]}},"response":{{"id":"gen-{number}{letter}","choices":[{{"message":{{"content":"Here."}}}}]}}}}"#
        )
    };
    raw(&format!("[{},{}]", call('a'), call('b')), number)
}

fn pairs(size: (u16, u16)) -> Stage {
    let mut stage = Stage::empty(size);
    stage.tell(Msg::Loaded(Batch {
        records: (1..=100).map(pair).collect(),
        ..Batch::default()
    }));
    stage
}

/// The user of what is shown, and of what the list's cursor is on.
fn shown_and_listed(stage: &Stage) -> (String, String) {
    let index = stage.model.at_cursor().unwrap();
    let listed = stage.model.library.entry(index).unwrap().summary().unwrap();
    let current = stage.model.current.as_ref().unwrap();
    let user = current.completion.request().unwrap().get("user").unwrap();
    (user.str().unwrap().into_owned(), listed.user.clone())
}

/// Lines that turn out to hold several completions push what stands behind them on: what is shown, the list's cursor and
/// marks go along, so that an edit is made in what is shown.
#[test]
fn an_edit_lands_in_what_is_shown_when_lines_before_it_hold_several() {
    let mut stage = pairs((120, 30));
    stage.model.focus = Pane::List;
    stage.press("G");
    let (shown, listed) = shown_and_listed(&stage);
    assert_eq!(shown, listed);
    assert_eq!(shown, "u100a");
    let text = stage.text();
    assert!(text.contains("u100a"), "{text}");
    stage.press("x");
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\" tab type:\"7\" enter");
    stage.model.focus = Pane::List;
    stage.press("K J");
    let edited: Vec<usize> = (0..stage.model.library.len())
        .filter(|index| !stage.model.library.entry(*index).unwrap().edits.is_empty())
        .collect();
    let [edited] = edited[..] else {
        panic!("{edited:?}");
    };
    let completion = stage.model.library.ready(edited).unwrap();
    let user = completion.request().unwrap().get("user").unwrap();
    assert_eq!(user.str().as_deref(), Some("u100a"));
    assert_eq!(stage.model.listing.marked, [edited]);
    // All others are as they were when all lines have been looked at.
    stage.press("g f type:user:u100a enter");
    assert_eq!(
        shown_and_listed(&stage),
        ("u100a".to_owned(), "u100a".to_owned())
    );
    assert!(stage.event().contains("\"build\""), "{}", stage.event());
    assert_eq!(stage.model.library.len(), 200);
}

/// What is done to every completion is done to those that a line turns out to hold as well.
#[test]
fn the_edits_of_the_command_line_are_in_each_completion_of_a_line() {
    let edit = Edit::SetKey {
        key: "env".to_owned(),
        value: JsonText::parse("\"dev\"").unwrap(),
    };
    let base: Edits = [edit].into_iter().collect();
    let mut stage = Stage::empty((120, 30));
    stage.model = Model::new(Context::at(NOW), Privacy::Off, base);
    stage.tell(Msg::Resize(120, 30));
    stage.tell(Msg::Loaded(Batch {
        records: (1..=3).map(pair).collect(),
        ..Batch::default()
    }));
    stage.press("f type:user:u2b enter");
    assert!(
        stage.event().contains("\"env\":\"dev\""),
        "{}",
        stage.event()
    );
}
