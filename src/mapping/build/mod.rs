//! The rules at work, field by field in the order of the event.

mod texts;
mod trace;
mod usage;
mod when;
mod who;

use std::borrow::Cow;

use super::delivery::{Delivered, generated_nothing};
use super::finding::{Code, Finding};
use super::reading::{Reading, number, text};
use super::rules::{EVENT, SOURCE};
use super::{Context, Mapped, Mark, NoEvent, Outcome};
use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::{Event, Field, Provenance, Section, Source, Step};
use crate::json::{JsonText, NodeId, Value};

pub(in crate::mapping) fn build(
    completion: &Completion,
    edits: &Edits,
    context: &Context,
) -> Mapped {
    let metadata = TraceMetadata::of(completion, edits);
    if let Some(no_event) = no_event(completion) {
        return Mapped {
            outcome: Outcome::NoEvent(no_event),
            findings: Vec::new(),
            metadata,
            marks: Vec::new(),
        };
    }
    let mut builder = Builder {
        completion,
        context,
        reading: Reading::of(completion),
        delivered: Delivered::of(completion),
        generation: completion.generation(),
        metadata: &metadata,
        fields: Vec::with_capacity(24),
        marks: Vec::with_capacity(40),
        findings: Vec::new(),
    };
    builder.run();
    let Builder {
        fields,
        marks,
        mut findings,
        ..
    } = builder;
    let event = Event { fields };
    findings.extend(super::differences::find(completion, &event));
    Mapped {
        outcome: Outcome::Event(event),
        findings,
        metadata,
        marks,
    }
}

/// Why OpenRouter would broadcast nothing, if it would not.
fn no_event(completion: &Completion) -> Option<NoEvent> {
    let Some(response) = completion.response() else {
        if let Some(delivery) = completion.delivery() {
            return generated_nothing(delivery).then(|| failed_delivery(delivery));
        }
        if completion.generation().is_some() {
            return None;
        }
        return Some(NoEvent {
            reason: "no-response",
            pointer: "/response".to_owned(),
            says: "there is no response, so nothing was generated and nothing is broadcast"
                .to_owned(),
        });
    };
    let carries = |key: &str| response.get_some(key).is_some();
    // Beside an error, an empty list says that nothing was generated.
    let holds = |key: &str| {
        let value = response.get_some(key);
        value.is_some_and(|value| !carries("error") || !value.is_empty() || value.raw().len() > 2)
    };
    if holds("choices") || holds("output") || holds("content") || carries("usage") {
        return None;
    }
    let says = match response.get_some("error") {
        Some(error) => {
            let message = error
                .get("message")
                .and_then(Value::str)
                .or_else(|| error.str())
                .unwrap_or_default();
            let code = error.get_some("code").or(error.get_some("type"));
            let code = code.map(|code| format!(" {}", code.canonical().shown()));
            format!(
                "OpenRouter answered with error{}: {}; nothing was generated, so nothing is broadcast",
                code.unwrap_or_default(),
                message.chars().take(200).collect::<String>()
            )
        }
        None => "the response holds no completion, so nothing is broadcast".to_owned(),
    };
    Some(NoEvent {
        reason: "error-body",
        pointer: if carries("error") {
            "/response/error"
        } else {
            "/response"
        }
        .to_owned(),
        says,
    })
}

/// A delivery of a request that failed. Its response would be an error body, which makes no event
/// either (chosen).
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
    reading: Reading<'c>,
    delivered: Delivered<'c>,
    generation: Option<Value<'c>>,
    metadata: &'c TraceMetadata,
    fields: Vec<Field>,
    marks: Vec<(NodeId, Mark)>,
    findings: Vec<Finding>,
}

impl<'c> Builder<'c> {
    fn run(&mut self) {
        self.constant(&EVENT.constant, "\"llm_generation\"");
        self.event_id();
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
        self.constant(&SOURCE.constant, "\"openrouter\"");
        self.trace();
        self.failure();
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
    fn pick<const N: usize>(
        &mut self,
        candidates: [(&'static Step, Option<Value<'c>>); N],
    ) -> bool {
        debug_assert!(candidates.is_sorted_by_key(|(step, _)| step.position()));
        let mut present = candidates
            .into_iter()
            .filter_map(|(step, value)| Some((step, value?)));
        let Some((step, value)) = present.next() else {
            return false;
        };
        let index = self.fields.len();
        self.put(step, value.canonical(), vec![node(value)]);
        let others = present.map(|(_, other)| other);
        self.supersede(index, &[value], others);
        true
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
        self.generation.and_then(|record| text(record, key))
    }

    fn number_of_generation(&self, key: &str) -> Option<Value<'c>> {
        self.generation.and_then(|record| number(record, key))
    }

    /// The generation id: `response.id`; the record's where the response has another kind of id.
    fn generation_id(&self) -> Option<Value<'c>> {
        let of_response = self.reading.id;
        let is_generation = |id: &Value<'c>| id.raw().starts_with("\"gen-");
        of_response
            .filter(is_generation)
            .or_else(|| self.of_generation("id"))
            .or(self.delivered.id)
            .or(of_response)
    }
}

fn node(value: Value<'_>) -> Source {
    Source::Node(value.id())
}

fn nodes(values: &[Value<'_>]) -> Vec<Source> {
    values.iter().map(|value| node(*value)).collect()
}
