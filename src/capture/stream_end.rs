//! Whether a stream has said that it is over.

use std::sync::Arc;

use crate::json::{Document, Limits, Value};

/// How many of the last `data` lines are looked at: a comment or a ping may follow the last one that counts.
const LAST: usize = 3;

/// What the last event of a stream is called, in the APIs that have no `[DONE]`.
const ENDS: [&str; 4] = [
    "message_stop",
    "response.completed",
    "response.failed",
    "response.incomplete",
];

/// Whether a transcript ends with the last word of a stream, in any of the APIs.
pub(super) fn is_there(transcript: &[u8]) -> bool {
    let lines = transcript.rsplit(|byte| *byte == b'\n');
    let data = lines.filter_map(|line| line.strip_prefix(b"data:"));
    data.take(LAST).any(|data| {
        let data = data.trim_ascii();
        data == b"[DONE]" || std::str::from_utf8(data).is_ok_and(is_last)
    })
}

fn is_last(data: &str) -> bool {
    let chunk = Document::parse(Arc::from(data), Limits::default());
    chunk.is_ok_and(|chunk| {
        let kind = chunk.root().get("type").and_then(Value::str);
        kind.is_some_and(|kind| ENDS.contains(&&*kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_says_its_end() {
        let check =
            |text: &str, expected: bool| assert_eq!(is_there(text.as_bytes()), expected, "{text}");
        let token = "data: {\"choices\":[{\"delta\":{\"content\":\"[DONE]\"}}]}\n\n";
        check("", false);
        check(token, false);
        check(&format!("{token}data: [DONE]"), true);
        check(&format!("{token}data: [DONE]\r\n\r\n: bye\n\n"), true);
        check(&format!("data: [DONE]\n\n{}", token.repeat(3)), false);
        check(
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            true,
        );
        check("event: message_stop\ndata: {\"type\":\"message_st", false);
        check(
            "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"gen-1\"}}\n\n",
            true,
        );
        check("data: {\"type\":\"message_delta\"}\n\n", false);
        check("{\"choices\":[]}", false);
    }
}
