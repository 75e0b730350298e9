//! An event that is looked for, with what was sent of it.

use std::sync::Arc;

use crate::delivery::history::DeliveryId;
use crate::delivery::readback::Sought;
use crate::json::{Document, Limits, Value};

/// An event that is looked for.
pub(super) struct Wanted {
    /// Its id.
    pub(super) event_id: String,
    /// The completion's name.
    pub(super) name: String,
    /// Where the completion was found.
    pub(super) from: String,
    /// The body that it was sent with.
    pub(super) body: Arc<[u8]>,
    /// Whether its time was that of sending, which nobody remembers.
    pub(super) is_time_unsure: bool,
    /// Its delivery in the history.
    pub(super) delivery: Option<DeliveryId>,
}

impl Wanted {
    /// For the search.
    pub(super) fn sought(&self) -> Sought {
        let text = String::from_utf8_lossy(&self.body);
        let doc = Document::parse(text.as_ref().into(), Limits::default()).ok();
        let at = doc.as_ref().and_then(|doc| {
            let root = doc.root();
            let event = root.item(0).unwrap_or(root);
            event.get("timestamp").and_then(Value::str)?.parse().ok()
        });
        Sought {
            id: self.event_id.clone(),
            timestamp: at.filter(|_| !self.is_time_unsure),
        }
    }
}
