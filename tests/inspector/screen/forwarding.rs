//! Forwarding: what goes where as calls end, what is asked first, and what the header says of it.

use rainscope::event::DestinationKind;
use rainscope::event::privacy::Privacy;
use rainscope::inspector::library::forwarding::{ForwardConsent, Forwarded};
use rainscope::inspector::library::traffic::TrafficReport;
use rainscope::inspector::windows::send::DestinationShown;
use rainscope::inspector::{Effect, Msg, Pane};
use rainscope::prepare::{Endpoint, Prepared};

use crate::stage::traffic::{answered, asked, call, delivery, listening};
use crate::stage::{Stage, local_sink, raindrop};

const SIZE: (u16, u16) = (140, 40);

fn forwarded(effects: Vec<Effect>) -> Vec<Prepared> {
    let prepared = effects.into_iter().filter_map(|effect| match effect {
        Effect::Forward(prepared) => Some(prepared),
        _ => None,
    });
    prepared.collect()
}

fn to(destination: DestinationShown, consent: ForwardConsent) -> Stage {
    let mut stage = listening(SIZE, Some(consent));
    stage.tell(Msg::Destination(destination));
    stage
}

fn workshop() -> DestinationShown {
    DestinationShown {
        name: "Raindrop Workshop".to_owned(),
        endpoint: Endpoint {
            kind: DestinationKind::Workshop,
            base_url: "http://localhost:5899".to_owned(),
            project: String::new(),
        },
        ..local_sink()
    }
}

fn over(prepared: &Prepared, is_accepted: bool, says: &str) -> Msg {
    Msg::Traffic(TrafficReport::Forwarded(Forwarded {
        bytes: prepared.request.body.len(),
        is_accepted,
        says: says.to_owned(),
    }))
}

#[test]
fn an_event_is_forwarded_as_its_call_ends_and_as_it_is_shown() {
    let mut stage = to(local_sink(), ForwardConsent::ThisMachine);
    assert!(forwarded(stage.tell(call(&asked(1)))).is_empty());
    // An edit that was made while the answer streamed, and privacy mode, are in what goes out.
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\" tab type:\"7\" enter p");
    let sent = forwarded(stage.tell(call(&answered(1))));
    let body = String::from_utf8(sent[0].request.body.to_vec()).unwrap();
    assert!(
        body.contains("\"build\":") && !body.contains("Answer 1"),
        "{body}"
    );
    assert_eq!(body, stage.event());
    stage.sees("→ 0 forwarded");
    stage.tell(over(&sent[0], true, "200"));
    stage.sees("→ 1 forwarded");
    // The same generation is one event, whatever tells of it again.
    assert!(forwarded(stage.tell(call(&answered(1)))).is_empty());
    // A call that made no event is none.
    let mut failed = asked(2);
    failed.status = Some(429);
    failed.arrive(b"{\"error\":{\"code\":429,\"message\":\"slow down\"}}", 5);
    failed.ended = Some((rainscope::capture::CaptureEnding::Complete, 9));
    assert!(forwarded(stage.tell(call(&failed))).is_empty());
}

