//! A Raindrop Workshop answers 200 to `events/track` and throws the event away; it keeps
//! `track_partial` (tried with a real one). So what goes there is turned into that route, byte by
//! byte, so that number text and key order survive.

use serde::de::IgnoredAny;

use crate::{
    delivery::destination::{Destination, Kind},
    event::wire::{Route, WireRequest},
};

/// Why a request cannot be turned into a `track_partial`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetargetError {
    /// The body is no JSON array of objects.
    #[error(
        "the events/track body is not a JSON array with one event object: it cannot be sent to a Workshop"
    )]
    NotAnEvent,
    /// The body is a batch.
    #[error(
        "a Workshop takes one event a request and this batch has {events}: send them one by one"
    )]
    Batch {
        /// How many events the batch has.
        events: usize,
    },
}

/// The request as this destination must get it. For a Workshop an `events/track` array with one
/// event becomes a `track_partial` object with `"is_pending":false`; anything else is unchanged.
/// Applying it twice changes nothing more.
///
/// # Errors
/// For a Workshop, when the body is not an array with exactly one event object.
pub fn retarget(
    request: &WireRequest,
    destination: &Destination,
) -> Result<WireRequest, RetargetError> {
    if destination.kind() != Kind::Workshop || request.route == Route::TrackPartial {
        return Ok(request.clone());
    }
    let events: Vec<IgnoredAny> =
        serde_json::from_slice(&request.body).map_err(|_| RetargetError::NotAnEvent)?;
    if events.len() != 1 {
        return Err(RetargetError::Batch {
            events: events.len(),
        });
    }
    let event = inside(&request.body, b'[', b']').ok_or(RetargetError::NotAnEvent)?;
    let fields = inside(event, b'{', b'}').ok_or(RetargetError::NotAnEvent)?;
    let mut body = Vec::with_capacity(event.len() + 20);
    body.push(b'{');
    body.extend_from_slice(fields);
    if !fields.is_empty() {
        body.push(b',');
    }
    body.extend_from_slice(b"\"is_pending\":false}");
    Ok(WireRequest {
        route: Route::TrackPartial,
        event_id: request.event_id.clone(),
        body: body.into(),
    })
}

/// What stands between the first and last byte, blanks trimmed on both sides of them.
fn inside(text: &[u8], open: u8, close: u8) -> Option<&[u8]> {
    match text.trim_ascii() {
        [first, middle @ .., last] if *first == open && *last == close => Some(middle.trim_ascii()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::delivery::destination::{BaseUrl, Insecure};

    fn check(body: &str, expected: Result<&str, RetargetError>) {
        let workshop = BaseUrl::parse("http://localhost:5899", Insecure::Refused).unwrap();
        let workshop = Destination::workshop(workshop).unwrap();
        let request = WireRequest {
            route: Route::Track,
            event_id: "e".to_owned(),
            body: body.as_bytes().into(),
        };
        let found = retarget(&request, &workshop);
        let text = found
            .as_ref()
            .map(|r| std::str::from_utf8(&r.body).unwrap())
            .map_err(|e| *e);
        assert_eq!(text, expected, "{body}");
        if let Ok(once) = found {
            assert_eq!(once.route, Route::TrackPartial);
            assert_eq!(retarget(&once, &workshop).unwrap(), once);
        }
    }

    #[test]
    fn to_a_workshop() {
        check(
            r#"[{"a":1.00,"b":"]}"}]"#,
            Ok(r#"{"a":1.00,"b":"]}","is_pending":false}"#),
        );
        check(" [ {\n} ]\n", Ok(r#"{"is_pending":false}"#));
        check("[]", Err(RetargetError::Batch { events: 0 }));
        check("[{},{}]", Err(RetargetError::Batch { events: 2 }));
        check("[1]", Err(RetargetError::NotAnEvent));
        check("{}", Err(RetargetError::NotAnEvent));
        check("[{}", Err(RetargetError::NotAnEvent));
    }
}
