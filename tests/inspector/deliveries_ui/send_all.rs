//! All that is listed goes at once, with counts, and what was refused is named.

use rainscope::delivery::bulk::BulkEnd;
use rainscope::delivery::history::DeliveryState;
use rainscope::inspector::windows::send::DestinationShown;
use rainscope::inspector::windows::send_all::{CompletionResult, SendAllReport};
use rainscope::inspector::{Effect, Msg};
use rainscope::prepare::NotSent;

use crate::stage::live::{Live, as_raindrop, next, sink};
use crate::stage::{NOW, Stage, raindrop};

fn outcome(name: &str, says: &str, origin: &rainscope::completion::Origin) -> CompletionResult {
    CompletionResult {
        name: name.to_owned(),
        origin: origin.clone(),
        says: says.to_owned(),
    }
}

/// Sending all can be stopped.
#[test]
fn elsewhere_it_asks_with_the_count_and_esc_stops_it() {
    let mut stage = Stage::samples((120, 40));
    stage.tell(Msg::Destination(raindrop()));
    assert_eq!(stage.press("S"), []);
    let count = stage.library.len();
    let loaded = rainscope::samples::load_all().completions;
    let mapped = |completion| rainscope::map(completion, &rainscope::Edits::none());
    let events = loaded.iter().filter(|one| mapped(one).event().is_some());
    let events = events.count();
    assert!(events < count);
    stage.sees(&format!(
        "{events} events of {count} completions go to Raindrop"
    ));
    stage.sees("of them have errors: ");
    assert!(!stage.needs_ticks());
    assert_eq!(stage.press("esc S"), []);
    let begun = stage.press("enter");
    let [Effect::SendAll(ticket)] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    assert_eq!(stage.take_items().len(), count);
    assert!(stage.needs_ticks());
    // It can be hidden, goes on, and leaving asks.
    assert_eq!(stage.press("S q"), []);
    stage.sees("Leave rainscope?");
    stage.press("esc S");
    assert_eq!(stage.press("esc esc"), vec![Effect::StopAll(*ticket); 2]);
    stage.tell(Msg::All(*ticket, SendAllReport::Ended(BulkEnd::Stopped)));
    stage.sees(&format!("stopped: {count} were not tried"));
    assert!(!stage.needs_ticks());
}

/// What leaks past privacy mode is asked about before it goes to a server on this machine that is not known to be a sink,
/// by `s` as by `S`; a sink gets it at once.
#[test]
fn a_known_leak_is_asked_about_by_the_same_rule() {
    let unknown = || {
        let mut destination = crate::stage::local_sink();
        destination.endpoint.base_url = "http://127.0.0.1:7000".to_owned();
        destination.name = "127.0.0.1:7000".to_owned();
        destination
    };
    for key in ["s", "S"] {
        let on_leak = |destination, keys: &str| {
            let mut stage = Stage::at("A trace value leaks the prompt", (120, 40));
            stage.tell(Msg::Destination(destination));
            let effects = stage.press(keys);
            (stage, effects)
        };
        let (mut stage, effects) = on_leak(unknown(), &format!("p {key}"));
        assert_eq!(effects, [], "{key}");
        stage.sees("It leaks: ");
        assert_eq!(stage.press("enter").len(), 1, "{key}");
        // Nothing leaks while privacy mode is off, and what a sink gets leaves nothing.
        assert_eq!(on_leak(unknown(), key).1.len(), 1, "{key}");
        let keys = format!("p {key}");
        assert_eq!(
            on_leak(crate::stage::local_sink(), &keys).1.len(),
            1,
            "{key}"
        );
        // Where none leaks nothing is asked.
        let mut stage = Stage::samples((120, 40));
        stage.tell(Msg::Destination(unknown()));
        let effects = stage.press(&format!("f type:\"name=\\\"Time check\\\"\" enter p {key}"));
        assert_eq!(effects.len(), 1, "{key}: {}", stage.text());
    }
}

