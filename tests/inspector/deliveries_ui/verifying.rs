//! What is stored of an event that was sent, as the window shows it: while it waits, when it was found, and against the
//! program's own sink.

use std::time::Duration;

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::delivery::readback::Progress;
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::windows::verify::{VerifyEnd, VerifyReport, VerifyTask};
use rainscope::inspector::{Effect, Msg};
use rainscope::json::{Document, Limits};
use rainscope::verify::{Comparison, Unsure, compare, of_workshop};

use crate::stage::live::{Live, next, sink};
use crate::stage::{Stage, workshop};

/// A stage on which a test trace was accepted by a Workshop and is being verified.
fn verifying(size: (u16, u16)) -> (Stage, Ticket, String) {
    let mut stage = Stage::samples(size);
    stage.tell(Msg::Destination(workshop()));
    stage.press("s");
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
    let begun = stage.press("V");
    let Some(Effect::Verify(VerifyTask::Begin(ticket, sent))) = begun.last() else {
        panic!("{begun:?}");
    };
    let body = String::from_utf8(sent.body.to_vec()).unwrap();
    (stage, *ticket, body)
}

/// A Workshop's answer for the event of a body, with one property of this value.
fn compared(body: &str, planted: &str) -> Comparison {
    let sent: serde_json::Value = serde_json::from_str(body).unwrap();
    let mut properties = sent["properties"].clone();
    properties["feature"] = planted.into();
    let id = sent["event_id"].as_str().unwrap();
    let detail = serde_json::json!({
        "run": {"event_id": id, "event_name": sent["event"], "user_id": sent["user_id"],
            "convo_id": sent["ai_data"]["convo_id"], "metadata": properties.to_string()},
        "spans": [{"id": format!("evt_{id}"), "model": sent["ai_data"]["model"],
            "input_payload": sent["ai_data"]["input"], "output_payload": sent["ai_data"]["output"]}]
    });
    let doc = Document::parse(detail.to_string().into(), Limits::default()).unwrap();
    let stored = of_workshop(id, doc.root()).unwrap();
    compare(body, &stored, Unsure::default()).unwrap()
}

fn end(text: &str, comparison: Option<Comparison>) -> VerifyReport {
    VerifyReport::Ended(Ok(VerifyEnd {
        place: format!("the Workshop at {text}"),
        link: format!("{text}/runs/a%2Fb"),
        comparison,
    }))
}

#[test]
fn it_waits_tells_what_differs_and_can_be_given_up() {
    let (mut stage, ticket, body) = verifying((120, 40));
    stage.sees("reading it back");
    stage.sees("Verify · test trace of ");
    let progress = |trouble: Option<&str>| {
        VerifyReport::Waiting(Progress {
            requests: 3,
            found: 0,
            total: 1,
            waited: Duration::from_secs(12),
            wait: Duration::from_secs(180),
            trouble: trouble.map(str::to_owned),
        })
    };
    stage.tell(Msg::Verified(ticket, progress(Some("busy"))));
    stage.sees("asked 3 times, 12 s of at most 180 s");
    stage.sees("busy");
    // A report about another event comes too late.
    stage.tell(Msg::Verified(Ticket(99), end("elsewhere", None)));
    stage.sees("asked 3 times");
    let found = end("http://localhost:5899", Some(compared(&body, "other")));
    stage.tell(Msg::Verified(ticket, found));
    stage.sees("not all of it is stored as sent");
    stage.sees("/properties/feature");
    stage.sees("lost: a Workshop keeps the time at which an event arrived");
    stage.sees("workshop.timestamp");
    stage.sees("http://localhost:5899/runs/a%2Fb");
    let copied = stage.press("y");
    assert_eq!(
        copied,
        [Effect::Copy("http://localhost:5899/runs/a%2Fb".to_owned())]
    );
    // Again, and given up.
    let again = stage.press("enter");
    let [Effect::Verify(VerifyTask::Begin(ticket, _))] = again.as_slice() else {
        panic!("{again:?}");
    };
    let cancelled = stage.press("esc");
    assert_eq!(cancelled, [Effect::Verify(VerifyTask::Cancel(*ticket))]);
    stage.sees("given up");
    stage.tell(Msg::Verified(*ticket, end("late", None)));
    stage.sees("given up");
    // Back to the panel of what was sent.
    stage.press("esc esc");
    assert!(stage.model.windows.is_empty());
}

