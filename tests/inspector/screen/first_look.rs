//! What one sees who opens the program for the first time: the hints, what the marks mean, the overview.

use rainscope::delivery::history::StoredDelivery;
use rainscope::inspector::library::Batch;
use rainscope::inspector::ui::symbols::Symbols;
use rainscope::inspector::windows::history::{AfterFetch, HistoryReport};
use rainscope::inspector::windows::overview::Overview;
use rainscope::inspector::windows::overview::Row;
use rainscope::inspector::{Msg, Pane};

use super::windows::records;
use crate::stage::{Stage, raw};

#[test]
fn the_hints_of_80_columns_are_the_most_needed() {
    let common = ["s send", "Tab pane", ": more", "? help", "q quit"];
    let looking = ["⏎ jump", "e edit", "p privacy", "c compare"];
    let writing = ["⏎ edit", "a add", "d delete", "r rename"];
    for (pane, own) in [
        (Pane::List, ["⏎ open", "e edit", "p privacy", "c compare"]),
        (Pane::Completion, looking),
        (Pane::Event, looking),
        (Pane::Trace, writing),
    ] {
        let mut stage = Stage::samples((80, 24));
        stage.model.focus = pane;
        stage.model.trace.cursor.row = 2;
        // On the user, which can be edited.
        let rows = match pane {
            Pane::Completion => "down*8",
            Pane::Event => "down*2",
            Pane::List | Pane::Trace => "",
        };
        stage.press(rows);
        let text = stage.text();
        let bar = text.lines().last().unwrap();
        for hint in own.iter().chain(&common) {
            assert!(bar.contains(hint), "{pane:?}: no {hint} in {bar}");
        }
    }
    // Where a row can't be edited, a key can still be added.
    for pane in [Pane::Completion, Pane::Event] {
        let mut stage = Stage::samples((80, 24));
        stage.model.focus = pane;
        let bar = stage.text().lines().last().unwrap().to_owned();
        assert!(bar.contains("a add") && !bar.contains("e edit"), "{bar}");
    }
    // Undo is there as soon as there is something to undo, and redo after that.
    let mut stage = Stage::samples((80, 24));
    let bar = |stage: &Stage| stage.text().lines().last().unwrap().to_owned();
    stage.press("tab d");
    assert!(bar(&stage).contains("u undo") && !bar(&stage).contains("redo"));
    let mut stage = Stage::samples((200, 50));
    stage.press("tab d u");
    assert!(!bar(&stage).contains("u undo") && bar(&stage).contains("^R redo"));
}

/// How to see the rest of a text is in sight at 80 columns, whatever else is offered.
#[test]
fn a_text_that_scrolls_says_so_at_80_columns() {
    let mut stage = Stage::samples((80, 24));
    let bar = |stage: &Stage| stage.text().lines().last().unwrap().to_owned();
    stage.press("H");
    stage.tell(Msg::History(HistoryReport::Listed(
        String::new(),
        records("sent"),
    )));
    let long = format!("[{{{}}}]", vec!["\"key\":1"; 60].join(","));
    let stored = StoredDelivery {
        record: records("sent").remove(0),
        attempts: Vec::new(),
        body: Some(long.into_bytes().into()),
        digest: uuid::Uuid::nil(),
        verdict: None,
    };
    let report = HistoryReport::Fetched(AfterFetch::Show, Some(Box::new(stored)));
    stage.tell(Msg::History(report));
    assert!(bar(&stage).contains("j k scroll"), "{}", stage.text());
    stage.press("esc esc");
    // The help has a cursor.
    stage.press("?");
    assert!(bar(&stage).contains("j k choose"), "{}", stage.text());
}

#[test]
fn the_help_has_every_mark_and_ascii_has_words_for_keys() {
    let mut stage = Stage::samples((200, 140));
    stage.press("?");
    let text = stage.text();
    let symbols = stage.look.symbols;
    let own = [
        symbols.marked,
        symbols.info,
        symbols.removed,
        symbols.from,
        symbols.destination,
        symbols.error,
        symbols.warning,
        "‹…›",
    ];
    for mark in own {
        assert!(text.contains(&format!("  {mark} ")), "{mark}\n{text}");
    }
    stage.look.symbols = Symbols::ascii();
    let text = stage.text();
    assert!(text.contains("  Enter  "), "{text}");
    stage.press("esc");
    let text = stage.text();
    assert!(
        text.lines().last().unwrap().contains("Enter open"),
        "{text}"
    );
}

#[test]
fn what_the_comparison_keeps_back_is_said_in_words() {
    let mut stage = Stage::at("Time check", (120, 40));
    stage.press("c");
    assert_eq!(stage.text().matches("(kept back) ").count(), 2);
    stage.press("esc tab e type:x enter c m");
    assert!(!stage.text().contains("(kept back)"), "{}", stage.text());
}

#[test]
fn the_overview_has_the_worst_first_and_opens_the_rest() {
    let mut stage = Stage::samples((120, 30));
    stage.press("o");
    let overview = |stage: &Stage| match stage.model.windows.top_as::<Overview>() {
        Some(overview) => overview.clone(),
        _ => panic!("no overview"),
    };
    let is_rest = |row: &Row| matches!(row, Row::More(_, "Findings"));
    let before = overview(&stage);
    let severities: Vec<_> = before
        .rows
        .iter()
        .skip_while(|row| **row != Row::Heading("Findings"))
        .skip(1)
        .map_while(|row| match row {
            Row::Bar { severity, .. } => Some(*severity),
            _ => None,
        })
        .collect();
    assert!(severities.len() > 6 && severities.is_sorted_by(|one, other| one >= other));
    assert!(stage.text().contains("privacy-leak"), "{}", stage.text());
    assert!(stage.text().contains("┃"), "it scrolls\n{}", stage.text());
    let rest = before.rows.iter().position(is_rest).unwrap();
    for _ in 0..rest {
        if overview(&stage).cursor.row < rest {
            stage.press("down");
        }
    }
    assert_eq!(overview(&stage).cursor.row, rest);
    stage.press("enter");
    let after = overview(&stage);
    assert!(!after.rows.iter().any(is_rest));
    assert!(after.rows.len() > before.rows.len());
    assert!(matches!(after.rows[after.cursor.row], Row::Bar { .. }));
    stage.press("esc f type:name:anon enter o");
    assert!(stage.text().contains(" 1 completion "), "{}", stage.text());
    let mut stage = Stage::samples((200, 50));
    stage.press("o");
    assert!(stage.text().contains(" of 37"), "{}", stage.text());
}

#[test]
fn what_has_no_field_is_told_with_what_to_do() {
    let mut stage = Stage::at("Stopped by length", (200, 50));
    stage.model.focus = Pane::Completion;
    let privacy = stage.model.privacy;
    let current = stage.model.current.as_mut().unwrap();
    assert!(current.go_to_source("/request/temperature", privacy));
    let text = stage.text();
    assert!(
        text.contains("Raindrop's event has no field for it; put it under `trace`"),
        "{text}"
    );
}

/// A record that can't be read is no completion without an event.
#[test]
fn the_overview_counts_what_was_not_read_apart() {
    let whole = r#"{"id":"gen-1","choices":[{"message":{"content":"Yes."}}]}"#;
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(Batch {
        records: vec![raw(whole, 1), raw("{\"id\":\"gen-2\",\"choices\":[", 2)],
        ..Batch::default()
    }));
    stage.press("o");
    stage.sees(" 1 completion   1 event   0 without an event   1 problem");
}
