//! What each API's stream grows by, as the assembling sees it.

use crate::json::Value;

/// The pieces of one API's stream, growing into a response.
pub trait Accumulator {
    /// Takes the next chunk in; `kind` is its type, by itself or by its event's name.
    fn take(&mut self, kind: &str, chunk: Value<'_>);
    /// Whether a chunk, which brings something of an answer, can only be of another one, since this one has
    /// ended. `id` is the one that both name, if they do.
    fn is_of_another(&self, _kind: &str, _chunk: Value<'_>, _id: Option<&str>) -> bool {
        false
    }
    /// What deserves a word, although all was read.
    fn remark(&self) -> Option<&'static str> {
        None
    }
    /// Whether the end was said: by the event with which a stream of this API ends, by a finish reason, or
    /// by an error.
    fn is_complete(&self) -> bool;
    /// Whether it holds more than its beginning.
    fn has_content(&self) -> bool;
    /// Whether it holds its beginning and nothing of an answer, so that a beginning that comes once more is the same.
    fn is_only_begun(&self) -> bool {
        !self.has_content()
    }
    /// The response as JSON text.
    fn finish(self: Box<Self>) -> String;
}
