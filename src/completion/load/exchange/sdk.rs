//! The AI SDK's DevTools (`generations.json`): each step has the raw bodies as strings.

use super::body::{Body, Decoder, Labels};
use super::keys::get;
use super::message::{Exchange, Measured};
use super::{moment, recording};
use crate::completion::load::record::Reader;
use crate::completion::source_map::Places;
use crate::json::{Kind, Limits, Value};

/// Whether a value is DevTools' file, or one step of it.
pub(in crate::completion::load) fn is_devtools(value: Value<'_>) -> bool {
    steps(value).is_some() || is_step(value)
}

fn steps(value: Value<'_>) -> Option<Value<'_>> {
    let steps = value
        .get("steps")
        .filter(|steps| steps.kind() == Kind::Array)?;
    steps.children().any(is_step).then_some(steps)
}

fn is_step(value: Value<'_>) -> bool {
    let has = |key| value.get(key).is_some();
    has("raw_request") && has("raw_response")
}

/// Reads it.
pub(in crate::completion::load) fn read_devtools(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    match steps(value) {
        Some(list) => recording::read_list(value, list, "steps", step, places, reader),
        None => recording::single(&step(value, places, reader.limits), reader),
    }
}

fn step<'d>(step: Value<'d>, places: &Places<'d>, limits: Limits) -> Exchange<'d> {
    let at = |value: Value<'_>| places.at(value.span().start);
    let mut exchange = Exchange::at(at(step));
    let decoder = Decoder {
        places,
        labels: Labels::default(),
        limits,
    };
    let body = |key| get(step, &[key]).map_or(Body::Absent, |value| decoder.body(value));
    exchange.request.is_recorded = true;
    exchange.request.body = body("rawrequest");
    // Of a stream the raw response is the SDK's own parts; the provider's chunks stand beside it.
    exchange.response.is_recorded = true;
    exchange.response.body = match body("rawchunks") {
        Body::Text(chunks) if chunks.text.trim() != "[]" => Body::Text(chunks),
        _ => body("rawresponse"),
    };
    let measured = |key, read: fn(Value<'_>) -> Option<i128>| {
        let value = get(step, &[key])?;
        Some(Measured {
            millis: read(value)?,
            at: at(value),
        })
    };
    exchange.times.started = measured("startedat", moment::of);
    exchange.times.duration = measured("durationms", moment::millis);
    exchange
}
