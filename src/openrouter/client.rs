//! The request itself: one attempt, since each costs money, read as it arrives.

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use tokio::time::timeout;

use super::{ApiKey, Deltas, Request, Trouble};
use crate::delivery::destination::BaseUrl;
use crate::delivery::fault::{self, Fault};
use crate::delivery::http::{CONNECT_TIMEOUT, build};
use crate::json::Document;

/// How long nothing may come. Chosen: reasoning models are silent for long.
const SILENCE: Duration = Duration::from_secs(180);
/// Most bytes of an answer that are taken. Chosen.
const LARGEST: usize = 64 << 20;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The body as it came: JSON, or an SSE transcript.
    pub body: String,
    /// Whether it is a transcript.
    pub is_stream: bool,
    /// From the first byte sent to the last one read, in milliseconds.
    pub millis: u64,
    /// When the last byte came, in milliseconds since 1970.
    pub completed_at: i64,
    /// An error that came in the middle of the stream.
    pub trouble: Option<Trouble>,
}

/// Told while it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The head came, with this status.
    Began(u16),
    /// More text of the answer.
    Text(String),
}

/// Makes the request, once. Drop the future to cancel.
///
/// # Errors
/// What happened and what to do, wherever there is no answer to load.
pub async fn ask(
    base_url: &BaseUrl,
    key: &ApiKey,
    request: &Request,
    mut told: impl FnMut(Told),
) -> Result<Answer, Trouble> {
    let reach = base_url.reach();
    let client = tokio::task::spawn_blocking(move || build(reach)).await;
    let client = client
        .unwrap_or_else(|error| Err(error.to_string()))
        .map_err(|reason| Fault::Client { reason })?;
    let authorization = key.authorization().ok_or_else(|| Fault::Client {
        reason: "the API key cannot stand in a header".to_owned(),
    })?;
    let begun = Instant::now();
    let url = base_url.endpoint(&format!("/v1{}", request.path));
    let sent = client
        .post(url)
        .header(AUTHORIZATION, authorization)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(request.body.clone())
        .send();
    let response = timeout(SILENCE, sent)
        .await
        .map_err(|_| Trouble::silent(SILENCE.as_secs()))?;
    let host = base_url.authority();
    let mut response = response.map_err(|error| fault::sort(&error, host, CONNECT_TIMEOUT))?;
    let status = response.status().as_u16();
    told(Told::Began(status));
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_stream = kind.starts_with("text/event-stream");
    let (mut body, mut deltas) = (Vec::new(), Deltas::default());
    loop {
        let chunk = timeout(SILENCE, response.chunk())
            .await
            .map_err(|_| Trouble::silent(SILENCE.as_secs()))?;
        match chunk {
            Ok(Some(chunk)) => {
                body.extend_from_slice(&chunk);
                let text = deltas.take(&chunk);
                if is_stream && !text.is_empty() {
                    told(Told::Text(key.redact(text)));
                }
                if body.len() > LARGEST {
                    return Err(Trouble::cut());
                }
            }
            Ok(None) => break,
            // What of a stream has come is worth loading.
            Err(_) if is_stream && !body.is_empty() => {
                deltas.error = Some("the connection was cut".to_owned());
                break;
            }
            Err(_) => return Err(Trouble::cut()),
        }
    }
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let body = key.redact(String::from_utf8_lossy(&body).into_owned());
    if !(200..300).contains(&status) {
        return Err(Trouble::of_status(status, &body));
    }
    if !is_stream && Document::parse(body.trim().into(), Default::default()).is_err() {
        return Err(Trouble::not_json(&body));
    }
    Ok(Answer {
        body,
        is_stream,
        millis,
        completed_at: jiff::Timestamp::now().as_millisecond(),
        trouble: deltas.error.as_deref().map(Trouble::in_stream),
    })
}
