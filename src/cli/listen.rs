//! `rainscope listen`: the pass-through proxy, with the inspector on what arrives or, without a screen, the mapped
//! events one a line.

mod events;
mod forward;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::options::{ChangeArgs, DestinationArgs, KeyArgs, MappingArgs};
use super::output::{Exit, complain, raw, say, say_behind};
use super::screen::inspect::{self, InspectorArgs, ScreenArgs};
use super::wait::{Interrupts, block_on};
use crate::inspector::library::forwarding::ForwardConsent;
use crate::inspector::library::traffic::KEEP;
use crate::listen::clients::{self, KnownClient};
use crate::listen::command::{Running, Streams};
use crate::listen::recording::Recording;
use crate::listen::running::{Plan, RunningProxy, still_read};
use crate::listen::session::{Interest, ListenUpdate};
use crate::listen::setup;
use crate::proxy::{LISTEN, OPENROUTER, Token, Upstream, UpstreamError};
use crate::runtime::{self, listening::Listening};
use crate::settings::Environment;
use crate::terminal::Modes;
use events::Events;
use forward::Forwarder;

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
    /// Where requests are passed on to, and where X and :fetch ask; http:// on this machine alone
    #[arg(long, value_name = "URL", default_value = OPENROUTER)]
    pub upstream: String,
    /// Append each completion to this file as a sample, without the keys of its headers and addresses
    #[arg(long, value_name = "FILE.ndjson")]
    pub record: Option<PathBuf>,
    /// Keep so many calls in the inspector's list; older ones are in the recording, or gone
    #[arg(long, value_name = "N", default_value_t = KEEP, value_parser = at_least_one)]
    pub keep: usize,
    /// Send each event to the destination as its call ends
    #[arg(long)]
    pub forward: bool,
    /// Forward to a destination that is not on this machine without being asked
    #[arg(long, requires = "forward")]
    pub yes: bool,
    /// Presenter mode: what is done is said in words, only the rows that matter are shown, with more contrast
    #[arg(long)]
    pub present: bool,
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
    /// A command to run; its clients are led here by variables, and its exit status is returned. Beside the inspector it has no
    /// terminal: nothing to read, and what it writes is shown by `$`; with --no-tui it keeps this one
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

impl ListenArgs {
    /// The server that requests are passed on to. Not read with the other arguments, whose mistakes are told with what was
    /// written: that may have a password in it.
    fn upstream(&self) -> Result<Upstream, UpstreamError> {
        self.upstream.parse()
    }
}

/// Listens until it is stopped, or the command has ended.
pub fn run(args: &ListenArgs) -> anyhow::Result<Exit> {
    refuse_to_replace(args)?;
    if args.print_env || args.show.is_some() {
        return tell(args).map(|()| Exit::Done);
    }
    let is_screen = io::stdout().is_terminal() && io::stdin().is_terminal();
    if !args.no_tui && is_screen {
        return with_screen(args);
    }
    without_screen(args)
}

/// A command whose clients go elsewhere is not led to OpenRouter with what they send there.
fn refuse_to_replace(args: &ListenArgs) -> anyhow::Result<()> {
    let origin = format!("http://{}", args.listen);
    let upstream = args.upstream()?.to_string();
    let name = clients::replaced(&origin, &upstream, |name| std::env::var(name).ok());
    let Some(name) = name else {
        return Ok(());
    };
    if args.print_env {
        complain(&format!(
            "note: {name} led clients to another server; with these lines what they send there goes to {upstream}: --upstream names another one"
        ));
    } else if !args.command.is_empty() {
        bail!(
            "{name} leads the command's clients to another server, and what they send there would go to {upstream}: name that server with --upstream, or take the variable out where they have an OpenRouter key and are to use it"
        );
    }
    Ok(())
}

