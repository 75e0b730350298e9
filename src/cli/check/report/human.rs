//! As compilers write: severity and code, the place, the line with the value marked, the help.

use std::fmt::Write;

use super::{Checked, Count, Remark, Report};
use crate::cli::output::{grouped, printable};
use crate::mapping::Severity;

/// The writer.
pub struct Human {
    is_coloured: bool,
}

const BLUE: &str = "1;34";
const BOLD: &str = "1";

impl Human {
    /// With colours or without.
    pub fn new(is_coloured: bool) -> Human {
        Human { is_coloured }
    }

    fn paint(&self, style: &str, text: &str) -> String {
        match self.is_coloured {
            true => format!("\u{1b}[{style}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    fn head(&self, severity: Severity, code: &str, says: &str) -> String {
        let name = format!("{}[{code}]", severity.name());
        let says = format!(": {}", printable(says));
        self.paint(colour(severity), &name) + &self.paint(BOLD, &says)
    }

    fn remark(&self, remark: &Remark, out: &mut String) {
        // A help's last clause says what to do.
        let (says, to_do) = match remark.help.rsplit_once("; ") {
            Some((says, to_do)) => (says, Some(to_do)),
            None => (remark.help.as_str(), None),
        };
        let place = printable(&remark.location.place.to_string()).into_owned();
        let number = remark.location.place.position.line.to_string();
        let margin = " ".repeat(number.len());
        let bar = self.paint(BLUE, "|");
        let _ = writeln!(out, "{}", self.head(remark.severity, remark.code, says));
        let _ = writeln!(out, "{margin}{} {place}", self.paint(BLUE, "-->"));
        if let Some(excerpt) = &remark.location.excerpt {
            let number = match excerpt.is_made {
                true => self.paint(BLUE, &format!("{}~", " ".repeat(number.len() - 1))),
                false => self.paint(BLUE, &number),
            };
            let mark = "^".repeat(excerpt.length) + " " + &printable(&remark.pointer);
            let mark = self.paint(colour(remark.severity), &mark);
            let lead = " ".repeat(excerpt.start);
            let _ = writeln!(out, "{margin} {bar}");
            let _ = writeln!(out, "{number} {bar} {}", excerpt.text);
            let _ = writeln!(out, "{margin} {bar} {lead}{mark}");
        } else if !remark.pointer.is_empty() {
            let label = format!("= {}", self.paint(BOLD, "at:"));
            let _ = writeln!(out, "{margin} {label} {}", printable(&remark.pointer));
        }
        if let Some(to_do) = to_do {
            let label = format!("= {}", self.paint(BOLD, "help:"));
            let _ = writeln!(out, "{margin} {label} {}", printable(to_do));
        }
        out.push('\n');
    }
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Info => "1;36",
    }
}

impl Report for Human {
    fn completion(&mut self, checked: Checked<'_>, out: &mut String) {
        for remark in checked.remarks {
            self.remark(remark, out);
        }
    }

    fn loose(&mut self, code: &'static str, file: &str, help: &str, out: &mut String) {
        let head = self.head(Severity::Error, code, help);
        let arrow = self.paint(BLUE, "-->");
        let _ = writeln!(out, "{head}\n {arrow} {}\n", printable(file));
    }

    fn statistics(&mut self, counts: &[Count], out: &mut String) {
        let shown = |count: &Count| grouped(count.count);
        let width = counts.iter().map(|count| shown(count).len()).max();
        let width = width.unwrap_or_default();
        for count in counts {
            let head = format!("{}[{}]", count.severity.name(), count.code);
            let head = self.paint(colour(count.severity), &head);
            let _ = writeln!(out, "{:>width$}  {head}", shown(count));
        }
    }

    fn more(&mut self, counts: &[Count], shown: usize, out: &mut String) {
        for count in counts.iter().filter(|count| count.count > shown) {
            let more = grouped(count.count - shown);
            let says = format!("and {more} more like it (--all shows each)");
            let _ = writeln!(out, "{}", self.head(count.severity, count.code, &says));
        }
    }
}
