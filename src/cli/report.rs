//! `rainscope report`: one file to hand to others, as HTML or Markdown.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;

use super::destination::{kind, settings};
use super::options::{DestinationArgs, MappingArgs};
use super::outcomes::{Diagnostic, Outcomes, RecordsPart};
use super::output::{Exit, complain, printable, raw, refuse_input};
use crate::completion::load::{self, Loaded};
use crate::completion::{Completion, Edits};
use crate::destination::RAINDROP;
use crate::feed::{self, FeedItem};
use crate::files::{self, Readers};
use crate::mapping::{self, Context, Deliveries};
use crate::prepare::Endpoint;
use crate::report_deliveries::{self, SentEvents};
use crate::settings::resolve::{find_key, locate};
use crate::settings::{Environment, Settings, history};
use crate::share::report::{
    ReportBody, ReportEntry, ReportFull, ReportKeys, ReportOptions, ReportText, is_markdown,
};
use crate::{samples, system};

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Where the requests in it would go, and the settings
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// How to write it; else as the ending of --out says (.md), and HTML
    #[arg(long, value_enum)]
    pub format: Option<ReportFileFormat>,
    /// Let the conversation's text stand in it; without this only its lengths do
    #[arg(long, conflicts_with = "privacy")]
    pub with_text: bool,
    /// The file to write, or - for standard output; else standard output where that is no terminal, and
    /// rainscope-report.html or .md in this folder
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFileFormat {
    /// One self-contained page for a browser
    Html,
    /// Text for an issue or a chat
    Markdown,
}

impl ReportFileFormat {
    const fn file(self) -> &'static str {
        match self {
            ReportFileFormat::Html => "rainscope-report.html",
            ReportFileFormat::Markdown => "rainscope-report.md",
        }
    }
}

impl ReportArgs {
    fn format(&self) -> ReportFileFormat {
        let by_ending = || match self.out.as_deref().is_some_and(is_markdown) {
            true => ReportFileFormat::Markdown,
            false => ReportFileFormat::Html,
        };
        self.format.unwrap_or_else(by_ending)
    }
}

/// Writes a report of all that the arguments name.
pub fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    if let Some(path) = file(args) {
        refuse_input(path, &args.mapping.paths)?;
    }
    let environment = Environment::of_process();
    let options = args
        .destination
        .options_with(args.mapping.changes.privacy)?;
    let settings = settings(&environment, &options)?;
    let now = jiff::Timestamp::now();
    let text = match args.with_text {
        true => ReportText::Included,
        false => ReportText::Withheld,
    };
    let options = ReportOptions {
        text,
        made_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        is_keyless: is_keyless(&settings, &environment),
        endpoint: endpoint(&settings, &environment)?,
        keys: ReportKeys::of(environment.secrets()),
    };
    args.mapping.take_samples("told of")?;
    let paths = &args.mapping.paths;
    let context = settings.context(now.as_millisecond());
    let (deliveries, ahead) = feed::deliveries::gather(paths, &context);
    let mut run = ReportRun {
        edits: args.mapping.edits(),
        context,
        deliveries,
        sent: sent(&settings, now.as_millisecond()),
        body: match args.format() {
            ReportFileFormat::Html => ReportBody::html(options),
            ReportFileFormat::Markdown => ReportBody::markdown(options),
        },
        outcomes: Outcomes::new(false),
        part: RecordsPart::default(),
        read: BTreeSet::new(),
    };
    if paths.is_empty() {
        run.take(FeedItem::Loaded(samples::load_all()))?;
    } else {
        feed::feed_behind(paths, &ahead, &mut |item| run.take(item))?;
    }
    run.put();
    let exit = run.outcomes.end("no report was written");
    let count = run.body.count();
    if count == 0 {
        return Ok(exit);
    }
    if let Some(path) = file(args) {
        refuse_input(path, run.read.iter().map(|file| &**file))?;
    }
    write(args, &run.body.text(), count)?;
    Ok(exit)
}

/// The file to write; none for standard output.
fn file(args: &ReportArgs) -> Option<&Path> {
    match &args.out {
        Some(path) if path.as_os_str() == "-" => None,
        Some(path) => Some(path.as_path()),
        None if io::stdout().is_terminal() => Some(Path::new(args.format().file())),
        None => None,
    }
}

