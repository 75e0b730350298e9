//! Text to nodes in one pass, without recursion, strict as RFC 8259.

use super::position::Position;
use super::value::{ESCAPED, Kind, Node, mark, tag};
use super::words;

/// What a document may not exceed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Containers within containers.
    pub depth: usize,
    /// Bytes of text.
    pub bytes: usize,
}

impl Default for Limits {
    /// Nesting 128, one record 64 MiB.
    fn default() -> Self {
        Limits {
            depth: 128,
            bytes: 64 << 20,
        }
    }
}

impl Limits {
    /// What to say of a record that has too many bytes.
    pub fn exceeded_by(&self, bytes: usize) -> String {
        let limit = self.bytes >> 20;
        format!("this record has {bytes} bytes; the limit is {limit} MiB")
    }
}

/// Why a text is not JSON that can be read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {what}")]
pub struct ParseError {
    /// Byte offset into the text.
    pub offset: usize,
    /// The same place for people.
    pub position: Position,
    /// What was found and what was expected.
    pub what: String,
}

impl Limits {
    /// The same limits for a text that the program has put `levels` containers around.
    #[must_use]
    pub fn around(self, levels: usize) -> Limits {
        Limits {
            depth: self.depth.saturating_add(levels),
            bytes: self.bytes.saturating_add(self.bytes / 4),
        }
    }
}

/// The nodes of a text, and the objects that may name a key more than once.
pub(super) fn nodes(text: &str, limits: Limits) -> Result<(Vec<Node>, Vec<u32>), ParseError> {
    let mut parser = Parser {
        bytes: text.as_bytes(),
        at: 0,
        nodes: Vec::with_capacity((text.len() / 24).clamp(8, 1 << 20)),
        alike: Vec::new(),
        depth: limits.depth,
    };
    let result = if text.len() > limits.bytes {
        Err(Failure {
            at: 0,
            what: limits.exceeded_by(text.len()),
        })
    } else {
        parser.document()
    };
    match result {
        Ok(()) => Ok((parser.nodes, parser.alike)),
        Err(failure) => Err(ParseError {
            offset: failure.at,
            position: Position::of(text, failure.at),
            what: failure.what,
        }),
    }
}

/// Where the first control character stands, of which there is nearly always none.
fn control_in(text: &[u8]) -> Option<usize> {
    const FIRST_OTHER: u8 = 0x20;
    let (blocks, rest) = text.as_chunks::<32>();
    let (words, rest) = rest.as_chunks::<8>();
    // Numbers and not truth values, so that the compiler makes vector compares of it.
    let in_block = |block: &[u8; 32]| {
        let any = block
            .iter()
            .fold(0, |any, &byte| any | u8::from(byte < FIRST_OTHER));
        any != 0
    };
    let in_word = |word: &[u8; 8]| words::below(u64::from_le_bytes(*word), FIRST_OTHER) != 0;
    let is_control = |byte: &u8| *byte < FIRST_OTHER;
    let is_there =
        blocks.iter().any(in_block) || words.iter().any(in_word) || rest.iter().any(is_control);
    match is_there {
        true => text.iter().position(is_control),
        false => None,
    }
}

/// Where a quote, a backslash or a control character next stands, or the text ends.
#[inline]
fn end_of_plain(text: &[u8], from: usize) -> usize {
    /// Most strings are short, and most stretches of a long one end at an escape: so by words first.
    const WORDS: usize = 2;
    let mut at = from;
    for _ in 0..WORDS {
        let Some(word) = words::at(text, at) else {
            break;
        };
        let found = words::equal(word, b'"') | words::equal(word, b'\\') | words::below(word, b' ');
        if found != 0 {
            return at + words::first(found);
        }
        at += 8;
    }
    let rest = &text[at..];
    let end = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
    at + control_in(&rest[..end]).unwrap_or(end)
}

struct Failure {
    at: usize,
    what: String,
}

struct Parser<'t> {
    bytes: &'t [u8],
    at: usize,
    nodes: Vec<Node>,
    /// Objects of which two keys have one mark, so that they may be the same.
    alike: Vec<u32>,
    depth: usize,
}

