//! Any size, any keys, any text: no panic, nothing outside the buffer, no control character on the
//! screen, straight borders.

use std::collections::HashSet;

use proptest::prelude::*;
use rainscope::completion::load::load;
use rainscope::inspector::{Msg, Pane};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::frames::check;
use super::windows::{WINDOWS, sample_of};
use crate::stage::{Stage, answered};

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

/// Some of what makes trouble, on one line and on several.
const TROUBLE: &str =
    "天气\u{202e}\u{1b}[2J e\u{301}👩\u{200d}👩\u{200d}👧 שלום\n\t🇩🇪 ก\u{e33} क्षि\u{7} مرحبا ﷺ x/y";

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
                check(&stage);
            }
        }
        check(&stage);
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
        check(&stage);
    }

    /// - Control and escape characters are shown as symbols and never reach the terminal.
    /// - Wide, combining, joined and direction-changing characters keep the columns straight.
    #[test]
    fn hostile_text_keeps_the_columns(
        text in hostile(),
        sizes in prop::collection::vec(size(), 1..4),
        first in any::<prop::sample::Index>(),
    ) {
        // A few windows for each text; all of them have their turn.
        let first = first.index(WINDOWS.len());
        for at in first..first + 4 {
            let mut stage = WINDOWS[at % WINDOWS.len()].with(&text);
            for (width, height) in &sizes {
                stage.tell(Msg::Resize(*width, *height));
                stage.press("down");
                check(&stage);
            }
        }
    }

    #[test]
    fn hostile_text_is_typed_and_told(text in hostile(), size in size()) {
        let mut stage = Stage::empty(size);
        stage.load(load(&text, sample_of(&text).as_bytes()));
        prop_assert_eq!(stage.model.library.len(), 1);
        for keys in ["", "tab", "tab", "tab", "down*6 v", "esc c", "esc p", "esc tab e", "esc i", "esc / x", "esc esc !"] {
            stage.press(keys);
            check(&stage);
        }
        stage.press("esc esc a");
        stage.tell(Msg::Paste(text.clone()));
        check(&stage);
        stage.press("esc");
        stage.tell(Msg::Notice(text.clone()));
        check(&stage);
        stage.press("s");
        let ticket = rainscope::inspector::windows::send::Ticket(1);
        stage.tell(Msg::Attempted(ticket, answered(500, &text)));
        check(&stage);
    }

    #[test]
    fn a_frame_fits_a_terminal_that_has_shrunk(from in size(), to in size(), key in prop::sample::select(KEYS)) {
        let mut stage = Stage::samples(from);
        stage.press(key);
        let mut buffer = Buffer::empty(Rect::new(0, 0, to.0, to.1));
        rainscope::inspector::draw(&stage.model, &stage.look, &mut buffer);
    }
}

/// No size is too small or too large.
#[test]
fn every_size_of_every_window_is_straight() {
    // The windows share out all widths and heights; those at which the layout changes are for each.
    const SHARE: usize = 15;
    let (mut widths, mut heights) = (HashSet::new(), HashSet::new());
    for (index, window) in WINDOWS.iter().enumerate() {
        let mut stage = window.with(TROUBLE);
        let edges = [29, 30, 79, 80, 111, 112].map(|width| (width, 8 + width % 5));
        let edges = edges.into_iter().chain([(1, 1), (30, 7), (140, 8)]);
        let shared = (1 + index % SHARE..=300).step_by(SHARE).map(|width| {
            let height = (width / SHARE * 37 + index * 13) % 100 + 1;
            (
                u16::try_from(width).unwrap(),
                u16::try_from(height).unwrap(),
            )
        });
        for (width, height) in edges.chain(shared) {
            widths.insert(width);
            heights.insert(height);
            stage.tell(Msg::Resize(width, height));
            check(&stage);
        }
    }
    assert_eq!((widths.len(), heights.len()), (300, 100));
}

#[test]
fn many_scripts_stay_straight_in_every_pane() {
    let mut stage = Stage::at("Many scripts", (120, 40));
    for width in (1..=300).step_by(29).chain(88..=114).step_by(2) {
        for height in [8, 24] {
            stage.tell(Msg::Resize(width, height));
            for pane in Pane::ALL {
                stage.model.focus = pane;
                stage.tell(Msg::Tick);
                check(&stage);
            }
        }
    }
}
