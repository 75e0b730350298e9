//! What the mapping reads out of a request and its response, whichever API they went through.

mod asked;
pub(super) mod chat;
pub(super) mod delivery;
mod messages;
mod responses;

use std::borrow::Cow;

use super::parts::Parts;
use crate::completion::{Api, generation_id, is_stand_in};
use crate::json::{JsonText, Kind, Value};

/// A piece of a text.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'c> {
    /// A string that is not empty.
    pub value: Value<'c>,
    /// Whether it goes on where the piece before it ends; else it begins a line.
    pub goes_on: bool,
}

/// Texts of a message, and what it has besides.
#[derive(Debug, Default)]
pub struct Texts<'c> {
    /// In order, empty ones left out.
    pub pieces: Vec<Piece<'c>>,
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
                for part in content.children() {
                    out.part(part, text_kinds);
                }
            }
            Kind::Object => out.part(content, text_kinds),
            _ => {}
        }
        out
    }

    /// Reads the blocks of a Messages answer: neighbouring texts are one text, and what stands between
    /// texts breaks the line.
    pub fn of_blocks(content: Value<'c>) -> Texts<'c> {
        if content.kind() != Kind::Array {
            return Texts::of_content(content, &["text"]);
        }
        let mut out = Texts::default();
        let mut follows_text = false;
        for block in content.children() {
            let before = out.pieces.len();
            out.part(block, &["text"]);
            if let Some(piece) = out.pieces.get_mut(before) {
                piece.goes_on = follows_text && before > 0;
            }
            follows_text = block.get("type").and_then(Value::str).as_deref() == Some("text");
        }
        out
    }

    /// The values of its pieces.
    pub fn values(&self) -> Vec<Value<'c>> {
        self.pieces.iter().map(|piece| piece.value).collect()
    }

    fn part(&mut self, part: Value<'c>, text_kinds: &[&str]) {
        if let Some(text) = part.str() {
            match is_stand_in(&text) {
                true => self.skipped.push((part, text.into_owned())),
                false => self.push(part),
            }
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
            self.pieces.push(Piece {
                value: text,
                goes_on: false,
            });
        }
    }
}

/// Where a text that the mapping reads was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextOrigin {
    /// The request, or the response.
    #[default]
    Exchange,
    /// A delivery.
    Delivery,
    /// The answer of `GET /api/v1/generation/content`.
    Content,
}

/// What the mapping reads, by meaning. Absent is `None` or empty.
#[derive(Debug, Default)]
pub struct Reading<'c> {
    /// `response.id`
    pub id: Option<Value<'c>>,
    /// When the generation began, in seconds since 1970 or as an ISO 8601 time.
    pub created: Option<Value<'c>>,
    /// When it ended (Responses).
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
    /// The provider of the endpoint that `openrouter_metadata` says was selected.
    pub selected_provider: Option<Value<'c>>,
    /// `metadata.user_id` of a Messages request.
    pub metadata_user: Option<Value<'c>>,
    /// Whether the request holds a conversation at all.
    pub has_conversation: bool,
    /// The latest message with role `user`, or the prompt.
    pub user_message: Option<Value<'c>>,
    /// What stands in the place of the messages, or of one behind all of the user's, and can't be read: what was asked
    /// is not known.
    pub unread_message: Option<Value<'c>>,
    /// Whether the input is the `prompt` of a request without messages.
    pub is_prompt: bool,
    /// Where the input was found.
    pub input_origin: TextOrigin,
    /// Where the output was found.
    pub output_origin: TextOrigin,
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
    /// A status that says that the answer is not final yet (Responses).
    pub unfinished: Option<Value<'c>>,
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
    /// Reads what is known of a completion.
    pub fn of(parts: &Parts<'c>) -> Reading<'c> {
        let mut reading = Reading::default();
        if parts.request.is_some() {
            reading.requested = non_empty(parts.asked("model"));
            reading.preset = parts.asked("preset");
            reading.models = parts
                .asked("models")
                .iter()
                .flat_map(|models| models.children())
                .filter(|model| model.non_empty_str().is_some())
                .collect();
        }
        if let Some(response) = parts.response {
            reading.id = response_id(response);
            reading.returned = text(response, "model");
            reading.provider = text(response, "provider");
            reading.selected_provider = selected_provider(response);
            reading.failure = failure_of(response);
            if let Some(usage) = response.get_some("usage") {
                reading.cost = number(usage, "cost");
            }
        }
        if let Some(request) = parts.request {
            reading.take_request(request, parts.api);
            let metadata = parts
                .asked("metadata")
                .filter(|_| parts.api == Api::Messages);
            reading.metadata_user = metadata.and_then(|metadata| text(metadata, "user_id"));
        }
        match (parts.api, parts.response) {
            (Api::Chat, Some(response)) => chat::read(response, &mut reading),
            (Api::Responses, Some(response)) => responses::read(response, &mut reading),
            (Api::Messages, Some(response)) => messages::read(response, &mut reading),
            _ => {}
        }
        delivery::read(parts, &mut reading);
        reading
    }

    /// The token counts of a `usage`, by the names of chat's API or of the others, which a gateway may write in either place.
    pub fn take_usage(&mut self, usage: Value<'c>, is_chat: bool) {
        let count = |of_chat: &str, of_others: &str| {
            let names = if is_chat {
                [of_chat, of_others]
            } else {
                [of_others, of_chat]
            };
            names.iter().find_map(|name| number(usage, name))
        };
        self.prompt_tokens = count("prompt_tokens", "input_tokens").into_iter().collect();
        self.completion_tokens = count("completion_tokens", "output_tokens");
        self.total_tokens = number(usage, "total_tokens");
    }
}

