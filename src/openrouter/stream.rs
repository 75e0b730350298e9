//! What of a stream a person wants to see while it arrives: the text of the deltas, in any of the three
//! APIs' forms; and an error that comes in the middle of it.

use serde_json::Value;

use super::ApiKey;
use crate::redact::StreamRedactor;

/// Takes a transcript in pieces, wherever they are cut.
#[derive(Debug)]
pub struct Deltas {
    /// A key could be spread over several chunks, each of which holds too little of it to be noticed.
    redactor: StreamRedactor,
    pending: Vec<u8>,
    /// An error that a chunk told, in the server's words.
    pub error: Option<String>,
}

impl Deltas {
    /// Takes the answer to a request that this key was sent with.
    pub fn new(key: &ApiKey) -> Self {
        Self {
            redactor: key.stream_redactor(),
            pending: Vec::new(),
            error: None,
        }
    }

    /// Takes the next piece; gives the text that it adds, without any trace of the key. The last words wait for
    /// the next piece, or for [`Deltas::finish`].
    pub fn take(&mut self, piece: &[u8]) -> String {
        // What waits has no line's end.
        let mut from = self.pending.len();
        self.pending.extend_from_slice(piece);
        let mut text = String::new();
        while let Some(end) = memchr::memchr(b'\n', &self.pending[from..]) {
            let line: Vec<u8> = self.pending.drain(..=from + end).collect();
            from = 0;
            let line = String::from_utf8_lossy(&line);
            if let Some(data) = line.trim().strip_prefix("data:") {
                self.chunk(data.trim(), &mut text);
            }
        }
        self.redactor.take(&text)
    }

    /// Gives the text that waited for more.
    pub fn finish(&mut self) -> String {
        self.redactor.finish()
    }

    fn chunk(&mut self, data: &str, text: &mut String) {
        let Ok(chunk) = serde_json::from_str::<Value>(data) else {
            return;
        };
        let error = chunk
            .get("error")
            .or_else(|| chunk.pointer("/response/error"));
        if let Some(error) = error.filter(|error| !error.is_null()) {
            let says = error.get("message").and_then(Value::as_str);
            self.error = Some(says.unwrap_or("no reason given").to_owned());
        }
        let kind = chunk
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let delta = match kind {
            "response.output_text.delta" => chunk.get("delta"),
            "content_block_delta" => chunk.pointer("/delta/text"),
            _ => chunk.pointer("/choices/0/delta/content"),
        };
        text.push_str(delta.and_then(Value::as_str).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn text_comes_wherever_it_is_cut() {
        let transcript = concat!(
            ": OPENROUTER PROCESSING\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"Gr\u{fc}\u{df}\"}}]}\n\n",
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\" dich\"}\r\n\r\n",
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"!\"}}\n\n",
            "data: {\"choices\":[{\"delta\":{}}],\"error\":{\"code\":502,\"message\":\"gone\"}}\n\n",
            "data: [DONE]\n\n",
        );
        let key = ApiKey::new("sk-or-v1-0123456789abcdef".to_owned()).unwrap();
        for size in [1, 7, 1000] {
            let mut deltas = Deltas::new(&key);
            let pieces = transcript.as_bytes().chunks(size);
            let mut text: String = pieces.map(|piece| deltas.take(piece)).collect();
            text.push_str(&deltas.finish());
            assert_eq!(text, "Grüß dich!", "{size}");
            assert_eq!(deltas.error.as_deref(), Some("gone"));
        }
    }
    /// What is kept of the answer says no more than what was shown while it came.
    #[test]
    fn a_key_in_several_deltas_is_masked_in_the_answer_too() {
        let text = "sk-or-v1-0123456789abcdef";
        let key = ApiKey::new(text.to_owned()).unwrap();
        let spelled: String = text
            .chars()
            .map(|c| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{c}\"}}}}]}}\n\n"))
            .collect();
        let answer = key.redact_answer(&spelled);
        let mut deltas = Deltas::new(&ApiKey::new("another-key-than-this".to_owned()).unwrap());
        let mut shown = deltas.take(answer.as_bytes());
        shown.push_str(&deltas.finish());
        assert_eq!(shown, "[key masked by rainscope]");
    }

    /// With a blank behind each character it is a key all the same.
    #[test]
    fn a_key_that_is_spelled_with_blanks_is_masked_while_it_comes() {
        let text = "sk-or-v1-0123456789abcdef";
        let key = ApiKey::new(text.to_owned()).unwrap();
        let mut deltas = Deltas::new(&key);
        let mut shown = String::new();
        for c in "you sent "
            .chars()
            .chain(text.chars())
            .chain(", did you?".chars())
        {
            let chunk =
                format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{c} \"}}}}]}}\n\n");
            shown.push_str(&deltas.take(chunk.as_bytes()));
        }
        shown.push_str(&deltas.finish());
        assert_eq!(
            shown.replace(' ', ""),
            "yousent[keymaskedbyrainscope],didyou?"
        );
    }

    /// A server that spreads the key over its chunks.
    #[test]
    fn a_key_in_several_deltas_is_masked() {
        let key = ApiKey::new("sk-or-v1-0123456789abcdef".to_owned()).unwrap();
        let mut deltas = Deltas::new(&key);
        let mut text = String::new();
        for part in [
            "you sent sk-",
            "or-v1-01234",
            "56789ab",
            "cdef, did ",
            "you?",
        ] {
            let chunk =
                format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{part}\"}}}}]}}\n\n");
            text.push_str(&deltas.take(chunk.as_bytes()));
        }
        text.push_str(&deltas.finish());
        assert_eq!(text, "you sent [key masked by rainscope], did you?");
    }
}
