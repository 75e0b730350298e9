//! What the sink reports of one request: what a person wants to see and nothing of the headers, so that no write key
//! can get into it.

use jiff::Timestamp;

/// How much of a received body is kept, in bytes.
pub(super) const KEPT: usize = 1024 * 1024;

/// One request that reached the sink, as it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Counted from 1 since the sink started.
    pub number: u64,
    /// When it was judged.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path, without query; at most 200 characters, fit to show.
    pub path: String,
    /// The status answered; `None` where no answer was given on purpose (`hang`, `cut`).
    pub status: Option<u16>,
    /// Why it was refused, each beginning with a JSON pointer where it is about one place. Fit to show.
    pub reasons: Vec<String>,
    /// The ids of the events accepted.
    pub event_ids: Vec<String>,
    /// Size of the body received, in bytes.
    pub bytes: usize,
    /// What it was, in a few words. Fit to show.
    pub summary: String,
    /// The body as received, cut after 1 MiB; bytes that are not UTF-8 are replaced. **Not** fit to
    /// show as it is: it may hold escape sequences.
    pub body: String,
    /// Whether `body` was cut.
    pub body_cut: bool,
}

impl Receipt {
    /// Whether the events in it were accepted.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.reasons.is_empty()
            && self
                .status
                .is_none_or(|status| (200..300).contains(&status))
    }

    /// The first event's id.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.event_ids.first().map(String::as_str)
    }
}

/// The body as text, cut at a character's edge, and whether it was cut.
pub(super) fn kept(body: &[u8]) -> (String, bool) {
    let Some(head) = body.get(..KEPT).filter(|_| body.len() > KEPT) else {
        return (String::from_utf8_lossy(body).into_owned(), false);
    };
    let end = match std::str::from_utf8(head) {
        Err(e) if e.error_len().is_none() => e.valid_up_to(),
        Ok(_) | Err(_) => head.len(),
    };
    let head = head.get(..end).unwrap_or(head);
    (String::from_utf8_lossy(head).into_owned(), true)
}
