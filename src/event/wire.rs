//! What goes over the wire: the one request that the pane, the copy, the export, the sender and
//! `map --wire` all share.

use std::sync::Arc;

/// Raindrop's route for an event, decided by whether it carries text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `events/track`: a JSON array of events, each with an input or an output.
    Track,
    /// `events/track_partial`: one event object with `"is_pending": false`; may be without text.
    TrackPartial,
}

impl Route {
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
