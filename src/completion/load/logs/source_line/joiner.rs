//! Puts together again what was cut of a source's lines.

use super::SourceLine;
use crate::completion::load::framing::scan::{Scanner, document_end};
use crate::completion::load::logs::log_prefix::LoggedText;

/// Puts the lines of one source together, of which Docker cuts what is too long for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::completion::load) struct LineJoiner {
    /// What is open of a line that may go on.
    open: Option<Scanner>,
    goes_on: bool,
}

/// How a line goes on with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::completion::load) struct Joint {
    /// Whether the line before ends here, although it looked as if it went on.
    pub ends_before: bool,
    /// Whether this one ends.
    pub ends: bool,
}

impl LineJoiner {
    /// Takes a source's next line.
    pub fn take(&mut self, line: &SourceLine<'_>) -> Joint {
        let text = line.text.text();
        let bare = text.trim_end();
        // Behind words as well: what goes on with a line closes more than it opens.
        let is_whole = || {
            bare.find("{\"")
                .is_some_and(|at| document_end(bare.as_bytes(), at) == Some(bare.len()))
        };
        let ends_before = self.goes_on && line.is_partial.is_none() && is_whole();
        if ends_before || !self.goes_on {
            self.open = None;
        }
        let ends = match line.is_partial {
            Some(is_partial) => !is_partial,
            None if text.ends_with('\n') => true,
            None => {
                let scanner = match &mut self.open {
                    Some(scanner) => {
                        scanner.follow(text);
                        Some(scanner)
                    }
                    None => text.find('{').map(|brace| {
                        let mut scanner = Scanner::default();
                        scanner.follow(&text[brace..]);
                        self.open.insert(scanner)
                    }),
                };
                matches!(line.text, LoggedText::Verbatim(_))
                    || !scanner.is_some_and(|scanner| scanner.is_open())
            }
        };
        self.goes_on = !ends;
        Joint { ends_before, ends }
    }

    /// Whether the last line goes on.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }
}
