//! The metadata a request carries for tracing, with the user's edits laid over it.

use std::collections::HashMap;

use super::load::ROOT_NAME;
use super::{Completion, Edit, Edits, request_member};
use crate::completion::generation_id;
use crate::json::{JsonText, Kind, NodeId, Value, pointer};

/// The trace name of a request that gives none.
pub const DEFAULT_TRACE_NAME: &str = "OpenRouter Request";
/// What stands before a trace key among a delivery's attributes.
const DELIVERED_KEY: &str = "trace.metadata.";

/// `request.user` or `request.session_id` as it stands after the edits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestField {
    /// The value, any JSON; only a string that is not empty is used by the mapping.
    pub value: Option<JsonText>,
    /// Where it stands in the completion, edited or not.
    pub source: Option<NodeId>,
    /// Whether an edit made or removed the value.
    pub edited: bool,
}

impl RequestField {
    fn of(value: Option<Value<'_>>) -> RequestField {
        value.map_or_else(RequestField::default, |value| RequestField {
            value: Some(value.canonical()),
            source: Some(value.id()),
            edited: false,
        })
    }
}

/// One key of `request.trace` as it stands after the edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataEntry {
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
    pub user: RequestField,
    /// `request.session_id`
    pub session_id: RequestField,
    /// The keys of `request.trace`, in the order in which they were written.
    pub trace: Vec<MetadataEntry>,
    /// `request.trace` where it is no object, and so carries no keys.
    pub misshapen: Option<NodeId>,
    /// Whether all of this comes from a delivery's attributes, there being no request.
    pub is_delivered: bool,
    pub(crate) in_extra_body: InExtraBody,
}

