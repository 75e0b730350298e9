//! How many of a container's values arrive, where, and which do not.

use super::{Ledger, became, is_within, nodes_of};
use crate::completion::Completion;
use crate::event::privacy::Privacy;
use crate::event::{Event, Source};
use crate::json::{Kind, NodeId, Value, pointer};
use crate::mapping::{Mapped, Mark};

/// How many names a line has room for.
const NAMED: usize = 3;

/// What became of the values in a container. A value is a string, a number, a boolean, `null`, or an empty
/// container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// How many values it holds, at any depth.
    pub values: usize,
    /// How many of them arrive in the event.
    pub arriving: usize,
    /// How many privacy mode keeps back.
    pub withheld: usize,
    /// Pointers of the fields that the arriving ones became or went into, in the order of the event.
    pub fields: Vec<String>,
    /// Keys of the object's own members, or positions of the list's items, of which nothing arrives and nothing
    /// is withheld.
    pub missing: Vec<String>,
    /// Whether the container is a list.
    pub is_list: bool,
}

impl Contents {
    /// How many arrive: "3 of 5 arrive".
    pub fn counted(&self) -> String {
        match self.arriving {
            0 => format!("none of {} arrives", self.values),
            1 => format!("1 of {} arrives", self.values),
            count => format!("{count} of {} arrive", self.values),
        }
    }

    /// One line for people: "3 of 5 arrive: /user_id and 2 more; not tools, seed".
    pub fn says(&self) -> String {
        let mut line = self.counted();
        if self.arriving > 0 {
            line += &format!(": {}", some_of(&self.fields));
        }
        if self.withheld > 0 {
            line += &format!("; privacy mode keeps back {}", self.withheld);
        }
        if !self.missing.is_empty() && self.arriving + self.withheld > 0 {
            let what = match (self.is_list, self.missing.len()) {
                (false, _) => "",
                (true, 1) => "item ",
                (true, _) => "items ",
            };
            line += &format!("; not {what}{}", some_of(&self.missing));
        }
        line
    }
}

/// The first names, and how many more there are.
fn some_of(names: &[String]) -> String {
    let shown = names.len().min(NAMED);
    let first = names[..shown].join(", ");
    match names.len() - shown {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Counts what became of the values in a container; `None` for a value that holds none, and where there is
/// no event.
pub fn contents(
    completion: &Completion,
    mapped: &Mapped,
    id: NodeId,
    privacy: Privacy,
) -> Option<Contents> {
    let container = completion.document().at(id);
    if container.is_leaf() {
        return None;
    }
    let event = mapped.event()?;
    let ledger = Ledger::of_value(completion, mapped, container);
    Some(contents_by(container, mapped, event, privacy, &ledger))
}

/// The same of many containers.
pub fn contents_of_each<'c>(
    completion: &'c Completion,
    mapped: &'c Mapped,
    ids: impl IntoIterator<Item = NodeId>,
    privacy: Privacy,
) -> impl Iterator<Item = (Value<'c>, Contents)> {
    let ledger = Ledger::of(completion, mapped);
    let all = ids.into_iter().map(|id| completion.document().at(id));
    let containers = all.filter(|value| !value.is_leaf());
    containers.filter_map(move |container| {
        let contents = contents_by(container, mapped, mapped.event()?, privacy, &ledger);
        Some((container, contents))
    })
}

fn contents_by(
    container: Value<'_>,
    mapped: &Mapped,
    event: &Event,
    privacy: Privacy,
    ledger: &Ledger<'_>,
) -> Contents {
    let mut out = Contents {
        values: values_in(container),
        is_list: container.kind() == Kind::Array,
        ..Contents::default()
    };
    let mut indices = Vec::new();
    let mut reached: Vec<NodeId> = Vec::new();
    let leaves = |index: &usize| privacy == Privacy::Off || !event.fields[*index].is_text();
    for (value, fields) in outermost(container, event, ledger) {
        let kept: Vec<usize> = fields.iter().copied().filter(leaves).collect();
        let count = values_in(value);
        if kept.is_empty() {
            out.withheld += count;
        } else {
            out.arriving += count;
            indices.extend(kept);
        }
        reached.push(value.id());
    }
    let added = added_within(container, mapped);
    let of_document = out.arriving + out.withheld;
    // A container that arrives as a whole lacks none of its members.
    let is_whole = of_document == out.values;
    let mut lacking = Vec::new();
    for (key, pointer) in added {
        let fields = made_of_edit(event, &pointer);
        let kept: Vec<usize> = fields.iter().copied().filter(leaves).collect();
        out.values += 1;
        match (fields.is_empty(), kept.is_empty()) {
            (true, _) => lacking.push(key),
            (false, true) => out.withheld += 1,
            (false, false) => out.arriving += 1,
        }
        indices.extend(kept);
    }
    indices.sort_unstable();
    indices.dedup();
    out.fields = indices
        .into_iter()
        .map(|index| event.fields[index].pointer())
        .collect();
    // They are in reading order.
    let is_around = |member: &Value<'_>| {
        let first = reached.partition_point(|id| *id < member.id());
        reached.get(first).is_some_and(|id| is_within(*id, *member))
    };
    let members = container.children().filter(|_| !is_whole);
    out.missing = members
        .filter(|member| !is_around(member))
        .map(|member| match member.key() {
            Some(key) => key.into_owned(),
            None => member.ordinal().to_string(),
        })
        .chain(lacking)
        .collect();
    out
}

