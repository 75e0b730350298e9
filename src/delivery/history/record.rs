//! What the history keeps of a delivery. None of these types has a place for a write key.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::delivery::answer::AttemptOutcome;
use crate::delivery::deliver::DeliveryEnding;
use crate::delivery::http::Attempt;
use crate::event::privacy::Privacy;
use crate::event::wire::{Route, WireRequest};
use crate::prepare::{Endpoint, Prepared};
use crate::verify::{Outcome, Verdict};

/// Names a delivery in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub i64);

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Not answered yet; it may have arrived.
    Queued,
    /// The destination has it.
    Accepted,
    /// The destination will not have it.
    Refused,
    /// All attempts failed in ways that may pass.
    GaveUp,
    /// The person stopped it.
    Cancelled,
}

impl DeliveryState {
    const ALL: [Self; 5] = [
        Self::Queued,
        Self::Accepted,
        Self::Refused,
        Self::GaveUp,
        Self::Cancelled,
    ];

    /// The word in the database and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::GaveUp => "gave-up",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a word; one that a later program wrote counts as refused.
    pub(super) fn of(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.unwrap_or(Self::Refused)
    }
}

impl From<DeliveryEnding> for DeliveryState {
    fn from(ending: DeliveryEnding) -> Self {
        match ending {
            DeliveryEnding::Accepted => Self::Accepted,
            DeliveryEnding::Refused => Self::Refused,
            DeliveryEnding::GaveUp => Self::GaveUp,
            DeliveryEnding::Cancelled => Self::Cancelled,
        }
    }
}

/// A delivery that is about to begin.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// What is sent. With privacy mode on its body, which has no text of the conversation, is kept until it is answered.
    pub prepared: Prepared,
}

/// One attempt, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRecord {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What happened, in words.
    pub says: String,
    /// How long it took, in milliseconds.
    pub millis: f64,
    /// Size of the answer's body, as far as it was read.
    pub answer_bytes: usize,
}

impl From<&Attempt> for AttemptRecord {
    fn from(attempt: &Attempt) -> Self {
        let (status, answer_bytes) = match &attempt.outcome {
            AttemptOutcome::Answered { status, body, .. } => (Some(*status), body.len()),
            AttemptOutcome::Fault(_) => (None, 0),
        };
        Self {
            status,
            says: attempt.outcome.says(),
            millis: attempt.elapsed.as_secs_f64() * 1e3,
            answer_bytes,
        }
    }
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedDelivery {
    /// Which delivery.
    pub id: DeliveryId,
    /// How.
    pub state: DeliveryState,
    /// Every attempt, in order.
    pub attempts: Vec<AttemptRecord>,
}

/// A delivery as the history has it, without body and attempts.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its name in the history.
    pub id: DeliveryId,
    /// The event's id.
    pub event_id: String,
    /// Where it went.
    pub endpoint: Endpoint,
    /// The route's path.
    pub route: Route,
    /// The completion's name.
    pub name: String,
    /// Whether privacy mode was on.
    pub privacy: Privacy,
    /// The time that the event was mapped with.
    pub made_at: i64,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it ended; none while it is queued.
    pub ended_at: Option<Timestamp>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Size of the body, in bytes.
    pub bytes: usize,
    /// The last attempt's status.
    pub status: Option<u16>,
    /// The last attempt in words.
    pub says: String,
    /// How many attempts ended.
    pub attempts: u32,
    /// How long they took together, in milliseconds.
    pub millis: f64,
    /// How reading it back came out, where that was tried.
    pub outcome: Option<Outcome>,
}

/// A verdict that is remembered, and when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRecord {
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub verdict: Verdict,
}

/// Everything that the history has of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDelivery {
    /// The delivery.
    pub record: Record,
    /// Every attempt, in order.
    pub attempts: Vec<AttemptRecord>,
    /// What was sent; none with privacy mode on, or where it was let go.
    pub body: Option<Arc<[u8]>>,
    /// The digest of what was sent, kept or not.
    pub digest: Uuid,
    /// What was found when it was read back.
    pub verdict: Option<VerdictRecord>,
}

impl StoredDelivery {
    /// The request to send again, byte for byte; none where the body is not kept.
    pub fn request(&self) -> Option<WireRequest> {
        Some(WireRequest {
            route: self.record.route,
            event_id: self.record.event_id.clone(),
            body: self.body.clone()?,
        })
    }
}
