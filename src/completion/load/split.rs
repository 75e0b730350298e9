//! Where one record ends and the next begins, told from the bytes without reading them as JSON.
//!
//! A file's records stand one a line, or over several lines each, with nothing, blanks, commas or record
//! separators between them, and other lines among them: prose, a logger's own words. One and the same
//! [`Framer`] cuts a whole file and a stream that arrives in pieces, so both give the same records.

use std::ops::Range;

use super::formats::{self, Head};
use super::scan::{Scanner, document_end};
use super::wrapped::{self, Belongs};
use super::{chunks, claude_code, prefixed, sse};
use crate::json::Limits;

/// The byte-order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What the beginning of a file tells of its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sniff {
    /// Several records, which the framer cuts.
    Records(Framer),
    /// The file has to be read as a whole: one record, an array, a transcript.
    Whole,
    /// More has to be read. There may already be a record.
    More {
        /// What cuts it from what follows, if there is.
        framer: Option<Framer>,
    },
}

/// Tells from the first bytes of a file whether it has several records. `is_all` says that the file has no
/// more than these bytes; its name helps where the content leaves it open (a single line in a `.jsonl`).
pub fn sniff(head: &[u8], is_all: bool, file: &str) -> Sniff {
    let more = |framer| match is_all {
        true => Sniff::Whole,
        false => Sniff::More { framer },
    };
    let start = content_start(head);
    let Some(first_byte) = head.get(start) else {
        return more(None);
    };
    let line = memchr::memchr(b'\n', &head[start..]).map(|length| &head[start..start + length]);
    let is_bare_bracket = *first_byte == b'[' && head[start + 1..].trim_ascii_start().is_empty();
    if !is_all && (is_bare_bracket || (line.is_none() && head.len() < Head::BYTES)) {
        return more(None);
    }
    // What is no text, a compressed file above all, has bytes that look like the end of a line.
    let beginning = Head::of_part(head, is_all);
    if formats::is_read_whole(head, &beginning) {
        return Sniff::Whole;
    }
    let may_be_other = head.len() < Head::BYTES && claude_code::may_be_session(&beginning);
    if !is_all && (may_be_other || !beginning.is_enough) {
        return more(None);
    }
    let is_one_line = line.is_some_and(|line| is_document(trimmed(line)));
    if *first_byte == b'[' && is_array(&head[start..]) && !is_one_line {
        return Sniff::Whole;
    }
    let mut framer = Framer::default();
    match framer.next(head, start, is_all) {
        Step::Record { range, .. } if range.len() > Limits::default().bytes => {
            too_large(&head[start..])
        }
        Step::Record { range, is_line } => {
            let is_more = head[range.end..].iter().any(|byte| !is_between(*byte));
            // The first record is cut anew, by one who knows no more than this.
            let framer = Framer {
                is_lines: is_line,
                ..Framer::default()
            };
            match is_more || (is_all && is_line_format(file)) {
                true => Sniff::Records(framer),
                false => more(Some(framer)),
            }
        }
        _ if head.len() - start > Limits::default().bytes => too_large(&head[start..]),
        _ => more(None),
    }
}

/// What is too large for one record: records whose first was broken off, where the next line is one, or
/// else a recording.
fn too_large(head: &[u8]) -> Sniff {
    let mut lines = head.split(|byte| *byte == b'\n').skip(1);
    match lines.next().is_some_and(|line| is_document(trimmed(line))) {
        true => Sniff::Records(Framer {
            is_lines: true,
            is_wary: true,
            ..Framer::default()
        }),
        false => Sniff::Whole,
    }
}

/// Where the text begins: behind a byte-order mark.
pub fn text_start(bytes: &[u8]) -> usize {
    match bytes.starts_with(MARK) {
        true => MARK.len(),
        false => 0,
    }
}

/// Where the content begins: behind a byte-order mark, white space (keep-alive padding is dozens of blank
/// lines) and separators.
pub(super) fn content_start(bytes: &[u8]) -> usize {
    let start = text_start(bytes);
    start + leading(&bytes[start..])
}

