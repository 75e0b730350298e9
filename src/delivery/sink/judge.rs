//! How the sink judges a request: pure, from path, headers and bytes to a status, reasons and the
//! events accepted. One bad event refuses its whole batch (chosen: the real rule is unknown).

use serde_json::{Value, value::RawValue};

use super::schema::{self, Reasons, Rules};
use super::{EVENT_LIMIT, ITEMS, otlp, raw};
use crate::completion::load;
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
    /// The events, signals or users.
    pub(super) items: Vec<ReceivedItem>,
    /// A trace export as OTLP's JSON.
    pub(super) export: Option<Box<RawValue>>,
    /// What the strict rules have against it, where those in force let it pass. Fit to show.
    pub(super) strict: Vec<String>,
    /// What it was, fit to show.
    pub(super) summary: String,
}

/// One event, signal or user.
#[derive(Debug)]
pub(super) struct ReceivedItem {
    /// Its own text.
    pub(super) text: Box<RawValue>,
    /// Its event's id, where it has one.
    pub(super) event_id: Option<String>,
    /// Whether it has a time.
    pub(super) has_time: bool,
}

/// What the content type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    Protobuf,
}

impl Media {
    /// Of a content type without parameters, in small letters; protobuf is for traces alone.
    pub(super) fn of(route: SinkRoute, media: &str) -> Result<Self, SinkRefusal> {
        match media {
            "application/json" => Ok(Self::Json),
            "application/x-protobuf" if route == SinkRoute::Traces => Ok(Self::Protobuf),
            got => {
                let got = if got.is_empty() { "none" } else { got };
                let expected = match route {
                    SinkRoute::Traces => "application/json or application/x-protobuf",
                    _ => "application/json",
                };
                let reason = format!("the content type must be {expected}, got {}", fit(got));
                Err(SinkRefusal::new(415, "UNSUPPORTED_MEDIA_TYPE", reason))
            }
        }
    }
}

/// Judges a body, which is no longer compressed.
pub(super) fn judge(
    route: SinkRoute,
    media: Media,
    body: &[u8],
    rules: Rules,
) -> Result<Accepted, SinkRefusal> {
    if media == Media::Protobuf {
        return protobuf(body);
    }
    let text = std::str::from_utf8(body).map_err(|e| {
        let reason = format!("the body is not JSON: no UTF-8 at byte {}", e.valid_up_to());
        SinkRefusal::new(400, "MALFORMED_JSON", reason)
    })?;
    match route {
        SinkRoute::Traces => export(text),
        _ => listed(route, text, rules),
    }
}

fn protobuf(body: &[u8]) -> Result<Accepted, SinkRefusal> {
    let malformed = || {
        let reason = "the body is not an OTLP trace export in protobuf";
        SinkRefusal::new(400, "MALFORMED", reason)
    };
    let spans = otlp::protobuf_spans(body).ok_or_else(malformed)?;
    let json = match spans {
        0 => r#"{"resourceSpans":[]}"#.to_owned(),
        _ => load::protobuf_as_json(body).ok_or_else(malformed)?,
    };
    Ok(Accepted {
        summary: format!("trace export (protobuf): {}", counted(spans, "span")),
        export: RawValue::from_string(json).ok(),
        ..Accepted::default()
    })
}

fn export(text: &str) -> Result<Accepted, SinkRefusal> {
    let spans = otlp::json_spans(text).map_err(not_json)?.map_err(invalid)?;
    Ok(Accepted {
        summary: format!("trace export (JSON): {}", counted(spans, "span")),
        export: Some(serde_json::from_str(text).map_err(not_json)?),
        ..Accepted::default()
    })
}

fn not_json(error: serde_json::Error) -> SinkRefusal {
    let reason = format!("the body is not JSON: {error}");
    SinkRefusal::new(400, "MALFORMED_JSON", reason)
}

fn invalid(reasons: Vec<String>) -> SinkRefusal {
    SinkRefusal {
        status: 400,
        code: "INVALID",
        reasons: reasons.iter().map(|reason| fit(reason)).collect(),
    }
}

