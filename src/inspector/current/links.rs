//! How the two trees belong together: the sources of an event's row, what became of a source, and the way from one to
//! the other.

use std::collections::HashSet;

use super::Current;
use super::rows::{CompletionRow, EventRow, Fold};
use crate::event::Field;
use crate::event::privacy::Privacy;
use crate::json::{NodeId, Value, pointer};
use crate::mapping::{self, Fate};

impl Current {
    /// The field of an event row.
    pub fn field(&self, row: &EventRow) -> Option<&Field> {
        self.mapped.event()?.fields.get(row.field?)
    }

    /// Source pointers of an event row, the value's place within a trace value included.
    pub fn sources_of(&self, row: &EventRow) -> Vec<String> {
        let field = self.field(row);
        field.map_or_else(Vec::new, |field| self.sources_below(field, &row.pointer))
    }

    /// The first of them.
    pub fn first_source_of(&self, row: &EventRow) -> Option<String> {
        let field = self.field(row)?;
        let below = &row.pointer[field.pointer().len().min(row.pointer.len())..];
        let source = field.provenance.sources.first()?;
        Some(source.pointer(self.completion.document()) + below)
    }

    /// Source pointers of the field that has a pointer of the event, in sight or not.
    pub fn sources_at(&self, at: &str) -> Vec<String> {
        let field = self.field_at(at);
        field.map_or_else(Vec::new, |field| self.sources_below(field, at))
    }

    /// The field that has a pointer of the event, or a part of it.
    pub fn field_at(&self, at: &str) -> Option<&Field> {
        let index = pointer::upwards(at).find_map(|at| self.fields.get(at))?;
        self.mapped.event()?.fields.get(*index)
    }

    fn sources_below(&self, field: &Field, at: &str) -> Vec<String> {
        let below = &at[field.pointer().len().min(at.len())..];
        let doc = self.completion.document();
        let sources = field.provenance.sources.iter();
        sources.map(|source| source.pointer(doc) + below).collect()
    }

    /// What became of the value in a source row.
    pub fn fate(&self, row: &CompletionRow, mode: Privacy) -> Fate {
        match row {
            CompletionRow::Node { id, .. } => self.fate_of_node(*id, mode),
            CompletionRow::Added { pointer, .. } => self.fate_of_edit(pointer),
            CompletionRow::Unused { .. } => {
                Fate::Dropped("no field of the event is made of these values")
            }
        }
    }

    /// The same of a value of the completion, whether its row is open or not.
    pub fn fate_of_node(&self, id: NodeId, mode: Privacy) -> Fate {
        match self.edited_value(id) {
            Some(Some(_)) => self.fate_of_edit(&self.completion.document().at(id).pointer()),
            _ => mapping::fate(&self.completion, &self.mapped, id, mode),
        }
    }

    /// The line for a source row: what became of its value, and of a container how much of it arrives.
    pub fn fate_line(&self, row: &CompletionRow, mode: Privacy) -> String {
        let fate = self.fate(row, mode);
        // What edits made of what is in a container is known by its contents alone.
        let contents = match row {
            CompletionRow::Node { id, .. } => {
                mapping::contents(&self.completion, &self.mapped, *id, mode)
            }
            _ => None,
        };
        let is_told = matches!(fate, Fate::Became(_) | Fate::Withheld(_) | Fate::Holds(_));
        let contents = contents.filter(|contents| is_told || contents.arriving > 0);
        contents.map_or_else(|| fate.says(), |contents| contents.says())
    }

    /// What became of each leaf of the completion, as [`Current::fate`] has it, in reading order.
    pub fn fates(&self, mode: Privacy) -> impl Iterator<Item = (Value<'_>, Fate)> {
        let metadata = &self.mapped.metadata;
        let fields = [&metadata.user, &metadata.session_id].into_iter();
        let fields = fields.filter(|field| field.edited && field.value.is_some());
        let entries = metadata.trace.iter().filter(|entry| entry.edited);
        let sources = fields
            .map(|field| field.source)
            .chain(entries.map(|entry| entry.source));
        let edited: HashSet<NodeId> = sources.flatten().collect();
        let fates = mapping::fates(&self.completion, &self.mapped, mode);
        fates.map(move |(value, fate)| match edited.contains(&value.id()) {
            true => (value, self.fate_of_edit(&value.pointer())),
            false => (value, fate),
        })
    }

    /// What became of a value that an edit made.
    pub fn fate_of_edit(&self, pointer: &str) -> Fate {
        mapping::fate_of_edit(&self.mapped, pointer)
    }

    /// Source nodes and edited pointers that the event row under the cursor came from.
    pub fn lit_sources(&self) -> (HashSet<NodeId>, HashSet<String>) {
        let pointers = self
            .event_row()
            .map(|row| self.sources_of(row))
            .unwrap_or_default();
        let doc = self.completion.document();
        let nodes = pointers.iter().filter_map(|at| Some(doc.resolve(at)?.id()));
        (nodes.collect(), pointers.iter().cloned().collect())
    }

    /// Event pointers that the source row under the cursor went into.
    pub fn lit_event(&self, mode: Privacy) -> Vec<String> {
        match self.source_row().map(|row| self.fate(row, mode)) {
            Some(Fate::Became(fields) | Fate::Withheld(fields)) => fields,
            Some(Fate::Superseded { field, .. } | Fate::Shadowed(field)) => vec![field],
            _ => Vec::new(),
        }
    }

    /// Moves the completion's cursor to a pointer, opening what is around it. What an edit made has no
    /// row for each of its parts, so the nearest row around does as well.
    pub fn go_to_source(&mut self, to: &str, mode: Privacy) -> bool {
        let doc = self.completion.document();
        if let Some((at, value)) = pointer::upwards(to).find_map(|at| Some((at, doc.resolve(at)?)))
        {
            // Rows that edits added stand within the value, which has to be open for them.
            let own = (at != to).then_some(value);
            let around = std::iter::successors(value.parent(), |value| value.parent());
            let around: Vec<Value<'_>> = around.collect();
            let mut opened: Vec<Fold> = own
                .into_iter()
                .chain(around.iter().copied())
                .map(|value| Fold::Container(value.id()))
                .collect();
            if let Some(mattering) = &self.mattering {
                let folded = std::iter::once(value).chain(around.iter().copied());
                let folded = folded.filter(|value| mattering.folds(*value));
                let holders = folded.filter_map(|value| value.parent());
                opened.extend(holders.map(|holder| Fold::Unused(holder.id())));
            }
            for fold in opened {
                self.source.closed_mut().remove(&fold);
            }
            self.rebuild(mode);
        }
        let row = pointer::upwards(to).find_map(|at| self.row_of_source(at));
        self.source.cursor.row = row.unwrap_or(self.source.cursor.row);
        row.is_some()
    }

    /// Moves the event's cursor to a pointer, opening what is around it.
    pub fn go_to_event(&mut self, at: &str, mode: Privacy) -> bool {
        let closed = self.event.closed_mut();
        closed.retain(|closed| !(pointer::is_within(at, closed) && closed != at));
        self.rebuild(mode);
        self.event.go_to(|row| row.pointer == at)
    }

    /// Whether the event has a value at a pointer, in sight or not.
    pub fn has_event_pointer(&self, at: &str, mode: Privacy) -> bool {
        let all = self.event_rows(mode, &HashSet::new());
        all.iter().any(|row| row.pointer == at)
    }
}
