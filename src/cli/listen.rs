//! `rainscope listen`: the pass-through proxy, with the inspector on what arrives or, without a screen, the mapped
//! events one a line.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::destination::{kind, settings};
use super::inspect::{self, InspectorArgs};
use super::options::{ChangeArgs, DestinationArgs, KeyArgs, MappingArgs};
use super::output::{Exit, JsonOutput, complain, raw};
use super::wait::{Interrupts, block_on};
use crate::completion::Edits;
use crate::completion::load::{self, Loaded};
use crate::event::wire;
use crate::listen::clients::{self, Client};
use crate::listen::command::{Running, Streams};
use crate::listen::recording::Recording;
use crate::listen::session::{Sample, Telling, Update};
use crate::listen::watch::{Plan, Watch};
use crate::mapping::{self, Outcome};
use crate::prepare::PrepareOptions;
use crate::proxy::{LISTEN, OPENROUTER, Token, Upstream};
use crate::runtime::{self, listening::Listening};
use crate::settings::Environment;

/// How long open exchanges may take to end when listening stops. Chosen.
const LAST_EXCHANGES: Duration = Duration::from_secs(2);
/// The variable with the token of deliveries.
const TOKEN: &str = "RAINSCOPE_DELIVERIES_TOKEN";

/// Arguments of `listen`.
#[derive(Debug, clap::Args)]
pub struct ListenArgs {
    /// What to change in each completion before it is mapped
    #[command(flatten)]
    pub changes: ChangeArgs,
    /// Where events go
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Who may get the write key
    #[command(flatten)]
    pub key: KeyArgs,
    /// Where to listen, on this machine; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = LISTEN)]
    pub listen: SocketAddr,
    /// Where requests are passed on to; http:// on this machine alone
    #[arg(long, value_name = "URL", default_value = OPENROUTER)]
    pub upstream: Upstream,
    /// Append each completion to this file as a sample, without any key
    #[arg(long, value_name = "FILE.ndjson")]
    pub record: Option<PathBuf>,
    /// Print mapped events, one a line, rather than opening the inspector
    #[arg(long)]
    pub no_tui: bool,
    /// Write the events to this file; with a command, standard output is the command's
    #[arg(long, value_name = "FILE", requires = "no_tui")]
    pub events: Option<PathBuf>,
    /// Print the variables that lead clients here, for `eval`, and end
    #[arg(long, conflicts_with_all = ["show", "command"])]
    pub print_env: bool,
    /// Print what to set or paste for a client, and end; an unknown name lists them
    #[arg(long, value_name = "CLIENT", conflicts_with = "command")]
    pub show: Option<String>,
    /// A command to run; its clients are led here, and its exit status is returned
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Listens until it is stopped, or the command has ended.
pub fn run(args: &ListenArgs) -> anyhow::Result<Exit> {
    if args.print_env || args.show.is_some() {
        return tell(args).map(|()| Exit::Done);
    }
    let is_screen = io::stdout().is_terminal() && io::stdin().is_terminal();
    if !args.no_tui && is_screen {
        return with_screen(args);
    }
    without_screen(args)
}

/// What to set or paste, for a proxy that runs elsewhere.
fn tell(args: &ListenArgs) -> anyhow::Result<()> {
    if args.listen.port() == 0 {
        bail!("--listen with port 0 takes a free port, which nobody knows before: name one");
    }
    let origin = format!("http://{}", args.listen);
    let text = match &args.show {
        None => clients::exports(&origin),
        Some(name) => match Client::named(name) {
            Some(client) => format!("{}\n", client.lines(&origin)),
            None => {
                let known =
                    clients::CLIENTS.map(|client| format!("{} ({})", client.name, client.about));
                bail!(
                    "no client is called {name:?}; known are {}",
                    known.join(", ")
                );
            }
        },
    };
    raw(text.as_bytes())?;
    Ok(())
}

fn with_screen(args: &ListenArgs) -> anyhow::Result<Exit> {
    let arguments = InspectorArgs {
        mapping: MappingArgs {
            paths: Vec::new(),
            changes: args.changes.clone(),
        },
        destination: args.destination.clone(),
        key: args.key,
        ascii: false,
        theme: None,
        demo: false,
    };
    let mut start = inspect::start(&arguments)?;
    let (watch, updates, token) = watch(args, Telling::Growth)?;
    if args.command.is_empty() {
        greet(args, &watch, &token);
    }
    start.listening = Some(Listening {
        watch,
        updates,
        upstream: args.upstream.to_string(),
        command: args.command.clone(),
    });
    let left = runtime::run(start)?;
    Ok(inspect::tell(&left))
}

/// Starts the proxy, with what it tells and the token of deliveries.
fn watch(
    args: &ListenArgs,
    telling: Telling,
) -> anyhow::Result<(Watch, UnboundedReceiver<Update>, Token)> {
    let token = token()?;
    let recording = args.record.as_deref().map(Recording::open).transpose()?;
    let (listener, updates) = unbounded_channel();
    let plan = Plan {
        listen: args.listen,
        upstream: args.upstream.clone(),
        token: token.clone(),
        telling,
    };
    Ok((Watch::start(plan, recording, listener)?, updates, token))
}

fn without_screen(args: &ListenArgs) -> anyhow::Result<Exit> {
    if !args.command.is_empty() && args.events.is_none() {
        bail!(
            "with a command and without the inspector, standard output is the command's: say where events go with --events FILE"
        );
    }
    let mut events = Events::new(args)?;
    let (watch, mut updates, token) = watch(args, Telling::Endings)?;
    block_on(async {
        let mut interrupts = Interrupts::listen()?;
        greet(args, &watch, &token);
        let mut running = match args.command.is_empty() {
            true => None,
            false => Some(Running::start(
                &args.command,
                &watch.origin(),
                Streams::Own,
            )?),
        };
        let mut status = None;
        loop {
            tokio::select! {
                update = updates.recv() => match update {
                    Some(update) => events.take(update)?,
                    None => break,
                },
                ended = wait(&mut running) => {
                    status = Some(ended?);
                    break;
                }
                signal = interrupts.next() => match &mut running {
                    // The terminal's own Ctrl-C reaches the command, too.
                    Some(running) => running.signal(signal),
                    None => break,
                },
            }
        }
        let outcome = watch.stop(LAST_EXCHANGES).await;
        drain(&mut updates, &mut events)?;
        events.finish()?;
        if let Some(says) = outcome.says() {
            complain(&format!("rainscope: {says}"));
        }
        Ok(match status {
            Some(status) => Exit::Command(status),
            None => Exit::Done,
        })
    })?
}

fn drain(updates: &mut UnboundedReceiver<Update>, events: &mut Events) -> anyhow::Result<()> {
    while let Ok(update) = updates.try_recv() {
        events.take(update)?;
    }
    Ok(())
}

/// Waits for the command, if there is one.
async fn wait(running: &mut Option<Running>) -> anyhow::Result<u8> {
    match running {
        Some(running) => Ok(running.wait().await?),
        None => std::future::pending().await,
    }
}

/// The token of deliveries: the variable's, or a fresh one.
fn token() -> anyhow::Result<Token> {
    let text = match std::env::var(TOKEN) {
        Ok(text) if !text.is_empty() => text,
        _ => uuid::Uuid::new_v4().simple().to_string(),
    };
    text.parse().with_context(|| TOKEN.to_owned())
}

/// Says where it listens and what to do with it.
fn greet(args: &ListenArgs, watch: &Watch, token: &Token) {
    let origin = watch.origin();
    complain(&format!(
        "rainscope listens at {origin} and passes requests on to {}",
        args.upstream
    ));
    if args.command.is_empty() {
        let port = match watch.addr() == SocketAddr::from(([127, 0, 0, 1], 4111)) {
            true => String::new(),
            false => format!(" --listen {}", watch.addr()),
        };
        complain(&format!(
            "  lead your app here:   eval \"$(rainscope listen{port} --print-env)\"   or   rainscope listen{port} --show CLIENT"
        ));
        complain(&format!(
            "  Broadcast deliveries: POST {origin}/broadcast, behind a tunnel of yours, with the header"
        ));
        complain(&format!(
            "                        Authorization: Bearer {}",
            token.reveal()
        ));
        complain("  Ctrl-C ends it");
    }
    if let Some(path) = &args.record {
        complain(&format!("  recording to {}", path.display()));
    }
}

/// Where mapped events go, and how they are made.
struct Events {
    out: Box<dyn Write>,
    edits: Edits,
    options: PrepareOptions,
}

impl Events {
    fn new(args: &ListenArgs) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let options = args.destination.options_with(args.changes.privacy)?;
        let settings = settings(&environment, &options)?;
        let kind = kind(&settings, &environment)?;
        Ok(Self {
            out: match &args.events {
                Some(path) => Box::new(create(path)?),
                None => Box::new(JsonOutput),
            },
            edits: args.changes.edits(),
            options: settings.prepare_options(0, kind),
        })
    }

