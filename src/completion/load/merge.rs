//! Pieces of a streamed message grow into one: strings that are streamed are joined, items with the
//! same `index` are merged, all else is replaced by what came later.

use crate::json::{Joined, Kind, Value, quote};

/// A value that grows.
#[derive(Debug, Clone)]
pub enum Tree {
    /// JSON text as it stood.
    Json(String),
    /// A string that is streamed in pieces.
    Text(Joined),
    /// An array.
    Array(Vec<Tree>),
    /// An object; keys as they stand between the quotes.
    Object(Vec<(String, Tree)>),
}

/// Keys whose strings come in pieces.
const STREAMED: [&str; 10] = [
    "content",
    "reasoning",
    "reasoning_content",
    "refusal",
    "arguments",
    "text",
    "thinking",
    "summary",
    "transcript",
    "data",
];

impl Tree {
    /// An object without members.
    pub fn object() -> Tree {
        Tree::Object(Vec::new())
    }

    /// A value as its first piece.
    fn from(key: &str, value: Value<'_>) -> Tree {
        match value.kind() {
            Kind::String if STREAMED.contains(&key) => {
                let mut text = Joined::default();
                text.push_raw(value.raw_str().unwrap_or_default());
                Tree::Text(text)
            }
            Kind::Array => {
                let mut array = Tree::Array(Vec::new());
                array.merge(key, value);
                array
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
            (Tree::Text(text), Kind::String) => text.push_raw(value.raw_str().unwrap_or_default()),
            (Tree::Object(_), Kind::Object) => {
                for member in value.children() {
                    let key = member.raw_key().unwrap_or_default();
                    self.member(key, member);
                }
            }
            (Tree::Array(items), Kind::Array) => {
                for item in value.children() {
                    match items.iter_mut().find(|have| have.is_same_item(item)) {
                        Some(have) => have.merge(key, item),
                        None => items.push(Tree::from(key, item)),
                    }
                }
            }
            (Tree::Json(_), Kind::String) if value.raw() == "\"\"" => {}
            (tree, _) => *tree = Tree::from(key, value),
        }
    }

    /// Adds a piece to an object's member; a `null` only marks that the member exists.
    pub fn member(&mut self, key: &str, value: Value<'_>) {
        let Tree::Object(members) = self else { return };
        match members.iter_mut().find(|(have, _)| have == key) {
            Some((_, tree)) if tree.is_null() => {
                *tree = Tree::from(key, value);
            }
            Some((_, tree)) => tree.merge(key, value),
            None => members.push((key.to_owned(), Tree::from(key, value))),
        }
    }

    /// Replaces an object's member, or appends it.
    pub fn set(&mut self, key: &str, value: Tree) {
        let Tree::Object(members) = self else { return };
        match members.iter_mut().find(|(have, _)| have == key) {
            Some((_, tree)) => *tree = value,
            None => members.push((key.to_owned(), value)),
        }
    }

    /// Replaces an object's member by a value as it stands, unless that is `null` and one is there.
    pub fn replace(&mut self, key: &str, value: Value<'_>) {
        if !value.is_null() || self.get(key).is_none() {
            self.set(key, Tree::Json(value.raw().to_owned()));
        }
    }

    /// An object's member.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        let Tree::Object(members) = self else {
            return None;
        };
        members
            .iter()
            .find(|(have, _)| have == key)
            .map(|(_, tree)| tree)
    }

    /// An object's member, made by `fresh` where it is not there yet.
    pub fn entry(&mut self, key: &str, fresh: Tree) -> &mut Tree {
        if self.get(key).is_none() {
            self.set(key, fresh);
        }
        let Tree::Object(members) = self else {
            return self;
        };
        let at = members.iter().position(|(have, _)| have == key);
        &mut members[at.unwrap_or_default()].1
    }

    /// The object at `index` of an array of objects that carry an `index`, made where it is missing.
    pub fn indexed(&mut self, index: &str) -> &mut Tree {
        let Tree::Array(items) = self else {
            return self;
        };
        let is_it =
            |item: &Tree| matches!(item.get("index"), Some(Tree::Json(json)) if json == index);
        let at = items.iter().position(is_it).unwrap_or_else(|| {
            let mut item = Tree::object();
            item.set("index", Tree::Json(index.to_owned()));
            items.push(item);
            items.len() - 1
        });
        &mut items[at]
    }

    /// Whether an item of a later piece continues this one: the same `index`, and no other `type` or `id`.
    fn is_same_item(&self, item: Value<'_>) -> bool {
        let Some(index) = item.get("index") else {
            return false;
        };
        let agrees = |key: &str| match (self.get(key), item.get_some(key)) {
            (Some(Tree::Json(have)), Some(new)) => have == new.raw() || new.raw() == "\"\"",
            _ => true,
        };
        matches!(self.get("index"), Some(Tree::Json(have)) if have == index.raw())
            && agrees("type")
            && agrees("id")
    }

    fn is_null(&self) -> bool {
        matches!(self, Tree::Json(json) if json == "null")
    }

    /// A string of the program's own.
    pub fn string(text: &str) -> Tree {
        Tree::Json(quote(text))
    }

    /// Appends the JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Tree::Json(json) => out.push_str(json),
            Tree::Text(text) => out.push_str(text.to_json().as_str()),
            Tree::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Tree::Object(members) => {
                out.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
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
        }
    }
}
