//! All that is listed goes at once, with counts, and what was refused is named.

use rainscope::delivery::history::State;
use rainscope::inspector::windows::send_all::{Aside, News, Outcome, Over};
use rainscope::inspector::{Effect, Msg};

use super::stage::{
    Live, NOW, as_raindrop, env, model, next, press, raindrop, samples, shows, sink,
};

fn outcome(name: &str, says: &str, origin: &rainscope::completion::Origin) -> Outcome {
    Outcome {
        name: name.to_owned(),
        origin: origin.clone(),
        says: says.to_owned(),
    }
}

#[test]
fn elsewhere_it_asks_with_the_count_and_esc_stops_it() {
    let mut model = samples();
    model.update(Msg::Destination(raindrop()), &env());
    assert_eq!(press(&mut model, "S"), []);
    let count = model.library.len();
    let loaded = rainscope::samples::load_all().completions;
    let mapped = |completion| rainscope::map(completion, &rainscope::Edits::none());
    let events = loaded.iter().filter(|one| mapped(one).event().is_some());
    let events = events.count();
    assert!(events < count);
    shows(
        &model,
        &format!("{events} events of {count} completions go to Raindrop"),
    );
    shows(&model, "of them have errors: ");
    assert!(!model.needs_ticks());
    assert_eq!(press(&mut model, "esc S"), []);
    let begun = press(&mut model, "enter");
    let [Effect::SendAll(ticket)] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    assert_eq!(model.take_parcels().len(), count);
    assert!(model.needs_ticks());
    // It can be hidden, goes on, and leaving asks.
    assert_eq!(press(&mut model, "S q"), []);
    shows(&model, "Leave rainscope?");
    press(&mut model, "esc S");
    assert_eq!(
        press(&mut model, "esc esc"),
        vec![Effect::StopAll(*ticket); 2]
    );
    model.update(Msg::All(*ticket, News::Ended(Over::Stopped)), &env());
    shows(&model, &format!("stopped: {count} were not tried"));
    assert!(!model.needs_ticks());
}

#[test]
fn what_was_refused_is_named_and_jumped_to() {
    let mut model = samples();
    let begun = press(&mut model, "S");
    let [Effect::SendAll(ticket)] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    let completion = model.library.completion(3).unwrap();
    let mut tell = |news, millis: i64| {
        let env = rainscope::inspector::Env {
            now: NOW + millis,
            ..env()
        };
        model.update(Msg::All(*ticket, news), &env);
    };
    let origin = &completion.origin;
    let none = outcome("early", "an error body", origin);
    tell(News::Aside(Aside::NoEvent, none), 0);
    for _ in 0..20 {
        let outcome = outcome("good", "Accepted (200).", origin);
        tell(News::Settled(State::Accepted, outcome), 2000);
    }
    let bad = outcome(&completion.name, "user_id is not a string", origin);
    tell(News::Settled(State::Refused, bad), 2000);
    shows(&model, "20 accepted");
    shows(&model, "1 refused");
    shows(&model, "1 without event");
    shows(&model, "10 events/s");
    shows(&model, "s left");
    let mut tell = |news| model.update(Msg::All(*ticket, news), &env());
    tell(News::Waiting(3000));
    shows(&model, "next one in 3 s");
    let over = Over::Complete;
    model.update(Msg::All(*ticket, News::Ended(over)), &env());
    shows(&model, "1 were not accepted");
    shows(&model, "user_id is not a string");
    // Failures come first, so the cursor is on the refused one.
    press(&mut model, "enter");
    assert_eq!(model.list.row, 3);
    shows(&model, "refused: user_id is not a string");
}

#[test]
fn what_a_filter_hides_is_not_sent() {
    let mut model = samples();
    press(&mut model, "f type:time enter S");
    let listed = model.listed();
    assert!((1..model.library.len()).contains(&listed), "{listed}");
    assert_eq!(model.take_parcels().len(), listed);
}

#[tokio::test]
async fn everything_listed_arrives_with_its_own_id() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut live = Live::new(samples(), folder.path())
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
    let mut live = Live::new(model(loaded), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.play("S enter wait:\"1 were not accepted\" wait:\"refused\"")
        .await;
    live.play("enter wait:malformed").await;
    assert_eq!(live.shell.model.list.row, 0);
}

#[tokio::test]
async fn a_key_that_is_refused_ends_it_early() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, _receipts) = sink("401").await;
    let mut live = Live::new(samples(), folder.path())
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
        let mut model = model(loaded);
        for at in 0..model.library.len() {
            model.library.entry_mut(at).unwrap().touch();
        }
        model.update(Msg::Destination(raindrop()), &env());
        for at in 0..model.library.len() {
            model.library.entry_mut(at).unwrap().touch();
        }
        press(&mut model, "S");
        shows(&model, says);
        shows(&model, and);
    }
}
