//! `track_partial` says a little more about an event each time; here the parts are merged by event
//! id. The memory this takes is bounded: the event that was begun first is let go first.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

/// Most bytes of received parts kept. Chosen.
const ROOM: usize = 64 * 1024 * 1024;

/// The events that are being put together.
#[derive(Debug, Default)]
pub(super) struct Partials {
    events: HashMap<String, Merged>,
    begun: VecDeque<String>,
    bytes: usize,
}

/// One event so far.
#[derive(Debug, Default)]
struct Merged {
    event: Map<String, Value>,
    parts: usize,
    bytes: usize,
}

impl Partials {
    /// Adds a part of `bytes` bytes; gives how many parts the event has now.
    pub(super) fn add(&mut self, event_id: &str, part: Map<String, Value>, bytes: usize) -> usize {
        if !self.events.contains_key(event_id) {
            self.begun.push_back(event_id.to_owned());
        }
        let merged = self.events.entry(event_id.to_owned()).or_default();
        merge(&mut merged.event, part);
        merged.parts += 1;
        merged.bytes += bytes;
        let parts = merged.parts;
        self.bytes += bytes;
        while self.bytes > ROOM {
            let Some(oldest) = self.begun.pop_front() else {
                break;
            };
            if let Some(gone) = self.events.remove(&oldest) {
                self.bytes = self.bytes.saturating_sub(gone.bytes);
            }
        }
        parts
    }

    /// The event as merged so far, as JSON.
    pub(super) fn get(&self, event_id: &str) -> Option<String> {
        let merged = self.events.get(event_id)?;
        serde_json::to_string(&merged.event).ok()
    }
}

/// Later values win; objects are merged one level down; attachments are added unless they are there
/// already, since a part may be sent twice. (Chosen: the real rule is not documented.)
fn merge(event: &mut Map<String, Value>, part: Map<String, Value>) {
    for (key, value) in part {
        match (event.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (Some(Value::Array(old)), Value::Array(new)) => {
                for item in new {
                    if !old.contains(&item) {
                        old.push(item);
                    }
                }
            }
            (_, value) => {
                event.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn part(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn parts_are_merged() {
        let mut partials = Partials::default();
        let first = r#"{"event_id":"e","ai_data":{"input":"i"},"attachments":[{"value":"a"}],"is_pending":true}"#;
        let second = r#"{"event_id":"e","ai_data":{"output":"o"},"attachments":[{"value":"a"},{"value":"b"}],"is_pending":false}"#;
        assert_eq!(partials.add("e", part(first), 10), 1);
        assert_eq!(partials.add("e", part(second), 10), 2);
        assert_eq!(
            partials.get("e").unwrap(),
            r#"{"event_id":"e","ai_data":{"input":"i","output":"o"},"attachments":[{"value":"a"},{"value":"b"}],"is_pending":false}"#
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut partials = Partials::default();
        partials.add("first", part("{}"), ROOM);
        partials.add("second", part("{}"), 1);
        assert_eq!(partials.get("first"), None);
        assert_eq!(partials.get("second").as_deref(), Some("{}"));
        partials.add("huge", part("{}"), ROOM + 1);
        assert_eq!(partials.bytes, 0);
    }
}
