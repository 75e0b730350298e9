//! Every command of the table does something in every pane, or says why not.

use rainscope::inspector::keys::command::{CommandGroup, TABLE};
use rainscope::inspector::keys::key::Key;
use rainscope::inspector::windows::palette::Palette;
use rainscope::inspector::{Command, Effect, Msg, Pane};

use crate::stage::{Stage, local_sink};

const SIZE: (u16, u16) = (120, 40);

/// Whether a command needs no word where it does nothing: Esc, which one presses to be sure, and going
/// left or right at the end of the panes.
fn is_quiet(command: Command, pane: Pane) -> bool {
    match command {
        Command::Close => true,
        Command::Left => pane == Pane::List,
        Command::Right => pane == Pane::Event,
        _ => false,
    }
}

/// All that a command can change, as text.
fn state(stage: &Stage) -> String {
    let model = &stage.model;
    let overlay = format!("{:?}", model.windows);
    let current = model.current.as_ref().map(|current| {
        let rows = (current.source.rows().len(), current.event.rows().len());
        (
            current.index,
            rows,
            current.source.cursor,
            current.event.cursor,
        )
    });
    format!(
        "{overlay} {current:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        model.focus,
        model.list,
        model.trace.cursor,
        model.trace.editor,
        model.privacy,
        model.search.typing,
        model.notice,
        stage.event(),
    )
}

/// Does a command in the middle of a pane. `start` is the stage there.
fn check(command: Command, pane: Pane, prepare: &str, start: &Stage) {
    let mut stage = start.clone();
    let env = rainscope::inspector::Env {
        now: stage.now,
        fresh_id: "fresh".to_owned(),
    };
    let effects = stage.model.run(command, &env);
    stage.tell(Msg::Tick);
    let did = !effects.is_empty() || state(&stage) != state(start) || stage.text() != start.text();
    assert!(
        did || is_quiet(command, pane),
        "{command:?} in {pane:?} after {prepare:?} does nothing and says nothing"
    );
}

/// Once without edits, and with edits and a search.
#[test]
fn every_command_does_something_or_says_why_not() {
    for pane in Pane::ALL {
        for prepare in ["", "tab down*2 d", "tab d u", "/ type:\"o\" enter"] {
            let mut start = Stage::at("Trace of every type", SIZE);
            start.press(prepare);
            start.model.focus = pane;
            start.press("down*3 esc");
            for entry in TABLE {
                check(entry.command, pane, prepare, &start);
            }
        }
    }
}

#[test]
fn every_command_says_why_not_where_nothing_is_loaded() {
    for entry in TABLE {
        if entry.group == CommandGroup::Move {
            continue;
        }
        for pane in Pane::ALL {
            if is_quiet(entry.command, pane) {
                continue;
            }
            let mut stage = Stage::empty(SIZE);
            stage.tell(Msg::Destination(local_sink()));
            stage.model.focus = pane;
            let before = (state(&stage), stage.text());
            let Some(key) = entry.keys.first() else {
                continue;
            };
            let did = !stage.press(key).is_empty()
                || state(&stage) != before.0
                || stage.text() != before.1;
            assert!(did, "{:?} in {pane:?}", entry.command);
        }
    }
}

#[test]
fn every_key_of_the_table_reaches_its_command() {
    let stage = Stage::empty(SIZE);
    for entry in TABLE {
        for name in entry.keys {
            let command = stage
                .model
                .keymap
                .command(&name.parse::<Key>().unwrap().event());
            assert_eq!(command, Some(entry.command), "{name}");
        }
    }
}

/// `:` is a palette of every command.
#[test]
fn the_palette_finds_and_does_every_command() {
    for entry in TABLE {
        let mut stage = Stage::samples(SIZE);
        let refusal = stage.model.refusal(entry.command);
        stage.press(&format!(": type:\"{}\"", entry.name));
        let Some(palette) = stage.model.windows.top_as::<Palette>() else {
            panic!("the palette is open");
        };
        let found = palette.found(&stage.model);
        let is_first = found
            .first()
            .is_some_and(|first| first.command == entry.command);
        // What cannot be run is not offered.
        assert_eq!(is_first, refusal.is_none(), "{}", entry.name);
        if !is_first {
            continue;
        }
        let effects = stage.press("enter");
        match entry.command {
            Command::Quit => assert_eq!(effects, [Effect::Quit]),
            Command::Suspend => assert_eq!(effects, [Effect::Suspend]),
            _ => assert!(
                stage.model.windows.top_as::<Palette>().is_none()
                    || entry.command == Command::Palette
            ),
        }
    }
}

