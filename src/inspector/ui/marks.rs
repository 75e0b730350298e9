//! Marks and measures that several windows and panes write in the same way.

use ratatui::style::Style;

use super::pen::Pen;
use super::styled_text::StyledText;
use super::theme::Look;
use crate::mapping::{Finding, Severity};
use crate::prepare::Endpoint;

/// Symbol and code of a finding.
pub fn finding_code(finding: &Finding, look: &Look, pen: &mut Pen<'_>) {
    let (symbol, style) = mark_of(finding, look);
    pen.put(symbol, style).put(" ", look.theme.text);
    pen.put(finding.code.as_str(), style);
}

/// The symbol of a finding's severity, and how it looks.
pub fn mark_of(finding: &Finding, look: &Look) -> (&'static str, Style) {
    let (symbols, theme) = (&look.symbols, &look.theme);
    match finding.severity() {
        Severity::Error => (symbols.error, theme.error),
        Severity::Warning => (symbols.warning, theme.warning),
        Severity::Info => (symbols.info, theme.dim),
    }
}

/// A count of bytes for people.
pub fn bytes(count: usize) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{} kB", count / 1000),
        _ => format!("{} MB", count / 1_000_000),
    }
}

/// Host and project of a destination.
pub(crate) fn place(there: &Endpoint) -> String {
    let host = there
        .base_url
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    match there.project.as_str() {
        "" => host.to_owned(),
        project => format!("{host} · {project}"),
    }
}

/// Said of a value from which text of the conversation leaves in spite of privacy mode.
const LEAKS: &str = "repeats the conversation past privacy mode";

/// Says first of all that text of the conversation leaves here, where it does.
pub(crate) fn leaking(leaks: bool, look: &Look) -> StyledText {
    let words = StyledText::new();
    match leaks {
        true => words
            .add(&format!("{} ", look.symbols.error), look.theme.error)
            .add(LEAKS, look.theme.error)
            .add("  ", look.theme.text),
        false => words,
    }
}
