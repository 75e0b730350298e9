//! Presenter mode: what is done is said in words, and only the rows that matter are shown.

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::inspector::showing::tour::STOPS;
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::{Command, Msg, Pane};

use crate::stage::{self, Stage, answered, paint};

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
    check("p", "privacy on");
    check("p", "privacy off");
    check(
        "c",
        "show privacy off and on side by side, with the leak scan's verdict",
    );
    check(
        "esc",
        "Time check: what OpenRouter saw, and what Raindrop gets",
    );
    check("o", "counts, cost, tokens and time of what is loaded");
    check(
        "esc run:go-to type:/properties/feature enter e ctrl-u",
        "Time check: what OpenRouter saw, and what Raindrop gets",
    );
    check("type:growth enter", "set feature = growth");
    check("u", "taken back: set feature = growth");
    check("ctrl-r", "set feature = growth");
    check(
        "run:go-to type:/user_id enter enter",
        "user_id comes from /request/user",
    );
    check("enter", "/request/user becomes user_id");
    check("e ctrl-u type:ada enter", "set user = ada");
    check("R", "back to the sample as it was loaded");
    stage.press("J");
    assert!(
        caption(&stage).starts_with("shown: "),
        "{}",
        caption(&stage)
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

/// A secret that is typed is in no caption, nor is any key.
#[test]
fn says_no_keys() {
    let mut stage = presented("Time check", (120, 40));
    stage.model.pressed = Some(Vec::new());
    stage.press("t type:rk_secret");
    assert!(!stage.text().contains("rk_secret"));
    stage.press("esc esc p p");
    assert!(!stage.text().contains(" p p "), "{}", stage.text());
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
