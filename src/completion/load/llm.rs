//! The log of the command line tool `llm`: an entry as `llm logs --json` prints it, or as its database
//! holds it.
//!
//! An entry is OpenRouter's where its model is one of the plugin's (`openrouter/…`) or the answer has a
//! generation id; the tool logs what went to anybody. Its `conversation_id` is the tool's own and was never
//! sent, so it is no session. What was said before is stored once: `{"$": "r:…"}` and `{"$r": […]}` stand
//! for text that is elsewhere. Source: simonw/llm, its migrations, `logs` command and `condense-json`.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ProblemKind;
use super::record::Reader;
use crate::completion::generation_id;
use crate::completion::source_map::{DocumentBuilder, Place, Places};
use crate::completion::time;
use crate::json::{Document, Kind, Limits, Value, quote};

/// What the plugin for OpenRouter puts before a model's slug.
const PREFIX: &str = "openrouter/";
/// Texts by the keys that stand for them, where the entry comes from the database.
const TEXTS: &str = "texts_by_key";
/// The most that is put in the place of such keys, in bytes: a short key may stand for a long text, many times.
const RESTORED: usize = 64 << 20;

/// Whether a value is an entry.
pub(super) fn is_entry(value: Value<'_>) -> bool {
    let is_text = |key: &str| value.get(key).is_some_and(|v| v.kind() == Kind::String);
    let has = |key: &str| value.get(key).is_some();
    is_text("model")
        && is_text("datetime_utc")
        && has("response")
        && has("prompt")
        && (has("response_json") || has("prompt_json") || has("conversation_id"))
}

/// Reads an entry.
pub(super) fn read(value: Value<'_>, places: &Places<'_>, reader: &mut Reader<'_>) {
    let prompt = Inner::of(value, "prompt_json");
    let texts = texts_by_key(value, prompt.as_ref());
    let entry = LlmEntry {
        value,
        prompt,
        answer: Inner::of(value, "response_json"),
        texts,
        restored: Cell::new(0),
        places,
    };
    if !entry.is_openrouters() {
        let model = value.get("model").and_then(Value::str).unwrap_or_default();
        let what = format!(
            "an entry of llm's log for the model `{model}`, which did not go to OpenRouter"
        );
        reader.problem(ProblemKind::Unrecognised, entry.at(value), what);
        return;
    }
    let mut builder = DocumentBuilder::default();
    builder.literal("{\"request\":{");
    entry.write_request(&mut builder);
    builder.literal("},\"response\":");
    entry.write_response(&mut builder);
    entry.write_times(&mut builder);
    builder.literal("}");
    reader.push(None, builder, None);
}

/// A member that is JSON, or a string that holds it.
enum Inner<'d> {
    Plain(Value<'d>),
    Packed(Document, Value<'d>),
}

impl<'d> Inner<'d> {
    fn of(value: Value<'d>, key: &str) -> Option<Inner<'d>> {
        let member = value.get_some(key)?;
        let Some(text) = member.str() else {
            return Some(Inner::Plain(member));
        };
        let doc = Document::parse(Arc::from(text.trim()), Limits::default()).ok()?;
        (!doc.root().is_null()).then_some(Inner::Packed(doc, member))
    }

    fn root(&self) -> Value<'_> {
        match self {
            Inner::Plain(value) => *value,
            Inner::Packed(doc, _) => doc.root(),
        }
    }
}

/// The texts for which keys stand, as far as the entry tells: those that its database told, its own answer, and the
/// fragments that it was given, in the order in which its last message names them.
fn texts_by_key<'d>(value: Value<'d>, prompt: Option<&Inner<'d>>) -> HashMap<String, Cow<'d, str>> {
    let mut texts = HashMap::new();
    let told = value.get(TEXTS).into_iter().flat_map(Value::children);
    for text in told {
        if let (Some(key), Some(text)) = (text.key(), text.str()) {
            texts.entry(key.into_owned()).or_insert(text);
        }
    }
    let id = value.get("id").and_then(Value::str);
    let answer = value.get("response").and_then(Value::str);
    if let (Some(id), Some(answer)) = (id, answer) {
        texts.entry(format!("r:{id}")).or_insert(answer);
    }
    let latest = prompt.and_then(|prompt| prompt.root().get("messages")?.children().last());
    let mut keys: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for value in latest.into_iter().flat_map(Value::descendants) {
        let key = value.str().filter(|_| value.raw_key() == Some("$"));
        if let Some(key) = key.filter(|key| key.starts_with('f') && known.insert(key.to_string())) {
            keys.push(key.into_owned());
        }
    }
    let fragments: Vec<Value> = value
        .get("prompt_fragments")
        .into_iter()
        .flat_map(Value::children)
        .collect();
    if keys.len() != fragments.len() {
        return texts;
    }
    for (key, fragment) in keys.into_iter().zip(fragments) {
        let content = fragment.get("content").and_then(Value::str);
        // Without `--expand` the tool prints the beginning of a long one.
        let is_cut = |text: &Cow<str>| text.ends_with("...") && text.chars().nth(99).is_some();
        if let Some(content) = content.filter(|content| !is_cut(content)) {
            texts.entry(key).or_insert(content);
        }
    }
    texts
}

struct LlmEntry<'d> {
    value: Value<'d>,
    prompt: Option<Inner<'d>>,
    answer: Option<Inner<'d>>,
    /// The texts for which keys stand, and how many bytes of them have been put in the place of keys.
    texts: HashMap<String, Cow<'d, str>>,
    restored: Cell<usize>,
    places: &'d Places<'d>,
}

