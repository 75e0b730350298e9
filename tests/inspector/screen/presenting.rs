//! Presenter mode: what is done is said in words, and only the rows that matter are shown.

use rainscope::capture::{Capture, CaptureEnding};
use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::inspector::keys::command::{CommandGroup, TABLE};
use rainscope::inspector::showing::tour::STOPS;
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::{Command, Msg, Pane};

use crate::stage::{self, Stage, answered, paint, traffic};

/// What the line below the panes says.
fn caption(stage: &Stage) -> String {
    let area = stage.model.layout().guide;
    let lines = paint::part(&stage.frame(), area);
    lines.join(" ").trim().to_owned()
}

fn presented(sample: &str, size: (u16, u16)) -> Stage {
    let mut stage = Stage::at(sample, size);
    stage.press("P");
    stage
}

/// Captions are words, not keys, and come from what a command did.
#[test]
fn says_what_was_done() {
    let mut stage = presented("Time check", (80, 24));
    let check = |stage: &mut Stage, keys: &str, expected: &str| {
        stage.press(keys);
        assert_eq!(caption(stage), expected, "{keys}");
    };
    let mut check = |keys: &str, expected: &str| check(&mut stage, keys, expected);
    check(
        "p",
        "privacy on: input and output are kept back; no leak found",
    );
    check("p", "privacy off: input and output go along");
    check("c", "privacy off and on side by side: no leak found");
    check("esc", TIME_CHECK);
    check("o", "41 completions at a glance");
    check(
        "esc run:go-to type:/properties/feature",
        "on the way to: /properties/feature",
    );
    check("enter", "feature comes from /request/trace/feature");
    check("e ctrl-u", "feature =");
    check("type:growth", "feature = growth");
    check("enter", "set feature = growth");
    check("u", "taken back: set feature = growth");
    check("ctrl-r", "set feature = growth");
    check(
        "run:go-to type:/user_id enter enter",
        "user_id comes from /request/user",
    );
    check("enter", "/request/user becomes /user_id");
    check("e ctrl-u type:ada enter", "set user = ada");
    check("R", "back to the sample as it was loaded");
    stage.press("J");
    let says = caption(&stage);
    assert!(
        says.starts_with("The Broadcast event of the documentation: "),
        "{says}"
    );
}

const TIME_CHECK: &str = "Time check: what OpenRouter saw, and what Raindrop gets";

/// What is said is so whatever led to it, and is gone once it is over.
#[test]
fn says_what_holds() {
    let check = |sample: &str, before: &str, keys: &str, expected: &str| {
        let mut stage = presented(sample, (100, 30));
        stage.press(before);
        stage.press(keys);
        assert_eq!(caption(&stage), expected, "{sample}: {before} {keys}");
    };
    // Enter on the list says nothing of a field, and a constant has no source.
    check("Time check", "p p g", "enter", TIME_CHECK);
    check(
        "Time check",
        "run:go-to type:/event enter",
        "enter",
        "event: the constant llm_generation",
    );
    check(
        "Metadata is not trace",
        "run:go-to type:/request/metadata/campaign enter",
        "enter",
        "/request/metadata/campaign not forwarded: request `metadata` is never broadcast",
    );
    check(
        "Time check",
        "run:go-to type:/request/trace enter",
        "enter",
        "/request/trace holds what becomes 6 fields",
    );
    // What is edited meanwhile is told, and not what was done before it.
    check("Time check", "p p", "e", "user = user_12345");
    check("Time check", "p p e 9", "esc", TIME_CHECK);
    check(
        "Time check",
        "e ctrl-u type:ada enter u e",
        "esc",
        TIME_CHECK,
    );
    check("Time check", "p p", "a type:team", "a new key: team");
    check(
        "Time check",
        "p",
        "ctrl-o",
        "user, session and trace, written as JSON",
    );
    // What can't be done leaves nothing standing that is over.
    check("Time check", "p", "F", TIME_CHECK);
    // The verdict, in each of its forms.
    check(
        "A trace value leaks the prompt",
        "",
        "c",
        "privacy off and on side by side: 1 leak",
    );
    check(
        "A trace value leaks the prompt",
        "",
        "p",
        "privacy on: input and output are kept back; 1 leak",
    );
    // What the cursor was on is over where it went on; what was done is not.
    check(
        "Time check",
        "run:go-to type:/user_id enter",
        "down",
        TIME_CHECK,
    );
    check(
        "Time check",
        "tab*3 p",
        "down",
        "privacy on: input and output are kept back; no leak found",
    );
    // The list.
    check("Time check", "", "O", "the list, by name");
    check("Time check", "O", "I", "the list, by name, reversed");
    check(
        "Time check",
        "",
        "f type:gemini",
        "7 of 41 completions listed: gemini",
    );
    check(
        "Time check",
        "f type:gemini enter",
        "f ctrl-u",
        "all 41 completions are listed",
    );
    check("Time check", "", "x", "Time check is marked");
    check("Time check", "x", "x", "Time check is no longer marked");
    check("Time check", "", "z", "the list of completions alone");
    check("Time check", "z", "z", "all panes");
    check("Time check", "z", "tab", "the trace metadata alone");
    check(
        "Anonymous",
        "",
        "F",
        "3 findings, 2 warnings, 1 info: what each means",
    );
    check(
        "Time check",
        "tab*2",
        "/ type:user enter",
        "match 1 of 4 for \"user\"",
    );
    check(
        "Time check",
        "a type:team enter type:search enter",
        "q",
        "Leave rainscope?",
    );
}

