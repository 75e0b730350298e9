//! What a report may say: without the conversation unless it was asked for, and never a secret.
//!
//! A report is handed on, so it is made by a list of what may stand in it, not of what may not. A text stays where the
//! event carries it past privacy mode without repeating the conversation, and where a known member holds an identifier: of a
//! model, a provider, a time, a state. Of the conversation itself only its shape stays: roles, types, how long each text is.
//! Of everything else (errors' messages, tools, metadata, headers, attributes) the length stays.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::completion::Completion;
use crate::event::privacy::{self, Outbound, Privacy};
use crate::event::{Event, Field, Source, wire};
use crate::json::{Document, Kind, Limits, NodeId, Value, pointer, quote};
use crate::mapping::scan::leaks::Conversation;
use crate::mapping::scan::{self, conversation, secrets};

/// Whether a report holds the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportText {
    /// Its texts are replaced by their lengths.
    Withheld,
    /// It stands in the report.
    Included,
}

/// The longest identifier, in bytes. Chosen: the longest model names, ids and times are shorter.
const LONGEST: usize = 80;

/// Members that hold identifiers: of models, providers, generations, people; times and states.
const IDENTIFIERS: [&str; 36] = [
    "api_type",
    "app_id",
    "completed_at",
    "content-type",
    "created_at",
    "data_region",
    "ending",
    "endpoint_id",
    "external_user",
    "finish_reason",
    "generation_id",
    "id",
    "method",
    "model",
    "model_permaslug",
    "native_finish_reason",
    "object",
    "parentSpanId",
    "path",
    "preset_id",
    "provider",
    "provider_name",
    "request_id",
    "router",
    "service_tier",
    "session_id",
    "spanId",
    "started_at",
    "status",
    "system_fingerprint",
    "traceId",
    "upstream_id",
    "user",
    "workspace_id",
    "x-generation-id",
    "x-session-id",
];

/// Containers whose members are named by an API, and are shown by name. Any other is one value, unless the event carries
/// something of it.
const OPEN: [&str; 14] = [
    "attributes",
    "captured",
    "data",
    "delivery",
    "error",
    "generation",
    "headers",
    "measured",
    "provider_responses",
    "request",
    "response",
    "response_headers",
    "trace",
    "usage",
];

/// How the attributes begin whose names are no user's.
const ATTRIBUTES: [&str; 12] = [
    "gen_ai.",
    "http.",
    "langfuse.",
    "llm.",
    "openrouter.",
    "otel.",
    "service.",
    "session.",
    "span.",
    "telemetry.",
    "trace.",
    "user.",
];

/// What is read here was written by this program.
pub(super) const LIMITS: Limits = Limits {
    bytes: usize::MAX >> 33,
    depth: 160,
};

/// Members that hold the conversation besides those that the scan knows by their place (`conversation::is_part`).
const ALSO_CONVERSATION: [&str; 6] = [
    "reasoning_details",
    "rawRequest",
    "gen_ai.prompt",
    "gen_ai.completion",
    "request_text",
    "response_text",
];

/// Members of a conversation that say how it is built; a short lower-case word in them is no text.
const SHAPE: [&str; 11] = [
    "role",
    "type",
    "object",
    "finish_reason",
    "native_finish_reason",
    "stop_reason",
    "status",
    "phase",
    "format",
    "media_type",
    "detail",
];

/// Members whose keys are part of the conversation's shape. Other keys may be words of what a tool was given.
const BUILT_OF: [&str; 38] = [
    "annotations",
    "arguments",
    "cache_control",
    "call_id",
    "choices",
    "content",
    "custom",
    "delta",
    "detail",
    "error",
    "file",
    "finish_reason",
    "format",
    "function",
    "id",
    "image_url",
    "index",
    "input",
    "input_audio",
    "logprobs",
    "message",
    "messages",
    "name",
    "native_finish_reason",
    "object",
    "output",
    "phase",
    "reasoning",
    "reasoning_details",
    "refusal",
    "role",
    "source",
    "status",
    "stop_reason",
    "summary",
    "text",
    "tool_calls",
    "type",
];

/// What a model gives a tool: its keys are the caller's.
const TOOL_INPUTS: [&str; 5] = ["input", "arguments", "action", "queries", "parameters"];

