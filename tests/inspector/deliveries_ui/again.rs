//! What was sent becomes a new sample: of the completion that it was, as it was sent.

use std::sync::Arc;

use rainscope::completion::load;
use rainscope::delivery::history::{DeliveryId, DeliveryState, Record, StoredDelivery};
use rainscope::event::privacy::Privacy;
use rainscope::event::wire::Route;
use rainscope::inspector::Msg;
use rainscope::inspector::windows::history::{AfterFetch, HistoryReport};

use crate::stage::{NOW, Stage, local_sink};

/// Completions of one name: who asked, the generation, and the trace.
fn named(records: &[(&str, &str, &str)]) -> Stage {
    let lines = records.iter().map(|(who, generation, trace)| {
        format!(
            r#"{{"name":"chat","request":{{"model":"a/b","user":"{who}","session_id":"s","trace":{trace},"messages":[{{"role":"user","content":"{who} asks"}}]}},"response":{{"id":"{generation}","model":"a/b","choices":[{{"message":{{"content":"to {who}"}}}}],"usage":{{"cost":2}}}}}}"#
        )
    });
    let lines: Vec<String> = lines.collect();
    Stage::with(
        load::load("a.ndjson", lines.join("\n").as_bytes()),
        (140, 40),
    )
}

/// A delivery of what is shown.
fn sent(stage: &Stage, privacy: Privacy) -> StoredDelivery {
    let body: Arc<[u8]> = stage.event().into_bytes().into();
    StoredDelivery {
        record: Record {
            id: DeliveryId(1),
            event_id: "event-1".to_owned(),
            endpoint: local_sink().endpoint,
            route: Route::Track,
            name: "chat".to_owned(),
            privacy,
            made_at: NOW,
            queued_at: jiff::Timestamp::from_millisecond(NOW).unwrap(),
            ended_at: None,
            state: DeliveryState::Refused,
            bytes: body.len(),
            status: Some(200),
            says: "ok".to_owned(),
            attempts: 1,
            millis: 12.0,
            outcome: None,
        },
        attempts: Vec::new(),
        body: (privacy == Privacy::Off).then_some(body),
        digest: uuid::Uuid::nil(),
        verdict: None,
    }
}

fn edit_again(stage: &mut Stage, stored: StoredDelivery) {
    stage.press("H");
    let report = HistoryReport::Fetched(AfterFetch::Edit, Some(Box::new(stored)));
    stage.tell(Msg::History(report));
}

const THREE: [(&str, &str, &str); 3] = [
    ("ann", "gen-1", r#"{"env":"prod"}"#),
    ("bob", "gen-2", r#"{"env":"prod"}"#),
    ("cid", "gen-3", r#"{"env":"prod","trace_id":"own"}"#),
];

/// A name may be that of many: the one that was sent is taken, and none where that can't be told.
#[test]
fn the_completion_that_was_sent_is_taken_and_no_other_of_its_name() {
    for (place, who) in ["ann", "bob", "cid"].into_iter().enumerate() {
        for keys in [
            "",
            "tab d",
            "tab down*2 e type:\"x\" enter",
            "a type:\"trace_id=other\" enter",
        ] {
            let mut stage = named(&THREE);
            stage.model.list.row = place;
            stage.tell(Msg::Tick);
            let is_there = stage
                .current
                .as_ref()
                .unwrap()
                .mapped
                .metadata
                .entry("trace_id");
            if is_there.is_some() && keys.contains("trace_id") {
                continue;
            }
            stage.press(keys);
            let event = stage.event();
            let stored = sent(&stage, Privacy::Off);
            stage.press("u");
            edit_again(&mut stage, stored);
            assert_eq!(stage.name(), "chat (again)", "{}", stage.notice());
            assert_eq!(stage.event(), event, "{who} {keys}");
            let index = stage.current.as_ref().unwrap().index;
            let edits = &stage.library.entry(index).unwrap().edits;
            assert!(edits.steps().len() <= 1, "{edits:?}");
        }
    }
    // What is alike can't be told apart, and another one is not it.
    let alike = [("ann", "", "{}"), ("ann", "", "{}")];
    let mut stage = named(&alike);
    let stored = sent(&stage, Privacy::Off);
    let count = stage.library.len();
    edit_again(&mut stage, stored);
    assert_eq!(stage.library.len(), count);
    stage.sees("which of them was sent can't be told");
    let mut stage = named(&THREE[..1]);
    let stored = sent(&stage, Privacy::Off);
    let mut other = named(&THREE[1..2]);
    edit_again(&mut other, stored);
    assert_eq!(other.library.len(), 1);
    other.sees("is another completion than the one that was sent");
    // Of what is not kept, one of its name is taken as it was loaded, and none of several.
    let stored = sent(&stage, Privacy::On);
    edit_again(&mut stage, stored.clone());
    assert_eq!(stage.library.len(), 2);
    let mut stage = named(&THREE);
    edit_again(&mut stage, stored);
    assert_eq!(stage.library.len(), 3);
    stage.sees("3 completions are called \"chat\"");
}

/// What was taken away before it was sent does not come back.
#[test]
fn what_was_deleted_before_it_was_sent_stays_away() {
    let mut stage = named(&THREE[..1]);
    // The session and the key.
    stage.press("tab down d down d");
    let event = stage.event();
    assert!(
        !event.contains("convo_id") && !event.contains("\"env\""),
        "{event}"
    );
    let stored = sent(&stage, Privacy::Off);
    stage.press("u u");
    edit_again(&mut stage, stored);
    assert_eq!(stage.name(), "chat (again)");
    assert_eq!(stage.event(), event);
}