/// The record separator of RFC 7464. In JSON it can't stand anywhere.
const SEPARATOR: u8 = 0x1E;

/// What may stand between two records: white space, a comma, the record separator of RFC 7464.
pub(super) fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | SEPARATOR)
}

fn leading(bytes: &[u8]) -> usize {
    let between = bytes.iter().take_while(|byte| is_between(**byte));
    between.count()
}

/// `bytes` without what may stand behind a record.
pub(super) fn trimmed(bytes: &[u8]) -> &[u8] {
    let behind = bytes.iter().rev().take_while(|byte| is_between(**byte));
    &bytes[..bytes.len() - behind.count()]
}

/// Whether what begins with a bracket is an array, and not a logger's `[2026-05-06 01:35:13]` or `[INFO]`.
pub(super) fn is_array(bytes: &[u8]) -> bool {
    let inside = bytes.get(1..).unwrap_or_default().trim_ascii_start();
    matches!(
        inside.first(),
        None | Some(b'{' | b'[' | b'"' | b']' | b',')
    )
}

/// Whether some bytes are one object or array and nothing else, as far as brackets tell.
fn is_document(bytes: &[u8]) -> bool {
    document_end(bytes, 0) == Some(bytes.len())
}

fn is_line_format(file: &str) -> bool {
    let name = file.to_ascii_lowercase();
    let unpacked = [".gz", ".zst", ".br"]
        .iter()
        .find_map(|packed| name.strip_suffix(packed));
    let name = unpacked.unwrap_or(&name);
    [".ndjson", ".jsonl"].iter().any(|end| name.ends_with(end))
}

/// What a framer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A record.
    Record {
        /// Its bytes, without what stands around it.
        range: Range<usize>,
        /// Whether it fills its line.
        is_line: bool,
    },
    /// The next record needs more bytes to be told.
    More {
        /// What is needed again: its first byte, or the first of the blanks before it on its line.
        keep: usize,
    },
    /// Nothing more.
    End,
}

/// Cuts bytes into records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Framer {
    /// Whether the first record filled its line: then a line that ends as an object does is one.
    is_lines: bool,
    /// Whether a record was broken off before: then the next one begins where it looks so.
    is_wary: bool,
    /// How far the unfinished record was followed, so that bytes are looked at once however they arrive.
    scan: Option<Scan>,
    /// How far an unfinished transcript was followed.
    lines: Option<Lines>,
    /// What stands before the unfinished record and is one record together.
    gathered: Option<Gathered>,
}

/// Records of a stream, which are one together: its chunks, or its lines in records of a log. In bytes from the
/// first one's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Gathered {
    /// Where the last of them ends.
    end: usize,
    /// Where the next record is looked for, behind others of the same log.
    at: usize,
    run: Option<wrapped::Run>,
}

impl Gathered {
    /// Takes a record, if it is one of them or may stand between two.
    fn take(&mut self, bytes: &[u8], range: Range<usize>, start: usize, is_line: bool) -> bool {
        let before = &bytes[start..start + self.end];
        let record = &bytes[range.clone()];
        let belongs = match &mut self.run {
            Some(_) if !is_line => Belongs::Not,
            Some(run) => run.take(record),
            None if chunks::is_one(record) => Belongs::Line(String::new(), 0),
            None if self.end == 0 && is_line => match wrapped::Run::begin(record) {
                Some((run, line)) => {
                    self.run = Some(run);
                    line
                }
                None => Belongs::Not,
            },
            None => Belongs::Not,
        };
        let goes_on = || {
            !before.is_empty() && chunks::ends(before, record) || prefixed::goes_on(before, record)
        };
        match belongs {
            Belongs::Not if self.run.is_some() || !goes_on() => return false,
            Belongs::Line(..) | Belongs::Not => {
                (self.end, self.at) = (range.end - start, range.end - start);
            }
            Belongs::Between => self.at = range.end - start,
        }
        true
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Scan {
    scanner: Scanner,
    /// Blanks before the record on its line.
    indentation: usize,
    /// Bytes of the record that were looked at.
    done: usize,
    /// The first place where another record seems to begin.
    anew: Option<usize>,
}

/// Lines of a transcript, in bytes from its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Lines {
    /// Where the next line begins.
    at: usize,
    /// Where the last one ends that is not blank.
    end: usize,
}

impl Framer {
    /// The same behind a record that was passed over.
    pub fn anew(self) -> Framer {
        Framer {
            is_lines: self.is_lines,
            is_wary: self.is_wary,
            ..Framer::default()
        }
    }

