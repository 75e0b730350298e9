//! The plain object that a delivered generation becomes, with the place of each of its values.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::names;
use crate::completion::source_map::{DocumentBuilder, Place, Places, SourceMap};
use crate::completion::time;
use crate::json::{Document, Kind, Limits, Value, quote, unquote};

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(super) enum SpanSource<'d> {
    /// A value with its type around it, as OTLP writes it: `{"stringValue": "…"}`.
    Typed(Option<Value<'d>>),
    /// A value as it is.
    Plain(Value<'d>),
    /// JSON text made of a value.
    Made(String, Value<'d>),
}

impl<'d> SpanSource<'d> {
    /// The value that stands in the source, without its type.
    pub fn value(&self) -> Option<Value<'d>> {
        match self {
            SpanSource::Typed(typed) => untyped(*typed),
            SpanSource::Plain(value) => Some(*value),
            SpanSource::Made(..) => None,
        }
    }

    /// The value's JSON text; `null` where there is none.
    pub fn json(&self) -> &str {
        match self {
            SpanSource::Typed(typed) => untyped(*typed).map_or("null", Value::raw),
            SpanSource::Plain(value) => value.raw(),
            SpanSource::Made(json, _) => json,
        }
    }
}

/// The value inside OTLP's `{"stringValue": …}`; of several, the first that is there.
pub(super) fn untyped(typed: Option<Value<'_>>) -> Option<Value<'_>> {
    let mut members = typed.into_iter().flat_map(Value::children);
    members.find(|value| !value.is_null())
}

/// Attributes by name, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Attributes<'d> {
    list: Vec<(Cow<'d, str>, SpanSource<'d>)>,
}

impl<'d> Attributes<'d> {
    /// Appends an attribute. Where a name is there twice, the later value counts.
    pub fn push(&mut self, key: impl Into<Cow<'d, str>>, source: SpanSource<'d>) {
        self.list.push((key.into(), source));
    }

    /// Appends an attribute whose name is not there yet.
    pub fn push_if_new(&mut self, key: impl Into<Cow<'d, str>>, source: SpanSource<'d>) {
        let key = key.into();
        if self.json(&key).is_none() {
            self.list.push((key, source));
        }
    }

    /// Appends a value, if there is one that is not `null` or an empty string, under a name that is not
    /// there yet.
    pub fn offer(&mut self, key: &'static str, value: Option<Value<'d>>) {
        if let Some(value) = value.filter(|value| is_something(*value)) {
            self.push_if_new(key, SpanSource::Plain(value));
        }
    }

    /// Appends those of other attributes whose names are not there yet.
    pub fn fill_up(&mut self, others: Attributes<'d>) {
        let have: HashSet<Cow<'d, str>> = self.list.iter().map(|(key, _)| key.clone()).collect();
        let others = others.list.into_iter();
        self.list
            .extend(others.filter(|(key, _)| !have.contains(key)));
    }

    /// The JSON text of an attribute that is not `null`.
    pub fn json(&self, key: &str) -> Option<&str> {
        let mut found = self.list.iter().rev().filter(|(have, _)| have == key);
        let (_, source) = found.next()?;
        Some(source.json()).filter(|json| *json != "null")
    }

    /// Whether a name is there for which a test holds.
    pub fn has(&self, test: impl Fn(&str) -> bool) -> bool {
        self.list.iter().any(|(key, _)| test(key))
    }

    /// Gives what stands under an older or another name the one that the mapping knows, where that is
    /// missing.
    pub fn take_stand_ins(&mut self) {
        for key in names::with_stand_ins() {
            if self.json(key).is_some() {
                continue;
            }
            let stand_in = names::stand_ins(key).find(|other| self.json(other).is_some());
            let Some(stand_in) = stand_in else { continue };
            for (have, _) in &mut self.list {
                if have == stand_in {
                    *have = Cow::Borrowed(key);
                }
            }
        }
    }
}

/// Whether a value says anything.
pub(super) fn is_something(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::String => value.raw().len() > 2,
        _ => true,
    }
}

/// A span's own members by name: `name`, ids, times, `status`, `events`.
pub(super) type SpanMembers<'d> = Vec<(&'static str, SpanSource<'d>)>;

/// One generation, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Root<'d> {
    pub members: SpanMembers<'d>,
    pub resource: Attributes<'d>,
    pub attributes: Attributes<'d>,
    /// The other spans of its trace.
    pub others: Vec<(SpanMembers<'d>, Attributes<'d>)>,
}

impl Root<'_> {
    /// Appends the generation as one plain object; `places` tells where a value of the source stands.
    pub fn write(&self, builder: &mut DocumentBuilder, places: &dyn ValuePlaces) {
        let mut writer = SpanWriter { builder, places };
        writer.own("{");
        writer.members(&self.members);
        if !self.resource.list.is_empty() {
            writer.own("\"resource\":");
            writer.attributes(&self.resource);
            writer.own(",");
        }
        writer.own("\"attributes\":");
        writer.attributes(&self.attributes);
        writer.own(",\"spans\":[");
        for (index, (members, attributes)) in self.others.iter().enumerate() {
            writer.own(if index > 0 { ",{" } else { "{" });
            writer.members(members);
            writer.own("\"attributes\":");
            writer.attributes(attributes);
            writer.own("}");
        }
        writer.own("]}");
    }
}

