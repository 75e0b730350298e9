//! The one way this program writes JSON: no white space, shortest escapes, numbers as they were written,
//! a key once.
//!
//! Half of a surrogate pair keeps its escape, so even that survives.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use super::text::{JsonText, TextUnit, push_escaped, read_escape};
use super::value::{Kind, Value};
use super::words;

/// Appends the canonical text of `value`.
pub fn write_compact(value: Value<'_>, out: &mut String) {
    match value.kind() {
        Kind::String => {
            out.push('"');
            push_canonical(out, value.raw_str().unwrap_or_default());
            out.push('"');
        }
        Kind::Array => {
            out.push('[');
            for (index, item) in value.children().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_compact(item, out);
            }
            out.push(']');
        }
        Kind::Object => {
            out.push('{');
            for (index, member) in last_members(value).into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push('"');
                push_canonical(out, member.raw_key().unwrap_or_default());
                out.push_str("\":");
                write_compact(member, out);
            }
            out.push('}');
        }
        _ => out.push_str(value.raw()),
    }
}

/// The text between a member's quotes in canonical form: keys that differ in half of a surrogate pair are two.
pub(super) fn canonical_key(member: Value<'_>) -> Option<Cow<'_, str>> {
    let raw = member.raw_key()?;
    Some(match is_canonical(raw) {
        true => Cow::Borrowed(raw),
        false => {
            let mut key = String::with_capacity(raw.len());
            push_canonical(&mut key, raw);
            Cow::Owned(key)
        }
    })
}

/// An object's members; of a key that is there twice, the last value at the place of the first, as
/// `JSON.parse` has it.
fn last_members(object: Value<'_>) -> Vec<Value<'_>> {
    let mut members: Vec<Value> = Vec::with_capacity(object.len());
    let mut places = HashMap::with_capacity(object.len());
    for member in object.children() {
        let place = *places.entry(canonical_key(member)).or_insert(members.len());
        match members.get_mut(place) {
            Some(earlier) => *earlier = member,
            None => members.push(member),
        }
    }
    members
}

/// Whether the text between a string's quotes is already as this program would write it.
pub(super) fn is_canonical(raw: &str) -> bool {
    let bytes = raw.as_bytes();
    let mut next = words::find(b'\\', bytes, 0);
    while let Some(at) = next {
        let length = match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f') => 2,
            Some(b'u') if is_canonical_control(&bytes[at..]) => 6,
            _ => return false,
        };
        next = words::find(b'\\', bytes, at + length);
    }
    true
}

/// Whether an escape is the `\u00xx` of a control character that has no shorter form.
fn is_canonical_control(escape: &[u8]) -> bool {
    let Some([b'\\', b'u', b'0', b'0', high @ (b'0' | b'1'), low]) = escape.get(..6) else {
        return false;
    };
    let low_is_hex = matches!(low, b'0'..=b'9' | b'a'..=b'f');
    let has_short_form = *high == b'0' && matches!(low, b'8' | b'9' | b'a' | b'c' | b'd');
    low_is_hex && !has_short_form
}

/// Appends the text between a string's quotes in canonical form.
fn push_canonical(out: &mut String, raw: &str) {
    if is_canonical(raw) {
        out.push_str(raw);
        return;
    }
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let (unit, length) = read_escape(&rest[at..]);
        match unit {
            TextUnit::Char(c) => push_escaped(out, c),
            TextUnit::LoneSurrogate(unit) => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        rest = &rest[at + length..];
    }
    out.push_str(rest);
}

/// Strings put together from pieces of JSON text, so that a surrogate pair that a stream cut in two
/// comes out whole.
#[derive(Debug, Default, Clone)]
pub struct Joined {
    raw: String,
}

impl Joined {
    /// Appends the text between a JSON string's quotes, as written.
    pub fn push_raw(&mut self, raw: &str) {
        self.raw.push_str(raw);
    }

    /// What was appended so far, as written.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The string as canonical JSON text.
    pub fn to_json(&self) -> JsonText {
        let mut out = String::with_capacity(self.raw.len() + 2);
        out.push('"');
        push_canonical(&mut out, &self.raw);
        out.push('"');
        JsonText::owned(out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::JsonText;

    /// Halves of surrogate pairs tell keys apart, as they do for whoever reads them.
    #[test]
    fn keys_that_differ_in_half_a_pair_are_two() {
        let text = r#"{"\ud800":1,"\ud801":2,"a":3}"#;
        let doc = super::super::Document::parse(text.into(), Default::default()).expect("JSON");
        assert_eq!(doc.root().canonical().as_str(), text);
        assert!(doc.duplicate_keys().is_empty());
        let mut pretty = String::new();
        super::super::pretty::write_pretty(doc.root(), &mut pretty);
        assert!(pretty.contains(r#""\ud801": 2"#), "{pretty}");
    }

    #[test]
    fn rewrites_only_what_is_not_canonical() {
        let check = |input: &str, expected: &str| {
            let read = JsonText::parse(input).map(|json| json.as_str().to_owned());
            assert_eq!(read.as_deref(), Ok(expected), "{input}");
        };
        check(r#""plain""#, r#""plain""#);
        check(r#""a\/b""#, r#""a/b""#);
        check(r#""\u00e9\u000A\u001B""#, "\"é\\n\\u001b\"");
        check(r#""\ud83d\ude00""#, "\"😀\"");
        check(r#""\uD83D alone""#, r#""\ud83d alone""#);
        check(r#""\ude00\ud83d""#, r#""\ude00\ud83d""#);
        check("[ 1.48e-05 , -0.0,1E400 ]", "[1.48e-05,-0.0,1E400]");
        check("{ \"\\u0061\" : { } }", r#"{"a":{}}"#);
        check(r#"{"a":{"b":1},"c":2,"\u0061":3}"#, r#"{"a":3,"c":2}"#);
    }
}
