//! The two trees as flat arrays of rows: a huge document costs only the rows that are open.

use std::collections::HashSet;

use crate::completion::{Completion, TraceMetadata};
use crate::event::privacy::Outbound;
use crate::event::wire::Route;
use crate::event::{Field, Section};
use crate::inspector::ui::tree::TreeRow;
use crate::json::{Document, JsonText, Kind, Limits, NodeId, Value};
use crate::mapping::{Mapped, UnknownField};

/// What can be closed in the completion's tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fold {
    /// A container.
    Container(NodeId),
    /// What goes nowhere in a container, where that has a row of its own.
    Unused(NodeId),
}

/// A row of the completion's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletionRow {
    /// A value of the completion.
    Node {
        /// Which one.
        id: NodeId,
        /// Containers around it, the document itself aside.
        depth: usize,
        /// Whether it is a container that holds something.
        is_container: bool,
    },
    /// A key that an edit added: `user`, `session_id` or a trace key, at this depth.
    Added {
        /// Where it would stand in the request.
        pointer: String,
        /// Its key.
        key: String,
        /// Its value.
        value: JsonText,
        /// Containers around it.
        depth: usize,
    },
    /// Stands for the values of a container that go nowhere, in presenter mode.
    Unused {
        /// The container.
        holder: NodeId,
        /// How many values they are, or hold.
        count: usize,
        /// Containers around them.
        depth: usize,
    },
}

impl TreeRow for CompletionRow {
    type Key = Fold;

    fn container(&self) -> Option<Fold> {
        match self {
            CompletionRow::Node {
                id,
                is_container: true,
                ..
            } => Some(Fold::Container(*id)),
            CompletionRow::Unused { holder, .. } => Some(Fold::Unused(*holder)),
            CompletionRow::Node { .. } | CompletionRow::Added { .. } => None,
        }
    }

    fn depth(&self) -> usize {
        match self {
            CompletionRow::Node { depth, .. }
            | CompletionRow::Added { depth, .. }
            | CompletionRow::Unused { depth, .. } => *depth,
        }
    }

    /// By the row itself, since keys that are given twice share a pointer.
    fn is_same(&self, other: &CompletionRow) -> bool {
        match (self, other) {
            (CompletionRow::Node { id, .. }, CompletionRow::Node { id: other, .. }) => id == other,
            (CompletionRow::Added { pointer, .. }, CompletionRow::Added { pointer: other, .. }) => {
                pointer == other
            }
            (CompletionRow::Unused { holder, .. }, CompletionRow::Unused { holder: other, .. }) => {
                holder == other
            }
            _ => false,
        }
    }
}

/// The rows of the completion's tree that are open, edits included.
pub fn source_rows(
    completion: &Completion,
    metadata: &TraceMetadata,
    closed: &HashSet<Fold>,
) -> Vec<CompletionRow> {
    let doc = completion.document();
    let mut rows = Vec::new();
    let mut next = Some(doc.root()).filter(|root| !root.is_empty());
    next = next.and_then(|root| root.children().next());
    let added = added_rows(completion, metadata);
    // Added rows are put at the end of the object that would hold them.
    let mut pending: Vec<(usize, Vec<CompletionRow>)> = Vec::new();
    while let Some(value) = next {
        while pending
            .last()
            .is_some_and(|(end, _)| value.id().index() >= *end)
        {
            rows.extend(pending.pop().into_iter().flat_map(|(_, rows)| rows));
        }
        rows.push(CompletionRow::Node {
            id: value.id(),
            depth: value.depth().saturating_sub(1),
            is_container: value.kind().is_container() && !value.is_empty(),
        });
        let is_open = value.kind().is_container() && !closed.contains(&Fold::Container(value.id()));
        if is_open {
            let own: Vec<CompletionRow> = added
                .iter()
                .filter(|(holder, _)| *holder == value.id())
                .map(|(_, row)| row.clone())
                .collect();
            if !own.is_empty() {
                let end = value.after().map_or(doc.len(), |after| after.id().index());
                pending.push((end, own));
            }
        }
        next = if is_open && !value.is_empty() {
            value.children().next()
        } else {
            value.after()
        };
    }
    while let Some((_, own)) = pending.pop() {
        rows.extend(own);
    }
    rows
}

