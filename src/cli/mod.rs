//! The command line: one file a command. Data goes to standard output, all else to standard error.

mod args;
mod check;
mod config;
mod connect;
mod destination;
mod examples;
mod inspect;
mod manual;
mod map;
mod map_jobs;
mod output;
mod prompt;
mod send;
mod shot;
mod sink;
mod test;
mod wait;

pub use args::{Args, Command, MappingArgs};
pub use output::{Exit, complain, is_closed_pipe};

/// Does what the arguments say.
///
/// # Errors
/// What kept the command from being done at all; the exit status is then 2.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    match args.command {
        Some(Command::Map(args)) => map::run(&args),
        Some(Command::Check(command)) => check::run(&command, args.color),
        Some(Command::Shot(args)) => shot::run(&args),
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::man(),
        Some(Command::Send(args)) => send::run(&args),
        Some(Command::Sink(args)) => sink::run(&args),
        Some(Command::Test(args)) => test::run(&args),
        Some(Command::Connect(args)) => connect::run(&args),
        Some(Command::Config(args)) => config::run(&args),
        None => inspect::run(&args.inspector),
    }
}
