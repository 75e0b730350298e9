//! Pictures of every state at three sizes, text and styles. They are read before they are accepted.

use insta::assert_snapshot;
use rainscope::delivery::answer::Outcome;
use rainscope::delivery::deliver::Ending;
use rainscope::delivery::fault::Fault;
use rainscope::delivery::http::Attempt;
use rainscope::inspector::Msg;
use rainscope::inspector::library::Batch;
use rainscope::inspector::ui::symbols::Symbols;
use rainscope::inspector::ui::theme::Theme;
use rainscope::inspector::windows::send::Ticket;
use std::time::Duration;

use crate::stage::paint;
use crate::stage::{self, Stage, answered, raw, received};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];
const MEDIUM: (u16, u16) = SIZES[1];

/// Takes one picture at each size.
fn check(name: &str, at: impl Fn((u16, u16)) -> Stage) {
    for (width, height) in SIZES {
        shot(&format!("{name}@{width}x{height}"), &at((width, height)));
    }
}

fn shot(name: &str, stage: &Stage) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!(name, paint::picture(&stage.frame())));
}

/// The bundled samples after some keys.
fn after(keys: &'static str) -> impl Fn((u16, u16)) -> Stage {
    move |size| {
        let mut stage = Stage::samples(size);
        stage.press(keys);
        stage
    }
}

/// One sample after some keys.
fn on(sample: &'static str, keys: &'static str) -> impl Fn((u16, u16)) -> Stage {
    move |size| {
        let mut stage = Stage::at(sample, size);
        stage.press(keys);
        stage
    }
}

/// The send panel after some news.
fn sent(news: impl Fn() -> Vec<Msg>) -> impl Fn((u16, u16)) -> Stage {
    move |size| {
        let mut stage = Stage::samples(size);
        stage.press("s");
        for msg in news() {
            stage.tell(msg);
        }
        stage
    }
}

const TICKET: Ticket = Ticket(1);

#[test]
fn panes() {
    check("start", after(""));
    check("focus-trace", after("tab down*2"));
    check("focus-completion", after("tab*2 down*2"));
    check("focus-event", after("tab*3 down*5"));
}

#[test]
fn privacy_and_comparison() {
    check("privacy", after("p esc"));
    check("compare", after("c n"));
    check(
        "compare-leak",
        on("A trace value leaks the prompt", "c n*2"),
    );
}

#[test]
fn trace_edits() {
    check("editing", after("e ctrl-u type:\"someone-else\""));
    check(
        "editing-bad-json",
        after("tab down*6 e backspace*4 type:\"42\" type:\",x\""),
    );
    check(
        "key-added",
        after("a type:\"team\" enter type:\"search\" enter"),
    );
}

#[test]
fn sending() {
    check("send-under-way", sent(Vec::new));
    check(
        "send-accepted",
        sent(|| {
            let attempt = answered(200, "{\"success\":true}");
            vec![
                Msg::Attempted(TICKET, attempt),
                Msg::Ended(TICKET, Ending::Accepted),
            ]
        }),
    );
    check(
        "send-401",
        sent(|| {
            let attempt = answered(401, "{\"error\":\"invalid write key\"}");
            vec![
                Msg::Attempted(TICKET, attempt),
                Msg::Ended(TICKET, Ending::Refused),
            ]
        }),
    );
    check("send-retry", |size| {
        let mut stage = Stage::samples(size);
        stage.press("s");
        let attempt = Attempt {
            outcome: Outcome::Fault(Fault::Timeout {
                host: "127.0.0.1:5899".to_owned(),
                after: Duration::from_secs(10),
            }),
            elapsed: Duration::from_secs(10),
        };
        stage.tell(Msg::Attempted(TICKET, attempt));
        stage.tell(Msg::Waiting(TICKET, 4_000));
        stage.now += 1_500;
        stage.tell(Msg::Tick);
        stage
    });
    check("send-confirm", |size| {
        let mut stage = Stage::samples(size);
        stage.tell(Msg::Destination(stage::raindrop()));
        stage.press("s");
        stage
    });
    check("inbox", |size| {
        let mut stage = Stage::samples(size);
        let body =
            "[{\"event\":\"llm_generation\",\"event_id\":\"e-1\",\"ai_data\":{\"input\":\"Hi\"}}]";
        stage.tell(Msg::Received(received(1, 200, "", body)));
        let reason = "/0/user_id: is missing; expected a string";
        stage.tell(Msg::Received(received(2, 400, reason, body)));
        stage.press("i");
        stage
    });
    check("inbox-empty", after("i"));
}

#[test]
fn windows() {
    check("help", after("?"));
    check("palette", after(": type:\"copy\" down"));
    check("search", after("tab*3 / type:\"model\""));
    check("detail", on("Many scripts", "tab*3 down*6 v"));
    check("problems", |size| {
        let mut stage = Stage::samples(size);
        stage.load(rainscope::completion::load::load(
            "broken.json",
            b"{\"request\": {",
        ));
        stage.press("!");
        stage
    });
}

#[test]
fn odd_completions() {
    check("no-event", on("Error body (429)", "tab*3"));
    check("many-scripts", on("Many scripts", "tab*3"));
    check("broken-record", |size| {
        let mut stage = Stage::empty(size);
        stage.tell(Msg::Destination(stage::local_sink()));
        let records = vec![
            raw("{\"request\": {\"model\": \"a/b\",,", 1),
            raw(rainscope::samples::FILES[0].1, 2),
        ];
        stage.tell(Msg::Loaded(Batch {
            records,
            ..Batch::default()
        }));
        stage.press("l");
        stage
    });
    check("empty", |size| {
        let mut stage = Stage::empty(size);
        stage.tell(Msg::Destination(stage::local_sink()));
        stage.press("tab*2");
        stage
    });
    check("loading", |size| {
        let mut stage = Stage::empty(size);
        stage.tell(Msg::Loading(Some((3, 8))));
        stage.press("tab*2");
        stage
    });
}

#[test]
fn looks() {
    let mut stage = Stage::at("A trace value leaks the prompt", MEDIUM);
    stage.press("tab*3 p a type:\"team\" enter type:\"x\" enter");
    stage.look.theme = Theme::monochrome();
    shot("no-color", &stage);
    let mut stage = Stage::at("A trace value leaks the prompt", MEDIUM);
    stage.press("tab*3 p");
    stage.look.symbols = Symbols::ascii();
    shot("ascii", &stage);
}

/// Borders and symbols are ASCII where that is asked for.
#[test]
fn ascii_means_ascii() {
    for keys in ["", "s", "?", "c", "o", "D", "tab e type:\"x\"", "J*3 i"] {
        let mut stage = Stage::samples((120, 40));
        stage.look.symbols = rainscope::inspector::ui::symbols::Symbols::ascii();
        stage.press(keys);
        // What is left is text of the samples.
        let strange: Vec<char> = stage
            .text()
            .chars()
            .filter(|c| !c.is_ascii() && !c.is_alphanumeric())
            .collect();
        assert!(strange.is_empty(), "{keys}: {strange:?}\n{}", stage.text());
    }
}
