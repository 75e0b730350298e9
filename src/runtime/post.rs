//! Test traces on their way: each is in the history before its first byte leaves, and its news come
//! back as messages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;

use super::shelf::Shelf;
use super::shown::attempt_shown;
use crate::delivery::cancel::Cancelled;
use crate::delivery::deliver::{Delivery, Ending, Progress};
use crate::delivery::destination::{Destination, Kind};
use crate::delivery::history::{Id, Queued, There};
use crate::delivery::http::Client;
use crate::delivery::queue::{self, Queue, Told};
use crate::delivery::retarget::RetargetError;
use crate::delivery::retry::Policy;
use crate::inspector::windows::history::News;
use crate::inspector::windows::send::Ticket;
use crate::inspector::{Ended, Msg};

/// Test traces under way at once. Chosen.
const CONCURRENCY: usize = 4;

/// Takes test traces. Clones share the queue.
#[derive(Clone)]
pub(super) struct Post(Arc<Shared>);

struct Shared {
    shelf: Shelf,
    queue: OnceCell<Queue>,
    client: Client,
    whose: Arc<Mutex<HashMap<queue::Ticket, Whose>>>,
    desk: Arc<Desk>,
}

/// Whom a delivery's news are for.
#[derive(Clone)]
enum Whose {
    /// The sending with this ticket.
    Sending(Ticket),
    /// What is sent again, counted together.
    Again(Arc<Mutex<Tally>>),
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
            whose: Arc::default(),
            desk: Arc::new(Desk { sender, is_demo }),
        }))
    }

    async fn queue(&self) -> &Queue {
        let shared = &self.0;
        let make = || async {
            let history = shared.shelf.history().await;
            let (whose, desk) = (shared.whose.clone(), shared.desk.clone());
            let told = move |ticket, told| {
                let mut whose = whose.lock().unwrap_or_else(PoisonError::into_inner);
                let is_over = matches!(told, Told::Over(_));
                let known = match is_over {
                    true => whose.remove(&ticket),
                    false => whose.get(&ticket).cloned(),
                };
                drop(whose);
                if let Some(known) = known {
                    desk.tell(&known, told);
                }
            };
            let client = shared.client.clone();
            Queue::new(client, Policy::default(), history, CONCURRENCY, told)
        };
        shared.queue.get_or_init(make).await
    }

    /// Sends a test trace.
    pub(super) async fn send(
        self,
        ticket: Ticket,
        destination: Destination,
        queued: Queued,
        cancelled: Cancelled,
    ) {
        let queue = self.queue().await;
        // The queue's tasks wait for this lock before they look whose their news are.
        let mut whose = self.0.whose.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.push(destination, queued, cancelled) {
            Ok(number) => {
                whose.insert(number, Whose::Sending(ticket));
            }
            Err(too_large) => {
                let sender = &self.0.desk.sender;
                let _ = sender.send(Msg::Notice(too_large.to_string()));
                let _ = sender.send(Msg::Ended(ticket, Ended::Failed));
            }
        }
    }

    /// Sends again what was not answered, byte for byte, where it was meant for this destination.
    pub(super) async fn again(self, destination: Destination, ids: Vec<Id>) {
        let there = There::from(&destination);
        let is_sink = destination.kind() == Kind::LocalSink;
        let tally = Arc::new(Mutex::new(Tally::default()));
        let claimed = self.0.shelf.ask(move |history| {
            let (mut claimed, mut tally) = (Vec::new(), Tally::default());
            for id in ids {
                let Some(whole) = history.get(id)? else {
                    continue;
                };
                // The program's own sink has another address each time.
                let is_meant = match is_sink {
                    true => whole.record.there.kind == there.kind,
                    false => whole.record.there == there,
                };
                match whole.request() {
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
        let mut whose = self.0.whose.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, request) in claimed {
            let number = queue.again(destination.clone(), id, request, Cancelled::never());
            whose.insert(number, Whose::Again(tally.clone()));
        }
    }
}

impl Desk {
    fn tell(&self, whose: &Whose, told: Told) {
        match (whose, told) {
            (_, Told::HistoryLost(error)) => {
                self.send(Msg::Notice(format!("{error}; sending goes on without it")));
            }
            (Whose::Sending(ticket), Told::Progress(progress)) => self.progress(*ticket, progress),
            (Whose::Sending(ticket), Told::Over(over)) => {
                let ended = self.ended(over);
                self.send(Msg::Ended(*ticket, ended));
            }
            (Whose::Again(_), Told::Progress(_)) => {}
            (Whose::Again(tally), Told::Over(over)) => {
                let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                tally.open -= 1;
                match over.map(|delivery| delivery.ending) {
                    Ok(Ending::Accepted) => tally.accepted += 1,
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

    fn ended(&self, over: Result<Delivery, RetargetError>) -> Ended {
        match over {
            Ok(delivery) => match delivery.ending {
                Ending::Accepted => Ended::Accepted,
                Ending::Cancelled => Ended::Cancelled,
                Ending::Refused | Ending::GaveUp => Ended::Failed,
            },
            Err(error) => {
                self.send(Msg::Notice(error.to_string()));
                Ended::Failed
            }
        }
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
        self.send(Msg::History(News::Done(says)));
    }

    fn send(&self, message: Msg) {
        let _ = self.sender.send(message);
    }
}
