//! What was found of each event, as results and as a tally, and the exit status that follows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::progress::ProgressLine;
use super::wanted::Wanted;
use crate::cli::options::OutputFormat;
use crate::cli::output::{Exit, complain, grouped, print, print_json};
use crate::delivery::readback::{Progress, ReadPlace};
use crate::json::JsonText;
use crate::prepare::{NotSent, NotSentKind};
use crate::verify::{Comparison, Fate, FieldVerdict, Outcome, Verdict};

/// Longest value that is shown of a field, in bytes.
const SHOWN: usize = 100;

/// Results that are neither stored nor about a field.
const NOT_KNOWN: &str = "not-known";
const UNREAD: &str = "unread";

/// The report so far.
pub(super) struct VerifyReport {
    format: OutputFormat,
    place: String,
    /// Events by result.
    results: BTreeMap<&'static str, usize>,
    /// Fields by fate, of the events that were found.
    fates: BTreeMap<Fate, usize>,
    problems: usize,
    recognised: usize,
    is_stopped: bool,
    line: ProgressLine,
}

impl VerifyReport {
    pub(super) fn new(format: OutputFormat, place: &ReadPlace) -> Self {
        Self {
            format,
            place: place.in_words(),
            results: BTreeMap::new(),
            fates: BTreeMap::new(),
            problems: 0,
            recognised: 0,
            is_stopped: false,
            line: ProgressLine::default(),
        }
    }

    /// A line on standard error.
    pub(super) fn say(&mut self, line: &str) {
        self.clear();
        complain(line);
    }

    /// Part of the input cannot be read.
    pub(super) fn problem(&mut self, line: &str) {
        self.problems += 1;
        self.say(line);
    }

    pub(super) fn stopped(&mut self) {
        self.is_stopped = true;
    }

    /// Draws how far it is.
    pub(super) fn progress(&mut self, now: &Progress) {
        self.line.draw(now);
    }

    fn clear(&mut self) {
        self.line.clear();
    }

    /// A completion whose event is not looked for.
    pub(super) fn without(
        &mut self,
        name: &str,
        from: &str,
        reason: &NotSent,
    ) -> anyhow::Result<()> {
        self.recognised += 1;
        *self.results.entry(reason.kind().name()).or_default() += 1;
        if self.format == OutputFormat::Json {
            let line = json!({"event_id": null, "name": name, "from": from, "result": reason.kind().name(), "says": reason.to_string()});
            print_json(&format!("{line}\n"))?;
        }
        Ok(())
    }

    /// An event that was found.
    pub(super) fn compared(
        &mut self,
        one: &Wanted,
        comparison: &Comparison,
        verdict: &Verdict,
    ) -> anyhow::Result<()> {
        for fate in Fate::ALL {
            *self.fates.entry(fate).or_default() += comparison.count(fate);
        }
        let fields: Vec<Value> = comparison.fields.iter().map(machine).collect();
        self.put(
            one,
            verdict.outcome.name(),
            &verdict.says,
            json!({
                "link": verdict.link,
                "fields": fields,
                "added": comparison.added,
                "added_text": comparison.added_text,
                "remarks": comparison.remarks,
            }),
        )?;
        if self.format == OutputFormat::Human {
            let told = comparison
                .fields
                .iter()
                .filter(|field| field.fate > Fate::AsSent);
            for field in told {
                print(&line(field, one))?;
            }
            for pointer in &comparison.added {
                let is_text = comparison.added_text.contains(pointer);
                let what = match is_text {
                    true => ", text that was not sent with this event",
                    false => ", which was not sent with this event",
                };
                print(&format!("  stored with it  {pointer}{what}"))?;
            }
            for remark in &comparison.remarks {
                print(&format!("  {remark}"))?;
            }
            print(&format!("  see {}", verdict.link))?;
        }
        Ok(())
    }

    /// An event that the server does not have.
    pub(super) fn absent(&mut self, one: &Wanted, verdict: &Verdict) -> anyhow::Result<()> {
        let more = json!({"link": verdict.link});
        self.put(one, verdict.outcome.name(), &verdict.says, more)
    }

    /// An event that nobody could be asked for.
    pub(super) fn not_known(&mut self, one: &Wanted) -> anyhow::Result<()> {
        let says = "not found by the time it ended, and not asked for alone";
        self.put(one, NOT_KNOWN, says, json!({}))
    }