/// Rows for what edits added, with the object that would hold each.
pub(super) fn added_rows(
    completion: &Completion,
    metadata: &TraceMetadata,
) -> Vec<(NodeId, CompletionRow)> {
    let mut out = Vec::new();
    let mut add = |holder: Option<Value<'_>>, pointer: String, key: String, value: &JsonText| {
        let Some(holder) = holder else { return };
        let row = CompletionRow::Added {
            pointer,
            key,
            value: value.clone(),
            depth: holder.depth(),
        };
        out.push((holder.id(), row));
    };
    let doc = completion.document();
    let around = |at: &str| doc.resolve(at.rsplit_once('/')?.0);
    for (name, pointer, field) in [
        ("user", metadata.user_pointer(), &metadata.user),
        (
            "session_id",
            metadata.session_pointer(),
            &metadata.session_id,
        ),
    ] {
        if let (None, Some(value)) = (field.source, &field.value) {
            add(around(pointer), pointer.to_owned(), name.to_owned(), value);
        }
    }
    let (trace, holder) = match metadata.is_delivered {
        true => (None, around(metadata.user_pointer())),
        false => (
            doc.resolve(metadata.trace_pointer()),
            around(metadata.trace_pointer()),
        ),
    };
    let trace = trace.filter(|trace| trace.kind() == Kind::Object);
    for entry in metadata.trace.iter().filter(|entry| entry.source.is_none()) {
        let key = match trace {
            Some(_) => entry.key.clone(),
            None => format!("trace.{}", entry.key),
        };
        add(
            trace.or(holder),
            metadata.key_pointer(&entry.key),
            key,
            &entry.value,
        );
    }
    out
}

/// Containers that are closed at first: those in which nothing arrives at the event and that would
/// take more than a few rows.
pub fn closed_at_first(completion: &Completion, mapped: &Mapped) -> HashSet<Fold> {
    const FEW: usize = 6;
    /// Levels of a completion without an event that are open at first: its parts, and what each holds.
    const OUTLINE: usize = 2;
    let doc = completion.document();
    let mut used = vec![false; doc.len()];
    for id in mapped.marked() {
        let mut at = Some(doc.at(id));
        while let Some(value) = at {
            if std::mem::replace(&mut used[value.id().index()], true) {
                break;
            }
            at = value.parent();
        }
    }
    // Where nothing makes an event, as of a request without its answer, the outline is what there is to see.
    let has_event = mapped.event().is_some();
    let depth =
        |value: &Value<'_>| std::iter::successors(value.parent(), |value| value.parent()).count();
    doc.root()
        .descendants()
        .filter(|value| value.kind().is_container() && !used[value.id().index()])
        .filter(|value| has_event || depth(value) > OUTLINE)
        .filter(|value| {
            let end = value.after().map_or(doc.len(), |after| after.id().index());
            let is_message = value.get("role").is_some();
            is_message || end - value.id().index() > FEW
        })
        .map(|value| Fold::Container(value.id()))
        .collect()
}

/// A row of the event's tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventRow {
    /// RFC 6901 pointer in the event.
    pub pointer: String,
    /// The last key of the pointer.
    pub key: String,
    /// Containers around it.
    pub depth: usize,
    /// The value of a leaf; containers have none.
    pub value: Option<JsonText>,
    /// Children of a container.
    pub children: usize,
    /// The event's field that it belongs to; none for `ai_data`, `properties` and `is_pending`.
    pub field: Option<usize>,
    /// Why its value is not known, where the real event has one and this one cannot.
    pub unknown: Option<&'static str>,
    /// Whether privacy mode keeps it back: it is no part of what leaves.
    pub is_kept_back: bool,
}

impl TreeRow for EventRow {
    type Key = String;

