//! A Broadcast delivery: where its attributes hold what the mapping reads.

use super::reading::{Reading, Texts, number, text};
use super::{chat, model, responses};
use crate::completion::{Completion, time};
use crate::json::{Kind, Value};

/// What a delivery tells, by meaning. Absent is `None`.
#[derive(Debug, Default)]
pub(super) struct Delivered<'c> {
    /// The generation id.
    pub id: Option<Value<'c>>,
    /// `user.id`
    pub user: Option<Value<'c>>,
    /// `session.id`
    pub session: Option<Value<'c>>,
    /// `gen_ai.request.model`
    pub requested: Option<Value<'c>>,
    /// `gen_ai.response.model`
    pub returned: Option<Value<'c>>,
    /// Display name of the provider.
    pub provider: Option<Value<'c>>,
    /// The provider's own finish reason.
    pub native_finish: Option<Value<'c>>,
    /// The normalised finish reason.
    pub finish: Option<Value<'c>>,
    /// `gen_ai.usage.input_tokens`
    pub prompt_tokens: Option<Value<'c>>,
    /// `gen_ai.usage.output_tokens`
    pub completion_tokens: Option<Value<'c>>,
    /// `gen_ai.usage.total_tokens`
    pub total_tokens: Option<Value<'c>>,
    /// `gen_ai.usage.total_cost`
    pub cost: Option<Value<'c>>,
    /// Start of the root span, in nanoseconds since 1970.
    pub start: Option<(i128, Value<'c>)>,
    /// Its end.
    pub end: Option<(i128, Value<'c>)>,
    /// Milliseconds until the provider's last byte.
    pub body_end: Option<Value<'c>>,
    /// What tells that the generation failed.
    pub failure: Option<Value<'c>>,
}

impl<'c> Delivered<'c> {
    /// Reads a completion's delivery; all absent where there is none.
    pub fn of(completion: &'c Completion) -> Delivered<'c> {
        let Some(delivery) = completion.delivery() else {
            return Delivered::default();
        };
        let attributes = delivery.get("attributes").unwrap_or(delivery);
        let own = |key: &str| format!("trace.metadata.openrouter.{key}");
        let resource = delivery.get("resource");
        let trace_id = resource.and_then(|resource| text(resource, "openrouter.trace.id"));
        Delivered {
            id: text(attributes, "gen_ai.response.id")
                .or(trace_id.filter(|id| id.raw().starts_with("\"gen-"))),
            user: text(attributes, "user.id"),
            session: text(attributes, "session.id"),
            requested: text(attributes, "gen_ai.request.model"),
            returned: text(attributes, "gen_ai.response.model"),
            provider: text(attributes, &own("provider_name")),
            native_finish: text(attributes, &own("finish_reason")),
            finish: text(attributes, "gen_ai.response.finish_reason"),
            prompt_tokens: number(attributes, "gen_ai.usage.input_tokens"),
            completion_tokens: number(attributes, "gen_ai.usage.output_tokens"),
            total_tokens: number(attributes, "gen_ai.usage.total_tokens"),
            cost: number(attributes, "gen_ai.usage.total_cost"),
            start: nanos(delivery, "startTimeUnixNano"),
            end: nanos(delivery, "endTimeUnixNano"),
            body_end: number(attributes, &own("provider_body_end_ms")),
            failure: failure(delivery, attributes),
        }
    }

    /// How long the root span took, in milliseconds, and what tells it.
    pub fn span(&self) -> Option<(i128, Vec<Value<'c>>)> {
        let (start, from) = self.start?;
        let (end, to) = self.end?;
        (end >= start).then(|| (rounded_millis(end - start), vec![from, to]))
    }

    /// The model the event names: the one asked for, unless that is a router.
    pub fn model(&self) -> Option<Value<'c>> {
        let returned = self.returned.and_then(Value::str);
        let is_concrete = |slug: &Value<'c>| {
            let slug = slug.str().unwrap_or_default();
            !model::has_preset(&slug) && !model::is_router(&slug, returned.as_deref())
        };
        self.requested
            .filter(is_concrete)
            .or(self.returned)
            .or(self.requested)
    }
}

/// Nanoseconds to milliseconds, to the nearest.
fn rounded_millis(nanos: i128) -> i128 {
    (nanos + 500_000).div_euclid(1_000_000)
}

