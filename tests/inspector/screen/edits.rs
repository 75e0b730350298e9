//! Editing the trace: every key re-maps, Esc takes all of it back, undo and redo walk the same road.

use rainscope::completion::load;
use rainscope::inspector::current::trace_rows::TraceRow;
use rainscope::inspector::edits::saving::Saved;
use rainscope::inspector::library::Batch;
use rainscope::inspector::{Effect, Msg};

use crate::stage::Stage;

const SIZE: (u16, u16) = (120, 40);

/// Many edits of all kinds, one a line.
const ROAD: &[&str] = &[
    "tab g e ctrl-u type:\"someone\" enter",
    "g down e type:\"-2\" enter",
    "g down*2 r type:\"_of_mine\" enter",
    "a type:\"team\" enter type:\"search\" enter",
    "a type:\"depth\" enter ctrl-t type:\"{\\\"a\\\":[1,2.50]}\" enter",
    "g down*4 d",
    "g d",
    "G up*3 e ctrl-t ctrl-u type:\"null\" enter",
    "G up*3 r type:\"er\" enter",
];

/// An edit is undone and redone.
#[test]
fn undo_and_redo_walk_the_same_road() {
    let mut stage = Stage::samples(SIZE);
    let mut events = vec![stage.event()];
    for keys in ROAD {
        stage.press(keys);
        assert!(
            stage.model.trace.editor.is_none(),
            "{keys}: {}",
            stage.notice()
        );
        events.push(stage.event());
    }
    for pair in events.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    for _ in 0..3 {
        for event in events.iter().rev().skip(1) {
            stage.press("u");
            assert_eq!(stage.event(), *event);
        }
        stage.press("u");
        assert_eq!(stage.notice(), "nothing to undo");
        for event in events.iter().skip(1) {
            stage.press("ctrl-r");
            assert_eq!(stage.event(), *event);
        }
        stage.press("ctrl-r");
        assert_eq!(stage.notice(), "nothing to redo");
    }
    // A new edit forgets what was undone.
    stage.press("u a type:\"z\" enter type:\"1\" enter ctrl-r");
    assert_eq!(stage.notice(), "nothing to redo");
}

#[test]
fn esc_takes_an_edit_back_whatever_was_typed() {
    let starts = [
        "tab e",
        "tab down e",
        "tab down*2 e",
        "tab down*6 e",
        "a",
        "tab down*2 r",
        "a type:\"team\" enter",
    ];
    let typings = [
        "type:\"abc\"",
        "ctrl-u",
        "ctrl-t type:\"1\"",
        "backspace*3",
        "ctrl-t ctrl-u type:\"{\"",
        "paste:\"x\\ny\"",
        "home delete ctrl-k type:\"é天👩\"",
    ];
    for start in starts {
        for typing in typings {
            let mut stage = Stage::samples(SIZE);
            let before = stage.event();
            stage.press(start);
            stage.press(typing);
            stage.press("esc");
            assert!(stage.model.trace.editor.is_none());
            assert_eq!(stage.event(), before, "{start} {typing}");
            stage.press("u");
            assert_eq!(stage.notice(), "nothing to undo", "{start} {typing}");
        }
    }
}

/// - Every key press re-maps.
/// - The fields that change are marked and in sight.
#[test]
fn every_key_remaps_and_the_touched_row_is_marked() {
    let mut stage = Stage::samples(SIZE);
    stage.press("tab down*4 e ctrl-u");
    for (key, expected) in [("h", "h"), ("i", "hi"), ("backspace", "h")] {
        stage.press(key);
        assert!(
            stage
                .event()
                .contains(&format!("\"feature\":\"{expected}\""))
        );
        let text = stage.text();
        let row = text.lines().find(|line| line.contains("~ feature"));
        assert!(row.is_some(), "{text}");
    }
    stage.press("enter");
    assert_eq!(stage.notice(), "/properties/feature changed, −9 B");
}

