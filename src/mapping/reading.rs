//! What the mapping reads out of a request and its response, whichever API they went through.

use super::{chat, delivery, messages, responses};
use crate::completion::{Api, Completion};
use crate::json::{Kind, Value};

/// Texts of a message, and what it has besides.
#[derive(Debug, Default)]
pub struct Texts<'c> {
    /// Strings, in order, empty ones left out.
    pub texts: Vec<Value<'c>>,
    /// Whether the content was a list of parts.
    pub in_parts: bool,
    /// Parts that are no text, with their kinds.
    pub skipped: Vec<(Value<'c>, String)>,
}

impl<'c> Texts<'c> {
    /// Reads a message's `content`: a string, `null`, or a list of parts. `text_kinds` names the
    /// `type`s of parts that are text.
    pub fn of_content(content: Value<'c>, text_kinds: &[&str]) -> Texts<'c> {
        let mut out = Texts::default();
        match content.kind() {
            Kind::String => out.push(content),
            Kind::Array => {
                out.in_parts = true;
                for part in content.children() {
                    out.part(part, text_kinds);
                }
            }
            Kind::Object => out.part(content, text_kinds),
            _ => {}
        }
        out
    }

    fn part(&mut self, part: Value<'c>, text_kinds: &[&str]) {
        if part.kind() == Kind::String {
            self.push(part);
            return;
        }
        let kind = part.get("type").and_then(Value::str);
        let is_text = kind
            .as_deref()
            .is_none_or(|kind| text_kinds.contains(&kind));
        match part.get("text") {
            Some(text) if is_text => self.push(text),
            _ => {
                let kind = kind.unwrap_or("unknown".into()).into_owned();
                self.skipped.push((part, kind));
            }
        }
    }

    fn push(&mut self, text: Value<'c>) {
        if text.non_empty_str().is_some() {
            self.texts.push(text);
        }
    }
}

/// What the mapping reads, by meaning. Absent is `None` or empty.
#[derive(Debug, Default)]
pub struct Reading<'c> {
    /// `response.id`
    pub id: Option<Value<'c>>,
    /// When the generation began, in seconds since 1970.
    pub created: Option<Value<'c>>,
    /// When it ended, in seconds since 1970 (Responses).
    pub completed: Option<Value<'c>>,
    /// `request.model`
    pub requested: Option<Value<'c>>,
    /// `request.models`: fallbacks.
    pub models: Vec<Value<'c>>,
    /// `request.preset`
    pub preset: Option<Value<'c>>,
    /// `response.model`
    pub returned: Option<Value<'c>>,
    /// Display name of the provider.
    pub provider: Option<Value<'c>>,
    /// `metadata.user_id` of a Messages request.
    pub metadata_user: Option<Value<'c>>,
    /// Whether the request holds a conversation at all.
    pub has_conversation: bool,
    /// The latest message with role `user`, or the prompt.
    pub user_message: Option<Value<'c>>,
    /// Whether the input is the `prompt` of a request without messages.
    pub is_prompt: bool,
    /// Whether the input is a delivery's.
    pub input_is_delivered: bool,
    /// Whether the output is a delivery's.
    pub output_is_delivered: bool,
    /// Its texts.
    pub input: Texts<'c>,
    /// The completion's texts.
    pub output: Texts<'c>,
    /// Texts of a refusal.
    pub refusals: Vec<Value<'c>>,
    /// Calls of tools, of whatever shape.
    pub tool_calls: Option<Value<'c>>,
    /// The provider's own finish reason.
    pub native_finish: Option<Value<'c>>,
    /// The normalised finish reason.
    pub finish: Option<Value<'c>>,
    /// Summands of the prompt's tokens.
    pub prompt_tokens: Vec<Value<'c>>,
    /// The completion's tokens.
    pub completion_tokens: Option<Value<'c>>,
    /// All tokens.
    pub total_tokens: Option<Value<'c>>,
    /// `usage.cost`
    pub cost: Option<Value<'c>>,
    /// What went wrong in the middle.
    pub failure: Option<Value<'c>>,
}

impl<'c> Reading<'c> {
    /// Reads a completion.
    pub fn of(completion: &'c Completion) -> Reading<'c> {
        let request = completion.request();
        let response = completion.response();
        let mut reading = Reading::default();
        if let Some(request) = request {
            reading.requested = text(request, "model");
            reading.preset = request.get_some("preset");
            reading.models = request
                .get_some("models")
                .iter()
                .flat_map(|models| models.children())
                .filter(|model| model.non_empty_str().is_some())
                .collect();
        }
        if let Some(response) = response {
            reading.id = text(response, "id");
            reading.returned = text(response, "model");
            reading.provider = text(response, "provider");
            reading.failure = response.get_some("error");
            if let Some(usage) = response.get_some("usage") {
                reading.cost = number(usage, "cost");
            }
        }
        match completion.api {
            Api::Chat => chat::read(request, response, &mut reading),
            Api::Responses => responses::read(request, response, &mut reading),
            Api::Messages => messages::read(request, response, &mut reading),
            Api::Delivery => {}
        }
        delivery::read(completion, &mut reading);
        reading
    }

    /// `usage` members with these names.
    pub fn take_usage(&mut self, usage: Value<'c>, prompt: &[&str], completion: &str, total: &str) {
        self.prompt_tokens = prompt.iter().filter_map(|key| number(usage, key)).collect();
        self.completion_tokens = number(usage, completion);
        self.total_tokens = number(usage, total);
    }
}

/// A member that is a string and not empty.
pub fn text<'c>(object: Value<'c>, key: &str) -> Option<Value<'c>> {
    object
        .get(key)
        .filter(|value| value.non_empty_str().is_some())
}

/// A member that is a number.
pub fn number<'c>(object: Value<'c>, key: &str) -> Option<Value<'c>> {
    object.get(key).filter(|value| value.kind() == Kind::Number)
}

/// Whether a message has the role.
pub fn has_role(message: Value<'_>, role: &str) -> bool {
    message
        .get("role")
        .and_then(Value::str)
        .is_some_and(|have| have == role)
}
