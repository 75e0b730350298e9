//! What became of each completion, as results and as a tally, and the exit status that follows.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use serde_json::json;

use super::bar::{self, Bar};
use super::note::{Note, SkippedCompletion};
use super::unless_closed;
use crate::cli::options::OutputFormat;
use crate::cli::output::{Exit, complain, grouped, print, print_json};
use crate::completion::load::ProblemKind;
use crate::delivery::bulk::{BulkEnd, BulkUpdate, OutgoingEvent, Settled};
use crate::delivery::history::{DeliveryState, InputKind};
use crate::event::DestinationKind;
use crate::event::wire::WireRequest;
use crate::mapping::scan::secrets;
use crate::prepare::{NotSentKind, TRACK_IS_DISCARDED, WorkshopNote, WorkshopRuns};
use crate::redact::known;

/// Failures for one and the same reason that are told one by one; the rest is counted.
const TOLD: usize = 3;
/// Reasons that are told at all.
const REASONS: usize = 20;

/// The result of an event that a dry run would send.
const WOULD_SEND: &str = "would-send";

/// The report so far.
pub(super) struct SendReport {
    format: OutputFormat,
    destination: String,
    begun: Instant,
    found: usize,
    states: HashMap<DeliveryState, usize>,
    /// Completions whose event was not sent, by the reason.
    not_sent: BTreeMap<NotSentKind, usize>,
    would_send: usize,
    /// Inputs that were sent as a whole before, by kind.
    passed_over: BTreeMap<InputKind, usize>,
    /// By the words for their kinds.
    problems: BTreeMap<&'static str, usize>,
    failures: usize,
    reasons: BTreeMap<String, usize>,
    /// What a dry run would send, by path.
    planned: BTreeMap<&'static str, Planned>,
    /// Events that repeat the conversation past privacy mode.
    leaking: usize,
    history_is_lost: bool,
    /// Whether a later run can leave out what this one sent.
    can_resume: bool,
    /// Whether this one leaves out what an earlier one sent.
    is_resumed: bool,
    bar: Option<Bar>,
    /// What a dry run is for.
    kind: Option<DestinationKind>,
    runs: WorkshopRuns,
    /// What a Workshop would make of the events of a dry run, and of how many.
    notes: BTreeMap<WorkshopNote, usize>,
}

impl SendReport {
    /// `destination` is the destination in words.
    pub(super) fn new(format: OutputFormat, destination: String) -> Self {
        let lines_are_data = format == OutputFormat::Json && io::stdout().is_terminal();
        let drawn = io::stderr().is_terminal() && !lines_are_data && !destination.is_empty();
        Self {
            format,
            destination,
            begun: Instant::now(),
            found: 0,
            states: HashMap::new(),
            not_sent: BTreeMap::new(),
            would_send: 0,
            passed_over: BTreeMap::new(),
            problems: BTreeMap::new(),
            failures: 0,
            reasons: BTreeMap::new(),
            planned: BTreeMap::new(),
            leaking: 0,
            history_is_lost: false,
            can_resume: false,
            is_resumed: false,
            bar: drawn.then(Bar::default),
            kind: None,
            runs: WorkshopRuns::default(),
            notes: BTreeMap::new(),
        }
    }

    /// The same for a dry run: what a destination of this kind makes of each event is told as well.
    pub(super) fn planning(self, kind: DestinationKind) -> Self {
        Self {
            kind: Some(kind),
            ..self
        }
    }

    /// The same where the history keeps what is sent, or where none does, for a run that is resumed or not.
    pub(super) fn resumable(self, can_resume: bool, is_resumed: bool) -> Self {
        Self {
            can_resume,
            is_resumed,
            ..self
        }
    }

    /// Whether nothing more may be sent: what a resumed run sends and the history does not keep would be sent again each time.
    pub(super) const fn has_to_stop(&self) -> bool {
        self.is_resumed && self.history_is_lost
    }

    pub(super) fn is_drawn(&self) -> bool {
        self.bar.is_some()
    }