/// Whatever is done, the audience is told what it sees: never what to press, and never what was done before.
#[test]
fn says_what_is_seen_after_every_command() {
    // Words that begin an order, as the table has them for those who press the keys.
    let orders: Vec<String> = TABLE
        .iter()
        .filter_map(|entry| entry.help.split([' ', ',']).next())
        .map(str::to_lowercase)
        .filter(|word| {
            !["counts", "every", "all", "back", "presenter", "in", "while"].contains(&word.as_str())
        })
        .collect();
    let is_order = |says: &str| {
        let first = says.split([' ', ',', ':']).next().unwrap_or_default();
        orders.iter().any(|order| order == first)
            || ["Esc", "⏎", " press", "presses", "Tab", "asks first"]
                .iter()
                .any(|word| says.contains(word))
    };
    // What moves in what is seen, or was refused, leaves standing what was done before.
    let stays = |command: Command| {
        command.entry().group == CommandGroup::Move && command != Command::GoTo
            || matches!(
                command,
                Command::ToggleFold
                    | Command::FoldLevel
                    | Command::Quit
                    | Command::Suspend
                    // In privacy mode it is refused, and what holds is said as before.
                    | Command::ReportWithText
            )
    };
    for (sample, before) in [
        ("Time check", "p"),
        ("Time check", "tab*3 p"),
        ("Anonymous", "tab e ctrl-u type:ada enter"),
        ("Metadata is not trace", "x J"),
        ("A trace value leaks the prompt", "s tab*2 p"),
    ] {
        for entry in TABLE {
            let mut stage = presented(sample, (120, 40));
            stage.press(before);
            let said = caption(&stage);
            stage.press(&format!("run:{}", entry.name));
            if stage.model.tour.is_some() || stage.model.presenter.is_none() {
                continue;
            }
            let says = caption(&stage);
            let context = format!("{sample}, {before}, {}: {says}", entry.name);
            assert!(!says.is_empty(), "{context}");
            assert!(!is_order(&says), "{context}");
            // Which completion is shown is no thing of the past.
            // Another order than the one there is says so in its notice.
            let is_as_before = entry.command == Command::SortLoaded;
            let was_shown = said.contains("what OpenRouter saw");
            assert!(
                says != said || was_shown || is_as_before || stays(entry.command),
                "{context}"
            );
            // Nothing of it is left once the panes are back.
            let is_open = !stage.model.windows.is_empty() || stage.model.is_typing();
            stage.press("esc esc esc");
            let is_open = is_open && stage.model.windows.is_empty();
            assert!(!is_open || caption(&stage) != says, "{context}");
        }
    }
}

