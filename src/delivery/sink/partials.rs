//! `track_partial` adds to an event piece by piece; here the parts are merged by event
//! id. The memory this takes is bounded: the event that was begun first is let go first.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

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
    /// Where the items of its lists are, by their key and hash: a list may be long, and is added to often.
    items: HashMap<(String, u64), Vec<usize>>,
    hashes: RandomState,
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
        merged.merge(part);
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

impl Merged {
    /// Later values win; objects are merged one level down; items of lists are added unless they are there
    /// already, since a part may be sent twice. (Chosen: the real rule is not documented.)
    fn merge(&mut self, part: Map<String, Value>) {
        for (key, value) in part {
            match (self.event.get_mut(&key), value) {
                (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
                (_, Value::Array(new)) => self.add(key, new),
                (_, value) => {
                    self.event.insert(key, value);
                }
            }
        }
    }

    fn add(&mut self, key: String, new: Vec<Value>) {
        let list = match self.event.get_mut(&key) {
            Some(Value::Array(list)) => list,
            _ => {
                // What the list takes the place of may have been another list before.
                self.items.retain(|(of, _), _| *of != key);
                let list = self.event.entry(key.clone()).or_insert(Value::Null);
                *list = Value::Array(Vec::new());
                let Value::Array(list) = list else { return };
                list
            }
        };
        for item in new {
            let hash = self.hashes.hash_one(&item);
            let places = self.items.entry((key.clone(), hash)).or_default();
            if !places.iter().any(|at| list.get(*at) == Some(&item)) {
                places.push(list.len());
                list.push(item);
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

    /// Adding to a list takes time by what is added and not by what is there: each item is compared with those of
    /// its own hash alone.
    #[test]
    fn a_long_list_is_added_to_without_going_through_it() {
        let mut partials = Partials::default();
        for round in 0..2 {
            for n in 0..20_000 {
                let text = format!(r#"{{"attachments":[{{"value":"{n}"}}]}}"#);
                assert_eq!(partials.add("e", part(&text), 10), round * 20_000 + n + 1);
            }
        }
        let merged = &partials.events["e"];
        assert_eq!(
            merged.event["attachments"].as_array().unwrap().len(),
            20_000
        );
        let most = merged.items.values().map(Vec::len).max();
        assert!(most.unwrap() < 4, "{most:?}");
    }

    #[test]
    fn what_was_no_list_becomes_one() {
        let mut partials = Partials::default();
        for text in [r#"{"a":[1]}"#, r#"{"a":null}"#, r#"{"a":[1,1,2]}"#] {
            partials.add("e", part(text), 10);
        }
        assert_eq!(partials.get("e").as_deref(), Some(r#"{"a":[1,2]}"#));
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
