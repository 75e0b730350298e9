//! Live traffic: calls appear, grow and end while one looks at them, edits them, or looks at something else.

use rainscope::capture::CaptureEnding;
use rainscope::completion::{Edit, Edits};
use rainscope::inspector::library::traffic::{Setup, TrafficReport};
use rainscope::inspector::{Effect, Msg, Pane};
use rainscope::json::JsonText;

use crate::stage::traffic::{self, asked, call, chunk};
use crate::stage::{Stage, local_sink};

const SIZE: (u16, u16) = (140, 40);

fn listening() -> Stage {
    traffic::listening(SIZE, None)
}

/// The variables are all that leads clients here, so a call may go past this.
#[test]
fn where_no_call_came_it_is_said_what_may_be_the_matter() {
    let mut stage = listening();
    stage.sees("goes past");
    stage.tell(Msg::Traffic(TrafficReport::Ended(0)));
    stage.sees("came here. A base URL in the code");
    stage.sees("the command ended with status 0, and no call came here");
    let mut stage = listening();
    stage.tell(call(&asked(1)));
    stage.tell(Msg::Traffic(TrafficReport::Ended(0)));
    assert!(!stage.text().contains("no call came"), "{}", stage.text());
}

#[test]
fn a_call_appears_when_it_begins_and_is_mapped_all_along() {
    let mut stage = listening();
    assert!(
        stage.text().contains("live http://127.0.0.1:4111"),
        "{}",
        stage.text()
    );
    assert!(stage.text().contains("No call yet."), "{}", stage.text());
    let mut capture = asked(1);
    stage.tell(call(&capture));
    let text = stage.text();
    assert!(
        text.contains("openai/gpt-4o-mini") && text.contains("1 running"),
        "{text}"
    );
    assert!(text.contains("the answer has not come yet"), "{text}");
    assert!(!text.contains("nothing was generated"), "{text}");

    capture.status = Some(200);
    capture.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&capture));
    assert!(
        stage.event().contains("\"output\":\"Hel\""),
        "{}",
        stage.event()
    );
    assert!(
        stage.event().contains("\"user_id\":\"ada\""),
        "{}",
        stage.event()
    );
    capture.arrive(chunk("lo").as_bytes(), 150);
    capture.arrive(b"data: [DONE]\n\n", 180);
    capture.ended = Some((CaptureEnding::Complete, 200));
    stage.tell(call(&capture));
    assert!(
        stage.event().contains("\"output\":\"Hello\""),
        "{}",
        stage.event()
    );
    assert!(
        stage.event().contains("\"duration_ms\":200"),
        "{}",
        stage.event()
    );
    assert!(!stage.text().contains("1 running"), "{}", stage.text());
}

#[test]
fn the_list_follows_the_newest_until_one_moves_away() {
    let mut stage = listening();
    for number in 1..=3 {
        stage.tell(call(&asked(number)));
        assert_eq!(stage.model.list.row as u64, number - 1);
    }
    stage.model.focus = Pane::List;
    stage.press("g");
    for number in 4..=5 {
        stage.tell(call(&asked(number)));
    }
    assert_eq!(stage.model.list.row, 0);
    assert!(stage.text().contains("2 new"), "{}", stage.text());
    stage.press("G");
    assert!(!stage.text().contains(" new"), "{}", stage.text());
    stage.tell(call(&asked(6)));
    assert_eq!(stage.model.list.row, 5);
}

#[test]
fn growth_keeps_edits_folds_and_cursors() {
    let mut stage = listening();
    let mut capture = asked(1);
    capture.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&capture));
    // A trace key is added while the answer streams, and a container is opened.
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\" tab type:\"7\" enter");
    stage.model.focus = Pane::Completion;
    stage.press("+ /");
    stage.press("type:\"Question\" enter");
    let at = stage.model.current.as_ref().unwrap().source_pointer();
    let rows = stage.model.current.as_ref().unwrap().source.rows().len();
    assert_eq!(at.as_deref(), Some("/request/messages/0/content"));
    capture.arrive(chunk("lo").as_bytes(), 150);
    stage.tell(call(&capture));
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(current.source_pointer(), at);
    assert!(current.source.rows().len() >= rows);
    assert!(stage.event().contains("\"build\":"), "{}", stage.event());
    assert!(
        stage.event().contains("\"output\":\"Hello\""),
        "{}",
        stage.event()
    );
}

