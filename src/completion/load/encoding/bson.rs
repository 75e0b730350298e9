//! MongoDB's canonical JSON, in which each number is an object with its type (`{"$numberInt": "9"}`): `mongoexport
//! --jsonFormat=canonical`, `bsondump`. Source: the specification of MongoDB's Extended JSON v2.

use std::sync::Arc;

use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::{Document, Limits, Value};

/// Whether a text begins as a document of MongoDB's does.
pub(in crate::completion::load) fn begins_as_one(text: &str) -> bool {
    let inside = text.strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with("\"_id\"")) && text.contains("\"$number")
}

/// The document of a text with its numbers as JSON has them.
pub(in crate::completion::load) fn with_plain_numbers(
    places: &Places<'_>,
    limits: Limits,
) -> Option<(Arc<str>, SourceMap)> {
    let text = places.text();
    let doc = Document::parse(Arc::from(text), limits).ok()?;
    let mut builder = DocumentBuilder::with_capacity(text.len());
    let mut done = 0;
    for value in doc.root().descendants() {
        let Some(number) = number(value) else {
            continue;
        };
        let span = value.span();
        builder.mapped(&text[done..span.start], places.map_of(done..span.start));
        let start = number.span().start + 1;
        let digits = number.raw_str()?;
        builder.mapped(digits, places.map_of(start..start + digits.len()));
        done = span.end;
    }
    builder.mapped(&text[done..], places.map_of(done..text.len()));
    (done > 0).then(|| builder.finish())
}

/// The string with the digits of a number.
fn number(value: Value<'_>) -> Option<Value<'_>> {
    const TYPES: [&str; 4] = [
        "$numberInt",
        "$numberLong",
        "$numberDouble",
        "$numberDecimal",
    ];
    let only = value.children().next().filter(|_| value.len() == 1)?;
    let digits = only.raw_str()?;
    if !TYPES.contains(&only.raw_key()?) {
        return None;
    }
    let is_number = Document::parse(Arc::from(digits), Limits::default())
        .is_ok_and(|doc| doc.root().number().is_some());
    is_number.then_some(only)
}
