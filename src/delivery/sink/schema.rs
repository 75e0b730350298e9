//! The shape of what Raindrop takes, checked over plain JSON: independent of the code that makes events, so that
//! the one finds the other's mistakes. There are two sets of rules. The strict one is the schema in the official npm
//! package, as written down in the API notes, and what official clients were seen to send besides. The other adds
//! what the HTTP API's documentation and the vendor's browser client send.
//!
//! Every reason begins with the JSON pointer of its place, unless it is about the body as a whole; all of them are given
//! at once.

use jiff::{Timestamp, civil};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Most reasons given; the others are only counted.
const MOST: usize = 50;

/// Which rules a body is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// What the vendor documents and ships: events without `event_id` or `timestamp`, signals of any type,
    /// attachments with role `context` or none.
    Documented,
    /// The schema of the vendor's npm package.
    Strict,
}

/// Collects reasons.
#[derive(Debug)]
pub(in crate::delivery) struct Reasons {
    rules: Rules,
    found: Vec<String>,
    more: usize,
}

impl Reasons {
    pub(in crate::delivery) const fn new(rules: Rules) -> Self {
        Self {
            rules,
            found: Vec::new(),
            more: 0,
        }
    }

    pub(in crate::delivery) fn add(&mut self, pointer: &str, reason: &str) {
        if self.found.len() < MOST {
            self.found.push(match pointer {
                // About the body as a whole.
                "" => reason.to_owned(),
                pointer => format!("{pointer}: {reason}"),
            });
        } else {
            self.more += 1;
        }
    }

    pub(in crate::delivery) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(in crate::delivery) fn done(mut self) -> Vec<String> {
        if self.more > 0 {
            self.found.push(format!("and {} more", self.more));
        }
        self.found
    }
}

/// Checks the value of a key.
type KeyRule = fn(&str, &Value, &mut Reasons);

/// An event of `events/track`: it has a name, a user, by the strict rules an id and a time, and if it has
/// `ai_data`, an input or an output there.
pub(in crate::delivery) fn event(at: &str, event: &Value, reasons: &mut Reasons) {
    let keys: [(&str, KeyRule); 8] = [
        ("event_id", string),
        ("event", filled),
        ("user_id", filled),
        ("timestamp", time),
        ("properties", object),
        ("feature_flags", strings),
        ("attachments", attachments),
        ("ai_data", ai_data),
    ];
    let required: &[&str] = match reasons.rules {
        Rules::Strict => &["event_id", "event", "user_id", "timestamp"],
        Rules::Documented => &["event", "user_id"],
    };
    fields(at, event, &keys, required, reasons);
}

/// The event of `events/track_partial`: everything is optional, and only the top level is strict.
pub(in crate::delivery) fn partial(at: &str, event: &Value, reasons: &mut Reasons) {
    let keys: [(&str, KeyRule); 9] = [
        ("event_id", string),
        ("event", filled),
        ("user_id", filled),
        ("timestamp", time),
        ("properties", object),
        ("feature_flags", strings),
        ("attachments", attachments),
        ("ai_data", partial_ai_data),
        ("is_pending", boolean),
    ];
    fields(at, event, &keys, &[], reasons);
}

/// A signal of `signals/track`. Unknown keys are taken, as the official schema does.
pub(super) fn signal(at: &str, signal: &Value, reasons: &mut Reasons) {
    let keys: [(&str, KeyRule); 7] = [
        ("event_id", string),
        ("signal_name", string),
        ("timestamp", time),
        ("properties", object_or_null),
        ("attachment_id", string_or_null),
        ("sentiment", |at, value, reasons| {
            if !value.is_null() {
                one_of(at, value, &["POSITIVE", "NEGATIVE"], reasons);
            }
        }),
        ("signal_type", |at, value, reasons| match reasons.rules {
            Rules::Documented => string(at, value, reasons),
            Rules::Strict => {
                let known = [
                    "default",
                    "feedback",
                    "edit",
                    "standard",
                    "agent",
                    "agent_internal",
                ];
                one_of(at, value, &known, reasons);
            }
        }),
    ];
    known_fields(at, signal, &keys, &["event_id", "signal_name"], reasons);
}

/// A user of `users/identify`, with traits.
pub(super) fn user(at: &str, user: &Value, reasons: &mut Reasons) {
    let keys: [(&str, KeyRule); 2] = [("user_id", string), ("traits", object)];
    fields(at, user, &keys, &["user_id", "traits"], reasons);
}

/// An object with these keys and no others.
fn fields(
    at: &str,
    value: &Value,
    keys: &[(&str, KeyRule)],
    required: &[&str],
    reasons: &mut Reasons,
) {
    if let Some(object) = known_fields(at, value, keys, required, reasons) {
        for key in object
            .keys()
            .filter(|key| keys.iter().all(|(known, _)| known != key))
        {
            reasons.add(&join(at, key), unknown(at, key));
        }
    }
}

/// An object with these keys; others are ignored.
fn known_fields<'a>(
    at: &str,
    value: &'a Value,
    keys: &[(&str, KeyRule)],
    required: &[&str],
    reasons: &mut Reasons,
) -> Option<&'a Map<String, Value>> {
    let Some(object) = value.as_object() else {
        reasons.add(at, &format!("expected an object, got {}", kind(value)));
        return None;
    };
    for key in required.iter().filter(|key| !object.contains_key(**key)) {
        reasons.add(&join(at, key), "missing");
    }
    for (key, check) in keys {
        if let Some(value) = object.get(*key) {
            check(&join(at, key), value, reasons);
        }
    }
    Some(object)
}