#[test]
fn what_is_typed_lands_in_the_call_that_grows() {
    let mut stage = listening();
    let mut capture = asked(1);
    stage.tell(call(&capture));
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\"");
    capture.arrive(chunk("Hello").as_bytes(), 100);
    stage.tell(call(&capture));
    stage.tell(call(&asked(2)));
    assert_eq!(stage.model.list.row, 0);
    stage.press("tab type:\"7\" enter");
    assert!(stage.event().contains("\"build\":"), "{}", stage.event());
    assert!(
        stage.event().contains("\"output\":\"Hello\""),
        "{}",
        stage.event()
    );
}

#[test]
fn endings_are_told_for_what_they_are() {
    for (ending, answer, says) in [
        (CaptureEnding::Cancelled, "", "the app went away"),
        (
            CaptureEnding::Unreachable("connection refused".to_owned()),
            "",
            "could not be reached",
        ),
        (
            CaptureEnding::Lost("the connection closed".to_owned()),
            "",
            "whether it generated",
        ),
        (CaptureEnding::Cancelled, "Hel", "cancelled"),
        (CaptureEnding::Cancelled, "Hel", "the app hung up"),
        (
            CaptureEnding::BrokenOff("reset".to_owned()),
            "Hel",
            "broken off",
        ),
    ] {
        let mut stage = listening();
        let mut capture = asked(1);
        if !answer.is_empty() {
            capture.arrive(chunk(answer).as_bytes(), 100);
        }
        capture.ended = Some((ending, 200));
        stage.tell(call(&capture));
        assert!(stage.text().contains(says), "{says}: {}", stage.text());
    }
}

#[test]
fn the_commands_output_is_kept_and_hostile_text_is_harmless() {
    let mut stage = listening();
    let line = |is_error, text: &str| {
        Msg::Traffic(TrafficReport::Output {
            is_error,
            text: text.to_owned(),
        })
    };
    stage.press("$");
    assert!(
        stage.text().contains("It wrote nothing yet."),
        "{}",
        stage.text()
    );
    for number in 0..100 {
        stage.tell(line(false, &format!("line {number}")));
    }
    stage.tell(line(true, "\u{1b}[31mred\u{7}"));
    let text = stage.text();
    assert!(
        text.contains("line 99") && text.contains("running"),
        "{text}"
    );
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{7}'),
        "{text}"
    );
    stage.press("g");
    assert!(stage.text().contains("line 0"), "{}", stage.text());
    stage.tell(Msg::Traffic(TrafficReport::Ended(3)));
    assert!(
        stage.text().contains("ended with status 3"),
        "{}",
        stage.text()
    );
}

/// A call is called by its time and what was asked, since most share their model.
#[test]
fn calls_are_told_apart_by_what_was_asked() {
    let mut stage = listening();
    for number in 1..=3 {
        stage.tell(call(&traffic::answered(number)));
    }
    let titles = stage.titles();
    for (number, title) in (1..).zip(&titles) {
        let (clock, asked) = title.split_once(' ').unwrap();
        assert_eq!(clock.len(), "12:33:07".len(), "{title}");
        assert_eq!(asked, format!("Question {number}"));
    }
}

/// At the smallest usual size the header says which call is shown and how many there are, whatever else it says.
#[test]
fn the_header_says_which_call_is_shown() {
    for (size, keys) in [((80, 24), "tab"), ((80, 24), "p"), ((90, 24), "p")] {
        let mut stage = traffic::listening(size, None);
        stage.tell(Msg::Destination(local_sink()));
        for number in 1..=4 {
            stage.tell(call(&traffic::answered(number)));
        }
        stage.press(keys);
        let text = stage.text();
        let header = text.lines().next().unwrap();
        assert!(header.contains("4/4"), "{header}");
        assert!(
            header.contains("Ques") || header.contains("12:33"),
            "{header}"
        );
        assert!(header.contains(":4111"), "{header}");
        // What stands on the right touches nothing.
        let (_, right) = header.split_once('▲').unwrap();
        assert!(!right.trim().is_empty());
        assert!(!header.contains("ON ▲"), "{header}");
        stage.press("J");
        assert_eq!(stage.notice(), "this is the last of 4");
        stage.press("K*4");
        assert_eq!(stage.notice(), "this is the first of 4");
    }
}

