//! What goes over the wire: the one request that the pane, the copy, the export, the sender and
//! `map --wire` all share.

use std::sync::Arc;

use super::kind::DestinationKind;
use super::privacy::Outbound;
use super::{Field, Section};
use crate::json::quote;

/// Raindrop's limit for one event, in bytes of its JSON.
pub const EVENT_LIMIT: usize = 1 << 20;

/// Raindrop's route for an event, decided by the kind of destination and by whether the event carries text.
///
/// Raindrop's schema for `events/track` refuses `ai_data` with neither input nor output, and leaving
/// `ai_data` out would lose the model and the conversation; `events/track_partial` has no such rule.
/// A Workshop answers 200 to `events/track` and throws the event away (tried with a real one), so it gets
/// every event by `events/track_partial`.
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
        let is_discarded = outbound.kind() == DestinationKind::Workshop;
        if outbound.has_text() && !is_discarded {
            Route::Track
        } else {
            Route::TrackPartial
        }
    }

    /// The route with this path.
    pub fn with_path(path: &str) -> Option<Route> {
        [Route::Track, Route::TrackPartial]
            .into_iter()
            .find(|route| route.path() == path)
    }

    /// The path below the base URL.
    pub const fn path(self) -> &'static str {
        match self {
            Route::Track => "/v1/events/track",
            Route::TrackPartial => "/v1/events/track_partial",
        }
    }

    /// Bytes of the body around the event.
    const fn brackets(self) -> usize {
        match self {
            Route::Track => "[]".len(),
            Route::TrackPartial => 0,
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

impl WireRequest {
    /// How many bytes the event's own JSON has, which is what [`EVENT_LIMIT`] is about.
    pub fn event_size(&self) -> usize {
        self.body.len().saturating_sub(self.route.brackets())
    }

    /// The request for sending this event once more, to this kind of destination: a Workshop throws away
    /// what comes by `events/track`, so it gets the same event by `events/track_partial`.
    #[must_use]
    pub fn bound_for(self, kind: DestinationKind) -> WireRequest {
        if kind != DestinationKind::Workshop || self.route == Route::TrackPartial {
            return self;
        }
        let fields = self.body.strip_prefix(b"[{");
        let Some(fields) = fields.and_then(|rest| rest.strip_suffix(b"}]")) else {
            return self;
        };
        let mut body = Vec::with_capacity(self.body.len() + IS_PENDING.len());
        body.push(b'{');
        body.extend_from_slice(fields);
        body.extend_from_slice(IS_PENDING.as_bytes());
        body.push(b'}');
        WireRequest {
            route: Route::TrackPartial,
            event_id: self.event_id,
            body: Arc::from(body),
        }
    }
}

/// What tells `events/track_partial` that nothing more comes of this event.
const IS_PENDING: &str = ",\"is_pending\":false";

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

/// How many bytes the event's JSON has, where they are more than a limit. Of most events what the fields hold tells
/// that they are fewer, which is faster than to write them.
pub fn size_over(outbound: Outbound<'_>, limit: usize) -> Option<usize> {
    /// A character of a key takes no more.
    const ESCAPED: usize = 6;
    /// Quotes, colon and comma of a field; braces and names of the objects.
    const AROUND: (usize, usize) = (4, 64);
    let fields = outbound.fields();
    let most = fields.fold(AROUND.1, |most, field| {
        most + field.key.len() * ESCAPED + field.value.as_str().len() + AROUND.0
    });
    let is_over = most > limit;
    is_over
        .then(|| event_size(outbound))
        .filter(|size| *size > limit)
}

/// How many bytes the request's body has: the one size that is shown, since it is what is sent.
pub fn body_size(outbound: Outbound<'_>) -> usize {
    event_size(outbound) + Route::of(outbound).brackets()
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
        piece(IS_PENDING);
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