/// A key's text between its quotes; empty at 0 for what has none.
#[derive(Default)]
struct Key {
    start: u32,
    end: u32,
    escaped: bool,
    tag: u32,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), Failure> {
        self.white_space();
        // The innermost container that is open, and how many are; those around it are its parents.
        let mut open = self.value(Key::default(), None)?;
        let mut depth = usize::from(open.is_some());
        while let Some(index) = open {
            if depth > self.depth {
                return Err(Failure {
                    at: self.nodes[index].start as usize,
                    what: format!("nested deeper than {} levels", self.depth),
                });
            }
            self.white_space();
            let Node { kind, len, .. } = self.nodes[index];
            let object = kind == Kind::Object;
            let close = if object { b'}' } else { b']' };
            if self.peek() == Some(close) {
                self.at += 1;
                let (end, next) = (self.at as u32, self.nodes.len() as u32);
                let node = &mut self.nodes[index];
                (node.end, node.next) = (end, next);
                open = (index > 0).then_some(node.parent as usize);
                depth -= 1;
                continue;
            }
            if len > 0 {
                if self.peek() != Some(b',') {
                    return self.no_comma(object);
                }
                self.at += 1;
                self.white_space();
            }
            let key = if object { self.key()? } else { Key::default() };
            if let Some(inner) = self.value(key, Some(index))? {
                open = Some(inner);
                depth += 1;
            }
        }
        self.white_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => self.fail("the end of the value"),
        }
    }

    fn key(&mut self) -> Result<Key, Failure> {
        if self.peek() != Some(b'"') {
            return self.fail("a key in double quotes");
        }
        let start = self.at + 1;
        let escaped = self.string()?;
        let end = self.at - 1;
        self.white_space();
        self.expect(b':', "':' after the key")?;
        self.white_space();
        Ok(Key {
            start: start as u32,
            end: end as u32,
            escaped,
            tag: match escaped {
                true => ESCAPED,
                false => tag(&self.bytes[start..end]),
            },
        })
    }

    /// Reads a scalar, or the bracket that opens a container: its index, if it is one.
    fn value(&mut self, key: Key, parent: Option<usize>) -> Result<Option<usize>, Failure> {
        let start = self.at;
        let mut escaped = false;
        let kind = match self.peek() {
            Some(b'"') => {
                escaped = self.string()?;
                Kind::String
            }
            Some(b'{') => self.bracket(Kind::Object),
            Some(b'[') => self.bracket(Kind::Array),
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                Kind::Number
            }
            Some(b't') => self.word("true", Kind::True)?,
            Some(b'f') => self.word("false", Kind::False)?,
            Some(b'n') => self.word("null", Kind::Null)?,
            _ => return self.fail("a JSON value"),
        };
        let index = self.nodes.len();
        let ordinal = parent.map_or(0, |at| {
            let parent = &mut self.nodes[at];
            parent.len += 1;
            if parent.kind == Kind::Object {
                let mark = mark(key.tag);
                if parent.keys & mark != 0 {
                    self.alike.push(at as u32);
                }
                parent.keys |= mark;
            }
            parent.len - 1
        });
        self.nodes.push(Node {
            kind,
            escaped,
            key_escaped: key.escaped,
            start: start as u32,
            end: self.at as u32,
            key_start: key.start,
            key_end: key.end,
            parent: parent.unwrap_or(0) as u32,
            next: index as u32 + 1,
            len: 0,
            ordinal,
            keys: 0,
            tag: key.tag,
        });
        Ok(kind.is_container().then_some(index))
    }

    fn bracket(&mut self, kind: Kind) -> Kind {
        self.at += 1;
        kind
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn white_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, expected: &str) -> Result<(), Failure> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        self.fail(expected)
    }

    /// What follows a member is no comma; where it begins a line like another member, one was forgotten.
    #[cold]
    fn no_comma(&self, object: bool) -> Result<(), Failure> {
        let expected = if object { "',' or '}'" } else { "',' or ']'" };
        let before = &self.bytes[..self.at];
        let is_new_line = before[before.trim_ascii_end().len()..].contains(&b'\n');
        let begins_another = match self.peek() {
            Some(b'"') => true,
            Some(byte) => {
                !object && matches!(byte, b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
            }
            None => false,
        };
        match is_new_line && begins_another {
            true => self.fail(&format!(
                "{expected} (is a comma missing at the end of the line above?)"
            )),
            false => self.fail(expected),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, Failure> {
        for &byte in word.as_bytes() {
            if self.peek() != Some(byte) {
                return self.fail(&format!("'{word}'"));
            }
            self.at += 1;
        }
        Ok(kind)
    }

    /// Moves past a string; whether it has an escape. `self.at` is on its opening quote.
    fn string(&mut self) -> Result<bool, Failure> {
        let (bytes, opening) = (self.bytes, self.at);
        let mut escaped = false;
        let mut at = opening + 1;
        loop {
            at = end_of_plain(bytes, at);
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    // Of a transcript within a string every few bytes are one of these.
                    if let Some(b'"' | b'\\' | b'n') = bytes.get(at + 1) {
                        at += 2;
                        continue;
                    }
                    self.at = at;
                    self.escape()?;
                    at = self.at;
                }
                Some(byte) => {
                    return Err(Failure {
                        at,
                        what: format!(
                            "a raw control character (0x{byte:02x}) in a string; it must be escaped"
                        ),
                    });
                }
                None => {
                    return Err(Failure {
                        at,
                        what: format!(
                            "the text ends inside the string that began {} bytes before; expected '\"'",
                            at - opening
                        ),
                    });
                }
            }
        }
    }

    fn escape(&mut self) -> Result<(), Failure> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return self.fail("four hexadecimal digits after \\u");
                    }
                    self.at += 1;
                }
                Ok(())
            }
            _ => self.fail("one of \" \\ / b f n r t u after the backslash"),
        }
    }

    fn number(&mut self) -> Result<(), Failure> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits("a digit")?,
            _ => return self.fail("a digit"),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("a digit after the decimal point")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits("a digit in the exponent")?;
        }
        Ok(())
    }

    fn digits(&mut self, expected: &str) -> Result<(), Failure> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return self.fail(expected);
        }
        Ok(())
    }

    fn fail<T>(&self, expected: &str) -> Result<T, Failure> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let head = &rest[..rest.len().min(4)];
        let head = match std::str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        };
        let found = match head.chars().next() {
            _ if rest.is_empty() => "the text ends".to_owned(),
            // By themselves these read as part of the sentence, and escaped as part of the text.
            Some(c @ ('"' | '\\')) => format!("found '{c}'"),
            Some('\'') => "found \"'\"".to_owned(),
            // What a web page or a word processor made of a blank or a quote.
            Some(c) if c.is_whitespace() => {
                let code = u32::from(c);
                format!("found U+{code:04X}, white space that JSON does not have")
            }
            Some(c @ ('“' | '”' | '„' | '‟')) => {
                format!("found {c}, which is no quotation mark of JSON's")
            }
            Some(c) => format!("found {}", c.escape_debug()),
            None => "found an unreadable byte".to_owned(),
        };
        Err(Failure {
            at: self.at,
            what: format!("{found}; expected {expected}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Limits};

    #[test]
    fn ends_a_string_where_it_ends() {
        for length in 0..100 {
            for end in ["", "\\n", "\\\"", "é", "\u{7f}", "\u{80}", "!", "[", "]"] {
                let text = "x".repeat(length) + end + "é\u{1f600} ";
                let json = format!("[\"{text}\",\"{text}{text}\"]");
                let doc = Document::parse(json.as_str().into(), Limits::default());
                let read = doc.as_ref().map(|doc| doc.root().len());
                assert_eq!(read, Ok(2), "{json}");
                let raw = doc.as_ref().map(|doc| doc.root().item(0)?.raw_str());
                assert_eq!(raw, Ok(Some(text.as_str())));
            }
            let json = format!("[\"{}\u{1f}\"]", "x".repeat(length));
            let doc = Document::parse(json.as_str().into(), Limits::default());
            assert_eq!(doc.err().map(|error| error.offset), Some(length + 2));
        }
    }

    #[test]
    fn says_what_was_found_and_where_a_comma_is_missing() {
        let check = |json: &str, expected: &str| {
            let doc = Document::parse(json.into(), Limits::default());
            let what = doc.err().map(|error| error.what);
            assert_eq!(what.as_deref(), Some(expected), "{json}");
        };
        let hint = "(is a comma missing at the end of the line above?)";
        check(r#"{"a": 1 "b": 2}"#, "found '\"'; expected ',' or '}'");
        check(
            "{\"a\": 1\n  \"b\": 2}",
            &format!("found '\"'; expected ',' or '}}' {hint}"),
        );
        check("[1\r\n2]", &format!("found 2; expected ',' or ']' {hint}"));
        check("[1\n}", "found }; expected ',' or ']'");
        check("[1\n", "the text ends; expected ',' or ']'");
        check("['a']", "found \"'\"; expected a JSON value");
        check("[\\]", "found '\\'; expected a JSON value");
        check(
            "[\u{a0}1]",
            "found U+00A0, white space that JSON does not have; expected a JSON value",
        );
        check(
            "[“a”]",
            "found “, which is no quotation mark of JSON's; expected a JSON value",
        );
    }
}
