//! JSON behind a log's own words: a time, a level, a service's name, brackets of its own.

use std::ops::Range;
use std::sync::Arc;

use crate::completion::load::framing::scan::document_end;
use crate::json::{Document, Limits};

/// Braces that are tried as the beginning of the JSON; a log may have some of its own before it.
const TRIES: usize = 6;

/// The first object or list of objects in a text that is otherwise words, and where it stands; or the string that
/// holds one, as logfmt has it (`body="{\"a\":1}"`), or Fluent Bit (`"log"=>"{\"a\":1}"`).
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
        if before.len() == brace
            && ["=\"", "=>\"", "=> \""]
                .iter()
                .any(|sign| before.ends_with(sign))
            && let Some(found) = string_at(text, brace - 1, limits)
        {
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

/// The JSON string that begins at a quote.
fn string_at(text: &str, start: usize, limits: Limits) -> Option<(Range<usize>, Document)> {
    let mut from = start + 1;
    let end = loop {
        from += memchr::memchr2(b'"', b'\\', &text.as_bytes()[from..])?;
        match text.as_bytes()[from] {
            b'"' => break from + 1,
            _ => from = (from + 2).min(text.len()),
        }
    };
    let doc = Document::parse(Arc::from(&text[start..end]), limits).ok()?;
    let is_json = Document::parse(Arc::from(doc.root().str()?), limits).is_ok();
    is_json.then_some((start..end, doc))
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
