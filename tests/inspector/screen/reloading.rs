//! A file that changes while it is looked at: what a person did to a completion stays with that completion, wherever its
//! record stands afterwards, and waits where there is none.

use std::slice::from_ref;

use rainscope::completion::load;
use rainscope::inspector::library::{Batch, Regrouped};
use rainscope::inspector::{Msg, Pane};

use crate::stage::{Stage, raw};

const FILE: &str = "a.ndjson";

/// How a file's records are handed on: read, or as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handed {
    Read,
    Unread,
}

/// A call of a user with a generation; without one where that is empty.
fn call(user: &str, generation: &str, words: &str) -> String {
    let request = format!(
        r#"{{"model":"a/b","user":"{user}","messages":[{{"role":"user","content":"{words}"}}]}}"#
    );
    let choices = r#"[{"message":{"content":"ho"}}]"#;
    match generation {
        "" => format!(r#"{{"request":{request},"response":{{"choices":{choices}}}}}"#),
        id => format!(r#"{{"request":{request},"response":{{"id":"{id}","choices":{choices}}}}}"#),
    }
}

fn of(user: &str) -> String {
    call(user, &format!("gen-{user}"), "hi")
}

fn batch(lines: &[String], handed: Handed) -> Batch {
    let mut batch = Batch::default();
    match handed {
        Handed::Read => batch.loaded = load::load(FILE, lines.join("\n").as_bytes()),
        Handed::Unread => {
            let records = lines.iter().zip(1..);
            let records = records.map(|(line, number)| raw(line, number));
            batch.records = records.collect();
        }
    }
    batch
}

/// The users of the completions, each with what it was edited to be.
fn users(stage: &mut Stage) -> Vec<String> {
    let count = stage.model.library.len();
    let all = (0..count).map(|index| {
        let completion = stage.model.library.completion(index).unwrap();
        let request = completion.request().unwrap();
        let user = request.get("user").unwrap().str().unwrap().into_owned();
        let entry = stage.model.library.entry(index).unwrap();
        format!("{user}{}", "+".repeat(entry.edits.steps().len()))
    });
    all.collect()
}

fn changed(stage: &mut Stage, lines: &[String], handed: Handed) {
    stage.tell(Msg::Changed(batch(lines, handed), vec![FILE.to_owned()]));
}

/// Opens a file and edits the record at this place.
fn edited(lines: &[String], at: usize, handed: Handed) -> Stage {
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(lines, handed)));
    stage.model.list.row = at;
    stage.tell(Msg::Tick);
    stage.press("tab e type:\"x\" enter esc");
    stage
}

/// Edits follow their record, and wait without one; what comes back has them again.
#[test]
fn edits_stay_with_their_record() {
    let (a, b, c) = (of("ada"), of("bea"), of("cleo"));
    // The same call, with more of it known; and the same words by another one.
    let more = call("bea", "gen-bea", "hi, more");
    let other = call("bea", "gen-other", "hi");
    let lines = |lines: &[&String]| lines.iter().map(|line| (*line).clone()).collect::<Vec<_>>();
    let table: [(&[&String], &[&str]); 8] = [
        (&[&a, &b, &c], &["ada", "bea+", "cleo"]),
        (&[&c, &a, &b], &["cleo", "ada", "bea+"]),
        (&[&b, &a], &["bea+", "ada"]),
        (&[&a, &more], &["ada", "bea+"]),
        (&[&c, &more, &a], &["cleo", "bea+", "ada"]),
        (&[&a, &c], &["ada", "cleo"]),
        (&[&a, &other], &["ada", "bea"]),
        // Of two records about one generation, none is known to be it.
        (&[&more, &other, &more], &["bea", "bea", "bea"]),
    ];
    for handed in [Handed::Read, Handed::Unread] {
        for (now, expected) in table {
            let before = lines(&[&a, &b]);
            let mut stage = edited(&before, 1, handed);
            changed(&mut stage, &lines(now), handed);
            assert_eq!(users(&mut stage), expected, "{handed:?}");
            let waits = expected.iter().all(|user| !user.contains('+'));
            let says = "wait, its record is not in the file any more";
            assert_eq!(stage.notice().ends_with(says), waits, "{}", stage.notice());
            assert_eq!(stage.press("q"), [], "it asks for the edits, {handed:?}");
            stage.press("esc");
            changed(&mut stage, &lines(&[&c, &b]), handed);
            assert_eq!(users(&mut stage), ["cleo", "bea+"], "{handed:?}");
            // Undo went along.
            stage.model.list.row = 1;
            stage.tell(Msg::Tick);
            stage.press("u");
            assert_eq!(users(&mut stage), ["cleo", "bea"], "{handed:?}");
        }
    }
}