    /// The first record of `bytes` at or behind `from`. A caller that was told to bring more calls again
    /// with the same bytes from those on that it was told to keep, and more behind them.
    pub fn next(&mut self, bytes: &[u8], from: usize, is_all: bool) -> Step {
        let start = from + leading(&bytes[from..]);
        let mut gathered = self.gathered.take().unwrap_or_default();
        loop {
            let step = self.one(bytes, start + gathered.at, is_all);
            if let Step::Record { range, is_line } = &step
                && gathered.take(bytes, range.clone(), start, *is_line)
            {
                continue;
            }
            if gathered.end == 0 {
                return step;
            }
            let is_full = bytes.len() - start > Limits::default().bytes;
            if matches!(step, Step::More { .. }) && !is_full {
                self.gathered = Some(gathered);
                return more(bytes, start);
            }
            if gathered.at > gathered.end {
                // What was begun behind others is come to again.
                (self.scan, self.lines) = (None, None);
            }
            return Step::Record {
                range: start..start + gathered.end,
                is_line: false,
            };
        }
    }

    /// The first record at or behind `from`, each chunk of a stream by itself.
    fn one(&mut self, bytes: &[u8], from: usize, is_all: bool) -> Step {
        let start = from + leading(&bytes[from..]);
        let Some(first) = bytes.get(start) else {
            return match is_all {
                true => Step::End,
                false => more(bytes, start),
            };
        };
        let is_document = match first {
            b'{' => true,
            // What follows the bracket tells.
            b'[' if bytes[start + 1..].trim_ascii_start().is_empty() && !is_all => {
                return more(bytes, start);
            }
            b'[' => is_array(&bytes[start..]),
            _ => false,
        };
        if self.lines.is_some() {
            return self.transcript(bytes, start, is_all);
        }
        if is_document && (!self.is_lines || self.scan.is_some()) {
            return self.document(bytes, start, is_all);
        }
        let newline = memchr::memchr(b'\n', &bytes[start..]).map(|length| start + length);
        let Some(line_end) = newline.or(is_all.then_some(bytes.len())) else {
            return more(bytes, start);
        };
        let line = bytes[start..line_end].trim_ascii_end();
        if is_document && !(*first == b'{' && line.ends_with(b"}")) {
            return self.document(bytes, start, is_all);
        }
        if !is_document && std::str::from_utf8(line).is_ok_and(sse::is_transcript) {
            return self.transcript(bytes, start, is_all);
        }
        Step::Record {
            range: start..start + line.len(),
            is_line: true,
        }
    }