/// What to set or paste, for a proxy that runs elsewhere.
fn tell(args: &ListenArgs) -> anyhow::Result<()> {
    if args.listen.port() == 0 {
        bail!("--listen with port 0 takes a free port, which nobody knows before: name one");
    }
    let origin = format!("http://{}", args.listen);
    let text = match &args.show {
        None => clients::exports(&origin, |name| std::env::var(name).ok()),
        Some(name) => match KnownClient::named(name) {
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
    let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if args.show.is_some()
        && let Some(name) = clients::PROXIES.iter().find(is_set)
    {
        complain(&format!(
            "note: {name} is set: a client that reads it would give that proxy key and prompts in clear text; set NO_PROXY too, as `rainscope listen --print-env` does"
        ));
    }
    Ok(())
}

fn with_screen(args: &ListenArgs) -> anyhow::Result<Exit> {
    let arguments = InspectorArgs {
        mapping: MappingArgs {
            paths: Vec::new(),
            date: None,
            changes: args.changes.clone(),
        },
        destination: args.destination.clone(),
        key: args.key,
        screen: ScreenArgs {
            present: args.present,
            ..ScreenArgs::default()
        },
    };
    let upstream = args.upstream()?;
    let mut start = inspect::start(&arguments, environment(&upstream))?;
    let (watch, updates, token) = watch(args, Interest::Growth)?;
    start.listening = Some(Listening {
        watch,
        token,
        updates,
        upstream: upstream.to_string(),
        forward: args.forward.then_some(match args.yes {
            true => ForwardConsent::Given,
            false => ForwardConsent::ThisMachine,
        }),
        keep: args.keep,
        recording: args.record.as_ref().map(|path| path.display().to_string()),
        command: args.command.clone(),
        launcher: std::env::current_exe().ok().filter(|file| file.is_file()),
        tell: |says| complain(&format!("rainscope: {says}")),
    });
    let left = runtime::run(start)?;
    Ok(inspect::tell(&left))
}

/// The process's variables. A generation's record is where the app's calls went, and so is what is asked again: an
/// upstream of one's own takes the place of `RAINSCOPE_OPENROUTER_URL`, as options do with variables.
fn environment(upstream: &Upstream) -> Environment {
    let environment = Environment::of_process();
    match upstream.to_string() {
        usual if usual == OPENROUTER => environment,
        upstream => environment.with_openrouter_url(format!("{upstream}/api")),
    }
}

/// Starts the proxy, with what it tells and the token of deliveries.
fn watch(
    args: &ListenArgs,
    interest: Interest,
) -> anyhow::Result<(RunningProxy, UnboundedReceiver<ListenUpdate>, Token)> {
    let token = token()?;
    if let (Some(record), Some(events)) = (&args.record, &args.events)
        && (record == events
            || record
                .canonicalize()
                .is_ok_and(|it| events.canonicalize().is_ok_and(|other| it == other))
                && record.is_file())
    {
        anyhow::bail!("--record and --events name one file: samples and events need one each");
    }
    let recording = args.record.as_deref().map(Recording::open).transpose()?;
    let (listener, updates) = unbounded_channel();
    let plan = Plan {
        listen: args.listen,
        upstream: args.upstream()?,
        token: token.clone(),
        interest,
    };
    Ok((
        RunningProxy::start(plan, recording, listener)?,
        updates,
        token,
    ))
}

fn without_screen(args: &ListenArgs) -> anyhow::Result<Exit> {
    if !args.command.is_empty() && args.events.is_none() {
        bail!(
            "with a command and without the inspector, standard output is the command's: say where events go with --events FILE"
        );
    }
    let mut events = Events::new(args)?;
    block_on(async {
        // It may ask a question, which a signal ends as any program.
        if args.forward {
            events.forward(Forwarder::open(args).await?);
        }
        let mut interrupts = Interrupts::listen()?;
        let (watch, mut updates, token) = watch(args, Interest::Endings)?;
        say_behind()?;
        greet(args, &watch, &token);
        events.greet();
        let modes = Modes::now();
        let mut running = match args.command.is_empty() {
            true => None,
            false => Some(Running::start(
                &args.command,
                &watch.origin(),
                Streams::Own,
            )?),
        };
        let mut status = None;
        while !events.is_reader_gone() {
            tokio::select! {
                update = updates.recv() => match update {
                    Some(update) => events.take(update),
                    None => break,
                },
                () = events.troubled() => events.take_trouble(),
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
        // A command that was killed may have left the terminal as nobody else can use it.
        if running.is_some() {
            modes.restore();
        }
        let tell = |unread| complain(&format!("rainscope: {}", still_read(unread)));
        let outcome = {
            let stopped = watch.stop(LAST_EXCHANGES, tell, interrupts.next());
            let mut stopped = pin!(stopped);
            loop {
                tokio::select! {
                    outcome = &mut stopped => break outcome,
                    // What waits here takes room that the rest needs.
                    Some(update) = updates.recv() => events.take(update),
                }
            }
        };
        drain(&mut updates, &mut events);
        if running.is_some() {
            events.tell_none();
        }
        let exit = events.finish(&mut interrupts).await?;
        for says in outcome.says() {
            complain(&format!("rainscope: {says}"));
        }
        Ok(match status {
            Some(status) => Exit::Command(status),
            None if outcome.dropped + outcome.left_out > 0 => Exit::Failed,
            None => exit,
        })
    })?
}

fn drain(updates: &mut UnboundedReceiver<ListenUpdate>, events: &mut Events) {
    while let Ok(update) = updates.try_recv() {
        events.take(update);
    }
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
fn greet(args: &ListenArgs, watch: &RunningProxy, token: &Token) {
    let origin = watch.origin();
    complain(&format!(
        "rainscope listens at {origin} and passes requests on to {}",
        args.upstream.trim()
    ));
    if args.command.is_empty() {
        let lines = setup::for_apps(watch.addr()).into_iter();
        for line in lines.chain(setup::for_deliveries(watch.addr(), token)) {
            say(&format!("  {line}"));
        }
        complain("  Ctrl-C ends it");
    }
    if let Some(path) = &args.record {
        complain(&format!("  recording to {}", path.display()));
    }
}
