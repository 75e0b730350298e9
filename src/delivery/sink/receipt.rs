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
    /// What the strict rules have against it, where those in force took it. Fit to show.
    pub strict: Vec<String>,
    /// Pointers of what the sink filled in: an event's id, its time.
    pub filled: Vec<String>,
    /// The project it was sent to; none is Production.
    pub project: Option<String>,
    /// The ids of the events accepted, or of those that accepted signals are about.
    pub event_ids: Vec<String>,
    /// Events in it that were not received before, whole or in part.
    pub new_events: usize,
    /// Size of the body received, in bytes.
    pub bytes: usize,
    /// What it was, in a few words. Fit to show.
    pub summary: String,
    /// The body unpacked, cut after 1 MiB; an export in protobuf as OTLP's JSON, other bytes that are no text in a
    /// few words. **Not** fit to show as it is: it may hold escape sequences.
    pub body: String,
    /// Whether `body` was cut.
    pub body_cut: bool,
    /// The event so far, as JSON, where this was not the first part of it and it has at most 256 KiB. Not fit to show
    /// either.
    pub merged: Option<String>,
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

    /// What was filled in, and what the strict rules say, each in a sentence. Fit to show.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.filled.is_empty() {
            notes.push(format!("filled in by the sink: {}", self.filled.join(", ")));
        }
        let strict = self.strict.iter();
        // A reason against the whole body has no pointer before its colon.
        let strict = strict.map(|reason| reason.strip_prefix(": ").unwrap_or(reason));
        notes.extend(strict.map(|reason| format!("--strict would refuse it: {reason}")));
        notes
    }

    /// The first event's id.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.event_ids.first().map(String::as_str)
    }
}

/// The body as text, cut at a character's edge, and whether it was cut.
pub(super) fn shown(body: &[u8]) -> (String, bool) {
    let head = body.get(..KEPT).unwrap_or(body);
    let is_cut = head.len() < body.len();
    match std::str::from_utf8(head) {
        Ok(text) => (text.to_owned(), is_cut),
        // The cut may have gone through a character.
        Err(e) if is_cut && e.error_len().is_none() => {
            let head = head.get(..e.valid_up_to()).unwrap_or_default();
            (String::from_utf8_lossy(head).into_owned(), true)
        }
        Err(_) => (format!("({} bytes that are no text)", body.len()), false),
    }
}
