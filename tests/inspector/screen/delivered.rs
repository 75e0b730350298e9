//! What OpenRouter really delivered of a call: one row, whichever comes first; what differs, and what that says.

use rainscope::capture::{self, DELIVERIES};
use rainscope::completion::load;
use rainscope::inspector::library::traffic::TrafficReport;
use rainscope::inspector::windows::compare::{Compare, Mode};
use rainscope::inspector::{Msg, Pane};

use crate::stage::Stage;
use crate::stage::traffic::{answered, asked, call, listening};

const SIZE: (u16, u16) = (140, 40);

/// The delivery of a call, with this user.
fn delivery(number: u64, user: &str) -> Msg {
    let text = |key: &str, value: &str| {
        format!("{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}}")
    };
    let body = format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{}]}},\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"1\",\"spanId\":\"2\",\
         \"name\":\"LLM Generation\",\"startTimeUnixNano\":\"1780662787000000000\",\"endTimeUnixNano\":\"1780662787150000000\",\
         \"attributes\":[{},{},{},{},{}]}}]}}]}}]}}",
        text("service.name", "openrouter"),
        text("gen_ai.response.id", &format!("gen-1780662787-{number}")),
        text("gen_ai.request.model", "openai/gpt-4o-mini"),
        text("user.id", user),
        text("trace.metadata.feature", "search"),
        text(
            "gen_ai.completion",
            &format!("{{\\\"completion\\\":\\\"Answer {number}\\\"}}")
        ),
    );
    let mut loaded = load::load(DELIVERIES, body.as_bytes());
    assert_eq!(loaded.completions.len(), 1, "{:?}", loaded.problems);
    let completion = &mut loaded.completions[0];
    completion.origin.record = usize::try_from(number).unwrap();
    capture::name_delivery(completion, 1_780_662_790_000);
    Msg::Traffic(TrafficReport::Delivered(loaded))
}

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
