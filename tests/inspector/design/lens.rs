//! Provenance, comparison and privacy: what lights up, what is struck through, what changes at once.

use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::inspector::Pane;
use rainscope::inspector::ui::layout::inner;
use rainscope::inspector::ui::symbols::Symbols;
use rainscope::inspector::ui::theme::Theme;
use rainscope::inspector::windows::compare::Compare;
use rainscope::inspector::windows::compare::Relation;
use ratatui::style::Modifier;

use super::sight::{SIZE, after, cell, line, on, pane, part, row};
use crate::stage::Stage;

/// Puts the event's cursor on a field, told by its pointer.
fn at_field(stage: &mut Stage, pointer: &str) {
    stage.model.focus = Pane::Event;
    let current = stage.model.current.as_mut().unwrap();
    let row = current
        .event
        .rows()
        .iter()
        .position(|row| row.pointer == pointer);
    current.event.cursor.row = row.unwrap();
    stage.press("");
}

/// - On a row of the event, its sources light up. Their mark is ◆, since ● says that a value arrives.
/// - One line names the rule.
#[test]
fn sources_light_up_beside_an_event_row_and_one_line_names_the_rule() {
    let mut stage = Stage::samples(SIZE);
    let lit = |stage: &Stage| {
        let lines = pane(stage, Pane::Completion);
        let lit = lines.iter().filter(|line| line.contains('◆'));
        lit.cloned().collect::<Vec<_>>()
    };
    assert_eq!(lit(&stage), [""; 0]);
    for (field, source, rule) in [
        ("/user_id", "user \"user_12345\"", "request.user"),
        (
            "/ai_data/convo_id",
            "session_id \"session_67890\"",
            "session_id",
        ),
        ("/properties/total_cost", "cost 0.0000231", "cost"),
    ] {
        at_field(&mut stage, field);
        // The source may be further down than the pane shows.
        let lit = lit(&stage);
        if !lit.is_empty() {
            assert!(lit.len() == 1 && lit[0].contains(source), "{lit:?}");
        }
        let told = line(&stage, &[field, "◂", rule]);
        assert!(told.contains('/') && told.contains("· "), "{told}");
    }
    at_field(&mut stage, "/user_id");
    assert_eq!(lit(&stage).len(), 1);
    // A field of several sources lights them all.
    let total = "/properties/total_tokens";
    at_field(&mut stage, total);
    let current = stage.model.current.as_ref().unwrap();
    let sources = current.sources_of(current.event_row().unwrap());
    assert_eq!(current.lit_sources().0.len(), sources.len());
}

/// On a row of the completion: where it went, or why it went nowhere, by a mark and the reason.
#[test]
fn a_source_row_lights_what_it_became_or_says_why_not() {
    let mut stage = after("ctrl-g type:\"/request/user\" enter");
    let user = row(&stage, Pane::Event, "user_id");
    assert!(user.contains("◆"), "{user}");
    line(&stage, &["/request/user", "becomes /user_id"]);
    let lit = pane(&stage, Pane::Event);
    assert_eq!(lit.iter().filter(|line| line.contains('◆')).count(), 1);
    // Nowhere: the mark on the row, and the reason in words.
    stage.press("ctrl-g type:\"/response/system_fingerprint\" enter");
    let dropped = row(&stage, Pane::Completion, "system_fingerprint");
    assert!(dropped.contains("▌") && dropped.contains('∅'), "{dropped}");
    let current = stage.model.current.as_ref().unwrap();
    let at = current.source_row().unwrap().clone();
    let why = current.fate(&at, Privacy::Off).says();
    assert!(!why.is_empty());
    line(&stage, &["/response/system_fingerprint", &why]);
}

