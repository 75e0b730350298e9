//! `rainscope send`: every completion's event to the destination, many at a time, and what became of
//! each.

mod bar;
pub(super) mod ledger;
pub(super) mod note;
pub(super) mod reader;
mod report;
mod wire;

use std::io;
use std::pin::pin;
use std::time::Duration;

use anyhow::bail;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel, unbounded_channel};
use tokio::time::MissedTickBehavior;

use super::destination::{
    ReadyDestination, described, described_server, offer_workshop, ready, settings,
};
use super::options::{DestinationArgs, KeyArgs, MappingArgs, OutputFormat};
use super::output::{Exit, complain};
use super::wait::{Interrupts, block_on};
use crate::delivery::bulk::{self, BulkEnd, BulkOptions, BulkUpdate, REQUEST_TIMEOUT, Stop};
use crate::delivery::cancel;
use crate::delivery::history::{History, SentEvents};
use crate::delivery::http::Client;
use crate::delivery::pace::SendRate;
use crate::destination::DestinationKind;
use crate::prepare::{Endpoint, SendRun, TRACK_IS_DISCARDED};
use crate::settings::resolve::{ResolveError, SettingsTarget, resolve};
use crate::settings::{Environment, SettingName, Settings, access, history};
use ledger::InputLedger;
use note::{NOTES, Note};
use reader::{EventReader, InputForm};
use report::SendReport;

/// Items that are mapped ahead of the sending. Chosen: a few batches.
const AHEAD: usize = 256;
/// How often the progress line is drawn. Chosen.
const TICK: Duration = Duration::from_millis(100);

/// What a Workshop makes of events, told before the first one leaves.
const WORKSHOP_SHOWS: &str = "it shows events of one trace_id as one run, and one without input and output as \"Waiting for events\"; --dry-run says which";

/// Arguments of `send`.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Where events go
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Who may get the write key
    #[command(flatten)]
    pub key: KeyArgs,
    /// Events in one request, 1 to 50
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50))]
    pub batch: Option<u32>,
    /// Requests at once, 1 to 64
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub concurrency: Option<u32>,
    /// Events a second (50/s) or a minute (600/m), over all connections together; 429 slows down all of them
    #[arg(long, value_name = "N/s", value_parser = parse_rate)]
    pub rate: Option<SendRate>,
    /// Send lines as `map --wire` prints them, as they come; without a PATH, standard input is read
    ///
    /// Each line is checked (method, route, the event by Raindrop's schema), and sent as it stands. Error lines of
    /// `map --lines` are counted as without event where there is none, and else as what could not be read.
    #[arg(
        long,
        conflicts_with_all = ["privacy", "user", "session_id", "trace", "unset_trace"]
    )]
    pub wire: bool,
    /// Skip what the history says this destination has accepted; files and objects sent whole and unchanged are not read
    ///
    /// A destination is its base URL and project: the history holds no keys, so where another organisation's key is used
    /// now, send without this. Where the history can't be read, nothing is sent (exit status 2).
    #[arg(long)]
    pub resume: bool,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A summary for reading, or one JSON object for each completion
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    pub format: OutputFormat,
}

fn parse_rate(text: &str) -> Result<SendRate, String> {
    text.parse()
}

/// Sends them.
pub fn run(args: &SendArgs) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let options = args
        .destination
        .options_with(args.mapping.changes.privacy)?;
    let settings = settings(&environment, &options)?;
    if !args.wire {
        refuse_samples(args, &settings, &environment)?;
        args.mapping.take_samples(match args.dry_run {
            true => "what would be sent",
            false => "sent",
        })?;
    }
    if args.dry_run {
        return block_on(plan(args, &settings, &environment))?;
    }
    if !settings.flag(SettingName::Enabled) {
        let origin = settings.get(SettingName::Enabled).1;
        bail!("the destination is switched off (destination.enabled, {origin}); nothing was sent");
    }
    block_on(send(args, &settings, &environment))?
}

