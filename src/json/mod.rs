//! The ground floor: JSON read without losing anything.
//!
//! A [`Document`] keeps the text it was read from and one flat array of nodes with spans, so that a
//! number's text survives (`1.48e-05` stays `1.48e-05`), every value knows its place in the file, and
//! a huge record costs one pass and no allocation per value.

mod canonical;
mod diff;
mod parse;
pub mod pointer;
mod position;
mod pretty;
mod text;
mod value;

pub use canonical::{Joined, write_compact};
pub use diff::{Difference, diff};
pub use parse::{Limits, ParseError};
pub use position::Position;
pub use pretty::write_pretty;
pub use text::{JsonText, quote, unquote};
pub use value::{Kind, NodeId, Value};

use std::sync::Arc;

/// One JSON value with the text it came from.
#[derive(Debug, Clone)]
pub struct Document {
    text: Arc<str>,
    nodes: Vec<value::Node>,
}

impl Document {
    /// Reads one JSON value that fills `text` but for surrounding white space.
    ///
    /// Duplicate keys are kept (the last one wins on lookup, as in `JSON.parse`).
    ///
    /// # Errors
    /// The first place where the text is not JSON, or a [`Limits`] that was exceeded.
    pub fn parse(text: Arc<str>, limits: Limits) -> Result<Document, ParseError> {
        let nodes = parse::nodes(&text, limits)?;
        Ok(Document { text, nodes })
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

    /// Objects that name a key more than once: the later value, which wins, and its key.
    pub fn duplicate_keys(&self) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut seen = std::collections::HashMap::new();
        for index in 0..self.nodes.len() {
            let object = self.at(NodeId::new(index));
            if object.kind() != Kind::Object {
                continue;
            }
            seen.clear();
            for child in object.children() {
                if let Some(key) = child.key()
                    && seen.insert(key, ()).is_some()
                {
                    found.push(child.id());
                }
            }
        }
        found
    }
}