/// A call may end without an event and get one by what OpenRouter delivers of it; one that went already goes no second
/// time, and one that waits is one.
#[test]
fn an_event_that_a_delivery_makes_is_forwarded() {
    let failed = || {
        let mut failed = asked(1);
        failed.status = Some(524);
        failed.response_headers =
            vec![("x-generation-id".to_owned(), "gen-1780662787-1".to_owned())];
        failed.arrive(b"<html>gone</html>", 5);
        failed.ended = Some((rainscope::capture::CaptureEnding::Complete, 9));
        failed
    };
    let mut stage = to(local_sink(), ForwardConsent::ThisMachine);
    assert!(forwarded(stage.tell(call(&failed()))).is_empty());
    let sent = forwarded(stage.tell(delivery(1, "ada")));
    assert_eq!(stage.library.len(), 1);
    assert_eq!(sent.len(), 1);
    stage.tell(over(&sent[0], true, "200"));
    stage.sees("→ 1 forwarded");
    assert_eq!(forwarded(stage.tell(call(&answered(2)))).len(), 1);
    assert!(forwarded(stage.tell(delivery(2, "ada"))).is_empty());
    // While the call goes on, its end decides.
    stage.tell(call(&asked(3)));
    assert_eq!(forwarded(stage.tell(delivery(3, "ada"))).len(), 1);
    assert!(forwarded(stage.tell(call(&answered(3)))).is_empty());
    // What waits for a destination waits once.
    let mut stage = to(raindrop(), ForwardConsent::ThisMachine);
    stage.tell(call(&failed()));
    stage.tell(delivery(1, "ada"));
    assert_eq!(forwarded(stage.press("enter")).len(), 1);
    assert_eq!(stage.traffic.as_ref().unwrap().forwarding.failed, 0);
}

/// With privacy mode on, a server on this machine that is not known to be a sink or a Workshop is asked about first, as
/// a single send of what leaks is.
#[test]
fn an_unknown_server_on_this_machine_is_asked_about_in_privacy_mode() {
    let unknown = || DestinationShown {
        name: "127.0.0.1:7102".to_owned(),
        endpoint: Endpoint {
            base_url: "http://127.0.0.1:7102".to_owned(),
            ..local_sink().endpoint
        },
        ..local_sink()
    };
    for (destination, is_asked) in [
        (local_sink(), false),
        (workshop(), false),
        (unknown(), true),
    ] {
        let mut stage = listening(SIZE, Some(ForwardConsent::ThisMachine));
        stage.model.privacy = Privacy::On;
        stage.tell(Msg::Destination(destination));
        assert_eq!(stage.text().contains("Forward each event?"), is_asked);
        let sent = forwarded(stage.tell(call(&answered(1))));
        assert_eq!(sent.is_empty(), is_asked);
        if is_asked {
            stage.sees("Privacy mode is on;");
            assert_eq!(forwarded(stage.press("enter")).len(), 1);
        }
    }
    // Without privacy mode nothing is kept back, so nothing leaks past it; switched on later, it is asked about then.
    let mut stage = to(unknown(), ForwardConsent::ThisMachine);
    assert_eq!(forwarded(stage.tell(call(&answered(1)))).len(), 1);
    stage.press("p");
    assert!(forwarded(stage.tell(call(&answered(2)))).is_empty());
    stage.sees("paused");
}

#[test]
fn a_workshop_gets_each_event_as_it_keeps_them() {
    let mut stage = to(workshop(), ForwardConsent::ThisMachine);
    let sent = forwarded(stage.tell(call(&answered(1))));
    assert_eq!(sent[0].request.route.path(), "/v1/events/track_partial");
    let body = String::from_utf8(sent[0].request.body.to_vec()).unwrap();
    assert!(body.ends_with("\"is_pending\":false}"), "{body}");
}

/// Nothing that waits is lost without a word.
#[test]
fn leaving_asks_where_something_waits_to_be_forwarded() {
    let mut stage = listening(SIZE, Some(ForwardConsent::ThisMachine));
    for number in [1, 2] {
        stage.tell(call(&answered(number)));
    }
    assert!(!stage.press("q").contains(&Effect::Quit));
    stage.sees("2 calls not forwarded yet");
    stage.press("esc");
    let sent = forwarded(stage.tell(Msg::Destination(local_sink())));
    assert_eq!(sent.len(), 2);
    for one in &sent {
        stage.tell(over(one, true, "200"));
    }
    stage.press("q");
    assert!(
        !stage.text().contains("not forwarded yet"),
        "{}",
        stage.text()
    );
}

