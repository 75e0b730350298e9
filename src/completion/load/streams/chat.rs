//! Chunks of `/chat/completions` and `/completions`: `delta`s grow into a `message`, `text`s into a `text`;
//! `usage` comes in the last chunk, whose `choices` is empty or repeats the finish reason.

use std::collections::HashMap;

use super::accumulator::Accumulator;
use super::merge::{Members, Tree, is_empty};
use crate::json::{Document, Kind, Limits, Value};

/// A chat completion that grows.
#[derive(Default)]
pub struct Chat {
    top: Members,
    choices: Vec<Choice>,
    by_index: HashMap<String, usize>,
    is_finished: bool,
}

/// One of its choices.
struct Choice {
    index: String,
    members: Members,
    /// The message that stood beside the last delta, which it repeats: for what no delta brought.
    beside: Option<String>,
}

impl Accumulator for Chat {
    fn take(&mut self, kind: &str, chunk: Value<'_>) {
        if kind == "error" && chunk.get("error").is_none() {
            let error = match chunk.kind() {
                Kind::Object => chunk.raw().to_owned(),
                _ => format!(r#"{{"message":{}}}"#, chunk.raw()),
            };
            self.top.set("error", Tree::Json(error));
            self.is_finished = true;
            return;
        }
        for member in chunk.children() {
            let key = member.raw_key().unwrap_or_default();
            match key {
                "choices" => {
                    self.top.entry(key, || Tree::array([]));
                    for choice in member.children() {
                        self.is_finished |= choice
                            .get("finish_reason")
                            .is_some_and(|reason| !is_empty(reason));
                        self.choice(choice);
                    }
                }
                "object" if member.raw() == "\"chat.completion.chunk\"" => {
                    self.top.set(key, Tree::string("chat.completion"));
                }
                // The time at which it began, and its name: the first that is known.
                "id" | "created" => self.top.fill(key, member),
                "usage" => self.top.merge(key, member),
                "error" => {
                    self.is_finished |= !is_empty(member);
                    self.top.replace(key, member);
                }
                _ => self.top.replace(key, member),
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.is_finished
    }

    fn has_content(&self) -> bool {
        !self.choices.is_empty()
    }

    fn finish(mut self: Box<Self>) -> String {
        let mut out = String::new();
        if self.top.get("choices").is_some() {
            // The choices of a stream come in any order.
            self.choices
                .sort_by_key(|choice| choice.index.parse().unwrap_or(u64::MAX));
            let choices = self.choices.into_iter().map(Choice::finish);
            self.top.set("choices", Tree::array(choices));
        }
        self.top.write(&mut out);
        out
    }
}

impl Chat {
    fn choice(&mut self, choice: Value<'_>) {
        let index = choice.get("index").and_then(Value::number).unwrap_or("0");
        // Nearly always there is one choice, and its index needs no table.
        if let [only] = self.choices.as_mut_slice()
            && only.index == index
        {
            return only.take(choice);
        }
        let place = *self.by_index.entry(index.to_owned()).or_insert_with(|| {
            self.choices.push(Choice::of(index));
            self.choices.len() - 1
        });
        self.choices[place].take(choice);
    }
}

impl Choice {
    fn of(index: &str) -> Choice {
        let mut members = Members::default();
        members.set("index", Tree::Json(index.to_owned()));
        Choice {
            index: index.to_owned(),
            members,
            beside: None,
        }
    }

    fn take(&mut self, choice: Value<'_>) {
        let has_delta = choice.get_some("delta").is_some();
        for member in choice.children() {
            match member.raw_key().unwrap_or_default() {
                "index" => {}
                "delta" => {
                    let message = self.members.entry("message", Tree::object);
                    message.merge("message", member);
                }
                "message" if member.is_null() => {}
                "message" if has_delta => self.beside = Some(member.raw().to_owned()),
                "message" => self.whole_message(member),
                // A chat chunk may carry an empty text for the sake of old clients.
                "text" if has_delta && is_empty(member) => {}
                "text" | "logprobs" => {
                    let key = member.raw_key().unwrap_or_default();
                    self.members.merge(key, member);
                }
                key => self.members.replace(key, member),
            }
        }
    }

    /// A message in place of a delta: all that is known so far, or in some streams only what is new.
    fn whole_message(&mut self, message: Value<'_>) {
        let have = self.members.entry("message", Tree::object);
        let Tree::Object(have) = have else { return };
        for member in message.children() {
            let key = member.raw_key().unwrap_or_default();
            let piece = have.entry(key, || Tree::Json("null".to_owned()));
            piece.merge_whole(key, member);
        }
    }

    fn finish(mut self) -> Tree {
        let beside = self
            .beside
            .and_then(|message| Document::parse(message.into(), Limits::default()).ok());
        if let (Some(beside), Some(Tree::Object(message))) =
            (beside, self.members.get_mut("message"))
        {
            for member in beside.root().children() {
                message.fill(member.raw_key().unwrap_or_default(), member);
            }
        }
        Tree::Object(self.members)
    }
}

#[cfg(test)]
mod tests {
    use crate::completion::load::streams::assemble::assemble;
    use crate::json::Limits;

    fn assembled(chunks: &[&str]) -> String {
        let text = chunks.iter().map(|chunk| format!("data: {chunk}\n\n"));
        let streams = assemble(&text.collect::<String>(), Limits::default());
        let streams = streams.expect("a stream");
        assert_eq!(streams.len(), 1, "{chunks:?}");
        streams[0].json.clone()
    }

    #[test]
    fn chunks_grow_into_a_completion() {
        let check = |chunks: &[&str], expected: &str| assert_eq!(assembled(chunks), expected);
        // The last chunk repeats the finish reason; what is empty in it replaces nothing.
        check(
            &[
                r#"{"id":"gen-1","object":"chat.completion.chunk","created":5,"model":"a/b","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"#,
                r#"{"id":"gen-1","object":"chat.completion.chunk","created":6,"model":"a/b","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"cost":0.5}}"#,
                r#"{"id":"","object":"chat.completion.chunk","created":0,"model":"","choices":[{"index":0,"delta":{},"finish_reason":null}],"usage":null}"#,
                r#"{"id":"","choices":[],"usage":{"prompt_tokens":1,"total_tokens":4,"cost":0}}"#,
            ],
            r#"{"id":"gen-1","object":"chat.completion","created":5,"model":"a/b","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"cost":0.5,"total_tokens":4}}"#,
        );
        // Several choices, in any order.
        check(
            &[
                r#"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#,
                r#"{"choices":[{"index":1,"delta":{"content":"d"}}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":"c"}}]}"#,
            ],
            r#"{"choices":[{"index":0,"message":{"content":"ac"}},{"index":1,"message":{"content":"bd"}}]}"#,
        );
        // A text completion.
        check(
            &[
                r#"{"object":"text_completion","choices":[{"text":" a","finish_reason":null}]}"#,
                r#"{"object":"text_completion","choices":[{"text":" b","finish_reason":null}]}"#,
                r#"{"object":"text_completion","choices":[{"text":"","finish_reason":"stop"}]}"#,
            ],
            r#"{"object":"text_completion","choices":[{"index":0,"text":" a b","finish_reason":"stop"}]}"#,
        );
    }

    #[test]
    fn a_delta_counts_before_the_message_beside_it() {
        let check = |chunks: &[&str], expected: &str| assert_eq!(assembled(chunks), expected);
        check(
            &[
                r#"{"choices":[{"message":{"content":"Hel"},"delta":{"content":"Hel"}}]}"#,
                r#"{"choices":[{"message":{"content":"Hello","refusal":"no"},"delta":{"content":"lo"}}]}"#,
            ],
            r#"{"choices":[{"index":0,"message":{"content":"Hello","refusal":"no"}}]}"#,
        );
        // Nothing streamed but the message.
        check(
            &[
                r#"{"choices":[{"delta":{"content":""},"message":{"role":"assistant","content":"Hello"}}]}"#,
            ],
            r#"{"choices":[{"index":0,"message":{"content":"Hello","role":"assistant"}}]}"#,
        );
        // In place of a delta: all so far, or what is new.
        check(
            &[
                r#"{"choices":[{"delta":null,"message":{"content":"Hel"}}]}"#,
                r#"{"choices":[{"message":{"content":"Hello"}}]}"#,
                r#"{"choices":[{"message":{"content":"Hello"}}]}"#,
                r#"{"choices":[{"message":{"content":""}}]}"#,
            ],
            r#"{"choices":[{"index":0,"message":{"content":"Hello"}}]}"#,
        );
        check(
            &[
                r#"{"choices":[{"message":{"content":"Hel"}}]}"#,
                r#"{"choices":[{"message":{"content":"lo"}}]}"#,
            ],
            r#"{"choices":[{"index":0,"message":{"content":"Hello"}}]}"#,
        );
    }
}