/// Where an unknown key is a usual mistake, the reason says what was meant.
fn unknown(at: &str, key: &str) -> &'static str {
    let top = !at.ends_with("/ai_data");
    match key {
        "convo_id" | "model" | "input" | "output" if top => "unknown key; it belongs into ai_data",
        "is_pending" if top => "unknown key; it belongs to events/track_partial",
        _ => "unknown key",
    }
}

fn ai_data(at: &str, value: &Value, reasons: &mut Reasons) {
    let keys: [(&str, KeyRule); 4] = [
        ("model", string_or_null),
        ("input", string_or_null),
        ("output", string_or_null),
        ("convo_id", string_or_null),
    ];
    fields(at, value, &keys, &[], reasons);
    let text = |key| value.get(key).and_then(Value::as_str).unwrap_or_default();
    if value.is_object() && text("input").is_empty() && text("output").is_empty() {
        reasons.add(
            at,
            "neither input nor output has text; send such an event to events/track_partial",
        );
    }
}

fn partial_ai_data(at: &str, value: &Value, reasons: &mut Reasons) {
    let keys: [(&str, KeyRule); 4] = [
        ("model", string_or_null),
        ("input", string_or_null),
        ("output", string_or_null),
        ("convo_id", string_or_null),
    ];
    known_fields(at, value, &keys, &[], reasons);
}

fn attachments(at: &str, value: &Value, reasons: &mut Reasons) {
    let items = match value {
        Value::Null => return,
        Value::Array(items) => items,
        _ => {
            return reasons.add(
                at,
                &format!("expected an array or null, got {}", kind(value)),
            );
        }
    };
    for (i, item) in items.iter().enumerate() {
        attachment(&format!("{at}/{i}"), item, reasons);
    }
}

fn attachment(at: &str, value: &Value, reasons: &mut Reasons) {
    let keys: [(&str, KeyRule); 5] = [
        ("type", |at, value, reasons| {
            one_of(at, value, &["text", "code", "image", "iframe"], reasons);
        }),
        ("value", string),
        ("role", |at, value, reasons| match reasons.rules {
            Rules::Strict => one_of(at, value, &["input", "output"], reasons),
            Rules::Documented => one_of(at, value, &["input", "output", "context"], reasons),
        }),
        ("name", string),
        ("attachment_id", string),
    ];
    let required: &[&str] = match reasons.rules {
        Rules::Strict => &["type", "value", "role"],
        Rules::Documented => &["type", "value"],
    };
    known_fields(at, value, &keys, required, reasons);
    // The Python client sends `language: null` with attachments that are no code.
    let code = value.get("type").and_then(Value::as_str) == Some("code");
    match value.get("language") {
        Some(Value::String(_)) | None => {}
        Some(Value::Null) if !code => {}
        Some(other) => {
            reasons.add(
                &join(at, "language"),
                &format!("expected a string, got {}", kind(other)),
            );
        }
    }
}

fn string(at: &str, value: &Value, reasons: &mut Reasons) {
    if !value.is_string() {
        reasons.add(at, &format!("expected a string, got {}", kind(value)));
    }
}

fn filled(at: &str, value: &Value, reasons: &mut Reasons) {
    match value.as_str() {
        Some("") => reasons.add(at, "must not be empty"),
        Some(_) => {}
        None => string(at, value, reasons),
    }
}

fn string_or_null(at: &str, value: &Value, reasons: &mut Reasons) {
    if !value.is_null() {
        string(at, value, reasons);
    }
}

fn boolean(at: &str, value: &Value, reasons: &mut Reasons) {
    if !value.is_boolean() {
        reasons.add(at, &format!("expected true or false, got {}", kind(value)));
    }
}

fn object(at: &str, value: &Value, reasons: &mut Reasons) {
    if !value.is_object() {
        reasons.add(at, &format!("expected an object, got {}", kind(value)));
    }
}

fn object_or_null(at: &str, value: &Value, reasons: &mut Reasons) {
    if !value.is_null() {
        object(at, value, reasons);
    }
}

fn strings(at: &str, value: &Value, reasons: &mut Reasons) {
    let Some(fields) = value.as_object() else {
        return object(at, value, reasons);
    };
    for (key, value) in fields {
        string(&join(at, key), value, reasons);
    }
}

fn one_of(at: &str, value: &Value, known: &[&str], reasons: &mut Reasons) {
    if value.as_str().is_none_or(|text| !known.contains(&text)) {
        reasons.add(at, &format!("expected one of {}", known.join(", ")));
    }
}

/// ISO 8601 with or without a zone, or epoch milliseconds.
fn time(at: &str, value: &Value, reasons: &mut Reasons) {
    let right = match value {
        Value::Number(_) => true,
        Value::String(text) => {
            text.parse::<Timestamp>().is_ok()
                || text.parse::<civil::DateTime>().is_ok()
                || text.parse::<civil::Date>().is_ok()
        }
        _ => false,
    };
    if !right {
        reasons.add(
            at,
            "expected an ISO 8601 time like 2026-06-05T12:33:10.123Z, or epoch milliseconds",
        );
    }
}

/// The pointer one key further, escaped as RFC 6901 says.
fn join(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The same of a text: what is inside does not matter.
pub(in crate::delivery) fn kind_of(value: &RawValue) -> &'static str {
    kind(&match value.get().as_bytes().first() {
        Some(b'{') => Value::Object(Map::new()),
        Some(b'[') => Value::Array(Vec::new()),
        Some(b'"') => Value::String(String::new()),
        Some(b'n') => Value::Null,
        Some(b't' | b'f') => Value::Bool(false),
        _ => Value::from(0),
    })
}

pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
