//! Any size, any keys, any text: no panic, nothing outside the buffer, no control character on the
//! screen, straight borders. And the mouse, which meets the same layout.

use proptest::prelude::*;
use rainscope::app::layout::{Class, inner};
use rainscope::app::{Msg, Overlay, Pane};
use rainscope::completion::load::load;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::stage::{NOW, Stage, answered};

/// Nothing hostile in any cell, and every border where it belongs, as a terminal would show it.
fn check_frame(stage: &Stage) {
    let buffer = stage.frame();
    for cell in &buffer.content {
        let symbol = cell.symbol();
        let is_hostile = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!symbol.chars().any(is_hostile), "{symbol:?}");
    }
    let layout = stage.model.layout();
    if layout.class == Class::Tiny {
        return;
    }
    let mut areas: Vec<Rect> = match &stage.model.overlay {
        Some(_) => vec![layout.window()],
        None => Pane::ALL.map(|pane| layout.pane(pane)).into(),
    };
    // The popup lies over the others.
    if layout.class == Class::Medium && stage.model.focus == Pane::List {
        areas.truncate(1);
    }
    for area in areas
        .into_iter()
        .filter(|area| area.width > 1 && area.height > 1)
    {
        for y in area.y + 1..area.bottom() - 1 {
            for x in [area.x, area.right() - 1] {
                let border = shown_at(&buffer, x, y);
                assert!(matches!(border, "│" | "┃"), "{border:?} at {x}, {y}");
            }
        }
    }
}

/// The symbol that begins in a column as a terminal shows the line.
fn shown_at(buffer: &Buffer, column: u16, y: u16) -> &str {
    let mut x = 0;
    while x < column {
        x += u16::try_from(buffer[(x, y)].symbol().width().max(1)).unwrap();
    }
    match x == column {
        true => buffer[(x, y)].symbol(),
        false => "the second half of a wide character",
    }
}

const KEYS: &[&str] = &[
    "tab",
    "backtab",
    "up",
    "down",
    "left",
    "right",
    "h",
    "j",
    "k",
    "l",
    "g",
    "G",
    "pageup",
    "pagedown",
    "ctrl-d",
    "J",
    "K",
    "enter",
    "space",
    "-",
    "+",
    "p",
    "c",
    "e",
    "r",
    "a",
    "d",
    "u",
    "ctrl-r",
    "R",
    "s",
    "i",
    "v",
    "y",
    "Y",
    "E",
    "C",
    "T",
    "/",
    "n",
    "N",
    "!",
    ":",
    "?",
    "esc",
    "ctrl-t",
    "ctrl-u",
    "backspace",
    "x",
    "1",
    "天",
    "\"",
    "{",
    "ctrl-w",
    "home",
    "end",
    "delete",
    "q",
    "ctrl-c",
];

fn size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![
        (1u16..=300, 1u16..=100),
        (1u16..=120, 1u16..=40),
        (25u16..=115, 6u16..=12)
    ]
}

