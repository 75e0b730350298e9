//! How findings are written down: one small writer a format, all fed with the same remarks.

mod github;
mod human;
mod json;
mod junit;

use super::location::FindingLocation;
use crate::completion::Origin;
use crate::completion::load::Problem;
use crate::mapping::Severity;

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ReportFormat {
    /// For a person, as compilers write.
    #[default]
    Human,
    /// One JSON object a line for each finding.
    Json,
    /// JUnit XML: a test case for each completion.
    Junit,
    /// Annotations of a GitHub workflow.
    Github,
}

/// One thing that is reported of a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// A finding's code, or one of this command's own: `event-differs`, `golden-missing`.
    pub code: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// Whether it fails the check.
    pub denied: bool,
    /// RFC 6901 pointer into the completion or the event.
    pub pointer: String,
    /// What it means and what to do.
    pub help: String,
    /// Where that is in a file.
    pub location: FindingLocation,
}

/// How often a code was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Its severity.
    pub severity: Severity,
    /// A finding's code.
    pub code: &'static str,
    /// How often.
    pub count: usize,
}

/// What became of one completion.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'c> {
    /// The completion's name, without any key.
    pub name: &'c str,
    /// Where it stands.
    pub origin: &'c Origin,
    /// What is reported of it.
    pub remarks: &'c [Remark],
    /// Why it makes no event, if so.
    pub no_event: Option<&'c str>,
}

/// A writer of a report. All of it goes to standard output.
pub trait Report {
    /// One completion.
    fn completion(&mut self, checked: Checked<'_>, out: &mut String);

    /// A record that could not be read; it is named on standard error in any case.
    fn problem(&mut self, _problem: &Problem, _out: &mut String) {}

    /// A problem that belongs to no completion: a code, a file, and what to do.
    fn loose(&mut self, code: &'static str, file: &str, help: &str, out: &mut String);

    /// How often each code was found, instead of where.
    fn statistics(&mut self, _counts: &[Count], _out: &mut String) {}

    /// How many more there were of each code than were shown.
    fn more(&mut self, _counts: &[Count], _shown: usize, _out: &mut String) {}

    /// The end.
    fn end(&mut self, _out: &mut String) {}
}

/// The writer of a format.
pub fn writer(format: ReportFormat, is_coloured: bool) -> Box<dyn Report> {
    match format {
        ReportFormat::Human => Box::new(human::Human::new(is_coloured)),
        ReportFormat::Json => Box::new(json::Json),
        ReportFormat::Junit => Box::new(junit::Junit::default()),
        ReportFormat::Github => Box::new(github::Github),
    }
}
