//! Server-sent events: a transcript's lines to its events.
//!
//! What the HTML standard says of lines, fields and comments holds. Beyond it, a transcript may have been
//! through a log, a relay or a clipboard: lines are indented or quoted, a time stamp stands before `data:`,
//! blank lines were lost (then a newline ends the event when what stands there is complete) or newlines too,
//! and only the first line of a pretty-printed chunk has its `data:`. The end of the text ends an event.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::completion::load::framing::scan::Scanner;

/// What OpenRouter sends while nothing has come.
pub const PROCESSING: &str = ": OPENROUTER PROCESSING";

/// The data of the last event of chat's streams.
pub const DONE: &str = "[DONE]";

/// Finds the field that brings data.
static FIELD: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("data:"));

/// One event with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent<'t> {
    /// What the `event` line before the data says.
    pub name: Option<&'t str>,
    /// The `data` lines, joined by a newline.
    pub data: Cow<'t, str>,
    /// Byte offset in the transcript at which the data begins.
    pub offset: usize,
    /// Comment lines since the event before.
    pub comments: usize,
    /// Whether a line before it stands in place of others that were left out.
    pub is_behind_gap: bool,
    /// Where further lines begin: byte offset in the data, and in the transcript.
    joints: Vec<(usize, usize)>,
}

impl<'t> SseEvent<'t> {
    /// An event of one piece of text.
    pub fn of(data: &'t str, offset: usize) -> SseEvent<'t> {
        SseEvent {
            name: None,
            data: Cow::Borrowed(data),
            offset,
            comments: 0,
            is_behind_gap: false,
            joints: Vec::new(),
        }
    }

    /// Byte offset in the transcript of a byte of the data.
    pub fn place(&self, at: usize) -> usize {
        let before = self.joints.partition_point(|(start, _)| *start <= at);
        match before.checked_sub(1) {
            Some(index) => self.joints[index].1 + (at - self.joints[index].0),
            None => self.offset + at,
        }
    }

    fn append(&mut self, line: &str, offset: usize) {
        let data = self.data.to_mut();
        data.push('\n');
        self.joints.push((data.len(), offset));
        data.push_str(line);
    }
}

/// A transcript taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript<'t> {
    /// Events with data, in order.
    pub events: Vec<SseEvent<'t>>,
    /// Comment lines after the last event.
    pub comments: usize,
    /// Lines that belong to no event and may hold something else: byte ranges of neighbouring ones.
    pub foreign: Vec<Range<usize>>,
}

/// Whether a text looks like a transcript: its first line that is not blank is a comment or a field.
pub fn is_transcript(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let end = memchr::memchr2(b'\n', b'\r', text.as_bytes());
    let line = &text[..end.unwrap_or(text.len())];
    // YAML may begin with a key of such a name, and goes on with others.
    let goes_on_with_fields = || {
        let mut rest = lines(text).map(|(_, line)| trimmed(line));
        let first = rest.find(|line| {
            let is_passed = matches!(Line::of(line), Line::Blank | Line::Name(_));
            !is_passed && !is_field(line) && !is_symbol(line)
        });
        first.is_none_or(|line| matches!(Line::of(line), Line::Comment | Line::Data(_)))
    };
    match Line::of(line) {
        Line::Comment if is_symbol(line) => goes_on_with_fields(),
        Line::Comment | Line::Data(_) => true,
        Line::Name(_) => goes_on_with_fields(),
        Line::Other => is_field(line) && goes_on_with_fields(),
        Line::Blank => false,
    }
}

/// Whether what would be a comment is a key of YAML as Ruby writes its symbols: `:url: …`.
fn is_symbol(line: &str) -> bool {
    let name = line.strip_prefix(':').and_then(|rest| rest.split_once(':'));
    name.is_some_and(|(name, rest)| {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !name.is_empty()
            && name.chars().all(is_of_name)
            && (rest.is_empty() || rest.starts_with(' '))
    })
}

/// Whether a line begins with a field that brings or names an event.
pub fn is_field_of_data(line: &str) -> bool {
    line.starts_with("data:") || line.starts_with("event:")
}

/// Whether a text is a transcript whose first line alone stands behind words.
pub fn begins_behind_words(text: &str) -> bool {
    let (first, rest) = text.split_once('\n').unwrap_or_default();
    is_field_of_data(rest.trim_start()) && !is_field_of_data(first) && data_of(first).is_some()
}

/// Where the events of a transcript stand in a text that has other lines around them: from the first line with JSON as its
/// data to the last one.
pub fn within(text: &str) -> Option<Range<usize>> {
    FIELD.find(text.as_bytes())?;
    let mut found: Option<Range<usize>> = None;
    let mut is_apart = false;
    for (at, line) in lines(text) {
        match Line::of(trimmed(line)) {
            Line::Data(data) if data.trim_start().starts_with('{') || found.is_some() => {
                // Something stands between two of them that may be more than words.
                if is_apart {
                    return None;
                }
                let start = found.map_or(at, |found| found.start);
                found = Some(start..at + line.len());
            }
            Line::Other => is_apart |= found.is_some() && line.contains('{'),
            _ => {}
        }
    }
    found
}

