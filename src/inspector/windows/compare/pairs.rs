//! The rows of two events, aligned: which belong together, and how they relate.

use std::collections::{HashMap, HashSet};

use crate::inspector::current::rows::EventRow;

/// How the two sides of a row relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Equal.
    Same,
    /// Only on the left.
    Removed,
    /// Only on the right.
    Added,
    /// On both sides, with other values.
    Changed,
    /// On both sides with the same value, in another place.
    Moved,
}

/// A row of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The row of the left event.
    pub left: Option<EventRow>,
    /// The row of the right event.
    pub right: Option<EventRow>,
    /// How they relate.
    pub relation: Relation,
}

impl Pair {
    /// The row of either side, the right one's where both have one.
    pub fn row(&self) -> Option<&EventRow> {
        self.right.as_ref().or(self.left.as_ref())
    }
}

/// A value that is gone in one place and new in another has moved, where it is the only such one.
pub(super) fn find_moves(pairs: &mut Vec<Pair>) {
    /// Shorter ones are equal by chance: `0`, `true`, `"a"`.
    const TELLING: usize = 5;
    let text = |row: &Option<EventRow>| {
        let text = row.as_ref()?.value.as_ref()?.as_str();
        (text.len() >= TELLING).then(|| text.to_owned())
    };
    // Where each new value stands; those that stand in more places than one tell nothing.
    let mut new: HashMap<String, Option<usize>> = HashMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        if pair.relation == Relation::Added
            && let Some(text) = text(&pair.right)
        {
            new.entry(text)
                .and_modify(|place| *place = None)
                .or_insert(Some(at));
        }
    }
    let mut gone = HashSet::new();
    for at in 0..pairs.len() {
        let is_gone = pairs[at].relation == Relation::Removed;
        let text = text(&pairs[at].left).filter(|_| is_gone);
        // What has moved is new in no other place.
        if let Some(from) = text.and_then(|text| new.remove(&text)).flatten() {
            pairs[at].right = pairs[from].right.take();
            pairs[at].relation = Relation::Moved;
            gone.insert(from);
        }
    }
    let mut at = 0;
    pairs.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Rows with the same pointer stand beside each other; the order of the left side leads.
pub fn align(left: Vec<EventRow>, right: Vec<EventRow>) -> Vec<Pair> {
    let lefts: HashSet<String> = left.iter().map(|row| row.pointer.clone()).collect();
    let mut right = right.into_iter().peekable();
    let mut pairs = Vec::new();
    let mut waiting: Vec<EventRow> = Vec::new();
    for row in left {
        // What only the right side has comes where it stands there.
        while let Some(only) = right.next_if(|candidate| !lefts.contains(&candidate.pointer)) {
            pairs.push(added(only));
        }
        let other = match right.next_if(|candidate| candidate.pointer == row.pointer) {
            Some(other) => Some(other),
            None => take(&mut waiting, &row.pointer).or_else(|| {
                let rest: Vec<EventRow> = std::iter::from_fn(|| right.next()).collect();
                let (mut found, others): (Vec<_>, Vec<_>) = rest
                    .into_iter()
                    .partition(|candidate| candidate.pointer == row.pointer);
                waiting.extend(others);
                found.pop()
            }),
        };
        let relation = match &other {
            None => Relation::Removed,
            Some(other) if is_same(&row, other) => Relation::Same,
            Some(_) => Relation::Changed,
        };
        pairs.push(Pair {
            left: Some(row),
            right: other,
            relation,
        });
    }
    pairs.extend(waiting.into_iter().chain(right).map(added));
    pairs
}

fn take(rows: &mut Vec<EventRow>, pointer: &str) -> Option<EventRow> {
    let at = rows.iter().position(|row| row.pointer == pointer)?;
    Some(rows.remove(at))
}

fn added(row: EventRow) -> Pair {
    Pair {
        left: None,
        right: Some(row),
        relation: Relation::Added,
    }
}

/// Containers are the same whatever they hold; their rows tell what differs.
fn is_same(left: &EventRow, right: &EventRow) -> bool {
    left.value == right.value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::JsonText;

    fn rows(text: &str) -> Vec<EventRow> {
        text.split_whitespace()
            .map(|item| {
                let (key, value) = item.split_once('=').unwrap_or((item, ""));
                EventRow {
                    pointer: format!("/{key}"),
                    key: key.to_owned(),
                    depth: 0,
                    value: Some(JsonText::string(value)),
                    children: 0,
                    field: None,
                    unknown: None,
                    is_kept_back: false,
                }
            })
            .collect()
    }

    #[test]
    fn aligns_by_pointer_and_finds_moves() {
        let check = |left: &str, right: &str, expected: &str| {
            let mut pairs = align(rows(left), rows(right));
            find_moves(&mut pairs);
            let shown: Vec<String> = pairs
                .iter()
                .map(|pair| {
                    let key = |row: &Option<EventRow>| row.as_ref().map(|row| row.key.clone());
                    let sign = match pair.relation {
                        Relation::Same => '=',
                        Relation::Removed => '-',
                        Relation::Added => '+',
                        Relation::Changed => '~',
                        Relation::Moved => '>',
                    };
                    format!(
                        "{sign}{}",
                        key(&pair.left).or(key(&pair.right)).unwrap_or_default()
                    )
                })
                .collect();
            assert_eq!(shown.join(" "), expected);
        };
        check("a b c", "a b c", "=a =b =c");
        check("a b c", "a c d", "=a -b =c +d");
        check("a=1 b", "a=2 b", "~a =b");
        check("a c", "a b c", "=a +b =c");
        check("a b", "b a", "=a =b");
        check("", "a", "+a");
        check("a=value b", "b c=value", ">a =b");
        check("a b=value", "c=value a", "=a >b");
        check("a=1", "b=1", "+b -a");
        check("a=value", "b=value c=value", "+b +c -a");
    }
}