/// Records without a generation are known by their bytes; of several that are the same, each keeps its turn.
#[test]
fn records_without_a_generation_are_told_by_what_they_hold() {
    let (a, b) = (call("ada", "", "hi"), call("bea", "", "hi"));
    for handed in [Handed::Read, Handed::Unread] {
        let same = [a.clone(), b.clone(), b.clone()];
        let mut stage = edited(&same, 2, handed);
        let more = [b.clone(), a.clone(), b.clone(), b.clone()];
        changed(&mut stage, &more, handed);
        assert_eq!(
            users(&mut stage),
            ["bea", "ada", "bea+", "bea"],
            "{handed:?}"
        );
        changed(&mut stage, &more[..2], handed);
        assert_eq!(users(&mut stage), ["bea", "ada"], "{handed:?}");
        changed(&mut stage, &same, handed);
        assert_eq!(users(&mut stage), ["ada", "bea", "bea+"], "{handed:?}");
        // One that was written anew may be another one.
        let anew = [a.clone(), call("bea", "", "ho"), call("bea", "", "hum")];
        changed(&mut stage, &anew, handed);
        assert_eq!(users(&mut stage), ["ada", "bea", "bea"], "{handed:?}");
    }
    // A file's only request stays what it is while somebody writes it, and when it is answered.
    let mut stage = edited(from_ref(&a), 0, Handed::Read);
    for now in [call("ada", "", "ho"), of("ada")] {
        changed(&mut stage, &[now], Handed::Read);
        assert_eq!(users(&mut stage), ["ada+"]);
    }
    changed(&mut stage, &[call("ada", "gen-2", "ho")], Handed::Read);
    assert_eq!(users(&mut stage), ["ada"]);
}

/// A file may be read in one way when it has one record, and in another when it has more.
#[test]
fn what_is_read_in_another_way_is_found_too() {
    for (a, b) in [
        (of("ada"), of("bea")),
        (call("ada", "", "hi"), call("bea", "", "hi")),
    ] {
        let mut stage = edited(from_ref(&a), 0, Handed::Read);
        changed(&mut stage, &[b.clone(), a.clone()], Handed::Unread);
        assert_eq!(users(&mut stage), ["bea", "ada+"]);
        // A record that holds several completions is put apart for it.
        let array = format!("[{b},{a}]");
        changed(&mut stage, &[b.clone(), array], Handed::Unread);
        assert_eq!(users(&mut stage), ["bea", "bea", "ada+"]);
        changed(&mut stage, &[a.clone(), b.clone()], Handed::Read);
        assert_eq!(users(&mut stage), ["ada+", "bea"]);
    }
}

