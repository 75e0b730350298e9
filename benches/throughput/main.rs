//! How fast records go through, beside how fast they can be read at all.
//!
//! `cargo bench --bench throughput` prints the table (`-- map` one row of it); `-- --write FILE` writes the records to a file, so that
//! other programs can be given the same ones.
#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot write its own data should stop"
)]

mod leaking;
mod traffic;

use std::convert::Infallible;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cpu_time::ThreadTime;
use rainscope::completion::Edits;
use rainscope::completion::load::{self, Loaded};
use rainscope::event::privacy::{self, Privacy};
use rainscope::event::wire;
use rainscope::feed::{self, FeedItem};
use rainscope::json::{Document, Limits};
use rainscope::mapping::{self, Context, Mapped};

const RECORDS: usize = 6000;
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let lines = traffic::lines(RECORDS);
    if let Some(at) = arguments.iter().position(|argument| argument == "--write") {
        std::fs::write(&arguments[at + 1], &lines).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traffic.jsonl");
    std::fs::write(&file, &lines).unwrap();
    let size = lines.len();
    drop(lines);
    let paths = [file];
    println!(
        "{RECORDS} records, {:.1} MB, the best of {ROUNDS} rounds\n",
        size as f64 / 1e6
    );
    println!(
        "{:<20} {:>9} {:>11} {:>10} {:>14}",
        "", "time", "MB/s", "events/s", "of reading"
    );
    let context = Context::at(0);
    let edits = Edits::none();
    let event = |mapped: &Mapped, mode, out: &mut String| {
        if let Some(event) = mapped.event() {
            wire::write_event(privacy::apply(event, mode), out);
        }
    };
    let only = arguments.get(1).filter(|name| !name.starts_with('-'));
    let mut reading = None;
    let mut row = |name: &str, work: &mut dyn FnMut(&[u8], &mut String)| {
        if only.is_some_and(|only| only != name && name != "read only") {
            return;
        }
        let time = (0..ROUNDS).map(|_| measure(&paths, work)).min().unwrap();
        let seconds = time.as_secs_f64();
        let base = *reading.get_or_insert(seconds);
        println!(
            "{name:<20} {:>7.1}ms {:>11.0} {:>10.0} {:>13.2}x",
            seconds * 1e3,
            size as f64 / 1e6 / seconds,
            RECORDS as f64 / seconds,
            seconds / base
        );
    };
    row("read only", &mut |bytes, _| {
        black_box(bytes);
    });
    row("parse only", &mut |bytes, _| {
        let text = std::str::from_utf8(bytes).unwrap();
        black_box(Document::parse(Arc::from(text), Limits::default()).unwrap());
    });
    row("load", &mut |bytes, _| {
        black_box(loaded(bytes));
    });
    row("map", &mut |bytes, out| {
        for completion in &loaded(bytes).completions {
            event(
                &mapping::map(completion, &edits, &context),
                Privacy::Off,
                out,
            );
        }
    });
    row("map with privacy", &mut |bytes, out| {
        for completion in &loaded(bytes).completions {
            event(
                &mapping::map(completion, &edits, &context),
                Privacy::On,
                out,
            );
        }
    });
    row("check", &mut |bytes, _| {
        for completion in &loaded(bytes).completions {
            black_box(mapping::inspect(completion, &edits, &context));
        }
    });
    if only.is_none_or(|only| only == "check") {
        println!("\nprocessor time of `check`, of that of `map`");
        let leaking_file = folder.path().join("leaking.jsonl");
        std::fs::write(&leaking_file, leaking::lines(RECORDS)).unwrap();
        let [plain] = &paths;
        for (name, file) in [("traffic", plain), ("each record leaks", &leaking_file)] {
            let file = std::slice::from_ref(file);
            let best = |work: &mut dyn FnMut(&[u8], &mut String)| {
                let times = (0..ROUNDS).map(|_| measure(file, work));
                times.min().unwrap().as_secs_f64()
            };
            let map = best(&mut |bytes, out| {
                for completion in &loaded(bytes).completions {
                    event(
                        &mapping::map(completion, &edits, &context),
                        Privacy::Off,
                        out,
                    );
                }
            });
            let check = best(&mut |bytes, _| {
                for completion in &loaded(bytes).completions {
                    black_box(mapping::inspect(completion, &edits, &context));
                }
            });
            println!("{name:<20} {:>9.2}x", check / map);
        }
    }
}

fn loaded(bytes: &[u8]) -> Loaded {
    let mut records = load::LineRecords::of("traffic.jsonl");
    let mut loaded = Loaded::default();
    load::load_slice(bytes, records.take(bytes, true), &mut loaded);
    assert_eq!(loaded.problems, []);
    loaded
}

/// One pass over the file, in this thread's time on a processor, whatever else the machine is doing.
fn measure(paths: &[PathBuf], work: &mut dyn FnMut(&[u8], &mut String)) -> Duration {
    let mut out = String::new();
    let start = ThreadTime::now();
    let done = feed::feed::<Infallible>(paths, &mut |item| {
        if let FeedItem::Record { bytes, .. } = item {
            work(bytes, &mut out);
        }
        if out.len() > 1 << 16 {
            black_box(&out);
            out.clear();
        }
        Ok(())
    });
    match done {
        Ok(()) => start.elapsed(),
        Err(never) => match never {},
    }
}
