//! The rules at work, field by field in the order of the event.

mod latency;
mod texts;
mod trace;
mod unusable;
mod usage;
mod when;
mod who;

use std::borrow::Cow;

use super::claude_code::PackedUser;
use super::finding::{Code, Finding};
use super::parts::{Parts, is_generation_id};
use super::reading::delivery::{Delivered, generated_nothing};
use super::reading::{Reading, is_zero, number, number_text, text};
use super::rules::{EVENT, SOURCE};
use super::{Context, Mapped, Mark, NoEvent, Outcome, differences};
use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::{Event, Field, Provenance, Section, Source, Step};
use crate::json::{JsonText, Kind, NodeId, Value};

pub use latency::UnknownField;

pub(in crate::mapping) fn build(
    completion: &Completion,
    edits: &Edits,
    context: &Context,
) -> Mapped {
    let parts = Parts::of(completion);
    let metadata = TraceMetadata::of(completion, edits);
    let mut mapped = build_of(completion, parts, metadata, context);
    let has_exchange = parts.request.is_some() || parts.response.is_some();
    if let (Some(delivery), true) = (parts.delivery, has_exchange) {
        let metadata = TraceMetadata::delivered(delivery);
        let delivered = Parts::of_delivery(completion);
        let delivered = build_of(completion, delivered, metadata, context);
        if let (Some(ours), Some(theirs)) = (mapped.event(), delivered.event()) {
            let differing = differences::find(completion, &parts, ours, theirs);
            mapped.findings.extend(differing);
        }
    }
    mapped
}

/// The event that request and response alone make, edits and OpenRouter's delivery left aside.
pub fn expected(completion: &Completion, context: &Context) -> Option<Event> {
    let parts = Parts {
        delivery: None,
        ..Parts::of(completion)
    };
    let metadata = TraceMetadata::of(completion, &Edits::none());
    made(build_of(completion, parts, metadata, context))
}

/// The event that OpenRouter's delivery alone makes.
pub fn delivered(completion: &Completion, context: &Context) -> Option<Event> {
    let metadata = TraceMetadata::delivered(completion.delivery()?);
    let parts = Parts::of_delivery(completion);
    made(build_of(completion, parts, metadata, context))
}

fn made(mapped: Mapped) -> Option<Event> {
    match mapped.outcome {
        Outcome::Event(event) => Some(event),
        Outcome::NoEvent(_) => None,
    }
}

/// Makes the event of those parts of a completion.
fn build_of(
    completion: &Completion,
    parts: Parts<'_>,
    metadata: TraceMetadata,
    context: &Context,
) -> Mapped {
    if let Some(no_event) = no_event(&parts) {
        return Mapped {
            outcome: Outcome::NoEvent(no_event),
            findings: Vec::new(),
            unknown: Vec::new(),
            metadata,
            marks: Vec::new(),
        };
    }
    let reading = Reading::of(&parts);
    let packed = reading.metadata_user.and_then(|value| {
        let packed = PackedUser::parse(&value.str()?)?;
        Some((value, packed))
    });
    let mut builder = Builder {
        completion,
        context,
        delivered: Delivered::of(&parts),
        parts,
        reading,
        packed,
        metadata: &metadata,
        fields: Vec::with_capacity(24),
        marks: Vec::with_capacity(40),
        findings: Vec::new(),
        unknown: Vec::new(),
    };
    builder.run();
    let Builder {
        fields,
        marks,
        findings,
        unknown,
        ..
    } = builder;
    Mapped {
        outcome: Outcome::Event(Event { fields }),
        findings,
        unknown,
        metadata,
        marks,
    }
}

