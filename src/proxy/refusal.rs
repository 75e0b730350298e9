//! The proxy's own answers, in the shape of OpenRouter's errors, so that every SDK shows their message.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

use super::DELIVERY_LIMIT;
use super::admission::Refusal;
use crate::json::quote;

/// An error in OpenRouter's shape. `message` says what happened and what to do.
pub(super) fn error(status: StatusCode, message: &str) -> Response<Bytes> {
    let body = format!(
        "{{\"error\":{{\"code\":{},\"message\":{},\"metadata\":{{\"source\":\"rainscope\"}}}}}}\n",
        status.as_u16(),
        quote(message)
    );
    json(status, body)
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl Refusal {
    /// Why, and what to do.
    pub(super) const fn says(self) -> (StatusCode, &'static str) {
        match self {
            Refusal::Token => (
                StatusCode::UNAUTHORIZED,
                "this path takes Broadcast deliveries with the bearer token that `rainscope listen` shows",
            ),
            Refusal::DeliveryMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "deliveries come by POST or PUT",
            ),
            Refusal::NoHost => (StatusCode::BAD_REQUEST, "the request needs one Host header"),
            Refusal::ForeignHost => (
                StatusCode::FORBIDDEN,
                "rainscope passes requests on only for this machine: use 127.0.0.1 or localhost in the base URL",
            ),
            Refusal::ForeignOrigin => (
                StatusCode::FORBIDDEN,
                "rainscope passes requests on only for pages of this machine",
            ),
            Refusal::Forwarded => (
                StatusCode::FORBIDDEN,
                "rainscope passes on no request that came through another proxy or a tunnel; \
                 a tunnel may reach /broadcast and /v1/traces alone",
            ),
            Refusal::Connect => (
                StatusCode::METHOD_NOT_ALLOWED,
                "rainscope is no general proxy: set it as the base URL, not as HTTP_PROXY or HTTPS_PROXY",
            ),
            Refusal::Coded => (
                StatusCode::NOT_IMPLEMENTED,
                "of the codings that a body may have on its way, this server knows none but chunked: send it as it is, or \
                 in chunks",
            ),
            Refusal::ForeignKey => (
                StatusCode::UNAUTHORIZED,
                "this is no key of OpenRouter's (they begin with `sk-or-`), and was not passed on to OpenRouter: it is empty, quoted or another \
                 service's; `rainscope listen` leads each client here that reads its base URL from the environment, so name that \
                 service's base URL in this client's code",
            ),
        }
    }

    /// The answer to a request that is not admitted.
    pub(super) fn answer(self) -> Response<Bytes> {
        let (status, message) = self.says();
        let mut response = error(status, message);
        if self == Refusal::Token {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

/// The answer where the upstream could not be reached.
pub(super) fn unreachable(origin: &str, why: &str) -> Response<Bytes> {
    let message = format!(
        "rainscope could not reach {origin}: {why}; check the network, HTTPS_PROXY, and --upstream"
    );
    error(StatusCode::BAD_GATEWAY, &message)
}

/// The answer where the upstream took the request and did not answer.
pub(super) fn lost(origin: &str, why: &str) -> Response<Bytes> {
    let message = format!(
        "the connection to {origin} broke after the request was sent: {why}; whether something was generated is not known"
    );
    error(StatusCode::BAD_GATEWAY, &message)
}

/// The answer where what came from the upstream is nothing that could be passed on.
pub(super) fn unusable(origin: &str, why: &str) -> Response<Bytes> {
    let message = format!("{origin} gave no answer that can be passed on: {why}");
    error(StatusCode::BAD_GATEWAY, &message)
}

/// The answer to a request whose body does not arrive, or is no HTTP. Clients send again what took too long, and not what
/// is wrong.
pub(super) fn request_broke_off(why: &str, is_malformed: bool) -> Response<Bytes> {
    let message =
        format!("the request's body did not come whole: {why}; nothing was asked of OpenRouter");
    let status = match is_malformed {
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::REQUEST_TIMEOUT,
    };
    error(status, &message)
}

/// The answer to a delivery that is too large.
pub(super) fn too_large() -> Response<Bytes> {
    let message = format!("a delivery may have {} MiB", DELIVERY_LIMIT >> 20);
    error(StatusCode::PAYLOAD_TOO_LARGE, &message)
}
