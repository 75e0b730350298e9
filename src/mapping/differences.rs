//! Where a delivery disagrees with the event that was made from the request and response of the same
//! generation: one of the two is not what was thought.

use std::collections::HashMap;

use super::Parts;
use super::default_user::DefaultUser;
use super::finding::{Code, Finding};
use super::parts::is_generation_id;
use super::reading::delivery::Delivered;
use super::reading::{Reading, response_id};
use super::rules::{EVENT, EVENT_ID, SOURCE, TIMESTAMP, TRACE_NAME, is_system_property};
use crate::completion::{Completion, slug};
use crate::event::{Confidence, Event, Field, Section, Source};
use crate::json::{Document, JsonText, Kind, Limits, Value};

/// A field in which two events of one generation differ. A value is absent where the event lacks the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDifference<'e> {
    /// The field's RFC 6901 pointer in the event.
    pub pointer: String,
    /// The field of the event that was made from request and response.
    pub ours: Option<&'e Field>,
    /// The field of the event that was made from what OpenRouter delivered.
    pub theirs: Option<&'e Field>,
}

impl DeliveryDifference<'_> {
    /// What the difference says about the mapping, in a sentence: which of our steps it speaks against, and how
    /// far that step was known.
    pub fn about_mapping(&self) -> String {
        let Some(ours) = self.ours else {
            return format!(
                "the mapping has no {} here, and OpenRouter delivered one: something it is made of is not in the exchange",
                self.pointer
            );
        };
        if matches!(
            self.pointer.as_str(),
            "/timestamp" | "/properties/duration_ms"
        ) {
            return format!("the mapping's rule may well hold: {}", why(&self.pointer));
        }
        let step = ours.provenance.step;
        let known = match step.confidence {
            Confidence::Assumed => "is an assumption, which this speaks against",
            Confidence::Observed => {
                "was observed in a real event: it does not hold always, or OpenRouter has changed"
            }
            Confidence::Documented => {
                "is documented otherwise: worth a report, if the delivery is of this generation"
            }
        };
        let says = step.from;
        match self.theirs {
            Some(_) => format!("our step \"{says}\" {known}"),
            None => format!("not delivered; our step \"{says}\" {known}"),
        }
    }
}

/// Compares the event that was made from the request and response of a generation with the one that was
/// made from what OpenRouter delivered of it, field by field.
///
/// What a delivery cannot tell is no difference: its text where privacy mode took it away, a property that
/// it lacks, an id of ours. What an edit made is none either. A user, a session or a trace key that one of
/// them lacks is one.
pub fn between<'e>(ours: &'e Event, theirs: &'e Event) -> Vec<DeliveryDifference<'e>> {
    let (of_ours, of_theirs) = (by_name(ours), by_name(theirs));
    let only_theirs = theirs.fields.iter().filter(|field| {
        let is_known = !is_default_user(field);
        is_known && !of_ours.contains_key(&name_of(field))
    });
    let pairs = ours
        .fields
        .iter()
        .map(|field| (Some(field), of_theirs.get(&name_of(field)).copied()))
        .chain(only_theirs.map(|field| (None, Some(field))));
    pairs
        .filter(|(ours, theirs)| differ(*ours, *theirs))
        .filter_map(|(ours, theirs)| {
            Some(DeliveryDifference {
                pointer: ours.or(theirs)?.pointer(),
                ours,
                theirs: theirs.filter(|field| !is_default_user(field)),
            })
        })
        .collect()
}

fn name_of(field: &Field) -> (Section, &str) {
    (field.section, &field.key)
}

/// The fields of an event by section and key; of several the first counts.
fn by_name(event: &Event) -> HashMap<(Section, &str), &Field> {
    let fields = event.fields.iter().rev();
    fields.map(|field| (name_of(field), field)).collect()
}

fn differ(ours: Option<&Field>, theirs: Option<&Field>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            let unsaid = [&TIMESTAMP.sending, &TRACE_NAME.default];
            let of_us = [&EVENT.rule, &EVENT_ID.rule, &SOURCE.rule];
            let is_of_us = of_us.contains(&ours.provenance.step.rule);
            let is_unsaid = is_of_us || unsaid.contains(&theirs.provenance.step);
            !is_unsaid && !is_edited(ours) && !agrees(&ours.key, &ours.value, &theirs.value)
        }
        (Some(ours), None) => {
            let is_missed = match ours.section {
                Section::Top => false,
                Section::AiData => ours.key == "convo_id",
                Section::Properties => !is_system_property(&ours.key),
            };
            // `span_name` is not delivered, an attribute of no value is none, and a delivery that does not
            // even name its generation has no trace id.
            let is_silent = matches!(ours.key.as_ref(), "span_name" | "trace_id")
                || ours.value.kind() == Kind::Null;
            is_missed && !is_silent && !is_edited(ours)
        }
        (None, theirs) => theirs.is_some(),
    }
}

