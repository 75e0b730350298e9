//! JSON behind a log's own words: a time, a level, a service's name, brackets of its own.

use std::ops::Range;
use std::sync::Arc;

use crate::completion::load::framing::scan::document_end;
use crate::json::{Document, Limits};

/// Braces that are tried as the beginning of the JSON; a log may have some of its own before it.
const TRIES: usize = 6;

/// The first object or list of objects in a text that is otherwise words, and where it stands.
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
        check("no braces", None);
        check("{} {\"a\":", None);
    }
}
