//! What a window was made of. The completion under a window may become another one: its file changes, its call goes
//! on, the next call is shown.

use std::sync::Arc;

use crate::completion::Completion;
use crate::event::DestinationKind;
use crate::event::privacy::Privacy;
use crate::inspector::Model;

/// What a window that shows something of the completion was made of. While it is the same, so is what the window shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Basis(Option<Shown>);

/// A completion as it is shown.
#[derive(Debug, Clone)]
struct Shown {
    completion: Arc<Completion>,
    /// How many edits it has.
    edits: usize,
    privacy: Privacy,
    kind: DestinationKind,
    /// The one that is marked beside it, with how many edits it has.
    marked: Option<(Arc<Completion>, usize)>,
}

impl Basis {
    /// What is shown now.
    pub(crate) fn of(model: &Model) -> Basis {
        Basis(model.current.as_ref().map(|current| {
            let entry = model.library.entry(current.index);
            let mut marked = model.listing.marked.iter().rev().copied();
            let marked = marked.find(|index| *index != current.index);
            let marked = marked.and_then(|index| {
                let edits = model.library.entry(index)?.edits.steps().len();
                Some((Arc::clone(model.library.ready(index)?), edits))
            });
            Shown {
                marked,
                completion: Arc::clone(&current.completion),
                edits: entry.map_or(0, |entry| entry.edits.steps().len()),
                privacy: model.privacy,
                kind: model.destination.endpoint.kind,
            }
        }))
    }

    /// Whether it is still what is shown.
    pub(crate) fn holds(&self, model: &Model) -> bool {
        match (&self.0, &Basis::of(model).0) {
            (Some(before), Some(now)) => {
                let is_same_mark = match (&before.marked, &now.marked) {
                    (Some((before, edits)), Some((now, other))) => {
                        Arc::ptr_eq(before, now) && edits == other
                    }
                    (before, now) => before.is_none() == now.is_none(),
                };
                Arc::ptr_eq(&before.completion, &now.completion)
                    && is_same_mark
                    && (before.edits, before.privacy, before.kind)
                        == (now.edits, now.privacy, now.kind)
            }
            (before, now) => before.is_none() && now.is_none(),
        }
    }
}