/// What a line of a transcript brings of an event's data, be it behind what a log wrote before it.
pub fn data_of(line: &str) -> Option<&str> {
    match Line::of(trimmed(line)) {
        Line::Data(data) => Some(data),
        _ => None,
    }
}

/// Whether a line is one of a transcript's: an event's, a comment, a field.
pub fn is_line(line: &str) -> bool {
    !matches!(Line::of(trimmed(line)), Line::Other) || is_field(line)
}

/// Whether a line is a field that tells nothing of an answer. What stands in quotes is a member of an object that a
/// program printed.
fn is_field(line: &str) -> bool {
    let value = line.strip_prefix("id:").or(line.strip_prefix("retry:"));
    value.is_some_and(|value| !value.trim_start().starts_with(['\'', '"', '`']))
}

/// Whether a line stands in place of others, as people write it who shorten what they paste: `...`, `[…]`,
/// `... [809 chunks omitted] ...`, `(snip)`, `--- 20 more events ---`.
pub(super) fn is_gap(line: &str) -> bool {
    const LONGEST: usize = 100;
    const WORDS: [&str; 16] = [
        "cut",
        "skip",
        "skipping",
        "repeats",
        "redacted",
        "gekürzt",
        "省略",
        "snip",
        "omitted",
        "skipped",
        "truncated",
        "elided",
        "shortened",
        "removed",
        "more",
        "etc",
    ];
    let line = line.trim();
    if line.is_empty() || line.len() > LONGEST {
        return false;
    }
    let is_dot = |c: char| matches!(c, '.' | '…' | '⋮' | '·' | '。');
    if line.contains(['{', '"']) {
        // In the place of a chunk: `{...}`, `{"...": "..."}`.
        let may_be = |c: char| is_dot(c) || "{}[]\":, ".contains(c);
        return (line.contains("...") || line.contains('…')) && line.chars().all(may_be);
    }
    let is_frame = |c: char| c.is_whitespace() || "[]()（）<>!-–—=*#/|`~:✂".contains(c);
    let inner = line.trim_matches(is_frame);
    let words = inner.trim_matches(|c| is_frame(c) || is_dot(c));
    let has_dots = inner.starts_with("...") || inner.starts_with(['…', '⋮']);
    let is_framed = inner.len() < line.len();
    let has_word = || {
        let words = words.to_ascii_lowercase();
        let mut words = words.split(|c: char| !c.is_alphanumeric());
        words.any(|word| WORDS.contains(&word) || word == "snipped")
    };
    match words.is_empty() {
        true => has_dots || line.contains('✂'),
        false => (has_dots || is_framed) && has_word() || line == "etc.",
    }
}

/// What stands in a transcript and is none of it, in pieces that may hold something: byte ranges.
pub fn foreign(text: &str) -> Vec<Range<usize>> {
    let mut pieces = read(text).foreign;
    pieces.retain(|piece| memchr::memchr(b'{', &text.as_bytes()[piece.clone()]).is_some());
    pieces
}

/// Takes a transcript apart.
pub fn read(text: &str) -> Transcript<'_> {
    let mut reader = Reader::default();
    for (offset, line) in lines(text) {
        let bare = trimmed(line);
        // Where what ends with the line begins in the transcript.
        let place = |part: &str| offset + line.len() - part.len();
        let kind = Line::of(bare);
        if !matches!(kind, Line::Blank | Line::Other) {
            reader.is_foreign = false;
        }
        match kind {
            Line::Blank => reader.blank(),
            Line::Comment => reader.comments += 1,
            Line::Name(name) => reader.name(name),
            Line::Data(data) => reader.data(data, place(data)),
            Line::Other => reader.other(bare, place(bare)),
        }
    }
    reader.end_event();
    Transcript {
        events: reader.events,
        comments: reader.comments,
        foreign: reader.foreign,
    }
}

/// A line without what a paste puts around it.
fn trimmed(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '\u{feff}'])
}

