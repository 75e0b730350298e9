//! The mouse, which meets the same layout as the eye.

use rainscope::inspector::ui::layout::{SizeClass, inner};
use rainscope::inspector::windows::help::Help;
use rainscope::inspector::{Msg, Pane};

use crate::stage::{NOW, Stage};

/// The signs around the completion's name lead to the one before and to the next.
#[test]
fn a_click_on_the_signs_at_the_top_goes_on() {
    for size in [(80, 24), (100, 30)] {
        let mut stage = Stage::samples(size);
        stage.model.focus = Pane::Event;
        stage.tell(Msg::Tick);
        let at = |stage: &Stage, sign: char| {
            let text = stage.text();
            let line = text.lines().next().unwrap();
            u16::try_from(line.chars().position(|c| c == sign).unwrap()).unwrap()
        };
        for (sign, row) in [('›', 1), ('›', 2), ('‹', 1), ('‹', 0), ('‹', 0)] {
            let column = at(&stage, sign);
            stage.tell(Msg::Click(column, 0));
            assert_eq!(stage.model.list.row, row, "{sign} {size:?}");
        }
        stage.tell(Msg::Click(2, 0));
        assert_eq!(stage.model.list.row, 0);
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
            if layout.class == SizeClass::Narrow {
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
                    Pane::Completion => current.source.cursor.row,
                    Pane::Event => current.event.cursor.row,
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
    assert_eq!(stage.model.focus, Pane::Completion);
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
    assert!(
        stage
            .model
            .windows
            .top_as::<Help>()
            .is_some_and(|help| help.cursor.row > 0)
    );
}
