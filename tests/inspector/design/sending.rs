//! The send panel: the exact request, attempts as they end, honest words.

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::inspector::Msg;
use rainscope::inspector::windows::send::{DestinationShown, Ticket};
use rainscope::settings::resolve::KeySource;

use super::sight::{after, line};
use crate::stage::{Stage, answered, raindrop};

const TICKET: Ticket = Ticket(1);

/// - `s` shows the exact request, word for word.
/// - Its key is hidden.
#[test]
fn the_panel_shows_the_exact_request_without_its_key() {
    let mut stage = after("s");
    let request = stage.model.sendings[0].prepared.request.clone();
    let url = format!("http://127.0.0.1:5899{}", request.route.path());
    line(&stage, &["POST", &url]);
    // The sink has no key, only a word that is none.
    line(
        &stage,
        &["Authorization", "Bearer local-sink", "no write key"],
    );
    line(&stage, &["Content-Type", "application/json"]);
    // The whole body, line by line, through all of the panel.
    let body = rainscope::share::pretty_or_plain(&String::from_utf8_lossy(&request.body));
    let mut seen = stage.text();
    for _ in 0..body.lines().count() {
        stage.press("j");
        seen.push_str(&stage.text());
    }
    let told = |part: &str| {
        let part: String = part.trim().chars().take(60).collect();
        assert!(seen.contains(&part), "no {part}");
    };
    body.lines().for_each(told);
    assert!(body.contains(&request.event_id));
    let mut stage = after("");
    stage.tell(Msg::Destination(DestinationShown {
        key_source: KeySource::Environment,
        ..raindrop()
    }));
    stage.press("s");
    line(&stage, &["Authorization", "Bearer ••••"]);
}

/// Attempts appear as they happen, with answer and time.
#[test]
fn attempts_appear_as_they_end_with_answer_and_time() {
    let mut stage = after("s");
    line(&stage, &["sending to", "attempt 1 of 3"]);
    assert!(!stage.text().contains("✗ attempt 1"));
    stage.tell(Msg::Attempted(TICKET, answered(503, "{\"try\":\"later\"}")));
    stage.tell(Msg::Waiting(TICKET, 2_000));
    line(
        &stage,
        &["✗", "attempt 1", "503", "The server failed", "42 ms"],
    );
    // The program sends it again by itself.
    assert!(!stage.text().contains("Send again later"));
    assert!(stage.text().contains("later") && !stage.text().contains("✗ attempt 2"));
    stage.tell(Msg::Retrying(TICKET));
    stage.tell(Msg::Attempted(TICKET, answered(200, "{\"good\":true}")));
    stage.tell(Msg::Ended(TICKET, DeliveryEnding::Accepted));
    line(&stage, &["✓", "attempt 2", "200", "Accepted", "42 ms"]);
    assert!(stage.text().contains("good"));
    // And how long it took in all, the wait between the two told apart.
    line(&stage, &["accepted by", "84 ms and 2 s of waiting"]);
}

/// Accepted does not mean stored, and the screen says so.
#[test]
fn accepted_is_not_called_stored() {
    let mut stage = after("s");
    stage.tell(Msg::Attempted(TICKET, answered(200, "")));
    stage.tell(Msg::Ended(TICKET, DeliveryEnding::Accepted));
    line(&stage, &["accepted by"]);
    // Of the program's own sink it is known what becomes of it.
    line(&stage, &["the sink has it, as long as this program runs"]);
    assert!(!stage.text().contains("accepted is not stored"));
    let mut stage = Stage::samples((160, 45));
    stage.tell(rainscope::inspector::Msg::Destination(raindrop()));
    stage.press("s enter");
    stage.tell(Msg::Attempted(TICKET, answered(200, "")));
    stage.tell(Msg::Ended(TICKET, DeliveryEnding::Accepted));
    line(&stage, &["accepted is not stored"]);
    let mut all = after("S");
    let ticket = all.model.all.as_ref().unwrap().ticket;
    let ended = rainscope::inspector::windows::send_all::SendAllReport::Ended(
        rainscope::delivery::bulk::BulkEnd::Complete,
    );
    all.tell(Msg::All(ticket, ended));
    line(&all, &["all accepted", "accepted is not stored"]);
}
