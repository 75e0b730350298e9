//! For each value of the source: where it went, or why it went nowhere.

use std::collections::HashMap;

use super::{Mapped, Mark};
use crate::completion::Completion;
use crate::event::privacy::Privacy;
use crate::json::{NodeId, Value, pointer};

/// What became of a source value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It became these fields of the event, or went into them.
    Became(Vec<String>),
    /// It would have become these fields; privacy mode keeps it back.
    Withheld(Vec<String>),
    /// Another source of this field came first.
    Superseded(String),
    /// The system property with this pointer has its name.
    Shadowed(String),
    /// It is of no use as it is, or OpenRouter does not forward it.
    Dropped(&'static str),
}

impl Fate {
    /// A stable word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Fate::Became(_) => "mapped",
            Fate::Withheld(_) => "privacy",
            Fate::Superseded(_) => "superseded",
            Fate::Shadowed(_) => "shadowed",
            Fate::Dropped(_) => "not forwarded",
        }
    }

    /// Whether the event carries it.
    pub const fn arrives(&self) -> bool {
        matches!(self, Fate::Became(_))
    }

    /// One line for people.
    pub fn says(&self) -> String {
        match self {
            Fate::Became(fields) => format!("becomes {}", fields.join(", ")),
            Fate::Withheld(fields) => format!("privacy mode keeps back {}", fields.join(", ")),
            Fate::Superseded(field) => format!("superseded: {field} has a source that comes first"),
            Fate::Shadowed(field) => format!("shadowed: the system property {field} has this name"),
            Fate::Dropped(why) => format!("not forwarded: {why}"),
        }
    }
}

/// What became of one value of a completion.
pub fn fate(completion: &Completion, mapped: &Mapped, id: NodeId, privacy: Privacy) -> Fate {
    let marks_of = |id: NodeId| {
        let marks = mapped.marks.iter().filter(|(at, _)| *at == id);
        marks.map(|(_, mark)| mark).collect()
    };
    fate_by(completion.document().at(id), mapped, privacy, marks_of)
}

/// The same, with a way to find the marks of a value.
fn fate_by<'m>(
    value: Value<'_>,
    mapped: &Mapped,
    privacy: Privacy,
    marks_of: impl Fn(NodeId) -> Vec<&'m Mark>,
) -> Fate {
    let Some(event) = mapped.event() else {
        return Fate::Dropped("there is no event");
    };
    if let Some(why) = edited_away(mapped, value) {
        return Fate::Dropped(why);
    }
    let mut chain = std::iter::successors(Some(value), |value| value.parent());
    let field_pointer = |index: usize| event.fields[index].pointer();
    let marked = chain.find_map(|at| {
        let marks = marks_of(at.id());
        (!marks.is_empty()).then_some((at, marks))
    });
    let Some((at, marks)) = marked else {
        return Fate::Dropped(not_forwarded(&value));
    };
    let became: Vec<usize> = marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Became(index) => Some(*index),
            _ => None,
        })
        .collect();
    if !became.is_empty() {
        let below = value.pointer()[at.pointer().len()..].to_owned();
        let leaves = |index: &usize| privacy == Privacy::Off || !event.fields[*index].is_text();
        let (kept, withheld): (Vec<usize>, Vec<usize>) = became.into_iter().partition(leaves);
        let pointers = |fields: &[usize]| -> Vec<String> {
            let mut all: Vec<String> = fields
                .iter()
                .map(|index| field_pointer(*index) + &below)
                .collect();
            all.dedup();
            all
        };
        return if kept.is_empty() {
            Fate::Withheld(pointers(&withheld))
        } else {
            Fate::Became(pointers(&kept))
        };
    }
    match marks[0] {
        Mark::Superseded(index) => Fate::Superseded(field_pointer(*index)),
        Mark::Shadowed(index) => Fate::Shadowed(field_pointer(*index)),
        Mark::Reserved => {
            let key = value.key().unwrap_or_default();
            Fate::Shadowed(pointer::join("/properties", &key))
        }
        Mark::Unusable(why) => Fate::Dropped(why),
        Mark::Became(_) => Fate::Dropped("it is part of the event"),
    }
}

