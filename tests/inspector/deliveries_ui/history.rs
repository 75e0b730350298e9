//! What was sent is remembered, found and sent again; what was not answered is offered.

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::delivery::history::{
    DeliveryId, DeliveryState, Query, Queued, Record, StoredDelivery,
};
use rainscope::event::DestinationKind;
use rainscope::event::privacy::Privacy;
use rainscope::event::wire::{Route, WireRequest};
use rainscope::inspector::windows::history::{AfterFetch, HistoryReport, HistoryTask};
use rainscope::inspector::{Effect, Msg};
use rainscope::prepare::Endpoint;
use rainscope::prepare::Prepared;
use rainscope::settings::history::open;

use crate::stage::live::{KEY, Live, as_raindrop, next, settings, sink};
use crate::stage::{NOW, Stage, local_sink, raindrop, workshop};

fn record(number: i64, privacy: Privacy) -> Record {
    Record {
        id: DeliveryId(number),
        event_id: format!("event-{number}"),
        endpoint: Endpoint {
            kind: DestinationKind::Raindrop,
            base_url: "https://api.raindrop.ai".to_owned(),
            project: String::new(),
        },
        route: Route::Track,
        name: format!("sample-{number}"),
        privacy,
        made_at: NOW,
        queued_at: jiff::Timestamp::from_millisecond(NOW).unwrap(),
        ended_at: None,
        state: DeliveryState::Refused,
        bytes: 14,
        status: Some(401),
        says: "The write key was refused (401).".to_owned(),
        attempts: 1,
        millis: 12.0,
        outcome: None,
    }
}

/// One that was meant for the local sink and not answered.
fn for_sink(number: i64) -> Record {
    Record {
        endpoint: local_sink().endpoint,
        state: DeliveryState::Queued,
        ..record(number, Privacy::Off)
    }
}

