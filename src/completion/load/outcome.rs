//! What became of the records of one file: those that hold no completion are an error where there is no
//! other, and counted in a note where others beside them do.

use super::{FoundInside, Loaded, Problem, ProblemKind};

/// Gathers what was not recognised in a file's records, while they are read.
#[derive(Debug, Clone, Default)]
pub struct RecordOutcomes {
    /// Records in which something was recognised: completions, and what is known to hold none.
    recognised: usize,
    others: usize,
    /// The first of the others.
    first: Option<Problem>,
    inside: Vec<FoundInside>,
    file_is: Option<String>,
}

impl RecordOutcomes {
    /// Takes out of what some records gave what was not recognised in them.
    pub fn take(&mut self, loaded: &mut Loaded) {
        for found in loaded.inside.drain(..) {
            FoundInside::add(&mut self.inside, found);
        }
        self.file_is(loaded);
        self.recognised += recognised(loaded);
        let others = std::mem::take(&mut loaded.problems);
        let (others, problems) = others
            .into_iter()
            .partition::<Vec<_>, _>(|problem| problem.kind == ProblemKind::Unrecognised);
        loaded.problems = problems;
        self.others += others.len();
        if self.first.is_none() {
            self.first = others.into_iter().next();
        }
    }

    /// Counts a record that is read later, and may be a completion.
    pub fn expect(&mut self) {
        self.recognised += 1;
    }

    /// Takes what the file is, if that was told.
    pub fn file_is(&mut self, loaded: &mut Loaded) {
        self.file_is = self.file_is.take().or(loaded.file_is.take());
    }

    /// Adds what was gathered of further records of the same file.
    pub fn merge(&mut self, other: RecordOutcomes) {
        for found in other.inside {
            FoundInside::add(&mut self.inside, found);
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
    let is_remark = |note: &Problem| note.kind == ProblemKind::Remark;
    match loaded.completions.len() {
        0 => usize::from(loaded.notes.iter().any(is_remark)),
        count => count,
    }
}

fn note_of(found: &FoundInside) -> Problem {
    let FoundInside {
        what,
        at,
        count,
        place,
    } = found;
    let at = match at.as_str() {
        "" => "in a string".to_owned(),
        FoundInside::ELSEWHERE => "at other places".to_owned(),
        at => format!("at {at}"),
    };
    let what = match count {
        1 => format!("{} {at}", one(what)),
        _ => format!("{count} {} {at}", several(what)),
    };
    Problem {
        kind: ProblemKind::Remark,
        file: place.file.clone(),
        record: 0,
        offset: place.offset,
        position: Some(place.position),
        what,
    }
}

/// One of a kind, with its article.
fn one(what: &str) -> String {
    let is_spoken_open = ["HTTP", "SSE", "LLM", "OTLP"]
        .iter()
        .any(|letters| what.starts_with(letters));
    match is_spoken_open || what.starts_with(['A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u']) {
        true => format!("an {what}"),
        false => format!("a {what}"),
    }
}

/// Several of a kind.
fn several(what: &str) -> String {
    match what.split_once(" of ") {
        Some((thing, whole)) => format!("{} of {whole}", several(thing)),
        None => match what.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{what}s"),
        },
    }
}

fn skipped(count: usize, first: Problem) -> Problem {
    let what = match count {
        1 => format!("no completion, and skipped: {}", first.found()),
        _ => format!(
            "{count} records are no completions, and were skipped; the first is {}",
            first.found()
        ),
    };
    Problem {
        kind: ProblemKind::Remark,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_words() {
        let check = |what: &str, of_one: &str, of_several: &str| {
            assert_eq!(
                (one(what).as_str(), several(what).as_str()),
                (of_one, of_several)
            );
        };
        check("sample", "a sample", "samples");
        check("HTTP exchange", "an HTTP exchange", "HTTP exchanges");
        check("HAR recording", "a HAR recording", "HAR recordings");
        check(
            "entry of llm's log",
            "an entry of llm's log",
            "entries of llm's log",
        );
        check(
            "Broadcast delivery",
            "a Broadcast delivery",
            "Broadcast deliveries",
        );
    }
}
