//! Windows that show something of the completion show what is there now: its file may change, its call may go on, and
//! another one may be shown.

use rainscope::inspector::library::Batch;
use rainscope::inspector::windows::REGISTRY;
use rainscope::inspector::windows::detail::Detail;
use rainscope::inspector::windows::dropped::Dropped;
use rainscope::inspector::{Command, Msg, Pane};

use crate::stage::Stage;
use crate::stage::traffic::{answered, asked, call, chunk, listening};

/// A file with a completion that says this name wherever it may.
fn batch(name: &str) -> Batch {
    let text = format!(
        r#"{{"name":"{name}","request":{{"model":"a/{name}","user":"{name}","metadata":{{"team":"{name}","desk":"{name}"}},"trace":{{"trace_name":"{name}"}},"messages":[{{"role":"user","content":"{name} asks"}}]}},"response":{{"id":"gen-{name}","choices":[{{"message":{{"content":"answer to {name}"}}}}]}}}}"#
    );
    Batch {
        source: 0,
        loaded: rainscope::load("a.json", text.as_bytes()),
        ..Batch::default()
    }
}

fn shown(name: &str) -> Stage {
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Destination(crate::stage::local_sink()));
    stage.tell(Msg::Loaded(batch(name)));
    stage
}

fn changed(stage: &mut Stage, name: &str) {
    stage.tell(Msg::Changed(batch(name), vec!["a.json".to_owned()]));
}

/// No window of the registry keeps what the file said before, but those that tell of what was done with that.
#[test]
fn every_window_follows_a_file_that_changes() {
    for opener in REGISTRY {
        let tells_of_the_past = [
            Command::Send,
            Command::SendAll,
            Command::LastSend,
            Command::Verify,
            Command::AskOpenRouter,
            Command::Fetch,
            Command::Forward,
            Command::Output,
        ];
        if tells_of_the_past.contains(&opener.command) {
            continue;
        }
        let entry = opener.command.entry();
        let mut stage = shown("adamantine");
        stage.model.focus = Pane::Event;
        stage.press(entry.keys[0]);
        assert!(!stage.windows.is_empty(), "{}", entry.name);
        changed(&mut stage, "beryllium");
        let text = stage.window().join("\n");
        assert!(!text.contains("adamantine"), "{}:\n{text}", entry.name);
        assert!(!stage.windows.is_empty(), "{}", entry.name);
    }
}

/// What goes nowhere, and a value in full, are of the version that is there, and one stays where one was.
#[test]
fn what_goes_nowhere_and_a_value_in_full_stay_where_they_were() {
    let mut stage = shown("adamantine");
    stage.press("D");
    let at = |stage: &Stage| {
        let dropped = stage.windows.top_as::<Dropped>().unwrap();
        dropped.pointer().unwrap().to_owned()
    };
    while at(&stage) != "/request/metadata/desk" {
        stage.press("down");
    }
    changed(&mut stage, "beryllium");
    assert_eq!(at(&stage), "/request/metadata/desk");
    stage.sees("beryllium");
    for (pane, pointer) in [
        (Pane::Event, "/properties/trace_name"),
        (Pane::Completion, "/request/trace/trace_name"),
        (Pane::Trace, "/request/trace/trace_name"),
    ] {
        let mut stage = shown("adamantine");
        stage.model.focus = pane;
        match pane {
            Pane::Trace => stage.press("down*2 v / type:adam enter"),
            _ => stage.press(&format!("ctrl-g type:{pointer} enter v / type:adam enter")),
        };
        let window = stage.window().join("\n");
        assert!(
            window.contains(pointer) && window.contains("adamantine"),
            "{window}"
        );
        changed(&mut stage, "beryllium");
        let window = stage.window().join("\n");
        assert!(
            window.contains(pointer) && window.contains("beryllium"),
            "{window}"
        );
        let detail = stage.windows.top_as::<Detail>().unwrap();
        assert!(
            detail.text == "beryllium" && detail.found.is_empty(),
            "{detail:?}"
        );
        // What is not there any more is said, and is nothing to copy.
        let text = br#"{"request":{"model":"m","messages":[{"role":"user","content":"hi"}]},"response":{"id":"gen-1","choices":[{"message":{"content":"ho"}}]}}"#;
        let other = Batch {
            loaded: rainscope::load("a.json", text),
            ..Batch::default()
        };
        stage.tell(Msg::Changed(other, vec!["a.json".to_owned()]));
        let window = stage.window().join("\n");
        let is_gone = window.contains("has no value here") && window.contains(pointer);
        assert!(is_gone || pane == Pane::Event, "{window}");
        if is_gone {
            assert_eq!(stage.press("y"), []);
        }
    }
}

