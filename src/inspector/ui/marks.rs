//! Marks and measures that several windows and panes write in the same way.

use ratatui::style::Style;

use super::pen::Pen;
use super::styled_text::StyledText;
use super::theme::Look;
use crate::display::counted;
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

/// How many findings there are of each severity, the worst first: `2 warnings, 1 info`. The list counts all but the
/// infos.
pub fn by_severity(found: &[&Finding]) -> String {
    let of = |severity: Severity| {
        let count = found.iter().filter(|it| it.severity() == severity).count();
        (count > 0).then(|| match severity {
            // The word has no plural.
            Severity::Info => format!("{count} info"),
            Severity::Warning | Severity::Error => counted(count, severity.name()),
        })
    };
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    let said: Vec<String> = all.into_iter().filter_map(of).collect();
    said.join(", ")
}

/// A count of bytes for people.
pub fn bytes(count: usize) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{} kB", count / 1000),
        _ => format!("{} MB", count / 1_000_000),
    }
}

/// An amount of US dollars.
pub fn money(value: f64) -> String {
    match value {
        _ if value >= 10.0 => format!("${value:.2}"),
        _ if value >= 0.01 => format!("${value:.4}"),
        _ if value == 0.0 => "$0".to_owned(),
        // What six places would round to nothing.
        _ if value.abs() < 0.000_000_5 => format!("${value:.1e}"),
        _ => format!("${value:.6}"),
    }
}

/// A count for people, of what may be many.
pub fn amount(value: f64) -> String {
    match value {
        _ if value >= 1_000_000.0 => format!("{:.2}M", value / 1e6),
        _ if value >= 10_000.0 => format!("{:.1}k", value / 1e3),
        _ => format!("{value:.0}"),
    }
}

/// A duration in milliseconds for people.
pub fn duration(millis: f64) -> String {
    match millis {
        _ if millis >= 3_600_000.0 => format!("{:.1} h", millis / 3.6e6),
        _ if millis >= 120_000.0 => format!("{:.1} min", millis / 6e4),
        _ if millis >= 1000.0 => format!("{:.1} s", millis / 1e3),
        _ => format!("{millis:.0} ms"),
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

/// Adds what becomes of a value. Where there is little room, what happens is said and what to do about it is not; and
/// where text of the conversation leaves, that alone.
pub(crate) fn with_fate(words: StyledText, says: &str, leaks: bool, look: &Look) -> StyledText {
    let style = look.theme.text;
    let (happens, rest) = says.split_at(says.find("; ").unwrap_or(says.len()));
    let words = match leaks {
        true => words.add_spare(happens, style),
        false => words.add(happens, style),
    };
    match rest {
        "" => words,
        rest => words.add_spare(rest, style),
    }
}

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
