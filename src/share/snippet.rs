//! The trace metadata as it goes into a request body.

use crate::completion::TraceMetadata;
use crate::json::{Document, write_pretty};

/// `"user": …, "session_id": …, "trace": {…}` over several lines.
pub fn request_part(metadata: &TraceMetadata) -> String {
    let mut parts = Vec::new();
    if let Some(user) = &metadata.user.value {
        parts.push(format!("\"user\": {user}"));
    }
    if let Some(session) = &metadata.session_id.value {
        parts.push(format!("\"session_id\": {session}"));
    }
    if let Ok(doc) = Document::parse(metadata.trace_json().into(), Default::default()) {
        let mut trace = String::new();
        write_pretty(doc.root(), &mut trace);
        parts.push(format!("\"trace\": {trace}"));
    }
    parts.join(",\n")
}
