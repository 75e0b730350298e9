//! `check`: formats, policy, the project's file, exit statuses.

use serde_json::Value;

use super::program::{fixture, run, run_in, run_with};

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
    for name in ["./a.json", "./b.json", "./notes.txt", "./log.ndjson:2:1"] {
        let note = format!("note: {name}");
        assert!(ran.stderr.contains(&note), "{name}: {}", ran.stderr);
    }
}
