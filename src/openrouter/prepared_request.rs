//! What is asked: a completion's request with its trace metadata as it stands after the edits, all else
//! as it was written.

use super::{RequestError, path};
use crate::completion::{Api, Completion, Edits, TraceMetadata};
use crate::json::{JsonText, Value, quote};

/// A request that could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedRequest {
    /// Which API it goes to.
    pub api: Api,
    /// The API's path below the base URL.
    pub path: &'static str,
    /// The model that it names; empty where it names none.
    pub model: String,
    /// The request body.
    pub body: JsonText,
}

/// The completion's request with user, session and trace as they stand after the edits.
///
/// # Errors
/// Where nothing is known of a request, as with a delivery.
pub fn prepare(completion: &Completion, edits: &Edits) -> Result<PreparedRequest, RequestError> {
    let original = completion.request().ok_or(RequestError::Delivery)?;
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
    let body = JsonText::parse(&format!("{{{}}}", parts.join(",")));
    let model = original.get("model").and_then(Value::str);
    Ok(PreparedRequest {
        api: completion.api,
        path: path(completion.api)?,
        model: model.unwrap_or_default().into_owned(),
        body: body.map_err(|_| RequestError::Delivery)?,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::completion::Edit;

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
        let request = prepare(&loaded.completions[0], &edits.into_iter().collect()).unwrap();
        // What is not edited keeps its text.
        assert_eq!(
            request.body.as_str(),
            r#"{"model":"m","temperature":0.20,"user":"grace","session_id":"s 1","trace":{"x":1,"build":7}}"#
        );
        assert_eq!(
            (request.path, request.model.as_str()),
            ("/v1/chat/completions", "m")
        );
    }
}
