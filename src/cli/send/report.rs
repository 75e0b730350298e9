//! What became of each completion, as results and as a tally, and the exit status that follows.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use serde_json::json;

use super::bar::{self, Bar};
use super::print;
use super::reader::{Aside, Note, Why};
use crate::cli::output::{Exit, complain, printable};
use crate::cli::sink::Format;
use crate::delivery::bulk::{End, Settled, Told};
use crate::delivery::history::State;

/// Failures for one and the same reason that are told one by one; the rest is counted.
const TOLD: usize = 3;
/// Reasons that are told at all.
const REASONS: usize = 20;

/// The report so far.
pub(super) struct Report {
    format: Format,
    there: String,
    begun: Instant,
    found: usize,
    states: HashMap<State, usize>,
    asides: HashMap<Why, usize>,
    problems: usize,
    failures: usize,
    reasons: BTreeMap<String, usize>,
    /// What a rehearsal would send, by path.
    planned: BTreeMap<&'static str, Planned>,
    history_is_lost: bool,
    bar: Option<Bar>,
}

impl Report {
    /// `there` is the destination in words.
    pub(super) fn new(format: Format, there: String) -> Self {
        let lines_are_data = format == Format::Json && io::stdout().is_terminal();
        let drawn = io::stderr().is_terminal() && !lines_are_data && !there.is_empty();
        Self {
            format,
            there,
            begun: Instant::now(),
            found: 0,
            states: HashMap::new(),
            asides: HashMap::new(),
            problems: 0,
            failures: 0,
            reasons: BTreeMap::new(),
            planned: BTreeMap::new(),
            history_is_lost: false,
            bar: drawn.then(Bar::default),
        }
    }

    pub(super) fn is_drawn(&self) -> bool {
        self.bar.is_some()
    }