/// How a call goes is said in the list, and nothing of one that went well.
#[test]
fn the_list_says_how_each_call_goes() {
    let mut stage = listening();
    stage.tell(call(&asked(1)));
    stage.sees("waiting");
    let mut streaming = asked(2);
    streaming.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&streaming));
    stage.sees("streaming");
    let mut refused = asked(3);
    refused.status = Some(429);
    refused.arrive(b"{\"error\":{\"code\":429,\"message\":\"slow down\"}}", 5);
    refused.ended = Some((CaptureEnding::Complete, 9));
    stage.tell(call(&refused));
    stage.sees(" 429");
    let mut again = traffic::answered(4);
    again.retry_of = Some(3);
    stage.tell(call(&again));
    stage.sees("retry of 3");
    for (number, ending, says) in [
        (5, CaptureEnding::Cancelled, "cancelled"),
        (
            6,
            CaptureEnding::BrokenOff("reset".to_owned()),
            "broken off",
        ),
        (
            7,
            CaptureEnding::Unreachable("refused".to_owned()),
            "unreachable",
        ),
    ] {
        let mut capture = asked(number);
        capture.ended = Some((ending, 9));
        stage.tell(call(&capture));
        stage.sees(says);
    }
    let mut stage = listening();
    stage.tell(call(&traffic::answered(1)));
    let went = stage
        .library
        .entry(0)
        .unwrap()
        .summary()
        .unwrap()
        .facts
        .went
        .clone();
    assert_eq!(went, "");
}

#[test]
fn the_list_keeps_the_newest_calls_and_says_where_the_others_are() {
    let mut stage = Stage::empty(SIZE);
    stage.tell(Msg::Traffic(TrafficReport::Listening {
        setup: Setup::default(),
        origin: "http://127.0.0.1:4111".to_owned(),
        upstream: "https://openrouter.ai".to_owned(),
        forward: None,
        keep: 5,
        recording: Some("calls.ndjson".to_owned()),
    }));
    // One that is not over, one that is marked and one that is edited stay, however old.
    stage.tell(call(&asked(1)));
    stage.tell(call(&traffic::answered(2)));
    stage.press("x");
    stage.tell(call(&traffic::answered(3)));
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\" tab type:\"7\" enter");
    for number in 4..=12 {
        stage.tell(call(&traffic::answered(number)));
    }
    let numbers = |stage: &Stage| -> Vec<usize> {
        let completions = (0..stage.library.len()).map(|index| stage.library.ready(index).unwrap());
        completions
            .map(|completion| completion.origin.record)
            .collect()
    };
    assert_eq!(numbers(&stage), [1, 2, 3, 11, 12]);
    stage.model.focus = Pane::List;
    stage.sees("7 older in calls.ndjson");
    assert_eq!(stage.model.list.row, 4, "it follows the newest");
    // What is looked at stays, too, and under the cursor.
    stage.press("K");
    stage.tell(call(&traffic::answered(13)));
    stage.tell(call(&traffic::answered(14)));
    assert!(numbers(&stage).contains(&11), "{:?}", numbers(&stage));
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(current.completion.origin.record, 11);
    assert_eq!(
        stage
            .library
            .ready(stage.model.list.row)
            .unwrap()
            .origin
            .record,
        11
    );
    // The open call goes on in its row.
    stage.tell(call(&traffic::answered(1)));
    assert!(!stage.text().contains("1 running"), "{}", stage.text());
}

#[test]
fn a_sessions_calls_are_summed_up_and_listed() {
    let mut stage = listening();
    for number in 1..=3 {
        let mut capture = traffic::answered(number);
        capture.request_headers = vec![("x-session-id".to_owned(), "s-1".to_owned())];
        stage.tell(call(&capture));
    }
    stage.tell(call(&traffic::answered(4)));
    stage.press("o");
    stage.sees("Sessions");
    stage.sees("3 calls · $0.000360 · 24 tokens · 600 ms");
    // A call that ends while one looks is counted.
    let mut capture = asked(5);
    capture.request_headers = vec![("x-session-id".to_owned(), "s-1".to_owned())];
    stage.tell(call(&capture));
    let mut capture = traffic::answered(5);
    capture.request_headers = vec![("x-session-id".to_owned(), "s-1".to_owned())];
    stage.tell(call(&capture));
    stage.sees("4 calls · $0.000480 · 32 tokens · 800 ms");
    stage.press("G enter");
    assert_eq!(stage.listed(), 4);
    stage.press("esc f type:\"session:s-1\" enter");
    assert_eq!(stage.listed(), 4);
}