fn stored(number: i64, privacy: Privacy) -> StoredDelivery {
    StoredDelivery {
        record: record(number, privacy),
        attempts: Vec::new(),
        body: (privacy == Privacy::Off).then(|| br#"[{"event":"x"}]"#.as_slice().into()),
        digest: uuid::Uuid::nil(),
        verdict: None,
    }
}

#[test]
fn the_list_is_searched_opened_and_sent_again() {
    let mut stage = Stage::samples((120, 40));
    assert_eq!(
        stage.press("H"),
        [Effect::History(HistoryTask::List(String::new()))]
    );
    let records = vec![record(2, Privacy::Off), record(1, Privacy::Off)];
    let listed = HistoryReport::Listed(String::new(), records);
    stage.tell(Msg::History(listed));
    stage.sees("2 deliveries, the latest first");
    stage.sees("401 refused");
    for (width, tries) in [(80, false), (96, false), (110, true), (150, true)] {
        stage.tell(Msg::Resize(width, 24));
        stage.sees("→ api.raindrop.ai");
        assert_eq!(stage.text().contains("×1"), tries, "{}", stage.text());
    }
    // Where there is room, what is known of the one under the cursor stands beside the list.
    stage.tell(Msg::Resize(200, 24));
    stage.sees("1 attempt, ");
    stage.sees("POST https://api.raindrop.ai");
    stage.tell(Msg::Resize(120, 40));
    assert_eq!(
        stage.press("/ type:ab"),
        ["a", "ab"].map(|text| Effect::History(HistoryTask::List(text.to_owned())))
    );
    // An answer to what was typed before does not replace what is shown.
    stage.tell(Msg::History(HistoryReport::Listed("a".to_owned(), vec![])));
    stage.sees("sample-2");
    assert_eq!(
        stage.press("enter down enter"),
        [Effect::History(HistoryTask::Fetch(
            DeliveryId(1),
            AfterFetch::Show
        ))]
    );
    let report = HistoryReport::Fetched(AfterFetch::Show, Some(Box::new(stored(1, Privacy::Off))));
    stage.tell(Msg::History(report));
    stage.sees("Authorization: Bearer ••••••");
    stage.sees("\"event\": \"x\"");
    stage.press("esc");
    assert_eq!(
        stage.press("s"),
        [Effect::History(HistoryTask::Fetch(
            DeliveryId(1),
            AfterFetch::Resend
        ))]
    );
    // Elsewhere it asks, and then sends the same bytes with the same id.
    stage.tell(Msg::Destination(raindrop()));
    let mut elsewhere = stored(1, Privacy::Off);
    elsewhere.record.endpoint.base_url = "https://old.test".to_owned();
    elsewhere.record.endpoint.project = "staging".to_owned();
    let report = HistoryReport::Fetched(AfterFetch::Resend, Some(Box::new(elsewhere)));
    assert_eq!(stage.tell(Msg::History(report)), []);
    stage.sees("Send it elsewhere?");
    stage.sees("It went to old.test · staging before: t leads there.");
    stage.sees("This goes to Raindrop at https://api.raindrop.ai.");
    stage.sees("to be sent again: the same bytes, the same event_id");
    stage.sees("it went to old.test · staging before");
    let sent = stage.press("enter");
    stage.sees("sending again: the same bytes");
    assert!(!stage.text().contains("not sent"), "{}", stage.text());
    let [Effect::Send(_, prepared)] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    let WireRequest { event_id, body, .. } = &prepared.request;
    assert_eq!(
        (event_id.as_str(), &body[..]),
        ("event-1", br#"[{"event":"x"}]"#.as_slice())
    );
    let ticket = stage.sendings.last().unwrap().ticket;
    stage.tell(Msg::Ended(ticket, DeliveryEnding::Accepted));
    stage.sees("  sent again: the same bytes, the same event_id");
}

/// A delivery in full scrolls to its last line, and that stands at the bottom of the window.
#[test]
fn a_delivery_scrolls_to_its_end_and_no_further() {
    let long: Vec<String> = (0..60).map(|at| format!("\"key{at}\":{at}")).collect();
    let body = format!("[{{{}}}]", long.join(","));
    for (kind, body) in [
        (DestinationKind::Raindrop, body.as_str()),
        (DestinationKind::Workshop, "[{\"a\":1}]"),
    ] {
        for height in [12, 24, 40] {
            let mut stage = Stage::samples((120, 40));
            stage.tell(Msg::Resize(100, height));
            stage.press("H");
            let mut stored = stored(1, Privacy::Off);
            stored.record.endpoint.kind = kind;
            stored.body = Some(body.as_bytes().into());
            let report = HistoryReport::Fetched(AfterFetch::Show, Some(Box::new(stored)));
            stage.tell(Msg::History(report));
            stage.press("G");
            let lines = stage.window();
            let text = lines.join("\n");
            let end = lines.iter().position(|line| line.starts_with('└')).unwrap();
            let last = lines.iter().position(|line| line.starts_with("│ ]"));
            let first = lines.iter().position(|line| line.starts_with('┌')).unwrap();
            let is_short = lines[first + 1].contains("queued");
            assert!(
                last == Some(end - 1) || is_short,
                "{kind:?} {height}\n{text}"
            );
            assert!(last.is_some(), "{kind:?} {height}\n{text}");
        }
    }
}

#[test]
fn what_is_not_kept_is_explained() {
    let mut stage = Stage::samples((120, 40));
    stage.press("H");
    let report = HistoryReport::Fetched(AfterFetch::Show, Some(Box::new(stored(1, Privacy::On))));
    stage.tell(Msg::History(report));
    stage.sees("privacy mode was on, so what was sent is not kept");
    let report = HistoryReport::Fetched(AfterFetch::Resend, Some(Box::new(stored(1, Privacy::On))));
    assert_eq!(stage.tell(Msg::History(report)), []);
    stage.sees("send its completion anew");
    let report = HistoryReport::Fetched(AfterFetch::Edit, Some(Box::new(stored(1, Privacy::On))));
    stage.tell(Msg::History(report));
    stage.sees("\"sample-1\" is not loaded");
    stage.press("esc");
    let missing = HistoryReport::Missing("It is switched off.".to_owned());
    stage.tell(Msg::History(missing));
    stage.sees("There is no history.");
}

/// What was sent in privacy mode is made anew to be compared, but only where it comes out as it was: a name may be that
/// of another record by now.
#[test]
fn what_is_made_anew_is_what_was_sent_or_nothing() {
    let mut stage = Stage::samples((120, 40));
    let mut sent = stored(1, Privacy::On);
    let verify = |sent: &StoredDelivery| {
        let report = HistoryReport::Fetched(AfterFetch::Verify, Some(Box::new(sent.clone())));
        Msg::History(report)
    };
    assert_eq!(stage.tell(verify(&sent)), []);
    stage.sees("\"sample-1\" is not loaded");
    sent.record.name = stage
        .model
        .current
        .as_ref()
        .unwrap()
        .completion
        .name
        .clone();
    assert_eq!(stage.tell(verify(&sent)), []);
    stage.sees("is another event now");
}

#[test]
fn what_was_sent_becomes_a_new_sample() {
    let mut stage = Stage::samples((120, 40));
    let name = stage.current.as_ref().unwrap().completion.name.clone();
    let mut stored = stored(1, Privacy::Off);
    stored.record.name = name.clone();
    let body = br#"[{"event":"x","user_id":"grace","properties":{"build":7}}]"#;
    stored.body = Some(body.as_slice().into());
    let before = stage.library.len();
    stage.press("H");
    let report = HistoryReport::Fetched(AfterFetch::Edit, Some(Box::new(stored)));
    stage.tell(Msg::History(report));
    assert_eq!(stage.library.len(), before + 1);
    let current = stage.current.as_ref().unwrap();
    assert_eq!(current.completion.name, format!("{name} (again)"));
    let event = current.mapped.event().unwrap();
    let field = |pointer: &str| {
        let found = event.fields.iter().find(|f| f.pointer() == pointer);
        found.map(|field| field.value.as_str().to_owned())
    };
    assert_eq!(field("/user_id").as_deref(), Some("\"grace\""));
    assert_eq!(field("/properties/build").as_deref(), Some("7"));
}

/// While something is sent again, the header says so, and leaving asks, as it does for any send.
#[test]
fn what_is_sent_again_is_seen_to_be_under_way() {
    for (keys, sends) in [("H enter", "sending it again"), ("H S", "sending 2 again")] {
        let mut stage = Stage::samples((120, 40));
        stage.tell(Msg::Unanswered(vec![for_sink(1), for_sink(2)]));
        stage.press(keys);
        stage.sees(sends);
        stage.press("esc*2");
        let header = |stage: &Stage| stage.text().lines().next().unwrap().to_owned();
        assert!(
            header(&stage).contains("H sending again …"),
            "{}",
            header(&stage)
        );
        stage.press("q");
        stage.sees("Something is still on its way.");
        stage.press("esc");
        let says = "sent again: 1 not accepted (H shows why)".to_owned();
        stage.tell(Msg::History(HistoryReport::SentAgain(Some(says))));
        stage.sees("sent again: 1 not accepted");
        assert!(!header(&stage).contains("sending"), "{}", header(&stage));
    }
}

#[test]
fn what_was_not_answered_is_offered() {
    let left = || Msg::Unanswered(vec![for_sink(1), for_sink(2)]);
    let again = |ids: &[i64]| {
        let ids = ids.iter().map(|id| DeliveryId(*id)).collect();
        [Effect::History(HistoryTask::Again(ids))]
    };
    let mut stage = Stage::samples((120, 40));
    stage.tell(left());
    stage.press("H");
    stage.sees("2 sends were not finished before");
    assert_eq!(stage.press("down enter"), again(&[2]));
    assert_eq!(stage.press("enter"), again(&[1]));
    assert!(stage.windows.is_empty(), "nothing is left");
    let mut stage = Stage::samples((120, 40));
    stage.tell(left());
    assert_eq!(stage.press("H S"), again(&[1, 2]));
    // What leaves this machine is asked about.
    let mut stage = Stage::samples((120, 40));
    stage.tell(Msg::Destination(raindrop()));
    stage.tell(Msg::Unanswered(vec![
        record(1, Privacy::Off),
        record(2, Privacy::Off),
    ]));
    assert_eq!(stage.press("H S"), []);
    stage.sees("2 sends go to Raindrop at https://api.raindrop.ai.");
    assert_eq!(stage.press("esc S"), []);
    assert_eq!(stage.press("enter"), again(&[1, 2]));
    // Left for later, they are offered again at the next start, and the history is itself.
    let mut stage = Stage::samples((120, 40));
    stage.tell(left());
    stage.press("H");
    stage.sees("d forget");
    assert_eq!(stage.press("esc"), []);
    assert!(!stage.text().contains("unfinished"));
    assert_eq!(
        stage.press("H"),
        [Effect::History(HistoryTask::List(String::new()))]
    );
}

/// What is typed at the start is meant for what one sees there: what was not answered waits, and says that it does.
#[test]
fn what_was_not_answered_takes_no_keys() {
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut stage = Stage::samples(size);
        stage.tell(Msg::Unanswered(vec![for_sink(1)]));
        assert!(stage.windows.is_empty());
        stage.sees("1 send was not finished last time: H shows it");
        assert_eq!(stage.press("J J enter"), []);
        assert!(stage.windows.is_empty());
        assert!(stage.text().contains("3/41") || size.0 > 80);
        // It says so until it is looked at.
        stage.sees("H 1 unfinished");
    }
}

/// What was meant for one server goes to another after asking, as a copy: it stays unanswered by its own.
#[test]
fn what_was_meant_for_another_server_is_asked_about_and_stays() {
    let other = |number: i64| {
        let mut record = for_sink(number);
        record.endpoint.base_url = "http://127.0.0.1:7102".to_owned();
        record
    };
    let mut stage = Stage::samples((120, 40));
    stage.tell(Msg::Unanswered(vec![for_sink(1), other(2), other(3)]));
    stage.press("H");
    stage.sees("goes to the local sink at http://127.0.0.1:5899");
    stage.press("down");
    stage.sees("This one was for http://127.0.0.1:7102");
    assert_eq!(stage.press("enter"), []);
    stage.sees("Send it elsewhere?");
    stage.sees("It was for http://127.0.0.1:7102.");
    assert_eq!(stage.press("esc enter"), []);
    let copied = [Effect::History(HistoryTask::Elsewhere(DeliveryId(2)))];
    assert_eq!(stage.press("enter"), copied);
    stage.sees("3 sends were not finished");
    // All that are sent again go to their own.
    let again = [Effect::History(HistoryTask::Again(vec![DeliveryId(1)]))];
    assert_eq!(stage.press("S"), again);
    stage.sees("2 for another server stay");
    stage.sees("2 sends were not finished");
    assert_eq!(stage.press("S"), []);
    stage.sees("all 2 were for other servers");
    // A Workshop takes other events.
    stage.tell(Msg::Destination(workshop()));
    assert_eq!(stage.press("enter"), []);
    stage.sees("it was for http://127.0.0.1:7102");
}

/// What it says is read to its end at any width.
#[test]
fn what_was_not_answered_is_said_in_full() {
    for width in [48, 60, 80, 120] {
        let mut stage = Stage::samples((width, 24));
        stage.tell(Msg::Destination(raindrop()));
        stage.tell(Msg::Unanswered(vec![
            record(1, Privacy::Off),
            record(2, Privacy::Off),
        ]));
        stage.press("H");
        let lines = stage.window();
        let text: Vec<&str> = lines
            .iter()
            .flat_map(|line| line.trim_matches(['│', '┃', ' ']).split_whitespace())
            .collect();
        let text = text.join(" ");
        for says in [
            "2 sends were not finished before the program last ended; they may have arrived.",
            "Sent again, it is the same bytes with the same id, and goes to Raindrop at https://api.raindrop.ai",
        ] {
            assert!(text.contains(says), "{width}: {text}");
        }
    }
}

#[test]
fn forgetting_is_about_the_row_under_the_cursor_and_asks_first() {
    let left = vec![1, 2, 3].into_iter();
    let left = left.map(|number| record(number, Privacy::Off)).collect();
    let mut stage = Stage::samples((120, 40));
    stage.tell(Msg::Unanswered(left));
    assert_eq!(stage.press("H down d"), []);
    stage.sees("Forget this send?");
    assert_eq!(stage.press("esc"), []);
    stage.sees("3 sends were not finished");
    assert_eq!(
        stage.press("d enter"),
        [Effect::History(HistoryTask::Forget(vec![DeliveryId(2)]))]
    );
    assert_eq!(stage.notice(), "forgotten: it is not offered again");
    stage.sees("2 sends were not finished");
    assert!(!stage.text().contains("sample-2"));
    assert_eq!(stage.press("R"), []);
    stage.sees("Forget all 2 sends?");
    assert_eq!(
        stage.press("enter"),
        [Effect::History(HistoryTask::Forget(vec![
            DeliveryId(1),
            DeliveryId(3)
        ]))]
    );
    assert!(stage.windows.is_empty());
}

#[tokio::test]
async fn every_test_trace_is_remembered_and_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.play("s enter wait:accepted").await;
    let first = next(&mut receipts).await;
    live.play("esc H wait:accepted enter wait:Authorization s wait:\"sent again: the same bytes\" wait:\"accepted by\"")
        .await;
    let again = next(&mut receipts).await;
    assert_eq!(
        (first.event_id(), first.body.as_str()),
        (again.event_id(), again.body.as_str())
    );
    // With privacy mode on the body is not kept.
    live.play("esc p s enter wait:accepted").await;
    next(&mut receipts).await;
    let settings = settings(folder.path());
    let history = open(&settings, NOW).unwrap().unwrap();
    let query = Query {
        limit: 9,
        ..Query::default()
    };
    let records = history.recent(&query).unwrap();
    let states: Vec<(DeliveryState, bool)> = records
        .iter()
        .map(|record| {
            let stored = history.get(record.id).unwrap().unwrap();
            (record.state, stored.body.is_some())
        })
        .collect();
    let accepted = DeliveryState::Accepted;
    assert_eq!(
        states,
        [(accepted, false), (accepted, true), (accepted, true)]
    );
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(KEY.len()).any(|w| w == KEY.as_bytes()));
    }
}

