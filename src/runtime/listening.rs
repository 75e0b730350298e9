//! Live traffic for the inspector: the proxy's updates are read on a thread of their own and come to the model as
//! messages, and so does what the command writes.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::capture::keys::Keys;
use crate::completion::Completion;
use crate::completion::load::{self, Loaded};
use crate::inspector::Msg;
use crate::inspector::library::forwarding::ForwardConsent;
use crate::inspector::library::traffic::{Setup, TrafficReport, origin_of_call};
use crate::listen::command::{CommandError, OutputLine, Running, Signal, Streams};
use crate::listen::running::{RecordingOutcome, RunningProxy, still_read};
use crate::listen::session::{ListenUpdate, Sample};
use crate::listen::setup;
use crate::proxy::Token;

/// How long open exchanges may take to end when the inspector is left. Chosen.
const LAST_EXCHANGES: Duration = Duration::from_secs(2);
/// How long the command may take to end before a person is told that it is waited for, and how long then. Chosen: servers
/// and test runs clean up within that.
const PATIENCE: Duration = Duration::from_secs(1);
const CLEAN_UP: Duration = Duration::from_secs(4);
/// Lines of the command's output that wait for the screen; then the command waits. Chosen.
const LINES: usize = 1024;

/// What is listened to.
#[derive(Debug)]
pub struct Listening {
    /// The running proxy.
    pub watch: RunningProxy,
    /// What admits deliveries.
    pub token: Token,
    /// What it tells.
    pub updates: UnboundedReceiver<ListenUpdate>,
    /// Where it passes requests on to.
    pub upstream: String,
    /// Whether events are forwarded, and what was agreed to.
    pub forward: Option<ForwardConsent>,
    /// Calls that are kept in the list.
    pub keep: usize,
    /// Where calls are recorded, if they are.
    pub recording: Option<String>,
    /// A command to run; empty for none.
    pub command: Vec<OsString>,
    /// This program's file, which starts the command without a terminal.
    pub launcher: Option<PathBuf>,
    /// Tells a person, once the screen is left, what is waited for.
    pub tell: fn(&str),
}

/// What runs while the inspector is open.
#[derive(Debug)]
pub(super) struct RunningTraffic {
    watch: RunningProxy,
    command: Option<RunningCommand>,
    is_recorded: bool,
    tell: fn(&str),
}

/// The command and what it started.
#[derive(Debug)]
struct RunningCommand {
    /// Ending it ends them.
    task: JoinHandle<()>,
    /// How the command ended, once it has.
    status: watch::Receiver<Option<u8>>,
    /// Signals for it.
    signals: UnboundedSender<Signal>,
}

impl RunningCommand {
    /// Ends what still runs: with a signal and some time to clean up, and by force once that is over or `leave` is ready. Gives
    /// the status of a command that had ended by itself.
    async fn end(mut self, signal: Signal, tell: fn(&str), leave: impl Future) -> Option<u8> {
        let status = *self.status.borrow();
        if status.is_none() && self.signals.send(signal).is_ok() {
            let slow = async {
                tokio::time::sleep(PATIENCE).await;
                tell("waiting for the command to end; Ctrl-C ends it at once");
                tokio::time::sleep(CLEAN_UP).await;
            };
            tokio::select! {
                _ = self.status.wait_for(Option::is_some) => {}
                () = slow => {}
                _ = leave => {}
            }
        }
        self.task.abort();
        let _ = self.task.await;
        status
    }
}

impl RunningTraffic {
    /// Starts reporting to the model, and runs the command.
    ///
    /// What the command writes may repeat the keys that it was given, which are on no screen: `secrets` are this program's own.
    pub fn begin(
        listening: Listening,
        secrets: &[&str],
        sender: UnboundedSender<Msg>,
    ) -> Result<Self, CommandError> {
        let Listening {
            watch,
            token,
            mut updates,
            upstream,
            forward,
            keep,
            recording,
            command,
            launcher,
            tell,
        } = listening;
        let is_recorded = recording.is_some();
        let keys = Keys::own(secrets.iter().copied().chain([token.reveal()]));
        let origin = watch.origin();
        let report = TrafficReport::Listening {
            setup: Setup {
                has_command: !command.is_empty(),
                apps: setup::for_apps(watch.addr()),
                deliveries: setup::for_deliveries(watch.addr(), &token),
            },
            origin: origin.clone(),
            upstream,
            forward,
            keep,
            recording,
        };
        let _ = sender.send(Msg::Traffic(report));
        let command = match command.is_empty() {
            true => None,
            false => Some(run(&command, launcher, &origin, keys, sender.clone())?),
        };
        let read = move || {
            while let Some(update) = updates.blocking_recv() {
                if let Some(report) = report_of(update)
                    && sender.send(Msg::Traffic(report)).is_err()
                {
                    return;
                }
            }
        };
        // Without a thread nothing arrives, as the screen shows; the traffic goes on.
        let _ = thread::Builder::new()
            .name("traffic".to_owned())
            .spawn(read);
        Ok(Self {
            watch,
            command,
            is_recorded,
            tell,
        })
    }

