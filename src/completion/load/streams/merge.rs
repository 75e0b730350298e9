//! Pieces of a streamed message grow into one: strings that are streamed are joined, items that belong
//! together are merged, all else is replaced by what came later, unless that is empty and something is
//! known. Every step takes constant time, however many keys and items a stream invents.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use crate::json::{Joined, Kind, Value, quote};

/// A value that grows.
#[derive(Debug, Clone)]
pub enum Tree {
    /// JSON text as it stood.
    Json(String),
    /// A string that is streamed in pieces.
    Text(Joined),
    /// An array.
    Array(Items),
    /// An object.
    Object(Members),
}

/// Keys whose strings come in pieces.
const STREAMED: [&str; 11] = [
    "content",
    "reasoning",
    "reasoning_content",
    "refusal",
    "arguments",
    "input",
    "text",
    "thinking",
    "summary",
    "transcript",
    "data",
];

/// Lists whose items arrive whole, whatever index they carry, and are at times sent again.
const LISTS_OF_WHOLES: [&str; 3] = ["annotations", "images", "citations"];

impl Tree {
    /// An object without members.
    pub fn object() -> Tree {
        Tree::Object(Members::default())
    }

    /// An array of these items.
    pub fn array(items: impl IntoIterator<Item = Tree>) -> Tree {
        let mut array = Items::default();
        array.list.extend(items);
        Tree::Array(array)
    }

    /// A string of the program's own.
    pub fn string(text: &str) -> Tree {
        Tree::Json(quote(text))
    }

    /// A value as its first piece, found under `key`.
    pub fn of(key: &str, value: Value<'_>) -> Tree {
        match value.kind() {
            Kind::String if STREAMED.contains(&key) => {
                let mut text = Joined::default();
                text.push_raw(value.raw_str().unwrap_or_default());
                Tree::Text(text)
            }
            Kind::Array => {
                let mut items = Items::default();
                items.merge(key, value);
                Tree::Array(items)
            }
            Kind::Object => {
                let mut object = Tree::object();
                object.merge(key, value);
                object
            }
            _ => Tree::Json(value.raw().to_owned()),
        }
    }

    /// Adds a further piece, found under `key`.
    pub fn merge(&mut self, key: &str, value: Value<'_>) {
        match (&mut *self, value.kind()) {
            (_, Kind::Null) => {}
            (Tree::Json(json), _) if json == value.raw() => {}
            (Tree::Text(text), Kind::String) => text.push_raw(value.raw_str().unwrap_or_default()),
            (Tree::Object(members), Kind::Object) => {
                for member in value.children() {
                    members.merge(member.raw_key().unwrap_or_default(), member);
                }
            }
            (Tree::Array(items), Kind::Array) => items.merge(key, value),
            // A content that was a string goes on as a list of parts, or the other way about.
            (Tree::Text(text), Kind::Array) if key == "content" && !text.is_empty() => {
                let mut items = Items::default();
                items.push(text_part(std::mem::take(text)));
                items.merge(key, value);
                *self = Tree::Array(items);
            }
            (Tree::Array(items), Kind::String) if key == "content" => {
                if value.raw() != "\"\"" {
                    let mut text = Joined::default();
                    text.push_raw(value.raw_str().unwrap_or_default());
                    items.push_text(text);
                }
            }
            (tree, _) => {
                if tree.is_empty() || !is_empty(value) {
                    *tree = Tree::of(key, value);
                }
            }
        }
    }

    /// Adds a string that may be the whole of what grows here, or a piece of it: what begins with all that is known
    /// replaces it. What is known already adds nothing, unless what came before was a piece (`are_pieces`): then it is one
    /// as well.
    pub fn merge_whole(&mut self, key: &str, value: Value<'_>, are_pieces: &mut bool) {
        if let (Tree::Text(text), Some(raw)) = (&mut *self, value.raw_str())
            && !raw.starts_with(text.raw())
        {
            *are_pieces |= !text.raw().starts_with(raw);
            if *are_pieces {
                text.push_raw(raw);
            }
        } else if self.is_empty() || !is_empty(value) {
            *self = Tree::of(key, value);
        }
    }

    /// Appends an item, for what is or becomes an array.
    pub fn push(&mut self, item: Tree) {
        if let Tree::Array(items) = self {
            items.push(item);
        } else {
            *self = Tree::array([item]);
        }
    }

    /// Whether nothing is known here: `null`, `""`, zero, an empty list or object.
    pub fn is_empty(&self) -> bool {
        match self {
            Tree::Json(json) => is_empty_json(json),
            Tree::Text(text) => text.is_empty(),
            Tree::Array(items) => items.list.is_empty(),
            Tree::Object(members) => members.list.is_empty(),
        }
    }