#[test]
fn the_row_that_an_edit_touches_is_in_sight() {
    for size in [(80, 24), (100, 30), (120, 30)] {
        let mut stage = Stage::samples(size);
        stage.press("a type:\"team\" enter type:\"search-and-find\"");
        let shown = |stage: &Stage| {
            let text = stage.text();
            text.lines().any(|line| line.contains("+ team"))
        };
        assert!(shown(&stage), "{}", stage.text());
        stage.press("enter");
        assert!(shown(&stage), "{}", stage.text());
    }
}

/// An invalid edit stays visible with its error, and the last valid event stays on the right.
#[test]
fn a_bad_value_stays_visible_and_the_last_good_event_stays() {
    let mut stage = Stage::samples(SIZE);
    stage.press("tab down*6 e ctrl-u type:\"42\"");
    let good = stage.event();
    assert!(good.contains("\"build\":42"));
    stage.press("type:\",x\"");
    assert_eq!(stage.event(), good);
    assert!(stage.text().contains("not JSON at column 3"));
    stage.press("enter");
    assert!(stage.model.trace.editor.is_some(), "stays open");
    assert!(stage.notice().contains("not yet"));
    stage.press("backspace*2 enter");
    assert_eq!(stage.event(), good);
}

/// Keys can be added, renamed and deleted.
#[test]
fn keys_are_added_renamed_and_deleted_at_their_places() {
    let keys = |stage: &Stage| -> Vec<String> {
        let current = stage.model.current.as_ref().unwrap();
        let slots =
            rainscope::inspector::current::trace_rows::trace_rows_of(&current.mapped.metadata);
        let names = slots.into_iter().filter_map(|slot| match slot {
            TraceRow::Key(key) => Some(key),
            _ => None,
        });
        names.collect()
    };
    let mut stage = Stage::samples(SIZE);
    let first = keys(&stage);
    stage.press("a type:\"team\" enter type:\"x\" enter");
    assert_eq!(keys(&stage)[..first.len()], first[..]);
    assert_eq!(keys(&stage).last().unwrap(), "team");
    stage.press("g down*2 r ctrl-u type:\"title\" enter");
    assert_eq!(keys(&stage)[0], "title");
    stage.press("g down*3 d");
    assert!(!keys(&stage).contains(&first[1]));
    // Name and value may be typed at once, as many write them; that is all of it.
    stage.press("a type:\"lane = search=all\"");
    assert!(
        stage.event().contains("\"lane\":\"search=all\""),
        "{}",
        stage.event()
    );
    stage.press("enter");
    stage.sees("/properties/lane added");
    assert!(stage.model.trace.editor.is_none());
    assert!(
        stage.event().contains("\"lane\":\"search=all\""),
        "{}",
        stage.event()
    );
    assert!(!keys(&stage).iter().any(|key| key.contains('=')));
    stage.press("a type:\"=x\" enter");
    assert!(stage.notice().contains("a key needs a name"));
    stage.press("esc a type:\"lane=y\" enter");
    assert!(stage.notice().contains("`lane` is there already"));
    stage.press("esc u");
    // Names that are taken are refused, with a word.
    stage.press("g down*2 r ctrl-u type:\"team\" enter");
    assert!(stage.notice().contains("`team` is there already"));
    stage.press("esc a type:\"team\" enter");
    assert!(stage.notice().contains("`team` is there already"));
    stage.press("esc");
    assert_eq!(keys(&stage)[0], "title");
}

/// A value is edited in place.
#[test]
fn tab_walks_through_the_fields_and_keeps_what_was_typed() {
    let mut stage = Stage::samples(SIZE);
    stage.press("e ctrl-u type:\"me\" tab ctrl-u type:\"today\" tab esc");
    assert!(stage.event().contains("\"user_id\":\"me\""));
    assert!(stage.event().contains("\"convo_id\":\"today\""));
    let edits = stage.model.library.entry(0).unwrap().edits.steps().len();
    assert_eq!(edits, 2);
}

