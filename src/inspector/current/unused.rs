//! What presenter mode folds away: in each container, the values that go nowhere come last, behind one row that counts
//! them and can be opened. What lost metadata or another finding tells of stays, since it matters.

use std::collections::HashSet;

use super::Current;
use super::rows::{self, CompletionRow, Fold};
use crate::completion::{Completion, TraceMetadata};
use crate::event::privacy::Privacy;
use crate::json::{NodeId, Value};
use crate::mapping::Fate;

/// Rows that are folded at least: fewer take no more room than the row that would stand for them.
const LEAST: usize = 2;

/// Which values of a completion matter.
#[derive(Debug, Clone)]
pub(super) struct Mattering {
    /// For each node of the document.
    nodes: Vec<bool>,
}

impl Mattering {
    fn of(current: &Current, mode: Privacy) -> Mattering {
        let doc = current.completion.document();
        // Where no event comes of it, what goes nowhere is all that there is to see.
        if current.mapped.event().is_none() {
            return Mattering {
                nodes: vec![true; doc.len()],
            };
        }
        let mut nodes = vec![false; doc.len()];
        let mut mark = |value: Value<'_>| {
            let around = std::iter::successors(Some(value), |value| value.parent());
            for value in around {
                if std::mem::replace(&mut nodes[value.id().index()], true) {
                    break;
                }
            }
        };
        for (value, fate) in current.fates(mode) {
            if !matches!(fate, Fate::Dropped(_) | Fate::Superseded { .. }) {
                mark(value);
            }
        }
        let entries = current.entries.iter().map(|id| doc.at(*id));
        let found = current.mapped.findings.iter();
        // What is told of the whole request or response tells of no value in it.
        let found = found.filter(|finding| finding.pointer.matches('/').count() > 1);
        let found = found.filter_map(|finding| doc.resolve(&finding.pointer));
        let found: Vec<Value<'_>> = entries.chain(found).collect();
        for value in found {
            mark(value);
            value.descendants().for_each(&mut mark);
        }
        Mattering { nodes }
    }

    fn has(&self, value: Value<'_>) -> bool {
        self.nodes[value.id().index()]
    }

    /// The children of a container that are folded away; none where they are too few.
    fn unused<'d>(&self, holder: Value<'d>) -> Vec<Value<'d>> {
        let unused: Vec<Value<'d>> = holder
            .children()
            .filter(|child| !self.has(*child))
            .collect();
        match unused.len() >= LEAST {
            true => unused,
            false => Vec::new(),
        }
    }

    /// Whether a value is folded away among others.
    pub(super) fn folds(&self, value: Value<'_>) -> bool {
        !self.has(value)
            && value
                .parent()
                .is_some_and(|holder| !self.unused(holder).is_empty())
    }
}

impl Current {
    /// Folds the values that go nowhere into a row of their container each, or shows all in their own order again.
    pub(crate) fn fold_unused(&mut self, is_on: bool, mode: Privacy) {
        self.mattering = is_on.then(|| Mattering::of(self, mode));
        if let Some(mattering) = &self.mattering {
            let doc = self.completion.document();
            let holders = doc.root().descendants();
            let holders = std::iter::once(doc.root()).chain(holders);
            let holders = holders.filter(|holder| !mattering.unused(*holder).is_empty());
            let folds: Vec<Fold> = holders.map(|holder| Fold::Unused(holder.id())).collect();
            self.source.closed_mut().extend(folds);
        }
        self.rebuild(mode);
    }

    /// Looks again which values matter, after an edit.
    pub(super) fn look_again(&mut self, mode: Privacy) {
        if self.mattering.is_some() {
            self.mattering = Some(Mattering::of(self, mode));
        }
    }
}

/// The rows of the completion's tree that are open, with what goes nowhere behind a row of its own.
pub(super) fn rows_that_matter(
    completion: &Completion,
    metadata: &TraceMetadata,
    closed: &HashSet<Fold>,
    mattering: &Mattering,
) -> Vec<CompletionRow> {
    let added = rows::added_rows(completion, metadata);
    let mut rows = Vec::new();
    // What comes next is at the end.
    let mut pending = Vec::new();
    let open = |holder: Value<'_>, depth: usize, pending: &mut Vec<CompletionRow>| {
        let unused = mattering.unused(holder);
        let is_unused: HashSet<NodeId> = unused.iter().map(|value| value.id()).collect();
        let used = holder
            .children()
            .filter(|child| !is_unused.contains(&child.id()));
        let mut own: Vec<CompletionRow> = used.map(|child| node(child, depth)).collect();
        let is_own = |(of, _): &&(NodeId, CompletionRow)| *of == holder.id();
        own.extend(added.iter().filter(is_own).map(|(_, row)| row.clone()));
        if !unused.is_empty() {
            own.push(CompletionRow::Unused {
                holder: holder.id(),
                count: unused.iter().map(|value| leaves(*value)).sum(),
                depth,
            });
            if !closed.contains(&Fold::Unused(holder.id())) {
                own.extend(unused.iter().map(|child| node(*child, depth + 1)));
            }
        }
        pending.extend(own.into_iter().rev());
    };
    let doc = completion.document();
    open(doc.root(), 0, &mut pending);
    while let Some(row) = pending.pop() {
        if let CompletionRow::Node {
            id,
            depth,
            is_container: true,
        } = row
            && !closed.contains(&Fold::Container(id))
        {
            rows.push(row);
            open(doc.at(id), depth + 1, &mut pending);
            continue;
        }
        rows.push(row);
    }
    rows
}

fn node(value: Value<'_>, depth: usize) -> CompletionRow {
    CompletionRow::Node {
        id: value.id(),
        depth,
        is_container: value.kind().is_container() && !value.is_empty(),
    }
}

/// How many values a value holds, or is.
fn leaves(value: Value<'_>) -> usize {
    match value.is_leaf() {
        true => 1,
        false => value.descendants().filter(|value| value.is_leaf()).count(),
    }
}
