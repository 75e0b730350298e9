//! When to send the same bytes again. Pure: the clock and the dice come in as arguments, so every
//! case is a line in a table. The rules are the vendor's conformance scenarios.

use std::time::Duration;

use jiff::{Timestamp, civil, fmt::rfc2822, tz::TimeZone};

use super::{
    answer::{AttemptOutcome, DeliveryVerdict, Retry},
    http::Attempt,
};

/// When a delivery is tried again, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many attempts at most, the first one included.
    pub attempts: u32,
    /// The wait after the first attempt; each later one is twice as long.
    pub base: Duration,
    /// The same after an answer of 429, where that is more: a server that asks for fewer requests is not failing.
    pub throttled: u32,
    /// No wait is longer, whatever the server asks for.
    pub longest: Duration,
}

impl Default for RetryPolicy {
    /// 3 attempts, 1 s × 2ⁿ, at most 30 s (vendor's conformance scenarios).
    fn default() -> Self {
        Self {
            attempts: 3,
            throttled: 3,
            base: Duration::from_secs(1),
            longest: Duration::from_secs(30),
        }
    }
}

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The event was accepted.
    Done,
    /// Wait this long, then send the same bytes again.
    RetryAfter(Duration),
    /// The event was not accepted, and trying again is pointless or has been done often enough.
    GiveUp,
}

/// A `Retry-After` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// Seconds from when the answer came.
    Seconds(u64),
    /// A point in time.
    At(Timestamp),
}

impl RetryAfter {
    /// Reads the header: seconds, or an HTTP date in any of the three forms of RFC 9110.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            // A number too large to hold means "long", and is capped anyway.
            return Some(Self::Seconds(text.parse().unwrap_or(u64::MAX)));
        }
        // A wrong weekday leaves the date clear enough.
        let dates = rfc2822::DateTimeParser::new().relaxed_weekday(true);
        if let Ok(at) = dates.parse_timestamp(text) {
            return Some(Self::At(at));
        }
        ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
            .iter()
            .find_map(|form| civil::DateTime::strptime(form, text).ok())
            .and_then(|at| at.to_zoned(TimeZone::UTC).ok())
            .map(|at| Self::At(at.timestamp()))
    }

    pub(crate) fn wait(self, now: Timestamp) -> Duration {
        match self {
            Self::Seconds(seconds) => Duration::from_secs(seconds),
            // A date in the past means "now".
            Self::At(at) => Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO),
        }
    }
}

