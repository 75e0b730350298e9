//! What SDKs keep of a call: the AI SDK's DevTools (`generations.json`), where each step has the raw bodies as strings, and
//! an error of axios as JSON, which has the request and the status and leaves the body out.

use std::borrow::Cow;

use super::body::{Body, BodyLimits, Decoder, Labels};
use super::keys::get;
use super::message::{Exchange, Measured};
use super::vendors::vendor;
use super::{moment, recording};
use crate::completion::load::record::Reader;
use crate::completion::source_map::Places;
use crate::json::{Kind, Value};

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
    // A gateway that keeps whole messages says where they went.
    let is_of_gateway = has("method") && has("path");
    has("raw_request") && has("raw_response") && !is_of_gateway
}

/// Reads it.
pub(in crate::completion::load) fn read_devtools(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    match steps(value) {
        Some(list) => recording::read_list(value, list, "steps", step, places, reader),
        None => recording::single(|limits| step(value, places, limits), reader),
    }
}

fn step<'d>(step: Value<'d>, places: &Places<'d>, limits: &BodyLimits) -> Exchange<'d> {
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
    let provider = get(step, &["provider"]).and_then(Value::non_empty_str);
    exchange.provider = provider
        .filter(|name| vendor(name).is_some())
        .map(Cow::into_owned);
    exchange.times.started = measured("startedat", moment::of);
    exchange.times.duration = measured("durationms", moment::millis);
    exchange
}

/// Whether a value is an error of axios as its `toJSON()` writes it.
pub(in crate::completion::load) fn is_axios_error(value: Value<'_>) -> bool {
    let is = |key: &str, expected: &str| {
        let text = value.get(key).and_then(Value::str);
        text.is_some_and(|text| text == expected)
    };
    let has_request = value
        .get("config")
        .is_some_and(|config| config.get("url").is_some() && config.get_some("data").is_some());
    is("name", "AxiosError") && has_request && value.get_some("response").is_none()
}

/// Reads it.
pub(in crate::completion::load) fn read_axios_error(
    value: Value<'_>,
    places: &Places<'_>,
    reader: &mut Reader<'_>,
) {
    recording::single(|limits| axios_error(value, places, limits), reader);
}

fn axios_error<'d>(error: Value<'d>, places: &Places<'d>, limits: &BodyLimits) -> Exchange<'d> {
    let mut exchange = Exchange::at(places.at(error.span().start));
    let of_config = |key: &str| error.get("config").and_then(|config| config.get_some(key));
    let text = |key: &str| of_config(key)?.str().map(Cow::into_owned);
    let base = text("baseURL").unwrap_or_default();
    exchange.url = text("url").map(|url| match url.contains("://") {
        true => url,
        false => format!(
            "{}/{}",
            base.trim_end_matches('/'),
            url.trim_start_matches('/')
        ),
    });
    exchange.method = text("method").map(|method| method.to_ascii_uppercase());
    let status = error.get("status").and_then(Value::number);
    exchange.status = status.and_then(|status| status.parse().ok());
    let decoder = Decoder {
        places,
        labels: Labels::default(),
        limits,
    };
    exchange.request.is_recorded = true;
    exchange.request.body = of_config("data").map_or(Body::Absent, |data| decoder.body(data));
    exchange
}