#[test]
fn the_help_names_every_key_and_command() {
    let mut stage = Stage::samples((120, 160));
    stage.press("?");
    let text = stage.text();
    for entry in TABLE {
        assert!(text.contains(entry.help), "{}", entry.name);
        // Where there are many, the first and the last are named.
        let named = match entry.keys {
            [first, .., last] if entry.keys.len() > 4 => vec![*first, *last],
            keys => keys.to_vec(),
        };
        for name in named {
            assert!(
                text.contains(&name.parse::<Key>().unwrap().label()),
                "{name}"
            );
        }
    }
    // On a small screen, scrolling shows all of it, and nothing beyond its end.
    let mut stage = Stage::samples((120, 24));
    stage.press("?");
    let mut seen = stage.text();
    for _ in 0..180 {
        stage.press("j");
        seen.push_str(&stage.text());
    }
    for entry in TABLE {
        assert!(seen.contains(entry.help), "{}", entry.name);
    }
    assert!(stage.text().contains("this is rainscope's decision"));
}

#[test]
fn windows_close_with_esc_and_with_their_own_key() {
    for (keys, own) in [("?", "?"), ("c", "c"), ("i", "i"), ("!", "!"), ("v", "v")] {
        for close in ["esc", own, "q"] {
            let mut stage = Stage::samples(SIZE);
            stage.press("tab*3 down*5");
            stage.press(keys);
            assert!(!stage.model.windows.is_empty(), "{keys}");
            let effects = stage.press(close);
            assert!(
                effects.is_empty() && stage.model.windows.is_empty(),
                "{keys} {close}"
            );
        }
    }
}

/// - Value and pointer are copied.
/// - The event is copied as JSON.
/// - The request is copied as curl, which names a variable in place of the key.
/// - A notice says what was copied.
#[test]
fn copies_say_what_and_hold_it() {
    let copied = |keys: &str| {
        let mut stage = Stage::samples(SIZE);
        let effects = stage.press(keys);
        assert!(
            stage.notice().starts_with("sent "),
            "{keys}: {}",
            stage.notice()
        );
        match effects.as_slice() {
            [Effect::Copy(text)] => text.clone(),
            other => panic!("{keys} gave {other:?}"),
        }
    };
    assert_eq!(copied("tab*3 down*2 y"), "user_12345");
    assert_eq!(copied("tab*3 down*2 Y"), "/user_id");
    assert_eq!(copied("tab y"), "user_12345");
    assert!(copied("E").starts_with("{\"event\":\"llm_generation\""));
    assert!(copied("T").contains("\"trace\": {"));
    // The local sink has no use for the real key.
    let curl = copied("C");
    assert!(curl.contains("Bearer local-sink") && curl.contains("/v1/events/track"));
    // With privacy on, nothing of the conversation is copied with the event.
    assert!(!copied("p E").contains("What time is it"));
}

#[test]
fn search_goes_round_in_every_tree() {
    let check = |focus: &str, pattern: &str, expected: &[&str]| {
        let mut stage = Stage::samples(SIZE);
        stage.press(&format!("{focus} / type:\"{pattern}\" enter"));
        let mut seen = Vec::new();
        for _ in expected {
            let current = stage.model.current.as_ref().unwrap();
            seen.push(match stage.model.focus {
                Pane::Event => current.event_row().unwrap().pointer.clone(),
                Pane::Completion => current.source_pointer().unwrap(),
                _ => current.completion.name.clone(),
            });
            stage.press("n");
        }
        assert_eq!(seen, expected, "{pattern}");
    };
    check(
        "tab*3",
        "MODEL",
        &["/ai_data/model", "/properties/model", "/ai_data/model"],
    );
    check(
        "tab*2",
        "user_12345",
        &[
            "/request/user",
            "/generation/data/external_user",
            "/request/user",
        ],
    );
    check("", "scripts", &["Many scripts", "Many scripts"]);
    // Also what was not on the screen yet.
    let mut stage = Stage::samples((80, 24));
    stage.press("/ type:\"from the gen\" enter");
    assert_eq!(stage.name(), "Filled from the generation record");
    let mut stage = Stage::samples(SIZE);
    stage.press("/ type:\"zzz\"");
    assert!(stage.notice().starts_with("no match"));
    stage.press("esc");
    assert_eq!(stage.model.search.pattern, "");
}

#[test]
fn the_help_begins_where_one_is_and_can_be_read_to_its_end() {
    for (keys, place, own) in [
        ("", "the list of completions", "List what fits"),
        ("tab", "the trace metadata", "Add a trace key"),
        (
            "tab*3",
            "the Raindrop event",
            "Show the value under the cursor",
        ),
    ] {
        for size in [(80, 24), (120, 40), (200, 50), (300, 100)] {
            let mut stage = Stage::samples(size);
            stage.press(keys);
            stage.press("?");
            let text = stage.text();
            assert!(text.contains(&format!("Here, in {place}")), "{text}");
            assert!(text.contains(own), "{text}");
            stage.press("G");
            let text = stage.text();
            let last = text.lines().rev().find(|line| line.contains("assumed"));
            assert!(last.is_some(), "{text}");
            // No row is beyond the end: the last line is the last of its column.
            stage.press("down");
            assert_eq!(stage.text(), text);
        }
    }
}
