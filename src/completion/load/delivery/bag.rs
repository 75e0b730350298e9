//! What the destinations with JSON of their own have in common: a bag of metadata that holds the user's
//! trace keys beside OpenRouter's values, and a prompt and a completion in one of several forms.

use std::sync::Arc;

use super::names::{OPENROUTER, metadata_key};
use super::write::{Attributes, SpanSource};
use crate::json::{Document, Kind, Limits, Value};

/// Keys of a bag whose members are OpenRouter's and not the user's, and what those are called.
const OWN: [(&str, &str); 2] = [
    ("openrouter", OPENROUTER),
    (
        "openrouter_generation",
        "trace.metadata.openrouter_generation.",
    ),
];

/// The members of an object, or of one that stands in a string as JSON.
pub(super) fn members<'d>(value: &SpanSource<'d>) -> Vec<(String, SpanSource<'d>)> {
    let of_text = |text: &str, stands_in: Value<'d>| {
        let doc = Document::parse(Arc::from(text.trim()), Limits::default()).ok();
        let doc = doc.filter(|doc| doc.root().kind() == Kind::Object);
        let members = doc.iter().flat_map(|doc| doc.root().children());
        members
            .map(|member| {
                let key = member.key().unwrap_or_default().into_owned();
                (key, SpanSource::Made(member.raw().to_owned(), stands_in))
            })
            .collect()
    };
    match value {
        SpanSource::Made(json, stands_in) => of_text(json, *stands_in),
        SpanSource::Plain(value) | SpanSource::Typed(Some(value)) => match value.kind() {
            Kind::Object => value
                .children()
                .map(|member| {
                    let key = member.key().unwrap_or_default().into_owned();
                    (key, SpanSource::Plain(member))
                })
                .collect(),
            Kind::String => of_text(&value.str().unwrap_or_default(), *value),
            _ => Vec::new(),
        },
        SpanSource::Typed(None) => Vec::new(),
    }
}

/// The attributes that a bag of metadata stands for, without the keys that are the destination's.
pub(super) fn attributes<'d>(bag: Option<Value<'d>>, but: &[&str]) -> Attributes<'d> {
    let mut out = Attributes::default();
    let Some(bag) = bag else { return out };
    for (key, value) in members(&SpanSource::Plain(bag)) {
        if but.contains(&key.as_str()) {
            continue;
        }
        let own = OWN.iter().find(|(name, _)| *name == key);
        let inner = own.map(|(_, prefix)| (prefix, members(&value)));
        match inner.filter(|(_, inner)| !inner.is_empty()) {
            Some((prefix, inner)) => {
                for (key, value) in inner {
                    out.push(format!("{prefix}{key}"), value);
                }
            }
            None => out.push(metadata_key(&key), value),
        }
    }
    out
}

/// A prompt in the form that a delivery has it: an object with `messages`, `prompt` or `input`, in a
/// string or not, a list of messages, or a text.
pub(super) fn prompt<'d>(value: Value<'d>) -> SpanSource<'d> {
    match of_json(value) {
        Some((json, Kind::Array)) => SpanSource::Made(format!("{{\"messages\":{json}}}"), value),
        _ => SpanSource::Plain(value),
    }
}

/// A completion in the form that a delivery has it: an object with `completion`, in a string or not; of
/// other objects the answer inside.
pub(super) fn completion<'d>(value: Value<'d>) -> SpanSource<'d> {
    let text;
    let doc;
    let root = match value.kind() {
        Kind::String => {
            text = value.str().unwrap_or_default();
            match Document::parse(Arc::from(text.trim()), Limits::default()) {
                Ok(inner) => {
                    doc = inner;
                    doc.root()
                }
                Err(_) => return SpanSource::Plain(value),
            }
        }
        _ => value,
    };
    let is_delivered = ["completion", "reasoning", "toolCalls", "rawRequest"]
        .iter()
        .any(|key| root.get(key).is_some());
    if is_delivered || !root.kind().is_container() {
        return SpanSource::Plain(value);
    }
    // Parts of one content, and not messages one after another.
    let is_part = |item: Value<'_>| item.get("type").is_some() && item.get("role").is_none();
    if root.kind() == Kind::Array && root.children().all(is_part) {
        return SpanSource::Made(format!("{{\"completion\":{}}}", root.raw()), value);
    }
    let message = match root.kind() {
        Kind::Array => root.children().last(),
        _ => Some(root),
    };
    let message = message.and_then(|message| {
        let choice = message.get("choices").and_then(|choices| choices.item(0));
        match choice {
            Some(choice) => choice.get("message").or(Some(choice)),
            None => Some(message),
        }
    });
    let content = message.and_then(|message| {
        message
            .get_some("content")
            .or_else(|| message.get_some("text"))
    });
    match content {
        Some(content) => SpanSource::Made(format!("{{\"completion\":{}}}", content.raw()), value),
        None => SpanSource::Plain(value),
    }
}

/// The JSON that a value is, or holds as a string, and its kind.
fn of_json(value: Value<'_>) -> Option<(String, Kind)> {
    if value.kind() != Kind::String {
        return Some((value.raw().to_owned(), value.kind()));
    }
    let text = value.str()?;
    let text = text.trim();
    let doc = Document::parse(Arc::from(text), Limits::default()).ok()?;
    Some((text.to_owned(), doc.root().kind()))
}