    /// Draws the progress line anew.
    pub(super) fn draw(&mut self) {
        let progress = bar::Progress {
            done: self.states.values().sum::<usize>() + self.set_aside(),
            found: self.found,
            sent: self.count(State::Accepted),
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
            Note::Problem(says) => {
                self.problems += 1;
                self.say(&says);
            }
            Note::Remark(says) => self.say(&format!("note: {says}")),
            Note::Aside(aside) => self.aside(&aside)?,
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
            Note::Told(Told::Settled(settled)) => self.settled(&settled)?,
            Note::Told(Told::HistoryLost(why)) => {
                if !std::mem::replace(&mut self.history_is_lost, true) {
                    self.say(&format!("{why}; sending goes on without it"));
                }
            }
            Note::Told(Told::Waiting(wait)) => {
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
        let last = settled.tried.last();
        let ms: f64 = settled.tried.iter().map(|tried| tried.millis).sum();
        self.result(
            &Row {
                event_id: Some(&item.request.event_id),
                name: &item.name,
                from: &item.from,
                result: settled.state.name(),
                says: &settled.says,
                is_failure: settled.state != State::Accepted,
            },
            json!({
                "route": item.request.route.path(),
                "status": last.and_then(|tried| tried.status),
                "attempts": settled.tried.len(),
                "ms": (ms * 1e3).round() / 1e3,
            }),
        )
    }

    fn aside(&mut self, aside: &Aside) -> anyhow::Result<()> {
        *self.asides.entry(aside.why).or_default() += 1;
        self.result(
            &Row {
                event_id: aside.event_id.as_deref(),
                name: &aside.name,
                from: &aside.from,
                result: word(aside.why),
                says: &aside.says,
                is_failure: !matches!(
                    aside.why,
                    Why::WouldSend | Why::AcceptedBefore | Why::Repeated
                ),
            },
            json!({}),
        )
    }

    fn result(&mut self, row: &Row<'_>, more: serde_json::Value) -> anyhow::Result<()> {
        self.failures += usize::from(row.is_failure);
        let format = self.format;
        match format {
            Format::Json => {
                let mut line = json!({
                    "event_id": row.event_id,
                    "name": row.name,
                    "from": row.from,
                    "result": row.result,
                });
                if let (Some(line), serde_json::Value::Object(more)) = (line.as_object_mut(), more)
                {
                    line.extend(more);
                    line.insert("says".to_owned(), json!(row.says));
                }
                print(&line.to_string())
            }
            Format::Human if row.is_failure && self.is_news(row) => {
                self.say(&format!(
                    "{}: {} ({}): {}",
                    row.result, row.from, row.name, row.says
                ));
                Ok(())
            }
            Format::Human => Ok(()),
        }
    }

    /// Whether this failure is told by itself: the first few for each reason.
    fn is_news(&mut self, row: &Row<'_>) -> bool {
        let reason = format!("{}: {}", row.result, row.says);
        if self.reasons.len() >= REASONS && !self.reasons.contains_key(&reason) {
            return false;
        }
        let times = self.reasons.entry(reason).or_default();
        *times += 1;
        *times <= TOLD
    }

    /// The summary, and the exit status. No end stands for a rehearsal.
    pub(super) fn finish(mut self, end: Option<&End>) -> anyhow::Result<Exit> {
        if let Some(bar) = &mut self.bar {
            bar.clear();
        }
        for (reason, times) in &self.reasons {
            if *times > TOLD {
                complain(&format!("… and {} more {reason}", grouped(times - TOLD)));
            }
        }
        let summary = self.summary(end.is_none());
        match self.format {
            Format::Human => {
                print(&printable(&summary))?;
                for (path, planned) in &self.planned {
                    print(&planned.line(path))?;
                }
            }
            Format::Json => complain(&summary),
        }
        match end {
            Some(End::Pointless(why)) => {
                complain(&format!("stopped: {why}"));
                complain("nothing more was tried; --resume goes on from here");
            }
            Some(End::Stopped) => complain("stopped as asked; --resume goes on from here"),
            Some(End::Complete) | None => {}
        }
        let not_sent = self
            .states
            .iter()
            .any(|(state, n)| *state != State::Accepted && *n > 0);
        let not_sendable = self.aside_count(Why::TooLarge) + self.aside_count(Why::Conflicting) > 0;
        let cut_short = !matches!(end, Some(End::Complete) | None);
        Ok(if self.problems > 0 {
            Exit::Failed
        } else if not_sent || not_sendable || cut_short {
            Exit::No
        } else {
            Exit::Done
        })
    }

    fn summary(&self, is_rehearsal: bool) -> String {
        let elapsed = self.begun.elapsed();
        let accepted = self.count(State::Accepted);
        let mut parts = Vec::new();
        if is_rehearsal {
            parts.push(format!(
                "{} would be sent to {}",
                grouped(self.aside_count(Why::WouldSend)),
                self.there
            ));
        } else {
            let rate = bar::rate(accepted, elapsed);
            let tried: usize = self.states.values().sum();
            parts.push(match (accepted, tried) {
                (0, 0) => format!("nothing was sent to {}", self.there),
                (0, _) => format!(
                    "nothing was accepted by {} in {}",
                    self.there,
                    seconds(elapsed)
                ),
                _ => format!(
                    "{} accepted by {} in {} ({} events/s)",
                    grouped(accepted),
                    self.there,
                    seconds(elapsed),
                    grouped(rate),
                ),
            });
        }
        for (state, word) in [
            (State::Refused, "refused"),
            (State::GaveUp, "given up"),
            (State::Cancelled, "stopped"),
        ] {
            parts.extend(counted(self.count(state), word));
        }
        for (why, word) in [
            (Why::TooLarge, "too large"),
            (Why::Conflicting, "conflicting"),
            (Why::AcceptedBefore, "accepted before"),
            (Why::Repeated, "repeated"),
            (Why::NoEvent, "without event"),
        ] {
            parts.extend(counted(self.aside_count(why), word));
        }
        let through = self.states.values().sum::<usize>() + self.set_aside();
        parts.extend(counted(self.found.saturating_sub(through), "not tried"));
        parts.extend(counted(self.problems, "unreadable"));
        parts.join(" · ")
    }

    fn count(&self, state: State) -> usize {
        self.states.get(&state).copied().unwrap_or_default()
    }

    fn aside_count(&self, why: Why) -> usize {
        self.asides.get(&why).copied().unwrap_or_default()
    }

    fn set_aside(&self) -> usize {
        self.asides.values().sum()
    }
}

/// Requests of one path that a rehearsal would make.
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

struct Row<'r> {
    event_id: Option<&'r str>,
    name: &'r str,
    from: &'r str,
    result: &'static str,
    says: &'r str,
    is_failure: bool,
}

const fn word(why: Why) -> &'static str {
    match why {
        Why::WouldSend => "would-send",
        Why::AcceptedBefore => "accepted-before",
        Why::Repeated => "repeated",
        Why::Conflicting => "conflicting",
        Why::NoEvent => "no-event",
        Why::TooLarge => "too-large",
    }
}

fn counted(count: usize, word: &str) -> Option<String> {
    (count > 0).then(|| format!("{} {word}", grouped(count)))
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

/// A number with commas between its thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
