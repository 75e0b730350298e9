//! Lists of exchanges whose text is broken somewhere: what can be read of them is, and the rest is named.

use std::ops::Range;
use std::sync::Arc;

use super::recording;
use crate::completion::load::ProblemKind;
use crate::completion::load::formats::HAR;
use crate::completion::load::framing::items::items;
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::head::FileHead;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places};
use crate::json::{Document, Limits, ParseError, Value};

/// The whole is bounded by what a file may have; its exchanges are the records.
pub(super) fn limits_of_a_file(reader: &Reader<'_>) -> Limits {
    Limits {
        bytes: reader.limits.bytes.max(1 << 30),
        ..reader.limits
    }
}

/// Whether a text is a list of exchanges, told by its first item: read as one recording, since one of them
/// may have fetched the generation record of another.
pub(in crate::completion::load) fn is_list(head: &FileHead<'_>) -> bool {
    if !head.text.starts_with('[') {
        return false;
    }
    let list = items(head.text.as_bytes(), 0);
    let first = list
        .items
        .first()
        .and_then(|item| head.text.get(item.range.clone()));
    let doc = first.and_then(|first| Document::parse(first.into(), Limits::default()).ok());
    match doc {
        Some(doc) => recording::is_item(doc.root()),
        None => first_of_cut(head.text).is_some_and(|doc| begins_like_item(doc.root())),
    }
}

/// The first item of a list as far as it stands in a text that ends within it.
fn first_of_cut(text: &str) -> Option<Document> {
    let item = text[1..].trim_start();
    if !item.starts_with('{') || text.len() + FileHead::LEAST_LACKING < FileHead::BYTES {
        return None;
    }
    let mut scanner = Scanner::default();
    // An escape may be cut as well.
    let last = item.len().saturating_sub(6);
    let escape = memchr::memrchr(b'\\', item.as_bytes()).filter(|at| *at >= last);
    let item = item[..escape.unwrap_or(item.len())].trim_end_matches('\\');
    scanner.follow(item);
    let closing = scanner.closing()?;
    let (quote, brackets) = match closing.strip_prefix('"') {
        Some(brackets) => ("\"", brackets),
        None => ("", closing.as_str()),
    };
    // It may end with a value, a key, or between them.
    ["", ":null", "null", "\"\":null"].iter().find_map(|value| {
        let whole = [item, quote, value, brackets].concat();
        Document::parse(whole.into(), Limits::default()).ok()
    })
}

/// Whether what there is of an item is that of an exchange: its other members may stand behind the end.
fn begins_like_item(item: Value<'_>) -> bool {
    const OF_HTTP: [&str; 4] = ["url", "uri", "method", "snapshot"];
    let has = |key: &str| item.get(key).is_some();
    let snapshot = item.get("snapshot");
    let sides = [
        item.get("request"),
        snapshot.and_then(|it| it.get("request")),
    ];
    let is_of_http = |side: Value<'_>| OF_HTTP.iter().any(|key| side.get(key).is_some());
    recording::is_item(item)
        || has("scope") && has("path")
        || sides.into_iter().flatten().any(is_of_http)
}

/// Reads such a list.
pub(in crate::completion::load) fn read_list(places: &Places<'_>, reader: &mut Reader<'_>) {
    let text = places.text();
    match Document::parse(text.into(), limits_of_a_file(reader)) {
        Ok(doc) if recording::is_recording(doc.root()) => {
            recording::read(doc.root(), places, reader);
        }
        Ok(doc) => {
            // Exchanges are the lesser part of it.
            for (index, item) in doc.root().children().enumerate() {
                let origin = reader.origin_of_entry(places.at(item.span().start), index + 1);
                reader.entry(&origin).text(&places.piece(item.span()));
            }
        }
        Err(error) => match documents(text) {
            Some(documents) => {
                let before = reader.loaded.completions.len();
                for range in documents {
                    let piece = places.piece(range);
                    let origin = reader.origin_of_entry(piece.at(0), reader.origin.record);
                    reader.entry(&origin).text(&piece);
                }
                reader.number_anew(before);
            }
            None => read_items(places, 0, ("[", "]"), &error, recording::read, reader),
        },
    }
}

/// Several documents one after another, a comma between them or not, as files that were joined have them: each but the
/// last is whole.
fn documents(text: &str) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut at = 0;
    while text[at..].starts_with(['[', '{']) {
        let end = document_end(text.as_bytes(), at).unwrap_or(text.len());
        found.push(at..end);
        let rest = text[end..].trim_start();
        at = text.len() - rest.strip_prefix(',').unwrap_or(rest).trim_start().len();
    }
    let is_whole = |range: &Range<usize>| {
        Document::parse(text[range.clone()].into(), Limits::default()).is_ok()
    };
    (found.len() > 1 && at == text.len() && is_whole(&found[0])).then_some(found)
}

/// Reads what can be read of a HAR recording that is broken somewhere.
pub(in crate::completion::load) fn read_har(
    places: &Places<'_>,
    error: &ParseError,
    reader: &mut Reader<'_>,
) {
    reader.format.name = HAR;
    let text = places.text();
    let list = text
        .find("\"entries\"")
        .and_then(|key| Some(key + text[key..].find('[')?));
    match list {
        Some(list) => {
            let around = ("{\"log\":{\"entries\":[", "]}}");
            read_items(places, list, around, error, recording::read_har, reader);
        }
        None => reader.problem(
            ProblemKind::Malformed,
            places.at(error.offset),
            error.what.clone(),
        ),
    }
}

/// Reads the items of the list at `from` that are whole, as a recording with `around` around them.
fn read_items(
    places: &Places<'_>,
    from: usize,
    around: (&str, &str),
    error: &ParseError,
    read: fn(Value<'_>, &Places<'_>, &mut Reader<'_>),
    reader: &mut Reader<'_>,
) {
    let text = places.text();
    let mut builder = DocumentBuilder::default();
    builder.literal(around.0);
    let (mut good, mut bad) = (0, 0);
    for slice in items(&text.as_bytes()[from..], 0).items {
        let range = slice.range.start + from..slice.range.end + from;
        let Some(item) = text.get(range.clone()) else {
            continue;
        };
        match Document::parse(Arc::from(item), reader.limits) {
            Ok(doc) if doc.root().kind().is_container() => {
                if good > 0 {
                    builder.literal(",");
                }
                builder.copy(item, 0..item.len(), &places.map_of(range));
                good += 1;
            }
            Ok(_) => {}
            Err(error) => {
                bad += 1;
                if bad <= MOST_NAMED {
                    let at = places.at(range.start + error.offset);
                    reader.problem(ProblemKind::Malformed, at, error.what);
                }
            }
        }
    }
    builder.literal(around.1);
    if bad == 0 {
        reader.problem(
            ProblemKind::Malformed,
            places.at(error.offset),
            error.what.clone(),
        );
    }
    if good == 0 {
        return;
    }
    let (json, map) = builder.finish();
    if let Ok(doc) = Document::parse(json, limits_of_a_file(reader)) {
        let places = Places::mapped(doc.text(), map, Vec::new(), places.at(from));
        read(doc.root(), &places, reader);
    }
}

/// A text that was torn apart would otherwise be named line by line.
const MOST_NAMED: usize = 20;
