//! What came of reading events back: the latest verdict on each delivery, without any value of the event.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::record::{DeliveryId, VerdictRecord};
use super::{History, HistoryError};
use crate::verify::{Deviation, Outcome, Verdict};

impl History {
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
