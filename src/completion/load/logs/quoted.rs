//! Bodies that a log has in quotes, with what the quotes ask for: the escapes of JSON, Go, Ruby and logfmt within `"…"`,
//! those of Python within `'…'` and `b'…'`, doubled quotes in SQL. Blanks and a stream's fields may stand before the
//! first brace.

use std::ops::Range;
use std::sync::Arc;

use crate::completion::load::exchange::{python_bytes, python_text};
use crate::completion::load::streams::assemble::is_stream;
use crate::json::{Document, Limits, quote};

/// The string around a brace, as a JSON string whose text is JSON or a stream, and where in the text it stands. `None`
/// where nothing in it was escaped within single quotes: it stands there as it is.
pub(super) fn around(text: &str, brace: usize, limits: Limits) -> Option<(Range<usize>, Document)> {
    let start = text[..brace].rfind(['"', '\''])?;
    let before = text[..start].trim_end_matches(['b', 'r']);
    if !is_apart(before) || !is_lead(&text[start + 1..brace]) {
        return None;
    }
    let is_of_bytes = text[..start].ends_with('b');
    let (end, held) = match text.as_bytes()[start] {
        b'"' => of_double_quotes(text, start)?,
        _ if is_sql(&text[..start]) => of_sql(text, start)?,
        _ => of_python(text, start, is_of_bytes)?,
    };
    let is_body = is_stream(held.trim()) || Document::parse(Arc::from(held.trim()), limits).is_ok();
    let doc = Document::parse(Arc::from(quote(&held)), limits.around(64)).ok()?;
    is_body.then_some((start..end, doc))
}

/// The members of a line of logfmt of which several hold JSON, as one object: `request="{…}" response="{…}"`.
pub(in crate::completion::load) fn members(text: &str, limits: Limits) -> Option<Document> {
    let mut json = String::from("{");
    let (mut from, mut count) = (0, 0);
    while let Some(at) = memchr::memmem::find(&text.as_bytes()[from..], b"=\"") {
        let start = from + at + 1;
        let before = &text[..start - 1];
        let key = before.trim_end_matches(|c: char| c.is_alphanumeric() || "_.-".contains(c));
        let key = &before[key.len()..];
        let Some((end, held)) = of_double_quotes(text, start) else {
            break;
        };
        from = end;
        if key.is_ascii() && !key.is_empty() && held.trim_start().starts_with('{') {
            let comma = if count == 0 { "" } else { "," };
            json.push_str(&format!("{comma}{}:{}", quote(key), quote(&held)));
            count += 1;
        }
    }
    json.push('}');
    (count > 1).then(|| Document::parse(Arc::from(json), limits.around(64)).ok())?
}

/// Whether a text may stand before the first brace of a body: blanks, as they are or escaped, and fields of a stream.
fn is_lead(text: &str) -> bool {
    let mut rest = text;
    loop {
        let bare = rest.trim_start();
        let escaped = ["\\n", "\\r", "\\t"];
        match escaped.iter().find_map(|mark| bare.strip_prefix(mark)) {
            Some(behind) => rest = behind,
            None => {
                return bare.is_empty()
                    || [": ", "data:", "event:"]
                        .iter()
                        .any(|field| bare.starts_with(field));
            }
        }
    }
}

/// Where a string ends whose quote stands at `start`, behind its closing quote.
fn end_of(text: &str, start: usize) -> Option<usize> {
    let mark = text.as_bytes()[start];
    let mut from = start + 1;
    loop {
        from += memchr::memchr2(mark, b'\\', text.as_bytes().get(from..)?)?;
        match text.as_bytes()[from] {
            b'\\' => from += 2,
            _ => return Some(from + 1),
        }
    }
}

/// What the string holds whose quote stands at `start`, and where it ends.
pub(super) fn of_double_quotes(text: &str, start: usize) -> Option<(usize, String)> {
    let end = end_of(text, start)?;
    let held = Document::parse(Arc::from(&text[start..end]), Limits::default()).ok();
    let held = held.and_then(|doc| Some(doc.root().str()?.into_owned()));
    // Go and Ruby have escapes that JSON hasn't.
    let held = held.unwrap_or_else(|| of_bytes_or_characters(&text[start + 1..end - 1]));
    Some((end, held))
}

/// What `\x…` stands for where it may be a byte, as nginx, Apache, Go and Ruby write it, or a character, as Python does: text
/// in UTF-8 is hardly anything else.
fn of_bytes_or_characters(inside: &str) -> String {
    String::from_utf8(python_bytes(inside)).unwrap_or_else(|_| python_text(inside))
}

