//! The keys of `trace`, and `metadata`, which is not one of them.

use super::{Builder, node};
use crate::completion::{DEFAULT_TRACE_NAME, MetadataEntry};
use crate::event::{Section, Source};
use crate::json::{JsonText, Kind, Value};
use crate::mapping::finding::Code;
use crate::mapping::reading::text;
use crate::mapping::rules::{TRACE_ID, TRACE_KEY, TRACE_NAME, is_system_property};
use crate::mapping::{Mark, identity};

/// Said of an empty value where OpenRouter has one of its own.
pub(in crate::mapping) const EMPTY_DEFAULTED: &str = "empty, so the default stands in";

/// Whether this is a key that OpenRouter gives a value where the request has none, and an empty one.
pub(in crate::mapping) fn is_empty_default(entry: &MetadataEntry) -> bool {
    matches!(entry.key.as_str(), "trace_id" | "trace_name")
        && matches!(entry.value.as_str(), "null" | "\"\"")
}

impl<'c> Builder<'c> {
    pub(super) fn trace(&mut self) {
        let metadata = self.metadata;
        if let Some(id) = metadata.misshapen {
            let value = self.completion.document().at(id);
            let help = format!(
                "`trace` is a {} where an object is expected, so no key of it arrives",
                value.kind().name()
            );
            self.find(Code::TraceNotObject, value.pointer(), help);
            self.marks
                .push((id, Mark::Unusable("`trace` is no object")));
        }
        self.trace_id();
        self.trace_name();
        for entry in &metadata.trace {
            let key = entry.key.as_str();
            if matches!(key, "trace_id" | "trace_name") {
                continue;
            }
            let source = match entry.source {
                Some(id) if !entry.edited => Source::Node(id),
                _ => Source::Edit(metadata.key_pointer(key)),
            };
            if is_system_property(key) {
                let holder = self
                    .fields
                    .iter()
                    .position(|f| f.section == Section::Properties && f.key == key);
                let mark = holder.map_or(Mark::Reserved, Mark::Shadowed);
                if let Source::Node(id) = source {
                    self.marks.push((id, mark));
                }
                let help = format!(
                    "the system property `{key}` has this name, so the value does not arrive; rename the key"
                );
                self.find(Code::TraceKeyShadowed, metadata.key_pointer(key), help);
                continue;
            }
            let step = match metadata.is_delivered {
                true => &TRACE_KEY.delivered,
                false => &TRACE_KEY.trace,
            };
            let key = key.to_owned();
            self.put_at(
                Section::Properties,
                key,
                step,
                entry.value.clone(),
                vec![source],
            );
        }
        self.metadata_not_forwarded();
    }

    /// The trace's own id, else the generation id.
    fn trace_id(&mut self) {
        let Some((entry, source)) = self.own_trace_key("trace_id") else {
            if let Some(id) = self.generation_id() {
                let text = id.str().unwrap_or_default();
                let own = match identity::generation_in(&text) {
                    own if own.len() < text.len() => JsonText::string(&own),
                    _ => id.canonical(),
                };
                self.put(&TRACE_ID.generation, own, vec![node(id)]);
            }
            return;
        };
        if entry.value.kind() != Kind::String {
            let help = "`trace_id` is no string; it is forwarded as it is, but traces are told apart by text";
            let pointer = self.metadata.key_pointer("trace_id");
            self.find(Code::TraceIdNotString, pointer, help);
        }
        let step = match self.metadata.is_delivered {
            true => &TRACE_ID.delivered,
            false => &TRACE_ID.trace,
        };
        self.put(step, entry.value.clone(), vec![source]);
    }

    /// The trace's own name, else the default one.
    fn trace_name(&mut self) {
        let Some((entry, source)) = self.own_trace_key("trace_name") else {
            match self.delivered_trace_name() {
                Some(name) => self.put(&TRACE_NAME.delivered, name.canonical(), vec![node(name)]),
                None => self.constant(&TRACE_NAME.default, "\"OpenRouter Request\""),
            }
            return;
        };
        let step = match self.metadata.is_delivered {
            true => &TRACE_NAME.delivered,
            false => &TRACE_NAME.trace,
        };
        self.put(step, entry.value.clone(), vec![source]);
    }

    /// The name that a delivery gives where the default one stands there, as it does without a name of the
    /// user's own.
    fn delivered_trace_name(&self) -> Option<Value<'c>> {
        let attributes = self.parts.delivery?.get("attributes")?;
        let name = text(attributes, "trace.name")?;
        let is_unedited = self.metadata.is_delivered && name.str()? == DEFAULT_TRACE_NAME;
        is_unedited.then_some(name)
    }

    /// A trace key that has a value, and where that came from. An empty one is none.
    fn own_trace_key(&mut self, key: &str) -> Option<(&'c MetadataEntry, Source)> {
        let entry = self.metadata.entry(key)?;
        if is_empty_default(entry) {
            let mark = Mark::Unusable(EMPTY_DEFAULTED);
            self.marks.extend(entry.source.map(|id| (id, mark)));
            return None;
        }
        let source = match entry.source {
            Some(id) if !entry.edited => Source::Node(id),
            _ => Source::Edit(self.metadata.key_pointer(key)),
        };
        Some((entry, source))
    }

    pub(super) fn metadata_not_forwarded(&mut self) {
        let Some(metadata) = self.parts.asked("metadata") else {
            return;
        };
        // Of a Messages request, `metadata.user_id` is a user, not metadata that was lost.
        let lost = match metadata.kind() {
            Kind::Object | Kind::Array => metadata
                .children()
                .any(|member| Some(member) != self.reading.metadata_user),
            Kind::String => metadata.str().is_some_and(|text| !text.is_empty()),
            Kind::Null => false,
            Kind::True | Kind::False | Kind::Number => true,
        };
        if lost {
            self.find(
                Code::MetadataNotForwarded,
                metadata.pointer(),
                "request `metadata` is never broadcast; put these keys under `trace` to see them in Raindrop",
            );
        }
    }
}
