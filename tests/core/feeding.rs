//! A stream gives what the whole file gives: the same completions with the same places, the same problems and
//! notes, however its bytes arrive.

use std::convert::Infallible;
use std::io::Read;
use std::path::{Path, PathBuf};

use rainscope::completion::Completion;
use rainscope::completion::load::{self, Loaded, Outcomes};
use rainscope::feed::{self, Item};

use super::common;

/// Hands out a few bytes at a time.
struct Pieces<'b> {
    rest: &'b [u8],
    most: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.most.min(buffer.len()).min(self.rest.len());
        let (now, rest) = self.rest.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.rest = rest;
        Ok(length)
    }
}

/// What came of a stream whose records were read one by one.
#[derive(Default)]
struct Fed {
    loaded: Loaded,
    outcomes: Outcomes,
}

impl Fed {
    fn take(&mut self, item: Item<'_>) -> Result<(), Infallible> {
        match item {
            Item::Record { bytes, origin } => {
                let mut loaded = Loaded::default();
                load::load_slice(bytes, origin, &mut loaded);
                self.outcomes.take(&mut loaded);
                self.loaded.extend(loaded);
            }
            Item::Loaded(mut loaded) => {
                self.outcomes.file_is(&mut loaded);
                self.loaded.extend(loaded);
            }
            Item::Begin(_) | Item::Pause => {}
        }
        Ok(())
    }

    fn end(mut self) -> Loaded {
        self.loaded.extend(self.outcomes.end());
        self.loaded
    }
}

fn in_pieces(name: &str, bytes: &[u8], most: usize) -> Loaded {
    let mut fed = Fed::default();
    let pieces = Pieces { rest: bytes, most };
    let Ok(()) = feed::feed_stream(name, pieces, &mut |item| fed.take(item));
    fed.end()
}

fn from_file(path: &Path) -> Loaded {
    let mut fed = Fed::default();
    let Ok(()) = feed::feed(&[path.to_owned()], &mut |item| fed.take(item));
    fed.end()
}

/// All that is to be the same. A stream that has shown one record numbers it, since others may follow.
fn shown(loaded: &Loaded, is_numbered: bool) -> Vec<String> {
    let completion = |completion: &Completion| {
        let origin = &completion.origin;
        let (name, record) = match is_numbered {
            true => (completion.name.as_str(), origin.record),
            false => ("", 0),
        };
        let map = completion.source_map();
        let text = completion.document().text();
        let place = (record, origin.offset, origin.position);
        format!("{name} {place:?} {} {text} {map:?}", completion.format)
    };
    let problem = |problem: &load::Problem| {
        let record = if is_numbered { problem.record } else { 0 };
        let place = (record, problem.offset, problem.position);
        format!("{:?} {place:?} {}", problem.trouble, problem.what)
    };
    let mut problems: Vec<String> = loaded.problems.iter().map(problem).collect();
    problems.sort();
    let mut notes: Vec<String> = loaded.notes.iter().map(problem).collect();
    notes.sort();
    let completions = loaded.completions.iter().map(completion);
    completions.chain(problems).chain(notes).collect()
}

fn check(name: &str, bytes: &[u8], pieces: &[usize]) {
    let whole = load::load(name, bytes);
    for most in pieces {
        let fed = in_pieces(name, bytes, *most);
        assert_eq!(shown(&fed, false), shown(&whole, false), "{name} by {most}");
    }
}

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let kinds = entries(&folder).into_iter();
    kinds.flat_map(|kind| entries(&kind)).collect()
}

#[test]
fn every_input_and_every_sample_gives_the_same_as_a_stream() {
    let mut files = inputs();
    files.extend(
        common::fixtures()
            .into_iter()
            .map(|(name, _)| common::folder().join(name)),
    );
    for file in files {
        let name = file.display().to_string();
        let bytes = std::fs::read(&file).unwrap();
        if bytes.starts_with(b"SQLite format 3") {
            // From a file it is read at the edge, row by row.
            continue;
        }
        let whole = load::load(&name, &bytes);
        assert_eq!(
            shown(&from_file(&file), true),
            shown(&whole, true),
            "{name}"
        );
        if is_packed(&name) {
            continue;
        }
        // A session tells itself by its first lines together.
        // Spans of one trace that stand in several lines find each other in a file, not in a stream.
        if name.ends_with("split-over-lines.jsonl") {
            continue;
        }
        let pieces: &[usize] = match name.contains("claude-code") {
            true => &[1 << 20],
            false => &[1 << 20, 1000, 61],
        };
        check(&name, &bytes, pieces);
    }
}

/// A compressed stream is unpacked before it is looked at: what its name says of it is left over.
fn is_packed(name: &str) -> bool {
    [".gz", ".zst", ".br"].iter().any(|end| name.ends_with(end))
}

#[test]
fn compressed_records_give_the_same_as_their_file() {
    for file in inputs() {
        let name = file.display().to_string();
        // Brotli is told by a file's name alone.
        if is_packed(&name) && !name.ends_with(".br") {
            let bytes = std::fs::read(&file).unwrap();
            let whole = load::load(&name, &bytes);
            let fed = in_pieces("t", &bytes, 50);
            assert_eq!(fed.completions.len(), whole.completions.len(), "{name}");
        }
    }
}
