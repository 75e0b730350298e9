//! OpenRouter's own step 5: a real request through OpenRouter, so that a real completion can be
//! looked at. It costs money, so nothing here is done without having been asked for; and the key comes
//! from `OPENROUTER_API_KEY` alone, and is kept nowhere.
//!
//! What comes back is the raw answer with its measured duration, and [`Response::sample`] makes of it
//! and the request a sample like any other.

mod failure;
pub mod generations;
mod prepared_request;
mod stream;
mod utf8;

pub use prepared_request::{PreparedRequest, prepare};
pub use stream::Deltas;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};

use crate::capture::spread_keys;
use crate::completion::Api;
use crate::delivery::cancel::Cancelled;
use crate::delivery::fault::{self, Fault};
use crate::delivery::http::{CONNECT_TIMEOUT, Client, bearer};
use crate::delivery::plain::{first_useful_line, redacted_as_shown};
use crate::destination::{BaseUrl, DestinationError, Insecure};
use crate::json::{JsonText, quote};
use crate::mapping::scan::secrets::KEY_MASK;
use crate::redact::{Redactor, StreamRedactor, known};
use utf8::Utf8Decoder;

/// Where OpenRouter is (its documentation); `/v1` is part of each path.
pub const OPENROUTER: &str = "https://openrouter.ai/api";
/// The variable with the key.
pub const API_KEY: &str = "OPENROUTER_API_KEY";
/// The variable with a management key, which may list and read all generations of its account.
pub const MANAGEMENT_KEY: &str = "OPENROUTER_MANAGEMENT_KEY";
/// The variable with another base URL: a proxy, or a server for tests.
pub const BASE_URL: &str = "RAINSCOPE_OPENROUTER_URL";
/// Longest wait for the next byte. Chosen: a model may think for minutes; a stream sends comments
/// every few seconds.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
/// The largest answer that is read, in bytes. Chosen.
const LARGEST: usize = 64 << 20;

/// The key. Its `Debug` shows nothing, and there is no `Display`.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes the variable's text.
    ///
    /// # Errors
    /// When it is empty or cannot stand in an HTTP header.
    pub fn new(text: String) -> Result<Self, RequestError> {
        let given = SecretString::from(text);
        let key = given.expose_secret().trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RequestError::Key);
        }
        known::learn(key);
        Ok(Self(SecretString::from(key)))
    }

    fn header(&self) -> Result<HeaderValue, RequestError> {
        bearer(self.0.expose_secret()).map_err(|_| RequestError::Key)
    }

    /// The text with every trace of this key masked: a server may echo what it was sent, in one form or another. The
    /// mask says who masked it, since an answer becomes a sample.
    fn redact(&self, text: &str) -> String {
        let key = Redactor::with_mask(self.0.expose_secret(), KEY_MASK);
        let masked = |text| known::masked_in_sample(key.redact(text));
        redacted_as_shown(text.to_owned(), masked)
    }
}

impl ApiKey {
    /// The same for an answer, which may be a stream that spells the key in pieces.
    fn redact_answer(&self, answer: &str) -> String {
        let text = self.redact(answer);
        let key = Redactor::with_mask(self.0.expose_secret(), KEY_MASK);
        let masked = |text| known::masked_in_sample(key.redact(text));
        spread_keys::mask(&text, &masked).into_owned()
    }

    /// The same for text that arrives in pieces.
    fn stream_redactor(&self) -> StreamRedactor {
        StreamRedactor::with_mask(self.0.expose_secret(), KEY_MASK)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(••••••)")
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No key, or none that can be sent.
    #[error(
        "OPENROUTER_API_KEY is not set, or does not look like a key: copy it from openrouter.ai/settings/keys"
    )]
    Key,
    /// The base URL is not one.
    #[error("RAINSCOPE_OPENROUTER_URL: {0}")]
    BaseUrl(#[from] DestinationError),
    /// No usable answer came.
    #[error("{} {}", .0.says(), failure::help(.0))]
    Fault(Fault),
    /// A delivery tells what was asked, but not as a request.
    #[error(
        "a delivery or a bare answer holds no request that could be sent to OpenRouter: choose a completion with its request"
    )]
    Delivery,
    /// The person stopped it. OpenRouter may charge for it all the same.
    #[error("stopped; OpenRouter may charge for what it had done by then")]
    Cancelled,
}

/// What to ask.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which API it goes to.
    pub api: Api,
    /// The request body, with the edited trace metadata in it.
    pub body: JsonText,
    /// Where OpenRouter is.
    pub base_url: BaseUrl,
    /// The key.
    pub key: ApiKey,
}

/// OpenRouter's answer, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// JSON, or the transcript of a stream; the key masked.
    pub text: String,
    /// Why it ends early, if it does: the connection broke, or it became too long.
    pub cut: Option<String>,
    /// From the first byte sent to the last one read.
    pub elapsed: Duration,
    /// When the last byte was read.
    pub completed_at: Timestamp,
}

/// The base URL: the variable's, or OpenRouter's own.
///
/// # Errors
/// When the variable's text is no base URL.
pub fn base_url(variable: Option<&str>) -> Result<BaseUrl, RequestError> {
    let text = variable.filter(|text| !text.trim().is_empty());
    Ok(BaseUrl::parse(
        text.unwrap_or(OPENROUTER),
        Insecure::Refused,
    )?)
}