/// The outermost values in a container that became fields, with those fields, in reading order. What an edit
/// replaced counts by what stands there now.
fn outermost<'c>(
    container: Value<'c>,
    event: &Event,
    ledger: &Ledger<'_>,
) -> Vec<(Value<'c>, Vec<usize>)> {
    let document = container.document();
    let replaced = ledger.edited_away.iter().map(|id| {
        let pointer = document.at(*id).pointer();
        (*id, made_of_edit(event, &pointer))
    });
    let around = std::iter::successors(container.parent(), |value| value.parent());
    let around = around.filter_map(|value| ledger.marks.get_key_value(&value.id()));
    let inside = ledger.marks.range(nodes_of(container));
    let marked = around.chain(inside).map(|(id, marks)| {
        let marks: &[&Mark] = marks;
        (*id, became(marks).collect::<Vec<usize>>())
    });
    let mut found: Vec<(NodeId, Vec<usize>)> = replaced.chain(marked).collect();
    found.retain(|(_, fields)| !fields.is_empty());
    found.sort_by_key(|(id, _)| id.index());
    let mut out: Vec<(Value<'c>, Vec<usize>)> = Vec::new();
    for (id, fields) in found {
        // A value that arrived as part of what is around the container arrives as a whole.
        let around = std::iter::successors(Some(container), |value| value.parent());
        let value = if around.map(|value| value.id()).any(|around| around == id) {
            container
        } else if is_within(id, container) {
            document.at(id)
        } else {
            continue;
        };
        match out.last_mut() {
            Some((outer, of_outer)) if is_within(value.id(), *outer) => of_outer.extend(fields),
            _ => out.push((value, fields)),
        }
    }
    out
}

/// The fields that what an edit made at a pointer became.
fn made_of_edit(event: &Event, pointer: &str) -> Vec<usize> {
    let is_source = |source: &Source| matches!(source, Source::Edit(at) if at == pointer);
    let made = event.fields.iter().enumerate().filter(|(_, field)| {
        let sources = &field.provenance.sources;
        sources.iter().any(is_source)
    });
    made.map(|(index, _)| index).collect()
}

/// What edits added within a container, which its document does not hold: key and pointer of each.
fn added_within(container: Value<'_>, mapped: &Mapped) -> Vec<(String, String)> {
    let metadata = &mapped.metadata;
    let of_request = [
        ("user", metadata.user_pointer(), &metadata.user),
        (
            "session_id",
            metadata.session_pointer(),
            &metadata.session_id,
        ),
    ];
    let of_request = of_request.into_iter().filter(|(_, _, field)| {
        let is_set = field
            .value
            .as_ref()
            .is_some_and(|value| value.as_str() != "\"\"");
        is_set && field.edited && field.source.is_none()
    });
    let of_trace = metadata.trace.iter();
    let of_trace = of_trace.filter(|entry| entry.edited && entry.source.is_none());
    let all = of_request
        .map(|(key, pointer, _)| (key.to_owned(), pointer.to_owned()))
        .chain(of_trace.map(|entry| (entry.key.clone(), metadata.key_pointer(&entry.key))));
    let mut all = all.peekable();
    if all.peek().is_none() {
        return Vec::new();
    }
    let own = container.pointer();
    all.filter(|(_, pointer)| is_below(pointer, &own)).collect()
}

/// Whether a pointer is that of something within what another one stands for.
fn is_below(pointer: &str, around: &str) -> bool {
    pointer.len() > around.len() && pointer::is_within(pointer, around)
}

/// How many values a value holds, itself where it holds none.
fn values_in(value: Value<'_>) -> usize {
    if value.is_leaf() {
        return 1;
    }
    value.descendants().filter(|value| value.is_leaf()).count()
}