/// Text with much of what makes trouble.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-z ]{1,8}",
        prop::sample::select(vec![
            "\u{1b}[2J",
            "\u{7}",
            "\r",
            "\n",
            "\t",
            "\u{9b}",
            "\u{202e}",
            "\u{2066}",
            "\u{200d}",
            "\u{feff}",
            "天气",
            "👩\u{200d}👩\u{200d}👧",
            "🇩🇪",
            "e\u{301}",
            "\u{301}",
            "ก\u{e33}",
            "\u{1f3fd}",
            "❤\u{fe0f}",
            "ﷺ",
            "\u{115f}",
            "\u{1160}",
            "\u{ad}",
            "क्षि",
            "\u{600}1",
            "\u{e0041}",
            "각",
            "👩🏽\u{200d}🚀",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A sample whose every text is this one.
fn sample_of(text: &str) -> String {
    let quoted = rainscope::json::quote(text);
    format!(
        r#"{{"name":{quoted},"request":{{"model":{quoted},"user":{quoted},"session_id":{quoted},"messages":[{{"role":"user","content":{quoted}}}],"trace":{{"trace_name":{quoted},{quoted}:{quoted}}}}},"response":{{"id":{quoted},"model":{quoted},"created":1780662712,"choices":[{{"finish_reason":{quoted},"message":{{"role":"assistant","content":{quoted}}}}}]}}}}"#
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_keys_at_random_sizes(
        sizes in prop::collection::vec(size(), 1..3),
        keys in prop::collection::vec(prop::sample::select(KEYS), 0..40),
        start in 0usize..28,
    ) {
        let mut stage = Stage::samples(sizes[0]);
        stage.model.list.row = start;
        stage.tell(Msg::Tick);
        for (index, key) in keys.iter().enumerate() {
            if index % 13 == 12 {
                let (width, height) = sizes[index % sizes.len()];
                stage.tell(Msg::Resize(width, height));
            }
            stage.press(key);
            if index % 4 == 0 {
                check_frame(&stage);
            }
        }
        check_frame(&stage);
    }

    #[test]
    fn random_clicks(
        size in size(),
        clicks in prop::collection::vec((0u16..310, 0u16..110, -3isize..4), 0..30),
        keys in prop::collection::vec(prop::sample::select(KEYS), 0..6),
    ) {
        let mut stage = Stage::samples(size);
        for (index, (x, y, lines)) in clicks.into_iter().enumerate() {
            stage.tell(Msg::Click(x % (size.0 + 3), y % (size.1 + 3)));
            stage.tell(Msg::Wheel(x, y, lines));
            if let Some(key) = keys.get(index) {
                stage.press(key);
            }
        }
        check_frame(&stage);
    }

    #[test]
    fn hostile_text_keeps_the_columns(text in hostile(), size in size()) {
        let mut stage = Stage::empty(size);
        stage.load(load(&text, sample_of(&text).as_bytes()));
        prop_assert_eq!(stage.model.library.len(), 1);
        for keys in ["", "tab", "tab", "tab", "down*6 v", "esc c", "esc p", "esc tab e", "esc i", "esc / x", "esc esc !"] {
            stage.press(keys);
            check_frame(&stage);
        }
        // The same text, typed and told.
        stage.press("esc esc a");
        stage.tell(Msg::Paste(text.clone()));
        check_frame(&stage);
        stage.press("esc");
        stage.tell(Msg::Notice(text.clone()));
        check_frame(&stage);
        stage.press("s");
        let ticket = rainscope::app::send::Ticket(1);
        stage.tell(Msg::Attempted(ticket, answered(500, &text, &text, &text)));
        check_frame(&stage);
    }

    #[test]
    fn a_frame_fits_a_terminal_that_has_shrunk(from in size(), to in size(), key in prop::sample::select(KEYS)) {
        let mut stage = Stage::samples(from);
        stage.press(key);
        let mut buffer = Buffer::empty(Rect::new(0, 0, to.0, to.1));
        rainscope::screen::draw(&stage.model, &stage.look, &mut buffer);
    }
}

#[test]
fn many_scripts_stay_straight_at_all_sizes() {
    let mut stage = Stage::at("Many scripts", (120, 40));
    for width in (1..=300).step_by(11).chain(88..=114) {
        for height in [1, 8, 12, 24, 70] {
            stage.tell(Msg::Resize(width, height));
            for pane in Pane::ALL {
                stage.model.focus = pane;
                stage.tell(Msg::Tick);
                check_frame(&stage);
            }
        }
    }
    for keys in ["c", "v", "?", "i"] {
        stage.model.focus = Pane::Event;
        stage.press("esc down*3");
        stage.press(keys);
        for width in (30..=200).step_by(3) {
            stage.tell(Msg::Resize(width, 30));
            check_frame(&stage);
        }
    }
}

#[test]
fn a_click_focuses_selects_and_opens() {
    for size in [(120, 40), (100, 30), (80, 24)] {
        for pane in Pane::ALL {
            let mut stage = Stage::samples(size);
            stage.model.focus = pane;
            stage.tell(Msg::Tick);
            let layout = stage.model.layout();
            let area = layout.inner(pane);
            if layout.class == Class::Narrow {
                let column = layout.tabs.width / 4 * pane as u16 + 2;
                stage.model.focus = Pane::ALL[(pane as usize + 1) % 4];
                stage.tell(Msg::Click(column, layout.tabs.y));
                assert_eq!(stage.model.focus, pane);
            }
            stage.tell(Msg::Click(area.x + 3, area.y + 2));
            assert_eq!(stage.model.focus, pane, "{size:?}");
            let row = |stage: &Stage| {
                let current = stage.model.current.as_ref().unwrap();
                match pane {
                    Pane::List => stage.model.list.row,
                    Pane::Trace => stage.model.trace.cursor.row,
                    Pane::Source => current.source.row,
                    Pane::Event => current.event.row,
                }
            };
            assert_eq!(row(&stage), 2, "{pane:?} at {size:?}");
            stage.tell(Msg::Wheel(area.x + 3, area.y + 2, 3));
            assert!(row(&stage) >= 2);
        }
    }
    // A second click jumps.
    let mut stage = Stage::samples((120, 40));
    let area = inner(stage.model.layout().pane(Pane::Event));
    for _ in 0..2 {
        stage.tell(Msg::Click(area.x + 3, area.y + 2));
    }
    assert_eq!(stage.model.focus, Pane::Source);
    assert_eq!(stage.now, NOW);
}

#[test]
fn the_wheel_scrolls_what_is_under_it_and_never_what_is_typed() {
    let layout = Stage::samples((120, 20)).model.layout();
    for pane in Pane::ALL {
        let mut stage = Stage::samples((120, 20));
        let area = layout.inner(pane);
        let before = stage.text();
        stage.tell(Msg::Wheel(area.x, area.y, 3));
        assert_ne!(stage.text(), before, "{pane:?}");
    }
    let mut stage = Stage::samples((120, 20));
    stage.press("tab e type:\"-typing\"");
    for pane in Pane::ALL {
        let area = layout.inner(pane);
        stage.tell(Msg::Wheel(area.x, area.y, 9));
    }
    let editor = stage.model.trace.editor.as_ref();
    assert!(editor.is_some_and(|editor| editor.input.value().ends_with("-typing")));
    assert_eq!(stage.name(), "Time check");
    // In a window it scrolls the window.
    let mut stage = Stage::samples((120, 20));
    stage.press("?");
    stage.tell(Msg::Wheel(5, 5, 3));
    assert!(matches!(&stage.model.overlay, Some(Overlay::Help(cursor)) if cursor.offset == 3));
}