    /// An object's member.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        match self {
            Tree::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// JSON text that is no string, array or object of pieces.
    pub fn json(&self) -> Option<&str> {
        match self {
            Tree::Json(json) => Some(json),
            _ => None,
        }
    }

    /// Appends the JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Tree::Json(json) => out.push_str(json),
            Tree::Text(text) => out.push_str(text.to_json().as_str()),
            Tree::Array(items) => {
                out.push('[');
                for (index, item) in items.list.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Tree::Object(members) => members.write(out),
        }
    }
}

fn text_part(text: Joined) -> Tree {
    let mut part = Members::default();
    part.set("type", Tree::string("text"));
    part.set("text", Tree::Text(text));
    Tree::Object(part)
}

/// Whether a value tells nothing: `null`, `""`, zero, an empty list or object.
pub fn is_empty(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Array | Kind::Object => value.is_empty(),
        _ => is_empty_json(value.raw()),
    }
}

fn is_empty_json(json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => {
            let digits = json.split(['e', 'E']).next().unwrap_or_default();
            digits
                .bytes()
                .all(|byte| matches!(byte, b'0' | b'.' | b'-'))
        }
        _ => matches!(json, "null" | "\"\"" | "[]" | "{}"),
    }
}

/// An object's members in the order of their first appearance; keys as they stand between the quotes.
#[derive(Debug, Clone, Default)]
pub struct Members {
    list: Vec<(String, Tree)>,
    places: HashMap<String, usize>,
}

impl Members {
    /// Up to so many members, looking at each is faster than any map.
    const FEW: usize = 40;

    fn place(&self, key: &str) -> Option<usize> {
        if self.list.len() <= Members::FEW {
            return self.list.iter().position(|(have, _)| have == key);
        }
        self.places.get(key).copied()
    }

    /// The member with this key.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.place(key).map(|place| &self.list[place].1)
    }

    /// The member with this key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Tree> {
        let place = self.place(key)?;
        Some(&mut self.list[place].1)
    }

    /// The member with this key, made of `fresh` where it is not there yet.
    pub fn entry(&mut self, key: &str, fresh: impl FnOnce() -> Tree) -> &mut Tree {
        let place = self.place(key).unwrap_or_else(|| self.append(key, fresh()));
        &mut self.list[place].1
    }

    fn append(&mut self, key: &str, value: Tree) -> usize {
        let place = self.list.len();
        self.list.push((key.to_owned(), value));
        if self.list.len() == Members::FEW + 1 {
            let all = self.list.iter().enumerate();
            self.places = all.map(|(place, (key, _))| (key.clone(), place)).collect();
        } else if self.list.len() > Members::FEW {
            self.places.insert(key.to_owned(), place);
        }
        place
    }

    /// Replaces a member, or appends it.
    pub fn set(&mut self, key: &str, value: Tree) {
        match self.place(key) {
            Some(place) => self.list[place].1 = value,
            None => {
                self.append(key, value);
            }
        }
    }

    /// Adds a piece to a member; the first one makes it, a `null` too.
    pub fn merge(&mut self, key: &str, value: Value<'_>) {
        match self.place(key) {
            Some(place) => self.list[place].1.merge(key, value),
            None => {
                self.append(key, Tree::of(key, value));
            }
        }
    }

    /// Replaces a member by a value as it stands, unless that is empty and something is known.
    pub fn replace(&mut self, key: &str, value: Value<'_>) {
        match self.place(key) {
            // Nearly every chunk repeats what the one before it said.
            Some(place) if self.list[place].1.json() == Some(value.raw()) => {}
            Some(place) if is_empty(value) && !self.list[place].1.is_empty() => {}
            Some(place) => self.list[place].1 = Tree::Json(value.raw().to_owned()),
            None => {
                self.append(key, Tree::Json(value.raw().to_owned()));
            }
        }
    }

    /// Appends the JSON text of the object.
    pub fn write(&self, out: &mut String) {
        out.push('{');
        for (index, (key, member)) in self.list.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push('"');
            out.push_str(key);
            out.push_str("\":");
            member.write(out);
        }
        out.push('}');
    }

    /// Sets a member to a value as it stands where nothing is known of it.
    pub fn fill(&mut self, key: &str, value: Value<'_>) {
        match self.place(key) {
            Some(place) if !self.list[place].1.is_empty() => {}
            _ => self.replace(key, value),
        }
    }
}

