//! What was asked and what was answered, and how the answer may have failed.

use super::{Builder, nodes};
use crate::event::Field;
use crate::json::{Joined, JsonText, Kind, Value};
use crate::mapping::Mark;
use crate::mapping::finding::Code;
use crate::mapping::rules::{INPUT, OUTPUT};

impl<'c> Builder<'c> {
    pub(super) fn input(&mut self) {
        let texts = &self.reading.input;
        let (values, skipped) = (texts.texts.clone(), texts.skipped.clone());
        let step = match (self.reading.is_prompt, texts.in_parts) {
            _ if self.reading.input_is_delivered => &INPUT.delivered,
            (true, _) => &INPUT.prompt,
            (false, false) => &INPUT.message,
            (false, true) => &INPUT.parts,
        };
        if let Some(json) = joined(&values) {
            self.put(step, json, nodes(&values));
        }
        if !skipped.is_empty() {
            let mut kinds: Vec<&str> = Vec::new();
            for (_, kind) in &skipped {
                if !kinds.contains(&kind.as_str()) {
                    kinds.push(kind);
                }
            }
            let help = format!(
                "the latest user message has parts that are no text and are left out: {}",
                kinds.join(", ")
            );
            let at = skipped[0].0.parent().unwrap_or(skipped[0].0).pointer();
            self.find(Code::InputPartSkipped, at, help);
        }
        for (part, _) in skipped {
            let why = "a part that is no text; the input takes text alone";
            self.marks.push((part.id(), Mark::Unusable(why)));
        }
        if self.reading.user_message.is_none() && !self.is_stripped_delivery() {
            let help = if self.reading.has_conversation {
                "no message has the role `user`, so the event has no input"
            } else if self.completion.request().is_some() {
                "the request holds no messages, so the event has no input"
            } else {
                "the request is not known, so the event has no input and no trace keys"
            };
            let at = match self.reading.input_is_delivered {
                true => "/delivery/attributes/gen_ai.prompt",
                false => "/request/messages",
            };
            self.find(Code::NoUserMessage, at, help);
        }
    }

    /// Whether all that is known is a delivery from which privacy mode took the prompt.
    fn is_stripped_delivery(&self) -> bool {
        let has_request = self.completion.request().is_some();
        self.completion.delivery().is_some() && !has_request && !self.reading.input_is_delivered
    }

    pub(super) fn output(&mut self) {
        let step = if self.reading.output_is_delivered {
            &OUTPUT.delivered
        } else if self.reading.output.in_parts {
            &OUTPUT.parts
        } else {
            &OUTPUT.message
        };
        let texts = self.reading.output.texts.clone();
        let refusals = self.reading.refusals.clone();
        if let Some(json) = joined(&texts) {
            self.put(step, json, nodes(&texts));
        } else if let Some(json) = joined(&refusals) {
            let at = refusals[0].pointer();
            self.put(&OUTPUT.refusal, json, nodes(&refusals));
            self.find(
                Code::OutputIsRefusal,
                at,
                "the answer is empty and the model refused; the refusal's text stands as the output",
            );
        } else if let Some(calls) = self.reading.tool_calls {
            self.find(
                Code::ToolCallOnly,
                calls.pointer(),
                "the answer only calls tools, so the event has no output; tool calls are not broadcast to Raindrop",
            );
        }
        if !self.fields.iter().any(Field::is_text) {
            self.find(
                Code::EventWithoutText,
                "/ai_data",
                "neither input nor output: it goes by events/track_partial; Raindrop's own clients drop such an event",
            );
        }
    }

    pub(super) fn failure(&mut self) {
        if let Some(failure) = self.reading.failure {
            let message = failure.get("message").and_then(Value::str);
            let message = message.unwrap_or(failure.canonical().shown().into_owned().into());
            let message: String = message.chars().take(160).collect();
            let help = format!("the generation broke off ({message}); the event has what arrived");
            self.find(Code::GenerationFailed, failure.pointer(), help);
        } else if let Some(failure) = self.delivered.failure {
            let message = failure.get("message").and_then(Value::non_empty_str);
            let message = message.unwrap_or("its root span is marked as an error".into());
            let message: String = message.chars().take(160).collect();
            let help =
                format!("the delivery says that it failed ({message}); the event has what arrived");
            self.find(Code::GenerationFailed, failure.pointer(), help);
        } else if let Some(stream) = &self.completion.stream
            && !stream.complete
        {
            let help = "the stream ends before its end was said; the event has what arrived";
            self.find(Code::GenerationFailed, "/response", help);
        } else if let Some(cancelled) = self.generation.and_then(|record| record.get("cancelled"))
            && cancelled.kind() == Kind::True
        {
            let help =
                "the generation record says that it was cancelled; the event has what arrived";
            self.find(Code::GenerationFailed, cancelled.pointer(), help);
        }
    }
}

/// Texts as one JSON string, joined by a newline.
fn joined(values: &[Value<'_>]) -> Option<JsonText> {
    match values {
        [] => None,
        [only] => Some(only.canonical()),
        [first, rest @ ..] => {
            let mut text = Joined::default();
            text.push_raw(first.raw_str().unwrap_or_default());
            for value in rest {
                text.push_raw("\\n");
                text.push_raw(value.raw_str().unwrap_or_default());
            }
            Some(text.to_json())
        }
    }
}
