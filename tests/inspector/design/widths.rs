//! What fits at which width: three columns, two with the list as a popup, tabs, a line of words.

use rainscope::inspector::{Msg, Pane};

use super::sight::pane;
use crate::stage::Stage;

/// The panes that are drawn side by side at a size, from the corners in the body's first line.
fn columns(stage: &Stage) -> usize {
    let text = stage.text();
    let first = text.lines().find(|line| line.contains('┌'));
    first.map_or(0, |line| line.matches('┌').count())
}

/// Three columns from 112 columns up, two from 90, with the list as a popup, tabs below that, and a
/// sentence where nothing fits.
#[test]
fn columns_popup_tabs_and_words_by_width() {
    let mut stage = Stage::samples((140, 40));
    for (width, expected) in [
        (300, 3),
        (140, 3),
        (112, 3),
        (111, 2),
        (90, 2),
        (89, 1),
        (30, 1),
        (29, 0),
        (1, 0),
    ] {
        stage.tell(Msg::Resize(width, 40));
        stage.model.focus = Pane::Event;
        assert_eq!(columns(&stage), expected, "{width}");
        let tabs = stage.text().lines().nth(1).unwrap_or_default().to_owned();
        let has_tabs = ["Completions", "Trace", "Completion ", "Event"]
            .iter()
            .all(|name| tabs.contains(name));
        assert_eq!(has_tabs, (48..90).contains(&width), "{width}: {tabs}");
    }
    // So too by height.
    for (height, expected) in [(8, 3), (7, 0)] {
        stage.tell(Msg::Resize(140, height));
        assert_eq!(columns(&stage), expected, "{height}");
    }
    stage.tell(Msg::Resize(29, 8));
    let words = stage.text();
    assert!(
        words.contains("needs 30×8") && words.contains("leaves"),
        "{words}"
    );
}

#[test]
fn the_list_is_a_popup_on_two_columns() {
    let mut stage = Stage::samples((100, 40));
    stage.model.focus = Pane::Source;
    assert!(stage.model.layout().pane(Pane::List).is_empty());
    let below = pane(&stage, Pane::Source);
    stage.model.focus = Pane::List;
    let list = stage.model.layout().pane(Pane::List);
    // It lies over the others, which stay where they were.
    assert!(list.intersects(stage.model.layout().pane(Pane::Source)));
    assert!(pane(&stage, Pane::List)[0].contains("Completions"));
    assert!(stage.text().contains("Raindrop event"));
    stage.press("down enter");
    assert_eq!(stage.model.focus, Pane::Source);
    assert!(stage.model.layout().pane(Pane::List).is_empty());
    assert_ne!(pane(&stage, Pane::Source), below, "the next completion");
}

#[test]
fn tabs_show_one_pane_and_tell_which() {
    for at in Pane::ALL {
        let mut stage = Stage::samples((80, 12));
        stage.model.focus = at;
        stage.press("");
        let shown: Vec<Pane> = Pane::ALL
            .into_iter()
            .filter(|pane| !stage.model.layout().pane(*pane).is_empty())
            .collect();
        assert_eq!(shown, [at]);
        let frame = stage.frame();
        let y = stage.model.layout().tabs.y;
        let lit = |at: u16| {
            let cell = &frame[(at * 20 + 1, y)];
            cell.modifier.contains(ratatui::style::Modifier::REVERSED)
        };
        assert_eq!([0, 1, 2, 3].map(lit), Pane::ALL.map(|pane| pane == at));
    }
}
