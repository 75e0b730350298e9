//! Windows lie over the panes: as large as they need to be, with the panes set back behind them.

use rainscope::delivery::deliver::DeliveryEnding;
use rainscope::delivery::history::StoredDelivery;
use rainscope::inspector::ui::symbols::Symbols;
use rainscope::inspector::ui::theme::{Look, Theme};
use rainscope::inspector::windows::history::{AfterFetch, HistoryReport, HistoryTask};
use rainscope::inspector::windows::send::Ticket;
use rainscope::inspector::{Effect, Msg, Pane};
use ratatui::style::Modifier;

use crate::screen::windows::records;
use crate::stage::{Stage, answered, received};

/// What is around a window is what was there before, set back: one keeps one's place.
#[test]
fn the_panes_stay_in_sight_behind_a_window() {
    for size in [(100, 30), (120, 40), (200, 50)] {
        for theme in ["terminal", "dark", "light", "monochrome"] {
            for keys in [":", "F", "t", "v", "!"] {
                let mut stage = Stage::at("Anonymous", size);
                stage.model.focus = Pane::Event;
                stage.press("");
                stage.look = Look::new(Theme::named(theme).unwrap(), Symbols::unicode());
                let before = stage.frame();
                stage.press(keys);
                let (frame, area) = (stage.frame(), stage.model.window_area());
                let body = stage.model.layout().body;
                assert!(
                    area.width < body.width || area.height < body.height,
                    "{keys} {size:?}"
                );
                let mut around = 0;
                for position in body
                    .positions()
                    .filter(|position| !area.contains(*position))
                {
                    let cell = &frame[position];
                    // A wide character that the window covers in part is gone.
                    let beside = position.x + 1 == area.x;
                    assert!(cell.symbol() == before[position].symbol() || beside);
                    let style = stage.look.theme.behind;
                    assert_eq!(
                        cell.modifier, style.add_modifier,
                        "{position:?} {keys} {theme}"
                    );
                    assert_eq!(
                        cell.fg,
                        style.fg.unwrap_or_default(),
                        "{position:?} {keys} {theme}"
                    );
                    around += 1;
                }
                assert!(around >= 200, "{keys} {size:?}: {around}");
                stage.press("esc");
                assert_eq!(stage.frame().content, before.content, "{keys} {size:?}");
            }
        }
    }
}

/// Beside a window there is enough of the panes to know them by, or nothing: no scraps of words.
#[test]
fn no_scraps_stand_beside_a_window() {
    for size in [(80, 24), (100, 30), (120, 40), (160, 45), (200, 50)] {
        for keys in [
            ":",
            "F",
            "t",
            "v",
            "!",
            "D",
            "c",
            "H",
            "i",
            "?",
            "run:overview",
        ] {
            let mut stage = Stage::at("Anonymous", size);
            stage.model.focus = Pane::Event;
            stage.press(keys);
            assert!(!stage.model.windows.is_empty(), "{keys}");
            let area = stage.model.window_area();
            let (left, right) = (area.x, size.0 - area.right());
            assert!(
                left == 0 && right == 0 || left >= 12 && right >= 12,
                "{keys} {size:?} {area:?}"
            );
        }
    }
}

/// Where the list lies over the panes they step back, as behind a window.
#[test]
fn the_panes_step_back_behind_the_list() {
    let mut stage = Stage::samples((80, 24));
    stage.look = Look::new(Theme::named("dark").unwrap(), Symbols::unicode());
    stage.model.focus = Pane::List;
    stage.press("home");
    let list = stage.model.layout().pane(Pane::List);
    let (frame, body) = (stage.frame(), stage.model.layout().body);
    let behind = stage.look.theme.behind;
    let beside = body.positions().filter(|at| !list.contains(*at));
    let mut count = 0;
    for at in beside {
        assert_eq!(frame[at].fg, behind.fg.unwrap(), "{at:?}");
        count += 1;
    }
    assert!(count > 200);
}

/// The list that lies over the panes is not in sight beneath another window.
#[test]
fn no_remains_of_the_list_stand_beneath_a_window() {
    let mut stage = Stage::samples((80, 24));
    stage.model.focus = Pane::List;
    stage.press("home");
    stage.sees("Completions 1/41");
    for keys in ["c", "D", "H"] {
        stage.press(keys);
        assert!(!stage.text().contains("Completions 1/41"), "{keys}");
        stage.press("esc");
    }
    stage.sees("Completions 1/41");
}

/// A question over a window steps forward: the window behind it is dimmed.
#[test]
fn a_window_steps_back_behind_a_question() {
    let mut stage = Stage::samples((80, 24));
    stage.press("t right down type:/x");
    let before = super::sight::cell(&stage, "Destination");
    assert!(!before.modifier.contains(Modifier::DIM), "{before:?}");
    stage.press("esc");
    stage.sees("Leave without using it?");
    let dimmed = super::sight::cell(&stage, "Destination");
    assert!(dimmed.modifier.contains(Modifier::DIM), "{dimmed:?}");
}

/// A window is as high as what it shows, and one that shows more than there is room for scrolls.
#[test]
fn a_window_is_as_large_as_its_content() {
    let mut stage = Stage::at("Anonymous", (120, 40));
    stage.press("F");
    let lines = stage.window();
    assert!(lines.len() < 20, "{}", lines.join("\n"));
    let last = &lines[lines.len() - 2];
    assert!(last.chars().any(char::is_alphanumeric), "{last}");
    assert!(
        lines[0].contains("Findings") && lines[0].starts_with('┌'),
        "{}",
        lines[0]
    );
    let mut stage = Stage::at("A very long answer", (120, 40));
    stage.press("ctrl-g type:\"/ai_data/output\" enter v");
    let most = stage.model.layout().window();
    assert_eq!(stage.model.window_area().height, most.height);
    assert!(stage.window().join("\n").contains('┃'));
}

