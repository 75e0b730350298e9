//! What OpenRouter's TypeScript SDK hands out: its own names in camelCase, read as the API's.
//!
//! Only names of the SDK's models are read so, and only where they are fields: what a user put into
//! `trace`, `metadata`, a tool's schema or its arguments keeps its name. Of `trace`, the five keys that
//! the API knows are renamed, and what the SDK takes as `additionalProperties` stands beside them, as it is
//! sent. Source: the models of @openrouter/sdk.

mod fields;

use std::ops::Range;
use std::sync::Arc;

use fields::{FIELDS, TRACE_KEYS, USERS};

use crate::completion::source_map::{DocumentBuilder, PieceRelation, Places, SourceMap};
use crate::json::{Document, Kind, Limits, Value};

/// A completion's document with the API's names in `request`, `response` and `generation`, and its map. A request as it was
/// sent keeps its own: the API knew no others.
pub(super) fn normalise(doc: Document, map: SourceMap, is_as_sent: bool) -> (Document, SourceMap) {
    let root = doc.root();
    let mut edits = kept_apart(root.get("response"));
    // Most documents have no such name at all; a look at the keys is enough to know.
    if edits.is_empty() && !doc.has_capital_in_key() {
        return (doc, map);
    }
    let request = root.get("request").filter(|_| !is_as_sent);
    let others = ["response", "generation"].map(|part| root.get(part));
    for value in [request].into_iter().chain(others).flatten() {
        collect(value, &mut edits);
    }
    edits.sort_by_key(|(range, _)| range.start);
    if let Some(request) = request
        && let Some(arguments) = arguments(request)
    {
        unfold(request, arguments, &mut edits);
        edits.sort_by_key(|(range, _)| range.start);
    }
    if edits.is_empty() {
        return (doc, map);
    }
    let (text, edited) = apply(doc.text(), &map, edits);
    match Document::parse(text, WRITTEN) {
        Ok(renamed) => (renamed, edited),
        Err(_) => (doc, map),
    }
}

/// What LiteLLM keeps apart of a choice that its own type doesn't have, the finish reason of the provider among it: put back
/// where it was.
fn kept_apart(response: Option<Value<'_>>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let choices = response.and_then(|response| response.get("choices"));
    for choice in choices.into_iter().flat_map(Value::children) {
        let kept = choice
            .get("provider_specific_fields")
            .filter(|kept| kept.kind() == Kind::Object && !kept.is_empty());
        let is_there = |member: Value<'_>| {
            let key = member.raw_key().unwrap_or_default();
            choice.get(key).is_some()
        };
        if let Some(kept) = kept
            && kept.get_some("native_finish_reason").is_some()
            && !kept.children().any(is_there)
        {
            unfold(choice, kept, &mut edits);
        }
    }
    edits
}

/// The request among the arguments of a call of the SDK's, which has settings of the call beside it.
fn arguments(request: Value<'_>) -> Option<Value<'_>> {
    const NAMES: [&str; 6] = [
        "chatRequest",
        "chatGenerationParams",
        "responsesRequest",
        "openResponsesRequest",
        "messagesRequest",
        "anthropicMessagesRequest",
    ];
    let found = NAMES.iter().find_map(|name| request.get(name))?;
    (found.kind() == Kind::Object && !found.is_empty()).then_some(found)
}

/// A chunk of a stream with the API's names.
pub(super) fn normalise_chunk(doc: Document) -> Document {
    if !doc.has_capital_in_key() {
        return doc;
    }
    let mut edits = Vec::new();
    collect(doc.root(), &mut edits);
    if edits.is_empty() {
        return doc;
    }
    let (text, _) = apply(doc.text(), &SourceMap::default(), edits);
    Document::parse(text, WRITTEN).unwrap_or(doc)
}

/// Whether a value is a generation record under the SDK's names.
pub(super) fn is_record(value: Value<'_>) -> bool {
    let record = value.get("data").unwrap_or(value);
    record.get("nativeTokensPrompt").is_some()
        || record.get("generationTime").is_some() && record.get("providerName").is_some()
}

/// What was read is within its limits; new names make it a little longer.
const WRITTEN: Limits = Limits {
    depth: 256,
    bytes: 1 << 31,
};

/// A piece of a document's text, and what stands in its place.
type Edit = (Range<usize>, String);

/// Finds what is to be renamed below a value.
fn collect(value: Value<'_>, edits: &mut Vec<Edit>) {
    let is_camel = |member: Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        key.bytes().any(|byte| byte.is_ascii_uppercase())
            && (is_field(key) || key == "additionalProperties" && is_of_trace(member))
    };
    if value.descendants().any(is_camel) {
        walk(value, edits);
    }
}

