//! What is loaded besides the command line: pasted, opened, added; and what could not be loaded, at its place.

use rainscope::inspector::library::Batch;
use rainscope::inspector::opening::{FolderEntries, Opened};
use rainscope::inspector::windows::palette::Palette;
use rainscope::inspector::windows::problems::Excerpt;
use rainscope::inspector::{Effect, Msg, Pane};

use ratatui::style::Modifier;

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

/// A request and its answer that are pasted one after the other are one completion, as they are in one file: with what was
/// done to the request meanwhile. What may be another's answer stays by itself.
#[test]
fn an_answer_is_pasted_to_its_request() {
    let body =
        r#"{"model":"a/b","user":"ada","messages":[{"role":"user","content":"Pasted question"}]}"#;
    let curl = format!("curl https://openrouter.ai/api/v1/chat/completions -d '{body}'");
    let answer = |model: &str| {
        format!(
            r#"{{"id":"gen-1","object":"chat.completion","model":"{model}","choices":[{{"index":0,"message":{{"role":"assistant","content":"Pasted answer"}}}}]}}"#
        )
    };
    for request in [body, &curl] {
        let mut stage = after("");
        let all = stage.model.library.len();
        paste(&mut stage, request);
        stage.press("tab e type:x enter");
        paste(&mut stage, &answer("a/b"));
        assert_eq!(stage.model.library.len(), all + 1, "{}", stage.notice());
        assert_eq!(stage.name(), "pasted");
        let says = "pasted the answer to \"pasted\", and the two are one completion now; w saves it as a sample";
        assert_eq!(stage.notice(), says);
        let event = stage.event();
        assert!(
            event.contains("Pasted question") && event.contains("Pasted answer"),
            "{event}"
        );
        assert!(event.contains("adax"), "{event}");
        // The next one is another's.
        paste(&mut stage, &answer("a/b"));
        assert_eq!(stage.model.library.len(), all + 2);
    }
    for other in [answer("c/d"), body.to_owned()] {
        let mut stage = after("");
        let all = stage.model.library.len();
        paste(&mut stage, body);
        paste(&mut stage, &other);
        assert_eq!(stage.model.library.len(), all + 2, "{other}");
        assert_eq!(stage.name(), "pasted 2");
    }
}