/// A line may hold several completions, which stand in rows of their own once they were looked at. When the file is read
/// again, each of them keeps what was done to it, and its mark and the cursor.
#[test]
fn each_of_several_in_a_line_keeps_its_own() {
    let pair = |name: &str, generation: &dyn Fn(&str) -> String| {
        let (one, other) = (format!("{name}1"), format!("{name}2"));
        let [one, other] = [one, other].map(|user| call(&user, &generation(&user), "hi"));
        format!("[{one},{other}]")
    };
    let generations: [&dyn Fn(&str) -> String; 2] =
        [&|user| format!("gen-{user}"), &|_| String::new()];
    for generation in generations {
        let lines = ["a", "b", "c", "d"].map(|name| pair(name, generation));
        let mut changed_one = lines.clone();
        changed_one[1] = changed_one[1].replacen("hi", "hi, more", 1);
        let more = |first: &[String]| [first, &[of("zoe")]].concat();
        for now in [more(&lines), more(&changed_one)] {
            let mut stage = Stage::empty((120, 40));
            stage.tell(Msg::Loaded(batch(&lines, Handed::Unread)));
            let user = |stage: &Stage| {
                let completion = &stage.current.as_ref().unwrap().completion;
                let user = completion.request().unwrap().get("user").unwrap();
                user.str().unwrap().into_owned()
            };
            // Marked in b2 and c1, edited and typed in b2.
            stage.press("J J J x J x K tab e type:\"x\" enter e type:\"y\"");
            assert_eq!(user(&stage), "b2");
            changed(&mut stage, &now, Handed::Unread);
            stage.press("enter");
            stage.tell(Msg::Tick);
            assert_eq!(user(&stage), "b2");
            assert_eq!(stage.model.list.row, stage.current.as_ref().unwrap().index);
            stage.press("J J J J K K K K");
            assert_eq!(user(&stage), "b2");
            let marked = stage.model.listing.marked.clone();
            let all = users(&mut stage);
            assert_eq!(
                all,
                ["a1", "a2", "b1", "b2++", "c1", "c2", "d1", "d2", "zoe"]
            );
            assert_eq!(marked, [3, 4]);
        }
    }
}

/// What is shown, marked and gone back to stays the same completion.
#[test]
fn cursor_and_marks_stay_with_their_completions() {
    let (a, b, c) = (of("ada"), of("bea"), of("cleo"));
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(&[a.clone(), b.clone()], Handed::Unread)));
    let behind = Batch {
        source: 1,
        loaded: load::load("b.ndjson", of("dora").as_bytes()),
        ..Batch::default()
    };
    stage.tell(Msg::Loaded(behind));
    stage.press("x J x J x K");
    assert_eq!(stage.model.listing.marked, [0, 1, 2]);
    changed(
        &mut stage,
        &[c.clone(), b.clone(), a.clone()],
        Handed::Unread,
    );
    assert_eq!(stage.model.listing.marked, [2, 1, 3]);
    assert!(stage.event().contains("gen-bea"));
    changed(&mut stage, &[c.clone(), a.clone()], Handed::Unread);
    assert_eq!(stage.model.listing.marked, [1, 2]);
    // A filter that is typed leads back to where one was.
    stage.model.list.row = 1;
    stage.tell(Msg::Tick);
    assert!(stage.event().contains("gen-ada"));
    stage.press("f type:\"dora\"");
    changed(&mut stage, &[b, c, a], Handed::Unread);
    stage.press("esc");
    assert!(stage.event().contains("gen-ada"), "{}", stage.event());
    assert_eq!(stage.model.list.row, 2);
}

/// A file that is removed and written again, as many programs save, is looked at where it was left; meanwhile the panes
/// say that it is gone.
#[test]
fn a_file_that_comes_back_is_shown_where_it_was_left() {
    let lines: Vec<String> = ["ada", "bea", "cleo", "dora"].map(of).into();
    for handed in [Handed::Read, Handed::Unread] {
        for size in [(80, 24), (120, 40)] {
            let mut stage = Stage::empty(size);
            stage.tell(Msg::Loaded(batch(&lines, handed)));
            stage.press("J J");
            assert!(stage.event().contains("gen-cleo"));
            stage.tell(Msg::Changed(Batch::default(), vec![FILE.to_owned()]));
            assert_eq!(stage.notice(), "a.ndjson is gone");
            stage.sees("What is there again is read");
            assert!(!stage.text().contains("Nothing is loaded"));
            // Something may stand in front by now.
            let more: Vec<String> = [&[of("zoe")], &lines[..]].concat();
            changed(&mut stage, &more, handed);
            assert_eq!(stage.model.list.row, 3, "{handed:?}");
            assert!(stage.event().contains("gen-cleo"), "{handed:?}");
        }
    }
}

