//! What the program's own sink received: all of it is counted, and the newest of it kept.

use crate::delivery::sink::Receipt;

/// How many requests are kept, and how many bytes of their text; what is older is let go. Chosen: more than anybody looks
/// through, and a bound to what a client can make this program hold. `--store` keeps all.
pub const MOST: usize = 10_000;
/// See [`MOST`].
pub const MOST_BYTES: usize = 64 << 20;

/// The inbox.
#[derive(Debug, Clone, Default)]
pub struct Received {
    kept: Vec<Receipt>,
    bytes: usize,
    requests: usize,
    events: usize,
}

impl Received {
    /// Takes in what came; how many older ones were let go for it.
    pub(super) fn push(&mut self, receipt: Receipt) -> usize {
        self.requests += 1;
        self.events += receipt.new_events;
        self.bytes += size(&receipt);
        self.kept.push(receipt);
        if self.kept.len() <= MOST && self.bytes <= MOST_BYTES {
            return 0;
        }
        // Some more than is needed, so that not every request moves all that are kept.
        let (most, most_bytes) = (MOST - MOST / 10, MOST_BYTES - MOST_BYTES / 10);
        let mut gone = 0;
        while gone + 1 < self.kept.len()
            && (self.kept.len() - gone > most || self.bytes > most_bytes)
        {
            self.bytes -= size(&self.kept[gone]);
            gone += 1;
        }
        self.kept.drain(..gone);
        gone
    }

    /// Those that are kept, the newest last.
    pub fn kept(&self) -> &[Receipt] {
        &self.kept
    }

    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.requests == 0
    }

    /// Requests that came.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Events in them that the sink had not received before.
    pub fn events(&self) -> usize {
        self.events
    }

    /// Requests that came and are not kept any more.
    pub fn let_go(&self) -> usize {
        self.requests - self.kept.len()
    }

    /// What came, in words; one request may bring many events.
    pub fn in_words(&self) -> String {
        match (self.events, self.requests) {
            (events, requests) if events == requests => requests.to_string(),
            (1, requests) => format!("1 event in {requests} requests"),
            (events, 1) => format!("{events} events in 1 request"),
            (events, requests) => format!("{events} events in {requests} requests"),
        }
    }
}

fn size(receipt: &Receipt) -> usize {
    receipt.body.len() + receipt.merged.as_ref().map_or(0, String::len)
}
