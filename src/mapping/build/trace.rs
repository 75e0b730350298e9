//! The keys of `trace`, and `metadata`, which is not one of them.

use super::{Builder, made, node};
use crate::event::{Section, Source};
use crate::json::{JsonText, Kind};
use crate::mapping::Mark;
use crate::mapping::finding::Code;
use crate::mapping::rules::{self, Rule};

/// Names that `trace` cannot set: the system's properties.
const SYSTEM_PROPERTIES: [&str; 9] = [
    "model",
    "provider",
    "finish_reason",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "total_cost",
    "duration_ms",
    "source",
];

/// Whether a property of this name is the system's own.
pub(in crate::mapping) fn is_system_property(key: &str) -> bool {
    SYSTEM_PROPERTIES.contains(&key)
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
        self.named_trace_key("trace_id", &rules::TRACE_ID);
        self.named_trace_key("trace_name", &rules::TRACE_NAME);
        for entry in &metadata.trace {
            let key = entry.key.as_str();
            if matches!(key, "trace_id" | "trace_name") {
                continue;
            }
            let pointer = metadata.key_pointer(key);
            let source = match entry.source {
                Some(id) if !entry.edited => Source::Node(id),
                _ => Source::Edit(pointer.clone()),
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
                self.find(Code::TraceKeyShadowed, pointer, help);
                continue;
            }
            self.field(
                Section::Properties,
                key.to_owned(),
                entry.value.clone(),
                made(
                    &rules::TRACE_KEY,
                    usize::from(metadata.is_delivered),
                    vec![source],
                ),
            );
        }
        self.metadata_not_forwarded();
    }

    /// `trace_id` and `trace_name`: the trace's own, else the generation id or the default name.
    pub(super) fn named_trace_key(&mut self, key: &'static str, rule: &'static Rule) {
        let entry = self.metadata.entry(key);
        let is_set = |value: &JsonText| !matches!(value.as_str(), "null" | "\"\"");
        if let Some(entry) = entry.filter(|entry| is_set(&entry.value)) {
            let pointer = self.metadata.key_pointer(key);
            if key == "trace_id" && entry.value.kind() != Kind::String {
                let help = "`trace_id` is no string; it is forwarded as it is, but traces are told apart by text";
                self.find(Code::TraceIdNotString, pointer.clone(), help);
            }
            let source = match entry.source {
                Some(id) if !entry.edited => Source::Node(id),
                _ => Source::Edit(pointer),
            };
            let step = usize::from(self.metadata.is_delivered);
            let provenance = made(rule, step, vec![source]);
            self.field(Section::Properties, key, entry.value.clone(), provenance);
            return;
        }
        if let Some(id) = entry.and_then(|entry| entry.source) {
            self.marks
                .push((id, Mark::Unusable("empty, so the default stands in")));
        }
        if key == "trace_name" {
            self.constant(Section::Properties, key, rule, 2, "\"OpenRouter Request\"");
        } else if let Some(id) = self.generation_id() {
            let provenance = made(rule, 2, vec![node(id)]);
            self.field(Section::Properties, key, id.canonical(), provenance);
        }
    }

    pub(super) fn metadata_not_forwarded(&mut self) {
        let Some(metadata) = self
            .completion
            .request()
            .and_then(|r| r.get_some("metadata"))
        else {
            return;
        };
        // Of a Messages request, `metadata.user_id` is a user, not metadata that was lost.
        let lost = metadata
            .children()
            .any(|member| Some(member) != self.reading.metadata_user);
        if lost {
            self.find(
                Code::MetadataNotForwarded,
                metadata.pointer(),
                "request `metadata` is never broadcast; put these keys under `trace` to see them in Raindrop",
            );
        }
    }
}
