//! How the journal exports a field: as a string, or as the list of its bytes where it has a control character
//! (a colour, above all) or is no UTF-8.

use std::borrow::Cow;

use crate::json::{Kind, Value};

/// A list that is shorter is no message.
const SHORTEST: usize = 16;

/// The text of a field, as far as it is text.
pub(in crate::completion::load) fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.kind() {
        // What is called so is one, however short it is.
        Kind::Array if value.raw_key() == Some("MESSAGE") => text_of_bytes(value).map(Cow::Owned),
        Kind::Array => bytes(value).map(Cow::Owned),
        _ => value.str(),
    }
}

/// The text that a list of bytes is, without the sequences that colour it on a terminal.
pub(in crate::completion::load) fn bytes(list: Value<'_>) -> Option<String> {
    let is_number = |item: Value<'_>| item.kind() == Kind::Number;
    if list.kind() != Kind::Array || list.len() < SHORTEST || !list.item(0).is_some_and(is_number) {
        return None;
    }
    text_of_bytes(list)
}

/// A quick look whether a record may hold such a list.
pub(in crate::completion::load) fn may_hold_bytes(record: &[u8]) -> bool {
    const HEAD: usize = 1 << 13;
    let head = &record[..record.len().min(HEAD)];
    memchr::memchr_iter(b'[', head).any(|at| {
        let first = head[at + 1..].trim_ascii_start().first();
        first.is_some_and(u8::is_ascii_digit)
    })
}

fn text_of_bytes(list: Value<'_>) -> Option<String> {
    let bytes: Option<Vec<u8>> = list
        .children()
        .map(|item| item.number()?.parse().ok())
        .collect();
    let text = String::from_utf8(bytes?).ok()?;
    Some(without_colours(text))
}

/// A text without the terminal's sequences that begin with an escape and end with `m`.
fn without_colours(text: String) -> String {
    const BEGIN: &str = "\u{1b}[";
    if !text.contains(BEGIN) {
        return text;
    }
    let mut pieces = text.split(BEGIN);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => out.push_str(rest),
            None => {
                out.push_str(BEGIN);
                out.push_str(piece);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Limits};

    #[test]
    fn reads_bytes_that_are_text() {
        let check = |json: &str, expected: Option<&str>| {
            let doc = Document::parse(json.into(), Limits::default()).expect("JSON");
            assert_eq!(bytes(doc.root()).as_deref(), expected, "{json}");
        };
        let list = |text: &str| format!("{:?}", text.as_bytes());
        check(&list("words that are long"), Some("words that are long"));
        check(
            &list("\u{1b}[1;32mINFO\u{1b}[0m {\"a\":\"é\"}"),
            Some("INFO {\"a\":\"é\"}"),
        );
        check(
            &list("\u{1b}[2Jwords of a screen"),
            Some("\u{1b}[2Jwords of a screen"),
        );
        check(&list("short"), None);
        check("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,256]", None);
        check("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,255]", None);
        check("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,\"a\"]", None);
        check("[[1],2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]", None);
    }
}
