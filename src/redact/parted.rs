//! Lists of numbers that are the bytes of a text: in hex (`72:6b`, `72 6b`, `["0x72", "0x6b"]`) or in decimal, as JavaScript
//! writes a `Buffer` (`[114,107]`).

use std::ops::Range;

use super::Decoded;

/// Characters between two bytes, at most.
const BETWEEN: usize = 4;

/// Bytes, and where they stand.
type Bytes = (Vec<u8>, Range<usize>);

/// Whether a character may stand between two bytes of a list.
fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            ':' | '-' | ',' | '.' | '_' | '|' | '/' | ';' | '"' | '\'' | '\\' | '%' | '[' | ']'
        )
}

/// Bytes in hex with something between them.
pub(super) fn hex(visible: &[Decoded]) -> Vec<Bytes> {
    let is_digit = |at: &usize| visible.get(*at).is_some_and(|(c, _)| c.is_ascii_hexdigit());
    let mut list = List::default();
    let mut at = 0;
    while at < visible.len() {
        let is_marked = matches!(visible.get(at..at + 2), Some([('0', _), ('x' | 'X', _)]));
        let start = at + if is_marked { 2 } else { 0 };
        let digits = (start..).take_while(is_digit).count();
        if digits == 0 || digits % 2 == 1 {
            at = (start + digits).max(at + 1);
            continue;
        }
        let end = start + digits;
        list.add(visible, at..end, super::hex(&visible[start..end]));
        at = end;
    }
    list.end()
}

/// The same where each has its number in the list before it, as JavaScript writes bytes: `{"0":115,"1":107}`.
pub(super) fn numbered(visible: &[Decoded]) -> Vec<Bytes> {
    let char_at = |at: usize| visible.get(at).map(|(c, _)| *c);
    let digits_at = |at: usize| {
        let digits = (at..).take_while(|at| char_at(*at).is_some_and(|c| c.is_ascii_digit()));
        digits.count()
    };
    let mut bare = Vec::new();
    let mut at = 0;
    while at < visible.len() {
        let is_quoted = char_at(at) == Some('"');
        let start = at + usize::from(is_quoted);
        let digits = digits_at(start);
        let end = start + digits + usize::from(is_quoted);
        let is_closed = !is_quoted || char_at(start + digits) == Some('"');
        let is_number = digits > 0 && is_closed && char_at(end) == Some(':');
        let taken = if is_number {
            end + 1 - at
        } else {
            digits_at(at).max(1)
        };
        if !is_number {
            bare.extend_from_slice(&visible[at..at + taken]);
        }
        at += taken;
    }
    match bare.len() == visible.len() {
        true => Vec::new(),
        false => decimal(&bare),
    }
}

/// Codes of characters in decimal with something between them.
pub(super) fn decimal(visible: &[Decoded]) -> Vec<Bytes> {
    let digit = |at: usize| visible.get(at).and_then(|(c, _)| c.to_digit(10));
    let mut list = List::default();
    let mut at = 0;
    while at < visible.len() {
        let digits = (at..).map_while(digit);
        let count = digits.clone().count();
        let number = digits.take(4).fold(0, |number, digit| number * 10 + digit);
        let byte = u8::try_from(number).ok().filter(u8::is_ascii);
        if let Some(byte) = byte.filter(|_| (1..=3).contains(&count)) {
            list.add(visible, at..at + count, vec![byte]);
        }
        at += count.max(1);
    }
    list.end()
}

/// Bytes that follow one another, as far as they were come to.
#[derive(Default)]
struct List {
    all: Vec<Bytes>,
    bytes: Vec<u8>,
    place: Range<usize>,
    /// Behind the last of them, in characters.
    end: usize,
}

impl List {
    /// Adds the bytes that these characters are.
    fn add(&mut self, visible: &[Decoded], at: Range<usize>, bytes: Vec<u8>) {
        let gap = visible.get(self.end..at.start).unwrap_or_default();
        let goes_on = !self.bytes.is_empty()
            && gap.len() <= BETWEEN
            && gap.iter().all(|(c, _)| is_between(*c));
        if !goes_on {
            self.all
                .push((std::mem::take(&mut self.bytes), self.place.clone()));
            self.place.start = visible[at.start].1.start;
        }
        self.end = at.end;
        self.bytes.extend(bytes);
        self.place.end = visible[at.end - 1].1.end;
    }

    fn end(mut self) -> Vec<Bytes> {
        self.all.push((self.bytes, self.place));
        self.all
    }
}
