//! Every question there is: Enter does it, Esc does not, the keys of the table are no answers, and no message
//! takes the question away.

use std::path::PathBuf;

use rainscope::completion::load::load;
use rainscope::delivery::history::Record;
use rainscope::inspector::edits::saving::Saved;
use rainscope::inspector::keys::command::TABLE;
use rainscope::inspector::library::Batch;
use rainscope::inspector::windows::history::{HistoryReport, HistoryTask};
use rainscope::inspector::windows::live::{self, Access};
use rainscope::inspector::windows::question::Question;
use rainscope::inspector::{Command, Effect, Msg};

use crate::stage::{Stage, raindrop, received};

use super::windows::records;

struct Asked {
    /// Its title.
    title: &'static str,
    /// A stage on which it is asked.
    stage: Stage,
    /// Whether it was done, by the effects of the answer and what is there after it.
    is_done: fn(&[Effect], &Stage) -> bool,
}

fn asked(
    title: &'static str,
    mut stage: Stage,
    keys: &str,
    is_done: fn(&[Effect], &Stage) -> bool,
) -> Asked {
    stage.press(keys);
    Asked {
        title,
        stage,
        is_done,
    }
}

fn at(sample: &str) -> Stage {
    Stage::at(sample, (120, 40))
}

fn elsewhere() -> Stage {
    let mut stage = at("Anonymous");
    stage.tell(Msg::Destination(raindrop()));
    stage
}

fn unanswered() -> Stage {
    let mut stage = elsewhere();
    let records = records("sent before").into_iter();
    let meant = records.map(|record| Record {
        endpoint: raindrop().endpoint,
        ..record
    });
    stage.tell(Msg::Unanswered(meant.collect()));
    stage.press("H");
    stage
}

fn asker() -> Stage {
    let mut stage = at("Time check");
    stage.model.kept.live.access = Access {
        has_key: true,
        ..Access::default()
    };
    stage
}

fn pasted() -> Stage {
    let mut stage = at("Anonymous");
    let text = r#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#;
    stage.tell(Msg::Paste(text.to_owned()));
    stage
}

fn saving() -> Stage {
    let mut stage = at("Anonymous");
    stage.press("w enter");
    stage.tell(Msg::Saved(Saved::Exists(PathBuf::from("there.json"))));
    stage
}

fn leaves(effects: &[Effect], _: &Stage) -> bool {
    effects == [Effect::Quit]
}

/// All of them.
fn questions() -> Vec<Asked> {
    vec![
        asked("Leave rainscope?", at("Anonymous"), "s q q", leaves),
        asked(
            "Leave rainscope?",
            at("Anonymous"),
            "tab e type:x ctrl-c",
            leaves,
        ),
        asked(
            "Leave rainscope?",
            at("Anonymous"),
            "tab e type:x enter q",
            leaves,
        ),
        asked("Leave rainscope?", pasted(), "q", leaves),
        asked("Replace this file?", saving(), "", |effects, _| {
            matches!(effects, [Effect::Save { replace: true, .. }])
        }),
        asked(
            "Make the same edits?",
            at("Anonymous"),
            "tab e type:x enter A",
            |_, stage| stage.notice().starts_with("made this edit"),
        ),
        asked(
            "Discard what you wrote?",
            at("Anonymous"),
            "ctrl-o type:x esc",
            |_, stage| stage.model.trace.raw.is_none(),
        ),
        asked("Send them all?", elsewhere(), "S", |effects, _| {
            matches!(effects, [Effect::SendAll(_)])
        }),
        asked("Send it?", elsewhere(), "s", |effects, _| {
            matches!(effects, [Effect::Send(..)])
        }),
        asked(
            "Send again?",
            unanswered(),
            "enter",
            |effects, _| matches!(effects, [Effect::History(HistoryTask::Again(ids))] if ids.len() == 1),
        ),
        asked(
            "Send again?",
            unanswered(),
            "S",
            |effects, _| matches!(effects, [Effect::History(HistoryTask::Again(ids))] if ids.len() == 2),
        ),
        asked(
            "Forget this send?",
            unanswered(),
            "d",
            |effects, _| matches!(effects, [Effect::History(HistoryTask::Forget(ids))] if ids.len() == 1),
        ),
        asked(
            "Forget all 2 sends?",
            unanswered(),
            "R",
            |effects, _| matches!(effects, [Effect::History(HistoryTask::Forget(ids))] if ids.len() == 2),
        ),
        asked(
            "Leave without using it?",
            at("Anonymous"),
            "t right down type:/proxy esc",
            |_, stage| stage.model.windows.is_empty(),
        ),
        asked(
            "This costs money. Make the request?",
            asker(),
            "X",
            |effects, _| matches!(effects, [Effect::Live(live::LiveTask::Begin(..))]),
        ),
    ]
}

