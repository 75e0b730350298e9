//! The findings below the event, line by line. What is drawn and how much room it gets are both taken from here.

use crate::display;
use crate::mapping::Finding;

/// Columns of the box that the help does not have: its frame and indentation.
const INDENT: u16 = 4;

/// A line among the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FindingLine<'f> {
    /// The code of one, which begins it.
    Code(&'f Finding),
    /// A line of its help.
    Help(&'f str),
}

/// The lines of findings in a box of this width: each one's code, and its help wrapped. Once there are more than
/// `most`, those that follow are left out: what does not fit is only known to be more.
pub(crate) fn finding_lines<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
    width: u16,
    most: usize,
) -> Vec<FindingLine<'f>> {
    let width = usize::from(width.saturating_sub(INDENT));
    let mut lines = Vec::new();
    for finding in findings {
        if lines.len() > most {
            break;
        }
        lines.push(FindingLine::Code(finding));
        let wrapped = display::wrap(&finding.help, width).into_iter();
        lines.extend(wrapped.map(|range| FindingLine::Help(&finding.help[range])));
    }
    lines
}