/// The body in quotes that a record ends with, behind a log's own words, as Python's `%r`, Go's `%q` and slog write a text:
/// where its string stands, with the letter that Python has before bytes, and what it holds.
pub(in crate::completion::load) fn at_end(record: &str) -> Option<(Range<usize>, String)> {
    /// Of the words before.
    const LONGEST: usize = 400;
    /// Strings among the words.
    const MOST: usize = 8;
    let bytes = record.as_bytes();
    bytes.last().filter(|last| matches!(last, b'"' | b'\''))?;
    let mut from = 0;
    for _ in 0..MOST {
        let head = bytes.get(from..bytes.len().min(LONGEST))?;
        let start = from + memchr::memchr2(b'"', b'\'', head)?;
        let before = record[..start].trim_end_matches(['b', 'r']);
        if !is_apart(before) {
            from = start + 1;
            continue;
        }
        let (end, held) = match bytes[start] {
            b'"' => of_double_quotes(record, start)?,
            _ => python_string(record, start, record[..start].ends_with('b'))?,
        };
        if end == record.len() {
            return Some((before.len()..end, held));
        }
        if held.contains('{') {
            return None;
        }
        from = end;
    }
    None
}

/// Whether a string may begin behind this.
fn is_apart(before: &str) -> bool {
    before.is_empty() || before.ends_with(['=', '>', ':', ' ', '(', ',', '[', '\t'])
}

/// What Python's string holds whose quote stands at `start`, and where it ends; `None` where nothing in it was escaped.
fn of_python(text: &str, start: usize, is_of_bytes: bool) -> Option<(usize, String)> {
    let (end, held) = python_string(text, start, is_of_bytes)?;
    text[start..end].contains('\\').then_some((end, held))
}

fn python_string(text: &str, start: usize, is_of_bytes: bool) -> Option<(usize, String)> {
    let end = end_of(text, start)?;
    let inside = &text[start + 1..end - 1];
    let held = match is_of_bytes {
        true => String::from_utf8(python_bytes(inside)).ok()?,
        // Python never writes a quote so.
        false if inside.contains("\\x22") => of_bytes_or_characters(inside),
        false => python_text(inside),
    };
    Some((end, held))
}

/// Whether a statement of SQL begins before a string.
fn is_sql(before: &str) -> bool {
    ["VALUES", "values", "INSERT INTO", "insert into"]
        .iter()
        .any(|word| before.contains(word))
}

fn of_sql(text: &str, start: usize) -> Option<(usize, String)> {
    let inside = &text[start + 1..];
    // MySQL escapes with backslashes as well.
    let is_escaped = inside.starts_with("{\\\"");
    let mut from = 0;
    let end = loop {
        from += memchr::memchr2(b'\'', b'\\', inside.as_bytes().get(from..)?)?;
        match inside.as_bytes()[from] {
            b'\\' => from += if is_escaped { 2 } else { 1 },
            _ if inside[from + 1..].starts_with('\'') => from += 2,
            _ => break from,
        }
    };
    let inside = &inside[..end];
    let is_written_otherwise = is_escaped || inside.contains("''");
    let held = inside.replace("''", "'");
    let held = if is_escaped { python_text(&held) } else { held };
    is_written_otherwise.then_some((start + 1 + end + 1, held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_bodies_in_quotes() {
        let check = |text: &str, expected: Option<&str>| {
            let brace = text.find('{').expect("a brace");
            let found = around(text, brace, Limits::default());
            let held = found
                .as_ref()
                .map(|(_, doc)| doc.root().str().unwrap_or_default().into_owned());
            assert_eq!(held.as_deref(), expected, "{text}");
            if let Some((range, _)) = found {
                let quoted = &text[range];
                assert!(quoted.starts_with(['"', '\'']) && quoted.ends_with(['"', '\'']));
            }
        };
        check(r#"body="{\"a\":\"x\"}" took=8"#, Some(r#"{"a":"x"}"#));
        check(r#"resp="\n   \n{\"a\":1}""#, Some("\n   \n{\"a\":1}"));
        check(r#"resp="{\"a\":\"\x1b\"}""#, None);
        check(
            r#"resp=": PING\n\ndata: {\"choices\":[]}\n\n""#,
            Some(": PING\n\ndata: {\"choices\":[]}\n\n"),
        );
        check(
            r#"raw: '\n{"a":"it\'s \\n"}'"#,
            Some("\n{\"a\":\"it's \\n\"}"),
        );
        check(r#"raw: b'{"a":"Zo\xc3\xab"}' end"#, Some(r#"{"a":"Zoë"}"#));
        check(r#"raw: '{"a":"b\xa0c"}'"#, Some("{\"a\":\"b\u{a0}c\"}"));
        check(
            r#"body:"{\x22a\x22:\x225 \xC2\xB0C\x22}""#,
            Some(r#"{"a":"5 °C"}"#),
        );
        check(
            r#"body:'{\x22a\x22:\x22Zo\xC3\xAB\x22}'"#,
            Some(r#"{"a":"Zoë"}"#),
        );
        // It stands there as it is.
        check(r#"raw: '{"a":1}'"#, None);
        check(r#"It's {"a":"\\n"}'"#, None);
        check(r#"raw: '\n{"a":"#, None);
        check(
            r#"INSERT INTO t VALUES (1,'{"a":"it''s"}');"#,
            Some(r#"{"a":"it's"}"#),
        );
        check(r#"INSERT INTO t VALUES (1,'{"a":"\n"}');"#, None);
        check(
            r#"INSERT INTO t VALUES (1,'{\"a\":\"it''s \\n\"}');"#,
            Some(r#"{"a":"it's \n"}"#),
        );
    }
}
