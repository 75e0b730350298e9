//! `check`: formats, policy, the project's file, exit statuses.

use serde_json::Value;

use super::program::{fixture, run, run_given, run_in, run_with};

const ODD: [&str; 5] = [
    "04-tool-call-only.json",
    "05-reasoning-stream.json",
    "10-anonymous.json",
    "14-privacy-leak.json",
    "15-many-scripts.json",
];

fn check(options: &[&str]) -> super::program::Ran {
    let files = ODD.map(fixture);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    run(&[&["check"], options, &files].concat())
}

#[test]
fn writes_as_compilers_do() {
    let ran = check(&[]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!("check_human", ran.stdout + "\n" + &ran.stderr);
}

#[test]
fn colours_only_where_it_should() {
    assert!(!check(&[]).stdout.contains('\u{1b}'));
    let coloured = check(&["--color", "always"]).stdout;
    assert!(coloured.contains("\u{1b}[1;31merror[privacy-leak]\u{1b}[0m"));
}

#[test]
fn writes_json() {
    let ran = check(&["--format", "json"]);
    assert_eq!(ran.status, 1);
    let all: Vec<Value> = ran
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let leak = all
        .iter()
        .find(|one| one["code"] == "privacy-leak")
        .unwrap();
    assert_eq!(leak["file"], "fixtures/14-privacy-leak.json");
    assert_eq!((&leak["line"], &leak["column"]), (&19.into(), &18.into()));
    assert_eq!(leak["pointer"], "/properties/preview");
    assert_eq!(leak["severity"], "error");
    let keys: Vec<&String> = leak.as_object().unwrap().keys().collect();
    let expected = [
        "file", "line", "column", "record", "name", "code", "severity", "pointer", "help",
    ];
    assert_eq!(keys, expected);
}

/// One id can stand for one event only, so what `send` would refuse is found before.
#[test]
fn another_event_of_one_generation_is_a_finding() {
    let answer = r#"{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"Hi"}}]}"#;
    let whole = format!(r#"{{"request":{{"model":"a/b","user":"u"}},"response":{answer}}}"#);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.ndjson"),
        format!("{whole}\n{whole}\n"),
    )
    .unwrap();
    let says = "a.ndjson:1 has the same generation and makes another event";
    for (second, is_told) in [(&whole[..], false), (answer, true)] {
        std::fs::write(folder.path().join("b.ndjson"), format!("{second}\n")).unwrap();
        for jobs in ["1", "2"] {
            let checked = run_in(folder.path(), &["check", "--jobs", jobs, "."]);
            let is_found = checked.stdout.contains("[same-generation]");
            assert_eq!(is_found, is_told, "{}", checked.stdout);
            assert_eq!(checked.stdout.contains(says), is_told, "{}", checked.stdout);
            let mapped = run_in(folder.path(), &["map", "--jobs", jobs, "."]);
            assert_eq!(mapped.stderr.contains(says), is_told, "{}", mapped.stderr);
        }
    }
}

/// Completions of which each has the same findings.
fn alike(count: usize) -> String {
    let one = |n: usize| {
        let id = format!(r#""id":"gen-1780662787-{n:020}""#);
        let request = r#""request":{"model":"a/b","messages":[{"role":"user","content":"Tell me a secret about whales"}],"trace":{"note":"a secret about whales"}}"#;
        format!(
            r#"{{{request},"response":{{{id},"model":"a/b","choices":[{{"message":{{"role":"assistant","content":"They sing."}},"finish_reason":"stop"}}]}}}}"#
        ) + "\n"
    };
    (0..count).map(one).collect()
}

#[test]
fn shows_three_places_of_what_repeats() {
    let input = alike(1204);
    let ran = run_with(&["check", "-"], &input);
    assert_eq!(ran.status, 1);
    let count = |text: &str, what: &str| text.matches(what).count();
    assert_eq!(count(&ran.stdout, "error[privacy-leak]: trace key"), 3);
    let more = "error[privacy-leak]: and 1,201 more like it (--all shows each)\n";
    assert!(ran.stdout.contains(more), "{}", ran.stdout);
    assert!(ran.stdout.lines().count() < 200, "{}", ran.stdout);
    // What is not shown counts all the same.
    assert!(ran.stderr.contains("1204 errors"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1204 denied"), "{}", ran.stderr);
    let three = run_with(&["check", "-"], &alike(3)).stdout;
    assert!(!three.contains("more like it"), "{three}");

    let all = run_with(&["check", "--all", "-"], &input).stdout;
    assert_eq!(count(&all, "error[privacy-leak]: trace key"), 1204);
    assert!(!all.contains("more like it"));
    let json = run_with(&["check", "--format", "json", "-"], &input).stdout;
    assert_eq!(count(&json, r#""code":"privacy-leak""#), 1204);
}

/// However many threads there are, the report is the same, in the same order, and so are the messages and the status.
#[test]
fn checks_alike_on_several_threads() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    // More than one batch.
    let lines = alike(1000) + "{\n[]\n" + &alike(1500);
    let lines = write("lines.jsonl", &lines);
    let array = alike(9).trim_end().replace('\n', ",");
    let array = write("array.json", &format!("[{array}]"));
    let golden = folder.path().join("golden").display().to_string();
    let updated = run(&["check", "--expect", &golden, "--update", "fixtures"]);
    assert_eq!(updated.status, 1, "{}", updated.stderr);
    for options in [
        &[][..],
        &["--all", "--privacy"],
        &["--statistics"],
        &["--format", "json"],
        &["--format", "junit", "--deny", "info"],
        &["--format", "github", "--allow", "privacy-leak"],
        &["--expect", &golden],
    ] {
        let on = |jobs: &str| {
            let paths = ["fixtures", &lines, &array, "no-such-file"];
            let ran = run(&[&["check", "--jobs", jobs], options, &paths].concat());
            (ran.status, ran.stdout, ran.stderr)
        };
        let expected = on("1");
        assert_eq!(expected.0, 2);
        assert!(on("3") == expected, "{options:?}");
    }
    let piped = |jobs| run_with(&["check", "--jobs", jobs, "-"], &alike(1100)).stdout;
    assert_eq!(piped("2"), piped("1"));
}

#[test]
fn statistics_are_counts_alone() {
    let input = alike(1204) + "{\n";
    let ran = run_with(&["check", "--statistics", "-"], &input);
    assert_eq!(ran.status, 2);
    let lines = ran.lines();
    assert_eq!(lines[0], "1,204  error[privacy-leak]");
    assert_eq!(lines[1], "    1  error[unreadable]");
    assert!(lines[2..].iter().all(|line| !line.contains("error")));
    assert!(lines.contains(&"1,204  warning[user-missing]"), "{lines:?}");

    let json = run_with(&["check", "--statistics", "--format", "json", "-"], &input).stdout;
    let first = r#"{"code":"privacy-leak","severity":"error","count":1204}"#;
    assert_eq!(json.lines().next(), Some(first));
    let allowed = ["check", "--statistics", "--allow", "privacy-leak", "-"];
    let allowed = run_with(&allowed, &alike(2));
    assert_eq!(allowed.status, 0);
    assert!(!allowed.stdout.contains("privacy-leak"));
    let wrong = run_with(&["check", "--statistics", "--format", "junit", "-"], "");
    assert_eq!(wrong.status, 2);
    let expected = "--statistics goes with --format human or json";
    assert!(wrong.stderr.contains(expected), "{}", wrong.stderr);
}

/// What was read and is nothing that is known is never called unreadable.
#[test]
fn counts_what_is_not_recognised_by_itself() {
    let check = |input: &str, of_summary: &str, code: &str| {
        let ran = run_with(&["check", "--format", "json", "-"], input);
        assert_eq!(ran.status, 2);
        assert!(ran.stdout.contains(code), "{}", ran.stdout);
        assert!(ran.stderr.contains(of_summary), "{}", ran.stderr);
        assert_eq!(
            ran.stderr.contains("could not be read"),
            of_summary.contains("could")
        );
        let counted = run_with(&["check", "--statistics", "-"], input).stdout;
        let code = code.split('"').nth(3).unwrap();
        assert!(counted.contains(&format!("error[{code}]")), "{counted}");
        let sent = run_with(&["send", "--dry-run", "-"], input);
        let word = code.replace("not-recognised", "not recognised");
        assert!(
            sent.stdout.contains(&format!(" · 1 {word}")),
            "{}",
            sent.stdout
        );
    };
    check("{", "1 record could not be read", r#""code":"unreadable""#);
    check(
        "{\"a\":1}",
        "1 record not recognised",
        r#""code":"not-recognised""#,
    );
}

#[test]
fn writes_for_machines() {
    insta::assert_snapshot!("check_junit", check(&["--format", "junit"]).stdout);
    insta::assert_snapshot!("check_github", check(&["--format", "github"]).stdout);
}

#[test]
fn names_what_cannot_be_read_in_every_format() {
    for (format, expected) in [
        ("human", ""),
        (
            "json",
            "{\"file\":\"<stdin>\",\"line\":1,\"column\":2,\"record\":0,\"name\":\"\",\"code\":\"unreadable\",\"severity\":\"error\",\"pointer\":\"\",\"help\":\"",
        ),
        ("junit", "<error type=\"unreadable\""),
        (
            "github",
            "::error file=<stdin>,line=1,col=2,title=unreadable::",
        ),
    ] {
        let ran = run_with(&["check", "--format", format, "-"], "{");
        assert_eq!(ran.status, 2);
        assert!(ran.stdout.contains(expected), "{}", ran.stdout);
        assert!(ran.stderr.starts_with("<stdin>:1:2: "), "{}", ran.stderr);
    }
}

#[test]
fn denies_and_allows() {
    let status = |options: &[&str]| check(options).status;
    assert_eq!(status(&["--allow", "privacy-leak"]), 0);
    assert_eq!(status(&["--allow", "privacy-leak", "--deny", "warning"]), 1);
    assert_eq!(
        status(&["--allow", "privacy-leak", "--deny", "tool-call-only"]),
        1
    );
    let allowed = check(&["--allow", "privacy-leak"]).stdout;
    assert!(!allowed.contains("privacy-leak]"));
    let wrong = check(&["--deny", "privacy-leek"]);
    assert_eq!(wrong.status, 2);
    let expected = "no finding has this code; did you mean `privacy-leak`?";
    assert!(wrong.stderr.contains(expected), "{}", wrong.stderr);
}

#[test]
fn takes_defaults_from_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
    std::fs::create_dir_all(root.join("logs/deep")).unwrap();
    for name in ["10-anonymous.json", "14-privacy-leak.json"] {
        std::fs::copy(fixture(name), root.join("logs").join(name)).unwrap();
    }
    write(
        "rainscope.toml",
        "[check]\npaths = [\"logs\"]\nallow = [\"privacy-leak\"]\n",
    );
    assert_eq!(run_in(root, &["check"]).status, 0);
    let inside = run_in(&root.join("logs/deep"), &["check", "--format", "json"]);
    assert_eq!(inside.status, 0);
    assert!(
        inside
            .stdout
            .contains("\"file\":\"../../logs/10-anonymous.json\"")
    );
    assert_eq!(run_in(root, &["check", "--deny", "user-missing"]).status, 1);
    write("other.toml", "[check]\ndeny = [\"warning\"]\n");
    let other = run_in(root, &["check", "--project-file", "other.toml", "logs"]);
    assert_eq!(other.status, 1);
    // Its file says what its events are, and counts for more than the person's own settings.
    write(
        "config.toml",
        "[destination]\ndefault_user = \"me\"\nprivacy = true\n",
    );
    write("other.toml", "[destination]\ndefault_user = \"ci\"\n");
    let golden = |options: &[&str], name: &str| {
        let log = [
            "check",
            "logs/10-anonymous.json",
            "--update",
            "--expect",
            name,
        ];
        assert_eq!(run_in(root, &[&log[..], options].concat()).status, 0);
        let path = root.join(name).join("Anonymous.json");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            let names: Vec<_> = std::fs::read_dir(root.join(name)).unwrap().collect();
            panic!("{error}: {names:?}")
        });
        let event: Value = serde_json::from_str(&text).unwrap();
        let has_input = event["ai_data"].get("input").is_some();
        (event["user_id"].as_str().unwrap().to_owned(), has_input)
    };
    let both = ["--config", "config.toml", "--project-file", "other.toml"];
    assert_eq!(golden(&both, "both"), ("ci".to_owned(), false));
    assert_eq!(golden(&both[..2], "own"), ("me".to_owned(), false));
    let none = ["--config", "none"];
    assert_eq!(golden(&none, "none"), ("anonymous".to_owned(), true));
    write(
        "other.toml",
        "[destination]\nbase_url = \"https://evil.test\"\n",
    );
    let wrong = run_in(root, &["check", "--project-file", "other.toml", "logs"]);
    assert_eq!(wrong.status, 2);
    let expected = "other.toml:2:1: destination.base_url is not taken from a project's file";
    assert!(wrong.stderr.contains(expected), "{}", wrong.stderr);
    write("rainscope.toml", "[check]\n\nalow = []\n");
    // What reads no file does not look for it either.
    assert_eq!(
        run_in(root, &["check", "--config", "none", "logs"]).status,
        1
    );
    let wrong = run_in(root, &["check"]);
    assert_eq!(wrong.status, 2);
    let expected = "rainscope: rainscope.toml:3: unknown key `alow`; did you mean `allow`?";
    assert!(wrong.stderr.starts_with(expected), "{}", wrong.stderr);
}

#[test]
fn finds_the_samples_of_this_repository_clean_but_for_those_made_to_fail() {
    let ran = run(&["check", "fixtures", "--format", "json"]);
    assert_eq!(ran.status, 1);
    let errors: Vec<Value> = ran
        .lines()
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|one| one["severity"] == "error")
        .collect();
    let files: std::collections::BTreeSet<&str> = errors
        .iter()
        .filter_map(|one| one["file"].as_str())
        .collect();
    insta::assert_snapshot!("check_fixtures_errors", format!("{files:#?}"));
}

#[test]
fn counts_and_names_what_it_skips() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let sample = std::fs::read_to_string(fixture("10-anonymous.json")).unwrap();
    let sample: Value = serde_json::from_str(&sample).unwrap();
    write(
        "log.ndjson",
        &format!("{sample}\n{{\"colour\": 1}}\n{sample}\n"),
    );
    for name in ["a.json", "b.json"] {
        write(name, "{\"colour\": 1}\n");
    }
    write("notes.txt", "words\n");
    let ran = run_in(folder.path(), &["check", "."]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("; 3 files and 1 record skipped"),
        "{}",
        ran.stderr
    );
    for note in [
        "note: .: 3 files skipped, no completions in them: a.json, b.json, notes.txt\n",
        "note: ./log.ndjson:2:1: record 2 (byte ",
    ] {
        assert!(ran.stderr.contains(note), "{note}: {}", ran.stderr);
    }
}

#[test]
fn says_of_how_many_events_privacy_mode_can_promise_something() {
    let folder = tempfile::tempdir().unwrap();
    let answer = r#"{"id":"gen-1","choices":[{"message":{"content":"It is half past two."}}]}"#;
    let sample = |trace: &str| {
        format!(
            r#"{{"request":{{"messages":[{{"role":"user","content":"What time is it right now?"}}],"trace":{{"k":"{trace}"}}}},"response":{answer}}}"#
        )
    };
    let record = r#"{"data":{"id":"gen-2","model":"a/b","generation_time":5,"native_tokens_prompt":1,"created_at":"2026-05-01T10:00:00Z"}}"#;
    let lines = [
        sample("v"),
        sample("w"),
        sample("what%20time%20is%20it%20right"),
        answer.to_owned(),
        record.to_owned(),
    ];
    std::fs::write(folder.path().join("a.jsonl"), lines.join("\n")).unwrap();
    let ran = run_in(folder.path(), &["check", "--privacy", "a.jsonl"]);
    let expected = "; privacy: 1 can't tell: the conversation is not known here, \
                    1 can't tell: the prompt is not known here, 1 leaks, 2 no leak found";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    let ran = run_in(folder.path(), &["check", "a.jsonl"]);
    assert!(!ran.stderr.contains("; privacy:"), "{}", ran.stderr);
}

#[test]
fn masks_a_key_wherever_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let key = "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";
    let sample = format!(
        r#"{{"name":"a","request":{{"messages":[{{"role":"user","content":"Is my key {key} any good for this?"}}],"trace":{{"note":"my key {key} any good"}}}},"response":{{"id":"gen-1","choices":[{{"message":{{"content":"No: {key}"}}}}]}}}}"#
    );
    std::fs::write(folder.path().join("a.json"), sample).unwrap();
    std::fs::create_dir(folder.path().join("golden")).unwrap();
    std::fs::write(folder.path().join("golden/a.json"), "{}").unwrap();
    for format in ["human", "json", "junit", "github"] {
        let ran = run_in(
            folder.path(),
            &["check", "--format", format, "--expect", "golden", "a.json"],
        );
        let printed = ran.stdout + &ran.stderr;
        assert!(printed.contains("secret-in-event"), "{format}: {printed}");
        assert!(!printed.contains("52cb5c4e"), "{format}: {printed}");
    }
}

