//! The rules at work, field by field in the order of the event.

mod texts;
mod trace;
mod usage;
mod when;
mod who;

pub(super) use trace::is_system_property;

use super::delivery::{Delivered, generated_nothing};
use super::finding::{Code, Finding};
use super::reading::{Reading, number, text};
use super::rules::{self, Rule};
use super::{Context, Mapped, Mark, NoEvent, Outcome};
use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::{Event, Field, Provenance, Section, Source};
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
        self.constant(
            Section::Top,
            "event",
            &rules::EVENT,
            0,
            "\"llm_generation\"",
        );
        self.event_id();
        self.user_id();
        self.timestamp();
        self.input();
        self.output();
        let chosen_model = self.choose_model();
        self.model(Section::AiData, &rules::AI_MODEL, &chosen_model);
        self.convo_id();
        self.model(Section::Properties, &rules::MODEL, &chosen_model);
        self.model_differs();
        self.provider();
        self.finish_reason();
        self.tokens();
        self.cost();
        self.duration_field();
        self.constant(
            Section::Properties,
            "source",
            &rules::SOURCE,
            0,
            "\"openrouter\"",
        );
        self.trace();
        self.failure();
    }

    fn field(
        &mut self,
        section: Section,
        key: impl Into<std::borrow::Cow<'static, str>>,
        value: JsonText,
        provenance: Provenance,
    ) {
        let index = self.fields.len();
        for source in &provenance.sources {
            if let Source::Node(id) = source {
                self.marks.push((*id, Mark::Became(index)));
            }
        }
        self.fields.push(Field {
            section,
            key: key.into(),
            value,
            provenance,
        });
    }

    fn constant(
        &mut self,
        section: Section,
        key: &'static str,
        rule: &'static Rule,
        step: usize,
        json: &'static str,
    ) {
        self.field(
            section,
            key,
            JsonText::constant(json),
            made(rule, step, vec![]),
        );
    }

    /// Takes the first candidate that is there, as it is; the others are superseded.
    fn pick<const N: usize>(
        &mut self,
        section: Section,
        key: &'static str,
        rule: &'static Rule,
        candidates: [(usize, Option<Value<'c>>); N],
    ) -> bool {
        let mut present = candidates
            .into_iter()
            .filter_map(|(step, value)| Some((step, value?)));
        let Some((step, value)) = present.next() else {
            return false;
        };
        let index = self.fields.len();
        self.field(
            section,
            key,
            value.canonical(),
            made(rule, step, vec![node(value)]),
        );
        for (_, other) in present {
            if other != value {
                self.marks.push((other.id(), Mark::Superseded(index)));
            }
        }
        true
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

fn made(rule: &'static Rule, step: usize, sources: Vec<Source>) -> Provenance {
    Provenance {
        rule,
        step,
        sources,
    }
}

fn node(value: Value<'_>) -> Source {
    Source::Node(value.id())
}
