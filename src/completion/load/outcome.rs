//! What became of the records of one file: those that hold no completion are an error where there is no
//! other, and counted in a note where others beside them do.

use super::{Found, Loaded, Problem, Trouble};

/// Gathers what was not recognised in a file's records, while they are read.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    /// Records in which something was recognised: completions, and what is known to hold none.
    recognised: usize,
    others: usize,
    /// The first of the others.
    first: Option<Problem>,
    inside: Vec<Found>,
    file_is: Option<String>,
}

impl Outcomes {
    /// Takes out of what some records gave what was not recognised in them.
    pub fn take(&mut self, loaded: &mut Loaded) {
        for found in loaded.inside.drain(..) {
            Found::add(&mut self.inside, found);
        }
        self.file_is(loaded);
        self.recognised += recognised(loaded);
        let others = std::mem::take(&mut loaded.problems);
        let (others, problems) = others
            .into_iter()
            .partition::<Vec<_>, _>(|problem| problem.trouble == Trouble::Unrecognised);
        loaded.problems = problems;
        self.others += others.len();
        if self.first.is_none() {
            self.first = others.into_iter().next();
        }
    }

    /// Takes what the file is, if that was told.
    pub fn file_is(&mut self, loaded: &mut Loaded) {
        self.file_is = self.file_is.take().or(loaded.file_is.take());
    }

    /// Adds what was gathered of further records of the same file.
    pub fn merge(&mut self, other: Outcomes) {
        for found in other.inside {
            Found::add(&mut self.inside, found);
        }
        self.recognised += other.recognised;
        self.others += other.others;
        self.file_is = self.file_is.take().or(other.file_is);
        self.first = self.first.take().or(other.first);
    }

    /// What is to be said at the end of the file.
    pub fn end(self) -> Loaded {
        let mut said = Loaded::default();
        for found in &self.inside {
            said.notes.push(note_of(found));
        }
        let Some(first) = self.first else {
            return said;
        };
        if self.recognised > 0 {
            said.skipped = self.others;
            said.notes.push(skipped(self.others, first));
        } else {
            said.problems
                .push(nothing(self.others, first, self.file_is));
        }
        said
    }
}

/// How much was recognised in what was loaded: completions, and what is known to hold none, such as a
/// connection test.
pub fn recognised(loaded: &Loaded) -> usize {
    let is_remark = |note: &Problem| note.trouble == Trouble::Remark;
    match loaded.completions.len() {
        0 => usize::from(loaded.notes.iter().any(is_remark)),
        count => count,
    }
}

fn note_of(found: &Found) -> Problem {
    let Found {
        what,
        at,
        count,
        place,
    } = found;
    let at = match at.is_empty() {
        true => "in a string".to_owned(),
        false => format!("at {at}"),
    };
    let what = match count {
        1 => format!("a {what} found {at}"),
        _ => format!("{count} found {at}, read as {what}"),
    };
    Problem {
        trouble: Trouble::Remark,
        file: place.file.clone(),
        record: 0,
        offset: place.offset,
        position: Some(place.position),
        what,
    }
}

/// What was found, without what was expected instead.
fn description(problem: &Problem) -> &str {
    let what = problem.what.as_str();
    what.split_once("; expected")
        .map_or(what, |(found, _)| found)
}

fn skipped(count: usize, first: Problem) -> Problem {
    let what = match count {
        1 => format!("no completion, and skipped: {}", description(&first)),
        _ => format!(
            "{count} records are no completions, and were skipped; the first is {}",
            description(&first)
        ),
    };
    Problem {
        trouble: Trouble::Remark,
        what,
        ..first
    }
}

fn nothing(count: usize, first: Problem, file_is: Option<String>) -> Problem {
    let what = match file_is {
        Some(what) => what,
        None if count == 1 => return first,
        None => format!(
            "none of {count} records is a completion; the first is {}",
            first.what
        ),
    };
    Problem {
        record: 0,
        what,
        ..first
    }
}
