//! What is seen on a stage: lines, the lines of one pane, and how a text is set.

use rainscope::inspector::Pane;
use ratatui::buffer::Cell;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::stage::Stage;
use crate::stage::paint;

/// The size of most tests: three columns, each with room.
pub const SIZE: (u16, u16) = (160, 45);

/// A stage after some keys.
pub fn after(keys: &str) -> Stage {
    let mut stage = Stage::samples(SIZE);
    stage.press(keys);
    stage
}

/// One sample after some keys.
pub fn on(sample: &str, keys: &str) -> Stage {
    let mut stage = Stage::at(sample, SIZE);
    stage.press(keys);
    stage
}

/// The first line of the screen that has all the texts.
#[track_caller]
pub fn line(stage: &Stage, texts: &[&str]) -> String {
    let text = stage.text();
    let has_all = |line: &&str| texts.iter().all(|part| line.contains(part));
    let line = text.lines().find(has_all);
    line.unwrap_or_else(|| panic!("no line with {texts:?} in\n{text}"))
        .to_owned()
}

/// The lines of a pane, its borders included.
pub fn pane(stage: &Stage, pane: Pane) -> Vec<String> {
    part(stage, stage.model.layout().pane(pane))
}

/// The lines of a part of the screen.
pub fn part(stage: &Stage, area: Rect) -> Vec<String> {
    paint::part(&stage.frame(), area)
}

/// The first line of a pane that has a text.
#[track_caller]
pub fn row(stage: &Stage, at: Pane, text: &str) -> String {
    let lines = pane(stage, at);
    let found = lines.iter().find(|line| line.contains(text));
    found
        .unwrap_or_else(|| panic!("no {text} in\n{}", lines.join("\n")))
        .clone()
}

/// The first cell of a text on the screen.
#[track_caller]
pub fn cell(stage: &Stage, text: &str) -> Cell {
    let frame = stage.frame();
    for (y, line) in paint::lines(&frame).iter().enumerate() {
        if let Some(at) = line.find(text) {
            let x = u16::try_from(line[..at].width()).unwrap();
            return frame[(x, u16::try_from(y).unwrap())].clone();
        }
    }
    panic!("no {text} in\n{}", stage.text());
}
