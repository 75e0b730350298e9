//! The items of an array, told from the bytes without reading them as JSON: by brackets and strings alone, so that one
//! malformed item stays alone. One and the same [`ArrayCutter`] cuts a whole array and one that arrives in pieces.

use std::collections::VecDeque;
use std::ops::Range;

use super::scan::Scanner;
use super::split::{Gathered, WaitingRequests, trimmed, trimmed_open};
use crate::completion::Origin;
use crate::completion::load::Problem;
use crate::json::Position;

/// The records of an array.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct Items {
    /// In the order of the file.
    pub items: Vec<ArrayItem>,
    /// Where the array ends; `None` where it is cut off.
    pub end: Option<usize>,
}

/// One item of an array; what is one record together, such as the chunks of a stream, is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayItem {
    /// Its bytes.
    pub range: Range<usize>,
    /// Whether no comma stands before it.
    pub lacks_comma: bool,
    /// How many bytes of it were passed over before those, since it is too long to be kept.
    pub passed: usize,
}

impl ArrayItem {
    /// What is wrong with it as an item: nothing stands between it and the one before, or it is none.
    pub fn problem(&self, bytes: &[u8], origin: &Origin) -> Option<Problem> {
        let what = match (self.lacks_comma, self.is_end(bytes)) {
            (_, true) => "a comma before the end of the array; take it out",
            (true, false) => "a comma is missing before this item of the array",
            (false, false) => return None,
        };
        Some(Problem::malformed(origin, what.to_owned()))
    }

    /// Whether it is not an item, but the bracket at the end of an array behind a comma.
    pub fn is_end(&self, bytes: &[u8]) -> bool {
        bytes.get(self.range.clone()) == Some(b"]")
    }
}

/// What to say of a file that ends inside the array that was opened here.
pub fn cut_off(opened: Position) -> String {
    let Position { line, column } = opened;
    format!(
        "the file ends inside the array that begins at line {line}, column {column}: it was cut off; what is whole before \
         that counts"
    )
}

/// What comes next of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrayStep {
    /// An item.
    Item(ArrayItem),
    /// The next item needs more bytes to be told.
    More,
    /// Nothing more: where the array ends, or `None` where it is cut off.
    End(Option<usize>),
}

/// Cuts an array into its items. All places are in bytes from the array's bracket, less what was forgotten.
#[derive(Debug, Clone)]
pub struct ArrayCutter {
    scanner: Scanner,
    /// How far the bytes were looked at.
    at: usize,
    /// Where the next item may begin.
    item: usize,
    lacks_comma: bool,
    has_items: bool,
    /// What is one record together, and a further item may go on with: its first item, as far as it goes.
    gathered: Option<(ArrayItem, Gathered)>,
    /// Items behind that which may stand within it.
    between: Vec<ArrayItem>,
    /// Items that have to be looked at once more, since they do not.
    again: VecDeque<ArrayItem>,
    /// Items to be handed out.
    ready: VecDeque<ArrayItem>,
    /// Requests that wait for their answers.
    waiting: WaitingRequests,
    /// Whether every item is handed out by itself.
    is_plain: bool,
    /// Where the last item begins that was handed out.
    last: usize,
    is_over: bool,
    end: Option<usize>,
    /// Bytes of the item being looked at that were passed over.
    passed: usize,
}

impl Default for ArrayCutter {
    fn default() -> Self {
        ArrayCutter {
            scanner: Scanner::default(),
            at: 0,
            // Behind the bracket.
            item: 1,
            lacks_comma: false,
            has_items: false,
            gathered: None,
            between: Vec::new(),
            again: VecDeque::new(),
            ready: VecDeque::new(),
            waiting: WaitingRequests::default(),
            is_plain: false,
            last: 0,
            is_over: false,
            end: None,
            passed: 0,
        }
    }
}

