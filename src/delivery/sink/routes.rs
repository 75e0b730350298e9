//! The sink's routes: which path does what, which page may ask, and what is read back.

use std::sync::Arc;
use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::{
    SINK_SERVICE,
    access::{self, admit},
    answers::{answer, answer_held, error_body, refuse},
    hold_back,
    judge::{SinkRefusal, SinkRoute},
    off_thread,
    reads::{self, EventQuery},
    receive::receive,
    state::SinkState,
};

/// How long a browser need not ask again. Chosen.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

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
        .layer(from_fn_with_state(Arc::clone(&shared), refuse_at_once))
        .with_state(shared)
}

async fn health() -> Response {
    answer(200, &json!({"ok": true, "service": SINK_SERVICE}))
}

/// A page that may not use the sink is told so when its browser asks; and whatever is meant for another server, or can't
/// be read as it is, is refused whatever its path.
async fn refuse_at_once(
    State(shared): State<Arc<SinkState>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let refused =
        access::refuse_form(&shared.options, request.uri(), headers).and_then(|()| match *request
            .method()
        {
            Method::OPTIONS => access::refuse_foreign(&shared.options, headers),
            _ => Ok(()),
        });
    if let Err(refusal) = refused {
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
    hold_back(shared.options.delay).await;
    let key = match may_read(&shared, &headers) {
        Ok(project) => (project, id),
        Err(refusal) => return answer(refusal.status, &error_body(&refusal)),
    };
    let is_large = shared.kept().size_of(&key) > LARGE;
    let turn = match is_large {
        true => Arc::clone(&shared.listing).acquire_owned().await.ok(),
        false => None,
    };
    let answers = Arc::clone(&shared.answers);
    let read = off_thread(move || {
        let event = shared.kept().at_moment(&key);
        Ok((reads::one(event.as_ref(), &key.1)?, turn))
    });
    answer_read(&answers, read).await
}

/// Bytes of an event from which on one is read at a time. Chosen.
const LARGE: usize = 256 * 1024;

/// The events, as the Query API lists them.
async fn list_events(State(shared): State<Arc<SinkState>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    hold_back(shared.options.delay).await;
    // One at a time: each may hold a copy of all that is kept, and nothing is received any slower meanwhile.
    let turn = Arc::clone(&shared.listing).acquire_owned().await.ok();
    let answers = Arc::clone(&shared.answers);
    let read = off_thread(move || {
        let project = may_read(&shared, &parts.headers)?;
        let asked = EventQuery::parse(&query)?;
        let events = shared.kept().of_project(project.as_deref());
        Ok((reads::list(&events, &asked), turn))
    });
    answer_read(&answers, read).await
}

/// Which project's events may be read.
fn may_read(shared: &SinkState, headers: &HeaderMap) -> Result<Option<String>, SinkRefusal> {
    let admitted = admit(&shared.options, headers)?;
    access::may_read(&shared.options)?;
    Ok(admitted.project)
}

/// Answers with a text, and lets its turn go once it has its room.
async fn answer_read(
    answers: &Arc<Semaphore>,
    answered: impl Future<Output = Result<(String, Option<OwnedSemaphorePermit>), SinkRefusal>>,
) -> Response {
    match answered
        .await
        .and_then(|(text, _turn)| answer_held(answers, text))
    {
        Ok(answer) => answer,
        Err(refusal) => answer(refusal.status, &error_body(&refusal)),
    }
}
