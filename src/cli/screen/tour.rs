//! `rainscope tour`: the inspector, begun with the tour on the bundled samples.

use super::inspect::{self, InspectorArgs, ScreenArgs};
use crate::cli::options::{ChangeArgs, DestinationArgs, KeyArgs, MappingArgs};
use crate::cli::output::Exit;
use crate::inspector::showing::tour::STOPS;
use crate::runtime::{self, Opening};
use crate::settings::Environment;

/// Arguments of `tour`.
#[derive(Debug, clap::Args)]
pub struct TourArgs {
    /// The stop to begin at
    #[arg(value_name = "STOP", default_value_t = 1, value_parser = stop)]
    pub stop: usize,
    /// How it looks
    #[command(flatten)]
    pub screen: ScreenArgs,
}

fn stop(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(stop) if (1..=STOPS.len()).contains(&stop) => Ok(stop),
        _ => Err(format!("a stop's number, from 1 to {}", STOPS.len())),
    }
}

/// Opens the inspector at a stop of the tour.
pub fn run(args: &TourArgs) -> anyhow::Result<Exit> {
    let arguments = InspectorArgs {
        mapping: MappingArgs {
            paths: Vec::new(),
            date: None,
            changes: ChangeArgs::default(),
        },
        destination: DestinationArgs::default(),
        key: KeyArgs::default(),
        screen: args.screen,
    };
    let mut start = inspect::start(&arguments, Environment::of_process())?;
    start.opening = Opening::Tour(args.stop - 1);
    Ok(inspect::tell(&runtime::run(start)?))
}