/// Edits can be reset to the sample.
#[test]
fn reset_takes_all_back_and_redo_brings_it_again() {
    let mut stage = Stage::samples(SIZE);
    let before = stage.event();
    for keys in ROAD {
        stage.press(keys);
    }
    let after = stage.event();
    stage.press("R");
    assert_eq!(stage.event(), before);
    assert!(stage.notice().contains("back to the sample"));
    stage.press(&format!("U*{}", ROAD.len()));
    assert_eq!(stage.event(), after);
    stage.press("R R");
    assert_eq!(stage.notice(), "there are no edits");
}

#[test]
fn edits_belong_to_their_completion_and_survive_leaving_it() {
    let mut stage = Stage::samples(SIZE);
    stage.press("tab e ctrl-u type:\"me\" enter");
    let edited = stage.event();
    stage.press("J");
    assert!(!stage.event().contains("\"user_id\":\"me\""));
    stage.press("u");
    assert_eq!(stage.notice(), "nothing to undo");
    stage.press("J*5 K*6");
    assert_eq!(stage.event(), edited);
    assert!(stage.text().contains("1 edit"));
    stage.press("u");
    assert_ne!(stage.event(), edited);
}

#[test]
fn pasted_text_goes_into_the_field_that_is_typed() {
    let mut stage = Stage::samples(SIZE);
    stage.press("paste:\"lost\"");
    assert!(stage.notice().contains("is no completion"));
    stage.press("tab e ctrl-u paste:\"u-1 天\" enter");
    assert!(stage.event().contains("\"user_id\":\"u-1 天\""));
    // Terminals send line breaks as carriage returns; the value gets line feeds.
    stage.press("down*2 e ctrl-u");
    stage.tell(Msg::Paste("a\rb\r\nc\n".to_owned()));
    stage.press("enter");
    assert!(
        stage.event().contains("\"trace_name\":\"a\\nb\\nc\""),
        "{}",
        stage.event()
    );
    // In the middle of what is there.
    stage.press("e ctrl-u type:\"ab\" left paste:\"-\" type:\"+\" enter");
    assert!(stage.event().contains("\"trace_name\":\"a-+b\""));
    stage.press("/ paste:\"model\"");
    assert_eq!(stage.model.search.pattern, "model");
    // Leaving with edits that no file has is asked once.
    stage.press("esc : paste:\"quit\"");
    assert_eq!(stage.press("enter"), []);
    assert_eq!(stage.press("enter"), [Effect::Quit]);
}

#[test]
fn other_edits_than_those_that_were_saved_are_not_left_unasked() {
    let mut stage = Stage::samples(SIZE);
    let saved = || Msg::Saved(Saved::Written("a.json".into(), 1));
    stage.press("w");
    stage.sees("there are no edits");
    stage.press("esc a type:\"team\" enter type:\"x\" enter w");
    stage.sees("a sample with the edits in it");
    stage.press("enter");
    stage.tell(saved());
    assert_eq!(stage.press("q"), [Effect::Quit]);
    // As many steps as there were, and yet others.
    stage.press("u a type:\"team\" enter type:\"y\" enter");
    assert_eq!(stage.press("q"), []);
    assert!(stage.text().contains("in no file yet"));
}

/// A file is written meanwhile one goes on: what it has is the completion that was saved, with the edits of then.
#[test]
fn what_was_saved_is_what_was_asked_for() {
    let mut stage = Stage::samples(SIZE);
    stage.press("a type:\"team\" enter type:\"x\" enter w enter J");
    stage.tell(Msg::Saved(Saved::Written("a.json".into(), 1)));
    let entry = |index: usize| stage.model.library.entry(index).unwrap();
    assert_eq!(entry(0).saved, entry(0).edits);
    assert!(entry(1).saved.is_empty());
    assert_eq!(stage.press("q"), [Effect::Quit]);
    // An edit that was made before the file was written is in none.
    let mut stage = Stage::samples(SIZE);
    stage.press("a type:\"team\" enter type:\"x\" enter w enter");
    stage.press("a type:\"unit\" enter type:\"y\" enter");
    stage.tell(Msg::Saved(Saved::Written("a.json".into(), 1)));
    assert_eq!(stage.press("q"), [], "it asks");
}

