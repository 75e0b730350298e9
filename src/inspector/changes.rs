//! What is told of files that changed while one looks: which are new, and which were read again. Several that come one
//! after another are told together, until something else is said.

use super::library::Regrouped;
use crate::completion::load::{self, PairRole};

/// Names that are told at most; more are counted.
const NAMED: usize = 3;

/// What was told last.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToldChanges {
    says: String,
    new: Vec<String>,
    again: Vec<String>,
}

impl ToldChanges {
    /// What is said with one more file; `said` is what stands there now.
    pub fn tell(&mut self, said: Option<&str>, file: String, is_new: bool) -> String {
        if said != Some(&*self.says) {
            *self = ToldChanges::default();
        }
        if !self.new.contains(&file) && !self.again.contains(&file) {
            match is_new {
                true => self.new.push(file),
                false => self.again.push(file),
            }
        }
        let was = |count: usize| if count == 1 { "was" } else { "were" };
        let is = |count: usize| if count == 1 { "is" } else { "are" };
        let (new, again) = (self.new.len(), self.again.len());
        let of_new = format!("{} {} new", named(&self.new), is(new));
        let of_again = format!(
            "{} changed and {} read again",
            named(&self.again),
            was(again)
        );
        self.says = match (new, again) {
            (0, _) => of_again,
            (_, 0) => of_new,
            (_, _) => format!("{of_new}; {of_again}"),
        };
        self.says.clone()
    }
}

/// What is said of a completion whose files, these, are others than before; none where they are the same.
pub(crate) fn regrouped(change: &Regrouped, files: &[String]) -> Option<String> {
    let changed = |file: &String| change.left.contains(file) || change.came.contains(file);
    let kept = files.iter().find(|file| !changed(file))?;
    let (files, word, with) = match (&*change.left, &*change.came) {
        ([], []) => return None,
        ([], came) => (came, "new", "with"),
        (left, _) => (left, "gone", "without"),
    };
    let is = if files.len() == 1 { "is" } else { "are" };
    let parts: Vec<&str> = files.iter().map(|file| part(file)).collect();
    Some(format!(
        "{} {is} {word}; {kept} was read again, {with} its {}",
        named(files),
        parts.join(" and ")
    ))
}

/// What a file of several holds of their completion.
fn part(file: &str) -> &'static str {
    match load::role_of(file) {
        Some((_, PairRole::Request)) => "request",
        Some((_, PairRole::Response)) => "answer",
        Some((_, PairRole::Generation)) => "generation record",
        None => "other part",
    }
}

/// `a.json, b.json and c.json`, or how many they are.
fn named(files: &[String]) -> String {
    match files {
        [one] => one.clone(),
        [first @ .., last] if files.len() <= NAMED => format!("{} and {last}", first.join(", ")),
        all => format!("{} files", all.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a pair is not new, and it is said what it lacks.
    #[test]
    fn a_pair_that_loses_or_gets_a_file_is_told_so() {
        let check = |left: &[&str], came: &[&str], expected: Option<&str>| {
            let files = |files: &[&str]| -> Vec<String> {
                files.iter().map(|file| (*file).to_owned()).collect()
            };
            let change = Regrouped {
                left: files(left),
                came: files(came),
            };
            let files = [&change.came[..], &files(&["g/a.request.json"])].concat();
            let says = regrouped(&change, &files);
            assert_eq!(says.as_deref(), expected);
        };
        check(&[], &[], None);
        let says = "g/a.response.json is gone; g/a.request.json was read again, without its answer";
        check(&["g/a.response.json"], &[], Some(says));
        let says = "g/a.response.sse is new; g/a.request.json was read again, with its answer";
        check(&[], &["g/a.response.sse"], Some(says));
        let says = "g/a.response.json and g/a.generation.json are gone; g/a.request.json was read again, without its answer and generation record";
        check(
            &["g/a.response.json", "g/a.generation.json"],
            &["g/a.response.sse"],
            Some(says),
        );
    }

    #[test]
    fn what_came_together_is_told_together() {
        let mut told = ToldChanges::default();
        let mut said: Option<String> = None;
        for (file, is_new, expected) in [
            ("a", false, "a changed and was read again"),
            ("a", false, "a changed and was read again"),
            ("n", true, "n is new; a changed and was read again"),
            ("m", true, "n and m are new; a changed and was read again"),
            (
                "b",
                false,
                "n and m are new; a and b changed and were read again",
            ),
            (
                "o",
                true,
                "n, m and o are new; a and b changed and were read again",
            ),
            (
                "p",
                true,
                "4 files are new; a and b changed and were read again",
            ),
        ] {
            said = Some(told.tell(said.as_deref(), file.to_owned(), is_new));
            assert_eq!(said.as_deref(), Some(expected));
        }
        // Something else was said meanwhile.
        assert_eq!(told.tell(Some("copied"), "z".to_owned(), true), "z is new");
    }
}