#[tokio::test]
async fn what_a_program_that_is_gone_left_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let destination = as_raindrop(&sink);
    let mut stage = Stage::samples((120, 40));
    let sent = stage.press("s");
    let Some(Effect::Send(_, prepared)) = sent.first() else {
        panic!("{sent:?}");
    };
    let request = &prepared.request;
    {
        let settings = settings(folder.path());
        let gone = open(&settings, NOW).unwrap().unwrap();
        let queued = Queued {
            endpoint: destination.endpoint(),
            prepared: Prepared::new("left".to_owned(), request.clone(), Privacy::Off, NOW).unwrap(),
        };
        let now = jiff::Timestamp::now().as_millisecond();
        gone.enqueue(now, &[queued]).unwrap();
    }
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(destination)
        .await;
    live.shell.offer_unanswered();
    live.play("wait:\"1 send was not finished\" H enter enter wait:\"sent again: 1 accepted\"")
        .await;
    assert_eq!(next(&mut receipts).await.body.as_bytes(), &request.body[..]);
    live.play("H wait:\"200 accepted\"").await;
}

/// A server that answers in another one's place has not answered for it.
#[tokio::test]
async fn a_copy_sent_elsewhere_leaves_what_was_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut stage = Stage::samples((120, 40));
    let sent = stage.press("s");
    let Some(Effect::Send(_, prepared)) = sent.first() else {
        panic!("{sent:?}");
    };
    {
        let settings = settings(folder.path());
        let gone = open(&settings, NOW).unwrap().unwrap();
        let queued = Queued {
            endpoint: Endpoint {
                base_url: "http://127.0.0.1:7102".to_owned(),
                ..for_sink(1).endpoint
            },
            prepared: prepared.clone(),
        };
        let now = jiff::Timestamp::now().as_millisecond();
        gone.enqueue(now, &[queued]).unwrap();
    }
    let own = sink.destination_for(None);
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(own)
        .await;
    live.shell.offer_unanswered();
    live.play("wait:\"1 send was not finished\" H enter wait:\"Send it elsewhere?\" enter wait:\"sent again: 1 accepted\"")
        .await;
    let received = next(&mut receipts).await;
    assert_eq!(received.body.as_bytes(), &prepared.request.body[..]);
    live.sees("1 send was not finished before");
    let settings = settings(folder.path());
    let history = open(&settings, NOW).unwrap().unwrap();
    assert_eq!(history.pending().unwrap().len(), 1);
}

