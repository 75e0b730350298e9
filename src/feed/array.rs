//! The items of a long array, one after the other, as its bytes come: nobody has to hold it as a whole.

use std::ops::Range;

use super::{FeedItem, Source, failed, too_long};
use crate::completion::Origin;
use crate::completion::load::{
    self, ArrayCutter, ArrayItem, ArrayStep, Framer, LineRecords, Loaded, Problem, ProblemKind,
};
use crate::json::{Limits, Position};

/// The longest array that is read as a whole, in bytes. Chosen: of a shorter one it is known before anything is listed what
/// holds no completion, and reading it takes no time that anybody notices.
pub(super) const WHOLE: usize = 4 << 20;

/// Where the array stands in the buffer, and what was read of it.
struct Reading {
    cutter: ArrayCutter,
    records: LineRecords,
    /// The array's first byte that is still there.
    base: usize,
    /// The byte that the records' place is told of.
    at: usize,
    /// Where the last item stands in the bytes that are there.
    last: Option<Range<usize>>,
    /// The item that is too long to be kept.
    too_long: Option<Origin>,
}

impl Source<'_> {
    /// Whether the array at `start` goes on for long and has several items. Reads on until that shows.
    pub(super) fn is_long_array(&mut self, start: usize) -> bool {
        let mut cutter = ArrayCutter::default();
        let mut items = 0;
        loop {
            match cutter.next(&self.buffer[start..self.filled], self.is_all) {
                ArrayStep::Item(_) => items += 1,
                ArrayStep::End(_) => return items > 1 && self.filled > self.whole_array,
                ArrayStep::More if items > 1 && self.filled > self.whole_array => return true,
                ArrayStep::More if self.filled > Limits::default().bytes => return true,
                ArrayStep::More => self.fill(),
            }
        }
    }

    /// Hands on the items of the array at `start`, and the records behind it.
    pub(super) fn array<E>(
        mut self,
        start: usize,
        each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.tell_kind(each)?;
        let mut records = LineRecords::of(&self.name);
        records.skip(&self.buffer[..start]);
        let opened = records.place().position;
        let mut reading = Reading {
            cutter: ArrayCutter::default(),
            records,
            base: start,
            at: start,
            last: None,
            too_long: None,
        };
        let end = loop {
            let bytes = &self.buffer[reading.base..self.filled];
            match reading.cutter.next(bytes, self.is_all) {
                ArrayStep::Item(item) => reading.item(bytes, item, each)?,
                ArrayStep::End(end) => break end,
                ArrayStep::More => {
                    self.drop_read(&mut reading);
                    each(FeedItem::Pause)?;
                    self.fill();
                }
            }
        };
        match end {
            Some(end) => {
                let end = reading.base + end;
                reading.records.skip(&self.buffer[reading.at..end]);
                self.records_from(end, reading.records, Framer::default(), each)
            }
            None => {
                let rest = &self.buffer[reading.base..self.filled];
                if let Some(problem) = reading
                    .cut_off(rest, opened)
                    .filter(|_| self.failure.is_none())
                {
                    each(FeedItem::Loaded(failed(problem)))?;
                }
                self.end(each)
            }
        }
    }

    /// Makes room for more of the array. Of an item that is too long to be kept, only the length is.
    fn drop_read(&mut self, reading: &mut Reading) {
        let mut gone = reading.base + reading.cutter.forget();
        if self.filled - gone > Limits::default().bytes {
            let bytes = &self.buffer[gone..self.filled];
            if let Some((start, passed)) = reading.cutter.pass(bytes) {
                reading.begin_too_long(&self.buffer, gone + start);
                gone += passed;
                reading.last = None;
            }
        }
        if reading.at < gone {
            reading.records.skip(&self.buffer[reading.at..gone]);
            reading.at = gone;
        }
        self.buffer.copy_within(gone..self.filled, 0);
        self.filled -= gone;
        reading.at -= gone;
        if let Some(last) = &mut reading.last {
            let gone = gone - reading.base;
            *last = last.start - gone..last.end - gone;
        }
        reading.base = 0;
    }
}

