//! From a finding's pointer to a line of a file: the place, and the excerpt with the value marked.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use crate::cli::output::printable;
use crate::completion::{Completion, PieceRelation, Place};
use crate::event::{Field, Section};
use crate::json::pointer::Resolver;
use crate::json::{Value, pointer};
use crate::mapping::Mapped;
use crate::share::report::ReportKeys;

// Columns of an excerpt: before the value, of the value, behind it.
const BEFORE: usize = 36;
const MARKED: usize = 44;
const BEHIND: usize = 20;
/// Bytes of a line that are looked at, before the value's beginning and from there on.
const WINDOW: usize = 512;

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingLocation {
    /// The place in a file.
    pub place: Place,
    /// The line there; none where the finding is about the record as a whole.
    pub excerpt: Option<MarkedLine>,
}

/// A line of a file, clipped, with control characters as symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedLine {
    /// What is shown of the line.
    pub text: String,
    /// Columns before the mark.
    pub start: usize,
    /// Columns of the mark.
    pub length: usize,
    /// Whether this is no line of the file, but was made of what begins at the place.
    pub is_made: bool,
}

/// Finds where one completion's findings are, each in time proportional to its depth, however many there are.
pub struct Locator<'c> {
    completion: &'c Completion,
    fields: HashMap<(Section, &'c str), &'c Field>,
    resolver: Resolver<'c>,
    keys: &'c ReportKeys,
}

impl<'c> Locator<'c> {
    /// Of a completion and what was made of it; no key is in what is shown of a line.
    pub fn of(completion: &'c Completion, mapped: &'c Mapped, keys: &'c ReportKeys) -> Locator<'c> {
        let fields = mapped.event().into_iter().flat_map(|event| &event.fields);
        Locator {
            completion,
            fields: fields
                .map(|field| ((field.section, field.key.as_ref()), field))
                .collect(),
            resolver: Resolver::default(),
            keys,
        }
    }

    /// Finds the location of a pointer into the completion or into its event.
    pub fn find(&mut self, pointer: &str) -> FindingLocation {
        let value = self.source_of(pointer);
        let found = value.and_then(|value| Some((value, self.completion.place_of(value)?)));
        match found {
            Some((value, place)) => FindingLocation {
                excerpt: Some(excerpt(self.completion, value, &place, self.keys)),
                place,
            },
            None => FindingLocation {
                place: self.completion.origin.place(),
                excerpt: None,
            },
        }
    }

    /// The value of the completion that a pointer is about: what it points to, else what is around that.
    /// For a pointer into the event, what became the field.
    fn source_of(&mut self, pointer: &str) -> Option<Value<'c>> {
        let doc = self.completion.document();
        let of_event = self.field_of(pointer).and_then(|field| {
            let source = field.provenance.sources.first()?.pointer(doc);
            Some(source + &pointer[field.pointer().len()..])
        });
        let wanted = of_event.as_deref().unwrap_or(pointer);
        let mut at = wanted;
        while !at.is_empty() {
            if let Some(value) = self.resolver.resolve(doc.root(), at) {
                return Some(value);
            }
            at = &at[..at.rfind('/')?];
        }
        None
    }

    /// The field of the event that a pointer leads to or into.
    fn field_of(&self, pointer: &str) -> Option<&'c Field> {
        let sections = [Section::AiData, Section::Properties, Section::Top];
        sections.into_iter().find_map(|section| {
            let below = pointer.strip_prefix(section.pointer())?;
            let key = pointer::tokens(below).next()?;
            self.fields.get(&(section, key.as_str())).copied()
        })
    }
}

