//! What is shaped as an answer and tells nothing of one: the zero value of a program's type, and one whose inside a logger
//! left out.

use crate::completion::is_stand_in;
use crate::json::{Kind, Value};

/// What is shaped as an answer, and why it is none that can be read.
#[derive(Debug, Clone, Copy)]
pub(in crate::completion::load) enum OddAnswer<'d> {
    /// An example that was made of an API's description: what names its generation or its model is the name of a type.
    Example,
    /// Nothing is known of it.
    Hollow,
    /// Something else stands in the place of this part's inside, as loggers write beyond the depth that they go to:
    /// `"choices": "[Array]"`.
    LeftOut(Value<'d>),
}

/// What is odd about the answer of a completion, in which a text begins with a bracket or none does. Of nearly every one the
/// first member tells that it is not hollow.
pub(in crate::completion::load) fn odd_answer(
    root: Value<'_>,
    has_text_in_brackets: bool,
) -> Option<OddAnswer<'_>> {
    let is_type = |member: Value<'_>| member.raw() == "\"<string>\"";
    let Some(response) = root.get("response") else {
        let model = root.get("request").and_then(|request| request.get("model"));
        let is_example = model.is_some_and(is_type);
        return match is_example {
            true => Some(OddAnswer::Example),
            false => is_hollow(root).then_some(OddAnswer::Hollow),
        };
    };
    let mut left_out = None;
    for member in response.children().filter(|_| has_text_in_brackets) {
        match member.raw_key() {
            Some("id" | "model") if is_type(member) => return Some(OddAnswer::Example),
            Some("choices") => left_out = within_choices(member),
            Some("output" | "content") => left_out = left_out.or_else(|| within_items(member)),
            _ => {}
        }
    }
    let is_told = |part: &&str| root.get_some(part).is_some();
    if let Some(part) = left_out
        && !["delivery", "content"].iter().any(is_told)
    {
        return Some(OddAnswer::LeftOut(part));
    }
    let first = response.children().next();
    let may_be = first.is_none_or(|first| is_kind(first) || is_zero(first, false));
    (may_be && is_hollow(root)).then_some(OddAnswer::Hollow)
}

/// Whether all that is known of a completion beside its request is zero values: as a program logs the answer that it
/// never got, and a span without attributes.
fn is_hollow(root: Value<'_>) -> bool {
    const PARTS: [&str; 6] = [
        "response",
        "generation",
        "delivery",
        "content",
        "activity",
        "captured",
    ];
    let is_part = |member: &Value<'_>| {
        !member.is_null() && PARTS.contains(&member.raw_key().unwrap_or_default())
    };
    let mut parts = root.children().filter(is_part).peekable();
    let is_empty = |value: Option<Value<'_>>| value.is_none_or(Value::is_empty);
    parts.peek().is_some()
        && parts.all(|part| match part.raw_key().unwrap_or_default() {
            "response" | "generation" => {
                // Nearly every one begins with an id.
                let has_id = || part.get("data").unwrap_or(part).get("id").is_some();
                is_zero(part, false) && has_id()
            }
            "delivery" => is_empty(part.get("attributes")) && is_empty(part.get("spans")),
            _ => false,
        })
}

/// Whether nothing in a value is anything but what a type begins with. What stands in a list is something that was made.
fn is_zero(value: Value<'_>, is_in_list: bool) -> bool {
    let raw = value.raw();
    match value.kind() {
        Kind::Null => true,
        Kind::Array => value.children().all(|item| is_zero(item, true)),
        Kind::Object => value
            .children()
            .all(|member| is_kind(member) || is_zero(member, is_in_list)),
        _ if is_in_list => false,
        Kind::String => raw.len() <= 2,
        Kind::Number => raw.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-')),
        Kind::False => true,
        Kind::True => false,
    }
}

/// Whether a member tells what a value is, and nothing of what was generated.
fn is_kind(member: Value<'_>) -> bool {
    const OF_KIND: [&str; 5] = ["object", "type", "role", "status", "model"];
    OF_KIND.contains(&member.raw_key().unwrap_or_default())
}

