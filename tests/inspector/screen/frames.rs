//! What holds for every frame: nothing hostile in any cell, rows that fill the width, straight borders.

use rainscope::inspector::Pane;
use rainscope::inspector::ui::layout::SizeClass;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::stage::Stage;

/// Whether a character acts on the terminal or on the text around it.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The columns in which symbols begin, as a terminal shows a line; the last is the line's end.
fn edges(buffer: &Buffer, y: u16) -> Vec<u16> {
    let mut edges = vec![0];
    let mut x = 0;
    while x < buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        let width = match symbol.is_ascii() {
            true => symbol.len().max(1),
            false => symbol.width().max(1),
        };
        x += u16::try_from(width).unwrap();
        edges.push(x);
    }
    edges
}

/// Checks the frame as a terminal would show it.
#[track_caller]
pub fn check(stage: &Stage) {
    let buffer = stage.frame();
    let (width, height) = stage.model.size;
    let told = || {
        let windows = stage.model.windows.iter();
        let names: Vec<&str> = windows.map(|window| window.name()).collect();
        format!("{width}x{height} {:?} {names:?}", stage.model.focus)
    };
    for cell in &buffer.content {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(is_hostile), "{symbol:?} at {}", told());
    }
    let lines: Vec<Vec<u16>> = (0..height).map(|y| edges(&buffer, y)).collect();
    for (y, edges) in lines.iter().enumerate() {
        assert_eq!(edges.last(), Some(&width), "line {y} at {}", told());
    }
    let layout = stage.model.layout();
    if layout.class == SizeClass::Tiny {
        return;
    }
    let windows = &stage.model.windows;
    let behind = windows.behind_dialog();
    if windows.asks() && behind.is_none() {
        // A dialog lies over the panes' borders.
        return;
    }
    let mut areas: Vec<Rect> = match (behind, &stage.model.trace.raw) {
        (Some(_), _) => vec![stage.model.window_area()],
        (None, Some(_)) => vec![layout.raw()],
        (None, None) => Pane::ALL.map(|pane| layout.pane(pane)).into(),
    };
    // What is typed in the trace may open the pane beside it, with a frame that takes three lines.
    let typed = stage.model.trace.editor.as_ref().map(|_| {
        let cursor = stage.model.trace.cursor;
        let row = u16::try_from(cursor.row - cursor.offset).unwrap();
        (
            layout.inner(Pane::Trace).y + row,
            layout.pane(Pane::Event).x,
        )
    });
    // The popup lies over the others.
    if layout.class == SizeClass::Medium && stage.model.focus == Pane::List {
        areas.truncate(1);
    }
    for area in areas {
        if area.width < 2 || area.height < 2 {
            continue;
        }
        for y in area.y + 1..area.bottom() - 1 {
            for x in [area.x, area.right() - 1] {
                if typed.is_some_and(|(row, event)| y.abs_diff(row) <= 1 && x > 0 && x < event) {
                    continue;
                }
                let border = buffer[(x, y)].symbol();
                assert!(
                    matches!(border, "│" | "┃"),
                    "{border:?} at {x}, {y}, {}",
                    told()
                );
                let begins = lines[usize::from(y)].binary_search(&x).is_ok();
                assert!(begins, "a wide character covers {x}, {y} at {}", told());
            }
        }
    }
}