    /// Draws the progress line anew.
    pub(super) fn draw(&mut self) {
        let progress = bar::ProgressCounts {
            done: self.states.values().sum::<usize>() + self.set_aside(),
            found: self.found,
            sent: self.count(DeliveryState::Accepted),
            failed: self.failures,
            elapsed: self.begun.elapsed(),
        };
        if let Some(bar) = &mut self.bar {
            bar.draw(&progress);
        }
    }

    /// A line on standard error, above the progress line.
    pub(super) fn say(&mut self, line: &str) {
        if let Some(bar) = &mut self.bar {
            bar.clear();
        }
        complain(line);
    }

    pub(super) fn take(&mut self, note: Note) -> anyhow::Result<()> {
        match note {
            Note::Found(more) => self.found += more,
            Note::Problem(kind, says) => {
                *self.problems.entry(kind.word()).or_default() += 1;
                self.say(&says);
            }
            Note::BadLine(origin, why) => {
                *self
                    .problems
                    .entry(ProblemKind::Malformed.word())
                    .or_default() += 1;
                let row = ReportRow {
                    request: None,
                    name: "",
                    from: &origin.to_string(),
                    result: ProblemKind::Malformed.word(),
                    says: &why,
                    is_failure: true,
                };
                self.result(&row, json!({}))?;
            }
            Note::PassedOver(kind, count) => {
                *self.passed_over.entry(kind).or_default() += count;
            }
            Note::Remark(says) => self.say(&format!("note: {says}")),
            Note::WouldSend(item) => self.would_send(&item)?,
            Note::Unsent(skipped) => self.unsent(&skipped)?,
            Note::Planned {
                path,
                events,
                bytes,
            } => {
                let planned = self.planned.entry(path).or_default();
                planned.events += events;
                planned.requests += 1;
                planned.bytes += bytes;
            }
        }
        Ok(())
    }

    /// The sending goes on.
    pub(super) fn update(&mut self, update: BulkUpdate) -> anyhow::Result<()> {
        match update {
            BulkUpdate::Settled(settled) => self.settled(&settled)?,
            BulkUpdate::HistoryLost(why) => {
                if !std::mem::replace(&mut self.history_is_lost, true) {
                    self.say(&match self.is_resumed {
                        true => format!("{why}; a resumed run sends nothing that the history doesn't keep"),
                        false => format!(
                            "{why}; sending goes on without it, and --resume would send again what it doesn't have"
                        ),
                    });
                }
            }
            BulkUpdate::Waiting(wait) => {
                if let Some(bar) = &mut self.bar {
                    bar.waits(wait);
                }
            }
        }
        Ok(())
    }

    fn settled(&mut self, settled: &Settled) -> anyhow::Result<()> {
        *self.states.entry(settled.state).or_default() += 1;
        let item = &settled.item;
        self.tell_leaks(item);
        let last = settled.attempts.last();
        let ms: f64 = settled.attempts.iter().map(|attempt| attempt.millis).sum();
        self.result(
            &ReportRow {
                request: Some(&item.prepared.request),
                name: &item.prepared.name,
                from: &item.origin.to_string(),
                result: settled.state.name(),
                says: &settled.says,
                is_failure: settled.state != DeliveryState::Accepted,
            },
            json!({
                "status": last.and_then(|attempt| attempt.status),
                "attempts": settled.attempts.len(),
                "ms": (ms * 1e3).round() / 1e3,
                "leaks": item.prepared.leaks,
            }),
        )
    }

    /// The first event that repeats the conversation past privacy mode is told, all are counted.
    fn tell_leaks(&mut self, item: &OutgoingEvent) {
        if let Some(leak) = item.prepared.first_leak() {
            self.leaking += 1;
            if self.leaking == 1 {
                self.say(&format!("note: {}: {leak}", item.origin));
            }
        }
    }

    fn would_send(&mut self, item: &OutgoingEvent) -> anyhow::Result<()> {
        self.would_send += 1;
        self.tell_leaks(item);
        let request = &item.prepared.request;
        let row = ReportRow {
            request: Some(request),
            name: &item.prepared.name,
            from: &item.origin.to_string(),
            result: WOULD_SEND,
            says: &format!("{} B to {}", request.body.len(), request.route.path()),
            is_failure: false,
        };
        let notes = match self.kind {
            Some(DestinationKind::Workshop) => self.runs.take(&request.body),
            _ => Vec::new(),
        };
        let names: Vec<&str> = notes.iter().map(|note| note.name()).collect();
        let kind = self.kind.map(DestinationKind::name);
        for note in notes {
            *self.notes.entry(note).or_default() += 1;
        }
        self.result(
            &row,
            json!({"kind": kind, "notes": names, "leaks": item.prepared.leaks}),
        )
    }

