//! `listen --forward` without a screen: each event goes to the destination as its call ends, by the queue and
//! the history that the inspector sends with.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;

use super::ListenArgs;
use crate::cli::destination::{ReadyDestination, described, ready, settings};
use crate::cli::output::{Exit, complain};
use crate::cli::prompt;
use crate::cli::wait::Interrupts;
use crate::completion::{Completion, Edits};
use crate::delivery::cancel::Cancelled;
use crate::delivery::deliver::{Delivery, DeliveryEnding};
use crate::delivery::history::History;
use crate::delivery::http::{Client, REQUEST_TIMEOUT};
use crate::delivery::queue::{DeliveryUpdate, Queue};
use crate::delivery::retry::RetryPolicy;
use crate::prepare::SendRun;
use crate::settings::{Environment, SettingName, history};

/// Events that are sent at once. Chosen, as in the inspector.
const CONCURRENCY: usize = 4;
/// Bytes of requests that may be on their way at once; an event beyond that is not forwarded, which is said.
/// Chosen.
const UNDER_WAY: usize = 64 << 20;
/// How long what is on its way may take when listening stops. Chosen, as for `send`.
const LAST_EVENTS: Duration = Duration::from_secs(10);

/// Sends events as they come.
pub(super) struct Forwarder {
    queue: Queue<ForwardedEvent>,
    ready: ReadyDestination,
    run: SendRun,
    tally: Arc<Tally>,
    /// Whether what is not answered is kept in the history.
    keeps_history: bool,
}

/// An event on its way.
struct ForwardedEvent {
    name: String,
    bytes: usize,
}

/// What became of the events so far.
#[derive(Default)]
struct Tally {
    accepted: AtomicUsize,
    failed: AtomicUsize,
    bytes: AtomicUsize,
    /// What was said of the last failure; the same is not said again.
    said: Mutex<String>,
}

impl Forwarder {
    /// Makes out where events go, and asks where that is not on this machine.
    pub(super) async fn open(args: &ListenArgs) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let options = args.destination.options_with(args.changes.privacy)?;
        let settings = settings(&environment, &options)?;
        if !settings.flag(SettingName::Enabled) {
            let origin = settings.get(SettingName::Enabled).1;
            bail!("--forward: the destination is switched off (destination.enabled, {origin})");
        }
        let ready = ready(&settings, &environment, args.key.use_key).await?;
        let destination = &ready.destination;
        if !destination.base_url().is_loopback()
            && !args.yes
            && !is_agreed(&described(destination))?
        {
            bail!(
                "--forward sends each event to {}, which is not on this machine: add --yes if it is to",
                described(destination)
            );
        }
        if ready.sink.is_some() {
            complain(
                "nothing is configured: the program's own sink judges the events and keeps none (see `rainscope connect`)",
            );
        }
        let now = jiff::Timestamp::now().as_millisecond();
        let history = match history::open(&settings, now) {
            Ok(history) => history,
            Err(error) => {
                complain(&format!("{error}; forwarding goes on without it"));
                None
            }
        };
        let tally = Arc::new(Tally::default());
        let keeps_history = history.is_some();
        let run = SendRun::new(settings.prepare_options(now, destination.kind()));
        Ok(Self {
            queue: queue(history, Arc::clone(&tally)),
            ready,
            run,
            tally,
            keeps_history,
        })
    }

    /// Where events go, in words.
    pub(super) fn says(&self) -> String {
        described(&self.ready.destination)
    }

    /// Sends the event of a completion; never waits.
    pub(super) fn take(&mut self, completion: &Completion, edits: &Edits) {
        self.run.set_time(jiff::Timestamp::now().as_millisecond());
        let prepared = match self.run.prepare(completion, edits) {
            Ok(prepared) => prepared,
            // That there is no event is said where it would be printed. A call and its delivery are one.
            Err(unsent) if unsent.reason.kind().is_failure() => {
                self.tally.fail(&completion.name, &unsent.to_string());
                return;
            }
            Err(_) => return,
        };
        if let Some(leak) = prepared.first_leak() {
            self.tally.say(&format!("note: {leak}"));
        }
        let bytes = prepared.request.body.len();
        if self.tally.bytes.load(Ordering::Relaxed) > UNDER_WAY {
            let why = "too many events wait for the destination";
            self.tally.fail(&completion.name, why);
            return;
        }
        self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
        let forwarded = ForwardedEvent {
            name: completion.name.clone(),
            bytes,
        };
        let destination = self.ready.destination.clone();
        self.queue
            .push(forwarded, destination, prepared, Cancelled::never());
    }

    /// Waits for what is on its way; a signal ends that. Says what became of all.
    pub(super) async fn close(self, interrupts: &mut Interrupts) -> Exit {
        let Self {
            queue,
            ready,
            tally,
            keeps_history,
            ..
        } = self;
        let open = queue.open();
        if open > 0 {
            let leaves = match keeps_history {
                true => "leaves them in the history",
                false => "gives them up: there is no history to keep them in",
            };
            let verb = if open == 1 { "is" } else { "are" };
            complain(&format!(
                "waiting for {open} that {verb} to be answered; Ctrl-C {leaves}"
            ));
        }
        let no_longer = async {
            tokio::select! {
                () = tokio::time::sleep(LAST_EVENTS) => {}
                _ = interrupts.next() => {}
            }
        };
        let left = queue.close(no_longer).await;
        drop(ready);
        let accepted = tally.accepted.load(Ordering::Relaxed);
        let failed = tally.failed.load(Ordering::Relaxed);
        let mut says = format!("{accepted} forwarded");
        if failed > 0 {
            says.push_str(&format!(", {failed} not accepted"));
        }
        for (count, what) in [
            (
                left.kept,
                "they are in the history, and the inspector offers them again",
            ),
            (left.lost, "there is no history to keep them in"),
        ] {
            if count > 0 {
                says.push_str(&format!(", {count} not answered: {what}"));
            }
        }
        complain(&says);
        match failed + left.kept + left.lost {
            0 => Exit::Done,
            _ => Exit::No,
        }
    }
}

fn queue(history: Option<History>, tally: Arc<Tally>) -> Queue<ForwardedEvent> {
    let report = move |event: &ForwardedEvent, update| match update {
        DeliveryUpdate::Progress(_) => {}
        DeliveryUpdate::HistoryLost(error) => {
            tally.say(&format!("{error}; forwarding goes on without it"));
        }
        DeliveryUpdate::Ended(delivery) => {
            tally.bytes.fetch_sub(event.bytes, Ordering::Relaxed);
            tally.over(event, &delivery);
        }
    };
    let client = Client::new(REQUEST_TIMEOUT);
    Queue::new(client, RetryPolicy::default(), history, CONCURRENCY, report)
}

impl Tally {
    fn over(&self, event: &ForwardedEvent, delivery: &Delivery) {
        if delivery.ending == DeliveryEnding::Accepted {
            self.accepted.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let last = delivery.attempts.last();
        let why = last.map_or_else(
            || "it was not sent".to_owned(),
            |attempt| format!("{} {}", attempt.outcome.says(), attempt.outcome.help()),
        );
        self.fail(&event.name, &why);
    }

    fn fail(&self, name: &str, why: &str) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if *said != why {
            complain(&format!("{name}: not forwarded: {why}"));
            why.clone_into(&mut said);
        }
    }

    fn say(&self, what: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if *said != what {
            complain(what);
            what.clone_into(&mut said);
        }
    }
}

/// Asks on the terminal whether events may leave this machine; never without one.
fn is_agreed(there: &str) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    let question = format!("Forward each event to {there}, which is not on this machine");
    prompt::yes(&question, false)
}
