//! One request about generations, and what its answer means.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, Response, header};
use tokio::time::{Instant, timeout_at};

use super::{FetchError, Generations};
use crate::delivery::fault::{self, Fault};
use crate::delivery::http::CONNECT_TIMEOUT;
use crate::delivery::plain::{first_useful_line, plain, shortened};
use crate::delivery::retry::RetryAfter;
use crate::json::{Document, JsonText, Kind, Limits, Value};

/// The largest answer that is read, in bytes: as much as a record may have. Chosen.
const LARGEST: usize = 64 << 20;
/// Longest part of a redirect's target that is shown, in characters.
const LONGEST_TARGET: usize = 120;

impl Generations {
    /// Asks for what is at a path below the base URL.
    pub(super) async fn get(&self, path: &str) -> Result<JsonText, FetchError> {
        self.request(Method::GET, path, None).await
    }

    /// Posts a question.
    pub(super) async fn post(&self, path: &str, body: String) -> Result<JsonText, FetchError> {
        self.request(Method::POST, path, Some(body)).await
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<JsonText, FetchError> {
        let begun = Instant::now();
        let answered = self.exchange(method, path, body).await;
        let outcome = match &answered {
            Ok(json) => format!("{} bytes", json.as_str().len()),
            Err(error) => error.to_string(),
        };
        let path = path.split('?').next().unwrap_or_default();
        tracing::debug!(path, outcome, elapsed = ?begun.elapsed(), "asked about a generation");
        answered
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<JsonText, FetchError> {
        let host = self.base_url.authority();
        let deadline = Instant::now() + self.limits.answer;
        let too_late = || {
            FetchError::Fault(Fault::Timeout {
                host: host.to_owned(),
                after: self.limits.answer,
            })
        };
        let inner = self.client.inner(self.base_url.reach()).await;
        let header = self.key.header();
        let mut request = inner
            .map_err(FetchError::Fault)?
            .request(method, self.base_url.endpoint(path))
            .header(header::AUTHORIZATION, header.map_err(|_| unfit())?)
            .header(header::ACCEPT, "application/json");
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let response = match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Err(FetchError::Fault(fault::sort(
                    &error,
                    host,
                    CONNECT_TIMEOUT,
                )));
            }
            Err(_) => return Err(too_late()),
        };
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Err(redirect(status, &response));
        }
        let retry_after = retry_after(&response);
        let bytes = timeout_at(deadline, read(response));
        let bytes = bytes.await.map_err(|_| too_late())?;
        let answer = Answer {
            status,
            retry_after,
            // What the server says of itself may hold the key, which it was sent.
            text: |bytes: &[u8]| self.key.redact(&String::from_utf8_lossy(bytes)),
        };
        match status {
            200..=299 => answer.json(&bytes?),
            _ => Err(answer.refusal(status, &bytes.unwrap_or_default())),
        }
    }
}

fn unfit() -> FetchError {
    FetchError::Refused(": it cannot stand in a header".to_owned())
}

/// An answer whose body is there.
struct Answer<T> {
    status: u16,
    retry_after: Option<Duration>,
    text: T,
}

impl<T: Fn(&[u8]) -> String> Answer<T> {
    /// The JSON of a success. OpenRouter tells of errors with status 200, too.
    fn json(&self, bytes: &[u8]) -> Result<JsonText, FetchError> {
        let text = (self.text)(bytes);
        let limits = Limits::default();
        let doc = Document::parse(text.trim().into(), limits).map_err(|_| self.not_json(bytes))?;
        let root = doc.root();
        let error = root.get_some("error").filter(|_| !holds_data(root));
        if let Some(error) = error {
            let code = error.get("code").and_then(Value::number);
            let code = code.and_then(|code| code.parse().ok());
            return Err(self.refusal(code.unwrap_or(self.status), bytes));
        }
        match holds_data(root) {
            true => Ok(root.canonical()),
            false => Err(self.not_json(bytes)),
        }
    }

    fn not_json(&self, bytes: &[u8]) -> FetchError {
        FetchError::NotJson(self.says(bytes))
    }

    /// What a status means (OpenRouter's API reference lists them).
    fn refusal(&self, status: u16, bytes: &[u8]) -> FetchError {
        let says = self.says(bytes);
        match status {
            401 => FetchError::Refused(says),
            403 => FetchError::Forbidden(says),
            404 => FetchError::Absent,
            408 | 425 | 429 | 500..=599 => FetchError::Busy {
                status,
                says,
                retry_after: self.retry_after,
            },
            _ => FetchError::Status { status, says },
        }
    }

    /// The server's own words, behind a colon.
    fn says(&self, bytes: &[u8]) -> String {
        let line = first_useful_line(&(self.text)(bytes));
        line.map_or_else(String::new, |line| format!(": {line}"))
    }
}

/// Whether an answer has something under `data`.
fn holds_data(root: Value<'_>) -> bool {
    let data = root.get("data");
    data.is_some_and(|data| matches!(data.kind(), Kind::Object | Kind::Array))
}

fn redirect(status: u16, response: &Response) -> FetchError {
    let to = response.headers().get(header::LOCATION);
    let to = to.map_or_else(String::new, |to| {
        String::from_utf8_lossy(to.as_bytes()).into_owned()
    });
    FetchError::Redirect {
        status,
        to: match to.is_empty() {
            true => "nowhere".to_owned(),
            false => shortened(&plain(&to), LONGEST_TARGET),
        },
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    let parsed = RetryAfter::parse(value.to_str().ok()?)?;
    Some(parsed.wait(Timestamp::now()))
}

/// Reads a body to its end, within the limit.
async fn read(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(FetchError::Cut(fault::deepest(&error))),
        }
        if bytes.len() > LARGEST {
            return Err(FetchError::TooLarge(LARGEST));
        }
    }
}
