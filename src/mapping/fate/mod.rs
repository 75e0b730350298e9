//! For each value of the source: where it went, or why it went nowhere.

mod contents;
mod of_edit;
mod reasons;

pub use contents::{Contents, contents, contents_of_each};
pub use of_edit::fate_of_edit;

use std::collections::{BTreeMap, HashSet};
use std::ops::{Bound, RangeBounds};

use self::of_edit::GONE;
use self::reasons::Unforwarded;
use super::{Mapped, Mark};
use crate::completion::{Completion, Edits, TraceMetadata};
use crate::event::Event;
use crate::event::privacy::Privacy;
use crate::json::{NodeId, Value, pointer};

/// Said where nothing makes an event.
const NO_EVENT: &str = "there is no event";

/// What became of a source value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It became these fields of the event, or went into them.
    Became(Vec<String>),
    /// It would have become these fields; privacy mode keeps it back.
    Withheld(Vec<String>),
    /// Another source of a field came first.
    Superseded {
        /// The field's pointer in the event.
        field: String,
        /// The pointer of that source; for a default, the rule's own words.
        by: String,
    },
    /// The system property with this pointer has its name.
    Shadowed(String),
    /// It is of no use as it is, or OpenRouter does not forward it.
    Dropped(&'static str),
    /// It is a container, and these fields of the event came from values in it, or would have, but for
    /// privacy mode. `contents` counts them.
    Holds(Vec<String>),
}

impl Fate {
    /// A stable word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Fate::Became(_) => "mapped",
            Fate::Withheld(_) => "privacy",
            Fate::Superseded { .. } => "superseded",
            Fate::Shadowed(_) => "shadowed",
            Fate::Dropped(_) => "not forwarded",
            Fate::Holds(_) => "mapped in part",
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
            Fate::Superseded { field, by } => format!("{}, the source of {field}", superseded(by)),
            Fate::Shadowed(field) => format!("shadowed: the system property {field} has this name"),
            Fate::Dropped(why) => format!("not forwarded: {why}"),
            Fate::Holds(fields) => format!("holds what becomes {}", fields.join(", ")),
        }
    }
}

/// That another source came first, without the field that it became.
pub fn superseded(by: &str) -> String {
    format!("superseded by {}", name_of(by))
}

/// A source as people name it: `response.usage.cost` for `/response/usage/cost`.
fn name_of(source: &str) -> String {
    match source.strip_prefix('/') {
        Some(_) => {
            let keys: Vec<String> = pointer::tokens(source).collect();
            keys.join(".")
        }
        None => source.to_owned(),
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
    marks: BTreeMap<NodeId, Vec<&'m Mark>>,
    /// What an edit replaced or removed.
    edited_away: HashSet<NodeId>,
    /// Why what no rule looks at goes nowhere.
    unforwarded: Unforwarded,
}

impl<'m> Ledger<'m> {
    fn of(completion: &Completion, mapped: &'m Mapped) -> Ledger<'m> {
        let mut marks: BTreeMap<NodeId, Vec<&Mark>> = BTreeMap::new();
        for (id, mark) in &mapped.marks {
            marks.entry(*id).or_default().push(mark);
        }
        Ledger {
            marks,
            edited_away: edited_away(completion, &mapped.metadata),
            unforwarded: Unforwarded::of_all(completion),
        }
    }

    fn of_value(completion: &Completion, mapped: &'m Mapped, value: Value<'_>) -> Ledger<'m> {
        let around: Vec<NodeId> = std::iter::successors(Some(value), |value| value.parent())
            .map(|value| value.id())
            .collect();
        let concerns = |id: NodeId| around.contains(&id) || is_within(id, value);
        let mut marks: BTreeMap<NodeId, Vec<&Mark>> = BTreeMap::new();
        for (id, mark) in &mapped.marks {
            if concerns(*id) {
                marks.entry(*id).or_default().push(mark);
            }
        }
        let request = completion.request();
        let of_request = ["user", "session_id", "trace", "extra_body"];
        let of_request = of_request.map(|key| request?.get(key));
        let is_editable = of_request
            .into_iter()
            .chain([completion.delivery()])
            .flatten()
            .any(|part| concerns(part.id()));
        let edited_away = if is_editable {
            edited_away(completion, &mapped.metadata)
        } else {
            HashSet::new()
        };
        Ledger {
            marks,
            edited_away,
            unforwarded: Unforwarded::of(completion),
        }
    }
}

/// The nodes that a value is made of, itself the first.
fn nodes_of(value: Value<'_>) -> (Bound<NodeId>, Bound<NodeId>) {
    let end = value.after().map(|after| Bound::Excluded(after.id()));
    (Bound::Included(value.id()), end.unwrap_or(Bound::Unbounded))
}

/// Whether a node is a value, or below it.
fn is_within(id: NodeId, value: Value<'_>) -> bool {
    nodes_of(value).contains(&id)
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
        return Fate::Dropped(NO_EVENT);
    };
    let mut around = std::iter::successors(Some(value), |value| value.parent());
    if around.any(|at| ledger.edited_away.contains(&at.id())) {
        return Fate::Dropped(GONE);
    }
    let mut chain = std::iter::successors(Some(value), |value| value.parent());
    let field_pointer = |index: usize| event.fields[index].pointer();
    let marked = chain.find_map(|at| {
        let marks = ledger.marks.get(&at.id())?;
        Some((at, marks))
    });
    let Some((at, marks)) = marked else {
        let fields = fields_from(value, event, ledger);
        if fields.is_empty() {
            return Fate::Dropped(ledger.unforwarded.why(&value));
        }
        return Fate::Holds(fields);
    };
    let became: Vec<usize> = became(marks).collect();
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
        Mark::Superseded(index) => Fate::Superseded {
            field: field_pointer(*index),
            by: source_of(value, event, *index),
        },
        Mark::Shadowed(index) => Fate::Shadowed(field_pointer(*index)),
        Mark::Reserved => {
            let key = value.key().unwrap_or_default();
            Fate::Shadowed(pointer::join("/properties", &key))
        }
        Mark::Unusable(why) => Fate::Dropped(why),
        Mark::Became(_) => Fate::Dropped("it is part of the event"),
    }
}

/// The fields that a value became, among its marks.
fn became<'m>(marks: &'m [&'m Mark]) -> impl Iterator<Item = usize> + 'm {
    marks.iter().filter_map(|mark| match mark {
        Mark::Became(index) => Some(*index),
        _ => None,
    })
}

/// The fields that came from values in a container, in the order of the event.
fn fields_from(container: Value<'_>, event: &Event, ledger: &Ledger<'_>) -> Vec<String> {
    if container.is_leaf() {
        return Vec::new();
    }
    let inside = ledger.marks.range(nodes_of(container));
    let mut indices: Vec<usize> = inside.flat_map(|(_, marks)| became(marks)).collect();
    indices.sort_unstable();
    indices.dedup();
    let fields = indices
        .into_iter()
        .map(|index| event.fields[index].pointer());
    fields.collect()
}

/// What a field comes from: its first source, or the words of the rule where it has none.
fn source_of(value: Value<'_>, event: &Event, index: usize) -> String {
    let provenance = &event.fields[index].provenance;
    match provenance.sources.first() {
        Some(source) => source.pointer(value.document()),
        None => provenance.step.from.to_owned(),
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
