//! The same generation told of twice: by the exchange that was recorded, and by what OpenRouter delivered.
//!
//! The two may stand in different files and in any order, so the deliveries are gathered first and each
//! exchange is held against them. What is kept of a delivery is what its event says; how much is kept is
//! bounded.

use std::collections::HashMap;

use super::differences::{DeliveryDifference, between, quoted, why};
use super::finding::{Code, Finding};
use super::rules::{EVENT_ID, is_system_property};
use super::{Mapped, Outcome};
use crate::completion::Completion;
use crate::event::{Event, Section};
use crate::json::JsonText;

/// Bytes of events that are kept, at most.
const KEPT: usize = 256 << 20;
/// Deliveries that are known by their ids, at most.
const KNOWN: usize = 2_000_000;

/// What is known of deliveries that stand by themselves, by the id of their event.
#[derive(Debug, Default)]
pub struct Deliveries {
    by_event: HashMap<Box<str>, Option<Box<PlacedDelivery>>>,
    kept: usize,
}

/// What one delivery says, and where it stands.
#[derive(Debug)]
struct PlacedDelivery {
    place: Box<str>,
    event: Event,
}

/// Whether a completion is a delivery and nothing else.
pub fn is_delivery(completion: &Completion) -> bool {
    completion.delivery().is_some()
        && completion.request().is_none()
        && completion.response().is_none()
}

/// The event's id, if it was made of the generation's.
pub(super) fn id(event: &Event) -> Option<String> {
    Some(id_as_written(event)?.shown().into_owned())
}

/// The same as JSON.
pub(super) fn id_as_written(event: &Event) -> Option<&JsonText> {
    let field = event.field(Section::Top, "event_id")?;
    let is_of_generation = *field.provenance.step == EVENT_ID.generation;
    is_of_generation.then_some(&field.value)
}

/// A copy that doesn't keep the document alive that its values are slices of.
fn detached(event: &Event) -> Option<Event> {
    let mut event = event.clone();
    for field in &mut event.fields {
        field.value = JsonText::parse(field.value.as_str()).ok()?;
    }
    Some(event)
}

impl Deliveries {
    /// Keeps what a delivery says; anything else, and a delivery without an event or an id, is passed over.
    pub fn add(&mut self, completion: &Completion, mapped: &Mapped) {
        let Outcome::Event(event) = &mapped.outcome else {
            return;
        };
        if !is_delivery(completion) || self.by_event.len() == KNOWN {
            return;
        }
        let Some(id) = id(event).filter(|id| !self.has(id)) else {
            return;
        };
        let fields = event.fields.iter();
        let size: usize = fields.map(|field| field.value.as_str().len() + 200).sum();
        let kept = (self.kept + size <= KEPT)
            .then(|| detached(event))
            .flatten();
        let delivered = kept.map(|event| {
            self.kept += size;
            Box::new(PlacedDelivery {
                place: completion.origin.to_string().into(),
                event,
            })
        });
        self.by_event.insert(id.into(), delivered);
    }

    /// Whether nothing was delivered.
    pub fn is_empty(&self) -> bool {
        self.by_event.is_empty()
    }

    /// Whether an event with this id was delivered.
    pub fn has(&self, event_id: &str) -> bool {
        self.by_event.contains_key(event_id)
    }

    /// Where an exchange's event says something else than the delivery of the same generation.
    pub fn differences(&self, completion: &Completion, mapped: &Mapped) -> Vec<Finding> {
        if self.is_empty() {
            return Vec::new();
        }
        // A record or a row of an export tells other things by other means, and is no exchange.
        let is_exchange = completion.request().is_some() || completion.response().is_some();
        // One that is joined with its delivery was compared with it when it was mapped.
        let is_alone = completion.delivery().is_none();
        let Some(event) = mapped.event().filter(|_| is_exchange && is_alone) else {
            return Vec::new();
        };
        let delivered = id(event).and_then(|id| self.by_event.get(id.as_str())?.as_deref());
        let Some(delivered) = delivered else {
            return Vec::new();
        };
        // What an exchange can't tell, such as the provider of a Responses answer, is no difference.
        let is_told = |difference: &DeliveryDifference<'_>| {
            let of_theirs = difference.theirs.filter(|_| difference.ours.is_none());
            !of_theirs.is_some_and(|field| is_system_property(&field.key))
        };
        let differences = between(event, &delivered.event).into_iter();
        let findings = differences.filter(is_told).map(|difference| Finding {
            code: Code::DeliveryDiffers,
            help: format!(
                "{} is {} here, but {} in OpenRouter's delivery at {}; {}",
                difference.pointer,
                quoted(difference.ours),
                quoted(difference.theirs),
                delivered.place,
                why(&difference.pointer)
            ),
            pointer: difference.pointer,
        });
        findings.collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::completion::Edits;
    use crate::mapping::{Context, map};

