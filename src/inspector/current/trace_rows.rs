//! The trace metadata of a completion as rows, and which row a pointer belongs to.

use std::collections::HashMap;

use crate::completion::TraceMetadata;
use crate::json::pointer;

/// A row of the trace pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceRow {
    /// `request.user`
    User,
    /// `request.session_id`
    SessionId,
    /// A key of `request.trace`.
    Key(String),
    /// A key that is not there and that the event has a value of its own for.
    Default(&'static str),
    /// The row that adds a key.
    Add,
}

/// Keys of `request.trace` that OpenRouter gives a value where the request has none (mapping, documented).
const DEFAULTS: [&str; 2] = ["trace_id", "trace_name"];

/// The rows of the trace pane.
pub fn trace_rows_of(metadata: &TraceMetadata) -> Vec<TraceRow> {
    let keys = metadata
        .trace
        .iter()
        .map(|entry| TraceRow::Key(entry.key.clone()));
    let defaults = DEFAULTS
        .into_iter()
        .filter(|key| metadata.entry(key).is_none())
        .map(TraceRow::Default);
    [TraceRow::User, TraceRow::SessionId]
        .into_iter()
        .chain(keys)
        .chain(defaults)
        .chain([TraceRow::Add])
        .collect()
}

/// Whether one of these pointers belongs to a row of the trace pane, in the completion or the event. It takes no time
/// with the number of keys.
pub fn is_trace_metadata(metadata: &TraceMetadata, pointers: &[String]) -> bool {
    let keys = metadata.key_pointer("");
    let is_key = |at: &str| {
        let key = at.strip_prefix(&keys);
        key.is_some_and(|key| !key.is_empty() && !key.contains('/'))
    };
    let is_own = |at: &str| {
        let is_field = at == metadata.user_pointer() || at == metadata.session_pointer();
        is_field || is_key(at)
    };
    let is_made = |at: &str| {
        let mut defaults = DEFAULTS.iter();
        matches!(at, MADE_OF_USER | MADE_OF_SESSION)
            || defaults
                .any(|key| at == pointer::join("/properties", key) && metadata.entry(key).is_none())
    };
    pointers
        .iter()
        .any(|at| is_made(at) || pointer::upwards(at).any(is_own))
}

/// What the user becomes in the event.
const MADE_OF_USER: &str = "/user_id";
/// What the session becomes in the event.
const MADE_OF_SESSION: &str = "/ai_data/convo_id";

/// The rows of the trace pane by the pointers that belong to them. Made once for many findings, of which
/// there may be as many as keys.
#[derive(Debug)]
pub struct TraceRowIndex {
    slots: Vec<TraceRow>,
    /// Where the values stand in the completion, or would.
    own: HashMap<String, usize>,
    /// What they become in the event where they are not there.
    made: HashMap<String, usize>,
}

impl TraceRowIndex {
    /// The rows of these metadata.
    pub fn of(metadata: &TraceMetadata) -> TraceRowIndex {
        let mut places = TraceRowIndex {
            slots: trace_rows_of(metadata),
            own: HashMap::new(),
            made: HashMap::new(),
        };
        for (row, slot) in places.slots.iter().enumerate() {
            let (own, made) = match slot {
                TraceRow::User => (
                    metadata.user_pointer().to_owned(),
                    Some(MADE_OF_USER.to_owned()),
                ),
                TraceRow::SessionId => {
                    let session = metadata.session_pointer().to_owned();
                    (session, Some(MADE_OF_SESSION.to_owned()))
                }
                TraceRow::Key(key) => (metadata.key_pointer(key), None),
                TraceRow::Default(key) => {
                    let made = pointer::join("/properties", key);
                    (metadata.key_pointer(key), Some(made))
                }
                TraceRow::Add => continue,
            };
            places.own.insert(own, row);
            places.made.extend(made.map(|made| (made, row)));
        }
        places
    }

    /// The first row that one of these pointers belongs to, in the completion or the event.
    pub fn row(&self, pointers: &[String]) -> Option<usize> {
        let own = |at: &String| pointer::upwards(at).find_map(|at| self.own.get(at));
        let rows = pointers.iter().flat_map(|at| [own(at), self.made.get(at)]);
        rows.flatten().min().copied()
    }

    /// The slot in a row.
    pub fn slot(&self, row: usize) -> Option<&TraceRow> {
        self.slots.get(row)
    }
}
