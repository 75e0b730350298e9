//! What a report may say: without the conversation unless it was asked for, and never a secret.
//!
//! A report is handed on, so it is made by a list of what may stand in it. Of the conversation itself only its shape
//! stays: roles, types, how long each text is. Elsewhere a text stays where it is short and repeats nothing of the
//! conversation; where the conversation is not known, only what privacy mode would send anyway.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::completion::Completion;
use crate::event::privacy::{self, Outbound, Privacy};
use crate::event::{Event, Source, wire};
use crate::json::{Document, Kind, Limits, NodeId, Value, pointer, quote};
use crate::mapping::scan::leaks::Conversation;
use crate::mapping::scan::{self, secrets};

/// Whether a report holds the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportText {
    /// Its texts are replaced by their lengths.
    Withheld,
    /// It stands in the report.
    Included,
}

/// The longest text that may stand in a report without being part of the event, in bytes. Chosen: room for names,
/// ids and addresses.
const LONGEST: usize = 120;

/// What is read here was written by this program.
pub(super) const LIMITS: Limits = Limits {
    bytes: usize::MAX >> 33,
    depth: 160,
};

/// Members that hold the conversation, wherever they stand: of a request, a response, a delivery, a capture.
const CONVERSATION: [&str; 21] = [
    "messages",
    "input",
    "prompt",
    "instructions",
    "system",
    "prediction",
    "suffix",
    "choices",
    "output",
    "output_text",
    "content",
    "completion",
    "reasoning",
    "reasoning_details",
    "toolCalls",
    "tool_calls",
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
    /// Whether all of the conversation is known, so that what repeats none of it can be told.
    is_known: bool,
    /// The values of the completion that privacy mode sends.
    sent: HashSet<NodeId>,
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
        let known = conversation.known();
        let mut made = Withhold {
            text,
            conversation,
            texts: Vec::new(),
            is_known: known.prompt && known.answer,
            sent: HashSet::new(),
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
        let leaks = scan::leaks(event, &self.conversation);
        self.leaks = leaks.into_iter().map(|leak| leak.pointer).collect();
        let outbound = privacy::apply(event, Privacy::On);
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
            }
        }
        let kept = outbound.kept_back();
        self.texts = kept
            .map(|(_, field)| field.value.shown().into_owned())
            .collect();
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
        self.conversation.find(text).is_some() || self.texts.iter().any(|own| is_of(text, own))
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
            let key = key.map(|key| secrets::mask(&key).into_owned());
            return Shown { key, by };
        }
        let place = Place::of(value);
        let leaks = self.leaking.contains(&value.id());
        let by = match value.kind() {
            Kind::Object | Kind::Array => {
                let is_closed = place.is_tool_input && !value.is_empty();
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
                let may_stand = match (leaks, place.is_shape && is_word(&text)) {
                    (true, _) => false,
                    (false, true) => true,
                    (false, false) if place.is_conversation || !self.is_known => text.is_empty(),
                    (false, false) => text.len() <= LONGEST && !self.repeats(&text),
                };
                let shown = match may_stand {
                    true => mask(value, &text),
                    false => Cow::Owned(withheld(&text)),
                };
                (shown != text).then(|| quote(&shown))
            }
            _ => None,
        };
        let key = key.map(|key| self.text(&key).into_owned());
        Shown { key, by }
    }
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

/// Whether a text is one of the conversation's, or holds all of a short one.
fn is_of(text: &str, own: &str) -> bool {
    let (text, own) = (text.trim(), own.trim());
    !own.is_empty() && (text == own || (own.chars().count() >= 8 && text.contains(own)))
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
    is_tool_input: bool,
    /// A member that says how the conversation is built.
    is_shape: bool,
}

impl Place {
    fn of(value: Value<'_>) -> Place {
        let around = std::iter::successors(Some(value), |value| value.parent());
        let mut keys: Vec<&str> = around.filter_map(Value::raw_key).collect();
        keys.reverse();
        let Some(from) = keys.iter().position(|key| CONVERSATION.contains(key)) else {
            let is_shape = keys.last().is_some_and(|key| SHAPE.contains(key));
            return Place {
                is_shape,
                ..Place::default()
            };
        };
        let below = &keys[from + 1..];
        let is_foreign = |key: &&str| !BUILT_OF.contains(key) || TOOL_INPUTS.contains(key);
        let is_tool_input = below.iter().any(is_foreign);
        Place {
            is_conversation: true,
            is_tool_input,
            is_shape: !is_tool_input && below.last().is_some_and(|key| SHAPE.contains(key)),
        }
    }
}
