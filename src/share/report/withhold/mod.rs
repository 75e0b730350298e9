//! What a report may say: without the conversation unless it was asked for, and never a secret.
//!
//! A report is handed on, so it is made by a list of what may stand in it, not of what may not. A text stays where the
//! event carries it past privacy mode without repeating the conversation, and where a known member holds an identifier: of a
//! model, a provider, a time, a state. Of the conversation itself only its shape stays: roles, types, how long each text is.
//! Of everything else (errors' messages, tools, metadata, headers, attributes) the length stays.

mod place;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::ReportOptions;
use super::keys::{MASKED, ReportKeys};
use crate::completion::{Completion, withheld};
use crate::event::privacy::{self, Outbound, Privacy};
use crate::event::{Event, Field, Source, wire};
use crate::json::{Document, Kind, Limits, NodeId, Value, pointer, quote};
use crate::mapping::scan::leaks::Conversation;
use crate::mapping::scan::{self, secrets};
use place::{Place, is_identifier, is_word};

/// Whether a report holds the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportText {
    /// Its texts are replaced by their lengths.
    Withheld,
    /// It stands in the report.
    Included,
}

/// What is read here was written by this program.
pub(super) const LIMITS: Limits = Limits {
    bytes: usize::MAX >> 33,
    depth: 160,
};

/// Decides what of one completion may stand in a report.
pub(super) struct Withhold {
    text: ReportText,
    keys: ReportKeys,
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
    pub fn of(completion: &Completion, event: Option<&Event>, options: &ReportOptions) -> Withhold {
        let text = options.text;
        let conversation = match text {
            ReportText::Withheld => Conversation::of(completion),
            ReportText::Included => Conversation::default(),
        };
        let mut made = Withhold {
            text,
            keys: options.keys.clone(),
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
        let leaking: HashSet<&str> = self
            .leaks
            .iter()
            .flat_map(|leak| pointer::upwards(leak))
            .collect();
        for field in outbound.fields() {
            let leaks = leaking.contains(field.pointer().as_str());
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
            _ => self.keys.mask(text),
        }
    }

    /// A text without keys.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.keys.mask(text)
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
                        false => self.mask(value, &text),
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

    /// A text without the keys in it.
    fn mask<'t>(&self, value: Value<'_>, text: &'t str) -> Cow<'t, str> {
        match value
            .key()
            .is_some_and(|key| secrets::named_secret(&key, text).is_some())
        {
            true => Cow::Borrowed(MASKED),
            false => self.keys.mask(text),
        }
    }

    fn of_sample(&self, value: Value<'_>) -> Shown {
        let key = value.key();
        let is_withheld = self.text == ReportText::Withheld;
        if !is_withheld || self.sent.contains(&value.id()) {
            let by = value.str().and_then(|text| {
                let shown = self.mask(value, &text);
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
                    true => self.mask(value, &text),
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

/// What stands in place of several values, bracketed as what stands in place of a text.
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
