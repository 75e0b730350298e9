//! JSON behind a log's own words: a time, a level, a service's name, brackets of its own.

use std::ops::Range;
use std::sync::Arc;

use super::quoted;
use crate::completion::load::exchange::python_text;
use crate::completion::load::framing::scan::document_end;
use crate::completion::load::framing::split::{FrameStep, Framer};
use crate::completion::load::signs::{is_of_exchange, names_answer};
use crate::completion::load::streams::assemble::is_stream;
use crate::json::{Document, Kind, Limits, Value};

/// Braces that are tried as the beginning of the JSON; a log may have some of its own before it.
const TRIES: usize = 16;

/// The first object or list of objects in a text that is otherwise words, and where it stands; or the string that
/// holds one, as logfmt has it (`body="{\"a\":1}"`), or Fluent Bit (`"log"=>"{\"a\":1}"`), or holds a stream.
pub(in crate::completion::load) fn json_in(
    text: &str,
    limits: Limits,
) -> Option<(Range<usize>, Document)> {
    let mut from = 0;
    for _ in 0..TRIES {
        let brace = from + memchr::memchr(b'{', &text.as_bytes()[from..])?;
        let before = text[..brace].trim_end();
        let start = match before.ends_with('[') {
            true => before.len() - 1,
            false => brace,
        };
        if let Some(found) = quoted::around(text, brace, limits) {
            return Some(found);
        }
        for start in [start, brace] {
            let Some(end) = document_end(text.as_bytes(), start) else {
                continue;
            };
            if let Ok(doc) = Document::parse(Arc::from(&text[start..end]), limits)
                && !doc.root().is_empty()
                && doc.root().kind().is_container()
            {
                return Some((start..end, doc));
            }
        }
        from = brace + 1;
    }
    None
}

/// The documents of a text behind its first, which ends here: one a line or over several, and several on a line.
pub(in crate::completion::load) fn documents_behind(
    text: &str,
    end: usize,
    limits: Limits,
) -> Vec<Document> {
    /// Of one line.
    const MOST: usize = 32;
    let mut found = Vec::new();
    let mut framer = Framer::default();
    let mut at = end;
    while let FrameStep::Record { range, .. } = framer.next(text.as_bytes(), at, true) {
        at = range.end;
        let mut record = &text[range];
        if let Ok(doc) = Document::parse(Arc::from(record), limits) {
            found.extend(Some(doc).filter(|doc| doc.root().kind().is_container()));
            continue;
        }
        for _ in 0..MOST {
            let Some((range, doc)) = json_in(record, limits) else {
                break;
            };
            found.push(doc);
            record = &record[range.end..];
        }
    }
    found
}

/// Where an object begins in a text that breaks off within it before anything names an answer, if it is of an exchange, or
/// stands behind a request.
fn cut_off_in(text: &str, from: usize, limits: Limits) -> Option<usize> {
    let rest = text.get(from..)?;
    let at = from + rest.find('{')?;
    let open = text[at..].trim_end();
    let is_open = document_end(open.as_bytes(), 0).is_none();
    if !is_open || !(is_of_exchange(open) || is_of_exchange(&text[..from])) {
        return None;
    }
    let parsed = Document::parse(Arc::from(open), limits);
    parsed
        .is_err_and(|error| error.offset == open.len())
        .then_some(at)
}

/// Where an object begins in a text that names an answer and can't be read, behind all that `found` is, where JSON was
/// found; what is found only behind it counts as its inside, unless that is an answer.
pub(in crate::completion::load) fn broken_answer(
    text: &str,
    found: Option<&Range<usize>>,
    limits: Limits,
) -> Option<usize> {
    let first = text.find("{\"")?;
    let mut from = match found {
        Some(found) if found.start <= first => found.end,
        Some(found) if names_answer(text.get(found.clone())?) => return None,
        _ => first,
    };
    for _ in 0..TRIES {
        let rest = text.get(from..)?;
        if !names_answer(rest) {
            return cut_off_in(text, from, limits);
        }
        let at = from + rest.find("{\"")?;
        let whole = document_end(text.as_bytes(), at)
            .filter(|end| Document::parse(Arc::from(&text[at..*end]), limits).is_ok());
        match whole {
            Some(end) => from = end,
            None => return names_answer(&text[at..]).then_some(at),
        }
    }
    None
}

/// Where a string begins in which JSON stands that names an answer, or is of an exchange, and can't be read; and what it holds.
pub(in crate::completion::load) fn broken_answer_in_quotes(
    text: &str,
    limits: Limits,
) -> Option<(usize, String)> {
    let mut from = 0;
    for _ in 0..TRIES {
        let start = from + text.get(from..)?.find("\"{\\\"")?;
        let open = || (text.len(), python_text(&text[start + 1..]));
        let (end, held) = quoted::of_double_quotes(text, start).unwrap_or_else(open);
        let is_whole = Document::parse(Arc::from(held.trim()), limits).is_ok();
        if !is_whole && broken_answer(&held, None, limits).is_some() {
            return Some((start, held));
        }
        from = end;
    }
    None
}

/// The text of a list of lines, as a notebook keeps what a program printed, where JSON stands over several of them, or a
/// stream does.
pub(in crate::completion::load) fn in_lines(list: Value<'_>, limits: Limits) -> Option<String> {
    let is_line = |item: Value<'_>| item.kind() == Kind::String;
    if list.kind() != Kind::Array || list.len() < 2 || !list.children().all(is_line) {
        return None;
    }
    let lines: Vec<_> = list.children().filter_map(Value::str).collect();
    let (_, but_last) = lines.split_last()?;
    if !but_last.iter().all(|line| line.ends_with('\n')) {
        return None;
    }
    let text = lines.concat();
    let spans_lines =
        || json_in(&text, limits).is_some_and(|(range, _)| text[range].contains('\n'));
    (is_stream(text.trim()) || spans_lines()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_json_behind_words() {
        let check = |text: &str, expected: Option<(usize, &str)>| {
            let found = json_in(text, Limits::default());
            let found = found
                .as_ref()
                .map(|(range, doc)| (range.start, doc.root().raw()));
            assert_eq!(found, expected, "{text:?}");
        };
        check(
            "2026-05-06T01:35:13Z INFO {\"a\":1}",
            Some((26, "{\"a\":1}")),
        );
        check(
            "web-1  | {\"a\":{\"b\":\"}\"}} 812ms",
            Some((9, "{\"a\":{\"b\":\"}\"}}")),
        );
        check("[api {req=7}] [{\"a\":1}]", Some((14, "[{\"a\":1}]")));
        check("[INFO] {\"a\":1}", Some((7, "{\"a\":1}")));
        let logfmt = r#"level=info body="{\"a\":\"x\"}" took=8"#;
        check(logfmt, Some((16, r#""{\"a\":\"x\"}""#)));
        let fluent = r#"[0] app: [[1.5, {}], {"log"=>"{\"a\":\"x\"}"}]"#;
        check(fluent, Some((29, r#""{\"a\":\"x\"}""#)));
        check(r#"msg="{words" {"a":1}"#, Some((13, "{\"a\":1}")));
        check("no braces", None);
        check("{} {\"a\":", None);
    }
}
