//! Test traces: the exact bytes, a fresh id each, reports by ticket, and asking before leaving.

use rainscope::delivery::answer::AttemptOutcome;
use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::delivery::retry::RetryAfter;
use rainscope::delivery::sink::Receipt;
use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::inspector::received::{MOST, MOST_BYTES};
use rainscope::inspector::windows::detail::Detail;
use rainscope::inspector::windows::inbox::Inbox;
use rainscope::inspector::windows::send::{DestinationShown, SendStage as At, Ticket};
use rainscope::inspector::windows::send_all::{CompletionResult, SendAllReport};
use rainscope::inspector::{Effect, Msg};
use rainscope::prepare::NotSent;
use rainscope::settings::resolve::KeySource;

use crate::stage::{Stage, answered, local_sink, raindrop, received};

const SIZE: (u16, u16) = (120, 40);

/// The request that a test trace of the shown event has to be.
fn expected(stage: &Stage) -> wire::WireRequest {
    let current = stage.model.current.as_ref().unwrap();
    let event = current.mapped.event().unwrap();
    let event = rainscope::mapping::with_fresh_id(event, &stage.next_id());
    wire::request(privacy::apply(&event, stage.model.privacy))
}

fn stage_of(stage: &Stage) -> At {
    stage.model.sendings.last().unwrap().stage.clone()
}

#[test]
fn what_is_shown_is_what_is_sent() {
    for privacy in ["", "p"] {
        let mut stage = Stage::samples(SIZE);
        stage.press(privacy);
        stage.press("tab e type:\"-edited\" enter");
        for _ in 0..stage.model.library.len() {
            let has_event = stage.event() != "no event";
            let current = stage.model.current.as_ref().unwrap();
            // Without a time of its own, the event takes the time of sending, which is the same here.
            if has_event {
                let expected = expected(&stage);
                let ticket = Ticket(stage.model.sendings.len() as u64 + 1);
                let effects = stage.press("s");
                let [Effect::Send(sent, prepared)] = effects.as_slice() else {
                    panic!("{effects:?}");
                };
                assert_eq!((*sent, &prepared.request), (ticket, &expected));
                stage.tell(Msg::Ended(ticket, DeliveryEnding::Accepted));
                stage.press("esc");
            } else {
                assert!(current.mapped.event().is_none());
                assert!(stage.press("s").is_empty());
                assert!(stage.notice().contains("no event to send"));
            }
            stage.press("J");
        }
        assert_eq!(stage.model.privacy == Privacy::On, privacy == "p");
    }
}