/// Whether an edit took the place of a value of the trace metadata, or removed it.
fn edited_away(mapped: &Mapped, value: Value<'_>) -> Option<&'static str> {
    const WHY: &str = "an edit replaced or removed it";
    let metadata = &mapped.metadata;
    let is_within =
        |id: NodeId| std::iter::successors(Some(value), |at| at.parent()).any(|at| at.id() == id);
    for field in [&metadata.user, &metadata.session_id] {
        if field.edited && field.source.is_some_and(is_within) {
            return Some(WHY);
        }
    }
    let trace = value.document().root().get_some("request")?.get("trace")?;
    let key_of = |at: &Value<'_>| at.parent() == Some(trace);
    let member = std::iter::successors(Some(value), |at| at.parent()).find(key_of)?;
    let entry = metadata
        .trace
        .iter()
        .find(|entry| entry.source == Some(member.id()));
    match entry {
        Some(entry) => entry.edited.then_some(WHY),
        None if metadata.misshapen.is_some() => None,
        // The earlier one of two members with the same key was never there.
        None => (trace.get(&member.key()?) == Some(member)).then_some(WHY),
    }
}

/// What became of each leaf of a completion, in reading order.
pub fn fates<'c>(
    completion: &'c Completion,
    mapped: &'c Mapped,
    privacy: Privacy,
) -> impl Iterator<Item = (Value<'c>, Fate)> {
    let mut marks: HashMap<NodeId, Vec<&Mark>> = HashMap::new();
    for (id, mark) in &mapped.marks {
        marks.entry(*id).or_default().push(mark);
    }
    let leaves = completion.document().root().descendants();
    leaves.filter(|value| value.is_leaf()).map(move |value| {
        let marks_of = |id| marks.get(&id).cloned().unwrap_or_default();
        (value, fate_by(value, mapped, privacy, marks_of))
    })
}

/// Why a value that no rule looks at is not forwarded, told by where it stands.
fn not_forwarded(value: &Value<'_>) -> &'static str {
    let pointer = value.pointer();
    let tokens: Vec<&str> = pointer.split('/').skip(1).collect();
    match tokens.as_slice() {
        ["request", "metadata", ..] => {
            "request `metadata` is never broadcast; `trace` is where such keys belong"
        }
        ["request", "messages" | "input", _, "role", ..] => {
            "a message's role is not part of the event"
        }
        ["request", "messages" | "input", ..] => "only the text of the latest user message is",
        [
            "request",
            "tools" | "tool_choice" | "parallel_tool_calls",
            ..,
        ] => "tools are not part of the event",
        ["request", "system" | "instructions", ..] => "system prompts are not part of the event",
        ["request", "trace", ..] => "this key was given twice; the later one counts",
        ["request", ..] => "no rule reads this parameter of the request",
        ["response", "choices", index, ..] if *index != "0" => "only the first choice is",
        [
            "response",
            "choices",
            _,
            "message",
            "tool_calls" | "function_call",
            ..,
        ] => "tool calls are not part of the event",
        [
            "response",
            "choices",
            _,
            "message",
            "reasoning" | "reasoning_details" | "reasoning_content",
            ..,
        ] => "reasoning is not part of the event",
        ["response", "choices", _, "message", ..] => "only the message's text is",
        ["response", "choices", ..] => "of a choice, the text and the finish reason are",
        ["response", "usage", ..] => "of the usage, the token counts and the cost are",
        ["response", "output" | "content", ..] => "of the answer, the text is",
        ["response", "error", ..] => "errors are not part of the event",
        ["response", ..] => "no rule reads this field of the response",
        ["headers", ..] => "of the headers, only x-session-id is read",
        ["generation", ..] => "no rule reads this field of the generation record",
        ["delivery", "attributes", key, ..] => not_forwarded_attribute(key),
        ["delivery", "spans", ..] => "of a delivery, only the root span is read",
        ["delivery", "name"] => "the root span's default name; a generation_name would stand here",
        ["delivery", ..] => "of a delivery, the attributes and times of the root span are",
        ["name"] => "the sample's own name; OpenRouter never saw it",
        _ => "OpenRouter never saw this field",
    }
}

/// The same for an attribute of a delivery's root span.
fn not_forwarded_attribute(key: &str) -> &'static str {
    match key {
        "gen_ai.prompt" => "of the prompt, only the text of the latest user message is",
        "gen_ai.completion" => "of the completion, the text is",
        "trace.input" | "span.input" => "a copy of gen_ai.prompt",
        "trace.output" | "span.output" => "a copy of gen_ai.completion",
        "trace.name" => "the default name, which is not the user's",
        _ if key.starts_with("trace.metadata.") => "OpenRouter's own metadata, not a key of trace",
        _ => "no rule reads this attribute of the delivery",
    }
}
