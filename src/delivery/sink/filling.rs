//! What the server fills in where an event lacks it (vendor documentation): an id, and the time it came.

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::judge::{ReceivedItem, SinkRoute};

/// An item as it is kept, and which of its fields were filled in.
#[derive(Debug)]
pub(super) struct FilledItem {
    pub(super) text: Box<RawValue>,
    pub(super) event_id: Option<String>,
    pub(super) filled: Vec<&'static str>,
}

/// Fills in what is missing. A part of an event may lack the time: another part has it, or none has.
pub(super) fn fill(
    route: SinkRoute,
    item: ReceivedItem,
    now: Timestamp,
    fresh_id: impl FnOnce() -> String,
) -> FilledItem {
    let mut filled = Vec::new();
    let mut event_id = item.event_id;
    let mut text = item.text;
    let is_event = matches!(route, SinkRoute::Track | SinkRoute::TrackPartial);
    if is_event && event_id.is_none() {
        let id = fresh_id();
        text = with_field(text, "event_id", &id);
        event_id = Some(id);
        filled.push("event_id");
    }
    if route == SinkRoute::Track && !item.has_time {
        text = with_field(text, "timestamp", &format!("{now:.3}"));
        filled.push("timestamp");
    }
    FilledItem {
        text,
        event_id,
        filled,
    }
}

/// An object with one more field; neither name nor value need escapes. The text before it stays as it came.
fn with_field(object: Box<RawValue>, name: &str, value: &str) -> Box<RawValue> {
    let Some(fields) = object.get().trim_end().strip_suffix('}') else {
        return object;
    };
    let fields = fields.trim_end();
    let comma = if fields.ends_with('{') { "" } else { "," };
    RawValue::from_string(format!("{fields}{comma}\"{name}\":\"{value}\"}}")).unwrap_or(object)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn an_id_and_a_time() {
        let check = |route, text: &str, event_id: Option<&str>, has_time, expected: &str| {
            let item = ReceivedItem {
                text: RawValue::from_string(text.to_owned()).unwrap(),
                event_id: event_id.map(str::to_owned),
                has_time,
            };
            let now = "2026-06-05T12:33:10.1234Z".parse().unwrap();
            let filled = fill(route, item, now, || "new".to_owned());
            assert_eq!(filled.text.get(), expected);
            let id = match route {
                SinkRoute::Signals => None,
                _ => Some(event_id.unwrap_or("new")),
            };
            assert_eq!(filled.event_id.as_deref(), id);
        };
        let (id, time) = (
            r#""event_id":"new""#,
            r#""timestamp":"2026-06-05T12:33:10.123Z""#,
        );
        let both = format!(r#"{{"n":1.00,{id},{time}}}"#);
        check(SinkRoute::Track, r#"{"n":1.00 }"#, None, false, &both);
        check(
            SinkRoute::Track,
            "{ }",
            None,
            false,
            &format!("{{{id},{time}}}"),
        );
        check(
            SinkRoute::Track,
            r#"{"event_id":"e"}"#,
            Some("e"),
            true,
            r#"{"event_id":"e"}"#,
        );
        check(
            SinkRoute::TrackPartial,
            "{}",
            None,
            false,
            &format!("{{{id}}}"),
        );
        check(SinkRoute::Signals, "{}", None, false, "{}");
    }
}