/// What a line is.
enum Line<'t> {
    Blank,
    Comment,
    Data(&'t str),
    Name(&'t str),
    Other,
}

impl<'t> Line<'t> {
    /// Of a line that begins with no white space.
    fn of(line: &'t str) -> Line<'t> {
        let value = |rest: &'t str| rest.strip_prefix(' ').unwrap_or(rest);
        let bytes = line.as_bytes();
        match bytes.first() {
            None => Line::Blank,
            Some(b':') => Line::Comment,
            Some(b'd') if line == "data" => Line::Data(""),
            Some(b'd') if line.starts_with("data:") => Line::Data(value(&line[5..])),
            Some(b'e') if line.starts_with("event:") => Line::Name(value(&line[6..]).trim_end()),
            _ => behind_prefix(line).map_or(Line::Other, Line::Data),
        }
    }
}

/// The data of a line that a log wrote something before: a time, a level, a mark of quotation.
fn behind_prefix(line: &str) -> Option<&str> {
    /// What stands before is no longer.
    const LONGEST: usize = 120;
    let bytes = line.as_bytes();
    let head = &bytes[..bytes.len().min(LONGEST)];
    let at = FIELD.find(head)?;
    let is_apart = at > 0 && !matches!(bytes[at - 1], b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'\'');
    let data = &line[at + 5..];
    let bare = data.trim_start_matches(' ');
    let is_chunk = bare.starts_with('{') || bare.starts_with("[DONE]");
    (is_apart && is_chunk && are_words(&head[..at])).then_some(bare)
}

/// Whether what stands before data is words: no part of JSON, though they may have strings in quotes and a span's fields in
/// braces, which are closed.
fn are_words(before: &[u8]) -> bool {
    let count = |letter: u8| before.iter().filter(|byte| **byte == letter).count();
    let begins_json = matches!(before.first(), Some(b'{' | b'[' | b'"'));
    let has_any = before.iter().any(|byte| matches!(byte, b'{' | b'}' | b'"'));
    let are_closed = count(b'"') % 2 == 0 && count(b'{') == count(b'}');
    let has_key = memchr::memmem::find(before, b"\":").is_some();
    !has_any || !begins_json && are_closed && !has_key
}

/// Events as they are put together.
#[derive(Default)]
struct Reader<'t> {
    events: Vec<SseEvent<'t>>,
    pending: Option<SseEvent<'t>>,
    brackets: Scanner,
    /// How much of the pending data was looked at for its end.
    seen: usize,
    name: Option<&'t str>,
    comments: usize,
    is_behind_gap: bool,
    foreign: Vec<Range<usize>>,
    /// Whether the last line that was not blank is among them.
    is_foreign: bool,
}

impl<'t> Reader<'t> {
    fn end_event(&mut self) {
        self.events.extend(self.pending.take());
    }

    /// A blank line ends an event, and one that has a name alone as well: what comes next is another one. Where each line
    /// end of a paste was doubled, the name of a message's or a response's event still counts.
    fn blank(&mut self) {
        const NAMED: [&str; 3] = ["message_", "content_block_", "response."];
        let is_alone = self.pending.is_none();
        self.end_event();
        let may_go_on = |name: &&str| NAMED.iter().any(|start| name.starts_with(start));
        if is_alone {
            self.name = self.name.filter(may_go_on);
        }
    }

    fn name(&mut self, name: &'t str) {
        if self.is_complete() {
            self.end_event();
        }
        self.name = Some(name);
    }

    /// Whether what is pending is a whole chunk, or can't become one: a JSON string has no line break.
    fn is_complete(&mut self) -> bool {
        let Some(event) = &self.pending else {
            return false;
        };
        self.brackets.follow(&event.data[self.seen..]);
        self.seen = event.data.len();
        self.brackets.is_balanced() || self.brackets.is_in_string()
    }

    fn data(&mut self, mut data: &'t str, mut offset: usize) {
        if is_gap(data) && (self.pending.is_none() || self.is_complete()) {
            self.end_event();
            self.is_behind_gap = true;
            return;
        }
        if self.pending.is_some() {
            let is_open = !self.is_complete();
            if let (true, Some(event)) = (is_open, &mut self.pending) {
                event.append(data, offset);
                return;
            }
            self.end_event();
        }
        // Chunks between which even the newline was lost.
        while let Some(end) = glued(data) {
            self.begin(&data[..end], offset);
            self.end_event();
            let rest = data[end..].trim_start();
            let rest = rest.strip_prefix("data:").unwrap_or(rest).trim_start();
            offset += data.len() - rest.len();
            data = rest;
        }
        self.begin(data, offset);
    }

    fn begin(&mut self, data: &'t str, offset: usize) {
        let mut event = SseEvent::of(data, offset);
        event.name = self.name.take();
        event.comments = std::mem::take(&mut self.comments);
        event.is_behind_gap = std::mem::take(&mut self.is_behind_gap);
        self.pending = Some(event);
        self.brackets = Scanner::default();
        self.seen = 0;
    }

    /// A line without a field goes on with a chunk that is open: pretty-printed JSON behind one `data:`. Any other is
    /// none of the transcript.
    fn other(&mut self, line: &'t str, offset: usize) {
        if !self.is_complete()
            && self.brackets.is_open()
            && let Some(event) = &mut self.pending
        {
            event.append(line, offset);
            return;
        }
        let is_gap = is_gap(line);
        self.is_behind_gap |= is_gap;
        // In the place of a chunk: it holds nothing.
        if is_gap && line.contains('{') {
            return;
        }
        if is_field(line) && !self.is_foreign {
            return;
        }
        let end = offset + line.len();
        match self.foreign.last_mut().filter(|_| self.is_foreign) {
            Some(piece) => piece.end = end,
            None => self.foreign.push(offset..end),
        }
        self.is_foreign = true;
    }
}

/// Where a chunk ends that the `data:` of the next one follows on the same line.
fn glued(data: &str) -> Option<usize> {
    let (mut from, mut seen, mut brackets) = (0, 0, Scanner::default());
    while let Some(found) = FIELD.find(&data.as_bytes()[from..]) {
        let at = from + found;
        brackets.follow(&data[seen..at]);
        seen = at;
        if brackets.is_balanced() {
            return Some(data[..at].trim_end().len());
        }
        from = at + 5;
    }
    None
}

/// Lines with their offsets; LF, CRLF and CR end a line.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let start = at;
        let rest = &text.as_bytes()[at..];
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        at += length + 1;
        if rest.get(length) == Some(&b'\r') && rest.get(length + 1) == Some(&b'\n') {
            at += 1;
        }
        Some((start, &text[start..start + length]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> Vec<String> {
        let events = read(text).events.into_iter();
        events.map(|event| event.data.into_owned()).collect()
    }

    #[test]
    fn reads_events_and_comments() {
        let text =
            ": hello\r\n\r\nevent: x\r\ndata: {\"a\":\ndata: 1}\n\ndata:last\r\r: \ndata: cut";
        let transcript = read(text);
        assert_eq!(data(text), ["{\"a\":\n1}", "last", "cut"]);
        let of = |index: usize| {
            let event = &transcript.events[index];
            (event.name, event.comments, &text[event.offset..][..3])
        };
        assert_eq!(of(0), (Some("x"), 1, "{\"a"));
        assert_eq!(of(1), (None, 0, "las"));
        assert_eq!(of(2), (None, 1, "cut"));
        // A byte of the second line of data is found where it stands.
        let at = transcript.events[0].data.find('1').unwrap_or_default();
        assert_eq!(&text[transcript.events[0].place(at)..][..2], "1}");
    }

    #[test]
    fn reads_what_a_log_or_a_clipboard_left() {
        let check = |text: &str, expected: &[&str]| {
            assert!(is_transcript(text), "{text:?}");
            assert_eq!(data(text), expected, "{text:?}");
        };
        let two = ["{\"a\":1}", "{\"b\":2}"];
        // Blank lines lost, and newlines too.
        check("data: {\"a\":1}\ndata: {\"b\":2}", &two);
        check("data:{\"a\":1}\r\ndata:{\"b\":2}\r\n", &two);
        check("data: {\"a\":1}data: {\"b\":2}", &two);
        check("data: {\"a\":1} data:{\"b\":2}", &two);
        check("event: x\ndata: {\"a\":1}\nevent: y\ndata: {\"b\":2}", &two);
        check("data: {\"a\":1}\ndata: [DONE]\n", &["{\"a\":1}", "[DONE]"]);
        check("data: {\"a\":\"data: 1\"}", &["{\"a\":\"data: 1\"}"]);
        // Indented, quoted, logged.
        check("  data: {\"a\":1}\n\n\t  data: {\"b\":2}\n", &two);
        check("> data: {\"a\":1}\n>\n> data: {\"b\":2}", &two);
        check(
            "2026-05-01T10:00:00Z [debug] data: {\"a\":1}\n2026-05-01T10:00:01Z [debug] data: {\"b\":2}",
            &two,
        );
        // One chunk over several lines, each with its field or only the first.
        check(
            "data: {\ndata:   \"a\": 1\ndata: }\ndata: {\"b\":2}",
            &["{\n  \"a\": 1\n}", "{\"b\":2}"],
        );
        check(
            "data: {\n  \"a\": {\n  }\n}\n\ndata: {\"b\":2}",
            &["{\n\"a\": {\n}\n}", "{\"b\":2}"],
        );
        // What broke off within a string takes nothing else with it.
        check(
            "data: {\"a\":\"x\ndata: {\"b\":2}",
            &["{\"a\":\"x", "{\"b\":2}"],
        );
    }

    #[test]
    fn is_told_from_its_first_line() {
        let check =
            |text: &str, expected: bool| assert_eq!(is_transcript(text), expected, "{text:?}");
        check("\u{feff}\n\n  : OPENROUTER PROCESSING", true);
        check("event: message_start\n", true);
        check("id: 7\n", true);
        check("[12:00:01] data: {", true);
        check("metadata: {", false);
        check("{\"data\": {", false);
        check("my data: some words", false);
        check("", false);
    }
}
