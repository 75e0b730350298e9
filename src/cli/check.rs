//! `rainscope check`: all findings, for a person or for CI, and a comparison with approved events.

mod golden;
mod inspecting;
mod location;
pub mod policy;
mod project;
pub mod report;
mod tally;

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use self::golden::{Golden, GoldenResult};
use self::inspecting::{CheckPage, Inspecting};
use self::location::Locator;
use self::policy::{FindingSelector, Policy};
use self::project::Project;
use self::report::{Checked, Remark, Report, ReportFormat};
use self::tally::{CheckTally, CodeCounts, counted};
use super::destination::settings;
use super::jobs;
use super::options::{ColorWhen, DestinationArgs, MappingArgs};
use super::outcomes::{Diagnostic, Outcomes, RecordsPart};
use super::output::{Exit, complain, print_json, print_report};
use crate::completion::Completion;
use crate::completion::load::{self, Loaded, Problem, ProblemKind};
use crate::event::privacy::Privacy;
use crate::feed::{self, FeedItem};
use crate::mapping::scan::secrets;
use crate::mapping::twins::{MadeEvent, Twins};
use crate::mapping::{Code, Mapped, Outcome, Severity};
use crate::samples;
use crate::settings::{Environment, paths};
use crate::share::report::ReportKeys;
use crate::source::{self, SourceUnit};

/// How many places of a code a person is shown; the rest are counted.
const REPEATED: usize = 3;

/// How many events' differences are shown one by one; the summary at the end counts them all.
const SHOWN: usize = 20;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// What the events are meant for, and the settings
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ReportFormat,
    /// Deny a finding's code, or all that is at least a warning or an info; errors always are (repeatable)
    #[arg(long, value_name = "CODE|SEVERITY", value_parser = FindingSelector::parse)]
    pub deny: Vec<FindingSelector>,
    /// Leave a finding's code out of the report and the verdict (repeatable); --help lists the codes
    #[arg(long, value_name = "CODE", value_parser = policy::code)]
    pub allow: Vec<Code>,
    /// Compare each event with FOLDER/NAME.json
    #[arg(long, value_name = "FOLDER")]
    pub expect: Option<PathBuf>,
    /// Rewrite the events in that folder instead
    #[arg(long)]
    pub update: bool,
    /// The project's file; else rainscope.toml, looked for in this folder and those around it (but not
    /// with --config none)
    #[arg(long, value_name = "FILE")]
    pub project_file: Option<PathBuf>,
    /// Check on so many threads; the order stays
    #[arg(long, value_name = "N", default_value = "1")]
    pub jobs: NonZeroUsize,
    /// Show each place of what repeats, rather than three and a count
    #[arg(long)]
    pub all: bool,
    /// Print only how often each code was found; with `--format human` or `json`
    #[arg(long, conflicts_with_all = ["all", "expect", "update"])]
    pub statistics: bool,
}

/// Checks all that the arguments or the project's file name.
pub fn run(args: &CheckArgs, color: ColorWhen) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let reads_none = paths::reads_none(&environment, args.destination.config.as_deref());
    let project = match &args.project_file {
        Some(file) => Project::read(file)?,
        None if reads_none => Project::default(),
        None => Project::find()?,
    };
    let mut options = args
        .destination
        .options_with(args.mapping.changes.privacy)?;
    options.project.clone_from(&project.file);
    let settings = settings(&environment, &options)?;
    let paths = match args.mapping.paths.is_empty() {
        true => &project.paths,
        false => &args.mapping.paths,
    };
    let mut policy = project.policy.clone();
    policy.deny.extend(&args.deny);
    policy.allow.extend(&args.allow);
    if args.expect.is_none() && args.update {
        project.keeps_within()?;
    }
    let expect = args.expect.clone().or(project.expect);
    if args.update && expect.is_none() {
        anyhow::bail!("--update rewrites the folder of --expect; name it");
    }
    if args.statistics && !matches!(args.format, ReportFormat::Human | ReportFormat::Json) {
        anyhow::bail!("--statistics goes with --format human or json");
    }
    let is_coloured = color.applies(io::stdout().is_terminal());
    let context = settings.context(jiff::Timestamp::now().as_millisecond());
    let (deliveries, ahead) = feed::deliveries::gather(paths, &context);
    let inspecting = Inspecting {
        edits: args.mapping.edits(),
        deliveries: Arc::new(deliveries),
        context,
    };
    let mut check = CheckRun {
        mode: settings.privacy(),
        policy,
        keys: ReportKeys::of(environment.secrets()),
        is_statistics: args.statistics,
        golden: expect.map(|folder| Golden::new(folder, args.update, settings.privacy())),
        format: args.format,
        report: report::writer(args.format, is_coloured),
        shown: match (args.statistics, args.format) {
            (true, _) => Some(0),
            (false, ReportFormat::Human) if !args.all => Some(REPEATED),
            _ => None,
        },
        counts: CodeCounts::default(),
        twins: Twins::default(),
        out: String::new(),
        tally: CheckTally::default(),
        unit: None,
        records: load::RecordOutcomes::default(),
        outcomes: Outcomes::new(args.all),
    };
    if paths.is_empty() {
        args.mapping.take_samples("checked")?;
        check.loaded(samples::load_all(), inspecting.one_by_one())?;
    } else if args.jobs.get() > 1 {
        let start = move || {
            let mut inspect = inspecting.one_by_one();
            move |input| CheckPage::of(input, &mut inspect)
        };
        let (jobs, paths) = (args.jobs.get(), paths.clone());
        jobs::run(jobs, paths, ahead, start, |page| check.page(page))?;
    } else {
        let mut inspect = inspecting.one_by_one();
        feed::feed_behind(paths, &ahead, &mut |item| check.take(item, &mut inspect))?;
    }
    check.end()
}

