//! What was asked and what was answered, and how the answer may have failed.

use super::{Builder, nodes};
use crate::completion::{self, Api, Completion};
use crate::event::Field;
use crate::json::{Joined, JsonText, Value};
use crate::mapping::Mark;
use crate::mapping::finding::Code;
use crate::mapping::reading::{Piece, TextOrigin};
use crate::mapping::rules::{INPUT, OUTPUT};

impl<'c> Builder<'c> {
    pub(super) fn input(&mut self) {
        let texts = &self.reading.input;
        let (values, skipped) = (texts.values(), texts.skipped.clone());
        let step = match self.reading.input_origin {
            TextOrigin::Delivery => &INPUT.delivered,
            TextOrigin::Content => &INPUT.content,
            TextOrigin::Exchange if self.reading.is_prompt => &INPUT.prompt,
            TextOrigin::Exchange if values.len() > 1 => &INPUT.parts,
            TextOrigin::Exchange => &INPUT.message,
        };
        let input = joined(&texts.pieces);
        let is_empty = input.is_none() && skipped.is_empty();
        if let Some(json) = input {
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
        let is_missing = self.reading.user_message.is_none() || is_empty;
        if is_missing && !self.is_stripped_delivery() {
            let unread = self.reading.unread_message;
            let help = if self.reading.user_message.is_some() {
                "the latest user message is empty, so the event has no input"
            } else if unread.is_some() {
                "what stands here in the place of a message is none that can be read, so what was asked last is not known, and the event has no input"
            } else if self.reading.has_conversation {
                "no message has the role `user`, so the event has no input"
            } else if self.parts.request.is_some() {
                "the request holds no messages, so the event has no input"
            } else {
                "the request is not known, so the event has no input and no trace keys"
            };
            let at = match self.reading.input_origin {
                TextOrigin::Delivery => "/delivery/attributes/gen_ai.prompt",
                TextOrigin::Content => "/content/input",
                TextOrigin::Exchange if self.parts.request.is_some() => "/request/messages",
                TextOrigin::Exchange => "/ai_data/input",
            };
            let at = unread.map_or(at.to_owned(), Value::pointer);
            self.find(Code::NoUserMessage, at, help);
        }
    }

    /// Whether all that is known is a delivery from which privacy mode took the prompt.
    fn is_stripped_delivery(&self) -> bool {
        let is_unread = self.reading.input_origin == TextOrigin::Exchange;
        self.parts.delivery.is_some() && self.parts.request.is_none() && is_unread
    }

    pub(super) fn output(&mut self) {
        let texts = &self.reading.output;
        let values = texts.values();
        let step = match self.reading.output_origin {
            TextOrigin::Delivery => &OUTPUT.delivered,
            TextOrigin::Content => &OUTPUT.content,
            TextOrigin::Exchange if values.len() < 2 => &OUTPUT.message,
            TextOrigin::Exchange if self.parts.api == Api::Messages => &OUTPUT.blocks,
            TextOrigin::Exchange => &OUTPUT.parts,
        };
        let refusals = self.reading.refusals.clone();
        if let Some(json) = joined(&texts.pieces) {
            self.put(step, json, nodes(&values));
        } else if let Some(first) = refusals.first() {
            let on_new_line = |value: &Value<'c>| Piece {
                value: *value,
                goes_on: false,
            };
            let pieces: Vec<Piece<'c>> = refusals.iter().map(on_new_line).collect();
            let json = joined(&pieces).unwrap_or_else(|| first.canonical());
            let at = first.pointer();
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
                "neither input nor output: it is sent by events/track_partial, since events/track refuses it; Raindrop's own clients drop such an event, and Workshop shows nothing for it",
            );
        }
    }

    /// Such a report tells of an event without having it.
    pub(super) fn report_without_text(&mut self) {
        if lacks_text(self.completion, &self.fields) {
            self.find(
                Code::ReportWithoutText,
                "/ai_data",
                "the report was made without text: lengths stand where texts and other values stood, so this is not the event, it is never sent, and what else is to be found is not known; look at what the report was made from",
            );
        }
    }

    /// How the generation broke off, if it did: one finding, the plainest sign first.
    pub(super) fn failure(&mut self) {
        let message = |failure: Value<'_>| {
            let message = failure.get("message").and_then(Value::non_empty_str);
            let message = message.unwrap_or(failure.canonical().shown().into_owned().into());
            message.chars().take(160).collect::<String>()
        };
        if let Some(failure) = self.reading.failure {
            let message = message(failure);
            let help = format!("the generation broke off ({message}); the event has what arrived");
            self.find(Code::GenerationFailed, failure.pointer(), help);
        } else if let Some(failure) = self.delivered.failure {
            let message = failure.get("message").and_then(Value::non_empty_str);
            let message = message.unwrap_or("its root span is marked as an error".into());
            let message: String = message.chars().take(160).collect();
            let help =
                format!("the delivery says that it failed ({message}); the event has what arrived");
            self.find(Code::GenerationFailed, failure.pointer(), help);
        } else if let Some(error) = self
            .parts
            .content
            .and_then(|content| content.get_some("error"))
        {
            let message = message(error);
            let help = format!(
                "OpenRouter kept an error with the content ({message}); the event has what arrived"
            );
            self.find(Code::GenerationFailed, error.pointer(), help);
        } else if let Some(cancelled) = self.cancelled() {
            let help = "OpenRouter says that it was cancelled; the event has what arrived";
            self.find(Code::GenerationFailed, cancelled.pointer(), help);
        } else if let Some(stream) = self.parts.stream
            && !stream.is_whole()
        {
            let captured = self.parts.captured;
            let ending = captured.and_then(|captured| captured.get("ending")?.str());
            let help = match (stream.shortened, ending.as_deref()) {
                (true, _) => {
                    "a line stands in the stream in place of chunks that were left out, so the text has a gap; the event has what is here"
                }
                (false, Some("cancelled")) => {
                    "the app hung up before the stream's end; the event has what arrived until then, and OpenRouter's may have more"
                }
                (false, _) => {
                    "the stream stops before its end marker, so something may be missing; the event has what arrived"
                }
            };
            self.find(Code::StreamIncomplete, "/response", help);
        }
    }

    /// Says so where the response holds more streams than the one that is mapped.
    pub(super) fn other_streams(&mut self) {
        let others = self.parts.stream.map_or(0, |stream| stream.others);
        if others > 0 {
            let help = format!(
                "the response holds {} streams, of other generations or begun anew; this event is the first one's, \
                 and the request of the others is not known. Load the bare stream to see each",
                others + 1
            );
            self.find(Code::SeveralGenerations, "/response", help);
        }
    }

    /// What says that the generation was cancelled: the generation record, or the activity row.
    fn cancelled(&self) -> Option<Value<'c>> {
        let known = [self.parts.generation, self.parts.activity];
        let cancelled = known.map(|part| part?.get("cancelled"));
        let is_true = |value: &Value<'_>| {
            value.raw() == "true" || value.str().is_some_and(|text| text == "true")
        };
        cancelled.into_iter().flatten().find(is_true)
    }
}