    fn unsent(&mut self, skipped: &SkippedCompletion) -> anyhow::Result<()> {
        let reason = &skipped.unsent.reason;
        let kind = reason.kind();
        *self.not_sent.entry(kind).or_default() += 1;
        let row = ReportRow {
            request: skipped.unsent.request.as_ref(),
            name: &skipped.name,
            from: &skipped.origin.to_string(),
            result: kind.name(),
            says: &reason.to_string(),
            is_failure: kind.is_failure() || kind == NotSentKind::NoEvent,
        };
        self.result(&row, json!({}))
    }

    fn result(&mut self, row: &ReportRow<'_>, more: serde_json::Value) -> anyhow::Result<()> {
        self.failures += usize::from(row.is_failure);
        // A sample may be called by one of this program's own keys.
        let name = &*known::masked_in_answer(secrets::mask(row.name).into_owned());
        let format = self.format;
        match format {
            OutputFormat::Json => {
                let mut line = json!({
                    "event_id": row.request.map(|request| &request.event_id),
                    "name": name,
                    "from": row.from,
                    "result": row.result,
                    "route": row.request.map(|request| request.route.path()),
                    "bytes": row.request.map(|request| request.body.len()),
                });
                if let (Some(line), serde_json::Value::Object(more)) = (line.as_object_mut(), more)
                {
                    line.extend(more);
                    line.insert("says".to_owned(), json!(secrets::mask(row.says)));
                }
                unless_closed(print_json(&format!("{line}\n")))
            }
            OutputFormat::Human if row.is_failure && self.is_news(row) => {
                let name = match name {
                    "" => String::new(),
                    name => format!(" ({name})"),
                };
                self.say(&format!("{}: {}{name}: {}", row.result, row.from, row.says));
                Ok(())
            }
            OutputFormat::Human => Ok(()),
        }
    }

    /// Whether this failure is told by itself: the first few for each reason.
    fn is_news(&mut self, row: &ReportRow<'_>) -> bool {
        let reason = format!("{}: {}", row.result, row.says);
        if self.reasons.len() >= REASONS && !self.reasons.contains_key(&reason) {
            return false;
        }
        let times = self.reasons.entry(reason).or_default();
        *times += 1;
        *times <= TOLD
    }