/// A test trace has an id of its own.
#[test]
fn each_sending_has_an_id_of_its_own() {
    let mut stage = Stage::samples(SIZE);
    let mut ids = Vec::new();
    for ticket in 1..=3 {
        let effects = stage.press("s");
        let [Effect::Send(Ticket(number), prepared)] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        let request = &prepared.request;
        assert_eq!(*number, ticket);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        assert!(body.contains(&request.event_id));
        ids.push(request.event_id.clone());
        stage.tell(Msg::Ended(Ticket(ticket), DeliveryEnding::Refused));
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn what_leaves_the_machine_is_confirmed_first() {
    let mut stage = Stage::samples(SIZE);
    stage.tell(Msg::Destination(raindrop()));
    assert!(stage.press("s").is_empty());
    assert_eq!(stage_of(&stage), At::Confirming);
    assert!(stage.text().contains("not sent yet"));
    assert!(stage.press("esc").is_empty());
    assert!(stage.model.sendings.is_empty());
    stage.press("s");
    let effects = stage.press("enter enter");
    assert_eq!(effects.len(), 1, "the second Enter does not send again");
    for ended in [DeliveryEnding::Accepted, DeliveryEnding::Refused] {
        stage.press("s");
        stage.press("enter");
        let ticket = stage.model.sendings.last().unwrap().ticket;
        stage.tell(Msg::Ended(ticket, ended));
        assert_eq!(stage.press("enter"), [], "neither does it after the end");
        assert!(stage.text().contains("s send another"));
        assert_eq!(
            stage_of(&stage) == At::Accepted,
            ended == DeliveryEnding::Accepted
        );
    }
    // `q` closes the panel and forgets what was not confirmed.
    let mut stage = Stage::samples(SIZE);
    stage.tell(Msg::Destination(raindrop()));
    assert!(stage.press("s q").is_empty());
    assert!(stage.model.sendings.is_empty() && stage.model.windows.is_empty());
}

/// Whatever sends elsewhere is answered with Enter alone: the key that asked is no answer, nor is a message.
#[test]
fn a_question_before_sending_elsewhere_is_answered_by_enter_alone() {
    for (ask, sent) in [("s", 1), ("S", 1)] {
        let mut stage = Stage::samples(SIZE);
        stage.tell(Msg::Destination(raindrop()));
        assert_eq!(stage.press(ask), []);
        // What is asked about can be looked at meanwhile, and copied.
        for key in [ask, "y", "p", "tab", "j", "G", "S", "s", "w", "space"] {
            assert_eq!(stage.press(key), [], "{ask} {key}");
        }
        stage.tell(Msg::Notice("a message".to_owned()));
        stage.tell(Msg::Received(received(1, 200, "", "{}")));
        stage.tell(Msg::Resize(100, 30));
        assert!(stage.text().contains("Esc do not send"), "{}", stage.text());
        assert_eq!(stage.press("enter").len(), sent, "{ask}");
        for no in ["esc", "q", "ctrl-c"] {
            let mut stage = Stage::samples(SIZE);
            stage.tell(Msg::Destination(raindrop()));
            assert_eq!(stage.press(&format!("{ask} {no} enter")), [], "{ask} {no}");
            assert!(stage.model.windows.is_empty() && stage.model.sendings.is_empty());
        }
    }
}

#[test]
fn news_of_another_or_an_ended_sending_is_dropped() {
    let mut stage = Stage::samples(SIZE);
    stage.press("s");
    let attempt = || answered(200, "");
    stage.tell(Msg::Attempted(Ticket(9), attempt()));
    stage.tell(Msg::Ended(Ticket(9), DeliveryEnding::Refused));
    assert_eq!(stage_of(&stage), At::Sending);
    assert!(stage.model.sendings[0].attempts.is_empty());
    stage.tell(Msg::Attempted(Ticket(1), attempt()));
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
    for late in [
        Msg::Attempted(Ticket(1), attempt()),
        Msg::Waiting(Ticket(1), 1000),
        Msg::Retrying(Ticket(1)),
        Msg::Ended(Ticket(1), DeliveryEnding::Cancelled),
    ] {
        stage.tell(late);
        assert_eq!(stage_of(&stage), At::Accepted);
        assert_eq!(stage.model.sendings[0].attempts.len(), 1);
    }
}

/// Waits are counted down.
#[test]
fn a_retry_is_counted_down_and_ticks_stop_with_it() {
    let mut stage = Stage::samples(SIZE);
    stage.press("s");
    // An attempt is told by its number, and by its time from the first second on.
    stage.sees("… sending to the local sink  attempt 1 of 3 ");
    assert!(stage.model.needs_ticks());
    stage.now = crate::stage::NOW + 2_600;
    stage.tell(Msg::Tick);
    stage.sees("… sending to the local sink  attempt 1 of 3, 2 s");
    stage.now = crate::stage::NOW;
    stage.tell(Msg::Attempted(Ticket(1), answered(503, "{}")));
    stage.tell(Msg::Waiting(Ticket(1), 3_000));
    for (millis, seconds) in [
        (0, 3),
        (1, 3),
        (1_000, 2),
        (2_999, 1),
        (3_000, 0),
        (9_000, 0),
    ] {
        stage.now = crate::stage::NOW + millis;
        stage.tell(Msg::Tick);
        assert!(stage.model.needs_ticks());
        let says = format!("waiting {seconds} s; then attempt 2 of 3 with the same bytes");
        assert!(
            stage.text().contains(&says),
            "after {millis} ms: {}",
            stage.text()
        );
    }
    stage.tell(Msg::Retrying(Ticket(1)));
    stage.sees("attempt 2 of 3 ");
    // Where the server said how long, that is told.
    let mut attempt = answered(429, "{}");
    if let AttemptOutcome::Answered { retry_after, .. } = &mut attempt.outcome {
        *retry_after = Some(RetryAfter::Seconds(5));
    }
    stage.tell(Msg::Attempted(Ticket(1), attempt));
    stage.tell(Msg::Waiting(Ticket(1), 5_000));
    stage.sees("waiting 5 s as the server asked (Retry-After); then attempt 3 of 3");
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Cancelled));
    assert!(!stage.model.needs_ticks());
}

