//! Where completions were found inside records: what is said of a file whose shape nobody documents.

use crate::completion::Place;

/// Where completions were found inside records of no known shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundInside {
    /// What they were read as.
    pub what: &'static str,
    /// The pointer of what holds them, with `*` for any item of a list on the way.
    pub at: String,
    /// How many.
    pub count: usize,
    /// Where the first of them begins.
    pub place: Place,
}

impl FoundInside {
    /// The pointer of what was found at too many places to name them.
    pub(in crate::completion::load) const ELSEWHERE: &str = "…";

    /// Adds to a list with one entry for each kind and pointer, and one for all beyond those that are named.
    pub(in crate::completion::load) fn add(list: &mut Vec<FoundInside>, new: FoundInside) {
        const MOST_NAMED: usize = 20;
        let is_same = |found: &&mut FoundInside| found.what == new.what && found.at == new.at;
        if let Some(found) = list.iter_mut().find(is_same) {
            found.count += new.count;
        } else if list.len() < MOST_NAMED {
            list.push(new);
        } else if let Some(rest) = list.get_mut(MOST_NAMED) {
            rest.count += new.count;
        } else {
            list.push(FoundInside {
                what: "completion",
                at: FoundInside::ELSEWHERE.to_owned(),
                ..new
            });
        }
    }
}

/// The pointer of the list that an item is of, with `*` for the items of lists before it.
pub(super) fn listed(pointer: &str) -> String {
    let is_index = |token: &&str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
    let mut tokens: Vec<&str> = pointer.split('/').collect();
    if tokens.last().is_some_and(is_index) {
        tokens.pop();
    }
    for token in &mut tokens {
        if is_index(&&**token) {
            *token = "*";
        }
    }
    tokens.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_list_of_an_item() {
        let check = |pointer: &str, expected: &str| assert_eq!(listed(pointer), expected);
        check("/results/0", "/results");
        check("/results/0/response", "/results/*/response");
        check("/log", "/log");
        check("/0", "");
        check("", "");
    }
}