#[test]
fn what_is_typed_is_not_left_unasked() {
    for keys in ["e type:\"x\"", "ctrl-o type:\"x\"", "a type:\"user\""] {
        let mut stage = Stage::samples(SIZE);
        stage.press(&format!("tab {keys}"));
        assert_eq!(stage.press("ctrl-c"), [], "{keys}");
        assert!(
            stage.text().contains("What you typed is no edit yet"),
            "{keys}"
        );
        assert_eq!(stage.press("ctrl-c"), [], "{keys}");
        assert_eq!(stage.press("enter"), [Effect::Quit], "{keys}");
    }
    // Nothing was.
    assert_eq!(Stage::samples(SIZE).press("tab e ctrl-c"), [Effect::Quit]);
}

/// Records of a file, one for each user.
fn records(source: u32, file: &str, users: &[&str]) -> Batch {
    let record = |user: &&str| {
        format!(
            r#"{{"request":{{"model":"a/b","user":"{user}","messages":[{{"role":"user","content":"hi"}}]}},"response":{{"id":"gen-{user}","model":"a/b","choices":[{{"message":{{"content":"ho"}}}}]}}}}"#
        )
    };
    let lines: Vec<String> = users.iter().map(record).collect();
    Batch {
        source,
        loaded: load::load(file, lines.join("\n").as_bytes()),
        ..Batch::default()
    }
}

#[test]
fn a_file_that_changes_while_a_field_is_typed_is_shown_once_it_is_kept() {
    for edit in ["e ctrl-u type:\"eve\"", "ctrl-o type:\" \""] {
        let mut stage = Stage::empty(SIZE);
        stage.tell(Msg::Loaded(records(0, "a.ndjson", &["ada"])));
        stage.press(&format!("tab {edit}"));
        let text = r#"{"request":{"model":"a/b","user":"bea","messages":[{"role":"user","content":"hi"}],"trace":{"turn":"second"}},"response":{"id":"gen-ada","model":"a/b","choices":[{"message":{"content":"ho"}}]}}"#;
        let changed = Batch {
            loaded: load::load("a.ndjson", text.as_bytes()),
            ..Batch::default()
        };
        stage.tell(Msg::Changed(changed, vec!["a.ndjson".to_owned()]));
        assert!(!stage.event().contains("second"), "{edit}");
        stage.press("esc enter");
        assert!(stage.event().contains("second"), "{edit}");
        assert!(stage.event().contains("\"user_id\":\"bea\""), "{edit}");
    }
}

/// A file is moved away and copied back: edits, undo and the question before leaving are as before.
#[test]
fn edits_wait_for_a_file_that_is_gone_to_come_back() {
    let mut stage = Stage::empty(SIZE);
    let whole = || records(0, "a.ndjson", &["ada", "bea"]);
    let files = || vec!["a.ndjson".to_owned()];
    stage.tell(Msg::Loaded(whole()));
    stage.tell(Msg::Loaded(records(1, "b.ndjson", &["cleo"])));
    stage.press("down tab e type:\"trice\" enter");
    for between in [&[][..], &["ada"]] {
        let left = match between.is_empty() {
            true => Batch::default(),
            false => records(0, "a.ndjson", between),
        };
        stage.tell(Msg::Changed(left, files()));
        assert!(!stage.text().contains("beatrice"));
        if between.is_empty() {
            let says = "a.ndjson is gone; its edits wait for it to come back";
            assert_eq!(stage.notice(), says);
        }
        assert_eq!(stage.press("q"), [], "it asks");
        stage.sees("Leave rainscope?");
        stage.press("esc");
        stage.tell(Msg::Changed(whole(), files()));
        let edits = |index| stage.model.library.entry(index).unwrap().edits.clone();
        assert_eq!(edits(1).steps().len(), 1);
        assert!(edits(0).is_empty() && edits(2).is_empty());
    }
    stage.model.list.row = 1;
    stage.tell(Msg::Tick);
    assert!(stage.event().contains("\"user_id\":\"beatrice\""));
    stage.press("u");
    assert!(stage.event().contains("\"user_id\":\"bea\""));
}

