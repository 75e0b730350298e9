//! What `map` and `check` report of inputs that made no event: what could not be read, what is not a completion, and
//! completions for which nothing was generated. Repeated messages are shown three times, then counted.

use std::collections::HashMap;

use super::output::{Exit, complain, grouped};
use crate::completion::load::{self, Loaded, Problem, ProblemKind};
use crate::mapping::twins::{MadeEvent, Twins};
use crate::source::{self, Skipped, SourceUnit};

/// How often a message is shown before it is only counted.
const SHOWN: usize = 3;
/// Kinds of messages that are told apart. More come of a server's own words, which a pipe may bring for ever.
const KNOWN: usize = 1000;

/// A message.
#[derive(Debug, Clone)]
pub(super) enum Diagnostic {
    /// Something could not be read or was not recognised.
    Problem(Problem),
    /// A word about what was read.
    Note(Problem),
    /// A completion makes no event: where it stands and its name, and why.
    NoEvent {
        /// Where it stands, and its name.
        of: String,
        /// Why.
        why: String,
    },
    /// A completion's event is not handed out: where it stands and its name, and why.
    Refused {
        /// Where it stands, and its name.
        of: String,
        /// Why.
        why: String,
    },
}

impl Diagnostic {
    /// Everything to report about a source, apart from its completions.
    pub(super) fn of(loaded: &mut Loaded) -> Vec<Diagnostic> {
        let problems = loaded.problems.drain(..).map(Diagnostic::Problem);
        problems
            .chain(loaded.notes.drain(..).map(Diagnostic::Note))
            .collect()
    }

    const fn kind(&self) -> &'static str {
        match self {
            Diagnostic::Problem(_) => "problem",
            Diagnostic::Note(_) => "note",
            Diagnostic::NoEvent { .. } => "no event",
            Diagnostic::Refused { .. } => "refused",
        }
    }

    /// What it has in common with similar messages.
    fn likeness(&self) -> String {
        let what = match self {
            Diagnostic::Problem(Problem { what, .. }) | Diagnostic::Note(Problem { what, .. }) => {
                what
            }
            Diagnostic::NoEvent { why, .. } | Diagnostic::Refused { why, .. } => why,
        };
        // Numbers and what is quoted differ from one to the next.
        let mut likeness = self.kind().to_owned();
        let mut is_quoted = false;
        for c in what.chars() {
            match c {
                '`' | '"' => is_quoted = !is_quoted,
                _ if is_quoted || c.is_ascii_digit() => {}
                _ => likeness.push(c),
            }
        }
        likeness
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Diagnostic::Problem(problem) => problem.fmt(f),
            Diagnostic::Note(note) => write!(f, "note: {note}"),
            Diagnostic::NoEvent { of, why } => write!(f, "{of}: no event: {why}"),
            Diagnostic::Refused { of, why } => write!(f, "{of}: {why}"),
        }
    }
}

/// What is reported of some records or a file, apart from their completions.
#[derive(Debug, Default)]
pub(super) struct RecordsPart {
    /// Whether a file begins here.
    pub begins: Option<SourceUnit>,
    /// Messages about it.
    pub said: Vec<Diagnostic>,
    /// What is reported at the end of the file.
    pub records: load::RecordOutcomes,
    /// How many completions there were, and records known to be something else.
    pub recognised: usize,
    /// Events that were made.
    pub made: Vec<MadeEvent>,
}

/// Prints messages, and collects those for the end of a file or of the run.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// Whether every message is shown, however often it repeats.
    is_all: bool,
    /// Messages beyond those shown: the last one, and how many.
    repeated: Vec<(Diagnostic, usize)>,
    /// How often a similar message was shown, and where it is counted.
    known: HashMap<String, (usize, usize)>,
    unit: Option<SourceUnit>,
    records: load::RecordOutcomes,
    twins: Twins,
    skipped: Skipped,
    recognised: usize,
    has_failed: bool,
}

impl Outcomes {
    /// With or without all repetitions.
    pub(super) fn new(is_all: bool) -> Outcomes {
        Outcomes {
            is_all,
            ..Outcomes::default()
        }
    }

    /// Takes what came next, in the order of the input.
    pub(super) fn take(&mut self, part: RecordsPart) {
        if let Some(unit) = part.begins {
            self.end_file();
            self.unit = Some(unit);
        }
        self.recognised += part.recognised;
        self.records.merge(part.records);
        for made in part.made {
            let place = Problem::malformed(&made.origin, String::new());
            if let Some(found) = self.twins.take(made) {
                self.say(Diagnostic::Note(Problem {
                    kind: ProblemKind::Remark,
                    what: found.help,
                    ..place
                }));
            }
        }
        for said in part.said {
            if !self.is_skipped_file(&said) {
                self.say(said);
            }
        }
    }

    /// Whether a note is about a file that is reported together with others, unless every message is shown.
    fn is_skipped_file(&mut self, said: &Diagnostic) -> bool {
        match (&self.unit, said) {
            _ if self.is_all => false,
            (Some(unit), Diagnostic::Note(note)) => self.skipped.take(unit, note),
            _ => false,
        }
    }

    fn end_file(&mut self) {
        let mut said = std::mem::take(&mut self.records).end();
        if self.unit.as_ref().is_some_and(|unit| !unit.is_named()) {
            source::forgive(&mut said);
        }
        let said = Diagnostic::of(&mut said);
        self.take(RecordsPart {
            said,
            ..RecordsPart::default()
        });
        self.unit = None;
    }

    fn say(&mut self, said: Diagnostic) {
        self.has_failed |= matches!(said, Diagnostic::Problem(_) | Diagnostic::Refused { .. });
        if self.is_all {
            complain(&said.to_string());
            return;
        }
        let mut likeness = said.likeness();
        if self.known.len() >= KNOWN && !self.known.contains_key(&likeness) {
            likeness = said.kind().to_owned();
        }
        let (times, place) = self.known.entry(likeness).or_default();
        *times += 1;
        if *times <= SHOWN {
            complain(&said.to_string());
        } else if *times == SHOWN + 1 {
            *place = self.repeated.len();
            self.repeated.push((said, 1));
        } else if let Some((_, more)) = self.repeated.get_mut(*place) {
            *more += 1;
        }
    }

    /// Prints the remaining messages.
    pub(super) fn flush(&mut self) {
        self.end_file();
        for note in std::mem::take(&mut self.skipped).notes() {
            complain(&Diagnostic::Note(note).to_string());
        }
        self.known.clear();
        for (last, more) in self.repeated.drain(..) {
            let more = grouped(more);
            complain(&format!(
                "{last} (and {more} more like it; --all shows each)"
            ));
        }
    }

    /// Prints the remaining messages. If there was nothing at all, that is an error, which `undone` completes:
    /// "nothing was mapped".
    pub(super) fn end(&mut self, undone: &str) -> Exit {
        self.flush();
        if self.recognised == 0 && !self.has_failed {
            complain(&format!(
                "there is no completion in what was named; {undone}"
            ));
            self.has_failed = true;
        }
        match self.has_failed {
            true => Exit::Failed,
            false => Exit::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_alike() {
        let said = |why: &str| Diagnostic::NoEvent {
            of: "a.json:7".to_owned(),
            why: why.to_owned(),
        };
        let alike = |one: &str, other: &str| said(one).likeness() == said(other).likeness();
        assert!(alike("error 402: `a`", "error 429: `b`"));
        assert!(!alike("error 402: no", "error 402: yes"));
    }
}
