//! The fuzz targets' bodies over the committed corpus, each text whole, cut and changed: the same cases on
//! every run. The endless search for new ones is in `fuzz/`.
use crate::bodies;

use std::path::Path;

/// How often a text is cut short, and how often it is changed, at most and at least.
const MOST_ROUNDS: usize = 40;
const LEAST_ROUNDS: usize = 4;
/// Bytes that are read of a text and all that is made of it: long ones are changed less often.
const BYTES: usize = 30_000;

fn run(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 4, "{target}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        body(&bytes);
        // What the search found is changed enough.
        if name(&file).starts_with("found-") {
            continue;
        }
        let mut dice = Dice(bytes.len() as u64);
        let rounds = (BYTES / bytes.len().max(1)).clamp(LEAST_ROUNDS, MOST_ROUNDS);
        for round in 0..rounds {
            body(&bytes[..bytes.len() * round / rounds]);
            body(&changed(&bytes, &mut dice));
        }
    }
}

fn name(file: &Path) -> &str {
    file.file_name().unwrap().to_str().unwrap()
}

/// One to four changes: a byte set, put in or taken out, a piece left out, a piece said twice.
fn changed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    const TELLING: &[u8] = b"{}[]\",:\\ \n\r0-e\0\xff\xc3u";
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len().max(1));
        let end = (at + 1 + dice.below(40)).min(bytes.len());
        let byte = TELLING[dice.below(TELLING.len())];
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] = byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 if at < end => drop(bytes.drain(at..end)),
            3 if at < end => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.insert(at.min(bytes.len()), byte),
        }
    }
    bytes
}

/// Numbers that look random and are the same on every run (an LCG's upper half).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        const BY: u64 = 6_364_136_223_846_793_005;
        self.0 = self
            .0
            .wrapping_mul(BY)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

#[test]
fn load() {
    run("load", bodies::load_any);
}

#[test]
fn sse() {
    run("sse", bodies::sse);
}

#[test]
fn pair() {
    run("pair", bodies::pair);
}

#[test]
fn delivery() {
    run("delivery", bodies::delivery);
}

#[test]
fn har() {
    run("har", bodies::har);
}

#[test]
fn document() {
    run("document", bodies::document);
}

#[test]
fn exchange() {
    run("exchange", bodies::exchange);
}

#[test]
fn cassette() {
    run("cassette", bodies::cassette);
}

#[test]
fn http_text() {
    run("http_text", bodies::http_text);
}

#[test]
fn packed() {
    run("packed", bodies::packed);
}

#[test]
fn broadcast() {
    run("broadcast", bodies::broadcast);
}

#[test]
fn payloads() {
    run("payloads", bodies::payloads);
}

#[test]
fn activity() {
    run("activity", bodies::activity);
}

#[test]
fn transcript() {
    run("transcript", bodies::transcript);
}

#[test]
fn outputs() {
    run("outputs", bodies::outputs);
}

#[test]
fn markdown() {
    run("markdown", bodies::markdown);
}

#[test]
fn log() {
    run("log", bodies::log);
}

#[test]
fn gateway() {
    run("gateway", bodies::gateway);
}

#[test]
fn stream() {
    run("stream", bodies::stream);
}
