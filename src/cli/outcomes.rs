//! What `map` and `check` say of what made no event: what could not be read, what is no completion, and
//! completions of which nothing was generated. What repeats is shown three times and then counted.

use std::collections::HashMap;

use super::output::{Exit, complain, grouped};
use crate::completion::load::{self, Loaded, Problem};
use crate::source::{self, Skipped, SourceUnit};

/// How often something is said before it is counted.
const SHOWN: usize = 3;

/// Something to say.
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
}

impl Diagnostic {
    /// All that a source held has to say, but for its completions.
    pub(super) fn of(loaded: &mut Loaded) -> Vec<Diagnostic> {
        let problems = loaded.problems.drain(..).map(Diagnostic::Problem);
        problems
            .chain(loaded.notes.drain(..).map(Diagnostic::Note))
            .collect()
    }

    /// What it has in common with others like it.
    fn likeness(&self) -> String {
        let (kind, what) = match self {
            Diagnostic::Problem(problem) => ("problem", &problem.what),
            Diagnostic::Note(note) => ("note", &note.what),
            Diagnostic::NoEvent { why, .. } => ("no event", why),
        };
        // Numbers and what is quoted differ from one to the next.
        let mut likeness = kind.to_owned();
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
        }
    }
}

/// What some records or a file gave, but for what was made of their completions.
#[derive(Debug, Default)]
pub(super) struct RecordsPart {
    /// Whether a file begins here.
    pub begins: Option<SourceUnit>,
    /// What to say of it.
    pub said: Vec<Diagnostic>,
    /// What is told at the end of the file.
    pub records: load::RecordOutcomes,
    /// Completions, and what is known to be none.
    pub recognised: usize,
}

/// Says things, and gathers what is to be said at the end of a file or of all.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// Whether everything is said, however often it repeats.
    is_all: bool,
    /// What was said more often than is shown: the last of it, and how often.
    repeated: Vec<(Diagnostic, usize)>,
    /// How often something like it was said, and where it is counted.
    known: HashMap<String, (usize, usize)>,
    unit: Option<SourceUnit>,
    records: load::RecordOutcomes,
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
        for said in part.said {
            if !self.is_skipped_file(&said) {
                self.say(said);
            }
        }
    }

    /// Whether a note is one of the files that are told of together, unless everything is said.
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
        self.has_failed |= matches!(said, Diagnostic::Problem(_));
        if self.is_all {
            complain(&said.to_string());
            return;
        }
        let (times, place) = self.known.entry(said.likeness()).or_default();
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

    /// Says what is left to be said. Of nothing at all that is an error, which `undone` ends: "nothing was
    /// mapped".
    pub(super) fn end(&mut self, undone: &str) -> Exit {
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