/// The provider that OpenRouter's router chose, where the request asked for its metadata.
fn selected_provider(response: Value<'_>) -> Option<Value<'_>> {
    let endpoints = response.get_some("openrouter_metadata")?.get("endpoints")?;
    let is_selected =
        |endpoint: &Value<'_>| endpoint.get("selected").map(Value::kind) == Some(Kind::True);
    let mut available = endpoints.get("available")?.children();
    text(available.find(is_selected)?, "provider")
}

/// A value that is a string and not empty.
pub fn non_empty(value: Option<Value<'_>>) -> Option<Value<'_>> {
    value.filter(|value| value.non_empty_str().is_some())
}

/// A member that is a string and not empty.
pub fn text<'c>(object: Value<'c>, key: &str) -> Option<Value<'c>> {
    non_empty(object.get(key))
}

/// The id of a response, unless it is one that names nothing.
pub fn response_id(response: Value<'_>) -> Option<Value<'_>> {
    text(response, "id").filter(|id| id.str().is_some_and(|id| !is_placeholder(&id)))
}

/// Whether an id was cut short with dots, as in documentation, or is a row of crosses or stars in the place of one. Several
/// completions may have the same such id.
pub fn is_placeholder(id: &str) -> bool {
    const SHORTEST: usize = 3;
    // Nearly every id is a whole one.
    if let Some([first, .., last]) = id.as_bytes().strip_prefix(generation_id::PREFIX.as_bytes())
        && first.is_ascii_digit()
        && last.is_ascii_alphanumeric()
    {
        return false;
    }
    let own = id.split_once(['-', '_']).map_or(id, |(_, own)| own);
    let is_cover = |c: char| matches!(c, 'x' | 'X' | '*' | '.');
    let is_covered = own.chars().all(is_cover) && own.chars().count() >= SHORTEST;
    is_covered || own.ends_with("...") || own.ends_with('…') || stands_for_any(id)
}

/// Whether loggers, schemas, mocks and scrubbers write it in place of any id.
fn stands_for_any(id: &str) -> bool {
    const WORDS: [&str; 7] = [
        "0",
        "string",
        "null",
        "none",
        "nil",
        "undefined",
        "00000000-0000-0000-0000-000000000000",
    ];
    const OF_SCRUBBERS: [&str; 9] = [
        "anonymized",
        "filtered",
        "hidden",
        "masked",
        "obfuscated",
        "redacted",
        "removed",
        "sanitized",
        "scrubbed",
    ];
    let mut words = id.trim().split(|c: char| !c.is_ascii_alphanumeric());
    let is_scrubbed = |word: &str| {
        OF_SCRUBBERS
            .iter()
            .any(|own| word.eq_ignore_ascii_case(own))
    };
    let names_itself = words
        .clone()
        .next_back()
        .is_some_and(|word| word.eq_ignore_ascii_case("id"));
    if names_itself || words.any(is_scrubbed) {
        return true;
    }
    let encloses = |begin: char, end: char| id.starts_with(begin) && id.ends_with(end);
    let is_enclosed = [('<', '>'), ('[', ']'), ('{', '}'), ('(', ')')]
        .iter()
        .any(|(begin, end)| encloses(*begin, *end));
    let word = id.trim();
    is_enclosed || WORDS.iter().any(|own| word.eq_ignore_ascii_case(own))
}

/// A member that is a number, or a string that holds nothing but a number.
pub fn number<'c>(object: Value<'c>, key: &str) -> Option<Value<'c>> {
    object
        .get(key)
        .filter(|value| number_text(*value).is_some())
}