/// An array's items, and how to find the one that a further piece belongs to.
#[derive(Debug, Clone, Default)]
pub struct Items {
    list: Vec<Tree>,
    /// By index, and by index and type.
    by_index: HashMap<String, usize>,
    by_id: HashMap<String, usize>,
    /// The item that the last piece with an index went to.
    last_indexed: Option<usize>,
    /// Items that arrived whole, so that one sent again is not there twice.
    wholes: HashSet<u64>,
}

impl Items {
    fn push(&mut self, item: Tree) -> usize {
        self.list.push(item);
        self.list.len() - 1
    }

    fn push_text(&mut self, text: Joined) {
        if let Some(Tree::Object(last)) = self.list.last_mut()
            && last.get("type").and_then(Tree::json) == Some("\"text\"")
            && let Tree::Text(have) = last.entry("text", || Tree::Text(Joined::default()))
        {
            have.push_raw(text.raw());
            return;
        }
        self.push(text_part(text));
    }

    /// Adds the items of a further piece, found under `key`.
    fn merge(&mut self, key: &str, items: Value<'_>) {
        for item in items.children() {
            if item.kind() != Kind::Object {
                self.push(Tree::of(key, item));
            } else if LISTS_OF_WHOLES.contains(&key) {
                let mut hasher = DefaultHasher::new();
                item.raw().hash(&mut hasher);
                if self.wholes.insert(hasher.finish()) {
                    self.push(Tree::Json(item.raw().to_owned()));
                }
            } else {
                self.merge_item(key, item);
            }
        }
    }

    fn merge_item(&mut self, key: &str, item: Value<'_>) {
        let index = item.get_some("index").map(Value::raw);
        let id = item.get_some("id").filter(|id| !is_empty(*id));
        let kind = item.get_some("type").map(Value::raw);
        let kind = kind.filter(|kind| *kind != "\"\"");
        if let Some(index) = index
            && id.is_none()
            && self.goes_on(index, kind)
            && let Some(last) = self.last_indexed
        {
            self.list[last].merge(key, item);
            return;
        }
        // What said no type at first may say it later.
        let untyped = |index: &str| {
            let place = *self.by_index.get(&indexed(index, None))?;
            let have = self.list[place].get("type");
            have.is_none_or(Tree::is_empty).then_some(place)
        };
        let found = match (index, id) {
            (Some(index), _) => {
                let typed = self.by_index.get(&indexed(index, kind)).copied();
                typed.or_else(|| untyped(index))
            }
            (None, Some(id)) => self.by_id.get(id.raw()).copied(),
            (None, None) => self.last_if_open(key, item),
        };
        let agrees = |place: &usize| {
            let have = self.list[*place].get("id").and_then(Tree::json);
            match (have, id) {
                (Some(have), Some(id)) => have == id.raw() || is_empty_json(have),
                _ => true,
            }
        };
        let place = match found.filter(agrees) {
            Some(place) => {
                self.list[place].merge(key, item);
                place
            }
            None => self.push(Tree::of(key, item)),
        };
        if let Some(index) = index {
            self.last_indexed = Some(place);
            self.by_index.insert(indexed(index, None), place);
            if kind.is_some() {
                self.by_index.insert(indexed(index, kind), place);
            }
        }
        if let Some(id) = id {
            self.by_id.insert(id.raw().to_owned(), place);
        }
    }

    /// Whether a piece with this index and type belongs where the last one with an index went, as nearly all do.
    fn goes_on(&self, index: &str, kind: Option<&str>) -> bool {
        let last = self.last_indexed.map(|last| &self.list[last]);
        let is = |key: &str, raw: &str| {
            let have = last.and_then(|last| last.get(key)?.json());
            have == Some(raw)
        };
        is("index", index) && kind.is_none_or(|kind| is("type", kind))
    }

    /// The last item, if an item with neither index nor id goes on with it: a text of the same type, or a
    /// tool call's further arguments.
    fn last_if_open(&self, key: &str, item: Value<'_>) -> Option<usize> {
        const TEXTS: [&str; 4] = ["text", "thinking", "refusal", "summary"];
        let last = self.list.last()?;
        let goes_on = if key == "tool_calls" {
            let name = item
                .get("function")
                .and_then(|function| function.get("name"));
            name.is_none_or(is_empty)
        } else {
            let have = last.get("type").and_then(Tree::json);
            let has_text = TEXTS.iter().any(|text| item.get_some(text).is_some());
            has_text && have.is_some() && have == item.get("type").map(Value::raw)
        };
        (goes_on && last.get("index").is_none()).then(|| self.list.len() - 1)
    }
}

