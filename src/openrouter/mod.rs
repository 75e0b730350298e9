//! Making a request of a completion again, for real: with the edited trace metadata, through
//! OpenRouter. What comes back is a sample like any other, with the time that was measured.

mod client;
mod key;
mod stream;
mod trouble;

pub use client::{Answer, Told, ask};
pub use key::ApiKey;
pub use stream::Deltas;
pub use trouble::Trouble;

use crate::completion::{Api, Completion, Edits, TraceMetadata};
use crate::delivery::destination::{BaseUrl, Insecure};
use crate::json::{Value, quote};

/// OpenRouter's own base URL (its documentation).
pub const OPENROUTER: &str = "https://openrouter.ai/api/v1";
/// The variable with the API key; OpenRouter's own clients read it too.
pub const API_KEY: &str = "OPENROUTER_API_KEY";
/// The variable with another base URL, for a proxy or a test.
pub const BASE_URL: &str = "RAINSCOPE_OPENROUTER_URL";

/// A request to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its path behind `/v1`.
    pub path: &'static str,
    /// The model that it names; empty where it names none.
    pub model: String,
    /// Its JSON.
    pub body: String,
}

/// Reads the base URL; `/v1` at its end may be there or not.
///
/// # Errors
/// In words, with what to write instead.
pub fn base_url(text: Option<&str>) -> Result<BaseUrl, String> {
    BaseUrl::parse(text.unwrap_or(OPENROUTER), Insecure::Refused).map_err(|_| {
        format!(
            "{BASE_URL} cannot be used: write it like {OPENROUTER} (http:// only to this machine)"
        )
    })
}

/// The completion's request with user, session and trace as they stand after the edits; none where
/// nothing is known of a request.
pub fn request(completion: &Completion, edits: &Edits) -> Option<Request> {
    let original = completion.request()?;
    let metadata = TraceMetadata::of(completion, edits);
    let is_edited = |key: &str| match key {
        "user" | "session_id" => true,
        "trace" => metadata.misshapen.is_none() || !metadata.trace.is_empty(),
        _ => false,
    };
    let mut parts: Vec<String> = original
        .children()
        .filter(|member| !member.key().is_some_and(|key| is_edited(&key)))
        .map(|member| {
            let key = member.key().unwrap_or_default();
            format!("{}:{}", quote(&key), member.raw())
        })
        .collect();
    let fields = [
        ("user", &metadata.user),
        ("session_id", &metadata.session_id),
    ];
    for (key, field) in fields {
        parts.extend(
            field
                .value
                .as_ref()
                .map(|value| format!("\"{key}\":{value}")),
        );
    }
    if !metadata.trace.is_empty() {
        parts.push(format!("\"trace\":{}", metadata.trace_json()));
    }
    let model = original.get("model").and_then(Value::str);
    Some(Request {
        path: match completion.api {
            Api::Chat | Api::Delivery => "/chat/completions",
            Api::Responses => "/responses",
            Api::Messages => "/messages",
        },
        model: model.unwrap_or_default().into_owned(),
        body: format!("{{{}}}", parts.join(",")),
    })
}

/// The sample that request and answer make.
pub fn sample(name: &str, request: &Request, answer: &Answer) -> String {
    let response = match answer.is_stream {
        true => quote(&answer.body),
        false => answer.body.trim().to_owned(),
    };
    let at = jiff::Timestamp::from_millisecond(answer.completed_at).unwrap_or_default();
    format!(
        "{{\"name\":{},\"request\":{},\"response\":{response},\"duration_ms\":{},\"completed_at\":\"{}\"}}",
        quote(name),
        request.body,
        answer.millis,
        at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::completion::Edit;
    use crate::json::JsonText;

    #[test]
    fn the_edited_trace_goes_along() {
        let text = r#"{"request":{"model":"m","temperature":0.20,"user":"a","trace":{"x":1}},
            "response":{"id":"gen-1","choices":[]}}"#;
        let loaded = crate::load("a.json", text.as_bytes());
        let edits = [
            Edit::User(Some("grace".to_owned())),
            Edit::SessionId(Some("s 1".to_owned())),
            Edit::SetKey {
                key: "build".to_owned(),
                value: JsonText::integer(7),
            },
        ];
        let request = request(&loaded.completions[0], &edits.into_iter().collect()).unwrap();
        // What is not edited keeps its text.
        assert_eq!(
            request.body,
            r#"{"model":"m","temperature":0.20,"user":"grace","session_id":"s 1","trace":{"x":1,"build":7}}"#
        );
        assert_eq!(
            (request.path, request.model.as_str()),
            ("/chat/completions", "m")
        );
    }

    #[test]
    fn base_urls() {
        let read = |text| base_url(text).map(|url| url.endpoint("/v1/messages"));
        let usual = Ok("https://openrouter.ai/api/v1/messages".to_owned());
        assert_eq!(read(None), usual);
        assert_eq!(read(Some("https://openrouter.ai/api/")), usual);
        assert!(read(Some("http://openrouter.ai/api/v1")).is_err());
    }
}
