//! What a report says of deliveries: the latest of each event, as the history has it.

use std::collections::HashMap;

use crate::delivery::history::{DeliveryState, History, HistoryError, Query, Record};
use crate::share::report::ReportDelivery;

/// The latest deliveries that are looked at for what was sent. Chosen: more than a report has completions.
const DELIVERIES: u32 = 100_000;

/// The latest delivery of each event, by its id.
pub type SentEvents = HashMap<String, ReportDelivery>;

/// Reads them from the history.
///
/// # Errors
/// The history cannot be read.
pub fn latest(history: &History) -> Result<SentEvents, HistoryError> {
    let query = Query {
        limit: DELIVERIES,
        ..Query::default()
    };
    let mut sent = HashMap::new();
    for record in history.recent(&query)? {
        sent.entry(record.event_id.clone())
            .or_insert_with(|| told(&record));
    }
    Ok(sent)
}

fn told(record: &Record) -> ReportDelivery {
    let status = record.status.map(|status| format!(" ({status})"));
    let ended = match record.state {
        DeliveryState::Queued => "not answered yet",
        DeliveryState::Accepted => "accepted",
        DeliveryState::Refused => "refused",
        DeliveryState::GaveUp => "given up after retries",
        DeliveryState::Cancelled => "cancelled",
    };
    ReportDelivery {
        at: record.queued_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        to: record.endpoint.base_url.clone(),
        ended: format!("{ended}{}", status.unwrap_or_default()),
    }
}
