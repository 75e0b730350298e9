//! What goes over the wire: the one request that the pane, the copy, the export, the sender and
//! `map --wire` all share.

use std::sync::Arc;

use super::privacy::Outbound;
use super::{Field, Section};
use crate::json::quote;

/// Raindrop's limit for one event, in bytes of its JSON.
pub const EVENT_LIMIT: usize = 1 << 20;

/// Raindrop's route for an event, decided by whether it carries text.
///
/// Raindrop's schema for `events/track` refuses `ai_data` with neither input nor output, and leaving
/// `ai_data` out would lose the model and the conversation; `events/track_partial` has no such rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `events/track`: a JSON array of events, each with an input or an output.
    Track,
    /// `events/track_partial`: one event object with `"is_pending": false`; may be without text.
    TrackPartial,
}

impl Route {
    /// The route of an event.
    pub fn of(outbound: Outbound<'_>) -> Route {
        if outbound.has_text() {
            Route::Track
        } else {
            Route::TrackPartial
        }
    }

    /// The path below the base URL.
    pub const fn path(self) -> &'static str {
        match self {
            Route::Track => "/v1/events/track",
            Route::TrackPartial => "/v1/events/track_partial",
        }
    }
}

/// A request to Raindrop, complete but for the destination's host, key and project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// Where it goes below the base URL. The method is always `POST`.
    pub route: Route,
    /// The event's id, for telling attempts apart.
    pub event_id: String,
    /// The exact bytes of the body; a retry sends these same bytes.
    pub body: Arc<[u8]>,
}

/// The request for an event.
pub fn request(outbound: Outbound<'_>) -> WireRequest {
    let mut body = String::with_capacity(body_size(outbound));
    let route = Route::of(outbound);
    match route {
        Route::Track => {
            body.push('[');
            write_event(outbound, &mut body);
            body.push(']');
        }
        Route::TrackPartial => write_event(outbound, &mut body),
    }
    WireRequest {
        route,
        event_id: outbound.event_id(),
        body: Arc::from(body.into_bytes()),
    }
}

/// Appends the event's JSON as it stands in the `events/track` array, or as the whole
/// `events/track_partial` body where that is its route.
pub fn write_event(outbound: Outbound<'_>, out: &mut String) {
    each_piece(outbound, |piece| out.push_str(piece));
}

/// How many bytes the event's JSON has.
pub fn event_size(outbound: Outbound<'_>) -> usize {
    let mut size = 0;
    each_piece(outbound, |piece| size += piece.len());
    size
}

/// How many bytes the request's body has: the one size that is shown, since it is what is sent.
pub fn body_size(outbound: Outbound<'_>) -> usize {
    let array = match Route::of(outbound) {
        Route::Track => 2,
        Route::TrackPartial => 0,
    };
    event_size(outbound) + array
}

fn each_piece(outbound: Outbound<'_>, mut piece: impl FnMut(&str)) {
    piece("{");
    let mut open = Section::Top;
    let mut first = true;
    for field in outbound.fields() {
        if field.section != open {
            if open != Section::Top {
                piece("}");
            }
            piece(match field.section {
                Section::AiData => ",\"ai_data\":{",
                _ => ",\"properties\":{",
            });
            open = field.section;
            first = true;
        }
        if !first {
            piece(",");
        }
        first = false;
        member(field, &mut piece);
    }
    if open != Section::Top {
        piece("}");
    }
    if Route::of(outbound) == Route::TrackPartial {
        piece(",\"is_pending\":false");
    }
    piece("}");
}

fn member(field: &Field, piece: &mut impl FnMut(&str)) {
    let key = field.key.as_ref();
    let is_plain = key
        .bytes()
        .all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if is_plain {
        piece("\"");
        piece(key);
        piece("\":");
    } else {
        piece(&quote(key));
        piece(":");
    }
    piece(field.value.as_str());
}
