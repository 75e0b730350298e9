//! Streams of one API by turns, whose events name their generation only once: what tells that pieces of several answers
//! stand among each other.

use crate::json::Value;

/// Streams that were begun while another was open.
const MOST_UNSETTLED: usize = 16;

/// The streams of one API, as their events come.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The one that was begun last.
    pub latest: Option<usize>,
    /// Those before it that had not ended then.
    pub unsettled: Vec<usize>,
    /// Whether the last event of the latest was there.
    pub is_stopped: bool,
    has_block: bool,
    next_block: u64,
    last_sequence: Option<u64>,
}

impl Turns {
    /// Takes note of a new stream; `is_over` where the one before is.
    pub fn begin(&mut self, index: usize, is_over: bool) {
        if let Some(before) = self.latest.filter(|_| !self.is_stopped && !is_over) {
            if self.unsettled.len() == MOST_UNSETTLED {
                self.unsettled.remove(0);
            }
            self.unsettled.push(before);
        }
        *self = Turns {
            latest: Some(index),
            unsettled: std::mem::take(&mut self.unsettled),
            ..Turns::default()
        };
    }

    /// Whether an event cannot be the next one of the stream that was begun last, while others are open. One that was cut
    /// off and asked for again has its events one after another. `is_named`: whether it names its generation; `had_reason`:
    /// whether the latest had its stop reason before.
    pub fn are_mixed(
        &mut self,
        kind: &str,
        chunk: Value<'_>,
        is_named: bool,
        had_reason: bool,
    ) -> bool {
        let number = |key: &str| chunk.get(key).and_then(Value::number)?.parse().ok();
        let is_out_of_turn = match kind {
            "message_start" => {
                (self.has_block, self.next_block) = (false, 0);
                false
            }
            "message" => {
                self.is_stopped = true;
                false
            }
            "content_block_start" => {
                let index: u64 = number("index").unwrap_or_default();
                let is_again = index < self.next_block;
                self.next_block = index.saturating_add(1);
                std::mem::replace(&mut self.has_block, true) || is_again || self.is_stopped
            }
            "content_block_stop" => !std::mem::take(&mut self.has_block),
            "content_block_delta" => !self.has_block,
            "message_delta" => self.is_stopped,
            "message_stop" => {
                let was_stopped = std::mem::replace(&mut self.is_stopped, true);
                was_stopped || !had_reason
            }
            kind if kind.starts_with("response.") && !is_named => {
                let sequence: Option<u64> = number("sequence_number");
                let last = std::mem::replace(&mut self.last_sequence, sequence);
                last.is_some() && sequence.is_some() && sequence <= last
            }
            _ => false,
        };
        is_out_of_turn && !self.unsettled.is_empty()
    }
}