fn is_edited(field: &Field) -> bool {
    let is_edit = |source: &Source| matches!(source, Source::Edit(_));
    field.provenance.sources.iter().any(is_edit)
}

fn is_default_user(field: &Field) -> bool {
    DefaultUser::is_taken_by(field.provenance.step)
}

/// The findings for each field in which a completion's own delivery disagrees.
pub(super) fn find(
    completion: &Completion,
    parts: &Parts<'_>,
    ours: &Event,
    theirs: &Event,
) -> Vec<Finding> {
    let delivered = Delivered::of(&Parts::of_delivery(completion));
    let reading = Reading::of(parts);
    let is_normalised = |difference: &DeliveryDifference<'_>| {
        // A delivery that has the normalised finish reason alone agrees with the answer's own normalised one.
        let theirs = difference.theirs.map(|field| field.value.shown());
        let finish = reading.finish.and_then(Value::str);
        difference.pointer == "/properties/finish_reason" && theirs == finish
    };
    let other = other_generation(parts, delivered.id);
    let differences = between(ours, theirs);
    let differing = differences
        .iter()
        .filter(|difference| !is_normalised(difference))
        .map(|difference| differs(completion, difference));
    other.into_iter().chain(differing).collect()
}

/// The finding for a delivery of quite another generation than the response's.
fn other_generation(parts: &Parts<'_>, delivered: Option<Value<'_>>) -> Option<Finding> {
    let answered = response_id(parts.response?)?;
    let delivered = delivered?;
    let are_both = is_generation_id(&answered) && is_generation_id(&delivered);
    (are_both && answered.str() != delivered.str()).then(|| Finding {
        code: Code::DeliveryDiffers,
        pointer: delivered.pointer(),
        help: format!(
            "the response is of {}, the delivery of {}: another generation",
            answered.canonical().shown(),
            delivered.canonical().shown()
        ),
    })
}

/// Whether two values of a field say the same: numbers by their value, models by what they name, objects
/// and lists also where one of them is JSON in a string.
fn agrees(key: &str, ours: &JsonText, theirs: &JsonText) -> bool {
    // What is text in both is no number: `7` and `007` are two users.
    let is_number = [ours, theirs]
        .iter()
        .any(|text| text.kind() == Kind::Number);
    let same_number = || {
        let (ours, theirs) = (ours.shown(), theirs.shown());
        let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || is_whole(&ours) && is_whole(&theirs) {
            return None;
        }
        let number = |text: &str| text.parse::<f64>().ok().filter(|it| it.is_finite());
        let (ours, theirs) = (number(&ours)?, number(&theirs)?);
        Some((ours - theirs).abs() <= ours.abs() * 1e-12)
    };
    let unwrapped = |text: &JsonText| {
        let inner = Document::parse(text.str()?.into(), Limits::default()).ok()?;
        Some(inner.root().canonical())
    };
    ours.shown() == theirs.shown()
        || same_number() == Some(true)
        || (key == "model" && slug::is_same(&ours.shown(), &theirs.shown()))
        || (ours.kind().is_container() && unwrapped(theirs).as_ref() == Some(ours))
        || (theirs.kind().is_container() && unwrapped(ours).as_ref() == Some(theirs))
}

/// What a field says, for a sentence.
pub(super) fn quoted(field: Option<&Field>) -> String {
    const LONGEST: usize = 80;
    let Some(field) = field else {
        return "none".to_owned();
    };
    let text = field.value.shown();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

/// What a difference in the field at `pointer` may come from.
pub(super) fn why(pointer: &str) -> &'static str {
    match pointer {
        "/timestamp" | "/properties/duration_ms" => {
            "a time measured at the caller has the network's in it"
        }
        _ => "one of them is not of this generation, or was changed on the way",
    }
}

fn differs(completion: &Completion, difference: &DeliveryDifference<'_>) -> Finding {
    let source_of = |field: Option<&Field>| {
        let source = field?.provenance.sources.first()?;
        Some(source.pointer(completion.document()))
    };
    Finding {
        code: Code::DeliveryDiffers,
        pointer: source_of(difference.theirs)
            .or_else(|| source_of(difference.ours))
            .unwrap_or_else(|| "/delivery".to_owned()),
        help: format!(
            "{} is {} from the request and response, but OpenRouter delivered {}; {}",
            difference.pointer,
            quoted(difference.ours),
            quoted(difference.theirs),
            why(&difference.pointer)
        ),
    }
}
