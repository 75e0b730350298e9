//! What a filter asks of a completion that what is kept of it does not tell.

use std::ops::Range;

use super::{Fit, well};
use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::{Event, Section};
use crate::inspector::library::facts::trace_in_lines;
use crate::json::Value;

/// A completion that was read again, and its event with its edits.
#[derive(Debug)]
pub struct Reread<'r> {
    /// The completion.
    pub completion: &'r Completion,
    /// The edits.
    pub edits: &'r Edits,
    /// The event, if there is one.
    pub event: Option<&'r Event>,
}

impl Reread<'_> {
    /// Whether it has a key, perhaps with a value: part of one, in any case, or all of one to the letter.
    pub(super) fn has_key(&self, key: &str, value: Option<&str>, is_whole: bool) -> bool {
        let is_it = |have: &str, want: &str| match is_whole {
            true => have == want,
            false => have.to_lowercase().contains(want),
        };
        let has_value = |shown: &dyn Fn() -> String| value.is_none_or(|want| is_it(&shown(), want));
        let is_member = |member: &Value<'_>| {
            let has_key = member.key().is_some_and(|have| is_it(&have, key));
            has_key && has_value(&|| member.canonical().shown().into_owned())
        };
        let mut members = self.completion.document().root().descendants();
        if self.edits.is_empty() {
            return members.any(|member| is_member(&member));
        }
        // What edits are made to is as they left it, whatever stands in the document.
        let own = self.completion.request().map(|request| {
            let own = ["user", "session_id", "trace"].map(|key| request.get(key));
            own.into_iter().flatten().map(Value::span).collect()
        });
        let own: Vec<Range<usize>> = own.unwrap_or_default();
        let is_own = |member: &Value<'_>| {
            let at = member.span().start;
            own.iter().any(|own| own.contains(&at))
        };
        let metadata = TraceMetadata::of(self.completion, self.edits);
        let fields = [
            ("user", &metadata.user.value),
            ("session_id", &metadata.session_id.value),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let trace = metadata.trace.iter();
        let trace = trace.map(|entry| (entry.key.as_str(), &entry.value));
        members.any(|member| !is_own(&member) && is_member(&member))
            || fields
                .chain(trace)
                .any(|(have, value)| is_it(have, key) && has_value(&|| value.shown().into_owned()))
    }

    /// Whether a text of the event has a word, which is in lower case.
    pub(super) fn has_text(&self, key: &str, word: &str) -> bool {
        let field = self
            .event
            .and_then(|event| event.field(Section::AiData, key));
        field.is_some_and(|field| field.value.shown().to_lowercase().contains(word))
    }

    pub(super) fn is_text(&self, key: &str, whole: &str) -> bool {
        let field = self
            .event
            .and_then(|event| event.field(Section::AiData, key));
        field.is_some_and(|field| field.value.shown() == whole)
    }

    /// How well a word fits that is in nothing else.
    pub(super) fn fits_word(&self, word: &str) -> Fit {
        let metadata = TraceMetadata::of(self.completion, self.edits);
        if trace_in_lines(&metadata).to_lowercase().contains(word) {
            return Fit::Yes(well::TRACE);
        }
        Fit::of(
            self.has_text("input", word) || self.has_text("output", word),
            well::TEXT,
        )
    }
}
