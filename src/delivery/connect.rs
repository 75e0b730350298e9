//! The connection test. Raindrop has no ping, so what creates nothing is sent: an empty trace
//! export, and where that is not answered well, an empty array of events. Only a passed test makes
//! a [`Verified`], and only that can be saved.

use std::time::Duration;

use serde_json::Value;

use super::sink::SINK_SERVICE;
use super::{
    answer::{AttemptOutcome, DeliveryVerdict, Failure},
    fault::Fault,
    http::{Attempt, BODY_READ, Client, HttpRequest},
    plain::{plain, shortened},
};
use crate::destination::{BaseUrl, Destination, DestinationKind, Insecure};
use crate::prepare::SINK_KEY;

const TRACES: &str = "/v1/traces";
const EMPTY_EXPORT: &[u8] = br#"{"resourceSpans":[]}"#;
const TRACK: &str = "/v1/events/track";
const HEALTH: &str = "/health";
/// How long a server on this machine may take to say what it is. Chosen: longer than a busy Workshop needs; a server
/// that isn't there is noticed at once.
pub const HEALTH_WAIT: Duration = Duration::from_secs(2);

/// A destination that answered its connection test, exactly as it was tested. There is no other
/// way to make one, so an edited destination is not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified(Destination);

impl Verified {
    /// The destination that was tested.
    #[must_use]
    pub const fn destination(&self) -> &Destination {
        &self.0
    }
}

/// One request of the test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestStep {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// Its path below the base URL.
    pub path: &'static str,
    /// What it is, for a person.
    pub what: &'static str,
    /// How it went.
    pub attempt: Attempt,
    /// Whether this step alone would pass the test.
    pub passed: bool,
}

/// A test that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionTest {
    /// Every request made, in order.
    pub steps: Vec<TestStep>,
    /// The right to save, or why not.
    pub result: Result<Verified, Failure>,
}

/// Tests the destination: one or two requests, none of which creates anything. Drop the future to
/// cancel. `on_step` hears of every step as it ends.
pub async fn test(
    client: &Client,
    destination: Destination,
    mut on_step: impl FnMut(&TestStep),
) -> ConnectionTest {
    let mut steps = Vec::new();
    let result = match destination.kind() {
        DestinationKind::Workshop => workshop(client, &destination, &mut steps, &mut on_step).await,
        DestinationKind::LocalSink | DestinationKind::Raindrop => {
            raindrop(client, &destination, &mut steps, &mut on_step).await
        }
    };
    ConnectionTest {
        steps,
        result: result.map(|()| Verified(destination)),
    }
}

/// What a server on this machine says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// A Raindrop Workshop.
    Workshop,
    /// A sink of this program.
    Sink,
    /// Something else.
    Other,
}

/// Asks a server on this machine what it is, without any key. An answer that is not whole in time counts as
/// none: it could be a Workshop's.
///
/// # Errors
/// What came instead of an answer.
pub async fn who_answers(base_url: &BaseUrl) -> Result<ServerKind, Fault> {
    // As if it were a Workshop, so no key can go along.
    let Ok(asked) = Destination::workshop(base_url.clone()) else {
        return Ok(ServerKind::Other);
    };
    let client = Client::new(HEALTH_WAIT);
    let attempt = client.send(&asked, HttpRequest::Get { path: HEALTH }).await;
    match attempt.outcome {
        AttemptOutcome::Fault(fault) => Err(fault),
        AttemptOutcome::Answered {
            body,
            body_truncated: true,
            ..
        } if body.len() < BODY_READ => Err(Fault::Timeout {
            host: base_url.authority().to_owned(),
            after: HEALTH_WAIT,
        }),
        AttemptOutcome::Answered {
            status,
            body,
            body_truncated,
            ..
        } if body_truncated || matches!(status, 300..=399) || body.contains(['\0', '\u{fffd}']) => {
            Err(Fault::BrokenAnswer {
                host: base_url.authority().to_owned(),
                reason: "what it says to GET /health can't be read as a whole".to_owned(),
            })
        }
        // An unhealthy Workshop is still a Workshop.
        AttemptOutcome::Answered { body, .. } => Ok(match service(&body).as_deref() {
            Some(SINK_SERVICE) => ServerKind::Sink,
            Some(service) if service.contains("workshop") => ServerKind::Workshop,
            _ => ServerKind::Other,
        }),
    }
}

