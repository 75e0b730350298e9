//! One request of a bulk send, from the history's queue to the history's end.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::BulkUpdate;
use super::batch::{self, OutgoingEvent};
use crate::delivery::cancel::Stop;
use crate::delivery::deliver::{DeliveryEnding, Progress, deliver_at};
use crate::delivery::history::{
    AttemptRecord, DeliveryState, EndedDelivery, History, HistoryError, InputMark, Queued,
};
use crate::delivery::http::{Attempt, Client};
use crate::delivery::pace::Pace;
use crate::delivery::retry::RetryPolicy;
use crate::destination::Destination;

/// What all requests of a run share.
pub(super) struct Job {
    pub(super) client: Client,
    pub(super) destination: Destination,
    pub(super) policy: RetryPolicy,
    pub(super) pace: Pace,
    pub(super) history: Option<History>,
    pub(super) stop: Stop,
    pub(super) notes: UnboundedSender<BulkUpdate>,
}

/// A request that is over.
pub(super) struct FinishedRequest {
    pub(super) items: Vec<OutgoingEvent>,
    pub(super) ending: DeliveryEnding,
    pub(super) last: Option<Attempt>,
    pub(super) says: String,
}

impl Job {
    pub(super) async fn run(self: Arc<Self>, mut items: Vec<OutgoingEvent>) -> FinishedRequest {
        items = self.remembered(items).await;
        let Some(request) = batch::request(&items) else {
            return refused_here(
                items,
                "the event's body is not as the mapping makes it".to_owned(),
            );
        };
        let notes = self.notes.clone();
        let mut begun = 0;
        let progress = |progress| match progress {
            Progress::Waiting { wait, .. } => {
                let _ = notes.send(BulkUpdate::Waiting(wait));
            }
            Progress::Attempting { .. } => begun += 1,
            Progress::Attempted { .. } => {}
        };
        let delivery = deliver_at(
            &self.client,
            &self.destination,
            &request,
            &self.policy,
            (&self.pace, items.len()),
            progress,
            self.stop.clone(),
        )
        .await;
        let attempts: Vec<AttemptRecord> =
            delivery.attempts.iter().map(AttemptRecord::from).collect();
        for item in &mut items {
            item.attempts.extend(attempts.iter().cloned());
        }
        let last = delivery.attempts.last().cloned();
        let says = match (delivery.ending, &last) {
            (DeliveryEnding::Cancelled, _) if begun > delivery.attempts.len() => {
                "stopped; it may have arrived".to_owned()
            }
            (DeliveryEnding::Cancelled, Some(attempt)) => format!(
                "{}; stopped before it was tried again",
                attempt.outcome.says()
            ),
            (DeliveryEnding::Cancelled, None) => "stopped before it was sent".to_owned(),
            (_, Some(attempt)) => attempt.outcome.says(),
            (_, None) => String::new(),
        };
        let over = FinishedRequest {
            items,
            ending: delivery.ending,
            last,
            says,
        };
        match super::splits(&over) {
            true => over,
            false => self.ended(over).await,
        }
    }

    /// Puts into the history what is not there yet.
    async fn remembered(self: &Arc<Self>, mut items: Vec<OutgoingEvent>) -> Vec<OutgoingEvent> {
        if self.history.is_none() || items.iter().all(|item| item.id.is_some()) {
            return items;
        }
        let job = Arc::clone(self);
        let queued: Vec<Queued> = items
            .iter()
            .map(|item| queued(item, &self.destination))
            .collect();
        let written = tokio::task::spawn_blocking(move || match &job.history {
            Some(history) => history.enqueue(Timestamp::now().as_millisecond(), &queued),
            None => Ok(Vec::new()),
        });
        match written.await {
            Ok(Ok(ids)) => {
                for (item, id) in items.iter_mut().zip(ids) {
                    item.id = Some(id);
                }
            }
            Ok(Err(error)) => self.lost(&error.to_string()),
            Err(error) => self.lost(&error.to_string()),
        }
        items
    }

    async fn ended(self: Arc<Self>, over: FinishedRequest) -> FinishedRequest {
        let job = Arc::clone(&self);
        let written = tokio::task::spawn_blocking(move || {
            let written = job.remember_end(&over.items, DeliveryState::from(over.ending));
            (over, written)
        });
        match written.await {
            Ok((over, Ok(()))) => over,
            Ok((over, Err(error))) => {
                self.lost(&error.to_string());
                over
            }
            Err(error) => refused_here(Vec::new(), error.to_string()),
        }
    }

    /// Writes into the history how these ended.
    pub(super) fn remember_end(
        &self,
        items: &[OutgoingEvent],
        state: DeliveryState,
    ) -> Result<(), HistoryError> {
        let Some(history) = &self.history else {
            return Ok(());
        };
        let ended = |item: &OutgoingEvent| {
            Some(EndedDelivery {
                id: item.id?,
                state,
                attempts: item.attempts.clone(),
            })
        };
        let ended: Vec<EndedDelivery> = items.iter().filter_map(ended).collect();
        let now = Timestamp::now().as_millisecond();
        history.finish(now, &ended)?;
        // Only after that, so that an input is never known without its events.
        let complete = |item: &OutgoingEvent| item.input.as_ref()?.complete_one();
        let inputs: Vec<InputMark> = match state {
            DeliveryState::Accepted => items.iter().filter_map(complete).collect(),
            _ => Vec::new(),
        };
        history.note_inputs(now, &inputs)
    }

    fn lost(&self, why: &str) {
        let _ = self.notes.send(BulkUpdate::HistoryLost(why.to_owned()));
    }
}

fn refused_here(items: Vec<OutgoingEvent>, says: String) -> FinishedRequest {
    FinishedRequest {
        items,
        ending: DeliveryEnding::Refused,
        last: None,
        says,
    }
}

fn queued(item: &OutgoingEvent, destination: &Destination) -> Queued {
    Queued {
        endpoint: destination.endpoint(),
        prepared: item.prepared.clone(),
    }
}
