//! A call and what OpenRouter delivered of it, where both are lines of one recording: which lines belong together.
//!
//! A recording holds them as they came, so they may be far apart and in either order. Only what `listen` wrote is
//! looked at: other files tell of a generation twice for reasons of their own.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use memchr::memmem;

use super::{FeedItem, feed_unit};
use crate::completion::generation_id;
use crate::completion::load::{self, Loaded};
use crate::completion::{Completion, Origin};
use crate::mapping;
use crate::source::SourceUnit;

/// How the parts of a recorded line begin: a call's, and a delivery's.
const CALL: &[u8] = b"\"captured\":{\"number\":";
const DELIVERY: &[u8] = b"\"delivery\":{";
/// Bytes of a line within which that stands, behind its name.
const HEAD: usize = 1024;
/// Bytes at either end of a file by which a recording is known.
const END: usize = 64 << 10;
/// Longest line that is paired, in bytes, since the second of a pair is held until its first is handed on.
const LONGEST: usize = 64 << 20;
/// Bytes of seconds that are held, at most.
const HELD: usize = 256 << 20;

/// Lines that belong together, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    firsts: HashMap<usize, Second>,
    seconds: HashMap<usize, usize>,
}

/// The second line of a pair.
#[derive(Debug)]
pub(crate) struct Second {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) origin: Origin,
}

impl Pairs {
    /// The pairs of a recording; none of anything else.
    pub(crate) fn of(unit: &SourceUnit) -> Self {
        let mut pairs = Self::default();
        let delivered = match unit {
            SourceUnit::File { path, .. } if is_recording(path).unwrap_or(false) => {
                deliveries(unit)
            }
            _ => return pairs,
        };
        if !delivered.is_empty() {
            pairs.gather(unit, &delivered);
        }
        pairs
    }

    /// What belongs to this line, if it is the first of a pair.
    pub(crate) fn take_second(&mut self, record: usize) -> Option<Second> {
        self.firsts.remove(&record)
    }

    /// Whether this line was handed on with the first of its pair.
    pub(crate) fn is_second(&self, record: usize) -> bool {
        let first = self.seconds.get(&record);
        first.is_some_and(|first| !self.firsts.contains_key(first))
    }

    fn gather(&mut self, unit: &SourceUnit, delivered: &HashMap<String, usize>) {
        let numbers: HashSet<usize> = delivered.values().copied().collect();
        // Of pairs whose second is still to come: its number, and the first's.
        let mut firsts: HashMap<usize, usize> = HashMap::new();
        let mut paired: HashSet<usize> = HashSet::new();
        let mut held = 0;
        each_line(unit, &mut |bytes, origin| {
            let record = origin.record;
            let first = match numbers.contains(&record) {
                // A delivery whose call was there before; else its call may come.
                true => firsts.remove(&record),
                false => {
                    let delivery = delivery_of(bytes, origin, delivered);
                    let delivery = delivery.filter(|delivery| paired.insert(*delivery));
                    if let Some(later) = delivery.filter(|delivery| *delivery > record) {
                        firsts.insert(later, record);
                    }
                    delivery.filter(|delivery| *delivery < record)
                }
            };
            if let Some(first) = first.filter(|_| held + bytes.len() <= HELD) {
                held += bytes.len();
                let second = Second {
                    bytes: bytes.into(),
                    origin: origin.clone(),
                };
                self.firsts.insert(first, second);
                self.seconds.insert(record, first);
            }
        });
    }
}

/// Whether a file has lines of ours at its beginning or its end.
fn is_recording(path: &Path) -> io::Result<bool> {
    // Reading anything but a regular file may take what is there only once.
    if !path.metadata()?.is_file() {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    let has_one = |file: &mut File| -> io::Result<bool> {
        let mut bytes = Vec::new();
        file.take(END as u64).read_to_end(&mut bytes)?;
        Ok([CALL, DELIVERY]
            .iter()
            .any(|mark| memmem::find(&bytes, mark).is_some()))
    };
    if has_one(&mut file)? {
        return Ok(true);
    }
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END as u64)))?;
    has_one(&mut file)
}

fn each_line(unit: &SourceUnit, each: &mut impl FnMut(&[u8], &Origin)) {
    let take = &mut |item: FeedItem<'_>| {
        if let FeedItem::Record { bytes, origin } = item
            && bytes.len() <= LONGEST
        {
            each(bytes, origin);
        }
        Ok::<(), Infallible>(())
    };
    let Ok(()) = feed_unit(unit, take);
}

