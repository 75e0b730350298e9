//! Test traces on their way: each is in the history before its first byte leaves, and its news come
//! back as messages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use super::shelf::Shelf;
use super::shown::attempt_shown;
use crate::delivery::cancel::Cancelled;
use crate::delivery::deliver::{Ending, Progress};
use crate::delivery::history::Id;
use crate::delivery::http::Client;
use crate::delivery::queue::{Queue, Update};
use crate::delivery::retry::Policy;
use crate::destination::{Destination, DestinationKind};
use crate::inspector::library::forwarding::Forwarded;
use crate::inspector::library::traffic;
use crate::inspector::windows::history::Report;
use crate::inspector::windows::send::Ticket;
use crate::inspector::{Ended, Msg};
use crate::prepare::Prepared;

/// Test traces under way at once. Chosen.
const CONCURRENCY: usize = 4;

/// Takes test traces. Clones share the queue.
#[derive(Clone)]
pub(super) struct Post(Arc<Shared>);

struct Shared {
    shelf: Shelf,
    queue: OnceCell<Queue<Whose>>,
    client: Client,
    desk: Arc<Desk>,
}

/// Whom a delivery's updates are for.
enum Whose {
    /// The sending with this ticket.
    Sending(Ticket),
    /// What is sent again, counted together.
    Again(Arc<Mutex<Tally>>),
    /// What is forwarded, so many bytes.
    Forwarded(usize),
}

/// What came of those that are sent again.
#[derive(Default)]
struct Tally {
    open: usize,
    accepted: usize,
    failed: usize,
    elsewhere: usize,
    without_body: usize,
}

/// Turns what the queue tells into messages.
struct Desk {
    sender: UnboundedSender<Msg>,
    is_demo: bool,
}

impl Post {
    pub(super) fn new(
        shelf: Shelf,
        client: Client,
        sender: UnboundedSender<Msg>,
        is_demo: bool,
    ) -> Post {
        Post(Arc::new(Shared {
            shelf,
            queue: OnceCell::new(),
            client,
            desk: Arc::new(Desk { sender, is_demo }),
        }))
    }

    async fn queue(&self) -> &Queue<Whose> {
        let shared = &self.0;
        let make = || async {
            let history = shared.shelf.history().await;
            let desk = shared.desk.clone();
            let report = move |whose: &Whose, update| desk.tell(whose, update);
            let client = shared.client.clone();
            Queue::new(client, Policy::default(), history, CONCURRENCY, report)
        };
        shared.queue.get_or_init(make).await
    }

    /// Sends a test trace.
    pub(super) async fn send(
        self,
        ticket: Ticket,
        destination: Destination,
        prepared: Prepared,
        cancelled: Cancelled,
    ) {
        let whose = Whose::Sending(ticket);
        let queue = self.queue().await;
        queue.push(whose, destination, prepared, cancelled);
    }

    /// Forwards the event of a call that ended.
    pub(super) async fn forward(self, destination: Destination, prepared: Prepared) {
        let whose = Whose::Forwarded(prepared.request.body.len());
        let queue = self.queue().await;
        queue.push(whose, destination, prepared, Cancelled::never());
    }

    /// Waits for what is on its way, at most this long. What is not answered by then stays queued in the
    /// history.
    pub(super) async fn flush(&self, deadline: Duration) {
        if let Some(queue) = self.0.queue.get() {
            let _ = timeout(deadline, queue.flush()).await;
        }
    }

    /// Sends again what was not answered, byte for byte, where it was meant for this destination.
    pub(super) async fn again(self, destination: Destination, ids: Vec<Id>) {
        let endpoint = destination.endpoint();
        let is_sink = destination.kind() == DestinationKind::LocalSink;
        let tally = Arc::new(Mutex::new(Tally::default()));
        let claimed = self.0.shelf.ask(move |history| {
            let (mut claimed, mut tally) = (Vec::new(), Tally::default());
            for id in ids {
                let Some(stored) = history.get(id)? else {
                    continue;
                };
                // The program's own sink has another address each time.
                let is_meant = match is_sink {
                    true => stored.record.endpoint.kind == endpoint.kind,
                    false => stored.record.endpoint == endpoint,
                };
                match stored.request() {
                    _ if !is_meant => tally.elsewhere += 1,
                    None => tally.without_body += 1,
                    Some(request) if history.claim(id)? => claimed.push((id, request)),
                    Some(_) => {}
                }
            }
            Ok((claimed, tally))
        });
        let Some((claimed, counted)) = claimed.await else {
            return;
        };
        let queue = self.queue().await;
        let lock = |tally: &Mutex<Tally>, open| {
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            *tally = Tally { open, ..counted };
        };
        if claimed.is_empty() {
            self.0.desk.say(&counted);
            return;
        }
        lock(&tally, claimed.len());
        for (id, request) in claimed {
            let whose = Whose::Again(tally.clone());
            queue.push_again(whose, destination.clone(), id, request, Cancelled::never());
        }
    }
}

impl Desk {
    fn tell(&self, whose: &Whose, update: Update) {
        match (whose, update) {
            (_, Update::HistoryLost(error)) => {
                self.send(Msg::Notice(format!("{error}; sending goes on without it")));
            }
            (Whose::Sending(ticket), Update::Progress(progress)) => {
                self.progress(*ticket, progress);
            }
            (Whose::Sending(ticket), Update::Over(delivery)) => {
                self.send(Msg::Ended(*ticket, ended(delivery.ending)));
            }
            (Whose::Again(_) | Whose::Forwarded(_), Update::Progress(_)) => {}
            (Whose::Forwarded(bytes), Update::Over(delivery)) => {
                let last = delivery.attempts.last();
                self.send(Msg::Traffic(traffic::Report::Forwarded(Forwarded {
                    bytes: *bytes,
                    is_accepted: delivery.ending == Ending::Accepted,
                    says: last.map_or_else(String::new, |attempt| attempt.outcome.says()),
                })));
            }
            (Whose::Again(tally), Update::Over(delivery)) => {
                let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                tally.open -= 1;
                match delivery.ending {
                    Ending::Accepted => tally.accepted += 1,
                    _ => tally.failed += 1,
                }
                if tally.open == 0 {
                    self.say(&tally);
                }
            }
        }
    }

    fn progress(&self, ticket: Ticket, progress: Progress) {
        self.send(match progress {
            Progress::Attempting { attempt: 1 } => return,
            Progress::Attempting { .. } => Msg::Retrying(ticket),
            Progress::Attempted { result, .. } => {
                let mut shown = attempt_shown(&result);
                if self.is_demo {
                    shown.millis = 4;
                }
                Msg::Attempted(ticket, shown)
            }
            Progress::Waiting { wait, .. } => {
                let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                Msg::Waiting(ticket, millis)
            }
        });
    }

    fn say(&self, tally: &Tally) {
        let parts = [
            (tally.accepted, "accepted"),
            (tally.failed, "not accepted (H shows why)"),
            (tally.elsewhere, "for another destination (t goes there)"),
            (tally.without_body, "not kept, since privacy mode was on"),
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
        self.send(Msg::History(Report::Done(says)));
    }

    fn send(&self, message: Msg) {
        let _ = self.sender.send(message);
    }
}

const fn ended(ending: Ending) -> Ended {
    match ending {
        Ending::Accepted => Ended::Accepted,
        Ending::Cancelled => Ended::Cancelled,
        Ending::Refused | Ending::GaveUp => Ended::Failed,
    }
}
