//! Sending many events: several in a request, several requests at once, everything in the history
//! before the first byte of it leaves.
//!
//! A refused request is halved until the bad event stands alone, so that it does not take the good ones with it. What
//! concerns every event alike (a refused key, a missing server) ends the run.

pub(crate) mod batch;
mod input;
mod job;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

pub use super::cancel::Stop;
pub use batch::{LARGEST, OutgoingEvent};
pub use input::OpenInput;

use super::answer::{AttemptOutcome, DeliveryVerdict, Retry};
use super::cancel::{self, Canceller};
use super::deliver::DeliveryEnding;
use super::fault::Fault;
use super::history::{AttemptRecord, DeliveryState, History};
use super::http::{Attempt, Client};
use super::pace::{Pace, SendRate};
use super::retry::RetryPolicy;
use crate::destination::Destination;
use batch::{Batcher, halves};
use job::{FinishedRequest, Job};

/// How long one request of a bulk send may take (issue: "30 s a request").
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long what is under way may take to end once the run is stopped (issue: "10 s to drain").
pub const DRAIN: Duration = Duration::from_secs(10);
/// How long a request that isn't full waits for more events. Chosen: nobody notices it, and a reader that is a
/// little slow does not make many small requests.
const LINGER: Duration = Duration::from_millis(100);
/// Attempts at a request that is answered with 429, where there is a rate: it takes some to find out how much the server
/// takes. Chosen.
const THROTTLED: u32 = 10;
/// After so many requests in a row that all attempts failed for, the run ends. Chosen.
const PATIENCE: u32 = 3;

/// How to send.
#[derive(Debug, Clone, Copy)]
pub struct BulkOptions {
    /// Events in one request, at most [`LARGEST`].
    pub batch: usize,
    /// Requests at once.
    pub concurrency: usize,
    /// When to try again.
    pub policy: RetryPolicy,
    /// How long what is under way may take to end once the run is stopped.
    pub drain: Duration,
    /// How long a request that isn't full waits for more events.
    pub linger: Duration,
    /// How many events may go in a second, over all requests. Requests are smaller then, so that they go evenly.
    pub rate: Option<SendRate>,
}

impl Default for BulkOptions {
    fn default() -> Self {
        Self {
            batch: LARGEST,
            concurrency: 4,
            policy: RetryPolicy::default(),
            drain: DRAIN,
            linger: LINGER,
            rate: None,
        }
    }
}

/// What became of one event.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The event.
    pub item: OutgoingEvent,
    /// How its delivery ended.
    pub state: DeliveryState,
    /// Every attempt that it was part of, in order.
    pub attempts: Vec<AttemptRecord>,
    /// What happened, in words.
    pub says: String,
}

/// What is reported while it happens.
#[derive(Debug, Clone)]
pub enum BulkUpdate {
    /// This event is done.
    Settled(Box<Settled>),
    /// The history fails; sending goes on without it.
    HistoryLost(String),
    /// All attempts failed so far, and the next one waits.
    Waiting(Duration),
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkEnd {
    /// Everything was tried.
    Complete,
    /// It was stopped.
    Stopped,
    /// Going on was pointless; in words, with what to do.
    Pointless(String),
}

/// Sends everything that comes through `items`, until it is closed. `report` is called from the task
/// that awaits this. Items that were not begun when the run ended are not told of.
pub async fn send(
    client: &Client,
    destination: &Destination,
    plan: &BulkOptions,
    history: Option<History>,
    items: Receiver<OutgoingEvent>,
    mut report: impl FnMut(BulkUpdate),
    stop: Stop,
) -> BulkEnd {
    let (wait_canceller, waits_cancelled) = cancel::pair();
    let (canceller, cancelled) = cancel::pair();
    let (notes, mut noted) = tokio::sync::mpsc::unbounded_channel();
    let mut policy = plan.policy;
    let mut batch = plan.batch;
    if let Some(rate) = plan.rate {
        policy.throttled = policy.throttled.max(THROTTLED);
        batch = rate.batch(batch);
    }
    let mut run = BulkRun {
        job: Arc::new(Job {
            client: client.clone(),
            destination: destination.clone(),
            policy,
            pace: Pace::new(plan.rate),
            history,
            stop: Stop {
                gently: waits_cancelled,
                at_once: cancelled,
            },
            notes,
        }),
        wait_canceller,
        batcher: Batcher::new(batch),
        items: Some(items),
        waiting: VecDeque::new(),
        under_way: JoinSet::new(),
        failed_in_a_row: 0,
        end: BulkEnd::Complete,
    };
    let Stop {
        mut gently,
        mut at_once,
    } = stop;
    let mut deadline: Option<Instant> = None;
    let mut is_cut = false;
    // When a request that isn't full goes all the same.
    let mut lingers: Option<Instant> = None;
    loop {
        run.begin(plan.concurrency.max(1));
        let room = run.waiting.is_empty() && run.under_way.len() < plan.concurrency.max(1);
        lingers = match run.batcher.is_empty() {
            true => None,
            false => lingers.or_else(|| Some(Instant::now() + plan.linger)),
        };
        if run.under_way.is_empty() && (run.items.is_none() && run.waiting.is_empty()) {
            break;
        }
        tokio::select! {
            biased;
            () = at_once.cancelled(), if !is_cut => {
                is_cut = true;
                canceller.cancel();
            }
            () = gently.cancelled(), if run.end == BulkEnd::Complete => {
                run.stop(BulkEnd::Stopped, &mut report);
                deadline = Some(Instant::now() + plan.drain);
            }
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                deadline = None;
                canceller.cancel();
            }
            Some(note) = noted.recv() => report(note),
            Some(over) = run.under_way.join_next(), if !run.under_way.is_empty() => {
                if let Ok(over) = over {
                    run.over(over, &mut report);
                }
            }
            item = next(&mut run.items), if room && run.items.is_some() => run.take(item),
            () = sleep_until(lingers.unwrap_or_else(Instant::now)), if room && lingers.is_some() => {
                lingers = None;
                run.waiting.extend(run.batcher.rest());
            }
        }
    }
    while let Ok(note) = noted.try_recv() {
        report(note);
    }
    run.end
}

