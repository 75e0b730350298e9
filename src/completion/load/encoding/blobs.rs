//! claude-tap's bundles, in which each long value stands once and references to it stand in its places:
//! `{"__claude_tap_compact_trace__": …, "records": […], "blobs": {"sha256:…": {"payload": …}}}`. Source: claude-tap's
//! `compact_trace.py`.

use std::sync::Arc;

use crate::completion::load::record::most_together;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::{Document, Limits, Members, Value};

/// Whether a text begins as a bundle does.
pub(in crate::completion::load) fn begins_as_one(text: &str) -> bool {
    let inside = text.strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with("\"__claude_tap_compact_trace__\""))
}

/// The records of a bundle with the values in the places of the references. Those that would make too much of it stay: what
/// was asked is not known then.
pub(in crate::completion::load) fn with_blobs(
    places: &Places<'_>,
    limits: Limits,
) -> Option<(Arc<str>, SourceMap)> {
    let text = places.text();
    let doc = Document::parse(Arc::from(text), limits).ok()?;
    let records = doc.root().get("records")?;
    let blobs = Members::of(doc.root().get("blobs")?);
    let mut left = most_together(text.len());
    let mut builder = DocumentBuilder::with_capacity(text.len());
    builder.literal("{\"records\":");
    let mut done = records.span().start;
    for value in records.descendants() {
        let Some(payload) = payload(value, &blobs) else {
            continue;
        };
        if payload.raw().len() > left {
            continue;
        }
        left -= payload.raw().len();
        let span = value.span();
        builder.mapped(&text[done..span.start], places.map_of(done..span.start));
        places.copy(payload, &mut builder);
        done = span.end;
    }
    let end = records.span().end;
    builder.mapped(&text[done..end], places.map_of(done..end));
    builder.literal("}");
    Some(builder.finish())
}

/// The value that a reference is to.
fn payload<'d>(value: Value<'d>, blobs: &Members<'d>) -> Option<Value<'d>> {
    let only = value.children().next().filter(|_| value.len() == 1)?;
    if only.raw_key() != Some("__claude_tap_blob_ref__") {
        return None;
    }
    blobs.get(&only.get("hash")?.str()?)?.get("payload")
}
