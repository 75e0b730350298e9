//! The sink's answers: as the vendor writes them, and as the script says.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    judge::SinkRefusal,
    serve::CutConnection,
    state::{ReceiptDetails, SinkState},
};

pub(super) fn error_body(refusal: &SinkRefusal) -> Value {
    json!({"error": {"code": refusal.code, "message": refusal.reasons.join("; ")}})
}

pub(super) fn refuse(
    shared: &SinkState,
    parts: &Parts,
    body: &Bytes,
    refusal: SinkRefusal,
) -> Response {
    let answered = error_body(&refusal);
    let details = ReceiptDetails {
        reasons: refusal.reasons,
        summary: "refused".to_owned(),
        ..ReceiptDetails::default()
    };
    shared.tell(parts, body, Some(refusal.status), details);
    answer(refusal.status, &answered)
}

pub(super) fn by_script(status: u16) -> Response {
    let scripted =
        json!({"error": {"code": "SCRIPTED", "message": "the sink answers as its script says"}});
    let mut response = match status {
        200..=299 => answer(status, &json!({"events": []})),
        _ => answer(status, &scripted),
    };
    if status == 429 {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// An answer that is never sent: the connection is cut instead.
pub(super) fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CutConnection);
    response
}

pub(super) fn answer(status: u16, body: &Value) -> Response {
    answer_text(status, body.to_string())
}

pub(super) fn answer_text(status: u16, json: String) -> Response {
    answer_bytes(status, "application/json", json.into_bytes())
}

pub(super) fn protobuf(status: u16, body: Vec<u8>) -> Response {
    answer_bytes(status, "application/x-protobuf", body)
}

fn answer_bytes(status: u16, media: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
