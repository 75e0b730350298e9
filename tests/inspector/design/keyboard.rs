//! Keys, palette and mouse: one table for all of them, Vim's keys and arrows alike.

use rainscope::inspector::keys::command::TABLE;
use rainscope::inspector::{Msg, Pane};

use super::sight::{SIZE, after, line};
use crate::stage::Stage;
use rainscope::inspector::keys::key::Key;

/// Help and hint bar come from one table.
#[test]
fn help_hint_bar_and_palette_follow_the_keymap() {
    let mut stage = Stage::samples(SIZE);
    let bar = |stage: &Stage| stage.text().lines().last().unwrap().to_owned();
    assert!(bar(&stage).contains("p privacy"));
    let own = ["ctrl-x".to_owned()];
    assert_eq!(
        stage.model.keymap.rebind([("privacy", own.as_slice())]),
        [""; 0]
    );
    let (hints, plain) = (bar(&stage), "p privacy");
    assert!(
        hints.contains("^X privacy") && !hints.contains(plain),
        "{hints}"
    );
    stage.press("?");
    let help = TABLE.iter().find(|entry| entry.name == "privacy").unwrap();
    line(&stage, &["^X", help.help]);
    stage.press("esc : type:\"privacy\"");
    line(&stage, &["privacy", "^X"]);
    stage.press("esc ctrl-x");
    assert!(stage.text().contains("PRIVACY ON"));
}

/// The palette finds half-remembered names.
#[test]
fn the_palette_does_what_scattered_letters_mean() {
    for (letters, copied) in [("cpcurl", "a curl command"), ("cpevent", "the event")] {
        let stage = after(&format!(": type:\"{letters}\" enter"));
        let notice = stage.notice();
        assert!(notice.contains(copied), "{letters}: {notice}");
    }
}

/// Vim's keys and the arrows do the same.
#[test]
fn vim_keys_and_arrows_are_the_same() {
    for (vim, arrow) in [
        ("j", "down"),
        ("k", "up"),
        ("l", "right"),
        ("h", "left"),
        ("g", "home"),
        ("G", "end"),
        ("ctrl-d", "pagedown"),
        ("ctrl-u", "pageup"),
    ] {
        let keymap = &Stage::empty(SIZE).model.keymap;
        let command = keymap.command(&vim.parse::<Key>().unwrap().event());
        assert!(
            command.is_some() && command == keymap.command(&arrow.parse::<Key>().unwrap().event()),
            "{vim}"
        );
        for at in Pane::ALL {
            let seen = |key: &str| {
                let mut stage = Stage::samples(SIZE);
                stage.model.focus = at;
                stage.press("down*6");
                stage.press(key);
                stage.text()
            };
            assert_eq!(seen(vim), seen(arrow), "{vim} in {at:?}");
        }
    }
    // They move: the same everywhere would be the same nowhere.
    assert_ne!(after("tab*2 down*6").text(), after("tab*2 down*6 j").text());
}

/// - A click sets the cursor.
/// - The wheel scrolls.
/// - Dividers can be dragged.
#[test]
fn the_mouse_clicks_scrolls_and_drags() {
    let mut stage = Stage::samples(SIZE);
    let event = stage.model.layout().inner(Pane::Event);
    stage.tell(Msg::Click(event.x + 2, event.y + 3));
    assert_eq!(stage.model.focus, Pane::Event);
    assert_eq!(stage.model.current.as_ref().unwrap().event.cursor.row, 3);
    let source = stage.model.layout().inner(Pane::Completion);
    for (lines, offset) in [(3, 3), (3, 6), (-3, 3)] {
        stage.tell(Msg::Wheel(source.x, source.y, lines));
        let current = stage.model.current.as_ref().unwrap();
        assert_eq!(current.source.cursor.offset, offset);
    }
    assert_eq!(stage.model.focus, Pane::Event, "the wheel leaves the focus");
    let divider = stage.model.layout().pane(Pane::Event).x;
    stage.tell(Msg::Click(divider, 9));
    stage.tell(Msg::Drag(divider - 9, 9));
    stage.tell(Msg::Release);
    assert_eq!(stage.model.layout().pane(Pane::Event).x, divider - 9);
}

/// While the trace is written as JSON the list stays where it is, as it does while a field is typed.
#[test]
fn the_wheel_leaves_the_list_alone_while_json_is_written() {
    let mut stage = Stage::samples((120, 40));
    let area = stage.model.layout().inner(Pane::List);
    stage.press("ctrl-o");
    let before = (stage.list.row, stage.name().to_owned());
    stage.tell(Msg::Wheel(area.x + 2, area.y + 2, 9));
    assert_eq!((stage.list.row, stage.name().to_owned()), before);
}
