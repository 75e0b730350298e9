//! Making foreign text fit to show: an answer may be JSON, HTML, plain text or nothing, and may
//! hold escape sequences that must never reach a terminal.

use serde_json::Value;

/// Longest line given back, in characters. Chosen: two lines of a usual panel.
const LONGEST_LINE: usize = 240;

/// The first line of an answer that tells a person something, without control characters, at most
/// 240 characters; `None` when there is no such line. Whatever the content type says: servers lie.
#[must_use]
pub fn first_useful_line(body: &str) -> Option<String> {
    let text = body.trim_start_matches('\u{feff}').trim();
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return from_json(&value, 0).or_else(|| first_line(text));
    }
    if text.starts_with('<') {
        return first_line(&between(text, "<title", "</title>").unwrap_or_default())
            .or_else(|| first_line(&without_tags(text)));
    }
    first_line(text)
}

/// A server's text with its keys masked by `redact`, also where only what is shown of it would put one together: escape
/// sequences and control characters between the pieces of an encoded key are left out on screen. Such a text is no more
/// than the line that is shown of it.
#[must_use]
pub fn redacted_as_shown(text: String, redact: impl Fn(String) -> String) -> String {
    let text = redact(text);
    let Some(line) = first_useful_line(&text) else {
        return text;
    };
    let masked = redact(line.clone());
    match masked == line {
        true => text,
        false => masked,
    }
}

/// The text without escape sequences, control characters and marks that turn the writing direction;
/// line breaks and tabs become one space.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                if chars.next_if_eq(&'[').is_some() {
                    while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                    chars.next_if(|c| matches!(c, '@'..='~'));
                }
            }
            '\n' | '\r' | '\t' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if c.is_control() || turns_direction(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// The first `longest` characters of the text, with an ellipsis where it was cut.
#[must_use]
pub fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn first_line(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = plain(line);
        let line = line.trim();
        (!line.is_empty()).then(|| shortened(line, LONGEST_LINE))
    })
}

/// Looks where servers usually put the reason; deep nesting is not followed.
fn from_json(value: &Value, depth: usize) -> Option<String> {
    if depth > 3 {
        return None;
    }
    match value {
        Value::String(text) => first_line(text),
        Value::Array(items) => items.iter().find_map(|item| from_json(item, depth + 1)),
        Value::Object(fields) => {
            let message = ["message", "error", "detail", "errors", "title", "reason"]
                .iter()
                .filter_map(|key| fields.get(*key))
                .find_map(|found| from_json(found, depth + 1))?;
            match fields.get("code") {
                Some(Value::String(code)) if !code.trim().is_empty() => {
                    first_line(&format!("{code}: {message}"))
                }
                _ => Some(message),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The text between the end of the opening tag and the closing one, ASCII case aside.
fn between(text: &str, open: &str, close: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find(open)?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find(close)?;
    Some(unescaped(text.get(start..end)?))
}

/// The visible text of an HTML page, one line a tag. It need not be right, only useful.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(rest.get(..open).unwrap_or_default());
        out.push('\n');
        let tag = rest.get(open..).unwrap_or_default();
        let lower = tag
            .get(..tag.len().min(8))
            .map(str::to_ascii_lowercase)
            .unwrap_or_default();
        let end = match ["script", "style"]
            .iter()
            .find(|name| lower.get(1..).is_some_and(|l| l.starts_with(**name)))
        {
            Some(name) => closing(tag, name).unwrap_or(tag.len()),
            None => tag.find('>').map_or(tag.len(), |at| at + 1),
        };
        // A closing tag that was searched for from its own opening always lies further on.
        rest = tag.get(end.max(1)..).unwrap_or_default();
    }
    out.push_str(rest);
    unescaped(&out)
}

/// Where the closing tag of an element begins.
fn closing(text: &str, name: &str) -> Option<usize> {
    let is_it = |at: &usize| {
        let behind = text.as_bytes().get(at + 2..at + 2 + name.len());
        behind.is_some_and(|behind| behind.eq_ignore_ascii_case(name.as_bytes()))
    };
    memchr::memmem::find_iter(text.as_bytes(), "</").find(is_it)
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn useful_lines() {
        let table = [
            (
                r#"{"error":{"code":"UNAUTHORIZED","message":"no such key"}}"#,
                Some("UNAUTHORIZED: no such key"),
            ),
            (r#"{"error":{"message":"two\nlines"}}"#, Some("two")),
            (r#"{"error":"plain"}"#, Some("plain")),
            (r#"{"detail":[{"message":"deep"}]}"#, Some("deep")),
            (r#"{"ok":false}"#, Some(r#"{"ok":false}"#)),
            (r#""a string""#, Some("a string")),
            (r#"{"error":{"code":"#, Some(r#"{"error":{"code":"#)),
            (
                "<html><head><style>p{}</style><TITLE>502 Bad &amp; Gone</TITLE></head>",
                Some("502 Bad & Gone"),
            ),
            (
                "<!doctype html><script>var a = '<p>';</script><h1>\n Too large </h1>",
                Some("Too large"),
            ),
            ("<", None),
            ("<é><ÿÿÿÿÿÿ", None),
            ("\n\n  upstream died  \nmore", Some("upstream died")),
            ("\u{1b}[31mred\u{1b}[0m\u{7}", Some("red")),
            ("a\u{202e}b", Some("ab")),
            ("", None),
            (" \n\t", None),
        ];
        for (body, expected) in table {
            assert_eq!(first_useful_line(body).as_deref(), expected, "{body:?}");
        }
        let long = first_useful_line(&"x".repeat(1000)).unwrap_or_default();
        assert_eq!(long.chars().count(), 241);
    }
}