/// Why OpenRouter would broadcast nothing, if it would not.
fn no_event(parts: &Parts<'_>) -> Option<NoEvent> {
    let Some(response) = parts.response else {
        if let Some(delivery) = parts.delivery {
            return generated_nothing(delivery).then(|| failed_delivery(delivery));
        }
        if parts
            .generation
            .or(parts.activity)
            .or(parts.content)
            .is_some()
        {
            return None;
        }
        return Some(no_response(parts));
    };
    let carries = |key: &str| response.get_some(key).is_some();
    // Beside an error, an empty list says that nothing was generated.
    let holds = |key: &str| {
        let value = response.get_some(key);
        value.is_some_and(|value| !carries("error") || !value.is_empty() || value.raw().len() > 2)
    };
    if let Some(status) = not_begun(parts, response) {
        return Some(NoEvent {
            reason: "not-final",
            pointer: status.pointer(),
            says: format!(
                "the response is {}: it was stored before anything was generated; fetch it again",
                status.canonical()
            ),
        });
    }
    let is_list = |key: &str| {
        let value = response.get_some(key);
        value.is_some_and(|value| value.kind() == Kind::Array) && holds(key)
    };
    if is_list("choices") || is_list("output") || holds("content") || carries("usage") {
        return None;
    }
    let Some(error) = response.get_some("error") else {
        return Some(NoEvent {
            reason: "no-answer",
            pointer: "/response".to_owned(),
            says: "the response holds no answer, so what OpenRouter generated and broadcast is not known; \
                   load the whole response"
                .to_owned(),
        });
    };
    let message = error
        .get("message")
        .and_then(Value::str)
        .or_else(|| error.str())
        .unwrap_or_default();
    if is_of_client(error) {
        let name = error.get("name").and_then(Value::non_empty_str);
        return Some(NoEvent {
            reason: "no-answer",
            pointer: "/response/error".to_owned(),
            says: format!(
                "what stands as the response is an error of the client's ({}: {}), not of OpenRouter's; whether \
                 something was generated and broadcast is not known here",
                name.unwrap_or("no name".into()),
                message.chars().take(200).collect::<String>()
            ),
        });
    }
    if let Some(found) = generated_beside(response) {
        return Some(NoEvent {
            reason: "no-answer",
            pointer: found.pointer(),
            says: "the answer is an error, and beside it stands what looks generated; whether OpenRouter broadcast \
                   an event of it is not known here"
                .to_owned(),
        });
    }
    let code = error.get_some("code").or(error.get_some("type"));
    let code = code.map(|code| format!(" {}", code.canonical().shown()));
    Some(NoEvent {
        reason: "error-body",
        pointer: "/response/error".to_owned(),
        says: format!(
            "OpenRouter answered with error{}: {}; nothing was generated, so nothing is broadcast",
            code.unwrap_or_default(),
            message.chars().take(200).collect::<String>()
        ),
    })
}

/// What looks generated somewhere in the body of an error: an answer that a wrapper put beside the error, or
/// below it, or what a provider had said by then, as text in the error's metadata.
fn generated_beside(response: Value<'_>) -> Option<Value<'_>> {
    /// Words of an answer in JSON that stands in a string, whatever its escapes.
    const IN_TEXT: [&str; 2] = ["\\\"choices\\\"", "\\\"output\\\""];
    /// Members of a wrapper that are the answer's text.
    const TEXTS: [&str; 8] = [
        "text",
        "output",
        "output_text",
        "completion",
        "answer",
        "result",
        "reply",
        "generated_text",
    ];
    let is = |value: Value<'_>, key: &str| value.raw_key() == Some(key);
    let is_said = |value: Value<'_>| {
        let role = value.parent().and_then(|around| around.get("role")?.str());
        is(value, "content") && role.is_some_and(|role| role == "assistant")
    };
    response.descendants().find(|value| match value.kind() {
        // The answer's own lists count here only where they stand deeper: at its top they are looked at first.
        Kind::Array if !value.is_empty() => {
            is(*value, "choices") || is(*value, "output") || is_said(*value)
        }
        Kind::String if IN_TEXT.iter().any(|word| value.raw().contains(word)) => true,
        Kind::String if value.raw().len() > 2 => {
            let is_text = TEXTS.iter().any(|key| is(*value, key));
            is_said(*value) || (is_text && value.depth() == response.depth() + 1)
        }
        _ => false,
    })
}

