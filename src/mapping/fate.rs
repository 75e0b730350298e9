//! For each value of the source: where it went, or why it went nowhere.

use std::collections::{HashMap, HashSet};

use super::{Mapped, Mark};
use crate::completion::{Completion, Edits, TraceMetadata};
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
    let value = completion.document().at(id);
    let ledger = Ledger::of_value(completion, mapped, value);
    fate_by(value, mapped, privacy, &ledger)
}

/// What happened to the values of a completion, by value. One for a single value knows what concerns it,
/// the values around it included, and no more.
struct Ledger<'m> {
    marks: HashMap<NodeId, Vec<&'m Mark>>,
    /// What an edit replaced or removed.
    edited_away: HashSet<NodeId>,
}

impl<'m> Ledger<'m> {
    fn of(completion: &Completion, mapped: &'m Mapped) -> Ledger<'m> {
        let mut marks: HashMap<NodeId, Vec<&Mark>> = HashMap::new();
        for (id, mark) in &mapped.marks {
            marks.entry(*id).or_default().push(mark);
        }
        Ledger {
            marks,
            edited_away: edited_away(completion, &mapped.metadata),
        }
    }

    fn of_value(completion: &Completion, mapped: &'m Mapped, value: Value<'_>) -> Ledger<'m> {
        let around: Vec<NodeId> = std::iter::successors(Some(value), |value| value.parent())
            .map(|value| value.id())
            .collect();
        let mut marks: HashMap<NodeId, Vec<&Mark>> = HashMap::new();
        for (id, mark) in &mapped.marks {
            if around.contains(id) {
                marks.entry(*id).or_default().push(mark);
            }
        }
        let request = completion.request();
        let delivery = completion.delivery();
        let of_request = ["user", "session_id", "trace"].map(|key| request?.get(key));
        let editable = of_request
            .into_iter()
            .chain([delivery])
            .flatten()
            .any(|part| around.contains(&part.id()));
        let edited_away = match editable {
            true => edited_away(completion, &mapped.metadata),
            false => HashSet::new(),
        };
        Ledger { marks, edited_away }
    }
}

/// Values of the trace metadata whose place an edit took, or which one removed.
fn edited_away(completion: &Completion, now: &TraceMetadata) -> HashSet<NodeId> {
    let before = TraceMetadata::of(completion, &Edits::none());
    if before == *now {
        return HashSet::new();
    }
    let sources = |metadata: &TraceMetadata| -> HashSet<NodeId> {
        let fields = [&metadata.user, &metadata.session_id];
        let fields = fields.into_iter().filter(|field| !field.edited);
        let entries = metadata.trace.iter().filter(|entry| !entry.edited);
        fields
            .map(|field| field.source)
            .chain(entries.map(|entry| entry.source))
            .chain([metadata.misshapen])
            .flatten()
            .collect()
    };
    sources(&before)
        .difference(&sources(now))
        .copied()
        .collect()
}

fn fate_by(value: Value<'_>, mapped: &Mapped, privacy: Privacy, ledger: &Ledger<'_>) -> Fate {
    let Some(event) = mapped.event() else {
        return Fate::Dropped("there is no event");
    };
    let mut around = std::iter::successors(Some(value), |value| value.parent());
    if around.any(|at| ledger.edited_away.contains(&at.id())) {
        return Fate::Dropped("an edit replaced or removed it");
    }
    let mut chain = std::iter::successors(Some(value), |value| value.parent());
    let field_pointer = |index: usize| event.fields[index].pointer();
    let marked = chain.find_map(|at| {
        let marks = ledger.marks.get(&at.id())?;
        Some((at, marks))
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

/// What became of each leaf of a completion, in reading order.
pub fn fates<'c>(
    completion: &'c Completion,
    mapped: &'c Mapped,
    privacy: Privacy,
) -> impl Iterator<Item = (Value<'c>, Fate)> {
    let ledger = Ledger::of(completion, mapped);
    let leaves = completion.document().root().descendants();
    leaves
        .filter(|value| value.is_leaf())
        .map(move |value| (value, fate_by(value, mapped, privacy, &ledger)))
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
        ["request", "messages" | "input", ..] => {
            "of the conversation, only the text of the latest user message is forwarded"
        }
        [
            "request",
            "tools" | "tool_choice" | "parallel_tool_calls",
            ..,
        ] => "tools are not part of the event",
        ["request", "system" | "instructions", ..] => "system prompts are not part of the event",
        ["request", "trace", ..] => "this key was given twice; the later one counts",
        ["request", ..] => {
            "Raindrop's event has no field for it; put it under `trace` to see it in Raindrop"
        }
        ["response", "choices", index, ..] if *index != "0" => "only the first choice is forwarded",
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
        ["response", "choices", _, "message", ..] => "of the message, only the text is forwarded",
        ["response", "choices", ..] => {
            "of a choice, only the text and the finish reason are forwarded"
        }
        ["response", "usage", ..] => {
            "of the usage, only the token counts and the cost are forwarded"
        }
        ["response", "output" | "content", ..] => "of the answer, only the text is forwarded",
        ["response", "error", ..] => "errors are not part of the event",
        ["response", ..] => "Raindrop's event has no field for this part of the response",
        ["headers", ..] => "of the headers, only x-session-id is read",
        ["generation", ..] => {
            "Raindrop's event has no field for this part of the generation record"
        }
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
        _ => "Raindrop's event has no field for this attribute of the delivery",
    }
}