/// Whether a value is a number from zero up that a receiver can read: none is below zero, and JavaScript reads
/// `1e400` as infinity.
pub fn is_quantity(value: Value<'_>) -> bool {
    number_text(value).is_some_and(|text| {
        let is_readable = || text.parse::<f64>().is_ok_and(f64::is_finite);
        let is_plain = text.len() < 300 && !text.contains(['e', 'E']);
        (!text.starts_with('-') || is_zero(value)) && (is_plain || is_readable())
    })
}

/// The text of a number, which some exporters and CSV files write as a string.
#[inline]
pub fn number_text(value: Value<'_>) -> Option<Cow<'_, str>> {
    if let Some(number) = value.number() {
        return Some(Cow::Borrowed(number));
    }
    number_in_string(value)
}

fn number_in_string(value: Value<'_>) -> Option<Cow<'_, str>> {
    let text = value.str()?;
    let first = *text.as_bytes().first()?;
    let may_be = first == b'-' || first.is_ascii_digit();
    let json = may_be.then(|| JsonText::parse(&text).ok())??;
    (json.kind() == Kind::Number).then_some(text)
}

/// A whole number, however it is written: `12`, `12.0`, `1.2e1`.
pub fn whole(value: Value<'_>) -> Option<i128> {
    /// Beyond it not every whole number is a float.
    const MOST: f64 = 9_007_199_254_740_992.0;
    let text = number_text(value)?;
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        let is_whole = number.fract() == 0.0 && number.abs() < MOST;
        is_whole.then(|| format!("{number:.0}").parse().ok())?
    })
}

/// Whether a number is zero, however it is written.
#[inline]
pub fn is_zero(value: Value<'_>) -> bool {
    match value.number() {
        // Nearly all tell by their first digit.
        Some(number) => !number.starts_with(|c| matches!(c, '1'..='9')) && says_zero(number),
        None => number_text(value).is_some_and(|number| says_zero(&number)),
    }
}

fn says_zero(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    mantissa
        .bytes()
        .all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}

/// Whether a member of an error is more than what a wrapper writes for none: `0`, `""`, null.
fn says_something(member: Value<'_>) -> bool {
    match member.kind() {
        Kind::Null | Kind::False => false,
        Kind::String => member.non_empty_str().is_some(),
        Kind::Number => !is_zero(member),
        Kind::True => true,
        Kind::Object | Kind::Array => !member.is_empty(),
    }
}

/// The error that a response or a choice tells. What stands for none (`""`, `{}`, `false`) is none.
pub fn failure_of(answer: Value<'_>) -> Option<Value<'_>> {
    let error = answer.get_some("error")?;
    let says_something = match error.kind() {
        Kind::String => error.non_empty_str().is_some(),
        Kind::Object => error.children().any(says_something),
        Kind::Array => !error.is_empty(),
        Kind::False | Kind::Null => false,
        Kind::True => true,
        Kind::Number => !is_zero(error),
    };
    says_something.then_some(error)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::json::{Document, Limits};

    #[test]
    fn a_number_may_stand_in_a_string() {
        let check = |json: &str, expected: Option<&str>| {
            let document = Document::parse(json.into(), Limits::default()).unwrap();
            assert_eq!(number_text(document.root()).as_deref(), expected, "{json}");
        };
        check("1.48e-05", Some("1.48e-05"));
        check(r#""1.48e-05""#, Some("1.48e-05"));
        check(r#""0""#, Some("0"));
        check(r#""""#, None);
        check(r#""1 apple""#, None);
        check(r#""2026-05-06""#, None);
        check("true", None);
    }

    #[test]
    fn zero_is_known_however_it_is_written() {
        let check = |json: &str, expected: bool| {
            let document = Document::parse(json.into(), Limits::default()).unwrap();
            assert_eq!(is_zero(document.root()), expected, "{json}");
        };
        for zero in ["0", "0.0", "-0", "0e7", r#""0""#] {
            check(zero, true);
        }
        for other in ["1", "0.01", "1e-9", r#""""#, "null"] {
            check(other, false);
        }
    }
}