    fn one(file: &str, text: &str) -> (Completion, Mapped) {
        let completion = crate::load(file, text.as_bytes()).completions.remove(0);
        let mapped = map(&completion, &Edits::none(), &Context::at(0));
        (completion, mapped)
    }

    const EXCHANGE: &str = r#"{"request":{"model":"a/b","user":"u","messages":[{"role":"user","content":"hi"}]},
        "response":{"id":"gen-1","model":"a/b","choices":[{"message":{"content":"ho"}}],"usage":{"prompt_tokens":3,"cost":1e-5}}}"#;

    fn trace_file(id: &str, user: &str, output: &str) -> String {
        format!(
            r#"{{"id":"{id}","userId":"{user}","apiKeyName":"k","input":{{"messages":[{{"role":"user","content":"hi"}}]}},
            "output":{{"completion":"{output}"}},"observations":[{{"type":"GENERATION","model":"a/b","providerName":"P","promptTokens":3,"totalCost":0.00001}}]}}"#
        )
    }

    #[test]
    fn an_exchange_is_held_against_its_delivery() {
        let check = |file: &str, expected: &[&str], has_delivered: bool| {
            let mut deliveries = Deliveries::default();
            let (delivery, mapped) = one("trace.json", file);
            deliveries.add(&delivery, &mapped);
            assert!(deliveries.differences(&delivery, &mapped).is_empty());
            let (exchange, mapped) = one("sample.json", EXCHANGE);
            let found = deliveries.differences(&exchange, &mapped);
            let pointers: Vec<&str> = found.iter().map(|f| f.pointer.as_str()).collect();
            assert_eq!(pointers, expected);
            let event_id = id(mapped.event().unwrap()).unwrap();
            assert_eq!(deliveries.has(&event_id), has_delivered);
            // An exchange is not held against another.
            deliveries.add(&exchange, &mapped);
            assert_eq!(deliveries.has(&event_id), has_delivered);
        };
        check(&trace_file("gen-1", "u", "ho"), &[], true);
        check(
            &trace_file("gen-1", "v", "hu"),
            &["/user_id", "/ai_data/output"],
            true,
        );
        check(&trace_file("gen-2", "v", "hu"), &[], false);
    }

    #[test]
    fn a_difference_names_both_values_and_the_delivery() {
        let mut deliveries = Deliveries::default();
        let (delivery, mapped) = one("trace.json", &trace_file("gen-1", "v", "ho"));
        deliveries.add(&delivery, &mapped);
        let (exchange, mapped) = one("sample.json", EXCHANGE);
        let found = deliveries.differences(&exchange, &mapped);
        assert_eq!(
            found[0].help,
            "/user_id is \"u\" here, but \"v\" in OpenRouter's delivery at trace.json; one of them is not of this generation, or was changed on the way"
        );
    }

    #[test]
    fn long_texts_are_compared_whole() {
        let long = "a".repeat(500);
        let other = format!("{}b", "a".repeat(499));
        let mut deliveries = Deliveries::default();
        let (delivery, mapped) = one("trace.json", &trace_file("gen-1", "u", &long));
        deliveries.add(&delivery, &mapped);
        let check = |text: &str, expected: usize| {
            let (exchange, mapped) = one(
                "sample.json",
                &EXCHANGE.replace("\"ho\"", &format!("\"{text}\"")),
            );
            assert_eq!(deliveries.differences(&exchange, &mapped).len(), expected);
        };
        check(&long, 0);
        check(&other, 1);
    }
}