/// Whether an error is an exception of the program that asked: a timeout, a connection that was lost, a cancelled
/// request. OpenRouter's have a code that is a status, and neither a name nor a stack.
fn is_of_client(error: Value<'_>) -> bool {
    let has = |key: &str| error.get_some(key).is_some();
    let is_number = |key: &str| error.get(key).is_some_and(|v| v.kind() == Kind::Number);
    let is_systems = error
        .get("code")
        .and_then(Value::str)
        .is_some_and(|code| code.starts_with('E') || code.starts_with("UND_ERR"));
    let has_status = ["code", "status", "statusCode"].into_iter().any(is_number);
    (has("name") || has("stack") || is_systems) && !has_status && !has("metadata")
}

/// The status of a response that was asked for in the background and stored before it had an answer. A stream
/// that broke off has what arrived.
fn not_begun<'c>(parts: &Parts<'c>, response: Value<'c>) -> Option<Value<'c>> {
    let status = text(response, "status")?;
    let is_early = matches!(status.str()?.as_ref(), "queued" | "in_progress");
    let output = response.get_some("output");
    let has_output = output.is_some_and(|output| !output.is_empty());
    let has_more = has_output || response.get_some("usage").is_some();
    (is_early && !has_more && parts.stream.is_none()).then_some(status)
}

/// A request without its answer. Only where a proxy of ours saw how the exchange ended is it known why there is
/// none; else there may well have been one, and an event of it.
fn no_response(parts: &Parts<'_>) -> NoEvent {
    let captured = parts.captured;
    let text = |key: &str| captured.and_then(|captured| captured.get(key)?.str());
    let reason = || text("reason").unwrap_or("no reason is given".into());
    let problem = parts.response_problem.and_then(Value::str);
    let problem = problem.as_deref();
    let status = captured.and_then(|captured| captured.get("status")?.number());
    let failed = status.filter(|status| !status.starts_with('2'));
    let ending = text("ending");
    let says = match (ending.as_deref(), text("incomplete")) {
        (Some("not yet"), None) => "the answer has not come yet".to_owned(),
        (Some("not yet"), Some(why)) => format!(
            "the answer is not kept here ({why}), so what OpenRouter generates and broadcasts will not be known"
        ),
        // A gateway in between gave up, or its client did: OpenRouter's own errors are another matter.
        (Some("lost"), _) => format!(
            "no answer of OpenRouter's came back ({}); whether it generated and broadcasts something is not \
             known here",
            reason()
        ),
        (Some("unreachable"), _) => format!(
            "OpenRouter could not be reached ({}), so nothing was generated and nothing is broadcast",
            reason()
        ),
        (Some("request broken off"), _) => format!(
            "the app never sent its whole request ({}), so nothing was generated and nothing is broadcast",
            reason()
        ),
        (Some("complete"), Some(why)) => format!(
            "the app got its answer, but it was not kept here ({why}), so what OpenRouter generated and broadcast is not known"
        ),
        (Some(_), Some(why)) => format!(
            "the call did not come to its end, and what came of it was not kept here ({why}), so what OpenRouter generated \
             and broadcast is not known"
        ),
        (Some("complete"), None) => {
            let why = problem.unwrap_or("it has no body");
            match failed {
                Some(status) => format!(
                    "the app got an error, status {status}, that can't be read here ({why}); whether something was \
                     generated and broadcast is not known"
                ),
                None => format!(
                    "the app got an answer that can't be read here ({why}), so what OpenRouter generated and broadcast \
                     is not known"
                ),
            }
        }
        (Some(_), None) if problem.is_some() => format!(
            "the call did not come to its end, and what came of the answer can't be read here ({}), so what OpenRouter \
             generated and broadcast is not known",
            problem.unwrap_or_default()
        ),
        (Some("cancelled"), None) => "the app went away before any of the answer came; whether OpenRouter generated \
             and broadcasts something is not known here"
            .to_owned(),
        (Some(_), None) => format!(
            "the answer broke off before any of it came ({}); whether OpenRouter generated and broadcasts something \
             is not known here",
            reason()
        ),
        _ => "the answer is not here, so what OpenRouter generated and broadcast of it is not known; \
              load the answer as well"
            .to_owned(),
    };
    NoEvent {
        reason: "no-response",
        pointer: "/response".to_owned(),
        says,
    }
}

