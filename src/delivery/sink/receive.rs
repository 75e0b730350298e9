//! What is received: reading a request within its limits, checking key and project, following the script, judging,
//! keeping, telling, answering. In that order, so that a receipt never says more than is true.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, header},
    response::Response,
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::{
    BODY_TIMEOUT, REQUEST_LIMIT,
    access::{self, admit},
    answers::{answer, by_script, cut, protobuf, refuse},
    events::KeptEvent,
    filling::{FilledItem, fill},
    hold_back,
    judge::{Accepted, Media, SinkRefusal, SinkRoute, judge},
    off_thread, otlp,
    script::ScriptedAnswer,
    state::{ROOM, ReceiptDetails, SinkState},
};
use crate::http_server::stopped;

/// Bytes of a body that is judged where it is received, and that always has room. Chosen: it takes less than a
/// millisecond, and all connections' together no more than a few large bodies.
const SMALL: usize = 64 * 1024;

pub(super) async fn receive(
    State(shared): State<Arc<SinkState>>,
    route: SinkRoute,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // Its room is free again once it is answered.
    let (body, _room) = match read(&shared, &parts.headers, body).await {
        Ok(read) => read,
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

/// The whole body, within its limits of size and time, and the room that it takes among all bodies.
async fn read(
    shared: &SinkState,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, BodyRoom), SinkRefusal> {
    let too_large = || {
        let reason = format!("a request may have {REQUEST_LIMIT} bytes");
        SinkRefusal::new(413, "TOO_LARGE", reason)
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > REQUEST_LIMIT as u64) {
        return Err(too_large());
    }
    let reading = collect(body, announced.unwrap_or_default(), &shared.bodies);
    match timeout(BODY_TIMEOUT, reading).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(BodyFault::TooLarge)) => Err(too_large()),
        Ok(Err(BodyFault::NoRoom)) => Err(SinkRefusal::new(
            503,
            "BUSY",
            "other requests are being received that take all the memory there is for bodies; send it again later",
        )),
        Ok(Err(BodyFault::Incomplete)) => Err(SinkRefusal::new(
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

/// What a body takes of the memory for all bodies; nothing where it is small.
type BodyRoom = Option<OwnedSemaphorePermit>;

/// Why a body is not whole.
enum BodyFault {
    TooLarge,
    NoRoom,
    Incomplete,
}

/// A body in one piece of memory, into which each part goes as it comes: kept in parts and joined at the end, it would
/// take twice as much.
async fn collect(
    mut body: Body,
    announced: u64,
    bodies: &Arc<Semaphore>,
) -> Result<(Bytes, BodyRoom), BodyFault> {
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    // What is announced need not come.
    let mut whole: Vec<u8> = Vec::with_capacity(announced.min(SMALL));
    let mut room: BodyRoom = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyFault::Incomplete)?;
        let Ok(part) = frame.into_data() else {
            continue;
        };
        let length = whole.len() + part.len();
        if length > REQUEST_LIMIT {
            return Err(BodyFault::TooLarge);
        }
        if length > SMALL {
            let has = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let more = u32::try_from(length.div_ceil(ROOM) - has).unwrap_or(u32::MAX);
            let more = Arc::clone(bodies).try_acquire_many_owned(more);
            let more = more.map_err(|_| BodyFault::NoRoom)?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
        }
        if length > whole.capacity() {
            // Memory that nothing is written to takes none; growing piece by piece would take it twice, while all is copied.
            let wanted = match announced {
                0 => REQUEST_LIMIT,
                announced => announced.clamp(length, REQUEST_LIMIT),
            };
            let has_room = whole.try_reserve_exact(wanted - whole.len()).is_ok();
            if !has_room {
                return Err(BodyFault::NoRoom);
            }
        }
        whole.extend_from_slice(&part);
    }
    if announced == 0 {
        whole.shrink_to_fit();
    }
    Ok((Bytes::from(whole), room))
}

/// Fills in what is missing, and puts what was accepted where it belongs: into the store, and among the events that
/// can be read back.
async fn keep(
    shared: &Arc<SinkState>,
    route: SinkRoute,
    project: Option<String>,
    accepted: Accepted,
) -> Result<ReceiptDetails, SinkRefusal> {
    let clock = &shared.options.clock;
    let (now, fresh_id) = (clock.time(), || clock.fresh_id());
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
            shared.unstored.fetch_add(1, Ordering::Relaxed);
            SinkRefusal::new(500, "STORE", format!("the store could not be written: {e}"))
        })?;
    }
    let mut details = ReceiptDetails {
        strict: accepted.strict,
        summary: accepted.summary,
        ..ReceiptDetails::default()
    };
    let is_event = matches!(route, SinkRoute::Track | SinkRoute::TrackPartial);
    let mut events = shared.kept();
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
            details.merged = events.get(&key).and_then(KeptEvent::shown);
            if details.merged.is_none() {
                details
                    .summary
                    .push_str(" (too long to show here: read it back)");
            }
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
