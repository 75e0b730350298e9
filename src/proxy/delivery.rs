//! Takes Broadcast deliveries: reads them whole under a limit, unpacks them, and hands what the loaders find to the
//! observer; the answer says whether it could be read. Slow work is done off the thread that passes the app's traffic
//! on.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::admission::Token;
use super::observe::{DeliveredSpans, Observation};
use super::{DELIVERY_LIMIT, Shared, refusal};
use crate::capture::DELIVERIES;
use crate::completion::load;
use crate::completion::load::encoding::decode;
use crate::completion::load::{Loaded, ProblemKind};
use crate::http_server::RequestBody;
use crate::json::{Document, Kind, Limits};

/// Longest wait for a delivery's body. Chosen.
const BODY_WAIT: Duration = Duration::from_secs(60);
/// What a delivery may have unpacked, in bytes: as much as one record may have.
const UNPACKED: usize = 64 << 20;

/// Takes a delivery that was admitted.
pub(super) async fn take(request: Request<RequestBody>, shared: &Shared) -> Response<Bytes> {
    let at = Timestamp::now();
    // A few at a time, so that many large ones do not fill the memory.
    let Ok(_turn) = shared.deliveries.acquire().await else {
        return refusal::error(StatusCode::SERVICE_UNAVAILABLE, "rainscope is ending");
    };
    let (parts, body) = request.into_parts();
    let reading = Limited::new(body, DELIVERY_LIMIT).collect();
    let body = match timeout(BODY_WAIT, reading).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return refusal::too_large();
        }
        Ok(Err(error)) => {
            let why = format!("the delivery broke off: {}", super::copy::deepest(&*error));
            return refusal::error(StatusCode::BAD_REQUEST, &why);
        }
        Err(_) => {
            let why = format!(
                "the delivery's body did not come within {} s",
                BODY_WAIT.as_secs()
            );
            return refusal::error(StatusCode::REQUEST_TIMEOUT, &why);
        }
    };
    let is_protobuf = parts.headers.get(CONTENT_TYPE).is_some_and(is_protobuf);
    let token = shared.token.clone();
    match spawn_blocking(move || read(&parts.headers, &body, token.as_ref())).await {
        Ok(Ok(mut delivered)) => {
            // Each has a place of its own in the list.
            for completion in &mut delivered.loaded.completions {
                let number = shared.next_delivery.fetch_add(1, Ordering::Relaxed);
                completion.origin.record = usize::try_from(number).unwrap_or(usize::MAX);
            }
            (shared.observer)(Observation::Delivery { at, delivered });
            answer(is_protobuf)
        }
        Ok(Err(why)) => refusal::error(StatusCode::BAD_REQUEST, &why),
        Err(_) => refusal::error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the delivery could not be read",
        ),
    }
}

/// Reads a delivery, or says why it is not one.
fn read(headers: &HeaderMap, body: &[u8], token: Option<&Token>) -> Result<DeliveredSpans, String> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let body = decode::body(
        Cow::Borrowed(body),
        text(CONTENT_ENCODING.as_str()),
        UNPACKED,
    )
    .map_err(|error| format!("the delivery's body cannot be unpacked: {error}"))?;
    // Nothing that is kept holds the token, whoever put it there.
    let body = Bytes::from(body.into_owned());
    let body = match token {
        Some(token) => token.redact(body),
        None => body,
    };
    let says_test = text("x-test-connection").is_some_and(|value| value != "false");
    if body.trim_ascii().is_empty() {
        return Ok(DeliveredSpans {
            is_test: true,
            loaded: Loaded::default(),
        });
    }
    let loaded = load::load(DELIVERIES, &body);
    let is_export = is_export(&body);
    let is_test = loaded.completions.is_empty()
        && (says_test || is_export == Some(Export::Empty) || has_test_note(&loaded));
    if is_test {
        return Ok(DeliveredSpans {
            is_test,
            loaded: Loaded::default(),
        });
    }
    let is_broken = |kind| kind == ProblemKind::Malformed;
    let first = loaded.problems.first();
    match first {
        // A collector may send other spans along: they are accepted, reported, and otherwise ignored.
        Some(problem)
            if loaded.completions.is_empty()
                && (is_broken(problem.kind) || is_export.is_none()) =>
        {
            Err(format!("this is no Broadcast delivery: {}", problem.what))
        }
        _ => Ok(DeliveredSpans {
            is_test: false,
            loaded,
        }),
    }
}