/// Decides what of one completion may stand in a report.
pub(super) struct Withhold {
    text: ReportText,
    conversation: Conversation,
    /// Texts of the event that privacy mode keeps back.
    texts: Vec<String>,
    /// The values of the completion that privacy mode sends.
    sent: HashSet<NodeId>,
    /// The containers around those.
    around: HashSet<NodeId>,
    /// The values among them that repeat the conversation, and where they stand in the event.
    leaking: HashSet<NodeId>,
    leaks: HashSet<String>,
}

impl Withhold {
    pub fn of(completion: &Completion, event: Option<&Event>, text: ReportText) -> Withhold {
        let conversation = match text {
            ReportText::Withheld => Conversation::of(completion),
            ReportText::Included => Conversation::default(),
        };
        let mut made = Withhold {
            text,
            conversation,
            texts: Vec::new(),
            sent: HashSet::new(),
            around: HashSet::new(),
            leaking: HashSet::new(),
            leaks: HashSet::new(),
        };
        if let (Some(event), ReportText::Withheld) = (event, text) {
            made.note(completion, event);
        }
        made
    }

    /// Notes what of the completion the event carries, and where it repeats the conversation.
    fn note(&mut self, completion: &Completion, event: &Event) {
        let outbound = privacy::apply(event, Privacy::On);
        let kept = outbound.kept_back();
        self.texts = kept
            .map(|(_, field)| field.value.shown().to_lowercase())
            .collect();
        let leaks = scan::leaks(event, &self.conversation);
        self.leaks = leaks.into_iter().map(|leak| leak.pointer).collect();
        for field in outbound
            .fields()
            .filter(|field| is_of_caller(field, completion))
        {
            for (below, value) in field.leaves() {
                // A report is stricter than the scan, which says nothing of a short word that may be there by chance.
                if self.is_of_texts(&value.shown()) {
                    self.leaks.insert(field.pointer() + &below);
                }
            }
        }
        for field in outbound.fields() {
            let at = field.pointer();
            let leaks = self.leaks.iter().any(|leak| pointer::is_within(leak, &at));
            for source in &field.provenance.sources {
                let Source::Node(id) = source else { continue };
                let value = completion.document().at(*id);
                let all = std::iter::once(value).chain(value.descendants());
                let into = if leaks {
                    &mut self.leaking
                } else {
                    &mut self.sent
                };
                into.extend(all.map(Value::id));
                let around = std::iter::successors(value.parent(), |value| value.parent());
                self.around.extend(around.map(Value::id));
            }
        }
    }

    fn is_of_texts(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.texts.iter().any(|own| is_of(&text, own))
    }

