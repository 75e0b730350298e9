//! Where a delivery disagrees with the event that was made from the request and response of the same
//! generation: one of the two is not what was thought.

use super::build::is_system_property;
use super::delivery::{Delivered, read_alone};
use super::finding::{Code, Finding};
use super::model;
use super::reading::Texts;
use crate::completion::{Completion, TraceMetadata, time};
use crate::event::{Event, Section};
use crate::json::Value;

/// The findings for each field in which they disagree; none where there is only one of the two.
pub(super) fn find(completion: &Completion, event: &Event) -> Vec<Finding> {
    if completion.request().is_none() && completion.response().is_none() {
        return Vec::new();
    }
    let Some(delivery) = completion.delivery() else {
        return Vec::new();
    };
    let delivered = Delivered::of(completion);
    let alone = read_alone(delivery);
    let only = |texts: &Texts<'_>| match texts.texts.as_slice() {
        [] => None,
        texts => Some(
            texts
                .iter()
                .map(|text| text.str().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n"),
        ),
    };
    let string =
        |value: Option<Value<'_>>| value.map(|value| value.canonical().shown().into_owned());
    let finish = delivered.native_finish.or(delivered.finish);
    let end = delivered
        .end
        .and_then(|(end, _)| time::iso(end.div_euclid(1_000_000)));
    let duration = delivered.span().map(|(millis, _)| millis.to_string());
    let prompt_pointer = "/delivery/attributes/gen_ai.prompt".to_owned();
    let completion_pointer = "/delivery/attributes/gen_ai.completion".to_owned();
    let at = |value: Option<Value<'_>>| value.map(|value| value.pointer()).unwrap_or_default();
    let (ai, properties) = (Section::AiData, Section::Properties);
    let compared = [
        (
            Section::Top,
            "user_id",
            string(delivered.user),
            at(delivered.user),
        ),
        (
            Section::Top,
            "timestamp",
            end,
            at(delivered.end.map(|(_, value)| value)),
        ),
        (ai, "input", only(&alone.input), prompt_pointer),
        (ai, "output", only(&alone.output), completion_pointer),
        (
            ai,
            "model",
            string(delivered.model()),
            at(delivered.model()),
        ),
        (
            ai,
            "convo_id",
            string(delivered.session),
            at(delivered.session),
        ),
        (
            properties,
            "provider",
            string(delivered.provider),
            at(delivered.provider),
        ),
        (properties, "finish_reason", string(finish), at(finish)),
        (
            properties,
            "prompt_tokens",
            string(delivered.prompt_tokens),
            at(delivered.prompt_tokens),
        ),
        (
            properties,
            "completion_tokens",
            string(delivered.completion_tokens),
            at(delivered.completion_tokens),
        ),
        (
            properties,
            "total_tokens",
            string(delivered.total_tokens),
            at(delivered.total_tokens),
        ),
        (
            properties,
            "total_cost",
            string(delivered.cost),
            at(delivered.cost),
        ),
        (
            properties,
            "duration_ms",
            duration,
            at(delivered.end.map(|(_, value)| value)),
        ),
    ];
    let mut out = Vec::new();
    for (section, key, theirs, pointer) in compared {
        let (Some(theirs), Some(field)) = (theirs, event.field(section, key)) else {
            continue;
        };
        let ours = field.value.shown();
        if !agrees(key, &ours, &theirs) {
            out.push(differs(&field.pointer(), &ours, &theirs, pointer));
        }
    }
    let metadata = TraceMetadata::delivered(delivery);
    for entry in &metadata.trace {
        let Some(field) = event.field(properties, &entry.key) else {
            continue;
        };
        let ours = field.value.shown();
        let of_trace = field.key == entry.key && !is_system_property(&entry.key);
        // OTLP has no null and no nesting: what is no scalar comes as JSON text.
        if of_trace && !agrees(&entry.key, &ours, &entry.value.shown()) {
            let pointer = match entry.source {
                Some(id) => completion.document().at(id).pointer(),
                None => "/delivery".to_owned(),
            };
            out.push(differs(
                &field.pointer(),
                &ours,
                &entry.value.shown(),
                pointer,
            ));
        }
    }
    out
}

/// Whether two values of a field say the same: numbers by their value, models by what they name.
fn agrees(key: &str, ours: &str, theirs: &str) -> bool {
    let same_number = || {
        let (ours, theirs) = (ours.parse::<f64>().ok()?, theirs.parse::<f64>().ok()?);
        Some((ours - theirs).abs() <= ours.abs() * 1e-12)
    };
    ours == theirs
        || same_number() == Some(true)
        || (key == "model" && model::is_same(ours, theirs))
}

fn differs(field: &str, ours: &str, theirs: &str, pointer: String) -> Finding {
    let clip = |text: &str| match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    Finding {
        code: Code::DeliveryDiffers,
        pointer,
        help: format!(
            "{field} is \"{}\" from the request and response, but OpenRouter delivered \"{}\"",
            clip(ours),
            clip(theirs)
        ),
    }
}
