//! Test traces on their way. Each is in the history before its first byte leaves, and reports by messages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OnceCell, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::history::BackgroundHistory;
use crate::delivery::cancel::Cancelled;
use crate::delivery::deliver::{DeliveryEnding, Progress};
use crate::delivery::history::DeliveryId;
use crate::delivery::http::{Attempt, Client};
use crate::delivery::queue::{CutOff, DeliveryUpdate, Queue};
use crate::delivery::retry::RetryPolicy;
use crate::destination::Destination;
use crate::inspector::Msg;
use crate::inspector::library::forwarding::Forwarded;
use crate::inspector::library::traffic;
use crate::inspector::windows::history::HistoryReport;
use crate::inspector::windows::send::Ticket;
use crate::prepare::Prepared;

/// Test traces under way at once. Chosen.
const CONCURRENCY: usize = 4;

/// How long every attempt takes in a demonstration.
const DEMO_ELAPSED: Duration = Duration::from_millis(4);

/// Takes test traces. Clones share the queue.
#[derive(Clone)]
pub(in crate::runtime) struct SendQueue(Arc<Shared>);

struct Shared {
    history: BackgroundHistory,
    queue: OnceCell<Queue<Tag>>,
    /// How many events wait for the queue itself, which begins once the history is open.
    coming: watch::Sender<usize>,
    client: Client,
    reporter: Arc<Reporter>,
}

/// Who gets a delivery's updates.
enum Tag {
    /// The sending with this ticket.
    Sending(Ticket),
    /// Deliveries sent again, counted together.
    Again(Arc<Mutex<ResendCounts>>),
    /// A forwarded event, with its size in bytes.
    Forwarded(usize),
}

/// What became of the deliveries sent again.
#[derive(Default)]
struct ResendCounts {
    open: usize,
    accepted: usize,
    failed: usize,
    elsewhere: usize,
    without_body: usize,
}

/// Turns the queue's updates into messages.
struct Reporter {
    sender: UnboundedSender<Msg>,
    is_demo: bool,
}

impl SendQueue {
    pub(in crate::runtime) fn new(
        history: BackgroundHistory,
        client: Client,
        sender: UnboundedSender<Msg>,
        is_demo: bool,
    ) -> SendQueue {
        SendQueue(Arc::new(Shared {
            history,
            queue: OnceCell::new(),
            coming: watch::Sender::new(0),
            client,
            reporter: Arc::new(Reporter { sender, is_demo }),
        }))
    }

    async fn queue(&self) -> &Queue<Tag> {
        let shared = &self.0;
        let make = || async {
            let history = shared.history.history().await;
            let reporter = shared.reporter.clone();
            let report = move |tag: &Tag, update| reporter.tell(tag, update);
            let client = shared.client.clone();
            Queue::new(client, RetryPolicy::default(), history, CONCURRENCY, report)
        };
        shared.queue.get_or_init(make).await
    }

    /// Sends a test trace. Must be called inside a tokio runtime.
    pub(in crate::runtime) fn send(
        &self,
        ticket: Ticket,
        destination: Destination,
        prepared: Prepared,
        cancelled: Cancelled,
    ) {
        self.begin(Tag::Sending(ticket), destination, prepared, cancelled);
    }

    /// Forwards the event of a finished call. Must be called inside a tokio runtime.
    pub(in crate::runtime) fn forward(&self, destination: Destination, prepared: Prepared) {
        let tag = Tag::Forwarded(prepared.request.body.len());
        self.begin(tag, destination, prepared, Cancelled::never());
    }

    fn begin(&self, tag: Tag, destination: Destination, prepared: Prepared, cancelled: Cancelled) {
        let queue = self.clone();
        // Counted from now on, and not from when the task begins.
        queue.0.coming.send_modify(|coming| *coming += 1);
        tokio::spawn(async move {
            let ready = queue.queue().await;
            ready.push(tag, destination, prepared, cancelled);
            queue.0.coming.send_modify(|coming| *coming -= 1);
        });
    }

    /// Whether any event waits for the queue itself.
    pub(in crate::runtime) fn awaits_history(&self) -> bool {
        *self.0.coming.borrow() > 0
    }

    /// Waits at most this long for what is on its way, then cuts it off, and gives what was.
    pub(in crate::runtime) async fn close(&self, deadline: Duration) -> CutOff {
        let ends_at = Instant::now() + deadline;
        let mut coming = self.0.coming.subscribe();
        let all_came = coming.wait_for(|coming| *coming == 0);
        // The queue begins once the history is open, or is known not to be.
        let are_there = timeout_at(ends_at, all_came)
            .await
            .is_ok_and(|came| came.is_ok());
        let mut left = match self.0.queue.get() {
            Some(queue) => queue.close(sleep_until(ends_at)).await,
            None => CutOff::default(),
        };
        if !are_there {
            left.lost += *self.0.coming.borrow();
        }
        left
    }

