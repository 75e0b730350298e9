//! The rules at work, field by field in the order of the event.

mod latency;
mod no_event;
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
use super::reading::delivery::Delivered;
use super::reading::{Reading, is_zero, number, number_text, text};
use super::rules::{EVENT, SOURCE};
use super::{Context, Mapped, Mark, Outcome, differences};
use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::{Event, Field, Provenance, Section, Source, Step};
use crate::json::{JsonText, Kind, NodeId, Value};

pub use latency::UnknownField;
use no_event::no_event;
pub(super) use texts::lacks_text;
pub(super) use trace::{EMPTY_DEFAULTED, is_empty_default};
pub(super) use who::why_unusable;

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
        is_arriving: is_arriving(&parts),
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

/// Whether a proxy of ours saw the exchange and not yet its end.
fn is_arriving(parts: &Parts<'_>) -> bool {
    let ending = parts
        .captured
        .and_then(|captured| captured.get("ending")?.str());
    ending.is_some_and(|ending| ending == "not yet")
}

struct Builder<'c> {
    completion: &'c Completion,
    context: &'c Context,
    parts: Parts<'c>,
    reading: Reading<'c>,
    delivered: Delivered<'c>,
    /// Whether more of the answer comes.
    is_arriving: bool,
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
        self.placeholder_id();
        self.id_of_another();
        self.user_id();
        self.timestamp();
        self.input();
        self.output();
        self.report_without_text();
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
        // Of what still arrives nothing is missing yet.
        if self.is_arriving && code.is_settled_by_the_answer() {
            return;
        }
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