/// With calls open and nothing happening, no time is asked for and the frame stays.
#[test]
fn nothing_moves_while_nothing_happens() {
    let mut stage = listening();
    stage.tell(call(&asked(1)));
    let mut streaming = asked(2);
    streaming.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&streaming));
    assert!(!stage.model.needs_ticks() && !stage.model.is_busy());
    let before = stage.frame();
    stage.now += 60_000;
    stage.tell(Msg::Tick);
    assert_eq!(stage.frame(), before);
}

/// Whatever is done with a completion is done with a captured call.
#[test]
fn a_captured_call_is_a_completion_like_any_other() {
    let mut stage = listening();
    stage.tell(Msg::Destination(crate::stage::local_sink()));
    for number in 1..=3 {
        stage.tell(call(&traffic::answered(number)));
    }
    // Filter and findings.
    stage.press("f");
    stage.tell(Msg::Paste("\"question 2\"".to_owned()));
    stage.press("enter");
    assert_eq!(stage.listed(), 1);
    stage.press("esc F");
    stage.sees("Findings");
    stage.press("esc");
    // Edits, undone and made again; comparison with what it was.
    stage.model.focus = Pane::Trace;
    stage.press("a type:\"build\" tab type:\"7\" enter");
    assert!(stage.event().contains("\"build\":"), "{}", stage.event());
    stage.press("u");
    assert!(!stage.event().contains("\"build\":"), "{}", stage.event());
    stage.press("U c m");
    stage.sees("with 1 edit");
    stage.press("esc");
    // Saved as a sample that loads as the same completion, the times that were measured included.
    let saved = stage.press("w ctrl-u type:\"mine.json\" enter");
    let bytes = saved.iter().find_map(|effect| match effect {
        Effect::Save { bytes, .. } => Some(bytes.clone()),
        _ => None,
    });
    let loaded = rainscope::load("mine.json", &bytes.unwrap());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let mapped = rainscope::map(&loaded.completions[0], &rainscope::Edits::none());
    let json = rainscope::event_json(mapped.event().unwrap(), rainscope::Privacy::Off);
    assert!(
        json.contains("\"build\":") && json.contains("\"duration_ms\":200"),
        "{json}"
    );
    // Sent, alone and with all others.
    let sent = stage.press("s");
    assert!(
        sent.iter().any(|effect| matches!(effect, Effect::Send(..))),
        "{sent:?}"
    );
    stage.press("esc");
    let sent = stage.press("S");
    let is_all = |effect: &Effect| matches!(effect, Effect::SendAll(_));
    assert!(sent.iter().any(is_all), "{sent:?}");
    stage.press("S");
}

/// A captured call is asked again by the path of every completion, with the body that the app sent.
#[test]
fn a_captured_call_is_asked_again_like_any_completion() {
    use rainscope::inspector::windows::live::Access;
    let mut stage = listening();
    stage.model.kept.live.access = Access {
        base_url: Ok("https://openrouter.ai/api".to_owned()),
        has_key: true,
    };
    let capture = traffic::answered(1);
    stage.tell(call(&capture));
    stage.press("X");
    stage.sees("This costs money");
    let live = stage.model.kept.live.request.as_ref().unwrap();
    assert_eq!(live.url, "https://openrouter.ai/api/v1/chat/completions");
    let sent: serde_json::Value = serde_json::from_str(live.request.body.as_str()).unwrap();
    let asked: serde_json::Value = serde_json::from_slice(&capture.request).unwrap();
    assert_eq!(sent, asked);
}