/// A file that was gone and comes back broken has no version before it.
#[test]
fn a_file_that_comes_back_broken_is_said_to_show_nothing() {
    let files = || vec!["a.json".to_owned()];
    let broken = || Batch {
        source: 0,
        loaded: rainscope::load("a.json", b"{\"request\":"),
        ..Batch::default()
    };
    let mut stage = Stage::empty(SIZE);
    stage.tell(Msg::Loaded(records(0, "a.json", &["ada"])));
    stage.tell(Msg::Changed(broken(), files()));
    assert!(
        stage.notice().ends_with("; the version before stays"),
        "{}",
        stage.notice()
    );
    assert_eq!(stage.model.library.len(), 1);
    stage.tell(Msg::Changed(Batch::default(), files()));
    stage.tell(Msg::Changed(broken(), files()));
    assert!(
        stage.notice().ends_with("; nothing of it can be shown"),
        "{}",
        stage.notice()
    );
}

#[test]
fn what_is_typed_does_not_go_to_another_completion_when_its_own_is_gone() {
    let mut stage = Stage::empty(SIZE);
    stage.tell(Msg::Loaded(records(0, "a.ndjson", &["ada", "bea"])));
    stage.tell(Msg::Loaded(records(1, "b.ndjson", &["cleo"])));
    stage.press("down tab e type:\"trice\"");
    let changed = records(0, "a.ndjson", &["ada"]);
    stage.tell(Msg::Changed(changed, vec!["a.ndjson".to_owned()]));
    stage.press("enter");
    assert!(stage.event().contains("\"user_id\":\"beatrice\""));
    assert!(stage.event().contains("gen-bea"), "{}", stage.event());
    let edited = |index| stage.model.library.entry(index).map(|e| e.edits.is_empty());
    assert_eq!([0, 1, 2].map(edited), [Some(true), Some(false), Some(true)]);
}

#[test]
fn a_text_that_reads_as_json_is_remarked() {
    // What is typed as the value of a new key, and what the hint says.
    for (typed, hint) in [
        ("7", "text \"7\" · ^T number   Tab"),
        (" -1.5e3 ", "· ^T number   Tab"),
        ("true", "text \"true\" · ^T boolean"),
        ("null", "text \"null\" · ^T null"),
        ("{\\\"a\\\": [1]}", "text \"{\"a\": [1]}\" · ^T object"),
        (
            "[1,2,3,4,5,6,7,8,9]",
            "text \"[1,2,3,4,5,6,7,…\" · ^T array",
        ),
        ("seven", "keep   ^T text or JSON   Tab"),
        ("\\\"7\\\"", "keep   ^T text or JSON   Tab"),
        ("07", "keep   ^T text or JSON   Tab"),
    ] {
        let mut stage = Stage::samples((80, 24));
        stage.press(&format!("a type:\"n\" enter type:\"{typed}\""));
        let text = stage.text();
        let last = text.lines().last().unwrap();
        assert!(last.contains(hint), "{typed}: {last}");
        if hint.contains('·') {
            // Done, it is remarked no more.
            stage.press("ctrl-t");
            assert!(stage.text().contains("keep   ^T text or JSON   Tab"));
            assert!(!stage.event().contains("\"n\":\""), "{}", stage.event());
        }
    }
    // Names and ids are texts, whatever they read as.
    let mut stage = Stage::samples((80, 24));
    stage.press("tab e ctrl-u type:\"7\"");
    assert!(!stage.text().contains("^T"));
}

