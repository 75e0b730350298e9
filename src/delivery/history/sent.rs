//! What was sent to a destination before, looked up event by event: a history may hold more than fits into memory.

use std::fmt;

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::record::{DeliveryId, DeliveryState};
use super::{History, HistoryError};
use crate::event::privacy::Privacy;
use crate::prepare::{Endpoint, HistoryIsLost, KnownEvent, KnownEvents};

/// What is known of an event that was sent to a destination: the latest delivery that was accepted, else the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl From<SentEvent> for KnownEvent {
    fn from(sent: SentEvent) -> KnownEvent {
        KnownEvent {
            accepted: sent.accepted,
            made_at: sent.made_at,
            digest: sent.digest,
        }
    }
}

impl History {
    /// What is known of an event that was sent to a destination.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sent(
        &self,
        endpoint: &Endpoint,
        event_id: &str,
    ) -> Result<Option<SentEvent>, HistoryError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT id, state, made_at, private, digest FROM delivery
             WHERE base_url = ?1 AND project = ?2 AND kind = ?3 AND event_id = ?4
             ORDER BY state = ?5 DESC, id DESC LIMIT 1",
        )?;
        let asked = params![
            endpoint.base_url,
            endpoint.project,
            endpoint.kind.name(),
            event_id,
            DeliveryState::Accepted.name(),
        ];
        let found = statement.query_row(asked, |row| {
            let state: String = row.get(1)?;
            Ok(SentEvent {
                id: DeliveryId(row.get(0)?),
                accepted: DeliveryState::of(&state) == DeliveryState::Accepted,
                made_at: row.get(2)?,
                privacy: match row.get(3)? {
                    true => Privacy::On,
                    false => Privacy::Off,
                },
                digest: Uuid::from_bytes(row.get(4)?),
            })
        });
        Ok(found.optional()?)
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
}

/// The events that a destination was sent before, as a run of events asks for them.
pub struct SentEvents {
    history: History,
    endpoint: Endpoint,
    /// Gets the first failure of the database; it is not asked again.
    lost: Option<OnLost>,
}

/// What is done when the history can't be asked any more.
type OnLost = Box<dyn FnOnce(&HistoryError) + Send>;

impl SentEvents {
    /// `on_lost` hears of the first failure of the database.
    pub fn new(
        history: History,
        endpoint: Endpoint,
        on_lost: impl FnOnce(&HistoryError) + Send + 'static,
    ) -> SentEvents {
        SentEvents {
            history,
            endpoint,
            lost: Some(Box::new(on_lost)),
        }
    }

    /// What is known of an event.
    ///
    /// # Errors
    /// From the first failure of the database on.
    pub fn sent(&mut self, event_id: &str) -> Result<Option<SentEvent>, HistoryIsLost> {
        if self.lost.is_none() {
            return Err(HistoryIsLost);
        }
        self.history
            .sent(&self.endpoint, event_id)
            .map_err(|error| {
                if let Some(on_lost) = self.lost.take() {
                    on_lost(&error);
                }
                HistoryIsLost
            })
    }
}

impl KnownEvents for SentEvents {
    fn known(&mut self, event_id: &str) -> Result<Option<KnownEvent>, HistoryIsLost> {
        Ok(self.sent(event_id)?.map(KnownEvent::from))
    }
}

impl fmt::Debug for SentEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentEvents")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
