//! Documents over several lines each of which a log wrote something before: a service's name, a time, a
//! host. A document that stands on one line needs nothing of this.

use std::ops::Range;

use super::formats::Head;
use super::record::Reader;
use super::scan::{Scanner, document_end};
use super::split;
use crate::completion::source_map::{Places, SourceMap};

/// Lines at the beginning of a text by which it is told.
const LOOKED_AT: usize = 400;

/// Documents that never end after which the rest is read line by line, so that the time stays linear.
const MOST_FAILED: usize = 16;

/// Whether a text is such a log: behind the words of one of its first lines a document begins that does not
/// end there, and the next line of the same source goes on with it.
pub(super) fn is_prefixed(head: &Head<'_>) -> bool {
    if head.text.starts_with(['{', '"', '<']) {
        return false;
    }
    let mut lines = head.text.lines().take(LOOKED_AT);
    let Some((source, _)) = lines.by_ref().find_map(|line| opening(line)) else {
        return false;
    };
    let next = lines
        .filter_map(prefix)
        .find(|prefix| prefix.source == source);
    next.is_some_and(|next| {
        let rest = next.rest.trim_start();
        rest.starts_with(['"', '}', ']', '{', '['])
    })
}

/// A line's own words and what they stand before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Prefix<'t> {
    /// What tells the lines of one source from those of another.
    source: &'t str,
    rest: &'t str,
}

/// Reads such a log: each document as its lines without what stands before, all else line by line.
pub(super) fn read(places: &Places<'_>, reader: &mut Reader<'_>) {
    let before = reader.loaded.completions.len();
    reader.format.within = reader.format.within.or(Some("a log"));
    let lines: Vec<Range<usize>> = lines(places.text()).collect();
    let mut is_taken = vec![false; lines.len()];
    let (mut number, mut failed) = (0, 0);
    for index in 0..lines.len() {
        let range = lines[index].clone();
        let line = &places.text()[range.clone()];
        if is_taken[index] || line.trim().is_empty() {
            continue;
        }
        number += 1;
        let origin = reader.origin_of_entry(places.at(range.start), number);
        let is_opening = failed < MOST_FAILED && opening(line).is_some();
        let document = match is_opening {
            true => document(places, &lines[index..], &mut is_taken[index..]),
            false => None,
        };
        failed += usize::from(is_opening && document.is_none());
        match document {
            Some((text, map)) => {
                let places = Places::mapped(&text, map, Vec::new(), origin.place());
                reader.entry(&origin).text(&places);
            }
            None => reader.entry(&origin).text(&places.piece(range)),
        }
    }
    reader.number(before);
}

/// The text of the document that begins on the first of some lines, and where each of its lines stands. The
/// lines are taken. `None` where it does not end.
fn document(
    places: &Places<'_>,
    lines: &[Range<usize>],
    is_taken: &mut [bool],
) -> Option<(String, SourceMap)> {
    const LONGEST: usize = 100_000;
    let whole = places.text();
    let source = prefix(&whole[lines[0].clone()])?.source;
    let mut scanner = Scanner::default();
    let mut text = String::new();
    let mut pieces = Vec::new();
    let mut own = Vec::new();
    for (index, range) in lines.iter().enumerate().take(LONGEST) {
        let Some(prefix) = prefix(&whole[range.clone()]).filter(|prefix| prefix.source == source)
        else {
            continue;
        };
        let start = range.end - prefix.rest.len();
        pieces.push((text.len(), prefix.rest, places.at(start)));
        text.push_str(prefix.rest);
        own.push(index);
        for byte in prefix.rest.bytes() {
            scanner.step(byte);
        }
        if scanner.is_closed() {
            for index in own {
                is_taken[index] = true;
            }
            return Some((text, SourceMap::of_pieces(pieces.into_iter())));
        }
        scanner.end_line();
        text.push('\n');
    }
    None
}

/// The lines of a text without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    })
}

/// The source and the rest of a line behind whose prefix a document begins that goes on.
fn opening(line: &str) -> Option<(&str, &str)> {
    let Prefix { source, rest } = prefix(line)?;
    let rest = rest.trim();
    let begins =
        rest.starts_with('{') || (rest.starts_with('[') && split::is_array(rest.as_bytes()));
    (begins && document_end(rest.as_bytes(), 0).is_none()).then_some((source, rest))
}