    /// Writes the event of what is over; says why there is none.
    fn take(&mut self, update: Update) -> anyhow::Result<()> {
        match update {
            Update::Over(sample) => self.over(&sample),
            Update::Delivery { body, .. } => self.loaded(load::load("Broadcast delivery", &body)),
            Update::Growing(_) | Update::Passed(_) => Ok(()),
        }
    }

    fn over(&mut self, sample: &Sample) -> anyhow::Result<()> {
        let name = format!("call {}", sample.number);
        self.loaded(load::load(&name, sample.text.as_bytes()))
    }

    fn loaded(&mut self, loaded: Loaded) -> anyhow::Result<()> {
        for problem in loaded.problems.iter().chain(&loaded.notes) {
            complain(&problem.to_string());
        }
        for completion in &loaded.completions {
            self.options.context.now = jiff::Timestamp::now().as_millisecond();
            match mapping::map(completion, &self.edits, &self.options.context).outcome {
                Outcome::Event(event) => {
                    let mut line = String::new();
                    wire::write_event(self.options.apply(&event), &mut line);
                    line.push('\n');
                    self.out.write_all(line.as_bytes())?;
                    self.out.flush()?;
                }
                Outcome::NoEvent(none) => {
                    complain(&format!("{}: no event: {}", completion.name, none.says));
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A file of one's own for events, which hold the conversation.
fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.with_context(|| format!("cannot write events to {}", path.display()))
}
