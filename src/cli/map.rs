//! `rainscope map`: the mapped events, one JSON object a line, in the order of the input.
//!
//! The work on a record is one function, [`Mapper::record`]; whether one thread does it or several is
//! a matter of who calls it. Lines go out when nothing more is at hand, so that a pipeline is never
//! kept waiting for a record that was already read.

mod lines;
mod mapper;

use std::num::NonZeroUsize;

use super::jobs::{self, JobInput, parts};
use super::options::{DestinationArgs, MappingArgs};
use super::outcomes::Outcomes;
use super::output::Exit;
use crate::feed::{self, FeedItem, ReadAhead};
use crate::samples;
use mapper::{Mapper, NOTHING, Page};

/// Arguments of `map`.
#[derive(Debug, clap::Args)]
pub struct MapArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// What the events are meant for, and the settings
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Print {"method","path","body"} for each, as it would be sent
    #[arg(long, conflicts_with = "explain")]
    pub wire: bool,
    /// Print {"event","provenance","findings","dropped","loaded_as","loaded_from"} for each
    ///
    /// For each value of the event, "provenance" has its sources ("from", pointers into the completion;
    /// "at", their file, line and column), the rule in words, the rule's name and step, and the confidence:
    /// documented (by OpenRouter), observed (in a real event or delivery) or assumed (by this program).
    #[arg(long)]
    pub explain: bool,
    /// Print exactly one line for each line of the input, for pipelines; without a PATH, standard input is read
    ///
    /// Where a line makes no event, {"error","kind","from"} is printed for it; where it makes several, an array of
    /// them. No line fails the run. Each is answered before the next is waited for; a count goes to standard error.
    #[arg(long, conflicts_with_all = ["jobs", "pretty"])]
    pub lines: bool,
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

/// Maps everything the arguments name.
pub fn run(args: &MapArgs) -> anyhow::Result<Exit> {
    let mapper = Mapper::new(args)?;
    if args.lines {
        return lines::run(mapper, &args.mapping.paths, args.all);
    }
    args.mapping.take_samples("mapped")?;
    if args.jobs.get() > 1 && !args.mapping.paths.is_empty() {
        return run_jobs(args, mapper);
    }
    let mut mapper = mapper;
    let mut page = Page::default();
    let mut outcomes = Outcomes::new(args.all);
    let mut has_waited = false;
    let mut take = |item: FeedItem<'_>| -> anyhow::Result<()> {
        match item {
            FeedItem::Record { bytes, origin } => {
                if std::mem::take(&mut has_waited) {
                    mapper.refresh();
                }
                mapper.record(bytes, origin, &mut page);
            }
            FeedItem::Loaded(loaded) => {
                for part in parts(loaded) {
                    mapper.loaded(part, &mut page);
                    page.spill(&mut outcomes)?;
                }
            }
            FeedItem::Begin(unit) => {
                page.put(&mut outcomes)?;
                page.part.begins = Some(unit.clone());
            }
            FeedItem::Pause => {
                page.put(&mut outcomes)?;
                has_waited = true;
            }
        }
        page.spill(&mut outcomes)
    };
    if args.mapping.paths.is_empty() {
        take(FeedItem::Loaded(samples::load_all()))?;
    } else {
        feed::feed(&args.mapping.paths, &mut take)?;
    }
    take(FeedItem::Pause)?;
    Ok(outcomes.end(NOTHING))
}

/// The same on several threads.
fn run_jobs(args: &MapArgs, mapper: Mapper) -> anyhow::Result<Exit> {
    let start = move || {
        let mut mapper = mapper.clone();
        move |input| {
            let mut page = Page::default();
            mapper.refresh();
            match input {
                JobInput::Begin(unit) => page.part.begins = Some(unit),
                JobInput::Loaded(loaded) => mapper.loaded(loaded, &mut page),
                JobInput::Records(batch) => {
                    for (bytes, origin) in batch.records() {
                        mapper.record(bytes, origin, &mut page);
                    }
                }
            }
            page
        }
    };
    let mut outcomes = Outcomes::new(args.all);
    let (jobs, paths) = (args.jobs.get(), args.mapping.paths.clone());
    jobs::run(jobs, paths, ReadAhead::default(), start, |mut page| {
        Ok(page.put(&mut outcomes)?)
    })?;
    Ok(outcomes.end(NOTHING))
}