/// Sending all shows its progress.
#[test]
fn what_was_refused_is_named_and_jumped_to() {
    let mut stage = Stage::samples((120, 40));
    let begun = stage.press("S");
    let [Effect::SendAll(ticket)] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    let completion = stage.library.completion(3).unwrap();
    let mut tell = |report, millis: i64| {
        stage.now = NOW + millis;
        stage.tell(Msg::All(*ticket, report));
    };
    let origin = &completion.origin;
    let none = outcome("early", "an error body", origin);
    tell(
        SendAllReport::Skipped(NotSent::NoEvent("no event".to_owned()), none),
        0,
    );
    for _ in 0..20 {
        let outcome = outcome("good", "Accepted (200).", origin);
        tell(
            SendAllReport::Settled(DeliveryState::Accepted, outcome),
            2000,
        );
    }
    let bad = outcome(&completion.name, "user_id is not a string", origin);
    tell(SendAllReport::Settled(DeliveryState::Refused, bad), 2000);
    stage.sees("20 accepted");
    stage.sees("1 not accepted");
    stage.sees("1 without event");
    stage.sees("10 events/s");
    stage.sees("s left");
    let mut tell = |report| stage.tell(Msg::All(*ticket, report));
    tell(SendAllReport::Waiting(3000));
    stage.sees("next one in 3 s");
    let over = BulkEnd::Complete;
    stage.tell(Msg::All(*ticket, SendAllReport::Ended(over)));
    stage.sees("1 was not accepted");
    stage.sees("user_id is not a string");
    // Failures come first, so the cursor is on the refused one.
    stage.press("enter");
    assert_eq!(stage.list.row, 3);
    stage.sees("refused: user_id is not a string");
}

/// What was sent and not taken, what was not sent, what has no event and what was there already are counted apart.
#[test]
fn what_was_not_accepted_is_told_from_what_was_not_sent() {
    let mut stage = Stage::samples((120, 40));
    let begun = stage.press("S");
    let [Effect::SendAll(ticket)] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    let origin = stage.library.completion(3).unwrap().origin.clone();
    for why in [
        NotSent::Conflicting,
        NotSent::Conflicting,
        NotSent::Repeated,
        NotSent::NoEvent("none".to_owned()),
    ] {
        let result = outcome("mine", &why.to_string(), &origin);
        stage.tell(Msg::All(*ticket, SendAllReport::Skipped(why, result)));
    }
    // What can't be read may have been an event.
    let broken = outcome("log", "log:4: the text ends", &origin);
    stage.tell(Msg::All(*ticket, SendAllReport::Unread(broken)));
    stage.sees("unreadable");
    // What there is none of is not counted.
    assert!(!stage.text().contains("0 not accepted"));
    stage.sees("3 not sent");
    stage.sees("1 without event");
    stage.sees("1 left out");
    stage.tell(Msg::All(*ticket, SendAllReport::Ended(BulkEnd::Complete)));
    stage.sees("3 were not sent");
    assert!(!stage.text().contains("were not accepted"));
}

#[test]
fn what_a_filter_hides_is_not_sent() {
    let mut stage = Stage::samples((120, 40));
    stage.press("f type:time enter S");
    let listed = stage.listed();
    assert!((1..stage.library.len()).contains(&listed), "{listed}");
    assert_eq!(stage.take_items().len(), listed);
}

/// `S` sends everything that is listed.
#[tokio::test]
async fn everything_listed_arrives_with_its_own_id() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.play("S enter wait:\"all accepted\"").await;
    let all = live.shell.model.all.as_ref().unwrap();
    assert_eq!(all.done(), live.shell.model.library.len());
    let accepted = all.accepted;
    let mut events = 0;
    while events < accepted {
        let receipt = next(&mut receipts).await;
        events += match receipt.path.as_str() {
            "/v1/events/track" => receipt.body.matches("\"event_id\":").count(),
            _ => 1,
        };
    }
    assert_eq!(events, accepted);
    live.play("esc H wait:accepted").await;
}