/// What to set is said where nothing has passed yet, and again wherever the token of deliveries is asked for.
#[test]
fn without_a_call_it_says_what_to_set() {
    use rainscope::listen::setup;
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut stage = Stage::empty((width, height));
        let addr = "127.0.0.1:4111".parse().unwrap();
        stage.tell(Msg::Traffic(TrafficReport::Listening {
            setup: Setup {
                has_command: false,
                apps: setup::for_apps(addr),
                deliveries: setup::for_deliveries(addr, &"deliveries-0123456789".parse().unwrap()),
            },
            origin: "http://127.0.0.1:4111".to_owned(),
            upstream: "https://openrouter.ai".to_owned(),
            forward: None,
            keep: 5,
            recording: None,
        }));
        for says in [
            "Listening at http://127.0.0.1:4111",
            "Calls appear here as they happen.",
            "OPENAI_BASE_URL=",
            "http://127.0.0.1:4111/api/v1",
            "ANTHROPIC_BASE_URL=",
            "http://127.0.0.1:4111/api ",
            "--show CLIENT",
        ] {
            stage.sees(says);
        }
        assert!(!stage.text().contains("file"), "{}", stage.text());
        stage.press("$");
        stage.sees("Listening · http://127.0.0.1:4111");
        stage.sees("https://YOUR-TUNNEL/broadcast");
        stage.sees("{\"Authorization\": \"Bearer deliveries-0123456789\"}");
        assert!(!stage.text().contains("running"), "{}", stage.text());
        // It is there to be entered elsewhere.
        let copied = stage.press("y").into_iter().any(|effect| match effect {
            Effect::Copy(text) => {
                text.contains("OPENAI_BASE_URL=") && text.contains("Bearer deliveries-0123456789")
            }
            _ => false,
        });
        assert!(copied, "{}", stage.notice());
        assert!(!format!("{:?}", stage.model.traffic).contains("deliveries-0123456789"));
    }
}

/// A row says how a call went in so few words that its findings and its name keep their room.
#[test]
fn a_rows_label_leaves_room_for_the_rest() {
    let mut stage = traffic::listening((120, 40), None);
    let mut again = asked(2);
    again.status = Some(429);
    again.retry_of = Some(1);
    again.arrive(b"{\"error\":{\"code\":429,\"message\":\"slow down\"}}", 5);
    again.ended = Some((CaptureEnding::Complete, 9));
    stage.tell(call(&again));
    stage.sees("Question 2  429 –");
    let mut broken = asked(3);
    broken.retry_of = Some(2);
    broken.arrive(chunk("Hel").as_bytes(), 100);
    broken.ended = Some((CaptureEnding::BrokenOff("reset".to_owned()), 200));
    stage.tell(call(&broken));
    stage.sees(" cut ⚠");
}

#[test]
fn what_cannot_be_told_of_an_answer_is_said() {
    let mut stage = listening();
    let mut unreadable = asked(1);
    unreadable.status = Some(200);
    unreadable.arrive(b"\xff\x00\xfe", 100);
    unreadable.ended = Some((CaptureEnding::Complete, 200));
    stage.tell(call(&unreadable));
    stage.sees("unreadable");
    stage.sees("it is no text");
    let mut given_up = traffic::answered(2);
    given_up.give_up("its body is too long to be kept");
    stage.tell(call(&given_up));
    stage.sees("not kept");
    stage.sees("its body is too long to be kept");
}

/// A key that was masked is a finding, and nothing beside it is called good.
#[test]
fn a_masked_key_is_said_to_be_one() {
    let mut stage = Stage::empty((160, 45));
    let key = format!("sk-or-v1-{}", "a7c35e9b10d24f68".repeat(4));
    let mut capture = traffic::answered(1);
    let asked = String::from_utf8(capture.request.clone()).unwrap();
    capture.request = asked.replace("search", &format!("key {key}")).into_bytes();
    stage.tell(call(&capture));
    stage.sees("key [key masked by rainscope]");
    stage.sees("secret-in-event");
    stage.sees("B · – 0 leaks");
    assert!(!stage.text().contains("✓ 0 leaks"), "{}", stage.text());
    assert!(!stage.text().contains(&key[9..20]), "{}", stage.text());
}

#[test]
fn measured_times_are_marked_as_such() {
    let mut stage = listening();
    stage.tell(call(&traffic::answered(1)));
    stage.model.focus = Pane::Event;
    stage.press("/ type:\"duration_ms\" enter");
    stage.sees("measured by rainscope");
}