/// What is wrong with an input quotes it, and so does why there is no event.
#[test]
fn masks_a_key_in_what_could_not_be_read() {
    let key = "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";
    let entry = |url: &str| {
        format!(
            r#"{{"log":{{"entries":[{{"startedDateTime":"2026-06-05T12:33:07Z","time":5,"request":{{"method":"POST","url":"{url}","headers":[],"postData":{{"text":"{{}}"}}}},"response":{{"status":200,"headers":[],"content":{{"text":"{{}}"}}}}}}]}}}}"#
        )
    };
    let messages = r#""messages":[{"role":"user","content":"hi"}]"#;
    let choices = r#""choices":[{"message":{"content":"x"}}]"#;
    for input in [
        format!(r#"{{"{key}":1}}"#),
        format!(r#"{{"request":{{"user":"{key}" x}}"#),
        format!(
            r#"{{"request":{{"{key}":1,"{key}":2,{messages}}},"response":{{"id":"gen-1",{choices}}}}}"#
        ),
        format!(
            r#"{{"request":{{{messages}}},"response":{{"error":{{"code":401,"message":"bad key {key}"}}}}}}"#
        ),
        format!(
            r#"{{"name":"{key}","request":{{{messages}}},"response":{{"id":"gen-1",{choices}}}}}"#
        ),
        entry(&format!("https://u:{key}@api.x.com/v1/chat?key={key}")),
        entry("https://api.telegram.org/bot52cb5c4e:AAE/sendMessage"),
    ] {
        for command in [
            &["check", "-"][..],
            &["check", "--format", "json", "-"],
            &["check", "--format", "junit", "-"],
            &["check", "--format", "github", "-"],
            &["report", "--format", "markdown", "--out", "-", "-"],
            &["map", "-"],
            &["map", "--lines", "-"],
        ] {
            let ran = run_with(command, &input);
            let printed = match command[0] {
                // An event is what it is.
                "map" if !command.contains(&"--lines") => ran.stderr,
                _ => ran.stdout + &ran.stderr,
            };
            assert!(
                !printed.contains("52cb5c4e"),
                "{command:?} {input}: {printed}"
            );
        }
    }
}

/// Each finding finds its place in the time of its depth, whatever is beside it.
#[test]
fn many_leaks_take_no_longer_than_they_are_long() {
    let folder = tempfile::tempdir().unwrap();
    let leak = "\"what time is it right now\"";
    let list = vec![leak; 12_000].join(",");
    let keys: Vec<String> = (0..12_000).map(|n| format!("\"k{n}\":{leak}")).collect();
    for (name, trace) in [
        ("list", format!("\"k\":[{list}]")),
        ("keys", keys.join(",")),
    ] {
        let sample = format!(
            r#"{{"request":{{"messages":[{{"role":"user","content":"What time is it right now?"}}],"trace":{{{trace}}}}},"response":{{"id":"gen-1","choices":[]}}}}"#
        );
        let file = format!("{name}.json");
        std::fs::write(folder.path().join(&file), sample).unwrap();
        let began = std::time::Instant::now();
        let ran = run_in(folder.path(), &["check", &file]);
        assert!(ran.stdout.matches("privacy-leak").count() > 0);
        let took = began.elapsed();
        // Looking through all of it for each would be minutes.
        assert!(
            took < std::time::Duration::from_secs(30),
            "{name}: {took:?}"
        );
    }
}

/// An empty folder is named, and checking nothing is no success.
#[test]
fn an_empty_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let path = empty.to_str().unwrap();
    let says = format!("{path}: the folder holds no files");
    for command in ["check", "map"] {
        let ran = run(&[command, path]);
        assert_eq!(ran.status, 2, "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains(&says), "{command}: {}", ran.stderr);
    }
    // Beside others as well.
    let ran = run(&["map", path, &fixture("01-time-check.json")]);
    assert!(ran.stderr.contains(&says), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 1);
}

/// The names that a caller gives may be keys or text of the conversation as well as values may.
#[test]
fn no_key_and_no_text_is_printed_that_is_a_name() {
    let foreign = format!("sk-or-v1-{}", "4f1d8c07b93e5a26".repeat(4));
    let own = "rk_Never9876543210ZqAbCdEfGh";
    let asked = "Please transfer forty thousand euros";
    let sample = |prompt: &str, trace: Value| {
        let message = serde_json::json!({"message": {"content": "A different reply altogether, to be sure."}});
        serde_json::json!({
            "request": {"model": "a/b", "messages": [{"role": "user", "content": prompt}], "user": "u", "trace": trace},
            "response": {"id": "gen-1", "choices": [message]},
        })
        .to_string()
    };
    let traces = [
        serde_json::json!({"a": {&foreign: "x"}}),
        serde_json::json!({&foreign: 1}),
        serde_json::json!({"a": {own: "x"}}),
        serde_json::json!({"a": {format!("{own} a@b.example"): "x"}}),
        serde_json::json!({"a": {format!("{asked} {own}"): 1}}),
        serde_json::json!({format!("{asked} {own}"): 1}),
    ];
    let commands: [&[&str]; 8] = [
        &["check", "-"],
        &["check", "--privacy", "--format", "json", "-"],
        &["check", "--format", "github", "-"],
        &["check", "--format", "junit", "-"],
        &["report", "--out", "-", "-"],
        &["report", "--with-text", "--out", "-", "-"],
        &["report", "--format", "markdown", "--out", "-", "-"],
        &[
            "report",
            "--format",
            "markdown",
            "--with-text",
            "--out",
            "-",
            "-",
        ],
    ];
    for trace in traces {
        let input = sample(&format!("{asked} {own} now"), trace);
        for command in commands {
            let ran = run_given(("RAINDROP_WRITE_KEY", own), command, &input);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.is_empty(), "{command:?}");
            for key in [&foreign[..], own] {
                let part = &key[..key.len() - 4];
                assert!(!said.contains(part), "{command:?} of {input}: {said}");
            }
        }
        if input.contains(&foreign) {
            let ran = run_with(&["check", "--format", "json", "-"], &input);
            assert!(
                ran.stdout.contains("secret-in-event"),
                "{input}: {}",
                ran.stdout
            );
        }
    }
    // Cut, a name may no longer show what it repeats.
    for outer in ["a", "a_long_name_here", "generation_name"] {
        let input = sample(asked, serde_json::json!({outer: {asked: 1}}));
        for format in ["html", "markdown"] {
            let ran = run_with(&["report", "--format", format, "--out", "-", "-"], &input);
            let said = ran.stdout.to_lowercase();
            assert!(
                !said.contains("transfer forty"),
                "{format} of {input}: {said}"
            );
        }
    }
}
