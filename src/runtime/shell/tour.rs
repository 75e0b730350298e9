//! What the tour needs outside: the program's own sink, whatever the destination is, and no history.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc::UnboundedSender;

use super::Shell;
use crate::delivery::cancel;
use crate::delivery::deliver::DeliveryEnding;
use crate::delivery::http::Client;
use crate::destination::Destination;
use crate::inspector::Msg;
use crate::inspector::windows::send::{DestinationShown, Ticket};
use crate::prepare::{Endpoint, Prepared};
use crate::runtime::sending::history::BackgroundHistory;
use crate::runtime::sending::queue::SendQueue;
use crate::runtime::shown;
use crate::runtime::verifying::Surroundings;
use crate::settings::Environment;
use crate::settings::resolve::KeySource;

/// Where the tour's test traces go, and by which queue.
pub(super) struct TourSide {
    /// The sink, once it runs.
    sink: Arc<OnceLock<Destination>>,
    history: BackgroundHistory,
    queue: SendQueue,
}

impl TourSide {
    pub(super) fn new(client: Client, sender: UnboundedSender<Msg>, is_demo: bool) -> TourSide {
        let history = BackgroundHistory::new(None, sender.clone());
        TourSide {
            sink: Arc::default(),
            queue: SendQueue::new(history.clone(), client, sender, is_demo),
            history,
        }
    }
}

impl Shell {
    /// Has the sink ready; the model is told.
    pub(super) fn prepare_tour(&self) {
        let (own_sink, place) = (self.own_sink.clone(), self.tour.sink.clone());
        let (clock, sender) = (self.clock.clone(), self.sender.clone());
        tokio::spawn(async move {
            let ready = match own_sink.destination(None).await {
                Ok(destination) => {
                    let ready = shown::of(&destination, &clock);
                    place.get_or_init(|| destination);
                    ready
                }
                Err(error) => DestinationShown {
                    name: "local sink".to_owned(),
                    endpoint: Endpoint::default(),
                    key_source: KeySource::None,
                    foreign_key: None,
                    unavailable: Some(error.to_string()),
                    is_asked: false,
                    is_switched_off: false,
                },
            };
            let _ = sender.send(Msg::TourReady(ready));
        });
    }

    pub(super) fn send_in_tour(&mut self, ticket: Ticket, prepared: Prepared) {
        let Some(sink) = self.tour.sink.get().cloned() else {
            let ended = Msg::Ended(ticket, DeliveryEnding::Refused);
            let _ = self.sender.send(ended);
            return;
        };
        let (canceller, cancelled) = cancel::pair();
        self.cancellers.insert(ticket, canceller);
        let queue = self.tour.queue.clone();
        queue.send(ticket, sink, prepared, cancelled);
    }

    /// Read back from the sink; no settings say otherwise, and no history keeps the verdict.
    pub(super) fn surroundings_of_tour(&self) -> Surroundings {
        Surroundings {
            settings: None,
            environment: Environment::default(),
            present: self.tour.sink.get().cloned(),
            history: self.tour.history.clone(),
            sender: self.sender.clone(),
            is_demo: self.clock.is_demo(),
        }
    }
}