#[test]
fn the_raw_editor_knows_what_fingers_expect() {
    // From the end of the second line: {"user": "user_12345",
    let check = |keys: &str, expected: &str| {
        let mut stage = Stage::samples(SIZE);
        stage.press(&format!("ctrl-o down end {keys} type:\"|\""));
        let raw = stage.model.trace.raw.as_ref().unwrap();
        let lines = raw.lines.lines();
        let line = lines.iter().find(|line| line.contains('|')).unwrap();
        assert_eq!(line, expected, "{keys}");
    };
    for word_left in ["ctrl-left", "alt-left", "alt-b"] {
        check(word_left, "  \"user\": \"|user_12345\",");
        for word_right in ["ctrl-right", "alt-right", "alt-f"] {
            let keys = format!("{word_left}*2 {word_right}");
            check(&keys, "  \"user|\": \"user_12345\",");
        }
    }
    for delete_back in ["ctrl-w", "alt-backspace", "ctrl-backspace"] {
        check(delete_back, "  \"user\": \"|");
        check(
            &format!("{delete_back} ctrl-z"),
            "  \"user\": \"user_12345\",|",
        );
    }
    for delete in ["alt-d", "ctrl-delete", "alt-delete"] {
        check(&format!("ctrl-left*2 {delete}"), "  \"|\": \"user_12345\",");
    }
    check("ctrl-a", "  |\"user\": \"user_12345\",");
    check("home*2", "|  \"user\": \"user_12345\",");
    check("ctrl-b*2 ctrl-f", "  \"user\": \"user_12345\"|,");
    check("ctrl-p", "{|");
    check("ctrl-home ctrl-n", "|  \"user\": \"user_12345\",");
    check("ctrl-end", "}|");
}

#[test]
fn the_raw_editor_says_what_it_can_do_as_room_allows() {
    let hints = |width: u16| {
        let mut stage = Stage::samples((width, 30));
        stage.press("ctrl-o");
        let text = stage.text();
        text.lines().last().unwrap().trim_end().to_owned()
    };
    let wide = hints(200);
    assert!(wide.contains("^← ^→ by word   ^Home ^End first, last line"));
    assert!(wide.ends_with("Esc cancel  F1 help"));
    let narrow = hints(60);
    assert!(
        narrow.starts_with(" ^S keep   ^E own editor   ^Z undo  "),
        "{narrow}"
    );
    assert!(
        narrow.ends_with("  Esc cancel  F1 help"),
        "no hint is cut: {narrow}"
    );
}

#[test]
fn a_large_paste_is_taken_at_once() {
    let mut stage = Stage::samples(SIZE);
    stage.press("tab e ctrl-u");
    stage.tell(Msg::Paste("x".repeat(200_000)));
    stage.press("enter");
    let current = stage.model.current.as_ref().unwrap();
    assert!(current.sizes[0] > 200_000);
    for field in ["t right down", "H /", ":", "f"] {
        let mut stage = Stage::samples(SIZE);
        stage.press(field);
        stage.tell(Msg::Paste(format!("http://{}", "x".repeat(200_000))));
        assert!(stage.text().contains("xxxx"), "{field}");
    }
}

