//! Events of `/responses`: the last one holds the whole response. Where the stream broke off before
//! it, what arrived is put together from the snapshot at its start, finished items and text deltas.

use super::assemble::Growing;
use super::merge::Tree;
use crate::json::{Joined, Value, quote};

/// A response that grows.
#[derive(Default)]
pub struct Responses {
    whole: Option<String>,
    snapshot: Option<Tree>,
    items: Vec<(String, Item)>,
    error: Option<String>,
}

enum Item {
    Json(String),
    Text(Joined),
}

impl Growing for Responses {
    fn take(&mut self, chunk: Value<'_>) {
        let kind = chunk.get("type").and_then(Value::str).unwrap_or_default();
        let response = chunk.get_some("response");
        let index = chunk
            .get("output_index")
            .and_then(Value::number)
            .unwrap_or("0");
        match (kind.as_ref(), response) {
            ("response.completed" | "response.incomplete" | "response.failed", Some(response)) => {
                self.whole = Some(response.raw().to_owned());
            }
            (_, Some(response)) => {
                let mut snapshot = Tree::object();
                for member in response.children() {
                    snapshot.replace(member.raw_key().unwrap_or_default(), member);
                }
                self.snapshot = Some(snapshot);
            }
            ("response.output_item.done", None) => {
                if let Some(item) = chunk.get_some("item") {
                    self.set(index, Item::Json(item.raw().to_owned()));
                }
            }
            ("response.output_text.delta", None) => {
                if let Some(delta) = chunk.get("delta").and_then(Value::raw_str) {
                    self.push_text(index, delta);
                }
            }
            ("error" | "response.error" | "", None) => {
                let error = chunk.get_some("error").unwrap_or(chunk);
                self.error = Some(error.raw().to_owned());
            }
            _ => {}
        }
    }

    fn is_complete(&self) -> bool {
        self.whole.is_some()
    }

    fn finish(self: Box<Self>) -> String {
        if let Some(whole) = self.whole {
            return whole;
        }
        let mut top = self.snapshot.unwrap_or_else(Tree::object);
        top.set("object", Tree::string("response"));
        let items = self.items.into_iter().map(|(_, item)| match item {
            Item::Json(json) => Tree::Json(json),
            Item::Text(text) => Tree::Json(format!(
                r#"{{"type":{},"role":{},"status":{},"content":[{{"type":{},"text":{}}}]}}"#,
                quote("message"),
                quote("assistant"),
                quote("in_progress"),
                quote("output_text"),
                text.to_json()
            )),
        });
        top.set("output", Tree::Array(items.collect()));
        if let Some(error) = self.error {
            top.set("error", Tree::Json(error));
        }
        let mut out = String::new();
        top.write(&mut out);
        out
    }
}

impl Responses {
    fn set(&mut self, index: &str, item: Item) {
        match self.items.iter_mut().find(|(have, _)| have == index) {
            Some((_, slot)) => *slot = item,
            None => self.items.push((index.to_owned(), item)),
        }
    }

    fn push_text(&mut self, index: &str, raw: &str) {
        match self.items.iter_mut().find(|(have, _)| have == index) {
            Some((_, Item::Text(text))) => text.push_raw(raw),
            Some(_) => {}
            None => {
                let mut text = Joined::default();
                text.push_raw(raw);
                self.items.push((index.to_owned(), Item::Text(text)));
            }
        }
    }
}
