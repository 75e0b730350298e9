//! Raindrop takes events of at most 1 MiB. A larger one is refused here, before anything is sent, in
//! words that say what to do; a server would say 413 at best.

use crate::event::wire::{EVENT_LIMIT, Route, WireRequest};

/// The event is too large to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event has {bytes} bytes and Raindrop takes at most {EVENT_LIMIT} (1 MiB): shorten what was asked or answered, or send it in privacy mode"
)]
pub struct TooLarge {
    /// How many bytes its JSON has.
    pub bytes: usize,
}

/// Checks the size of a request with one event.
///
/// # Errors
/// When its event is larger than Raindrop takes.
pub fn check(request: &WireRequest) -> Result<(), TooLarge> {
    let around = match request.route {
        Route::Track => "[]".len(),
        Route::TrackPartial => 0,
    };
    let bytes = request.body.len().saturating_sub(around);
    match bytes > EVENT_LIMIT {
        true => Err(TooLarge { bytes }),
        false => Ok(()),
    }
}
