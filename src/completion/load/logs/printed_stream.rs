//! Transcripts as a program prints a text of several lines on one, in single quotes: Python's `repr`, of bytes too.

use std::ops::Range;

use super::entries::Entries;
use crate::completion::load::consecutive;
use crate::completion::load::exchange::{python_bytes, python_text};
use crate::completion::load::formats::LOG;
use crate::completion::load::framing::split::{FrameStep, Framer};
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
    !head.text.starts_with(['{', '['])
        && lines
            .by_ref()
            .any(|line| transcript(line).is_some() || list(line).is_some())
        || head.text.starts_with('[') && lines.next().is_some_and(|line| list(line).is_some())
}

/// Where the list begins on a line whose items are a transcript's lines as Python prints them.
fn list(line: &str) -> Option<usize> {
    const LONGEST_WORDS: usize = 200;
    const FIRST: [&str; 3] = ["data: {\"", ": OPENROUTER", "event: "];
    let at = line.find("['").or_else(|| line.find("[b'"))?;
    let first = line[at + 1..].trim_start_matches(['b', '\'']);
    let is_one = at <= LONGEST_WORDS
        && !line[..at].contains(['{', '"'])
        && FIRST.iter().any(|start| first.starts_with(start));
    (is_one && line.contains("data: {\"")).then_some(at)
}

/// The items of such a list, as the lines that they were.
fn lines_of_list(list: &str) -> String {
    let mut lines = String::new();
    let mut rest = list.strip_prefix('[').unwrap_or_default();
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        let is_of_bytes = rest.starts_with('b');
        let quoted = if is_of_bytes { &rest[1..] } else { rest };
        let Some(mark) = quoted.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return lines;
        };
        let inside = &quoted[1..];
        let mut is_escaped = false;
        let end = inside.char_indices().find(|(_, letter)| {
            let ends = *letter == mark && !is_escaped;
            is_escaped = *letter == '\\' && !is_escaped;
            ends
        });
        let end = end.map_or(inside.len(), |(at, _)| at);
        let line = match is_of_bytes {
            true => String::from_utf8_lossy(&python_bytes(&inside[..end])).into_owned(),
            false => python_text(&inside[..end]),
        };
        lines.push_str(line.trim_end_matches('\n'));
        lines.push('\n');
        rest = inside.get(end + 1..).unwrap_or_default();
    }
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

/// Adds the records that stand from a place to the end of a text.
fn others_of(text: &str, from: usize, entries: &mut Entries<'_, '_>, places: &Places<'_>) {
    let mut framer = Framer::default();
    let mut at = from;
    while let FrameStep::Record { range, .. } = framer.next(text.as_bytes(), at, true) {
        at = range.end;
        let record = &text[range.clone()];
        // The request was printed in quotes as well.
        match consecutive::request_in(record.as_bytes()) {
            Some((at, request)) if record.ends_with(['\'', '"']) => {
                let mut builder = DocumentBuilder::default();
                builder.derived(&request, places.at(range.start + at));
                entries.made_behind(range.start..range.start + at, builder);
            }
            _ => entries.line(range),
        }
    }
}

/// Reads such a text, and what stands between such lines as records.
pub(in crate::completion::load) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    reader.format.within = reader.format.within.or(Some(LOG));
    let mut entries = Entries::of(places);
    let text = places.text();
    // Where what is no such line begins.
    let (mut at, mut others) = (0, 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let is_printed = list(line).is_some() || transcript(line).is_some();
        if is_printed || at == text.len() {
            let end = if is_printed { start } else { at };
            others_of(&text[..end], others, &mut entries, places);
            others = at;
        }
        if let Some(from) = list(line) {
            let mut builder = DocumentBuilder::default();
            builder.derived(&lines_of_list(&line[from..]), places.at(start + from));
            entries.made_behind(start..start + from, builder);
            continue;
        }
        if let Some(range) = transcript(line) {
            let inside = &line[range.clone()];
            let mut builder = DocumentBuilder::default();
            let text = match line[..range.start].ends_with("b'") {
                true => String::from_utf8_lossy(&python_bytes(inside)).into_owned(),
                false => python_text(inside),
            };
            builder.derived(&text, places.at(start + range.start));
            let words = line[..range.start].trim_end_matches(['b', '\'']);
            entries.made_behind(start..start + words.len(), builder);
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
