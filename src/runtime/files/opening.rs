//! Files opened from within the inspector: reading them on a thread of their own, and completing a typed path.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedSender;

use super::loader;
use crate::inspector::Msg;
use crate::inspector::opening::{FolderEntries, Opened};

/// Most entries of a folder that are looked at. Chosen: more would take longer than anyone waits for a name.
const LOOKED_AT: usize = 10_000;
/// Most names handed on. Chosen: more than a line shows.
const SHOWN: usize = 200;

/// Reads what a path stands for as one more source.
pub(in crate::runtime) fn open(typed: String, source: u32, sender: UnboundedSender<Msg>) {
    std::thread::spawn(move || {
        let path = real(&typed);
        let teller = sender.clone();
        loader::open(path, source, sender, |problem| {
            let opened = Opened {
                path: typed,
                source,
                problem,
            };
            let _ = teller.send(Msg::Opened(opened));
        });
    });
}

/// The names that complete a path.
pub(in crate::runtime) fn complete(typed: String) -> FolderEntries {
    let (folder, partial) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed.as_str()),
    };
    let path = match folder {
        "" => PathBuf::from("."),
        folder => real(folder),
    };
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut names = Vec::new();
    let mut looked = 0;
    for entry in entries.take(LOOKED_AT) {
        looked += 1;
        let Ok(mut name) = entry.file_name().into_string() else {
            continue;
        };
        let is_hidden = name.starts_with('.') && !partial.starts_with('.');
        if is_hidden || !name.starts_with(partial) {
            continue;
        }
        // A link to a folder is one.
        if fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir()) {
            name.push('/');
        }
        names.push(name);
    }
    names.sort();
    let common = crate::inspector::prompt::common(names.iter().map(String::as_str));
    let completed = match names.is_empty() {
        true => typed.clone(),
        false => format!("{folder}{common}"),
    };
    let is_part = looked == LOOKED_AT || names.len() > SHOWN;
    names.truncate(SHOWN);
    FolderEntries {
        completed,
        names,
        is_part,
        typed,
    }
}

/// A path as it was typed, with the home folder for `~`.
fn real(typed: &str) -> PathBuf {
    let below = typed.strip_prefix("~/").or((typed == "~").then_some(""));
    match (below, std::env::home_dir()) {
        (Some(below), Some(home)) => home.join(below),
        _ => Path::new(typed).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )]

    use super::*;

    #[test]
    fn a_path_is_completed_as_far_as_there_is_one_way() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("{}/{name}", folder.path().display());
        for name in ["calls-1.json", "calls-2.json", "night.ndjson", ".hidden"] {
            fs::write(at(name), "").unwrap();
        }
        fs::create_dir(at("logs")).unwrap();
        let check = |typed: &str, completed: &str, names: &[&str]| {
            let found = complete(at(typed));
            assert_eq!(found.completed, at(completed), "{typed}");
            assert_eq!(found.names, names, "{typed}");
        };
        check("ca", "calls-", &["calls-1.json", "calls-2.json"]);
        check("n", "night.ndjson", &["night.ndjson"]);
        check("lo", "logs/", &["logs/"]);
        check(
            "",
            "",
            &["calls-1.json", "calls-2.json", "logs/", "night.ndjson"],
        );
        check(".", ".hidden", &[".hidden"]);
        check("x", "x", &[]);
        check("no/x", "no/x", &[]);
    }

    /// A file is read again when it changes, as those of the command line are.
    #[tokio::test]
    async fn a_file_that_was_opened_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.json");
        let sample = include_str!("../../../fixtures/01-time-check.json");
        fs::write(&path, sample).unwrap();
        let (sender, mut messages) = tokio::sync::mpsc::unbounded_channel();
        open(path.display().to_string(), 7, sender);
        let mut is_opened = false;
        loop {
            let patience = std::time::Duration::from_secs(30);
            let message = tokio::time::timeout(patience, messages.recv()).await;
            match message.unwrap().unwrap() {
                Msg::Opened(_) => {
                    is_opened = true;
                    fs::write(&path, sample.replace("Time check", "Time again")).unwrap();
                }
                Msg::Changed(batch, files) => {
                    assert!(is_opened);
                    assert_eq!((batch.source, files), (7, vec![path.display().to_string()]));
                    assert_eq!(batch.loaded.completions.len() + batch.records.len(), 1);
                    return;
                }
                Msg::Deliveries(_) => panic!("it is not all that is loaded"),
                _ => {}
            }
        }
    }

    /// A folder of many files comes in few messages, with their problems, and what is said is one sentence.
    #[test]
    fn a_folder_is_opened_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let sample = include_str!("../../../fixtures/01-time-check.json");
        for number in 0..200 {
            fs::write(folder.path().join(format!("{number:03}.json")), sample).unwrap();
        }
        fs::write(folder.path().join("broken.json"), "{\"request\": oops}").unwrap();
        let (sender, mut messages) = tokio::sync::mpsc::unbounded_channel();
        open(folder.path().display().to_string(), 7, sender);
        let (mut completions, mut problems, mut opened) = (0, 0, None);
        while let Some(message) = messages.blocking_recv() {
            match message {
                Msg::LoadedMany(batches) => {
                    for batch in batches {
                        assert_eq!(batch.source, 7);
                        completions += batch.loaded.completions.len() + batch.records.len();
                        problems += batch.loaded.problems.len();
                    }
                }
                Msg::Loading(_) => {}
                Msg::Opened(told) => opened = Some(told),
                other => panic!("a message of its own: {other:?}"),
            }
        }
        assert_eq!((completions, problems), (200, 1));
        assert!(opened.unwrap().problem.unwrap().contains("broken.json"));
    }
}