/// Writes the file, or to standard output.
fn write(args: &ReportArgs, text: &str, count: usize) -> anyhow::Result<()> {
    let Some(path) = file(args) else {
        // An old way to give orders to a build, whose log this may be. A page has none: it is data there.
        let text = match args.format() {
            ReportFileFormat::Markdown => Cow::Owned(text.replace("##[", "## [")),
            ReportFileFormat::Html => Cow::Borrowed(text),
        };
        raw(text.as_bytes())?;
        return Ok(());
    };
    let shown = path.display().to_string();
    files::write_named(path, text.as_bytes(), Readers::Owner).map_err(|error| {
        let why = system::reason_unwritten(&error);
        anyhow::anyhow!("{} cannot be written: {why}", printable(&shown))
    })?;
    let completions = match count {
        1 => "1 completion".to_owned(),
        count => format!("{count} completions"),
    };
    let about = match args.with_text {
        true => "with the conversation's text",
        false => "without the conversation's text",
    };
    complain(&format!("{shown}: {completions}, {about}"));
    Ok(())
}

/// Where events go, for the requests that are shown; nothing is asked or sent.
fn endpoint(settings: &Settings, environment: &Environment) -> anyhow::Result<Endpoint> {
    let kind = kind(settings, environment)?;
    Ok(match locate(settings, environment) {
        Ok(Some(server)) => Endpoint {
            kind,
            base_url: server.base_url.to_string(),
            project: server
                .project
                .map(|slug| slug.as_str().to_owned())
                .unwrap_or_default(),
        },
        Ok(None) | Err(_) => Endpoint {
            kind,
            base_url: RAINDROP.to_owned(),
            project: String::new(),
        },
    })
}

/// Whether no key is found for the server that the settings name.
fn is_keyless(settings: &Settings, environment: &Environment) -> bool {
    let Ok(Some(server)) = locate(settings, environment) else {
        return false;
    };
    matches!(find_key(settings, environment, &server.base_url), Ok(None))
}

/// The latest delivery of each event, as the history has it. A report is made without it too.
fn sent(settings: &Settings, now: i64) -> SentEvents {
    let sent = match history::open(settings, now) {
        Ok(Some(history)) => report_deliveries::latest(&history),
        Ok(None) => return SentEvents::new(),
        Err(error) => Err(error),
    };
    sent.unwrap_or_else(|error| {
        complain(&format!(
            "note: the report says nothing of deliveries: {error}"
        ));
        SentEvents::new()
    })
}

struct ReportRun {
    edits: Edits,
    context: Context,
    /// What OpenRouter delivered, to compare exchanges with.
    deliveries: Deliveries,
    /// What was sent before, by event id.
    sent: SentEvents,
    body: ReportBody,
    outcomes: Outcomes,
    part: RecordsPart,
    /// The files that completions were read from.
    read: BTreeSet<Arc<str>>,
}

impl ReportRun {
    fn take(&mut self, item: FeedItem<'_>) -> anyhow::Result<()> {
        match item {
            FeedItem::Record { bytes, origin } => {
                let mut loaded = Loaded::default();
                load::load_slice(bytes, origin, &mut loaded);
                self.part.records.take(&mut loaded);
                self.loaded(loaded)
            }
            FeedItem::Loaded(loaded) => self.loaded(loaded),
            FeedItem::Begin(unit) => {
                self.put();
                self.part.begins = Some(unit.clone());
                Ok(())
            }
            FeedItem::Pause => {
                self.put();
                Ok(())
            }
        }
    }

    fn put(&mut self) {
        self.outcomes.take(std::mem::take(&mut self.part));
    }

    fn loaded(&mut self, mut loaded: Loaded) -> anyhow::Result<()> {
        self.part.recognised += load::recognised(&loaded);
        self.part.records.file_is(&mut loaded);
        self.part.said.extend(Diagnostic::of(&mut loaded));
        for completion in &loaded.completions {
            let file = &completion.origin.file;
            if !self.read.contains(file) {
                self.read.insert(Arc::clone(file));
            }
            self.completion(completion)?;
        }
        Ok(())
    }

    fn completion(&mut self, completion: &Completion) -> Result<(), ReportFull> {
        let mut mapped = mapping::inspect(completion, &self.edits, &self.context);
        let differences = self.deliveries.differences(completion, &mapped);
        mapped.findings.extend(differences);
        let id = mapped.event().map(crate::event::Event::id);
        let entry = ReportEntry {
            completion,
            mapped: &mapped,
            delivery: id.and_then(|id| self.sent.get(&id).cloned()),
        };
        self.body.add(&entry)
    }
}
