//! The events received, so that they can be read back. What is received again under an id is merged into what is
//! there: `track_partial` says a little more about an event each time. The memory this takes is bounded: the event
//! that was begun first is let go first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::merged::MergedEvent;

/// Most bytes of received events kept. Chosen.
const ROOM: usize = 64 * 1024 * 1024;

/// Most bytes of an event that is shown with each of its parts: making its text takes time by all of it. Chosen.
const MOST_SHOWN: usize = 256 * 1024;

/// Which event: the project's slug (none is Production) and the id.
pub(super) type EventKey = (Option<String>, String);

/// The events that are kept.
#[derive(Debug, Default)]
pub(super) struct KeptEvents {
    events: HashMap<EventKey, KeptEvent>,
    begun: VecDeque<EventKey>,
    bytes: usize,
}

/// An event as it is at a moment, to be read while others are received.
pub(super) struct EventAtMoment {
    pub(super) id: String,
    /// When its first part came.
    pub(super) received_at: Timestamp,
    text: EventText,
}

enum EventText {
    /// As it came; nothing is copied.
    Whole(Arc<str>),
    Merged(String),
}

impl EventAtMoment {
    /// The event as JSON.
    pub(super) fn json(&self) -> &str {
        match &self.text {
            EventText::Whole(text) => text,
            EventText::Merged(text) => text,
        }
    }
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
    Whole(Arc<str>),
    Merged(Box<MergedEvent>),
}

impl KeptEvents {
    /// Adds an event or a part of one; gives how many parts it has now.
    pub(super) fn add(&mut self, key: EventKey, part: &RawValue, at: Timestamp) -> usize {
        let bytes = part.get().len();
        let parts = match self.events.get_mut(&key) {
            Some(kept) => {
                self.bytes = self.bytes.saturating_sub(kept.bytes);
                kept.add(part);
                self.bytes += kept.bytes;
                kept.parts
            }
            None => {
                self.begun.push_back(key.clone());
                let kept = KeptEvent {
                    received_at: at,
                    content: Content::Whole(Arc::from(part.get())),
                    parts: 1,
                    bytes,
                };
                self.events.insert(key, kept);
                self.bytes += bytes;
                1
            }
        };
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

    /// How many bytes are kept of an event.
    pub(super) fn size_of(&self, key: &EventKey) -> usize {
        self.events.get(key).map_or(0, |kept| kept.bytes)
    }

    /// An event as it is now.
    pub(super) fn at_moment(&self, key: &EventKey) -> Option<EventAtMoment> {
        let kept = self.events.get(key)?;
        Some(EventAtMoment {
            id: key.1.clone(),
            received_at: kept.received_at,
            text: match &kept.content {
                Content::Whole(text) => EventText::Whole(Arc::clone(text)),
                Content::Merged(merged) => EventText::Merged(merged.json()),
            },
        })
    }

    /// The events of a project as they are now, the one that was begun first first.
    pub(super) fn of_project(&self, project: Option<&str>) -> Vec<EventAtMoment> {
        let of_project = self.begun.iter();
        let of_project = of_project.filter(|(of, _)| of.as_deref() == project);
        of_project.filter_map(|key| self.at_moment(key)).collect()
    }
}

impl KeptEvent {
    /// The event as JSON.
    pub(super) fn json(&self) -> String {
        match &self.content {
            Content::Whole(text) => text.as_ref().to_owned(),
            Content::Merged(merged) => merged.json(),
        }
    }

    /// The event as JSON, if that is no longer than what is shown with each part.
    pub(super) fn shown(&self) -> Option<String> {
        match &self.content {
            Content::Whole(text) => (text.len() <= MOST_SHOWN).then(|| text.as_ref().to_owned()),
            Content::Merged(merged) => merged.json_within(MOST_SHOWN),
        }
    }

    fn add(&mut self, part: &RawValue) {
        if let Content::Whole(first) = &self.content {
            let mut merged = MergedEvent::default();
            // It was parsed when it was judged.
            if let Ok(first) = serde_json::from_str::<&RawValue>(first) {
                merged.add(first);
            }
            self.content = Content::Merged(Box::new(merged));
        }
        if let Content::Merged(merged) = &mut self.content {
            merged.add(part);
            self.bytes = merged.size();
        }
        self.parts += 1;
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

    /// What is read back has each value as it was written, by whichever part.
    #[test]
    fn a_long_event_is_not_shown_with_each_part() {
        let mut events = KeptEvents::default();
        let shown = |events: &KeptEvents| events.get(&key("a")).unwrap().shown();
        add(&mut events, "a", r#"{"event_id":"a","properties":{"k":1}}"#);
        add(&mut events, "a", r#"{"properties":{"l":2}}"#);
        let whole = r#"{"event_id":"a","properties":{"k":1,"l":2}}"#;
        assert_eq!(shown(&events).as_deref(), Some(whole));
        let long = "x".repeat(MOST_SHOWN);
        for part in [
            serde_json::json!({"ai_data": {"output": long}}),
            serde_json::json!({"attachments": [{"value": long}]}),
            serde_json::json!({"event": long}),
        ] {
            add(&mut events, "b", r#"{"event_id":"b"}"#);
            add(&mut events, "b", &part.to_string());
            let kept = events.get(&key("b")).unwrap();
            assert_eq!(kept.shown(), None);
            assert!(kept.json().contains(&long));
            events = KeptEvents::default();
        }
    }

    #[test]
    fn merged_numbers_keep_their_spelling() {
        let mut events = KeptEvents::default();
        for text in [
            r#"{"event_id":"e","properties":{"cost":1.48e-05,"n":1.0},"ai_data":{"input":"a\u00e9"}}"#,
            r#"{"event_id":"e","properties":{"n":2.50,"id":12345678901234567890123},"x":[1.0,{"y":1E2}]}"#,
        ] {
            add(&mut events, "e", text);
        }
        assert_eq!(
            json(&events, "e").unwrap(),
            r#"{"event_id":"e","properties":{"cost":1.48e-05,"n":2.50,"id":12345678901234567890123},"ai_data":{"input":"a\u00e9"},"x":[1.0,{"y":1E2}]}"#
        );
    }

    #[test]
    fn what_was_no_list_becomes_one() {
        let mut events = KeptEvents::default();
        for text in [r#"{"a":[1]}"#, r#"{"a":null}"#, r#"{"a":[1,1,2]}"#] {
            add(&mut events, "e", text);
        }
        assert_eq!(json(&events, "e").as_deref(), Some(r#"{"a":[1,2]}"#));
    }

    /// An answer that is sent anew with each word of it costs others no room.
    #[test]
    fn an_event_takes_the_room_of_what_is_kept_of_it() {
        let mut events = KeptEvents::default();
        add(&mut events, "other", r#"{"event":"e"}"#);
        let length = ROOM / 8;
        for _ in 0..20 {
            let text = format!(r#"{{"ai_data":{{"output":"{}"}}}}"#, "x".repeat(length));
            add(&mut events, "streamed", &text);
        }
        assert!(json(&events, "other").is_some());
        assert!(events.bytes < 2 * length, "{}", events.bytes);
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
        assert_eq!(events.of_project(None).len(), 1);
        assert_eq!(events.of_project(Some("other")).len(), 1);
    }
}
