//! Brackets and strings followed byte by byte, forgiving about all else: enough to tell where a JSON
//! document ends, also in a file that is not all JSON, or broken.

use std::ops::Range;

/// Containers whose kind is remembered; no document that is read is nested deeper.
const DEEPEST: u32 = u128::BITS;

/// Lists within lists whose items are told apart.
const LISTS: usize = 8;

/// What is open at a byte.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct Scanner {
    /// How many containers are open whose kind is remembered.
    open: u32,
    /// For each of them, from the outermost at the lowest bit, whether it is an object.
    objects: u128,
    /// How many more are open inside those.
    deeper: usize,
    in_string: bool,
    escaped: bool,
    /// The last byte that is no white space.
    last: u8,
    is_mismatched: bool,
}

impl Scanner {
    /// Takes the next byte.
    pub fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.end_string(),
                _ => {}
            }
            return;
        }
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => return,
            b'"' => self.in_string = true,
            b'{' | b'[' if self.open == DEEPEST => self.deeper += 1,
            b'{' | b'[' => {
                let bit = 1 << self.open;
                match byte == b'{' {
                    true => self.objects |= bit,
                    false => self.objects &= !bit,
                }
                self.open += 1;
            }
            b'}' | b']' if self.deeper > 0 => self.deeper -= 1,
            b'}' | b']' => self.close(byte == b'}'),
            _ => {}
        }
        self.last = byte;
    }

    /// Closes the innermost container of its kind, and with it those that were left open inside it.
    fn close(&mut self, is_object: bool) {
        let kinds = match is_object {
            true => self.objects,
            false => !self.objects,
        };
        let among = u128::MAX.checked_shr(DEEPEST - self.open).unwrap_or(0);
        let beyond_it = (kinds & among).leading_zeros();
        self.is_mismatched |= DEEPEST - beyond_it != self.open || self.open == 0;
        if beyond_it < DEEPEST {
            self.open = DEEPEST - beyond_it - 1;
        }
    }

    /// Whether the innermost container is an object.
    fn is_in_object(&self) -> bool {
        let bit = self.open.checked_sub(1).map_or(0, |at| 1 << at);
        self.objects & bit != 0
    }

    /// Passes over what opens and closes nothing but strings: the rest of one that is open, and within a container inside
    /// another all but brackets and what ends lines or records. How many bytes at the beginning of `bytes` that is.
    pub fn pass(&mut self, bytes: &[u8]) -> usize {
        let is_inner = self.depth() > 1;
        let mut at = 0;
        while !self.escaped && (self.in_string || is_inner) {
            if self.in_string {
                at += length_of_plain(&bytes[at..]);
                if !is_inner {
                    break;
                }
                match bytes.get(at..) {
                    Some([b'"', ..]) => {
                        self.end_string();
                        at += 1;
                    }
                    Some([b'\\', escaped, ..]) if *escaped != b'\n' => at += 2,
                    _ => break,
                }
                continue;
            }
            match bytes.get(at) {
                Some(b' ' | b'\t' | b'\r') => {}
                // Control characters end lines, or part records.
                None | Some(b'{' | b'[' | b'}' | b']' | ..b' ') => break,
                Some(&byte) => {
                    self.in_string = byte == b'"';
                    self.last = byte;
                }
            }
            at += 1;
        }
        at
    }

    /// Ends the string that is open, if one is, as the end of a line does: none goes over it.
    pub fn end_line(&mut self) {
        if self.in_string {
            self.end_string();
        }
    }

    fn end_string(&mut self) {
        self.in_string = false;
        self.escaped = false;
        self.last = b'"';
    }

    /// Goes on over a piece of text.
    pub fn follow(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = self.pass(bytes);
        while let Some(&byte) = bytes.get(at) {
            self.step(byte);
            at += 1;
            at += self.pass(&bytes[at..]);
        }
    }

    /// Goes on to where the outermost container closes, or to the end of the line: how many bytes that is, and
    /// whether it closes there.
    pub fn follow_line(&mut self, text: &str) -> (usize, bool) {
        let bytes = text.as_bytes();
        let mut at = self.pass(bytes);
        while let Some(&byte) = bytes.get(at) {
            let was_open = self.depth() > 0;
            self.step(byte);
            at += 1;
            if was_open && self.depth() == 0 {
                return (at, true);
            }
            if byte == b'\n' {
                return (at, false);
            }
            at += self.pass(&bytes[at..]);
        }
        (bytes.len(), false)
    }

    /// What would close all that is open, a string with it. `None` where more is open than is remembered.
    pub fn closing(&self) -> Option<String> {
        let kinds = (0..self.open).rev().map(|at| self.objects >> at & 1);
        let closing = kinds.map(|kind| if kind == 1 { '}' } else { ']' });
        let string = self.in_string.then_some('"');
        (self.deeper == 0).then(|| string.into_iter().chain(closing).collect())
    }

    /// How many containers are open.
    pub fn depth(&self) -> usize {
        self.open as usize + self.deeper
    }

    /// Whether a string is open.
    pub fn is_in_string(&self) -> bool {
        self.in_string
    }

    /// Whether a container is open.
    pub fn is_open(&self) -> bool {
        self.depth() > 0
    }

    /// Whether nothing is open: what was followed is a whole value, or none that goes on.
    pub fn is_balanced(&self) -> bool {
        self.depth() == 0 && !self.in_string
    }

    /// Whether the document that began has ended.
    pub fn is_closed(&self) -> bool {
        self.open == 0 && !self.in_string && self.last != 0
    }

    /// Whether the innermost container that is open is an object in which no value is awaited, so that no
    /// container can begin here.
    pub fn awaits_key(&self) -> bool {
        self.is_in_object() && self.last != b':'
    }

    /// Whether an object that began here would stand within another one, and where a key is awaited.
    pub fn is_misplaced(&self) -> bool {
        !self.in_string && self.awaits_key() && matches!(self.last, b',' | b'"')
    }

    /// Whether the innermost container that is open is an array.
    pub fn is_in_array(&self) -> bool {
        self.open > 0 && !self.is_in_object()
    }
}