/// Judges events, signals and users: each in turn, so that no more than one is built in memory at a time.
fn listed(route: SinkRoute, text: &str, rules: Rules) -> Result<Accepted, SinkRefusal> {
    let check = match route {
        SinkRoute::Track | SinkRoute::Traces => schema::event,
        SinkRoute::TrackPartial => schema::partial,
        SinkRoute::Signals => schema::signal,
        SinkRoute::Identify => schema::user,
    };
    let takes_one = match route {
        SinkRoute::TrackPartial | SinkRoute::Identify => true,
        SinkRoute::Signals => rules == Rules::Documented,
        SinkRoute::Track | SinkRoute::Traces => false,
    };
    let takes_many = route != SinkRoute::TrackPartial;
    let mut judging = Judging {
        check,
        reasons: Reasons::new(rules),
        strict: Reasons::new(Rules::Strict),
        large: Vec::new(),
        items: Vec::new(),
        first: None,
    };
    let mut too_many = false;
    let mut is_list = false;
    if takes_many {
        let walked = raw::items(text, |index, item| {
            too_many = index >= ITEMS;
            match too_many {
                true => Err("too many".to_owned()),
                false => judging.take(&format!("/{index}"), item),
            }
        });
        is_list = match walked {
            Err(_) if too_many => {
                let reason = format!("a request may have {ITEMS} items");
                return Err(SinkRefusal::new(413, "TOO_LARGE", reason));
            }
            walked => walked.map_err(not_json)?,
        };
    }
    if !is_list {
        let one: &RawValue = serde_json::from_str(text).map_err(not_json)?;
        if takes_one && (!takes_many || one.get().starts_with('{')) {
            if route == SinkRoute::Signals {
                judging.strict.add("", "expected an array, got an object");
            }
            judging.take("", one).map_err(|why| {
                SinkRefusal::new(
                    400,
                    "MALFORMED_JSON",
                    format!("the body is not JSON: {why}"),
                )
            })?;
        } else {
            let reason = format!("expected an array, got {}", schema::kind_of(one));
            judging.reasons.add("", &reason);
        }
    }
    judging.done(route)
}

/// The items so far, and what there is to say of them.
struct Judging {
    check: fn(&str, &Value, &mut Reasons),
    reasons: Reasons,
    strict: Reasons,
    large: Vec<String>,
    items: Vec<ReceivedItem>,
    /// The first one, for the summary.
    first: Option<Value>,
}

impl Judging {
    fn take(&mut self, at: &str, item: &RawValue) -> Result<(), String> {
        let size = item.get().len();
        if size > EVENT_LIMIT {
            let reason = format!("{at}: {size} bytes, an event may have {EVENT_LIMIT}");
            self.large.push(reason);
            return Ok(());
        }
        let value: Value = serde_json::from_str(item.get()).map_err(|e| e.to_string())?;
        (self.check)(at, &value, &mut self.reasons);
        (self.check)(at, &value, &mut self.strict);
        let event_id = value.get("event_id").and_then(Value::as_str);
        // What is refused anyway need not be kept.
        if self.reasons.is_empty() {
            self.items.push(ReceivedItem {
                text: item.to_owned(),
                event_id: event_id.map(str::to_owned),
                has_time: value.get("timestamp").is_some(),
            });
        } else {
            self.items = Vec::new();
        }
        self.first.get_or_insert(value);
        Ok(())
    }

    fn done(self, route: SinkRoute) -> Result<Accepted, SinkRefusal> {
        if !self.large.is_empty() {
            return Err(SinkRefusal {
                status: 413,
                code: "TOO_LARGE",
                reasons: self.large,
            });
        }
        let reasons = self.reasons.done();
        if !reasons.is_empty() {
            return Err(invalid(reasons));
        }
        Ok(Accepted {
            summary: summary(route, self.first.as_ref(), self.items.len()),
            items: self.items,
            export: None,
            strict: self
                .strict
                .done()
                .iter()
                .map(|reason| fit(reason))
                .collect(),
        })
    }
}

fn summary(route: SinkRoute, item: Option<&Value>, count: usize) -> String {
    let of = |key: &str| item?.get(key)?.as_str();
    let first = |key| of(key).unwrap_or("?");
    let what = match (route, count) {
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