    /// Ends it. Gives the command's status, where one was run and has ended, and what became of the recording. Without a
    /// recording nobody waits for what was not shown yet; with one, until `leave` is ready.
    pub async fn end(
        self,
        signal: Signal,
        mut leave: impl AsyncFnMut(),
    ) -> (Option<u8>, RecordingOutcome) {
        let tell = self.tell;
        let status = match self.command {
            Some(command) => command.end(signal, tell, leave()).await,
            None => None,
        };
        if !self.is_recorded {
            let now = std::future::ready(());
            let _ = self.watch.stop(LAST_EXCHANGES, |_| {}, now).await;
            return (status, RecordingOutcome::default());
        }
        let still_read = |unread| tell(&still_read(unread));
        let stopped = self.watch.stop(LAST_EXCHANGES, still_read, leave());
        let outcome = stopped.await;
        if outcome.left_out > 0 {
            tracing::warn!(completions = outcome.left_out, "left out of the recording");
        }
        (status, outcome)
    }
}

/// Runs the command and reports its output and its end.
fn run(
    words: &[OsString],
    launcher: Option<PathBuf>,
    origin: &str,
    keys: Keys,
    sender: UnboundedSender<Msg>,
) -> Result<RunningCommand, CommandError> {
    let (queue, mut lines) = channel(LINES);
    let mut running = Running::start(words, origin, Streams::Kept { queue, launcher })?;
    let (told, status) = watch::channel(None);
    let (signals, mut asked) = unbounded_channel();
    let task = tokio::spawn(async move {
        let telling = async {
            while let Some(OutputLine { is_error, text }) = lines.recv().await {
                let text = keys.redact(text);
                let _ = sender.send(Msg::Traffic(TrafficReport::Output { is_error, text }));
            }
        };
        let ending = async {
            let status = loop {
                tokio::select! {
                    status = running.wait() => break status.unwrap_or(1),
                    Some(signal) = asked.recv() => running.signal(signal),
                }
            };
            let _ = told.send(Some(status));
            let _ = sender.send(Msg::Traffic(TrafficReport::Ended(status)));
        };
        tokio::join!(ending, telling);
        // What it left running is ended with this task.
        std::future::pending().await
    });
    Ok(RunningCommand {
        task,
        status,
        signals,
    })
}

fn report_of(update: ListenUpdate) -> Option<TrafficReport> {
    match update {
        ListenUpdate::Growing(sample) => call(&sample, false),
        ListenUpdate::Over(sample) => call(&sample, true),
        ListenUpdate::Passed(count) => Some(TrafficReport::Passed(count)),
        ListenUpdate::Delivered(loaded) => Some(TrafficReport::Delivered(loaded)),
        ListenUpdate::Repeated(id) => Some(TrafficReport::Repeated(id)),
        ListenUpdate::Refused(why) => Some(TrafficReport::Refused(why)),
        ListenUpdate::ConnectionTest => Some(TrafficReport::ConnectionTest),
        ListenUpdate::Unrecorded { count, why } => Some(TrafficReport::Unrecorded { count, why }),
    }
}

fn call(sample: &Sample, is_over: bool) -> Option<TrafficReport> {
    let mut loaded = Loaded::default();
    load::load_slice(
        sample.text.as_bytes(),
        &origin_of_call(sample.number),
        &mut loaded,
    );
    let completion: Completion = loaded.completions.into_iter().next()?;
    Some(TrafficReport::Call {
        number: sample.number,
        completion: Arc::new(completion),
        is_over,
    })
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// A command that prints its variables puts none of this program's keys on the screen.
    #[test]
    fn keys_in_what_the_command_writes_are_masked() {
        for key in ["rk_Never9876543210ZqAbCdEfGh", "rk_Never9876"] {
            masks(key);
        }
    }

    /// A command that is left gets the signal and time to clean up.
    #[test]
    fn a_command_cleans_up_before_it_ends() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join("left");
        let script =
            "trap 'echo cleaned > \"$0\"; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
        let words = ["sh", "-c", script, left.to_str().unwrap()].map(OsString::from);
        let (sender, mut messages) = unbounded_channel();
        runtime.block_on(async {
            let keys = Keys::default();
            let running = run(&words, None, "http://127.0.0.1:1", keys, sender).unwrap();
            while !matches!(
                messages.recv().await,
                Some(Msg::Traffic(TrafficReport::Output { .. }))
            ) {}
            let leave = std::future::pending::<()>();
            assert_eq!(running.end(Signal::Terminate, |_| {}, leave).await, None);
        });
        assert_eq!(std::fs::read_to_string(left).unwrap(), "cleaned\n");
    }

    fn masks(key: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let words = ["sh", "-c", "echo \"key=$0 in full\"; echo \"$0\" >&2", key];
        let words = words.map(OsString::from);
        let (sender, mut messages) = unbounded_channel();
        let written = runtime.block_on(async {
            let keys = Keys::own([key].into_iter());
            let running = run(&words, None, "http://127.0.0.1:1", keys, sender).unwrap();
            let (mut written, mut has_ended) = (Vec::new(), false);
            // That it has ended is told as soon as it has, be all read by then or not.
            while (!has_ended || written.len() < 2)
                && let Some(Msg::Traffic(report)) = messages.recv().await
            {
                match report {
                    TrafficReport::Output { text, .. } => written.push(text),
                    TrafficReport::Ended(_) => has_ended = true,
                    _ => {}
                }
            }
            let leave = std::future::pending::<()>();
            assert_eq!(running.end(Signal::Terminate, |_| {}, leave).await, Some(0));
            written
        });
        assert_eq!(written.len(), 2, "{written:?}");
        let mask = "[key masked by rainscope]";
        assert!(
            written.contains(&format!("key={mask} in full")),
            "{written:?}"
        );
        assert!(
            written.iter().all(|text| !text.contains("Never987")),
            "{written:?}"
        );
    }
}