/// What a log wrote before a line, in the forms of `docker compose`, Kubernetes and syslog, or a time alone.
fn prefix(line: &str) -> Option<Prefix<'_>> {
    const PARTS: usize = 4;
    let mut found = Prefix {
        source: "",
        rest: line,
    };
    for _ in 0..PARTS {
        let next = service(found.rest)
            .or_else(|| pod(found.rest))
            .or_else(|| syslog(found.rest))
            .or_else(|| Some(("", time(found.rest)?)))
            .or_else(|| container(found.rest));
        let Some((source, rest)) = next else { break };
        if !source.is_empty() {
            found.source = source;
        }
        found.rest = rest;
    }
    (found.rest.len() < line.len()).then_some(found)
}

/// `web-1  | ` of `docker compose`.
fn service(line: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 64;
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let rest = line.trim_start_matches(is_of_name);
    let name = &line[..line.len() - rest.len()];
    let behind = rest.trim_start_matches(' ').strip_prefix('|')?;
    let is_name = !name.is_empty() && name.len() <= LONGEST;
    is_name.then(|| (name, behind.strip_prefix(' ').unwrap_or(behind)))
}

/// `[pod/web/app] ` of `kubectl logs --prefix`.
fn pod(line: &str) -> Option<(&str, &str)> {
    let inside = line.strip_prefix("[pod/")?;
    let (name, rest) = inside.split_once("] ")?;
    (!name.contains(' ')).then_some((name, rest))
}

/// `stdout F ` of a container's log file, behind its time.
fn container(line: &str) -> Option<(&str, &str)> {
    ["stdout F ", "stderr F ", "stdout P ", "stderr P "]
        .iter()
        .find_map(|words| {
            let rest = line.strip_prefix(words)?;
            Some((&line[..line.find(' ')?], rest))
        })
}

/// `May  6 01:35:13 host app[123]: ` of syslog and journald.
fn syslog(line: &str) -> Option<(&str, &str)> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let rest = MONTHS.iter().find_map(|month| line.strip_prefix(month))?;
    let (_, rest) = rest.trim_start().split_once(' ')?;
    let (clock, rest) = rest.split_once(' ')?;
    let (source, rest) = rest.split_once(": ")?;
    let is_clock = clock.len() >= 8 && clock.split(':').count() == 3;
    let is_source = source.split(' ').count() == 2 && !source.contains('{');
    (is_clock && is_source).then_some((source, rest))
}

/// The rest of a line behind `2026-05-06T01:35:13.123Z ` or the like.
fn time(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let is_like = |at: usize, like: u8| {
        bytes.get(at).is_some_and(|byte| match like {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b' '),
            like => *byte == like,
        })
    };
    let form = b"0000-00-00T00:00:00";
    if !form.iter().enumerate().all(|(at, like)| is_like(at, *like)) {
        return None;
    }
    let rest = &line[form.len()..];
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || ".,:+-Z".contains(c));
    rest.strip_prefix(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_prefixes() {
        let check = |line: &str, source: &str, rest: &str| {
            assert_eq!(prefix(line), Some(Prefix { source, rest }), "{line:?}");
        };
        check("web-1  | {", "web-1", "{");
        check("web-1  |   \"a\": 1", "web-1", "  \"a\": 1");
        check("web-1  |", "web-1", "");
        check("web-1  | 2026-05-06T01:35:13.123456789Z {", "web-1", "{");
        check("2026-05-06T01:35:13.1Z stdout F {", "stdout", "{");
        check("2026-05-06 01:35:13,123   \"a\": 1", "", "  \"a\": 1");
        check("[pod/web-5/app] {", "web-5/app", "{");
        check("May  6 01:35:13 host app[123]:   }", "host app[123]", "  }");
        for line in ["{", "  \"a\": 1", "a: b", "May I: no", "2026-05-06", "| x"] {
            assert_eq!(prefix(line), None, "{line:?}");
        }
    }

    #[test]
    fn tells_documents_over_several_lines() {
        let check = |text: &str, expected: bool| {
            assert_eq!(
                is_prefixed(&Head::of(text.as_bytes())),
                expected,
                "{text:?}"
            );
        };
        check("web | up\nweb | {\nweb |   \"a\": 1\nweb | }\n", true);
        check("web | {\ndb  | ok\nweb | \"a\": 1}\n", true);
        check("web | {\"a\": 1}\nweb | {\"a\": 2}\n", false);
        check("web | {\nweb | words\n", false);
        check("{\n  \"a\": 1\n}", false);
    }
}
