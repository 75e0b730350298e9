//! Reading events back, as Raindrop's Query API answers (seen in its official clients, `@raindrop-ai/query` 0.1.13 and
//! `raindrop-query` 0.1.14): one by its id, or a list, filtered and in pages.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::events::EventAtMoment;
use super::judge::{SinkRefusal, fit};

/// Events of a page where no limit is asked for. Chosen.
const PAGE: usize = 50;
/// Most events of a page. Chosen.
const LARGEST_PAGE: usize = 1000;

/// Bytes of a page, beyond which the rest comes with the next. Chosen: a client that doesn't read holds no more.
const PAGE_BYTES: usize = 4 << 20;
/// Most filters of a list. Chosen: more than anybody writes, and each is held against every event.
const MOST_FILTERS: usize = 50;

/// What a list can be filtered by here.
const FILTERS: &str =
    "limit, cursor, order_by, user_id, convo_id, event_name, timestamp, properties";

/// The fields of an event that are answered under other names.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Received<'t> {
    event: Option<String>,
    user_id: Option<String>,
    timestamp: Value,
    #[serde(borrow)]
    properties: Option<&'t RawValue>,
    #[serde(borrow)]
    feature_flags: Option<&'t RawValue>,
    attachments: Option<Vec<ReceivedAttachment>>,
    ai_data: Option<ReceivedAi>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ReceivedAi {
    model: Option<String>,
    input: Option<String>,
    output: Option<String>,
    convo_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ReceivedAttachment {
    attachment_id: Option<String>,
    r#type: Option<String>,
    name: Option<String>,
    value: Option<String>,
    role: Option<String>,
}

/// An event as the Query API answers it.
#[derive(Serialize)]
struct Answered<'t> {
    id: &'t str,
    event_name: String,
    user_id: Option<String>,
    convo_id: Option<String>,
    timestamp: String,
    received_at: String,
    user_input: Option<String>,
    assistant_output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    input_attachments: Vec<AnsweredAttachment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output_attachments: Vec<AnsweredAttachment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature_flags: Option<&'t RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<&'t RawValue>,
}

#[derive(Serialize)]
struct AnsweredAttachment {
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// The answer for one event, if it was received.
pub(super) fn one(event: Option<&EventAtMoment>, id: &str) -> Result<String, SinkRefusal> {
    match event.and_then(answered) {
        Some(event) => Ok(format!("{{\"data\":{event}}}")),
        None => {
            let reason = format!("no event {} was received in this project", fit(id));
            Err(SinkRefusal::new(404, "NOT_FOUND", reason))
        }
    }
}

/// The answer for a list of what of these events is asked for.
pub(super) fn list(events: &[EventAtMoment], asked: &EventQuery) -> String {
    let mut found: Vec<(Timestamp, usize, &EventAtMoment)> = Vec::new();
    for (number, kept) in events.iter().enumerate() {
        let taken = received(kept.json(), |event| {
            let event = FilteredEvent {
                at: time_of(&event.timestamp).unwrap_or(kept.received_at),
                properties: OnceCell::new(),
                event,
            };
            let takes = |filter: &EventFilter| filter.takes(&event);
            asked.filters.iter().all(takes).then_some(event.at)
        });
        found.extend(taken.flatten().map(|at| (at, number, kept)));
    }
    match asked.newest_first {
        true => found.sort_unstable_by_key(|(at, number, ..)| Reverse((*at, *number))),
        false => found.sort_unstable_by_key(|(at, number, ..)| (*at, *number)),
    }
    let count = found.len();
    let (mut page, mut bytes) = (Vec::new(), 0);
    let mut next = asked.skip;
    for (_, _, kept) in found.into_iter().skip(asked.skip).take(asked.limit) {
        if bytes > PAGE_BYTES {
            break;
        }
        let event = answered(kept);
        bytes += event.as_ref().map_or(0, String::len);
        page.extend(event);
        next += 1;
    }
    let has_more = next < count;
    let cursor = match has_more {
        true => format!("\"{next}\""),
        false => "null".to_owned(),
    };
    format!(
        "{{\"data\":[{}],\"meta\":{{\"cursor\":{cursor},\"has_more\":{has_more}}}}}",
        page.join(",")
    )
}

/// What `read` makes of an event as it was received. Of a name that stands twice the last value counts, as it did when the
/// event was judged.
fn received<T>(json: &str, read: impl FnOnce(Received<'_>) -> T) -> Option<T> {
    if let Ok(event) = serde_json::from_str(json) {
        return Some(read(event));
    }
    let once = serde_json::from_str::<Value>(json).ok()?.to_string();
    serde_json::from_str(&once).ok().map(read)
}

fn answered(kept: &EventAtMoment) -> Option<String> {
    received(kept.json(), |event| answer(kept, event)).flatten()
}

fn answer(kept: &EventAtMoment, event: Received<'_>) -> Option<String> {
    let at = time_of(&event.timestamp).unwrap_or(kept.received_at);
    let ai = event.ai_data.unwrap_or_default();
    let (mut input_attachments, mut output_attachments) = (Vec::new(), Vec::new());
    for attachment in event.attachments.unwrap_or_default() {
        // How one with role `context`, or without a role, is answered is not known: chosen, with the input.
        let list = match attachment.role.as_deref() {
            Some("output") => &mut output_attachments,
            _ => &mut input_attachments,
        };
        list.push(AnsweredAttachment {
            attachment_id: attachment.attachment_id,
            attachment_type: attachment.r#type,
            name: attachment.name,
            value: attachment.value,
        });
    }
    serde_json::to_string(&Answered {
        id: &kept.id,
        event_name: event.event.unwrap_or_default(),
        user_id: event.user_id,
        convo_id: ai.convo_id,
        timestamp: format!("{at:.3}"),
        received_at: format!("{:.3}", kept.received_at),
        user_input: ai.input,
        assistant_output: ai.output,
        model: ai.model,
        input_attachments,
        output_attachments,
        feature_flags: event.feature_flags,
        properties: event.properties,
    })
    .ok()
}

/// A time as the schema takes it: ISO 8601, in UTC where it names no zone, or epoch milliseconds.
fn time_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "fractions of a millisecond"
            )]
            let millis = number.as_i64().or_else(|| Some(number.as_f64()? as i64))?;
            Timestamp::from_millisecond(millis).ok()
        }
        Value::String(text) => text.parse::<Timestamp>().ok().or_else(|| {
            let local = text.parse::<civil::DateTime>().ok()?;
            Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
        }),
        _ => None,
    }
}

