//! `rainscope verify`: what the destination stored of each completion's event, field by field.

mod progress;
mod report;
mod sent;
mod wanted;

use std::time::Duration;

use super::destination::settings;
use super::options::{DestinationArgs, KeyArgs, MappingArgs, OutputFormat};
use super::output::{Exit, complain};
use super::wait::{Interrupts, block_on};
use crate::delivery::history::History;
use crate::delivery::readback::{self, Found, Limits, Progress, ReadPlace, Sought};
use crate::prepare::Endpoint;
use crate::settings::access::KeyConsent;
use crate::settings::{Environment, Settings, history, reading};
use crate::verify::{Unsure, Verdict};
use report::VerifyReport;
use sent::SentReader;
use wanted::Wanted;

/// A wait that is told beforehand. Chosen.
const LONG: usize = 60;

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Where events went
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Who may get a key
    #[command(flatten)]
    pub key: KeyArgs,
    /// How long to wait for events that are not there yet, at most 180 [default: 180; 10 on this machine]
    #[arg(long, value_name = "SECS", value_parser = clap::value_parser!(u64).range(0..=180))]
    pub timeout: Option<u64>,
    /// For reading, or one JSON object for each completion
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    pub format: OutputFormat,
}

/// Verifies them.
pub fn run(args: &VerifyArgs) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let options = args
        .destination
        .options_with(args.mapping.changes.privacy)?;
    let settings = settings(&environment, &options)?;
    args.mapping.take_samples("looked for")?;
    block_on(verify(args, &settings, &environment))?
}

async fn verify(
    args: &VerifyArgs,
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let consent = match args.key.use_key {
        true => KeyConsent::Given,
        false => KeyConsent::NotGiven,
    };
    let (place, endpoint) = reading::of_settings(settings, environment, consent).await?;
    let history = opened(settings);
    let mut report = VerifyReport::new(args.format, &place);
    let mut sent = SentReader::new(args, settings, endpoint, history.clone());
    let limits = Limits::of(&place, args.timeout.map(Duration::from_secs));
    let mut interrupts = Interrupts::listen()?;
    let mut search = EventSearch {
        place: &place,
        limits: &limits,
        history: history.as_ref(),
        report: &mut report,
        interrupts: &mut interrupts,
    };
    let mut is_first = true;
    loop {
        let wanted = sent.next(search.report).await?;
        if wanted.is_empty() {
            break;
        }
        if !std::mem::take(&mut is_first) {
            // Those before may have ended with a request just now.
            tokio::time::sleep(limits.interval).await;
        }
        announce(&place, wanted.len(), &limits);
        if search.run(&wanted).await? == SearchEnd::Stopped {
            break;
        }
    }
    sent.finish(&mut report);
    report.finish()
}

/// Says what is going to take long.
fn announce(place: &ReadPlace, events: usize, limits: &Limits) {
    let least = readback::least_requests(place, events);
    let seconds = least as u64 * limits.interval.as_secs();
    if place.reader() == crate::verify::Reader::QueryApi && least > LONG {
        complain(&format!(
            "{events} events are at least {least} requests, one a second: about {seconds} s; Ctrl-C stops, and what was found is told"
        ));
    }
}

/// Looks for events, and reports what is found.
struct EventSearch<'s> {
    place: &'s ReadPlace,
    limits: &'s Limits,
    history: Option<&'s History>,
    report: &'s mut VerifyReport,
    interrupts: &'s mut Interrupts,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchEnd {
    /// Each event was found, or the time was up.
    Complete,
    /// The person stopped it.
    Stopped,
}

impl EventSearch<'_> {
    /// Looks for the events until each is found, the time is up, or the person stops it.
    async fn run(&mut self, wanted: &[Wanted]) -> anyhow::Result<SearchEnd> {
        let sought: Vec<Sought> = wanted.iter().map(Wanted::sought).collect();
        let (told, mut found) = tokio::sync::mpsc::unbounded_channel();
        let progress = told.clone();
        let search = readback::wait_for(
            self.place,
            &sought,
            self.limits,
            move |now| drop(progress.send(Told::Progress(now))),
            move |index, what| drop(told.send(Told::Found(index, Box::new(what)))),
        );
        let mut search = std::pin::pin!(search);
        let mut is_over = false;
        let mut end = SearchEnd::Complete;
        let mut is_open = vec![true; wanted.len()];
        loop {
            tokio::select! {
                biased;
                _ = self.interrupts.next() => {
                    self.report.say("stopped: what was not found by now is not known");
                    self.report.stopped();
                    end = SearchEnd::Stopped;
                    break;
                }
                told = found.recv() => match told {
                    Some(Told::Progress(now)) => self.report.progress(&now),
                    Some(Told::Found(index, what)) => {
                        if let (Some(one), Some(open)) = (wanted.get(index), is_open.get_mut(index)) {
                            *open = false;
                            settle(self.place, one, &what, self.history, self.report)?;
                        }
                    }
                    None => break,
                },
                () = search.as_mut(), if !is_over => is_over = true,
            }
            if is_over && found.is_empty() {
                break;
            }
        }
        for (one, _) in wanted.iter().zip(is_open).filter(|(_, open)| *open) {
            self.report.not_known(one)?;
        }
        Ok(end)
    }
}

enum Told {
    Progress(Progress),
    Found(usize, Box<Found>),
}

/// Compares, reports and remembers what became of one event.
fn settle(
    place: &ReadPlace,
    one: &Wanted,
    found: &Found,
    history: Option<&History>,
    report: &mut VerifyReport,
) -> anyhow::Result<()> {
    let verdict = match found {
        Found::Event(event) => {
            let unsure = Unsure {
                timestamp: one.is_time_unsure,
                event: one.delivery.is_none(),
            };
            let Some(comparison) = place.compare(&one.body, event, unsure) else {
                return report.unread(one, "what was sent cannot be read as an event");
            };
            let link = place.link(&one.event_id, event.run.as_deref());
            let verdict = Verdict::of(place.reader(), &comparison, link);
            report.compared(one, &comparison, &verdict)?;
            verdict
        }
        Found::Absent => {
            let verdict = Verdict::not_found(place.reader(), place.link(&one.event_id, None));
            report.absent(one, &verdict)?;
            verdict
        }
        Found::NotAsked => return report.not_known(one),
        Found::Unread(error) => return report.unread(one, &error.to_string()),
    };
    if let (Some(history), Some(delivery)) = (history, one.delivery) {
        let now = jiff::Timestamp::now().as_millisecond();
        if let Err(error) = history.judge(delivery, now, &verdict) {
            report.say(&format!("{error}; the verdict is not remembered"));
        }
    }
    Ok(())
}

/// The history, or none: without it the completions say what was sent.
fn opened(settings: &Settings) -> Option<History> {
    let now = jiff::Timestamp::now().as_millisecond();
    history::open(settings, now).unwrap_or_else(|error| {
        complain(&format!(
            "{error}; what was sent is taken from the completions"
        ));
        None
    })
}

/// The endpoint in words, for a note.
fn endpoint_in_words(endpoint: &Endpoint) -> String {
    match endpoint.project.as_str() {
        "" => endpoint.base_url.clone(),
        project => format!("{}, project {project}", endpoint.base_url),
    }
}