/// The bundled samples are nobody's traffic, and a path may be missing by mistake (`send $LOGS`): they stay on this machine.
fn refuse_samples(
    args: &SendArgs,
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<()> {
    let target = resolve(settings, environment);
    match target {
        Ok(SettingsTarget::Server(server))
            if args.mapping.paths.is_empty() && !server.base_url.is_loopback() =>
        {
            bail!(
                "no PATH was given, and the bundled samples are not sent to {}: name what is to be sent",
                server.base_url
            )
        }
        _ => Ok(()),
    }
}

/// How events are made: what is read and how, and what is known of the events.
fn reading(
    args: &SendArgs,
    settings: &Settings,
    kind: DestinationKind,
    known: Option<SentEvents>,
) -> EventReader {
    let now = jiff::Timestamp::now().as_millisecond();
    let options = settings.prepare_options(now, kind);
    EventReader {
        paths: args.mapping.paths.clone(),
        form: match args.wire {
            true => InputForm::Wire,
            false => InputForm::Completions(args.mapping.edits()),
        },
        run: match known {
            Some(known) => SendRun::resuming(options, known),
            None => SendRun::new(options),
        },
        ledger: None,
    }
}

/// What the history knows of inputs for a destination.
fn ledger(
    args: &SendArgs,
    reading: &EventReader,
    history: &History,
    endpoint: &Endpoint,
) -> InputLedger {
    let options = reading.run.options();
    let user = options.context.default_user.name();
    let way = format!("{:?} {:?} {user:?}", reading.form, options.privacy);
    let ledger = InputLedger::new(history.clone(), endpoint.clone(), way);
    match args.resume {
        true => ledger.resuming(),
        false => ledger,
    }
}

/// What the history knows of the events of a destination.
fn known_events(history: &History, endpoint: &Endpoint) -> SentEvents {
    SentEvents::new(history.clone(), endpoint.clone(), |error| {
        complain(&format!(
            "{error}; from here on nothing is sent, since --resume leaves out what was accepted"
        ));
    })
}

/// Prepares, and sends nothing. No key is needed, so its command does not run; a server on this machine is
/// asked what it is.
async fn plan(
    args: &SendArgs,
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let mut endpoint = None;
    let (destination, kind) = match resolve(settings, environment) {
        Ok(SettingsTarget::Server(server)) => {
            let kind = access::kind(&server).await;
            endpoint = Some(server.endpoint(kind));
            let says = match kind {
                DestinationKind::Workshop => {
                    format!("a Raindrop Workshop at {}", server.base_url)
                }
                _ => described_server(&server),
            };
            (says, kind)
        }
        Ok(SettingsTarget::OwnSink { .. }) => {
            offer_workshop(environment).await;
            (
                "the program's own sink, since nothing is configured".to_owned(),
                DestinationKind::LocalSink,
            )
        }
        // A rehearsal needs no key, so one that is missing is but told.
        Err(error @ ResolveError::NoKey { .. }) => {
            (format!("nowhere yet: {error}"), DestinationKind::Raindrop)
        }
        Err(error) => return Err(error.into()),
    };
    let resumed = match (args.resume, endpoint) {
        (true, Some(endpoint)) => opened(settings, true)?.map(|history| (history, endpoint)),
        _ => None,
    };
    let known = resumed.as_ref();
    let known = known.map(|(history, endpoint)| known_events(history, endpoint));
    let mut reading = reading(args, settings, kind, known);
    if let Some((history, endpoint)) = &resumed {
        let ledger = ledger(args, &reading, history, endpoint);
        reading.ledger = Some(ledger.planning());
    }
    let batch = number(args.batch, settings, SettingName::Batch);
    let batch = args.rate.map_or(batch, |rate| rate.batch(batch));
    let (notes, mut noted) = channel(NOTES);
    let mut report = SendReport::new(args.format, destination).planning(kind);
    tokio::task::spawn_blocking(move || reader::plan(reading, batch, &notes));
    while let Some(note) = noted.recv().await {
        report.take(note)?;
    }
    report.finish(None)
}

fn number(option: Option<u32>, settings: &Settings, name: SettingName) -> usize {
    usize::try_from(option.unwrap_or_else(|| settings.number(name))).unwrap_or(1)
}

async fn send(
    args: &SendArgs,
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    // Held until the end: the program's own sink stops when this goes.
    let ready: ReadyDestination = ready(settings, environment, args.key.use_key).await?;
    let destination = &ready.destination;
    if ready.sink.is_some() {
        complain(
            "nothing is configured: the program's own sink judges the events and keeps none (see `rainscope connect`)",
        );
        offer_workshop(environment).await;
    }
    if destination.kind() == DestinationKind::Workshop {
        complain(&format!("note: {TRACK_IS_DISCARDED}"));
        complain(&format!("note: {WORKSHOP_SHOWS}"));
    }
    let history = opened(settings, args.resume)?;
    let endpoint = destination.endpoint();
    let resumed = history.as_ref().filter(|_| args.resume);
    let known = resumed.map(|history| known_events(history, &endpoint));
    let mut reading = reading(args, settings, destination.kind(), known);
    // The own sink is another one each time.
    if let Some(history) = history.as_ref().filter(|_| ready.sink.is_none()) {
        reading.ledger = Some(ledger(args, &reading, history, &endpoint));
    }
    let plan = BulkOptions {
        batch: number(args.batch, settings, SettingName::Batch),
        concurrency: number(args.concurrency, settings, SettingName::Concurrency),
        rate: args.rate,
        ..BulkOptions::default()
    };
    let can_resume = history.is_some() && ready.sink.is_none();
    let mut report =
        SendReport::new(args.format, described(destination)).resumable(can_resume, args.resume);
    let interrupts = Interrupts::listen()?;
    let (items, to_send) = channel(AHEAD);
    let (notes, noted) = channel(NOTES);
    let (updates, updated) = unbounded_channel();
    tokio::task::spawn_blocking(move || reader::read(reading, &items, &notes));
    let (gently, stop_gently) = cancel::pair();
    let (at_once, stop_at_once) = cancel::pair();
    let stop = Stop {
        gently: stop_gently,
        at_once: stop_at_once,
    };
    let client = Client::new(REQUEST_TIMEOUT);
    let report_update = move |update| {
        let _ = updates.send(update);
    };
    let sending = bulk::send(
        &client,
        destination,
        &plan,
        history,
        to_send,
        report_update,
        stop,
    );
    let mut requests = 0;
    let request_stop = || {
        requests += 1;
        match requests {
            1 => gently.cancel(),
            _ => at_once.cancel(),
        }
        requests
    };
    let end = watch(
        sending,
        (noted, updated),
        interrupts,
        &mut report,
        request_stop,
    )
    .await?;
    report.finish(Some(&end))
}

/// Reports until the sending has ended and everything that was told of it is said.
async fn watch(
    sending: impl Future<Output = BulkEnd>,
    (mut noted, mut updated): (Receiver<Note>, UnboundedReceiver<BulkUpdate>),
    mut interrupts: Interrupts,
    report: &mut SendReport,
    mut request_stop: impl FnMut() -> u32,
) -> anyhow::Result<BulkEnd> {
    let mut sending = pin!(sending);
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ended: Option<BulkEnd> = None;
    let (mut is_read, mut is_stopping) = (false, false);
    loop {
        tokio::select! {
            biased;
            _ = interrupts.next() => {
                report.say(match request_stop() {
                    1 => "stopping: what is under way may take 10 s to end; Ctrl-C again cuts it off",
                    _ => "stopping at once",
                });
            }
            end = sending.as_mut(), if ended.is_none() => ended = Some(end),
            _ = tick.tick(), if report.is_drawn() => report.draw(),
            Some(update) = updated.recv() => {
                report.update(update)?;
                if report.has_to_stop() && !std::mem::replace(&mut is_stopping, true) {
                    request_stop();
                }
            }
            note = noted.recv(), if !is_read => match note {
                Some(note) => report.take(note)?,
                None => is_read = true,
            },
        }
        let end = match ended {
            // Stopped early, the rest of the input is of no interest.
            Some(BulkEnd::Stopped | BulkEnd::Pointless(_)) => ended.take(),
            Some(BulkEnd::Complete) if is_read => ended.take(),
            _ => None,
        };
        if let Some(end) = end {
            while let Ok(update) = updated.try_recv() {
                report.update(update)?;
            }
            while let Ok(note) = noted.try_recv() {
                report.take(note)?;
            }
            return Ok(end);
        }
    }
}

/// The history, or none: what is sent never waits for it, unless what was sent before is to be left out.
fn opened(settings: &Settings, resume: bool) -> anyhow::Result<Option<History>> {
    let now = jiff::Timestamp::now().as_millisecond();
    match history::open(settings, now) {
        Ok(None) if resume => bail!(
            "history.enabled is false, so there is nothing to resume from; nothing was sent. Without --resume everything is sent"
        ),
        Ok(history) => Ok(history),
        Err(error) if resume => bail!(
            "{error}. Nothing was sent: --resume leaves out what was accepted before, and only the history knows that"
        ),
        Err(error) => {
            complain(&format!("{error}; sending goes on without it"));
            Ok(None)
        }
    }
}

/// That nobody reads the output any more is no reason to stop sending.
fn unless_closed(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
