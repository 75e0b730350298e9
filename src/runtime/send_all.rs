//! Maps every listed completion on a thread of its own and sends the events as `rainscope send` does;
//! the screen goes on meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{Sender, UnboundedSender, channel};
use uuid::Uuid;

use super::shelf::Shelf;
use crate::completion::Completion;
use crate::completion::Origin;
use crate::delivery::bulk::{self, End, Item, Plan, Stop, Told};
use crate::delivery::cancel::{self, Canceller};
use crate::delivery::destination::Destination;
use crate::delivery::history::digest;
use crate::delivery::http::Client;
use crate::delivery::size;
use crate::event::privacy::{self, Privacy};
use crate::event::wire;
use crate::inspector::Msg;
use crate::inspector::library::Parcel;
use crate::inspector::windows::send::Ticket;
use crate::inspector::windows::send_all::{Aside, News, Outcome, Over};
use crate::json::Position;
use crate::mapping::{self, Context, Outcome as Mapped};

/// Where a file begins.
const START: Position = Position { line: 1, column: 1 };
/// Events that are mapped ahead of the sending. Chosen: a few batches.
const AHEAD: usize = 256;

/// What is sent, and how.
pub(super) struct Order {
    pub(super) ticket: Ticket,
    pub(super) parcels: Vec<Parcel>,
    pub(super) privacy: Privacy,
    pub(super) context: Context,
    pub(super) destination: Destination,
    pub(super) plan: Plan,
}

/// The wish to stop: the first one is gentle.
pub(super) struct Brake {
    gently: Canceller,
    at_once: Canceller,
    pulled: bool,
}

impl Brake {
    pub(super) fn pull(&mut self) {
        match std::mem::replace(&mut self.pulled, true) {
            false => self.gently.cancel(),
            true => self.at_once.cancel(),
        }
    }
}

/// Begins; the news come as messages.
pub(super) fn start(order: Order, shelf: Shelf, sender: UnboundedSender<Msg>) -> Brake {
    let (gently, stop_gently) = cancel::pair();
    let (at_once, stop_at_once) = cancel::pair();
    let stop = Stop {
        gently: stop_gently,
        at_once: stop_at_once,
    };
    tokio::spawn(run(order, shelf, sender, stop));
    Brake {
        gently,
        at_once,
        pulled: false,
    }
}

async fn run(order: Order, shelf: Shelf, sender: UnboundedSender<Msg>, stop: Stop) {
    let ticket = order.ticket;
    let notices = sender.clone();
    let tell = move |news| sender.send(Msg::All(ticket, news)).is_ok();
    let history = shelf.history().await;
    let (items, to_send) = channel(AHEAD);
    let origins = Arc::new(Mutex::new(HashMap::new()));
    let (destination, plan) = (order.destination.clone(), order.plan);
    let mapper = Mapper {
        order,
        items,
        origins: origins.clone(),
        seen: HashMap::new(),
        tell: Box::new(tell.clone()),
    };
    tokio::task::spawn_blocking(move || mapper.run());
    let told = |told: Told| {
        tell(match told {
            Told::Settled(settled) => {
                let id = &settled.item.request.event_id;
                let mut origins = origins.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(origin) = origins.remove(id) else {
                    return;
                };
                let outcome = Outcome {
                    name: settled.item.name,
                    origin,
                    says: settled.says,
                };
                News::Settled(settled.state, outcome)
            }
            Told::Waiting(wait) => {
                News::Waiting(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
            }
            Told::HistoryLost(why) => {
                let says = format!("{why}; sending goes on without it");
                let _ = notices.send(Msg::Notice(says));
                return;
            }
        });
    };
    let client = Client::new(bulk::REQUEST_TIMEOUT);
    let end = bulk::send(&client, &destination, &plan, history, to_send, told, stop).await;
    tell(News::Ended(match end {
        End::Complete => Over::Complete,
        End::Stopped => Over::Stopped,
        End::Pointless(why) => Over::Pointless(why),
    }));
}

/// Makes the events one by one, until nobody takes them any more.
struct Mapper {
    order: Order,
    items: Sender<Item>,
    origins: Arc<Mutex<HashMap<String, Origin>>>,
    seen: HashMap<String, Uuid>,
    tell: Box<dyn Fn(News) -> bool + Send>,
}

impl Mapper {
    fn run(mut self) {
        for parcel in std::mem::take(&mut self.order.parcels) {
            let (completions, problems) = parcel.completions();
            for problem in problems {
                let outcome = Outcome {
                    name: problem.file.to_string(),
                    says: problem.to_string(),
                    origin: Origin {
                        file: problem.file.clone(),
                        offset: problem.offset,
                        position: problem.position.unwrap_or(START),
                        record: problem.record,
                    },
                };
                if !(self.tell)(News::Aside(Aside::NoEvent, outcome)) {
                    return;
                }
            }
            for completion in completions {
                let went = match self.item(&completion, &parcel) {
                    Ok(item) => self.items.blocking_send(item).is_ok(),
                    Err((why, says)) => {
                        let outcome = Outcome {
                            name: completion.name.clone(),
                            origin: completion.origin.clone(),
                            says,
                        };
                        (self.tell)(News::Aside(why, outcome))
                    }
                };
                if !went {
                    return;
                }
            }
        }
    }

    fn item(&mut self, completion: &Completion, parcel: &Parcel) -> Result<Item, (Aside, String)> {
        let (order, context) = (&self.order, &self.order.context);
        let event = match mapping::map(completion, parcel.edits(), context).outcome {
            Mapped::Event(event) => event,
            Mapped::NoEvent(none) => return Err((Aside::NoEvent, none.says)),
        };
        let request = wire::request(privacy::apply(&event, order.privacy));
        if let Err(error) = size::check(&request) {
            return Err((Aside::TooLarge, error.to_string()));
        }
        let digest = digest(&request.body);
        match self.seen.get(&request.event_id) {
            Some(before) if *before == digest => {
                let says = "the same event stood in the list before";
                return Err((Aside::Repeated, says.to_owned()));
            }
            Some(_) => {
                let says = "an event with this id and other content stood in the list before";
                return Err((Aside::Conflicting, says.to_owned()));
            }
            None => {}
        }
        self.seen.insert(request.event_id.clone(), digest);
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.insert(request.event_id.clone(), completion.origin.clone());
        drop(origins);
        Ok(Item::new(
            completion.name.clone(),
            completion.origin.to_string(),
            request,
            order.privacy,
            context.now,
        ))
    }
}
