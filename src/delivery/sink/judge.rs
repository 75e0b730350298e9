//! What the sink thinks of a request: pure, from path, headers and bytes to a status, reasons and the
//! events accepted. One bad event refuses its whole batch (chosen: the real rule is unknown).

use serde_json::{Value, value::RawValue};

use super::{EVENT_LIMIT, otlp, schema};
use crate::delivery::plain::{plain, shortened};

/// The routes that take something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SinkRoute {
    Track,
    TrackPartial,
    Signals,
    Identify,
    Traces,
}

impl SinkRoute {
    pub(super) const ALL: [Self; 5] = [
        Self::Track,
        Self::TrackPartial,
        Self::Signals,
        Self::Identify,
        Self::Traces,
    ];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Track => "/v1/events/track",
            Self::TrackPartial => "/v1/events/track_partial",
            Self::Signals => "/v1/signals/track",
            Self::Identify => "/v1/users/identify",
            Self::Traces => "/v1/traces",
        }
    }
}

/// A refusal: status, code for the answer's body, reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SinkRefusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) reasons: Vec<String>,
}

impl SinkRefusal {
    pub(super) fn new(status: u16, code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            status,
            code,
            reasons: vec![reason.into()],
        }
    }
}

/// What was accepted.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// The events' ids; a partial may have none.
    pub(super) event_ids: Vec<String>,
    /// Each event's own text.
    pub(super) events: Vec<Box<RawValue>>,
    /// The one part, when it was a part.
    pub(super) part: Option<Value>,
    /// What it was, fit to show.
    pub(super) summary: String,
}

/// Judges a body. `media` is the content type without parameters, in small letters.
pub(super) fn judge(route: SinkRoute, media: &str, body: &[u8]) -> Result<Accepted, SinkRefusal> {
    if route == SinkRoute::Traces && media == "application/x-protobuf" {
        let spans = otlp::protobuf_spans(body).ok_or_else(|| {
            SinkRefusal::new(
                400,
                "MALFORMED",
                "the body is not an OTLP trace export in protobuf",
            )
        })?;
        return Ok(Accepted {
            summary: format!("trace export (protobuf): {}", counted(spans, "span")),
            ..Accepted::default()
        });
    }
    if media != "application/json" {
        let got = if media.is_empty() { "none" } else { media };
        let reason = format!(
            "the content type must be application/json, got {}",
            fit(got)
        );
        return Err(SinkRefusal::new(415, "UNSUPPORTED_MEDIA_TYPE", reason));
    }
    let value: Value = serde_json::from_slice(body).map_err(|e| {
        SinkRefusal::new(400, "MALFORMED_JSON", format!("the body is not JSON: {e}"))
    })?;
    let reasons = match route {
        SinkRoute::Track => schema::track(&value),
        SinkRoute::TrackPartial => schema::track_partial(&value),
        SinkRoute::Signals => schema::signals(&value),
        SinkRoute::Identify => schema::identify(&value),
        SinkRoute::Traces => match otlp::json_spans(&value) {
            Ok(spans) => {
                return Ok(Accepted {
                    summary: format!("trace export (JSON): {}", counted(spans, "span")),
                    ..Accepted::default()
                });
            }
            Err(reasons) => reasons,
        },
    };
    let events = split(&value, body).map_err(|e| {
        SinkRefusal::new(400, "MALFORMED_JSON", format!("the body is not JSON: {e}"))
    })?;
    let large: Vec<String> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| event.get().len() > EVENT_LIMIT)
        .map(|(i, event)| {
            let at = if value.is_array() {
                format!("/{i}")
            } else {
                String::new()
            };
            format!(
                "{at}: {} bytes, an event may have {EVENT_LIMIT}",
                event.get().len()
            )
        })
        .collect();
    if !large.is_empty() {
        return Err(SinkRefusal {
            status: 413,
            code: "TOO_LARGE",
            reasons: large,
        });
    }
    if !reasons.is_empty() {
        return Err(SinkRefusal {
            status: 400,
            code: "INVALID",
            reasons: reasons.iter().map(|reason| fit(reason)).collect(),
        });
    }
    Ok(Accepted {
        event_ids: ids(&value),
        summary: summary(route, &value),
        events,
        part: (route == SinkRoute::TrackPartial).then_some(value),
    })
}

/// The text of each item of an array, or of the one object.
fn split(value: &Value, body: &[u8]) -> serde_json::Result<Vec<Box<RawValue>>> {
    if value.is_array() {
        serde_json::from_slice(body)
    } else {
        Ok(vec![serde_json::from_slice(body)?])
    }
}

fn items(value: &Value) -> &[Value] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn ids(value: &Value) -> Vec<String> {
    let id = |item: &Value| item.get("event_id")?.as_str().map(str::to_owned);
    items(value).iter().filter_map(id).collect()
}

fn summary(route: SinkRoute, value: &Value) -> String {
    let items = items(value);
    let of = |key: &str| {
        items
            .first()
            .and_then(|item| item.get(key))
            .and_then(Value::as_str)
    };
    let first = |key| of(key).unwrap_or("?");
    let what = match (route, items.len()) {
        (SinkRoute::Track, 1) => format!("event {} by {}", first("event"), first("user_id")),
        (SinkRoute::TrackPartial, _) => match (of("event"), of("user_id")) {
            (Some(name), Some(user)) => format!("part of event {name} by {user}"),
            (Some(name), None) => format!("part of event {name}"),
            (None, _) => "part of an event".to_owned(),
        },
        (SinkRoute::Signals, 1) => format!("signal {}", first("signal_name")),
        (SinkRoute::Identify, 1) => format!("user {}", first("user_id")),
        (SinkRoute::Track | SinkRoute::Traces, n) => counted(n, "event"),
        (SinkRoute::Signals, n) => counted(n, "signal"),
        (SinkRoute::Identify, n) => counted(n, "user"),
    };
    fit(&what)
}

fn counted(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// Fit to show: foreign text in a summary or a reason must not reach the terminal as it is.
pub(super) fn fit(text: &str) -> String {
    shortened(&plain(text), 200)
}