/// What waits for a destination keeps the mode in which its call ended; one that ended without goes in privacy mode where
/// that is on by then.
#[test]
fn what_ended_in_privacy_mode_goes_so_whatever_the_mode_is_later() {
    for (ended, later) in [(true, false), (false, true), (true, true), (false, false)] {
        let mut stage = listening(SIZE, Some(ForwardConsent::ThisMachine));
        let mode = |on: bool| if on { Privacy::On } else { Privacy::Off };
        stage.model.privacy = mode(ended);
        assert!(forwarded(stage.tell(call(&answered(1)))).is_empty());
        stage.model.privacy = mode(later);
        let sent = forwarded(stage.tell(Msg::Destination(local_sink())));
        let body = String::from_utf8(sent[0].request.body.to_vec()).unwrap();
        assert_eq!(body.contains("Answer 1"), !ended && !later, "{body}");
    }
}

#[test]
fn what_ends_before_there_is_a_destination_is_held() {
    let mut stage = listening(SIZE, Some(ForwardConsent::ThisMachine));
    assert!(forwarded(stage.tell(call(&answered(1)))).is_empty());
    stage.sees("→ waits");
    assert_eq!(
        forwarded(stage.tell(Msg::Destination(local_sink()))).len(),
        1
    );
}

#[test]
fn nothing_leaves_this_machine_before_somebody_agreed() {
    let mut stage = to(raindrop(), ForwardConsent::ThisMachine);
    stage.sees("Forward each event?");
    assert!(forwarded(stage.tell(call(&answered(1)))).is_empty());
    stage.sees("Forward each event?");
    // No: nothing goes, not even what was held.
    assert!(forwarded(stage.press("esc")).is_empty());
    assert!(forwarded(stage.tell(call(&answered(2)))).is_empty());
    // Asked for again, and agreed to: what ends from then on.
    stage.press("B");
    stage.sees("Forward each event?");
    stage.press("enter");
    assert_eq!(forwarded(stage.tell(call(&answered(3)))).len(), 1);
    // Another destination off this machine is another question.
    let other = DestinationShown {
        endpoint: Endpoint {
            base_url: "https://elsewhere.example".to_owned(),
            ..raindrop().endpoint
        },
        ..raindrop()
    };
    stage.tell(Msg::Destination(other));
    assert!(forwarded(stage.tell(call(&answered(4)))).is_empty());
    stage.sees("→ paused, B asks");
    stage.press("B");
    assert_eq!(forwarded(stage.press("enter")).len(), 1);
}

#[test]
fn what_was_held_goes_when_it_is_agreed_to() {
    let mut stage = to(raindrop(), ForwardConsent::ThisMachine);
    for number in 1..=40 {
        stage.tell(call(&answered(number)));
    }
    stage.effects.clear();
    stage.press("enter");
    // What is more than one message's work goes on by itself.
    let mut all = std::mem::take(&mut stage.effects);
    while stage.model.is_busy() {
        all.extend(stage.tell(Msg::Continue));
    }
    assert!(all.len() >= 16);
}

#[test]
fn consent_on_the_command_line_is_for_the_first_destination_and_its_own_key() {
    let mut stage = to(raindrop(), ForwardConsent::Given);
    assert_eq!(forwarded(stage.tell(call(&answered(1)))).len(), 1);
    let foreign = DestinationShown {
        foreign_key: Some("the write key belongs elsewhere".to_owned()),
        ..raindrop()
    };
    let mut stage = to(foreign, ForwardConsent::Given);
    stage.sees("the write key belongs elsewhere");
    assert!(forwarded(stage.tell(call(&answered(1)))).is_empty());
}

#[test]
fn a_destination_that_fails_is_shown_and_asks_for_nothing() {
    let mut stage = to(local_sink(), ForwardConsent::ThisMachine);
    let first = forwarded(stage.tell(call(&answered(1))));
    stage.tell(over(&first[0], false, "503"));
    stage.sees("→ 0 forwarded, 1 not accepted");
    assert!(!stage.model.needs_ticks() && !stage.model.is_busy());
    // Further events go all the same, and what is missing stays said.
    let second = forwarded(stage.tell(call(&answered(2))));
    stage.tell(over(&second[0], true, "200"));
    stage.sees("→ 1 forwarded, 1 not accepted");
}

