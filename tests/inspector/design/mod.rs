//! The screen's design, promise by promise: `clauses` lists every one in own words with the tests that
//! fail without it, and here it is checked that those tests exist. What had no test has one beside it.
mod clauses;
mod editing;
mod keyboard;
mod lens;
mod looks;
mod picture;
mod reading;
mod sending;
mod sight;
mod widths;

use std::fs;
use std::path::Path;

/// The source of a file of the repository.
fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of a source's tests, those of properties included.
fn tests_of(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim_start) {
        let name = line
            .strip_prefix("async fn ")
            .or_else(|| line.strip_prefix("fn "));
        match name {
            Some(rest) => {
                let end = rest.find('(').unwrap_or(rest.len());
                names.extend(is_test.then_some(&rest[..end]));
                is_test = false;
            }
            None => is_test |= matches!(line, "#[test]" | "#[tokio::test]"),
        }
    }
    names
}

#[test]
fn every_promise_has_a_test_that_exists() {
    let mut missing = Vec::new();
    let mut count = 0;
    for (part, promises) in clauses::PAGE {
        for (says, proofs) in *promises {
            count += 1;
            if proofs.is_empty() {
                missing.push(format!("{part}: {says}: no test"));
            }
            for proof in *proofs {
                let (path, name) = proof.split_once("::").unwrap();
                if !tests_of(&source(path)).contains(&name) {
                    missing.push(format!("{part}: {says}: there is no test {proof}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(count > 90, "{count}");
}

#[test]
fn every_test_here_stands_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inspector/design");
    let files = fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    for file in names.filter(|name| name != "mod.rs") {
        let path = format!("tests/inspector/design/{file}");
        for name in tests_of(&source(&path)) {
            let proof = format!("{path}::{name}");
            let mut promises = clauses::PAGE.iter().flat_map(|(_, promises)| *promises);
            let is_named = promises.any(|(_, proofs)| proofs.contains(&proof.as_str()));
            assert!(is_named, "{proof} proves nothing in the table");
        }
    }
}
