//! One attempt over HTTP: the exact bytes of a `WireRequest` to a destination, with deadlines and
//! without redirects, so that the write key reaches no other host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{
    Method, RequestBuilder, Response,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout_at},
};

use super::connect::{self, ServerKind};
use super::plain::redacted_as_shown;
use super::{
    answer::{AttemptOutcome, DeliveryVerdict},
    fault::{self, Fault},
    retry::RetryAfter,
};
use crate::{
    destination::{Destination, Reach, WriteKey},
    diagnostics::PAYLOADS,
    event::wire::WireRequest,
    prepare::{self, USER_AGENT},
    redact::known,
};

/// Longest wait for a connection (issue: "5 s connect").
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for a whole request, from the first byte to the last of the answer (chosen for the inspector).
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer's body is read, in bytes.
pub const BODY_READ: usize = 64 * 1024;

/// How long it is taken for granted that a server on this machine is no Workshop, from its last answer on. Chosen: nobody ends
/// a server and starts another in less.
const KNOWN_FOR: Duration = Duration::from_secs(2);
/// After how long it is asked again all the same. Chosen.
const ASKED_AFTER: Duration = Duration::from_secs(10);

const TEST_CONNECTION: HeaderName = HeaderName::from_static("x-test-connection");

/// One attempt and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its outcome.
    pub outcome: AttemptOutcome,
    /// From the first byte sent to the last one read, connecting included.
    pub elapsed: Duration,
}

/// Sends requests. Cheap to clone; connections are kept and shared. Nothing is built before the
/// first request, since building can fail on a machine without CA certificates.
#[derive(Debug, Clone)]
pub struct Client {
    request_timeout: Duration,
    ready: Arc<InnerClients>,
    /// Servers on this machine that get a key.
    known: Arc<Mutex<HashMap<String, KnownServer>>>,
    begun: Instant,
}

/// When a server on this machine last said that it is no Workshop, when it last answered anything, and how many requests
/// it has that it did not answer yet.
#[derive(Debug, Clone, Copy)]
struct KnownServer {
    asked: Option<Instant>,
    heard: Option<Instant>,
    open: usize,
}

/// A request that is under way to a server on this machine.
struct Underway<'a> {
    client: &'a Client,
    destination: &'a Destination,
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.client.note(self.destination, |known| {
            known.open = known.open.saturating_sub(1)
        });
    }
}

/// One inner client for each way to reach a host.
#[derive(Debug, Default)]
struct InnerClients {
    loopback_plain: OnceCell<reqwest::Client>,
    loopback_tls: OnceCell<reqwest::Client>,
    outside_plain: OnceCell<reqwest::Client>,
    outside_tls: OnceCell<reqwest::Client>,
}

/// What is asked, apart from the destination.
#[derive(Debug, Clone, Copy)]
pub(super) enum HttpRequest<'a> {
    /// A `POST` of JSON.
    Post { path: &'a str, body: &'a [u8] },
    /// The same, marked as a connection test.
    Test { path: &'a str, body: &'a [u8] },
    /// A `GET`.
    Get { path: &'a str },
}

impl Attempt {
    /// How long it took, in whole milliseconds.
    #[must_use]
    pub fn millis(&self) -> u64 {
        u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the event was taken.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.outcome.verdict() == DeliveryVerdict::Accepted
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new(REQUEST_TIMEOUT)
    }
}

impl Client {
    /// A client whose requests each end within `request_timeout`.
    #[must_use]
    pub fn new(request_timeout: Duration) -> Self {
        Self {
            request_timeout,
            ready: Arc::default(),
            known: Arc::default(),
            begun: Instant::now(),
        }
    }

    /// Sends the request once, as it is. Never fails: a fault is an outcome. Must run inside a tokio
    /// runtime with timers and sockets.
    pub async fn attempt(&self, destination: &Destination, request: &WireRequest) -> Attempt {
        let question = HttpRequest::Post {
            path: request.route.path(),
            body: &request.body,
        };
        self.send(destination, question).await
    }

    pub(super) async fn send(
        &self,
        destination: &Destination,
        question: HttpRequest<'_>,
    ) -> Attempt {
        let begun = Instant::now();
        let outcome = self.outcome(destination, question, begun).await;
        let attempt = Attempt {
            outcome: outcome.unwrap_or_else(AttemptOutcome::Fault),
            elapsed: begun.elapsed(),
        };
        log(destination, question, &attempt);
        attempt
    }