/// A time of the span, which OTLP writes as a number in a string; 0 stands for none.
fn nanos<'c>(delivery: Value<'c>, key: &str) -> Option<(i128, Value<'c>)> {
    let value = delivery.get(key)?;
    let text = value.str().or(value.number().map(Into::into))?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let nanos = if is_plain {
        text.parse().ok()?
    } else {
        time::scaled(value.number()?, 0)?
    };
    (nanos > 0).then_some((nanos, value))
}

/// What says that the generation failed: the root span's status, or its level.
fn failure<'c>(delivery: Value<'c>, attributes: Value<'c>) -> Option<Value<'c>> {
    let status = delivery.get_some("status").filter(|status| {
        let code = status.get("code");
        code.is_some_and(|code| {
            code.number() == Some("2") || code.str().as_deref() == Some("STATUS_CODE_ERROR")
        })
    });
    let level = attributes.get("span.level");
    status.or(level.filter(|level| level.str().is_some_and(|level| level == "ERROR")))
}

/// Whether a delivery tells of a request that failed before anything was generated.
pub(super) fn generated_nothing(delivery: Value<'_>) -> bool {
    let attributes = delivery.get("attributes").unwrap_or(delivery);
    let completion = attributes.get_some("gen_ai.completion");
    let has_text = completion.is_some_and(|completion| match completion.kind() {
        Kind::Object => ["completion", "reasoning", "toolCalls"].iter().any(|key| {
            let value = completion.get_some(key);
            value.is_some_and(|value| value.raw() != "\"\"" && value.raw() != "[]")
        }),
        _ => completion.non_empty_str().is_some(),
    });
    let tokens = number(attributes, "gen_ai.usage.output_tokens");
    let has_tokens = tokens.is_some_and(|tokens| tokens.raw() != "0");
    failure(delivery, attributes).is_some() && !has_text && !has_tokens
}

/// Reads input and output out of a delivery, where there is no request or no response to read.
pub(super) fn read<'c>(completion: &'c Completion, reading: &mut Reading<'c>) {
    let attributes = completion
        .delivery()
        .and_then(|delivery| delivery.get("attributes"));
    let Some(attributes) = attributes else { return };
    let prompt = attributes.get_some("gen_ai.prompt");
    if let Some(prompt) = prompt.filter(|_| completion.request().is_none()) {
        reading.input_is_delivered = true;
        read_prompt(prompt, reading);
    }
    let answer = attributes.get_some("gen_ai.completion");
    if let Some(answer) = answer.filter(|_| completion.response().is_none()) {
        reading.output_is_delivered = true;
        read_answer(answer, reading);
    }
}

/// Whether a prompt or completion is JSON that could not be read, and so is no text either.
fn is_cut_off(value: Value<'_>) -> bool {
    value.str().is_some_and(|text| text.starts_with(['{', '[']))
}

fn read_answer<'c>(answer: Value<'c>, reading: &mut Reading<'c>) {
    let text = match answer.kind() {
        Kind::Object => answer.get("completion"),
        _ => Some(answer).filter(|answer| !is_cut_off(*answer)),
    };
    if let Some(text) = text {
        reading.output = Texts::of_content(text, &["text", "output_text"]);
    }
    reading.tool_calls = answer
        .get_some("toolCalls")
        .filter(|calls| !calls.is_empty());
}

fn read_prompt<'c>(prompt: Value<'c>, reading: &mut Reading<'c>) {
    if prompt.get("messages").is_some() || prompt.get("prompt").is_some() {
        chat::read(Some(prompt), None, reading);
    } else if prompt.get("input").is_some() {
        responses::read(Some(prompt), None, reading);
    } else if is_cut_off(prompt) {
        reading.has_conversation = true;
    } else if prompt.kind() == Kind::String {
        reading.has_conversation = true;
        reading.user_message = Some(prompt);
        reading.input = Texts::of_content(prompt, &[]);
    }
}

/// Reads input and output of a delivery whatever else is known.
pub(super) fn read_alone<'c>(delivery: Value<'c>) -> Reading<'c> {
    let mut reading = Reading::default();
    let attributes = delivery.get("attributes");
    let part = |key| attributes.and_then(|attributes: Value<'c>| attributes.get_some(key));
    if let Some(prompt) = part("gen_ai.prompt") {
        read_prompt(prompt, &mut reading);
    }
    if let Some(answer) = part("gen_ai.completion") {
        read_answer(answer, &mut reading);
    }
    reading
}