/// What may happen while one reads a question.
fn messages() -> Vec<Msg> {
    let loaded = load("more.ndjson", super::windows::sample_of("more").as_bytes());
    let batch = Batch {
        loaded,
        ..Batch::default()
    };
    vec![
        Msg::Notice("a message".to_owned()),
        Msg::Received(received(1, 200, "", "{}")),
        Msg::Loaded(batch.clone()),
        Msg::Changed(batch, vec!["more.ndjson".to_owned()]),
        Msg::Loading(Some((1, 2))),
        Msg::Unanswered(records("another")),
        Msg::History(HistoryReport::Listed(String::new(), records("listed"))),
        Msg::Resize(100, 30),
        Msg::Click(50, 10),
        Msg::Wheel(50, 10, 3),
        Msg::Paste("pasted".to_owned()),
        Msg::Tick,
        Msg::Resize(120, 40),
    ]
}

/// The question that waits, by its title.
fn waits(stage: &Stage) -> Option<&str> {
    stage
        .model
        .windows
        .top_as::<Question>()
        .map(Question::title)
}

#[test]
fn enter_does_it_and_esc_does_not() {
    for Asked {
        title,
        stage,
        is_done,
    } in questions()
    {
        assert_eq!(waits(&stage), Some(title), "{}", stage.text());
        let answer = |key: &str| {
            let mut stage = stage.clone();
            let effects = stage.press(key);
            let done = is_done(&effects, &stage);
            assert_eq!(waits(&stage), None, "{title} {key}");
            assert!(done || effects.is_empty(), "{title} {key}: {effects:?}");
            done
        };
        assert!(answer("enter"), "{title}");
        assert!(!answer("esc"), "{title}");
        // Both answers are named, in the dialog and below it.
        let text = stage.text();
        let answers: Vec<&str> = text.lines().filter(|line| line.contains("Esc ")).collect();
        assert!(answers.len() >= 2, "{text}");
        assert!(answers.iter().all(|line| line.contains('⏎')), "{answers:?}");
    }
}

#[test]
fn no_message_takes_a_question_away_or_answers_it() {
    for Asked {
        title,
        stage,
        is_done,
    } in questions()
    {
        for msg in messages() {
            let case = format!("{title} {msg:?}");
            let mut stage = stage.clone();
            let effects = stage.tell(msg);
            assert_eq!(waits(&stage), Some(title), "{case}");
            assert!(effects.is_empty(), "{case}: {effects:?}");
            let effects = stage.press("enter");
            assert!(is_done(&effects, &stage), "{case}");
        }
    }
}

/// Keys repeat, so the key that asked is no answer, and neither is any other: only moving, copying and the
/// help do something, and leave the question open.
#[test]
fn no_other_key_answers_a_question() {
    for Asked {
        title,
        stage,
        is_done,
    } in questions()
    {
        for entry in TABLE {
            let leaves = matches!(
                entry.command,
                Command::Close | Command::Quit | Command::Help | Command::Suspend
            );
            for key in entry.keys.iter().filter(|_| !leaves) {
                if *key == "enter" {
                    continue;
                }
                let mut stage = stage.clone();
                let effects = stage.press(key);
                let is_copy = |effect: &Effect| matches!(effect, Effect::Copy(_));
                assert!(effects.iter().all(is_copy), "{title} {key}: {effects:?}");
                assert_eq!(waits(&stage), Some(title), "{key}");
                let effects = stage.press("enter");
                assert!(is_done(&effects, &stage), "{title} {key} enter");
            }
        }
    }
}

/// A yes is about the destination that the question names: where another one came into force meanwhile, nothing
/// goes there.
#[test]
fn a_yes_to_one_destination_is_none_to_another() {
    let mut seen = 0;
    for Asked { title, stage, .. } in questions() {
        if !title.starts_with("Send") {
            continue;
        }
        seen += 1;
        let mut stage = stage.clone();
        let mut other = raindrop();
        other.endpoint.base_url = "https://elsewhere.invalid".to_owned();
        stage.tell(Msg::Destination(other));
        assert_eq!(stage.press("enter"), [], "{title}");
        stage.sees("nothing was done: the destination is another one by now");
        assert_eq!(waits(&stage), None, "{title}");
    }
    assert_eq!(seen, 4);
}

/// What was pasted is lost by leaving until a file has it; the bundled samples are there again.
#[test]
fn nothing_is_asked_where_nothing_is_lost() {
    let mut stage = pasted();
    stage.press("w enter");
    stage.tell(Msg::Saved(Saved::Written(PathBuf::from("pasted.json"), 9)));
    assert_eq!(stage.press("q"), [Effect::Quit]);
    let mut stage = Stage::empty((80, 24));
    stage.press("run:samples");
    assert_eq!(stage.press("q"), [Effect::Quit]);
}
