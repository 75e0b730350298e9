//! A whole delivery: attempts with waits between them until the event is accepted, refused for
//! good, given up or cancelled. The bytes are those of the first attempt throughout, so an answer
//! that was lost on the way costs nothing: the destination knows the event by its id.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    answer::{DeliveryVerdict, Retry},
    cancel::{Cancelled, Stop},
    http::{Attempt, Client},
    pace::Pace,
    retry::{self, Decision, RetryPolicy},
};
use crate::{destination::Destination, event::wire::WireRequest};

/// Progress of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The attempt with this number (from 1) begins.
    Attempting {
        /// Its number.
        attempt: u32,
    },
    /// It ended.
    Attempted {
        /// Its number.
        attempt: u32,
        /// How.
        result: Attempt,
    },
    /// Waiting before the attempt with this number.
    Waiting {
        /// The number of the attempt to come.
        attempt: u32,
        /// How long.
        wait: Duration,
    },
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryEnding {
    /// The destination has the event.
    Accepted,
    /// The destination, or this machine, will not have these bytes; trying again is pointless.
    Refused,
    /// All attempts failed in ways that may pass.
    GaveUp,
    /// The person stopped it. A request that was under way may have arrived.
    Cancelled,
}

/// A delivery that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Every attempt that ended, in order; at most [`RetryPolicy::attempts`].
    pub attempts: Vec<Attempt>,
    /// How it ended.
    pub ending: DeliveryEnding,
}

/// Delivers the request, byte for byte. `progress` is called from the task that awaits this. It never fails:
/// what goes wrong is an [`DeliveryEnding`].
pub async fn deliver(
    client: &Client,
    destination: &Destination,
    request: &WireRequest,
    policy: &RetryPolicy,
    progress: impl FnMut(Progress),
    cancel: Cancelled,
) -> Delivery {
    let pace = Pace::new(None);
    deliver_at(
        client,
        destination,
        request,
        policy,
        (&pace, 1),
        progress,
        Stop::at_once(cancel),
    )
    .await
}

/// The same at the pace that many deliveries share; so many events are in this request. Each attempt waits its turn, and
/// one that is answered with 429 holds all of them. A gentle stop ends the waits, and lets an attempt be answered.
pub(super) async fn deliver_at(
    client: &Client,
    destination: &Destination,
    request: &WireRequest,
    policy: &RetryPolicy,
    (pace, events): (&Pace, usize),
    mut progress: impl FnMut(Progress),
    mut stop: Stop,
) -> Delivery {
    let mut attempts = Vec::new();
    let mut number = 1;
    let ending = loop {
        tokio::select! {
            biased;
            () = stop.ends_waits() => break DeliveryEnding::Cancelled,
            () = pace.turn(events) => {}
        }
        progress(Progress::Attempting { attempt: number });
        let begun = Instant::now();
        let attempt = tokio::select! {
            biased;
            () = stop.at_once.cancelled() => break DeliveryEnding::Cancelled,
            attempt = client.attempt(destination, request) => attempt,
        };
        progress(Progress::Attempted {
            attempt: number,
            result: attempt.clone(),
        });
        let decision = retry::next(policy, number, &attempt, dice(), Timestamp::now());
        let verdict = attempt.outcome.verdict();
        let is_throttled = attempt.outcome.status() == Some(429);
        attempts.push(attempt);
        let wait = match (decision, verdict) {
            (Decision::Done, _) => break DeliveryEnding::Accepted,
            (Decision::GiveUp, DeliveryVerdict::Refused(Retry::Worthwhile)) => {
                break DeliveryEnding::GaveUp;
            }
            (Decision::GiveUp, _) => break DeliveryEnding::Refused,
            (Decision::RetryAfter(wait), _) => wait,
        };
        if is_throttled {
            pace.throttled(begun, wait);
        }
        number += 1;
        tracing::debug!(attempt = number, ?wait, "waiting before another attempt");
        progress(Progress::Waiting {
            attempt: number,
            wait,
        });
        tokio::select! {
            biased;
            () = stop.ends_waits() => break DeliveryEnding::Cancelled,
            () = tokio::time::sleep(wait) => {}
        }
    };
    tracing::info!(kind = ?destination.kind(), attempts = attempts.len(), ?ending, "delivered");
    Delivery { attempts, ending }
}

/// A random number from 0 to 1; the random bits of a new id are good enough for jitter.
fn dice() -> f64 {
    let [byte, other, ..] = *uuid::Uuid::new_v4().as_bytes();
    f64::from(u16::from_be_bytes([byte, other])) / f64::from(u16::MAX)
}
