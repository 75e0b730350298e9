//! Events gathered into requests, and a refused request taken apart again. Pure.

use std::sync::Arc;

use super::input::OpenInput;
use crate::completion::Origin;
use crate::delivery::history::{AttemptRecord, DeliveryId};
use crate::event::wire::{EVENT_LIMIT, Route, WireRequest};
use crate::prepare::Prepared;

/// Events of one request on Raindrop's clients, and most here (vendor's JS client).
pub const LARGEST: usize = 50;

/// Most bytes of a request with several events. Chosen: what is known is the limit of one event, and
/// a server that takes that as a whole takes this.
const BYTES: usize = EVENT_LIMIT;

/// One event on its way.
#[derive(Debug, Clone)]
pub struct OutgoingEvent {
    /// The event.
    pub prepared: Prepared,
    /// Where its completion was found.
    pub origin: Origin,
    pub(super) id: Option<DeliveryId>,
    pub(super) attempts: Vec<AttemptRecord>,
    pub(super) input: Option<Arc<OpenInput>>,
}

impl OutgoingEvent {
    /// An event that was not sent yet.
    pub fn new(prepared: Prepared, origin: Origin) -> Self {
        Self {
            prepared,
            origin,
            id: None,
            attempts: Vec::new(),
            input: None,
        }
    }

    /// The same as one of the events of an input.
    #[must_use]
    pub fn of_input(self, input: Arc<OpenInput>) -> Self {
        input.add_event();
        Self {
            input: Some(input),
            ..self
        }
    }
}

/// Gathers items until a request is full.
#[derive(Debug)]
pub(crate) struct Batcher {
    most: usize,
    items: Vec<OutgoingEvent>,
    bytes: usize,
}

impl Batcher {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.clamp(1, LARGEST),
            items: Vec::new(),
            bytes: 0,
        }
    }

    /// Takes an item; gives what has to be sent now, in order. An event without text has a route that
    /// takes one event, so it goes by itself.
    pub(crate) fn take(&mut self, item: OutgoingEvent) -> Vec<Vec<OutgoingEvent>> {
        if item.prepared.request.route == Route::TrackPartial {
            return vec![vec![item]];
        }
        let mut full = Vec::new();
        let bytes = item.prepared.request.body.len();
        if self.bytes + bytes > BYTES {
            full.extend(self.rest());
        }
        self.bytes += bytes;
        self.items.push(item);
        if self.items.len() >= self.most {
            full.extend(self.rest());
        }
        full
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What is left.
    pub(crate) fn rest(&mut self) -> Option<Vec<OutgoingEvent>> {
        self.bytes = 0;
        let items = std::mem::take(&mut self.items);
        (!items.is_empty()).then_some(items)
    }
}

/// One request for all items. Each event keeps its bytes.
pub(crate) fn request(items: &[OutgoingEvent]) -> Option<WireRequest> {
    let first = &items.first()?.prepared.request;
    if items.len() == 1 {
        return Some(first.clone());
    }
    let mut body = Vec::with_capacity(
        items
            .iter()
            .map(|item| item.prepared.request.body.len())
            .sum(),
    );
    for item in items {
        body.push(if body.is_empty() { b'[' } else { b',' });
        let array = &item.prepared.request.body;
        body.extend_from_slice(array.get(1..array.len().saturating_sub(1))?);
    }
    body.push(b']');
    Some(WireRequest {
        route: Route::Track,
        event_id: first.event_id.clone(),
        body: Arc::from(body),
    })
}

/// Both halves, the first one no smaller.
pub(super) fn halves(mut items: Vec<OutgoingEvent>) -> [Vec<OutgoingEvent>; 2] {
    let second = items.split_off(items.len().div_ceil(2));
    [items, second]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::event::privacy::Privacy;
    use crate::json::Position;

    fn item(route: Route, body: &str) -> OutgoingEvent {
        let request = WireRequest {
            route,
            event_id: body.to_owned(),
            body: Arc::from(body.as_bytes()),
        };
        let origin = Origin {
            file: "a.json".into(),
            offset: 0,
            position: Position { line: 1, column: 1 },
            record: 0,
        };
        let prepared = Prepared::new(String::new(), request, Privacy::Off, 0);
        OutgoingEvent::new(prepared.unwrap(), origin)
    }

    #[test]
    fn gathering() {
        let large = format!("[{}]", "1".repeat(BYTES / 2));
        let track = |body: &str| item(Route::Track, body);
        let partial = item(Route::TrackPartial, "{}");
        let table = [
            (
                2,
                vec![track("[1]"), track("[2]"), track("[3]")],
                vec!["[1,2]", "[3]"],
            ),
            (1, vec![track("[1]"), track("[2]")], vec!["[1]", "[2]"]),
            (
                9,
                vec![track("[1]"), partial, track("[2]")],
                vec!["{}", "[1,2]"],
            ),
            (9, vec![track(&large), track(&large)], vec![&large, &large]),
        ];
        for (most, items, expected) in table {
            let mut batcher = Batcher::new(most);
            let mut sent: Vec<Vec<OutgoingEvent>> = items
                .into_iter()
                .flat_map(|item| batcher.take(item))
                .collect();
            sent.extend(batcher.rest());
            let bodies: Vec<String> = sent
                .iter()
                .map(|items| String::from_utf8(request(items).unwrap().body.to_vec()).unwrap())
                .collect();
            assert_eq!(bodies, expected);
        }
        assert_eq!(request(&[]), None);
    }

    #[test]
    fn taking_apart() {
        for (all, expected) in [(2, [1, 1]), (3, [2, 1]), (50, [25, 25])] {
            let items = vec![item(Route::Track, "[1]"); all];
            assert_eq!(halves(items).map(|half| half.len()), expected);
        }
    }
}