struct CheckRun {
    mode: Privacy,
    policy: Policy,
    /// This program's own keys, which a payload may repeat.
    keys: ReportKeys,
    golden: Option<Golden>,
    format: ReportFormat,
    report: Box<dyn Report>,
    /// Whether only the counts are printed.
    is_statistics: bool,
    /// How many places of a code are shown; none means all.
    shown: Option<usize>,
    counts: CodeCounts,
    twins: Twins,
    out: String,
    tally: CheckTally,
    /// The file being read, and what to report at its end.
    unit: Option<SourceUnit>,
    records: load::RecordOutcomes,
    outcomes: Outcomes,
}

impl CheckRun {
    fn take(
        &mut self,
        item: FeedItem<'_>,
        inspect: impl FnMut(&Completion) -> Mapped,
    ) -> anyhow::Result<()> {
        match item {
            FeedItem::Record { bytes, origin } => {
                let mut loaded = Loaded::default();
                load::load_slice(bytes, origin, &mut loaded);
                self.records.take(&mut loaded);
                self.loaded(loaded, inspect)
            }
            FeedItem::Loaded(loaded) => self.loaded(loaded, inspect),
            FeedItem::Begin(unit) => self.begin(unit.clone()),
            FeedItem::Pause => self.put(),
        }
    }

    /// Takes what another thread made of records.
    fn page(&mut self, page: CheckPage) -> anyhow::Result<()> {
        if let Some(unit) = page.begins {
            self.begin(unit)?;
        }
        self.records.merge(page.records);
        for (loaded, mapped) in page.loaded {
            self.told(loaded, |check, completions| {
                let mut both = completions.iter().zip(mapped);
                both.try_for_each(|(completion, mapped)| check.completion(completion, mapped))
            })?;
        }
        Ok(())
    }

    fn begin(&mut self, unit: SourceUnit) -> anyhow::Result<()> {
        self.end_file()?;
        self.unit = Some(unit.clone());
        self.outcomes.take(RecordsPart {
            begins: Some(unit),
            ..RecordsPart::default()
        });
        Ok(())
    }

    /// Takes what is reported once for all of a file's records.
    fn end_file(&mut self) -> anyhow::Result<()> {
        let mut said = std::mem::take(&mut self.records).end();
        if self.unit.take().is_some_and(|unit| !unit.is_named()) {
            source::forgive(&mut said);
        }
        self.told(said, |_, _| Ok(()))
    }

    fn loaded(
        &mut self,
        loaded: Loaded,
        mut inspect: impl FnMut(&Completion) -> Mapped,
    ) -> anyhow::Result<()> {
        self.told(loaded, |check, completions| {
            let mut all = completions.iter();
            all.try_for_each(|completion| check.completion(completion, inspect(completion)))
        })
    }

