//! The sink's routes: reading a request within its limits, checking key and project, following the
//! script, judging, keeping, telling, answering. In that order, so that a receipt never says more
//! than is true.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts, uri::Authority},
    response::Response,
    routing::{get, post},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};

use super::{
    BODY_TIMEOUT, Exposure, KeyCheck, REQUEST_LIMIT, SinkOptions, hold_back,
    judge::{Accepted, SinkRefusal, SinkRoute, fit, judge},
    partials::Partials,
    receipt::{Receipt, kept},
    script::ScriptedAnswer,
    serve::CutConnection,
    store::Store,
};
use crate::destination::ProjectSlug;
use crate::http_server::{
    local::{is_loopback_authority, is_loopback_origin, only},
    stopped,
};

type OnReceipt = Box<dyn Fn(Receipt) + Send + Sync>;

/// What all requests share.
pub(super) struct SinkState {
    options: SinkOptions,
    store: Option<Store>,
    partials: Mutex<Partials>,
    received: AtomicU64,
    on_receipt: OnReceipt,
    stop: watch::Receiver<bool>,
}

impl std::fmt::Debug for SinkState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SinkState")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl SinkState {
    pub(super) fn new(
        options: SinkOptions,
        store: Option<Store>,
        on_receipt: OnReceipt,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            options,
            store,
            partials: Mutex::default(),
            received: AtomicU64::new(0),
            on_receipt,
            stop,
        }
    }

    pub(super) fn merged(&self, event_id: &str) -> Option<String> {
        self.partials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(event_id)
    }

    /// Tells of a request.
    fn tell(&self, parts: &Parts, body: &[u8], status: Option<u16>, told: ReceiptDetails) {
        let (text, body_cut) = kept(body);
        (self.on_receipt)(Receipt {
            number: self.received.fetch_add(1, Ordering::Relaxed) + 1,
            at: Timestamp::now(),
            method: parts.method.to_string(),
            path: fit(parts.uri.path()),
            status,
            reasons: told.reasons,
            event_ids: told.event_ids,
            bytes: body.len(),
            summary: told.summary,
            body: text,
            body_cut,
        });
    }
}

/// The part of a receipt that depends on the judgement.
#[derive(Default)]
struct ReceiptDetails {
    reasons: Vec<String>,
    event_ids: Vec<String>,
    summary: String,
}

pub(super) fn router(shared: Arc<SinkState>) -> Router {
    let mut router = Router::new().route("/health", get(health));
    for route in SinkRoute::ALL {
        let receive = move |state, request| receive(state, route, request);
        router = router.route(route.path(), post(receive));
    }
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .with_state(shared)
}

async fn health() -> Response {
    answer(200, &json!({"ok": true, "service": "rainscope-sink"}))
}

async fn unknown_path(State(shared): State<Arc<SinkState>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let paths: Vec<&str> = SinkRoute::ALL.iter().map(|route| route.path()).collect();
    let reason = format!("no such path; there are {} and /health", paths.join(", "));
    refuse(
        &shared,
        &parts,
        b"",
        SinkRefusal::new(404, "NOT_FOUND", reason),
    )
}

async fn wrong_method(State(shared): State<Arc<SinkState>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let health = parts.uri.path() == "/health";
    let method = if health { "GET" } else { "POST" };
    let refusal = SinkRefusal::new(
        405,
        "METHOD_NOT_ALLOWED",
        format!("this path takes {method}"),
    );
    let mut response = refuse(&shared, &parts, b"", refusal);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(method));
    response
}

async fn receive(
    State(shared): State<Arc<SinkState>>,
    route: SinkRoute,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = match read(&parts.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return refuse(&shared, &parts, b"", refusal),
    };
    let word = shared.options.fail.next();
    hold_back(shared.options.delay).await;
    let scripted = |summary: &str| ReceiptDetails {
        reasons: vec!["as the script says".to_owned()],
        summary: summary.to_owned(),
        ..ReceiptDetails::default()
    };
    match word {
        ScriptedAnswer::Ok | ScriptedAnswer::Cut => {}
        ScriptedAnswer::Status(status) => {
            shared.tell(
                &parts,
                &body,
                Some(status),
                scripted("answered by the script"),
            );
            return by_script(status);
        }
        ScriptedAnswer::Hang => {
            shared.tell(&parts, &body, None, scripted("left hanging by the script"));
            stopped(&mut shared.stop.clone()).await;
            return cut();
        }
    }
    let admitted = match shared.options.exposure {
        Exposure::LoopbackOnly => refuse_foreign(&parts.headers),
        Exposure::Network => Ok(()),
    };
    let judged = match admitted.and_then(|()| admit(&shared.options.keys, &parts.headers)) {
        Ok(media) => judge(route, &media, &body),
        Err(refusal) => Err(refusal),
    };
    let judged = match judged {
        Ok(accepted) => keep(&shared, route, accepted, body.len()).await,
        Err(refusal) => Err(refusal),
    };
    let accepted = match judged {
        Ok(accepted) => accepted,
        Err(refusal) => return refuse(&shared, &parts, &body, refusal),
    };
    let answered = events_answer(route, &accepted.event_ids);
    let told = ReceiptDetails {
        reasons: Vec::new(),
        event_ids: accepted.event_ids,
        summary: accepted.summary,
    };
    if word == ScriptedAnswer::Cut {
        shared.tell(&parts, &body, None, told);
        return cut();
    }
    shared.tell(&parts, &body, Some(200), told);
    answer(200, &answered)
}