/// The halves of the comparison's rows, as they stand side by side.
fn halves(stage: &Stage) -> Vec<(String, String)> {
    let inside = inner(stage.model.window_area());
    let half = usize::from(inside.width / 2);
    let split = |line: String| {
        let left: String = line.chars().take(half).collect();
        let right: String = line.chars().skip(half).collect();
        (left.trim_end().to_owned(), right.trim_end().to_owned())
    };
    part(stage, inside).into_iter().map(split).collect()
}

/// - `c` shows privacy off and on side by side, aligned row by row.
/// - Rows that privacy removes are struck through and have a symbol.
/// - The rest is visibly the same.
#[test]
fn the_comparison_aligns_off_and_on_and_strikes_out_what_goes() {
    // What is the same is folded at first; here all of it is to be seen.
    let stage = after("c +");
    let Some(compare) = stage.model.windows.top_as::<Compare>() else {
        panic!("{:?}", stage.model.windows);
    };
    let halves = halves(&stage);
    assert!(halves[0].0.contains("privacy off") && halves[0].1.contains("privacy on"));
    for (pair, (left, right)) in compare.pairs.iter().zip(&halves[2..]) {
        let row = pair.left.as_ref().or(pair.right.as_ref()).unwrap();
        let expected = match pair.relation {
            Relation::Added => (false, true),
            _ => (true, true),
        };
        let shown = (left.contains(&row.key), right.contains(&row.key));
        assert_eq!(shown, expected, "{}: {left}|{right}", row.pointer);
        let signs = (left.contains('−'), right.contains('−'));
        let is_removed = pair.relation == Relation::Removed;
        assert_eq!(signs, (is_removed, is_removed), "{}", row.pointer);
        if pair.relation == Relation::Same {
            // Visibly equal: word for word, and set back.
            assert_eq!(left.trim_start_matches('▌'), right.trim_start_matches('▌'));
        }
    }
    let removed = compare
        .pairs
        .iter()
        .filter(|p| p.relation == Relation::Removed);
    let removed = removed.map(|p| p.left.as_ref().unwrap().pointer.as_str());
    assert_eq!(
        removed.collect::<Vec<_>>(),
        ["/ai_data/input", "/ai_data/output"]
    );
    // How they are set: struck through on the right alone, equal rows dim.
    let frame = stage.frame();
    let inside = inner(stage.model.window_area());
    let y_of = |key: &str| {
        let lines = part(&stage, inside);
        let y = lines.iter().position(|line| line.contains(key)).unwrap();
        inside.y + u16::try_from(y).unwrap()
    };
    let set = |key: &str, text: &str, x: std::ops::Range<u16>, modifier: Modifier| {
        let y = y_of(key);
        let cells: Vec<_> = x.map(|x| &frame[(x, y)]).collect();
        let line: String = cells.iter().map(|cell| cell.symbol()).collect();
        let at = line
            .find(text)
            .unwrap_or_else(|| panic!("no {text} in {line}"));
        let at = line[..at].chars().count();
        cells[at].modifier.contains(modifier)
    };
    let middle = inside.x + inside.width / 2;
    let (left, right) = (inside.x..middle, middle..inside.right());
    for text in ["input", "What time"] {
        assert!(
            set(" input", text, right.clone(), Modifier::CROSSED_OUT),
            "{text}"
        );
        assert!(
            !set(" input", text, left.clone(), Modifier::CROSSED_OUT),
            "{text}"
        );
    }
    for text in ["convo_id", "session_67890"] {
        for side in [left.clone(), right.clone()] {
            assert!(set("convo_id", text, side, Modifier::DIM), "{text}");
        }
    }
}

/// Where the conversation is not known, nothing is promised of it.
#[test]
fn no_leak_is_not_said_of_what_is_not_known() {
    let answer = br#"{"id":"gen-1","choices":[{"message":{"content":"Half past two."}}]}"#;
    let mut stage = Stage::with(rainscope::load("answer.json", answer), SIZE);
    stage.press("c");
    let says = stage.text();
    assert!(says.contains("can't tell"), "{says}");
    assert!(!says.contains("no leak found"), "{says}");
}