/// Of an answer that still arrives nothing is missing yet; once it is over, what is missing is told.
#[test]
fn what_still_arrives_lacks_nothing_yet() {
    let mut stage = listening();
    let mut capture = asked(1);
    capture.status = Some(200);
    capture.arrive(chunk("Hel").as_bytes(), 100);
    stage.tell(call(&capture));
    let codes = |stage: &Stage| {
        let found = &stage.model.current.as_ref().unwrap().mapped.findings;
        let codes = found.iter().map(|found| found.code.as_str());
        codes.collect::<Vec<_>>().join(" ")
    };
    // The session is the request's, which is there.
    assert_eq!(codes(&stage), "session-missing");
    stage.sees("session-missing");
    capture.request = String::from_utf8(capture.request.clone())
        .unwrap()
        .replacen('{', "{\"session_id\":\"s-1\",", 1)
        .into_bytes();
    stage.tell(call(&capture));
    stage.sees("the answer is still arriving");
    assert!(!stage.text().contains("no findings"), "{}", stage.text());
    capture.ended = Some((CaptureEnding::BrokenOff("it was reset".to_owned()), 200));
    stage.tell(call(&capture));
    let codes = codes(&stage);
    for code in ["finish-reason-unknown", "cost-unknown", "stream-incomplete"] {
        assert!(codes.contains(code), "{codes}");
    }
}

/// The status that the app got is told of a call that it gave up, too.
#[test]
fn the_status_of_a_call_that_was_given_up_is_told() {
    let mut stage = listening();
    let mut capture = asked(1);
    capture.status = Some(401);
    capture.ended = Some((CaptureEnding::Cancelled, 20));
    stage.tell(call(&capture));
    stage.sees("Question 1       401");
    stage.sees("the app got an error, status 401, and went");
    let facts = stage.model.library.entry(0).unwrap().summary().unwrap();
    assert_eq!(facts.facts.went, "401, cancelled");
}

/// What leads apps and deliveries here is told beside what a command wrote, too.
#[test]
fn the_lines_for_apps_are_there_while_a_command_runs() {
    let mut stage = Stage::empty(SIZE);
    stage.tell(Msg::Traffic(TrafficReport::Listening {
        setup: Setup {
            has_command: true,
            apps: vec![
                "Apps take".to_owned(),
                "  base=http://127.0.0.1:4111".to_owned(),
            ],
            deliveries: vec![
                "Deliveries take".to_owned(),
                "  {\"Authorization\": \"Bearer abc-123\"}".to_owned(),
            ],
        },
        origin: "http://127.0.0.1:4111".to_owned(),
        upstream: "https://openrouter.ai".to_owned(),
        forward: None,
        keep: 10,
        recording: None,
    }));
    let check = |stage: &Stage, wrote: &str| {
        for text in ["Apps take", "base=http", "Deliveries take", wrote] {
            stage.sees(text);
        }
    };
    stage.press("$");
    check(&stage, "It wrote nothing yet.");
    stage.tell(Msg::Traffic(TrafficReport::Output {
        is_error: false,
        text: "it begins".to_owned(),
    }));
    check(&stage, "it begins");
    check(&stage, "Bearer abc-123");
    // On a projector nobody reads the token.
    stage.press("P");
    check(&stage, "{\"Authorization\": \"Bearer ••••••\"}");
    assert!(!stage.text().contains("abc-123"), "{}", stage.text());
}

/// Leaving ends a command that still runs, and so asks.
#[test]
fn leaving_asks_while_the_command_runs() {
    let mut stage = listening();
    let effects = stage.press("q");
    assert!(effects.is_empty(), "{effects:?}");
    stage.sees("Leave rainscope?");
    stage.sees("The command that was started here is still running;");
    stage.press("esc");
    stage.tell(Msg::Traffic(TrafficReport::Ended(0)));
    let effects = stage.press("q");
    assert!(
        matches!(effects.as_slice(), [rainscope::inspector::Effect::Quit]),
        "{effects:?}"
    );
}

/// A filter or an order does not make the list grow without a limit, and keeps its rows.
#[test]
fn calls_are_let_go_while_the_list_is_filtered() {
    let mut stage = listening();
    if let Some(traffic) = &mut stage.model.traffic {
        traffic.keep = 5;
    }
    for number in 1..=5 {
        stage.tell(call(&traffic::answered(number)));
    }
    stage.model.focus = Pane::List;
    stage.press("O");
    assert!(stage.model.listing.is_narrowed());
    for number in 6..=20 {
        stage.tell(call(&traffic::answered(number)));
        let all = stage.model.library.len();
        assert!(all <= 6, "{all} are kept after {number}");
        let mut listed = stage.model.listing.entries(&stage.model.library);
        listed.sort_unstable();
        assert_eq!(listed, (0..all).collect::<Vec<_>>(), "after {number}");
    }
}

