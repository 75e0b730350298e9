//! `rainscope shot`: the inspector's screen after a script of keys, as text, SVG or a recording, without a terminal.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;

use super::play::read_script;
use crate::cli::options::{MappingArgs, ThemeName};
use crate::cli::output::{Exit, complain, print, print_json, print_report, refuse_input};
use crate::clock::DEMO_TIME;
use crate::event::privacy::Privacy;
use crate::files;
use crate::inspector::keys::script;
use crate::inspector::ui::symbols::Symbols;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Model, Msg};
use crate::mapping::Context;
use crate::runtime::headless::{self, Missed, Script, ScriptFrom};
use crate::share::picture::{self, Ground};
use crate::system;

/// Arguments of `shot`.
#[derive(Debug, clap::Args)]
pub struct ShotArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Keys to press first: tab, down*3, ctrl-r, alt-b, f1, type:"text", paste:"text", run:command, wait:"text on the
    /// screen"; in recordings also caption:"text", chapter:"title" and pause:800 (milliseconds)
    #[arg(long, default_value = "")]
    pub keys: String,
    /// Read the keys from a file, in which lines that begin with # are remarks
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    pub script: Option<PathBuf>,
    /// Columns and rows
    #[arg(long, default_value = "120x40", value_parser = parse_size, value_name = "WxH")]
    pub size: (u16, u16),
    /// Text, SVG or PNG with a dark or a light ground, or an asciicast of the whole script; a PNG has the scripts of the
    /// Basic Multilingual Plane, and replacement characters for what is beyond it, as most emoji are
    #[arg(long, value_enum, default_value = "text")]
    pub format: ShotFormat,
    /// Let the SVG move through the whole script; it plays in a page without a script of its own
    #[arg(long)]
    pub animate: bool,
    /// Colours of the picture
    #[arg(long, value_name = "THEME", value_enum, default_value = "auto")]
    pub theme: ThemeName,
    /// Draw borders and symbols in ASCII alone
    #[arg(long)]
    pub ascii: bool,
    /// Write to a file rather than to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShotFormat {
    /// Lines of text.
    Text,
    /// An SVG picture, on a light ground with --theme light.
    Svg,
    /// An SVG picture in the dark theme.
    Dark,
    /// An SVG picture in the light theme.
    Light,
    /// A PNG picture, on a light ground with --theme light.
    Png,
    /// A PNG picture on a light ground.
    PngLight,
    /// The whole script for a terminal player, with a marker for each chapter.
    Cast,
}

impl ShotFormat {
    fn is_svg(self) -> bool {
        matches!(self, ShotFormat::Svg | ShotFormat::Dark | ShotFormat::Light)
    }

    /// What a picture in a theme is drawn on.
    fn ground(self, theme: ThemeName) -> Ground {
        match self {
            ShotFormat::Light | ShotFormat::PngLight => Ground::Light,
            ShotFormat::Svg | ShotFormat::Png if theme == ThemeName::Light => Ground::Light,
            _ => Ground::Dark,
        }
    }

    /// The theme that is meant where none is named.
    fn theme(self, named: ThemeName) -> ThemeName {
        match (self, named) {
            (ShotFormat::Dark, ThemeName::Auto) => ThemeName::Dark,
            (ShotFormat::Light, ThemeName::Auto) => ThemeName::Light,
            _ => named,
        }
    }
}

/// Plays the keys and writes the screen.
pub fn run(args: &ShotArgs) -> anyhow::Result<Exit> {
    let taken = take(args);
    if let Err(error) = &taken
        && let Some(missed) = error.downcast_ref::<Missed>()
    {
        for row in &missed.screen {
            complain(row.trim_end());
        }
        anyhow::bail!("{missed}; above is the screen as it was");
    }
    taken
}

fn take(args: &ShotArgs) -> anyhow::Result<Exit> {
    let steps = match &args.script {
        Some(path) => read_script(path)?,
        None => script::parse(&args.keys).context("--keys")?,
    };
    let script = Script {
        steps: &steps,
        from: match args.script {
            Some(_) => ScriptFrom::File,
            None => ScriptFrom::Person,
        },
        patience: headless::PATIENCE,
    };
    if args.animate && !args.format.is_svg() {
        anyhow::bail!("--animate goes with --format svg, dark or light");
    }
    if args.out.is_none() && matches!(args.format, ShotFormat::Png | ShotFormat::PngLight) {
        anyhow::bail!("a PNG is no text: name its file with --out");
    }
    if let Some(path) = &args.out {
        refuse_input(path, &args.mapping.paths)?;
    }
    let context = Context::at(DEMO_TIME);
    let mut loaded = match args.mapping.paths.as_slice() {
        [] => headless::samples(),
        paths => headless::read(paths, &context),
    };
    // What is waited for is over.
    loaded.retain(|message| match message {
        Msg::Notice(says) => {
            complain(says);
            false
        }
        _ => true,
    });
    if let Some(path) = &args.out {
        refuse_input(path, headless::files(&loaded))?;
    }
    let mode = match args.mapping.changes.privacy {
        true => Privacy::On,
        false => Privacy::Off,
    };
    let model = Model::new(context, mode, args.mapping.edits());
    let symbols = match args.ascii {
        true => Symbols::ascii(),
        false => Symbols::unicode(),
    };
    let look = Look::new(args.format.theme(args.theme).theme(), symbols);
    let record = |model| headless::record(model, loaded.clone(), &look, args.size, script);
    let ground = args.format.ground(args.theme);
    let picture = match (args.format, args.animate) {
        (ShotFormat::Cast, _) => record(model)?.cast().into_bytes(),
        (_, true) => record(model)?.svg(ground).into_bytes(),
        (format, false) => {
            let screen = headless::play(model, loaded, &look, args.size, script)?;
            match format {
                ShotFormat::Svg | ShotFormat::Dark | ShotFormat::Light => {
                    picture::svg(&screen, ground).into_bytes()
                }
                ShotFormat::Png | ShotFormat::PngLight => picture::png(&screen, ground),
                ShotFormat::Text | ShotFormat::Cast => picture::text(&screen).into_bytes(),
            }
        }
    };
    match &args.out {
        Some(path) => {
            files::write_named(path, &picture, files::Readers::Usual).map_err(|error| {
                let why = system::reason_unwritten(&error);
                anyhow::anyhow!("{} cannot be written: {why}", path.display())
            })?;
        }
        None => {
            // A CI system that runs this reads its output too.
            let picture = String::from_utf8_lossy(&picture);
            match args.format {
                ShotFormat::Text => picture.lines().try_for_each(print)?,
                ShotFormat::Svg | ShotFormat::Dark | ShotFormat::Light => print_report(&picture)?,
                ShotFormat::Cast => print_json(&picture)?,
                // It has a file.
                ShotFormat::Png | ShotFormat::PngLight => {}
            }
        }
    }
    Ok(Exit::Done)
}

fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let (width, height) = text
        .split_once('x')
        .ok_or("expected columns and rows, as 120x40")?;
    let number = |text: &str| match text.parse::<u16>() {
        Ok(number @ 1..=500) => Ok(number),
        _ => Err(format!("{text} is not between 1 and 500")),
    };
    Ok((number(width)?, number(height)?))
}
