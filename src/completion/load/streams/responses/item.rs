//! An item of a response's output while it streams: as it was said to be, and the pieces of its parts and strings.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::completion::load::streams::merge::{Members, Tree, is_empty};
use crate::json::{Document, Joined, Limits, Value};

/// An item of the output that grows.
#[derive(Default)]
pub(super) struct Item {
    pub(super) index: String,
    /// As it was added, or as it was when it was done.
    whole: Option<String>,
    /// Whether this has text.
    whole_has_text: bool,
    /// The type that it says, and the id.
    said_kind: Option<String>,
    id: Option<String>,
    /// Whether its end was said.
    pub(super) is_done: bool,
    /// Whether it is a message, and its end was said.
    pub(super) is_done_message: bool,
    /// The type that its events tell.
    pub(super) kind: &'static str,
    /// Its content's parts and its summary's, by index.
    parts: Vec<Part>,
    by_index: HashMap<(List, String), usize>,
    /// Its other strings that stream: a call's arguments or input, code.
    strings: Vec<(&'static str, Text)>,
}

/// Which list of an item a part belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum List {
    Content,
    Summary,
}

/// A part of an item that grows.
pub(super) struct Part {
    list: List,
    index: String,
    /// As it was added, or as it was when it was done.
    pub(super) whole: Option<String>,
    pub(super) kind: &'static str,
    pub(super) text: Text,
    pub(super) annotations: Vec<String>,
}

/// A string that comes in pieces, and at the end as a whole.
#[derive(Default)]
pub(super) struct Text {
    pieces: Joined,
    whole: Option<Joined>,
}

impl Item {
    /// An item at a place in the output.
    pub(super) fn at(index: &str) -> Item {
        Item {
            index: index.to_owned(),
            ..Item::default()
        }
    }

    /// The item as it is said to be; what says less than what is known counts for its beginning alone.
    pub(super) fn whole(&mut self, whole: Value<'_>) {
        let id = whole.get("id").and_then(Value::non_empty_str);
        self.id = id.map(Cow::into_owned).or(self.id.take());
        let says_more = !self.whole_has_text || has_text(whole);
        if says_more {
            self.whole = Some(whole.raw().to_owned());
            self.whole_has_text = has_text(whole);
            let kind = whole.get("type").and_then(Value::str);
            self.said_kind = kind.map(Cow::into_owned).or(self.said_kind.take());
        }
    }

    /// Whether it is a message that has text.
    pub(super) fn has_message(&self) -> bool {
        let has_part = |part: &Part| part.list == List::Content && !part.text.is_empty();
        let is_message = |whole: &String| has_message(&format!("[{whole}]"));
        self.kind == "message" && self.parts.iter().any(has_part)
            || self.whole.as_ref().is_some_and(is_message)
    }

    /// Whether it is of another type than this: as it is said to be, else as its events tell.
    pub(super) fn is_no(&self, kind: &str) -> bool {
        let own = self.said_kind.as_deref().unwrap_or(self.kind);
        !own.is_empty() && own != kind
    }

    /// Whether both have an id, and not the same one.
    pub(super) fn has_other_id(&self, item: Value<'_>) -> bool {
        let id = item.get("id").and_then(Value::non_empty_str);
        let own = self.id.as_deref();
        own.zip(id.as_deref()).is_some_and(|(own, id)| own != id)
    }

    /// The same, of this type where nothing else tells it.
    pub(super) fn or_kind(&mut self, kind: &'static str) -> &mut Item {
        if self.kind.is_empty() {
            self.kind = kind;
        }
        self
    }

    pub(super) fn part(&mut self, list: List, index: &str) -> &mut Part {
        let place = *self
            .by_index
            .entry((list, index.to_owned()))
            .or_insert_with(|| {
                self.parts.push(Part {
                    list,
                    index: index.to_owned(),
                    whole: None,
                    kind: "output_text",
                    text: Text::default(),
                    annotations: Vec::new(),
                });
                self.parts.len() - 1
            });
        &mut self.parts[place]
    }

    pub(super) fn string(&mut self, key: &'static str) -> &mut Text {
        let place = self.strings.iter().position(|(have, _)| *have == key);
        let place = place.unwrap_or_else(|| {
            self.strings.push((key, Text::default()));
            self.strings.len() - 1
        });
        &mut self.strings[place].1
    }