#[tokio::test]
async fn a_history_that_cannot_be_opened_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("history.db")).unwrap();
    let (sink, mut receipts) = sink("ok").await;
    let mut live = Live::new(Stage::samples((120, 40)), folder.path())
        .to(as_raindrop(&sink))
        .await;
    live.shell.offer_unanswered();
    live.wait("sending goes on without it").await;
    live.play("s enter wait:accepted").await;
    next(&mut receipts).await;
    live.play("esc H wait:\"There is no history\"").await;
}

/// What the attempts took leaves the waits between them out, and where none ended there is nothing to count.
#[test]
fn the_waits_between_attempts_are_told() {
    let mut stage = Stage::samples((200, 50));
    let mut narrow = Stage::samples((120, 40));
    stage.press("H");
    narrow.press("H");
    let ended = jiff::Timestamp::from_millisecond(NOW + 5_200).unwrap();
    let gave_up = Record {
        state: DeliveryState::GaveUp,
        attempts: 3,
        millis: 166.0,
        ended_at: Some(ended),
        ..record(1, Privacy::Off)
    };
    let stopped = Record {
        state: DeliveryState::Cancelled,
        attempts: 0,
        millis: 0.0,
        status: None,
        ..record(2, Privacy::Off)
    };
    let records = vec![gave_up, stopped];
    let listed = Msg::History(HistoryReport::Listed(String::new(), records));
    narrow.tell(listed.clone());
    narrow.sees("×3    5 s");
    assert!(!narrow.text().contains("×0"), "{}", narrow.text());
    stage.tell(listed);
    stage.sees("3 attempts, 166 ms; 5 s in all, with the waits");
    stage.press("down");
    stage.sees("no attempt ended");
}

