//! A queue for events that are sent as they come, as the inspector does: several under way at once,
//! each in the history from the moment it is queued, and a close that waits for them, but not for
//! ever. What a close cuts off stays queued in the history and is offered again at the next start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::cancel::{self, Cancelled, Canceller};
use super::deliver::{Delivery, Ending, Progress, deliver};
use super::destination::Destination;
use super::history::{Ended, History, HistoryError, Id, Queued, State, Tried};
use super::http::Client;
use super::retarget::RetargetError;
use super::retry::Policy;
use super::size::{self, TooLarge};
use crate::event::wire::WireRequest;

/// Tells one delivery of a queue from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What is told of a delivery, from the queue's tasks: be quick.
#[derive(Debug)]
pub enum Told {
    /// It goes on.
    Progress(Progress),
    /// It is over.
    Over(Result<Delivery, RetargetError>),
    /// The history fails; the delivery goes on without it.
    HistoryLost(HistoryError),
}

/// The queue. Dropping it lets what is under way go on; [`Queue::close`] waits.
#[derive(Debug)]
pub struct Queue {
    shared: Arc<Shared>,
    cut: Canceller,
    next: AtomicU64,
}

struct Shared {
    client: Client,
    policy: Policy,
    history: Option<History>,
    room: Semaphore,
    open: watch::Sender<usize>,
    cut: Cancelled,
    told: Box<dyn Fn(Ticket, Told) + Send + Sync>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("open", &*self.open.borrow())
            .finish_non_exhaustive()
    }
}

/// One delivery on its way through.
struct Parcel {
    ticket: Ticket,
    destination: Destination,
    request: WireRequest,
    /// What to write into the history first; none where it is there already.
    queued: Option<Queued>,
    id: Option<Id>,
    cancelled: Cancelled,
}

impl Queue {
    /// An empty queue with room for so many deliveries at once.
    pub fn new(
        client: Client,
        policy: Policy,
        history: Option<History>,
        concurrency: usize,
        told: impl Fn(Ticket, Told) + Send + Sync + 'static,
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
                told: Box::new(told),
            }),
            cut: canceller,
            next: AtomicU64::new(0),
        }
    }

    /// Queues an event. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the event is larger than Raindrop takes; nothing is queued then.
    pub fn push(
        &self,
        destination: Destination,
        queued: Queued,
        cancelled: Cancelled,
    ) -> Result<Ticket, TooLarge> {
        size::check(&queued.request)?;
        let request = queued.request.clone();
        Ok(self.begin(destination, request, Some(queued), None, cancelled))
    }

    /// Queues a request that the history has as queued and that was claimed from it.
    pub fn again(
        &self,
        destination: Destination,
        id: Id,
        request: WireRequest,
        cancelled: Cancelled,
    ) -> Ticket {
        self.begin(destination, request, None, Some(id), cancelled)
    }

    fn begin(
        &self,
        destination: Destination,
        request: WireRequest,
        queued: Option<Queued>,
        id: Option<Id>,
        cancelled: Cancelled,
    ) -> Ticket {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let parcel = Parcel {
            ticket,
            destination,
            request,
            queued,
            id,
            cancelled,
        };
        self.shared.open.send_modify(|open| *open += 1);
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            shared.carry(parcel).await;
            shared.open.send_modify(|open| *open -= 1);
        });
        ticket
    }

    /// How many are not over.
    pub fn open(&self) -> usize {
        *self.shared.open.borrow()
    }

    /// Ends when everything that was queued is over. Several may wait; nothing is sent twice.
    pub async fn flush(&self) {
        let _ = self
            .shared
            .open
            .subscribe()
            .wait_for(|open| *open == 0)
            .await;
    }

    /// Waits for what is queued, at most this long, then cuts it off. Gives how many were cut off;
    /// they stay queued in the history.
    pub async fn close(self, deadline: Duration) -> usize {
        if timeout(deadline, self.flush()).await.is_ok() {
            return 0;
        }
        let left = self.open();
        self.cut.cancel();
        self.flush().await;
        left
    }
}

impl Shared {
    async fn carry(self: &Arc<Self>, mut parcel: Parcel) {
        if let Some(queued) = parcel.queued.take() {
            parcel.id = self.remember(parcel.ticket, queued).await;
        }
        let mut cut = self.cut.clone();
        let Some(over) = (tokio::select! {
            biased;
            () = cut.cancelled() => None,
            over = self.deliver(&parcel) => Some(over),
        }) else {
            return;
        };
        if let (Some(id), Ok(delivery)) = (parcel.id, &over) {
            self.conclude(parcel.ticket, id, delivery).await;
        }
        (self.told)(parcel.ticket, Told::Over(over));
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Delivery, RetargetError> {
        let mut cancelled = parcel.cancelled.clone();
        let room = tokio::select! {
            biased;
            () = cancelled.cancelled() => None,
            room = self.room.acquire() => room.ok(),
        };
        if room.is_none() {
            return Ok(Delivery {
                sent: parcel.request.clone(),
                attempts: Vec::new(),
                ending: Ending::Cancelled,
            });
        }
        let progress = |progress| (self.told)(parcel.ticket, Told::Progress(progress));
        deliver(
            &self.client,
            &parcel.destination,
            &parcel.request,
            &self.policy,
            progress,
            cancelled,
        )
        .await
    }

    async fn remember(self: &Arc<Self>, ticket: Ticket, queued: Queued) -> Option<Id> {
        let history = self.history.clone()?;
        let written = spawn_blocking(move || history.enqueue(now(), &[queued])).await;
        match written.ok()? {
            Ok(ids) => ids.first().copied(),
            Err(error) => {
                (self.told)(ticket, Told::HistoryLost(error));
                None
            }
        }
    }

    async fn conclude(self: &Arc<Self>, ticket: Ticket, id: Id, delivery: &Delivery) {
        let Some(history) = self.history.clone() else {
            return;
        };
        let ended = Ended {
            id,
            state: State::from(delivery.ending),
            tried: delivery.attempts.iter().map(Tried::from).collect(),
        };
        let written = spawn_blocking(move || history.finish(now(), &[ended])).await;
        if let Ok(Err(error)) = written {
            (self.told)(ticket, Told::HistoryLost(error));
        }
    }
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}
