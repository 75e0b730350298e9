//! The metadata a request carries for tracing, with the user's edits laid over it.

use super::{Completion, Edit, Edits};
use crate::json::{JsonText, Kind, NodeId};

/// `request.user` or `request.session_id` as it stands after the edits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// The value, any JSON; only a string that is not empty is used by the mapping.
    pub value: Option<JsonText>,
    /// Where it stands in the completion, edited or not.
    pub source: Option<NodeId>,
    /// Whether an edit made or removed the value.
    pub edited: bool,
}

/// One key of `request.trace` as it stands after the edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its value, any JSON.
    pub value: JsonText,
    /// Where it stands in the completion, if it came from there.
    pub source: Option<NodeId>,
    /// Whether an edit made the key or the value.
    pub edited: bool,
}

/// User, session and trace keys of a request after the edits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceMetadata {
    /// `request.user`
    pub user: Field,
    /// `request.session_id`
    pub session_id: Field,
    /// The keys of `request.trace`, in the order in which they were written.
    pub trace: Vec<Entry>,
    /// `request.trace` where it is no object, and so carries no keys.
    pub misshapen: Option<NodeId>,
}

impl TraceMetadata {
    /// Reads the metadata of a completion and applies the edits.
    pub fn of(completion: &Completion, edits: &Edits) -> TraceMetadata {
        let mut metadata = TraceMetadata::original(completion);
        for step in edits.steps() {
            metadata.apply(step);
        }
        metadata
    }

    fn original(completion: &Completion) -> TraceMetadata {
        let Some(request) = completion.request() else {
            return TraceMetadata::default();
        };
        let field = |key| {
            request
                .get_some(key)
                .map_or_else(Field::default, |value| Field {
                    value: Some(value.canonical()),
                    source: Some(value.id()),
                    edited: false,
                })
        };
        let mut metadata = TraceMetadata {
            user: field("user"),
            session_id: field("session_id"),
            ..TraceMetadata::default()
        };
        match request.get_some("trace") {
            Some(trace) if trace.kind() == Kind::Object => {
                for member in trace.children() {
                    let key = member.key().unwrap_or_default().into_owned();
                    let entry = Entry {
                        value: member.canonical(),
                        source: Some(member.id()),
                        edited: false,
                        key,
                    };
                    match metadata.position(&entry.key) {
                        Some(at) => metadata.trace[at] = entry,
                        None => metadata.trace.push(entry),
                    }
                }
            }
            Some(other) => metadata.misshapen = Some(other.id()),
            None => {}
        }
        metadata
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.trace.iter().position(|entry| entry.key == key)
    }

    /// The entry of a trace key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.trace.iter().find(|entry| entry.key == key)
    }

    fn apply(&mut self, step: &Edit) {
        match step {
            Edit::User(value) => edit_field(&mut self.user, value.as_deref()),
            Edit::SessionId(value) => edit_field(&mut self.session_id, value.as_deref()),
            Edit::SetKey { key, value } => self.set(key, value.clone()),
            Edit::RemoveKey(key) => self.trace.retain(|entry| entry.key != *key),
            Edit::RenameKey { from, to } => {
                if from != to && self.position(from).is_some() {
                    self.trace.retain(|entry| entry.key != *to);
                }
                if let Some(at) = self.position(from) {
                    self.trace[at].key.clone_from(to);
                    self.trace[at].edited = true;
                }
            }
            Edit::ReplaceTrace(entries) => {
                let before = std::mem::take(&mut self.trace);
                self.misshapen = None;
                for (key, value) in entries {
                    let same = before
                        .iter()
                        .find(|entry| entry.key == *key && entry.value == *value);
                    match same {
                        Some(entry) => self.trace.push(entry.clone()),
                        None => self.set(key, value.clone()),
                    }
                }
            }
        }
    }

    fn set(&mut self, key: &str, value: JsonText) {
        self.misshapen = None;
        match self.position(key) {
            Some(at) => {
                let entry = &mut self.trace[at];
                entry.edited |= entry.value != value;
                entry.value = value;
            }
            None => self.trace.push(Entry {
                key: key.to_owned(),
                value,
                source: None,
                edited: true,
            }),
        }
    }

    /// The metadata as the object one would put into a request, in canonical JSON.
    pub fn trace_json(&self) -> String {
        let mut out = String::from("{");
        for (index, entry) in self.trace.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&crate::json::quote(&entry.key));
            out.push(':');
            out.push_str(entry.value.as_str());
        }
        out.push('}');
        out
    }
}

fn edit_field(field: &mut Field, text: Option<&str>) {
    let value = text.map(JsonText::string);
    field.edited |= field.value != value;
    field.value = value;
}
