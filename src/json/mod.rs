//! The ground floor: JSON read without losing anything.
//!
//! A [`Document`] keeps the text it was read from and one flat array of nodes with spans, so that a
//! number's text survives (`1.48e-05` stays `1.48e-05`), every value knows its place in the file, and
//! a huge record costs one pass and no allocation per value.

mod canonical;
mod diff;
mod members;
mod parse;
pub mod pointer;
mod position;
mod pretty;
mod text;
mod value;
mod words;

pub use canonical::{Joined, write_compact};
pub use diff::{Difference, diff};
pub use members::Members;
pub use parse::{Limits, ParseError};
pub use position::{Checkpoints, Position};
pub use pretty::write_pretty;
pub(crate) use text::write_items;
pub use text::{JsonText, quote, unquote};
pub use value::{Kind, NodeId, Value};

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// One JSON value with the text it came from.
#[derive(Debug, Clone)]
pub struct Document {
    text: Arc<str>,
    nodes: Vec<value::Node>,
    /// Objects that may name a key more than once, in reading order.
    alike: Vec<u32>,
}

impl Document {
    /// Reads one JSON value that fills `text` but for surrounding white space.
    ///
    /// Duplicate keys are kept (the last one wins on lookup, as in `JSON.parse`).
    ///
    /// # Errors
    /// The first place where the text is not JSON, or a [`Limits`] that was exceeded.
    pub fn parse(text: Arc<str>, limits: Limits) -> Result<Document, ParseError> {
        let (nodes, mut alike) = parse::nodes(&text, limits)?;
        alike.sort_unstable();
        Ok(Document { text, nodes, alike })
    }

    /// The whole text, white space included.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        self.at(NodeId::ROOT)
    }

    /// The value of a node of this document.
    pub fn at(&self, id: NodeId) -> Value<'_> {
        Value::new(self, id)
    }

    /// How many values the document holds, containers included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: a document has at least its root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The value at an RFC 6901 pointer.
    pub fn resolve(&self, pointer: &str) -> Option<Value<'_>> {
        pointer::resolve(self.root(), pointer)
    }

    /// Whether the key of any object has a capital letter.
    pub(crate) fn has_capital_in_key(&self) -> bool {
        let text = self.text.as_bytes();
        self.nodes
            .iter()
            .any(|node| words::has_capital(text, node.key_start as usize..node.key_end as usize))
    }

    /// Whether any text begins with a bracket, behind blanks or escapes too: nearly none does, and what does may be JSON or
    /// stand in the place of some.
    pub(crate) fn has_text_in_brackets(&self) -> bool {
        let text = self.text.as_bytes();
        self.nodes.iter().any(|node| {
            let first = text.get(node.start as usize + 1);
            node.kind == Kind::String && matches!(first, Some(b'[' | b'{' | b'<' | b' ' | b'\\'))
        })
    }

    /// Objects that name a key more than once: the later value, which wins, and its key.
    pub fn duplicate_keys(&self) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        for index in &self.alike {
            let object = self.at(NodeId::new(*index as usize));
            if object.len() > 64 {
                self.duplicates_among_many(object, &mut found);
                continue;
            }
            if all_look_different(object) {
                continue;
            }
            seen.clear();
            for child in object.children() {
                let key = canonical::canonical_key(child).unwrap_or_default();
                match seen.contains(&key) {
                    true => found.push(child.id()),
                    false => seen.push(key),
                }
            }
        }
        found
    }

    fn duplicates_among_many(&self, object: Value<'_>, found: &mut Vec<NodeId>) {
        let mut seen = HashSet::with_capacity(object.len());
        for child in object.children() {
            if !seen.insert(canonical::canonical_key(child).unwrap_or_default()) {
                found.push(child.id());
            }
        }
    }
}

/// Whether the keys of an object are so different that each shows at a glance.
fn all_look_different(object: Value<'_>) -> bool {
    let mut looks = [0_u64; 4];
    object.children().all(|child| {
        let look = look(child.raw_key().unwrap_or_default().as_bytes());
        let (word, bit) = (&mut looks[look / 64 % 4], 1 << (look % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new && !child.has_escaped_key()
    })
}

/// A few bits that tell most keys of an object apart.
fn look(key: &[u8]) -> usize {
    let at = |index: usize| key.get(index).copied().map_or(0, usize::from);
    key.len() * 7 + at(0) * 3 + at(key.len() / 2) * 5 + at(key.len().wrapping_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_that_are_there_twice() {
        let check = |json: &str, expected: &[&str]| {
            let doc = Document::parse(json.into(), Limits::default());
            let found = doc.iter().flat_map(|doc| {
                let ids = doc.duplicate_keys();
                ids.into_iter().map(|id| doc.at(id).raw().to_owned())
            });
            assert_eq!(found.collect::<Vec<_>>(), expected, "{json}");
        };
        check(r#"{"a":1,"b":2,"c":{"a":3}}"#, &[]);
        check(r#"{"a":1,"\u0061":2,"b":3,"a":4}"#, &["2", "4"]);
        check(r#"[{"x":1},{"x":2,"x":3}]"#, &["3"]);
        let many: Vec<String> = (0..80).map(|n| format!("\"k{}\":{n}", n % 79)).collect();
        check(&format!("{{{}}}", many.join(",")), &["79"]);
    }
}