    /// Where the next run begins.
    fn resuming(&self) -> &'static str {
        match (self.can_resume, self.history_is_lost) {
            (true, false) => "--resume goes on from here",
            (true, true) => "--resume leaves out what the history took before it was lost",
            (false, _) => "no history has what was sent, so the next run begins anew",
        }
    }

    /// The summary, and the exit status. No end stands for a dry run.
    pub(super) fn finish(mut self, end: Option<&BulkEnd>) -> anyhow::Result<Exit> {
        if let Some(bar) = &mut self.bar {
            bar.clear();
        }
        for (reason, times) in &self.reasons {
            if *times > TOLD {
                complain(&format!("… and {} more {reason}", grouped(times - TOLD)));
            }
        }
        let is_cut = !matches!(end, Some(BulkEnd::Complete) | None);
        let summary = self.summary(end.is_none(), is_cut);
        match self.format {
            OutputFormat::Human => {
                unless_closed(print(&summary))?;
                for (path, planned) in &self.planned {
                    unless_closed(print(&planned.line(path)))?;
                }
                if self.kind == Some(DestinationKind::Workshop) && !self.planned.is_empty() {
                    unless_closed(print(&format!("  {TRACK_IS_DISCARDED}")))?;
                }
                for (note, count) in &self.notes {
                    unless_closed(print(&format!("  {} {}", grouped(*count), note.of_many())))?;
                }
            }
            OutputFormat::Json => complain(&summary),
        }
        match end {
            Some(BulkEnd::Pointless(why)) => {
                complain(&format!("stopped: {why}"));
                complain(&format!("nothing more was tried; {}", self.resuming()));
            }
            Some(BulkEnd::Stopped) if self.has_to_stop() => {
                complain(&format!("stopped; {}", self.resuming()));
            }
            Some(BulkEnd::Stopped) => {
                complain(&format!("stopped as asked; {}", self.resuming()));
            }
            Some(BulkEnd::Complete) | None => {}
        }
        let not_sent = self
            .states
            .iter()
            .any(|(state, n)| *state != DeliveryState::Accepted && *n > 0);
        let not_sendable = self.not_sent.keys().any(|kind| kind.is_failure());
        let history_lost = self.not_sent.contains_key(&NotSentKind::HistoryLost);
        Ok(
            if history_lost || self.has_to_stop() || !self.problems.is_empty() {
                Exit::Failed
            } else if not_sent || not_sendable || is_cut {
                Exit::No
            } else {
                Exit::Done
            },
        )
    }

    fn summary(&self, is_dry_run: bool, is_cut: bool) -> String {
        let elapsed = self.begun.elapsed();
        let accepted = self.count(DeliveryState::Accepted);
        let mut parts = Vec::new();
        if is_dry_run {
            parts.push(format!(
                "{} would be sent to {}",
                grouped(self.would_send),
                self.destination
            ));
        } else {
            let rate = bar::rate(accepted, elapsed);
            let tried: usize = self.states.values().sum();
            parts.push(match (accepted, tried) {
                (0, 0) => format!("nothing was sent to {}", self.destination),
                (0, _) => format!(
                    "nothing was accepted by {} in {}",
                    self.destination,
                    seconds(elapsed)
                ),
                _ => format!(
                    "{} accepted by {} in {} ({} events/s)",
                    grouped(accepted),
                    self.destination,
                    seconds(elapsed),
                    grouped(rate),
                ),
            });
        }
        for (state, word) in [
            (DeliveryState::Refused, "refused"),
            (DeliveryState::GaveUp, "given up"),
            (DeliveryState::Cancelled, "stopped"),
        ] {
            parts.extend(counted(self.count(state), word));
        }
        parts.extend(counted(self.leaking, "with a privacy leak"));
        for (kind, count) in &self.not_sent {
            parts.extend(counted(*count, kind.of_many()));
        }
        for (kind, count) in &self.passed_over {
            let words = format!(
                "{} passed over, done before and unchanged",
                kind.word(*count)
            );
            parts.extend(counted(*count, &words));
        }
        let through = self.states.values().sum::<usize>() + self.set_aside();
        let untried = self.found.saturating_sub(through);
        parts.extend(match is_cut {
            // How much more there is was perhaps not read.
            true => (untried > 0).then(|| "the rest not tried".to_owned()),
            false => counted(untried, "not tried"),
        });
        for (kind, words) in [
            (ProblemKind::Unreadable, "unreadable"),
            (ProblemKind::Unrecognised, "not recognised"),
        ] {
            let count = self.problems.get(kind.word()).copied();
            parts.extend(counted(count.unwrap_or_default(), words));
        }
        parts.join(" · ")
    }

    fn count(&self, state: DeliveryState) -> usize {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// Completions that the sending never saw.
    fn set_aside(&self) -> usize {
        self.not_sent.values().sum::<usize>() + self.would_send
    }
}

/// Requests of one path that a dry run would make.
#[derive(Default)]
struct Planned {
    events: usize,
    requests: usize,
    bytes: usize,
}

impl Planned {
    fn line(&self, path: &str) -> String {
        let many = |count: usize, what: &str| {
            let s = if count == 1 { "" } else { "s" };
            format!("{} {what}{s}", grouped(count))
        };
        format!(
            "  POST {path}: {} in {}, {}",
            many(self.events, "event"),
            many(self.requests, "request"),
            many(self.bytes, "byte"),
        )
    }
}

struct ReportRow<'r> {
    /// Its own request; none where there is no event.
    request: Option<&'r WireRequest>,
    name: &'r str,
    from: &'r str,
    result: &'static str,
    says: &'r str,
    is_failure: bool,
}

fn counted(count: usize, word: &str) -> Option<String> {
    (count > 0).then(|| format!("{} {word}", grouped(count)))
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}
