//! Maps every listed completion on a thread of its own and sends the events as `rainscope send` does, while the
//! screen stays usable.

use std::sync::Arc;

use tokio::sync::mpsc::{Sender, UnboundedSender, channel};

use super::history::BackgroundHistory;
use crate::completion::Origin;
use crate::completion::load::ProblemKind;
use crate::delivery::bulk::{self, BulkOptions, BulkUpdate, OutgoingEvent, Stop};
use crate::delivery::cancel::{self, Canceller};
use crate::delivery::http::Client;
use crate::destination::Destination;
use crate::event::privacy::Privacy;
use crate::inspector::Msg;
use crate::inspector::library::LibraryItem;
use crate::inspector::windows::send::Ticket;
use crate::inspector::windows::send_all::{CompletionResult, SendAllReport};
use crate::json::Position;
use crate::mapping::{Context, Deliveries};
use crate::prepare::{self, NotSent, PrepareOptions};

/// Where a file begins.
const START: Position = Position { line: 1, column: 1 };
/// Events that are mapped ahead of the sending. Chosen: a few batches.
const AHEAD: usize = 256;

/// What is sent, and how.
pub(in crate::runtime) struct SendAllRequest {
    pub(in crate::runtime) ticket: Ticket,
    pub(in crate::runtime) sources: Vec<LibraryItem>,
    pub(in crate::runtime) privacy: Privacy,
    pub(in crate::runtime) context: Context,
    /// What OpenRouter delivered, which is sent in place of exchanges of the same generations.
    pub(in crate::runtime) deliveries: Arc<Deliveries>,
    pub(in crate::runtime) destination: Destination,
    pub(in crate::runtime) plan: BulkOptions,
}

/// Stops the run: gently the first time, at once the second.
pub(in crate::runtime) struct StopHandle {
    gently: Canceller,
    at_once: Canceller,
    pulled: bool,
}

impl StopHandle {
    pub(in crate::runtime) fn pull(&mut self) {
        match std::mem::replace(&mut self.pulled, true) {
            false => self.gently.cancel(),
            true => self.at_once.cancel(),
        }
    }
}

/// Begins; reports come as messages.
pub(in crate::runtime) fn start(
    order: SendAllRequest,
    history: BackgroundHistory,
    sender: UnboundedSender<Msg>,
) -> StopHandle {
    let (gently, stop_gently) = cancel::pair();
    let (at_once, stop_at_once) = cancel::pair();
    let stop = Stop {
        gently: stop_gently,
        at_once: stop_at_once,
    };
    tokio::spawn(run(order, history, sender, stop));
    StopHandle {
        gently,
        at_once,
        pulled: false,
    }
}

async fn run(
    order: SendAllRequest,
    history: BackgroundHistory,
    sender: UnboundedSender<Msg>,
    stop: Stop,
) {
    let ticket = order.ticket;
    let notices = sender.clone();
    let tell = move |report| sender.send(Msg::All(ticket, report)).is_ok();
    let history = history.history().await;
    let (items, to_send) = channel(AHEAD);
    let (destination, plan) = (order.destination.clone(), order.plan);
    let mut run = prepare::SendRun::new(PrepareOptions {
        context: order.context,
        privacy: order.privacy,
        kind: destination.kind(),
    });
    run.prefer(order.deliveries);
    let mapper = EventMaker {
        run,
        sources: order.sources,
        items,
        tell: Box::new(tell.clone()),
    };
    tokio::task::spawn_blocking(move || mapper.run());
    let report = |update: BulkUpdate| {
        tell(match update {
            BulkUpdate::Settled(settled) => {
                let result = CompletionResult {
                    name: settled.item.prepared.name,
                    origin: settled.item.origin,
                    says: settled.says,
                };
                SendAllReport::Settled(settled.state, result)
            }
            BulkUpdate::Waiting(wait) => {
                SendAllReport::Waiting(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
            }
            BulkUpdate::HistoryLost(why) => {
                let says = format!("{why}; sending goes on without it");
                let _ = notices.send(Msg::Notice(says));
                return;
            }
        });
    };
    let client = Client::new(bulk::REQUEST_TIMEOUT);
    let end = bulk::send(&client, &destination, &plan, history, to_send, report, stop).await;
    tell(SendAllReport::Ended(end));
}

/// Makes the events one by one, as long as somebody takes them.
struct EventMaker {
    run: prepare::SendRun,
    sources: Vec<LibraryItem>,
    items: Sender<OutgoingEvent>,
    tell: Box<dyn Fn(SendAllReport) -> bool + Send>,
}

impl EventMaker {
    fn run(mut self) {
        for source in std::mem::take(&mut self.sources) {
            let (completions, problems) = source.completions();
            for problem in problems {
                let result = CompletionResult {
                    name: problem.file.to_string(),
                    says: problem.to_string(),
                    origin: Origin {
                        file: problem.file.clone(),
                        offset: problem.offset,
                        position: problem.position.unwrap_or(START),
                        record: problem.record,
                    },
                };
                let report = match problem.kind {
                    ProblemKind::Malformed | ProblemKind::Unreadable => {
                        SendAllReport::Unread(result)
                    }
                    _ => SendAllReport::Skipped(NotSent::NoEvent(result.says.clone()), result),
                };
                if !(self.tell)(report) {
                    return;
                }
            }
            for completion in completions {
                let origin = completion.origin.clone();
                let went = match self.run.prepare(&completion, source.edits()) {
                    Ok(prepared) => self
                        .items
                        .blocking_send(OutgoingEvent::new(prepared, origin))
                        .is_ok(),
                    Err(unsent) => {
                        let result = CompletionResult {
                            name: completion.name.clone(),
                            origin,
                            says: unsent.to_string(),
                        };
                        (self.tell)(SendAllReport::Skipped(unsent.reason, result))
                    }
                };
                if !went {
                    return;
                }
            }
        }
    }
}