impl ArrayCutter {
    /// The next item. `bytes` begin with the array's bracket, less what was forgotten; a caller that was told to bring more
    /// calls again with more behind them. `is_all` says that nothing follows.
    pub fn next(&mut self, bytes: &[u8], is_all: bool) -> ArrayStep {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return self.hand_out(item);
            }
            if let Some(item) = self.again.pop_front() {
                self.take(bytes, item);
                continue;
            }
            if self.is_over {
                if self.gathered.is_none() {
                    return ArrayStep::End(self.end);
                }
                self.end_gathered();
                continue;
            }
            let Some(found) = self.look(bytes, is_all) else {
                return ArrayStep::More;
            };
            if let Some(item) = found {
                self.take(bytes, item);
            }
        }
    }

    /// Forgets what is not needed any more: how many bytes the caller may drop at the beginning. The last item that was
    /// handed out is still there.
    pub fn forget(&mut self) -> usize {
        let needed = self.kept().map(|item| item.range.start).min();
        let needed = needed.map_or(self.item, |needed| needed.min(self.item));
        let gone = match self.has_items {
            true => needed.min(self.last),
            // The bracket itself is looked at once.
            false => needed.min(self.at),
        };
        for item in self.kept() {
            item.range.start -= gone;
            item.range.end -= gone;
        }
        self.at -= gone;
        self.item -= gone;
        self.last -= gone.min(self.last);
        gone
    }

    /// All items that are not handed out yet.
    fn kept(&mut self) -> impl Iterator<Item = &mut ArrayItem> {
        let gathered = self.gathered.iter_mut().map(|(item, _)| item);
        let waiting = self.again.iter_mut().chain(&mut self.ready);
        gathered.chain(&mut self.between).chain(waiting)
    }

    /// Passes over what was looked at, since the item is too long to be kept: where it begins, and how many bytes the
    /// caller may drop at the beginning. What is too long together is handed out as it is, and nothing is dropped for it.
    pub fn pass(&mut self, bytes: &[u8]) -> Option<(usize, usize)> {
        if self.gathered.is_some() {
            self.end_gathered();
        }
        if !self.ready.is_empty() || !self.again.is_empty() {
            return None;
        }
        let looked_at = &bytes[self.item..self.at];
        let start = self.at - looked_at.trim_ascii_start().len();
        let gone = self.at;
        self.passed += gone - start;
        (self.at, self.item, self.last) = (0, 0, 0);
        Some((start, gone))
    }

    fn hand_out(&mut self, item: ArrayItem) -> ArrayStep {
        self.last = item.range.start;
        ArrayStep::Item(item)
    }

    /// Goes on to where an item may end: the item, if there is one. `None` where the bytes end before.
    fn look(&mut self, bytes: &[u8], is_all: bool) -> Option<Option<ArrayItem>> {
        loop {
            self.at += self.scanner.pass(bytes.get(self.at..).unwrap_or_default());
            let Some(&byte) = bytes.get(self.at) else {
                if !is_all {
                    return None;
                }
                self.is_over = true;
                return Some(self.rest(bytes));
            };
            let is_outside = self.scanner.depth() == 1 && !self.scanner.is_in_string();
            if byte == b'\n' {
                self.scanner.end_line();
            }
            if byte == b'{' && self.scanner.is_misplaced() {
                if bytes.len() - self.at < LOOKED_AHEAD && !is_all {
                    return None;
                }
                if self.begins_anew(bytes) {
                    let item = self.broken_off(bytes);
                    self.scanner = Scanner::default();
                    self.scanner.step(b'[');
                    return Some(item);
                }
            }
            let begins = matches!(byte, b'{' | b'[' | b'"');
            let ends = is_outside && (matches!(byte, b',' | b']') || begins);
            let mut item = match ends {
                true => self.ended(bytes, byte, begins),
                false => None,
            };
            self.scanner.step(byte);
            if self.scanner.is_closed() && !is_outside {
                // What was left open is an item as well.
                item = self.broken_off(bytes);
            }
            self.at += 1;
            if self.scanner.is_closed() {
                self.end = Some(self.at);
                self.is_over = true;
            }
            if item.is_some() || self.is_over {
                return Some(item);
            }
        }
    }

    /// Whether the brace here, which stands where none can, begins the next item: as the one that is open began, or
    /// on a line as far to the left.
    fn begins_anew(&self, bytes: &[u8]) -> bool {
        let inner = &bytes[self.item..self.at];
        let lead = inner.len() - inner.trim_ascii_start().len();
        let (open, here) = (&inner[lead..], &bytes[self.at..]);
        if self.passed > 0 || !open.starts_with(b"{") {
            return false;
        }
        let is_same = first_key(open).is_some_and(|key| first_key(here) == Some(key));
        is_same
            || blanks_before(inner, inner.len())
                .is_some_and(|here| blanks_before(inner, lead).is_some_and(|open| here <= open))
    }

    /// The item that is open, which ends here however much of it is left open.
    fn broken_off(&mut self, bytes: &[u8]) -> Option<ArrayItem> {
        let inner = trimmed(&bytes[self.item..self.at]);
        let lead = inner.len() - inner.trim_ascii_start().len();
        let is_there = lead < inner.len() || self.passed > 0;
        let found = is_there.then(|| ArrayItem {
            range: self.item + lead..self.item + inner.len(),
            lacks_comma: self.lacks_comma,
            passed: std::mem::take(&mut self.passed),
        });
        self.has_items |= is_there;
        self.lacks_comma = false;
        self.item = self.at;
        found
    }

    /// What stands before a byte that ends an item, or begins the next one.
    fn ended(&mut self, bytes: &[u8], byte: u8, begins: bool) -> Option<ArrayItem> {
        let inner = &bytes[self.item..self.at];
        let lead = inner.len() - inner.trim_ascii_start().len();
        let is_there = lead < inner.len() || self.passed > 0;
        let is_last = byte == b']' && !self.has_items;
        let mut found = None;
        if is_there || !(begins || is_last) {
            // `[,]` or a comma before the end: the reader names it.
            let range = match is_there {
                true => self.item + lead..self.item + lead.max(inner.trim_ascii_end().len()),
                false => self.at..self.at + 1,
            };
            found = Some(ArrayItem {
                range,
                lacks_comma: self.lacks_comma,
                passed: std::mem::take(&mut self.passed),
            });
            self.has_items = true;
            self.lacks_comma = begins;
        }
        self.item = self.at + usize::from(!begins);
        if byte == b',' {
            self.lacks_comma = false;
        }
        found
    }

    /// What is left of an array that is cut off.
    fn rest(&mut self, bytes: &[u8]) -> Option<ArrayItem> {
        let rest = trimmed_open(bytes.get(self.item..).unwrap_or_default());
        let lead = rest.len() - rest.trim_ascii_start().len();
        (lead < rest.len() || self.passed > 0).then(|| {
            self.has_items = true;
            ArrayItem {
                range: self.item + lead..self.item + rest.len(),
                lacks_comma: self.lacks_comma,
                passed: std::mem::take(&mut self.passed),
            }
        })
    }

    /// Takes an item in.
    fn take(&mut self, bytes: &[u8], item: ArrayItem) {
        let range = item.range.clone();
        if self.is_plain || (item.passed > 0 && self.gathered.is_none()) {
            self.ready.push_back(item);
            return;
        }
        let Some((mut first, mut gathered)) = self.gathered.take() else {
            let mut gathered = Gathered::default();
            if gathered.is_apart(&self.waiting, &bytes[range.clone()]) {
                self.ready.push_back(item);
                return;
            }
            let begins = gathered.take(&mut self.waiting, bytes, range.clone(), range.start, true)
                || gathered.asks(&mut self.waiting, &bytes[range], true);
            match begins {
                true => self.gathered = Some((item, gathered)),
                false => self.ready.push_back(item),
            }
            return;
        };
        if item.passed > 0
            || !gathered.take(
                &mut self.waiting,
                bytes,
                range.clone(),
                first.range.start,
                true,
            )
        {
            self.gathered = Some((first, gathered));
            self.again.push_front(item);
            self.end_gathered();
            return;
        }
        if gathered.at > gathered.end && !gathered.is_whole() {
            self.between.push(item);
        } else {
            first.range.end = range.end;
            self.between.clear();
        }
        if gathered.is_whole() {
            if gathered.is_exchange() {
                self.waiting.answered();
            }
            self.ready.push_back(first);
            return;
        }
        self.gathered = Some((first, gathered));
    }

    /// Hands out what was gathered; the items that may have stood within it are looked at once more.
    fn end_gathered(&mut self) {
        self.ready
            .extend(self.gathered.take().map(|(first, _)| first));
        for item in self.between.drain(..).rev() {
            self.again.push_front(item);
        }
    }
}

