//! Taking Broadcast deliveries: read whole under a limit, answered at once, and told to the observer.
//! What they hold is for the loaders to find out.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::time::timeout;

use super::observe::{Head, Observation};
use super::{DELIVERY_LIMIT, Shared, headers, refusal};

/// Longest wait for a delivery's body. Chosen.
const BODY_WAIT: Duration = Duration::from_secs(60);

/// Takes a delivery that was admitted.
pub(super) async fn take(request: Request<Incoming>, shared: &Shared) -> Response<Bytes> {
    let at = Timestamp::now();
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
    let body = match &shared.token {
        Some(token) => token.redact(body),
        None => body,
    };
    let is_protobuf = parts.headers.get(CONTENT_TYPE).is_some_and(is_protobuf);
    (shared.observer)(Observation::Delivery {
        at,
        head: Head {
            headers: headers::recorded(&parts.headers),
        },
        body,
    });
    answer(is_protobuf)
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