/// Where nothing is shown, that is told, and of a call how far it came.
#[test]
fn says_what_is_missing() {
    let mut stage = Stage::empty((120, 40));
    stage.press("P");
    assert_eq!(caption(&stage), "no completion is loaded");
    let mut stage = traffic::listening((120, 40), None);
    stage.press("P");
    assert_eq!(caption(&stage), "listening; no call has come yet");
    stage.press("$");
    assert_eq!(caption(&stage), "what the command writes");
    stage.press("esc");
    // Before an event comes of it, it is called by its model.
    let names = ["openai/gpt-4o-mini: ", " Question "];
    let mut call = traffic::asked(1);
    let mut check = |call: &Capture, expected: &str| {
        stage.tell(traffic::call(call));
        let says = caption(&stage);
        let is_named = names.iter().any(|name| says.contains(name));
        assert!(is_named && says.ends_with(expected), "{says}");
    };
    check(&call, ": no answer yet");
    call.status = Some(200);
    call.arrive(traffic::chunk("Hi").as_bytes(), 100);
    check(&call, ": its answer is still arriving");
    call.ended = Some((CaptureEnding::BrokenOff("it was reset".to_owned()), 200));
    check(&call, ": its answer broke off");
    check(
        &traffic::answered(2),
        ": what OpenRouter saw, and what Raindrop gets",
    );
    let mut stage = presented("Time check", (120, 40));
    stage.press("f type:nothing-like-it");
    assert_eq!(
        caption(&stage),
        "0 of 41 completions listed: nothing-like-it"
    );
}

#[test]
fn says_what_became_of_a_test_trace() {
    let mut stage = presented("Time check", (120, 40));
    stage.press("s");
    assert_eq!(
        caption(&stage),
        "a test trace is on its way to the local sink"
    );
    stage.tell(Msg::Attempted(Ticket(1), answered(200, "{}")));
    stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
    assert_eq!(caption(&stage), "accepted by the local sink");
    // A destination elsewhere is asked about before anything is said to go there.
    let mut stage = presented("Time check", (120, 40));
    stage.tell(Msg::Destination(stage::raindrop()));
    stage.press("s");
    assert!(
        !caption(&stage).contains("on its way"),
        "{}",
        caption(&stage)
    );
    stage.press("enter");
    assert_eq!(caption(&stage), "a test trace is on its way to Raindrop");
}

/// A secret that is typed is in no caption; the keys that a demonstration shows are shown here too, where an audience
/// needs them most.
#[test]
fn shows_the_keys_of_a_demonstration() {
    let mut stage = presented("Time check", (120, 40));
    stage.model.pressed = Some(Vec::new());
    stage.press("t type:rk_secret");
    assert!(!stage.text().contains("rk_secret"));
    stage.press("esc esc p p");
    let header = stage.text().lines().next().unwrap().to_owned();
    assert!(header.contains(" p p "), "{header}");
    // In the tour, its own keys are among them.
    stage.press("run:tour space space 2");
    let header = stage.text().lines().next().unwrap().to_owned();
    assert!(header.contains(" p p Space Space 2 "), "{header}");
    // In little room they leave some for what is shown.
    let mut stage = presented("Time check", (80, 24));
    stage.model.pressed = Some(Vec::new());
    stage.press("run:tour space space space space space space");
    let header = stage.text().lines().next().unwrap().to_owned();
    let name = &stage.model.current.as_ref().unwrap().completion.name;
    assert!(header.contains(name.as_str()), "{name}: {header}");
    assert!(header.contains(" Space Space "), "{header}");
}

fn rows(stage: &Stage) -> String {
    let area = stage.model.layout().pane(Pane::Completion);
    paint::part(&stage.frame(), area).join("\n")
}

/// The values that go nowhere are one row, which opens and closes like any other.
#[test]
fn folds_what_goes_nowhere() {
    let mut stage = Stage::at("Time check", (120, 60));
    let before = stage.model.current.as_ref().unwrap().source.rows().len();
    assert!(rows(&stage).contains("system_fingerprint"));
    stage.press("P");
    let shown = rows(&stage);
    let after = stage.model.current.as_ref().unwrap().source.rows().len();
    assert!(after < before, "{after} of {before}");
    assert!(!shown.contains("system_fingerprint"), "{shown}");
    let count = shown.matches(" more that go nowhere").count();
    assert!(count > 2, "{shown}");
    // To the row of the response, which has the fingerprint.
    stage.press("run:go-to type:/response/system_fingerprint enter");
    assert!(
        rows(&stage).contains("system_fingerprint"),
        "going to a value shows it"
    );
    stage.press("left left");
    let shown = rows(&stage);
    assert!(!shown.contains("system_fingerprint"), "{shown}");
    stage.sees("values that go nowhere; ⏎ shows them");
    stage.press("enter");
    assert!(rows(&stage).contains("system_fingerprint"));
    stage.press("enter +");
    assert!(
        !rows(&stage).contains(" more that go nowhere"),
        "all is opened"
    );
    stage.press("P");
    let again = stage.model.current.as_ref().unwrap().source.rows().len();
    assert!(again >= before, "off, everything is where it was");
    assert!(!rows(&stage).contains("go nowhere"));
}

