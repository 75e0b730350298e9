//! A test trace against a sink that misbehaves, and every window at every size.

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::inspector::Msg;
use rainscope::inspector::windows::live::Access;
use rainscope::inspector::windows::send::{DestinationShown, Ticket};

use crate::stage::live::{Live, as_raindrop, next, sink};
use crate::stage::{Stage, local_sink, raindrop, workshop};

/// Retries keep the id and the bytes.
#[tokio::test]
async fn a_retry_is_counted_down_and_has_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("500,ok").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.play("s enter wait:\"then attempt 2 of 3\"").await;
    assert!(live.shell.model.needs_ticks());
    // It speaks as Raindrop does, and is not Raindrop.
    let host = sink.destination().base_url().authority();
    live.wait(&format!("accepted by {host}")).await;
    // There is nothing left to do about the attempt that failed.
    assert!(!live.text().contains("Send again later"), "{}", live.text());
    live.sees(&format!("▲ {host}"));
    assert!(!live.shell.model.needs_ticks());
    let (first, second) = (next(&mut receipts).await, next(&mut receipts).await);
    assert_eq!(first.body, second.body);
    assert!(!first.body.is_empty());
}

#[tokio::test]
async fn a_wait_is_cut_short_and_remembered_as_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = sink("500").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.play("s enter wait:\"then attempt 2 of 3\" esc wait:stopped esc H wait:\"500 stopped\"")
        .await;
}

/// Giving up after retries is not being refused, and what the answer says stands there once.
#[test]
fn giving_up_is_not_being_refused() {
    use rainscope::delivery::deliver::DeliveryEnding;
    use rainscope::inspector::windows::send::Ticket;

    use crate::stage::answered;

    let mut stage = Stage::samples((120, 40));
    stage.press("s");
    for _ in 0..2 {
        let attempt = answered(503, "{\"error\":\"try the other region\"}");
        stage.tell(Msg::Attempted(Ticket(1), attempt));
    }
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::GaveUp));
    stage.sees("gave up after 2 attempts");
    let text = stage.text();
    assert!(!text.contains("refused"), "{text}");
    assert_eq!(text.matches("try the other region").count(), 2, "{text}");
    assert_eq!(text.matches("Send again later").count(), 1, "{text}");
}

/// An attempt that was tried again and then accepted leaves nothing to do: it no longer says to send again later.
#[test]
fn an_attempt_that_was_retried_and_accepted_leaves_nothing_to_do() {
    use rainscope::delivery::deliver::DeliveryEnding;
    use rainscope::inspector::windows::send::Ticket;

    use crate::stage::answered;

    let mut stage = Stage::samples((120, 40));
    stage.press("s");
    stage.tell(Msg::Attempted(Ticket(1), answered(503, "{}")));
    stage.tell(Msg::Waiting(Ticket(1), 2_000));
    stage.sees("waiting 2 s; then attempt 2 of 3");
    let advice = "Send again later";
    assert!(!stage.text().contains(advice), "{}", stage.text());
    stage.tell(Msg::Attempted(Ticket(1), answered(200, "{}")));
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
    stage.sees("accepted by the local sink");
    assert!(!stage.text().contains(advice), "{}", stage.text());
    // Where none was accepted, it is what there is to do.
    let mut stage = Stage::samples((120, 40));
    stage.press("s");
    stage.tell(Msg::Attempted(Ticket(1), answered(503, "{}")));
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::GaveUp));
    stage.sees(advice);
}

