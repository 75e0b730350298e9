//! Two events side by side, row by row: what is the same, what is removed, added or changed.

use std::collections::HashSet;

use super::rows::{EventRow, event_rows};
use super::tree::Cursor;
use crate::event::Event;
use crate::event::privacy::Privacy;

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

/// The comparison's state.
#[derive(Debug, Clone, Default)]
pub struct Compare {
    /// The rows, aligned.
    pub pairs: Vec<Pair>,
    /// The row under the cursor.
    pub cursor: Cursor,
}

impl Compare {
    /// An event with privacy mode off and on.
    pub fn privacy(event: &Event) -> Compare {
        let none = HashSet::new();
        let rows = [Privacy::Off, Privacy::On].map(|mode| event_rows(event, mode, &none));
        let [left, right] = rows;
        Compare {
            pairs: align(left, right),
            cursor: Cursor::default(),
        }
    }

    /// The next row after the cursor, or before it, whose sides differ.
    pub fn next_difference(&self, forward: bool) -> Option<usize> {
        let differs = |index: &usize| self.pairs[*index].relation != Relation::Same;
        if forward {
            (self.cursor.row + 1..self.pairs.len()).find(differs)
        } else {
            (0..self.cursor.row).rev().find(differs)
        }
    }
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
                }
            })
            .collect()
    }

    #[test]
    fn aligns_by_pointer() {
        let check = |left: &str, right: &str, expected: &str| {
            let shown: Vec<String> = align(rows(left), rows(right))
                .iter()
                .map(|pair| {
                    let key = |row: &Option<EventRow>| row.as_ref().map(|row| row.key.clone());
                    let sign = match pair.relation {
                        Relation::Same => '=',
                        Relation::Removed => '-',
                        Relation::Added => '+',
                        Relation::Changed => '~',
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
    }
}
