//! Where one record ends and the next begins, told from the bytes without reading them as JSON.
//!
//! This is all that has to be known of a large file before its first completion can be shown.

use std::ops::Range;

use super::chunks;
use super::formats::{self, Head};
use crate::completion::Place;
use crate::json::Position;

/// One record's bytes within a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Byte range in the file.
    pub range: Range<usize>,
}

/// The records of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// In the order of the file.
    pub slices: Vec<Slice>,
    /// Whether the records are several by nature (lines, array items), and so have numbers.
    pub numbered: bool,
}

/// Finds the records of a file: lines of NDJSON, items of an array, or the whole.
/// `file` helps where the content leaves it open (a single line in a `.jsonl` file).
pub fn slices(bytes: &[u8], file: &str) -> Layout {
    let start = content_start(bytes);
    let end = bytes.len() - trailing_white_space(&bytes[start..]);
    if start >= end {
        return Layout::default();
    }
    let body = &bytes[..end];
    match body[start] {
        b'[' if !is_line_format(file) => with_streams(body, items(body, start)),
        _ if sniff(body, true, file) == Sniff::Lines => with_streams(body, lines(body, start)),
        _ => whole(start, end),
    }
}

/// Makes one record of the chunks of a stream that stand one after another.
fn with_streams(body: &[u8], layout: Layout) -> Layout {
    let mut slices: Vec<Slice> = Vec::with_capacity(layout.slices.len());
    let mut was_chunk = false;
    for slice in layout.slices {
        let is_chunk = chunks::is_one(&body[slice.range.clone()]);
        match slices.last_mut() {
            Some(stream) if is_chunk && was_chunk => stream.range.end = slice.range.end,
            _ => slices.push(slice),
        }
        was_chunk = is_chunk;
    }
    Layout { slices, ..layout }
}

fn whole(start: usize, end: usize) -> Layout {
    Layout {
        slices: vec![Slice { range: start..end }],
        numbered: false,
    }
}

/// The byte-order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Skips a byte-order mark and white space (keep-alive padding is dozens of blank lines).
fn content_start(bytes: &[u8]) -> usize {
    let mark = match bytes.starts_with(MARK) {
        true => MARK.len(),
        false => 0,
    };
    mark + bytes[mark..]
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

fn trailing_white_space(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

fn is_line_format(file: &str) -> bool {
    let name = file.to_ascii_lowercase();
    [".ndjson", ".jsonl"].iter().any(|end| name.ends_with(end))
}

/// What the beginning of a file tells of its layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniff {
    /// One record a line.
    Lines,
    /// The file has to be read as a whole: one record, an array, a transcript.
    Whole,
    /// More has to be read. The first line may already be a record by itself.
    More {
        /// Whether it is.
        has_record: bool,
    },
}

/// Tells from the first bytes of a file whether it has one record a line. `is_all` says that the file
/// has no more than these bytes.
pub fn sniff(head: &[u8], is_all: bool, file: &str) -> Sniff {
    let more = |has_record| match is_all {
        true => Sniff::Whole,
        false => Sniff::More { has_record },
    };
    let start = content_start(head);
    let Some(&first_byte) = head.get(start) else {
        return more(false);
    };
    if formats::of_text(&Head::of(head)).is_some() {
        return Sniff::Whole;
    }
    if is_line_format(file) {
        return Sniff::Lines;
    }
    if first_byte != b'{' {
        return Sniff::Whole;
    }
    let Some(length) = memchr::memchr(b'\n', &head[start..]) else {
        return more(false);
    };
    let (first, rest) = (&head[start..start + length], &head[start + length + 1..]);
    let next = rest.iter().position(|byte| !byte.is_ascii_whitespace());
    let is_record = balance(first) == Some(0);
    let Some(next) = next else {
        return more(is_record);
    };
    if is_record {
        return Sniff::Lines;
    }
    // A first line that broke off, with a whole object in the next one: still one record a line.
    if first.len() <= 2 || rest[next] != b'{' {
        return Sniff::Whole;
    }
    let line = &rest[next..];
    match memchr::memchr(b'\n', line) {
        None if !is_all => more(false),
        end => {
            let line = &line[..end.unwrap_or(line.len())];
            match line.len() > 2 && balance(line) == Some(0) {
                true => Sniff::Lines,
                false => Sniff::Whole,
            }
        }
    }
}

/// How many brackets stay open at the end; `None` inside a string or after a bracket too many.
fn balance(line: &[u8]) -> Option<usize> {
    let mut scanner = Scanner::default();
    for &byte in line {
        if !scanner.step(byte) {
            return None;
        }
    }
    (!scanner.in_string).then_some(scanner.depth)
}

/// Follows strings and brackets, forgiving about all else.
#[derive(Default)]
struct Scanner {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scanner {
    /// False where a bracket closes that never opened.
    fn step(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return true;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth == 0 => return false,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        true
    }
}

fn lines(body: &[u8], start: usize) -> Layout {
    let mut slices = Vec::new();
    let mut at = start;
    while at < body.len() {
        let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |found| at + found);
        let line = &body[at..end];
        let lead = line.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if lead < line.len() {
            let tail = trailing_white_space(line);
            slices.push(Slice {
                range: at + lead..end - tail,
            });
        }
        at = end + 1;
    }
    Layout {
        slices,
        numbered: true,
    }
}

/// The items of an array, found by brackets and strings, so that one malformed item stays alone.
fn items(body: &[u8], start: usize) -> Layout {
    let mut scanner = Scanner::default();
    let mut slices = Vec::new();
    let mut item = start + 1;
    for (at, &byte) in body.iter().enumerate().skip(start) {
        let depth_before = scanner.depth;
        let in_string = scanner.in_string;
        scanner.step(byte);
        let closes = !in_string && depth_before == 1 && byte == b']';
        if closes || (!in_string && depth_before == 1 && byte == b',') {
            let inner = &body[item..at];
            let lead = inner.iter().take_while(|b| b.is_ascii_whitespace()).count();
            if lead < inner.len() {
                slices.push(Slice {
                    range: item + lead..at - trailing_white_space(inner),
                });
            } else if !closes || !slices.is_empty() {
                // `[,]` or a comma before the end: let the reader name it.
                slices.push(Slice { range: at..at + 1 });
            }
            item = at + 1;
        }
        if closes {
            if item < body.len() {
                slices.push(Slice {
                    range: item..body.len(),
                });
            }
            item = body.len();
            break;
        }
    }
    let rest = &body[item.min(body.len())..];
    let lead = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    if lead < rest.len() {
        slices.push(Slice {
            range: item + lead..body.len(),
        });
    }
    if slices.is_empty() {
        return whole(start, body.len());
    }
    Layout {
        slices,
        numbered: true,
    }
}

/// Follows places from where it last stood, so that naming each record's costs one pass in all.
pub(super) struct Follower<'b> {
    bytes: &'b [u8],
    start: Place,
    at: usize,
    position: Position,
}

