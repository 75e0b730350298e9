//! The lines of an input, one by one, whatever stands in them: no line is joined with another, none is left out, and
//! one that is too long is passed over in constant memory.

use std::io::{self, Read};

use crate::completion::Origin;
use crate::completion::load::encoding::unpacking;
use crate::completion::load::{self, LineRecords};

/// How much is read at once.
const CHUNK: usize = 1 << 16;
/// Bytes by which a compressed stream is known.
const MAGIC: usize = 4;

/// What comes next.
pub(crate) enum LineItem<'b> {
    /// A line without its end (`\n` or `\r\n`); it may be empty.
    Line {
        /// Its bytes.
        bytes: &'b [u8],
        /// Where it stands.
        origin: &'b Origin,
    },
    /// A line that is too long to be kept.
    TooLong {
        /// Where it stands.
        origin: &'b Origin,
        /// How many bytes it has.
        length: usize,
    },
    /// Nothing more is at hand: the next read may have to wait, so what is done should go out.
    Pause,
}

/// Hands on each line of an input, unpacked where it is compressed; `limit` is how many bytes one may have. Stops at
/// the first error of `each`, and otherwise returns the one that reading ended with, if any.
///
/// # Errors
/// What `each` returned.
pub(crate) fn lines<'r, E>(
    name: &str,
    input: impl Read + 'r,
    limit: usize,
    each: &mut impl FnMut(LineItem<'_>) -> Result<(), E>,
) -> Result<Option<io::Error>, E> {
    let mut reader = LineReader {
        input: Box::new(input),
        buffer: Vec::new(),
        at: 0,
        is_all: false,
        failure: None,
    };
    reader.unpack(name);
    let mut records = LineRecords::of(name);
    reader.at = load::text_start(&reader.buffer);
    records.skip(&reader.buffer[..reader.at]);
    let mut searched = reader.at;
    loop {
        let newline = memchr::memchr(b'\n', &reader.buffer[searched..]);
        match newline.map(|length| searched + length) {
            Some(end) if end - reader.at <= limit => {
                hand_on(&mut records, &reader.buffer[reader.at..end], each)?;
                records.skip(b"\n");
                reader.at = end + 1;
            }
            // It stood in the buffer as a whole, and is too long all the same.
            Some(end) => {
                too_long(&mut records, end + 1 - reader.at, 1, each)?;
                reader.at = end + 1;
            }
            None if reader.is_all => break,
            None if reader.buffer.len() - reader.at > limit => {
                let (length, ending) = reader.pass_line();
                too_long(&mut records, length, ending, each)?;
            }
            None => {
                let rest = reader.buffer.len() - reader.at;
                each(LineItem::Pause)?;
                reader.fill();
                searched = rest;
                continue;
            }
        }
        searched = reader.at;
    }
    if reader.at < reader.buffer.len() {
        hand_on(&mut records, &reader.buffer[reader.at..], each)?;
    }
    each(LineItem::Pause)?;
    Ok(reader.failure)
}