/// A pasted command has no answer yet, and `X` gets it one: the request of the command is made, after asking.
#[test]
fn a_pasted_command_is_run() {
    use rainscope::inspector::windows::live::LiveTask;

    let mut stage = after("");
    stage.kept.live.access.has_key = true;
    paste(
        &mut stage,
        r#"curl https://openrouter.ai/api/v1/chat/completions -d '{"model":"a/b","user":"ada","messages":[{"role":"user","content":"Pasted question"}]}'"#,
    );
    // The pane says so for as long as there is no answer.
    stage.press("tab");
    stage.sees("X makes the request through OpenRouter");
    stage.press("X");
    stage.sees("This costs money. Make the request?");
    let begun = stage.press("enter");
    let [Effect::Live(LiveTask::Begin(_, request))] = begun.as_slice() else {
        panic!("{begun:?}");
    };
    let body = request.body.as_str();
    assert!(
        body.contains("Pasted question") && body.contains(r#""user":"ada""#),
        "{body}"
    );
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

/// However its shell quotes it, a pasted command becomes a request without an answer; what it says besides is told.
#[test]
fn a_pasted_command_is_taken_as_its_shell_would() {
    let body = r#"{"model":"a/b","messages":[{"role":"user","content":"Pasted question"}]}"#;
    let escaped = body.replace('"', "\\\"");
    let url = "https://openrouter.ai/api/v1/chat/completions";
    let key = "-H \"Authorization: Bearer $OPENROUTER_API_KEY\"";
    for (command, says) in [
        (format!("curl {url} {key} -d \"{escaped}\""), ""),
        (format!("curl {url} {key} --data-raw $'{body}'"), ""),
        (format!("curl {url} --json '{body}' | jq ."), ""),
        (format!("curl -d'{body}' --compressed {url}"), ""),
        (
            format!("curl {url} \\\n {key} \\\n --data-binary @- <<EOF\n{body}\nEOF"),
            "",
        ),
        (format!("curl {url} ^\n -d \"{escaped}\""), ""),
        (format!("curl.exe {url} `\n -d '{body}'"), ""),
        (
            format!("curl -o out.json {url} https://b.test/x -d '{body}' --next https://c.test"),
            "left out of the curl command: -o out.json, all 1 words behind --next, another URL",
        ),
        (
            format!("curl https://gateway.test/v1/chat/completions -d '{body}'"),
            "left out of the curl command: that it goes to gateway.test",
        ),
    ] {
        let mut stage = after("");
        paste(&mut stage, &command);
        assert_eq!(stage.name(), "pasted", "{command}: {}", stage.notice());
        stage.sees("Pasted question");
        stage.sees(" no answer ");
        let notice = stage.notice();
        let expected = format!("pasted a request without an answer; X makes it; {says}");
        assert_eq!(notice, expected.trim_end_matches("; "), "{command}");
    }
}

/// What a shell or a file would have put in is never run or read, and the reason says so.
#[test]
fn what_a_command_would_run_or_read_is_not_run_or_read() {
    let url = "https://openrouter.ai/api/v1/chat/completions";
    for (arguments, says) in [
        (
            "-d \"$(cat body.json)\"",
            "data holds a shell substitution, $(cat body.json), which is never run here; paste the body itself",
        ),
        (
            "-d `cat body.json`",
            "shell substitution, `cat body.json`, which is never run",
        ),
        (
            "-d @body.json",
            "reads its data from the file body.json, which is not opened here; paste the body itself",
        ),
        (
            "-d @-",
            "takes its data from standard input, which is not here",
        ),
        (
            "",
            "a curl command without data, so it asks for no completion",
        ),
        ("-d 'a=b'", "data is not a JSON object: "),
        ("-d a=b -d c=d", "data is in 2 pieces"),
        ("-d '{\"model\":", "ends within quotes"),
    ] {
        let mut stage = after("");
        let all = stage.model.library.len();
        paste(&mut stage, &format!("curl {url} {arguments}"));
        assert_eq!(stage.model.library.len(), all, "{arguments}");
        assert!(
            stage.notice().contains(says),
            "{arguments}: {}",
            stage.notice()
        );
    }
    let mut stage = after("");
    paste(
        &mut stage,
        "curl https://api.openai.com/v1/chat/completions -d '{\"model\":\"a\",\"messages\":[]}'",
    );
    assert!(
        stage.notice().ends_with("did not go through OpenRouter"),
        "{}",
        stage.notice()
    );
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
        ..Batch::default()
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

/// The list may lie over the pane that says why a record cannot be read, so its line says it, too.
#[test]
fn an_unreadable_record_is_explained_where_the_list_lies_over_the_panes() {
    let mut stage = Stage::samples((80, 24));
    let problem = rainscope::completion::load::load("cut.json", b"{\"request\":")
        .problems
        .remove(0);
    let says = problem.what.clone();
    let broken = rainscope::inspector::library::BrokenRecord { source: 7, problem };
    let record = rainscope::inspector::library::RawRecord {
        block: std::sync::Arc::new(rainscope::inspector::library::Block {
            file: "cut.json".into(),
            bytes: b"{\"request\":".to_vec().into(),
        }),
        start: 0,
        end: 11,
        offset: 0,
        line: 1,
        column: 1,
        record: 0,
        second: None,
    };
    stage.tell(Msg::Loaded(rainscope::inspector::library::Batch {
        source: 7,
        records: vec![record],
        ..Default::default()
    }));
    stage.tell(Msg::Broken(vec![broken]));
    stage.model.focus = rainscope::inspector::Pane::List;
    stage.press("G");
    let words: Vec<&str> = says.split_whitespace().take(4).collect();
    stage.sees(&words.join(" "));
}

/// `n` goes on past the last match into the next completion that has one, and the number of those is said.
#[test]
fn the_search_goes_on_into_other_completions() {
    let mut stage = after("tab*2 / type:gpt-4.1-mini enter");
    stage.sees("no match for \"gpt-4.1-mini\" here; ");
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
        let place = found.iter().position(|have| *have == index).unwrap() + 1;
        stage.sees(&format!(
            "completion {place} of {} that have it",
            found.len()
        ));
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

/// From the list, a row is found by what its completion holds, and what was found is shown beside it.
#[test]
fn the_search_from_the_list_looks_into_the_completions() {
    let stage = after("/ type:copydesk enter");
    assert_eq!(stage.name(), "Metadata is not trace");
    stage.sees("match 1 of 1 for \"copydesk\"");
    assert_eq!(stage.model.focus, Pane::List);
    let current = stage.model.current.as_ref().unwrap();
    assert_eq!(current.source_pointer().as_deref(), Some("/request/user"));
    // From the event, what no event holds is found in the completion.
    let stage = after("tab*3 / type:\"wall clock\" enter");
    assert_eq!(stage.model.focus, Pane::Completion);
    stage.sees("match 1 of 1 for \"wall clock\"");
    let stage = after("tab*3 / type:copydesk enter n");
    assert_eq!(stage.name(), "Metadata is not trace");
}

/// A search that finds nothing leaves the cursor where it was, and so does one that is left.
#[test]
fn a_failed_search_leaves_the_cursor_where_it_was() {
    for pane in 0..4 {
        for keys in [
            "type:\"user_9999\" enter",
            "type:user esc",
            "type:\"se9\" backspace*9 esc",
        ] {
            let mut stage = after(&format!("tab*{pane} down*2"));
            let row = |stage: &Stage| {
                let current = stage.model.current.as_ref().unwrap();
                [
                    stage.model.list.row,
                    stage.model.trace.cursor.row,
                    current.source.cursor.row,
                    current.event.cursor.row,
                ]
            };
            let before = row(&stage);
            stage.press(&format!("/ {keys}"));
            assert_eq!(row(&stage), before, "{pane} {keys}");
        }
    }
}

/// The help is searched; Enter ends what is typed, as in any search, and another does what the cursor is on.
#[test]
fn the_help_is_searched_and_run_from() {
    let mut stage = after("tab*3 ? / type:\"copy curl\"");
    stage.sees("Copy the request as curl");
    assert!(!stage.text().contains("Move the cursor up"));
    assert_eq!(stage.press("enter"), []);
    stage.sees("\"copy curl\"");
    let effects = stage.press("enter");
    assert!(
        matches!(effects.as_slice(), [Effect::Copy(_)]),
        "{effects:?}"
    );
    assert!(stage.model.windows.is_empty());
    // Whoever only looks for a word switches nothing.
    let stage = after("? / type:privacy enter");
    assert!(!stage.text().contains("PRIVACY ON"));
    let mut stage = after("? / type:privacy enter enter");
    stage.sees("PRIVACY ON");
    stage.press("p");
    // Synonyms, as in the palette.
    let stage = after("? / type:leak");
    stage.sees("side by side");
    // Esc shows all again, and then closes.
    let mut stage = after("? / type:zzz");
    stage.sees("nothing in the help has these words");
    stage.press("esc");
    stage.sees("Move the cursor up");
    stage.press("esc");
    assert!(stage.model.windows.is_empty());
    // Over a field nothing is run, so that what is typed is not lost.
    let mut stage = after("e type:x f1 / type:quit enter*2");
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

/// A key in the help leads to what is said of it, and does nothing else.
#[test]
fn a_key_in_the_help_is_explained_and_not_done() {
    for (key, says) in [
        ("p", "Privacy mode"),
        ("s", "Send"),
        ("c", "side by side"),
        (":", "command"),
    ] {
        let mut stage = after("?");
        let (before, effects) = (stage.event(), stage.effects.len());
        stage.press(key);
        assert_eq!(stage.event(), before, "{key}");
        assert_eq!(stage.effects.len(), effects, "{key}");
        let top = stage.model.windows.top().map(|window| window.name());
        assert_eq!(top, Some("the help"), "{key}");
        let sees = format!("{key} is explained here; Enter does it").replace("Enter", "⏎");
        assert_eq!(stage.notice(), sees);
        // Enter does it, so the cursor is on it.
        let help = stage.window().join("\n");
        assert!(
            help.to_lowercase().contains(&says.to_lowercase()),
            "{key}\n{help}"
        );
    }
    let mut stage = after("? p enter");
    stage.sees("PRIVACY ON");
    // Where what is searched for has it not, all is shown again.
    stage.press("? / type:curl enter");
    let mut stage = after("? / type:zzz enter");
    assert_eq!(stage.notice(), "nothing in the help has these words");
    stage.press("esc j");
    stage.sees("Move the cursor up");
}

/// Tab takes the name of the command under the cursor; its help stands below in full where its row cuts it.
#[test]
fn the_palette_completes_names_and_shows_helps_in_full() {
    let mut stage = after(": type:sor tab");
    stage.sees(" : sort");
    stage.press("enter");
    assert!(stage.model.windows.is_empty());
    let mut stage = Stage::samples((80, 24));
    stage.press(":");
    for _ in 0..90 {
        let window = stage.window();
        let cursor = stage.model.windows.top_as::<Palette>().unwrap();
        let entry = cursor.found(&stage.model)[cursor.cursor.row];
        let shown: Vec<&str> = window
            .iter()
            .map(|line| line.trim_matches(['│', '┃', ' ']))
            .collect();
        let whole = shown.join(" ");
        assert!(whole.contains(entry.help), "{}\n{whole}", entry.help);
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
        Some(&Effect::Theme(None))
    );
    // The one that is named behind it is meant.
    assert_eq!(
        after(": type:\"theme dark\" enter").effects.last(),
        Some(&Effect::Theme(Some("dark")))
    );
}

/// Where nothing could be loaded, the keys below name the one that shows why, and the header does with every problem.
#[test]
fn the_key_of_the_problems_is_named_where_there_are_some() {
    let mut stage = Stage::empty((80, 24));
    stage.load(rainscope::completion::load::load(
        "a.json",
        br#"{"request": {"mod"#,
    ));
    let text = stage.text();
    let keys = text.lines().last().unwrap_or_default();
    assert!(keys.contains("! problems"), "{text}");
    stage.sees("! 1 problem");
}

/// A pasted request without its answer opens as its outline, not as one folded row.
#[test]
fn a_pasted_command_opens_as_its_outline() {
    let mut stage = Stage::samples((80, 24));
    stage.model.focus = Pane::Event;
    paste(
        &mut stage,
        r#"curl https://openrouter.ai/api/v1/chat/completions -d '{"model":"a/b","user":"ada","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"Pasted question"}]}'"#,
    );
    stage.sees("▾ request");
    stage.sees("model \"a/b\"");
    stage.sees("▾ messages [1]");
    stage.sees("user \"ada\"");
}

/// `copy` lists every copy, in every pane, and in the window of what was sent.
#[test]
fn the_palette_finds_each_copy() {
    for keys in ["", "tab", "tab tab", "tab tab tab", "s"] {
        let mut stage = after(keys);
        stage.press("type:\":copy\"");
        for name in [
            "copy-value",
            "copy-pointer",
            "copy-event",
            "copy-curl",
            "copy-trace",
        ] {
            stage.sees(name);
        }
    }
}

/// What is found in a long value is in sight and lit, in either pane, though it lies beyond the row's end.
#[test]
fn a_match_in_a_long_value_is_in_sight() {
    for (pane, size) in [
        ("tab*2", (120, 40)),
        ("tab*3", (120, 40)),
        ("tab", (80, 24)),
    ] {
        let mut stage = Stage::samples(size);
        let long = format!(
            "{}NEEDLE in the haystack{}",
            "word ".repeat(600),
            " more".repeat(600)
        );
        let text = format!(
            r#"{{"request":{{"messages":[{{"role":"user","content":"{long}"}}]}},"response":{{"id":"gen-9","choices":[{{"message":{{"content":"Yes."}}}}]}}}}"#
        );
        paste(&mut stage, &text);
        stage.press(pane);
        stage.press("/ type:needle enter");
        stage.sees("NEEDLE");
        let frame = stage.frame();
        let lines = crate::stage::paint::lines(&frame);
        let row = lines
            .iter()
            .position(|line| line.contains("NEEDLE"))
            .unwrap();
        let line = &lines[row];
        let column = line[..line.find("NEEDLE").unwrap()].chars().count();
        let cell = |column: usize| &frame[(column as u16, row as u16)];
        let is_lit = |column: usize| cell(column).modifier.contains(Modifier::UNDERLINED);
        assert!((column..column + 6).all(is_lit), "{line}");
        assert!(!is_lit(column - 1) && !is_lit(column + 6), "{line}");
    }
}

/// What could not be loaded is said to its end, whichever the cursor is on.
#[test]
fn what_could_not_be_loaded_is_said_to_its_end() {
    let mut stage = Stage::empty((80, 24));
    let name = "a/folder/with/a/long/name/log.ndjson";
    let text = format!("{{\"request\": {{\"mod\n{{\"hello\": }}\n{}\n", "{oh}");
    stage.load(rainscope::completion::load::load(name, text.as_bytes()));
    stage.press("!");
    for _ in 0..3 {
        let window = stage.window().join("\n");
        let words: Vec<&str> = window
            .split(['│', ' ', '\n'])
            .filter(|word| !word.is_empty())
            .collect();
        let words = words.join(" ");
        for problem in &stage.library.problems {
            let says = problem.to_string();
            let says: Vec<&str> = says.split(' ').filter(|word| !word.is_empty()).collect();
            assert!(words.contains(&says.join(" ")), "{says:?} in {window}");
        }
        stage.press("down");
    }
}

/// What is pasted with OpenRouter's record of it has its answer, as far as that is known.
#[test]
fn a_pasted_completion_with_its_record_is_answered() {
    let mut stage = Stage::samples((120, 40));
    let text = r#"{"request":{"model":"a/b","messages":[{"role":"user","content":"hi"}]},
        "generation":{"data":{"id":"gen-1","native_tokens_completion":3,"total_cost":0.1}}}"#;
    paste(&mut stage, text);
    assert!(
        stage.notice().starts_with("pasted a completion"),
        "{}",
        stage.notice()
    );
}

/// The lines around a problem are those of the file as it is now.
#[test]
fn the_lines_around_a_problem_are_asked_for_again_when_the_file_changes() {
    use rainscope::completion::load;

    let asks = |effects: &[Effect]| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Excerpt(_)))
    };
    let broken = |line: &str| load::load("a.ndjson", format!("{line}\n{line}\n").as_bytes());
    let mut stage = Stage::empty((120, 40));
    stage.load(broken("{\"request\": {\"model"));
    assert!(asks(&stage.press("!")));
    let batch = Batch {
        // What is wrong stands in the same place.
        loaded: broken("{\"request\": {\"other"),
        ..Batch::default()
    };
    let effects = stage.tell(Msg::Changed(batch, vec!["a.ndjson".to_owned()]));
    assert!(asks(&effects), "{effects:?}");
}

/// Where there is no file, none is offered to be opened.
#[test]
fn no_editor_is_offered_where_there_is_no_file() {
    let mut stage = Stage::empty((120, 40));
    stage.load(rainscope::load("a.ndjson", b"{\"request\": {\"model\n"));
    let effects = stage.press("!");
    stage.sees("open in editor");
    let place = effects.iter().find_map(|effect| match effect {
        Effect::Excerpt(place) => Some(place.clone()),
        _ => None,
    });
    let why = "there is no file to show: it is gone";
    stage.tell(Msg::Excerpt(place.unwrap(), Err(why.to_owned())));
    assert!(!stage.text().contains("open in editor"), "{}", stage.text());
    assert_eq!(stage.press("enter"), []);
}

/// A paste of which a part cannot be read says so, as a file does.
#[test]
fn a_paste_tells_what_could_not_be_read() {
    let line = r#"{"request":{"model":"a/b","messages":[]},"response":{"id":"gen-1"}}"#;
    let mut stage = Stage::samples((120, 40));
    paste(
        &mut stage,
        &format!("{line}\n{{\"request\": {{\"mo\n{line}\n"),
    );
    let says = "pasted 2 completions; ! shows what could not be read";
    assert!(stage.notice().starts_with(says), "{}", stage.notice());
}

/// Keys that were given to commands are told by what they are now.
#[test]
fn keys_are_told_as_they_are_bound() {
    let mut stage = Stage::empty((120, 40));
    let key = |key: &str| [key.to_owned()];
    let (problems, pane) = (key("Z"), key("M"));
    let wishes = [("problems", &problems[..]), ("next-pane", &pane[..])];
    stage.model.keymap.rebind(wishes);
    stage.load(rainscope::load("a.ndjson", b"{\"request\": {\"mo\n"));
    stage.sees("Press Z for all");
    let mut stage = Stage::samples((120, 40));
    stage.model.keymap.rebind(wishes);
    stage.model.focus = rainscope::inspector::Pane::Event;
    stage.press("d");
    assert_eq!(stage.notice(), "go to the Trace pane (M) to delete a key");
}
