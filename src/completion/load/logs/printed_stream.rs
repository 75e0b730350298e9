//! Transcripts as a program prints a text of several lines on one, in single quotes: Python's `repr`, of bytes too.

use std::ops::Range;

use super::entries::Entries;
use crate::completion::load::exchange::{python_bytes, python_text};
use crate::completion::load::formats::LOG;
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};

/// What stands before a chunk there, and nowhere in JSON, which writes the quote with a backslash.
const SIGNS: [&str; 3] = ["\\n\\ndata: {\"", "\\ndata: {\"", "\\r\\ndata: {\""];

/// Lines at the beginning of a text by which it is told.
const LOOKED_AT: usize = 400;

/// Whether a text has such a line.
pub(in crate::completion::load) fn is_printed(head: &FileHead<'_>) -> bool {
    let mut lines = head.text.lines().take(LOOKED_AT);
    !head.text.starts_with(['{', '[']) && lines.any(|line| transcript(line).is_some())
}

/// Where in a line the transcript's text stands, without the quotes.
fn transcript(line: &str) -> Option<Range<usize>> {
    if !SIGNS.iter().any(|sign| line.contains(sign)) {
        return None;
    }
    let first = [": OPENROUTER", "data: {\"", "event: "];
    let first = first.iter().filter_map(|mark| line.find(mark)).min()?;
    let quote = line[..first].rfind('\'')?;
    if !line[quote + 1..first].trim().is_empty() {
        return None;
    }
    let mut is_escaped = false;
    let end = line[first..].char_indices().find(|(_, letter)| {
        let ends = *letter == '\'' && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    });
    // The beginning of a long text may end within it.
    Some(quote + 1..end.map_or(line.len(), |(at, _)| first + at))
}

/// Reads such a text, its other lines one by one.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    reader.format.within = reader.format.within.or(Some(LOG));
    let mut entries = Entries::of(places);
    let mut at = 0;
    for line in places.text().split_inclusive('\n') {
        let start = at;
        at += line.len();
        match transcript(line) {
            Some(range) => {
                let inside = &line[range.clone()];
                let mut builder = DocumentBuilder::default();
                let text = match line[..range.start].ends_with("b'") {
                    true => String::from_utf8_lossy(&python_bytes(inside)).into_owned(),
                    false => python_text(inside),
                };
                builder.derived(&text, places.at(start + range.start));
                entries.made(start, builder);
            }
            None if line.trim().is_empty() => {}
            None => entries.line(start..start + line.trim_end().len()),
        }
    }
    entries.read_as_records(reader);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_printed() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(
                transcript(line).map(|range| &line[range]),
                expected,
                "{line}"
            );
        };
        let text = r#": OPENROUTER PROCESSING\n\ndata: {"a":"it\'s"}\n\n"#;
        check(&format!("DEBUG raw: '{text}'"), Some(text));
        check(&format!("DEBUG raw: b'{text}'"), Some(text));
        check(&format!("{{'body': '{text}', 'status': 200}}"), Some(text));
        check(r#"{"body":"data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"}"#, None);
        check(r#"data: {"a":"x\n\ndata: {\"b\""}"#, None);
        check("b'data: {\"a\":1}'", None);
    }
}