/// Whoever goes on to another file while one is gone stays there.
#[test]
fn a_file_that_comes_back_takes_nobody_along() {
    let other = || Batch {
        source: 1,
        loaded: load::load("b.ndjson", [of("eve"), of("fay")].join("\n").as_bytes()),
        ..Batch::default()
    };
    for (keys, expected) in [(None, "gen-ada"), (Some("J"), "gen-fay")] {
        let lines: Vec<String> = ["ada", "bea"].map(of).into();
        let mut stage = Stage::empty((120, 40));
        stage.tell(Msg::Loaded(batch(&lines, Handed::Read)));
        stage.tell(Msg::Loaded(other()));
        stage.tell(Msg::Changed(Batch::default(), vec![FILE.to_owned()]));
        assert!(stage.event().contains("gen-eve"), "{}", stage.event());
        if let Some(keys) = keys {
            stage.press(keys);
        }
        changed(&mut stage, &lines, Handed::Read);
        assert!(
            stage.event().contains(expected),
            "{keys:?} {}",
            stage.event()
        );
        assert_eq!(stage.press("q"), [rainscope::inspector::Effect::Quit]);
    }
}

/// What is typed lands in the completion that it was typed for.
#[test]
fn what_is_typed_goes_with_its_record() {
    let (a, b, c) = (of("ada"), of("bea"), of("cleo"));
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(&[a.clone(), b.clone()], Handed::Unread)));
    stage.press("J tab e type:\"x\"");
    changed(&mut stage, &[c.clone(), a.clone(), b], Handed::Unread);
    stage.press("enter");
    assert_eq!(users(&mut stage), ["cleo", "ada", "bea+"]);
    assert!(stage.event().contains("gen-bea"));
    // Without its record it lands in none of the others.
    stage.press("e type:\"y\"");
    changed(&mut stage, &[a, c], Handed::Unread);
    stage.press("enter");
    let all = users(&mut stage);
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all.contains(&"bea++".to_owned()), "{all:?}");
}

/// A record that leaves its file while somebody types in it stays, says so, and is one with its record when that is back:
/// one generation never stands there twice.
#[test]
fn what_left_while_it_was_typed_in_comes_back_as_one() {
    let (a, b, c) = (of("ada"), of("bea"), of("cleo"));
    let more = call("bea", "gen-bea", "hi, more");
    for handed in [Handed::Read, Handed::Unread] {
        for (edits, back) in [(false, &b), (true, &b), (true, &more)] {
            let mut stage = Stage::empty((120, 40));
            stage.tell(Msg::Loaded(batch(
                &[a.clone(), b.clone(), c.clone()],
                handed,
            )));
            stage.press("J tab");
            if edits {
                stage.press("e type:\"x\" enter");
            }
            let done = if edits { "+" } else { "" };
            stage.press("e type:\"y\"");
            changed(&mut stage, &[c.clone(), a.clone()], handed);
            let expected = ["cleo".to_owned(), format!("bea{done}"), "ada".to_owned()];
            assert_eq!(users(&mut stage), expected, "{handed:?}");
            let says = "is not in it any more, and stays here while you type in it";
            assert!(stage.notice().ends_with(says), "{}", stage.notice());
            // Still gone the next time.
            changed(&mut stage, &[a.clone(), c.clone()], handed);
            stage.press("enter");
            let expected = ["ada".to_owned(), format!("bea{done}+"), "cleo".to_owned()];
            assert_eq!(users(&mut stage), expected, "{handed:?}");
            let title = stage.model.library.title(1).map(str::to_owned);
            assert_eq!(
                title.as_deref(),
                Some("gone from its file: hi"),
                "{handed:?}"
            );
            changed(&mut stage, &[back.clone(), a.clone(), c.clone()], handed);
            let expected = [&format!("bea{done}+"), "ada", "cleo"];
            assert_eq!(users(&mut stage), expected, "{handed:?}");
            assert!(stage.event().contains("gen-bea"));
            assert!(!stage.text().contains("gone from"), "{}", stage.text());
            // Undo went along.
            stage.press("u");
            let expected = [&format!("bea{done}"), "ada", "cleo"];
            assert_eq!(users(&mut stage), expected, "{handed:?}");
        }
    }
    // The only record of a file.
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(from_ref(&a), Handed::Read)));
    stage.press("tab e type:\"y\"");
    changed(&mut stage, from_ref(&b), Handed::Read);
    assert_eq!(users(&mut stage), ["ada", "bea"]);
    let says = "is not in it any more, and stays here while you type in it";
    assert!(stage.notice().ends_with(says), "{}", stage.notice());
    stage.press("enter");
    changed(&mut stage, from_ref(&b), Handed::Read);
    assert_eq!(users(&mut stage), ["bea"]);
    let says = "wait, its record is not in the file any more";
    assert!(stage.notice().ends_with(says), "{}", stage.notice());
    changed(&mut stage, from_ref(&a), Handed::Read);
    assert_eq!(users(&mut stage), ["ada+"]);
}

