//! A body that stands under a name nobody can know, in an object around it: `{"kind": "json", "value": …}`,
//! `{"type": "sse", "chunks": […]}`, `{"inline": …}`.

use std::borrow::Cow;

use super::{Body, BodyLimits, Decoder, Writing, matcher};
use crate::completion::load::shape;
use crate::completion::load::streams::assemble::is_stream;
use crate::completion::load::streams::{chunks, sse};
use crate::json::{Document, Kind, Value};

/// Of a body of one of the APIs.
const SHORTEST: usize = 24;

impl<'d> Decoder<'_, 'd> {
    /// The first of an object's members that is a body of one of the APIs; of those alone that may be.
    pub(in crate::completion::load::exchange) fn within(
        &self,
        value: Value<'d>,
        may_be: impl Fn(&Value<'d>) -> bool,
    ) -> Body<'d> {
        match self.labels.is_elsewhere {
            true => Body::Absent,
            false => self.body_within(value, self.labels.writing, super::DEPTH, may_be),
        }
    }

    pub(super) fn body_within(
        &self,
        value: Value<'d>,
        writing: Writing,
        depth: usize,
        may_be: impl Fn(&Value<'d>) -> bool,
    ) -> Body<'d> {
        let is_list_of_others = |member: Value<'_>| {
            let is_body = |one: Value<'_>| shape::is_request(one) || shape::is_response(one);
            let is_only = || member.len() == 1 && member.item(0).is_some_and(is_body);
            let is_stream =
                || chunks::text_of_list(member).is_some() || events_in_records(member).is_some();
            let are_objects = member.item(0).is_some_and(|one| one.kind() == Kind::Object);
            member.kind() == Kind::Array && are_objects && !is_only() && !is_stream()
        };
        let is_long = |member: &Value<'_>| member.raw().len() >= SHORTEST;
        let members = value.children().filter(is_long).filter(may_be);
        let mut bodies = members
            .filter(|member| !is_list_of_others(*member))
            .filter_map(matcher::resolved)
            .map(|member| self.value(member, writing, depth));
        let is_one = |body: &Body<'_>| match body {
            Body::Text(text) => is_of_api(&text.text, self.limits),
            _ => false,
        };
        bodies.find(is_one).unwrap_or(Body::Absent)
    }
}

/// Whether an object has what a body of one of the APIs has, and nothing else does: it is one itself, whatever is in it.
pub(super) fn is_itself(value: Value<'_>) -> bool {
    const OWN: [&str; 9] = [
        "messages", "prompt", "input", "model", "models", "choices", "output", "error", "usage",
    ];
    OWN.iter().any(|key| value.get_some(key).is_some())
}

/// Whether a text is what one of the APIs is asked or answers.
fn is_of_api(text: &str, limits: &BodyLimits) -> bool {
    let is_part = |value: Value<'_>| {
        shape::is_request(value) || shape::asks_without_model(value) || shape::is_response(value)
    };
    let text = text.trim();
    is_stream(text)
        || text.starts_with('{')
            && Document::parse(text.into(), limits.of_one).is_ok_and(|doc| is_part(doc.root()))
}

/// The text of a stream whose events stand in a list, each as text in a record of its own: `{"delayMs": 5, "text": "data: …"}`.
pub(super) fn events_in_records(list: Value<'_>) -> Option<String> {
    fn event(record: Value<'_>) -> Option<Cow<'_, str>> {
        let is_event = |text: &Cow<'_, str>| sse::is_transcript(text);
        let mut events = record.children().filter_map(Value::str).filter(is_event);
        let only = events.next().filter(|_| record.kind() == Kind::Object)?;
        events.next().is_none().then_some(only)
    }
    let mut text = String::new();
    for record in list.children() {
        let event = event(record)?;
        text.push_str(&event);
        text.push_str(if event.ends_with('\n') { "" } else { "\n\n" });
    }
    (list.kind() == Kind::Array && !text.is_empty()).then_some(text)
}