    /// A text that is no part of the conversation, as it may stand in the report.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.text {
            ReportText::Withheld if self.repeats(text) => Cow::Owned(withheld(text)),
            _ => secrets::mask(text),
        }
    }

    /// Whether a text says something of the conversation.
    pub fn repeats(&self, text: &str) -> bool {
        self.conversation.find(text).is_some() || self.is_of_texts(text)
    }

    /// The JSON of a completion's document as it may stand in the report.
    pub fn sample(&self, document: Value<'_>) -> Redrawn {
        redraw(document, |value| self.of_sample(value))
    }

    /// The JSON of a request's body as it may stand in the report.
    pub fn body(&self, body: Value<'_>) -> Redrawn {
        let above = if body.kind() == Kind::Array {
            "/0".len()
        } else {
            0
        };
        redraw(body, |value| {
            let at = value.pointer();
            let leaks =
                !self.leaks.is_empty() && self.leaks.contains(at.get(above..).unwrap_or_default());
            let key = value.key().map(|key| self.text(&key).into_owned());
            let by = match value.kind() {
                Kind::String => {
                    let text = value.str().unwrap_or_default();
                    let shown = match leaks {
                        true => Cow::Owned(withheld(&text)),
                        false => mask(value, &text),
                    };
                    (shown != text).then(|| quote(&shown))
                }
                Kind::Number => leaks.then(|| quote(NUMBER)),
                _ => (leaks && !value.is_empty()).then(|| quote(&withheld_values(value.len()))),
            };
            Shown { key, by }
        })
    }

    /// The leaves of an event as they may stand in the report: pointer and text.
    pub fn values(&self, outbound: Outbound<'_>) -> HashMap<String, String> {
        let mut event = String::new();
        wire::write_event(outbound, &mut event);
        let Ok(document) = Document::parse(event.into(), LIMITS) else {
            return HashMap::new();
        };
        let shown = self.body(document.root());
        let Ok(document) = Document::parse(shown.json.into(), LIMITS) else {
            return HashMap::new();
        };
        let leaves = document
            .root()
            .descendants()
            .filter(|value| value.is_leaf());
        leaves
            .map(|value| {
                let text = value
                    .str()
                    .map_or_else(|| value.raw().to_owned(), Cow::into_owned);
                (value.pointer(), text)
            })
            .collect()
    }

    fn of_sample(&self, value: Value<'_>) -> Shown {
        let key = value.key();
        let is_withheld = self.text == ReportText::Withheld;
        if !is_withheld || self.sent.contains(&value.id()) {
            let by = value.str().and_then(|text| {
                let shown = mask(value, &text);
                (shown != text).then(|| quote(&shown))
            });
            let key = key.map(|key| self.text(&key).into_owned());
            return Shown { key, by };
        }
        let place = Place::of(value);
        let leaks = self.leaking.contains(&value.id());
        let is_open = self.around.contains(&value.id()) || place.is_open(value);
        let by = match value.kind() {
            Kind::Object | Kind::Array => {
                let is_closed = !is_open && !value.is_empty();
                is_closed.then(|| quote(&withheld_values(value.len())))
            }
            Kind::Number => {
                let number = value.number().unwrap_or_default();
                let is_index = value.raw_key() == Some("index") && number.len() <= 4;
                let may_stand = match place.is_conversation {
                    true => is_index,
                    false => !leaks && self.conversation.find(number).is_none(),
                };
                (!may_stand).then(|| quote(NUMBER))
            }
            Kind::String => {
                let text = value.str().unwrap_or_default();
                let is_named = match place.is_conversation {
                    true => place.is_shape && is_word(&text),
                    false => place.is_identifier && is_identifier(&text),
                };
                let may_stand = text.is_empty() || (is_named && !leaks && !self.repeats(&text));
                let shown = match may_stand {
                    true => mask(value, &text),
                    false => Cow::Owned(withheld(&text)),
                };
                (shown != text).then(|| quote(&shown))
            }
            _ => None,
        };
        let key =
            key.map(
                |key| match self.around.contains(&value.id()) || place.has_plain_key(&key) {
                    true => self.text(&key).into_owned(),
                    false => withheld(&key),
                },
            );
        Shown { key, by }
    }
}

/// Whether whoever called the API wrote a field's value.
fn is_of_caller(field: &Field, completion: &Completion) -> bool {
    field.provenance.sources.iter().any(|source| match source {
        Source::Edit(_) => true,
        Source::Node(_) | Source::Part(_) => {
            let at = source.pointer(completion.document());
            let in_request = at.starts_with("/request/") && at != "/request/model";
            in_request || at.starts_with("/headers/") || at.starts_with("/delivery/")
        }
    })
}

/// What of a value stands in the report.
struct Shown {
    key: Option<String>,
    /// The JSON that stands in its place; nothing where it stands there itself.
    by: Option<String>,
}

/// A document with something replaced.
pub(super) struct Redrawn {
    /// All else keeps its spelling.
    pub json: String,
    /// How many values and keys were replaced.
    pub replaced: usize,
}

fn redraw(root: Value<'_>, mut shown: impl FnMut(Value<'_>) -> Shown) -> Redrawn {
    let (text, start) = (root.raw(), root.span().start);
    let mut out = String::with_capacity(text.len());
    let (mut done, mut replaced) = (0, 0);
    let mut replace = |range: std::ops::Range<usize>, by: &str| {
        out.push_str(&text[done..range.start - start]);
        out.push_str(by);
        done = range.end - start;
        replaced += 1;
    };
    let mut next = Some(root);
    while let Some(value) = next {
        let Shown { key, by } = shown(value);
        let is_other = |key: &String| value.key().is_some_and(|own| own != *key);
        if let Some(key) = key.filter(is_other) {
            let end = value.member_start() + value.raw_key().map_or(0, |raw| raw.len() + 2);
            replace(value.member_start()..end, &quote(&key));
        }
        next = match by {
            Some(by) => {
                replace(value.span(), &by);
                value.after()
            }
            None => value.children().next().or_else(|| value.after()),
        };
    }
    out.push_str(&text[done..]);
    Redrawn {
        json: out,
        replaced,
    }
}