/// Where no event comes of a completion, nothing of it is folded away: all of it goes nowhere, and is what there is to see.
#[test]
fn folds_nothing_where_there_is_no_event() {
    let stage = presented("Error body (429)", (120, 60));
    let shown = rows(&stage);
    assert!(!shown.contains("go nowhere"), "{shown}");
    assert!(
        shown.contains("Night school") && shown.contains("429"),
        "{shown}"
    );
}

/// What a finding is about matters, whether it arrives or not.
#[test]
fn keeps_what_a_finding_is_about() {
    let stage = presented("Metadata is not trace", (120, 60));
    let shown = rows(&stage);
    for key in ["metadata", "campaign", "cost_centre", "reviewer"] {
        assert!(shown.contains(key), "{key}: {shown}");
    }
    assert!(shown.contains("more that go nowhere"), "{shown}");
}

/// It works at the usual size of a terminal, and every row of the list keeps its completion.
#[test]
fn works_at_80_columns_and_for_every_sample() {
    for size in [(80, 24), (120, 40), (200, 50), (60, 20), (30, 8), (20, 5)] {
        let mut stage = Stage::samples(size);
        stage.press("P");
        for _ in 0..rainscope::samples::FILES.len() {
            stage.press("J tab*3 + - 2 tab");
            stage.frame();
        }
    }
    let stage = presented("Time check", (80, 24));
    let layout = stage.model.layout();
    assert_eq!(layout.guide.height, 1);
    assert_eq!(layout.body.bottom(), layout.guide.y);
    assert_eq!(layout.guide.bottom(), layout.footer.y);
    let mut stage = stage;
    stage.press("tab*3");
    stage.sees("user_id");
}

/// A click lands on the row that is seen, where rows are spread out, too.
#[test]
fn clicks_land_where_rows_are_spread() {
    let mut stage = presented("Time check", (150, 70));
    stage.press("tab*3 g");
    let area = stage.model.layout().inner(Pane::Event);
    let lines = paint::part(&stage.frame(), area);
    let rows = stage.model.current.as_ref().unwrap().event.rows().to_vec();
    let filled = lines.iter().filter(|line| !line.trim().is_empty()).count();
    assert_eq!(filled, rows.len(), "{}", lines.join("\n"));
    assert!(lines[1].trim().is_empty(), "{}", lines.join("\n"));
    for key in ["user_id", "total_cost", "feature"] {
        let line = lines.iter().position(|line| line.contains(key)).unwrap();
        let row = area.y + u16::try_from(line).unwrap();
        stage.tell(Msg::Click(area.x + 4, row));
        let current = stage.model.current.as_ref().unwrap();
        assert_eq!(current.event_row().unwrap().key, key);
    }
}

/// It is switched by its key, by its name, and off again; the stops of the tour name no command that there is not.
#[test]
fn is_a_command_like_any_other() {
    let mut stage = Stage::samples((120, 40));
    stage.press("run:present");
    assert!(stage.model.presenter.is_some());
    stage.press(": type:presenter enter");
    assert!(stage.model.presenter.is_none(), "{}", stage.notice());
    // Over a window it leaves what is open as it is.
    stage.press("o P");
    assert!(stage.model.presenter.is_some() && !stage.model.windows.is_empty());
    assert_eq!(Command::Present.entry().keys, ["P", "f5"]);
    assert!((5..=7).contains(&STOPS.len()));
}

/// A title may be a whole prompt: the sentence about it is what is said.
#[test]
fn a_long_title_leaves_room_for_what_is_said() {
    let said = "My telephone number is 555-867-5309, please rewrite it: ".repeat(4);
    let json = format!(
        r#"{{"request":{{"model":"a/b","messages":[{{"role":"user","content":"{said}"}}]}},"response":{{"id":"gen-1","model":"a/b","choices":[{{"message":{{"content":"Yes"}}}}]}}}}"#
    );
    let line = format!("{json}\n{json}\n");
    let mut stage = Stage::with(rainscope::load("a.ndjson", line.as_bytes()), (120, 40));
    stage.press("P");
    let says = caption(&stage);
    assert!(
        says.ends_with("what OpenRouter saw, and what Raindrop gets"),
        "{says}"
    );
}
