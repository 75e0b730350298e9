//! A transcript to the response it would have been without streaming.

use std::sync::Arc;

use super::{sse, stream_chat, stream_messages, stream_responses};
use crate::completion::Stream;
use crate::json::{Document, Limits, Value};

/// A response put together from its stream.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The response as JSON text.
    pub json: String,
    /// What is known of the stream.
    pub stream: Stream,
    /// Chunks that could not be read: byte offset in the transcript, and why.
    pub broken: Vec<(usize, String)>,
}

/// The pieces of one API's stream, growing into a response.
pub trait Growing {
    /// Takes the next chunk in.
    fn take(&mut self, chunk: Value<'_>);
    /// Whether the last chunk was one with which a stream ends.
    fn is_complete(&self) -> bool;
    /// The response as JSON text.
    fn finish(self: Box<Self>) -> String;
}

/// Puts a transcript together.
///
/// # Errors
/// Byte offset and reason, where not a single chunk could be read.
pub fn assemble(transcript: &str, limits: Limits) -> Result<Assembled, (usize, String)> {
    let events = sse::read(transcript);
    let mut growing: Option<Box<dyn Growing>> = None;
    let mut broken = Vec::new();
    let (mut chunks, mut done) = (0, false);
    for event in &events.events {
        let data = event.data.trim();
        if data == "[DONE]" {
            done = true;
            continue;
        }
        if data.is_empty() {
            continue;
        }
        match Document::parse(Arc::from(event.data.as_ref()), limits) {
            Ok(chunk) => {
                chunks += 1;
                growing
                    .get_or_insert_with(|| for_first_chunk(chunk.root()))
                    .take(chunk.root());
            }
            Err(error) => broken.push((event.offset + error.offset, error.what)),
        }
    }
    let Some(growing) = growing else {
        return Err(broken.into_iter().next().unwrap_or((
            0,
            "this stream has no data event; expected `data: {…}` lines".to_owned(),
        )));
    };
    let complete = broken.is_empty() && (done || growing.is_complete());
    Ok(Assembled {
        json: growing.finish(),
        stream: Stream {
            chunks,
            comments: events.comments,
            complete,
        },
        broken,
    })
}

/// What to say where a transcript ends before its end was said, if every chunk could be read.
pub fn breaks_off(assembled: &Assembled) -> Option<String> {
    (!assembled.stream.complete && assembled.broken.is_empty()).then(|| {
        "the stream ends here, before its end was said (`[DONE]` or its API's last event)"
            .to_owned()
    })
}

fn for_first_chunk(chunk: Value<'_>) -> Box<dyn Growing> {
    match chunk.get("type").and_then(Value::str).as_deref() {
        Some(kind) if kind.starts_with("response.") => {
            Box::new(stream_responses::Responses::default())
        }
        Some("message_start" | "ping" | "content_block_start") => {
            Box::new(stream_messages::Messages::default())
        }
        _ => Box::new(stream_chat::Chat::default()),
    }
}