/// Whether a completion came out of a report that was made without text, so that lengths stand in its event.
pub(in crate::mapping) fn lacks_text(completion: &Completion, fields: &[Field]) -> bool {
    let mut texts = fields.iter().filter(|field| field.is_text()).peekable();
    // Where the event has none, those tell that it would have had.
    let has_none = texts.peek().is_none();
    let is_asked_so = || {
        let texts = completion
            .request()
            .into_iter()
            .flat_map(Value::descendants);
        texts
            .filter_map(Value::str)
            .any(|text| completion::is_withheld(&text))
    };
    completion.format.is_without_text()
        || texts.any(|field| completion::is_withheld(field.value.as_str().trim_matches('"')))
        || has_none && is_asked_so()
}

/// Texts as one JSON string.
fn joined(pieces: &[Piece<'_>]) -> Option<JsonText> {
    match pieces {
        [] => None,
        [only] => Some(only.value.canonical()),
        [first, rest @ ..] => {
            let mut text = Joined::default();
            text.push_raw(first.value.raw_str().unwrap_or_default());
            for piece in rest {
                if !piece.goes_on {
                    text.push_raw("\\n");
                }
                text.push_raw(piece.value.raw_str().unwrap_or_default());
            }
            Some(text.to_json())
        }
    }
}
