//! The arguments, as one table from which parsing, help, completions and the manual are made.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::check::policy::{self, Which};
use super::check::report::Format;
use super::destination::DestinationArgs;
use super::examples;
use super::shot::ShotArgs;
use crate::completion::{Edit, Edits};
use crate::event::privacy::Privacy;
use crate::inspector::ui::theme::Theme;
use crate::json::JsonText;
use crate::mapping::Code;

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

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Whatever the output is.
    Always,
    /// Nowhere.
    Never,
}

impl ColorWhen {
    /// Whether to colour what goes to an output that is a terminal or is not.
    pub fn applies(self, is_terminal: bool) -> bool {
        let is_refused = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => is_terminal && !is_refused(),
        }
    }
}

/// A theme as an option names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ThemeName {
    /// The terminal's own colours
    #[default]
    Auto,
    /// True colours for a dark ground
    Dark,
    /// True colours for a light ground
    Light,
    /// No colours
    Monochrome,
}

impl ThemeName {
    /// The theme of that name.
    pub fn theme(self) -> Theme {
        let name = match self {
            ThemeName::Auto => "auto",
            ThemeName::Dark => "dark",
            ThemeName::Light => "light",
            ThemeName::Monochrome => "monochrome",
        };
        Theme::named(name).unwrap_or_else(Theme::terminal)
    }
}

/// Arguments of the inspector.
#[derive(Debug, clap::Args)]
pub struct InspectorArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Where test traces go; by default the local sink, or Raindrop where there is a write key
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Draw borders and symbols in ASCII alone
    #[arg(long)]
    pub ascii: bool,
    /// Colours; by default those of the settings, and none where NO_COLOR is set
    #[arg(long, value_name = "THEME", value_enum)]
    pub theme: Option<ThemeName>,
    /// For demonstrations: time and ids stand still, and the keys that are pressed are shown
    #[arg(long)]
    pub demo: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the mapped events, one JSON object a line
    #[command(after_help = examples::MAP)]
    Map(MapArgs),
    /// Report the findings, for a person or for CI
    #[command(after_help = examples::check())]
    Check(CheckArgs),
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
    /// Run the local Raindrop-compatible endpoint in the foreground
    #[command(after_help = examples::SINK)]
    Sink(super::sink::SinkArgs),
    /// Watch live traffic: pass an app's requests on to OpenRouter, and show what Raindrop would get
    #[command(after_help = examples::LISTEN)]
    Listen(super::listen::ListenArgs),
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

/// Arguments of `map`.
#[derive(Debug, clap::Args)]
pub struct MapArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Print {"method","path","body"} for each, as it would be sent
    #[arg(long, conflicts_with = "explain")]
    pub wire: bool,
    /// Print {"event","provenance","findings","dropped","loaded_as"} for each
    ///
    /// For each value of the event, "provenance" has its sources ("from", pointers into the completion),
    /// the rule in words, the rule's name and step, and the confidence: documented (by OpenRouter),
    /// observed (in a real event or delivery) or assumed (by this program).
    #[arg(long)]
    pub explain: bool,
    /// Print over several lines, for reading
    #[arg(long)]
    pub pretty: bool,
    /// Map on so many threads; the order stays
    #[arg(long, value_name = "N", default_value = "1")]
    pub jobs: NonZeroUsize,
    /// Say each thing that repeats, rather than three of it and a count
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// Deny a finding's code, or all that is at least a warning or an info; errors always are (repeatable)
    #[arg(long, value_name = "CODE|SEVERITY", value_parser = Which::parse)]
    pub deny: Vec<Which>,
    /// Leave a finding's code out of the report and the verdict (repeatable); --help lists the codes
    #[arg(long, value_name = "CODE", value_parser = policy::code)]
    pub allow: Vec<Code>,
    /// Compare each event with FOLDER/NAME.json
    #[arg(long, value_name = "FOLDER")]
    pub expect: Option<PathBuf>,
    /// Rewrite the events in that folder instead
    #[arg(long)]
    pub update: bool,
    /// The project's defaults; else rainscope.toml, looked for in this folder and those around it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say each thing that repeats, rather than three of it and a count
    #[arg(long)]
    pub all: bool,
}

/// Which completions, and what is changed before they are mapped.
#[derive(Debug, clap::Args)]
pub struct MappingArgs {
    /// Files, folders (recursively) or - for standard input; none: the bundled samples
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What is changed
    #[command(flatten)]
    pub changes: ChangeArgs,
}

impl MappingArgs {
    /// The privacy mode.
    pub fn mode(&self) -> Privacy {
        self.changes.mode()
    }

    /// The edits that the options say, removals first.
    pub fn edits(&self) -> Edits {
        self.changes.edits()
    }
}

/// What is changed in completions before they are mapped.
#[derive(Debug, Clone, clap::Args)]
pub struct ChangeArgs {
    /// Privacy mode keeps input and output back; everything else of the event is the same (the route
    /// and is_pending differ)
    #[arg(long)]
    pub privacy: bool,
    /// Set the request's user
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Set the request's session id
    #[arg(long, value_name = "SESSION")]
    pub session_id: Option<String>,
    /// Set a trace key: KEY=TEXT, or KEY:=JSON for a typed value (repeatable)
    #[arg(long, value_name = "KEY=TEXT", value_parser = parse_trace)]
    pub trace: Vec<Edit>,
    /// Remove a trace key (repeatable)
    #[arg(long, value_name = "KEY")]
    pub unset_trace: Vec<String>,
}

impl ChangeArgs {
    /// The privacy mode.
    pub fn mode(&self) -> Privacy {
        if self.privacy {
            Privacy::On
        } else {
            Privacy::Off
        }
    }

    /// The edits that the options say, removals first.
    pub fn edits(&self) -> Edits {
        let user = self.user.clone().map(|user| Edit::User(Some(user)));
        let session = self.session_id.clone().map(|id| Edit::SessionId(Some(id)));
        let unset = self.unset_trace.iter().cloned().map(Edit::RemoveKey);
        user.into_iter()
            .chain(session)
            .chain(unset)
            .chain(self.trace.iter().cloned())
            .collect()
    }
}

fn parse_trace(text: &str) -> Result<Edit, String> {
    let Some(at) = text.find('=') else {
        return Err("expected KEY=TEXT or KEY:=JSON".to_owned());
    };
    let (key, rest) = (&text[..at], &text[at + 1..]);
    let (key, value) = match key.strip_suffix(':') {
        Some(key) => {
            let value = JsonText::parse(rest)
                .map_err(|error| format!("the value of {key} is not JSON: {error}"))?;
            (key, value)
        }
        None => (key, JsonText::string(rest)),
    };
    if key.is_empty() {
        return Err("the key is missing before `=`".to_owned());
    }
    Ok(Edit::SetKey {
        key: key.to_owned(),
        value,
    })
}
