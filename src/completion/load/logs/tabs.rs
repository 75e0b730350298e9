//! Rows of a table as databases print them: fields with tabs between, and in them a backslash before each backslash, line's
//! end and tab of their own, as PostgreSQL's `COPY` and MySQL's batch mode write them.

use super::logline;
use crate::completion::load::signs::{self, Signs};
use crate::completion::load::streams::sse;
use crate::json::Limits;

/// A row with the fields in it as they were stored, one after another on lines of their own. `None` where the text is none
/// in which backslashes and lines' ends are written so: in JSON that nobody wrote so a quote has one alone.
pub(in crate::completion::load) fn row_of_database(text: &str, limits: Limits) -> Option<String> {
    // A backslash before another, or the line's end behind an event of a transcript.
    static SIGNS: Signs<4> = Signs::of(["\\\\", "\\ndata:", "\\nevent:", "\\n\\n"]);
    let may_be_one = memchr::memchr(b'\t', text.as_bytes()).is_some()
        && SIGNS.any_in(text.as_bytes())
        && !text.contains('\n')
        && signs::may_hold_completion(text.as_bytes());
    if !may_be_one {
        return None;
    }
    let mut fields = Vec::new();
    for field in text.trim_end_matches('\r').split('\t') {
        fields.push(stored(field)?);
    }
    // Numbers and times are no use to anybody here, and what holds a completion has to be whole.
    let is_whole = |field: &str| {
        let bare = field.trim();
        match sse::is_transcript(bare) {
            true => bare.contains('{'),
            false => {
                bare.starts_with('{')
                    && logline::json_in(bare, limits)
                        .is_some_and(|(range, _)| range == (0..bare.len()))
            }
        }
    };
    let may_be_whole = |field: &str| field.starts_with('{') || sse::is_transcript(field);
    let fields = fields.iter().map(|field| field.trim());
    let told: Vec<&str> = fields.filter(|field| may_be_whole(field)).collect();
    let are_whole = !told.is_empty() && told.iter().all(|field| is_whole(field));
    are_whole.then(|| told.join("\n"))
}

/// What a field stands for. `None` where a backslash is followed by what none is followed by there.
fn stored(field: &str) -> Option<String> {
    let mut stored = String::with_capacity(field.len());
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            stored.push(letter);
            continue;
        }
        stored.push(match letters.next()? {
            '\\' => '\\',
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '0' => '\0',
            'N' => 'N',
            _ => return None,
        });
    }
    Some(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rows_whose_backslashes_are_doubled() {
        let of = |text: &str| row_of_database(text, Limits::default());
        let row = |text: &str| of(text).unwrap_or_default();
        assert_eq!(
            row("1\t{\"choices\":\"a\\\\nb\"}\t\\N"),
            "{\"choices\":\"a\\nb\"}"
        );
        assert_eq!(
            row("{\"choices\":\"a\\\\\"b\"}\tdata: {}\\n\\ndata: {\"x\":\"\\\\n\"}"),
            "{\"choices\":\"a\\\"b\"}\ndata: {}\n\ndata: {\"x\":\"\\n\"}"
        );
        // JSON as it is, without a tab, of nothing that counts.
        for text in [
            "1\t{\"choices\":\"a\\\\b \\\"c\\\" \"}",
            "1\t{\"choices\":\"a\\nb\"}",
            "{\"choices\":\"a\\\\nb\"}",
            "1\t{\"a\":\"a\\\\nb\"}",
            "1\t{\"choices\":\"a\\\\nb",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
