//! A JSON value as text, shared with the document it came from where it can be.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use super::value::{Kind, Value};
use super::{Document, Limits, canonical, words};

/// The canonical JSON text of one value. Cheap to clone: a long text of a loaded record is not copied.
#[derive(Clone)]
pub struct JsonText(Repr);

#[derive(Clone)]
enum Repr {
    Static(&'static str),
    Slice(Arc<str>, u32, u32),
    Owned(Arc<str>),
}

impl JsonText {
    /// JSON text that the program itself writes, such as `"\"openrouter\""`.
    pub const fn constant(json: &'static str) -> JsonText {
        JsonText(Repr::Static(json))
    }

    /// A string value.
    pub fn string(text: &str) -> JsonText {
        JsonText::owned(quote(text))
    }

    /// An integer.
    pub fn integer(number: i128) -> JsonText {
        JsonText::owned(number.to_string())
    }

    /// JSON text typed by a person: read, checked, and made canonical.
    ///
    /// # Errors
    /// Where and why it is not one JSON value.
    pub fn parse(json: &str) -> Result<JsonText, super::ParseError> {
        let doc = Document::parse(Arc::from(json), Limits::default())?;
        Ok(JsonText::of(doc.root()))
    }

    pub(super) fn owned(json: String) -> JsonText {
        JsonText(Repr::Owned(Arc::from(json)))
    }

    pub(super) fn of(value: Value<'_>) -> JsonText {
        let is_plain = match value.kind() {
            Kind::String => {
                !value.has_escape() || canonical::is_canonical(value.raw_str().unwrap_or_default())
            }
            Kind::Array | Kind::Object => false,
            _ => true,
        };
        if is_plain {
            let span = value.span();
            return JsonText(Repr::Slice(
                value.document().text().clone(),
                span.start as u32,
                span.end as u32,
            ));
        }
        let mut out = String::new();
        canonical::write_compact(value, &mut out);
        JsonText::owned(out)
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Static(json) => json,
            Repr::Slice(text, start, end) => &text[*start as usize..*end as usize],
            Repr::Owned(json) => json,
        }
    }

    /// What kind of value it is, told by its first character.
    pub fn kind(&self) -> Kind {
        match self.as_str().as_bytes().first() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b't') => Kind::True,
            Some(b'f') => Kind::False,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// A string's text, unescaped; `None` for other kinds.
    pub fn str(&self) -> Option<Cow<'_, str>> {
        let json = self.as_str();
        (self.kind() == Kind::String).then(|| unquote(&json[1..json.len() - 1]))
    }

    /// The beginning of what a person reads, at most about `bytes` of it: enough for a row on screen,
    /// whatever the value's length.
    pub fn preview(&self, bytes: usize) -> Cow<'_, str> {
        preview(self.as_str(), bytes)
    }

    /// What a person reads: a string without quotes, all else as JSON.
    pub fn shown(&self) -> Cow<'_, str> {
        self.str().unwrap_or(Cow::Borrowed(self.as_str()))
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonText {}

impl std::fmt::Debug for JsonText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for JsonText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The beginning of a scalar's text: a string unescaped and without quotes, all else as it stands.
pub(super) fn preview(json: &str, bytes: usize) -> Cow<'_, str> {
    let is_string = json.starts_with('"');
    let text = match is_string {
        true => &json[1..json.len() - 1],
        false => json,
    };
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if is_string {
        unquote(&text[..before_escape(text, end)])
    } else {
        Cow::Borrowed(&text[..end])
    }
}

/// The end of a beginning of a string's text that leaves out an escape, or a pair of two, which it would cut.
fn before_escape(text: &str, end: usize) -> usize {
    if end == text.len() {
        return end;
    }
    let bytes = text.as_bytes();
    let (mut at, mut high) = (0, None);
    while at < end {
        let is_escape = bytes[at] == b'\\';
        let is_unicode = is_escape && bytes.get(at + 1) == Some(&b'u');
        let length = match (is_escape, is_unicode) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 6,
        };
        let hex = || text.get(at + 2..at + 4).map(str::to_ascii_lowercase);
        let begins_pair =
            is_unicode && hex().is_some_and(|hex| ("d8".."dc").contains(&hex.as_str()));
        if at + length > end {
            return high.unwrap_or(at);
        }
        high = begins_pair.then_some(at);
        at += length;
    }
    high.unwrap_or(end)
}

/// Writes what stands in a JSON array, with the commas between.
pub(crate) fn write_items<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String),
) {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
}

/// A text as a JSON string, with the shortest escapes.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let has_escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    match text.bytes().any(has_escape) {
        true => text.chars().for_each(|c| push_escaped(&mut out, c)),
        false => out.push_str(text),
    }
    out.push('"');
    out
}

pub(super) fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        c if c < ' ' => {
            let _ = write!(out, "\\u{:04x}", c as u32);
        }
        c => out.push(c),
    }
}

/// One unit of a JSON string's text: a character, or half of a surrogate pair that stands alone.
pub(super) enum TextUnit {
    Char(char),
    LoneSurrogate(u16),
}

