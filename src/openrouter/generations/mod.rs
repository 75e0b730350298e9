//! Generations by their ids: the record that OpenRouter keeps of each, and its prompt and completion where
//! the account keeps those. Reading them costs nothing and generates nothing.
//!
//! Sources: OpenRouter's API reference (`GET /generation`, `GET /generation/content`, `POST /analytics/query`)
//! and the models of its TypeScript SDK.

mod error;
mod http;
mod recent;

pub use error::FetchError;

use std::fmt::{self, Write};
use std::str::FromStr;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::ApiKey;
use crate::completion::generation_id;
use crate::delivery::http::Client;
use crate::destination::BaseUrl;
use crate::json::{Document, JsonText, Kind, Limits, quote};

/// The id of a generation: `gen-`, then letters, digits, `-` and `_`, so it can stand in a URL as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GenerationId(String);

/// Why a text is no generation id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a generation id looks like gen-1780662787-HsCxAbCdEfGhIjKlMnOp (the response's `id`)")]
pub struct GenerationIdError;

impl FromStr for GenerationId {
    type Err = GenerationIdError;

    fn from_str(text: &str) -> Result<Self, GenerationIdError> {
        let text = text.trim();
        let rest = text.strip_prefix(generation_id::PREFIX).unwrap_or_default();
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        match !rest.is_empty() && text.len() <= generation_id::LONGEST && rest.bytes().all(is_safe)
        {
            true => Ok(Self(text.to_owned())),
            false => Err(GenerationIdError),
        }
    }
}

impl fmt::Display for GenerationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl GenerationId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long to go on asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollingLimits {
    /// How long to go on asking for a record that is not there yet, or a server that is busy.
    pub total: Duration,
    /// The wait before the second request; each later one is twice as long.
    pub first: Duration,
    /// No wait is longer, unless the server asks for it.
    pub longest: Duration,
    /// Longest wait for one answer, from the first byte sent to the last one read.
    pub answer: Duration,
}

impl Default for PollingLimits {
    /// A record is there a few seconds after the generation (OpenRouter's documentation); the rest is chosen.
    fn default() -> Self {
        Self {
            total: Duration::from_secs(30),
            first: Duration::from_millis(500),
            longest: Duration::from_secs(4),
            answer: Duration::from_secs(30),
        }
    }
}

/// That an answer has to be waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryNotice {
    /// Why, in a few words: `no record yet`.
    pub why: String,
    /// How long until it is asked for again.
    pub pause: Duration,
    /// How long it will go on being asked for, counted from the first request.
    pub total: Duration,
}

impl RetryNotice {
    /// A sentence about `id`.
    #[must_use]
    pub fn says(&self, id: &GenerationId) -> String {
        let total = self.total.as_secs();
        format!("{id}: {}; asking again, for up to {total} s", self.why)
    }
}

/// What OpenRouter keeps of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Which one.
    pub id: GenerationId,
    /// The answer of `GET /generation`, with its `data` around it.
    pub record: JsonText,
    /// Prompt and completion.
    pub content: GenerationContent,
}

/// Prompt and completion of a generation, as far as OpenRouter gives them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GenerationContent {
    /// The answer of `GET /generation/content`, with its `data` around it.
    Kept(JsonText),
    /// It keeps none.
    NotKept,
    /// It may keep them, but did not give them.
    Unread(FetchError),
}

impl GenerationContent {
    /// Whether there may be more than was given out.
    #[must_use]
    pub const fn is_unread(&self) -> bool {
        matches!(self, GenerationContent::Unread(_))
    }

    /// What is missing, as a sentence that says what to do about it.
    #[must_use]
    pub fn lacks(&self) -> Option<String> {
        match self {
            GenerationContent::Kept(_) => None,
            GenerationContent::NotKept => Some(
                "OpenRouter keeps no prompt and completion of it; it keeps them of what is generated while \
                 Input & Output Logging is on (Observability, in the account's settings)"
                    .to_owned(),
            ),
            GenerationContent::Unread(error) => {
                Some(format!("prompt and completion could not be read: {error}"))
            }
        }
    }
}

/// What no record holds, whatever the account's settings are.
pub const NEVER_KEPT: &str = "no record holds the request's `trace`: trace keys, and a trace id or name of your own, are \
     only in the app's own request and in what Broadcast delivered";

impl Generation {
    /// A sample file's text, in one line: record and content, to be loaded like any other sample.
    #[must_use]
    pub fn sample(&self) -> String {
        let mut out = format!(
            "{{\"name\":{},\"generation\":{}",
            quote(self.id.as_str()),
            self.record.as_str()
        );
        if let GenerationContent::Kept(content) = &self.content {
            let _ = write!(out, ",\"content\":{}", content.as_str());
        }
        out.push('}');
        out
    }
}