    async fn outcome(
        &self,
        destination: &Destination,
        question: HttpRequest<'_>,
        begun: Instant,
    ) -> Result<AttemptOutcome, Fault> {
        let host = destination.base_url().authority();
        self.refuse_workshop(destination).await?;
        let client = self.inner(destination.base_url().reach()).await?;
        let request = prepared(&client, destination, question)?;
        self.note(destination, |known| known.open += 1);
        let _underway = Underway {
            client: self,
            destination,
        };
        let deadline = begun + self.request_timeout;
        let response = match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let fault = fault::sort(&error, host, CONNECT_TIMEOUT);
                if matches!(fault, Fault::ConnectRefused { .. }) {
                    self.note(destination, |known| {
                        (known.asked, known.heard) = (None, None)
                    });
                }
                return Err(fault);
            }
            Err(_) => {
                return Err(Fault::Timeout {
                    host: host.to_owned(),
                    after: self.request_timeout,
                });
            }
        };
        // It is the same as before.
        let now = Some(Instant::now());
        self.note(destination, |known| known.heard = now);
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(RetryAfter::parse);
        let (body, body_truncated) = body(response, deadline).await;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(AttemptOutcome::Answered {
            status,
            retry_after,
            body: redacted_as_shown(body, |text| {
                let text = match destination.write_key() {
                    Some(key) => key.redact(text),
                    None => text,
                };
                known::masked_in_answer(text)
            }),
            body_truncated,
        })
    }

    /// On this machine another server may have taken the place of the one that was asked what it is when the destination was
    /// made. Where nothing listened there since, or some time went by, it is asked again before it gets a key.
    async fn refuse_workshop(&self, destination: &Destination) -> Result<(), Fault> {
        if !is_to_be_asked(destination) {
            return Ok(());
        }
        let is_within = |at: Option<Instant>, time| at.is_some_and(|at| at.elapsed() < time);
        let known = self.known_of(destination);
        if is_within(known.heard, KNOWN_FOR) && is_within(known.asked, ASKED_AFTER) {
            return Ok(());
        }
        let begun = Instant::now();
        // It has much to do for this program, and is the same one.
        let is_busy = || {
            let known = self.known_of(destination);
            known.open > 0 || known.heard.is_some_and(|heard| heard >= begun)
        };
        // It asks for itself with no key, so this comes to an end.
        let base_url = destination.base_url();
        let host = || base_url.authority().to_owned();
        match Box::pin(connect::who_answers(base_url)).await {
            Err(Fault::Timeout { .. }) if is_busy() => Ok(()),
            Err(Fault::Timeout { .. } | Fault::BrokenAnswer { .. }) => {
                Err(Fault::Silent { host: host() })
            }
            Err(fault) => Err(fault),
            Ok(ServerKind::Workshop) => Err(Fault::Workshop { host: host() }),
            Ok(ServerKind::Sink | ServerKind::Other) => {
                let now = Some(Instant::now());
                self.note(destination, |known| (known.asked, known.heard) = (now, now));
                Ok(())
            }
        }
    }

    fn known_of(&self, destination: &Destination) -> KnownServer {
        let begun = Some(self.begun);
        let known = lock(&self.known);
        let known = known.get(destination.base_url().authority()).copied();
        known.unwrap_or(KnownServer {
            asked: begun,
            heard: begun,
            open: 0,
        })
    }

    /// Takes note of what a server on this machine that gets a key did.
    fn note(&self, destination: &Destination, change: impl FnOnce(&mut KnownServer)) {
        if !is_to_be_asked(destination) {
            return;
        }
        let mut known = self.known_of(destination);
        change(&mut known);
        lock(&self.known).insert(destination.base_url().authority().to_owned(), known);
    }

    pub(crate) async fn inner(&self, reach: Reach) -> Result<reqwest::Client, Fault> {
        let cell = match reach {
            Reach::LoopbackPlain => &self.ready.loopback_plain,
            Reach::LoopbackTls => &self.ready.loopback_tls,
            Reach::OutsidePlain => &self.ready.outside_plain,
            Reach::OutsideTls => &self.ready.outside_tls,
        };
        let client = cell
            .get_or_try_init(|| async move {
                // Reading the CA certificates takes a while: not on the thread that draws.
                let built = tokio::task::spawn_blocking(move || build(reach)).await;
                built.unwrap_or_else(|_| Err("the HTTP client could not be built".to_owned()))
            })
            .await
            .map_err(|reason| Fault::Client { reason })?;
        Ok(client.clone())
    }
}

