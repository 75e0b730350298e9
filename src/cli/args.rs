//! The arguments, as one table from which parsing, help, completions and the manual are made.

use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use super::check::{CheckArgs, policy};
use super::examples;
use super::map::MapArgs;
use super::options::ColorWhen;
use super::report::ReportArgs;
use super::screen::inspect::InspectorArgs;
use super::screen::shot::ShotArgs;

/// See field by field what OpenRouter's Broadcast sends to Raindrop
#[derive(Debug, Parser)]
#[command(
    name = "rainscope",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 100,
    after_help = examples::INSPECTOR
)]
pub struct Args {
    /// What to do; without a command, the inspector opens
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Colours: auto is for a terminal alone, and never where NO_COLOR is set
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        display_order = 900
    )]
    pub color: ColorWhen,
    /// What the inspector opens, and how
    #[command(flatten)]
    pub inspector: InspectorArgs,
}

/// The command that was most likely meant by a path that does not exist.
pub(super) fn mistyped(path: &Path) -> Option<String> {
    let word = path.to_str().filter(|_| path.symlink_metadata().is_err())?;
    let table = Args::command();
    let commands = table.get_subcommands().map(clap::Command::get_name);
    policy::nearest(word, commands).map(str::to_owned)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Be shown around on the bundled samples, in seven stops
    #[command(after_help = examples::TOUR)]
    Tour(super::screen::tour::TourArgs),
    /// Print the mapped events, one JSON object a line
    #[command(after_help = examples::MAP)]
    Map(MapArgs),
    /// Report the findings, for a person or for CI
    #[command(after_help = examples::check())]
    Check(CheckArgs),
    /// Write one self-contained file to hand to others, for a browser or as Markdown
    #[command(after_help = examples::REPORT)]
    Report(ReportArgs),
    /// Play a demonstration script on the screen, with captions and chapters; Esc takes over
    #[command(after_help = examples::PLAY)]
    Play(super::screen::play::PlayArgs),
    /// Draw the inspector's screen after some keys, as text or SVG, without a terminal
    #[command(after_help = examples::SHOT)]
    Shot(ShotArgs),
    /// Print the completions of a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// Whose
        shell: Shell,
    },
    /// Print the manual page (roff)
    #[command(after_help = examples::MAN)]
    Man,
    /// Send every completion's event to the destination
    #[command(after_help = examples::SEND)]
    Send(super::send::SendArgs),
    /// Read back what the destination stored of the completions, and compare it field by field
    #[command(after_help = examples::VERIFY)]
    Verify(super::verify::VerifyArgs),
    /// Run the local Raindrop-compatible endpoint in the foreground
    #[command(after_help = examples::SINK)]
    Sink(super::sink::SinkArgs),
    /// Watch live traffic: pass an app's requests on to OpenRouter, and show what Raindrop would get
    #[command(after_help = examples::LISTEN)]
    Listen(super::listen::ListenArgs),
    /// Read generations by id from OpenRouter, as samples: record and, where it is kept, content
    #[command(after_help = examples::FETCH)]
    Fetch(super::fetch::FetchArgs),
    /// Test the connection of the configured destination
    #[command(after_help = examples::TEST)]
    Test(super::test::TestArgs),
    /// Say where events go, test it, and save it if the test passed
    #[command(after_help = examples::CONNECT)]
    Connect(super::connect::ConnectArgs),
    /// Show the settings in force, or where the files are
    #[command(after_help = examples::CONFIG)]
    Config(super::config::ConfigArgs),
}