impl Reading {
    /// Takes an item, which stands in `bytes`, the array as far as it is there.
    fn item<E>(
        &mut self,
        bytes: &[u8],
        item: ArrayItem,
        each: &mut impl FnMut(FeedItem<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let at = self.at - self.base;
        self.at = self.base + item.range.end;
        if let Some(origin) = self.too_long.take() {
            self.records.skip(&bytes[at..item.range.end]);
            let problem = too_long(&origin, item.passed + item.range.len());
            return each(FeedItem::Loaded(failed(problem)));
        }
        let record = &bytes[item.range.clone()];
        self.records.skip(&bytes[at..item.range.start]);
        let origin = self.records.take(record, false);
        if let Some(problem) = item.problem(bytes, origin) {
            each(FeedItem::Loaded(failed(problem)))?;
        }
        if item.is_end(bytes) {
            return Ok(());
        }
        self.last = Some(item.range);
        each(FeedItem::Record {
            bytes: record,
            origin,
        })
    }

    /// Notes where the item begins that is too long, at a byte of the buffer.
    fn begin_too_long(&mut self, buffer: &[u8], start: usize) {
        if self.too_long.is_none() {
            self.records.skip(&buffer[self.at..start]);
            self.at = start;
            self.too_long = Some(self.records.take(&[], false).clone());
        }
    }

    /// What to say where the file ends inside the array, unless its last item is broken and says so.
    fn cut_off(&mut self, bytes: &[u8], opened: Position) -> Option<Problem> {
        let mut said = Loaded::default();
        if let Some(last) = &self.last {
            load::load_slice(&bytes[last.clone()], self.records.origin(), &mut said);
        }
        let is_broken = |problem: &Problem| problem.kind == ProblemKind::Malformed;
        if said.problems.iter().any(is_broken) {
            return None;
        }
        self.records.skip(&bytes[self.at - self.base..]);
        let place = self.records.place();
        Some(Problem {
            offset: place.offset,
            position: Some(place.position),
            record: 0,
            ..Problem::malformed(self.records.origin(), load::cut_off(opened))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::feed::SourceUnit;

    /// What a reader of the whole finds, and what comes of it in pieces: the same, in the same places.
    fn told(loaded: &Loaded) -> Vec<String> {
        let completions = loaded.completions.iter().map(|one| {
            let place = (one.origin.offset, one.origin.position, one.origin.record);
            format!("{place:?} {} {}", one.name, one.document().text())
        });
        let said = loaded.problems.iter().chain(&loaded.notes);
        let mut told: Vec<String> = completions.chain(said.map(ToString::to_string)).collect();
        told.sort();
        told
    }

    fn in_pieces(text: &[u8], size: usize) -> (Loaded, usize) {
        struct Pieces<'t>(&'t [u8], usize);
        impl std::io::Read for Pieces<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let length = self.1.min(self.0.len()).min(buffer.len());
                let (piece, rest) = self.0.split_at(length);
                buffer[..length].copy_from_slice(piece);
                self.0 = rest;
                Ok(length)
            }
        }
        let mut source = Source::new("a.json", true, Pieces(text, size), false);
        source.whole_array = 0;
        let (mut all, mut records) = (Loaded::default(), 0);
        let mut outcomes = load::RecordOutcomes::default();
        let Ok(()) = source.run(&SourceUnit::Stdin, &mut |item| {
            match item {
                FeedItem::Record { bytes, origin } => {
                    records += 1;
                    let mut loaded = Loaded::default();
                    load::load_slice(bytes, origin, &mut loaded);
                    outcomes.take(&mut loaded);
                    all.extend(loaded);
                }
                FeedItem::Loaded(mut loaded) => {
                    outcomes.take(&mut loaded);
                    all.extend(loaded);
                }
                FeedItem::Begin(_) | FeedItem::Pause => {}
            }
            Ok::<(), Infallible>(())
        });
        all.extend(outcomes.end());
        (all, records)
    }

    const ONE: &str = r#"{"id":"gen-1","choices":[{"message":{"content":"One, \"two\"] [3"}}]}"#;
    const CHUNK: &str =
        r#"{"id":"gen-2","object":"chat.completion.chunk","choices":[{"delta":{"content":"a"}}]}"#;

    #[test]
    fn an_array_in_pieces_is_the_array() {
        let texts = [
            format!("[{ONE},\n{ONE}]\n"),
            format!("\u{feff} [\n  {ONE},\n  {ONE}\n]\n{ONE}\n{ONE}\n"),
            format!("[{ONE},{{\"é\":1}},7,\"x\",null,{ONE}]"),
            format!("[\n{ONE}\n{ONE},\n{ONE},\n]"),
            format!("[{ONE},{ONE},"),
            format!("[\n{ONE},\n{ONE},\n{{\"id\":"),
            format!("[{ONE},{{\"a\":}},\n{{\"b\":}}"),
            format!("[{CHUNK},{CHUNK},{ONE}]"),
            format!("[{ONE},{{\"a\":\"\u{a0}\n\"}},{ONE}] and more"),
        ];
        for text in texts {
            let whole = told(&load::load("a.json", text.as_bytes()));
            for size in [1, 7, 64, 1 << 20] {
                let (loaded, records) = in_pieces(text.as_bytes(), size);
                assert!(records > 1, "{text} by {size}");
                assert_eq!(told(&loaded), whole, "{text} by {size}");
            }
        }
    }

    #[test]
    fn an_item_that_is_too_long_hides_no_other() {
        let limit = Limits::default().bytes;
        let mut text = format!("[{ONE},\n {{\"x\":\"").into_bytes();
        text.resize(text.len() + limit + limit / 8, b'x');
        text.extend_from_slice(format!("\"}},\n{ONE}]").as_bytes());
        let (loaded, records) = in_pieces(&text, 1 << 18);
        assert_eq!((loaded.completions.len(), records), (2, 2));
        let length = "{\"x\":\"\"}".len() + limit + limit / 8;
        let says: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        let at = ONE.len() + 4;
        assert_eq!(
            says,
            [format!(
                "a.json:2:2: record 2 (byte {at}): this record has {length} bytes; the limit is 64 MiB"
            )]
        );
        assert_eq!(loaded.completions[1].origin.position.line, 3);
    }
}
