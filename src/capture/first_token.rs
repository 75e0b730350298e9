//! Where the first token is in a transcript.

use std::sync::Arc;

use crate::json::{Document, Kind, Limits, Value};

/// How far into a transcript a first token is looked for, in bytes. Chosen: comments and empty chunks before
/// it are small.
pub(super) const FAR: usize = 1 << 20;

/// Where the first `data` line ends that carries some of the answer: text, reasoning, a refusal or a piece of
/// a tool call, in a stream of any of the APIs.
pub(super) fn end(transcript: &[u8]) -> Option<usize> {
    let head = &transcript[..transcript.len().min(FAR)];
    let mut at = 0;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let Some(data) = line
            .strip_prefix(b"data:")
            .filter(|_| line.ends_with(b"\n"))
        else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(data) else {
            continue;
        };
        if let Ok(chunk) = Document::parse(Arc::from(text.trim()), Limits::default())
            && has_token(chunk.root())
        {
            return Some(at);
        }
    }
    None
}

fn has_token(chunk: Value<'_>) -> bool {
    if let Some(kind) = chunk.get("type").and_then(Value::str) {
        return kind.ends_with(".delta") || kind == "content_block_delta";
    }
    let Some(choice) = chunk.get("choices").and_then(|choices| choices.item(0)) else {
        return false;
    };
    let is_there = |value: Value<'_>| match value.kind() {
        Kind::String => value.non_empty_str().is_some(),
        Kind::Array => !value.is_empty(),
        _ => false,
    };
    let parts = [
        "content",
        "reasoning",
        "reasoning_details",
        "refusal",
        "tool_calls",
        "images",
    ];
    let delta = choice.get("delta");
    let in_delta = parts
        .iter()
        .filter_map(|part| delta?.get(part))
        .any(is_there);
    in_delta || choice.get("text").is_some_and(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_token_of_each_api() {
        let check = |before: &str, token: &str| {
            let text = format!("{before}{token}data: [DONE]\n\n");
            let line = before.len() + token.find('\n').map_or(0, |at| at + 1);
            assert_eq!(end(text.as_bytes()), Some(line), "{text}");
            assert_eq!(end(before.as_bytes()), None, "{before}");
        };
        check(
            ": OPENROUTER PROCESSING\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\",\"role\":\"assistant\"}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n",
        );
        check(
            "data: {\"choices\":[]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"reasoning\":\"Hm\"}}]}\n\n",
        );
        check(
            "",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\n",
        );
        check("", "data: {\"choices\":[{\"text\":\" there\"}]}\n\n");
        check(
            "data: {\"type\":\"response.created\"}\n\n",
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n",
        );
        check(
            "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: content_block_delta\n",
            "data: {\"type\":\"content_block_delta\"}\n\n",
        );
        // A line that has not arrived in full does not count yet.
        assert_eq!(end(b"data: {\"choices\":[{\"text\":\"a\"}]}"), None);
    }
}