/// Whether a key of somebody's goes to a server on this machine that says what it is.
fn is_to_be_asked(destination: &Destination) -> bool {
    let is_secret = |key: &WriteKey| key.expose() != prepare::SINK_KEY;
    destination.base_url().is_loopback()
        && !destination.is_silent()
        && destination.write_key().is_some_and(is_secret)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn log(destination: &Destination, question: HttpRequest<'_>, attempt: &Attempt) {
    let host = destination.base_url().authority();
    let (method, path, body) = match question {
        HttpRequest::Post { path, body } | HttpRequest::Test { path, body } => ("POST", path, body),
        HttpRequest::Get { path } => ("GET", path, &[][..]),
    };
    let (bytes, elapsed) = (body.len(), attempt.elapsed);
    match &attempt.outcome {
        AttemptOutcome::Answered { status, body, .. } => {
            let answer_bytes = body.len();
            tracing::debug!(
                host,
                method,
                path,
                bytes,
                status,
                answer_bytes,
                ?elapsed,
                "answered"
            );
        }
        AttemptOutcome::Fault(fault) => {
            let fault = fault.says();
            tracing::warn!(host, method, path, bytes, fault, ?elapsed, "not answered");
        }
    }
    if tracing::enabled!(target: PAYLOADS, tracing::Level::DEBUG) {
        let hide = |text: String| match destination.write_key() {
            Some(key) => key.redact(text),
            None => text,
        };
        let sent = hide(String::from_utf8_lossy(body).into_owned());
        tracing::debug!(target: PAYLOADS, sent, "request");
        if let AttemptOutcome::Answered { body, .. } = &attempt.outcome {
            tracing::debug!(target: PAYLOADS, received = body, "answer");
        }
    }
}

fn prepared(
    client: &reqwest::Client,
    destination: &Destination,
    question: HttpRequest<'_>,
) -> Result<RequestBuilder, Fault> {
    let mut headers = headers(destination)?;
    let (method, path, body) = match question {
        HttpRequest::Post { path, body } => (Method::POST, path, Some(body)),
        HttpRequest::Test { path, body } => {
            headers.insert(TEST_CONNECTION, HeaderValue::from_static("true"));
            (Method::POST, path, Some(body))
        }
        HttpRequest::Get { path } => {
            headers.remove(header::CONTENT_TYPE);
            (Method::GET, path, None)
        }
    };
    let mut request = client.request(method, destination.base_url().endpoint(path));
    if let Some(body) = body {
        request = request.body(body.to_vec());
    }
    Ok(request.headers(headers))
}

/// The headers that are shown, kept and copied, with the key in its place.
fn headers(destination: &Destination) -> Result<HeaderMap, Fault> {
    let unfit = |error: &dyn std::error::Error| Fault::Client {
        reason: error.to_string(),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in destination.endpoint().headers() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| unfit(&error))?;
        let value = match (value, destination.write_key()) {
            (prepare::HeaderValue::Text(text), _) => HeaderValue::from_str(&text),
            (prepare::HeaderValue::WriteKey, Some(key)) => bearer(key.expose()),
            (prepare::HeaderValue::WriteKey, None) => continue,
        };
        headers.insert(name, value.map_err(|error| unfit(&error))?);
    }
    Ok(headers)
}

/// The value of the `Authorization` header for a key, marked sensitive so that no debug output shows it.
pub(crate) fn bearer(key: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    let text = SecretString::from(format!("Bearer {key}"));
    let mut value = HeaderValue::from_str(text.expose_secret())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads at most [`BODY_READ`] bytes. The status is known by now, so neither a cut nor a deadline
/// can turn the answer into a fault: the body just ends there.
async fn body(mut response: Response, deadline: Instant) -> (Vec<u8>, bool) {
    let mut read = Vec::new();
    loop {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = BODY_READ - read.len();
                read.extend(chunk.iter().take(room));
                if chunk.len() > room {
                    return (read, true);
                }
            }
            Ok(Ok(None)) => return (read, false),
            Ok(Err(_)) | Err(_) => return (read, true),
        }
    }
}

fn build(reach: Reach) -> Result<reqwest::Client, String> {
    // Without a default provider the HTTP library panics; a second installation is refused, which
    // is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT);
    let builder = match reach {
        Reach::OutsideTls => builder,
        Reach::LoopbackTls | Reach::OutsidePlain => builder.no_proxy(),
        // An empty set of CA certificates: plain http needs none, and the local sink must work on
        // a machine that has none.
        Reach::LoopbackPlain => builder.no_proxy().tls_backend_preconfigured(
            rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
        ),
    };
    builder.build().map_err(|error| {
        let reason = fault::deepest(&error);
        format!("the HTTP client could not be built ({reason})")
    })
}
