//! Where a request holds what was asked. It is read by its own shape, whichever API answered: a gateway logs what it got, and
//! sends it on to another API.

use super::{Reading, Texts};
use crate::completion::{Api, request_member};
use crate::json::{Kind, Value};

const TEXT_PARTS: &[&str] = &["text", "input_text", "output_text"];

impl<'c> Reading<'c> {
    /// Reads what a request asks: a list of messages, or a text.
    pub(super) fn take_request(&mut self, request: Value<'c>, api: Api) {
        let keys = match api {
            Api::Responses => ["input", "messages", "prompt"],
            _ => ["messages", "input", "prompt"],
        };
        let found = keys.iter().find_map(|key| request_member(request, key));
        let Some(found) = found else { return };
        if found.kind() == Kind::String && found.raw_key() != Some("messages") {
            self.has_conversation = true;
            self.user_message = Some(found);
            self.is_prompt = true;
            self.input = Texts::of_content(found, TEXT_PARTS);
        } else {
            self.take_messages(found);
        }
    }

    /// Takes the latest of the user's messages for what was asked. Where something stands behind it that is no message (a
    /// reference, a logger's word for what it left out), nobody knows whether that asked something else.
    ///
    /// A user message that only carries tool results is the counterpart of a `tool` message, so it does not count (assumed).
    pub(super) fn take_messages(&mut self, messages: Value<'c>) {
        self.has_conversation = true;
        if messages.kind() != Kind::Array {
            self.unread_message = Some(messages);
        }
        let mut latest = (None, self.unread_message);
        for message in messages.children() {
            match message.get("role").and_then(Value::str) {
                Some(role) if role == "user" && !is_tool_result(message) => {
                    latest = (Some(message), None);
                }
                None if !is_item_without_role(message) => latest = (None, Some(message)),
                _ => {}
            }
        }
        (self.user_message, self.unread_message) = latest;
        if let Some(content) = self.user_message.and_then(|message| message.get("content")) {
            self.input = Texts::of_content(content, TEXT_PARTS);
        }
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

/// Whether it is one of the items that the Responses API has among messages, which nobody said.
fn is_item_without_role(item: Value<'_>) -> bool {
    let kind = item.get("type").and_then(Value::str).unwrap_or_default();
    matches!(&*kind, "reasoning" | "compaction")
        || kind.contains("_call")
        || kind.ends_with("_output")
        || ["mcp_", "openrouter:"]
            .iter()
            .any(|own| kind.starts_with(own))
}
