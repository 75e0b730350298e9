//! `rainscope play`: a demonstration script on the real screen, and the inspector when it is over.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::inspect::{self, InspectorArgs, ScreenArgs};
use crate::cli::options::{DestinationArgs, KeyArgs, MappingArgs};
use crate::cli::output::{Exit, printable};
use crate::files;
use crate::inspector::keys::script::{self, ScriptStep};
use crate::runtime::{self, Opening};
use crate::settings::Environment;
use crate::{samples, source};

/// The largest script, in bytes. Chosen.
const LARGEST_SCRIPT: u64 = 1 << 20;

/// Arguments of `play`.
#[derive(Debug, clap::Args)]
pub struct PlayArgs {
    /// The script, as `shot --script` takes it
    #[arg(value_name = "SCRIPT")]
    pub script: PathBuf,
    /// On which completions it plays, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// How it looks
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// Plays a script on the screen.
pub fn run(args: &PlayArgs) -> anyhow::Result<Exit> {
    let steps = read_script(&args.script)?;
    let loaded = match args.mapping.paths.as_slice() {
        [] => samples::load_all(),
        paths => source::load_all(paths),
    };
    let arguments = InspectorArgs {
        mapping: MappingArgs {
            paths: Vec::new(),
            date: None,
            changes: args.mapping.changes.clone(),
        },
        destination: DestinationArgs::default(),
        key: KeyArgs::default(),
        // As the script was written: the same time and ids, and the program's own sink.
        screen: ScreenArgs {
            demo: true,
            ..args.screen
        },
    };
    let mut start = inspect::start(&arguments, Environment::of_process())?;
    start.model.pressed = None;
    start.opening = Opening::Script(steps, Box::new(loaded));
    Ok(inspect::tell(&runtime::run(start)?))
}

/// Reads a script from a file.
pub(super) fn read_script(path: &Path) -> anyhow::Result<Vec<ScriptStep>> {
    let shown = printable(&path.display().to_string()).into_owned();
    let text = files::read_text(path, LARGEST_SCRIPT)
        .with_context(|| format!("{shown} cannot be read"))?;
    script::parse_file(&text).with_context(|| shown)
}
