//! What is loaded besides the command line: pasted, opened, added; and what could not be loaded, at its place.

use rainscope::inspector::library::Batch;
use rainscope::inspector::opening::{FolderEntries, Opened};
use rainscope::inspector::windows::problems::Excerpt;
use rainscope::inspector::{Effect, Msg};

use crate::stage::{Stage, after};

const SIZE: (u16, u16) = (120, 40);

fn paste(stage: &mut Stage, text: &str) {
    stage.tell(Msg::Paste(text.to_owned()));
}

/// A completion, a transcript and a curl command become samples named as pasted.
#[test]
fn what_is_pasted_becomes_a_sample() {
    let mut stage = after("J");
    let all = stage.model.library.len();
    paste(
        &mut stage,
        r#"{"id":"gen-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Pasted answer"}}]}"#,
    );
    assert_eq!(
        (stage.name(), stage.model.library.len()),
        ("pasted", all + 1)
    );
    stage.sees("pasted a completion; w saves it as a sample");
    stage.sees("Pasted answer");
    let stream = "data: {\"id\":\"gen-2\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Str\"}}]}\r\r\
        data: {\"id\":\"gen-2\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"eamed\"},\"finish_reason\":\"stop\"}]}\r\r\
        data: [DONE]\r";
    paste(&mut stage, stream);
    assert_eq!(stage.name(), "pasted 2");
    stage.sees("Streamed");
    let curl = "curl https://openrouter.ai/api/v1/chat/completions \\\n  -H 'Content-Type: application/json' \\\n  \
        -d '{\"model\":\"a/b\",\"messages\":[{\"role\":\"user\",\"content\":\"Pasted question\"}]}'";
    paste(&mut stage, curl);
    assert_eq!(stage.name(), "pasted 3");
    // It has no answer yet, and is listed as such.
    stage.sees("pasted a request without an answer; X makes it");
    stage.sees(" no answer ");
    stage.sees("Pasted question");
    assert_eq!(stage.model.library.len(), all + 3);
    // What is pasted is saved like any other.
    stage.press("w");
    stage.sees("save as");
}

/// What is no completion is said to be none, with what it is; nothing is added.
#[test]
fn what_is_pasted_and_is_nothing_is_said() {
    let check = |text: &str, says: &str| {
        let mut stage = after("");
        let all = stage.model.library.len();
        paste(&mut stage, text);
        assert_eq!(stage.model.library.len(), all, "{text}");
        assert!(stage.notice().contains(says), "{text}: {}", stage.notice());
    };
    check(
        "hello there",
        "what was pasted (11 bytes) is no completion: ",
    );
    check("{\"a\":1}\n\n{\"b\":2}", "is no completion");
    check("  \n", "nothing but blanks");
    check(&"x".repeat((16 << 20) + 1), "16 MiB");
    // A window takes no paste that nobody asked for.
    let mut stage = after("o");
    paste(&mut stage, "{}");
    stage.sees("nothing is typed into this window");
}

/// `:open PATH`, Tab asking for what a folder has.
#[test]
fn opens_a_path_from_inside() {
    let mut stage = after("");
    stage.press(": type:\"open lo\"");
    assert!(stage.model.windows.is_empty());
    stage.sees("open lo");
    let effects = stage.press("tab");
    assert_eq!(effects, [Effect::ListFolder("lo".to_owned())]);
    let folder = |typed: &str, completed: &str, names: &[&str]| {
        Msg::Folder(FolderEntries {
            typed: typed.to_owned(),
            completed: completed.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            is_part: false,
        })
    };
    // What comes too late is let go.
    stage.tell(folder("l", "nonsense", &["nonsense"]));
    stage.tell(folder("lo", "logs/", &["logs/"]));
    stage.press("tab");
    stage.tell(folder("logs/", "logs/day-", &["day-1.json", "day-2.json"]));
    stage.sees("day-1.json  day-2.json");
    let effects = stage.press("type:1.json enter");
    assert_eq!(effects, [Effect::OpenFile("logs/day-1.json".to_owned())]);
    let text = r#"{"request":{"messages":[{"role":"user","content":"Opened?"}]},"response":{"id":"gen-9","choices":[{"message":{"content":"Yes."}}]}}"#;
    stage.tell(Msg::Loaded(Batch {
        source: 7,
        loaded: rainscope::load("logs/day-1.json", text.as_bytes()),
        records: Vec::new(),
    }));
    stage.tell(Msg::Opened(Opened {
        path: "logs/day-1.json".to_owned(),
        source: 7,
        problem: None,
    }));
    assert_eq!(stage.name(), "day-1");
    stage.sees("opened logs/day-1.json: 1 completion");
    stage.tell(Msg::Opened(Opened {
        path: "nowhere".to_owned(),
        source: 8,
        problem: Some("nowhere: no such file or folder".to_owned()),
    }));
    stage.sees("nowhere: no such file or folder");
    // Without a path nothing is done, and that is said.
    assert!(stage.press(": type:\"open \" enter").is_empty());
    stage.sees("no path was typed");
}