/// OpenRouter, as the place where generations are kept.
#[derive(Debug, Clone)]
pub struct Generations {
    client: Client,
    base_url: BaseUrl,
    key: ApiKey,
    limits: PollingLimits,
}

impl Generations {
    /// Those that `key` may read: a regular key what it made, a management key all of the account.
    #[must_use]
    pub fn new(base_url: BaseUrl, key: ApiKey, limits: PollingLimits) -> Self {
        Self {
            client: Client::default(),
            base_url,
            key,
            limits,
        }
    }

    /// The record of a generation, and its content. A record that is not there yet is waited for; `waits` is
    /// told of it.
    ///
    /// # Errors
    /// When there is no record, or it cannot be read.
    pub async fn fetch(
        &self,
        id: &GenerationId,
        mut waits: impl FnMut(RetryNotice),
    ) -> Result<Generation, FetchError> {
        let path = format!("/v1/generation?id={id}");
        let may_come = |error: &FetchError| error.is_passing() || *error == FetchError::Absent;
        let record = self.patiently(&path, may_come, &mut waits).await?;
        if let Some(other) = id_of(&record).filter(|told| told != id.as_str()) {
            return Err(FetchError::Other(other));
        }
        let path = format!("/v1/generation/content?id={id}");
        let content = self.patiently(&path, FetchError::is_passing, &mut waits);
        let content = match content.await {
            Ok(json) => GenerationContent::Kept(json),
            Err(FetchError::Absent) => GenerationContent::NotKept,
            Err(error) => GenerationContent::Unread(error),
        };
        Ok(Generation {
            id: id.clone(),
            record,
            content,
        })
    }

    /// Asks until there is an answer, or none is to be expected any more.
    async fn patiently(
        &self,
        path: &str,
        may_come: impl Fn(&FetchError) -> bool,
        waits: &mut impl FnMut(RetryNotice),
    ) -> Result<JsonText, FetchError> {
        let PollingLimits {
            total,
            first,
            longest,
            ..
        } = self.limits;
        let deadline = Instant::now() + total;
        let mut pause = first;
        loop {
            let error = match self.get(path).await {
                Ok(json) => return Ok(json),
                Err(error) if may_come(&error) => error,
                Err(error) => return Err(error),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = match error.retry_after() {
                _ if left.is_zero() => return Err(error),
                // Asking earlier than the server wants only makes it worse.
                Some(asked) if asked > left => return Err(error),
                // "At once" is not meant for one who asks again and again.
                Some(asked) => asked.max(pause.min(left)),
                None => pause.min(left),
            };
            waits(RetryNotice {
                why: error.waiting_for(),
                pause: wait,
                total,
            });
            sleep(wait).await;
            pause = (pause * 2).min(longest);
        }
    }
}

/// The id that a record tells of itself.
fn id_of(record: &JsonText) -> Option<String> {
    let doc = Document::parse(record.as_str().into(), Limits::default()).ok()?;
    let data = doc.root().get("data")?;
    let data = Some(data).filter(|data| data.kind() == Kind::Object)?;
    Some(data.get("id")?.non_empty_str()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_safe_in_a_url() {
        let check = |text: &str, expected: Option<&str>| {
            let id = text.parse::<GenerationId>().ok();
            assert_eq!(id.as_ref().map(GenerationId::as_str), expected, "{text}");
        };
        check("gen-1780662787-AbC", Some("gen-1780662787-AbC"));
        check(" gen-a_b\n", Some("gen-a_b"));
        check("gen-", None);
        check("gen-1.json", None);
        check("gen-1&key=x", None);
        check("gen-1/../../keys", None);
        check("gen-é", None);
        check("chatcmpl-1", None);
        check(&format!("gen-{}", "a".repeat(generation_id::LONGEST)), None);
    }

    #[test]
    fn a_generation_is_a_sample_in_one_line() {
        let id: GenerationId = "gen-1".parse().unwrap_or_else(|_| unreachable!());
        let json = |text: &str| JsonText::parse(text).unwrap_or_else(|_| unreachable!());
        let mut generation = Generation {
            id,
            record: json("{\n \"data\": {\"id\":\"gen-1\",\"total_cost\":1.50e-05}}"),
            content: GenerationContent::NotKept,
        };
        assert_eq!(
            generation.sample(),
            r#"{"name":"gen-1","generation":{"data":{"id":"gen-1","total_cost":1.50e-05}}}"#
        );
        generation.content = GenerationContent::Kept(json(r#"{"data":{"input":{"prompt":"a"}}}"#));
        assert!(
            generation
                .sample()
                .ends_with(r#","content":{"data":{"input":{"prompt":"a"}}}}"#)
        );
    }
}
