//! What OpenRouter really delivered of a call: one row, whichever comes first; what differs, and what that says.

use std::sync::Arc;

use rainscope::completion::{Edit, Edits};
use rainscope::inspector::library::traffic::TrafficReport;
use rainscope::inspector::windows::compare::{Compare, Mode};
use rainscope::inspector::{Msg, Pane};

use crate::stage::Stage;
use crate::stage::traffic::{answered, asked, call, chunk, delivery, listen, listening};

const SIZE: (u16, u16) = (140, 40);

fn names(stage: &Stage) -> usize {
    stage.model.library.len()
}

#[test]
fn a_delivery_joins_the_call_that_is_there() {
    let mut stage = listening(SIZE, None);
    stage.tell(call(&answered(1)));
    stage.tell(delivery(1, "mallory"));
    assert_eq!(names(&stage), 1);
    let current = stage.model.current.as_ref().unwrap();
    assert!(current.completion.request().is_some() && current.completion.delivery().is_some());
    stage.sees("delivery-differs");
    // The measured time gives way to OpenRouter's own.
    assert!(
        stage.event().contains("\"duration_ms\":150"),
        "{}",
        stage.event()
    );
    // Another generation's delivery has a row of its own, named like a call.
    stage.tell(delivery(9, "ada"));
    assert_eq!(names(&stage), 2);
    assert_eq!(stage.names()[1], "12:33:10 openai/gpt-4o-mini");
}

#[test]
fn a_call_joins_the_delivery_that_came_first() {
    let mut stage = listening(SIZE, None);
    stage.tell(call(&asked(1)));
    stage.tell(delivery(1, "ada"));
    assert_eq!(names(&stage), 2);
    // One looks at the delivery when the call turns out to be about the same generation.
    stage.model.focus = Pane::List;
    stage.press("G");
    stage.tell(call(&answered(1)));
    assert_eq!(names(&stage), 1);
    assert_eq!(stage.model.list.row, 0);
    let current = stage.model.current.as_ref().unwrap();
    assert!(current.completion.request().is_some() && current.completion.delivery().is_some());
    // And it stays joined while other calls come and go.
    stage.tell(call(&answered(2)));
    assert_eq!(names(&stage), 2);
}

#[test]
fn what_is_typed_in_the_deliverys_row_is_not_lost() {
    let mut stage = listening(SIZE, None);
    stage.tell(call(&asked(1)));
    stage.tell(delivery(1, "ada"));
    stage.model.focus = Pane::List;
    stage.press("G");
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\"");
    stage.tell(call(&answered(1)));
    stage.press("tab type:\"7\" enter");
    assert!(stage.event().contains("\"build\":"), "{}", stage.event());
}

/// What a delivery holds is in the list and nowhere else: with its row it goes, and in the call's row it stays while that
/// grows.
#[test]
fn a_delivery_is_kept_in_the_list_alone() {
    let mut stage = listen(Stage::empty(SIZE), None, 3);
    let mut weak = Vec::new();
    for number in 1..=20 {
        stage.tell(delivery(number, "ada"));
        let newest = stage.library.len() - 1;
        weak.push(Arc::downgrade(stage.library.ready(newest).unwrap()));
    }
    let kept = weak.iter().filter(|weak| weak.upgrade().is_some()).count();
    assert_eq!((stage.library.len(), kept), (3, 3));
    // One that joins its call leaves nothing behind.
    stage.tell(call(&answered(20)));
    assert!(weak[19].upgrade().is_none());
    let mut stage = listening(SIZE, None);
    let mut capture = asked(1);
    capture.status = Some(200);
    capture.arrive(chunk("Hel").replace("-A", "-1").as_bytes(), 100);
    stage.tell(call(&capture));
    stage.tell(delivery(1, "ada"));
    capture.arrive(chunk("lo").replace("-A", "-1").as_bytes(), 150);
    for _ in 0..2 {
        stage.tell(call(&capture));
        assert_eq!(names(&stage), 1);
        let completion = &stage.model.current.as_ref().unwrap().completion;
        assert!(completion.delivery().is_some());
        assert!(completion.document().text().contains("Hello"));
    }
    // A name without an end is no generation's.
    let long = format!("gen-{}", "x".repeat(1 << 20));
    let traffic = stage.model.traffic.as_mut().unwrap();
    let origin = stage.model.library.ready(0).unwrap().origin.clone();
    traffic.deliveries.put(&long, &origin);
    assert_eq!(traffic.deliveries.delivery(&long), None);
}