/// While a call goes on, a window over it shows the answer as it grows.
#[test]
fn a_value_in_full_grows_with_the_answer() {
    let mut stage = listening((140, 40), None);
    let mut capture = asked(1);
    capture.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&capture));
    stage.model.focus = Pane::Event;
    stage.press("ctrl-g type:/ai_data/output enter v");
    let text = |stage: &Stage| stage.windows.top_as::<Detail>().unwrap().text.clone();
    assert_eq!(text(&stage), "Hel");
    capture.arrive(chunk("lo").as_bytes(), 150);
    stage.tell(call(&capture));
    assert_eq!(text(&stage), "Hello");
}

/// The newest call is shown as it comes, unless one has left the one before, reads it in a window, or is about to do
/// something with it; then it is counted.
#[test]
fn the_newest_call_takes_nothing_away_from_whoever_reads() {
    for (reads, follows) in [
        ("", true),
        ("$", true),
        ("?", true),
        ("v", false),
        ("D", false),
        ("c", false),
        ("F", false),
        (":", false),
        (": type:report enter", false),
        (": type:report-with-text enter", false),
        ("w", false),
        ("f type:a", false),
        ("/ type:a", false),
    ] {
        let mut stage = listening((140, 40), None);
        stage.tell(call(&answered(1)));
        stage.model.focus = Pane::Event;
        stage.press(reads);
        stage.tell(call(&answered(2)));
        let record = stage.current.as_ref().unwrap().completion.origin.record;
        assert_eq!(record == 2, follows, "{reads}");
    }
    // How many came is said, and what leads to them; where the list is out of sight, in the header.
    let mut stage = listening((80, 24), None);
    stage.tell(call(&answered(1)));
    stage.press("v");
    for number in 2..=4 {
        stage.tell(call(&answered(number)));
    }
    assert_eq!(
        stage.notice(),
        "3 new calls; G in the list goes to the newest"
    );
    stage.press("esc");
    stage.sees("· 3 new");
    stage.press("tab G");
    assert!(!stage.text().contains(" new"), "{}", stage.text());
    stage.tell(call(&answered(5)));
    assert_eq!(stage.list.row, 4, "it follows again");
}

/// What comes into a folder is called new, and not changed; several are told together.
#[test]
fn a_new_file_is_told_as_new() {
    let mut stage = shown("ann");
    let tell = |stage: &mut Stage, file: &str, source: u32| {
        let batch = Batch {
            source,
            ..batch("bea")
        };
        stage.tell(Msg::Changed(batch, vec![file.to_owned()]));
    };
    tell(&mut stage, "b.json", 1);
    assert_eq!(stage.notice(), "b.json is new");
    tell(&mut stage, "c.json", 2);
    assert_eq!(stage.notice(), "b.json and c.json are new");
    changed(&mut stage, "eve");
    let says = "b.json and c.json are new; a.json changed and was read again";
    assert_eq!(stage.notice(), says);
    stage.press("down");
    tell(&mut stage, "b.json", 1);
    assert_eq!(stage.notice(), "b.json changed and was read again");
}
