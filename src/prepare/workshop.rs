//! What a Raindrop Workshop makes of events, told before they are sent (tried with Workshop 0.1.18): an event becomes a
//! run named by its `trace_id`, else by its own id, and events of one run are shown as one.

use std::collections::HashMap;

use crate::json::{Document, Limits, Value};

/// Something that a Workshop does to an event and that its sender may not expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkshopNote {
    /// It is shown without anything of it.
    Waits,
    /// It becomes part of a run that is there already.
    Joins,
    /// It becomes part of a run with text, and that text goes on being shown.
    ShowsEarlierText,
}

/// Why every event for a Workshop goes by `events/track_partial`.
pub const TRACK_IS_DISCARDED: &str = "a Raindrop Workshop accepts events/track and throws it away, so every event goes by events/track_partial";

impl WorkshopNote {
    /// All of them.
    pub const ALL: [WorkshopNote; 3] = [
        WorkshopNote::Waits,
        WorkshopNote::Joins,
        WorkshopNote::ShowsEarlierText,
    ];

    /// The word for it in results.
    pub const fn name(self) -> &'static str {
        match self {
            WorkshopNote::Waits => "waits-for-events",
            WorkshopNote::Joins => "joins-run",
            WorkshopNote::ShowsEarlierText => "shows-earlier-text",
        }
    }

    /// What happens, in a sentence about one event.
    pub const fn says(self) -> &'static str {
        match self {
            WorkshopNote::Waits => {
                "without input and output, a Workshop stores it and shows \"Waiting for events\""
            }
            WorkshopNote::Joins => {
                "a Workshop merges events of one trace_id into one run: it joins the run of an earlier one"
            }
            WorkshopNote::ShowsEarlierText => {
                "an earlier event of its trace_id had text, and the Workshop goes on showing that text"
            }
        }
    }

    /// The same of so many events.
    pub const fn of_many(self) -> &'static str {
        match self {
            WorkshopNote::Waits => "shown as \"Waiting for events\", since they have no text",
            WorkshopNote::Joins => "merged into the run of an earlier event with the same trace_id",
            WorkshopNote::ShowsEarlierText => {
                "without text, shown with the text of an earlier event with the same trace_id"
            }
        }
    }

    /// Whether what is shown is not what was sent.
    pub const fn misleads(self) -> bool {
        !matches!(self, WorkshopNote::Joins)
    }
}

/// The runs that a Workshop has of the events so far.
#[derive(Debug, Clone, Default)]
pub struct WorkshopRuns(HashMap<String, RunSoFar>);

#[derive(Debug, Clone)]
struct RunSoFar {
    last_event: String,
    has_text: bool,
}

impl WorkshopRuns {
    /// What becomes of the next event; `body` is that of its request.
    pub fn take(&mut self, body: &[u8]) -> Vec<WorkshopNote> {
        let text = String::from_utf8_lossy(body);
        let Ok(doc) = Document::parse(text.as_ref().into(), Limits::default()) else {
            return Vec::new();
        };
        let root = doc.root();
        let event = root.item(0).unwrap_or(root);
        let text_at = |parent: &str, key: &str| -> Option<String> {
            let value = event.get(parent)?.get(key).and_then(Value::str)?;
            Some(value.into_owned()).filter(|text| !text.is_empty())
        };
        let id = event.get("event_id").and_then(Value::str);
        let id = id.unwrap_or_default().into_owned();
        let run = text_at("properties", "trace_id").unwrap_or_else(|| id.clone());
        let has_text = ["input", "output"]
            .into_iter()
            .any(|key| text_at("ai_data", key).is_some());
        let before = self.0.get(&run);
        let had_text = before.is_some_and(|run| run.has_text);
        let mut notes = Vec::new();
        if !has_text && !had_text {
            notes.push(WorkshopNote::Waits);
        }
        if before.is_some_and(|run| run.last_event != id) {
            notes.push(WorkshopNote::Joins);
        }
        if !has_text && had_text {
            notes.push(WorkshopNote::ShowsEarlierText);
        }
        let now = RunSoFar {
            last_event: id,
            has_text: has_text || had_text,
        };
        self.0.insert(run, now);
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_events() {
        use WorkshopNote::{Joins, ShowsEarlierText, Waits};
        let event = |id: &str, trace: &str, text: &str| {
            format!(
                r#"{{"event_id":"{id}","ai_data":{{"model":"m","input":"{text}"}},"properties":{{"trace_id":"{trace}"}}}}"#
            )
        };
        let table: [(String, &[WorkshopNote]); 8] = [
            (event("1", "t", "Hello"), &[]),
            (event("2", "t", "Hello"), &[Joins]),
            (event("3", "t", ""), &[Joins, ShowsEarlierText]),
            // The same one again.
            (event("3", "t", ""), &[ShowsEarlierText]),
            (event("4", "", ""), &[Waits]),
            (event("5", "u", ""), &[Waits]),
            (event("6", "u", "Hello"), &[Joins]),
            (format!("[{}]", event("7", "v", "Hello")), &[]),
        ];
        let mut runs = WorkshopRuns::default();
        for (body, expected) in table {
            assert_eq!(runs.take(body.as_bytes()), expected, "{body}");
        }
    }
}
