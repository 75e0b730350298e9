//! `/api/v1/chat/completions`: where its response holds what the mapping reads.

use super::{Reading, Texts, failure_of, text};
use crate::json::Value;

const TEXT_PARTS: &[&str] = &["text", "input_text", "output_text"];

pub(in crate::mapping) fn read<'c>(response: Value<'c>, reading: &mut Reading<'c>) {
    reading.created = response.get_some("created");
    if let Some(usage) = response.get_some("usage") {
        reading.take_usage(usage, true);
    }
    let choice = response.get("choices").and_then(forwarded_choice);
    let Some(choice) = choice else { return };
    reading.native_finish = text(choice, "native_finish_reason");
    reading.finish = text(choice, "finish_reason");
    reading.failure = reading.failure.or(failure_of(choice));
    // A completion of the old `prompt` form has `text` in place of a message.
    let Some(message) = choice.get_some("message") else {
        if let Some(text) = choice.get_some("text") {
            reading.output = Texts::of_content(text, TEXT_PARTS);
        }
        return;
    };
    if let Some(content) = message.get_some("content") {
        reading.output = Texts::of_content(content, TEXT_PARTS);
        reading.refusals = content
            .children()
            .filter_map(|part| text(part, "refusal"))
            .collect();
    }
    reading.refusals.extend(text(message, "refusal"));
    reading.tool_calls = message
        .get_some("tool_calls")
        .filter(|calls| !calls.is_empty())
        .or(message.get_some("function_call"));
}

/// The choice that the event is made of: the one with index 0, else the first.
pub(in crate::mapping) fn forwarded_choice(choices: Value<'_>) -> Option<Value<'_>> {
    let is_first = |choice: &Value<'_>| choice.get("index").and_then(Value::number) == Some("0");
    choices.children().find(is_first).or(choices.item(0))
}