    /// Reports what is to be said of records, and then what `each` does of their completions.
    fn told(
        &mut self,
        mut loaded: Loaded,
        each: impl FnOnce(&mut CheckRun, &[Completion]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for problem in &loaded.problems {
            *self.tally.problems.entry(problem.kind.word()).or_default() += 1;
            match self.is_statistics {
                true => _ = self.counts.add(Severity::Error, problem.kind.word()),
                false => {
                    let problem = Problem {
                        what: self.keys.mask(&problem.what).into_owned(),
                        ..problem.clone()
                    };
                    self.report.problem(&problem, &mut self.out);
                }
            }
        }
        let is_file = |note: &&Problem| note.kind == ProblemKind::Unrecognised;
        self.tally.skipped_files += loaded.notes.iter().filter(is_file).count();
        self.tally.skipped_records += loaded.skipped;
        self.records.file_is(&mut loaded);
        self.outcomes.take(RecordsPart {
            recognised: load::recognised(&loaded),
            said: Diagnostic::of(&mut loaded),
            ..RecordsPart::default()
        });
        each(self, &loaded.completions)?;
        if self.out.len() > 1 << 16 {
            self.put()?;
        }
        Ok(())
    }

    fn completion(&mut self, completion: &Completion, mut mapped: Mapped) -> anyhow::Result<()> {
        let made = MadeEvent::of(completion, &mapped);
        let twin = made.and_then(|made| self.twins.take(made));
        mapped.findings.extend(twin);
        self.tally.completions += 1;
        let no_event = match &mapped.outcome {
            Outcome::NoEvent(none) => Some(self.keys.mask(&none.says).into_owned()),
            Outcome::Event(_) => None,
        };
        self.tally.without_event += usize::from(no_event.is_some());
        if self.mode == Privacy::On && no_event.is_none() {
            self.tally.count(mapped.verdict(completion));
        }
        let mut remarks = Vec::new();
        // Most completions repeat what was already shown, so their places need not be looked up.
        let mut locator = None;
        for finding in &mapped.findings {
            if !self.policy.reports(finding.code) {
                continue;
            }
            let severity = finding.severity();
            let denied = self.policy.denies(finding.code);
            *self.tally.severities.entry(severity).or_default() += 1;
            self.tally.denied += usize::from(denied);
            let count = self.counts.add(severity, finding.code.as_str());
            if self.shown.is_some_and(|shown| count > shown) {
                continue;
            }
            let locator =
                locator.get_or_insert_with(|| Locator::of(completion, &mapped, &self.keys));
            remarks.push(Remark {
                code: finding.code.as_str(),
                severity,
                denied,
                pointer: self.keys.mask(&finding.pointer).into_owned(),
                help: self.keys.mask(&finding.help).into_owned(),
                location: locator.find(&finding.pointer),
            });
        }
        let found = remarks.len();
        self.compare(completion, &mapped, &mut remarks)?;
        for remark in remarks.iter().skip(found) {
            self.tally.deny(remark.severity, 1);
            if self.is_statistics {
                self.counts.add(remark.severity, remark.code);
            }
        }
        let checked = Checked {
            name: &self.keys.mask(&completion.name),
            origin: &completion.origin,
            remarks: &remarks,
            no_event: no_event.as_deref(),
        };
        self.report.completion(checked, &mut self.out);
        Ok(())
    }

    fn compare(
        &mut self,
        completion: &Completion,
        mapped: &Mapped,
        remarks: &mut Vec<Remark>,
    ) -> anyhow::Result<()> {
        let Some(golden) = &mut self.golden else {
            return Ok(());
        };
        let keys = &self.keys;
        let mut locator = Locator::of(completion, mapped, keys);
        let mut remark = |code, pointer: &str, help: String| {
            remarks.push(Remark {
                code,
                severity: Severity::Error,
                denied: true,
                pointer: keys.mask(pointer).into_owned(),
                help: keys.mask(&help).into_owned(),
                location: locator.find(pointer),
            });
        };
        match golden.compare(&completion.name, mapped)? {
            GoldenResult::Same => {}
            GoldenResult::Missing(path) => {
                let help = format!(
                    "there is no golden event {}; run again with --update",
                    path.display()
                );
                remark("golden-missing", "", help);
            }
            GoldenResult::Twice(path) => {
                let help = format!(
                    "another completion belongs to {} too; give each a `name` of its own",
                    path.display()
                );
                remark("golden-ambiguous", "", help);
            }
            GoldenResult::Differs(path, differences) => {
                // A machine wants them all, a person the first few and then the counts.
                if golden.differing <= SHOWN || self.format != ReportFormat::Human {
                    for difference in &differences {
                        let help = golden::says(difference, &path);
                        remark("event-differs", &difference.pointer, help);
                    }
                } else {
                    self.tally.deny(Severity::Error, differences.len());
                }
            }
        }
        Ok(())
    }

    fn put(&mut self) -> anyhow::Result<()> {
        // Names of files and completions may be keys as well.
        let out = secrets::mask(&self.out);
        match self.format {
            ReportFormat::Json => print_json(&out)?,
            _ => print_report(&out)?,
        }
        self.out.clear();
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<Exit> {
        self.end_file()?;
        let mut goldens = None;
        if let Some(golden) = &self.golden {
            for path in golden.orphans() {
                let file = path.display().to_string();
                let help = "no completion has this golden event's name; remove the file";
                self.report
                    .loose("golden-orphan", &file, help, &mut self.out);
                self.tally.deny(Severity::Error, 1);
            }
            goldens = Some((golden.clusters(), golden.differing, golden.written));
        }
        let counts = self.counts.sorted();
        match (self.is_statistics, self.shown) {
            (true, _) => self.report.statistics(&counts, &mut self.out),
            (false, Some(shown)) => self.report.more(&counts, shown, &mut self.out),
            (false, None) => {}
        }
        self.report.end(&mut self.out);
        self.put()?;
        if let Some((clusters, differing, written)) = goldens {
            if differing > 0 {
                complain(&format!("{} from the golden events:", differ(differing)));
                for line in clusters {
                    complain(&format!("  {line}"));
                }
            }
            if written > 0 {
                complain(&format!("{} written", counted(written, "golden event")));
            }
        }
        let exit = self.outcomes.end("nothing was checked");
        complain(&self.tally.to_string());
        Ok(match (exit, self.tally.denied) {
            (Exit::Done, 1..) => Exit::No,
            (exit, _) => exit,
        })
    }
}

fn differ(count: usize) -> String {
    match count {
        1 => "1 event differs".to_owned(),
        _ => format!("{count} events differ"),
    }
}