/// The whole body, within its limits of size and time.
async fn read(headers: &HeaderMap, body: Body) -> Result<axum::body::Bytes, SinkRefusal> {
    let too_large = || {
        SinkRefusal::new(
            413,
            "TOO_LARGE",
            format!("a request may have {REQUEST_LIMIT} bytes"),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > REQUEST_LIMIT as u64) {
        return Err(too_large());
    }
    match timeout(BODY_TIMEOUT, to_bytes(body, REQUEST_LIMIT)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(SinkRefusal::new(
            400,
            "INCOMPLETE",
            "the body ended before it was whole",
        )),
        Err(_) => Err(SinkRefusal::new(
            408,
            "TOO_SLOW",
            "the body did not come within 30 seconds",
        )),
    }
}

/// Whether reading ended at the limit of size.
fn is_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.to_string().contains("length limit") {
            return true;
        }
        cause = found.source();
    }
    false
}

/// A page in a browser can reach the sink by a name of its own that resolves to this machine.
fn refuse_foreign(headers: &HeaderMap) -> Result<(), SinkRefusal> {
    let foreign = |reason| Err(SinkRefusal::new(403, "FOREIGN", reason));
    let host = only(headers, header::HOST).and_then(|host| Authority::try_from(host).ok());
    if !host.is_some_and(|host| is_loopback_authority(&host)) {
        return foreign("the Host header must name this machine: 127.0.0.1 or localhost");
    }
    let is_local = |origin: &HeaderValue| origin.to_str().is_ok_and(is_loopback_origin);
    match headers.get_all(header::ORIGIN).iter().all(is_local) {
        true => Ok(()),
        false => foreign("the sink answers pages of this machine alone"),
    }
}

/// Checks key, project and encoding; gives the content type without parameters. The key's text is
/// looked at here and nowhere else.
fn admit(keys: &KeyCheck, headers: &HeaderMap) -> Result<String, SinkRefusal> {
    let unauthorized = |reason| Err(SinkRefusal::new(401, "UNAUTHORIZED", reason));
    let bearer = headers.get(header::AUTHORIZATION).map(|value| {
        value.to_str().ok().and_then(|text| {
            let (scheme, key) = text.split_once(' ')?;
            let key = key.trim();
            (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
        })
    });
    let key = match bearer {
        None => return unauthorized("the Authorization header is missing"),
        Some(None) => {
            return unauthorized("the Authorization header must be: Bearer, a space, a write key");
        }
        Some(Some(key)) => key,
    };
    if let KeyCheck::Exactly(expected) = keys
        && expected.expose() != key
    {
        return unauthorized("this sink takes another write key");
    }
    if let Some(slug) = headers.get("x-raindrop-project-id")
        && !slug
            .to_str()
            .is_ok_and(|text| ProjectSlug::parse(text).is_ok())
    {
        let reason = "X-Raindrop-Project-Id must be 1 to 63 small letters, digits and hyphens, with no hyphen at either end";
        return Err(SinkRefusal::new(400, "INVALID_PROJECT", reason));
    }
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    if encodings.iter().any(|encoding| encoding != "identity") {
        let reason = "compressed bodies are not taken: Raindrop's clients send none";
        return Err(SinkRefusal::new(415, "UNSUPPORTED_ENCODING", reason));
    }
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = media
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    Ok(media.trim().to_ascii_lowercase())
}

/// Puts what was accepted where it belongs: a part to its event, every event into the store.
async fn keep(
    shared: &SinkState,
    route: SinkRoute,
    mut accepted: Accepted,
    bytes: usize,
) -> Result<Accepted, SinkRefusal> {
    if let Some(store) = &shared.store {
        let written = store
            .append(Timestamp::now(), route.path(), &accepted.events)
            .await;
        written.map_err(|e| {
            SinkRefusal::new(500, "STORE", format!("the store could not be written: {e}"))
        })?;
    }
    if let (Some(Value::Object(part)), Some(id)) =
        (accepted.part.take(), accepted.event_ids.first())
    {
        let mut partials = shared
            .partials
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let parts = partials.add(id, part, bytes);
        if parts > 1 {
            accepted
                .summary
                .push_str(&format!(", {parts} parts merged"));
        }
    }
    Ok(accepted)
}

fn events_answer(route: SinkRoute, event_ids: &[String]) -> Value {
    match route {
        SinkRoute::Track | SinkRoute::TrackPartial | SinkRoute::Signals => {
            let events: Vec<Value> = event_ids.iter().map(|id| json!({"event_id": id})).collect();
            json!({"events": events})
        }
        SinkRoute::Identify => json!({"success": true}),
        SinkRoute::Traces => json!({"partialSuccess": {}}),
    }
}

fn refuse(shared: &SinkState, parts: &Parts, body: &[u8], refusal: SinkRefusal) -> Response {
    let message = refusal.reasons.join("; ");
    let answered = json!({"error": {"code": refusal.code, "message": message}});
    let told = ReceiptDetails {
        reasons: refusal.reasons,
        summary: "refused".to_owned(),
        ..ReceiptDetails::default()
    };
    shared.tell(parts, body, Some(refusal.status), told);
    answer(refusal.status, &answered)
}

fn by_script(status: u16) -> Response {
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
fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CutConnection);
    response
}

fn answer(status: u16, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