fn indexed(index: &str, kind: Option<&str>) -> String {
    format!("{index} {}", kind.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Limits};

    fn merged(pieces: &[&str]) -> String {
        let mut tree = Tree::object();
        for piece in pieces {
            let doc = Document::parse((*piece).into(), Limits::default());
            tree.merge("delta", doc.expect("JSON").root());
        }
        let mut out = String::new();
        tree.write(&mut out);
        out
    }

    #[test]
    fn pieces_grow_into_one() {
        let check = |pieces: &[&str], expected: &str| assert_eq!(merged(pieces), expected);
        check(
            &[
                r#"{"content":null}"#,
                r#"{"content":"a"}"#,
                r#"{"content":"b","role":""}"#,
            ],
            r#"{"content":"ab","role":""}"#,
        );
        // Half of a surrogate pair in each piece.
        check(
            &[r#"{"content":"\ud83d"}"#, r#"{"content":"\ude00"}"#],
            r#"{"content":"😀"}"#,
        );
        // Nothing empty replaces what is known.
        check(
            &[
                r#"{"id":"x","created":7,"usage":{"n":1},"l":[1]}"#,
                r#"{"id":"","created":0,"usage":{"n":0,"m":0},"l":[]}"#,
            ],
            r#"{"id":"x","created":7,"usage":{"n":1,"m":0},"l":[1]}"#,
        );
    }

    #[test]
    fn parts_of_a_content_grow() {
        let check = |pieces: &[&str], expected: &str| assert_eq!(merged(pieces), expected);
        check(
            &[
                r#"{"content":[{"type":"text","text":"a"}]}"#,
                r#"{"content":[{"type":"text","text":"b"}]}"#,
                r#"{"content":[{"type":"image_url","image_url":{"url":"u"}}]}"#,
                r#"{"content":[{"type":"text","text":"c"}]}"#,
            ],
            r#"{"content":[{"type":"text","text":"ab"},{"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"c"}]}"#,
        );
        check(
            &[
                r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]}"#,
                r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]}]}"#,
                r#"{"content":"so"}"#,
                r#"{"content":""}"#,
                r#"{"content":" be"}"#,
            ],
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"so be"}]}"#,
        );
        check(
            &[
                r#"{"content":"a"}"#,
                r#"{"content":[{"type":"text","text":"b"}]}"#,
            ],
            r#"{"content":[{"type":"text","text":"ab"}]}"#,
        );
    }

    #[test]
    fn tool_calls_find_their_pieces() {
        let check = |pieces: &[&str], expected: &str| assert_eq!(merged(pieces), expected);
        check(
            &[
                r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#,
                r#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]}"#,
                r#"{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":"{}"}},{"index":1,"function":{"arguments":"}"}}]}"#,
            ],
            r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
        );
        // Calls that share an index are told apart by their ids; what follows belongs to the last.
        check(
            &[
                r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"1"}}]}"#,
                r#"{"tool_calls":[{"index":0,"id":"b","function":{"arguments":"2"}}]}"#,
                r#"{"tool_calls":[{"index":0,"function":{"arguments":"3"}}]}"#,
            ],
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"1"}},{"index":0,"id":"b","function":{"arguments":"23"}}]}"#,
        );
        // Without an index: by id, else what has no name goes on with the last.
        check(
            &[
                r#"{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"1"}}]}"#,
                r#"{"tool_calls":[{"function":{"arguments":"2"}}]}"#,
                r#"{"tool_calls":[{"id":"b","function":{"name":"f","arguments":"3"}}]}"#,
                r#"{"tool_calls":[{"id":"a","function":{"arguments":"4"}}]}"#,
                r#"{"tool_calls":[{"function":{"name":"h","arguments":"5"}}]}"#,
            ],
            r#"{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"124"}},{"id":"b","function":{"name":"f","arguments":"3"}},{"function":{"name":"h","arguments":"5"}}]}"#,
        );
    }

    #[test]
    fn reasoning_of_two_types_at_one_index_stays_apart() {
        assert_eq!(
            merged(&[
                r#"{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"a"}]}"#,
                r#"{"reasoning_details":[{"type":"reasoning.encrypted","index":0,"data":"x"}]}"#,
                r#"{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"b"}]}"#,
            ]),
            r#"{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"ab"},{"type":"reasoning.encrypted","index":0,"data":"x"}]}"#
        );
    }

    #[test]
    fn what_arrives_whole_is_there_once() {
        assert_eq!(
            merged(&[
                r#"{"images":[{"index":0,"image_url":{"url":"a"}}],"annotations":[{"n":1}]}"#,
                r#"{"images":[{"index":0,"image_url":{"url":"b"}}],"annotations":[{"n":1},{"n":2}]}"#,
            ]),
            r#"{"images":[{"index":0,"image_url":{"url":"a"}},{"index":0,"image_url":{"url":"b"}}],"annotations":[{"n":1},{"n":2}]}"#
        );
    }
}