/// One is one.
#[test]
fn what_was_not_answered_is_counted_in_words_that_fit() {
    for (count, says, again) in [
        (
            1,
            "1 send was not finished before the program last ended; it may have arrived",
            "This one was for https://api.raindrop.ai",
        ),
        (
            2,
            "2 sends were not finished before the program last ended; they may have arrived",
            "This one was for https://api.raindrop.ai",
        ),
    ] {
        let mut stage = Stage::samples((120, 40));
        let records = (1..=count).map(|number| Record {
            state: DeliveryState::Queued,
            ..record(number, Privacy::Off)
        });
        stage.tell(Msg::Unanswered(records.collect()));
        stage.press("H");
        stage.sees(says);
        stage.sees(again);
    }
}

/// What went to one server of this machine does not go to another one of it unasked.
#[test]
fn what_went_to_another_server_is_not_sent_here_unasked() {
    let again = |base_url: &str| {
        let mut stage = Stage::samples((80, 24));
        stage.tell(Msg::Destination(local_sink()));
        stage.press("H");
        let mut sent = stored(1, Privacy::Off);
        sent.record.endpoint = Endpoint {
            base_url: base_url.to_owned(),
            ..local_sink().endpoint
        };
        let report = HistoryReport::Fetched(AfterFetch::Resend, Some(Box::new(sent)));
        let effects = stage.tell(Msg::History(report));
        let is_sent = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(..)));
        (stage, is_sent)
    };
    let (_, is_sent) = again(&local_sink().endpoint.base_url);
    assert!(is_sent);
    let (mut stage, is_sent) = again("http://127.0.0.1:7302");
    assert!(!is_sent);
    stage.sees("Send it elsewhere?");
    stage.sees("It went to 127.0.0.1:7302 before");
    stage.press("esc");
    assert!(stage.sendings.is_empty());
}