/// What became of a send and what to do about it is never cut, however narrow the screen.
#[test]
fn what_became_of_a_send_is_never_cut() {
    use rainscope::delivery::bulk::BulkEnd;
    use rainscope::delivery::deliver::DeliveryEnding;
    use rainscope::inspector::windows::send::Ticket;
    use rainscope::inspector::windows::send_all::SendAllReport;

    use crate::stage::answered;

    for width in [48, 60, 80] {
        for (status, ending) in [
            (401, DeliveryEnding::Refused),
            (400, DeliveryEnding::Refused),
            (503, DeliveryEnding::GaveUp),
            (200, DeliveryEnding::Accepted),
        ] {
            let mut stage = Stage::samples((width, 40));
            stage.press("s");
            let answer = "{\"error\":\"the project of this key was deleted yesterday\"}";
            stage.tell(Msg::Attempted(Ticket(1), answered(status, answer)));
            stage.tell(Msg::Ended(Ticket(1), ending));
            let lines = stage.window().into_iter();
            let said: Vec<String> = lines.take_while(|line| !line.contains("POST ")).collect();
            assert!(said.len() > 3, "{said:#?}");
            let is_cut = said.iter().any(|line| line.contains('…'));
            assert!(!is_cut, "{status} {width} {said:#?}");
        }
        let mut stage = Stage::samples((width, 24));
        stage.press("S");
        stage.tell(Msg::All(Ticket(1), SendAllReport::Ended(BulkEnd::Complete)));
        let said = stage.window().remove(1);
        assert!(
            said.contains("all accepted") && !said.contains('…'),
            "{said}"
        );
    }
}

#[tokio::test]
async fn where_nobody_listens_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = sink("ok").await;
    let destination = as_raindrop(&sink);
    sink.stop(std::time::Duration::ZERO).await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(destination)
        .await;
    live.play("s enter wait:\"Nothing listens at\"").await;
    live.sees("that the server runs");
    live.play("esc wait:stopped").await;
}

#[test]
fn every_window_fits_every_size() {
    for keys in ["H", "S", "t", "X", "t ctrl-t", "t up*4"] {
        let mut stage = Stage::samples((120, 40));
        stage.kept.live.access = Access {
            has_key: true,
            ..Access::default()
        };
        stage.tell(Msg::Destination(raindrop()));
        stage.tell(Msg::Unanswered(Vec::new()));
        stage.press(keys);
        for width in [1, 2, 3, 12, 29, 30, 31, 60, 89, 90, 112, 140, 300] {
            for height in [1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 16, 24, 100] {
                stage.tell(Msg::Resize(width, height));
                stage.press("down up");
                stage.text();
            }
        }
    }
}

#[tokio::test]
async fn a_refused_key_is_told_by_where_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = sink("401").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    let host = sink.destination().base_url().authority();
    live.play("s enter").await;
    let says = format!("It came from RAINDROP_WRITE_KEY: is that the key of {host}?");
    live.wait(&says).await;
}

/// A Workshop shows nothing of an event without text, or another event's text: that is asked about before it goes
/// there, though it stays on this machine.
#[test]
fn what_a_workshop_would_not_show_is_said_before_it_is_sent() {
    use rainscope::delivery::deliver::DeliveryEnding;
    use rainscope::inspector::Effect;
    use rainscope::inspector::windows::send::Ticket;

    let sends = |effects: &[Effect]| effects.iter().any(|it| matches!(it, Effect::Send(..)));
    let mut stage = Stage::samples((120, 40));
    stage.tell(Msg::Destination(workshop()));
    // With its text it goes at once, and so that it is kept.
    assert!(sends(&stage.press("s")));
    stage.sees("every event goes by events/track_partial");
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
    stage.press("esc p");
    assert!(!sends(&stage.press("s")));
    stage.sees("Send it?");
    stage.sees("had text");
    assert!(sends(&stage.press("enter")));
    stage.sees("it joins the run of an earlier one");
    // Another one, all of them without text.
    let mut stage = Stage::samples((120, 40));
    stage.tell(Msg::Destination(workshop()));
    stage.press("p");
    assert!(!sends(&stage.press("s")));
    stage.sees("Waiting for events");
    stage.press("esc");
    assert!(stage.model.sendings.is_empty());
    stage.press("S");
    stage.sees("Send them all?");
    stage.sees("Waiting for events");
}

