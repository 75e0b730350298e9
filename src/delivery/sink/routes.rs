//! The sink's routes: reading a request within its limits, checking key and project, following the
//! script, judging, keeping, telling, answering. In that order, so that a receipt never says more
//! than is true.

use std::borrow::Cow;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{sync::watch, task::spawn_blocking, time::timeout};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::{
    BODY_TIMEOUT, REQUEST_LIMIT, SinkOptions,
    access::{self, admit},
    events::KeptEvents,
    filling::{FilledItem, fill},
    hold_back,
    judge::{Accepted, Media, SinkRefusal, SinkRoute, fit, judge},
    otlp, reads,
    receipt::{Receipt, shown},
    script::ScriptedAnswer,
    serve::CutConnection,
    store::Store,
};
use crate::http_server::stopped;

/// How long a browser need not ask again. Chosen.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

type OnReceipt = Box<dyn Fn(Receipt) + Send + Sync>;

/// What all requests share.
pub(super) struct SinkState {
    options: SinkOptions,
    store: Option<Store>,
    events: Mutex<KeptEvents>,
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
            events: Mutex::default(),
            received: AtomicU64::new(0),
            on_receipt,
            stop,
        }
    }

    pub(super) fn merged(&self, event_id: &str) -> Option<String> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        Some(events.get(&(None, event_id.to_owned()))?.json())
    }

    /// Tells of a request.
    fn tell(&self, parts: &Parts, body: &Bytes, status: Option<u16>, details: ReceiptDetails) {
        let (text, body_cut) = match &details.shown {
            Some(text) => shown(text.as_bytes()),
            None => shown(body),
        };
        (self.on_receipt)(Receipt {
            number: self.received.fetch_add(1, Ordering::Relaxed) + 1,
            at: Timestamp::now(),
            method: parts.method.to_string(),
            path: fit(parts.uri.path()),
            status,
            reasons: details.reasons,
            strict: details.strict,
            filled: details.filled,
            project: details.project,
            event_ids: details.event_ids,
            new_events: details.new_events,
            bytes: body.len(),
            summary: details.summary,
            body: text,
            body_cut,
            merged: details.merged,
        });
    }
}

/// The part of a receipt that depends on the judgement.
#[derive(Default)]
struct ReceiptDetails {
    reasons: Vec<String>,
    strict: Vec<String>,
    filled: Vec<String>,
    project: Option<String>,
    event_ids: Vec<String>,
    new_events: usize,
    summary: String,
    merged: Option<String>,
    /// What is shown in place of a body that is no text.
    shown: Option<String>,
}

pub(super) fn router(shared: Arc<SinkState>) -> Router {
    let mut router = Router::new()
        .route("/health", get(health))
        .route("/v1/events", get(list_events))
        .route("/v1/events/{id}", get(one_event));
    for route in SinkRoute::ALL {
        let receive = move |state, request| receive(state, route, request);
        router = router.route(route.path(), post(receive));
    }
    let options = shared.options.clone();
    let pages = AllowOrigin::predicate(move |origin, _| {
        origin
            .to_str()
            .is_ok_and(|origin| access::is_allowed(&options, origin))
    });
    let cors = CorsLayer::new()
        .allow_origin(pages)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .allow_private_network(true)
        .max_age(PREFLIGHT_AGE);
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(cors)
        .layer(from_fn_with_state(Arc::clone(&shared), refuse_preflight))
        .with_state(shared)
}

async fn health() -> Response {
    answer(200, &json!({"ok": true, "service": "rainscope-sink"}))
}

/// A page that may not use the sink is told so when its browser asks.
async fn refuse_preflight(
    State(shared): State<Arc<SinkState>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::OPTIONS
        && let Err(refusal) = access::refuse_foreign(&shared.options, request.headers())
    {
        let (parts, _) = request.into_parts();
        return refuse(&shared, &parts, &Bytes::new(), refusal);
    }
    next.run(request).await
}

async fn unknown_path(State(shared): State<Arc<SinkState>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let paths: Vec<&str> = SinkRoute::ALL.iter().map(|route| route.path()).collect();
    let reason = format!(
        "no such path; there are {}, /v1/events to read, and /health",
        paths.join(", ")
    );
    let refusal = SinkRefusal::new(404, "NOT_FOUND", reason);
    refuse(&shared, &parts, &Bytes::new(), refusal)
}

