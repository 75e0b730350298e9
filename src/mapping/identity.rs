//! Event ids: stable for a generation, so that sending the same completion twice is idempotent.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::parts::Parts;
use super::reading::Reading;
use super::reading::delivery::Delivered;
use super::rules::EVENT_ID;
use crate::completion::Completion;
use crate::completion::generation_id;
use crate::event::{Event, Provenance, Section};
use crate::json::{JsonText, Value, write_compact};

/// The namespace of rainscope's event ids (assumed).
pub const NAMESPACE: Uuid = Uuid::from_u128(0x6b6f1e5a_4f0e_5d0f_9f6a_3f1f8f1c2a77);

/// The id for a generation id.
pub fn of_generation(id: &str) -> String {
    Uuid::new_v5(&NAMESPACE, id.as_bytes()).to_string()
}

/// The id of the generation that an id names: the Responses API may write one of its own around it, and LiteLLM one in
/// base64 (`litellm:custom_llm_provider:openrouter;model_id:None;response_id:gen-…`, seen in its Responses).
pub(super) fn generation_in(id: &str) -> Cow<'_, str> {
    let inner = id.strip_prefix("resp_");
    if let Some(inner) = inner.filter(|id| generation_id::is_one(id)) {
        return Cow::Borrowed(inner);
    }
    let of_litellm = inner.and_then(|inner| {
        let text = String::from_utf8(STANDARD.decode(inner).ok()?).ok()?;
        let members = text.strip_prefix("litellm:")?.split(';');
        let mut own = members.filter_map(|member| member.strip_prefix("response_id:"));
        own.next_back()
            .filter(|id| generation_id::is_one(id))
            .map(ToOwned::to_owned)
    });
    of_litellm.map_or(Cow::Borrowed(id), Cow::Owned)
}

/// The parts that tell a completion from others: request and response; where there are neither, whatever
/// else is known.
pub(super) fn identifying<'c>(parts: &Parts<'c>) -> [Option<Value<'c>>; 2] {
    match (parts.request, parts.response) {
        (None, None) => [
            parts.delivery.or(parts.content),
            parts.generation.or(parts.activity),
        ],
        both => both.into(),
    }
}

/// The id for a completion without one: of its request and response, or what is there in their place, in canonical bytes.
pub(super) fn of_content(known: &Parts<'_>) -> String {
    let mut bytes = String::new();
    for part in identifying(known) {
        if let Some(part) = part {
            write_compact(part, &mut bytes);
        }
        bytes.push('\n');
    }
    Uuid::new_v5(&NAMESPACE, bytes.as_bytes()).to_string()
}

/// The id (`gen-…`) that OpenRouter gave the generation, wherever the completion tells it; none where nothing does.
pub fn generation_id(completion: &Completion) -> Option<String> {
    let parts = Parts::of(completion);
    let told = [
        Reading::of(&parts).id,
        parts.generation.and_then(|record| record.get("id")),
        Delivered::of(&parts).id,
        parts.generation_header,
        parts.activity.and_then(|row| row.get("generation_id")),
    ];
    let texts = told.into_iter().flatten().filter_map(Value::str);
    let mut ids = texts.map(|id| generation_in(&id).into_owned());
    ids.find(|id| generation_id::is_one(id))
}

/// The same event under another id: a test trace is an event of its own.
pub fn with_fresh_id(event: &Event, id: &str) -> Event {
    let mut event = event.clone();
    let is_id = |section, key: &str| section == Section::Top && key == "event_id";
    for field in &mut event.fields {
        if is_id(field.section, &field.key) {
            field.value = JsonText::string(id);
            field.provenance = Provenance::constant(&EVENT_ID.fresh);
        }
    }
    event
}
