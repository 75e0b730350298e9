//! The events received, so that they can be read back. What is received again under an id is merged into what is
//! there: `track_partial` says a little more about an event each time. The memory this takes is bounded: the event
//! that was begun first is let go first.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Most bytes of received events kept. Chosen.
const ROOM: usize = 64 * 1024 * 1024;

/// Which event: the project's slug (none is Production) and the id.
pub(super) type EventKey = (Option<String>, String);

/// The events that are kept.
#[derive(Debug, Default)]
pub(super) struct KeptEvents {
    events: HashMap<EventKey, KeptEvent>,
    begun: VecDeque<EventKey>,
    bytes: usize,
}

/// One event so far.
#[derive(Debug)]
pub(super) struct KeptEvent {
    /// When its first part came.
    pub(super) received_at: Timestamp,
    content: Content,
    parts: usize,
    bytes: usize,
}

#[derive(Debug)]
enum Content {
    /// As it came.
    Whole(Box<RawValue>),
    Merged(Box<MergedEvent>),
}

/// What several parts say.
#[derive(Debug, Default)]
struct MergedEvent {
    event: Map<String, Value>,
    /// Where the items of its lists are, by their key and hash: a list may be long, and is added to often.
    items: HashMap<(String, u64), Vec<usize>>,
    hashes: RandomState,
}

impl KeptEvents {
    /// Adds an event or a part of one; gives how many parts it has now.
    pub(super) fn add(&mut self, key: EventKey, part: &RawValue, at: Timestamp) -> usize {
        let bytes = part.get().len();
        let parts = match self.events.get_mut(&key) {
            Some(kept) => {
                kept.add(part);
                kept.bytes += bytes;
                kept.parts
            }
            None => {
                self.begun.push_back(key.clone());
                let kept = KeptEvent {
                    received_at: at,
                    content: Content::Whole(part.to_owned()),
                    parts: 1,
                    bytes,
                };
                self.events.insert(key, kept);
                1
            }
        };
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

    /// An event so far.
    pub(super) fn get(&self, key: &EventKey) -> Option<&KeptEvent> {
        self.events.get(key)
    }

    /// The events of a project, the one that was begun first first.
    pub(super) fn of_project(
        &self,
        project: Option<&str>,
    ) -> impl Iterator<Item = (&str, &KeptEvent)> {
        let of_project = self
            .begun
            .iter()
            .filter(move |(of, _)| of.as_deref() == project);
        of_project.filter_map(|key| Some((key.1.as_str(), self.events.get(key)?)))
    }
}

impl KeptEvent {
    /// The event as JSON.
    pub(super) fn json(&self) -> String {
        match &self.content {
            Content::Whole(text) => text.get().to_owned(),
            Content::Merged(merged) => serde_json::to_string(&merged.event).unwrap_or_default(),
        }
    }

    fn add(&mut self, part: &RawValue) {
        if let Content::Whole(first) = &self.content {
            let mut merged = MergedEvent::default();
            merged.add(first);
            self.content = Content::Merged(Box::new(merged));
        }
        if let Content::Merged(merged) = &mut self.content {
            merged.add(part);
        }
        self.parts += 1;
    }
}

impl MergedEvent {
    /// Later values win; objects are merged one level down; items of lists are added unless they are there
    /// already, since a part may be sent twice. (Chosen: the real rule is not documented.)
    fn add(&mut self, part: &RawValue) {
        let part: Map<String, Value> = serde_json::from_str(part.get()).unwrap_or_default();
        for (key, value) in part {
            match (self.event.get_mut(&key), value) {
                (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
                (_, Value::Array(new)) => self.add_items(key, new),
                (_, value) => {
                    self.event.insert(key, value);
                }
            }
        }
    }

    fn add_items(&mut self, key: String, new: Vec<Value>) {
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

    fn key(id: &str) -> EventKey {
        (None, id.to_owned())
    }

    fn add(events: &mut KeptEvents, id: &str, text: &str) -> usize {
        let part = RawValue::from_string(text.to_owned()).unwrap();
        events.add(key(id), &part, Timestamp::UNIX_EPOCH)
    }

    fn json(events: &KeptEvents, id: &str) -> Option<String> {
        Some(events.get(&key(id))?.json())
    }

    #[test]
    fn parts_are_merged() {
        let mut events = KeptEvents::default();
        let first = r#"{"event_id":"e","ai_data":{"input":"i"},"attachments":[{"value":"a"}],"is_pending":true}"#;
        let second = r#"{"event_id":"e","ai_data":{"output":"o"},"attachments":[{"value":"a"},{"value":"b"}],"is_pending":false}"#;
        assert_eq!(add(&mut events, "e", first), 1);
        assert_eq!(json(&events, "e").as_deref(), Some(first));
        assert_eq!(add(&mut events, "e", second), 2);
        assert_eq!(
            json(&events, "e").unwrap(),
            r#"{"event_id":"e","ai_data":{"input":"i","output":"o"},"attachments":[{"value":"a"},{"value":"b"}],"is_pending":false}"#
        );
    }

    /// Adding to a list takes time by what is added and not by what is there: each item is compared with those of
    /// its own hash alone.
    #[test]
    fn a_long_list_is_added_to_without_going_through_it() {
        let mut events = KeptEvents::default();
        for round in 0..2 {
            for n in 0..20_000 {
                let text = format!(r#"{{"attachments":[{{"value":"{n}"}}]}}"#);
                assert_eq!(add(&mut events, "e", &text), round * 20_000 + n + 1);
            }
        }
        let Content::Merged(merged) = &events.events[&key("e")].content else {
            unreachable!()
        };
        assert_eq!(
            merged.event["attachments"].as_array().unwrap().len(),
            20_000
        );
        let most = merged.items.values().map(Vec::len).max();
        assert!(most.unwrap() < 4, "{most:?}");
    }

    #[test]
    fn what_was_no_list_becomes_one() {
        let mut events = KeptEvents::default();
        for text in [r#"{"a":[1]}"#, r#"{"a":null}"#, r#"{"a":[1,1,2]}"#] {
            add(&mut events, "e", text);
        }
        assert_eq!(json(&events, "e").as_deref(), Some(r#"{"a":[1,2]}"#));
    }

    #[test]
    fn memory_is_bounded() {
        let mut events = KeptEvents::default();
        let half = format!(r#"{{"event":"{}"}}"#, "x".repeat(ROOM / 2));
        add(&mut events, "first", &half);
        add(&mut events, "second", "{}");
        assert!(json(&events, "first").is_some());
        add(&mut events, "third", &half);
        assert_eq!(json(&events, "first"), None);
        assert_eq!(json(&events, "second").as_deref(), Some("{}"));
        assert!(events.bytes <= ROOM);
    }

    #[test]
    fn projects_are_apart() {
        let mut events = KeptEvents::default();
        let part = RawValue::from_string("{}".to_owned()).unwrap();
        let other = (Some("other".to_owned()), "e".to_owned());
        assert_eq!(add(&mut events, "e", "{}"), 1);
        assert_eq!(events.add(other, &part, Timestamp::UNIX_EPOCH), 1);
        assert_eq!(events.of_project(None).count(), 1);
        assert_eq!(events.of_project(Some("other")).count(), 1);
    }
}