    /// The document that begins at `start`.
    fn document(&mut self, bytes: &[u8], start: usize, is_all: bool) -> Step {
        let mut scan = self.scan.take().unwrap_or_else(|| Scan {
            indentation: indentation(bytes, start),
            ..Scan::default()
        });
        // No record is that long: what follows is looked at no further.
        let is_all = is_all || bytes.len() - start > Limits::default().bytes;
        let mut at = start + scan.done;
        let end = loop {
            if scan.scanner.is_closed() {
                match closed(bytes, start, at, is_all) {
                    Some(step) => return step,
                    None => break None,
                }
            }
            at += scan.scanner.plain(&bytes[at..]);
            let Some(&byte) = bytes.get(at) else {
                break None;
            };
            if byte == SEPARATOR {
                break Some(at);
            }
            if byte == b'\n' {
                let Some(begins) = self.begins(&scan, &bytes[at + 1..], is_all) else {
                    break None;
                };
                if begins != Begins::Not {
                    scan.anew.get_or_insert(at - start);
                }
                if begins == Begins::Surely || (begins == Begins::Perhaps && self.is_wary) {
                    break Some(at);
                }
                scan.scanner.end_line();
            }
            scan.scanner.step(byte);
            at += 1;
        };
        let Some(end) = end.or(is_all.then_some(bytes.len())) else {
            scan.done = at - start;
            self.scan = Some(scan);
            return more(bytes, start);
        };
        // It was broken off where another record seemed to begin, however much later that shows.
        let end = scan.anew.map_or(end, |anew| start + anew);
        self.is_wary = true;
        Step::Record {
            range: start..start + trimmed(&bytes[start..end]).len(),
            is_line: false,
        }
    }

    /// The transcript that begins at `start`: lines of it, and blank ones between them.
    fn transcript(&mut self, bytes: &[u8], start: usize, is_all: bool) -> Step {
        let Lines { at, end } = self.lines.take().unwrap_or_default();
        let (mut at, mut end) = (start + at, start + end);
        // No record is that long: what follows is looked at no further.
        let is_all = is_all || bytes.len() - start > Limits::default().bytes;
        let is_open = loop {
            let newline = memchr::memchr(b'\n', &bytes[at..]).map(|length| at + length);
            let line_end = match newline {
                Some(line_end) => line_end,
                None if !is_all => break true,
                None => bytes.len(),
            };
            let line = bytes[at..line_end].trim_ascii_end();
            let goes_on =
                line.is_empty() || std::str::from_utf8(line).is_ok_and(sse::is_transcript);
            if !goes_on {
                break false;
            }
            if !line.is_empty() {
                end = at + line.len();
            }
            if newline.is_none() {
                break false;
            }
            at = line_end + 1;
        };
        if is_open {
            self.lines = Some(Lines {
                at: at - start,
                end: end - start,
            });
            return more(bytes, start);
        }
        Step::Record {
            range: start..end,
            is_line: false,
        }
    }

    /// Whether another record begins with the line at the beginning of `bytes`, while the one before is open.
    /// `None` where the bytes that tell have not come yet.
    fn begins(&self, before: &Scan, bytes: &[u8], is_all: bool) -> Option<Begins> {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        let lead = bytes.iter().take_while(|byte| is_blank(byte)).count();
        let Some(first) = bytes.get(lead) else {
            return is_all.then_some(Begins::Not);
        };
        if *first == SEPARATOR {
            return Some(Begins::Surely);
        }
        if *first != b'{' || lead > before.indentation {
            return Some(Begins::Not);
        }
        // A string does not go over the end of a line, and in an object a brace follows a colon alone.
        if before.scanner.is_in_string() || before.scanner.awaits_key() {
            return Some(Begins::Surely);
        }
        if !self.is_lines {
            // Items of a list stand there too.
            return Some(match before.scanner.is_in_array() {
                true => Begins::Not,
                false => Begins::Perhaps,
            });
        }
        let newline = memchr::memchr(b'\n', &bytes[lead..]).map(|length| lead + length);
        let line_end = newline.or(is_all.then_some(bytes.len()))?;
        let line = bytes[lead..line_end].trim_ascii_end();
        Some(match line.len() > 2 && is_document(line) {
            true => Begins::Surely,
            false => Begins::Perhaps,
        })
    }
}

/// Whether a record begins somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    Surely,
    /// If the record before never ends.
    Perhaps,
    Not,
}

/// More bytes are needed for the record that begins at `start`; the blanks before it tell too.
fn more(bytes: &[u8], start: usize) -> Step {
    Step::More {
        keep: start - indentation(bytes, start),
    }
}