/// What a list is asked for.
#[derive(Debug)]
pub(super) struct EventQuery {
    limit: usize,
    skip: usize,
    newest_first: bool,
    filters: Vec<EventFilter>,
}

/// An event that is held against filters.
struct FilteredEvent<'t> {
    event: Received<'t>,
    at: Timestamp,
    /// Read once it is asked for, whatever the number of filters.
    properties: OnceCell<HashMap<String, Property<'t>>>,
}

/// A property of an event, and what filters are held against once one of them asks for it.
struct Property<'t> {
    raw: &'t RawValue,
    read: OnceCell<Option<ReadProperty>>,
}

struct ReadProperty {
    number: Option<f64>,
    /// What a string says, or the JSON of what is none.
    text: String,
}

impl Property<'_> {
    fn read(&self) -> Option<&ReadProperty> {
        let read = || {
            let value = Value::deserialize(self.raw).ok()?;
            Some(ReadProperty {
                number: value.as_f64(),
                text: match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                },
            })
        };
        self.read.get_or_init(read).as_ref()
    }
}

impl FilteredEvent<'_> {
    fn property(&self, name: &str) -> Option<&ReadProperty> {
        let read = || {
            let properties = self.event.properties.map(RawValue::get)?;
            let properties: HashMap<String, &RawValue> = serde_json::from_str(properties).ok()?;
            let unread = |raw| Property {
                raw,
                read: OnceCell::new(),
            };
            let properties = properties.into_iter();
            Some(properties.map(|(key, raw)| (key, unread(raw))).collect())
        };
        let properties = self.properties.get_or_init(|| read().unwrap_or_default());
        properties.get(name)?.read()
    }
}

#[derive(Debug)]
struct EventFilter {
    field: Filtered,
    operator: Operator,
    value: String,
}

#[derive(Debug)]
enum Filtered {
    UserId,
    ConvoId,
    EventName,
    Timestamp,
    Property(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    StartsWith,
    EndsWith,
    Contains,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Equal,
            "neq" => Self::NotEqual,
            "startsWith" | "starts_with" => Self::StartsWith,
            "endsWith" | "ends_with" => Self::EndsWith,
            "contains" => Self::Contains,
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            _ => return None,
        })
    }
}