/// Reads the escape at the start of `rest` (which begins with a backslash): what it means, and its length.
pub(super) fn read_escape(rest: &str) -> (TextUnit, usize) {
    match rest.as_bytes().get(1) {
        Some(b'u') => read_unicode(rest),
        // What is no escape of JSON stands for itself; the leak scan reads any text with this.
        next => match next.copied().and_then(simple_escape) {
            Some(meant) => (TextUnit::Char(char::from(meant)), 2),
            None => (TextUnit::Char('\\'), 1),
        },
    }
}

/// What a backslash and this character stand for.
#[inline]
fn simple_escape(escaped: u8) -> Option<u8> {
    match escaped {
        b'"' | b'\\' | b'/' => Some(escaped),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'b' => Some(0x08),
        b'f' => Some(0x0C),
        _ => None,
    }
}

fn read_unicode(rest: &str) -> (TextUnit, usize) {
    let unit = |at: usize| {
        rest.get(at..at + 6)
            .filter(|text| text.starts_with("\\u"))
            .and_then(|text| u16::from_str_radix(&text[2..], 16).ok())
    };
    let Some(first) = unit(0) else {
        return (TextUnit::Char(char::REPLACEMENT_CHARACTER), 2);
    };
    if let Some(c) = char::from_u32(u32::from(first)) {
        return (TextUnit::Char(c), 6);
    }
    let pair = unit(6).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match pair {
        Some(c) if first < 0xDC00 => (TextUnit::Char(c), 12),
        _ => (TextUnit::LoneSurrogate(first), 6),
    }
}

/// The text that stands between a JSON string's quotes, unescaped.
/// Half of a surrogate pair becomes U+FFFD.
pub fn unquote(raw: &str) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    let Some(first) = words::find(b'\\', bytes, 0) else {
        return Cow::Borrowed(raw);
    };
    let mut out = Vec::with_capacity(raw.len() + size_of::<u64>());
    out.extend_from_slice(&bytes[..first]);
    let mut at = first;
    while at < bytes.len() {
        if let Some(meant) = bytes.get(at + 1).copied().and_then(simple_escape) {
            out.push(meant);
            at += 2;
        } else {
            let (unit, length) = read_escape(&raw[at..]);
            let c = match unit {
                TextUnit::Char(c) => c,
                TextUnit::LoneSurrogate(_) => char::REPLACEMENT_CHARACTER,
            };
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            at += length;
        }
        at = copy_plain(bytes, at, &mut out);
    }
    let lossily = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Cow::Owned(String::from_utf8(out).unwrap_or_else(|error| lossily(error.as_bytes())))
}

/// Copies what stands before the next backslash, or the rest; where that ends.
#[inline]
fn copy_plain(text: &[u8], from: usize, out: &mut Vec<u8>) -> usize {
    /// So many words are copied one by one: of a transcript within a string, every few bytes are escaped.
    const WORDS: usize = 2;
    let mut at = from;
    for _ in 0..WORDS {
        let Some(word) = words::at(text, at) else {
            break;
        };
        out.extend_from_slice(&word.to_le_bytes());
        let found = words::equal(word, b'\\');
        if found != 0 {
            let plain = words::first(found);
            out.truncate(out.len() - size_of::<u64>() + plain);
            return at + plain;
        }
        at += size_of::<u64>();
    }
    let end = memchr::memchr(b'\\', &text[at..]).map_or(text.len(), |found| at + found);
    out.extend_from_slice(&text[at..end]);
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_cuts_no_escape() {
        let check = |bytes: usize, expected: &str| {
            assert_eq!(
                preview(r#""a\u043eb\ud83d\ude00\n\\z""#, bytes),
                expected,
                "{bytes}"
            );
        };
        (1..7).for_each(|bytes| check(bytes, "a"));
        check(7, "aо");
        (8..20).for_each(|bytes| check(bytes, "aоb"));
        (20..22).for_each(|bytes| check(bytes, "aоb😀"));
        (22..24).for_each(|bytes| check(bytes, "aоb😀\n"));
        check(99, "aоb😀\n\\z");
        assert_eq!(preview(r#""\ud83d""#, 99), "\u{fffd}");
    }

    #[test]
    fn resolves_escapes_and_leaves_the_rest() {
        let check = |raw: &str, expected: &str| assert_eq!(unquote(raw), expected, "{raw}");
        check(r"a\nb\u00e9\/", "a\nbé/");
        check(r"\ud83d\ude00 \ud83d", "😀 \u{fffd}");
        check(r"\é\q\", r"\é\q\");
        check(r"\u12 \u", "\u{fffd}12 \u{fffd}");
        for length in 0..40 {
            let plain = &"é0123456789012345678901234567890123456789"[..length + 2];
            for (escape, meant) in [(r"\n", "\n"), (r"\\", "\\"), (r"\u20ac", "€"), ("", "")] {
                let raw = [plain, escape, plain, escape, r"\/", plain].concat();
                let expected = [plain, meant, plain, meant, "/", plain].concat();
                check(&raw, &expected);
            }
        }
    }
}
