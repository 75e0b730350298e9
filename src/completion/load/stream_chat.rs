//! Chunks of `/chat/completions`: `delta`s grow into a `message`; `usage` comes in the last chunk,
//! whose `choices` is empty or repeats the finish reason.

use super::assemble::Growing;
use super::merge::Tree;
use crate::json::Value;

/// A chat completion that grows.
pub struct Chat {
    top: Tree,
    finished: bool,
}

impl Default for Chat {
    fn default() -> Self {
        Chat {
            top: Tree::object(),
            finished: false,
        }
    }
}

impl Growing for Chat {
    fn take(&mut self, chunk: Value<'_>) {
        for member in chunk.children() {
            let key = member.raw_key().unwrap_or_default();
            match key {
                "choices" => {
                    let choices = self.top.entry("choices", Tree::Array(Vec::new()));
                    for choice in member.children() {
                        self.finished |= choice.get_some("finish_reason").is_some();
                        take_choice(choices, choice);
                    }
                }
                "object" => self.top.set("object", Tree::string("chat.completion")),
                _ => self.top.replace(key, member),
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.finished
    }

    fn finish(mut self: Box<Self>) -> String {
        let mut out = String::new();
        // The choices of a stream come in any order.
        if self.top.get("choices").is_some()
            && let Tree::Array(choices) = self.top.entry("choices", Tree::Array(Vec::new()))
        {
            choices.sort_by_key(|choice| match choice.get("index") {
                Some(Tree::Json(index)) => index.parse().unwrap_or(u64::MAX),
                _ => u64::MAX,
            });
        }
        self.top.write(&mut out);
        out
    }
}

fn take_choice(choices: &mut Tree, choice: Value<'_>) {
    let index = choice.get("index").and_then(Value::number).unwrap_or("0");
    let slot = choices.indexed(index);
    for member in choice.children() {
        match member.raw_key().unwrap_or_default() {
            "index" => {}
            "delta" | "message" => slot
                .entry("message", Tree::object())
                .merge("message", member),
            key => slot.replace(key, member),
        }
    }
}
