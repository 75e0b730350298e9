//! Reading: folding, searching, and long texts in full.

use rainscope::inspector::windows::detail::Detail;
use rainscope::inspector::{Msg, Pane};

use super::sight::after;
use crate::stage::Stage;

/// Containers fold and unfold: one, all, or to a level.
#[test]
fn containers_fold_and_unfold() {
    let rows = |stage: &Stage| {
        let current = stage.model.current.as_ref().unwrap();
        (current.source.rows().len(), current.event.rows().len())
    };
    // One: with Space, and with the keys that go in and out.
    for (at, pointer) in [("source", "/request/messages"), ("event", "/properties")] {
        for (close, open) in [("space", "space"), ("h", "l"), ("left", "right")] {
            let mut stage = after(&format!("ctrl-g type:\"{pointer}\" enter"));
            let all = rows(&stage);
            stage.press(close);
            let closed = rows(&stage);
            let fewer = match at {
                "source" => closed.0 < all.0 && closed.1 == all.1,
                _ => closed.1 < all.1 && closed.0 == all.0,
            };
            assert!(fewer, "{pointer} {close}: {all:?} {closed:?}");
            let line = stage.text();
            assert!(line.lines().any(|line| line.contains("▸ ")), "{line}");
            stage.press(open);
            assert_eq!(rows(&stage), all, "{pointer} {open}");
        }
    }
    // All.
    for focus in ["tab*2", "tab*3"] {
        let [none, all] = ["-", "+"].map(|key| rows(&after(&format!("{focus} {key}"))));
        assert!(none < all && none != all, "{focus}: {none:?} {all:?}");
    }
}

/// Search finds text, keys and pointers.
#[test]
fn search_finds_text_keys_and_pointers() {
    let check = |focus: &str, pattern: &str, expected: &str| {
        let stage = after(&format!("{focus} + / type:\"{pattern}\" enter"));
        let current = stage.model.current.as_ref().unwrap();
        let at = match stage.model.focus {
            Pane::Event => current.event_row().unwrap().pointer.clone(),
            _ => current.source_pointer().unwrap(),
        };
        assert_eq!(at, expected, "{pattern}");
    };
    check("tab*2", "in berlin", "/response/choices/0/message/content");
    check(
        "tab*2",
        "native_finish",
        "/response/choices/0/native_finish_reason",
    );
    check("tab*2", "usage/cost", "/response/usage/cost");
    check("tab*3", "in berlin", "/ai_data/output");
    check("tab*3", "convo", "/ai_data/convo_id");
    check("tab*3", "/properties/build", "/properties/build");
}

/// Long texts have a view of their own, wrapped between words, with real line breaks, and Markdown as
/// plain text.
#[test]
fn a_long_text_has_real_lines_and_its_markdown_is_text() {
    let mut stage = Stage::empty((60, 40));
    let long = "word ".repeat(20);
    let text = format!("# Title\n\n- **one**\n- `two`\n{long}");
    let quoted = rainscope::json::quote(&text);
    let record = format!(
        r#"{{"id":"gen-1","choices":[{{"message":{{"content":{quoted}}}}}],"created":1780662712}}"#
    );
    stage.load(rainscope::load("one.json", record.as_bytes()));
    stage.press("ctrl-g type:\"/ai_data/output\" enter v");
    let Some(detail) = stage.model.windows.top_as::<Detail>() else {
        panic!("{:?}", stage.model.windows);
    };
    assert_eq!(detail.text, text);
    let shown = stage.text();
    let lines: Vec<&str> = shown
        .lines()
        .map(|l| l.trim_matches(['│', '┃', ' ']))
        .collect();
    let first = lines.iter().position(|line| *line == "# Title").unwrap();
    assert_eq!(lines[first + 1..first + 4], ["", "- **one**", "- `two`"]);
    // Wrapped between words to the window, and again to another.
    let wraps = |stage: &Stage| {
        let text = stage.text();
        let rows = text.lines().filter(|line| line.contains("word"));
        let rows: Vec<String> = rows
            .map(|l| l.trim_matches(['│', '┃', ' ']).to_owned())
            .collect();
        assert!(
            rows.iter()
                .all(|row| row.starts_with("word") && row.ends_with("word"))
        );
        rows.len()
    };
    let at_60 = wraps(&stage);
    stage.tell(Msg::Resize(40, 40));
    assert!(wraps(&stage) > at_60);
}