    pub(super) fn finish(mut self) -> Tree {
        if let Some(whole) = self.whole.take_if(|_| self.whole_has_text) {
            return Tree::Json(whole);
        }
        let mut members = members_of(self.whole);
        if members.get("type").is_none() {
            let kind = match self.kind {
                "" => "message",
                kind => kind,
            };
            members.set("type", Tree::string(kind));
            if kind == "message" {
                members.set("role", Tree::string("assistant"));
            }
            members.set("status", Tree::string("in_progress"));
        }
        self.parts
            .sort_by_key(|part| part.index.parse().unwrap_or(u64::MAX));
        let is_content = |part: &Part| part.list == List::Content;
        let (content, summary): (Vec<Part>, Vec<Part>) =
            self.parts.into_iter().partition(is_content);
        for (key, parts) in [("content", content), ("summary", summary)] {
            if !parts.is_empty() {
                members.set(key, Tree::array(parts.into_iter().map(Part::finish)));
            }
        }
        for (key, text) in self.strings {
            members.set(key, Tree::Text(text.finish()));
        }
        Tree::Object(members)
    }
}

impl Part {
    fn finish(self) -> Tree {
        let text = self.text.finish();
        let mut members = match self.whole {
            Some(whole) if text.is_empty() || has_text_json(&whole) => return Tree::Json(whole),
            whole => members_of(whole),
        };
        members.entry("type", || Tree::string(self.kind));
        let key = match self.kind {
            "refusal" => "refusal",
            "output_audio" => "transcript",
            _ => "text",
        };
        members.set(key, Tree::Text(text));
        if !self.annotations.is_empty() {
            let annotations = self.annotations.into_iter().map(Tree::Json);
            members.set("annotations", Tree::array(annotations));
        }
        Tree::Object(members)
    }
}

impl Text {
    pub(super) fn take(&mut self, chunk: Value<'_>, is_done: bool, key: &str) {
        let value = match is_done {
            true => chunk.get_some(key),
            false => chunk.get_some("delta"),
        };
        // A delta is a text, or a part that has it.
        let value = value.map(|value| value.get("text").unwrap_or(value));
        let Some(raw) = value.and_then(Value::raw_str) else {
            return;
        };
        if !is_done {
            self.pieces.push_raw(raw);
        } else if !raw.is_empty() {
            let mut whole = Joined::default();
            whole.push_raw(raw);
            self.whole = Some(whole);
        }
    }

    fn is_empty(&self) -> bool {
        self.whole.is_none() && self.pieces.is_empty()
    }

    fn finish(self) -> Joined {
        self.whole.unwrap_or(self.pieces)
    }
}

/// The members of an item or a part as it is said to be.
fn members_of(whole: Option<String>) -> Members {
    let mut members = Members::default();
    let whole = whole.and_then(|whole| Document::parse(whole.into(), Limits::default()).ok());
    for member in whole.iter().flat_map(|whole| whole.root().children()) {
        members.replace(member.raw_key().unwrap_or_default(), member);
    }
    members
}

/// Whether an item is a message.
pub(super) fn is_message(item: Value<'_>) -> bool {
    let kind = item.get("type").and_then(Value::str);
    kind.is_some_and(|kind| kind == "message")
}

/// Whether an output has a message with text.
pub(super) fn has_message(output: &str) -> bool {
    let is_message = |item: Value<'_>| {
        let kind = item.get("type").and_then(Value::str);
        kind.is_none_or(|kind| kind == "message") && has_text(item)
    };
    Document::parse(output.into(), Limits::default())
        .is_ok_and(|doc| doc.root().children().any(is_message))
}

fn has_text_json(json: &str) -> bool {
    Document::parse(json.into(), Limits::default()).is_ok_and(|doc| has_text(doc.root()))
}

/// Whether an item or a part as a whole has what it is there for: a message or a part its text, a call its
/// arguments. What else there is (a search, a picture) stands for itself once it is more than begun.
pub(super) fn has_text(whole: Value<'_>) -> bool {
    const TEXTS: [&str; 8] = [
        "text",
        "refusal",
        "transcript",
        "arguments",
        "input",
        "code",
        "encrypted_content",
        "result",
    ];
    let has_own = TEXTS
        .iter()
        .any(|key| whole.get(key).is_some_and(|text| !is_empty(text)));
    let in_lists = ["content", "summary"].iter().any(|key| {
        let list = whole.get(key);
        list.is_some_and(|list| list.children().any(has_text))
    });
    has_own || in_lists
}