impl LlmEntry<'_> {
    fn at(&self, value: Value<'_>) -> Place {
        self.places.at(value.span().start)
    }

    /// Appends a value of the entry, or of JSON in a string of it.
    fn write(&self, value: Value<'_>, inner: Option<&Inner<'_>>, builder: &mut DocumentBuilder) {
        let packed = match inner {
            Some(Inner::Packed(_, stands_in)) => Some(self.at(*stands_in)),
            _ => None,
        };
        self.write_resolved(value, packed.as_ref(), builder);
    }

    /// The same with texts in place of the keys that stand for them, as far as those are known.
    fn write_resolved(
        &self,
        value: Value<'_>,
        packed: Option<&Place>,
        builder: &mut DocumentBuilder,
    ) {
        let place = || packed.cloned().unwrap_or_else(|| self.at(value));
        let stands_for_text = |value: Value<'_>| {
            value.len() == 1 && (value.get("$").is_some() || value.get("$r").is_some())
        };
        let has_keys = stands_for_text(value) || value.descendants().any(stands_for_text);
        if !has_keys {
            match packed {
                Some(place) => builder.derived(value.raw(), place.clone()),
                None => self.places.copy(value, builder),
            }
            return;
        }
        if stands_for_text(value) {
            let json = match self.resolved(value) {
                Ok(text) => quote(&text),
                Err(parts) => parts,
            };
            builder.derived(&json, place());
            return;
        }
        let is_object = value.kind() == Kind::Object;
        builder.literal(if is_object { "{" } else { "[" });
        for (index, child) in value.children().enumerate() {
            builder.literal(if index > 0 { "," } else { "" });
            if let Some(key) = child.key() {
                builder.literal(&format!("{}:", quote(&key)));
            }
            self.write_resolved(child, packed, builder);
        }
        builder.literal(if is_object { "}" } else { "]" });
    }

    /// The text that a key stands for, or that pieces make; else the pieces as parts of a message, those that
    /// are not known named.
    fn resolved(&self, value: Value<'_>) -> Result<String, String> {
        let mut text = String::new();
        let mut parts = Vec::new();
        let mut is_whole = true;
        let pieces = value.get("$r").unwrap_or(value);
        let all: Vec<Value> = match pieces.kind() {
            Kind::Array => pieces.children().collect(),
            _ => vec![pieces],
        };
        for piece in all {
            let key = piece.get("$").and_then(Value::str);
            let known = match &key {
                Some(key) => self.text_of_key(key),
                None => piece.str(),
            };
            match known {
                Some(known) => {
                    parts.push(format!("{{\"type\":\"text\",\"text\":{}}}", quote(&known)));
                    text.push_str(&known);
                }
                None => {
                    is_whole = false;
                    parts.push(format!(
                        "{{\"type\":\"text kept elsewhere\",\"id\":{}}}",
                        quote(&key.unwrap_or_default())
                    ));
                }
            }
        }
        match is_whole {
            true => Ok(text),
            false => Err(format!("[{}]", parts.join(","))),
        }
    }

    /// The text that a key stands for, where it is known and not too much has been put back already.
    fn text_of_key(&self, key: &str) -> Option<Cow<'_, str>> {
        let text = self.texts.get(key)?;
        let restored = self.restored.get().saturating_add(text.len());
        (restored <= RESTORED).then(|| {
            self.restored.set(restored);
            Cow::Borrowed(&**text)
        })
    }

    fn answer_id(&self) -> Option<Cow<'_, str>> {
        self.answer.as_ref()?.root().get("id")?.str()
    }

    fn is_openrouters(&self) -> bool {
        let model = self.value.get("model").and_then(Value::str);
        model.is_some_and(|model| model.starts_with(PREFIX))
            || self
                .answer_id()
                .is_some_and(|id| generation_id::is_one(&id))
    }

    fn write_request(&self, builder: &mut DocumentBuilder) {
        let inner = self.prompt.as_ref();
        let sent = inner.map(Inner::root);
        let has = |key: &str| sent.is_some_and(|sent| sent.get_some(key).is_some());
        let mut opening = "";
        if let Some(model) = self.value.get("model").filter(|_| !has("model")) {
            let slug = model.str().unwrap_or_default();
            // `openrouter/openrouter/auto` is the router's own slug behind the plugin's prefix.
            if let Some(slug) = slug.strip_prefix(PREFIX) {
                builder.literal("\"model\":");
                builder.derived(&quote(slug), self.at(model));
                opening = ",";
            }
        }
        if has("messages") || has("input") || has("prompt") {
            for member in sent.into_iter().flat_map(Value::children) {
                let key = member.key().unwrap_or_default();
                builder.literal(&format!("{opening}{}:", quote(&key)));
                self.write(member, inner, builder);
                opening = ",";
            }
            return;
        }
        builder.literal(&format!("{opening}\"messages\":["));
        opening = "";
        for (role, key) in [("system", "system"), ("user", "prompt")] {
            let Some(text) = self
                .value
                .get(key)
                .filter(|text| text.non_empty_str().is_some())
            else {
                continue;
            };
            builder.literal(&format!("{opening}{{\"role\":\"{role}\",\"content\":"));
            self.places.copy(text, builder);
            builder.literal("}");
            opening = ",";
        }
        builder.literal("]");
    }

    fn write_response(&self, builder: &mut DocumentBuilder) {
        let inner = self.answer.as_ref();
        let answer = inner.map(Inner::root);
        let has = |key: &str| answer.is_some_and(|answer| answer.get_some(key).is_some());
        let is_whole = has("choices")
            || has("output")
            || answer.is_some_and(|answer| {
                answer
                    .get("content")
                    .is_some_and(|content| content.kind() == Kind::Array)
            });
        if let (true, Some(answer)) = (is_whole, answer) {
            if has("usage") || answer.kind() != Kind::Object {
                self.write(answer, inner, builder);
                return;
            }
            builder.literal("{");
            for (index, member) in answer.children().enumerate() {
                let key = member.key().unwrap_or_default();
                builder.literal(&format!(
                    "{}{}:",
                    if index > 0 { "," } else { "" },
                    quote(&key)
                ));
                self.write(member, inner, builder);
            }
            self.write_tokens(has("choices"), builder);
            builder.literal("}");
            return;
        }
        // A streamed answer is kept as its chunks put together, in a form of the tool's own.
        builder.literal("{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":");
        let text = answer.and_then(|answer| answer.get_some("content"));
        match (text, self.value.get_some("response")) {
            (Some(text), _) => self.write(text, inner, builder),
            (None, Some(text)) => self.places.copy(text, builder),
            (None, None) => builder.literal("null"),
        }
        if let Some(calls) = answer.and_then(|answer| answer.get_some("tool_calls")) {
            builder.literal(",\"tool_calls\":");
            self.write(calls, inner, builder);
        }
        builder.literal("}");
        for key in ["finish_reason", "native_finish_reason", "logprobs"] {
            if let Some(value) = answer.and_then(|answer| answer.get_some(key)) {
                builder.literal(&format!(",\"{key}\":"));
                self.write(value, inner, builder);
            }
        }
        builder.literal("}]");
        const TAKEN: [&str; 8] = [
            "content",
            "role",
            "tool_calls",
            "finish_reason",
            "native_finish_reason",
            "logprobs",
            "index",
            "usage",
        ];
        for member in answer.into_iter().flat_map(Value::children) {
            let key = member.key().unwrap_or_default();
            if !TAKEN.contains(&key.as_ref()) {
                builder.literal(&format!(",{}:", quote(&key)));
                self.write(member, inner, builder);
            }
        }
        let resolved = self.value.get_some("resolved_model");
        if let Some(model) = resolved.filter(|_| !has("model")) {
            builder.literal(",\"model\":");
            self.places.copy(model, builder);
        }
        self.write_usage(builder);
        builder.literal("}");
    }

    /// The usage of the answer, else the tokens that the entry has beside it.
    fn write_usage(&self, builder: &mut DocumentBuilder) {
        let inner = self.answer.as_ref();
        let usage = inner.and_then(|inner| inner.root().get_some("usage"));
        if let Some(usage) = usage.filter(|usage| !usage.is_empty()) {
            builder.literal(",\"usage\":");
            self.write(usage, inner, builder);
            return;
        }
        self.write_tokens(true, builder);
    }

    /// The tokens that the entry has beside the answer, under the names of the chat API or the other two.
    fn write_tokens(&self, is_chat: bool, builder: &mut DocumentBuilder) {
        let mut opening = ",\"usage\":{";
        for (key, name) in [
            ("input_tokens", "prompt_tokens"),
            ("output_tokens", "completion_tokens"),
        ] {
            if let Some(tokens) = self.value.get_some(key) {
                let name = if is_chat { name } else { key };
                builder.literal(&format!("{opening}\"{name}\":"));
                self.places.copy(tokens, builder);
                opening = ",";
            }
        }
        if opening == "," {
            builder.literal("}");
        }
    }

    /// The measured duration, and the end of it, `datetime_utc` being the beginning.
    fn write_times(&self, builder: &mut DocumentBuilder) {
        let Some(duration) = self.value.get_some("duration_ms") else {
            return;
        };
        let Some(millis) = duration.number().and_then(time::rounded) else {
            return;
        };
        builder.literal(",\"duration_ms\":");
        self.places.copy(duration, builder);
        let start = self.value.get("datetime_utc");
        let end = start.and_then(|start| {
            let end = time::millis_of_iso(&start.str()?)?.checked_add(millis)?;
            Some((start, time::iso(end)?))
        });
        if let Some((start, end)) = end {
            builder.literal(",\"completed_at\":");
            builder.derived(&quote(&end), self.at(start));
        }
    }
}
