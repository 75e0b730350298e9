//! What is told of files that changed while one looks: which are new, and which were read again. Several that come one
//! after another are told together, until something else is said.

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