/// Whether a member is one of `trace`; a tool's schema is full of `additionalProperties`, too.
fn is_of_trace(member: Value<'_>) -> bool {
    let trace = member.parent();
    trace.is_some_and(|trace| trace.raw_key() == Some("trace"))
}

fn is_field(key: &str) -> bool {
    FIELDS.binary_search(&key).is_ok() || TRACE_KEYS.contains(&key)
}

fn walk(value: Value<'_>, edits: &mut Vec<Edit>) {
    if value.kind() == Kind::Array {
        value.children().for_each(|item| walk(item, edits));
        return;
    }
    let is_tool_use = value
        .get("type")
        .and_then(Value::str)
        .is_some_and(|kind| kind.ends_with("tool_use"));
    for member in value.children() {
        let key = member.raw_key().unwrap_or_default();
        if FIELDS.binary_search(&key).is_ok() {
            rename(value, member, edits);
        }
        match key {
            "trace" => walk_trace(member, edits),
            "metadata" => walk_metadata(member, edits),
            "input" if is_tool_use => {}
            _ if USERS.contains(&key) => {}
            _ if member.kind().is_container() => walk(member, edits),
            _ => {}
        }
    }
}

fn walk_trace(trace: Value<'_>, edits: &mut Vec<Edit>) {
    for member in trace.children() {
        let key = member.raw_key().unwrap_or_default();
        if TRACE_KEYS.contains(&key) {
            rename(trace, member, edits);
        } else if key == "additionalProperties" && member.kind() == Kind::Object {
            unfold_beside_keys(trace, member, edits);
        }
    }
}

/// Of a request's `metadata` the SDK knows one field, the user of a Messages request; anywhere else it is
/// the user's own key.
fn walk_metadata(metadata: Value<'_>, edits: &mut Vec<Edit>) {
    let of_messages = metadata.parent().is_some_and(|request| {
        ["maxTokens", "max_tokens"]
            .iter()
            .any(|key| request.get(key).is_some())
            && request.get("messages").is_some()
    });
    let mut members = metadata.children();
    if let (Some(only), None, true) = (members.next(), members.next(), of_messages)
        && only.raw_key() == Some("userId")
    {
        rename(metadata, only, edits);
    }
}

/// Renames a member, unless the object has the API's name too.
fn rename(object: Value<'_>, member: Value<'_>, edits: &mut Vec<Edit>) {
    let key = member.raw_key().unwrap_or_default();
    let name = snake(key);
    if name != key && object.get(&name).is_none() {
        let start = member.member_start() + 1;
        edits.push((start..start + key.len(), name));
    }
}

/// Takes the braces off what stands beside the known keys of `trace`. Where it has one of those too, the SDK sends
/// the known one alone.
fn unfold_beside_keys(trace: Value<'_>, more: Value<'_>, edits: &mut Vec<Edit>) {
    let is_known = |member: &Value<'_>| {
        let key = member.raw_key().unwrap_or_default();
        let mut known = TRACE_KEYS.iter().filter(|known| snake(known) == key);
        known.any(|known| trace.get(known).is_some())
    };
    if !more.children().any(|member| is_known(&member)) {
        unfold(trace, more, edits);
        return;
    }
    let whole = more.document().text();
    let rest = more.children().filter(|member| !is_known(member));
    let rest: Vec<&str> = rest
        .map(|member| &whole[member.member_start()..member.span().end])
        .collect();
    match rest.is_empty() {
        true => remove(trace, more, edits),
        false => edits.push((more.member_start()..more.span().end, rest.join(","))),
    }
}

