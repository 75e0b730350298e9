//! What came of reading events back: the latest verdict on each delivery, without any value of the event.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::record::{DeliveryId, DeliveryState};
use super::{History, HistoryError};
use crate::event::privacy::Privacy;
use crate::prepare::Endpoint;
use crate::verify::{Deviation, Outcome, Verdict};

/// A verdict that is remembered, and when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRecord {
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub verdict: Verdict,
}

/// What is known of an event that was sent to a destination: the latest delivery that was accepted, else the latest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentEvent {
    /// The delivery.
    pub id: DeliveryId,
    /// Whether the destination accepted it.
    pub accepted: bool,
    /// The time that it was mapped with.
    pub made_at: i64,
    /// Whether privacy mode was on.
    pub privacy: Privacy,
    /// The digest of its body.
    pub digest: Uuid,
}

impl History {
    /// What was sent to a destination, by event id.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sent(&self, endpoint: &Endpoint) -> Result<HashMap<String, SentEvent>, HistoryError> {
        let connection = self.connection();
        let mut statement = connection.prepare(
            "SELECT event_id, id, state, made_at, private, digest FROM delivery
             WHERE base_url = ?1 AND project = ?2 AND kind = ?3 ORDER BY id",
        )?;
        let mut rows = statement.query(params![
            endpoint.base_url,
            endpoint.project,
            endpoint.kind.name()
        ])?;
        let mut sent: HashMap<String, SentEvent> = HashMap::new();
        while let Some(row) = rows.next()? {
            let state: String = row.get(2)?;
            let now = SentEvent {
                id: DeliveryId(row.get(1)?),
                accepted: DeliveryState::of(&state) == DeliveryState::Accepted,
                made_at: row.get(3)?,
                privacy: match row.get(4)? {
                    true => Privacy::On,
                    false => Privacy::Off,
                },
                digest: Uuid::from_bytes(row.get(5)?),
            };
            let event_id: String = row.get(0)?;
            match sent.get_mut(&event_id) {
                Some(before) if now.accepted || !before.accepted => *before = now,
                Some(_) => {}
                None => drop(sent.insert(event_id, now)),
            }
        }
        Ok(sent)
    }

    /// The latest delivery of an event to a destination.
    ///
    /// # Errors
    /// When the database fails.
    pub fn latest(
        &self,
        endpoint: &Endpoint,
        event_id: &str,
    ) -> Result<Option<DeliveryId>, HistoryError> {
        let connection = self.connection();
        let sql = "SELECT max(id) FROM delivery
                   WHERE base_url = ?1 AND project = ?2 AND kind = ?3 AND event_id = ?4";
        let asked = params![
            endpoint.base_url,
            endpoint.project,
            endpoint.kind.name(),
            event_id
        ];
        let id: Option<i64> = connection.query_row(sql, asked, |row| row.get(0))?;
        Ok(id.map(DeliveryId))
    }

    /// Remembers a verdict in place of the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub fn judge(&self, id: DeliveryId, now: i64, verdict: &Verdict) -> Result<(), HistoryError> {
        let deviations = verdict.deviations.iter().map(|deviation| {
            serde_json::json!([deviation.pointer, deviation.fate, deviation.rule])
        });
        let deviations = serde_json::Value::Array(deviations.collect()).to_string();
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO verdict SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
             WHERE EXISTS (SELECT 1 FROM delivery WHERE id = ?1)",
        )?;
        statement.execute(params![
            id.0,
            now,
            verdict.reader,
            verdict.outcome.name(),
            verdict.says,
            deviations,
            verdict.link,
        ])?;
        Ok(())
    }

    /// The verdict on a delivery, where there is one.
    pub(super) fn verdict(&self, id: DeliveryId) -> rusqlite::Result<Option<VerdictRecord>> {
        let connection = self.connection();
        let sql =
            "SELECT at, reader, outcome, says, deviations, link FROM verdict WHERE delivery = ?1";
        connection.query_row(sql, [id.0], record).optional()
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<VerdictRecord> {
    let outcome: String = row.get(2)?;
    let deviations: String = row.get(4)?;
    let deviations: Vec<[String; 3]> = serde_json::from_str(&deviations).unwrap_or_default();
    let deviation = |[pointer, fate, rule]: [String; 3]| Deviation {
        pointer,
        fate,
        rule,
    };
    Ok(VerdictRecord {
        at: Timestamp::from_millisecond(row.get(0)?).unwrap_or_default(),
        verdict: Verdict {
            reader: row.get(1)?,
            outcome: outcome_of(&outcome),
            says: row.get(3)?,
            deviations: deviations.into_iter().map(deviation).collect(),
            link: row.get(5)?,
        },
    })
}

/// The outcome of a word; one that a later program wrote is no proof that all is stored.
pub(super) fn outcome_of(word: &str) -> Outcome {
    let mut all = Outcome::ALL.into_iter();
    all.find(|outcome| outcome.name() == word)
        .unwrap_or(Outcome::Differs)
}