const NUMBER: &str = "[number withheld]";

/// A text without the keys in it.
fn mask<'t>(value: Value<'_>, text: &'t str) -> Cow<'t, str> {
    match value
        .key()
        .is_some_and(|key| secrets::is_aws_secret(&key, text))
    {
        true => Cow::Borrowed("[masked]"),
        false => secrets::mask(text),
    }
}

/// What stands in place of a text. It is bracketed as loggers do, so that a report that is read again does not take it
/// for something that was said.
fn withheld(text: &str) -> String {
    format!("[text withheld, {} characters]", text.chars().count())
}

fn withheld_values(count: usize) -> String {
    match count {
        1 => "[1 value withheld]".to_owned(),
        _ => format!("[{count} values withheld]"),
    }
}

/// Whether a text is one of the conversation's, or holds all of one that is more than a few letters; both in lower case.
fn is_of(text: &str, own: &str) -> bool {
    let (text, own) = (text.trim(), own.trim());
    !own.is_empty() && (text == own || (own.chars().count() >= 4 && text.contains(own)))
}

/// An identifier: no blank, and nothing that only a sentence has.
fn is_identifier(text: &str) -> bool {
    let is_of_identifier = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'+' | b'@' | b'~')
    };
    text.len() <= LONGEST && text.bytes().all(is_of_identifier)
}

/// A word of the protocol: `tool_calls`, `message`, `image/png`.
fn is_word(text: &str) -> bool {
    let is_of_word = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'_' | b'-' | b'.' | b'/')
    };
    (1..=40).contains(&text.len()) && text.bytes().all(is_of_word)
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    is_conversation: bool,
    /// Below what a model gives a tool, or below a key that is no part of a conversation's shape.
    is_foreign: bool,
    /// A member that says how the conversation is built.
    is_shape: bool,
    /// A member that holds an identifier.
    is_identifier: bool,
    /// Among a delivery's attributes.
    is_attribute: bool,
}

impl Place {
    fn of(value: Value<'_>) -> Place {
        let around = std::iter::successors(Some(value), |value| value.parent());
        let mut keys: Vec<&str> = around.filter_map(Value::raw_key).collect();
        keys.reverse();
        let last = keys.last().copied().unwrap_or_default();
        let holds_conversation =
            |key: &&str| conversation::is_part(key) || ALSO_CONVERSATION.contains(key);
        let Some(from) = keys.iter().position(holds_conversation) else {
            return Place {
                is_identifier: IDENTIFIERS.contains(&last),
                is_attribute: keys.iter().rev().nth(1) == Some(&"attributes"),
                ..Place::default()
            };
        };
        let is_foreign = |key: &&str| !BUILT_OF.contains(key) || TOOL_INPUTS.contains(key);
        let below = &keys[from + 1..];
        let is_foreign = below.iter().any(is_foreign);
        Place {
            is_conversation: true,
            is_foreign,
            is_shape: !is_foreign && SHAPE.contains(&last) && !below.is_empty(),
            ..Place::default()
        }
    }

    /// Whether a container is shown with its members.
    fn is_open(self, value: Value<'_>) -> bool {
        let key = value.raw_key();
        if self.is_conversation {
            let is_known =
                |child: Value<'_>| child.raw_key().is_none_or(|key| BUILT_OF.contains(&key));
            return !self.is_foreign && value.children().all(is_known);
        }
        match key {
            None => true,
            Some(key) => OPEN.contains(&key) || key.ends_with("_details"),
        }
    }

    /// Whether a key may stand: it names a member, and says nothing by itself.
    fn has_plain_key(self, key: &str) -> bool {
        match self.is_attribute {
            true => ATTRIBUTES.iter().any(|begins| key.starts_with(begins)) && is_identifier(key),
            false => is_identifier(key) && key.len() <= 48,
        }
    }
}
