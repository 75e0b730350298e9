//! A cursor over a document's nodes: cheap to copy, borrowed from the text.

use std::borrow::Cow;

use super::{Document, JsonText, pointer, text};

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// A number; its text is what counts.
    Number,
    /// A string.
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

impl Kind {
    /// The name people use for it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::True | Kind::False => "boolean",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }

    /// Whether values of this kind hold others.
    pub const fn is_container(self) -> bool {
        matches!(self, Kind::Array | Kind::Object)
    }
}

/// A node's index in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// The outermost value.
    pub const ROOT: NodeId = NodeId(0);

    pub(super) fn new(index: usize) -> NodeId {
        NodeId(index as u32)
    }

    /// The position in reading order: 0 is the root.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One value in reading order. Offsets are bytes into the document's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub kind: Kind,
    /// Whether it is a string with an escape in it.
    pub escaped: bool,
    /// Whether its key has one.
    pub key_escaped: bool,
    /// Whether two of an object's keys may be the same.
    pub alike: bool,
    /// Span of the value, quotes and brackets included.
    pub start: u32,
    pub end: u32,
    /// Span of the key's text between its quotes; empty at 0 for what has no key.
    pub key_start: u32,
    pub key_end: u32,
    pub parent: u32,
    /// The first node after this one's subtree.
    pub next: u32,
    /// Children, for a container.
    pub len: u32,
    /// Position among the parent's children.
    pub ordinal: u32,
    /// The marks of an object's keys together: most keys that are asked for and not there show by theirs.
    pub keys: u32,
    /// The tag of its own key.
    pub tag: u32,
}

/// What tells most keys without escapes apart: their first and last byte, and their length.
#[inline]
pub(super) fn tag(key: &[u8]) -> u32 {
    let byte = |byte: Option<&u8>| byte.copied().map_or(0, u32::from);
    byte(key.first()) | byte(key.last()) << 8 | (key.len() as u32) << 16
}

/// The tag of a key with escapes, which no other key has: what it reads as is found out where one is asked for.
pub(super) const ESCAPED: u32 = u32::MAX;

/// The bit by which a key with this tag is marked, unless that is [`ESCAPED`].
pub(super) const fn mark(tag: u32) -> u32 {
    1 << (((tag & 0xff) + 3 * (tag >> 8 & 0xff) + 5 * (tag >> 16)) % u32::BITS)
}

/// A value of a document.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    doc: &'d Document,
    id: NodeId,
}

impl<'d> Value<'d> {
    pub(super) fn new(doc: &'d Document, id: NodeId) -> Self {
        Value { doc, id }
    }