/// The API's path below the base URL (OpenRouter's documentation).
///
/// # Errors
/// When what is looked at is a delivery, which holds no request.
pub const fn path(api: Api) -> Result<&'static str, RequestError> {
    match api {
        Api::Chat => Ok("/v1/chat/completions"),
        Api::Responses => Ok("/v1/responses"),
        Api::Messages => Ok("/v1/messages"),
        Api::Delivery | Api::Unknown => Err(RequestError::Delivery),
    }
}

/// Asks once; there is no retry, since each one costs. `arrives` gets the text of a stream as it comes, whole
/// characters at a time; of a document it hears that something came. `silence` is the longest wait for the next byte, usually [`IDLE_TIMEOUT`].
///
/// # Errors
/// When no answer's head came, or it was stopped. An answer that says "error" is an answer.
pub async fn ask(
    client: &Client,
    request: &Request,
    silence: Duration,
    mut arrives: impl FnMut(&str),
    mut cancelled: Cancelled,
) -> Result<Response, RequestError> {
    tokio::select! {
        biased;
        () = cancelled.cancelled() => Err(RequestError::Cancelled),
        answer = exchange(client, request, silence, &mut arrives) => answer,
    }
}

async fn exchange(
    client: &Client,
    request: &Request,
    silence: Duration,
    arrives: &mut impl FnMut(&str),
) -> Result<Response, RequestError> {
    let host = request.base_url.authority();
    let path = path(request.api)?;
    let inner = client.inner(request.base_url.reach()).await;
    let sending = inner
        .map_err(RequestError::Fault)?
        .post(request.base_url.endpoint(path))
        .header(header::AUTHORIZATION, request.key.header()?)
        .header(header::CONTENT_TYPE, "application/json")
        .body(request.body.as_str().to_owned());
    let begun = Instant::now();
    let mut response = match timeout(silence, sending.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            return Err(RequestError::Fault(fault::sort(
                &error,
                host,
                CONNECT_TIMEOUT,
            )));
        }
        Err(_) => {
            return Err(RequestError::Fault(Fault::Timeout {
                host: host.to_owned(),
                after: silence,
            }));
        }
    };
    let mut decoder = Utf8Decoder::default();
    let mut redactor = request.key.stream_redactor();
    let mut is_stream = None;
    let cut = loop {
        match timeout(silence, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let piece = decoder.take(&chunk);
                // Of a document nothing can be shown before its end.
                let first = piece.trim_start().bytes().next();
                is_stream = is_stream.or(first.map(|first| !matches!(first, b'{' | b'[')));
                match is_stream {
                    Some(true) => {
                        let piece = redactor.take(&piece);
                        if !piece.is_empty() {
                            arrives(&piece);
                        }
                    }
                    _ => arrives(""),
                }
                // All of a long answer may have come at once.
                tokio::task::yield_now().await;
            }
            Ok(Ok(None)) => break None,
            Ok(Err(error)) => {
                break Some(format!("the connection broke: {}", fault::deepest(&error)));
            }
            Err(_) => break Some(format!("nothing came for {} s", silence.as_secs())),
        }
        if decoder.len() > LARGEST {
            break Some("it is longer than 64 MiB".to_owned());
        }
    };
    let rest = redactor.finish();
    if !rest.is_empty() {
        arrives(&rest);
    }
    let (status, elapsed) = (response.status().as_u16(), begun.elapsed());
    let (bytes, answer_bytes, cut_short) =
        (request.body.as_str().len(), decoder.len(), cut.is_some());
    tracing::debug!(
        host,
        path,
        bytes,
        status,
        answer_bytes,
        cut_short,
        ?elapsed,
        "OpenRouter answered"
    );
    // An answer may hold pictures of many megabytes.
    let (key, answer) = (request.key.clone(), decoder.finish());
    let masked = tokio::task::spawn_blocking(move || key.redact_answer(&answer)).await;
    Ok(Response {
        status,
        text: masked.map_err(|_| RequestError::Cancelled)?,
        cut,
        elapsed,
        completed_at: Timestamp::now(),
    })
}

impl Response {
    /// Whether OpenRouter did what was asked, as far as the status tells: a stream may still break.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// What happened, in a line.
    pub fn says(&self) -> String {
        let cut = self
            .cut
            .as_ref()
            .map_or(String::new(), |why| format!("; cut short: {why}"));
        if self.is_success() {
            return format!(
                "OpenRouter answered in {} ms{cut}",
                self.elapsed.as_millis()
            );
        }
        let line = first_useful_line(&self.text).unwrap_or_else(|| "no reason given".to_owned());
        format!("OpenRouter refused ({}): {line}{cut}", self.status)
    }

    /// A sample file's text: the request, the answer and its measured duration, to be loaded like any
    /// other sample.
    pub fn sample(&self, name: &str, request: &JsonText) -> String {
        let response = match JsonText::parse(&self.text) {
            Ok(json) => json,
            // A transcript, or something that is no JSON, stands there as text.
            Err(_) => JsonText::string(&self.text),
        };
        format!(
            "{{\"name\":{},\"request\":{},\"response\":{},\"duration_ms\":{},\"completed_at\":{}}}\n",
            quote(name),
            request.as_str(),
            response.as_str(),
            self.elapsed.as_millis(),
            quote(&self.completed_at.to_string()),
        )
    }
}