    /// An event that could not be read back.
    pub(super) fn unread(&mut self, one: &Wanted, why: &str) -> anyhow::Result<()> {
        self.put(one, UNREAD, why, json!({}))
    }

    fn put(
        &mut self,
        one: &Wanted,
        result: &'static str,
        says: &str,
        more: Value,
    ) -> anyhow::Result<()> {
        self.clear();
        self.recognised += 1;
        *self.results.entry(result).or_default() += 1;
        match self.format {
            OutputFormat::Human => print(&format!(
                "{result:<10} {}  {} ({}): {says}",
                one.event_id, one.name, one.from
            ))?,
            OutputFormat::Json => {
                let mut line = json!({
                    "event_id": one.event_id,
                    "name": one.name,
                    "from": one.from,
                    "result": result,
                    "says": says,
                    "place": self.place,
                });
                if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
                    line.extend(more);
                }
                print_json(&format!("{line}\n"))?;
            }
        }
        Ok(())
    }

    /// The summary, and the exit status.
    pub(super) fn finish(mut self) -> anyhow::Result<Exit> {
        self.clear();
        if self.recognised == 0 && self.problems == 0 {
            complain("there is no completion in what was named; nothing was verified");
            return Ok(Exit::Failed);
        }
        let count = |result: &str| self.results.get(result).copied().unwrap_or_default();
        let unsent = NotSentKind::ALL.into_iter().map(|kind| match kind {
            NotSentKind::Delivered => (kind.name(), "verified as OpenRouter delivered them"),
            kind => (kind.name(), kind.of_many()),
        });
        let parts: Vec<String> = [
            (Outcome::Stored.name(), "stored"),
            (Outcome::Differs.name(), "with a difference"),
            (Outcome::HasText.name(), "with text that was not sent"),
            (Outcome::NotFound.name(), "not found"),
            (NOT_KNOWN, "not known"),
            (UNREAD, "not read"),
        ]
        .into_iter()
        .chain(unsent)
        .filter(|(result, _)| count(result) > 0)
        .map(|(result, words)| format!("{} {words}", grouped(count(result))))
        .chain((self.problems > 0).then(|| format!("{} unreadable", grouped(self.problems))))
        .collect();
        let fates: Vec<String> = Fate::ALL
            .into_iter()
            .filter_map(|fate| {
                let count = self.fates.get(&fate).copied().filter(|count| *count > 0)?;
                Some(format!("{} {}", grouped(count), fate.says()))
            })
            .collect();
        let fields = match fates.is_empty() {
            true => String::new(),
            false => format!("; fields: {}", fates.join(", ")),
        };
        let summary = format!("{} in {}{fields}", parts.join(" · "), self.place);
        match self.format {
            OutputFormat::Human => print(&summary)?,
            OutputFormat::Json => complain(&summary),
        }
        let is_no = count(Outcome::Differs.name())
            + count(Outcome::HasText.name())
            + count(Outcome::NotFound.name())
            + count(NOT_KNOWN)
            > 0
            || NotSentKind::ALL
                .into_iter()
                .any(|kind| kind.is_failure() && count(kind.name()) > 0);
        Ok(if self.problems > 0 || count(UNREAD) > 0 {
            Exit::Failed
        } else if is_no || self.is_stopped {
            Exit::No
        } else {
            Exit::Done
        })
    }
}

fn shown(value: Option<&JsonText>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let json = value.as_str();
    match json.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}

fn line(field: &FieldVerdict, one: &Wanted) -> String {
    let word = match one.delivery {
        Some(_) => "sent",
        None => "expected",
    };
    let rule = field.rule.map_or_else(String::new, |rule| {
        format!(
            "  {} ({}, {})",
            rule.says,
            rule.name,
            rule.confidence.name()
        )
    });
    format!(
        "  {:<15} {}  {word} {}, stored {}{rule}",
        field.fate.says(),
        field.pointer,
        shown(Some(&field.sent)),
        shown(field.stored.as_ref()),
    )
}

fn machine(field: &FieldVerdict) -> Value {
    let mut line = json!({"pointer": field.pointer, "fate": field.fate.name()});
    let more = match field.fate {
        Fate::AsSent => json!({}),
        _ => json!({
            "sent": field.sent.as_str(),
            "stored": field.stored.as_ref().map(JsonText::as_str),
            "rule": field.rule.map(|rule| rule.name),
            "confidence": field.rule.map(|rule| rule.confidence.name()),
            "says": field.rule.map(|rule| rule.says),
        }),
    };
    if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
        line.extend(more);
    }
    line
}