fn has(line: &[u8], mark: &[u8]) -> bool {
    memmem::find(&line[..line.len().min(HEAD)], mark).is_some()
}

fn one(bytes: &[u8], origin: &Origin) -> Option<Completion> {
    let mut loaded = Loaded::default();
    load::load_slice(bytes, origin, &mut loaded);
    let one = loaded.completions.pop();
    one.filter(|_| loaded.completions.is_empty())
}

/// The lines that hold a delivery and nothing else, by its generation. One that came again stays by itself.
fn deliveries(unit: &SourceUnit) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    each_line(unit, &mut |bytes, origin| {
        let delivery = has(bytes, DELIVERY).then(|| one(bytes, origin)).flatten();
        let delivery = delivery.filter(mapping::is_delivery);
        if let Some(id) = delivery.and_then(|delivery| mapping::generation_id(&delivery)) {
            found.entry(id).or_insert(origin.record);
        }
    });
    found
}

/// The line of the delivery of the call that this line is, if it is one.
fn delivery_of(bytes: &[u8], origin: &Origin, delivered: &HashMap<String, usize>) -> Option<usize> {
    // Parsing every call would take long, and few may have been delivered.
    let may_be = has(bytes, CALL)
        && memmem::find_iter(bytes, generation_id::PREFIX.as_bytes()).any(|at| {
            let rest = &bytes[at..];
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let length = rest.iter().take_while(|byte| is_part(byte)).count();
            std::str::from_utf8(&rest[..length]).is_ok_and(|id| delivered.contains_key(id))
        });
    let call = may_be.then(|| one(bytes, origin)).flatten()?;
    delivered.get(&mapping::generation_id(&call)?).copied()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn call(id: &str) -> String {
        format!(
            r#"{{"name":"12:00:00 a/b","captured":{{"number":1,"method":"POST"}},"request":{{"model":"a/b","messages":[]}},"response":{{"id":"{id}","choices":[]}}}}"#
        )
    }

    fn delivery(id: &str) -> String {
        format!(
            r#"{{"name":"12:00:01 a/b","delivery":{{"name":"LLM Generation","spanId":"dddddddddddddddd","resource":{{"service.name":"openrouter"}},"spans":[],"attributes":{{"gen_ai.response.id":"{id}","gen_ai.request.model":"a/b"}}}}}}"#
        )
    }

    #[test]
    fn lines_about_one_generation_belong_together_in_either_order() {
        let lines = [
            call("gen-1"),
            delivery("gen-3"),
            delivery("gen-1"),
            // Nobody's call, and one that came again.
            delivery("gen-9"),
            delivery("gen-1"),
            call("gen-2"),
            call("gen-3"),
            // A call that speaks of another generation is not about it.
            call("gen-4").replace("\"messages\":[]", "\"messages\":[\"gen-9\"]"),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.ndjson");
        std::fs::write(&path, lines.join("\n")).unwrap();
        let (units, _) = crate::source::units(&[path]);
        let mut pairs = Pairs::of(&units[0]);
        assert!(!pairs.is_second(3), "its first is not handed on yet");
        let seconds: Vec<_> = (1..=lines.len())
            .filter_map(|record| Some((record, pairs.take_second(record)?)))
            .map(|(record, second)| (record, second.origin.record, second.bytes))
            .collect();
        let expected = [(1, 3), (2, 7)];
        let expected =
            expected.map(|(first, second)| (first, second, lines[second - 1].as_bytes().into()));
        assert_eq!(seconds, expected);
        let skipped: Vec<usize> = (1..=lines.len())
            .filter(|record| pairs.is_second(*record))
            .collect();
        assert_eq!(skipped, [3, 7]);
    }

    #[test]
    fn only_recordings_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traces.ndjson");
        std::fs::write(&path, "{\"a\":1}\n{\"b\":2}\n").unwrap();
        assert!(!is_recording(&path).unwrap());
        assert!(!is_recording(folder.path()).unwrap());
        let long = format!("{}\n{}\n", "x".repeat(3 * END), call("gen-1"));
        std::fs::write(&path, long).unwrap();
        assert!(is_recording(&path).unwrap());
    }
}
