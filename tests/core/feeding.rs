//! A stream gives what the whole file gives: the same completions with the same places, the same problems and
//! notes, however its bytes arrive.

use std::convert::Infallible;
use std::io::Read;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rainscope::completion::Completion;
use rainscope::completion::load::{self, Loaded, RecordOutcomes, Sniff};
use rainscope::feed::{self, FeedItem};
use rainscope::json::Limits;

use super::common;

/// Hands out pieces of these sizes, over and over.
struct Pieces<'b> {
    rest: &'b [u8],
    sizes: std::iter::Cycle<std::slice::Iter<'b, usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes.next().copied().unwrap_or(usize::MAX);
        let length = size.min(buffer.len()).min(self.rest.len());
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
    outcomes: RecordOutcomes,
}

impl Fed {
    fn take(&mut self, item: FeedItem<'_>) -> Result<(), Infallible> {
        match item {
            FeedItem::Record { bytes, origin } => {
                let mut loaded = Loaded::default();
                load::load_slice(bytes, origin, &mut loaded);
                self.outcomes.take(&mut loaded);
                self.loaded.extend(loaded);
            }
            FeedItem::Loaded(mut loaded) => {
                self.outcomes.file_is(&mut loaded);
                self.loaded.extend(loaded);
            }
            FeedItem::Begin(_) | FeedItem::Pause => {}
        }
        Ok(())
    }

    fn end(mut self) -> Loaded {
        self.loaded.extend(self.outcomes.end());
        self.loaded
    }
}

fn in_pieces(name: &str, bytes: &[u8], sizes: &[usize]) -> Loaded {
    let mut fed = Fed::default();
    let pieces = Pieces {
        rest: bytes,
        sizes: sizes.iter().cycle(),
    };
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
        format!("{:?} {place:?} {}", problem.kind, problem.what)
    };
    let mut problems: Vec<String> = loaded.problems.iter().map(problem).collect();
    problems.sort();
    let mut notes: Vec<String> = loaded.notes.iter().map(problem).collect();
    notes.sort();
    let completions = loaded.completions.iter().map(completion);
    completions.chain(problems).chain(notes).collect()
}

fn check(name: &str, bytes: &[u8], pieces: &[&[usize]]) {
    let whole = load::load(name, bytes);
    for sizes in pieces {
        let fed = in_pieces(name, bytes, sizes);
        assert_eq!(
            shown(&fed, false),
            shown(&whole, false),
            "{name} by {sizes:?}"
        );
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
        if !is_traced_over_lines(&name) {
            check(&name, &bytes, &[&[1 << 20], &[1000], &[61]]);
        }
    }
}

/// Spans of one trace that stand in several lines find each other in a file. A stream may go on for ever, and
/// each is told when it comes.
fn is_traced_over_lines(name: &str) -> bool {
    name.ends_with("split-over-lines.jsonl")
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
            let fed = in_pieces("t", &bytes, &[50]);
            assert_eq!(fed.completions.len(), whole.completions.len(), "{name}");
        }
    }
}

/// What once came out differently in pieces, cut to size.
#[test]
fn texts_that_pieces_could_mislead() {
    let response = r#"{"id":"gen-1","choices":[]}"#;
    let long = format!(
        "{{\"id\":\"gen-1\",\"choices\":[],\"x\":\"{}\"}}",
        "x".repeat(60)
    );
    let session =
        r#"{"type":"user","sessionId":"s","uuid":"u","message":{"role":"user","content":"hi"}}"#;
    let mut csv =
        b"generation_id,created_at\ngen-1,2026-05-04\ngen-\xff,x\n\"gen\n\xff\",x\ngen-2,y\n"
            .to_vec();
    let broken_rows = csv.clone();
    csv.extend([b"gen-3,", &[0_u8; 90][..], b"\n"].concat());
    let texts: Vec<(&str, Vec<u8>)> = vec![
        // A record that a separator ends was broken off before that; nothing else follows.
        (
            "t.json",
            format!("{{\"id\":\n{response}\n[{{}}]\n\u{1e}").into(),
        ),
        // What is left open behind a comma ends with it, and not with what parts records.
        ("t.log", b"{\"a\":[{},\n\x1e".to_vec()),
        // How far the first line is indented tells where the next record begins.
        (
            "t.json",
            format!("{response}\n  {{\"id\":\n  {response}\n{response}").into(),
        ),
        (
            "t.json",
            format!("  {{\"id\":\n  {response}\n  {response}\n").into(),
        ),
        // Behind a document the line may go on.
        (
            "t.json",
            format!("so:\n{long} ```json\n{response}\n```\n").into(),
        ),
        // A logger's bracket is no array, whatever of it has come.
        ("t.log", format!("[\nINFO] up\n{long}\n").into()),
        (
            "t.log",
            format!("[web] {{\"a\":\n[pod/a/b] {{\n[pod/a/b] \"id\": 1}}\n{long}\n").into(),
        ),
        // What stands before a session's first message is no record.
        (
            "t.jsonl",
            format!("{{\"type\":\"summary\",\"leafUuid\":\"u\"}}\n{session}\n").into(),
        ),
        // What looks like a record's end does not end a tape whose signs are still to come.
        (
            "t.json5",
            "{\n  meta:eq: {\n    a: 1,\n  },\n  b: {},\n} {\n  req: {\n  },\n  res: {\n  },\n}\n"
                .into(),
        ),
        // Whether bytes are binary does not depend on a byte-order mark before them.
        (
            "t.json",
            [
                "\u{feff}]'''''''''''''\n\n\n\n\n''''''\u{2}\n\n\n".as_bytes(),
                b"\xff\xff\xff\xff\0mes\"e",
            ]
            .concat(),
        ),
        // A byte-order mark behind a blank.
        (
            "t.csv",
            " \u{feff}generation_id,created_at\ngen-1,2026-05-04\n".into(),
        ),
        // Rows that are no text hide no others.
        ("t.csv", broken_rows),
        ("t.csv", csv),
        (
            "t.csv",
            [&b"generation_id,created_at\n"[..], &[0; 2000], b"\n"].concat(),
        ),
    ];
    for (name, text) in &texts {
        check(name, text, &[&[1], &[7], &[40], &[1 << 20]]);
    }
}