fn excerpt(
    completion: &Completion,
    value: Value<'_>,
    place: &Place,
    keys: &ReportKeys,
) -> MarkedLine {
    let text = completion.document().text();
    // Only the key of a container is marked: the whole of it could be most of the file.
    let span = match value.kind().is_container() {
        true if value.key().is_some() => value.member_start()..key_end(value),
        true => value.span().start..value.span().start + 1,
        false => value.span(),
    };
    let segments = completion.source_map().segments();
    let segment = segments.get(segments.partition_point(|segment| segment.range.end <= span.start));
    let range = segment.map_or(0..text.len(), |segment| segment.range.clone());
    let from = span.start.clamp(range.start, range.end);
    // No more than this of a line is ever shown, and a line may be as long as its file.
    let nearest = |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at));
    let before = nearest(from.saturating_sub(WINDOW).max(range.start))
        .unwrap_or(from)
        .min(from);
    let behind = nearest((from + WINDOW).min(range.end))
        .unwrap_or(range.end)
        .min(range.end);
    let bytes = text.as_bytes();
    let line_start =
        memchr::memrchr(b'\n', &bytes[before..from]).map_or(before, |at| before + at + 1);
    let line_end = memchr::memchr(b'\n', &bytes[from..behind]).map_or(behind, |at| from + at);
    let to = span.end.clamp(from, line_end);
    // A key may begin before what is shown of it, so it is masked in all that is at hand.
    let (lead, marked, rest) = (
        &text[line_start..from],
        &text[from..to],
        &text[to..line_end],
    );
    let is_made = segment.is_some_and(|segment| segment.relation == PieceRelation::Derived);
    // A log's own words stand before the document on its line.
    let columns = text[line_start..value.span().start.max(line_start)]
        .chars()
        .count()
        + 1;
    let has_words = !is_made && place.position.column > columns;
    let mut lead = last_columns(keys.mask(lead).trim_start(), BEFORE);
    if has_words && !lead.starts_with('…') {
        lead.insert(0, '…');
    }
    let marked = first_columns(&keys.mask(marked), MARKED);
    let rest = first_columns(keys.mask(rest).trim_end(), BEHIND);
    MarkedLine {
        start: lead.width(),
        length: marked.width().max(1),
        text: lead + &marked + &rest,
        is_made,
    }
}

fn key_end(value: Value<'_>) -> usize {
    value.member_start() + value.raw_key().map_or(0, str::len) + 2
}

/// The beginning of a text, no wider than so many columns, as it may be shown.
fn first_columns(text: &str, columns: usize) -> String {
    let head: String = text.chars().take(columns + 1).collect();
    let mut shown = printable(&head).into_owned();
    let is_clipped = head.len() < text.len() || shown.width() > columns;
    while shown.width() + usize::from(is_clipped) > columns {
        shown.pop();
    }
    if is_clipped {
        shown.push('…');
    }
    shown
}

/// The end of a text, in the same way.
fn last_columns(text: &str, columns: usize) -> String {
    let tail: Vec<char> = text.chars().rev().take(columns + 1).collect();
    let tail: String = tail.into_iter().rev().collect();
    let mut shown = printable(&tail).into_owned();
    let is_clipped = tail.len() < text.len() || shown.width() > columns;
    while shown.width() + usize::from(is_clipped) > columns {
        shown.remove(0);
    }
    if is_clipped {
        shown.insert(0, '…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_at_columns() {
        let first = |text, columns, expected: &str| {
            assert_eq!(first_columns(text, columns), expected);
        };
        first("short", 5, "short");
        first("longer", 5, "long…");
        first("天气预报", 5, "天气…");
        first("a\tb\u{1b}", 9, "a␉b␛");
        assert_eq!(last_columns("longer", 5), "…nger");
        assert_eq!(last_columns("天气预报", 5), "…预报");
        assert_eq!(last_columns("", 5), "");
    }

    /// What stands before a document on its line is not shown, and that it is there is.
    #[test]
    fn says_that_a_logs_words_stand_before() {
        let sample =
            r#"{"request":{"model":"a/b","messages":[]},"response":{"id":"gen-1","choices":[]}}"#;
        for (words, expected) in [("", r#"{"request""#), ("web-1  | ", r#"…{"request""#)] {
            let file = format!("{words}{sample}\n");
            let loaded = crate::completion::load::load("t.log", file.as_bytes());
            let completion = &loaded.completions[0];
            let request = completion.request().expect("a request");
            let place = completion.place_of(request).expect("a place");
            let shown = excerpt(completion, request, &place, &ReportKeys::default());
            assert!(shown.text.starts_with(expected), "{}", shown.text);
            assert_eq!(shown.start, expected.chars().count() - r#""request""#.len());
        }
    }
}
