//! Pictures of every pane and window by itself at two sizes, text and styles, and of a few whole screens: a
//! word that changes in one of them changes its own pictures alone. They are read before they are accepted.

use std::time::Duration;

use insta::assert_snapshot;
use rainscope::delivery::answer::AttemptOutcome;
use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::delivery::fault::Fault;
use rainscope::delivery::http::Attempt;
use rainscope::inspector::library::Batch;
use rainscope::inspector::ui::symbols::Symbols;
use rainscope::inspector::ui::theme::Theme;
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::{Msg, Pane};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::stage::paint;
use crate::stage::{self, Stage, answered, raw, received};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
const MEDIUM: (u16, u16) = SIZES[1];

/// Takes one picture of a pane on a screen of each size.
fn pane(name: &str, pane: Pane, at: impl Fn((u16, u16)) -> Stage) {
    part(name, at, |stage| stage.model.layout().pane(pane));
}

/// Takes one picture of the window, with the dialogs over it, on a screen of each size.
fn window(name: &str, at: impl Fn((u16, u16)) -> Stage) {
    part(name, at, |stage| {
        assert!(!stage.model.windows.is_empty(), "{name}");
        stage.model.window_area()
    });
}

fn part(name: &str, at: impl Fn((u16, u16)) -> Stage, area: impl Fn(&Stage) -> Rect) {
    for (width, height) in SIZES {
        let stage = at((width, height));
        let (frame, area) = (stage.frame(), area(&stage));
        assert!(!area.is_empty(), "{name} is not shown at {width}x{height}");
        let mut own = Buffer::empty(Rect::new(0, 0, area.width, area.height));
        for position in own.area.positions() {
            let (x, y) = (area.x + position.x, area.y + position.y);
            own[position] = frame[(x, y)].clone();
        }
        compare(&format!("{name}@{width}x{height}"), &own);
    }
}

/// Takes a picture of a whole screen.
fn screen(name: &str, stage: &Stage) {
    compare(&format!("screen-{name}"), &stage.frame());
}

fn compare(name: &str, buffer: &Buffer) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!(name, paint::picture(buffer)));
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

/// The send panel after some reports.
fn sent(report: impl Fn() -> Vec<Msg>) -> impl Fn((u16, u16)) -> Stage {
    move |size| {
        let mut stage = Stage::samples(size);
        stage.press("s");
        for msg in report() {
            stage.tell(msg);
        }
        stage
    }
}

const TICKET: Ticket = Ticket(1);

#[test]
fn panes() {
    pane("list", Pane::List, after(""));
    pane("trace", Pane::Trace, after("tab down*2"));
    pane("completion", Pane::Completion, after("tab*2 down*2"));
    pane("event", Pane::Event, after("tab*3 down*5"));
    pane("event-search", Pane::Event, after("tab*3 / type:\"model\""));
    pane(
        "event-unknown",
        Pane::Event,
        on("Stream with reasoning", "tab*3 G"),
    );
}

#[test]
fn privacy_and_comparison() {
    pane("event-privacy", Pane::Event, after("tab*3 p esc"));
    window("compare", after("c n"));
    window(
        "compare-leak",
        on("A trace value leaks the prompt", "c n*2"),
    );
}

#[test]
fn trace_edits() {
    pane(
        "trace-editing",
        Pane::Trace,
        after("e ctrl-u type:\"someone-else\""),
    );
    pane(
        "trace-editing-bad-json",
        Pane::Trace,
        after("tab down*6 e backspace*4 type:\"42\" type:\",x\""),
    );
    pane(
        "trace-key-added",
        Pane::Trace,
        after("a type:\"team\" enter type:\"search\" enter"),
    );
}

#[test]
fn sending() {
    window("send-under-way", sent(Vec::new));
    window(
        "send-accepted",
        sent(|| {
            let attempt = answered(200, "{\"success\":true}");
            vec![
                Msg::Attempted(TICKET, attempt),
                Msg::Ended(TICKET, DeliveryEnding::Accepted),
            ]
        }),
    );
    window(
        "send-401",
        sent(|| {
            let attempt = answered(401, "{\"error\":\"invalid write key\"}");
            vec![
                Msg::Attempted(TICKET, attempt),
                Msg::Ended(TICKET, DeliveryEnding::Refused),
            ]
        }),
    );
    window("send-retry", |size| {
        let mut stage = Stage::samples(size);
        stage.press("s");
        let attempt = Attempt {
            outcome: AttemptOutcome::Fault(Fault::Timeout {
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
    window("send-confirm", |size| {
        let mut stage = Stage::samples(size);
        stage.tell(Msg::Destination(stage::raindrop()));
        stage.press("s");
        stage
    });
    window("inbox", |size| {
        let mut stage = Stage::samples(size);
        let body =
            "[{\"event\":\"llm_generation\",\"event_id\":\"e-1\",\"ai_data\":{\"input\":\"Hi\"}}]";
        stage.tell(Msg::Received(received(1, 200, "", body)));
        let reason = "/0/user_id: is missing; expected a string";
        stage.tell(Msg::Received(received(2, 400, reason, body)));
        stage.press("i");
        stage
    });
    window("inbox-empty", after("i"));
}

#[test]
fn windows() {
    window("help", after("?"));
    window("palette", after(": type:\"copy\" down"));
    window("detail", on("Many scripts", "tab*3 down*6 v"));
    window("overview", after("o"));
    window("dropped", after("D"));
    window("findings", on("Anonymous", "F"));
    window("destination", after("t"));
    window("problems", |size| {
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
    pane("event-none", Pane::Event, on("Error body (429)", "tab*3"));
    pane(
        "event-many-scripts",
        Pane::Event,
        on("Many scripts", "tab*3"),
    );
    pane("completion-broken", Pane::Completion, |size| {
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
        stage.press("tab*2");
        stage
    });
    pane("completion-empty", Pane::Completion, |size| {
        let mut stage = Stage::empty(size);
        stage.tell(Msg::Destination(stage::local_sink()));
        stage.press("tab*2");
        stage
    });
    pane("completion-loading", Pane::Completion, |size| {
        let mut stage = Stage::empty(size);
        stage.tell(Msg::Loading(Some((3, 8))));
        stage.press("tab*2");
        stage
    });
}

/// The parts together, with header and footer.
#[test]
fn whole_screens() {
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let stage = Stage::samples((width, height));
        screen(&format!("start@{width}x{height}"), &stage);
    }
    let mut stage = Stage::at("A trace value leaks the prompt", MEDIUM);
    stage.press("tab*3 p");
    screen("privacy", &stage);
    let mut stage = Stage::samples(SIZES[0]);
    stage.tell(Msg::Destination(stage::raindrop()));
    stage.press("tab*3 s");
    screen("question", &stage);
}

#[test]
fn looks() {
    let mut stage = Stage::at("A trace value leaks the prompt", MEDIUM);
    stage.press("tab*3 p a type:\"team\" enter type:\"x\" enter");
    stage.look.theme = Theme::monochrome();
    screen("no-color", &stage);
    let mut stage = Stage::at("A trace value leaks the prompt", MEDIUM);
    stage.press("tab*3 p");
    stage.look.symbols = Symbols::ascii();
    screen("ascii", &stage);
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
