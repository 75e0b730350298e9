//! Which files of a folder are worth a look, and what is forgiven those that are no completions.

use std::path::Path;

use crate::completion::load::{self, Loaded, Problem, ProblemKind};

/// In a folder, a file that is no completion is nothing wrong.
pub(crate) fn forgive(loaded: &mut Loaded) {
    let (skipped, problems) = std::mem::take(&mut loaded.problems)
        .into_iter()
        .partition::<Vec<_>, _>(|problem| problem.kind == ProblemKind::Unrecognised);
    loaded.problems = problems;
    let notes = skipped.into_iter().map(|problem| Problem {
        what: format!("skipped: {}", problem.found()),
        ..problem
    });
    loaded.notes.extend(notes);
}

/// The same; and nothing is wrong with a file that was only found and of which nothing shows that a completion was recorded
/// in it, however broken it is: a repository is full of them. Of data anything that completions have shows it; words speak
/// of completions, so there it is an id that nobody writes by hand, or that the file begins as a recording does.
pub(crate) fn forgive_file(path: &Path, bytes: &[u8], loaded: &mut Loaded) {
    let is_of_data = DATA.contains(&ending(path).as_str());
    let is_recording = match is_of_data {
        true => !loaded.completions.is_empty() || load::may_hold_completion(bytes),
        false => load::names_generation(bytes) || load::begins_as_recording(bytes),
    };
    if !is_recording {
        loaded.problems.truncate(1);
        for problem in &mut loaded.problems {
            problem.kind = ProblemKind::Unrecognised;
        }
        // Beside completions it is no matter at all.
        if !loaded.completions.is_empty() {
            loaded.problems.clear();
        }
    }
    forgive(loaded);
}

/// Whether a file that was only found is read as a whole although it could be read record by record, since something in it
/// may have to be forgiven: one of words, or one whose beginning shows nothing that completions have. None is so long that
/// it has to be read piece by piece.
pub(crate) fn may_be_forgiven(path: &Path, beginning: &[u8]) -> bool {
    const LONGEST: u64 = 8 << 20;
    let ending = ending(path);
    let is_log = ending == "log" || ending == "http";
    let is_of_words = !is_log && !DATA.contains(&ending.as_str());
    (is_of_words || !load::may_hold_completion(beginning))
        && std::fs::metadata(path).is_ok_and(|data| data.len() <= LONGEST)
}

/// Whether a file found in a folder is worth a look: by its first bytes or by its name.
pub(crate) fn is_candidate(head: &[u8], path: &Path) -> bool {
    looks_like_one(head, path) || has_known_ending(path)
}

/// Whether a file begins like one that may hold completions: JSON, SSE, or a format that is told by its bytes.
pub(super) fn looks_like_one(bytes: &[u8], path: &Path) -> bool {
    looks_like_json_or_sse(bytes) || load::begins_like_a_format(bytes, &path.to_string_lossy())
}

fn looks_like_json_or_sse(bytes: &[u8]) -> bool {
    let head = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = head.trim_ascii_start();
    let starts = [
        &b"{"[..],
        b"[",
        b"\x1E",
        b":",
        b"data:",
        b"event:",
        b"id:",
        b"retry:",
    ];
    starts.iter().any(|start| text.starts_with(start))
}

/// Endings of files that hold data.
const DATA: [&str; 8] = [
    "json", "ndjson", "jsonl", "sse", "har", "yaml", "yml", "csv",
];
/// Endings of files of words, which may have data among them.
const WORDS: [&str; 7] = ["log", "txt", "md", "markdown", "http", "sql", "tsv"];

pub(super) fn has_known_ending(path: &Path) -> bool {
    let ending = ending(path);
    DATA.contains(&ending.as_str()) || WORDS.contains(&ending.as_str())
}

/// A file's ending, that of what it holds where it is compressed.
fn ending(path: &Path) -> String {
    let ending = |path: &Path| {
        let ending = path.extension().unwrap_or_default();
        ending.to_string_lossy().to_ascii_lowercase()
    };
    match ending(path).as_str() {
        "gz" | "zst" | "br" => ending(&path.with_extension("")),
        other => other.to_owned(),
    }
}