/// Whether the loader saw OpenRouter's own test among the spans.
fn has_test_note(loaded: &Loaded) -> bool {
    loaded.problems.is_empty() && !loaded.notes.is_empty()
}

/// An OTLP export in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Export {
    /// Without spans.
    Empty,
    /// With spans.
    Spans,
}

/// What of an OTLP export a body is; none where it is no JSON, or other JSON. One in protobuf that could not be
/// read as one is malformed.
fn is_export(body: &[u8]) -> Option<Export> {
    let text = std::str::from_utf8(body).ok()?;
    let document = Document::parse(text.trim().into(), Limits::default()).ok()?;
    let root = document.root();
    if root.kind() == Kind::Object && root.is_empty() {
        return Some(Export::Empty);
    }
    let spans = root.get("resourceSpans").or(root.get("resource_spans"))?;
    Some(match spans.is_empty() {
        true => Export::Empty,
        false => Export::Spans,
    })
}

fn is_protobuf(content_type: &HeaderValue) -> bool {
    content_type
        .as_bytes()
        .to_ascii_lowercase()
        .starts_with(b"application/x-protobuf")
}

/// An OTLP success has no fields, so in protobuf it is no bytes at all (OTLP specification: the answer has
/// the encoding of the request).
fn answer(is_protobuf: bool) -> Response<Bytes> {
    if !is_protobuf {
        return refusal::json(StatusCode::OK, "{}".to_owned());
    }
    let mut response = Response::new(Bytes::new());
    let protobuf = HeaderValue::from_static("application/x-protobuf");
    response.headers_mut().insert(CONTENT_TYPE, protobuf);
    response
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn deliveries_tests_and_what_is_neither() {
        let mut marked = HeaderMap::new();
        marked.insert("x-test-connection", HeaderValue::from_static("true"));
        let bare = HeaderMap::new();
        let span = |name: &str, attributes: &str| {
            format!(
                r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"openrouter"}}}}]}},
                "scopeSpans":[{{"spans":[{{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"{name}",
                "startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[{attributes}]}}]}}]}}]}}"#
            )
        };
        let generation = span(
            "LLM Generation",
            r#"{"key":"gen_ai.response.id","value":{"stringValue":"gen-1"}},{"key":"gen_ai.request.model","value":{"stringValue":"a/b"}}"#,
        );
        let test = span("openrouter-connection-test", "");
        let check = |headers: &HeaderMap, body: &str, expected: Result<(bool, usize), &str>| {
            let found = read(headers, body.as_bytes(), None);
            match (found, expected) {
                (Ok(delivered), Ok(expected)) => {
                    let found = (delivered.is_test, delivered.loaded.completions.len());
                    assert_eq!(found, expected, "{body}");
                }
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{body}: {why}"),
                (found, _) => panic!("{body}: {found:?}"),
            }
        };
        check(&bare, &generation, Ok((false, 1)));
        check(&marked, &generation, Ok((false, 1)));
        check(&marked, "", Ok((true, 0)));
        check(&bare, "", Ok((true, 0)));
        check(&bare, "{}", Ok((true, 0)));
        check(&marked, r#"{"resourceSpans":[]}"#, Ok((true, 0)));
        check(&bare, r#"{"resourceSpans":[]}"#, Ok((true, 0)));
        check(&bare, &test, Ok((true, 0)));
        check(&marked, r#"{"test":true}"#, Ok((true, 0)));
        check(&bare, r#"{"test":true}"#, Err("no Broadcast delivery"));
        check(
            &bare,
            r#"{"resourceSpans":[{"#,
            Err("no Broadcast delivery"),
        );
        check(&bare, "hello", Err("no Broadcast delivery"));
        // Another producer's spans are accepted and reported.
        let foreign = span("GET /", "").replace("openrouter", "shop");
        let delivered = read(&bare, foreign.as_bytes(), None).ok();
        let delivered = delivered.map(|delivered| delivered.loaded.problems.len());
        assert_eq!(delivered, Some(1));
    }
}
