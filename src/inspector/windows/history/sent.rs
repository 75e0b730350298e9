//! Which completion a delivery of the history was made of, and how it was edited then.

use crate::completion::{Completion, Edit, Edits};
use crate::delivery::history::StoredDelivery;
use crate::event::{Event, Section};
use crate::inspector::{Command, Model};
use crate::json::{Document, JsonText, Value};
use crate::mapping;
use crate::mapping::rules::is_system_property;

/// What a body says of the completion that it was made of, whatever was edited.
const SAID: [&str; 3] = ["input", "model", "output"];

impl Model {
    /// Where the completion stands that a delivery was made of, or why that can't be told. A name alone is no proof.
    pub(super) fn sent_completion(&mut self, stored: &StoredDelivery) -> Result<usize, String> {
        let name = &stored.record.name;
        let places: Vec<usize> = self.library.named(name).collect();
        if places.is_empty() {
            return Err(format!(
                "\"{name}\" is not loaded: open the file it came from, then press {} again",
                self.keymap.shown(Command::EditSent)
            ));
        }
        let is_one = places.len() == 1;
        let Some(body) = &stored.body else {
            // Of what was sent there is a digest.
            let mut made = places.iter().copied();
            let same = made.find(|place| self.made_again_of(stored, *place).is_some());
            return same.or(places.first().copied().filter(|_| is_one)).ok_or_else(|| {
                format!(
                    "what was sent is not kept, and {} completions are called \"{name}\": which of them it was can't be told",
                    places.len()
                )
            });
        };
        let text = String::from_utf8_lossy(body);
        let doc = Document::parse(text.as_ref().into(), Default::default()).ok();
        let sent = doc.as_ref().map(Document::root);
        let sent = sent.map(|root| root.item(0).unwrap_or(root));
        let mut fits: Vec<(bool, usize)> = Vec::new();
        for place in places {
            let Some(completion) = self.completion_at(place) else {
                continue;
            };
            let mapped = mapping::map(&completion, &Edits::none(), &self.context);
            let well = mapped
                .event()
                .zip(sent)
                .map(|(event, sent)| fit(event, sent));
            if let Some(is_same_trace) = well.flatten() {
                fits.push((is_same_trace, place));
            }
        }
        // Those with the trace id that was sent go before those that were given another one since.
        if fits.iter().any(|(is_same_trace, _)| *is_same_trace) {
            fits.retain(|(is_same_trace, _)| *is_same_trace);
        }
        match *fits {
            [(_, place)] => Ok(place),
            [] => Err(format!(
                "\"{name}\" that is loaded is another completion than the one that was sent; open the file it came from"
            )),
            [..] => Err(format!(
                "{} completions are called \"{name}\" and are alike: which of them was sent can't be told",
                fits.len()
            )),
        }
    }
}

/// Whether a body may have been made of the completion that makes this event, and if so whether they have one trace id.
/// What privacy mode kept back says nothing.
fn fit(event: &Event, sent: Value<'_>) -> Option<bool> {
    let is_same = |section, key: &str, value: Option<Value<'_>>| {
        let field = event.field(section, key).map(|field| &field.value);
        value.is_none_or(|value| field == Some(&value.canonical()))
    };
    let data = sent.get("ai_data");
    let mut said = SAID.iter();
    if !said.all(|key| is_same(Section::AiData, key, data.and_then(|data| data.get(key)))) {
        return None;
    }
    let trace_id = sent.get("properties").and_then(|own| own.get("trace_id"));
    let is_generation = |id: &str| id.starts_with("gen-");
    let own = event.field(Section::Properties, "trace_id");
    let own = own.and_then(|field| field.value.str());
    let of_body = trace_id.and_then(Value::str);
    match (own, of_body) {
        (Some(own), Some(of_body)) if own == of_body => Some(true),
        // Two generations are two completions.
        (Some(own), Some(of_body)) if is_generation(&own) && is_generation(&of_body) => None,
        _ => Some(false),
    }
}

/// The edits that make the completion's trace what a body has.
pub(super) fn edits_of(completion: &Completion, body: &[u8], context: &mapping::Context) -> Edits {
    let mapped = mapping::map(completion, &Edits::none(), context);
    let text = String::from_utf8_lossy(body);
    let doc = Document::parse(text.as_ref().into(), Default::default());
    let (Some(event), Ok(doc)) = (mapped.event(), doc) else {
        return Edits::none();
    };
    let root = doc.root();
    let sent = root.item(0).unwrap_or(root);
    let mut edits = Vec::new();
    let differs = |section, key: &str, value: &JsonText| {
        event.field(section, key).map(|field| &field.value) != Some(value)
    };
    let text = |value: Option<crate::json::Value<'_>>| value.map(|value| value.canonical());
    if let Some(user) = text(sent.get("user_id"))
        && differs(Section::Top, "user_id", &user)
    {
        edits.push(Edit::User(user.str().map(Into::into)));
    }
    match text(sent.get("ai_data").and_then(|data| data.get("convo_id"))) {
        Some(session) if differs(Section::AiData, "convo_id", &session) => {
            edits.push(Edit::SessionId(session.str().map(Into::into)));
        }
        None if mapped.metadata.session_id.value.is_some() => edits.push(Edit::SessionId(None)),
        _ => {}
    }
    let properties = sent.get("properties");
    for member in properties.iter().flat_map(|object| object.children()) {
        let (Some(key), value) = (member.key(), member.canonical()) else {
            continue;
        };
        // What OpenRouter itself puts there, no edit can.
        let is_own = !key.starts_with('$') && !is_system_property(&key);
        if is_own && differs(Section::Properties, &key, &value) {
            edits.push(Edit::SetKey {
                key: key.into_owned(),
                value,
            });
        }
    }
    // What was taken away before it was sent. A key that the event has another value for stays where it is.
    let has = |key: &str| properties.and_then(|object| object.get(key)).is_some();
    for entry in &mapped.metadata.trace {
        if !has(&entry.key) && event.field(Section::Properties, &entry.key).is_some() {
            edits.push(Edit::RemoveKey(entry.key.clone()));
        }
    }
    edits.into_iter().collect()
}
