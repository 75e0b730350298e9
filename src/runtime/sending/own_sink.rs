//! The program's own sink: started when it is first needed, and only once. It has a key of its own, so no
//! other key ever goes there.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;

use crate::delivery::sink::{Receipt, Sink, SinkError, SinkHandle, SinkOptions};
use crate::destination::{Destination, ProjectSlug};
use crate::inspector::Msg;

/// How long a sink is given to finish what it has begun.
pub(super) const SINK_DEADLINE: Duration = Duration::from_millis(200);

/// The sink, running or not. Clones share it.
#[derive(Clone)]
pub(super) struct OwnSink {
    running: Arc<Mutex<Option<SinkHandle>>>,
    sender: UnboundedSender<Msg>,
}

impl OwnSink {
    /// One that does not run yet; what it receives goes to `sender`.
    pub(super) fn new(sender: UnboundedSender<Msg>) -> OwnSink {
        OwnSink {
            running: Arc::default(),
            sender,
        }
    }

    /// The sink as a destination; starts it where it does not run yet.
    pub(super) async fn destination(
        &self,
        project: Option<ProjectSlug>,
    ) -> Result<Destination, SinkError> {
        let mut running = self.running.lock().await;
        if let Some(sink) = &*running {
            return Ok(sink.destination_for(project));
        }
        let sender = self.sender.clone();
        let receive = move |receipt: Receipt| {
            let _ = sender.send(Msg::Received(receipt));
        };
        let sink = Sink::start(SinkOptions::default(), receive).await?;
        Ok(running.insert(sink).destination_for(project))
    }

    /// Stops it, if it runs; what it has begun may end soon.
    pub(super) async fn stop(&self) {
        if let Some(sink) = self.running.lock().await.take() {
            sink.stop(SINK_DEADLINE).await;
        }
    }
}