#[test]
fn adds_the_bundled_samples() {
    let mut stage = Stage::empty(SIZE);
    stage.press(": type:demo enter");
    stage.sees("bundled samples");
    assert_eq!(stage.name(), "Time check");
}

/// A problem shows the line with its surroundings and a mark at the place, and leads to it in the editor.
#[test]
fn a_problem_shows_its_place() {
    let mut stage = Stage::with(rainscope::load("day.ndjson", b"{\"request\":\n"), SIZE);
    let effects = stage.press("!");
    let [Effect::Excerpt(place)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let place = place.clone();
    assert_eq!(&*place.file, "day.ndjson");
    stage.sees("reading the file");
    // It is asked for once.
    assert!(stage.press("j k").is_empty());
    let line = |number: usize, text: &str| (number, text.to_owned());
    let excerpt = Excerpt {
        lines: vec![
            line(place.line, "\u{1b}[31m{\"request\":"),
            line(place.line + 1, "after"),
        ],
        skipped: 0,
    };
    stage.tell(Msg::Excerpt(place.clone(), Ok(excerpt)));
    stage.sees("{\"request\":");
    stage.sees("^");
    stage.sees("after");
    assert_eq!(stage.press("enter"), [Effect::EditAt(place)]);
}

/// `n` goes on past the last match into the next completion that has one, and the number of those is said.
#[test]
fn the_search_goes_on_into_other_completions() {
    let mut stage = after("tab*2 / type:gpt-4.1-mini enter");
    stage.sees("no match for \"gpt-4.1-mini\" in this pane; ");
    stage.sees("other completions have it");
    let found = stage.model.search.elsewhere.clone().unwrap().found;
    assert!(found.len() > 1);
    let mut seen = Vec::new();
    for _ in 0..20 {
        stage.press("n");
        let index = stage.model.current.as_ref().unwrap().index;
        if seen.last() != Some(&index) {
            seen.push(index);
        }
        stage.sees("match ");
    }
    assert!(seen.starts_with(&found), "{seen:?} {found:?}");
    // And back.
    stage.press("N*30");
    assert!(found.contains(&stage.model.current.as_ref().unwrap().index));
    // In the event, the events are searched.
    let mut stage = after("tab*3 / type:copydesk enter n");
    assert_eq!(stage.name(), "Metadata is not trace");
    stage.press("esc n");
    stage.sees("nothing is searched for");
    // What a closed container hides is found and shown.
    let stage = after("tab*2 - / type:header-bar enter");
    stage.sees("match 1 of 1");
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(
        current.source_pointer().as_deref(),
        Some("/request/trace/feature")
    );
}

/// The help is searched, and Enter does what the cursor is on.
#[test]
fn the_help_is_searched_and_run_from() {
    let mut stage = after("tab*3 ? / type:\"copy curl\"");
    stage.sees("Copy the request as curl");
    assert!(!stage.text().contains("Move the cursor up"));
    let effects = stage.press("enter");
    assert!(
        matches!(effects.as_slice(), [Effect::Copy(_)]),
        "{effects:?}"
    );
    assert!(stage.model.windows.is_empty());
    // Synonyms, as in the palette.
    let stage = after("? / type:leak");
    stage.sees("side by side");
    // Esc shows all again, and then closes.
    let mut stage = after("? / type:zzz");
    stage.sees("Nothing in the help has these words.");
    stage.press("esc");
    stage.sees("Move the cursor up");
    stage.press("esc");
    assert!(stage.model.windows.is_empty());
    // Over a field nothing is run, so that what is typed is not lost.
    let mut stage = after("e type:x f1 / type:quit enter");
    stage.sees("keep or cancel what is being typed first");
    stage.press("esc esc");
    assert!(stage.model.trace.editor.is_some());
    // No line is cut at 80 columns.
    let mut stage = Stage::samples((80, 24));
    stage.press("?");
    for _ in 0..60 {
        let text = stage.text();
        let cut = text
            .lines()
            .filter(|line| line.contains("…│") || line.contains("…┃"));
        assert_eq!(cut.collect::<Vec<_>>(), [""; 0]);
        stage.press("down");
    }
}

#[test]
fn the_palette_closes_as_it_was_opened() {
    for keys in [": :", ": backspace", ": x backspace backspace", ": esc"] {
        assert!(after(keys).model.windows.is_empty(), "{keys}");
    }
    let stage = after("H : :");
    assert!(
        stage
            .model
            .windows
            .top()
            .is_some_and(|window| window.name() == "the history")
    );
    assert_eq!(
        after(": type:colours enter").effects.last(),
        Some(&Effect::NextTheme)
    );
}