/// Below is the leak scan's verdict over the exact bytes.
#[test]
fn the_verdict_is_over_the_exact_private_bytes() {
    let verdict = |stage: &Stage| {
        let text = stage.text();
        let below = text.lines().skip_while(|line| !line.contains("───────"));
        below.skip(1).collect::<Vec<_>>().join("\n")
    };
    let clean = after("c");
    let event = clean
        .model
        .current
        .as_ref()
        .unwrap()
        .mapped
        .event()
        .unwrap();
    let mut json = String::new();
    wire::write_event(privacy::apply(event, Privacy::On), &mut json);
    let says = verdict(&clean);
    assert!(says.contains("✓ no leak"), "{says}");
    assert!(says.contains(&format!("{} bytes", json.len())), "{says}");
    let leaking = on("A trace value leaks the prompt", "c");
    let says = verdict(&leaking);
    let at = &leaking.model.current.as_ref().unwrap().leaks[0];
    assert!(
        says.contains("✗ 1 leak") && says.contains(&at.pointer),
        "{says}"
    );
    let said: String = at.excerpt.chars().take(30).collect();
    assert!(says.contains(&said), "{says}");
    // And the row that leaks is marked among the others.
    let key = at.pointer.rsplit('/').next().unwrap();
    let rows = halves(&leaking);
    let row = rows.iter().find(|(left, _)| left.contains(key)).unwrap();
    assert!(row.1.contains('✗'), "{row:?}");
}

/// - `p` switches privacy at once, everywhere.
/// - The header says so in capitals.
#[test]
fn privacy_changes_everything_at_once_and_is_said_loudly() {
    let mut stage = Stage::samples(SIZE);
    let seen = |stage: &Stage| {
        let has = |at, text: &str| pane(stage, at).iter().any(|line| line.contains(text));
        (
            has(Pane::Event, "kept back"),
            has(Pane::Event, "track_partial"),
            has(Pane::Completion, "⊘"),
            stage.event().contains("What time is it"),
        )
    };
    for _ in 0..2 {
        assert_eq!(seen(&stage), (false, false, false, true));
        let quiet = cell(&stage, "privacy");
        assert!(!quiet.modifier.contains(Modifier::REVERSED));
        stage.press("p");
        assert_eq!(seen(&stage), (true, true, true, false));
        let loud = cell(&stage, "PRIVACY ON");
        let both = Modifier::REVERSED.union(Modifier::BOLD);
        assert!(loud.modifier.contains(both), "{loud:?}");
        stage.press("p");
    }
    // Also in what is copied and sent from then on, and for the next completion.
    stage.press("p J");
    assert!(pane(&stage, Pane::Event)[0].contains("track_partial"));
    let effects = format!("{:?}", stage.press("K C"));
    assert!(!effects.contains("What time is it"), "{effects}");
}