fn within_choices(choices: Value<'_>) -> Option<Value<'_>> {
    match choices.kind() {
        Kind::Array => choices.children().find_map(within_choice),
        _ => stand_in(choices),
    }
}

fn within_choice(choice: Value<'_>) -> Option<Value<'_>> {
    if choice.kind() != Kind::Object {
        return stand_in(choice);
    }
    let message = choice.get_some("message")?;
    if message.kind() != Kind::Object {
        return stand_in(message);
    }
    let content = message.get("content");
    let content = content.filter(|content| content.kind() == Kind::Array);
    content.and_then(stand_in)
}

/// What stands in the place of a list, of one of its items or within the content of one.
fn within_items(items: Value<'_>) -> Option<Value<'_>> {
    let mut lists = items.children().filter_map(|item| item.get("content"));
    let within =
        || lists.find_map(|list| stand_in(Some(list).filter(|it| it.kind() == Kind::Array)?));
    stand_in(items).or_else(within)
}

/// What stands in the place of a list or of one of its items.
fn stand_in(list: Value<'_>) -> Option<Value<'_>> {
    let is_one = |value: &Value<'_>| value.str().is_some_and(|text| is_stand_in(&text));
    match list.kind() {
        Kind::Array => list.children().find(is_one),
        _ => Some(list).filter(is_one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Limits};

    #[test]
    fn tells_zero_values_from_answers() {
        let check = |text: &str, expected: bool| {
            let doc = Document::parse(text.into(), Limits::default());
            let is_one = doc
                .is_ok_and(|doc| matches!(odd_answer(doc.root(), true), Some(OddAnswer::Hollow)));
            assert_eq!(is_one, expected, "{text}");
        };
        check(
            r#"{"request":{"model":"a/b"},"response":{"id":"","object":"chat.completion","created":0,"model":"","choices":[],"usage":{"total_tokens":0,"details":null}}}"#,
            true,
        );
        check(r#"{"generation":{"id":"","total_cost":0.0}}"#, true);
        check(
            r#"{"delivery":{"name":"LLM Generation","attributes":{},"spans":[]}}"#,
            true,
        );
        check(r#"{"response":{"id":"gen-1","choices":[]}}"#, false);
        check(
            r#"{"response":{"id":"","choices":[{"message":{"content":""}}]}}"#,
            false,
        );
        check(
            r#"{"response":{"id":"","choices":[],"usage":{"total_tokens":1}}}"#,
            false,
        );
        check(r#"{"response":{"choices":[]}}"#, false);
        check(
            r#"{"response":{"id":"","choices":[]},"captured":{"number":1}}"#,
            false,
        );
        check(r#"{"request":{"model":"a/b"}}"#, false);
    }

    #[test]
    fn finds_what_a_logger_left_out() {
        let check = |response: &str, expected: Option<&str>| {
            let text = format!("{{\"response\":{response}}}");
            let doc = Document::parse(text.as_str().into(), Limits::default()).ok();
            let found = doc.as_ref().and_then(|doc| odd_answer(doc.root(), true));
            let left_out = match found {
                Some(OddAnswer::LeftOut(part)) => Some(part.raw()),
                _ => None,
            };
            assert_eq!(left_out, expected, "{response}");
        };
        check(r#"{"choices":"[Array]"}"#, Some("\"[Array]\""));
        check(r#"{"choices":["[Object]"]}"#, Some("\"[Object]\""));
        check(r#"{"choices":[{"message":"{...}"}]}"#, Some("\"{...}\""));
        check(
            r#"{"choices":[{"message":{"content":["[Object]"]}}]}"#,
            Some("\"[Object]\""),
        );
        check(r#"{"output":"[Array]"}"#, Some("\"[Array]\""));
        check(
            r#"{"output":[{"type":"message","content":["[Object]"]}]}"#,
            Some("\"[Object]\""),
        );
        check(r#"{"choices":[{"message":{"content":"[Object]"}}]}"#, None);
        check(r#"{"choices":[{"text":"Hi"}]}"#, None);
        check(r#"{"content":[{"type":"text","text":"Hi"}]}"#, None);
    }
}