fn hand_on<E>(
    records: &mut LineRecords,
    line: &[u8],
    each: &mut impl FnMut(LineItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let origin = records.take(line, true);
    let bytes = line.strip_suffix(b"\r").unwrap_or(line);
    each(LineItem::Line { bytes, origin })
}

/// `length` counts the `ending` bytes of the line's end.
fn too_long<E>(
    records: &mut LineRecords,
    length: usize,
    ending: usize,
    each: &mut impl FnMut(LineItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let origin = records.pass(length);
    let length = length - ending;
    each(LineItem::TooLong { origin, length })
}

struct LineReader<'r> {
    input: Box<dyn Read + 'r>,
    buffer: Vec<u8>,
    /// Where the next line begins.
    at: usize,
    is_all: bool,
    failure: Option<io::Error>,
}

impl LineReader<'_> {
    /// Where the bytes are compressed, goes on with what they hold. A short line at the beginning is not kept waiting
    /// for a second one.
    fn unpack(&mut self, name: &str) {
        while self.buffer.len() < MAGIC && !self.is_all && !self.buffer.contains(&b'\n') {
            self.fill();
        }
        let Some(coding) = unpacking::coding_of(&self.buffer, name) else {
            return;
        };
        let input = std::mem::replace(&mut self.input, Box::new(io::empty()));
        let head = std::mem::take(&mut self.buffer);
        self.input = unpacking::reader(coding, io::Cursor::new(head).chain(input));
        self.is_all = false;
    }

    /// Reads once, behind what is left; lines that were handed on make room.
    fn fill(&mut self) {
        self.buffer.drain(..self.at);
        self.at = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let length = read.unwrap_or_else(|error| {
            self.failure = Some(error);
            0
        });
        self.is_all = length == 0;
        self.buffer.truncate(filled + length);
    }

    /// Passes over a line that fills the buffer: its length with its end, and the length of the end.
    fn pass_line(&mut self) -> (usize, usize) {
        let mut passed = 0;
        loop {
            let newline = memchr::memchr(b'\n', &self.buffer[self.at..]);
            let end = newline.map_or(self.buffer.len(), |length| self.at + length + 1);
            passed += end - self.at;
            self.at = end;
            if newline.is_some() || self.is_all {
                return (passed, usize::from(newline.is_some()));
            }
            self.buffer = Vec::new();
            self.at = 0;
            self.fill();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use std::io::Write;

    const LIMIT: usize = 2_000;

    /// Gives at most so many bytes at once.
    struct Trickle<'b>(&'b [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn read(bytes: &[u8], at_once: usize) -> Vec<(usize, usize, String)> {
        let mut found = Vec::new();
        let failure = lines("a.ndjson", Trickle(bytes, at_once), LIMIT, &mut |item| {
            match item {
                LineItem::Line { bytes, origin } => found.push((
                    origin.position.line,
                    origin.offset,
                    String::from_utf8_lossy(bytes).into_owned(),
                )),
                LineItem::TooLong { origin, length } => found.push((
                    origin.position.line,
                    origin.offset,
                    format!("{length} bytes"),
                )),
                LineItem::Pause => {}
            }
            Ok::<(), std::convert::Infallible>(())
        });
        let Ok(failure) = failure;
        found.extend(failure.map(|error| (0, 0, error.to_string())));
        found
    }

    #[test]
    fn every_line_is_handed_on_once_wherever_the_input_is_cut() {
        let long = "x".repeat(LIMIT + 5);
        let just = "y".repeat(LIMIT);
        let text = format!("\u{feff}a\r\n\n\0\n \n{long}\nb\n{just}\n{long}\n{long}");
        let at = |lines: &[&str]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let long_says = format!("{} bytes", long.len());
        let begin = 3 + "a\r\n\n\0\n \n".len();
        let expected = [
            (1, 3, "a"),
            (2, 6, ""),
            (3, 7, "\0"),
            (4, 9, " "),
            (5, begin, &long_says),
            (6, begin + at(&[&long]), "b"),
            (7, begin + at(&[&long, "b"]), &just),
            (8, begin + at(&[&long, "b", &just]), &long_says),
            (9, begin + at(&[&long, "b", &just, &long]), &long_says),
        ];
        for at_once in [1, 3, 700, usize::MAX] {
            let found = read(text.as_bytes(), at_once);
            let found: Vec<_> = found
                .iter()
                .map(|(line, offset, text)| (*line, *offset, text.as_str()))
                .collect();
            assert!(found == expected, "{at_once} bytes at once");
        }
        assert_eq!(read(b"", 1), []);
        assert_eq!(read(b"\n", 1), [(1, 0, String::new())]);
    }

    #[test]
    fn what_is_compressed_is_unpacked_as_far_as_it_goes() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"a\nb\n").unwrap();
        let packed = packer.finish().unwrap();
        let whole = [(1, 0, "a".to_owned()), (2, 2, "b".to_owned())];
        assert_eq!(read(&packed, 1), whole);
        let cut = read(&packed[..packed.len() - 4], 1);
        assert_eq!(cut[..2], whole);
        assert_eq!(cut[2].2, "the gzip data is cut off");
    }
}
