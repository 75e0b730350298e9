//! Reads a generation by its id, as a task that reports by messages.

use tokio::sync::mpsc::UnboundedSender;

use crate::delivery::cancel::Cancelled;
use crate::fetch;
use crate::inspector::Msg;
use crate::inspector::windows::fetch::FetchReport;
use crate::inspector::windows::send::Ticket;
use crate::openrouter::generations::{GenerationId, PollingLimits};
use crate::settings::Environment;

/// Reads it with the key from the environment.
pub(super) async fn run(
    environment: Environment,
    ticket: Ticket,
    id: GenerationId,
    sender: UnboundedSender<Msg>,
    mut cancelled: Cancelled,
) {
    let tell = |report| {
        let _ = sender.send(Msg::Fetched(ticket, report));
    };
    let fetching = async {
        let generations = fetch::with_own_key(&environment, PollingLimits::default())?;
        let waits = |waiting| tell(FetchReport::Waiting(waiting));
        generations.fetch(&id, waits).await
    };
    tokio::select! {
        biased;
        // The model knows: it asked for this.
        () = cancelled.cancelled() => {}
        ended = fetching => tell(FetchReport::Ended(ended)),
    }
}
