//! Why a value that no rule looks at is not forwarded, told by where it stands.

use std::collections::{HashMap, HashSet};

use crate::completion::Completion;
use crate::json::{Kind, NodeId, Value};
use crate::mapping::reading::chat;

/// What of a completion says why its values are not forwarded, read once for all of them.
pub(super) struct Unforwarded {
    /// The keys that the SDK takes from the request's `extra_body`.
    extra_body: HashSet<String>,
    /// The position of the choice that the event is made of.
    choice: Option<usize>,
    /// The values that another of the same key follows, which counts in their place; `None` where they are looked for
    /// one by one.
    given_again: Option<HashSet<NodeId>>,
}

impl Unforwarded {
    pub(super) fn of(completion: &Completion) -> Unforwarded {
        let root = completion.document().root();
        let extra = root
            .get("request")
            .and_then(|request| request.get_some("extra_body"));
        let keys = extra.into_iter().flat_map(Value::children);
        let keys = keys.filter(|member| !member.is_null());
        let choices = root
            .get("response")
            .and_then(|response| response.get("choices"));
        Unforwarded {
            given_again: None,
            extra_body: keys.filter_map(|it| Some(it.key()?.into_owned())).collect(),
            choice: choices.and_then(chat::forwarded_choice).map(Value::ordinal),
        }
    }

    /// The same for all values of the completion.
    pub(super) fn of_all(completion: &Completion) -> Unforwarded {
        let doc = completion.document();
        let later = doc.duplicate_keys().into_iter().map(|id| doc.at(id));
        let objects: HashSet<NodeId> = later
            .filter_map(|later| Some(later.parent()?.id()))
            .collect();
        let mut given_again = HashSet::new();
        for object in objects {
            let mut last = HashMap::new();
            for member in doc.at(object).children() {
                given_again.extend(last.insert(member.key(), member.id()));
            }
        }
        Unforwarded {
            given_again: Some(given_again),
            ..Unforwarded::of(completion)
        }
    }

    /// Whether another value of the same key follows.
    fn is_given_again(&self, value: Value<'_>) -> bool {
        match &self.given_again {
            Some(values) => values.contains(&value.id()),
            None => value
                .key()
                .and_then(|key| value.parent()?.get(&key))
                .is_some_and(|counts| counts.id() != value.id()),
        }
    }

    /// Whether the SDK takes this member of the request from `extra_body`.
    fn is_in_extra_body(&self, key: &str) -> bool {
        self.extra_body.contains(key)
    }

    /// Whether a choice with this position is the one that the event is made of.
    fn is_forwarded_choice(&self, position: &str) -> bool {
        self.choice
            .is_some_and(|choice| choice.to_string() == position)
    }

    /// One line for a value without a mark.
    pub(super) fn why(&self, value: &Value<'_>) -> &'static str {
        if self.is_given_again(*value) {
            return "this key was given twice; the later one counts";
        }
        let is_empty = match value.kind() {
            Kind::Null => true,
            Kind::Object | Kind::Array => value.is_empty(),
            Kind::String => value.raw() == "\"\"",
            _ => false,
        };
        if is_empty {
            return "there is nothing in it";
        }
        let pointer = value.pointer();
        let tokens: Vec<&str> = pointer.split('/').skip(1).collect();
        match tokens.as_slice() {
            ["request", "extra_body", key, below @ ..] => {
                let unpacked: Vec<&str> = ["request", key]
                    .into_iter()
                    .chain(below.iter().copied())
                    .collect();
                of_request(&unpacked)
            }
            ["request", key, ..] if self.is_in_extra_body(key) => {
                "`extra_body` has this member too, which the SDK lets win"
            }
            ["request", ..] => of_request(&tokens),
            ["response", ..] => self.of_response(&tokens),
            ["headers", ..] => "of the request's headers, only x-session-id is read",
            ["response_headers", ..] => {
                "of the response's headers, only its id and date are read, where nothing else tells them"
            }
            ["generation", ..] => {
                "Raindrop's event has no field for this part of the generation record"
            }
            ["content", "input", ..] => {
                "of the conversation, only the text of the latest user message is forwarded"
            }
            ["content", ..] => "of the content, only the texts are forwarded",
            ["activity", ..] => {
                "Raindrop's event has no field for this column of the activity export"
            }
            ["measured", ..] => {
                "of what was measured, the event has the times that it has fields for"
            }
            ["delivery", "attributes", key, ..] => not_forwarded_attribute(key),
            ["delivery", "spans", ..] => "of a delivery, only the root span is read",
            ["delivery", "name"] => {
                "the root span's default name; a generation_name would stand here"
            }
            ["delivery", ..] => "of a delivery, the attributes and times of the root span are",
            ["name"] => "what rainscope calls it; OpenRouter never saw it",
            _ => "OpenRouter never saw this field",
        }
    }

    /// The same for a part of the response.
    fn of_response(&self, tokens: &[&str]) -> &'static str {
        match tokens {
            ["response", "choices", index, ..] if !self.is_forwarded_choice(index) => {
                "of several choices, only the one with index 0 is forwarded"
            }
            [
                "response",
                "choices",
                _,
                "message",
                "tool_calls" | "function_call",
                ..,
            ] => "tool calls are not part of the event",
            [
                "response",
                "choices",
                _,
                "message",
                "reasoning" | "reasoning_details" | "reasoning_content",
                ..,
            ] => "reasoning is not part of the event",
            ["response", "choices", _, "message", "audio", ..] => {
                "an audio answer has no text; its transcript is not part of the event"
            }
            ["response", "choices", _, "message", ..] => {
                "of the message, only the text is forwarded"
            }
            ["response", "choices", ..] => {
                "of a choice, only the text and the finish reason are forwarded"
            }
            ["response", "usage", ..] => {
                "of the usage, only the token counts and the cost are forwarded"
            }
            ["response", "output" | "content", ..] => "of the answer, only the text is forwarded",
            ["response", "error", ..] => "errors are not part of the event",
            _ => "Raindrop's event has no field for this part of the response",
        }
    }
}

/// The same for a member of the request.
fn of_request(tokens: &[&str]) -> &'static str {
    match tokens {
        ["request", "metadata", ..] => {
            "request `metadata` is never broadcast; `trace` is where such keys belong"
        }
        ["request", "messages" | "input", _, "role", ..] => {
            "a message's role is not part of the event"
        }
        ["request", "messages" | "input", ..] => {
            "of the conversation, only the text of the latest user message is forwarded"
        }
        [
            "request",
            "tools" | "tool_choice" | "parallel_tool_calls",
            ..,
        ] => "tools are not part of the event",
        ["request", "trace", ..] => "of `trace`, only the keys of an object count",
        ["request", "models", ..] => "a fallback that did not answer",
        ["request", "system" | "instructions", ..] => "system prompts are not part of the event",
        _ => "Raindrop's event has no field for it; put it under `trace` to see it in Raindrop",
    }
}

/// The same for an attribute of a delivery's root span.
fn not_forwarded_attribute(key: &str) -> &'static str {
    match key {
        "gen_ai.prompt" => "of the prompt, only the text of the latest user message is",
        "gen_ai.completion" => "of the completion, the text is",
        "trace.input" | "span.input" => "a copy of gen_ai.prompt",
        "trace.output" | "span.output" => "a copy of gen_ai.completion",
        "trace.name" => "the default name, which is not the user's",
        _ if key.starts_with("trace.metadata.") => "OpenRouter's own metadata, not a key of trace",
        _ => "Raindrop's event has no field for this attribute of the delivery",
    }
}