/// Where more may be remembered than is listed, that is said; and where what was not answered went is in sight at any width.
#[test]
fn what_is_not_listed_of_the_history_is_told() {
    use rainscope::inspector::windows::history::LISTED;

    let mut stage = Stage::samples((200, 50));
    stage.press("H");
    let records: Vec<Record> = (1..)
        .take(LISTED)
        .map(|number| record(number, Privacy::Off))
        .collect();
    stage.tell(Msg::History(HistoryReport::Listed(String::new(), records)));
    stage.sees("the latest 500 deliveries; / finds others");
    let mut stage = Stage::samples((200, 50));
    stage.tell(Msg::Unanswered(vec![for_sink(1)]));
    stage.press("H");
    stage.sees("→ local sink");
}

/// With privacy mode on, what was made without it is not sent again unasked, wherever to.
#[test]
fn privacy_mode_is_asked_about_before_a_text_is_sent_again() {
    let again = |body: &str, keys: &str| {
        let mut stage = Stage::samples((100, 30));
        stage.press(keys);
        stage.press("H");
        let mut sent = stored(1, Privacy::Off);
        sent.record.endpoint = local_sink().endpoint;
        sent.body = Some(body.as_bytes().into());
        let report = HistoryReport::Fetched(AfterFetch::Resend, Some(Box::new(sent)));
        let effects = stage.tell(Msg::History(report));
        let is_sent = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(..)));
        (is_sent, stage)
    };
    let text = r#"[{"event":"x","ai_data":{"input":"a secret"}}]"#;
    assert!(again(text, "").0);
    assert!(again(r#"[{"event":"x"}]"#, "p").0);
    let (is_sent, mut stage) = again(text, "p");
    assert!(!is_sent);
    stage.sees("Privacy mode is on, and this was made without it");
    let sent = stage.press("enter");
    assert!(sent.iter().any(|effect| matches!(effect, Effect::Send(..))));
    // So it is with what was not answered.
    let mut stage = Stage::samples((100, 30));
    stage.press("p");
    stage.tell(Msg::Unanswered(vec![for_sink(1)]));
    assert_eq!(stage.press("H enter"), []);
    stage.sees("Privacy mode is on, and this was made without it");
}

/// What is edited as a new sample is the completion that was sent, and not another one of its name; what was deleted
/// before it was sent stays deleted.
#[test]
fn a_new_sample_is_of_what_was_sent() {
    use rainscope::completion::load;

    let of = |user: &str, words: &str| {
        format!(
            r#"{{"name":"chat","request":{{"model":"a/b","user":"{user}","session_id":"s","trace":{{"env":"prod","team":"x"}},"messages":[{{"role":"user","content":"{words}"}}]}},"response":{{"id":"gen-{user}","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
        )
    };
    let text = [of("ann", "first"), of("bob", "second")].join("\n");
    let mut stage = Stage::with(load::load("dup.ndjson", text.as_bytes()), (120, 40));
    stage.press("H");
    let sent = |input: &str| {
        let mut sent = stored(1, Privacy::Off);
        sent.record.name = "chat".to_owned();
        let body = format!(
            r#"[{{"event":"x","user_id":"bob","ai_data":{{"input":"{input}","output":"ho","model":"a/b"}},"properties":{{"team":"x","total_cost":2}}}}]"#
        );
        sent.body = Some(body.as_bytes().into());
        Msg::History(HistoryReport::Fetched(
            AfterFetch::Edit,
            Some(Box::new(sent)),
        ))
    };
    stage.tell(sent("third"));
    stage.sees("is another completion than the one that was sent");
    stage.tell(sent("second"));
    assert_eq!(stage.library.len(), 3);
    let event = stage.event();
    assert!(
        event.contains("gen-bob") && event.contains("second"),
        "{event}"
    );
    assert!(
        !event.contains("prod") && !event.contains("convo_id"),
        "{event}"
    );
    assert!(event.contains("\"team\":\"x\""), "{event}");
    let current = stage.model.current.as_ref().unwrap();
    assert!(current.mapped.metadata.entry("total_cost").is_none());
}
