//! The items of an array, told from the bytes without reading them as JSON.

use std::ops::Range;

use super::scan::Scanner;
use super::split::trimmed;
use crate::completion::load::streams::chunks;

/// The records of an array.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct Items {
    /// In the order of the file.
    pub items: Vec<Item>,
    /// Where the array ends; `None` where it is cut off.
    pub end: Option<usize>,
    was_chunk: bool,
}

/// One item of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::completion::load) struct Item {
    /// Its bytes.
    pub range: Range<usize>,
    /// Whether no comma stands before it.
    pub lacks_comma: bool,
}

/// Finds the items of the array that begins at `start`, by brackets and strings alone, so that one malformed
/// item stays alone.
pub(in crate::completion::load) fn items(bytes: &[u8], start: usize) -> Items {
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
        let record = &bytes[item.range.clone()];
        let last = self.items.last().filter(|_| self.was_chunk);
        let ends = || last.is_some_and(|last| chunks::ends(&bytes[last.range.clone()], record));
        let is_chunk = chunks::is_one(record) || ends();
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
