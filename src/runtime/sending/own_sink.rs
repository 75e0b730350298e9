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
    /// Where it listens if that is free; any port will do where there is none.
    usual: Option<SocketAddr>,
    clock: Clock,
    sender: UnboundedSender<Msg>,
}

impl OwnSink {
    /// A sink that is not running yet; what it receives is reported to `sender`.
    pub(in crate::runtime) fn new(clock: Clock, sender: UnboundedSender<Msg>) -> OwnSink {
        OwnSink {
            running: Arc::default(),
            // What a demonstration shows can be copied and opened as well.
            usual: clock.is_demo().then_some(DEMO_SINK),
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
        let sink = match self.usual {
            Some(listen) => {
                let there = SinkOptions {
                    listen,
                    ..options.clone()
                };
                match Sink::start(there, receive.clone()).await {
                    Ok(sink) => sink,
                    Err(_) => Sink::start(options, receive).await?,
                }
            }
            None => Sink::start(options, receive).await?,
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::net::TcpListener;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::runtime::shown;

    /// The sink of a demonstration listens at its usual port, and at another one where that is taken; what is shown is the
    /// usual one either way, and of any other sink its own.
    #[tokio::test]
    async fn a_demonstration_shows_one_port() {
        let (sender, _received) = unbounded_channel();
        let sink = OwnSink::new(Clock::demo(), sender.clone());
        assert_eq!(sink.usual, Some(DEMO_SINK));
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let usual = taken.local_addr().unwrap();
        let beside = OwnSink {
            usual: Some(usual),
            ..OwnSink::new(Clock::demo(), sender.clone())
        };
        let destination = beside.destination(None).await.unwrap();
        let port = |destination: &Destination| {
            let authority = destination.base_url().authority().to_owned();
            authority
                .rsplit(':')
                .next()
                .unwrap()
                .parse::<u16>()
                .unwrap()
        };
        assert_ne!(port(&destination), usual.port());
        let shown = |clock: &Clock| shown::of(&destination, clock).endpoint.base_url;
        assert_eq!(shown(&Clock::demo()), format!("http://{DEMO_SINK}"));
        let own = format!("http://127.0.0.1:{}", port(&destination));
        assert_eq!(shown(&Clock::default()), own);
        beside.stop().await;
        drop(taken);
        // Another program may have taken the port that was free just now.
        let mut is_there = false;
        for _ in 0..20 {
            let free = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap();
            let sink = OwnSink {
                usual: Some(free),
                ..OwnSink::new(Clock::demo(), sender.clone())
            };
            let destination = sink.destination(None).await.unwrap();
            is_there |= port(&destination) == free.port();
            sink.stop().await;
            if is_there {
                break;
            }
        }
        assert!(is_there);
        let sink = OwnSink::new(Clock::default(), sender);
        assert_eq!(sink.usual, None);
    }
}
