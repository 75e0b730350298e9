//! One question to a server that answers with what it stored.

use jiff::Timestamp;
use reqwest::header::{self, HeaderValue};
use reqwest::{Method, Response};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use super::{ANSWER, ReadError, Reading, Secret};
use crate::delivery::fault::{self, Fault};
use crate::delivery::http::CONNECT_TIMEOUT;
use crate::delivery::plain::first_useful_line;
use crate::delivery::retry::RetryAfter;
use crate::json::{Document, Limits};
use crate::prepare::{PROJECT_HEADER, USER_AGENT};

/// The largest answer that is read, in bytes. Chosen: a page of large events.
const LARGEST: usize = 64 << 20;

impl Reading<'_> {
    /// Asks for what is at a path; none where there is nothing.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Document>, ReadError> {
        self.ask(Method::GET, path, None).await
    }

    /// Posts a question.
    pub(super) async fn post(
        &self,
        path: &str,
        body: String,
    ) -> Result<Option<Document>, ReadError> {
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Option<Document>, ReadError> {
        let begun = Instant::now();
        let answered = self.exchange(method, path, body).await;
        let outcome = match &answered {
            Ok(Some(doc)) => format!("{} bytes", doc.text().len()),
            Ok(None) => "nothing there".to_owned(),
            Err(error) => error.to_string(),
        };
        let host = self.place.base_url.authority();
        tracing::debug!(host, outcome, elapsed = ?begun.elapsed(), "read back");
        answered
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Option<Document>, ReadError> {
        let base_url = &self.place.base_url;
        let host = base_url.authority();
        let deadline = Instant::now() + ANSWER;
        let too_late = || {
            ReadError::Fault(Fault::Timeout {
                host: host.to_owned(),
                after: ANSWER,
            })
        };
        let client = self.client.inner(base_url.reach()).await;
        let mut request = client
            .map_err(ReadError::Fault)?
            .request(method, base_url.endpoint(path))
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, USER_AGENT);
        if let Some(secret) = self.place.secret.text() {
            let text = SecretString::from(format!("Bearer {secret}"));
            let value = HeaderValue::from_str(text.expose_secret());
            let mut value = value.map_err(|_| ReadError::Refused(String::new()))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some(project) = &self.place.project {
            request = request.header(PROJECT_HEADER, project.as_str());
        }
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let response = match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Err(ReadError::Fault(fault::sort(&error, host, CONNECT_TIMEOUT)));
            }
            Err(_) => return Err(too_late()),
        };
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Err(ReadError::Redirect(status));
        }
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| RetryAfter::parse(value.to_str().ok()?))
            .map(|after| after.wait(Timestamp::now()));
        let bytes = timeout_at(deadline, read(response)).await;
        let bytes = bytes.unwrap_or_else(|_| Err(too_late()));
        if (200..300).contains(&status) {
            let text = self.redacted(&bytes?);
            let doc = Document::parse(text.trim().into(), Limits::default());
            return doc.map(Some).map_err(|_| ReadError::NotJson(says(&text)));
        }
        let says = says(&self.redacted(&bytes.unwrap_or_default()));
        Err(match (status, &self.place.secret) {
            (404, _) => return Ok(None),
            (401, Secret::Query(_)) => ReadError::Refused(says),
            (401, _) => ReadError::RefusedThere(says),
            (403, _) => ReadError::Forbidden(says),
            (408 | 425 | 429 | 500..=599, _) => ReadError::Busy {
                status,
                says,
                retry_after,
            },
            _ => ReadError::Status { status, says },
        })
    }

    /// What came, without any trace of the key that was sent.
    fn redacted(&self, bytes: &[u8]) -> String {
        self.place
            .redacted(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The server's own words, behind a colon.
fn says(text: &str) -> String {
    first_useful_line(text).map_or_else(String::new, |line| format!(": {line}"))
}

/// Reads a body to its end, within the limit.
async fn read(mut response: Response) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(ReadError::Cut(fault::deepest(&error))),
        }
        if bytes.len() > LARGEST {
            return Err(ReadError::TooLarge(LARGEST));
        }
    }
}