/// A question is a dialog over the panes that it is about, with its answers named.
#[test]
fn a_question_is_a_dialog_over_the_panes() {
    let mut stage = Stage::samples((80, 24));
    stage.press("e type:x enter q");
    let text = stage.text();
    for part in [
        "Leave rainscope?",
        "⏎ leave",
        "Esc stay",
        "Completion · chat",
        "trace_name",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let dimmed = super::sight::cell(&stage, "Completion · chat");
    assert!(dimmed.modifier.contains(Modifier::DIM), "{dimmed:?}");
}

/// Large windows are a list with what it is on beside it, where there is room.
#[test]
fn large_windows_are_list_and_detail() {
    let both = |stage: &Stage, left: &str, right: &str| {
        let lines = stage.window();
        let found = |text: &str, from: usize, to: usize| {
            lines.iter().any(|line| {
                let half: String = line.chars().skip(from).take(to - from).collect();
                half.contains(text)
            })
        };
        let width = lines[0].chars().count();
        let is_beside = found(left, 0, width / 2) && found(right, width * 2 / 5, width);
        (is_beside, lines.join("\n"))
    };
    let inbox = |size| {
        let mut stage = Stage::samples(size);
        stage.tell(Msg::Received(received(
            1,
            200,
            "",
            "{\"event\":\"llm_generation\"}",
        )));
        stage.tell(Msg::Received(received(
            2,
            400,
            "no user_id",
            "{\"event\":\"x\"}",
        )));
        stage.press("i");
        stage
    };
    let (is_beside, text) = both(&inbox((200, 50)), "#1", "\"event\"");
    assert!(is_beside, "{text}");
    assert!(!both(&inbox((100, 30)), "#1", "\"event\"").0);
    let send = |size| {
        let mut stage = Stage::samples(size);
        stage.press("s");
        stage.tell(Msg::Attempted(
            Ticket(1),
            answered(200, "{\"success\":true}"),
        ));
        stage.tell(Msg::Ended(Ticket(1), DeliveryEnding::Accepted));
        stage
    };
    let (is_beside, text) = both(&send((160, 45)), "✓ accepted by", "POST http://127.0.0.1");
    assert!(is_beside, "{text}");
    assert!(text.contains("the sink has it"), "{text}");
    let mut stage = Stage::samples((200, 50));
    stage.press("H");
    let asked = |effects: &[Effect]| -> Vec<i64> {
        let all = effects.iter();
        all.filter_map(|effect| match effect {
            Effect::History(HistoryTask::Fetch(id, AfterFetch::Beside)) => Some(id.0),
            _ => None,
        })
        .collect()
    };
    let all = records("sent before");
    let (first, second) = (all[0].id.0, all[1].id.0);
    let listed = Msg::History(HistoryReport::Listed(String::new(), all.clone()));
    assert_eq!(asked(&stage.tell(listed)), [first]);
    let (is_beside, text) = both(&stage, "sent before", "event_id: ");
    assert!(is_beside, "{text}");
    // Its attempts and its body are read while the cursor is on it, and once.
    assert_eq!(asked(&stage.tell(Msg::Tick)), [0; 0]);
    let stored = |at: usize| StoredDelivery {
        record: all[at].clone(),
        attempts: Vec::new(),
        body: Some(br#"[{"event":"llm_generation"}]"#.as_slice().into()),
        digest: uuid::Uuid::nil(),
        verdict: None,
    };
    let read = |at| HistoryReport::Fetched(AfterFetch::Beside, Some(Box::new(stored(at))));
    stage.tell(Msg::History(read(0)));
    let (is_beside, text) = both(&stage, "sent before", "\"event\": \"llm_generation\"");
    assert!(is_beside, "{text}");
    assert_eq!(asked(&stage.press("down")), [second]);
    assert!(
        !both(&stage, "sent before", "llm_generation").0,
        "it is another one's"
    );
    stage.tell(Msg::History(read(1)));
    assert!(both(&stage, "sent before", "\"event\": \"llm_generation\"").0);
    // Without room nothing is read for it.
    let mut narrow = Stage::samples((120, 40));
    narrow.press("H");
    let listed = Msg::History(HistoryReport::Listed(String::new(), all));
    assert_eq!(asked(&narrow.tell(listed)), [0; 0]);
}

/// Where a window has nothing to show, its words say what to do to their end at every size.
#[test]
fn the_words_of_an_empty_window_are_never_cut() {
    for size in [(40, 12), (80, 24), (100, 30)] {
        let mut stage = Stage::samples(size);
        let words = |stage: &Stage| {
            let lines = stage.window().into_iter().skip(1);
            let words = lines.map(|line| line.trim_matches(['│', '┃', ' ']).to_owned());
            words.collect::<Vec<_>>().join(" ")
        };
        stage.press("i");
        let says = words(&stage);
        assert!(
            says.contains("point any client at the address above."),
            "{says}"
        );
        stage.press("esc H");
        let listed = HistoryReport::Listed(String::new(), Vec::new());
        stage.tell(Msg::History(listed));
        let says = words(&stage);
        assert!(
            says.contains("to send a test trace; it is remembered here."),
            "{says}"
        );
    }
}
