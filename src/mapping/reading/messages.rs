//! `/api/v1/messages`: where its response holds what the mapping reads.

use super::{Reading, Texts, number, text};
use crate::json::Value;

pub(in crate::mapping) fn read<'c>(response: Value<'c>, reading: &mut Reading<'c>) {
    reading.native_finish = text(response, "stop_reason");
    if let Some(usage) = response.get_some("usage") {
        reading.take_usage(usage, false);
        let caches = ["cache_creation_input_tokens", "cache_read_input_tokens"];
        let of_caches = caches.iter().filter_map(|key| number(usage, key));
        // Under chat's name they are counted already.
        let is_of_chat = |tokens: &Value<'_>| tokens.raw_key() == Some("prompt_tokens");
        if !reading.prompt_tokens.iter().any(is_of_chat) {
            reading.prompt_tokens.extend(of_caches);
        }
    }
    if let Some(content) = response.get_some("content") {
        reading.output = Texts::of_blocks(content);
        reading.tool_calls = content.children().find(|block| {
            let kind = block.get("type").and_then(Value::str);
            kind.is_some_and(|kind| kind.ends_with("tool_use"))
        });
    }
}
