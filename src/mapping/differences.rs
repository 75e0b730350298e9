//! Where a delivery disagrees with the event that was made from the request and response of the same
//! generation: one of the two is not what was thought.

use super::delivery::{Delivered, read_alone};
use super::finding::{Code, Finding};
use super::model;
use super::reading::Texts;
use super::rules::is_system_property;
use crate::completion::{Completion, TraceMetadata, time};
use crate::event::{Event, Field, Section, Source};
use crate::json::Value;

/// The findings for each field in which they disagree; none where there is only one of the two.
pub(super) fn find(completion: &Completion, event: &Event) -> Vec<Finding> {
    let has_exchange = completion.request().is_some() || completion.response().is_some();
    let Some(delivery) = completion.delivery().filter(|_| has_exchange) else {
        return Vec::new();
    };
    let delivered = Delivered::of(completion);
    let alone = read_alone(delivery);
    let value = |value: Option<Value<'_>>| {
        let value = value?;
        Some((value.canonical().shown().into_owned(), value.pointer()))
    };
    let end = delivered.end.and_then(|(end, value)| {
        let end = time::iso(end.div_euclid(1_000_000))?;
        Some((end, value.pointer()))
    });
    let duration = delivered.span().and_then(|(millis, values)| {
        let last = values.last()?;
        Some((millis.to_string(), last.pointer()))
    });
    let (top, ai, properties) = (Section::Top, Section::AiData, Section::Properties);
    let mut compared: Vec<(Section, &str, Option<Shown>)> = vec![
        (top, "user_id", value(delivered.user)),
        (top, "timestamp", end),
        (ai, "input", joined(&alone.input)),
        (ai, "output", joined(&alone.output)),
        (ai, "model", value(delivered.model())),
        (ai, "convo_id", value(delivered.session)),
        (properties, "provider", value(delivered.provider)),
        (
            properties,
            "finish_reason",
            value(delivered.native_finish.or(delivered.finish)),
        ),
        (properties, "prompt_tokens", value(delivered.prompt_tokens)),
        (
            properties,
            "completion_tokens",
            value(delivered.completion_tokens),
        ),
        (properties, "total_tokens", value(delivered.total_tokens)),
        (properties, "total_cost", value(delivered.cost)),
        (properties, "duration_ms", duration),
    ];
    let metadata = TraceMetadata::delivered(delivery);
    for entry in &metadata.trace {
        let source = entry.source.map(|id| completion.document().at(id));
        // An empty trace id or name is none: the default stands in, here and there.
        let is_default = matches!(entry.key.as_str(), "trace_id" | "trace_name")
            && entry.value.shown().is_empty();
        if !is_system_property(&entry.key) && !is_default {
            compared.push((properties, &entry.key, value(source)));
        }
    }
    let mut out: Vec<Finding> = other_generation(completion, delivered.id)
        .into_iter()
        .collect();
    out.extend(compared.into_iter().filter_map(|(section, key, told)| {
        let (theirs, pointer) = told?;
        let field = event.field(section, key)?;
        let is_edit = |source: &Source| matches!(source, Source::Edit(_));
        let ours = field.value.shown();
        if field.provenance.sources.iter().any(is_edit) || agrees(key, &ours, &theirs) {
            return None;
        }
        Some(differs(field, &theirs, pointer))
    }));
    out
}

/// The finding for a delivery of quite another generation than the response's.
fn other_generation(completion: &Completion, delivered: Option<Value<'_>>) -> Option<Finding> {
    let answered = completion.response()?.get("id")?;
    let delivered = delivered?;
    let is_generation = |id: &Value| id.raw().starts_with("\"gen-");
    let are_both = is_generation(&answered) && is_generation(&delivered);
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

/// What a delivery says of a field, and where.
type Shown = (String, String);

/// Texts as the event joins them.
fn joined(texts: &Texts<'_>) -> Option<Shown> {
    let first = texts.texts.first()?;
    let all: Vec<_> = texts
        .texts
        .iter()
        .map(|text| text.str().unwrap_or_default())
        .collect();
    Some((all.join("\n"), first.pointer()))
}

/// Whether two values of a field say the same: numbers by their value, models by what they name.
pub(super) fn agrees(key: &str, ours: &str, theirs: &str) -> bool {
    let same_number = || {
        let (ours, theirs) = (ours.parse::<f64>().ok()?, theirs.parse::<f64>().ok()?);
        Some((ours - theirs).abs() <= ours.abs() * 1e-12)
    };
    ours == theirs
        || same_number() == Some(true)
        || (key == "model" && model::is_same(ours, theirs))
}

/// The beginning of a text.
pub(super) fn clip(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a difference in a field may come from.
pub(super) fn why(key: &str) -> &'static str {
    match key {
        "timestamp" | "duration_ms" => "; a time measured at the caller has the network's in it",
        _ => "; one of them is not of this generation, or was changed on the way",
    }
}

fn differs(field: &Field, theirs: &str, pointer: String) -> Finding {
    Finding {
        code: Code::DeliveryDiffers,
        pointer,
        help: format!(
            "{} is \"{}\" from the request and response, but OpenRouter delivered \"{}\"{}",
            field.pointer(),
            clip(&field.value.shown(), 80),
            clip(theirs, 80),
            why(&field.key)
        ),
    }
}