/// How many bytes stand before a quote, a backslash or the end of a line.
fn length_of_plain(bytes: &[u8]) -> usize {
    /// Most strings are short: keys, roles, ids.
    const FEW: usize = 16;
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | b'\n');
    let few = &bytes[..bytes.len().min(FEW)];
    few.iter().position(ends).unwrap_or_else(|| {
        let rest = &bytes[few.len()..];
        few.len() + memchr::memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len())
    })
}

/// Where the object, array or string that begins at `start` ends. `None` where it does not end in these bytes, or
/// nobody can tell: a string goes over the end of a line, brackets do not match.
pub(in crate::completion::load) fn document_end(bytes: &[u8], start: usize) -> Option<usize> {
    let begins = |byte: &u8| matches!(byte, b'{' | b'[' | b'"');
    let first = bytes.get(start..)?.trim_ascii_start().first();
    first.filter(|byte| begins(byte))?;
    let mut scanner = Scanner::default();
    let mut at = start;
    loop {
        at += scanner.pass(&bytes[at..]);
        let byte = *bytes.get(at)?;
        if byte == b'\n' && scanner.in_string {
            return None;
        }
        scanner.step(byte);
        at += 1;
        if scanner.is_mismatched {
            return None;
        }
        if scanner.is_closed() {
            return Some(at);
        }
    }
}

/// The items of lists in a text that is broken JSON, in order: objects that are whole, as far as brackets
/// tell, the outermost of each. An item that is not is looked into.
pub(in crate::completion::load) fn items_of_lists(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut scanner = Scanner::default();
    // Objects that are open and stand in a list: at which depth, and where they begin.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    loop {
        at += scanner.pass(&bytes[at..]);
        let Some(&byte) = bytes.get(at) else {
            return found;
        };
        if byte == b'\n' {
            scanner.end_line();
        }
        let is_item =
            byte == b'{' && !scanner.in_string && scanner.open > 0 && !scanner.is_in_object();
        if is_item && scanner.depth() < DEEPEST as usize {
            open.push((scanner.depth(), at));
        }
        scanner.step(byte);
        at += 1;
        while let Some(&(depth, start)) = open.last()
            && scanner.depth() <= depth
        {
            open.pop();
            if byte == b'}' && scanner.depth() == depth && open.len() < LISTS {
                let inner = found.partition_point(|item| item.start < start);
                found.truncate(inner);
                found.push(start..at);
            }
        }
    }
}

/// The objects behind a byte at which a text breaks off within a string, and goes on with the next item all the same: from
/// there on quotes tell nothing of what is inside them, but a comma and an object's first key do.
pub(in crate::completion::load) fn items_behind(bytes: &[u8], at: usize) -> Vec<Range<usize>> {
    /// Beginnings that are none, each of which may cost the whole rest.
    const TRIES: usize = 64;
    // The next item begins where the quote of its first key seems to end the string.
    let before = memchr::memmem::rfind(bytes.get(..at).unwrap_or_default(), b"{\"");
    let (mut found, mut at, mut tries) = (Vec::new(), before.unwrap_or(at), 0);
    while let Some(next) = bytes
        .get(at..)
        .and_then(|rest| memchr::memmem::find(rest, b"{\""))
        && tries < TRIES
    {
        let start = at + next;
        let is_behind_comma = bytes[..start].trim_ascii_end().ends_with(b",");
        // Looking for an end may cost the whole rest.
        let end = is_behind_comma
            .then(|| document_end(bytes, start))
            .flatten();
        tries += usize::from(is_behind_comma && end.is_none());
        at = end.unwrap_or(start + 1);
        found.extend(end.map(|end| start..end));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_whole_items_of_what_is_broken() {
        let check = |text: &str, expected: &[&str]| {
            let found = items_of_lists(text.as_bytes());
            let found: Vec<&str> = found.into_iter().map(|item| &text[item]).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check(
            "{\"a\":[{\"b\":1},{\"c\":[{}]},{\"d\":[{\"e\":1},{",
            &["{\"b\":1}", "{\"c\":[{}]}", "{\"e\":1}"],
        );
        check("{\"a\":[{\"b\":1} {\"c\":2}]}", &["{\"b\":1}", "{\"c\":2}"]);
        check("{\"a\":{\"b\":1},\"c\"", &[]);
        check("[{\"a\":\"x\n},{\"b\":2}", &["{\"a\":\"x\n}", "{\"b\":2}"]);
    }

    #[test]
    fn finds_the_end_of_a_document() {
        let check = |text: &str, expected| assert_eq!(document_end(text.as_bytes(), 0), expected);
        check(r#"{"a":[1,{"b":"}"}]} x"#, Some(19));
        check(r#"[]["#, Some(2));
        check(r#"{"a":"\"}"}"#, Some(11));
        check("{\"a\":1", None);
        check("{\"a\":\"\n\"}", None);
        check("{\"a\":[}", None);
        check("}", None);
        check(" {} x", Some(3));
        check("\u{e9}", None);
        check("a{}", None);
        let nested = |levels: usize| "[{\"a\":".repeat(levels) + "1" + &"}]".repeat(levels);
        for levels in [1, 63, 64, 65, 200] {
            check(&nested(levels), Some(nested(levels).len()));
        }
    }
}
