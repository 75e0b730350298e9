//! The proxy on a thread of its own, and what it records on another one: whatever the screen, the mapping, the
//! captures or a slow terminal do, the app's traffic goes on.

use std::io;
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::backlog::Backlog;
use super::recording::Recording;
use super::session::{self, Interest, ListenUpdate};
use crate::proxy::{Observation, Options, Proxy, ProxyError, ProxyLimits, Token, Upstream};

/// What to watch.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where requests are passed on to.
    pub upstream: Upstream,
    /// What admits Broadcast deliveries.
    pub token: Token,
    /// What the listener wants to hear about.
    pub interest: Interest,
}

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The proxy does not start.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// There is no thread for it.
    #[error("the proxy has no thread to run on: {}", crate::system::reason(.0))]
    Thread(io::Error),
}

/// A running proxy. Dropping it cuts open exchanges.
#[derive(Debug)]
pub struct RunningProxy {
    addr: SocketAddr,
    stop: oneshot::Sender<Duration>,
    ended: oneshot::Receiver<RecordingOutcome>,
    backlog: Backlog,
}

/// How long it may take to read the rest before a person is told of it. Chosen: not felt as waiting for long.
const PATIENCE: Duration = Duration::from_secs(1);

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordingOutcome {
    /// Samples that were recorded.
    pub recorded: u64,
    /// Samples that could not be recorded.
    pub dropped: u64,
    /// Completions that nobody waited for.
    pub left_out: u64,
    /// Why the recording is not whole.
    pub problem: Option<String>,
}

impl RunningProxy {
    /// Starts the proxy; `listener` is told what passes.
    ///
    /// # Errors
    /// When it cannot listen, or the upstream cannot be used.
    pub fn start(
        plan: Plan,
        recording: Option<Recording>,
        listener: UnboundedSender<ListenUpdate>,
    ) -> Result<Self, StartError> {
        let (started, starting) = std::sync::mpsc::channel();
        let (stop, stopping) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        let (tell, observed) = unbounded_channel();
        let backlog = Backlog::default();
        let reading = read(
            observed,
            recording,
            plan.interest,
            backlog.clone(),
            listener,
        );
        let reading = reading.map_err(StartError::Thread)?;
        let passed = backlog.clone();
        let read = backlog.clone();
        let work = move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(reason) => {
                    let _ = started.send(Err(StartError::Thread(reason)));
                    return;
                }
            };
            runtime.block_on(async {
                let options = Options {
                    listen: plan.listen,
                    upstream: plan.upstream,
                    token: Some(plan.token),
                    limits: ProxyLimits::default(),
                };
                let proxy = Proxy::start(options, move |observation| {
                    passed.add(&observation);
                    let _ = tell.send(observation);
                });
                let proxy = match proxy.await {
                    Ok(proxy) => proxy,
                    Err(error) => {
                        let _ = started.send(Err(error.into()));
                        return;
                    }
                };
                let _ = started.send(Ok(proxy.addr()));
                if let Ok(deadline) = stopping.await {
                    proxy.stop(deadline).await;
                } else {
                    drop(proxy);
                }
            });
            // This ends the proxy's last connection, and with it the thread that reads the observations.
            drop(runtime);
            let recording = reading.join().unwrap_or_default();
            let outcome = recording.map_or_else(RecordingOutcome::default, finish);
            let _ = ending.send(RecordingOutcome {
                left_out: read.left_out(),
                ..outcome
            });
        };
        let thread = thread::Builder::new().name("proxy".to_owned()).spawn(work);
        thread.map_err(StartError::Thread)?;
        let gone = || StartError::Thread(io::Error::other("it ended early"));
        let addr = starting.recv().map_err(|_| gone())??;
        Ok(Self {
            addr,
            stop,
            ended,
            backlog,
        })
    }

    /// The address that it really listens on.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The origin to which clients append their path.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops listening, lets what is open end within `deadline`, reads what has passed and writes the rest of the recording.
    /// Where that takes a while, `tell` is told how many exchanges are still to be read. Once `leave` is ready they are left
    /// out.
    pub async fn stop(
        mut self,
        deadline: Duration,
        tell: impl FnOnce(u64),
        leave: impl Future,
    ) -> RecordingOutcome {
        let _ = self.stop.send(deadline);
        let slow = async {
            tokio::time::sleep(PATIENCE).await;
            let unread = self.backlog.unread();
            if unread > 0 {
                tell(unread);
            }
            std::future::pending().await
        };
        tokio::select! {
            biased;
            ended = &mut self.ended => return ended.unwrap_or_default(),
            _ = leave => {}
            () = slow => {}
        }
        self.backlog.give_up();
        self.ended.await.unwrap_or_default()
    }
}

/// What a person who waits for the end is told.
pub fn still_read(unread: u64) -> String {
    let (calls, are) = if unread == 1 {
        ("call", "is")
    } else {
        ("calls", "are")
    };
    format!("{unread} {calls} that ended {are} still to be read; Ctrl-C leaves the rest out")
}

impl RecordingOutcome {
    /// What is missing, as sentences.
    pub fn says(&self) -> impl Iterator<Item = String> {
        let why = self.problem.as_deref().unwrap_or_default();
        let not_recorded = format!("not recorded: {why}");
        let missing = [
            (self.dropped, not_recorded.as_str()),
            (
                self.left_out,
                "left out: the end came before they were read",
            ),
        ];
        let missing = missing.map(|(count, what)| match count {
            0 => None,
            1 => Some(format!(
                "1 completion was {}",
                what.replace("they were", "it was")
            )),
            count => Some(format!("{count} completions were {what}")),
        });
        missing.into_iter().flatten()
    }
}

/// Reads the observations on a thread of its own: making samples takes time, and the app's traffic must not wait.
fn read(
    observed: UnboundedReceiver<Observation>,
    recording: Option<Recording>,
    interest: Interest,
    backlog: Backlog,
    listener: UnboundedSender<ListenUpdate>,
) -> io::Result<JoinHandle<Option<Recording>>> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let thread = thread::Builder::new().name("captures".to_owned());
    let reading = session::run(observed, recording, interest, backlog, listener);
    thread.spawn(move || runtime.block_on(reading))
}

fn finish(recording: Recording) -> RecordingOutcome {
    let counts = recording.counts();
    let finished = recording.finish();
    let problem = (finished.is_err() || counts.dropped() > 0).then(|| counts.problem().to_owned());
    RecordingOutcome {
        recorded: counts.written(),
        dropped: counts.dropped(),
        left_out: 0,
        problem,
    }
}
