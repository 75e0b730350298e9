//! `/api/v1/responses`: where its response holds what the mapping reads.
//!
//! The top-level `output_text` is often `""`; only the items count.

use super::{Reading, Texts, text};
use crate::json::Value;

pub(in crate::mapping) fn read<'c>(response: Value<'c>, reading: &mut Reading<'c>) {
    reading.created = response
        .get_some("created_at")
        .or(response.get_some("created"));
    reading.completed = response.get_some("completed_at");
    if let Some(usage) = response.get_some("usage") {
        reading.take_usage(usage, false);
    }
    let reason = response
        .get_some("incomplete_details")
        .and_then(|details| text(details, "reason"));
    let status = text(response, "status");
    let is_final = |status: &Value<'_>| {
        let status = status.str();
        !matches!(status.as_deref(), Some("in_progress" | "queued"))
    };
    reading.native_finish = reason.or(status.filter(is_final));
    reading.unfinished = status.filter(|status| !is_final(status));
    for item in response.get("output").iter().flat_map(|o| o.children()) {
        match item.get("type").and_then(Value::str).as_deref() {
            Some("message") | None => read_message(item, reading),
            Some(kind) if kind.ends_with("_call") => {
                reading.tool_calls = reading.tool_calls.or(Some(item));
            }
            _ => {}
        }
    }
}

fn read_message<'c>(item: Value<'c>, reading: &mut Reading<'c>) {
    let Some(content) = item.get_some("content") else {
        return;
    };
    let texts = Texts::of_content(content, &["output_text", "text"]);
    reading.output.pieces.extend(texts.pieces);
    let refusals = content.children().filter_map(|part| text(part, "refusal"));
    reading.refusals.extend(refusals);
}