#[test]
fn hostile_text_stays_in_its_place_at_every_size() {
    let hostile = "\u{1b}]0;x\u{7}\u{202e}\u{9b}31m\r\n";
    for size in [(60, 20), (80, 24), (200, 50)] {
        let (mut stage, ticket, body) = verifying(size);
        let found = end(hostile, Some(compared(&body, hostile)));
        stage.tell(Msg::Verified(ticket, found));
        let text = stage.text();
        let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.chars().any(is_bad), "{text:?}");
        let failed = VerifyReport::Ended(Err(hostile.to_owned()));
        stage.press("enter");
        stage.tell(Msg::Verified(Ticket(ticket.0 + 1), failed));
        stage.text();
    }
}

#[test]
fn nothing_is_verified_that_was_not_accepted() {
    let mut stage = Stage::samples((120, 40));
    assert!(stage.press("V").is_empty());
    stage.sees("no event was sent by itself and accepted since the start");
    stage.press("s");
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Refused));
    assert!(stage.press("V").is_empty());
}

/// The whole way: sent, read back, compared, remembered, and shown by the history.
#[tokio::test]
async fn what_the_sink_has_is_verified_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(sink.destination().clone())
        .await;
    live.play("s wait:\"accepted by\" V wait:\"all of it is stored\"")
        .await;
    next(&mut receipts).await;
    live.play("esc esc H wait:stored enter wait:\"verified\"")
        .await;
    live.sees("/v1/events/");
    // From the history, by what it kept.
    live.play("V wait:\"all of it is stored\"").await;
}

/// Once it was read back, the send panel no longer says that nobody knows.
#[test]
fn the_send_panel_knows_what_was_read_back() {
    let check = |planted: Option<&str>, expected: &str| {
        let (mut stage, ticket, body) = verifying((80, 24));
        let comparison = planted.map(|planted| compared(&body, planted));
        stage.tell(Msg::Verified(
            ticket,
            end("http://127.0.0.1:5899", comparison),
        ));
        stage.press("esc");
        let text = stage.text();
        assert!(!text.contains("accepted is not stored"), "{text}");
        stage.sees(expected);
        // Of another event nothing is known.
        stage.press("esc s");
        stage.tell(Msg::Ended(Ticket(3), DeliveryEnding::Accepted));
        stage.sees("accepted is not stored");
    };
    check(Some("other"), "V says more");
    check(None, "reading it back did not find it stored as sent");
}

/// What was read back from one server says nothing of another one, though it got the same event; and each is called by
/// where the event went, whatever is in force by now.
#[test]
fn what_one_server_has_says_nothing_of_another() {
    let (mut stage, ticket, body) = verifying((120, 40));
    let comparison = compared(&body, "other");
    stage.tell(Msg::Verified(
        ticket,
        end("http://127.0.0.1:5899", Some(comparison)),
    ));
    stage.press("esc");
    stage.sees("V says more");
    let mut elsewhere = workshop();
    elsewhere.endpoint.base_url = "http://127.0.0.1:7502".to_owned();
    elsewhere.name = "127.0.0.1:7502".to_owned();
    stage.tell(Msg::Destination(elsewhere.clone()));
    let text = stage.window().join("\n");
    assert!(text.contains("accepted by 127.0.0.1:5899"), "{text}");
    // The same event goes to the other one.
    let mut again = stage.sendings.last().unwrap().clone();
    again.endpoint = elsewhere.endpoint;
    stage.model.sendings.push(again);
    let text = stage.window().join("\n");
    assert!(text.contains("accepted by 127.0.0.1:7502"), "{text}");
    assert!(!text.contains("V says more"), "{text}");
    let begun = stage.press("V");
    assert!(
        matches!(begun.last(), Some(Effect::Verify(VerifyTask::Begin(..)))),
        "{begun:?}"
    );
}

/// What was read back fits any window.
#[test]
fn what_was_read_back_fits_the_smallest_window() {
    let (mut stage, ticket, body) = verifying((80, 24));
    let comparison = Some(compared(&body, "other"));
    stage.tell(Msg::Verified(
        ticket,
        end("http://127.0.0.1:5899", comparison),
    ));
    for (width, height) in [(4, 6), (1, 1), (30, 8)] {
        stage.tell(Msg::Resize(width, height));
        stage.text();
    }
}

/// What is verified is what was sent last; where something else is shown, that is said.
#[test]
fn what_is_verified_is_named_where_something_else_is_shown() {
    let (mut stage, ..) = verifying((100, 30));
    assert!(
        !stage.notice().contains("sent by itself"),
        "{}",
        stage.notice()
    );
    stage.press("esc esc esc J V");
    assert!(
        stage
            .notice()
            .contains("\"Time check\", the last that was sent by itself"),
        "{}",
        stage.notice()
    );
}