/// How many blanks stand before a byte on its line, as far as it matters.
fn indentation(bytes: &[u8], at: usize) -> usize {
    const DEEPEST: usize = 1000;
    let before = bytes[..at].iter().rev().take(DEEPEST);
    before
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

/// The record that is the document from `start` to `end`, or its line where that begins with a logger's own
/// brackets. `None` where the bytes that tell have not come yet.
fn closed(bytes: &[u8], start: usize, end: usize, is_all: bool) -> Option<Step> {
    let behind = &bytes[end..];
    let is_between_here = |byte: &u8| *byte != b'\n' && is_between(*byte);
    let lead = behind
        .iter()
        .take_while(|byte| is_between_here(byte))
        .count();
    let next = behind.get(lead);
    if next.is_none() && !is_all {
        return None;
    }
    let ends_line = next.is_none_or(|byte| *byte == b'\n');
    let is_one_line = memchr::memchr(b'\n', &bytes[start..end]).is_none();
    let is_prefix = bytes[start] == b'[' && is_one_line && !ends_line && next != Some(&b'[');
    if is_prefix {
        let newline = memchr::memchr(b'\n', behind).map(|length| end + length);
        let line_end = newline.or(is_all.then_some(bytes.len()))?;
        return Some(Step::Record {
            range: start..start + bytes[start..line_end].trim_ascii_end().len(),
            is_line: true,
        });
    }
    Some(Step::Record {
        range: start..end,
        is_line: is_one_line && ends_line,
    })
}

/// The records of an array.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Items {
    /// In the order of the file.
    pub items: Vec<Item>,
    /// Where the array ends; `None` where it is cut off.
    pub end: Option<usize>,
    was_chunk: bool,
}

/// One item of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Its bytes.
    pub range: Range<usize>,
    /// Whether no comma stands before it.
    pub lacks_comma: bool,
}

/// Finds the items of the array that begins at `start`, by brackets and strings alone, so that one malformed
/// item stays alone.
pub(super) fn items(bytes: &[u8], start: usize) -> Items {
    let mut found = Items::default();
    let mut scanner = Scanner::default();
    let mut item = start + 1;
    let mut lacks_comma = false;
    let mut at = start;
    loop {
        at += scanner.plain(&bytes[at..]);
        let Some(&byte) = bytes.get(at) else {
            break;
        };
        let is_outside = scanner.depth() == 1 && !scanner.is_in_string();
        if byte == b'\n' {
            scanner.end_line();
        }
        let begins = matches!(byte, b'{' | b'[' | b'"');
        if is_outside && (matches!(byte, b',' | b']') || begins) {
            let inner = &bytes[item..at];
            let lead = inner.len() - inner.trim_ascii_start().len();
            let is_last = byte == b']' && found.items.is_empty();
            if lead < inner.len() || !(begins || is_last) {
                // `[,]` or a comma before the end: the reader names it.
                let range = match lead < inner.len() {
                    true => item + lead..item + inner.trim_ascii_end().len(),
                    false => at..at + 1,
                };
                found.push(bytes, Item { range, lacks_comma });
                lacks_comma = begins;
            }
            item = at + usize::from(!begins);
            if byte == b',' {
                lacks_comma = false;
            }
        }
        scanner.step(byte);
        at += 1;
        if scanner.is_closed() {
            found.end = Some(at);
            return found;
        }
    }
    let rest = trimmed(&bytes[item..]);
    let lead = rest.len() - rest.trim_ascii_start().len();
    if lead < rest.len() {
        let range = item + lead..item + rest.len();
        found.push(bytes, Item { range, lacks_comma });
    }
    found
}

