//! What OpenRouter delivered, gathered from files before they are read for good: an exchange may stand
//! before the delivery of the same generation, or in another file.
//!
//! Most files hold no delivery, and a look for the words that every one has in it is enough to know. Standard
//! input can be read only once, so its beginning is kept for when its turn comes.

use std::cell::Cell;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{FeedItem, MOST_AHEAD, ReadAhead, feed_stream, feed_unit};
use crate::completion::load::{self, Loaded, Signs};
use crate::completion::{Completion, Edits};
use crate::mapping::{self, Context, Deliveries};
use crate::source::{self, SourceUnit};

/// Words one of which stands in each delivery: OTLP's, a trace file's, Langfuse's.
const WORDS: [&str; 5] = [
    "\"resourceSpans\"",
    "\"resource_spans\"",
    "\"observations\"",
    "\"GENERATION\"",
    "\"gen_ai.",
];
/// The longest of them, less one: what a word may have in the piece before.
const OVERLAP: usize = 15;
/// How much of a file is looked at at once.
const PIECE: usize = 1 << 18;

/// Gathers the deliveries that stand by themselves in the files that the paths stand for, and in standard input
/// if they name it: that is read to its end, or as far as it is kept. What cannot be read is passed over: it is said
/// when all is read for good.
pub(crate) fn gather(paths: &[PathBuf], context: &Context) -> (Deliveries, ReadAhead) {
    gather_unless(paths, &|_| false, context)
}

/// The same of what is not passed over.
pub(crate) fn gather_unless(
    paths: &[PathBuf],
    pass_over: &dyn Fn(&SourceUnit) -> bool,
    context: &Context,
) -> (Deliveries, ReadAhead) {
    let mut ahead = ReadAhead::default();
    if paths.iter().any(|path| path.as_os_str() == "-") {
        ahead = read_ahead(io::stdin().lock(), MOST_AHEAD);
    }
    let deliveries = look_through(paths, pass_over, &ahead, context, &mut |_| {});
    (deliveries, ahead)
}

/// The same of files alone.
pub(crate) fn gather_from_files(paths: &[PathBuf], context: &Context) -> Deliveries {
    gather_from_changed(paths, &|_| false, &mut |_| {}, context)
}

/// The same of what is not passed over; hands on each unit that holds no delivery, which can be passed over until it
/// changes.
pub(crate) fn gather_from_changed(
    paths: &[PathBuf],
    pass_over: &dyn Fn(&SourceUnit) -> bool,
    without: &mut dyn FnMut(&SourceUnit),
    context: &Context,
) -> Deliveries {
    look_through(paths, pass_over, &ReadAhead::default(), context, without)
}

fn look_through(
    paths: &[PathBuf],
    pass_over: &dyn Fn(&SourceUnit) -> bool,
    ahead: &ReadAhead,
    context: &Context,
    without: &mut dyn FnMut(&SourceUnit),
) -> Deliveries {
    let mut deliveries = Deliveries::default();
    let holds_one = Cell::new(false);
    let mut add = |completion: &Completion| {
        if completion.delivery().is_some() {
            holds_one.set(true);
            let mapped = mapping::map(completion, &Edits::none(), context);
            deliveries.add(completion, &mapped);
        }
    };
    let (units, _) = source::units(paths);
    for unit in units.iter().filter(|unit| !pass_over(unit)) {
        holds_one.set(false);
        let mut take = |item: FeedItem<'_>| {
            match item {
                FeedItem::Record { bytes, origin, .. } => {
                    if has_word(bytes) {
                        let mut loaded = Loaded::default();
                        load::load_slice(bytes, origin, &mut loaded);
                        loaded.completions.iter().for_each(&mut add);
                    }
                }
                FeedItem::Loaded(loaded) => loaded.completions.iter().for_each(&mut add),
                FeedItem::Begin(_) | FeedItem::Pause => {}
            }
            Ok::<(), Infallible>(())
        };
        let Ok(()) = match unit {
            SourceUnit::File { path, .. } if may_hold_one(path) => feed_unit(unit, &mut take),
            SourceUnit::Stdin if may_have_to_be_read(&ahead.bytes) => {
                feed_stream("<stdin>", ahead.bytes.as_slice(), &mut take)
            }
            SourceUnit::File { .. }
            | SourceUnit::Pair { .. }
            | SourceUnit::Generation(_)
            // Everything in a bucket would be carried here twice.
            | SourceUnit::Objects(_)
            | SourceUnit::Object { .. }
            | SourceUnit::Stdin => Ok(()),
        };
        if !holds_one.get() {
            without(unit);
        }
    }
    deliveries
}

/// Reads at most so much. What goes wrong is said when the rest is read.
fn read_ahead(input: impl Read, most: usize) -> ReadAhead {
    let mut bytes = Vec::new();
    let _ = input.take(most as u64).read_to_end(&mut bytes);
    ReadAhead {
        goes_on: bytes.len() == most,
        bytes,
    }
}

fn may_have_to_be_read(bytes: &[u8]) -> bool {
    has_word(bytes) || load::has_to_be_unpacked(bytes)
}

fn has_word(bytes: &[u8]) -> bool {
    static SIGNS: Signs<5> = Signs::of(WORDS);
    SIGNS.any_in(bytes)
}

/// Whether a file may hold a delivery: a word of one stands in it, or it has to be unpacked to know.
fn may_hold_one(path: &Path) -> bool {
    // Reading anything but a regular file may take what is there only once.
    let Some(mut file) = File::open(path)
        .ok()
        .filter(|file| file.metadata().is_ok_and(|data| data.is_file()))
    else {
        return false;
    };
    let mut buffer = vec![0; PIECE];
    let mut kept = 0;
    let mut is_beginning = true;
    loop {
        let read = match file.read(&mut buffer[kept..]) {
            Ok(0) | Err(_) => return false,
            Ok(read) => kept + read,
        };
        let has_one = match is_beginning {
            true => may_have_to_be_read(&buffer[..read]),
            false => has_word(&buffer[..read]),
        };
        if has_one {
            return true;
        }
        is_beginning = false;
        kept = read.min(OVERLAP);
        buffer.copy_within(read - kept..read, 0);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn standard_input_is_kept_as_far_as_may_be() {
        let check = |most: usize, bytes: &[u8], goes_on: bool| {
            let ahead = read_ahead(&b"abcdef"[..], most);
            assert_eq!((ahead.bytes.as_slice(), ahead.goes_on), (bytes, goes_on));
            assert_eq!(ahead.remark().is_some(), goes_on);
        };
        check(4, b"abcd", true);
        check(7, b"abcdef", false);
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for before in [0, PIECE - 20, PIECE - 8, PIECE, 3 * PIECE + 5] {
            let text = format!("{}\"resource_spans\" and more", " ".repeat(before));
            std::fs::write(&path, &text).unwrap();
            assert!(may_hold_one(&path), "{before}");
            std::fs::write(&path, text.replace('_', "-")).unwrap();
            assert!(!may_hold_one(&path), "{before}");
        }
        assert!(WORDS.iter().all(|word| word.len() <= OVERLAP + 1));
    }
}
