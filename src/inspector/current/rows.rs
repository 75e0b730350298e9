//! The two trees as flat arrays of rows: a huge document costs only the rows that are open.

use std::collections::HashSet;

use crate::completion::{Completion, TraceMetadata};
use crate::event::privacy::{self, Privacy};
use crate::event::wire::Route;
use crate::event::{Event, Field, Section};
use crate::json::{Document, JsonText, Kind, Limits, NodeId, Value};
use crate::mapping::Mapped;

/// A row of the completion's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletionRow {
    /// A value of the completion.
    Node(NodeId),
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
}

/// The rows of the completion's tree that are open, edits included.
pub fn source_rows(
    completion: &Completion,
    metadata: &TraceMetadata,
    closed: &HashSet<NodeId>,
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
        rows.push(CompletionRow::Node(value.id()));
        let is_open = value.kind().is_container() && !closed.contains(&value.id());
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
fn added_rows(completion: &Completion, metadata: &TraceMetadata) -> Vec<(NodeId, CompletionRow)> {
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
    let delivered = completion.delivery().and_then(|d| d.get("attributes"));
    let holder = match metadata.is_delivered {
        true => delivered,
        false => completion.request(),
    };
    for (name, pointer, field) in [
        ("user", metadata.user_pointer(), &metadata.user),
        (
            "session_id",
            metadata.session_pointer(),
            &metadata.session_id,
        ),
    ] {
        if let (None, Some(value)) = (field.source, &field.value) {
            add(holder, pointer.to_owned(), name.to_owned(), value);
        }
    }
    let trace = completion
        .request()
        .and_then(|request| request.get("trace"));
    let trace = trace.filter(|trace| trace.kind() == Kind::Object && !metadata.is_delivered);
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
pub fn closed_at_first(completion: &Completion, mapped: &Mapped) -> HashSet<NodeId> {
    const FEW: usize = 6;
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
    doc.root()
        .descendants()
        .filter(|value| value.kind().is_container() && !used[value.id().index()])
        .filter(|value| {
            let end = value.after().map_or(doc.len(), |after| after.id().index());
            let is_message = value.get("role").is_some();
            is_message || end - value.id().index() > FEW
        })
        .map(Value::id)
        .collect()
}

/// A row of the event's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// The rows of the event as it would be sent in a mode, without what is in closed containers.
pub fn event_rows(event: &Event, mode: Privacy, closed: &HashSet<String>) -> Vec<EventRow> {
    let outbound = privacy::apply(event, mode);
    let fields: Vec<(usize, &Field)> = event
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| mode == Privacy::Off || !field.is_text())
        .collect();
    let mut rows = Vec::new();
    for section in [Section::Top, Section::AiData, Section::Properties] {
        let own: Vec<_> = fields
            .iter()
            .filter(|(_, f)| f.section == section)
            .collect();
        let depth = usize::from(section != Section::Top);
        if section != Section::Top {
            if own.is_empty() {
                continue;
            }
            let pointer = section.pointer().to_owned();
            let is_closed = closed.contains(&pointer);
            rows.push(EventRow {
                key: pointer[1..].to_owned(),
                pointer,
                depth: 0,
                value: None,
                children: own.len(),
                field: None,
            });
            if is_closed {
                continue;
            }
        }
        for (index, field) in own {
            field_rows(*index, field, depth, closed, &mut rows);
        }
    }
    if Route::of(outbound) == Route::TrackPartial {
        rows.push(EventRow {
            pointer: "/is_pending".to_owned(),
            key: "is_pending".to_owned(),
            depth: 0,
            value: Some(JsonText::constant("false")),
            children: 0,
            field: None,
        });
    }
    rows
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