#[tokio::test]
async fn one_bad_event_does_not_sink_the_good_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = sink("400,400,ok").await;
    let loaded = rainscope::load(
        "three.ndjson",
        [1, 2]
            .map(|n| {
                format!(
                    r#"{{"id":"gen-{n}","choices":[{{"message":{{"content":"{n}"}}}}],"created":{n}}}"#
                )
            })
            .join("\n")
            .as_bytes(),
    );
    let mut live = Live::new(Stage::with(loaded, (120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.play("S enter wait:\"1 was not accepted\" wait:\"refused\"")
        .await;
    live.play("enter wait:malformed").await;
    assert_eq!(live.shell.model.list.row, 0);
}

#[tokio::test]
async fn a_key_that_is_refused_ends_it_early() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = sink("401").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.play("S enter wait:\"ended early: The write key was refused\"")
        .await;
}

#[test]
fn before_it_is_sent_what_would_go_is_counted_as_far_as_it_is_known() {
    let answer = |content: &str, user: &str| {
        format!(
            r#"{{"request":{{"user":"{user}","messages":[]}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"{content}"}}}}]}}}}"#
        )
    };
    let long_user = "u".repeat(200);
    let long = "word ".repeat(300_000);
    let failed = r#"{"request":{"messages":[]},"response":{"error":{"code":500,"message":"x"}}}"#;
    let (good, bad, large) = (
        answer("a", "ada"),
        answer("a", &long_user),
        answer(&long, "ada"),
    );
    for (lines, says, and) in [
        (
            vec![&good],
            "1 event of 1 completion goes to",
            "none of them has an error",
        ),
        (
            vec![&good, &bad, &failed.to_owned()],
            "2 events of 3 completions go to",
            "1 of them has errors: user-too-long",
        ),
        (
            vec![&large, &large, &large],
            "At least 2 events of 3 completions go to",
            "only 2 were looked at so far",
        ),
    ] {
        let text: Vec<&str> = lines.into_iter().map(String::as_str).collect();
        let loaded = rainscope::load("a.ndjson", text.join("\n").as_bytes());
        let mut stage = Stage::with(loaded, (120, 40));
        for at in 0..stage.library.len() {
            stage.library.entry_mut(at).unwrap().forget_summary();
        }
        stage.tell(Msg::Destination(raindrop()));
        for at in 0..stage.library.len() {
            stage.library.entry_mut(at).unwrap().forget_summary();
        }
        stage.press("S");
        stage.sees(says);
        stage.sees(and);
    }
}

/// Where nothing was sent, nothing was accepted; and what was sent is told of where it went.
#[test]
fn nothing_sent_is_not_all_accepted() {
    let mut stage = Stage::samples((120, 40));
    let begun = stage.press("S");
    let [Effect::SendAll(ticket)] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    let origin = stage.library.completion(3).unwrap().origin.clone();
    for why in [NotSent::Repeated, NotSent::NoEvent("none".to_owned())] {
        let result = outcome("mine", &why.to_string(), &origin);
        stage.tell(Msg::All(*ticket, SendAllReport::Skipped(why, result)));
    }
    stage.sees("sending to the local sink");
    let other = DestinationShown {
        name: "127.0.0.1:7502".to_owned(),
        ..raindrop()
    };
    stage.tell(Msg::Destination(other));
    stage.sees("sending to 127.0.0.1:5899");
    stage.tell(Msg::All(*ticket, SendAllReport::Ended(BulkEnd::Complete)));
    stage.sees("nothing was sent: 1 without event, 1 left out");
    assert!(!stage.text().contains("all accepted"));
}

/// Why one was not sent is read to its end, and its place stands there once.
#[test]
fn why_one_was_not_sent_is_read_to_its_end() {
    let mut stage = Stage::samples((80, 24));
    let begun = stage.press("S");
    let [Effect::SendAll(ticket)] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    let mut origin = stage.library.completion(3).unwrap().origin.clone();
    origin.file = "a/folder/broken.ndjson".into();
    let why = "a/folder/broken.ndjson:2:151: record 2 (byte 3153): the text ends inside the string that began 41 bytes before";
    let result = outcome("broken #2", why, &origin);
    let skipped = SendAllReport::Skipped(NotSent::Conflicting, result);
    stage.tell(Msg::All(*ticket, skipped));
    let window = stage.window().join(" ").replace(['│', '┃'], " ");
    let words: Vec<&str> = window.split_whitespace().collect();
    assert!(
        words.join(" ").contains("that began 41 bytes before"),
        "{window}"
    );
    let row = stage.text();
    let row = row
        .lines()
        .find(|line| line.contains("conflicting"))
        .unwrap()
        .to_owned();
    assert!(row.contains("record 2 (byte"), "{row}");
}