/// Which of the three stand in the request's `extra_body`, see [`request_member`]; what stands nowhere would stand in the
/// request itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct InExtraBody {
    user: bool,
    session_id: bool,
    trace: bool,
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
            return completion
                .delivery()
                .map(TraceMetadata::delivered)
                .unwrap_or_default();
        };
        let field = |key| RequestField::of(request_member(request, key));
        let extra = request.get_some("extra_body");
        let is_in_extra = |key| extra.is_some_and(|extra| extra.get_some(key).is_some());
        let mut metadata = TraceMetadata {
            user: field("user"),
            session_id: field("session_id"),
            in_extra_body: InExtraBody {
                user: is_in_extra("user"),
                session_id: is_in_extra("session_id"),
                trace: is_in_extra("trace"),
            },
            ..TraceMetadata::default()
        };
        match request_member(request, "trace") {
            Some(trace) if trace.kind() == Kind::Object => {
                let key = |member: Value| member.key().unwrap_or_default().into_owned();
                metadata.trace = entries(trace.children().map(|member| (key(member), member)));
            }
            Some(other) => metadata.misshapen = Some(other.id()),
            None => {}
        }
        metadata
    }

    /// Reads what a delivery tells of the request's metadata.
    ///
    /// `generation_name` and `parent_span_id` became the root span's own name and parent, and
    /// `trace_name` the attribute `trace.name`; `span_name` is not delivered. OpenRouter puts its own
    /// keys among the user's, under `openrouter.` and a few fixed names.
    pub(crate) fn delivered(delivery: Value<'_>) -> TraceMetadata {
        let attribute = |key| {
            let attributes = delivery.get("attributes")?;
            attributes.get_some(key)
        };
        let mut metadata = TraceMetadata {
            user: RequestField::of(attribute("user.id")),
            session_id: RequestField::of(attribute("session.id")),
            is_delivered: true,
            ..TraceMetadata::default()
        };
        let attributes = delivery.get("attributes");
        let members = attributes.into_iter().flat_map(Value::children);
        metadata.trace = entries(members.filter_map(|member| {
            let key = member.key()?;
            let key = key.strip_prefix(DELIVERED_KEY)?;
            (!is_openrouters(key)).then(|| (key.to_owned(), member))
        }));
        let is_text = |value: &Value, default: &str| {
            value.non_empty_str().is_some_and(|text| text != default)
        };
        let id = attribute("gen_ai.response.id").and_then(Value::str);
        let resource = delivery.get("resource");
        // Where the request gave no `trace_id`, the generation's own id stands there.
        let is_given = |value: &Value| match &id {
            Some(_) => value.str() != id,
            None => value
                .str()
                .is_some_and(|text| !generation_id::is_one(&text)),
        };
        let own_trace_id = resource
            .and_then(|resource| resource.get("openrouter.trace.id"))
            .filter(is_given);
        let told = [
            ("trace_id", own_trace_id, ""),
            ("trace_name", attribute("trace.name"), DEFAULT_TRACE_NAME),
            ("generation_name", delivery.get("name"), ROOT_NAME),
            ("parent_span_id", delivery.get("parentSpanId"), ""),
        ];
        for (key, value, default) in told {
            if let Some(value) = value.filter(|value| is_text(value, default))
                && metadata.position(key).is_none()
            {
                metadata.trace.extend(entries([(key.to_owned(), value)]));
            }
        }
        metadata
    }

    /// RFC 6901 pointer of the user, whether it is there or not.
    pub const fn user_pointer(&self) -> &'static str {
        match (self.is_delivered, self.in_extra_body.user) {
            (true, _) => "/delivery/attributes/user.id",
            (false, true) => "/request/extra_body/user",
            (false, false) => "/request/user",
        }
    }

    /// RFC 6901 pointer of the session, whether it is there or not.
    pub const fn session_pointer(&self) -> &'static str {
        match (self.is_delivered, self.in_extra_body.session_id) {
            (true, _) => "/delivery/attributes/session.id",
            (false, true) => "/request/extra_body/session_id",
            (false, false) => "/request/session_id",
        }
    }

    /// RFC 6901 pointer at which a trace key stands, or would.
    pub fn key_pointer(&self, key: &str) -> String {
        if self.is_delivered {
            pointer::join("/delivery/attributes", &format!("{DELIVERED_KEY}{key}"))
        } else {
            pointer::join(self.trace_pointer(), key)
        }
    }

    /// RFC 6901 pointer of the object that holds the trace's keys, whether it is there or not. A delivery has none.
    pub const fn trace_pointer(&self) -> &'static str {
        match self.in_extra_body.trace {
            true => "/request/extra_body/trace",
            false => "/request/trace",
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.trace.iter().position(|entry| entry.key == key)
    }

    /// The entry of a trace key.
    pub fn entry(&self, key: &str) -> Option<&MetadataEntry> {
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
            Edit::Together(steps) => steps.iter().for_each(|step| self.apply(step)),
            Edit::ReplaceTrace(entries) => {
                let before = std::mem::take(&mut self.trace);
                self.misshapen = None;
                // A key stands there once.
                let known = before.iter().map(|entry| (entry.key.as_str(), entry));
                let known: HashMap<&str, &MetadataEntry> = known.collect();
                let mut places: HashMap<&str, usize> = HashMap::new();
                for (key, value) in entries {
                    let same = known
                        .get(key.as_str())
                        .filter(|entry| entry.value == *value);
                    let made = same.map_or_else(
                        || MetadataEntry {
                            key: key.clone(),
                            value: value.clone(),
                            source: None,
                            edited: true,
                        },
                        |entry| MetadataEntry::clone(entry),
                    );
                    // Of a key that is written twice the last value counts, as in JSON.
                    match places.get(key.as_str()) {
                        Some(at) => self.trace[*at] = made,
                        None => {
                            places.insert(key, self.trace.len());
                            self.trace.push(made);
                        }
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
            None => self.trace.push(MetadataEntry {
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

/// Whether a delivery's key behind `trace.metadata.` is OpenRouter's and not the user's.
pub(crate) fn is_openrouters(key: &str) -> bool {
    ["openrouter.", "openrouter_generation."]
        .iter()
        .any(|prefix| key.starts_with(prefix))
        || key == "provider_responses"
}

/// Entries as they were found; of a key that is there twice, the later value at the earlier place.
fn entries<'d>(found: impl IntoIterator<Item = (String, Value<'d>)>) -> Vec<MetadataEntry> {
    /// So many are looked through one by one.
    const FEW: usize = 16;
    let mut out: Vec<MetadataEntry> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (key, value) in found {
        let place = match out.len() {
            0..FEW => out.iter().position(|entry| entry.key == key),
            FEW.. => {
                if places.is_empty() {
                    let known = out.iter().enumerate();
                    places.extend(known.map(|(at, entry)| (entry.key.clone(), at)));
                }
                let at = *places.entry(key.clone()).or_insert(out.len());
                (at < out.len()).then_some(at)
            }
        };
        let entry = MetadataEntry {
            key,
            value: value.canonical(),
            source: Some(value.id()),
            edited: false,
        };
        match place {
            Some(place) => out[place] = entry,
            None => out.push(entry),
        }
    }
    out
}

fn edit_field(field: &mut RequestField, text: Option<&str>) {
    let value = text.map(JsonText::string);
    field.edited |= field.value != value;
    field.value = value;
}
