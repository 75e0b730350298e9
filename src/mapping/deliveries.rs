//! The same generation told of twice: by the exchange that was recorded, and by what OpenRouter delivered.
//!
//! The two may stand in different files and in any order, so the deliveries are gathered first and each
//! exchange is held against them. What is kept of a delivery is what its event says, cut short; how many are
//! kept is bounded.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::differences::{agrees, clip, why};
use super::finding::{Code, Finding};
use super::rules::EVENT_ID;
use super::{Mapped, Outcome};
use crate::completion::Completion;
use crate::event::{Event, Field, Section, Source};

/// Deliveries whose fields are kept, at most: some 100 MB of them.
const TOLD: usize = 50_000;
/// Deliveries that are known by their ids, at most.
const KNOWN: usize = 2_000_000;
/// Texts up to this length are kept whole; of longer ones the beginning and a digest.
const WHOLE: usize = 120;

/// What is known of deliveries that stand by themselves, by generation.
#[derive(Debug, Default)]
pub struct Deliveries {
    by_event: HashMap<Box<str>, Option<Box<Told>>>,
    told: usize,
}

/// What the event of one delivery says.
#[derive(Debug)]
struct Told {
    place: Box<str>,
    fields: Vec<ToldField>,
}

#[derive(Debug)]
struct ToldField {
    section: Section,
    key: Box<str>,
    /// The value as it is shown, or the beginning of it.
    shown: Box<str>,
    /// The digest of the whole value.
    digest: u64,
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Whether a completion is a delivery and nothing else.
pub fn is_delivery(completion: &Completion) -> bool {
    completion.delivery().is_some()
        && completion.request().is_none()
        && completion.response().is_none()
}

/// The event's id, if it was made of the generation's.
fn id(event: &Event) -> Option<String> {
    let field = event.field(Section::Top, "event_id")?;
    let is_of_generation = field.provenance.step == &EVENT_ID.generation;
    is_of_generation.then(|| field.value.shown().into_owned())
}

/// Whether a field tells of the generation: not a constant or a default, and nothing that was edited.
fn is_compared(field: &Field) -> bool {
    let sources = &field.provenance.sources;
    let is_edit = |source: &Source| matches!(source, Source::Edit(_));
    !sources.is_empty() && !sources.iter().any(is_edit) && field.key != "event_id"
}

impl Deliveries {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_event.is_empty()
    }

    /// Keeps what a delivery says; anything else, and a delivery without an event or an id, is passed over.
    pub fn add(&mut self, completion: &Completion, mapped: &Mapped) {
        let Outcome::Event(event) = &mapped.outcome else {
            return;
        };
        if !is_delivery(completion) || self.by_event.len() == KNOWN {
            return;
        }
        let Some(id) = id(event) else { return };
        if self.by_event.contains_key(id.as_str()) {
            return;
        }
        let told = (self.told < TOLD).then(|| {
            self.told += 1;
            let fields = event.fields.iter().filter(|field| is_compared(field));
            let fields = fields.map(|field| {
                let shown = field.value.shown();
                ToldField {
                    section: field.section,
                    key: field.key.as_ref().into(),
                    digest: digest(&shown),
                    shown: clip(&shown, WHOLE).into(),
                }
            });
            Box::new(Told {
                place: completion.origin.to_string().into(),
                fields: fields.collect(),
            })
        });
        self.by_event.insert(id.into(), told);
    }

    /// Whether an event with this id was delivered.
    pub fn has(&self, event_id: &str) -> bool {
        self.by_event.contains_key(event_id)
    }

    /// Where an exchange's event says something else than the delivery of the same generation.
    pub fn differences(&self, completion: &Completion, mapped: &Mapped) -> Vec<Finding> {
        // A record or a row of an export tells other things by other means, and is no exchange.
        let is_exchange = completion.request().is_some() || completion.response().is_some();
        let Some(event) = mapped.event().filter(|_| is_exchange) else {
            return Vec::new();
        };
        let told = id(event).and_then(|id| self.by_event.get(id.as_str())?.as_deref());
        let Some(told) = told else { return Vec::new() };
        let fields = told.fields.iter();
        fields
            .filter_map(|theirs| told.differs(event, theirs))
            .collect()
    }
}

impl Told {
    fn differs(&self, event: &Event, theirs: &ToldField) -> Option<Finding> {
        let ours = event.field(theirs.section, &theirs.key)?;
        let shown = ours.value.shown();
        if !is_compared(ours)
            || digest(&shown) == theirs.digest
            || agrees(&theirs.key, &shown, &theirs.shown)
        {
            return None;
        }
        let pointer = ours.pointer();
        Some(Finding {
            code: Code::DeliveryDiffers,
            help: format!(
                "{pointer} is \"{}\" here, but \"{}\" in OpenRouter's delivery at {}{}",
                clip(&shown, 80),
                clip(&theirs.shown, 80),
                self.place,
                why(&theirs.key)
            ),
            pointer,
        })
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
