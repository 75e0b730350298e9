//! Live traffic for the inspector: the proxy's updates are read on a thread of their own and come to the model as
//! messages, and so does what the command writes.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::capture::keys::Keys;
use crate::completion::Completion;
use crate::completion::load::{self, Loaded};
use crate::inspector::Msg;
use crate::inspector::library::forwarding::ForwardConsent;
use crate::inspector::library::traffic::{Setup, TrafficReport, origin_of_call};
use crate::listen::command::{CommandError, OutputLine, Running, Streams};
use crate::listen::running::{RecordingOutcome, RunningProxy};
use crate::listen::session::{ListenUpdate, Sample};
use crate::listen::setup;
use crate::proxy::Token;

/// How long open exchanges may take to end when the inspector is left. Chosen.
const LAST_EXCHANGES: Duration = Duration::from_secs(2);
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
    /// Tells a person, once the screen is left, of calls that are still to be read for the recording.
    pub still_read: fn(u64),
}

/// What runs while the inspector is open.
#[derive(Debug)]
pub(super) struct RunningTraffic {
    watch: RunningProxy,
    command: Option<RunningCommand>,
    is_recorded: bool,
    still_read: fn(u64),
}

/// The command and what it started.
#[derive(Debug)]
struct RunningCommand {
    /// Ending it ends them.
    task: JoinHandle<()>,
    /// How the command ended, once it has.
    status: watch::Receiver<Option<u8>>,
}

impl RunningCommand {
    /// Ends what still runs. Gives the status of a command that had ended by itself.
    async fn end(self) -> Option<u8> {
        let status = *self.status.borrow();
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
            still_read,
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
            still_read,
        })
    }

    /// Ends it. Gives the command's status, where one was run and has ended, and what became of the recording. Without a
    /// recording nobody waits for what was not shown yet; with one, until `leave` is ready.
    pub async fn end(self, leave: impl Future) -> (Option<u8>, RecordingOutcome) {
        let status = match self.command {
            Some(command) => command.end().await,
            None => None,
        };
        if !self.is_recorded {
            let now = std::future::ready(());
            let _ = self.watch.stop(LAST_EXCHANGES, |_| {}, now).await;
            return (status, RecordingOutcome::default());
        }
        let outcome = self
            .watch
            .stop(LAST_EXCHANGES, self.still_read, leave)
            .await;
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
    let task = tokio::spawn(async move {
        let telling = async {
            while let Some(OutputLine { is_error, text }) = lines.recv().await {
                let text = keys.redact(text);
                let _ = sender.send(Msg::Traffic(TrafficReport::Output { is_error, text }));
            }
        };
        let ending = async {
            let status = running.wait().await.unwrap_or(1);
            let _ = told.send(Some(status));
            let _ = sender.send(Msg::Traffic(TrafficReport::Ended(status)));
        };
        tokio::join!(ending, telling);
        // What it left running is ended with this task.
        std::future::pending().await
    });
    Ok(RunningCommand { task, status })
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

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    /// A command that prints its variables puts none of this program's keys on the screen.
    #[test]
    fn keys_in_what_the_command_writes_are_masked() {
        for key in ["rk_Never9876543210ZqAbCdEfGh", "rk_Never9876"] {
            masks(key);
        }
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
            assert_eq!(running.end().await, Some(0));
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
