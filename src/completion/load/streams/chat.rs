//! Chunks of `/chat/completions` and `/completions`: `delta`s grow into a `message`, `text`s into a `text`;
//! `usage` comes in the last chunk, whose `choices` is empty or repeats the finish reason.

use std::collections::{HashMap, HashSet};

use super::accumulator::Accumulator;
use super::merge::{Members, Tree, is_empty};
use crate::completion::generation_id;
use crate::json::{Document, Kind, Limits, Value};

/// What the object is that chunks grow into.
const OBJECT: &str = "\"chat.completion\"";

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
    /// How it ended, once that was said.
    end: Option<End>,
    /// The message that stood beside the last delta, which it repeats: for what no delta brought.
    beside: Option<String>,
    /// Of the messages that stand in place of deltas, the members that bring what is new alone.
    in_pieces: HashSet<String>,
}

/// How a choice ended.
struct End {
    is_for_tools: bool,
    /// Whether each chunk with some of its text says a finish reason: then that says no end.
    is_said_always: bool,
    /// Whether text came after it all the same.
    goes_on: bool,
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
                        let has_reason = has_reason(choice);
                        self.is_finished |= has_reason;
                        self.choice(choice, has_reason);
                    }
                }
                "object" if member.raw() == "\"chat.completion.chunk\"" => {
                    if self.top.get(key).and_then(Tree::json) != Some(OBJECT) {
                        self.top.set(key, Tree::Json(OBJECT.to_owned()));
                    }
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

    /// A choice that has ended gets no more text: a server that repeats the finish reason, or sends the count of
    /// tokens late, sends an empty delta with it.
    fn is_of_another(&self, _kind: &str, chunk: Value<'_>, id: Option<&str>) -> bool {
        let mut choices = chunk.get("choices").into_iter().flat_map(Value::children);
        self.is_finished
            && choices.any(|choice| {
                let ours = self.place_of(index_of(choice));
                ours.is_some_and(|place| self.choices[place].has_ended_before(choice, id))
            })
    }

    fn remark(&self) -> Option<&'static str> {
        let goes_on = |choice: &Choice| choice.end.as_ref().is_some_and(|end| end.goes_on);
        self.choices.iter().any(goes_on).then_some(
            "each chunk of this stream says a finish reason and all name one id: taken for one completion",
        )
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
    fn choice(&mut self, choice: Value<'_>, has_reason: bool) {
        let index = index_of(choice);
        let place = self.place_of(index).unwrap_or_else(|| {
            let place = self.choices.len();
            self.choices.push(Choice::of(index));
            self.by_index.insert(index.to_owned(), place);
            place
        });
        self.choices[place].note_end(choice, has_reason);
        self.choices[place].take(choice);
    }

    fn place_of(&self, index: &str) -> Option<usize> {
        match self.choices.as_slice() {
            // Nearly always there is one choice, and its index needs no table.
            [only] if only.index == index => Some(0),
            _ => self.by_index.get(index).copied(),
        }
    }
}

fn index_of(choice: Value<'_>) -> &str {
    choice.get("index").and_then(Value::number).unwrap_or("0")
}

/// Whether a chunk brings some of an answer, not only facts about it.
pub(super) fn brings_text(chunk: Value<'_>) -> bool {
    let mut choices = chunk.get("choices").into_iter().flat_map(Value::children);
    choices.any(|choice| News::of(choice).is_some())
}

/// Whether a chunk brings text to a choice that ends in another one, which brings none.
pub(super) fn is_text_of_ended(chunk: Value<'_>, end: Value<'_>) -> bool {
    let choices =
        [chunk, end].map(|chunk| chunk.get("choices").and_then(|choices| choices.item(0)));
    let [Some(text), Some(ended)] = choices else {
        return false;
    };
    let [index, of_ended] = [text, ended].map(|choice| choice.get("index").map(Value::raw));
    index == of_ended
        && brings_text(chunk)
        && !has_reason(text)
        && has_reason(ended)
        && !brings_text(end)
}