/// A delivery of a request that failed. Its response would be an error body, which makes no event
/// either (assumed).
fn failed_delivery(delivery: Value<'_>) -> NoEvent {
    let status = delivery.get("status");
    let message = status
        .and_then(|status| status.get("message")?.non_empty_str())
        .unwrap_or("no reason is given".into());
    NoEvent {
        reason: "failed-delivery",
        pointer: if status.is_some() {
            "/delivery/status"
        } else {
            "/delivery"
        }
        .to_owned(),
        says: format!(
            "OpenRouter delivered a request that failed before anything was generated ({}); no event is made of it",
            message.chars().take(200).collect::<String>()
        ),
    }
}

struct Builder<'c> {
    completion: &'c Completion,
    context: &'c Context,
    parts: Parts<'c>,
    reading: Reading<'c>,
    delivered: Delivered<'c>,
    /// `metadata.user_id` of a Messages request where Claude Code made it, and what it holds.
    packed: Option<(Value<'c>, PackedUser)>,
    metadata: &'c TraceMetadata,
    fields: Vec<Field>,
    marks: Vec<(NodeId, Mark)>,
    findings: Vec<Finding>,
    unknown: Vec<UnknownField>,
}

impl<'c> Builder<'c> {
    fn run(&mut self) {
        self.constant(&EVENT.constant, "\"llm_generation\"");
        self.event_id();
        self.other_generations();
        self.user_id();
        self.timestamp();
        self.input();
        self.output();
        let model = self.choose_model();
        self.model(Section::AiData, model.as_ref());
        self.convo_id();
        self.model(Section::Properties, model.as_ref());
        self.model_differs();
        self.provider();
        self.finish_reason();
        self.tokens();
        self.cost();
        self.duration_field();
        self.latencies();
        self.device_id();
        self.constant(&SOURCE.constant, "\"openrouter\"");
        self.trace();
        self.failure();
        self.other_streams();
    }

    /// Adds the field that the step's rule makes; the rule makes no other.
    fn put(&mut self, step: &'static Step, value: JsonText, sources: Vec<Source>) {
        let (section, key) = step.rule.fields[0];
        self.put_at(section, key, step, value, sources);
    }

    /// Adds one of the fields that the step's rule makes.
    fn put_at(
        &mut self,
        section: Section,
        key: impl Into<Cow<'static, str>>,
        step: &'static Step,
        value: JsonText,
        sources: Vec<Source>,
    ) {
        let key = key.into();
        debug_assert!(step.rule.makes(section, &key), "{step:?} makes no {key}");
        let index = self.fields.len();
        for source in &sources {
            if let Source::Node(id) = source {
                self.marks.push((*id, Mark::Became(index)));
            }
        }
        self.fields.push(Field {
            section,
            key,
            value,
            provenance: Provenance { step, sources },
        });
    }

    fn constant(&mut self, step: &'static Step, json: &'static str) {
        self.put(step, JsonText::constant(json), vec![]);
    }

    /// Takes the first candidate that is there, as it is; the others are superseded. They stand in the
    /// order of the rule's steps.
    fn pick<const N: usize>(&mut self, candidates: Candidates<'c, N>) -> bool {
        let chosen = present(candidates).next();
        if let Some((step, value)) = chosen {
            self.take(step, value, value.canonical(), candidates);
        }
        chosen.is_some()
    }