    fn container(&self) -> Option<String> {
        (self.children > 0).then(|| self.pointer.clone())
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn is_same(&self, other: &EventRow) -> bool {
        self.pointer == other.pointer
    }
}

/// The rows of the event as it leaves.
pub fn sent_rows(outbound: Outbound<'_>) -> Vec<EventRow> {
    rows_of(outbound, Vec::new(), &[], &HashSet::new())
}

/// The rows of the event without what is in closed containers. Besides what leaves there is, where it would
/// stand, what privacy mode keeps back; and what the real event has and this one cannot have, at the end of
/// what it belongs to.
pub fn event_rows(
    outbound: Outbound<'_>,
    unknown: &[UnknownField],
    closed: &HashSet<String>,
) -> Vec<EventRow> {
    rows_of(outbound, outbound.kept_back().collect(), unknown, closed)
}

fn rows_of(
    outbound: Outbound<'_>,
    kept_back: Vec<(usize, &Field)>,
    unknown: &[UnknownField],
    closed: &HashSet<String>,
) -> Vec<EventRow> {
    let sent = outbound.numbered_fields().map(|field| (field, false));
    let kept_back = kept_back.into_iter().map(|field| (field, true));
    let mut fields: Vec<((usize, &Field), bool)> = sent.chain(kept_back).collect();
    fields.sort_by_key(|((index, _), _)| *index);
    let mut rows = Vec::new();
    for section in [Section::Top, Section::AiData, Section::Properties] {
        let own: Vec<_> = fields
            .iter()
            .filter(|((_, field), _)| field.section == section)
            .collect();
        let depth = usize::from(section != Section::Top);
        if section != Section::Top {
            if own.is_empty() {
                continue;
            }
            let pointer = section.pointer().to_owned();
            let is_closed = closed.contains(&pointer);
            let sent = own.iter().filter(|(_, is_kept_back)| !is_kept_back).count();
            rows.push(EventRow {
                key: pointer[1..].to_owned(),
                pointer,
                depth: 0,
                value: None,
                children: if sent > 0 { sent } else { own.len() },
                field: None,
                unknown: None,
                is_kept_back: sent == 0,
            });
            if is_closed {
                continue;
            }
        }
        for ((index, field), is_kept_back) in own {
            let first = rows.len();
            field_rows(*index, field, depth, closed, &mut rows);
            for row in &mut rows[first..] {
                row.is_kept_back = *is_kept_back;
            }
        }
        let of_section = unknown.iter().filter(|field| section_of(field) == section);
        rows.extend(of_section.map(|field| unknown_row(field, depth)));
    }
    if Route::of(outbound) == Route::TrackPartial {
        rows.push(EventRow {
            pointer: "/is_pending".to_owned(),
            key: "is_pending".to_owned(),
            depth: 0,
            value: Some(JsonText::constant("false")),
            children: 0,
            field: None,
            unknown: None,
            is_kept_back: false,
        });
    }
    rows
}

/// The part of the event that a field would stand in.
fn section_of(field: &UnknownField) -> Section {
    let is_in = |section: &Section| {
        let below = field.pointer.strip_prefix(section.pointer());
        below.is_some_and(|below| below.starts_with('/'))
    };
    let sections = [Section::AiData, Section::Properties];
    sections.into_iter().find(is_in).unwrap_or(Section::Top)
}

fn unknown_row(field: &UnknownField, depth: usize) -> EventRow {
    let (_, key) = field.pointer.rsplit_once('/').unwrap_or_default();
    EventRow {
        pointer: field.pointer.to_owned(),
        key: key.to_owned(),
        depth,
        value: None,
        children: 0,
        field: None,
        unknown: Some(field.says),
        is_kept_back: false,
    }
}

fn field_rows(
    index: usize,
    field: &Field,
    depth: usize,
    closed: &HashSet<String>,
    rows: &mut Vec<EventRow>,
) {
    let pointer = field.pointer();
    let mut push = |pointer: String, key: String, depth, value: Option<JsonText>, children| {
        rows.push(EventRow {
            pointer,
            key,
            depth,
            value,
            children,
            field: Some(index),
            unknown: None,
            is_kept_back: false,
        });
    };
    let nested = field
        .value
        .kind()
        .is_container()
        .then(|| Document::parse(field.value.as_str().into(), Limits::default()).ok());
    let Some(Some(doc)) = nested else {
        push(
            pointer,
            field.key.clone().into_owned(),
            depth,
            Some(field.value.clone()),
            0,
        );
        return;
    };
    let mut next = Some(doc.root());
    while let Some(value) = next {
        let at = pointer.clone() + &value.pointer();
        let key = match value.key() {
            Some(key) => key.into_owned(),
            None if value.id() == NodeId::ROOT => field.key.clone().into_owned(),
            None => value.ordinal().to_string(),
        };
        let is_leaf = value.is_leaf();
        let is_closed = closed.contains(&at);
        let json = is_leaf.then(|| value.canonical());
        push(at, key, depth + value.depth(), json, value.len());
        next = if !is_leaf && !is_closed {
            value.children().next()
        } else {
            value.after()
        };
    }
}