/// What was done in the delivery's row is done in the call's once the two are one, whatever is done to every completion;
/// and what was done in both is done one after the other.
#[test]
fn what_was_done_in_the_deliverys_row_goes_with_it() {
    let base = || -> Edits {
        let edit = Edit::SessionId(Some("base".to_owned()));
        [edit].into_iter().collect()
    };
    for edits in [Edits::none(), base()] {
        for (is_told_before, is_edited) in [(true, false), (true, true), (false, false)] {
            let mut stage = listen(Stage::editing(SIZE, edits.clone()), None, 100);
            stage.model.focus = Pane::List;
            if is_told_before {
                stage.tell(call(&asked(1)));
            }
            if is_edited {
                stage.press("a type:\"own=1\" enter");
            }
            stage.tell(delivery(1, "ada"));
            stage.model.focus = Pane::List;
            stage.press("G a type:\"mine=1\" enter d u");
            stage.model.focus = Pane::List;
            stage.press("x");
            stage.tell(call(&answered(1)));
            assert_eq!(names(&stage), 1);
            assert_eq!(stage.model.list.row, 0);
            assert_eq!(stage.model.listing.marked, [0]);
            let event = stage.event();
            assert!(event.contains("\"mine\":\"1\""), "{event}");
            assert_eq!(event.contains("\"own\":\"1\""), is_edited, "{event}");
            assert_eq!(event.contains("\"base\""), !edits.is_empty(), "{event}");
            let entry = stage.library.entry(0).unwrap();
            let steps = edits.steps().len() + 1 + usize::from(is_edited);
            assert_eq!(entry.edits.steps().len(), steps);
            assert_eq!(
                entry.undone.len(),
                usize::from(!is_edited),
                "undo went along"
            );
            assert_eq!(stage.press("q"), [], "it asks for the edits");
        }
    }
}

#[test]
fn expected_against_delivered_says_what_it_means_for_the_mapping() {
    let mut stage = listening(SIZE, None);
    stage.tell(call(&answered(1)));
    // Without a delivery there is no such comparison.
    stage.press("c m m");
    let mode = |stage: &Stage| stage.windows.find::<Compare>().map(|compare| compare.mode);
    assert_ne!(mode(&stage), Some(Mode::Delivered));
    stage.press("esc");
    stage.tell(delivery(1, "mallory"));
    stage.press("c m m");
    assert_eq!(mode(&stage), Some(Mode::Delivered));
    stage.sees("Compare expected against delivered");
    stage.sees("delivered by OpenRouter");
    let compare = stage.windows.find::<Compare>().unwrap();
    let pointers: Vec<&str> = compare.says.iter().map(|(at, _)| at.as_str()).collect();
    assert!(pointers.contains(&"/user_id"), "{pointers:?}");
    assert!(!pointers.contains(&"/properties/feature"), "{pointers:?}");
    // The cursor is on the first contradiction, and the line below says which step it speaks against.
    stage.sees("our step \"request.user\" is documented otherwise");
    // A time that was measured on this side contradicts nothing.
    let (_, says) = compare
        .says
        .iter()
        .find(|(at, _)| at == "/properties/duration_ms")
        .unwrap();
    assert!(says.contains("network"), "{says}");
}

#[test]
fn what_comes_again_and_tests_are_said() {
    let mut stage = listening(SIZE, None);
    stage.tell(Msg::Traffic(TrafficReport::Repeated("gen-1".to_owned())));
    assert!(
        stage.notice().contains("gen-1 came again"),
        "{}",
        stage.notice()
    );
    stage.tell(Msg::Traffic(TrafficReport::ConnectionTest));
    assert!(
        stage.notice().contains("tested the connection"),
        "{}",
        stage.notice()
    );
}

/// A call whose answer told nothing has an event once its generation is delivered, and that is forwarded.
#[test]
fn the_event_that_a_delivery_makes_of_a_call_is_forwarded() {
    use rainscope::capture::CaptureEnding;
    use rainscope::inspector::Effect;
    use rainscope::inspector::library::forwarding::ForwardConsent;

    let mut stage = listening(SIZE, Some(ForwardConsent::ThisMachine));
    stage.tell(Msg::Destination(crate::stage::local_sink()));
    let mut lost = asked(1);
    lost.status = Some(524);
    lost.response_headers = vec![("x-generation-id".to_owned(), "gen-1780662787-1".to_owned())];
    lost.arrive(b"<html>", 5);
    lost.ended = Some((CaptureEnding::Complete, 9));
    let is_forwarded = |effects: &[Effect]| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Forward(_)))
    };
    assert!(!is_forwarded(&stage.tell(call(&lost))));
    assert!(is_forwarded(&stage.tell(delivery(1, "ada"))));
    assert_eq!(names(&stage), 1);
}

/// What was edited in a delivery's row goes over to its call also where something is laid over every completion.
#[test]
fn edits_of_a_delivery_go_over_to_its_call_beside_those_of_the_command_line() {
    use rainscope::completion::{Edit, Edits};
    use rainscope::event::privacy::Privacy;
    use rainscope::inspector::Model;
    use rainscope::mapping::Context;

    use crate::stage::NOW;

    let mut stage = listening(SIZE, None);
    let base = Edits::from_iter([Edit::User(Some("ada".to_owned()))]);
    stage.model = Model::new(Context::at(NOW), Privacy::Off, base);
    stage.tell(Msg::Resize(SIZE.0, SIZE.1));
    stage.tell(call(&asked(1)));
    stage.tell(delivery(1, "mallory"));
    stage.model.focus = Pane::List;
    stage.press("G x");
    stage.model.focus = Pane::Trace;
    stage.press("a type:mine=1 enter esc");
    assert!(stage.event().contains("\"mine\""), "{}", stage.event());
    stage.tell(call(&answered(1)));
    assert_eq!(names(&stage), 1);
    assert!(stage.event().contains("\"mine\""), "{}", stage.event());
    assert_eq!(stage.model.listing.marked.len(), 1);
}