impl<'b> Follower<'b> {
    /// At the beginning of bytes that begin at `start`, behind a byte-order mark.
    pub fn of(bytes: &'b [u8], start: Place) -> Follower<'b> {
        Follower {
            bytes,
            at: match bytes.starts_with(MARK) {
                true => MARK.len(),
                false => 0,
            },
            position: start.position,
            start,
        }
    }

    /// The place of a byte that is not before the last one asked for.
    pub fn place_of(&mut self, offset: usize) -> Place {
        if let Some(between) = self.bytes.get(self.at..offset) {
            self.position = self.position.after(between);
            self.at = offset;
        }
        Place {
            offset: self.start.offset + offset,
            position: self.position,
            ..self.start.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_lines_from_the_beginning() {
        let check = |head: &str, expected| {
            assert_eq!(sniff(head.as_bytes(), false, "a"), expected, "{head:?}");
        };
        let more = |has_record| Sniff::More { has_record };
        check("", more(false));
        check(" \n", more(false));
        check("[", Sniff::Whole);
        check("data: x", Sniff::Whole);
        check("{\"a\":1}", more(false));
        check("{\"a\":1}\n \n", more(true));
        check("{\"a\":1}\n {", Sniff::Lines);
        check("{\n  \"a\"", Sniff::Whole);
        check("{\"a\":\n{\"b\":2}", more(false));
        check("{\"a\":\n{\"b\":2}\n", Sniff::Lines);
        assert_eq!(sniff(b"{\"a\":1}\n", true, "a"), Sniff::Whole);
        assert_eq!(sniff(b"{", false, "a.jsonl"), Sniff::Lines);
    }

    #[test]
    fn finds_the_records() {
        let check = |file: &str, text: &str, expected: &[&str]| {
            let found: Vec<&str> = slices(text.as_bytes(), file)
                .slices
                .iter()
                .map(|slice| &text[slice.range.clone()])
                .collect();
            assert_eq!(found, expected, "{file}: {text:?}");
        };
        check("a", "", &[]);
        check("a", "\u{feff} \n\n", &[]);
        check("a", "\n\n  {\"a\":1}\n", &["{\"a\":1}"]);
        check(
            "a",
            "{\"a\":1}\r\n{\"b\":2}\n\n",
            &["{\"a\":1}", "{\"b\":2}"],
        );
        check("a", "{\n\"a\":1\n}", &["{\n\"a\":1\n}"]);
        check("a", "{\"a\":\n{\"b\":2}\n", &["{\"a\":", "{\"b\":2}"]);
        check("a", "{\"a\":{\n\"b\":2}\n}", &["{\"a\":{\n\"b\":2}\n}"]);
        check("a", "[{\"a\":\"],\"}, 2 ]", &["{\"a\":\"],\"}", "2"]);
        check("a", "[]", &["[]"]);
        check("a", "[{\"a\":1},{\"b\"", &["{\"a\":1}", "{\"b\""]);
        check("a", "[{\"a\":1},]", &["{\"a\":1}", "]"]);
        check("a", "[1] x", &["1", " x"]);
        check("a.jsonl", "{\"a\":1}", &["{\"a\":1}"]);
        check("a", "data: {}\n\ndata: x", &["data: {}\n\ndata: x"]);
    }
}