/// The panel says what was sent where, whatever became of the destination; and a key only where there is one.
#[test]
fn the_panel_shows_the_request_as_it_went() {
    let mut stage = Stage::samples(SIZE);
    stage.press("s");
    stage.sees("Authorization: Bearer local-sink  no write key");
    stage.tell(Msg::Destination(raindrop()));
    stage.sees("POST http://127.0.0.1:5899/v1/events/track");
    let copied = stage.press("C");
    let is_there = |effect: &Effect| matches!(effect, Effect::Copy(text) if text.contains("http://127.0.0.1:5899/"));
    assert!(copied.iter().any(is_there), "{copied:?}");
    let mut stage = Stage::samples(SIZE);
    stage.tell(Msg::Destination(DestinationShown {
        key_source: KeySource::Environment,
        ..raindrop()
    }));
    stage.press("s");
    stage.sees("Authorization: Bearer ••••••");
}

#[test]
fn esc_stops_what_is_on_its_way_and_then_closes() {
    let mut stage = Stage::samples(SIZE);
    stage.press("s");
    assert_eq!(stage.press("esc"), [Effect::Cancel(Ticket(1))]);
    assert!(
        !stage.model.windows.is_empty(),
        "stays until it has stopped"
    );
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Cancelled));
    assert!(stage.text().contains("it may have arrived all the same"));
    assert!(stage.press("esc").is_empty());
    assert!(stage.model.windows.is_empty());
}

/// Ctrl-C quits, and asks first where something is under way.
#[test]
fn quit_asks_while_something_is_on_its_way() {
    for key in ["q", "ctrl-c"] {
        let mut stage = Stage::samples(SIZE);
        stage.press("s");
        assert!(stage.press(key).is_empty());
        assert!(stage.text().contains("Leave rainscope?"));
        // The same key is no answer, and neither is a message: Enter leaves, Esc stays.
        stage.tell(Msg::Notice("something else".to_owned()));
        assert!(stage.press(key).is_empty());
        assert!(stage.press("esc").is_empty());
        assert!(!stage.text().contains("Leave rainscope?"));
        stage.press(key);
        assert_eq!(stage.press("enter"), [Effect::Quit]);
        let mut stage = Stage::samples(SIZE);
        stage.press("s");
        stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
        stage.press("esc");
        assert_eq!(stage.press(key), [Effect::Quit]);
    }
}

#[test]
fn without_a_destination_it_says_why() {
    let mut stage = Stage::samples(SIZE);
    let mut destination = local_sink();
    destination.unavailable = Some("the sink cannot listen".to_owned());
    stage.tell(Msg::Destination(destination));
    assert!(stage.press("s").is_empty());
    assert_eq!(stage.notice(), "cannot send: the sink cannot listen");
}

#[test]
fn the_panel_scrolls_to_its_end_and_no_further() {
    for sample in ["Time check", "A very long answer"] {
        let mut stage = Stage::at(sample, (80, 24));
        stage.press("s");
        let attempt = answered(403, "{}");
        stage.tell(Msg::Attempted(Ticket(1), attempt));
        stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Refused));
        stage.press("G");
        let text = stage.text();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines.iter().position(|line| line.starts_with("│ ]"));
        assert_eq!(end, Some(19), "{text}");
        assert!(lines[20].starts_with('└'));
        stage.press("g");
        assert!(stage.text().contains("Check the project slug"));
    }
}

#[test]
fn the_inbox_shows_what_the_sink_received() {
    let mut stage = Stage::samples(SIZE);
    stage.press("i");
    assert!(stage.text().contains("Nothing has arrived yet"));
    stage.press("esc");
    for number in 1..=60 {
        let body = format!("{{\"number\":{number}}}");
        stage.tell(Msg::Received(received(number, 200, "", &body)));
    }
    assert!(stage.text().contains("60 received"));
    stage.press("i");
    assert!(stage.text().contains("\"number\": 60"));
    stage.press("up");
    assert!(stage.text().contains("\"number\": 59"));
    stage.press("g enter");
    assert!(
        stage
            .model
            .windows
            .top_as::<Detail>()
            .is_some_and(|detail| detail.text.contains('1'))
    );
}

