//! Events of `/messages`: `message_start` holds the message, blocks grow by deltas, and
//! `message_delta` brings the stop reason and the last word on usage (and OpenRouter's cost). A block or
//! a message whose start is missing is made of what its deltas tell.

use std::collections::HashMap;

use super::accumulator::Accumulator;
use super::merge::{Members, Tree, is_empty};
use crate::json::{Joined, JsonText, Kind, Value};

/// A message that grows.
#[derive(Default)]
pub struct Messages {
    top: Members,
    blocks: Vec<Block>,
    /// The latest block with an index.
    by_index: HashMap<String, usize>,
    error: Option<String>,
    is_stopped: bool,
}

#[derive(Default)]
struct Block {
    members: Members,
    /// A tool's input, which comes as pieces of JSON text inside strings.
    input: Joined,
}

impl Accumulator for Messages {
    fn take(&mut self, kind: &str, chunk: Value<'_>) {
        match kind {
            "message_start" => {
                if let Some(message) = chunk.get_some("message") {
                    self.message(message);
                }
            }
            "message" => self.message(chunk),
            "content_block_start" => {
                let first = chunk.get_some("content_block");
                let block = self.start_block(index_of(chunk));
                if let Some(Kind::Object) = first.map(Value::kind) {
                    for member in first.iter().flat_map(|first| first.children()) {
                        let key = member.raw_key().unwrap_or_default();
                        block.members.merge(key, member);
                    }
                }
            }
            "content_block_delta" => {
                if let Some(delta) = chunk.get_some("delta") {
                    self.block(index_of(chunk)).take(delta);
                }
            }
            "message_delta" => {
                for member in chunk.children() {
                    match member.raw_key().unwrap_or_default() {
                        "type" => {}
                        "delta" => {
                            for member in member.children() {
                                self.fact(member.raw_key().unwrap_or_default(), member);
                            }
                        }
                        key => self.fact(key, member),
                    }
                }
            }
            "message_stop" => self.is_stopped = true,
            _ => {
                let error = chunk.get_some("error");
                let error = error.or((kind == "error").then_some(chunk));
                if let Some(error) = error {
                    self.error = Some(match error.kind() {
                        Kind::Object => error.raw().to_owned(),
                        _ => format!(r#"{{"message":{}}}"#, error.raw()),
                    });
                }
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.is_stopped || self.error.is_some()
    }

    fn has_content(&self) -> bool {
        !self.blocks.is_empty() || self.top.get("role").is_some()
    }

    fn is_only_begun(&self) -> bool {
        self.blocks.is_empty() && !self.is_complete()
    }

    fn finish(mut self: Box<Self>) -> String {
        let mut out = String::new();
        if self.has_content() || self.top.get("stop_reason").is_some() {
            if self.top.get("type").is_none() {
                self.top.set("type", Tree::string("message"));
            }
            let blocks = self.blocks.into_iter().map(Block::finish);
            self.top.set("content", Tree::array(blocks));
        }
        if let Some(error) = self.error {
            self.top.set("error", Tree::Json(error));
        }
        self.top.write(&mut out);
        out
    }
}

fn index_of(chunk: Value<'_>) -> &str {
    chunk.get("index").and_then(Value::number).unwrap_or("0")
}

impl Messages {
    /// The message as it starts, or as a whole.
    fn message(&mut self, message: Value<'_>) {
        for member in message.children() {
            let key = member.raw_key().unwrap_or_default();
            if key != "content" {
                self.fact(key, member);
                continue;
            }
            self.top.entry(key, || Tree::array([]));
            for (index, first) in member.children().enumerate() {
                let block = self.start_block(&index.to_string());
                for member in first.children() {
                    let key = member.raw_key().unwrap_or_default();
                    block.members.merge(key, member);
                }
            }
        }
    }

    /// A fact about the message: what is empty replaces nothing.
    fn fact(&mut self, key: &str, value: Value<'_>) {
        self.is_stopped |= key == "stop_reason" && !is_empty(value);
        match key {
            "usage" => self.top.merge(key, value),
            _ => self.top.replace(key, value),
        }
    }

    fn start_block(&mut self, index: &str) -> &mut Block {
        let place = self.blocks.len();
        self.by_index.insert(index.to_owned(), place);
        self.blocks.push(Block::default());
        &mut self.blocks[place]
    }

    /// The latest block with an index, made where its start is missing.
    fn block(&mut self, index: &str) -> &mut Block {
        match self.by_index.get(index) {
            Some(place) => &mut self.blocks[*place],
            None => self.start_block(index),
        }
    }
}

impl Block {
    fn take(&mut self, delta: Value<'_>) {
        let kind = delta.get("type").and_then(Value::str).unwrap_or_default();
        self.members.entry("type", || {
            Tree::string(match kind.as_ref() {
                "thinking_delta" | "signature_delta" => "thinking",
                "input_json_delta" => "tool_use",
                _ => "text",
            })
        });
        for member in delta.children() {
            match member.raw_key().unwrap_or_default() {
                "type" => {}
                "partial_json" => self.input.push_raw(member.raw_str().unwrap_or_default()),
                // One citation at a time, and a list where the block begins with one.
                "citation" => {
                    let citations = self.members.entry("citations", || Tree::array([]));
                    citations.push(Tree::Json(member.raw().to_owned()));
                }
                key => self.members.merge(key, member),
            }
        }
    }

    fn finish(mut self) -> Tree {
        if !self.input.is_empty() {
            let text = self.input.to_json();
            let json = text.str().unwrap_or_default();
            let input = JsonText::parse(&json).unwrap_or(text.clone());
            let input = Tree::Json(input.as_str().to_owned());
            self.members.set("input", input);
        }
        Tree::Object(self.members)
    }
}

#[cfg(test)]
mod tests {
    use crate::completion::load::streams::assemble::assemble;
    use crate::json::Limits;

    #[test]
    fn events_grow_into_a_message() {
        let check = |text: &str, expected: &str| {
            let streams = assemble(text, Limits::default()).expect("a stream");
            assert_eq!(streams.len(), 1, "{text}");
            assert_eq!(streams[0].json, expected, "{text}");
        };
        let whole = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"gen-1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n\
            event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
            event: ping\ndata: {\"type\":\"ping\"}\n\n\
            event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n\
            event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"n\":1}}}\n\n\
            event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
            event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n\
            event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\"\"}}\n\n\
            event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\":1}\"}}\n\n\
            event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"input_tokens\":0,\"output_tokens\":5,\"cost\":0.5}}\n\n\
            event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        let message = r#"{"id":"gen-1","type":"message","role":"assistant","content":[{"type":"text","text":"Hi","citations":[{"n":1}]},{"type":"tool_use","id":"t","name":"f","input":{"a":1}}],"usage":{"input_tokens":7,"output_tokens":5,"cost":0.5},"stop_reason":"tool_use"}"#;
        check(whole, message);
        // The type stands in the data, in the event's name, in both, or shows in what there is.
        let without_events: Vec<&str> =
            whole.lines().filter(|l| !l.starts_with("event:")).collect();
        check(&without_events.join("\n"), message);
        let mut without_types = whole.to_owned();
        for kind in [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
        ] {
            without_types = without_types.replace(&format!("\"type\":\"{kind}\","), "");
        }
        check(&without_types, message);
        let bare: Vec<&str> = without_types
            .lines()
            .filter(|l| !l.starts_with("event:"))
            .collect();
        check(&bare.join("\n"), message);
        // The beginning is missing.
        let cut: Vec<&str> = whole.split("\n\n").skip(3).take(1).collect();
        check(
            &cut.join("\n\n"),
            r#"{"type":"message","content":[{"type":"text","text":"Hi"}]}"#,
        );
        // A whole message in one event.
        check(
            "event: message\ndata: {\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}],\"stop_reason\":\"end_turn\"}\n\n",
            r#"{"type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}"#,
        );
        check(
            "event: message_start\ndata: {\"message\":{\"role\":\"assistant\"}}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n",
            r#"{"role":"assistant","type":"message","content":[],"error":{"type":"overloaded_error","message":"busy"}}"#,
        );
    }
}