/// Pieces of text that files are made of.
fn fragment() -> impl Strategy<Value = String> {
    let response = r#"{"id":"gen-1","choices":[],"x":"}{\"\\"}"#;
    let chunk = r#"{"id":"gen-1","choices":[{"delta":{"content":"a"}}]}"#;
    let pretty = "{\n  \"id\": \"gen-2\",\n  \"choices\": [\n  ]\n}";
    prop::sample::select(vec![
        response.to_owned(),
        pretty.to_owned(),
        chunk.to_owned(),
        format!("[{response},{pretty}]"),
        format!("[INFO] {response}"),
        format!("web-1  | {response}"),
        format!("{{\"log\":{}}}", rainscope::json::quote(response)),
        format!("data: {chunk}\n\ndata: [DONE]"),
        format!("```json\n{pretty}\n```"),
        "{\"id\":".to_owned(),
        "{\"a\":[{},".to_owned(),
        "{\"a\":\"x".to_owned(),
        "{\"level\":30}".to_owned(),
        "words".to_owned(),
        "]}".to_owned(),
        String::new(),
    ])
}

fn separator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "\n", "\r\n", "\n\n", " ", "", ",\n", "\n\u{1e}", "\n  ",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_gives_the_same_as_a_stream(
        parts in prop::collection::vec((fragment(), separator()), 0..9),
        name in prop::sample::select(vec!["t.json", "t.ndjson", "t.log"]),
        most in 1_usize..40,
    ) {
        let text: String = parts.into_iter().flat_map(|(part, between)| [part, between.to_owned()]).collect();
        check(name, text.as_bytes(), &[&[most], &[1 << 20]]);
    }

    #[test]
    fn any_file_that_was_changed_gives_the_same_as_a_stream(
        name in prop::sample::select(texts()),
        changes in prop::collection::vec(change(), 0..6),
        sizes in prop::collection::vec(1_usize..3000, 1..5),
    ) {
        let mut bytes = std::fs::read(&name).unwrap();
        for change in changes {
            change.make(&mut bytes);
        }
        check(&name, &bytes, &[&sizes]);
    }
}

/// The inputs and the samples that are text.
fn texts() -> Vec<String> {
    let samples = common::fixtures().into_iter();
    let samples = samples.map(|(name, _)| common::folder().join(name));
    let all = inputs().into_iter().chain(samples);
    let is_text = |name: &String| {
        let is_other = name.ends_with(".expected.json") || name.ends_with(".db");
        !(is_other || is_packed(name) || is_traced_over_lines(name))
    };
    all.map(|path| path.display().to_string())
        .filter(is_text)
        .collect()
}

/// Something that happens to a file.
#[derive(Debug, Clone)]
enum Change {
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    /// It is cut off.
    Cut(prop::sample::Index),
    /// Lines of it stand once more elsewhere.
    Repeat(prop::sample::Index, usize, prop::sample::Index),
}

impl Change {
    fn make(self, bytes: &mut Vec<u8>) {
        let ends = bytes.len() + 1;
        match self {
            Change::Insert(at, new) => {
                let at = at.index(ends);
                bytes.splice(at..at, new);
            }
            Change::Remove(at, length) => {
                let at = at.index(ends);
                let end = (at + length).min(bytes.len());
                bytes.drain(at..end);
            }
            Change::Cut(at) => bytes.truncate(at.index(ends)),
            Change::Repeat(from, length, to) => {
                let from = from.index(ends);
                let piece = bytes[from..(from + length).min(bytes.len())].to_vec();
                let to = to.index(ends);
                bytes.splice(to..to, piece);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let telling: Vec<&[u8]> = vec![
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\x1e",
        b"\0",
        b"\0\0\0\0\0\0",
        b"\xff",
        b"\xc3",
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b" ",
        b"\t",
        b"```\n",
        b"data: ",
        b"{}\n",
        b"[INFO] ",
        b"\xef\xbb\xbf",
    ];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), prop::sample::select(telling))
            .prop_map(|(at, new)| Change::Insert(at, new.to_vec())),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, new)| Change::Insert(at, new)),
        3 => (index(), 1_usize..40).prop_map(|(at, length)| Change::Remove(at, length)),
        1 => index().prop_map(Change::Cut),
        2 => (index(), 1_usize..400, index())
            .prop_map(|(from, length, to)| Change::Repeat(from, length, to)),
    ]
}

/// Once a line is too long for a record it is passed over, and not kept until it ends, if it ever does. Of a recording
/// the entries are the records.
#[test]
fn a_line_that_is_too_long_is_not_kept() {
    let most = Limits::default().bytes;
    let check = |begins: &str, is_kept: bool| {
        let mut head = begins.as_bytes().to_vec();
        head.resize(most + 2, b'x');
        let sniffed = load::sniff(&head, false, "-");
        let is_cut = matches!(sniffed, Sniff::Records(_));
        assert_eq!(is_cut, !is_kept, "{begins}");
    };
    check("", false);
    check("{\"a\":\"", false);
    check("{\"log\":{\"entries\":[{\"x\":\"", true);
}
