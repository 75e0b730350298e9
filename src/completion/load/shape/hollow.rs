//! What is shaped as an answer and tells nothing of one: the zero value of a program's type, and one whose inside a logger
//! left out.

use crate::json::{Kind, Value};

/// Whether all that is known of a completion beside its request is zero values: as a program logs the answer that it
/// never got, and a span without attributes.
pub(in crate::completion::load) fn is_hollow(root: Value<'_>) -> bool {
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
                let id = part.get("data").unwrap_or(part).get("id");
                id.is_some() && is_zero(part, false)
            }
            "delivery" => is_empty(part.get("attributes")) && is_empty(part.get("spans")),
            _ => false,
        })
}

/// Whether nothing in a value is anything but what a type begins with. What stands in a list is something that was made.
fn is_zero(value: Value<'_>, is_in_list: bool) -> bool {
    /// Members that tell what a value is, and nothing of what was generated.
    const OF_KIND: [&str; 5] = ["object", "type", "role", "status", "model"];
    let raw = value.raw();
    match value.kind() {
        Kind::Null => true,
        Kind::Array => value.children().all(|item| is_zero(item, true)),
        Kind::Object => value.children().all(|member| {
            OF_KIND.contains(&member.raw_key().unwrap_or_default()) || is_zero(member, is_in_list)
        }),
        _ if is_in_list => false,
        Kind::String => raw.len() <= 2,
        Kind::Number => raw.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-')),
        Kind::False => true,
        Kind::True => false,
    }
}

/// The part of an answer in the place of whose inside something else stands, as loggers write beyond the depth that they go
/// to: `"choices": "[Array]"`.
pub(in crate::completion::load) fn left_out(root: Value<'_>) -> Option<Value<'_>> {
    let is_told_elsewhere = ["delivery", "content"]
        .iter()
        .any(|part| root.get_some(part).is_some());
    let response = root.get("response").filter(|_| !is_told_elsewhere)?;
    if let Some(choices) = response.get_some("choices") {
        return match choices.kind() {
            Kind::Array => choices.children().find_map(within_choice),
            _ => stand_in(choices),
        };
    }
    let mut lists = ["output", "content"]
        .into_iter()
        .filter_map(|key| response.get(key));
    lists.find_map(stand_in)
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

/// What stands in the place of a list or of one of its items.
fn stand_in(list: Value<'_>) -> Option<Value<'_>> {
    let is_one = |value: &Value<'_>| value.str().is_some_and(|text| is_stand_in(&text));
    match list.kind() {
        Kind::Array => list.children().find(is_one),
        _ => Some(list).filter(is_one),
    }
}

/// Whether a text is what loggers write in the place of a value.
fn is_stand_in(text: &str) -> bool {
    const WORDS: [&str; 7] = [
        "[Object",
        "[Array",
        "[Circular",
        "[object ",
        "[MaxDepth",
        "{...}",
        "[...]",
    ];
    let is_whole = text.ends_with([']', '}']) && !text.contains('"');
    text.len() < 60 && is_whole && WORDS.iter().any(|word| text.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Limits};

    #[test]
    fn tells_zero_values_from_answers() {
        let check = |text: &str, expected: bool| {
            let doc = Document::parse(text.into(), Limits::default());
            let is_one = doc.is_ok_and(|doc| is_hollow(doc.root()));
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
            let found = doc.as_ref().and_then(|doc| left_out(doc.root()));
            assert_eq!(found.map(Value::raw), expected, "{response}");
        };
        check(r#"{"choices":"[Array]"}"#, Some("\"[Array]\""));
        check(r#"{"choices":["[Object]"]}"#, Some("\"[Object]\""));
        check(r#"{"choices":[{"message":"{...}"}]}"#, Some("\"{...}\""));
        check(
            r#"{"choices":[{"message":{"content":["[Object]"]}}]}"#,
            Some("\"[Object]\""),
        );
        check(r#"{"output":"[Array]"}"#, Some("\"[Array]\""));
        check(r#"{"choices":[{"message":{"content":"[Object]"}}]}"#, None);
        check(r#"{"choices":[{"text":"Hi"}]}"#, None);
        check(r#"{"content":[{"type":"text","text":"Hi"}]}"#, None);
    }
}
