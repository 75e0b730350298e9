//! The bytes at a record's edge: what may stand before it, between two, behind it, and whether one begins somewhere.

use crate::completion::load::framing::scan::document_end;
use crate::completion::load::logs::log_prefix;

/// The byte-order mark of UTF-8.
pub(in crate::completion::load) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Where the text begins: behind a byte-order mark.
pub fn text_start(bytes: &[u8]) -> usize {
    match bytes.starts_with(MARK) {
        true => MARK.len(),
        false => 0,
    }
}

/// Where the content begins: behind a byte-order mark, white space (keep-alive padding is dozens of blank
/// lines) and separators.
pub(in crate::completion::load) fn content_start(bytes: &[u8]) -> usize {
    let start = text_start(bytes);
    start + leading(&bytes[start..])
}

/// The record separator of RFC 7464. In JSON it can't stand anywhere.
pub(super) const SEPARATOR: u8 = 0x1E;
const VERTICAL_TAB: u8 = 0x0B;

/// What may stand between two records: white space, a comma, the record separator of RFC 7464.
pub(in crate::completion::load) fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | SEPARATOR | VERTICAL_TAB)
}

/// Whether a file that begins so has nothing yet but blanks, or the bracket of an array and blanks.
pub fn is_blank(bytes: &[u8]) -> bool {
    match &bytes[content_start(bytes)..] {
        [] => true,
        [b'[', inside @ ..] => inside.trim_ascii_start().is_empty(),
        _ => false,
    }
}

pub(super) fn leading(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            byte if is_between(*byte) => 1,
            0..0x80 => break,
            _ => match blank(&bytes[at..]) {
                Some(length) => length,
                None => break,
            },
        };
    }
    at
}

/// The length of the white space beyond ASCII, or of the byte-order mark, that some bytes begin with. Text that was
/// copied from a web page is indented with no-break spaces.
fn blank(bytes: &[u8]) -> Option<usize> {
    let longest = &bytes[..bytes.len().min('\u{feff}'.len_utf8())];
    let c = longest.utf8_chunks().next()?.valid().chars().next()?;
    // Chats put joiners of no width where a line may be broken.
    let has_no_width = matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}');
    (has_no_width || c.is_whitespace()).then(|| c.len_utf8())
}

/// `bytes` without what may stand behind a record.
pub(in crate::completion::load) fn trimmed(bytes: &[u8]) -> &[u8] {
    let behind = bytes.iter().rev().take_while(|byte| is_between(**byte));
    &bytes[..bytes.len() - behind.count()]
}

/// The same of an object or array that is left open: what it ends with is its own, a comma too, so that what is said of
/// it is what follows that.
pub(in crate::completion::load) fn trimmed_open(bytes: &[u8]) -> &[u8] {
    let whole = trimmed(bytes);
    let is_comma = bytes[whole.len()..].contains(&b',');
    let start = leading(whole);
    let is_open = is_comma
        && matches!(whole.get(start), Some(b'{' | b'['))
        && document_end(whole, start).is_none();
    let is_blank = |byte: &&u8| is_between(**byte) && **byte != b',';
    let blanks = bytes.iter().rev().take_while(is_blank).count();
    match is_open {
        true => &bytes[..bytes.len() - blanks],
        false => whole,
    }
}

/// Whether what begins with a bracket is an array, and not a logger's `[2026-05-06 01:35:13]` or `[INFO]`.
pub(in crate::completion::load) fn is_array(bytes: &[u8]) -> bool {
    let inside = bytes.get(1..).unwrap_or_default().trim_ascii_start();
    matches!(
        inside.first(),
        None | Some(b'{' | b'[' | b'"' | b']' | b',')
    )
}

/// Whether what begins with a bracket is an array, and not a list that a logger writes before other words.
pub(in crate::completion::load) fn is_array_of_file(bytes: &[u8]) -> bool {
    const LONGEST: usize = 200;
    let head = &bytes[..bytes.len().min(LONGEST)];
    let line = &head[..memchr::memchr(b'\n', head).unwrap_or(head.len())];
    let behind = document_end(line, 0).map(|end| line[end..].trim_ascii_start());
    let next = behind.and_then(|behind| behind.first());
    is_array(bytes) && next.is_none_or(|next| matches!(*next, b'[' | b',' | SEPARATOR))
}

/// Whether what begins with a brace is a logger's own `{traceId=a}`, before other words.
pub(super) fn is_context(bytes: &[u8]) -> bool {
    let may_be = bytes.get(1).is_some_and(u8::is_ascii_alphabetic);
    may_be && {
        let line = bytes
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        std::str::from_utf8(line).is_ok_and(|line| log_prefix::context(line).is_some())
    }
}

/// Whether some bytes are one object or array and nothing else, as far as brackets tell.
pub(super) fn is_document(bytes: &[u8]) -> bool {
    document_end(bytes, 0) == Some(bytes.len())
}

/// Whether a line ends with the whole of a document that begins behind words.
pub(super) fn ends_with_document(line: &[u8]) -> bool {
    let brace = memchr::memmem::find(line, b"{\"");
    brace.is_some_and(|brace| document_end(line, brace) == Some(line.len()))
}

/// Whether nothing stands behind a document, or what a statement of a program ends with: `;`, `)`, `} as const;`.
pub(super) fn is_end_of_statement(behind: &[u8]) -> bool {
    const LONGEST: usize = 64;
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b')' | b',');
    let is_named = || {
        let words = [b"as ".as_slice(), b"satisfies "];
        behind.len() <= LONGEST
            && words.iter().any(|word| behind.starts_with(word))
            && !behind.iter().any(|byte| matches!(byte, b'{' | b'"'))
    };
    behind.iter().all(is_end) || is_named()
}

/// Whether a line may stand within a document over several lines, behind its first.
pub(super) fn may_go_on(line: &str) -> bool {
    line.trim().is_empty()
        || line.starts_with([' ', '\t', '"', '{', '}', '[', ']', ',', '\r', '\n'])
}

/// How many blanks stand before a byte on its line, as far as it matters.
pub(super) fn indentation(bytes: &[u8], at: usize) -> usize {
    const DEEPEST: usize = 1000;
    let before = bytes[..at].iter().rev().take(DEEPEST);
    before
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

/// Whether what follows begins with a field of a transcript, behind blank lines or none. `None` where that has not come yet.
pub(super) fn begins_with_field(bytes: &[u8], is_all: bool) -> Option<bool> {
    const FIELDS: [&[u8]; 2] = [b"data:", b"event:"];
    let rest = bytes.trim_ascii_start();
    let may_become = |field: &&[u8]| rest.len() < field.len() && field.starts_with(rest);
    match is_all {
        false if FIELDS.iter().any(may_become) => None,
        _ => Some(FIELDS.iter().any(|field| rest.starts_with(field))),
    }
}
