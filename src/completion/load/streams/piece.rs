//! What one chunk is to the stream that it is of.

use std::borrow::Cow;

use crate::completion::Api;
use crate::json::{Kind, Value};

/// What a chunk tells of the stream it belongs to.
pub(super) struct Piece<'c> {
    pub(super) chunk: Value<'c>,
    /// None for what any API's stream may have: an error, a ping.
    pub(super) api: Option<Api>,
    pub(super) kind: &'c str,
    pub(super) id: Option<Cow<'c, str>>,
    /// Whether a stream of its API begins with it.
    pub(super) begins: bool,
    /// Whether it brings something of the answer, not only facts about it.
    pub(super) has_content: bool,
}

impl<'c> Piece<'c> {
    /// Tells what a chunk is by its type, which its event may name, and else by its members.
    pub(super) fn of(kind: &'c str, chunk: Value<'c>) -> Option<Piece<'c>> {
        if chunk.kind() != Kind::Object {
            // An `error` event may hold only a sentence.
            let is_error = kind == "error" && chunk.kind() == Kind::String;
            return is_error.then(|| Piece::any(kind, chunk));
        }
        let has = |key: &str| chunk.get_some(key).is_some();
        let is_object = |key: &str| chunk.get(key).is_some_and(|v| v.kind() == Kind::Object);
        let within = |key: &str| chunk.get(key).and_then(id_of);
        let piece = |api, kind, id, begins, has_content| {
            Some(Piece {
                chunk,
                api: Some(api),
                kind,
                id,
                begins,
                has_content,
            })
        };
        if kind.starts_with("response.") {
            let is_fact = is_object("response") || kind.ends_with(".error");
            let begins = kind == "response.created";
            return piece(
                Api::Responses,
                kind,
                within("response"),
                begins,
                begins || !is_fact,
            );
        }
        match kind {
            "message_start" => return piece(Api::Messages, kind, within("message"), true, true),
            "content_block_start" | "content_block_delta" => {
                return piece(Api::Messages, kind, None, false, true);
            }
            "content_block_stop" | "message_delta" | "message_stop" => {
                return piece(Api::Messages, kind, None, false, false);
            }
            "ping" => return Some(Piece::any(kind, chunk)),
            "message" if has("content") && (has("role") || has("stop_reason")) => {
                return piece(Api::Messages, kind, id_of(chunk), true, true);
            }
            _ => {}
        }
        let object = chunk.get("object").and_then(Value::str);
        let object = object.as_deref().unwrap_or_default();
        let is_chat = matches!(
            object,
            "chat.completion.chunk" | "chat.completion" | "text_completion"
        );
        let choices = chunk.get("choices").filter(|c| c.kind() == Kind::Array);
        if is_chat || choices.is_some() {
            let has_content = choices.is_some_and(|choices| !choices.is_empty());
            return piece(Api::Chat, kind, id_of(chunk), false, has_content);
        }
        if object == "response" {
            return piece(
                Api::Responses,
                "response.completed",
                id_of(chunk),
                false,
                true,
            );
        }
        // Without a type, and without the event's name that would tell it.
        if kind == "error" || is_object("error") {
            return Some(Piece::any(kind, chunk));
        }
        if is_object("message")
            && chunk
                .get("message")
                .is_some_and(|m| m.get("role").is_some())
        {
            return piece(
                Api::Messages,
                "message_start",
                within("message"),
                true,
                true,
            );
        }
        if is_object("content_block") {
            return piece(Api::Messages, "content_block_start", None, false, true);
        }
        if let Some(delta) = chunk
            .get("delta")
            .filter(|delta| delta.kind() == Kind::Object)
        {
            return if delta.get("stop_reason").is_some() {
                piece(Api::Messages, "message_delta", None, false, false)
            } else if delta.get("type").is_some() {
                piece(Api::Messages, "content_block_delta", None, false, true)
            } else {
                None
            };
        }
        // The last word on usage may come without any choices.
        (is_object("usage") && (has("id") || has("model") || chunk.len() == 1)).then(|| Piece {
            chunk,
            api: Some(Api::Chat),
            kind,
            id: id_of(chunk),
            begins: false,
            has_content: false,
        })
    }

    /// Whether it is from the middle of a stream whose beginning would tell what it is of.
    pub(super) fn lacks_beginning(&self) -> bool {
        match self.api {
            Some(Api::Messages) => !self.begins,
            Some(Api::Responses) => self.kind.ends_with(".delta"),
            _ => false,
        }
    }

    /// Whether it neither brings anything of an answer nor names one: a count of tokens, what was sent to a provider.
    pub(super) fn is_beside_all(&self) -> bool {
        let has = |key: &str| self.chunk.get_some(key).is_some();
        let has_any = |keys: &[&str]| keys.iter().any(|key| has(key));
        match self.api {
            Some(Api::Chat) => self.id.is_none() && !has_any(&["choices", "model", "error"]),
            Some(Api::Responses) => {
                const PARTS: [&str; 8] = [
                    "response",
                    "item",
                    "part",
                    "delta",
                    "text",
                    "error",
                    "item_id",
                    "output_index",
                ];
                !self.begins
                    && self.id.is_none()
                    && !has_any(&PARTS)
                    && self.kind.starts_with("response.")
                    && !has("output")
            }
            _ => false,
        }
    }

    /// What any API's stream may have.
    pub(super) fn any(kind: &'c str, chunk: Value<'c>) -> Piece<'c> {
        Piece {
            chunk,
            api: None,
            kind,
            id: None,
            begins: false,
            has_content: false,
        }
    }
}

pub(super) fn id_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.get("id").and_then(Value::non_empty_str)
}

/// Whether something else stands in the place of a choice, as loggers write beyond a certain depth: `[Object]`.
pub(super) fn has_left_out(chunk: Value<'_>) -> bool {
    let choices = chunk.get("choices");
    let mut choices = choices.into_iter().flat_map(Value::children);
    choices.any(|choice| choice.kind() == Kind::String)
}
