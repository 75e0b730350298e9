//! The report as Markdown, for an issue or a chat.

use super::record::{ReportEntry, says, why_none};
use super::withhold::{ReportText, Withhold};
use super::{ReportOptions, says_text};
use crate::event::privacy::Privacy;
use crate::mapping::{Outcome, finding::worst_first};
use crate::prepare;
use crate::share::explain::leaves_of;

/// A value longer than this is cut, in characters: a table is read at a glance.
const LONGEST: usize = 120;

/// A Markdown report in the making.
#[derive(Debug)]
pub struct MarkdownReport {
    options: ReportOptions,
    text: String,
    count: usize,
}

impl MarkdownReport {
    /// An empty one.
    #[must_use]
    pub fn new(options: ReportOptions) -> Self {
        let head = format!("# What Raindrop gets\n\n{}\n", says_text(options.text));
        Self {
            options,
            text: head,
            count: 0,
        }
    }

    /// Adds a completion.
    pub fn add(&mut self, entry: &ReportEntry<'_>) {
        self.count += 1;
        let (completion, mapped) = (entry.completion, entry.mapped);
        let withhold = Withhold::of(completion, mapped.event(), &self.options);
        let name = withhold.text(&completion.name).into_owned();
        self.line(&format!("\n## {}\n", code(&name)));
        let place = completion.origin.place().to_string();
        let place = withhold.text(&place).into_owned();
        self.line(&format!("{}, read as {}.", code(&place), completion.format));
        match &mapped.outcome {
            Outcome::NoEvent(none) => {
                let why = why_none(none, &withhold, self.options.text);
                self.line(&format!("\n**No event:** {}", code(&why)));
            }
            Outcome::Event(event) => {
                let verdict = mapped.verdict(completion).says();
                self.line(&format!("Privacy mode: {verdict}.\n"));
                let privacy = match self.options.text {
                    ReportText::Withheld => Privacy::On,
                    ReportText::Included => Privacy::Off,
                };
                let outbound = prepare::outbound(event, privacy, self.options.endpoint.kind);
                let mode = match privacy {
                    Privacy::On => "on",
                    Privacy::Off => "off",
                };
                // The event that was sent may have gone with text that this file keeps to itself.
                self.line(&format!("The request with privacy mode {mode}:\n"));
                self.line("| field | value | from | rule | known |\n|---|---|---|---|---|");
                for (_, field) in outbound.kept_back() {
                    let length = field.value.shown().chars().count();
                    let at = code(&field.pointer());
                    self.line(&format!(
                        "| {at} | *kept back, {length} characters* | | | |"
                    ));
                }
                let values = withhold.values(outbound);
                for leaf in leaves_of(completion, outbound) {
                    let step = leaf.provenance.step;
                    let value = values.get(&leaf.pointer).map_or("", String::as_str);
                    let sources: Vec<String> = leaf
                        .sources
                        .iter()
                        .map(|source| code(&withhold.text(source)))
                        .collect();
                    let at = withhold.text(&leaf.pointer).into_owned();
                    self.line(&format!(
                        "| {} | {} | {} | {} | {} |",
                        code(&at),
                        code(value),
                        sources.join(", "),
                        cell(step.from),
                        step.confidence.name()
                    ));
                }
            }
        }
        if !mapped.findings.is_empty() {
            self.line("");
        }
        for finding in worst_first(&mapped.findings) {
            let says = says(finding, &withhold, self.options.text);
            let at = withhold.text(&finding.pointer).into_owned();
            self.line(&format!(
                "- **{}** {} {} {}",
                finding.severity().name(),
                code(finding.code.as_str()),
                code(&says),
                code(&at)
            ));
        }
        if let Some(delivery) = &entry.delivery {
            let (at, to, ended) = (&delivery.at, &delivery.to, &delivery.ended);
            self.line(&format!(
                "\nSent {} to {}: {}.",
                code(at),
                code(to),
                code(ended)
            ));
        }
    }

    /// How many completions are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// A text as code, in which nothing is markup, in one line, and in a table too.
fn code(text: &str) -> String {
    let mut plain: String = crate::display::line(text)
        .chars()
        .take(LONGEST + 1)
        .collect();
    if plain.chars().count() > LONGEST {
        plain = plain.chars().take(LONGEST - 1).chain(['…']).collect();
    }
    if plain.is_empty() {
        return String::new();
    }
    let mut longest = 0;
    let mut run = 0;
    for c in plain.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if plain.starts_with('`') || plain.ends_with('`') {
        " "
    } else {
        ""
    };
    // A table splits its cells before it reads code.
    let plain = plain.replace('|', "\\|");
    format!("{fence}{pad}{plain}{pad}{fence}")
}

/// Words of this program in a cell.
fn cell(words: &str) -> String {
    words.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_any_text() {
        let check = |text: &str, expected: &str| assert_eq!(code(text), expected, "{text:?}");
        check("plain", "`plain`");
        check("", "");
        check("a`b", "``a`b``");
        check("``", "``` `` ```");
        check("a|b", "`a\\|b`");
        check(&"x".repeat(200), &format!("`{}…`", "x".repeat(119)));
        assert!(!code("a\n<b>").contains('\n'));
    }
}
