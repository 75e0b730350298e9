//! The sink's answers: as the vendor writes them, and as the script says.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use http_body::{Frame, SizeHint};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    judge::SinkRefusal,
    serve::CutConnection,
    state::{ROOM, ReceiptDetails, SinkState},
};

/// Bytes of an answer that are written at once; one that has no more always has room. Chosen.
const PIECE: usize = 64 * 1024;

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

/// What is read back. A large answer takes room among all of them until it has left: a client need not read.
pub(super) fn answer_held(answers: &Arc<Semaphore>, json: String) -> Result<Response, SinkRefusal> {
    if json.len() <= PIECE {
        return Ok(answer_text(200, json));
    }
    let room = u32::try_from(json.len().div_ceil(ROOM)).unwrap_or(u32::MAX);
    let room = Arc::clone(answers).try_acquire_many_owned(room);
    let room = room.map_err(|_| {
        let reason = "others are being answered that take all the memory there is for answers; ask again later";
        SinkRefusal::new(503, "BUSY", reason)
    })?;
    let body = HeldBody {
        whole: json.into_bytes(),
        at: 0,
        _room: room,
    };
    Ok(answer_of(200, "application/json", Body::new(body)))
}

/// A body that has its room until all of it was taken.
struct HeldBody {
    whole: Vec<u8>,
    at: usize,
    _room: OwnedSemaphorePermit,
}

impl http_body::Body for HeldBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let rest = &self.whole[self.at..];
        let piece = &rest[..rest.len().min(PIECE)];
        if piece.is_empty() {
            return Poll::Ready(None);
        }
        // A copy: what waits to be written keeps no more than itself.
        let piece = Bytes::copy_from_slice(piece);
        self.at += piece.len();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.at == self.whole.len()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.whole.len() - self.at) as u64)
    }
}

fn answer_bytes(status: u16, media: &'static str, body: Vec<u8>) -> Response {
    answer_of(status, media, Body::from(body))
}

fn answer_of(status: u16, media: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
