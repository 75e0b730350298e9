//! A Broadcast delivery: where its attributes hold what the mapping reads.

use super::{Reading, TextOrigin, Texts, is_zero, non_empty, number, number_text, text};
use crate::completion::{Api, slug, time};
use crate::json::{Kind, Value};
use crate::mapping::parts::{Parts, is_generation_id};

/// What a delivery tells, by meaning. Absent is `None`.
#[derive(Debug, Default)]
pub(in crate::mapping) struct Delivered<'c> {
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
    /// Milliseconds until the provider's first token.
    pub time_to_first_token: Option<Value<'c>>,
    /// Milliseconds from one token to the next.
    pub inter_token_latency: Option<Value<'c>>,
    /// Milliseconds that OpenRouter's router took.
    pub router_latency: Option<Value<'c>>,
    /// What tells that the generation failed.
    pub failure: Option<Value<'c>>,
}

impl<'c> Delivered<'c> {
    /// Reads a delivery; all absent where there is none.
    pub fn of(parts: &Parts<'c>) -> Delivered<'c> {
        let Some(delivery) = parts.delivery else {
            return Delivered::default();
        };
        let attributes = delivery.get("attributes").unwrap_or(delivery);
        let own = |key: &str| format!("trace.metadata.openrouter.{key}");
        let own_number = |key: &str| number(attributes, &own(key));
        let resource = delivery.get("resource");
        let trace_id = resource.and_then(|resource| text(resource, "openrouter.trace.id"));
        Delivered {
            id: text(attributes, "gen_ai.response.id").or(trace_id.filter(is_generation_id)),
            user: text(attributes, "user.id"),
            session: text(attributes, "session.id"),
            requested: text(attributes, "gen_ai.request.model"),
            returned: text(attributes, "gen_ai.response.model"),
            provider: text(attributes, &own("provider_name")),
            native_finish: text(attributes, &own("finish_reason")),
            finish: text(attributes, "gen_ai.response.finish_reason").or_else(|| {
                let all = attributes.get("gen_ai.response.finish_reasons")?;
                non_empty(Some(all.item(0).unwrap_or(all)))
            }),
            prompt_tokens: number(attributes, "gen_ai.usage.input_tokens"),
            completion_tokens: number(attributes, "gen_ai.usage.output_tokens"),
            total_tokens: number(attributes, "gen_ai.usage.total_tokens"),
            cost: number(attributes, "gen_ai.usage.total_cost"),
            start: nanos(delivery, "startTimeUnixNano"),
            end: nanos(delivery, "endTimeUnixNano"),
            body_end: own_number("provider_body_end_ms"),
            time_to_first_token: own_number("provider_time_to_first_token_ms"),
            inter_token_latency: own_number("inter_token_latency_ms"),
            router_latency: own_number("router_latency_ms"),
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
            slug::is_concrete(&slug.str().unwrap_or_default(), returned.as_deref())
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
        time::scaled(&number_text(value)?, 0)?
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
pub(in crate::mapping) fn generated_nothing(delivery: Value<'_>) -> bool {
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
    let has_tokens = tokens.is_some_and(|tokens| !is_zero(tokens));
    failure(delivery, attributes).is_some() && !has_text && !has_tokens
}

/// Reads input and output where there is no request or no response to read: out of the delivery, else out
/// of what `GET /api/v1/generation/content` answered.
pub(in crate::mapping) fn read<'c>(parts: &Parts<'c>, reading: &mut Reading<'c>) {
    let attribute = |key| parts.delivery?.get("attributes")?.get_some(key);
    let content = |key| parts.content?.get_some(key);
    if parts.request.is_none() {
        if let Some(prompt) = attribute("gen_ai.prompt") {
            reading.input_origin = TextOrigin::Delivery;
            read_prompt(prompt, reading);
        } else if let Some(input) = content("input") {
            reading.input_origin = TextOrigin::Content;
            read_prompt(input, reading);
        }
    }
    if parts.response.is_none() {
        if let Some(answer) = attribute("gen_ai.completion") {
            reading.output_origin = TextOrigin::Delivery;
            read_answer(answer, reading);
        } else if let Some(output) = content("output") {
            reading.output_origin = TextOrigin::Content;
            read_answer(output, reading);
        }
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
    if prompt.kind() == Kind::Object {
        reading.take_request(prompt, Api::Delivery);
    } else if prompt.kind() == Kind::Array {
        // Not OpenRouter's own form, and what a collector may leave of it.
        reading.take_messages(prompt);
    } else if is_cut_off(prompt) {
        reading.has_conversation = true;
    } else if prompt.kind() == Kind::String {
        reading.has_conversation = true;
        reading.user_message = Some(prompt);
        reading.input = Texts::of_content(prompt, &[]);
    }
}
