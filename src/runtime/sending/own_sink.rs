//! The program's own sink, started once, when it is first needed. It has a key of its own, so no other key ever goes
//! there.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;

use crate::clock::Clock;
use crate::delivery::sink::{Receipt, Sink, SinkError, SinkHandle, SinkOptions};
use crate::destination::{Destination, ProjectSlug};
use crate::inspector::Msg;

/// How long the sink may take to finish open requests.
pub(in crate::runtime) const SINK_DEADLINE: Duration = Duration::from_millis(200);

/// Where the sink of a demonstration listens, if that is free: what it shows is always this.
const DEMO_SINK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 5899));

/// The sink, running or not. Clones share it.
#[derive(Clone)]
pub(in crate::runtime) struct OwnSink {
    running: Arc<Mutex<Option<SinkHandle>>>,
    clock: Clock,
    sender: UnboundedSender<Msg>,
}

impl OwnSink {
    /// A sink that is not running yet; what it receives is reported to `sender`.
    pub(in crate::runtime) fn new(clock: Clock, sender: UnboundedSender<Msg>) -> OwnSink {
        OwnSink {
            running: Arc::default(),
            clock,
            sender,
        }
    }

    /// The sink as a destination; starts it where it does not run yet.
    pub(in crate::runtime) async fn destination(
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
        let options = SinkOptions {
            clock: self.clock.clone(),
            ..SinkOptions::default()
        };
        // What a demonstration shows can be copied and opened as well, where the port is free.
        let sink = match self.clock.is_demo() {
            true => {
                let shown = SinkOptions {
                    listen: DEMO_SINK,
                    ..options.clone()
                };
                match Sink::start(shown, receive.clone()).await {
                    Ok(sink) => sink,
                    Err(_) => Sink::start(options, receive).await?,
                }
            }
            false => Sink::start(options, receive).await?,
        };
        Ok(running.insert(sink).destination_for(project))
    }

    /// Stops it if it runs, letting open requests finish within [`SINK_DEADLINE`].
    pub(in crate::runtime) async fn stop(&self) {
        if let Some(sink) = self.running.lock().await.take() {
            sink.stop(SINK_DEADLINE).await;
        }
    }
}
