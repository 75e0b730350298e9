//! Rows that are the same on both sides, folded: what differs is what one came for.

use std::collections::HashSet;
use std::ops::Range;

use super::pairs::{Pair, Relation};
use crate::json::pointer;

/// What one line of the comparison stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A row, by its place among the pairs.
    Pair(usize),
    /// Rows that are the same.
    Same(Range<usize>),
}

impl Item {
    /// Whether it stands for a row.
    pub fn has(&self, at: usize) -> bool {
        match self {
            Item::Pair(own) => *own == at,
            Item::Same(range) => range.contains(&at),
        }
    }
}

/// Rows that are folded at least: a single one takes no more room than the line that would stand for it.
const FEW: usize = 2;

/// The rows with those folded that are the same and hold nothing that differs; a run in which one of `opened`
/// stands is open.
pub fn items(pairs: &[Pair], leaks: &[String], opened: &HashSet<usize>) -> Vec<Item> {
    let differs = |pair: &Pair| {
        let row = pair.right.as_ref();
        pair.relation != Relation::Same || row.is_some_and(|row| leaks.contains(&row.pointer))
    };
    let differing: Vec<&str> = pairs
        .iter()
        .filter(|pair| differs(pair))
        .flat_map(|pair| [pair.left.as_ref(), pair.right.as_ref()])
        .flatten()
        .map(|row| row.pointer.as_str())
        .collect();
    // What something that differs stands in, says where that is.
    let is_seen = |pair: &Pair| {
        let around = pair.row().filter(|row| row.value.is_none());
        differs(pair)
            || around.is_some_and(|row| {
                let mut differing = differing.iter();
                differing.any(|at| pointer::is_within(at, &row.pointer))
            })
    };
    let mut items = Vec::new();
    let mut at = 0;
    while at < pairs.len() {
        let same = pairs[at..].iter().take_while(|pair| !is_seen(pair)).count();
        let run = at..at + same;
        match opened.iter().any(|at| run.contains(at)) || same < FEW {
            true => items.extend(run.map(Item::Pair)),
            false => items.push(Item::Same(run)),
        }
        at += same;
        if at < pairs.len() {
            items.push(Item::Pair(at));
            at += 1;
        }
    }
    items
}

/// How many values a run of rows has: what only holds others is not counted.
pub fn values(pairs: &[Pair], run: &Range<usize>) -> usize {
    let own = pairs[run.clone()].iter();
    own.filter(|pair| pair.row().is_some_and(|row| row.value.is_some()))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::current::rows::EventRow;
    use crate::json::JsonText;

    /// Rows such as `=/a`, `-/b/c`, or `=/b.` of a container.
    fn pairs(text: &str) -> Vec<Pair> {
        let pair = |item: &str| {
            let (relation, pointer) = match item.split_at(1) {
                ("=", pointer) => (Relation::Same, pointer),
                (_, pointer) => (Relation::Removed, pointer),
            };
            let row = EventRow {
                pointer: pointer.trim_end_matches('.').to_owned(),
                value: (!pointer.ends_with('.')).then(|| JsonText::string("x")),
                ..EventRow::default()
            };
            Pair {
                right: Some(row.clone()).filter(|_| relation == Relation::Same),
                left: Some(row),
                relation,
            }
        };
        text.split_whitespace().map(pair).collect()
    }

    #[test]
    fn what_is_the_same_is_folded_but_what_leads_to_a_difference() {
        let check = |text: &str, leaks: &[&str], opened: &[usize], expected: &str| {
            let pairs = pairs(text);
            let leaks: Vec<String> = leaks.iter().map(|at| (*at).to_owned()).collect();
            let opened = opened.iter().copied().collect();
            let shown = |item: Item| match item {
                Item::Pair(at) => at.to_string(),
                Item::Same(run) => format!("({})", values(&pairs, &run)),
            };
            let items = items(&pairs, &leaks, &opened);
            let shown: Vec<String> = items.into_iter().map(shown).collect();
            assert_eq!(shown.join(" "), expected, "{text}");
        };
        check("=/a =/b -/c =/d", &[], &[], "(2) 2 3");
        check("=/a =/b. -/b/c =/b/d =/b/e", &[], &[], "0 1 2 (2)");
        check("=/a =/b =/c. =/c/d", &[], &[], "(3)");
        check("=/a =/b =/c. =/c/d", &[], &[1], "0 1 2 3");
        check("=/a =/b =/c =/d", &["/c"], &[], "(2) 2 3");
        check("=/a =/b -/c =/d =/e", &[], &[4], "(2) 2 3 4");
        check("", &[], &[], "");
    }
}
