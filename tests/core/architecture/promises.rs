//! What SECURITY.md promises can be found: the files that hold a promise and those that test it. And nothing asks a network
//! but what it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::source;

/// Each file that a promise names is there, by its path below `src/` or `tests/`, or below `tests/program/` where most are.
#[test]
fn every_file_that_a_promise_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md is UTF-8");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let (mut missing, mut found) = (Vec::new(), 0);
    for row in rows {
        // The first column is the promise, in words.
        for quoted in row.split('`').skip(1).step_by(2) {
            let is_file =
                quoted.ends_with('/') || [".rs", ".toml"].iter().any(|end| quoted.ends_with(end));
            let is_ours = !["credentials.toml", "rainscope.toml"].contains(&quoted);
            if !is_file || !is_ours {
                continue;
            }
            let places = ["", "src/", "tests/", "tests/program/"];
            match places
                .iter()
                .any(|place| root.join(format!("{place}{quoted}")).exists())
            {
                true => found += 1,
                false => missing.push(quoted),
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
    assert!(found > 60, "only {found} were looked for");
}

/// HTTP clients are made in these files and nowhere else, so whatever leaves this machine leaves by one of them.
#[test]
fn http_clients_are_made_in_few_places() {
    let is_client = |segments: &[String]| {
        let mut names = segments.iter().map(String::as_str);
        // It reads what the environment says of proxies, and connects to none.
        let is_matcher = segments.iter().any(|name| name == "matcher");
        !is_matcher
            && matches!(
                (names.next(), names.next()),
                (
                    Some("reqwest"),
                    Some("Client" | "ClientBuilder" | "get" | "blocking" | "*")
                ) | (Some("hyper" | "hyper_util"), Some("client"))
            )
    };
    let files = source::library().iter();
    let clients: BTreeSet<&str> = files
        .filter(|file| file.paths.iter().any(|named| is_client(&named.segments)))
        .map(|file| file.path.as_str())
        .collect();
    let expected = [
        "src/delivery/http.rs",
        "src/proxy/upstream.rs",
        "src/s3/client.rs",
    ];
    assert_eq!(clients, BTreeSet::from(expected));
}
