//! A queue for events that are sent as they come, as in the inspector: several under way at once, each in the history
//! from the moment it is queued, and a close that waits for them, but not for ever. What a close cuts off stays
//! queued in the history and is offered again at the next start.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;

use super::cancel::{self, Cancelled, Canceller};
use super::deliver::{Delivery, DeliveryEnding, Progress, deliver};
use super::history::{
    AttemptRecord, DeliveryId, DeliveryState, EndedDelivery, History, HistoryError, Queued,
};
use super::http::Client;
use super::retry::RetryPolicy;
use crate::destination::Destination;
use crate::event::wire::WireRequest;
use crate::prepare::Prepared;

/// What is reported of a delivery, from the queue's tasks: be quick.
#[derive(Debug)]
pub enum DeliveryUpdate {
    /// It made progress.
    Progress(Progress),
    /// It has ended.
    Ended(Delivery),
    /// The history failed; the delivery goes on without it.
    HistoryLost(HistoryError),
}

/// The queue. Each delivery carries a tag of the caller's, which comes with everything that is reported of
/// it. Dropping the queue lets what is under way go on; [`Queue::close`] waits.
#[derive(Debug)]
pub struct Queue<T> {
    shared: Arc<Shared<T>>,
    cut: Canceller,
}

/// How much a close cut off.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CutOff {
    /// What is queued in the history.
    pub kept: usize,
    /// What is in none: there is none, or it failed.
    pub lost: usize,
}

/// What the caller does with an update.
type OnUpdate<T> = Box<dyn Fn(&T, DeliveryUpdate) + Send + Sync>;

struct Shared<T> {
    client: Client,
    policy: RetryPolicy,
    history: Option<History>,
    room: Semaphore,
    open: watch::Sender<usize>,
    cut: Cancelled,
    left: Mutex<CutOff>,
    report: OnUpdate<T>,
}

impl<T> std::fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("open", &*self.open.borrow())
            .finish_non_exhaustive()
    }
}

/// One delivery on its way through.
struct PendingDelivery<T> {
    tag: T,
    destination: Destination,
    request: WireRequest,
    /// What to write into the history first; none where it is there already.
    queued: Option<Queued>,
    id: Option<DeliveryId>,
    cancelled: Cancelled,
}

impl<T: Send + Sync + 'static> Queue<T> {
    /// An empty queue with room for so many deliveries at once.
    pub fn new(
        client: Client,
        policy: RetryPolicy,
        history: Option<History>,
        concurrency: usize,
        report: impl Fn(&T, DeliveryUpdate) + Send + Sync + 'static,
    ) -> Self {
        let (canceller, cut) = cancel::pair();
        Self {
            shared: Arc::new(Shared {
                client,
                policy,
                history,
                room: Semaphore::new(concurrency.max(1)),
                open: watch::Sender::new(0),
                cut,
                left: Mutex::default(),
                report: Box::new(report),
            }),
            cut: canceller,
        }
    }

    /// Queues an event. Must be called inside a tokio runtime.
    pub fn push(&self, tag: T, destination: Destination, prepared: Prepared, cancelled: Cancelled) {
        let request = prepared.request.clone();
        let queued = Queued {
            endpoint: destination.endpoint(),
            prepared,
        };
        self.begin(PendingDelivery {
            tag,
            destination,
            request,
            queued: Some(queued),
            id: None,
            cancelled,
        });
    }

    /// Queues a request that the history has as queued and that was claimed from it.
    pub fn push_again(
        &self,
        tag: T,
        destination: Destination,
        id: DeliveryId,
        request: WireRequest,
        cancelled: Cancelled,
    ) {
        self.begin(PendingDelivery {
            tag,
            destination,
            request,
            queued: None,
            id: Some(id),
            cancelled,
        });
    }

    fn begin(&self, pending: PendingDelivery<T>) {
        self.shared.open.send_modify(|open| *open += 1);
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            shared.process(pending).await;
            shared.open.send_modify(|open| *open -= 1);
        });
    }

    /// How many have not ended.
    pub fn open(&self) -> usize {
        *self.shared.open.borrow()
    }

    /// Ends when everything that was queued has ended. Several may wait; nothing is sent twice.
    pub async fn flush(&self) {
        let _ = self
            .shared
            .open
            .subscribe()
            .wait_for(|open| *open == 0)
            .await;
    }

    /// Waits for what is queued, at most until `no_longer` comes, then cuts it off, and what is queued later as well. Gives
    /// what was cut off; when this ends, the history has what it takes of it, of that too which had not come there yet.
    pub async fn close(&self, no_longer: impl Future<Output = ()>) -> CutOff {
        tokio::select! {
            biased;
            () = self.flush() => return CutOff::default(),
            () = no_longer => {}
        }
        self.cut.cancel();
        self.flush().await;
        *self
            .shared
            .left
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Shared<T> {
    async fn process(&self, mut pending: PendingDelivery<T>) {
        if let Some(queued) = pending.queued.take() {
            pending.id = self.record_start(&pending.tag, queued).await;
        }
        let mut cut = self.cut.clone();
        let Some(ended) = (tokio::select! {
            biased;
            () = cut.cancelled() => None,
            ended = self.deliver(&pending) => Some(ended),
        }) else {
            let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
            match pending.id {
                Some(_) => left.kept += 1,
                None => left.lost += 1,
            }
            return;
        };
        if let Some(id) = pending.id {
            self.record_end(&pending.tag, id, &ended).await;
        }
        (self.report)(&pending.tag, DeliveryUpdate::Ended(ended));
    }

    async fn deliver(&self, pending: &PendingDelivery<T>) -> Delivery {
        let mut cancelled = pending.cancelled.clone();
        let room = tokio::select! {
            biased;
            () = cancelled.cancelled() => None,
            room = self.room.acquire() => room.ok(),
        };
        if room.is_none() {
            return Delivery {
                attempts: Vec::new(),
                ending: DeliveryEnding::Cancelled,
            };
        }
        let progress = |progress| (self.report)(&pending.tag, DeliveryUpdate::Progress(progress));
        deliver(
            &self.client,
            &pending.destination,
            &pending.request,
            &self.policy,
            progress,
            cancelled,
        )
        .await
    }

    async fn record_start(&self, tag: &T, queued: Queued) -> Option<DeliveryId> {
        let history = self.history.clone()?;
        let written = spawn_blocking(move || history.enqueue(now(), &[queued])).await;
        match written.ok()? {
            Ok(ids) => ids.first().copied(),
            Err(error) => {
                (self.report)(tag, DeliveryUpdate::HistoryLost(error));
                None
            }
        }
    }

    async fn record_end(&self, tag: &T, id: DeliveryId, delivery: &Delivery) {
        let Some(history) = self.history.clone() else {
            return;
        };
        let ended = EndedDelivery {
            id,
            state: DeliveryState::from(delivery.ending),
            attempts: delivery.attempts.iter().map(AttemptRecord::from).collect(),
        };
        let written = spawn_blocking(move || history.finish(now(), &[ended])).await;
        if let Ok(Err(error)) = written {
            (self.report)(tag, DeliveryUpdate::HistoryLost(error));
        }
    }
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}