/// - With privacy on, `input` and `output` stay where they are, struck through, with a mark and in words.
/// - Nothing jumps.
/// - They are no part of what is sent, and lead to where they are from.
#[test]
fn what_privacy_keeps_back_stays_in_its_place_struck_through() {
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut stage = Stage::samples((width, height));
        stage.model.focus = Pane::Event;
        stage.press("down*6");
        let places = |stage: &Stage| -> Vec<(usize, String)> {
            let keys = [
                "user_id",
                "ai_data",
                "input",
                "output",
                "convo_id",
                "properties",
            ];
            let lines = pane(stage, Pane::Event);
            let found = lines.iter().enumerate().filter_map(|(y, line)| {
                let key = keys.iter().find(|key| line.contains(&format!(" {key} ")))?;
                Some((y, (*key).to_owned()))
            });
            found.collect()
        };
        let (before, row) = (
            places(&stage),
            stage.current.as_ref().unwrap().event.cursor.row,
        );
        assert!(before.len() >= 5, "{}", stage.text());
        stage.press("p");
        assert_eq!(places(&stage), before, "{}", stage.text());
        assert_eq!(stage.current.as_ref().unwrap().event.cursor.row, row);
        for text in ["input", "output"] {
            let line = self::row(&stage, Pane::Event, text);
            assert!(line.contains(&format!("− {text}")), "{line}");
            assert!(line.contains("kept back"), "{line}");
        }
        assert!(
            !stage.event().contains("What time is it"),
            "{}",
            stage.event()
        );
        // The count is of what is sent.
        assert!(self::row(&stage, Pane::Event, "ai_data").contains("ai_data  2"));
        // The word about the switch goes with the next key.
        stage.press("up down");
        stage.sees("/ai_data/output is kept back by privacy mode");
        stage.press("enter");
        assert_eq!(stage.model.focus, Pane::Completion);
        stage.press("enter");
        assert_eq!(stage.model.focus, Pane::Event);
        assert_eq!(stage.current.as_ref().unwrap().event.cursor.row, row);
    }
    // Also where nothing else is in it.
    let mut stage = Stage::samples(SIZE);
    stage.press("p tab*3");
    stage.look.theme = Theme::monochrome();
    let struck = cell(&stage, "What time is it right now?");
    assert!(
        struck.modifier.contains(Modifier::CROSSED_OUT),
        "{struck:?}"
    );
    stage.look.symbols = Symbols::ascii();
    assert!(self::row(&stage, Pane::Event, "- input").contains("kept back"));
}

/// - The comparison opens at the first leak, or at the first difference.
/// - What is the same is folded, and opens.
#[test]
fn the_comparison_opens_at_what_one_came_for() {
    let at = |stage: &Stage| {
        let compare = stage.windows.top_as::<Compare>().unwrap();
        compare
            .pair()
            .and_then(|pair| pair.row())
            .map(|row| row.key.clone())
    };
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::at("Time check", size);
        stage.press("c");
        assert_eq!(at(&stage).as_deref(), Some("input"));
        let compare = stage.windows.top_as::<Compare>().unwrap();
        let all = compare.pairs.len();
        assert!(compare.items.len() < all / 2, "{}", stage.text());
        stage.sees("4 the same");
        // What folds again is offered where it does something.
        assert!(!stage.text().lines().last().unwrap().contains("fold"));
        stage.press("up*9 enter");
        assert_eq!(at(&stage).as_deref(), Some("event"));
        stage.sees("user_12345");
        stage.press("space");
        assert_eq!(at(&stage), None);
        stage.press("+");
        assert_eq!(stage.windows.top_as::<Compare>().unwrap().items.len(), all);
        stage.press("-");
        assert!(stage.windows.top_as::<Compare>().unwrap().items.len() < all / 2);
        let mut stage = Stage::at("A trace value leaks the prompt", size);
        let key = stage.current.as_ref().unwrap().leaks[0].pointer.clone();
        stage.press("c");
        assert_eq!(at(&stage).as_deref(), key.rsplit('/').next());
    }
}

/// - Where a half has no room for a value, the two sides stand below each other: a value has most of the width.
/// - The verdict is never cut.
#[test]
fn the_comparison_of_80_columns_is_stacked() {
    let mut stage = Stage::at("Time check", (80, 24));
    stage.press("c");
    let text = stage.text();
    let line = text.lines().find(|line| line.contains("input")).unwrap();
    assert!(
        line.contains("− ") && line.contains("(kept back) What time is it right now?"),
        "{line}"
    );
    stage.sees("long numbers)");
    stage.press("esc e ctrl-u type:another-one enter c m");
    let text = stage.text();
    let before = text
        .lines()
        .position(|line| line.contains("user_id") && line.contains("user_12345"));
    let after = text
        .lines()
        .position(|line| line.contains("user_id") && line.contains("another-one"));
    assert_eq!(before.map(|at| at + 1), after, "{text}");
}