/// What is let go before there is a destination is missing there, and counted.
#[test]
fn what_is_let_go_before_it_was_sent_is_counted() {
    let mut stage = listening(SIZE, Some(ForwardConsent::ThisMachine));
    if let Some(traffic) = &mut stage.model.traffic {
        traffic.keep = 2;
    }
    for number in 1..=6 {
        stage.tell(call(&answered(number)));
    }
    let kept = stage.model.library.len();
    let sent = forwarded(stage.tell(Msg::Destination(local_sink())));
    assert_eq!(sent.len(), kept);
    stage.sees(&format!("→ 0 forwarded, {} not accepted", 6 - kept));
}

#[test]
fn forwarding_is_switched_on_and_off_while_one_looks() {
    let mut stage = listening(SIZE, None);
    stage.tell(Msg::Destination(local_sink()));
    assert!(forwarded(stage.tell(call(&answered(1)))).is_empty());
    assert!(!stage.text().contains("forwarded"), "{}", stage.text());
    stage.press("B");
    assert_eq!(forwarded(stage.tell(call(&answered(2)))).len(), 1);
    stage.press("B");
    assert!(
        stage.notice().contains("nothing is forwarded"),
        "{}",
        stage.notice()
    );
    assert!(forwarded(stage.tell(call(&answered(3)))).is_empty());
    // Where nothing is listened to there is nothing to forward.
    let mut stage = Stage::samples(SIZE);
    stage.press("B");
    assert!(
        stage.notice().contains("rainscope listen"),
        "{}",
        stage.notice()
    );
}

/// At 80 columns the addresses that matter are whole; where test traces go gives way to which call is shown.
#[test]
fn the_header_says_where_everything_is_at_any_width() {
    for width in [80, 90, 100, 120, 140, 200] {
        let mut stage = listening((width, 24), Some(ForwardConsent::ThisMachine));
        stage.tell(Msg::Destination(local_sink()));
        let header = |stage: &Stage| stage.text().lines().next().unwrap().to_owned();
        let port = |text: &str, is_shown: bool| {
            let port = local_sink()
                .endpoint
                .base_url
                .rsplit(':')
                .next()
                .unwrap()
                .to_owned();
            assert!(text.contains(":4111"), "{width}: {text}");
            let is_there = text.contains(&format!(":{port}"));
            assert!(is_there || is_shown && width <= 100, "{width}: {text}");
            assert!(
                text.contains('→') && text.contains("privacy"),
                "{width}: {text}"
            );
        };
        port(&header(&stage), false);
        stage.tell(call(&asked(1)));
        stage.tell(call(&answered(2)));
        port(&header(&stage), true);
    }
}

/// What was agreed to in privacy mode is agreed to without input and output: with them somebody is asked anew.
#[test]
fn what_was_agreed_to_in_privacy_mode_is_asked_about_again_without_it() {
    let mut stage = to(raindrop(), ForwardConsent::ThisMachine);
    stage.press("esc p B");
    stage.sees("with privacy mode on, without input and output");
    stage.press("enter");
    let sent = forwarded(stage.tell(call(&answered(1))));
    assert_eq!(sent.len(), 1);
    stage.press("p");
    stage.sees("Forward each event?");
    stage.sees("with input and output");
    assert!(forwarded(stage.tell(call(&answered(2)))).is_empty());
    // Back in privacy mode there is nothing to ask.
    stage.press("esc");
    let mut stage = to(raindrop(), ForwardConsent::Given);
    assert_eq!(forwarded(stage.tell(call(&answered(1)))).len(), 1);
    stage.press("p");
    assert_eq!(
        forwarded(stage.tell(call(&answered(2)))).len(),
        1,
        "less goes"
    );
    stage.press("p");
    assert_eq!(
        forwarded(stage.tell(call(&answered(3)))).len(),
        1,
        "as much as was agreed to"
    );
}