struct BulkRun {
    job: Arc<Job>,
    batcher: Batcher,
    items: Option<Receiver<OutgoingEvent>>,
    waiting: VecDeque<Vec<OutgoingEvent>>,
    under_way: JoinSet<FinishedRequest>,
    failed_in_a_row: u32,
    end: BulkEnd,
    /// Ends what only waits: for its turn, or to be tried again.
    wait_canceller: Canceller,
}

impl BulkRun {
    /// Starts waiting requests while there is room.
    fn begin(&mut self, concurrency: usize) {
        while self.under_way.len() < concurrency {
            let Some(items) = self.waiting.pop_front() else {
                return;
            };
            self.under_way.spawn(Arc::clone(&self.job).run(items));
        }
    }

    /// Takes an item, or the end of them.
    fn take(&mut self, item: Option<OutgoingEvent>) {
        match item {
            Some(item) => self.waiting.extend(self.batcher.take(item)),
            None => {
                self.items = None;
                self.waiting.extend(self.batcher.rest());
            }
        }
    }

    fn over(&mut self, over: FinishedRequest, report: &mut impl FnMut(BulkUpdate)) {
        let state = DeliveryState::from(over.ending);
        if splits(&over) {
            for half in halves(over.items).into_iter().rev() {
                match self.end {
                    BulkEnd::Complete => self.waiting.push_front(half),
                    _ => self.settle(half, DeliveryState::Cancelled, "not tried again", report),
                }
            }
            return;
        }
        self.failed_in_a_row = match over.ending {
            DeliveryEnding::GaveUp => self.failed_in_a_row + 1,
            _ => 0,
        };
        let pointless = pointless(&over, self.failed_in_a_row);
        let says = over.says.clone();
        // The history knows already how these ended.
        tell(over.items, state, &says, report);
        if let Some(why) = pointless
            && self.end == BulkEnd::Complete
        {
            self.stop(BulkEnd::Pointless(why), report);
        }
    }

    /// Starts nothing more.
    fn stop(&mut self, end: BulkEnd, report: &mut impl FnMut(BulkUpdate)) {
        self.end = end;
        self.items = None;
        self.wait_canceller.cancel();
        self.batcher.rest();
        for items in std::mem::take(&mut self.waiting) {
            // Halves of a refused request were begun; all others were not.
            if items
                .iter()
                .any(|item| item.id.is_some() || !item.attempts.is_empty())
            {
                self.settle(items, DeliveryState::Cancelled, "not tried again", report);
            }
        }
    }

    fn settle(
        &self,
        items: Vec<OutgoingEvent>,
        state: DeliveryState,
        says: &str,
        report: &mut impl FnMut(BulkUpdate),
    ) {
        if let Err(error) = self.job.remember_end(&items, state) {
            report(BulkUpdate::HistoryLost(error.to_string()));
        }
        tell(items, state, says, report);
    }
}

fn tell(
    items: Vec<OutgoingEvent>,
    state: DeliveryState,
    says: &str,
    report: &mut impl FnMut(BulkUpdate),
) {
    for mut item in items {
        let attempts = std::mem::take(&mut item.attempts);
        report(BulkUpdate::Settled(Box::new(Settled {
            item,
            state,
            attempts,
            says: says.to_owned(),
        })));
    }
}

async fn next(items: &mut Option<Receiver<OutgoingEvent>>) -> Option<OutgoingEvent> {
    items.as_mut()?.recv().await
}

/// Whether a refusal may be about one event of several, so that the others can succeed without it.
fn splits(over: &FinishedRequest) -> bool {
    let about_one = matches!(status(over.last.as_ref()), Some(400 | 409 | 413 | 422));
    over.ending == DeliveryEnding::Refused && over.items.len() > 1 && about_one
}

/// Why going on would be pointless, if it would.
fn pointless(over: &FinishedRequest, failed_in_a_row: u32) -> Option<String> {
    let attempt = over.last.as_ref()?;
    let outcome = &attempt.outcome;
    let ends = match outcome {
        AttemptOutcome::Fault(fault) => match fault {
            Fault::Tls { .. } | Fault::Client { .. } | Fault::Workshop { .. } => true,
            Fault::ConnectRefused { .. }
            | Fault::Proxy { .. }
            | Fault::Dns { .. }
            | Fault::ConnectTimeout { .. } => over.ending == DeliveryEnding::GaveUp,
            _ => failed_in_a_row >= PATIENCE,
        },
        AttemptOutcome::Answered { status, .. } => {
            let for_all = matches!(status, 300..=399 | 401 | 402 | 403 | 404 | 405);
            let failing = outcome.verdict() == DeliveryVerdict::Refused(Retry::Worthwhile);
            for_all || (failing && failed_in_a_row >= PATIENCE)
        }
    };
    ends.then(|| format!("{} {}", outcome.says(), outcome.help()))
}

fn status(attempt: Option<&Attempt>) -> Option<u16> {
    match attempt?.outcome {
        AttemptOutcome::Answered { status, .. } => Some(status),
        AttemptOutcome::Fault(_) => None,
    }
}