async fn wrong_method(State(shared): State<Arc<SinkState>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let posts = SinkRoute::ALL
        .iter()
        .any(|route| route.path() == parts.uri.path());
    let method = if posts { "POST" } else { "GET" };
    let refusal = SinkRefusal::new(
        405,
        "METHOD_NOT_ALLOWED",
        format!("this path takes {method}"),
    );
    let mut response = refuse(&shared, &parts, &Bytes::new(), refusal);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(method));
    response
}

/// One event, as the Query API answers it. What was read is not told: it is not something received.
async fn one_event(
    State(shared): State<Arc<SinkState>>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(id)) = path else {
        let refusal = SinkRefusal::new(400, "BAD_REQUEST", "the id in the path is no UTF-8");
        return answer(refusal.status, &error_body(&refusal));
    };
    read_back(shared, headers, move |events, project| {
        reads::one(events, project, &id)
    })
    .await
}

/// The events, as the Query API lists them.
async fn list_events(State(shared): State<Arc<SinkState>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    read_back(shared, parts.headers, move |events, project| {
        reads::list(events, project.as_deref(), &query)
    })
    .await
}

async fn read_back(
    shared: Arc<SinkState>,
    headers: HeaderMap,
    read: impl FnOnce(&KeptEvents, Option<String>) -> Result<String, SinkRefusal> + Send + 'static,
) -> Response {
    hold_back(shared.options.delay).await;
    let answered = off_thread(move || {
        let admitted = admit(&shared.options, &headers)?;
        access::may_read(&shared.options)?;
        let events = shared.events.lock().unwrap_or_else(PoisonError::into_inner);
        read(&events, admitted.project)
    });
    match answered.await {
        Ok(text) => answer_text(200, text),
        Err(refusal) => answer(refusal.status, &error_body(&refusal)),
    }
}

/// Bytes of a body that is judged where it is received. Chosen: it takes less than a millisecond.
const SMALL: usize = 64 * 1024;

/// Does what may take long away from the threads that serve: in the inspector, the screen's is one of them.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SinkRefusal> + Send + 'static,
) -> Result<T, SinkRefusal> {
    spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(SinkRefusal::new(
            500,
            "INTERNAL",
            "the request could not be dealt with",
        ))
    })
}

