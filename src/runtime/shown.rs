//! What the delivery knows, in the words of the inspector's state.

use crate::delivery::answer::{Outcome, Verdict};
use crate::delivery::http::Attempt;
use crate::delivery::plain::{first_useful_line, shortened};
use crate::delivery::sink::Receipt;
use crate::destination::Destination;
use crate::inspector::windows::send::{AttemptShown, DestinationShown, Received};
use crate::settings::resolve::KeySource;

pub(super) fn destination_shown(
    destination: &Destination,
    key_source: KeySource,
) -> DestinationShown {
    DestinationShown {
        name: destination.name().to_owned(),
        endpoint: destination.endpoint(),
        key_source,
        foreign_key: None,
        unavailable: None,
    }
}

pub(super) fn attempt_shown(attempt: &Attempt) -> AttemptShown {
    const ANSWER: usize = 300;
    let outcome = &attempt.outcome;
    let (status, body) = match outcome {
        Outcome::Answered { status, body, .. } => (Some(*status), first_useful_line(body)),
        Outcome::Fault(_) => (None, None),
    };
    AttemptShown {
        status,
        says: outcome.says(),
        help: outcome.help().to_owned(),
        body: body
            .map(|line| shortened(&line, ANSWER))
            .unwrap_or_default(),
        millis: u64::try_from(attempt.elapsed.as_millis()).unwrap_or(u64::MAX),
        accepted: outcome.verdict() == Verdict::Accepted,
    }
}

pub(super) fn received(receipt: Receipt) -> Received {
    Received {
        number: receipt.number,
        at: receipt.at,
        events: receipt.event_ids.len(),
        event_id: receipt.event_id().unwrap_or_default().to_owned(),
        summary: receipt.summary,
        path: receipt.path,
        status: receipt.status.unwrap_or_default(),
        reasons: receipt.reasons,
        bytes: receipt.bytes,
        body: receipt.body,
    }
}
