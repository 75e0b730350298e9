//! What is stored of an event, as the readers answer it, in the names of the event that was sent.

use std::collections::HashMap;

use super::Reader;
use crate::event::Section;
use crate::json::{Document, JsonText, Kind, Limits, Value, quote};

/// A stored event.
#[derive(Debug, Clone, Default)]
pub struct StoredEvent {
    /// Who answered; none where nobody did.
    pub reader: Option<Reader>,
    /// Whether it was merged into a run that another event's values stand in.
    pub is_merged: bool,
    /// What else there is to know of how it is shown.
    pub remarks: Vec<&'static str>,
    fields: Vec<(Section, String, JsonText)>,
    /// Where each stands among them.
    places: HashMap<(Section, String), usize>,
}

impl StoredEvent {
    fn of(reader: Reader) -> StoredEvent {
        StoredEvent {
            reader: Some(reader),
            ..StoredEvent::default()
        }
    }

    /// Takes a value; of several with one key the last one counts.
    fn put(&mut self, section: Section, key: &str, value: JsonText) {
        let place = self.places.entry((section, key.to_owned()));
        let place = *place.or_insert(self.fields.len());
        match self.fields.get_mut(place) {
            Some(field) => field.2 = value,
            None => self.fields.push((section, key.to_owned(), value)),
        }
    }

    /// Takes a value from under another name; `null` is none.
    fn take(&mut self, section: Section, key: &str, from: Option<Value<'_>>) {
        if let Some(value) = from.filter(|value| !value.is_null()) {
            self.put(section, key, value.canonical());
        }
    }

    fn take_properties(&mut self, properties: Option<Value<'_>>) {
        let object = properties.filter(|value| value.kind() == Kind::Object);
        for member in object.iter().flat_map(|object| object.children()) {
            let key = member.key().unwrap_or_default();
            self.put(Section::Properties, &key, member.canonical());
        }
    }

    /// A field's value.
    pub fn get(&self, section: Section, key: &str) -> Option<&JsonText> {
        let place = self.places.get(&(section, key.to_owned()))?;
        self.fields.get(*place).map(|(_, _, value)| value)
    }

    /// Every field: its section, its key and its value.
    pub fn fields(&self) -> impl Iterator<Item = (&Section, &String, &JsonText)> {
        self.fields
            .iter()
            .map(|(section, key, value)| (section, key, value))
    }
}

/// An event as Raindrop's Query API answers it: an item of a list, or what stands under `data`. None for anything else.
pub fn of_query(reader: Reader, data: Value<'_>) -> Option<StoredEvent> {
    data.get("id").and_then(Value::str)?;
    let mut stored = StoredEvent::of(reader);
    let names = [
        (Section::Top, "event_id", "id"),
        (Section::Top, "event", "event_name"),
        (Section::Top, "user_id", "user_id"),
        (Section::Top, "timestamp", "timestamp"),
        (Section::AiData, "convo_id", "convo_id"),
        (Section::AiData, "input", "user_input"),
        (Section::AiData, "output", "assistant_output"),
        (Section::AiData, "model", "model"),
        (Section::Top, "feature_flags", "feature_flags"),
    ];
    for (section, key, name) in names {
        stored.take(section, key, data.get(name));
    }
    if let Some(attachments) = attachments(data) {
        stored.put(Section::Top, "attachments", attachments);
    }
    stored.take_properties(data.get("properties"));
    Some(stored)
}

/// The attachments of both lists as one, in the names of the event that was sent.
fn attachments(data: Value<'_>) -> Option<JsonText> {
    let names = [
        ("type", "attachment_type"),
        ("value", "value"),
        ("name", "name"),
        ("attachment_id", "attachment_id"),
        ("language", "language"),
    ];
    let lists = [
        ("input", "input_attachments"),
        ("output", "output_attachments"),
    ];
    let mut all = Vec::new();
    for (role, list) in lists {
        let list = data.get(list).filter(|list| list.kind() == Kind::Array);
        for attachment in list.iter().flat_map(|list| list.children()) {
            let mut parts = vec![format!("\"role\":\"{role}\"")];
            for (key, name) in names {
                let value = attachment.get(name).filter(|value| !value.is_null());
                parts
                    .extend(value.map(|value| format!("\"{key}\":{}", value.canonical().as_str())));
            }
            all.push(format!("{{{}}}", parts.join(",")));
        }
    }
    match all.is_empty() {
        true => None,
        false => JsonText::parse(&format!("[{}]", all.join(","))).ok(),
    }
}

/// An event in a Workshop's answer to `GET /api/runs/detail/…`. None where the answer is no run.
pub fn of_workshop(event_id: &str, detail: Value<'_>) -> Option<StoredEvent> {
    let run = detail.get("run").filter(|run| run.kind() == Kind::Object)?;
    let mut stored = StoredEvent::of(Reader::Workshop);
    let own_span = format!("evt_{event_id}");
    let spans = detail.get("spans");
    let spans: Vec<Value<'_>> = spans.iter().flat_map(|spans| spans.children()).collect();
    let is = |value: Option<Value<'_>>, text: &str| {
        value
            .and_then(Value::str)
            .is_some_and(|value| value == text)
    };
    let span = spans.iter().find(|span| is(span.get("id"), &own_span));
    // A Workshop of the documented shape alone names no spans: the only one is the event's.
    let span = match (span, spans.as_slice()) {
        (None, [only]) if only.get("id").is_none() => Some(only),
        (span, _) => span,
    };
    let is_own_run = is(run.get("event_id"), event_id);
    stored.is_merged = !is_own_run;
    if is_own_run || span.is_some() {
        stored.put(Section::Top, "event_id", JsonText::string(event_id));
    }
    stored.take(Section::Top, "event", run.get("event_name"));
    stored.take(Section::Top, "user_id", run.get("user_id"));
    stored.take(Section::AiData, "convo_id", run.get("convo_id"));
    // Without text there is no span, and the run has the model's name.
    let model = span.and_then(|span| span.get_some("model"));
    stored.take(Section::AiData, "model", model.or_else(|| run.get("name")));
    for (key, name) in [("input", "input_payload"), ("output", "output_payload")] {
        stored.take(Section::AiData, key, span.and_then(|span| span.get(name)));
    }
    let metadata = run.get("metadata");
    let text = metadata.and_then(Value::str);
    let parsed =
        text.and_then(|text| Document::parse(text.as_ref().into(), Limits::default()).ok());
    stored.take_properties(parsed.as_ref().map(Document::root).or(metadata));
    stored
        .remarks
        .extend(match (span.is_some(), spans.is_empty()) {
            (true, _) => None,
            (false, true) => {
                Some("it has no text, so the Workshop shows \"Waiting for events\" in its place")
            }
            (false, false) => {
                Some("it has no text, and the Workshop shows that of another event of its run")
            }
        });
    if stored.is_merged {
        stored.remarks.push(
            "the Workshop merged it with other events of its trace_id; what a run has once is of the latest",
        );
    }
    Some(stored)
}

/// The question for the runs that a Workshop keeps under an event's id.
pub fn workshop_query(event_id: &str) -> String {
    let sql = format!(
        "select id from runs where event_id='{}'",
        event_id.replace('\'', "''")
    );
    format!("{{\"sql\":{}}}", quote(&sql))
}