/// Whether a Workshop answers at an address on this machine.
pub async fn is_workshop(address: &str) -> bool {
    match BaseUrl::parse(address, Insecure::Refused) {
        Ok(base_url) if base_url.is_loopback() => {
            matches!(who_answers(&base_url).await, Ok(ServerKind::Workshop))
        }
        Ok(_) | Err(_) => false,
    }
}

/// The service that an answer to `GET /health` names.
fn service(body: &str) -> Option<String> {
    let value: Value = serde_json::from_str(body.trim_start_matches('\u{feff}')).ok()?;
    let service = value.get("service")?.as_str()?;
    Some(service.trim().to_ascii_lowercase())
}

async fn raindrop(
    client: &Client,
    destination: &Destination,
    steps: &mut Vec<TestStep>,
    on_step: &mut impl FnMut(&TestStep),
) -> Result<(), Failure> {
    let request = HttpRequest::Test {
        path: TRACES,
        body: EMPTY_EXPORT,
    };
    let attempt = client.send(destination, request).await;
    let outcome = attempt.outcome.clone();
    let passed = outcome.verdict() == DeliveryVerdict::Accepted;
    record(
        steps,
        on_step,
        "POST",
        TRACES,
        "an empty trace export",
        attempt,
        passed,
    );
    let has_key = has_key(destination);
    match &outcome {
        _ if passed => return Ok(()),
        // An unreachable host or a refused key would fail the same way on another path.
        AttemptOutcome::Fault(_) => return Err(outcome.failure()),
        AttemptOutcome::Answered {
            status: 401 | 403, ..
        } => return Err(outcome.failure_to(has_key)),
        AttemptOutcome::Answered { .. } => {}
    }
    let request = HttpRequest::Test {
        path: TRACK,
        body: b"[]",
    };
    let attempt = client.send(destination, request).await;
    let outcome = attempt.outcome.clone();
    let passed = outcome.verdict() == DeliveryVerdict::Accepted;
    record(
        steps,
        on_step,
        "POST",
        TRACK,
        "an empty array of events",
        attempt,
        passed,
    );
    if passed {
        Ok(())
    } else {
        Err(outcome.failure_to(has_key))
    }
}

/// Whether a key goes along, and not the word that stands for none.
pub fn has_key(destination: &Destination) -> bool {
    let key = destination.write_key();
    key.is_some_and(|key| key.expose() != SINK_KEY)
}

async fn workshop(
    client: &Client,
    destination: &Destination,
    steps: &mut Vec<TestStep>,
    on_step: &mut impl FnMut(&TestStep),
) -> Result<(), Failure> {
    let attempt = client
        .send(destination, HttpRequest::Get { path: HEALTH })
        .await;
    let outcome = attempt.outcome.clone();
    let result = health(&outcome);
    record(
        steps,
        on_step,
        "GET",
        HEALTH,
        "the Workshop's health",
        attempt,
        result.is_ok(),
    );
    result
}

/// A Workshop says `{"ok":true,"service":"workshop",…}` (tried with a real one). Another server on
/// its port must not be taken for it: events for a Workshop travel without a key.
fn health(outcome: &AttemptOutcome) -> Result<(), Failure> {
    let AttemptOutcome::Answered {
        status: 200..=299,
        body,
        ..
    } = outcome
    else {
        return Err(outcome.failure());
    };
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let is_workshop = service(body).is_some_and(|service| service.contains("workshop"));
    if is_workshop && value.get("ok") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    let who = match value.get("service").and_then(Value::as_str) {
        Some(name) => format!("\"{}\"", shortened(&plain(name), 40)),
        None => "something".to_owned(),
    };
    Err(Failure {
        says: format!("Not a healthy Raindrop Workshop but {who} answers there."),
        help: "Check the port (a Workshop's is 5899) and that the Workshop runs.".to_owned(),
    })
}

fn record(
    steps: &mut Vec<TestStep>,
    on_step: &mut impl FnMut(&TestStep),
    method: &'static str,
    path: &'static str,
    what: &'static str,
    attempt: Attempt,
    passed: bool,
) {
    let step = TestStep {
        method,
        path,
        what,
        attempt,
        passed,
    };
    on_step(&step);
    steps.push(step);
}
