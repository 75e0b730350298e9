//! The value in full, with all that is known of it above.

use crate::stage::{Stage, received};
use rainscope::inspector::windows::detail::Detail;

const SIZE: (u16, u16) = (120, 40);

/// What stands above the value, a line each.
fn head(stage: &Stage) -> Vec<String> {
    let Some(detail) = stage.model.windows.top_as::<Detail>() else {
        panic!("no value is shown: {}", stage.text());
    };
    let lines = detail.head.iter();
    lines
        .map(|line| format!("{} {}", line.label, line.text))
        .collect()
}

fn check(sample: &str, keys: &str, expected: &[&str]) {
    let mut stage = Stage::at(sample, SIZE);
    stage.press(keys);
    let head = head(&stage);
    let all = head.join("\n");
    for line in expected {
        assert!(
            all.contains(line),
            "{sample}, {keys}: no {line:?} in\n{all}"
        );
    }
    let text = stage.text();
    let Some(detail) = stage.model.windows.top_as::<Detail>() else {
        return;
    };
    for line in &detail.head {
        assert!(text.contains(&line.text), "{line:?} is not on the screen");
    }
}

/// Where all of it has room, a rule is read in one piece, and the value stands a column from the frame.
#[test]
fn what_has_room_is_not_torn_in_two() {
    let mut stage = Stage::at("Time check", (80, 24));
    stage.model.focus = rainscope::inspector::Pane::Event;
    stage.press("g down*2 v");
    let lines = stage.window();
    let text = lines.join("\n");
    assert!(text.contains("the first that is there of"), "{text}");
    assert!(!text.contains("more below the value"), "{text}");
    assert_eq!(text.matches("rule  ").count(), 1, "{text}");
    assert!(
        lines.iter().any(|line| line.starts_with("│ user_12345")),
        "{text}"
    );
    // With less room it goes on below.
    stage.tell(rainscope::inspector::Msg::Resize(80, 18));
    stage.sees("more below the value");
}

#[test]
fn a_field_tells_where_it_comes_from() {
    check(
        "Time check",
        "tab*3 down*2 v",
        &[
            "pointer /user_id",
            "value string, 10 characters, 12 bytes as JSON",
            "from request.user",
            "source /request/user",
            "rule the first that is there of: request.user / generation.external_user",
            "confidence documented: OpenRouter's public documentation says so",
            "privacy privacy mode sends it as it is",
        ],
    );
    check(
        "Time check",
        "tab*3 down*5 v",
        &[
            "pointer /ai_data/input",
            "privacy privacy mode would keep it back",
        ],
    );
    check(
        "Time check",
        "tab*3 down*4 v",
        &[
            "pointer /ai_data",
            "value object, 4 keys",
            "a part of the event",
        ],
    );
    check(
        "Anonymous",
        "tab*3 down*2 v",
        &[
            "from rainscope's own default user",
            "confidence assumed",
            "finding user-missing: the request has no `user`",
        ],
    );
}

#[test]
fn an_edit_and_what_was_there_before_are_told() {
    check(
        "Time check",
        "tab e ctrl-u type:\"ada\" enter tab*2 g down*2 v",
        &[
            "source /request/user, by an edit",
            "edit user was set to \"ada\" (edit 1 of 1)",
            "was user_12345",
        ],
    );
    check(
        "Time check",
        "tab e ctrl-u type:\"ada\" enter v",
        &[
            "pointer /request/user",
            "goes to /user_id",
            "edit user was set to \"ada\"",
        ],
    );
}

#[test]
fn a_source_tells_where_it_goes_or_why_nowhere() {
    check(
        "Time check",
        "tab*2 / type:\"model\" enter v",
        &[
            "goes to /ai_data/model",
            "/properties/model",
            "rule ",
            "confidence observed",
        ],
    );
    check(
        "Time check",
        "tab*2 v",
        &["goes nowhere: what rainscope calls it"],
    );
    check(
        "Metadata is not trace",
        "ctrl-g type:\"/request/metadata\" enter v",
        &["finding metadata-not-forwarded"],
    );
    check(
        "Time check",
        "p tab*2 / type:\"what time\" enter v",
        &["kept back /ai_data/input", "privacy mode"],
    );
}

#[test]
fn the_value_stays_the_main_thing() {
    let mut stage = Stage::at("A very long answer", (80, 24));
    stage.press("tab*3 / type:\"output\" enter v");
    let Some(detail) = stage.model.windows.top_as::<Detail>() else {
        panic!("no value is shown");
    };
    assert!(detail.above() > 5 && detail.lines.len() > 30);
    // Search and copy are about the value alone.
    stage.press("/ type:\"pointer\" enter");
    assert!(
        stage
            .model
            .windows
            .top_as::<Detail>()
            .is_some_and(|d| d.found.is_empty())
    );
    let copied = stage.press("y");
    let current = stage.model.current.as_ref().unwrap();
    let output = current
        .mapped
        .event()
        .unwrap()
        .field(rainscope::event::Section::AiData, "output");
    let text = output.unwrap().value.shown().into_owned();
    assert_eq!(copied, [rainscope::inspector::Effect::Copy(text)]);
    // It has half of the window at least; what does not fit above stands below.
    stage.press("esc esc v");
    let shown = stage.text();
    assert!(
        shown.contains("… more below the value") && shown.contains("from  "),
        "{shown}"
    );
    stage.press("G");
    assert!(stage.text().contains("rule  "));
    // Scrolled to, it has the whole window.
    stage.press("pageup*2");
    let text = stage.text();
    assert!(
        !text.contains("pointer  ") && !text.contains("confidence  "),
        "{text}"
    );
    // Where it was read stays in sight in another width.
    stage.press("g down*30");
    let top = |stage: &Stage| {
        let Some(detail) = stage.model.windows.top_as::<Detail>() else {
            panic!("no value is shown");
        };
        detail.lines[detail.scroll.offset - detail.above()].start
    };
    let before = top(&stage);
    stage.tell(rainscope::inspector::Msg::Resize(120, 24));
    assert!(top(&stage).abs_diff(before) < 120);
}

#[test]
fn what_the_sink_received_is_told_too() {
    let mut stage = Stage::samples((100, 30));
    let message = received(7, 400, "/0/user_id: is missing", "{\"a\":1}");
    stage.tell(rainscope::inspector::Msg::Received(message));
    stage.press("i");
    let text = stage.text();
    let row = text.lines().find(|line| line.contains("#7")).unwrap();
    for part in [
        "22:53:20",
        "event llm_generation by user-7",
        "400",
        "is missing",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    stage.press("enter");
    assert!(head(&stage).contains(&"why /0/user_id: is missing".to_owned()));
    stage.press("esc");
    for width in [40, 60, 80, 140] {
        stage.tell(rainscope::inspector::Msg::Resize(width, 24));
        let text = stage.text();
        let row = text.lines().find(|line| line.contains("#7")).unwrap();
        assert!(
            row.contains("22:53:20") && row.contains("user-7"),
            "{width}: {row}"
        );
    }
}