fn has_reason(choice: Value<'_>) -> bool {
    let reason = choice.get("finish_reason");
    reason.is_some_and(|reason| !is_empty(reason))
}

/// What a chunk brings of a choice's answer, if it is more than facts about it.
enum News<'c> {
    /// The next piece of it.
    Piece,
    /// The beginning of its first tool call.
    ToolCall,
    /// A whole message in place of a piece: its text as it is written.
    Message(&'c str),
}

impl<'c> News<'c> {
    fn of(choice: Value<'c>) -> Option<News<'c>> {
        const TEXTS: [&str; 4] = ["content", "reasoning", "reasoning_content", "refusal"];
        let is_said = |value: Value<'_>| !is_empty(value);
        if choice.get("text").is_some_and(is_said) {
            return Some(News::Piece);
        }
        let Some(delta) = choice.get_some("delta") else {
            let content = choice.get("message")?.get("content")?;
            return content
                .raw_str()
                .filter(|raw| !raw.is_empty())
                .map(News::Message);
        };
        let has_text = |key| delta.get(key).is_some_and(is_said);
        if TEXTS.into_iter().any(has_text) {
            return Some(News::Piece);
        }
        let call = delta.get("tool_calls")?.item(0)?;
        let is_first = call.get("index").and_then(Value::number).unwrap_or("0") == "0";
        (is_first && call.get("id").is_some_and(is_said)).then_some(News::ToolCall)
    }
}

impl Choice {
    /// Whether this choice had ended before what a chunk brings, so that the chunk is another completion's.
    fn has_ended_before(&self, choice: Value<'_>, id: Option<&str>) -> bool {
        let (Some(end), Some(news)) = (&self.end, News::of(choice)) else {
            return false;
        };
        if id.is_some() && end.is_said_always && has_reason(choice) {
            return false;
        }
        // OpenRouter gives no id twice: its server ran the tools, and goes on with what it says of them.
        let is_same_generation = id.is_some_and(generation_id::is_one);
        match news {
            News::Piece => !(end.is_for_tools && is_same_generation),
            News::ToolCall => !is_same_generation,
            News::Message(raw) => {
                let content = self.members.get("message").and_then(|m| m.get("content"));
                match content {
                    Some(Tree::Text(had)) if !had.is_empty() => {
                        !raw.starts_with(had.raw()) && !had.raw().starts_with(raw)
                    }
                    _ => false,
                }
            }
        }
    }

    /// Takes note of how far it had come with its finish reason.
    fn note_end(&mut self, choice: Value<'_>, has_reason: bool) {
        if self.end.is_none() && !has_reason {
            return;
        }
        let brings = News::of(choice).is_some();
        if let Some(end) = &mut self.end {
            end.is_said_always &= has_reason || !brings;
            end.goes_on |= brings;
            return;
        }
        let reason = choice.get("finish_reason").and_then(Value::str);
        let content = self.members.get("message").and_then(|m| m.get("content"));
        let text = content.or(self.members.get("text"));
        self.end = Some(End {
            is_for_tools: matches!(reason.as_deref(), Some("tool_calls" | "function_call")),
            is_said_always: brings && text.is_none_or(Tree::is_empty),
            goes_on: false,
        });
    }

    fn of(index: &str) -> Choice {
        let mut members = Members::default();
        members.set("index", Tree::Json(index.to_owned()));
        Choice {
            index: index.to_owned(),
            members,
            end: None,
            beside: None,
            in_pieces: HashSet::new(),
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
            let mut are_pieces = self.in_pieces.contains(key);
            let were_pieces = are_pieces;
            piece.merge_whole(key, member, &mut are_pieces);
            if are_pieces && !were_pieces {
                self.in_pieces.insert(key.to_owned());
            }
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
