//! What became of the records of one file: those that hold no completion are an error where there is no
//! other, and told of one by one where others beside them do, the first of them.

use super::{FoundInside, Loaded, Problem, ProblemKind};

/// Records of a file that are told of one by one; further ones are counted. Chosen: more than anybody looks at.
pub const TOLD: usize = 1000;

/// Gathers what was not recognised in a file's records, while they are read.
#[derive(Debug, Clone, Default)]
pub struct RecordOutcomes {
    /// Records in which something was recognised: completions, and what is known to hold none.
    recognised: usize,
    others: Others,
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
        others.into_iter().for_each(|other| self.others.add(other));
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
        self.others.merge(other.others);
        self.file_is = self.file_is.take().or(other.file_is);
    }

    /// What is to be said at the end of the file.
    pub fn end(self) -> Loaded {
        let mut said = Loaded::default();
        for found in &self.inside {
            said.notes.push(note_of(found));
        }
        let Others { first, count, next } = self.others;
        if self.recognised > 0 {
            said.skipped = count;
            let further = count - first.len();
            said.notes.extend(first.into_iter().map(Problem::skipped));
            said.notes.extend(next.map(|next| more(further, next)));
        } else {
            said.problems.extend(nothing(count, first, self.file_is));
        }
        said
    }
}

/// Records that hold no completion.
#[derive(Debug, Clone, Default)]
struct Others {
    /// Those that are told of.
    first: Vec<Problem>,
    /// How many there are.
    count: usize,
    /// The first of those that are but counted.
    next: Option<Problem>,
}

impl Others {
    fn add(&mut self, other: Problem) {
        self.count += 1;
        match self.first.len() < TOLD {
            true => self.first.push(other),
            false => _ = self.next.get_or_insert(other),
        }
    }

    /// Adds those of further records.
    fn merge(&mut self, other: Others) {
        let counted = other.count - other.first.len();
        let all = other.first.into_iter().chain(other.next);
        all.for_each(|other| self.add(other));
        // The first of them was added.
        self.count += counted.saturating_sub(1);
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
        _ if holds_several(what) => format!("{count} completions of {} {at}", one(what)),
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

/// Whether one of a kind may hold several completions, which are what is counted.
fn holds_several(what: &str) -> bool {
    const OTHERS: [&str; 5] = [
        "AI SDK DevTools",
        "AI SDK result",
        "batch result",
        "Broadcast trace file",
        "Claude Code session",
    ];
    what.ends_with("recording") || what.ends_with("cassette") || OTHERS.contains(&what)
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

fn more(count: usize, next: Problem) -> Problem {
    let what = match count {
        1 => "one more record is no completion, and was skipped".to_owned(),
        _ => format!(
            "{count} more records are no completions, and were skipped; the first of them is {}",
            next.found()
        ),
    };
    Problem {
        kind: ProblemKind::Skipped,
        what,
        ..next
    }
}

fn nothing(count: usize, others: Vec<Problem>, file_is: Option<String>) -> Option<Problem> {
    let named = others.iter().find_map(Problem::generation_named);
    let named = named.map(ToOwned::to_owned);
    let first = others.into_iter().next()?;
    if count == 1 && file_is.is_none() {
        return Some(first);
    }
    let named = named.unwrap_or_default();
    let what = match file_is {
        Some(what) => format!("{what}{named}"),
        None => {
            let found = first.found();
            let own = first.generation_named().unwrap_or_default();
            let (found, expected) = (
                found.strip_suffix(own).unwrap_or(found),
                &first.what[found.len()..],
            );
            format!(
                "none of {count} records is a completion; the first is {found}{named}{expected}"
            )
        }
    };
    Some(Problem {
        record: 0,
        what,
        ..first
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many there are, the first are told of with their places, and all are counted.
    #[test]
    fn records_that_are_no_completions_are_told_one_by_one() {
        let other = |line: usize| Problem {
            kind: ProblemKind::Unrecognised,
            file: "log.ndjson".into(),
            record: line,
            offset: 0,
            position: None,
            what: format!("line {line}; expected something else"),
        };
        let check = |sizes: &[usize], told: usize, last: &str| {
            let mut all = RecordOutcomes::default();
            all.expect();
            let mut line = 0;
            for size in sizes {
                let mut part = RecordOutcomes::default();
                for _ in 0..*size {
                    line += 1;
                    let problems = vec![other(line)];
                    part.take(&mut Loaded {
                        problems,
                        ..Loaded::default()
                    });
                }
                all.merge(part);
            }
            let said = all.end();
            assert_eq!((said.skipped, said.problems.len()), (line, 0));
            assert_eq!(said.notes.len(), told, "{sizes:?}");
            let found = said.notes.last().map_or("", |note| note.what.as_str());
            assert_eq!(found, last, "{sizes:?}");
            assert!(
                said.notes
                    .iter()
                    .all(|note| note.kind == ProblemKind::Skipped)
            );
            assert!(
                said.notes
                    .iter()
                    .zip(1..)
                    .all(|(note, line)| note.record == line)
            );
        };
        check(&[], 0, "");
        check(&[3], 3, "no completion, and skipped: line 3");
        check(
            &[600, 401],
            1001,
            "one more record is no completion, and was skipped",
        );
        let many = "99000 more records are no completions, and were skipped; the first of them is line 1001";
        check(&[100_000], 1001, many);
        check(&[10, 50_000, 49_990], 1001, many);
    }

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
        assert!(holds_several("HAR recording") && !holds_several("sample"));
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
