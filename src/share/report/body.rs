//! A report in either of its forms.

use std::path::Path;

use super::{HtmlReport, MarkdownReport, ReportEntry, ReportFull, ReportOptions};

/// A report that grows by one completion after the other.
pub enum ReportBody {
    /// A page.
    Html(Box<HtmlReport>),
    /// Text for an issue or a chat.
    Markdown(MarkdownReport),
}

impl ReportBody {
    /// A page without completions.
    #[must_use]
    pub fn html(options: ReportOptions) -> ReportBody {
        ReportBody::Html(Box::new(HtmlReport::new(options)))
    }

    /// The same as Markdown.
    #[must_use]
    pub fn markdown(options: ReportOptions) -> ReportBody {
        ReportBody::Markdown(MarkdownReport::new(options))
    }

    /// The form that a file's name asks for by its ending.
    #[must_use]
    pub fn of_file(path: &Path, options: ReportOptions) -> ReportBody {
        match is_markdown(path) {
            true => ReportBody::markdown(options),
            false => ReportBody::html(options),
        }
    }

    /// Adds a completion.
    ///
    /// # Errors
    /// The page would be larger than one may be.
    pub fn add(&mut self, entry: &ReportEntry<'_>) -> Result<(), ReportFull> {
        match self {
            ReportBody::Html(report) => report.add(entry),
            ReportBody::Markdown(report) => {
                report.add(entry);
                Ok(())
            }
        }
    }

    /// How many completions are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            ReportBody::Html(report) => report.count(),
            ReportBody::Markdown(report) => report.count(),
        }
    }

    /// What is written.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            ReportBody::Html(report) => report.page(),
            ReportBody::Markdown(report) => report.text().to_owned(),
        }
    }
}

/// Whether a file of this name holds Markdown.
#[must_use]
pub fn is_markdown(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ["md", "markdown"].contains(&&*ending.to_lowercase()))
}
