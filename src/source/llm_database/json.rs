//! Columns as JSON, and objects made of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::json::{Document, Kind, Limits, quote};

/// The keys that stand for texts in JSON texts.
pub(super) fn keys(texts: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut known = HashSet::new();
    for text in texts.iter().filter(|text| text.contains("\"$\"")) {
        let Ok(doc) = Document::parse(Arc::from(text.as_str()), Limits::default()) else {
            continue;
        };
        for value in doc.root().descendants() {
            if value.raw_key() == Some("$")
                && let Some(key) = value.str()
                && known.insert(key.to_string())
            {
                out.push(key.into_owned());
            }
        }
    }
    out
}

pub(super) fn hash(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<String>> {
    Ok(text(row.get_ref(index)?))
}

pub(super) fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A column's value as JSON.
pub(super) fn plain(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) if number.is_finite() => format!("{number:?}"),
        ValueRef::Text(bytes) => quote(&String::from_utf8_lossy(bytes)),
        _ => "null".to_owned(),
    }
}

/// A column that holds JSON: as it is where it is JSON, else as the text it is.
pub(super) fn as_json(text: &str) -> String {
    match Document::parse(Arc::from(text), Limits::default()) {
        Ok(doc) if doc.root().kind() != Kind::Null => text.to_owned(),
        Ok(_) => "null".to_owned(),
        Err(_) => quote(text),
    }
}

/// An object in the making. Of a name that comes twice, the later value counts.
#[derive(Default)]
pub(super) struct Object {
    members: Vec<(String, String)>,
    places: HashMap<String, usize>,
}

impl Object {
    pub fn push(&mut self, name: &str, json: &str) {
        match self.places.get(name) {
            Some(place) => json.clone_into(&mut self.members[*place].1),
            None => {
                self.places.insert(name.to_owned(), self.members.len());
                self.members.push((name.to_owned(), json.to_owned()));
            }
        }
    }

    pub fn finish(&self) -> String {
        let members = self.members.iter();
        let members = members.map(|(name, json)| format!("{}:{json}", quote(name)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }
}