/// What the sink filled in, what strict rules would say, the project, and an event that came in parts.
#[test]
fn the_inbox_tells_what_was_filled_in_and_what_is_not_strict() {
    let mut stage = Stage::samples(SIZE);
    stage.tell(Msg::Received(Receipt {
        filled: vec!["/0/event_id".to_owned()],
        strict: vec!["/0/event_id: missing".to_owned()],
        project: Some("my-project".to_owned()),
        ..received(1, 200, "", "{}")
    }));
    stage.press("i");
    let text = stage.text();
    for expected in [
        "--strict would refuse it: /0/event_id: missing",
        "filled in by the sink: /0/event_id",
        "project my-project",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("valid"), "{text}");
    stage.press("esc");
    stage.tell(Msg::Received(Receipt {
        new_events: 0,
        merged: Some(r#"{"both":"parts"}"#.to_owned()),
        ..received(2, 200, "", r#"{"last":"part"}"#)
    }));
    stage.press("i");
    let text = stage.text();
    assert!(text.contains(" 1 event in 2 requests received"), "{text}");
    assert!(
        text.contains(r#""both": "parts""#) && !text.contains(r#""last""#),
        "{text}"
    );
    assert!(
        text.contains("the event so far, with all its parts"),
        "{text}"
    );
    stage.press("enter");
    assert!(
        stage
            .text()
            .contains("the event so far, with all its parts")
    );
}

#[test]
fn the_inbox_is_the_built_in_sinks_wherever_test_traces_go() {
    let mut stage = Stage::samples(SIZE);
    stage.tell(Msg::Destination(raindrop()));
    stage.press("i");
    let text = stage.text();
    assert!(
        text.contains("Sink inbox · http://127.0.0.1:5899 · s sends to Raindrop"),
        "{text}"
    );
    let says = "s sends test traces to Raindrop now; t chooses the local sink";
    assert!(text.contains(says), "{text}");
    stage.tell(Msg::Received(received(1, 200, "", "{}")));
    let text = stage.text();
    assert!(
        text.contains("5899 · 1 received · s sends to Raindrop"),
        "{text}"
    );
    let header = text.lines().next().unwrap();
    assert!(!header.contains("received"), "{header}");
    stage.tell(Msg::Destination(local_sink()));
    let text = stage.text();
    assert!(
        text.lines().next().unwrap().contains(" 1 received"),
        "{text}"
    );
    // Where another destination is configured, the sink does not even run.
    let mut stage = Stage::samples(SIZE);
    stage.model.own_sink = None;
    stage.tell(Msg::Destination(raindrop()));
    stage.press("i");
    assert!(stage.text().contains("the built-in sink does not run"));
}

/// A client that never stops fills no memory, and all that came is counted.
#[test]
fn the_inbox_keeps_the_newest_and_says_what_it_let_go() {
    let mut stage = Stage::samples(SIZE);
    let body = "x".repeat(1 << 20);
    stage.tell(Msg::Received(received(1, 200, "", "{}")));
    stage.press("i");
    for number in 2..=60 {
        stage.tell(Msg::Received(received(number, 200, "", &body)));
    }
    // The cursor stays on what it was on.
    for _ in 0..49 {
        stage.press("down");
    }
    let at = |stage: &Stage| stage.model.windows.top_as::<Inbox>().unwrap().cursor.row;
    assert_eq!(at(&stage), 49);
    for number in 61..=70 {
        stage.tell(Msg::Received(received(number, 200, "", &body)));
    }
    let kept = stage.model.received.kept();
    let bytes: usize = kept.iter().map(|one| one.body.len()).sum();
    assert!(bytes <= MOST_BYTES, "{bytes}");
    assert_eq!(kept.last().unwrap().number, 70);
    assert_eq!(kept[at(&stage)].number, 50);
    let gone = stage.model.received.let_go();
    assert_eq!(gone + kept.len(), 70);
    let text = stage.text();
    assert!(
        text.contains(&format!("· 70 received, the oldest {gone} let go")),
        "{text}"
    );
    for number in 71..=(71 + MOST as u64) {
        stage.tell(Msg::Received(received(number, 200, "", "{}")));
    }
    assert!(stage.model.received.kept().len() <= MOST);
}

#[test]
fn events_are_counted_besides_requests() {
    for (events, expected) in [
        (vec![1], " 1 received"),
        (vec![1, 1], " 2 received"),
        (vec![39], " 39 events in 1 request received"),
        (vec![1, 38], " 39 events in 2 requests received"),
        (vec![1, 0], " 1 event in 2 requests received"),
    ] {
        let mut stage = Stage::samples(SIZE);
        for (number, events) in (1..).zip(events) {
            let received = received(number, 200, "", "{}");
            stage.tell(Msg::Received(Receipt {
                event_ids: vec![String::new(); events],
                new_events: events,
                ..received
            }));
        }
        stage.press("i");
        let text = stage.text();
        assert_eq!(text.matches(expected).count(), 2, "{expected} in {text}");
    }
}

/// With privacy mode on, a known leak is told in the send window; it is asked about before it goes to anything but a
/// sink of this machine, though the address is of this machine.
#[test]
fn a_leak_past_privacy_mode_is_told_and_asked_about() {
    let leaking = || Stage::at("A trace value leaks the prompt", (120, 40));
    let pointer = |stage: &Stage| stage.current.as_ref().unwrap().leaks[0].pointer.clone();
    let mut stage = leaking();
    let sent = stage.press("p s");
    assert!(sent.iter().any(|effect| matches!(effect, Effect::Send(..))));
    let says = format!(
        "leaks: privacy mode is on, and {} still says",
        pointer(&stage)
    );
    stage.sees(&says);
    // Nothing is said where nothing leaks, or nothing is kept back.
    let mut open = leaking();
    open.press("s");
    assert!(!open.text().contains("leaks: "), "{}", open.text());
    let mut fine = Stage::samples((120, 40));
    fine.press("p s");
    assert!(!fine.text().contains("leaks: "), "{}", fine.text());
    let unknown = DestinationShown {
        name: "127.0.0.1:5899".to_owned(),
        ..local_sink()
    };
    for to in [unknown, raindrop()] {
        let mut stage = leaking();
        stage.tell(Msg::Destination(to));
        let sent = stage.press("p s");
        assert!(!sent.iter().any(|effect| matches!(effect, Effect::Send(..))));
        stage.sees("Send it?");
        stage.sees("It leaks: privacy mode is on");
        let sent = stage.press("enter");
        assert!(sent.iter().any(|effect| matches!(effect, Effect::Send(..))));
    }
}

/// A server that has not said yet what it is: the key is kept and the send goes once that is known, if nobody went on.
#[test]
fn a_send_waits_for_the_server_to_say_what_it_is() {
    let asked = || DestinationShown {
        name: "127.0.0.1:7103".to_owned(),
        unavailable: Some("the server is still being asked what it is".to_owned()),
        is_asked: true,
        ..local_sink()
    };
    let waiting = |keys: &str| {
        let mut stage = Stage::samples((120, 40));
        stage.tell(Msg::Destination(asked()));
        assert_eq!(stage.press("s"), []);
        stage.sees(
            "127.0.0.1:7103 has not said yet what it is: this is sent once it has, Esc cancels",
        );
        assert!(stage.press(keys).is_empty());
        stage
    };
    let answers = |stage: &mut Stage, with: DestinationShown| {
        let effects = stage.tell(Msg::Destination(with));
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(..)))
    };
    let mut stage = waiting("tab");
    assert!(answers(&mut stage, local_sink()));
    stage.sees("Send a test trace");
    assert!(!answers(&mut stage, local_sink()), "once");
    let mut stage = waiting("esc");
    assert_eq!(stage.notice(), "not sent");
    assert!(!answers(&mut stage, local_sink()));
    for keys in ["J", "?", "f"] {
        let mut stage = waiting(keys);
        assert!(!answers(&mut stage, local_sink()), "{keys}");
        assert!(
            stage.notice().contains("not sent, since you went on"),
            "{keys}"
        );
    }
    // What the server has said is said of it: that it can be sent to, or still nothing.
    let mut stage = waiting("J");
    answers(&mut stage, local_sink());
    let says = "local sink can be sent to now; not sent, since you went on: s sends";
    assert_eq!(stage.notice(), says);
    let mut stage = waiting("J");
    let silent = DestinationShown {
        is_asked: false,
        ..asked()
    };
    answers(&mut stage, silent);
    let says = "127.0.0.1:7103 has not said what it is; not sent, since you went on: s sends";
    assert_eq!(stage.notice(), says);
    // It was asked for in the mode of then.
    let mut stage = waiting("p");
    assert!(!answers(&mut stage, local_sink()));
    let says = "not sent, since privacy mode was changed";
    assert!(stage.notice().contains(says), "{}", stage.notice());
    // One that does not say it is said to be silent, once.
    let mut stage = waiting("tab");
    let silent = DestinationShown {
        unavailable: Some("nothing answered".to_owned()),
        is_asked: false,
        ..asked()
    };
    assert!(!answers(&mut stage, silent));
    assert_eq!(stage.notice(), "cannot send: nothing answered");
    // What could not be done before is not said any more.
    let mut stage = Stage::samples((120, 40));
    stage.tell(Msg::Destination(asked()));
    stage.press("f type:nonsense enter S");
    assert!(stage.notice().starts_with("cannot send: "));
    stage.tell(Msg::Destination(local_sink()));
    assert_eq!(stage.notice(), "");
}

/// So it is with all that is listed: that key is kept as well, and nothing else is sent in its place.
#[test]
fn sending_all_waits_for_the_server_as_well() {
    let asked = || DestinationShown {
        name: "127.0.0.1:7103".to_owned(),
        unavailable: Some("the server is still being asked what it is".to_owned()),
        is_asked: true,
        ..local_sink()
    };
    for (keys, expected) in [("", true), ("esc", false), ("f type:time enter", false)] {
        let mut stage = Stage::samples((120, 40));
        stage.tell(Msg::Destination(asked()));
        assert_eq!(stage.press("S"), []);
        let says = "127.0.0.1:7103 has not said yet what it is: 38 events of 41 completions go once it has";
        assert!(stage.notice().starts_with(says), "{}", stage.notice());
        stage.press(keys);
        let effects = stage.tell(Msg::Destination(local_sink()));
        let is_sent = |effect: &Effect| matches!(effect, Effect::SendAll(..));
        assert_eq!(effects.iter().any(is_sent), expected, "{keys}");
    }
}

/// A server that accepts and tells of an error is not taken at its status alone.
#[test]
fn an_accepted_answer_with_an_error_says_so() {
    for (body, says) in [
        (r#"{"error":"boom"}"#, "its answer has an error: boom"),
        (r#"{"error":null,"message":"fine"}"#, "answer     fine"),
        (r#"{"success":true}"#, "answer     {"),
    ] {
        let mut stage = Stage::samples((120, 40));
        stage.press("s");
        stage.tell(Msg::Attempted(Ticket(1), answered(200, body)));
        stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
        stage.sees(says);
    }
}

/// What goes on while its window is closed is in the header, with the key that shows it.
#[test]
fn what_is_sent_out_of_sight_is_in_the_header() {
    for size in [(80, 24), (120, 40)] {
        let header = |stage: &Stage| stage.text().lines().next().unwrap().to_owned();
        let mut stage = Stage::samples(size);
        stage.press("s");
        assert!(!header(&stage).contains("sending"));
        stage.press("L");
        assert!(
            header(&stage).contains(" L sending …"),
            "{}",
            header(&stage)
        );
        stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
        assert!(!header(&stage).contains("sending"));
        let mut all = Stage::samples(size);
        all.press("S");
        assert!(!header(&all).contains("sending"));
        all.model.windows.close_all();
        let says = format!(" S sending 0 of {} …", all.model.library.len());
        assert!(header(&all).contains(&says), "{}", header(&all));
        // What has no event is not sent, and no part of what goes.
        let all_origin = all.current.as_ref().unwrap().completion.origin.clone();
        let without = || CompletionResult {
            name: "one without".to_owned(),
            origin: all_origin.clone(),
            says: "there is no event".to_owned(),
        };
        let ticket = all.model.all.as_ref().map(|all| all.ticket).unwrap();
        for _ in 0..3 {
            let why = NotSent::NoEvent("there is no event".to_owned());
            all.tell(Msg::All(ticket, SendAllReport::Skipped(why, without())));
        }
        let says = format!(" S sending 0 of {} …", all.model.library.len() - 3);
        assert!(header(&all).contains(&says), "{}", header(&all));
        all.press("S");
        all.sees(&format!(
            "  0%  0 of {} events",
            all.model.library.len() - 3
        ));
    }
}

/// What a key does while something is sent is not said any more once that is over.
#[test]
fn what_a_key_does_not_do_is_forgotten_with_its_state() {
    let mut stage = Stage::samples((120, 40));
    stage.press("s enter");
    stage.sees("does nothing in this window; Esc: stop");
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
    assert_eq!(stage.notice(), "");
}

/// What a key does that does nothing while something is sent: Esc stops it then, and does not merely leave.
#[test]
fn what_esc_does_is_told_as_the_hints_tell_it() {
    let mut stage = Stage::samples((120, 40));
    stage.press("s enter");
    stage.sees("does nothing in this window; Esc: stop");
}