/// Takes the braces off an object, so that its members are those of the one around it.
fn unfold(object: Value<'_>, member: Value<'_>, edits: &mut Vec<Edit>) {
    let (start, span) = (member.member_start(), member.span());
    if !member.is_empty() {
        edits.push((start..span.start + 1, String::new()));
        edits.push((span.end - 1..span.end, String::new()));
        return;
    }
    remove(object, member, edits);
}

/// Takes a member out, with a comma.
fn remove(object: Value<'_>, member: Value<'_>, edits: &mut Vec<Edit>) {
    let (start, span) = (member.member_start(), member.span());
    let mut before = None;
    let mut after = None;
    for other in object.children() {
        if other.ordinal() + 1 == member.ordinal() {
            before = Some(other.span().end);
        } else if other.ordinal() == member.ordinal() + 1 {
            after = Some(other.member_start());
        }
    }
    let range = match (before, after) {
        (Some(before), _) => before..span.end,
        (None, Some(after)) => start..after,
        (None, None) => start..span.end,
    };
    edits.push((range, String::new()));
}

/// `finishReason` → `finish_reason`, `ephemeral1hInputTokens` → `ephemeral_1h_input_tokens`.
fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut last_was_digit = false;
    for c in key.chars() {
        let begins_number = c.is_ascii_digit() && !last_was_digit && key.starts_with("ephemeral");
        if c.is_ascii_uppercase() || begins_number {
            out.push('_');
        }
        last_was_digit = c.is_ascii_digit();
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The text after the edits, and where its pieces come from.
fn apply(text: &str, map: &SourceMap, edits: Vec<Edit>) -> (Arc<str>, SourceMap) {
    let mut builder = DocumentBuilder::default();
    let mut segments = map.segments().iter().peekable();
    let mut places: Option<Places<'_>> = None;
    let mut copy = |range: Range<usize>, builder: &mut DocumentBuilder| {
        let mut at = range.start;
        while at < range.end {
            while segments
                .next_if(|segment| segment.range.end <= at)
                .is_some()
            {
                places = None;
            }
            let Some(segment) = segments.peek().filter(|s| s.range.start < range.end) else {
                builder.literal(&text[at..range.end]);
                return;
            };
            if at < segment.range.start {
                builder.literal(&text[at..segment.range.start]);
                at = segment.range.start;
            }
            let end = segment.range.end.min(range.end);
            let piece = &text[at..end];
            match segment.relation {
                PieceRelation::Derived => builder.derived(piece, segment.place.clone()),
                PieceRelation::Verbatim => {
                    let places = places.get_or_insert_with(|| {
                        Places::of(&text[segment.range.clone()], &segment.place)
                    });
                    builder.verbatim(piece, places.at(at - segment.range.start));
                }
            }
            at = end;
        }
    };
    let mut done = 0;
    for (range, new) in edits {
        copy(done..range.start, &mut builder);
        builder.literal(&new);
        done = range.end;
    }
    copy(done..text.len(), &mut builder);
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(json: &str) -> String {
        let doc = Document::parse(json.into(), Limits::default());
        doc.map(|doc| normalise_chunk(doc).text().to_string())
            .unwrap_or_default()
    }

    #[test]
    fn fields_are_sorted() {
        assert!(FIELDS.is_sorted());
    }

    #[test]
    fn renames_fields_and_nothing_of_the_users() {
        let check = |json: &str, expected: &str| assert_eq!(renamed(json), expected);
        check(
            r#"{"choices":[{"finishReason":"stop","message":{"toolCalls":[{"function":{"arguments":"{\"toolCalls\":1}"}}]}}]}"#,
            r#"{"choices":[{"finish_reason":"stop","message":{"tool_calls":[{"function":{"arguments":"{\"toolCalls\":1}"}}]}}]}"#,
        );
        check(
            r#"{"usage":{"promptTokens":1,"cacheCreation":{"ephemeral5mInputTokens":2}}}"#,
            r#"{"usage":{"prompt_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":2}}}"#,
        );
        check(
            r#"{"sessionId":"s","trace":{"traceName":"n","sessionId":"mine","myKey":{"traceId":1}}}"#,
            r#"{"session_id":"s","trace":{"trace_name":"n","sessionId":"mine","myKey":{"traceId":1}}}"#,
        );
        check(
            r#"{"trace":{"traceName":"n","additionalProperties":{"myKey":1}},"topP":1}"#,
            r#"{"trace":{"trace_name":"n","myKey":1},"top_p":1}"#,
        );
        check(
            r#"{"trace":{"additionalProperties":{},"a":1}}"#,
            r#"{"trace":{"a":1}}"#,
        );
        check(
            r#"{"trace":{"a":1 , "additionalProperties":{ }}}"#,
            r#"{"trace":{"a":1}}"#,
        );
        // The SDK sends its own field in place of a key of the same meaning beside it.
        check(
            r#"{"trace":{"traceId":"t","additionalProperties":{"trace_id":"u","a":1,"b":{"traceId":2}}}}"#,
            r#"{"trace":{"trace_id":"t","a":1,"b":{"traceId":2}}}"#,
        );
        check(
            r#"{"trace":{"traceId":"t","additionalProperties":{"trace_id":"u"}}}"#,
            r#"{"trace":{"trace_id":"t"}}"#,
        );
        check(
            r#"{"trace":{"additionalProperties":{"trace_id":"u"}}}"#,
            r#"{"trace":{"trace_id":"u"}}"#,
        );
        check(
            r#"{"tools":[{"function":{"parameters":{"properties":{"userId":{}},"additionalProperties":false}}}],"metadata":{"userId":"x"},"maxTokens":1}"#,
            r#"{"tools":[{"function":{"parameters":{"properties":{"userId":{}},"additionalProperties":false}}}],"metadata":{"userId":"x"},"max_tokens":1}"#,
        );
        check(
            r#"{"messages":[],"metadata":{"userId":"x"},"maxTokens":1}"#,
            r#"{"messages":[],"metadata":{"user_id":"x"},"max_tokens":1}"#,
        );
        check(
            r#"{"content":[{"type":"tool_use","input":{"toolCalls":1}}],"stopReason":"tool_use"}"#,
            r#"{"content":[{"type":"tool_use","input":{"toolCalls":1}}],"stop_reason":"tool_use"}"#,
        );
        // Where both names are there, neither is touched.
        check(
            r#"{"sessionId":"a","session_id":"b"}"#,
            r#"{"sessionId":"a","session_id":"b"}"#,
        );
    }

    #[test]
    fn pieces_keep_their_places() {
        let text = r#"{"request":{"sessionId":"s1","maxTokens":4}}"#;
        let start = crate::completion::Place {
            file: "a.json".into(),
            offset: 10,
            position: crate::json::Position { line: 3, column: 5 },
        };
        let doc = Document::parse(text.into(), Limits::default());
        assert!(doc.is_ok());
        if let Ok(doc) = doc {
            let map = SourceMap::whole(text, start.clone());
            let (renamed, map) = normalise(doc, map, false);
            let place = |pointer: &str| {
                let value = renamed.resolve(pointer)?;
                map.place_of(renamed.text(), value.span())
            };
            let at = |pointer: &str| place(pointer).map(|place| (place.offset, place.to_string()));
            let offset = |what: &str| text.find(what).map_or(0, |at| at + 10);
            assert_eq!(
                at("/request/session_id"),
                Some((offset("\"s1\""), "a.json:3:29".to_owned()))
            );
            assert_eq!(
                at("/request/max_tokens"),
                Some((offset("4}"), "a.json:3:46".to_owned()))
            );
        }
    }
}
