//! The command line: one file a command. Data goes to standard output, everything else to standard error.

mod args;
mod behind;
mod check;
mod config;
mod connect;
mod destination;
mod examples;
mod fetch;
mod jobs;
mod listen;
mod manual;
mod map;
mod options;
mod outcomes;
mod output;
mod prompt;
mod report;
mod screen;
mod send;
mod sink;
mod test;
mod verify;
mod wait;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::diagnostics;
use crate::redact::known;
use crate::settings::environment::{S3_SECRETS, SECRETS};
use crate::settings::{Environment, Paths};
pub use args::{Args, Command};
pub use options::MappingArgs;
pub use output::{Exit, complain, error_text, finish_saying, is_closed_pipe, print_panics};

/// Prints what is wrong with the arguments, or the help they ask for. A mistyped command looks like a path for the
/// inspector, which has other options; so the likely command is named.
pub fn usage(error: &clap::Error) -> ExitCode {
    output::print_usage(error, |arguments| Args::try_parse_from(arguments).err());
    let first = std::env::args_os().nth(1).unwrap_or_default();
    let first = first.to_string_lossy();
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(command) = args::mistyped(Path::new(&*first))
        && command != first
    {
        complain("");
        complain(&format!("{first}: did you mean the command `{command}`?"));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Becomes the command that `listen` runs beside the inspector, where the arguments ask for that.
pub fn start_apart() -> Option<ExitCode> {
    let error = crate::listen::command::start_apart(std::env::args_os())?;
    complain(&format!("rainscope: {error}"));
    Some(ExitCode::from(127))
}

/// Starts the diagnostic log where the environment asks for one, and has the environment's keys masked in it and in what
/// any server answers. If there can be no log, everything else goes on.
pub fn begin_log() {
    let environment = Environment::of_process();
    let paths = Paths::find(&environment, None);
    let wanted = diagnostics::LogSettings {
        level: environment.get(diagnostics::LOG),
        payloads: environment.get(diagnostics::LOG_PAYLOADS),
    };
    if let Err(error) = diagnostics::begin(wanted, paths.log.as_deref()) {
        complain(&format!("rainscope: {error}"));
    }
    for name in SECRETS.iter().copied().chain(S3_SECRETS) {
        environment
            .get(name)
            .map(str::trim)
            .into_iter()
            .for_each(known::learn);
    }
}

/// Does what the arguments say.
///
/// # Errors
/// What kept the command from being done at all; the exit status is then 2.
pub fn run(mut args: Args) -> anyhow::Result<Exit> {
    match &mut args.command {
        Some(Command::Map(args)) => args.mapping.put_date()?,
        Some(Command::Check(args)) => args.mapping.put_date()?,
        Some(Command::Send(args)) => args.mapping.put_date()?,
        Some(Command::Report(args)) => args.mapping.put_date()?,
        Some(Command::Shot(args)) => args.mapping.put_date()?,
        Some(Command::Play(args)) => args.mapping.put_date()?,
        Some(Command::Verify(args)) => args.mapping.put_date()?,
        None => args.inspector.mapping.put_date()?,
        Some(_) => {}
    }
    match args.command {
        Some(Command::Map(args)) => map::run(&args),
        Some(Command::Check(command)) => check::run(&command, args.color),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Shot(args)) => screen::shot::run(&args),
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::man(),
        Some(Command::Send(args)) => send::run(&args),
        Some(Command::Sink(args)) => sink::run(&args),
        Some(Command::Listen(args)) => listen::run(&args),
        Some(Command::Fetch(args)) => fetch::run(&args),
        Some(Command::Verify(args)) => verify::run(&args),
        Some(Command::Test(args)) => test::run(&args),
        Some(Command::Tour(args)) => screen::tour::run(&args),
        Some(Command::Play(args)) => screen::play::run(&args),
        Some(Command::Connect(args)) => connect::run(&args),
        Some(Command::Config(args)) => config::run(&args),
        None => screen::inspect::run(&args.inspector, args::mistyped),
    }
}
