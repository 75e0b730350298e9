//! One question to a server that is asked with a key: sent once, without redirects, and answered as a whole, within a
//! limit and until a deadline. What a status means is for the asker to say.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderValue};
use reqwest::{Method, Response};
use tokio::time::{Instant, timeout_at};

use super::fault::{self, Fault};
use super::http::{CONNECT_TIMEOUT, Client};
use super::plain::{first_useful_line, plain, redacted_as_shown, shortened};
use super::retry::RetryAfter;
use crate::destination::BaseUrl;
use crate::prepare::USER_AGENT;

/// The largest answer that is read, in bytes. Chosen: a page of large events, and as much as a record may have.
const LARGEST: usize = 64 << 20;
/// Longest part of a redirect's target that is told, in characters.
const LONGEST_TARGET: usize = 120;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// The server, with the path of its API.
    pub base_url: &'a BaseUrl,
    /// The path below the base URL, with its query.
    pub path: &'a str,
    /// JSON to post; without it, it is a `GET`.
    pub body: Option<String>,
    /// The value of `Authorization`.
    pub authorization: Option<HeaderValue>,
    /// One more header.
    pub header: Option<(&'static str, &'a str)>,
    /// Longest wait, from the first byte sent to the last one read.
    pub wait: Duration,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The HTTP status; none of a redirect.
    pub status: u16,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The body, decoded from no character set.
    pub body: Result<Vec<u8>, Unanswered>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// No answer came, or not in time.
    Fault(Fault),
    /// The server leads elsewhere, in its words, which may hold the key that it was sent: see [`Unanswered::masked`].
    Redirect { status: u16, to: String },
    /// The answer broke off, and why.
    Cut(String),
    /// It is longer than this many bytes.
    TooLarge(usize),
}

impl Unanswered {
    /// The same to be told: what the server says of where it leads goes through `redact`, before it is cut.
    pub fn masked(self, redact: impl Fn(String) -> String) -> Unanswered {
        match self {
            Unanswered::Redirect { status, to } => {
                let to = redacted_as_shown(to, redact);
                let to = shortened(&plain(&to), LONGEST_TARGET);
                Unanswered::Redirect { status, to }
            }
            why => why,
        }
    }
}

impl Question<'_> {
    /// Asks, and reads the answer.
    pub async fn ask(self, client: &Client) -> Result<Reply, Unanswered> {
        let host = self.base_url.authority();
        let deadline = Instant::now() + self.wait;
        let too_late = || {
            Unanswered::Fault(Fault::Timeout {
                host: host.to_owned(),
                after: self.wait,
            })
        };
        let inner = client.inner(self.base_url.reach()).await;
        let method = match self.body {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        let mut request = inner
            .map_err(Unanswered::Fault)?
            .request(method, self.base_url.endpoint(self.path))
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, USER_AGENT);
        if let Some(value) = self.authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some((name, value)) = self.header {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let response = match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let fault = fault::sort(&error, host, CONNECT_TIMEOUT);
                return Err(Unanswered::Fault(fault));
            }
            Err(_) => return Err(too_late()),
        };
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            let to = target(&response);
            return Err(Unanswered::Redirect { status, to });
        }
        let retry_after = retry_after(&response);
        let body = timeout_at(deadline, read(response)).await;
        Ok(Reply {
            status,
            retry_after,
            body: body.unwrap_or_else(|_| Err(too_late())),
        })
    }
}

/// The server's own words of a body, behind a colon; nothing where it has none.
pub(crate) fn says(text: &str) -> String {
    first_useful_line(text).map_or_else(String::new, |line| format!(": {line}"))
}

fn target(response: &Response) -> String {
    let to = response.headers().get(header::LOCATION);
    let to = to.map(|to| String::from_utf8_lossy(to.as_bytes()));
    match to {
        Some(to) if !to.is_empty() => to.into_owned(),
        _ => "nowhere".to_owned(),
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    let parsed = RetryAfter::parse(value.to_str().ok()?)?;
    Some(parsed.wait(Timestamp::now()))
}

/// Reads a body to its end, within the limit.
async fn read(mut response: Response) -> Result<Vec<u8>, Unanswered> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(Unanswered::Cut(fault::deepest(&error))),
        }
        if bytes.len() > LARGEST {
            return Err(Unanswered::TooLarge(LARGEST));
        }
    }
}