    fn node(self) -> &'d super::value::Node {
        &self.doc.nodes[self.id.index()]
    }

    /// Its place in the document.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The document it belongs to.
    pub fn document(self) -> &'d Document {
        self.doc
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Its text as written, quotes and inner white space included.
    pub fn raw(self) -> &'d str {
        let node = self.node();
        &self.doc.text[node.start as usize..node.end as usize]
    }

    /// Byte offsets of [`Value::raw`] in the document's text.
    pub fn span(self) -> std::ops::Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// Where the member starts: at its key if it has one, else at the value.
    pub fn member_start(self) -> usize {
        let node = self.node();
        if node.key_start == 0 {
            node.start as usize
        } else {
            node.key_start as usize - 1
        }
    }

    /// The text between a string's quotes, escapes and all.
    pub fn raw_str(self) -> Option<&'d str> {
        let node = self.node();
        let inside = node.start as usize + 1..(node.end as usize).saturating_sub(1);
        (node.kind == Kind::String).then(|| &self.doc.text[inside])
    }

    /// A string's text. A half of a surrogate pair reads as U+FFFD.
    pub fn str(self) -> Option<Cow<'d, str>> {
        let raw = self.raw_str()?;
        Some(match self.node().escaped {
            true => text::unquote(raw),
            false => Cow::Borrowed(raw),
        })
    }

    /// Whether its key has an escape in it.
    pub(super) fn has_escaped_key(self) -> bool {
        self.node().key_escaped
    }

    /// Whether it is a string with an escape in it.
    pub(super) fn has_escape(self) -> bool {
        self.node().escaped
    }

    /// A string's text, if it is not empty.
    pub fn non_empty_str(self) -> Option<Cow<'d, str>> {
        self.str().filter(|text| !text.is_empty())
    }

    /// The beginning of what a person reads of a scalar, at most about `bytes` of it.
    pub fn preview(self, bytes: usize) -> Cow<'d, str> {
        text::preview(self.raw(), bytes)
    }

    /// A number's text.
    pub fn number(self) -> Option<&'d str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// How many children it has; 0 for what is no container.
    pub fn len(self) -> usize {
        self.node().len as usize
    }

    /// Whether it has no children.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The key's text between the quotes, escapes and all.
    pub fn raw_key(self) -> Option<&'d str> {
        let node = self.node();
        (node.key_start != 0)
            .then(|| &self.doc.text[node.key_start as usize..node.key_end as usize])
    }

    /// The key under which its object holds it.
    pub fn key(self) -> Option<Cow<'d, str>> {
        let raw = self.raw_key()?;
        Some(match self.node().key_escaped {
            true => text::unquote(raw),
            false => Cow::Borrowed(raw),
        })
    }

    /// Its position among its parent's children, from 0.
    pub fn ordinal(self) -> usize {
        self.node().ordinal as usize
    }

    /// The container that holds it.
    pub fn parent(self) -> Option<Value<'d>> {
        (self.id != NodeId::ROOT).then(|| Value::new(self.doc, NodeId(self.node().parent)))
    }

    /// How many containers are around it.
    pub fn depth(self) -> usize {
        std::iter::successors(self.parent(), |value| value.parent()).count()
    }

    /// The values it holds, in order.
    pub fn children(self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let doc = self.doc;
        let end = self.node().next;
        let mut next = self.id.0 + 1;
        std::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let child = Value::new(doc, NodeId(next));
            next = child.node().next;
            Some(child)
        })
    }

    /// All that is below it, containers included, in reading order.
    pub fn descendants(self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let doc = self.doc;
        (self.id.0 + 1..self.node().next).map(move |index| Value::new(doc, NodeId(index)))
    }

    /// The node after its whole subtree, in reading order.
    pub fn after(self) -> Option<Value<'d>> {
        let next = self.node().next;
        ((next as usize) < self.doc.nodes.len()).then(|| Value::new(self.doc, NodeId(next)))
    }

    /// Whether it is a scalar or an empty container.
    pub fn is_leaf(self) -> bool {
        self.is_empty()
    }

    /// The member of an object; the last one where a key is there twice.
    #[inline]
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        // Of most keys that are asked for, the tag is known when this is compiled.
        let tag = tag(key.as_bytes());
        let object = self.node();
        match object.kind {
            Kind::Object if object.keys & mark(tag) != 0 => self.member(key, tag),
            _ => None,
        }
    }

    #[inline(never)]
    fn member(self, key: &str, tag: u32) -> Option<Value<'d>> {
        let object = self.node();
        let has_escaped = object.keys == u32::MAX;
        let mut found = None;
        let mut at = self.id.0 + 1;
        // Its members and nothing behind them, so that one comparison tells its end.
        let nodes = &self.doc.nodes[..object.next as usize];
        while let Some(node) = nodes.get(at as usize) {
            if node.tag == tag && self.raw_key_of(node) == key
                || has_escaped && node.tag == ESCAPED && text::unquote(self.raw_key_of(node)) == key
            {
                found = Some(at);
                if !object.alike {
                    break;
                }
            }
            at = node.next;
        }
        found.map(|at| Value::new(self.doc, NodeId(at)))
    }

    fn raw_key_of(self, node: &Node) -> &'d str {
        &self.doc.text[node.key_start as usize..node.key_end as usize]
    }

    /// The member of an object, if it is not `null`.
    pub fn get_some(self, key: &str) -> Option<Value<'d>> {
        self.get(key).filter(|value| !value.is_null())
    }

    /// The item of an array.
    pub fn item(self, index: usize) -> Option<Value<'d>> {
        (self.kind() == Kind::Array)
            .then(|| self.children().nth(index))
            .flatten()
    }

    /// The RFC 6901 pointer from the root to it.
    pub fn pointer(self) -> String {
        let mut chain: Vec<Value> = std::iter::successors(Some(self), |v| v.parent()).collect();
        chain.pop();
        let mut out = String::new();
        for value in chain.iter().rev() {
            match value.key() {
                Some(key) => pointer::push(&mut out, &key),
                None => pointer::push_index(&mut out, value.ordinal()),
            }
        }
        out
    }

    /// The value in canonical JSON text: no white space, shortest escapes, numbers as written.
    pub fn canonical(self) -> JsonText {
        JsonText::of(self)
    }
}

impl PartialEq for Value<'_> {
    /// The same place of the same document.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.doc, other.doc) && self.id == other.id
    }
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.pointer(), self.raw())
    }
}
