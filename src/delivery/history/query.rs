//! Reading the history: what is left over, what was sent lately, and one delivery whole.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::record::{AttemptRecord, DeliveryId, DeliveryState, Record, StoredDelivery};
use super::verdicts::outcome_of;
use super::{History, HistoryError, presence};
use crate::event::DestinationKind;
use crate::event::privacy::Privacy;
use crate::event::wire::Route;
use crate::prepare::Endpoint;

/// Which deliveries to look for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Part of the event's id, the completion's name, the base URL, or the words of the last answer.
    pub text: String,
    /// Where it stands; none is anywhere.
    pub state: Option<DeliveryState>,
    /// Only earlier ones than this, for the next page.
    pub before: Option<DeliveryId>,
    /// How many at most.
    pub limit: u32,
}

const COLUMNS: &str = "id, event_id, kind, base_url, project, route, name, private, made_at, queued_at, \
                       ended_at, state, bytes, status, says, attempts, millis, \
                       (SELECT outcome FROM verdict WHERE verdict.delivery = delivery.id)";

impl History {
    /// What programs that are gone left queued, the oldest first: not answered, so it may have
    /// arrived; sending it again is safe.
    ///
    /// # Errors
    /// When the database fails.
    pub fn pending(&self) -> Result<Vec<Record>, HistoryError> {
        let owners: Vec<String> = {
            let connection = self.connection();
            let mut statement =
                connection.prepare("SELECT DISTINCT owner FROM delivery WHERE state = 'queued'")?;
            let owners = statement.query_map([], |row| row.get(0))?;
            owners.collect::<Result<_, _>>()?
        };
        let mut left = Vec::new();
        for owner in owners {
            if presence::is_running(&self.0.folder, &owner) {
                continue;
            }
            let connection = self.connection();
            let sql =
                format!("SELECT {COLUMNS} FROM delivery WHERE state = 'queued' AND owner = ?1");
            let mut statement = connection.prepare(&sql)?;
            let records = statement.query_map([owner], record)?;
            left.extend(records.collect::<Result<Vec<_>, _>>()?);
        }
        left.sort_by_key(|record| record.id);
        Ok(left)
    }

    /// Deliveries, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn recent(&self, query: &Query) -> Result<Vec<Record>, HistoryError> {
        let connection = self.connection();
        let sql = format!(
            "SELECT {COLUMNS} FROM delivery
             WHERE id < ?1 AND (?2 = '' OR state = ?2)
             AND (?3 = '' OR instr(lower(event_id || char(10) || name || char(10) || base_url || char(10) || says), ?3))
             ORDER BY id DESC LIMIT ?4"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let before = query.before.map_or(i64::MAX, |id| id.0);
        let state = query.state.map_or("", DeliveryState::name);
        // As the database's `lower` does.
        let text = query.text.to_ascii_lowercase();
        let records = statement.query_map(params![before, state, text, query.limit], record)?;
        Ok(records.collect::<Result<_, _>>()?)
    }

    /// One delivery with its attempts and, where it is kept, its body.
    ///
    /// # Errors
    /// When the database fails.
    pub fn get(&self, id: DeliveryId) -> Result<Option<StoredDelivery>, HistoryError> {
        let connection = self.connection();
        let sql = format!("SELECT {COLUMNS} FROM delivery WHERE id = ?1");
        let Some(record) = connection.query_row(&sql, [id.0], record).optional()? else {
            return Ok(None);
        };
        let mut statement = connection.prepare_cached(
            "SELECT status, says, millis, answer_bytes FROM attempt WHERE delivery = ?1 ORDER BY number",
        )?;
        let attempts = statement.query_map([id.0], |row| {
            Ok(AttemptRecord {
                status: row.get(0)?,
                says: row.get(1)?,
                millis: row.get(2)?,
                answer_bytes: row.get(3)?,
            })
        })?;
        let attempts = attempts.collect::<Result<_, _>>()?;
        let body: Option<Vec<u8>> = connection
            .query_row(
                "SELECT bytes FROM body WHERE delivery = ?1",
                [id.0],
                |row| row.get(0),
            )
            .optional()?;
        let digest =
            connection.query_row("SELECT digest FROM delivery WHERE id = ?1", [id.0], |row| {
                row.get(0)
            })?;
        drop(statement);
        drop(connection);
        Ok(Some(StoredDelivery {
            record,
            attempts,
            body: body.map(Arc::from),
            digest: Uuid::from_bytes(digest),
            verdict: self.verdict(id)?,
        }))
    }

    /// Which program has a queued delivery.
    pub(super) fn owner(&self, id: DeliveryId) -> Result<Option<String>, HistoryError> {
        let connection = self.connection();
        let sql = "SELECT owner FROM delivery WHERE id = ?1 AND state = 'queued'";
        Ok(connection
            .query_row(sql, [id.0], |row| row.get(0))
            .optional()?)
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let kind: String = row.get(2)?;
    let route: String = row.get(5)?;
    let state: String = row.get(11)?;
    let at = |millis| Timestamp::from_millisecond(millis).unwrap_or_default();
    let ended_at: Option<i64> = row.get(10)?;
    let outcome: Option<String> = row.get(17)?;
    Ok(Record {
        id: DeliveryId(row.get(0)?),
        event_id: row.get(1)?,
        endpoint: Endpoint {
            // One that a later program wrote is some server.
            kind: DestinationKind::named(&kind).unwrap_or_default(),
            base_url: row.get(3)?,
            project: row.get(4)?,
        },
        route: Route::with_path(&route).unwrap_or(Route::TrackPartial),
        name: row.get(6)?,
        privacy: match row.get(7)? {
            true => Privacy::On,
            false => Privacy::Off,
        },
        made_at: row.get(8)?,
        queued_at: at(row.get(9)?),
        ended_at: ended_at.map(at),
        state: DeliveryState::of(&state),
        bytes: row.get(12)?,
        status: row.get(13)?,
        says: row.get(14)?,
        attempts: row.get(15)?,
        millis: row.get(16)?,
        outcome: outcome.map(|word| outcome_of(&word)),
    })
}
