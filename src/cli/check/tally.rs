//! What `check` found in all, and the words of its last line.

use std::collections::BTreeMap;

use super::report;
use crate::completion::load::ProblemKind;
use crate::mapping::Severity;
use crate::mapping::scan;

/// How often each code was found.
#[derive(Default)]
pub(super) struct CodeCounts(BTreeMap<(Severity, &'static str), usize>);

impl CodeCounts {
    /// Counts a code once more, and gives how often it has been found so far.
    pub(super) fn add(&mut self, severity: Severity, code: &'static str) -> usize {
        let count = self.0.entry((severity, code)).or_default();
        *count += 1;
        *count
    }

    /// What was found: the most severe first, then the most frequent.
    pub(super) fn sorted(&self) -> Vec<report::Count> {
        let counts = self
            .0
            .iter()
            .map(|((severity, code), count)| report::Count {
                severity: *severity,
                code,
                count: *count,
            });
        let mut counts: Vec<_> = counts.collect();
        counts.sort_by_key(|count| (std::cmp::Reverse((count.severity, count.count)), count.code));
        counts
    }
}

/// What was found in all.
#[derive(Default)]
pub(super) struct CheckTally {
    pub(super) completions: usize,
    pub(super) without_event: usize,
    /// By their words.
    pub(super) problems: BTreeMap<&'static str, usize>,
    pub(super) severities: BTreeMap<Severity, usize>,
    pub(super) denied: usize,
    /// Files in folders that hold no completions.
    pub(super) skipped_files: usize,
    /// Records in them that are not completions.
    pub(super) skipped_records: usize,
    /// With `--privacy`: each verdict on the events, and for how many.
    verdicts: BTreeMap<&'static str, usize>,
}

impl CheckTally {
    /// Counts so many of what can't be allowed.
    pub(super) fn deny(&mut self, severity: Severity, count: usize) {
        *self.severities.entry(severity).or_default() += count;
        self.denied += count;
    }

    pub(super) fn count(&mut self, verdict: scan::PrivacyVerdict) {
        *self.verdicts.entry(verdict.says()).or_default() += 1;
    }
}

impl std::fmt::Display for CheckTally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |severity| self.severities.get(&severity).copied().unwrap_or_default();
        write!(
            f,
            "{} checked: {}, {}, {} info; {} denied",
            counted(self.completions, "completion"),
            counted(of(Severity::Error), "error"),
            counted(of(Severity::Warning), "warning"),
            of(Severity::Info),
            self.denied
        )?;
        if self.without_event > 0 {
            write!(f, "; {} without an event", self.without_event)?;
        }
        for (index, (verdict, count)) in self.verdicts.iter().enumerate() {
            let opening = if index == 0 { "; privacy:" } else { "," };
            write!(f, "{opening} {count} {verdict}")?;
        }
        let skipped: Vec<String> = [
            (self.skipped_files, "file"),
            (self.skipped_records, "record"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what))
        .collect();
        if !skipped.is_empty() {
            write!(f, "; {} skipped", skipped.join(" and "))?;
        }
        for (word, says) in [
            (ProblemKind::Unreadable.word(), "could not be read"),
            (ProblemKind::Unrecognised.word(), "not recognised"),
        ] {
            if let Some(count) = self.problems.get(word) {
                write!(f, "; {} {says}", counted(*count, "record"))?;
            }
        }
        Ok(())
    }
}

/// A number with what it counts.
pub(super) fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::scan::{Known, PrivacyVerdict};

    #[test]
    fn verdicts_in_the_same_words_are_counted_together() {
        let unknown = |has_preset| {
            PrivacyVerdict::CannotTell(Known {
                prompt: false,
                answer: false,
                has_preset,
            })
        };
        let mut tally = CheckTally::default();
        for verdict in [unknown(false), PrivacyVerdict::Holds, unknown(true)] {
            tally.count(verdict);
        }
        let says = tally.to_string();
        let expected =
            "; privacy: 2 can't tell: the conversation is not known here, 1 no leak found";
        assert!(says.ends_with(expected), "{says}");
    }
}
