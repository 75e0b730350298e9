//! What a recording holds of generations apart from their own exchanges: their records and contents, fetched
//! from OpenRouter in the same recording.

use std::collections::HashMap;
use std::sync::Arc;

use super::api::{self, ApiRoute};
use super::body::Body;
use super::json_part;
use super::message::Exchange;
use crate::completion::Place;
use crate::completion::load::content;
use crate::completion::load::record::Reader;
use crate::completion::source_map::{DocumentBuilder, Places, SourceMap};
use crate::json::{Document, Limits, Value};

/// What was fetched, by the id of its generation.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// In the order in which they were first fetched.
    all: Vec<Fetched>,
    by_id: HashMap<String, usize>,
}

/// All that was fetched of one generation.
#[derive(Debug)]
struct Fetched {
    id: String,
    /// Where the first exchange stands that fetched something of it.
    at: Place,
    record: Option<FetchedRecord>,
    content: Option<FetchedRecord>,
    /// Whether the generation's own exchange is in the recording.
    is_joined: bool,
}

/// An answer's JSON and where it stands.
#[derive(Debug)]
pub(super) struct FetchedRecord {
    json: String,
    map: SourceMap,
    at: Place,
}

impl FetchedRecord {
    /// Appends it to a document.
    pub fn copy(&self, builder: &mut DocumentBuilder) {
        builder.copy(&self.json, 0..self.json.len(), &self.map);
    }
}

impl Records {
    /// Takes an exchange in if it fetched a record or a content; the last one of an id counts.
    pub fn take(&mut self, exchange: &Exchange<'_>, limits: Limits) -> bool {
        let route = api::route(exchange);
        if !matches!(route, ApiRoute::Generation | ApiRoute::Content) {
            return false;
        }
        let Body::Text(text) = &exchange.response.body else {
            return false;
        };
        let Some(part) = json_part(text, limits) else {
            return false;
        };
        let root = part.doc.root();
        if route == ApiRoute::Content && !content::is_content(root) {
            return false;
        }
        let record = root.get_some("data").unwrap_or(root);
        let told = record.get("id").and_then(Value::non_empty_str);
        let asked = || {
            exchange
                .url
                .as_deref()
                .and_then(api::asked_id)
                .map(Into::into)
        };
        let Some(id) = told
            .or_else(asked)
            .filter(|_| root.get_some("error").is_none())
        else {
            return false;
        };
        let answer = FetchedRecord {
            json: root.raw().to_owned(),
            map: part.map(),
            at: text.at.clone(),
        };
        let fetched = self.entry(&id, &exchange.at);
        match route {
            ApiRoute::Content => fetched.content = Some(answer),
            _ => fetched.record = Some(answer),
        }
        true
    }

    fn entry(&mut self, id: &str, at: &Place) -> &mut Fetched {
        let index = *self.by_id.entry(id.to_owned()).or_insert(self.all.len());
        if index == self.all.len() {
            self.all.push(Fetched {
                id: id.to_owned(),
                at: at.clone(),
                record: None,
                content: None,
                is_joined: false,
            });
        }
        &mut self.all[index]
    }

    /// Whether anything of a generation was fetched.
    pub fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// The record of a generation whose own exchange is in the recording.
    pub fn join(&mut self, id: &str) -> Option<&FetchedRecord> {
        let fetched = self.all.get_mut(*self.by_id.get(id)?)?;
        fetched.is_joined = true;
        fetched.record.as_ref()
    }

    /// Reads what was fetched of generations whose own exchange is not in the recording: each is a completion
    /// by itself. Gives how many there are.
    pub fn read_rest(self, reader: &mut Reader<'_>) -> usize {
        let rest = self.all.into_iter().filter(|fetched| !fetched.is_joined);
        rest.map(|fetched| fetched.read(reader)).count()
    }
}

impl Fetched {
    fn read(self, reader: &mut Reader<'_>) {
        let mut builder = DocumentBuilder::default();
        let mut opening = "{";
        let doc = self.content.as_ref().and_then(|content| {
            Document::parse(Arc::from(content.json.as_str()), reader.limits).ok()
        });
        if let (Some(content), Some(doc)) = (self.content, doc) {
            let places = Places::mapped(doc.text(), content.map, Vec::new(), content.at);
            builder.literal(opening);
            let id = (self.id.as_str(), self.at.clone());
            content::write(doc.root(), Some(id), &places, &mut builder);
            opening = ",";
        }
        if let Some(record) = &self.record {
            builder.literal(opening);
            builder.literal("\"generation\":");
            record.copy(&mut builder);
        }
        builder.literal("}");
        let origin = reader.origin_of_entry(self.at, reader.origin.record);
        reader.entry(&origin).push(None, builder, None);
    }
}