/// Sending all says what `send` says: which events become one run, and which show another one's text.
#[test]
fn runs_that_a_workshop_would_merge_are_said_before_all_are_sent() {
    use rainscope::inspector::Effect;

    let event = |id: &str, trace: &str| {
        format!(
            r#"{{"request":{{"model":"a/b","trace":{{"trace_id":"{trace}"}},"messages":[{{"role":"user","content":"Q"}}]}},"response":{{"id":"{id}","model":"a/b","choices":[{{"message":{{"content":"A"}}}}]}}}}"#
        ) + "\n"
    };
    let stage = |text: String| {
        let mut stage = Stage::with(rainscope::load("a.ndjson", text.as_bytes()), (120, 40));
        stage.tell(Msg::Destination(workshop()));
        stage
    };
    let sends = |effects: &[Effect]| effects.iter().any(|it| matches!(it, Effect::SendAll(..)));
    // Three events of one trace: two of them join the run of the first.
    let mut merged = stage(
        ["gen-1", "gen-2", "gen-3"]
            .map(|id| event(id, "t"))
            .concat(),
    );
    assert!(!sends(&merged.press("S")));
    merged.sees("Send them all?");
    merged.sees("There, 2 are merged into the run of an earlier event");
    merged.sees("every event goes by events/track_partial");
    assert!(sends(&merged.press("enter")));
    // Each in a run of its own: nothing to ask.
    let mut apart = stage(event("gen-1", "t") + &event("gen-2", "u"));
    assert!(sends(&apart.press("S")));
    apart.sees("every event goes by events/track_partial");
}

/// `L` shows again what was sent, and doesn't close it where it is in sight already, unless it was opened by it, or is to
/// be hidden while it goes on.
#[test]
fn the_key_of_the_last_send_keeps_it_in_sight() {
    let mut stage = Stage::samples((80, 24));
    stage.press("s L");
    assert!(stage.windows.is_empty(), "hidden while it goes on");
    stage.press("L");
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
    stage.press("L");
    assert!(stage.windows.is_empty(), "closed by the key that opened it");
    stage.press("s");
    stage.tell(Msg::Ended(Ticket(2), DeliveryEnding::Accepted));
    stage.press("L");
    assert!(!stage.windows.is_empty());
    stage.sees("this is what was sent last; Esc closes it");
}

/// The time of attempts says nothing of the waits between them, so it isn't given as that of the whole.
#[test]
fn several_attempts_are_counted_and_not_summed_up() {
    use crate::stage::answered;

    let mut stage = Stage::samples((80, 24));
    stage.press("s");
    stage.tell(Msg::Attempted(Ticket(1), answered(503, "{}")));
    stage.tell(Msg::Attempted(Ticket(1), answered(503, "{}")));
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::GaveUp));
    stage.sees("gave up after 2 attempts; the local sink did not accept it");
}

/// What ended before the destination was there goes there as soon as it is.
#[tokio::test]
async fn what_was_held_is_forwarded_when_the_destination_is_there() {
    use rainscope::inspector::library::forwarding::ForwardConsent;

    use crate::stage::traffic::{answered, call, listening};

    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut stage = listening((140, 40), Some(ForwardConsent::ThisMachine));
    for number in 1..=3 {
        stage.tell(call(&answered(number)));
    }
    let destination = sink.destination().clone();
    let mut live = Live::new(stage, folder.path()).to(destination).await;
    live.wait("→ 3 forwarded").await;
    for _ in 0..3 {
        assert_eq!(next(&mut receipts).await.status, Some(200));
    }
}

/// A trace that waits for its server to say what it is goes there as soon as it has.
#[tokio::test]
async fn what_waited_is_sent_when_the_destination_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut stage = Stage::samples((140, 40));
    stage.tell(Msg::Destination(DestinationShown {
        unavailable: Some("the server is still being asked what it is".to_owned()),
        is_asked: true,
        ..local_sink()
    }));
    stage.press("s");
    stage.sees("this is sent once it has");
    // Leaving asks, since it would be lost.
    stage.press("q");
    stage.sees("What waits to be sent was not sent yet");
    stage.press("esc");
    let destination = sink.destination().clone();
    let mut live = Live::new(stage, folder.path()).to(destination).await;
    live.wait("accepted by").await;
    assert_eq!(next(&mut receipts).await.status, Some(200));
}