async fn receive(
    State(shared): State<Arc<SinkState>>,
    route: SinkRoute,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = match read(&parts.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return refuse(&shared, &parts, &Bytes::new(), refusal),
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
    let media = Media::of(route, &access::media_type(&parts.headers));
    let is_protobuf = media.as_ref().is_ok_and(|media| *media == Media::Protobuf);
    let taken = take(&shared, route, &parts.headers, media, &body).await;
    let details = match taken {
        Ok(details) => details,
        Err(refusal) if is_protobuf => {
            let status = refusal.status;
            let message = refusal.reasons.join("; ");
            refuse(&shared, &parts, &body, refusal);
            return protobuf(status, otlp::status(&message));
        }
        Err(refusal) => return refuse(&shared, &parts, &body, refusal),
    };
    let answered = events_answer(route, &details);
    if word == ScriptedAnswer::Cut {
        shared.tell(&parts, &body, None, details);
        return cut();
    }
    shared.tell(&parts, &body, Some(200), details);
    match is_protobuf {
        // An OTLP success has no fields, so in protobuf it is no bytes at all.
        true => protobuf(200, Vec::new()),
        false => answer(200, &answered),
    }
}

/// Admits, judges and keeps what was received.
async fn take(
    shared: &Arc<SinkState>,
    route: SinkRoute,
    headers: &HeaderMap,
    media: Result<Media, SinkRefusal>,
    body: &Bytes,
) -> Result<ReceiptDetails, SinkRefusal> {
    let admitted = admit(&shared.options, headers)?;
    let media = media?;
    let coding = access::coding(route, headers)?;
    let (rules, body) = (shared.options.rules, body.clone());
    let is_small = body.len() <= SMALL && coding.is_none();
    let judging = move || {
        let plain = access::unpacked(&body, coding)?;
        let mut accepted = judge(route, media, &plain, rules)?;
        if let Some(coding) = coding {
            accepted.summary.push_str(&format!(", {}", coding.name()));
        }
        let shown = match (media, &accepted.export, plain) {
            (Media::Protobuf, Some(export), _) => Some(export.get().to_owned()),
            (_, _, Cow::Owned(plain)) => String::from_utf8(plain).ok(),
            (_, _, Cow::Borrowed(_)) => None,
        };
        Ok((accepted, shown))
    };
    let (accepted, shown) = match is_small {
        true => judging()?,
        false => off_thread(judging).await?,
    };
    let mut details = keep(shared, route, admitted.project, accepted).await?;
    details.shown = shown;
    Ok(details)
}

/// The whole body, within its limits of size and time.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, SinkRefusal> {
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

/// Fills in what is missing, and puts what was accepted where it belongs: into the store, and among the events that
/// can be read back.
async fn keep(
    shared: &Arc<SinkState>,
    route: SinkRoute,
    project: Option<String>,
    accepted: Accepted,
) -> Result<ReceiptDetails, SinkRefusal> {
    let now = Timestamp::now();
    let fresh_id = || uuid::Uuid::new_v4().to_string();
    let is_list = accepted.items.len() > 1;
    let items = accepted.items.into_iter();
    let items: Vec<FilledItem> = items.map(|item| fill(route, item, now, fresh_id)).collect();
    if let Some(store) = &shared.store {
        let written = store.append(
            now,
            route.path(),
            project.as_deref(),
            &items,
            accepted.export,
        );
        written.await.map_err(|e| {
            SinkRefusal::new(500, "STORE", format!("the store could not be written: {e}"))
        })?;
    }
    let mut details = ReceiptDetails {
        strict: accepted.strict,
        summary: accepted.summary,
        ..ReceiptDetails::default()
    };
    let is_event = matches!(route, SinkRoute::Track | SinkRoute::TrackPartial);
    let mut events = shared.events.lock().unwrap_or_else(PoisonError::into_inner);
    for (index, item) in items.iter().enumerate() {
        let at = if is_list || route == SinkRoute::Track {
            format!("/{index}")
        } else {
            String::new()
        };
        details
            .filled
            .extend(item.filled.iter().map(|field| format!("{at}/{field}")));
        let Some(id) = &item.event_id else { continue };
        details.event_ids.push(id.clone());
        if !is_event {
            continue;
        }
        let key = (project.clone(), id.clone());
        let parts = events.add(key.clone(), &item.text, now);
        if parts == 1 {
            details.new_events += 1;
        } else if route == SinkRoute::TrackPartial {
            details.summary.push_str(&format!(", {parts} parts merged"));
            details.merged = events.get(&key).map(|kept| kept.json());
        }
    }
    drop(events);
    details.project = project;
    Ok(details)
}

fn events_answer(route: SinkRoute, details: &ReceiptDetails) -> Value {
    match route {
        SinkRoute::Track | SinkRoute::TrackPartial | SinkRoute::Signals => {
            let ids = details.event_ids.iter();
            let events: Vec<Value> = ids.map(|id| json!({"event_id": id})).collect();
            json!({"events": events})
        }
        SinkRoute::Identify => json!({"success": true}),
        SinkRoute::Traces => json!({"partialSuccess": {}}),
    }
}

fn error_body(refusal: &SinkRefusal) -> Value {
    json!({"error": {"code": refusal.code, "message": refusal.reasons.join("; ")}})
}

fn refuse(shared: &SinkState, parts: &Parts, body: &Bytes, refusal: SinkRefusal) -> Response {
    let answered = error_body(&refusal);
    let details = ReceiptDetails {
        reasons: refusal.reasons,
        summary: "refused".to_owned(),
        ..ReceiptDetails::default()
    };
    shared.tell(parts, body, Some(refusal.status), details);
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
    answer_text(status, body.to_string())
}

fn answer_text(status: u16, json: String) -> Response {
    answer_bytes(status, "application/json", json.into_bytes())
}

fn protobuf(status: u16, body: Vec<u8>) -> Response {
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