/// How many bytes behind a brace tell whether an item begins there.
const LOOKED_AHEAD: usize = 128;

/// The first key of the object that begins some bytes, where it is a short one.
fn first_key(object: &[u8]) -> Option<&[u8]> {
    let head = &object[1..object.len().min(LOOKED_AHEAD)];
    let key = head.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', key)?;
    (end > 0).then(|| &key[..end])
}

/// How many blanks stand between the beginning of a line and a byte; `None` where other things do.
fn blanks_before(bytes: &[u8], at: usize) -> Option<usize> {
    let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t');
    let blanks = bytes[..at].iter().rev().take_while(is_blank).count();
    (at > blanks && bytes[at - blanks - 1] == b'\n').then_some(blanks)
}

/// Where the items are of a text that is the inside of an array, each by itself.
pub(in crate::completion::load) fn ranges(inside: &[u8]) -> Vec<Range<usize>> {
    let mut cutter = ArrayCutter {
        is_plain: true,
        item: 0,
        ..ArrayCutter::default()
    };
    cutter.scanner.step(b'[');
    let mut found = Vec::new();
    while let ArrayStep::Item(item) = cutter.next(inside, true) {
        found.push(item.range);
    }
    found
}

/// Finds the items of the array that begins at `start`.
pub(in crate::completion::load) fn items(bytes: &[u8], start: usize) -> Items {
    let bytes = &bytes[start..];
    let mut cutter = ArrayCutter::default();
    let mut found = Items::default();
    loop {
        match cutter.next(bytes, true) {
            ArrayStep::Item(mut item) => {
                item.range = item.range.start + start..item.range.end + start;
                found.items.push(item);
            }
            ArrayStep::End(end) => {
                found.end = end.map(|end| end + start);
                return found;
            }
            ArrayStep::More => return found,
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
        // An item that is left open ends where one begins as it began, or with the array.
        let open = "[{\"a\":{\"b\":1}, {\"a\":2}, {\"a\":{\"c\":1}]";
        check(
            open,
            &["{\"a\":{\"b\":1}", "{\"a\":2}", "{\"a\":{\"c\":1}"],
            true,
        );
        check("[{\"a\":1, {\"b\":2}}]", &["{\"a\":1, {\"b\":2}}"], true);
        let found = items(b"[{} {},{}]", 0);
        let lacking: Vec<bool> = found.items.iter().map(|item| item.lacks_comma).collect();
        assert_eq!(lacking, [false, true, false]);
    }

    const ASKED: &str = r#"{"model":"a/b","messages":[]}"#;
    const ANSWERED: &str =
        r#"{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"x"}}]}"#;
    const LINE: &str = r#"{"msg":"data: {\"choices\":[{\"delta\":{}}]}"}"#;

    #[test]
    fn takes_together_what_is_one_record() {
        let check = |items_of: &[&str], expected: &[usize]| {
            let text = format!("[{}]", items_of.join(", "));
            let found = items(text.as_bytes(), 0);
            // How many items each record has of those that were given.
            let counts: Vec<usize> = found
                .items
                .iter()
                .map(|item| ranges(text[item.range.clone()].as_bytes()).len())
                .collect();
            assert_eq!(counts, expected, "{text}");
        };
        let chunk = r#"{"model":"a/b","object":"chat.completion.chunk","choices":[]}"#;
        check(&[ASKED, ANSWERED], &[2]);
        check(&[ASKED, ANSWERED, ASKED, ANSWERED], &[2, 2]);
        let other = ASKED.replace("a/b", "c/d");
        check(&[&other, ASKED, ANSWERED], &[1, 1, 1]);
        // What is asked once more is one thing.
        check(&[ASKED, ASKED, ANSWERED], &[1, 2]);
        check(&[ASKED, "1", ANSWERED], &[1, 1, 1]);
        check(&[ASKED, chunk, chunk, ANSWERED], &[3, 1]);
        check(&[LINE, "{}", LINE, "{}", ASKED, ANSWERED], &[3, 1, 2]);
        let pair = format!(r#"["1",{}]"#, r#""data: {\"choices\":[{\"delta\":{}}]}""#);
        check(&[&pair, &pair, "[1]"], &[2, 1]);
        let line = r#""data: {\"choices\":[{\"delta\":{}}]}""#;
        check(&[line, r#""""#, line, r#""data: [DONE]""#], &[4]);
        check(&[r#""x""#, line, line, r#""x""#], &[1, 2, 1]);
    }

    /// However it arrives, and whatever is dropped of it in between, an array has the same items.
    #[test]
    fn cuts_pieces_as_it_cuts_the_whole() {
        let chunk = r#"{"object":"chat.completion.chunk","choices":[{"delta":{"content":"a"}}]}"#;
        let texts = [
            "[{\"a\":\"],\"}, 2 ]".to_owned(),
            "[ ]".to_owned(),
            "[{\"a\":1},{\"b\"".to_owned(),
            "[{\"a\":1} {\"b\":2},,3,] {}".to_owned(),
            "[\n {\"a\":\"x\ny\"},\n {\"b\":[1,{}]}\n]\n{}".to_owned(),
            format!("[1,{chunk},\n{chunk} ,{{\"b\":2}},{chunk}]"),
            // A request, and what answers it: an answer, chunks, nothing.
            format!("[{ASKED},{ANSWERED},{ASKED},{chunk},{ASKED},{ASKED},{ANSWERED}]"),
            // Lines of a stream in records and in strings, with other records between them and behind them.
            format!("[{LINE},{{\"msg\":\"x\"}},{LINE},{{\"a\":1}},{ASKED},{ANSWERED}]"),
            r#"["data: {\"choices\":[{\"delta\":{}}]}","","data: [DONE]","x"]"#.to_owned(),
            // Items that are left open.
            "[{\"a\":{\"b\":1},\n{\"a\":2},\n{\"a\":{\"c\":1}]".to_owned(),
            "[\n {\"a\":\"x,\n {\"b\":2}, {\"c\":1, {\"d\":1}}]\n{}".to_owned(),
            // A request in each record beside a chunk of its answer.
            format!(
                "[{{\"request\":{ASKED},\"chunk\":{chunk}}},{{\"b\":2}},{{\"request\":{ASKED},\"chunk\":{chunk}}},3]"
            ),
        ];
        for text in texts {
            let whole = items(text.as_bytes(), 0);
            for size in 1..=text.len() {
                let mut cutter = ArrayCutter::default();
                let (mut found, mut gone, mut filled) = (Vec::new(), 0, 0);
                let end = loop {
                    let is_all = filled == text.len();
                    match cutter.next(&text.as_bytes()[gone..filled], is_all) {
                        ArrayStep::Item(mut item) => {
                            item.range = item.range.start + gone..item.range.end + gone;
                            found.push(item);
                        }
                        ArrayStep::More => {
                            gone += cutter.forget();
                            filled = (filled + size).min(text.len());
                        }
                        ArrayStep::End(end) => break end.map(|end| end + gone),
                    }
                };
                assert_eq!((&found, end), (&whole.items, whole.end), "{text} by {size}");
            }
        }
    }
}