/// The header stays still while calls come and go, and says that the command ended for as long as it is so.
#[test]
fn the_header_stays_still_while_calls_come_and_go() {
    for width in [80, 100, 120, 160] {
        let mut stage = traffic::listening((width, 24), None);
        stage.tell(Msg::Destination(local_sink()));
        stage.tell(call(&traffic::answered(1)));
        stage.tell(call(&traffic::answered(2)));
        stage.model.focus = Pane::Event;
        stage.press("");
        let header = |stage: &Stage| stage.text().lines().next().unwrap().to_owned();
        let column = |stage: &Stage, what: &str| {
            let header = header(stage);
            let at = header
                .find(what)
                .unwrap_or_else(|| panic!("{what} in {header}"));
            header[..at].chars().count()
        };
        let places = |stage: &Stage| ["live", "privacy", "▲"].map(|what| column(stage, what));
        let idle = places(&stage);
        stage.press("p p");
        let mut third = asked(3);
        stage.tell(call(&third));
        assert_eq!(places(&stage), idle, "{width} {}", header(&stage));
        third.ended = Some((CaptureEnding::Complete, 200));
        stage.tell(call(&third));
        assert_eq!(places(&stage), idle, "{width} {}", header(&stage));
        assert!(!header(&stage).contains("exit"));
        stage.tell(Msg::Traffic(TrafficReport::Ended(3)));
        stage.press("p p");
        assert!(header(&stage).contains("exit 3"), "{}", header(&stage));
    }
}

/// A call has a name for the history and words for the screen; the time that both begin with is said once.
#[test]
fn the_two_names_of_a_call_share_their_time() {
    let mut stage = traffic::listening((120, 40), None);
    stage.tell(Msg::Destination(local_sink()));
    stage.tell(call(&traffic::answered(1)));
    stage.press("s");
    let window = stage.window().join("\n");
    let title = window
        .lines()
        .find(|line| line.contains("test trace"))
        .unwrap();
    assert_eq!(title.matches("12:33:07").count(), 1, "{title}");
    assert!(title.contains("openai/gpt-4o-mini · Question 1"), "{title}");
}

/// What is laid over every completion makes none of them anybody's, so the list is as short as without it; what somebody
/// did to one stays.
#[test]
fn calls_are_let_go_whatever_is_done_to_every_completion() {
    let value = JsonText::string("v");
    let key = "k".to_owned();
    let edits: Edits = [Edit::SetKey { key, value }].into_iter().collect();
    for (edits, keys) in [
        (Edits::none(), "a type:\"mine=1\" enter"),
        (edits.clone(), "a type:\"mine=1\" enter"),
        (edits.clone(), "a type:\"mine=1\" enter u"),
        (edits, "u"),
    ] {
        let mut stage = traffic::listen(Stage::editing(SIZE, edits), None, 3);
        stage.tell(call(&traffic::answered(1)));
        stage.press(keys);
        stage.model.focus = Pane::List;
        for number in 2..=12 {
            stage.tell(call(&traffic::answered(number)));
        }
        let all = (0..stage.library.len()).map(|index| stage.library.ready(index).unwrap());
        let numbers: Vec<usize> = all.map(|completion| completion.origin.record).collect();
        assert_eq!(numbers, [1, 11, 12], "{keys}");
    }
}

/// What has come of an answer by now is no event: OpenRouter broadcasts a generation when it is over. Neither key sends it.
#[test]
fn a_call_that_is_not_over_is_not_sent() {
    let mut stage = listening();
    stage.tell(Msg::Destination(local_sink()));
    let mut open = asked(1);
    open.status = Some(200);
    open.arrive(chunk("word0 ").as_bytes(), 100);
    stage.tell(call(&open));
    stage.press("g");
    for key in ["s", "S"] {
        assert_eq!(stage.press(key), [], "{key}");
        stage.sees("its answer is still arriving");
    }
    stage.tell(call(&traffic::answered(2)));
    let begun = stage.press("S");
    assert!(
        matches!(begun.as_slice(), [Effect::SendAll(_)]),
        "{begun:?}"
    );
    assert_eq!(stage.take_items().len(), 1);
    stage.sees("1 call is left out: its answer is still arriving.");
}