    /// As [`Self::pick`] does, for numbers; one that stands in a string comes out of it. A zero stands aside
    /// for a later number that is none: it may be a placeholder, and never replaces a known value.
    fn pick_number<const N: usize>(&mut self, candidates: Candidates<'c, N>) -> bool {
        let chosen = best(candidates);
        if let Some((step, value)) = chosen {
            self.take(step, value, number_json(value), candidates);
            self.doubt(value);
        }
        chosen.is_some()
    }

    fn take<const N: usize>(
        &mut self,
        step: &'static Step,
        value: Value<'c>,
        json: JsonText,
        candidates: Candidates<'c, N>,
    ) {
        debug_assert!(candidates.is_sorted_by_key(|(step, _)| step.position()));
        let index = self.fields.len();
        self.put(step, json, vec![node(value)]);
        let others = candidates.into_iter().filter_map(|(_, other)| other);
        self.supersede(index, &[value], others);
    }

    /// Marks what the field with this index would have come from, had its own sources not come first.
    fn supersede(
        &mut self,
        index: usize,
        own: &[Value<'c>],
        others: impl IntoIterator<Item = Value<'c>>,
    ) {
        let others = others.into_iter().filter(|other| !own.contains(other));
        self.marks
            .extend(others.map(|other| (other.id(), Mark::Superseded(index))));
    }

    fn find(&mut self, code: Code, pointer: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Finding {
            code,
            pointer: pointer.into(),
            help: help.into(),
        });
    }

    fn of_generation(&self, key: &str) -> Option<Value<'c>> {
        self.parts.generation.and_then(|record| text(record, key))
    }

    fn number_of_generation(&self, key: &str) -> Option<Value<'c>> {
        self.parts.generation.and_then(|record| number(record, key))
    }

    fn of_activity(&self, key: &str) -> Option<Value<'c>> {
        self.parts.activity.and_then(|row| text(row, key))
    }

    fn number_of_activity(&self, key: &str) -> Option<Value<'c>> {
        self.parts.activity.and_then(|row| number(row, key))
    }

    /// The generation id: `response.id`; the record's or the header's where the response has another kind of
    /// id.
    fn generation_id(&self) -> Option<Value<'c>> {
        let of_response = self.reading.id;
        of_response
            .filter(is_generation_id)
            .or_else(|| self.of_generation("id"))
            .or(self.delivered.id)
            .or(self.parts.generation_header)
            .or_else(|| self.of_activity("generation_id"))
            .or_else(|| self.parts.content.and_then(|content| text(content, "id")))
            .or(of_response)
    }
}

/// Places that a value may come from, with what stands there.
type Candidates<'c, const N: usize> = [(&'static Step, Option<Value<'c>>); N];

fn present<'c, const N: usize>(
    candidates: Candidates<'c, N>,
) -> impl Iterator<Item = (&'static Step, Value<'c>)> {
    let is_there = |(step, value): (&'static Step, Option<Value<'c>>)| Some((step, value?));
    candidates.into_iter().filter_map(is_there)
}

/// The first number that is not zero, else the first.
fn best<'c, const N: usize>(candidates: Candidates<'c, N>) -> Option<(&'static Step, Value<'c>)> {
    present(candidates)
        .find(|(_, value)| !is_zero(*value))
        .or_else(|| present(candidates).next())
}

/// A number as it is written; where it stands in a string, without the quotes.
fn number_json(value: Value<'_>) -> JsonText {
    let in_string = (value.kind() == Kind::String).then(|| number_text(value));
    in_string
        .flatten()
        .and_then(|text| JsonText::parse(&text).ok())
        .unwrap_or_else(|| value.canonical())
}

fn node(value: Value<'_>) -> Source {
    Source::Node(value.id())
}

fn nodes(values: &[Value<'_>]) -> Vec<Source> {
    values.iter().map(|value| node(*value)).collect()
}
