//! `rainscope fetch`: generations by id from OpenRouter, as samples.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;

use super::output::{Exit, complain, print_json};
use super::wait::block_on;
use crate::fetch;
use crate::files;
use crate::openrouter::generations::{
    FetchError, Generation, GenerationId, Generations, NEVER_KEPT, PollingLimits,
};
use crate::settings::Environment;
use crate::system;

/// Arguments of `fetch`.
#[derive(Debug, clap::Args)]
pub struct FetchArgs {
    /// Generations by id, as a response's `id` or the header X-Generation-Id has it
    #[arg(value_name = "ID", required_unless_present = "recent")]
    pub ids: Vec<GenerationId>,
    /// The account's latest generations, at most so many; needs OPENROUTER_MANAGEMENT_KEY
    #[arg(long, value_name = "N", conflicts_with = "ids", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub recent: Option<u16>,
    /// Write each to a file of its own in this folder, rather than to standard output
    #[arg(long, value_name = "FOLDER")]
    pub save: Option<PathBuf>,
    /// How long to wait for a record that is not there yet
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub wait: u64,
}

/// Fetches everything the arguments name, in order.
pub fn run(args: &FetchArgs) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let limits = PollingLimits {
        total: Duration::from_secs(args.wait),
        ..PollingLimits::default()
    };
    let generations = match args.recent {
        Some(_) => fetch::with_management_key(&environment, limits)?,
        None => fetch::with_own_key(&environment, limits)?,
    };
    if let Some(folder) = &args.save {
        let made = fs::create_dir_all(folder);
        made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    block_on(async {
        let ids = match args.recent {
            None => args.ids.clone(),
            Some(count) => recent(&generations, count.into()).await?,
        };
        fetch_all(&generations, &ids, args.save.as_deref()).await
    })?
}

async fn recent(generations: &Generations, count: usize) -> anyhow::Result<Vec<GenerationId>> {
    let ids = generations.recent(count, Timestamp::now()).await?;
    if ids.len() < count {
        complain(&format!(
            "OpenRouter lists {} of this account's last 31 days",
            counted(ids.len())
        ));
    }
    Ok(ids)
}

async fn fetch_all(
    generations: &Generations,
    ids: &[GenerationId],
    folder: Option<&Path>,
) -> anyhow::Result<Exit> {
    let (mut fetched, mut absent, mut failed) = (0_usize, 0_usize, 0_usize);
    for id in ids {
        let waits = generations.fetch(id, |waiting| complain(&waiting.says(id)));
        match waits.await {
            Ok(generation) => {
                fetched += 1;
                put(&generation, folder)?;
                if let Some(lacks) = generation.content.lacks() {
                    complain(&format!("{id}: {lacks}"));
                }
                failed += usize::from(generation.content.is_unread());
            }
            // No other id fares better with this key.
            Err(error @ FetchError::Refused(_)) => return Err(error.into()),
            Err(error) => {
                absent += usize::from(error == FetchError::Absent);
                failed += usize::from(error != FetchError::Absent);
                complain(&format!("{id}: {error}"));
            }
        }
    }
    if fetched > 0 {
        complain(&format!("{} fetched; {NEVER_KEPT}", counted(fetched)));
    }
    Ok(match (failed, absent) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::No,
        _ => Exit::Failed,
    })
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 generation".to_owned(),
        _ => format!("{count} generations"),
    }
}

fn put(generation: &Generation, folder: Option<&Path>) -> anyhow::Result<()> {
    let mut line = generation.sample();
    line.push('\n');
    let Some(folder) = folder else {
        print_json(&line)?;
        return Ok(());
    };
    let path = folder.join(format!("{}.json", generation.id));
    // An existing file may have been edited since.
    let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
    match files::read_text(&path, length) {
        Ok(have) if have == line => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Its owner alone can read it: it may hold the conversation.
            let written = files::write_named(&path, line.as_bytes(), files::Readers::Owner);
            written.map_err(|error| {
                let why = system::reason_unwritten(&error);
                anyhow::anyhow!("{} cannot be written: {why}", path.display())
            })
        }
        _ => anyhow::bail!(
            "{} is there already, and is another one: remove it, or name another folder",
            path.display()
        ),
    }
}
