//! What stands where a rule looks for a value and is of no use to it: parts of another generation, values of a
//! kind or a size that the rule cannot take; and numbers that are taken although they can't be right.

use super::Builder;
use crate::completion::generation_id;
use crate::display;
use crate::json::{Kind, Value, pointer};
use crate::mapping::Mark;
use crate::mapping::finding::Code;
use crate::mapping::reading::{is_placeholder, is_quantity, is_zero, number_text, text};

/// A value that a rule looked at and could not use.
pub(super) struct Unusable {
    /// Its pointer in the completion.
    pub pointer: String,
    /// Which one it is and why it is of no use.
    pub says: String,
}

impl<'c> Builder<'c> {
    /// Says so where a record is of another generation than the response. Nothing of it is used.
    pub(super) fn other_generations(&mut self) {
        let own = self
            .generation_id()
            .map(|id| id.canonical().shown().into_owned());
        let names = ["generation record", "content", "activity row"];
        for (id, name) in self.parts.of_others.into_iter().zip(names) {
            let Some(id) = id else { continue };
            let help = format!(
                "the {name} is of {}, but the response is of {}, so nothing of it is used; load the one with the \
                 response's id",
                id.canonical().shown(),
                own.as_deref().unwrap_or_default()
            );
            self.find(Code::GenerationIdDiffers, id.pointer(), help);
            if let Some(part) = id.parent() {
                let why = "this is of another generation than the response";
                self.marks.push((part.id(), Mark::Unusable(why)));
            }
        }
    }

    /// Says so where the response's id names no generation, and nothing else tells the generation's.
    pub(super) fn placeholder_id(&mut self) {
        let id = self
            .parts
            .response
            .and_then(|response| text(response, "id"));
        let Some(id) = id.filter(|id| id.str().is_some_and(|id| is_placeholder(&id))) else {
            return;
        };
        let why = "this id is cut short or a stand-in, and names no generation";
        self.marks.push((id.id(), Mark::Unusable(why)));
        if self.generation_id().is_none() {
            let help = format!(
                "the id {} is cut short or a stand-in, and names no generation, so the event's id is made of what was asked \
                 and answered, and the event has no `trace_id`; load the answer as it came",
                id.canonical().shown()
            );
            self.find(Code::IdPlaceholder, id.pointer(), help);
        }
    }

    /// Says so where an answer has the id of another vendor and nothing that only OpenRouter adds: it may never have been
    /// asked. Its own ids begin with `gen-`, and its models have their author's name.
    pub(super) fn id_of_another(&mut self) {
        const OF_OTHERS: [(&str, &str); 4] = [
            ("chatcmpl-", "OpenAI and those who speak as it does"),
            ("cmpl-", "OpenAI and those who speak as it does"),
            ("resp_", "OpenAI"),
            ("msg_", "Anthropic"),
        ];
        let parts = &self.parts;
        let Some(response) = parts.response else {
            return;
        };
        let id = text(response, "id").filter(|id| !id.raw().contains(generation_id::PREFIX));
        let name = id.and_then(|id| id.str());
        let name = name.as_deref().unwrap_or_default();
        let vendor = OF_OTHERS.iter().find(|(start, _)| name.starts_with(start));
        let (Some(id), Some((_, vendor))) = (id, vendor) else {
            return;
        };
        let told = [
            parts.generation,
            parts.content,
            parts.activity,
            parts.delivery,
            parts.captured,
            parts.generation_header,
            response.get_some("provider"),
            response
                .get_some("usage")
                .and_then(|usage| usage.get_some("cost")),
        ];
        let models = [self.reading.requested, self.reading.returned];
        let has_author = |model: Value<'_>| model.str().is_some_and(|slug| slug.contains('/'));
        if told.iter().any(Option::is_some) || models.into_iter().flatten().any(has_author) {
            return;
        }
        let help = format!(
            "the id {} is as {vendor} gives them, and neither a provider, a cost nor a model's author stands here, which \
             OpenRouter would have told: where it was not asked, it broadcast nothing; look where this was sent",
            id.canonical().shown()
        );
        self.find(Code::OpenrouterAssumed, id.pointer(), help);
    }

    /// Says so where a number that counts or measures something can't be right. It is sent as it is written.
    pub(super) fn doubt(&mut self, value: Value<'c>) {
        if is_quantity(value) {
            return;
        }
        let pointer = value.pointer();
        let keys: Vec<String> = pointer::tokens(&pointer).collect();
        let number = number_text(value).unwrap_or_default();
        let why = match number.starts_with('-') {
            true => "below zero",
            false => "more than JavaScript can read",
        };
        let help = format!(
            "`{}` is {}, {why}, which can't be right; the event has it as it is written",
            keys.join("."),
            display::clip(&number, 40)
        );
        self.find(Code::NumberImplausible, pointer, help);
    }

    /// Marks those values that are there and of no use, and tells of the first. `null` and zero stand for none.
    pub(super) fn unusable(
        &mut self,
        values: impl IntoIterator<Item = Option<Value<'c>>>,
        is_usable: impl Fn(Value<'c>) -> bool,
    ) -> Option<Unusable> {
        let mut first = None;
        for value in values.into_iter().flatten() {
            if value.kind() == Kind::Null || is_zero(value) || is_usable(value) {
                continue;
            }
            let number = number_text(value);
            let why = match &number {
                Some(number) if !number.starts_with('-') => "not usable (it is out of range)",
                _ => not_usable(value.kind(), number.or(value.str()).as_deref()),
            };
            self.marks.push((value.id(), Mark::Unusable(why)));
            first.get_or_insert_with(|| {
                let pointer = value.pointer();
                let keys: Vec<String> = pointer::tokens(&pointer).collect();
                let says = format!("`{}` is {why}", keys.join("."));
                Unusable { pointer, says }
            });
        }
        first
    }
}

/// Why a value of that kind is of no use; `text` is that of a string or number.
pub(super) fn not_usable(kind: Kind, text: Option<&str>) -> &'static str {
    let is_negative = || {
        let digits = text.and_then(|text| text.strip_prefix('-'));
        digits.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    match kind {
        Kind::String if text.is_none_or(|text| text.trim().is_empty()) => {
            "not usable (it is an empty string)"
        }
        Kind::Number | Kind::String if is_negative() => "not usable (it is a negative number)",
        Kind::Null => "not usable (it is null)",
        Kind::True | Kind::False => "not usable (it is a boolean)",
        Kind::Number => "not usable (it is a number)",
        Kind::String => "not usable (it is a string that does not say it)",
        Kind::Array => "not usable (it is an array)",
        Kind::Object => "not usable (it is an object)",
    }
}