/// Two files may tell of one generation: what was edited in one is not edited in the other, whichever changes.
#[test]
fn each_file_keeps_its_own() {
    let copy = |lines: &[String]| Batch {
        source: 1,
        loaded: load::load("b.ndjson", lines.join("\n").as_bytes()),
        ..Batch::default()
    };
    let (a, b) = (of("ada"), of("bea"));
    let mut stage = edited(&[a.clone(), b.clone()], 0, Handed::Unread);
    stage.tell(Msg::Loaded(copy(from_ref(&a))));
    let files = vec!["b.ndjson".to_owned()];
    stage.tell(Msg::Changed(copy(&[b.clone(), a.clone()]), files.clone()));
    assert_eq!(users(&mut stage), ["ada+", "bea", "bea", "ada"]);
    changed(&mut stage, from_ref(&b), Handed::Unread);
    stage.tell(Msg::Changed(copy(from_ref(&a)), files));
    assert_eq!(users(&mut stage), ["bea", "ada"]);
    changed(&mut stage, &[b, a], Handed::Unread);
    assert_eq!(users(&mut stage), ["bea", "ada+", "ada"]);
}

/// What was done to every completion is not taken for somebody's edits of one.
#[test]
fn edits_of_all_wait_for_nobody() {
    let mut stage = Stage::empty((120, 40));
    let lines = [of("ada"), of("bea")];
    stage.tell(Msg::Loaded(batch(&lines, Handed::Unread)));
    changed(&mut stage, &lines[..1], Handed::Unread);
    assert!(stage.notice().ends_with("was read again"));
}

/// What comes back, or is saved while it is looked at, is as it was left: the row of the cursor, and what was open.
#[test]
fn the_row_that_was_looked_at_is_the_same_after_reading_again() {
    let lines: Vec<String> = ["ada", "bea"].map(of).into();
    for handed in [Handed::Read, Handed::Unread] {
        for is_gone in [true, false] {
            let mut stage = Stage::empty((80, 24));
            stage.tell(Msg::Loaded(batch(&lines, handed)));
            stage.press("J : type:\"go to\" enter type:/ai_data/model enter");
            let at = |stage: &Stage| {
                let current = stage.current.as_ref().unwrap();
                let event = current.event_row().unwrap().pointer.clone();
                (event, current.source_pointer())
            };
            let before = at(&stage);
            assert_eq!(before.0, "/ai_data/model");
            if is_gone {
                stage.tell(Msg::Changed(Batch::default(), vec![FILE.to_owned()]));
            }
            let more: Vec<String> = [&[of("zoe")], &lines[..]].concat();
            changed(&mut stage, &more, handed);
            assert!(stage.event().contains("gen-bea"));
            assert_eq!(at(&stage), before, "{handed:?} {is_gone}");
        }
    }
}