impl Items {
    /// Takes an item in; chunks of a stream that stand one after another are one.
    fn push(&mut self, bytes: &[u8], item: Item) {
        let is_chunk = chunks::is_one(&bytes[item.range.clone()]);
        let was_chunk = std::mem::replace(&mut self.was_chunk, is_chunk);
        match self.items.last_mut() {
            Some(last) if is_chunk && was_chunk => last.range.end = item.range.end,
            _ => self.items.push(item),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a text, cut as a whole and in pieces of every size.
    fn records(file: &str, text: &str) -> Option<Vec<String>> {
        let bytes = text.as_bytes();
        let Sniff::Records(framer) = sniff(bytes, true, file) else {
            return None;
        };
        let whole = in_pieces(framer.clone(), bytes, bytes.len());
        for piece in 1..bytes.len() {
            assert_eq!(
                in_pieces(framer.clone(), bytes, piece),
                whole,
                "{piece}: {text:?}"
            );
        }
        Some(whole)
    }

    fn in_pieces(mut framer: Framer, bytes: &[u8], piece: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut at = text_start(bytes);
        let mut from = at;
        let mut filled = (at + piece).min(bytes.len());
        loop {
            // What stands before the record is gone, as it is for a reader that keeps no more than it needs.
            let held = &bytes[at..filled];
            match framer.next(held, from - at, filled == bytes.len()) {
                Step::Record { range, .. } => {
                    found.push(String::from_utf8_lossy(&held[range.clone()]).into_owned());
                    from = at + range.end;
                }
                Step::More { keep } => {
                    at += keep;
                    from = at;
                    filled = (filled + piece).min(bytes.len());
                }
                Step::End => return found,
            }
        }
    }

    #[test]
    fn tells_records_from_the_beginning() {
        let check = |head: &str, is_all: bool, expected: &str| {
            let found = match sniff(head.as_bytes(), is_all, "a") {
                Sniff::Records(framer) if framer.is_lines => "lines",
                Sniff::Records(_) => "documents",
                Sniff::Whole => "whole",
                Sniff::More { framer: Some(_) } => "more, a record",
                Sniff::More { framer: None } => "more",
            };
            assert_eq!(found, expected, "{head:?}");
        };
        check("", false, "more");
        check(" \n", false, "more");
        check("[\n", false, "more");
        check("[\n{", false, "whole");
        check("data: x\n", false, "whole");
        check("{\"a\":1}", false, "more");
        check("{\"a\":1}\n \n", false, "more, a record");
        check("{\"a\":1}\n {", false, "lines");
        check("{\n  \"a\"", false, "more");
        check("{\n  \"a\":1}\n", false, "more, a record");
        check("{\n  \"a\":1}\n{", false, "documents");
        check("{\"a\":1}\n", true, "whole");
        check("{\"a\":1} {\"b\"", true, "documents");
        check("[INFO] up\n{", false, "more");
        check("[INFO] up\n{", true, "lines");
        check("[1]\n[2]\n", true, "lines");
        check("[{}]\n[{}]\n", false, "lines");
        let named = sniff(b"{\"a\":1}\n", true, "a.jsonl.gz");
        assert!(matches!(named, Sniff::Records(_)));
    }

    #[test]
    fn cuts_records() {
        let check = |text: &str, expected: &[&str]| {
            let found = records("a", text).unwrap_or_default();
            assert_eq!(found, expected, "{text:?}");
        };
        // One a line; blank lines, commas and separators between them.
        check("{\"a\":1}\r\n{\"b\":2}\n\n", &["{\"a\":1}", "{\"b\":2}"]);
        check("{\"a\":1},\n{\"b\":2},\n", &["{\"a\":1}", "{\"b\":2}"]);
        check(
            "\u{1e}{\"a\":1}\n\u{1e}{\"b\":2}\n",
            &["{\"a\":1}", "{\"b\":2}"],
        );
        // Over several lines, or several on one.
        check(
            "{\n\"a\":1\n}\n{\n\"b\":2\n}",
            &["{\n\"a\":1\n}", "{\n\"b\":2\n}"],
        );
        check("{\"a\":{\n\"b\":2}\n}{}", &["{\"a\":{\n\"b\":2}\n}", "{}"]);
        check(
            "{\"a\":1}{\"b\":2} {\"c\":3}",
            &["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"],
        );
        check(
            "{\"a\":1}\n{\n\"b\":2\n}\n",
            &["{\"a\":1}", "{\n\"b\":2\n}"],
        );
        check(
            "{\"a\":\n{\"b\":1},\n\"c\":2}\n{}",
            &["{\"a\":\n{\"b\":1},\n\"c\":2}", "{}"],
        );
        // Broken off, each hides nothing.
        check(
            "{\"a\":\n{\"b\":2}\n{\"c\":3}\n",
            &["{\"a\":", "{\"b\":2}", "{\"c\":3}"],
        );
        check(
            "{\"a\":1}\n{\"b\":\n{\"c\":3}\n",
            &["{\"a\":1}", "{\"b\":", "{\"c\":3}"],
        );
        check(
            "{\"a\":1}\n{\"b\":[{},\n{\"c\":3}\n{}",
            &["{\"a\":1}", "{\"b\":[{}", "{\"c\":3}", "{}"],
        );
        check("{\"a\":\"x\n{\"b\":2}\n", &["{\"a\":\"x", "{\"b\":2}"]);
        check(
            "{\n\"a\":1,\n{\n\"b\":2}\n{}",
            &["{\n\"a\":1", "{\n\"b\":2}", "{}"],
        );
        // Other lines.
        check("up\n{\"a\":1}\ndown", &["up", "{\"a\":1}", "down"]);
        check(
            "[INFO] {\"a\":1}\n[\"x\"] y\n",
            &["[INFO] {\"a\":1}", "[\"x\"] y"],
        );
        check("{\"a\":1} x\n{}", &["{\"a\":1}", "x", "{}"]);
        check(
            "so:\n\ndata: {}\n\ndata: x\n\n{}",
            &["so:", "data: {}\n\ndata: x", "{}"],
        );
        // Chunks of a stream are one record.
        let chunk = "{\"choices\":[{\"delta\":{}}]}";
        check(
            &format!("{{}}\n{chunk}\n{chunk}\n{{}}\n"),
            &["{}", &format!("{chunk}\n{chunk}"), "{}"],
        );
    }

    #[test]
    fn takes_one_record_as_a_whole() {
        for text in [
            "",
            "\u{feff} \n\n",
            "\n\n  {\"a\":1}\n",
            "{\n\"a\":1\n}",
            "{\"a\":1},",
        ] {
            assert_eq!(records("a", text), None, "{text:?}");
        }
        assert_eq!(
            records("a.jsonl", "{\"a\":1}"),
            Some(vec!["{\"a\":1}".to_owned()])
        );
        let one = "{\n\"a\":1}";
        assert_eq!(records("a.jsonl", one), Some(vec![one.to_owned()]));
        assert_eq!(records("a.jsonl", "data: {}\n\ndata: x"), None);
    }

    #[test]
    fn finds_the_items_of_an_array() {
        let check = |text: &str, expected: &[&str], is_whole: bool| {
            let found = items(text.as_bytes(), 0);
            let items: Vec<&str> = found.items.iter().map(|i| &text[i.range.clone()]).collect();
            assert_eq!(items, expected, "{text:?}");
            assert_eq!(found.end.is_some(), is_whole, "{text:?}");
        };
        check("[{\"a\":\"],\"}, 2 ]", &["{\"a\":\"],\"}", "2"], true);
        check("[]", &[], true);
        check("[", &[], false);
        check("[{\"a\":1},{\"b\"", &["{\"a\":1}", "{\"b\""], false);
        check("[{\"a\":1},\n", &["{\"a\":1}"], false);
        check("[{\"a\":1},]", &["{\"a\":1}", "]"], true);
        check(
            "[{\"a\":1} {\"b\":2},3]",
            &["{\"a\":1}", "{\"b\":2}", "3"],
            true,
        );
        check("[{\"a\":1}},{\"b\":2}]", &["{\"a\":1}}", "{\"b\":2}"], true);
        check("[{\"a\":[1},{\"b\":2}]", &["{\"a\":[1}", "{\"b\":2}"], true);
        let found = items(b"[{} {},{}]", 0);
        let lacking: Vec<bool> = found.items.iter().map(|item| item.lacks_comma).collect();
        assert_eq!(lacking, [false, true, false]);
    }
}
