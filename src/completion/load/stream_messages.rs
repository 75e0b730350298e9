//! Events of `/messages`: `message_start` holds the message, blocks grow by deltas, and
//! `message_delta` brings the stop reason and the last word on usage (and OpenRouter's cost).

use super::assemble::Growing;
use super::merge::Tree;
use crate::json::{Joined, JsonText, Value};

/// A message that grows.
#[derive(Default)]
pub struct Messages {
    top: Option<Tree>,
    blocks: Vec<(String, Block)>,
    error: Option<String>,
    stopped: bool,
}

struct Block {
    block: Tree,
    /// A tool's input, which comes as pieces of JSON text inside strings.
    input: Joined,
}

impl Growing for Messages {
    fn take(&mut self, chunk: Value<'_>) {
        let kind = chunk.get("type").and_then(Value::str).unwrap_or_default();
        let index = chunk.get("index").and_then(Value::number).unwrap_or("0");
        match kind.as_ref() {
            "message_start" => {
                let mut top = Tree::object();
                for member in chunk.get("message").iter().flat_map(|m| m.children()) {
                    let key = member.raw_key().unwrap_or_default();
                    match key {
                        "content" => top.set(key, Tree::Array(Vec::new())),
                        "usage" => top.member(key, member),
                        _ => top.replace(key, member),
                    }
                }
                self.top = Some(top);
            }
            "content_block_start" => {
                let mut block = Tree::object();
                if let Some(first) = chunk.get("content_block") {
                    block.merge("content_block", first);
                }
                let input = Joined::default();
                self.blocks.push((index.to_owned(), Block { block, input }));
            }
            "content_block_delta" => {
                let block = self.blocks.iter_mut().rev().find(|(have, _)| have == index);
                if let (Some((_, block)), Some(delta)) = (block, chunk.get("delta")) {
                    take_delta(block, delta);
                }
            }
            "message_delta" => {
                let top = self.top.get_or_insert_with(Tree::object);
                for member in chunk.get("delta").iter().flat_map(|d| d.children()) {
                    top.replace(member.raw_key().unwrap_or_default(), member);
                }
                let usage = top.entry("usage", Tree::object());
                for member in chunk.get("usage").iter().flat_map(|u| u.children()) {
                    usage.replace(member.raw_key().unwrap_or_default(), member);
                }
            }
            "message_stop" => self.stopped = true,
            _ => {
                if let Some(error) = chunk.get_some("error") {
                    self.error = Some(error.raw().to_owned());
                }
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.stopped
    }

    fn finish(self: Box<Self>) -> String {
        let mut out = String::new();
        let Some(mut top) = self.top else {
            let mut top = Tree::object();
            if let Some(error) = self.error {
                top.set("error", Tree::Json(error));
            }
            top.write(&mut out);
            return out;
        };
        let blocks = self.blocks.into_iter().map(|(_, block)| block.finish());
        top.set("content", Tree::Array(blocks.collect()));
        if let Some(error) = self.error {
            top.set("error", Tree::Json(error));
        }
        top.write(&mut out);
        out
    }
}

fn take_delta(block: &mut Block, delta: Value<'_>) {
    for member in delta.children() {
        match member.raw_key().unwrap_or_default() {
            "type" => {}
            "partial_json" => block.input.push_raw(member.raw_str().unwrap_or_default()),
            "citation" => {
                let citations = block.block.entry("citations", Tree::Array(Vec::new()));
                if let Tree::Array(items) = citations {
                    items.push(Tree::Json(member.raw().to_owned()));
                }
            }
            key => block.block.member(key, member),
        }
    }
}

impl Block {
    fn finish(mut self) -> Tree {
        if !self.input.is_empty() {
            let text = self.input.to_json();
            let json = text.str().unwrap_or_default();
            let input = JsonText::parse(&json).unwrap_or(text.clone());
            self.block
                .set("input", Tree::Json(input.as_str().to_owned()));
        }
        self.block
    }
}
