//! Inputs of every kind that is read, each with what must come of it beside it.
//!
//! `tests/inputs/KIND/NAME` is an input and `NAME.expected.json` holds its completions (what they were read as,
//! the event, and where each of its values stands), its problems and its notes. A new kind is a new folder
//! with two inputs at least. With `UPDATE_EXPECTED=1` in the environment what comes out is written there,
//! to be read line by line before it is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rainscope::completion::load::{self, Problem};
use rainscope::completion::{Completion, Edits};
use rainscope::event::privacy::Privacy;
use rainscope::json::{Document, Limits, quote, write_pretty};
use rainscope::mapping::{self, Context, Outcome};
use rainscope::share::explain;

use super::common::event_json;

const EXPECTED: &str = ".expected.json";

#[test]
fn every_input_gives_what_is_written_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let is_update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    for kind in sorted(&folder) {
        let files = sorted(&kind);
        let inputs: Vec<&PathBuf> = files.iter().filter(|file| !is_expected(file)).collect();
        assert!(inputs.len() >= 2, "two inputs at least: {}", kind.display());
        for input in &inputs {
            let name = name(input);
            let beside = kind.join(format!("{name}{EXPECTED}"));
            let found = render(&name, &fs::read(input).unwrap());
            if is_update {
                fs::write(&beside, &found).unwrap();
            }
            let expected = fs::read_to_string(&beside).unwrap_or_default();
            if let Some((line, expected, found)) = first_difference(&expected, &found) {
                let at = beside.display();
                wrong.push(format!(
                    "{at}:{line}:\n  expected {expected}\n  found    {found}"
                ));
            }
        }
        let orphan = files.iter().find(|file| {
            let input = name(file)
                .strip_suffix(EXPECTED)
                .map(|name| kind.join(name));
            input.is_some_and(|input| !input.exists())
        });
        assert_eq!(orphan, None, "there is no such input");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of every kind that is read two inputs at least say what must come of them. The files of a pair, and reports, are tried
/// with the program.
#[test]
fn every_kind_has_two_inputs() {
    const ELSEWHERE: [&str; 3] = [
        "pair of files",
        "a report of rainscope",
        "a report of rainscope without text",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for kind in sorted(&folder) {
        for file in sorted(&kind).iter().filter(|file| is_expected(file)) {
            let text = fs::read_to_string(file).unwrap();
            let doc = Document::parse(text.as_str().into(), Limits::default()).unwrap();
            let completions = doc.root().get("completions").unwrap().children();
            let read_as = completions.map(|one| one.get("loaded_as").unwrap().str().unwrap());
            let parts: BTreeSet<String> = read_as
                .flat_map(|kind| kind.split(" in ").map(str::to_owned).collect::<Vec<_>>())
                .collect();
            for part in parts {
                *counts.entry(part).or_default() += 1;
            }
        }
    }
    for kind in load::kinds() {
        let count = counts.get(kind).copied().unwrap_or_default();
        assert!(
            count >= 2 || ELSEWHERE.contains(&kind),
            "{count} inputs are read as `{kind}`"
        );
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn is_expected(path: &Path) -> bool {
    name(path).ends_with(EXPECTED)
}

fn first_difference(expected: &str, found: &str) -> Option<(usize, String, String)> {
    let (mut expected, mut found) = (expected.lines(), found.lines());
    for line in 1.. {
        match (expected.next(), found.next()) {
            (None, None) => return None,
            (left, right) if left == right => {}
            (left, right) => {
                let text = |line: Option<&str>| line.unwrap_or("nothing").trim().to_owned();
                return Some((line, text(left), text(right)));
            }
        }
    }
    None
}

/// What came of an input, as JSON for reading.
fn render(file: &str, bytes: &[u8]) -> String {
    let loaded = load::load(file, bytes);
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let json = format!(
        "{{\"completions\":{},\"problems\":{},\"notes\":{}}}",
        list(loaded.completions.iter().map(completion).collect()),
        list(loaded.problems.iter().map(said).collect()),
        list(loaded.notes.iter().map(said).collect()),
    );
    let limits = Limits {
        depth: 256,
        bytes: 1 << 30,
    };
    let doc = Document::parse(json.into(), limits).unwrap();
    let mut out = String::new();
    write_pretty(doc.root(), &mut out);
    out + "\n"
}

fn said(problem: &Problem) -> String {
    quote(&format!("{:?}: {problem}", problem.kind))
}

fn completion(completion: &Completion) -> String {
    let mapped = mapping::inspect(completion, &Edits::none(), &Context::at(0));
    let mut out = format!(
        "{{\"name\":{},\"origin\":{},\"loaded_as\":{}",
        quote(&completion.name),
        quote(&completion.origin.to_string()),
        quote(&completion.format.to_string()),
    );
    match &mapped.outcome {
        Outcome::NoEvent(none) => {
            out.push_str(&format!(",\"no_event\":{}", quote(&none.says)));
        }
        Outcome::Event(event) => {
            let leaves = explain::leaves(completion, event, Privacy::Off);
            let sources = leaves.into_iter().filter(|leaf| !leaf.sources.is_empty());
            let sources = sources.map(|leaf| {
                let places = leaf.sources.iter().map(|source| place(completion, source));
                let places = places.collect::<Vec<_>>().join(", ");
                format!("{}:{}", quote(&leaf.pointer), quote(&places))
            });
            out.push_str(&format!(
                ",\"event\":{},\"sources\":{{{}}}",
                event_json(event, Privacy::Off),
                sources.collect::<Vec<_>>().join(",")
            ));
        }
    }
    out + "}"
}

/// A source's pointer and where it stands in its file: `/request/user 3:12`.
fn place(completion: &Completion, pointer: &str) -> String {
    let value = completion.document().resolve(pointer);
    let place = value.and_then(|value| completion.place_of(value));
    match place {
        Some(place) => format!(
            "{pointer} {}:{}",
            place.position.line, place.position.column
        ),
        None => pointer.to_owned(),
    }
}
