//! `/api/v1/chat/completions`: where its request and response hold what the mapping reads.

use super::{Reading, Texts, failure_of, text};
use crate::completion::request_member;
use crate::json::{Kind, Value};

const TEXT_PARTS: &[&str] = &["text", "input_text", "output_text"];

pub(in crate::mapping) fn read<'c>(
    request: Option<Value<'c>>,
    response: Option<Value<'c>>,
    reading: &mut Reading<'c>,
) {
    if let Some(request) = request {
        read_input(request, reading);
    }
    let Some(response) = response else { return };
    reading.created = response.get_some("created");
    if let Some(usage) = response.get_some("usage") {
        reading.take_usage(usage, "prompt_tokens", "completion_tokens");
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

/// Reads the messages of a conversation.
pub(in crate::mapping) fn read_messages<'c>(messages: Value<'c>, reading: &mut Reading<'c>) {
    reading.take_latest(messages, |_| true);
    if let Some(content) = reading
        .user_message
        .and_then(|message| message.get("content"))
    {
        reading.input = Texts::of_content(content, TEXT_PARTS);
    }
}

fn read_input<'c>(request: Value<'c>, reading: &mut Reading<'c>) {
    if let Some(messages) = request_member(request, "messages") {
        read_messages(messages, reading);
    } else if let Some(input) =
        request_member(request, "input").filter(|input| input.kind() == Kind::Array)
    {
        read_messages(input, reading);
    } else if let Some(prompt) =
        request_member(request, "prompt").or(request_member(request, "input"))
    {
        reading.has_conversation = true;
        if prompt.kind() == Kind::String {
            reading.user_message = Some(prompt);
            reading.is_prompt = true;
            reading.input = Texts::of_content(prompt, TEXT_PARTS);
        }
    }
}