/// Tells where a value stands that a delivery is made of.
pub trait ValuePlaces {
    /// Where it begins.
    fn place(&self, value: Value<'_>) -> Place;
    /// Where each of its bytes stands.
    fn map(&self, value: Value<'_>) -> SourceMap;
}

impl ValuePlaces for Places<'_> {
    fn place(&self, value: Value<'_>) -> Place {
        self.at(value.span().start)
    }

    fn map(&self, value: Value<'_>) -> SourceMap {
        self.map_of(value.span())
    }
}

struct SpanWriter<'w> {
    builder: &'w mut DocumentBuilder,
    places: &'w dyn ValuePlaces,
}

impl SpanWriter<'_> {
    fn own(&mut self, text: &str) {
        self.builder.literal(text);
    }

    fn verbatim(&mut self, value: Value<'_>) {
        self.builder.mapped(value.raw(), self.places.map(value));
    }

    fn derived(&mut self, text: &str, value: Value<'_>) {
        self.builder.derived(text, self.places.place(value));
    }

    /// Members, each with a comma behind it.
    fn members(&mut self, members: &SpanMembers<'_>) {
        for (key, source) in members {
            self.own(&format!("\"{key}\":"));
            self.value(key, source);
            self.own(",");
        }
    }

    fn attributes(&mut self, attributes: &Attributes<'_>) {
        self.own("{");
        for (index, (key, source)) in attributes.list.iter().enumerate() {
            if index > 0 {
                self.own(",");
            }
            self.own(&quote(key));
            self.own(":");
            self.value(key, source);
        }
        self.own("}");
    }

    fn value(&mut self, key: &str, source: &SpanSource<'_>) {
        if let SpanSource::Made(json, value) = source {
            self.made(key, json, *value);
            return;
        }
        if let Some((value, text)) = source.value().and_then(|value| Some((value, value.str()?))) {
            if names::holds_json(key)
                && let Some(inner) = json_inside(&text)
            {
                self.derived(inner.root().raw(), value);
                return;
            }
            if names::is_numeric(key) && is_number(text.trim()) {
                self.derived(text.trim(), value);
                return;
            }
        }
        match source {
            SpanSource::Plain(value) => self.verbatim(*value),
            SpanSource::Typed(typed) => self.any_value(*typed),
            SpanSource::Made(..) => {}
        }
    }

    fn made(&mut self, key: &str, json: &str, value: Value<'_>) {
        let text = json
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let text = text.map(unquote);
        let inner = text.as_deref().filter(|_| names::holds_json(key));
        match inner.and_then(json_inside) {
            Some(inner) => self.derived(inner.root().raw(), value),
            None => match text.filter(|text| names::is_numeric(key) && is_number(text.trim())) {
                Some(number) => self.derived(number.trim(), value),
                None => self.derived(json, value),
            },
        }
    }

    /// A typed value as plain JSON.
    fn any_value(&mut self, typed: Option<Value<'_>>) {
        let Some(value) = untyped(typed) else {
            self.own("null");
            return;
        };
        match value.raw_key().unwrap_or_default() {
            "intValue" | "int_value" => match value.str().filter(|text| is_integer(text)) {
                Some(text) => self.derived(&text, value),
                None => self.verbatim(value),
            },
            "arrayValue" | "array_value" => {
                self.own("[");
                let items = value.get("values").into_iter().flat_map(Value::children);
                for (index, item) in items.enumerate() {
                    if index > 0 {
                        self.own(",");
                    }
                    self.any_value(Some(item));
                }
                self.own("]");
            }
            "kvlistValue" | "kvlist_value" => {
                let mut attributes = Attributes::default();
                let items = value.get("values").into_iter().flat_map(Value::children);
                for item in items {
                    if let Some(key) = item.get("key").and_then(Value::str) {
                        attributes.push(key, SpanSource::Typed(item.get("value")));
                    }
                }
                self.attributes(&attributes);
            }
            _ => self.verbatim(value),
        }
    }
}

/// The object or list that a text holds as JSON.
fn json_inside(text: &str) -> Option<Document> {
    let doc = Document::parse(Arc::from(text.trim()), Limits::default()).ok()?;
    doc.root().kind().is_container().then_some(doc)
}

/// Whether a text is an integer as JSON writes it.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits == "0" || !digits.starts_with('0');
    is_plain && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a number as JSON writes it.
pub(super) fn is_number(text: &str) -> bool {
    let is_like_one = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    is_like_one
        && text.len() < 400
        && Document::parse(Arc::from(text), Limits::default())
            .is_ok_and(|doc| doc.root().kind() == Kind::Number)
}

/// A time as OTLP writes it, made of an ISO 8601 one, or of seconds or milliseconds since 1970:
/// nanoseconds since 1970 in a string.
pub(super) fn nanos(value: Value<'_>) -> Option<SpanSource<'_>> {
    // A number from here on is milliseconds: as seconds it would be in the year 5138.
    const MILLIS_FROM: i128 = 100_000_000_000;
    let nanos = match value.number() {
        None => time::nanos_of_iso(&value.str()?)?,
        Some(number) if time::scaled(number, 0)? < MILLIS_FROM => time::scaled(number, 9)?,
        Some(number) => time::scaled(number, 6)?,
    };
    (nanos > 0).then(|| SpanSource::Made(format!("\"{nanos}\""), value))
}
