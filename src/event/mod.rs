//! The Raindrop event: its fields in order, privacy, and the exact bytes on the wire.

mod kind;
pub mod privacy;
mod provenance;
pub mod wire;

pub use kind::DestinationKind;
pub use provenance::{Confidence, Provenance, Rule, Source, Step};

use std::borrow::Cow;

use crate::json::{Document, JsonText, Limits, Value, pointer};

/// Which object of the event holds a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// The event itself.
    Top,
    /// `ai_data`
    AiData,
    /// `properties`
    Properties,
}

impl Section {
    /// The pointer of the object.
    pub const fn pointer(self) -> &'static str {
        match self {
            Section::Top => "",
            Section::AiData => "/ai_data",
            Section::Properties => "/properties",
        }
    }
}

/// One field: a leaf but for trace values, which may be any JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The object that holds it.
    pub section: Section,
    /// Its key.
    pub key: Cow<'static, str>,
    /// Its value.
    pub value: JsonText,
    /// Where the value came from.
    pub provenance: Provenance,
}

impl Field {
    /// The RFC 6901 pointer in the event.
    pub fn pointer(&self) -> String {
        pointer::join(self.section.pointer(), &self.key)
    }

    /// Whether it holds text of the conversation by design.
    pub fn is_text(&self) -> bool {
        self.section == Section::AiData && matches!(self.key.as_ref(), "input" | "output")
    }

    /// The leaves of its value: pointer below the field, and the value.
    pub fn leaves(&self) -> Vec<(String, JsonText)> {
        if !self.value.kind().is_container() {
            return vec![(String::new(), self.value.clone())];
        }
        let Ok(doc) = Document::parse(self.value.as_str().into(), Limits::default()) else {
            return vec![(String::new(), self.value.clone())];
        };
        std::iter::once(doc.root())
            .chain(doc.root().descendants())
            .filter(|value| value.is_leaf())
            .map(|value: Value<'_>| (value.pointer(), value.canonical()))
            .collect()
    }
}

/// A Raindrop event, with all its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// In the order of the wire: sections ascending, keys as in the mapping.
    pub fields: Vec<Field>,
}

impl Event {
    /// A field by section and key.
    pub fn field(&self, section: Section, key: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.section == section && field.key == key)
    }

    /// The event's id.
    pub fn id(&self) -> String {
        self.field(Section::Top, "event_id")
            .map(|field| field.value.shown().into_owned())
            .unwrap_or_default()
    }
}