/// Decides after the attempt with this number (the first is 1). `jitter` is a random number from 0
/// to 1: the wait is stretched by up to half of itself, so that many clients do not come back at
/// once. `now` is when the answer came.
#[must_use]
pub fn next(
    policy: &RetryPolicy,
    attempt_no: u32,
    attempt: &Attempt,
    jitter: f64,
    now: Timestamp,
) -> Decision {
    match attempt.outcome.verdict() {
        DeliveryVerdict::Accepted => return Decision::Done,
        DeliveryVerdict::Refused(Retry::Pointless) => return Decision::GiveUp,
        DeliveryVerdict::Refused(Retry::Worthwhile) => {}
    }
    let most = match attempt.outcome.status() {
        Some(429) => policy.attempts.max(policy.throttled),
        _ => policy.attempts,
    };
    if attempt_no >= most {
        return Decision::GiveUp;
    }
    let asked = match &attempt.outcome {
        AttemptOutcome::Answered { retry_after, .. } => retry_after.map(|after| after.wait(now)),
        AttemptOutcome::Fault(_) => None,
    };
    let wait = asked.unwrap_or_else(|| {
        let doubled = policy.base.saturating_mul(
            1_u32
                .checked_shl(attempt_no.saturating_sub(1))
                .unwrap_or(u32::MAX),
        );
        let jitter = if jitter.is_finite() {
            jitter.clamp(0.0, 1.0)
        } else {
            0.0
        };
        doubled.min(policy.longest).mul_f64(1.0 + jitter / 2.0)
    });
    Decision::RetryAfter(wait.min(policy.longest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::fault::Fault;

    const NOW: Timestamp = Timestamp::constant(784_111_777, 0); // Sun, 06 Nov 1994 08:49:37 GMT

    fn answered(status: u16, retry_after: Option<&str>) -> Attempt {
        Attempt {
            outcome: AttemptOutcome::Answered {
                status,
                retry_after: retry_after.and_then(RetryAfter::parse),
                body: String::new(),
                body_truncated: false,
            },
            elapsed: Duration::ZERO,
        }
    }

    fn fault(fault: Fault) -> Attempt {
        Attempt {
            outcome: AttemptOutcome::Fault(fault),
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn decisions() {
        use Decision::{Done, GiveUp, RetryAfter};
        let host = String::from("h");
        let ms = |n| RetryAfter(Duration::from_millis(n));
        let table = [
            (1, answered(200, None), 0.0, Done),
            (3, answered(204, None), 0.0, Done),
            (1, answered(500, None), 0.0, ms(1000)),
            (1, answered(500, None), 1.0, ms(1500)),
            (2, answered(503, None), 0.0, ms(2000)),
            (2, answered(503, None), 0.5, ms(2500)),
            (3, answered(500, None), 0.0, GiveUp),
            (1, answered(500, None), f64::NAN, ms(1000)),
            (1, answered(429, None), 0.0, ms(1000)),
            (1, answered(429, Some("0")), 1.0, ms(0)),
            (1, answered(429, Some("7")), 1.0, ms(7000)),
            (1, answered(503, Some("7")), 1.0, ms(7000)),
            (1, answered(429, Some("31")), 0.0, ms(30_000)),
            (
                1,
                answered(429, Some("99999999999999999999999")),
                0.0,
                ms(30_000),
            ),
            (1, answered(429, Some("-1")), 0.0, ms(1000)),
            (1, answered(429, Some("soon")), 0.0, ms(1000)),
            (
                1,
                answered(429, Some("Sun, 06 Nov 1994 08:49:40 GMT")),
                0.0,
                ms(3000),
            ),
            (
                1,
                answered(429, Some("Sunday, 06-Nov-94 08:49:40 GMT")),
                0.0,
                ms(3000),
            ),
            (
                1,
                answered(429, Some("Sun Nov  6 08:49:40 1994")),
                0.0,
                ms(3000),
            ),
            (
                1,
                answered(429, Some("Sun, 06 Nov 1994 08:49:30 GMT")),
                0.0,
                ms(0),
            ),
            (
                1,
                answered(429, Some("Sun, 06 Nov 2094 08:49:30 GMT")),
                0.0,
                ms(30_000),
            ),
            (3, answered(429, Some("1")), 0.0, GiveUp),
            (1, answered(302, None), 0.0, GiveUp),
            (1, answered(400, None), 0.0, GiveUp),
            (1, answered(401, None), 0.0, GiveUp),
            (1, answered(403, None), 0.0, GiveUp),
            (1, answered(404, None), 0.0, GiveUp),
            (1, answered(413, Some("1")), 0.0, GiveUp),
            (
                1,
                fault(Fault::ConnectRefused { host: host.clone() }),
                0.0,
                ms(1000),
            ),
            (1, fault(Fault::Dns { host: host.clone() }), 0.0, ms(1000)),
            (
                1,
                fault(Fault::Tls {
                    host,
                    reason: String::new(),
                }),
                0.0,
                GiveUp,
            ),
            (
                1,
                fault(Fault::Client {
                    reason: String::new(),
                }),
                0.0,
                GiveUp,
            ),
        ];
        for (attempt_no, attempt, jitter, expected) in table {
            let found = next(&RetryPolicy::default(), attempt_no, &attempt, jitter, NOW);
            assert_eq!(found, expected, "attempt {attempt_no}: {attempt:?}");
        }
    }

    #[test]
    fn no_wait_overflows() {
        let policy = RetryPolicy {
            attempts: u32::MAX,
            ..RetryPolicy::default()
        };
        let found = next(&policy, 4_000_000_000, &answered(500, None), 1.0, NOW);
        assert_eq!(found, Decision::RetryAfter(policy.longest));
    }
}
