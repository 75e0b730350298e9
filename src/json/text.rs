//! A JSON value as text, shared with the document it came from where it can be.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use super::value::{Kind, Value};
use super::{Document, Limits, canonical};

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
        unquote(&text[..end])
    } else {
        Cow::Borrowed(&text[..end])
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
    let simple = |c| (TextUnit::Char(c), 2);
    match rest.as_bytes().get(1) {
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'u') => read_unicode(rest),
        Some(&other @ (b'"' | b'\\' | b'/')) => simple(other as char),
        // No escape of JSON; the leak scan reads any text with this.
        _ => (TextUnit::Char('\\'), 1),
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
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else {
        return Cow::Borrowed(raw);
    };
    let mut out = String::with_capacity(raw.len());
    let (mut at, mut next) = (0, Some(first));
    while let Some(escape) = next {
        out.push_str(&raw[at..escape]);
        let (unit, length) = read_escape(&raw[escape..]);
        out.push(match unit {
            TextUnit::Char(c) => c,
            TextUnit::LoneSurrogate(_) => char::REPLACEMENT_CHARACTER,
        });
        at = escape + length;
        next = memchr::memchr(b'\\', &raw.as_bytes()[at..]).map(|found| at + found);
    }
    out.push_str(&raw[at..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_escapes_and_leaves_the_rest() {
        let check = |raw: &str, expected: &str| assert_eq!(unquote(raw), expected, "{raw}");
        check(r"a\nb\u00e9\/", "a\nbé/");
        check(r"\ud83d\ude00 \ud83d", "😀 \u{fffd}");
        check(r"\é\q\", r"\é\q\");
        check(r"\u12 \u", "\u{fffd}12 \u{fffd}");
    }
}
