//! `/api/v1/messages`: where its request and response hold what the mapping reads.
//!
//! A user message that only carries tool results is the counterpart of a `tool` message, so it does
//! not count as the latest user message (assumed).

use super::{Reading, Texts, number, text};
use crate::completion::request_member;
use crate::json::Value;

pub(in crate::mapping) fn read<'c>(
    request: Option<Value<'c>>,
    response: Option<Value<'c>>,
    reading: &mut Reading<'c>,
) {
    if let Some(request) = request {
        reading.metadata_user =
            request_member(request, "metadata").and_then(|metadata| text(metadata, "user_id"));
        if let Some(messages) = request_member(request, "messages") {
            reading.take_latest(messages, |message| !is_tool_result(message));
            let latest = reading.user_message;
            if let Some(content) = latest.and_then(|message| message.get("content")) {
                reading.input = Texts::of_content(content, &["text"]);
            }
        }
    }
    let Some(response) = response else { return };
    reading.native_finish = text(response, "stop_reason");
    if let Some(usage) = response.get_some("usage") {
        reading.take_usage(usage, "input_tokens", "output_tokens");
        let caches = ["cache_creation_input_tokens", "cache_read_input_tokens"];
        let of_caches = caches.iter().filter_map(|key| number(usage, key));
        reading.prompt_tokens.extend(of_caches);
    }
    if let Some(content) = response.get_some("content") {
        reading.output = Texts::of_blocks(content);
        reading.tool_calls = content.children().find(|block| {
            let kind = block.get("type").and_then(Value::str);
            kind.is_some_and(|kind| kind.ends_with("tool_use"))
        });
    }
}

fn is_tool_result(message: Value<'_>) -> bool {
    let Some(content) = message.get("content") else {
        return false;
    };
    !content.is_empty()
        && content
            .children()
            .all(|block| block.get("type").and_then(Value::str).as_deref() == Some("tool_result"))
}