    /// Sends a copy of what another server did not answer, byte for byte. It is a delivery of its own in the history.
    pub(in crate::runtime) async fn elsewhere(self, destination: Destination, id: DeliveryId) {
        let history = &self.0.history;
        let Some(stored) = history.ask(move |history| history.get(id)).await else {
            return self.0.reporter.sent_again(None);
        };
        let copied = stored.and_then(|stored| {
            let record = &stored.record;
            let (name, privacy) = (record.name.clone(), record.privacy);
            Prepared::new(name, stored.request()?, privacy, record.made_at).ok()
        });
        let Some(prepared) = copied else {
            self.0.reporter.say(&ResendCounts {
                without_body: 1,
                ..ResendCounts::default()
            });
            return;
        };
        let counts = ResendCounts {
            open: 1,
            ..ResendCounts::default()
        };
        let tag = Tag::Again(Arc::new(Mutex::new(counts)));
        let queue = self.queue().await;
        queue.push(tag, destination, prepared, Cancelled::never());
    }

    /// Sends again what was not answered, byte for byte, where it was meant for this destination.
    pub(in crate::runtime) async fn again(self, destination: Destination, ids: Vec<DeliveryId>) {
        let endpoint = destination.endpoint();
        let counts = Arc::new(Mutex::new(ResendCounts::default()));
        let claimed = self.0.history.ask(move |history| {
            let (mut claimed, mut counts) = (Vec::new(), ResendCounts::default());
            for id in ids {
                let Some(stored) = history.get(id)? else {
                    continue;
                };
                match stored.request() {
                    _ if stored.record.endpoint != endpoint => counts.elsewhere += 1,
                    None => counts.without_body += 1,
                    Some(request) if history.claim(id)? => claimed.push((id, request)),
                    Some(_) => {}
                }
            }
            Ok((claimed, counts))
        });
        let Some((claimed, counted)) = claimed.await else {
            return self.0.reporter.sent_again(None);
        };
        let queue = self.queue().await;
        let lock = |counts: &Mutex<ResendCounts>, open| {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            *counts = ResendCounts { open, ..counted };
        };
        if claimed.is_empty() {
            self.0.reporter.say(&counted);
            return;
        }
        lock(&counts, claimed.len());
        for (id, request) in claimed {
            let tag = Tag::Again(counts.clone());
            queue.push_again(tag, destination.clone(), id, request, Cancelled::never());
        }
    }
}

impl Reporter {
    fn tell(&self, tag: &Tag, update: DeliveryUpdate) {
        match (tag, update) {
            (_, DeliveryUpdate::HistoryLost(error)) => {
                self.send(Msg::Notice(format!("{error}; sending goes on without it")));
            }
            (Tag::Sending(ticket), DeliveryUpdate::Progress(progress)) => {
                self.progress(*ticket, progress);
            }
            (Tag::Sending(ticket), DeliveryUpdate::Ended(delivery)) => {
                self.send(Msg::Ended(*ticket, delivery.ending));
            }
            (Tag::Again(_) | Tag::Forwarded(_), DeliveryUpdate::Progress(_)) => {}
            (Tag::Forwarded(bytes), DeliveryUpdate::Ended(delivery)) => {
                let last = delivery.attempts.last();
                self.send(Msg::Traffic(traffic::TrafficReport::Forwarded(Forwarded {
                    bytes: *bytes,
                    is_accepted: delivery.ending == DeliveryEnding::Accepted,
                    says: last.map_or_else(String::new, |attempt| attempt.outcome.says()),
                })));
            }
            (Tag::Again(counts), DeliveryUpdate::Ended(delivery)) => {
                let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                counts.open -= 1;
                match delivery.ending {
                    DeliveryEnding::Accepted => counts.accepted += 1,
                    _ => counts.failed += 1,
                }
                if counts.open == 0 {
                    self.say(&counts);
                }
            }
        }
    }

    fn progress(&self, ticket: Ticket, progress: Progress) {
        self.send(match progress {
            Progress::Attempting { attempt: 1 } => return,
            Progress::Attempting { .. } => Msg::Retrying(ticket),
            Progress::Attempted { result, .. } => {
                let elapsed = match self.is_demo {
                    true => DEMO_ELAPSED,
                    false => result.elapsed,
                };
                Msg::Attempted(ticket, Attempt { elapsed, ..result })
            }
            Progress::Waiting { wait, .. } => {
                let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                Msg::Waiting(ticket, millis)
            }
        });
    }

    fn say(&self, counts: &ResendCounts) {
        let parts = [
            (counts.accepted, "accepted"),
            (counts.failed, "not accepted (H shows why)"),
            (counts.elsewhere, "for another destination (t goes there)"),
            (counts.without_body, "not kept, since privacy mode was on"),
        ];
        let said: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let says = match said.is_empty() {
            true => "another program has them under way".to_owned(),
            false => format!("sent again: {}", said.join(", ")),
        };
        self.sent_again(Some(says));
    }

    fn sent_again(&self, says: Option<String>) {
        self.send(Msg::History(HistoryReport::SentAgain(says)));
    }

    fn send(&self, message: Msg) {
        let _ = self.sender.send(message);
    }
}
