//! A folder with a file of every kind that can be read: `map` maps them all, and says of each file what it took it for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rainscope::completion::load::{kinds, load};
use rusqlite::Connection;
use serde_json::Value;

use super::program::run;

/// What an exchange may be without that an event can come of it.
const WITHOUT_EVENT: [&str; 3] = ["curl command", "error body", "request body"];

/// The repository's inputs, the samples, and what only the program reads, in one folder.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    for from in ["tests/inputs", "fixtures"] {
        for file in files(&package.join(from)) {
            let name = file.strip_prefix(package).unwrap();
            let is_expected = name.display().to_string().ends_with(".expected.json")
                || name.iter().any(|part| part == "expected");
            if is_expected {
                continue;
            }
            let copy = folder.path().join(name);
            std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
            std::fs::copy(&file, copy).unwrap();
        }
    }
    let made = |name: &str| folder.path().join(name);
    let sample = std::fs::read_to_string(package.join("fixtures/01-time-check.json")).unwrap();
    let sample: Value = serde_json::from_str(&sample).unwrap();
    for part in ["request", "response"] {
        let text = sample[part].to_string();
        std::fs::write(made(&format!("pair.{part}.json")), text).unwrap();
    }
    for (name, options) in [
        ("report.html", &[][..]),
        ("with-text.html", &["--with-text"]),
    ] {
        let report = run(&[&["report", "fixtures/01-time-check.json"], options].concat());
        assert_eq!(report.status, 0, "{}", report.stderr);
        std::fs::write(made(name), report.stdout).unwrap();
    }
    let log = Connection::open(made("logs.db")).unwrap();
    log.execute_batch(
        "create table responses (id text, model text, prompt text, response text, response_json text, datetime_utc text);
         insert into responses values ('01', 'openrouter/a/b', 'Late?', 'Yes.', '{\"id\":\"gen-1\"}', '2026-05-06T01:35:13');",
    )
    .unwrap();
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn stem(file: &str) -> &str {
    let of_pair = file.strip_suffix(".request.json");
    of_pair
        .or_else(|| file.strip_suffix(".response.json"))
        .unwrap_or(file)
}

/// A kind that is added to the code has an input here, or this fails.
#[test]
fn a_folder_with_every_kind_is_mapped_and_each_file_is_accounted_for() {
    let folder = folder();
    let path = folder.path().display().to_string();
    let ran = run(&["map", "--explain", "--all", &path]);
    let mut taken_for: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in ran.lines() {
        let explained: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| explained[key].as_str().unwrap().to_owned();
        let kinds = taken_for.entry(text("loaded_from")).or_default();
        kinds.insert(text("loaded_as"));
    }
    let kinds_seen: BTreeSet<&str> = taken_for
        .values()
        .flatten()
        .flat_map(|kind| kind.split(" in "))
        .collect();
    let silent: Vec<String> = files(folder.path())
        .iter()
        .map(|file| file.display().to_string())
        // The files of a pair are one completion, and named after one of them.
        .filter(|file| !taken_for.keys().any(|place| place.starts_with(stem(file))))
        .collect();
    let without_event: BTreeSet<&str> = silent
        .iter()
        .flat_map(|file| load(file, &std::fs::read(file).unwrap()).completions)
        .map(|completion| completion.format.name)
        .collect();
    for kind in kinds() {
        let seen = match WITHOUT_EVENT.contains(&kind) {
            true => &without_event,
            false => &kinds_seen,
        };
        assert!(
            seen.contains(kind),
            "no input is read as `{kind}`: {seen:?}"
        );
    }
    for file in silent {
        assert!(ran.stderr.contains(&file), "{file} is not accounted for");
    }
    let database = folder.path().join("logs.db").display().to_string();
    let of_database = taken_for
        .iter()
        .find(|(place, _)| place.starts_with(&database));
    assert!(of_database.is_some_and(|(_, kinds)| kinds.contains("entry of llm's log")));
}