impl EventQuery {
    /// Reads what stands behind the question mark.
    pub(super) fn parse(query: &str) -> Result<Self, SinkRefusal> {
        let refuse = |reason: String| Err(SinkRefusal::new(400, "BAD_REQUEST", reason));
        let mut asked = EventQuery {
            limit: PAGE,
            skip: 0,
            newest_first: true,
            filters: Vec::new(),
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let (field, keys) = parts_of(&name);
            match (field, keys.as_slice()) {
                // The Python client writes a decimal point: 20.0.
                ("limit", []) => match value.strip_suffix(".0").unwrap_or(&value).parse() {
                    Ok(limit @ 1..=LARGEST_PAGE) => asked.limit = limit,
                    _ => return refuse(format!("limit: expected 1 to {LARGEST_PAGE}")),
                },
                ("cursor", []) => match value.parse() {
                    Ok(skip) => asked.skip = skip,
                    Err(_) => return refuse("cursor: not one of this sink's".to_owned()),
                },
                ("order_by", []) => match &*value {
                    "timestamp" => asked.newest_first = false,
                    "-timestamp" => asked.newest_first = true,
                    _ => return refuse("order_by: timestamp or -timestamp".to_owned()),
                },
                _ if asked.filters.len() == MOST_FILTERS => {
                    return refuse(format!("a list can be filtered by at most {MOST_FILTERS}"));
                }
                _ => match EventFilter::of(field, &keys, value) {
                    Some(filter) => asked.filters.push(filter),
                    None => {
                        let name = fit(&name);
                        return refuse(format!(
                            "{name}: not known to this sink; there are {FILTERS}"
                        ));
                    }
                },
            }
        }
        Ok(asked)
    }
}

/// `user_id[eq]` as its field and the keys in brackets.
fn parts_of(name: &str) -> (&str, Vec<&str>) {
    match name.split_once('[') {
        Some((field, keys)) => (field, keys.trim_end_matches(']').split("][").collect()),
        None => (name, Vec::new()),
    }
}

impl EventFilter {
    fn of(field: &str, keys: &[&str], value: Cow<'_, str>) -> Option<Self> {
        let (field, operator) = match (field, keys) {
            ("properties", [name]) => (Filtered::Property((*name).to_owned()), None),
            ("properties", [name, operator]) => {
                (Filtered::Property((*name).to_owned()), Some(operator))
            }
            (field, [] | [_]) => {
                let field = match field {
                    "user_id" => Filtered::UserId,
                    "convo_id" => Filtered::ConvoId,
                    "event_name" => Filtered::EventName,
                    "timestamp" => Filtered::Timestamp,
                    _ => return None,
                };
                (field, keys.first())
            }
            _ => return None,
        };
        Some(EventFilter {
            field,
            operator: match operator {
                Some(name) => Operator::named(name)?,
                None => Operator::Equal,
            },
            value: value.into_owned(),
        })
    }

    fn takes(&self, filtered: &FilteredEvent<'_>) -> bool {
        let event = &filtered.event;
        match &self.field {
            Filtered::UserId => self.takes_text(event.user_id.as_deref()),
            Filtered::ConvoId => {
                self.takes_text(event.ai_data.as_ref().and_then(|ai| ai.convo_id.as_deref()))
            }
            Filtered::EventName => self.takes_text(event.event.as_deref()),
            Filtered::Timestamp => {
                let asked = time_of(&Value::String(self.value.clone()));
                asked.is_some_and(|asked| self.takes_order(filtered.at.cmp(&asked)))
            }
            Filtered::Property(name) => {
                let value = filtered.property(name);
                let asked = self.value.parse::<f64>().ok();
                match value.and_then(|value| value.number).zip(asked) {
                    Some((value, asked)) => value
                        .partial_cmp(&asked)
                        .is_some_and(|order| self.takes_order(order)),
                    None => self.takes_text(value.map(|value| value.text.as_str())),
                }
            }
        }
    }

    fn takes_text(&self, text: Option<&str>) -> bool {
        let Some(text) = text else {
            return self.operator == Operator::NotEqual;
        };
        let asked = self.value.as_str();
        match self.operator {
            Operator::StartsWith => text.starts_with(asked),
            Operator::EndsWith => text.ends_with(asked),
            Operator::Contains => text.contains(asked),
            _ => self.takes_order(text.cmp(asked)),
        }
    }

    /// By how a value compares with the one asked for.
    fn takes_order(&self, order: std::cmp::Ordering) -> bool {
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::StartsWith | Operator::EndsWith | Operator::Contains => false,
        }
    }
}