/// Where lines hold several completions each, what was done to one stays with that one when the file is read again.
#[test]
fn what_is_done_to_one_of_several_in_a_line_stays_with_it() {
    let line = |number: usize| {
        format!(
            "[{},{}]",
            of(&format!("{number}a")),
            of(&format!("{number}b"))
        )
    };
    let lines: Vec<String> = (0..9).map(line).collect();
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(&lines, Handed::Unread)));
    for _ in 0..9 {
        stage.press("J");
    }
    let shown = stage.event();
    assert!(shown.contains("gen-4b"), "{shown}");
    stage.press("x");
    stage.model.focus = Pane::Trace;
    stage.press("a type:kk enter type:mine");
    let more: Vec<String> = [&lines[..], &[line(9)]].concat();
    changed(&mut stage, &more, Handed::Unread);
    stage.press("enter esc");
    let event = stage.event();
    assert!(
        event.contains("gen-4b") && event.contains("\"kk\":\"mine\""),
        "{event}"
    );
    let marked: Vec<String> = stage
        .model
        .listing
        .marked
        .clone()
        .into_iter()
        .map(|place| {
            let completion = stage.model.library.completion(place).unwrap();
            completion
                .response()
                .unwrap()
                .get("id")
                .unwrap()
                .str()
                .unwrap()
                .into_owned()
        })
        .collect();
    assert_eq!(marked, ["gen-4b"]);
}

/// What is being saved is what its name was asked for, whatever becomes of its file meanwhile.
#[test]
fn what_is_saved_is_what_the_name_was_asked_for() {
    use rainscope::inspector::Effect;

    let (a, b, c) = (of("ada"), of("bea"), of("cleo"));
    let mut stage = Stage::empty((120, 40));
    stage.tell(Msg::Loaded(batch(&[a.clone(), b, c.clone()], Handed::Read)));
    stage.press("J w");
    changed(&mut stage, &[a, c], Handed::Read);
    let effects = stage.press("ctrl-u type:out.json enter");
    let saved = effects.iter().find_map(|effect| match effect {
        Effect::Save { bytes, .. } => Some(String::from_utf8(bytes.clone()).unwrap()),
        _ => None,
    });
    assert!(saved.unwrap().contains("gen-bea"));
}

/// A completion whose answer goes away keeps its place and its edits: it is the same one, whatever is left of it.
#[test]
fn a_pair_that_loses_its_answer_keeps_its_edits() {
    let asked =
        r#"{"request":{"model":"a/b","user":"ada","messages":[{"role":"user","content":"hi"}]}}"#;
    let names = ["r.response.json", "r.request.json"].map(str::to_owned);
    let mut stage = edited(&[of("ada")], 0, Handed::Read);
    let left = Batch {
        regrouped: Some(Regrouped {
            left: vec![names[0].clone()],
            came: Vec::new(),
        }),
        ..batch(&[asked.to_owned()], Handed::Read)
    };
    stage.tell(Msg::Changed(left, names[1..].to_vec()));
    let says = "r.response.json is gone; r.request.json was read again, without its answer";
    assert_eq!(stage.notice(), says);
    assert_eq!(users(&mut stage), ["ada+"]);
    let back = Batch {
        regrouped: Some(Regrouped {
            left: Vec::new(),
            came: vec![names[0].clone()],
        }),
        ..batch(&[of("ada")], Handed::Read)
    };
    stage.tell(Msg::Changed(back, names.to_vec()));
    let says = "r.response.json is new; r.request.json was read again, with its answer";
    assert_eq!(stage.notice(), says);
    assert_eq!(users(&mut stage), ["ada+"]);
}
