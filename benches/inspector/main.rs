//! The inspector at work on large files: how fast one is indexed, when its first frame and its last record
//! are there, what memory that takes, and how long a key press takes to be seen.
//!
//! `cargo bench --bench inspector`; the program itself runs in a real terminal (a pty).
#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot write its own data should stop"
)]

mod keys;
mod program;
#[path = "../throughput/traffic.rs"]
mod traffic;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rainscope::feed::{self, FeedItem};

/// Sizes of the files, in millions of bytes.
const SIZES: [usize; 3] = [1, 16, 100];
/// About what a record of the traffic takes.
const RECORD: usize = 12_300;

fn main() {
    // `cargo test --benches` starts this without the argument, and wants to know only that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    println!(
        "{:<14} {:>8} {:>10} {:>9} {:>12} {:>13} {:>13} {:>13} {:>11} {:>12}",
        "file",
        "records",
        "indexed in",
        "MB/s",
        "first frame",
        "first record",
        "all records",
        "keys held up",
        "first byte",
        "peak memory"
    );
    for size in SIZES {
        let lines = traffic::lines((size * 1_000_000).div_ceil(RECORD));
        let file = folder.path().join(format!("{size}.jsonl"));
        std::fs::write(&file, &lines).unwrap();
        row(&file, lines.len(), "");
        // The same records as the items of an array, but for one so short that it is read as a whole.
        if size == SIZES[0] {
            continue;
        }
        let array = folder.path().join(format!("{size}.json"));
        let items = lines.trim_end().replace('\n', ",\n");
        std::fs::write(&array, format!("[\n{items}\n]\n")).unwrap();
        let bytes = lines.len();
        drop((lines, items));
        row(&array, bytes, " array");
    }
    println!();
    keys::run(&traffic::lines(14_000_000 / RECORD));
}

fn row(file: &Path, bytes: usize, form: &str) {
    let (records, time) = (0..5)
        .map(|_| index(file))
        .min_by_key(|(_, time)| *time)
        .unwrap();
    let opened = (0..5).map(|_| program::open(file, records));
    let opened = opened.min_by_key(|opened| opened.first_frame).unwrap();
    println!(
        "{:<14} {records:>8} {:>8.1}ms {:>9.0} {:>10.1}ms {:>11.1}ms {:>11.1}ms {:>11.1}ms {:>9.3}ms {:>12}",
        format!("{:.1} MB{form}", bytes as f64 / 1e6),
        millis(time),
        bytes as f64 / 1e6 / time.as_secs_f64(),
        millis(opened.first_frame),
        millis(opened.first_record),
        millis(opened.all_records),
        millis(opened.longest_held_up),
        millis(opened.first_byte),
        opened.peak.map_or("unknown".to_owned(), |bytes| format!(
            "{:.1} MB",
            bytes as f64 / 1e6
        )),
    );
}

/// Cuts a file into its records, as the inspector does before it parses any.
fn index(file: &Path) -> (usize, Duration) {
    let paths: [PathBuf; 1] = [file.to_owned()];
    let mut records = 0;
    let start = Instant::now();
    let done = feed::feed::<Infallible>(&paths, &mut |item| {
        if let FeedItem::Record { .. } = item {
            records += 1;
        }
        Ok(())
    });
    match done {
        Ok(()) => (records, start.elapsed()),
        Err(never) => match never {},
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
