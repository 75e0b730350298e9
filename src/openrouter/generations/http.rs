//! One request about generations, and what its answer means.

use std::time::Duration;

use tokio::time::Instant;

use super::{FetchError, Generations};
use crate::delivery::question::{Question, Unanswered, says};
use crate::json::{Document, JsonText, Kind, Limits, Value};

impl Generations {
    /// Asks for what is at a path below the base URL.
    pub(super) async fn get(&self, path: &str) -> Result<JsonText, FetchError> {
        self.request(path, None).await
    }

    /// Posts a question.
    pub(super) async fn post(&self, path: &str, body: String) -> Result<JsonText, FetchError> {
        self.request(path, Some(body)).await
    }

    async fn request(&self, path: &str, body: Option<String>) -> Result<JsonText, FetchError> {
        let begun = Instant::now();
        let answered = self.exchange(path, body).await;
        let outcome = match &answered {
            Ok(json) => format!("{} bytes", json.as_str().len()),
            Err(error) => error.to_string(),
        };
        let path = path.split('?').next().unwrap_or_default();
        tracing::debug!(path, outcome, elapsed = ?begun.elapsed(), "asked about a generation");
        answered
    }

    async fn exchange(&self, path: &str, body: Option<String>) -> Result<JsonText, FetchError> {
        let question = Question {
            base_url: &self.base_url,
            path,
            body,
            authorization: Some(self.key.header().map_err(|_| unfit())?),
            header: None,
            wait: self.limits.answer,
        };
        let masked = |why: Unanswered| why.masked(|text| self.key.redact(&text));
        let reply = question.ask(&self.client).await.map_err(masked)?;
        let answer = Answer {
            status: reply.status,
            retry_after: reply.retry_after,
            // What the server says of itself may hold the key, which it was sent.
            text: |bytes: &[u8]| self.key.redact(&String::from_utf8_lossy(bytes)),
        };
        match reply.status {
            200..=299 => answer.json(&reply.body?),
            status => Err(answer.refusal(status, &reply.body.unwrap_or_default())),
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
        says(&(self.text)(bytes))
    }
}

/// Whether an answer has something under `data`.
fn holds_data(root: Value<'_>) -> bool {
    let data = root.get("data");
    data.is_some_and(|data| matches!(data.kind(), Kind::Object | Kind::Array))
}
