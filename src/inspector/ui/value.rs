//! A JSON value in a row: its style by kind, and a preview that costs the same whatever its length.

use ratatui::style::Style;

use crate::inspector::ui::theme::Theme;
use crate::json::{JsonText, Kind, Value};

/// Bytes of a value that a row may show.
const PREVIEW: usize = 1024;

/// How values of a kind look.
pub fn style(theme: &Theme, kind: Kind) -> Style {
    match kind {
        Kind::String => theme.string,
        Kind::Array | Kind::Object => theme.dim,
        _ => theme.literal,
    }
}

/// A line of pretty JSON in parts: its key, and its value in the style of its kind.
pub fn json_line(line: &str, theme: &Theme) -> Vec<(String, Style)> {
    let text = line.trim_start();
    let indent = line[..line.len() - text.len()].to_owned();
    let (key, value) = match text.split_once("\": ") {
        Some((key, value)) if key.starts_with('"') => (Some(key), value),
        _ => (None, text),
    };
    let mut parts = vec![(indent, theme.text)];
    if let Some(key) = key {
        parts.push((format!("{key}\""), theme.key));
        parts.push((": ".to_owned(), theme.dim));
    }
    let (value, comma) = match value.strip_suffix(',') {
        Some(value) => (value, ","),
        None => (value, ""),
    };
    let style = match value.bytes().next() {
        Some(b'"') => theme.string,
        Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => theme.literal,
        Some(b'[' | b']' | b'{' | b'}') => theme.dim,
        _ => theme.text,
    };
    parts.push((value.to_owned(), style));
    parts.push((comma.to_owned(), theme.dim));
    parts
}

/// A value's text in a row, strings in quotes as a document has them.
pub fn quoted(value: Value<'_>) -> String {
    match value.kind() {
        Kind::String => format!("\"{}\"", value.preview(PREVIEW)),
        Kind::Array if value.is_empty() => "[]".to_owned(),
        Kind::Object if value.is_empty() => "{}".to_owned(),
        _ => value.preview(PREVIEW).into_owned(),
    }
}

/// A value's text in a row, strings in quotes.
pub fn quoted_text(value: &JsonText) -> String {
    match value.kind() {
        Kind::String => format!("\"{}\"", value.preview(PREVIEW)),
        _ => value.preview(PREVIEW).into_owned(),
    }
}

/// A value's text in a row, strings as they are; an empty one shows that it is there.
pub fn plain(value: &JsonText) -> String {
    match value.as_str() {
        "\"\"" => "\"\"".to_owned(),
        json if reads_as_literal(json) => json.to_owned(),
        _ => value.preview(PREVIEW).into_owned(),
    }
}

/// Whether a string would be taken for a number, a boolean or null if it stood without its quotes.
fn reads_as_literal(json: &str) -> bool {
    const LONGEST: usize = 40;
    let text = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    text.is_some_and(|text| {
        text.len() <= LONGEST
            && JsonText::parse(text).is_ok_and(|value| {
                !matches!(value.kind(), Kind::String | Kind::Array | Kind::Object)
            })
    })
}
