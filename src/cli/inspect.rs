//! `rainscope`: the inspector. Arguments and settings are checked before the screen is taken over.

use std::env;
use std::io::{self, IsTerminal};

use anyhow::{Context as _, bail};

use super::args::InspectorArgs;
use super::output::Exit;
use crate::app::Model;
use crate::delivery::destination::{BaseUrl, Destination, Insecure, ProjectSlug, RAINDROP};
use crate::mapping::Context;
use crate::runtime::{self, Clock, Start};
use crate::screen::theme::{Look, Symbols, Theme};
use crate::settings::write_key::WriteKey;
use crate::terminal::Multiplexer;

/// Opens the inspector.
pub fn run(args: &InspectorArgs) -> anyhow::Result<Exit> {
    if !io::stdout().is_terminal() {
        bail!("the inspector needs a terminal; `rainscope map` prints events instead");
    }
    let destination = destination(args)?;
    let clock = match args.demo {
        true => Clock::DEMO,
        false => Clock::System,
    };
    let context = Context::at(clock.now());
    let theme = match env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        true => Theme::monochrome(),
        false => Theme::terminal(),
    };
    let symbols = match args.ascii {
        true => Symbols::ascii(),
        false => Symbols::unicode(),
    };
    let term = env::var("TERM").unwrap_or_default();
    let mut model = Model::new(context, args.mapping.mode(), args.mapping.edits());
    model.pressed = args.demo.then(Vec::new);
    runtime::run(Start {
        model,
        paths: args.mapping.paths.clone(),
        destination,
        look: Look { theme, symbols },
        multiplexer: Multiplexer::of(env::var_os("TMUX").is_some(), &term),
        clock,
    })?;
    Ok(Exit::Done)
}

/// The configured destination; none where nothing is configured.
fn destination(args: &InspectorArgs) -> anyhow::Result<Option<Destination>> {
    let key = env::var("RAINDROP_WRITE_KEY")
        .ok()
        .filter(|key| !key.is_empty());
    let Some(key) = key else {
        if args.base_url.is_some() {
            bail!("a base URL needs a write key: set RAINDROP_WRITE_KEY");
        }
        return Ok(None);
    };
    let key = WriteKey::new(key).context("RAINDROP_WRITE_KEY")?;
    let base_url = args.base_url.as_deref().unwrap_or(RAINDROP);
    let base_url = BaseUrl::parse(base_url, Insecure::Refused).context("--base-url")?;
    let project =
        ProjectSlug::parse(args.project.as_deref().unwrap_or_default()).context("--project")?;
    Ok(Some(Destination::raindrop(base_url, key, project)))
}