#[test]
fn what_openrouter_puts_in_can_be_replaced_where_it_shows() {
    let mut stage = Stage::samples(SIZE);
    let row = |stage: &Stage| {
        let current = stage.model.current.as_ref().unwrap();
        rainscope::inspector::current::trace_rows::trace_rows_of(&current.mapped.metadata)
            [stage.model.trace.cursor.row]
            .clone()
    };
    let id = "gen-1780662712-v6Po9zR4U8tboy9bqJCk";
    assert!(stage.text().contains("trace_id    ‹gen-"));
    let before = stage.event();
    assert!(before.contains(&format!("\"trace_id\":\"{id}\"")));
    stage.press("tab G up");
    assert_eq!(row(&stage), TraceRow::Default("trace_id"));
    assert!(stage.text().contains("has no trace_id"));
    stage.press("d");
    assert!(stage.notice().contains("no key here"));
    // The row becomes a key while it is typed, and a default again with Esc.
    stage.press("e type:\"run\"");
    assert_eq!(row(&stage), TraceRow::Key("trace_id".to_owned()));
    assert!(stage.event().contains("\"trace_id\":\"run\""));
    stage.press("esc");
    assert_eq!(row(&stage), TraceRow::Default("trace_id"));
    assert_eq!(stage.event(), before);
    stage.press("enter type:\"run-7\" enter");
    assert!(stage.event().contains("\"trace_id\":\"run-7\""));
    assert!(stage.notice().contains("/properties/trace_id changed"));
    stage.press("u");
    assert_eq!(stage.event(), before);

    // Where both are missing, the one that is typed goes before the other.
    stage.press("g down*2 d G up");
    assert_eq!(row(&stage), TraceRow::Default("trace_name"));
    stage.press("e type:\"Nightly\"");
    assert_eq!(row(&stage), TraceRow::Key("trace_name".to_owned()));
    stage.press("esc");
    assert_eq!(row(&stage), TraceRow::Default("trace_name"));
    // From the event's row, too.
    stage.press("tab*2 / type:\"OpenRouter Req\" enter e type:\"N\" enter");
    assert!(stage.event().contains("\"trace_name\":\"N\""));
}

#[test]
fn a_key_that_is_named_is_explained_and_its_row_is_the_cursors() {
    let mut stage = Stage::samples(SIZE);
    stage.press("a");
    assert!(stage.text().contains("becomes /properties/<name>"));
    stage.press("type:\"lice\"");
    let text = stage.text();
    assert!(text.contains("becomes /properties/lice"), "{text}");
    assert!(text.contains("new key     lice"), "{text}");
    // A name that is taken is none; without any one is where keys are added.
    stage.press("ctrl-u type:\"feature\"");
    assert!(stage.text().contains("is there already"));
    stage.press("ctrl-u");
    assert!(stage.text().contains("becomes /properties/<name>"));
    stage.press("type:\"x\" esc");
    assert!(stage.text().contains("▌+ add a key"), "{}", stage.text());
}

/// What is typed into a narrow field stands below as far as there is room.
#[test]
fn a_long_value_is_seen_while_it_is_typed() {
    let mut stage = Stage::at("Time check", (80, 24));
    stage.model.focus = rainscope::inspector::Pane::Trace;
    let long = "0123456789".repeat(9);
    stage.press(&format!("a type:team enter type:{long}"));
    stage.sees(&long[long.len() - 60..]);
    stage.press("enter");
    stage.press("e ctrl-u type:short");
    assert_eq!(
        stage.text().matches("short").count(),
        stage.text().matches(" short").count()
    );
}

/// What is made again is gone to, as it was when it was made.
#[test]
fn redo_goes_to_what_it_made() {
    let mut stage = Stage::at("Time check", (120, 40));
    let at = |stage: &Stage| {
        let current = stage.model.current.as_ref().unwrap();
        current.event_row().map(|row| row.pointer.clone())
    };
    stage.model.focus = rainscope::inspector::Pane::Trace;
    stage.press("a type:zz=1 enter esc");
    assert_eq!(at(&stage).as_deref(), Some("/properties/zz"));
    stage.model.focus = rainscope::inspector::Pane::Event;
    stage.press("u g");
    assert_ne!(at(&stage).as_deref(), Some("/properties/zz"));
    stage.press("ctrl-r");
    assert_eq!(at(&stage).as_deref(), Some("/properties/zz"));
}
